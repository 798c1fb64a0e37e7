"""Rows that repeat another one: found in the pass that takes the moments, and counted once.

Copies agree in every column, so they agree in a few. The pass keeps 64 bits of a few columns for
each row, which cost next to nothing; only rows that share these bits are read again in full.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s.practice.data.tables import Table, refuse_not_finite
from w2s.practice.estimation.groups import GroupedMoments

Keys = NDArray[np.uint64]

_BYTES = 8 * 2**20  # of a block in float64
_WEAK = 0x9E3779B97F4A7C15  # keeps a column of one model apart from the same one of the other
_SAMPLED = 16  # columns of each model that tell most rows apart, also where many entries are 0
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


class KeyedMoments:
    """The moments of the rows, with 64 bits of a few columns of every row.

    Parameters
    ----------
    width_strong, width_weak : int
        Numbers of columns.
    make : callable
        Makes the empty state of the moments for two widths.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [1.0]])
    >>> state = KeyedMoments(1, 1)
    >>> state.update(x, x, np.zeros(3))
    >>> keys = state.keys()
    >>> bool(keys[0] == keys[2]), bool(keys[0] == keys[1])
    (True, False)
    """

    def __init__(
        self, width_strong: int, width_weak: int,
        make: Callable[[int, int], GroupedMoments] = GroupedMoments,
    ) -> None:  # fmt: skip
        self.moments = make(width_strong, width_weak)
        self.sampled = tuple(_Sample(width) for width in (width_strong, width_weak))
        self.found: list[tuple[int, Keys]] = []

    def update(
        self, strong: ArrayLike, weak: ArrayLike, labels: ArrayLike, *, first_row: int | None = None
    ) -> None:
        """Add rows; see `GroupedMoments.update`, which refuses what is not finite."""
        first = self.moments.rows if first_row is None else first_row
        self.moments.update(strong, weak, labels, first_row=first)
        self.found.append((first, _quick(self.sampled, (np.asarray(strong), np.asarray(weak)))))

    def __add__(self, other: Self) -> Self:
        """Merge two states of disjoint rows."""
        total = copy(self)
        total.moments, total.found = self.moments + other.moments, self.found + other.found
        return total

    def __iadd__(self, other: Self) -> Self:
        """Merge the rows of another state into this one."""
        self.moments += other.moments
        self.found += other.found
        return self

    def keys(self) -> Keys:
        """Return the bits of all rows in their order."""
        return np.concatenate([keys for _, keys in sorted(self.found, key=lambda one: one[0])])


def without_repeats(
    strong: Table, weak: Table, known: NDArray[np.bool_], quick: Keys | None = None
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
    quick : array of uint64, optional
        `KeyedMoments.keys` of these rows; left out, the tables are read for them.

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
    samples = tuple(_Sample(table.width) for table in (strong, weak))
    if quick is None:
        quick = _keys(samples, (strong, weak))
    alike = _shared(quick)
    if not len(alike):
        return None
    keys = quick[alike]
    if any(sample.left_out for sample in samples):
        every = tuple(_Sample(table.width, table.width) for table in (strong, weak))
        keys = _keys(every, (Chosen(strong, alike), Chosen(weak, alike)))
    order = np.lexsort((~known[alike], keys))  # stable: earlier rows first
    repeats = alike[order[1:][np.diff(keys[order]) == 0]]
    return np.delete(np.arange(strong.rows), repeats) if len(repeats) else None


def seen_before(
    others: tuple[Table, Table], quick: Keys, tables: tuple[Table, Table]
) -> NDArray[np.bool_]:
    """Return which rows of `tables` are among the `others`, whose `KeyedMoments.keys` are `quick`.

    Examples
    --------
    >>> from w2s.practice.data.tables import open_table
    >>> x, y = (open_table(np.array(rows)[:, None]) for rows in ([1.0, 2.0], [3.0, 1.0]))
    >>> state = KeyedMoments(1, 1)
    >>> state.update(x.read(0, 2), x.read(0, 2), np.zeros(2))
    >>> seen_before((x, x), state.keys(), (y, y))
    array([False,  True])
    """
    samples = tuple(_Sample(table.width) for table in tables)
    own = _keys(samples, tables)
    seen = np.isin(own, quick)
    if not seen.any() or not any(sample.left_out for sample in samples):
        return seen
    every = tuple(_Sample(table.width, table.width) for table in tables)
    here, there = np.flatnonzero(np.isin(quick, own[seen])), np.flatnonzero(seen)
    found = [
        _keys(every, (Chosen(strong, index), Chosen(weak, index)))
        for (strong, weak), index in ((others, here), (tables, there))
    ]
    seen[there] = np.isin(found[1], found[0])
    return seen


def repeats_told(rows: int, different: int) -> str:
    """Say that rows were left out."""
    copies = rows - different
    verb = "repeats" if copies == 1 else "repeat"
    return (
        f"{copies} of {rows} rows {verb} another one (the same features of both models): the "
        f"{different} different rows are counted once each, and none is on both sides of the check"
    )


class _Sample:
    """Some columns of a model, spread evenly, with an odd factor for each."""

    def __init__(self, width: int, most: int = _SAMPLED) -> None:
        self.columns = np.unique(np.linspace(0, width - 1, min(width, most)).astype(np.intp))
        self.left_out = width - len(self.columns)
        draw = np.random.default_rng(width).integers(0, 2**63, len(self.columns), dtype=np.uint64)
        self.odd = draw * np.uint64(2) + np.uint64(1)

    def bits(self, block: NDArray[Any]) -> Keys:
        """Return 64 bits of each row that copies share."""
        few = block[:, self.columns] if self.left_out else block
        bits = (few.astype(np.float64) + 0.0).view(np.uint64)  # -0 is 0
        bits ^= bits >> np.uint64(32)  # short numbers end in zeros, which would stay zeros
        bits *= self.odd
        bits ^= bits >> np.uint64(29)
        return np.asarray(bits.sum(axis=1, dtype=np.uint64))


_Samples = tuple[_Sample, ...]


def _quick(samples: _Samples, blocks: tuple[NDArray[Any], ...]) -> Keys:
    strong, weak = (one.bits(block) for one, block in zip(samples, blocks, strict=True))
    return strong + weak * np.uint64(_WEAK)


def _keys(samples: _Samples, tables: tuple[Table, Table]) -> Keys:
    """Return the bits of every row of the two tables, which must be finite."""
    keys = np.zeros(tables[0].rows, dtype=np.uint64)
    step = max(1, _BYTES // (8 * sum(table.width for table in tables)))
    for start in range(0, len(keys), step):
        stop = min(start + step, len(keys))
        blocks = tuple(table.read(start, stop) for table in tables)
        for part, table, block in zip(("strong", "weak"), tables, blocks, strict=True):
            refuse_not_finite(f"{part} ({table.name})", block, start)
        keys[start:stop] = _quick(samples, blocks)
    return keys


def _shared(keys: Keys) -> NDArray[np.intp]:
    """Return the rows whose key another one has, too."""
    order = np.argsort(keys, kind="stable")
    same = np.diff(keys[order]) == 0
    shared = np.concatenate([[False], same]) | np.concatenate([same, [False]])
    return np.sort(order[shared])
