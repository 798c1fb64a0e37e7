"""Spectral facts of ReLU on the sphere: closed forms against quadrature and resummation."""

import numpy as np
import pytest
from scipy import integrate, special

from w2s.random_features.sphere import (
    ZonalTarget,
    arc_cosine,
    funk_hecke_quadrature,
    gegenbauer,
    gegenbauer_terms,
    multiplicities,
    relu_coefficients,
    relu_eigenvalues,
    sphere_points,
)

GRID = np.linspace(-1.0, 1.0, 41)


def _mean_on_sphere(function, dim: int) -> float:
    """Mean of a function of one coordinate of a uniform point, smooth on either side of zero."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    angles = np.pi / 4 * np.concatenate([nodes + 1, nodes + 3])
    density = np.sin(angles) ** (dim - 2) / special.beta(0.5, (dim - 1) / 2)
    return float(np.pi / 4 * np.tile(weights, 2) @ (function(np.cos(angles)) * density))


@pytest.mark.parametrize("dim", [3, 5, 32])
def test_polynomials_are_the_normalised_gegenbauer_polynomials(dim: int) -> None:
    degrees = np.arange(31)[:, None]
    scipy = special.eval_gegenbauer(degrees, dim / 2 - 1, GRID)
    scipy /= special.eval_gegenbauer(degrees, dim / 2 - 1, 1.0)
    # Both recurrences are stable: rounding times the degree.
    np.testing.assert_allclose(gegenbauer(dim, 30, GRID), scipy, atol=1e-12)


def test_polynomials_of_the_circle_are_those_of_chebyshev() -> None:
    angles = np.linspace(0, np.pi, 50)
    expected = np.cos(np.arange(21)[:, None] * angles)
    np.testing.assert_allclose(gegenbauer(2, 20, np.cos(angles)), expected, atol=1e-13)


def test_high_degrees_stay_bounded() -> None:
    assert all(np.abs(term).max() <= 1.0 + 1e-12 for term in gegenbauer_terms(16, 400, GRID))


@pytest.mark.parametrize("dim", [2, 3, 7])
def test_polynomials_are_orthogonal_with_norm_one_over_the_multiplicity(dim: int) -> None:
    counts = multiplicities(dim, 5)
    for j in range(6):
        for k in range(6):
            mean = _mean_on_sphere(
                lambda t, j=j, k=k: gegenbauer(dim, 5, t)[[j, k]].prod(axis=0), dim
            )
            assert mean == pytest.approx((j == k) / counts[j], abs=1e-12)


def test_multiplicities_are_2l_plus_1_in_space_and_fill_all_polynomials() -> None:
    np.testing.assert_array_equal(multiplicities(3, 6), 2 * np.arange(7) + 1)
    np.testing.assert_array_equal(multiplicities(2, 3), [1, 2, 2, 2])
    # Even polynomials of degree at most 2 in d variables, on the sphere: d(d+1)/2.
    assert multiplicities(64, 2)[[0, 2]].sum() == 64 * 65 / 2


@pytest.mark.parametrize("dim", [2, 3, 8, 64])
def test_relu_coefficients_are_the_funk_hecke_integrals(dim: int) -> None:
    integrals = [
        _mean_on_sphere(lambda t, k=k: np.maximum(t, 0.0) * gegenbauer(dim, 10, t)[k], dim)
        for k in range(11)
    ]
    # Public test of the specification: below 1e-12.
    np.testing.assert_allclose(relu_coefficients(dim, 10), integrals, atol=1e-12)


@pytest.mark.parametrize("dim", [3, 4, 8, 64])
def test_quadrature_over_the_angle_finds_the_coefficients(dim: int) -> None:
    by_integral = funk_hecke_quadrature(dim, 12)
    # Rounding of the shares' roots √(2d N_ℓ) c_ℓ, which are at most one.
    unit = np.sqrt(2 * dim * multiplicities(dim, 12))
    np.testing.assert_allclose(unit * by_integral, unit * relu_coefficients(dim, 12), atol=1e-12)
    with pytest.raises(ValueError, match="dim must be at least 3, got 2"):
        funk_hecke_quadrature(2, 4)
    with pytest.raises(ValueError, match="degree_max must be at least 0, got -1"):
        funk_hecke_quadrature(dim, -1)
    assert funk_hecke_quadrature(dim, 0) == pytest.approx(by_integral[:1])


@pytest.mark.parametrize("dim", [3, 16, 64])
def test_eigenvalues_sum_to_the_trace(dim: int) -> None:
    shares = relu_eigenvalues(dim, 600) * multiplicities(dim, 600) * 2 * dim
    # The tail decays like a power of the degree: at most 1e-4 is left for d = 64 at 600.
    assert 1 - 2e-4 < shares.sum() < 1
    assert shares[1] == pytest.approx(0.5, rel=1e-14)


@pytest.mark.parametrize(("dim", "tolerance"), [(3, 1e-8), (16, 1e-8), (32, 1e-8)])
def test_kernel_is_the_sum_over_its_eigenspaces(dim: int, tolerance: float) -> None:
    scale = relu_eigenvalues(dim, 400) * multiplicities(dim, 400)
    grid = GRID[4:-4]  # inside, where the series converges faster than at the kink ρ = ±1
    series = sum(s * p for s, p in zip(scale, gegenbauer_terms(dim, 400, grid), strict=True))
    np.testing.assert_allclose(series, arc_cosine(grid.copy()) / dim, atol=tolerance)


def test_kernel_is_the_gaussian_expectation() -> None:
    for rho in (-0.9, -0.2, 0.0, 0.5, 0.99):
        # E max(g,0) max(g',0) over the angle θ of a planar Gaussian, radius integrated: E r² = 2.
        wedge = integrate.quad(
            lambda a, rho=rho: max(np.cos(a), 0) * max(np.cos(a - np.arccos(rho)), 0),
            -np.pi, np.pi, points=[np.arccos(rho) - np.pi / 2, -np.pi / 2, np.pi / 2], epsabs=1e-14,
        )[0]  # fmt: skip
        assert arc_cosine(np.array([rho]))[0] == pytest.approx(wedge / np.pi, abs=1e-13)


def test_kernel_is_computed_in_place_in_both_precisions() -> None:
    double = GRID.copy()
    single = GRID.astype(np.float32)
    assert arc_cosine(double) is double
    assert arc_cosine(single).dtype == np.float32
    np.testing.assert_allclose(single, double, atol=2e-7)  # rounding of float32


def test_correlations_beyond_one_are_clipped() -> None:
    beyond = np.array([1 + 1e-15, -1 - 1e-15])
    np.testing.assert_array_equal(arc_cosine(beyond), [0.5, 0.0])


def test_zonal_target_has_unit_norm_and_the_moments_of_its_coefficients() -> None:
    rng = np.random.default_rng(0)
    target = ZonalTarget(sphere_points(rng, 1, 6)[0], (0.6, 0.0, 0.0, 0.8))
    values = target(sphere_points(rng, 200_000, 6))
    # Four standard errors of a mean of bounded values.
    assert np.mean(values**2) == pytest.approx(1.0, abs=4 * np.std(values**2) / np.sqrt(200_000))
    assert np.mean(values) == pytest.approx(0.6, abs=4 * np.std(values) / np.sqrt(200_000))


@pytest.mark.parametrize("degree_max", range(7))
def test_fewer_degrees_are_the_first_of_more(degree_max: int) -> None:
    kept = slice(0, degree_max + 1)
    np.testing.assert_array_equal(gegenbauer(5, degree_max, GRID), gegenbauer(5, 9, GRID)[kept])
    for series in (multiplicities, relu_coefficients, relu_eigenvalues):
        np.testing.assert_array_equal(series(5, degree_max), series(5, 9)[kept])


def test_the_series_of_a_target_is_damped_degree_by_degree() -> None:
    rng = np.random.default_rng(2)
    target, inputs = ZonalTarget(sphere_points(rng, 1, 4)[0], (0.6, 0.8)), sphere_points(rng, 3, 4)
    factors = np.array([2.0, 0.5, 7.0, 7.0])  # what lies beyond the last degree is not used
    damped = target.series(factors, inputs)
    np.testing.assert_allclose(damped, factors[:2, None] * target.series(np.ones(2), inputs))
    np.testing.assert_allclose(damped.sum(axis=0), 1.2 + 0.4 * 2 * inputs @ target.direction)


def test_points_are_uniform_to_second_order() -> None:
    points = sphere_points(np.random.default_rng(1), 100_000, 5)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, rtol=1e-14)
    # Standard errors are below 1e-3.
    np.testing.assert_allclose(points.mean(axis=0), 0.0, atol=5e-3)
    np.testing.assert_allclose(points.T @ points / 100_000, np.eye(5) / 5, atol=5e-3)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="dim must be at least 2, got 1"):
        sphere_points(np.random.default_rng(0), 3, 1)
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        sphere_points(np.random.default_rng(0), 0, 3)
    for series in (relu_coefficients, multiplicities, lambda d, last: gegenbauer(d, last, 0.5)):
        with pytest.raises(ValueError, match=r"^dim must be at least 2, got 1"):
            series(1, 4)
        with pytest.raises(ValueError, match=r"^degree_max must be at least 0, got -1"):
            series(3, -1)
    with pytest.raises(ValueError, match="t must be finite, got nan"):
        gegenbauer(3, 2, np.nan)
    with pytest.raises(ValueError, match="correlations must be float32 or float64, got int64"):
        arc_cosine(np.array([0, 1]))
    for norm in (0.0, 0.9, 1.2, 2.0):
        with pytest.raises(ValueError, match=f"direction must have unit norm, got {norm:g}"):
            ZonalTarget(np.array([norm, 0.0]))
    with pytest.raises(ValueError, match=r"^direction must have 1 dimension"):
        ZonalTarget(np.array([[1.0], [0.0]]))
    with pytest.raises(ValueError, match=r"^coefficients must have 1 dimension"):
        ZonalTarget(np.array([1.0, 0.0]), np.eye(1))
    with pytest.raises(ValueError, match=r"^inputs must have 2 dimension"):
        ZonalTarget(np.array([1.0, 0.0]))([1.0, 0.0])
    with pytest.raises(ValueError, match=r"energy Σ f_ℓ² = 1, got 2"):
        ZonalTarget(np.array([1.0, 0.0]), (1.0, 1.0))
    with pytest.raises(ValueError, match="dim must be at least 2, got 1"):
        ZonalTarget(np.array([1.0]))
