"""A student stopped early on finitely many pseudo-labels: the two mechanisms in one formula.

A teacher with ``d_w`` Gaussian features is fitted by least squares to ``n`` noisy labels; a
student with ``d_s`` features follows gradient flow on ``N`` pseudo-labels up to a time ``t``.
Without a stop this is Dong et al. 2025, with ``n`` and ``N`` infinite Medvedev et al. 2025. Derived
in this companion. The student enters through the three averages of `Filters` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from w2s._checks import Array, above, at_least, between, finite, integer, real
from w2s.discrepancy.ridgeless import product
from w2s.discrepancy.subspaces import SubspacePair, as_target
from w2s.random_features.linear_network import LinearNetwork, linear_error_moments

Complex = NDArray[np.complex128]
_error_moments = lru_cache(linear_error_moments)
_NODES = 24  # of the contour: rounding is reached, about 1e-12 after two transforms


@dataclass(frozen=True)
class Filters:
    """What is left after a time of gradient flow on ``N`` inputs, averaged over the inputs.

    With the empirical covariance ``S`` of the features (mean ``Λ``) and ``Q = e^{−tS}``.

    Parameters
    ----------
    left : array, shape (..., c)
        ``h_j = E Q_jj``: share of eigenspace ``j`` that is not learned yet.
    left_squared : array, shape (..., c)
        ``v_j = E (QΛQ)_jj/λ_j``: error that one unit of eigenspace ``j`` leaves, leaks included.
    noise_kept : array, shape (...)
        ``ε = E tr[Λ(I − Q)²S⁺]/N``: share of the label noise that the student fits.
    """

    left: Array
    left_squared: Array
    noise_kept: Array


def flow_filters(
    eigenvalues: ArrayLike, dimensions: ArrayLike, n_unlabelled: ArrayLike, times: ArrayLike
) -> Filters:
    """Return the filters of gradient flow on ``N`` Gaussian inputs, as deterministic equivalents.

    They are inverse Laplace transforms in ``ζ`` of functions of ``κ(ζ)``, where
    ``ζ = κ − (1/N) Σ_j d_j λ_j κ/(λ_j + κ)`` and ``p_j = κ/(λ_j + κ)``:

    * ``h_j`` of ``p_j/ζ``;
    * ``v_j``, in two variables, of ``p_j p_j' (κ − κ')/(ζ − ζ') / (ζζ')``;
    * ``ε = 2J(t) − J(2t)`` with ``J`` of ``(κ − ζ)/ζ²``.

    Parameters
    ----------
    eigenvalues, dimensions : array_like, shape (c,)
        Distinct eigenvalues ``λ_j > 0`` of the student's kernel and their multiplicities ``d_j``.
    n_unlabelled : array_like
        ``N``, from 2 on, or ``inf``.
    times : array_like
        ``t``, from 0 to ``inf``; broadcast against `n_unlabelled`.

    Returns
    -------
    Filters
        In the broadcast shape.

    Raises
    ------
    ValueError
        If eigenvalues are not positive and distinct, multiplicities not whole numbers, ``N < 2``,
        or a time is negative.

    Notes
    -----
    Exact for ``N = ∞`` and for ``t = 0``. Otherwise relative errors of order ``1/N`` remain. For
    ``N > d_s + 1`` the equivalent is taken at ``N − 1``, the same to leading order, which makes
    ``t = ∞`` exact: ``ε = d_s/(N − d_s − 1)``. There it is ``inf`` on ``d_s − 1 ≤ N ≤ d_s + 1``.
    The contour is the cotangent one of Weideman (2006). Derived in this companion.

    Examples
    --------
    >>> float(flow_filters([1.0, 0.1], [1, 7], 17, np.inf).noise_kept)
    1.0
    >>> flow_filters([1.0, 0.1], [1, 7], np.inf, 10.0).left.round(4)
    array([0.    , 0.3679])
    """
    lam, dim = _spectrum(eigenvalues, dimensions)
    big_n, t = _or_infinite("n_unlabelled", n_unlabelled, 2.0), _or_infinite("times", times, 0.0)
    big_n, t = (x.copy() for x in np.broadcast_arrays(big_n, t))
    with np.errstate(invalid="ignore"):  # 0 · ∞ is overwritten below
        left = np.exp(-t[..., None] * lam)
    left[t == 0] = 1.0
    squared, kept = left**2, np.zeros(t.shape)
    # Below d_s the shift would go the wrong way: for equal eigenvalues the equivalent at t = ∞ is
    # N/(d_s − N), the mean N/(d_s − N − 1).
    size = np.where(big_n > dim.sum() + 1, big_n - 1, big_n)
    finite_n = np.isfinite(big_n)
    soon = finite_n & (t > 0) & np.isfinite(t)
    if soon.any():
        left[soon], squared[soon], kept[soon] = _transforms(lam, dim, size[soon], t[soon])
    for place in np.argwhere(finite_n & np.isinf(t)):
        at = tuple(place)
        left[at], squared[at], kept[at] = _converged(lam, dim, float(size[at]))
        if abs(big_n[at] - dim.sum()) <= 1:  # there the mean is infinite, the equivalent not always
            kept[at] = np.inf
    return Filters(left, squared, kept)


@dataclass(frozen=True)
class StudentView:
    """A teacher's feature space as its student sees it, eigenspace by eigenspace.

    ``r = f* − P_w f*`` is the residual of the best weak function. Leading axes run over teachers.

    Parameters
    ----------
    eigenvalues, dimensions : array, shape (c,)
        Of the student's kernel, as in `flow_filters`.
    target, cross, residual : array, shape (..., c)
        ``‖f*_j‖²``, ``⟨f*_j, r_j⟩`` and ``‖r_j‖²``.
    shared : array, shape (..., c)
        ``tr(P_j P_w)``: the correlation dimension, split by eigenspace.
    d_weak : int
        ``d_w``.
    rho_strong, rho_weak, invisible : array
        Energy of ``f*`` outside the student's space, ``‖r‖²``, and energy of ``P_w f*`` outside the
        student's space.
    """

    eigenvalues: Array
    dimensions: Array
    target: Array
    cross: Array
    residual: Array
    shared: Array
    d_weak: int
    rho_strong: Array
    rho_weak: Array
    invisible: Array

    @property
    def discrepancy(self) -> Array:
        """Weak dimensions outside the student's space, ``d_w − d_{s∧w}``."""
        return np.asarray(np.maximum(self.d_weak - self.shared.sum(axis=-1), 0.0))


