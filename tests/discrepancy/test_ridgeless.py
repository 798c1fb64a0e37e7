from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.discrepancy.geometries import geometries, labelled, noises, unlabelled
from w2s.discrepancy.ridgeless import (
    Risks,
    product,
    require_finite,
    risks,
    single_risk,
    student_bias,
    student_dimension,
    student_rate,
    student_risk,
    student_variance,
    teacher_spread,
)
from w2s.discrepancy.subspaces import Geometry, pair_with_cosines, synthetic_setting

PLAIN = Geometry(100, 200, overlap=10)


def test_golden_values_of_the_variances():
    # Reference values computed by hand from the formulas, to the digits given.
    assert single_risk(200, 2000, 0.01) == pytest.approx(1.1117287e-3, rel=1e-7)
    for overlap, unseen, in_sample, population in (
        (10, 4000, 8.1989994e-5, 8.2673954e-5),
        (90, 400, 6.5314e-4, 7.0478e-4),
    ):
        g = Geometry(100, 200, overlap)
        rel = 1e-7 if overlap == 10 else 1e-5
        here = student_variance(g, 2000, unseen, 0.01, evaluation="in_sample")
        fresh = student_variance(g, 2000, unseen, 0.01)
        assert here == pytest.approx(in_sample, rel=rel)
        assert fresh == pytest.approx(population, rel=rel)


@pytest.mark.parametrize(
    ("d", "m", "noise", "rho", "expected"),
    [
        (16, 60, 1.0, 0.0, 0.37209),
        (8, 60, 1.0, 0.0, 0.15686),
        (16, 40, 1.0, 0.0, 0.69565),
        (8, 90, 1.0, 0.0, 0.09877),
    ],
)
def test_golden_values_of_single_models(d, m, noise, rho, expected):
    assert single_risk(d, m, noise, rho) == pytest.approx(expected, abs=5e-6)


def test_the_four_models_of_the_official_setting():
    pair, target = synthetic_setting(overlap=10)
    r = risks(pair.geometry(target), 2000, 4000, 0.01)
    expected = {"teacher": 1.39599e-3, "sft": 5.8424e-4, "ceiling": 2.2521e-4, "student": 3.9504e-4}
    for name, value in expected.items():
        # Five digits are given.
        assert getattr(r, name) == pytest.approx(value, rel=2e-5)


@settings(max_examples=200)
@given(geometries, labelled, unlabelled, noises)
def test_risk_is_variance_plus_bias_and_bias_is_the_risk_without_noise(g, n, big_n, noise):
    for where in ("population", "in_sample"):
        total = student_risk(g, n, big_n, noise, evaluation=where)
        bias = student_risk(g, n, big_n, 0.0, evaluation=where)
        assert bias == student_bias(g, n, big_n, evaluation=where)
        assert total == bias + student_variance(g, n, big_n, noise, evaluation=where)


@given(geometries, labelled, unlabelled, noises)
def test_the_variance_on_fresh_points_is_the_larger_one(g, n, big_n, noise):
    fresh = student_variance(g, n, big_n, noise)
    here = student_variance(g, n, big_n, noise, evaluation="in_sample")
    assert here <= fresh * (1 + 1e-12)


def test_a_misspecified_student_can_do_better_on_fresh_points_than_on_its_sample():
    # One weak direction at 45 degrees, and a target that it shows the student with a wrong sign.
    pair = pair_with_cosines(8, 4, [np.sqrt(0.5)])
    target = np.zeros(pair.dimension)
    target[[0, 8]] = -1.857, 1.0
    g = pair.geometry(target)
    here = student_risk(g, 200, 24, 0.1, evaluation="in_sample")
    assert student_risk(g, 200, 24, 0.1) < 0.95 * here


