"""Leaving out one group of rows at a time, in coordinates fixed by all rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular
from scipy.linalg.blas import get_blas_funcs
from scipy.linalg.lapack import dpstrf

from w2s._checks import Array
from w2s.practice.estimation.groups import GroupedMoments
from w2s.practice.estimation.moments import JointMoments, PrincipalFeatures

_FEW = 2  # columns for each row of a group from which on its scatter is taken apart
_EXACT = 1e-10  # share of a column's scatter that its factor may miss
_LARGE = 512  # directions from which on single precision is worth its cost
_ORDINARY = 1e12  # squares up to this, and down to its inverse, leave single precision room
_EVEN = 1e6  # times the smallest variance, up to which rounding of all leaves that direction be
Models = tuple[PrincipalFeatures, PrincipalFeatures]


@dataclass(frozen=True, eq=False)
class Sums:
    """Rows in the coordinates (strong directions, weak directions, label).

    Attributes
    ----------
    rows : int
        Number of rows.
    total : array of shape (d,)
        Sum of the coordinates.
    products : array of shape (d, d)
        Sum of their products.
    """

    rows: int
    total: Array
    products: Array

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.rows + other.rows, self.total + other.total, self.products + other.products
        )

    def rounded(self) -> Sums:
        """Return the same in single precision."""
        return Sums(self.rows, self.total.astype(np.float32), self.products.astype(np.float32))

    def __sub__(self, other: Sums) -> Sums:
        return Sums(
            self.rows - other.rows, self.total - other.total, self.products - other.products
        )

    def moment(self, centred: bool) -> Array:
        """Return the second moment, about the mean or about zero."""
        moment = self.products / self.rows
        mean = self.total / self.rows
        return _spread(moment, -1.0, mean) if centred else moment


class FixedCoordinates:
    """The principal directions of both models, applied to the groups of a state.

    With an intercept the label is centred, too: a constant that both models have takes it up, and
    no estimate depends on it. Rows without a label count as if it were zero; of them only the
    features are used.

    Parameters
    ----------
    grouped : GroupedMoments
        The state.
    models : pair of PrincipalFeatures
        Strong and weak.
    """

    def __init__(self, grouped: GroupedMoments, models: Models) -> None:
        self._grouped, self._models = grouped, models
        self._directions = tuple(model.directions for model in models)
        part, label = grouped.with_label, 0.0
        if models[0].intercept:
            label = float(part.rows @ part.mean[:, -1]) / max(int(part.rows.sum()), 1)
        self._shift = np.concatenate([*(model.centre for model in models), [label]])

    def whole(self) -> tuple[Sums, Sums]:
        """Return all rows, and the labelled ones (the same object if there are no others)."""
        labelled = self._project(*self._grouped.with_label.total())
        others = self._grouped.without_label
        if others is None:
            return labelled, labelled
        return labelled + self._project(*others.total()), labelled

    def single_precision_serves(self, whole: tuple[Sums, Sums]) -> bool:
        """Return whether it is faster, and no direction is near its rounding."""
        sizes, labelled = [model.eigenvalues for model in self._models], whole[1]
        power = [*(float(size.sum()) for size in sizes), labelled.products[-1, -1] / labelled.rows]
        return bool(
            sum(map(len, sizes)) >= _LARGE
            and all(1 / _ORDINARY < one < _ORDINARY for one in power)
            and all(size.sum() < _EVEN * size[-1] for size in sizes)
        )

    def without_each_group(
        self, whole: tuple[Sums, Sums], *, single: bool = False
    ) -> Iterator[tuple[Sums, Sums]]:
        """Yield what `whole` is without the first group, without the second, ….

        One group is held in memory at a time.
        """
        everything, labelled = whole
        others = self._grouped.without_label
        if single:
            labelled = labelled.rounded()
            everything = labelled if others is None else everything.rounded()
        for group in range(self._grouped.groups):
            part = self._project(*self._grouped.with_label.group(group), single)
            left = labelled - part
            if others is None:
                yield left, left
            else:
                yield everything - (part + self._project(*others.group(group), single)), left

    def _project(self, rows: int, mean: Array, scatter: Array, single: bool = False) -> Sums:
        used, kind = len(mean), np.float32 if single else np.float64
        total = self._coordinates((mean - self._shift[:used])[None, :])[0] * rows
        if _FEW * rows < used:
            half = self._coordinates(_like_rows(scatter, rows).astype(kind, copy=False))
            products = half.T @ half
        else:
            products = self._turned(scatter.astype(kind, copy=False))
        total = total.astype(kind, copy=False)
        return Sums(rows, total, _spread(products, 1 / max(rows, 1), total))

    def _turned(self, scatter: Array) -> Array:
        """Return a scatter in the directions, block by block: their matrix is mostly zeros."""
        kind = scatter.dtype
        bases = [*(one.astype(kind, copy=False) for one in self._directions), np.ones((1, 1), kind)]
        columns, places = (np.cumsum([0, *(b.shape[k] for b in bases)]) for k in range(2))
        found = np.zeros((places[-1],) * 2, dtype=kind)
        there = 2 if len(scatter) < columns[-1] else 3  # without labels, or with
        for i in range(there):
            half = bases[i].T @ scatter[columns[i] : columns[i + 1], columns[i] :]
            for j in range(i, there):
                own = slice(places[i], places[i + 1]), slice(places[j], places[j + 1])
                block = half[:, columns[j] - columns[i] : columns[j + 1] - columns[i]] @ bases[j]
                found[own] = block
                found[own[::-1]] = block.T
        return found

    def _coordinates(self, values: Array) -> Array:
        """Return rows of (strong, weak, label) in the directions; a missing label is zero."""
        strong, weak = (one.astype(values.dtype, copy=False) for one in self._directions)
        split = len(strong), len(strong) + len(weak)
        parts = values[:, : split[0]] @ strong, values[:, split[0] : split[1]] @ weak
        labels = np.zeros((len(values), 1), dtype=values.dtype)
        labels[:, : values.shape[1] - split[1]] = values[:, split[1] :]
        return np.concatenate([*parts, labels], axis=1)


def _like_rows(scatter: Array, rows: int) -> Array:
    """Return a few rows with the scatter of some: a Cholesky factor that ends where its rank does.

    The columns that it needs are looked for among twice as many as there are rows, or among all if
    these do not give the scatter. They are scaled to one size first, so that what is rounding is so
    for every one of them.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((3, 8)) * np.logspace(-6, 6, 8)
    >>> found = _like_rows(x.T @ x, 3)
    >>> found.shape, bool(np.allclose(found.T @ found, x.T @ x, rtol=1e-9))
    ((3, 8), True)
    """
    power = scatter.diagonal()
    scale = np.sqrt(power)
    scale[scale == 0] = 1.0
    few = np.linspace(0, len(scale) - 1, min(2 * rows, len(scale))).astype(np.intp)
    for among in (few, np.arange(len(scale))):
        even = scatter[np.ix_(among, among)] / np.outer(scale[among], scale[among])
        root, order, rank, _ = dpstrf(even.T, overwrite_a=1)  # symmetric: its transpose is in order
        kept = among[order[:rank] - 1]
        upper = np.triu(root[:rank, :rank])
        found = scatter[kept] / scale[kept, None]
        if rank:
            found = solve_triangular(upper, found, trans=1, check_finite=False)
        if np.all(power - np.einsum("ij,ij->j", found, found) <= _EXACT * power):
            break
    return np.asarray(found)


def _spread(products: Array, weight: float, mean: Array) -> Array:
    """Return a matrix with the weighted products of a vector added; in place if rows lie whole."""
    add = get_blas_funcs("ger", (products, mean))
    return np.asarray(add(weight, mean, mean, a=products.T, overwrite_a=True).T)


def without_each_group(grouped: GroupedMoments, together: int = 1) -> Iterator[JointMoments]:
    """Yield the moments of all labelled rows, then those without the first group, the second, ….

    Of `together` neighbouring groups each time.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((40, 3))
    >>> grouped = GroupedMoments.from_blocks([(x[:, :1], x[:, 1:2], x[:, 2])], groups=4)
    >>> [part.rows for part in without_each_group(grouped)]
    [40, 30, 30, 30, 30]
    """
    part = grouped.with_label
    widths = grouped.width_strong, grouped.width_weak
    rows, mean, scatter = part.total()
    for first in (None, *range(0, grouped.groups, together)):
        left = JointMoments(*widths)
        left.rows, left.mean, left.scatter = rows, mean, scatter
        for group in () if first is None else range(first, min(first + together, grouped.groups)):
            few, centre, own = part.group(group)
            apart, kept = centre - left.mean, left.rows - few
            left.scatter = _spread(left.scatter - own, -left.rows * few / kept, apart)
            left.mean = left.mean - apart * (few / kept)
            left.rows = kept
        left.epsilon = list(grouped.epsilon)
        yield left


def jackknife_error(whole: Array, replicates: Array, rows: Array) -> Array:
    """Return standard errors of values from those without each group, which come first.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 6.0])
    >>> left_out = (x.sum() - x)[:, None] / 2
    >>> jackknife_error(np.array([3.0]), left_out, np.ones(3)).round(4) ** 2  # s²/3 of the mean
    array([2.33325625])
    """
    ratio = (rows.sum() / rows).reshape(-1, *[1] * np.ndim(whole))
    with np.errstate(invalid="ignore"):  # what is infinite has no error
        pseudo = ratio * whole - (ratio - 1) * replicates
        apart = (pseudo - pseudo.mean(axis=0)) / np.sqrt(ratio - 1)
    return np.asarray(np.sqrt(np.mean(np.square(apart), axis=0)))


def jackknife_covariance(whole: Array, replicates: Array, rows: ArrayLike) -> Array:
    """Covariance of estimates of shape (k,) from those without each group, shape (G, k).

    `rows` are those of each group, shape (G,), or (G, k) where they differ between the estimates.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 6.0])
    >>> left_out = (x.sum() - x)[:, None] / 2
    >>> jackknife_covariance(np.array([3.0]), left_out, [1, 1, 1]).round(4)  # s²/3 of the mean
    array([[2.3333]])
    """
    size = np.asarray(rows, dtype=np.float64)
    size = size.reshape(len(size), -1)
    ratio = size.sum(axis=0) / size
    pseudo = ratio * whole - (ratio - 1) * replicates
    apart = (pseudo - pseudo.mean(axis=0)) / np.sqrt(ratio - 1)
    return np.asarray(apart.T @ apart / len(size))
