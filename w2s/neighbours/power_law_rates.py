"""Exponents and prices on a power-law spectrum: what the sums of `power_law` tend to."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above


def exponent(alpha: ArrayLike, r: ArrayLike, *, cap: float = 2.0) -> Array:
    """Exponent ``η`` of ``L_ST ≍ L_TE^η`` for a stopped student of a projection on features.

    ``η = 2r(2α + 1)/(2αr + α + 1)``, but at least 1 (for ``r ≤ ½``) and at most 2 (``r ≥ α + 1``)

    Parameters
    ----------
    alpha : array_like
        ``α > 1``: eigenvalues ``k^{−α}``.
    r : array_like
        ``r > 0``: target energies ``k^{−2αr−1}``. A ridge student sees ``min(r, 1)`` of it.
    cap : float
        Two, the price of shrinkage; ``inf`` for filters that may amplify.

    Returns
    -------
    array

    Raises
    ------
    ValueError
        If `alpha` or `r` is out of its range.

    Notes
    -----
    Derived in this companion by counting exponents.

    Examples
    --------
    >>> exponent(1.5, [0.3, 1.0, 4.0]).round(4)
    array([1.    , 1.4545, 2.    ])
    >>> print(f"{exponent(1.5, 4.0, cap=np.inf):.4f}")
    2.2069
    """
    a, source = above("alpha", alpha, 1.0), above("r", r, 0.0)
    return np.asarray(np.clip(2 * source * (2 * a + 1) / (2 * a * source + a + 1), 1.0, cap))


def ridge_rate(alpha: ArrayLike, decay: ArrayLike) -> Array:
    """Exponent at which the error of tuned kernel ridge regression falls with its noisy labels.

    ``m/(m + 1)`` with ``m = min(q, 2α)``; for ``q ≤ 2α`` it is the minimax rate ``q/(q + 1)``.

    Parameters
    ----------
    alpha : array_like
        ``α > 1``: eigenvalues ``k^{−α}``.
    decay : array_like
        ``q > 0``: beyond mode ``k`` lies about ``k^{−q}`` of the target's energy.

    Returns
    -------
    array

    Raises
    ------
    ValueError
        If `alpha` or `decay` is out of its range.

    Notes
    -----
    Derived in this companion by counting exponents; known as the saturation of ridge regression.

    Examples
    --------
    >>> ridge_rate(1.5, [1.5, 3.0, 6.0])
    array([0.6 , 0.75, 0.75])
    """
    seen = np.minimum(above("decay", decay, 0.0), 2 * above("alpha", alpha, 1.0))
    return np.asarray(seen / (seen + 1))


def label_price(alpha: ArrayLike, decay: ArrayLike, per_label: ArrayLike) -> Array:
    """How many times the error of tuned direct regression an interpolating teacher's student has.

    ``(α + (α − 1) n/N)^{q/(q+1)}``

    Parameters
    ----------
    alpha, decay : array_like
        ``α > 1`` and ``q > 0`` as for `ridge_rate`, ``q < 2α``.
    per_label : array_like
        ``N/n > 0``, pseudo-labels for each label; ``inf`` leaves the price of interpolation.

    Returns
    -------
    array
        In the limit of many labels, above one.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    Derived in this companion, on the page of scaling laws.

    Examples
    --------
    >>> label_price(2.0, 1.5, [0.25, 1, 100]).round(4)
    array([2.9302, 1.9332, 1.5203])
    """
    a, q = above("alpha", alpha, 1.0), above("decay", decay, 0.0)
    if (q >= 2 * a).any():
        raise ValueError(f"decay must be below 2 alpha = {2 * a.min():g}, got {q.max():g}")
    share = np.asarray(per_label, dtype=float)
    if not (share > 0.0).all():  # infinitely many are allowed
        raise ValueError(f"per_label must exceed 0, got {share.min():g}")
    return np.asarray((a + (a - 1) / share) ** (q / (q + 1)))
