"""Nested splits give the errors of splits that are fitted one by one."""

from __future__ import annotations

import numpy as np
import pytest

from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.subspaces import axis_aligned_pair
from w2s.metrics import MODELS
from w2s.practice.training.four_models import train
from w2s.practice.training.nested_splits import Cell, measure_nested
from w2s.practice.training.splits import MINIMUM_NORM

CELLS = [Cell(30, 60, 0.5), Cell(40, 60), Cell(30, 90, 0.5)]


@pytest.fixture
def sample():
    rng = np.random.default_rng(5)
    return rng.standard_normal((200, 6)), rng.standard_normal((200, 9)), rng.standard_normal(200)


def one_by_one(strong, weak, labels, cells, trials, rng):
    """The same splits and noise, fitted by a complete orthogonal factorisation."""
    n, big_n = max(c.n_labelled for c in cells), max(c.n_unlabelled for c in cells)
    found = np.empty((len(cells), 4, trials))
    for t in range(trials):
        order = rng.permutation(len(labels))
        labelled, unlabelled, test = np.split(order, [n, n + big_n])
        noise = np.zeros(len(labels))
        noise[labelled], noise[unlabelled] = rng.standard_normal(n), rng.standard_normal(big_n)
        rng.permutation(big_n)
        for k, cell in enumerate(cells):
            rows = labelled[: cell.n_labelled], unlabelled[: cell.n_unlabelled]
            noisy = labels + np.sqrt(cell.noise) * noise
            models = train(weak, strong, noisy, *rows, MINIMUM_NORM.to)
            outputs = np.stack(models.outputs(weak[test], strong[test]))
            found[k, :, t] = ((outputs - labels[test]) ** 2).mean(axis=1)
    return found


def test_every_cell_is_what_fits_of_its_own_rows_give(sample):
    found = measure_nested(*sample, CELLS, trials=3, rng=np.random.default_rng(1))
    expected = one_by_one(*sample, CELLS, 3, np.random.default_rng(1))
    for k, errors in enumerate(found):
        # Normal equations of white features lose two or three digits of sixteen.
        np.testing.assert_allclose([getattr(errors, m) for m in MODELS], expected[k], rtol=1e-11)


def test_the_mean_over_fresh_data_is_the_exact_risk():
    rng, pair = np.random.default_rng(2), axis_aligned_pair(6, 10, 3)
    target, noise = np.full(pair.dimension, 0.4), 1.0
    means = []
    for _ in range(60):
        x = rng.standard_normal((700, pair.dimension))
        cell = [Cell(40, 60, noise)]
        found = measure_nested(x @ pair.strong, x @ pair.weak, x @ target, cell, trials=2, rng=rng)
        means.append([getattr(found[0], model).mean() for model in MODELS])
    exact = risks(pair.geometry(target), 40, 60, noise)
    error = np.std(means, axis=0, ddof=1) / np.sqrt(len(means))
    for k, model in enumerate(MODELS):
        # Four standard errors, over four means: less than one run in two thousand.
        assert abs(np.mean(means, axis=0)[k] - getattr(exact, model)) < 4 * error[k]


def test_shuffled_pseudo_labels_teach_the_mean_only():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((4000, 5))
    y = x[:, 0]
    (kept,) = measure_nested(x, x, y, [Cell(100, 1500)], trials=4, rng=rng)
    (mixed,) = measure_nested(x, x, y, [Cell(100, 1500)], trials=4, rng=rng, shuffled=True)
    assert kept.student.max() < 1e-20  # the target is expressible and has no noise
    # The label's variance is 1. The first slope errs by 1/√1500, which moves the error by 0.05;
    # 2400 test rows by 0.03: four standard deviations of both.
    np.testing.assert_allclose(mixed.student, 1.0, atol=0.25)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([Cell(9, 60)], "n_labelled must be at least 10, got 9"),
        ([Cell(30, 6)], "n_unlabelled must be at least 7, got 6"),
        ([Cell(30, 60), Cell(100, 100)], r"must leave test rows of 200, got 100 \+ 100"),
        ([Cell(30, 60, -1.0)], "noise must be at least 0, got -1"),
    ],
)
def test_sizes_that_cannot_be_are_refused(sample, cells, message):
    with pytest.raises(ValueError, match=message):
        measure_nested(*sample, cells, trials=1, rng=np.random.default_rng(0))


def test_dependent_features_are_refused(sample):
    strong = np.column_stack([sample[0], sample[0][:, 0]])
    with pytest.raises(ValueError, match="linearly independent"):
        measure_nested(strong, *sample[1:], CELLS, trials=1, rng=np.random.default_rng(0))


def test_rows_held_out_are_tested_on_and_never_trained_on(sample):
    strong, weak, labels = (x.copy() for x in sample)
    aside = np.arange(200) >= 150
    cells = [Cell(30, 60)]
    (found,) = measure_nested(
        strong, weak, labels, cells, trials=3, rng=np.random.default_rng(1), held_out=aside
    )
    labels[aside] += 100.0  # the models do not see it, their errors do
    (moved,) = measure_nested(
        strong, weak, labels, cells, trials=3, rng=np.random.default_rng(1), held_out=aside
    )
    (same,) = measure_nested(
        strong[~aside], weak[~aside], labels[~aside], cells, trials=3, rng=np.random.default_rng(1)
    )
    assert (moved.teacher > 9e3).all() and (found.teacher < 10).all()
    assert not np.allclose(same.teacher, found.teacher)
    with pytest.raises(ValueError, match=r"held_out must be 200 truth values, got int64 \(200,\)"):
        measure_nested(
            strong, weak, labels, cells, trials=1, rng=np.random.default_rng(1),
            held_out=np.zeros(200, dtype=np.int64),
        )  # fmt: skip
