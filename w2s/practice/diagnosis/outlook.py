"""Predictions at the user's sizes, around them, and what to buy next."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from w2s.discrepancy.budget import best_split, n_unlabelled_to_beat_sft
from w2s.discrepancy.gain import (
    n_labelled_at_zero_gain,
    n_unlabelled_for_fraction,
    n_unlabelled_for_gain,
)
from w2s.discrepancy.ridgeless import single_risk, student_risk
from w2s.practice.diagnosis.results import Forecast, Plan, Purchase
from w2s.practice.estimation.estimates import Estimates
from w2s.practice.estimation.predictions import Predictions, predict

_POINTS = 60  # along a curve
_CELLS = 36  # along a side of the surface
_REACH = 10.0  # curves go from the edge to this multiple of the user's size
_TENTH = 0.1
_LABELS_EACH, _INPUTS_EACH = 3, 30  # sizes proposed per dimension


def forecast(predictions: Predictions) -> Forecast:
    """Keep the test errors and the ratios."""
    p = predictions
    errors = p.teacher_error, p.student_error, p.sft_error, p.ceiling_error
    return Forecast(p.n_labelled, p.n_unlabelled, *errors, p.pgr, p.opr, p.gain)


def proposed_sizes(d_strong: int, d_weak: int, rows: int) -> tuple[int, int]:
    """Sizes for a user who names none: a few times the dimensions, as far as the rows reach.

    Three labels per weak and thirty unlabelled inputs per strong dimension; where the rows are
    fewer, both are moved alike towards the smallest sizes for which anything can be said.

    Examples
    --------
    >>> proposed_sizes(20, 60, rows=10_000), proposed_sizes(20, 60, rows=400)
    ((180, 600), (115, 284))
    """
    least = max(d_strong, d_weak) + 2, d_strong + 2
    wanted = max(_LABELS_EACH * d_weak, least[0]), _INPUTS_EACH * d_strong
    spare = max(rows - sum(least), 0)
    share = min(1.0, spare / max(sum(wanted) - sum(least), 1))
    n, big_n = (int(low + share * (top - low)) for low, top in zip(least, wanted, strict=True))
    return n, big_n


def curves(estimates: Estimates, n: int, big_n: int) -> tuple[Forecast, Forecast, Forecast]:
    """Return forecasts along ``n``, along ``N``, and on the grid of both."""
    first, second = _least(estimates)
    along_n, along_big_n = _ladder(first, n, _POINTS), _ladder(second, big_n, _POINTS)
    rows, columns = _ladder(first, n, _CELLS), _ladder(second, big_n, _CELLS)
    return (
        forecast(predict(estimates, along_n, big_n)),
        forecast(predict(estimates, n, along_big_n)),
        forecast(predict(estimates, rows[:, None], columns)),
    )


def purchase(
    estimates: Estimates,
    n: int,
    big_n: int,
    budget: float | None,
    label_cost: float | None,
    unlabelled_cost: float | None,
) -> Purchase:
    """Say what one more label and one more unlabelled input are worth, and plan a budget."""
    g, noise = estimates.geometry, estimates.noise.value
    if n <= g.d_weak + 1 or big_n <= g.d_strong + 1:
        no = math.nan
        plan = _plan(estimates, budget, label_cost, unlabelled_cost)
        return Purchase(no, no, no, no, no, no, no, plan)
    here = float(student_risk(g, n, big_n, noise))
    by_label = here - float(student_risk(g, n + 1, big_n, noise))
    by_input = here - float(student_risk(g, n, big_n + 1, noise))
    reachable = n >= g.d_strong - 1
    beats = float(n_unlabelled_to_beat_sft(g, n, noise)) if reachable else math.nan
    return Purchase(
        by_label=by_label,
        by_input=by_input,
        exchange=by_label / by_input if by_input > 0 else math.inf,
        n_zero_gain=float(n_labelled_at_zero_gain(g, big_n, noise)),
        inputs_for_gain=float(n_unlabelled_for_gain(g, n, noise)),
        inputs_to_beat_sft=beats,
        inputs_for_tenth=float(n_unlabelled_for_fraction(g, _TENTH)),
        plan=_plan(estimates, budget, label_cost, unlabelled_cost),
    )


def planned_sizes(
    estimates: Estimates, budget: float, label_cost: float, unlabelled_cost: float
) -> tuple[int, int]:
    """Whole sizes of the best split of a budget, which they do not exceed."""
    prices = {"cost_labelled": label_cost, "cost_unlabelled": unlabelled_cost}
    split = best_split(estimates.geometry, budget, estimates.noise.value, **prices)
    if not math.isfinite(float(split.n_labelled)):
        raise ValueError("every split of the budget is as good: nothing is missed and no noise")
    n = max(int(split.n_labelled), _least(estimates)[0])
    big_n = int((budget - n * label_cost) / unlabelled_cost)
    if big_n < _least(estimates)[1]:
        raise ValueError(f"budget {budget:g} is too small: it leaves {big_n} unlabelled inputs")
    return n, big_n


def _plan(
    estimates: Estimates,
    budget: float | None,
    label_cost: float | None,
    unlabelled_cost: float | None,
) -> Plan | None:
    if budget is None or label_cost is None or unlabelled_cost is None:
        return None
    g, noise = estimates.geometry, estimates.noise.value
    n, big_n = planned_sizes(estimates, budget, label_cost, unlabelled_cost)
    labels = int(budget / label_cost)
    enough = labels > g.d_strong + 1
    sft = float(single_risk(g.d_strong, labels, noise, g.rho_strong)) if enough else math.nan
    student = float(student_risk(g, n, big_n, noise))
    prices = budget, label_cost, unlabelled_cost
    return Plan(*prices, n, big_n, student + noise, labels, sft + noise)


def _least(estimates: Estimates) -> tuple[int, int]:
    """Smallest sizes with a finite prediction for all four models."""
    return max(estimates.d_weak, estimates.d_strong) + 2, estimates.d_strong + 2


def _ladder(least: int, size: int, points: int) -> NDArray[np.float64]:
    """Whole sizes in about equal ratios, from near the edge to well past `size`."""
    start = max(least + 1.0, 1.05 * least)
    stop = max(_REACH * size, 4 * start)
    return np.unique(np.geomspace(start, stop, points).round())
