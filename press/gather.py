"""What a page may gather from the other pages: one table, written when they have been executed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from press import stale
from press.files import write_if_changed
from press.outputs import pairs
from press.pages import Book, Page
from w2s._command import UserError

COLUMNS = ("page", "family", "L_TE", "L_ST", "students")
KINDS = ("pairs",)


def check_kind(page: str, kind: Any, parameters: Mapping[str, Any]) -> str:
    """Return what a header gathers, or refuse it; the parameter of that name takes the path."""
    if kind is None:
        return ""
    if kind not in KINDS:
        raise UserError(f"{page}: `w2s: gathers:` must be {' or '.join(KINDS)}, got {kind!r}")
    if parameters.get(kind) != "":
        raise UserError(f'{page}: a page that gathers {kind} must have the parameter {kind} = ""')
    return str(kind)


def table_path(book: Book, profile: str) -> Path:
    """Return where the gathered table of a profile is kept."""
    return book.run / profile / "pairs.csv"


def write_table(book: Book, profile: str, pages: Iterable[Page], path: Path) -> str:
    """Write the pairs of all these pages, in their order, and return the path from the root.

    A page that was not executed at this profile, or whose kept notebook is damaged, has no rows.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for page in pages:
        for record in _recorded(book, page, profile):
            for teacher, student in zip(record["teacher"], record["student"], strict=True):
                row = (page.id, record["family"], repr(teacher), repr(student), record["count"])
                writer.writerow(row)
    write_if_changed(path, text.getvalue())
    return path.relative_to(book.root).as_posix()


def _recorded(book: Book, page: Page, profile: str) -> list[dict[str, Any]]:
    kept = stale.kept_notebook(book, page, profile)
    return [] if kept is None else pairs(json.loads(kept))
