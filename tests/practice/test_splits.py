"""Measured test errors are those of least squares on disjoint rows."""

import numpy as np
import pytest

from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.subspaces import pair_with_cosines
from w2s.metrics import mean_and_error
from w2s.practice.training.splits import CLEAN, OFFICIAL, Fit, measure

MODELS = ("teacher", "student", "sft", "ceiling")


def drawn(rows: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    pair = pair_with_cosines(4, 8, [1, 0.8, 0.3], 16, rng)
    beta = 0.3 * rng.standard_normal(16)
    latent = rng.standard_normal((rows, 16))
    return pair, beta, latent @ pair.strong, latent @ pair.weak, latent @ beta, rng


def test_errors_agree_with_the_exact_risks_on_gaussian_rows():
    pair, beta, strong, weak, labels, rng = drawn(20_000)
    sizes = {"n_labelled": 40, "n_unlabelled": 30}
    found = measure(strong, weak, labels, noise=0.5, trials=400, rng=rng, **sizes)
    exact = risks(pair.geometry(beta), 40, 30, 0.5)
    for name in MODELS:
        mean, error = mean_and_error(getattr(found, name))
        # Four comparisons, 4 standard errors each; 20 000 test rows add less than 1%.
        assert abs(mean - getattr(exact, name)) < 4 * error + 0.01 * mean, name
        assert error < 0.03 * mean


def test_a_target_in_both_spaces_is_learned_exactly_without_noise():
    _, _, strong, weak, _, rng = drawn(200)
    weak = np.column_stack([weak, strong])
    sizes = {"n_labelled": 60, "n_unlabelled": 60}
    found = measure(strong, weak, strong @ np.ones(4), noise=0.0, trials=3, rng=rng, **sizes)
    for name in MODELS:
        assert getattr(found, name).max() < 1e-24  # rounding of unit numbers, squared


def test_test_rows_are_never_trained_on():
    rows = 12
    identity = np.eye(rows)  # a feature of its own for every row: nothing carries over
    sizes = {"n_labelled": 5, "n_unlabelled": 4}
    found = measure(identity, identity, np.ones(rows), noise=0.0, trials=4,
                    rng=np.random.default_rng(0), **sizes)  # fmt: skip
    for name in MODELS:
        np.testing.assert_array_equal(getattr(found, name), 1.0)


def test_errors_do_not_depend_on_the_basis_of_the_features():
    _, _, strong, weak, labels, rng = drawn(300)
    turns = rng.standard_normal((4, 4)), rng.standard_normal((8, 8))
    options = {"n_labelled": 40, "n_unlabelled": 30, "noise": 1.0, "trials": 5}
    one = measure(strong, weak, labels, rng=np.random.default_rng(1), **options)
    two = measure(strong @ turns[0], weak @ turns[1], labels, rng=np.random.default_rng(1),
                  **options)  # fmt: skip
    for name in MODELS:
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-9)


def test_an_intercept_makes_shifts_of_features_and_labels_harmless():
    _, _, strong, weak, labels, _ = drawn(300)
    options = {"n_labelled": 40, "n_unlabelled": 30, "noise": 1.0, "trials": 5}
    one = measure(strong, weak, labels, rng=np.random.default_rng(1), fit=CLEAN, **options)
    two = measure(strong + 7.0, weak - 5.0, labels + 3.0, rng=np.random.default_rng(1), fit=CLEAN,
                  **options)  # fmt: skip
    three = measure(*(np.column_stack([x, np.ones(300)]) for x in (strong, weak)), labels,
                    rng=np.random.default_rng(1), **options)  # fmt: skip
    for name in MODELS:
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-9)
        np.testing.assert_allclose(getattr(one, name), getattr(three, name), rtol=1e-9)


