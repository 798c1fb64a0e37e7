"""Rows that belong together, such as those of one document or one speaker: who they are."""

from __future__ import annotations

import os
from hashlib import blake2b
from itertools import dropwhile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import whole
from w2s._npy import read_npy, read_npz
from w2s._optional import extra
from w2s.practice.data.tables import Table, open_table
from w2s.practice.data.tables.base import reading
from w2s.practice.data.tables.hdf5 import is_hdf5, read_column
from w2s.practice.data.tables.names import choose_columns, located
from w2s.practice.data.tables.text import SUFFIXES
from w2s.practice.data.tables.text_layout import Layout, number

ALIKE = (
    "rows of a group are alike: labels of few groups are worth fewer than as many labels of "
    "independent rows, for which the predictions are; label some rows of many groups"
)
FEWEST = 32  # groups: a fifth of them is withheld, and 16 jackknife groups take the others
_KINDS = "iuUSTO"  # texts, and numbers that float64 might round
_NOTHING = "\n"  # separates the columns of a text of one column
_LARGEST = 0.25  # share of the labelled rows that one group may hold


def membership(source: Any, rows: int, known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return for each row the number of its group, which its name alone puts in order.

    Parameters
    ----------
    source : path, array, list or Table
        One whole number or text a row. Texts are read from ``.npy``, ``.npz``, Parquet, Arrow,
        HDF5 and CSV; numbers from whatever `open_table` opens.
    rows : int
        Rows that there must be.
    known : array of bool, shape (rows,)
        Which rows have a label.

    Returns
    -------
    array of int, shape (rows,)
        Numbers 0, 1, … without a gap.

    Raises
    ------
    ValueError
        If lengths differ, a row has no group, a number is not whole, there are fewer than 32
        groups, or one of them holds more than a quarter of the labelled rows.

    Examples
    --------
    >>> membership(["a", "b"], 2, np.ones(2, dtype=bool))
    Traceback (most recent call last):
    ValueError: groups must be at least 32, got 2
    """
    names = _names(source, rows)
    if names.ndim == 2 and names.shape[1] == 1:
        names = names[:, 0]
    if names.shape != (rows,):
        got = f"{len(names)}" if names.ndim == 1 else f"shape {names.shape}"
        raise ValueError(f"groups must be one for each of the {rows} rows, got {got}")
    _refuse_missing(names)
    found, place = np.unique(
        names.astype(str) if names.dtype.kind == "O" else names, return_inverse=True
    )
    if len(found) < FEWEST:
        raise ValueError(f"groups must be at least {FEWEST}, got {len(found)}")
    counts = np.bincount(place[known], minlength=len(found))
    most = int(np.argmax(counts))
    if counts[most] > _LARGEST * counts.sum():
        raise ValueError(
            f"a group must hold at most {_LARGEST:.0%} of the labelled rows, got "
            f"{counts[most] / counts.sum():.0%} in {found[most]}"
        )
    ranks = np.argsort(np.argsort(_keys(found), kind="stable"), kind="stable")
    return ranks[place]


def together(groups: NDArray[np.intp], known: NDArray[np.bool_], parts: int) -> NDArray[np.uint8]:
    """Deal whole groups of rows to so many parts of about equal size, labelled rows before all.

    The largest group comes first, each to the part with the fewest rows so far: neither blocks nor
    workers play a part.

    Examples
    --------
    >>> together(np.array([0, 0, 0, 1, 2, 2]), np.ones(6, dtype=bool), 2).tolist()
    [0, 0, 0, 1, 1, 1]
    """
    every = np.bincount(groups)
    size = np.bincount(groups[known], minlength=len(every)) / max(int(known.sum()), 1)
    size = size + every / (len(groups) * 1e6)  # decides only where labels do not
    home, held = np.empty(len(every), dtype=np.uint8), np.zeros(parts)
    for group in np.argsort(-size, kind="stable"):
        part = int(np.argmin(held))
        home[group] = part
        held[part] += size[group]
    return home[groups]


def _names(source: Any, rows: int) -> NDArray[Any]:
    """Return the names as they are given: numbers or texts."""
    if isinstance(source, (str, os.PathLike)):
        paths, key = located(source, None)
        texts = [_texts(path, key, rows) for path in paths]
        pieces = [one for one in texts if one is not None]
        if len(pieces) == len(paths):
            return np.concatenate(pieces)
    elif not isinstance(source, Table):
        # NumPy would write a missing entry beside texts as the text "nan".
        listed = isinstance(source, (list, tuple))
        given = whole("groups", np.array(source, dtype=object) if listed else source)
        if given.dtype.kind in _KINDS:
            return given
    table = open_table(source, ndim=1, name="groups")
    return table.read(0, table.rows)[:, 0]


def _texts(path: Path, key: str | None, rows: int) -> NDArray[Any] | None:
    """Return the texts of a file, or None where it is left to `open_table`."""
    if not path.is_file():
        return None
    with reading(path), path.open("rb") as file:
        start = file.read(8)
        hdf5 = is_hdf5(file)
        if start.startswith(b"\x93NUM"):
            found = read_npy(path)
        elif start.startswith(b"PK\x03\x04") and key is not None:
            found = read_npz(path, [key])[key]
        elif start.startswith((b"PAR1", b"ARROW1")):
            found = _column(path, key, parquet=start.startswith(b"PAR1"))
        elif hdf5:
            column = read_column(path, key)
            if column is None:
                return None
            found = np.array(column[0], dtype=object)
        elif path.suffix.lower() in SUFFIXES:
            found = _lines(path, key, rows)
        else:
            return None
    return found if found.dtype.kind in _KINDS else None


def _column(path: Path, key: str | None, *, parquet: bool) -> NDArray[Any]:
    read = extra("pyarrow.parquet" if parquet else "pyarrow.feather", "data").read_table
    table = read(path, memory_map=False)
    columns = choose_columns(str(path), table.column_names, key)
    if len(columns) > 1:
        raise ValueError(f"{path} needs the name of one column, as in FILE:{columns[0]}")
    return np.array(table.column(columns[0]).to_pylist(), dtype=object)


def _lines(path: Path, key: str | None, rows: int) -> NDArray[Any]:
    lines = path.read_text("utf-8-sig").rstrip().splitlines()
    lines = list(dropwhile(lambda line: line.startswith("#"), lines))
    if not lines:
        raise ValueError(f"{path} has no line")
    separator = next((one for one in "\t;," if one in lines[0]), _NOTHING)
    fields = Layout(separator, (), False).split(lines)
    named = len(fields) == rows + 1  # a name above texts looks like one of them
    names = fields[0] if named else [str(k) for k in range(len(fields[0]))]
    columns = choose_columns(str(path), names, key)
    if len(columns) > 1:
        raise ValueError(f"{path} needs the name of one column, as in FILE:{columns[0]}")
    place = names.index(columns[0])
    for row, one in enumerate(fields):
        if len(one) != len(names):
            raise ValueError(f"line {row + 1} has {len(one)} fields, expected {len(names)}")
    texts = (row[place].strip() for row in fields[named:])
    return np.array([None if _is_missing(one) else one for one in texts], dtype=object)


def _is_missing(field: str) -> bool:
    value = number(field)
    return value is not None and value != value


def _refuse_missing(names: NDArray[Any]) -> None:
    """Refuse a row without a group, and numbers that are not whole."""
    missing = np.array([one is None or one != one or one in ("", b"") for one in names.tolist()])
    if missing.any():
        row = int(np.argmax(missing))
        got = names.tolist()[row]
        raise ValueError(
            f"row {row} has no group, got {got!r}: give every row one, of its own if need be"
        )
    for one in names.tolist() if names.dtype.kind in "fO" else ():
        if not isinstance(one, (str, int, float)) or (isinstance(one, float) and one % 1):
            raise ValueError(f"groups must be whole numbers or texts, got {str(one)[:40]}")


def _keys(names: NDArray[Any]) -> NDArray[np.uint64]:
    """Return 64 bits of each name."""
    words = (str(int(one)) if isinstance(one, (float, np.floating)) else str(one) for one in names)
    digests = b"".join(blake2b(word.encode(), digest_size=8).digest() for word in words)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)
