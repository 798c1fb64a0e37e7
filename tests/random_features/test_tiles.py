"""Tiles of a symmetric matrix behave as the matrix, in products by BLAS and by machine code."""

import subprocess
import sys

import array_api_strict as strict
import numpy as np
import pytest

from w2s.random_features.kernels import LANES, PANEL, SHORT, address, both_uses
from w2s.random_features.tiles import SymmetricTiles


def _tiled(size: int, tile: int, dtype=np.float64, keep: bool = True):
    root = np.random.default_rng(size).standard_normal((size, size))
    full = (root + root.T).astype(dtype)
    return full, SymmetricTiles(size, lambda rows, cols: full[rows, cols], keep=keep, tile=tile)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    ("size", "tile"), [(7, 3), (8, 4), (5, 9), (1, 1), (8, 8), (37, 8), (53, 24), (29, 16)]
)
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


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.uint16])
@pytest.mark.parametrize("lanes", [LANES, 2 * LANES])
@pytest.mark.parametrize(
    ("tiles", "rows", "width", "slabs"), [(1, 8, 8, 1), (3, 24, 16, 3), (2, 184, 104, 2)]
)
def test_one_pass_makes_both_uses_of_tiles(kind, lanes, tiles, rows, width, slabs) -> None:
    rng, roots = np.random.default_rng(0), kind == np.uint16
    dtype = np.float32 if roots else kind
    run = rng.standard_normal((tiles, rows, width)).astype(dtype)
    if roots:  # entries are squares, up to 65535²
        run = rng.integers(0, 2**16, run.shape).astype(np.uint16)
    whole = run.transpose(1, 0, 2).reshape(rows, -1).astype(float) ** (1 + roots)
    x = rng.standard_normal((slabs, rows + tiles * width + 3, lanes)).astype(dtype)
    y = np.ones(x.shape)
    scratch = np.full((slabs * lanes + PANEL, SHORT), np.nan, dtype)
    both_uses(dtype == np.float32, lanes, roots)(
        address(run), *run.shape, slabs, address(x), address(y), address(x) + x[0, :rows].nbytes,
        address(y) + y[0, :rows].nbytes, x.shape[1], address(scratch),
    )  # fmt: skip
    # Sums of up to 208 products of two numbers, one normal and one up to the largest.
    slack = 100 * np.finfo(dtype).eps * np.abs(whole).max()
    np.testing.assert_allclose(y[:, :rows], 1 + whole @ x[:, rows:-3], atol=slack)
    np.testing.assert_allclose(y[:, rows:-3], 1 + whole.T @ x[:, :rows], atol=slack)
    assert (y[:, -3:] == 1).all()  # nothing beyond


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("workers", [1, 3])
def test_tiles_may_be_roots_in_whole_numbers(keep, workers) -> None:
    rng = np.random.default_rng(0)
    roots = rng.integers(0, 2**16, (61, 61)).astype(np.uint16)
    roots = np.maximum(roots, roots.T)
    tiled = SymmetricTiles(
        61, lambda r, c: roots[r, c], tile=16, keep=keep, workers=workers, unit=2.0**-32,
        like=np.empty(1, np.float32),
    )  # fmt: skip
    full = (roots / 2.0**16) ** 2
    np.testing.assert_array_equal(tiled.dense(), full)
    block = rng.standard_normal((3, 61))
    np.testing.assert_allclose(tiled.times_rows(block), block @ full, atol=2e-5)  # float32


def test_roots_are_for_compiled_products_only() -> None:
    for how in ({"compiled": False, "tile": 16}, {"tile": 7}):
        with pytest.raises(ValueError, match="tiles as roots need compiled products"):
            SymmetricTiles(61, lambda r, c: None, unit=1.0, like=np.empty(1, np.float32), **how)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [1, 8, 16, 24, 29, 33])
def test_compiled_products_are_those_of_the_matrix_to_rounding(dtype, rows) -> None:
    full, _ = _tiled(1100, 1, dtype)  # the default tile is not a divisor of 1100
    block = np.random.default_rng(0).standard_normal((rows, 1100)).astype(dtype)
    exact = block.astype(float) @ full.astype(float)
    # Sums of 528 products of numbers of order one, each with the precision's rounding.
    slack = 528**0.5 * 10 * np.finfo(dtype).eps * np.abs(full).max()
    for compiled in (True, False):
        tiled = SymmetricTiles(1100, lambda r, c: full[r, c], like=full[:1], compiled=compiled)
        np.testing.assert_allclose(tiled.times_rows(block), exact, atol=slack)
        np.testing.assert_array_equal(tiled.dense(), full)


def test_missing_llvm_is_said_once_and_all_works() -> None:
    code = (
        "import sys; sys.modules['llvmlite'] = None\n"
        "import numpy as np; from w2s.random_features.finite_student import student_gram\n"
        "for _ in range(2): product = student_gram(np.eye(8)).times_rows(np.ones((1, 8)))\n"
        "print(np.ptp(product) < 1e-17)\n"
        "try: student_gram(np.eye(3), compiled=True)\n"
        "except ValueError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\ncompiled tiles need the extra w2s[fast], that is llvmlite\n"
    told = "large students are several times slower without the extra w2s[fast] (llvmlite)\n"
    assert done.stderr == told


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
@pytest.mark.parametrize("tile", [7, 16])  # by BLAS, and by machine code
def test_result_is_the_same_to_the_last_bit_for_any_number_of_workers(keep, dtype, tile) -> None:
    full, _ = _tiled(50, 1, dtype)
    block = np.random.default_rng(0).standard_normal((8, 50))
    products = [
        SymmetricTiles(
            50, lambda r, c: full[r, c].copy(), keep=keep, tile=tile, like=full[:1], workers=workers
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
