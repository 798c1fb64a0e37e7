"""The check: four models trained and tested on the user's rows, and what may explain a gap."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, lstsq
from scipy.linalg.lapack import dpocon, dpotrf
from scipy.special import stdtrit

from w2s._checks import Array
from w2s._products import gram
from w2s.metrics import MODELS
from w2s.practice.diagnosis.decisions import WithAreas
from w2s.practice.diagnosis.heads import Head
from w2s.practice.diagnosis.results import Comparison, Symptoms, Validation
from w2s.practice.diagnosis.rows import Rows, group_places
from w2s.practice.estimation.estimates import Estimates
from w2s.practice.estimation.forecasts import SINGLE, Forecast
from w2s.practice.estimation.predictions import NOTHING
from w2s.practice.training.class_ridge import ClassRidge, TellsClasses
from w2s.practice.training.four_models import FourModels, train
from w2s.practice.training.ridge_cv import INNER_FOLDS, RidgeByLeaveOneOut
from w2s.practice.training.shared_ridge import SharedRidge
from w2s.practice.training.splits import MINIMUM_NORM, OFFICIAL, Trains

LARGEST_SHARE = 0.8  # of the training rows that one split may use
COMPARED = (*MODELS, "gain", "over_sft")
MIXED = ("mixture", "over_single")  # measured after these, where an average is predicted
ERRORS = (*MODELS, "mixture")
_LEADS = ((0, 1), (2, 1))  # places of the two models of each lead
_LEVEL = 0.999  # of one comparison of the check: the six that count cry wolf in one case of 200
_POWER = 1.28  # quantile of nine in ten
_WORK = 2e10  # multiplications that all fits together may cost: about a second
_PAIRS = (3, 100)  # of splits, whatever the work
_MORE = 6  # pairs that are trained if fewer leave the splits more than
_LESSER = 0.3  # of a squared standard error, or fewer degrees of freedom than
_SURE = 8.0
_SCARCE = 2000  # test rows below which every row is tested in turn
_FOLDS = (2, 10)
_SOUND = 1e-8  # least inverse condition number of a Gram matrix that is solved by Cholesky
_CLEAR = 1.1  # a symptom this far above 1 counts
_FEW = 100  # labels on which a penalty is hard to choose
_NEAR = 1.5  # sizes below this multiple of the dimension are near the double-descent edge


@dataclass(frozen=True, eq=False)
class Measured:
    """Mean test errors and leads, in the order of `COMPARED` and `MIXED`, and the student's wins.

    The mixture is measured where one is predicted, at its predicted weight. `freedom` are the
    degrees of freedom of the standard errors, `tested` the number of test rows.
    """

    mean: Array
    standard_error: Array
    freedom: Array
    wins: float
    splits: int
    tested: int
    folds: int


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
    tick: Callable[[int, int], None], folds: int = 1, average: Average | None = None,
) -> Measured:  # fmt: skip
    r"""Train the four models on random rows of `pool` and test them on all rows of `test`.

    Every draw of ``n`` labelled rows gets two draws of ``N`` unlabelled ones. With the variances
    ``v_n``, ``v_N`` that the two kinds of draws cause, ``u`` of the mean squared errors of the
    ``J`` test rows, ``P`` pairs and the shares ``p = n/m``, ``q = N/m`` of the ``m`` rows,

    .. math:: \mathrm{se}^2 = \frac uJ + s^2 + \frac{v_n}{P} + \frac{v_N}{2P}, \qquad
              s = \sqrt{\tfrac{p}{1-p}\, v_n} + \sqrt{\tfrac{q}{1-q}\, v_N} .

    ``s`` bounds what the choice of the ``m`` rows themselves may do. With several `folds`, `test`
    is the first of them and the rows of `pool` are dealt to the others; every fold in turn is
    tested, with models trained on the rest. A row's luck then counts where it is tested and where
    it trains, and ``u/J + s²`` becomes ``(√(u/J) + s)²``.

    There are as many draws as the work allows, but some, and then a few more until they are the
    lesser part of the error.

    Notes
    -----
    The bound is Hoeffding's for U-statistics of order ``k``, at most ``k/m`` of the variance of
    one draw, applied to each kind of draw. The degrees of freedom are Satterthwaite's. Derived in
    this companion.
    """
    n, big_n = sizes
    rows = pool if folds == 1 else pool.joined(test)
    turns = [_Turn(np.arange(len(pool.labels)), test, np.arange(len(test.labels)))]
    if folds > 1:
        turns = list(_dealt(pool, rows, folds, rng))
    tested = test if folds == 1 else rows
    room = min(len(turn.training) for turn in turns)
    draws = _Draws(folds, (n / room, big_n / room))
    start = _trainings(rows, fit)
    least, most = (folds * max(-(-pairs // folds), 2) for pairs in _pairs(pool, n, big_n, fit))
    count = len(COMPARED) + (0 if average is None else len(MIXED))
    by_split = np.empty((count, most, 2))
    by_row = np.zeros((count, len(tested.labels)))
    for pair in range(most):
        turn = turns[pair % folds]
        labelled, others = rows.apart(rows.shuffled(turn.training, rng), n)
        models = start(labelled)
        for draw in range(2):
            outputs = models(rows.shuffled(others, rng)[:big_n]).outputs(
                turn.test.weak, turn.test.strong
            )
            squared = _scored(fit, outputs, turn.test.labels, average)
            by_split[:, pair, draw] = squared.mean(axis=1)
            by_row[:, turn.places] += squared
        done = pair + 1
        tick(done, most)
        if done >= least and done % folds == 0:
            each = by_row * (folds / (2 * done))
            error, freedom, share = draws.error(
                by_split[:, :done], tested.variance_of_mean(each), _freedom(tested, each)
            )
            if share <= _LESSER and (freedom >= _SURE).all():
                break
    tick(most, most)
    wins = float(np.mean(by_split[len(MODELS), :done] > 0))
    return Measured(each.mean(axis=1), error, freedom, wins, 2 * done, len(tested.labels), folds)


@dataclass(frozen=True, eq=False)
class _Turn:
    """A fold: rows that train, rows to test on, and the place of these among all that are."""

    training: NDArray[np.intp]
    test: Rows
    places: NDArray[np.intp]


def _dealt(pool: Rows, rows: Rows, folds: int, rng: np.random.Generator) -> Iterator[_Turn]:
    """Deal the rows of the pool to all folds but the first, groups of rows whole."""
    among = np.arange(len(pool.labels))
    if pool.groups is not None:
        among = np.unique(pool.groups, return_inverse=True)[1]
    fold = np.zeros(len(rows.labels), dtype=np.intp)
    share = group_places(among, int(rng.integers(2**32)))
    fold[: len(among)] = 1 + np.floor(share * (folds - 1)).astype(np.intp)
    for own in range(folds):
        places = np.flatnonzero(fold == own)
        yield _Turn(np.flatnonzero(fold != own), rows.part(places), places)


def _trainings(rows: Rows, fit: Trains) -> Callable[..., Callable[..., FourModels]]:
    """Return what trains on labelled rows, and returns what trains on unlabelled ones, too."""
    plain = fit.fit if isinstance(fit, WithAreas) else fit
    shared: SharedRidge | None = None
    if isinstance(plain, RidgeByLeaveOneOut):
        shared = SharedRidge(rows.weak, rows.strong, rows.labels, plain, rows.groups)
    elif isinstance(plain, ClassRidge) and plain.work is None:  # not what it is a base of
        shared = SharedRidge(
            rows.weak, rows.strong, plain.targets(rows.labels), RidgeByLeaveOneOut(plain.penalty),
            rows.groups, plain.imitated,
        )  # fmt: skip
    if shared is not None:
        return lambda labelled: shared.labelled(labelled).models

    def start(labelled: NDArray[np.intp]) -> Callable[..., FourModels]:
        known: FourModels | None = None

        def more(unlabelled: NDArray[np.intp]) -> FourModels:
            nonlocal known
            known = train(
                rows.weak, rows.strong, rows.labels, labelled, unlabelled, fit.to, known=known
            )
            return known

        return more

    return start


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
    if isinstance(fit, TellsClasses):
        return fit.losses(outputs, labels)
    return np.square(outputs - labels)


def compare(
    forecast: Forecast, measured: Measured, estimates: Estimates, head: Head
) -> tuple[Comparison, ...]:
    """Set what was measured beside what was predicted.

    They agree within the quantile of the check and the head's slack, a share of the predicted
    error, of the teacher's for a lead. The leads' standard errors are smaller than those of two
    test errors, which share the luck of the test rows. Nothing contradicts a prediction that does
    not exist, and rounding contradicts none.
    """
    least = NOTHING * estimates.label_variance
    found, names = [], (*COMPARED, *MIXED)[: len(measured.mean)]
    for k, model in enumerate(names):
        value, error = measured.mean[k], measured.standard_error[k]
        guess = getattr(forecast, model)
        predicted, spread = float(guess.value), float(guess.standard_error)
        deviation, systematic, agrees = math.nan, 0.0, True
        if math.isfinite(predicted):
            scale = predicted if model in ERRORS else float(forecast.teacher.value)
            apart, noise = float(value) - predicted, math.hypot(spread, float(error), least)
            deviation = apart / noise
            quantile = _quantile((spread, float(error)), (head.freedom, measured.freedom[k]))
            agrees = abs(apart) <= quantile * noise + head.slack * scale
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


def _quantile(errors: tuple[float, float], freedom: tuple[float, float]) -> float:
    """Half width of what agrees, in standard errors: the level is the check's own.

    The degrees of freedom of the two errors together are Satterthwaite's.
    """
    both = combined(np.square(errors)[:, None], np.array(freedom)[:, None])
    return float(stdtrit(both[0], (1 + _LEVEL) / 2))


def combined(variances: Array, freedom: Array) -> Array:
    """Return Satterthwaite's degrees of freedom of sums of variances, along the first axis.

    Examples
    --------
    >>> combined(np.array([1.0, 1.0]), np.array([7.0, 7.0]))
    array(14.)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = variances / variances.sum(axis=0)
        found = 1 / (np.square(parts) / freedom).sum(axis=0)
    return np.asarray(np.where(np.isfinite(parts).all(axis=0), found, freedom.min(axis=0)))


