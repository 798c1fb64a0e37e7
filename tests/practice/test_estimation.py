"""From a finite sample to the geometry: unbiased where it says so, certain as far as it says."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2s.discrepancy.dimensions import haar_null
from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.subspaces import pair_with_cosines, random_basis
from w2s.metrics import mean_and_error
from w2s.practice.estimation.constants import Constants, constants, estimate_geometry
from w2s.practice.estimation.overlaps import chance_edge, debiased_cosines, estimate_overlap
from w2s.practice.estimation.samples import CanonicalSample


def sample_cosines(pair, rows, rng):
    """Sample canonical correlations by QR of drawn features: not the code's route."""
    latent = rng.standard_normal((rows, pair.dimension))
    bases = [np.linalg.qr(latent @ side)[0] for side in (pair.strong, pair.weak)]
    return np.clip(np.linalg.svd(bases[0].T @ bases[1], compute_uv=False), 0, 1)


def canonical_sample(strong, weak, labels):
    """Build a CanonicalSample from matrices by QR and an SVD."""
    rows = len(labels)
    q_s, q_w = np.linalg.qr(strong)[0], np.linalg.qr(weak)[0]
    left, cosines, right = np.linalg.svd(q_s.T @ q_w)
    scale = math.sqrt(rows)
    by_strong, by_weak = left.T @ q_s.T @ labels / scale, right @ q_w.T @ labels / scale
    cosines = np.clip(cosines, 0, 1)
    return CanonicalSample(cosines, by_strong, by_weak, labels @ labels / rows, rows)


def repeated(cosines, d_strong, d_weak, rows, trials, seed):
    """Estimates of the constants over samples of one Gaussian model, and the truth."""
    rng = np.random.default_rng(seed)
    pair = pair_with_cosines(d_strong, d_weak, cosines, d_strong + d_weak + 2, rng)
    beta = 0.5 * rng.standard_normal(pair.dimension)
    found = []
    for _ in range(trials):
        latent = rng.standard_normal((rows, pair.dimension))
        labels = latent @ beta + rng.standard_normal(rows)
        sample = canonical_sample(latent @ pair.strong, latent @ pair.weak, labels)
        g = estimate_geometry(sample, noise=1.0).geometry
        found.append([g.overlap, g.rho_strong, g.rho_weak, g.inherited, g.removed, g.invisible])
    g = pair.geometry(beta)
    truth = [g.overlap, g.rho_strong, g.rho_weak, g.inherited, g.removed, g.invisible]
    return np.array(found), np.array(truth)


# Few rows on purpose: m = 60 for d_s + d_w = 24.
def test_constants_are_unbiased_when_spaces_share_some_directions_and_no_others():
    found, truth = repeated([1, 1, 1, 1], 8, 16, rows=60, trials=2000, seed=0)
    mean, error = mean_and_error(found)
    # Six comparisons at 4 standard errors; the plug-in of d_{s∧w} and clipping cost < 1%.
    assert (np.abs(mean - truth) < 4 * error + 0.01 * truth).all(), (mean, truth, error)
    assert (error < 0.03 * truth).all()


def test_constants_are_nearly_unbiased_at_partial_angles():
    cosines = np.linspace(0.05, 0.99, 20)
    found, truth = repeated(cosines, 20, 40, rows=400, trials=400, seed=1)
    mean, error = mean_and_error(found)
    # The remaining bias of a and c is of relative order (d_s+d_w)/m = 15%; measured below 3%.
    assert (np.abs(mean - truth) < 4 * error + 0.03 * truth).all(), (mean, truth, error)


def test_the_naive_overlap_is_biased_where_the_estimate_is_not():
    rng = np.random.default_rng(2)
    pair = pair_with_cosines(8, 16, [1] * 4, 24, rng)
    found = [estimate_overlap(sample_cosines(pair, 60, rng), 8, 16, 60) for _ in range(600)]
    mean, error = mean_and_error([overlap.estimate for overlap in found])
    assert abs(mean - 4) < 4 * error
    # T exceeds the truth by (d_s-d)(d_w-d)/(m-d) = 48/56.
    assert abs(np.mean([overlap.raw for overlap in found]) - 4 - 48 / 56) < 4 * error


