"""Shrinkage optimality (Definition 1): which students cannot gain by being shrunk.

A student is shrinkage optimal for its teacher when no ``α f_ST`` with ``0 ≤ α ≤ 1`` is closer to
``f_TE``. The same in two other forms: ``⟨f_ST, f_TE − f_ST⟩ ≥ 0``, and ``f_ST`` lies in the ball
with diameter ``[0, f_TE]``. Norms and inner products are those of the population.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above, at_least, finite, told


def shrinkage_margin(student_energy: ArrayLike, inner: ArrayLike) -> Array:
    """Margin of shrinkage optimality, ``⟨f_ST, f_TE − f_ST⟩``; optimal where it is ≥ 0.

    Shrinkage optimal means ``‖f_ST − f_TE‖² ≤ ‖α f_ST − f_TE‖²`` for all ``0 ≤ α ≤ 1``. The right
    side is a convex parabola in ``α``, so this says that its slope at ``α = 1`` is not positive.

    Parameters
    ----------
    student_energy : array_like
        ``‖f_ST‖²``.
    inner : array_like
        ``⟨f_ST, f_TE⟩``.

    Returns
    -------
    array
        The margin, in the broadcast shape.

    Raises
    ------
    ValueError
        If an energy is negative or an entry is not finite.

    References
    ----------
    Source: Medvedev et al. 2025, Definition 1 (wording not verified); equivalence derived here.

    Examples
    --------
    >>> shrinkage_margin([0.25, 1.0], [0.5, 0.9])
    array([ 0.25, -0.1 ])
    """
    return finite("inner", inner) - at_least("student_energy", student_energy, 0.0)


def shrinkage_gain(student_energy: ArrayLike, inner: ArrayLike) -> Array:
    """Largest decrease of ``‖α f_ST − f_TE‖²`` by shrinking, ``α ∈ [0, 1]``; optimal where it is 0.

    The definition taken literally: the parabola is minimised over the interval.

    Parameters
    ----------
    student_energy : array_like
        ``‖f_ST‖²``.
    inner : array_like
        ``⟨f_ST, f_TE⟩``.

    Returns
    -------
    array
        ``‖f_ST − f_TE‖² − min_α ‖α f_ST − f_TE‖² ≥ 0``.

    Raises
    ------
    ValueError
        If an energy is negative or an entry is not finite.

    References
    ----------
    Source: Medvedev et al. 2025, Definition 1 (wording not verified).

    Examples
    --------
    >>> shrinkage_gain([0.25, 1.0], [0.5, 0.9]).round(12)
    array([0.  , 0.01])
    """
    a, b = np.broadcast_arrays(
        at_least("student_energy", student_energy, 0.0), finite("inner", inner)
    )
    best = np.clip(np.divide(b, a, out=np.ones_like(a), where=a > 0.0), 0.0, 1.0)
    return np.asarray(np.abs((1.0 - best) * ((1.0 + best) * a - 2.0 * b)))


def ball_margin(student_energy: ArrayLike, inner: ArrayLike, teacher_energy: ArrayLike) -> Array:
    """Depth of the student in the ball with diameter ``[0, f_TE]``; optimal where it is ≥ 0.

    ``½‖f_TE‖ − ‖f_ST − ½f_TE‖``, which has the sign of ``⟨f_ST, f_TE − f_ST⟩``.

    Parameters
    ----------
    student_energy, inner, teacher_energy : array_like
        ``‖f_ST‖²``, ``⟨f_ST, f_TE⟩`` and ``‖f_TE‖²``.

    Returns
    -------
    array
        The depth, in the broadcast shape.

    Raises
    ------
    ValueError
        If an energy is negative or ``⟨f_ST, f_TE⟩² > ‖f_ST‖²‖f_TE‖²``.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> ball_margin([0.25, 1.0], [0.5, 0.9], 1.0).round(4)
    array([ 0.5   , -0.0916])
    """
    margin = shrinkage_margin(student_energy, inner)
    student = at_least("student_energy", student_energy, 0.0)
    teacher = at_least("teacher_energy", teacher_energy, 0.0)
    cross = finite("inner", inner)
    if (cross**2 > student * teacher * (1.0 + 1e-9) + 1e-300).any():
        worst = (cross**2 - student * teacher * (1.0 + 1e-9)).argmax()
        one, two, its = (x.flat[worst] for x in np.broadcast_arrays(student, teacher, cross))
        low, high, got = told(-np.sqrt(one * two), np.sqrt(one * two), its)
        raise ValueError(
            f"inner must lie in [{low}, {high}] for student_energy = {told(one)[0]} and "
            f"teacher_energy = {told(two)[0]}, got {got}"
        )
    radius = 0.5 * np.sqrt(teacher)
    distance = np.sqrt(np.maximum(student - cross + 0.25 * teacher, 0.0))
    scale = radius + distance
    return np.divide(margin, scale, out=np.zeros_like(scale), where=scale > 0.0)


def outside_ball(energy: ArrayLike, inner: ArrayLike) -> Array:
    """Margin by which shrinking improves a teacher, ``⟨f_TE, f_TE − f*⟩``; it does where > 0.

    The derivative of ``‖(1 − ε) f_TE − f*‖²`` at ``ε = 0`` is ``−2⟨f_TE, f_TE − f*⟩``: a small
    shrinkage improves the teacher exactly outside the ball with diameter ``[0, f*]``. Definition 1
    asks the same of a student, in the ball with diameter ``[0, f_TE]``.

    Parameters
    ----------
    energy : array_like
        ``‖f_TE‖²``, or its mean over teachers.
    inner : array_like
        ``⟨f_TE, f*⟩``, or its mean.

    Returns
    -------
    array
        The margin, in the broadcast shape: 0 on the sphere, negative inside.

    Raises
    ------
    ValueError
        If an energy is negative or an entry is not finite.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> outside_ball([0.5, 1.25, 0.25], [0.5, 1.0, 0.5])
    array([ 0.  ,  0.25, -0.25])
    """
    return np.asarray(at_least("energy", energy, 0.0) - finite("inner", inner))


def best_scale(inner: ArrayLike, energy: ArrayLike) -> Array:
    """Multiple of a teacher that is nearest to the target, ``⟨f_TE, f*⟩/‖f_TE‖²``.

    Below one exactly where `outside_ball` is positive.

    Parameters
    ----------
    inner, energy : array_like
        ``⟨f_TE, f*⟩`` and ``‖f_TE‖² > 0``, or their means over teachers.

    Returns
    -------
    array
        The scale, in the broadcast shape.

    Raises
    ------
    ValueError
        If an energy is not positive or an entry is not finite.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> best_scale([0.5, 1.0, 0.5], [0.5, 1.25, 0.25])
    array([1. , 0.8, 2. ])
    """
    return np.asarray(finite("inner", inner) / above("energy", energy, 0.0))


def nearest_in_ball(target: ArrayLike, teacher: ArrayLike) -> Array:
    """Best shrinkage-optimal student of all: the point of the ball nearest to the target.

    The ball has diameter ``[0, f_TE]``. Its distance to ``f*`` squared is
    `lower_bound_any_teacher`, and (9) if the teacher is a projection of the target.

    Parameters
    ----------
    target, teacher : array_like, shape (n,)
        Coordinates of ``f*`` and ``f_TE``.

    Returns
    -------
    array, shape (n,)
        Coordinates of the nearest point.

    Raises
    ------
    ValueError
        If the shapes disagree.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> nearest_in_ball([0.0, 1.0], [1.0, 0.0]).round(4)
    array([0.2764, 0.4472])
    """
    f, g = finite("target", target, ndim=1), finite("teacher", teacher, ndim=1)
    if f.shape != g.shape:
        raise ValueError(f"teacher must have the length of target, {f.size}, got {g.size}")
    centre = 0.5 * g
    radius, distance = np.linalg.norm(centre), np.linalg.norm(f - centre)
    return f if distance <= radius else centre + (radius / distance) * (f - centre)
