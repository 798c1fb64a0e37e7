"""An executed page: its notebook and its state, read once, and what they hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from press import stale
from press.pages import Book, Page
from press.parameters import PROFILES
from w2s._command import UserError
from w2s.page.records import CLAIM, FIGURE, MEASURED, PAIRS

RECORDS = "w2s"
FORMAT = 4  # of notebooks, as nbformat counts
GLUE_PREFIX = "application/papermill.record/"


@dataclass(frozen=True)
class Output:
    """One output of a code cell: its data by MIME type, without the prefix that glue adds."""

    cell: int
    data: dict[str, Any]
    glued: str | None


@dataclass(frozen=True)
class Executed:
    """An executed page.

    Attributes
    ----------
    page : Page
        Which one.
    notebook : mapping
        nbformat 4, normalised or not.
    state : State or None
        What is remembered of the execution; None when nothing is.
    """

    page: Page
    notebook: Mapping[str, Any]
    state: stale.State | None = None

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """Page, profile and parameters, as the normalised notebook says them."""
        return dict(self.notebook.get("metadata", {}).get("w2s", {}))

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """The rich outputs, in order; cells are counted from 1."""
        return tuple(self._outputs())

    @property
    def claims(self) -> list[dict[str, Any]]:
        """The claim records, in order of appearance."""
        return self._records(CLAIM)

    @property
    def figures(self) -> list[dict[str, Any]]:
        """The figure records, in order of appearance."""
        return self._records(FIGURE)

    @property
    def pairs(self) -> list[dict[str, Any]]:
        """The records of simulated teachers and students, in order of appearance."""
        return self._records(PAIRS)

    @property
    def measured(self) -> list[dict[str, Any]]:
        """The records of numbers measured or read, in order of appearance."""
        return self._records(MEASURED)

    @property
    def seconds(self) -> float:
        """How long the execution took; 0 when that is not known."""
        return 0.0 if self.state is None else self.state.seconds

    @property
    def code_cells(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The numbers and cells of code."""
        for number, cell in enumerate(self.notebook["cells"], start=1):
            if cell["cell_type"] == "code":
                yield number, cell

    def _outputs(self) -> Iterator[Output]:
        for number, cell in self.code_cells:
            for output in cell.get("outputs", []):
                data = {k.removeprefix(GLUE_PREFIX): v for k, v in output.get("data", {}).items()}
                about = output.get("metadata", {})
                glued = about.get("scrapbook", {}).get("name")
                yield Output(number, data | about.get(RECORDS, {}), glued)

    def _records(self, mime: str) -> list[dict[str, Any]]:
        return [dict(one.data[mime]) for one in self.outputs if mime in one.data]


@dataclass(frozen=True)
class Edition:
    """A book as it was executed: what a site is made of.

    Attributes
    ----------
    book : Book
        The checkout.
    profile : str
        The scale of the run.
    pages : mapping of Page to Executed
        Its executed pages, in the order of the book.
    """

    book: Book
    profile: str
    pages: Mapping[Page, Executed]


def read_executed(book: Book, page: Page) -> Executed:
    """Read the executed notebook of a page, and the state of its profile.

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
        profile = notebook["metadata"].get("w2s", {}).get("profile")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        shown = path.relative_to(book.root)
        raise UserError(f"{shown} is not a whole executed page: run python -m press book")
    state = stale.read_state(book, page, profile) if profile in PROFILES else None
    return Executed(page, notebook, state if isinstance(state, stale.State) else None)


def read_kept(book: Book, page: Page, profile: str) -> Executed | None:
    """Return the kept execution of a page at a profile; None when there is none, or a damaged."""
    kept = stale.kept_notebook(book, page, profile)
    return None if kept is None else Executed(page, json.loads(kept))


def read_edition(book: Book, profile: str) -> Edition:
    """Read every page that was executed, each once; raises as `read_executed` does."""
    pages = [page for page in book.notebooks if book.executed(page).is_file()]
    return Edition(book, profile, {page: read_executed(book, page) for page in pages})
