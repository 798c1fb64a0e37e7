"""Measuring dimensions: canonical angles, overlap, intrinsic dimension, and two estimators.

The overlap that enters the risks is the one of two *function* spaces. The estimator in feature
coordinates, used in the authors' code, and the one on function values are both here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, at_least, finite, generator, integer


def canonical_cosines(basis_strong: ArrayLike, basis_weak: ArrayLike) -> Array:
    """Cosines of the canonical angles between two column spans, largest first.

    Parameters
    ----------
    basis_strong, basis_weak : array_like of shape (D, d)
        Linearly independent columns; they need not be orthonormal.

    Returns
    -------
    array of shape (min(d_s, d_w),)
        Values in [0, 1].

    Raises
    ------
    ValueError
        If rows do not match or columns are numerically dependent.

    Examples
    --------
    >>> canonical_cosines([[1, 0], [0, 1], [0, 0]], [[1], [0], [1]]).round(4)
    array([0.7071])
    """
    q_s, q_w = _orthonormal("basis_strong", basis_strong), _orthonormal("basis_weak", basis_weak)
    if len(q_s) != len(q_w):
        raise ValueError(f"both bases need the same number of rows, got {len(q_s)} and {len(q_w)}")
    return np.asarray(np.clip(np.linalg.svd(q_s.T @ q_w, compute_uv=False), 0, 1))


def correlation_dimension(basis_strong: ArrayLike, basis_weak: ArrayLike) -> float:
    """Correlation dimension ``d_{s∧w} = |V_sᵀV_w|_F²``, the sum of squared canonical cosines.

    Parameters
    ----------
    basis_strong, basis_weak : array_like of shape (D, d)
        Linearly independent columns.

    Returns
    -------
    float
        A value in ``[0, min(d_s, d_w)]``.

    Raises
    ------
    ValueError
        As `canonical_cosines`.

    Examples
    --------
    >>> round(correlation_dimension([[1, 0], [0, 1], [0, 0]], [[1], [0], [1]]), 12)
    0.5
    """
    return float(np.sum(canonical_cosines(basis_strong, basis_weak) ** 2))


def haar_null(d_strong: int, d_weak: int, dimension: int) -> tuple[float, float]:
    """Mean and variance of the overlap of two unrelated subspaces, one of them uniform.

    ``E = d_s d_w / D`` and ``Var = 2 d_s d_w (D-d_s)(D-d_w) / (D²(D-1)(D+2))``.

    Parameters
    ----------
    d_strong, d_weak : int
        Dimensions of the subspaces.
    dimension : int
        Ambient dimension ``D``, at least 2.

    Returns
    -------
    mean, variance : float
        Moments of ``|V_sᵀV_w|_F²``.

    Raises
    ------
    ValueError
        If a dimension exceeds `dimension`.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> [round(x, 4) for x in haar_null(4, 5, 12)]
    [1.6667, 0.101]
    """
    d = integer("dimension", dimension, low=2)
    d_s, d_w = integer("d_strong", d_strong), integer("d_weak", d_weak)
    if max(d_s, d_w) > d:
        raise ValueError(f"d_strong and d_weak must be at most dimension = {d}, got {d_s}, {d_w}")
    mean = d_s * d_w / d
    return mean, 2 * mean * (d - d_s) * (d - d_w) / (d * (d - 1) * (d + 2))


def second_moment_spectrum(features: ArrayLike) -> Array:
    """Eigenvalues of the uncentred second moment ``FᵀF/m``, largest first.

    Parameters
    ----------
    features : array_like of shape (m, D)
        One row per sample.

    Returns
    -------
    array of shape (D,)
        Non-negative eigenvalues.

    Raises
    ------
    ValueError
        If `features` is not a finite matrix.

    Examples
    --------
    >>> second_moment_spectrum([[2.0, 0.0], [0.0, 1.0]])
    array([2. , 0.5])
    """
    rows = finite("features", features, ndim=2)
    return np.asarray(np.clip(np.linalg.eigvalsh(rows.T @ rows / len(rows))[::-1], 0, None))


def intrinsic_dimension(spectrum: ArrayLike, energy: float = 0.99) -> int:
    """Smallest number of eigenvalues that carry the fraction `energy` of their sum.

    ``d(τ) = min{k : λ_1 + … + λ_k >= τ tr}``.

    Parameters
    ----------
    spectrum : array_like of shape (D,)
        Eigenvalues of the second moment in any order.
    energy : float
        The cut-off ``τ`` in (0, 1]; the authors use 0.99.

    Returns
    -------
    int
        The intrinsic dimension.

    Raises
    ------
    ValueError
        If an eigenvalue is negative, all vanish, or `energy` is outside (0, 1].

    Notes
    -----
    Source: the authors' public code (no centring).

    Examples
    --------
    >>> intrinsic_dimension([8, 1, 1], energy=0.85)
    2
    """
    values = np.sort(at_least("spectrum", finite("spectrum", spectrum, ndim=1), 0))[::-1]
    if not 0 < energy <= 1:
        raise ValueError(f"energy must lie in (0, 1], got {energy}")
    carried = np.cumsum(values)
    if not len(values) or carried[-1] == 0:
        raise ValueError("spectrum must have a positive entry")
    enough = carried >= energy * carried[-1] * (1 - 1e-12)
    return int(np.argmax(enough)) + 1


def debias_overlap(raw: float, d_strong: int, d_weak: int, samples: int) -> float:
    """Remove the chance level from an overlap measured on `samples` common inputs.

    ``(m T - d_s d_w)/(m + T - d_s - d_w)`` inverts ``E T = d + (d_s-d)(d_w-d)/(m-d)``, which is
    exact for Gaussian features with canonical cosines 0 or 1; for others the bias is O(1/m).

    Parameters
    ----------
    raw : float
        ``T = |Q_sᵀQ_w|_F²`` for orthonormal bases of the two feature matrices.
    d_strong, d_weak : int
        Their ranks.
    samples : int
        Number ``m`` of common inputs, more than ``d_s + d_w``.

    Returns
    -------
    float
        The corrected overlap, not clipped: it can be slightly negative.

    Raises
    ------
    ValueError
        If `samples` does not exceed ``d_s + d_w``.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> debias_overlap(20 * 30 / 600, 20, 30, samples=600), debias_overlap(20, 20, 30, samples=600)
    (0.0, 20.0)
    """
    d_s, d_w = integer("d_strong", d_strong), integer("d_weak", d_weak)
    m = integer("samples", samples)
    if m <= d_s + d_w:
        raise ValueError(f"samples must exceed d_strong + d_weak = {d_s + d_w}, got {m}")
    return float((m * raw - d_s * d_w) / (m + raw - d_s - d_w))


def overlap_in_functions(
    features_strong: ArrayLike, features_weak: ArrayLike, d_strong: int, d_weak: int
) -> float:
    """Estimate ``d_{s∧w}`` from the values of both feature maps on the same inputs.

    The two matrices are cut to their leading `d_strong` and `d_weak` principal components, their
    squared canonical correlations summed, and the chance level removed (`debias_overlap`).
    Invariant under any rotation of either feature map.

    Parameters
    ----------
    features_strong, features_weak : array_like of shapes (m, D_s), (m, D_w)
        Row ``i`` of both belongs to the same input; ``m`` well above ``d_s + d_w``.
    d_strong, d_weak : int
        Numbers of components kept.

    Returns
    -------
    float
        The debiased overlap.

    Raises
    ------
    ValueError
        If rows do not match, a dimension exceeds the numerical rank, or ``m`` is too small.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> g = np.random.default_rng(0).standard_normal((4000, 6))
    >>> round(overlap_in_functions(g[:, :4], g[:, 2:] @ np.diag([3, 2, 1, 1]), 4, 4), 1)
    2.0
    """
    left = _leading_functions("features_strong", features_strong, d_strong)
    right = _leading_functions("features_weak", features_weak, d_weak)
    if len(left) != len(right):
        raise ValueError(f"features must share their rows, got {len(left)} and {len(right)}")
    return debias_overlap(float(np.sum((left.T @ right) ** 2)), d_strong, d_weak, len(left))


def overlap_in_parameters(
    features_strong: ArrayLike,
    features_weak: ArrayLike,
    d_strong: int,
    d_weak: int,
    rng: np.random.Generator,
) -> float:
    """Estimate the overlap from leading eigenvectors in feature coordinates, as the authors do.

    The wider matrix is first sketched to the width of the narrower one by a Gaussian matrix. For
    unequal widths the sketched eigenvectors are then uniform and independent of the other model,
    so the value follows `haar_null` whatever the two models share.

    Parameters
    ----------
    features_strong, features_weak : array_like of shapes (m, D_s), (m', D_w)
        One row per sample.
    d_strong, d_weak : int
        Numbers of eigenvectors kept.
    rng : numpy.random.Generator
        Source of the sketch.

    Returns
    -------
    float
        ``|V_sᵀV_w|_F²``.

    Raises
    ------
    ValueError
        If a dimension exceeds the common width.

    Notes
    -----
    Source: the authors' public code (`get_correlation_dim`). The statement about the null is
    derived in this companion.

    Examples
    --------
    >>> g = np.random.default_rng(0).standard_normal((50, 4)) * [4, 3, 2, 1]
    >>> round(overlap_in_parameters(g, g, 2, 2, np.random.default_rng(1)), 6)
    2.0
    """
    sides = [finite("features_strong", features_strong, ndim=2)]
    sides.append(finite("features_weak", features_weak, ndim=2))
    width = min(side.shape[1] for side in sides)
    generator(rng)
    bases = []
    for side, keep in zip(sides, (d_strong, d_weak), strict=True):
        if integer("dimension", keep) > width:
            raise ValueError(f"dimensions must be at most the common width {width}, got {keep}")
        moment = side.T @ side / len(side)
        if side.shape[1] > width:
            sketch = rng.standard_normal((side.shape[1], width)) / np.sqrt(width)
            moment = sketch.T @ moment @ sketch
        bases.append(np.linalg.eigh(moment)[1][:, -keep:])
    return float(np.sum((bases[0].T @ bases[1]) ** 2))


def _leading_functions(name: str, features: ArrayLike, keep: int) -> Array:
    rows, d = finite(name, features, ndim=2), integer("dimension", keep)
    left, values, _ = np.linalg.svd(rows, full_matrices=False)
    if d > len(values) or values[d - 1] <= 1e-10 * values[0]:
        raise ValueError(f"{name} has a numerical rank below the {d} components asked for")
    return np.asarray(left[:, :d])


def _orthonormal(name: str, basis: ArrayLike) -> Array:
    columns = finite(name, basis, ndim=2)
    left, values, _ = np.linalg.svd(columns, full_matrices=False)
    if columns.shape[1] > columns.shape[0] or values[-1] <= 1e-12 * values[0]:
        raise ValueError(f"{name} must have linearly independent columns, shape {columns.shape}")
    return np.asarray(left)
