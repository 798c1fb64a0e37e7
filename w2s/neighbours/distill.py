"""Ridge regression taught by ridge regression: on the same data, or on fresh inputs.

Objective ``|y - Xθ|²/n + λ|θ|²`` with ``X`` of shape (n, d) and ``G = XᵀX/n``, so that
``θ̂ = (G + λ)⁻¹Xᵀy/n``. Risks are excess risks ``(θ - β)ᵀΣ(θ - β)``, without a factor ½.
Derived in this companion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from w2s._checks import Array, above, at_least, finite, integer
from w2s.discrepancy.overparametrised import ridge_moments


@dataclass(frozen=True, eq=False)
class SelfDistillation:
    """A ridge teacher at several penalties, and its student on a mixture of its labels and truth.

    The student is fitted with the same ``X`` and ``λ`` to ``(1-ξ)y + ξXθ̂``. Its risk is the
    parabola ``R + ξ λR' + ξ² D``.

    Attributes
    ----------
    ridge : array of shape (k,)
        Penalties ``λ``.
    risk, slope : array of shape (k,)
        The teacher's excess risk ``R(λ)`` and its derivative ``R'(λ)``.
    distance : array of shape (k,)
        ``D = λ²|dθ̂/dλ|²_Σ``, squared distance from the teacher to its pure student (``ξ = 1``).

    Examples
    --------
    >>> one = np.array([1.0])
    >>> found = SelfDistillation(ridge=2 * one, risk=one, slope=-0.1 * one, distance=0.1 * one)
    >>> found.best_mixture, found.best_risk
    (array([1.]), array([0.9]))
    """

    ridge: Array
    risk: Array
    slope: Array
    distance: Array

    @property
    def best_mixture(self) -> Array:
        """Best ``ξ* = -λR'/(2D)``, 0 where the teacher is 0; an oracle, which knows ``β``."""
        rate = self.ridge * self.slope
        return -np.divide(rate, 2 * self.distance, np.zeros_like(rate), where=self.distance > 0)

    @property
    def best_risk(self) -> Array:
        """Risk at the best mixture, ``R - (λR')²/(4D)``."""
        return self.mixed(self.best_mixture)

    def mixed(self, mixture: ArrayLike) -> Array:
        """Risk of the student of mixed labels, ``R + ξλR' + ξ²D``."""
        share = finite("mixture", mixture)
        return np.asarray(self.risk + share * self.ridge * self.slope + share**2 * self.distance)

    @classmethod
    def mean(cls, samples: Sequence[SelfDistillation]) -> SelfDistillation:
        """Means over samples with the same penalties: one mixture must do for all of them."""
        if not samples:
            raise ValueError("samples must hold at least one SelfDistillation, got none")
        names = ("ridge", "risk", "slope", "distance")
        return cls(*(np.mean([getattr(one, name) for one in samples], axis=0) for name in names))


def ridge_path(inputs: ArrayLike, labels: ArrayLike, ridges: ArrayLike) -> Array:
    """Ridge coefficients ``(G + λ)⁻¹Xᵀy/n`` at several penalties, by one decomposition.

    Parameters
    ----------
    inputs : array_like of shape (n, d)
        ``X``.
    labels : array_like of shape (n,)
        ``y``.
    ridges : array_like of shape (k,)
        Penalties ``λ > 0``.

    Returns
    -------
    array of shape (k, d)
        One row for each penalty.

    Raises
    ------
    ValueError
        If a penalty is not positive, the lengths of inputs and labels differ, or an entry is not
        finite.

    Examples
    --------
    >>> ridge_path([[1.0, 0.0], [0.0, 2.0]], [2.0, 2.0], [0.5]).round(3)
    array([[1. , 0.8]])
    """
    roots, basis, along, penalties = _decomposed(inputs, labels, ridges)
    return np.asarray((along / (roots + penalties)) @ basis.T)


