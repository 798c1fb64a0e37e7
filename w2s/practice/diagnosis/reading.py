"""The one pass over the rows: copies counted once, some labels withheld, groups kept together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array
from w2s.practice.data.tables import Table
from w2s.practice.diagnosis.guards.membership import together
from w2s.practice.diagnosis.guards.repeats import (
    Chosen,
    KeyedMoments,
    Keys,
    repeats_told,
    without_repeats,
)
from w2s.practice.diagnosis.rows import Withheld, group_places
from w2s.practice.estimation.accumulate import accumulate
from w2s.practice.estimation.class_moments import ClassMoments
from w2s.practice.estimation.groups import GroupedMoments

_GROUPS = 16  # of rows, left out one at a time for the standard errors
_TEST_ROWS = 20_000
_TEST_GROUPS = 8  # at least, as far as the share allows: one group tells nothing of others


@dataclass(frozen=True, eq=False)
class Reading:
    """What one pass over the rows found; copies of other rows are not among them.

    Attributes
    ----------
    tables : tuple of Table
        Strong, weak, labels.
    withheld : Withheld
        The labels without those of the test rows.
    values : array of shape (m,)
        The labels, NaN where there is none.
    groups : array of int, shape (m,), or None
        Group of each row.
    moments : GroupedMoments or ClassMoments
        The moments.
    quick : array of uint64, shape (m,)
        `KeyedMoments.keys` of the rows.
    copies : tuple of str
        What is to be said of rows that were left out.
    """

    tables: tuple[Table, Table, Table]
    withheld: Withheld
    values: Array
    groups: NDArray[np.intp] | None
    moments: Any
    quick: Keys
    copies: tuple[str, ...]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which rows have a label."""
        return ~np.isnan(self.values)


def read_once(
    tables: tuple[Table, Table, Table],
    values: Array,
    *,
    heldout: float,
    seed: int,
    groups: NDArray[np.intp] | None = None,
    classes: int | None = None,
    client: Any = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Reading:
    """Take the moments of all different rows; rows are read again only if some are copies.

    Parameters
    ----------
    tables : tuple of Table
        Strong, weak, labels.
    values : array of shape (m,)
        The labels, NaN where there is none.
    heldout : float
        Share of the rows to withhold, at most 20000 of them, or 8 groups if these are more.
    seed : int
        Which rows these are.
    groups : array of int, shape (m,), optional
        From `membership`.
    classes : int, optional
        Number of classes, if the labels are codes of them.
    client, workers, progress
        As in `accumulate`.

    Returns
    -------
    Reading
    """
    options: dict[str, Any] = {"client": client, "workers": workers, "progress": progress}

    def withheld(labels: Table) -> Withheld:
        share = min(heldout, _TEST_ROWS / max(labels.rows, 1))
        if groups is None:
            return Withheld(labels, share, seed)
        placed = group_places(groups, seed)
        some = np.unique(placed)[:_TEST_GROUPS].max()  # a group is withheld if it begins below
        share = min(heldout, max(share, float(np.nextafter(some, 1))))
        return Withheld(labels, share, seed, placed=placed)

    def empty(labels: Withheld) -> Callable[[int, int], Any]:
        make = GroupedMoments if classes is None else partial(ClassMoments, classes=classes)
        if groups is None:
            return make
        kept = ~np.isnan(values) & (labels.places(0, labels.rows) >= labels.share)
        return partial(make, groups=_GROUPS, dealt=together(groups, kept, _GROUPS))

    strong, weak, labels = tables
    shown = withheld(labels)
    state = accumulate(
        strong, weak, shown, make_state=partial(KeyedMoments, make=empty(shown)), **options
    )
    quick = state.keys()
    chosen = without_repeats(strong, weak, ~np.isnan(values), quick)
    if chosen is None:
        return Reading(tables, shown, values, groups, state.moments, quick, ())
    rows, values = labels.rows, values[chosen]
    strong, weak, labels = (Chosen(table, chosen) for table in tables)
    if groups is not None:
        groups = np.unique(groups[chosen], return_inverse=True)[1]
    shown = withheld(labels)
    moments = accumulate(strong, weak, shown, make_state=empty(shown), **options)
    told = (repeats_told(rows, labels.rows),)
    return Reading((strong, weak, labels), shown, values, groups, moments, quick[chosen], told)
