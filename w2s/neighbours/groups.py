"""Spurious groups: a core signal, a group that colours the features, and three shares of it.

Labels are ``y = zᵀβ + ε`` with ``z ~ N(0, I_{d_z})``. A point belongs to the minority with
probability ``η``, and features ``ξ`` that say nothing about ``y`` have a mean that depends on the
group. Teacher and student regress on ``z ⊗ [1; Tᵀξ]`` and ``z ⊗ [1; Sᵀξ]``. The shares ``η_ℓ`` of
the labelled, ``η_u`` of the unlabelled and ``η_t`` of the test data differ. Both models can
express the target, so all errors stem from label noise.

Two laws of ``ξ``: ``"mixture"``, ``N(gμ, s²I)`` for the group ``g ∈ {0, 1}``, and ``"shift"``,
``N(ημ, s²I)``, which has the same mean and no variance between groups. Derived in this companion.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import block_diag

from w2s._checks import Array, above, at_least, between, finite, generator, inside, integer, one_of
from w2s.discrepancy.simulate import TeacherStudent
from w2s.discrepancy.subspaces import SubspacePair

Law = Literal["shift", "mixture"]
LAWS = ("shift", "mixture")

_NODES = 16  # of a Gauss-Hermite rule in each direction
_MOST_DIRECTIONS = 4  # 65536 nodes
_CONVERGED = 1e-13


@dataclass(frozen=True, eq=False)
class GroupFeatures:
    """What the models see of the group: two spaces, the group's mean and the features' scale.

    Parameters
    ----------
    pair : SubspacePair
        The orthonormal bases ``S`` (strong) and ``T`` (weak), in the coordinates of ``ξ``.
    mean : array of shape (r,)
        ``μ``: by how much the minority's features lie off the majority's.
    scale : float
        ``s > 0``: standard deviation of ``ξ`` within a group.

    Raises
    ------
    ValueError
        If the length of `mean` does not fit to the bases, or `scale` is not positive.

    Examples
    --------
    >>> pair = SubspacePair(strong=np.eye(3)[:, 1:], weak=np.eye(3)[:, :2])
    >>> seen = GroupFeatures(pair, [1.0, 2.0, 0.0])
    >>> seen.p_teacher, seen.p_student, seen.p_shared, seen.on_teacher
    (3, 3, 2.0, array([1., 2.]))
    """

    pair: SubspacePair
    mean: Array
    scale: float = 1.0

    def __post_init__(self) -> None:
        mean = finite("mean", self.mean, ndim=1)
        if len(mean) != self.pair.dimension:
            raise ValueError(f"mean must have length {self.pair.dimension}, got {len(mean)}")
        object.__setattr__(self, "mean", mean)
        scale = above("scale", finite("scale", self.scale, ndim=0), 0)
        object.__setattr__(self, "scale", float(scale))

    @property
    def p_teacher(self) -> int:
        """Number of factors of the teacher, ``p_T``, the constant among them."""
        return 1 + self.pair.d_weak

    @property
    def p_student(self) -> int:
        """Number of factors of the student, ``p_S``."""
        return 1 + self.pair.d_strong

    @property
    def p_shared(self) -> float:
        """Correlation dimension of the factors, ``p_{TS} = 1 + |TᵀS|_F²``."""
        return 1 + self.pair.overlap

    @property
    def on_teacher(self) -> Array:
        """The group's mean as the teacher sees it, ``μ_T = Tᵀμ``."""
        return self.pair.weak.T @ self.mean

    @property
    def through_student(self) -> Array:
        """The student's view of it, in the teacher's features: ``Ξμ_S`` with ``Ξ = TᵀS``."""
        return self.pair.cross.T @ (self.pair.strong.T @ self.mean)


@dataclass(frozen=True)
class Shares:
    """Shares of the minority in the three samples, in [0, 1]; arrays broadcast.

    Parameters
    ----------
    labelled, unlabelled, test : array_like
        ``η_ℓ``, ``η_u`` and ``η_t``.

    Raises
    ------
    ValueError
        If a share lies outside [0, 1].

    Examples
    --------
    >>> Shares(0.1, 0.4, 0.5).unlabelled
    array(0.4)
    """

    labelled: Array
    unlabelled: Array
    test: Array

    def __post_init__(self) -> None:
        for name in ("labelled", "unlabelled", "test"):
            share = between(f"share {name}", getattr(self, name), 0, 1)
            object.__setattr__(self, name, np.asarray(share))


