"""Simulated SGD, after a few large steps that a wrong step would show; what it refuses."""

import numpy as np
import pytest

from w2s.neighbours.sgd import sgd_student_risk, sgd_teacher
from w2s.neighbours.sgd_simulation import simulate_sgd

SIZES = {"n_labelled": 4, "n_unlabelled": 4, "step_weak": 0.2, "step_strong": 0.2}


def drawn(target=(1.0, 0.5), weak=(1.0, 0.5), strong=(1.0, 0.25), trials=2):
    rng = np.random.default_rng(11)
    return simulate_sgd(target, 1.0, weak=weak, strong=strong, trials=trials, **SIZES, rng=rng)


def test_four_large_steps_have_the_exact_mean_risks():
    target, weak, strong, trials = [1.0, 0.5], [1.0, 0.5], [1.0, 0.25], 40_000
    exact = sgd_teacher(weak, target, 1.0, 4, 0.2)
    laws = exact.risk, sgd_student_risk(exact, strong, 4, 0.2)
    for losses, law in zip(drawn(target, weak, strong, trials), laws, strict=True):
        error = losses.std(ddof=1) / np.sqrt(trials)
        assert error < 0.02 * law  # one step more or less moves both risks by a tenth
        assert abs(losses.mean() - law) < 4 * error


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"target": [[1.0, 0.5]]}, "^target must have 1 dim"),
        ({"target": [np.nan, 0.5]}, "^target must be finite"),
        ({"weak": [[1.0, 0.5]]}, "^weak must have 1 dim"),
        ({"weak": [np.nan, 0.5]}, "^weak must be finite"),
        ({"strong": [[1.0, 0.5]]}, "^strong must have 1 dim"),
        ({"strong": [np.nan, 0.5]}, "^strong must be finite"),
    ],
)
def test_bad_input_is_refused_by_name(changed, message):
    with pytest.raises(ValueError, match=message):
        drawn(**changed)
