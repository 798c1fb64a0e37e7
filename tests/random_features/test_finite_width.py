"""A finite ReLU student: Lanczos against eigh, tiles against the definition, limits of width."""

import array_api_strict as strict
import numpy as np
import pytest
from scipy import integrate

from w2s.random_features.finite_path import finite_path, full_path
from w2s.random_features.finite_student import student_gram, student_labels, student_moments
from w2s.random_features.finite_width import path_through, simulate_student
from w2s.random_features.gradient_flow import best_stop, spectral_path
from w2s.random_features.limits import lower_bound
from w2s.random_features.relu_network import relu_gram, relu_teacher
from w2s.random_features.sphere import ZonalTarget, sphere_points

DIM = 16
RATE = 1 / (4 * DIM**2)
TIMES = np.concatenate([[0.0], np.geomspace(1e-2, 1e8, 201) / RATE])


@pytest.fixture(scope="module")
def case():
    rng = np.random.default_rng(2025)
    target = ZonalTarget(np.eye(DIM)[0])
    teachers = [relu_teacher(sphere_points(rng, m, DIM), target) for m in (8, 16, 32, 64, 128)]
    features = sphere_points(rng, 1024, DIM)
    return features, target, teachers


def _inputs(case):
    features, target, teachers = case
    return student_labels(features, teachers), student_moments(features, target)


def test_gram_matrix_is_that_of_the_features() -> None:
    features = sphere_points(np.random.default_rng(0), 50, 6)
    expected = relu_gram(features) / 50
    np.testing.assert_allclose(student_gram(features, tile=16).dense(), expected, atol=1e-17)
    single = student_gram(features, tile=16, dtype=np.float32)
    # Rounding of float32, of the small part that is stored.
    np.testing.assert_allclose(single.dense(), expected, atol=5e-8 * expected.max())
    free = student_gram(features, tile=16, keep=False)
    block = np.random.default_rng(1).standard_normal((3, 50))
    np.testing.assert_allclose(free.times_rows(block), block @ expected, atol=1e-15)


def test_labels_and_moments_are_means_over_sampled_inputs(case) -> None:
    features, target, teachers = case[0][:4], case[1], case[2][:1]
    inputs = sphere_points(np.random.default_rng(3), 200_000, DIM)
    hidden = np.maximum(inputs @ features.T, 0.0) / 2.0  # √M_ST = 2
    taught = np.maximum(inputs @ teachers[0].features.T, 0.0) @ teachers[0].weights
    for values, expected in (
        (taught, student_labels(features, teachers)[0]),
        (target(inputs), student_moments(features, target)),
    ):
        products = hidden * values[:, None]
        error = products.std(axis=0) / np.sqrt(len(inputs))
        # Eight comparisons: Bonferroni at level 1e-3 gives 3.9 standard errors.
        assert (np.abs(products.mean(axis=0) - expected) < 3.9 * error).all()


def test_lanczos_is_the_full_eigendecomposition_at_every_time(case) -> None:
    labels, moments = _inputs(case)
    gram = student_gram(case[0])
    path = finite_path(gram.times_rows, labels, moments, longest=TIMES[-1])
    exact = full_path(gram.dense(), labels, moments)
    np.testing.assert_allclose(path(TIMES), exact(TIMES), atol=1e-8)  # the tolerance asked for
    assert path.quadrature <= 1e-8
    per_teacher = np.broadcast_to(TIMES, (5, TIMES.size))
    np.testing.assert_allclose(path(per_teacher), path(TIMES), atol=1e-13)


@pytest.mark.parametrize("tolerance", [1e-5, 1e-8])
def test_single_precision_tiles_are_enough_for_eight_digits(case, tolerance) -> None:
    # The parts of degree zero and one, nearly all of an entry, are kept in float64 beside them.
    labels, moments = _inputs(case)
    gram = student_gram(case[0], dtype=np.float32)
    path = finite_path(gram.times_rows, labels, moments, longest=TIMES[-1], tolerance=tolerance)
    exact = full_path(student_gram(case[0]).dense(), labels, moments)
    # Rounding of float32 adds at most 1e-8 here; without the split it was 1e-7.
    np.testing.assert_allclose(path(TIMES), exact(TIMES), atol=tolerance + 1e-8)


