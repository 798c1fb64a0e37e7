"""Predicted risks of the four models at any sample sizes, with standard errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s._checks import Array, at_least, told
from w2s.discrepancy.ridgeless import (
    inverse_excess,
    single_risk,
    student_dimension,
    student_rate,
    student_risk,
)
from w2s.practice.estimation.estimates import Estimates, Uncertain
from w2s.practice.estimation.forecasts import SINGLE, Lead
from w2s.practice.estimation.mixture import best_mixture, both_miss, least_squares_product

_SPARE = 4, 0.1  # fewer samples, or a smaller share, beyond d + 1: near the double-descent edge
NOTHING = 1e-9  # share of the labels' variance below which no error is told from zero
CLEAR = 3.0  # the gap of the PGR must exceed so many of its standard errors
# Places in the vector of constants: overlap, rho_strong, a, b, c, noise.
_OVERLAP, _RHO_STRONG, _A, _B, _C, _NOISE = range(6)


@dataclass(frozen=True, eq=False)
class Predictions:
    """Exact risks at estimated constants; every field broadcasts over ``(n, N)``.

    Attributes
    ----------
    n_labelled, n_unlabelled : array
        The sizes, broadcast.
    teacher, student, sft, ceiling : Uncertain
        Expected excess risks. ``inf`` at a double-descent edge, ``nan`` where a model has fewer
        samples than dimensions (the formulas do not reach there).
    teacher_error, student_error, sft_error, ceiling_error : Uncertain
        Expected test errors: risk plus noise. They do not depend on what counts as noise.
    pgr, opr : Uncertain
        Performance gap recovered, outperforming ratio; PGR is ``nan`` where its denominator is not
        clearly positive.
    gain, over_sft : Uncertain
        Lead of the student over its teacher and over the SFT baseline.
    mixture_error, weight, over_single : Uncertain
        Of the best average of student and SFT baseline, as `Forecast` has them.
    warnings : tuple of str
        Plain sentences, e.g. that ``n`` is near the double-descent edge.
    """

    n_labelled: Array
    n_unlabelled: Array
    teacher: Uncertain[Array]
    student: Uncertain[Array]
    sft: Uncertain[Array]
    ceiling: Uncertain[Array]
    teacher_error: Uncertain[Array]
    student_error: Uncertain[Array]
    sft_error: Uncertain[Array]
    ceiling_error: Uncertain[Array]
    pgr: Uncertain[Array]
    opr: Uncertain[Array]
    gain: Uncertain[Array]
    over_sft: Uncertain[Array]
    mixture_error: Uncertain[Array]
    weight: Uncertain[Array]
    over_single: Uncertain[Array]
    warnings: tuple[str, ...]


def predict(estimates: Estimates, n_labelled: ArrayLike, n_unlabelled: ArrayLike) -> Predictions:
    r"""Predict the four models at sizes ``n`` and ``N``, which broadcast.

    Each risk ``R`` is a polynomial of the constants ``θ``; its standard error is the first-order
    one, :math:`\sqrt{\nabla R^\top \mathrm{Cov}(\theta) \nabla R}`.

    Parameters
    ----------
    estimates : Estimates
        From `estimate`.
    n_labelled, n_unlabelled : array_like
        ``n`` and ``N``, at least 1.

    Returns
    -------
    Predictions

    Raises
    ------
    ValueError
        If a size is below 1.

    Notes
    -----
    The errors are those of the *expected* risks, for finite rows behind the estimates. One
    training run scatters about its expectation on top of that. Derived in this companion.

    Examples
    --------
    >>> from w2s.practice.estimation.estimates import estimate
    >>> from w2s.practice.estimation.groups import GroupedMoments
    >>> x = np.random.default_rng(0).standard_normal((4000, 6))
    >>> rows = GroupedMoments.from_blocks([(x[:, :4], x[:, 2:], x[:, 0] + x[:, 5])])
    >>> found = predict(estimate(rows, ranks=(4, 4), intercept=False), [20, 6], 30)
    >>> found.warnings[0]
    'n_labelled = 6 leaves 1 beyond d_weak + 1 = 5: near the double-descent edge'
    """
    n = at_least("n_labelled", n_labelled, 1)
    n, big_n = np.broadcast_arrays(n, at_least("n_unlabelled", n_unlabelled, 1))
    risks, slopes = _risks(estimates, n, big_n)
    noise = np.zeros(6)
    noise[_NOISE] = 1.0
    known = {name: _interval(estimates, risks[name], slopes[name]) for name in risks}
    for name in risks:
        with_noise = risks[name] + estimates.noise.value, slopes[name] + noise
        known[f"{name}_error"] = _interval(estimates, *with_noise)
    with np.errstate(invalid="ignore"):  # infinite less infinite: nan, without a number
        won, gap = (risks["teacher"] - risks[other] for other in ("student", "ceiling"))
        over = risks["sft"] - risks["student"]
    won_slope, gap_slope = (slopes["teacher"] - slopes[x] for x in ("student", "ceiling"))
    rounded = NOTHING * estimates.label_variance
    least = np.maximum(1e-9 * risks["teacher"], rounded)
    clear = gap > np.maximum(CLEAR * _errors(estimates, gap_slope), least)
    known["gain"] = _interval(estimates, won, won_slope, low=-np.inf)
    over_slope = slopes["sft"] - slopes["student"]
    known["over_sft"] = _interval(estimates, over, over_slope, low=-np.inf)
    known["pgr"] = _ratio(estimates, won, won_slope, gap, gap_slope, clear, low=-np.inf)
    positive = risks["student"] > rounded
    known["opr"] = _ratio(
        estimates, risks["sft"], slopes["sft"], risks["student"], slopes["student"], positive
    )
    known |= _mixture(estimates, n, risks, slopes, noise)
    return Predictions(n, big_n, **known, warnings=_warnings(estimates, n, big_n, clear))


def fall(
    estimates: Estimates, here: tuple[ArrayLike, ArrayLike], there: tuple[ArrayLike, ArrayLike]
) -> Uncertain[float]:
    """Return by how much the student's error falls from sizes `here` to sizes `there`.

    Examples
    --------
    >>> from w2s.practice.estimation.estimates import estimate
    >>> from w2s.practice.estimation.groups import GroupedMoments
    >>> x = np.random.default_rng(0).standard_normal((4000, 6))
    >>> rows = GroupedMoments.from_blocks([(x[:, :4], x[:, 2:], x[:, 0] + x[:, 5])])
    >>> found = fall(estimate(rows, ranks=(4, 4), intercept=False), (20, 30), (40, 30))
    >>> bool(found.low > 0)
    True
    """
    risks, slopes = zip(
        *(_risks(estimates, *np.broadcast_arrays(*(np.asarray(s, dtype=np.float64) for s in sizes)))
          for sizes in (here, there)),
        strict=True,
    )  # fmt: skip
    values, gradients = ([part["student"] for part in both] for both in (risks, slopes))
    with np.errstate(invalid="ignore"):
        found = _interval(
            estimates, values[0] - values[1], gradients[0] - gradients[1], low=-np.inf
        )
    return Uncertain(
        *(float(x) for x in (found.value, found.standard_error, found.low, found.high))
    )


def beside_constant(estimates: Estimates, n_labelled: float, n_unlabelled: float) -> Lead:
    r"""Say how far the models are ahead of the mean of the same ``n`` labels.

    The constant has the expected test error :math:`(1 + 1/n) \operatorname{var} y`.

    Parameters
    ----------
    estimates : Estimates
        From `estimate`.
    n_labelled, n_unlabelled : float
        ``n`` and ``N``, at least 1.

    Returns
    -------
    Lead
        The constant's error, and by how much teacher, student and SFT baseline are better, with
        errors that know how the estimates hang together; nan where there is no prediction.

    Raises
    ------
    ValueError
        If a size is below 1.

    Examples
    --------
    >>> from w2s.practice.estimation.estimates import estimate
    >>> from w2s.practice.estimation.groups import GroupedMoments
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.standard_normal((4000, 6)), rng.standard_normal(4000)  # labels of noise
    >>> rows = GroupedMoments.from_blocks([(x[:, :4], x[:, 2:], y)])
    >>> lead = beside_constant(estimate(rows, ranks=(4, 4), intercept=True), 30, 100)
    >>> bool(lead.teacher.high < 0), bool(lead.student.high < 0)
    (True, True)
    """
    n, big_n = at_least("n_labelled", n_labelled, 1), at_least("n_unlabelled", n_unlabelled, 1)
    risks, slopes = _risks(estimates, n, big_n)
    weight = 1 + 1 / float(n)
    constant = weight * estimates.label_variance
    cross, own = estimates.label_covariance[:-1], float(estimates.label_covariance[-1])
    found = []
    for name in ("teacher", "student", "sft"):
        slope = slopes[name].copy()
        slope[..., _NOISE] += 1
        lead = constant - (float(risks[name]) + estimates.noise.value)
        variance = float(_errors(estimates, slope)) ** 2
        variance += weight**2 * own - 2 * weight * float(slope @ cross)
        error = math.sqrt(max(variance, 0.0)) if math.isfinite(lead) else math.nan
        half = estimates.quantile * error
        found.append(Uncertain(lead, error, lead - half, lead + half))
    return Lead(constant, *found)


def _risks(
    estimates: Estimates, n: Array, big_n: Array
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Excess risks and their gradients in the constants, shape (..., 6)."""
    g, noise = estimates.geometry, estimates.noise.value
    risks, slopes = {}, {}
    for name, dimension, sizes, places in (
        ("teacher", g.d_weak, n, (_A, _B)),
        ("sft", g.d_strong, n, (_RHO_STRONG,)),
        ("ceiling", g.d_strong, n + big_n, (_RHO_STRONG,)),
    ):
        m, covered = _within(sizes, dimension)
        rho = g.rho_weak if name == "teacher" else g.rho_strong
        risks[name] = np.where(covered, single_risk(dimension, m, noise, rho), np.nan)
        rate = dimension * _rate(m, dimension)
        slopes[name] = np.zeros((*n.shape, 6))
        slopes[name][..., places] = (1 + rate)[..., None]
        slopes[name][..., _NOISE] = rate
    m, covered = _within(n, g.d_weak)
    big_m, also = _within(big_n, g.d_strong)
    risks["student"] = np.where(covered & also, student_risk(g, m, big_m, noise), np.nan)
    rate = _rate(m, g.d_weak)
    finite = np.isfinite(student_rate(g, big_m))
    big_m = np.where(finite, big_m, g.d_strong + 2)
    kept, spread = student_rate(g, big_m), rate * student_dimension(g, big_m)
    slopes["student"] = np.stack(
        [rate * (noise + g.rho_weak) * (1 - kept), np.ones(n.shape), 1 + spread, spread, kept,
         spread], axis=-1,
    )  # fmt: skip
    return risks, slopes


