"""A notebook source: what it holds, its parameters, and the notebook that will be executed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from press.pages import Book, Page
from press.parameters import Assignment, merge, parameters_cell, read_assignments, rewrite
from press.schemas import HEADER, check, shown
from press.yaml_text import refuse_aliases
from w2s._command import UserError

FEATURES = "features"
"""The parameter that takes the folder of features of a page that measures."""


@dataclass(frozen=True)
class Source:
    """A parsed Jupytext source with its parameters cell and what its header says.

    Attributes
    ----------
    page : Page
        The notebook page.
    notebook : NotebookNode
        Its cells, not executed.
    cell : int
        Index of the parameters cell.
    assignments : tuple of Assignment
        The parameters.
    smoke : mapping
        Their values at the smoke profile, where they differ.
    reads : tuple of str
        Files of the repository that decide what the page shows, beside its modules.
    gathers : str
        What the page gathers from the other pages: ``"pairs"`` or nothing.
    measures : tuple of str
        Folders of features that the page measures from where they are (`press.measured`).
    """

    page: Page
    notebook: Any
    cell: int
    assignments: tuple[Assignment, ...]
    smoke: Mapping[str, Any]
    reads: tuple[str, ...] = ()
    gathers: str = ""
    measures: tuple[str, ...] = ()

    def values(self, profile: str, given: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the parameters a run at `profile` uses, with those of the command line."""
        defaults = {one.name: one.value for one in self.assignments}
        return merge(self.page.id, defaults, self.smoke, profile, given or {})

    def prepared(self, values: Mapping[str, Any]) -> Any:
        """Return the notebook to execute: its parameters cell shows the values that are used."""
        import copy

        notebook = copy.deepcopy(self.notebook)
        cell = notebook.cells[self.cell]
        cell["source"] = rewrite(cell["source"], self.assignments, values)
        return notebook


def read_source(book: Book, page: Page) -> Source:
    """Read the source of a notebook page.

    Raises
    ------
    UserError
        When the file cannot be read as a notebook, or its parameters are malformed.
    """
    import jupytext

    path = book.source(page)
    try:
        _refuse_aliases(page, path.read_text(encoding="utf-8"))
        notebook = jupytext.read(path)
    except UserError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:500]
        raise UserError(f"{page.entry}.py cannot be read as a notebook: {reason}") from None
    kernel = notebook.metadata.get("kernelspec", {}).get("name")
    if kernel != "python3":
        raise UserError(f"{page.entry}.py must name the kernel python3 in its header, got {kernel}")
    cell = parameters_cell(page.id, notebook.cells)
    assignments = read_assignments(page.id, notebook.cells[cell]["source"])
    header = notebook.metadata.get("w2s") or {}
    check(header, HEADER, f"{page.entry}.py: `w2s:` of the header")
    defaults = {one.name: one.value for one in assignments}
    gathers, measures = header.get("gathers") or "", tuple(header.get("measures") or ())
    for name, what in ((gathers, f"gathers {gathers}"), (FEATURES * bool(measures), "measures")):
        if name and defaults.get(name) != "":
            raise UserError(f'{page.id}: a page that {what} must have the parameter {name} = ""')
    smoke, reads = dict(header.get("smoke") or {}), _files(book, page, header.get("reads") or [])
    source = Source(page, notebook, cell, assignments, smoke, reads, gathers, measures)
    source.values("smoke")
    return source


def _refuse_aliases(page: Page, text: str) -> None:
    """Refuse YAML aliases in the header, the comment at the beginning of a source."""
    import yaml

    lines = takewhile(lambda line: line.startswith("#"), text.splitlines())
    header = "\n".join(line[1:].removeprefix(" ") for line in lines)
    with suppress(yaml.YAMLError, RecursionError):  # jupytext says what is wrong with it
        refuse_aliases(header, f"{page.entry}.py")


def _files(book: Book, page: Page, reads: list[Any]) -> tuple[str, ...]:
    for path in reads:
        inside = isinstance(path, str) and not Path(path).is_absolute() and ".." not in path
        if not inside or not (book.root / path).is_file():
            got = shown(path)
            raise UserError(f"{page.entry}.py: `w2s: reads:` must name a file here, got {got}")
    return tuple(reads)
