"""Deterministic equivalents on a power-law spectrum: against draws, limits and known numbers."""

from dataclasses import replace

import numpy as np
import pytest

from w2s.neighbours.power_law import (
    effective_ridge,
    krr_teacher,
    power_spectrum,
    projection_teacher,
)

ALPHAS = (1.2, 1.5, 2.5, 4.0)


def plain(alpha, decay, last):
    """The spectrum whose energies are k^(-q-1) themselves, as the known numbers have it."""
    task = power_spectrum(alpha, decay, last)
    return replace(task, energies=task.energies / task.energies[0])


def test_modes_are_whole_and_none_is_counted_twice() -> None:
    task = power_spectrum(2.0, 1.5, 123_456, exact=50, step=0.03)
    assert task.count.sum() == 123_456
    assert (task.count[:50] == 1).all()
    assert (task.eigenvalues[:50] == np.arange(1.0, 51.0) ** -2.0).all()
    assert (np.diff(task.eigenvalues) < 0).all()
    assert task.count[60:] == pytest.approx(0.03 / task.eigenvalues[60:] ** 0.5, rel=0.5)


def test_a_spectrum_shorter_than_its_exact_part_has_its_length() -> None:
    task = power_spectrum(2.0, 1.5, 7, exact=50)
    assert task.eigenvalues == pytest.approx(np.arange(1.0, 8.0) ** -2.0, rel=1e-15)
    assert (task.count == 1).all()


def test_lumps_change_sums_by_the_square_of_their_width() -> None:
    fine = power_spectrum(1.3, 0.6, 20_000, exact=20_000)
    for step in (0.02, 0.1):
        lumped = power_spectrum(1.3, 0.6, 20_000, exact=100, step=step)
        # A lump of relative width w changes k^-p summed over it by p(p+1)w²/24, p < 3.
        assert lumped.count @ lumped.eigenvalues == pytest.approx(
            fine.count @ fine.eigenvalues, rel=step**2
        )
        ratio = lumped.energies[0] / fine.energies[0]
        assert ratio == pytest.approx(1.0, abs=step**2)


def test_the_energy_of_the_target_is_one_and_falls_like_its_power() -> None:
    task = power_spectrum(1.5, 3.0, 1e6)
    assert task.count @ task.energies == pytest.approx(1.0, rel=1e-14)
    assert task.energies[9] / task.energies[0] == pytest.approx(10**-4.0, rel=1e-12)


@pytest.mark.parametrize("ridge", [0.0, 1e-6, 0.03, 5.0])
@pytest.mark.parametrize("alpha", ALPHAS)
def test_the_effective_ridge_solves_its_equation(alpha, ridge) -> None:
    task, n = power_spectrum(alpha, 1.0, 1e7), 1e4
    level = effective_ridge(task, n, ridge)
    shares = task.eigenvalues / (task.eigenvalues + level)
    # Rounding of some thousand terms.
    assert task.count @ shares + n * ridge / level == pytest.approx(n, rel=1e-10)


def test_the_effective_ridge_of_equal_eigenvalues_is_known() -> None:
    task = replace(power_spectrum(2.0, 1.0, 40), eigenvalues=np.full(40, 0.5))
    # 40 · 0.5/(0.5 + κ) = 10.
    assert effective_ridge(task, 10) == pytest.approx(1.5, rel=1e-12)


@pytest.mark.parametrize(
    ("alpha", "r", "width", "error"),
    [(1.5, 1, 40, 0.01514), (2, 0.7, 40, 0.002361), (1.5, 3, 30, 0.01939)],
)
def test_the_error_of_a_projection_is_the_known_number(alpha, r, width, error) -> None:
    teacher = projection_teacher(power_spectrum(alpha, 2 * alpha * r, 1500), width)
    assert teacher.error == pytest.approx(error, rel=5e-4)  # the number has four digits


