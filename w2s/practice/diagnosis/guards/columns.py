"""Columns that add nothing: constants, and copies of other columns."""

from __future__ import annotations

import numpy as np

from w2s.practice.estimation.moments import SIDES, JointMoments, Model

_ROUNDING = 1e-9  # of a correlation, and of a variance beside the squared mean


def idle_columns(moments: JointMoments) -> tuple[str, ...]:
    """Name constant columns and columns that equal another one up to scale and shift.

    They do no harm, but they often mean that something went wrong where the features were made.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((50, 3))
    >>> strong = np.column_stack([x, 2 * x[:, 0], np.ones(50)])
    >>> for line in idle_columns(JointMoments.from_blocks([(strong, x, x[:, 0])])):
    ...     print(line)
    the strong features have 1 constant column (the first is column 4)
    the strong features have 1 column that repeats another (column 3 repeats column 0)
    """
    found = []
    starts = {"strong": 0, "weak": moments.width_strong}
    widths = {"strong": moments.width_strong, "weak": moments.width_weak}
    for model in SIDES:
        part = slice(starts[model], starts[model] + widths[model])
        scatter, mean = moments.scatter[part, part], moments.mean[part]
        variance = scatter.diagonal() / max(moments.rows, 1)
        varies = variance > _ROUNDING**2 * mean**2
        if not varies.all():
            still = np.flatnonzero(~varies)
            found.append(
                f"the {model} features have {_counted(len(still), 'constant column')} "
                f"(the first is column {still[0]})"
            )
        scale = np.sqrt(np.where(varies, scatter.diagonal(), np.inf))
        alike = np.abs(scatter / scale / scale[:, None]) > 1 - _ROUNDING
        later, first = np.nonzero(np.tril(alike, -1))
        repeats = np.unique(later)
        if len(repeats):
            found.append(
                f"the {model} features have {_counted(len(repeats), 'column')} that "
                f"{'repeats' if len(repeats) == 1 else 'repeat'} another (column {later[0]} "
                f"repeats column {first[0]})"
            )
    return tuple(found)


def heaviest_column(moments: JointMoments, model: Model, *, centred: bool) -> tuple[int, float]:
    """Return the column of a model with the largest variance, and its share of all of it.

    Without `centred` mean squares take the place of variances.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((50, 3))
    >>> moments = JointMoments.from_blocks([(x * [1, 1, 100], x, x[:, 0])])
    >>> column, share = heaviest_column(moments, "strong", centred=True)
    >>> column, round(share, 2)
    (2, 1.0)
    """
    start = 0 if model == "strong" else moments.width_strong
    width = moments.width_strong if model == "strong" else moments.width_weak
    part = slice(start, start + width)
    power = moments.scatter.diagonal()[part] / max(moments.rows, 1)
    if not centred:
        power = power + moments.mean[part] ** 2
    column = int(np.argmax(power))
    return column, float(power[column] / max(float(power.sum()), np.finfo(np.float64).tiny))


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
