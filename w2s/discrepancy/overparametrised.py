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

from w2s._checks import Array, above, at_least, finite, integer
from w2s.discrepancy.ridgeless import Risks, inverse_excess, product
from w2s.discrepancy.subspaces import Geometry, as_chain

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
    return np.asarray(few / d), outer, np.asarray(product(lost, signal) + product(rate, noise))


def ridge_moments(
    dimension: int, samples: ArrayLike, signal: ArrayLike, noise: ArrayLike, *, ridge: ArrayLike
) -> Moments:
    """Moments ``(m, α, γ)`` of ridge regression in the proportional limit.

    For the objective ``|y - Ψθ|²/n + λ|θ|²``: with ``κ >= 0`` solving
    ``λ = κ (1 - (d/n)/(1+κ))`` and ``m = 1/(1+κ)``,
    ``α = m²`` and ``γ = m² (ν + κ²m²|b|²)/(n (1 - (d/n) m²))``.

    Parameters
    ----------
    dimension, samples, signal, noise
        As in `min_norm_moments`.
    ridge : array_like
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
    penalty = above("ridge", ridge, 0)
    half = (d / n + penalty - 1) / 2
    root = np.hypot(half, np.sqrt(penalty))
    kappa = np.where(half > 0, half + root, penalty / (root - np.minimum(half, 0)))
    m = 1 / (1 + kappa)
    left = finite("noise", noise) + (kappa * m) ** 2 * finite("signal", signal)
    return np.asarray(m), np.asarray(m**2), np.asarray(m**2 * left / (n - d * m**2))


def min_norm_risks(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> Risks:
    """Exact population risks of minimum-norm models at every ``n`` and ``N``.

    Agrees with `ridgeless.risks` where that applies; ``inf`` at the edges ``d-1 … d+1``.

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
    >>> min_norm_risks(g, [20, 40, 60], 60, 1.0).teacher.round(3)
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
    ridge_weak: ArrayLike,
    ridge_strong: ArrayLike,
) -> Risks:
    """Return the population risks of ridge models, in the proportional limit (see `ridge_moments`).

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise
        As in `min_norm_risks`.
    ridge_weak, ridge_strong : array_like
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
    >>> ridge_risks(g, [20, 40, 60], 60, 1.0, ridge_weak=0.5, ridge_strong=0.1).teacher.round(2)
    array([0.9 , 0.67, 0.51])
    """
    weak, strong = (partial(ridge_moments, ridge=x) for x in (ridge_weak, ridge_strong))
    return _fitted_risks(geometry, n_labelled, n_unlabelled, noise, weak, strong)


