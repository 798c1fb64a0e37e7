"""Ridge taught by ridge: the parabola in the mixture, the ball, and rescaled coordinates."""

from fractions import Fraction

import numpy as np
import pytest

from w2s.discrepancy.overparametrised import ridge_moments, ridge_risks
from w2s.discrepancy.subspaces import Geometry
from w2s.neighbours.distill import (
    SelfDistillation,
    aligned_scales,
    bayes_ridge,
    mean_teacher,
    ridge_path,
    scaled_risk,
    self_distillation,
    stationary_ridge,
)
from w2s.neighbours.distill_simulation import fresh_students, refitted_risks
from w2s.random_features.shrinkage import best_scale, outside_ball

# The setting of the table below: n = 120, d = 60, σ² = |β|² = 1, so λ° = 1/2.
D, N_LABELS = 60, 120
RIDGES = np.array([0.01, 0.1, 0.3, 0.5, 0.8])


def problem(seed, n=40, d=12):
    """Inputs, noisy labels, a covariance that is not the identity, and the target."""
    rng = np.random.default_rng(seed)
    covariance = np.diag(1 / np.arange(1.0, d + 1)) + 0.05
    inputs = rng.standard_normal((n, d)) @ np.linalg.cholesky(covariance).T
    beta = rng.standard_normal(d)
    return inputs, inputs @ beta + rng.standard_normal(n), covariance, beta


def refitted(inputs, labels, ridge):
    """Ridge regression as least squares on augmented rows: no eigenvalues."""
    d = inputs.shape[1]
    rows = np.vstack([inputs / np.sqrt(len(inputs)), np.sqrt(ridge) * np.eye(d)])
    right = np.concatenate([labels / np.sqrt(len(inputs)), np.zeros(d)])
    return np.linalg.lstsq(rows, right, rcond=None)[0]


def drawn(**changed):
    """A small simulation with one argument changed."""
    settings = {"noise": 1.0, "n_labelled": 5, "n_unlabelled": 5, "trials": 1}
    lists = {"ridges": [1.0, 1.0], "penalties": [1.0, 1.0], "rng": np.random.default_rng(0)}
    return fresh_students([1.0, 0.0], **(settings | lists | changed))


def test_the_path_is_ridge_regression_at_every_penalty() -> None:
    inputs, labels, _, _ = problem(0)
    path = ridge_path(inputs, labels, RIDGES)
    for ridge, row in zip(RIDGES, path, strict=True):
        # Rounding, times the condition number of G + λ (below 1e3 here).
        np.testing.assert_allclose(row, refitted(inputs, labels, ridge), rtol=1e-10, atol=1e-12)


