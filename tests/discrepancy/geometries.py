"""Random geometries and sizes, and means of trials, for the tests of the exact risks."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from w2s.discrepancy.simulate import TeacherStudent
from w2s.discrepancy.subspaces import Geometry, pair_with_cosines
from w2s.metrics import mean_and_error

# The same examples in every run, and no time limit for one of them: machines are shared.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

seeds = st.integers(0, 2**32 - 1)


def some_geometry(cosines: list[float], seed: int) -> Geometry:
    """Geometry of a turned pair (3 strong, 5 weak, in ten dimensions) and a normal target."""
    rng = np.random.default_rng(seed)
    return pair_with_cosines(3, 5, cosines, 10, rng).geometry(rng.standard_normal(10))


# Any pair with any target: every geometry that can occur at these sizes.
geometries = st.builds(some_geometry, st.lists(st.floats(0, 1), max_size=3), seeds)
noises = st.floats(0, 10)
labelled = st.integers(7, 500)  # n > d_w + 1
unlabelled = st.integers(5, 500)  # N > d_s + 1


def mean_of(trials: TeacherStudent, name: str) -> float:
    """Mean over trials of one of their risks."""
    return float(mean_and_error(getattr(trials, name)).mean)


def error_of(trials: TeacherStudent, name: str) -> float:
    """Standard error of `mean_of`."""
    return float(mean_and_error(getattr(trials, name)).standard_error)
