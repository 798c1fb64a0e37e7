"""Paper 1: the ladder of samplers against plain least squares on sampled features."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.timing import Line, Measured, Ratio, cpu_seconds, in_turns, spread
from w2s.discrepancy.samplers import joint_wishart, scalar_law
from w2s.discrepancy.simulate import least_squares
from w2s.discrepancy.subspaces import synthetic_setting

NOISE = 1e-2


def lines() -> Iterator[Line]:
    yield figure_pgr_opr()
    yield variance_at_equal_error()
    yield law_of_teacher_and_student()
    yield from cost_against_sizes()


def figure_pgr_opr() -> Ratio:
    """Per trial, over every other point of both axes of the PGR/OPR figure, for one overlap."""
    pair, target = synthetic_setting(overlap=50)
    grid = np.linspace(400, 4000, 20, dtype=int)[::2]
    cells = [(int(n), 4000) for n in grid] + [(2000, int(n)) for n in grid]
    rng = np.random.default_rng(0)

    def sweep(sampler, trials):
        for n, big_n in cells:
            sampler(pair, target, n, big_n, NOISE, trials, rng)

    found = in_turns(lambda: sweep(least_squares, 1), lambda: sweep(joint_wishart, 8), runs=(1, 8))
    return Ratio(
        "figure_pgr_opr", "PGR/OPR figure, four risks jointly", "least squares on sampled features",
        "joint Wishart", found.baseline_seconds * 240, found.our_seconds * 240, found.ratio, 30,
        interval=found.interval,
    )  # fmt: skip


def variance_at_equal_error() -> Ratio:
    """Seconds times variance: the price of one unit of accuracy for E[ER_w2s]."""
    pair, target = synthetic_setting(overlap=10)
    n, big_n, points = 1000, 5000, 5000
    rng = np.random.default_rng(1)
    plain, exact = [], []

    def with_test_set():
        for _ in range(4):
            plain.append(_student_on_test_set(pair, target, n, big_n, points, rng))

    def by_scalars():
        exact.append(scalar_law(pair, target, n, big_n, NOISE, 20_000, rng).student)

    # A variance of k draws is itself uncertain, by √(2/(k-1)) of its value.
    found = in_turns(
        with_test_set, by_scalars, 10, runs=(4, 20_000), assumed=(2 / (4 * 10 - 1)) ** 0.5
    )
    price = float(np.var(plain, ddof=1) / np.var(np.concatenate(exact)))
    low, high = found.interval
    return Ratio(
        "equal_error", "student's risk at equal standard error, (n, N) = (1000, 5000)",
        "least squares with a 5000-point test set", "scalar law",
        found.baseline_seconds, found.our_seconds, price * found.ratio, 40_000,
        interval=(price * low, price * high),
    )  # fmt: skip


def _student_on_test_set(pair, target, n, big_n, points, rng):
    """What one would write first: fit, predict on fresh inputs, average the squared error."""

    def features(count):
        latent = rng.standard_normal((count, pair.dimension))
        return latent @ pair.weak, latent @ pair.strong, latent @ target

    weak, _, truth = features(n)
    theta = np.linalg.lstsq(weak, truth + NOISE**0.5 * rng.standard_normal(n), rcond=None)[0]
    weak, strong, _ = features(big_n)
    student = np.linalg.lstsq(strong, weak @ theta, rcond=None)[0]
    _, strong, truth = features(points)
    return float(np.mean((strong @ student - truth) ** 2))


def law_of_teacher_and_student() -> Ratio:
    pair, target = synthetic_setting(overlap=10)
    rng = np.random.default_rng(2)
    found = in_turns(
        lambda: least_squares(pair, target, 1000, 5000, NOISE, 4, rng),
        lambda: scalar_law(pair, target, 1000, 5000, NOISE, 20_000, rng),
        runs=(4, 20_000),
    )
    return Ratio(
        "law", "law of (ER_w, ER_w2s), per trial", "least squares on sampled features",
        "scalar law", found.baseline_seconds, found.our_seconds, found.ratio, 50_000,
        interval=found.interval,
    )  # fmt: skip


def cost_against_sizes() -> Iterator[Measured]:
    """Ten times the samples: ours does not notice."""
    pair, target = synthetic_setting(overlap=50)
    rng = np.random.default_rng(3)

    def seconds(sampler, scale, trials):
        return cpu_seconds(
            lambda: sampler(pair, target, 500 * scale, 1000 * scale, NOISE, trials, rng)
        )

    for sampler, trials in ((least_squares, 2), (joint_wishart, 60)):
        seconds(sampler, 1, 1)
        growth, interval = spread(
            [seconds(sampler, 10, trials) / seconds(sampler, 1, trials) for _ in range(5)]
        )
        name = sampler.__name__
        yield Measured(
            f"ten_times_{name}", f"ten times the samples, {name}, (n, N) = (5000, 10000)",
            growth, "times the cost of (500, 1000)", None, interval=interval,
        )  # fmt: skip
