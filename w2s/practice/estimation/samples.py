"""A finite sample of features and label, reduced to the numbers that the estimates need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import LinAlgError, cholesky, solve_triangular
from scipy.linalg.lapack import get_lapack_funcs

from w2s._checks import Array, finite
from w2s.practice.estimation.overlaps import checked_cosines, checked_dimensions

_SAME = 1e-8  # 1 - r² below which two directions count as one: far above rounding error
_SURELY = 1e-5  # smallest 1 - r², as a condition number bounds it, that is above that for sure
_ABSENT = 1e-10  # share of the largest variance below which a direction counts as absent
_COARSE = 1e-3  # what both must exceed in single precision
_Map = Callable[[Array], Array]


@dataclass(frozen=True)
class Statistics:
    """What the estimates of the constants are made of; mean squares of the label's parts.

    Attributes
    ----------
    d_strong, d_weak, d_both : int
        Dimensions of the two feature spaces and of their sum.
    rows : int
        Sample size ``m``.
    raw_overlap : float
        ``T``, the sum of the squared sample cosines.
    left_strong, left_weak, left_both : float
        What least squares on the strong, the weak and all features leaves of the label.
    missed : float
        ``|H_s (I - H_w) y|²/m``: missed by the teacher, seen by the student.
    hidden : float
        ``|(I - H_s) H_w y|²/m``: in the teacher's labels, hidden from the student.
    """

    d_strong: int
    d_weak: int
    d_both: int
    rows: int
    raw_overlap: float
    left_strong: float
    left_weak: float
    left_both: float
    missed: float
    hidden: float

    @classmethod
    def from_moments(
        cls, moment: ArrayLike, d_strong: int, rows: int, *, constant: bool = False
    ) -> Statistics:
        """Compute the statistics without canonical coordinates, which is several times faster.

        Parameters
        ----------
        moment, d_strong, rows
            As in `CanonicalSample.from_moments`. A moment in single precision stays so.
        constant : bool
            Whether `moment` is centred and both models get the constant.

        Returns
        -------
        Statistics

        Raises
        ------
        ValueError
            If there are too few rows.
        LinAlgError
            If single precision cannot tell which directions there are.

        Examples
        --------
        >>> x = np.random.default_rng(0).standard_normal((50, 6))
        >>> found = Statistics.from_moments(x.T @ x / 50, d_strong=2, rows=50)
        >>> usual = CanonicalSample.from_moments(x.T @ x / 50, 2, 50).statistics
        >>> bool(np.isclose(found.missed, usual.missed)), found.d_both == usual.d_both
        (True, True)
        """
        second = np.asarray(moment)
        if second.dtype != np.float32:
            second = finite("moment", moment, ndim=2)
        own = slice(0, d_strong), slice(d_strong, len(second) - 1)
        strong, weak, cross = _crossed(second, own)
        on_strong, on_weak = strong(second[own[0], -1]), weak(second[own[1], -1])
        checked_dimensions(len(on_strong) + constant, len(on_weak) + constant, rows)
        missed = on_strong - cross @ on_weak
        power = float(second[-1, -1])
        left = power - float(on_strong @ on_strong), power - float(on_weak @ on_weak)
        # What the smaller space adds to the larger one.
        if len(on_strong) < len(on_weak):
            base, beyond, gram = left[1], missed, cross @ cross.T
        else:
            base, beyond, gram = left[0], on_weak - cross.T @ on_strong, cross.T @ cross
        new, added = _added(gram, beyond)
        return cls(
            d_strong=len(on_strong) + constant,
            d_weak=len(on_weak) + constant,
            d_both=max(cross.shape) + new + constant,
            rows=rows,
            raw_overlap=float(np.trace(gram)) + constant,
            left_strong=left[0],
            left_weak=left[1],
            left_both=base - added,
            missed=float(missed @ missed),
            hidden=float(on_weak @ on_weak - np.sum((cross @ on_weak) ** 2)),
        )


@dataclass(frozen=True, eq=False)
class CanonicalSample:
    """Sample moments of features and label in canonical coordinates.

    Parameters
    ----------
    cosines : array_like of shape (min(d_s, d_w),)
        Sample canonical correlations ``r_i``.
    label_strong, label_weak : array_like of shape (d_s,) and (d_w,)
        Mean products of the label with the canonical features of each model.
    label_power : float
        Mean square of the label.
    rows : int
        Sample size ``m``, more than ``d_s + d_w``.
    constant : bool
        Whether the first canonical pair is the constant that both models contain.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is out of range or there are too few rows.
    """

    cosines: Array
    label_strong: Array
    label_weak: Array
    label_power: float
    rows: int
    constant: bool = False

    def __post_init__(self) -> None:
        for name in ("cosines", "label_strong", "label_weak"):
            object.__setattr__(self, name, finite(name, getattr(self, name), ndim=1))
        checked_cosines(
            self.cosines, *checked_dimensions(self.d_strong, self.d_weak, self.rows)[1:]
        )

    @classmethod
    def from_moments(
        cls, moment: ArrayLike, d_strong: int, rows: int, label_mean: float | None = None
    ) -> CanonicalSample:
        """Find the canonical coordinates of features given by their second moments.

        Parameters
        ----------
        moment : array_like of shape (d_s + d_w + 1, d_s + d_w + 1)
            Mean products of strong features, weak features and label, in this order; of centred
            ones with an intercept. The models' own features should be roughly white: directions
            without variance on these rows are left out.
        d_strong : int
            Number of strong features.
        rows : int
            Sample size.
        label_mean : float, optional
            Mean of the label, given to add the constant to both models.

        Returns
        -------
        CanonicalSample

        Raises
        ------
        ValueError
            If there are too few rows.
        """
        second = finite("moment", moment, ndim=2)
        own = slice(0, d_strong), slice(d_strong, len(second) - 1)
        strong, weak = (_white(second[part, part]) for part in own)
        left, cosines, right = np.linalg.svd(strong.T @ second[own[0], own[1]] @ weak)
        by_strong = left.T @ strong.T @ second[own[0], -1]
        by_weak = right @ weak.T @ second[own[1], -1]
        power, mean = float(second[-1, -1]), np.array([] if label_mean is None else [label_mean])
        return cls(
            cosines=np.concatenate([np.ones(len(mean)), np.clip(cosines, 0, 1)]),
            label_strong=np.concatenate([mean, by_strong]),
            label_weak=np.concatenate([mean, by_weak]),
            label_power=power + float(mean @ mean),
            rows=rows,
            constant=label_mean is not None,
        )

    @property
    def d_strong(self) -> int:
        """Dimension of the strong features."""
        return len(self.label_strong)

    @property
    def d_weak(self) -> int:
        """Dimension of the weak features."""
        return len(self.label_weak)

    @property
    def statistics(self) -> Statistics:
        """The numbers that the estimates of the constants are made of."""
        r, paired = self.cosines, len(self.cosines)
        on_strong, on_weak = self.label_strong, self.label_weak
        missed, beyond = on_strong.copy(), on_weak.copy()
        missed[:paired] -= r * on_weak[:paired]
        beyond[:paired] -= r * on_strong[:paired]
        fresh = np.ones(self.d_weak)
        fresh[:paired] -= r**2
        new = fresh > _SAME
        left = self.label_power - float(on_strong @ on_strong)
        return Statistics(
            d_strong=self.d_strong,
            d_weak=self.d_weak,
            d_both=self.d_strong + int(np.sum(new)),
            rows=self.rows,
            raw_overlap=float(r @ r),
            left_strong=left,
            left_weak=self.label_power - float(on_weak @ on_weak),
            left_both=left - float(np.sum(beyond[new] ** 2 / fresh[new])),
            missed=float(missed @ missed),
            hidden=float(on_weak @ on_weak - np.sum((r * on_weak[:paired]) ** 2)),
        )


def overlap_of(
    moment: Array, d_strong: int, *, constant: bool = False
) -> tuple[float, int, int]:  # fmt: skip
    """Return ``T``, ``d_s`` and ``d_w`` of `Statistics` alone, which the label does not touch.

    Examples
    --------
    >>> overlap_of(np.diag([4.0, 1.0, 9.0, 2.0]), d_strong=2)
    (0.0, 2, 1)
    """
    cross = _crossed(moment, (slice(0, d_strong), slice(d_strong, len(moment) - 1)))[2]
    d_s, d_w = (size + constant for size in cross.shape)
    return float(np.sum(np.square(cross), dtype=np.float64)) + constant, d_s, d_w


def cosines_of(moment: Array, d_strong: int, *, constant: bool = False) -> tuple[Array, int, int]:
    """Return the canonical correlations, largest first, with ``d_s`` and ``d_w``.

    Examples
    --------
    >>> cosines_of(np.diag([4.0, 1.0, 9.0, 2.0]), d_strong=2)
    (array([0.]), 2, 1)
    """
    cross = _crossed(moment, (slice(0, d_strong), slice(d_strong, len(moment) - 1)))[2]
    found = np.clip(np.linalg.svd(cross, compute_uv=False), 0, 1)
    d_s, d_w = (size + constant for size in cross.shape)
    return np.concatenate([np.ones(int(constant)), found]), d_s, d_w


def _crossed(second: Array, own: tuple[slice, slice]) -> tuple[_Map, _Map, Array]:
    """Return what whitens strong and weak features, and the products of both when white."""
    strong, weak = (_whitened(second[part, part]) for part in own)
    return strong, weak, weak(strong(second[own[0], own[1]]).T).T


def _added(gram: Array, beyond: Array) -> tuple[int, float]:
    """Return how many directions a space adds to another, and what they explain of the label.

    `gram` are the products of its white features' shadows in the other space, `beyond` the
    products of the label with what those leave. If every direction is surely a new one, a
    Cholesky factor tells as much as the eigenvectors.
    """
    own = np.eye(len(gram), dtype=gram.dtype) - gram
    factor, condition = get_lapack_funcs(("potrf", "pocon"), (own,))
    root, failed = factor(own, lower=1)
    size = float(np.abs(own).sum(axis=0).max(initial=0.0))
    least = _COARSE if own.dtype == np.float32 else _SURELY
    if not failed and size * condition(root, size, uplo="L")[0] > least:
        along = solve_triangular(root, beyond, lower=True, check_finite=False)
        return len(gram), float(along @ along)
    _refuse_single(own)
    squared, turn = np.linalg.eigh(gram)
    new = 1 - squared > _SAME
    added = (turn.T @ beyond)[new] ** 2 / (1 - squared[new])
    return int(np.sum(new)), float(added.sum())


def _white(gram: Array) -> Array:
    """Directions in which features of this second moment are white."""
    values, vectors = np.linalg.eigh(gram)
    keep = values > _ABSENT * values[-1]
    return np.asarray(vectors[:, keep] / np.sqrt(values[keep]))


def _whitened(gram: Array) -> _Map:
    """Return the map from products with features of this second moment to those with white ones."""
    least = _COARSE if gram.dtype == np.float32 else _ABSENT
    try:
        root = cholesky(gram, lower=True)
        if np.diag(root).min() ** 2 > least * np.diag(gram).max():
            return lambda products: np.asarray(
                solve_triangular(root, products, lower=True, check_finite=False)
            )
    except LinAlgError:
        pass
    _refuse_single(gram)
    directions = _white(gram)
    return lambda products: np.asarray(directions.T @ products)


def _refuse_single(matrix: Array) -> None:
    if matrix.dtype == np.float32:
        raise LinAlgError("single precision cannot tell which directions there are")
