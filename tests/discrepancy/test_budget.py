from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from tests.discrepancy.geometries import error_of, geometries, labelled, mean_of
from w2s.discrepancy.budget import (
    best_share,
    best_split,
    n_unlabelled_to_beat_sft,
    window_above_ceiling,
)
from w2s.discrepancy.ridgeless import risks, student_risk
from w2s.discrepancy.samplers import joint_wishart
from w2s.discrepancy.subspaces import Geometry, axis_aligned_pair

PLAIN = Geometry(100, 200, overlap=10)
# Borders are roots of differences of risks: rounding of a few terms, relative to the risks.
ROUNDING = 1e-9
some_noise = st.floats(1e-3, 10)


def ahead(g, n, big_n, noise, rival):
    """By how much the student beats a rival, relative to the rival's risk."""
    r = risks(g, n, big_n, noise)
    return (getattr(r, rival) - r.student) / getattr(r, rival)


@settings(max_examples=200)
@given(geometries, labelled, some_noise)
def test_the_student_meets_sft_at_the_stated_size_and_wins_beyond(g, n, noise):
    enough = float(n_unlabelled_to_beat_sft(g, n, noise))
    assert enough >= g.d_strong + 1
    if np.isinf(enough):
        assert (ahead(g, n, np.geomspace(4.01, 1e9, 60), noise, "sft") <= ROUNDING).all()
    elif 4.001 < enough < 1e6:
        assert abs(ahead(g, n, enough, noise, "sft")) < ROUNDING
        below, above = ahead(g, n, 4 + (enough - 4) * np.array([0.9, 1.1]), noise, "sft")
        assert below < ROUNDING
        assert above > -ROUNDING


@settings(max_examples=200)
@given(geometries, labelled, some_noise)
def test_the_student_beats_the_ceiling_inside_the_window_and_only_there(g, n, noise):
    low, high = (float(end) for end in window_above_ceiling(g, n, noise))
    everywhere = np.geomspace(4.01, 1e7, 400)
    lead = ahead(g, n, everywhere, noise, "ceiling")
    if np.isnan(low):
        assert (lead <= ROUNDING).all()
        return
    inside = (everywhere > low) & (everywhere < high)
    assert (lead[inside] >= -ROUNDING).all()
    assert (lead[~inside] <= ROUNDING).all()


def test_without_approximation_error_the_borders_do_not_know_the_noise():
    n = np.array([[400.0], [4000.0]])
    noise = np.array([0.01, 1.0, 30.0])
    to_beat = n_unlabelled_to_beat_sft(PLAIN, n, noise)
    low, high = window_above_ceiling(PLAIN, n, noise)
    for values in (to_beat, low, high):
        assert values.shape == (2, 3)
        same = np.broadcast_to(values[:, :1], values.shape)
        assert np.allclose(values, same, rtol=1e-12, equal_nan=True)
    # The upper end is about n (d_s - d_{s∧w})/d_{s∧w} for many labels.
    far = window_above_ceiling(PLAIN, 1e9, 1.0).high
    assert far == pytest.approx(1e9 * 90 / 10, rel=1e-5)


def test_without_overlap_and_bias_the_window_has_no_end():
    assert window_above_ceiling(Geometry(100, 200, overlap=0), 2000, 1.0).high == np.inf


def test_the_ends_of_the_window_agree_with_a_root_search():
    g = Geometry(100, 200, 10, rho_strong=1e-4, inherited=1e-4, removed=1e-4, invisible=1e-4)
    low, high = (float(end) for end in window_above_ceiling(g, 2000, 1.0))

    def lead(big_n):
        return float(ahead(g, 2000, big_n, 1.0, "ceiling"))

    middle = np.sqrt(low * high)
    assert brentq(lead, 101.5, middle, xtol=1e-9) == pytest.approx(low, rel=1e-9)
    assert brentq(lead, middle, 1e6, xtol=1e-9) == pytest.approx(high, rel=1e-9)


def test_sampled_risks_change_order_at_the_border():
    pair = axis_aligned_pair(10, 20, 2)
    g, n = pair.geometry(), 60
    border = float(n_unlabelled_to_beat_sft(g, n, 1.0))
    leads = []
    for factor in (0.6, 2.0):
        big_n = round(factor * border)
        found = joint_wishart(pair, None, n, big_n, 1.0, 4000, np.random.default_rng(big_n))
        error = np.hypot(error_of(found, "sft"), error_of(found, "student"))
        leads.append((mean_of(found, "sft") - mean_of(found, "student")) / error)
    # Both orders by more than four standard errors.
    assert leads[0] < -4
    assert leads[1] > 4


