"""Typical ReLU networks without simulation: the Gaussian universality ansatz.

The ansatz replaces the spherical harmonics at the random features by independent Gaussians. What
remains is one scalar equation, the deterministic equivalent of the projection on the features.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq

from w2s._checks import Array, integer
from w2s.random_features.relu_network import by_degree
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import ZonalTarget, multiplicities, relu_eigenvalues


def deterministic_teacher(
    dim: int, width: int, coefficients: Sequence[float] = (0.0, 1.0), *, degree_max: int = 40
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
    degree_max : int
        Even degrees up to this one are resolved, the others enter through the kernel's trace.

    Returns
    -------
    SpectralTeacher
        The typical teacher, in the eigenspaces of `ReluTeacher`.

    Raises
    ------
    ValueError
        If the target is not of unit energy or `degree_max` is below its degree.

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
    degrees = integer("degree_max", degree_max, low=2)
    if degrees < f.size - 1:
        raise ValueError(f"degree_max must be at least {f.size - 1}, got {degrees}")
    squares = np.zeros(degrees + 1)
    squares[: f.size] = f**2
    values, counts = relu_eigenvalues(dim, degrees), multiplicities(dim, degrees)
    rest = _unresolved(dim, values, counts)
    kappa = resolution_level(dim, width, degree_max=degrees)
    shape = values / (values + kappa) ** 2
    whole = squares @ shape  # 0 for odd degrees from three on, which no network sees
    spread = whole * (counts @ shape + rest / kappa**2) + squares @ shape**2
    noise = kappa * whole / spread if whole else 0.0
    missed = kappa / (values + kappa)
    # A random symmetric matrix varies twice as much on its diagonal: the target's own direction
    # counts once more, so a linear target has the noise of N_1 + 1 directions in degree one.
    residual = squares * missed**2 + noise * shape * (counts * whole + squares * shape)
    overlap = squares * missed
    return by_degree(dim, squares, overlap, residual, float(squares @ (1.0 - missed)))


def resolution_level(dim: int, width: int, *, degree_max: int = 40) -> float:
    """Eigenvalue ``κ`` down to which the span of random ReLU features resolves the kernel.

    The root of ``Σ_ℓ N_ℓ λ_ℓ/(λ_ℓ+κ) = M``: a direction of eigenvalue ``λ`` lies in the span of
    ``M`` features to the fraction ``λ/(λ+κ)``.

    Parameters
    ----------
    dim : int
        Input dimension ``d ≥ 2``.
    width : int
        Number of features ``M``.
    degree_max : int
        Degrees up to this one are resolved, the others enter through the kernel's trace.

    Returns
    -------
    float
        ``κ > 0``.

    Raises
    ------
    ValueError
        If `dim` is below two, `width` below one or `degree_max` below two.

    Notes
    -----
    Derived in this companion, under the ansatz.

    Examples
    --------
    >>> kappa, linear = resolution_level(32, 256), relu_eigenvalues(32, 1)[1]
    >>> print(f"{kappa / (linear + kappa):.4f}")         # the typical teacher's error
    0.0335
    """
    dim, width = integer("dim", dim, low=2), integer("width", width)
    degrees = integer("degree_max", degree_max, low=2)
    values, counts = relu_eigenvalues(dim, degrees), multiplicities(dim, degrees)
    rest = _unresolved(dim, values, counts)

    def excess(log_kappa: float) -> float:
        kappa = np.exp(log_kappa)
        return float(counts @ (values / (values + kappa)) + rest / kappa - width)

    return float(np.exp(brentq(excess, np.log(1e-6 * values[-1 - degrees % 2]), 0.0, xtol=1e-14)))


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
    return by_degree(dim, target, target - inner, residual, float(inner.sum()))


def _unresolved(dim: int, values: Array, counts: Array) -> float:
    """Part of the kernel's trace ``1/(2d)`` above the given degrees."""
    return max(0.5 / dim - float(values @ counts), 0.0)