def student_view(
    pair: SubspacePair, target: ArrayLike | None, eigenvalues: ArrayLike
) -> StudentView:
    """Split a pair of feature spaces and a target by the eigenspaces of the student's kernel.

    Parameters
    ----------
    pair : SubspacePair
        The two feature spaces; the columns of ``pair.strong`` are eigenvectors of the kernel.
    target : array_like, shape (r,) or None
        ``β``; none means zero.
    eigenvalues : array_like, shape (d_s,)
        Eigenvalue of each of these columns.

    Returns
    -------
    StudentView

    Raises
    ------
    ValueError
        If there is not one positive eigenvalue per column.

    Examples
    --------
    >>> from w2s.discrepancy.subspaces import axis_aligned_pair
    >>> student_view(axis_aligned_pair(3, 4, 2), None, [1.0, 0.1, 0.1]).shared
    array([0., 2.])
    """
    each = above("eigenvalues", finite("eigenvalues", eigenvalues, ndim=1), 0.0)
    if len(each) != pair.d_strong:
        raise ValueError(f"eigenvalues must have d_strong = {pair.d_strong}, got {len(each)}")
    beta = as_target(target, pair.dimension)
    geometry = pair.geometry(beta)
    seen, missed = pair.strong.T @ beta, beta - pair.weak @ (pair.weak.T @ beta)
    residual, shared = pair.strong.T @ missed, np.sum(pair.cross**2, axis=1)
    lam = np.unique(each)[::-1]
    member = (each == lam[:, None]).astype(float)
    return StudentView(
        lam,
        member.sum(axis=1),
        target=member @ seen**2,
        cross=member @ (seen * residual),
        residual=member @ residual**2,
        shared=member @ shared,
        d_weak=pair.d_weak,
        rho_strong=np.asarray(geometry.rho_strong),
        rho_weak=np.asarray(geometry.rho_weak),
        invisible=np.asarray(geometry.invisible),
    )


