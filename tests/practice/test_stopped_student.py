"""Laws of the student that stops early on finitely many pseudo-labels."""

from __future__ import annotations

import numpy as np
import pytest

from w2s.discrepancy.ridgeless import single_risk, student_risk
from w2s.discrepancy.subspaces import SubspacePair, pair_with_cosines, random_basis
from w2s.practice.stopped_student import (
    flow_filters,
    linear_risk,
    linear_view,
    share_removed,
    stopped_risk,
    student_view,
)
from w2s.random_features.gradient_flow import flow, linear_path
from w2s.random_features.linear_network import LinearNetwork, linear_teacher

NETWORK = LinearNetwork(width=8, bulk_dim=31, bulk_eigenvalue=0.05)
LAMBDA, DIMENSIONS = np.array([1.0, 0.2, 0.03]), np.array([2, 5, 20])
TIMES = np.array([0.5, 2.0, 8.0, 40.0, 300.0])


def some_pair(seed):
    """Two spaces in general position in nine dimensions and a target in neither."""
    rng = np.random.default_rng(seed)
    pair = pair_with_cosines(5, 4, [1.0, 0.7, 0.2], dimension=9, rng=rng)
    return pair, rng.standard_normal(9)


def wishart_filters(size, trials, seed):
    """The three averages from drawn inputs and full eigendecompositions."""
    rng, lam = np.random.default_rng(seed), np.repeat(LAMBDA, DIMENSIONS)
    edges = np.concatenate([[0], np.cumsum(DIMENSIONS)[:-1]])
    rows = []
    for _ in range(trials):
        x = rng.standard_normal((size, lam.size)) * np.sqrt(lam)
        values, vectors = np.linalg.eigh(x.T @ x / size)
        values = np.maximum(values, 0.0)
        q = np.exp(-np.multiply.outer(TIMES, values))
        matrix = (vectors * q[:, None]) @ vectors.T
        left = np.add.reduceat(np.diagonal(matrix, axis1=1, axis2=2), edges, axis=1)
        error = np.einsum("tij,j,tij->ti", matrix, lam, matrix) / lam
        squared = np.add.reduceat(error, edges, axis=1)
        inverse = np.divide(1.0, values, out=np.zeros_like(values), where=values > 1e-10)
        noise = ((1 - q) ** 2 * inverse) @ np.einsum("ie,i->e", vectors**2, lam) / size
        rows.append(np.column_stack([left / DIMENSIONS, squared / DIMENSIONS, noise]))
    return np.mean(rows, axis=0), np.std(rows, axis=0) / np.sqrt(trials)


def test_filters_of_a_population_are_exponentials():
    found = flow_filters(LAMBDA, DIMENSIONS, np.inf, TIMES)
    left = np.exp(-np.outer(TIMES, LAMBDA))
    assert np.array_equal(found.left, left)
    assert np.array_equal(found.left_squared, left**2)
    assert (found.noise_kept == 0).all()


def test_filters_tend_to_those_of_the_population():
    many = flow_filters(LAMBDA, DIMENSIONS, 1e12, TIMES)
    whole = flow_filters(LAMBDA, DIMENSIONS, np.inf, TIMES)
    # The contour gives 1e-12 and tr Λ²/N is smaller still.
    for name in ("left", "left_squared", "noise_kept"):
        assert np.allclose(getattr(many, name), getattr(whole, name), rtol=0, atol=1e-10)


def test_nothing_is_learned_at_time_zero():
    found = flow_filters(LAMBDA, DIMENSIONS, [5, 40, np.inf], 0.0)
    assert (found.left == 1).all()
    assert (found.left_squared == 1).all()
    assert (found.noise_kept == 0).all()


@pytest.mark.parametrize("size", [6, 20, 29, 60])
def test_long_times_reach_the_converged_filters(size):
    late, end = (flow_filters(LAMBDA, DIMENSIONS, size, t) for t in (1e9, np.inf))
    # J grows like t below the threshold; 2J(t) − J(2t) loses ten digits of sixteen by then.
    assert np.allclose(late.left, end.left, rtol=0, atol=1e-9)
    assert np.allclose(late.left_squared, end.left_squared, rtol=0, atol=1e-8)
    assert np.allclose(late.noise_kept, end.noise_kept, rtol=1e-4)