def self_distillation(
    inputs: ArrayLike,
    labels: ArrayLike,
    ridges: ArrayLike,
    covariance: ArrayLike,
    target: ArrayLike,
) -> SelfDistillation:
    """Risk, slope and best mixture of self-distilled ridge regression, on given data.

    With ``dθ̂/dλ = -(G + λ)⁻¹θ̂`` the pure student is
    ``(G + λ)⁻¹Gθ̂ = θ̂ + λ dθ̂/dλ``, so mixed labels give ``θ̂ + ξλ dθ̂/dλ``, and any quadratic risk
    has the slope ``λR'(λ)`` at ``ξ = 0``.

    Parameters
    ----------
    inputs : array_like of shape (n, d)
        ``X``.
    labels : array_like of shape (n,)
        ``y``.
    ridges : array_like of shape (k,)
        Penalties ``λ > 0``.
    covariance : array_like of shape (d, d)
        ``Σ`` of fresh inputs, symmetric and positive semidefinite; any, not only that of `inputs`.
    target : array_like of shape (d,)
        ``β``.

    Returns
    -------
    SelfDistillation
        Arrays over the penalties.

    Raises
    ------
    ValueError
        As `ridge_path`, or if `covariance` or `target` does not fit to the inputs or `covariance`
        is not symmetric.

    References
    ----------
    Source: Dang, Patil, Rinaldo 2026 (arXiv:2602.17565); the abstract has the sign of ``ξ*``, the
    formulas are derived here.

    Examples
    --------
    >>> found = self_distillation([[1.0], [1.0]], [1.0, 3.0], [1.0], [[1.0]], [2.0])
    >>> float(found.risk[0]), float(found.best_mixture[0]), float(found.best_risk[0])
    (1.0, -2.0, 0.0)
    """
    roots, basis, along, penalties = _decomposed(inputs, labels, ridges)
    d = len(roots)
    sigma, beta = finite("covariance", covariance, ndim=2), finite("target", target, ndim=1)
    if sigma.shape != (d, d):
        raise ValueError(f"covariance must have shape {(d, d)}, got {sigma.shape}")
    skew = np.abs(sigma - sigma.T).max()
    if skew > 1e-12 * np.abs(sigma).max():
        raise ValueError(f"covariance must be symmetric, got entries {skew:g} apart")
    if beta.shape != (d,):
        raise ValueError(f"target must have d = {d} entries, got {beta.size}")
    fit = (along / (roots + penalties)) @ basis.T
    turn = -(along / (roots + penalties) ** 2) @ basis.T
    off, seen = fit - beta, turn @ sigma
    risk, slope, turned = (
        (a * b).sum(axis=1) for a, b in ((off @ sigma, off), (seen, off), (seen, turn))
    )
    ridge = penalties[:, 0]
    return SelfDistillation(ridge, risk, 2 * slope, ridge**2 * turned)


def stationary_ridge(
    inputs: ArrayLike,
    labels: ArrayLike,
    covariance: ArrayLike,
    target: ArrayLike,
    *,
    low: float,
    high: float,
) -> float:
    """Penalty between `low` and `high` at which the teacher's risk is stationary, ``R' = 0``.

    Parameters
    ----------
    inputs, labels, covariance, target
        As in `self_distillation`.
    low, high : float
        Penalties at which the risk falls and rises, or rises and falls.

    Returns
    -------
    float
        The penalty, to 12 digits.

    Raises
    ------
    ValueError
        As `self_distillation`, or if the slope has one sign at both ends.

    Examples
    --------
    >>> round(stationary_ridge([[1.0], [1.0]], [2.0, 4.0], [[1.0]], [2.0], low=0.1, high=9), 12)
    0.5
    """

    def slope(log_ridge: float) -> float:
        at = [np.exp(log_ridge)]
        return float(self_distillation(inputs, labels, at, covariance, target).slope[0])

    first, last = (np.log(float(above(name, x, 0))) for name, x in (("low", low), ("high", high)))
    if (slope(first) > 0) == (slope(last) > 0):
        raise ValueError(
            f"the slope of the risk must change its sign between low and high, got "
            f"{slope(first):.3g} at {low:g} and {slope(last):.3g} at {high:g}"
        )
    return float(np.exp(brentq(slope, first, last)))


def mean_teacher(
    dimension: int, samples: ArrayLike, signal: ArrayLike, noise: ArrayLike, *, ridge: ArrayLike
) -> tuple[Array, Array]:
    """Mean energy ``E|θ̂|²`` and inner product ``E<θ̂, β>`` of isotropic ridge teachers.

    ``m²B + dv`` and ``mB`` of `ridge_moments`: what `outside_ball` and `best_scale` ask for.

    Parameters
    ----------
    dimension, samples, signal, noise, ridge
        As in `ridge_moments`.

    Returns
    -------
    energy, inner : array
        In the common broadcast shape.

    Raises
    ------
    ValueError
        As `ridge_moments`.

    Examples
    --------
    >>> energy, inner = mean_teacher(60, 120, 1.0, 1.0, ridge=[0.1, 0.5])
    >>> (energy - inner).round(3) + 0.0
    array([0.455, 0.   ])
    """
    m, outer, spread = ridge_moments(dimension, samples, signal, noise, ridge=ridge)
    size = np.asarray(signal, dtype=float)  # which ridge_moments has checked
    return np.asarray(outer * size + dimension * spread), np.asarray(m * size)


