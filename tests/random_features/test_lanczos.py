"""Block Lanczos: quadrature exactness, convergence, and what happens when the block degenerates."""

from itertools import islice

import array_api_strict as strict
import numpy as np
import pytest

from w2s.random_features.lanczos import _orthonormal, full_model, lanczos_models


def _problem(size=40, rows=3, seed=0):
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((size, size)))[0]
    matrix = (basis * rng.uniform(0.1, 1.0, size)) @ basis.T
    return matrix, rng.standard_normal((rows, size))


def _form(model, function):
    return (model.coefficients * function(model.values)) @ model.coefficients.T


def test_k_products_are_exact_for_polynomials_of_degree_2k_minus_1() -> None:
    matrix, block = _problem()
    exact = full_model(matrix, block)
    for k, model in enumerate(islice(lanczos_models(lambda v: v @ matrix, block), 5), start=1):
        assert model.steps == k
        for degree in range(2 * k):
            expected = _form(exact, lambda x, n=degree: x**n)
            # Gauss quadrature is exact; rounding only.
            np.testing.assert_allclose(_form(model, lambda x, n=degree: x**n), expected, rtol=1e-11)
        higher = _form(model, lambda x, n=2 * k: x**n) - _form(exact, lambda x, n=2 * k: x**n)
        assert np.abs(higher).max() > 1e-9


def test_run_to_the_end_is_the_full_eigendecomposition() -> None:
    matrix, block = _problem(size=20, rows=3)
    *_, last = lanczos_models(lambda v: v @ matrix, block)
    exact = full_model(matrix, block)
    np.testing.assert_allclose(last.values, exact.values, rtol=1e-12)
    np.testing.assert_allclose(_form(last, np.log), _form(exact, np.log), atol=1e-11)


def test_as_many_clusters_as_products_are_resolved() -> None:
    # Four eigenvalues of high multiplicity: four products suffice, whatever the size.
    rng = np.random.default_rng(1)
    basis = np.linalg.qr(rng.standard_normal((200, 200)))[0]
    matrix = (basis * np.repeat([1.0, 0.1, 1e-3, 1e-5], 50)) @ basis.T
    block = rng.standard_normal((2, 200))
    model = next(islice(lanczos_models(lambda v: v @ matrix, block), 3, None))
    exact = full_model(matrix, block)
    heat = [_form(m, lambda x: -np.expm1(-1e4 * x) / x) for m in (model, exact)]
    np.testing.assert_allclose(*heat, rtol=1e-8)  # condition 1e5 times rounding


def test_dependent_starting_vectors_do_no_harm() -> None:
    matrix, block = _problem(rows=2)
    twice = np.vstack([block, block, np.linalg.eigh(matrix)[1][:, :1].T])
    exact = full_model(matrix, twice)
    model = next(islice(lanczos_models(lambda v: v @ matrix, twice), 7, None))
    expected = _form(exact, np.sqrt)
    np.testing.assert_allclose(_form(model, np.sqrt), expected, atol=1e-9 * np.abs(expected).max())


def test_same_source_runs_on_another_array_module() -> None:
    matrix, block = _problem(size=20, rows=3)
    there = strict.asarray(matrix)
    here = list(lanczos_models(lambda v: v @ matrix, block))
    models = list(lanczos_models(lambda v: v @ there, strict.asarray(block)))
    assert [model.values.size for model in models] == [3, 6, 9, 12, 15, 18, 20]
    for model, expected in zip(models, here, strict=True):
        # array-api-strict calculates with numpy; only the layout of a factor may differ.
        np.testing.assert_allclose(model.values, expected.values, atol=1e-12)
        np.testing.assert_allclose(_form(model, np.sqrt), _form(expected, np.sqrt), atol=1e-10)


def test_more_rows_than_their_length_are_refused() -> None:
    with pytest.raises(ValueError, match="block must have at most 2 rows, their length, got 3"):
        next(lanczos_models(lambda v: v, np.ones((3, 2))))
    with pytest.raises(ValueError, match="block must be finite"):
        next(lanczos_models(lambda v: v, np.full((1, 2), np.nan)))


def test_gauss_and_radau_rules_enclose_completely_monotone_functions() -> None:
    matrix, block = _problem()
    exact, least = full_model(matrix, block), np.linalg.eigvalsh(matrix)[0]
    for function in (lambda x: 1 / x, lambda x: np.exp(-20 * x), lambda x: -np.expm1(-50 * x) / x):
        truth = _form(exact, function)
        for model in islice(lanczos_models(lambda v: v @ matrix, block), 6):
            upper = model.upper(0.99 * least)
            assert upper.values.size == model.values.size + 3
            for low, high in ((_form(model, function), truth), (truth, _form(upper, function))):
                # The difference has no negative eigenvalue, but for rounding.
                assert np.linalg.eigvalsh(high - low)[0] > -1e-12 * np.abs(truth).max()
    with pytest.raises(ValueError, match="node must be below"):
        model.upper(1.0)


def test_radau_rule_is_exact_for_polynomials_of_degree_2k() -> None:
    matrix, block = _problem()
    exact, model = full_model(matrix, block), None
    for k, model in enumerate(islice(lanczos_models(lambda v: v @ matrix, block), 4), start=1):
        upper = model.upper(0.05)
        np.testing.assert_allclose(upper.values.min(), 0.05, rtol=1e-9)
        for degree in range(2 * k + 1):
            expected = _form(exact, lambda x, n=degree: x**n)
            # A quadrature; rounding only.
            np.testing.assert_allclose(_form(upper, lambda x, n=degree: x**n), expected, rtol=1e-10)


def test_blocks_are_orthonormal_however_dependent_their_rows() -> None:
    rng = np.random.default_rng(3)
    for distance in (1.0, 1e-3, 1e-7, 0.0):
        rows = rng.standard_normal((3, 50)) * [[1.0], [1e-6], [1e3]]
        rows[1] = rows[0] + distance * rows[1]
        found = _orthonormal(rows)
        np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-14)
        outside = rows - rows @ found.T @ found
        assert np.abs(outside).max() < 1e-13 * np.abs(rows).max()
