r"""Logistic heads for classes: softmax regression with a penalty, in coordinates that fit it.

.. math:: \min_{W, w_0}\; -\sum_i \sum_c t_{ic} \log p_{ic} + \lambda \sum_{jc} W_{jc}^2, \qquad
          p_i = \operatorname{softmax}(w_0 + W^\top x_i)

with indicators ``t`` of the classes, or with a teacher's probabilities. In the eigenbasis of the
centred rows, and there in units in which the curvature at equal probabilities ``1/K`` is 1, the
problem is so well conditioned that L-BFGS needs some ten steps, below and above the number of
columns. Where all scores ``s`` are near zero the loss is a quadratic,

.. math:: \frac1{2K} |s_i - (K t_i - 1)|^2

up to a constant, if they sum to zero. So ``(s + 1)/K`` then is the ridge fit to ``t`` with the
penalty ``2Kλ``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array, finite
from w2s.practice.training.class_ridge import ClassRidge, checked_codes, decisions
from w2s.practice.training.four_models import Model

_FOLDS = 5
_GRID = np.geomspace(1e3, 1e-5, 9)  # penalties as `as_ridge`, in units of those of `ridge_cv`
_RISES = 2  # smaller penalties than the best that are tried
_ROUGH, _FINE = 1e-2, 1e-5  # precisions of a fit for a choice, and of the last one
_STEPS = 500


def as_ridge(penalty: float, classes: int) -> float:
    """Return the penalty ``2Kλ`` of ridge on indicators that a logistic one is near zero scores.

    Examples
    --------
    >>> as_ridge(0.5, 10)
    10.0
    """
    return 2 * classes * penalty


@dataclass(frozen=True)
class ClassLogistic(ClassRidge):
    """Softmax regression; its scores are probabilities, all of which the student learns.

    Parameters
    ----------
    classes : int
        Number of classes; labels are the codes from 0.
    penalty : float, optional
        ``λ`` of the sum of squared coefficients, beside the sum of log-losses: 1/(2C) in
        scikit-learn, 1/C for two classes. Left out, it is the one of a grid with the least log-loss
        in 5 folds of rows that follow each other; rows must come in a random order.
    hard : bool
        Whether the student learns its teacher's decisions instead.

    Raises
    ------
    ValueError
        If there are fewer than two classes or the penalty is not positive.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> code = np.arange(90) % 3
    >>> x = np.eye(3)[code] + 0.1 * rng.standard_normal((90, 3))
    >>> fit = ClassLogistic(3)
    >>> told = fit.to(x, code)(x)
    >>> told.shape, bool(np.allclose(told.sum(axis=1), 1)), float(fit.losses(told, code).mean())
    ((90, 3), True, 0.0)
    """

    # Measured at 512 columns, and where calls cost more than multiplications.
    work: ClassVar[tuple[int, float] | None] = 110, 3e8

    def to(self, design: Array, labels: Array) -> Model:
        """Fit to codes (n,) or probabilities (n, K); the result gives probabilities (m, K)."""
        rows, known = finite("design", design, ndim=2), finite("labels", labels)
        if known.ndim == 2 and self.hard:
            known = decisions(known)
        if known.ndim == 1:
            known = np.eye(self.classes)[checked_codes(known, self.classes)]
        problem = _Problem.of(rows, known)
        theta = problem.start()
        penalty = self.penalty or _chosen(problem)
        theta = problem.solved(penalty, theta, _FINE)
        slopes = problem.basis @ theta[:-1]
        level = theta[-1] - problem.centre @ slopes
        return lambda features: _softmax(features @ slopes + level)


@dataclass(frozen=True, eq=False)
class _Problem:
    """Rows in the eigenbasis of their covariance.

    Attributes
    ----------
    rows : array of shape (n, r)
        Centred rows in the basis.
    squared : array of shape (r,)
        Sums of squares of their columns.
    basis : array of shape (d, r)
        Its directions.
    centre : array of shape (d,)
        Mean of the rows.
    targets : array of shape (n, K)
        Probabilities of the classes.
    """

    rows: Array
    squared: Array
    basis: Array
    centre: Array
    targets: Array

    @classmethod
    def of(cls, rows: Array, targets: Array) -> _Problem:
        """Rotate rows; of fewer rows than columns only their span counts."""
        centre = rows.mean(axis=0)
        centred = rows - centre
        wide = centred.shape[0] < centred.shape[1]
        squared, vectors = np.linalg.eigh(centred @ centred.T if wide else centred.T @ centred)
        keep = squared > 1e-12 * squared[-1]
        squared, vectors = squared[keep], vectors[:, keep]
        if wide:
            roots = np.sqrt(squared)
            return cls(vectors * roots, squared, centred.T @ (vectors / roots), centre, targets)
        return cls(centred @ vectors, squared, vectors, centre, targets)

    def part(self, rows: NDArray[np.intp]) -> _Problem:
        """Return the problem of some rows in the same basis, which is nearly theirs."""
        squared = self.squared * len(rows) / len(self.rows)
        return _Problem(self.rows[rows], squared, self.basis, self.centre, self.targets[rows])

    def start(self) -> Array:
        """Return the coefficients of a constant, shape (r + 1, K)."""
        count, classes = self.targets.shape
        shares = (self.targets.sum(axis=0) + 1 / classes) / (count + 1)
        return np.vstack([np.zeros((len(self.squared), classes)), np.log(shares)])

    def scores(self, theta: Array) -> Array:
        """Return the scores of the rows, shape (n, K)."""
        return np.asarray(self.rows @ theta[:-1] + theta[-1])

    def solved(self, penalty: float, start: Array, precision: float) -> Array:
        """Return the coefficients of the least penalized loss, found from others."""
        from scipy.optimize import minimize  # takes long to import

        count, classes = self.targets.shape
        curvature = np.append(self.squared / classes + 2 * penalty, count / classes)
        unit = (1 / np.sqrt(curvature))[:, None]
        scaled = np.column_stack([self.rows, np.ones(count)]) * unit.T
        shrunk = 2 * penalty * unit**2
        shrunk[-1] = 0.0  # the constant is free

        def loss(flat: Array) -> tuple[float, Array]:
            theta = flat.reshape(start.shape)
            value, told = _log_loss(scaled @ theta, self.targets)
            bent = shrunk * theta
            slope = scaled.T @ (told - self.targets) + bent
            return (value + float(np.vdot(bent, theta)) / 2) / count, slope.ravel() / count

        options = {"maxiter": _STEPS, "gtol": precision / np.sqrt(count), "ftol": precision**2}
        found = minimize(loss, (start / unit).ravel(), jac=True, method="L-BFGS-B", options=options)
        return np.asarray(found.x.reshape(start.shape) * unit)


def _chosen(problem: _Problem) -> float:
    """Return the penalty of the least log-loss on rows that are left out."""
    count, classes = problem.targets.shape
    folds = np.array_split(np.arange(count), min(_FOLDS, count))
    tests = [problem.part(fold) for fold in folds]
    parts = [problem.part(np.setdiff1d(np.arange(count), fold)) for fold in folds]
    found = [part.start() for part in parts]
    unit = float(problem.squared.sum()) / len(problem.squared) / as_ridge(1.0, classes)
    losses: list[float] = []
    for penalty in _GRID * unit:  # from the largest: a fit starts from the one before
        found = [
            part.solved(penalty, theta, _ROUGH) for part, theta in zip(parts, found, strict=True)
        ]
        losses.append(
            sum(
                _log_loss(test.scores(theta), test.targets)[0]
                for test, theta in zip(tests, found, strict=True)
            )
        )
        if len(losses) - np.argmin(losses) > _RISES:
            break
    return float(_GRID[np.argmin(losses)] * unit)


def _log_loss(scores: Array, targets: Array) -> tuple[float, Array]:
    """Return the sum of the log-losses, and the probabilities."""
    top = scores.max(axis=1, keepdims=True)
    powers = np.exp(scores - top)
    sums = powers.sum(axis=1, keepdims=True)
    return float((np.log(sums) + top).sum() - np.vdot(targets, scores)), powers / sums


def _softmax(scores: Array) -> Array:
    return _log_loss(scores, np.zeros_like(scores))[1]
