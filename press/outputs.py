"""What an executed notebook must show before it may become a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from press import syntax
from press.executed import GLUE_PREFIX, Executed
from press.folds import VERBS, calls
from w2s.page.records import ALT_LENGTH, CLAIM, CLAIM_FIELDS, FIGURE, FIGURE_FIELDS, PREFIX

# What MyST-NB puts on a page; a page runs no script that is not the site's own.
_SHOWN = (
    "text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/latex",
    "text/plain",
)  # fmt: skip
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
_ROLE = re.compile(r"\{glue(?::\w+)?\}`+\s*([^`]+?)\s*`+")
_DIRECTIVE = re.compile(r"^\s*[:`~]{3,}\s*\{glue(?::(\w+))?\}\s*(\S+)", re.MULTILINE)


def problems(executed: Executed, root: str) -> list[str]:
    """Return everything that keeps an executed notebook from being a page.

    Parameters
    ----------
    executed : Executed
        The page.
    root : str
        The folder of the checkout, which must not appear on a page.

    Returns
    -------
    list of str
        One plain sentence per problem, naming the cell; empty when there is none.
    """
    found: list[str] = []
    for check in (_execution, _streams, _shown, _claims, _figures, _glue):
        found.extend(check(executed))
    return found + list(_leaks(executed, root))


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _execution(executed: Executed) -> Iterator[str]:
    expected = 1
    for number, cell in executed.code_cells:
        if not _text(cell["source"]).strip():
            continue
        if cell.get("execution_count") != expected:
            yield (
                f"cell {number} was not executed in order: its count is "
                f"{cell.get('execution_count')}, expected {expected}"
            )
            return
        expected += 1


def _streams(executed: Executed) -> Iterator[str]:
    for number, cell in executed.code_cells:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                yield f"cell {number} raised {output.get('ename')}: {output.get('evalue')}"
            elif output["output_type"] == "stream" and output.get("name") == "stderr":
                lines = _text(output["text"]).strip().splitlines() or ["(empty)"]
                more = f" (and {len(lines) - 1} more lines)" if len(lines) > 1 else ""
                yield f"cell {number} wrote to stderr: {lines[0]}{more}"


def _shown(executed: Executed) -> Iterator[str]:
    """Widgets, scripts and drawings of MIME types of their own leave nothing on a page."""
    for one in executed.outputs:
        tags = executed.notebook["cells"][one.cell - 1]["metadata"].get("tags", [])
        if one.glued is None and {"remove-output", "remove-cell"} & set(tags):
            continue
        kinds = [kind for kind in one.data if PREFIX not in kind]
        foreign = [kind for kind in kinds if kind not in _SHOWN]
        if foreign and not set(kinds) - {"text/plain"} & set(_SHOWN):
            yield f"cell {one.cell} shows {foreign[0]}, which a page cannot"
        elif "<script" in _text(one.data.get("text/html", "")).lower():
            yield f"cell {one.cell} shows HTML with a script, which a page does not run"


def _leaks(executed: Executed, root: str) -> Iterator[str]:
    """Memory addresses and paths of this machine differ from run to run."""
    for number, cell in executed.code_cells:
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


def _claims(executed: Executed) -> Iterator[str]:
    records = executed.claims
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
    stating = {one.cell for one in executed.outputs if CLAIM in one.data}
    for number in _calling(executed, VERBS, "claims"):
        if number not in stating:
            yield f"cell {number} calls claim(…) but recorded no claim"


def _figures(executed: Executed) -> Iterator[str]:
    placed = {name for kind, name in _directives(executed) if kind == "figure"}
    drawn = [one for one in executed.outputs if FIGURE in one.data]
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
        if "remove-output" not in executed.notebook["cells"][one.cell - 1]["metadata"].get(
            "tags", []
        ):
            yield f"figure {name} is shown twice: tag cell {one.cell} with remove-output"
        if name not in placed:
            yield f"figure {name} is not placed: no markdown cell has {{glue:figure}} {name}"
    for number in _calling(executed, ("figure",), "figures"):
        if number not in {one.cell for one in drawn}:
            yield f"cell {number} calls figure(…) but produced no figure"


def _glue(executed: Executed) -> Iterator[str]:
    known = {one.glued for one in executed.outputs if one.glued is not None}
    used = {name for _, name in _directives(executed)}
    for text in _markdown(executed):
        used |= {name.split(":")[0] for name in _ROLE.findall(text)}
    for name in sorted(used - known):
        yield f"a markdown cell uses {{glue}} {name}, which no cell glued"


def _markdown(executed: Executed) -> Iterator[str]:
    for cell in executed.notebook["cells"]:
        if cell["cell_type"] == "markdown":
            yield _text(cell["source"])


def _directives(executed: Executed) -> list[tuple[str, str]]:
    return [pair for text in _markdown(executed) for pair in _DIRECTIVE.findall(text)]


def _calling(executed: Executed, names: tuple[str, ...], module: str) -> Iterator[int]:
    """Yield the numbers of the cells that call one of ``name(…)`` or ``module.name(…)``."""
    for number, cell in executed.code_cells:
        try:
            body = syntax.module(_text(cell["source"])).body
        except SyntaxError:
            continue
        if any(calls(body, names, module)):
            yield number
