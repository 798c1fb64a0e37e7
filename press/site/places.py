"""Where a page stands in the book, and which papers it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from press.pages import Book, Page, load_yaml
from press.schemas import NEIGHBOURS
from press.site.takeaway import bibliography

WINGS = {"discrepancy": "dong2025", "random_features": "medvedev2025"}
"""The paper of a wing; the pages of other wings are about those that they cite."""

_MINUTE = re.compile(r"\} In one minute$(.*?)^# :::$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Place:
    """Where a page stands: its part and its number there."""

    part: str
    number: int
    of: int

    @property
    def numeral(self) -> str:
        """Number of the part, as in "Part II: …"; empty where it has none."""
        match = re.match(r"Part ([IVX]+)\b", self.part)
        return match[1] if match else ""


def papers(book: Book, page: Page) -> tuple[str, ...]:
    """Return the keys of the papers that a page is about: its wing's, or those that it cites.

    A page of Part IV is about any papers on arXiv, others about the book's two. Where it compares
    them with many, its minute cites those that it is about.
    """
    wing = page.id.split("/")[0]
    if wing in WINGS:
        return (WINGS[wing],)
    path = book.source(page)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    known = list(WINGS.values())
    if wing == NEIGHBOURS:
        minute = "".join(_MINUTE.findall(text))
        text = minute if "{cite:" in minute else text
        known = [key for key, entry in bibliography(book).items() if "eprint" in entry]
    cited = ",".join(re.findall(r"\{cite:\w+\}`([^`]*)`", text)).replace(" ", "").split(",")
    return tuple(key for key in known if key in cited) or tuple(WINGS.values())


def read_places(book: Book) -> dict[str, Place]:
    """Return the place of every page in its part of the table of contents."""
    content = load_yaml(book.root / "_toc.yml")
    parts = content.get("parts") or [{"chapters": content.get("chapters") or []}]
    places = {}
    for part in parts:
        entries = [str(chapter.get("file", "")) for chapter in part.get("chapters") or []]
        for number, entry in enumerate(entries, start=1):
            places[entry] = Place(str(part.get("caption", "")), number, len(entries))
    return places
