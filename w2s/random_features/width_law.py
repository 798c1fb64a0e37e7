"""What a finite student loses against an infinitely wide one, without simulating any student.

Two limits are known: at any fixed time the loss is of first order in ``1/M_ST``, and at the end of
training the student is the projection of its teacher on its own features.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, at_least, finite, integer, one_of
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import multiplicities
from w2s.random_features.universality import resolution_level

_REPEATED = {"sphere": -1.0, "normal": 1.0}


def eigenspace_sizes(dim: int, teacher: SpectralTeacher) -> Array:
    """Dimension of every eigenspace of a ReLU teacher's spectrum.

    Parameters
    ----------
    dim : int
        Input dimension ``d ≥ 2``.
    teacher : SpectralTeacher
        Spectrum of a ReLU network: degrees 0, 1, 2, 4, …, all higher ones in one, the invisible.

    Returns
    -------
    array, shape (c,)
        ``N_ℓ``; for the higher degrees in one, the number that completes the kernel's trace
        ``1/(2d)``; zero for the invisible ones.

    Raises
    ------
    ValueError
        If `dim` is below two or the spectrum is not that of a ReLU network in this dimension.

    Examples
    --------
    >>> from w2s.random_features.universality import deterministic_teacher
    >>> eigenspace_sizes(8, deterministic_teacher(8, 20, degree_max=4))[:4]
    array([  1.,   8.,  35., 294.])
    """
    dim, values = integer("dim", dim, low=2), teacher.eigenvalues
    if values.size < 5 or not np.isclose(values[1], 0.25 / dim**2, rtol=1e-9):
        raise ValueError(f"teacher must have the ReLU spectrum of dimension {dim}, λ_1 = 1/(4d²)")
    degrees = np.array([0, 1, *range(2, 2 * values.size - 6, 2)])
    sizes = np.zeros(values.size)
    sizes[: degrees.size] = multiplicities(dim, int(degrees[-1]))[degrees]
    sizes[-2] = max(0.5 / dim - sizes @ values, 0.0) / values[-2]
    return sizes


def width_coefficient(
    teacher: SpectralTeacher, sizes: ArrayLike, times: ArrayLike, *, features: str = "sphere"
) -> Array:
    """Constant of the first-order cost of a finite width: ``L_ST ≃ L_ST(∞) + c(t)/M_ST``.

    With ``g(λ) = 1 − e^{−tλ}``, its divided differences ``D_ab = g[λ_a, λ_b]`` and
    ``H_ab = g[λ_a, λ_a, λ_b]``, ``E_a = ‖f_TE,a‖²`` and ``o_a = ⟨f_TE,a, f*_a⟩``:

    ``c(t) = Σ_ab λ_a λ_b (N_b + r δ_ab) (E_a D_ab² − 2 (o_a − g_a E_a) H_ab)``

    averaged over the student's features. The kernel of the finite student is ``K + δ`` with
    entries of variance ``λ_iλ_j/M_ST``; within one eigenspace they add up to ``N_a + r``.

    Parameters
    ----------
    teacher : SpectralTeacher
        One teacher or a batch of them.
    sizes : array_like, shape (c,)
        Dimension ``N_a`` of every eigenspace, for ReLU networks `eigenspace_sizes`.
    times : array_like
        One time per teacher, in the shape of the batch.
    features : {"sphere", "normal"}
        Law of the student's features. On the sphere ``Σ_m Y_m(u)²`` is constant in each
        eigenspace, so ``r = −1``; for normal features of a linear network ``r = 1``.

    Returns
    -------
    array, in the shape of the batch
        ``c(t)``.

    Raises
    ------
    ValueError
        If `sizes` has not one entry per eigenspace, a time is negative, `times` has not the shape
        of the batch or `features` is unknown.

    Notes
    -----
    Derived in this companion: second order in ``δ``, first order in ``1/M_ST``. At the best time
    of the infinitely wide student it is also the cost at the finite student's own best time.

    Examples
    --------
    A linear network, signal learned and bulk not: ``(1 − L²) s D``.

    >>> teacher = SpectralTeacher(*np.array([[1.0, 1e-6], [1.0, 0.0], [0.1, 0.0], [0.01, 0.09]]))
    >>> cost = width_coefficient(teacher, [1, 500], 60.0, features="normal")
    >>> print(f"{cost / (0.99 * 500e-6):.3f}")
    1.000
    """
    count, t = at_least("sizes", sizes, 0.0), at_least("times", times, 0.0)
    value, batch = teacher.eigenvalues, teacher.target_energy.shape[:-1]
    if count.shape != value.shape:
        raise ValueError(f"sizes must have shape {value.shape}, got {count.shape}")
    if t.shape != batch:
        raise ValueError(f"times must have the shape of the batch, {batch}, got {t.shape}")
    repeated = _REPEATED[one_of("features", features, tuple(_REPEATED))]
    t, same = t[..., None], np.eye(value.size, dtype=bool)
    g, rate = -np.expm1(-t * value), t * np.exp(-t * value)
    gap = value[:, None] - value + same
    first = np.where(same, rate[..., None], (g[..., :, None] - g[..., None, :]) / gap)
    curve = -0.5 * (t * rate)[..., None]
    second = np.where(same, curve, (rate[..., None] - first) / gap)
    weight = (count + repeated * same) * np.multiply.outer(value, value)
    energy = teacher.teacher_energy
    inner = teacher.target_energy - teacher.cross_energy - g * energy
    spread, bend = (weight * first**2).sum(-1), (weight * second).sum(-1)
    return np.asarray((energy * spread - 2.0 * inner * bend).sum(-1))


def error_without_stopping(teacher: SpectralTeacher, dim: int, student_width: int) -> Array:
    """Typical error ``L_ST(∞)`` of a finite ReLU student that is trained to the end.

    It is the projection of ``f_TE`` on its own features, which hold a direction of eigenvalue
    ``λ`` to the fraction ``q = λ/(λ + κ)``, with `resolution_level` ``κ``:

    ``L_ST(∞) ≃ 1 − Σ_j q_j (2⟨f_TE,j, f*_j⟩ − ‖f_TE,j‖²)``

    Parameters
    ----------
    teacher : SpectralTeacher
        One ReLU teacher or a batch of them.
    dim : int
        Input dimension ``d ≥ 2``.
    student_width : int
        Number of student features ``M_ST``, drawn independently of the teacher's.

    Returns
    -------
    array, in the shape of the batch
        ``L_ST(∞)``; it tends to ``L_TE`` as the student gets wider.

    Raises
    ------
    ValueError
        If a size is out of range.

    Notes
    -----
    Derived in this companion, under the universality ansatz for the student's features.

    Examples
    --------
    >>> from w2s.random_features.universality import deterministic_teacher
    >>> teacher = deterministic_teacher(32, 256)
    >>> ends = [error_without_stopping(teacher, 32, width) for width in (16384, 10**9)]
    >>> [f"{end / teacher.error:.2f}" for end in ends]
    ['0.80', '0.97']
    """
    kappa = resolution_level(dim, student_width)
    held = teacher.eigenvalues / (teacher.eigenvalues + kappa)
    gain = 2.0 * (teacher.target_energy - teacher.cross_energy) - teacher.teacher_energy
    return finite("teacher", 1.0 - gain @ held)
