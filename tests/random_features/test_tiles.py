"""Tiles of a symmetric matrix behave as the matrix."""

import array_api_strict as strict
import numpy as np
import pytest

from w2s.random_features.tiles import SymmetricTiles


def _tiled(size: int, tile: int, dtype=np.float64, keep: bool = True):
    root = np.random.default_rng(size).standard_normal((size, size))
    full = (root + root.T).astype(dtype)
    return full, SymmetricTiles(size, lambda rows, cols: full[rows, cols], keep=keep, tile=tile)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(("size", "tile"), [(7, 3), (8, 4), (5, 9), (1, 1)])
@pytest.mark.parametrize("rows", [1, 5, 8, 11])
def test_product_is_that_of_the_full_matrix(keep, size, tile, rows) -> None:
    full, tiled = _tiled(size, tile, keep=keep)
    block = np.random.default_rng(0).standard_normal((rows, size))
    np.testing.assert_allclose(tiled.times_rows(block), block @ full, atol=1e-12)
    np.testing.assert_array_equal(tiled.dense(), full)


def test_single_precision_tiles_give_double_precision_sums() -> None:
    full, tiled = _tiled(40, 8, np.float32)
    block = np.random.default_rng(0).standard_normal((2, 40))
    product = tiled.times_rows(block)
    assert product.dtype == np.float64
    # Rounding of float32 in each product of a tile.
    np.testing.assert_allclose(product, block @ full.astype(float), atol=2e-5)


def test_only_the_upper_triangle_is_made_once_if_kept_and_each_time_if_not() -> None:
    made = []

    def make(rows, columns):
        made.append((rows.start, columns.start))
        return np.zeros((rows.stop - rows.start, columns.stop - columns.start))

    kept = SymmetricTiles(6, make, tile=2)
    assert made == [(0, 0), (0, 2), (0, 4), (2, 2), (2, 4), (4, 4)]
    kept.times_rows(np.ones((1, 6)))
    assert len(made) == 6
    free = SymmetricTiles(6, make, keep=False, tile=2)
    assert len(made) == 6
    free.times_rows(np.ones((1, 6)))
    free.times_rows(np.ones((1, 6)))
    assert len(made) == 18
    assert (kept.products, free.products) == (1, 2)


def test_part_of_low_rank_is_added() -> None:
    full, _ = _tiled(11, 4)
    factor = np.random.default_rng(1).standard_normal((3, 11))
    tiled = SymmetricTiles(11, lambda rows, cols: full[rows, cols], tile=4, plus=factor)
    whole = full + factor.T @ factor
    block = np.random.default_rng(2).standard_normal((4, 11))
    np.testing.assert_allclose(tiled.times_rows(block), block @ whole, atol=1e-12)
    np.testing.assert_allclose(tiled.dense(), whole, atol=1e-14)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_result_is_the_same_to_the_last_bit_for_any_number_of_workers(keep, dtype) -> None:
    full, _ = _tiled(50, 1, dtype)
    block = np.random.default_rng(0).standard_normal((8, 50))
    products = [
        SymmetricTiles(
            50, lambda r, c: full[r, c].copy(), keep=keep, tile=7, like=full[:1], workers=workers
        ).times_rows(block)
        for workers in (1, 2, 5)
    ]
    np.testing.assert_array_equal(products[1], products[0])
    np.testing.assert_array_equal(products[2], products[0])


@pytest.mark.parametrize("keep", [True, False])
def test_tiles_of_another_array_module_multiply_there(keep) -> None:
    full, tiled = _tiled(23, 6)
    array, block = strict.asarray(full), np.random.default_rng(0).standard_normal((3, 23))
    there = SymmetricTiles(
        23, lambda rows, cols: array[rows, cols], keep=keep, tile=6, like=array[:1, :]
    )
    expected = tiled.times_rows(block)
    product = there.times_rows(strict.asarray(block))
    assert isinstance(product, type(array))
    # array-api-strict calculates with numpy.
    np.testing.assert_array_equal(np.asarray(product), expected)
    brought_back = there.times_rows(block)
    assert isinstance(brought_back, np.ndarray)
    np.testing.assert_array_equal(brought_back, expected)
    np.testing.assert_array_equal(there.dense(), full)


def test_bad_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        SymmetricTiles(0, lambda rows, columns: np.zeros((0, 0)))
    with pytest.raises(ValueError, match="tile must be at least 1, got 0"):
        SymmetricTiles(3, lambda rows, columns: np.zeros((3, 3)), tile=0)
    with pytest.raises(ValueError, match="workers must be at least 1, got 0"):
        SymmetricTiles(3, lambda rows, columns: np.zeros((3, 3)), workers=0)
