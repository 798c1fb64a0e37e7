"""How a network's features align with what the student learns first: κ_S, and what follows.

The residual of a projected teacher is small in a space ``S`` that its features nearly span. This
gives an upper bound on the student's error, the counterpart of the lower bounds in `limits`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh

from w2s._checks import Array, at_least, between, integer
from w2s.random_features.relu_network import relu_gram, unit_rows
from w2s.random_features.sphere import (
    gegenbauer_terms,
    multiplicities,
    relu_eigenvalues,
)


def feature_alignment(features: ArrayLike, degrees: Sequence[int] = (0, 1)) -> float:
    """Largest error of a ReLU teacher over all unit functions of some degrees: ``κ_S``.

    ``κ_S = ‖P_S (1 − P) P_S‖`` for the span ``S`` of all functions of these degrees and the
    projection ``P`` on the teacher's features: the squared sine of the largest principal angle.
    With ``A = Σ_{ℓ∈S} λ_ℓ N_ℓ P_ℓ(UUᵀ)``, it is one minus the ``dim S``-th eigenvalue of ``A``
    relative to the Gram matrix, and one if the teacher has fewer features than that.

    Parameters
    ----------
    features : array_like, shape (M, d)
        The teacher's unit vectors.
    degrees : sequence of int
        Degrees in ``S``; the student must see all of them.

    Returns
    -------
    float
        ``κ_S`` in [0, 1].

    Raises
    ------
    ValueError
        If a feature is not a unit vector, or a degree is negative, repeated or invisible to ReLU.

    Notes
    -----
    Our definition; the paper has a quantity of this name and role, whose definition we do not
    know. Derived in this companion.

    Examples
    --------
    >>> from w2s.random_features.sphere import sphere_points
    >>> features = sphere_points(np.random.default_rng(0), 200, 8)
    >>> feature_alignment(features, (0, 1)) < feature_alignment(features, (0, 1, 2)) < 1.0
    True
    """
    u = unit_rows("features", features)
    gram = relu_gram(u)
    chosen = {integer("degree", degree, low=0) for degree in degrees}
    if len(chosen) != len(degrees) or any(degree % 2 and degree > 1 for degree in chosen):
        raise ValueError(f"degrees must be distinct, and 1 or even, got {tuple(degrees)}")
    dim, last = u.shape[1], max(chosen)
    scale = relu_eigenvalues(dim, last) * multiplicities(dim, last)
    seen = np.zeros_like(gram)
    for degree, term in enumerate(gegenbauer_terms(dim, last, u @ u.T)):
        if degree in chosen:
            seen += scale[degree] * term
    rank = int(sum(multiplicities(dim, last)[degree] for degree in chosen))
    if rank > len(u):
        return 1.0
    return float(np.clip(1.0 - eigh(seen, gram, eigvals_only=True)[-rank], 0.0, 1.0))


def two_scale_bound(
    teacher_error: ArrayLike,
    alignment: ArrayLike,
    slowest_inside: float,
    fastest_outside: float,
    times: ArrayLike,
) -> Array:
    """Upper bound (5) on the student's error, from two time scales.

    ``√L_ST(t) ≤ e^{−tλ_*} + √(L_TE (κ_S + (1 − e^{−tλ_+})²))`` for a target in the span ``S`` of
    some eigenspaces of the student's kernel: the target is learned at a rate of at least ``λ_*``,
    what lies outside ``S`` at a rate of at most ``λ_+``.

    Parameters
    ----------
    teacher_error : array_like
        ``L_TE`` in [0, 1].
    alignment : array_like
        ``κ_S`` in [0, 1], `feature_alignment`.
    slowest_inside : float
        Smallest eigenvalue ``λ_*`` that carries the target.
    fastest_outside : float
        Largest eigenvalue ``λ_+`` outside ``S``.
    times : array_like
        Times ``t ≥ 0``, broadcast against the others.

    Returns
    -------
    array
        Bound on ``L_ST(t)``, in the broadcast shape.

    Raises
    ------
    ValueError
        If a value is out of its range.

    Notes
    -----
    Derived in this companion: it has the form of Medvedev et al. 2025, Theorem 3.1.

    Examples
    --------
    >>> float(two_scale_bound(0.1, 0.0, 1.0, 0.0, 50.0).round(12))
    0.0
    """
    loss = between("teacher_error", teacher_error, 0.0, 1.0)
    kappa = between("alignment", alignment, 0.0, 1.0)
    inside = at_least("slowest_inside", slowest_inside, 0.0)
    outside = at_least("fastest_outside", fastest_outside, 0.0)
    t = at_least("times", times, 0.0)
    spread = np.sqrt(loss * (kappa + np.expm1(-t * outside) ** 2))
    return np.asarray((np.exp(-t * inside) + spread) ** 2)
