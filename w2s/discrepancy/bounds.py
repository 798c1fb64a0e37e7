"""The paper's curves and lower bounds, their maximisers, and where they are proven.

Curves and bounds as drawn by the authors; the maximisers, the proofs of validity, the bias bound
and the lower bounds for fresh points are derived in this companion. Sample sizes and the noise
broadcast.

The lower bounds take ``evaluation="in_sample"``, the paper's formula, or ``"population"``, which
replaces ``d_s/N`` by ``κ_N`` and ``ρ_s + ρ_w`` by the larger ``ρ_s + R`` of `bias_bound`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s._checks import Array, above, at_least
from w2s.discrepancy.ridgeless import (
    Evaluation,
    Risks,
    product,
    single_risk,
    student_dimension,
    student_rate,
    student_variance,
    teacher_spread,
)
from w2s.discrepancy.subspaces import Geometry, SubspacePair, pair_with_cosines


def paper_risks(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> Risks:
    """Return the curves drawn in the paper's figures as bounds of the four risks.

    ``σ² d/m + ρ`` for the single models, in-sample variance plus ``ρ_s + ρ_w`` for the student.
    The ``pgr`` and ``opr`` of the result are the dotted plug-in curves of the paper.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise
        As in `w2s.discrepancy.ridgeless.student_variance`.

    Returns
    -------
    Risks
        Four arrays of the common broadcast shape.

    Raises
    ------
    ValueError
        As `w2s.discrepancy.ridgeless.student_variance`.

    Notes
    -----
    Source: the authors' public code for Dong et al. 2025.

    Examples
    --------
    >>> float(paper_risks(Geometry(100, 200, overlap=10), 2000, 4000, 0.01).teacher)
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


def bias_bound(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    *,
    evaluation: Evaluation = "population",
) -> Array:
    """Least bound of the student's bias that knows of the target only ``ρ_s`` and ``ρ_w``.

    ``ρ_s + R + ρ_w q`` with ``q = D(κ)/(n-d_w-1)`` and ``R = max (ρ_w - b + κ (√ρ_s + √b)²)`` over
    ``0 <= b <= ρ_w``. For ``N > 2d_s+1`` and ``κ_N √ρ_s <= (1-κ_N) √ρ_w`` that is
    ``ρ_s/(1-κ_N) + ρ_w (1+q)``; otherwise the maximum is at ``b = ρ_w``. On the unlabelled sample
    ``c`` does not enter and the bound is ``ρ_s + ρ_w (1+q)``.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, evaluation
        As in `ridgeless.student_variance`; only ``ρ_s``, ``ρ_w`` and the dimensions are used.

    Returns
    -------
    array
        A number no smaller than `ridgeless.student_bias`, ``inf`` where that can be infinite.

    Raises
    ------
    ValueError
        As `w2s.discrepancy.ridgeless.student_variance`.

    Notes
    -----
    Derived in this companion: ``√c <= √ρ_s + √b`` in the exact bias. Targets exist whose bias
    equals the first form, and come arbitrarily close to the second.

    Examples
    --------
    >>> g = Geometry(10, 20, overlap=5, removed=0.1, invisible=0.1)
    >>> bias_bound(g, 40, [31, 51]).round(6)
    array([0.165789, 0.146053])
    """
    g, inner = geometry, student_dimension(geometry, n_unlabelled, evaluation=evaluation)
    grown = product(teacher_spread(g, n_labelled, g.rho_weak), inner)
    return np.asarray(_errors(g, n_unlabelled, evaluation) + grown)


