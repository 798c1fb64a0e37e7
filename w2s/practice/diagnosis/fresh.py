"""Rows that the features have never seen: the only test of features that were trained on labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s.practice.data.classes import open_classes
from w2s.practice.data.tables import Table, check_aligned, open_table
from w2s.practice.diagnosis.guards.repeats import Keys, seen_before
from w2s.practice.diagnosis.labels import KEEP, checked_labels
from w2s.practice.diagnosis.rows import Rows, View, places, read_rows

_FEWEST, _MOST = 20, 20_000  # rows to test on

SEEN = (
    "Whether the features were trained on these very labels, as those of a fine-tuned encoder are. "
    "If they were, every number here is wrong, and held-out rows do not show it, because the "
    "features have seen their labels, too. Rows that the features have never seen show it: give "
    "them as fresh (--fresh WEAK STRONG LABELS)."
)
UNLIKE = (
    "the fresh rows are not like the others: the features were trained on the labels of the other "
    "rows, or the fresh ones are inputs of another kind"
)


@dataclass(frozen=True, eq=False)
class Fresh:
    """Labelled rows to test on, beside those of the estimate.

    Attributes
    ----------
    tables : tuple of Table
        Strong, weak, labels.
    index : array of int
        Their rows that are tested on.
    """

    tables: tuple[Table, Table, Table]
    index: NDArray[np.intp]

    def rows(self, views: tuple[View, View]) -> Rows:
        """Read the rows; `views` turn features into those that are kept, strong first."""
        found = read_rows(self.tables, self.index, views)
        for table in self.tables:
            table.check_unchanged()
        return found


def fresh_rows(
    sources: Any, others: tuple[Table, Table], quick: Keys, *, no_label: float | str | None,
    seed: int, names: Sequence[str] | None = None,
) -> Fresh:  # fmt: skip
    """Open rows to test on, and see to it that they are none of the others.

    Parameters
    ----------
    sources : (weak, strong, labels)
        Each as `open_table` takes it.
    others : tuple of Table
        Strong and weak features of the rows of the estimate.
    quick : array of uint64
        Their `KeyedMoments.keys`.
    no_label : float, "none" or None
        As in `checked_labels`.
    seed : int
        Which 20000 rows are tested on, if there are more.
    names : sequence of str, optional
        Names of the classes, if the labels are classes.

    Returns
    -------
    Fresh

    Raises
    ------
    ValueError
        If there are not three sources, they do not fit together or to the others, some of their
        rows are among the others, fewer than 20 have a label, or a value is refused.
    """
    if not isinstance(sources, (tuple, list)) or len(sources) != 3:
        got = len(sources) if isinstance(sources, (tuple, list)) else type(sources).__name__
        raise ValueError(f"fresh must be weak features, strong features and labels, got {got}")
    titles = tuple(f"fresh {part}" for part in ("weak", "strong", "labels"))
    sources = list(sources)
    if names is not None:
        mark = None if no_label == KEEP else no_label
        sources[2] = open_classes(sources[2], no_label=mark, name=titles[2]).coded_as(names).table
    weak, strong, labels = (
        open_table(source, ndim=1 if title == titles[2] else 2, name=title)
        for source, title in zip(sources, titles, strict=True)
    )
    check_aligned(dict(zip(titles, (weak, strong, labels), strict=True)))
    for name, own, other in zip(titles, (weak, strong), others[::-1], strict=False):
        if own.width != other.width:
            raise ValueError(
                f"{name} features must have {other.width} columns, as the others have, got "
                f"{own.width} in {own.name}"
            )
    if names is None:
        labels, values = checked_labels(labels, no_label)
    else:
        values = labels.read(0, labels.rows)[:, 0]
    again = seen_before(others, quick, (strong, weak))
    if again.any():
        raise ValueError(
            f"fresh rows must not be among the others, got {int(again.sum())} of {len(again)} that "
            f"are (the first is row {int(np.argmax(again))})"
        )
    known = np.flatnonzero(~np.isnan(values))
    if len(known) < _FEWEST:
        raise ValueError(f"fresh rows must have at least {_FEWEST} labels, got {len(known)}")
    drawn = places(0, len(values), len(values), seed)[known] < _MOST / len(known)
    return Fresh((strong, weak, labels), known[drawn])
