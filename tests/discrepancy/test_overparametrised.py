from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.discrepancy.geometries import (
    error_of,
    geometries,
    labelled,
    mean_of,
    noises,
    seeds,
    unlabelled,
)
from w2s.discrepancy.overparametrised import (
    chain_limit,
    chain_risks,
    min_norm_moments,
    min_norm_risks,
    ridge_moments,
    ridge_risks,
)
from w2s.discrepancy.ridgeless import risks, single_risk, student_risk
from w2s.discrepancy.simulate import least_squares, train_chain
from w2s.discrepancy.subspaces import Geometry, axis_aligned_pair, pair_with_cosines, random_basis

NAMES = ("teacher", "student", "sft", "ceiling")
# Whole families of points are compared at once: four standard errors each.
SIGMAS = 4


def configuration():
    rng = np.random.default_rng(5)
    pair = pair_with_cosines(20, 40, np.linspace(1, 0, 20), 70, rng)
    return pair, rng.standard_normal(70) / 8


@given(geometries, labelled, unlabelled, noises)
def test_the_exact_branch_continues_the_ridgeless_risks(g, n, big_n, noise):
    here, there = min_norm_risks(g, n, big_n, noise), risks(g, n, big_n, noise)
    for name in NAMES:
        # The signal cancels in the minimum-norm form: rounding relative to the signal.
        assert getattr(here, name) == pytest.approx(getattr(there, name), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("n", "big_n"), [(12, 60), (80, 10), (10, 4), (28, 14), (80, 60)])
def test_minimum_norm_risks_are_those_of_least_squares(n, big_n):
    pair, target = configuration()
    exact = min_norm_risks(pair.geometry(target), n, big_n, 0.5)
    trials = least_squares(pair, target, n, big_n, 0.5, 600, np.random.default_rng(n + big_n))
    for name in NAMES:
        error = error_of(trials, name)
        assert abs(mean_of(trials, name) - getattr(exact, name)) < SIGMAS * error
        assert error < 0.05 * getattr(exact, name)


@pytest.mark.parametrize(("d", "n"), [(1, 1), (7, 1), (7, 3), (7, 5)])
def test_moments_of_a_random_projection(d, n):
    # Without noise θ = P b with P a uniform projector of rank n: E P = n/d, |Pb|² has mean n/d.
    m, outer, spread = min_norm_moments(d, n, signal=2.0, noise=0.0)
    assert m == pytest.approx(n / d)
    assert outer * 2.0 + d * spread == pytest.approx(2.0 * n / d, rel=1e-14)
    rng = np.random.default_rng(0)
    firsts = np.array([(b @ b.T)[0, 0] for b in (random_basis(d, n, rng) for _ in range(4000))])
    error = np.std(firsts**2) / np.sqrt(4000) + 1e-15
    # E (Pb)_1² for b = √2 e_1.
    assert abs(outer * 2 + spread - 2 * np.mean(firsts**2)) < 2 * SIGMAS * error


def test_expectations_are_infinite_at_the_edges_only():
    g = Geometry(20, 40, overlap=10, signal=1.0)
    n = np.arange(36, 45)
    weak = min_norm_risks(g, n, 60, 1.0).teacher
    assert np.isinf(weak).tolist() == [False] * 3 + [True] * 3 + [False] * 3
    student = min_norm_risks(g, 60, np.arange(16, 25), 1.0).student
    assert np.isinf(student).tolist() == [False] * 3 + [True] * 3 + [False] * 3
    # Without noise and misspecification nothing diverges.
    assert np.isfinite(min_norm_risks(g, n, 60, 0.0).teacher).all()


@given(st.integers(2, 60), st.integers(1, 120), st.floats(0, 5), st.floats(0, 5))
def test_ridge_tends_to_minimum_norm_up_to_the_finite_size_correction(d, n, signal, noise):
    if abs(n - d) < 10:
        return
    m, outer, spread = ridge_moments(d, n, signal, noise, ridge=1e-9)
    exact = min_norm_moments(d, n, signal, noise)
    # The equivalent is the proportional limit: 1/(n-d) for 1/(n-d-1).
    assert m == pytest.approx(exact[0], rel=1e-6)
    energy = outer * signal + d * spread
    limit = exact[1] * signal + d * exact[2]
    assert energy == pytest.approx(limit, rel=1.5 / (abs(n - d) - 1) + 1e-6, abs=1e-9)


@given(st.integers(1, 60), st.integers(1, 120), st.floats(1e-4, 10))
def test_the_ridge_fixed_point_is_solved(d, n, ridge):
    m = ridge_moments(d, n, 1.0, 1.0, ridge=ridge)[0]
    kappa = 1 / m - 1
    assert kappa * (1 - d / n * m) == pytest.approx(ridge, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("n", "big_n"), [(80, 60), (40, 20), (20, 60)])
def test_ridge_risks_are_those_of_ridge_regression_within_a_few_percent(n, big_n):
    pair, target = configuration()
    penalties = {"ridge_weak": 0.1, "ridge_strong": 0.05}
    limit = ridge_risks(pair.geometry(target), n, big_n, 0.5, **penalties)
    rng = np.random.default_rng(7)
    trials = least_squares(pair, target, n, big_n, 0.5, 600, rng, **penalties)
    for name in NAMES:
        value = getattr(limit, name)
        # 4% for the asymptotic formula at d = 20 and 40.
        allowed = SIGMAS * error_of(trials, name) + 0.04 * value
        assert abs(mean_of(trials, name) - value) < allowed


def test_ridge_removes_the_peak():
    g = Geometry(20, 40, overlap=10, signal=1.0)
    r = ridge_risks(g, 40, 20, 1.0, ridge_weak=0.1, ridge_strong=0.1)
    assert all(np.isfinite(getattr(r, name)) for name in NAMES)


