"""Deterministic equivalents against simulated teachers."""

import numpy as np
import pytest

from w2s.gradient_flow import best_stop, spectral_path
from w2s.random_features import SpectralTeacher
from w2s.relu_network import relu_teacher
from w2s.sphere import ZonalTarget, sphere_points
from w2s.universality import deterministic_teacher


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
    assert teacher.overlap.sum() == pytest.approx(teacher.error, rel=1e-10)
    assert spectral_path(teacher, [0.0])[0] == pytest.approx(1.0, rel=1e-12)


def test_exponent_of_a_pure_degree_tends_to_two() -> None:
    ratios = []
    for width in (10**4, 10**6, 10**8):
        teacher = deterministic_teacher(32, width, degree_max=60)
        best = best_stop(lambda t, teacher=teacher: spectral_path(teacher, t * 4 * 32**2))
        ratios.append(float(best.loss / teacher.error**2))
    assert ratios[0] > ratios[1] > ratios[2] > 1.0
    assert ratios[2] < 1.1


def test_odd_degrees_are_not_learned() -> None:
    assert deterministic_teacher(8, 100, (0, 0, 0, 1)).error == 1.0


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        deterministic_teacher(8, 0)
    with pytest.raises(ValueError, match="dim must be at least 2, got 1"):
        deterministic_teacher(1, 10)
    with pytest.raises(ValueError, match="energy"):
        deterministic_teacher(8, 10, (1.0, 1.0))
    with pytest.raises(ValueError, match="degree_max must be at least 4, got 2"):
        deterministic_teacher(8, 10, (0, 0, 0, 0, 1), degree_max=2)