def test_converged_noise_is_that_of_least_squares():
    sizes = np.array([29, 40, 100, 1000])
    found = flow_filters(LAMBDA, DIMENSIONS, sizes, np.inf).noise_kept
    assert np.allclose(found, 27 / (sizes - 28), rtol=1e-13)


def test_converged_noise_is_infinite_at_the_threshold():
    found = flow_filters(LAMBDA, DIMENSIONS, [25, 26, 27, 28, 29], np.inf).noise_kept
    assert np.array_equal(np.isinf(found), [False, True, True, True, False])


def test_one_eigenvalue_below_the_threshold_has_the_minimum_norm_share():
    found = flow_filters([0.3], [40], 10, np.inf)
    assert np.allclose(found.left, 1 - 10 / 40, rtol=1e-12)  # a projection of rank N
    assert np.allclose(found.noise_kept, 10 / 30, rtol=1e-12)  # N/(d − N), exactly N/(d − N − 1)


@pytest.mark.parametrize("size", [15, 60, 200])
def test_filters_match_drawn_inputs(size):
    mean, error = wishart_filters(size, 400, seed=size)
    found = flow_filters(LAMBDA, DIMENSIONS, size, TIMES)
    predicted = np.column_stack([found.left, found.left_squared, found.noise_kept])
    # 1/N is the order of the equivalent's own error; 4.3 standard errors for 35 entries.
    assert (np.abs(predicted - mean) <= 4.3 * error + (predicted + 0.2) / size).all()


def test_unused_eigenspaces_change_nothing():
    short = flow_filters([1.0], [3], 20, TIMES)
    long = flow_filters([1.0, 0.1], [3, 0], 20, TIMES)
    assert np.allclose(long.left[:, 0], short.left[:, 0], rtol=0, atol=1e-12)
    assert np.allclose(long.noise_kept, short.noise_kept, rtol=1e-10)


