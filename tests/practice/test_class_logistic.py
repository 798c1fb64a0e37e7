"""Logistic heads: scikit-learn's solution, the ridge fit they are near zero, and their choice."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from w2s.practice.training.class_logistic import ClassLogistic, as_ridge
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut


def sample(rows, columns, classes, seed=0, apart=1.0):
    rng = np.random.default_rng(seed)
    code = np.arange(rows) % classes
    means = apart * np.random.default_rng(9).standard_normal((classes, columns))
    scale = np.geomspace(1, 0.1, columns)
    return (means[code] + rng.standard_normal((rows, columns))) * scale, code.astype(float)


@pytest.mark.parametrize(("rows", "columns", "classes"), [(200, 20, 3), (40, 90, 4), (150, 12, 2)])
@pytest.mark.parametrize("penalty", [10.0, 0.1, 1e-3])
def test_probabilities_are_those_of_scikit_learn_below_and_above_the_columns(
    rows, columns, classes, penalty
):
    x, code = sample(rows, columns, classes)
    new, _ = sample(30, columns, classes, seed=1)
    inverse = 1 / penalty if classes == 2 else 1 / (2 * penalty)
    theirs = LogisticRegression(C=inverse, tol=1e-10, max_iter=20_000).fit(x, code)
    ours = ClassLogistic(classes, penalty).to(x, code)(new)
    # Ours stops when a mean gradient in its units is below 1e-5: for separable classes under the
    # least penalty, of which the loss is flat, that leaves 2e-3 of a probability.
    np.testing.assert_allclose(ours, theirs.predict_proba(new), atol=4e-3)


def test_a_student_of_probabilities_is_a_fit_to_weighted_rows_of_every_class():
    x, code = sample(80, 10, 3)
    soft = ClassLogistic(3, 0.5).to(x, code)(x)
    ours = ClassLogistic(3, 0.2).to(x, soft)(x)
    theirs = LogisticRegression(C=1 / 0.4, tol=1e-10, max_iter=20_000)
    theirs.fit(np.repeat(x, 3, axis=0), np.tile(np.arange(3), 80), sample_weight=soft.ravel())
    np.testing.assert_allclose(ours, theirs.predict_proba(x), atol=1e-3)  # as above
    hard = ClassLogistic(3, 0.2, hard=True).to(x, soft)(x)
    told = ClassLogistic(3, 0.2).to(x, soft.argmax(axis=1).astype(float))(x)
    np.testing.assert_array_equal(hard, told)
    assert np.abs(hard - ours).max() > 0.05


def test_under_a_large_penalty_it_is_the_ridge_fit_of_its_penalty_times_twice_the_classes():
    x, code = sample(300, 15, 4)
    penalty = 3e4
    told = np.log(ClassLogistic(4, penalty).to(x, code)(x))
    scores = told - told.mean(axis=1, keepdims=True)
    ridge = RidgeByLeaveOneOut(as_ridge(penalty, 4)).to(x, np.eye(4)[code.astype(int)])(x)
    away = 4 * ridge - 1
    assert 1e-3 < np.abs(away).max() < 0.05  # scores near zero
    # What is left is of the order of the square of the scores, and where the solver stops.
    assert np.abs(scores - away).max() < 0.05 * np.abs(away).max()


def test_a_chosen_penalty_is_about_the_best_on_fresh_rows():
    new, truth = sample(2000, 30, 3, seed=5, apart=0.3)
    for seed in range(3):
        x, code = sample(90, 30, 3, seed=seed, apart=0.3)

        def loss(penalty, x=x, code=code):
            told = ClassLogistic(3, penalty).to(x, code)(new)
            return -np.mean(np.log(told[np.arange(2000), truth.astype(int)]))

        tried = [loss(penalty) for penalty in np.geomspace(1e-3, 100, 6)]
        # A log-loss from 18 rows a fold is known to a tenth; without a penalty it is many times
        # the best.
        assert loss(None) < 1.15 * min(tried) < 0.5 * max(tried)


def test_labels_that_no_feature_explains_leave_the_shares_of_the_classes():
    x, _ = sample(300, 20, 3)
    code = np.random.default_rng(3).integers(3, size=300).astype(float)
    told = ClassLogistic(3).to(x, code)(x)
    shares = np.bincount(code.astype(int)) / 300
    # A grid in powers of ten does not hold the infinite penalty that would be right.
    np.testing.assert_allclose(told, np.tile(shares, (300, 1)), atol=0.1)


def test_a_class_that_is_not_among_the_labels_is_hardly_told():
    x, code = sample(60, 8, 2)
    told = ClassLogistic(3).to(x, code)(x)
    assert told.shape == (60, 3) and told[:, 2].max() < 0.05


def test_two_fits_are_equal_to_the_last_bit():
    x, code = sample(70, 90, 5)
    first, second = (ClassLogistic(5).to(x, code)(x) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ValueError, match="penalty must exceed 0, got -1"):
        ClassLogistic(3, -1.0)
    with pytest.raises(ValueError, match="labels must be classes from 0 to 1"):
        ClassLogistic(2).to(np.eye(3), np.array([0.0, 1.0, 2.0]))
