"""Measured test errors are those of least squares on disjoint rows."""

import numpy as np
import pytest

from w2s.metrics import mean_and_error
from w2s.ridgeless import risks
from w2s.splits import measure
from w2s.subspaces import pair_with_cosines

MODELS = ("weak", "student", "sft", "ceiling")


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
        # Four comparisons, 4 standard errors each; 20 000 test rows add less than 1 %.
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