@settings(max_examples=100, deadline=None)
@given(geometries, some_noise, st.floats(10, 1e4), st.floats(0.1, 30), st.floats(0.1, 30))
def test_no_other_split_of_the_budget_has_a_smaller_risk(g, noise, free, dear, cheap):
    budget = free + dear * (g.d_weak + 1) + cheap * (g.d_strong + 1)
    plan = best_split(g, budget, noise, cost_labelled=dear, cost_unlabelled=cheap)
    spent = dear * plan.n_labelled + cheap * plan.n_unlabelled
    assert spent == pytest.approx(budget, rel=1e-12)
    shares = np.linspace(0.01, 0.99, 99)
    n, big_n = 6 + (1 - shares) * free / dear, 4 + shares * free / cheap
    others = student_risk(g, n, big_n, noise)
    assert student_risk(g, *plan[:2], noise) <= others.min() * (1 + 1e-12)


def test_the_best_share_is_that_of_a_numerical_search():
    g = Geometry(100, 200, 10, rho_strong=0.1, inherited=0.1, removed=0.1, invisible=0.05)

    def risk(share):
        return float(student_risk(g, 201 + (1 - share) * 500, 101 + share * 5000, 1.0))

    found = minimize_scalar(risk, bounds=(1e-6, 1 - 1e-6), method="bounded").x
    # A minimiser is found to the square root of rounding only.
    assert best_share(g, 5000, 1.0, cost_labelled=10) == pytest.approx(found, abs=1e-5)


@given(st.floats(1, 99), st.floats(1, 1e8), some_noise, st.floats(0.1, 100))
def test_without_approximation_error_price_and_noise_drop_out(overlap, free, noise, price):
    g = Geometry(100, 200, overlap)
    expected = 1 / (1 + np.sqrt(1 + overlap * free / (100 * (200 - overlap))))
    share = best_share(g, free, noise, cost_labelled=price)
    assert share == pytest.approx(expected, rel=1e-12)
    assert share <= 0.5


def test_limits_of_the_best_share():
    none, half = Geometry(100, 50, 50), Geometry(100, 200, 0)
    assert best_share(none, 1e3, 1.0) == 0  # nothing to average: all labels
    assert best_share(half, [1e1, 1e9], 1.0) == pytest.approx(0.5)
    seen = Geometry(100, 200, 10, rho_strong=0.3, invisible=0.3)
    # 1/(1+√(α/β)) with α = σ² d_{s∧w} and β = d_s c / r.
    limit = 1 / (1 + np.sqrt(1.0 * 10 / (100 * 0.3 / 10)))
    assert best_share(seen, 1e13, 1.0, cost_labelled=10) == pytest.approx(limit, rel=1e-6)
    assert best_share(seen, 1e3, 0.0) == 1  # a teacher without error: all unlabelled
    assert np.isnan(best_share(PLAIN, 1e3, 0.0))  # nothing to learn: every split is as good


def test_budgets_broadcast():
    plan = best_split(PLAIN, np.array([[1e4], [1e5]]), [0.1, 1.0, 10.0], cost_labelled=10)
    assert {part.shape for part in plan} == {(2, 3)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: n_unlabelled_to_beat_sft(PLAIN, 201, 1.0),
            r"n_labelled must exceed d_weak \+ 1 = 201, got 201",
        ),
        (lambda: n_unlabelled_to_beat_sft(PLAIN, 300, -1.0), "noise must be at least 0, got -1"),
        (lambda: window_above_ceiling(PLAIN, 200, 1.0), r"exceed d_weak \+ 1 = 201, got 200"),
        (lambda: window_above_ceiling(PLAIN, 300, np.nan), "noise must be finite, got nan"),
        (lambda: best_share(PLAIN, 0, 1.0), "free must exceed 0, got 0"),
        (lambda: best_share(PLAIN, 10, 1.0, cost_labelled=0), "cost_labelled must exceed 0"),
        (lambda: best_split(PLAIN, 302, 1.0), "budget must exceed the cost .* = 302, got 302"),
        (lambda: best_split(PLAIN, [1e4, 300], 1.0), "budget must exceed .* = 302, got 300"),
        (lambda: best_split(PLAIN, 1e4, 1.0, cost_unlabelled=-1), "cost_unlabelled must exceed 0"),
    ],
)
def test_values_outside_the_formulas_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
