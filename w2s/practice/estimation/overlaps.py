"""The overlap of two function spaces from a finite sample, freed of what chance contributes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, between, finite, integer
from w2s.discrepancy.dimensions import debias_overlap, haar_null


@dataclass(frozen=True, eq=False)
class Overlap:
    """The estimated overlap of two function spaces, beside what chance alone would show.

    Attributes
    ----------
    estimate, standard_error : float
        Debiased ``d_{s∧w}`` and its standard error.
    raw : float
        ``T``, the sum of the squared sample cosines.
    null_mean, null_sd : float
        Mean and standard deviation of ``T`` for unrelated feature spaces.
    cosines : array of shape (min(d_s, d_w),)
        Sample canonical correlations, largest first.
    chance_edge : float
        Where the sample cosines of unrelated feature spaces end.
    """

    estimate: float
    standard_error: float
    raw: float
    null_mean: float
    null_sd: float
    cosines: Array
    chance_edge: float


def estimate_overlap(
    cosines: ArrayLike, d_strong: int, d_weak: int, rows: int, *, constant: bool = False
) -> Overlap:
    r"""Estimate ``d_{s∧w}`` from sample canonical correlations, without the part due to chance.

    .. math:: \hat d_{s\wedge w} = \frac{m T - d_s d_w}{m + T - d_s - d_w}, \qquad
              T = \textstyle\sum_i r_i^2

    Parameters
    ----------
    cosines : array_like of shape (min(d_s, d_w),)
        Sample canonical correlations ``r_i``.
    d_strong, d_weak : int
        Dimensions of the feature spaces.
    rows : int
        Sample size ``m``, more than ``d_s + d_w``.
    constant : bool
        Whether both spaces contain the constant, which unrelated spaces then share, too.

    Returns
    -------
    Overlap
        The estimate is clipped at 0; it cannot exceed ``min(d_s, d_w)``.

    Raises
    ------
    ValueError
        If the number of cosines is wrong, one is outside [0, 1] or there are too few rows.

    Notes
    -----
    The formula inverts :math:`\mathbb E T = d + (d_s - d)(d_w - d)/(m - d)`, exact for Gaussian
    features whose canonical correlations ``ρ_i`` are 0 or 1. Otherwise the bias is
    :math:`-\sum_i \rho_i^2 (1 - \rho_i^2)/m` to first order, at most ``min(d_s, d_w)/4m``. A
    constant in both spaces changes nothing. The standard error adds the first-order variance of
    Gaussian features, :math:`\tfrac4m \sum_i \rho_i^2 (1 - \rho_i^2)^2`, to the variance of the
    unrelated remainder, :math:`2 (d_s - d)(d_w - d)/m^2`. Derived in this companion.

    Examples
    --------
    >>> found = estimate_overlap([1.0, 0.6, 0.1], d_strong=3, d_weak=4, rows=100)
    >>> round(found.raw, 3), round(found.estimate, 3), round(found.null_mean, 3)
    (1.37, 1.325, 0.12)
    """
    m, d_s, d_w = checked_dimensions(d_strong, d_weak, rows)
    r = checked_cosines(cosines, d_s, d_w)
    raw = float(r @ r)
    freed = m + raw - d_s - d_w
    estimate = min(max(debias_overlap(raw, d_s, d_w, m), 0.0), d_s, d_w)
    variance = _first_order(debiased_cosines(r, d_s, d_w, m) ** 2, estimate) / m
    variance += 2 * (d_s - estimate) * (d_w - estimate) / m**2
    slope = (m - d_s) * (m - d_w) / freed**2  # of the estimate as a function of T
    free = [size - int(constant) for size in (d_s, d_w, m)]
    null_mean, null_variance = haar_null(*free) if min(free) > 0 else (0.0, 0.0)
    return Overlap(
        estimate=estimate,
        standard_error=slope * math.sqrt(variance),
        raw=raw,
        null_mean=int(constant) + null_mean,
        null_sd=math.sqrt(null_variance),
        cosines=r,
        chance_edge=chance_edge(d_s, d_w, m),
    )


def chance_edge(d_strong: int, d_weak: int, rows: int) -> float:
    r"""Sample cosine where the canonical correlations of unrelated Gaussian features end.

    .. math:: r_+ = \sqrt{c_s (1 - c_w)} + \sqrt{c_w (1 - c_s)}, \qquad c_\bullet = d_\bullet / m

    Parameters
    ----------
    d_strong, d_weak, rows : int
        Dimensions and sample size ``m``, more than ``d_s + d_w``.

    Returns
    -------
    float
        The edge in (0, 1).

    Raises
    ------
    ValueError
        If there are too few rows.

    Notes
    -----
    The right end of Wachter's law, the limit at fixed ``c_s``, ``c_w``.

    Examples
    --------
    >>> round(chance_edge(10, 10, 1000), 6)
    0.198997
    """
    m, d_s, d_w = checked_dimensions(d_strong, d_weak, rows)
    c_s, c_w = d_s / m, d_w / m
    return math.sqrt(c_s * (1 - c_w)) + math.sqrt(c_w * (1 - c_s))


def debiased_cosines(cosines: ArrayLike, d_strong: int, d_weak: int, rows: int) -> Array:
    r"""Return the population canonical correlations behind sample ones; 0 where chance explains.

    Inverts :math:`r^2 = (\rho^2 (1 - c_s) + c_s)(\rho^2 (1 - c_w) + c_w)/\rho^2` above the chance
    edge, with :math:`c_\bullet = d_\bullet / m`.

    Parameters
    ----------
    cosines : array_like
        Sample canonical correlations.
    d_strong, d_weak, rows : int
        Dimensions and sample size ``m``, more than ``d_s + d_w``.

    Returns
    -------
    array
        Of the shape of `cosines`; 1 stays 1.

    Raises
    ------
    ValueError
        If a cosine is outside [0, 1] or there are too few rows.

    Notes
    -----
    The limit of an isolated population correlation at fixed ``c_s``, ``c_w`` (Bao, Hu, Pan and
    Zhou 2019, finite-rank Gaussian case).

    Examples
    --------
    >>> debiased_cosines([1.0, 0.5, 0.1], 10, 10, 1000).round(3)
    array([1.   , 0.484, 0.   ])
    """
    m, d_s, d_w = checked_dimensions(d_strong, d_weak, rows)
    squared = between("cosines", cosines, 0, 1) ** 2
    c_s, c_w = d_s / m, d_w / m
    lead, last = (1 - c_s) * (1 - c_w), c_s * c_w
    middle = squared - c_s * (1 - c_w) - c_w * (1 - c_s)
    root = np.sqrt(np.clip(middle**2 - 4 * lead * last, 0, None))
    above = squared > chance_edge(d_s, d_w, m) ** 2
    return np.asarray(np.where(above, np.sqrt(np.clip((middle + root) / (2 * lead), 0, 1)), 0.0))


def checked_dimensions(d_strong: int, d_weak: int, rows: int) -> tuple[int, int, int]:
    """Return rows and dimensions, refusing samples that do not exceed both spaces together."""
    d_s, d_w = integer("d_strong", d_strong), integer("d_weak", d_weak)
    m = integer("rows", rows)
    if m <= d_s + d_w:
        raise ValueError(f"rows must exceed d_strong + d_weak = {d_s + d_w}, got {m}")
    return m, d_s, d_w


def checked_cosines(cosines: ArrayLike, d_strong: int, d_weak: int) -> Array:
    """Return sample canonical correlations, refusing wrong numbers of them."""
    r = between("cosines", finite("cosines", cosines, ndim=1), 0, 1)
    if len(r) != min(d_strong, d_weak):
        raise ValueError(f"cosines must have length {min(d_strong, d_weak)}, got {len(r)}")
    return r


def _first_order(squared: Array, total: float) -> float:
    """Return ``4 Σ ρ²(1-ρ²)²`` over squared correlations that are made to add up to `total`.

    What stands out of the chance level is scaled down if it exceeds the total; what is missing is
    spread over the directions that do not stand out.
    """
    found = float(squared.sum())
    if found >= total:
        squared = squared * (total / found) if found else squared
    elif hidden := int(np.sum(squared == 0)):
        squared = np.where(squared == 0, (total - found) / hidden, squared)
    return 4 * float(squared @ (1 - np.minimum(squared, 1)) ** 2)
