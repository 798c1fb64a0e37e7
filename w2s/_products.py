"""Products of large matrices, by BLAS also where NumPy was built without one, as for a browser."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array

_ALONE = sys.platform == "emscripten"  # there SciPy's BLAS is ten times as fast as NumPy's loops


def product(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Return ``left @ right`` of two matrices of one floating-point type.

    Examples
    --------
    >>> product(np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    return by_scipy(left, right) if _ALONE else np.asarray(left @ right)


def gram(rows: Array) -> Array:
    """Return ``rows.T @ rows`` of a matrix in float64."""
    return gram_by_scipy(rows) if _ALONE else np.asarray(rows.T @ rows)


def by_scipy(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Return ``left @ right`` by SciPy's BLAS."""
    if not left.size or not right.size:  # which BLAS refuses
        return np.asarray(left @ right)
    from scipy.linalg.blas import get_blas_funcs

    # BLAS counts along columns first: of matrices in rows it makes the transposed product.
    (first, flip), (second, turn) = _as_columns(right), _as_columns(left)
    multiply = get_blas_funcs("gemm", (first, second))
    return np.asarray(multiply(1.0, first, second, trans_a=flip, trans_b=turn).T)


def gram_by_scipy(rows: Array) -> Array:
    """Return ``rows.T @ rows`` by SciPy's BLAS, which makes one triangle."""
    if not rows.size:
        return np.asarray(rows.T @ rows)
    from scipy.linalg.blas import dsyrk

    columns, turn = _as_columns(rows)
    upper = dsyrk(1.0, columns, trans=turn)
    return np.asarray(upper + np.triu(upper, 1).T)


def _as_columns(matrix: NDArray[Any]) -> tuple[NDArray[Any], bool]:
    """Return the transpose as BLAS reads it without a copy, and whether it has yet to be turned."""
    return (matrix, True) if matrix.flags.f_contiguous else (matrix.T, False)