@settings(max_examples=200)
@given(geometries, labelled, unlabelled, noises)
def test_more_unlabelled_data_never_hurts(g, n, big_n, noise):
    sizes = big_n * np.array([1, 2, 4, 8])
    values = student_risk(g, n, sizes, noise)
    # Steps below rounding can point either way.
    assert (np.diff(values) <= 1e-12 * values[0]).all()


@given(st.floats(0, 100), st.floats(0, 100), st.integers(102, 400))
def test_variance_grows_with_overlap_where_the_student_averages(one, two, big_n):
    low, high = (Geometry(100, 200, x) for x in sorted((one, two)))
    small, large = (student_variance(g, 300, big_n, 1.0) for g in (low, high))
    if big_n >= 201:  # κ <= 1: N >= 2 d_s + 1
        assert small <= large * (1 + 1e-12)
    else:
        assert small >= large * (1 - 1e-12)


@given(geometries, noises)
def test_limits_of_many_samples(g, noise):
    huge = 1e9
    exact = student_risk(g, huge, huge, noise)
    # Corrections are of order d/n = 1e-8 times energies below a few hundred.
    assert exact == pytest.approx(g.rho_strong + g.inherited, abs=1e-5)
    r = risks(g, huge, huge, noise)
    assert r.teacher == pytest.approx(g.rho_weak, abs=1e-5)
    assert r.sft == pytest.approx(g.rho_strong, abs=1e-5)
    in_sample = risks(g, 1e3, huge, noise, evaluation="in_sample").student
    assert in_sample == pytest.approx(risks(g, 1e3, huge, noise).student, abs=1e-5)


def test_population_and_in_sample_factors_differ_by_the_stated_ratio():
    apart = Geometry(100, 200, overlap=0)
    sizes = np.array([400, 4000])
    ratio = student_rate(apart, sizes) / student_rate(apart, sizes, evaluation="in_sample")
    assert ratio == pytest.approx(sizes / (sizes - 101), rel=1e-14)
    variances = [
        student_variance(apart, 2000, sizes, 0.01, evaluation=where)
        for where in ("population", "in_sample")
    ]
    assert variances[0] / variances[1] == pytest.approx(ratio, rel=1e-14)


def test_a_student_with_the_teacher_s_features_copies_it():
    same = Geometry(20, 20, overlap=20, rho_strong=0.3, removed=0.3)
    # C = I: P_s = P_w, so a = c = 0 and b = ρ. Any N.
    r = risks(same, 50, [22, 25, 100], 1.0)
    assert r.student == pytest.approx(r.teacher, rel=1e-14)


def test_own_inputs_of_a_single_model():
    d, m = 10, np.array([5, 10, 20])
    values = single_risk(d, m, 2.0, 0.5, evaluation="in_sample")
    assert values == pytest.approx([2.0, 2.0, 0.5 * 0.5 + 2.0 * 0.5], rel=1e-14)


def test_a_student_that_interpolates_repeats_its_teacher_on_the_sample():
    g = Geometry(100, 200, 10, rho_strong=0.1, removed=0.2, invisible=0.1, inherited=0.1)
    r = risks(g, 300, [60, 100], 1.0, evaluation="in_sample")
    assert r.student == pytest.approx(r.teacher, rel=1e-14)


def test_expectations_are_infinite_at_the_edges_and_only_there():
    n = np.array([199, 200, 201, 202])
    finite = np.isfinite(single_risk(200, n, 1.0))
    assert finite.tolist() == [False, False, False, True]
    assert np.isfinite(student_variance(PLAIN, 300, [99, 100, 101, 102], 1.0)).tolist() == [
        False, False, False, True,
    ]  # fmt: skip
    assert np.isinf(student_variance(PLAIN, 201, 400, 1.0, evaluation="in_sample"))


def test_nothing_times_an_infinite_expectation_is_nothing():
    assert single_risk(200, 200, 0.0) == 0
    contained = Geometry(100, 50, overlap=50)  # the student shares all of the teacher
    assert np.isfinite(student_risk(contained, 300, 100, 1.0))


