"""Blocks of joint rows, chunk by chunk, and files that appear whole or not at all."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from w2s._checks import Array, unmasked
from w2s._files import written_whole
from w2s._npy import read_npz

State = TypeVar("State")
Block = tuple[ArrayLike, ArrayLike, ArrayLike]


class Updated(Protocol):
    """A state that takes blocks of rows."""

    def update(self, strong: ArrayLike, weak: ArrayLike, labels: ArrayLike) -> None:
        """Add rows."""


Accumulated = TypeVar("Accumulated", bound=Updated)

TOO_LARGE = "features or labels are too large: their squares overflow float64"
_CHUNK_BYTES = 16 * 2**20


def accumulated(blocks: Iterable[Block], make: Callable[[int, int], Accumulated]) -> Accumulated:
    """Return the state of all blocks; `make` gets the two widths of the first."""
    state: Accumulated | None = None
    for strong, weak, labels in blocks:
        if state is None:
            shapes = [np.shape(strong), np.shape(weak)]
            if any(len(shape) != 2 for shape in shapes):
                raise ValueError(f"features must be matrices, got shapes {shapes}")
            state = make(shapes[0][1], shapes[1][1])
        state.update(strong, weak, labels)
    if state is None:
        raise ValueError("moments need at least one block of rows, got none")
    return state


def checked_parts(
    strong: ArrayLike, weak: ArrayLike, labels: ArrayLike, widths: tuple[int, int]
) -> list[NDArray[Any]]:
    """Return the three parts of a block as matrices of one number of rows, or say what is wrong."""
    parts = [unmasked(part) for part in (strong, weak, labels)]
    if parts[2].ndim == 1:
        parts[2] = parts[2][:, None]
    names, shapes = "strong, weak, labels", [part.shape for part in parts]
    expected = (*widths, 1)
    if [shape[1:] for shape in shapes] != [(width,) for width in expected]:
        raise ValueError(f"{names} must have {expected} columns, got shapes {shapes}")
    if len({shape[0] for shape in shapes}) > 1:
        raise ValueError(f"{names} must have one number of rows, got {[s[0] for s in shapes]}")
    if any(part.dtype.kind not in "fiub" for part in parts):
        raise ValueError(f"{names} must be real numbers, got {[str(p.dtype) for p in parts]}")
    return parts


def chunks(
    parts: Sequence[NDArray[Any]], precision: DTypeLike = np.float64
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield first rows and copies of joint rows, of bounded size, in one reused buffer."""
    count, width = len(parts[0]), sum(part.shape[1] for part in parts)
    step = max(1, _CHUNK_BYTES // (np.dtype(precision).itemsize * width))
    joint = np.empty((min(step, count), width), dtype=precision)
    for start in range(0, count, step):
        chunk = joint[: min(step, count - start)]
        rows = [part[start : start + step] for part in parts]
        with np.errstate(over="ignore"):  # what overflows is named as infinite
            np.concatenate(rows, axis=1, out=chunk)
        yield start, chunk


def refuse(chunk: Array, first: int, width_strong: int) -> NoReturn:
    """Name the first row and column of joint rows that is not finite."""
    bad = np.argwhere(~np.isfinite(chunk))
    if not len(bad):
        raise ValueError("features or labels are too large: their sum overflows float64")
    row, column = (int(i) for i in bad[0])
    name = f"weak column {column - width_strong}"
    if column < width_strong:
        name = f"strong column {column}"
    elif column == chunk.shape[1] - 1:
        name = "labels"
    raise ValueError(f"row {first + row} of {name} is {chunk[row, column]}, must be finite")


def write_arrays(path: str | os.PathLike[str], **arrays: Any) -> None:
    """Write an npz archive that appears whole or not at all."""
    with written_whole(Path(path)) as file:
        np.savez(file, **arrays)


def read_arrays(
    path: str | os.PathLike[str], restored: Callable[[dict[str, NDArray[Any]]], State]
) -> State:
    """Rebuild a state from an archive written by `write_arrays`; damage is named with its file."""
    damage = (KeyError, IndexError, AttributeError, TypeError, ValueError, OverflowError)
    with Path(path).open("rb") as file:
        try:
            stored = read_npz(file)
            _refuse_strange(stored)
            return restored(stored)
        except damage as error:
            raise ValueError(f"{path} is not a complete file of moments: {error}") from error


def _refuse_strange(stored: dict[str, NDArray[Any]]) -> None:
    """Refuse arrays of no numbers, and widths of a state larger than all that is stored."""
    if any(array.dtype.kind not in "biuf" for array in stored.values()):
        raise ValueError("its arrays must hold real numbers")
    widths = [int(width) for width in stored.get("widths", ())]
    columns, groups = sum(widths[:2]), math.prod(widths[2:])
    held = sum(array.nbytes for array in stored.values())
    if 4 * columns**2 * groups > held:  # half of the smallest state of float64
        raise ValueError(f"its widths {widths} do not fit to {held} bytes of moments")