def _mixture(
    estimates: Estimates,
    n: Array,
    risks: dict[str, Array],
    slopes: dict[str, Array],
    noise: Array,
) -> dict[str, Uncertain[Array]]:
    """Return the best average of baseline and student; `noise` is the gradient of ``σ²``.

    The weight is the best one, so that to first order its own uncertainty does not enter that of
    the error.
    """
    g, level = estimates.geometry, estimates.noise.value
    product = least_squares_product(g, n, level)
    rate = 1 / np.where(n > g.overlap + 1, n - g.overlap - 1, np.nan)
    slope, half = np.zeros((*n.shape, 6)), g.overlap * rate / 2
    slope[..., _OVERLAP] = (level + both_miss(g)) * (n - 1) * rate**2
    slope[..., _RHO_STRONG], slope[..., _NOISE] = 1 + half, 2 * half
    slope[..., _B], slope[..., _C] = half, -half
    weight, risk = best_mixture(risks["sft"], risks["student"], product)
    apart = risks["sft"] + risks["student"] - 2 * product
    apart_slope = slopes["sft"] + slopes["student"] - 2 * slope
    w = weight[..., None]
    moved = (1 - w) * slopes["sft"] + w * slopes["student"] - w * (1 - w) * apart_slope
    inside = (weight > 0) & (weight < 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        turned = (slopes["sft"] - slope - w * apart_slope) / apart[..., None]
    share = _interval(estimates, weight, np.where(inside[..., None], turned, 0.0))
    singles = np.stack([risks[name] for name in SINGLE])
    best = np.argmin(np.where(np.isfinite(singles), singles, np.inf), axis=0)
    ahead = np.take_along_axis(singles, best[None], axis=0)[0] - risk
    each = np.stack([slopes[name] for name in SINGLE])
    ahead_slope = np.take_along_axis(each, best[None, ..., None], axis=0)[0] - moved
    return {
        "mixture_error": _interval(estimates, risk + level, moved + noise),
        "weight": replace(share, high=np.minimum(share.high, 1.0)),
        "over_single": _interval(estimates, ahead, ahead_slope, low=-np.inf),
    }


def _within(samples: Array, dimension: int) -> tuple[Array, NDArray[np.bool_]]:
    """Sizes that the formulas cover, with a stand-in for the others, and which they are."""
    covered = samples >= dimension - 1
    return np.where(covered, samples, dimension + 2.0), covered


def _rate(samples: Array, dimension: int) -> Array:
    """Return ``1/(m-d-1)``, or zero at the edge, where no error is stated."""
    rate = inverse_excess(samples, dimension, "samples", "dimension")
    return np.where(np.isfinite(rate), rate, 0.0)


def _errors(estimates: Estimates, slope: Array) -> Array:
    squared = np.einsum("...i,ij,...j->...", slope, estimates.covariance, slope)
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)))


