from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from tests.geometries import geometries, labelled, noises, unlabelled
from w2s.bounds import (
    bias_bound,
    opr_bound_is_proven,
    opr_lower_bound,
    opr_lower_bound_maximum,
    optimal_n_labelled,
    paper_bias_bound,
    paper_risks,
    pgr_bound_is_proven,
    pgr_lower_bound,
    pgr_lower_bound_maximum,
)
from w2s.ridgeless import risks, student_bias, student_risk
from w2s.subspaces import Geometry

# The setting of the authors' picture of the bounds: ρ_s + ρ_w = 0.1.
DRAWN = Geometry(80, 100, overlap=10, removed=0.1, invisible=0.1)
# The tests below compare sums of a few terms of order one.
ROUNDING = 1e-12


def test_golden_values_of_the_bounds():
    assert pgr_lower_bound(DRAWN, 220, 4000, 1.0) == pytest.approx(0.56184874, abs=5e-9)
    assert opr_lower_bound(DRAWN, 220, 4000, 1.0) == pytest.approx(1.82585347, abs=5e-9)
    assert optimal_n_labelled(DRAWN, 4000, 1.0) == pytest.approx(210.169593, abs=5e-7)
    assert pgr_lower_bound_maximum(DRAWN, 4000, 1.0) == pytest.approx(0.56266081, abs=5e-9)
    best = optimal_n_labelled(DRAWN, [1600, 2800, 4000], 1.0)
    assert best.round(1).tolist() == [222.0, 213.7, 210.2]


@pytest.mark.parametrize("big_n", [160, 1600, 4000])
def test_both_bounds_peak_at_the_optimal_size(big_n):
    best = float(optimal_n_labelled(DRAWN, big_n, 1.0))
    for bound, peak in (
        (pgr_lower_bound, pgr_lower_bound_maximum),
        (opr_lower_bound, opr_lower_bound_maximum),
    ):
        found = minimize_scalar(
            lambda n, bound=bound: -bound(DRAWN, n, big_n, 1.0), bounds=(101.5, 5000)
        )
        # A minimiser is found to the square root of rounding.
        assert found.x == pytest.approx(best, rel=1e-5)
        assert -found.fun == pytest.approx(peak(DRAWN, big_n, 1.0), rel=1e-9)
        assert bound(DRAWN, best, big_n, 1.0) == pytest.approx(peak(DRAWN, big_n, 1.0), rel=1e-12)


def test_without_approximation_error_more_labels_are_always_better_for_the_bounds():
    clean = Geometry(80, 100, overlap=10)
    assert np.isinf(optimal_n_labelled(clean, [1600, 4000], 1.0)).all()
    far = pgr_lower_bound(clean, 1e9, 4000, 1.0)
    assert far == pytest.approx(pgr_lower_bound_maximum(clean, 4000, 1.0), rel=1e-6)


@settings(max_examples=300)
@given(geometries, labelled, unlabelled, noises)
def test_the_paper_curve_of_a_single_model_is_a_strict_lower_bound(g, n, big_n, noise):
    drawn, exact = paper_risks(g, n, big_n, noise), risks(g, n, big_n, noise)
    for name in ("weak", "sft", "ceiling"):
        assert getattr(drawn, name) <= getattr(exact, name) * (1 + ROUNDING)


def test_the_paper_curve_misses_the_variance_by_the_stated_factor():
    g, n = Geometry(10, 20, 5), np.array([40, 200])
    ratio = risks(g, n, 100, 1.0).weak / paper_risks(g, n, 100, 1.0).weak
    assert ratio == pytest.approx(n / (n - 21), rel=1e-14)


@settings(max_examples=300)
@given(geometries, labelled, unlabelled)
def test_the_corrected_bias_bound_holds_at_every_size(g, n, big_n):
    bound = bias_bound(g, n, big_n)
    for where in ("population", "in_sample"):
        assert student_bias(g, n, big_n, evaluation=where) <= bound * (1 + ROUNDING) + ROUNDING