def linear_view(
    network: LinearNetwork,
    n_seen: int,
    teacher_error: ArrayLike,
    *,
    student_eigenvalue: float | None = None,
) -> StudentView:
    """View of a random linear teacher by a student that knows part of the bulk.

    The student sees the signal coordinate and `n_seen` of the ``D`` bulk coordinates. Averaged over
    the teachers whose best approximation has the error ``L``: the bulk has no preferred direction,
    so the student sees the share ``n_seen/D`` of everything in it.

    Parameters
    ----------
    network : LinearNetwork
        The teacher's model, one signal coordinate; ``d_w`` is its width.
    n_seen : int
        Bulk coordinates of the student, from 0 to ``D``; ``d_s = 1 + n_seen``.
    teacher_error : array_like
        ``L`` in [0, 1].
    student_eigenvalue : float, optional
        Bulk eigenvalue of the student's kernel, other than one; by default that of the network.

    Returns
    -------
    StudentView

    Raises
    ------
    ValueError
        If the network has several signal coordinates or a value is out of range.

    Examples
    --------
    >>> view = linear_view(LinearNetwork(4, 6, 0.1), 3, 0.2)
    >>> view.shared.round(12), float(view.discrepancy.round(12))
    (array([0.8, 1.6]), 1.6)
    """
    if network.n_signal != 1:
        raise ValueError(f"n_signal must be 1 here, got {network.n_signal}")
    seen = integer("n_seen", n_seen, low=0)
    part = float(between("n_seen", seen, 0, network.bulk_dim)) / network.bulk_dim
    own = network.bulk_eigenvalue if student_eigenvalue is None else student_eigenvalue
    s = float(above("student_eigenvalue", own, 0.0))
    loss = between("teacher_error", teacher_error, 0.0, 1.0)
    zero = np.zeros_like(loss)
    bulk = loss * (1.0 - loss)
    return StudentView(
        np.array([1.0, s]),
        np.array([1.0, float(seen)]),
        target=np.stack([zero + 1.0, zero], axis=-1),
        cross=np.stack([loss, zero], axis=-1),
        residual=np.stack([loss**2, part * bulk], axis=-1),
        shared=np.stack([1.0 - loss, part * (network.width - 1 + loss)], axis=-1),
        d_weak=network.width,
        rho_strong=zero,
        rho_weak=loss,
        invisible=(1.0 - part) * bulk,
    )


def stopped_risk(
    view: StudentView, filters: Filters, n_labelled: ArrayLike, noise: ArrayLike
) -> Array:
    """Excess risk of the student at the time and sample size of `filters`, on fresh points.

    ``ρ_s + Σ_j [‖r_j‖² + 2h_j⟨c_j, r_j⟩ + v_j‖c_j‖²] + τ² Σ_j d_j(1 − 2h_j + v_j) + ε(c + τ² d_⊥)``
    with ``c_j = f*_j − r_j``, ``d_j = tr(P_jP_w)``, ``d_⊥ = d_w − Σ_j d_j``, the energy ``c`` of
    ``P_w f*`` outside the student's space, and ``τ² = (σ² + ρ_w)/(n − d_w − 1)``.

    Parameters
    ----------
    view : StudentView
        The teacher.
    filters : Filters
        Those of ``view.eigenvalues`` and ``view.dimensions``.
    n_labelled : array_like
        ``n > d_w + 1``, or ``inf``.
    noise : array_like
        ``σ²``.

    Returns
    -------
    array

    Raises
    ------
    ValueError
        If ``n`` is too small or ``σ²`` negative.

    Notes
    -----
    Exact given the filters; the average runs over labels, noise and all inputs.

    Examples
    --------
    >>> view = linear_view(LinearNetwork(4, 6, 0.1), 6, 0.2)
    >>> filters = flow_filters(view.eigenvalues, view.dimensions, np.inf, [0.0, np.inf])
    >>> stopped_risk(view, filters, np.inf, 1.0)
    array([1. , 0.2])
    """
    n = _or_infinite("n_labelled", n_labelled, view.d_weak + 2.0, "d_weak + 2")
    tau2 = (at_least("noise", noise, 0.0) + view.rho_weak) / (n - view.d_weak - 1.0)
    h, v = filters.left, filters.left_squared
    mixed = view.cross - view.residual  # ⟨c_j, r_j⟩
    energy = view.target - 2.0 * view.cross + view.residual
    bias = (view.residual + 2.0 * h * mixed + v * energy).sum(axis=-1)
    spread = (view.shared * (1.0 - 2.0 * h + v)).sum(axis=-1)
    unseen = view.invisible + tau2 * view.discrepancy
    kept = product(filters.noise_kept, unseen)
    return np.asarray(view.rho_strong + bias + tau2 * spread + kept)


