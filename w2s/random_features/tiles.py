"""A large symmetric matrix as square tiles of its upper triangle, kept or made when needed.

Half of the entries are stored, each tile is read from memory once for both of its uses in a
product, and when the matrix does not fit in memory the tiles are made again for every product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from w2s._arrays import beside, namespace, on_host
from w2s._checks import Array, integer
from w2s._threads import one_blas_thread
from w2s.random_features import kernels

PLAIN_TILE, COMPILED_TILE = 320, 528  # the best orders: of BLAS, and of the compiled product


class SymmetricTiles:
    """Symmetric ``n × n`` matrix ``T + FᵀF``, where a function makes the tiles of ``T``.

    Tiles may be arrays of any module that follows the array API standard, and of PyTorch; with
    those on a graphics card the products are made there.

    Parameters
    ----------
    size : int
        Order ``n``.
    make : callable
        ``make(rows, columns)`` returns the block of ``T`` with these two slices.
    keep : bool
        Keep the tiles of the upper triangle (``n²/2`` numbers), or make them for each product.
    tile : int, optional
        Order of a tile; the default is the best for the way of the product.
    plus : array, shape (r, n), optional
        ``F``, a part of low rank that is multiplied in float64.
    like : array, optional
        Any array with the module, device and precision of the tiles; by default the first tile,
        if they are kept, else numpy's float64.
    workers : int
        Threads that share the tiles. The sums are taken in the same order for any number of them,
        so the result is the same to the last bit. BLAS gets one thread, which is best for tiles.
    compiled : bool, optional
        Take products by `kernels.both_uses`, with one pass over each tile, or by two of BLAS. By
        default it is compiled where it can be: for numpy's tiles of a multiple of eight rows,
        with the extra ``fast``. The two ways agree to rounding.

    Raises
    ------
    ValueError
        If `size`, `tile` or `workers` is below one, or `compiled` cannot be had.

    Examples
    --------
    >>> full = np.array([[2.0, 1.0], [1.0, 3.0]])
    >>> matrix = SymmetricTiles(2, lambda rows, columns: full[rows, columns], tile=1)
    >>> matrix.times_rows(np.array([[1.0, 1.0]]))
    array([[3., 4.]])
    """

    def __init__(
        self,
        size: int,
        make: Callable[[slice, slice], Any],
        *,
        keep: bool = True,
        tile: int | None = None,
        plus: Any = None,
        like: Any = None,
        workers: int = 1,
        compiled: bool | None = None,
    ) -> None:
        self.size = integer("size", size)
        width = COMPILED_TILE if kernels.compiled_here(compiled, like) else PLAIN_TILE
        width = width if tile is None else integer("tile", tile)
        starts = range(0, self.size, width)
        self._slices = [slice(start, min(start + width, self.size)) for start in starts]
        self._make, self._plus, self._workers = make, plus, integer("workers", workers)
        self._kept: list[list[Any]] | None = None
        if keep:
            self._kept = list(self._in_order(lambda k: list(self._row(k))))
            like = self._kept[0][0][:1] if like is None else like
        self._like = np.empty(0) if like is None else like
        self._compiled = width % kernels.PANEL == 0 and kernels.compiled_here(compiled, self._like)
        self.products = 0

    def _in_order(self, task: Callable[[int], Any]) -> Iterator[Any]:
        """Results of a task for every row of tiles, in order."""
        rows = range(len(self._slices))
        with one_blas_thread(anew=False):  # restores the caller's own threads afterwards
            if self._workers == 1:
                yield from map(task, rows)
            else:
                with ThreadPoolExecutor(self._workers) as pool:
                    yield from pool.map(task, rows)

    def _row(self, k: int) -> Iterable[Any]:
        """Tiles of one row, from the diagonal on."""
        if self._kept is not None:
            return self._kept[k]
        return (self._make(self._slices[k], columns) for columns in self._slices[k:])

    def times_rows(self, block: Any) -> Any:
        """Product ``B (T + FᵀF)`` with a few rows, ``B`` of shape (p, n), in float64.

        The products of tiles are taken in the precision of the tiles, their sums in float64. A
        block that lies elsewhere than the tiles is taken there, and the product is brought back.
        """
        self.products += 1
        xp, device = namespace(self._like), self._like.device
        wide = beside(block, xp.empty(0, dtype=xp.float64, device=device))
        result = self._compiled_sums(wide) if self._compiled else self._sums(wide)
        if self._plus is not None:
            result += (wide @ self._plus.T) @ self._plus
        return on_host(result) if namespace(block) is np else result

    def _sums(self, wide: Any) -> Any:
        """Product with the tiles, two by BLAS for each of them."""
        rounded = beside(wide, self._like)
        rows = [rounded[:, part] for part in self._slices]
        sums = [0.0 * wide[:, part] for part in self._slices]
        for k, (images, back) in enumerate(self._in_order(lambda k: self._products(k, rows))):
            for total, image in zip(sums[k:], images, strict=True):
                total += image
            sums[k] += back
        return namespace(wide).concat(sums, axis=1)

    def _products(self, k: int, rows: list[Any]) -> tuple[list[Any], Any]:
        """Images of the rows under one row of tiles, and under its transpose without diagonal."""
        images, back = [], 0.0
        for j, tile in enumerate(self._row(k), start=k):
            images.append(rows[k] @ tile)
            if j > k:
                back = rows[j] @ tile.T + back
        return images, back

    def _compiled_sums(self, wide: Array) -> Array:
        """Product with the tiles, each of them passed once."""
        blocks = self._in_lanes(wide)
        totals = [np.zeros(block.shape) for block in blocks]
        for k, parts in enumerate(self._in_order(lambda k: self._passed(k, blocks))):
            for total, (images, back) in zip(totals, parts, strict=True):
                total[:, self._slices[k].start :] += images
                total[:, self._slices[k]] += back
        rows = [total.transpose(0, 2, 1).reshape(-1, self.size) for total in totals]
        return np.concatenate(rows)[: len(wide)]

    def _in_lanes(self, wide: Array) -> list[Array]:
        """Rows of a block as arrays (slabs, n, lanes), padded with zeros: vectors of 64 bytes."""
        most = kernels.LANES if self._like.itemsize == 8 else 2 * kernels.LANES
        rest = len(wide) % most
        cut = len(wide) - rest if 0 < rest <= kernels.LANES else len(wide)
        blocks = []
        for rows, lanes in ((wide[:cut], most), (wide[cut:], kernels.LANES)):
            if len(rows):
                padded = np.zeros((-(-len(rows) // lanes), lanes, self.size), self._like.dtype)
                padded.reshape(-1, self.size)[: len(rows)] = rows
                blocks.append(np.ascontiguousarray(padded.transpose(0, 2, 1)))
        return blocks

    def _passed(self, k: int, blocks: list[Array]) -> list[tuple[Array, Array]]:
        """As `_products`, for every block in lanes."""
        mine, high = self._slices[k], self._slices[k].stop - self._slices[k].start
        shapes = [(len(block), self.size - mine.start, block.shape[2]) for block in blocks]
        images = [np.zeros(shape) for shape in shapes]
        backs = [np.zeros((slabs, high, lanes)) for slabs, _, lanes in shapes]
        parts = list(zip(blocks, images, backs, strict=True))
        places = [tuple(map(kernels.address, part)) for part in parts]
        for columns, made in zip(self._slices[k:], self._row(k), strict=True):
            tile = np.ascontiguousarray(made, dtype=self._like.dtype)
            here, width = kernels.address(tile), tile.shape[1]
            for (block, image, back), (x, y, z) in zip(parts, places, strict=True):
                if high % kernels.PANEL:  # only the last tile on the diagonal
                    np.matmul(tile, block[:, mine], out=image)
                    continue
                slabs, _, lanes = block.shape
                step, first = lanes * tile.itemsize, columns.start - mine.start
                kernels.both_uses(tile.itemsize == 4, width, lanes)(
                    here, high, slabs, x + mine.start * step, self.size, z, high,
                    x + columns.start * step, y + first * lanes * 8,
                    self.size - mine.start,
                )  # fmt: skip
                if columns == mine:  # the two uses of a tile on the diagonal are one
                    image *= 0.5
                    back *= 0.5
        return list(zip(images, backs, strict=True))

    def dense(self) -> Array:
        """Return the full matrix, float64."""
        full = np.empty((self.size, self.size))
        for k, rows in enumerate(self._slices):
            for columns, tile in zip(self._slices[k:], self._row(k), strict=True):
                full[rows, columns] = on_host(tile)
                full[columns, rows] = full[rows, columns].T
        if self._plus is not None:
            factor = on_host(self._plus)
            full += factor.T @ factor
        return full
