"""The check: four models trained and tested on the user's rows, and what may explain a gap."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from w2s._checks import Array
from w2s.metrics import MODELS
from w2s.practice.diagnosis.heads import Head
from w2s.practice.diagnosis.results import Comparison, Symptoms, Validation
from w2s.practice.diagnosis.rows import Rows
from w2s.practice.estimation.estimates import Estimates
from w2s.practice.estimation.forecasts import SINGLE, Forecast
from w2s.practice.estimation.predictions import NOTHING
from w2s.practice.training.class_ridge import ClassRidge
from w2s.practice.training.four_models import train
from w2s.practice.training.splits import MINIMUM_NORM, Trains

LARGEST_SHARE = 0.8  # of the training rows that one split may use
COMPARED = (*MODELS, "gain", "over_sft")
MIXED = ("mixture", "over_single")  # measured after these, where an average is predicted
ERRORS = (*MODELS, "mixture")
_LEADS = ((0, 1), (2, 1))  # places of the two models of each lead
_LEVEL = 0.999  # of one comparison of the check: the six that count cry wolf in one case of 200
_POWER = 1.28  # quantile of nine in ten
_WORK = 1e10  # multiplications that all fits together may cost
_SPLITS = (12, 200)
_DECOMPOSED = 8  # cost of a decomposition, in orthogonal factorisations
_CLEAR = 1.1  # a symptom this far above 1 counts
_FEW = 100  # labels on which a penalty is hard to choose
_NEAR = 1.5  # sizes below this multiple of the dimension are near the double-descent edge


@dataclass(frozen=True, eq=False)
class Measured:
    """Mean test errors and leads, in the order of `COMPARED` and `MIXED`, and the student's wins.

    The mixture is measured where one is predicted, at its predicted weight.
    """

    mean: Array
    standard_error: Array
    wins: float
    splits: int


def scaled_sizes(n_labelled: int, n_unlabelled: int, rows: int, least: int = 1) -> tuple[int, int]:
    """Return the sizes, shrunk if one split would use more than its share of rows.

    The unlabelled inputs shrink first, down to `least` and to the number of labels; then both.

    Examples
    --------
    >>> scaled_sizes(200, 600, 1000), scaled_sizes(200, 6000, 1000), scaled_sizes(900, 3000, 1000)
    ((200, 600), (200, 600), (400, 400))
    """
    spare = int(LARGEST_SHARE * rows)
    big_n = min(n_unlabelled, max(spare - n_labelled, min(n_labelled, n_unlabelled), least))
    factor = min(1.0, spare / (n_labelled + big_n))
    return int(n_labelled * factor), int(big_n * factor)


def measure(
    pool: Rows, test: Rows, sizes: tuple[int, int], fit: Trains, rng: np.random.Generator,
    tick: Callable[[int, int], None], average: Average | None = None,
) -> Measured:  # fmt: skip
    r"""Train the four models on random rows of `pool` and test them on all rows of `test`.

    Every draw of ``n`` labelled rows gets two draws of ``N`` unlabelled ones. With the variances
    ``v_n``, ``v_N`` that the two kinds of draws cause, ``u`` of the mean squared errors of the
    ``J`` test rows, ``P`` pairs and the shares ``p = n/m``, ``q = N/m`` of the ``m`` rows,

    .. math:: \mathrm{se}^2 = \frac uJ + \frac{v_n}{P} + \frac{v_N}{2P}
              + \Bigl(\sqrt{\tfrac{p}{1-p}\, v_n} + \sqrt{\tfrac{q}{1-q}\, v_N}\Bigr)^2 .

    The last term bounds what the choice of the ``m`` rows themselves may do.

    Notes
    -----
    The bound is Hoeffding's for U-statistics of order ``k``, at most ``k/m`` of the variance of
    one draw, applied to each kind of draw. Derived in this companion.
    """
    n, big_n = sizes
    pairs = _pairs(pool, n, big_n, fit)
    count = len(COMPARED) + (0 if average is None else len(MIXED))
    by_split = np.empty((count, pairs, 2))
    by_row = np.zeros((count, len(test.labels)))
    for pair in range(pairs):
        order = pool.shuffled(np.arange(len(pool.labels)), rng)
        labelled, others, models = *pool.apart(order, n), None
        for draw in range(2):
            unlabelled = pool.shuffled(others, rng)[:big_n]
            models = train(
                pool.weak, pool.strong, pool.labels, labelled, unlabelled, fit.to, known=models
            )
            outputs = models.outputs(test.weak, test.strong)
            squared = _scored(fit, outputs, test.labels, average)
            by_split[:, pair, draw] = squared.mean(axis=1)
            by_row += squared / (2 * pairs)
        tick(pair + 1, pairs)
    shares = n / len(pool.labels), big_n / len(pool.labels)
    mean, error = (
        by_row.mean(axis=1),
        _standard_error(by_split, test.variance_of_mean(by_row), shares),
    )
    wins = float(np.mean(by_split[len(MODELS)] > 0))
    return Measured(mean, error, wins, 2 * pairs)


class Average(NamedTuple):
    """Weight of the student in a mixture with the SFT baseline, and the best single model."""

    weight: float
    best: str


def predicted_average(forecast: Forecast) -> Average | None:
    """Return the average that a forecast finds best; None where it finds none."""
    if forecast.weight is None or not math.isfinite(float(forecast.weight.value)):
        return None
    errors = {name: float(getattr(forecast, name).value) for name in SINGLE}
    return Average(float(forecast.weight.value), min(errors, key=errors.__getitem__))


def _scored(fit: Trains, outputs: Sequence[Array], labels: Array, average: Average | None) -> Array:
    """Losses and leads on every test row, in the order of `COMPARED` and `MIXED`."""
    losses = [_losses(fit, one, labels) for one in outputs]
    leads = [losses[loser] - losses[winner] for loser, winner in _LEADS]
    if average is None:
        return np.stack([*losses, *leads])
    of = dict(zip(MODELS, range(len(MODELS)), strict=True))
    student, sft = outputs[of["student"]], outputs[of["sft"]]
    mixed = _losses(fit, average.weight * student + (1 - average.weight) * sft, labels)
    return np.stack([*losses, *leads, mixed, losses[of[average.best]] - mixed])


def _losses(fit: Trains, outputs: Array, labels: Array) -> Array:
    """Squared errors, or 1 for a wrong class."""
    if isinstance(fit, ClassRidge):
        return fit.losses(outputs, labels)
    return np.square(outputs - labels)


def compare(
    forecast: Forecast, measured: Measured, estimates: Estimates, slack: float
) -> tuple[Comparison, ...]:
    """Set what was measured beside what was predicted.

    They agree within the quantile of the check and a share `slack` of the predicted error, of the
    teacher's for a lead. The leads' standard errors are smaller than those of two test errors,
    which share the luck of the test rows. Nothing contradicts a prediction that does not exist,
    and rounding contradicts none.
    """
    least, quantile = NOTHING * estimates.label_variance, _quantile(estimates)
    found, names = [], (*COMPARED, *MIXED)[: len(measured.mean)]
    for model, value, error in zip(names, measured.mean, measured.standard_error, strict=True):
        guess = getattr(forecast, model)
        predicted, spread = float(guess.value), float(guess.standard_error)
        deviation, systematic, agrees = math.nan, 0.0, True
        if math.isfinite(predicted):
            scale = predicted if model in ERRORS else float(forecast.teacher.value)
            apart, noise = float(value) - predicted, math.hypot(spread, float(error), least)
            deviation = apart / noise
            agrees = abs(apart) <= quantile * noise + slack * scale
            systematic = max(abs(apart) - noise, 0.0) / max(scale, least)
        found.append(
            Comparison(
                model, predicted, spread, float(value), float(error), deviation, agrees, systematic
            )
        )
    return tuple(found)


def agreed(found: Sequence[Comparison]) -> bool:
    """Whether the models and the leads are as predicted; of the mixture its own advice depends."""
    return all(c.agrees for c in found if c.model not in MIXED)


def _quantile(estimates: Estimates) -> float:
    """Half width of what agrees, in standard errors: the level is the check's own."""
    return float(stdtrit(estimates.groups - 1, (1 + _LEVEL) / 2))


