"""Drawn teachers and students of ridge regression, against an exact law; what they refuse."""

import numpy as np
import pytest

from w2s.neighbours.distill_simulation import fresh_students, refitted_risks

SIZES = {"n_labelled": 30, "n_unlabelled": 40}


def drawn(target=(1.0, 0.0, 2.0, 0.5), noise=0.5, ridges=(1e-9,), penalties=(1e-9,), trials=2):
    rng = np.random.default_rng(7)
    lists = {"ridges": ridges, "penalties": penalties, "trials": trials}
    return fresh_students(target, noise, **SIZES, **lists, rng=rng)


def refitted(**changed):
    data = {
        "inputs": [[1.0], [1.0]], "labels": [1.0, 3.0], "ridges": [1.0], "covariance": [[1.0]],
        "target": [2.0], "mixtures": [[0.0]],
    }  # fmt: skip
    return refitted_risks(**(data | changed))


def test_without_penalties_teachers_have_the_risk_of_least_squares_and_students_copy_them():
    target, trials = np.array([1.0, 0.0, 2.0, 0.5]), 900
    teachers, students = drawn(target, trials=trials)
    risks = ((teachers[:, 0] - target) ** 2).sum(axis=1)
    error = risks.std(ddof=1) / np.sqrt(trials)
    assert error < 0.03 * risks.mean()
    assert abs(risks.mean() - 0.5 * 4 / (30 - 4 - 1)) < 4 * error  # σ²d/(n − d − 1)
    assert np.abs(students - teachers).max() < 1e-6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: drawn(target=[[1.0]]), "^target must have 1 dim"),
        (lambda: drawn(target=[np.nan]), "^target must be finite"),
        (lambda: drawn(ridges=[[1.0]]), "^ridges must have 1 dim"),
        (lambda: drawn(ridges=[np.nan]), "^ridges must be finite"),
        (lambda: drawn(penalties=[[1.0]]), "^penalties must have 1 dim"),
        (lambda: refitted(inputs=[1.0, 1.0]), "^inputs must have 2 dim"),
        (lambda: refitted(inputs=[[np.nan], [1.0]]), "^inputs must be finite"),
        (lambda: refitted(labels=[[1.0], [3.0]]), "^labels must have 1 dim"),
        (lambda: refitted(labels=[np.nan, 3.0]), "^labels must be finite"),
        (lambda: refitted(covariance=[1.0]), "^covariance must have 2 dim"),
        (lambda: refitted(covariance=[[np.nan]]), "^covariance must be finite"),
        (lambda: refitted(target=[[2.0]]), "^target must have 1 dim"),
        (lambda: refitted(target=[np.nan]), "^target must be finite"),
        (lambda: refitted(ridges=[[1.0]]), "^ridges must have 1 dim"),
        (lambda: refitted(ridges=[np.nan]), "^ridges must be finite"),
        (lambda: refitted(mixtures=[0.0]), "^mixtures must have 2 dim"),
        (lambda: refitted(mixtures=[[np.nan]]), "^mixtures must be finite"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
