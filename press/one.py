"""Some pages alone: executed with other parameters and rendered, without touching the book."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from press import claims_record, gather
from press.build import Outcome
from press.execute import tell_failure
from press.executed import read_executed
from press.files import exclusive
from press.pages import Book, Page
from press.pool import Pool, cores
from press.progress import Progress
from press.site.jupyter_book import (
    SMOKE_STAMP,
    RenderError,
    install,
    jupyter_book,
    leave_strays_out,
    read_config,
    standing_by,
    write_config,
)
from press.site.renderer import Renderer
from press.site.tidy import tidy
from press.sources import read_source
from press.worker import Job, Result

OTHER_STAMP = "One page alone, with other parameters than the book: not the published results"
_NOT_LINKED = {"_build", "notebooks", "_toc.yml", "_config.yml"}
_ALONE = ["myst.xref_missing", "myst.xref_ambiguous", "ref", "toc", "bibtex", "app"]


def make_one(
    book: Book,
    page: Page,
    profile: str,
    given: Mapping[str, str],
    progress: Progress,
    pool: Pool,
) -> Outcome:
    """Execute one page and render it alone, in a folder of its own below ``_build/one``.

    Parameters
    ----------
    book : Book
        The checkout; its executed notebooks and site stay as they are.
    page : Page
        The notebook page.
    profile : {"paper", "smoke"}
        The scale.
    given : mapping of str to str
        Parameters of the command line.
    progress : Progress
        Where to tell.
    pool : Pool
        What executes it.

    Returns
    -------
    Outcome
        The page's HTML file, and what failed.
    """
    source = read_source(book, page)
    values = source.values(profile, given)
    with exclusive(book.build / "press.lock"), ExitStack() as rendering:
        pool.prepare()
        workshop = open_workshop(book, page.id.replace("/", "-"), [page])
        renderer = rendering.enter_context(standing_by(workshop.root))
        if source.gathers and not values[source.gathers]:
            others = [one for one in book.notebooks if one != page]
            table = workshop.root.with_suffix(".csv")
            values[source.gathers] = gather.write_table(book, profile, others, table)
        outcome = Outcome(failures=execute_alone(book, workshop, {page: values}, progress, pool))
        if outcome.failures:
            return outcome
        for record in read_executed(workshop, page).claims:
            progress.say(f"{record['id']}: {claims_record.outcome(record | {'page': page.id})}")
            if not record["passed"]:
                outcome.failures.append(f"claim {record['id']} {record['verdict']}")
        defaults = source.values("paper")
        changed = {name for name in values if values[name] != defaults[name]} - {source.gathers}
        stamp = SMOKE_STAMP if profile == "smoke" else OTHER_STAMP
        stamp = stamp if changed else ""
        return render_alone(book, workshop, stamp, outcome, progress, renderer)


def execute_alone(
    book: Book,
    workshop: Book,
    values: Mapping[Page, Mapping[str, Any]],
    progress: Progress,
    pool: Pool,
) -> list[str]:
    """Execute pages with these parameters into a workshop; return one line for each failure."""
    jobs = []
    for page, given in values.items():
        partial = book.build / "one" / f"{page.id}.partial.ipynb"
        output = str(workshop.executed(page))
        jobs.append((page, Job(str(book.root), vars(page), dict(given), output, str(partial))))
    failures: list[str] = []

    def ended(page: Page, result: Result) -> None:
        progress.end(page.id)
        if result.ok:
            progress.say(f"{page.id}  ran in {result.seconds:.1f} s")
        else:
            failures.append(tell_failure(book, page, result, progress))

    with progress:
        pool.execute(jobs, cores(), lambda started: progress.start(started.id), ended)
    return failures


def open_workshop(book: Book, name: str, pages: Sequence[Page]) -> Book:
    """Make a source folder with these pages only; everything else is linked to the checkout."""
    folder = book.build / "one" / name
    shutil.rmtree(folder, ignore_errors=True)
    for page in pages:
        (folder / page.entry).parent.mkdir(parents=True, exist_ok=True)
    for path in book.root.iterdir():
        if path.name not in _NOT_LINKED and not path.name.startswith("."):
            os.symlink(path, folder / path.name)
    first, *others = (page.entry for page in pages)
    lines = ["format: jb-book", f"root: {first}", "chapters:" * bool(others)]
    lines += [f"  - file: {entry}" for entry in others]
    (folder / "_toc.yml").write_text("\n".join(filter(None, lines)) + "\n", encoding="utf-8")
    return Book(folder, tuple(pages))


def render_alone(
    book: Book,
    workshop: Book,
    stamp: str,
    outcome: Outcome,
    progress: Progress,
    renderer: Renderer | None = None,
) -> Outcome:
    """Render the pages of a workshop; the first one's file, and what failed, go to `outcome`."""
    config, folder, page = read_config(book), workshop.root, workshop.pages[0]
    sphinx = config.setdefault("sphinx", {}).setdefault("config", {})
    sphinx["suppress_warnings"] = [*sphinx.get("suppress_warnings", []), *_ALONE]
    if stamp:
        sphinx.setdefault("html_theme_options", {})["announcement"] = stamp
    leave_strays_out(config, workshop)
    path = write_config(book, config, folder / "_config.yml")
    try:
        with progress, progress.doing("jupyter-book build"):
            rendered = jupyter_book(folder, book.build / "site.tmp", path, ["--all"], renderer)
            tidy(rendered.folder)
    except RenderError as error:
        progress.raw(str(error))
        names = ", ".join(one.id for one in workshop.pages)
        outcome.failures.append(f"page {names} could not be rendered (see above)")
        return outcome
    for warning in rendered.warnings:
        progress.say(warning)
    install(book, rendered, folder / "html")
    outcome.index = folder / "html" / f"{page.entry}.html"
    return outcome
