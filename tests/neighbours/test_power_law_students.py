"""Students on a power-law spectrum: against draws, closed forms and known numbers."""

from dataclasses import replace

import numpy as np
import pytest

from w2s.neighbours.power_law import (
    effective_ridge,
    krr_teacher,
    perfect_teacher,
    power_spectrum,
    projection_teacher,
)
from w2s.neighbours.power_law_draws import drawn_krr, drawn_projection
from w2s.neighbours.power_law_rates import exponent
from w2s.neighbours.power_law_students import (
    best_flow,
    best_krr,
    best_ridge,
    filtered_error,
    flow_path,
    krr_path,
    oracle_error,
    ridge_path,
)


def plain(alpha, decay, last):
    """The spectrum whose energies are k^(-q-1) themselves, as the known numbers have it."""
    task = power_spectrum(alpha, decay, last)
    return replace(task, energies=task.energies / task.energies[0])


def wide(alpha, r, width):
    return projection_teacher(power_spectrum(alpha, 2 * alpha * r, 1e3 * width), width)


def slope(error, alpha, r, width=1e6):
    """Exponent of an error against the teacher's, from `width` to ten times as many features."""
    one, ten = wide(alpha, r, width), wide(alpha, r, 10 * width)
    return np.log(error(ten) / error(one)) / np.log(ten.error / one.error)


@pytest.mark.parametrize(
    ("alpha", "r", "width", "error"),
    [(1.5, 1, 40, 0.001434), (2, 0.7, 40, 0.000330), (1.5, 3, 30, 0.000725)],
)
def test_the_error_of_a_stopped_student_is_the_known_number(alpha, r, width, error) -> None:
    teacher = projection_teacher(power_spectrum(alpha, 2 * alpha * r, 1500), width)
    assert best_flow(teacher).loss == pytest.approx(error, abs=6e-7)  # six decimals are known


@pytest.mark.parametrize(
    ("alpha", "slopes"),
    [
        (1.2, [1.000, 1.218, 1.453, 1.738, 2.015, 2.006]),
        (1.5, [1.000, 1.208, 1.443, 1.708, 1.998, 2.007]),
        (2.5, [1.000, 1.198, 1.411, 1.636, 1.876, 2.015]),
        (4.0, [1.000, 1.189, 1.385, 1.588, 1.800, 1.947]),
    ],
)
def test_slopes_of_stopped_students_are_the_known_numbers(alpha, slopes) -> None:
    r = [0.3, 0.7, 1.0, 1.5, 2.5, 4.0]
    found = [slope(lambda x: best_flow(x).loss, alpha, one) for one in r]
    assert found == pytest.approx(slopes, abs=6e-4)  # three decimals are known
    assert found == pytest.approx(exponent(alpha, r), abs=0.03)


@pytest.mark.parametrize(("alpha", "known"), [(1.2, 2.305), (1.5, 2.207)])
def test_the_oracle_passes_the_cap_and_its_bounded_twin_does_not(alpha, known) -> None:
    assert slope(oracle_error, alpha, 4) == pytest.approx(known, abs=6e-4)
    bounded = slope(lambda x: oracle_error(x, amplify=False), alpha, 4)
    assert bounded == pytest.approx(2.0, abs=0.01)  # the next power of M


@pytest.mark.parametrize(
    ("alpha", "known"), [(1.2, 1.429), (1.5, 1.428), (2.5, 1.410), (4.0, 1.384)]
)
def test_slopes_of_ridge_students_are_the_known_numbers(alpha, known) -> None:
    assert slope(best_ridge, alpha, 4, width=1e5) == pytest.approx(known, abs=2e-3)


def test_the_oracle_is_the_best_filter_mode_by_mode() -> None:
    teacher = wide(1.5, 3.0, 100)
    shares = np.linspace(0.0, 1.2, 6_001)[:, None]
    task = teacher.spectrum
    each = (1 - shares * (1 - teacher.missing)) ** 2 * task.energies + shares**2 * teacher.variance
    for amplify, rows in ((True, each), (False, each[:5_001])):
        # A share on a grid of 2e-4 is off by a half of it at most.
        found = oracle_error(teacher, amplify=amplify)
        least = rows.min(axis=0) @ task.count
        assert found <= least * (1 + 1e-12)
        assert least - found < 1e-4**2 * (task.energies + teacher.variance) @ task.count


