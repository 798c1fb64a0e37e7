"""A large symmetric matrix as square tiles of its upper triangle, kept or made when needed.

Half of the entries are stored, each tile is read from memory once for both of its uses in a
product, and when the matrix does not fit in memory the tiles are made again for every product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array, integer

Real = NDArray[Any]  # float32 or float64


class SymmetricTiles:
    """Symmetric ``n × n`` matrix given by a function that makes its tiles.

    Parameters
    ----------
    size : int
        Order ``n``.
    make : callable
        ``make(rows, columns)`` returns the block with these two slices, float32 or float64.
    keep : bool
        Keep the tiles of the upper triangle (``n²/2`` numbers), or make them for each product.
    tile : int
        Order of a tile; the default fits the second-level cache.

    Raises
    ------
    ValueError
        If `size` or `tile` is below one.

    Examples
    --------
    >>> full = np.array([[2.0, 1.0], [1.0, 3.0]])
    >>> matrix = SymmetricTiles(2, lambda rows, columns: full[rows, columns], tile=1)
    >>> matrix.times_rows(np.array([[1.0, 1.0]]))
    array([[3., 4.]])
    """

    def __init__(
        self, size: int, make: Callable[[slice, slice], Real], *, keep: bool = True, tile: int = 320
    ) -> None:
        self.size = integer("size", size)
        width = integer("tile", tile)
        starts = range(0, self.size, width)
        self._slices = [slice(start, min(start + width, self.size)) for start in starts]
        self._make = make
        self._kept = list(self._made()) if keep else None
        self.products = 0

    def _made(self) -> Iterator[tuple[slice, slice, Real]]:
        for k, rows in enumerate(self._slices):
            for columns in self._slices[k:]:
                yield rows, columns, self._make(rows, columns)

    def _tiles(self) -> Iterator[tuple[slice, slice, Real]]:
        return self._made() if self._kept is None else iter(self._kept)

    def times_rows(self, block: Array) -> Array:
        """Product ``B G`` of a few rows with the matrix, ``B`` of shape (p, n), in float64.

        The products of tiles are taken in the precision of the tiles, their sums in float64.
        """
        self.products += 1
        count = len(block)
        padded = np.zeros((count if count < 5 else -(-count // 8) * 8, self.size))
        padded[:count] = block  # BLAS is fastest for multiples of eight rows
        result = np.zeros(padded.shape)
        for rows, columns, tile in self._tiles():
            if padded.dtype != tile.dtype:
                padded = padded.astype(tile.dtype)
            result[:, columns] += padded[:, rows] @ tile
            if rows != columns:
                result[:, rows] += padded[:, columns] @ tile.T
        return result[:count]

    def dense(self) -> Array:
        """Return the full matrix, float64."""
        full = np.empty((self.size, self.size))
        for rows, columns, tile in self._tiles():
            full[rows, columns] = tile
            full[columns, rows] = tile.T
        return full
