"""Finite ReLU students, followed through the teachers that were drawn for them.

What the student sees is in `finite_student`, how its path is found from that in `finite_path`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import integer
from w2s.random_features.finite_path import FinitePath, finite_path
from w2s.random_features.finite_student import (
    student_gram,
    student_labels,
    student_moments,
    tiles_for,
)
from w2s.random_features.relu_network import ReluTeacher, relu_teacher
from w2s.random_features.sphere import ZonalTarget, sphere_points


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