def symptoms(pool: Rows, constant: bool) -> Symptoms:
    """Measure how far whitened features and their residuals are from Gaussian ones.

    `constant` says that the first column of both models is the constant.
    """
    found = []
    for features in (pool.weak, pool.strong):
        lengths = np.sum(features[:, int(constant) :] ** 2, axis=1)
        d = features.shape[1] - int(constant)
        squared = np.square(pool.labels - features @ _fitted(features, pool.labels))
        level = float(squared.mean())
        misfit = float(np.mean(squared * lengths)) / (level * d) if level > 0 else 1.0
        found.append((float(np.mean(lengths**2)) / (d * (d + 2)), misfit))
    (length_w, misfit_w), (length_s, misfit_s) = found
    return Symptoms(length_w, length_s, misfit_w, misfit_s)


def _fitted(features: Array, labels: Array) -> Array:
    """Return coefficients of least squares, by the normal equations where they are sound."""
    products = gram(features)
    size = float(np.abs(products).sum(axis=0).max())
    root, failed = dpotrf(products, lower=1)
    if not failed and dpocon(root, size, uplo="L")[0] > _SOUND:
        return np.asarray(cho_solve((root, True), features.T @ labels, check_finite=False))
    return np.asarray(lstsq(features, labels, lapack_driver="gelsy", check_finite=False)[0])


