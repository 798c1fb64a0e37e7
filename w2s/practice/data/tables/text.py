"""Tables of numbers in text: CSV, TSV and what numpy.savetxt writes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from w2s.practice.data.tables.base import Table, Values, padded, reading
from w2s.practice.data.tables.names import ID_NAMES, choose_columns, some
from w2s.practice.data.tables.text_layout import Layout, layout, number

SUFFIXES = (".csv", ".tsv", ".tab", ".txt")

_EVERY = 256  # rows between two places that are remembered
_LONGEST_LINE = 1 << 26  # bytes
_TRIED = 100  # rows in which columns of text show themselves


class TextTable(Table):
    """Columns of numbers in a text, with their names in its first line or without.

    Nothing stands for a missing number, as do ``NA``, ``NaN`` and ``null``; ``true`` is 1. Lines
    that begin with ``#`` before the first row are left out.
    """

    vector_or_matrix = True

    def __init__(self, file: Path, key: str | None) -> None:
        self.file = file
        with reading(file):
            with file.open("rb") as stream:
                self.layout, begin = _beginning(stream)
                stream.seek(begin)
                self.places, rows = _places(stream)
            names = self.layout.names
            self.columns = choose_columns(str(file), names, key)
            self.wanted = [names.index(name) for name in self.columns]
            if rows:
                self._refuse_text(min(rows, _TRIED), key)
            found = next((name for name in ID_NAMES if name in names), None)
            ids = None if found is None else self._ids(names.index(found), rows)
            shape = (rows, len(self.wanted)) if len(self.wanted) > 1 else (rows,)
            super().__init__(str(file), shape, np.float64, ids=ids, path=file)

    def _stored(self, start: int, stop: int) -> Values:
        with reading(self.file):
            lines = self._lines(start, stop)
            if all(map(self.layout.even, lines)):
                try:
                    return self._quick(lines)
                except ValueError:
                    pass  # a field is missing or no number: look closely
            return np.array([self._row(start + k, f) for k, f in self._fields(start, lines)])

    def _quick(self, lines: list[str]) -> Values:
        if not lines:
            return np.empty((0, len(self.wanted)))
        separator = None if self.layout.separator == "\n" else self.layout.separator
        return np.loadtxt(lines, delimiter=separator, usecols=self.wanted, comments=None, ndmin=2)

    def _fields(self, start: int, lines: list[str]) -> Iterator[tuple[int, list[str]]]:
        for k, fields in enumerate(self.layout.split(lines)):
            if len(fields) != len(self.layout.names):
                got = f"{len(fields)} fields, expected {len(self.layout.names)}"
                raise ValueError(f"row {start + k} has {got}")
            yield k, fields

    def _row(self, row: int, fields: list[str]) -> list[float]:
        values = [number(fields[k]) for k in self.wanted]
        if None in values:
            k = self.wanted[values.index(None)]
            name, got = self.layout.names[k], fields[k][:40]
            decimal = "," in got and number(got.replace(",", ".")) is not None
            comma = ": write decimals with a point" if decimal else ""
            raise ValueError(f"row {row}, column {name} is {got!r}, which is no number{comma}")
        return [value for value in values if value is not None]

    def _lines(self, start: int, stop: int) -> list[str]:
        if start == stop:
            return []
        with self.file.open("rb") as stream:
            stream.seek(int(self.places[start // _EVERY]))
            lines = list(islice(stream, start % _EVERY, start % _EVERY + stop - start))
        if len(lines) < stop - start:
            raise ValueError("it ended while it was read: it is truncated")
        return [line.decode().rstrip("\r\n") for line in lines]

    def _refuse_text(self, rows: int, key: str | None) -> None:
        """Refuse columns that hold text; a single entry that is none is told with its row."""
        fields = [fields for _, fields in self._fields(0, self._lines(0, rows))]
        there = {k: [f[k] for f in fields if f[k].strip()] for k in self.wanted}
        texts = [k for k, column in there.items() if column and not any(map(_is_number, column))]
        if texts:
            names = [self.layout.names[k] for k in texts]
            words = f"{there[texts[0]][0][:40]!r} in {names[0]}"
            remedy = "" if key else "; name the columns of numbers by the key, as in FILE:f*"
            raise ValueError(f"{self.file} has text in column {some(names)} ({words}){remedy}")

    def _ids(self, column: int, rows: int) -> Values:
        found = []
        for start in range(0, rows, 4096):
            lines = self._lines(start, min(start + 4096, rows))
            found += [fields[column] for _, fields in self._fields(start, lines)]
        try:
            return np.array([int(one) for one in found], dtype=np.int64)
        except (ValueError, OverflowError):
            return padded(found, self.file.stat().st_size)


def _is_number(field: str) -> bool:
    return number(field) is not None


def _beginning(stream: BinaryIO) -> tuple[Layout, int]:
    """Return the layout, and the first byte of the first row."""
    if stream.read(3) != b"\xef\xbb\xbf":
        stream.seek(0)
    at, line = stream.tell(), _line(stream)
    while line.startswith(b"#"):
        at, line = stream.tell(), _line(stream)
    if not line.strip():
        raise ValueError("it has no line of numbers")
    begin = stream.tell()
    found = layout(*(one.decode().rstrip("\r\n") for one in (line, _line(stream))))
    return found, begin if found.named else at


def _places(stream: BinaryIO) -> tuple[Values, int]:
    """Return the first byte of every so many rows, and the number of rows."""
    places, rows, at, empty = [], 0, stream.tell(), False
    while line := _line(stream):
        if not line.strip():
            empty = True
        elif empty:
            raise ValueError(f"there is an empty line before row {rows}")
        else:
            if rows % _EVERY == 0:
                places.append(at)
            rows += 1
        at += len(line)
    return np.array(places, dtype=np.int64), rows


def _line(stream: BinaryIO) -> bytes:
    line = stream.readline(_LONGEST_LINE)
    if len(line) == _LONGEST_LINE:
        raise ValueError(f"a line has more than {_LONGEST_LINE} bytes")
    if line.count(b'"') % 2:
        raise ValueError(f"a line ends within quotes, leave texts out: {line[:40].decode()!r}")
    return line
