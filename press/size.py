"""How long the pages and the library are: lines of code, cells, rooms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from press.pages import read_book

_CELL = re.compile(r"^# %%", re.MULTILINE)


@dataclass(frozen=True)
class Length:
    """The length of a page: non-blank lines of all its code cells, and of the longest one."""

    page: str
    code: int
    cell: int


def lengths(root: Path) -> list[Length]:
    """Return the length of every page, as its source stands."""
    found = []
    book = read_book(root)
    for page in sorted(book.notebooks, key=lambda page: page.id):
        cells = code_cells(book.source(page).read_text(encoding="utf-8"))
        counts = [sum(bool(line.strip()) for line in cell.splitlines()) for cell in cells]
        found.append(Length(page.id, sum(counts), max(counts, default=0)))
    return found


def code_cells(source: str) -> list[str]:
    r"""Return the code cells of a Jupytext source.

    Examples
    --------
    >>> code_cells("# header\n# %% [markdown]\n# # Title\n# %% tags=[]\nx = 1\n")
    ['x = 1\n']
    """
    parts = (part.partition("\n") for part in _CELL.split(source)[1:])
    return [body for head, _, body in parts if "[markdown]" not in head]


def library(root: Path) -> tuple[int, int]:
    """Return the lines of the package `w2s`, and how many rooms stand at its top."""
    package = root / "w2s"
    files = package.rglob("[!.]*.py")
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    modules = [path for path in package.glob("[!.]*.py") if not path.stem.startswith("__")]
    return lines, len(modules) + len(list(package.glob("*/__init__.py")))


def report(root: Path) -> str:
    """Return a line for every page, and the sums."""
    pages = lengths(root)
    lines = [f"{'code':>6}{'cell':>6}  page"]
    lines += [f"{one.code:>6}{one.cell:>6}  {one.page}" for one in pages]
    for name, values in (
        ("lines of code of a page", [one.code for one in pages]),
        ("longest cell of a page", [one.cell for one in pages]),
    ):
        lines.append(f"{name}: median {median(values or [0]):g}, most {max(values, default=0)}")
    lines.append(f"all pages: {sum(one.code for one in pages)} lines of code")
    lines.append("w2s: {} lines in {} rooms at its top".format(*library(root)))
    return "\n".join(lines)
