"""Deterministic equivalents against simulated teachers."""

import numpy as np
import pytest

from w2s.random_features.gradient_flow import best_stop, spectral_path
from w2s.random_features.relu_network import relu_teacher
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import ZonalTarget, multiplicities, relu_eigenvalues, sphere_points
from w2s.random_features.universality import (
    _trace_above,
    _traces,
    deterministic_teacher,
    error_by_rate,
    gaussian_teacher,
    resolution_level,
)


def _simulated(dim, width, coefficients, seeds):
    rng = np.random.default_rng([dim, width])
    target = ZonalTarget(np.eye(dim)[0], coefficients)
    return SpectralTeacher.stack(
        [relu_teacher(sphere_points(rng, width, dim), target).spectrum for _ in range(seeds)]
    )


@pytest.mark.parametrize(
    ("dim", "width", "coefficients"),
    [(16, 40, (0, 1)), (16, 200, (0, 1)), (32, 100, (0, 1)), (24, 150, (0, 0, 1)),
     (16, 150, (0, 0.6, 0.8))],
)  # fmt: skip
def test_typical_teacher_is_the_mean_of_simulated_ones(dim, width, coefficients) -> None:
    simulated = _simulated(dim, width, coefficients, 40)
    typical = deterministic_teacher(dim, width, coefficients)
    spread = simulated.error.std(ddof=1) / np.sqrt(40)
    # The ansatz itself is off by a few per cent at these sizes.
    assert abs(simulated.error.mean() - typical.error) < 4 * spread + 0.05 * typical.error
    scale = 4 * dim**2
    measured = best_stop(lambda t: spectral_path(simulated, t * scale)).loss.mean()
    predicted = best_stop(lambda t: spectral_path(typical, t * scale)).loss
    assert measured == pytest.approx(predicted, rel=0.2)


@pytest.mark.parametrize("coefficients", [(0, 1), (0, 0, 1), (0.6, 0, 0, 0, 0.8)])
def test_typical_energies_are_those_of_a_projection(coefficients) -> None:
    teacher = deterministic_teacher(20, 300, coefficients)
    # An identity of the deterministic equivalent; the equation for κ is solved to 1e-14.
    assert teacher.cross_energy.sum() == pytest.approx(teacher.error, rel=1e-10)
    assert spectral_path(teacher, [0.0])[0] == pytest.approx(1.0, rel=1e-12)


def test_exponent_of_a_pure_degree_tends_to_two() -> None:
    ratios = []
    for width in (10**4, 10**6, 10**8):
        teacher = deterministic_teacher(32, width, degree_max=60)
        best = best_stop(lambda t, teacher=teacher: spectral_path(teacher, t * 4 * 32**2))
        ratios.append(float(best.loss / teacher.error**2))
    assert ratios[0] > ratios[1] > ratios[2] > 1.0
    assert ratios[2] < 1.1


def test_in_high_dimension_the_error_is_the_root_of_the_one_parameter_equation() -> None:
    rates = np.array([0.25, 1.0, 4.0])
    root = error_by_rate(rates)
    np.testing.assert_allclose(rates * root, (1 - root) * (root + 1 - 2 / np.pi), rtol=1e-14)
    typical = [deterministic_teacher(2000, int(2000 * rate)).error for rate in rates]
    # What is left is of order 1/d and M_TE/d², here at most 2e-3 of the root.
    np.testing.assert_allclose(typical, root, rtol=1e-2)
    with pytest.raises(ValueError, match="rate"):
        error_by_rate(-1.0)


def test_odd_degrees_are_not_learned() -> None:
    assert deterministic_teacher(8, 100, (0, 0, 0, 1)).error == 1.0


