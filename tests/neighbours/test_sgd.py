"""SGD's exact laws: against moments by matrices, a simulation, and a table of instances."""

import numpy as np
import pytest

from w2s.neighbours.sgd import (
    SgdTeacher,
    contraction,
    flow_student_risk,
    parabola_minimum,
    sgd_student_change,
    sgd_student_risk,
    sgd_teacher,
    stability,
    step_decay,
)
from w2s.neighbours.sgd_simulation import simulate_sgd
from w2s.random_features.gradient_flow import best_stop

INDEX = np.arange(1.0, 9)
WEAK = np.where(INDEX == 7, 0, INDEX**-1.2)
STRONG = np.where(INDEX == 8, 0, INDEX**-1.6)
TARGET = np.array([1, -0.7, 0.5, 0, 0, 0, 0.6, 0.4])
SETTING = {"n_labelled": 96, "n_unlabelled": 128, "step_weak": 0.15, "step_strong": 0.2}


def trained(noise=0.5):
    return sgd_teacher(WEAK, TARGET, noise, 96, 0.15)


def test_the_table_of_one_pair_is_found_again() -> None:
    teacher = trained()
    # Seven digits are given.
    np.testing.assert_allclose(teacher.risk, 0.2738505, atol=5e-8)
    np.testing.assert_allclose(sgd_student_risk(teacher, STRONG, 128, 0.2), 0.3308701, atol=5e-8)


def test_the_laws_are_the_means_of_a_simulation() -> None:
    teacher, student = simulate_sgd(
        TARGET, 0.5, weak=WEAK, strong=STRONG, trials=4000, rng=np.random.default_rng(0), **SETTING
    )
    exact = trained()
    laws = exact.risk, sgd_student_risk(exact, STRONG, 128, 0.2)
    for losses, law in zip((teacher, student), laws, strict=True):
        assert abs(losses.mean() - law) < 4 * losses.std() / np.sqrt(len(losses))


def test_second_moments_follow_wicks_theorem_as_full_matrices() -> None:
    rate = 0.3 * np.array([1.0, 0.5, 0.2])
    w, noise, steps = np.array([1.0, -0.5, 0.7]), 0.3, step_decay(7)
    moment, mean = np.outer(w, w), -w  # E ηηᵀ and E η
    for scale in steps:
        r = np.diag(scale * rate)
        # E ΦΦᵀMΦΦᵀ = 2M + tr(M) I for Gaussian Φ.
        fourth = 2 * moment + np.trace(moment) * np.eye(3)
        moment = moment - r @ moment - moment @ r + r @ (fourth + noise * np.eye(3)) @ r
        mean = mean - r @ mean
    teacher = sgd_teacher([1.0, 0.5, 0.2], w, noise, 7, 0.3)
    np.testing.assert_allclose(teacher.excess, np.diag(moment), rtol=1e-12)
    np.testing.assert_allclose(teacher.mean, w + mean, rtol=1e-12)
    np.testing.assert_allclose(teacher.second, np.diag(moment) + 2 * w * (w + mean) - w**2)
    np.testing.assert_allclose(teacher.risk, np.trace(moment) / 2, rtol=1e-12)


def test_what_the_teacher_cannot_see_is_noise() -> None:
    seen = WEAK > 0
    whole = trained()
    hidden = float((TARGET[~seen] ** 2).sum())
    part = sgd_teacher(WEAK[seen], TARGET[seen], 0.5 + hidden, 96, 0.15)
    # Sums of eight terms in another order: rounding.
    np.testing.assert_allclose(whole.excess[seen], part.excess, rtol=1e-12)
    np.testing.assert_allclose(whole.risk, part.risk + hidden / 2, rtol=1e-12)
    np.testing.assert_array_equal(whole.mean[~seen], 0)


def test_steps_halve_after_a_share_of_the_pass_that_need_not_be_whole() -> None:
    np.testing.assert_array_equal(step_decay(2), [1, 0.5])
    for n in (3, 16, 100, 1000):
        t = np.arange(1, n + 1)
        np.testing.assert_array_equal(step_decay(n), 2.0 ** -np.floor(t / (n / np.log2(n))))
        assert step_decay(n)[-1] == 2.0 ** -np.floor(np.log2(n))


def test_a_student_of_short_steps_and_many_inputs_is_a_flow() -> None:
    teacher, n = trained(), 20_000
    step = 2e-3
    time = step * step_decay(n).sum()
    flow = flow_student_risk(teacher, STRONG, [time])[0]
    # The difference is of the order of the step.
    np.testing.assert_allclose(sgd_student_risk(teacher, STRONG, n, step), flow, rtol=2e-3)
    start, end = flow_student_risk(teacher, STRONG, [0.0, 1e9])
    np.testing.assert_allclose(start, TARGET @ TARGET / 2, rtol=1e-12)
    seen = STRONG > 0
    left = (teacher.excess[seen].sum() + TARGET[~seen] @ TARGET[~seen]) / 2
    np.testing.assert_allclose(end, left, rtol=1e-12)


