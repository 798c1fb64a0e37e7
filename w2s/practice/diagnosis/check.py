"""The check on the user's rows: which are read again, what is trained on them, what is compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from w2s.practice.data.tables import Table
from w2s.practice.diagnosis.compared import agreed, compare, validation
from w2s.practice.diagnosis.effort import LARGEST_SHARE, rotates, scaled_sizes
from w2s.practice.diagnosis.fresh import UNLIKE, Fresh
from w2s.practice.diagnosis.guards.membership import ALIKE
from w2s.practice.diagnosis.heads import Head, LeastSquares
from w2s.practice.diagnosis.measured import Measured, measure, predicted_average
from w2s.practice.diagnosis.results import Symptoms, Validation
from w2s.practice.diagnosis.rows import Rows, Withheld, read_rows
from w2s.practice.diagnosis.symptoms import likely_reasons, symptoms
from w2s.practice.estimation.estimates import Estimates, estimate
from w2s.practice.estimation.groups import GroupedMoments
from w2s.practice.training.splits import OFFICIAL, Trains

Progress = Callable[[str, int, int], None]

RANK_CAP = 768  # principal directions in the official mode
_NO_RIDGE = replace(OFFICIAL, ridge=0.0)
_POOL_ROWS = 20_000
_POOL_BYTES = 2**28
_ENOUGH = 8192  # rows that show how far features are from Gaussian ones


@dataclass(frozen=True, eq=False)
class Data:
    """The user's tables and what is known of them.

    Attributes
    ----------
    tables : tuple of Table
        Strong, weak, labels.
    withheld : Withheld
        The labels without those of the test rows.
    known : array of bool
        Which rows have a label.
    grouped : GroupedMoments
        The one-pass state.
    estimates : Estimates
        What follows from it.
    groups : array of int or None
        Group of each row.
    fresh : Fresh or None
        Rows to test on instead of withheld ones.
    """

    tables: tuple[Table, Table, Table]
    withheld: Withheld
    known: NDArray[np.bool_]
    grouped: GroupedMoments
    estimates: Estimates
    groups: NDArray[np.intp] | None = None
    fresh: Fresh | None = None

    def training(self, wanted: int) -> NDArray[np.intp]:
        """Index of about so many labelled rows of the estimate, in runs chosen by the seed."""
        place, share = self._places(), self.withheld.share
        top = share + wanted / max(int(self.known.sum()), 1)
        return np.flatnonzero(self.known & (place >= share) & (place < top))

    def testing(self) -> NDArray[np.intp]:
        """Index of the labelled rows whose labels were withheld."""
        return np.flatnonzero(self.known & (self._places() < self.withheld.share))

    def _places(self) -> NDArray[np.float64]:
        return self.withheld.places(0, len(self.known))


def check(
    data: Data, head: Head, n: int, big_n: int, seed: int, progress: Progress
) -> tuple[Validation | None, Symptoms | None]:
    """Train the four models on the user's rows and test them on the withheld ones.

    Where these are few, other rows are held out in their turn, so that every row is tested. There
    is no check without withheld rows, or where the rows do not reach for the sizes.
    """
    testing, e = data.testing(), data.estimates
    if len(testing) < 2 and data.fresh is None:
        return None, None
    white = e.strong.transform, e.weak.transform
    views = white if head.white else (np.asarray, np.asarray)
    width = e.d_strong + e.d_weak if head.white else sum(t.width for t in data.tables[:2])
    wanted = max(_POOL_ROWS, int((n + big_n) / LARGEST_SHARE) + 1)
    training = data.training(min(wanted, _POOL_BYTES // (8 * width)))
    pool = read_rows(data.tables, training, views, data.groups)
    few = scaled_sizes(n, big_n, len(pool.labels), head.least[1])
    if any(size < least for size, least in zip(few, _enough(head, e), strict=True)):
        return None, None
    test = (
        data.fresh.rows(views) if data.fresh
        else read_rows(data.tables, testing, views, data.groups)
    )  # fmt: skip
    for table in data.tables:
        table.check_unchanged()

    folds = 1 if data.fresh else rotates(pool, test, few, head.trainer)

    def train(fit: Trains, what: str = "training on drawn rows") -> Measured:
        rng, tick = np.random.default_rng(seed), partial(progress, what)
        return measure(pool, test, few, fit, rng, tick, folds, predicted_average(expected))

    expected = head.forecast(*few)
    measured = train(head.trainer)
    official = isinstance(head, LeastSquares) and head.official
    full = _at_full_width(data) if official else None
    near = pool
    if not head.white:
        step = -(-len(pool.labels) // _ENOUGH)
        trained, some = full or e, pool.part(np.arange(0, len(pool.labels), step))
        near = Rows(
            trained.strong.transform(some.strong),
            trained.weak.transform(some.weak),
            head.numbers(some.labels),
        )
    found = symptoms(near, e.intercept)
    agrees = agreed(compare(expected, measured, e, head))
    reasons: tuple[str, ...] = ()
    if not agrees:
        wide = None if full is None else LeastSquares(full).forecast(*few)
        plain = train(_NO_RIDGE, "training without a penalty") if official else None
        reasons = likely_reasons(expected, measured, e, found, head, wide, plain)
        reasons = (UNLIKE, *reasons) if data.fresh else reasons
        reasons = reasons if data.groups is None else (ALIKE, *reasons)
    scaled = few != (n, big_n)
    return validation(expected, measured, len(pool.labels), scaled, e, head, reasons), found


def _enough(head: Head, estimates: Estimates) -> tuple[int, int]:
    """Smallest sizes at which a check tells something: where teacher and student are predicted."""
    if isinstance(head, LeastSquares):
        return estimates.d_weak + 2, estimates.d_strong + 2
    return head.least


def _at_full_width(data: Data) -> Estimates | None:
    """Estimate the geometry of models that use every feature direction, if the rows allow it."""
    e = data.estimates
    try:
        return estimate(
            data.grouped, intercept=e.intercept, energy=1.0, rank_cap=RANK_CAP,
            confidence=e.confidence,
        )  # fmt: skip
    except ValueError:  # too few rows for so many directions
        return None