def test_a_student_that_passes_all_is_its_teacher_and_one_that_passes_nothing_knows_nothing() -> (
    None
):
    for teacher in (wide(1.5, 1.0, 50), krr_teacher(power_spectrum(2.0, 1.5, 1e5), 100, 0.25)):
        assert filtered_error(teacher, 1.0, 0.0) == pytest.approx(teacher.error, rel=1e-12)
        assert filtered_error(teacher, 0.0, 1.0) == pytest.approx(1.0, rel=1e-12)
        assert flow_path(teacher, [1e300]) == pytest.approx(teacher.error, rel=1e-9)
        assert ridge_path(teacher, [1e-300]) == pytest.approx(teacher.error, rel=1e-9)


def test_paths_have_the_shape_of_their_times() -> None:
    teacher = wide(1.5, 1.0, 50)
    times = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    for path in (flow_path(teacher, times), ridge_path(teacher, 1 / times)):
        assert path.shape == (2, 3)
    assert flow_path(teacher, times)[1, 2] == pytest.approx(
        float(flow_path(teacher, 6.0)), rel=1e-12
    )


def test_best_students_are_the_minima_of_their_paths() -> None:
    teacher = wide(1.5, 1.0, 200)
    grid = np.geomspace(1e-9, 10.0, 4001)
    for best, path in (
        (best_flow(teacher).loss, flow_path(teacher, 1 / grid)),
        (best_ridge(teacher), ridge_path(teacher, grid)),
    ):
        assert best <= path.min() * (1 + 1e-12)
        assert best == pytest.approx(path.min(), rel=1e-4)  # half a step of the grid
        assert path.argmin() not in (0, len(grid) - 1)


def test_the_best_ridge_student_may_learn_below_the_end_of_its_teachers_knowledge() -> None:
    # A rough target: the best penalty is a tenth of the scale where the teacher knows a half.
    teacher = projection_teacher(power_spectrum(1.5, 0.5, 1500), 40)
    grid = np.geomspace(1e-9, 10.0, 4001)
    assert best_ridge(teacher) <= ridge_path(teacher, grid).min() * (1 + 1e-12)


def mean_and_error(rows):
    return np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1) / np.sqrt(len(rows))


@pytest.mark.parametrize(("alpha", "r", "width"), [(1.5, 1.0, 40), (2.0, 0.7, 40), (1.5, 3.0, 80)])
def test_drawn_projections_and_their_students_have_the_predicted_errors(alpha, r, width) -> None:
    task = power_spectrum(alpha, 2 * alpha * r, 600, exact=600)
    teacher, target = projection_teacher(task, width), np.sqrt(task.energies)
    stop = best_flow(teacher)
    passed = -np.expm1(-stop.time * task.eigenvalues)
    rng = np.random.default_rng(5)
    drawn = [drawn_projection(task.eigenvalues, target, width, rng) for _ in range(200)]
    rows = [[((t * f - target) ** 2).sum() for t in (1.0, passed)] for f in drawn]
    mean, error = mean_and_error(rows)
    predicted = np.array([teacher.error, float(stop.loss)])
    # Four standard errors, and the next order in 1/M.
    assert (np.abs(mean - predicted) < 4 * error + 0.06 * predicted).all()
    assert (error < 0.06 * predicted).all()


@pytest.mark.parametrize(
    ("samples", "pseudo", "weak", "strong", "known"),
    [(60, 60, 1e-6, 0.02, 0.0883), (60, 120, 0.01, 0.02, 0.0689), (100, 100, 1e-5, 0.005, 0.0730)],
)
def test_ridge_students_of_ridge_teachers_have_the_predicted_and_the_known_error(
    samples, pseudo, weak, strong, known
) -> None:
    task = plain(2.0, 1.5, 1500)
    teacher = krr_teacher(task, samples, 0.25, weak)
    student = krr_path(teacher, pseudo, effective_ridge(task, pseudo, strong))
    assert student == pytest.approx(known, abs=6e-5)  # the number has four digits