def linear_risk(
    network: LinearNetwork,
    n_seen: int,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    times: ArrayLike,
    noise: float,
    *,
    student_eigenvalue: float | None = None,
) -> Array:
    """Excess risk of the student in the linear network, averaged over the teacher's features too.

    The risk is a quadratic polynomial of the error ``L`` of the best weak function, so its mean
    over the features is the mean over the two values ``E L ± sd L``.

    Parameters
    ----------
    network, n_seen, student_eigenvalue
        As in `linear_view`.
    n_labelled, n_unlabelled, times : array_like
        ``n``, ``N`` and ``t``, each up to ``inf``; they broadcast.
    noise : float
        ``σ²``.

    Returns
    -------
    array

    Raises
    ------
    ValueError
        As `linear_view`, `flow_filters` and `stopped_risk`.

    Examples
    --------
    >>> network = LinearNetwork(16, 127, 1 / 32)
    >>> linear_risk(network, 63, 64, [65 + 64, np.inf], np.inf, 1.0).round(3)
    array([0.601, 0.33 ])
    """
    mean, second = _error_moments(network)
    spread = np.sqrt(max(second - mean**2, 0.0))
    low, high = (
        linear_view(network, n_seen, loss, student_eigenvalue=student_eigenvalue)
        for loss in (mean - spread, mean + spread)
    )
    filters = flow_filters(low.eigenvalues, low.dimensions, n_unlabelled, times)
    both = [stopped_risk(view, filters, n_labelled, noise) for view in (low, high)]
    return np.asarray(0.5 * (both[0] + both[1]))


def share_removed(
    network: LinearNetwork,
    n_seen: int,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    times: ArrayLike,
    noise: float,
    *,
    student_eigenvalue: float | None = None,
) -> Array:
    """Share of the teacher's risk that is gone at the best of the times, ``1 − min_t ER(t)/ER_w``.

    The teacher's risk is that of a student that sees everything and never stops on ``N = ∞``.

    Parameters
    ----------
    network, n_seen, n_labelled, n_unlabelled, noise, student_eigenvalue
        As in `linear_risk`.
    times : array_like of shape (t,)
        The times to choose from, ``inf`` among them if one need not stop.

    Returns
    -------
    array
        In the broadcast shape of ``n`` and ``N``.

    Raises
    ------
    ValueError
        As `linear_risk`.

    Examples
    --------
    >>> network = LinearNetwork(16, 127, 1 / 32)
    >>> share_removed(network, 63, 64, [129, np.inf], [np.inf], 1.0).round(3)
    array([0.   , 0.452])
    """
    n, big_n = (np.asarray(x, dtype=float)[..., None] for x in (n_labelled, n_unlabelled))
    risk = linear_risk(
        network, n_seen, n, big_n, times, noise, student_eigenvalue=student_eigenvalue
    )
    teacher = linear_risk(network, network.bulk_dim, n, np.inf, np.inf, noise)
    return np.asarray(1 - risk.min(axis=-1) / teacher[..., 0])


def _spectrum(eigenvalues: ArrayLike, dimensions: ArrayLike) -> tuple[Array, Array]:
    lam = above("eigenvalues", finite("eigenvalues", eigenvalues, ndim=1), 0.0)
    dim = at_least("dimensions", finite("dimensions", dimensions, ndim=1), 0.0)
    if lam.shape != dim.shape:
        raise ValueError(f"dimensions must have {lam.size} entries as eigenvalues, got {dim.size}")
    if np.unique(lam).size != lam.size:
        raise ValueError(f"eigenvalues must be distinct, got {lam.tolist()}")
    if (dim != dim.round()).any() or dim.sum() < 1:
        raise ValueError(f"dimensions must be whole numbers, not all 0, got {dim.tolist()}")
    return lam, dim


def _or_infinite(name: str, value: ArrayLike, low: float, why: str = "") -> Array:
    array = real(name, value).astype(float, copy=False)
    at_least(name, np.where(np.isposinf(array), low, array), low, why)
    return array


