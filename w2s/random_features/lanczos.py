"""Functions of a large symmetric matrix between a few vectors, by block Lanczos.

From a block ``B`` of vectors and products with ``G``, Lanczos builds an orthonormal basis ``Q``
of ``span{B, GB, G²B, …}`` and the small matrix ``T = QᵀGQ``. Then ``bᵀf(G)b' ≈ bᵀQ f(T) Qᵀb'`` for
all functions ``f`` and all ``b, b'`` in ``B`` at once. Each step is one product, and ``k`` steps
are exact for polynomials of degree ``2k − 1``: a matrix with few clusters of eigenvalues is cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2s._arrays import namespace, on_host
from w2s._checks import Array, finite

INDEPENDENT = 1e-5  # least distance of a unit row from those before it, for Cholesky factors
TOGETHER = 8  # blocks of the basis that are kept as one matrix: BLAS likes wide products


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


@dataclass(frozen=True)
class LanczosModel(RitzModel):
    """A `RitzModel` that is a block Gauss rule, and can tell its upper counterpart.

    Parameters
    ----------
    last : array, shape (p, m)
        Coordinates of the last block of the basis in the eigenvectors of the model.
    coupling : array, shape (p, p)
        Products ``RRᵀ`` of the rows that remain of the last product, orthogonal to the basis.
    """

    last: Array
    coupling: Array

    def upper(self, node: float) -> RitzModel:
        """Return the block Gauss–Radau rule with a node of multiplicity ``p``.

        For a completely monotone ``f``, such as ``e^{−tθ}`` or ``(1 − e^{−tθ})/θ``, the Gauss rule
        lies below ``bᵀf(G)b``, and the Radau rule above it if no eigenvalue is below its node.

        Parameters
        ----------
        node : float
            Below all values of the model.

        Returns
        -------
        RitzModel
            With one more block.

        Raises
        ------
        ValueError
            If `node` is not below the values.

        Notes
        -----
        Golub and Meurant, *Matrices, Moments and Quadrature* (2010), section 6.2, in block form.

        Examples
        --------
        >>> matrix, block = np.diag([1.0, 2.0, 4.0]), np.ones((1, 3))
        >>> lower = next(lanczos_models(lambda rows: rows @ matrix, block))
        >>> upper = lower.upper(1.0)          # Σ 1/θ = 1.75
        >>> [float((m.coefficients**2 / m.values).sum().round(3)) for m in (lower, upper)]
        [1.286, 1.857]
        """
        if not node < self.values[0]:
            raise ValueError(f"node must be below {self.values[0]:.3g}, got {node:.3g}")
        rows, order = self.last.shape
        squares, vectors = np.linalg.eigh(self.coupling)
        root = (vectors * np.sqrt(np.maximum(squares, 0.0))) @ vectors.T
        beyond = np.diag(np.append(self.values, np.full(rows, node)))
        beyond[:order, order:] = self.last.T @ root
        beyond[order:, :order] = beyond[:order, order:].T
        within = (self.last / (self.values - node)) @ self.last.T
        beyond[order:, order:] += root @ within @ root
        values, vectors = np.linalg.eigh(beyond)
        return RitzModel(values, self.coefficients @ vectors[:order], self.steps)


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


def lanczos_models(product: Callable[[Any], Any], block: Any) -> Iterator[LanczosModel]:
    """Yield the model after each further product, without end.

    A new block is orthogonalised against the last two, which leaves rounding, and then against all,
    so the basis stays orthonormal to rounding and no Ritz value appears twice. A block that has
    become dependent is filled up with noise, which is orthogonal to all before and therefore
    harmless.

    Parameters
    ----------
    product : callable
        Maps a block of rows, shape (p, n), to its product with the symmetric matrix ``G``.
    block : array, shape (p, n)
        Starting vectors as rows, ``p ≤ n``; of any array module, and the basis stays where they
        are. Only matrices of the order of the model are brought back.

    Yields
    ------
    LanczosModel
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
    xp, host = namespace(block), finite("block", on_host(block), ndim=2)
    rows, size = host.shape
    if rows > size:
        raise ValueError(f"block must have at most {size} rows, their length, got {rows}")
    start = host if xp is np else xp.asarray(host, device=block.device)
    fresh, small = _orthonormal(start), np.empty((0, 0))
    within_first, near = on_host(start @ fresh.T), list[Any]()
    basis, recent = list[Any](), list[Any]()
    while fresh.shape[0]:
        # A new image meets the last two blocks only; with all others its products are rounding.
        near = [*near[-1:], fresh]
        recent.append(fresh)
        if len(recent) == TOGETHER:
            basis, recent = [*basis, xp.concat(recent)], []
        image = product(fresh)
        couplings = [known @ image.T for known in near]
        column = on_host(xp.concat(couplings))
        small = np.pad(small, (0, fresh.shape[0]))
        order = len(small)
        small[-len(column) :, -fresh.shape[0] :] = column
        small[-fresh.shape[0] :, -len(column) :] = column.T
        values, vectors = np.linalg.eigh(small)
        rest = _subtract(image, couplings, near)
        yield LanczosModel(
            values, within_first @ vectors[:rows], -(-order // rows),
            vectors[-fresh.shape[0] :], on_host(rest @ rest.T),
        )  # fmt: skip
        fresh = _orthonormal(rest)
        whole = [*basis, *recent]
        fresh = _subtract(fresh, [known @ fresh.T for known in whole], whole)
        fresh = _orthonormal(fresh)[: min(size - order, fresh.shape[0]), :]


def _subtract(block: Any, couplings: list[Any], basis: list[Any]) -> Any:
    """Remove what lies in the span of the basis."""
    for coupling, known in zip(couplings, basis, strict=True):
        block = block - coupling.T @ known
    return block


def _orthonormal(block: Any) -> Any:
    """Orthonormal rows with the same span, each contiguous in memory."""
    xp = namespace(block)
    quick = _by_cholesky(block) if xp is np else None
    if quick is not None:
        return quick
    columns = xp.linalg.qr(block.T)[0]
    return xp.reshape(xp.reshape(columns.T, (-1,)), block.shape)


def _by_cholesky(block: Array) -> Array | None:
    """Orthonormal rows by Cholesky factors of their products, twice; none if nearly dependent.

    A few products instead of as many reflections; the second turn removes the rounding that the
    first one has made larger.
    """
    norms = np.linalg.norm(block, axis=1, keepdims=True)
    rows = block / np.where(norms > 0.0, norms, 1.0)
    for _ in range(2):
        try:
            factor = np.linalg.cholesky(rows @ rows.T)
        except np.linalg.LinAlgError:
            return None
        if not factor.diagonal().min() > INDEPENDENT:
            return None
        rows = np.linalg.inv(factor) @ rows
    return rows