def test_more_columns_than_rows_are_no_obstacle() -> None:
    inputs, labels, covariance, beta = problem(1, n=5, d=12)
    found = self_distillation(inputs, labels, RIDGES, covariance, beta)
    row = refitted(inputs, labels, RIDGES[2]) - beta
    np.testing.assert_allclose(found.risk[2], row @ covariance @ row, rtol=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_a_student_of_mixed_labels_has_the_risk_of_the_parabola(seed) -> None:
    inputs, labels, covariance, beta = problem(seed)
    found = self_distillation(inputs, labels, RIDGES, covariance, beta)
    for k, ridge in enumerate(RIDGES):
        teacher = inputs @ refitted(inputs, labels, ridge)

        def risk(mixture, teacher=teacher, ridge=ridge):
            off = refitted(inputs, (1 - mixture) * labels + mixture * teacher, ridge) - beta
            return off @ covariance @ off

        for mixture in (-2.0, 0.0, 0.7, 1.0, 3.0):
            np.testing.assert_allclose(risk(mixture), found.mixed(mixture)[k], rtol=1e-9)
        best = float(found.best_mixture[k])
        np.testing.assert_allclose(risk(best), found.best_risk[k], rtol=1e-9)
        assert risk(best) < min(risk(best - 0.1), risk(best + 0.1))


def test_the_slope_is_the_derivative_of_the_risk() -> None:
    inputs, labels, covariance, beta = problem(3)
    step = 1e-5
    low, high = (
        self_distillation(inputs, labels, RIDGES + s, covariance, beta).risk for s in (-step, step)
    )
    found = self_distillation(inputs, labels, RIDGES, covariance, beta)
    # Central differences: an error of step²·R'''/6, and rounding 1e-16/step.
    np.testing.assert_allclose(found.slope, (high - low) / (2 * step), rtol=1e-5)
    np.testing.assert_array_equal(np.sign(found.best_mixture), -np.sign(found.slope))
    np.testing.assert_array_equal(found.ridge, RIDGES)


def test_a_teacher_of_nothing_has_nothing_to_mix() -> None:
    inputs, labels, covariance, beta = problem(4)
    found = self_distillation(inputs, 0 * labels, RIDGES, covariance, beta)
    np.testing.assert_array_equal(found.best_mixture, 0)
    np.testing.assert_allclose(found.best_risk, beta @ covariance @ beta)


@pytest.mark.parametrize(("n", "d"), [(30, 12), (8, 12)])
def test_the_mean_teacher_is_on_the_ball_at_the_bayes_ridge_at_every_size(n, d) -> None:
    rng = np.random.default_rng(5)
    inputs = rng.standard_normal((n, d))
    gram = inputs.T @ inputs / n
    signal, noise = 1.3, 0.7
    level = float(bayes_ridge(d, n, signal, noise))
    for ridge in (0.3 * level, level, 3 * level):
        # Averaged over directions of β and over the noise, by traces of matrices.
        hat = np.linalg.solve(gram + ridge * np.eye(d), gram)
        spread = np.linalg.solve(gram + ridge * np.eye(d), hat).trace() * noise / n
        energy = (hat @ hat).trace() * signal / d + spread
        inner = hat.trace() * signal / d
        roots = np.linalg.eigvalsh(gram)
        law = signal / d * (level - ridge) * (roots / (roots + ridge) ** 2).sum()
        np.testing.assert_allclose(outside_ball(energy, inner), law, rtol=1e-9, atol=1e-13)


def test_the_deterministic_equivalent_puts_the_sphere_at_the_bayes_ridge() -> None:
    for d, n, signal, noise in ((60, 120, 1.0, 1.0), (40, 30, 2.0, 0.3), (10, 500, 0.1, 4.0)):
        level = bayes_ridge(d, n, signal, noise)
        margin = outside_ball(*mean_teacher(d, n, signal, noise, ridge=level))
        np.testing.assert_allclose(margin, 0, atol=1e-13 * signal)  # rounding


def test_the_table_of_teachers_and_students_is_found_again() -> None:
    _, _, spread = ridge_moments(D, N_LABELS, 1.0, 1.0, ridge=RIDGES)
    energy, mean = mean_teacher(D, N_LABELS, 1.0, 1.0, ridge=RIDGES)
    scale = best_scale(mean, energy)
    teacher = energy - 2 * mean + 1
    student = 1 - mean**2 / energy
    # Five digits are given.
    np.testing.assert_allclose(teacher[:4], [0.92727, 0.60357, 0.43684, 0.41421], atol=5e-6)
    np.testing.assert_allclose(student[:4], [0.49074, 0.44499, 0.41807, 0.41421], atol=6e-6)
    np.testing.assert_allclose(
        outside_ball(energy, mean), [0.908, 0.455, 0.123, 0, -0.080], atol=5e-4
    )
    np.testing.assert_allclose(scale[3:], [1, 1.198], atol=5e-4)
    for k in range(5):  # the same student as scaled coordinates of any target of that size
        beta = np.full(D, D**-0.5)
        found = scaled_risk(beta, float(mean[k]), float(spread[k]), float(scale[k]))
        np.testing.assert_allclose(found, student[k], rtol=1e-12)


def test_the_best_fresh_students_of_finite_samples_are_found_again() -> None:
    geometry = Geometry(D, D, overlap=D, signal=1.0)
    penalties = np.geomspace(1e-6, 10, 4000)
    for size, best in ((120, 0.4862), (240, 0.4634), (1200, 0.4484), (12000, 0.4453)):
        found = ridge_risks(
            geometry, N_LABELS, size, 1.0, ridge_weak=0.1, ridge_strong=penalties
        ).student
        # Four digits are given, found on a coarser grid: .48615 here where .4862 is given.
        np.testing.assert_allclose(found.min(), best, atol=1e-4)


def test_the_table_of_aligned_teachers_is_found_again() -> None:
    beta = 1 / np.arange(1.0, D + 1)
    beta /= np.linalg.norm(beta)
    for k, risk in ((0, 0.1379), (3, 0.1176)):
        mean, _, spread = (float(x) for x in ridge_moments(D, N_LABELS, 1.0, 1.0, ridge=RIDGES[k]))
        scales = aligned_scales(beta, mean, spread)
        np.testing.assert_allclose(scaled_risk(beta, mean, spread, scales), risk, atol=5e-5)
    # The second of these needs scales above one, which no penalty gives; ridge proper stops short.
    assert scales.max() > 1.6
    capped = scaled_risk(beta, mean, spread, np.minimum(scales, 1))
    np.testing.assert_allclose(capped, 0.2425, atol=5e-5)


def test_aligned_scales_are_the_best_ones() -> None:
    rng = np.random.default_rng(6)
    beta = rng.standard_normal(7)
    scales = aligned_scales(beta, 0.8, 0.2)
    least = scaled_risk(beta, 0.8, 0.2, scales)
    moved = scaled_risk(beta, 0.8, 0.2, scales + 0.1 * rng.standard_normal((200, 7)))
    assert least < moved.min()


def test_the_scaled_risk_is_the_mean_over_teachers() -> None:
    rng = np.random.default_rng(7)
    beta, scales = rng.standard_normal((2, 5))
    drawn = 0.8 * beta + np.sqrt(0.2) * rng.standard_normal((200_000, 5))
    losses = ((scales * drawn - beta) ** 2).sum(axis=1)
    error = losses.std() / np.sqrt(len(losses))
    assert abs(losses.mean() - scaled_risk(beta, 0.8, 0.2, scales)) < 4 * error


def test_aligned_weights_pass_the_isotropic_floor_unless_the_energies_are_equal() -> None:
    level = float(bayes_ridge(D, N_LABELS, 1.0, 1.0))
    mean, _, spread = (float(x) for x in ridge_moments(D, N_LABELS, 1.0, 1.0, ridge=level))
    floor = (1 - mean) ** 2 + D * spread
    for power in (0.0, 0.1, 0.5, 1.0):
        beta = np.arange(1.0, D + 1) ** -power
        beta /= np.linalg.norm(beta)
        scales = np.minimum(aligned_scales(beta, mean, spread), 1)
        found = scaled_risk(beta, mean, spread, scales)
        assert found < floor - 1e-4 if power else abs(found - floor) < 1e-12


def test_students_that_are_refitted_have_the_risk_of_the_parabola() -> None:
    data = problem(8)
    inputs, labels, covariance, beta = data
    truth = inputs, labels, RIDGES, covariance, beta
    shares = np.tile([-2.0, 0.0, 1.0], (len(RIDGES), 1))
    found = self_distillation(*truth)
    risks = refitted_risks(*truth, shares)
    for column, share in zip(risks.T, shares[0], strict=True):
        np.testing.assert_allclose(column, found.mixed(share), rtol=1e-9)


def test_at_a_stationary_penalty_nothing_is_gained() -> None:
    inputs, labels, covariance, beta = problem(9)
    ridge = stationary_ridge(inputs, labels, covariance, beta, low=1e-4, high=100)
    around = ridge * np.array([0.99, 1.0, 1.01])
    found = self_distillation(inputs, labels, around, covariance, beta)
    assert found.risk[1] < min(found.risk[0], found.risk[2])
    # The root is known to 12 digits, and the gain is of the order of the square of its error.
    assert found.risk[1] - found.best_risk[1] < 1e-15 * found.risk[1]
    swapped = stationary_ridge(inputs, labels, covariance, beta, low=100, high=1e-4)
    np.testing.assert_allclose(swapped, ridge, rtol=1e-10)
    with pytest.raises(ValueError, match=r"got 0 at 0\.0001 and 0 at 100"):  # a teacher of nothing
        stationary_ridge(inputs, 0 * labels, covariance, beta, low=1e-4, high=100)
    with pytest.raises(ValueError, match="change its sign between low and high, got"):
        stationary_ridge(inputs, labels, covariance, beta, low=ridge * 2, high=100)
    with pytest.raises(ValueError, match=r"got -.* at 0\.0001 and -"):
        stationary_ridge(inputs, labels, covariance, beta, low=1e-4, high=ridge / 2)
    with pytest.raises(ValueError, match="high must exceed 0, got 0"):
        stationary_ridge(inputs, labels, covariance, beta, low=1e-4, high=0)
    with pytest.raises(ValueError, match="low must exceed 0, got 0"):
        stationary_ridge(inputs, labels, covariance, beta, low=0, high=100)


def test_one_mixture_for_all_samples_is_that_of_the_mean_parabola() -> None:
    samples = [self_distillation(a, b, RIDGES, c, d) for a, b, c, d in map(problem, range(4))]
    pooled = SelfDistillation.mean(samples)
    np.testing.assert_array_equal(pooled.ridge, RIDGES)
    for share in (-1.0, 0.5):
        each = np.mean([one.mixed(share) for one in samples], axis=0)
        np.testing.assert_allclose(pooled.mixed(share), each, rtol=1e-12)
    with pytest.raises(ValueError, match="samples must hold at least one"):
        SelfDistillation.mean([])


def test_fitted_teachers_and_students_have_the_predicted_risk() -> None:
    beta = np.full(D, D**-0.5)
    chosen = {"ridges": RIDGES[:2], "penalties": np.array([0.5, 0.4])}
    teachers, students = fresh_students(
        beta, 1.0, n_labelled=N_LABELS, n_unlabelled=240, trials=60, **chosen,
        rng=np.random.default_rng(10),
    )  # fmt: skip
    geometry = Geometry(D, D, overlap=D, signal=1.0)
    law = ridge_risks(
        geometry, N_LABELS, 240, 1.0, ridge_weak=RIDGES[:2], ridge_strong=chosen["penalties"]
    )
    for fitted, predicted in ((teachers, law.teacher), (students, law.student)):
        losses = ((fitted - beta) ** 2).sum(axis=-1)
        error = losses.std(axis=0) / np.sqrt(len(losses))
        # Four standard errors, and 2% for the equivalent's O(1/n).
        assert (np.abs(losses.mean(axis=0) - predicted) < 4 * error + 0.02 * predicted).all()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: ridge_path(np.eye(2), [1, 2], [0.0]), "ridges must exceed 0, got 0"),
        (lambda: ridge_path(np.eye(2), [1, 2], 1.0), "ridges must have 1 dimension"),
        (lambda: ridge_path(np.eye(2), [1], [1.0]), r"a row of inputs \(2, 2\), got 1"),
        (lambda: ridge_path(np.ones((0, 2)), [], [1.0]), r"a row of inputs \(0, 2\), got 0"),
        (lambda: ridge_path([[np.nan]], [1], [1.0]), "inputs must be finite, got nan"),
        (
            lambda: self_distillation(np.eye(2), [1, 2], [1.0], np.eye(3), [1, 1]),
            r"covariance must have shape \(2, 2\), got \(3, 3\)",
        ),
        (
            lambda: self_distillation(np.eye(2), [1, 2], [1.0], [[1, 1], [0, 1]], [1, 1]),
            "covariance must be symmetric, got entries 1 apart",
        ),
        (
            lambda: self_distillation(np.eye(2), [1, 2], [1.0], np.eye(2), [1]),
            "target must have d = 2 entries, got 1",
        ),
        (lambda: bayes_ridge(0, 9, 1, 1), "dimension must be at least 1, got 0"),
        (lambda: bayes_ridge(3, 0, 1, 1), "samples must be at least 1, got 0"),
        (lambda: bayes_ridge(3, 9, 0, 1), "signal must exceed 0, got 0"),
        (lambda: bayes_ridge(3, 9, 1, -1), "noise must be at least 0, got -1"),
        (lambda: scaled_risk([1, 2], 1, -1, 1), "spread must be at least 0, got -1"),
        (lambda: scaled_risk([1, 2], 1, 1, [1, 2, 3]), "d = 2 entries a row, got 3"),
        (lambda: aligned_scales([1], 0, 1), "mean must exceed 0, got 0"),
        (lambda: aligned_scales([1], 1, 0), "spread must exceed 0, got 0"),
        (lambda: drawn(penalties=[1.0]), "one entry a ridge, 2, got 1"),
        (lambda: drawn(penalties=[1.0, 0.0]), "penalties must exceed 0, got 0"),
        (lambda: drawn(noise=-1), "noise must be at least 0, got -1"),
        (lambda: drawn(trials=0), "trials must be at least 1, got 0"),
        (lambda: drawn(n_labelled=0), "n_labelled must be at least 1, got 0"),
        (lambda: drawn(n_unlabelled=0), "n_unlabelled must be at least 1, got 0"),
        (
            lambda: refitted_risks(np.eye(2), [1, 2], [1.0], np.eye(2), [1, 1], [[0.0], [1.0]]),
            "one row a ridge, 1, got 2",
        ),
    ],
)
def test_bad_input_is_refused_with_condition_and_value(call, told) -> None:
    with pytest.raises(ValueError, match=told):
        call()


