"""The rules that decide a claim: what passes, what fails, and what is too noisy to say."""

from __future__ import annotations

import numpy as np
import pytest

from w2s.claims import exact, fact, inequality, interval, monte_carlo
from w2s.decisions import family_quantile


def test_exact_is_decided_at_the_tolerance_and_not_beside_it():
    assert exact(2.0, 2.0 + 1.9e-12, tolerance=1e-12).outcome == "holds"
    assert exact(2.0, 2.0 + 2.1e-12, tolerance=1e-12).outcome == "fails"


def test_exact_keeps_the_worst_entry_and_its_coordinates():
    predicted = np.array([[1.0, 2.0], [3.0, 4.0]])
    measured = predicted + np.array([[0.0, 0.1], [-0.3, 0.0]])
    decision = exact(
        predicted, measured, 0.5, absolute=True, at={"n": [[10], [20]], "N": [[1, 2], [1, 2]]}
    )
    assert (decision.predicted, decision.measured) == (3.0, 2.7)
    assert decision.at == {"n": 20.0, "N": 1.0}
    assert decision.margin == pytest.approx(0.2)
    assert decision.points == 4


def test_a_relative_tolerance_of_a_zero_prediction_is_refused():
    with pytest.raises(ValueError, match="non-zero prediction"):
        exact(0.0, 0.0, tolerance=1e-12)


def test_monte_carlo_holds_within_its_quantile_and_fails_beyond():
    se = 0.01
    z = family_quantile(1)
    assert monte_carlo(1.0, 1 + 0.99 * z * se, se, resolution=0.05).outcome == "holds"
    assert monte_carlo(1.0, 1 + 1.01 * z * se, se, resolution=0.05).outcome == "fails"


def test_monte_carlo_with_a_wide_error_bar_is_undecided_even_when_it_agrees():
    decision = monte_carlo(1.0, 1.0, 0.06, resolution=0.05)
    assert decision.outcome == "undecided"
    assert "more than 0.05" in decision.reason


def test_the_allowance_is_added_to_the_standard_errors():
    assert monte_carlo(1.0, 1.05, 0.001, resolution=0.05).outcome == "fails"
    assert monte_carlo(1.0, 1.05, 0.001, resolution=0.05, allowance=0.05).outcome == "holds"


def test_the_family_quantile_keeps_the_promised_error_rate():
    # 4000 families of 5 independent standard normals: failures are Poisson with mean 4, and
    # 14 or more of them has probability 1e-4.
    draws = np.random.default_rng(0).standard_normal((4000, 5))
    failures = sum(
        monte_carlo(np.ones(5), 1 + 0.01 * row, 0.01, resolution=0.05).outcome == "fails"
        for row in draws
    )
    assert failures < 14


@pytest.mark.parametrize(
    ("smaller", "outcome"), [(0.9, "holds"), (0.99, "undecided"), (1.2, "fails")]
)
def test_a_noisy_inequality_is_decided_by_its_standard_error(smaller, outcome):
    assert inequality(smaller, 1.0, standard_error=0.02).outcome == outcome


def test_an_inequality_reports_its_smallest_margin():
    decision = inequality([0.0, 0.5, 0.2], [1.0, 0.6, 1.0], at={"k": [0, 1, 2]})
    assert decision.margin == pytest.approx(0.1)
    assert decision.at == {"k": 1.0}


def test_an_inequality_violated_by_less_than_the_slack_holds():
    assert inequality(1.0 + 1e-13, 1.0, slack=1e-12).outcome == "holds"
    assert inequality(1.0 + 1e-11, 1.0, slack=1e-12).outcome == "fails"


@pytest.mark.parametrize(
    ("estimate", "outcome"), [(1.8, "holds"), (1.5, "undecided"), (1.2, "fails")]
)
def test_an_interval_is_decided_only_when_it_does_not_straddle_an_end(estimate, outcome):
    assert interval(estimate, 0.02, low=1.49).outcome == outcome


def test_a_fact_needs_a_boolean_and_a_text():
    assert fact(np.bool_(False), shows="1 > 2").outcome == "fails"
    with pytest.raises(ValueError, match="True or False"):
        fact(1, shows="x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must say what was checked"):
        fact(True, shows=" ")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(bad):
    with pytest.raises(ValueError, match=r"measured must be finite, got .* at index \(1,\)"):
        exact([1.0, 1.0], [1.0, bad], tolerance=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exact([], [], tolerance=1.0), "at least one value"),
        (lambda: exact(1.0, 1.0, tolerance=0.0), "tolerance must exceed 0"),
        (lambda: monte_carlo(1.0, 1.0, -0.1, resolution=0.1), "standard_error must be at least 0"),
        (lambda: monte_carlo(1.0, 1.0, 0.1, resolution=0.0), "resolution must exceed 0"),
        (lambda: monte_carlo(1.0, 1.0, 0.1, resolution=2.0), r"resolution must lie in \[0, 1\]"),
        (lambda: monte_carlo(0.0, 1.0, 0.1, resolution=0.1), "which is 0 somewhere"),
        (lambda: inequality(0.0, 1.0, slack=-1.0), "slack must be at least 0"),
        (lambda: interval(1.0, 0.1, low=2.0, high=1.0), "need low < high"),
        (lambda: interval(1.0, 0.1, low=0.0, confidence=1.0), "confidence < 1"),
    ],
)
def test_nonsense_is_refused_with_condition_and_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
