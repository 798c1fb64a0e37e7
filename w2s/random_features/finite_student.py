"""What a finite ReLU student sees: its Gram matrix, its teachers' labels, its target's moments.

The student is ``f = Σ_i a_i σ_i/√M_ST`` with ``ȧ = −(Ga − b)``, so ``a_t = G⁻¹(1 − e^{−tG}) b``.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from w2s._arrays import namespace, on_host
from w2s._checks import Array, above
from w2s.random_features.compiled import (
    ROOT_STEP,
    arc_cosine_remainder,
    compiled_remainder,
    compiled_roots,
)
from w2s.random_features.kernels import compiled_here
from w2s.random_features.relu_network import ReluTeacher, unit_rows
from w2s.random_features.sphere import ZonalTarget, relu_coefficients
from w2s.random_features.tiles import SymmetricTiles

LARGEST = 65535  # of uint16
# Accuracy of a path with tiles in uint16 and float32: their rounding was never seen to add more.
COARSE, SINGLE = 1e-6, 1e-8


def student_gram(
    features: Any,
    *,
    dtype: DTypeLike = np.float64,
    keep: bool = True,
    tile: int | None = None,
    workers: int = 1,
    compiled: bool | None = None,
) -> SymmetricTiles:
    """Gram matrix ``G_ij = ⟨σ_i, σ_j⟩/M_ST`` of a finite ReLU student, in tiles.

    The parts of degree zero and one, ``(1/2π + ⟨u_i, u_j⟩/4)/(d M_ST)``, hold nearly all of the
    size of an entry and have rank ``d + 1``; they are applied in float64. Tiles hold the rest, so
    that even with tiles in float32 the student's path keeps about eight digits.

    Parameters
    ----------
    features : array_like, shape (M_ST, d)
        Unit vectors, independent of the teacher's. The tiles are made by the array module and on
        the device of this array: numpy, any module of the array API standard, or PyTorch.
    dtype : {float64, float32, uint16}
        Precision of the stored entries; uint16 holds the roots of what the tiles hold, which is
        not negative, in steps of `ROOT_STEP`. Without compiled code this is float32.
    keep : bool
        Keep the upper triangle in memory, or make each tile again in each product.
    tile : int, optional
        Order of a tile; some thousands on a graphics card. By default, what suits the processor.
    workers : int
        Threads that share the tiles; the result is the same to the last bit for any number.
    compiled : bool, optional
        Make and multiply tiles by machine code made for them (`kernels`), or by numpy and BLAS,
        the reference; the two agree to rounding. By default compiled, where that can be had.

    Returns
    -------
    SymmetricTiles
        Of order ``M_ST``; its diagonal is ``1/(2 d M_ST)`` to rounding.

    Raises
    ------
    ValueError
        If a row is not a unit vector, `dtype` is another type, or `compiled` cannot be had.

    Notes
    -----
    Derived in this companion. Checked on processors only; no graphics card was at hand.

    Examples
    --------
    >>> student_gram(np.eye(3)).dense().diagonal() * 18.0
    array([1., 1., 1.])
    """
    u = unit_rows("features", on_host(features))
    kind = np.dtype(dtype)
    if kind not in (np.float32, np.float64, np.uint16):
        raise ValueError(f"dtype must be float32, float64 or uint16, got {kind}")
    coarse, kind = kind == np.uint16, np.dtype(np.float64 if kind == np.float64 else np.float32)
    xp, scale = namespace(features), 1.0 / u.size
    device = {"device": getattr(features, "device", "cpu")}
    entries = xp.asarray(u, dtype=getattr(xp, kind.name), **device)
    fast = compiled_here(compiled, entries)
    unit = scale * ROOT_STEP**2 if coarse and fast else None
    scratch = threading.local()

    # Tiles on the diagonal are special: rounding may take a correlation of a vector with itself
    # beyond 1, where the arc-cosine is not defined, and its value there is known.
    def make(rows: slice, columns: slice, place: Any = None) -> Any:
        if fast:
            return make_compiled(rows, columns, place)
        correlations = entries[rows, :] @ entries[columns, :].T
        if rows != columns:
            block = arc_cosine_remainder(correlations)
            block *= scale
            return block
        diagonal = xp.eye(correlations.shape[0], dtype=entries.dtype, **device)
        block = arc_cosine_remainder(correlations * (1.0 - diagonal))
        block *= scale
        block += diagonal * (scale * (0.25 - 0.5 / np.pi))
        return block

    def make_compiled(rows: slice, columns: slice, place: Any) -> Any:
        shape = rows.stop - rows.start, columns.stop - columns.start
        block = np.empty(shape, np.uint16 if coarse else kind) if place is None else place
        if getattr(scratch, "memory", block[:0]).size < block.size:
            scratch.memory = np.empty(block.size, kind)  # fresh memory costs more than its use
        correlations = scratch.memory[: block.size].reshape(block.shape)
        np.matmul(entries[rows], entries[columns].T, out=correlations)
        if rows == columns:
            np.fill_diagonal(correlations, 0.0)
        if coarse:
            compiled_roots(correlations, block)
        else:
            compiled_remainder(correlations, block, scale)
        if rows == columns:
            np.fill_diagonal(block, LARGEST if coarse else scale * (0.25 - 0.5 / np.pi))
        return block

    low = np.vstack([np.full((1, len(u)), np.sqrt(0.5 / np.pi)), 0.5 * u.T]) * np.sqrt(scale)
    return SymmetricTiles(
        len(u), make, keep=keep, tile=tile, workers=workers, compiled=compiled,
        plus=xp.asarray(low, **device), like=entries[:1, :], into=fast, unit=unit,
    )  # fmt: skip


def tiles_for(tolerance: float) -> tuple[DTypeLike, float]:
    """Return the cheapest type of tiles for an accuracy of the path, and what its rounding may add.

    Examples
    --------
    >>> [tiles_for(tolerance)[1] for tolerance in (1e-5, 1e-8, 1e-10)]
    [1e-06, 1e-08, 0.0]
    """
    if above("tolerance", tolerance, 0.0) >= COARSE:
        return np.uint16, COARSE
    return (np.float32, SINGLE) if tolerance >= SINGLE else (np.float64, 0.0)


def student_labels(features: ArrayLike, teachers: Sequence[ReluTeacher]) -> Array:
    """Return what a finite student sees of its teachers: rows ``b_i = ⟨σ_i, f_TE⟩/√M_ST``.

    Parameters
    ----------
    features : array_like, shape (M_ST, d)
        The student's unit vectors.
    teachers : sequence of ReluTeacher
        Teachers of the same dimension.

    Returns
    -------
    array, shape (p, M_ST)
        One row per teacher.

    Raises
    ------
    ValueError
        If a row is not a unit vector or dimensions disagree.

    Examples
    --------
    >>> from w2s.random_features.relu_network import relu_teacher
    >>> teacher = relu_teacher(np.eye(3), ZonalTarget(np.eye(3)[0]))
    >>> student_labels(-np.eye(3), [teacher]).shape
    (1, 3)
    """
    u = unit_rows("features", features)
    labels = np.empty((len(teachers), len(u)))
    for row, teacher in zip(labels, teachers, strict=True):
        v, weights = unit_rows("features", teacher.features, u.shape[1]), teacher.weights
        row[:] = weights.sum() / (2.0 * np.pi) + u @ (weights @ v) / 4.0  # degrees zero and one
        fast, step = compiled_here(None, v), 2**16 // len(v) + 1  # a block fits the cache
        for start in range(0, len(u), step):
            rho = u[start : start + step] @ v.T
            higher = (
                compiled_remainder(rho, np.empty_like(rho)) if fast else arc_cosine_remainder(rho)
            )
            row[start : start + step] += higher @ weights
    return np.asarray(labels / (u.shape[1] * np.sqrt(len(u))))


def student_moments(features: ArrayLike, target: ZonalTarget) -> Array:
    """Return what a finite student sees of the target: ``b*_i = ⟨σ_i, f*⟩/√M_ST``.

    Parameters
    ----------
    features : array_like, shape (M_ST, d)
        The student's unit vectors.
    target : ZonalTarget
        Target of the same dimension.

    Returns
    -------
    array, shape (M_ST,)
        The moments, by the Funk–Hecke formula.

    Raises
    ------
    ValueError
        If a row is not a unit vector or dimensions disagree.

    Examples
    --------
    >>> student_moments(np.eye(2), ZonalTarget(np.eye(2)[0])) * 4.0
    array([1., 0.])
    """
    u = unit_rows("features", features, target.direction.size)
    coefficients = relu_coefficients(target.direction.size, len(target.coefficients) - 1)
    return np.asarray(target.series(coefficients, u).sum(axis=0) / np.sqrt(len(u)))
