"""The student's path: closed forms against integration of the flow itself."""

import numpy as np
import pytest
from scipy import integrate, optimize

from w2s.random_features.gradient_flow import best_stop, flow, linear_path, spectral_path
from w2s.random_features.linear_network import LinearNetwork, linear_scaling, linear_teacher
from w2s.random_features.spectral import SpectralTeacher

TIMES = np.array([0.0, 0.3, 2.0, 6.0, 40.0, 500.0])


def _sampled_linear_case(n_signal: int):
    """Teacher from sampled features, and its population flow integrated step by step."""
    width, bulk, s = 8, 24, 0.15
    rng = np.random.default_rng(21)
    scale = np.sqrt(np.concatenate([np.ones(n_signal), np.full(bulk, s)]))
    features = rng.standard_normal((width, n_signal + bulk)) * scale
    target = np.zeros(n_signal + bulk)
    target[:n_signal] = rng.standard_normal(n_signal)
    target /= np.linalg.norm(target)
    labels = features.T @ np.linalg.lstsq(features.T, target, rcond=None)[0]
    steps = integrate.solve_ivp(
        lambda _, f: -(scale**2) * (f - labels),
        (0, TIMES[-1]),
        np.zeros_like(target),
        method="DOP853",
        t_eval=TIMES,
        rtol=1e-11,
        atol=1e-13,
    ).y.T
    return s, target, labels, ((steps - target) ** 2).sum(axis=1)


def test_closed_form_of_the_linear_network_is_the_integrated_flow() -> None:
    s, target, labels, measured = _sampled_linear_case(1)
    teacher_error = ((labels - target) ** 2).sum()
    # The integrator was asked for 1e-11.
    np.testing.assert_allclose(linear_path(teacher_error, s, TIMES), measured, rtol=1e-8)


def test_spectral_path_is_the_integrated_flow_for_several_signal_coordinates() -> None:
    s, target, labels, measured = _sampled_linear_case(3)
    residual = target - labels
    teacher = SpectralTeacher(
        eigenvalues=np.array([1.0, s]),
        target_energy=np.array([1.0, 0.0]),
        cross_energy=np.array([residual[:3] @ target[:3], 0.0]),
        residual_energy=np.array([residual[:3] @ residual[:3], residual[3:] @ residual[3:]]),
    )
    np.testing.assert_allclose(spectral_path(teacher, TIMES), measured, rtol=1e-8)


def test_spectral_path_of_a_single_signal_coordinate_is_the_closed_form() -> None:
    teacher = linear_teacher(linear_scaling(10**6), np.random.default_rng(0), 20)
    times = np.geomspace(1e-2, 1e8, 41)
    expected = linear_path(teacher.error[:, None], teacher.eigenvalues[1], times)
    np.testing.assert_allclose(spectral_path(teacher, times), expected, rtol=1e-12)  # rounding


def test_student_starts_at_one_and_ends_at_the_teacher() -> None:
    network = LinearNetwork(20, 60, 0.1, 4)
    teacher = linear_teacher(network, np.random.default_rng(1), 30)
    ends = spectral_path(teacher, [0.0, 1e6])
    np.testing.assert_allclose(ends[:, 0], 1.0, rtol=1e-14)
    np.testing.assert_allclose(ends[:, 1], teacher.error, rtol=1e-12)


def test_times_may_differ_from_teacher_to_teacher() -> None:
    teacher = linear_teacher(LinearNetwork(20, 60, 0.1, 2), np.random.default_rng(1), 3)
    times = np.array([[0.0, 1.0], [2.0, 3.0], [5.0, 70.0]])
    table = spectral_path(teacher, times)
    for i, row in enumerate(times):
        # The same sums in another order: rounding.
        np.testing.assert_allclose(table[i], spectral_path(teacher, row)[i], rtol=1e-14)


def test_other_learning_rules_enter_by_what_they_have_learned() -> None:
    s, target, labels, _ = _sampled_linear_case(3)
    rates = np.concatenate([np.ones(3), np.full(target.size - 3, s)])
    residual = target - labels
    teacher = SpectralTeacher(
        eigenvalues=np.array([1.0, s]),
        target_energy=np.array([1.0, 0.0]),
        cross_energy=np.array([residual[:3] @ target[:3], 0.0]),
        residual_energy=np.array([residual[:3] @ residual[:3], residual[3:] @ residual[3:]]),
    )
    # Ridge regression of penalty 1/t in function space, solved coordinate by coordinate.
    students = [labels * rates / (rates + 1 / t) if t else 0 * labels for t in TIMES]
    expected = [((student - target) ** 2).sum() for student in students]
    ridge = spectral_path(teacher, TIMES, lambda t, rate: t * rate / (1 + t * rate))
    np.testing.assert_allclose(ridge, expected, rtol=1e-12)  # rounding
    flow_again = spectral_path(teacher, TIMES, lambda t, rate: -np.expm1(-t * rate))
    np.testing.assert_allclose(flow_again, spectral_path(teacher, TIMES), atol=1e-15)  # rounding
    with pytest.raises(ValueError, match=r"learned must have shape \(6, 2\), got \(6, 1\)"):
        spectral_path(teacher, TIMES, lambda t, rate: t)
    with pytest.raises(ValueError, match="learned must be finite"):
        spectral_path(teacher, TIMES, lambda t, rate: np.full((6, 2), np.nan))


