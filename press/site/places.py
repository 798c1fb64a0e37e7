"""Where a page stands in the book, and which papers its part is about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from press.pages import Book, load_yaml

_PAPERS = {"I": ("dong2025",), "II": ("medvedev2025",)}


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

    @property
    def papers(self) -> tuple[str, ...]:
        """Keys of the papers of the part: one for each of the first two, else both."""
        return _PAPERS.get(self.numeral) or tuple(key for keys in _PAPERS.values() for key in keys)


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