NAN = [np.nan, 1.0]
ONE = {"inputs": np.eye(2), "labels": [1, 2], "ridges": [1.0]}
TRUTH = {"covariance": np.eye(2), "target": [1, 1]}


@pytest.mark.parametrize("name", [*ONE, *TRUTH])
def test_an_argument_that_is_not_finite_or_of_another_shape_is_named(name) -> None:
    shaped = (ONE | TRUTH)[name]
    broken = np.full(np.shape(shaped), np.nan)
    with pytest.raises(ValueError, match=f"^{name} must be finite, got nan"):
        self_distillation(**(ONE | TRUTH | {name: broken}))
    with pytest.raises(ValueError, match=f"^{name} must have . dimension"):
        self_distillation(**(ONE | TRUTH | {name: np.ones((1, 1, 1))}))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: scaled_risk(NAN, 1, 1, 1), "target must be finite"),
        (lambda: scaled_risk(np.ones((1, 2)), 1, 1, 1), "^target must have 1 dimension"),
        (lambda: scaled_risk([1, 2], 1, 1, NAN), "^scales must be finite"),
        (lambda: scaled_risk([1, 2], np.nan, 1, 1), "^mean must be finite"),
        (lambda: scaled_risk([1, 2], [1], 1, 1), "^mean must have 0 dimension"),
        (lambda: aligned_scales(NAN, 1, 1), "^target must be finite"),
        (lambda: aligned_scales(np.ones((1, 2)), 1, 1), "^target must have 1 dimension"),
        (lambda: mean_teacher(3, 9, np.nan, 1, ridge=1), "^signal must be finite"),
        (lambda: self_distillation(**ONE, **TRUTH).mixed(np.nan), "^mixture must be finite"),
    ],
)
def test_numbers_that_are_not_finite_or_of_another_shape_are_named(call, told) -> None:
    with pytest.raises(ValueError, match=told):
        call()


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_a_covariance_is_symmetric_to_rounding_of_its_size(scale) -> None:
    for skew, fits in ((1e-14, True), (1e-10, False)):
        covariance = scale * np.array([[1.0, skew], [0.0, 1.0]])
        if fits:
            assert self_distillation(**(ONE | TRUTH | {"covariance": covariance})).risk.shape == (
                1,
            )
            continue
        with pytest.raises(ValueError, match="covariance must be symmetric"):
            self_distillation(**(ONE | TRUTH | {"covariance": covariance}))


def test_without_variance_there_is_no_risk() -> None:
    assert self_distillation(**(ONE | TRUTH | {"covariance": np.zeros((2, 2))})).risk == 0


def test_moments_are_floats_whatever_the_signal_is_written_in() -> None:
    whole = mean_teacher(3, 9, 0.5, 1.0, ridge=1.0)
    for half in (Fraction(1, 2), [Fraction(1, 2)]):
        for found, known in zip(mean_teacher(3, 9, half, 1.0, ridge=1.0), whole, strict=True):
            assert found.dtype == np.float64 and np.all(found == known)


def test_the_parts_of_a_parabola_are_its_own() -> None:
    one = np.ones(1)
    found = SelfDistillation(ridge=2 * one, risk=5 * one, slope=3 * one, distance=4 * one)
    assert (found.best_mixture, found.best_risk) == (-0.75, 5 - 36 / 16)
