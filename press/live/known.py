"""What is known of pages in a browser before they run there: how long they take, and their bounds.

``python -m trust live --record`` runs them and keeps both. Times are seconds of the one thread that
runs a page, about what a reader waits for on a machine that has nothing else to do; they stand on
its button. Bounds are what the code asked of the page's parameters; they stand in its form.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from press.files import write_json
from press.pages import Book
from w2s._command import UserError

RECORD = Path("book", "browser.json")


@dataclass(frozen=True)
class Known:
    """What runs in a browser have shown.

    Attributes
    ----------
    start : float
        From the button to the first cell, where the browser has kept the runtime.
    pages : mapping of str to mapping
        Seconds of the cells of a page, by scale.
    bounds : mapping of str to mapping
        What the code of a page asks of a parameter at smoke scale, in words.
    """

    start: float = 0.0
    pages: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    bounds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def words(self, page: str, profile: str, accepted: Mapping[str, Any]) -> str:
        """Return how long a page takes; nothing where nobody knows.

        At smoke scale from the button on; at paper scale from "Run" on, because all is loaded then.
        What was not measured at paper scale is said to take as many times longer than the accepted
        run as the slowest page that was measured.

        Parameters
        ----------
        page : str
            Its id.
        profile : {"paper", "smoke"}
            The scale.
        accepted : mapping of str to mapping
            Seconds of the accepted run, by page.

        Examples
        --------
        >>> known = Known(2.0, {"a": {"smoke": 1.5, "paper": 30.0}})
        >>> accepted = {"a": {"seconds": 10.0}, "b": {"seconds": 20.0}}
        >>> known.words("a", "smoke", accepted), known.words("b", "paper", accepted)
        ('about 10 seconds', 'perhaps 60 seconds')
        """
        if profile in self.pages.get(page, {}):
            loading = self.start if profile == "smoke" else 0.0
            return f"about {duration(loading + self.pages[page][profile])}"
        slower = [
            one["paper"] / accepted[name]["seconds"]
            for name, one in self.pages.items()
            if "paper" in one and name in accepted
        ]
        if profile != "paper" or page not in accepted or not slower:
            return ""
        return f"perhaps {duration(max(slower) * accepted[page]['seconds'])}"


def read_known(book: Book) -> Known:
    """Return what is known; nothing where there is no record."""
    path = book.root / RECORD
    if not path.is_file():
        return Known()
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Known(float(record["start"]), dict(record["pages"]), dict(record["bounds"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{RECORD} is damaged ({error}): python -m trust live --record") from None


def write_known(book: Book, known: Known) -> None:
    """Write the record, two digits of each number; a page that asks nothing has no bounds."""
    pages = {
        name: {scale: _rounded(seconds) for scale, seconds in sorted(one.items())}
        for name, one in sorted(known.pages.items())
    }
    bounds = {name: one for name, one in sorted(known.bounds.items()) if one}
    record = {"start": _rounded(known.start), "pages": pages, "bounds": bounds}
    write_json(book.root / RECORD, record)


def _rounded(seconds: float) -> float:
    return float(f"{seconds:.2g}")


def duration(seconds: float) -> str:
    """Return a time in words, as roughly as it is known.

    Examples
    --------
    >>> duration(8), duration(42), duration(400)
    ('10 seconds', '50 seconds', '7 minutes')
    """
    if seconds < 90:
        return f"{10 * math.ceil(seconds / 10)} seconds"
    return f"{math.ceil(seconds / 60)} minutes"
