"""Ridge regression with a penalty chosen by leaving rows out, as people train a linear head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import ssyevd

from w2s._checks import Array, above, finite
from w2s._products import gram, product
from w2s.practice.estimation.ridge_heads import LEAST
from w2s.practice.training.four_models import Model

Groups = NDArray[np.intp]

_GRID = np.geomspace(LEAST, 1e3, 50)  # penalties, in units of the features' mean square times rows
_ABSENT = 1e-12  # share of the largest eigenvalue below which a direction counts as absent
_ABSENT_IN_SINGLE = 1e-6
_SOUND = 1e-10  # share of all variance that a penalty must exceed for a Cholesky factor
_LARGE = 256  # order of the products from which on single precision is worth its cost
_ORDINARY = 1e12  # squares up to this, and down to its inverse, leave single precision room
_CLEAR = 1e-4  # of largest eigenvalue and labels: what rounding in single precision never reaches
INNER_FOLDS = 5  # sets of groups that are left out one at a time
_LEFT_OUT = 2048  # rows that are enough to choose a penalty
_SPARE = 1024  # rows beyond the columns from which on samples share a choice, for as little


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

    @cached_property
    def centred(self) -> Array:
        """Rows less their mean."""
        return np.asarray(self.rows - self.centre)

    @cached_property
    def products(self) -> Array:
        """Centred products of rows or of columns, whichever are the smaller matrix."""
        if self.wide:
            return gram(self.centred.T)
        return self.gram - len(self.rows) * np.outer(self.centre, self.centre)

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
    One eigendecomposition of the smaller matrix of products tries all penalties, 45% apart; where
    the matrix is large, in single precision, unless the choice comes near its rounding. Of more
    than 2048 rows, every second (third, …) one is left out: the error of the choice, which is of
    the order of one in as many rows, stays below a thousandth. A Cholesky factor in double
    precision then gives the coefficients.

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

    def learn(
        self, sample: Sample, targets: Array, known: dict[int, float] | None = None
    ) -> Model:  # fmt: skip
        """Fit to a sample and its labels, (n,) or (n, K).

        `known` are penalties that were chosen on other samples of the same kind, by their numbers
        of rows. One that has 1024 rows more than columns takes them over, or adds its own choice.
        """
        level = targets.mean(axis=0)
        columns = (targets - level).reshape(len(targets), -1)
        rows, width = sample.rows.shape
        shared = known if known is not None and rows - width >= _SPARE else {}
        penalty = self.penalty or shared.get(rows) or _chosen(sample, columns)
        shared[rows] = penalty
        theta = _coefficients(sample, columns, penalty).reshape(-1, *targets.shape[1:])
        offset = level - (sample.centre + sample.origin) @ theta
        return lambda features: np.asarray(features @ theta + offset)


def _coefficients(sample: Sample, columns: Array, penalty: float) -> Array:
    """Return the coefficients (d, K) of ridge for one penalty, by Cholesky where that is sound."""
    products = sample.products
    if penalty <= _SOUND * float(np.trace(products)):
        return _Spectrum.of(sample, columns).coefficients(penalty)
    raised = products.copy()
    raised.flat[:: len(raised) + 1] += penalty
    root = cho_factor(raised, lower=True, overwrite_a=True, check_finite=False)
    if sample.wide:
        return np.asarray(sample.centred.T @ cho_solve(root, columns, check_finite=False))
    return np.asarray(cho_solve(root, sample.rows.T @ columns, check_finite=False))


@dataclass(frozen=True, eq=False)
class _Spectrum:
    """A sample's directions and what they say of its labels: ridge for any penalty.

    Attributes
    ----------
    sample : Sample
        The rows.
    squared : array of shape (r,)
        Squared lengths of the directions that are not absent.
    vectors : array of shape (min(n, d), r)
        Eigenvectors of the sample's products.
    towards : array of shape (r, K)
        Products of the rows' coordinates with each column of labels.
    """

    sample: Sample
    squared: Array
    vectors: Array
    towards: Array

    @classmethod
    def of(cls, sample: Sample, columns: Array, *, single: bool = False) -> _Spectrum:
        """Decompose a sample, its labels centred, in double or in single precision."""
        if single:
            squared, vectors, failed = ssyevd(sample.products.astype(np.float32), lower=1)
            absent = _ABSENT_IN_SINGLE
        if not single or failed:
            squared, vectors = np.linalg.eigh(sample.products)
            absent = _ABSENT
        keep = squared > absent * squared[-1]
        squared, vectors = squared[keep], vectors[:, keep]
        if sample.wide:
            onto = vectors.T @ columns.astype(vectors.dtype)
            return cls(sample, squared, vectors, np.sqrt(squared)[:, None] * onto)
        onto = (sample.rows.T @ columns).astype(vectors.dtype)
        return cls(sample, squared, vectors, vectors.T @ onto)

    @property
    def unit(self) -> float:
        """Mean squared length, the unit of penalties."""
        return float(np.trace(self.sample.products)) / max(len(self.squared), 1)

    @property
    def own(self) -> Array:
        """Coordinates of the sample's rows, as they are left out, along the directions."""
        rows = _spread(len(self.sample.rows))
        if self.sample.wide:
            return np.asarray(self.vectors[rows] * np.sqrt(self.squared))
        return self.coordinates(self.sample.rows[rows])

    def coordinates(self, rows: Array) -> Array:
        """Return the coordinates of any rows, less the sample's mean, along the directions."""
        apart = (rows - self.sample.centre).astype(self.vectors.dtype)
        if self.sample.wide:
            apart = product(apart, self.sample.centred.T.astype(apart.dtype))
            return product(apart, self.vectors / np.sqrt(self.squared))
        return product(apart, self.vectors)

    def coefficients(self, penalty: float) -> Array:
        """Return the coefficients (d, K) for one penalty."""
        shrunk = self.towards / (self.squared + penalty)[:, None]
        if self.sample.wide:
            shrunk /= np.sqrt(self.squared)[:, None]
            return np.asarray(self.sample.centred.T @ (self.vectors @ shrunk))
        return np.asarray(self.vectors @ shrunk)

    def fitted(self, coordinates: Array, penalties: Array) -> Iterator[Array]:
        """Yield fitted values about the mean, a column for each penalty, of each label column."""
        for onto in self.towards.T:
            yield product(coordinates, onto[:, None] / self._raised(penalties))

    def leverages(self, coordinates: Array, penalties: Array) -> Array:
        """Return what each row adds to its own fit about the mean, a column for each penalty."""
        return product(np.square(coordinates), 1 / self._raised(penalties))

    def _raised(self, penalties: Array) -> Array:
        return np.asarray(self.squared[:, None] + penalties.astype(self.squared.dtype))


