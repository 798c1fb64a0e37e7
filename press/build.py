"""The way of the whole book: execute what is stale, collect the claims, render, check."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from press import claims_record, gather, measured, stale
from press.claims_record import Record
from press.execute import execute_stale
from press.executed import read_edition
from press.files import exclusive, restore_folder
from press.live.site import Live, prepare
from press.pages import Book, Page
from press.pool import Pool, cores
from press.progress import Progress
from press.site.jupyter_book import read_config
from press.site.make import make_site
from press.site.status import read_results
from press.sources import Source, read_source
from w2s._command import UserError
from w2s._files import remove_drafts


@dataclass(frozen=True)
class Options:
    """What `book` was asked for; `live` pages run in the browser, by a `release` of Pyodide."""

    profile: str = "paper"
    accept: bool = False
    jobs: int | None = None
    force: bool = False
    live: bool = False
    release: Path | None = None


@dataclass
class Outcome:
    """What came of a build: the index page, and every reason why it is not good."""

    index: Path | None = None
    failures: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the site is complete, checked and without a failing claim."""
        return not self.failures


def build(book: Book, options: Options, progress: Progress) -> Outcome:
    """Make the site of a checkout.

    Parameters
    ----------
    book : Book
        The checkout.
    options : Options
        Profile, acceptance, number of processes.
    progress : Progress
        Where to tell.

    Returns
    -------
    Outcome
        The index page, and what failed.

    Raises
    ------
    UserError
        When the input cannot be used; nothing has been executed or written then.
    """
    if options.accept and options.profile != "paper":
        raise UserError("--accept needs the paper profile: a smoke run is not a published result")
    with exclusive(book.build / "press.lock"):
        _recover(book)
        accepted, sources = _read_everything(book, options.profile)
        live = prepare(book, options.release, progress) if options.live else None
        outcome = Outcome()
        outcome.failures += _execute(book, options, sources, accepted, progress)
        if outcome.ok:
            _publishable(book, options, accepted, outcome, progress, live)
        return outcome


def _recover(book: Book) -> None:
    """Check that the book can be written, and clear up after a press that was killed."""
    folders = {book.executed(page).parent for page in book.notebooks} | {book.accepted.parent}
    for folder in sorted(folders):
        if folder.exists() and not os.access(folder, os.W_OK):
            raise UserError(f"{folder} cannot be written")
    generated = [path for path in book.accepted.parent.glob("_generated") if path.is_dir()]
    states = [path for path in book.run.rglob("*") if path.is_dir()]
    remove_drafts([*folders, *generated, book.build, *states])
    restore_folder(book.site)


def _read_everything(book: Book, profile: str) -> tuple[Record | None, Mapping[Page, Source]]:
    """Read all that a user may have written wrongly, before anything is executed."""
    read_config(book)
    read_results(book)
    sources = {page: read_source(book, page) for page in book.notebooks}
    return claims_record.read_accepted(book), sources


def _execute(
    book: Book,
    options: Options,
    sources: Mapping[Page, Source],
    accepted: Record | None,
    progress: Progress,
) -> list[str]:
    """Execute what is stale: first the pages that stand alone, then those that gather from them."""
    failures: list[str] = []
    executed = 0
    with Pool(book) as pool:
        for gathering in (False, True):
            marks = {
                page: _mark(book, source, options.profile)
                for page, source in sources.items()
                if bool(source.gathers) == gathering
            }
            count, failed = execute_stale(
                book, marks, accepted, progress, pool,
                at_once=options.jobs or cores(), force=options.force,
            )  # fmt: skip
            executed += count
            failures += failed
    if not executed:
        progress.say(f"notebooks: all {len(sources)} up to date (nothing changed)")
    return failures


def _mark(book: Book, source: Source, profile: str) -> stale.Fingerprint:
    """Return what decides the result of a page, after it has gathered what it gathers."""
    given, reads = measured.inputs(book, source, profile)
    values = source.values(profile, given)
    reads += source.reads
    if source.gathers:
        others = [page for page in book.notebooks if page != source.page]
        table = gather.table_path(book, profile)
        values[source.gathers] = gather.write_table(book, profile, others, table)
        reads.append(values[source.gathers])
    return stale.fingerprint(book, source.page, values, reads)


def _publishable(
    book: Book, options: Options, accepted: Record | None, outcome: Outcome, progress: Progress,
    live: Live | None,
) -> None:  # fmt: skip
    """Judge the claims of the executed notebooks and make the site; fill in the outcome."""
    edition = read_edition(book, options.profile)
    if dates := measured.not_rerun(edition):
        pages = ", ".join(f"{page} ({date})" for page, date in dates.items())
        progress.say(f"not rerun, from the accepted run (make real reruns): {pages}")
    record, twice = claims_record.collect(edition)
    outcome.failures += twice
    outcome.failures += [f"claim {line}" for line in claims_record.failed(record)]
    if not outcome.ok:
        if options.accept:
            outcome.hints.append("nothing was accepted: only claims that pass can be")
        outcome.hints.append("to see a page with its claims: python -m press one PAGE")
        return
    if options.accept:
        claims_record.write_accepted(book, record)
        accepted = record
        progress.say(f"accepted {len(record.claims)} claims into book/claims.json")
        for path in measured.accept(book, edition.pages.values()):
            progress.say(f"accepted its numbers into {path}")
    elif options.profile == "paper":
        outcome.failures += [f"drift {line}" for line in claims_record.drift(accepted, record)]
        outcome.hints += [claims_record.ACCEPT_HINT] if outcome.failures else []
    site = make_site(
        edition, record, accepted, progress, good=outcome.ok, force=options.force, live=live
    )
    outcome.index = site.index
    outcome.failures += site.failures
