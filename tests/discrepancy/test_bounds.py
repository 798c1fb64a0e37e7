from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from tests.discrepancy.geometries import geometries, labelled, noises, unlabelled
from w2s.discrepancy.bounds import (
    bias_bound,
    extremal_target,
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
from w2s.discrepancy.ridgeless import risks, student_bias, student_risk
from w2s.discrepancy.subspaces import Geometry, axis_aligned_pair, pair_with_cosines

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
@pytest.mark.parametrize("where", ["in_sample", "population"])
def test_both_bounds_peak_at_the_optimal_size(big_n, where):
    best = float(optimal_n_labelled(DRAWN, big_n, 1.0, evaluation=where))
    for bound, peak in (
        (pgr_lower_bound, pgr_lower_bound_maximum),
        (opr_lower_bound, opr_lower_bound_maximum),
    ):
        found = minimize_scalar(
            lambda n, bound=bound: -bound(DRAWN, n, big_n, 1.0, evaluation=where),
            bounds=(101.5, 5000),
        )
        top = peak(DRAWN, big_n, 1.0, evaluation=where)
        # A minimiser is found to the square root of rounding.
        assert found.x == pytest.approx(best, rel=1e-5)
        assert -found.fun == pytest.approx(top, rel=1e-9)
        assert bound(DRAWN, best, big_n, 1.0, evaluation=where) == pytest.approx(top, rel=1e-12)


def test_without_approximation_error_more_labels_are_always_better_for_the_bounds():
    clean = Geometry(80, 100, overlap=10)
    assert np.isinf(optimal_n_labelled(clean, [1600, 4000], 1.0)).all()
    far = pgr_lower_bound(clean, 1e9, 4000, 1.0)
    assert far == pytest.approx(pgr_lower_bound_maximum(clean, 4000, 1.0), rel=1e-6)


@settings(max_examples=300)
@given(geometries, labelled, unlabelled, noises)
def test_the_paper_curve_of_a_single_model_is_a_strict_lower_bound(g, n, big_n, noise):
    drawn, exact = paper_risks(g, n, big_n, noise), risks(g, n, big_n, noise)
    for name in ("teacher", "sft", "ceiling"):
        assert getattr(drawn, name) <= getattr(exact, name) * (1 + ROUNDING)


def test_the_paper_curve_misses_the_variance_by_the_stated_factor():
    g, n = Geometry(10, 20, 5), np.array([40, 200])
    ratio = risks(g, n, 100, 1.0).teacher / paper_risks(g, n, 100, 1.0).teacher
    assert ratio == pytest.approx(n / (n - 21), rel=1e-14)


@settings(max_examples=300)
@given(geometries, labelled, unlabelled)
def test_the_corrected_bias_bound_holds_at_every_size(g, n, big_n):
    for where in ("population", "in_sample"):
        bound = bias_bound(g, n, big_n, evaluation=where)
        assert student_bias(g, n, big_n, evaluation=where) <= bound * (1 + ROUNDING) + ROUNDING


@given(st.floats(0, 5), st.floats(0, 5), st.integers(10, 400))
def test_the_corrected_bias_bound_is_the_largest_bias_of_two_errors(rho_s, rho_w, big_n):
    # Over b: the exact bias at c = (√ρ_s + √b)², the largest that the triangle inequality allows.
    removed = rho_w * np.linspace(0, 1, 4001) ** 2
    kappa = 8 / (big_n - 9)
    best = rho_s + np.max(rho_w - removed + kappa * (np.sqrt(rho_s) + np.sqrt(removed)) ** 2)
    g = Geometry(8, 16, 4, rho_strong=rho_s, inherited=rho_w, invisible=rho_s)
    found = bias_bound(g, 1e12, big_n)
    # A grid of 4001 points in √b misses a parabola's top by at most (1/4000)² of its height.
    assert best <= found * (1 + 1e-9)
    assert found <= best + 1e-6 * (1 + kappa) * (1 + rho_s + rho_w)


@pytest.mark.parametrize("cosine", [0.1, 0.7, 0.99])
@pytest.mark.parametrize("big_n", [22, 31, 400])
def test_the_first_form_of_the_bias_bound_is_attained(cosine, big_n):
    pair, target = extremal_target(10, 20, cosine, big_n)
    g = pair.geometry(target)
    kappa, overlap = 10 / (big_n - 11), cosine**2
    q = (overlap + kappa * (20 - overlap)) / 39
    first = g.rho_strong / (1 - kappa) + g.rho_weak * (1 + q)
    # Near N = 2d_s + 1 the target is long, and ρ_s = 1 a small difference: rounding times 1e3.
    assert bias_bound(g, 60, big_n) == pytest.approx(first, rel=1e-9)
    assert student_bias(g, 60, big_n) == pytest.approx(first, rel=1e-9)


def test_extremal_targets_need_a_tilt_and_enough_unlabelled_samples():
    with pytest.raises(ValueError, match="cosine must lie strictly between 0 and 1, got 1"):
        extremal_target(10, 20, 1.0, 31)
    with pytest.raises(ValueError, match=r"must exceed 2 d_strong \+ 1 = 21, got 21"):
        extremal_target(10, 20, 0.5, 21)


@pytest.mark.parametrize("big_n", [13, 17, 25, 60])
def test_the_second_form_of_the_bias_bound_is_approached(big_n):
    # ρ_w is small: b -> ρ_w, a -> 0 and P_s⊥P_w⊥β opposite to P_s⊥β, in a pair almost orthogonal.
    # u spans P_w⊥β outside the strong space; the strong part of the target grows without limit.
    rho_s, ratios = 1.0, []
    for small in (1e-1, 1e-2, 1e-3):
        pair = pair_with_cosines(8, 16, [np.sqrt(1 - small**2)])
        target = np.zeros(pair.dimension)
        # Directions e = axis 0 (strong) and f = axis 8; weak = cos e + sin f. β = x e - √ρ_s f.
        sin, cos = small, np.sqrt(1 - small**2)
        missed = 0.1  # |P_w⊥β|
        target[8] = np.sqrt(rho_s)
        target[0] = (cos * target[8] + missed) / sin
        g = pair.geometry(target)
        assert g.rho_weak == pytest.approx(missed**2, rel=1e-6)
        ratios.append(float(student_bias(g, 1e15, big_n) / bias_bound(g, 1e15, big_n)))
    assert np.diff(ratios).min() > 0
    assert ratios[-1] == pytest.approx(1.0, rel=1e-5)
    assert max(ratios) <= 1 + 1e-9


def test_the_bias_bound_is_continuous_where_its_forms_meet():
    # κ √ρ_s = (1-κ) √ρ_w at κ = 1/3: N = 25 for d_s = 6.
    g = Geometry(6, 16, 4, rho_strong=4.0, inherited=1.0, invisible=4.0)
    near = bias_bound(g, 100, 25 + np.array([-1e-7, 0, 1e-7]))
    assert np.ptp(near) < 1e-6


def test_the_bias_bound_is_infinite_at_the_edge_unless_nothing_is_missed():
    g = Geometry(8, 16, 4, rho_strong=1.0, invisible=1.0)
    assert bias_bound(g, 100, 9) == np.inf
    assert bias_bound(g, 100, 9, evaluation="in_sample") == 1.0
    assert bias_bound(Geometry(8, 16, 4), 100, 9) == 0


def test_the_paper_bias_bound_is_asymptotic_only():
    g = Geometry(8, 16, overlap=4, rho_strong=0.7, removed=0.4, invisible=1.0)
    assert student_bias(g, 30, 15) > paper_bias_bound(g)
    assert student_bias(g, 10_000, 10_000) <= paper_bias_bound(g)


@pytest.mark.parametrize("where", ["in_sample", "population"])
@settings(max_examples=500)
@given(g=geometries, n=labelled, big_n=unlabelled, noise=st.floats(1e-3, 10))
def test_bounds_hold_wherever_they_are_proven(where, g, n, big_n, noise):
    exact = risks(g, n, big_n, noise, evaluation=where)
    case = (g, n, big_n, noise)
    if pgr_bound_is_proven(*case, evaluation=where):
        bound = pgr_lower_bound(*case, evaluation=where)
        assert 1 - exact.student / exact.teacher >= bound - 1e-9
        if exact.teacher > exact.ceiling:  # else the PGR is not defined
            assert exact.pgr >= bound - 1e-9
    if opr_bound_is_proven(*case, evaluation=where):
        assert exact.opr >= opr_lower_bound(*case, evaluation=where) * (1 - 1e-9)


@given(geometries, labelled, unlabelled, st.floats(1e-3, 10))
def test_the_bounds_for_fresh_points_are_the_weaker_ones_and_meet_the_paper_s(g, n, big_n, noise):
    fresh = pgr_lower_bound(g, n, big_n, noise, evaluation="population")
    assert fresh <= pgr_lower_bound(g, n, big_n, noise) + ROUNDING
    far = [pgr_lower_bound(g, n, 1e12, noise, evaluation=w) for w in ("population", "in_sample")]
    # Corrections of order 1/N, in units of the drawn teacher σ² d_w/n.
    scale = 1 + n * (g.rho_strong + g.rho_weak) / noise
    assert far[0] == pytest.approx(far[1], abs=1e-6 * scale)


def test_the_paper_s_bound_can_fail_on_fresh_points_where_the_corrected_one_claims_nothing():
    pair = axis_aligned_pair(80, 100, 10)
    target = np.zeros(pair.dimension)
    target[0] = np.sqrt(0.1)  # only the student can express it
    case = (pair.geometry(target), 1000, 128, 10.0)
    exact = risks(*case).pgr
    assert exact < 0 < pgr_lower_bound(*case)
    assert pgr_bound_is_proven(*case)
    assert not pgr_bound_is_proven(*case, evaluation="population")


def test_a_negative_pgr_bound_bounds_nothing():
    # Just before the ceiling meets the teacher, the exact PGR of a losing student dives.
    g = Geometry(10, 20, 5, rho_strong=0.11, removed=0.1, invisible=0.1)

    def gap(n):
        r = risks(g, n, 40, 1.0)
        return float(r.teacher - r.ceiling)

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
    with pytest.raises(ValueError, match=r"n_unlabelled must exceed d_strong \+ 1 = 81, got 70"):
        bound(DRAWN, 220, 70, 1.0, evaluation="population")
    with pytest.raises(ValueError, match="evaluation must be one of population, in_sample"):
        bound(DRAWN, 220, 4000, 1.0, evaluation="own")


@pytest.mark.parametrize(
    "peak", [optimal_n_labelled, pgr_lower_bound_maximum, opr_lower_bound_maximum]
)
def test_maxima_need_noise(peak):
    with pytest.raises(ValueError, match="noise must exceed 0, got 0"):
        peak(DRAWN, 4000, 0.0)
