"""How long pages take in a browser, as it was measured: kept once, and said on their buttons.

``python -m trust live --record`` measures. Numbers are seconds of the one thread that runs a page,
which is what a reader waits for on a machine that has nothing else to do.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from press.files import write_json
from press.pages import Book
from w2s._command import UserError

RECORD = Path("book", "browser_times.json")


@dataclass(frozen=True)
class Times:
    """Measured seconds.

    Attributes
    ----------
    start : float
        From the button to the first cell, where the browser has kept the runtime.
    pages : mapping of str to mapping
        Seconds of the cells of a page, by scale.
    """

    start: float = 0.0
    pages: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def seconds(self, page: str, profile: str, accepted: Mapping[str, Any]) -> float | None:
        """Return how long a page takes from the button on; None where nobody knows.

        What was not measured at paper scale takes as many times longer than the accepted run as
        the pages that were, in the median.

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
        >>> times = Times(2.0, {"a": {"smoke": 1.5, "paper": 30.0}})
        >>> accepted = {"a": {"seconds": 10.0}, "b": {"seconds": 20.0}}
        >>> [times.seconds("b", scale, accepted) for scale in ("smoke", "paper")]
        [None, 62.0]
        """
        own = self.pages.get(page, {}).get(profile)
        if own is None and profile == "paper" and page in accepted:
            slower = [
                one["paper"] / accepted[name]["seconds"]
                for name, one in self.pages.items()
                if "paper" in one and name in accepted
            ]
            own = median(slower) * accepted[page]["seconds"] if slower else None
        return None if own is None else self.start + own


def read_times(book: Book) -> Times:
    """Return what was measured; nothing where there is no record."""
    path = book.root / RECORD
    if not path.is_file():
        return Times()
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Times(float(record["start"]), dict(record["pages"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{RECORD} is damaged ({error}): python -m trust live --record") from None


def write_times(book: Book, times: Times) -> None:
    """Write the record, two digits of each number."""
    pages = {
        name: {scale: _rounded(seconds) for scale, seconds in sorted(one.items())}
        for name, one in sorted(times.pages.items())
    }
    write_json(book.root / RECORD, {"start": _rounded(times.start), "pages": pages})


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
