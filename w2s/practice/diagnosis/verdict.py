"""The answer in words: what a practitioner reads first."""

from __future__ import annotations

import math

import numpy as np

from w2s._checks import Array
from w2s.practice.diagnosis.guards import Guard
from w2s.practice.diagnosis.results import NAMES, Forecast, Symptoms, Validation, Verdict
from w2s.practice.estimation.estimates import Estimates
from w2s.practice.estimation.predictions import NOTHING, Lead

_ROWS_EACH = 5  # rows per dimension below which the estimates deserve a warning
_SOME = 10_000  # labels looked at to see whether they take two values
_HEAVY = 1.3  # fourth moment of the length, over the Gaussian one, that deserves a warning
_BLUNT = 0.5  # a check that misses deviations of this relative size says little

UNKNOWN = (
    "Models that are fine-tuned beyond a linear head: the features are taken as frozen, and every "
    "model is a least-squares fit on them.",
    "Accuracy or any loss but the squared error.",
    "Inputs of another distribution than these rows, or rows that are not independent.",
    "Whether what both models leave unexplained is label noise or signal that neither can express. "
    "Test errors, gain and PGR do not depend on it; OPR does (it is counted as noise).",
    "One training run: predictions are averages over the draw of the training rows.",
)


def verdict(
    point: Forecast,
    checked: Validation | None,
    constant: Lead | None = None,
    held: tuple[Guard, ...] = (),
) -> Verdict:
    """Answer whether the student helps at the user's sizes.

    `constant` says how far the models are ahead of a constant, `held` what holds a verdict back.
    """
    n, big_n = int(point.n_labelled), int(point.n_unlabelled)
    at = f"at n = {n} labels and N = {big_n} unlabelled inputs"
    seen = tuple(guard.reason for guard in held)
    if checked is not None and not checked.agrees:
        return _mistrust(checked, seen)
    gain = point.gain
    if not math.isfinite(float(gain.value)):
        headline = f"No prediction {at}: a model has too few samples for its dimension."
        return Verdict("no prediction for this n", headline, seen)
    lead = (
        f"test error {float(point.student.value):.4g} (student) against "
        f"{float(point.teacher.value):.4g} (teacher): a lead of {float(gain.value):.3g} ± "
        f"{float(gain.standard_error):.2g}"
    )
    # What limits the trust in the numbers comes before the numbers.
    blunt = checked is None or checked.resolution > _BLUNT
    reasons = [_trust(checked), lead, _beside_sft(point)]
    because = tuple(reasons if blunt else [*reasons[1:], reasons[0]])
    if held:
        return Verdict("undecided", held[0].headline, (*seen, *because))
    if constant is not None and max(constant.teacher.low, constant.student.low) <= 0:
        return _no_better(constant, at, because)
    least = 0.0 if constant is None else NOTHING * constant.constant  # below it: rounding
    if float(gain.low) > least and not _contradicted(1, checked):
        return Verdict("helps", f"Weak-to-strong is predicted to help {at}.", because)
    if float(gain.high) < -least and not _contradicted(-1, checked):
        headline = f"Weak-to-strong is predicted not to help {at}: the teacher is better."
        return Verdict("does not help", headline, because)
    headline = f"Undecided {at}: student and teacher are too close for these rows."
    return Verdict("undecided", headline, because)


def _no_better(constant: Lead, at: str, because: tuple[str, ...]) -> Verdict:
    """Neither model is surely better than the mean of the labels: no lead is worth anything."""
    best = max((constant.teacher, constant.student), key=lambda lead: lead.value)
    lead = (
        f"the mean of the labels alone has test error {constant.constant:.4g}; the better of "
        f"student and teacher is {abs(best.value):.3g} ± {best.standard_error:.2g} "
        f"{'better' if best.value > 0 else 'worse'}"
    )
    if best.high >= 0:
        headline = f"Undecided {at}: neither model is surely better than a constant."
        return Verdict("undecided", headline, (lead, *because))
    headline = f"Neither student nor teacher is predicted to beat a constant {at}."
    what = "more labels, or features that explain these labels, come first"
    return Verdict("neither beats a constant", headline, (lead, what, *because))


