"""Constants of the geometry from a finite sample, unbiased where it is said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from w2s._checks import at_least
from w2s.discrepancy.dimensions import debias_overlap
from w2s.discrepancy.subspaces import Geometry, nested
from w2s.practice.estimation.overlaps import Overlap, estimate_overlap
from w2s.practice.estimation.samples import CanonicalSample, Statistics


class Constants(NamedTuple):
    """Unbiased estimates of the constants of a `Geometry` and of the noise, not yet in range.

    Sampling error can take them below zero; averages and standard errors are those of these
    numbers.
    """

    overlap: float
    rho_strong: float
    inherited: float
    removed: float
    invisible: float
    noise: float

    def geometry(self, d_strong: int, d_weak: int) -> Geometry:
        """Return the nearest constants that a `Geometry` admits."""
        rho_s, rho_w = max(self.rho_strong, 0.0), max(self.inherited + self.removed, 0.0)
        inherited = min(max(self.inherited, 0.0), rho_w)
        root_s, root_b = math.sqrt(rho_s), math.sqrt(rho_w - inherited)
        invisible = min(max(self.invisible, (root_s - root_b) ** 2), (root_s + root_b) ** 2)
        overlap = min(max(self.overlap, 0.0), d_strong, d_weak)
        if nested(overlap, d_weak):  # c = 0 and b = ρ_s
            rho_w = max(rho_s, rho_w)
            inherited, invisible = rho_w - rho_s, 0.0
        if nested(overlap, d_strong):  # a = 0 and ρ_s = b + c
            rho_s = max(rho_s, rho_w)
            inherited, invisible = 0.0, rho_s - rho_w
        return Geometry(d_strong, d_weak, overlap, rho_s, inherited, rho_w - inherited, invisible)


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
    found = constants(sample.statistics, noise)
    overlap = estimate_overlap(
        sample.cosines, sample.d_strong, sample.d_weak, sample.rows, constant=sample.constant
    )
    geometry = found.geometry(sample.d_strong, sample.d_weak)
    return GeometryEstimate(geometry, found.noise, overlap, sample.rows)


def constants(
    found: Statistics, noise: float | None = None, overlap: float | None = None
) -> Constants:
    """Return the estimates of `estimate_geometry` before they are cut to their ranges.

    Parameters
    ----------
    found : Statistics
        Of one sample.
    noise : float, optional
        As in `estimate_geometry`.
    overlap : float, optional
        A debiased ``d_{s∧w}`` from more rows than those of the sample, e.g. unlabelled ones.

    Returns
    -------
    Constants

    Raises
    ------
    ValueError
        If `noise` is negative or not finite.

    Examples
    --------
    >>> sample = CanonicalSample([1.0], [3.0], [3.0, 1.0], label_power=12.0, rows=1002)
    >>> round(constants(sample.statistics).rho_strong, 3)
    0.999
    """
    m, d_s, d_w, raw = found.rows, found.d_strong, found.d_weak, found.raw_overlap
    common = debias_overlap(raw, d_s, d_w, m) if overlap is None else float(overlap)
    shared = min(max(common, 0.0), d_s, d_w)
    v_s, v_w = _residual(found.left_strong, d_s, m), _residual(found.left_weak, d_w, m)
    free = m - shared
    a = m * found.missed - (d_s - raw) * v_w
    a /= (m - d_s) * _turned_twice(m - d_w, free)
    c = (m * found.hidden - (d_w - raw) * v_w) / (m - d_s)
    c += _turned_twice(d_w - shared, free) * a
    if noise is None:
        variance = _residual(found.left_both, found.d_both, m)
    else:
        variance = float(at_least("noise", noise, 0))
    return Constants(common, v_s - variance, a, v_w - variance - a, c, variance)


def _residual(left: float, dimension: int, rows: int) -> float:
    """Unbiased residual variance of a regression that leaves this mean square."""
    return max(left, 0.0) * rows / (rows - dimension)


def _turned_twice(rank: float, dimension: float) -> float:
    """Weight ``A`` of ``M`` in ``E[HMH] = A M + B tr(M) I``, ``H`` a uniform projection."""
    size = dimension * (dimension + 2) * (dimension - 1)
    return rank * (rank * dimension + dimension - 2) / size
