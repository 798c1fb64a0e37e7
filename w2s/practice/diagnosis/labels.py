"""Labels: what is a number to regress on, what marks "no label", and what is a name of a class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array, finite
from w2s.practice.data.classes import Classes, open_classes
from w2s.practice.data.tables import Table, open_table, refuse_not_finite
from w2s.practice.data.tables.texts import read_names
from w2s.practice.estimation.estimates import looks_like_classes

KEEP = "none"  # the answer "no number marks missing labels"
_BLOCK = 2**20  # labels read at once
_FAR_OUT = 99.0  # marks like -99, 999 and -9999 are this large at least
_TWICE = 2  # a mark stands for more than one row


class Marked(Table):
    """A table of labels in which one number means that there is none (NaN).

    Parameters
    ----------
    labels : Table
        The labels, one column.
    mark : float
        That number.
    """

    def __init__(self, labels: Table, mark: float) -> None:
        super().__init__(labels.name, (labels.rows,), np.float64, ids=labels.ids)
        self.table, self.mark = labels, mark

    def part(self, start: int, stop: int) -> Table:
        """Return what another process needs to read these rows."""
        return Marked(self.table.part(start, stop), self.mark)

    def check_unchanged(self) -> None:
        """Refuse a file that is no longer the one that was opened."""
        self.table.check_unchanged()

    def _stored(self, start: int, stop: int) -> NDArray[Any]:
        values = self.table.read(start, stop)[:, 0].astype(np.float64)
        values[values == self.mark] = np.nan
        return values


def checked_labels(table: Table, no_label: float | str | None) -> tuple[Table, Array]:
    """Return the labels and their values, NaN where there is none.

    Parameters
    ----------
    table : Table
        As it was opened.
    no_label : float, "none" or None
        The number that stands for "no label"; "none" if every number is a label; None to ask where
        one looks like a mark.

    Raises
    ------
    ValueError
        If a number looks like a mark of "no label" and nothing was said about it, the labels are
        names of classes, or they do not vary.
    """
    if no_label is not None and no_label != KEEP:
        table = Marked(table, float(finite("no_label", no_label, ndim=0)))
    values = _values(table)
    if no_label is None:
        _ask(table.name, values)
    refuse_not_finite(table.name, np.where(np.isnan(values), 0.0, values)[:, None], 0)
    known = values[~np.isnan(values)]
    if not len(known):
        raise ValueError(f"{table.name} has no label that is a number")
    if known.min() == known.max():
        raise ValueError(f"every label of {table.name} is {known[0]:g}: nothing to predict")
    return table, values


def classes_of(source: Any, no_label: float | str | None, regression: bool) -> Classes | None:
    """Return the classes that labels name, or None where they are numbers to regress on.

    Texts and truth values are classes. Whole numbers are if they look so (see
    `looks_like_classes`) and nobody said that they are numbers.

    Raises
    ------
    ValueError
        If a number looks like a mark of "no label" and nothing was said about it, texts are to be
        regressed on, or as `open_classes`.
    """
    mark = None if no_label == KEEP else no_label
    if not isinstance(source, Table) and read_names(source) is not None:
        if regression:
            raise ValueError("labels must be numbers for a regression, got texts or truth values")
        return open_classes(source, no_label=mark)
    if regression:
        return None
    table = open_table(source, ndim=1, name="labels")
    values = _values(table)
    if no_label is None:
        _ask(table.name, values)
    elif mark is not None:
        values = values[values != float(finite("no_label", mark, ndim=0))]
    return open_classes(table, no_label=mark) if looks_like_classes(values) else None


def _values(table: Table) -> Array:
    blocks = [table.read(at, min(at + _BLOCK, table.rows)) for at in range(0, table.rows, _BLOCK)]
    return np.concatenate([block[:, 0].astype(np.float64) for block in blocks])


def looks_like_no_label(labels: Array) -> float | None:
    """Return the number that seems to mark rows without a label, or None.

    That is a whole number that occurs at least twice and is either the only negative one among
    others of at least two values (or of zeros), or at least 99 in size and further from all others
    than these are from each other. Infinite labels and NaN are skipped.

    Examples
    --------
    >>> [looks_like_no_label(np.array(y)) for y in ([0, 1, -1, 1, -1], [31, 999, 47, 999])]
    [-1.0, 999.0]
    >>> [looks_like_no_label(np.array(y)) for y in ([-1, 1, -1], [-0.5, -1, 2, -1])]
    [None, None]
    """
    found, counts = np.unique(labels[np.isfinite(labels)], return_counts=True)
    if len(found) < 2:
        return None
    for place, rest in ((0, found[1:]), (-1, found[:-1])):
        value = float(found[place])
        if counts[place] < _TWICE or not value.is_integer():
            continue
        low, high = float(rest.min()), float(rest.max())
        alone = value < 0 <= low and (len(rest) > 1 or high == 0)
        gap = low - value if place == 0 else value - high
        far = abs(value) >= _FAR_OUT and gap > high - low
        # One other value: two classes, unless only one of the two numbers is a usual label.
        if alone or (far and (len(rest) > 1 or abs(high) <= 1)):
            return value
    return None


def _ask(name: str, values: Array) -> None:
    mark = looks_like_no_label(values)
    if mark is not None:
        share = np.mean(values == mark)
        raise ValueError(
            f'{share:.2g} of the labels of {name} are {mark:g}, which often stands for "no label": '
            f"say no_label {mark:g} (--no-label={mark:g}) if it does, so that these rows serve the "
            "geometry only, or no_label none (--no-label=none) if all labels are numbers to "
            "regress on"
        )
