"""Four models trained on drawn rows of the user's and tested on others: errors, with their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array
from w2s.metrics import MODELS
from w2s.practice.diagnosis.decisions import WithAreas
from w2s.practice.diagnosis.effort import affordable_pairs
from w2s.practice.diagnosis.rows import Rows, group_places
from w2s.practice.estimation.forecasts import SINGLE, Forecast
from w2s.practice.training.class_ridge import ClassRidge, TellsClasses
from w2s.practice.training.four_models import FourModels, train
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut
from w2s.practice.training.shared_ridge import SharedRidge
from w2s.practice.training.splits import Trains

COMPARED = (*MODELS, "gain", "over_sft")
MIXED = ("mixture", "over_single")  # measured after these, where an average is predicted
_LEADS = ((0, 1), (2, 1))  # places of the two models of each lead
_LESSER = 0.3  # of a squared standard error, or fewer degrees of freedom than
_SURE = 8.0


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
    least, most = (
        folds * max(-(-pairs // folds), 2) for pairs in affordable_pairs(pool, n, big_n, fit)
    )
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