def test_products_of_whole_numbers_do_not_overflow():
    assert product(10**10, 10**10) == 1e20
    assert product([0, 2], 3).tolist() == [0.0, 6.0]


def test_arguments_broadcast_to_one_shape():
    n, big_n, noise = np.array([300, 400])[:, None], np.array([300, 400, 500]), 0.1
    r = risks(PLAIN, n, big_n, noise)
    assert {x.shape for x in (r.teacher, r.student, r.sft, r.ceiling, r.pgr, r.opr)} == {(2, 3)}
    assert r.student[1, 2] == student_risk(PLAIN, 400, 500, 0.1)
    assert student_dimension(PLAIN, big_n).shape == (3,)


def test_pgr_and_opr_are_ratios_of_the_risks():
    r = risks(PLAIN, 2000, [400, 4000], 0.01)
    assert r.pgr == pytest.approx((r.teacher - r.student) / (r.teacher - r.ceiling), rel=1e-14)
    assert r.opr == pytest.approx(r.sft / r.student, rel=1e-14)


@given(st.integers(202, 5000), st.integers(202, 5000))
def test_ratios_without_bias_do_not_depend_on_the_noise(n, big_n):
    n += 1
    low, high = (risks(PLAIN, n, big_n, s2) for s2 in (0.01, 3.0))
    total = n + big_n
    inner = student_dimension(PLAIN, big_n)
    pgr = (200 - inner) / (200 - 100 * (n - 201) / (total - 101))
    opr = 100 / inner * (n - 201) / (n - 101)
    for r in (low, high):
        assert r.pgr == pytest.approx(pgr, rel=1e-9)
        assert r.opr == pytest.approx(opr, rel=1e-9)


@given(geometries, labelled, noises)
def test_the_branches_on_the_sample_meet_where_the_student_interpolates(g, n, noise):
    # k_N = min(d_s/N, 1): at N = d_s the student repeats its teacher, from either side.
    d = g.d_strong
    near = student_risk(g, n, d * (1 + np.array([-1e-9, 0, 1e-9])), noise, evaluation="in_sample")
    teacher = risks(g, n, 10, noise).teacher
    scale = 1 + float(teacher)
    assert np.abs(near - teacher).max() < 1e-7 * scale


@given(geometries, unlabelled, noises)
def test_more_labels_never_hurt(g, big_n, noise):
    for where in ("population", "in_sample"):
        values = student_risk(g, np.array([7, 10, 20, 100, 1000]), big_n, noise, evaluation=where)
        assert (np.diff(values) <= 1e-12 * values[0]).all()


def test_ratios_are_guarded_where_they_mean_nothing():
    better_teacher = Geometry(10, 20, 5, rho_strong=1.0, invisible=1.0)
    r = risks(better_teacher, 10_000, 10_000, 0.1)
    assert r.teacher < r.ceiling
    assert np.isnan(r.pgr)
    assert np.isfinite(r.opr)
    at_edge = risks(PLAIN, 200, 4000, 1.0)
    assert np.isnan(at_edge.pgr)
    assert np.isnan(at_edge.opr)
    assert np.isnan(Risks.common(1.0, 0.5, 0.5, 1.0 - 1e-12).pgr)
    no_gap, no_error = Risks.common(0.0, 1.0, 1.0, 0.0), Risks.common(1.0, 0.0, 1.0, 0.5)
    assert np.isnan(no_gap.pgr)
    assert np.isnan(no_error.opr)
    # N = d_s + 1: no student. n = d_s + 1 > d_w + 1: no baseline to beat.
    assert risks(PLAIN, 300, 101, 1.0).pgr == -np.inf
    assert risks(Geometry(20, 10, 5), 21, 40, 1.0).opr == np.inf


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_ratios_do_not_depend_on_the_unit_of_the_labels(unit):
    plain, scaled = (Risks.common(*(c * x for x in (4, 2, 3, 1))) for c in (1.0, unit))
    assert (float(plain.pgr), float(plain.opr)) == (2 / 3, 1.5)
    assert scaled.pgr == pytest.approx(plain.pgr, rel=1e-14)
    assert scaled.opr == pytest.approx(plain.opr, rel=1e-14)