def symptoms(pool: Rows, constant: bool) -> Symptoms:
    """Measure how far whitened features and their residuals are from Gaussian ones.

    `constant` says that the first column of both models is the constant.
    """
    found = []
    for features in (pool.weak, pool.strong):
        lengths = np.sum(features[:, int(constant) :] ** 2, axis=1)
        d = features.shape[1] - int(constant)
        squared = np.square(pool.labels - MINIMUM_NORM.to(features, pool.labels)(features))
        level = float(squared.mean())
        misfit = float(np.mean(squared * lengths)) / (level * d) if level > 0 else 1.0
        found.append((float(np.mean(lengths**2)) / (d * (d + 2)), misfit))
    (length_w, misfit_w), (length_s, misfit_s) = found
    return Symptoms(length_w, length_s, misfit_w, misfit_s)


def validation(
    forecast: Forecast, measured: Measured, rows: tuple[int, int], scaled: bool,
    estimates: Estimates, slack: float, reasons: tuple[str, ...],
) -> Validation:  # fmt: skip
    """Put the check together; `rows` are those of training and testing."""
    least = NOTHING * estimates.label_variance
    found = compare(forecast, measured, estimates, slack)
    seen = [
        math.hypot(c.predicted_error, c.measured_error) / max(c.predicted, least)
        for c in found[: len(MODELS)]
        if math.isfinite(c.predicted)
    ]
    agrees = agreed(found)
    return Validation(
        int(forecast.n_labelled), int(forecast.n_unlabelled), measured.splits, *rows, found, agrees,
        slack + (_quantile(estimates) + _POWER) * max(seen), measured.wins,
        () if agrees else reasons, scaled,
    )  # fmt: skip


