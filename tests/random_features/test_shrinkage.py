"""Definition 1: three equivalent forms, and who satisfies them."""

import numpy as np
import pytest

from w2s.random_features.gradient_flow import flow
from w2s.random_features.shrinkage import (
    ball_margin,
    nearest_in_ball,
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
