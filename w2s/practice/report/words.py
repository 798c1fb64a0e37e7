"""What both reports say, as rows of texts: the terminal and the page only lay them out."""

from __future__ import annotations

import math

import numpy as np

from w2s._checks import Array
from w2s._display import visible
from w2s.practice.data.tables.names import some
from w2s.practice.diagnosis import MODELS, NAMES, Comparison, Diagnosis, Forecast
from w2s.practice.diagnosis.results import Verdict
from w2s.practice.estimation.estimates import Uncertain

UNDEFINED = "not defined"
HEADINGS = {
    "helps": "HELPS",
    "helps, but fine-tune": "HELPS, BUT FINE-TUNE INSTEAD",
    "practically equal": "PRACTICALLY EQUAL",
    "does not help": "DOES NOT HELP",
    "undecided": "UNDECIDED WHETHER IT HELPS",
    "neither beats a constant": "NEITHER BEATS A CONSTANT",
    "no prediction for this n": "NO PREDICTION",
    "not to be believed": "DO NOT BELIEVE THIS",
}


def heading(verdict: Verdict) -> str:
    """Return the answer in capitals, which does not speak against a mixture that is best."""
    if not verdict.mix:
        return HEADINGS[verdict.answer]
    alone = verdict.answer.startswith("helps")
    return f"HELPS{', BEST' if alone else ' WHEN'} MIXED WITH FINE-TUNING"


def plus_minus(value: float, error: float) -> str:
    """Write a value with its standard error, to two digits of the error.

    Examples
    --------
    >>> plus_minus(0.34938, 0.01806), plus_minus(15.7226, 0.31), plus_minus(2.0, 0.0)
    ('0.349 ± 0.018', '15.72 ± 0.31', '2')
    >>> plus_minus(float("nan"), 1.0), plus_minus(float("inf"), float("nan"))
    ('not defined', 'infinite')
    """
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "infinite"
    if not math.isfinite(error) or error <= 0:
        return f"{value:.4g}"
    digits = 1 - math.floor(math.log10(error))
    if not 0 <= digits <= 6:
        return f"{value:.3g} ± {error:.2g}"
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def size(value: float) -> str:
    """Write a sample size with its thousands apart, rounded up.

    Examples
    --------
    >>> size(12345.2)
    '12 346'
    """
    return f"{math.ceil(value - 1e-9):,}".replace(",", " ")


def sizes(point: Forecast) -> str:
    """Write the two sizes of a forecast at one point."""
    n, big_n = float(point.n_labelled), float(point.n_unlabelled)
    return f"n = {size(n)}, N = {size(big_n)}"


def interval(u: Uncertain[float]) -> str:
    """Write the ends of an interval."""
    low, high = float(u.low), float(u.high)
    return f"{low:.3g} to {high:.3g}" if math.isfinite(low) and math.isfinite(high) else ""


def source_rows(found: Diagnosis) -> list[tuple[str, str, str]]:
    """Role, source and size of the three inputs, and names and number of the classes."""
    i = found.inputs
    labelled = f"{size(i.labelled_rows)} labelled"
    if i.withheld_rows:
        labelled += f", {size(i.withheld_rows)} of them held out"
    classes = [("classes", visible(some(i.classes)), size(len(i.classes)))] if i.classes else []
    return [
        ("weak", visible(i.weak), f"{size(i.rows)} × {i.width_weak}"),
        ("strong", visible(i.strong), f"{size(i.rows)} × {i.width_strong}"),
        ("labels", visible(i.labels), labelled),
        *classes,
    ]


def option_line(found: Diagnosis) -> str:
    """How the features were used."""
    i = found.inputs
    energy = f"the principal components that carry {100 * i.energy:g}% of the trace"
    penalty = "chosen by cross-validation" if i.ridge is None else f"{i.ridge:g}"
    how = {
        "ridge": f"ridge regression on all columns with an intercept, penalty {penalty}; geometry "
        f"of {energy}",
        "ridgeless": f"least squares with an intercept on {energy}",
        "official": "features not centred, no intercept, ridge 1e-6 on all feature directions; "
        f"dimensions of {energy}",
        "logistic": f"softmax regression on all columns with an intercept, penalty {penalty}, "
        "predicted to decide as ridge on the classes does, to about 0.03 of a share; geometry of "
        f"{energy}",
    }
    taught = {None: "", "soft": " Pseudo-labels: scores.", "hard": " Pseudo-labels: decisions."}
    return f"Head {i.head}: {how[i.head]}.{taught[i.pseudo_labels]} Seed {i.seed}."


