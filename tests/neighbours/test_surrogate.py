"""Labels from a wrong model: the law against simulation, the best labels against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from w2s.neighbours.surrogate import (
    best_mask,
    best_surrogate,
    learning,
    surrogate_errors,
    surrogate_risk,
)

INDEX = np.arange(1, 501.0)
EIGENVALUES, ENERGIES = INDEX**-2, INDEX**-1.5
SAMPLES = 200


def surrogates() -> np.ndarray:
    """Return truth, best labels, best mask and reversed mask of the setting with golden numbers."""
    mask = best_mask(EIGENVALUES, SAMPLES)
    return np.stack([np.ones(500), best_surrogate(EIGENVALUES, SAMPLES), mask, ~mask])


@pytest.mark.parametrize(
    ("noise", "risks"),
    [(0.0, [0.11937, 0.08325, 0.08966]), (0.05, [0.19856, 0.16244, 0.16886])],
)
def test_the_golden_risks(noise, risks):
    found = surrogate_risk(EIGENVALUES, ENERGIES, SAMPLES, surrogates(), noise)
    assert found[:3].round(5).tolist() == risks
    assert noise or found[3].round(3) == 2.553, "the reversed mask"


def test_the_golden_share_of_noise_and_number_of_kept_features():
    _, kept = learning(EIGENVALUES, SAMPLES)
    assert kept == pytest.approx(0.612985, abs=5e-7)
    assert best_mask(EIGENVALUES, SAMPLES).sum() == 203


def test_the_golden_errors_while_features_and_samples_grow_together():
    truth, best = [], []
    for n in (50, 100, 200, 400, 800):
        index = np.arange(1, 20 * n + 1.0)
        labels = [np.ones(20 * n), best_surrogate(index**-2, n)]
        for row, risk in zip(
            (truth, best), surrogate_risk(index**-2, index**-1.5, n, labels), strict=True
        ):
            row.append(risk)
    # Five digits are printed in the record.
    np.testing.assert_allclose(truth, [0.46041, 0.32819, 0.23301, 0.16510, 0.11686], atol=6e-6)
    np.testing.assert_allclose(best, [0.29597, 0.21022, 0.14899, 0.10547, 0.07462], atol=6e-6)


def test_the_law_is_what_students_measure():
    rng = np.random.default_rng(2025)
    x = surrogates()
    errors = surrogate_errors(EIGENVALUES, ENERGIES, SAMPLES, x, 0.05, 60, rng)
    assert errors.shape == (60, 4)
    mean, error = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(60)
    law = surrogate_risk(EIGENVALUES, ENERGIES, SAMPLES, x, 0.05)
    # Four standard errors, and 2% for 200 samples: the law is exact when they grow.
    assert (np.abs(mean - law) < 4 * error + 0.02 * law).all()


def test_with_more_samples_than_features_students_are_unbiased_and_the_truth_teaches_best():
    rng = np.random.default_rng(7)
    lam, e, x = (
        np.array([4.0, 1.0, 0.1]),
        np.array([1.0, 2.0, 0.5]),
        np.array([[1.0] * 3, [2, 1, 0]]),
    )
    missed, kept = learning(lam, 60)
    assert (missed == 0).all() and kept == 3 / 60
    assert (best_surrogate(lam, 60) == 1).all() and best_mask(lam, 60).all()
    law = surrogate_risk(lam, e, 60, x, 0.5)
    np.testing.assert_allclose(law, [0.5 * 3 / 57, 1.5 + 0.5 * 3 / 57], rtol=1e-12)
    errors = surrogate_errors(lam, e, 60, x, 0.5, 2000, rng)
    # The finite size has 1/(n - p - 1) in the place of 1/(n - p): 2% of the noise term.
    exact = law + 0.5 * (3 / 56 - 3 / 57)
    assert (np.abs(errors.mean(axis=0) - exact) < 4 * errors.std(axis=0) / np.sqrt(2000)).all()


@pytest.mark.parametrize("samples", [2, 5])
def test_students_fit_their_labels_with_the_shortest_coefficients(samples):
    lam, energies = np.array([2.0, 1.0, 0.5]), np.array([1.0, 0.0, 2.0])
    truth, x = np.sqrt(energies / lam), np.array([0.5, 3.0, 2.0])
    rng, same = np.random.default_rng(3), np.random.default_rng(3)
    features = same.standard_normal((samples, 3)) * np.sqrt(lam)
    labels = features @ (x * truth) + 0.7 * same.standard_normal(samples)
    found = np.linalg.pinv(features) @ labels
    error = surrogate_errors(lam, energies, samples, x, 0.49, 1, rng)
    assert error.shape == (1,)
    assert error[0] == pytest.approx(((found - truth) ** 2) @ lam, rel=1e-9)


def test_many_surrogates_share_features_and_noise():
    x = np.linspace(0, 2, 18).reshape(2, 3, 3)
    together = surrogate_errors([2.0, 1.0, 0.5], [1.0] * 3, 2, x, 1.0, 4, np.random.default_rng(1))
    alone = surrogate_errors(
        [2.0, 1.0, 0.5], [1.0] * 3, 2, x[1, 2], 1.0, 4, np.random.default_rng(1)
    )
    assert together.shape == (4, 2, 3)
    np.testing.assert_allclose(together[:, 1, 2], alone, rtol=1e-9)


@pytest.mark.parametrize("samples", [1, 7, 29])
def test_the_best_labels_are_the_minimum_in_every_direction(samples):
    rng = np.random.default_rng(samples)
    lam, e = rng.uniform(0.01, 2.0, 30), rng.uniform(0.1, 1.0, 30)
    best = best_surrogate(lam, samples)
    least = surrogate_risk(lam, e, samples, best)
    steps = 1e-3 * np.concatenate([np.eye(30), -np.eye(30)])
    assert (surrogate_risk(lam, e, samples, best + steps) > least).all()


@pytest.mark.parametrize("samples", [1, 7, 29])
def test_a_feature_is_amplified_below_one_share_and_kept_below_another(samples):
    lam = np.random.default_rng(samples).uniform(0.001, 2.0, 30)
    missed, kept = learning(lam, samples)
    assert ((best_surrogate(lam, samples) > 1) == (missed < 1 - kept)).all()
    e, mask = np.ones(30), best_mask(lam, samples)
    least = surrogate_risk(lam, e, samples, mask)
    flipped = np.where(np.eye(30, dtype=bool), ~mask, mask)
    assert (surrogate_risk(lam, e, samples, flipped) > least).all()
    assert surrogate_risk(lam, e, samples, ~mask) > surrogate_risk(lam, e, samples, [1.0] * 30)


def test_where_all_directions_weigh_the_same_the_truth_is_the_best_teacher():
    np.testing.assert_allclose(best_surrogate(np.full(50, 3.0), 20), 1.0, rtol=1e-9)
    missed, kept = learning(np.full(50, 3.0), 20)
    assert kept == pytest.approx(0.4) and missed == pytest.approx(np.full(50, 0.6))


def test_the_student_keeps_as_many_directions_as_it_has_samples_and_units_do_not_matter():
    for samples in (1, 200, 499):
        missed, kept = learning(EIGENVALUES, samples)
        assert (1 - missed).sum() == pytest.approx(samples, rel=1e-9)
        assert 0 < kept < 1
        np.testing.assert_allclose(learning(1e6 * EIGENVALUES, samples)[0], missed, rtol=1e-9)


def test_noise_costs_the_same_whatever_the_labels_are():
    x = surrogates()
    clean, noisy = (surrogate_risk(EIGENVALUES, ENERGIES, SAMPLES, x, s) for s in (0.0, 2.0))
    _, kept = learning(EIGENVALUES, SAMPLES)
    np.testing.assert_allclose(noisy - clean, 2.0 * kept / (1 - kept), rtol=1e-12)


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: learning([1.0, 2.0], 2),
            "n_samples must differ from the number of features, got 2",
        ),
        (lambda: learning([1.0, 0.0], 1), "eigenvalues must exceed 0"),
        (lambda: learning([[1.0]], 2), "eigenvalues must have 1 dimension"),
        (lambda: learning([1.0], 0), "n_samples must be at least 1, got 0"),
        (lambda: best_mask([1.0, 1.0], 2), "n_samples must differ"),
        (lambda: best_surrogate([-1.0], 2), "eigenvalues must exceed 0"),
        (lambda: surrogate_risk([1.0], [-1.0], 2, [1.0]), "energies must be at least 0"),
        (lambda: surrogate_risk([1.0], [[1.0]], 2, [1.0]), "^energies must have 1 dimension"),
        (lambda: surrogate_risk([1.0], [1.0, 1.0], 2, [1.0]), r"energies must have 1 entries"),
        (
            lambda: surrogate_risk([1.0], [1.0], 2, [1.0, 1.0]),
            r"ratios must have 1 entries.*\(2,\)",
        ),
        (lambda: surrogate_risk([1.0], [1.0], 2, [np.nan]), "ratios must be finite"),
        (lambda: surrogate_risk([1.0], [1.0], 2, [1.0], -0.1), "noise must be at least 0"),
        (lambda: surrogate_errors([1.0], [1.0], 1, [1.0], 0.0, 1, RNG), "n_samples must differ"),
        (lambda: surrogate_errors([1.0], [1.0], 2, [1.0], -1.0, 1, RNG), "noise must be at least"),
        (
            lambda: surrogate_errors([1.0], [1.0], 2, [1.0], 0.0, 0, RNG),
            "trials must be at least 1",
        ),
        (lambda: surrogate_errors([1.0], [1.0], 2, [1.0], 0.0, 1, 7), "rng must be a numpy"),
    ],
)
def test_bad_input_is_refused_with_its_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
