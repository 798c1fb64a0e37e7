"""Beyond enough samples: minimum-norm solutions, ridge, and chains of students.

Isotropic (whitened) Gaussian features. A fit maps coefficients ``b`` and label noise ``ν`` to an
estimate ``θ`` with ``E θ = m b`` and ``E θθᵀ = α bbᵀ + γ I``; the risks need these moments only.
Derived in this companion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, at_least, finite, integer
from w2s.ridgeless import Risks, inverse_excess, times
from w2s.subspaces import Geometry, as_target

Moments = tuple[Array, Array, Array]
Fit = Callable[[int, ArrayLike, ArrayLike, ArrayLike], Moments]


def min_norm_moments(
    dimension: int, samples: ArrayLike, signal: ArrayLike, noise: ArrayLike
) -> Moments:
    """Moments ``(m, α, γ)`` of the minimum-norm least-squares estimate, at any sample size.

    For ``n < d-1``: ``m = n/d``, ``α = n(dn+d-2)/(d(d-1)(d+2))`` and
    ``γ = n(d-n)/(d(d-1)(d+2)) |b|² + ν (n/d)/(d-n-1)``. For ``n > d+1``: ``m = α = 1`` and
    ``γ = ν/(n-d-1)``. In between, ``γ = inf`` unless ``ν = 0``.

    Parameters
    ----------
    dimension : int
        ``d``.
    samples, signal, noise : array_like
        ``n``, ``|b|²`` and ``ν``; they broadcast.

    Returns
    -------
    mean, outer, spread : array
        ``m``, ``α`` and ``γ``.

    Raises
    ------
    ValueError
        If a value is negative.

    Examples
    --------
    >>> [float(x) for x in min_norm_moments(5, 8, signal=1.0, noise=1.0)]
    [1.0, 1.0, 0.5]
    """
    d, n = integer("dimension", dimension), at_least("samples", samples, 1)
    few, scale = np.minimum(n, d), max(d * (d - 1) * (d + 2), 1)
    outer = np.where(n < d, few * (d * few + d - 2) / scale, 1.0)
    lost = np.where(n < d, few * (d - few) / scale, 0.0)
    gap = np.abs(n - d) - 1
    rate = np.divide(few / d, gap, out=np.full(gap.shape, np.inf), where=gap > 0)
    return np.asarray(few / d), outer, np.asarray(times(lost, signal) + times(rate, noise))


def ridge_moments(
    dimension: int, samples: ArrayLike, signal: ArrayLike, noise: ArrayLike, *, ridge: float
) -> Moments:
    """Moments ``(m, α, γ)`` of ridge regression in the proportional limit.

    For the objective ``|y - Ψθ|²/n + λ|θ|²``: with ``κ >= 0`` solving
    ``λ = κ (1 - (d/n)/(1+κ))`` and ``m = 1/(1+κ)``,
    ``α = m²`` and ``γ = m² (ν + κ²m²|b|²)/(n (1 - (d/n) m²))``.

    Parameters
    ----------
    dimension, samples, signal, noise
        As in `min_norm_moments`.
    ridge : float
        ``λ > 0``.

    Returns
    -------
    mean, outer, spread : array
        ``m``, ``α`` and ``γ``.

    Raises
    ------
    ValueError
        If ``λ <= 0`` or a value is negative.

    Notes
    -----
    A deterministic equivalent: exact as ``d, n`` grow together, within a few percent at ``d = 20``.

    Examples
    --------
    >>> [round(float(x), 4) for x in ridge_moments(40, 80, signal=1.0, noise=1.0, ridge=0.1)]
    [0.8517, 0.7253, 0.0145]
    """
    d, n = integer("dimension", dimension), at_least("samples", samples, 1)
    if not 0 < ridge < np.inf:
        raise ValueError(f"ridge must be positive and finite, got {ridge}")
    half = (d / n + ridge - 1) / 2
    root = np.hypot(half, np.sqrt(ridge))
    kappa = np.where(half > 0, half + root, ridge / (root - np.minimum(half, 0)))
    m = 1 / (1 + kappa)
    left = np.asarray(noise, dtype=float) + (kappa * m) ** 2 * np.asarray(signal, dtype=float)
    return np.asarray(m), np.asarray(m**2), np.asarray(m**2 * left / (n - d * m**2))


def min_norm_risks(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> Risks:
    """Exact population risks of minimum-norm models at every ``n`` and ``N``.

    Agrees with `w2s.ridgeless.risks` where that applies; ``inf`` at the edges ``d-1 … d+1``.

    Parameters
    ----------
    geometry : Geometry
        The two feature spaces; `signal` must be set.
    n_labelled, n_unlabelled, noise : array_like
        ``n``, ``N`` and ``σ²``; they broadcast.

    Returns
    -------
    Risks
        Four arrays of the common broadcast shape.

    Raises
    ------
    ValueError
        If `geometry` has no signal or a value is negative.

    Examples
    --------
    >>> g = Geometry(20, 40, overlap=10, signal=1.0)
    >>> min_norm_risks(g, [20, 40, 60], 60, 1.0).weak.round(3)
    array([1.553,   inf, 2.105])
    """
    fit = min_norm_moments
    return _fitted_risks(geometry, n_labelled, n_unlabelled, noise, fit, fit)


def ridge_risks(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    ridge_weak: float,
    ridge_strong: float,
) -> Risks:
    """Return the population risks of ridge models, in the proportional limit (see `ridge_moments`).

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise
        As in `min_norm_risks`.
    ridge_weak, ridge_strong : float
        Positive penalties of the teacher and of the three strong models.

    Returns
    -------
    Risks
        Four arrays of the common broadcast shape.

    Raises
    ------
    ValueError
        If a penalty is not positive, `geometry` has no signal, or a value is negative.

    Examples
    --------
    >>> g = Geometry(20, 40, overlap=10, signal=1.0)
    >>> ridge_risks(g, [20, 40, 60], 60, 1.0, ridge_weak=0.5, ridge_strong=0.1).weak.round(2)
    array([0.9 , 0.67, 0.51])
    """
    weak, strong = (partial(ridge_moments, ridge=x) for x in (ridge_weak, ridge_strong))
    return _fitted_risks(geometry, n_labelled, n_unlabelled, noise, weak, strong)


def chain_risks(
    bases: Sequence[ArrayLike], samples: Sequence[int], target: ArrayLike, noise: float
) -> Array:
    """Exact population risks of a chain: each model is trained on its predecessor's labels.

    With ``C_k = A_kᵀA_{k-1}``: ``E θ_k = C_k E θ_{k-1}`` and
    ``E θ_kθ_kᵀ = C_k M_{k-1} C_kᵀ + tr((I - C_kᵀC_k) M_{k-1})/(N_k-d_k-1) I``. The first model
    learns from noisy true labels.

    Parameters
    ----------
    bases : sequence of arrays of shape (r, d_k)
        Orthonormal bases ``A_0, A_1, …`` of the feature spaces.
    samples : sequence of int
        Fresh sample sizes ``N_0 = n, N_1, …``, each above ``d_k - 2``.
    target : array_like of shape (r,)
        The coefficients ``β``.
    noise : float
        ``σ²``.

    Returns
    -------
    array of shape (len(bases),)
        The excess risk of every model; ``inf`` from an edge on.

    Raises
    ------
    ValueError
        If lengths differ, the chain is empty, or a sample is too small.

    Examples
    --------
    >>> eye = np.eye(4)
    >>> chain_risks([eye[:, :3], eye[:, 1:]], [14, 24], [0, 1, 1, 0], noise=1.0).round(4)
    array([0.3  , 0.215])
    """
    spaces = [finite("bases", basis, ndim=2) for basis in bases]
    if not spaces or len(spaces) != len(samples):
        raise ValueError(
            f"bases and samples must have one entry per model, got {len(spaces)}, {len(samples)}"
        )
    beta = as_target(target, len(spaces[0]))
    inside = spaces[0].T @ beta
    mean, second = inside, np.outer(inside, inside)
    fresh = float(at_least("noise", noise, 0)) + float(beta @ beta - inside @ inside)
    out: list[float] = []
    for k, (basis, size) in enumerate(zip(spaces, samples, strict=True)):
        d = basis.shape[1]
        if k:
            cross = basis.T @ spaces[k - 1]
            seen = cross @ second @ cross.T
            fresh = float(np.trace(second) - np.trace(seen))
            mean, second = cross @ mean, seen
        excess = inverse_excess(np.asarray(float(size)), d, f"samples[{k}]", f"d_{k}")
        spread = times(excess, max(fresh, 0.0))
        if not np.isfinite(spread):
            return np.array(out + [np.inf] * (len(spaces) - k))
        second = second + spread * np.eye(d)
        out.append(float(np.trace(second) - 2 * (basis.T @ beta) @ mean + beta @ beta))
    return np.array(out)


def _fitted_risks(
    g: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    weak: Fit,
    strong: Fit,
) -> Risks:
    if g.signal is None:
        raise ValueError("geometry.signal must be set: shrinkage depends on the target's size")
    n, big_n = at_least("n_labelled", n_labelled, 1), at_least("n_unlabelled", n_unlabelled, 1)
    s2 = at_least("noise", noise, 0)
    in_weak, in_strong = g.signal - g.rho_weak, g.signal - g.rho_strong
    both = max(in_weak - g.invisible, 0.0)
    aligned = (in_strong + both - g.inherited) / 2

    def single(d: int, size: Array, rho: float, inside: float, fit: Fit) -> Array:
        m, outer, spread = fit(d, size, inside, s2 + rho)
        return np.asarray(rho + (outer - 2 * m + 1) * inside + d * spread)

    m, outer, spread = weak(g.d_weak, n, in_weak, s2 + g.rho_weak)
    visible = outer * both + times(spread, g.overlap)
    hidden = outer * (in_weak - both) + times(spread, g.discrepancy)
    p, p_outer, p_spread = strong(g.d_strong, big_n, visible, hidden)
    student = g.rho_strong + in_strong - 2 * p * m * aligned
    return Risks.common(
        single(g.d_weak, n, g.rho_weak, in_weak, weak),
        student + times(p_outer, visible) + g.d_strong * p_spread,
        single(g.d_strong, n, g.rho_strong, in_strong, strong),
        single(g.d_strong, n + big_n, g.rho_strong, in_strong, strong),
    )
