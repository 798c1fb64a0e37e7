"""Students of a teacher on a power-law spectrum: stopped, ridge, on finitely many pseudo-labels.

A student is a filter: in mode ``k`` it passes the share ``t_k`` of what its teacher says. Gradient
flow and ridge regression have ``0 ≤ t_k ≤ 1``; the oracle that knows the target may amplify.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above, at_least, finite
from w2s.neighbours.power_law import Teacher, effective_ridge
from w2s.random_features.gradient_flow import BestStop, best_stop


def filtered_error(teacher: Teacher, passed: ArrayLike, stopped: ArrayLike) -> Array:
    """Error of a student that passes a share of its teacher's coefficient in every mode.

    ``Σ_k [(1 − t_k s_k)² b_k² + t_k² V_k]``, where ``1 − t_k s_k = (1 − t_k) + t_k (1 − s_k)``

    Parameters
    ----------
    teacher : Teacher
        Of whose predictions the student sees infinitely many.
    passed, stopped : array_like, shape (..., K)
        ``t_k`` and ``1 − t_k``, both, since neither can be had from the other without loss.

    Returns
    -------
    array, shape (...)

    Raises
    ------
    ValueError
        If an entry is not finite.

    Examples
    --------
    >>> from w2s.neighbours.power_law import power_spectrum, projection_teacher
    >>> teacher = projection_teacher(power_spectrum(2.0, 1.5, 500), 10)
    >>> print(f"{filtered_error(teacher, 0.0, 1.0):.6f}")  # the student that learned nothing
    1.000000
    """
    t, rest = finite("passed", passed), finite("stopped", stopped)
    task = teacher.spectrum
    bias = (rest + t * teacher.missing) ** 2 * task.energies
    return np.asarray((bias + t**2 * teacher.variance) @ task.count)


def flow_path(teacher: Teacher, times: ArrayLike) -> Array:
    """Error of the infinitely wide student under gradient flow: ``1 − t_k = e^{−tλ_k}``.

    Parameters
    ----------
    teacher : Teacher
        The labels.
    times : array_like, shape (...)
        Training times ``t ≥ 0``.

    Returns
    -------
    array, shape (...)

    Raises
    ------
    ValueError
        If a time is negative.

    Examples
    --------
    >>> from w2s.neighbours.power_law import power_spectrum, projection_teacher
    >>> teacher = projection_teacher(power_spectrum(1.5, 3.0, 1500), 40)
    >>> flow_path(teacher, [0.0, 10.0]).round(4)
    array([1.    , 0.0027])
    """
    rates = at_least("times", times, 0.0)[..., None] * teacher.spectrum.eigenvalues
    return filtered_error(teacher, -np.expm1(-rates), np.exp(-rates))


def ridge_path(teacher: Teacher, levels: ArrayLike) -> Array:
    """Error of the ridge student of infinitely many pseudo-labels: ``t_k = λ_k/(λ_k + ε)``.

    Parameters
    ----------
    teacher : Teacher
        The labels.
    levels : array_like, shape (...)
        Penalties ``ε > 0``.

    Returns
    -------
    array, shape (...)

    Raises
    ------
    ValueError
        If a penalty is not positive.

    Examples
    --------
    >>> from w2s.neighbours.power_law import power_spectrum, projection_teacher
    >>> teacher = projection_teacher(power_spectrum(1.5, 3.0, 1500), 40)
    >>> bool(ridge_path(teacher, 1e-9) > 0.9 * teacher.error)  # nearly the teacher itself
    True
    """
    level = above("levels", levels, 0.0)[..., None]
    values = teacher.spectrum.eigenvalues
    return filtered_error(teacher, values / (values + level), level / (values + level))


def krr_path(teacher: Teacher, samples: float, levels: ArrayLike, noise: float = 0.0) -> Array:
    """Error of kernel ridge regression on finitely many labels of a teacher.

    ``Σ_k [(1 − t_k s_k)² b_k² + t_k² V_k] + G T``, ``t_k = λ_k/(λ_k + κ)``, ``G = Σ_k t_k²/N``,
    ``T = [Σ_k (1 − t_k)² (s_k² b_k² + V_k) + σ²]/(1 − G)``

    Parameters
    ----------
    teacher : Teacher
        Who labels; `perfect_teacher` for the truth.
    samples : float
        ``N``, number of labels.
    levels : array_like, shape (...)
        ``κ`` at least that of interpolation, `effective_ridge` without a penalty. A penalty ``λ``
        gives the level ``effective_ridge(teacher.spectrum, samples, λ)``.
    noise : float
        Variance ``σ² ≥ 0`` of the noise on the labels.

    Returns
    -------
    array, shape (...)

    Raises
    ------
    ValueError
        If a level is below that of interpolation or the noise is negative.

    Notes
    -----
    Derived in this companion from the equivalent of a ridge estimate.

    Examples
    --------
    >>> from w2s.neighbours.power_law import perfect_teacher, power_spectrum
    >>> task = power_spectrum(2.0, 1.5, 3e4)
    >>> direct = krr_path(perfect_teacher(task), 100, [1e-3, 1e-2], noise=0.25)
    >>> direct.round(3)
    array([0.083, 0.034])
    """
    n, sigma2 = float(samples), float(at_least("noise", noise, 0.0))
    lowest = effective_ridge(teacher.spectrum, n)
    # Slack: the level of interpolation is itself known to rounding only.
    level = at_least("levels", levels, lowest * (1 - 1e-9), "interpolation")[..., None]
    values, count = teacher.spectrum.eigenvalues, teacher.spectrum.count
    passed, stopped = values / (values + level), level / (values + level)
    said = (1.0 - teacher.missing) ** 2 * teacher.spectrum.energies + teacher.variance
    kept = passed**2 @ count / n
    test_error = (stopped**2 * said @ count + sigma2) / (1.0 - kept)
    return filtered_error(teacher, passed, stopped) + kept * test_error


def best_flow(teacher: Teacher) -> BestStop:
    """Best stopping time of the infinitely wide student, and its error.

    Parameters
    ----------
    teacher : Teacher
        The labels.

    Returns
    -------
    BestStop
        As `w2s.random_features.gradient_flow.best_stop`.

    Examples
    --------
    >>> from w2s.neighbours.power_law import power_spectrum, projection_teacher
    >>> teacher = projection_teacher(power_spectrum(1.5, 3.0, 1500), 40)
    >>> print(f"{best_flow(teacher).loss:.6f}")
    0.001434
    """
    return best_stop(lambda t: flow_path(teacher, t), longest=100.0 / _smallest_scale(teacher))


def best_ridge(teacher: Teacher) -> float:
    """Smallest error of a ridge student of infinitely many pseudo-labels.

    Parameters
    ----------
    teacher : Teacher
        The labels.

    Returns
    -------
    float

    Examples
    --------
    >>> from w2s.neighbours.power_law import power_spectrum, projection_teacher
    >>> teacher = projection_teacher(power_spectrum(1.5, 3.0, 1500), 40)
    >>> bool(best_ridge(teacher) > best_flow(teacher).loss)
    True
    """
    lowest = 1e-6 * _smallest_scale(teacher)  # where the student is its teacher
    return float(best_stop(lambda x: ridge_path(teacher, x), shortest=lowest, longest=10.0).loss)


def best_krr(teacher: Teacher, samples: float, noise: float = 0.0) -> float:
    """Smallest error of kernel ridge regression on finitely many labels, over all penalties.

    Parameters
    ----------
    teacher, samples, noise
        As for `krr_path`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        As `krr_path`.

    Examples
    --------
    >>> from w2s.neighbours.power_law import perfect_teacher, power_spectrum
    >>> print(f"{best_krr(perfect_teacher(power_spectrum(2.0, 1.5, 3e4)), 100, 0.25):.4f}")
    0.0339
    """
    lowest = effective_ridge(teacher.spectrum, samples)
    return float(
        best_stop(
            lambda x: krr_path(teacher, samples, x, noise), shortest=lowest, longest=10.0
        ).loss
    )


def oracle_error(teacher: Teacher, *, amplify: bool = True) -> float:
    """Error of the best filter of all, chosen mode by mode by who knows the target.

    ``Σ_k b_k² V_k/(s_k² b_k² + V_k)``, at ``t_k = s_k b_k²/(s_k² b_k² + V_k)``

    Parameters
    ----------
    teacher : Teacher
        The labels.
    amplify : bool
        Whether ``t_k`` may exceed one; otherwise it stops there.

    Returns
    -------
    float

    Notes
    -----
    Derived in this companion (a Wiener filter).

    Examples
    --------
    >>> from w2s.neighbours.power_law import power_spectrum, projection_teacher
    >>> teacher = projection_teacher(power_spectrum(1.5, 12.0, 1e6), 1e3)
    >>> free, bounded = oracle_error(teacher), oracle_error(teacher, amplify=False)
    >>> bool(free < bounded < best_flow(teacher).loss)
    True
    """
    energy, noise = teacher.spectrum.energies, teacher.variance
    learned = 1.0 - teacher.missing
    best = energy * noise / (learned**2 * energy + noise)
    if not amplify:
        beyond = learned * teacher.missing * energy > noise  # where the best t_k exceeds one
        best = np.where(beyond, teacher.missing**2 * energy + noise, best)
    return float(teacher.spectrum.count @ best)


def _smallest_scale(teacher: Teacher) -> float:
    """Return the eigenvalue of which the teacher learns a half, where its knowledge ends."""
    values, missing = teacher.spectrum.eigenvalues, teacher.missing
    return float(np.exp(np.interp(0.5, missing, np.log(values))))