def test_unrelated_spaces_show_the_haar_null():
    rng = np.random.default_rng(3)
    pair = pair_with_cosines(10, 15, [], 25, rng)
    found = [estimate_overlap(sample_cosines(pair, 120, rng), 10, 15, 120) for _ in range(800)]
    raw = np.array([overlap.raw for overlap in found])
    mean, variance = haar_null(10, 15, 120)
    assert (found[0].null_mean, found[0].null_sd) == (mean, math.sqrt(variance))
    assert abs(raw.mean() - mean) < 4 * math.sqrt(variance / 800)
    # The standard deviation of 800 draws is known to 1/sqrt(1600) = 2.5%; 4 of them.
    assert abs(raw.std() / found[0].null_sd - 1) < 0.1


@pytest.mark.parametrize(
    "cosines",
    [[1] * 8, [0.3] * 20, np.linspace(0.05, 0.99, 20), [1] * 8 + [0.6] * 5],
    ids=["shared", "faint", "spread", "mixed"],
)
def test_standard_error_of_the_overlap_is_its_spread_or_a_little_more(cosines):
    rng = np.random.default_rng(4)
    pair = pair_with_cosines(20, 40, cosines, 60, rng)
    found = [estimate_overlap(sample_cosines(pair, 500, rng), 20, 40, 500) for _ in range(250)]
    spread = np.std([overlap.estimate for overlap in found], ddof=1)
    stated = math.sqrt(np.mean([overlap.standard_error**2 for overlap in found]))
    # Spread of 250 repetitions: 4.5%, 3 of them below; above, the two terms overlap by < 30%.
    assert 0.86 < stated / spread < 1.35


def test_overlap_is_exact_when_one_space_contains_the_other():
    assert estimate_overlap(np.ones(5), 5, 12, 40).estimate == 5
    assert estimate_overlap(np.ones(5), 12, 5, 40).estimate == 5
    assert estimate_overlap(np.ones(5), 5, 5, 40).standard_error == 0


def test_overlap_lies_between_zero_and_the_smaller_dimension():
    rng = np.random.default_rng(5)
    for _ in range(200):
        d_s, d_w = rng.integers(1, 10, 2)
        cosines = rng.random(min(d_s, d_w)) ** rng.uniform(0.1, 4)
        overlap = estimate_overlap(cosines, d_s, d_w, int(d_s + d_w + rng.integers(1, 50)))
        assert 0 <= overlap.estimate <= min(d_s, d_w)


def test_a_constant_in_both_spaces_adds_one_to_everything():
    cosines = np.array([0.9, 0.4, 0.1])
    without = estimate_overlap(cosines, 3, 5, 100)
    with_it = estimate_overlap([1.0, *cosines], 4, 6, 101, constant=True)
    assert math.isclose(with_it.estimate, without.estimate + 1, rel_tol=1e-12)
    assert math.isclose(with_it.null_mean, without.null_mean + 1, rel_tol=1e-12)
    assert math.isclose(with_it.null_sd, without.null_sd, rel_tol=1e-12)


def test_chance_edge_is_where_the_cosines_of_unrelated_spaces_end():
    rng = np.random.default_rng(6)
    bases = [random_basis(2000, d, rng) for d in (100, 200)]
    largest = np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)[0]
    # The largest cosine lies off the edge by a Tracy-Widom amount of order 100^(-2/3) = 5% of it.
    assert abs(largest / chance_edge(100, 200, 2000) - 1) < 0.05
    assert math.isclose(chance_edge(40, 80, 800), chance_edge(80, 40, 800), rel_tol=1e-15)
    assert math.isclose(chance_edge(40, 80, 121), 1, abs_tol=1e-3)  # as m -> d_s + d_w


def test_debiased_cosines_undo_the_sampling_of_isolated_correlations():
    rng = np.random.default_rng(7)
    true = np.array([0.95, 0.7, 0.5])
    pair = pair_with_cosines(30, 60, true, 90, rng)
    back = [debiased_cosines(sample_cosines(pair, 900, rng), 30, 60, 900) for _ in range(40)]
    mean, error = mean_and_error(back)
    assert (np.abs(mean[:3] - true) < 4 * error[:3] + 0.01).all()  # finite-size shift < 1%
    assert (mean[4:] == 0).all()
    assert debiased_cosines([1.0], 30, 60, 900)[0] == 1.0


def test_unknown_noise_is_what_both_models_together_leave_unexplained():
    rng = np.random.default_rng(8)
    latent = rng.standard_normal((300, 12))
    labels = latent @ rng.standard_normal(12) + rng.standard_normal(300)
    strong, weak = latent[:, :5], latent[:, 3:9]  # two shared columns
    found = estimate_geometry(canonical_sample(strong, weak, labels))
    together = latent[:, :9]
    fit = np.linalg.lstsq(together, labels, rcond=None)[0]
    residual = np.sum((labels - together @ fit) ** 2) / (300 - 9)
    assert math.isclose(found.noise, residual, rel_tol=1e-10)


