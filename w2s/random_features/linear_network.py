"""Linear random features: the teacher's error and its exact law, at any width.

Inputs have `k` signal coordinates of variance one, which carry the target, and `D` bulk
coordinates of variance ``s``. Everything a student can learn is then decided by one k × k matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate, stats
from scipy.linalg import solve_triangular

from w2s._checks import Array, above, at_least, between, finite, generator, integer, one_of, told
from w2s.random_features.gradient_flow import best_stop, linear_path
from w2s.random_features.spectral import SpectralTeacher


@dataclass(frozen=True)
class LinearNetwork:
    """Linear teacher ``Σ_i w_i ⟨u_i, x⟩`` with ``u_i ~ N(0, I)`` and two input variances.

    The input is ``x ~ N(0, diag(1, …, 1, s, …, s))``: `n_signal` coordinates of variance one,
    which carry the target ``⟨β, x⟩``, and `bulk_dim` coordinates of variance `bulk_eigenvalue`.

    Parameters
    ----------
    width : int
        Number of teacher features ``M_TE``.
    bulk_dim : int
        Number ``D`` of bulk coordinates, at least `width` (else the Gram matrix may be singular).
    bulk_eigenvalue : float
        Variance ``s`` of a bulk coordinate, in ``(0, 1]``.
    n_signal : int
        Number ``k`` of signal coordinates.

    Raises
    ------
    ValueError
        If a size is below one, `bulk_dim` is below `width`, or `bulk_eigenvalue` leaves (0, 1].

    Examples
    --------
    >>> LinearNetwork(width=64, bulk_dim=10, bulk_eigenvalue=0.1)
    Traceback (most recent call last):
        ...
    ValueError: bulk_dim must be at least width = 64, got 10
    """

    width: int
    bulk_dim: int
    bulk_eigenvalue: float
    n_signal: int = 1

    def __post_init__(self) -> None:
        """Refuse networks whose population problem is not the one described above."""
        integer("width", self.width)
        integer("n_signal", self.n_signal)
        integer("bulk_dim", self.bulk_dim)
        if self.bulk_dim < self.width:
            raise ValueError(f"bulk_dim must be at least width = {self.width}, got {self.bulk_dim}")
        above("bulk_eigenvalue", self.bulk_eigenvalue, 0.0)
        between("bulk_eigenvalue", self.bulk_eigenvalue, 0.0, 1.0)

    @property
    def eigenvalues(self) -> Array:
        """Kernel eigenvalues ``(1, s)`` of an infinitely wide student."""
        return np.array([1.0, self.bulk_eigenvalue])


def linear_scaling(width: int, *, bulk_exponent: float = 1.0, n_signal: int = 1) -> LinearNetwork:
    """Linear network in the scaling ``d = M^{3/2}``, ``s = M^{−a}`` with `bulk_exponent` ``a``.

    Two readings of the bulk eigenvalue are in use: ``a = 1``, that is ``s = 1/M = d^{−2/3}``
    (primary here), and ``a = 2/3``, that is ``s = M^{−2/3}``.

    Parameters
    ----------
    width : int
        Number of teacher features ``M``.
    bulk_exponent : float
        Exponent ``a ≥ 0``.
    n_signal : int
        Number ``k`` of signal coordinates, counted in ``d``.

    Returns
    -------
    LinearNetwork
        With ``bulk_dim = round(M^{3/2}) − k``.

    Raises
    ------
    ValueError
        If `bulk_exponent` is negative or ``M^{3/2} − k`` is below `width`.

    References
    ----------
    Source: Medvedev et al. 2025, Theorem 3.2 and Figure 3 (``d = M^{3/2}`` is certain, the bulk
    eigenvalue is not).

    Examples
    --------
    >>> linear_scaling(256)
    LinearNetwork(width=256, bulk_dim=4095, bulk_eigenvalue=0.00390625, n_signal=1)
    """
    width, n_signal = integer("width", width), integer("n_signal", n_signal)
    at_least("bulk_exponent", bulk_exponent, 0.0)
    return LinearNetwork(width, round(width**1.5) - n_signal, width**-bulk_exponent, n_signal)


def linear_teacher(
    network: LinearNetwork,
    rng: np.random.Generator,
    size: int = 1,
    *,
    target: ArrayLike | None = None,
    route: str = "law",
) -> SpectralTeacher:
    """Draw independent population-optimal linear teachers.

    With ``U₁`` (M × k) and ``U₂`` (M × D) the signal and bulk parts of the features and
    ``A = U₁ᵀ(U₂U₂ᵀ)⁻¹U₁``, the residual in the signal space is ``Rβ``, ``R = (I + A/s)⁻¹``,
    and ``L_TE = βᵀRβ``. The three routes have the same law:

    * ``"law"``: only k × k matrices, ``A⁻¹ ~ Wishart_k(D − M + k, (U₁ᵀU₁)⁻¹)``; any width;
    * ``"wishart"``: ``U₂U₂ᵀ`` through its M × M Bartlett factor, generated in row blocks;
    * ``"features"``: all ``M (k + D)`` weights are drawn and the normal equations are solved.

    Parameters
    ----------
    network : LinearNetwork
        The teacher's model.
    rng : numpy.random.Generator
        Source of randomness.
    size : int
        Number of teachers.
    target : array_like, shape (k,), optional
        Unit vector ``β``; by default the first signal coordinate.
    route : {"law", "wishart", "features"}
        How to draw.

    Returns
    -------
    SpectralTeacher
        Arrays of shape ``(size, 2)`` over the eigenvalues ``(1, s)``.

    Raises
    ------
    ValueError
        If `target` has the wrong length or is not a unit vector, or `route` is unknown.

    Notes
    -----
    Derived in this companion; for ``k = 1`` the law is `linear_error_quantile`.

    Examples
    --------
    >>> teacher = linear_teacher(linear_scaling(10**9), np.random.default_rng(0), size=1000)
    >>> print(f"{np.median(teacher.error):.2e}")
    3.16e-05
    """
    one_of("route", route, tuple(_SIGNAL_PRECISION))
    size = integer("size", size)
    generator(rng)
    beta = _unit_target(network, target)
    precision = np.stack([_SIGNAL_PRECISION[route](network, rng) for _ in range(size)])
    system = np.eye(network.n_signal) + precision / network.bulk_eigenvalue
    residual = np.linalg.solve(system, np.broadcast_to(beta[:, None], (size, beta.size, 1)))[..., 0]
    error, learned = residual @ beta, (residual**2).sum(axis=-1)
    zeros = np.zeros(size)
    return SpectralTeacher(
        eigenvalues=network.eigenvalues,
        target_energy=np.array([1.0, 0.0]),
        cross_energy=np.stack([error, zeros], axis=-1),
        residual_energy=np.stack([learned, error - learned], axis=-1),
    )


def linear_functions(
    network: LinearNetwork,
    student_width: int,
    rng: np.random.Generator,
    *,
    target: ArrayLike | None = None,
) -> tuple[Array, Array, Array]:
    """Draw a teacher and a finite student, as coordinates of linear functions: nothing averaged.

    A linear function is written in the orthonormal basis of the ``k + D`` standardised inputs.
    The student has `student_width` features of its own, ``v_i ~ N(0, I)``; its kernel operator
    is ``K = Ψ^{1/2} (Σ_i v_i v_iᵀ / M_ST) Ψ^{1/2}`` with ``Ψ = diag(1, …, 1, s, …, s)``. The
    inner matrix is Wishart, and for ``M_ST ≥ k + D`` it is drawn through its Bartlett factor, so
    the cost does not depend on the student's width.

    Parameters
    ----------
    network : LinearNetwork
        The teacher's model.
    student_width : int
        Number of student features ``M_ST``.
    rng : numpy.random.Generator
        Source of randomness.
    target : array_like, shape (k,), optional
        Unit vector ``β``; by default the first signal coordinate.

    Returns
    -------
    target, labels : array, shape (k + D,)
        Coordinates of ``f*`` and of the teacher ``f_TE``.
    kernel : array, shape (k + D, k + D)
        The student's kernel operator, for `w2s.random_features.gradient_flow.flow`.

    Raises
    ------
    ValueError
        If `student_width` is below one or `target` is not a unit vector of length ``k``.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> network = LinearNetwork(width=4, bulk_dim=6, bulk_eigenvalue=0.1)
    >>> target, labels, kernel = linear_functions(network, 10**9, np.random.default_rng(0))
    >>> kernel.diagonal().round(3)
    array([1. , 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    >>> bool(abs(labels @ (target - labels)) < 1e-15)
    True
    """
    width, k = integer("student_width", student_width), network.n_signal
    dim = k + network.bulk_dim
    generator(rng)
    scale = np.sqrt(np.repeat(network.eigenvalues, [k, network.bulk_dim]))
    goal = np.concatenate([_unit_target(network, target), np.zeros(network.bulk_dim)])
    features = rng.standard_normal((network.width, dim)) * scale
    labels = features.T @ np.linalg.solve(features @ features.T, features @ goal)
    draws = rng.standard_normal((dim, width)) if width < dim else _bartlett_rows(rng, width, 0, dim)
    draws *= scale[:, None]
    return goal, labels, draws @ draws.T / width


def _unit_target(network: LinearNetwork, target: ArrayLike | None) -> Array:
    beta = np.eye(network.n_signal)[0] if target is None else finite("target", target, ndim=1)
    if beta.shape != (network.n_signal,):
        raise ValueError(f"target must have n_signal = {network.n_signal} entries, got {beta.size}")
    if abs(beta @ beta - 1.0) > 1e-12:
        raise ValueError(f"target must have unit norm, got {told(1, np.linalg.norm(beta))[1]}")
    return beta


def _precision_from_law(network: LinearNetwork, rng: np.random.Generator) -> Array:
    k, spare = network.n_signal, network.bulk_dim - network.width
    features = _bartlett_rows(rng, network.width, 0, k)  # C with U₁ᵀU₁ = CCᵀ
    bulk = _bartlett_rows(rng, spare + k, 0, k)
    whitened = solve_triangular(bulk, features.T, lower=True)
    return cast(Array, whitened.T @ whitened)


def _precision_from_wishart(network: LinearNetwork, rng: np.random.Generator) -> Array:
    m, block = network.width, 512
    features = rng.standard_normal((m, network.n_signal))
    whitened = np.empty_like(features)  # T⁻¹U₁, row block by row block
    for start in range(0, m, block):
        stop = min(start + block, m)
        rows = _bartlett_rows(rng, network.bulk_dim, start, stop)
        rest = features[start:stop] - rows[:, :start] @ whitened[:start]
        whitened[start:stop] = solve_triangular(rows[:, start:], rest, lower=True)
    return whitened.T @ whitened


def _precision_from_features(network: LinearNetwork, rng: np.random.Generator) -> Array:
    signal = rng.standard_normal((network.width, network.n_signal))
    bulk = rng.standard_normal((network.width, network.bulk_dim))
    return signal.T @ np.linalg.solve(bulk @ bulk.T, signal)


_SIGNAL_PRECISION = {
    "law": _precision_from_law,
    "wishart": _precision_from_wishart,
    "features": _precision_from_features,
}


def _bartlett_rows(rng: np.random.Generator, dof: float, start: int, stop: int) -> Array:
    """Rows ``start … stop − 1`` of a lower triangular ``T`` with ``TTᵀ ~ Wishart(dof, I)``."""
    rows = np.zeros((stop - start, stop))
    rows[:, :start] = rng.standard_normal((stop - start, start))
    square = np.tril(rng.standard_normal((stop - start, stop - start)), -1)
    np.fill_diagonal(square, np.sqrt(rng.chisquare(dof - np.arange(start, stop, dtype=float))))
    rows[:, start:] = square
    return rows


def linear_error_quantile(network: LinearNetwork, probability: ArrayLike) -> Array:
    """Exact quantile of the teacher's error for one signal coordinate.

    ``L_TE`` has the law of ``sY/(sY + X)`` with independent ``X ~ χ²_M``, ``Y ~ χ²_{D−M+1}``.

    Parameters
    ----------
    network : LinearNetwork
        Network with ``n_signal = 1``.
    probability : array_like
        Probabilities in [0, 1].

    Returns
    -------
    array, shape of `probability`
        Quantiles of ``L_TE``.

    Raises
    ------
    ValueError
        If the network has more than one signal coordinate or a probability leaves [0, 1].

    Notes
    -----
    Derived in this companion: Sherman–Morrison, and ``uᵀW⁻¹u ~ ‖u‖²/χ²_{D−M+1}`` for a Wishart
    matrix ``W`` independent of ``u``.

    Examples
    --------
    >>> median = linear_error_quantile(linear_scaling(10**8), 0.5)
    >>> round(float(median) * 1e4, 3)
    1.0
    """
    s, m, dof = _single_signal(network)
    x_over_y = (m / dof) * stats.f.isf(between("probability", probability, 0.0, 1.0), m, dof)
    return np.asarray(s / (s + x_over_y))


def linear_error_moments(network: LinearNetwork) -> tuple[float, float]:
    """Exact mean and second moment of the teacher's error for one signal coordinate.

    ``E L_TE^p = ∫₀^∞ u^{p−1} E[(sY)^p e^{−usY}] E[e^{−uX}] du``, ``p = 1, 2``, with the
    chi-squares of `linear_error_quantile`.

    Parameters
    ----------
    network : LinearNetwork
        Network with ``n_signal = 1``.

    Returns
    -------
    mean, second : float
        ``E L_TE`` and ``E L_TE²``; by (7) they give the expected student path exactly.

    Raises
    ------
    ValueError
        If the network has more than one signal coordinate.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> mean, second = linear_error_moments(LinearNetwork(2, 3, 1.0))   # a Beta(1, 1) variable
    >>> round(mean, 12), round(second, 12)
    (0.5, 0.333333333333)
    """
    s, m, dof = _single_signal(network)
    scale = s * dof + m

    def moment(weight: Callable[[float], float], shift: float) -> float:
        def integrand(v: float) -> float:
            u = v / scale
            decay = (0.5 * dof + shift) * np.log1p(2 * u * s) + 0.5 * m * np.log1p(2 * u)
            return weight(u) * float(np.exp(-decay)) / scale

        # math.fsum rounds once, so every Python gives the same; sum() changed with Python 3.12.
        pieces = [0.0, 1.0, 5.0, 40.0, np.inf]
        return math.fsum(
            float(integrate.quad(integrand, low, high, epsabs=0.0, epsrel=1e-11, limit=200)[0])
            for low, high in pairwise(pieces)
        )

    return moment(lambda u: s * dof, 1), moment(lambda u: u * s * s * dof * (dof + 2), 2)


def best_student_law(network: LinearNetwork, *, slices: int = 400) -> tuple[Array, Array]:
    """Means and standard deviations of teachers and their best stopped, infinitely wide students.

    ``L_ST = min_t (7)`` at the middles of equal slices of the law of ``L_TE``; no random numbers.

    Parameters
    ----------
    network : LinearNetwork
        Network with ``n_signal = 1``.
    slices : int
        Number of slices.

    Returns
    -------
    means, deviations : array of shape (3,)
        Of ``L_TE`` (by `linear_error_moments`), ``L_ST`` and ``L_ST/L_TE²``.

    Raises
    ------
    ValueError
        If the network has more than one signal coordinate or there is no slice.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> means, _ = best_student_law(linear_scaling(10**8))
    >>> float(means[2].round(2))
    1.0
    """
    n = integer("slices", slices, low=1)
    error = linear_error_quantile(network, (np.arange(n) + 0.5) / n)
    s = network.bulk_eigenvalue
    best = best_stop(lambda t: linear_path(error[:, None], s, t)).loss
    values = np.array([error, best, best / error**2])
    means, deviations = values.mean(axis=1), values.std(axis=1)
    means[0], second = linear_error_moments(network)
    deviations[0] = np.sqrt(second - means[0] ** 2)
    return means, deviations


def _single_signal(network: LinearNetwork) -> tuple[float, float, float]:
    if network.n_signal != 1:
        raise ValueError(f"n_signal must be 1 for the scalar law, got {network.n_signal}")
    return (
        network.bulk_eigenvalue,
        float(network.width),
        float(network.bulk_dim - network.width + 1),
    )