def leading_risks(
    features: GroupFeatures, shares: Shares, gamma: ArrayLike, nu: ArrayLike, noise: ArrayLike
) -> TeacherStudent:
    """Excess risks to leading order in ``γ = d_z/n`` and ``ν = d_z/N``, for the shift law.

    Teacher ``σ²γ (p_T + (η_t-η_ℓ)²|μ_T|²/s²)``; student ``σ²γ (p_{TS} +
    |(η_u-η_ℓ)μ_T + (η_t-η_u)Ξμ_S|²/s² + ν (p_T-p_{TS}) (p_S + (η_t-η_u)²|μ_S|²/s²))``.

    Parameters
    ----------
    features : GroupFeatures
        What the models see of the group.
    shares : Shares
        Shares of the minority; they broadcast with the other arguments.
    gamma, nu : array_like
        ``γ > 0`` and ``ν >= 0``.
    noise : array_like
        ``σ²``, a variance.

    Returns
    -------
    TeacherStudent
        Both risks.

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    The terms without ``ν`` are those of Liu, Dong and Lei 2025, second-hand; the term with it, and
    the proof, are derived here.

    Examples
    --------
    >>> pair = SubspacePair(strong=np.eye(2)[:, 1:], weak=np.eye(2)[:, :1])
    >>> risks = leading_risks(GroupFeatures(pair, [1.0, 0.0]), Shares(0, 0, 1), 0.1, 0.0, 1.0)
    >>> float(risks.teacher.round(12)), float(risks.student.round(12))
    (0.3, 0.1)
    """
    f, ell, u, t = features, shares.labelled, shares.unlabelled, shares.test
    unit = at_least("noise", noise, 0) * above("gamma", gamma, 0)
    views = f.on_teacher, f.through_student, f.pair.strong.T @ f.mean
    seen, through, own = (view / f.scale for view in views)
    drift = np.multiply.outer(u - ell, seen) + np.multiply.outer(t - u, through)
    student = f.p_shared + np.sum(drift**2, axis=-1)
    kept = f.p_student + (t - u) ** 2 * (own @ own)
    rest = at_least("nu", nu, 0) * (f.p_teacher - f.p_shared) * kept
    return TeacherStudent(
        np.asarray(unit * (f.p_teacher + (t - ell) ** 2 * (seen @ seen))),
        np.asarray(unit * (student + rest)),
    )


def limit_risks(
    features: GroupFeatures,
    shares: Shares,
    gamma: float,
    nu: float,
    noise: float,
    *,
    law: Law = "shift",
) -> TeacherStudent:
    """Excess risks as ``d_z``, ``n`` and ``N`` grow in proportion.

    With the moments ``Σ_η = E wwᵀ``, ``M_η = E ψψᵀ`` of ``w = [1; Tᵀξ]`` and ``ψ = [1; Sᵀξ]``, the
    regression ``B = M_u⁻¹ E_u ψwᵀ`` and its residual ``R``: teacher ``σ²γ tr(Σ_t A_ℓ⁻¹)``, student
    ``σ²γ [tr(M_t B A_ℓ⁻¹ Bᵀ) + ν tr(R A_ℓ⁻¹) tr(M_t A_u⁻¹)]``, where ``A_ℓ`` solves
    ``A = E_ℓ[wwᵀ/(1 + γ wᵀA⁻¹w)]``, and ``A_u`` likewise with ``ψ`` and ``ν``.

    Parameters
    ----------
    features : GroupFeatures
        What the models see of the group, in at most four directions each.
    shares : Shares
        Shares of the minority, one number each.
    gamma, nu : float
        ``γ = d_z/n`` in ``(0, 1/p_T)`` and ``ν = d_z/N`` in ``(0, 1/p_S)``.
    noise : float
        ``σ²``, a variance.
    law : {"shift", "mixture"}
        Law of the features.

    Returns
    -------
    TeacherStudent
        Both risks.

    Raises
    ------
    ValueError
        If a value is out of range, or there are more directions.

    Notes
    -----
    Derived in this companion, without bounds on the remainder. For the mixture the residual is
    uncorrelated with the student's features but not independent of them, which is neglected.

    Examples
    --------
    >>> pair = SubspacePair(strong=np.eye(2)[:, 1:], weak=np.eye(2)[:, :1])
    >>> seen = GroupFeatures(pair, [1.0, 0.0])
    >>> float(limit_risks(seen, Shares(0, 0, 1), 0.01, 0.01, 1.0).teacher.round(4))
    0.031
    """
    f, name = features, one_of("law", law, LAWS)
    g, v = inside("gamma", gamma, 0, 1 / f.p_teacher), inside("nu", nu, 0, 1 / f.p_student)
    weak, strong = (block_diag(1.0, basis) for basis in (f.pair.weak, f.pair.strong))
    ell, u, t = (float(finite(f"share {k}", x, ndim=0)) for k, x in vars(shares).items())
    moments, here = _moment(f, t, name), _moment(f, u, name)
    fit = np.linalg.solve(strong.T @ here @ strong, strong.T @ here @ weak)
    residual = weak.T @ here @ weak - fit.T @ (strong.T @ here @ weak)
    of_teacher = np.linalg.inv(_effective_moment(f, f.pair.weak, ell, g, name))
    of_student = np.linalg.inv(_effective_moment(f, f.pair.strong, u, v, name))
    seen, at_test = weak.T @ moments @ weak, strong.T @ moments @ strong
    own = v * np.sum(residual * of_teacher) * np.sum(at_test * of_student)
    unit = float(at_least("noise", noise, 0)) * g
    return TeacherStudent(
        np.asarray(unit * np.sum(seen * of_teacher)),
        np.asarray(unit * (np.sum((fit.T @ at_test @ fit) * of_teacher) + own)),
    )