def test_flow_is_the_matrix_exponential() -> None:
    rng = np.random.default_rng(4)
    root = rng.standard_normal((6, 4))
    kernel, labels = root @ root.T, rng.standard_normal(6)
    path = integrate.solve_ivp(
        lambda _, f: -kernel @ (f - labels),
        (0, 3),
        np.zeros(6),
        method="DOP853",
        t_eval=[0.5, 3.0],
        rtol=1e-11,
        atol=1e-13,
    ).y.T
    np.testing.assert_allclose(flow(kernel, labels, [0.5, 3.0]), path, atol=1e-9)


def test_recommended_stop_gives_the_finite_form_of_theorem_3_2() -> None:
    for loss in (0.3, 0.03, 1e-3):
        for s in (1e-1, 1e-3):
            t = 2 * np.log(1 / loss)
            bound = loss**2 * (1 + loss) ** 2 + 4 * s**2 * loss * np.log(1 / loss) ** 2
            assert linear_path(loss, s, t) <= bound


def test_best_stop_is_the_minimum_found_by_brent() -> None:
    losses = np.array([0.3, 0.02])
    stop = best_stop(lambda t: linear_path(losses[:, None], 0.01, t))
    for i, loss in enumerate(losses):
        found = optimize.minimize_scalar(
            lambda x, loss=loss: float(linear_path(loss, 0.01, np.exp(x))),
            bounds=(0.0, 5.0),
            method="bounded",
            options={"xatol": 1e-10},
        )
        assert stop.loss[i] == pytest.approx(found.fun, rel=1e-12)
        # A minimiser is only fixed to the square root of rounding.
        assert stop.time[i] == pytest.approx(np.exp(found.x), rel=1e-6)
        assert stop.early[i] < stop.time[i] < stop.late[i]
    edge = linear_path(losses, 0.01, np.stack([stop.early, stop.late]))
    assert (edge <= 1.01 * stop.loss).all()


def test_best_stop_takes_the_deepest_of_two_dips() -> None:
    def two_dips(t):
        x = np.log(t)
        return 2 - np.exp(-((x - 1) ** 2)) - 1.2 * np.exp(-((x - 9) ** 2))

    stop = best_stop(two_dips)
    assert np.log(stop.time) == pytest.approx(9.0, abs=1e-6)
    assert 8 < np.log(stop.early) < 9 < np.log(stop.late) < 10


def test_best_stop_at_the_end_of_the_grid_is_that_end() -> None:
    late = best_stop(lambda t: 1.0 + 1.0 / t, longest=1e3)
    assert late.time == pytest.approx(1e3)
    early = best_stop(lambda t: 1.0 + t, longest=1e3)
    assert early.time == pytest.approx(1e-2)


def valley(bottom):
    """Loss with an edge at the times ``exp(bottom)``, which no smoothness blurs."""
    return lambda t: 1.0 + np.abs(np.log(t) - bottom)


def test_best_stop_refines_eight_rounds_of_eightfold_and_costs_seventeen_times_a_round() -> None:
    asked = []

    def path(t):
        asked.append(np.broadcast_to(t, (400, t.shape[-1])))
        return valley(bottoms[:, None])(t)

    bottoms = np.random.default_rng(2).uniform(-4, 18, 400)
    stop = best_stop(path)
    grid = np.log(asked[0][0])
    np.testing.assert_allclose(grid, np.linspace(np.log(1e-2), np.log(1e8), 401), atol=1e-12)
    assert [t.shape[1] for t in asked] == [401] + [17] * 8
    # The last bracket has 17 points at an eighth of its half width: off by at most half of that.
    half_spacing = (grid[1] - grid[0]) / 8**8 / 2
    off = np.abs(np.log(stop.time) - bottoms).max()
    assert 0.9 * half_spacing < off < 1.01 * half_spacing


def test_a_batch_of_students_is_stopped_like_each_of_them() -> None:
    bottoms = np.array([-4.2, 0.3, 5.0, 17.9])
    batch = best_stop(valley(bottoms[:, None]), slack=0.5)
    for i, bottom in enumerate(bottoms):
        alone = best_stop(valley(bottom), slack=0.5)
        assert {name: x[i] for name, x in vars(batch).items()} == vars(alone)


@pytest.mark.parametrize("cell", [0, 1, 50, 98, 99])
@pytest.mark.parametrize("inside", [0.1, 0.45, 0.55, 0.9])
def test_without_slack_the_window_is_the_minimum_wherever_it_lies_on_the_grid(cell, inside) -> None:
    bottom = np.log(1e-2) + (cell + inside) * np.log(1e10) / 100  # between two times of the grid
    stop = best_stop(valley(bottom), points=101, slack=0.0)
    assert np.log(stop.time) == pytest.approx(bottom, abs=1e-8)
    assert stop.early == stop.time == stop.late


