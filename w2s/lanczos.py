"""Functions of a large symmetric matrix between a few vectors, by block Lanczos.

From a block ``B`` of vectors and products with ``G``, Lanczos builds an orthonormal basis ``Q``
of ``span{B, GB, G²B, …}`` and the small matrix ``T = QᵀGQ``. Then ``bᵀf(G)b' ≈ bᵀQ f(T) Qᵀb'`` for
all functions ``f`` and all ``b, b'`` in ``B`` at once. Each step is one product, and ``k`` steps
are exact for polynomials of degree ``2k − 1``: a matrix with few clusters of eigenvalues is cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from w2s._checks import Array, finite


@dataclass(frozen=True)
class RitzModel:
    """Small stand-in for a large matrix: ``b_iᵀ f(G) b_j ≈ Σ_k c_ik f(θ_k) c_jk``.

    Parameters
    ----------
    values : array, shape (m,)
        Ritz values ``θ``, ascending; eigenvalues if the model is exact.
    coefficients : array, shape (p, m)
        ``c``, coordinates of the ``p`` starting vectors.
    steps : int
        Products with the matrix that were spent; zero for a full eigendecomposition.
    """

    values: Array
    coefficients: Array
    steps: int


def full_model(matrix: Array, block: Array) -> RitzModel:
    """Exact model by a full eigendecomposition: the reference route.

    Parameters
    ----------
    matrix : array, shape (n, n)
        Symmetric positive semi-definite ``G``.
    block : array, shape (p, n)
        Vectors ``b_i`` as rows.

    Returns
    -------
    RitzModel
        All eigenvalues and the coordinates of the vectors.

    Examples
    --------
    >>> full_model(np.diag([1.0, 3.0]), np.array([[1.0, 2.0]])).values
    array([1., 3.])
    """
    values, vectors = np.linalg.eigh(finite("matrix", matrix, ndim=2))
    return RitzModel(values, finite("block", block, ndim=2) @ vectors, 0)


def lanczos_models(product: Callable[[Array], Array], block: Array) -> Iterator[RitzModel]:
    """Yield the model after each further product, without end.

    The basis is reorthogonalised in full, twice, so it stays orthonormal to rounding and no
    Ritz value appears twice. A block that has become dependent is filled up with noise, which is
    orthogonal to all before and therefore harmless.

    Parameters
    ----------
    product : callable
        Maps a block of rows, shape (p, n), to its product with the symmetric matrix ``G``.
    block : array, shape (p, n)
        Starting vectors as rows, ``p ≤ n``.

    Yields
    ------
    RitzModel
        Of order ``p, 2p, 3p, …``, until the basis spans the whole space.

    Raises
    ------
    ValueError
        If there are more vectors than their length, or an entry is not finite.

    Examples
    --------
    >>> matrix = np.diag([1.0, 2.0, 4.0])
    >>> models = lanczos_models(lambda rows: rows @ matrix, np.ones((1, 3)))
    >>> [model.values.round(3).tolist() for model in models]
    [[2.333], [1.302, 3.841], [1.0, 2.0, 4.0]]
    """
    start = finite("block", block, ndim=2)
    rows, size = start.shape
    if rows > size:
        raise ValueError(f"block must have at most {size} rows, their length, got {rows}")
    basis, small, order = np.empty((min(32 * rows, size), size)), np.empty((0, 0)), 0
    fresh = np.linalg.qr(start.T)[0].T
    within_first = start @ fresh.T
    while len(fresh):
        image, old, order = product(fresh), order, order + len(fresh)
        if order > len(basis):
            basis = np.concatenate([basis, np.empty_like(basis)])
        basis[old:order] = fresh
        coupling = basis[:order] @ image.T
        small = np.pad(small, (0, len(fresh)))
        small[:, old:], small[old:, :] = coupling, coupling.T
        values, vectors = np.linalg.eigh(small)
        yield RitzModel(values, within_first @ vectors[:rows], -(-order // rows))
        image -= coupling.T @ basis[:order]
        fresh = _orthonormal(image, basis[:order])[: size - order]


def _orthonormal(block: Array, basis: Array) -> Array:
    """Orthonormal rows spanning `block`, from which `basis` has been projected out once."""
    block = np.linalg.qr(block.T)[0].T
    block = block - (block @ basis.T) @ basis
    return np.asarray(np.linalg.qr(block.T)[0].T)
