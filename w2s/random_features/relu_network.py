"""Two-layer ReLU teachers on the sphere, trained to convergence on the population.

Inputs and features are uniform on the unit sphere of dimension ``d``. The Gram matrix of the
features and their moments with a zonal target are known in closed form, so a teacher costs one
Cholesky factorisation of order ``M_TE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_solve
from scipy.linalg.lapack import dpotrf

from w2s._checks import Array, finite, integer, told
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import (
    ZonalTarget,
    arc_cosine,
    gegenbauer_terms,
    multiplicities,
    relu_coefficients,
    relu_eigenvalues,
)

SMALLEST_PIVOT = 1e-12


@dataclass(frozen=True)
class ReluTeacher:
    """A population-optimal ReLU teacher ``f_TE(x) = Σ_i w_i max(⟨u_i, x⟩, 0)``.

    Parameters
    ----------
    features : array, shape (M, d)
        Unit vectors ``u_i``.
    weights : array, shape (M,)
        Trained top layer ``w``.
    target : ZonalTarget
        What it was trained on.
    spectrum : SpectralTeacher
        The teacher as an infinitely wide student sees it. Eigenspaces: degrees 0, 1, 2, 4, …,
        then all higher even degrees, then all odd degrees from three on, which are invisible.
    """

    features: Array
    weights: Array
    target: ZonalTarget
    spectrum: SpectralTeacher

    @property
    def error(self) -> float:
        """Population error ``L_TE``."""
        return float(self.spectrum.error)


def relu_gram(features: ArrayLike, others: ArrayLike | None = None) -> Array:
    """Return the inner products ``⟨σ_u, σ_v⟩ = κ₁(⟨u, v⟩)/d`` of ReLU features on the sphere.

    Parameters
    ----------
    features : array_like, shape (M, d)
        Unit vectors ``u_i``.
    others : array_like, shape (n, d), optional
        Unit vectors ``v_j``; by default the same, with the diagonal set to its exact ``1/(2d)``.

    Returns
    -------
    array, shape (M, n)
        The Gram matrix.

    Raises
    ------
    ValueError
        If a row is not a unit vector or the dimensions differ.

    Examples
    --------
    >>> relu_gram(np.eye(2)).round(6)
    array([[0.25    , 0.079577],
           [0.079577, 0.25    ]])
    """
    u = unit_rows("features", features)
    v = u if others is None else unit_rows("others", others, u.shape[1])
    gram = arc_cosine(u @ v.T) / u.shape[1]
    if others is None:
        np.fill_diagonal(gram, 0.5 / u.shape[1])
    return cast(Array, gram)


def relu_teacher(features: ArrayLike, target: ZonalTarget, *, degree_max: int = 40) -> ReluTeacher:
    """Train a ReLU teacher to convergence on the population.

    With the Gram matrix ``G`` and the moments ``b = Σ_ℓ b_ℓ``, ``b_ℓ = f_ℓ c_ℓ √N_ℓ P_ℓ(Uβ)``:
    ``w = G⁻¹b``, ``L_TE = 1 − bᵀw``, and by degree ``⟨f_TE,ℓ, f*_ℓ⟩ = wᵀb_ℓ`` and
    ``‖f_TE,ℓ‖² = λ_ℓ N_ℓ wᵀP_ℓ(UUᵀ)w``.

    Parameters
    ----------
    features : array_like, shape (M, d)
        Unit vectors.
    target : ZonalTarget
        Target of the same dimension.
    degree_max : int
        Even degrees up to this one are resolved, the energy of the others is kept in one.

    Returns
    -------
    ReluTeacher
        Weights, error and degree energies.

    Raises
    ------
    ValueError
        If a feature is not a unit vector, dimensions disagree, `degree_max` is below that of the
        target, or the Gram matrix is singular in float64; then it says from which feature on.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> from w2s.random_features.sphere import sphere_points
    >>> features = sphere_points(np.random.default_rng(0), 64, 16)
    >>> round(relu_teacher(features, ZonalTarget(np.eye(16)[0])).error, 2)
    0.1
    """
    dim, last = target.direction.size, len(target.coefficients) - 1
    u, degrees = unit_rows("features", features, dim), integer("degree_max", degree_max, low=2)
    if degrees < last:
        raise ValueError(f"degree_max must be at least that of the target, {last}, got {degrees}")
    factor = _gram_factor(relu_gram(u))
    moments = target.series(relu_coefficients(dim, last), u)
    weights = cho_solve((factor, True), moments.sum(axis=0))
    inner = moments @ weights
    spectrum = _spectrum(u, weights, target, degrees, inner, float(inner.sum()))
    return ReluTeacher(u, weights, target, spectrum)


def network_spectrum(
    features: ArrayLike, weights: ArrayLike, target: ZonalTarget, *, degree_max: int = 40
) -> SpectralTeacher:
    """Any ReLU network ``Σ_i w_i max(⟨u_i, x⟩, 0)``, trained or not, by eigenspace.

    ``⟨f_ℓ, f*_ℓ⟩ = wᵀb_ℓ`` and ``‖f_ℓ‖² = λ_ℓ N_ℓ wᵀP_ℓ(UUᵀ)w``. The network need not be a best
    approximation: its weights may come from a finite or noisy sample.

    Parameters
    ----------
    features : array_like, shape (M, d)
        Unit vectors ``u_i``.
    weights : array_like, shape (M,)
        Top layer ``w``.
    target : ZonalTarget
        Target of the same dimension.
    degree_max : int
        Even degrees up to this one are resolved, the energy of the others is kept in one.

    Returns
    -------
    SpectralTeacher
        In the eigenspaces of `ReluTeacher`; its error is that of the network.

    Raises
    ------
    ValueError
        If a feature is not a unit vector, shapes disagree or `degree_max` is below that of the
        target.

    Notes
    -----
    Derived in this companion; the same identities give `relu_teacher` its spectrum.

    Examples
    --------
    >>> target = ZonalTarget(np.eye(4)[0])
    >>> teacher = relu_teacher(np.vstack([np.eye(4), -np.eye(4)]), target)
    >>> seen = network_spectrum(teacher.features, teacher.weights, target)
    >>> bool(np.allclose(seen.residual_energy, teacher.spectrum.residual_energy))
    True
    """
    dim, last = target.direction.size, len(target.coefficients) - 1
    u, degrees = unit_rows("features", features, dim), integer("degree_max", degree_max, low=2)
    w = finite("weights", weights, ndim=1)
    if w.size != len(u):
        raise ValueError(f"weights must have one entry per feature, {len(u)}, got {w.size}")
    if degrees < last:
        raise ValueError(f"degree_max must be at least that of the target, {last}, got {degrees}")
    inner = target.series(relu_coefficients(dim, last), u) @ w
    return _spectrum(u, w, target, degrees, inner, float(w @ relu_gram(u) @ w))


def _spectrum(
    u: Array, weights: Array, target: ZonalTarget, degrees: int, seen: Array, whole: float
) -> SpectralTeacher:
    """Energies by degree of a network with products `seen` with the target and energy `whole`."""
    dim, last = target.direction.size, len(target.coefficients) - 1
    scale = relu_eigenvalues(dim, degrees) * multiplicities(dim, degrees)
    terms = zip(scale, gegenbauer_terms(dim, degrees, u @ u.T), strict=True)
    energy = [share * (weights @ term @ weights) if share else 0.0 for share, term in terms]
    squares, inner = np.zeros((2, degrees + 1))
    squares[: last + 1] = np.square(target.coefficients)
    inner[: last + 1] = seen
    higher = max(whole - float(np.sum(energy)), 0.0)
    return by_degree(dim, squares, squares - inner, squares - 2 * inner + energy, higher)


def unit_rows(name: str, rows: ArrayLike, dim: int | None = None) -> Array:
    """Return `rows` as float64, refusing any that is not a unit vector (of dimension `dim`)."""
    u = finite(name, rows, ndim=2)
    integer("dimension", u.shape[1], low=2)
    integer(f"number of {name}", len(u))
    if dim is not None and u.shape[1] != dim:
        raise ValueError(f"{name} must have dimension {dim}, got {u.shape[1]}")
    norms = np.einsum("ij,ij->i", u, u)
    if (np.abs(norms - 1.0) > 1e-10).any():
        worst = np.sqrt(norms[np.argmax(np.abs(norms - 1.0))])
        raise ValueError(f"{name} must be unit vectors, got norm {told(1, worst)[1]}")
    return u


def _gram_factor(gram: Array) -> Array:
    """Cholesky factor, or an error that names the feature from which on there is none."""
    factor, failed = dpotrf(gram, lower=1, clean=1)
    pivots = factor.diagonal() ** 2 / gram.diagonal()
    weak = np.flatnonzero(pivots[: failed - 1 if failed else None] < SMALLEST_PIVOT)
    first = int(weak[0]) + 1 if weak.size else failed
    if first:
        raise ValueError(
            f"the Gram matrix of {len(gram)} ReLU features is singular in float64 from feature "
            f"{first} on; use fewer teacher features or a higher dimension"
        )
    return cast(Array, factor)


def by_degree(
    dim: int, target: Array, cross: Array, residual: Array, higher: float
) -> SpectralTeacher:
    """Gather energies by degree into the eigenspaces of `ReluTeacher`.

    Parameters
    ----------
    dim : int
        Input dimension ``d``.
    target, cross, residual : array, shape (L + 1,)
        ``‖f*_ℓ‖²``, ``⟨f*_ℓ, r_ℓ⟩`` and ``‖r_ℓ‖²``.
    higher : float
        Energy of the residual above degree ``L``.

    Returns
    -------
    SpectralTeacher
    """
    last = target.size - 1
    seen = np.array([0, 1, *range(2, last + 1, 2)])
    unseen = float(target.sum() - target[seen].sum())
    values = relu_eigenvalues(dim, last + 2)
    return SpectralTeacher(
        eigenvalues=np.array([*values[seen], values[seen[-1] + 2], 0.0]),
        target_energy=np.array([*target[seen], 0.0, unseen]),
        cross_energy=np.array([*cross[seen], 0.0, unseen]),
        residual_energy=np.array([*residual[seen], higher, unseen]),
    )