@pytest.mark.parametrize("dim", [8, 32])
def test_one_stated_accuracy_decides_on_the_tiles_and_its_estimate_is_honest(dim) -> None:
    rng, target = np.random.default_rng(dim), ZonalTarget(np.eye(dim)[0])
    taught = [relu_teacher(sphere_points(rng, m, dim), target) for m in (8, 32, 128)]
    features, times = sphere_points(rng, 600, dim), 4 * dim**2 * np.geomspace(1e-2, 1e8, 101)
    rows = student_labels(features, taught), student_moments(features, target)
    exact = full_path(student_gram(features, compiled=False).dense(), *rows)(times)
    for tolerance, rounding in ((1e-4, 1e-6), (1e-6, 1e-6), (1e-8, 1e-8), (1e-10, 0.0)):
        path = path_through(features, taught, longest=times[-1], tolerance=tolerance)
        assert path.rounding == rounding  # uint16, float32 or float64
        assert path.quadrature <= tolerance
        error = np.abs(path(times) - exact).max()
        # In these dimensions the estimate was never exceeded; rounding of float64.
        assert error <= path.quadrature + path.rounding + 1e-12


def test_number_of_products_is_as_recorded(case) -> None:
    # Free of timing noise: more products than this is a regression of the algorithm. Rounding of
    # another BLAS may move the moment of convergence by one.
    labels, moments = _inputs(case)
    products = []
    for longest, tolerance in ((30 / RATE, 1e-8), (1e8 / RATE, 1e-5), (1e8 / RATE, 1e-8)):
        for dtype in (np.float64, np.float32):
            gram = student_gram(case[0], dtype=dtype)
            path = finite_path(
                gram.times_rows, labels, moments, longest=longest, tolerance=tolerance
            )
            assert gram.products == path.steps
            products.append(path.steps)
    assert products == pytest.approx([10, 10, 17, 17, 27, 27], abs=1)


@pytest.mark.parametrize(("longest", "more"), [(30 / RATE, 1), (1e8 / RATE, 7)])
def test_a_wider_student_needs_hardly_more_products(longest, more) -> None:
    # One more up to tλ₁ = 30, a quarter more for all times: its eigenvalues lie in the same few
    # clusters. The narrowest takes 28 for all times.
    rng = np.random.default_rng(3)
    target = ZonalTarget(np.eye(32)[0])
    teachers = [relu_teacher(sphere_points(rng, m, 32), target) for m in (16, 64, 256)]
    products = []
    for width in (512, 1024, 2048):
        features = sphere_points(rng, width, 32)
        rows = student_labels(features, teachers), student_moments(features, target)
        gram = student_gram(features)
        products.append(finite_path(gram.times_rows, *rows, longest=longest).steps)
    assert max(products) <= products[0] + more


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_another_array_module_takes_as_many_products_to_the_same_path(case, dtype) -> None:
    labels, moments = _inputs(case)
    features, labels = case[0][:300], labels[:, :300]
    gram = student_gram(features, dtype=dtype)
    here = finite_path(gram.times_rows, labels, moments[:300], longest=TIMES[-1])
    there = student_gram(strict.asarray(features), dtype=dtype)
    # The vectors may lie beside the tiles, or here.
    for block in (strict.asarray(labels), labels):
        path = finite_path(there.times_rows, block, moments[:300], longest=TIMES[-1])
        assert path.steps == here.steps
        # array-api-strict calculates with numpy; rounding in another layout.
        np.testing.assert_allclose(path(TIMES), here(TIMES), atol=1e-10)


def test_threads_and_forgotten_tiles_change_no_bit_of_the_path(case) -> None:
    labels, moments = _inputs(case)
    paths = []
    for options in ({}, {"workers": 3}, {"keep": False}, {"keep": False, "workers": 2}):
        gram = student_gram(case[0], dtype=np.float32, **options)
        paths.append(finite_path(gram.times_rows, labels, moments, longest=30 / RATE)(TIMES))
    for path in paths[1:]:
        np.testing.assert_array_equal(path, paths[0])


