"""Numbers that come with their uncertainty: means, ratios of means (PGR, OPR), power laws.

Trials are paired: entry ``t`` of every array is the risk of one model in the same trial ``t``, on
the same data. The ratios compared with theory are ratios of *means*; the mean of the per-trial
ratios is another number, biased by the curvature of the quotient, and has its own function.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from w2s._checks import Array, above, at_least, finite, integer

MODELS = ("teacher", "student", "sft", "ceiling")
_BOOTSTRAP_CELLS = 2_000_000


class Estimate(NamedTuple):
    """A mean and its standard error, of one shape."""

    mean: Array
    standard_error: Array


@dataclass(frozen=True)
class Ratio:
    """A ratio of two means, or the reason why the data do not define one.

    Attributes
    ----------
    value : float
        Ratio of means; ``nan`` when `reason` is not empty.
    standard_error : float
        By the delta method; ``nan`` when `reason` is not empty.
    low, high : float
        Bootstrap interval of level `confidence`; ``nan`` when `reason` is not empty.
    confidence : float
        Level of the interval.
    reason : str
        Empty, or why the ratio means nothing (its denominator is not clearly positive).
    """

    value: float
    standard_error: float
    low: float
    high: float
    confidence: float
    reason: str = ""


@dataclass(frozen=True)
class PowerLaw:
    """A fitted law ``y = prefactor · x^exponent``.

    Attributes
    ----------
    exponent, standard_error : float
        Slope in log-log coordinates and its standard error.
    low, high : float
        Interval of level `confidence` for the exponent, by the t quantile.
    confidence : float
        Level of the interval.
    prefactor : float
        Value of the fit at ``x = 1``.
    points : int
        Number of fitted points ``k``; the t quantile has ``k - 2`` degrees of freedom.
    """

    exponent: float
    standard_error: float
    low: float
    high: float
    confidence: float
    prefactor: float
    points: int

    def __call__(self, x: ArrayLike) -> Array:
        """Evaluate the fitted law at positive `x`."""
        return np.asarray(self.prefactor * above("x", x, 0.0) ** self.exponent)


def mean_and_error(samples: ArrayLike, axis: int = 0) -> Estimate:
    r"""Mean of independent trials and its standard error.

    .. math:: \bar x \pm \sqrt{\tfrac{1}{T(T-1)} \sum_t (x_t - \bar x)^2}

    Parameters
    ----------
    samples : array_like
        Trials along `axis`, at least two.
    axis : int
        The axis of the ``T`` trials, which disappears.

    Returns
    -------
    Estimate
        ``(mean, standard_error)``.

    Raises
    ------
    ValueError
        If a sample is not finite or there are fewer than two trials.

    Examples
    --------
    >>> mean, error = mean_and_error([1.0, 2.0, 3.0])
    >>> float(mean), round(float(error), 4)
    (2.0, 0.5774)
    """
    x = np.atleast_1d(finite("samples", samples))
    trials = integer("trials", x.shape[axis], low=2)
    error = x.std(axis=axis, ddof=1) / math.sqrt(trials)
    return Estimate(np.asarray(x.mean(axis=axis)), np.asarray(error))


def pgr(
    teacher: ArrayLike,
    student: ArrayLike,
    ceiling: ArrayLike,
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
) -> Ratio:
    r"""Estimate the performance gap recovered, as a ratio of means over paired trials.

    .. math:: \mathrm{PGR} = \frac{\overline{\mathrm{ER}_w} - \overline{\mathrm{ER}_{w2s}}}
              {\overline{\mathrm{ER}_w} - \overline{\mathrm{ER}_c}}

    Parameters
    ----------
    teacher, student, ceiling : array_like of shape (T,)
        Risks (or test errors: an additive constant cancels) of the three models, trial by trial.
    rng, confidence, resamples
        See `ratio_of_means`.

    Returns
    -------
    Ratio
        Without a value where the teacher is not clearly worse than the ceiling.

    Raises
    ------
    ValueError
        As `ratio_of_means`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> round(pgr([3.0, 3.2], [1.5, 1.7], [1.0, 1.1], rng).value, 4)
    0.7317
    """
    w, s, c = _paired(teacher=teacher, student=student, ceiling=ceiling)
    return ratio_of_means(w - s, w - c, rng, confidence=confidence, resamples=resamples)


def opr(
    sft: ArrayLike,
    student: ArrayLike,
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
) -> Ratio:
    r"""Estimate the outperforming ratio, as a ratio of means over paired trials.

    .. math:: \mathrm{OPR} = \overline{\mathrm{ER}_s} / \overline{\mathrm{ER}_{w2s}}

    Parameters
    ----------
    sft, student : array_like of shape (T,)
        Risks of the SFT baseline and of the student. Test errors with label noise pull the ratio
        towards 1; subtract the noise first.
    rng, confidence, resamples
        See `ratio_of_means`.

    Returns
    -------
    Ratio

    Raises
    ------
    ValueError
        As `ratio_of_means`.

    Examples
    --------
    >>> opr([2.0, 2.2], [1.0, 1.1], np.random.default_rng(0)).value
    2.0
    """
    s, student_risk = _paired(sft=sft, student=student)
    return ratio_of_means(s, student_risk, rng, confidence=confidence, resamples=resamples)


def ratio_of_means(
    numerator: ArrayLike,
    denominator: ArrayLike,
    rng: np.random.Generator,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    clear: float = 3.0,
) -> Ratio:
    r"""Ratio of two means over paired trials, with its standard error and interval.

    .. math:: R = \bar p / \bar q, \qquad
              \mathrm{se}(R) = \frac{1}{\bar q}
              \sqrt{\tfrac{1}{T(T-1)} \sum_t (p_t - R\, q_t)^2}

    Parameters
    ----------
    numerator, denominator : array_like of shape (T,)
        ``p_t`` and ``q_t`` of the same trial ``t``; at least two trials.
    rng : numpy.random.Generator
        Source of the bootstrap resamples.
    confidence : float
        Level of the percentile bootstrap interval, which resamples whole trials.
    resamples : int
        Number of bootstrap resamples.
    clear : float
        The ratio is reported only if ``q̄`` exceeds `clear` of its standard errors.

    Returns
    -------
    Ratio
        With `reason` set, and no numbers, where the denominator is not clearly positive.

    Raises
    ------
    ValueError
        If shapes differ, an entry is not finite, there are fewer than two trials, `confidence` is
        not in (0, 1) or `resamples` is not positive.

    Notes
    -----
    The delta method is the first order of the quotient in ``1/√T``; it needs ``q̄`` many standard
    errors above zero, which is what `clear` asks for. Derived in this companion.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> ratio_of_means([1.0, 3.0], [2.0, 2.0], rng).value
    1.0
    >>> ratio_of_means([1.0, 3.0], [1.0, -1.0], rng).reason
    'the denominator 0 ± 1 is not 3 standard errors above zero'
    """
    p, q = _paired(numerator=numerator, denominator=denominator)
    level = _level(confidence)
    repeats = integer("resamples", resamples)
    bottom, error = (float(x) for x in mean_and_error(q))
    if bottom <= float(at_least("clear", clear, 0.0)) * error or bottom <= 0.0:
        shown = f"the denominator {bottom:.3g} ± {error:.2g}"
        reason = f"{shown} is not {clear:g} standard errors above zero"
        return Ratio(math.nan, math.nan, math.nan, math.nan, level, reason)
    value = float(p.mean()) / bottom
    spread = float(mean_and_error(p - value * q).standard_error) / bottom
    tail = (1 - level) / 2
    low, high = np.quantile(_resampled_ratios(p, q, rng, repeats), [tail, 1 - tail])
    return Ratio(value, spread, float(low), float(high), level)


def mean_of_ratios(numerator: ArrayLike, denominator: ArrayLike) -> Estimate:
    r"""Mean of the per-trial ratios, as the paper's plots average them.

    .. math:: \frac1T \sum_t p_t / q_t

    Parameters
    ----------
    numerator, denominator : array_like of shape (T,)
        ``p_t`` and ``q_t > 0`` of the same trial.

    Returns
    -------
    Estimate
        ``(mean, standard_error)``. By Jensen's inequality it differs from the ratio of means in
        expectation, whatever the number of trials.

    Raises
    ------
    ValueError
        If shapes differ, an entry is not finite or a denominator is not positive.

    Examples
    --------
    >>> float(mean_of_ratios([2.0, 2.0], [1.0, 2.0]).mean)
    1.5
    """
    p, q = _paired(numerator=numerator, denominator=denominator)
    return mean_and_error(p / above("denominator", q, 0.0))


def average_effect(numerator: ArrayLike, denominator: ArrayLike) -> Estimate:
    r"""By how much the mean of per-trial ratios exceeds the ratio of means, relative to it.

    .. math:: \frac{\overline{p/q}}{\bar p / \bar q} - 1

    Parameters
    ----------
    numerator, denominator : array_like of shape (T,)
        ``p_t`` and ``q_t`` of the same trial; at least two trials.

    Returns
    -------
    Estimate
        ``(mean, standard_error)``, the error by the delta method. More trials make the error
        smaller, not the effect.

    Raises
    ------
    ValueError
        If shapes differ, an entry is not finite, a denominator is zero or there are fewer than
        two trials.

    Notes
    -----
    To second order it is ``var(q)/q̄² − cov(p, q)/(p̄ q̄)``. Derived in this companion.

    Examples
    --------
    >>> float(average_effect([2.0, 2.0], [1.0, 3.0]).mean).__round__(4)
    0.3333
    """
    p, q = _paired(numerator=numerator, denominator=denominator)
    above("size of the denominator", np.abs(q), 0.0)
    trials = integer("trials", len(p), low=2)
    scaled = p / q / (p.mean() / q.mean())
    linear = p / p.mean() - q / q.mean()
    error = (scaled - linear).std(ddof=1) / np.sqrt(trials)
    return Estimate(np.asarray(scaled.mean() - 1), np.asarray(error))


def fit_power_law(
    x: ArrayLike,
    y: ArrayLike,
    *,
    standard_error: ArrayLike | None = None,
    confidence: float = 0.95,
) -> PowerLaw:
    r"""Fit ``y = A·x^p`` by least squares in log-log coordinates.

    .. math:: \min_{A, p} \sum_k w_k (\log y_k - \log A - p \log x_k)^2, \qquad
              w_k = (y_k / \mathrm{se}_k)^2

    Parameters
    ----------
    x, y : array_like of shape (k,)
        Positive coordinates, at least three points and two distinct ``x``.
    standard_error : array_like of shape (k,), optional
        Standard errors of ``y``, all positive; without them all weights are equal.
    confidence : float
        Level of the interval.

    Returns
    -------
    PowerLaw
        The standard error of the exponent is estimated from the scatter about the line, so
        weights matter up to a common factor only, and curvature widens the interval.

    Raises
    ------
    ValueError
        If shapes differ, a coordinate or standard error is not positive, there are fewer than
        three points, all ``x`` are equal or `confidence` is not in (0, 1).

    Notes
    -----
    The interval speaks of the exponent that fits *these* points; on a curve that bends it says
    nothing about the limit. Derived in this companion.

    Examples
    --------
    >>> fit = fit_power_law([1, 2, 4], [3.0, 12.0, 48.0])
    >>> round(fit.exponent, 12), round(fit.prefactor, 12)
    (2.0, 3.0)
    """
    xs, ys = _paired(x=above("x", x, 0.0), y=above("y", y, 0.0))
    points = integer("number of points", len(xs), low=3)
    weights = np.ones(points)
    if standard_error is not None:
        errors = _paired(y=ys, standard_error=above("standard_error", standard_error, 0.0))[1]
        weights = (ys / errors) ** 2
    weights = weights / weights.sum()
    u, v = np.log(xs), np.log(ys)
    u_mean = float(weights @ u)
    spread = float(weights @ (u - u_mean) ** 2)
    if np.ptp(u) == 0.0:
        raise ValueError(f"x must hold at least two distinct values, got only {xs[0]:g}")
    slope = float(weights @ ((u - u_mean) * v)) / spread
    residual = v - float(weights @ v) - slope * (u - u_mean)
    error = math.sqrt(float(weights @ residual**2) / (points - 2) / spread)
    level = _level(confidence)
    half = float(stdtrit(points - 2, (1 + level) / 2)) * error
    prefactor = math.exp(float(weights @ v) - slope * u_mean)
    return PowerLaw(slope, error, slope - half, slope + half, level, prefactor, points)


def _resampled_ratios(p: Array, q: Array, rng: np.random.Generator, resamples: int) -> Array:
    """Ratios of means over `resamples` draws of whole trials, a bounded block at a time."""
    trials = len(p)
    block = max(1, _BOOTSTRAP_CELLS // trials)
    ratios = np.empty(resamples)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        times_drawn = rng.multinomial(trials, np.full(trials, 1 / trials), size=rows)
        ratios[start : start + rows] = (times_drawn @ p) / (times_drawn @ q)
    return ratios


def _paired(**named: ArrayLike) -> list[Array]:
    arrays = [finite(name, values, ndim=1) for name, values in named.items()]
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(f"{', '.join(named)} must have one length, got {lengths}")
    return arrays


def _level(confidence: float) -> float:
    level = float(finite("confidence", confidence))
    if not 0.0 < level < 1.0:
        raise ValueError(f"confidence must lie strictly between 0 and 1, got {level:g}")
    return level
