"""One model of classes in the eigenbasis of its features: shrinkage, errors and their spread.

See `class_heads`, whose formulas these are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array
from w2s.practice.estimation.ridge_heads import _Side, _Target

_ALIKE = 512  # kept rows that tell how alike the rows of a class are


@dataclass(frozen=True, eq=False)
class ClassSide:
    """A model in the eigenbasis of its features.

    Attributes
    ----------
    values : array of shape (d,)
        Eigenvalues, largest first.
    slopes : array of shape (d, T)
        Coefficients of the best linear predictors of the targets.
    left : array of shape (T, T)
        Covariance of what they leave.
    apart : array of shape (K, d)
        Class means less the mean.
    priors : array of shape (K,)
        Shares of the classes.
    kept : array of shape (r, d)
        Rows less the mean.
    rows : int
        Rows behind the estimates.
    """

    values: Array
    slopes: Array
    left: Array
    apart: Array
    priors: Array
    kept: Array
    rows: int

    def shrinkage(self, samples: float, penalty: float | None) -> float:
        """Return ``κ`` for a penalty, or the one of the least total error if it is None."""
        energy = self.values * np.sum(self.slopes**2, axis=1) - np.trace(self.left) / self.rows
        return self.chosen(energy, self.left, samples, penalty)

    def chosen(self, energy: Array, left: Array, samples: float, penalty: float | None) -> float:
        """Return ``κ`` for targets of which each direction explains a variance, all together."""
        target = _Target(energy, float(np.trace(left)))
        return float(self._alone.shrinkage(np.array([float(samples)]), penalty, target)[0])

    @cached_property
    def _alone(self) -> _Side:
        return _Side(self.values, self.slopes[:, 0], 0.0, 0.0, self.rows)

    def error(self, samples: float, shrinkage: float) -> Array:
        """Return ``R₀``, the covariance of the errors of a fit with the true mean."""
        weights = self.values / (self.values + shrinkage) ** 2
        noise = float(np.sum(weights / self.values)) / self.rows * self.left
        bias = shrinkage**2 * positive(product(self.slopes, weights) - noise)
        used = float(self.variances(shrinkage) @ self.values) / (samples - 1)
        return amplified(self.left + bias, used)

    def variances(self, shrinkage: float) -> Array:
        """Return the variances of the coefficients for given classes, in units of ``R₀/(n-1)``."""
        weights = self.values / (self.values + shrinkage) ** 2
        return weights - self.priors @ (self.apart / (self.values + shrinkage)) ** 2

    def variance(self, rows: Array, shrinkage: float) -> Array:
        """Return the variances of the scores of rows in these units."""
        weights = self.values / (self.values + shrinkage) ** 2
        towards = (rows / (self.values + shrinkage)) @ self.apart.T
        return np.maximum(rows**2 @ weights - towards**2 @ self.priors, 0.0)

    def alike(self, of: NDArray[np.intp], codes: Array, shrinkage: float) -> Array:
        r"""Return the factors ``f_ct`` of the variances of the scores of each class and target.

        Errors of a target's coefficients come from the rows that miss it, which are mostly those of
        its class, and move the scores of rows that are like these: where classes have shapes of
        their own, those of the same class. To first order in these errors

        .. math:: f_{ct} = \frac{\langle r_{it}^2\, (x^\top S z_i)^2 \rangle_{i,\, x \in c}}
                  {\langle r_{it}^2 \rangle_i \langle (x^\top S z_i)^2 \rangle_{i,\, x \in c}},
                  \qquad S = (\Sigma + \kappa)^{-1}

        with the residuals ``r_i`` and the places ``z_i`` in their classes of some kept rows.

        Parameters
        ----------
        of : array of int, shape (r,)
            Classes of the kept rows.
        codes : array of shape (K, T)
            Targets of the classes.
        shrinkage : float
            ``κ``.

        Returns
        -------
        array of shape (K, T)
            1 for a class without such rows.
        """
        kept, of = self.kept[:_ALIKE], of[:_ALIKE]
        fit = self.values / (self.values + shrinkage)
        missed = np.square((codes - self.priors @ codes)[of] - (kept * fit) @ self.slopes)
        places = (kept - self.apart[of]) / (self.values + shrinkage)
        reach = np.square(kept @ places.T)
        np.fill_diagonal(reach, 0.0)  # a row is not among those that train its scores
        by_class = np.eye(len(self.priors))[of].T @ reach
        both, alone = by_class @ missed, by_class.sum(axis=1)[:, None] * missed.mean(axis=0)
        return np.asarray(np.divide(both, alone, out=np.ones_like(both), where=alone > 0))

    def offset(self, error: Array, codes: Array, shrinkage: float) -> Array:
        """Return the covariance of the fitted means for given classes, times ``n``."""
        fit = self.values / (self.values + shrinkage)
        missed = codes - self.priors @ codes - (self.apart * fit) @ self.slopes
        return positive(error - product(missed, self.priors))

    @cached_property
    def leverage(self) -> Array:
        """How much of its own label a kept row predicts by least squares."""
        return np.minimum((self.kept**2) @ (1 / self.values) / self.rows, 0.99)


def product(slopes: Array, weights: Array) -> Array:
    """Return ``Σ_i w_i b_i b_iᵀ`` of the rows ``b_i``."""
    return np.asarray((slopes * weights[:, None]).T @ slopes)


def positive(matrix: Array) -> Array:
    """Return the nearest matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def amplified(matrix: Array, used: float) -> Array:
    """Return a matrix over the share of the rows that a fit does not use up; it may be tiny."""
    return matrix / max(1 - used, 1e-12)