@pytest.mark.parametrize(("path", "slack"), [(np.ones_like, 0.0), (valley(0.0), 1.0)])
def test_a_window_may_be_the_whole_grid(path, slack: float) -> None:
    stop = best_stop(path, shortest=0.5, longest=2.0, slack=slack)
    assert (stop.early, stop.late) == pytest.approx((0.5, 2.0), rel=1e-14)


def test_the_window_has_losses_within_the_slack_and_its_neighbours_have_not() -> None:
    stop = best_stop(valley(3.0), slack=0.5)  # |log t - 3| <= 1/2, on a grid of step 0.0576
    step = np.log(1e10) / 400
    assert 2.5 <= np.log(stop.early) < 2.5 + step
    assert 3.5 - step < np.log(stop.late) <= 3.5


def test_bad_paths_are_refused() -> None:
    teacher = linear_teacher(LinearNetwork(5, 10, 0.1), np.random.default_rng(0))
    with pytest.raises(ValueError, match="times must be at least 0, got -1"):
        spectral_path(teacher, [1.0, -1.0])
    with pytest.raises(ValueError, match="times must be finite, got nan at index"):
        linear_path(0.1, 0.1, [np.nan])
    with pytest.raises(ValueError, match=r"teacher_error must lie in \[0, 1\], got 1.2"):
        linear_path(1.2, 0.1, 1.0)
    with pytest.raises(ValueError, match="bulk_eigenvalue must exceed 0, got 0"):
        linear_path(0.2, 0.0, 1.0)


def test_bad_kernels_are_refused() -> None:
    with pytest.raises(ValueError, match=r"kernel must have shape \(2, 2\) as labels"):
        flow(np.eye(3), [1.0, 2.0], [0.0])
    with pytest.raises(ValueError, match="kernel must be symmetric"):
        flow([[1.0, 0.5], [0.0, 1.0]], [1.0, 2.0], [0.0])
    with pytest.raises(ValueError, match=r"^kernel must have 2 dimension"):
        flow([1.0], [1.0], [0.0])
    with pytest.raises(ValueError, match=r"^labels must have 1 dimension"):
        flow([[1.0]], [[1.0]], [0.0])
    with pytest.raises(ValueError, match=r"^times must be at least 0, got -1"):
        flow([[1.0]], [1.0], [-1.0])
    refused = "^kernel must have no negative eigenvalue, below -1e-10, got -1$"
    with pytest.raises(ValueError, match=refused):
        flow([[1.0, 0.0], [0.0, -1.0]], [1.0, 2.0], [0.0])


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_symmetry_and_sign_of_a_kernel_are_judged_relative_to_its_size(unit) -> None:
    labels, skew = np.ones(2), np.array([[0.0, 1.0], [0.0, 0.0]])
    symmetric = np.array([[1.0, 0.5], [0.5, 1.0]])
    flow(unit * (symmetric + 1e-13 * skew), labels, [1.0])
    with pytest.raises(ValueError, match="kernel must be symmetric"):
        flow(unit * (symmetric + 1e-9 * skew), labels, [1.0])
    flow(unit * np.diag([1.0, 1e-8, -5e-11]), np.ones(3), [1.0])
    with pytest.raises(ValueError, match="no negative eigenvalue"):
        flow(unit * np.diag([1.0, 1e-8, -5e-10]), np.ones(3), [1.0])


def test_what_breaks_a_kernel_is_told_apart_from_what_rounding_explains() -> None:
    message = r"^kernel must be symmetric, \|K - K'\| at most 4e-12, got 4\.00000001e-12$"
    with pytest.raises(ValueError, match=message):
        flow([[4.0, 0.0], [4.00000001e-12, 4.0]], np.ones(2), [1.0])
    message = r"^kernel must have no negative eigenvalue, below -4e-10, got -4\.00000001e-10$"
    with pytest.raises(ValueError, match=message):
        flow(np.diag([4.0, -4.00000001e-10]), np.ones(2), [1.0])


def test_a_kernel_of_zero_learns_nothing() -> None:
    assert flow(np.zeros((2, 2)), [1.0, 2.0], [0.0, 1e9]).tolist() == [[0, 0], [0, 0]]


def test_bad_grids_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^shortest must exceed 0, got 0"):
        best_stop(np.sin, shortest=0.0)
    with pytest.raises(ValueError, match="longest must exceed shortest = 2, got 1"):
        best_stop(np.sin, shortest=2, longest=1)
    with pytest.raises(ValueError, match="points must be at least 3, got 2"):
        best_stop(np.sin, points=2)
    with pytest.raises(ValueError, match=r"slack must be at least 0, got -0\.1"):
        best_stop(np.sin, slack=-0.1)
