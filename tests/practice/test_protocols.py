"""The protocols split, fit and measure as stated."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.subspaces import axis_aligned_pair
from w2s.metrics import mean_and_error
from w2s.practice.data.feature_files import Features
from w2s.practice.training.heads import Ridge, Softmax
from w2s.practice.training.protocols import (
    CIFAR10,
    COLOREDMNIST,
    SST2,
    TASKS,
    UTKFACE,
    run,
    split_rows,
)

SMALL = replace(
    UTKFACE, name="small", rows=900, test_rows=300, n_labelled=(40, 60, 80), at_n_unlabelled=100,
    n_unlabelled=(30, 40, 60, 100, 200, 400), at_n_labelled=60, trials=3,
)  # fmt: skip


def gaussian_features(rows, seed=0):
    pair = axis_aligned_pair(12, 20, 6)
    source = np.random.default_rng(seed)
    latent = source.standard_normal((rows, pair.dimension))
    target = np.full(pair.dimension, 0.3)
    data = Features(np.arange(rows), latent @ pair.weak, latent @ pair.strong, latent @ target)
    return data, pair.geometry(target)


def test_grids_are_those_of_the_authors():
    assert UTKFACE.n_labelled[:3] == (800, 863, 926) and UTKFACE.n_labelled[-1] == 2000
    assert (len(UTKFACE.n_unlabelled), UTKFACE.n_unlabelled[-1]) == (20, 18000)
    assert (COLOREDMNIST.at_n_unlabelled, COLOREDMNIST.at_n_labelled) == (40000, 5000)
    assert (CIFAR10.n_unlabelled[0], CIFAR10.n_unlabelled[-1]) == (12000, 55000)
    assert SST2.n_labelled == (1000, 1500, 2000, 2500, 3000, 3500, 4000)
    assert {task.rows - task.test_rows for task in TASKS.values()} == {20000, 63000, 57000}


@pytest.mark.parametrize("task", [UTKFACE, COLOREDMNIST, CIFAR10])
def test_fixed_splits_are_those_of_scikit_learn(task):
    train, test = train_test_split(
        range(task.rows), test_size=task.test_rows, random_state=42, shuffle=True
    )
    one, two = train_test_split(train, train_size=700, test_size=1100, random_state=3)
    for ours, theirs in zip(split_rows(task, 700, 1100, 3), (one, two, test), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_shuffled_splits_are_blocks_of_one_permutation():
    order = np.random.RandomState(2).permutation(SST2.rows)
    labelled, unlabelled, test = split_rows(SST2, 1000, 4000, 2)
    np.testing.assert_array_equal(labelled, order[:1000])
    np.testing.assert_array_equal(np.concatenate([unlabelled, test]), order[-8349:])


@pytest.mark.parametrize("task", TASKS.values())
def test_parts_are_disjoint(task):
    n, big_n = max(task.cells("n_unlabelled"))
    parts = np.concatenate(split_rows(task, n, big_n, 0))
    assert len(np.unique(parts)) == len(parts) == n + big_n + task.test_rows


def test_gaussian_features_have_the_exact_risks():
    data, geometry = gaussian_features(4000)
    task = replace(SMALL, rows=4000, test_rows=1500, trials=60)
    found = run(task, data, "n_labelled", np.random.default_rng(1), noise_level=1.0)
    exact = risks(geometry, np.array(task.n_labelled), task.at_n_unlabelled, 1.0)
    for model in ("teacher", "student", "sft", "ceiling"):
        mean, error = mean_and_error(getattr(found, model), axis=1)
        # Trials share one noise vector and one test set: 8% covers what their spread misses.
        assert (abs(mean - getattr(exact, model)) < 4 * error + 0.08 * mean).all(), model


def test_splits_do_not_depend_on_the_generator():
    data, _ = gaussian_features(900)
    one, two = (run(SMALL, data, "n_unlabelled", np.random.default_rng(k)) for k in (1, 2))
    np.testing.assert_array_equal(one.student, two.student)
    assert one.student.shape == (6, 3)
    np.testing.assert_array_equal(one.sizes, SMALL.n_unlabelled)


def test_classification_runs_and_the_ceiling_is_best():
    source = np.random.default_rng(0)
    x = source.standard_normal((900, 12))
    labels = (x[:, :6].sum(axis=1) + 2 * source.standard_normal(900) > 0).astype(float)
    data = Features(np.arange(900), x[:, 3:], x[:, :9], labels)
    task = replace(SMALL, head=Softmax(2, student_rate=1.0), trials=10)
    found = run(task, data, "n_labelled", source)
    assert found.ceiling.mean() < min(found.teacher.mean(), found.sft.mean(), found.student.mean())
    noisy = run(task, data, "n_labelled", source, noise_level=0.3)
    assert noisy.teacher.mean() > found.teacher.mean()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": 500}, "small has 200 training rows, a split needs 260"),
        ({"trials": 0}, "sizes must be at least 1, got 0"),
        ({"n_labelled": (40.5,)}, "n_labelled must be a whole number"),
    ],
)
def test_tasks_that_cannot_be_run_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **change)


def test_data_of_another_size_are_refused():
    data, _ = gaussian_features(800)
    with pytest.raises(ValueError, match="small must have 900 rows, got 800"):
        run(SMALL, data, "n_labelled", np.random.default_rng(0))


def test_noise_that_is_in_the_inputs_is_refused():
    data, _ = gaussian_features(900)
    task = replace(SMALL, head=Ridge(), noise_in_features=True)
    with pytest.raises(ValueError, match="noise of small is in its inputs"):
        run(task, data, "n_labelled", np.random.default_rng(0), noise_level=0.1)


def test_an_unknown_grid_is_refused():
    with pytest.raises(ValueError, match="along must be one of n_labelled, n_unlabelled"):
        SMALL.cells("n")


@pytest.mark.parametrize(("n", "big_n"), [(400, 400), (0, 10)])
def test_splits_must_fit(n, big_n):
    with pytest.raises(ValueError, match=r"no 800 training rows|n_labelled must be at least 1"):
        split_rows(SMALL, n, big_n, 0)
