"""Buying data: where the student pays, and how to split a budget between labels and inputs.

Everything here is derived in this companion, for Gaussian features and ridgeless models with
``n > d_w + 1`` and ``N > d_s + 1``, on fresh points and with any approximation error. The border at
which the student equals its teacher (PGR = 0) is `w2s.discrepancy.gain.n_unlabelled_for_gain`.

Notation: ``Δ = d_w - d_{s∧w}``, ``τ² = (σ²+ρ_w)/(n-d_w-1)``, ``κ_N = d_s/(N-d_s-1)``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above, at_least, told
from w2s.discrepancy.ridgeless import product, single_risk, teacher_spread
from w2s.discrepancy.subspaces import Geometry


class Window(NamedTuple):
    """Open interval of unlabelled sizes, of one shape; ``nan`` at both ends where it is empty."""

    low: Array
    high: Array


class Split(NamedTuple):
    """Best use of a budget: real sizes, and the share of the free budget for unlabelled samples."""

    n_labelled: Array
    n_unlabelled: Array
    share: Array


def n_unlabelled_to_beat_sft(geometry: Geometry, n_labelled: ArrayLike, noise: ArrayLike) -> Array:
    """Unlabelled size above which the student beats SFT on the same labels: the border OPR = 1.

    ``1 + d_s (1 + [c + τ²Δ]/[ER_s - ρ_s - a - τ² d_{s∧w}])`` with the risk ``ER_s`` of SFT.

    Parameters
    ----------
    geometry, n_labelled, noise
        As in `w2s.discrepancy.ridgeless.student_variance`.

    Returns
    -------
    array
        A real number from ``d_s + 1`` on, or ``inf`` if no ``N`` is enough.

    Raises
    ------
    ValueError
        If ``n <= d_w + 1`` or ``n < d_s - 1``.

    Notes
    -----
    Derived in this companion: the student's risk equals that of SFT where ``κ_N`` takes the value
    of the inverse quotient.

    Examples
    --------
    >>> float(n_unlabelled_to_beat_sft(Geometry(100, 200, overlap=10), 401, 1.0).round(2))
    436.29
    """
    g, n = geometry, above("n_labelled", n_labelled, geometry.d_weak + 1, "d_weak + 1")
    kept, passed = _student(g, n, noise)
    left = np.asarray(single_risk(g.d_strong, n, noise, g.rho_strong) - g.rho_strong - kept)
    with np.errstate(invalid="ignore"):
        ratio: Array = np.divide(passed, left, out=np.full(left.shape, np.inf), where=left > 0)
    return np.asarray(1 + g.d_strong * (1 + ratio))


def window_above_ceiling(geometry: Geometry, n_labelled: ArrayLike, noise: ArrayLike) -> Window:
    """Unlabelled sizes between which the student beats the ceiling: the border PGR = 1.

    With ``A = a + τ² d_{s∧w}``, ``P = d_s (c + τ²Δ)``, ``S = (σ²+ρ_s) d_s`` and ``y = N-d_s-1`` the
    ends are the roots of ``A y² + (A n + P - S) y + P n``. The window is empty if they are not real
    and positive, and has no upper end if ``A = 0``.

    Parameters
    ----------
    geometry, n_labelled, noise
        As in `w2s.discrepancy.ridgeless.student_variance`.

    Returns
    -------
    Window
        Both ends, ``nan`` where the student never beats the ceiling.

    Raises
    ------
    ValueError
        If ``n <= d_w + 1``.

    Notes
    -----
    Derived in this companion. The ceiling learns from ``n + N`` noisy labels.

    Examples
    --------
    >>> low, high = window_above_ceiling(Geometry(100, 200, overlap=10), 2000, 1.0)
    >>> round(float(low)), round(float(high))
    (376, 13916)
    """
    g, n = geometry, above("n_labelled", n_labelled, geometry.d_weak + 1, "d_weak + 1")
    kept, passed = _student(g, n, noise)
    lost = (at_least("noise", noise, 0) + g.rho_strong) * g.d_strong
    last = g.d_strong * passed * n
    middle = np.asarray(lost - kept * n - g.d_strong * passed)
    inside = middle**2 - 4 * kept * last
    real = (inside > 0) & (middle > 0)
    root = np.sqrt(np.where(real, inside, np.nan)) + np.where(real, middle, np.nan)
    with np.errstate(divide="ignore"):
        low, high = 2 * last / root, root / (2 * kept)
    return Window(np.asarray(g.d_strong + 1 + low), np.asarray(g.d_strong + 1 + high))


def best_share(
    geometry: Geometry,
    free: ArrayLike,
    noise: ArrayLike,
    *,
    cost_labelled: ArrayLike = 1.0,
    cost_unlabelled: ArrayLike = 1.0,
) -> Array:
    """Share of the free budget for unlabelled samples at which the student's risk is least.

    ``1/(1 + √[(C + αB)/(C + βB)])`` with ``C = (σ²+ρ_w) d_s Δ``, ``α = (σ²+ρ_w) d_{s∧w}/c_N`` and
    ``β = d_s c/c_n``. The free budget ``B`` is what remains after the ``d_w+1`` labels and the
    ``d_s+1`` unlabelled samples without which nothing is learned.

    Parameters
    ----------
    geometry : Geometry
        The two feature spaces and the target.
    free : array_like
        ``B > 0``, in the unit of the costs.
    noise : array_like
        ``σ²``.
    cost_labelled, cost_unlabelled : array_like
        Prices ``c_n`` and ``c_N`` of one sample, positive.

    Returns
    -------
    array
        A number in [0, 1]; ``nan`` where every split is as good (no noise, ``ρ_w = 0``, ``c = 0``).

    Raises
    ------
    ValueError
        If the free budget or a price is not positive, or the noise is negative.

    Notes
    -----
    Derived in this companion. With ``x = n-d_w-1`` and ``y = N-d_s-1`` the risk is a constant plus
    ``(σ²+ρ_w) d_{s∧w}/x + d_s c/y + C/(xy)``; on the line ``c_n x + c_N y = B`` the condition for a
    minimum is quadratic in ``y``. Without approximation error the price drops out; for a large
    budget the share tends to ``1/(1 + √(α/β))``.

    Examples
    --------
    >>> float(best_share(Geometry(100, 200, overlap=0), 5000, 1.0, cost_labelled=10))
    0.5
    """
    g, left = geometry, above("free", free, 0)
    dear, cheap = (
        above("cost_labelled", cost_labelled, 0),
        above("cost_unlabelled", cost_unlabelled, 0),
    )
    energy = at_least("noise", noise, 0) + g.rho_weak
    both = energy * g.d_strong * g.discrepancy
    labels = both + energy * g.overlap / cheap * left
    others = both + g.d_strong * g.invisible / dear * left
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 / (1 + np.sqrt(labels / others)))


def best_split(
    geometry: Geometry,
    budget: ArrayLike,
    noise: ArrayLike,
    *,
    cost_labelled: ArrayLike = 1.0,
    cost_unlabelled: ArrayLike = 1.0,
) -> Split:
    """Labelled and unlabelled sizes with the least student's risk for ``c_n n + c_N N = budget``.

    Parameters
    ----------
    geometry, noise, cost_labelled, cost_unlabelled
        As in `best_share`.
    budget : array_like
        What there is to spend, in the unit of the costs.

    Returns
    -------
    Split
        Real sizes ``n`` and ``N``, and the `best_share` of the free budget.

    Raises
    ------
    ValueError
        As `best_share`, and if the budget does not exceed ``c_n (d_w+1) + c_N (d_s+1)``.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> plan = best_split(Geometry(100, 200, overlap=10), 20_000, 0.01, cost_labelled=10)
    >>> float(plan.n_labelled.round()), float(plan.n_unlabelled.round())
    (1567.0, 4333.0)
    """
    g, total = geometry, above("budget", budget, 0)
    dear, cheap = (
        above("cost_labelled", cost_labelled, 0),
        above("cost_unlabelled", cost_unlabelled, 0),
    )
    fixed, total = np.broadcast_arrays(dear * (g.d_weak + 1) + cheap * (g.d_strong + 1), total)
    free = np.asarray(total - fixed)
    if (free <= 0).any():
        worst = np.argmin(free)
        needed, got = told(fixed.flat[worst], total.flat[worst])
        raise ValueError(
            "budget must exceed the cost of d_weak + 1 labels and d_strong + 1 unlabelled samples "
            f"= {needed}, got {got}"
        )
    share = best_share(g, free, noise, cost_labelled=dear, cost_unlabelled=cheap)
    n = g.d_weak + 1 + (1 - share) * free / dear
    return Split(np.asarray(n), np.asarray(g.d_strong + 1 + share * free / cheap), share)


def _student(geometry: Geometry, n_labelled: Array, noise: ArrayLike) -> tuple[Array, Array]:
    """Return what the student keeps for any ``N``, ``a + τ² d_{s∧w}``, and what it averages."""
    g = geometry
    tau2 = teacher_spread(g, n_labelled, at_least("noise", noise, 0) + g.rho_weak)
    kept = g.inherited + product(tau2, g.overlap)
    return np.asarray(kept), np.asarray(g.invisible + product(tau2, g.discrepancy))
