"""What a reader of raw data returns."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s._checks import integer, whole
from w2s.practice.data.groups import one_name_per_row

PathLike = str | os.PathLike[str]
Reader = Callable[[int, int], Sequence[Any]]


@dataclass(frozen=True, eq=False)
class RawData:
    """Inputs of a data set with ids and labels; the inputs are read when they are asked for.

    Parameters
    ----------
    name : str
        What the data are, used in names of files.
    ids : array of str, shape (m,)
        One identifier per input, all different.
    labels : array of shape (m,)
        Labels.
    read : callable
        ``read(start, stop)`` returns the inputs of these rows: arrays of uint8 of shape
        (height, width) or (height, width, 3), texts, or rows of token ids.
    digest : str
        SHA-256 of ids and inputs.
    skipped : sequence of str
        What was left out, and why; one line each.
    published : int
        Number of inputs of the published set; 0 if there is none. Only for the reader.
    notes : sequence of str
        What is odd about inputs that were kept; one line each.
    groups : array of str, shape (m,), optional
        Name of the group that each input belongs to, such as its environment.

    Raises
    ------
    ValueError
        If there is no input, an id occurs twice, ids and labels differ in number, or `groups` is
        not one name per input.
    """

    name: str
    ids: NDArray[Any]
    labels: NDArray[Any]
    read: Reader
    digest: str
    skipped: Sequence[str] = ()
    published: int = 0
    notes: Sequence[str] = ()
    groups: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        if not len(self.ids):
            reasons = "; ".join(self.skipped[:3])
            raise ValueError(f"{self.name} has no usable input" + (f": {reasons}" * bool(reasons)))
        if self.ids.ndim != 1 or self.ids.shape != self.labels.shape:
            shapes = f"{self.ids.shape} and {self.labels.shape}"
            raise ValueError(f"{self.name} needs one id and one label per input, got {shapes}")
        known, counts = np.unique(self.ids, return_counts=True)
        if counts.max() > 1:
            raise ValueError(f"{self.name} has two inputs called {known[counts > 1][0]}")
        if self.groups is not None:
            one_name_per_row(self.groups, len(self))

    def __len__(self) -> int:
        return len(self.ids)

    def blocks(self, rows: int = 256) -> Iterator[Sequence[Any]]:
        """Yield the inputs in order, `rows` at a time."""
        step = integer("rows", rows)
        for start in range(0, len(self), step):
            yield self.read(start, min(start + step, len(self)))

    def report(self) -> str:
        """Say how many inputs there are, what was skipped and what is odd, a line each."""
        whole = f" (the published set has {self.published})" if self.published else ""
        head = f"{self.name}: {len(self)} inputs{whole}, {len(self.skipped)} skipped"
        skipped = (f"  skipped {reason}" for reason in self.skipped)
        return "\n".join([head, *skipped, *(f"  note: {one}" for one in self.notes)])


def from_arrays(name: str, inputs: ArrayLike, labels: ArrayLike, ids: ArrayLike = ()) -> RawData:
    """Make data of inputs in memory, for instance of token ids that the user made.

    Parameters
    ----------
    name : str
        What the data are.
    inputs : array_like of shape (m, ...)
        One input per row.
    labels : array_like of shape (m,)
        Labels.
    ids : array_like of shape (m,), optional
        Identifiers; row numbers if left out.

    Returns
    -------
    RawData

    Examples
    --------
    >>> data = from_arrays("tokens", [[5, 7], [7, 5], [1, 2]], [0, 1, 1])
    >>> data.ids.tolist(), len(list(data.blocks(2)))
    (['00000', '00001', '00002'], 2)
    """
    values, targets, known = (
        np.asarray(whole(what, part))
        for what, part in (("inputs", inputs), ("labels", labels), ("ids", ids))
    )
    if values.ndim == 0 or values.dtype.kind not in "uifb":
        raise ValueError(f"inputs must be numbers, one row per input, got {values.dtype}")
    if len(known) not in (0, len(values)) or len(targets) != len(values):
        counts = f"{len(values)} inputs, {len(targets)} labels, {len(known)} ids"
        raise ValueError(f"{name} needs one label and one id per input, got {counts}")
    names = known if len(known) else numbered("", len(values))
    shown = str((values.dtype.str, values.shape))
    digest = digest_of(name, names, shown, values)
    return RawData(name, names, targets, lambda a, b: list(values[a:b]), digest)


def missing(path: Path, what: str, source: str) -> ValueError:
    """Return the error of a file that is not there: what is expected, and its usual source."""
    return ValueError(f"no {path}: expected {what}. Usual source: {source}. Nothing is downloaded")


def numbered(prefix: str, rows: int) -> NDArray[Any]:
    """Return ids made of row numbers."""
    return np.array([f"{prefix}{row:05d}" for row in range(rows)], dtype=np.str_)


def digest_of(name: str, ids: NDArray[Any], *parts: str | NDArray[Any]) -> str:
    """Return SHA-256 of name, ids and parts, each preceded by its length."""
    total = hashlib.sha256()
    for part in (name, *ids.tolist(), *parts):
        if isinstance(part, np.ndarray):
            content = memoryview(cast(Any, np.ascontiguousarray(part)))
        else:
            content = memoryview(str(part).encode("utf-8", "surrogateescape"))
        total.update(f"{content.nbytes}:".encode())
        total.update(content)
    return total.hexdigest()
