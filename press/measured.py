"""Pages that measure where their inputs are there, and read the accepted record elsewhere.

The header of such a page names the folders of features that it needs (``measures``), and its
parameter `features` takes the folder that holds them. `python -m press real` makes them; a build at
paper scale uses them when all are there, and else leaves the parameter empty, so that the page
reads its record from ``book/measured``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from press.executed import Edition, Executed
from press.files import write_json
from press.pages import Book
from press.sources import FEATURES, Source
from w2s.page.records import measured_path

DONE = "made.json"
"""Written last into a folder of features, with the names of its files, which hold their keys."""


def features_folder(book: Book) -> Path:
    """Return where `python -m press real` leaves features."""
    return book.build / "real" / "features"


def inputs(book: Book, source: Source, profile: str) -> tuple[dict[str, str], list[str]]:
    """Return the parameters that a page gets to measure from, and the files that decide them.

    Parameters
    ----------
    book : Book
        The checkout.
    source : Source
        A page.
    profile : {"paper", "smoke"}
        The smoke profile reads the record.

    Returns
    -------
    dict of str to str
        The folder of the features, or nothing.
    list of str
        Files from the root of the checkout.
    """
    if not source.measures:
        return {}, []
    record = measured_path(Path(source.page.id).name)
    folder = features_folder(book)
    marks = [folder / name / DONE for name in source.measures]
    if profile != "paper" or not all(mark.is_file() for mark in marks):
        return {}, [record]
    paths = [path.relative_to(book.root).as_posix() for path in (folder, *marks)]
    return {FEATURES: paths[0]}, paths[1:]


def not_rerun(edition: Edition) -> dict[str, str]:
    """Return the pages of an edition that read their record, with the date of its run."""
    return {
        page.id: record["accepted"]
        for page, one in edition.pages.items()
        for record in one.measured
        if record["accepted"]
    }


def accept(book: Book, pages: Iterable[Executed]) -> list[str]:
    """Make the numbers that pages have just measured the accepted record; return their files."""
    written = []
    for page in pages:
        for record in page.measured:
            if not record["accepted"]:
                path = measured_path(record["name"])
                today = time.strftime("%Y-%m-%d", time.gmtime())
                write_json(book.root / path, {"accepted": today, "tables": record["tables"]})
                written.append(path)
    return written
