"""What the check alone can say of heads for classes: areas under the curve, and hard pseudo-labels.

The area is measured beside the shares of wrong answers, on the models that the check trains anyway.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array
from w2s.metrics import MODELS
from w2s.practice.diagnosis.results import Area, Comparison, Validation
from w2s.practice.estimation.estimates import Uncertain
from w2s.practice.estimation.forecasts import Forecast
from w2s.practice.training.class_ridge import ClassRidge
from w2s.practice.training.four_models import Model


@dataclass(frozen=True, eq=False)
class WithAreas:
    """A trainer of heads for two classes that keeps the areas of the models which are judged.

    Attributes
    ----------
    fit : ClassRidge
        What trains.
    found : list of (float, float)
        Area and variance, in the order in which `losses` was called: model by model.
    """

    fit: ClassRidge
    found: list[tuple[float, float]] = field(default_factory=list)

    @property
    def work(self) -> tuple[int, float] | None:
        """What a fit costs."""
        return self.fit.work

    def to(self, design: Array, labels: Array) -> Model:
        """Fit to codes or to a teacher's scores."""
        return self.fit.to(design, labels)

    def losses(self, outputs: Array, labels: Array) -> Array:
        """Return 1 for each wrong answer; keep the area."""
        self.found.append(area(outputs[:, -1], labels == 1))
        return self.fit.losses(outputs, labels)


def area(scores: Array, second: NDArray[np.bool_]) -> tuple[float, float]:
    r"""Return the area under the curve, and its variance over the rows.

    It is the chance that a row of the second class scores above one of the first, and varies by

    .. math:: \frac{\operatorname{Var}_{i}(p_i)}{n_1} + \frac{\operatorname{Var}_{j}(p_j)}{n_2}

    with the placements ``p`` of the rows of each class among those of the other; ties count half.

    Parameters
    ----------
    scores : array of shape (m,)
        Scores.
    second : array of bool, shape (m,)
        Which rows are of the second class.

    Returns
    -------
    (float, float)
        Both nan if a class has fewer than two rows.

    Notes
    -----
    The variance is that of DeLong, DeLong and Clarke-Pearson (1988).

    Examples
    --------
    >>> area(np.array([0.1, 0.4, 0.3, 0.8]), np.array([False, False, True, True]))
    (0.75, 0.125)
    """
    from scipy.stats import rankdata  # slow to load, and only two classes have an area

    counts = int((~second).sum()), int(second.sum())
    if min(counts) < 2:
        return math.nan, math.nan
    ranks = rankdata(scores)
    variance, mean = 0.0, 0.0
    for side, other in ((~second, counts[1]), (second, counts[0])):
        below = (ranks[side] - rankdata(scores[side])) / other
        variance += float(below.var(ddof=1)) / len(below)
        mean = float(below.mean())
    return mean, variance


def areas(
    predicted: list[Uncertain[float]], expected: list[Uncertain[float]], trainer: Any,
    checked: Validation | None, quantile: float, near: float,
) -> tuple[Area, ...]:  # fmt: skip
    """Set the areas of the check beside the predicted ones.

    Parameters
    ----------
    predicted, expected : list of Uncertain
        At the sizes asked for and at those of the check; empty unless there are two classes.
    trainer : WithAreas or another
        What trained the models of the check.
    checked : Validation or None
        The check.
    quantile : float
        Half width of what agrees, in standard errors.
    near : float
        By how much a prediction may be off besides.
    """
    if checked is None or not isinstance(trainer, WithAreas):
        return tuple(Area(model, u, None) for model, u in zip(MODELS, predicted, strict=False))
    runs = np.array(trainer.found).reshape(-1, len(MODELS), 2)
    compared = []
    shares = [size / checked.training_rows for size in (checked.n_labelled, checked.n_unlabelled)]
    for model, here, there, run in zip(
        MODELS, predicted, expected, np.moveaxis(runs, 1, 0), strict=True
    ):
        # As in `measured.measure`: the luck of the tested rows, of which each fold has its own; a
        # bound of what the choice of the rows to draw from may do; and two draws of inputs share
        # their labels. With folds a row's luck counts where it is tested and where it trains.
        draws, mean = run[:, 0].reshape(-1, 2), float(run[:, 0].mean())
        v_others = float(np.mean(np.diff(draws) ** 2)) / 2
        v_labelled = max(float(draws.mean(axis=1).var(ddof=1)) - v_others / 2, 0.0)
        tested = float(run[:, 1].mean()) / checked.folds
        p, q = (share / (1 - share) for share in shares)
        pool = (math.sqrt(p * v_labelled) + math.sqrt(q * v_others)) ** 2
        cross = 2 * math.sqrt(tested * pool) if checked.folds > 1 else 0.0
        splits = (v_labelled + v_others / 2) / len(draws)
        error = math.sqrt(tested + pool + cross + splits)
        apart, noise = mean - there.value, math.hypot(error, there.standard_error)
        compared.append(
            Area(
                model,
                here,
                Comparison(
                    model, there.value, there.standard_error, mean, error, apart / noise,
                    not abs(apart) > quantile * noise + near, max(abs(apart) - noise, 0.0) / mean,
                ),
            )
        )  # fmt: skip
    return tuple(compared)


def held_to(point: Forecast, checked: Validation | None, quantile: float) -> Forecast:
    """Return a forecast whose intervals also hold what the check measured.

    The student's numbers move by as much as the check found them to be off, give or take
    `quantile` standard errors of it: where those sizes are the ones asked for, that is the interval
    of the measurement. So nothing is firm that was only predicted.
    """
    if checked is None:
        return point
    found: dict[str, Any] = {}
    for name in ("student", "gain", "over_sft"):
        u, c = getattr(point, name), checked.of(name)
        moved = u.value + c.measured - c.predicted
        half = quantile * c.measured_error
        found[name] = _wider(u, moved - half, moved + half)
    gain, student, gap = found["gain"], found["student"], point.teacher.value - point.ceiling.value
    with np.errstate(divide="ignore", invalid="ignore"):
        found["pgr"] = _wider(point.pgr, gain.low / gap, gain.high / gap)
        least = np.maximum(student.low, 0.0)
        found["opr"] = _wider(point.opr, point.sft.value / student.high, point.sft.value / least)
    return replace(point, **found)


def _wider(u: Uncertain[Any], low: Any, high: Any) -> Uncertain[Any]:
    """Return the same value with an interval that holds another one; nan stays nan."""
    return Uncertain(u.value, u.standard_error, np.minimum(u.low, low), np.maximum(u.high, high))
