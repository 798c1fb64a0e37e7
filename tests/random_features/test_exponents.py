"""One exponent per seed, and means over seeds that share a student."""

import numpy as np
import pytest

from w2s.metrics import fit_power_law
from w2s.random_features.exponents import mean_over_seeds, over_seeds, seed_exponents


def test_every_seed_has_its_own_fit() -> None:
    rng = np.random.default_rng(0)
    teacher = np.exp(rng.standard_normal((2, 5, 3)))
    student = teacher**1.7 * np.exp(0.1 * rng.standard_normal((2, 5, 3)))
    found = seed_exponents(teacher, student)
    assert found.shape == (2, 3)
    for k in range(2):
        for seed in range(3):
            fit = fit_power_law(teacher[k, :, seed], student[k, :, seed])
            assert found[k, seed] == fit.exponent


def test_each_student_adds_its_seeds_to_every_width() -> None:
    groups = np.arange(2 * 6 * 5).reshape(2, 6, 5)  # students, teachers of three widths, times
    found = over_seeds(groups, 3)
    assert found.shape == (3, 4, 5)
    for student in range(2):
        for teacher in range(6):
            width, seed = teacher // 2, 2 * student + teacher % 2
            np.testing.assert_array_equal(found[width, seed], groups[student, teacher])
    with pytest.raises(ValueError, match="widths must divide the number of teachers, 6, got 4"):
        over_seeds(groups, 4)


def test_independent_seeds_have_the_usual_standard_error() -> None:
    rng = np.random.default_rng(1)
    samples = rng.standard_normal((4000, 20))
    error = mean_over_seeds(samples, 5).standard_error
    plain = samples.std(axis=1, ddof=1) / np.sqrt(20)
    assert (error >= plain).all()
    # The larger of a fine and a coarse estimate of 1/√20: above it, by less than a third.
    assert 1.0 < error.mean() * np.sqrt(20) < 1.33


def test_intervals_cover_the_truth_when_students_differ() -> None:
    rng = np.random.default_rng(2)
    students = np.repeat(rng.standard_normal((20000, 5)), 4, axis=1)
    mean, error = mean_over_seeds(students + 0.5 * rng.standard_normal(students.shape), 5)
    # Five students give a t law of four degrees: 95% lie within 2.78 standard errors.
    assert (np.abs(mean) < 2.78 * error).mean() == pytest.approx(0.95, abs=0.01)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="students must divide the number of seeds, 4, got 3"):
        mean_over_seeds([1.0, 2.0, 3.0, 4.0], 3)
    with pytest.raises(ValueError, match="students must be at least 2, got 1"):
        mean_over_seeds([1.0, 2.0], 1)
    with pytest.raises(ValueError, match="values must be finite"):
        mean_over_seeds([1.0, np.nan], 2)
    with pytest.raises(ValueError, match="must have one shape"):
        seed_exponents(np.ones((3, 2)), np.ones((3, 1)))
    with pytest.raises(ValueError, match="teacher must exceed 0, got 0"):
        seed_exponents(np.zeros((3, 2)), np.ones((3, 2)))
