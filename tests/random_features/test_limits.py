"""The lower bounds: formulas against geometry, and geometry against the flow."""

import numpy as np
import pytest
from scipy import optimize

from w2s.random_features.gradient_flow import flow
from w2s.random_features.limits import (
    lower_bound,
    lower_bound_any_teacher,
    lower_bound_bounded_student,
    lower_bound_chain,
    quadratic_floor,
    tight_chain,
)
from w2s.random_features.shrinkage import nearest_in_ball

LOSSES = np.concatenate([[0.0], np.geomspace(1e-12, 1.0, 200)])


def _projection_case(rng, n=12, width=5):
    """A unit target and its projection on `width` random features."""
    target = rng.standard_normal(n)
    target /= np.linalg.norm(target)
    basis = np.linalg.qr(rng.standard_normal((n, width)))[0]
    return target, basis @ (basis.T @ target)


def test_bound_is_the_printed_formula() -> None:
    printed = (np.sqrt(1 + 3 * LOSSES) - np.sqrt(1 - LOSSES)) ** 2 / 4
    # The printed form cancels: absolute rounding of its square roots, relative to 1.
    np.testing.assert_allclose(lower_bound(LOSSES), printed, atol=1e-15)
    tiny = 1e-9  # series L² − L³ + 2L⁴
    assert lower_bound(tiny) == pytest.approx(tiny**2 - tiny**3, rel=1e-15)


