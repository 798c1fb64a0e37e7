"""Single-pass SGD in a basis that teacher and student share: exact mean risks, no sampling.

Features ``φ = diag(λ)^{1/2} Φ`` of ``Φ ~ N(0, I)``, labels ``y = <w, Φ> + ε``. SGD from zero at the
step ``γ_t`` moves the learned function ``<v, Φ>`` by ``v ← v + γ_t λ∘Φ (y - <v, Φ>)``. Risks are
half the mean squared error, ``R = ½ E|v - w|²``. Derived in this companion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above, at_least, finite, integer, told


@dataclass(frozen=True, eq=False)
class SgdTeacher:
    """What a student needs to know of a teacher that SGD has trained.

    Attributes
    ----------
    target : array of shape (D,)
        ``w``.
    mean : array of shape (D,)
        ``E v``.
    excess : array of shape (D,)
        ``E (v - w)²``.

    Examples
    --------
    >>> teacher = SgdTeacher(np.array([2.0]), np.array([1.0]), np.array([1.5]))
    >>> float(teacher.risk), float(teacher.second[0])
    (0.75, 1.5)
    """

    target: Array
    mean: Array
    excess: Array

    @property
    def risk(self) -> Array:
        """Mean risk, ``½ Σ_i E (v_i - w_i)²``."""
        return np.asarray(self.excess.sum() / 2)

    @property
    def second(self) -> Array:
        """``E v²``."""
        return self.excess + self.target * (2 * self.mean - self.target)


def step_decay(samples: int) -> Array:
    """Return the steps ``γ_t/γ_0 = 2^{-⌊t/K⌋}`` of a pass, ``K = N/log₂N``, ``t = 1, …, N``.

    Parameters
    ----------
    samples : int
        ``N``, at least 2; ``K`` need not be whole.

    Returns
    -------
    array of shape (N,)

    Raises
    ------
    ValueError
        If ``N < 2``.

    References
    ----------
    Source: Wu, Zhang, Zhang, Fang 2026 (arXiv:2606.01292).

    Examples
    --------
    >>> step_decay(4)
    array([1.  , 0.5 , 0.5 , 0.25])
    """
    return np.concatenate([np.full(count, scale) for scale, count in _blocks(samples)])


def stability(eigenvalues: ArrayLike, step: float) -> Array:
    """Load ``Σ_i γλ_i / (2(1 - γλ_i))`` of a step; SGD at this step for ever converges iff < 1.

    Parameters
    ----------
    eigenvalues : array_like of shape (D,)
        ``λ >= 0``.
    step : float
        ``γ > 0``.

    Returns
    -------
    array
        The load; infinite where some ``γλ_i >= 1``.

    Raises
    ------
    ValueError
        If an eigenvalue is negative or the step not positive.

    Notes
    -----
    The recursion of second moments has a stationary point ``m_i = γλ_i S/(2(1 - γλ_i))`` with
    ``S = Σ m_i`` exactly where the load is one.

    Examples
    --------
    >>> float(stability([1.0], 0.5)), float(stability([1.0, 0.5], 0.7)) > 1
    (0.5, True)
    """
    rate = _eigenvalues(eigenvalues) * above("step", finite("step", step, ndim=0), 0)
    if (rate >= 1).any():
        return np.asarray(np.inf)
    return np.asarray((rate / (1 - rate)).sum() / 2)


def contraction(eigenvalues: ArrayLike, step: float) -> float:
    """Largest factor by which one step multiplies the student's second moments.

    The Perron root of ``diag((1-γλ)²) + γ² diag(λ²)(I + 11ᵀ)``, which is similar to the symmetric
    ``diag((1-γλ)² + γ²λ²) + γ²λλᵀ``.

    Parameters
    ----------
    eigenvalues : array_like of shape (D,)
        ``λ > 0``.
    step : float
        ``γ > 0``.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If an eigenvalue or the step is not positive.

    Examples
    --------
    >>> round(contraction([1.0], 0.1), 12)
    0.83
    """
    rate = above("eigenvalues", _eigenvalues(eigenvalues), 0) * above("step", step, 0)
    matrix = np.diag((1 - rate) ** 2 + rate**2) + np.outer(rate, rate)
    return float(np.linalg.eigvalsh(matrix)[-1])


def sgd_teacher(
    eigenvalues: ArrayLike, target: ArrayLike, noise: float, samples: int, step: float
) -> SgdTeacher:
    """Exact law of a teacher after one pass over `samples` labels with `step_decay`.

    With ``m_i = E(v_i - w_i)²``, from ``w_i²``, and ``S = Σ_j m_j``,
    ``m_i ← m_i(1 - 2γλ_i + 2γ²λ_i²) + γ²λ_i²(S + σ²)``, because
    ``E Φ_i²<Φ, η>² = |η|² + 2η_i²``; ``E v_i = w_i (1 - Π_t(1 - γ_tλ_i))``.

    Parameters
    ----------
    eigenvalues : array_like of shape (D,)
        ``λ >= 0``; zero hides a coordinate from the teacher.
    target : array_like of shape (D,)
        ``w``.
    noise : float
        ``σ²``.
    samples : int
        ``N >= 2``.
    step : float
        First step ``γ_0``, of a `stability` below one.

    Returns
    -------
    SgdTeacher

    Raises
    ------
    ValueError
        If an eigenvalue or the noise is negative, the lengths differ, ``N < 2``, or the step is
        not positive or unstable.

    Examples
    --------
    >>> round(float(sgd_teacher([1.0], [1.0], 0.01, 16, 0.05).risk), 6)
    0.262657
    """
    w = finite("target", target, ndim=1)
    rate = _rate(eigenvalues, step, w.size)
    s2 = float(at_least("noise", finite("noise", noise, ndim=0), 0))
    excess = _second_moments(w**2, rate, samples, s2)
    return SgdTeacher(w, w * (1 - _left(rate, samples)), excess)


def sgd_student_risk(
    teacher: SgdTeacher, eigenvalues: ArrayLike, samples: int, step: float
) -> Array:
    """Exact mean risk of a student after one pass over fresh inputs that the teacher labels.

    The teacher's risk plus `sgd_student_change`.

    Parameters
    ----------
    teacher, eigenvalues, samples, step
        As in `sgd_student_change`.

    Returns
    -------
    array
        The risk.

    Raises
    ------
    ValueError
        As `sgd_teacher`.

    Examples
    --------
    >>> teacher = sgd_teacher([1.0], [1.0], 0.01, 16, 0.05)
    >>> round(float(sgd_student_risk(teacher, [1.0], 64, 0.05)), 4)
    0.3366
    """
    return teacher.risk + sgd_student_change(teacher, eigenvalues, samples, step)


def sgd_student_change(
    teacher: SgdTeacher, eigenvalues: ArrayLike, samples: int, step: float
) -> Array:
    """Exact mean risk of a student, less its teacher's; the sign is not lost in rounding.

    After one pass over fresh inputs that the teacher labels. Given the teacher, the student's
    distance to it follows the teacher's recursion without noise: ``s_i`` from ``E v_i²``. With
    ``g_i = Π_t(1 - γ_tλ_i)`` the change is ``½ Σ_i [s_i - 2 g_i (E v_i² - w_i E v_i)]``.

    Parameters
    ----------
    teacher : SgdTeacher
        Of `sgd_teacher`.
    eigenvalues : array_like of shape (D,)
        The student's.
    samples : int
        ``n >= 2``.
    step : float
        The student's first step, of a `stability` below one.

    Returns
    -------
    array
        ``R_T2S - R_T``.

    Raises
    ------
    ValueError
        As `sgd_teacher`.

    Examples
    --------
    >>> teacher = sgd_teacher([1.0], [1.0], 0.01, 16, 0.05)
    >>> bool(sgd_student_change(teacher, [1.0], 100_000, 0.05) > 0)
    True
    """
    rate = _rate(eigenvalues, step, teacher.target.size)
    apart = _second_moments(teacher.second, rate, samples, 0.0)
    beside = _left(rate, samples) * (teacher.second - teacher.target * teacher.mean)
    return np.asarray(apart.sum() / 2 - beside.sum())


def flow_student_risk(teacher: SgdTeacher, eigenvalues: ArrayLike, times: ArrayLike) -> Array:
    """Exact mean risk of a student by gradient flow on endless inputs, at all times.

    ``½ Σ_i [w_i² - 2 f_i w_i E v_i + f_i² E v_i²]`` with ``f_i = 1 - e^{-tλ_i}``: SGD with small
    steps and many inputs.

    Parameters
    ----------
    teacher : SgdTeacher
        Of `sgd_teacher`.
    eigenvalues : array_like of shape (D,)
        The student's.
    times : array_like of shape (T,)
        ``t >= 0``.

    Returns
    -------
    array of shape (T,)

    Raises
    ------
    ValueError
        If a time or an eigenvalue is negative or the lengths differ.

    Examples
    --------
    >>> teacher = SgdTeacher(np.array([2.0]), np.array([1.0]), np.array([1.5]))
    >>> flow_student_risk(teacher, [1.0], [0.0, 100.0])
    array([2.  , 0.75])
    """
    values = _eigenvalues(eigenvalues, teacher.target.size)
    f = -np.expm1(-at_least("times", finite("times", times, ndim=1), 0)[:, None] * values)
    w, mean = teacher.target, teacher.mean
    return np.asarray((w @ w - 2 * f @ (w * mean) + f**2 @ teacher.second) / 2)


def parabola_minimum(x: ArrayLike, y: ArrayLike) -> tuple[float, float]:
    """Minimum of a curve on a grid, refined by a parabola through three log-log points.

    Parameters
    ----------
    x, y : array_like of shape (k,)
        Positive, `x` increasing; at least three points, the lowest not at an end.

    Returns
    -------
    place, value : float
        Vertex of the parabola through the lowest point and its neighbours.

    Raises
    ------
    ValueError
        If there are fewer than three points, an entry is not positive, or the lowest point is the
        first or the last.

    Examples
    --------
    >>> place, value = parabola_minimum([1.0, 2.0, 8.0], np.exp((np.log([1, 2, 8]) - 1) ** 2))
    >>> round(place, 6), round(value, 6)
    (2.718282, 1.0)
    """
    u, v = (np.log(above(name, finite(name, a, ndim=1), 0)) for name, a in (("x", x), ("y", y)))
    lowest = int(v.argmin())
    if u.size != v.size or not 0 < lowest < v.size - 1:
        raise ValueError(f"the lowest point must have two neighbours, got {lowest} of {v.size}")
    near = slice(lowest - 1, lowest + 2)
    a, b, c = np.polyfit(u[near] - u[lowest], v[near], 2)
    return float(np.exp(u[lowest] - b / (2 * a))), float(np.exp(c - b**2 / (4 * a)))


def _eigenvalues(eigenvalues: ArrayLike, size: int | None = None) -> Array:
    values = at_least("eigenvalues", finite("eigenvalues", eigenvalues, ndim=1), 0)
    if size is not None and values.size != size:
        raise ValueError(f"eigenvalues must have one entry a coordinate, {size}, got {values.size}")
    return values


def _rate(eigenvalues: ArrayLike, step: float, size: int) -> Array:
    """``γ_0 λ``, checked."""
    values = _eigenvalues(eigenvalues, size)
    load = float(stability(values, step))
    if load >= 1:
        bound, got = told(1, load)
        raise ValueError(
            f"step must keep the sum of γλ/(2(1-γλ)) below {bound}, got {got} at step = {step:g}"
        )
    return values * step


def _blocks(samples: int) -> list[tuple[float, int]]:
    """Relative steps, and for how long each is used."""
    n = integer("samples", samples, low=2)
    halvings = np.floor(np.arange(1, n + 1) * (np.log2(n) / n)).astype(int)
    return [(0.5**k, int(count)) for k, count in enumerate(np.bincount(halvings)) if count]


def _left(rate: Array, samples: int) -> Array:
    """``Π_t (1 - γ_tλ_i)``: what is left of a mean distance."""
    logs = [count * np.log1p(-scale * rate) for scale, count in _blocks(samples)]
    return np.asarray(np.exp(np.sum(logs, axis=0)))


def _second_moments(start: Array, rate: Array, samples: int, noise: float) -> Array:
    """Second moments of the distance to the labels' mean, after one pass."""
    m = start.copy()
    for scale, count in _blocks(samples):
        gain = (scale * rate) ** 2
        keep = 1 - 2 * scale * rate + 2 * gain
        for _ in range(count):
            total = m.sum() + noise
            m *= keep
            m += gain * total
    return m
