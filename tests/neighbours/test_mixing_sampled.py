"""Mixtures of trained models: a file of its own, because it takes long."""

from __future__ import annotations

import numpy as np
import pytest

from tests.neighbours.test_mixing import CASES, aligned
from w2s.discrepancy.samplers import joint_wishart
from w2s.discrepancy.simulate import least_squares
from w2s.metrics import mean_and_error
from w2s.neighbours.mixing import aligned_geometry, mixture

# Means: four standard errors each, a false alarm in sixteen thousand.
SIGMAS = 4


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("route", "trials"), [(joint_wishart, 2500), (least_squares, 2500)])
def test_the_sampled_mixtures_have_the_exact_risks(route, trials, name):
    spaces, sizes, _ = CASES[name]
    pair, target = aligned(*spaces)
    drawn = route(pair, target, *sizes, trials, np.random.default_rng(5))
    exact = mixture(aligned_geometry(pair, target), *sizes)
    for weight in (-0.3, 0.0, 0.4, 1.0, 1.2):
        mean, error = mean_and_error(drawn.mixed(weight))
        assert abs(mean - exact.risk(weight)) < SIGMAS * error
        assert error < 0.02 * mean
    mean, error = mean_and_error(drawn.common)
    assert abs(mean - exact.floor - exact.common) < SIGMAS * error
    assert error < 0.04 * mean