def test_a_ridge_solves_the_normal_equations():
    rng = np.random.default_rng(2)
    design, labels = rng.standard_normal((30, 4)), rng.standard_normal(30)
    for intercept in (False, True):
        shift = design.mean(axis=0) if intercept else np.zeros(4)
        level = labels.mean() if intercept else 0.0
        x, y = design - shift, labels - level
        theta = np.linalg.solve(x.T @ x + 0.7 * np.eye(4), x.T @ y)
        model = Fit(intercept=intercept, ridge=0.7).to(design, labels)
        np.testing.assert_allclose(model(design), x @ theta + level, rtol=1e-12)


def test_a_rank_cap_keeps_the_leading_directions_and_the_official_fit_is_almost_ridgeless():
    rng = np.random.default_rng(3)
    design, labels = rng.standard_normal((30, 6)), rng.standard_normal(30)
    left, values, right = np.linalg.svd(design, full_matrices=False)
    theta = right[:2].T @ ((left[:, :2].T @ labels) / values[:2])
    np.testing.assert_allclose(Fit(rank_cap=2).to(design, labels)(design), design @ theta)
    plain, official = (fit.to(design, labels)(design) for fit in (Fit(), OFFICIAL))
    # A ridge of 1e-6 against squared singular values of order 10.
    np.testing.assert_allclose(official, plain, rtol=1e-5)
    assert (OFFICIAL.intercept, OFFICIAL.ridge, OFFICIAL.rank_cap) == (False, 1e-6, 768)


def test_standard_errors_are_the_spread_over_fresh_samples_or_a_little_more():
    pair, beta, *_, rng = drawn(10)
    found = []
    for _ in range(80):
        latent = rng.standard_normal((300, 16))
        errors = measure(
            latent @ pair.strong, latent @ pair.weak, latent @ beta, n_labelled=40,
            n_unlabelled=50, noise=0.5, trials=20, rng=rng,
        )  # fmt: skip
        found.append([errors.estimate(name) for name in MODELS])
    means, stated = (np.array([[e[k] for e in row] for row in found]) for k in (0, 1))
    ratio = np.sqrt(np.mean(stated**2, axis=0)) / means.std(axis=0, ddof=1)
    # The spread of 80 means is known to 8%; splits share a third of their training rows.
    assert ((ratio > 0.8) & (ratio < 1.6)).all(), ratio


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Fit(ridge=-1.0), "ridge must be at least 0, got -1"),
        (lambda: Fit(rank_cap=0), "rank_cap must be at least 1, got 0"),
        (
            lambda: measure(
                np.eye(9), np.eye(9), np.ones(9), n_labelled=2, n_unlabelled=2, noise=0.0,
                trials=1, rng=np.random.default_rng(0),
            ).estimate("teacher"),
            "trials must be at least 2, got 1",
        ),
        (
            lambda: measure(
                np.eye(9), np.eye(9), np.ones(9), n_labelled=2, n_unlabelled=2, noise=0.0,
                trials=2, rng=np.random.default_rng(0),
            ).estimate("weak"),
            "model must be one of teacher, student, sft, ceiling",
        ),
    ],
)  # fmt: skip
def test_bad_options_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_labelled": 50}, "less than rows = 60, got 60"),
        ({"n_unlabelled": 0}, "n_unlabelled must be at least 1"),
        ({"trials": 0}, "trials must be at least 1"),
        ({"noise": -1.0}, "noise must be at least 0, got -1"),
        ({"labels": np.ones(59)}, r"one number of rows, got \[60, 60, 59\]"),
        ({"weak": np.full((60, 2), np.nan)}, r"weak must be finite, got nan at index \(0, 0\)"),
    ],
)
def test_bad_input_is_named(change, message):
    arguments = {
        "strong": np.ones((60, 2)), "weak": np.ones((60, 2)), "labels": np.ones(60),
        "n_labelled": 20, "n_unlabelled": 10, "noise": 0.0, "trials": 2,
    } | change  # fmt: skip
    with pytest.raises(ValueError, match=message):
        measure(**arguments, rng=np.random.default_rng(0))
