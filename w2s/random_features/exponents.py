"""Exponents of students against their teachers, and means over seeds that share a student.

The rule of the book: one power law per seed, through that seed's teachers of all widths, in
log-log coordinates; then the mean over seeds. Several seeds may have been taught to one student,
since one run with a student's Gram matrix serves many teachers.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above, finite, integer
from w2s.metrics import Estimate, fit_power_law


def seed_exponents(teacher: ArrayLike, student: ArrayLike) -> Array:
    """Fit one exponent of ``L_ST`` against ``L_TE`` per seed.

    Parameters
    ----------
    teacher, student : array_like, shape (..., widths, seeds)
        Errors, all positive; at least three teacher widths.

    Returns
    -------
    array, shape (..., seeds)
        Exponents of `fit_power_law`, unweighted.

    Raises
    ------
    ValueError
        If shapes differ, an error is not positive or there are fewer than three widths.

    Examples
    --------
    >>> teacher = np.array([[0.4, 0.5], [0.2, 0.2], [0.1, 0.1]])
    >>> seed_exponents(teacher, teacher**2).round(6)
    array([2., 2.])
    """
    x, y = above("teacher", teacher, 0.0), above("student", student, 0.0)
    if x.shape != y.shape or x.ndim < 2:
        raise ValueError(
            f"teacher and student must have one shape (..., widths, seeds), got {x.shape} and "
            f"{y.shape}"
        )
    columns = (np.moveaxis(z, -2, -1).reshape(-1, z.shape[-2]) for z in (x, y))
    fits = [fit_power_law(*pair).exponent for pair in zip(*columns, strict=True)]
    return np.reshape(fits, (*x.shape[:-2], x.shape[-1]))


def over_seeds(groups: Iterable[ArrayLike], widths: int) -> Array:
    """Arrange numbers of several students' teachers over (width, seed), groups of seeds in order.

    Parameters
    ----------
    groups : iterable of array_like, each of shape (widths · seeds, ...)
        One student's numbers, one row per teacher: all seeds of the first width come first.
    widths : int
        Number of teacher widths.

    Returns
    -------
    array, shape (widths, seeds of all groups, ...)
        As `seed_exponents` and `mean_over_seeds` take them.

    Raises
    ------
    ValueError
        If the teachers of a group are not a multiple of `widths`.

    Examples
    --------
    >>> over_seeds([[1, 2, 10, 20], [3, 4, 30, 40]], 2).tolist()
    [[1, 2, 3, 4], [10, 20, 30, 40]]
    """
    tables, count = [np.asarray(group) for group in groups], integer("widths", widths)
    for table in tables:
        if table.shape[0] % count:
            raise ValueError(
                f"widths must divide the number of teachers, {len(table)}, got {count}"
            )
    shaped = [t.reshape(count, len(t) // count, *t.shape[1:]) for t in tables]
    return np.concatenate(shaped, axis=1)


def mean_over_seeds(values: ArrayLike, students: int) -> Estimate:
    """Mean over seeds and its standard error, when several seeds share a student.

    Seeds come in `students` consecutive groups of equal size, each with a student of its own. The
    standard error is the larger of two: that of independent seeds, and that of the means of the
    groups, which is the larger one when the students differ.

    Parameters
    ----------
    values : array_like, shape (..., seeds)
        One number per seed.
    students : int
        Number of groups, at least two; it divides the number of seeds.

    Returns
    -------
    Estimate
        ``(mean, standard_error)`` over the last axis.

    Raises
    ------
    ValueError
        If a value is not finite, or the seeds do not form groups of equal size.

    Notes
    -----
    With variance ``a`` between students and ``b`` between the ``n`` seeds of one, the mean over
    ``G`` groups has the variance ``(a + b/n)/G``. The spread of the group means estimates this
    without bias but coarsely; the spread of the seeds estimates at least about ``b/(nG)`` finely.
    Derived in this companion.

    Examples
    --------
    >>> mean, error = mean_over_seeds([1.0, 1.0, 2.0, 2.0], 2)
    >>> float(mean), float(error)
    (1.5, 0.5)
    """
    x, groups = np.atleast_1d(finite("values", values)), integer("students", students, low=2)
    seeds = x.shape[-1]
    if seeds % groups:
        raise ValueError(f"students must divide the number of seeds, {seeds}, got {groups}")
    of_groups = x.reshape(*x.shape[:-1], groups, -1).mean(axis=-1)
    errors = [part.std(axis=-1, ddof=1) / np.sqrt(part.shape[-1]) for part in (x, of_groups)]
    return Estimate(np.asarray(x.mean(axis=-1)), np.maximum(*errors))
