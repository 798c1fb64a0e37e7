"""Teachers and students on a power-law spectrum, drawn and fitted: the second route.

Functions are vectors of coefficients in the orthonormal eigenfunctions ``z_k = x_k/√λ_k``, which
are independent standard normal variables.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, at_least, finite, generator, integer


def drawn_projection(
    eigenvalues: ArrayLike, target: ArrayLike, width: int, rng: np.random.Generator
) -> Array:
    """Project a target on random features ``⟨u, x⟩`` with standard normal ``u``.

    Parameters
    ----------
    eigenvalues, target : array_like, shape (D,)
        ``λ_k``, and the target's coefficients.
    width : int
        ``M < D``, number of features.
    rng : numpy.random.Generator
        Of the features.

    Returns
    -------
    array, shape (D,)
        Coefficients of the best approximation of the target.

    Raises
    ------
    ValueError
        If shapes disagree or there are not fewer features than directions.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> once = drawn_projection([1.0, 0.5, 0.2], [1.0, 0.0, 0.0], 2, rng)
    >>> bool(np.isclose(once @ once, once[0]))  # ⟨Pf, Pf⟩ = ⟨Pf, f⟩
    True
    """
    values, b = _matching(eigenvalues, target)
    rows = _normal(rng, integer("width", width), len(b)) * np.sqrt(values)
    return rows.T @ np.linalg.solve(rows @ rows.T, rows @ b)


def drawn_krr(
    eigenvalues: ArrayLike,
    target: ArrayLike,
    samples: int,
    ridge: float,
    rng: np.random.Generator,
    *,
    noise: float = 0.0,
) -> Array:
    """Fit kernel ridge regression to noisy labels at freshly drawn inputs.

    Parameters
    ----------
    eigenvalues, target : array_like, shape (D,)
        ``λ_k`` of the kernel, and the coefficients of the function that labels.
    samples : int
        ``n < D``, number of labels.
    ridge : float
        Penalty ``λ ≥ 0`` of the objective ``‖y − f‖²/n + λ‖f‖²``.
    rng : numpy.random.Generator
        Of inputs and noise.
    noise : float
        Variance ``σ² ≥ 0`` of the label noise.

    Returns
    -------
    array, shape (D,)
        Coefficients of the fit.

    Raises
    ------
    ValueError
        If shapes disagree, there are not fewer samples than directions, or a number is negative.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> fit = drawn_krr([1.0, 0.5, 0.2], [1.0, 0.0, 0.0], 2, 1e9, rng)
    >>> bool(abs(fit).max() < 1e-8)  # all is shrunk away
    True
    """
    values, b = _matching(eigenvalues, target)
    penalty = float(at_least("ridge", ridge, 0.0))
    deviation = float(np.sqrt(at_least("noise", noise, 0.0)))
    inputs = _normal(rng, integer("samples", samples), len(b))
    labels = inputs @ b + deviation * rng.standard_normal(len(inputs))
    gram = (inputs * values) @ inputs.T + penalty * len(inputs) * np.eye(len(inputs))
    return np.asarray(values * (inputs.T @ np.linalg.solve(gram, labels)))


def _matching(eigenvalues: ArrayLike, target: ArrayLike) -> tuple[Array, Array]:
    values, b = at_least("eigenvalues", eigenvalues, 0.0), finite("target", target, ndim=1)
    if values.shape != b.shape:
        raise ValueError(
            f"target must have the shape of eigenvalues, {values.shape}, got {b.shape}"
        )
    return values, b


def _normal(rng: np.random.Generator, rows: int, columns: int) -> Array:
    if rows >= columns:
        raise ValueError(f"there must be fewer rows than directions = {columns}, got {rows}")
    return generator(rng).standard_normal((rows, columns))
