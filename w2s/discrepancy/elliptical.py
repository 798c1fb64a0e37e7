"""Feature laws other than Gaussian: a random scale common to all features, and kurtosis.

A latent ``√s g`` with Gaussian ``g`` and a random scale ``s > 0``, ``E s = 1``, makes whole rows of
the design large. To leading order the exact risks keep their form, with a larger ``τ²`` and a
larger ``κ``. Independent coordinates of any law change them by terms of relative order ``1/n`` and
``1/N`` only. Derived in this companion, without error bounds; sample sizes and noise broadcast.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import gammaincinv

from w2s._checks import Array, above, at_least, finite, integer, told
from w2s.discrepancy.ridgeless import Risks, student_rate
from w2s.discrepancy.subspaces import Geometry


class ScaleFactors(NamedTuple):
    """Growth of a fit's error: Gaussian features have ``1/(1-r)`` for both.

    Parameters
    ----------
    noise : array
        ``1/h``, for label noise that does not know the scale.
    misfit : array
        ``h'/h²``, for noise made of features, whose variance is proportional to the scale.
    """

    noise: Array
    misfit: Array


def t_scales(degrees: float, slices: int = 4000) -> Array:
    """Scales ``s = (ν-2)/χ²_ν`` of the multivariate t law, at the middles of equal slices.

    Parameters
    ----------
    degrees : float
        ``ν > 2``; ``inf`` is the Gaussian law.
    slices : int
        Number of equally likely slices.

    Returns
    -------
    array of shape (slices,)
        Equally likely scales; a single 1 for the Gaussian law.

    Raises
    ------
    ValueError
        If ``ν <= 2``.

    Examples
    --------
    >>> t_scales(8, slices=3).round(2), t_scales(np.inf)
    (array([1.41, 0.82, 0.51]), array([1.]))
    """
    if degrees == np.inf:
        return np.ones(1)
    nu, count = float(above("degrees", degrees, 2)), integer("slices", slices)
    middles = (np.arange(count) + 0.5) / count
    return np.asarray((nu - 2) / (2 * gammaincinv(nu / 2, middles)))


def scale_factors(scales: ArrayLike, ratio: ArrayLike) -> ScaleFactors:
    """How a common random scale inflates the error of a fit with ``r = d/m`` features per sample.

    ``h`` solves ``h = E s/(1 + s r/h)``; with ``v = E s²/(1 + s r/h)²``, ``h' = v/(1 - r v/h²)``.

    Parameters
    ----------
    scales : array_like of shape (k,)
        Equally likely scales ``s > 0``, of mean about 1.
    ratio : array_like
        ``r`` in (0, 1).

    Returns
    -------
    ScaleFactors
        ``1/h`` and ``h'/h²`` of the shape of `ratio`; both are at least ``1/(1-r)`` if ``E s = 1``.

    Raises
    ------
    ValueError
        If a scale is not positive or a ratio outside (0, 1).

    Notes
    -----
    Derived in this companion, to leading order in the size. Newton's method from 0 on the convex
    falling function ``E s/(h + s r) - 1`` approaches its root from below.

    Examples
    --------
    >>> [float(x) for x in scale_factors([1.0], 0.5)]
    [2.0, 2.0]
    >>> [float(x.round(4)) for x in scale_factors([0.5, 1.5], 0.25)]
    [1.4272, 1.6251]
    """
    s = above("scales", finite("scales", scales, ndim=1), 0)
    r = above("ratio", ratio, 0)[..., None]
    if (r >= 1).any():
        raise ValueError(
            f"ratio must lie below 1 (more samples than features), got {told(1, r.max())[1]}"
        )
    h = np.zeros_like(r)
    for _ in range(100):
        value = (s / (h + s * r)).mean(axis=-1, keepdims=True) - 1
        step = value / (s / (h + s * r) ** 2).mean(axis=-1, keepdims=True)
        h = h + step
        if (np.abs(step) <= 1e-15 * h).all():
            break
    v = ((s / (1 + s * r / h)) ** 2).mean(axis=-1)
    r, h = r[..., 0], h[..., 0]
    return ScaleFactors(np.asarray(1 / h), np.asarray(v / (h**2 - r * v)))


def elliptical_risks(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    scales: ArrayLike,
) -> Risks:
    """Risks of the four models on fresh points, with features that share a random scale.

    The form of the exact risks, with ``τ² = (σ²/h + ρ_w h'/h²)/n`` at ``r = d_w/n`` and
    ``κ = (d_s/N) h'/h²`` at ``r = d_s/N``; a single model has ``ρ + d τ²`` with its own numbers.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise
        As in `w2s.discrepancy.ridgeless.student_variance`.
    scales : array_like of shape (k,)
        Equally likely scales of mean 1, for example `t_scales`.

    Returns
    -------
    Risks
        Four arrays of the common broadcast shape.

    Raises
    ------
    ValueError
        If ``n <= d_w``, ``n <= d_s``, ``N <= d_s``, or a value is out of range.

    Notes
    -----
    Derived in this companion, to leading order: sizes grow in proportion. With a single scale 1 it
    is the leading order of `w2s.discrepancy.ridgeless.risks`.

    Examples
    --------
    >>> risks = elliptical_risks(Geometry(8, 16, overlap=4), 60, 40, 1.0, t_scales(5))
    >>> float(risks.teacher.round(3)), float(risks.student.round(3))
    (0.445, 0.234)
    """
    g, s2 = geometry, at_least("noise", noise, 0)
    n = above("n_labelled", n_labelled, max(g.d_weak, g.d_strong), "max(d_weak, d_strong)")
    big_n = above("n_unlabelled", n_unlabelled, g.d_strong, "d_strong")

    def spread(d: int, size: Array, rho: float) -> Array:
        factors = scale_factors(scales, d / size)
        return np.asarray((s2 * factors.noise + rho * factors.misfit) / size)

    tau2 = spread(g.d_weak, n, g.rho_weak)
    kappa = g.d_strong / big_n * scale_factors(scales, g.d_strong / big_n).misfit
    reach = g.overlap + kappa * g.discrepancy
    return Risks.common(
        g.rho_weak + g.d_weak * tau2,
        g.rho_strong + g.inherited + kappa * g.invisible + tau2 * reach,
        g.rho_strong + g.d_strong * spread(g.d_strong, n, g.rho_strong),
        g.rho_strong + g.d_strong * spread(g.d_strong, np.asarray(n + big_n), g.rho_strong),
    )


def gain_threshold(scales: ArrayLike) -> float:
    """Unlabelled samples per strong feature, ``N/d_s``, at which ``κ = 1``: 2 for Gaussian ones.

    A student that can express its target beats its teacher exactly above it, to leading order.

    Parameters
    ----------
    scales : array_like of shape (k,)
        As in `scale_factors`.

    Returns
    -------
    float
        The ratio ``N/d_s``.

    Raises
    ------
    ValueError
        As `scale_factors`.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> round(gain_threshold([1.0]), 12), round(gain_threshold(t_scales(5)), 2)
    (2.0, 2.25)
    """

    def excess(r: float) -> float:
        return float(r * scale_factors(scales, r).misfit) - 1

    return float(1 / brentq(excess, 1e-6, 0.5 + 1e-9, xtol=1e-14))


def independent_factors(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, kurtosis: float
) -> tuple[Array, Array]:
    """Variances of teacher and student over the Gaussian ones, for independent latents.

    To first order ``τ²`` grows by ``1 + k_4/n`` and ``κ_N`` by ``1 + k_4/N``, with the excess
    kurtosis ``k_4`` of each coordinate (signs -2, Laplace 3).

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled
        As in `w2s.discrepancy.ridgeless.student_variance`, with spaces along the coordinate axes.
    kurtosis : float
        ``k_4 >= -2``.

    Returns
    -------
    weak, student : array
        Predicted ratios of the variances.

    Raises
    ------
    ValueError
        As `w2s.discrepancy.ridgeless.student_variance`, and if ``k_4 < -2``, which no law has.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> weak, student = independent_factors(Geometry(8, 16, overlap=4), 60, 40, 3.0)
    >>> float(weak.round(3)), float(student.round(3))
    (1.05, 1.084)
    """
    k4, g = float(at_least("kurtosis", kurtosis, -2)), geometry
    n, big_n = at_least("n_labelled", n_labelled, 1), at_least("n_unlabelled", n_unlabelled, 1)
    kappa = student_rate(g, big_n)
    grown = g.overlap + kappa * (1 + k4 / big_n) * g.discrepancy
    student = grown / (g.overlap + kappa * g.discrepancy)
    return np.asarray(1 + k4 / n), np.asarray((1 + k4 / n) * student)
