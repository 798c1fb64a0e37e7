"""What may explain that a check contradicts the predictions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.linalg import cho_solve, lstsq
from scipy.linalg.lapack import dpocon, dpotrf

from w2s._checks import Array
from w2s._products import gram
from w2s.metrics import MODELS
from w2s.practice.diagnosis.compared import compare
from w2s.practice.diagnosis.heads import Head
from w2s.practice.diagnosis.measured import Measured
from w2s.practice.diagnosis.results import Comparison, Symptoms
from w2s.practice.diagnosis.rows import Rows
from w2s.practice.estimation.estimates import Estimates
from w2s.practice.estimation.forecasts import Forecast
from w2s.practice.estimation.predictions import NOTHING

_SOUND = 1e-8  # least inverse condition number of a Gram matrix that is solved by Cholesky
_CLEAR = 1.1  # a symptom this far above 1 counts
_FEW = 100  # labels on which a penalty is hard to choose
_NEAR = 1.5  # sizes below this multiple of the dimension are near the double-descent edge


def symptoms(pool: Rows, constant: bool) -> Symptoms:
    """Measure how far whitened features and their residuals are from Gaussian ones.

    `constant` says that the first column of both models is the constant.
    """
    found = []
    for features in (pool.weak, pool.strong):
        lengths = np.sum(features[:, int(constant) :] ** 2, axis=1)
        d = features.shape[1] - int(constant)
        squared = np.square(pool.labels - features @ _fitted(features, pool.labels))
        level = float(squared.mean())
        misfit = float(np.mean(squared * lengths)) / (level * d) if level > 0 else 1.0
        found.append((float(np.mean(lengths**2)) / (d * (d + 2)), misfit))
    (length_w, misfit_w), (length_s, misfit_s) = found
    return Symptoms(length_w, length_s, misfit_w, misfit_s)


def _fitted(features: Array, labels: Array) -> Array:
    """Return coefficients of least squares, by the normal equations where they are sound."""
    products = gram(features)
    size = float(np.abs(products).sum(axis=0).max())
    root, failed = dpotrf(products, lower=1)
    if not failed and dpocon(root, size, uplo="L")[0] > _SOUND:
        return np.asarray(cho_solve((root, True), features.T @ labels, check_finite=False))
    return np.asarray(lstsq(features, labels, lapack_driver="gelsy", check_finite=False)[0])


def likely_reasons(
    forecast: Forecast,
    measured: Measured,
    estimates: Estimates,
    found: Symptoms,
    head: Head,
    full_width: Forecast | None,
    without_ridge: Measured | None,
) -> tuple[str, ...]:
    """Return what may explain a disagreement, best supported first.

    `full_width` predicts with all feature directions, `without_ridge` repeats the measurement
    without a penalty; both only where the trained models have more than the predicted ones.
    """
    reasons, here = [], compare(forecast, measured, estimates, head)
    known = [math.isfinite(c.predicted) for c in here]
    base = _distance(here, known)
    wide = None if full_width is None else compare(full_width, measured, estimates, head)
    if wide is not None and _distance(wide, known) < base / 2:
        reasons.append(
            "width against cut-off: the trained models use every feature direction, not only the "
            "principal ones; predictions at the full width fit better (set the energy to 1)"
        )
    if without_ridge is not None:
        least = NOTHING * estimates.label_variance
        errors = slice(len(MODELS))
        change = np.abs(without_ridge.mean - measured.mean)[errors]
        change = change / np.maximum(measured.mean[errors], least)
        if change.max() > 0.05:
            reasons.append(
                f"ridge: the penalty changes a test error by {change.max():.0%}; the formulas are "
                "those of models without one"
            )
    worse = any(c.deviation > estimates.quantile for c in here)
    if worse and max(found.length_weak, found.length_strong) > _CLEAR:
        reasons.append(
            "heavy tails: the fourth moment of the features' length is "
            f"{found.length_weak:.2f} (weak) and {found.length_strong:.2f} (strong) times that of "
            "Gaussian ones, so that few rows decide each fit"
        )
    if worse and max(found.misfit_weak, found.misfit_strong) > _CLEAR:
        reasons.append(
            "uneven misfit: the label is missed most where the features are large (factors "
            f"{found.misfit_weak:.2f} weak, {found.misfit_strong:.2f} strong), which makes every "
            "fit noisier"
        )
    if head.picks and int(forecast.n_labelled) < _FEW:
        reasons.append(
            f"few labels: choosing a penalty on {int(forecast.n_labelled)} of them may cost more "
            "than the predictions allow for it"
        )
    edges = (forecast.n_labelled, estimates.d_weak), (forecast.n_unlabelled, estimates.d_strong)
    if not head.picks and any(int(size) < _NEAR * (d + 1) for size, d in edges):
        reasons.append(
            "double descent: a sample is hardly larger than its model's dimension, where the mean "
            "error is made by rare splits"
        )
    if not reasons:
        reasons.append(
            "none of the known symptoms (width, ridge, heavy tails, double descent) was found; the "
            "rows may not be independent, for example repeated inputs"
        )
    return tuple(reasons)


def _distance(comparisons: tuple[Comparison, ...], among: Sequence[bool]) -> float:
    """Sum of some squared deviations; predictions that do not exist there are infinitely far."""
    total = sum(c.deviation**2 for c, counts in zip(comparisons, among, strict=True) if counts)
    return total if math.isfinite(total) else math.inf
