"""Ridge teachers and students that are really fitted: the second route to `distill`."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, above, at_least, finite, generator, integer
from w2s.neighbours.distill import ridge_path


def fresh_students(
    target: ArrayLike,
    noise: float,
    *,
    n_labelled: int,
    n_unlabelled: int,
    ridges: ArrayLike,
    penalties: ArrayLike,
    trials: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Draw isotropic ridge teachers, and a ridge student of each on fresh inputs.

    In every trial all teachers share their labelled sample, all students their inputs.

    Parameters
    ----------
    target : array_like of shape (d,)
        ``β``.
    noise : float
        Variance ``σ²`` of the label noise.
    n_labelled, n_unlabelled : int
        ``n`` and ``N``.
    ridges, penalties : array_like of shape (k,)
        Penalties of the teachers and of their students, all positive.
    trials : int
        Number of samples.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    teachers, students : array of shape (trials, k, d)
        Coefficients.

    Raises
    ------
    ValueError
        If a size is below one, the noise negative, a penalty not positive, or the two lists of
        penalties differ in length.

    Examples
    --------
    >>> teachers, students = fresh_students(
    ...     [1.0, 0.0], 0.1, n_labelled=20, n_unlabelled=30, ridges=[0.1], penalties=[0.2],
    ...     trials=3, rng=np.random.default_rng(0))
    >>> teachers.shape, bool((students**2).sum() < (teachers**2).sum())
    ((3, 1, 2), True)
    """
    beta, s2 = finite("target", target, ndim=1), at_least("noise", noise, 0)
    n, big_n = integer("n_labelled", n_labelled), integer("n_unlabelled", n_unlabelled)
    own, theirs = (
        above(name, finite(name, values, ndim=1), 0)
        for name, values in (("ridges", ridges), ("penalties", penalties))
    )
    if own.shape != theirs.shape:
        raise ValueError(f"penalties must have one entry a ridge, {own.size}, got {theirs.size}")
    generator(rng)

    def trial() -> tuple[Array, Array]:
        inputs = rng.standard_normal((n, beta.size))
        labels = inputs @ beta + np.sqrt(s2) * rng.standard_normal(n)
        teachers = ridge_path(inputs, labels, own)
        fresh = rng.standard_normal((big_n, beta.size))
        pairs = zip(teachers, theirs, strict=True)
        students = [ridge_path(fresh, fresh @ one, [penalty])[0] for one, penalty in pairs]
        return teachers, np.array(students)

    drawn = np.array([trial() for _ in range(integer("trials", trials))])
    return drawn[:, 0], drawn[:, 1]


def refitted_risks(
    inputs: ArrayLike,
    labels: ArrayLike,
    ridges: ArrayLike,
    covariance: ArrayLike,
    target: ArrayLike,
    mixtures: ArrayLike,
) -> Array:
    """Excess risks of ridge students that are fitted to mixed labels, by their normal equations.

    Parameters
    ----------
    inputs, labels, ridges, covariance, target
        As in `self_distillation`.
    mixtures : array_like of shape (k, m)
        Shares ``ξ`` of the teacher's labels, a row for each penalty.

    Returns
    -------
    array of shape (k, m)
        ``(θ - β)ᵀΣ(θ - β)`` of each student.

    Raises
    ------
    ValueError
        If an entry is not finite or there is not one row of mixtures for each penalty.

    Examples
    --------
    >>> data = [[1.0], [1.0]], [1.0, 3.0], [1.0], [[1.0]], [2.0]
    >>> refitted_risks(*data, [[0.0, -2.0]])
    array([[1., 0.]])
    """
    x, y = finite("inputs", inputs, ndim=2), finite("labels", labels, ndim=1)
    sigma, beta = finite("covariance", covariance, ndim=2), finite("target", target, ndim=1)
    penalties, shares = finite("ridges", ridges, ndim=1), finite("mixtures", mixtures, ndim=2)
    if len(shares) != len(penalties):
        raise ValueError(f"mixtures must have one row a ridge, {len(penalties)}, got {len(shares)}")
    gram, pull = x.T @ x / len(x), x.T / len(x)
    risks = np.empty(shares.shape)
    for k, (penalty, row) in enumerate(zip(penalties, shares, strict=True)):
        system = gram + penalty * np.eye(len(gram))
        teacher = x @ np.linalg.solve(system, pull @ y)
        mixed = np.outer(y, 1 - row) + np.outer(teacher, row)
        off = np.linalg.solve(system, pull @ mixed) - beta[:, None]
        risks[k] = (off * (sigma @ off)).sum(axis=0)
    return risks
