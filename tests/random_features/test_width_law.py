"""The cost of a finite width, against simulated finite students."""

import numpy as np
import pytest

from w2s.random_features.finite_path import full_path
from w2s.random_features.finite_student import student_labels, student_moments
from w2s.random_features.gradient_flow import flow, linear_path, spectral_path
from w2s.random_features.linear_network import LinearNetwork, linear_functions
from w2s.random_features.relu_network import relu_gram, relu_teacher
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import ZonalTarget, relu_eigenvalues, sphere_points
from w2s.random_features.universality import deterministic_teacher
from w2s.random_features.width_law import (
    eigenspace_sizes,
    error_without_stopping,
    width_coefficient,
)

DIM = 8


def _relu_paths(students, width, times):
    """Teacher's spectrum, and paths of independent finite students, one row each."""
    rng = np.random.default_rng([students, width])
    target = ZonalTarget(np.eye(DIM)[0])
    teacher = relu_teacher(sphere_points(rng, 24, DIM), target)
    rows = []
    for _ in range(students):
        v = sphere_points(rng, width, DIM)
        path = full_path(
            relu_gram(v) / width, student_labels(v, [teacher]), student_moments(v, target)
        )
        rows.append(path(times)[0])
    return teacher.spectrum, np.array(rows)


def test_sizes_add_up_to_the_trace_of_the_kernel() -> None:
    teacher = deterministic_teacher(DIM, 30)
    sizes = eigenspace_sizes(DIM, teacher)
    assert sizes @ teacher.eigenvalues == pytest.approx(0.5 / DIM, rel=1e-12)  # rounding
    assert list(sizes[:4]) == [1, DIM, 35, 294]
    assert sizes[-1] == 0


def test_relu_students_of_finite_width_cost_the_coefficient() -> None:
    times = np.array([2.0, 5.0, 10.0]) * 4 * DIM**2
    width, students = 400, 150
    spectrum, paths = _relu_paths(students, width, times)
    excess = width * (paths - spectral_path(spectrum, times))
    batch = SpectralTeacher.stack([spectrum] * 3)
    predicted = width_coefficient(batch, eigenspace_sizes(DIM, spectrum), times)
    error = excess.std(axis=0, ddof=1) / np.sqrt(students)
    # Four standard errors, and the next order, about (trace of degree two and more)/(λ_1 M_ST).
    assert (np.abs(excess.mean(axis=0) - predicted) < 4 * error + 0.05 * predicted).all()
    assert (error < 0.1 * predicted).all()


def test_linear_students_of_finite_width_cost_the_coefficient() -> None:
    network = LinearNetwork(width=6, bulk_dim=20, bulk_eigenvalue=0.1)
    width, times, trials = 2000, np.array([1.0, 4.0]), 400
    rng = np.random.default_rng(3)
    excess, law = [], []
    for _ in range(trials):
        target, labels, kernel = linear_functions(network, width, rng)
        loss = ((labels - target) ** 2).sum()
        path = ((flow(kernel, labels, times) - target) ** 2).sum(axis=1)
        excess.append(width * (path - linear_path(loss, 0.1, times)))
        moments = [[1.0, 0.0], [loss, 0.0], [loss**2, loss * (1 - loss)]]
        batch = SpectralTeacher(network.eigenvalues, *(np.array([m, m]) for m in moments))
        law.append(width_coefficient(batch, [1, 20], times, features="normal"))
    gap = np.array(excess) - law
    error = gap.std(axis=0, ddof=1) / np.sqrt(trials)
    # Four standard errors, and the next order, about sD/M_ST = 0.001 relative to the first.
    assert (np.abs(gap.mean(axis=0)) < 4 * error + 0.02 * np.abs(law).mean(axis=0)).all()


def test_a_hard_filter_costs_the_trace_above_it() -> None:
    dim = 4000  # λ_2/λ_1 = 1.6e-4, so at t λ_1 = 12 degree one is learned and degree two is not
    teacher = deterministic_teacher(dim, 10 * dim)
    time = 12.0 / relu_eigenvalues(dim, 1)[1]
    trace = dim - 4 * dim**2 * relu_eigenvalues(dim, 0)[0]
    cost = width_coefficient(teacher, eigenspace_sizes(dim, teacher), time)
    # What is left of degree one, e^-12, and what is learned of degree two, 0.002.
    assert cost / trace == pytest.approx(1.0, abs=0.1)


def test_students_trained_to_the_end_miss_what_their_features_do_not_hold() -> None:
    spectrum, paths = _relu_paths(40, 300, np.array([1e12]))
    ends = paths[:, 0]
    predicted = error_without_stopping(spectrum, DIM, 300)
    spread = ends.std(ddof=1) / np.sqrt(40)
    missed = float(spectrum.error - predicted)
    assert missed > 0.05 * spectrum.error
    # Four standard errors, and a few per cent of the difference for the ansatz.
    assert abs(ends.mean() - predicted) < 4 * spread + 0.05 * missed


def test_a_wide_student_returns_to_its_teacher() -> None:
    teacher = deterministic_teacher(DIM, 30)
    ends = [float(error_without_stopping(teacher, DIM, 10**k)) for k in (2, 3, 5)]
    assert ends[0] < ends[1] < ends[2] < teacher.error
    assert float(error_without_stopping(teacher, DIM, 10**9)) == pytest.approx(
        float(teacher.error),
        rel=1e-3,  # the highest degrees are never quite resolved
    )


def test_bad_input_is_refused() -> None:
    teacher = deterministic_teacher(DIM, 30)
    sizes = eigenspace_sizes(DIM, teacher)
    with pytest.raises(ValueError, match="teacher must have the ReLU spectrum of dimension 9"):
        eigenspace_sizes(9, teacher)
    with pytest.raises(ValueError, match=r"sizes must have shape \(24,\), got \(2,\)"):
        width_coefficient(teacher, [1, 2], 1.0)
    with pytest.raises(ValueError, match="times must be at least 0, got -1"):
        width_coefficient(teacher, sizes, -1.0)
    with pytest.raises(ValueError, match=r"times must have the shape of the batch, \(\), got \(2"):
        width_coefficient(teacher, sizes, [1.0, 2.0])
    with pytest.raises(ValueError, match="features must be one of sphere, normal, got 'cube'"):
        width_coefficient(teacher, sizes, 1.0, features="cube")
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        error_without_stopping(teacher, DIM, 0)
