"""The answer in words: what a practitioner reads first."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from w2s._checks import Array
from w2s.practice.diagnosis.compared import ERRORS
from w2s.practice.diagnosis.guards.held_back import Guard
from w2s.practice.diagnosis.measured import COMPARED, MIXED
from w2s.practice.diagnosis.results import (
    CONSTANTS,
    NAMES,
    SQUARED,
    WRONG,
    Symptoms,
    Validation,
    Verdict,
)
from w2s.practice.estimation.estimates import Estimates, Uncertain
from w2s.practice.estimation.forecasts import SINGLE, Forecast, Lead
from w2s.practice.estimation.predictions import NOTHING

_ROWS_EACH = 5  # rows per dimension below which the estimates deserve a warning
_SOME = 10_000  # labels looked at to see whether they take two values
_HEAVY = 1.3  # fourth moment of the length, over the Gaussian one, that deserves a warning
EQUAL = 0.02  # share of the teacher's error below which a lead is practically none
BARELY = 0.01  # share of the constant's error that a lead on it must exceed
_BLUNT = 0.5  # a check that misses deviations of this relative size says little

UNKNOWN = (
    "Models that are fine-tuned beyond a linear head: the features are taken as frozen, and every "
    "model is a linear fit on them.",
    "Inputs of another distribution than these rows, or rows that are not independent.",
    "Whether what both models leave unexplained is label noise or signal that neither can express. "
    "Test errors, gain and PGR do not depend on it; OPR does (it is counted as noise).",
    "One training run: predictions are averages over the draw of the training rows.",
)


LOSSES = {
    SQUARED: "Accuracy or any loss but the squared error.",
    WRONG: "Probabilities, or any loss but the share of wrong answers.",
}


def widened(point: Forecast, checked: Validation | None, slack: float) -> Forecast:
    """Return a forecast whose intervals also cover what the check found predictions to be off by.

    Standard errors know the luck of the rows, not what a formula misses on features that are not
    Gaussian: that is measured, as far as it exceeds the noise of the check. Half of `slack` is
    allowed for beside it, all of it where there was no check; both are shares of the error, and of
    the teacher's error for leads.
    """
    found: dict[str, Any] = {}
    for name in (*COMPARED, *(MIXED if point.mixture is not None else ())):
        u, is_error = getattr(point, name), name in ERRORS
        scale = u.value if is_error else point.teacher.value
        unseen = slack if checked is None else slack / 2 + _systematic(checked, name)
        more = np.where(np.isfinite(scale), unseen, 0.0) * np.nan_to_num(scale, posinf=0.0)
        low = np.maximum(u.low - more, 0.0) if is_error else u.low - more
        found[name] = Uncertain(u.value, u.standard_error, low, u.high + more)
    return replace(point, **found)


def _systematic(checked: Validation, name: str) -> float:
    """Return what a prediction was off by; what was not measured, as much as its two models."""
    measured = [c.systematic for c in checked.comparisons if c.model == name]
    return max(measured or [checked.of(part).systematic for part in ("student", "sft")])


def verdict(
    point: Forecast,
    checked: Validation | None,
    constant: Lead | None = None,
    held: tuple[Guard, ...] = (),
    measure: str = SQUARED,
) -> Verdict:
    """Answer what to do with the labels, and whether the student helps at the user's sizes.

    `constant` says how far the models are ahead of a constant, `held` what holds a verdict back,
    `measure` what an error is.
    """
    n, big_n = int(point.n_labelled), int(point.n_unlabelled)
    at = f"at n = {n} labels and N = {big_n} unlabelled inputs"
    seen = tuple(guard.reason for guard in held)
    if checked is not None and not checked.agrees:
        return _mistrust(checked, seen, measure)
    gain, teacher = point.gain, float(point.teacher.value)
    if not math.isfinite(float(gain.value)):
        headline = f"No prediction {at}: a model has too few samples for its dimension."
        action = "Ask for more labels or inputs than the models have directions, or use head ridge."
        return Verdict("no prediction for this n", action, headline, seen)
    lead = (
        f"{measure} {float(point.student.value):.4g} (student) against {teacher:.4g} (teacher): a "
        f"lead of {float(gain.value):.3g}, between {float(gain.low):.3g} and {float(gain.high):.3g}"
    )
    # What limits the trust in the numbers comes before the numbers.
    blunt = checked is None or checked.resolution > _BLUNT
    reasons = [_trust(checked), lead, _beside_sft(point)]
    because = tuple(reasons if blunt else [*reasons[1:], reasons[0]])
    if checked is not None:
        because = (*because, f"in {checked.wins:.0%} of single runs the student beat its teacher")
    if held:
        return Verdict("undecided", held[0].action, held[0].headline, (*seen, *because))
    if constant is not None and not _beats(constant):
        return _no_better(constant, n, at, because, measure)
    if checked is None:
        headline = f"Undecided {at}: nothing was checked on held-out rows."
        return Verdict("undecided", _unchecked(point, measure), headline, because)
    least = 0.0 if constant is None else NOTHING * constant.constant  # below it: rounding
    found = _compared(point, checked, n, at, because, measure, least)
    if not _mixing_pays(point, checked):
        return found
    return replace(found, action=_mix(point, n), mix=True)


def _compared(
    point: Forecast, checked: Validation, n: int, at: str, because: tuple[str, ...], measure: str,
    least: float,
) -> Verdict:  # fmt: skip
    """Compare the student with its teacher, and with fine-tuning on the same labels."""
    gain, teacher = point.gain, float(point.teacher.value)
    near = EQUAL * teacher
    if -near < float(gain.low) and float(gain.high) < near:
        headline = f"Student and teacher are practically equal {at}: within {EQUAL:.0%}."
        return Verdict("practically equal", _instead(point, n, measure), headline, because)
    if float(gain.low) > least and not _contradicted(1, checked):
        return _helps(point, n, at, because, measure)
    if float(gain.high) < -least and not _contradicted(-1, checked):
        headline = f"Weak-to-strong is predicted not to help {at}: the teacher is better."
        return Verdict("does not help", _instead(point, n, measure), headline, because)
    headline = f"Undecided {at}: student and teacher are too close for these rows."
    action = f"Give more labelled rows before you decide. {_unchecked(point, measure)}"
    if float(point.over_sft.high) < 0 and float(point.sft.value) < (1 - EQUAL) * teacher:
        action = _instead(point, n, measure)  # which of the two others is better does not matter
    return Verdict("undecided", action, headline, because)


def _helps(point: Forecast, n: int, at: str, because: tuple[str, ...], measure: str) -> Verdict:
    """Say whether a student that beats its teacher is also the best use of the labels."""
    shares = [100 * float(end) / float(point.teacher.value) for end in _ends(point.gain)]
    less = "{:.0f}% less error than the weak model ({:.0f} to {:.0f}%)".format(*shares)
    if float(point.over_sft.high) < 0:
        headline = f"Weak-to-strong is predicted to help {at}, but fine-tuning helps more."
        return Verdict("helps, but fine-tune", _instead(point, n, measure), headline, because)
    action = f"Train the strong model on the weak model's labels: {less}"
    student, sft = float(point.student.value), float(point.sft.value)
    if not math.isfinite(sft):
        action += "; fine-tuning on the same labels has no prediction."
    elif float(point.over_sft.low) > 0:
        action += f", and {1 - student / sft:.0%} less than fine-tuning it on the same labels."
    else:
        action += "; fine-tuning it on the same labels is about as good."
    return Verdict("helps", action, f"Weak-to-strong is predicted to help {at}.", because)


def _mixing_pays(point: Forecast, checked: Validation) -> bool:
    """Whether the best average surely beats every single model, and by a share that counts.

    And the check, which measured it at the predicted weight, must not speak against it.
    """
    lead = point.over_single
    if lead is None or not float(lead.low) > 0:
        return False
    seen = [c for c in checked.comparisons if c.model in MIXED]
    if not all(c.agrees for c in seen) or (seen and seen[-1].measured < 0):
        return False
    return float(lead.value) > EQUAL * _errors(point)[_best(point)]


def _mix(point: Forecast, n: int) -> str:
    """Tell to train both strong models and to average them."""
    assert point.over_single is not None and point.weight is not None
    best = _best(point)
    shares = [100 * float(end) / _errors(point)[best] for end in _ends(point.over_single)]
    less = "{:.2g}% less error than the {} alone ({:.2g} to {:.2g}%)".format(
        shares[0], NAMES[best], *shares[1:]
    )
    return (
        f"Train the strong model both ways, on your {n} labels and on the weak model's, and "
        f"average the predictions, ξ = {float(point.weight.value):.2f} on the student: {less}."
    )


def _errors(point: Forecast) -> dict[str, float]:
    """Return the errors of what can be done with the labels, as far as they are predicted."""
    errors = {name: float(getattr(point, name).value) for name in SINGLE}
    return {name: error for name, error in errors.items() if math.isfinite(error)}


def _best(point: Forecast) -> str:
    errors = _errors(point)
    return min(errors, key=errors.__getitem__)


def _instead(point: Forecast, n: int, measure: str) -> str:
    """Tell what to do with the labels where the student is not the answer."""
    known, best = _errors(point), _best(point)
    rest = min(error for name, error in known.items() if name != best)
    sizes = f"{measure} {known[best]:.4g}, against {rest:.4g} of the next best"
    if best == "sft" and rest - known[best] > EQUAL / 2 * rest:
        return f"Fine-tune the strong model on your {n} labels: {sizes}."
    others = [f"{NAMES[name]} ({error:.4g})" for name, error in known.items() if name != "teacher"]
    return (
        f"Keep the weak model as it is: {measure} {known['teacher']:.4g}. Not worth training: "
        f"{' and '.join(others)}."
    )


def _unchecked(point: Forecast, measure: str) -> str:
    """Tell the best guess where nothing is decided."""
    best = _best(point)
    error = _errors(point)[best]
    return f"The best guess is the {NAMES[best]}, with a predicted {measure} of {error:.4g}."


def _ends(u: Uncertain[Array]) -> tuple[Array, Array, Array]:
    return u.value, u.low, u.high


def _beats(constant: Lead) -> bool:
    """Whether teacher or student is surely better than a constant, and by a share that counts."""
    leads = constant.teacher, constant.student
    least = BARELY * constant.constant
    return any(lead.low > 0 and lead.value > least for lead in leads)


def _no_better(constant: Lead, n: int, at: str, because: tuple[str, ...], measure: str) -> Verdict:
    """Neither model is surely better than the mean of the labels: no lead is worth anything."""
    best = max((constant.teacher, constant.student), key=lambda lead: lead.value)
    lead = (
        f"{CONSTANTS[measure]} has {measure} {constant.constant:.4g}; the better of "
        f"student and teacher is {abs(best.value):.3g} ± {best.standard_error:.2g} "
        f"{'better' if best.value > 0 else 'worse'}"
    )
    action = "Get more labels, or features that explain these labels, before you train anything."
    if constant.sft.low > 0:
        action = f"Fine-tune the strong model on your {n} labels: it alone beats a constant."
    if best.high > BARELY * constant.constant:
        headline = f"Undecided {at}: neither model is surely better than a constant."
        return Verdict("undecided", action, headline, (lead, *because))
    headline = f"Neither student nor teacher is predicted to beat a constant {at}."
    return Verdict("neither beats a constant", action, headline, (lead, *because))


def _contradicted(sign: int, checked: Validation | None) -> bool:
    """Whether the lead was measured at the user's sizes with the other sign."""
    if checked is None or checked.scaled:
        return False
    return sign * checked.of("gain").measured < 0


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
            f"hardly checked: predictions and measurements agree {tested}, but only a deviation of "
            f"{checked.resolution:.0%} would have been seen in nine of ten cases"
        )
    return (
        f"checked {tested}: {what} and the leads are as predicted; a deviation of "
        f"{checked.resolution:.0%} would have been seen in nine of ten cases"
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
        return f"the student also beats the {NAMES['sft']} on the same labels ({sft:.4g})"
    if high < 1:
        return (
            "but fine-tuning the strong model on the same labels is better than the student "
            f"({sft:.4g} against {student:.4g})"
        )
    return f"fine-tuning the strong model on the same labels is about as good ({sft:.4g})"


def _mistrust(checked: Validation, seen: tuple[str, ...], measure: str) -> Verdict:
    wrong = "; ".join(
        f"{NAMES[c.model]} {c.measured:.4g} ± {c.measured_error:.2g} measured, {c.predicted:.4g} ± "
        f"{c.predicted_error:.2g} predicted"
        for c in checked.comparisons
        if not c.agrees and c.model not in MIXED
    )
    lead = checked.of("gain")
    measured = (
        f"measured at n = {checked.n_labelled}, N = {checked.n_unlabelled}: the student leads its "
        f"teacher by {lead.measured:.3g} ± {lead.measured_error:.2g}"
    )
    headline = "Do not believe the predictions: on held-out rows they do not hold."
    likely = tuple(f"likely reason: {reason}" for reason in checked.reasons)
    errors = {c.model: c.measured for c in checked.comparisons if c.model in SINGLE}
    best = min(errors, key=errors.__getitem__)
    action = (
        f"Do not act on these predictions: on your own rows the {NAMES[best]} did best, with "
        f"{measure} {errors[best]:.4g}."
    )
    return Verdict("not to be believed", action, headline, (wrong, *likely, *seen, measured))
