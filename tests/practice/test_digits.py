"""The digits are real, deterministic, and their features know nothing of the parity."""

import sys
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits

from w2s.practice.data.digits import digits


@pytest.fixture(scope="module")
def data():
    return digits(np.random.default_rng(0))


def test_images_are_those_of_scikit_learn_without_the_pretraining_ones(data):
    pixels, shown = load_digits(return_X_y=True)
    known = {(row.tobytes(), label) for row, label in zip(pixels, shown, strict=True)}
    kept = [
        ((16 * image.ravel()).tobytes(), label)
        for image, label in zip(data.images, data.digits, strict=True)
    ]
    assert len(kept) == len(set(kept)) == 1797 - 500
    assert set(kept) <= known


def test_parity_is_plus_one_for_even_digits(data):
    np.testing.assert_array_equal(data.parity, 1 - 2 * (data.digits % 2))


def test_features_are_rectified_and_of_the_stated_width(data):
    assert data.strong.shape == (1297, 32)
    assert data.weak.shape == (1297, 100)
    assert min(data.strong.min(), data.weak.min()) == 0.0


def test_features_are_those_of_the_stated_layers(data):
    pixels = data.images.reshape(-1, 64)
    for features, (weights, biases) in (
        (data.strong, data.strong_layer),
        (data.weak, data.weak_layer),
    ):
        assert weights.shape == (64, len(biases)) == (64, features.shape[1])
        one_by_one = np.array([np.maximum(weights.T @ x + biases, 0) for x in pixels[:20]])
        np.testing.assert_allclose(features[:20], one_by_one, atol=1e-12)  # sums in another order


def test_the_network_generalises_to_images_it_has_not_seen(data):
    assert data.accuracy > 0.9  # 95% for most seeds, 10% by guessing


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(data):
    again = digits(np.random.default_rng(0))
    assert again.strong.tobytes() == data.strong.tobytes()
    assert again.weak.tobytes() == data.weak.tobytes()
    assert digits(np.random.default_rng(1)).strong.tobytes() != data.strong.tobytes()


@pytest.mark.parametrize("seed", range(5))
def test_pretraining_converges_without_a_warning(seed):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = digits(np.random.default_rng(seed), n_pretrain=300, width_strong=16)
    assert data.accuracy > 0.8  # ten classes: chance is 0.1


def test_a_missing_scikit_learn_is_said_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="the digits need scikit-learn: pip install"):
        digits(np.random.default_rng(0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_pretrain": 99}, "n_pretrain must be at least 100, got 99"),
        ({"n_pretrain": 1700}, "n_pretrain must be at most 1696, got 1700"),
        ({"width_strong": 0}, "width_strong must be at least 1, got 0"),
        ({"width_weak": 2.5}, "width_weak must be a whole number, got 2.5"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        digits(np.random.default_rng(0), **options)
