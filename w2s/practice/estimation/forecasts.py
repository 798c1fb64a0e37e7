"""Predicted test errors of the four models with their uncertainty, whatever head is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from w2s._checks import Array
from w2s.practice.estimation.estimates import Uncertain


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