def simulated_risks(
    features: GroupFeatures,
    shares: Shares,
    d_z: int,
    n_labelled: int,
    n_unlabelled: int,
    noise: float,
    trials: int,
    rng: np.random.Generator,
    *,
    law: Law = "shift",
) -> TeacherStudent:
    """Train teacher and student on sampled inputs; the label noise is averaged exactly.

    Parameters
    ----------
    features : GroupFeatures
        What the models see of the group.
    shares : Shares
        Shares of the minority. Labelled and unlabelled: one number each. Test: an array of shape
        (k,) or a number; every trained pair is tested on all of them.
    d_z, n_labelled, n_unlabelled : int
        ``d_z``, ``n > p_T d_z`` and ``N > p_S d_z``.
    noise : float
        ``σ²``, a variance.
    trials : int
        Number of independent repetitions.
    rng : numpy.random.Generator
        Source of randomness.
    law : {"shift", "mixture"}
        Law of the features.

    Returns
    -------
    TeacherStudent
        Expected risks given the inputs, of shape (trials,) or (trials, k).

    Raises
    ------
    ValueError
        If samples are too few or a value is out of range.

    Examples
    --------
    >>> pair = SubspacePair(strong=np.eye(2)[:, 1:], weak=np.eye(2)[:, :1])
    >>> seen, rng = GroupFeatures(pair, [1.0, 0.0]), np.random.default_rng(0)
    >>> simulated_risks(seen, Shares(0, 0, [0, 1]), 3, 40, 40, 1.0, 5, rng).student.shape
    (5, 2)
    """
    f, name, width = features, one_of("law", law, LAWS), integer("d_z", d_z)
    n, big_n = integer("n_labelled", n_labelled), integer("n_unlabelled", n_unlabelled)
    above("n_labelled", n, f.p_teacher * width, "p_T d_z")
    above("n_unlabelled", big_n, f.p_student * width, "p_S d_z")
    s2, size = float(at_least("noise", noise, 0)), integer("trials", trials)
    generator(rng)
    weak, strong = (block_diag(1.0, basis) for basis in (f.pair.weak, f.pair.strong))
    ell = float(finite("share labelled", shares.labelled, ndim=0))
    u = float(finite("share unlabelled", shares.unlabelled, ndim=0))
    tests = [_moment(f, float(t), name) for t in np.ravel(shares.test)]
    rows = np.empty((2, size, len(tests)))
    for trial in range(size):
        labelled = _design(f, ell, n, width, name, rng)
        fresh = _design(f, u, big_n, width, name, rng)
        teacher = _times(labelled, weak)
        spread = np.asarray(s2 * np.linalg.inv(teacher.T @ teacher), dtype=np.float64)
        own, pseudo = _times(fresh, strong), _times(fresh, weak)
        lift = np.linalg.solve(own.T @ own, own.T @ pseudo)
        learned = lift @ spread @ lift.T
        for k, moment in enumerate(tests):
            rows[0, trial, k] = _trace(spread, weak.T @ moment @ weak)
            rows[1, trial, k] = _trace(learned, strong.T @ moment @ strong)
    shape = (size, *np.shape(shares.test))
    return TeacherStudent(*(row.reshape(shape) for row in rows))


