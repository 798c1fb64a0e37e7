"""Students that try to break the limits."""

import numpy as np
import pytest

from w2s.random_features.adversarial import arbitrary_chain, arbitrary_features
from w2s.random_features.gradient_flow import flow
from w2s.random_features.limits import lower_bound, lower_bound_chain


def test_teachers_are_projections_of_a_unit_target() -> None:
    target, teacher, kernel = arbitrary_features(np.random.default_rng(1), 5, dim=12)
    assert target @ target == pytest.approx(1.0, rel=1e-14)
    assert target @ teacher == pytest.approx(teacher @ teacher, rel=1e-13)
    assert np.linalg.matrix_rank(kernel) == 5


def test_a_student_that_leans_far_nearly_attains_the_limit_and_none_breaks_it() -> None:
    rng = np.random.default_rng(2)
    ratios = []
    for lean in (0.0, 1e3):
        target, teacher, kernel = arbitrary_features(rng, 1, lean)
        bound = lower_bound(((teacher - target) ** 2).sum())
        student = flow(kernel, teacher, [1e4])[0]
        ratios.append(float(((student - target) ** 2).sum() / bound))
    # Its direction is off by 1/lean, which counts to second order.
    assert 1.0 <= ratios[1] < 1 + 1e-5 < ratios[0]


@pytest.mark.parametrize("lean", [0.0, 1.0, 100.0])
def test_norms_fall_along_a_chain_and_its_students_obey_the_bound_of_their_length(lean) -> None:
    for rng in np.random.default_rng(3).spawn(10):
        target, chain = arbitrary_chain(rng, 4, lean)
        norms, errors = np.linalg.norm(chain, axis=1), ((chain - target) ** 2).sum(axis=1)
        assert (np.diff(norms) <= 1e-12).all()  # rounding
        for n in range(1, 5):
            assert errors[n] >= lower_bound_chain(errors[0], n) - 1e-14  # rounding


def test_bad_input_is_refused() -> None:
    rng = np.random.default_rng(4)
    with pytest.raises(ValueError, match="n_features must be at least 1, got 0"):
        arbitrary_features(rng, 0)
    with pytest.raises(ValueError, match="length must be at least 1, got 0"):
        arbitrary_chain(rng, 0)
    with pytest.raises(ValueError, match=r"lean must be at least 0, got -1"):
        arbitrary_chain(rng, 3, -1.0)
    with pytest.raises(ValueError, match="dim must be at least 2, got 1"):
        arbitrary_features(rng, 3, dim=1)
