"""Tables of arrays in memory and of Dask arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from w2s._checks import unmasked
from w2s._optional import extra
from w2s.practice.data.tables.base import Table, Values
from w2s.practice.data.tables.views import numbers


class ArrayTable(Table):
    """A NumPy array in memory; `first` is the number of its first row."""

    def __init__(
        self, name: str, array: Values, *, ids: Values | None = None, first: int = 0
    ) -> None:
        array = numbers(name, unmasked(array))  # NaN is no label, and no feature
        shape = (first + len(array), *array.shape[1:]) if array.ndim else ()
        super().__init__(name, shape, array.dtype, ids=ids)
        self.array, self.first = array, first

    def part(self, start: int, stop: int) -> Table:
        """Return the rows themselves: an array has no path to send."""
        return ArrayTable(self.name, self._stored(start, stop), first=start)

    def _stored(self, start: int, stop: int) -> Values:
        return self.array[start - self.first : stop - self.first]


class DaskTable(Table):
    """A Dask array, of which the chunks that a slice needs are computed when it is read.

    The last chunks stay in memory, so that slices shorter than a chunk do not compute it anew.
    """

    def __init__(self, name: str, array: Any, *, ids: Values | None = None, first: int = 0) -> None:
        if any(np.isnan(length) for length in array.shape):
            raise ValueError(f"{name} has chunks of unknown size: call compute_chunk_sizes() on it")
        shape = (first + array.shape[0], *array.shape[1:]) if array.ndim else ()
        super().__init__(name, shape, array.dtype, ids=ids)
        self.array, self.first = array, first
        self._cached: tuple[int, Values] = (0, np.empty(0))

    def part(self, start: int, stop: int) -> Table:
        """Return the rows with what is needed to compute them."""
        (rows,) = extra("dask", "dask").optimize(self.array[start - self.first : stop - self.first])
        return DaskTable(self.name, rows, first=start)

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"_cached": (0, np.empty(0))}

    def _stored(self, start: int, stop: int) -> Values:
        start, stop = start - self.first, stop - self.first
        at, rows = self._cached
        if not at <= start <= stop <= at + len(rows):
            edges = np.cumsum([0, *self.array.chunks[0]])
            at = int(edges[np.searchsorted(edges, start, side="right") - 1])
            end = int(edges[np.searchsorted(edges, stop)])
            rows = unmasked(self.array[at:end].compute())
            self._cached = at, rows
        return rows[start - at : stop - at]
