"""When does weak-to-strong learning pay? The exact gain, and the sizes at which it changes sign.

Everything here is derived in this companion, for Gaussian features and ridgeless models with
``n > d_w + 1``. Sample sizes and the noise broadcast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above, at_least
from w2s.discrepancy.ridgeless import Evaluation, product, student_rate, teacher_spread
from w2s.discrepancy.subspaces import Geometry


def gain(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation = "population",
) -> Array:
    """Exact gain ``ER(f_w) - ER(f_w2s)``; positive where the student beats its teacher.

    Fresh points: ``(1-κ_N) τ²(d_w-d_{s∧w}) + b - ρ_s - κ_N c``; on the student's sample:
    ``(1-k_N) [τ²(d_w-d_{s∧w}) + b - ρ_s]``, with ``τ² = (σ²+ρ_w)/(n-d_w-1)``.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise, evaluation
        As in `w2s.discrepancy.ridgeless.student_variance`.

    Returns
    -------
    array
        The gain; ``-inf`` or ``inf`` where one of the two risks is infinite.

    Raises
    ------
    ValueError
        As `w2s.discrepancy.ridgeless.student_variance`.

    Examples
    --------
    >>> g = Geometry(100, 200, overlap=10)
    >>> gain(g, 400, [150, 201, 400], 1.0).round(3)
    array([-0.994,  0.   ,  0.635])
    """
    g, k = geometry, student_rate(geometry, n_unlabelled, evaluation=evaluation)
    discrepant = _discrepant(g, n_labelled, noise)
    if evaluation == "population":
        return np.asarray(
            product(1 - k, discrepant) + g.removed - g.rho_strong - product(k, g.invisible)
        )
    return product(1 - k, discrepant + g.removed - g.rho_strong)


def misfit(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> Array:
    """Mean squared distance of student and teacher on the student's sample.

    ``(1-k_N) [τ²(d_w-d_{s∧w}) + c]``. With ``ρ_s = 0`` it is the in-sample gain, draw by draw.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise
        As in `w2s.discrepancy.ridgeless.student_variance`.

    Returns
    -------
    array
        The expected misfit.

    Raises
    ------
    ValueError
        As `w2s.discrepancy.ridgeless.student_variance`.

    Examples
    --------
    >>> float(misfit(Geometry(100, 200, overlap=10), 391, 400, 1.0))
    0.75
    """
    k = student_rate(geometry, n_unlabelled, evaluation="in_sample")
    return product(1 - k, _discrepant(geometry, n_labelled, noise) + geometry.invisible)


def n_labelled_at_zero_gain(geometry: Geometry, n_unlabelled: ArrayLike, noise: ArrayLike) -> Array:
    """Labelled size ``n_0`` at which the population gain changes sign.

    ``d_w + 1 + (σ²+ρ_w)(d_w-d_{s∧w})(1-κ_N)/(ρ_s + κ_N c - b)``. Past it the student of a better
    and better teacher is worse than the teacher (for ``κ_N < 1``).

    Parameters
    ----------
    geometry, n_unlabelled, noise
        As in `w2s.discrepancy.ridgeless.student_variance`.

    Returns
    -------
    array
        A real number above ``d_w + 1``, or ``inf`` if the gain has one sign for all ``n``.

    Raises
    ------
    ValueError
        If ``N <= d_s + 1``.

    Examples
    --------
    >>> g = Geometry(100, 200, overlap=10, rho_strong=0.1, invisible=0.1)
    >>> n_0 = n_labelled_at_zero_gain(g, 400, 1.0)
    >>> bool(abs(gain(g, n_0, 400, 1.0)) < 1e-12)
    True
    """
    g, big_n = geometry, above("n_unlabelled", n_unlabelled, geometry.d_strong + 1, "d_strong + 1")
    k, energy = student_rate(g, big_n), at_least("noise", noise, 0) + g.rho_weak
    won, lost = (1 - k) * energy * g.discrepancy, g.rho_strong + k * g.invisible - g.removed
    won, lost = np.broadcast_arrays(won, lost)
    crossing: Array = np.divide(won, lost, out=np.full(won.shape, np.inf), where=won * lost > 0)
    return np.asarray(g.d_weak + 1 + crossing)


def n_unlabelled_for_gain(geometry: Geometry, n_labelled: ArrayLike, noise: ArrayLike) -> Array:
    """Unlabelled size above which the student beats its teacher on fresh points.

    ``1 + d_s (1 + [τ²Δ + c]/[τ²Δ + b - ρ_s])`` with ``Δ = d_w - d_{s∧w}``. For ``ρ_s = 0`` this is
    ``2 d_s + 1`` whatever ``n``, the noise and the overlap.

    Parameters
    ----------
    geometry, n_labelled, noise
        As in `w2s.discrepancy.ridgeless.student_variance`.

    Returns
    -------
    array
        A real number above ``d_s + 1``, or ``inf`` if no ``N`` is enough.

    Raises
    ------
    ValueError
        If ``n <= d_w + 1``.

    Examples
    --------
    >>> float(n_unlabelled_for_gain(Geometry(100, 200, overlap=10), 400, 1.0))
    201.0
    """
    g, n = geometry, above("n_labelled", n_labelled, geometry.d_weak + 1, "d_weak + 1")
    discrepant = _discrepant(g, n, noise)
    won = np.asarray(discrepant + g.removed - g.rho_strong)
    lost = np.asarray(discrepant + g.invisible)
    ratio: Array = np.divide(lost, won, out=np.full(won.shape, np.inf), where=won > 0)
    return np.asarray(1 + g.d_strong * (1 + ratio))


def n_unlabelled_for_fraction(geometry: Geometry, fraction: ArrayLike) -> Array:
    """Unlabelled size at which discrepancy costs `fraction` of the inherited variance.

    ``1 + d_s + d_s (d_w-d_{s∧w})/(δ d_{s∧w})``: there ``κ_N (d_w-d_{s∧w}) = δ d_{s∧w}``.

    Parameters
    ----------
    geometry : Geometry
        The two feature spaces.
    fraction : array_like
        ``δ > 0``.

    Returns
    -------
    array
        A real number; ``inf`` without overlap.

    Raises
    ------
    ValueError
        If ``δ <= 0``.

    Examples
    --------
    >>> float(n_unlabelled_for_fraction(Geometry(100, 200, overlap=50), 0.1))
    3101.0
    """
    g, delta = geometry, above("fraction", fraction, 0)
    if g.overlap == 0:
        return np.full(delta.shape, np.inf if g.discrepancy > 0 else g.d_strong + 1.0)
    return np.asarray(1 + g.d_strong * (1 + g.discrepancy / (delta * g.overlap)))


def _discrepant(geometry: Geometry, n_labelled: ArrayLike, noise: ArrayLike) -> Array:
    """Teacher's error in the directions that the student does not share, ``τ²(d_w-d_{s∧w})``."""
    energy = at_least("noise", noise, 0) + geometry.rho_weak
    return product(teacher_spread(geometry, n_labelled, energy), geometry.discrepancy)