def test_predicted_test_errors_do_not_depend_on_what_counts_as_noise():
    rng = np.random.default_rng(9)
    pair = pair_with_cosines(5, 6, [1, 0.8, 0.7, 0.5, 0.3], 14, rng)
    latent = rng.standard_normal((4000, 14))
    labels = latent @ rng.standard_normal(14) + rng.standard_normal(4000)
    sample = canonical_sample(latent @ pair.strong, latent @ pair.weak, labels)
    known, unknown = estimate_geometry(sample, noise=1.0), estimate_geometry(sample)
    assert unknown.noise > 2 * known.noise  # three directions lie outside both spaces
    errors = [risks(e.geometry, 40, 30, e.noise) for e in (known, unknown)]
    for name in vars(errors[0]):
        one, two = (
            getattr(r, name) + e.noise for r, e in zip(errors, (known, unknown), strict=True)
        )
        assert math.isclose(one, two, rel_tol=1e-12), name


def test_estimates_stay_in_the_range_of_a_geometry_however_small_the_sample():
    rng = np.random.default_rng(10)
    for _ in range(300):
        rows = int(rng.integers(9, 30))
        latent = rng.standard_normal((rows, 7))
        labels = latent @ rng.standard_normal(7) * rng.choice([0, 1])
        strong, weak = latent[:, :3], latent[:, 2:7] if rng.random() < 0.5 else latent[:, :4]
        if rows > strong.shape[1] + weak.shape[1]:
            sample = canonical_sample(strong, weak, labels)
            found = estimate_geometry(sample, rng.choice([None, 0.0, 1.0])).geometry
            assert 0 <= found.overlap <= min(found.d_strong, found.d_weak)


def test_uncut_constants_are_unbiased_where_cut_ones_cannot_be():
    # The student contains the teacher and the target: ρ_s = a = 0 up to sampling, b = c = 0.
    rng = np.random.default_rng(11)
    found = []
    for _ in range(400):
        latent = rng.standard_normal((60, 6))
        labels = latent[:, :2].sum(axis=1) + rng.standard_normal(60)
        sample = canonical_sample(latent[:, :6], latent[:, :3], labels)
        found.append(constants(sample.statistics, noise=1.0))
    mean, error = mean_and_error(found)
    # Six comparisons at 4 standard errors; the overlap is exact up to rounding.
    assert (np.abs(mean - [3, 0, 0, 0, 0, 1]) < 4 * error + 1e-12).all(), (mean, error)
    assert min(c.rho_strong for c in found) < 0


def test_cut_constants_are_a_geometry():
    cut = Constants(9.0, -0.1, -0.2, 0.1, 7.0, 1.0).geometry(4, 5)
    assert (cut.overlap, cut.rho_strong, cut.rho_weak, cut.invisible) == (4, 0, 0, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: estimate_overlap([0.5], 1, 2, 3), "must exceed d_strong [+] d_weak = 3, got 3"),
        (lambda: estimate_overlap([0.5], 2, 2, 9), "cosines must have length 2, got 1"),
        (lambda: estimate_overlap([1.5], 1, 2, 9), r"cosines must lie in \[0, 1\], got 1.5"),
        (lambda: chance_edge(0, 2, 9), "d_strong must be at least 1"),
        (lambda: debiased_cosines([np.nan], 1, 2, 9), "cosines must be finite"),
        (lambda: CanonicalSample([0.5], [1.0], [1.0, 2.0], 1.0, 3), "rows must exceed"),
        (lambda: CanonicalSample([], [1.0], [1.0, 2.0], 1.0, 9), "length 1, got 0"),
        (
            lambda: estimate_geometry(CanonicalSample([0.5], [1.0], [1.0], 4.0, 9), noise=-1),
            "noise must be at least 0, got -1",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@settings(max_examples=100)
@given(st.tuples(*[st.floats(-1, 2)] * 4), st.sampled_from([(4, 8), (8, 4), (4, 4), (5, 5)]))
def test_constants_at_full_overlap_become_those_of_nested_spaces(energies, sizes):
    g = Constants(9.0, *energies, 1.0).geometry(*sizes)
    if g.overlap == g.d_weak:
        assert g.invisible == 0
    if g.overlap == g.d_strong:
        assert g.inherited == 0
