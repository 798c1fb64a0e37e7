"""Heads on frozen features: how one model is trained, and how its error is measured.

Linear regression with a tiny ridge, and softmax regression, with the settings of the authors'
public code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array, at_least, between, integer, whole
from w2s.practice.estimation.rank import rounding
from w2s.practice.training.four_models import Model


class Head(Protocol):
    """How one model is trained on frozen features, and how its error is measured."""

    @property
    def words(self) -> str:
        """One line for the reader."""

    def encode(self, labels: Array) -> Array:
        """Return labels as regression targets."""

    def corrupt(self, labels: Array, level: float, rng: np.random.Generator) -> Array:
        """Return labels with injected noise."""

    def fit(self, design: NDArray[Any], targets: Array, rng: np.random.Generator) -> Model:
        """Train teacher, SFT baseline or ceiling."""

    def imitate(self, design: NDArray[Any], outputs: Array, rng: np.random.Generator) -> Model:
        """Train the student on the outputs of its teacher."""

    def error(self, outputs: Array, labels: Array) -> float:
        """Return the test error."""


@dataclass(frozen=True)
class Ridge:
    """Linear regression ``min |y - Fθ|² + ridge |θ|²``: no intercept, no centring.

    Features wider than `rank_cap` are first projected on the range of a Gaussian sketch with
    ``rank_cap + oversampling`` columns, all of which are kept, as in the authors' code. The error
    is the mean squared one; noise is Gaussian, `level` its standard deviation.

    Parameters
    ----------
    ridge : float
        Penalty, not divided by the number of rows; 0 takes the solution of minimum norm.
    rank_cap, oversampling : int
        Size of the sketch.

    Raises
    ------
    ValueError
        If the penalty is negative or not finite, or a size is no whole number.
    """

    ridge: float = 1e-6
    rank_cap: int = 768
    oversampling: int = 10

    def __post_init__(self) -> None:
        at_least("ridge", self.ridge, 0)
        integer("rank_cap", self.rank_cap)
        integer("oversampling", self.oversampling, low=0)

    @property
    def words(self) -> str:
        """Penalty, cap and error in words."""
        cap = f"{self.rank_cap} + {self.oversampling}"
        return (
            f"ridge regression, penalty {self.ridge:g}, no intercept; features wider than "
            f"{self.rank_cap} are sketched to {cap} directions; error: mean square"
        )

    def encode(self, labels: Array) -> Array:
        """Return the labels as they are."""
        return labels

    def corrupt(self, labels: Array, level: float, rng: np.random.Generator) -> Array:
        """Add normal noise of standard deviation `level`."""
        return labels + float(at_least("noise_level", level, 0)) * rng.standard_normal(len(labels))

    def fit(self, design: NDArray[Any], targets: Array, rng: np.random.Generator) -> Model:
        """Solve by a singular value decomposition, without what may be rounding only."""
        floor = rounding(whole("design", design))
        rows, basis = whole("design", design).astype(np.float64, copy=False), None
        if rows.shape[1] > self.rank_cap:
            sketch = rng.standard_normal((rows.shape[1], self.rank_cap + self.oversampling))
            basis = np.linalg.qr(rows @ sketch)[0]
            rows, targets = basis.T @ rows, basis.T @ targets
        left, values, right = np.linalg.svd(rows, full_matrices=False)
        own = float(np.finfo(np.float64).eps) * max(rows.shape)  # of the decomposition itself
        keep = values > max(floor, own * float(values.max(initial=0.0)))
        left, values, right = left[:, keep], values[keep], right[keep]
        theta = right.T @ (values / (values**2 + self.ridge) * (left.T @ targets))
        return lambda features: np.asarray(features @ theta)

    imitate = fit

    def error(self, outputs: Array, labels: Array) -> float:
        """Return the mean squared error."""
        return float(np.mean((outputs - labels) ** 2))


@dataclass(frozen=True)
class Softmax:
    """Softmax regression with intercept, by L-BFGS with a fixed step, as torch.optim.LBFGS does.

    The student learns the teacher's probabilities (its decisions, if `hard`), with fewer and
    smaller steps. The error is the mean over rows and classes of (probability - indicator)².
    Noise flips a label to another class with probability `level`.

    Parameters
    ----------
    classes : int
        Number of classes; labels are 0, 1, ….
    iterations, rate, memory : int, float, int
        L-BFGS of teacher, baseline and ceiling (20 calls of 20 iterations in the authors' code).
    student_iterations, student_rate, student_memory : int, float, int
        The same for the student.
    hard : bool
        Whether the student learns decisions.
    """

    classes: int
    iterations: int = 400
    rate: float = 1.0
    memory: int = 10
    student_iterations: int = 400
    student_rate: float = 0.1
    student_memory: int = 100
    hard: bool = False

    @property
    def words(self) -> str:
        """Optimiser and error in words."""
        return (
            f"softmax regression with intercept, {self.iterations} L-BFGS steps of {self.rate:g}; "
            f"student on the teacher's {'decisions' if self.hard else 'probabilities'}, "
            f"{self.student_iterations} steps of {self.student_rate:g}; error: mean over rows and "
            "classes of (probability − indicator)²"
        )

    def encode(self, labels: Array) -> Array:
        """Return indicators of the classes, shape (m, classes)."""
        if not np.isin(labels, np.arange(self.classes)).all():
            raise ValueError(f"labels must be whole numbers from 0 to {self.classes - 1}")
        return np.asarray(np.eye(self.classes)[labels.astype(int)])

    def corrupt(self, labels: Array, level: float, rng: np.random.Generator) -> Array:
        """Flip labels with probability `level`."""
        flips = rng.random(len(labels)) < float(between("noise_level", level, 0, 1))
        return (labels + flips * rng.integers(1, self.classes, len(labels))) % self.classes

    def fit(self, design: NDArray[Any], targets: Array, rng: np.random.Generator) -> Model:
        """Minimise the mean cross-entropy."""
        return self._train(design, targets, rng, self.iterations, self.rate, self.memory)

    def imitate(self, design: NDArray[Any], outputs: Array, rng: np.random.Generator) -> Model:
        """Minimise the cross-entropy with the teacher's outputs."""
        targets = np.eye(self.classes)[outputs.argmax(axis=1)] if self.hard else outputs
        options = self.student_iterations, self.student_rate, self.student_memory
        return self._train(design, targets, rng, *options)

    def error(self, outputs: Array, labels: Array) -> float:
        """Return the Brier score over the number of classes."""
        return float(np.mean((outputs - self.encode(labels)) ** 2))

    def _train(
        self, design: NDArray[Any], targets: Array, rng: np.random.Generator,
        iterations: int, rate: float, memory: int,
    ) -> Model:  # fmt: skip
        rows = _with_constant(design)
        width = 1 / np.sqrt(rows.shape[1] - 1)
        start = rng.uniform(-width, width, (rows.shape[1], self.classes))

        def gradient(weights: Array) -> Array:
            left = _softmax(rows @ weights.reshape(start.shape)) - targets
            return np.asarray(rows.T @ left / len(rows)).ravel()

        found = _lbfgs(gradient, start.ravel(), iterations, rate, memory).reshape(start.shape)
        return lambda features: _softmax(_with_constant(features) @ found)


def _with_constant(features: NDArray[Any]) -> Array:
    return np.column_stack([whole("features", features), np.ones(len(features))])


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _lbfgs(
    gradient: Callable[[Array], Array], start: Array, iterations: int, rate: float, memory: int
) -> Array:
    """L-BFGS with the step `rate` (shorter at first), no line search."""
    x, g = start.copy(), gradient(start)
    step = min(1.0, 1 / max(float(np.abs(g).sum()), 1e-300)) * rate
    pairs: list[tuple[Array, Array, float]] = []
    direction = -g
    for _ in range(iterations):
        if np.abs(g).max() <= 1e-7:
            break
        move = step * direction
        x, old = x + move, g
        g, step = gradient(x), rate
        change = g - old
        curvature = float(change @ move)
        if curvature > 1e-10:
            pairs = [*pairs[-memory + 1 :], (move, change, curvature)]
        direction = -g
        weights = []
        for s, y, c in reversed(pairs):
            weights.append(float(s @ direction) / c)
            direction = direction - weights[-1] * y
        if pairs:
            _, y, c = pairs[-1]
            direction = direction * (c / float(y @ y))
        for (s, y, c), weight in zip(pairs, reversed(weights), strict=True):
            direction = direction + (weight - float(y @ direction) / c) * s
    return x