def _transforms(lam: Array, dim: Array, size: Array, t: Array) -> tuple[Array, Array, Array]:
    """Equivalents at finite times; all arrays of shape (x,)."""
    zeta, weight = _contour(t)
    kappa = _self_consistent(lam, dim, size, zeta)
    kept = kappa[:, None] / (lam[:, None] + kappa[:, None])  # p_j, shape (x, c, node)
    once = (weight / zeta)[:, None] * kept
    rest = 1.0 - kept
    both = np.zeros((len(t), len(lam)), dtype=complex)
    # Nodes in the upper half plane stand for their conjugates too: pairs of nodes on the same side
    # and on opposite sides are summed, and twice the real part is the whole integral.
    for other, partner in ((rest, once), (rest.conj(), once.conj())):
        coupling = np.einsum("xc,xcm,xcn->xmn", dim / size[:, None], rest, other, optimize=True)
        both += np.einsum("xcm,xmn,xcn->xc", once, 1.0 / (1.0 - coupling), partner, optimize=True)
    fitted = 4.0 * (weight * (kappa - zeta) / zeta**2).sum(axis=-1).real
    # The squared filter (1 − e^{−tζ})² has the time 2t too, which wants a contour of its own.
    zeta, weight = _contour(2.0 * t)
    kappa = _self_consistent(lam, dim, size, zeta)
    fitted -= 2.0 * (weight * (kappa - zeta) / zeta**2).sum(axis=-1).real
    return 2.0 * once.sum(axis=-1).real, 2.0 * both.real, fitted


def _contour(t: Array) -> tuple[Complex, Complex]:
    """Nodes (upper half) and weights of ``(1/2πi) ∫ e^{tζ} F(ζ) dζ`` on the cotangent contour."""
    angle = (2 * np.arange(_NODES // 2) + 1) * np.pi / _NODES
    cot, sin = 1 / np.tan(0.6407 * angle), np.sin(0.6407 * angle)
    point: Complex = _NODES * (0.5017 * angle * cot - 0.6122 + 0.2645j * angle)
    slope = _NODES * (0.5017 * (cot - 0.6407 * angle / sin**2) + 0.2645j)
    weight: Complex = np.exp(point) * slope / (1j * _NODES)
    rate = t[:, None].astype(np.complex128)
    return point / rate, weight / rate


def _self_consistent(lam: Array, dim: Array, size: Array, zeta: Complex) -> Complex:
    """Solve for ``κ(ζ)`` with ``Im ζ > 0``: the only root in the upper half plane."""
    full = np.poly(-lam)
    others = [np.append(np.poly(-np.delete(lam, j)), 0.0) for j in range(len(lam))]
    spread = np.sum((dim * lam)[:, None] * others, axis=0)
    below = np.append(full[1:], 0.0) - spread / size[:, None, None] - zeta[..., None] * full
    # All roots at once by a companion matrix: an iteration would need a good start at every node.
    companion = np.zeros((*zeta.shape, len(lam) + 1, len(lam) + 1), dtype=complex)
    companion[..., 0, :] = -below
    row = np.arange(len(lam))
    companion[..., row + 1, row] = 1.0
    roots = np.linalg.eigvals(companion)
    best = roots.imag.argmax(axis=-1)[..., None]
    return cast(Complex, np.take_along_axis(roots, best, axis=-1)[..., 0])


def _converged(lam: Array, dim: Array, size: float) -> tuple[Array, Array, float]:
    """Equivalents at ``t = ∞``: the least-squares fit of least norm."""

    def excess(log_kappa: float) -> float:
        return float((dim * lam / (lam + np.exp(log_kappa))).sum() - size)

    kappa = 0.0
    if size < dim.sum():
        # In log κ, since κ may lie many orders below the smallest eigenvalue just before N = d_s.
        ends = np.log(lam.min() * 1e-18), np.log(2.0 * (dim * lam).sum())
        kappa = float(np.exp(brentq(excess, *ends, xtol=1e-14)))
    kept = kappa / (lam + kappa)
    gap = 1.0 - float((dim * (1.0 - kept) ** 2).sum()) / size
    return (kept, kept**2 / gap, 1.0 / gap - 1.0) if gap > 0 else (kept, 0.0 * kept, np.inf)
