"""One column of names: texts and truth values, in files of any kind and in memory.

Names of classes are not numbers, so no `Table` of them exists; they fit into memory, and their
codes make one. Nothing is unpickled: Python objects come from memory only.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from w2s._npy import header, members, read_npy, read_npz
from w2s._optional import extra
from w2s.practice.data.tables.base import Values, reading, stamp_of
from w2s.practice.data.tables.column_types import pandas_index
from w2s.practice.data.tables.columns import entries, identifiers
from w2s.practice.data.tables.folders import files_of, is_zarr
from w2s.practice.data.tables.hdf5 import is_hdf5, read_column
from w2s.practice.data.tables.messages import refuse_messages
from w2s.practice.data.tables.names import ID_NAMES, choose, choose_columns, located, some
from w2s.practice.data.tables.pages import refuse_pages
from w2s.practice.data.tables.streams import ArrowStream
from w2s.practice.data.tables.text import SUFFIXES, TextTable
from w2s.practice.data.tables.text_layout import number

_ARROW = (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")
_NAMES = "USOb"  # kinds of arrays that hold names


@dataclass(frozen=True, eq=False)
class Names:
    """Names of the rows of a table, in memory.

    Attributes
    ----------
    values : list of str or None
        A name a row; None where there is none.
    ids : array or None
        Identifiers of the rows, as in `Table`.
    """

    values: list[str | None]
    ids: Values | None = None

    def check_unchanged(self) -> None:
        """Refuse files that are no longer those that were read."""


@dataclass(frozen=True, eq=False)
class FileNames(Names):
    """Names that were read from files.

    Attributes
    ----------
    files : tuple of (path, stamp)
        What `stamp_of` said of them before they were read.
    """

    files: tuple[tuple[Path, Any], ...] = ()

    def check_unchanged(self) -> None:
        """Refuse files that are no longer those that were read."""
        for path, stamp in self.files:
            if stamp_of(path) != stamp:
                raise ValueError(f"{path} changed while it was read: start again")


def read_names(source: Any) -> Names | None:
    """Return the names that a source holds, or None where it holds numbers.

    Parameters
    ----------
    source : path or array
        What `tables.open_table` opens, with one column of texts or truth values: ``.npy``,
        ``.npz``, Parquet, Arrow, CSV or TSV, HDF5, a folder or pattern of these, an array of NumPy
        or pandas, a list. Empty texts, ``NA``, ``NaN``, ``null``, ``None`` and masked entries are
        no name.

    Returns
    -------
    Names or None

    Raises
    ------
    ValueError
        If a file is damaged, or there is a choice of columns that the key does not make.

    Examples
    --------
    >>> read_names(["cat", None, "dog", ""]).values
    ['cat', None, 'dog', None]
    >>> read_names(np.arange(3)) is None
    True
    """
    if not isinstance(source, (str, os.PathLike)):
        return _in_memory(source)
    paths, key = located(source, key=None)
    if len(paths) == 1 and paths[0].is_dir() and not is_zarr(paths[0]):
        paths = files_of(paths[0])
    parts: list[Names] = []
    for path in paths:
        stamp = stamp_of(path)
        found = _in_file(path, key) if path.is_file() else None
        if found is None:
            return None  # numbers, or what `open_table` refuses in its own words
        parts.append(FileNames(found.values, found.ids, ((path, stamp),)))
    if len(parts) == 1:
        return parts[0]
    ids = [part.ids for part in parts if part.ids is not None]
    joined = np.concatenate(ids) if len(ids) == len(parts) else None
    values = [one for part in parts for one in part.values]
    files = tuple(one for part in parts if isinstance(part, FileNames) for one in part.files)
    return FileNames(values, joined, files)


def _in_memory(source: Any) -> Names | None:
    if hasattr(source, "categories") or hasattr(getattr(source, "cat", None), "categories"):
        source = np.asarray(source, dtype=object)
    array = np.ma.asanyarray(source) if _masked(source) else np.asanyarray(_plain(source))
    if array.dtype.kind not in _NAMES and "StringDType" not in str(array.dtype):
        return None
    flat = array.ravel() if array.ndim == 2 and array.shape[1] == 1 else array
    if flat.ndim != 1:
        raise ValueError(f"labels must be one column, got shape {array.shape}")
    mask = np.ma.getmaskarray(flat) if isinstance(flat, np.ma.MaskedArray) else None
    entries = np.ma.getdata(flat).tolist()
    if mask is not None:
        entries = [None if gone else one for one, gone in zip(entries, mask, strict=True)]
    return _named(entries)


def _masked(source: Any) -> bool:
    return isinstance(source, np.ma.MaskedArray)


def _plain(source: Any) -> Any:
    """Return a list with missing entries as an array of objects: NumPy would write "None"."""
    if isinstance(source, (list, tuple)):
        array = np.empty(len(source), dtype=object)
        for k, entry in enumerate(source):
            array[k] = entry
        return array
    if "string" in str(getattr(source, "dtype", "")).lower() and hasattr(source, "to_numpy"):
        return source.to_numpy(dtype=object)  # pandas
    return source


def _named(entries: Sequence[Any], ids: Values | None = None) -> Names | None:
    """Return entries as names, or None if one is a number."""
    values: list[str | None] = []
    for one in map(_name, entries):
        if one is _NUMBER:
            return None
        values.append(one)
    return Names(values, ids)


_NUMBER: Any = object()


def _name(entry: Any) -> Any:
    if isinstance(entry, bytes):
        entry = entry.decode(errors="replace")
    if isinstance(entry, str):
        text = entry.strip()
        value = number(text)
        return None if value is not None and np.isnan(value) else text
    if isinstance(entry, (bool, np.bool_)):
        return str(bool(entry))
    missing = entry is None or entry is np.ma.masked or type(entry).__name__ == "NAType"
    return None if missing or entry != entry else _NUMBER


def _in_file(path: Path, key: str | None) -> Names | None:
    with reading(path), path.open("rb") as file:
        start = file.read(16)
        hdf5 = is_hdf5(file)
    with reading(path):
        if start.startswith(b"\x93NUM"):
            with path.open("rb") as file:
                if header(file)[2].kind not in _NAMES:
                    return None
            beside = path.with_name(f"{path.stem}.ids.npy")
            return _column(read_npy(path), read_npy(beside) if beside.is_file() else None)
        if start.startswith(b"PK\x03\x04") and path.suffix.lower() == ".npz":
            return _of_archive(path, key)
        if start.startswith(_ARROW):
            return _of_arrow(path, key, start)
        if hdf5:
            column = read_column(path, key)
            return None if column is None else _named(*column)
    if path.suffix.lower() in SUFFIXES and b"\0" not in start:
        return _of_text(path, key)
    return None


def _column(array: Values, ids: Values | None) -> Names | None:
    if array.dtype.kind not in _NAMES:
        return None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"labels must be one column, got shape {array.shape}")
    return _named(array.tolist(), ids)


def _of_archive(path: Path, key: str | None) -> Names | None:
    with zipfile.ZipFile(path) as archive:
        there = list(members(archive))
    chosen = choose(str(path), there, key)
    found = read_npz(path, [chosen, *(one for one in ID_NAMES if one in there)])
    return _column(found[chosen], next((found[one] for one in ID_NAMES if one in found), None))


def _of_arrow(path: Path, key: str | None, start: bytes) -> Names | None:
    types = extra("pyarrow.types", "data")
    schema, batches = _batches(path, start)
    columns = choose_columns(str(path), schema.names, key, pandas_index(schema))
    kind = schema.field(columns[0]).type
    item = kind.value_type if types.is_dictionary(kind) else kind
    tests = types.is_string, types.is_large_string, types.is_string_view, types.is_boolean
    if not any(test(item) for test in tests):
        return None
    _one(path, columns)
    wanted = [columns[0], *(one for one in ID_NAMES if one in schema.names and one != columns[0])]
    values: list[Any] = []
    ids: list[Any] = []
    held = path.stat().st_size
    for batch in batches(wanted[:2]):
        values += entries(batch.column(0), held)
        ids += entries(batch.column(1), held) if len(wanted) > 1 else []
    return _named(values, identifiers(ids, held) if ids else None)


def _batches(path: Path, start: bytes) -> tuple[Any, Any]:
    """Return the schema, and what reads the batches of some columns."""
    if start.startswith(b"PAR1"):
        library = extra("pyarrow.parquet", "data")
        parquet = library.ParquetFile(path)

        def pages(columns: list[str]) -> Iterable[Any]:
            refuse_pages(path, [one.path for one in parquet.schema], columns)
            once = library.ParquetFile(path, read_dictionary=columns)  # equal texts stay one
            for batch in once.iter_batches(columns=columns):
                yield batch.select(columns)

        return parquet.schema_arrow, pages
    if start.startswith(b"ARROW1"):
        refuse_messages(path)
        ipc, file = extra("pyarrow.ipc", "data"), extra("pyarrow", "data").OSFile(str(path))
        reader = ipc.open_file(file)
        count = reader.num_record_batches
    else:
        reader = ArrowStream(path)
        count = reader.num_record_batches

    def batches(columns: list[str]) -> Iterable[Any]:
        for k in range(count):
            batch = reader.get_batch(k).select(columns)
            batch.validate(full=True)  # offsets beyond the values would end the process
            yield batch

    return reader.schema, batches


class _TextNames(TextTable):
    """A text of which one column holds names."""

    def _refuse_text(self, rows: int, key: str | None) -> None:
        """Take them all."""

    def names(self) -> list[str]:
        """Return the fields of the column."""
        found: list[str] = []
        for start in range(0, self.rows, 4096):
            lines = self._lines(start, min(start + 4096, self.rows))
            found += [fields[self.wanted[0]] for _, fields in self._fields(start, lines)]
        return found


def _of_text(path: Path, key: str | None) -> Names | None:
    table = _TextNames(path, key)
    with reading(path):
        fields = table.names()
    found = _named(fields, table.ids)
    known = [] if found is None else [one for one in found.values if one is not None]
    words = sum(number(one) is None or one.lower() in ("true", "false") for one in known)
    if 2 * words <= len(known):  # numbers, perhaps with a slip, which `open_table` names
        return None
    _one(path, table.columns)
    return found


def _one(path: Path, columns: Sequence[str]) -> None:
    if len(columns) > 1:
        raise ValueError(
            f"{path} has several columns, {some(columns)}: name that of the labels by the key, as "
            f"in FILE:{columns[-1]}"
        )
