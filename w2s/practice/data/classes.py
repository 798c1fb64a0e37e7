"""Labels as classes: whole numbers, texts or truth values become codes, and names stay known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array
from w2s.practice.data.tables import Table, open_table
from w2s.practice.data.tables.arrays import ArrayTable
from w2s.practice.data.tables.names import some
from w2s.practice.data.tables.texts import Names, read_names

PSEUDO = ("soft", "hard")  # pseudo-labels: the teacher's scores, or its decisions
_MOST = 1000
_BLOCK = 2**20  # labels read at once


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes of a table of labels.

    Attributes
    ----------
    names : tuple of str
        Their names: numbers in their order, texts in theirs.
    counts : array of int, shape (K,)
        Rows of each.
    table : Table
        The codes 0 to ``K - 1`` of the rows, one column; NaN where a row has no label.
    """

    names: tuple[str, ...]
    counts: NDArray[np.int64]
    table: Table

    @property
    def codes(self) -> Array:
        """The codes of all rows, NaN where there is no label."""
        return np.asarray(self.table.read(0, self.table.rows)[:, 0])

    def coded_as(self, names: Sequence[str]) -> Classes:
        """Return the same labels with the codes of other labels, whose names are given.

        Raises
        ------
        ValueError
            If a class is not among them.

        Examples
        --------
        >>> open_classes(["b", "c", "b"]).coded_as(["a", "b", "c"]).codes
        array([1., 2., 1.])
        """
        place = {name: code for code, name in enumerate(names)}
        unknown = [name for name in self.names if name not in place]
        if unknown:
            raise ValueError(
                f"{self.table.name} has classes that the other labels do not have: {some(unknown)}"
            )
        codes, known = self.codes, ~np.isnan(self.codes)
        codes[known] = np.array([place[name] for name in self.names])[codes[known].astype(np.intp)]
        counts = np.bincount(codes[known].astype(np.intp), minlength=len(names))
        return Classes(tuple(names), counts, Coded(self.table.name, codes, self.table))


class Coded(Table):
    """Codes of classes in memory, and the table or file that they were made of.

    Parameters
    ----------
    name : str
        What messages call it.
    codes : array of shape (rows,)
        The codes.
    source : Table or Names
        Must not change while the codes are used.
    """

    def __init__(self, name: str, codes: Array, source: Table | Names) -> None:
        super().__init__(name, codes.shape, np.float64, ids=source.ids)
        self._codes, self._source = codes, source

    def part(self, start: int, stop: int) -> Table:
        """Return the rows themselves, which another process needs."""
        return ArrayTable(self.name, self._codes[start:stop], first=start)

    def check_unchanged(self) -> None:
        """Refuse a file that is no longer the one that was read."""
        self._source.check_unchanged()

    def _stored(self, start: int, stop: int) -> NDArray[Any]:
        return self._codes[start:stop]


def open_classes(
    source: Any, *, no_label: float | str | None = None, name: str = "labels"
) -> Classes:
    """Return the classes that labels name.

    Parameters
    ----------
    source : path, table or array
        One column of whole numbers, with gaps or without, of texts or of truth values: whatever
        `tables.open_table` opens, and columns of texts in the same files (see
        `tables.texts.read_names`). NaN, None, empty and masked entries are no label.
    no_label : float or str, optional
        A number or text that stands for "no label", too.
    name : str
        What messages call an array in memory.

    Returns
    -------
    Classes

    Raises
    ------
    ValueError
        If a number is not whole, there are fewer than 2 or more than 1000 classes, or as
        `tables.open_table`.

    Examples
    --------
    >>> found = open_classes(["dog", "cat", None, "dog"])
    >>> found.names, found.counts.tolist(), found.codes
    (('cat', 'dog'), [1, 2], array([ 1.,  0., nan,  1.]))
    >>> open_classes([7, 30, 7, -1], no_label=-1).names
    ('7', '30')
    """
    texts = None if isinstance(source, Table) else read_names(source)
    if texts is not None:
        words = np.array([one or "" for one in texts.values], dtype=np.str_)
        known = np.array([one is not None for one in texts.values], dtype=bool)
        if no_label is not None:
            known &= words != str(no_label)
        title = (
            f"{source}"
            if isinstance(source, (str, bytes)) or hasattr(source, "__fspath__")
            else name
        )
        return _coded(title, words, known, texts)
    table = open_table(source, ndim=1, name=name)
    blocks = [table.read(at, min(at + _BLOCK, table.rows)) for at in range(0, table.rows, _BLOCK)]
    values = np.concatenate(blocks)[:, 0].astype(np.float64) if blocks else np.empty(0)
    known = ~np.isnan(values)
    if no_label is not None:
        known &= values != _number(no_label)
    strange = known & ~(np.isfinite(values) & (values == np.rint(values)))
    if strange.any():
        row = int(np.argmax(strange))
        raise ValueError(
            f"row {row} of {table.name} is {values[row]:g}, which names no class: classes are "
            "whole numbers, texts or truth values, and other numbers are for regression"
        )
    return _coded(table.name, values, known, table)


def targets_of(classes: int) -> Array:
    """Return the targets of each class: -1 and 1 for two, indicators for more.

    Examples
    --------
    >>> targets_of(2).tolist(), targets_of(3).shape
    ([[-1.0], [1.0]], (3, 3))
    """
    return np.array([[-1.0], [1.0]]) if classes == 2 else np.eye(classes)


def _number(no_label: float | str) -> float:
    try:
        return float(no_label)
    except ValueError:
        raise ValueError(
            f"no_label must be a number, as the labels are, got {no_label!r}"
        ) from None


def _coded(
    title: str, values: NDArray[Any], known: NDArray[np.bool_], source: Table | Names
) -> Classes:
    found, codes, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    if not 2 <= len(found) <= _MOST:
        shown = f": {_said(found[0])}" if len(found) == 1 else ""
        raise ValueError(f"{title} must name 2 to {_MOST} classes, got {len(found)}{shown}")
    column = np.full(len(values), np.nan)
    column[known] = codes.ravel()
    names = tuple(_said(one) for one in found)
    return Classes(names, counts.astype(np.int64), Coded(title, column, source))


def _said(value: Any) -> str:
    return str(value) if isinstance(value, str) else f"{float(value):.17g}"