def test_three_quarters_is_the_best_constant_and_is_attained_at_two_thirds() -> None:
    assert (lower_bound(LOSSES) >= quadratic_floor(LOSSES) * (1 - 1e-15)).all()
    found = optimize.minimize_scalar(
        lambda x: float(lower_bound(x)) / x**2,
        bounds=(0.01, 1.0),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert found.fun == pytest.approx(0.75, rel=1e-12)
    assert found.x == pytest.approx(2 / 3, abs=1e-6)  # a minimiser: root of rounding
    assert lower_bound(2 / 3) == pytest.approx(1 / 3, rel=1e-14)


def test_no_point_of_the_ball_beats_the_bound_and_the_nearest_attains_it() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        target, teacher = _projection_case(rng)
        loss = ((target - teacher) ** 2).sum()
        nearest = nearest_in_ball(target, teacher)
        assert ((nearest - target) ** 2).sum() == pytest.approx(lower_bound(loss), rel=1e-12)
        direction = rng.standard_normal((200, target.size))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        students = 0.5 * teacher + 0.5 * np.linalg.norm(teacher) * direction
        assert (((students - target) ** 2).sum(1) >= lower_bound(loss)).all()


def test_early_stopped_student_of_a_projected_teacher_obeys_the_bound() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        target, teacher = _projection_case(rng)
        root = rng.standard_normal((12, 9)) + 3 * np.outer(target, rng.standard_normal(9))
        errors = ((flow(root @ root.T, teacher, np.geomspace(1e-3, 1e3, 300)) - target) ** 2).sum(1)
        assert errors.min() >= lower_bound(((target - teacher) ** 2).sum())


@pytest.mark.parametrize("loss", [1e-6, 0.1, 2 / 3, 0.99])
def test_student_with_one_well_chosen_feature_attains_the_bound(loss: float) -> None:
    target, teacher, student = tight_chain(loss)
    feature = student / np.linalg.norm(student)
    trained = flow(np.outer(feature, feature), teacher, [0.0, 1.0, 200.0])[-1]
    # Coordinates are of order one, so the squared error is exact to about 1e-16.
    assert ((trained - target) ** 2).sum() == pytest.approx(lower_bound(loss), rel=1e-9, abs=1e-16)
    np.testing.assert_allclose(teacher @ (target - teacher), 0.0, atol=1e-15)


def test_bounded_students_obey_their_bound_and_it_is_at_least_a_quarter() -> None:
    rng = np.random.default_rng(5)
    assert (lower_bound_bounded_student(LOSSES) >= LOSSES**2 / 4).all()
    tiny = 1e-8
    assert lower_bound_bounded_student(tiny) == pytest.approx(tiny**2 / 4, rel=1e-7)
    target, teacher = _projection_case(rng)
    loss = 1 - teacher @ teacher
    direction = rng.standard_normal((5000, 12))
    direction *= np.linalg.norm(teacher) / np.linalg.norm(direction, axis=1, keepdims=True)
    errors = ((direction - target) ** 2).sum(1)
    assert errors.min() >= lower_bound_bounded_student(loss)
    aligned = np.linalg.norm(teacher) * target  # sharp for each teacher
    assert ((aligned - target) ** 2).sum() == pytest.approx(
        lower_bound_bounded_student(loss), rel=1e-12
    )


def test_norm_aware_bound_is_the_distance_to_the_ball() -> None:
    rng = np.random.default_rng(6)
    target = np.array([1.0, 0.0, 0.0])
    for _ in range(100):
        teacher = 1.5 * rng.standard_normal(3)
        loss, energy = ((teacher - target) ** 2).sum(), teacher @ teacher
        nearest = nearest_in_ball(target, teacher)
        bound = lower_bound_any_teacher(loss, energy)
        assert bound == pytest.approx(((nearest - target) ** 2).sum(), rel=1e-10, abs=1e-28)


def test_norm_aware_bound_is_the_general_one_for_a_projected_teacher() -> None:
    # 1 + L − ρ² has an absolute error of rounding, hence the bound one of L times rounding.
    error = np.abs(lower_bound_any_teacher(LOSSES, 1 - LOSSES) - lower_bound(LOSSES))
    assert (error <= 1e-15 * LOSSES).all()


def test_noisy_teacher_lets_the_student_escape_the_quadratic_limit() -> None:
    target, noise = np.array([1.0, 0.0]), np.array([0.0, 0.5])
    teacher = target + noise  # error 1/4, energy 5/4 = 1 + L
    assert lower_bound_any_teacher(0.25, 1.25) == pytest.approx(0.0, abs=1e-30)
    student = flow(np.outer(target, target), teacher, [0.0, 60.0])[-1]
    assert ((student - target) ** 2).sum() < 1e-25 < lower_bound(0.25)


def test_a_teacher_along_the_target_allows_all_it_reaches_and_one_against_it_nothing() -> None:
    # f_TE = c f*: the ball holds f* from c = 1 on, and for c <= 0 its nearest point is zero. The
    # moments are at the edges of what a teacher can have, (1 - c)² and c².
    c = np.array([-3.0, -0.5, 0.0, 0.25, 1.0, 1.5, 2.0])
    bound = lower_bound_any_teacher((1 - c) ** 2, c**2)
    np.testing.assert_allclose(bound, np.clip(1 - c, 0, 1) ** 2, atol=1e-15)


def test_chain_of_one_is_the_general_bound_and_long_chains_reach_the_bounded_one() -> None:
    np.testing.assert_allclose(lower_bound_chain(LOSSES, 1), lower_bound(LOSSES), rtol=1e-13)
    errors = np.array([lower_bound_chain(LOSSES[1:-1], n) for n in (1, 2, 4, 8, 10**6)])
    assert (np.diff(errors, axis=0) < 0).all()
    # The gap to the limit is of relative order φ²/n, at most (π/2)²/10⁶.
    np.testing.assert_allclose(errors[-1], lower_bound_bounded_student(LOSSES[1:-1]), rtol=1e-5)


def test_chain_bound_is_the_optimum_over_all_angles() -> None:
    loss, n = 0.4, 3
    phi, norm = np.arcsin(np.sqrt(loss)), np.sqrt(1 - loss)

    def error(angles):
        radius, angle = norm * np.prod(np.cos(angles)), phi - np.sum(angles)
        return 1 - 2 * radius * np.cos(angle) + radius**2

    found = optimize.minimize(error, [0.1, 0.2, 0.3], tol=1e-14)
    assert lower_bound_chain(loss, n) == pytest.approx(found.fun, rel=1e-9)
    assert np.ptp(found.x) < 1e-5  # equal angles are optimal


@pytest.mark.parametrize("n_students", [1, 2, 7])
def test_tight_chain_is_a_chain_of_trained_students_that_attains_the_bound(n_students) -> None:
    loss = 0.3
    target, teacher, *students = tight_chain(loss, n_students)
    labels = teacher
    for student in students:
        feature = student / np.linalg.norm(student)
        labels = flow(np.outer(feature, feature), labels, [0.0, 60.0])[-1]
        np.testing.assert_allclose(labels, student, atol=1e-14)
    error = ((labels - target) ** 2).sum()
    assert error == pytest.approx(lower_bound_chain(loss, n_students), rel=1e-12)


@pytest.mark.parametrize(
    "bound",
    [
        lower_bound,
        quadratic_floor,
        lower_bound_bounded_student,
        lambda loss: lower_bound_chain(loss, 2),
        tight_chain,
    ],
)
def test_errors_of_an_unnormalised_target_are_refused(bound) -> None:
    with pytest.raises(ValueError, match=r"teacher_error must lie in \[0, 1\], got 1.5"):
        bound(1.5)
    with pytest.raises(ValueError, match="teacher_error must be finite, got nan"):
        bound(np.nan)


def test_impossible_moments_are_refused() -> None:
    for loss, energy, given in (  # too short, too long, too far
        (0.01, 0.5, r"\[0\.81, 1\.21\] for teacher_error = 0\.01, got 0\.5"),
        (0.01, 1.210000003, r"\[0\.81, 1\.21\] for teacher_error = 0\.01, got 1\.210000003"),
        (4.0, 0.25, r"\[1, 9\] for teacher_error = 4, got 0\.25"),
        ([0.25, 0.5], [[1.0], [4.0]], r"\[0\.25, 2\.25\] for teacher_error = 0\.25, got 4"),
        # Of one too far by 1/2 and one too long by 1/4, the first is named.
        ([0.5625, 2.25], [4.0, 0.0], r"\[0\.25, 6\.25\] for teacher_error = 2\.25, got 0"),
    ):
        with pytest.raises(ValueError, match=f"^teacher_energy must lie in {given}$"):
            lower_bound_any_teacher(loss, energy)
    with pytest.raises(ValueError, match=r"^teacher_error must be at least 0, got -1"):
        lower_bound_any_teacher(-1.0, 1.0)
    with pytest.raises(ValueError, match=r"^teacher_energy must be at least 0, got -1"):
        lower_bound_any_teacher(1.0, -1.0)
    for chain in (lower_bound_chain, tight_chain):
        with pytest.raises(ValueError, match=r"^n_students must be at least 1, got 0"):
            chain(0.1, 0)
    with pytest.raises(ValueError, match=r"teacher_error must be a single number"):
        tight_chain(np.array([0.1, 0.2]))
