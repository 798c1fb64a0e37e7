"""A large symmetric matrix as square tiles of its upper triangle, kept or made when needed.

Half of the entries are stored, each tile is read from memory once for both of its uses in a
product, and when the matrix does not fit in memory the tiles are made again for every product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from w2s._arrays import beside, namespace, on_host
from w2s._checks import Array, integer
from w2s._threads import one_blas_thread
from w2s.random_features import kernels

PLAIN_TILE, COMPILED_TILE = 320, 528  # the best orders: of BLAS, and of the compiled product
# Bytes of tiles side by side. NumPy asks for huge pages from 4 MiB on, and a virtual machine may
# have to fetch these from its host, which takes several times as long as to calculate their tiles.
RUN = 2**22 - 1
STRANDS = 8  # sums of a compiled product that are taken apart, whatever the number of workers


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
    into : bool
        Whether ``make(rows, columns, place)`` can also fill a contiguous array with it.
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
    unit : float, optional
        Tiles are uint16, and their entries the squares of these in this unit: half of the memory,
        for compiled products only, which are made in the precision of `like`.

    Raises
    ------
    ValueError
        If `size`, `tile` or `workers` is below one, or `compiled` or `unit` cannot be had.

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
        make: Callable[..., Any],
        *,
        into: bool = False,
        keep: bool = True,
        tile: int | None = None,
        plus: Any = None,
        like: Any = None,
        workers: int = 1,
        compiled: bool | None = None,
        unit: float | None = None,
    ) -> None:
        self.size = integer("size", size)
        width = COMPILED_TILE if kernels.compiled_here(compiled, like) else PLAIN_TILE
        width = width if tile is None else integer("tile", tile)
        starts = range(0, self.size, width)
        self._slices = [slice(start, min(start + width, self.size)) for start in starts]
        self._make, self._plus, self._workers = make, plus, integer("workers", workers)
        self._into, self._unit = into, unit
        self._kept: list[list[Any]] | None = None
        ready = list(self._row(0)) if keep and like is None else []
        self._like = ready[0][:1] if ready else np.empty(0) if like is None else like
        self._compiled = width % kernels.GRAIN == 0 and kernels.compiled_here(compiled, self._like)
        if unit is not None and not self._compiled:
            raise ValueError(f"tiles as roots need compiled products, got tile = {width}")
        if keep:
            rows = self._in_order(lambda k: self._stored(k, [] if k else ready), len(starts))
            self._kept = list(rows)
        self.products = 0

    def _in_order(self, task: Callable[[int], Any], count: int) -> Iterator[Any]:
        """Results of a task for all numbers below `count`, in order."""
        with one_blas_thread(anew=False):  # restores the caller's own threads afterwards
            if self._workers == 1:
                yield from map(task, range(count))
            else:
                with ThreadPoolExecutor(self._workers) as pool:
                    yield from pool.map(task, range(count))

    def _row(self, k: int) -> Iterable[Any]:
        """Tiles of one row, from the diagonal on."""
        if self._kept is None:
            return (self._make(self._slices[k], columns) for columns in self._slices[k:])
        if not self._compiled:
            return self._kept[k]
        rows, stored = self._slices[k], [tile for run in self._kept[k] for tile in run]
        return [
            tile[: rows.stop - rows.start, : columns.stop - columns.start]
            for columns, tile in zip(self._slices[k:], stored, strict=True)
        ]

    def _stored(self, k: int, ready: list[Any]) -> list[Any]:
        """Return one row of tiles as it is multiplied: compiled, in runs of equal tiles."""
        if not self._compiled:
            return ready or list(self._row(k))
        widths = [_filled(part) for part in self._slices[k:]]
        most = max(1, RUN // (_filled(self._slices[k]) * widths[0] * self._like.itemsize))
        equal = widths.count(widths[0])
        starts = [0, *range(1, equal, most), *range(max(equal, 1), len(widths)), len(widths)]
        return [self._run(k, k + i, j - i, ready) for i, j in pairwise(starts)]

    def _run(self, k: int, first: int, count: int, ready: Sequence[Any] = ()) -> Array:
        """Tiles of one row side by side, rows and columns of each filled up with zeros."""
        mine = self._slices[k]
        shape = count, _filled(mine), _filled(self._slices[first])
        run = np.empty(shape, self._like.dtype if self._unit is None else np.uint16)
        for place, j in zip(run, range(first, first + count), strict=True):
            columns = self._slices[j]
            part = place[: mine.stop - mine.start, : columns.stop - columns.start]
            if part.shape != place.shape:
                place[:] = 0.0
            if self._into and part.shape == place.shape:
                self._make(mine, columns, part)
            else:
                part[:] = ready[j - k] if ready else self._make(mine, columns)
        return run

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
        parts = self._in_order(lambda k: self._products(k, rows), len(rows))
        for k, (images, back) in enumerate(parts):
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
        totals: list[Array] = [np.zeros(block.shape) for block in blocks]
        count = min(STRANDS, len(self._slices))
        for images in self._in_order(lambda strand: self._passed(strand, blocks), count):
            for total, image in zip(totals, images, strict=True):
                total += image
        rows = [total.transpose(0, 2, 1).reshape(-1, blocks[0].shape[1]) for total in totals]
        product = np.concatenate(rows)[: len(wide), : self.size]
        return product if self._unit is None else product * self._unit

    def _in_lanes(self, wide: Array) -> list[Array]:
        """Rows of a block as arrays (slabs, n, lanes), filled up with zeros."""
        size, most = self._like.itemsize, kernels.LANES
        if most * size < kernels.register_bytes():
            most *= 2
        rest = len(wide) % most
        cut = len(wide) - rest if 0 < rest <= kernels.LANES else len(wide)
        blocks = []
        for rows, lanes in ((wide[:cut], most), (wide[cut:], kernels.LANES)):
            if len(rows):
                order = _filled(slice(0, self.size))
                padded = np.zeros((-(-len(rows) // lanes), lanes, order), self._like.dtype)
                padded.reshape(-1, order)[: len(rows), : self.size] = rows
                blocks.append(np.ascontiguousarray(padded.transpose(0, 2, 1)))
        return blocks

    def _passed(self, strand: int, blocks: list[Array]) -> list[Array]:
        """Return the images of blocks in lanes under every so many rows of tiles, both uses."""
        images, unused = ([np.zeros(block.shape) for block in blocks] for _ in range(2))
        size, roots = self._like.itemsize, self._unit is not None
        for k in range(strand, len(self._slices), STRANDS):
            first = column = self._slices[k].start
            for run in self._runs(k):
                for block, image, other in zip(blocks, images, unused, strict=True):
                    slabs, order, lanes = block.shape
                    scratch = np.empty(kernels.SHORT * (slabs * lanes + kernels.PANEL), block.dtype)
                    x, y, step = kernels.address(block), kernels.address(image), lanes * size
                    # The two uses of a tile on the diagonal are one.
                    back = kernels.address(other) if column == first else y
                    kernels.both_uses(size == 4, lanes, roots)(
                        kernels.address(run), *run.shape, slabs, x + first * step,
                        y + first * lanes * 8, x + column * step, back + column * lanes * 8,
                        order, kernels.address(scratch),
                    )  # fmt: skip
                column += run.shape[0] * run.shape[2]
        return images

    def _runs(self, k: int) -> Iterable[Array]:
        """Tiles of one row as the compiled product takes them: all that are kept, or one by one."""
        if self._kept is not None:
            return self._kept[k]
        return (self._run(k, j, 1) for j in range(k, len(self._slices)))

    def dense(self) -> Array:
        """Return the full matrix, float64."""
        full = np.empty((self.size, self.size))
        for k, rows in enumerate(self._slices):
            for columns, tile in zip(self._slices[k:], self._row(k), strict=True):
                full[rows, columns] = on_host(tile)
                if self._unit is not None:
                    full[rows, columns] **= 2
                    full[rows, columns] *= self._unit
                full[columns, rows] = full[rows, columns].T
        if self._plus is not None:
            factor = on_host(self._plus)
            full += factor.T @ factor
        return full


def _filled(part: slice) -> int:
    """Length of a part, filled up for compiled products."""
    length = int(part.stop - part.start)
    return length + -length % kernels.GRAIN
