"""What `stopped_student` says, simulated: teachers fitted and students stopped on drawn inputs.

The linear network with one signal coordinate. Coefficients are those of standardised inputs, so
that the target is the first of them and a risk is a squared distance. Derived in this companion.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, generator
from w2s.metrics import Estimate
from w2s.practice.stopped_student import Filters
from w2s.random_features.linear_network import LinearNetwork


def input_scales(network: LinearNetwork) -> Array:
    """Return the standard deviation of each input: of the signal, then of the bulk.

    Examples
    --------
    >>> input_scales(LinearNetwork(2, 3, 0.25))
    array([1. , 0.5, 0.5, 0.5])
    """
    return np.asarray(np.sqrt(np.repeat(network.eigenvalues, [1, network.bulk_dim])))


def drawn_teacher(
    network: LinearNetwork, n_labelled: int, noise: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Coefficients of the best weak function and of the teacher, for drawn features and labels.

    Parameters
    ----------
    network : LinearNetwork
        Law of the features.
    n_labelled : int
        ``n``.
    noise : float
        ``σ²``.
    rng : numpy.random.Generator
        Draws features, inputs and noise, in this order.

    Returns
    -------
    best, fitted : array of shape (1 + D,)

    Examples
    --------
    >>> best, fitted = drawn_teacher(LinearNetwork(4, 6, 0.1), 9, 0.0, np.random.default_rng(0))
    >>> best.shape, bool(best[0] > 0)
    ((7,), True)
    """
    generator(rng)
    scale = input_scales(network)
    features = rng.standard_normal((network.width, len(scale))) * scale
    inputs = rng.standard_normal((n_labelled, len(scale)))
    labels = inputs[:, 0] + np.sqrt(noise) * rng.standard_normal(n_labelled)
    best = np.linalg.solve(features @ features.T, features[:, 0]) @ features
    fitted = np.linalg.lstsq(inputs @ features.T, labels, rcond=None)[0] @ features
    return best, fitted


def student_errors(
    network: LinearNetwork, n_seen: int, teacher: Array, inputs: Array, times: ArrayLike
) -> Array:
    """Excess risks of a student that follows gradient flow on its teacher's labels of `inputs`.

    Parameters
    ----------
    network : LinearNetwork
        Scales of the inputs; their squares are the eigenvalues of the student's kernel.
    n_seen : int
        Bulk coordinates that the student sees.
    teacher : array of shape (1 + D,)
        Coefficients.
    inputs : array of shape (N, 1 + D)
        Standardised inputs.
    times : array_like of shape (t,)
        Up to ``inf``, the least-squares solution of minimum norm.

    Returns
    -------
    array of shape (t,)

    Examples
    --------
    >>> network, inputs = LinearNetwork(2, 2, 0.25), np.eye(3)
    >>> student_errors(network, 2, np.array([1.0, 0.5, 0.0]), inputs, [0.0, np.inf]).round(9)
    array([1.  , 0.25])
    """
    scale = input_scales(network)[: 1 + n_seen]
    phi = inputs[:, : 1 + n_seen] * scale
    values, vectors = np.linalg.eigh(phi.T @ phi / len(inputs))
    moment = vectors.T @ (phi.T @ (inputs @ teacher)) / len(inputs)
    inside = np.where(values > 1e-12, values, np.inf)  # the rest is never moved
    learned = -np.expm1(-np.multiply.outer(times, np.maximum(values, 1e-12))) / inside
    coefficients = (learned * moment) @ vectors.T * scale
    coefficients[:, 0] -= 1.0
    return np.asarray((coefficients**2).sum(axis=1))


def sampled_filters(
    eigenvalues: ArrayLike,
    dimensions: Sequence[int],
    n_unlabelled: int,
    times: ArrayLike,
    rng: np.random.Generator,
) -> Filters:
    """Return what `flow_filters` averages, for one drawn sample.

    Parameters
    ----------
    eigenvalues : array_like of shape (c,)
        Of the student's kernel.
    dimensions : sequence of int of length c
        Their multiplicities.
    n_unlabelled : int
        ``N``, at least the number of coordinates.
    times : array_like of shape (t,)
        ``t``.
    rng : numpy.random.Generator
        Draws the inputs.

    Returns
    -------
    Filters
        ``left`` and ``left_squared`` of shape (t, c), ``noise_kept`` of shape (t,).

    Examples
    --------
    >>> found = sampled_filters([1.0, 0.1], [1, 2], 5, [0.0], np.random.default_rng(0))
    >>> found.left.round(9), found.noise_kept.round(9)
    (array([[1., 1.]]), array([0.]))
    """
    generator(rng)
    each, sizes = np.repeat(eigenvalues, dimensions), np.asarray(dimensions)
    phi = rng.standard_normal((n_unlabelled, len(each))) * np.sqrt(each)
    values, vectors = np.linalg.eigh(phi.T @ phi / n_unlabelled)
    q = np.exp(-np.multiply.outer(times, values))
    matrix = (vectors * q[:, None]) @ vectors.T
    squared = np.einsum("tij,j,tij->ti", matrix, each, matrix) / each
    left = np.diagonal(matrix, axis1=1, axis2=2)
    starts = np.cumsum(sizes) - sizes
    h, v = (np.add.reduceat(rows, starts, axis=1) / sizes for rows in (left, squared))
    spread = np.einsum("ie,i->e", vectors**2, each)  # diagonal of VᵀΛV
    return Filters(h, v, ((1 - q) ** 2 / values) @ spread / n_unlabelled)


def kept_shares(
    network: LinearNetwork,
    n_labelled: int,
    noise: float,
    seen: Sequence[int],
    times: ArrayLike,
    draws: int,
    rng: np.random.Generator,
) -> Estimate:
    """Return the share of the teacher's bulk error that a student keeps for ``N = ∞``.

    Of the mean squares of its approximation error and of its sampling error, over drawn teachers.

    Parameters
    ----------
    network, n_labelled, noise, rng
        As in `drawn_teacher`.
    seen : sequence of int of length k
        Bulk coordinates that students see.
    times : array_like of shape (t,)
        When they stop.
    draws : int
        Number of teachers.

    Returns
    -------
    Estimate
        Ratios of means, of shape (k, 2, t), with standard errors by linearisation.

    Examples
    --------
    >>> network, rng = LinearNetwork(4, 6, 0.1), np.random.default_rng(0)
    >>> kept_shares(network, 9, 1.0, [6], [np.inf], 2, rng).mean.round(9)
    array([[[1.],
            [1.]]])
    """
    generator(rng)
    learned = -np.expm1(-np.multiply.outer(times, input_scales(network)[1:] ** 2))
    kept, whole = [], []
    for _ in range(draws):
        best, fitted = drawn_teacher(network, n_labelled, noise, rng)
        bulk = np.stack([best, fitted - best])[:, 1:]
        taken = (learned * bulk[:, None]) ** 2
        kept.append([taken[..., :k].sum(axis=-1) for k in seen])
        whole.append((bulk**2).sum(axis=-1)[:, None])
    all_of_it = np.mean(whole, axis=0)
    ratio = np.mean(kept, axis=0) / all_of_it
    away = np.array(kept) - ratio * np.array(whole)[:, None]
    return Estimate(ratio, away.std(axis=0) / all_of_it / np.sqrt(draws))
