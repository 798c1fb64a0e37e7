from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.discrepancy.geometries import geometries, labelled, noises, unlabelled
from w2s.discrepancy.gain import (
    gain,
    misfit,
    n_labelled_at_zero_gain,
    n_unlabelled_for_fraction,
    n_unlabelled_for_gain,
)
from w2s.discrepancy.ridgeless import risks, student_rate
from w2s.discrepancy.subspaces import Geometry, pair_with_cosines

PLAIN = Geometry(100, 200, overlap=10)


@settings(max_examples=300)
@given(geometries, labelled, unlabelled, noises)
def test_gain_is_the_difference_of_the_risks(g, n, big_n, noise):
    for where in ("population", "in_sample"):
        r = risks(g, n, big_n, noise, evaluation=where)
        # A difference of sums: rounding relative to the larger of them.
        scale = 1e-12 * (1 + float(r.teacher + r.student))
        assert abs(gain(g, n, big_n, noise, evaluation=where) - (r.teacher - r.student)) < scale


@given(st.lists(st.floats(0, 1), max_size=3), st.integers(0, 1000), labelled, unlabelled, noises)
def test_gain_of_a_realisable_student_changes_sign_at_twice_its_dimension_plus_one(
    cosines, seed, n, big_n, noise
):
    rng = np.random.default_rng(seed)
    pair = pair_with_cosines(3, 5, cosines, 10, rng)
    g = pair.geometry(pair.strong @ rng.standard_normal(3))  # ρ_s = 0
    value = gain(g, n, big_n, noise)
    if big_n >= 2 * 3 + 1:
        assert value >= -1e-12
    else:
        assert value <= 1e-12
    assert gain(g, n, 7, noise) == pytest.approx(0, abs=1e-12)
    # On its own sample it always gains, and the gain is the misfit.
    here = gain(g, n, big_n, noise, evaluation="in_sample")
    assert here >= -1e-12
    assert here == pytest.approx(misfit(g, n, big_n, noise), abs=1e-11)


def test_golden_values_of_the_gain():
    # The numbers of the Monte Carlo table of the specification, up to its digits.
    g = Geometry(100, 200, overlap=10)
    assert n_unlabelled_for_gain(g, 400, 1.0) == 201
    assert gain(g, 400, 201, 1.0) == 0


@settings(max_examples=200)
@given(geometries, unlabelled, st.floats(1e-3, 10))
def test_the_gain_vanishes_at_the_stated_labelled_size(g, big_n, noise):
    n_0 = n_labelled_at_zero_gain(g, big_n, noise)
    assert n_0 >= g.d_weak + 1
    if np.isfinite(n_0) and n_0 - g.d_weak - 1 > 1e-3:
        # The gain is a difference of terms of size `scale`.
        scale = (noise + g.rho_weak) * 5 / (n_0 - 6) * (1 + student_rate(g, big_n))
        scale += g.rho_strong + g.rho_weak + g.invisible * student_rate(g, big_n)
        assert abs(gain(g, n_0, big_n, noise)) < 1e-9 * scale
        before, after = gain(g, 6 + (n_0 - 6) * np.array([0.5, 2.0]), big_n, noise)
        assert before * after < 0
    elif np.isinf(n_0):
        values = gain(g, np.geomspace(6.5, 1e6, 50), big_n, noise)
        assert (values >= -1e-9).all() or (values <= 1e-9).all()


@settings(max_examples=200)
@given(geometries, labelled, st.floats(1e-3, 10))
def test_the_gain_vanishes_at_the_stated_unlabelled_size(g, n, noise):
    enough = n_unlabelled_for_gain(g, n, noise)
    assert enough > g.d_strong + 1
    if np.isinf(enough):
        assert (gain(g, n, np.geomspace(4.5, 1e9, 50), noise) <= 1e-9).all()
    elif enough < 1e6:
        below, above = gain(g, n, 4 + (enough - 4) * np.array([0.9, 1.1]), noise)
        assert below <= 1e-9
        assert above >= -1e-9


def test_past_the_zero_a_better_teacher_makes_a_useless_student():
    g = Geometry(100, 200, overlap=10, rho_strong=0.1, invisible=0.1)
    n_0 = float(n_labelled_at_zero_gain(g, 400, 1.0))
    assert gain(g, 0.9 * n_0, 400, 1.0) > 0 > gain(g, 1.1 * n_0, 400, 1.0)


def test_self_distillation_gains_nothing():
    same = Geometry(20, 20, overlap=20, rho_strong=0.3, removed=0.3)
    values = gain(same, [30, 300], [[25], [1000]], 1.0)
    assert np.abs(values).max() < 1e-15


@given(st.floats(0.5, 99), st.floats(0.01, 10))
def test_at_the_stated_size_discrepancy_costs_the_stated_fraction(overlap, fraction):
    g = Geometry(100, 200, overlap)
    big_n = n_unlabelled_for_fraction(g, fraction)
    cost = student_rate(g, big_n) * g.discrepancy
    assert cost == pytest.approx(fraction * overlap, rel=1e-8)


def test_without_overlap_or_discrepancy_the_fraction_is_a_limit():
    assert n_unlabelled_for_fraction(Geometry(100, 200, 0), [0.1, 1.0]).tolist() == [np.inf] * 2
    assert n_unlabelled_for_fraction(Geometry(100, 50, 50), 0.1) == 101


def test_gain_is_infinite_where_one_risk_is():
    assert gain(PLAIN, 200, 400, 1.0) == np.inf
    assert gain(PLAIN, 300, 100, 1.0) == -np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gain(PLAIN, 150, 400, 1.0), r"n_labelled must exceed d_weak \+ 1 = 201, got 150"),
        (lambda: gain(PLAIN, 300, 400, -1.0), "noise must be at least 0, got -1"),
        (lambda: misfit(PLAIN, 300, 0, 1.0), "n_unlabelled must be at least 1, got 0"),
        (lambda: n_labelled_at_zero_gain(PLAIN, 101, 1.0), r"exceed d_strong \+ 1 = 101, got 101"),
        (lambda: n_unlabelled_for_gain(PLAIN, 201, 1.0), r"exceed d_weak \+ 1 = 201, got 201"),
        (lambda: n_unlabelled_for_fraction(PLAIN, 0), "fraction must exceed 0, got 0"),
    ],
)
def test_values_outside_the_formulas_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
