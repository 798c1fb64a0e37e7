"""The record of other seeds in a checkout: what leaves it, what is added, what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from press import claims_record
from press.pages import Book
from press.seeds.record import Run, add, numbers_key, outdated, path_of, read_record

Pair = tuple[str, int]  # a page and the number of a seed


@dataclass(frozen=True)
class Record:
    """The recorded runs of a checkout beside its published claims."""

    book: Book
    claims: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, book: Book) -> Record:
        """Read the published claims; a book without any has none."""
        published = claims_record.read_accepted(book)
        return cls(book, published.claims if published else ())

    def numbers(self, page: str) -> str:
        """Return the hash of a page's published numbers."""
        return numbers_key(self.claims, page)

    def runs(self) -> dict[Pair, Run]:
        """Return the runs that stand beside today's published numbers."""
        record = read_record(self.book.root)
        old = outdated(record, self.claims)
        return {
            (page, number): run
            for page in record
            if page not in old
            for number, run in record[page].runs.items()
        }

    def drop_outdated(self) -> list[str]:
        """Remove runs beside other published numbers; return a line for each page."""
        record = read_record(self.book.root)
        old = outdated(record, self.claims)
        for page in old:
            path_of(self.book.root, page).unlink()
        return [
            f"{page}: {len(record[page].runs)} runs leave the record, because the published "
            "numbers beside them have changed"
            for page in old
        ]

    def add(self, runs: Iterable[Run]) -> None:
        """Add runs of any pages."""
        for page, group in groupby(sorted(runs, key=_page), _page):
            add(self.book.root, page, self.numbers(page), group)


def _page(run: Run) -> str:
    return str(run["page"])


def good(runs: Mapping[Pair, Run]) -> set[Pair]:
    """Return which runs need not be run again: those without an error."""
    return {pair for pair, run in runs.items() if not run["error"]}


def lacking(asked: Iterable[Pair], there: Mapping[Pair, Run]) -> list[str]:
    """Return a line for each page that lacks some of the seeds asked for."""
    numbers: dict[str, list[int]] = {}
    for page, number in sorted({*asked} - good(there)):
        numbers.setdefault(page, []).append(number)
    return [f"lacks {page}: {_ranges(found)}" for page, found in numbers.items()]


def _ranges(numbers: list[int]) -> str:
    """Return increasing numbers in short, such as 1-3, 7."""
    starts = [n for n in numbers if n - 1 not in numbers]
    ends = [n for n in numbers if n + 1 not in numbers]
    return ", ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in zip(starts, ends, strict=True))
