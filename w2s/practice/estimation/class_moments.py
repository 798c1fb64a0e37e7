"""One pass over (strong features, weak features, class): joint moments, and a sample of the rows.

The joint row ``(φ_s, φ_w, indicators of the classes)`` has one scatter, which holds the counts, the
means of all classes and the pooled scatter within them, and which a class makes wider by one column
only. A covariance for each class would not be enough anyway: on the ten digits the Gaussian clouds
that it describes are told apart 3 to 5% too often. So some rows are kept as they are; what the
moments predict is averaged over them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s._checks import Array, finite, integer
from w2s.practice.estimation.groups import GroupedMoments, GroupSums, runs
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.estimation.rank import DOUBLE, coarser, stored_epsilon
from w2s.practice.estimation.rows import (
    TOO_LARGE,
    Block,
    accumulated,
    checked_parts,
    chunks,
    refuse,
)

_KEPT = 4096  # an accuracy is then known to half a percent
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # multiples of it spread evenly, whatever the period


@dataclass(frozen=True, eq=False)
class ClassSample:
    """Moments of labelled rows with their classes, and some of the rows.

    Attributes
    ----------
    counts : array of shape (K,)
        Rows of each class.
    means : array of shape (K, D)
        Mean of the joint features ``(φ_s, φ_w)`` of each class; zero for a class without rows.
    scatter : array of shape (D, D)
        Covariance of the joint features of all rows.
    rows : array of shape (r, D)
        Joint features of the kept rows.
    codes : array of int, shape (r,)
        Their classes.
    width_strong : int
        Number of strong features ``D_s``.
    """

    counts: Array
    means: Array
    scatter: Array
    rows: Array
    codes: NDArray[np.intp]
    width_strong: int


class ClassMoments:
    """Mergeable moments of ``(φ_s, φ_w, class)`` in groups of rows, and an even sample of the rows.

    Rows are dealt to groups by their global index, as in `GroupedMoments`, and kept by it, too. So
    nothing depends on blocks or workers beyond rounding. Of rows without a class (NaN) the moments
    of the features are kept apart.

    Parameters
    ----------
    width_strong, width_weak : int
        Numbers of feature columns ``D_s``, ``D_w``; the state starts empty.
    classes : int
        Number of classes ``K``, at least 2; labels are the codes 0 to ``K - 1``.
    groups : int
        Number of groups, at least 2.
    kept : int
        Most rows that are kept.
    dealt : array of int, shape (m,), optional
        Group of each row by its global index, instead of runs, as in `GroupedMoments`.

    Attributes
    ----------
    epsilon : list of two float
        Spacing of the precision in which strong and weak features were stored.

    Raises
    ------
    ValueError
        If a width or `kept` is not a positive whole number or there are fewer than two classes or
        groups.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((90, 5))
    >>> code = np.arange(90) % 3
    >>> halves = [ClassMoments(3, 2, classes=3, groups=4) for _ in range(2)]
    >>> halves[0].update(x[:50, :3], x[:50, 3:], code[:50])
    >>> halves[1].update(x[50:, :3], x[50:, 3:], code[50:], first_row=50)
    >>> (halves[0] + halves[1]).sample().counts
    array([30., 30., 30.])
    """

    def __init__(
        self,
        width_strong: int,
        width_weak: int,
        *,
        classes: int,
        groups: int = 16,
        kept: int = _KEPT,
        dealt: NDArray[np.integer[Any]] | None = None,
    ) -> None:
        self.width_strong = integer("width_strong", width_strong)
        self.width_weak = integer("width_weak", width_weak)
        self.classes = integer("classes", classes, low=2)
        self.groups = integer("groups", groups, low=2)
        self.kept = integer("kept", kept)
        self.dealt = dealt
        self.epsilon = [DOUBLE, DOUBLE]
        self._sums = GroupSums(self._features + self.classes, self.groups)
        self._others: GroupSums | None = None  # without a class
        self._rows: Array = np.empty((0, self._features + 1))  # the class comes last
        self._places: NDArray[np.uint64] = np.empty(0, dtype=np.uint64)
        self._of: NDArray[np.intp] = np.empty(0, dtype=np.intp)  # the groups of kept rows

    @classmethod
    def from_blocks(cls, blocks: Iterable[Block], *, classes: int) -> ClassMoments:
        """Accumulate an iterable of ``(strong, weak, codes)`` blocks; the first sets the widths.

        Raises
        ------
        ValueError
            If there is no block, or as `update`.
        """
        return accumulated(blocks, lambda d_s, d_w: cls(d_s, d_w, classes=classes))

    @property
    def labelled_rows(self) -> int:
        """Rows that have a class."""
        return int(self._sums.rows.sum())

    @property
    def unlabelled_rows(self) -> int:
        """Rows without a class."""
        return 0 if self._others is None else int(self._others.rows.sum())

    @property
    def rows(self) -> int:
        """Rows seen."""
        return self.labelled_rows + self.unlabelled_rows

    def update(
        self, strong: ArrayLike, weak: ArrayLike, labels: ArrayLike, *, first_row: int | None = None
    ) -> None:
        """Add rows; on an error the state stays as it was.

        Parameters
        ----------
        strong, weak : array_like of shape (m, D_s) and (m, D_w)
            Features of the same inputs, of any real type.
        labels : array_like of shape (m,)
            Codes of their classes; NaN where there is none.
        first_row : int, optional
            Global index of the first row, which decides the groups. Left out, the rows follow
            those already seen.

        Raises
        ------
        ValueError
            If shapes do not fit, a row was not dealt, a feature is not finite or too large to
            square, or a label is no code. The message names the first bad row, by its global index,
            and its column.
        """
        parts = checked_parts(strong, weak, labels, (self.width_strong, self.width_weak))
        first = self.rows if first_row is None else integer("first_row", first_row, low=0)
        if self.dealt is not None and first + len(parts[0]) > len(self.dealt):
            raise ValueError(
                f"dealt has a group for {len(self.dealt)} rows, got rows up to "
                f"{first + len(parts[0])}"
            )
        for start, chunk in chunks(parts):
            self._check(chunk, first + start)
        self.epsilon = coarser(self.epsilon, [stored_epsilon(part) for part in parts[:2]])
        for start, chunk in chunks(parts):
            self._deal(chunk, first + start)

    def __add__(self, other: ClassMoments) -> ClassMoments:
        """Merge two states of disjoint rows."""
        total = ClassMoments(
            self.width_strong, self.width_weak, classes=self.classes, groups=self.groups,
            kept=self.kept, dealt=self.dealt,
        )  # fmt: skip
        total += self
        total += other
        return total

    def __iadd__(self, other: ClassMoments) -> ClassMoments:
        """Merge the rows of another state into this one, without a third state in memory."""
        sizes = [(s.width_strong, s.width_weak, s.classes, s.groups, s.kept) for s in (self, other)]
        if sizes[0] != sizes[1]:
            raise ValueError(
                f"states of different widths, classes or groups cannot be merged, got {sizes}"
            )
        self.epsilon = coarser(self.epsilon, other.epsilon)
        self._sums.absorb(other._sums)
        if other._others is not None:
            self._unlabelled().absorb(other._others)
        self._keep(other._rows, other._places, other._of)
        return self

    def sample(self, without: Collection[int] = ()) -> ClassSample:
        """Return moments and kept rows, of all labelled rows or of those outside some groups.

        Raises
        ------
        ValueError
            If there are no such rows.
        """
        groups = [group for group in range(self.groups) if group not in without]
        sizes, split = self._sums.rows[groups], self._features
        count = int(sizes.sum())
        if count == 0:
            raise ValueError("moments of no labelled rows have no classes: add a block first")
        mean = sizes @ self._sums.mean[groups] / count
        joint = np.zeros((self._sums.width,) * 2)
        for group in groups:
            joint += self._sums.scatter(group)
        apart = self._sums.mean[groups] - mean
        joint += apart.T @ (apart * sizes[:, None])
        counts = np.rint(count * mean[split:])
        # The column of an indicator sums the centred features of its class.
        means = mean[:split] + joint[split:, :split] / np.maximum(counts, 1)[:, None]
        means[counts == 0] = 0
        rows = self._rows[np.isin(self._of, groups)]
        scatter = joint[:split, :split] / count
        codes = rows[:, -1].astype(np.intp)
        return ClassSample(counts, means, scatter, rows[:, :-1], codes, self.width_strong)

    def regression(self, targets: ArrayLike) -> GroupedMoments:
        """Return the grouped moments of a regression on a number for each class.

        They serve what asks for the geometry of two models and a label of numbers, such as -1 and
        1.

        Parameters
        ----------
        targets : array_like of shape (K,)
            The numbers.

        Raises
        ------
        ValueError
            If there are not as many as classes.
        """
        values = finite("targets", targets, ndim=1)
        if len(values) != self.classes:
            raise ValueError(f"targets must be {self.classes}, got {len(values)}")
        onto = np.zeros((self._features + 1, self._sums.width))
        np.fill_diagonal(onto[:-1], 1.0)
        onto[-1, self._features :] = values
        states = []
        for group in range(self.groups):
            rows, mean, scatter = self._sums.group(group)
            state = JointMoments(self.width_strong, self.width_weak)
            state.epsilon = list(self.epsilon)
            state.rows, state.mean, state.scatter = rows, onto @ mean, onto @ scatter @ onto.T
            states.append(state)
        grouped = GroupedMoments.from_groups(states)
        grouped.without_label = self._others
        return grouped

    def _unlabelled(self) -> GroupSums:
        if self._others is None:
            self._others = GroupSums(self._features, self.groups)
        return self._others

    @property
    def _features(self) -> int:
        return self.width_strong + self.width_weak

    def _check(self, chunk: Array, first: int) -> None:
        """Refuse rows that cannot be added."""
        codes = chunk[:, -1]
        with np.errstate(over="ignore", invalid="ignore"):  # named below
            squares = np.einsum("ij,ij->j", chunk[:, :-1], chunk[:, :-1])
        if not np.isfinite(squares).all():
            shown = chunk.copy()
            shown[:, -1] = 0
            if np.isfinite(shown).all():
                raise ValueError(TOO_LARGE)
            refuse(shown, first, self.width_strong)
        wrong = ~np.isnan(codes) & ~np.isin(codes, np.arange(self.classes))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(
                f"row {first + row} of labels is {codes[row]:g}, must be a class from 0 to "
                f"{self.classes - 1}"
            )

    def _deal(self, chunk: Array, first: int) -> None:
        """Add the rows of a checked chunk to their groups, and keep some."""
        known, of = ~np.isnan(chunk[:, -1]), self._groups_of(first, len(chunk))
        marks = np.eye(self.classes)[np.where(known, chunk[:, -1], 0).astype(np.intp)]
        joint = np.concatenate([chunk[:, :-1], marks], axis=1)
        for group in np.unique(of):
            own = of == group
            rows, there = joint[own], known[own]
            if not there.all():
                self._unlabelled().add(group, np.ascontiguousarray(rows[~there, : self._features]))
                rows = rows[there]
            if len(rows):
                self._sums.add(group, rows)
        places = np.arange(first, first + len(chunk), dtype=np.uint64) * _GOLDEN
        low = np.flatnonzero(known)
        low = low[np.argsort(places[low])[: self.kept]]
        self._keep(chunk[low], places[low], of[low])

    def _groups_of(self, first: int, count: int) -> NDArray[np.intp]:
        """Return the groups of consecutive rows."""
        if self.dealt is not None:
            return self.dealt[first : first + count].astype(np.intp)
        of = np.empty(count, dtype=np.intp)
        for start, stop, group in runs(first, count, self.groups):
            of[start - first : stop - first] = group
        return of

    def _keep(self, rows: Array, places: NDArray[np.uint64], of: NDArray[np.intp]) -> None:
        """Keep the rows of the lowest places among those kept and new ones."""
        joined = np.concatenate([self._places, places])
        lowest = np.argsort(joined)[: self.kept]
        self._places = joined[lowest]
        self._rows = np.concatenate([self._rows, rows])[lowest]
        self._of = np.concatenate([self._of, of])[lowest]