def test_rescaling_the_kernel_rescales_time():
    one = flow_filters(LAMBDA, DIMENSIONS, 50, TIMES)
    two = flow_filters(4.0 * LAMBDA, DIMENSIONS, 50, TIMES / 4.0)
    assert np.allclose(one.left_squared, two.left_squared, rtol=0, atol=1e-11)
    assert np.allclose(one.noise_kept, two.noise_kept, rtol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_without_a_stop_it_is_the_ridgeless_student(seed):
    pair, beta = some_pair(seed)
    view = student_view(pair, beta, [1.0, 1.0, 0.5, 0.1, 0.1])
    sizes, labels = np.array([7, 12, 80]), np.array([[7], [30]])
    filters = flow_filters(view.eigenvalues, view.dimensions, sizes, np.inf)
    predicted = student_risk(pair.geometry(beta), labels, sizes, 0.7)
    assert np.allclose(stopped_risk(view, filters, labels, 0.7), predicted, rtol=1e-12)


def test_without_samples_it_is_the_linear_path():
    times, error = np.geomspace(0.01, 1e4, 50), np.array([[0.1], [0.5]])
    view = linear_view(NETWORK, 31, error)
    filters = flow_filters(view.eigenvalues, view.dimensions, np.inf, times[None])
    view = linear_view(NETWORK, 31, error)
    found = stopped_risk(view, filters, np.inf, 3.0)
    assert np.allclose(found, linear_path(error, 0.05, times), rtol=1e-12)


def test_population_student_of_a_fixed_teacher_is_gradient_flow():
    pair, beta = some_pair(5)
    eigenvalues = np.array([1.0, 1.0, 0.5, 0.1, 0.1])
    view = student_view(pair, beta, eigenvalues)
    kernel = pair.strong @ np.diag(eigenvalues) @ pair.strong.T
    path = flow(kernel, pair.weak @ (pair.weak.T @ beta), TIMES)
    filters = flow_filters(view.eigenvalues, view.dimensions, np.inf, TIMES)
    expected = ((path - beta) ** 2).sum(axis=1)
    assert np.allclose(stopped_risk(view, filters, np.inf, 1.0), expected, rtol=1e-12)


def test_the_linear_view_is_the_mean_over_features():
    rng, rows = np.random.default_rng(8), []
    goal, scale = np.eye(32)[0], np.sqrt(np.repeat([1.0, 0.05], [1, 31]))
    strong = np.eye(32)[:, :11]
    filters = flow_filters([1.0, 0.05], [1, 10], 40, 6.0)
    for _ in range(1500):
        weak = np.linalg.qr((rng.standard_normal((8, 32)) * scale).T)[0]
        view = student_view(SubspacePair(strong, weak), goal, np.repeat([1.0, 0.05], [1, 10]))
        rows.append(stopped_risk(view, filters, 20, 1.0))
    predicted = linear_risk(NETWORK, 10, 20, 40, 6.0, 1.0)
    error = np.std(rows) / np.sqrt(len(rows))
    assert error < 0.02 * predicted
    assert abs(np.mean(rows) - predicted) < 3.3 * error


def test_two_values_of_the_error_give_the_mean_over_all():
    teacher = linear_teacher(NETWORK, np.random.default_rng(3), size=20_000).error
    view = linear_view(NETWORK, 10, teacher)
    filters = flow_filters(view.eigenvalues, view.dimensions, 40, 6.0)
    found = stopped_risk(view, filters, 20, 1.0)
    error = found.std() / np.sqrt(found.size)
    assert abs(found.mean() - linear_risk(NETWORK, 10, 20, 40, 6.0, 1.0)) < 3.3 * error


def test_formula_matches_gradient_flow_on_samples():
    rng, rows = np.random.default_rng(21), []
    scale, times = np.sqrt(np.repeat([1.0, 0.05], [1, 31])), np.array([2.0, 6.0, 60.0])
    for _ in range(800):
        weak = rng.standard_normal((8, 32)) * scale  # features of standardised inputs
        x, u = rng.standard_normal((24, 32)), rng.standard_normal((40, 32))
        labels = x[:, 0] + rng.standard_normal(24)
        teacher = np.linalg.lstsq(x @ weak.T, labels, rcond=None)[0] @ weak
        phi, pseudo = u[:, :16] * scale[:16], u @ teacher
        gram, moment = phi.T @ phi / 40, phi.T @ pseudo / 40
        values, vectors = np.linalg.eigh(gram)
        rate = -np.expm1(-np.outer(times, values)) / values
        weights = (rate * (vectors.T @ moment)) @ vectors.T
        student = np.pad(weights * scale[:16], ((0, 0), (0, 16)))
        rows.append(((student - np.eye(32)[0]) ** 2).sum(axis=1))
    mean, error = np.mean(rows, axis=0), np.std(rows, axis=0) / np.sqrt(len(rows))
    predicted = linear_risk(NETWORK, 15, 24, 40, times, 1.0)
    # 1/N = 2.5% is the order of the equivalent's error.
    assert (np.abs(mean - predicted) < 3.6 * error + 0.025 * predicted).all()


def test_gradient_flow_on_samples_is_the_limit_of_small_steps():
    rng = np.random.default_rng(4)
    phi, labels = rng.standard_normal((30, 6)), rng.standard_normal(30)
    gram, moment, weights = phi.T @ phi / 30, phi.T @ labels / 30, np.zeros(6)
    for _ in range(20_000):
        weights -= 1e-4 * (gram @ weights - moment)
    values, vectors = np.linalg.eigh(gram)
    exact = vectors @ (-np.expm1(-2.0 * values) / values * (vectors.T @ moment))
    assert np.allclose(weights, exact, atol=3e-4)  # Euler's error is of the order of the step


def test_without_a_stop_the_break_even_size_is_twice_the_dimension_plus_one():
    labels = np.array([12, 40, 4000])
    mean = linear_risk(NETWORK, 15, labels, 2 * 16 + 1, np.inf, 1.0)
    weak = linear_risk(NETWORK, 31, labels, np.inf, np.inf, 1.0)  # sees all: repeats its teacher
    assert np.allclose(mean, weak, rtol=1e-12)


def test_a_student_that_sees_all_repeats_its_teacher_in_the_end():
    view = linear_view(NETWORK, 31, 0.2)
    filters = flow_filters(view.eigenvalues, view.dimensions, [32, 33, 60], np.inf)
    expected = single_risk(8, 20, 1.0, 0.2)
    assert np.allclose(stopped_risk(view, filters, 20, 1.0), expected, rtol=1e-12)


def test_more_times_to_choose_from_remove_no_less():
    some, more = [4.0, np.inf], [2.0, 4.0, 8.0, np.inf]
    n, big_n = np.array([[12], [60]]), np.array([10, 100, np.inf])
    few, many = (share_removed(NETWORK, 15, n, big_n, times, 1.0) for times in (some, more))
    assert (few <= many).all()
    best = linear_risk(NETWORK, 15, 60, 100, some, 1.0).min()
    teacher = linear_risk(NETWORK, 31, 60, np.inf, np.inf, 1.0)
    assert few[1, 1] == pytest.approx(1 - best / teacher, rel=1e-12)


def test_discrepancy_never_is_negative():
    basis = random_basis(6, 3, np.random.default_rng(0))
    view = student_view(SubspacePair(basis, basis), None, np.ones(3))
    # Three squared cosines of one: each rounds by 1e-16, up or down by the machine.
    assert 0 <= view.discrepancy < 1e-14


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eigenvalues": [1.0, 0.0]}, "eigenvalues must exceed 0, got 0"),
        ({"eigenvalues": [1.0, 1.0]}, "eigenvalues must be distinct"),
        ({"dimensions": [1]}, "dimensions must have 2 entries as eigenvalues, got 1"),
        ({"dimensions": [1, 2.5]}, "dimensions must be whole numbers"),
        ({"dimensions": [0, 0]}, "not all 0"),
        ({"dimensions": [1, -1]}, "dimensions must be at least 0, got -1"),
        ({"n_unlabelled": 1}, "n_unlabelled must be at least 2, got 1"),
        ({"n_unlabelled": np.nan}, "n_unlabelled must be finite"),
        ({"times": -1.0}, "times must be at least 0, got -1"),
    ],
)
def test_filters_refuse(change, message):
    good = {"eigenvalues": [1.0, 0.1], "dimensions": [1, 5], "n_unlabelled": 20, "times": 1.0}
    with pytest.raises(ValueError, match=message):
        flow_filters(**(good | change))


