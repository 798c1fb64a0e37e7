from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from scipy.linalg import subspace_angles

from tests.discrepancy.geometries import seeds
from w2s.discrepancy.dimensions import (
    canonical_cosines,
    correlation_dimension,
    debias_overlap,
    haar_null,
    intrinsic_dimension,
    overlap_in_functions,
    overlap_in_parameters,
    second_moment_spectrum,
)
from w2s.discrepancy.subspaces import axis_aligned_pair, random_basis


@given(seeds)
def test_canonical_cosines_agree_with_scipy(seed):
    rng = np.random.default_rng(seed)
    one, two = rng.standard_normal((9, 3)), rng.standard_normal((9, 4))
    cosines = canonical_cosines(one, two)
    assert np.allclose(cosines, np.sort(np.cos(subspace_angles(one, two)))[::-1], atol=1e-10)


@given(seeds)
def test_overlap_does_not_see_the_choice_of_basis(seed):
    rng = np.random.default_rng(seed)
    one, two = rng.standard_normal((9, 3)), rng.standard_normal((9, 4))
    mix = random_basis(3, 3, rng) * [1.0, 10.0, 100.0]  # invertible, condition number 100
    # The condition number multiplies rounding.
    assert correlation_dimension(one @ mix, two) == pytest.approx(
        correlation_dimension(one, two), abs=1e-11
    )


def test_the_haar_null_is_the_law_of_unrelated_subspaces():
    rng, (d_s, d_w, d) = np.random.default_rng(1), (4, 5, 12)
    fixed = np.eye(d)[:, :d_s]
    draws = np.array([np.sum((fixed.T @ random_basis(d, d_w, rng)) ** 2) for _ in range(20_000)])
    mean, variance = haar_null(d_s, d_w, d)
    # 4 standard errors; that of a variance, for a nearly normal law, is √(2/T) of it.
    assert abs(draws.mean() - mean) < 4 * np.sqrt(variance / len(draws))
    assert abs(draws.var() / variance - 1) < 4 * np.sqrt(2 / len(draws))


def test_a_full_space_overlaps_for_certain():
    assert haar_null(3, 7, 7) == (3.0, 0.0)


def test_intrinsic_dimension_counts_the_energy():
    assert intrinsic_dimension([1, 1, 8], energy=0.8) == 1
    assert intrinsic_dimension([1, 1, 8], energy=0.81) == 2
    assert intrinsic_dimension([3, 2, 1, 0, 0], energy=1.0) == 3
    assert intrinsic_dimension(np.ones(100), energy=0.99) == 99


def test_the_spectrum_is_that_of_the_uncentred_second_moment():
    rows = np.random.default_rng(0).standard_normal((50, 6)) + 3
    values = np.linalg.svd(rows, compute_uv=False) ** 2 / 50
    assert np.allclose(second_moment_spectrum(rows), values, rtol=1e-10)
    assert (second_moment_spectrum(np.ones((4, 3))) >= 0).all()


@pytest.mark.parametrize("shared", [0, 3, 8])
def test_the_function_space_estimate_is_centred_on_the_truth(shared):
    rng = np.random.default_rng(shared)
    pair = axis_aligned_pair(8, 12, shared)
    found = []
    for _ in range(400):
        g = rng.standard_normal((60, pair.dimension))
        strong = g @ pair.strong @ np.diag(1 / np.arange(1.0, 9)) @ random_basis(8, 8, rng)
        found.append(overlap_in_functions(strong, g @ pair.weak @ random_basis(12, 12, rng), 8, 12))
    # 4 standard errors, and rounding where the student's space is contained.
    assert abs(np.mean(found) - shared) < 4 * np.std(found) / np.sqrt(400) + 1e-9


def test_the_parameter_space_estimate_of_unequal_widths_follows_the_null():
    rng, trials = np.random.default_rng(2), 300
    found = []
    for _ in range(trials):
        g = rng.standard_normal((200, 12)) * np.linspace(2, 1, 12)
        # One latent for both: every direction of the narrower model is shared.
        wide = g @ random_basis(30, 12, rng).T
        found.append(overlap_in_parameters(wide, g, 4, 5, rng))
    mean, variance = haar_null(4, 5, 12)
    assert abs(np.mean(found) - mean) < 4 * np.sqrt(variance / trials)


def test_the_parameter_space_estimate_of_equal_widths_changes_when_one_model_is_turned():
    rng = np.random.default_rng(3)
    g = rng.standard_normal((500, 10)) * np.linspace(4, 1, 10)
    turned = g @ random_basis(10, 10, rng)
    assert overlap_in_parameters(g, g, 3, 3, rng) == pytest.approx(3, abs=1e-9)
    assert overlap_in_parameters(g, turned, 3, 3, rng) < 2.5
    assert overlap_in_functions(g, turned, 10, 10) == pytest.approx(10, abs=1e-9)


def test_debiasing_is_exact_at_both_ends():
    assert debias_overlap(4 * 6 / 50, 4, 6, 50) == pytest.approx(0, abs=1e-15)
    assert debias_overlap(4, 4, 6, 50) == pytest.approx(4, rel=1e-15)


rng0 = np.random.default_rng(0)
tall = rng0.standard_normal((20, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: canonical_cosines(np.ones((4, 2)), tall[:4]), "basis_strong must have linearly"),
        (lambda: canonical_cosines(tall, tall[:10]), "same number of rows, got 20 and 10"),
        (lambda: canonical_cosines(tall[:2], tall[:2]), "linearly independent columns"),
        (lambda: canonical_cosines([1.0, 2.0], tall), "basis_strong must have 2 dimension"),
        (lambda: haar_null(3, 9, 8), "at most dimension = 8, got 3, 9"),
        (lambda: haar_null(1, 1, 1), "dimension must be at least 2"),
        (lambda: intrinsic_dimension([1, 2], energy=0), r"energy must lie in \(0, 1\], got 0"),
        (lambda: intrinsic_dimension([1, -2]), "spectrum must be at least 0, got -2"),
        (lambda: intrinsic_dimension([0, 0]), "spectrum must have a positive entry"),
        (lambda: debias_overlap(1, 3, 4, 7), r"samples must exceed d_strong \+ d_weak = 7, got 7"),
        (lambda: overlap_in_functions(tall, tall[:9], 2, 2), "share their rows, got 20 and 9"),
        (lambda: overlap_in_functions(tall[:, [0, 0]], tall, 2, 2), "features_strong has a num"),
        (lambda: overlap_in_functions(tall, tall * [np.nan, 1, 1], 2, 2), "features_weak must be"),
        (lambda: overlap_in_parameters(tall, tall[:, :2], 3, 2, rng0), "common width 2, got 3"),
    ],
)
def test_bad_measurements_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
