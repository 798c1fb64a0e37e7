"""Heads are the regressions they claim to be."""

import numpy as np
import pytest
from scipy.optimize import minimize

from w2s.practice.training.heads import Ridge, Softmax


def rng(seed=0):
    return np.random.default_rng(seed)


def classes(rows=400, width=5, count=3):
    """Overlapping classes, so that the best weights are finite."""
    source = rng(1)
    x = source.standard_normal((rows, width))
    y = np.argmax(x[:, :count] + 2 * source.gumbel(size=(rows, count)), axis=1).astype(float)
    return x, y


def test_ridge_solves_its_normal_equations():
    x, y = rng().standard_normal((40, 7)), rng(1).standard_normal(40)
    exact = np.linalg.solve(x.T @ x + 0.3 * np.eye(7), x.T @ y)
    np.testing.assert_allclose(Ridge(ridge=0.3).fit(x, y, rng())(x), x @ exact, rtol=1e-10)


def test_a_tiny_ridge_is_least_squares_and_the_minimum_norm_solution():
    for rows in (40, 5):  # more and fewer rows than features
        x, y = rng().standard_normal((rows, 10)), rng(1).standard_normal(rows)
        exact = np.linalg.lstsq(x, y, rcond=None)[0]
        fresh = rng(2).standard_normal((3, 10))
        # ridge/s² is about 1e-6/1: six digits remain
        np.testing.assert_allclose(Ridge().fit(x, y, rng())(fresh), fresh @ exact, rtol=1e-4)


def test_a_wide_matrix_of_low_rank_is_fitted_through_the_sketch_without_loss():
    x = rng().standard_normal((60, 8)) @ rng(1).standard_normal((8, 50))
    y = rng(2).standard_normal(60)
    whole, capped = Ridge().fit(x, y, rng()), Ridge(rank_cap=8, oversampling=2).fit(x, y, rng())
    np.testing.assert_allclose(whole(x), capped(x), atol=1e-6)


def test_the_sketch_keeps_the_oversampled_directions():
    x, y = rng().standard_normal((60, 50)), rng(2).standard_normal(60)
    capped = Ridge(ridge=1e-12, rank_cap=8, oversampling=2).fit(x, y, rng(3))(np.eye(50))
    # The coefficients lie in a space of 10 dimensions: a second sketch of 10 finds another one.
    other = Ridge(ridge=1e-12, rank_cap=8, oversampling=2).fit(x, y, rng(4))(np.eye(50))
    assert not np.allclose(capped, other)
    full = Ridge(ridge=1e-12, rank_cap=40, oversampling=10).fit(x, y, rng(3))(np.eye(50))
    np.testing.assert_allclose(full, Ridge(ridge=1e-12).fit(x, y, rng())(np.eye(50)), atol=1e-9)


def test_softmax_reaches_the_minimum_of_the_cross_entropy():
    x, y = classes()
    head = Softmax(3)
    targets, rows = head.encode(y), np.column_stack([x, np.ones(len(x))])

    def loss(weights):
        scores = rows @ weights.reshape(6, 3)
        top = scores.max(axis=1)
        logs = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
        return np.mean(logs - (scores * targets).sum(axis=1))

    best = minimize(loss, np.zeros(18), method="BFGS", options={"gtol": 1e-9})
    found = head.fit(x, targets, rng())(x)
    scores = rows @ best.x.reshape(6, 3)
    exact = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    # BFGS with finite differences reaches about 1e-6
    np.testing.assert_allclose(found, exact, atol=1e-4)


def test_a_student_imitates_probabilities_or_decisions():
    x, y = classes()
    soft = Softmax(3, student_rate=1.0)
    outputs = soft.fit(x, soft.encode(y), rng())(x)
    np.testing.assert_allclose(soft.imitate(x, outputs, rng())(x), outputs, atol=1e-4)
    hard = Softmax(3, student_rate=1.0, hard=True).imitate(x, outputs, rng())(x)
    assert hard.max(axis=1).mean() > outputs.max(axis=1).mean() + 0.2  # far more confident


def test_few_small_steps_stop_short():
    x, y = classes()
    head = Softmax(3, student_iterations=3, student_rate=0.1)
    targets = head.encode(y)
    assert head.error(head.fit(x, targets, rng())(x), y) < head.error(
        head.imitate(x, targets, rng())(x), y
    )


def test_errors_are_the_stated_ones():
    assert Ridge().error(np.array([1.0, 2.0]), np.array([0.0, 0.0])) == 2.5
    outputs = np.array([[0.7, 0.3], [0.5, 0.5]])
    expected = (0.3**2 + 0.3**2 + 0.5**2 + 0.5**2) / 4
    assert Softmax(2).error(outputs, np.array([0.0, 1.0])) == pytest.approx(expected)


def test_heads_describe_themselves():
    assert "penalty 1e-06" in Ridge().words and "768 + 10" in Ridge().words
    assert "decisions, 400 steps of 0.1" in Softmax(2, hard=True).words


def test_noise_has_its_level():
    labels = np.zeros(20_000)
    noisy = Ridge().corrupt(labels, 5.0, rng())
    assert abs(noisy.std() - 5) < 0.1  # four standard errors of a standard deviation
    flipped = Softmax(4).corrupt(labels, 0.3, rng())
    # four standard errors of a share
    assert abs(np.mean(flipped != 0) - 0.3) < 4 * np.sqrt(0.21 / 20_000)
    assert set(np.unique(flipped)) == {0, 1, 2, 3}


@pytest.mark.parametrize("bad", [[0.0, 2.0], [0.5, 1.0], [-1.0, 0.0]])
def test_labels_must_be_classes(bad):
    with pytest.raises(ValueError, match="whole numbers from 0 to 1"):
        Softmax(2).encode(np.array(bad))


def test_noise_levels_are_checked():
    with pytest.raises(ValueError, match="noise_level must be at least 0"):
        Ridge().corrupt(np.zeros(3), -1.0, rng())
    with pytest.raises(ValueError, match=r"noise_level must lie in \[0, 1\]"):
        Softmax(2).corrupt(np.zeros(3), 1.5, rng())
