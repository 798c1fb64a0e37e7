"""What a diagnosis holds: plain dataclasses, and their plain form for JSON."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from w2s._checks import Array
from w2s.practice.estimation.estimates import Estimates, Uncertain
from w2s.practice.estimation.forecasts import Forecast

FORMAT = 2
NAMES = {
    "teacher": "weak teacher",
    "student": "student",
    "sft": "strong SFT baseline",
    "ceiling": "strong ceiling",
    "gain": "lead of the student",
    "over_sft": "lead of the student over SFT",
    "mixture": "student-SFT mixture",
    "over_single": "lead of the mixture",
}
_LONG = ("over_labelled", "over_unlabelled", "surface", "chance")  # only in the full plain form
_SPECTRA = ("cosines", "spectrum_strong", "spectrum_weak")
Answer = Literal[
    "helps",
    "helps, but fine-tune",
    "practically equal",
    "does not help",
    "undecided",
    "neither beats a constant",
    "no prediction for this n",
    "not to be believed",
]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
SQUARED, WRONG = "test error", "share of wrong answers"  # what an error is, for numbers and classes
CONSTANTS = {SQUARED: "the mean of the labels alone", WRONG: "the most frequent class alone"}


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
    measure : str
        What an error is: ``"test error"`` (the mean square) or ``"share of wrong answers"``.
    head : str
        What is trained: ``"ridge"``, ``"ridgeless"``, ``"official"`` or ``"logistic"``.
    ridge : float or None
        Penalty of the heads; None where cross-validation chooses it.
    classes : tuple of str
        Names of the classes, if the labels are classes.
    pseudo_labels : str or None
        What the student of classes is taught: ``"soft"`` scores or ``"hard"`` decisions.
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
    measure: str
    head: str
    ridge: float | None
    classes: tuple[str, ...]
    pseudo_labels: str | None
    energy: float
    seed: int
    confidence: float


@dataclass(frozen=True)
class Comparison:
    """One model's test error, or a lead of the student, predicted and measured.

    Attributes
    ----------
    model : str
        One of `MODELS`, or ``"gain"`` and ``"over_sft"`` for the student's leads over its teacher
        and over the SFT baseline, or ``"mixture"`` and ``"over_single"`` for the average of student
        and SFT baseline and its lead over the best of the models.
    predicted, predicted_error, measured, measured_error : float
        Values with their standard errors.
    deviation : float
        Difference over the root of the sum of the squared standard errors.
    agrees : bool
        Whether the deviation is within the quantile of the check, beside what the predictions
        themselves are off by. A prediction that does not exist (nan or infinite) contradicts
        nothing.
    systematic : float
        What of the deviation is more than one standard error, in units of the measured value; for
        a lead, in units of the teacher's error.
    """

    model: str
    predicted: float
    predicted_error: float
    measured: float
    measured_error: float
    deviation: float
    agrees: bool
    systematic: float


@dataclass(frozen=True)
class Area:
    """Area under the curve of one model that tells two classes.

    Attributes
    ----------
    model : str
        One of `MODELS`.
    predicted : Uncertain
        At the user's sizes.
    check : Comparison or None
        Predicted and measured at the sizes of the check; the verdict does not depend on it.
    """

    model: str
    predicted: Uncertain[float]
    check: Comparison | None


@dataclass(frozen=True)
class Validation:
    """The four models trained and tested on the user's rows, beside the prediction.

    Attributes
    ----------
    n_labelled, n_unlabelled : int
        Sizes of the trained models: the user's, or smaller ones where the rows do not reach.
    trials, training_rows, test_rows : int
        Random splits, rows to draw them from, and rows tested on.
    comparisons : tuple of Comparison
        One for each model, one for each of the student's leads, and where a mixture is predicted
        its error and its lead over the best single model, at the predicted weight.
    agrees : bool
        Whether all of them agree, the mixture's set aside.
    resolution : float
        Relative deviation that the check would have seen in nine of ten cases; the largest over
        the models.
    wins : float
        Share of the single training runs in which the student beat its teacher.
    reasons : tuple of str
        Likely reasons of a disagreement, the best supported first.
    scaled : bool
        Whether the sizes are smaller than the user's.
    folds : int
        Parts of the rows that were held out in turn; 1 if the withheld rows alone were tested on.
    """

    n_labelled: int
    n_unlabelled: int
    trials: int
    training_rows: int
    test_rows: int
    comparisons: tuple[Comparison, ...]
    agrees: bool
    resolution: float
    wins: float
    reasons: tuple[str, ...]
    scaled: bool
    folds: int = 1

    def of(self, model: str) -> Comparison:
        """Return the comparison of a model or of a lead."""
        return next(c for c in self.comparisons if c.model == model)


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
    more_labels, more_inputs : int
        A tenth more of either, as whole numbers.
    by_labels, by_inputs : Uncertain
        Fall of the student's test error by so many more labels, by so many more unlabelled inputs.
    exchange : float
        Unlabelled inputs that are worth as much as one label; nan where inputs are not surely
        worth anything.
    n_zero_gain : Uncertain
        Labels at which the lead over the teacher changes its sign; see `outlook.crossing`.
    inputs_for_gain, inputs_to_beat_sft : Uncertain
        Unlabelled inputs at which the leads over the teacher and over the SFT baseline do.
    reach : (float, float)
        Largest ``n`` and ``N`` that were looked at.
    plan : Plan or None
        Best use of the budget, if prices were given.
    """

    more_labels: int
    more_inputs: int
    by_labels: Uncertain[float]
    by_inputs: Uncertain[float]
    exchange: float
    n_zero_gain: Uncertain[float]
    inputs_for_gain: Uncertain[float]
    inputs_to_beat_sft: Uncertain[float]
    reach: tuple[float, float]
    plan: Plan | None


