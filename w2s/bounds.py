"""The paper's curves and lower bounds, their maximisers, and where they are proven.

Curves and bounds as drawn by the authors; the maximisers, the proofs of validity and the corrected
bias bound are derived in this companion. Sample sizes and the noise broadcast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s._checks import Array, above, at_least
from w2s.ridgeless import (
    Risks,
    single_risk,
    student_dimension,
    student_rate,
    student_variance,
    teacher_spread,
    times,
)
from w2s.subspaces import Geometry


def paper_risks(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> Risks:
    """Return the curves drawn in the paper's figures as bounds of the four risks.

    ``σ² d/m + ρ`` for the single models, in-sample variance plus ``ρ_s + ρ_w`` for the student.
    The ``pgr`` and ``opr`` of the result are the dotted plug-in curves of the paper.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise
        As in `w2s.ridgeless.student_variance`.

    Returns
    -------
    Risks
        Four arrays of the common broadcast shape.

    Raises
    ------
    ValueError
        As `w2s.ridgeless.student_variance`.

    Notes
    -----
    Source: the authors' public code for Dong et al. 2025.

    Examples
    --------
    >>> float(paper_risks(Geometry(100, 200, overlap=10), 2000, 4000, 0.01).weak)
    0.001
    """
    g, s2 = geometry, at_least("noise", noise, 0)
    n = at_least("n_labelled", n_labelled, 1)
    total = n + at_least("n_unlabelled", n_unlabelled, 1)
    variance = student_variance(g, n, n_unlabelled, s2, evaluation="in_sample")
    return Risks.common(
        s2 * g.d_weak / n + g.rho_weak,
        variance + paper_bias_bound(g),
        s2 * g.d_strong / n + g.rho_strong,
        s2 * g.d_strong / total + g.rho_strong,
    )


def paper_bias_bound(geometry: Geometry) -> float:
    """Return ``ρ_s + ρ_w``, the paper's bound of the student's bias (exact to leading order only).

    Parameters
    ----------
    geometry : Geometry
        The two feature spaces and the target.

    Returns
    -------
    float
        The bound.

    Notes
    -----
    Source: main variance theorem of Dong et al. 2025. At finite sizes the bias can exceed it.

    Examples
    --------
    >>> paper_bias_bound(Geometry(10, 20, 5, rho_strong=0.1, inherited=0.2, invisible=0.1))
    0.30000000000000004
    """
    return geometry.rho_strong + geometry.rho_weak


def bias_bound(geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike) -> Array:
    """Bound of the student's bias at every ``n > d_w+1``, ``N > d_s+1``, from ``ρ_s, ρ_w`` alone.

    ``ρ_s + ρ_w (1 + D(κ_N)/(n-d_w-1)) + κ_N (√ρ_s + √ρ_w)²``.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled
        As in `w2s.ridgeless.student_variance`.

    Returns
    -------
    array
        A number no smaller than `w2s.ridgeless.student_bias`, for either evaluation.

    Raises
    ------
    ValueError
        As `w2s.ridgeless.student_variance`.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> g = Geometry(10, 20, overlap=5, removed=0.1, invisible=0.1)
    >>> float(bias_bound(g, 40, 31).round(6))
    0.215789
    """
    g, k = geometry, student_rate(geometry, n_unlabelled)
    grown = times(teacher_spread(g, n_labelled, g.rho_weak), student_dimension(g, n_unlabelled))
    mixed = (np.sqrt(g.rho_strong) + np.sqrt(g.rho_weak)) ** 2
    return g.rho_strong + g.rho_weak + grown + times(k, mixed)


def pgr_lower_bound(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> Array:
    """Lower bound of the performance gap recovered.

    ``1 - n/(n-d_w-1) · D_N/d_w - (n/d_w)(ρ_s+ρ_w)/σ²`` with
    ``D_N = d_{s∧w} + (d_s/N)(d_w - d_{s∧w})``.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise
        As in `w2s.ridgeless.student_variance`, with ``σ² > 0``.

    Returns
    -------
    array
        The bound, ``-inf`` at ``n <= d_w + 1``.

    Raises
    ------
    ValueError
        As `w2s.ridgeless.student_variance`, and for ``σ² = 0``.

    Notes
    -----
    Source: Dong et al. 2025 (as used in the authors' public code). Proven for the risk on the
    unlabelled sample wherever the bound is non-negative: see `pgr_bound_is_proven`.

    Examples
    --------
    >>> g = Geometry(80, 100, overlap=10, removed=0.1, invisible=0.1)
    >>> f"{pgr_lower_bound(g, 220, 4000, 1.0):.8f}"
    '0.56184874'
    """
    return 1 - _student_over_noise(geometry, n_labelled, n_unlabelled, noise) / geometry.d_weak


def opr_lower_bound(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> Array:
    """Lower bound of the outperforming ratio.

    ``[n/(n-d_w-1) · D_N/d_s + (n/d_s)(ρ_s+ρ_w)/σ²]⁻¹``.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise
        As in `pgr_lower_bound`.

    Returns
    -------
    array
        The bound, 0 at ``n <= d_w + 1``.

    Raises
    ------
    ValueError
        As `pgr_lower_bound`.

    Notes
    -----
    Source: as `pgr_lower_bound`.

    Examples
    --------
    >>> g = Geometry(80, 100, overlap=10, removed=0.1, invisible=0.1)
    >>> f"{opr_lower_bound(g, 220, 4000, 1.0):.8f}"
    '1.82585347'
    """
    return geometry.d_strong / _student_over_noise(geometry, n_labelled, n_unlabelled, noise)


def optimal_n_labelled(geometry: Geometry, n_unlabelled: ArrayLike, noise: ArrayLike) -> Array:
    """Labelled size that maximises both lower bounds, ``d_w+1 + √((d_w+1) σ² D_N/(ρ_s+ρ_w))``.

    It is the optimum of the bounds, not of the exact PGR or OPR.

    Parameters
    ----------
    geometry, n_unlabelled, noise
        As in `pgr_lower_bound`.

    Returns
    -------
    array
        A real number above ``d_w + 1``; ``inf`` without approximation error.

    Raises
    ------
    ValueError
        For ``σ² <= 0``.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> g = Geometry(80, 100, overlap=10, removed=0.1, invisible=0.1)
    >>> f"{optimal_n_labelled(g, 4000, 1.0):.6f}"
    '210.169593'
    """
    s2, rho = above("noise", noise, 0), paper_bias_bound(geometry)
    inner = student_dimension(geometry, n_unlabelled, evaluation="in_sample")
    if rho == 0:
        return np.full(np.broadcast_shapes(s2.shape, np.shape(inner)), np.inf)
    edge = geometry.d_weak + 1
    return np.asarray(edge + np.sqrt(edge * s2 * inner / rho))


def pgr_lower_bound_maximum(geometry: Geometry, n_unlabelled: ArrayLike, noise: ArrayLike) -> Array:
    """Largest value of `pgr_lower_bound` over ``n``.

    ``1 - (√(D_N/d_w) + √((d_w+1)(ρ_s+ρ_w)/(d_w σ²)))²``.

    Parameters
    ----------
    geometry, n_unlabelled, noise
        As in `pgr_lower_bound`.

    Returns
    -------
    array
        The maximum (a supremum if ``ρ_s + ρ_w = 0``).

    Raises
    ------
    ValueError
        For ``σ² <= 0``.

    Examples
    --------
    >>> g = Geometry(80, 100, overlap=10, removed=0.1, invisible=0.1)
    >>> f"{pgr_lower_bound_maximum(g, 4000, 1.0):.8f}"
    '0.56266081'
    """
    return np.asarray(
        1 - _least_student_over_noise(geometry, n_unlabelled, noise) / geometry.d_weak
    )


def opr_lower_bound_maximum(geometry: Geometry, n_unlabelled: ArrayLike, noise: ArrayLike) -> Array:
    """Largest value of `opr_lower_bound` over ``n``.

    ``(√(D_N/d_s) + √((d_w+1)(ρ_s+ρ_w)/(d_s σ²)))⁻²``.

    Parameters
    ----------
    geometry, n_unlabelled, noise
        As in `pgr_lower_bound`.

    Returns
    -------
    array
        The maximum (a supremum if ``ρ_s + ρ_w = 0``).

    Raises
    ------
    ValueError
        For ``σ² <= 0``.

    Examples
    --------
    >>> g = Geometry(80, 100, overlap=10, removed=0.1, invisible=0.1)
    >>> n = optimal_n_labelled(g, 4000, 1.0)
    >>> float((opr_lower_bound_maximum(g, 4000, 1.0) / opr_lower_bound(g, n, 4000, 1.0)).round(12))
    1.0
    """
    return np.asarray(geometry.d_strong / _least_student_over_noise(geometry, n_unlabelled, noise))


def pgr_bound_is_proven(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> NDArray[np.bool_]:
    """Where `pgr_lower_bound` is a theorem for the risk on the unlabelled sample: where it is >= 0.

    A negative value bounds nothing: the student may be worse than the teacher.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise
        As in `pgr_lower_bound`.

    Returns
    -------
    array of bool
        True where proven.

    Raises
    ------
    ValueError
        As `pgr_lower_bound`.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> g = Geometry(80, 100, overlap=10, removed=0.1, invisible=0.1)
    >>> pgr_bound_is_proven(g, [110, 220, 2000], 4000, 1.0)
    array([False,  True, False])
    """
    return np.asarray(pgr_lower_bound(geometry, n_labelled, n_unlabelled, noise) >= 0)


def opr_bound_is_proven(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> NDArray[np.bool_]:
    """Where `opr_lower_bound` is a theorem for the risk on the unlabelled sample.

    With ``q = D_N/(n-d_w-1)`` and ``X = σ²q + ρ_s + ρ_w``, the in-sample risk is at most
    ``X + ρ_w q``; the bound follows where ``X · ER_s >= σ² (d_s/n) (X + ρ_w q)``.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise
        As in `pgr_lower_bound`.

    Returns
    -------
    array of bool
        True where proven.

    Raises
    ------
    ValueError
        As `pgr_lower_bound`.

    Notes
    -----
    Sufficient, not necessary.

    Examples
    --------
    >>> g = Geometry(80, 100, overlap=10, removed=0.1, invisible=0.1)
    >>> bool(opr_bound_is_proven(g, 220, 4000, 1.0))
    True
    """
    g, n, s2 = geometry, at_least("n_labelled", n_labelled, 1), above("noise", noise, 0)
    inner = student_dimension(g, n_unlabelled, evaluation="in_sample")
    q = times(teacher_spread(g, n, 1.0), inner)
    largest = s2 * q + paper_bias_bound(g)
    baseline = single_risk(g.d_strong, n, s2, g.rho_strong)
    with np.errstate(invalid="ignore"):
        proven = largest * baseline >= s2 * g.d_strong / n * (largest + times(g.rho_weak, q))
    return np.asarray(proven)


def _student_over_noise(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> Array:
    """Bound of the student's risk in units of ``σ²/n``."""
    n, s2 = at_least("n_labelled", n_labelled, 1), above("noise", noise, 0)
    variance = student_variance(geometry, n, n_unlabelled, s2, evaluation="in_sample")
    return np.asarray(n / s2 * (variance + paper_bias_bound(geometry)))


def _least_student_over_noise(
    geometry: Geometry, n_unlabelled: ArrayLike, noise: ArrayLike
) -> Array:
    """Minimum over ``n`` of `_student_over_noise`."""
    s2, rho = above("noise", noise, 0), paper_bias_bound(geometry)
    inner = student_dimension(geometry, n_unlabelled, evaluation="in_sample")
    return np.asarray((np.sqrt(inner) + np.sqrt((geometry.d_weak + 1) * rho / s2)) ** 2)