def instance(eigenvalues, target, step=0.05):
    """A teacher of 16 labels, and the changes by its students of 2048, 4096 and 8192 inputs."""
    teacher = sgd_teacher(eigenvalues, target, 0.01, 16, step)
    return teacher, [
        float(sgd_student_change(teacher, eigenvalues, n, step)) for n in (2048, 4096, 8192)
    ]


def test_the_four_instances_are_found_again() -> None:
    one, changes = instance([1.0], [1.0])
    np.testing.assert_allclose(one.risk, 0.262657, atol=5e-7)
    assert min(changes) > 0
    many, changes = instance(np.ones(64), np.eye(64)[0], step=0.01)
    np.testing.assert_allclose(many.risk, 0.451090, atol=5e-7)
    assert min(changes) > 0
    _, changes = instance(INDEX**-1.5, np.isin(INDEX, (1, 2)))
    np.testing.assert_allclose(changes, [1.1e-5, -3.4e-5, -5.8e-6], atol=5e-7)
    _, changes = instance([1, 0.5, 0.25, 0.125], [0, 0, 1, 1])
    assert min(changes) > 0


def test_the_change_keeps_its_sign_where_the_risks_are_equal_to_rounding() -> None:
    teacher = sgd_teacher([1.0], [1.0], 0.01, 16, 0.05)
    assert 0 < sgd_student_change(teacher, [1.0], 8192, 0.05) < 1e-20


def test_the_perron_root_bounds_one_step_and_is_attained() -> None:
    eigenvalues = INDEX**-1.5
    root = contraction(eigenvalues, 0.05)
    np.testing.assert_allclose(root, 0.99560, atol=5e-6)
    assert root < 1 - 0.05 * eigenvalues[-1]
    rate = 0.05 * eigenvalues
    matrix = np.diag((1 - rate) ** 2 + rate**2) + np.outer(rate**2, np.ones(8))
    np.testing.assert_allclose(max(np.linalg.eigvals(matrix).real), root, rtol=1e-12)


@pytest.mark.parametrize("eigenvalues", [[1.0], [1.0, 0.5, 0.1], np.ones(20)])
def test_a_step_is_stable_exactly_while_the_perron_root_is_below_one(eigenvalues) -> None:
    for step in np.geomspace(1e-2, 0.95, 30):
        assert (stability(eigenvalues, step) < 1) == (contraction(eigenvalues, step) < 1)
    assert stability(eigenvalues, 1.0) == np.inf


# α = 2, σ² = 1, the signal in the first two of 600 modes, steps of 0.25 (spec: k† = 2).
EIGENVALUES = np.arange(1.0, 601) ** -2
SIGNAL = np.isin(np.arange(600), (0, 1)).astype(float)


def test_risks_fall_with_the_slopes_of_the_table() -> None:
    labels = 2 ** np.array([10, 12, 14])
    rows = []
    for n in labels:
        teacher = sgd_teacher(EIGENVALUES, SIGNAL, 1.0, n, 0.25)
        flow = best_stop(
            lambda t, x=teacher: flow_student_risk(x, EIGENVALUES, t.ravel()).reshape(t.shape)
        )
        sizes = np.geomspace(64, n / 2, 30).astype(int)
        risks = [sgd_student_risk(teacher, EIGENVALUES, size, 0.25) for size in sizes]
        rows.append([teacher.risk, flow.loss, *parabola_minimum(sizes, risks)])
    slopes = np.diff(np.log(rows), axis=0) / np.log(4)
    np.testing.assert_allclose(slopes[:, 0], [-0.437, -0.442], atol=1e-3)  # three digits are given
    np.testing.assert_allclose(slopes[:, 1], [-0.817, -0.850], atol=1e-3)
    # The best size is flat and kinked where the schedule gains a halving; so is its risk, less.
    np.testing.assert_allclose(slopes[:, 3], [-0.652, -0.664], atol=5e-3)
    np.testing.assert_allclose(slopes[:, 2], [0.371, 0.474], atol=0.03)


def test_so_few_inputs_as_in_the_display_do_not_help_at_any_step() -> None:
    for power, best, own in ((8, 0.184, 0.0165), (12, 0.136, 0.00475)):
        teacher = sgd_teacher(EIGENVALUES, SIGNAL, 1.0, 2**power, 0.25)
        size = round(8 * 2 ** (0.1 * power))
        steps = np.linspace(0.02, 0.6, 60)
        stable = [one for one in steps if stability(EIGENVALUES, one) < 1]
        risks = [sgd_student_risk(teacher, EIGENVALUES, size, one) for one in stable]
        np.testing.assert_allclose(teacher.risk, own, rtol=5e-3)  # three digits are given
        # Size and step are rounded.
        np.testing.assert_allclose(min(risks), best, rtol=0.03)


def test_the_vertex_of_a_parabola_is_found_between_the_points() -> None:
    x = np.geomspace(1, 100, 8)
    place, value = parabola_minimum(x, 3 * np.exp(2 * (np.log(x) - np.log(17)) ** 2))
    np.testing.assert_allclose([place, value], [17, 3], rtol=1e-9)