@pytest.mark.parametrize(
    ("dim", "width"),
    [(2, 30), (3, 10**4), (5, 40), (5, 10**6), (8, 10**9), (16, 300), (16, 10**12), (64, 16384)],
)
def test_the_resolved_fractions_add_up_to_the_number_of_features(dim, width) -> None:
    kappa, last = resolution_level(dim, width), 8000
    values, counts = relu_eigenvalues(dim, last), multiplicities(dim, last)
    sums = np.cumsum(counts * values / (values + kappa))
    half, whole = sums[last // 2], sums[last]
    # The terms fall as x⁻⁴ with x = ℓ + d/2, so the rest follows from the last half of the sum.
    ratio = ((last + dim / 2) / (last / 2 + dim / 2)) ** 3
    # Relative to the rest, the next order is 2 d³/last², at most a hundredth; the rest itself
    # counts for (200/last)³ at most, and λ is known to 1e-11 at the last degrees.
    assert whole + (whole - half) / (ratio - 1) == pytest.approx(width, rel=1e-8)


@pytest.mark.parametrize(
    ("dim", "width"), [(3, 10**4), (5, 10**6), (8, 10**9), (8, 10**15), (32, 10**30)]
)
def test_the_degrees_are_chosen_for_the_width(dim, width) -> None:
    teacher, kappa = deterministic_teacher(dim, width), resolution_level(dim, width)
    linear = 1 / (4 * dim**2)
    # ``Σ‖r_ℓ‖² = Σ⟨f*_ℓ, r_ℓ⟩ = κ/(λ₁ + κ)``, two sums of positive terms.
    assert teacher.error == pytest.approx(kappa / (linear + kappa), rel=1e-12, abs=0.0)
    assert teacher.cross_energy.sum() == pytest.approx(kappa / (linear + kappa), rel=1e-12, abs=0.0)
    assert teacher.eigenvalues[-2] < 0.01 * kappa  # all that is resolved has its own eigenspace
    finer = deterministic_teacher(dim, width, degree_max=2 * (2 * teacher.eigenvalues.size))
    assert finer.error == pytest.approx(teacher.error, rel=1e-10, abs=0.0)
    coarse = deterministic_teacher(dim, width, degree_max=2)
    assert coarse.error == pytest.approx(teacher.error, rel=1e-12, abs=0.0)
    assert coarse.eigenvalues.size == 5


@pytest.mark.parametrize(("dim", "width"), [(2, 10**4), (3, 10**9), (8, 10**30)])
def test_a_width_that_resolves_too_many_degrees_is_refused(dim, width) -> None:
    with pytest.raises(ValueError, match=f"width must be so small that .* dim = {dim}, got"):
        deterministic_teacher(dim, width)


@pytest.mark.parametrize("dim", [2, 3, 8, 33])
def test_the_trace_above_a_degree_is_what_the_degrees_there_add_up_to(dim) -> None:
    values, traces = _traces(dim, 4000)
    np.testing.assert_allclose(values, relu_eigenvalues(dim, 4000), rtol=1e-10, atol=0.0)
    np.testing.assert_allclose(traces, values * multiplicities(dim, 4000), rtol=1e-10, atol=0.0)
    above = _trace_above(dim, 1000, traces[:1001])
    assert above - _trace_above(dim, 4000, traces) == pytest.approx(traces[1001:].sum(), rel=1e-11)
    # The whole trace is 1/(2d); the subtraction leaves 1e-16 of it.
    assert above == pytest.approx(0.5 / dim - traces[:1001].sum(), abs=1e-15 * 0.5 / dim * 10)


def test_gaussian_teachers_have_the_typical_error_even_in_low_dimension() -> None:
    rng = np.random.default_rng(5)
    errors = np.array([gaussian_teacher(5, 100, rng).error for _ in range(40)])
    spread = errors.std(ddof=1) / np.sqrt(40)
    typical = float(deterministic_teacher(5, 100).error)
    # Four standard errors, and a few per cent between a mean and a typical value.
    assert abs(errors.mean() - typical) < 4 * spread + 0.05 * typical


def test_gaussian_teachers_are_projections() -> None:
    teacher = gaussian_teacher(6, 50, np.random.default_rng(6))
    # ⟨f*, r⟩ = ‖r‖², up to rounding in the solved system.
    assert teacher.cross_energy.sum() == pytest.approx(float(teacher.error), rel=1e-9)
    assert teacher.target_energy.sum() == 1.0


def test_the_targets_own_direction_has_twice_the_noise_of_any_other() -> None:
    count = 8  # directions of degree one, N_1
    rng, dim, width = np.random.default_rng(7), count, 60
    drawn = SpectralTeacher.stack(
        [gaussian_teacher(dim, width, rng, degree_max=2) for _ in range(1000)]
    )
    # Along the target the residual is the teacher's error; the rest of degree one is noise.
    own = (drawn.error - drawn.error.mean()) ** 2
    other = (drawn.residual_energy[:, 1] - drawn.error**2) / (count - 1)
    ratio = own.mean() / other.mean()
    spread = float(np.std(own - ratio * other, ddof=1) / other.mean() / np.sqrt(1000))
    # Three standard errors. A ratio of 0 would give N_1 − 1 directions in the mean, of 1 N_1.
    assert abs(ratio - 2) < 3 * spread < 1
    kappa = resolution_level(dim, width)
    values, counts = relu_eigenvalues(dim, 2), multiplicities(dim, 2)
    shape = values / (values + kappa) ** 2
    typical = deterministic_teacher(dim, width, degree_max=2)
    one, two = typical.residual_energy[1:3] - [typical.error**2, 0.0]
    # An identity of the formula: the noise of degree one is that of N_1 + 1 directions.
    assert one * shape[2] / shape[1] == pytest.approx((count + 1) * two / counts[2], rel=1e-10)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        deterministic_teacher(8, 0)
    with pytest.raises(ValueError, match="dim must be at least 2, got 1"):
        deterministic_teacher(1, 10)
    with pytest.raises(ValueError, match="energy"):
        deterministic_teacher(8, 10, (1.0, 1.0))
    with pytest.raises(ValueError, match="degree_max must be at least 4, got 2"):
        deterministic_teacher(8, 10, (0, 0, 0, 0, 1), degree_max=2)
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        resolution_level(8, 0)
    with pytest.raises(ValueError, match="degree_max must be at least 2, got 1"):
        gaussian_teacher(8, 10, np.random.default_rng(0), degree_max=1)
