"""Predicted test errors of the four models with their uncertainty, whatever head is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array
from w2s.metrics import MODELS
from w2s.practice.estimation.estimates import Uncertain
from w2s.practice.estimation.jackknife import jackknife_error

SINGLE = ("teacher", "student", "sft")  # what can be done with the labels at hand, one by one

_RANGES = dict.fromkeys((*MODELS, "mixture", "opr"), (0.0, np.inf)) | {"weight": (0.0, 1.0)}


class Lead(NamedTuple):
    """Test error of a constant, and by how much teacher, student and SFT baseline are better."""

    constant: float
    teacher: Uncertain[float]
    student: Uncertain[float]
    sft: Uncertain[float]


@dataclass(frozen=True, eq=False)
class Forecast:
    """Predicted test errors (risk plus noise) and ratios, at one pair of sizes or on a grid.

    Attributes
    ----------
    n_labelled, n_unlabelled : array
        The sizes, of the shape of everything below.
    teacher, student, sft, ceiling : Uncertain
        Expected test errors.
    pgr, opr : Uncertain
        Performance gap recovered and outperforming ratio of the *excess* risks.
    gain, over_sft : Uncertain
        Lead of the student over its teacher, and over the SFT baseline.
    mixture, weight : Uncertain or None
        Expected test error of the best average of student and SFT baseline, and the student's
        weight ``ξ`` in it, cut to [0, 1]. None for classes, where no average is predicted.
    over_single : Uncertain or None
        Lead of that average over the best of `SINGLE`.
    """

    n_labelled: Array
    n_unlabelled: Array
    teacher: Uncertain[Array]
    student: Uncertain[Array]
    sft: Uncertain[Array]
    ceiling: Uncertain[Array]
    pgr: Uncertain[Array]
    opr: Uncertain[Array]
    gain: Uncertain[Array]
    over_sft: Uncertain[Array]
    mixture: Uncertain[Array] | None = None
    weight: Uncertain[Array] | None = None
    over_single: Uncertain[Array] | None = None


def without_error(value: Array) -> Uncertain[Any]:
    """Return a value that says nothing of its error."""
    no = np.full(np.shape(value), np.nan)
    return Uncertain(value, no, no, no)


def from_replicates(
    name: str, values: Sequence[Array], rows: Array, quantile: float, *,
    about: int = 0, besides: ArrayLike = 0.0,
) -> Uncertain[Any]:  # fmt: skip
    """Attach errors to the first value from those without each group of `rows`.

    Replicates follow the value that they are replicates of, at the place `about`; without any
    there is no error. `besides` is a standard error of another cause. Intervals are cut to the
    range of the number.

    Examples
    --------
    >>> left_out = [np.array(4.0), np.array(3.5), np.array(1.5)]
    >>> found = from_replicates("gain", [np.array(3.0), *left_out], np.ones(3), 2.0)
    >>> float(found.standard_error.round(3)), float(found.low.round(3))
    (1.528, -0.055)
    """
    whole, others = values[0], values[about + 1 :]
    if not others:
        return without_error(whole)
    error = np.hypot(jackknife_error(values[about], np.array(others), rows), besides)
    half = quantile * error
    low, high = _RANGES.get(name, (-np.inf, np.inf))
    return Uncertain(whole, error, np.maximum(whole - half, low), np.minimum(whole + half, high))