def extremal_target(
    d_strong: int, d_weak: int, cosine: float, n_unlabelled: int
) -> tuple[SubspacePair, Array]:
    """Two spaces and a target with ``ρ_s = 1`` whose bias equals the first form of `bias_bound`.

    The target lies in the plane of one tilted pair of directions ``e_1`` and
    ``cos ϑ e_1 + sin ϑ e_2``: ``β = (cos²ϑ + κ/(1-κ))/(sin ϑ cos ϑ) e_1 + e_2`` with
    ``κ = d_s/(N-d_s-1)``. It has ``P_s⊥P_w⊥β = -κ/(1-κ) P_s⊥β``, where Young's inequality in the
    proof of the bound is an equality. All other directions of the two spaces are orthogonal.

    Parameters
    ----------
    d_strong, d_weak : int
        Dimensions of the two feature spaces.
    cosine : float
        ``cos ϑ``, strictly between 0 and 1.
    n_unlabelled : int
        ``N > 2d_s + 1``, so that ``κ < 1``; the target depends on it.

    Returns
    -------
    pair : SubspacePair
        The two feature spaces.
    target : array of shape (r,)
        The coefficients ``β``.

    Raises
    ------
    ValueError
        If the cosine or `n_unlabelled` is out of range, or a dimension no positive whole number.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> from w2s.discrepancy.ridgeless import student_bias
    >>> pair, target = extremal_target(10, 20, 0.7, 31)
    >>> g = pair.geometry(target)
    >>> float(student_bias(g, 60, 31).round(6)), float(bias_bound(g, 60, 31).round(6))
    (4.576923, 4.576923)
    """
    if not 0 < cosine < 1:
        raise ValueError(f"cosine must lie strictly between 0 and 1, got {cosine:g}")
    tilt, pair = float(cosine), pair_with_cosines(d_strong, d_weak, [cosine])
    d_s = pair.d_strong
    above("n_unlabelled", n_unlabelled, 2 * d_s + 1, "2 d_strong + 1")
    kappa = float(student_rate(pair.geometry(), n_unlabelled))
    target = np.zeros(pair.dimension)
    target[0] = (tilt**2 + kappa / (1 - kappa)) / (tilt * np.sqrt(1 - tilt**2))
    target[d_s] = 1.0
    return pair, target


def pgr_lower_bound(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation = "in_sample",
) -> Array:
    """Lower bound of the performance gap recovered.

    ``1 - n/(n-d_w-1) · D_N/d_w - (n/d_w)(ρ_s+ρ_w)/σ²`` with
    ``D_N = d_{s∧w} + (d_s/N)(d_w - d_{s∧w})``.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise
        As in `w2s.discrepancy.ridgeless.student_variance`, with ``σ² > 0``.
    evaluation : {"in_sample", "population"}
        The paper's bound, or the one for fresh points.

    Returns
    -------
    array
        The bound, ``-inf`` at ``n <= d_w + 1``.

    Raises
    ------
    ValueError
        As `w2s.discrepancy.ridgeless.student_variance`, and for ``σ² = 0``.

    Notes
    -----
    Source: Dong et al. 2025 (as used in the authors' public code); for fresh points derived in this
    companion. Proven for the risk of that evaluation wherever it is non-negative: see
    `pgr_bound_is_proven`.

    Examples
    --------
    >>> g = Geometry(80, 100, overlap=10, removed=0.1, invisible=0.1)
    >>> f"{pgr_lower_bound(g, 220, 4000, 1.0):.8f}"
    '0.56184874'
    >>> f"{pgr_lower_bound(g, 220, 4000, 1.0, evaluation='population'):.8f}"
    '0.56116095'
    """
    top = _student_over_noise(geometry, n_labelled, n_unlabelled, noise, evaluation=evaluation)
    return 1 - top / geometry.d_weak


def opr_lower_bound(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation = "in_sample",
) -> Array:
    """Lower bound of the outperforming ratio.

    ``[n/(n-d_w-1) · D_N/d_s + (n/d_s)(ρ_s+ρ_w)/σ²]⁻¹``.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise, evaluation
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
    top = _student_over_noise(geometry, n_labelled, n_unlabelled, noise, evaluation=evaluation)
    return geometry.d_strong / top


def optimal_n_labelled(
    geometry: Geometry,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation = "in_sample",
) -> Array:
    """Labelled size that maximises both lower bounds, ``d_w+1 + √((d_w+1) σ² D_N/(ρ_s+ρ_w))``.

    For fresh points ``ρ_s + R`` stands for ``ρ_s + ρ_w``. It is the optimum of the bounds, not of
    the exact PGR or OPR.

    Parameters
    ----------
    geometry, n_unlabelled, noise, evaluation
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
    s2, rho = above("noise", noise, 0), _errors(geometry, n_unlabelled, evaluation)
    inner, edge = (
        student_dimension(geometry, n_unlabelled, evaluation=evaluation),
        geometry.d_weak + 1,
    )
    weight, loss = np.broadcast_arrays(s2 * inner, rho)
    with np.errstate(invalid="ignore"):
        best = np.divide(edge * weight, loss, out=np.full(loss.shape, np.inf), where=loss > 0)
    return np.asarray(edge + np.sqrt(best))


