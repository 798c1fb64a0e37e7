"""Execute the notebooks that are stale, tell of each, and remember what succeeded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from press import stale
from press.claims_record import Record
from press.pages import Book, Page
from press.pool import Pool
from press.progress import Progress, without_colours
from press.worker import Job, Result


@dataclass
class Execution:
    """The notebooks of one run, what decides their results, and why each must run.

    Attributes
    ----------
    book : Book
        The checkout.
    marks : mapping of Page to Fingerprint
        The notebook pages of this run.
    reasons : mapping of Page to str
        Why a page must run; empty for a fresh one.
    progress : Progress
        Where to tell.
    failures : list of str
        One line for each notebook that failed.
    """

    book: Book
    marks: Mapping[Page, stale.Fingerprint]
    reasons: Mapping[Page, str]
    progress: Progress
    failures: list[str] = field(default_factory=list)

    def started(self, page: Page) -> None:
        """Tell that a notebook runs; on a terminal the live line does."""
        self.progress.start(page.id)
        if not self.progress.terminal:
            self.progress.say(f"{self._head(page)}  running (re-run: {self.reasons[page]})")

    def ended(self, page: Page, result: Result) -> None:
        """Tell how a notebook ended, and remember it when it is good."""
        self.progress.end(page.id)
        if not result.ok:
            self.progress.say(f"{self._head(page)}  FAILED after {result.seconds:.1f} s")
            self.failures.append(tell_failure(self.book, page, result, self.progress))
            return
        stale.write_state(self.book, page, self.marks[page], result.seconds, result.claims)
        states = f"{result.claims} claim{'s' * (result.claims != 1)}"
        self.progress.say(
            f"{self._head(page)}  ran in {result.seconds:.1f} s, {states} "
            f"(re-run: {self.reasons[page]})"
        )

    def _head(self, page: Page) -> str:
        pages = self.book.notebooks
        return f"[{pages.index(page) + 1}/{len(pages)}] {page.id}"


def execute_stale(
    book: Book,
    marks: Mapping[Page, stale.Fingerprint],
    accepted: Record | None,
    progress: Progress,
    pool: Pool,
    *,
    at_once: int,
    force: bool,
) -> tuple[int, list[str]]:
    """Execute the notebooks whose fingerprint differs from their last run.

    Parameters
    ----------
    book : Book
        The checkout.
    marks : mapping of Page to Fingerprint
        Notebook pages with what decides their results.
    accepted : Record or None
        Its runtimes order pages that never ran here.
    progress : Progress
        Where to tell.
    pool : Pool
        What executes them.
    at_once : int
        Largest number of notebook processes.
    force : bool
        Execute the fresh ones too.

    Returns
    -------
    int
        How many notebooks were executed.
    list of str
        One line for each that failed.
    """
    states = {}
    for page, mark in marks.items():
        profile = str(mark.parameters["profile"])
        stale.put_back(book, page, profile)
        states[page] = stale.read_state(book, page, profile)
    reasons = {
        page: "forced" if force else stale.reason_to_run(book, page, mark, states[page])
        for page, mark in marks.items()
    }
    todo = [page for page in marks if reasons[page]]
    if not todo:
        return 0, []
    if len(todo) < len(marks):
        progress.say(f"notebooks: {len(marks) - len(todo)} of {len(marks)} up to date")
    run = Execution(book, marks, reasons, progress)
    todo.sort(key=lambda page: _length(page, states[page], accepted), reverse=True)
    jobs = [(page, _job(book, page, marks[page])) for page in todo]
    with progress:
        with progress.doing("preparing"):
            pool.prepare()
        pool.execute(jobs, at_once, run.started, run.ended)
    return len(todo), run.failures


def tell_failure(book: Book, page: Page, result: Result, progress: Progress) -> str:
    """Print the traceback or the problems of a notebook; return the line of the summary."""
    if result.failure:
        progress.raw(result.failure)
    for problem in result.problems:
        progress.say(f"  {problem}")
    lines = [line for line in without_colours(result.failure).splitlines() if line.strip()]
    what = [*result.problems, *lines[-1:], "it failed"][0]
    partial = Path(result.partial)
    kept = f" (as far as it ran: {partial.relative_to(book.root)})" if partial.is_file() else ""
    return f"page {page.id}: {what}{kept}"


def _job(book: Book, page: Page, mark: stale.Fingerprint) -> Job:
    partial = book.run / f"{page.id}.partial.ipynb"
    values = dict(mark.parameters)
    return Job(str(book.root), vars(page), values, str(book.executed(page)), str(partial))


def _length(page: Page, state: stale.State | str, accepted: Record | None) -> float:
    """Return the last known runtime of a page; an unknown one counts as the longest."""
    if isinstance(state, stale.State):
        return state.seconds
    known: Any = accepted.pages.get(page.id, {}) if accepted is not None else {}
    return float(known.get("seconds", float("inf")))
