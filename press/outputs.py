"""What an executed notebook must show before it may become a page."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from press import syntax
from press.pages import Book, Page
from w2s._command import UserError

CLAIM = "application/vnd.w2s.claim+json"
FIGURE = "application/vnd.w2s.figure+json"
PAIRS = "application/vnd.w2s.pairs+json"
RECORDS = "w2s"
FORMAT = 4  # of notebooks, as nbformat counts
GLUE_PREFIX = "application/papermill.record/"
ALT_LENGTH = 40
VERBS = ("claim", "paper", "reading", "derived", "beyond")  # that state a claim
CLAIM_FIELDS = ("id", "kind", "source", "says", "verdict", "passed")
FIGURE_FIELDS = ("name", "alt", "columns")

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
_ROLE = re.compile(r"\{glue(?::\w+)?\}`+\s*([^`]+?)\s*`+")
_DIRECTIVE = re.compile(r"^\s*[:`~]{3,}\s*\{glue(?::(\w+))?\}\s*(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Output:
    """One output of a code cell: its data by MIME type, without the prefix that glue adds."""

    cell: int
    data: dict[str, Any]
    glued: str | None


def read_executed(book: Book, page: Page) -> dict[str, Any]:
    """Return the executed notebook of a page.

    Raises
    ------
    UserError
        When the file is missing, truncated, or a notebook of another format.
    """
    path = book.executed(page)
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells, form = notebook["cells"], notebook["nbformat"]
        whole = form == FORMAT and all("cell_type" in cell and "source" in cell for cell in cells)
    except (OSError, ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        shown = path.relative_to(book.root)
        raise UserError(f"{shown} is not a whole executed page: run python -m press book")
    return dict(notebook)


def outputs(notebook: dict[str, Any]) -> Iterator[Output]:
    """Yield the rich outputs of a notebook, in order; cells are counted from 1."""
    for number, cell in _code_cells(notebook):
        for output in cell.get("outputs", []):
            data = {k.removeprefix(GLUE_PREFIX): v for k, v in output.get("data", {}).items()}
            about = output.get("metadata", {})
            yield Output(
                number, data | about.get(RECORDS, {}), about.get("scrapbook", {}).get("name")
            )


def claims(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the claim records of a notebook, in order of appearance."""
    return [dict(one.data[CLAIM]) for one in outputs(notebook) if CLAIM in one.data]