def test_path_is_the_integrated_flow_of_the_weights() -> None:
    rng = np.random.default_rng(4)
    target = ZonalTarget(sphere_points(rng, 1, 4)[0])
    teacher, features = relu_teacher(sphere_points(rng, 6, 4), target), sphere_points(rng, 12, 4)
    gram, labels = relu_gram(features) / 12, student_labels(features, [teacher])[0]
    moments = student_moments(features, target)
    times = np.array([0.0, 10.0, 100.0, 1000.0])
    weights = integrate.solve_ivp(
        lambda _, a: labels - gram @ a, (0, 1000), np.zeros(12), method="DOP853", t_eval=times,
        rtol=1e-11, atol=1e-12,
    ).y.T  # fmt: skip
    errors = 1 - 2 * weights @ moments + np.einsum("ti,ij,tj->t", weights, gram, weights)
    path = finite_path(lambda rows: rows @ gram, labels[None], moments, longest=1000.0)
    np.testing.assert_allclose(path(times)[0], errors, atol=1e-9)  # the integrator's tolerance


def test_best_stop_of_a_finite_student_is_the_minimum_of_its_path(case) -> None:
    labels, moments = _inputs(case)
    path = finite_path(student_gram(case[0]).times_rows, labels, moments, longest=TIMES[-1])
    stop = best_stop(path, shortest=1e-2 / RATE, longest=1e8 / RATE)
    assert (stop.loss <= path(TIMES).min(axis=1)).all()
    np.testing.assert_allclose(stop.loss, path(TIMES).min(axis=1), rtol=2e-2)  # a coarse grid
    assert (stop.early < stop.time).all()
    assert (stop.time < stop.late).all()


def test_wide_students_tend_to_the_infinite_one_like_one_over_the_width(case) -> None:
    _, target, teachers = case
    gaps = []
    for width in (512, 2048):
        rng = np.random.default_rng(5)
        excess = []
        for _ in range(3):
            features = sphere_points(rng, width, DIM)
            path = finite_path(
                student_gram(features).times_rows,
                student_labels(features, teachers),
                student_moments(features, target),
                longest=30 / RATE,
            )
            times = np.geomspace(1, 30, 40) / RATE
            infinite = np.array([spectral_path(t.spectrum, times) for t in teachers])
            excess.append(path(times).min(axis=1) - infinite.min(axis=1))
        gaps.append(np.mean(excess))
    assert gaps[0] > gaps[1] > 0
    # Four times the width: four times closer, to first order and within the noise of three draws.
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.5)


def test_finite_students_obey_the_bound_and_end_below_their_teacher(case) -> None:
    labels, moments = _inputs(case)
    path = full_path(student_gram(case[0]).dense(), labels, moments)(TIMES)
    errors = np.array([teacher.error for teacher in case[2]])
    assert (path >= lower_bound(errors)[:, None]).all()
    np.testing.assert_allclose(path[:, 0], 1.0, rtol=1e-14)
    # Projected on 1024 features, the labels lose some of their noise.
    assert (path[:, -1] < errors).all()


def test_simulated_students_are_the_steps_in_their_order() -> None:
    target, longest = ZonalTarget(np.eye(DIM)[0]), 1e3 / RATE
    rngs = np.random.default_rng(7), np.random.default_rng(8)
    teachers, path = simulate_student(target, [4, 32], 300, rngs, repeats=3, longest=longest)
    again = np.random.default_rng(7)
    drawn = [sphere_points(again, width, DIM) for width in (4, 4, 4, 32, 32, 32)]
    for teacher, features in zip(teachers, drawn, strict=True):
        np.testing.assert_array_equal(teacher.features, features)
    features = sphere_points(np.random.default_rng(8), 300, DIM)
    labels = student_labels(features, teachers)
    exact = full_path(student_gram(features).dense(), labels, student_moments(features, target))
    times = TIMES[TIMES <= longest]
    np.testing.assert_allclose(path(times), exact(times), atol=1e-5)  # the tolerance by default


