"""What a diagnosis holds: plain dataclasses, and their plain form for JSON."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from w2s._checks import Array
from w2s.practice.estimation.estimates import Estimates, Uncertain

FORMAT = 1
NAMES = {
    "teacher": "weak teacher",
    "student": "student",
    "sft": "strong SFT baseline",
    "ceiling": "strong ceiling",
    "gain": "lead of the student",
}
Answer = Literal[
    "helps",
    "does not help",
    "undecided",
    "neither beats a constant",
    "no prediction for this n",
    "not to be believed",
]


@dataclass(frozen=True)
class Inputs:
    """What was looked at, and how.

    Attributes
    ----------
    weak, strong, labels : str
        The sources by name.
    rows, labelled_rows, withheld_rows : int
        Rows in all; rows with a label, copies of other rows counted once; and those of them whose
        labels were kept from the estimate.
    width_weak, width_strong : int
        Feature columns.
    mode : str
        ``"clean"`` or ``"official"``.
    energy : float
        Share of the trace that the kept principal components carry.
    seed : int
        Root of all random choices.
    confidence : float
        Level of every interval.
    """

    weak: str
    strong: str
    labels: str
    rows: int
    labelled_rows: int
    withheld_rows: int
    width_weak: int
    width_strong: int
    mode: str
    energy: float
    seed: int
    confidence: float


@dataclass(frozen=True, eq=False)
class Forecast:
    """Predicted test errors (risk plus noise) and ratios, at one pair of sizes or on a grid.

    Attributes
    ----------
    n_labelled, n_unlabelled : array
        The sizes, of the shape of everything below.
    teacher, student, sft, ceiling : Uncertain
        Expected test errors.
    pgr, opr, gain : Uncertain
        Performance gap recovered and outperforming ratio of the *excess* risks, and the lead of
        the student over its teacher.
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


@dataclass(frozen=True)
class Comparison:
    """One model's test error, or the student's lead, predicted and measured.

    Attributes
    ----------
    model : str
        One of `MODELS`, or ``"gain"`` for the lead of the student over its teacher.
    predicted, predicted_error, measured, measured_error : float
        Values with their standard errors.
    deviation : float
        Difference over the root of the sum of the squared standard errors.
    agrees : bool
        Whether the deviation is within the interval's quantile. A prediction that does not exist
        (nan or infinite) contradicts nothing.
    """

    model: str
    predicted: float
    predicted_error: float
    measured: float
    measured_error: float
    deviation: float
    agrees: bool


@dataclass(frozen=True)
class Validation:
    """The four models trained and tested on the user's rows, beside the prediction.

    Attributes
    ----------
    n_labelled, n_unlabelled : int
        Sizes of the trained models: the user's, or smaller ones of the same proportion.
    trials, training_rows, test_rows : int
        Random splits, rows to draw them from, and withheld rows tested on.
    comparisons : tuple of Comparison
        One for each model, and the last one for the student's lead.
    agrees : bool
        Whether all of them agree.
    resolution : float
        Largest relative deviation, over the models, that the check could not have seen.
    reasons : tuple of str
        Likely reasons of a disagreement, the best supported first.
    scaled : bool
        Whether the sizes are smaller than the user's.
    """

    n_labelled: int
    n_unlabelled: int
    trials: int
    training_rows: int
    test_rows: int
    comparisons: tuple[Comparison, ...]
    agrees: bool
    resolution: float
    reasons: tuple[str, ...]
    scaled: bool


@dataclass(frozen=True)
class Symptoms:
    """How far the features are from Gaussian ones, on the rows that were read again; 1 is Gaussian.

    Attributes
    ----------
    length_weak, length_strong : float
        ``E|ψ|⁴ / (d(d+2))`` of the whitened features: above 1 where whole rows are large together.
    misfit_weak, misfit_strong : float
        ``E[r²|ψ|²] / (E[r²] d)`` with the residual ``r`` of the labels: above 1 where the label is
        missed most on large rows.
    """

    length_weak: float
    length_strong: float
    misfit_weak: float
    misfit_strong: float


