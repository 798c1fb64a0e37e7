"""The four models on real features: least squares over repeated random splits of the rows.

Teacher and SFT baseline learn from ``n`` labelled rows, the student from the teacher's labels on
``N`` others, the ceiling from the labels of both; the rest of the rows is for testing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import lstsq

from w2s._checks import Array, at_least, finite, generator, integer, one_of
from w2s.metrics import MODELS, Estimate, mean_and_error
from w2s.practice.estimation.rank import rounding
from w2s.practice.training.four_models import train

ModelName = Literal["teacher", "student", "sft", "ceiling"]


@dataclass(frozen=True)
class Fit:
    """How a model is fitted: ``min |y - μ - Fθ|² + ridge |θ|²``.

    Directions that the rounding of the stored features may have made are left out.

    Parameters
    ----------
    intercept : bool
        Whether there is a constant ``μ``, which is not penalised. Without it nothing is centred.
    ridge : float
        Penalty, not divided by the number of rows; 0 takes the solution of minimum norm.
    rank_cap : int, optional
        Use at most so many leading singular directions of the training features.

    Raises
    ------
    ValueError
        If the ridge is negative or the cap is not a positive whole number.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [2.0]])
    >>> model = CLEAN.to(x, np.array([1.0, 3.0, 5.0]))
    >>> model(np.array([[3.0]])).round(12)
    array([7.])
    """

    intercept: bool = False
    ridge: float = 0.0
    rank_cap: int | None = None

    def __post_init__(self) -> None:
        at_least("ridge", self.ridge, 0)
        if self.rank_cap is not None:
            integer("rank_cap", self.rank_cap)

    def to(self, design: NDArray[Any], labels: Array) -> Callable[[NDArray[Any]], Array]:
        """Fit to a design matrix, as it is stored, and labels.

        The result maps features to predictions.
        """
        rows, floor = np.asarray(design, dtype=np.float64), rounding(design)
        centre = rows.mean(axis=0) if self.intercept else np.zeros(rows.shape[1])
        level = float(labels.mean()) if self.intercept else 0.0
        theta = self._solve(rows - centre if self.intercept else rows, labels - level, floor)
        return lambda features: (features - centre) @ theta + level

    def _solve(self, design: Array, labels: Array, floor: float) -> Array:
        cut = float(np.finfo(np.float64).eps) * max(design.shape)
        if self.ridge == 0 and self.rank_cap is None:  # a complete orthogonal factorisation
            longest = float(np.sqrt(np.square(design).sum(axis=0).max()))  # its first pivot
            cut = max(cut, floor / longest) if longest > 0 else 1.0
            fit = lstsq(design, labels, cond=cut, lapack_driver="gelsy", check_finite=False)[0]
            return np.asarray(fit)
        left, values, right = np.linalg.svd(design, full_matrices=False)
        keep = values > max(cut * values[0], floor)
        if self.rank_cap is not None:
            keep[self.rank_cap :] = False
        left, values, right = left[:, keep], values[keep], right[keep]
        return np.asarray(right.T @ (values / (values**2 + self.ridge) * (left.T @ labels)))


class Trains(Protocol):
    """What fits a model: `Fit`, or another choice of its penalty."""

    def to(self, design: Array, labels: Array) -> Callable[[Array], Array]:
        """Fit to a design matrix and labels; the result maps features to predictions."""


MINIMUM_NORM = Fit()
OFFICIAL = Fit(ridge=1e-6, rank_cap=768)  # the authors' code; its sketch replaces the exact cut
CLEAN = Fit(intercept=True)


@dataclass(frozen=True, eq=False)
class TestErrors:
    """Mean squared test errors of the four models; entry ``t`` of every field is split ``t``.

    Attributes
    ----------
    teacher, student, sft, ceiling : array of shape (trials,)
        Errors on the test rows, against the labels without the injected noise.
    row_spread : array of shape (4,)
        For each model, the variance over rows of a row's mean squared error.
    rows, used : int
        Rows of the sample, and those a split trains on.
    """

    __test__ = False  # not a class of tests, whatever pytest reads in its name

    teacher: Array
    student: Array
    sft: Array
    ceiling: Array
    row_spread: Array
    rows: int
    used: int

    def estimate(self, model: ModelName) -> Estimate:
        r"""Mean over the splits, and its standard error as an estimate for fresh rows.

        .. math:: \mathrm{se}^2 = s^2 \Bigl(\frac1T + f^2\Bigr) + \frac{v}{m}, \qquad
                  f = \frac{n + N}{m}

        Parameters
        ----------
        model : {"teacher", "student", "sft", "ceiling"}
            Whose error.

        Returns
        -------
        Estimate
            ``(mean, standard_error)``.

        Raises
        ------
        ValueError
            If `model` is unknown or there are fewer than two splits.

        Notes
        -----
        ``s²`` is the variance over the ``T`` splits, ``v`` the `row_spread`. All splits share the
        same ``m`` rows, so more splits do not make the error vanish: the test rows leave ``v/m``;
        and two splits share a part ``f`` of their training rows, hence about ``f²`` of the
        variance that comes from them, which is quadratic in the rows. Derived in this companion;
        a good approximation, not exact.
        """
        one_of("model", model, MODELS)
        errors = getattr(self, model)
        mean, alone = mean_and_error(errors)
        shared = float(errors.var(ddof=1)) * (self.used / self.rows) ** 2
        rest = float(self.row_spread[MODELS.index(model)]) / self.rows
        return Estimate(mean, np.sqrt(alone**2 + shared + rest))


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
    fit: Trains = MINIMUM_NORM,
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
    fit : Trains
        How the models are fitted: `MINIMUM_NORM`, `OFFICIAL` (the authors' ridge and cap),
        `CLEAN` (an intercept), another `Fit`, or anything else that trains.

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
    >>> bool(errors.teacher.mean() > errors.student.mean() > errors.ceiling.mean())
    True
    """
    f_s, f_w = _as_stored("strong", strong), _as_stored("weak", weak)
    target = finite("labels", labels, ndim=1)
    rows = len(target)
    generator(rng)
    if not len(f_s) == len(f_w) == rows:
        counts = [len(f_s), len(f_w), rows]
        raise ValueError(f"strong, weak, labels must have one number of rows, got {counts}")
    n = integer("n_labelled", n_labelled)
    used = n + integer("n_unlabelled", n_unlabelled)
    if used >= rows:
        raise ValueError(f"n_labelled + n_unlabelled must be less than rows = {rows}, got {used}")
    sigma = float(np.sqrt(at_least("noise", noise, 0)))
    errors = np.empty((4, integer("trials", trials)))
    sums, tested, noisy = np.zeros((4, rows)), np.zeros(rows), np.empty(rows)
    for t in range(errors.shape[1]):
        order = rng.permutation(rows)
        labelled, unlabelled, test = order[:n], order[n:used], order[used:]
        noisy[order[:used]] = target[order[:used]] + sigma * rng.standard_normal(used)
        models = train(f_w, f_s, noisy, labelled, unlabelled, fit.to)
        squared = (np.stack(models.outputs(f_w[test], f_s[test])) - target[test]) ** 2
        errors[:, t] = squared.mean(axis=1)
        sums[:, test] += squared
        tested[test] += 1
    seen = tested > 0
    spread = np.var(sums[:, seen] / tested[seen], axis=1)
    teacher, student, sft, ceiling = errors
    return TestErrors(teacher, student, sft, ceiling, spread, rows, used)


def _as_stored(name: str, features: ArrayLike) -> NDArray[Any]:
    """Return finite features in the floating type in which they came: it tells their rounding."""
    checked = finite(name, features, ndim=2)
    given = np.asarray(features).dtype
    return checked.astype(given) if given.kind == "f" and given.itemsize < 8 else checked
