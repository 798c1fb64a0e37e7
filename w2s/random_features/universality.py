"""Typical ReLU networks without simulation: the Gaussian universality ansatz.

The ansatz replaces the spherical harmonics at the random features by independent Gaussians. What
remains is one scalar equation, the deterministic equivalent of the projection on the features.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from w2s._checks import Array, above, at_least, generator, integer
from w2s.random_features.relu_network import by_degree
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import ZonalTarget, multiplicities, relu_eigenvalues

_FEWEST_DEGREES, _MOST_DEGREES = 40, 2**17
_ROUNDING = 1e-13  # of κ, for degrees that are not told apart


def deterministic_teacher(
    dim: int,
    width: int,
    coefficients: Sequence[float] = (0.0, 1.0),
    *,
    degree_max: int | None = None,
) -> SpectralTeacher:
    """Typical ReLU teacher under the Gaussian universality ansatz: no simulation.

    ``κ`` solves ``Σ_ℓ N_ℓ λ_ℓ/(λ_ℓ+κ) = M``. Then ``⟨f*_ℓ, r_ℓ⟩ = f_ℓ² κ/(λ_ℓ+κ)``, and
    ``‖r_ℓ‖² = f_ℓ² κ²/(λ_ℓ+κ)² + v s_ℓ (N_ℓ S + f_ℓ² s_ℓ)`` with ``s_ℓ = λ_ℓ/(λ_ℓ+κ)²`` and
    ``S = Σ_ℓ f_ℓ² s_ℓ``; ``v`` makes the sum that of ``⟨f*_ℓ, r_ℓ⟩``, as for any projection.

    Parameters
    ----------
    dim : int
        Input dimension ``d ≥ 2``.
    width : int
        Number of teacher features ``M``.
    coefficients : sequence of float
        ``f_0, f_1, …`` of the target, of unit energy.
    degree_max : int, optional
        Even degrees up to this one have an eigenspace of their own, the higher ones share one. By
        default, all that the width resolves to rounding. ``κ`` and ``v`` do not depend on it.

    Returns
    -------
    SpectralTeacher
        The typical teacher, in the eigenspaces of `ReluTeacher`.

    Raises
    ------
    ValueError
        If the target is not of unit energy, `degree_max` is below its degree, or the width
        resolves too many degrees, as for `resolution_level`.

    Notes
    -----
    Derived in this companion; beyond the paper. The ansatz replaces the harmonics at the features
    by independent Gaussians. It is good to a few per cent from ``d = 8`` on and fails for
    ``d = 5``.

    Examples
    --------
    >>> round(float(deterministic_teacher(32, 256).error), 4)
    0.0335
    """
    dim, width = integer("dim", dim, low=2), integer("width", width)
    f = np.asarray(ZonalTarget(np.eye(dim)[0], coefficients).coefficients)
    last = 2 if degree_max is None else integer("degree_max", degree_max, low=2)
    if degree_max is not None and last < f.size - 1:
        raise ValueError(f"degree_max must be at least {f.size - 1}, got {last}")
    found = _resolved(dim, width, max(last, f.size - 1))
    values, kappa = found.values, found.kappa
    squares = np.zeros(values.size)
    squares[: f.size] = f**2
    spread = found.traces / (values + kappa) ** 2
    shape = values / (values + kappa) ** 2
    whole = squares @ shape  # 0 for odd degrees from three on, which no network sees
    own = squares * shape**2
    total = whole * (spread.sum() + found.rest / kappa**2) + own.sum()
    noise = kappa * whole / total if whole else 0.0
    missed = kappa / (values + kappa)
    # A random symmetric matrix varies twice as much on its diagonal: the target's own direction
    # counts once more, so a linear target has the noise of N_1 + 1 directions in degree one.
    cross, residual = squares * missed, squares * missed**2 + noise * (whole * spread + own)
    shown = squares.size if degree_max is None else last + 1
    higher = float(residual[shown:].sum()) + noise * whole * found.rest / kappa**2
    return by_degree(dim, squares[:shown], cross[:shown], residual[:shown], float(higher))


def resolution_level(dim: int, width: int) -> float:
    """Eigenvalue ``κ`` down to which the span of random ReLU features resolves the kernel.

    The root of ``Σ_ℓ N_ℓ λ_ℓ/(λ_ℓ+κ) = M``: a direction of eigenvalue ``λ`` lies in the span of
    ``M`` features to the fraction ``λ/(λ+κ)``.

    Parameters
    ----------
    dim : int
        Input dimension ``d ≥ 2``.
    width : int
        Number of features ``M``.

    Returns
    -------
    float
        ``κ > 0``.

    Raises
    ------
    ValueError
        If `dim` is below two, `width` below one, or the width resolves so many degrees that
        131072 do not give the sum to rounding: widths above 1e3 in dimension 2, above 1e6 in
        dimension 3, above 1e22 in dimension 8.

    Notes
    -----
    Derived in this companion, under the ansatz. Degrees are added until those left out are so far
    below ``κ`` that only their trace counts.

    Examples
    --------
    >>> kappa, linear = resolution_level(32, 256), relu_eigenvalues(32, 1)[1]
    >>> print(f"{kappa / (linear + kappa):.4f}")         # the typical teacher's error
    0.0335
    """
    return _resolved(integer("dim", dim, low=2), integer("width", width), 2).kappa


class _Resolved(NamedTuple):
    """Degrees that count one by one: ``λ_ℓ``, ``N_ℓ λ_ℓ``, the trace of all others, and ``κ``."""

    values: Array
    traces: Array
    rest: float
    kappa: float


def _resolved(dim: int, width: int, degree_max: int) -> _Resolved:
    """Solve for ``κ`` with as many degrees, at least to `degree_max`, as count to rounding."""
    size, last = float(above("width", width, 0)), max(degree_max, _FEWEST_DEGREES)
    while last <= max(_MOST_DEGREES, degree_max):
        values, traces = _traces(dim, last)
        rest = _trace_above(dim, last, traces)

        def excess(
            log_kappa: float, values: Array = values, traces: Array = traces, rest: float = rest
        ) -> float:
            kappa = np.exp(log_kappa)
            return float((traces / (values + kappa)).sum() + rest / kappa - size)

        # κ lies between these: the rest alone would count 2M, and the whole trace less than M.
        ends = np.log(rest / (2.0 * size)), np.log(0.51 / dim / size)
        kappa = float(np.exp(brentq(excess, *ends, xtol=1e-14)))
        # Σ N λ/κ - Σ N λ/(λ + κ) above the last degree is at most λ_{last+1} rest/κ².
        if float(values[-3:].max()) * rest <= _ROUNDING * size * kappa**2:
            return _Resolved(values, traces, rest, kappa)
        last *= 2
    raise ValueError(
        f"width must be so small that {_MOST_DEGREES} degrees hold all it resolves at dim = {dim}, "
        f"got {width}"
    )


def _traces(dim: int, degree_max: int) -> tuple[Array, Array]:
    """Return ``λ_ℓ`` and ``N_ℓ λ_ℓ`` up to `degree_max`, by their ratios: ``N_ℓ`` may overflow."""
    first = relu_eigenvalues(dim, 2)
    values, traces = np.zeros((2, degree_max + 1))
    values[:3], traces[:3] = first, first * multiplicities(dim, 2)
    even = np.arange(2.0, degree_max - 1, 2)
    falls = ((even - 1) / (even + dim + 1)) ** 2
    more = (even + dim / 2 + 1) / (even + dim / 2 - 1)
    more *= (even + dim - 2) / (even + 1) * (even + dim - 1) / (even + 2)
    values[4::2] = first[2] * np.cumprod(falls)
    traces[4::2] = traces[2] * np.cumprod(falls * more)
    return values, traces


def _trace_above(dim: int, degree_max: int, traces: Array) -> float:
    """Trace of all degrees above: what is left of ``1/(2d)``, or, where that cancels, its series.

    With ``x = ℓ + d/2 - 1``, ``N_ℓ λ_ℓ = x⁻⁴ (A + B x⁻² + C x⁻⁴ + …)``. Terms far out give the
    coefficients, and the Euler–Maclaurin formula the sum beyond them.
    """
    rest = 0.5 / dim - float(traces.sum())
    if rest > 1e-5 * 0.5 / dim:
        return rest
    far = 16 * (degree_max + dim) // 2 * 2
    terms = _traces(dim, far)[1][::2]
    x = np.arange(0, far + 1, 2) + dim / 2 - 1
    at = [x.size // 2, 3 * x.size // 4, -1]
    series = (x[at, None] / x[-1]) ** (-2.0 * np.arange(3))
    a, b = np.linalg.solve(series, terms[at] * x[at] ** 4)[:2] * [1.0, x[-1] ** 2]
    edge = x[-1] + 1.0
    beyond = a / (6 * edge**3) + (b / 10 - a / 3) / edge**5
    return float(terms[degree_max // 2 + 1 :].sum() + beyond)


def error_by_rate(rate: ArrayLike) -> Array:
    """Return the typical error of ReLU teachers of a linear target in high dimension.

    The positive root ``L`` of ``rate·L = (1 − L)(L + 1 − 2/π)`` with ``rate = M_TE/d``.

    Parameters
    ----------
    rate : array_like
        ``M_TE/d ≥ 0``; valid as long as ``M_TE`` is much smaller than ``d²/2``.

    Returns
    -------
    array, shape of `rate`

    Raises
    ------
    ValueError
        If a rate is negative.

    Notes
    -----
    Derived in this companion, from `deterministic_teacher` with all degrees above one unlearned.

    Examples
    --------
    >>> error_by_rate([0.0, 1.0]).round(3)
    array([1.   , 0.448])
    """
    a = 1 - 2 / np.pi
    half = (at_least("rate", rate, 0.0) + a - 1) / 2
    return np.asarray(a / (half + np.sqrt(half**2 + a)))  # no difference of nearly equal numbers


def gaussian_teacher(
    dim: int, width: int, rng: np.random.Generator, *, degree_max: int = 16
) -> SpectralTeacher:
    """Draw a teacher for which the ansatz is true: its harmonics are independent Gaussians.

    The Gram matrix is ``Σ_ℓ λ_ℓ Z_ℓZ_ℓᵀ`` with standard normal ``Z_ℓ`` of shape ``(M, N_ℓ)``. The
    target is linear, along the first column of ``Z_1``.

    Parameters
    ----------
    dim : int
        Input dimension ``d ≥ 2``.
    width : int
        Number of teacher features ``M``.
    rng : numpy.random.Generator
        Source of randomness.
    degree_max : int
        Even degrees up to this one are drawn, the others enter through the kernel's trace. In
        dimension ``d`` the last degree has about ``ℓ^{d−2}`` harmonics: keep both small.

    Returns
    -------
    SpectralTeacher
        In the eigenspaces of `ReluTeacher`.

    Raises
    ------
    ValueError
        If `dim` is below two, `width` below one or `degree_max` below two.

    Notes
    -----
    Derived in this companion; it tells failures of the ansatz from those of the formulas.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> errors = [float(gaussian_teacher(4, 64, rng).error) for _ in range(20)]
    >>> bool(abs(np.mean(errors) / deterministic_teacher(4, 64).error - 1) < 0.2)
    True
    """
    dim, width = integer("dim", dim, low=2), integer("width", width)
    last = integer("degree_max", degree_max, low=2)
    values, counts = relu_eigenvalues(dim, last), multiplicities(dim, last)
    gram = _unresolved(dim, values, counts) * np.eye(width)
    generator(rng)
    drawn = {
        k: rng.standard_normal((width, int(counts[k]))) for k in np.flatnonzero(values).tolist()
    }
    for k, harmonics in drawn.items():
        gram += values[k] * (harmonics @ harmonics.T)
    moments = np.sqrt(values[1]) * drawn[1][:, 0]
    weights = np.linalg.solve(gram, moments)
    target, energy = np.eye(last + 1)[1], np.zeros(last + 1)
    for k, harmonics in drawn.items():
        energy[k] = values[k] * ((harmonics.T @ weights) ** 2).sum()
    inner = target * (moments @ weights)
    residual = target - 2.0 * inner + energy
    return by_degree(
        dim, target, target - inner, residual, max(float(inner.sum() - energy.sum()), 0.0)
    )


def _unresolved(dim: int, values: Array, counts: Array) -> float:
    """Part of the kernel's trace ``1/(2d)`` above the given degrees."""
    return max(0.5 / dim - float(values @ counts), 0.0)
