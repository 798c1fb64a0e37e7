"""Tables of Parquet and Arrow columns, the latter in files (Feather) or streams."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate as running_sum
from pathlib import Path
from typing import Any, Literal

import numpy as np

from w2s._npy import refuse_bomb
from w2s._optional import extra
from w2s.practice.data.tables.base import Table, Values, padded, reading, refuse_expansion
from w2s.practice.data.tables.column_types import kind_of, pandas_index, refuse_no_id
from w2s.practice.data.tables.messages import refuse_messages
from w2s.practice.data.tables.names import ID_NAMES, choose_columns
from w2s.practice.data.tables.pages import refuse_pages
from w2s.practice.data.tables.streams import ArrowStream

Form = Literal["parquet", "file", "stream"]

_BATCH_BYTES = 8 * 2**20
_FEW_ROWS = 1024


class ColumnTable(Table):
    """Columns of a Parquet or Arrow file: numbers, or one column of lists of equal length.

    Slices that follow each other are read in one go. Any other slice begins at the group of rows
    that holds it, so for work in parallel groups should not be much longer than a slice.
    """

    vector_or_matrix = True

    def __init__(self, file: Path, key: str | None, form: Form) -> None:
        self.file, self.form = file, form
        self.offsets: list[int] | None = None  # of the batches of a stream
        self.texts: list[str] = []  # columns of which equal texts are read once
        with reading(file):  # names that are no text show themselves anywhere
            if form == "file":
                refuse_messages(file)
            with self._open() as reader:
                schema = reader.schema_arrow if form == "parquet" else reader.schema
                leaves = list(reader.schema) if form == "parquet" else []
                self.offsets = reader.offsets if form == "stream" else None
                lengths = reader.lengths if form == "stream" else self._group_lengths()
            if min(lengths, default=0) < 0:
                raise ValueError(f"{file} cannot be read: it has a group of {min(lengths)} rows")
            refuse_expansion(str(file), 8 * sum(lengths), file.stat().st_size)
            self.starts = list(running_sum(lengths, initial=0))
            self._rewind()
            self.columns = choose_columns(str(file), schema.names, key, pandas_index(schema))
            self.lists, dtype = kind_of(str(file), schema, self.columns)
            self.width, rows = len(self.columns), self.starts[-1]
            ids = next((name for name in ID_NAMES if name in schema.names), None)
            if ids is not None:
                refuse_no_id(f"{file}, column {ids}", schema.field(ids).type)
            if form == "parquet":
                refuse_pages(
                    file, [one.path for one in leaves], [*self.columns, *filter(None, [ids])]
                )
                self.texts = [] if ids is None else [ids]
            self.like = 0  # the row whose length all lists must have
            if self.lists and rows:
                self.like, self.width = self._first_list()
            shape = (rows, self.width) if self.lists or self.width > 1 else (rows,)
            found = None if ids is None else self._ids(ids)
            super().__init__(str(file), shape, dtype, ids=found, path=file)

    def _open(self, **options: Any) -> Any:
        if self.form == "parquet":
            # Without buffering ahead, memory is that of some pages and not of a group of rows.
            # A text that many rows have in common stays one.
            return extra("pyarrow.parquet", "data").ParquetFile(
                self.file, pre_buffer=False, read_dictionary=self.texts
            )
        if self.form == "stream":
            return ArrowStream(self.file, self.offsets)
        ipc, file = extra("pyarrow.ipc", "data"), extra("pyarrow", "data").OSFile(str(self.file))
        return ipc.open_file(file, options=ipc.IpcReadOptions(**options))

    def _group_lengths(self) -> list[int]:
        with reading(self.file), self._open(included_fields=[0]) as reader:
            if self.form != "parquet":
                return [reader.get_batch(k).num_rows for k in range(reader.num_record_batches)]
            data = reader.metadata
            return [data.row_group(k).num_rows for k in range(data.num_row_groups)]

    def _batches(self, group: int, columns: list[str], size: int | None = None) -> Iterator[Any]:
        """Yield record batches of some columns from a group of rows on."""
        groups = range(group, len(self.starts) - 1)
        with self._open() as reader:
            if self.form == "parquet":
                size = size or max(1, _BATCH_BYTES // (8 * max(self.width, len(columns))))
                yield from reader.iter_batches(size, list(groups), columns, use_threads=False)
            else:
                for k in groups:
                    batch = reader.get_batch(k).select(columns)
                    batch.validate(full=True)  # offsets beyond the values would end the process
                    yield batch

    def _ids(self, column: str) -> Values:
        found: list[Any] = []
        held = self.file.stat().st_size
        with reading(self.file):
            for batch in self._batches(0, [column]):
                found += entries(batch.column(0), held)
        return identifiers(found, held)

    def _first_list(self) -> tuple[int, int]:
        """Return the first row with a list, and the list's length."""
        row = 0
        for batch in self._batches(0, self.columns, size=_FEW_ROWS):
            lengths = _values(batch.column(0).value_lengths())
            there = np.flatnonzero(~np.isnan(lengths))
            if len(there):
                return row + int(there[0]), int(lengths[there[0]])
            row += len(lengths)
        raise ValueError(f"{self.file}, column {self.columns[0]} has no list in any row")

    def _rewind(self) -> None:
        """Forget where the last slice ended."""
        self._stream: Iterator[Any] = iter(())
        self._position, self._rest = -1, np.empty((0, 1))

    def __getstate__(self) -> dict[str, Any]:
        fresh = {"_stream": None, "_position": -1, "_rest": None}
        return super().__getstate__() | fresh

    def _stored(self, start: int, stop: int) -> Values:
        if start == stop:
            return np.empty((0, self.width))
        with reading(self.file):
            if start != self._position:
                group = max(k for k, first in enumerate(self.starts[:-1]) if first <= start)
                self._rewind()
                self._stream = self._matrices(group)
                self._skip(start - self.starts[group])
            pieces, missing = [], stop - start
            while missing:
                piece = self._rest if len(self._rest) else self._next()
                pieces.append(piece[:missing])
                self._rest = piece[missing:]
                missing -= len(pieces[-1])
            self._position = stop
            return np.concatenate(pieces)

    def _skip(self, rows: int) -> None:
        while rows > len(self._rest):
            rows -= len(self._rest)
            self._rest = self._next()
        self._rest = self._rest[rows:]

    def _next(self) -> Values:
        matrix: Values
        for matrix in self._stream:
            return matrix
        raise ValueError(f"{self.file} ended while it was read: it is truncated")

    def _matrices(self, group: int) -> Iterator[Values]:
        first = self.starts[group]
        for batch in self._batches(group, self.columns):
            yield self._matrix(batch, first)
            first += batch.num_rows

    def _matrix(self, batch: Any, first: int) -> Values:
        if not self.lists:
            return np.column_stack([_values(column) for column in batch.columns])
        column = batch.column(0)
        lengths = _values(column.value_lengths())  # null for a missing list
        wrong = np.flatnonzero(lengths != self.width)
        if len(wrong):
            got = lengths[wrong[0]]
            has = "no list" if np.isnan(got) else f"{got:g} values"
            raise ValueError(
                f"{self.file}, column {self.columns[0]}: lists must have one length, but row "
                f"{first + wrong[0]} has {has}, row {self.like} {self.width}"
            )
        return _values(column.flatten()).reshape(-1, self.width)


