"""ReLU features on the sphere: Gegenbauer polynomials, Funk–Hecke coefficients, the kernel.

Inputs and features are uniform on the unit sphere ``S^{d−1}``, expectations are over the input.
A function of degree ``ℓ`` lies in an eigenspace of every rotation-invariant kernel, of dimension
`multiplicities`; ``P_ℓ`` is the Gegenbauer polynomial of dimension ``d`` with ``P_ℓ(1) = 1``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import eval_gegenbauer, gammaln

from w2s._checks import Array, finite, generator, integer, told

Real = NDArray[Any]  # float32 or float64

_NODES = 120  # of quadratures over the angle from 0 to π/2: rounding is reached


def sphere_points(rng: np.random.Generator, count: int, dim: int) -> Array:
    """Independent uniform points of the unit sphere.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    count : int
        Number of points.
    dim : int
        Dimension ``d ≥ 2`` of the surrounding space.

    Returns
    -------
    array, shape (count, dim)
        Unit vectors.

    Raises
    ------
    ValueError
        If `count` is below one or `dim` below two.

    Examples
    --------
    >>> points = sphere_points(np.random.default_rng(0), 5, 3)
    >>> bool(np.allclose((points**2).sum(axis=1), 1.0))
    True
    """
    shape = integer("count", count), integer("dim", dim, low=2)
    points = generator(rng).standard_normal(shape)
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


def gegenbauer_terms(dim: int, degree_max: int, t: ArrayLike) -> Iterator[Array]:
    """Yield ``P_0(t), P_1(t), …`` one after the other, in memory of three of them.

    ``(ℓ + d − 2) P_{ℓ+1} = (2ℓ + d − 2) t P_ℓ − ℓ P_{ℓ−1}``, stable on [−1, 1].

    Parameters
    ----------
    dim : int
        Dimension ``d ≥ 2``.
    degree_max : int
        Last degree.
    t : array_like
        Arguments in [−1, 1].

    Yields
    ------
    array, shape of `t`
        ``P_ℓ(t)`` for ``ℓ = 0, …, degree_max``; valid until the next but one.

    Raises
    ------
    ValueError
        If `dim` is below two, `degree_max` is negative or `t` is not finite.

    Examples
    --------
    >>> [float(term) for term in gegenbauer_terms(3, 3, 0.5)]    # Legendre polynomials
    [1.0, 0.5, -0.125, -0.4375]
    """
    d, last, x = (
        integer("dim", dim, low=2),
        integer("degree_max", degree_max, low=0),
        finite("t", t),
    )
    older, old, new = np.zeros_like(x), np.zeros_like(x), np.ones_like(x)
    yield new
    for degree in range(last):
        older, old, new = old, new, older
        if degree == 0:
            np.copyto(new, x)
        else:
            np.multiply(x, old, out=new)
            new *= (2 * degree + d - 2) / (degree + d - 2)
            older *= degree / (degree + d - 2)
            new -= older
        yield new


def gegenbauer(dim: int, degree_max: int, t: ArrayLike) -> Array:
    """All of ``P_0(t), …, P_{degree_max}(t)``, stacked.

    Parameters
    ----------
    dim, degree_max, t
        As for `gegenbauer_terms`, which also says what raises.

    Returns
    -------
    array, shape (degree_max + 1, ...)
        Values; ``|P_ℓ| ≤ 1`` on [−1, 1].

    Examples
    --------
    >>> gegenbauer(4, 2, [1.0, 0.0]).round(6)
    array([[ 1.        ,  1.        ],
           [ 1.        ,  0.        ],
           [ 1.        , -0.333333]])
    """
    return np.stack([term.copy() for term in gegenbauer_terms(dim, degree_max, t)])


def multiplicities(dim: int, degree_max: int) -> Array:
    """Dimensions ``N_ℓ = C(d+ℓ−1, ℓ) − C(d+ℓ−3, ℓ−2)`` of the spaces of spherical harmonics.

    Parameters
    ----------
    dim : int
        Dimension ``d ≥ 2``.
    degree_max : int
        Last degree.

    Returns
    -------
    array, shape (degree_max + 1,)
        ``N_0, …, N_{degree_max}``, rounded to float64 from exact integers.

    Raises
    ------
    ValueError
        If `dim` is below two, `degree_max` is negative or a number exceeds float64.

    Examples
    --------
    >>> multiplicities(32, 4)
    array([1.0000e+00, 3.2000e+01, 5.2700e+02, 5.9520e+03, 5.1832e+04])
    """
    d, last = integer("dim", dim, low=2), integer("degree_max", degree_max, low=0)
    low = [comb(d + degree - 3, degree - 2) if degree >= 2 else 0 for degree in range(last + 1)]
    counts = [comb(d + degree - 1, degree) - less for degree, less in enumerate(low)]
    try:
        return np.array(counts, dtype=float)
    except OverflowError:
        raise ValueError(
            f"degree_max must leave N_ℓ below 1.8e308 at dim = {d}, got {last}"
        ) from None


def relu_coefficients(dim: int, degree_max: int) -> Array:
    """Funk–Hecke coefficients ``c_ℓ`` of the ReLU: ``E_x max(⟨u, x⟩, 0) Y_ℓ(x) = c_ℓ Y_ℓ(u)``.

    ``c_0 = Γ(d/2) / (2√π Γ((d+1)/2))``, ``c_1 = 1/(2d)``, ``c_ℓ = 0`` for odd ``ℓ ≥ 3``, and for
    even ``ℓ ≥ 2``
    ``c_ℓ = (−1)^{ℓ/2−1} Γ(d/2)/√π · 2^{−ℓ} (ℓ−2)! / ((ℓ/2−1)! Γ((ℓ+d+1)/2))``.

    Parameters
    ----------
    dim : int
        Dimension ``d ≥ 2``.
    degree_max : int
        Last degree.

    Returns
    -------
    array, shape (degree_max + 1,)
        ``c_0, …, c_{degree_max}``.

    Raises
    ------
    ValueError
        If `dim` is below two or `degree_max` is negative.

    Notes
    -----
    Derived in this companion (Rodrigues' formula and two integrations by parts). An odd degree
    from three on is invisible to any ReLU network without biases.

    Examples
    --------
    >>> relu_coefficients(3, 4).round(6)
    array([ 0.25    ,  0.166667,  0.0625  ,  0.      , -0.010417])
    """
    d, last = integer("dim", dim, low=2), integer("degree_max", degree_max, low=0)
    c = np.zeros(last + 1)
    c[0] = np.exp(gammaln(d / 2) - gammaln((d + 1) / 2)) / (2.0 * np.sqrt(np.pi))
    c[1:2] = 0.5 / d  # where there is a degree one
    even = np.arange(2, last + 1, 2)
    logs = gammaln(d / 2) - 0.5 * np.log(np.pi) - even * np.log(2.0)
    logs += gammaln(even - 1) - gammaln(even / 2) - gammaln((even + d + 1) / 2)
    c[even] = np.where(even % 4 == 2, 1.0, -1.0) * np.exp(logs)
    return c


def funk_hecke_quadrature(dim: int, degree_max: int) -> Array:
    """Coefficients of the ReLU from their integral over the angle; no Gamma function.

    ``c_ℓ = ∫ max(z, 0) P_ℓ(z) (1 − z²)^{(d−3)/2} dz / ∫ (1 − z²)^{(d−3)/2} dz`` with ``z = cos θ``,
    by Gauss–Legendre in ``θ`` and SciPy's Gegenbauer polynomials.

    Parameters
    ----------
    dim, degree_max
        As for `relu_coefficients`, but ``d ≥ 3``.

    Returns
    -------
    array, shape (degree_max + 1,)
        ``c_0, …, c_{degree_max}``.

    Raises
    ------
    ValueError
        If `dim` is below three or `degree_max` negative.

    Examples
    --------
    >>> funk_hecke_quadrature(3, 2).round(6)
    array([0.25    , 0.166667, 0.0625  ])
    """
    d, last = integer("dim", dim, low=3), integer("degree_max", degree_max, low=0)
    x, weights = np.polynomial.legendre.leggauss(_NODES)
    angle = 0.25 * np.pi * (x + 1)
    z, density = np.cos(angle), np.sin(angle) ** (d - 2)
    density /= 2 * weights @ density  # both halves of the sphere have mass 1
    degree = np.arange(last + 1)
    polynomials = eval_gegenbauer(degree, d / 2 - 1, z[:, None])
    polynomials /= eval_gegenbauer(degree, d / 2 - 1, 1.0)
    return np.asarray((weights * density * z) @ polynomials)


def relu_eigenvalues(dim: int, degree_max: int) -> Array:
    """Eigenvalues ``λ_ℓ = c_ℓ²``, of multiplicity ``N_ℓ``, of an infinitely wide ReLU student.

    ``κ₁(⟨x, x'⟩)/d = Σ_ℓ λ_ℓ N_ℓ P_ℓ(⟨x, x'⟩)``, trace ``Σ_ℓ λ_ℓ N_ℓ = 1/(2d)``.

    Parameters
    ----------
    dim, degree_max
        As for `relu_coefficients`, which also says what raises.

    Returns
    -------
    array, shape (degree_max + 1,)
        ``λ_0, …, λ_{degree_max}``; ``λ_1 = 1/(4d²)``.

    Examples
    --------
    >>> float(relu_eigenvalues(32, 2)[1] * 4 * 32**2)
    1.0
    """
    return relu_coefficients(dim, degree_max) ** 2


def arc_cosine(correlations: Real) -> Real:
    """Arc-cosine kernel of order one, ``κ₁(ρ) = E[max(g,0) max(g',0)]``, in place.

    ``κ₁(ρ) = (√(1−ρ²) + ρ (π/2 + arcsin ρ)) / 2π`` for standard normals of correlation ``ρ``. On
    the sphere ``⟨σ_u, σ_v⟩ = κ₁(⟨u, v⟩)/d``. Beyond rounding, ``ρ`` is clipped to [−1, 1].

    Parameters
    ----------
    correlations : array of float32 or float64
        ``ρ``; overwritten.

    Returns
    -------
    array
        The same memory, holding ``κ₁(ρ)``.

    Raises
    ------
    ValueError
        If the array has another type.

    Examples
    --------
    >>> arc_cosine(np.array([1.0, 0.0, -1.0])).round(6)
    array([0.5     , 0.159155, 0.      ])
    """
    rho = correlations
    if rho.dtype not in (np.float32, np.float64):
        raise ValueError(f"correlations must be float32 or float64, got {rho.dtype}")
    np.clip(rho, -1.0, 1.0, out=rho)
    root = rho * rho
    np.subtract(1.0, root, out=root)
    np.sqrt(root, out=root)
    angle = np.arcsin(rho)
    angle += 0.5 * np.pi
    rho *= angle
    rho += root
    rho *= 0.5 / np.pi
    return rho


@dataclass(frozen=True)
class ZonalTarget:
    """Target ``f*(x) = Σ_ℓ f_ℓ √N_ℓ P_ℓ(⟨β, x⟩)``, of unit norm.

    Parameters
    ----------
    direction : array, shape (d,)
        Unit vector ``β``.
    coefficients : sequence of float, length L + 1
        ``f_0, …, f_L`` with ``Σ f_ℓ² = 1``; by default the linear target.

    Raises
    ------
    ValueError
        If `direction` is not a unit vector of length at least two, or the target has not unit
        norm.

    Examples
    --------
    >>> target = ZonalTarget(np.array([1.0, 0.0, 0.0]))
    >>> target(np.array([[0.6, 0.8, 0.0]])).round(6)              # √3 · 0.6
    array([1.03923])
    """

    direction: Array
    coefficients: Sequence[float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        """Refuse directions and energies that are not normalised."""
        beta = finite("direction", self.direction, ndim=1)
        integer("dim", beta.size, low=2)
        if abs(beta @ beta - 1.0) > 1e-12:
            raise ValueError(
                f"direction must have unit norm, got {told(1, np.linalg.norm(beta))[1]}"
            )
        energy = float((finite("coefficients", self.coefficients, ndim=1) ** 2).sum())
        if abs(energy - 1.0) > 1e-12:
            raise ValueError(f"the target must have energy Σ f_ℓ² = 1, got {told(1, energy)[1]}")

    def __call__(self, inputs: ArrayLike) -> Array:
        """Values at `inputs`, an array of unit vectors of shape (n, d)."""
        return np.asarray(self.series(np.ones(len(self.coefficients)), inputs).sum(axis=0))

    def series(self, factors: Array, inputs: ArrayLike) -> Array:
        """Terms ``factor_ℓ f_ℓ √N_ℓ P_ℓ(⟨β, x⟩)`` at `inputs`, shape (L + 1, n)."""
        dim, last = self.direction.size, len(self.coefficients) - 1
        scale = factors[: last + 1] * self.coefficients * np.sqrt(multiplicities(dim, last))
        polynomials = gegenbauer(dim, last, finite("inputs", inputs, ndim=2) @ self.direction)
        return scale[:, None] * polynomials
