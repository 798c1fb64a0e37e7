"""The width of features is found again from an error curve, in law and on samples."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from w2s.discrepancy.feature_width import fixed_split, read_width, student_errors
from w2s.discrepancy.ridgeless import student_risk
from w2s.discrepancy.subspaces import axis_aligned_pair
from w2s.metrics import mean_and_error


def gaussian_features(rows=4000):
    pair, source = axis_aligned_pair(12, 20, 6), np.random.default_rng(0)
    latent = source.standard_normal((rows, pair.dimension))
    target = np.full(pair.dimension, 0.3)
    clean, level = latent @ target, 2 * source.standard_normal(rows)
    return (latent @ pair.weak, latent @ pair.strong, clean, clean + level), pair.geometry(target)


def test_width_of_an_exact_law_is_found_with_its_coefficients():
    sizes = np.array([100, 130, 180, 300, 700])
    errors = np.outer(2 + 3 * 77 / (sizes - 78), [1.0, 1.0])
    found = read_width(sizes, errors)
    assert found.width == pytest.approx(77, rel=1e-6)
    assert (found.floor, found.slope) == (pytest.approx(2), pytest.approx(3))
    assert found.misfit < 1e-7
    np.testing.assert_allclose(found.error(sizes), errors[:, 0], rtol=1e-7)


def test_width_of_sampled_features_is_the_number_of_strong_features():
    # Also where the features fall by a factor of twelve: a tiny ridge uses them all.
    (weak, strong, clean, noisy), _ = gaussian_features()
    near = [18, 20, 22, 26, 34, 60, 200, 400]
    for scale in (1, 1 / np.arange(1, 13)):
        table = (weak, strong * scale, clean, noisy)
        found = read_width(near, student_errors(*table, 60, near, test_rows=1500, trials=80))
        assert abs(found.width - 12) < 4 * found.standard_error
        assert found.standard_error < 1


def test_errors_are_the_exact_risks():
    data, geometry = gaussian_features()
    sizes = [40, 100, 400]
    mean, error = mean_and_error(
        student_errors(*data, 60, sizes, test_rows=1500, trials=60), axis=1
    )
    exact = student_risk(geometry, 60, np.array(sizes), 4.0)
    # Trials share one noise vector and one test set: 8% covers what their spread misses.
    assert (abs(mean - exact) < 4 * error + 0.08 * mean).all()


def test_splits_are_those_of_scikit_learn():
    train, test = train_test_split(range(500), test_size=90, random_state=42, shuffle=True)
    one, two = train_test_split(train, train_size=70, test_size=110, random_state=3)
    for ours, theirs in zip(fixed_split(500, 90, 70, 110, 3), (one, two, test), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_splits_must_fit():
    with pytest.raises(ValueError, match="n \\+ N \\+ test_rows must be at most 100, got 101"):
        fixed_split(100, 30, 31, 40, 0)


@pytest.mark.parametrize(
    ("sizes", "errors", "message"),
    [
        ([10, 20, 30], np.ones((3, 2)), "need 4 sizes and 2 trials"),
        ([10, 20, 30, 40], np.ones((4, 1)), "need 4 sizes and 2 trials"),
        ([10, 20, 30, 40], np.ones((3, 2)), "need 4 sizes and 2 trials"),
        ([3, 20, 30, 40], np.ones((4, 2)), "n_unlabelled must exceed 4"),
        ([10, 20, 30, 40], np.zeros((4, 2)), "errors must exceed 0"),
    ],
)
def test_a_curve_needs_points_and_positive_errors(sizes, errors, message):
    with pytest.raises(ValueError, match=message):
        read_width(sizes, errors)
