"""Exact fast samplers of the risks for Gaussian features, at a cost independent of ``n`` and ``N``.

A Gaussian design enters least squares only through the Cholesky factor of its Gram matrix, whose
entries are independent (Bartlett): sample sizes appear as degrees of freedom only. `joint_wishart`
draws all risks; `scalar_law` draws teacher and student from nine scalars a trial, for
axis-aligned pairs. The laws are those of `simulate.least_squares`. The law of a single fit is
known in closed form, `fit_error_cdf`. Derived in this companion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg.lapack import dposv, dtrtrs
from scipy.special import betaincinv, betaln, fdtr

from w2s._checks import Array, at_least, between, generator, integer, told
from w2s.discrepancy.simulate import TeacherStudent, Trials, require_samples
from w2s.discrepancy.subspaces import SubspacePair, as_target

_ALIGNED = 1e-9


def joint_wishart(
    pair: SubspacePair,
    target: ArrayLike | None,
    n_labelled: int,
    n_unlabelled: int,
    noise: float,
    trials: int,
    rng: np.random.Generator,
) -> Trials:
    """Draw the joint law of all risks from two Bartlett factors per trial.

    In canonical coordinates the teacher is one triangular solve and the student another; only SFT
    and ceiling need a small Gram matrix. On the student's sample everything outside the strong
    features enters through a 2 x 2 Wishart matrix.

    Parameters
    ----------
    pair, target, n_labelled, n_unlabelled, noise, trials, rng
        As in `simulate.least_squares`, with ``n >= max(d_w, d_s)`` and ``N >= d_s``.

    Returns
    -------
    Trials
        All risks, trial by trial.

    Raises
    ------
    ValueError
        If samples are too few or a value is out of range.

    Examples
    --------
    >>> from w2s.discrepancy.subspaces import axis_aligned_pair
    >>> pair, rng = axis_aligned_pair(4, 8, 2), np.random.default_rng(0)
    >>> joint_wishart(pair, None, 40, 30, 1.0, 5, rng).ceiling.shape
    (5,)
    """
    n, big_n = integer("n_labelled", n_labelled), integer("n_unlabelled", n_unlabelled)
    generator(rng)
    require_samples(n, big_n, pair.d_strong, pair.d_weak)
    sigma = float(np.sqrt(at_least("noise", noise, 0)))
    frame = _Frame.of(pair, as_target(target, pair.dimension))
    d_s, d_w = pair.d_strong, pair.d_weak
    labelled = _Bartlett(n, len(frame.target))
    unlabelled, outside = _Bartlett(big_n, d_s), _Bartlett(big_n - d_s, 2)
    rows = np.empty((8, integer("trials", trials)))
    for t in range(rows.shape[1]):
        # Labelled sample, weak coordinates leading: Z = Q L', hence Q'y = h and Z'y = L h.
        low = labelled.draw(rng)
        h = low.T @ frame.target + sigma * rng.standard_normal(low.shape[1])
        teacher = _solve_transposed(low[:d_w, :d_w], h[:d_w])
        mixed = frame.strong_rows(low)
        gram, right = mixed @ mixed.T, mixed @ h
        # Unlabelled sample, strong coordinates leading. Outside them two directions count: what
        # the student cannot express of the teacher, and of the target.
        square, root = unlabelled.draw(rng), frame.hidden_root(teacher)
        from_teacher, from_target = root @ rng.standard_normal((2, d_s))
        seen = frame.on_strong(teacher)
        student = seen + _solve_transposed(square, from_teacher)
        own = square.T @ frame.on_s + from_target + sigma * rng.standard_normal(d_s)
        sft = _solve_gram(gram, right)
        ceiling = _solve_gram(gram + square @ square.T, right + square @ own)
        # On the sample, errors split into the part within the strong features and the rest.
        within = _power(square.T @ (seen - frame.on_s) + from_teacher - from_target)
        u, v = root @ outside.draw(rng)
        rows[0, t] = _power(teacher - frame.on_w) + frame.rho_weak
        rows[1:4, t] = [_power(x - frame.on_s) + frame.rho_strong for x in (student, sft, ceiling)]
        rows[4:7, t] = within + _power(u - v), within + _power(v), _power(u)
        rows[7, t] = (student - frame.on_s) @ (sft - frame.on_s) + frame.rho_strong
    rows[4:7] /= big_n
    weak, student_risk, sft_risk, ceiling_risk, *others = rows
    return Trials(weak, student_risk, sft_risk, ceiling_risk, *others)


def scalar_law(
    pair: SubspacePair,
    target: ArrayLike | None,
    n_labelled: int,
    n_unlabelled: int,
    noise: float,
    trials: int,
    rng: np.random.Generator,
) -> TeacherStudent:
    """Draw the joint law of the population risks of teacher and student, for 0/1 cosines.

    With ``b² = (σ²+ρ_w)/χ²(n-d_w+1)``, ``q = |β_{w∖s} + b g|²`` and ``a² = q/χ²(N-d_s+1)``:
    ``ER_w = ρ_w + b²|(x, g)|²`` and ``ER_w2s = ρ_s + |b x + a y|² + |a z - β_{s∖w}|²``, where
    ``x, y`` are standard normal on the shared directions, ``g`` on those of the weak space alone
    and ``z`` on those of the strong space alone. Only norms and one product are drawn.

    Parameters
    ----------
    pair, target, n_labelled, n_unlabelled, noise, trials, rng
        As in `joint_wishart`; every canonical cosine must be 0 or 1.

    Returns
    -------
    TeacherStudent
        Both risks, trial by trial.

    Raises
    ------
    ValueError
        If a cosine is neither 0 nor 1, samples are too few, or a value is out of range.

    Examples
    --------
    >>> from w2s.discrepancy.subspaces import axis_aligned_pair
    >>> pair, rng = axis_aligned_pair(4, 8, 2), np.random.default_rng(0)
    >>> round(float(scalar_law(pair, None, 40, 30, 1.0, 100_000, rng).teacher.mean()), 2)
    0.26
    """
    n, big_n = integer("n_labelled", n_labelled), integer("n_unlabelled", n_unlabelled)
    generator(rng)
    at_least("n_labelled", n, pair.d_weak, "d_weak")
    at_least("n_unlabelled", big_n, pair.d_strong, "d_strong")
    size = integer("trials", trials)
    frame = _Frame.of(pair, as_target(target, pair.dimension))
    shared = frame.cos > 0.5
    if np.abs(frame.cos - shared).max() > _ALIGNED:
        off = frame.cos[np.argmax(np.abs(frame.cos - shared))]
        raise ValueError(f"every canonical cosine must be 0 or 1, got {told(1, off)[1]}")
    k = int(shared.sum())
    weak_only, strong_only = frame.on_w.copy(), frame.on_s.copy()
    weak_only[: len(shared)][shared] = strong_only[: len(shared)][shared] = 0

    energy = float(at_least("noise", noise, 0)) + frame.rho_weak
    b = np.sqrt(energy / rng.chisquare(n - pair.d_weak + 1, size))
    x2 = _chi2(rng, k, size)
    g, g2 = _first_and_rest(rng, pair.d_weak - k, size)
    weak = frame.rho_weak + b**2 * (x2 + g**2 + g2)

    q = (np.sqrt(_power(weak_only)) + b * g) ** 2 + b**2 * g2
    a = np.sqrt(q / rng.chisquare(big_n - pair.d_strong + 1, size))
    along, across = _first_and_rest(rng, k, size)
    z, z2 = _first_and_rest(rng, pair.d_strong - k, size)
    on_shared = (b * np.sqrt(x2) + a * along) ** 2 + a**2 * across
    alone = (a * z - np.sqrt(_power(strong_only))) ** 2 + a**2 * z2
    return TeacherStudent(weak, frame.rho_strong + on_shared + alone)


def fit_error_cdf(error: ArrayLike, dimension: int, n_samples: ArrayLike) -> Array:
    """Distribution function of the squared error of a fit in its coefficients, for unit noise.

    For `dimension` features and noise ``z`` of variance 1, ``|Ψ⁺z|² = χ²_k/χ²_l`` in law, with
    independent ``χ²``, ``k = min(m, d)`` and ``l = |m-d|+1``. So ``(ER - ρ)/(σ²+ρ)`` of a single
    model with ``m >= d`` has this law.

    Parameters
    ----------
    error : array_like
        Values at which the law is evaluated.
    dimension : int
        ``d``.
    n_samples : array_like
        ``m``; it broadcasts with `error`.

    Returns
    -------
    array
        Probabilities of a smaller error.

    Raises
    ------
    ValueError
        If a size is below 1 or an error is not finite.

    Notes
    -----
    Derived in this companion. The tail is a power of exponent ``l/2``: the mean is infinite exactly
    for ``|m-d| <= 1``, the variance exactly for ``|m-d| <= 3``.

    Examples
    --------
    >>> float(fit_error_cdf(1.0, 1, 1).round(12))
    0.5
    """
    value = np.maximum(at_least("error", error, -np.inf), 0.0)
    top, bottom = _degrees(dimension, n_samples)
    return np.asarray(fdtr(top, bottom, value * bottom / top))


def fit_error_quantile(level: ArrayLike, dimension: int, n_samples: ArrayLike) -> Array:
    """Quantiles of the law of `fit_error_cdf`; its median is finite at the edges ``m = d`` too.

    Parameters
    ----------
    level : array_like
        Probabilities in [0, 1].
    dimension, n_samples
        As in `fit_error_cdf`.

    Returns
    -------
    array
        The quantiles; ``inf`` at level 1.

    Raises
    ------
    ValueError
        If a level is outside [0, 1] or a size below 1.

    Examples
    --------
    >>> fit_error_quantile([0.5, 0.9], 20, 20).round(2)
    array([  42.38, 1234.81])
    """
    top, bottom = _degrees(dimension, n_samples)
    a, b, p = np.broadcast_arrays(top / 2, bottom / 2, between("level", level, 0, 1))
    with np.errstate(divide="ignore"):
        tail = np.exp((np.log(p) + np.log(a) + betaln(a, b)) / a)  # leading power of a tiny level
        share = np.where(p < 1e-100, np.minimum(tail, 1.0), betaincinv(a, b, p))
        return np.asarray(share / (1 - share))


def _degrees(dimension: int, n_samples: ArrayLike) -> tuple[Array, Array]:
    d, m = integer("dimension", dimension), at_least("n_samples", n_samples, 1)
    return np.minimum(m, d), np.abs(m - d) + 1


@dataclass(frozen=True)
class _Frame:
    """Canonical coordinates of a pair: strong and weak directions matched by their cosines.

    `target` lists the target on the weak directions, on what each strong direction adds to its
    weak partner (`apart`: which do), and on the rest, which one coordinate carries.
    """

    cos: Array
    sin: Array
    apart: NDArray[np.intp]
    on_s: Array
    on_w: Array
    target: Array
    rho_strong: float
    rho_weak: float
    _hidden: Array

    @classmethod
    def of(cls, pair: SubspacePair, beta: Array) -> _Frame:
        left, cosines, right = np.linalg.svd(pair.cross)
        strong, weak = pair.strong @ left, pair.weak @ right.T
        added = strong.copy()
        added[:, : len(cosines)] -= weak[:, : len(cosines)] * cosines
        sin = np.linalg.norm(added, axis=0)
        apart = np.flatnonzero(sin > _ALIGNED)
        on_s, on_w = strong.T @ beta, weak.T @ beta
        on_added = added[:, apart].T @ beta / sin[apart]
        off_weak, off_strong = beta - weak @ on_w, beta - strong @ on_s
        rest = off_weak - added[:, apart] @ (on_added / sin[apart])
        return cls(
            cos=cosines,
            sin=sin,
            apart=apart,
            on_s=on_s,
            on_w=on_w,
            target=np.concatenate([on_w, on_added, [np.sqrt(_power(rest))]]),
            rho_strong=_power(off_strong),
            rho_weak=_power(off_weak),
            _hidden=weak.T @ off_strong,
        )

    def strong_rows(self, low: Array) -> Array:
        """Rows of the Bartlett factor along the strong canonical directions."""
        rows = np.zeros((len(self.on_s), low.shape[1]))
        rows[: len(self.cos)] = self.cos[:, None] * low[: len(self.cos)]
        start = len(self.on_w)
        added = low[start : start + len(self.apart)]
        rows[self.apart] += self.sin[self.apart, None] * added
        return rows

    def on_strong(self, teacher: Array) -> Array:
        """Coefficients of a weak function on the strong features, ``Cθ``."""
        seen = np.zeros(len(self.on_s))
        seen[: len(self.cos)] = self.cos * teacher[: len(self.cos)]
        return seen

    def hidden_root(self, teacher: Array) -> Array:
        """Lower root of the Gram matrix of teacher and target outside the strong space."""
        paired = len(self.cos)
        uu = _power(self.sin[:paired] * teacher[:paired]) + _power(teacher[paired:])
        first = np.sqrt(uu)
        second = float(self._hidden @ teacher) / first if uu > 0 else 0.0
        left = np.sqrt(max(self.rho_strong - second**2, 0.0))
        return np.array([[first, 0.0], [second, left]])


class _Bartlett:
    """Lower factor ``L`` with ``LLᵀ`` Wishart: ``size`` rows, at most `degrees` columns.

    Draws share one buffer.
    """

    def __init__(self, degrees: int, size: int) -> None:
        self._low = np.zeros((size, min(size, degrees)))
        rows, columns = np.tril_indices(size, -1, min(size, degrees))
        self._below = rows * self._low.shape[1] + columns
        self._degrees = degrees - np.arange(self._low.shape[1])

    def draw(self, rng: np.random.Generator) -> Array:
        self._low.ravel()[self._below] = rng.standard_normal(len(self._below))
        np.fill_diagonal(self._low, np.sqrt(rng.chisquare(self._degrees)))
        return self._low


def _solve_transposed(lower: Array, right: Array) -> Array:
    """Solve ``Lᵀ x = right``."""
    solution, info = dtrtrs(lower.T, right, lower=0)
    if info:
        raise np.linalg.LinAlgError("singular Bartlett factor")
    return np.asarray(solution)


def _solve_gram(gram: Array, right: Array) -> Array:
    _, solution, info = dposv(gram, right)
    if info:
        raise np.linalg.LinAlgError("singular Gram matrix")
    return np.asarray(solution)


def _power(vector: Array) -> float:
    return float(vector @ vector)


def _chi2(rng: np.random.Generator, degrees: int, size: int) -> Array:
    return rng.chisquare(degrees, size) if degrees else np.zeros(size)


def _first_and_rest(rng: np.random.Generator, dimension: int, size: int) -> tuple[Array, Array]:
    """One coordinate of a standard normal vector, and the squared norm of the others."""
    if not dimension:
        return np.zeros(size), np.zeros(size)
    return rng.standard_normal(size), _chi2(rng, dimension - 1, size)
