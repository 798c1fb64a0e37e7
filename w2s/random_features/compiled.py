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
ROOT_STEP = np.sqrt(0.25 - 0.5 / np.pi) / 65535  # the root at ρ = 1 is the largest number of uint16
# Up to ρ² = limit, a polynomial of this degree in ρ² has a relative error below 2e-8.
SINGLE_DEGREES = {0.36: 5, 0.5: 6, 0.64: 8, 0.81: 12}


@cache
def remainder_polynomial(limit: float, degree: int, root: bool = False) -> tuple[float, ...]:
    """Coefficients of ``h`` in ``κ₁(ρ) = 1/2π + ρ/4 + ρ² h(ρ²)``, for ``ρ²`` up to a limit.

    Interpolation in Chebyshev points of the Taylor series
    ``h(s) = Σ_{k≥0} (2k)! / (4^k k!² (2k+1)(2k+2)) s^k / 2π``.

    Parameters
    ----------
    limit : float
        Largest ``ρ² < 1``.
    degree : int
        Degree in ``ρ²``.
    root : bool
        Take ``√h`` in place of ``h``.

    Returns
    -------
    tuple of float
        Coefficients, the constant first: ``1/4π`` or its root.

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
    wanted = (lambda s: np.sqrt(series(s))) if root else series
    fit = Chebyshev.interpolate(wanted, degree, domain=[0.0, limit])
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
    rho, value = _entries(correlations, out, correlations.dtype)
    single = out.itemsize == 4
    coefficients = tuple(scale * c for c in remainder_polynomial(LIMIT, DEGREES[single]))
    far = _one_pass(kernels.even_polynomial(single, coefficients), rho, value)
    if far.size:
        value[far] = scale * arc_cosine_remainder(rho[far].astype(np.float64))
    return out


def compiled_roots(correlations: Real, out: Real) -> Real:
    """Square roots of ``κ₁(ρ) − 1/2π − ρ/4``, which is not negative, in steps of `ROOT_STEP`.

    Parameters
    ----------
    correlations : array of float32, C-contiguous
        ``ρ``.
    out : array of uint16 of the same size
        For the result, rounded.

    Returns
    -------
    array
        `out`.

    Raises
    ------
    ValueError
        If llvmlite is not installed, or the arrays are of another kind.

    Examples
    --------
    >>> compiled_roots(np.float32([0.0, 1.0]), np.empty(2, np.uint16))     # the largest is 65535
    array([    0, 65535], dtype=uint16)
    """
    rho, value = _entries(correlations, out, np.uint16)
    roots = remainder_polynomial(LIMIT, DEGREES[True], root=True)
    coefficients = tuple(c / ROOT_STEP for c in roots)
    far = _one_pass(kernels.even_polynomial(True, coefficients, root=True), rho, value)
    if far.size:
        exact = arc_cosine_remainder(rho[far].astype(np.float64))
        value[far] = np.rint(np.sqrt(exact) / ROOT_STEP)
    return out


def _entries(correlations: Real, out: Real, kind: Any) -> tuple[Real, Real]:
    """Both arrays as vectors, or an error."""
    kernels.compiled_here(True, correlations)
    whole = correlations.flags.c_contiguous and out.flags.c_contiguous
    if not whole or (out.dtype, out.size) != (kind, correlations.size):
        raise ValueError(
            "compiled tiles need two contiguous arrays of one kind and size, got shapes "
            f"{correlations.shape} and {out.shape}"
        )
    return correlations.reshape(-1), out.reshape(-1)


def _one_pass(polynomial: kernels.Compiled, rho: Real, value: Real) -> Any:
    """Fill in a polynomial; return where it does not hold."""
    if rho.size < kernels.LANES:
        return np.arange(rho.size)
    largest = np.empty(kernels.LANES, rho.dtype)
    polynomial(*map(kernels.address, (rho, value, largest)), rho.size)
    return np.flatnonzero(rho * rho > LIMIT) if largest.max() > LIMIT else np.arange(0)