def test_a_projection_keeps_what_it_keeps_and_no_more() -> None:
    task = power_spectrum(1.5, 2.0, 1e5)
    teacher = projection_teacher(task, 50)
    kept = 1 - teacher.missing
    # Rank, and ⟨Pf, Pf⟩ = ⟨Pf, f⟩.
    assert task.count @ kept == pytest.approx(50, rel=1e-10)
    energy = task.count @ (kept**2 * task.energies + teacher.variance)
    assert energy == pytest.approx(task.count @ (kept * task.energies), rel=1e-10)
    assert teacher.error == pytest.approx(task.count @ (teacher.missing * task.energies), rel=1e-10)


def test_the_smallest_missing_share_keeps_its_digits() -> None:
    # κ is about (M π/(α sin(π/α)))^-α, far below the rounding of 1 - s_1.
    teacher = projection_teacher(power_spectrum(4.0, 8.0, 1e10), 1e7)
    known = (1e7 * 4 * np.sin(np.pi / 4) / np.pi) ** -4.0
    assert teacher.missing[0] == pytest.approx(known, rel=1e-3)  # lumps, and 1/2M


@pytest.mark.parametrize(
    ("samples", "ridge", "error"),
    [(60, 1e-6, 0.2581), (60, 0.01, 0.0537), (100, 1e-5, 0.2431)],
)
def test_the_error_of_a_ridge_teacher_is_the_known_number(samples, ridge, error) -> None:
    teacher = krr_teacher(plain(2.0, 1.5, 1500), samples, 0.25, ridge)
    assert teacher.error == pytest.approx(error, abs=6e-5)  # the number has four digits


@pytest.mark.parametrize(
    ("samples", "error"),
    [(1e2, 0.25035), (1e3, 0.2505), (1e4, 0.25065), (1e5, 0.25068), (1e6, 0.25068)],
)
def test_the_error_of_an_interpolating_teacher_stays_where_it_is(samples, error) -> None:
    teacher = krr_teacher(plain(2.0, 1.5, 300 * samples), samples, 0.25)
    assert teacher.error == pytest.approx(error, abs=6e-6)  # the number has five digits


def test_without_noise_and_samples_enough_a_teacher_knows_the_target() -> None:
    assert krr_teacher(power_spectrum(2.0, 3.0, 1e6), 1e5, 0.0).error < 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: power_spectrum(1.0, 1.0, 10), r"alpha must exceed 1, got 1"),
        (lambda: power_spectrum(2.0, 0.0, 10), r"decay must exceed 0, got 0"),
        (lambda: power_spectrum(2.0, 1.0, 0.5), r"last must be at least 1, got 0.5"),
        (lambda: power_spectrum(2.0, 1.0, 10, step=0.0), r"step must exceed 0, got 0"),
        (lambda: power_spectrum(2.0, 1.0, 10, exact=0), r"exact must be at least 1, got 0"),
        (
            lambda: effective_ridge(power_spectrum(2.0, 1.0, 10), 10),
            r"number of directions must exceed samples = 10, got 10",
        ),
        (lambda: effective_ridge(power_spectrum(2.0, 1.0, 10), 0), r"samples must exceed 0, got 0"),
        (
            lambda: krr_teacher(power_spectrum(2.0, 1.0, 10), 5, 0.1, -1.0),
            r"ridge must be at least 0, got -1",
        ),
        (
            lambda: krr_teacher(power_spectrum(2.0, 1.0, 10), 5, -0.1),
            r"noise must be at least 0, got -0.1",
        ),
        (
            lambda: projection_teacher(power_spectrum(2.0, 1.0, 10), 11),
            r"number of directions must exceed samples = 11, got 10",
        ),
    ],
)
def test_bad_input_is_refused_with_condition_and_value(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_with_a_penalty_there_may_be_more_samples_than_directions() -> None:
    assert effective_ridge(power_spectrum(2.0, 1.0, 10), 1000, 0.01) > 0.01
