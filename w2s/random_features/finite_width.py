"""A finite ReLU student: its Gram matrix, what it sees of its teachers, and its whole path.

The student is ``f = Σ_i a_i σ_i/√M_ST`` with ``ȧ = −(Ga − b)``, so ``a_t = G⁻¹(1 − e^{−tG}) b``.
The Gram matrix has a few clusters of eigenvalues, one per degree, so a few dozen products with
it give the path at all times for all teachers; the full eigendecomposition is the reference.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from w2s._arrays import namespace, on_host
from w2s._checks import Array, above, at_least, finite, integer
from w2s.random_features.compiled import (
    ROOT_STEP,
    arc_cosine_remainder,
    compiled_remainder,
    compiled_roots,
)
from w2s.random_features.kernels import compiled_here
from w2s.random_features.lanczos import RitzModel, full_model, lanczos_models
from w2s.random_features.relu_network import ReluTeacher, relu_teacher, unit_rows
from w2s.random_features.sphere import ZonalTarget, relu_coefficients, sphere_points
from w2s.random_features.tiles import SymmetricTiles

ROWS = 8  # vectors of this number of rows are filled up in any case
NODE = 0.8  # of the upper rule, in smallest values of the lower one
RESOLVED = 1e-13  # smaller values, in largest ones, are rounding
FIRST = 6  # products after which the smallest value of the model may be that of the matrix
STAIRS = 5.0  # part of the largest change in three steps that the error is said to be at least
SOON = 10.0  # changes of a step, in tolerances, from which on the upper rule is made
LARGEST = 65535  # of uint16
# Accuracy of a path with tiles in uint16 and float32: their rounding was never seen to add more.
COARSE, SINGLE = 1e-6, 1e-8


def student_gram(
    features: Any,
    *,
    dtype: DTypeLike = np.float64,
    keep: bool = True,
    tile: int | None = None,
    workers: int = 1,
    compiled: bool | None = None,
) -> SymmetricTiles:
    """Gram matrix ``G_ij = ⟨σ_i, σ_j⟩/M_ST`` of a finite ReLU student, in tiles.

    The parts of degree zero and one, ``(1/2π + ⟨u_i, u_j⟩/4)/(d M_ST)``, hold nearly all of the
    size of an entry and have rank ``d + 1``; they are applied in float64. Tiles hold the rest, so
    that even with tiles in float32 the student's path keeps about eight digits.

    Parameters
    ----------
    features : array_like, shape (M_ST, d)
        Unit vectors, independent of the teacher's. The tiles are made by the array module and on
        the device of this array: numpy, any module of the array API standard, or PyTorch.
    dtype : {float64, float32, uint16}
        Precision of the stored entries; uint16 holds the roots of what the tiles hold, which is
        not negative, in steps of `ROOT_STEP`. Without compiled code this is float32.
    keep : bool
        Keep the upper triangle in memory, or make each tile again in each product.
    tile : int, optional
        Order of a tile; some thousands on a graphics card. By default, what suits the processor.
    workers : int
        Threads that share the tiles; the result is the same to the last bit for any number.
    compiled : bool, optional
        Make and multiply tiles by machine code made for them (`kernels`), or by numpy and BLAS,
        the reference; the two agree to rounding. By default compiled, where that can be had.

    Returns
    -------
    SymmetricTiles
        Of order ``M_ST``; its diagonal is ``1/(2 d M_ST)`` to rounding.

    Raises
    ------
    ValueError
        If a row is not a unit vector, `dtype` is another type, or `compiled` cannot be had.

    Notes
    -----
    Derived in this companion. Checked on processors only; no graphics card was at hand.

    Examples
    --------
    >>> student_gram(np.eye(3)).dense().diagonal() * 18.0
    array([1., 1., 1.])
    """
    u = unit_rows("features", on_host(features))
    kind = np.dtype(dtype)
    if kind not in (np.float32, np.float64, np.uint16):
        raise ValueError(f"dtype must be float32, float64 or uint16, got {kind}")
    coarse, kind = kind == np.uint16, np.dtype(np.float64 if kind == np.float64 else np.float32)
    xp, scale = namespace(features), 1.0 / u.size
    device = {"device": getattr(features, "device", "cpu")}
    entries = xp.asarray(u, dtype=getattr(xp, kind.name), **device)
    fast = compiled_here(compiled, entries)
    unit = scale * ROOT_STEP**2 if coarse and fast else None
    scratch = threading.local()

    # Tiles on the diagonal are special: rounding may take a correlation of a vector with itself
    # beyond 1, where the arc-cosine is not defined, and its value there is known.
    def make(rows: slice, columns: slice, place: Any = None) -> Any:
        if fast:
            return make_compiled(rows, columns, place)
        correlations = entries[rows, :] @ entries[columns, :].T
        if rows != columns:
            block = arc_cosine_remainder(correlations)
            block *= scale
            return block
        diagonal = xp.eye(correlations.shape[0], dtype=entries.dtype, **device)
        block = arc_cosine_remainder(correlations * (1.0 - diagonal))
        block *= scale
        block += diagonal * (scale * (0.25 - 0.5 / np.pi))
        return block

    def make_compiled(rows: slice, columns: slice, place: Any) -> Any:
        shape = rows.stop - rows.start, columns.stop - columns.start
        block = np.empty(shape, np.uint16 if coarse else kind) if place is None else place
        if getattr(scratch, "memory", block[:0]).size < block.size:
            scratch.memory = np.empty(block.size, kind)  # fresh memory costs more than its use
        correlations = scratch.memory[: block.size].reshape(block.shape)
        np.matmul(entries[rows], entries[columns].T, out=correlations)
        if rows == columns:
            np.fill_diagonal(correlations, 0.0)
        if coarse:
            compiled_roots(correlations, block)
        else:
            compiled_remainder(correlations, block, scale)
        if rows == columns:
            np.fill_diagonal(block, LARGEST if coarse else scale * (0.25 - 0.5 / np.pi))
        return block

    low = np.vstack([np.full((1, len(u)), np.sqrt(0.5 / np.pi)), 0.5 * u.T]) * np.sqrt(scale)
    return SymmetricTiles(
        len(u), make, keep=keep, tile=tile, workers=workers, compiled=compiled,
        plus=xp.asarray(low, **device), like=entries[:1, :], into=fast, unit=unit,
    )  # fmt: skip


def student_labels(features: ArrayLike, teachers: Sequence[ReluTeacher]) -> Array:
    """Return what a finite student sees of its teachers: rows ``b_i = ⟨σ_i, f_TE⟩/√M_ST``.

    Parameters
    ----------
    features : array_like, shape (M_ST, d)
        The student's unit vectors.
    teachers : sequence of ReluTeacher
        Teachers of the same dimension.

    Returns
    -------
    array, shape (p, M_ST)
        One row per teacher.

    Raises
    ------
    ValueError
        If a row is not a unit vector or dimensions disagree.

    Examples
    --------
    >>> from w2s.random_features.relu_network import relu_teacher
    >>> teacher = relu_teacher(np.eye(3), ZonalTarget(np.eye(3)[0]))
    >>> student_labels(-np.eye(3), [teacher]).shape
    (1, 3)
    """
    u = unit_rows("features", features)
    labels = np.empty((len(teachers), len(u)))
    for row, teacher in zip(labels, teachers, strict=True):
        v, weights = unit_rows("features", teacher.features, u.shape[1]), teacher.weights
        row[:] = weights.sum() / (2.0 * np.pi) + u @ (weights @ v) / 4.0  # degrees zero and one
        fast, step = compiled_here(None, v), 2**16 // len(v) + 1  # a block fits the cache
        for start in range(0, len(u), step):
            rho = u[start : start + step] @ v.T
            higher = (
                compiled_remainder(rho, np.empty_like(rho)) if fast else arc_cosine_remainder(rho)
            )
            row[start : start + step] += higher @ weights
    return np.asarray(labels / (u.shape[1] * np.sqrt(len(u))))


def student_moments(features: ArrayLike, target: ZonalTarget) -> Array:
    """Return what a finite student sees of the target: ``b*_i = ⟨σ_i, f*⟩/√M_ST``.

    Parameters
    ----------
    features : array_like, shape (M_ST, d)
        The student's unit vectors.
    target : ZonalTarget
        Target of the same dimension.

    Returns
    -------
    array, shape (M_ST,)
        The moments, by the Funk–Hecke formula.

    Raises
    ------
    ValueError
        If a row is not a unit vector or dimensions disagree.

    Examples
    --------
    >>> student_moments(np.eye(2), ZonalTarget(np.eye(2)[0])) * 4.0
    array([1., 0.])
    """
    u = unit_rows("features", features, target.direction.size)
    coefficients = relu_coefficients(target.direction.size, len(target.coefficients) - 1)
    return np.asarray(target.series(coefficients, u).sum(axis=0) / np.sqrt(len(u)))


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


def path_through(
    features: ArrayLike,
    teachers: Sequence[ReluTeacher],
    *,
    longest: float,
    tolerance: float = 1e-8,
    workers: int = 1,
) -> FinitePath:
    """Follow one finite ReLU student through teachers of one target, to a stated accuracy.

    `finite_path` of the student's Gram matrix and its labels by each teacher. All teachers should
    come at once: a product with more rows costs less for each of them, and fewer are needed.

    Parameters
    ----------
    features : array_like, shape (M_ST, d)
        The student's features, rows of unit length.
    teachers : sequence of ReluTeacher
        Teachers of one target.
    longest : float
        As for `finite_path`.
    tolerance : float
        Absolute accuracy of ``L_ST``. It decides on the price: down to 1e-6 the tiles of the Gram
        matrix are uint16, down to 1e-8 float32 in twice the memory, and below float64, in twice
        the memory again and at twice the cost of a product.
    workers : int
        Threads, as for `student_gram`.

    Returns
    -------
    FinitePath
        The student's errors, one row per teacher, with the estimate `FinitePath.error`.

    Raises
    ------
    RuntimeError, ValueError
        As `finite_path`, `student_gram` and `student_labels` do.

    Examples
    --------
    >>> target, rng = ZonalTarget(np.eye(8)[0]), np.random.default_rng(0)
    >>> taught = [relu_teacher(sphere_points(rng, 64, 8), target)]
    >>> path = path_through(sphere_points(rng, 512, 8), taught, longest=1e6)
    >>> path([0.0]).round(3)
    array([[1.]])
    >>> path.error <= 2e-8
    True
    """
    dtype, rounding = tiles_for(tolerance)
    gram = student_gram(features, dtype=dtype, workers=workers)
    path = finite_path(
        gram.times_rows,
        student_labels(features, teachers),
        student_moments(features, teachers[0].target),
        longest=longest,
        tolerance=tolerance,
    )
    return replace(path, rounding=rounding)


def tiles_for(tolerance: float) -> tuple[DTypeLike, float]:
    """Return the cheapest type of tiles for an accuracy of the path, and what its rounding may add.

    Examples
    --------
    >>> [tiles_for(tolerance)[1] for tolerance in (1e-5, 1e-8, 1e-10)]
    [1e-06, 1e-08, 0.0]
    """
    if above("tolerance", tolerance, 0.0) >= COARSE:
        return np.uint16, COARSE
    return (np.float32, SINGLE) if tolerance >= SINGLE else (np.float64, 0.0)


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


def simulate_student(
    target: ZonalTarget,
    teacher_widths: Sequence[int],
    student_width: int,
    rngs: tuple[np.random.Generator, np.random.Generator],
    *,
    repeats: int,
    longest: float,
    tolerance: float = 1e-5,
) -> tuple[list[ReluTeacher], FinitePath]:
    """Draw ReLU teachers of several widths and one finite student, and follow it through them all.

    Parameters
    ----------
    target : ZonalTarget
        What the teachers learn.
    teacher_widths : sequence of int
        Their numbers of features ``M_TE``.
    student_width : int
        The student's number of features ``M_ST``.
    rngs : pair of numpy.random.Generator
        Of the teachers' features and of the student's: two, because a student that shares its
        teachers' features can copy all of their mistakes.
    repeats : int
        Teachers of each width.
    longest, tolerance : float
        As for `path_through`.

    Returns
    -------
    teachers : list of ReluTeacher
        All repeats of the first width, then of the second, and so on.
    path : FinitePath
        The student's errors, one row per teacher.

    Raises
    ------
    RuntimeError, ValueError
        As `finite_path` does, and if a width or `repeats` is not a positive integer.

    Examples
    --------
    >>> rngs = np.random.default_rng(0), np.random.default_rng(1)
    >>> target = ZonalTarget(np.eye(8)[0])
    >>> teachers, path = simulate_student(target, [4, 64], 512, rngs, repeats=3, longest=1e6)
    >>> len(teachers), path([0.0, 1e3]).shape
    (6, (6, 2))
    """
    teacher_rng, student_rng = rngs
    dimension, count = target.direction.size, integer("repeats", repeats)
    teachers = [
        relu_teacher(sphere_points(teacher_rng, width, dimension), target)
        for width in teacher_widths
        for _ in range(count)
    ]
    features = sphere_points(student_rng, student_width, dimension)
    return teachers, path_through(features, teachers, longest=longest, tolerance=tolerance)