def geometry_rows(found: Diagnosis) -> list[tuple[str, str, str, str]]:
    """Name, symbol, estimate and interval of every constant."""
    e, i = found.estimates, found.inputs
    uncertain = [
        ("shared by both: overlap", "d_s∧w", e.overlap),
        ("missed by the strong features", "ρ_s", e.rho_strong),
        ("missed by the weak features", "ρ_w", e.rho_weak),
        ("  inherited by the student", "a", e.a),
        ("  removed by the student", "b", e.b),
        ("signal the student cannot express", "c", e.c),
        ("missed by both together: noise", "σ²", e.noise),
    ]
    rows = [
        ("strong dimension", "d_s", str(e.d_strong), f"of {i.width_strong} columns"),
        ("weak dimension", "d_w", str(e.d_weak), f"of {i.width_weak} columns"),
    ]
    for name, symbol, u in uncertain:
        rows.append((name, symbol, plus_minus(u.value, u.standard_error), interval(u)))
    chance = plus_minus(e.null_mean, e.null_sd)
    rows.insert(3, ("  before correction", "T", f"{e.raw_overlap:.4g}", ""))
    rows.insert(4, ("  T of unrelated features", "", chance, "mean ± sd"))
    return rows


def forecast_rows(found: Diagnosis) -> list[tuple[str, str, str]]:
    """Name, prediction and interval of errors, leads, ratios, and areas of two classes."""
    names = [(NAMES[model], getattr(found.point, model)) for model in MODELS]
    if found.point.mixture is not None and found.point.weight is not None:
        names += [
            (NAMES["mixture"], found.point.mixture),
            ("  weight ξ of the student in it", found.point.weight),
        ]
    names += [
        ("lead of the student over its teacher", found.point.gain),
        ("lead of the student over SFT", found.point.over_sft),
        ("performance gap recovered (PGR)", found.point.pgr),
        ("outperforming ratio over SFT (OPR)", found.point.opr),
    ]
    names += [(f"AUC: {NAMES[area.model]}", area.predicted) for area in found.areas]
    return [
        (name, plus_minus(float(u.value), float(u.standard_error)), interval(u))
        for name, u in names
    ]


def check_rows(found: Diagnosis) -> list[tuple[str, str, str, str, str]]:
    """Name, prediction, measurement, deviation in standard errors and whether they agree."""
    if found.validation is None:
        return []
    told = [(NAMES[c.model], c) for c in found.validation.comparisons]
    told += [(f"AUC: {NAMES[a.model]}", a.check) for a in found.areas if a.check is not None]
    return [
        (
            name,
            plus_minus(c.predicted, c.predicted_error),
            plus_minus(c.measured, c.measured_error),
            f"{c.deviation:+z.1f}" if math.isfinite(c.deviation) else "",
            _agreement(c),
        )
        for name, c in told
    ]


def _agreement(c: Comparison) -> str:
    if not math.isfinite(c.predicted):
        return "no prediction"
    return "agrees" if c.agrees else "DIFFERS"


