"""Students as filters: what they forget of the target, and what they keep of the teacher's error.

Measured in a basis of directions, the target has coefficients ``w_i``; a teacher learns of them
``μ_i`` in the mean, with variance ``V_i``. A student that is linear in its teacher's labels
multiplies the teacher's coefficient by ``f_i``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, at_least, finite


def forgotten_and_kept(
    target: ArrayLike, mean: ArrayLike, variance: ArrayLike, filters: ArrayLike
) -> tuple[Array, Array]:
    """Both parts of a student's error, in units of its teacher's.

    ``Σ(w_i - f_i μ_i)²/R`` and ``Σ f_i² V_i/R``, with ``R = Σ[(w_i-μ_i)² + V_i]``, its error.
    The student beats its teacher where their sum is below 1.

    Parameters
    ----------
    target, mean, variance : array_like, shape (p,)
        Coefficients of the target, the teacher's in the mean, and their variances.
    filters : array_like, shape (..., p)
        Factors ``f_i``; 1 copies the teacher.

    Returns
    -------
    forgotten, kept : array, shape (...)

    Raises
    ------
    ValueError
        If a variance is negative, the teacher makes no error, or shapes differ.

    Notes
    -----
    Derived in this companion: the mean square is squared bias and variance.

    Examples
    --------
    >>> forgotten, kept = forgotten_and_kept([1, 0], [1, 0], [0.25, 0.25], [[1, 1], [1, 0]])
    >>> forgotten.tolist(), kept.tolist()
    ([0.0, 0.0], [1.0, 0.5])
    """
    w, mu, v = _teacher(target, mean, variance)
    f = finite("filters", filters)
    if f.shape[-1:] != w.shape:
        raise ValueError(f"filters must have {len(w)} entries, as target, got shape {f.shape}")
    error = ((w - mu) ** 2 + v).sum()
    if error == 0:
        raise ValueError("the teacher must make an error, got none: mean = target, variance 0")
    return np.asarray(((w - f * mu) ** 2).sum(-1) / error), np.asarray(f**2 @ v / error)


def best_filter(target: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> Array:
    """Return the factors of least error, ``f_i = w_i μ_i/(μ_i² + V_i)``.

    Only one who knows target and noise can choose them; they are a floor for all filters.

    Parameters
    ----------
    target, mean, variance : array_like, shape (p,)
        As `forgotten_and_kept`.

    Returns
    -------
    array, shape (p,)
        Zero where the teacher has learned nothing and makes no noise.

    Raises
    ------
    ValueError
        If a variance is negative or shapes differ.

    Notes
    -----
    Wiener's filter. A factor exceeds 1 only where the teacher has learned too little of ``w_i``.

    Examples
    --------
    >>> best_filter([2.0, 1.0, 1.0], [2.0, 0.5, 0.0], [4.0, 0.0, 0.0])
    array([0.5, 2. , 0. ])
    """
    w, mu, v = _teacher(target, mean, variance)
    power = mu**2 + v
    return np.asarray(w * mu / np.where(power > 0, power, 1.0))


def _teacher(target: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> tuple[Array, Array, Array]:
    w, mu = finite("target", target, ndim=1), finite("mean", mean, ndim=1)
    v = at_least("variance", finite("variance", variance, ndim=1), 0.0)
    if not w.shape == mu.shape == v.shape:
        shapes = f"{w.shape}, {mu.shape} and {v.shape}"
        raise ValueError(f"target, mean and variance must have one shape, got {shapes}")
    return w, mu, v