def best_unlabelled_share(features: GroupFeatures, labelled: ArrayLike, test: ArrayLike) -> Array:
    """Share of the minority among pseudo-labels in plenty that is best for the student.

    ``η_u* = <η_ℓμ_T - η_tΞμ_S, μ_T - Ξμ_S>/|μ_T - Ξμ_S|²``: to leading order the gain is a parabola
    in ``η_u`` with this vertex, which may lie outside [0, 1].

    Parameters
    ----------
    features : GroupFeatures
        What the models see of the group.
    labelled, test : array_like
        ``η_ℓ`` and ``η_t``, which broadcast.

    Returns
    -------
    array
        The vertex; ``η_ℓ`` where the student sees nothing of the teacher's view (``Ξμ_S = 0``), and
        ``nan`` where ``μ_T = Ξμ_S`` and no share matters.

    Raises
    ------
    ValueError
        If a share lies outside [0, 1].

    Examples
    --------
    >>> pair = SubspacePair(strong=np.eye(2)[:, 1:], weak=np.eye(2)[:, :1])
    >>> float(best_unlabelled_share(GroupFeatures(pair, [1.0, 0.0]), 0.1, 0.5))
    0.1
    """
    ell, t = between("labelled", labelled, 0, 1), between("test", test, 0, 1)
    seen, through = features.on_teacher, features.through_student
    apart = seen - through
    length = float(apart @ apart) or np.nan
    return np.asarray((ell * (seen @ apart) - t * (through @ apart)) / length)


def _moment(f: GroupFeatures, share: float, law: str) -> Array:
    """Second moments of ``[1; ξ]``."""
    square = share if law == "mixture" else share**2
    mean = share * f.mean
    within = f.scale**2 * np.eye(len(mean)) + square * np.outer(f.mean, f.mean)
    return np.block([[np.ones((1, 1)), mean[None, :]], [mean[:, None], within]])


def _effective_moment(
    f: GroupFeatures, basis: Array, share: float, ratio: float, law: str
) -> Array:
    """Solve ``A = E[wwᵀ/(1 + ratio wᵀA⁻¹w)]`` for ``w = [1; basisᵀξ]`` by iteration."""
    directions = basis.shape[1]
    if directions > _MOST_DIRECTIONS:
        most = f"at most {_MOST_DIRECTIONS} directions"
        raise ValueError(f"a model must see {most} for the limit, got {directions}")
    x, mass = np.polynomial.hermite_e.hermegauss(_NODES)
    nodes = f.scale * np.array(list(product(x, repeat=directions)))
    masses = np.prod(np.array(list(product(mass / mass.sum(), repeat=directions))), axis=1)
    groups = ((1 - share, 0.0), (share, 1.0)) if law == "mixture" else ((1.0, share),)
    w = np.concatenate([nodes + at * (basis.T @ f.mean) for _, at in groups])
    w = np.column_stack([np.ones(len(w)), w])
    weights = np.concatenate([part * masses for part, _ in groups])
    found = (w.T * weights) @ w
    for _ in range(10_000):  # its error shrinks by the factor ratio · p < 1
        heights = np.sum(w @ np.linalg.inv(found) * w, axis=1)
        new = (w.T * (weights / (1 + ratio * heights))) @ w
        moved, found = float(np.abs(new - found).max()), new
        if moved <= _CONVERGED * float(np.abs(new).max()):
            break
    return np.asarray(found)


def _design(
    f: GroupFeatures, share: float, size: int, width: int, law: str, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw ``z`` and ``[1; ξ]``."""
    z = rng.standard_normal((size, width))
    group = (rng.random(size) < share) if law == "mixture" else np.full(size, share)
    xi = np.multiply.outer(group, f.mean) + f.scale * rng.standard_normal((size, len(f.mean)))
    return z, np.column_stack([np.ones(size), xi])


def _times(design: tuple[Array, Array], basis: Array) -> Array:
    """Rows ``z ⊗ basisᵀ[1; ξ]``, the factors of one coordinate of ``z`` side by side."""
    z, xi = design
    return np.asarray((z[:, :, None] * (xi @ basis)[:, None, :]).reshape(len(z), -1))


def _trace(covariance: Array, moment: Array) -> float:
    """Return ``tr(covariance · I ⊗ moment)``."""
    p = len(moment)
    blocks = covariance.reshape(len(covariance) // p, p, -1, p)
    return float(np.sum(np.einsum("iaib->ab", blocks) * moment))
