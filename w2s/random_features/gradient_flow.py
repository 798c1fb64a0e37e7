"""The student along gradient flow on the teacher's labels, and its best stopping time.

From zero, gradient flow of a student with kernel operator ``K`` on the labels ``f_TE`` gives
``f_t = (I − e^{−tK}) f_TE``, hence ``f* − f_t = e^{−tK} f* + (I − e^{−tK}) r`` with the teacher's
residual ``r = f* − f_TE``. Time is measured for ``ȧ = −(Ga − b)``; only ``t λ₁`` has a meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above, at_least, between, finite, told
from w2s.random_features.spectral import SpectralTeacher


def spectral_path(
    teacher: SpectralTeacher,
    times: ArrayLike,
    learned: Callable[[Array, Array], Array] | None = None,
) -> Array:
    """Error of an infinitely wide student at all times, from finitely many eigenspaces.

    ``L_ST(t) = Σ_j (1 − g_j)²‖f*_j‖² + 2 g_j(1 − g_j)⟨f*_j, r_j⟩ + g_j²‖r_j‖²`` with
    ``g_j = 1 − e^{−tλ_j}`` or what another learning rule has learned of eigenspace ``j``. Written
    in the residual there is no cancellation, however small the error.

    Parameters
    ----------
    teacher : SpectralTeacher
        One teacher or a batch of them.
    times : array_like, shape (T,) or (..., T)
        Times ``t ≥ 0``; leading axes, if any, are those of the batch.
    learned : callable, optional
        ``learned(t, λ)`` returns ``g`` for times of shape (..., T, 1) and eigenvalues of shape
        (c,), in the broadcast shape; by default gradient flow.

    Returns
    -------
    array, shape (..., T)
        ``L_ST(t)``: one at ``t = 0`` and ``L_TE`` as ``t → ∞``.

    Raises
    ------
    ValueError
        If a time is negative or not finite, or `learned` returns another shape or such numbers.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> teacher = SpectralTeacher(*np.array([[1.0, 0.01], [1.0, 0.0], [0.2, 0.0], [0.04, 0.16]]))
    >>> spectral_path(teacher, [0.0, 5.0, 1e4]).round(4)
    array([1.    , 0.0426, 0.2   ])
    >>> spectral_path(teacher, [0.0, 5.0, 1e4], lambda t, x: t * x / (1 + t * x)).round(4)  # ridge
    array([1.    , 0.1115, 0.1969])
    """
    t = at_least("times", times, 0.0)
    exponent = -t[..., None] * teacher.eigenvalues
    if learned is None:
        left, gained = np.exp(exponent), -np.expm1(exponent)
    else:
        gained = finite("learned", learned(t[..., None], teacher.eigenvalues))
        left = 1.0 - gained
        if gained.shape != exponent.shape:
            raise ValueError(f"learned must have shape {exponent.shape}, got {gained.shape}")

    def summed(factors: Array, moments: Array) -> Array:
        total: Array = np.einsum("...tc,...c->...t", factors, moments)
        return total

    kept, cross = summed(left * left, teacher.target_energy), 2.0 * teacher.cross_energy
    return kept + summed(left * gained, cross) + summed(gained * gained, teacher.residual_energy)


def linear_path(teacher_error: ArrayLike, bulk_eigenvalue: float, times: ArrayLike) -> Array:
    """Student's error in the linear network with one signal coordinate, from ``L = L_TE`` alone.

    ``L_ST(t) = (L + e^{−t}(1 − L))² + (1 − e^{−st})² L(1 − L)``   (7)

    Parameters
    ----------
    teacher_error : array_like
        ``L`` in [0, 1].
    bulk_eigenvalue : float
        ``s > 0``.
    times : array_like
        Times ``t ≥ 0``, broadcast against `teacher_error`.

    Returns
    -------
    array
        ``L_ST(t)`` in the broadcast shape.

    Raises
    ------
    ValueError
        If `teacher_error` leaves [0, 1], `bulk_eigenvalue` is not positive or a time is negative.

    Notes
    -----
    Derived in this companion; finite-sample form of Medvedev et al. 2025, Theorem 3.2, ``k = 1``.

    Examples
    --------
    >>> linear_path(0.1, 1e-6, [0.0, 20.0])
    array([1.  , 0.01])
    """
    loss = between("teacher_error", teacher_error, 0.0, 1.0)
    s = above("bulk_eigenvalue", bulk_eigenvalue, 0.0)
    t = at_least("times", times, 0.0)
    signal = loss + np.exp(-t) * (1.0 - loss)
    return signal**2 + np.expm1(-s * t) ** 2 * loss * (1.0 - loss)


def flow(kernel: ArrayLike, labels: ArrayLike, times: ArrayLike) -> Array:
    """Gradient flow in function space by a full eigendecomposition: the reference route.

    ``f_t = (I − e^{−tK}) f_TE`` in an orthonormal basis of a finite-dimensional function space.

    Parameters
    ----------
    kernel : array_like, shape (n, n)
        Symmetric positive semi-definite kernel operator ``K``.
    labels : array_like, shape (n,)
        Coordinates of the teacher ``f_TE``.
    times : array_like, shape (T,)
        Times ``t ≥ 0``.

    Returns
    -------
    array, shape (T, n)
        Coordinates of the student ``f_t``.

    Raises
    ------
    ValueError
        If the shapes disagree, `kernel` is not symmetric or has a negative eigenvalue, or a time
        is negative.

    Examples
    --------
    >>> flow([[1.0, 0.0], [0.0, 0.1]], [2.0, 2.0], [0.0, 50.0]).round(3)
    array([[0.   , 0.   ],
           [2.   , 1.987]])
    """
    k, y = finite("kernel", kernel, ndim=2), finite("labels", labels, ndim=1)
    t = at_least("times", times, 0.0)
    if k.shape != (y.size, y.size):
        raise ValueError(f"kernel must have shape ({y.size}, {y.size}) as labels, got {k.shape}")
    rounding = 1e-12 * np.abs(k).max()
    if not np.allclose(k, k.T, rtol=0.0, atol=rounding):
        most, got = told(rounding, np.abs(k - k.T).max())
        raise ValueError(f"kernel must be symmetric, |K - K'| at most {most}, got {got}")
    values, vectors = np.linalg.eigh(k)
    if values[0] < -1e-10 * values[-1]:
        least, got = told(-1e-10 * np.abs(values).max(), values[0])
        raise ValueError(f"kernel must have no negative eigenvalue, below {least}, got {got}")
    learned = -np.expm1(-np.multiply.outer(t, np.maximum(values, 0.0)))
    students: Array = (learned * (vectors.T @ y)) @ vectors.T
    return students


@dataclass(frozen=True)
class BestStop:
    """Best stopping times of a batch of students.

    Parameters
    ----------
    time : array
        Minimiser of ``L_ST(t)``.
    loss : array
        ``min_t L_ST(t)``.
    early, late : array
        Ends of the time window around `time` in which ``L_ST ≤ (1 + slack) min L_ST``.
    """

    time: Array
    loss: Array
    early: Array
    late: Array


def best_stop(
    path: Callable[[Array], Array],
    *,
    shortest: float = 1e-2,
    longest: float = 1e8,
    points: int = 401,
    slack: float = 0.01,
) -> BestStop:
    """Best stopping time of every student of a batch, refined off the grid, with its window.

    The minimum is taken on a geometric grid, so the deepest of several dips is found, and is then
    refined to rounding by narrowing the grid around it.

    Parameters
    ----------
    path : callable
        Maps times of shape (T,) or (..., T) to losses of shape (..., T), as `spectral_path` does.
    shortest, longest : float
        Ends of the grid, ``0 < shortest < longest``.
    points : int
        Size of the grid.
    slack : float
        Relative loss that defines the window ``[early, late]``, on the grid.

    Returns
    -------
    BestStop
        Arrays in the shape of the batch.

    Raises
    ------
    ValueError
        If the grid is empty or `slack` is negative.

    Examples
    --------
    >>> stop = best_stop(lambda t: linear_path(0.1, 0.01, t))
    >>> bool(linear_path(0.1, 0.01, stop.time) == stop.loss < linear_path(0.1, 0.01, 4.0))
    True
    """
    above("shortest", shortest, 0.0)
    above("longest", longest, shortest, "shortest")
    at_least("points", points, 3)
    at_least("slack", slack, 0.0)
    grid = np.linspace(np.log(shortest), np.log(longest), points)
    loss = path(np.exp(grid))
    index = np.clip(loss.argmin(axis=-1), 1, points - 2)
    centre, step = grid[index], grid[1] - grid[0]
    for _ in range(8):  # each round narrows the bracket 8-fold
        near = centre[..., None] + step * np.linspace(-1.0, 1.0, 17)
        near = np.clip(near, grid[0], grid[-1])
        values = path(np.exp(near))
        best = values.argmin(axis=-1)[..., None]
        centre = np.take_along_axis(near, best, axis=-1)[..., 0]
        step /= 8.0
    lowest = np.take_along_axis(values, best, axis=-1)[..., 0]
    inside = loss <= (1.0 + slack) * lowest[..., None]
    order = np.arange(points)
    gap_left = np.where(~inside & (order <= index[..., None]), order, -1).max(axis=-1) + 1
    gap_right = np.where(~inside & (order >= index[..., None]), order, points).min(axis=-1) - 1
    return BestStop(
        time=np.exp(centre),
        loss=lowest,
        early=np.exp(np.minimum(grid[gap_left], centre)),
        late=np.exp(np.maximum(grid[gap_right], centre)),
    )
