"""The width of features, read from an error curve, and the repeated splits that make the curve.

A student's error falls with ``N`` as ``A + B·D/(N-D-1)``, with the number ``D`` of its features,
however weak some of them are. `student_errors` measures the curve on one data set, `read_width`
reads ``D`` from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar

from w2s._checks import Array, above, finite, integer

Rows = NDArray[np.int64]
_SEED = 42  # of the authors' split into training and test rows


@dataclass(frozen=True)
class WidthReading:
    """A fit of ``error(N) = floor + slope · D/(N-D-1)``.

    Parameters
    ----------
    width, standard_error : float
        The width ``D`` and its standard error.
    floor, slope : float
        ``A`` and ``B``.
    misfit : float
        Root mean square of the relative residuals.
    """

    width: float
    standard_error: float
    floor: float
    slope: float
    misfit: float

    def error(self, n_unlabelled: ArrayLike) -> Array:
        """Return the fitted law ``floor + slope · D/(N-D-1)`` at ``N``."""
        rest = np.asarray(n_unlabelled, dtype=float) - self.width - 1
        return np.asarray(self.floor + self.slope * self.width / rest)


def fixed_split(
    rows: int, test_rows: int, n_labelled: int, n_unlabelled: int, trial: int
) -> tuple[Rows, Rows, Rows]:
    """Labelled, unlabelled and test rows of one trial; the test rows are the same in every trial.

    Parameters
    ----------
    rows, test_rows : int
        Size of the data set and of its test part.
    n_labelled, n_unlabelled : int
        ``n`` and ``N``.
    trial : int
        Number of the trial, which is the seed of its split.

    Returns
    -------
    labelled, unlabelled, test : array of int
        Disjoint row numbers.

    Raises
    ------
    ValueError
        If the sizes do not fit.

    Notes
    -----
    Source: the authors' public code; equal to scikit-learn's ``train_test_split``.

    Examples
    --------
    >>> [len(part) for part in fixed_split(100, 30, 20, 40, trial=0)]
    [20, 40, 30]
    """
    n, big_n = integer("n_labelled", n_labelled), integer("n_unlabelled", n_unlabelled)
    if n + big_n + integer("test_rows", test_rows) > rows:
        raise ValueError(f"n + N + test_rows must be at most {rows}, got {n + big_n + test_rows}")
    order = np.random.RandomState(_SEED).permutation(rows)
    test, train = order[:test_rows], order[test_rows:]
    mixed = train[np.random.RandomState(trial).permutation(len(train))]
    return mixed[big_n : big_n + n], mixed[:big_n], test


def student_errors(
    weak: Array,
    strong: Array,
    target: Array,
    labels: Array,
    n_labelled: int,
    n_unlabelled: Sequence[int],
    *,
    test_rows: int,
    trials: int,
    ridge: float = 1e-6,
) -> Array:
    """Mean squared test errors of the student on one data set, over repeated splits of its rows.

    Both models solve ``min |y - Fθ|² + ridge |θ|²``, the student on its teacher's predictions.

    Parameters
    ----------
    weak, strong : array of shape (m, d_w) and (m, d_s)
        Features.
    target, labels : array of shape (m,)
        What is tested against, and what the teacher learns.
    n_labelled, n_unlabelled : int, sequence of int
        ``n`` and the grid of ``N``.
    test_rows, trials : int
        Of `fixed_split`.
    ridge : float
        Penalty.

    Returns
    -------
    array of shape (points, trials)

    Raises
    ------
    ValueError
        As `fixed_split`.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((90, 3))
    >>> student_errors(x, x, x[:, 0], x[:, 0], 20, [30], test_rows=20, trials=2).round(9)
    array([[0., 0.]])
    """
    errors = np.empty((len(n_unlabelled), integer("trials", trials)))
    for (k, t), _ in np.ndenumerate(errors):
        rows = fixed_split(len(target), test_rows, n_labelled, n_unlabelled[k], t)
        labelled, unlabelled, test = rows
        teacher = _ridge(weak[labelled], labels[labelled], ridge)
        student = _ridge(strong[unlabelled], weak[unlabelled] @ teacher, ridge)
        errors[k, t] = np.mean((strong[test] @ student - target[test]) ** 2)
    return errors


def _ridge(design: Array, labels: Array, ridge: float) -> Array:
    left, values, right = np.linalg.svd(design, full_matrices=False)
    return np.asarray(right.T @ (values / (values**2 + ridge) * (left.T @ labels)))


def read_width(n_unlabelled: ArrayLike, errors: ArrayLike) -> WidthReading:
    """Read the width that a student's error curve obeys, from ``A + B·D/(N-D-1)``.

    For Gaussian features this is the exact law of the risk in ``N``, with ``D`` the number of
    strong features. Weighted least squares on the means over trials.

    Parameters
    ----------
    n_unlabelled : array_like of shape (points,)
        Sizes ``N``, at least four.
    errors : array_like of shape (points, trials)
        Positive errors, at least two trials.

    Returns
    -------
    WidthReading

    Raises
    ------
    ValueError
        If shapes do not fit, there are too few points or trials, or values are not positive.

    Notes
    -----
    Source of the formula: derived in this companion.

    Examples
    --------
    >>> sizes = np.array([60, 80, 120, 200, 400])
    >>> law = 1 + 2 * 50 / (sizes - 51)
    >>> round(read_width(sizes, np.outer(law, [0.999, 1.001])).width, 3)
    50.0
    """
    sizes = above("n_unlabelled", finite("n_unlabelled", n_unlabelled, ndim=1), 4)
    table = above("errors", finite("errors", errors, ndim=2), 0)
    if len(sizes) < 4 or table.shape[0] != len(sizes) or table.shape[1] < 2:
        raise ValueError(f"need 4 sizes and 2 trials, got {sizes.shape} and {table.shape}")
    mean = table.mean(axis=1)
    # Relative weights keep a floor: trials share rows, so their spread alone understates errors.
    spread = table.std(axis=1, ddof=1) / np.sqrt(table.shape[1]) + 1e-4 * mean

    def solve(width: float) -> tuple[Array, Array]:
        design = np.column_stack([np.ones(len(sizes)), width / (sizes - width - 1)])
        found = np.linalg.lstsq(design / spread[:, None], mean / spread, rcond=None)[0]
        return found, mean - design @ found

    def cost(width: float) -> float:
        return float(np.sum((solve(width)[1] / spread) ** 2))

    starts = np.linspace(1, sizes.min() - 2, 200)
    best = int(np.argmin([cost(width) for width in starts]))
    bounds = starts[max(best - 1, 0)], starts[min(best + 1, 199)]
    width = float(minimize_scalar(cost, bounds=bounds, method="bounded").x)
    (floor, slope), left = solve(width)
    pull = slope * (sizes - 1) / (sizes - width - 1) ** 2
    slopes = np.column_stack([np.ones(len(sizes)), width / (sizes - width - 1), pull])
    information = slopes.T @ (slopes / spread[:, None] ** 2)
    scale = max(cost(width) / (len(sizes) - 3), 1.0)
    error = float(np.sqrt(scale * np.linalg.pinv(information)[2, 2]))
    misfit = float(np.sqrt(np.mean((left / mean) ** 2)))
    return WidthReading(width, error, float(floor), float(slope), misfit)
