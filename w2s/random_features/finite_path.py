"""The whole path of a finite student, from a few dozen products with its Gram matrix.

That matrix has a few clusters of eigenvalues, one per degree, so one block Lanczos run gives the
path at all times for all teachers; the full eigendecomposition is the reference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from w2s._arrays import namespace, on_host
from w2s._checks import Array, above, at_least, finite, integer
from w2s.random_features.lanczos import RitzModel, full_model, lanczos_models

ROWS = 8  # vectors of this number of rows are filled up in any case
NODE = 0.8  # of the upper rule, in smallest values of the lower one
RESOLVED = 1e-13  # smaller values, in largest ones, are rounding
FIRST = 6  # products after which the smallest value of the model may be that of the matrix
STAIRS = 5.0  # part of the largest change in three steps that the error is said to be at least
SOON = 10.0  # changes of a step, in tolerances, from which on the upper rule is made


@dataclass(frozen=True)
class FinitePath:
    """Error of a finite student as a function of time, for several teachers at once.

    ``L_ST(t) = 1 − 2 Σ_k φ_k c_k d_k + Σ_k φ_k² θ_k c_k²`` with ``φ_k = (1 − e^{−tθ_k})/θ_k``, from
    ``a_t = φ(G) b`` and ``‖f*‖ = 1``. Call it with times of shape (T,) or (p, T).

    Parameters
    ----------
    values : array, shape (m,)
        Eigenvalues of the Gram matrix, or Ritz values ``θ`` that stand for them.
    labels : array, shape (p, m)
        Coordinates ``c`` of the labels, one row per teacher.
    target : array, shape (m,)
        Coordinates ``d`` of the target's moments.
    steps : int
        Products with the Gram matrix that were spent.
    quadrature : float
        Estimated error of the quadrature, half the distance between its lower and its upper rule;
        zero for a full eigendecomposition.
    rounding : float
        Largest error that the precision of stored tiles can add, as far as has been seen.
    """

    values: Array
    labels: Array
    target: Array
    steps: int = 0
    quadrature: float = 0.0
    rounding: float = 0.0

    @property
    def error(self) -> float:
        """Estimated error at any time: that of the quadrature and the rounding of tiles."""
        return self.quadrature + self.rounding

    def __call__(self, times: ArrayLike) -> Array:
        """Errors of shape (p, T)."""
        t = at_least("times", times, 0.0)
        # Rounding can make the smallest Ritz values negative, and φ would grow without bound.
        theta = np.maximum(self.values, 1e-15 * self.values[-1])
        learned = -np.expm1(-t[..., None] * theta) / theta
        inner = np.einsum("...tm,...m->...t", learned, self.labels * self.target)
        energy = np.einsum("...tm,...m->...t", learned * learned, theta * self.labels**2)
        return cast(Array, 1.0 - 2.0 * inner + energy)


def finite_path(
    gram: Callable[[Any], Any],
    labels: Any,
    target: Any,
    *,
    longest: float,
    tolerance: float = 1e-8,
    max_steps: int = 150,
) -> FinitePath:
    """Whole path of a finite student, for all times and teachers from one block Lanczos run.

    The target's moments are part of the starting block, so that the path is a Gauss quadrature:
    ``k`` products are exact for polynomials of degree ``2k − 1``. The block is filled up with
    random rows to a multiple of eight: they cost nothing, and they save some products.
    The Gauss rule lies on one side of each functional and the Gauss–Radau rule, with a node below
    all eigenvalues, on the other. The path is their mean, and steps are added until the two are no
    more than twice the `tolerance` apart, for any teacher at any time.

    Parameters
    ----------
    gram : callable
        Product of a block of rows with the student's Gram matrix, `SymmetricTiles.times_rows`.
    labels : array_like, shape (p, n)
        Rows ``b``, `student_labels`. Vectors stay in the module and on the device of this array.
    target : array_like, shape (n,)
        Moments ``b*`` of the target, `student_moments`.
    longest : float
        Last time of interest; the path is then good at all earlier ones.
    tolerance : float
        Absolute error of ``L_ST``. With tiles in float32 no less than 1e-8.
    max_steps : int
        Give up after so many products.

    Returns
    -------
    FinitePath
        Call it with any times.

    Raises
    ------
    RuntimeError
        If `tolerance` is not reached within `max_steps` products; the message has the error.
    ValueError
        If shapes disagree, or `longest` or `tolerance` is not positive.

    Notes
    -----
    Derived in this companion. The error falls in stairs, so the change of a step says little of it;
    the distance of the two rules does (Golub and Meurant 2010, chapter 6), with a fifth of the
    largest change in three steps. The node is a fifth below the smallest Ritz value, which is an
    estimate of the smallest eigenvalue and no bound: the error is an estimate too. Of 336 paths in
    dimensions 3 to 12 it was exceeded by two, both in dimension 4, by at most 2.4 times. Where
    that value is rounding, as for dependent features, the path is that of the Gauss rule and its
    error the largest change in three steps.

    Examples
    --------
    >>> gram = np.diag([1.0, 0.5, 0.01])
    >>> labels, target = [[0.9, 0.1, 0.02]], [0.9, 0.0, 0.0]
    >>> path = finite_path(lambda rows: rows @ gram, labels, target, longest=1e3)
    >>> path([0.0, 5.0]).round(4)
    array([[1.   , 0.207]])
    """
    b, goal = (
        finite("labels", on_host(labels), ndim=2),
        finite("target", on_host(target), ndim=1),
    )
    if goal.size != b.shape[1]:
        raise ValueError(f"target must have length {b.shape[1]} as labels, got {goal.size}")
    above("longest", longest, 0.0)
    above("tolerance", tolerance, 0.0)
    p = len(b)
    extra = min(-(p + 1) % ROWS, goal.size - p - 1)
    # A seed of its own: what fills the block up must not move the caller's random numbers.
    filler = np.random.default_rng(0).standard_normal((max(extra, 0), goal.size))
    start = np.vstack([b, goal, filler])
    if namespace(labels) is not np:
        start = namespace(labels).asarray(start, device=labels.device)
    times = longest * np.geomspace(1e-10, 1.0, 81)
    recent: list[Array] = []
    error = np.inf
    for model in lanczos_models(gram, start):
        lower = _path_of(model, p)
        recent = [*recent[-3:], lower(times)]
        if model.values.size == goal.size:
            return lower  # all of the matrix is in the model
        changes = [float(np.abs(recent[-1] - old).max()) for old in recent[:-1]]
        if model.values[0] <= RESOLVED * model.values[-1]:
            error = max(changes) if len(changes) == 3 else np.inf
            path = lower
        elif model.steps >= FIRST and changes[-1] <= SOON * tolerance:
            upper = model.upper(NODE * model.values[0])
            apart = float(np.abs(_path_of(upper, p)(times) - recent[-1]).max())
            error = max(apart / 2, max(changes) / STAIRS)
            path = _path_of(_mean(model, upper), p)
        else:
            error = changes[-1] if changes else np.inf
            path = None
        if error <= tolerance and path is not None:
            return replace(path, quadrature=error)
        if model.steps >= integer("max_steps", max_steps, low=4):
            break
    raise RuntimeError(
        f"the student's path has not converged: after {model.steps} products its error is still "
        f"about {error:.2g}, more than the tolerance {tolerance:g}"
    )


def _path_of(model: RitzModel, teachers: int) -> FinitePath:
    """Return the path in a model of so many labels, and of the target's moments after them."""
    rows = model.coefficients
    return FinitePath(model.values, rows[:teachers], rows[teachers], model.steps)


