"""The four models at many sizes at once: splits that share their rows, and sums that are kept.

Least squares needs the second moments of its rows only. Within a split the labelled samples of all
sizes are nested, and so are the unlabelled ones; so each row is summed once, whatever the number
of sizes, and the ceiling's moments are those of the baseline and the student, added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from w2s._checks import Array, at_least, finite, generator, integer, whole
from w2s.metrics import MODELS
from w2s.practice.training.splits import TestErrors

_SINGULAR = 1e-10  # smallest pivot of a Cholesky factor, squared, beside the largest


class Cell(NamedTuple):
    """Sizes of the two samples, and the variance of the noise added to the training labels."""

    n_labelled: int
    n_unlabelled: int
    noise: float = 0.0


@dataclass(frozen=True, eq=False)
class _Rows:
    """Features of the rows of one sample, and their second moments up to given sizes."""

    features: Array
    moments: dict[int, Array]

    @classmethod
    def of(cls, features: Array, sizes: Sequence[int]) -> _Rows:
        """Sum the moments, every row once."""
        moments, total, done = {}, np.zeros((features.shape[1],) * 2), 0
        for size in sorted(set(sizes)):
            block = features[done:size]
            total, done = total + block.T @ block, size
            moments[size] = total
        return cls(features, moments)

    def towards(self, targets: Array) -> Array:
        """Return the sum of the first rows times their targets."""
        return np.asarray(self.features[: len(targets)].T @ targets)


def measure_nested(
    strong: ArrayLike,
    weak: ArrayLike,
    labels: ArrayLike,
    cells: Sequence[Cell],
    *,
    trials: int,
    rng: np.random.Generator,
    held_out: ArrayLike | None = None,
    shuffled: bool = False,
) -> tuple[TestErrors, ...]:
    """Fit the four models by least squares on random splits, at every size.

    Parameters
    ----------
    strong, weak : array_like of shape (m, d_s) and (m, d_w)
        Features of the same inputs, roughly white, without linear dependence.
    labels : array_like of shape (m,)
        Labels of these inputs.
    cells : sequence of Cell
        Sizes and noise. The test rows are those that the largest sizes leave.
    trials : int
        Number of independent splits.
    rng : numpy.random.Generator
        Source of the splits and of the noise.
    held_out : array_like of bool, shape (m,), optional
        Rows that are for testing only, such as another environment; all others are then for
        training only.
    shuffled : bool
        Whether the pseudo-labels are dealt to the student's rows at random: a control.

    Returns
    -------
    tuple of TestErrors
        One per cell. Errors are measured against labels without the added noise.

    Raises
    ------
    ValueError
        If row counts differ, no row is left for testing, a sample has no more rows than features,
        or its features are linearly dependent.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((200, 3))
    >>> found, = measure_nested(x[:, :1], x, x[:, 0], [Cell(20, 30, 1.0)], trials=50, rng=rng)
    >>> bool(found.teacher.mean() > found.student.mean() > found.ceiling.mean())
    True
    """
    generator(rng)
    f_s, f_w = finite("strong", strong, ndim=2), finite("weak", weak, ndim=2)
    target, rows = finite("labels", labels, ndim=1), len(f_s)
    if not len(f_w) == len(target) == rows:
        counts = [rows, len(f_w), len(target)]
        raise ValueError(f"strong, weak, labels must have one number of rows, got {counts}")
    aside = np.zeros(rows, dtype=bool) if held_out is None else whole("held_out", held_out)
    if aside.shape != (rows,) or aside.dtype != bool:
        raise ValueError(f"held_out must be {rows} truth values, got {aside.dtype} {aside.shape}")
    pool, always = np.flatnonzero(~aside), np.flatnonzero(aside)
    most = _most(cells, len(pool), max(f_s.shape[1], f_w.shape[1]), f_s.shape[1])
    errors = np.empty((len(cells), 4, integer("trials", trials)))
    sums, tested = np.zeros((len(cells), 4, rows)), np.zeros(rows)
    for t in range(errors.shape[2]):
        order = rng.permutation(pool)
        parts = np.split(order, [most[0], sum(most)])
        parts[2] = always if len(always) else parts[2]
        squared = _one_split(f_s, f_w, target, cells, parts, rng, shuffled)
        errors[:, :, t] = squared.mean(axis=2)
        sums[:, :, parts[2]] += squared
        tested[parts[2]] += 1
    seen = tested > 0
    spread = np.var(sums[:, :, seen] / tested[seen], axis=2)
    found = []
    for k, cell in enumerate(cells):
        teacher, student, sft, ceiling = errors[k]
        used = cell.n_labelled + cell.n_unlabelled
        found.append(TestErrors(teacher, student, sft, ceiling, spread[k], len(pool), used))
    return tuple(found)


def _most(cells: Sequence[Cell], rows: int, labelled: int, unlabelled: int) -> tuple[int, int]:
    """Check the cells; return the largest numbers of labelled and of unlabelled rows."""
    for cell in cells:
        at_least("noise", cell.noise, 0)
        integer("n_labelled", cell.n_labelled, low=labelled + 1)
        integer("n_unlabelled", cell.n_unlabelled, low=unlabelled + 1)
    most = max(cell.n_labelled for cell in cells), max(cell.n_unlabelled for cell in cells)
    if sum(most) >= rows:
        raise ValueError(
            f"the largest n_labelled and n_unlabelled must leave test rows of {rows}, "
            f"got {most[0]} + {most[1]}"
        )
    return most


def _one_split(
    f_s: Array,
    f_w: Array,
    target: Array,
    cells: Sequence[Cell],
    parts: Sequence[NDArray[np.intp]],
    rng: np.random.Generator,
    shuffled: bool,
) -> Array:
    """Squared errors of shape (cells, models, test rows)."""
    labelled, unlabelled, test = parts
    n, big_n = [cell.n_labelled for cell in cells], [cell.n_unlabelled for cell in cells]
    taught, base = _Rows.of(f_w[labelled], n), _Rows.of(f_s[labelled], n)
    pupil, weak_pupil = _Rows.of(f_s[unlabelled], big_n), f_w[unlabelled]
    noise = rng.standard_normal(len(labelled)), rng.standard_normal(len(unlabelled))
    dealt = rng.permutation(len(unlabelled))
    squared = np.empty((len(cells), len(MODELS), len(test)))
    for k, (few, many, variance) in enumerate(cells):
        y = target[labelled[:few]] + np.sqrt(variance) * noise[0][:few]
        rest = target[unlabelled[:many]] + np.sqrt(variance) * noise[1][:many]
        teacher = _solve(taught.moments[few], taught.towards(y))
        pseudo = weak_pupil[:many] @ teacher
        if shuffled:
            pseudo = pseudo[dealt[dealt < many]]
        on_labels = base.towards(y)
        models = [
            _solve(pupil.moments[many], pupil.towards(pseudo)),
            _solve(base.moments[few], on_labels),
            _solve(base.moments[few] + pupil.moments[many], on_labels + pupil.towards(rest)),
        ]
        outputs = [f_w[test] @ teacher, *(f_s[test] @ np.transpose(models)).T]
        squared[k] = (np.stack(outputs) - target[test]) ** 2
    return squared


def _solve(moment: Array, towards: Array) -> Array:
    """Solve normal equations, refusing those that rounding would decide."""
    try:
        factor = cho_factor(moment, check_finite=False)
        pivots = np.abs(np.diag(factor[0])) ** 2
        if pivots.min() > _SINGULAR * pivots.max():
            return np.asarray(cho_solve(factor, towards, check_finite=False))
    except LinAlgError:
        pass
    raise ValueError("features must be linearly independent on every sample, got dependent ones")