def test_views_and_risks_refuse():
    pair, beta = some_pair(0)
    with pytest.raises(ValueError, match="eigenvalues must have d_strong = 5, got 2"):
        student_view(pair, beta, [1.0, 0.1])
    with pytest.raises(ValueError, match="n_signal must be 1 here, got 2"):
        linear_view(LinearNetwork(4, 6, 0.1, n_signal=2), 3, 0.1)
    with pytest.raises(ValueError, match=r"n_seen must lie in \[0, 31\], got 32"):
        linear_view(NETWORK, 32, 0.1)
    with pytest.raises(ValueError, match=r"teacher_error must lie in \[0, 1\], got 1.5"):
        linear_view(NETWORK, 3, 1.5)
    with pytest.raises(ValueError, match=r"n_labelled must be at least d_weak \+ 2 = 10, got 9"):
        linear_risk(NETWORK, 3, 9, 50, 1.0, 1.0)
    with pytest.raises(ValueError, match="noise must be at least 0, got -1"):
        linear_risk(NETWORK, 3, 20, 50, 1.0, -1.0)
    with pytest.raises(ValueError, match="student_eigenvalue must exceed 0, got 0"):
        linear_risk(NETWORK, 3, 20, 50, 1.0, 1.0, student_eigenvalue=0.0)