def chain_risks(
    bases: Sequence[ArrayLike],
    samples: Sequence[ArrayLike],
    target: ArrayLike,
    noise: ArrayLike,
) -> Array:
    """Exact population risks of a chain: each model is trained on its predecessor's labels.

    With ``C_k = A_kᵀA_{k-1}``: ``E θ_k = C_k E θ_{k-1}`` and
    ``E θ_kθ_kᵀ = C_k M_{k-1} C_kᵀ + tr((I - C_kᵀC_k) M_{k-1})/(N_k-d_k-1) I``. The first model
    learns from noisy true labels.

    Parameters
    ----------
    bases : sequence of arrays of shape (r, d_k)
        Orthonormal bases ``A_0, A_1, …`` of the feature spaces.
    samples : sequence of array_like
        Fresh sample sizes ``N_0 = n, N_1, …``, each above ``d_k - 2``; they broadcast.
    target : array_like of shape (r,)
        The coefficients ``β``.
    noise : array_like
        ``σ²``.

    Returns
    -------
    array of shape (len(bases), ...)
        The excess risk of every model, for the common shape of sizes and noise; ``inf`` from an
        edge on.

    Raises
    ------
    ValueError
        If lengths differ, the chain is empty, a basis is not orthonormal or of another number of
        rows, or a sample is too small.

    Notes
    -----
    Derived in this companion, for Gaussian features.

    Examples
    --------
    >>> eye = np.eye(4)
    >>> chain_risks([eye[:, :3], eye[:, 1:]], [14, [24, 1004]], [0, 1, 1, 0], noise=1.0).round(4)
    array([[0.3   , 0.3   ],
           [0.215 , 0.2003]])
    """
    spaces, beta = as_chain(bases, samples, target)
    sizes = [at_least(f"samples[{k}]", size, 1) for k, size in enumerate(samples)]
    s2, *sizes = np.broadcast_arrays(at_least("noise", noise, 0), *sizes)
    mean = spaces[0].T @ beta
    second, fresh = np.outer(mean, mean), s2 + (beta @ beta - mean @ mean)
    out, ended = np.empty((len(spaces), *s2.shape)), np.zeros(s2.shape, dtype=bool)
    for k, (basis, size) in enumerate(zip(spaces, sizes, strict=True)):
        d = basis.shape[1]
        if k:
            cross = basis.T @ spaces[k - 1]
            seen = cross @ second @ cross.T
            fresh = np.trace(second, axis1=-2, axis2=-1) - np.trace(seen, axis1=-2, axis2=-1)
            mean, second = cross @ mean, seen
        excess = inverse_excess(size, d, f"samples[{k}]", f"d_{k}")
        spread = product(excess, np.maximum(fresh, 0.0))
        ended = ended | ~np.isfinite(spread)
        second = second + np.where(ended, 0.0, spread)[..., None, None] * np.eye(d)
        risk = np.trace(second, axis1=-2, axis2=-1) - 2 * (basis.T @ beta) @ mean + beta @ beta
        out[k] = np.where(ended, np.inf, risk)
    return out


def chain_limit(
    bases: Sequence[ArrayLike], n_labelled: ArrayLike, target: ArrayLike, noise: ArrayLike
) -> Array:
    """Risk at the end of a chain whose students have endless unlabelled data.

    ``|β - P_K⋯P_0 β|² + τ² |C_K⋯C_1|²`` with ``τ² = (σ²+ρ_0)/(n-d_0-1)``: what survives all
    projections, of the signal as of the teacher's error.

    Parameters
    ----------
    bases, target, noise
        As in `chain_risks`.
    n_labelled : array_like
        Labels of the first model.

    Returns
    -------
    array
        The excess risk of the last model; ``inf`` on ``d_0-1 <= n <= d_0+1``.

    Raises
    ------
    ValueError
        As `chain_risks`.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> eye = np.eye(4)
    >>> float(chain_limit([eye[:, :3], eye[:, 1:]], 14, [0, 1, 1, 0], noise=1.0))
    0.2
    """
    spaces, beta = as_chain(bases, [n_labelled] * len(bases), target)
    passed = spaces[0]
    for basis in spaces[1:]:
        passed = basis @ (basis.T @ passed)
    inside, d = spaces[0].T @ beta, spaces[0].shape[1]
    energy = at_least("noise", noise, 0) + max(float(beta @ beta - inside @ inside), 0.0)
    excess = inverse_excess(at_least("n_labelled", n_labelled, 1), d, "n_labelled", "d_0")
    lost = beta - passed @ inside
    return np.asarray(lost @ lost + product(product(excess, energy), np.sum(passed**2)))


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
    visible = outer * both + product(spread, g.overlap)
    hidden = outer * (in_weak - both) + product(spread, g.discrepancy)
    p, p_outer, p_spread = strong(g.d_strong, big_n, visible, hidden)
    student = g.rho_strong + in_strong - 2 * p * m * aligned
    return Risks.common(
        single(g.d_weak, n, g.rho_weak, in_weak, weak),
        student + product(p_outer, visible) + g.d_strong * p_spread,
        single(g.d_strong, n, g.rho_strong, in_strong, strong),
        single(g.d_strong, n + big_n, g.rho_strong, in_strong, strong),
    )
