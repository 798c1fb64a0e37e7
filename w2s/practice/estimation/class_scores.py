"""Scores of rows by models that were trained on drawn samples: accuracy, error, area under a curve.

See `class_heads`, where they come from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import qmc, rankdata

from w2s._checks import Array

DRAWS = 64  # of the shares of the classes, each with two errors of the scores
_RANKED = 16  # of them for the area under the curve


@dataclass(frozen=True, eq=False)
class Truth:
    """What the rows are.

    Attributes
    ----------
    priors : array of shape (K,)
        Shares of the classes in the population.
    codes : array of shape (K, T)
        Targets of each class.
    of : array of int, shape (r,)
        Classes of the rows.
    """

    priors: Array
    codes: Array
    of: NDArray[np.intp]

    @property
    def weights(self) -> Array:
        """Weights of the rows with which the classes have their shares."""
        counts = np.bincount(self.of, minlength=len(self.priors))
        row = (self.priors / np.maximum(counts, 1))[self.of]
        return np.asarray(row / row.sum())


@dataclass(frozen=True, eq=False)
class Shares:
    """What drawn shares of the classes in a training sample make of a model.

    Attributes
    ----------
    levels : array of shape (Q, T)
        Mean scores of all inputs.
    weights : array of shape (Q, K, T)
        Weights of the functions ``(x - E x)ᵀ (Σ + κ)⁻¹ (E_c x - E x)`` in the scores.
    """

    levels: Array
    weights: Array


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of rows by a model: ``levels + basis @ weights + own``, with a Gaussian error.

    Attributes
    ----------
    basis : array of shape (r, K)
        The functions that the shares of the classes combine.
    own : array of shape (r, T)
        What a row's own share in the estimates takes off.
    spread : tuple of (array of shape (r, T), array of shape (T, T))
        Covariance of the error: a sum of matrices, each times the roots of two of the numbers.
    within, between : array of shape (r,), float
        Two classes: the variance of a row's error about that of its class, and that of the distance
        between the classes.
    """

    basis: Array
    own: Array
    spread: tuple[tuple[Array, Array], ...]
    within: Array
    between: float

    def told(self, shares: Shares, truth: Truth) -> tuple[float, float, float]:
        """Return accuracy, total squared error and the area under the curve (nan for K > 2)."""
        row, right = truth.weights, truth.codes[truth.of].T
        spread = np.sum([numbers @ np.diag(matrix) for numbers, matrix in self.spread], axis=0)
        two = len(right) == 1
        errors = repeat(np.empty(0)) if two else self._errors()
        missed, hits = np.zeros(len(row)), np.zeros(len(row))
        for mean, error in zip(self._means(shares), errors, strict=False):
            missed += np.square(mean - right).sum(axis=0) / DRAWS
            if two:
                hits += ndtr(standardized(right[0] * mean[0], spread)) / DRAWS
                continue
            for one in (mean + error, mean - error):
                hits += (one[truth.of, np.arange(len(row))] == one.max(axis=0)) / (2 * DRAWS)
        area = self._auc(shares, truth.of == 1) if two else np.nan
        return float(hits @ row), float((missed + spread) @ row), area

    def _means(self, shares: Shares) -> Iterator[Array]:
        """Yield the scores without their error for each draw, shape (T, r)."""
        basis, own = np.ascontiguousarray(self.basis.T), np.ascontiguousarray(self.own.T)
        for level, weights in zip(shares.levels, shares.weights, strict=True):
            yield level[:, None] + weights.T @ basis + own

    def _errors(self) -> Iterator[Array]:
        """Yield an error of the scores for each draw, shape (T, r)."""
        width, parts = self.own.shape[1], len(self.spread)
        points = _normal_points(width * parts).reshape(DRAWS, parts, width)
        sizes = np.sqrt([np.maximum(numbers, 0.0) for numbers, _ in self.spread])
        roots = [_root(matrix) for _, matrix in self.spread]
        for point in points:
            along = np.array([root @ one for root, one in zip(roots, point, strict=True)])
            yield np.einsum("pt,prt->tr", along, sizes)

    def _auc(self, shares: Shares, second: NDArray[np.bool_]) -> float:
        """Return the chance that a row of the second class scores above one of the first."""
        count = int(second.sum())
        if count in (0, len(second)):
            return np.nan
        few = Shares(shares.levels[:_RANKED], shares.weights[:_RANKED])
        sampled = np.concatenate(list(self._means(few)))
        shared = np.sqrt(max(self.between, 0.0)) * _normal_points(1)[:_RANKED]
        sampled += np.where(second, shared, 0.0)
        alone = np.random.default_rng(0).standard_normal(sampled.shape)
        sampled += np.sqrt(np.maximum(self.within, 0.0)) * alone
        ranks = rankdata(sampled, axis=1)[:, second].mean(axis=1) - (count + 1) / 2
        return float(np.mean(ranks) / (len(second) - count))


@lru_cache(maxsize=16)
def uniform_points(width: int, seed: int = 0) -> Array:
    """Return fixed quasi-random points of the unit cube, one a draw: shape (draws, width)."""
    # Known as `rng` since SciPy 1.15, and as `seed` before and since.
    sobol = qmc.Sobol(width, scramble=True, seed=np.random.default_rng(seed))
    return np.asarray(np.clip(sobol.random(DRAWS), 1e-12, 1 - 1e-12))


def _normal_points(width: int) -> Array:
    # Of another seed than the shares of the classes, on which they must not depend.
    return np.asarray(ndtri(uniform_points(width, 1)))


def _root(matrix: Array) -> Array:
    # The symmetric one: others depend on the signs of eigenvectors, which each LAPACK chooses.
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def standardized(mean: Array, variance: Array) -> Array:
    """Return means in standard deviations; infinite where nothing varies."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a score that does not vary
        return np.asarray(mean / np.sqrt(np.maximum(variance, 0.0)))
