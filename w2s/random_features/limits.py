"""Lower bounds on the student's error that shrinkage optimality forces, and where they are tight.

The target has ``‖f*‖ = 1`` and ``L`` is the teacher's error ``L_TE = ‖f_TE − f*‖²``. A teacher
trained to convergence is a projection of the target, so ``‖f_TE‖² = 1 − L``. Differences of
square roots are written as quotients, so the bounds are exact to rounding for the smallest errors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, at_least, between, integer, told


def lower_bound(teacher_error: ArrayLike) -> Array:
    """Least error of a shrinkage-optimal student of an optimal teacher.

    ``L_ST ≥ ¼(√(1+3L) − √(1−L))²``   (9)

    Parameters
    ----------
    teacher_error : array_like
        ``L = L_TE`` in [0, 1].

    Returns
    -------
    array
        The bound, in the shape of `teacher_error`; at least ``¾ L²``.

    Raises
    ------
    ValueError
        If an error leaves [0, 1] (is the target normalised?).

    Notes
    -----
    Source: Medvedev et al. 2025, Theorem 4.1; constant derived in this companion. It holds as well
    for a teacher that is itself shrinkage optimal for ``f*``, since only ``‖f_TE‖² ≤ 1 − L`` is
    used.

    Examples
    --------
    >>> lower_bound([0.0, 2 / 3, 1.0]).round(6)
    array([0.      , 0.333333, 1.      ])
    """
    loss = between("teacher_error", teacher_error, 0.0, 1.0)
    return np.asarray((2.0 * loss / (np.sqrt(1.0 + 3.0 * loss) + np.sqrt(1.0 - loss))) ** 2)


def quadratic_floor(teacher_error: ArrayLike) -> Array:
    """Return the quadratic ``¾ L²`` below (9), attained at ``L = 0`` and ``L = ⅔`` only.

    Parameters
    ----------
    teacher_error : array_like
        ``L = L_TE`` in [0, 1].

    Returns
    -------
    array
        ``¾ L²``.

    Raises
    ------
    ValueError
        If an error leaves [0, 1].

    Notes
    -----
    Derived in this companion (the constant ¾ agrees with what is recalled of Medvedev et al. 2025,
    Theorem 4.1).

    Examples
    --------
    >>> bool(np.isclose(quadratic_floor(2 / 3), lower_bound(2 / 3), rtol=1e-14))
    True
    """
    return np.asarray(0.75 * between("teacher_error", teacher_error, 0.0, 1.0) ** 2)


def lower_bound_bounded_student(teacher_error: ArrayLike) -> Array:
    """Least error of any student whose norm does not exceed that of its optimal teacher.

    ``L_ST ≥ (1 − √(1−L))² ≥ ¼ L²``

    Parameters
    ----------
    teacher_error : array_like
        ``L = L_TE`` in [0, 1].

    Returns
    -------
    array
        The bound, in the shape of `teacher_error`.

    Raises
    ------
    ValueError
        If an error leaves [0, 1].

    References
    ----------
    Source: Medvedev et al. 2025, Theorem 4.2 (wording not verified); proof: triangle inequality.

    Examples
    --------
    >>> lower_bound_bounded_student([0.0, 0.75, 1.0])
    array([0.  , 0.25, 1.  ])
    """
    loss = between("teacher_error", teacher_error, 0.0, 1.0)
    return np.asarray((loss / (1.0 + np.sqrt(1.0 - loss))) ** 2)


def lower_bound_any_teacher(teacher_error: ArrayLike, teacher_energy: ArrayLike) -> Array:
    """Least error of a shrinkage-optimal student of any teacher with given error and norm.

    ``L_ST ≥ (√((1+L)/2 − ρ²/4) − ρ/2)₊²`` with ``ρ = ‖f_TE‖``. At ``ρ² = 1 − L`` it is (9); it
    vanishes for ``ρ² ≥ 1 + L``, where the target lies inside the ball.

    Parameters
    ----------
    teacher_error : array_like
        ``L = L_TE ≥ 0``; it may exceed one.
    teacher_energy : array_like
        ``ρ² = ‖f_TE‖²``.

    Returns
    -------
    array
        The bound, in the broadcast shape.

    Raises
    ------
    ValueError
        If no teacher has these moments, that is unless ``|1 − ρ| ≤ √L ≤ 1 + ρ``.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> lower_bound_any_teacher(0.2, [0.8, 1.0, 1.2]).round(6)
    array([0.034315, 0.008392, 0.      ])
    """
    loss = at_least("teacher_error", teacher_error, 0.0)
    energy = at_least("teacher_energy", teacher_energy, 0.0)
    norm, distance = np.sqrt(energy), np.sqrt(loss)
    if ((np.abs(1.0 - norm) > distance + 1e-9) | (distance > 1.0 + norm + 1e-9)).any():
        worst = np.maximum(np.abs(1.0 - norm) - distance, distance - norm - 1.0).argmax()
        side, its = (x.flat[worst] for x in np.broadcast_arrays(distance, energy))
        low, high, got = told((1.0 - side) ** 2, (1.0 + side) ** 2, its)
        given = told(side**2)[0]
        raise ValueError(
            f"teacher_energy must lie in [{low}, {high}] for teacher_error = {given}, got {got}"
        )
    to_centre = np.sqrt(np.maximum(0.5 * (1.0 + loss) - 0.25 * energy, 0.0))
    outside = np.maximum(0.5 * (1.0 + loss - energy), 0.0)
    return np.asarray((outside / (to_centre + 0.5 * norm)) ** 2)  # the sum is at least ‖f*‖ = 1


def lower_bound_chain(teacher_error: ArrayLike, n_students: int) -> Array:
    """Least error of the last of `n_students`, each shrinkage optimal for the one before.

    After ``n`` students the reachable functions are ``{r ≤ cos φ · cosⁿ(ψ/n)}`` in polar
    coordinates about ``f_TE``, ``cos φ = √(1 − L)``. The point nearest to ``f*`` has
    ``δ = ψ/n`` with ``sin((n+1)δ − φ) = cos φ cosⁿδ sin δ``, and its distance to ``f*`` is
    ``sin(φ − nδ)/sin δ``. One student gives (9), ``n → ∞`` the bound of the bounded student.

    Parameters
    ----------
    teacher_error : array_like
        ``L = L_TE`` in [0, 1], of an optimal teacher.
    n_students : int
        Length of the chain, at least one.

    Returns
    -------
    array
        The bound, attained by `tight_chain`.

    Raises
    ------
    ValueError
        If an error leaves [0, 1] or `n_students` is below one.

    Notes
    -----
    Derived in this companion: projecting by equal angles is best because ``log cos`` is concave.
    It sharpens Medvedev et al. 2025, Corollary 2, for chains of finite length.

    Examples
    --------
    >>> [round(float(lower_bound_chain(0.2, n)), 5) for n in (1, 2, 100)]
    [0.03431, 0.02236, 0.01135]
    >>> round(float(lower_bound_bounded_student(0.2)), 5)
    0.01115
    """
    loss = between("teacher_error", teacher_error, 0.0, 1.0)
    _, error = _chain_optimum(loss, integer("n_students", n_students))
    return error


def tight_chain(teacher_error: float, n_students: int = 1) -> Array:
    """Target, teacher and students of the chain that attains `lower_bound_chain`, in the plane.

    Each student is trained to convergence on the one before with a single feature, turned by
    the same angle towards ``f*``. With one student this is the tight case of (9).

    Parameters
    ----------
    teacher_error : float
        ``L = L_TE`` in [0, 1].
    n_students : int
        Number of students.

    Returns
    -------
    array, shape (n_students + 2, 2)
        Rows ``f*``, ``f_TE``, then the students.

    Raises
    ------
    ValueError
        If the error leaves [0, 1] or `n_students` is below one.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> target, teacher, student = tight_chain(2 / 3)
    >>> round(float(((student - target) ** 2).sum()), 12)
    0.333333333333
    """
    loss = between("teacher_error", teacher_error, 0.0, 1.0)
    if loss.ndim:
        raise ValueError(f"teacher_error must be a single number, got shape {loss.shape}")
    n = integer("n_students", n_students)
    angle, _ = _chain_optimum(loss, n)
    cosine, sine = np.sqrt(1.0 - loss), np.sqrt(loss)
    steps = np.arange(n + 1)
    radii, angles = cosine * np.cos(angle) ** steps, angle * steps
    chain = np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])
    return np.vstack([[cosine, sine], chain])


def _chain_optimum(loss: Array, n: int) -> tuple[Array, Array]:
    """Angle ``δ`` per step of the best chain, and the error ``(sin ε/sin δ)²``, ``ε = φ − nδ``."""
    phi = np.arctan2(np.sqrt(loss), np.sqrt(1.0 - loss))
    with np.errstate(divide="ignore"):  # log 0 where the teacher is zero
        log_cosine = 0.5 * np.log1p(-loss)
    low, high = np.zeros_like(phi), phi / (n + 1)
    for _ in range(120):  # bisection towards a relative error of rounding
        rest = 0.5 * (low + high)
        delta = (phi - rest) / n
        log_radius = log_cosine + 0.5 * n * np.log1p(-(np.sin(delta) ** 2))
        shortfall = -2.0 * np.sin(0.5 * rest) ** 2 - np.expm1(log_radius)
        too_far = np.sin(delta) * shortfall > np.cos(delta) * np.sin(rest)
        low, high = np.where(too_far, rest, low), np.where(too_far, high, rest)
    sine = np.sin(delta)
    # Without an error to repair both sines vanish.
    return delta, np.asarray((np.sin(rest) / np.where(sine > 0.0, sine, 1.0)) ** 2)
