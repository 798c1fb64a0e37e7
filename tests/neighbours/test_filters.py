"""Students as filters: the two parts of an error, and the filter that none beats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from w2s.neighbours.filters import best_filter, forgotten_and_kept


def case(seed: int, size: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal(size), rng.standard_normal(size), rng.uniform(0.1, 1.0, size)


@pytest.mark.parametrize("seed", range(3))
def test_the_two_parts_are_the_mean_error_of_drawn_students(seed):
    w, mu, v = case(seed)
    rng = np.random.default_rng(100 + seed)
    teachers = mu + np.sqrt(v) * rng.standard_normal((20_000, 6))
    filters = rng.uniform(-0.5, 1.5, (4, 6))
    forgotten, kept = forgotten_and_kept(w, mu, v, filters)
    errors = ((teachers[:, None] * filters - w) ** 2).sum(-1)
    mean, error = errors.mean(0), errors.std(0) / np.sqrt(len(errors))
    whole = ((w - mu) ** 2 + v).sum()
    # Four standard errors for twelve numbers.
    assert (np.abs(mean - (forgotten + kept) * whole) < 4 * error).all()
    assert kept * whole == pytest.approx((teachers[:, None] * filters).var(0).sum(-1), rel=0.03)


def test_a_copy_of_the_teacher_has_its_error_and_silence_forgets_the_target():
    w, mu, v = case(5)
    forgotten, kept = forgotten_and_kept(w, mu, v, [np.ones(6), np.zeros(6)])
    assert forgotten[0] + kept[0] == pytest.approx(1.0, rel=1e-12)
    assert kept[1] == 0
    assert forgotten[1] == pytest.approx((w**2).sum() / ((w - mu) ** 2 + v).sum(), rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_no_filter_beats_the_best_one(seed):
    w, mu, v = case(seed)
    found = minimize(lambda f: sum(forgotten_and_kept(w, mu, v, f)), np.ones(6))
    # The search ends at a gradient of 1e-5.
    np.testing.assert_allclose(best_filter(w, mu, v), found.x, atol=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: best_filter([1.0], [1.0], [-1.0]), "variance must be at least 0"),
        (
            lambda: best_filter([1.0], [1.0, 2.0], [1.0]),
            r"one shape, got \(1,\), \(2,\) and \(1,\)",
        ),
        (lambda: forgotten_and_kept([1.0], [1.0], [1.0, 1.0], [1.0]), "must have one shape"),
        (lambda: forgotten_and_kept([1.0], [1.0], [1.0], [1.0, 2.0]), r"1 entries.*shape \(2,\)"),
        (lambda: forgotten_and_kept([1.0], [1.0], [1.0], [np.inf]), "filters must be finite"),
        (lambda: forgotten_and_kept([1.0], [1.0], [0.0], [1.0]), "the teacher must make an error"),
        (lambda: best_filter([1.0], [[1.0]], [1.0]), r"^mean must have 1 dimension"),
        (lambda: best_filter([1.0], [1.0], [[1.0]]), r"^variance must have 1 dimension"),
        (lambda: forgotten_and_kept([[1.0]], [1.0], [0.0], [1.0]), "target must have 1 dimension"),
    ],
)
def test_bad_input_is_refused_with_its_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
