"""Tiles of the arc-cosine kernel without its degrees zero and one: plain, and compiled.

The plain function is the reference, for any array module. The compiled one does the same in one
pass over memory instead of one per operation; it needs the extra ``fast`` (`kernels`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from numpy.typing import NDArray

from w2s._arrays import namespace
from w2s.random_features import kernels

Real = NDArray[Any]  # float32 or float64

LIMIT, DEGREES = 0.64, (18, 9)  # largest ρ² of the compiled polynomial; its degrees in both types
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


def compiled_remainder(correlations: Real, out: Real, scale: float = 1.0) -> Real:
    """``κ₁(ρ) − 1/2π − ρ/4`` times a number, as `arc_cosine_remainder` to rounding.

    Parameters
    ----------
    correlations : array of float32 or float64, C-contiguous
        ``ρ``.
    out : array of the same kind and size
        Other memory, for the result.
    scale : float
        Factor.

    Returns
    -------
    array
        `out`.

    Raises
    ------
    ValueError
        If llvmlite is not installed, or the arrays are of another kind.

    Notes
    -----
    Entries beyond ``|ρ| = 0.8`` take the formula. Where they are common, in dimensions below about
    ten, this is slower than the plain function.

    Examples
    --------
    >>> compiled_remainder(np.array([0.0, 1.0]), np.empty(2)).round(6)     # 1/4 − 1/2π at ρ = 1
    array([0.      , 0.090845])
    """
    kernels.compiled_here(True, correlations)
    whole = correlations.flags.c_contiguous and out.flags.c_contiguous
    if not whole or (out.dtype, out.size) != (correlations.dtype, correlations.size):
        raise ValueError(
            "compiled tiles need two contiguous arrays of one kind and size, got shapes "
            f"{correlations.shape} and {out.shape}"
        )
    rho, value, single = correlations.reshape(-1), out.reshape(-1), out.itemsize == 4
    polynomial = remainder_polynomial(LIMIT, DEGREES[single])
    one_pass = kernels.even_polynomial(single, tuple(scale * c for c in polynomial))
    largest = np.empty(kernels.LANES, rho.dtype)
    if rho.size < kernels.LANES:
        value[:] = scale * arc_cosine_remainder(rho.copy())
        return out
    one_pass(*map(kernels.address, (rho, value, largest)), rho.size)
    if largest.max() > LIMIT:
        far = np.flatnonzero(rho * rho > LIMIT)
        value[far] = scale * arc_cosine_remainder(rho[far].astype(np.float64))
    return out
