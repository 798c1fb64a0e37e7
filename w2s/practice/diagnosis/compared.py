"""What the check measured, set beside what was predicted."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from w2s.metrics import MODELS
from w2s.practice.diagnosis.heads import Head
from w2s.practice.diagnosis.measured import COMPARED, MIXED, Measured, combined
from w2s.practice.diagnosis.results import Comparison, Validation
from w2s.practice.estimation.estimates import Estimates
from w2s.practice.estimation.forecasts import Forecast
from w2s.practice.estimation.predictions import NOTHING

ERRORS = (*MODELS, "mixture")
_LEVEL = 0.999  # of one comparison of the check: the six that count cry wolf in one case of 200
_POWER = 1.28  # quantile of nine in ten


def compare(
    forecast: Forecast, measured: Measured, estimates: Estimates, head: Head
) -> tuple[Comparison, ...]:
    """Set what was measured beside what was predicted.

    They agree within the quantile of the check and the head's slack, a share of the predicted
    error, of the teacher's for a lead. The leads' standard errors are smaller than those of two
    test errors, which share the luck of the test rows. Nothing contradicts a prediction that does
    not exist, and rounding contradicts none.
    """
    least = NOTHING * estimates.label_variance
    found, names = [], (*COMPARED, *MIXED)[: len(measured.mean)]
    for k, model in enumerate(names):
        value, error = measured.mean[k], measured.standard_error[k]
        guess = getattr(forecast, model)
        predicted, spread = float(guess.value), float(guess.standard_error)
        deviation, systematic, agrees = math.nan, 0.0, True
        if math.isfinite(predicted):
            scale = predicted if model in ERRORS else float(forecast.teacher.value)
            apart, noise = float(value) - predicted, math.hypot(spread, float(error), least)
            deviation = apart / noise
            quantile = _quantile((spread, float(error)), (head.freedom, measured.freedom[k]))
            agrees = abs(apart) <= quantile * noise + head.slack * scale
            systematic = max(abs(apart) - noise, 0.0) / max(scale, least)
        found.append(
            Comparison(
                model, predicted, spread, float(value), float(error), deviation, agrees, systematic
            )
        )
    return tuple(found)


def agreed(found: Sequence[Comparison]) -> bool:
    """Whether the models and the leads are as predicted; of the mixture its own advice depends."""
    return all(c.agrees for c in found if c.model not in MIXED)


def _quantile(errors: tuple[float, float], freedom: tuple[float, float]) -> float:
    """Half width of what agrees, in standard errors: the level is the check's own.

    The degrees of freedom of the two errors together are Satterthwaite's.
    """
    both = combined(np.square(errors)[:, None], np.array(freedom)[:, None])
    return float(stdtrit(both[0], (1 + _LEVEL) / 2))


def validation(
    forecast: Forecast, measured: Measured, training_rows: int, scaled: bool,
    estimates: Estimates, head: Head, reasons: tuple[str, ...],
) -> Validation:  # fmt: skip
    """Put the check together."""
    least = NOTHING * estimates.label_variance
    found = compare(forecast, measured, estimates, head)
    seen = [
        (_quantile((c.predicted_error, c.measured_error), (head.freedom, freedom)) + _POWER)
        * math.hypot(c.predicted_error, c.measured_error) / max(c.predicted, least)
        for c, freedom in zip(found[: len(MODELS)], measured.freedom, strict=False)
        if math.isfinite(c.predicted)
    ]  # fmt: skip
    agrees = agreed(found)
    return Validation(
        int(forecast.n_labelled), int(forecast.n_unlabelled), measured.splits, training_rows,
        measured.tested, found, agrees, head.slack + max(seen), measured.wins,
        () if agrees else reasons, scaled, measured.folds,
    )  # fmt: skip
