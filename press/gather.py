"""What a page may gather from the other pages: one table, written when they have been executed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from press.executed import read_kept
from press.files import write_if_changed
from press.pages import Book, Page
from w2s.page.records import PAIRS_COLUMNS


def table_path(book: Book, profile: str) -> Path:
    """Return where the gathered table of a profile is kept."""
    return book.run / profile / "pairs.csv"


def write_table(book: Book, profile: str, pages: Iterable[Page], path: Path) -> str:
    """Write the pairs of all these pages, in their order, and return the path from the root.

    A page that was not executed at this profile, or whose kept notebook is damaged, has no rows.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PAIRS_COLUMNS)
    for page in pages:
        kept = read_kept(book, page, profile)
        for record in () if kept is None else kept.pairs:
            for teacher, student in zip(record["teacher"], record["student"], strict=True):
                row = (page.id, record["family"], repr(teacher), repr(student), record["count"])
                writer.writerow(row)
    write_if_changed(path, text.getvalue())
    return path.relative_to(book.root).as_posix()