def test_a_chain_of_two_is_teacher_and_student():
    rng = np.random.default_rng(3)
    pair = pair_with_cosines(3, 5, [0.9, 0.4], 9, rng)
    target = rng.standard_normal(9)
    g = pair.geometry(target)
    chain = chain_risks([pair.weak, pair.strong], [20, 15], target, 0.7)
    assert chain[0] == pytest.approx(single_risk(5, 20, 0.7, g.rho_weak), rel=1e-12)
    assert chain[1] == pytest.approx(student_risk(g, 20, 15, 0.7), rel=1e-12)


def test_a_chain_of_three_is_measured():
    rng = np.random.default_rng(4)
    bases = [random_basis(14, d, rng) for d in (6, 4, 5)]
    target = rng.standard_normal(14) / 4
    chain = bases, [30, 25, 20], target, 0.5
    found = train_chain(*chain, 6000, rng)
    assert (np.abs(found.mean - chain_risks(*chain)) < SIGMAS * found.standard_error).all()
    assert (found.standard_error < 0.02 * found.mean).all()


def test_chains_broadcast_over_sizes_and_noise():
    rng = np.random.default_rng(8)
    bases = [random_basis(9, d, rng) for d in (4, 3, 5)]
    target, noise = rng.standard_normal(9), np.array([0.1, 1.0])
    n, big_n = np.array([[12], [20]]), np.array([[9], [30]])
    together = chain_risks(bases, [n, big_n, 25], target, noise)
    assert together.shape == (3, 2, 2)
    for i in range(2):
        for j in range(2):
            one = chain_risks(bases, [n[i, 0], big_n[i, 0], 25], target, noise[j])
            assert together[:, i, j] == pytest.approx(one, rel=1e-13)


@given(seeds, st.integers(8, 60), st.floats(0, 5))
def test_endless_unlabelled_data_leave_what_survives_all_projections(seed, n, noise):
    rng = np.random.default_rng(seed)
    bases = [random_basis(9, d, rng) for d in (4, 3, 5)]
    target = rng.standard_normal(9)
    limit = chain_limit(bases, n, target, noise)
    far = chain_risks(bases, [n, 1e13, 1e13], target, noise)[-1]
    assert limit == pytest.approx(far, rel=1e-9)
    alone = chain_limit(bases[:1], n, target, noise)
    assert alone == pytest.approx(chain_risks(bases[:1], [n], target, noise)[0], rel=1e-12)


def test_a_chain_without_its_teacher_s_mean_has_no_limit():
    assert chain_limit([EYE], [3, 4, 5, 6], np.ones(4), 1.0).tolist() == [np.inf] * 3 + [4.0]


def test_penalties_broadcast():
    g, n = SIZED, np.array([20, 40, 80])
    best = 40 / n
    many = ridge_risks(g, n, 60, 1.0, ridge_weak=best, ridge_strong=0.1)
    for k in range(3):
        one = ridge_risks(g, n[k], 60, 1.0, ridge_weak=best[k], ridge_strong=0.1)
        assert many.student[k] == pytest.approx(one.student, rel=1e-14)


def test_repeating_one_model_changes_nothing_and_an_edge_ends_the_chain():
    pair = axis_aligned_pair(4, 4, 4, dimension=6)
    target = np.ones(6)
    same = chain_risks([pair.weak] * 3, [20, 9, 9], target, 1.0)
    assert same == pytest.approx([same[0]] * 3, rel=1e-12)
    apart = axis_aligned_pair(4, 4, 2)
    ended = chain_risks([apart.weak, apart.strong, apart.weak], [20, 5, 20], np.ones(6), 1.0)
    assert np.isfinite(ended).tolist() == [True, False, False]


PLAIN = Geometry(20, 40, overlap=10)
SIZED = Geometry(20, 40, overlap=10, signal=1.0)
EYE = np.eye(4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: min_norm_risks(PLAIN, 20, 10, 1.0), "geometry.signal must be set"),
        (lambda: min_norm_risks(SIZED, 0, 10, 1.0), "n_labelled must be at least 1, got 0"),
        (lambda: min_norm_risks(SIZED, 20, 10, -1.0), "noise must be at least 0, got -1"),
        (lambda: min_norm_moments(0, 3, 1, 1), "dimension must be at least 1, got 0"),
        (lambda: ridge_moments(3, 3, 1, 1, ridge=0.0), "ridge must exceed 0, got 0"),
        (
            lambda: ridge_risks(SIZED, 20, 10, 1.0, ridge_weak=1.0, ridge_strong=-1.0),
            "ridge must exceed 0, got -1",
        ),
        (lambda: chain_risks([], [], [], 1.0), "one entry per model, got 0, 0"),
        (lambda: chain_risks([EYE], [9, 9], np.ones(4), 1.0), "one entry per model, got 1, 2"),
        (lambda: chain_risks([EYE], [9], np.ones(3), 1.0), "target must have length 4, got 3"),
        (lambda: chain_risks([2 * EYE], [9], np.ones(4), 1.0), r"bases\[0\] must have orthonormal"),
        (
            lambda: chain_risks([EYE, np.eye(5)], [9, 9], np.ones(4), 1.0),
            r"bases must have the same number of rows, got \[4, 5\]",
        ),
        (lambda: chain_risks([EYE], [9], np.ones(4), -1.0), "noise must be at least 0, got -1"),
        (lambda: chain_limit([EYE], 2, np.ones(4), 1.0), r"n_labelled must exceed d_0 \+ 1 = 5"),
        (
            lambda: chain_risks([EYE, EYE], [9, 2], np.ones(4), 1.0),
            r"samples\[1\] must exceed d_1 \+ 1 = 5, got 2",
        ),
    ],
)
def test_bad_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
