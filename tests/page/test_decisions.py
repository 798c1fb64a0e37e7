"""The rules that decide a claim: what passes, what fails, and what is too noisy to say."""

from __future__ import annotations

import numpy as np
import pytest

from w2s.page.claims import exact, fact, inequality, interval, monte_carlo
from w2s.page.decisions import Decision, family_quantile


def test_exact_is_decided_at_the_tolerance_and_not_beside_it():
    assert exact(2.0, 2.0 + 1.9e-12, tolerance=1e-12).outcome == "holds"
    assert exact(2.0, 2.0 + 2.1e-12, tolerance=1e-12).outcome == "fails"


def test_a_difference_as_large_as_the_tolerance_is_the_last_that_holds():
    assert exact(1.0, 1.5, tolerance=0.5, absolute=True).outcome == "holds"
    assert exact(1.0, np.nextafter(1.5, 2), tolerance=0.5, absolute=True).outcome == "fails"


def test_exact_tells_all_that_its_reader_is_shown():
    # Relative to the largest magnitude, 4: at 1e-3 a difference of 0.005 is 0.001 too much.
    assert exact([2.0, -4.0], [2.0, -4.005], 1e-3, at={"n": [1, 2]}) == Decision(
        rule="0.1% of the largest value allowed", outcome="fails",
        predicted=-4.0, measured=-4.005, standard_error=None,
        tolerance=0.004, margin=0.004 - (4.005 - 4.0), points=2,
        mean_predicted=-1.0, mean_measured=(2.0 - 4.005) / 2, drift=0.004, at={"n": 2.0},
        reason="the difference is 0.005, allowed 0.004", relation="=",
    )  # fmt: skip
    agreed = exact(2.0, 2.0, 0.25, absolute=True)
    assert (agreed.rule, agreed.reason) == ("0.25 allowed", "")


def test_a_share_is_told_in_per_cent_down_to_a_hundredth_of_one():
    assert exact(2.0, 2.0, 1e-4).rule == "0.01% of the largest value allowed"
    assert exact(2.0, 2.0, 5e-5).rule == "5e-05 of the largest value allowed"


def test_a_coordinate_may_be_a_name():
    assert exact([1.0, 2.0], [1.0, 2.5], 1e-9, at={"who": ["me", "you"]}).at == {"who": "you"}


def test_runs_may_drift_by_the_tolerance_but_at_least_by_rounding():
    assert exact(4.0, 4.0, tolerance=0.5).drift == 2.0
    assert exact(4.0, 4.0, tolerance=1e-15).drift == pytest.approx(4e-9, rel=1e-12)
    assert monte_carlo(4.0, 4.0, 0.1, resolution=0.1).drift == pytest.approx(0.329, rel=1e-3)
    assert inequality(0.0, [2.0, -4.0]).drift == pytest.approx(4e-6, rel=1e-12)
    assert inequality(0.0, 4.0, slack=0.5).drift == 0.5
    assert inequality(0.0, 4.0, standard_error=0.1).drift == pytest.approx(0.329, rel=1e-3)
    assert interval(-1000.0, 0.0, high=0.0).drift == pytest.approx(1e-6, rel=1e-12)


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


def test_the_coarsest_admissible_standard_error_is_relative_to_the_prediction():
    for scale in (0.01, 1.0, 100.0):
        assert monte_carlo(scale, scale, 0.05 * scale, resolution=0.06).outcome == "holds"
        assert monte_carlo(scale, scale, 0.07 * scale, resolution=0.06).outcome == "undecided"
    assert monte_carlo(1.0, 1.0, 0.05, resolution=0.05).outcome == "holds"


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_means_without_noise_agree_to_twelve_digits_in_any_unit(scale):
    assert monte_carlo(scale, scale * (1 + 5e-13), 0.0, resolution=0.1).outcome == "holds"
    assert monte_carlo(scale, scale * (1 + 2e-12), 0.0, resolution=0.1).outcome == "fails"


def test_monte_carlo_keeps_the_entry_that_uses_most_of_what_it_is_allowed():
    decision = monte_carlo(
        [1.0, 1.0], [1.02, 1.01], [0.02, 0.001], resolution=0.1, at={"n": [7, 8]}
    )
    assert (decision.measured, decision.standard_error, decision.at) == (1.01, 0.001, {"n": 8.0})
    assert decision.rule == "3.5 allowed"
    assert decision.tolerance == pytest.approx(0.001 * family_quantile(2), rel=1e-9)
    generous = monte_carlo(1.0, 1.02, 0.02, resolution=0.1, allowance=0.05)
    assert generous.rule == "3.3 and 5% of the prediction allowed"


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


def test_an_inequality_tells_all_that_its_reader_is_shown():
    decision = inequality([0.0, 0.5, 0.25], [1.0, 0.75, 1.0], slack=0.125, at={"k": [0, 1, 2]})
    assert decision == Decision(
        rule="at every point", outcome="holds", predicted=0.75, measured=0.5,
        standard_error=None, tolerance=0.125, margin=0.25, points=3, mean_predicted=2.75 / 3,
        mean_measured=0.25, drift=0.125, at={"k": 1.0}, reason="", relation="≤",
    )  # fmt: skip
    missed = inequality(2.0, 1.0)
    assert missed.reason == "the gap is -1 at its worst point"


