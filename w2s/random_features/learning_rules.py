"""Learning rules beside gradient flow, in function space, to see which of them shrink.

`filtered_error` judges any spectral rule of an infinitely wide student. The other functions start
from zero, see the labels ``g = f_TE`` and the kernel operator ``K`` of the student's features, and
return all their students as rows. Step sizes are in units of the inverse largest eigenvalue of
``K``, so plain gradient descent converges exactly for steps in (0, 2).
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above, between, finite, integer, told
from w2s.random_features.spectral import SpectralTeacher


def filtered_error(teacher: SpectralTeacher, learned: ArrayLike) -> Array:
    """Error of infinitely wide students that take over a given fraction of each eigenspace.

    ``L_ST = Σ_j ‖(1 − g_j) f*_j + g_j r_j‖²`` for ``f_ST = Σ_j g_j f_TE,j`` and ``r = f* − f_TE``.
    Gradient flow has ``g = 1 − e^{−tλ}``, ridge ``λ/(λ + p)``, a chain of ``n`` students the
    ``n``-th power, a projection zeros and ones.

    Parameters
    ----------
    teacher : SpectralTeacher
        One teacher or a batch of them.
    learned : array_like, shape (T, c) or (..., T, c)
        Fractions ``g`` of ``T`` students; leading axes, if any, are those of the batch.

    Returns
    -------
    array, shape (..., T)
        ``L_ST``.

    Raises
    ------
    ValueError
        If the last axis of `learned` has not one entry per eigenspace, or one is not finite.

    Notes
    -----
    Derived in this companion. The student is shrinkage optimal when every fraction is in [0, 1].

    Examples
    --------
    >>> teacher = SpectralTeacher(*np.array([[1.0, 0.01], [1.0, 0.0], [0.2, 0.0], [0.04, 0.16]]))
    >>> filtered_error(teacher, [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]).round(4)
    array([1.  , 0.04, 0.2 ])
    """
    g, spaces = finite("learned", learned), teacher.eigenvalues.size
    if g.ndim < 2 or g.shape[-1] != spaces:
        raise ValueError(f"learned must have shape (..., T, {spaces}), got {g.shape}")
    left = 1.0 - g
    moments = (teacher.target_energy, 2.0 * teacher.cross_energy, teacher.residual_energy)
    factors = (left * left, left * g, g * g)
    return cast(
        Array,
        sum(np.einsum("...tc,...c->...t", f, m) for f, m in zip(factors, moments, strict=True)),
    )


def ridge(kernel: ArrayLike, labels: ArrayLike, penalties: ArrayLike) -> Array:
    """Ridge regression for several penalties: ``f = K (K + λ)⁻¹ g``.

    Parameters
    ----------
    kernel : array_like, shape (n, n)
        Symmetric positive semi-definite kernel operator ``K``.
    labels : array_like, shape (n,)
        Coordinates of the teacher.
    penalties : array_like, shape (q,)
        Penalties ``λ > 0``, in the units of ``K``.

    Returns
    -------
    array, shape (q, n)
        Coordinates of the students.

    Raises
    ------
    ValueError
        If shapes disagree or a penalty is not positive.

    Examples
    --------
    >>> ridge(np.diag([1.0, 0.1]), [1.0, 1.0], [0.1]).round(3)
    array([[0.909, 0.5  ]])
    """
    k, g, _ = _problem(kernel, labels)
    values, vectors = np.linalg.eigh(k)
    penalty = above("penalties", penalties, 0.0)
    filters = values / (values + penalty.reshape(-1, 1))
    return np.asarray((filters * (vectors.T @ g)) @ vectors.T)


def gradient_descent(
    kernel: ArrayLike, labels: ArrayLike, n_steps: int, *, step: float = 1.0, momentum: float = 0.0
) -> Array:
    """Gradient descent, with heavy-ball momentum if asked.

    ``f_{k+1} = f_k − (η/λ_max) K (f_k − g) + μ (f_k − f_{k−1})``

    Parameters
    ----------
    kernel, labels
        As for `ridge`.
    n_steps : int
        Number of steps.
    step : float
        ``η`` in (0, 2).
    momentum : float
        ``μ`` in [0, 1).

    Returns
    -------
    array, shape (n_steps + 1, n)
        Students ``f_0 = 0, f_1, …``

    Raises
    ------
    ValueError
        If shapes disagree, or `step` or `momentum` is out of its range.

    Examples
    --------
    >>> gradient_descent([[2.0]], [1.0], 2, step=1.5).ravel()
    array([0.  , 1.5 , 0.75])
    """
    k, g, largest = _problem(kernel, labels)
    rate = _step(step) / largest
    friction = float(between("momentum", momentum, 0.0, 1.0))
    if friction == 1.0:
        raise ValueError("momentum must be below 1, got 1")
    path = np.zeros((integer("n_steps", n_steps) + 1, g.size))
    for i in range(n_steps):
        path[i + 1] = (
            path[i] - rate * (k @ (path[i] - g)) + friction * (path[i] - path[max(i - 1, 0)])
        )
    return path


def nesterov(kernel: ArrayLike, labels: ArrayLike, n_steps: int, *, step: float = 1.0) -> Array:
    """Nesterov's accelerated gradient method.

    ``y_k = f_k + k/(k+3) (f_k − f_{k−1})``, ``f_{k+1} = y_k − (η/λ_max) K (y_k − g)``

    Parameters
    ----------
    kernel, labels, n_steps
        As for `gradient_descent`.
    step : float
        ``η`` in (0, 2); the method is usually run with at most one.

    Returns
    -------
    array, shape (n_steps + 1, n)
        Students ``f_0 = 0, f_1, …``

    Raises
    ------
    ValueError
        If shapes disagree or `step` is out of its range.

    Examples
    --------
    >>> nesterov([[2.0]], [1.0], 2, step=0.5).ravel()
    array([0.    , 0.5   , 0.8125])
    """
    k, g, largest = _problem(kernel, labels)
    rate = _step(step) / largest
    path = np.zeros((integer("n_steps", n_steps) + 1, g.size))
    for i in range(n_steps):
        ahead = path[i] + i / (i + 3) * (path[i] - path[max(i - 1, 0)])
        path[i + 1] = ahead - rate * (k @ (ahead - g))
    return path


def lsqr(kernel: ArrayLike, labels: ArrayLike, n_steps: int) -> Array:
    """LSQR, that is conjugate gradients on the normal equations.

    ``f_k`` minimises ``‖f − g‖`` over the Krylov space ``span{Kg, K²g, …, Kᵏg}``.

    Parameters
    ----------
    kernel, labels, n_steps
        As for `gradient_descent`.

    Returns
    -------
    array, shape (n_steps + 1, n)
        Students ``f_0 = 0, f_1, …``; constant once the fit is exact.

    Raises
    ------
    ValueError
        If shapes disagree.

    Examples
    --------
    >>> lsqr(np.diag([1.0, 0.5]), [1.0, 1.0], 2).round(3)
    array([[0. , 0. ],
           [1.2, 0.6],
           [1. , 1. ]])
    """
    k, g, _ = _problem(kernel, labels)
    path = np.zeros((integer("n_steps", n_steps) + 1, g.size))
    basis = np.zeros((0, g.size))
    fresh = k @ g
    for i in range(n_steps):
        for _ in range(2):  # twice is enough: the basis stays orthonormal to rounding
            fresh = fresh - (basis @ fresh) @ basis
        size = np.linalg.norm(fresh)
        if size > 1e-13 * np.linalg.norm(g):
            basis = np.vstack([basis, fresh / size])
            fresh = k @ basis[-1]
        path[i + 1] = (basis @ g) @ basis
    return path


def _problem(kernel: ArrayLike, labels: ArrayLike) -> tuple[Array, Array, float]:
    k, g = finite("kernel", kernel, ndim=2), finite("labels", labels, ndim=1)
    if k.shape != (g.size, g.size):
        raise ValueError(f"kernel must have shape ({g.size}, {g.size}) as labels, got {k.shape}")
    largest = float(np.linalg.norm(k, 2))
    if largest == 0.0:
        raise ValueError("kernel must not be zero, got a zero matrix")
    return k, g, largest


def _step(step: float) -> float:
    value = float(above("step", step, 0.0))
    if value >= 2.0:
        raise ValueError(
            f"step must be below 2 in units of 1/λ_max, or it diverges, got {told(2, value)[1]}"
        )
    return value
