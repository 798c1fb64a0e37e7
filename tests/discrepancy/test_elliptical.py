from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from tests.discrepancy.geometries import error_of, geometries, mean_of
from w2s.discrepancy.elliptical import (
    elliptical_risks,
    gain_threshold,
    independent_factors,
    scale_factors,
    t_scales,
)
from w2s.discrepancy.latents import elliptical, laplace, rademacher
from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.simulate import noise_averaged
from w2s.discrepancy.subspaces import Geometry, axis_aligned_pair, pair_with_cosines

NAMES = ("teacher", "student", "sft", "ceiling")
SIGMAS = 4
some_scales = st.lists(st.floats(0.05, 20), min_size=1, max_size=6)
ratios = st.floats(0.01, 0.95)


@given(some_scales, ratios)
def test_the_factors_solve_their_equations(scales, r):
    s = np.array(scales)
    noise, misfit = scale_factors(s, r)
    h = 1 / noise
    assert h == pytest.approx(np.mean(s / (1 + s * r / h)), rel=1e-10)
    # h' is the derivative of h when s is replaced by s + t s²: a second route.
    step = 1e-6

    def solved(t):
        moved = s + t * s**2
        return brentq(lambda x: np.mean(moved / (x + moved * r)) - 1, 1e-12, 50, xtol=1e-15)

    slope = (solved(step) - solved(-step)) / (2 * step)
    # A central difference: relative error of order step² times the scales, and rounding / step.
    assert misfit == pytest.approx(slope / h**2, rel=1e-4)


@given(some_scales, ratios)
def test_a_random_scale_never_helps(scales, r):
    s = np.array(scales) / np.mean(scales)
    noise, misfit = scale_factors(s, r)
    assert noise >= (1 - 1e-12) / (1 - r)
    assert misfit >= (1 - 1e-12) / (1 - r)


@given(geometries, st.integers(50, 500), st.integers(50, 500), st.floats(0, 5))
def test_a_constant_scale_is_the_leading_order_of_the_exact_risks(g, n, big_n, noise):
    plain = elliptical_risks(g, 1000 * n, 1000 * big_n, noise, [1.0])
    exact = risks(g, 1000 * n, 1000 * big_n, noise)
    for name in NAMES:
        # 1/(m-d) for 1/(m-d-1): one part in 5e4 of the variance.
        assert getattr(plain, name) == pytest.approx(getattr(exact, name), rel=1e-4, abs=1e-12)


def test_light_tails_tend_to_the_gaussian_factors():
    far = scale_factors(t_scales(1e6), [0.2, 0.8])
    assert np.allclose(far, [[1.25, 5.0]] * 2, rtol=1e-4)


@pytest.mark.parametrize("nu", [5.0, 8.0])
def test_measured_risks_of_elliptical_features_are_the_predicted_ones(nu):
    rng = np.random.default_rng(int(nu))
    pair = pair_with_cosines(16, 32, np.repeat([1, 0.8, 0.5, 0.2], 4), 50, rng)
    target = rng.standard_normal(50) / 10
    case = (pair, target, 120, 80, 0.5)
    found = noise_averaged(*case, 700, np.random.default_rng(1), latent=elliptical(nu))
    g = pair.geometry(target)
    predicted = elliptical_risks(g, 120, 80, 0.5, t_scales(nu))
    gaussian = risks(g, 120, 80, 0.5)
    for name in NAMES:
        value, mean = getattr(predicted, name), mean_of(found, name)
        # 3%: the formula is leading order, and the sizes are moderate.
        assert abs(mean - value) < SIGMAS * error_of(found, name) + 0.03 * value
    assert mean_of(found, "student") > 1.05 * gaussian.student  # the Gaussian formula is off


@pytest.mark.parametrize(("law", "kurtosis"), [(rademacher, -2.0), (laplace, 3.0)])
def test_measured_risks_of_independent_coordinates_have_first_order_factors(law, kurtosis):
    pair, n, big_n = axis_aligned_pair(16, 32, 8), 120, 80
    found = noise_averaged(pair, None, n, big_n, 1.0, 1500, np.random.default_rng(3), latent=law)
    exact = risks(pair.geometry(), n, big_n, 1.0)
    for name, factor in zip(
        ("teacher", "student"),
        independent_factors(pair.geometry(), n, big_n, kurtosis),
        strict=True,
    ):
        value = getattr(exact, name) * factor
        # 0.3%: second order, about (k_4/N)².
        error = error_of(found, name)
        assert abs(mean_of(found, name) - value) < SIGMAS * error + 0.003 * value
        assert error < 0.01 * value


def test_without_kurtosis_nothing_changes():
    assert independent_factors(Geometry(8, 16, 4), [60, 90], 40, 0.0)[1] == pytest.approx(1.0)


def test_the_threshold_of_gain_moves_up_with_the_tails():
    thresholds = [gain_threshold(t_scales(nu)) for nu in (np.inf, 20, 8, 5)]
    assert thresholds[0] == pytest.approx(2.0, rel=1e-12)
    assert (np.diff(thresholds) > 0).all()
    for nu, threshold in zip((20, 8, 5), thresholds[1:], strict=True):
        factor = scale_factors(t_scales(nu), 1 / threshold).misfit
        assert factor / threshold == pytest.approx(1.0, rel=1e-10)


def test_arguments_broadcast():
    n, big_n, noise = np.array([60, 90])[:, None], np.array([40, 50, 60]), 0.5
    r = elliptical_risks(Geometry(8, 16, 4), n, big_n, noise, t_scales(5))
    assert {getattr(r, name).shape for name in NAMES} == {(2, 3)}
    one = elliptical_risks(Geometry(8, 16, 4), 90, 60, 0.5, t_scales(5))
    assert r.student[1, 2] == pytest.approx(one.student, rel=1e-14)


PLAIN = Geometry(8, 16, overlap=4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: t_scales(2), "degrees must exceed 2, got 2"),
        (lambda: t_scales(5, slices=0), "slices must be at least 1, got 0"),
        (lambda: scale_factors([0.0, 1.0], 0.5), "scales must exceed 0, got 0"),
        (lambda: scale_factors(1.0, 0.5), "scales must have 1 dimension"),
        (lambda: scale_factors([1.0], 1.0), "ratio must lie below 1 .* got 1"),
        (lambda: scale_factors([1.0], 0.0), "ratio must exceed 0, got 0"),
        (
            lambda: elliptical_risks(PLAIN, 16, 40, 1.0, [1.0]),
            r"n_labelled must exceed max\(d_weak, d_strong\) = 16, got 16",
        ),
        (
            lambda: elliptical_risks(PLAIN, 60, 8, 1.0, [1.0]),
            "n_unlabelled must exceed d_strong = 8, got 8",
        ),
        (lambda: elliptical_risks(PLAIN, 60, 40, -1.0, [1.0]), "noise must be at least 0, got -1"),
        (lambda: independent_factors(PLAIN, 60, 40, -3), "kurtosis must be at least -2, got -3"),
    ],
)
def test_values_outside_the_formulas_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
