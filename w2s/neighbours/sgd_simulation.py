"""Single-pass SGD, step by step on sampled inputs: the second route to `sgd`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, at_least, finite, generator, integer


def simulate_sgd(
    target: ArrayLike,
    noise: float,
    *,
    weak: ArrayLike,
    strong: ArrayLike,
    n_labelled: int,
    n_unlabelled: int,
    step_weak: float,
    step_strong: float,
    trials: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Draw teachers and students of single-pass SGD; all trials advance together.

    Parameters
    ----------
    target : array_like of shape (D,)
        ``w``.
    noise : float
        ``σ²``.
    weak, strong : array_like of shape (D,)
        Eigenvalues ``λ`` of teacher and student.
    n_labelled, n_unlabelled : int
        Labels ``N`` of the teacher, inputs ``n`` of the student; at least 2.
    step_weak, step_strong : float
        First steps.
    trials : int
        Number of pairs.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    teacher, student : array of shape (trials,)
        ``½|v - w|²`` of each.

    Raises
    ------
    ValueError
        If a size is too small, the noise or an eigenvalue negative, or the lengths differ.

    Examples
    --------
    >>> teacher, student = simulate_sgd(
    ...     [1.0, 0.0], 0.1, weak=[1.0, 0.0], strong=[1.0, 0.5], n_labelled=64, n_unlabelled=64,
    ...     step_weak=0.1, step_strong=0.1, trials=50, rng=np.random.default_rng(0))
    >>> teacher.shape, bool(teacher.mean() < 0.5)
    ((50,), True)
    """
    w, s2 = finite("target", target, ndim=1), float(at_least("noise", noise, 0))
    spectra = {"weak": weak, "strong": strong}
    for name, values in spectra.items():
        if at_least(name, finite(name, values, ndim=1), 0).size != w.size:
            raise ValueError(f"{name} must have one entry a coordinate, {w.size}")
    count = integer("trials", trials)
    generator(rng)

    def train(truth: Array, deviation: float, rate: Array, size: int) -> Array:
        learned = np.zeros((count, w.size))
        for t in range(1, size + 1):
            inputs = rng.standard_normal((count, w.size))
            labels = (inputs * truth).sum(axis=1) + deviation * rng.standard_normal(count)
            missed = labels - (inputs * learned).sum(axis=1)
            shrunk = 2.0 ** -math.floor(t * math.log2(size) / size)
            learned += shrunk * rate * inputs * missed[:, None]
        return learned

    first, second = (np.asarray(values, dtype=float) for values in spectra.values())
    n, big_n = integer("n_labelled", n_labelled, 2), integer("n_unlabelled", n_unlabelled, 2)
    teacher = train(w, math.sqrt(s2), step_weak * first, n)
    student = train(teacher, 0.0, step_strong * second, big_n)
    return ((teacher - w) ** 2).sum(axis=1) / 2, ((student - w) ** 2).sum(axis=1) / 2
