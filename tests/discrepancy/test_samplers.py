from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import ks_2samp, kstest, wishart

from tests.discrepancy.geometries import error_of, mean_of, seeds
from tests.discrepancy.test_simulate import expectations, settings
from w2s.discrepancy.ridgeless import single_risk
from w2s.discrepancy.samplers import (
    _Bartlett,
    fit_error_cdf,
    fit_error_quantile,
    joint_wishart,
    scalar_law,
)
from w2s.discrepancy.simulate import Trials, least_squares, noise_averaged, single_model
from w2s.discrepancy.subspaces import axis_aligned_pair, pair_with_cosines, synthetic_setting

# Means: four standard errors each. Laws: a p-value below 1e-4 by chance once in ten thousand.
SIGMAS = 4
UNLIKELY = 1e-4
NAMES = [f.name for f in fields(Trials)]


@pytest.mark.parametrize("name", settings())
def test_the_wishart_means_are_the_exact_risks(name):
    case = settings()[name]
    # No risk scatters by more than 0.78 of its mean: 6500 draws know it to the percent below.
    found = joint_wishart(*case, 6500, np.random.default_rng(1))
    for field, expected in expectations(*case).items():
        error = error_of(found, field)
        assert abs(mean_of(found, field) - expected) < SIGMAS * error
        assert error < 0.01 * expected


@pytest.mark.parametrize("sizes", [(60, 30), (20, 12), (18, 8)])
def test_the_wishart_sampler_has_the_joint_law_of_least_squares(sizes):
    # (20, 12) has fewer labels than coordinates, (18, 8) the smallest unlabelled sample.
    pair, target, _, _, noise = settings()["generic angles"]
    one = least_squares(pair, target, *sizes, noise, 4000, np.random.default_rng(2))
    two = joint_wishart(pair, target, *sizes, noise, 8000, np.random.default_rng(3))
    for name in NAMES:
        if name == "misfit" and sizes[1] == pair.d_strong:  # interpolation: zero to rounding
            assert max(one.misfit.max(), two.misfit.max()) < 1e-15
            continue
        assert ks_2samp(getattr(one, name), getattr(two, name)).pvalue > UNLIKELY
        # A ratio sees the joint law.
        ratios = [
            getattr(t, name) / (t.teacher + t.sft + t.ceiling + t.student) for t in (one, two)
        ]
        assert ks_2samp(*ratios).pvalue > UNLIKELY


def test_the_wishart_sampler_knows_pythagoras():
    pair = pair_with_cosines(6, 9, [0.9, 0.5], 16, np.random.default_rng(0))
    realisable = pair.strong @ np.ones(6)
    found = joint_wishart(pair, realisable, 20, 15, 1.0, 200, np.random.default_rng(1))
    assert np.allclose(found.teacher_on_sample - found.student_on_sample, found.misfit, rtol=1e-9)


@pytest.mark.parametrize("shared", [0, 4, 8])
def test_the_scalar_law_is_that_of_the_wishart_sampler(shared):
    rng = np.random.default_rng(shared)
    pair = axis_aligned_pair(8, 12, shared, dimension=24)
    target = rng.standard_normal(24) / 4
    one = joint_wishart(pair, target, 30, 20, 0.5, 8000, rng)
    two = scalar_law(pair, target, 30, 20, 0.5, 40_000, rng)
    for of in (lambda t: t.teacher, lambda t: t.student, lambda t: t.student / t.teacher):
        assert ks_2samp(of(one), of(two)).pvalue > UNLIKELY


def test_the_scalar_law_means_are_the_exact_risks():
    pair, target = synthetic_setting(overlap=10)
    case = (pair, target, 2000, 4000, 0.01)
    found, exact = scalar_law(*case, 100_000, np.random.default_rng(0)), expectations(*case)
    for name in ("teacher", "student"):
        assert abs(mean_of(found, name) - exact[name]) < SIGMAS * error_of(found, name)
        assert error_of(found, name) < 1e-3 * exact[name]


@pytest.mark.parametrize(("degrees", "size"), [(9, 4), (4, 4), (3, 4)])
def test_bartlett_factors_are_roots_of_wishart_matrices(degrees, size):
    rng, trials = np.random.default_rng(0), 4000
    factor = _Bartlett(degrees, size)
    found = np.array([low @ low.T for low in (factor.draw(rng) for _ in range(trials))])
    direct = rng.standard_normal((trials, size, degrees))
    direct = direct @ direct.transpose(0, 2, 1)
    for of in (lambda w: w[:, 0, 0], lambda w: w[:, -1, -1], lambda w: w[:, 0, -1], np.linalg.det):
        if of is np.linalg.det and degrees < size:
            continue
        assert ks_2samp(of(found), of(direct)).pvalue > UNLIKELY
    if degrees >= size:
        theirs = wishart(degrees, np.eye(size)).rvs(trials, random_state=rng)
        assert ks_2samp(np.linalg.det(found), np.linalg.det(theirs)).pvalue > UNLIKELY