def figures(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the figure records of a notebook, in order of appearance."""
    return [dict(one.data[FIGURE]) for one in outputs(notebook) if FIGURE in one.data]


def pairs(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the records of simulated teachers and students, in order of appearance."""
    return [dict(one.data[PAIRS]) for one in outputs(notebook) if PAIRS in one.data]


def problems(notebook: dict[str, Any], root: str) -> list[str]:
    """Return everything that keeps an executed notebook from being a page.

    Parameters
    ----------
    notebook : dict
        The executed notebook, nbformat 4.
    root : str
        The folder of the checkout, which must not appear on a page.

    Returns
    -------
    list of str
        One plain sentence per problem, naming the cell; empty when there is none.
    """
    found: list[str] = []
    for check in (_execution, _streams, _claims, _figures, _glue):
        found.extend(check(notebook))
    return found + list(_leaks(notebook, root))


def _code_cells(notebook: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "code":
            yield number, cell


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _execution(notebook: dict[str, Any]) -> Iterator[str]:
    expected = 1
    for number, cell in _code_cells(notebook):
        if not _text(cell["source"]).strip():
            continue
        if cell.get("execution_count") != expected:
            yield (
                f"cell {number} was not executed in order: its count is "
                f"{cell.get('execution_count')}, expected {expected}"
            )
            return
        expected += 1


def _streams(notebook: dict[str, Any]) -> Iterator[str]:
    for number, cell in _code_cells(notebook):
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                yield f"cell {number} raised {output.get('ename')}: {output.get('evalue')}"
            elif output["output_type"] == "stream" and output.get("name") == "stderr":
                lines = _text(output["text"]).strip().splitlines() or ["(empty)"]
                more = f" (and {len(lines) - 1} more lines)" if len(lines) > 1 else ""
                yield f"cell {number} wrote to stderr: {lines[0]}{more}"


def _leaks(notebook: dict[str, Any], root: str) -> Iterator[str]:
    """Memory addresses and paths of this machine differ from run to run."""
    for number, cell in _code_cells(notebook):
        hidden = "remove-output" in cell["metadata"].get("tags", [])
        for output in cell.get("outputs", []):
            text = _text(output.get("text", ""))
            data = {k.removeprefix(GLUE_PREFIX): v for k, v in output.get("data", {}).items()}
            text += "".join(_text(v) for k, v in data.items() if k.startswith("text/"))
            if root in text:
                yield f"cell {number} shows a path of this machine: {root}"
            shown = _text(data.get("text/plain", output.get("text", "")))
            address = _ADDRESS.search(shown)
            if address and not hidden and "text/html" not in data and "image/png" not in data:
                yield f"cell {number} shows a memory address: {shown.strip()[:80]}"


def _claims(notebook: dict[str, Any]) -> Iterator[str]:
    records = claims(notebook)
    if not records:
        yield "it states no claim: a page needs at least one claim(…)"
    seen: set[str] = set()
    for record in records:
        missing = [name for name in CLAIM_FIELDS if name not in record]
        if missing:
            yield f"a claim record lacks {', '.join(missing)}: {record.get('id', 'no id')}"
            continue
        if record["id"] in seen:
            yield f"claim id {record['id']} is used twice on this page"
        seen.add(record["id"])
    stating = {one.cell for one in outputs(notebook) if CLAIM in one.data}
    for number in _calling(notebook, VERBS, "claims"):
        if number not in stating:
            yield f"cell {number} calls claim(…) but recorded no claim"


def _figures(notebook: dict[str, Any]) -> Iterator[str]:
    placed = {name for kind, name in _directives(notebook) if kind == "figure"}
    drawn = [one for one in outputs(notebook) if FIGURE in one.data]
    seen: set[str] = set()
    for one in drawn:
        record = one.data[FIGURE]
        missing = [name for name in FIGURE_FIELDS if not record.get(name)]
        name = record.get("name", "without a name")
        if missing:
            yield f"figure {name} (cell {one.cell}) lacks {', '.join(missing)}"
            continue
        if name in seen:
            yield f"figure name {name} is used twice on this page"
        seen.add(name)
        if len(str(record["alt"]).strip()) < ALT_LENGTH:
            yield f"figure {name}: alt text needs {ALT_LENGTH} characters, got {record['alt']!r}"
        if "image/png" not in one.data and "<img" not in _text(one.data.get("text/html", "")):
            yield f"figure {name} (cell {one.cell}) has no image"
        if "remove-output" not in notebook["cells"][one.cell - 1]["metadata"].get("tags", []):
            yield f"figure {name} is shown twice: tag cell {one.cell} with remove-output"
        if name not in placed:
            yield f"figure {name} is not placed: no markdown cell has {{glue:figure}} {name}"
    for number in _calling(notebook, ("figure",), "figures"):
        if number not in {one.cell for one in drawn}:
            yield f"cell {number} calls figure(…) but produced no figure"


def _glue(notebook: dict[str, Any]) -> Iterator[str]:
    known = {one.glued for one in outputs(notebook) if one.glued is not None}
    used = {name for _, name in _directives(notebook)}
    for text in _markdown(notebook):
        used |= {name.split(":")[0] for name in _ROLE.findall(text)}
    for name in sorted(used - known):
        yield f"a markdown cell uses {{glue}} {name}, which no cell glued"


def _markdown(notebook: dict[str, Any]) -> Iterator[str]:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            yield _text(cell["source"])


def _directives(notebook: dict[str, Any]) -> list[tuple[str, str]]:
    return [pair for text in _markdown(notebook) for pair in _DIRECTIVE.findall(text)]


def _calling(notebook: dict[str, Any], names: tuple[str, ...], module: str) -> Iterator[int]:
    """Yield the numbers of the cells that call one of ``name(…)`` or ``module.name(…)``."""
    for number, cell in _code_cells(notebook):
        try:
            tree = syntax.module(_text(cell["source"]))
        except SyntaxError:
            continue
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        for called in calls:
            plain = isinstance(called, ast.Name) and called.id in names
            dotted = (
                isinstance(called, ast.Attribute)
                and called.attr in names
                and isinstance(called.value, ast.Name)
                and called.value.id == module
            )
            if plain or dotted:
                yield number
                break
