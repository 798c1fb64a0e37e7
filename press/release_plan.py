"""What a release needs before it is built: version, commit, changelog, claims to compare with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from press import claims_record, pdf
from press.citation import CITATION, read_citation
from press.claims_record import Record
from press.commit import Commit, git, read_commit
from press.pages import Book
from w2s import __version__
from w2s._command import UserError

CHANGELOG = "CHANGELOG.md"
REHEARSAL = "REHEARSAL-"
"""The beginning of every name of what is not to be published."""


@dataclass(frozen=True)
class Plan:
    """What is to be released, all of it checked.

    Attributes
    ----------
    book : Book
        The checkout.
    version : str
        The version.
    profile : str
        The scale of the book.
    rehearsal : bool
        Whether it is only tried.
    commit : Commit
        What is built.
    news : str
        The version's section of the changelog.
    citation : mapping
        What ``CITATION.cff`` says.
    claims : Record
        The accepted claims.
    before : Record or None
        Those of the last release.
    since : str
        What the last release is called.
    """

    book: Book
    version: str
    profile: str
    rehearsal: bool
    commit: Commit
    news: str
    citation: dict[str, Any] = field(repr=False)
    claims: Record = field(repr=False)
    before: Record | None = field(repr=False)
    since: str

    @property
    def name(self) -> str:
        """What the release is called, and the folder of its archive."""
        return self.marked(f"w2s-book-{self.version}")

    def marked(self, name: str) -> str:
        """Return the name of a file of the release, which says when it is of a rehearsal."""
        return f"{REHEARSAL}{name.lstrip('.')}" if self.rehearsal else name


def plan(
    book: Book, version: str, profile: str, *, rehearsal: bool = False, since: Path | None = None
) -> Plan:
    """Check that a version can be released from the commit of a checkout.

    Parameters
    ----------
    book : Book
        The checkout.
    version : str
        The version, as PEP 440 writes it.
    profile : {"paper", "smoke"}
        The scale of the book.
    rehearsal : bool
        Whether the release is only tried: at any scale, and while the changelog calls the version
        unreleased. Every name says so.
    since : Path, optional
        The claims of the last release; those at its tag by default.

    Returns
    -------
    Plan
        What will be built.

    Raises
    ------
    UserError
        When the version is not canonical, is not that of the module and of its metadata, is not
        larger than the last tag or has a tag; when something is not committed; when the changelog
        lacks its section; when there are no accepted claims, or no browser to print with.
    """
    asked = _parsed(version)
    if profile != "paper" and not rehearsal:
        raise UserError(f"a release needs the paper profile, got {profile!r}; ask for a rehearsal")
    citation = read_citation(book.root)
    _agree(book.root, version, citation)
    commit = read_commit(book.root)
    released = _released(book.root)
    _check_larger(asked, released)
    news = _news(book.root, version, str(citation["date-released"]), rehearsal)
    claims = claims_record.read_accepted(book)
    if claims is None:
        raise UserError("there is no book/claims.json: make accept first")
    before, named = _before(book.root, released, since)
    pdf.find_browser()
    return Plan(
        book, version, profile, rehearsal, commit, news, citation, claims, before, named
    )  # fmt: skip


def _parsed(version: str) -> Version:
    try:
        found = Version(version)
    except InvalidVersion:
        raise UserError(f"{version!r} is not a version, as PEP 440 defines it") from None
    if str(found) != version or found.local:
        raise UserError(f"a released version is written like {found.public}, got {version!r}")
    return found


def _agree(root: Path, version: str, citation: dict[str, Any]) -> None:
    """Refuse a version that the module or its metadata do not have."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = {"w2s.__version__": __version__, "pyproject.toml": project["version"]}
    told[CITATION] = str(citation["version"])
    for where, found in told.items():
        if found != version:
            raise UserError(f"{where} says {found}, not {version}: change and commit it first")


def _released(root: Path) -> dict[Version, str]:
    """Return the tags of versions."""
    found = {}
    for tag in git(root, "tag", "--list", "v*").split():
        try:
            found[Version(tag)] = tag
        except InvalidVersion:
            continue
    return found


def _check_larger(version: Version, released: Mapping[Version, str]) -> None:
    if version in released:
        raise UserError(f"the tag {released[version]} exists already: a release is made once")
    last = max(released, default=None)
    if last is not None and version < last:
        raise UserError(f"{version} is not larger than the last release, {last}")


def _news(root: Path, version: str, date: str, rehearsal: bool) -> str:
    """Return the section of the changelog, without its heading."""
    path = root / CHANGELOG
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    dates = [date, "unreleased"] if rehearsal else [date]
    headings = [f"## {version} ({one})" for one in dates]
    for part in re.split(r"^(?=## )", text, flags=re.MULTILINE):
        heading, _, body = part.partition("\n")
        if heading.strip() in headings and body.strip():
            return body.strip()
    raise UserError(
        f"{CHANGELOG} has no section `{headings[0]}`, with the date of {CITATION}: write it first"
    )


def _before(
    root: Path, released: Mapping[Version, str], since: Path | None
) -> tuple[Record | None, str]:
    """Return the claims of the last release, and its name; none for the first one."""
    if since is not None:
        return claims_record.parsed(since.read_bytes(), str(since), "name another file"), since.name
    if not released:
        return None, ""
    last = max(released)
    where = f"{released[last]}:book/claims.json"
    told = git(root, "show", where).encode()
    return claims_record.parsed(told, where, "name the file by --since"), str(last)
