"""Predictions at the user's sizes, around them, and what to buy next."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array
from w2s.practice.diagnosis.heads import Head
from w2s.practice.diagnosis.results import Plan, Purchase
from w2s.practice.estimation.estimates import Uncertain
from w2s.practice.estimation.forecasts import Forecast

_POINTS = 60  # along a curve
_CELLS = 36  # along a side of the surface
_REACH = 10.0  # curves go from the edge to this multiple of the user's size
_TENTH = 0.1  # of a size: what is bought more
_LABELS_EACH, _INPUTS_EACH = 3, 30  # sizes proposed per dimension


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


def curves(head: Head, n: int, big_n: int) -> tuple[Forecast, Forecast, Forecast]:
    """Return forecasts along ``n``, along ``N``, and, without errors, on the grid of both."""
    first, second = head.least
    along_n, along_big_n = _ladder(first, n, _POINTS), _ladder(second, big_n, _POINTS)
    rows, columns = _ladder(first, n, _CELLS), _ladder(second, big_n, _CELLS)
    return (
        head.forecast(along_n, big_n),
        head.forecast(n, along_big_n),
        head.forecast(rows[:, None], columns, certain=True),
    )


def purchase(
    head: Head,
    along: tuple[Forecast, Forecast],
    n: int,
    big_n: int,
    money: tuple[float, float, float] | None,
) -> Purchase:
    """Say what more labels and more unlabelled inputs are worth, and plan a budget.

    Parameters
    ----------
    head : Head
        What is trained.
    along : pair of Forecast
        Along ``n`` at the user's ``N``, and along ``N`` at the user's ``n``.
    n, big_n : int
        The user's sizes.
    money : (float, float, float), optional
        Budget, and prices of a label and of an unlabelled input.
    """
    more = math.ceil(n * (1 + _TENTH)), math.ceil(big_n * (1 + _TENTH))
    by_labels, by_inputs = head.falls((n, big_n), [(more[0], big_n), (n, more[1])])
    each = by_labels.value / (more[0] - n), by_inputs.value / (more[1] - big_n)
    over_n, over_big_n = along
    return Purchase(
        more_labels=more[0] - n,
        more_inputs=more[1] - big_n,
        by_labels=by_labels,
        by_inputs=by_inputs,
        exchange=each[0] / each[1] if by_inputs.low > 0 else math.nan,
        n_zero_gain=crossing(over_n.n_labelled, over_n.gain),
        inputs_for_gain=crossing(over_big_n.n_unlabelled, over_big_n.gain),
        inputs_to_beat_sft=crossing(over_big_n.n_unlabelled, over_big_n.over_sft),
        reach=(float(over_n.n_labelled.max()), float(over_big_n.n_unlabelled.max())),
        plan=None if money is None else _plan(head, *money),
    )


def crossing(sizes: Array, lead: Uncertain[Array]) -> Uncertain[float]:
    """Return the size at which a lead changes its sign, and where its interval does.

    The size is infinite if the lead keeps its sign on all sizes, as far as it is known there; the
    ends of the interval are those sizes at which the lead is not surely positive or negative, nan
    where it never is.

    Examples
    --------
    >>> sizes = np.array([1.0, 10.0, 100.0])
    >>> lead = Uncertain(*(np.array([2.0, 0.0, -2.0]) + shift for shift in (0, 0, -1, 1)))
    >>> found = crossing(sizes, lead)
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (10.0, 3.16, 31.62)
    """
    zeros = [_zeros(sizes, values) for values in (lead.value, lead.low, lead.high)]
    value = float(zeros[0][0]) if len(zeros[0]) else math.inf
    ends = sorted([*zeros[1][:1], *zeros[2][:1]])
    if len(ends) < 2:  # one end of the interval lies beyond the sizes
        undecided = (lead.low < 0) & (lead.high > 0)
        known = sizes[undecided & np.isfinite(lead.value)]
        if not len(known):
            return Uncertain(value, math.nan, math.nan, math.nan)
        low = float(known.min()) if known.min() > sizes.min() else 0.0
        high = float(known.max()) if known.max() < sizes.max() else math.inf
        return Uncertain(value, math.nan, low, high)
    return Uncertain(value, math.nan, float(ends[0]), float(ends[1]))


def planned_sizes(
    head: Head, budget: float, label_cost: float, unlabelled_cost: float
) -> tuple[int, int]:
    """Whole sizes of the best split of a budget, which they do not exceed.

    Raises
    ------
    ValueError
        If the budget buys no sizes that have a prediction.
    """
    first, second = head.least
    top = int((budget - second * unlabelled_cost) / label_cost)
    if top < first:
        left = int((budget - first * label_cost) / unlabelled_cost)
        raise ValueError(f"budget {budget:g} is too small: it leaves {left} unlabelled inputs")
    low, high = first, top
    while True:  # a finer ladder about the best size, down to whole numbers
        tried = np.unique(np.geomspace(low, high, _POINTS).round())
        inputs = np.floor((budget - tried * label_cost) / unlabelled_cost)
        errors = head.forecast(tried, inputs, certain=True).student.value
        best = int(np.nanargmin(np.where(np.isfinite(errors), errors, np.inf)))
        if high - low < _POINTS:
            return int(tried[best]), int(inputs[best])
        low, high = int(tried[max(best - 1, 0)]), int(tried[min(best + 1, len(tried) - 1)])


def _plan(head: Head, budget: float, label_cost: float, unlabelled_cost: float) -> Plan:
    n, big_n = planned_sizes(head, budget, label_cost, unlabelled_cost)
    here = head.forecast(n, big_n)
    labels = int(budget / label_cost)
    alone = head.forecast(labels, big_n, certain=True)
    prices = budget, label_cost, unlabelled_cost
    return Plan(*prices, n, big_n, float(here.student.value), labels, float(alone.sft.value))


def _ladder(least: int, size: int, points: int) -> NDArray[np.float64]:
    """Whole sizes in about equal ratios, from near the edge to well past `size`."""
    start = max(least + 1.0, 1.05 * least)
    stop = max(_REACH * size, 4 * start)
    return np.unique(np.geomspace(start, stop, points).round())


def _zeros(sizes: Array, values: Array) -> Array:
    """Sizes at which values change their sign, by straight lines over the logarithm."""
    known = np.isfinite(values)
    x, y = np.log(sizes[known]), values[known]
    at = np.flatnonzero(np.sign(y[1:]) * np.sign(y[:-1]) < 0)
    found = np.exp(x[at] - y[at] * (x[at + 1] - x[at]) / (y[at + 1] - y[at]))
    return np.sort(np.concatenate([found, np.exp(x[y == 0])]))