def validation(
    forecast: Forecast, measured: Measured, training_rows: int, scaled: bool,
    estimates: Estimates, head: Head, reasons: tuple[str, ...],
) -> Validation:  # fmt: skip
    """Put the check together."""
    least = NOTHING * estimates.label_variance
    found = compare(forecast, measured, estimates, head)
    seen = [
        (_quantile((c.predicted_error, c.measured_error), (head.freedom, freedom)) + _POWER)
        * math.hypot(c.predicted_error, c.measured_error) / max(c.predicted, least)
        for c, freedom in zip(found[: len(MODELS)], measured.freedom, strict=False)
        if math.isfinite(c.predicted)
    ]  # fmt: skip
    agrees = agreed(found)
    return Validation(
        int(forecast.n_labelled), int(forecast.n_unlabelled), measured.splits, training_rows,
        measured.tested, found, agrees, head.slack + max(seen), measured.wins,
        () if agrees else reasons, scaled, measured.folds,
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
    reasons, here = [], compare(forecast, measured, estimates, head)
    known = [math.isfinite(c.predicted) for c in here]
    base = _distance(here, known)
    wide = None if full_width is None else compare(full_width, measured, estimates, head)
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


def _pairs(pool: Rows, n: int, big_n: int, fit: Trains) -> tuple[int, int]:
    """Half the numbers of splits: as many as the work allows, and at most."""
    count = _afforded(pool, n, big_n, fit)
    least = int(np.clip(count, *_PAIRS))
    return least, max(least, _MORE)


def rotates(pool: Rows, test: Rows, sizes: tuple[int, int], fit: Trains) -> int:
    """Return the number of folds: 1, unless test rows are few and each fold can be tested twice."""
    held = len(test.labels)
    folds = int(np.clip(round((len(pool.labels) + held) / held), *_FOLDS))
    scarce = held < _SCARCE and held <= len(pool.labels)
    return folds if scarce and 2 * folds <= _afforded(pool, *sizes, fit) else 1


def _afforded(pool: Rows, n: int, big_n: int, fit: Trains) -> float:
    """Return how many pairs of splits the work allows.

    An orthogonal factorisation is slower than the product of a matrix with itself, a singular
    value decomposition much slower; an eigendecomposition costs about four products of its matrix.
    """
    d_s, d_w = pool.strong.shape[1], pool.weak.shape[1]
    fits = ((n, d_w), (n, d_s), *[(big_n, d_s), (n + big_n, d_s)] * 2)
    products = float(sum(rows * d**2 for rows, d in fits))
    if isinstance(fit, TellsClasses) and fit.work is not None:
        each, least = fit.work
        cost = 2 * max(each * products, least)
    elif fit == MINIMUM_NORM or fit == OFFICIAL:
        cost = products * (2 if fit == MINIMUM_NORM else 16)
    else:  # products, then a decomposition, for every fold of groups
        some = 1 if pool.groups is None else 1 + INNER_FOLDS
        cost = sum(
            rows * d * (min(rows, d) + 100) + some * 4 * min(rows, d) ** 3 for rows, d in fits
        )
    return _WORK / cost


def _freedom(tested: Rows, values: Array) -> Array:
    """Return the degrees of freedom of `Rows.variance_of_mean`: those of χ² of equal variance."""
    if tested.groups is not None:
        return np.full(len(values), float(max(len(np.unique(tested.groups)) - 1, 1)))
    away = np.square(values - values.mean(axis=1, keepdims=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 2 * values.shape[1] * away.mean(axis=1) ** 2 / away.var(axis=1)
    return np.asarray(np.where(np.isfinite(found), np.maximum(found, 1.0), values.shape[1] - 1.0))


@dataclass(frozen=True)
class _Draws:
    """How errors come from draws of rows: the number of folds, and the two shares of the rows."""

    folds: int
    shares: tuple[float, float]

    def error(
        self, by_split: Array, by_test: Array, freedom: Array
    ) -> tuple[Array, Array, float]:  # fmt: skip
        """Return standard errors of mean errors, their degrees of freedom, and the splits' share.

        `by_split` has the shape (models, pairs, 2), pairs of equal folds a round apart; `by_test`
        is the variance of the test rows, known to so many degrees of `freedom`.
        """
        pairs = by_split.shape[1]
        rounds = pairs // self.folds
        v_others = np.mean((by_split[:, :, 0] - by_split[:, :, 1]) ** 2, axis=1) / 2
        means = by_split.mean(axis=2).reshape(len(by_split), rounds, self.folds)
        v_labelled = np.maximum(means.var(axis=1, ddof=1).mean(axis=1) - v_others / 2, 0)
        p, q = (share / (1 - share) for share in self.shares)
        pool = np.square(np.sqrt(p * v_labelled) + np.sqrt(q * v_others))
        splits = v_labelled / pairs + v_others / (2 * pairs)
        cross = np.sqrt(by_test * pool) if self.folds > 1 else 0.0
        parts = np.array([by_test + cross, pool + cross + splits])
        known = np.array([freedom, np.full(len(freedom), self.folds * (rounds - 1.0))])
        total = parts.sum(axis=0)
        with np.errstate(invalid="ignore"):
            share = float(np.nanmax(np.where(total > 0, splits / total, 0.0)))
        return np.sqrt(total), combined(parts, known), share
