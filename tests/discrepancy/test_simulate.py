from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from tests.discrepancy.geometries import error_of, mean_of, seeds
from w2s.discrepancy.gain import misfit
from w2s.discrepancy.latents import elliptical, gaussian, rademacher
from w2s.discrepancy.ridgeless import risks, single_risk, student_risk
from w2s.discrepancy.simulate import (
    least_squares,
    noise_averaged,
    require_samples,
    single_model,
    train_chain,
)
from w2s.discrepancy.subspaces import (
    SubspacePair,
    axis_aligned_pair,
    pair_with_cosines,
    random_basis,
)

# Seven means are compared with their expectations at a time, for fixed seeds.
SIGMAS = 4


def settings():
    rng = np.random.default_rng(11)
    target = rng.standard_normal(30) / 5
    turned = pair_with_cosines(8, 16, [1, 0.9, 0.8, 0.7, 0.5, 0.3, 0.1], 30, rng)
    wide = pair_with_cosines(16, 8, [1, 1, 0.8, 0.5], 30, rng)
    return {
        "noise only": (axis_aligned_pair(8, 16, 4), None, 60, 30, 1.0),
        "generic angles": (turned, target, 60, 30, 0.5),
        "wide student": (wide, target, 40, 50, 0.5),
        "bias only": (wide, target, 40, 60, 0.0),
    }


def expectations(pair, target, n, big_n, noise):
    g = pair.geometry(target)
    r = risks(g, n, big_n, noise)
    return {
        "teacher": r.teacher,
        "student": r.student,
        "sft": r.sft,
        "ceiling": r.ceiling,
        "teacher_on_sample": r.teacher,
        "student_on_sample": student_risk(g, n, big_n, noise, evaluation="in_sample"),
        "misfit": misfit(g, n, big_n, noise),
    }


@pytest.mark.parametrize("name", settings())
@pytest.mark.parametrize(("route", "trials"), [(least_squares, 1700), (noise_averaged, 1300)])
def test_the_sampled_means_are_the_exact_risks(route, trials, name):
    case = settings()[name]
    # No risk scatters by more than 0.76 and 0.68 of its mean: so many draws know it to 2%.
    found = route(*case, trials, np.random.default_rng(1))
    for field, expected in expectations(*case).items():
        error = error_of(found, field)
        assert abs(mean_of(found, field) - expected) < SIGMAS * error
        assert error < 0.02 * expected


def test_averaging_the_noise_keeps_the_mean_of_a_single_design():
    # Same design in every trial: only the label noise varies in one, nothing in the other.
    pair, n, big_n = axis_aligned_pair(2, 3, 1, 5), 12, 9
    design = np.random.default_rng(0).standard_normal((n + big_n, 5))

    def fixed(rng, samples, dimension):
        rng.standard_normal(0)
        return design[:samples] if samples != big_n else design[n:]

    target, rng = np.ones(5) / 3, np.random.default_rng(2)
    drawn = least_squares(pair, target, n, big_n, 0.5, 20_000, rng, latent=fixed)
    mean = noise_averaged(pair, target, n, big_n, 0.5, 2, rng, latent=fixed)
    for field in ("teacher", "student", "sft", "ceiling", "student_on_sample", "misfit", "common"):
        assert error_of(mean, field) < 1e-15
        assert abs(mean_of(drawn, field) - mean_of(mean, field)) < SIGMAS * error_of(drawn, field)


def test_ridge_is_averaged_like_least_squares():
    case = settings()["generic angles"]
    penalties = {"ridge_weak": 0.2, "ridge_strong": 0.1}
    one = least_squares(*case, 3000, np.random.default_rng(3), **penalties)
    two = noise_averaged(*case, 3000, np.random.default_rng(4), **penalties)
    for field in (*expectations(*case), "common"):
        error = np.hypot(error_of(one, field), error_of(two, field))
        assert abs(mean_of(one, field) - mean_of(two, field)) < SIGMAS * error


def test_a_mixture_of_the_models_has_the_risk_of_their_mixed_weights():
    # Risks are squares of errors, so those of student, baseline and their mean tell their product.
    pair, target = axis_aligned_pair(2, 3, 1, 5), np.ones(5) / 3
    one = least_squares(pair, target, 12, 9, 0.5, 50, np.random.default_rng(3))
    assert np.array_equal(one.mixed(0), one.sft)
    assert np.array_equal(one.mixed(1), one.student)
    half = (one.sft + one.student + 2 * one.common) / 4
    assert np.allclose(one.mixed(0.5), half, rtol=1e-12)  # rounding


