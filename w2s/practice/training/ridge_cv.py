"""Ridge regression with a penalty chosen by leaving rows out, as people train a linear head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s._checks import Array, above, finite
from w2s._products import gram, product
from w2s.practice.estimation.ridge_heads import LEAST
from w2s.practice.training.four_models import Model

Groups = NDArray[np.intp]

_GRID = np.geomspace(LEAST, 1e3, 50)  # penalties, in units of the features' mean square times rows
_ABSENT = 1e-12  # share of the largest eigenvalue below which a direction counts as absent
INNER_FOLDS = 5  # sets of groups that are left out one at a time
_BLOCK = 4096  # rows whose leverages are computed at once
_EASY = 2  # rows for each column from which on leverages are good in single precision


@dataclass(frozen=True, eq=False)
class Sample:
    """Features of the rows that models learn from, with sums that several trainings share.

    Attributes
    ----------
    rows : array of shape (n, d)
        Features, less `origin`, about which they should be nearly centred.
    origin : array of shape (d,)
        What was subtracted.
    groups : array of int, shape (n,), or None
        Group of each row, if rows belong together.

    Examples
    --------
    >>> x = np.arange(6.0).reshape(3, 2)
    >>> both = Sample(x[:2], np.zeros(2)) + Sample(x[2:], np.zeros(2))
    >>> both.gram.tolist()
    [[20.0, 26.0], [26.0, 35.0]]
    """

    rows: Array
    origin: Array
    groups: Groups | None = None
    _known: tuple[Array, ...] = field(default=(), repr=False)

    @cached_property
    def gram(self) -> Array:
        """Sum of the outer products of the rows, shape (d, d)."""
        return self._known[0] if self._known else gram(self.rows)

    @cached_property
    def centre(self) -> Array:
        """Mean of the rows."""
        return np.asarray(self.rows.mean(axis=0))

    @property
    def wide(self) -> bool:
        """Whether the products of rows, and not those of columns, are the smaller matrix."""
        return bool(self.rows.shape[0] <= self.rows.shape[1])

    def __add__(self, other: Sample) -> Sample:
        """Join two samples of one origin; products of columns are added if they serve."""
        rows = np.concatenate([self.rows, other.rows])
        groups = None
        if self.groups is not None and other.groups is not None:
            groups = np.concatenate([self.groups, other.groups])
        wide = len(rows) <= rows.shape[1]
        return Sample(rows, self.origin, groups, () if wide else (self.gram + other.gram,))

    def without(self, out: NDArray[np.bool_]) -> Sample:
        """Leave rows out; their products are taken off."""
        rows = self.rows[~out]
        if len(rows) <= rows.shape[1]:
            return Sample(rows, self.origin)
        gone = self.rows[out]
        return Sample(rows, self.origin, None, (self.gram - gram(gone),))


@dataclass(frozen=True)
class RidgeByLeaveOneOut:
    r"""Ridge on all columns with an intercept; the penalty has the least leave-one-out error.

    With ``H`` the map from labels to fitted values, the constant included, the error of all fits
    that leave one row out is

    .. math:: \frac1n \sum_i \Bigl(\frac{y_i - \hat y_i}{1 - H_{ii}}\Bigr)^2 .

    Rows that belong together are left out together: five sets of whole groups one at a time, or
    every group if there are fewer. Several columns of labels, such as indicators of classes,
    share the penalty of the least sum.

    Parameters
    ----------
    penalty : float, optional
        A penalty instead of a choice: of ``|y - μ - Fθ|² + λ|θ|²``.

    Raises
    ------
    ValueError
        If the penalty is not positive.

    Notes
    -----
    One eigendecomposition of the smaller matrix of products serves all penalties. Where there are
    twice as many rows as columns the leverages ``H_ii``, which only choose between penalties 45 %
    apart, are computed in single precision.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((50, 3))
    >>> model = RidgeByLeaveOneOut().to(x, x[:, 0] + 2)
    >>> model(np.array([[1.0, 0.0, 0.0]])).round(2)
    array([3.])
    """

    penalty: float | None = None

    def __post_init__(self) -> None:
        if self.penalty is not None:
            above("penalty", self.penalty, 0)

    def to(self, design: Array, labels: Array, groups: Groups | None = None) -> Model:
        """Fit to a design matrix and labels, (n,) or (n, K); the result maps features to them.

        `groups`, shape (n,), name rows that belong together.
        """
        rows, targets = finite("design", design, ndim=2), finite("labels", labels)
        if targets.ndim not in (1, 2):
            raise ValueError(f"labels must have 1 or 2 dimensions, got shape {targets.shape}")
        origin = rows.mean(axis=0)
        return self.learn(Sample(rows - origin, origin, groups), targets)

    def learn(self, sample: Sample, targets: Array) -> Model:
        """Fit to a sample and its labels, (n,) or (n, K)."""
        level = targets.mean(axis=0)
        columns = (targets - level).reshape(len(targets), -1)
        solved = _decomposed(sample, columns)
        penalty = self.penalty or _chosen(sample, columns, solved)
        theta = solved.coefficients(np.array([penalty]))[:, 0].reshape(-1, *targets.shape[1:])
        offset = level - (sample.centre + sample.origin) @ theta
        return lambda features: np.asarray(features @ theta + offset)


class _Solved(Protocol):
    """A sample's spectrum with its labels: ridge for any penalty."""

    @property
    def squared(self) -> Array:
        """Eigenvalues that are not absent."""

    def coefficients(self, penalties: Array) -> Array:
        """Return the coefficients, shape (d, penalties, label columns)."""

    def fitted(self, penalties: Array) -> Iterator[Array]:
        """Yield the fitted values about the mean, shape (n, penalties), of each label column."""

    def leverages(self, penalties: Array) -> Array:
        """Return what each row adds to its own fit about the mean, shape (n, penalties)."""


