"""Pairs of feature subspaces: canonical angles, overlap, and what a target leaves in each part.

Coordinates are whitened: latents ``g`` with identity covariance, features ``A_sᵀg`` and ``A_wᵀg``
with orthonormal columns, target ``f*(g) = βᵀg``. Ridgeless least squares with enough samples sees
nothing else of the features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, at_least, between, finite, generator, integer, told

_ROUNDING = 1e-9
_CANCELLED = 1e-6  # square root of the rounding error of a difference of energies, with room


@dataclass(frozen=True)
class Geometry:
    """All that the exact risks need to know of two feature spaces and a target.

    With ``P_s``, ``P_w`` the projectors on the two spaces (``⊥``: their complements) and ``β`` the
    target: ``d_{s∧w} = tr(P_s P_w)``, ``ρ_s = |P_s⊥β|²``, ``a = |P_s P_w⊥β|²``,
    ``b = |P_s⊥P_w⊥β|²``, ``c = |P_s⊥P_wβ|²``, and ``ρ_w = a + b``.

    Parameters
    ----------
    d_strong, d_weak : int
        Intrinsic dimensions ``d_s``, ``d_w``.
    overlap : float
        Correlation dimension ``d_{s∧w}`` in ``[0, min(d_s, d_w)]``.
    rho_strong : float
        Approximation error ``ρ_s`` of the strong features.
    inherited : float
        ``a``: what the teacher misses and the student could express.
    removed : float
        ``b``: what the teacher misses and the student cannot express either.
    invisible : float
        ``c``: signal in the pseudo-labels that the student cannot express.
    signal : float, optional
        ``|β|²``. Only the branches with shrinkage (too few samples, ridge) need it.

    Raises
    ------
    ValueError
        If a value is out of range, or ``√ρ_s``, ``√b``, ``√c`` break the triangle inequality that
        ``P_s⊥P_wβ = P_s⊥β - P_s⊥P_w⊥β`` imposes (and likewise for `inherited`, given `signal`);
        at ``overlap = d_w``, where ``P_s⊥P_w = 0``, if `invisible` is not 0; at ``overlap = d_s``,
        where ``P_sP_w⊥ = 0``, if `inherited` is not 0 or ``ρ_s ≠ b + c``.

    Examples
    --------
    >>> Geometry(100, 200, overlap=10, removed=0.1, invisible=0.1).rho_weak
    0.1
    """

    d_strong: int
    d_weak: int
    overlap: float
    rho_strong: float = 0.0
    inherited: float = 0.0
    removed: float = 0.0
    invisible: float = 0.0
    signal: float | None = None

    def __post_init__(self) -> None:
        keep = object.__setattr__
        keep(self, "d_strong", integer("d_strong", self.d_strong))
        keep(self, "d_weak", integer("d_weak", self.d_weak))
        largest = min(self.d_strong, self.d_weak)
        keep(self, "overlap", float(between("overlap", self.overlap, 0, largest)))
        for name in ("rho_strong", "inherited", "removed", "invisible"):
            keep(self, name, float(at_least(name, getattr(self, name), 0)))
        energies = self.rho_strong, self.inherited, self.removed, self.invisible
        scale = max(*energies, self.signal or 0.0)
        self._check_nested(scale)
        sides = {"rho_strong": self.rho_strong, "removed": self.removed}
        _triangle("invisible", self.invisible, sides, scale)
        if self.signal is not None:
            least = max(self.rho_strong, self.rho_weak + self.invisible)
            signal = float(at_least("signal", self.signal, least * (1 - _ROUNDING)))
            keep(self, "signal", signal)
            on_strong, common = signal - self.rho_strong, signal - self.rho_weak - self.invisible
            sides = {"|P_s β|²": max(on_strong, 0.0), "|P_s P_w β|²": max(common, 0.0)}
            _triangle("inherited", self.inherited, sides, scale)

    def _check_nested(self, scale: float) -> None:
        """Refuse what the projectors leave no room for where one space lies in the other.

        The sines squared between the spaces sum to ``d - d_{s∧w}``, each at most that, and with
        them what one space misses of the other: ``c <= (d_w - d_{s∧w}) |P_w β|²``, and likewise
        ``a``. Bases are orthonormal to `_ROUNDING`, so an overlap is known to about twice that a
        dimension, and energies of nothing to as much of the largest.
        """
        energies = {"weak": ("invisible", self.invisible), "strong": ("inherited", self.inherited)}
        for inner, outer in (("weak", "strong"), ("strong", "weak")):
            size = getattr(self, f"d_{inner}")
            if not nested(self.overlap, size):
                continue
            room = 2 * _ROUNDING * size
            name, energy = energies[inner]
            where = f"at overlap = d_{inner} = {size}, where the {inner} space lies in the {outer}"
            if energy > room * scale:
                raise ValueError(f"{name} must be 0 {where} one, got {told(0, energy)[1]}")
            rest = self.rho_strong - self.removed - self.invisible  # -2⟨P_s P_w β, P_s P_w⊥ β⟩
            if inner == "strong" and abs(rest) > 2 * np.sqrt(room) * scale:
                raise ValueError(
                    f"rho_strong must be removed + invisible {where} one, got {self.rho_strong!r} "
                    f"for {self.removed!r} + {self.invisible!r}"
                )

    @property
    def rho_weak(self) -> float:
        """Approximation error of the weak features, ``ρ_w = a + b``."""
        return self.inherited + self.removed

    @property
    def discrepancy(self) -> float:
        """Weak dimensions that the student does not share, ``d_w - d_{s∧w}``."""
        return self.d_weak - self.overlap


def nested(overlap: float, size: int) -> bool:
    """Whether a space of dimension `size` lies in the other one, to rounding of the bases.

    Examples
    --------
    >>> nested(3.999999, 4), nested(4 - 1e-12, 4)
    (False, True)
    """
    return size - overlap <= 2 * _ROUNDING * size


@dataclass(frozen=True, eq=False)
class SubspacePair:
    """Two feature spaces given by orthonormal bases in the same latent coordinates.

    Parameters
    ----------
    strong : array of shape (r, d_s)
        Orthonormal columns ``A_s``.
    weak : array of shape (r, d_w)
        Orthonormal columns ``A_w``.

    Raises
    ------
    ValueError
        If the shapes do not fit or the columns are not orthonormal.

    Examples
    --------
    >>> pair = SubspacePair(np.eye(3)[:, :2], np.eye(3)[:, 1:])
    >>> float(pair.overlap)
    1.0
    """

    strong: Array
    weak: Array

    def __post_init__(self) -> None:
        for name in ("strong", "weak"):
            object.__setattr__(self, name, _orthonormal(name, getattr(self, name)))
        if self.strong.shape[0] != self.weak.shape[0]:
            raise ValueError(
                "strong and weak must have the same number of rows, "
                f"got {self.strong.shape[0]} and {self.weak.shape[0]}"
            )

    @property
    def dimension(self) -> int:
        """Number of latent coordinates ``r``."""
        return len(self.strong)

    @property
    def d_strong(self) -> int:
        """Dimension of the strong space."""
        return len(self.strong.T)

    @property
    def d_weak(self) -> int:
        """Dimension of the weak space."""
        return len(self.weak.T)

    @cached_property
    def cross(self) -> Array:
        """Cross-correlation ``C = A_sᵀA_w`` of shape (d_s, d_w)."""
        return self.strong.T @ self.weak

    @property
    def overlap(self) -> float:
        """Correlation dimension ``|C|_F²``."""
        return min(float(np.sum(self.cross**2)), self.d_strong, self.d_weak)

    def geometry(self, target: ArrayLike | None = None) -> Geometry:
        """Split `target` (shape (r,), none means zero) into the constants of `Geometry`."""
        beta = as_target(target, self.dimension)
        in_weak = self.weak @ (self.weak.T @ beta)
        off_weak = beta - in_weak
        kept = self.strong.T @ off_weak

        def beyond_strong(vector: Array) -> float:
            rest = vector - self.strong @ (self.strong.T @ vector)
            return float(rest @ rest)

        return Geometry(
            d_strong=self.d_strong,
            d_weak=self.d_weak,
            overlap=self.overlap,
            rho_strong=beyond_strong(beta),
            inherited=float(kept @ kept),
            removed=beyond_strong(off_weak),
            invisible=beyond_strong(in_weak),
            signal=float(beta @ beta),
        )


def as_target(target: ArrayLike | None, dimension: int) -> Array:
    """Return `target` as a vector of length `dimension`; ``None`` is the zero target."""
    if target is None:
        return np.zeros(dimension)
    beta = finite("target", target, ndim=1)
    if len(beta) != dimension:
        raise ValueError(f"target must have length {dimension}, got {len(beta)}")
    return beta


def as_chain(
    bases: Sequence[ArrayLike], samples: Sequence[ArrayLike], target: ArrayLike | None
) -> tuple[list[Array], Array]:
    """Return the bases of a chain of models and its target, refusing what does not fit.

    Examples
    --------
    >>> spaces, beta = as_chain([np.eye(3)[:, :2], np.eye(3)[:, 1:]], [9, 9], [1, 0, 0])
    >>> len(spaces), beta
    (2, array([1., 0., 0.]))
    """
    if not bases or len(bases) != len(samples):
        raise ValueError(
            f"bases and samples must have one entry per model, got {len(bases)}, {len(samples)}"
        )
    spaces = [_orthonormal(f"bases[{k}]", basis) for k, basis in enumerate(bases)]
    rows = [len(basis) for basis in spaces]
    if len(set(rows)) > 1:
        raise ValueError(f"bases must have the same number of rows, got {rows}")
    return spaces, as_target(target, rows[0])


def axis_aligned_pair(
    d_strong: int, d_weak: int, overlap: int, dimension: int | None = None
) -> SubspacePair:
    """Two blocks of coordinate axes that share `overlap` of them, as in the paper's simulations.

    Strong: axes ``0 … d_s-1``. Weak: axes ``δ … δ+d_w-1`` with offset ``δ = d_s - d_{s∧w}``.

    Parameters
    ----------
    d_strong, d_weak, overlap : int
        Dimensions; ``0 <= overlap <= min(d_strong, d_weak)``.
    dimension : int, optional
        Number of latent coordinates, by default just enough.

    Returns
    -------
    SubspacePair
        All canonical cosines are 0 or 1.

    Raises
    ------
    ValueError
        If `overlap` is out of range or `dimension` is too small.

    Examples
    --------
    >>> pair = axis_aligned_pair(100, 200, overlap=10)
    >>> pair.dimension, float(pair.overlap)
    (290, 10.0)
    """
    d_s, d_w = integer("d_strong", d_strong), integer("d_weak", d_weak)
    shared = integer("overlap", overlap, low=0)
    if shared > min(d_s, d_w):
        raise ValueError(f"overlap must be at most min(d_strong, d_weak), got {shared}")
    needed = d_s + d_w - shared
    eye = np.eye(_enough(dimension, needed))
    offset = d_s - shared
    return SubspacePair(eye[:, :d_s], eye[:, offset : offset + d_w])


def pair_with_cosines(
    d_strong: int,
    d_weak: int,
    cosines: ArrayLike,
    dimension: int | None = None,
    rng: np.random.Generator | None = None,
) -> SubspacePair:
    """Two subspaces with prescribed canonical cosines, turned at random when `rng` is given.

    Parameters
    ----------
    d_strong, d_weak : int
        Dimensions.
    cosines : array_like
        At most ``min(d_strong, d_weak)`` values in [0, 1]; missing ones are 0.
    dimension : int, optional
        Number of latent coordinates, by default just enough.
    rng : numpy.random.Generator, optional
        Source of a common random rotation.

    Returns
    -------
    SubspacePair
        ``overlap`` is the sum of the squared cosines.

    Raises
    ------
    ValueError
        If a cosine is outside [0, 1], there are too many, or `dimension` is too small.

    Examples
    --------
    >>> float(pair_with_cosines(4, 6, [0.6, 0.8]).overlap)
    1.0
    """
    d_s, d_w = integer("d_strong", d_strong), integer("d_weak", d_weak)
    given = between("cosines", finite("cosines", cosines, ndim=1), 0, 1)
    if len(given) > min(d_s, d_w):
        raise ValueError(
            f"cosines must have at most min(d_strong, d_weak) = {min(d_s, d_w)} entries, "
            f"got {len(given)}"
        )
    cos = np.zeros(d_w)
    cos[: len(given)] = given
    apart = np.flatnonzero(cos < 1)
    r = _enough(dimension, d_s + len(apart))
    strong, weak = np.eye(r)[:, :d_s], np.zeros((r, d_w))
    paired = np.arange(min(d_s, d_w))
    weak[paired, paired] = cos[paired]
    weak[d_s + np.arange(len(apart)), apart] = np.sqrt(1 - cos[apart] ** 2)
    if rng is None:
        return SubspacePair(strong, weak)
    turn = random_basis(r, r, rng)
    return SubspacePair(turn @ strong, turn @ weak)


def synthetic_setting(
    overlap: int, d_strong: int = 100, d_weak: int = 200, dimension: int = 300
) -> tuple[SubspacePair, Array]:
    """Return the pair and the target of the paper's synthetic regression.

    Axis-aligned spaces and ``β_j² = 1/((j+1) D)`` with ``D = d_s d_w``. The signs of ``β`` are
    random in the authors' code; no risk depends on them here.

    Parameters
    ----------
    overlap : int
        ``d_{s∧w}``; the authors use 10, 50 and 90.
    d_strong, d_weak, dimension : int
        Sizes, by default those of the authors.

    Returns
    -------
    pair : SubspacePair
        The two feature spaces.
    target : array of shape (dimension,)
        The coefficients ``β``.

    Notes
    -----
    Source: the synthetic experiment of Dong et al. 2025, parameters from the authors' public code.

    Examples
    --------
    >>> pair, target = synthetic_setting(overlap=10)
    >>> round(pair.geometry(target).rho_strong, 8)
    5.476e-05
    """
    pair = axis_aligned_pair(d_strong, d_weak, overlap, dimension)
    return pair, 1 / np.sqrt(np.arange(1, dimension + 1) * float(d_strong * d_weak))


def random_basis(dimension: int, columns: int, rng: np.random.Generator) -> Array:
    """Draw orthonormal columns with the uniform (Haar) law.

    Parameters
    ----------
    dimension, columns : int
        Shape of the basis, ``columns <= dimension``.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array of shape (dimension, columns)
        Orthonormal columns.

    Raises
    ------
    ValueError
        If `columns` exceeds `dimension`.

    Examples
    --------
    >>> basis = random_basis(5, 2, np.random.default_rng(0))
    >>> np.allclose(basis.T @ basis, np.eye(2))
    True
    """
    generator(rng)
    if columns > dimension:
        raise ValueError(f"columns must be at most dimension = {dimension}, got {columns}")
    q, upper = np.linalg.qr(rng.standard_normal((dimension, columns)))
    basis: Array = q * np.sign(np.diag(upper))
    return basis


def _orthonormal(name: str, basis: ArrayLike) -> Array:
    columns = finite(name, basis, ndim=2)
    gram = columns.T @ columns
    if np.abs(gram - np.eye(len(gram))).max(initial=0) > _ROUNDING:
        raise ValueError(f"{name} must have orthonormal columns")
    return columns


def _triangle(name: str, value: float, sides: dict[str, float], scale: float) -> None:
    """Refuse a squared length that does not close a triangle with two others."""
    one, two = np.sqrt(list(sides.values()))
    side, slack = np.sqrt(value), _CANCELLED * np.sqrt(scale)
    if not abs(one - two) - slack <= side <= one + two + slack:
        given = " and ".join(f"{key} = {told(length)[0]}" for key, length in sides.items())
        low, high, got = told((one - two) ** 2, (one + two) ** 2, value)
        raise ValueError(f"{name} must lie in [{low}, {high}] for {given}, got {got}")


def _enough(dimension: int | None, needed: int) -> int:
    if dimension is None:
        return needed
    size = integer("dimension", dimension)
    if size < needed:
        raise ValueError(f"dimension must be at least {needed}, got {size}")
    return size