def test_the_worst_point_of_a_noisy_inequality_is_the_least_certain_or_the_surest_violation():
    def decided(gaps, errors):
        d = inequality(np.zeros(2), gaps, standard_error=errors)
        return d.outcome, d.margin, d.standard_error, d.rule

    rule = "3.5 needed"
    assert decided([0.4, 0.2], [0.1, 0.001]) == ("holds", 0.4, 0.1, rule)
    assert decided([-0.5, -0.4], [0.2, 0.01]) == ("fails", -0.4, 0.01, rule)


def test_a_noisy_inequality_is_undecided_up_to_the_very_ends():
    reach = family_quantile(1) * 0.02
    for gap, outcome in [(reach, "holds"), (0.0, "undecided"), (-reach, "undecided")]:
        assert inequality(-gap, 0.0, standard_error=0.02).outcome == outcome
    assert inequality(reach * 1.001, 0.0, standard_error=0.02).outcome == "fails"
    # With a slack of 0.1: the gap -0.3 ± 0.329 reaches above -0.1.
    assert inequality(0.3, 0.0, standard_error=0.1, slack=0.1).outcome == "undecided"
    assert inequality(1.0, 1.0).outcome == "holds"  # equal is at most


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


@pytest.mark.parametrize(
    ("estimate", "outcome"), [(1.8, "fails"), (1.5, "undecided"), (1.2, "holds")]
)
def test_an_upper_end_is_decided_like_a_lower_one(estimate, outcome):
    assert interval(estimate, 0.02, high=1.51).outcome == outcome


def test_an_interval_that_touches_an_end_from_within_holds_and_from_outside_is_undecided():
    reach = interval(0.0, 1.0, low=0.0).tolerance
    assert interval(0.0, 1.0, low=-reach).outcome == "holds"
    assert interval(0.0, 1.0, high=reach).outcome == "holds"
    assert interval(0.0, 1.0, low=reach).outcome == "undecided"
    assert interval(0.0, 1.0, high=-reach).outcome == "undecided"


def test_a_range_without_a_finite_end_is_refused_because_nothing_could_fail():
    for ends in ({}, {"low": -np.inf}, {"high": np.inf}, {"low": -np.inf, "high": np.inf}):
        with pytest.raises(ValueError, match=r"one end at least .* must be finite"):
            interval(1.0, 0.1, **ends)


def test_an_interval_tells_all_that_its_reader_is_shown():
    half = 0.25 * 1.959963984540054  # the 97.5% quantile of the normal distribution
    low, high = 1.5 - half, 1.5 + half
    decision = interval(1.5, 0.25, low=1.25, high=3.0, confidence=0.95)
    assert vars(decision) == vars(
        Decision(
            rule="the 95% interval must lie within [1.25, 3]", outcome="undecided",
            predicted=1.25, measured=1.5, standard_error=0.25,
            tolerance=pytest.approx(half, rel=1e-12),
            margin=pytest.approx(low - 1.25, rel=1e-12),
            mean_predicted=1.25, mean_measured=1.5, drift=pytest.approx(half, rel=1e-12),
            reason=f"its interval is [{low:.4g}, {high:.4g}]", relation="in",
        )
    )  # fmt: skip
    inside = interval(2.5, 0.01, low=1.25, high=3.0, confidence=0.95)
    assert (inside.outcome, inside.reason, inside.predicted) == ("holds", "", 3.0)
    assert inside.margin == pytest.approx(0.5 - half / 25, rel=1e-12)
    assert interval(2.0, 0.1, low=1.0, high=3.0).predicted == 1.0  # as near: the lower end
    assert interval(1.5, 0.1, low=1.0).rule == "the 99.9% interval must lie above 1"
    assert interval(1.5, 0.1, high=3.0).rule == "the 99.9% interval must lie below 3"


def test_a_fact_is_shown_as_it_was_written():
    assert fact(True, shows=" 3 < 4 ") == Decision(rule="3 < 4", outcome="holds")
    assert fact(False, shows="4 < 3") == Decision("4 < 3", "fails", reason="it is not so")


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
        (
            lambda: monte_carlo(1.0, 1.0, 0.1, resolution=0.1, allowance=1.5),
            r"^allowance must lie in \[0, 1\], got 1.5",
        ),
        (
            lambda: monte_carlo(1.0, 1.0, 0.1, resolution=0.1, allowance=-0.1),
            r"^allowance must lie in \[0, 1\], got -0.1",
        ),
        (lambda: inequality(0.0, 1.0, slack=-1.0), "slack must be at least 0"),
        (
            lambda: inequality(0.0, 1.0, standard_error=-1.0),
            "^standard_error must be at least 0, got -1",
        ),
        (lambda: inequality(np.nan, 1.0), "^smaller must be finite, got nan"),
        (lambda: inequality(1.0, np.inf), "^larger must be finite, got inf"),
        (lambda: interval(np.nan, 0.1), "^estimate must be finite, got nan"),
        (lambda: interval(1.0, -0.1), "^standard_error must be at least 0, got -0.1"),
        (lambda: interval(1.0, 0.1, confidence=0.0), "^confidence must exceed 0, got 0"),
        (lambda: interval(1.0, 0.1, low=1.0, high=1.0), "need low < high"),
        (lambda: interval(1.0, 0.1, low=2.0, high=1.0), "need low < high"),
        (lambda: interval(1.0, 0.1, low=0.0, confidence=1.0), "confidence < 1"),
    ],
)
def test_nonsense_is_refused_with_condition_and_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