def test_whole_numbers_become_risks_in_double_precision():
    r = Risks.common(4, [2, 1], 3, 1)
    assert {x.dtype for x in vars(r).values()} == {np.dtype(float)}
    assert {x.shape for x in vars(r).values()} == {(2,)}


def test_on_the_sample_only_student_and_ceiling_meet_their_own_inputs():
    g = Geometry(10, 20, 5, rho_strong=0.3, removed=0.3, inherited=0.1)
    fresh, here = (risks(g, 50, 70, 2.0, evaluation=e) for e in ("population", "in_sample"))
    assert (here.teacher, here.sft) == (fresh.teacher, fresh.sft)
    share = 10 / (50 + 70)  # d_s/(n+N): what the ceiling fits of the noise, and saves of ρ_s
    assert here.ceiling == pytest.approx(0.3 * (1 - share) + 2.0 * share, rel=1e-14)


def test_one_sample_is_a_size_and_none_is_not():
    # n = N = 1 lies at the edge of one feature each: every expectation is infinite.
    r = risks(Geometry(1, 1, 0.5), 1, 1, 1.0)
    assert np.isinf([r.teacher, r.student, r.sft, r.ceiling]).all()
    assert np.isinf(teacher_spread(Geometry(1, 1, 0.5), 1, 1.0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: single_risk(20, 18, 1.0), r"n_samples must exceed d \+ 1 = 21, got 18"),
        (lambda: single_risk(20, 0, 1.0), "n_samples must be at least 1, got 0"),
        (lambda: single_risk(20, 30, -1.0), "noise must be at least 0, got -1"),
        (lambda: single_risk(20, 30, 1.0, -0.1), "rho must be at least 0, got -0.1"),
        (lambda: single_risk(0, 30, 1.0), "dimension must be at least 1, got 0"),
        (lambda: single_risk(2, 30, 1.0, evaluation="test"), "evaluation must be one of"),
        (
            lambda: student_variance(PLAIN, 150, 400, 1.0),
            r"n_labelled must exceed d_weak \+ 1 = 201, got 150",
        ),
        (
            lambda: student_risk(PLAIN, 300, [98, 400], 1.0),
            r"n_unlabelled must exceed d_strong \+ 1 = 101, got 98",
        ),
        (lambda: student_variance(PLAIN, 300, 400, -1.0), "noise must be at least 0, got -1"),
        (lambda: student_risk(PLAIN, 300, 400, np.nan), "noise must be finite, got nan"),
        (lambda: student_bias(PLAIN, 300, 400, evaluation="S_x"), "evaluation must be one of"),
        (
            lambda: require_finite(PLAIN, 201, 400),
            r"n_labelled must exceed d_weak \+ 1 = 201, got 201",
        ),
        (
            lambda: require_finite(PLAIN, 300, [101, 400]),
            r"n_unlabelled must exceed d_strong \+ 1 = 101, got 101",
        ),
        (lambda: student_rate(PLAIN, 0), "n_unlabelled must be at least 1, got 0"),
        (lambda: teacher_spread(PLAIN, 300, -1), "energy must be at least 0"),
        (lambda: teacher_spread(PLAIN, 0, 1), "^n_labelled must be at least 1, got 0"),
        (lambda: risks(Geometry(20, 10, 5), 15, 30, 1.0), "n_samples must exceed d"),
        (lambda: risks(PLAIN, 0, 300, 1.0), "^n_labelled must be at least 1, got 0"),
        (lambda: risks(PLAIN, 300, 0, 1.0), "^n_unlabelled must be at least 1, got 0"),
    ],
)
def test_values_outside_the_formulas_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
