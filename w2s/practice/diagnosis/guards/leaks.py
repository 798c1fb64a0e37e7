"""What predictors of the label say about the features: a label among them, or signal cut off."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import fdtrc

from w2s._checks import Array
from w2s.practice.estimation.estimates import Estimates
from w2s.practice.estimation.moments import SIDES, JointMoments, Model

IS_LABEL = 0.999  # correlation of a column with the label
EXACT = 1e-6  # share of the label's variance that the best predictor leaves
_JITTER = 1e-10  # of the correlations of columns: copies of columns have a predictor, too
_DROPPED = 0.05  # rise of the residual variance that deserves a warning
_LEVEL = 1e-3  # chance of such a warning where the cut drops nothing
_SPARE = 10  # rows beyond the columns from which on a residual variance means something


def label_column(labelled: JointMoments, model: Model) -> tuple[int, float]:
    """Return the column of a model that is most correlated with the label, and the correlation.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((50, 3))
    >>> moments = JointMoments.from_blocks([(x, x[:, :1], -2 * x[:, 1] + 3)])
    >>> column, correlation = label_column(moments, "strong")
    >>> column, round(correlation, 6)
    (1, -1.0)
    """
    part = _part(labelled, model)
    power = labelled.scatter.diagonal()
    scale = np.sqrt(np.where(power[part] > 0, power[part], np.inf) * max(power[-1], _TINY))
    found = labelled.scatter[part, -1] / scale
    column = int(np.argmax(np.abs(found)))
    return column, float(found[column])


def left_over(labelled: JointMoments, model: Model) -> float:
    """Return the share of the label's variance that all columns of a model leave.

    It is unbiased for normal residuals, and 1 where there are too few rows to tell.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((50, 3))
    >>> moments = JointMoments.from_blocks([(x, x[:, :1], x[:, 1] + x[:, 2])])
    >>> left_over(moments, "strong") < 1e-9, left_over(moments, "weak") > 0.5
    (True, True)
    """
    part = _part(labelled, model)
    free = labelled.rows - 1 - (part.stop - part.start)
    if free < _SPARE:
        return 1.0
    label = float(labelled.scatter[-1, -1])
    share = _residual(labelled, part, None, True) / max(label, _TINY)
    return float(share * (labelled.rows - 1) / free)


def dropped_signal(estimates: Estimates, labelled: JointMoments, energy: float) -> tuple[str, ...]:
    """Warn where the best predictor on the kept directions misses what all columns tell.

    Parameters
    ----------
    estimates : Estimates
        With the kept directions of both models.
    labelled : JointMoments
        Moments of the labelled rows.
    energy : float
        The cut-off, for the message.

    Notes
    -----
    The rise of the residual sum of squares is compared with an F law at 0.001, and a warning needs
    a residual variance that is larger by 5% too.

    Examples
    --------
    >>> from w2s.practice.estimation.estimates import estimate
    >>> from w2s.practice.estimation.groups import GroupedMoments
    >>> x = np.random.default_rng(0).standard_normal((900, 4)) * [9, 8, 7, 0.1]
    >>> rows = GroupedMoments.from_blocks([(x, x[:, :2], x[:, 0] + 50 * x[:, 3])])
    >>> for line in dropped_signal(estimate(rows, intercept=True), rows.labelled(), 0.99):
    ...     print(line[:71])
    the cut at energy 0.99 drops signal of the strong features: the best pr
    """
    found = []
    for model, kept in zip(SIDES, (estimates.strong, estimates.weak), strict=True):
        part = _part(labelled, model)
        width, directions = part.stop - part.start, kept.directions.shape[1]
        free = labelled.rows - int(estimates.intercept) - width
        if directions >= width or free < _SPARE:
            continue
        few = _residual(labelled, part, kept.directions, estimates.intercept)
        every = _residual(labelled, part, None, estimates.intercept)
        ratio = max(few - every, 0.0) / (width - directions) / max(every / free, _TINY)
        cut, whole = few / (free + width - directions), every / free
        if cut > (1 + _DROPPED) * whole and fdtrc(width - directions, free, ratio) < _LEVEL:
            found.append(
                f"the cut at energy {energy:g} drops signal of the {model} features: the best "
                f"predictor on the {directions} kept directions leaves a variance of {cut:.4g} of "
                f"the labels, that on all {width} columns {whole:.4g}; keep all directions "
                "(energy 1, --energy 1), or take head ridge, which has all columns"
            )
    return tuple(found)


_TINY = float(np.finfo(np.float64).tiny)


def _part(moments: JointMoments, model: Model) -> slice:
    split = moments.width_strong
    return slice(0, split) if model == "strong" else slice(split, split + moments.width_weak)


def _residual(moments: JointMoments, part: slice, basis: Array | None, centred: bool) -> float:
    """Return the sum of squares that the best predictor on some columns, or directions, leaves."""
    mean = moments.mean[part], float(moments.mean[-1])
    second, cross = moments.scatter[part, part], moments.scatter[part, -1]
    label = float(moments.scatter[-1, -1])
    if not centred:
        second = second + moments.rows * np.outer(mean[0], mean[0])
        cross, label = cross + moments.rows * mean[0] * mean[1], label + moments.rows * mean[1] ** 2
    if basis is not None:
        second, cross = basis.T @ second @ basis, basis.T @ cross
    scale = 1 / np.sqrt(np.maximum(second.diagonal(), _TINY))
    scale[second.diagonal() <= 0] = 0.0
    alike, cross = second * scale * scale[:, None], cross * scale
    alike[np.diag_indices_from(alike)] = 1 + _JITTER
    return max(float(label - cross @ cho_solve(cho_factor(alike), cross)), 0.0)
