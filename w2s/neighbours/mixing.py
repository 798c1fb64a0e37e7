"""Mixing the student with the SFT baseline that was trained on its teacher's labels.

Predict with ``(1-ξ) f_s + ξ f_w2s``. Both models descend from the same ``n`` labels, so their
errors are correlated, and the mixture's risk needs their mean product. It is exact where every
canonical angle of the two spaces is 0 or 90 degrees. Everything here is derived in this companion,
for Gaussian features and ridgeless models with ``n > max(d_s, d_w) + 1`` and ``N > d_s + 1``.
Sample sizes and the noise broadcast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above, at_least, between, finite, told
from w2s.discrepancy.ridgeless import (
    require_finite,
    risks,
    student_dimension,
    student_rate,
    teacher_spread,
)
from w2s.discrepancy.subspaces import Geometry, SubspacePair, axis_aligned_pair

_ALIGNED = 1e-9  # of a cosine, and of energies relative to the largest
_ROUNDING = 1e-12  # of the difference of two errors, relative to the larger


@dataclass(frozen=True)
class Mixture:
    """What decides the risk of ``(1-ξ) f_s + ξ f_w2s``; arrays of one shape.

    Parameters
    ----------
    floor : float
        ``ρ_s``, which no model of the strong space escapes.
    sft, student : array
        ``E_S`` and ``E_W``: the risks of baseline and student beyond the floor.
    common : array
        ``X``: mean product of their errors within the strong space, at most either risk.

    Examples
    --------
    >>> mixed = Mixture(0.0, np.array(3.0), np.array(3.0), np.array(1.0))
    >>> float(mixed.best_weight), float(mixed.best_risk), float(mixed.risk(0.0))
    (0.5, 2.0, 3.0)
    """

    floor: float
    sft: Array
    student: Array
    common: Array

    def risk(self, weight: ArrayLike) -> Array:
        """Excess risk with the weight ``ξ`` on the student, which may lie outside [0, 1].

        ``R(ξ) = ρ_s + (1-ξ)² E_S + ξ² E_W + 2ξ(1-ξ) X``.
        """
        x = finite("weight", weight)
        squares = (1 - x) ** 2 * self.sft + x**2 * self.student
        return np.asarray(self.floor + squares + 2 * x * (1 - x) * self.common)

    @property
    def best_weight(self) -> Array:
        """The weight of least risk, ``ξ* = (E_S-X)/(E_S+E_W-2X)``.

        It is ``nan`` where all weights are as good: one model twice, or no error at all.
        """
        own, others = (_beyond(one, self.common) for one in (self.sft, self.student))
        total = np.asarray(own + others)
        weight: Array = np.divide(own, total, out=np.full(total.shape, np.nan), where=total > 0)
        return weight

    @property
    def best_risk(self) -> Array:
        """The least risk, ``ρ_s + (E_S E_W - X²)/(E_S+E_W-2X)``."""
        return self.risk(np.nan_to_num(self.best_weight))


def aligned_case(
    overlap: int,
    d_weak: int,
    d_strong: int,
    invisible: float = 0.0,
    inherited: float = 0.0,
    removed: float = 0.0,
) -> tuple[SubspacePair, Array]:
    """Make axis-aligned spaces, and a target with given energies beyond the models.

    Parameters
    ----------
    overlap, d_weak, d_strong : int
        Dimensions, as in `w2s.discrepancy.subspaces.axis_aligned_pair`.
    invisible, inherited, removed : float
        Energies ``c`` in a weak-only, ``a`` in a strong-only and ``b`` in a further direction.

    Returns
    -------
    pair : SubspacePair
        The two feature spaces.
    target : array of shape (r,)
        The coefficients ``β``.

    Raises
    ------
    ValueError
        If a dimension is out of range, an energy is negative, or it belongs to a direction that
        nested spaces do not have.

    Examples
    --------
    >>> g = aligned_geometry(*aligned_case(2, 8, 4, invisible=0.25))
    >>> g.overlap, g.rho_strong, g.invisible, g.rho_weak
    (2.0, 0.25, 0.25, 0.0)
    """
    size = d_weak + d_strong - overlap
    pair = axis_aligned_pair(d_strong, d_weak, overlap, size + 1)
    target = np.zeros(size + 1)
    for name, energy, room, place in (
        ("inherited", inherited, d_strong - overlap, 0),
        ("invisible", invisible, d_weak - overlap, d_strong),
        ("removed", removed, 1, size),
    ):
        between(name, energy, 0, np.inf if room else 0)
        if room:
            target[place] = np.sqrt(energy)
    return pair, target


def aligned_geometry(pair: SubspacePair, target: ArrayLike | None = None) -> Geometry:
    """Return the geometry of two spaces whose canonical angles are all 0 or 90 degrees.

    Parameters
    ----------
    pair : SubspacePair
        The two feature spaces.
    target : array_like of shape (r,) or None
        ``β``; ``None`` is zero.

    Returns
    -------
    Geometry
        Its overlap is a whole number.

    Raises
    ------
    ValueError
        If a canonical cosine is neither 0 nor 1: `Geometry` alone cannot always tell.

    Examples
    --------
    >>> from w2s.discrepancy.subspaces import axis_aligned_pair
    >>> aligned_geometry(axis_aligned_pair(4, 8, 2)).overlap
    2.0
    """
    cosines = np.linalg.svd(pair.cross, compute_uv=False)
    off = np.abs(cosines - np.round(cosines))
    if off.max() > _ALIGNED:
        got = told(1, cosines[np.argmax(off)])[1]
        raise ValueError(f"every canonical cosine must be 0 or 1, got {got}")
    return pair.geometry(target)


def common_error(overlap: ArrayLike, n_labelled: ArrayLike, energy: ArrayLike) -> Array:
    """Mean product of the errors of student and baseline, ``energy · d_{s∧w}/(n-d_{s∧w}-1)``.

    Parameters
    ----------
    overlap : array_like
        Correlation dimension ``d_{s∧w}``.
    n_labelled : array_like
        ``n``, the labels that both descend from.
    energy : array_like
        ``σ² + b``: what neither teacher nor baseline can explain of the labels.

    Returns
    -------
    array
        ``X``. It has no ``N``: a fresh sample averages out.

    Raises
    ------
    ValueError
        If ``n <= d_{s∧w} + 1``, or a value is negative.

    Notes
    -----
    Derived in this companion. Exact for canonical cosines 0 and 1; for others, with ``b = 0`` and
    no target, exact in the limit of ``n`` growing with all dimensions.

    Examples
    --------
    >>> float(common_error(6, 60, 1.0).round(5))
    0.11321
    """
    k, n = at_least("overlap", overlap, 0), finite("n_labelled", n_labelled)
    above("n_labelled - overlap", n - k, 1)
    return np.asarray(at_least("energy", energy, 0) * k / (n - k - 1))


def mixture(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> Mixture:
    """Exact risk of every mixture of student and SFT baseline from the same labels.

    ``R(ξ) = ρ_s + (1-ξ)² E_S + ξ² E_W + 2ξ(1-ξ) X`` with the risks ``ρ_s + E_S`` of the baseline
    and ``ρ_s + E_W`` of the student, and ``X = (σ²+b) d_{s∧w}/(n-d_{s∧w}-1)``.

    Parameters
    ----------
    geometry : Geometry
        The two feature spaces and the target; all canonical cosines must be 0 or 1, which
        `aligned_geometry` makes sure of.
    n_labelled, n_unlabelled, noise : array_like
        ``n``, ``N`` and ``σ²``.

    Returns
    -------
    Mixture
        The parts of the risk, with its minimum.

    Raises
    ------
    ValueError
        If the geometry cannot have cosines 0 and 1 only (a fractional overlap, or
        ``ρ_s ≠ b + c``), ``n <= max(d_s, d_w) + 1``, ``N <= d_s + 1``, or the noise is negative.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> mixed = mixture(Geometry(12, 16, overlap=6), 60, 50, 1.0)
    >>> float(mixed.best_weight.round(5)), float(mixed.best_risk.round(5))
    (0.58275, 0.1725)
    """
    g, n, big_n = geometry, finite("n_labelled", n_labelled), n_unlabelled
    _require_aligned(g)
    require_finite(g, n, big_n)
    above("n_labelled", n, g.d_strong + 1, "d_strong + 1")
    each = risks(g, n, big_n, noise)
    shared = common_error(g.overlap, n, np.asarray(noise) + g.removed)
    found = np.broadcast_arrays(each.sft - g.rho_strong, each.student - g.rho_strong, shared)
    return Mixture(g.rho_strong, *(np.array(one) for one in found))


def equivalent_labels(geometry: Geometry, risk: ArrayLike, noise: ArrayLike) -> Array:
    """Count the labels with which the SFT baseline has a given risk.

    ``n_eq = d_s + 1 + (σ²+ρ_s) d_s/(ER - ρ_s)``. Of the student's risk it tells what teacher and
    pseudo-labels are worth: without approximation error ``d_s + 1 + (n-d_w-1) d_s/D`` with
    ``D = d_{s∧w} + κ_N (d_w-d_{s∧w})``.

    Parameters
    ----------
    geometry : Geometry
        The two feature spaces and the target, at any angles.
    risk : array_like
        Excess risk ``ER`` to be reached, above ``ρ_s``.
    noise : array_like
        ``σ²``.

    Returns
    -------
    array
        A real number above ``d_s + 1``.

    Raises
    ------
    ValueError
        If a risk does not exceed ``ρ_s``, or the noise is negative.

    Notes
    -----
    Derived in this companion: the inverse of `w2s.discrepancy.ridgeless.single_risk`.

    Examples
    --------
    >>> float(equivalent_labels(Geometry(12, 16, overlap=6), 0.25, 1.0))
    61.0
    """
    g, left = geometry, above("risk", risk, geometry.rho_strong, "rho_strong") - geometry.rho_strong
    energy = at_least("noise", noise, 0) + g.rho_strong
    return np.asarray(g.d_strong + 1 + energy * g.d_strong / left)


def exchange_rate(
    geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike, noise: ArrayLike
) -> Array:
    """Pseudo-labels that lower the student's risk as much as one more label, at the margin.

    ``τ² D (N-d_s-1)²/[(n-d_w-1) d_s (c + τ²(d_w-d_{s∧w}))]`` with
    ``D = d_{s∧w} + κ_N (d_w-d_{s∧w})`` and ``τ² = (σ²+ρ_w)/(n-d_w-1)``.

    Parameters
    ----------
    geometry : Geometry
        The two feature spaces and the target, at any angles.
    n_labelled, n_unlabelled, noise : array_like
        ``n``, ``N`` and ``σ²``.

    Returns
    -------
    array
        The rate; ``inf`` where pseudo-labels change nothing, ``nan`` where labels do not either.

    Raises
    ------
    ValueError
        If ``n <= d_w + 1``, ``N <= d_s + 1``, or the noise is negative.

    Notes
    -----
    Derived in this companion: the ratio of the two partial derivatives of
    `w2s.discrepancy.ridgeless.student_risk`.

    Examples
    --------
    >>> float(exchange_rate(Geometry(12, 16, overlap=6), 60, 49, 1.0).round(2))
    2.34
    """
    g, n, big_n = geometry, finite("n_labelled", n_labelled), n_unlabelled
    require_finite(g, n, big_n)
    spread = teacher_spread(g, n, at_least("noise", noise, 0) + g.rho_weak)
    of_label = spread * student_dimension(g, big_n) / (n - g.d_weak - 1)
    per_pseudo = student_rate(g, big_n) ** 2 / g.d_strong
    of_pseudo = per_pseudo * (g.invisible + spread * g.discrepancy)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(of_label / of_pseudo)


def _beyond(error: Array, common: Array) -> Array:
    """Return what an error has beyond the common one; 0 where that is rounding."""
    rest = np.asarray(error - common)
    return np.where(rest > _ROUNDING * error, rest, 0.0)


def _require_aligned(g: Geometry) -> None:
    """Refuse what cosines 0 and 1 exclude: a fractional overlap, and ``ρ_s ≠ b + c``."""
    if abs(g.overlap - round(g.overlap)) > _ALIGNED * max(g.d_strong, g.d_weak):
        got = told(round(g.overlap), g.overlap)[1]
        raise ValueError(f"overlap must be whole for canonical cosines 0 and 1, got {got}")
    parts = g.removed + g.invisible
    if abs(g.rho_strong - parts) > _ALIGNED * max(g.rho_strong, parts):
        least, got = told(parts, g.rho_strong)
        raise ValueError(
            "rho_strong must be removed + invisible for canonical cosines 0 and 1, "
            f"got {got} for {least}"
        )
