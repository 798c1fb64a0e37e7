"""Tiles of the kernel: exact, compiled ones to rounding the same, and only taken if asked for."""

import array_api_strict as strict
import numpy as np
import pytest
from scipy import integrate

from w2s.random_features.compiled import (
    ROOT_STEP,
    arc_cosine_remainder,
    compiled_remainder,
    compiled_roots,
    remainder_polynomial,
)
from w2s.random_features.finite_student import student_gram
from w2s.random_features.sphere import arc_cosine, sphere_points

GRID = np.linspace(-1.0, 1.0, 41)


@pytest.mark.parametrize("largest", [0.5, 0.7, 0.8, 0.9, 1.0])
def test_remainder_is_the_kernel_without_degrees_zero_and_one(largest: float) -> None:
    rho = largest * np.linspace(-1.0, 1.0, 2001)
    # E max(g,0) max(g',0) = 1/2π + ρ/4 + Σ_k (2k)!/(4^k k!² (2k+1)(2k+2)) ρ^{2k+2}/2π, ρ² < 1.
    exact = arc_cosine(rho.copy()) - 0.5 / np.pi - rho / 4
    np.testing.assert_allclose(arc_cosine_remainder(rho.copy()), exact, atol=3e-16)  # rounding
    single = arc_cosine_remainder(rho.astype(np.float32))
    assert single.dtype == np.float32
    # The argument's rounding enters through κ'(ρ) = O(ρ), the value's is relative: 6e-8 of each.
    slack = 1e-7 * np.abs(rho) ** 2 + 1e-15
    assert (np.abs(single - exact) <= 3 * slack).all()


def test_polynomial_of_the_remainder_is_its_taylor_series() -> None:
    square = np.linspace(0.01, 0.64, 50)
    value = np.polynomial.polynomial.polyval(square, remainder_polynomial(0.64, 18))
    expected = [
        integrate.quad(lambda x, s=s: np.arcsin(x * s**0.5) * s**0.5, 0, 1)[0] / (2 * np.pi * s)
        for s in square
    ]  # κ₁' = (π/2 + arcsin ρ)/2π, integrated
    np.testing.assert_allclose(value, expected, rtol=1e-13)


def test_remainder_runs_on_another_array_module() -> None:
    for dtype in (strict.float64, strict.float32):
        values = arc_cosine_remainder(strict.asarray(GRID, dtype=dtype, copy=True))
        assert values.dtype == dtype
        kind = np.float32 if dtype == strict.float32 else np.float64
        # array-api-strict calculates with numpy.
        np.testing.assert_array_equal(np.asarray(values), arc_cosine_remainder(GRID.astype(kind)))


@pytest.mark.parametrize("dim", [2, 6, 32])
@pytest.mark.parametrize("size", [5, 8, 61])  # less than a vector, one, and some with a rest
def test_compiled_remainder_is_the_plain_one(dim: int, size: int) -> None:
    points = sphere_points(np.random.default_rng(dim), 150, dim)
    rho = points[:size] @ points[70:71].T
    values = np.empty_like(rho)
    assert compiled_remainder(rho, values, 3.0) is values
    # Rounding of values up to 0.1.
    np.testing.assert_allclose(values, 3.0 * arc_cosine_remainder(rho.copy()), atol=15e-16)
    single = rho.astype(np.float32)
    exact = arc_cosine_remainder(single.astype(float))
    values = compiled_remainder(single, np.empty_like(single))
    np.testing.assert_allclose(values, exact, rtol=5e-7)  # a few roundings


@pytest.mark.parametrize("dim", [2, 6, 32])
@pytest.mark.parametrize("size", [5, 8, 61])
def test_compiled_roots_are_rounded_roots_of_the_remainder(dim: int, size: int) -> None:
    points = sphere_points(np.random.default_rng(dim), 150, dim)
    rho = (points[:size] @ points[70:71].T).astype(np.float32)
    values = np.empty(rho.shape, np.uint16)
    assert compiled_roots(rho, values) is values
    exact = np.sqrt(arc_cosine_remainder(rho.astype(float))) / ROOT_STEP
    # Half a step of rounding, and float32's rounding of numbers up to 65535.
    assert np.abs(values - exact).max() < 0.52


def test_ends_and_what_lies_beyond_by_rounding_are_exact() -> None:
    rho = np.array([0.0, 1.0, -1.0, 1 + 1e-15, -1 - 1e-15, *np.zeros(9)])
    end = 0.25 - 0.5 / np.pi
    expected = [0, end, end, end, end, *np.zeros(9)]
    np.testing.assert_allclose(arc_cosine_remainder(rho.copy()), expected, atol=1e-16)
    np.testing.assert_allclose(compiled_remainder(rho, np.empty(14)), expected, atol=1e-16)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-15), (np.float32, 1e-7)])
def test_compiled_gram_matrix_is_the_plain_one(dtype, tolerance) -> None:
    features = sphere_points(np.random.default_rng(0), 90, 16)
    plain, fast = (
        student_gram(features, dtype=dtype, tile=40, compiled=compiled).dense()
        for compiled in (False, True)
    )
    np.testing.assert_allclose(fast, plain, atol=tolerance * plain.max())  # rounding
    np.testing.assert_array_equal(fast.diagonal(), plain.diagonal())


def test_gram_matrix_of_roots_is_the_plain_one_to_half_a_step() -> None:
    features = sphere_points(np.random.default_rng(0), 90, 16)
    plain, coarse = (
        student_gram(features, dtype=dtype, tile=40).dense() for dtype in (np.float64, np.uint16)
    )
    # An entry is at most the diagonal's, and moves by twice its root times half a step.
    np.testing.assert_allclose(coarse, plain, atol=2 * 0.26 / 65535 * plain.max())
    np.testing.assert_allclose(coarse.diagonal(), plain.diagonal(), rtol=1e-14)
    without = student_gram(features, dtype=np.uint16, tile=40, compiled=False)
    single = student_gram(features, dtype=np.float32, tile=40, compiled=False)
    np.testing.assert_array_equal(without.dense(), single.dense())


def test_arrays_that_cannot_be_compiled_for_are_refused() -> None:
    with pytest.raises(ValueError, match="need numpy arrays of float32 or float64"):
        student_gram(strict.asarray(np.eye(3)), compiled=True)
    with pytest.raises(ValueError, match="need numpy arrays of float32 or float64"):
        compiled_remainder(np.eye(3, dtype=int), np.eye(3))
    for out in (np.ones(3), np.ones((2, 3)).T, np.ones((3, 2), np.float32)):
        with pytest.raises(ValueError, match=r"two contiguous arrays of one kind and size"):
            compiled_remainder(np.ones((3, 2)), out)
