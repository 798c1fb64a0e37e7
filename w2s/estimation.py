"""What a finite sample says about two function spaces and a target, freed of its bias.

The sample enters in canonical coordinates: bases of the two feature spaces that are orthonormal on
the ``m`` sampled rows and whose cross-correlation is diagonal. Everything here is a function of
these cosines and of the label's coefficients, which `w2s.moments` obtains in one pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, at_least, between, finite, integer
from w2s.dimensions import debias_overlap, haar_null
from w2s.subspaces import Geometry

_SAME = 1e-8  # 1 - r² below which two directions count as one: far above rounding error


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


@dataclass(frozen=True)
class GeometryEstimate:
    """An estimated geometry, ready for the exact risks.

    Attributes
    ----------
    geometry : Geometry
        Dimensions, overlap, ``ρ_s``, ``a``, ``b``, ``c``.
    noise : float
        ``σ²``: the variance given, or that of what both models together leave unexplained.
    overlap : Overlap
        The overlap with its standard error, its null and the canonical correlations.
    rows : int
        Sample size ``m``.
    """

    geometry: Geometry
    noise: float
    overlap: Overlap
    rows: int


@dataclass(frozen=True, eq=False)
class CanonicalSample:
    """Sample moments of features and label in canonical coordinates.

    Parameters
    ----------
    cosines : array_like of shape (min(d_s, d_w),)
        Sample canonical correlations ``r_i``.
    label_strong, label_weak : array_like of shape (d_s,) and (d_w,)
        Mean products of the label with the canonical features of each model.
    label_power : float
        Mean square of the label.
    rows : int
        Sample size ``m``, more than ``d_s + d_w``.
    constant : bool
        Whether the first canonical pair is the constant that both models contain.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is out of range or there are too few rows.
    """

    cosines: Array
    label_strong: Array
    label_weak: Array
    label_power: float
    rows: int
    constant: bool = False

    def __post_init__(self) -> None:
        for name in ("cosines", "label_strong", "label_weak"):
            object.__setattr__(self, name, finite(name, getattr(self, name), ndim=1))
        _paired_cosines(self.cosines, *_dimensions(self.d_strong, self.d_weak, self.rows)[1:])

    @property
    def d_strong(self) -> int:
        """Dimension of the strong features."""
        return len(self.label_strong)

    @property
    def d_weak(self) -> int:
        """Dimension of the weak features."""
        return len(self.label_weak)


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
    m, d_s, d_w = _dimensions(d_strong, d_weak, rows)
    r = _paired_cosines(cosines, d_s, d_w)
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
    m, d_s, d_w = _dimensions(d_strong, d_weak, rows)
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
    m, d_s, d_w = _dimensions(d_strong, d_weak, rows)
    squared = between("cosines", cosines, 0, 1) ** 2
    c_s, c_w = d_s / m, d_w / m
    lead, last = (1 - c_s) * (1 - c_w), c_s * c_w
    middle = squared - c_s * (1 - c_w) - c_w * (1 - c_s)
    root = np.sqrt(np.clip(middle**2 - 4 * lead * last, 0, None))
    above = squared > chance_edge(d_s, d_w, m) ** 2
    return np.asarray(np.where(above, np.sqrt(np.clip((middle + root) / (2 * lead), 0, 1)), 0.0))


def estimate_geometry(sample: CanonicalSample, noise: float | None = None) -> GeometryEstimate:
    r"""Geometry of two function spaces and of the target, freed of sampling bias.

    With ``H_s``, ``H_w`` the projections of :math:`\mathbb R^m` on the sampled feature spaces,
    ``T = tr(H_s H_w)``, ``v_• = |(I - H_•) y|²/(m - d_•)`` and ``M = m - d_{s∧w}``:

    .. math::
        \rho_\bullet = v_\bullet - \sigma^2, \qquad
        a = \frac{|H_s (I - H_w) y|^2 - (d_s - T)\, v_w}{(m - d_s)\, A(m - d_w)}, \qquad
        b = \rho_w - a,

    .. math::
        c = \frac{|(I - H_s) H_w y|^2 - (d_w - T)\, v_w}{m - d_s} + A(d_w - d_{s\wedge w})\, a,
        \qquad A(t) = \frac{t\,(tM + M - 2)}{M (M + 2)(M - 1)}.

    Parameters
    ----------
    sample : CanonicalSample
        Moments of one sample.
    noise : float, optional
        Variance ``σ²`` of the label noise, when known. Left out, what the two models together
        cannot explain counts as noise. Predicted test errors (risk plus noise) do not depend on
        that choice; excess risks do.

    Returns
    -------
    GeometryEstimate
        Clipped to the ranges of `Geometry`.

    Raises
    ------
    ValueError
        If `noise` is negative or not finite.

    Notes
    -----
    Derived in this companion. For Gaussian features, a known ``d_{s∧w}`` and before clipping, all
    constants are unbiased when the canonical correlations are 0 or 1: then ``H_w`` is uniform
    given ``H_s`` outside the shared directions, and ``A`` comes from its second moments. At other
    angles ``a`` and ``c`` keep a relative bias of order ``(d_s + d_w)/m``.

    Examples
    --------
    >>> sample = CanonicalSample([1.0], [3.0], [3.0, 1.0], label_power=12.0, rows=1002)
    >>> found = estimate_geometry(sample)
    >>> found.geometry.overlap, round(found.noise, 3), round(found.geometry.rho_strong, 3)
    (1.0, 2.004, 0.999)
    """
    m, d_s, d_w, r = sample.rows, sample.d_strong, sample.d_weak, sample.cosines
    overlap = estimate_overlap(r, d_s, d_w, m, constant=sample.constant)
    on_strong, on_weak = sample.label_strong, sample.label_weak
    missed = _minus_projection(
        on_strong, r, on_weak
    )  # what the teacher misses, seen by the student
    hidden = float(on_weak @ on_weak - np.sum((r * on_weak[: len(r)]) ** 2))
    v_s = _residual(sample.label_power, on_strong, m)
    v_w = _residual(sample.label_power, on_weak, m)
    free = m - overlap.estimate
    a = m * float(missed @ missed) - (d_s - overlap.raw) * v_w
    a /= (m - d_s) * _turned_twice(m - d_w, free)
    c = (m * hidden - (d_w - overlap.raw) * v_w) / (m - d_s)
    c += _turned_twice(d_w - overlap.estimate, free) * a
    variance = _residual_together(sample) if noise is None else float(at_least("noise", noise, 0))
    rho_s, rho_w = max(v_s - variance, 0.0), max(v_w - variance, 0.0)
    inherited = min(max(a, 0.0), rho_w)
    root_s, root_b = math.sqrt(rho_s), math.sqrt(rho_w - inherited)
    invisible = min(max(c, (root_s - root_b) ** 2), (root_s + root_b) ** 2)
    geometry = Geometry(
        d_s, d_w, overlap.estimate, rho_s, inherited, rho_w - inherited, invisible
    )  # fmt: skip
    return GeometryEstimate(geometry, variance, overlap, m)


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


def _minus_projection(target: Array, cosines: Array, other: Array) -> Array:
    """Coefficients of the label in one space, less those of its projection on the other."""
    rest = target.copy()
    rest[: len(cosines)] -= cosines * other[: len(cosines)]
    return rest


def _residual(power: float, coefficients: Array, rows: int) -> float:
    """Unbiased residual variance of a regression on an orthonormal basis."""
    return max(power - float(coefficients @ coefficients), 0.0) * rows / (rows - len(coefficients))


def _residual_together(sample: CanonicalSample) -> float:
    """Unbiased residual variance of the regression on both feature spaces at once."""
    fresh = np.ones(sample.d_weak)
    fresh[: len(sample.cosines)] -= sample.cosines**2
    new = fresh > _SAME
    beyond = _minus_projection(sample.label_weak, sample.cosines, sample.label_strong)
    added = beyond[new] / np.sqrt(fresh[new])
    return _residual(sample.label_power, np.concatenate([sample.label_strong, added]), sample.rows)


def _turned_twice(rank: float, dimension: float) -> float:
    """Weight ``A`` of ``M`` in ``E[HMH] = A M + B tr(M) I``, ``H`` a uniform projection."""
    size = dimension * (dimension + 2) * (dimension - 1)
    return rank * (rank * dimension + dimension - 2) / size


def _dimensions(d_strong: int, d_weak: int, rows: int) -> tuple[int, int, int]:
    d_s, d_w = integer("d_strong", d_strong), integer("d_weak", d_weak)
    m = integer("rows", rows)
    if m <= d_s + d_w:
        raise ValueError(f"rows must exceed d_strong + d_weak = {d_s + d_w}, got {m}")
    return m, d_s, d_w


def _paired_cosines(cosines: ArrayLike, d_strong: int, d_weak: int) -> Array:
    r = between("cosines", finite("cosines", cosines, ndim=1), 0, 1)
    if len(r) != min(d_strong, d_weak):
        raise ValueError(f"cosines must have length {min(d_strong, d_weak)}, got {len(r)}")
    return r
