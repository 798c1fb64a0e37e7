"""A teacher seen through eigenspaces: energies by polarisation, batches."""

import numpy as np
import pytest

from w2s.random_features.spectral import SpectralTeacher


def _teacher(seed: int, eigenvalues=(1.0, 0.1)) -> tuple[SpectralTeacher, np.ndarray, np.ndarray]:
    """Random functions on two eigenspaces of three dimensions each."""
    target, labels = np.random.default_rng(seed).standard_normal((2, 2, 3))
    residual = target - labels
    moments = [(target**2).sum(1), (target * residual).sum(1), (residual**2).sum(1)]
    return SpectralTeacher(np.array(eigenvalues), *moments), target, labels


def test_error_and_energies_are_those_of_the_functions() -> None:
    teacher, target, labels = _teacher(0)
    assert teacher.error == pytest.approx(((target - labels) ** 2).sum(), rel=1e-14)
    np.testing.assert_allclose(teacher.teacher_energy, (labels**2).sum(axis=1), rtol=1e-12)


def test_a_batch_is_its_teachers() -> None:
    teachers = [_teacher(seed)[0] for seed in range(3)]
    batch = SpectralTeacher.stack(teachers)
    np.testing.assert_array_equal(batch.error, [teacher.error for teacher in teachers])
    assert batch.cross_energy.shape == (3, 2)


def test_teachers_of_different_students_make_no_batch() -> None:
    with pytest.raises(ValueError, match="must share the eigenvalues of the student"):
        SpectralTeacher.stack([_teacher(0)[0], _teacher(1, (1.0, 0.2))[0]])
