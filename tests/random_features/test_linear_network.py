"""The linear network: three routes to one law, and the exact formulas for it."""

import numpy as np
import pytest
from scipy import stats

from w2s.random_features.gradient_flow import best_stop, spectral_path
from w2s.random_features.linear_network import (
    LinearNetwork,
    best_student_law,
    linear_error_moments,
    linear_error_quantile,
    linear_functions,
    linear_scaling,
    linear_teacher,
)


def test_teacher_is_the_projection_of_the_target_on_its_features() -> None:
    network = LinearNetwork(width=7, bulk_dim=30, bulk_eigenvalue=0.2, n_signal=3)
    beta = np.array([0.6, 0.0, 0.8])
    teacher = linear_teacher(network, np.random.default_rng(5), target=beta, route="features")
    rng = np.random.default_rng(5)  # the same draws: signal, then bulk
    signal, bulk = rng.standard_normal((7, 3)), rng.standard_normal((7, 30))
    features = np.hstack([signal, np.sqrt(0.2) * bulk])  # coordinates in L² of the input
    target = np.concatenate([beta, np.zeros(30)])
    projection = features.T @ np.linalg.lstsq(features.T, target, rcond=None)[0]
    residual = target - projection
    # Two orders of the same linear algebra: rounding.
    assert teacher.error[0] == pytest.approx(residual @ residual, rel=1e-12)
    assert teacher.cross_energy[0, 0] == pytest.approx(residual[:3] @ beta, rel=1e-12)
    assert teacher.residual_energy[0, 0] == pytest.approx(residual[:3] @ residual[:3], rel=1e-12)
    assert teacher.teacher_energy[0].sum() == pytest.approx(projection @ projection, rel=1e-12)


@pytest.mark.parametrize("route", ["law", "wishart", "features"])
def test_every_route_follows_the_law_of_two_chi_squares(route: str) -> None:
    network = LinearNetwork(width=12, bulk_dim=40, bulk_eigenvalue=0.3)
    draws = linear_teacher(network, np.random.default_rng(8), 2000, route=route).error
    ratio = (1.0 / draws - 1.0) * 0.3 * 29 / 12  # an F variable under the law (8)
    # One Kolmogorov-Smirnov test at a fixed seed; a wrong degree of freedom gives p < 1e-6.
    assert stats.kstest(ratio, stats.f(12, 29).cdf).pvalue > 1e-3


def test_routes_agree_for_several_signal_coordinates() -> None:
    network = LinearNetwork(width=10, bulk_dim=25, bulk_eigenvalue=0.4, n_signal=4)
    beta = np.full(4, 0.5)
    samples = {
        route: linear_teacher(network, np.random.default_rng(3), 3000, target=beta, route=route)
        for route in ("law", "wishart", "features")
    }
    for route in ("wishart", "features"):
        for one, other in zip(_summaries(samples["law"]), _summaries(samples[route]), strict=True):
            assert stats.ks_2samp(one, other).pvalue > 1e-3  # fixed seeds, as above


def _summaries(teacher):
    return teacher.error, teacher.residual_energy[:, 0]


def test_bartlett_blocks_do_not_change_the_law_beyond_one_block() -> None:
    network = linear_scaling(700)  # wider than one row block of 512
    draws = linear_teacher(network, np.random.default_rng(2), 60, route="wishart").error
    mean, second = linear_error_moments(network)
    z = (draws.mean() - mean) / np.sqrt((second - mean**2) / draws.size)
    assert abs(z) < 3.3  # one normal deviate, level 1e-3


def test_residual_in_the_signal_space_lies_between_cauchy_schwarz_and_kantorovich() -> None:
    network = LinearNetwork(width=9, bulk_dim=20, bulk_eigenvalue=0.5, n_signal=2)
    rng = np.random.default_rng(11)
    one = linear_teacher(network, rng, 200)
    # k = 1 is the case of equality on both sides; k = 2 has it strictly below L.
    assert (one.residual_energy[:, 0] >= one.error**2 * (1 - 1e-12)).all()
    assert (one.residual_energy[:, 0] <= one.error).all()
    single = linear_teacher(LinearNetwork(9, 20, 0.5), rng, 50)
    np.testing.assert_allclose(single.residual_energy[:, 0], single.error**2, rtol=1e-12)


def test_moments_are_those_of_a_beta_variable_for_isotropic_inputs() -> None:
    for width, bulk in ((1, 1), (4, 9), (50, 3000)):
        mean, second = linear_error_moments(LinearNetwork(width, bulk, 1.0))
        law = stats.beta((bulk - width + 1) / 2, width / 2)
        assert mean == pytest.approx(law.mean(), rel=1e-10)  # quadrature asked for 1e-11
        assert second == pytest.approx(law.moment(2), rel=1e-10)


@pytest.mark.parametrize("width", [16, 4096, 10**9])
def test_moments_and_quantiles_describe_the_same_law(width: int) -> None:
    network = linear_scaling(width)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    normal = 9.0 * nodes  # integrate over a normal score
    values = linear_error_quantile(network, stats.norm.cdf(normal))
    density = 9.0 * weights * stats.norm.pdf(normal)
    mean, second = linear_error_moments(network)
    # The inverse F function of scipy is good to about 1e-9 at a billion degrees of freedom.
    assert density @ values == pytest.approx(mean, rel=1e-8)
    assert density @ values**2 == pytest.approx(second, rel=1e-8)