@dataclass(frozen=True)
class Verdict:
    """The answer in words.

    Attributes
    ----------
    answer : str
        One of `ANSWERS`.
    action : str
        What to do, with its size and certainty: one sentence.
    headline : str
        What was found: one sentence.
    because : tuple of str
        What it rests on, the most important first.
    mix : bool
        Whether the action is to train student and SFT baseline, and to average what they predict.
    """

    answer: Answer
    action: str
    headline: str
    because: tuple[str, ...]
    mix: bool = False


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
    areas : tuple of Area
        Areas under the curve of the four models, if there are two classes.
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
    areas: tuple[Area, ...]
    symptoms: Symptoms | None
    chance: Array
    warnings: tuple[str, ...]
    unknown: tuple[str, ...]

    def to_dict(self, *, full: bool = False) -> dict[str, Any]:
        """Return plain lists, numbers and texts, ready for JSON.

        ``w2s/practice/report/diagnosis.schema.json`` describes them. What is infinite is the text
        ``"inf"``; what is not defined is None.

        Parameters
        ----------
        full : bool
            Whether to keep what is a list of numbers: the forecasts along ``n`` and ``N`` and over
            both, spectra and canonical correlations.
        """
        parts = {
            f.name: getattr(self, f.name)
            for f in dataclasses.fields(self)
            if full or f.name not in _LONG
        }
        parts["estimates"] = {
            name: getattr(self.estimates, name)
            for name in (
                "d_strong", "d_weak", "overlap", "rho_strong", "rho_weak", "a", "b", "c", "noise",
                "raw_overlap", "null_mean", "null_sd", "chance_edge", "rows", "labelled_rows",
                "groups", "intercept", "confidence", *(_SPECTRA if full else ()),
            )
        }  # fmt: skip
        whole = {name: plain(part) for name, part in parts.items()}
        return {"format": FORMAT, "full": full, **whole}

    def __repr__(self) -> str:
        from w2s.practice.report.notebook import summary

        return summary(self)

    def _repr_html_(self) -> str:
        from w2s.practice.report.notebook import summary_html

        return summary_html(self)


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