def test_student_with_its_teachers_features_copies_them_in_the_end() -> None:
    # What two generators are for: one stream twice gives the student its teacher's features.
    target, same = ZonalTarget(np.eye(DIM)[0]), lambda: np.random.default_rng(9)
    ends = []
    for rngs in ((same(), same()), (same(), np.random.default_rng(10))):
        taught = simulate_student(target, [64], 200, rngs, repeats=1, longest=1e9 / RATE)
        ends.append(taught[1]([1e9 / RATE])[0, 0] / taught[0][0].error)
    assert ends[0] == pytest.approx(1, abs=1e-3)  # accuracy of the path over the teacher's error
    assert ends[1] < 0.95


def test_a_student_with_equal_features_has_a_path_too(case) -> None:
    # Its smallest eigenvalues are zero, so there is no node below them for the upper rule.
    features, target, teachers = case[0][:200], case[1], case[2]
    twice = np.vstack([features, features])
    paths = []
    for u in (features, twice):
        rows = student_labels(u, teachers), student_moments(u, target)
        paths.append(finite_path(student_gram(u).times_rows, *rows, longest=TIMES[-1]))
    # Pairs of equal features move together.
    np.testing.assert_allclose(paths[1](TIMES), paths[0](TIMES), atol=2e-8)


@pytest.mark.parametrize("dim", [8, 16, 64])
def test_tiles_of_sixteen_bits_are_enough_for_six_digits(dim) -> None:
    rng, target = np.random.default_rng(dim), ZonalTarget(np.eye(dim)[0])
    taught = [relu_teacher(sphere_points(rng, m, dim), target) for m in (8, 32, 128)]
    features, times = sphere_points(rng, 700, dim), 4 * dim**2 * np.geomspace(1e-2, 1e8, 101)
    rows = student_labels(features, taught), student_moments(features, target)
    exact, coarse = (
        full_path(student_gram(features, dtype=dtype).dense(), *rows)(times)
        for dtype in (np.float64, np.uint16)
    )
    off = np.abs(coarse - exact).max()
    assert 0 < off < 1e-6  # the rounding that a path states; about 1e-7 for students of any width


def test_no_curve_without_convergence(case) -> None:
    labels, moments = _inputs(case)
    gram = student_gram(case[0])
    with pytest.raises(RuntimeError, match=r"not converged: after 6 products its error is still"):
        finite_path(gram.times_rows, labels, moments, longest=TIMES[-1], max_steps=6)


def test_bad_input_is_refused(case) -> None:
    labels, moments = _inputs(case)
    gram = np.eye(1024)
    with pytest.raises(ValueError, match="target must have length 1024 as labels, got 3"):
        finite_path(lambda rows: rows, labels, moments[:3], longest=1.0)
    with pytest.raises(ValueError, match="longest must exceed 0, got 0"):
        finite_path(lambda rows: rows, labels, moments, longest=0.0)
    with pytest.raises(ValueError, match="tolerance must exceed 0, got 0"):
        finite_path(lambda rows: rows, labels, moments, longest=1.0, tolerance=0.0)
    with pytest.raises(ValueError, match="gram, labels and target must have one order"):
        full_path(gram, labels[:, :5], moments)
    with pytest.raises(ValueError, match="times must be at least 0, got -1"):
        full_path(np.eye(2), [[1.0, 0.0]], [1.0, 0.0])([-1.0])
    with pytest.raises(ValueError, match="dtype must be float32, float64 or uint16, got float16"):
        student_gram(np.eye(3), dtype=np.float16)
    with pytest.raises(ValueError, match="features must have dimension 16, got 3"):
        student_moments(np.eye(3), case[1])
    rngs = np.random.default_rng(0), np.random.default_rng(1)
    with pytest.raises(ValueError, match="repeats must be at least 1, got 0"):
        simulate_student(case[1], [4], 8, rngs, repeats=0, longest=1.0)
