"""What is done to a site after jupyter-book has rendered it: one list, from first to last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from press.executed import Edition
from press.files import write_json
from press.live.site import Live, go_live
from press.site.bundle import bundle_explorers
from press.site.folds import fold
from press.site.front import draw_front
from press.site.jupyter_book import MARKER
from press.site.lighten import lighten
from press.site.policy import write_policies
from press.site.reading import help_readers
from press.site.takeaway import take_away
from press.site.tidy import tidy

Step = Callable[[Edition, Path], object]


def mark(edition: Edition, site: Path) -> None:
    """Say in the site what made it, and at which profile."""
    write_json(site / MARKER, {"made_by": "w2s", "profile": edition.profile})
    (site / ".nojekyll").touch()  # GitHub Pages would leave out _static otherwise


STEPS: tuple[Step, ...] = (
    lambda edition, site: tidy(site),
    lambda edition, site: bundle_explorers(edition.book.root / "book" / "_static", site),
    fold,
    take_away,  # figures become files, which the later steps name and lighten
    lambda edition, site: draw_front(edition.book, site),
    help_readers,
    lambda edition, site: lighten(site),  # knows by the finished pages what is not used
    lambda edition, site: write_policies(site),  # hashes the scripts that are left
    mark,
)


def finish(edition: Edition, site: Path, live: Live | None = None) -> None:
    """Turn what jupyter-book rendered into the site of an executed book, `live` or not."""
    for step in STEPS if live is None else live_steps(live):
        step(edition, site)


def live_steps(live: Live) -> tuple[Step, ...]:
    """Return the steps of a site whose pages run in the browser: two more before the mark."""

    def policies(edition: Edition, site: Path) -> None:
        write_policies(site, live=True)

    return (*STEPS[:-1], lambda edition, site: go_live(edition, site, live), policies, mark)
