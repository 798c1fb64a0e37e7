"""The one-pass state: joint moments of (φ_s, φ_w, y) in groups of rows, for a jackknife.

Two symmetric scatter matrices share one array of ``D (D+1)`` numbers, so ``G`` groups take
``4 G D (D+1)`` bytes, and BLAS adds rows to one triangle in place.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg.blas import dsyr, dsyrk

from w2s._checks import Array, finite, integer
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.estimation.rank import DOUBLE, coarser, restored_epsilon, stored_epsilon
from w2s.practice.estimation.rows import (
    TOO_LARGE,
    Block,
    accumulated,
    checked_parts,
    chunks,
    read_arrays,
    refuse,
    write_arrays,
)

_FORMAT = 1
_TILE = 64  # rows and columns of a matrix that are mirrored at once
_LONGEST_RUN = 1024
_GROWTH = 8  # a run is at most this share of the rows its group has already


def runs(first: int, count: int, groups: int) -> Iterator[tuple[int, int, int]]:
    """Yield ``(start, stop, group)`` of consecutive rows that belong to one group.

    Cycle after cycle every group gets one run. Runs grow with the rows dealt so far, from 1 row to
    1024, so that groups differ by an eighth at most and long files are read in long runs.

    Examples
    --------
    >>> list(runs(0, 5, groups=2))
    [(0, 1, 0), (1, 2, 1), (2, 3, 0), (3, 4, 1), (4, 5, 0)]
    >>> [stop - start for start, stop, _ in runs(100_000, 2000, groups=16)]
    [584, 762, 654]
    """
    cycle, end = 0, first + count
    while cycle < end:
        length = min(max(1, cycle // (_GROWTH * groups)), _LONGEST_RUN)
        whole = groups * length
        if length == _LONGEST_RUN and first > cycle + whole:
            cycle += (first - cycle) // whole * whole
        of_these = range(groups) if cycle + whole > first else ()  # others come before
        for group in of_these:
            start, stop = cycle + group * length, cycle + (group + 1) * length
            if max(start, first) < min(stop, end):
                yield max(start, first), min(stop, end), group
        cycle += whole


def state_bytes(width_strong: int, width_weak: int, groups: int = 16) -> int:
    """Return the bytes of the moments of two feature spaces, for rows that all have a label.

    Examples
    --------
    >>> state_bytes(700, 300) >> 20
    61
    """
    width = width_strong + width_weak + 1
    return 8 * (-(-groups // 2)) * width * (width + 1)


class GroupSums:
    """Number, mean and centred scatter of the rows of each group; the storage of the state.

    Parameters
    ----------
    width : int
        Number of columns.
    groups : int
        Number of groups.
    """

    def __init__(self, width: int, groups: int) -> None:
        self.width = width
        self.rows: NDArray[np.int64] = np.zeros(groups, dtype=np.int64)
        self.mean: Array = np.zeros((groups, width))
        # Group 2k: [j, i] for i >= j in pairs[k, :-1]. Group 2k+1: i <= j in pairs[k, 1:].
        self.pairs: Array = np.zeros((-(-groups // 2), width + 1, width))
        self._all: tuple[int, Array, Array] | None = None  # what `total` found

    def add(self, group: int, rows: Array) -> None:
        """Add rows, which are overwritten.

        About a centre between their mean and the group's, their products are what the group's
        scatter gains: their own scatter, and that of the two means (pairwise rule).
        """
        count, old, mean = len(rows), int(self.rows[group]), rows.mean(axis=0)
        rows -= mean - (mean - self.mean[group]) * math.sqrt(old / (old + count))
        triangle, lower = self._triangle(group)
        dsyrk(1.0, rows.T, beta=1.0, c=triangle, lower=lower, overwrite_c=1)
        self._count(group, count, mean)

    def absorb(self, other: GroupSums) -> None:
        """Add the rows of another state."""
        self._all = None
        self.pairs += other.pairs
        for group, (old, rows) in enumerate(zip(self.rows, other.rows, strict=True)):
            if rows and old:
                triangle, lower = self._triangle(group)
                shift = other.mean[group] - self.mean[group]
                weight = float(old * rows / (old + rows))
                dsyr(weight, shift, lower=lower, a=triangle, overwrite_a=1)
            if rows:
                self._count(group, int(rows), other.mean[group])

    def put(self, group: int, rows: int, mean: Array, scatter: Array) -> None:
        """Set a group that is still empty."""
        triangle, lower = self._triangle(group)
        place = np.tri(self.width, dtype=bool)
        place = place if lower else place.T
        triangle[place] = scatter[place]
        self.rows[group], self.mean[group] = rows, mean
        self._all = None

    def scatter(self, group: int) -> Array:
        """Return the full scatter of a group."""
        triangle, lower = self._triangle(group)
        return _mirrored(np.array(triangle if lower else triangle.T))

    def group(self, group: int) -> tuple[int, Array, Array]:
        """Return number, mean and full scatter of the rows of a group."""
        return int(self.rows[group]), self.mean[group], self.scatter(group)

    def total(self) -> tuple[int, Array, Array]:
        """Return number, mean and scatter of all rows; they are kept, and not to be changed."""
        if self._all is None:
            self._all = self._added()
        return self._all

    def _added(self) -> tuple[int, Array, Array]:
        scatter = self.pairs[:, :-1].sum(axis=0).T
        scatter += self.pairs[:, 1:].sum(axis=0)
        _mirrored(scatter)
        count = int(self.rows.sum())
        mean = self.rows @ self.mean / max(count, 1)
        apart = self.mean - mean
        scatter += apart.T @ (apart * self.rows[:, None])
        return count, mean, scatter.T  # symmetric: rows that lie whole

    def _triangle(self, group: int) -> tuple[Array, bool]:
        """Return a group's matrix in Fortran order and whether its lower triangle is meant."""
        pair, odd = divmod(group, 2)
        return self.pairs[pair, odd : odd + self.width].T, not odd

    def _count(self, group: int, rows: int, mean: Array) -> None:
        """Count rows whose scatter has been added already."""
        self._all = None
        total = int(self.rows[group]) + rows
        self.mean[group] += (mean - self.mean[group]) * (rows / total)
        self.rows[group] = total


