"""Rows that repeat another one: found in one pass, and counted once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s.practice.data.tables import Table, refuse_not_finite

_BYTES = 8 * 2**20  # of a block in float64
_ROWS = 8192  # rows of the file read at once behind a choice of rows


class Chosen(Table):
    """Some rows of a table, in their order.

    Parameters
    ----------
    table : Table
        The table.
    index : array of int
        Ascending numbers of the rows.
    first : int
        Number of the first of them, where they are a part of more.
    """

    def __init__(self, table: Table, index: NDArray[np.intp], first: int = 0) -> None:
        rows = first + len(index)
        shape = (rows,) if table.ndim == 1 else (rows, table.width)
        super().__init__(table.name, shape, table._read_as)
        self.table, self.index, self.first = table, index, first

    def part(self, start: int, stop: int) -> Table:
        """Return what another process needs to read these rows."""
        index = self.index[start - self.first : stop - self.first]
        return Chosen(self.table.part(int(index[0]), int(index[-1]) + 1), index, start)

    def check_unchanged(self) -> None:
        """Refuse a file that is no longer the one that was opened."""
        self.table.check_unchanged()

    def _stored(self, start: int, stop: int) -> NDArray[Any]:
        index = self.index[start - self.first : stop - self.first]
        found = [np.empty((0, self.width), self._read_as)]
        if len(index):
            for few in np.split(index, np.flatnonzero(np.diff(index // _ROWS)) + 1):
                block = self.table.read(int(few[0]), int(few[-1]) + 1)
                found.append(block[few - few[0]])
        return np.concatenate(found)


def without_repeats(
    strong: Table, weak: Table, known: NDArray[np.bool_]
) -> NDArray[np.intp] | None:
    """Return the rows that are left when every input counts once; None if all are different.

    Two rows are copies if all features of both models are equal. Of copies the first one with a
    label stays, or the first one.

    Parameters
    ----------
    strong, weak : Table
        Features of the same inputs.
    known : array of bool
        Which rows have a label.

    Raises
    ------
    ValueError
        If a feature is not finite: the message names its row.

    Notes
    -----
    Rows are told apart by 64 mixed bits; a million different rows have two alike with a
    probability below 1e-7.

    Examples
    --------
    >>> from w2s.practice.data.tables import open_table
    >>> x = open_table(np.array([[1.0], [2.0], [1.0], [3.0], [2.0]]))
    >>> without_repeats(x, x, np.array([False, True, True, True, True]))
    array([1, 2, 3])
    """
    keys = _keys({"strong": strong, "weak": weak})
    if len(np.unique(keys)) == len(keys):
        return None
    order = np.lexsort((~known, keys))  # stable: earlier rows first
    new = np.concatenate([[True], np.diff(keys[order]) != 0])
    return np.sort(order[new])


def repeats_told(rows: int, different: int) -> str:
    """Say that rows were left out."""
    copies = rows - different
    verb = "repeats" if copies == 1 else "repeat"
    return (
        f"{copies} of {rows} rows {verb} another one (the same features of both models): the "
        f"{different} different rows are counted once each, and none is on both sides of the check"
    )


def _keys(tables: dict[str, Table]) -> NDArray[np.uint64]:
    """Return 64 bits of every row that copies share."""
    rows = next(iter(tables.values())).rows
    draw = np.random.default_rng(0)
    odd = {
        part: draw.integers(0, 2**63, table.width, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        for part, table in tables.items()
    }
    keys = np.zeros(rows, dtype=np.uint64)
    step = max(1, _BYTES // (8 * sum(table.width for table in tables.values())))
    for start in range(0, rows, step):
        stop = min(start + step, rows)
        for part, table in tables.items():
            block = table.read(start, stop)
            refuse_not_finite(f"{part} ({table.name})", block, start)
            bits = (np.asarray(block, dtype=np.float64) + 0.0).view(np.uint64)  # -0 is 0
            bits ^= bits >> np.uint64(32)  # short numbers end in zeros, which would stay zeros
            bits *= odd[part]
            bits ^= bits >> np.uint64(29)
            keys[start:stop] += bits.sum(axis=1, dtype=np.uint64)
    return keys
