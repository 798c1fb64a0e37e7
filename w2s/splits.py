"""The four models on real features: least squares over repeated random splits of the rows.

Teacher and SFT baseline learn from ``n`` labelled rows, the student from the teacher's labels on
``N`` others, the ceiling from the labels of both; the rest of the rows is for testing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import lstsq

from w2s._checks import Array, at_least, finite, integer


@dataclass(frozen=True, eq=False)
class TestErrors:
    """Mean squared test errors of the four models; entry ``t`` of every field is split ``t``.

    Attributes
    ----------
    weak, student, sft, ceiling : array of shape (trials,)
        Errors on the test rows, against the labels without the injected noise.
    """

    __test__ = False  # not a class of tests, whatever pytest reads in its name

    weak: Array
    student: Array
    sft: Array
    ceiling: Array


def measure(
    strong: ArrayLike,
    weak: ArrayLike,
    labels: ArrayLike,
    *,
    n_labelled: int,
    n_unlabelled: int,
    noise: float,
    trials: int,
    rng: np.random.Generator,
) -> TestErrors:
    """Fit the four models on random splits and measure their test errors.

    Parameters
    ----------
    strong, weak : array_like of shape (m, d_s) and (m, d_w)
        Features of the same inputs. Where a split has fewer rows than features, the solution of
        minimum norm is taken, which depends on the scale of the features.
    labels : array_like of shape (m,)
        Labels of these inputs.
    n_labelled, n_unlabelled : int
        ``n`` and ``N``; ``n + N`` is less than ``m``.
    noise : float
        Variance ``σ²`` of Gaussian noise added to every training label, fresh in every split.
    trials : int
        Number of independent splits.
    rng : numpy.random.Generator
        Source of the splits and of the noise.

    Returns
    -------
    TestErrors

    Raises
    ------
    ValueError
        If row counts differ, no row is left for testing, a value is not finite, a size is not a
        positive integer or the noise is negative.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((200, 3))
    >>> errors = measure(x[:, :1], x, x[:, 0], n_labelled=20, n_unlabelled=30, noise=1.0,
    ...                  trials=50, rng=rng)
    >>> bool(errors.weak.mean() > errors.student.mean() > errors.ceiling.mean())
    True
    """
    f_s, f_w = finite("strong", strong, ndim=2), finite("weak", weak, ndim=2)
    target = finite("labels", labels, ndim=1)
    rows = len(target)
    if not len(f_s) == len(f_w) == rows:
        counts = [len(f_s), len(f_w), rows]
        raise ValueError(f"strong, weak, labels must have one number of rows, got {counts}")
    n = integer("n_labelled", n_labelled)
    used = n + integer("n_unlabelled", n_unlabelled)
    if used >= rows:
        raise ValueError(f"n_labelled + n_unlabelled must be less than rows = {rows}, got {used}")
    sigma = float(np.sqrt(at_least("noise", noise, 0)))
    errors = np.empty((4, integer("trials", trials)))
    for t in range(errors.shape[1]):
        order = rng.permutation(rows)
        labelled, unlabelled, test = order[:n], order[n:used], order[used:]
        noisy = target[order[:used]] + sigma * rng.standard_normal(used)
        teacher = _fit(f_w[labelled], noisy[:n])
        student = _fit(f_s[unlabelled], f_w[unlabelled] @ teacher)
        sft, ceiling = _fit(f_s[labelled], noisy[:n]), _fit(f_s[order[:used]], noisy)
        predicted = [f_w[test] @ teacher, *(f_s[test] @ fit for fit in (student, sft, ceiling))]
        errors[:, t] = np.mean((np.stack(predicted) - target[test]) ** 2, axis=1)
    return TestErrors(*errors)


def _fit(design: Array, labels: Array) -> Array:
    """Return the minimum-norm solution, by a complete orthogonal factorisation."""
    cut = float(np.finfo(np.float64).eps) * max(design.shape)
    fit = lstsq(design, labels, cond=cut, lapack_driver="gelsy", check_finite=False)[0]
    return np.asarray(fit)