def test_the_parabola_goes_through_three_points_only() -> None:
    x, y = np.exp(np.arange(6.0)), np.exp([9.0, 1, 0, 4, 5, 5])
    place, value = parabola_minimum(x, y)
    # Through (1, 1), (2, 0), (3, 4): 5/2 u² + 3/2 u about 2.
    np.testing.assert_allclose([place, value], [np.exp(2 - 0.3), np.exp(-9 / 40)], rtol=1e-9)


def test_a_step_at_the_edge_of_stability_is_refused() -> None:
    assert stability([1.0, 1.0], 0.5) == 1
    with pytest.raises(ValueError, match="below 1, got 1 at step"):
        sgd_teacher([1.0, 1.0], [1.0, 1.0], 0.0, 9, 0.5)


@pytest.mark.parametrize(
    ("name", "ndim", "call"),
    [
        ("step", 0, lambda x: stability([1.0], x)),
        ("eigenvalues", 1, lambda x: stability(x, 0.1)),
        ("target", 1, lambda x: sgd_teacher([1.0], x, 1.0, 9, 0.1)),
        ("noise", 0, lambda x: sgd_teacher([1.0], [1.0], x, 9, 0.1)),
        ("times", 1, lambda x: flow_student_risk(trained(), STRONG, x)),
        ("x", 1, lambda x: parabola_minimum(x, [3, 1, 2])),
        ("y", 1, lambda x: parabola_minimum([1, 2, 3], x)),
    ],
)
def test_an_argument_that_is_not_finite_or_of_another_shape_is_named(name, ndim, call) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be finite, got nan"):
        call(np.full((3,) * ndim, np.nan))
    with pytest.raises(ValueError, match=f"^{name} must have {ndim} dimension"):
        call(np.ones((1,) * (ndim + 1)))


def simulated(**changed):
    """A small simulation with one argument changed."""
    settings = {"noise": 1.0, "weak": [1.0], "strong": [1.0], "trials": 1}
    return simulate_sgd([1.0], **(settings | SETTING | changed), rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: step_decay(1), "samples must be at least 2, got 1"),
        (lambda: stability([-1.0], 0.1), "eigenvalues must be at least 0, got -1"),
        (lambda: stability([1.0], 0.0), "step must exceed 0, got 0"),
        (lambda: contraction([1.0, 0.0], 0.1), "eigenvalues must exceed 0, got 0"),
        (lambda: contraction([1.0], 0), "step must exceed 0, got 0"),
        (lambda: sgd_teacher([1.0], [1.0], 1.0, 9, 0.7), "below 1, got 1.16667 at step = 0.7"),
        (lambda: sgd_teacher([1.0], [1.0], 1.0, 9, 1.0), "below 1, got inf at step = 1"),
        (lambda: sgd_teacher([1.0], [1.0], -1.0, 9, 0.1), "noise must be at least 0, got -1"),
        (lambda: sgd_teacher([1.0], [1.0], 1.0, 1, 0.1), "samples must be at least 2, got 1"),
        (lambda: sgd_teacher([1.0], [1.0, 2], 1, 9, 0.1), "one entry a coordinate, 2, got 1"),
        (lambda: sgd_student_change(trained(), [1.0], 9, 0.1), "a coordinate, 8, got 1"),
        (lambda: sgd_student_risk(trained(), STRONG, 9, 0.9), "step must keep the sum"),
        (lambda: flow_student_risk(trained(), STRONG, [-1.0]), "times must be at least 0, got -1"),
        (lambda: flow_student_risk(trained(), [1.0], [1.0]), "a coordinate, 8, got 1"),
        (lambda: parabola_minimum([1, 2, 3], [1, 2, 3]), "two neighbours, got 0 of 3"),
        (lambda: parabola_minimum([1, 2, 3], [3, 2, 1]), "two neighbours, got 2 of 3"),
        (lambda: parabola_minimum([0, 2, 3], [3, 1, 2]), "x must exceed 0, got 0"),
        (lambda: parabola_minimum([1, 2, 3], [3, 0, 2]), "y must exceed 0, got 0"),
        (lambda: parabola_minimum([1, 2, 3, 4], [3, 1, 2]), "two neighbours, got 1 of 3"),
        (lambda: simulated(weak=[1.0, 2.0]), "weak must have one entry a coordinate, 1"),
        (lambda: simulated(strong=[-1.0]), "strong must be at least 0, got -1"),
        (lambda: simulated(n_labelled=1), "n_labelled must be at least 2, got 1"),
        (lambda: simulated(n_unlabelled=1), "n_unlabelled must be at least 2, got 1"),
        (lambda: simulated(noise=-1), "noise must be at least 0, got -1"),
        (lambda: simulated(trials=0), "trials must be at least 1, got 0"),
    ],
)
def test_bad_input_is_refused_with_condition_and_value(call, told) -> None:
    with pytest.raises(ValueError, match=told):
        call()


def test_a_largest_stable_step_of_one_mode_is_two_thirds() -> None:
    np.testing.assert_allclose(stability([1.0], 2 / 3), 1.0, rtol=1e-12)
    made = SgdTeacher(np.array([3.0]), np.array([2.0]), np.array([5.0]))
    assert (made.risk, made.second[0]) == (2.5, 5 + 3 * (4 - 3))