class GroupedMoments:
    """Mergeable moments of ``(φ_s, φ_w, y)``, kept apart in groups of rows.

    Rows are dealt to the groups by their global index (see `runs`, and `dealt` below), so a row's
    group depends on neither the blocks nor the workers. A row whose label is NaN counts for the
    features and not for the label: labelled and unlabelled rows are kept in two states, the second
    one only if there are such rows.

    Parameters
    ----------
    width_strong, width_weak : int
        Numbers of feature columns ``D_s``, ``D_w``; the state starts empty.
    groups : int
        Number of groups ``G``, at least 2.
    dealt : array of int, shape (m,), optional
        Group of each row by its global index, instead of runs: rows that belong together (of one
        document, say) come into one group, so that the jackknife sees how alike they are. It
        serves one pass: a stored state does not have it.

    Attributes
    ----------
    with_label, without_label : GroupSums or None
        Moments of the labelled rows (label last) and of the unlabelled ones (features only).
    epsilon : list of two float
        Spacing of the precision in which strong and weak features were stored.

    Raises
    ------
    ValueError
        If a width is not a positive whole number, there are fewer than two groups, or `dealt` names
        a group that does not exist.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((100, 5))
    >>> labels = np.where(np.arange(100) < 60, x.sum(axis=1), np.nan)
    >>> halves = [GroupedMoments(3, 2, groups=4) for _ in range(2)]
    >>> halves[0].update(x[:50, :3], x[:50, 3:], labels[:50])
    >>> halves[1].update(x[50:, :3], x[50:, 3:], labels[50:], first_row=50)
    >>> whole = halves[0] + halves[1]
    >>> whole.rows, whole.labelled_rows
    (100, 60)
    """

    def __init__(
        self, width_strong: int, width_weak: int, groups: int = 16,
        dealt: NDArray[np.integer[Any]] | None = None,
    ) -> None:  # fmt: skip
        self.width_strong = integer("width_strong", width_strong)
        self.width_weak = integer("width_weak", width_weak)
        self.groups = integer("groups", groups, low=2)
        self.dealt = dealt
        if dealt is not None and len(dealt) and not 0 <= dealt.min() <= dealt.max() < self.groups:
            bad = int(dealt.min()) if dealt.min() < 0 else int(dealt.max())
            raise ValueError(f"dealt must name groups below {self.groups}, got {bad}")
        features = self.width_strong + self.width_weak
        self.epsilon = [DOUBLE, DOUBLE]
        self.with_label = GroupSums(features + 1, self.groups)
        self.without_label: GroupSums | None = None

    @classmethod
    def from_blocks(cls, blocks: Iterable[Block], groups: int = 16) -> GroupedMoments:
        """Accumulate an iterable of ``(strong, weak, labels)`` blocks; the first sets the widths.

        Raises
        ------
        ValueError
            If there is no block, or as `update`.
        """
        return accumulated(blocks, lambda d_s, d_w: cls(d_s, d_w, groups))

    @classmethod
    def from_groups(cls, states: Sequence[JointMoments]) -> GroupedMoments:
        """Take one state of joint moments for each group, all of one width.

        Raises
        ------
        ValueError
            If there are fewer than two states or their widths differ.
        """
        widths = {(state.width_strong, state.width_weak) for state in states}
        if len(widths) != 1:
            raise ValueError(f"groups must have one pair of widths, got {sorted(widths)}")
        grouped = cls(*widths.pop(), groups=len(states))
        for group, state in enumerate(states):
            grouped.with_label.put(group, state.rows, state.mean, state.scatter)
            grouped.epsilon = coarser(grouped.epsilon, state.epsilon)
        return grouped

    @property
    def labelled_rows(self) -> int:
        """Rows that have a label."""
        return int(self.with_label.rows.sum())

    @property
    def rows(self) -> int:
        """Rows seen."""
        other = self.without_label
        return self.labelled_rows + (0 if other is None else int(other.rows.sum()))

    def update(
        self, strong: ArrayLike, weak: ArrayLike, labels: ArrayLike, *, first_row: int | None = None
    ) -> None:
        """Add rows; on an error the state stays as it was.

        Parameters
        ----------
        strong, weak : array_like of shape (m, D_s) and (m, D_w)
            Features of the same inputs, of any real type; memory maps are read chunk by chunk.
        labels : array_like of shape (m,)
            Labels of these inputs; NaN where there is none.
        first_row : int, optional
            Global index of the first row, which decides the groups. Left out, the rows follow
            those already seen.

        Raises
        ------
        ValueError
            If shapes do not fit, a row was not dealt, a feature is NaN, or a value is infinite or
            too large to square. The message names the first bad row, by its global index, and its
            column.
        """
        parts = checked_parts(strong, weak, labels, (self.width_strong, self.width_weak))
        first = self.rows if first_row is None else integer("first_row", first_row, low=0)
        if self.dealt is not None and first + len(parts[0]) > len(self.dealt):
            raise ValueError(
                f"dealt has a group for {len(self.dealt)} rows, got rows up to "
                f"{first + len(parts[0])}"
            )
        found = 0
        for start, chunk in chunks(parts):
            _check(chunk, first + start, self.width_strong)
            found += 1
        self.epsilon = coarser(self.epsilon, [stored_epsilon(part) for part in parts[:2]])
        # A single chunk is still in its buffer.
        for start, rows in [(0, chunk)] if found == 1 else chunks(parts):
            self._deal(rows, first + start)

    def __add__(self, other: GroupedMoments) -> GroupedMoments:
        """Merge two states of disjoint rows."""
        total = GroupedMoments(self.width_strong, self.width_weak, self.groups)
        total += self
        total += other
        return total

    def __iadd__(self, other: GroupedMoments) -> GroupedMoments:
        """Merge the rows of another state into this one, without a third state in memory."""
        sizes = [(s.width_strong, s.width_weak, s.groups) for s in (self, other)]
        if sizes[0] != sizes[1]:
            raise ValueError(f"states of different widths or groups cannot be merged, got {sizes}")
        self.epsilon = coarser(self.epsilon, other.epsilon)
        self.with_label.absorb(other.with_label)
        if other.without_label is not None:
            self._unlabelled().absorb(other.without_label)
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to `path` (an npz archive), which appears whole or not at all."""
        arrays: dict[str, Any] = {"widths": [self.width_strong, self.width_weak, self.groups]}
        arrays["epsilon"] = self.epsilon
        for name in ("with_label", "without_label"):
            sums = getattr(self, name)
            if sums is not None:
                arrays |= {f"{name}_{key}": getattr(sums, key) for key in ("rows", "mean", "pairs")}
        write_arrays(path, grouped_format=_FORMAT, **arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> GroupedMoments:
        """Read a state written by `save`.

        Raises
        ------
        ValueError
            If the file is truncated, damaged or not a grouped state; the message names it.
        """
        return read_arrays(path, cls._restored)

    def labelled(self) -> JointMoments:
        """Return the moments of the labelled rows, with their labels."""
        part = JointMoments(self.width_strong, self.width_weak)
        part.rows, mean, scatter = self.with_label.total()
        part.mean, part.scatter = mean.copy(), scatter.copy()
        part.epsilon = list(self.epsilon)
        return part

    def features(self) -> JointMoments:
        """Return the moments of the features of all rows, labelled or not; the label counts as 0.

        Their spectra and principal features are what all rows say about them.
        """
        pooled = JointMoments(self.width_strong, self.width_weak)
        for sums in filter(None, (self.with_label, self.without_label)):
            rows, mean, scatter = sums.total()
            part = JointMoments(self.width_strong, self.width_weak)
            part.rows, part.mean[:-1] = rows, mean[: len(pooled.mean) - 1]
            part.scatter[:-1, :-1] = scatter[: len(pooled.mean) - 1, : len(pooled.mean) - 1]
            pooled += part
        pooled.epsilon = list(self.epsilon)
        return pooled

    def _unlabelled(self) -> GroupSums:
        if self.without_label is None:
            self.without_label = GroupSums(self.width_strong + self.width_weak, self.groups)
        return self.without_label

    def _pieces(self, chunk: Array, first: int) -> Iterator[tuple[int, Array]]:
        """Yield each group that has rows in a chunk, with these rows."""
        if self.dealt is not None:
            dealt = self.dealt[first : first + len(chunk)]
            for group in np.unique(dealt):
                yield int(group), chunk[dealt == group]
            return
        parts: dict[int, list[Array]] = defaultdict(list)
        for start, stop, group in runs(first, len(chunk), self.groups):
            parts[group].append(chunk[start - first : stop - first])
        for group, pieces in parts.items():
            yield group, pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def _deal(self, chunk: Array, first: int) -> None:
        """Add the rows of a checked chunk to their groups."""
        for group, rows in self._pieces(chunk, first):
            missing = np.isnan(rows[:, -1])
            if missing.any():
                self._unlabelled().add(group, np.ascontiguousarray(rows[missing, :-1]))
                rows = rows[~missing]
            if len(rows):
                self.with_label.add(group, rows)

    @classmethod
    def _restored(cls, stored: dict[str, NDArray[Any]]) -> GroupedMoments:
        if int(stored["grouped_format"]) != _FORMAT:
            raise ValueError(f"format is {stored['grouped_format']}, this version reads {_FORMAT}")
        d_s, d_w, groups = (int(size) for size in stored["widths"])
        state = cls(d_s, d_w, groups)
        state.epsilon = restored_epsilon(stored)
        sums = [("with_label", state.with_label)]
        if "without_label_rows" in stored:
            sums.append(("without_label", state._unlabelled()))
        for name, part in sums:
            for key in ("rows", "mean", "pairs"):
                value = stored[f"{name}_{key}"]
                if value.shape != getattr(part, key).shape:
                    raise ValueError(f"{name}_{key} has shape {value.shape}")
                if key == "rows" and (value.dtype.kind != "i" or value.min() < 0):
                    raise ValueError(f"{name}_rows must be counts, got {value[:3]}")
                setattr(part, key, value if key == "rows" else finite(key, value))
        return state


def _check(chunk: Array, first: int, width_strong: int) -> None:
    """Refuse rows that cannot be added; a label may be NaN."""
    labels = chunk[:, -1]
    known = labels[~np.isnan(labels)]
    with np.errstate(over="ignore", invalid="ignore"):  # named below
        squares = np.einsum("ij,ij->j", chunk[:, :-1], chunk[:, :-1])
        of_labels = known @ known
    if np.isfinite(squares).all() and np.isfinite(of_labels):
        return
    shown = chunk.copy()
    shown[:, -1] = np.nan_to_num(labels, nan=0.0, posinf=np.inf, neginf=-np.inf)
    if np.isfinite(shown).all():
        raise ValueError(TOO_LARGE)
    refuse(shown, first, width_strong)


def _mirrored(matrix: Array) -> Array:
    """Copy the lower triangle of a matrix to its upper one, in place."""
    for start in range(0, len(matrix), _TILE):
        stop = start + _TILE
        matrix[start:stop, stop:] = matrix[stop:, start:stop].T
        tile = matrix[start:stop, start:stop]
        tile[:] = np.tril(tile) + np.tril(tile, -1).T
    return matrix