def test_the_misfit_identity_holds_draw_by_draw():
    pair = pair_with_cosines(6, 9, [0.9, 0.5], 16, np.random.default_rng(0))
    realisable = pair.strong @ np.ones(6)
    found = least_squares(pair, realisable, 20, 15, 1.0, 200, np.random.default_rng(1))
    # Pythagoras on the sample, to rounding of least squares.
    assert np.allclose(found.teacher_on_sample - found.student_on_sample, found.misfit, rtol=1e-10)


def test_the_spectrum_and_the_basis_of_the_features_do_not_matter():
    rng = np.random.default_rng(6)
    pair = pair_with_cosines(3, 5, [0.8, 0.4], 8, rng)
    z = rng.standard_normal((40, 8))
    scales = 1 / np.arange(1.0, 6.0)
    y = z @ np.ones(8) + rng.standard_normal(40)
    plain = z @ pair.weak
    turned = (plain * scales) @ random_basis(5, 5, rng)
    one, two = (f @ np.linalg.lstsq(f, y, rcond=None)[0] for f in (plain, turned))
    assert np.allclose(one, two, atol=1e-12)


def test_the_ambient_dimension_does_not_enter_for_gaussian_latents():
    small, big = axis_aligned_pair(3, 4, 2), axis_aligned_pair(3, 4, 2, dimension=400)
    target = np.zeros(400)
    target[:5], target[100] = 1.0, 0.5
    drawn = []

    def counting(rng, samples, dimension):
        drawn.append(dimension)
        return gaussian(rng, samples, dimension)

    least_squares(small, np.ones(5), 10, 8, 1.0, 1, np.random.default_rng(0), latent=counting)
    found = least_squares(big, target, 20, 15, 1.0, 4000, np.random.default_rng(0))
    exact = risks(big.geometry(target), 20, 15, 1.0)
    assert drawn == [5]
    assert abs(mean_of(found, "student") - exact.student) < SIGMAS * error_of(found, "student")


def test_elliptical_features_raise_the_risk_and_signs_do_not():
    pair = axis_aligned_pair(8, 16, 4)
    exact = risks(pair.geometry(), 60, 40, 1.0)
    ratios = {}
    for name, law in (("signs", rademacher), ("elliptical", elliptical(5))):
        found = noise_averaged(pair, None, 60, 40, 1.0, 800, np.random.default_rng(0), latent=law)
        ratios[name] = mean_of(found, "student") / exact.student
    # Measured 0.97 and 1.5 at this size; the windows leave room for four standard errors.
    assert 0.9 < ratios["signs"] < 1.05
    assert 1.3 < ratios["elliptical"] < 1.7


@pytest.mark.parametrize(("d", "m", "noise", "rho"), [(16, 60, 0.5, 0.389), (8, 60, 1.0, 0.0)])
def test_single_models_on_fresh_points_and_on_their_own(d, m, noise, rho):
    found = single_model(d, m, noise, rho, 4000, np.random.default_rng(0))
    for values, where in ((found.population, "population"), (found.in_sample, "in_sample")):
        error = values.std() / np.sqrt(len(values))
        exact = single_risk(d, m, noise, rho, evaluation=where)
        assert abs(values.mean() - exact) < SIGMAS * error


def test_a_chain_of_two_is_teacher_and_student_draw_for_draw():
    pair, target, n, big_n, noise = settings()["generic angles"]
    chain = [pair.weak, pair.strong], [n, big_n], target, noise
    found = train_chain(*chain, 3000, np.random.default_rng(8))
    exact = expectations(pair, target, n, big_n, noise)
    for k, name in enumerate(("teacher", "student")):
        assert abs(found.mean[k] - exact[name]) < SIGMAS * found.standard_error[k]
    # Means and errors are those of the trials.
    assert found.standard_error == pytest.approx(found.risks.std(axis=0, ddof=1) / np.sqrt(3000))
    both = train_chain(*chain, 5, np.random.default_rng(8)).risks
    assert np.array_equal(both, found.risks[:5])


def test_a_chain_takes_other_latents_and_fewer_samples_than_features():
    bases = [np.eye(6)[:, :4], np.eye(6)[:, 1:]]
    found = train_chain(bases, [3, 20], np.ones(6), 0.1, 4, np.random.default_rng(0),
                        latent=rademacher)  # fmt: skip
    assert found.risks.shape == (4, 2)
    assert np.isfinite(found.risks).all()


