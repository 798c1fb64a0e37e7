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

from w2s._checks import Array, above, at_least, finite, inside, integer

MODELS = ("teacher", "student", "sft", "ceiling")
ROUNDING = 1e-12  # a difference below this share of its terms may be rounding alone
_FEWEST_TRIALS = 5  # from there on a clear denominator bounds the 95% interval: t_4 = 2.78 < 3


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
        Fieller's interval of level `confidence`; ``nan`` when `reason` is not empty.
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
    *,
    confidence: float = 0.95,
) -> Ratio:
    r"""Estimate the performance gap recovered, as a ratio of means over paired trials.

    .. math:: \mathrm{PGR} = \frac{\overline{\mathrm{ER}_w} - \overline{\mathrm{ER}_{w2s}}}
              {\overline{\mathrm{ER}_w} - \overline{\mathrm{ER}_c}}

    Parameters
    ----------
    teacher, student, ceiling : array_like of shape (T,)
        Risks (or test errors: an additive constant cancels) of the three models, trial by trial.
    confidence
        See `ratio_of_means`.

    Returns
    -------
    Ratio
        Without a value where the teacher is not clearly worse than the ceiling: its lead is within
        three standard errors of zero, or of the size of rounding.

    Raises
    ------
    ValueError
        As `ratio_of_means`.

    Examples
    --------
    >>> weak, student = [3.0, 3.2, 3.1, 2.9, 3.1], [1.5, 1.7, 1.6, 1.5, 1.5]
    >>> found = pgr(weak, student, [1.0, 1.1, 0.9, 1.0, 1.2])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.743, 0.673, 0.821)
    """
    w, s, c = _paired(teacher=teacher, student=student, ceiling=ceiling)
    scale = float(max(np.abs(w).max(initial=0.0), np.abs(c).max(initial=0.0)))
    return ratio_of_means(w - s, w - c, confidence=confidence, scale=scale)


def opr(
    sft: ArrayLike,
    student: ArrayLike,
    *,
    confidence: float = 0.95,
) -> Ratio:
    r"""Estimate the outperforming ratio, as a ratio of means over paired trials.

    .. math:: \mathrm{OPR} = \overline{\mathrm{ER}_s} / \overline{\mathrm{ER}_{w2s}}

    Parameters
    ----------
    sft, student : array_like of shape (T,)
        Risks of the SFT baseline and of the student. Test errors with label noise pull the ratio
        towards 1; subtract the noise first.
    confidence
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
    >>> opr([2.0, 2.2, 2.1, 2.3, 1.9], [1.0, 1.1, 1.05, 1.15, 0.95]).value
    2.0
    """
    s, student_risk = _paired(sft=sft, student=student)
    return ratio_of_means(s, student_risk, confidence=confidence)