def bayes_ridge(dimension: int, samples: ArrayLike, signal: ArrayLike, noise: ArrayLike) -> Array:
    """Penalty at which isotropic ridge regression is the posterior mean, ``λ° = σ²d/(nB)``.

    For inputs whose law no rotation changes, at every ``n`` and ``d``,
    ``E<θ̂, θ̂ - β> = (B/d)(λ° - λ) E Σ_i g_i/(g_i + λ)²`` with the eigenvalues ``g_i`` of ``G``:
    the mean teacher is outside the ball with diameter ``[0, β]`` below ``λ°``, inside it above.

    Parameters
    ----------
    dimension : int
        ``d``.
    samples, signal, noise : array_like
        ``n``, ``B = |β|² > 0`` and ``σ²``; they broadcast.

    Returns
    -------
    array
        ``λ°``.

    Raises
    ------
    ValueError
        If ``n < 1``, ``B <= 0`` or ``σ² < 0``.

    Examples
    --------
    >>> float(bayes_ridge(60, 120, signal=1.0, noise=1.0))
    0.5
    """
    d, n = integer("dimension", dimension), at_least("samples", samples, 1)
    return np.asarray(at_least("noise", noise, 0) * d / (n * above("signal", signal, 0)))


def scaled_risk(target: ArrayLike, mean: float, spread: float, scales: ArrayLike) -> Array:
    """Risk of a teacher whose coordinates are rescaled one by one.

    A teacher ``θ̂`` with ``Eθ̂ = mβ`` and covariance ``vI`` (`ridge_moments`) gives
    ``Σ_i (1 - c_i m)²β_i² + c_i²v`` for isotropic inputs. A student with endless inputs and a
    penalty ``λw_i >= 0`` on coordinate ``i`` has ``c_i = 1/(1 + λw_i)``, in ``[0, 1]``.

    Parameters
    ----------
    target : array_like of shape (d,)
        ``β``.
    mean, spread : float
        ``m`` and ``v >= 0``.
    scales : array_like of shape (..., d)
        ``c``; a number stands for all coordinates.

    Returns
    -------
    array
        The risk, for every row of `scales`.

    Raises
    ------
    ValueError
        If ``v < 0``, an entry is not finite, or the shapes do not fit.

    Examples
    --------
    >>> scaled_risk([1.0, 0.0], 0.5, 0.25, [[1.0, 1.0], [1.0, 0.0]])
    array([0.75, 0.5 ])
    """
    beta, c = finite("target", target, ndim=1), finite("scales", scales)
    m, v = finite("mean", mean, ndim=0), at_least("spread", spread, 0)
    if c.ndim and c.shape[-1] != beta.size:
        raise ValueError(f"scales must have d = {beta.size} entries a row, got {c.shape[-1]}")
    return np.asarray(((1 - c * m) ** 2 * beta**2 + c**2 * v).sum(axis=-1))


def aligned_scales(target: ArrayLike, mean: float, spread: float) -> Array:
    """Best scale of every coordinate of a teacher, ``c_i = mβ_i²/(m²β_i² + v)``.

    It minimises `scaled_risk`. Where it exceeds one no penalty reaches it; the best weighted ridge
    student has ``min(c_i, 1)``.

    Parameters
    ----------
    target, mean, spread
        As in `scaled_risk`; ``m`` and ``v`` positive.

    Returns
    -------
    array of shape (d,)
        ``c``.

    Raises
    ------
    ValueError
        If ``m`` or ``v`` is not positive or an entry is not finite.

    Examples
    --------
    >>> aligned_scales([1.0, 0.0], 0.5, 0.25)
    array([1., 0.])
    """
    energy = finite("target", target, ndim=1) ** 2
    m, v = above("mean", mean, 0), above("spread", spread, 0)
    return np.asarray(m * energy / (m**2 * energy + v))


def _decomposed(
    inputs: ArrayLike, labels: ArrayLike, ridges: ArrayLike
) -> tuple[Array, Array, Array, Array]:
    """Eigenvalues and basis of ``G``, ``Xᵀy/n`` in that basis, and the penalties as a column."""
    x, y = finite("inputs", inputs, ndim=2), finite("labels", labels, ndim=1)
    if len(x) != len(y) or x.size == 0:
        raise ValueError(f"labels must have one entry a row of inputs {x.shape}, got {len(y)}")
    penalties = above("ridges", finite("ridges", ridges, ndim=1), 0)[:, None]
    roots, basis = np.linalg.eigh(x.T @ x / len(x))
    return np.maximum(roots, 0.0), basis, x.T @ y @ basis / len(x), penalties
