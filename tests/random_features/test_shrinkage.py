"""Definition 1: three equivalent forms, and who satisfies them."""

import numpy as np
import pytest

from w2s.random_features.gradient_flow import flow
from w2s.random_features.shrinkage import (
    ball_margin,
    best_scale,
    nearest_in_ball,
    outside_ball,
    shrinkage_gain,
    shrinkage_margin,
)


def test_three_forms_of_shrinkage_optimality_agree() -> None:
    rng = np.random.default_rng(0)
    student, teacher = rng.standard_normal((2, 3000, 3))
    energy, inner = (student**2).sum(-1), (student * teacher).sum(-1)
    slope = shrinkage_margin(energy, inner) >= 0
    ball = ball_margin(energy, inner, (teacher**2).sum(-1)) >= 0
    literal = shrinkage_gain(energy, inner) == 0
    assert 0.05 < slope.mean() < 0.95  # both outcomes occur
    np.testing.assert_array_equal(slope, ball)
    np.testing.assert_array_equal(slope, literal)


def test_shrinkage_gain_is_the_decrease_found_on_a_grid() -> None:
    rng = np.random.default_rng(1)
    student, teacher = rng.standard_normal((2, 50, 4))
    alphas = np.linspace(0, 1, 2001)
    losses = ((alphas[:, None, None] * student - teacher) ** 2).sum(-1)
    gain = shrinkage_gain((student**2).sum(-1), (student * teacher).sum(-1))
    # Grid step h = 5e-4 loses at most h²‖f‖²/4 < 2e-6.
    np.testing.assert_allclose(gain, losses[-1] - losses.min(axis=0), atol=2e-6)


def test_gradient_flow_is_shrinkage_optimal_at_every_time_for_any_kernel() -> None:
    rng = np.random.default_rng(2)
    for rank in (1, 3, 8):
        root = rng.standard_normal((8, rank))
        labels = rng.standard_normal(8)
        path = flow(root @ root.T, labels, np.geomspace(1e-4, 1e4, 200))
        margin = shrinkage_margin((path**2).sum(-1), path @ labels)
        assert margin.min() >= -1e-13 * (labels @ labels)  # rounding at convergence


def test_target_inside_the_ball_is_its_own_nearest_point() -> None:
    target = np.array([0.6, 0.8])
    np.testing.assert_array_equal(nearest_in_ball(target, 1.5 * target), target)


def test_impossible_moments_are_refused() -> None:
    with pytest.raises(ValueError, match="student_energy must be at least 0, got -1"):
        shrinkage_margin(-1.0, 0.0)
    with pytest.raises(ValueError, match="student_energy must be at least 0, got -1"):
        shrinkage_gain(-1.0, 0.0)
    bound = r"^inner must lie in \[-1.5, 1.5\] for student_energy = 9 and teacher_energy = 0.25"
    for beyond, told in ((2.0, "2"), (-2.0, "-2"), (1.500000002, "1.500000002")):
        with pytest.raises(ValueError, match=rf"{bound}, got {told}$"):
            ball_margin(9.0, beyond, 0.25)
    # The entry that is told is one that breaks the condition, not one that rounding explains.
    with pytest.raises(ValueError, match=rf"{bound}, got 2$"):
        ball_margin([1e12, 9.0], [1e12 * (1 + 4e-10), 2.0], [1e12, 0.25])
    with pytest.raises(ValueError, match="teacher must have the length of target, 2, got 3"):
        nearest_in_ball([1.0, 0.0], [1.0, 0.0, 0.0])


def test_shrinking_a_little_improves_a_teacher_exactly_outside_the_ball() -> None:
    rng = np.random.default_rng(3)
    teacher, target = rng.standard_normal((2, 3000, 3))
    energy, inner = (teacher**2).sum(-1), (teacher * target).sum(-1)
    before, after = (((c * teacher - target) ** 2).sum(-1) for c in (1.0, 1 - 1e-6))
    outside = outside_ball(energy, inner) > 0
    # The second order of the step can decide only where the margin is below 1e-6 of the energy.
    clear = np.abs(outside_ball(energy, inner)) > 1e-5 * energy
    assert 0.05 < outside.mean() < 0.95 and clear.mean() > 0.99  # both outcomes occur
    np.testing.assert_array_equal((after < before)[clear], outside[clear])
    distance = ((teacher - target / 2) ** 2).sum(-1)
    np.testing.assert_array_equal(distance > (target**2).sum(-1) / 4, outside)


def test_the_best_scale_is_below_one_exactly_outside_the_ball() -> None:
    rng = np.random.default_rng(4)
    teacher, target = rng.standard_normal((2, 300, 3))
    energy, inner = (teacher**2).sum(-1), (teacher * target).sum(-1)
    scale = best_scale(inner, energy)
    np.testing.assert_array_equal(scale < 1, outside_ball(energy, inner) > 0)
    losses = [(((scale + s)[:, None] * teacher - target) ** 2).sum(-1) for s in (-0.01, 0, 0.01)]
    assert (losses[1] < np.minimum(losses[0], losses[2])).all()


def test_a_teacher_without_energy_has_no_scale() -> None:
    with pytest.raises(ValueError, match="energy must exceed 0, got 0"):
        best_scale(0.0, 0.0)
    with pytest.raises(ValueError, match="energy must be at least 0, got -1"):
        outside_ball(-1.0, 0.0)