def check_lines(found: Diagnosis) -> list[str]:
    """Tell what was measured, and how sharp the check is."""
    v = found.validation
    if v is None:
        return ["No check: there were no held-out rows, or too few rows for these sizes."]
    scaled = " (fewer than asked for: the rows do not reach)" if v.scaled else ""
    held = f"tested on {size(v.test_rows)} held-out rows"
    if v.folds > 1:
        held = (
            f"tested on rows that were held out, in turn every one of {v.folds} parts, "
            f"{size(v.test_rows)} rows in all"
        )
    lines = [
        f"Models trained with n = {size(v.n_labelled)} and N = {size(v.n_unlabelled)}{scaled} on "
        f"{v.trials} random draws from {size(v.training_rows)} rows, {held}. Deviation in standard "
        f"errors. In {v.wins:.0%} of the single runs the student beat its teacher."
    ]
    lines.append(
        f"A prediction that is off by {v.resolution:.0%} would have been seen in nine of ten "
        f"cases; more {'labelled' if v.folds > 1 else 'held-out'} rows make the check sharper."
    )
    s = found.symptoms
    if s is not None:
        lines.append(
            "Gaussian features would have 1 here: length of the rows, fourth moment "
            f"{s.length_weak:.2f} (weak), {s.length_strong:.2f} (strong); misfit on large rows "
            f"{s.misfit_weak:.2f} (weak), {s.misfit_strong:.2f} (strong)."
        )
    return lines


def purchase_lines(found: Diagnosis) -> list[str]:
    """Tell what to buy next, in sentences."""
    p, n = found.purchase, float(found.point.n_labelled)
    if math.isnan(p.by_labels.value):
        return [*_plan_lines(found)] or ["No prediction at these sizes: buy more of what is short."]
    worth = "" if math.isnan(p.exchange) else f" A label is worth {p.exchange:.3g} inputs."
    return [
        f"{size(p.more_labels)} more labels lower the student's {found.inputs.measure} by "
        f"{_between(p.by_labels)}, {size(p.more_inputs)} more unlabelled inputs by "
        f"{_between(p.by_inputs)}.{worth}",
        f"With N = {size(float(found.point.n_unlabelled))} inputs: "
        + _crossing(found.over_labelled.gain, p.n_zero_gain, p.reach[0], "n", "student", "teacher"),
        f"With n = {size(n)} labels: "
        + _crossing(
            found.over_unlabelled.gain, p.inputs_for_gain, p.reach[1], "N", "student", "teacher"
        ),
        f"With n = {size(n)} labels: "
        + _crossing(
            found.over_unlabelled.over_sft, p.inputs_to_beat_sft, p.reach[1], "N", "student",
            "SFT baseline",
        ),
        *_plan_lines(found),
    ]  # fmt: skip


def _between(u: Uncertain[float]) -> str:
    return f"{u.value:.2g} ({u.low:.2g} to {u.high:.2g})"


def _crossing(
    lead: Uncertain[Array], where: Uncertain[float], reach: float, symbol: str, *models: str
) -> str:
    """Say which of two models is better on either side of the size where their lead changes."""
    known = lead.value[np.isfinite(lead.value)]
    if not len(known):
        return f"no prediction for the {models[1]}."
    order = models if known[0] > 0 else models[::-1]
    if not math.isfinite(where.value):
        return (
            f"the {order[0]} is better than the {order[1]} at every {symbol} up to {size(reach)}."
        )
    low, high = (end if math.isfinite(end) and end > 0 else None for end in (where.low, where.high))
    sure = {
        (True, True): f"(between {size(low or 0)} and {size(high or 0)})",
        (True, False): f"(at least {size(low or 0)})",
        (False, True): f"(at most {size(high or 0)})",
        (False, False): "(an estimate that these rows do not bound)",
    }[low is not None, high is not None]
    first, second = order
    return f"the {first} is better up to {symbol} = {size(where.value)} {sure}, then the {second}."


def _plan_lines(found: Diagnosis) -> list[str]:
    plan = found.purchase.plan
    if plan is None:
        return []
    line = (
        f"A budget of {plan.budget:g} (label {plan.label_cost:g}, unlabelled input "
        f"{plan.unlabelled_cost:g}) is best spent on n = {size(plan.n_labelled)} and N = "
        f"{size(plan.n_unlabelled)}: {found.inputs.measure} {plan.student:.4g} of the student"
    )
    if math.isnan(plan.sft):
        return [f"{line}; all of it on labels is too little for the strong SFT baseline."]
    return [
        f"{line}, against {plan.sft:.4g} of the strong SFT baseline if all of it buys "
        f"{size(plan.labels_only)} labels."
    ]