def pgr_lower_bound_maximum(
    geometry: Geometry,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation = "in_sample",
) -> Array:
    """Largest value of `pgr_lower_bound` over ``n``.

    ``1 - (√(D_N/d_w) + √((d_w+1)(ρ_s+ρ_w)/(d_w σ²)))²``.

    Parameters
    ----------
    geometry, n_unlabelled, noise, evaluation
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
    top = _least_student_over_noise(geometry, n_unlabelled, noise, evaluation)
    return np.asarray(1 - top / geometry.d_weak)


def opr_lower_bound_maximum(
    geometry: Geometry,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation = "in_sample",
) -> Array:
    """Largest value of `opr_lower_bound` over ``n``.

    ``(√(D_N/d_s) + √((d_w+1)(ρ_s+ρ_w)/(d_s σ²)))⁻²``.

    Parameters
    ----------
    geometry, n_unlabelled, noise, evaluation
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
    top = _least_student_over_noise(geometry, n_unlabelled, noise, evaluation)
    return np.asarray(geometry.d_strong / top)


def pgr_bound_is_proven(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation = "in_sample",
) -> NDArray[np.bool_]:
    """Where `pgr_lower_bound` is a theorem for the risk of that evaluation: where it is >= 0.

    A negative value bounds nothing: the student may be worse than the teacher.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise, evaluation
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
    bound = pgr_lower_bound(geometry, n_labelled, n_unlabelled, noise, evaluation=evaluation)
    return np.asarray(bound >= 0)


def opr_bound_is_proven(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation = "in_sample",
) -> NDArray[np.bool_]:
    """Where `opr_lower_bound` is a theorem for the risk of that evaluation.

    With ``q = D_N/(n-d_w-1)`` and ``X = σ²q + ρ_s + ρ_w``, the risk is at most ``X + ρ_w q``; the
    bound follows where ``X · ER_s >= σ² (d_s/n) (X + ρ_w q)``.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise, evaluation
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
    inner = student_dimension(g, n_unlabelled, evaluation=evaluation)
    q = product(teacher_spread(g, n, 1.0), inner)
    largest = s2 * q + _errors(g, n_unlabelled, evaluation)
    baseline = single_risk(g.d_strong, n, s2, g.rho_strong)
    with np.errstate(invalid="ignore"):
        proven = largest * baseline >= s2 * g.d_strong / n * (largest + product(g.rho_weak, q))
    return np.asarray(proven)


def _errors(geometry: Geometry, n_unlabelled: ArrayLike, evaluation: Evaluation) -> Array:
    """Return ``ρ_s + R``: the largest ``ρ_s + a + κ_N c`` for given ``ρ_s`` and ``ρ_w``."""
    g, k = geometry, student_rate(geometry, n_unlabelled, evaluation=evaluation)
    if evaluation == "in_sample":
        return np.full(k.shape, paper_bias_bound(g))
    root, largest = np.sqrt(g.rho_strong), np.sqrt(g.rho_weak)
    left = 1 - np.minimum(k, 1)
    inside = product(k, root) < left * largest  # then the maximum is at √b = κ √ρ_s / (1-κ) < √ρ_w
    sharp = np.divide(g.rho_strong, left, out=np.zeros(k.shape), where=inside) + g.rho_weak
    return np.asarray(np.where(inside, sharp, g.rho_strong + product(k, (root + largest) ** 2)))


def _student_over_noise(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation,
) -> Array:
    """Bound of the student's risk in units of ``σ²/n``."""
    n, s2 = at_least("n_labelled", n_labelled, 1), above("noise", noise, 0)
    variance = student_variance(geometry, n, n_unlabelled, s2, evaluation=evaluation)
    return np.asarray(n / s2 * (variance + _errors(geometry, n_unlabelled, evaluation)))


def _least_student_over_noise(
    geometry: Geometry, n_unlabelled: ArrayLike, noise: ArrayLike, evaluation: Evaluation
) -> Array:
    """Minimum over ``n`` of `_student_over_noise`."""
    s2, rho = above("noise", noise, 0), _errors(geometry, n_unlabelled, evaluation)
    inner = student_dimension(geometry, n_unlabelled, evaluation=evaluation)
    return np.asarray((np.sqrt(inner) + np.sqrt((geometry.d_weak + 1) * rho / s2)) ** 2)
