"""Labels from a wrong model: what they should be, so that a student with few samples errs least.

A student of ``p`` Gaussian features with covariance ``diag(λ)`` fits ``n`` noisy labels exactly, by
the shortest coefficients. The labels follow a surrogate ``βˢ``, the test follows the truth ``β*``.
In each direction ``i`` the truth has the energy ``e_i = λ_i β*_i²``, and the surrogate is
``x_i = βˢ_i/β*_i`` times the truth. Everything here is a deterministic equivalent, exact when ``p``
and ``n`` grow together, and derived in this companion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above, at_least, finite, generator, integer
from w2s.neighbours.power_law import Spectrum, effective_ridge


def surrogate_risk(
    eigenvalues: ArrayLike,
    energies: ArrayLike,
    n_samples: int,
    ratios: ArrayLike,
    noise: float = 0.0,
) -> Array:
    r"""Excess risk of the student that learned from surrogate labels.

    .. math::
        \mathrm{ER} = \sum_i e_i \bigl(1-(1-\zeta_i)x_i\bigr)^2
        + \frac{\Gamma}{1-\Gamma}\Bigl(\sum_i e_i \zeta_i^2 x_i^2 + \sigma^2\Bigr)

    Parameters
    ----------
    eigenvalues, energies : array_like, shape (p,)
        Positive eigenvalues of the features' covariance, and the truth's energy in each direction
        (the square of the labels' unit).
    n_samples : int
        Labels ``n``, fewer or more than ``p``.
    ratios : array_like, shape (..., p)
        What the labels hold of each direction; 1 for the truth, 0 for a hidden feature.
    noise : float
        Variance ``σ²`` of the label noise.

    Returns
    -------
    array, shape (...)

    Raises
    ------
    ValueError
        If ``n = p``, where the risk has no finite limit, or an argument has a wrong shape or range.

    Notes
    -----
    Derived in this companion. For ``n > p`` the student is unbiased.

    Examples
    --------
    >>> falling = np.arange(1, 501.0)
    >>> truth, hidden = np.ones(500), falling < 204
    >>> surrogate_risk(falling**-2, falling**-1.5, 200, [truth, hidden]).round(5)
    array([0.11937, 0.08966])
    """
    missed, kept = learning(eigenvalues, n_samples)
    e, x = _labelled(energies, ratios, len(missed))
    variance = float(at_least("noise", noise, 0.0))
    scattered = kept / (1 - kept) * ((missed * x) ** 2 @ e + variance)
    return np.asarray((1 - (1 - missed) * x) ** 2 @ e + scattered)


def best_surrogate(eigenvalues: ArrayLike, n_samples: int) -> Array:
    r"""Ratios of the labels that teach best; the same for every truth and every noise.

    .. math:: x_i = \frac{1-\zeta_i}{(1-\zeta_i)^2 + \frac{\Gamma}{1-\Gamma}\,\zeta_i^2}

    Directions with ``ζ_i < 1 - Γ`` are amplified, the others shrunk.

    Parameters
    ----------
    eigenvalues : array_like, shape (p,)
        Positive eigenvalues of the features' covariance.
    n_samples : int
        Labels ``n``.

    Returns
    -------
    array, shape (p,)

    Raises
    ------
    ValueError
        As `surrogate_risk`.

    Notes
    -----
    Derived in this companion: the risk is a parabola in each ratio.

    Examples
    --------
    >>> best_surrogate([1.0, 0.1, 0.001], 2).round(3), best_surrogate([1.0, 0.1, 0.001], 4)
    (array([1.009, 1.001, 0.011]), array([1., 1., 1.]))
    """
    missed, kept = learning(eigenvalues, n_samples)
    learned = 1 - missed
    return np.asarray(learned / (learned**2 + kept / (1 - kept) * missed**2))


def best_mask(eigenvalues: ArrayLike, n_samples: int) -> Array:
    """Features to keep, where a teacher can only keep the truth or hide it: ``ζ_i² < 1 - Γ``.

    Parameters
    ----------
    eigenvalues : array_like, shape (p,)
        Positive eigenvalues of the features' covariance.
    n_samples : int
        Labels ``n``.

    Returns
    -------
    array of bool, shape (p,)

    Raises
    ------
    ValueError
        As `surrogate_risk`.

    Notes
    -----
    Derived in this companion: hiding a direction changes the risk by ``e_i(1 - ζ_i²/(1-Γ))``.

    Examples
    --------
    >>> best_mask(np.arange(1, 501.0) ** -2, 200).sum()
    np.int64(203)
    """
    missed, kept = learning(eigenvalues, n_samples)
    return np.asarray(missed**2 < 1 - kept)


def learning(eigenvalues: ArrayLike, n_samples: int) -> tuple[Array, float]:
    r"""Return what the student misses of each direction, and what it keeps of a label's noise.

    ``ζ_i = κ/(λ_i+κ)`` with ``Σ λ_i/(λ_i+κ) = n``, and ``Γ = Σ(1-ζ_i)²/n``. With ``n > p`` nothing
    is missed: ``ζ = 0`` and ``Γ = p/n``.

    Parameters
    ----------
    eigenvalues : array_like, shape (p,)
        Positive eigenvalues of the features' covariance.
    n_samples : int
        Labels ``n``.

    Returns
    -------
    missed : array, shape (p,)
        Shares ``ζ_i`` between 0 and 1.
    kept : float
        ``Γ``, below 1.

    Raises
    ------
    ValueError
        As `surrogate_risk`.

    Notes
    -----
    The standard deterministic equivalent of ridgeless regression; ``κ`` is `effective_ridge`.

    Examples
    --------
    >>> missed, kept = learning(np.full(300, 2.0), 200)
    >>> print(f"{missed[0]:.4f} {kept:.4f}")
    0.3333 0.6667
    """
    lam = _spectrum(eigenvalues)
    n, p = integer("n_samples", n_samples), len(lam)
    if n > p:
        return np.zeros(p), p / n
    if n == p:
        raise ValueError(f"n_samples must differ from the number of features, got {n} for both")

    level = effective_ridge(Spectrum(lam, lam, np.ones(p)), n)
    missed = level / (lam + level)
    return missed, float(((1 - missed) ** 2).sum() / n)


def surrogate_errors(
    eigenvalues: ArrayLike,
    energies: ArrayLike,
    n_samples: int,
    ratios: ArrayLike,
    noise: float,
    trials: int,
    rng: np.random.Generator,
) -> Array:
    """Errors of simulated students, all surrogates on the same features and noise.

    Parameters
    ----------
    eigenvalues, energies, n_samples, ratios, noise
        As `surrogate_risk`.
    trials : int
        Draws of features and noise.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array, shape (trials, ...)

    Raises
    ------
    ValueError
        As `surrogate_risk`, or if `trials` or `rng` is not what it should be.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> surrogate_errors([1.0, 1.0], [1.0, 0.0], 50, [[1.0, 1.0]], 0.0, 3, rng).round(12)
    array([[0.],
           [0.],
           [0.]])
    """
    generator(rng)
    missed, _ = learning(eigenvalues, n_samples)
    lam, (e, x) = _spectrum(eigenvalues), _labelled(energies, ratios, len(missed))
    sigma = np.sqrt(float(at_least("noise", noise, 0.0)))
    truth, errors = np.sqrt(e / lam), np.empty((integer("trials", trials), *x.shape[:-1]))
    for trial in range(len(errors)):
        features = rng.standard_normal((n_samples, len(lam))) * np.sqrt(lam)
        shared = sigma * rng.standard_normal(n_samples)
        labels = (x * truth) @ features.T + shared
        errors[trial] = (_fit(features, labels) - truth) ** 2 @ lam
    return errors


def _fit(features: Array, labels: Array) -> Array:
    """Return the shortest least-squares coefficients for labels of shape (..., n)."""
    n, p = features.shape
    if n < p:
        return _solved(features @ features.T, labels) @ features
    return _solved(features.T @ features, labels @ features)


def _solved(matrix: Array, rows: Array) -> Array:
    return np.asarray(np.linalg.solve(matrix, rows[..., None])[..., 0])


def _spectrum(eigenvalues: ArrayLike) -> Array:
    return above("eigenvalues", finite("eigenvalues", eigenvalues, ndim=1), 0.0)


def _labelled(energies: ArrayLike, ratios: ArrayLike, p: int) -> tuple[Array, Array]:
    """Return energies and ratios, refusing other than one a feature."""
    e = at_least("energies", finite("energies", energies, ndim=1), 0.0)
    x = finite("ratios", ratios)
    for name, values in (("energies", e), ("ratios", x)):
        if values.shape[-1:] != (p,):
            raise ValueError(f"{name} must have {p} entries, as eigenvalues, got {values.shape}")
    return e, x
