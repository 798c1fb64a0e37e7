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
    """Some rows of the two models with their labels."""

    strong: Array
    weak: Array
    labels: Array


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
    """

    def __init__(self, labels: Table, share: float, seed: int, total: int | None = None) -> None:
        super().__init__(labels.name, (labels.rows,), np.float64, ids=labels.ids)
        self.table, self.share, self.seed = labels, share, seed
        self.total = labels.rows if total is None else total

    def part(self, start: int, stop: int) -> Table:
        """Return what another process needs to read these rows."""
        return Withheld(self.table.part(start, stop), self.share, self.seed, self.total)

    def check_unchanged(self) -> None:
        """Refuse a file that is no longer the one that was opened."""
        self.table.check_unchanged()

    def _stored(self, start: int, stop: int) -> NDArray[Any]:
        values = self.table.read(start, stop)[:, 0].astype(np.float64)
        values[places(start, stop, self.total, self.seed) < self.share] = np.nan
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


def read_rows(
    tables: tuple[Table, Table, Table], index: NDArray[np.intp], views: tuple[View, View]
) -> Rows:
    """Read the rows of an ascending index of (strong, weak, labels), neighbours together.

    `views` turn the features of each block into those that are kept, strong first.
    """
    parts: tuple[list[Array], ...] = ([], [], [])
    for few in _neighbours(index):
        start = int(few[0])
        for part, table, view in zip(parts, tables, (*views, _vector), strict=True):
            block = np.asarray(table.read(start, int(few[-1]) + 1), dtype=np.float64)
            part.append(view(block[few - start]))
    return Rows(*(np.concatenate(part) for part in parts))


def _vector(block: Array) -> Array:
    return block[:, 0]


def _neighbours(index: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Cut an index where a gap is wider than a run, and where a block of rows ends."""
    apart = (np.diff(index) > _RUN) | (np.diff(index // _BLOCK) > 0)
    return [piece for piece in np.split(index, np.flatnonzero(apart) + 1) if len(piece)]