def _mean(one: RitzModel, other: RitzModel) -> RitzModel:
    """Return the model that gives the mean of two."""
    values = np.concatenate([one.values, other.values])
    order = values.argsort()
    coefficients = np.hstack([one.coefficients, other.coefficients]) / np.sqrt(2.0)
    return RitzModel(values[order], coefficients[:, order], one.steps)


def full_path(gram: ArrayLike, labels: ArrayLike, target: ArrayLike) -> FinitePath:
    """Whole path of a finite student by a full eigendecomposition: the reference route.

    Parameters
    ----------
    gram : array_like, shape (n, n)
        The Gram matrix.
    labels, target
        As for `finite_path`.

    Returns
    -------
    FinitePath
        Exact to rounding at all times.

    Raises
    ------
    ValueError
        If shapes disagree.

    Examples
    --------
    >>> path = full_path(np.diag([1.0, 0.5]), [[0.9, 0.1]], [0.9, 0.0])
    >>> path([0.0, 5.0]).round(4)
    array([[1.    , 0.2069]])
    """
    b, goal = finite("labels", labels, ndim=2), finite("target", target, ndim=1)
    matrix = finite("gram", gram, ndim=2)
    if not matrix.shape == (goal.size, goal.size) == (b.shape[1], b.shape[1]):
        raise ValueError(
            f"gram, labels and target must have one order, got {matrix.shape}, {b.shape} and "
            f"{goal.shape}"
        )
    model = full_model(matrix, np.vstack([b, goal]))
    return FinitePath(model.values, model.coefficients[:-1], model.coefficients[-1])
