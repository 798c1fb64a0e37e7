"""Leaving out one group of rows at a time, in coordinates fixed by all rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import block_diag

from w2s._checks import Array
from w2s.practice.estimation.groups import GroupedMoments
from w2s.practice.estimation.moments import JointMoments, PrincipalFeatures

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

    def __sub__(self, other: Sums) -> Sums:
        return Sums(
            self.rows - other.rows, self.total - other.total, self.products - other.products
        )

    def moment(self, centred: bool) -> Array:
        """Return the second moment, about the mean or about zero."""
        moment = self.products / self.rows
        mean = self.total / self.rows
        return moment - np.outer(mean, mean) if centred else moment


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
        self._grouped = grouped
        features = block_diag(*(model.directions for model in models))
        self._basis = np.zeros((len(features) + 1, features.shape[1] + 1))
        self._basis[:-1, :-1] = features
        self._basis[-1, -1] = 1.0
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

    def without_each_group(self, whole: tuple[Sums, Sums]) -> Iterator[tuple[Sums, Sums]]:
        """Yield what `whole` is without the first group, without the second, ….

        One group is held in memory at a time.
        """
        everything, labelled = whole
        others = self._grouped.without_label
        for group in range(self._grouped.groups):
            part = self._project(*self._grouped.with_label.group(group))
            left = labelled - part
            if others is None:
                yield left, left
            else:
                yield everything - (part + self._project(*others.group(group))), left

    def _project(self, rows: int, mean: Array, scatter: Array) -> Sums:
        used = len(mean)
        basis = self._basis[:used]
        total = ((mean - self._shift[:used]) @ basis) * rows
        products = basis.T @ scatter @ basis + np.outer(total, total) / max(rows, 1)
        return Sums(rows, total, products)


def without_each_group(grouped: GroupedMoments) -> Iterator[JointMoments]:
    """Yield the moments of all labelled rows, then those without the first group, the second, ….

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
    for group in (None, *range(grouped.groups)):
        left = JointMoments(*widths)
        left.rows, left.mean, left.scatter = rows, mean, scatter
        if group is not None:
            few, centre, own = part.group(group)
            left.rows = rows - few
            apart = centre - mean
            left.mean = mean - apart * (few / left.rows)
            left.scatter = scatter - own - np.outer(apart, apart) * (rows * few / left.rows)
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