def ratio_of_means(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    confidence: float = 0.95,
    clear: float = 3.0,
    scale: float = 0.0,
) -> Ratio:
    r"""Ratio of two means over paired trials, with its standard error and interval.

    .. math:: R = \bar p / \bar q, \qquad
              \mathrm{se}(R) = \frac{1}{\bar q}
              \sqrt{\tfrac{1}{T(T-1)} \sum_t (p_t - R\, q_t)^2}

    The interval is Fieller's: all ``r`` for which the mean of ``p_t - r q_t`` is zero to within
    the quantile ``t`` of Student's law with ``T - 1`` degrees of freedom,

    .. math:: \{r : |\bar p - r \bar q| \le t\, s(r)\}, \qquad
              s(r)^2 = \tfrac{1}{T(T-1)} \sum_t (p_t - \bar p - r\,(q_t - \bar q))^2 .

    Parameters
    ----------
    numerator, denominator : array_like of shape (T,)
        ``p_t`` and ``q_t`` of the same trial ``t``; at least five trials.
    confidence : float
        Level of the interval.
    clear : float
        The ratio is reported only if ``q̄`` exceeds `clear` of its standard errors.
    scale : float
        Size of the numbers of which the denominator is a difference, if it is one: it must exceed
        their rounding, too, which no scatter of the trials shows.

    Returns
    -------
    Ratio
        With `reason` set, and no numbers, where the denominator is not clearly positive. Where
        ``q̄`` is not ``t`` of its standard errors above zero, the set above is unbounded, and the
        interval is the whole line. At the default `clear` and level that does not happen.

    Raises
    ------
    ValueError
        If shapes differ, an entry is not finite, there are fewer than five trials or `confidence`
        is not in (0, 1).

    Notes
    -----
    The delta method is the first order of the quotient in ``1/√T``; it needs ``q̄`` many standard
    errors above zero, which is what `clear` asks for. Derived in this companion. Fieller's interval
    (E. C. Fieller, 1954) holds its level at any number of trials if ``(p_t, q_t)`` are jointly
    normal and independent from trial to trial. The risks are skewed; at five trials with risks as
    skewed as a chi-square law of four degrees of freedom it holds its level to a point.

    Examples
    --------
    >>> ratio = ratio_of_means([1.0, 3.0, 2.0, 2.0, 2.0], [2.0, 2.0, 2.0, 2.0, 2.0])
    >>> ratio.value, round(ratio.low, 3), round(ratio.high, 3)
    (1.0, 0.561, 1.439)
    >>> ratio_of_means([1.0, 3.0, 2.0, 1.0, 1.0], [1.0, -1.0, 1.0, -1.0, 0.0]).reason
    'the denominator 0 ± 0.45 is not 3 standard errors above zero'
    """
    p, q = _paired(numerator=numerator, denominator=denominator)
    level = _level(confidence)
    if len(p) < _FEWEST_TRIALS:
        raise ValueError(f"trials must be at least {_FEWEST_TRIALS} for an interval, got {len(p)}")
    bottom, error = (float(x) for x in mean_and_error(q))
    rounded = ROUNDING * float(at_least("scale", scale, 0.0))
    if 0.0 < bottom <= rounded:
        reason = f"the denominator {bottom:.3g} is of the size of rounding"
        return Ratio(math.nan, math.nan, math.nan, math.nan, level, reason)
    if bottom <= float(at_least("clear", clear, 0.0)) * error or bottom <= 0.0:
        shown = f"the denominator {bottom:.3g} ± {error:.2g}"
        reason = f"{shown} is not {clear:g} standard errors above zero"
        return Ratio(math.nan, math.nan, math.nan, math.nan, level, reason)
    value = float(p.mean()) / bottom
    rest = p - value * q
    spread = float(mean_and_error(rest).standard_error) / bottom
    return Ratio(value, spread, *_fieller(value, rest, q, level), level)


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


def _fieller(value: float, rest: Array, q: Array, level: float) -> tuple[float, float]:
    """Return the ends of Fieller's set about `value`, from ``p - value q`` of mean zero and ``q``.

    With ``r = value + x`` the condition is ``x² q̄² ≤ t² s(r)²``, a quadratic in ``x`` that loses
    no digits where the trials are proportional.
    """
    trials, bottom = len(q), float(q.mean())
    from_mean = q - bottom
    scale = float(stdtrit(trials - 1, (1 + level) / 2)) ** 2 / (trials * (trials - 1)) / bottom**2
    own, cross, of_q = (
        scale * float(x) for x in (rest @ rest, rest @ from_mean, from_mean @ from_mean)
    )
    if of_q >= 1.0:
        return -math.inf, math.inf
    half = math.sqrt(cross**2 + (1 - of_q) * own)
    return value - (cross + half) / (1 - of_q), value - (cross - half) / (1 - of_q)


def _paired(**named: ArrayLike) -> list[Array]:
    arrays = [finite(name, values, ndim=1) for name, values in named.items()]
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(f"{', '.join(named)} must have one length, got {lengths}")
    return arrays


def _level(confidence: float) -> float:
    return inside("confidence", confidence, 0, 1)