def entries(column: Any, held: int) -> list[Any]:
    """Return the entries of an Arrow array out of `held` bytes; equal ones stay one object.

    Raises
    ------
    ValueError
        If its texts lie upon each other and would fill the memory.
    """
    packed = hasattr(column, "dictionary")
    texts = column.dictionary if packed else column
    refuse_bomb(_text_bytes(texts), held)
    known: list[Any] = texts.to_pylist()
    if packed:
        known = [None if k is None else known[k] for k in column.indices.to_pylist()]
    return known


def identifiers(found: list[Any], held: int) -> Values:
    """Return identifiers out of `held` bytes as an array, of objects where one is missing.

    Raises
    ------
    ValueError
        If one is so long that the array would fill the memory.
    """
    if any(all(isinstance(one, kind) for one in found) for kind in (str, bytes)):
        return padded(found, held)
    return np.array([one if isinstance(one, int) else None for one in found])


def _text_bytes(column: Any) -> int:
    """Return the bytes that texts take which lie anywhere and may lie upon each other."""
    if str(column.type) != "string_view":
        return 0
    views = np.frombuffer(column.buffers()[1], np.int32).reshape(-1, 4)
    return int(views[column.offset : column.offset + len(column), 0].astype(np.int64).sum())


def _values(column: Any) -> Values:
    """Return an Arrow array of numbers; a missing entry is NaN."""
    values = np.asarray(column.to_numpy(zero_copy_only=False))
    return values.astype(np.float64) if values.dtype.kind == "O" else values