def _contradicted(sign: int, checked: Validation | None) -> bool:
    """Whether the lead was measured at the user's sizes with the other sign."""
    if checked is None or checked.scaled:
        return False
    return sign * checked.comparisons[-1].measured < 0


def _trust(checked: Validation | None) -> str:
    """Tell what the check says about predictions that it does not contradict."""
    if checked is None:
        return "not checked: there were no held-out rows, or too few for these sizes"
    sizes = f"n = {checked.n_labelled}, N = {checked.n_unlabelled}"
    every = all(math.isfinite(c.predicted) for c in checked.comparisons)
    what = "all test errors" if every else "all test errors that can be predicted"
    tested = f"on {checked.test_rows} held-out rows (models trained with {sizes})"
    if checked.resolution > _BLUNT:
        return (
            f"hardly checked: predictions and measurements agree {tested}, but a deviation of "
            f"{checked.resolution:.0%} could have been missed"
        )
    return (
        f"checked {tested}: {what} and the lead are as predicted; a deviation of "
        f"{checked.resolution:.0%} would have been seen"
    )


def limits(
    estimates: Estimates, told: tuple[str, ...], labels: Array, seen: Symptoms | None
) -> tuple[str, ...]:
    """Warnings: what the predictions `told`, and where the data are at their limits."""
    found = list(told)
    if estimates.noise.value <= NOTHING * estimates.label_variance:
        found.append(
            "the features give the labels exactly, up to rounding: without noise the errors say "
            "nothing of labels that have some"
        )
    needed = estimates.d_strong + estimates.d_weak
    if estimates.labelled_rows < _ROWS_EACH * needed:
        found.append(
            f"only {estimates.labelled_rows} labelled rows for d_strong + d_weak = {needed}: the "
            "geometry is uncertain"
        )
    if seen is not None and max(seen.length_weak, seen.length_strong) > _HEAVY:
        found.append(
            "heavy tails: the fourth moment of the features' length is "
            f"{seen.length_weak:.2f} (weak) and {seen.length_strong:.2f} (strong) times that of "
            "Gaussian ones; the true errors are likely above the predicted ones"
        )
    if len(np.unique(labels[:_SOME])) == 2:
        found.append(
            "the labels take two values: what is predicted is the squared error of regressing on "
            "them, not accuracy"
        )
    return tuple(found)


def _beside_sft(point: Forecast) -> str:
    student, sft = float(point.student.value), float(point.sft.value)
    if not math.isfinite(sft):
        return "no prediction for the strong SFT baseline: fewer labels than strong dimensions"
    low, high = float(point.opr.low), float(point.opr.high)
    if low > 1:
        return f"the student also beats {NAMES['sft']} on the same labels ({sft:.4g})"
    if high < 1:
        return (
            "but fine-tuning the strong model on the same labels is better than the student "
            f"({sft:.4g} against {student:.4g})"
        )
    return f"fine-tuning the strong model on the same labels is about as good ({sft:.4g})"


def _mistrust(checked: Validation, seen: tuple[str, ...]) -> Verdict:
    wrong = "; ".join(
        f"{NAMES[c.model]} {c.measured:.4g} ± {c.measured_error:.2g} measured, {c.predicted:.4g} ± "
        f"{c.predicted_error:.2g} predicted"
        for c in checked.comparisons
        if not c.agrees
    )
    lead = checked.comparisons[-1]
    measured = (
        f"measured at n = {checked.n_labelled}, N = {checked.n_unlabelled}: the student leads its "
        f"teacher by {lead.measured:.3g} ± {lead.measured_error:.2g}"
    )
    headline = "Do not believe the predictions: on held-out rows they do not hold."
    likely = tuple(f"likely reason: {reason}" for reason in checked.reasons)
    return Verdict("not to be believed", headline, (wrong, *likely, *seen, measured))