def _interval(
    estimates: Estimates, value: Array, slope: Array, low: float = 0.0
) -> Uncertain[Array]:
    """Attach errors to values; there are none where the value is not finite."""
    error = np.where(np.isfinite(value), _errors(estimates, slope), np.nan)
    half = estimates.quantile * error
    with np.errstate(invalid="ignore"):
        return Uncertain(value, error, np.maximum(value - half, low), value + half)


def _ratio(
    estimates: Estimates,
    above: Array,
    above_slope: Array,
    below: Array,
    below_slope: Array,
    defined: NDArray[np.bool_],
    low: float = 0.0,
) -> Uncertain[Array]:
    """Quotient with its first-order error, nan where it is not defined."""
    known = defined & np.isfinite(below) & np.isfinite(above)
    bottom = np.where(known, below, 1.0)
    ratio = np.where(known, above / bottom, np.nan)
    slope = (above_slope - np.where(known, ratio, 0.0)[..., None] * below_slope) / bottom[..., None]
    return _interval(estimates, ratio, slope, low)


def _warnings(
    estimates: Estimates, n: Array, big_n: Array, clear: NDArray[np.bool_]
) -> tuple[str, ...]:
    """Say where the numbers should not be believed, or only with care."""
    found = []
    for name, sizes, dimension in (
        ("n_labelled", n, "d_weak"),
        ("n_labelled", n, "d_strong"),
        ("n_unlabelled", big_n, "d_strong"),
    ):
        least, edge = float(sizes.min()), getattr(estimates, dimension) + 1
        size = told(edge, least)[1]
        if least <= edge:
            models = {"d_weak": "teacher and student", "d_strong": "SFT baseline"}[dimension]
            models = "student" if name == "n_unlabelled" else models
            found.append(
                f"{name} = {size} does not exceed {dimension} + 1 = {edge}: no finite "
                f"prediction for the {models}"
            )
        elif least - edge < max(_SPARE[0], _SPARE[1] * least):
            found.append(
                f"{name} = {size} leaves {least - edge:g} beyond {dimension} + 1 = {edge}: "
                "near the double-descent edge"
            )
    if not clear.all():
        where = "" if not clear.any() else f" at {int(np.sum(~clear))} of {clear.size} sizes"
        found.append(f"the ceiling is not clearly better than the teacher{where}: no PGR there")
    return tuple(found)
