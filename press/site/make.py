"""The site: generated pages written, rendered, checked, put in its place, and published."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from press import pdf, stale
from press.claims_record import Record
from press.commit import Commit
from press.executed import Edition
from press.files import write_if_changed, write_json
from press.live.site import FOLDER, Live
from press.measured import not_rerun
from press.owned import written_anew
from press.pages import Book
from press.progress import Progress
from press.site import status
from press.site.address import settle
from press.site.check_site import check_site
from press.site.foot import stamp
from press.site.front import write_front
from press.site.jupyter_book import RenderError, install, render, site_profile, tree_digest
from press.site.launch import Place, link_launchers
from press.site.proofs_page import PROOFS, proofs_page
from press.site.steps import finish
from w2s._command import UserError

SITE = "site"  # in the list of a published folder


@dataclass
class Site:
    """Where a rendered site lies, and why it is not good."""

    index: Path | None = None
    failures: list[str] = field(default_factory=list)


def make_site(
    edition: Edition,
    record: Record,
    accepted: Record | None,
    progress: Progress,
    *,
    good: bool,
    force: bool,
    live: Live | None = None,
) -> Site:
    """Render and check the site unless it is up to date.

    Parameters
    ----------
    edition : Edition
        The book, every page executed.
    record : Record
        The claims of this run.
    accepted : Record or None
        The accepted record, whose runtimes the status page shows.
    progress : Progress
        Where to tell.
    good : bool
        Whether the run agrees with the accepted record. Only then, and when nothing is found,
        does the site take the place of the last good one; otherwise it goes to ``_build/rejected``.
    force : bool
        Render even when nothing changed.
    live : Live, optional
        The runtime of a site whose pages run in the browser.

    Returns
    -------
    Site
        The index page, and one line for each fault.
    """
    book = edition.book
    texts = {
        status.STATUS: status.status_page(book, record, accepted, not_rerun(edition)),
        status.GLANCE: status.glance(book, record),
    }
    if any(f"{page.entry}.md" == PROOFS for page in book.pages):
        entries = {page.id: page.entry for page in book.notebooks}
        pages = {str(one["id"]): entries[one["page"]] for one in record.claims}
        texts[PROOFS] = proofs_page(book.root, pages)
    rejected = book.build / "rejected"
    destination = book.site if good else rejected
    made_from = {} if live is None else {FOLDER: f"{live.made_from} {live.own}"}
    inputs = stale.site_digest(book, record.profile, texts | made_from)
    if not force and _is_current(destination, inputs):
        progress.say("site: up to date (nothing changed)")
        return Site(destination / "index.html")
    for path, text in texts.items():
        write_if_changed(book.root / path, text)
    write_front(book)
    progress.say("site: rendering")
    try:
        with progress, progress.doing("jupyter-book build"):
            rendered = render(book, edition.profile)
            finish(edition, rendered.folder, live)
            findings = check_site(rendered.folder, book.root)
    except RenderError as error:
        progress.raw(str(error))
        return Site(None, ["site: jupyter-book failed or warned (see above)"])
    shutil.rmtree(rejected, ignore_errors=True)
    index = install(book, rendered, rejected if findings else destination)
    if not findings:
        state = {"inputs": inputs, "tree": tree_digest(destination)}
        write_json(_state_path(destination), state)
    return Site(index, [f"site {finding}" for finding in findings])


def _state_path(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.json")


def _is_current(folder: Path, inputs: str) -> bool:
    """Whether a rendered site was made from the same inputs and is untouched since."""
    try:
        state = json.loads(_state_path(folder).read_text(encoding="utf-8"))
        known = (state["inputs"], state["tree"])
        return bool(known == (inputs, tree_digest(folder)))
    except (OSError, ValueError, KeyError, TypeError):
        return False


@dataclass(frozen=True)
class Published:
    """What a published site says of itself, and no other copy can know.

    Attributes
    ----------
    address : str
        Where it will be found, for social cards.
    commit : Commit or None
        What made it, for the foot of its pages.
    branch : Place or None
        Where its notebooks can be opened.
    """

    address: str = ""
    commit: Commit | None = None
    branch: Place | None = None


def publish(book: Book, target: Path, says: Published = Published()) -> Path:
    """Copy the checked paper site, and its PDF if there is one, to a folder; renamed at the end.

    Parameters
    ----------
    book : Book
        The checkout, its site rendered.
    target : Path
        The folder.
    says : Published
        What the site says of itself.

    Raises
    ------
    UserError
        When the site is a smoke site, or the folder holds what no earlier run wrote.
    """
    profile = site_profile(book.site)
    if profile != "paper":
        raise UserError(f"only a paper site can be published, this one is {profile or 'missing'}")
    with written_anew(target, SITE, book.build) as folder:
        shutil.copytree(book.site, folder, dirs_exist_ok=True)
        if pdf.is_current(book):
            shutil.copyfile(book.build / pdf.NAME, folder / pdf.NAME)
            pdf.link_pdf(folder)
        if says.address:
            settle(folder, says.address)
        if says.branch is not None:
            link_launchers(book, folder, says.branch)
        if says.commit is not None:
            stamp(folder, says.commit)
    return target / "index.html"
