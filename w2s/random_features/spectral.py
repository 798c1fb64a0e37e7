"""Random feature teachers, seen through the eigenspaces of an infinitely wide student's kernel.

A teacher is trained to convergence on the population, so it is the projection of the target on
the span of its features. What a student can learn from it depends only on how the residual
``r = f* − f_TE`` is spread over the eigenspaces of the student's kernel: `SpectralTeacher`. The
networks themselves are in `linear_network` and `relu_network`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from w2s._checks import Array


@dataclass(frozen=True)
class SpectralTeacher:
    """Second moments of the target ``f*`` and of the residual ``r = f* − f_TE``, by eigenspace.

    Leading axes, where present, run over independent teachers.

    Parameters
    ----------
    eigenvalues : array, shape (c,)
        Distinct eigenvalues ``λ_j`` of the student's kernel, the largest first.
    target_energy : array, shape (..., c)
        ``‖f*_j‖²``; it sums to one over `j`.
    cross_energy : array, shape (..., c)
        ``⟨f*_j, r_j⟩``, the inner product of target and residual.
    residual_energy : array, shape (..., c)
        ``‖r_j‖²``; it sums to the teacher's error.
    """

    eigenvalues: Array
    target_energy: Array
    cross_energy: Array
    residual_energy: Array

    @property
    def error(self) -> Array:
        """Teacher's population error ``L_TE = ‖r‖²``."""
        return cast(Array, self.residual_energy.sum(axis=-1))

    @property
    def teacher_energy(self) -> Array:
        """Energy ``‖f_TE,j‖²`` of the teacher in each eigenspace."""
        return self.target_energy - 2.0 * self.cross_energy + self.residual_energy

    @classmethod
    def stack(cls, teachers: Sequence[SpectralTeacher]) -> SpectralTeacher:
        """One batch of several teachers with the same eigenvalues."""
        first = teachers[0].eigenvalues
        if any(not np.array_equal(teacher.eigenvalues, first) for teacher in teachers):
            raise ValueError("teachers of one batch must share the eigenvalues of the student")
        return cls(
            first,
            np.stack([teacher.target_energy for teacher in teachers]),
            np.stack([teacher.cross_energy for teacher in teachers]),
            np.stack([teacher.residual_energy for teacher in teachers]),
        )