@given(st.lists(st.floats(0, 1), max_size=3), seeds, st.floats(0.1, 2))
@hypothesis_settings(max_examples=12)
def test_the_routes_agree_with_the_closed_form_for_any_pair(cosines, seed, noise):
    rng = np.random.default_rng(seed)
    pair = pair_with_cosines(3, 5, cosines, 10, rng)
    case = (pair, rng.standard_normal(10) / 3, 20, 14, noise)
    exact = expectations(*case)
    routes = (least_squares, 400), (noise_averaged, 300), (joint_wishart, 800)  # to 3 or 4%
    for route, trials in routes:
        found = route(*case, trials, rng)
        for name, expected in exact.items():
            # Three routes, seven risks, twelve examples: five standard errors, same draws each run.
            assert abs(mean_of(found, name) - expected) < 5 * error_of(found, name) + 1e-12


@given(st.integers(0, 3), seeds, st.floats(0.1, 2))
@hypothesis_settings(max_examples=25)
def test_the_scalar_law_agrees_with_the_closed_form_for_any_target(shared, seed, noise):
    rng = np.random.default_rng(seed)
    pair = axis_aligned_pair(3, 5, shared, dimension=9)
    case = (pair, rng.standard_normal(9) / 3, 20, 14, noise)
    found, exact = scalar_law(*case, 4000, rng), expectations(*case)
    for name in ("teacher", "student"):
        assert abs(mean_of(found, name) - exact[name]) < 5 * error_of(found, name)


@pytest.mark.parametrize(("d", "m"), [(8, 30), (8, 8), (8, 7), (8, 9), (20, 12), (1, 1)])
def test_the_error_of_a_fit_has_the_law_of_a_ratio_of_chi_squares(d, m):
    rng, trials = np.random.default_rng(d + m), 3000
    z = rng.standard_normal((trials, m, d))
    noise = rng.standard_normal((trials, m, 1))
    errors = np.sum((np.linalg.pinv(z) @ noise) ** 2, axis=(1, 2))
    assert kstest(fit_error_cdf(errors, d, m), "uniform").pvalue > UNLIKELY
    levels = np.array([0.05, 0.5, 0.9])
    below = (errors[:, None] <= fit_error_quantile(levels, d, m)).mean(axis=0)
    assert (np.abs(below - levels) < SIGMAS * np.sqrt(levels * (1 - levels) / trials)).all()


def test_a_single_model_s_risk_has_the_law_of_its_fit():
    # ρ acts as noise: (ER - ρ)/(σ²+ρ).
    found = single_model(6, 20, 0.5, 0.3, 3000, np.random.default_rng(5)).population
    assert kstest(fit_error_cdf((found - 0.3) / 0.8, 6, 20), "uniform").pvalue > UNLIKELY


@given(st.integers(1, 60), st.integers(1, 120), st.floats(0, 0.999))
def test_quantiles_invert_the_distribution_function(d, m, level):
    value = fit_error_quantile(level, d, m)
    # Near level 1 a small change of the level is a large one of the value.
    assert fit_error_cdf(value, d, m) == pytest.approx(level, abs=1e-9)


def test_ends_of_the_law_and_its_mean():
    assert fit_error_quantile([0.0, 1.0], 5, 9).tolist() == [0.0, np.inf]
    assert fit_error_cdf([-1.0, 0.0], 5, 9).tolist() == [0.0, 0.0]
    # The mean of the law is the variance of a single model: ∫ (1 - F).
    mean, _ = quad(lambda x: 1 - float(fit_error_cdf(x, 5, 40)), 0, np.inf)
    assert mean == pytest.approx(float(single_risk(5, 40, 1.0)), rel=1e-7)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_error_cdf(1.0, 0, 5), "dimension must be at least 1, got 0"),
        (lambda: fit_error_cdf(1.0, 5, 0), "n_samples must be at least 1, got 0"),
        (lambda: fit_error_cdf(np.nan, 5, 9), "error must be finite, got nan"),
        (lambda: fit_error_quantile(1.5, 5, 9), r"level must lie in \[0, 1\], got 1.5"),
    ],
)
def test_bad_laws_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


PAIR = axis_aligned_pair(4, 6, 2)
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("sampler", [joint_wishart, scalar_law])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_labelled": 5}, "n_labelled must be at least d_weak = 6, got 5"),
        ({"n_unlabelled": 3}, "n_unlabelled must be at least d_strong = 4, got 3"),
        ({"noise": -1.0}, "noise must be at least 0, got -1"),
        ({"trials": 0}, "trials must be at least 1, got 0"),
        ({"target": np.ones(3)}, "target must have length 8, got 3"),
    ],
)
def test_bad_values_are_refused(sampler, change, message):
    values = {"target": None, "n_labelled": 20, "n_unlabelled": 20, "noise": 1.0, "trials": 2}
    with pytest.raises(ValueError, match=message):
        sampler(PAIR, rng=RNG, **values | change)


def test_the_scalar_law_refuses_generic_angles():
    pair = pair_with_cosines(3, 4, [1.0, 0.5])
    with pytest.raises(ValueError, match=r"every canonical cosine must be 0 or 1, got 0\.5"):
        scalar_law(pair, None, 20, 20, 1.0, 2, RNG)
