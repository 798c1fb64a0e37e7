"""Predicted test errors of the four models with their uncertainty, whatever head is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from w2s._checks import Array
from w2s.practice.estimation.estimates import Uncertain

SINGLE = ("teacher", "student", "sft")  # what can be done with the labels at hand, one by one


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