def test_drawn_ridge_students_have_the_predicted_error() -> None:
    n, big_n, weak, strong, noise = 60, 90, 1e-4, 0.02, 0.2
    task = power_spectrum(2.0, 1.5, 600, exact=600)
    target, rng = np.sqrt(task.energies), np.random.default_rng(6)
    rows = []
    for _ in range(200):
        labels = drawn_krr(task.eigenvalues, target, n, weak, rng, noise=noise)
        fit = drawn_krr(task.eigenvalues, labels, big_n, strong, rng)
        rows.append([((f - target) ** 2).sum() for f in (labels, fit)])
    teacher = krr_teacher(task, n, noise, weak)
    student = krr_path(teacher, big_n, effective_ridge(task, big_n, strong))
    mean, error = mean_and_error(rows)
    predicted = np.array([teacher.error, float(student)])
    # Four standard errors, and the next order in 1/n.
    assert (np.abs(mean - predicted) < 4 * error + 0.03 * predicted).all()
    assert (error < 0.03 * predicted).all()


def test_a_student_of_the_truth_is_a_teacher() -> None:
    task, n = power_spectrum(2.0, 1.5, 1e5), 300
    for ridge in (0.0, 1e-3):
        direct = krr_path(perfect_teacher(task), n, effective_ridge(task, n, ridge), noise=0.25)
        assert direct == pytest.approx(krr_teacher(task, n, 0.25, ridge).error, rel=1e-9)


def test_with_infinitely_many_pseudo_labels_a_ridge_student_is_a_filter() -> None:
    teacher = krr_teacher(power_spectrum(2.0, 1.5, 3e4), 100, 0.25)
    many = krr_path(teacher, 2.9e4, 1e-3)
    # Of order 1/N: a thirtieth of a percent of modes is learned.
    assert many == pytest.approx(float(ridge_path(teacher, 1e-3)), rel=5e-3)
    assert many > ridge_path(teacher, 1e-3)


@pytest.mark.parametrize(
    ("samples", "student", "direct"),
    [
        (1e2, 0.065764, 0.038709),
        (1e3, 0.017377, 0.0093218),
        (1e4, 0.0044475, 0.0023227),
        (1e5, 0.0011247, 0.00058292),
        (1e6, 0.00028322, 0.00014646),
    ],
)
def test_tuned_students_and_tuned_direct_fits_have_the_known_errors(
    samples, student, direct
) -> None:
    task = plain(2.0, 1.5, 300 * samples)
    teacher = krr_teacher(task, samples, 0.25)
    found = [best_krr(teacher, samples), best_krr(perfect_teacher(task), samples, 0.25)]
    # The known numbers are minima over a grid of penalties, which ours undercut a little.
    assert found == pytest.approx([student, direct], rel=4e-3)
    assert (np.array(found) <= np.multiply([student, direct], 1 + 2e-5)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: flow_path(t, -1.0), r"times must be at least 0, got -1"),
        (lambda t: ridge_path(t, 0.0), r"levels must exceed 0, got 0"),
        (
            lambda t: krr_path(t, 100, 1e-9),
            r"levels must be at least interpolation = .*, got 1e-09",
        ),
        (lambda t: krr_path(t, 100, 1.0, noise=-1.0), r"noise must be at least 0, got -1"),
        (lambda t: krr_path(t, 1e9, 1.0), r"number of directions must exceed samples = 1e\+09"),
        (lambda t: filtered_error(t, np.inf, 0.0), r"passed must be finite, got inf"),
        (lambda t: filtered_error(t, 0.0, np.nan), r"stopped must be finite, got nan"),
    ],
)
def test_bad_input_is_refused_with_condition_and_value(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call(wide(2.0, 1.0, 100))
