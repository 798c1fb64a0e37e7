"""Products by SciPy's BLAS, which a browser uses, are those of NumPy."""

import numpy as np
import pytest

from w2s._products import by_scipy, gram_by_scipy

LAID = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "strided": lambda matrix: np.repeat(np.repeat(matrix, 2, axis=0), 3, axis=1)[::2, ::3],
}


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("left", LAID)
@pytest.mark.parametrize("right", LAID)
@pytest.mark.parametrize("shape", [(7, 5, 3), (1, 5, 3), (4, 1, 1), (3, 0, 2), (0, 2, 3)])
def test_a_product_is_the_one_of_numpy_in_any_layout(kind, left, right, shape):
    rng = np.random.default_rng(0)
    a = LAID[left](rng.standard_normal(shape[:2]).astype(kind))
    b = LAID[right](rng.standard_normal(shape[1:]).astype(kind))
    made = by_scipy(a, b)
    assert made.dtype == kind
    # Sums of five products in another order: a few roundings of numbers around one.
    np.testing.assert_allclose(made, a @ b, rtol=0, atol=50 * np.finfo(kind).eps)


@pytest.mark.parametrize("laid", LAID)
@pytest.mark.parametrize("shape", [(9, 4), (1, 3), (5, 1), (0, 2), (2, 0)])
def test_products_of_columns_are_those_of_numpy_and_symmetric(laid, shape):
    rows = LAID[laid](np.random.default_rng(1).standard_normal(shape))
    made = gram_by_scipy(rows)
    np.testing.assert_array_equal(made, made.T)
    np.testing.assert_allclose(made, rows.T @ rows, rtol=0, atol=1e-14)  # nine products of ones
