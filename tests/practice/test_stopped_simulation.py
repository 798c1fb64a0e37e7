"""Laws of the simulated student that stops early."""

import numpy as np
import pytest

from w2s.practice.stopped_simulation import (
    drawn_teacher,
    input_scales,
    kept_shares,
    sampled_filters,
    student_errors,
)
from w2s.practice.stopped_student import flow_filters, linear_risk
from w2s.random_features.linear_network import LinearNetwork

NETWORK = LinearNetwork(width=8, bulk_dim=31, bulk_eigenvalue=0.05)


def test_the_best_weak_function_is_an_orthogonal_projection_of_the_target():
    best, _ = drawn_teacher(NETWORK, 20, 1.0, np.random.default_rng(0))
    assert best @ best == pytest.approx(best[0], rel=1e-12)


def test_with_many_labels_the_teacher_is_the_best_weak_function():
    # Its variance is (σ² + ρ_w) d_w/n, at most 8e-5: four times its root allows for chance.
    best, fitted = drawn_teacher(NETWORK, 200_000, 1.0, np.random.default_rng(0))
    assert np.linalg.norm(fitted - best) < 4 * np.sqrt(8e-5)


def test_students_have_the_risk_of_the_formula():
    # The formula's own error is of order 1/N, well below 1% at these times.
    rng, times = np.random.default_rng(1), np.array([0.0, 3.0, 30.0])
    rows = []
    for _ in range(400):
        _, teacher = drawn_teacher(NETWORK, 40, 1.0, rng)
        inputs = rng.standard_normal((400, 32))
        rows.append(student_errors(NETWORK, 15, teacher, inputs, times))
    mean, error = np.mean(rows, axis=0), np.std(rows, axis=0) / 20
    exact = linear_risk(NETWORK, 15, 40, 400, times, 1.0)
    assert (abs(mean - exact) < 4 * error + 0.01 * exact).all()


def test_without_a_stop_the_student_is_the_fit_of_minimum_norm():
    rng, scale = np.random.default_rng(2), input_scales(NETWORK)
    _, teacher = drawn_teacher(NETWORK, 40, 1.0, rng)
    for size in (10, 60):  # fewer and more inputs than coordinates
        inputs = rng.standard_normal((size, 32))
        fit = np.linalg.lstsq(inputs * scale, inputs @ teacher, rcond=1e-10)[0] * scale
        fit[0] -= 1
        found = student_errors(NETWORK, 31, teacher, inputs, [np.inf])
        np.testing.assert_allclose(found, fit @ fit, rtol=1e-8)


def test_filters_of_samples_average_to_the_equivalents():
    # 500 draws; the equivalent's own error is of order 1/N, here 1/200.
    rng, times = np.random.default_rng(3), np.array([1.0, 10.0])
    spaces = [1.0, 0.05], [1, 15]
    drawn = [sampled_filters(*spaces, 200, times, rng) for _ in range(500)]
    exact = flow_filters(*spaces, 200, times)
    for name in ("left", "left_squared"):
        mean = np.mean([getattr(one, name) for one in drawn], axis=0)
        np.testing.assert_allclose(mean, getattr(exact, name), atol=0.01)
    noise = np.mean([one.noise_kept for one in drawn], axis=0)
    np.testing.assert_allclose(noise, exact.noise_kept, rtol=0.03)


def test_what_is_kept_is_what_is_seen_times_what_is_learned():
    # Twelve comparisons: at 4 standard errors one in a thousand would fail, and the seed is fixed.
    times, seen = np.array([1.0, 30.0]), [3, 15, 31]
    share, error = kept_shares(NETWORK, 20, 1.0, seen, times, 2000, np.random.default_rng(4))
    exact = np.array(seen)[:, None, None] / 31 * np.expm1(-0.05 * times) ** 2
    assert (abs(share - exact) < 4 * error + 1e-12).all()
    assert (error < 0.02 * exact.max()).all()
