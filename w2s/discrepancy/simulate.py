"""Monte Carlo of teacher, student, SFT baseline and ceiling on sampled features.

The honest route: draw latents and labels, fit by least squares, take the population risk in closed
form in the latent coordinates. `noise_averaged` draws the same designs but averages the label
noise analytically. Gaussian features have faster exact samplers in `w2s.discrepancy.samplers`.

Every estimator is linear in the labels, so with a zero target the risks *are* the variances.
`w2s.metrics` turns trials into means with standard errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve

from w2s._checks import Array, at_least, generator, integer
from w2s.discrepancy.latents import Latent, gaussian
from w2s.discrepancy.subspaces import SubspacePair, as_chain, as_target

_ILL_CONDITIONED = 1e-12


@dataclass(frozen=True)
class TeacherStudent:
    """Population excess risks of teacher and student, trial by trial.

    Parameters
    ----------
    teacher, student : array of shape (trials,)
        Excess risks on fresh points.
    """

    teacher: Array
    student: Array


@dataclass(frozen=True)
class Trials(TeacherStudent):
    """Excess risks of all models, trial by trial; row ``t`` of every field is the same trial.

    Parameters
    ----------
    teacher, student, sft, ceiling : array of shape (trials,)
        Excess risks on fresh points.
    teacher_on_sample, student_on_sample : array of shape (trials,)
        Excess risks on the student's unlabelled sample.
    misfit : array of shape (trials,)
        Mean squared distance of student and teacher on that sample.
    common : array of shape (trials,)
        Mean product of the errors of student and baseline on fresh points: they learn from the same
        labels.
    """

    sft: Array
    ceiling: Array
    teacher_on_sample: Array
    student_on_sample: Array
    misfit: Array
    common: Array

    def mixed(self, weight: float) -> Array:
        """Excess risk of ``(1-ξ) f_s + ξ f_w2s`` with the weight ``ξ``, trial by trial."""
        own = (1 - weight) ** 2 * self.sft + weight**2 * self.student
        return np.asarray(own + 2 * weight * (1 - weight) * self.common)


@dataclass(frozen=True)
class SingleModel:
    """Excess risks of one model, trial by trial.

    Parameters
    ----------
    population, in_sample : array of shape (trials,)
        Excess risk on fresh points and on the model's own training inputs.
    """

    population: Array
    in_sample: Array


@dataclass(frozen=True)
class ChainTrials:
    """Population excess risks of the models of a chain, trial by trial.

    Parameters
    ----------
    risks : array of shape (trials, models)
        Excess risks; a row is one trained chain, from the first teacher to the last student.
    """

    risks: Array

    @property
    def mean(self) -> Array:
        """Estimated risk of each model."""
        return np.asarray(self.risks.mean(axis=0))

    @property
    def standard_error(self) -> Array:
        """Standard error of each mean."""
        return np.asarray(self.risks.std(axis=0, ddof=1) / np.sqrt(len(self.risks)))


def least_squares(
    pair: SubspacePair,
    target: ArrayLike | None,
    n_labelled: int,
    n_unlabelled: int,
    noise: float,
    trials: int,
    rng: np.random.Generator,
    *,
    latent: Latent = gaussian,
    ridge_weak: float = 0.0,
    ridge_strong: float = 0.0,
) -> Trials:
    """Fit all four models by least squares on sampled features and labels, as a reader would.

    Minimum-norm solutions where samples are too few; ridge for the objective
    ``|y - Ψθ|²/m + λ|θ|²`` in the whitened features.

    Parameters
    ----------
    pair : SubspacePair
        The two feature spaces. For Gaussian latents they are first reduced to the span of both
        spaces and the target, which changes no law; other latents are drawn in all coordinates.
    target : array_like of shape (r,) or None
        ``β``; ``None`` is zero, and the risks are then variances.
    n_labelled, n_unlabelled : int
        ``n`` and ``N``.
    noise : float
        ``σ²``, a variance.
    trials : int
        Number of independent repetitions.
    rng : numpy.random.Generator
        Source of randomness.
    latent : callable
        Law of the latents, one of `w2s.discrepancy.latents`.
    ridge_weak, ridge_strong : float
        Penalties ``λ`` of the teacher and of the three strong models.

    Returns
    -------
    Trials
        All risks, trial by trial.

    Raises
    ------
    ValueError
        If a size is not a positive integer, or a variance or penalty is negative.

    Examples
    --------
    >>> from w2s.discrepancy.subspaces import axis_aligned_pair
    >>> pair, rng = axis_aligned_pair(4, 8, 2), np.random.default_rng(0)
    >>> least_squares(pair, None, 40, 30, 1.0, 5, rng).student.shape
    (5,)
    """
    n, big_n, count = _sizes(n_labelled, n_unlabelled, trials)
    generator(rng)
    sigma = float(np.sqrt(at_least("noise", noise, 0)))
    a_s, a_w, beta = _coordinates(pair, target, latent)
    rows = np.empty((8, count))
    for t in range(count):
        z = latent(rng, n + big_n, len(beta))
        truth = z @ beta
        y = truth + sigma * rng.standard_normal(n + big_n)
        strong, unseen = z @ a_s, z[n:]
        weak = a_w @ _fit(z[:n] @ a_w, y[:n], ridge_weak)
        pseudo = unseen @ weak
        student = a_s @ _fit(strong[n:], pseudo, ridge_strong)
        sft = a_s @ _fit(strong[:n], y[:n], ridge_strong)
        ceiling = a_s @ _fit(strong, y, ridge_strong)
        rows[:4, t] = [_power(theta - beta) for theta in (weak, student, sft, ceiling)]
        learned = unseen @ student
        apart = pseudo - truth[n:], learned - truth[n:], learned - pseudo
        rows[4:7, t] = [_power(difference) / big_n for difference in apart]
        rows[7, t] = (student - beta) @ (sft - beta)
    return _as_trials(rows)


def noise_averaged(
    pair: SubspacePair,
    target: ArrayLike | None,
    n_labelled: int,
    n_unlabelled: int,
    noise: float,
    trials: int,
    rng: np.random.Generator,
    *,
    latent: Latent = gaussian,
    ridge_weak: float = 0.0,
    ridge_strong: float = 0.0,
) -> Trials:
    """Average the label noise of `least_squares` exactly: expected risks given the inputs.

    Works on second moments of the latents. Same means, smaller spread.

    Parameters
    ----------
    pair, target, n_labelled, n_unlabelled, noise, trials, rng, latent, ridge_weak, ridge_strong
        As in `least_squares`, with at least as many samples as features (``n >= d_w``,
        ``n >= d_s``, ``N >= d_s``).

    Returns
    -------
    Trials
        Conditional expectations, one per design.

    Raises
    ------
    ValueError
        As `least_squares`, and if samples are too few.

    Examples
    --------
    >>> from w2s.discrepancy.subspaces import axis_aligned_pair
    >>> pair, rng = axis_aligned_pair(4, 8, 2), np.random.default_rng(0)
    >>> noise_averaged(pair, None, 40, 30, 1.0, 5, rng).student.shape
    (5,)
    """
    n, big_n, count = _sizes(n_labelled, n_unlabelled, trials)
    generator(rng)
    require_samples(n, big_n, pair.d_strong, pair.d_weak)
    s2 = float(at_least("noise", noise, 0))
    a_s, a_w, beta = _coordinates(pair, target, latent)
    rows = np.empty((8, count))
    for t in range(count):
        z, x = latent(rng, n, len(beta)), latent(rng, big_n, len(beta))
        labelled, unlabelled = z.T @ z, x.T @ x
        total = labelled + unlabelled
        weak, spread, invert_weak = _mean_fit(a_w, labelled, beta, n * ridge_weak)
        gram = a_s.T @ unlabelled @ a_s
        lift = _solve(gram, a_s.T @ (unlabelled @ a_w), big_n * ridge_strong)
        teacher, student = a_w @ weak, a_s @ (lift @ weak)
        rows[0, t] = _power(teacher - beta) + s2 * np.trace(spread)
        rows[1, t] = _power(student - beta) + s2 * np.sum((lift @ spread) * lift)
        sft, own, invert_strong = _mean_fit(a_s, labelled, beta, n * ridge_strong)
        rows[2, t] = _power(a_s @ sft - beta) + s2 * np.trace(own)
        best, own, _ = _mean_fit(a_s, total, beta, (n + big_n) * ridge_strong)
        rows[3, t] = _power(a_s @ best - beta) + s2 * np.trace(own)
        together = invert_strong @ (a_s.T @ labelled @ a_w) @ invert_weak
        rows[7, t] = (a_s @ sft - beta) @ (student - beta) + s2 * np.sum(together * lift)
        both = ((a_w, teacher - beta), (a_s @ lift, student - beta))
        apart = (a_w - a_s @ lift, teacher - student)
        for k, (directions, error) in enumerate((*both, apart)):
            varied = np.sum((directions.T @ unlabelled @ directions) * spread)
            rows[4 + k, t] = (error @ unlabelled @ error + s2 * varied) / big_n
    return _as_trials(rows)


def single_model(
    dimension: int,
    n_samples: int,
    noise: float,
    rho: float,
    trials: int,
    rng: np.random.Generator,
    *,
    latent: Latent = gaussian,
) -> SingleModel:
    """Least squares with `dimension` features, on fresh points and on its own training inputs.

    Parameters
    ----------
    dimension, n_samples : int
        ``d`` and ``m``.
    noise, rho : float
        ``σ²``, and the energy ``ρ`` of the target outside the features.
    trials : int
        Number of independent repetitions.
    rng : numpy.random.Generator
        Source of randomness.
    latent : callable
        As in `least_squares`.

    Returns
    -------
    SingleModel
        Both risks, trial by trial. The signal inside the features does not matter for ``m >= d``
        and is zero.

    Raises
    ------
    ValueError
        If a size is not a positive integer or an energy is negative.

    Examples
    --------
    >>> single_model(4, 20, 1.0, 0.0, 5, np.random.default_rng(0)).in_sample.shape
    (5,)
    """
    d, m = integer("dimension", dimension), integer("n_samples", n_samples)
    count = integer("trials", trials)
    generator(rng)
    sigma, missed = np.sqrt(at_least("noise", noise, 0)), np.sqrt(at_least("rho", rho, 0))
    population, in_sample = np.empty((2, count))
    for t in range(count):
        z = latent(rng, m, d + 1)
        truth = missed * z[:, d]
        theta = _fit(z[:, :d], truth + sigma * rng.standard_normal(m), 0.0)
        population[t] = _power(theta) + missed**2
        in_sample[t] = _power(z[:, :d] @ theta - truth) / m
    return SingleModel(population, in_sample)


def train_chain(
    bases: Sequence[ArrayLike],
    samples: Sequence[int],
    target: ArrayLike,
    noise: float,
    trials: int,
    rng: np.random.Generator,
    *,
    latent: Latent = gaussian,
) -> ChainTrials:
    """Train chains by least squares: each model learns its predecessor's labels on fresh inputs.

    Parameters
    ----------
    bases : sequence of arrays of shape (r, d_k)
        Orthonormal bases of the feature spaces; the first model learns from noisy true labels.
    samples : sequence of int
        Sample sizes, one per model. Minimum-norm solutions where they are below ``d_k``.
    target : array_like of shape (r,)
        ``β``.
    noise : float
        ``σ²``, a variance.
    trials : int
        Number of independent chains, at least 2 so that every mean has its standard error.
    rng : numpy.random.Generator
        Source of randomness.
    latent : callable
        Law of the latents, one of `w2s.discrepancy.latents`.

    Returns
    -------
    ChainTrials
        The risks of every model in every trial, their means and the standard errors.

    Raises
    ------
    ValueError
        If lengths or shapes do not fit, a size or the number of trials is too small, or the noise
        is negative.

    Notes
    -----
    The expectations for Gaussian latents are `w2s.discrepancy.overparametrised.chain_risks`.

    Examples
    --------
    >>> eye, rng = np.eye(4), np.random.default_rng(0)
    >>> chain = train_chain([eye[:, :3], eye[:, 1:]], [14, 24], [0, 1, 1, 0], 1.0, 4000, rng)
    >>> chain.mean.round(1), chain.standard_error.round(3)
    (array([0.3, 0.2]), array([0.005, 0.004]))
    """
    spaces, beta = as_chain(bases, samples, target)
    sizes = [integer(f"samples[{k}]", size) for k, size in enumerate(samples)]
    first = float(np.sqrt(at_least("noise", noise, 0)))
    generator(rng)
    risks = np.empty((integer("trials", trials, low=2), len(spaces)))
    for row in risks:
        source, sigma = beta, first
        for k, (basis, size) in enumerate(zip(spaces, sizes, strict=True)):
            z = latent(rng, size, len(beta))
            labels = z @ source + sigma * rng.standard_normal(size)
            source, sigma = basis @ _fit(z @ basis, labels, 0.0), 0.0
            row[k] = _power(source - beta)
    return ChainTrials(risks)


def require_samples(n_labelled: int, n_unlabelled: int, d_strong: int, d_weak: int) -> None:
    """Refuse sample sizes at which some least-squares problem has no unique solution.

    Examples
    --------
    >>> require_samples(30, 10, d_strong=8, d_weak=16)
    """
    for name, size, needed, what in (
        ("n_labelled", n_labelled, d_weak, "d_weak"),
        ("n_labelled", n_labelled, d_strong, "d_strong"),
        ("n_unlabelled", n_unlabelled, d_strong, "d_strong"),
    ):
        at_least(name, size, needed, what)


def _sizes(n_labelled: int, n_unlabelled: int, trials: int) -> tuple[int, int, int]:
    return (
        integer("n_labelled", n_labelled),
        integer("n_unlabelled", n_unlabelled),
        integer("trials", trials),
    )


def _coordinates(
    pair: SubspacePair, target: ArrayLike | None, latent: Latent
) -> tuple[Array, Array, Array]:
    """Bases and target in the latent coordinates that are drawn."""
    beta = as_target(target, pair.dimension)
    everything = np.column_stack([pair.strong, pair.weak, beta])
    if latent is not gaussian or everything.shape[1] >= pair.dimension:
        return pair.strong, pair.weak, beta
    span = np.linalg.qr(everything)[0]
    return span.T @ pair.strong, span.T @ pair.weak, span.T @ beta


def _fit(design: Array, labels: Array, ridge: float) -> Array:
    """Minimum-norm least squares, or ridge for the objective ``|y - Xθ|²/m + ridge |θ|²``."""
    if ridge == 0:
        return np.asarray(np.linalg.lstsq(design, labels, rcond=None)[0])
    penalty = len(labels) * float(at_least("ridge", ridge, 0))
    return _solve(design.T @ design, design.T @ labels, penalty)


def _mean_fit(
    basis: Array, moment: Array, beta: Array, penalty: float
) -> tuple[Array, Array, Array]:
    """Mean of the fit over the label noise, its covariance for unit noise, the inverse in both."""
    gram = basis.T @ moment @ basis
    inverse = _solve(gram, np.eye(len(gram)), penalty)
    spread = inverse if penalty == 0 else inverse @ gram @ inverse
    return inverse @ (basis.T @ (moment @ beta)), spread, inverse


def _solve(gram: Array, right: Array, penalty: float) -> Array:
    """Solve with a Gram matrix; refuse one that is singular to rounding."""
    shifted = gram + float(at_least("ridge", penalty, 0)) * np.eye(len(gram))
    try:
        factor = cho_factor(shifted, check_finite=False)
        pivots = np.abs(np.diag(factor[0]))
        worst = float(pivots.min() / pivots.max()) ** 2
    except np.linalg.LinAlgError:
        worst = 0.0
    if worst < _ILL_CONDITIONED:
        raise ValueError(
            f"the sampled features are ill-conditioned: pivot ratio {worst:.1g} of their Gram "
            f"matrix is below {_ILL_CONDITIONED:g}; use more samples or a ridge"
        )
    return np.asarray(cho_solve(factor, right, check_finite=False))


def _power(vector: Array) -> float:
    return float(vector @ vector)


def _as_trials(rows: Array) -> Trials:
    teacher, student, sft, ceiling, *others = rows
    return Trials(teacher, student, sft, ceiling, *others)