@given(seeds)
@hypothesis_settings(max_examples=20)
def test_the_risks_do_not_depend_on_the_bases_or_a_common_rotation(seed):
    rng = np.random.default_rng(seed)
    pair = pair_with_cosines(3, 5, rng.uniform(0, 1, 3), 10, rng)
    target, turn = rng.standard_normal(10), random_basis(10, 10, rng)
    other = SubspacePair(
        turn @ pair.strong @ random_basis(3, 3, rng), turn @ pair.weak @ random_basis(5, 5, rng)
    )

    def turned(generator, samples, dimension):  # the same latents in the other coordinates
        return gaussian(generator, samples, dimension) @ turn.T

    def plain(generator, samples, dimension):
        return gaussian(generator, samples, dimension)

    case = 20, 12, 0.5, 3
    one = least_squares(pair, target, *case, np.random.default_rng(seed), latent=plain)
    two = least_squares(other, turn @ target, *case, np.random.default_rng(seed), latent=turned)
    for field in expectations(pair, target, 20, 12, 0.5):
        # Rounding of least squares with conditioned Gram matrices of at most a few thousand.
        assert getattr(one, field) == pytest.approx(getattr(two, field), rel=1e-8, abs=1e-10)


def test_the_same_seed_gives_the_same_trials():
    case = settings()["generic angles"]
    one, two = (least_squares(*case, 3, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.student, two.student)


PAIR = axis_aligned_pair(4, 6, 2)
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("route", [least_squares, noise_averaged])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_labelled": 0}, "n_labelled must be at least 1, got 0"),
        ({"n_unlabelled": 2.5}, "n_unlabelled must be a whole number, got 2.5"),
        ({"noise": -1.0}, "noise must be at least 0, got -1"),
        ({"trials": 0}, "trials must be at least 1, got 0"),
        ({"target": np.ones(3)}, "target must have length 8, got 3"),
        ({"ridge_weak": -0.1}, "ridge must be at least 0, got -"),
    ],
)
def test_bad_values_are_refused(route, change, message):
    values = {"target": None, "n_labelled": 20, "n_unlabelled": 20, "noise": 1.0, "trials": 2}
    with pytest.raises(ValueError, match=message):
        route(PAIR, rng=RNG, **values | change)


def test_too_few_samples_are_refused_where_no_inverse_exists():
    with pytest.raises(ValueError, match="n_labelled must be at least d_weak = 6, got 5"):
        noise_averaged(PAIR, None, 5, 20, 1.0, 2, RNG)
    with pytest.raises(ValueError, match="n_unlabelled must be at least d_strong = 4, got 3"):
        require_samples(20, 3, d_strong=4, d_weak=6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples": [9]}, "one entry per model, got 2, 1"),
        ({"samples": [9, 0]}, r"samples\[1\] must be at least 1, got 0"),
        ({"samples": [9, 8.5]}, r"samples\[1\] must be a whole number, got 8.5"),
        ({"bases": [np.eye(4), np.eye(5)]}, r"same number of rows, got \[4, 5\]"),
        ({"bases": [np.eye(4), np.ones((4, 2))]}, r"bases\[1\] must have orthonormal columns"),
        ({"target": np.ones(3)}, "target must have length 4, got 3"),
        ({"noise": -1.0}, "noise must be at least 0, got -1"),
        ({"trials": 1}, "trials must be at least 2, got 1"),
    ],
)
def test_bad_chains_are_refused(change, message):
    values = {"bases": [np.eye(4)] * 2, "samples": [9, 9], "target": np.ones(4)}
    with pytest.raises(ValueError, match=message):
        train_chain(**{**values, "noise": 1.0, "trials": 2, "rng": RNG, **change})


def test_ill_conditioned_features_are_refused_not_inverted():
    def repeated(rng, samples, dimension):  # the second coordinate follows the first
        z = gaussian(rng, samples, dimension)
        z[:, 1] = z[:, 0] * (1 + 1e-9)
        return z

    pair = axis_aligned_pair(4, 6, 2)
    with pytest.raises(ValueError, match="the sampled features are ill-conditioned: pivot ratio"):
        noise_averaged(pair, None, 20, 20, 1.0, 1, RNG, latent=repeated)
    with pytest.raises(ValueError, match="use more samples or a ridge"):
        noise_averaged(pair, None, 6, 20, 1.0, 40, RNG, latent=rademacher)
    ridge = {"ridge_weak": 0.1, "ridge_strong": 0.1}
    found = noise_averaged(pair, None, 20, 20, 1.0, 1, RNG, latent=repeated, **ridge)
    assert np.isfinite(found.student).all()


def test_bad_energies_are_refused():
    with pytest.raises(ValueError, match="rho must be at least 0, got -1"):
        single_model(3, 9, 1.0, -1.0, 2, RNG)