def test_the_corrected_bias_bound_needs_its_cross_term():
    # ρ_s = ρ_w = b = 1 and aligned: c = 4, and the bias is κ_N (√ρ_s + √ρ_w)² above ρ_s + a.
    g = Geometry(8, 16, overlap=4, rho_strong=1.0, removed=1.0, invisible=4.0)
    assert student_bias(g, 1e9, 17) == pytest.approx(1 + 4.0, rel=1e-6)
    assert bias_bound(g, 1e9, 17) == pytest.approx(2 + 4.0, rel=1e-6)


def test_the_paper_bias_bound_is_asymptotic_only():
    g = Geometry(8, 16, overlap=4, rho_strong=0.7, removed=0.4, invisible=1.0)
    assert student_bias(g, 30, 15) > paper_bias_bound(g)
    assert student_bias(g, 10_000, 10_000) <= paper_bias_bound(g)


@settings(max_examples=500)
@given(geometries, labelled, unlabelled, st.floats(1e-3, 10))
def test_bounds_hold_on_the_sample_wherever_they_are_proven(g, n, big_n, noise):
    exact = risks(g, n, big_n, noise, evaluation="in_sample")
    if pgr_bound_is_proven(g, n, big_n, noise):
        bound = pgr_lower_bound(g, n, big_n, noise)
        assert 1 - exact.student / exact.weak >= bound - 1e-9
        if exact.weak > exact.ceiling:  # else the PGR is not defined
            assert exact.pgr >= bound - 1e-9
    if opr_bound_is_proven(g, n, big_n, noise):
        assert exact.opr >= opr_lower_bound(g, n, big_n, noise) * (1 - 1e-9)


def test_a_negative_pgr_bound_bounds_nothing():
    # Just before the ceiling meets the teacher, the exact PGR of a losing student dives.
    g = Geometry(10, 20, 5, rho_strong=0.11, removed=0.1, invisible=0.1)

    def gap(n):
        r = risks(g, n, 40, 1.0)
        return float(r.weak - r.ceiling)

    n = brentq(gap, 25, 1e5) * (1 - 1e-6)
    bound = pgr_lower_bound(g, n, 40, 1.0)
    assert risks(g, n, 40, 1.0).pgr < bound < 0


def test_the_drawn_student_curve_is_the_in_sample_variance_plus_both_errors():
    g = Geometry(10, 20, 5, rho_strong=0.1, removed=0.1, invisible=0.0)
    drawn = paper_risks(g, 50, 40, 1.0).student
    exact = student_risk(Geometry(10, 20, 5), 50, 40, 1.0, evaluation="in_sample")
    assert drawn == pytest.approx(exact + 0.2, rel=1e-14)


def test_bounds_at_and_below_the_edge():
    assert pgr_lower_bound(DRAWN, 101, 4000, 1.0) == -np.inf
    assert opr_lower_bound(DRAWN, 101, 4000, 1.0) == 0


@pytest.mark.parametrize(
    "bound", [pgr_lower_bound, opr_lower_bound, pgr_bound_is_proven, opr_bound_is_proven]
)
def test_bounds_refuse_what_they_do_not_cover(bound):
    with pytest.raises(ValueError, match="noise must exceed 0, got 0"):
        bound(DRAWN, 220, 4000, 0.0)
    with pytest.raises(ValueError, match=r"n_labelled must exceed d_weak \+ 1 = 101, got 90"):
        bound(DRAWN, 90, 4000, 1.0)


@pytest.mark.parametrize(
    "peak", [optimal_n_labelled, pgr_lower_bound_maximum, opr_lower_bound_maximum]
)
def test_maxima_need_noise(peak):
    with pytest.raises(ValueError, match="noise must exceed 0, got 0"):
        peak(DRAWN, 4000, 0.0)