def _chosen(sample: Sample, columns: Array) -> float:
    """Return the penalty of the least error on rows that are left out.

    Single precision chooses, if the penalty and the error that it finds are far above its rounding.
    """
    sizes = np.trace(sample.products), np.mean(np.square(columns))
    plain = all(1 / _ORDINARY < size < _ORDINARY for size in sizes)
    if plain and len(sample.products) >= _LARGE:
        spectrum = _Spectrum.of(sample, columns, single=True)
        penalty, error = _least(spectrum, columns)
        clear = penalty > _CLEAR * float(spectrum.squared[-1])
        if clear and error > _CLEAR * float(sizes[1]):
            return penalty
    return _least(_Spectrum.of(sample, columns), columns)[0]


def _least(spectrum: _Spectrum, columns: Array) -> tuple[float, float]:
    """Return the penalty of the least error on rows that are left out, and this error."""
    sample, penalties = spectrum.sample, _GRID * spectrum.unit
    folds = None if sample.groups is None else _folds(sample.groups)
    if folds is not None:
        single = spectrum.vectors.dtype == np.float32
        each = [_on_a_fold(sample, columns, out, penalties, single) for out in folds]
        errors = np.sum(each, axis=0) / columns.size
    else:
        own, errors = spectrum.own, np.zeros(len(penalties))
        left = np.maximum(1 - spectrum.leverages(own, penalties) - 1 / len(columns), 1e-9)
        shown = columns[_spread(len(columns))]
        for column, fitted in zip(shown.T, spectrum.fitted(own, penalties), strict=True):
            missed = (column[:, None] - fitted) / left
            errors += np.mean(np.square(missed), axis=0, dtype=np.float64) / columns.shape[1]
    best = int(np.argmin(errors))
    return float(penalties[best]), float(errors[best])


def _spread(rows: int) -> slice:
    """Return which rows are left out one at a time: all, or about as many as are enough."""
    return slice(None, None, -(-rows // _LEFT_OUT))


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
    sample: Sample, columns: Array, out: NDArray[np.bool_], penalties: Array, single: bool
) -> Array:  # fmt: skip
    """Return the sums of squared errors on rows that were left out, for each penalty."""
    kept, level = sample.without(out), columns[~out].mean(axis=0)
    spectrum = _Spectrum.of(kept, columns[~out] - level, single=single)
    fitted = spectrum.fitted(spectrum.coordinates(sample.rows[out]), penalties)
    errors = np.zeros(len(penalties))
    for column, guess in zip(columns[out].T - level[:, None], fitted, strict=True):
        errors += np.square(column[:, None] - guess).sum(axis=0)
    return errors
