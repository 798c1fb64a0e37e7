r"""Average of the two strong models that the same ``n`` labels give: SFT baseline and student.

Predict with :math:`(1-\xi) f_s + \xi f_{w2s}`. With the two errors ``R_s`` and ``R_w`` and the
mean product ``C`` of what the two models miss, the error is a parabola in ``ξ``,

.. math:: R(\xi) = (1-\xi) R_s + \xi R_w - \xi (1-\xi) D, \qquad D = R_s + R_w - 2 C, \qquad
          \xi^* = \frac{R_s - C}{D},

where ``D`` is the mean square by which the two predictions differ. Baseline and teacher saw the
same labels, so their errors hang together; fresh pseudo-labels change nothing in that. Let ``T`` be
the mean product of what baseline and teacher miss of a new row. Its part that does not come from
the draw of the ``n`` rows, ``T₀``, is that of the two mean predictors, and

.. math:: T = \frac{T_0}{1 - g}, \qquad
          \operatorname{Cov}(\hat\theta_s, \hat\theta_w)
          = \frac{T}{n-1} (\Sigma_s+\kappa_s)^{-1} \Sigma_{sw} (\Sigma_w+\kappa_w)^{-1}, \qquad
          g = \frac{\operatorname{tr} \Sigma_{ws} (\Sigma_s+\kappa_s)^{-1} \Sigma_{sw}
          (\Sigma_w+\kappa_w)^{-1}}{n-1} ;

the student's mean given its teacher passes this on through its own filter. Derived in this
companion: with equal features it is the covariance of one ridge head, without penalties and with
canonical angles of 0 or 90 degrees the exact law up to ``n - k`` in place of ``n - k - 1``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array
from w2s.discrepancy.subspaces import Geometry
from w2s.neighbours.mixing import common_error


class BestMixture(NamedTuple):
    """Weight ``ξ`` of the student, within [0, 1], and the error of the average."""

    weight: Array
    error: Array


def best_mixture(sft: ArrayLike, student: ArrayLike, product: ArrayLike) -> BestMixture:
    """Return the best average of two models: weight of the second, and error.

    Parameters
    ----------
    sft, student : array_like
        Their errors ``R_s`` and ``R_w``.
    product : array_like
        Mean product ``C`` of what both miss.

    Returns
    -------
    BestMixture
        The weight is cut to [0, 1]: beyond, an average would subtract a model. nan where an error
        is not finite.

    Examples
    --------
    >>> best_mixture(1.0, 1.0, 0.5)  # two equal models with half of their errors in common
    BestMixture(weight=array(0.5), error=array(0.75))
    >>> best_mixture(1.0, 3.0, 2.0).weight  # one is the other with an error on top
    array(0.)
    """
    first, second, both = (np.asarray(x, dtype=np.float64) for x in (sft, student, product))
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = first + second - 2 * both
        weight = np.clip((first - both) / apart, 0.0, 1.0)
        weight = np.where(apart > 0, weight, np.where(first <= second, 0.0, 1.0))
        error = mixed_error(first, second, both, weight)
    known = np.isfinite(error)
    return BestMixture(np.where(known, weight, np.nan), np.where(known, error, np.nan))


def mixed_error(sft: Array, student: Array, product: Array, weight: Array) -> Array:
    """Return the error of the average with a weight on the student.

    Examples
    --------
    >>> float(mixed_error(*map(np.asarray, (1.0, 2.0, 0.5, 0.25))))
    0.875
    """
    rest = 1 - weight
    return np.asarray(rest**2 * sft + weight**2 * student + 2 * weight * rest * product)


def least_squares_product(geometry: Geometry, n_labelled: ArrayLike, noise: ArrayLike) -> Array:
    r"""Return the mean product of the excess errors of baseline and student by least squares.

    ``ρ_s + (σ² + b') k/(n-k-1)`` with the overlap ``k`` and ``b' = (ρ_s + b - c)/2``, the mean
    product of what either model misses of the target. It does not depend on ``N``.

    Parameters
    ----------
    geometry : Geometry
        The two feature spaces and the target.
    n_labelled, noise : array_like
        ``n`` and ``σ²``.

    Returns
    -------
    array
        nan where ``n`` does not exceed ``k + 1``.

    Notes
    -----
    Derived in this companion. Exact where the canonical angles are 0 or 90 degrees; there ``b' =
    b``, as in `w2s.neighbours.mixing`.

    Examples
    --------
    >>> shared = Geometry(12, 16, overlap=6)
    >>> round(float(least_squares_product(shared, 60, 1.0)), 5)
    0.11321
    """
    g, n = geometry, np.asarray(n_labelled, dtype=np.float64)
    covered = n > g.overlap + 1
    unit = common_error(g.overlap, np.where(covered, n, g.overlap + 2), 1.0)
    rate = np.where(covered, unit, np.nan)
    return np.asarray(g.rho_strong + (np.asarray(noise) + both_miss(g)) * rate)


def both_miss(geometry: Geometry) -> float:
    """Return the mean product of what either model misses of the target, ``(ρ_s + b - c)/2``."""
    return (geometry.rho_strong + geometry.removed - geometry.invisible) / 2


class Passed(NamedTuple):
    """What SFT baseline and student miss together, for any student of one teacher.

    Attributes
    ----------
    fixed : float
        Mean product of the errors of the baseline and of a student that learns nothing.
    slopes : array of shape (d_s,)
        What the student's filter ``l/(l+κ)`` along each strong eigenfeature adds.
    """

    fixed: float
    slopes: Array

    def product(self, fit: Array) -> Array:
        """Return the mean product ``C`` for filters of shape (…, d_s)."""
        return np.asarray(self.fixed + fit @ self.slopes)


def passed_on(
    label: float,
    samples: float,
    sft: tuple[Array, Array],
    teacher: tuple[Array, Array],
    crossed: Array,
    shared: Array,
) -> Passed:
    r"""Return what a baseline and the students of a teacher on the same labels miss together.

    Parameters
    ----------
    label : float
        Variance of the label.
    samples : float
        ``n``.
    sft, teacher : pair of arrays
        Filter ``l/(l+κ)`` of the model and variance that each of its eigenfeatures explains.
    crossed : array of shape (d_s,)
        Mean product of the teacher's mean predictor with the label along each strong eigenfeature.
    shared : array of shape (d_s,)
        Diagonal of :math:`\Sigma_{sw} (\Sigma_w+\kappa_w)^{-1} \Sigma_{ws} \Sigma_s^{-1}`.

    Examples
    --------
    >>> one = np.ones(1)  # one feature of both models, label = feature + noise
    >>> found = passed_on(2.0, 101.0, (one, one), (one, one), one, one)
    >>> round(float(found.product(one)), 4)  # the noise, and its share that both fits repeat
    1.0201
    """
    (fit, energy), (taught, known) = sft, teacher
    missed = label - float(fit @ energy)
    mean = missed - float(taught @ known) + float(fit @ crossed)
    alone = 1 - float(fit @ shared) / (samples - 1)
    both = mean / alone if alone > 0 else float("nan")  # both interpolate
    slopes = (fit - 1) * crossed + both / (samples - 1) * fit * shared
    return Passed(missed + both / samples, slopes)
