"""Means, ratios of means and power laws carry uncertainties that mean what they say."""

import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from w2s.metrics import (
    average_effect,
    fit_power_law,
    mean_and_error,
    mean_of_ratios,
    opr,
    pgr,
    ratio_of_means,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def paired_trials(generator: np.random.Generator, trials: int) -> tuple[np.ndarray, np.ndarray]:
    """Numerator and denominator with a common part, means 1 and 2."""
    common = generator.standard_normal(trials)
    own = generator.standard_normal((2, trials))
    return 1 + 0.3 * common + 0.1 * own[0], 2 + 0.4 * common + 0.2 * own[1]


def test_mean_and_error_agree_with_their_definitions_along_any_axis():
    x = rng().standard_normal((5, 7))
    mean, error = mean_and_error(x, axis=1)
    np.testing.assert_allclose(mean, x.sum(axis=1) / 7, rtol=1e-14)
    np.testing.assert_allclose(error, np.sqrt(x.var(axis=1) * 7 / 6 / 7), rtol=1e-14)


def test_standard_error_is_the_spread_of_the_mean_over_repetitions():
    x = rng(1).exponential(size=(50, 4000))
    mean, error = mean_and_error(x)
    # A standard deviation from 4000 repetitions is known to 1/sqrt(8000) = 1.1%; 4 of them.
    assert abs(np.sqrt((error**2).mean()) / mean.std(ddof=1) - 1) < 0.045


def test_delta_method_agrees_with_the_spread_of_the_ratio():
    generator = rng(2)
    ratios, errors = [], []
    for _ in range(1500):
        p, q = paired_trials(generator, 200)
        ratio = ratio_of_means(p, q)
        ratios.append(ratio.value)
        errors.append(ratio.standard_error)
    # Spread of 1500 repetitions: 1/sqrt(3000) = 1.8%, 4 of them.
    assert abs(np.mean(errors) / np.std(ratios) - 1) < 0.075


def test_pairing_makes_the_error_smaller_than_that_of_unrelated_trials():
    generator = rng(3)
    p, q = paired_trials(generator, 400)
    together = ratio_of_means(p, q).standard_error
    shuffled = ratio_of_means(p, generator.permutation(q)).standard_error
    assert together < 0.7 * shuffled


def risks_of_trials(
    generator: np.random.Generator, shape: tuple[int, ...], skewed: bool
) -> tuple[np.ndarray, ...]:
    """Risks of weak, student, ceiling and SFT with means 3, 1.5, 1, 2 and a part in common."""
    if skewed:  # chi-square of four degrees of freedom: skewness 1.4
        own, common = np.split(generator.chisquare(4, (5, *shape)) / 4 - 1, [4])
    else:
        own, common = np.split(0.3 * generator.standard_normal((5, *shape)), [4])
    means = np.array([3.0, 1.5, 1.0, 2.0]).reshape(4, *[1] * len(shape))
    return tuple(means * (1 + (own + common) / 2))


@pytest.mark.parametrize("trials", [5, 10, 40])
@pytest.mark.parametrize("skewed", [False, True])
def test_intervals_of_pgr_and_opr_cover_as_often_as_they_say_at_few_trials(trials, skewed):
    runs, inside, told = 1000, np.zeros(2), np.zeros(2)
    drawn = risks_of_trials(rng(trials), (runs, trials), skewed)
    for weak, student, ceiling, sft in zip(*drawn, strict=True):
        for k, (ratio, true) in enumerate(
            [(pgr(weak, student, ceiling), 0.75), (opr(sft, student), 4 / 3)]
        ):
            told[k] += not ratio.reason
            inside[k] += ratio.low <= true <= ratio.high
    assert (told > runs / 2).all()  # of a denominator that is not clear nothing is told
    # Binomial, four standard deviations (2.8 points, or 3.9 where half of the runs tell nothing);
    # skewed trials are allowed one point more, for the law is exact for normal ones only.
    missed = np.abs(inside / told - 0.95) - 4 * np.sqrt(0.95 * 0.05 / told)
    assert (missed < (0.01 if skewed else 0.0)).all()


def test_the_interval_is_the_set_that_a_t_test_does_not_refuse():
    p, q = paired_trials(rng(5), 7)
    ratio = ratio_of_means(p, q, confidence=0.9)
    for end in (ratio.low, ratio.high):
        assert math.isclose(ttest_1samp(p - end * q, 0).pvalue, 0.1, rel_tol=1e-10)
    assert ratio.low < ratio.value < ratio.high


def test_an_interval_without_bound_is_the_whole_line():
    q = np.array([1.0, 0.2, 1.2, 0.6, 1.0])
    wide, narrow = (ratio_of_means(q**2, q, confidence=c) for c in (0.999, 0.95))
    assert (wide.low, wide.high) == (-np.inf, np.inf) and wide.value == narrow.value
    assert -np.inf < narrow.low < narrow.value < narrow.high < np.inf


def test_ratio_of_proportional_trials_is_exact_and_certain():
    q = rng(7).uniform(1, 2, 50)
    ratio = ratio_of_means(3 * q, q)
    np.testing.assert_allclose([ratio.value, ratio.low, ratio.high], 3.0, rtol=1e-14)
    assert ratio.standard_error < 1e-15 * 3 * 50


def test_pgr_is_one_for_the_ceiling_and_zero_for_the_teacher_and_ignores_a_common_constant():
    weak, ceiling = rng(8).uniform([[3], [1]], [[4], [2]], (2, 40))
    assert pgr(weak, ceiling, ceiling).value == 1.0
    assert pgr(weak, weak, ceiling).value == 0.0
    student = 0.5 * (weak + ceiling) ** 1.1
    plain, lifted = (pgr(weak + k, student + k, ceiling + k).value for k in (0.0, 10.0))
    assert math.isclose(plain, lifted, rel_tol=1e-12)  # two subtractions at magnitude 10


def test_opr_exceeds_one_exactly_when_the_student_is_better_on_average():
    student = rng(9).uniform(1, 2, 40)
    assert opr(student + 0.01, student).value > 1
    assert opr(student - 0.01, student).value < 1


def test_a_denominator_that_is_not_clearly_positive_gives_a_reason_and_no_number():
    generator = rng(10)
    weak = 1 + 0.1 * generator.standard_normal(100)
    ratio = pgr(weak, weak, weak + 0.1 * generator.standard_normal(100))
    assert "standard errors above zero" in ratio.reason
    assert all(math.isnan(x) for x in (ratio.value, ratio.standard_error, ratio.low, ratio.high))
    assert pgr([1] * 5, [1] * 5, [2] * 5).reason  # negative, without any scatter


def test_mean_of_ratios_and_ratio_of_means_differ_by_jensen():
    generator = rng(11)
    q = generator.uniform(1, 3, 100_000)
    mean, error = mean_of_ratios(np.ones_like(q), q)
    assert abs(mean - math.log(3) / 2) < 4 * error
    assert abs(ratio_of_means(np.ones_like(q), q).value - 0.5) < 0.002


def test_effect_of_averaging_ratios_is_that_of_the_second_order_and_its_error_the_spread():
    runs, trials = 400, 2000
    p, q = paired_trials(rng(12), runs * trials)
    effects = np.array(
        [average_effect(*both) for both in zip(*np.reshape([p, q], (2, runs, trials)), strict=True)]
    )
    mean, error = mean_and_error(effects[:, 0])
    # var(q)/4 − cov(p, q)/2 = 0.2/4 − 0.12/2; the third order adds about a tenth of it.
    assert abs(mean + 0.01) < 0.003 and error < 3e-4
    # Errors over 400 runs are known to 3.5%; four of these.
    assert math.isclose(effects[:, 0].std(), effects[:, 1].mean(), rel_tol=0.15)


def test_averaging_has_no_effect_without_spread_in_the_denominator():
    mean, error = average_effect(rng(13).uniform(1, 2, 50), np.full(50, 3.0))
    assert abs(mean) < 1e-15 and error < 1e-15  # rounding


def test_power_law_is_recovered_exactly_from_exact_points():
    x = np.array([1.0, 3.0, 10.0, 30.0])
    fit = fit_power_law(x, 0.7 * x**-1.49)
    assert math.isclose(fit.exponent, -1.49, rel_tol=1e-13)
    assert math.isclose(fit.prefactor, 0.7, rel_tol=1e-13)
    np.testing.assert_allclose(fit(x), 0.7 * x**-1.49, rtol=1e-12)
    assert fit.high - fit.low < 1e-12


def test_power_law_agrees_with_the_textbook_regression():
    generator = rng(12)
    x = np.geomspace(1, 100, 9)
    y = x**1.5 * np.exp(0.1 * generator.standard_normal(9))
    fit = fit_power_law(x, y)
    coefficients, covariance = np.polyfit(np.log(x), np.log(y), 1, cov=True)
    assert math.isclose(fit.exponent, coefficients[0], rel_tol=1e-12)
    assert math.isclose(fit.standard_error, math.sqrt(covariance[0, 0]), rel_tol=1e-10)


def test_power_law_interval_covers_as_often_as_it_says_with_few_points_and_weights():
    generator = rng(13)
    x = np.geomspace(1, 30, 5)
    scale = np.array([0.05, 0.02, 0.1, 0.02, 0.05])
    inside = 0
    for _ in range(1000):
        y = 2 * x**1.2 * np.exp(scale * generator.standard_normal(5))
        fit = fit_power_law(x, y, standard_error=scale * y, confidence=0.9)
        inside += fit.low <= 1.2 <= fit.high
    assert abs(inside - 900) < 4 * math.sqrt(1000 * 0.09)  # binomial, 4 standard deviations


def test_weights_count_up_to_a_common_factor_and_favour_the_sharp_points():
    x, y = np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.0, 2.0, 4.0, 80.0])
    plain = fit_power_law(x, y)
    error = np.array([0.01, 0.02, 0.04, 80.0])
    sharp = fit_power_law(x, y, standard_error=error)
    assert abs(sharp.exponent - 1) < 1e-3 < abs(plain.exponent - 1)
    scaled = fit_power_law(x, y, standard_error=7 * error)
    assert math.isclose(scaled.standard_error, sharp.standard_error, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_and_error([1.0]), "trials must be at least 2, got 1"),
        (lambda: mean_and_error([1.0, np.nan]), r"samples must be finite, got nan at index \(1,\)"),
        (lambda: pgr([1, 2], [1, 2], [1, 2, 3]), r"one length, got \[2, 2, 3\]"),
        (lambda: opr([1, np.inf], [1, 2]), "sft must be finite"),
        (lambda: ratio_of_means([1, 2], [1, 2], confidence=1), "confidence must lie"),
        (
            lambda: ratio_of_means([1] * 4, [1] * 4),
            "trials must be at least 5 for an interval, got 4",
        ),
        (lambda: mean_of_ratios([1, 2], [1, 0]), "denominator must exceed 0, got 0"),
        (lambda: average_effect([1, 2], [-1, 0]), "size of the denominator must exceed 0, got 0"),
        (lambda: average_effect([1], [1]), "trials must be at least 2, got 1"),
        (lambda: fit_power_law([1, 2], [1, 2]), "number of points must be at least 3, got 2"),
        (lambda: fit_power_law([1, 2, 0], [1, 2, 3]), "x must exceed 0, got 0"),
        (lambda: fit_power_law([2, 2, 2], [1, 2, 3]), "two distinct values, got only 2"),
        (lambda: fit_power_law([1, 2, 3], [1, 2, 3], standard_error=[1, 1, 0]), "standard_error"),
        (lambda: fit_power_law([1, 2, 3], [1, 2, 3])([-1]), "x must exceed 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
