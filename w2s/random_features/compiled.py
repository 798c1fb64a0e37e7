"""Tiles of the arc-cosine kernel without its degrees zero and one: plain, and compiled.

The plain function is the reference, for any array module. The compiled one does the same in one
pass over memory instead of one per operation; it needs the extra ``fast`` (numba), is compiled
once per process and precision, in a second or two, and leaves nothing on disk.
"""

from __future__ import annotations

from functools import cache
from math import asin, pi, sqrt
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from numpy.typing import NDArray

from w2s._arrays import namespace

Real = NDArray[Any]  # float32 or float64

LIMIT, DEGREES = 0.64, (18, 9)  # largest ρ² of the polynomial; its degree in float64 and float32,
# multiples of three


# Up to ρ² = limit, a polynomial of this degree in ρ² has a relative error below 2e-8.
SINGLE_DEGREES = {0.36: 5, 0.5: 6, 0.64: 8, 0.81: 12}


@cache
def remainder_polynomial(limit: float, degree: int) -> tuple[float, ...]:
    """Coefficients of ``h`` in ``κ₁(ρ) = 1/2π + ρ/4 + ρ² h(ρ²)``, for ``ρ²`` up to a limit.

    Interpolation in Chebyshev points of the Taylor series
    ``h(s) = Σ_{k≥0} (2k)! / (4^k k!² (2k+1)(2k+2)) s^k / 2π``.

    Parameters
    ----------
    limit : float
        Largest ``ρ² < 1``.
    degree : int
        Degree in ``ρ²``.

    Returns
    -------
    tuple of float
        Coefficients, the constant ``1/4π`` first.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> round(remainder_polynomial(0.36, 11)[0] * 4 * np.pi, 12)
    1.0
    """
    k = np.arange(200)
    ratios = np.concatenate([[1.0], (2 * k[:-1] + 1) / (2 * k[:-1] + 2)])
    series = Polynomial(np.cumprod(ratios) / ((2 * k + 1) * (2 * k + 2) * 2 * np.pi))
    fit = Chebyshev.interpolate(series, degree, domain=[0.0, limit])
    powers = fit.convert(kind=Polynomial, domain=[-1, 1], window=[-1, 1])
    return tuple(powers.coef.tolist())


def arc_cosine_remainder(correlations: Any) -> Any:
    """Arc-cosine kernel without its degrees zero and one, ``κ₁(ρ) − 1/2π − ρ/4``.

    It is even and small, ``ρ²/4π + …``. In float32 it is evaluated as ``ρ² h(ρ²)``, with a
    polynomial whose degree is chosen by the largest ``|ρ|``, because the formula loses the small
    difference to rounding; beyond ``|ρ| = 0.9``, and in float64, by the formula in float64.

    Parameters
    ----------
    correlations : array of float32 or float64, of any array module
        ``ρ``; may be overwritten. Beyond rounding, it is clipped to [−1, 1].

    Returns
    -------
    array
        Of the same module, device and precision.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> from w2s.random_features.sphere import arc_cosine
    >>> rho = np.array([0.0, 0.3, -0.3])
    >>> rest = arc_cosine_remainder(rho.copy())
    >>> bool(np.allclose(rest + 0.5 / np.pi + rho / 4, arc_cosine(rho), rtol=1e-14))
    True
    """
    rho, xp = correlations, namespace(correlations)
    if rho.dtype == xp.float32:
        square = rho * rho
        largest = float(xp.max(square))
        for limit, degree in SINGLE_DEGREES.items():
            if largest <= limit:
                *lower, last = remainder_polynomial(limit, degree)
                value = square * last
                for coefficient in reversed(lower):
                    value += coefficient
                    value *= square
                return value
    wide = xp.asarray(rho, dtype=xp.float64)
    if float(xp.max(wide)) > 1.0 or float(xp.min(wide)) < -1.0:
        wide = xp.clip(wide, -1.0, 1.0)
    value = xp.asin(wide)
    value *= wide
    wide *= wide
    wide *= -1.0
    wide += 1.0
    value += xp.sqrt(wide)
    value -= 1.0
    value *= 0.5 / np.pi
    return xp.asarray(value, dtype=rho.dtype)


def compiled_remainder(correlations: Real) -> Real:
    """``κ₁(ρ) − 1/2π − ρ/4`` in place, as `arc_cosine_remainder` to rounding.

    Parameters
    ----------
    correlations : array of float32 or float64, two-dimensional, C-contiguous
        ``ρ``; overwritten.

    Returns
    -------
    array
        The same memory.

    Raises
    ------
    ValueError
        If numba is not installed, or the array is of another kind.

    Notes
    -----
    Entries beyond ``|ρ| = 0.8`` take the formula one by one. Where they are common, in dimensions
    below about ten, this is slower than the plain function.

    Examples
    --------
    >>> compiled_remainder(np.array([[0.0, 1.0]])).round(6)       # 1/4 − 1/2π at ρ = 1
    array([[0.      , 0.090845]])
    """
    rho = correlations
    if not isinstance(rho, np.ndarray) or rho.dtype not in (np.float32, np.float64):
        raise ValueError("compiled tiles need numpy arrays of float32 or float64")
    if rho.ndim != 2 or not rho.flags.c_contiguous:
        raise ValueError(f"compiled tiles need contiguous matrices, got shape {rho.shape}")
    _kernel(rho.dtype == np.float32)(rho)
    return rho


@cache
def _kernel(single: bool) -> Any:
    """Compile the loop; the limit, the coefficients and the precision are constants of it."""
    try:
        import numba
    except ImportError:
        raise ValueError("compiled tiles need the extra w2s[fast], that is numba") from None
    real = np.float32 if single else np.float64
    flags: dict[str, Any] = {"fastmath": {"contract"}, "nogil": True}
    values = [real(value) for value in remainder_polynomial(LIMIT, DEGREES[single])]
    bound, last = real(LIMIT), values.pop()

    def three_more(inner: Any, a: Any, b: Any, c: Any) -> Any:
        return numba.njit(lambda s: ((inner(s) * s + c) * s + b) * s + a, **flags)

    polynomial = numba.njit(lambda s: last, **flags)  # nested, so that it is unrolled
    while values:
        c, b, a = values.pop(), values.pop(), values.pop()
        polynomial = three_more(polynomial, a, b, c)

    def loop(rho: Real) -> None:
        columns, before = rho.shape[1], np.empty_like(rho[0])
        for i in range(rho.shape[0]):
            row, far = rho[i], 0
            for j in range(columns):
                before[j] = row[j]
                far += row[j] * row[j] > bound
            for j in range(columns):  # no branch inside, so it is vectorised
                square = row[j] * row[j]
                row[j] = polynomial(square) * square
            if far > 0:
                for j in range(columns):
                    if before[j] * before[j] > bound:
                        x = min(max(float(before[j]), -1.0), 1.0)
                        row[j] = (sqrt(1.0 - x * x) + x * asin(x) - 1.0) / (2.0 * pi)

    return numba.njit(loop, **flags)
