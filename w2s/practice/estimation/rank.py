"""Where the directions of a design matrix end and the rounding of its stored entries begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

DOUBLE = float(np.finfo(np.float64).eps)
_SINGLE = float(np.finfo(np.float32).eps)
_LOOKED_AT = 64  # rows that tell whether numbers were once stored in single precision


def stored_epsilon(values: NDArray[Any]) -> float:
    """Return the spacing of the precision in which values were stored, relative to 1.

    It is that of their type; numbers of double precision that all fit into single precision were
    stored in it once.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((5, 2))
    >>> stored_epsilon(x) < 1e-15, stored_epsilon(x.astype(np.float32)) > 1e-7
    (True, True)
    >>> stored_epsilon(x.astype(np.float32).astype(np.float64)) > 1e-7
    True
    """
    kind = values.dtype
    if kind.kind == "f" and kind.itemsize < 8:
        return float(np.finfo(kind).eps)
    if kind.kind != "f" or not values.size:
        return DOUBLE
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows does not fit
        few = np.asarray(values[:_LOOKED_AT], dtype=np.float64)
        fits = np.array_equal(few, few.astype(np.float32).astype(np.float64), equal_nan=True)
    return _SINGLE if fits else DOUBLE


def rounding(design: NDArray[Any]) -> float:
    r"""Return what rounding alone may make of a singular value of a design matrix.

    .. math:: \varepsilon \Bigl(\max_i |x_{i\cdot}| + \max_j |x_{\cdot j}|\Bigr)

    with the spacing ``ε`` of the precision in which it was stored.

    Parameters
    ----------
    design : array of shape (m, d)
        As it is stored, before anything is subtracted from it.

    Notes
    -----
    Independent errors of at most ``ε/2`` of an entry have a spectral norm of about 0.3 times this
    (the norm of a random matrix with independent entries is at most about the longest row plus the
    longest column of their standard deviations). Derived in this companion.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((60, 20)).astype(np.float32)
    >>> mixed = np.column_stack([x, x @ x[:20, :10]])  # sums of others, rounded
    >>> values = np.linalg.svd(mixed.astype(float), compute_uv=False)
    >>> int(np.sum(values > rounding(mixed)))
    20
    """
    squares = np.square(design, dtype=np.float64)
    if not squares.size:
        return 0.0
    longest = np.sqrt(squares.sum(axis=1).max()) + np.sqrt(squares.sum(axis=0).max())
    return stored_epsilon(design) * float(longest)


def coarser(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """Return the larger of two spacings for each of two models."""
    return [max(pair) for pair in zip(one, other, strict=True)]


def restored_epsilon(stored: Mapping[str, NDArray[Any]]) -> list[float]:
    """Return the spacings of a stored state; one without them is taken as of double precision."""
    found = [float(epsilon) for epsilon in stored.get("epsilon", np.full(2, DOUBLE))]
    if len(found) != 2 or not all(DOUBLE <= epsilon < 1 for epsilon in found):
        raise ValueError(f"epsilon must be two spacings of floating numbers, got {found}")
    return found