def test_quantiles_decrease_in_width_and_increase_in_probability() -> None:
    probabilities = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    table = np.array([linear_error_quantile(linear_scaling(m), probabilities) for m in (16, 64)])
    assert (np.diff(table) > 0).all()
    assert (table[1, 1:-1] < table[0, 1:-1]).all()
    np.testing.assert_allclose(table[:, [0, -1]], [[0, 1], [0, 1]])


@pytest.mark.parametrize(("exponent", "rate"), [(1.0, -1 / 2), (2 / 3, -1 / 6)])
def test_median_error_falls_with_the_rate_of_each_reading(exponent: float, rate: float) -> None:
    low, high = (
        linear_error_quantile(linear_scaling(m, bulk_exponent=exponent), 0.5)
        for m in (10**12, 10**15)
    )
    # L = x/(1 + x) with x = M^rate: the correction x is at most 1e-2 here.
    assert np.log(high / low) / np.log(1e3) == pytest.approx(rate, abs=2e-3)


def test_simulated_teacher_is_a_projection_and_follows_the_law() -> None:
    network, rng = LinearNetwork(6, 20, 0.3, 2), np.random.default_rng(12)
    errors = []
    for _ in range(500):
        target, labels, _ = linear_functions(network, 5, rng, target=[0.6, 0.8])
        errors.append(1.0 - labels @ labels)
        assert labels @ (target - labels) == pytest.approx(0.0, abs=1e-12)
    law = linear_teacher(network, rng, 5000, target=[0.6, 0.8]).error
    assert stats.ks_2samp(errors, law).pvalue > 1e-3  # fixed seeds


@pytest.mark.parametrize("student_width", [7, 40])  # sampled features; Bartlett factor
def test_student_kernel_has_the_wishart_mean_and_rank(student_width: int) -> None:
    network, rng = LinearNetwork(3, 8, 0.25, 2), np.random.default_rng(13)
    kernels = np.array([linear_functions(network, student_width, rng)[2] for _ in range(3000)])
    scale = np.repeat([1.0, 0.25], [2, 8])
    spread = np.sqrt(np.outer(scale, scale) * (1 + np.eye(10)) / student_width / 3000)
    # 55 different entries: Bonferroni at level 1e-3 gives 4.3 standard errors.
    assert (np.abs(kernels.mean(axis=0) - np.diag(scale)) < 4.3 * spread).all()
    variance = scale**2 * 2 / student_width
    assert kernels.var(axis=0).diagonal() == pytest.approx(variance, rel=0.15)
    assert np.linalg.matrix_rank(kernels[0]) == min(student_width, 10)


def test_best_students_of_drawn_teachers_have_the_means_and_deviations_of_their_law() -> None:
    network, count = linear_scaling(32), 4000
    teacher = linear_teacher(network, np.random.default_rng(5), count)
    best = best_stop(lambda t: spectral_path(teacher, t)).loss
    drawn = np.array([teacher.error, best, best / teacher.error**2])
    means, deviations = best_student_law(network)
    # Four standard errors; the deviations' from the fourth moment, below 3/√count here.
    assert (np.abs(drawn.mean(axis=1) - means) < 4 * deviations / np.sqrt(count)).all()
    np.testing.assert_allclose(drawn.std(axis=1), deviations, rtol=12 / np.sqrt(count))


def test_bad_networks_are_refused() -> None:
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        LinearNetwork(0, 10, 0.1)
    with pytest.raises(ValueError, match="bulk_dim must be at least width = 11, got 10"):
        LinearNetwork(11, 10, 0.1)
    with pytest.raises(ValueError, match="bulk_eigenvalue must exceed 0, got 0"):
        LinearNetwork(5, 10, 0.0)
    with pytest.raises(ValueError, match=r"bulk_eigenvalue must lie in \[0, 1\], got 1.5"):
        LinearNetwork(5, 10, 1.5)
    with pytest.raises(ValueError, match="n_signal must be at least 1, got 0"):
        LinearNetwork(5, 10, 0.1, 0)
    with pytest.raises(ValueError, match="bulk_exponent must be at least 0, got -1"):
        linear_scaling(16, bulk_exponent=-1)


def test_bad_draws_are_refused() -> None:
    network, rng = LinearNetwork(5, 10, 0.1, 2), np.random.default_rng(0)
    with pytest.raises(ValueError, match="target must have n_signal = 2 entries, got 3"):
        linear_teacher(network, rng, target=[1, 0, 0])
    with pytest.raises(ValueError, match="target must have unit norm, got 2"):
        linear_teacher(network, rng, target=[0, 2])
    with pytest.raises(ValueError, match="route must be one of law, wishart, features, got 'qr'"):
        linear_teacher(network, rng, route="qr")
    with pytest.raises(ValueError, match="student_width must be at least 1, got 0"):
        linear_functions(network, 0, rng)
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        linear_teacher(network, rng, 0)
    with pytest.raises(ValueError, match="n_signal must be 1 for the scalar law, got 2"):
        linear_error_moments(network)
    with pytest.raises(ValueError, match=r"probability must lie in \[0, 1\], got 1.5"):
        linear_error_quantile(linear_scaling(16), 1.5)
    with pytest.raises(ValueError, match="slices"):
        best_student_law(linear_scaling(16), slices=0)
