"""A table whose rows lie in several files, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate as running_sum

import numpy as np

from w2s.practice.data.tables.base import Table, Values


class ShardTable(Table):
    """The rows of several tables; `first` is the number of the first row.

    Raises
    ------
    ValueError
        If the tables differ in width, in the names of their columns, or in having identifiers.
    """

    def __init__(self, name: str, shards: Sequence[Table], *, first: int = 0) -> None:
        self.shards, self.first = list(shards), first
        _check_alike(self.shards)
        one = self.shards[0]
        self.starts = list(running_sum((shard.rows for shard in self.shards), initial=first))
        rows = self.starts[-1]
        shape = (rows,) if one.ndim == 1 else (rows, one.width)
        single = all(shard.single for shard in self.shards)
        super().__init__(name, shape, np.float32 if single else np.float64)
        self.vector_or_matrix = one.vector_or_matrix
        pieces = [shard.ids for shard in self.shards if shard.ids is not None]
        self.ids = np.concatenate(pieces) if pieces else None

    def part(self, start: int, stop: int) -> Table:
        """Return the shards that hold the rows from `start` to before `stop`."""
        held = [k for k, shard in enumerate(self.shards) if self._overlap(k, start, stop)]
        if not held:
            return self
        parts = []
        for k in held:
            low, high = self._overlap(k, start, stop) or (0, 0)
            parts.append(self.shards[k].part(low, high))
        return ShardTable(self.name, parts, first=self.starts[held[0]])

    def check_unchanged(self) -> None:
        """Refuse files that are no longer those that were opened; see `Table`."""
        for shard in self.shards:
            shard.check_unchanged()

    def _overlap(self, k: int, start: int, stop: int) -> tuple[int, int] | None:
        """Rows of a shard that lie in a slice, counted from the shard's first."""
        low, high = max(start, self.starts[k]), min(stop, self.starts[k + 1])
        return (low - self.starts[k], high - self.starts[k]) if low < high else None

    def _stored(self, start: int, stop: int) -> Values:
        pieces = []
        for k, shard in enumerate(self.shards):
            if overlap := self._overlap(k, start, stop):
                pieces.append(shard.read(*overlap))
        return np.concatenate(pieces) if pieces else np.empty((0, self.width))


def _check_alike(shards: Sequence[Table]) -> None:
    first = shards[0]
    for one in shards[1:]:
        columns = getattr(first, "columns", None), getattr(one, "columns", None)
        if columns[0] != columns[1] or (one.ndim, one.width) != (first.ndim, first.width):
            described = [_described(table) for table in (first, one)]
            raise ValueError(
                f"{first.name} and {one.name} are not parts of one table: the first has "
                f"{described[0]}, the second {described[1]}"
            )
        if (one.ids is None) != (first.ids is None):
            without = one if one.ids is None else first
            raise ValueError(f"{without.name} has no ids, other parts of the table have")


def _described(table: Table) -> str:
    columns = getattr(table, "columns", None)
    names = f" ({', '.join(columns[:6])}{', …' * (len(columns) > 6)})" if columns else ""
    return f"{table.width} columns{names}" if table.ndim == 2 or names else "a vector"
