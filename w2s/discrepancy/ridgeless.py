"""Exact expected risks of ridgeless weak-to-strong learning with Gaussian features.

Four models: the weak teacher (``n`` labelled samples), the student (``N`` pseudo-labelled samples),
the strong SFT baseline (the teacher's ``n`` labels) and the strong ceiling (``n+N`` true labels).
Sample sizes and the noise variance ``σ²`` broadcast. An infinite expectation is ``inf``, as at the
edges ``m ∈ {d-1, d, d+1}``; fewer samples raise (see `w2s.discrepancy.overparametrised` for those).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s._checks import Array, above, at_least, integer, one_of, told
from w2s.discrepancy.subspaces import Geometry

Evaluation = Literal["population", "in_sample"]
EVALUATIONS = ("population", "in_sample")


@dataclass(frozen=True)
class Risks:
    """Expected excess risks of the four models, of one common shape.

    Parameters
    ----------
    teacher, student, sft, ceiling : array
        Excess risks.

    Examples
    --------
    >>> float(Risks(*map(np.asarray, (4.0, 2.0, 3.0, 1.0))).opr)
    1.5
    """

    teacher: Array
    student: Array
    sft: Array
    ceiling: Array

    @classmethod
    def common(cls, *arrays: ArrayLike) -> Risks:
        """Broadcast teacher, student, sft and ceiling to one shape."""
        return cls(*(np.array(x, dtype=float) for x in np.broadcast_arrays(*arrays)))

    @property
    def pgr(self) -> Array:
        """Performance gap recovered, ``(ER_w - ER_w2s)/(ER_w - ER_c)``, of expectations.

        It is ``nan`` where the ceiling is not clearly below the teacher (by more than rounding) or
        the gap is infinite: the ratio then has no meaning. A student of infinite risk has ``-inf``.
        """
        with np.errstate(invalid="ignore"):
            gap = np.asarray(self.teacher - self.ceiling)
            clear = np.isfinite(gap) & (gap > 1e-9 * np.abs(self.teacher))
            return _ratio(self.teacher - self.student, gap, clear)

    @property
    def opr(self) -> Array:
        """Outperforming ratio, ``ER_s/ER_w2s``, of expectations.

        It is ``nan`` unless the student's risk is finite and positive, ``inf`` where only the
        baseline's is infinite.
        """
        return _ratio(self.sft, self.student, np.isfinite(self.student) & (self.student > 0))


def single_risk(
    dimension: int,
    n_samples: ArrayLike,
    noise: ArrayLike,
    rho: ArrayLike = 0.0,
    *,
    evaluation: Evaluation = "population",
) -> Array:
    """Excess risk of least squares with `dimension` features on `n_samples` noisy labels.

    Fresh points: ``ρ + (σ²+ρ) d/(m-d-1)``. Own training inputs: ``ρ(1-d/m) + σ² d/m`` (for
    ``m < d`` the labels are interpolated: ``σ²``).

    Parameters
    ----------
    dimension : int
        Number of features ``d``.
    n_samples : array_like
        Training size ``m``.
    noise : array_like
        Label-noise variance ``σ²``.
    rho : array_like
        Approximation error ``ρ``. With ``rho=0`` the result is the variance, with ``noise=0`` the
        bias.
    evaluation : {"population", "in_sample"}
        Fresh points, or the model's own training inputs.

    Returns
    -------
    array
        Expected excess risk.

    Raises
    ------
    ValueError
        If ``m < d-1`` for fresh points, or a value is negative.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> float(single_risk(8, 60, 1.0).round(5))
    0.15686
    """
    d, m = integer("dimension", dimension), at_least("n_samples", n_samples, 1)
    s2, error = at_least("noise", noise, 0), at_least("rho", rho, 0)
    if one_of("evaluation", evaluation, EVALUATIONS) == "population":
        return error + product(d * inverse_excess(m, d, "n_samples", "d"), s2 + error)
    k = np.minimum(d / m, 1.0)
    return np.asarray(error * (1 - k) + s2 * k)


def student_variance(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation = "population",
) -> Array:
    """Variance of the student, from the label noise of its teacher.

    ``σ²/(n-d_w-1) · (d_{s∧w} + κ (d_w - d_{s∧w}))`` with ``κ = d_s/N`` on the student's own
    unlabelled sample and ``κ = d_s/(N-d_s-1)`` for a fresh point.

    Parameters
    ----------
    geometry : Geometry
        The two feature spaces.
    n_labelled, n_unlabelled, noise : array_like
        ``n``, ``N`` and ``σ²``.
    evaluation : {"population", "in_sample"}
        Fresh points, or the student's unlabelled sample.

    Returns
    -------
    array
        The variance.

    Raises
    ------
    ValueError
        If ``n < d_w-1``, or ``N < d_s-1`` for fresh points, or a value is negative.

    Notes
    -----
    In-sample: the main variance theorem of Dong et al. 2025. Population: derived here.

    Examples
    --------
    >>> g = Geometry(100, 200, overlap=10)
    >>> f"{student_variance(g, 2000, 4000, 0.01, evaluation='in_sample'):.7e}"
    '8.1989994e-05'
    """
    tau2 = teacher_spread(geometry, n_labelled, at_least("noise", noise, 0))
    return product(tau2, student_dimension(geometry, n_unlabelled, evaluation=evaluation))


def student_bias(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    *,
    evaluation: Evaluation = "population",
) -> Array:
    """Excess risk of the student without label noise.

    Fresh points: ``ρ_s + a + κ_N c + ρ_w D(κ_N)/(n-d_w-1)``.
    On its sample: ``ρ_s(1-k_N) + a + k_N b + ρ_w D(k_N)/(n-d_w-1)``.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, evaluation
        As in `student_variance`.

    Returns
    -------
    array
        The bias.

    Raises
    ------
    ValueError
        As `student_variance`.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> g = Geometry(10, 20, overlap=5, removed=0.1, invisible=0.1)
    >>> float(student_bias(g, 40, 31).round(6))
    0.115789
    """
    g, k = geometry, student_rate(geometry, n_unlabelled, evaluation=evaluation)
    if evaluation == "population":
        fixed = g.rho_strong + g.inherited + product(k, g.invisible)
    else:
        fixed = g.rho_strong * (1 - k) + g.inherited + k * g.removed
    spread = teacher_spread(g, n_labelled, g.rho_weak)
    return fixed + product(spread, student_dimension(g, n_unlabelled, evaluation=evaluation))


def student_risk(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation = "population",
) -> Array:
    """Excess risk of the student: `student_variance` plus `student_bias`.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise, evaluation
        As in `student_variance`.

    Returns
    -------
    array
        The expected excess risk.

    Raises
    ------
    ValueError
        As `student_variance`.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> float(student_risk(Geometry(8, 16, overlap=4), 60, 30, 1.0).round(5))
    0.19934
    """
    variance = student_variance(geometry, n_labelled, n_unlabelled, noise, evaluation=evaluation)
    return variance + student_bias(geometry, n_labelled, n_unlabelled, evaluation=evaluation)


def risks(
    geometry: Geometry,
    n_labelled: ArrayLike,
    n_unlabelled: ArrayLike,
    noise: ArrayLike,
    *,
    evaluation: Evaluation = "population",
) -> Risks:
    """Excess risks of all four models on fresh points, or on the student's unlabelled sample.

    On the unlabelled sample the teacher and the SFT baseline meet fresh points; the student and
    the ceiling meet inputs of their own.

    Parameters
    ----------
    geometry, n_labelled, n_unlabelled, noise, evaluation
        As in `student_variance`.

    Returns
    -------
    Risks
        Four arrays of the common broadcast shape.

    Raises
    ------
    ValueError
        As `student_variance`, and if ``n < d_s-1``.

    Notes
    -----
    Derived in this companion.

    Examples
    --------
    >>> r = risks(Geometry(100, 200, overlap=10), 2000, 4000, 0.01)
    >>> float(r.pgr.round(4)), float(r.opr.round(4))
    (1.0922, 6.3695)
    """
    g, n, big_n = geometry, at_least("n_labelled", n_labelled, 1), n_unlabelled
    total = n + at_least("n_unlabelled", big_n, 1)
    return Risks.common(
        single_risk(g.d_weak, n, noise, g.rho_weak),
        student_risk(g, n, big_n, noise, evaluation=evaluation),
        single_risk(g.d_strong, n, noise, g.rho_strong),
        single_risk(g.d_strong, total, noise, g.rho_strong, evaluation=evaluation),
    )


def student_rate(
    geometry: Geometry, n_unlabelled: ArrayLike, *, evaluation: Evaluation = "population"
) -> Array:
    """Share of a discrepant error that the student keeps.

    ``κ_N = d_s/(N-d_s-1)`` for a fresh point, ``k_N = min(d_s/N, 1)`` on its own sample. Arguments
    and errors as in `student_variance`.

    Examples
    --------
    >>> float(student_rate(Geometry(100, 200, overlap=10), 301))
    0.5
    """
    d_s, big_n = geometry.d_strong, at_least("n_unlabelled", n_unlabelled, 1)
    if one_of("evaluation", evaluation, EVALUATIONS) == "population":
        return np.asarray(d_s * inverse_excess(big_n, d_s, "n_unlabelled", "d_strong"))
    return np.asarray(np.minimum(d_s / big_n, 1.0))


def student_dimension(
    geometry: Geometry, n_unlabelled: ArrayLike, *, evaluation: Evaluation = "population"
) -> Array:
    """Effective dimension of the student's variance, ``D(κ) = d_{s∧w} + κ (d_w - d_{s∧w})``.

    ``κ`` is the `student_rate`. Arguments and errors as in `student_variance`.

    Examples
    --------
    >>> float(student_dimension(Geometry(100, 200, overlap=10), 301))
    105.0
    """
    rate = student_rate(geometry, n_unlabelled, evaluation=evaluation)
    return np.asarray(geometry.overlap + product(rate, geometry.discrepancy))


def teacher_spread(geometry: Geometry, n_labelled: ArrayLike, energy: ArrayLike) -> Array:
    """Variance of each teacher coefficient, ``energy/(n-d_w-1)``.

    `energy` is ``σ²``, ``ρ_w`` or their sum: what the teacher regresses on without explaining it.
    Arguments and errors as in `student_variance`.

    Examples
    --------
    >>> float(teacher_spread(Geometry(100, 200, overlap=10), 251, 1.0))
    0.02
    """
    n = at_least("n_labelled", n_labelled, 1)
    rate = inverse_excess(n, geometry.d_weak, "n_labelled", "d_weak")
    return product(rate, at_least("energy", energy, 0))


def require_finite(geometry: Geometry, n_labelled: ArrayLike, n_unlabelled: ArrayLike) -> None:
    """Refuse sizes at which the student's expected risk is infinite or has another formula.

    Examples
    --------
    >>> require_finite(Geometry(100, 200, overlap=10), 202, 102)
    """
    above("n_labelled", n_labelled, geometry.d_weak + 1, "d_weak + 1")
    above("n_unlabelled", n_unlabelled, geometry.d_strong + 1, "d_strong + 1")


def inverse_excess(samples: Array, dimension: int, name: str, dimension_name: str) -> Array:
    """Mean of an inverse Wishart matrix, ``1/(m-d-1)``; ``inf`` on ``d-1 <= m <= d+1``.

    Fewer samples are a `ValueError` in the caller's names.

    Examples
    --------
    >>> inverse_excess(np.array([6.0, 8.0]), 5, "n_labelled", "d_weak")
    array([inf, 0.5])
    """
    if (samples < dimension - 1).any():
        edge, got = told(dimension + 1, samples.min())
        raise ValueError(
            f"{name} must exceed {dimension_name} + 1 = {edge}, got {got} "
            "(infinite down to two below that; for fewer samples see overparametrised)"
        )
    excess = samples - dimension - 1
    rate: Array = np.divide(1.0, excess, out=np.full(excess.shape, np.inf), where=excess > 0)
    return rate


def product(rate: ArrayLike, amount: ArrayLike) -> Array:
    """Product ``rate · amount`` with ``∞ · 0 = 0``: an infinite rate of nothing is nothing.

    Examples
    --------
    >>> product([np.inf, 2.0], [0.0, 3.0])
    array([0., 6.])
    """
    x, y = np.broadcast_arrays(rate, amount)
    something = (x != 0) & (y != 0)
    found: Array = np.multiply(x, y, out=np.zeros(x.shape), where=something, dtype=float)
    return found


def _ratio(above: Array, below: Array, defined: NDArray[np.bool_]) -> Array:
    ratio: Array = np.divide(above, below, out=np.full(below.shape, np.nan), where=defined)
    return ratio