@dataclass(frozen=True, eq=False)
class _ByColumns:
    """Eigenvectors of the products of columns; `towards` are their products with the labels."""

    sample: Sample
    squared: Array
    basis: Array
    towards: Array

    def coefficients(self, penalties: Array) -> Array:
        shrunk = self.towards[:, None, :] / (self.squared[:, None] + penalties)[:, :, None]
        made = product(self.basis, shrunk.reshape(len(shrunk), -1))
        return np.asarray(made.reshape(len(made), *shrunk.shape[1:]))

    def fitted(self, penalties: Array) -> Iterator[Array]:
        made = self.coefficients(penalties)
        for theta in np.moveaxis(made, 2, 0):
            yield product(self.sample.rows, theta) - self.sample.centre @ theta

    def leverages(self, penalties: Array) -> Array:
        rows = self.sample.rows
        kind: Any = np.float32 if len(rows) >= _EASY * rows.shape[1] else np.float64
        turn, middle = self.basis.astype(kind), (self.sample.centre @ self.basis).astype(kind)
        weights = (1 / (self.squared[:, None] + penalties)).astype(kind)
        found = np.empty((len(rows), len(penalties)))
        for start in range(0, len(rows), _BLOCK):
            few = slice(start, start + _BLOCK)
            turned = product(rows[few].astype(kind), turn)
            turned -= middle
            found[few] = product(np.square(turned, out=turned), weights)
        return found


@dataclass(frozen=True, eq=False)
class _ByRows:
    """Eigenvectors of the products of rows; `towards` are their products with the labels."""

    centred: Array
    squared: Array
    vectors: Array
    towards: Array

    def coefficients(self, penalties: Array) -> Array:
        shrunk = self.towards[:, None, :] / (self.squared[:, None] + penalties)[:, :, None]
        made = product(self.centred.T, product(self.vectors, shrunk.reshape(len(shrunk), -1)))
        return np.asarray(made.reshape(len(made), *shrunk.shape[1:]))

    def fitted(self, penalties: Array) -> Iterator[Array]:
        shares = self.squared[:, None] / (self.squared[:, None] + penalties)
        for onto in self.towards.T:
            yield product(self.vectors, shares * onto[:, None])

    def leverages(self, penalties: Array) -> Array:
        shares = self.squared[:, None] / (self.squared[:, None] + penalties)
        return product(np.square(self.vectors), shares)


def _decomposed(sample: Sample, columns: Array) -> _Solved:
    """Decompose the smaller matrix of centred products; `columns` are the centred labels."""
    rows, centre = sample.rows, sample.centre
    if sample.wide:
        centred = rows - centre
        squared, vectors = _kept(gram(centred.T))
        return _ByRows(centred, squared, vectors, vectors.T @ columns)
    squared, basis = _kept(sample.gram - len(rows) * np.outer(centre, centre))
    return _ByColumns(sample, squared, basis, basis.T @ (rows.T @ columns))


def _kept(products: Array) -> tuple[Array, Array]:
    """Return eigenvalues and vectors of the directions that are there."""
    squared, vectors = np.linalg.eigh(products)
    keep = squared > _ABSENT * squared[-1]
    return squared[keep], vectors[:, keep]


def _chosen(sample: Sample, columns: Array, solved: _Solved) -> float:
    """Return the penalty of the least error on rows that are left out."""
    squared = solved.squared
    penalties = _GRID * float(squared.sum()) / len(squared)
    folds = None if sample.groups is None else _folds(sample.groups)
    if folds is not None:
        errors = sum(_on_a_fold(sample, columns, out, penalties) for out in folds)
        return float(penalties[np.argmin(errors)])
    left = np.maximum(1 - solved.leverages(penalties) - 1 / len(columns), 1e-9)
    errors = np.zeros(len(penalties))
    for column, fitted in zip(columns.T, solved.fitted(penalties), strict=True):
        errors += np.mean(np.square((column[:, None] - fitted) / left), axis=0)
    return float(penalties[np.argmin(errors)])


def _folds(groups: ArrayLike) -> list[NDArray[np.bool_]] | None:
    """Return which rows to leave out at a time, whole groups; None if there is one group only.

    Groups are dealt, largest first, to the fold that has the fewest rows.
    """
    names, place, counts = np.unique(groups, return_inverse=True, return_counts=True)
    folds = min(INNER_FOLDS, len(names))
    if folds < 2:
        return None
    full, of = np.zeros(folds), np.empty(len(names), dtype=np.intp)
    for name in np.argsort(-counts, kind="stable"):
        of[name] = np.argmin(full)
        full[of[name]] += counts[name]
    return [of[place] == fold for fold in range(folds)]


def _on_a_fold(
    sample: Sample, columns: Array, out: NDArray[np.bool_], penalties: Array
) -> Array:  # fmt: skip
    """Return the sums of squared errors on rows that were left out, for each penalty."""
    kept, level = sample.without(out), columns[~out].mean(axis=0)
    made = _decomposed(kept, columns[~out] - level).coefficients(penalties)
    errors = np.zeros(len(penalties))
    for theta, column, mean in zip(np.moveaxis(made, 2, 0), columns[out].T, level, strict=True):
        guess = mean + sample.rows[out] @ theta - kept.centre @ theta
        errors += np.square(column[:, None] - guess).sum(axis=0)
    return errors
