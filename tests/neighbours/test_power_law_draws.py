"""Drawn projections and ridge fits, against what they must be for every draw."""

import numpy as np
import pytest

from w2s.neighbours.power_law_draws import drawn_krr, drawn_projection

VALUES = np.arange(1.0, 31.0) ** -1.5
TARGET = np.arange(1.0, 31.0) ** -1.0


def test_a_projection_is_one_and_has_its_rank() -> None:
    columns = [
        drawn_projection(VALUES, unit, 7, np.random.default_rng(3)) for unit in np.eye(len(VALUES))
    ]
    matrix = np.array(columns)
    # Rounding, times the condition of a Gram matrix of 7 features.
    assert np.abs(matrix - matrix.T).max() < 1e-10
    assert np.abs(matrix @ matrix - matrix).max() < 1e-10
    assert np.trace(matrix) == pytest.approx(7, abs=1e-10)


def test_a_projection_favours_large_eigenvalues() -> None:
    rng = np.random.default_rng(4)
    first, last = np.eye(len(VALUES))[[0, -1]]
    kept = [[f @ drawn_projection(VALUES, f, 7, rng) for f in (first, last)] for _ in range(50)]
    assert np.mean(kept, axis=0)[0] > 5 * np.mean(kept, axis=0)[1]


def test_a_fit_without_penalty_interpolates_and_one_with_a_penalty_is_the_normal_equation() -> None:
    for ridge, noise in ((0.0, 0.0), (0.1, 0.0), (0.1, 0.7)):
        rng, again = np.random.default_rng(5), np.random.default_rng(5)
        given = {"noise": noise} if noise else {}  # none, if left out
        fit = drawn_krr(VALUES, TARGET, 12, ridge, rng, **given)
        inputs = again.standard_normal((12, len(VALUES)))
        labels = inputs @ TARGET + noise**0.5 * again.standard_normal(12)
        residual = labels - inputs @ fit
        # Stationary: Xᵀ(y − Xc)/n = λ Λ⁻¹ c, and at λ = 0 the labels themselves.
        gradient = inputs.T @ residual / 12 - ridge * fit / VALUES
        assert np.abs(gradient).max() < 1e-9
        if ridge == 0.0:
            assert np.abs(residual).max() < 1e-9
        else:
            assert np.abs(residual).max() > 1e-2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: drawn_projection(VALUES, TARGET[:3], 2, rng), r"target must have the shape"),
        (lambda rng: drawn_projection(VALUES, TARGET, 30, rng), r"fewer rows than directions = 30"),
        (lambda rng: drawn_projection(-VALUES, TARGET, 3, rng), r"eigenvalues must be at least 0"),
        (lambda rng: drawn_projection(VALUES, TARGET, 0, rng), r"width must be at least 1, got 0"),
        (lambda rng: drawn_krr(VALUES, TARGET, 0, 0.0, rng), r"samples must be at least 1, got 0"),
        (lambda rng: drawn_krr(VALUES, TARGET, 5, -1.0, rng), r"ridge must be at least 0, got -1"),
        (lambda rng: drawn_krr(VALUES, TARGET[:, None], 5, 0.0, rng), r"^target must have 1 dim"),
        (lambda rng: drawn_krr(VALUES, TARGET * np.nan, 5, 0.0, rng), r"^target must be finite"),
        (
            lambda rng: drawn_krr(VALUES, TARGET, 5, 0.0, rng, noise=-1.0),
            r"noise must be at least 0, got -1",
        ),
    ],
)
def test_bad_input_is_refused_with_condition_and_value(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