@dataclass(frozen=True)
class Plan:
    """Best use of a budget, and what the same money would do without weak-to-strong.

    Attributes
    ----------
    budget, label_cost, unlabelled_cost : float
        The money and the two prices.
    n_labelled, n_unlabelled : int
        The split with the least predicted student's error.
    student : float
        That error.
    labels_only : int
        Labels that the whole budget buys.
    sft : float
        Predicted error of the SFT baseline on so many labels; nan if they are too few.
    """

    budget: float
    label_cost: float
    unlabelled_cost: float
    n_labelled: int
    n_unlabelled: int
    student: float
    labels_only: int
    sft: float


@dataclass(frozen=True)
class Purchase:
    """What to buy next at the user's sizes; all numbers are predictions for the student.

    Attributes
    ----------
    by_label, by_input : float
        Fall of the student's test error by one more label, by one more unlabelled input.
    exchange : float
        Unlabelled inputs that are worth as much as one label.
    n_zero_gain : float
        Labels ``n_0`` past which the teacher overtakes its student; inf if never.
    inputs_for_gain, inputs_to_beat_sft : float
        Unlabelled inputs above which the student beats its teacher, the SFT baseline; inf if never.
    inputs_for_tenth : float
        Unlabelled inputs at which the discrepancy costs a tenth of what is inherited.
    plan : Plan or None
        Best use of the budget, if prices were given.
    """

    by_label: float
    by_input: float
    exchange: float
    n_zero_gain: float
    inputs_for_gain: float
    inputs_to_beat_sft: float
    inputs_for_tenth: float
    plan: Plan | None


@dataclass(frozen=True)
class Verdict:
    """The answer in words.

    Attributes
    ----------
    answer : str
        One of "helps", "does not help", "undecided", "neither beats a constant", "no prediction
        for this n", "not to be believed".
    headline : str
        One sentence.
    because : tuple of str
        What it rests on, the most important first.
    """

    answer: Answer
    headline: str
    because: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Everything the reports show.

    Attributes
    ----------
    verdict : Verdict
        The answer.
    inputs : Inputs
        What was looked at.
    estimates : Estimates
        The geometry with its uncertainties, and the coordinates in which it holds.
    point : Forecast
        At the user's sizes.
    over_labelled, over_unlabelled, surface : Forecast
        Along ``n`` at the user's ``N``, along ``N`` at the user's ``n``, and over both (``n`` by
        rows, ``N`` by columns).
    purchase : Purchase
        What to buy next.
    validation : Validation or None
        The check on withheld rows, if there was one.
    symptoms : Symptoms or None
        Departures from Gaussian features, measured with the check.
    chance : array
        Canonical correlations that unrelated features would typically show.
    warnings : tuple of str
        Where the theory is at its limits.
    unknown : tuple of str
        What this diagnosis cannot know.
    """

    verdict: Verdict
    inputs: Inputs
    estimates: Estimates
    point: Forecast
    over_labelled: Forecast
    over_unlabelled: Forecast
    surface: Forecast
    purchase: Purchase
    validation: Validation | None
    symptoms: Symptoms | None
    chance: Array
    warnings: tuple[str, ...]
    unknown: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, numbers and texts, ready for JSON.

        What is infinite is the text ``"inf"``; what is not defined is None.
        """
        parts = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        parts["estimates"] = {
            name: getattr(self.estimates, name)
            for name in (
                "d_strong", "d_weak", "overlap", "rho_strong", "rho_weak", "a", "b", "c", "noise",
                "raw_overlap", "null_mean", "null_sd", "chance_edge", "cosines", "spectrum_strong",
                "spectrum_weak", "rows", "labelled_rows", "groups", "intercept", "confidence",
            )
        }  # fmt: skip
        return {"format": FORMAT, **{name: plain(part) for name, part in parts.items()}}


def plain(value: Any) -> Any:
    """Turn dataclasses and arrays into dicts, lists, numbers and texts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value