def likely_reasons(
    forecast: Forecast,
    measured: Measured,
    estimates: Estimates,
    found: Symptoms,
    head: Head,
    full_width: Forecast | None,
    without_ridge: Measured | None,
) -> tuple[str, ...]:
    """Return what may explain a disagreement, best supported first.

    `full_width` predicts with all feature directions, `without_ridge` repeats the measurement
    without a penalty; both only where the trained models have more than the predicted ones.
    """
    reasons, here = [], compare(forecast, measured, estimates, head.slack)
    known = [math.isfinite(c.predicted) for c in here]
    base = _distance(here, known)
    wide = None if full_width is None else compare(full_width, measured, estimates, head.slack)
    if wide is not None and _distance(wide, known) < base / 2:
        reasons.append(
            "width against cut-off: the trained models use every feature direction, not only the "
            "principal ones; predictions at the full width fit better (set the energy to 1)"
        )
    if without_ridge is not None:
        least = NOTHING * estimates.label_variance
        errors = slice(len(MODELS))
        change = np.abs(without_ridge.mean - measured.mean)[errors]
        change = change / np.maximum(measured.mean[errors], least)
        if change.max() > 0.05:
            reasons.append(
                f"ridge: the penalty changes a test error by {change.max():.0%}; the formulas are "
                "those of models without one"
            )
    worse = any(c.deviation > estimates.quantile for c in here)
    if worse and max(found.length_weak, found.length_strong) > _CLEAR:
        reasons.append(
            "heavy tails: the fourth moment of the features' length is "
            f"{found.length_weak:.2f} (weak) and {found.length_strong:.2f} (strong) times that of "
            "Gaussian ones, so that few rows decide each fit"
        )
    if worse and max(found.misfit_weak, found.misfit_strong) > _CLEAR:
        reasons.append(
            "uneven misfit: the label is missed most where the features are large (factors "
            f"{found.misfit_weak:.2f} weak, {found.misfit_strong:.2f} strong), which makes every "
            "fit noisier"
        )
    if head.picks and int(forecast.n_labelled) < _FEW:
        reasons.append(
            f"few labels: choosing a penalty on {int(forecast.n_labelled)} of them may cost more "
            "than the predictions allow for it"
        )
    edges = (forecast.n_labelled, estimates.d_weak), (forecast.n_unlabelled, estimates.d_strong)
    if not head.picks and any(int(size) < _NEAR * (d + 1) for size, d in edges):
        reasons.append(
            "double descent: a sample is hardly larger than its model's dimension, where the mean "
            "error is made by rare splits"
        )
    if not reasons:
        reasons.append(
            "none of the known symptoms (width, ridge, heavy tails, double descent) was found; the "
            "rows may not be independent, for example repeated inputs"
        )
    return tuple(reasons)


def _distance(comparisons: tuple[Comparison, ...], among: Sequence[bool]) -> float:
    """Sum of some squared deviations; predictions that do not exist there are infinitely far."""
    total = sum(c.deviation**2 for c, counts in zip(comparisons, among, strict=True) if counts)
    return total if math.isfinite(total) else math.inf


def _pairs(pool: Rows, n: int, big_n: int, fit: Trains) -> int:
    """Half the number of splits: as many as the work allows."""
    d_s, d_w = pool.strong.shape[1], pool.weak.shape[1]
    cost = n * (d_w**2 + d_s**2) + 2 * (2 * big_n + n) * d_s**2
    cost *= 1 if fit == MINIMUM_NORM else _DECOMPOSED
    return int(np.clip(_WORK / cost, *_SPLITS)) // 2


def _standard_error(by_split: Array, by_test: Array, shares: tuple[float, float]) -> Array:
    """Return standard errors of mean errors, from the variances of their sources."""
    pairs = by_split.shape[1]
    v_others = np.mean((by_split[:, :, 0] - by_split[:, :, 1]) ** 2, axis=1) / 2
    v_labelled = by_split.mean(axis=2).var(axis=1, ddof=1) - v_others / 2
    v_labelled = np.maximum(v_labelled, 0)
    p, q = (share / (1 - share) for share in shares)
    pool = np.square(np.sqrt(p * v_labelled) + np.sqrt(q * v_others))
    splits = v_labelled / pairs + v_others / (2 * pairs)
    return np.asarray(np.sqrt(by_test + splits + pool))
