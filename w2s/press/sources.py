"""A notebook source: what it holds, its parameters, and the notebook that will be executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from w2s.press.files import UserError
from w2s.press.pages import Book, Page
from w2s.press.parameters import Assignment, merge, parameters_cell, read_assignments, rewrite


@dataclass(frozen=True)
class Source:
    """A parsed Jupytext source with its parameters cell."""

    page: Page
    notebook: Any
    cell: int
    assignments: tuple[Assignment, ...]
    smoke: Mapping[str, Any]

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
        notebook = jupytext.read(path)
    except Exception as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{page.entry}.py cannot be read as a notebook: {reason}") from None
    kernel = notebook.metadata.get("kernelspec", {}).get("name")
    if kernel != "python3":
        raise UserError(f"{page.entry}.py must name the kernel python3 in its header, got {kernel}")
    cell = parameters_cell(page.id, notebook.cells)
    assignments = read_assignments(page.id, notebook.cells[cell]["source"])
    header = notebook.metadata.get("w2s") or {}
    smoke = header.get("smoke") or {} if isinstance(header, dict) else None
    if not isinstance(smoke, dict):
        raise UserError(f"{page.entry}.py: `w2s: smoke:` must map names to values, got {header!r}")
    source = Source(page, notebook, cell, assignments, dict(smoke))
    source.values("smoke")
    return source
