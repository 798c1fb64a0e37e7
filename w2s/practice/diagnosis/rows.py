"""Which rows are kept from the estimate, and how some of the rows are read a second time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array
from w2s.practice.data.tables import Table

View = Callable[[Array], Array]

_FEW = 2**17  # tables with fewer rows are dealt row by row, larger ones in runs
_RUN = 64
_BLOCK = 8192  # rows read at once
_MIX = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)  # SplitMix64


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of the two models with their labels, and the group of each if rows have groups."""

    strong: Array
    weak: Array
    labels: Array
    groups: NDArray[np.intp] | None = None

    def shuffled(self, rows: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
        """Return some rows in a random order in which those of a group follow each other."""
        order = rng.permutation(rows)
        if self.groups is None:
            return order
        names, place = np.unique(self.groups[order], return_inverse=True)
        return np.asarray(order[np.argsort(rng.permutation(len(names))[place], kind="stable")])

    def part(self, rows: NDArray[np.intp]) -> Rows:
        """Return some of the rows."""
        groups = None if self.groups is None else self.groups[rows]
        return Rows(self.strong[rows], self.weak[rows], self.labels[rows], groups)

    def joined(self, other: Rows) -> Rows:
        """Return these rows and others of the same tables."""
        groups = None
        if self.groups is not None and other.groups is not None:
            groups = np.concatenate([self.groups, other.groups])
        strong, weak, labels = (
            np.concatenate([getattr(self, part), getattr(other, part)])
            for part in ("strong", "weak", "labels")
        )
        return Rows(strong, weak, labels, groups)

    def variance_of_mean(self, values: Array) -> Array:
        r"""Return the variance of the mean over the rows, of values of shape (…, m).

        .. math:: \frac{G}{G-1} \frac1{m^2} \sum_g \Bigl(\sum_{i \in g} (x_i - \bar x)\Bigr)^2

        with ``G`` groups, or as many as rows if these have none; infinite if there is one group.

        Examples
        --------
        >>> x = np.zeros((4, 1))
        >>> values = np.array([1.0, 1.0, 3.0, 3.0])
        >>> groups = np.array([0, 0, 1, 1])
        >>> round(float(Rows(x, x, x, groups).variance_of_mean(values)), 6)
        1.0
        >>> round(float(Rows(x, x, x).variance_of_mean(values)), 6)
        0.333333
        """
        count = values.shape[-1]
        if self.groups is None:
            return np.asarray(values.var(axis=-1, ddof=1) / count)
        names, place = np.unique(self.groups, return_inverse=True)
        if len(names) == 1:
            return np.full(values.shape[:-1], np.inf)
        away = values - values.mean(axis=-1, keepdims=True)
        order = np.argsort(place, kind="stable")
        starts = np.searchsorted(place[order], np.arange(len(names)))
        sums = np.add.reduceat(away[..., order], starts, axis=-1)
        return np.asarray(np.square(sums).sum(axis=-1) / count**2 * len(names) / (len(names) - 1))

    def apart(
        self, order: NDArray[np.intp], rows: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Cut an order after so many rows; the second part has none of the first one's groups.

        Examples
        --------
        >>> x = np.zeros((5, 1))
        >>> [part.tolist() for part in Rows(x, x, x, None).apart(np.arange(5), 2)]
        [[0, 1], [2, 3, 4]]
        >>> few = Rows(x, x, x, np.array([7, 7, 7, 8, 9]))
        >>> [part.tolist() for part in few.apart(np.arange(5), 2)]
        [[0, 1], [3, 4]]
        """
        first, others = order[:rows], order[rows:]
        if self.groups is not None:
            others = others[~np.isin(self.groups[others], self.groups[first])]
        return first, others


class Withheld(Table):
    """A table of labels in which some rows, chosen by the seed, have none (NaN).

    Parameters
    ----------
    labels : Table
        The labels, one column.
    share : float
        Expected share of the rows to withhold.
    seed : int
        Together with the row's index it decides; nothing else does.
    total : int, optional
        Rows of the whole table, where `labels` is a part of it.
    placed : array of shape (m,), optional
        What decides instead, from `group_places`, so that groups of rows are withheld whole.
    first : int
        Row of the whole table that the first of `placed` belongs to.

    Examples
    --------
    >>> from w2s.practice.data.tables import open_table
    >>> y = open_table(np.arange(8.0), ndim=1)
    >>> Withheld(y, 0.3, 0, placed=group_places(np.arange(8) // 4, seed=0)).read(0, 8)[:, 0]
    array([nan, nan, nan, nan,  4.,  5.,  6.,  7.])
    """

    def __init__(
        self, labels: Table, share: float, seed: int, total: int | None = None,
        placed: Array | None = None, first: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(labels.name, (labels.rows,), np.float64, ids=labels.ids)
        self.table, self.share, self.seed = labels, share, seed
        self.total = labels.rows if total is None else total
        self.placed, self.first = placed, first

    def part(self, start: int, stop: int) -> Table:
        """Return what another process needs to read these rows."""
        table = self.table.part(start, stop)
        if self.placed is None:
            return Withheld(table, self.share, self.seed, self.total)
        own = self.placed[start - self.first : stop - self.first]
        return Withheld(table, self.share, self.seed, self.total, own, start)

    def places(self, start: int, stop: int) -> Array:
        """Return the number in [0, 1) of each row, which decides whether it is withheld."""
        if self.placed is None:
            return places(start, stop, self.total, self.seed)
        return self.placed[start - self.first : stop - self.first]

    def check_unchanged(self) -> None:
        """Refuse a file that is no longer the one that was opened."""
        self.table.check_unchanged()

    def _stored(self, start: int, stop: int) -> NDArray[Any]:
        values = self.table.read(start, stop)[:, 0].astype(np.float64)
        values[self.places(start, stop) < self.share] = np.nan
        return values


def places(start: int, stop: int, rows: int, seed: int) -> Array:
    """Return a number in [0, 1) for each row: uniform, and decided by index and seed alone.

    Examples
    --------
    >>> drawn = places(0, 1000, 1000, seed=0)
    >>> bool((drawn[10:20] == places(10, 20, 1000, seed=0)).all()), float(drawn.mean().round(1))
    (True, 0.5)
    """
    run = 1 if rows < _FEW else _RUN
    x = np.arange(start, stop, dtype=np.uint64) // np.uint64(run)
    x = (x + np.array([seed % 2**32 + 1], np.uint64) * np.uint64(2**32)) * np.uint64(_MIX[0])
    for shift, factor in ((30, _MIX[1]), (27, _MIX[2])):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray((x ^ (x >> np.uint64(31))) / 2.0**64)


def group_places(groups: NDArray[np.intp], seed: int) -> Array:
    """Return a number in [0, 1) that all rows of a group share: the share of rows before it.

    The seed alone decides the order of the groups.

    Examples
    --------
    >>> group_places(np.array([0, 0, 1, 2]), seed=3)
    array([0.5 , 0.5 , 0.25, 0.  ])
    """
    counts = np.bincount(groups)
    order = np.random.default_rng(seed).permutation(len(counts))
    before = np.empty(len(counts))
    before[order] = np.cumsum(counts[order]) - counts[order]
    return np.asarray(before[groups] / max(len(groups), 1))


def read_rows(
    tables: tuple[Table, Table, Table], index: NDArray[np.intp], views: tuple[View, View],
    groups: NDArray[np.intp] | None = None,
) -> Rows:  # fmt: skip
    """Read the rows of an ascending index of (strong, weak, labels), neighbours together.

    `views` turn the features of each block into those that are kept, strong first; `groups` are
    those of all rows.
    """
    parts: list[Array] = []
    done = 0
    for few in _neighbours(index):
        start = int(few[0])
        for k, (table, view) in enumerate(zip(tables, (*views, _vector), strict=True)):
            read = table.read(start, int(few[-1]) + 1)
            block = view(np.asarray(read[few - start], dtype=np.float64))
            if not done:
                parts.append(np.empty((len(index), *block.shape[1:])))
            parts[k][done : done + len(few)] = block
        done += len(few)
    own = None if groups is None else groups[index]
    return Rows(parts[0], parts[1], parts[2], own)


def _vector(block: Array) -> Array:
    return block[:, 0]


def _neighbours(index: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Cut an index where a gap is wider than a run, and where a block of rows ends."""
    apart = (np.diff(index) > _RUN) | (np.diff(index // _BLOCK) > 0)
    return [piece for piece in np.split(index, np.flatnonzero(apart) + 1) if len(piece)]
