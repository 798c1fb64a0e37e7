"""Tables of ``.npy`` files and of the members of ``.npz`` archives."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from w2s._npy import header, member, members, read_npy
from w2s.practice.data.tables.arrays import ArrayTable
from w2s.practice.data.tables.base import ID_NAMES, Table, Values, choose, reading


class NpyTable(Table):
    """An array in the ``.npy`` format that fills the bytes `begin` to `end` of a file."""

    def __init__(self, path: Path, begin: int, end: int, *, ids: Values | None = None) -> None:
        with path.open("rb") as file:
            file.seek(begin)
            with reading(path):
                shape, self.fortran, self.dtype = header(file)
            self.begin = file.tell()
        super().__init__(str(path), shape, self.dtype, ids=ids, path=path)
        self.file = path
        need, held = self.rows * self.width * self.dtype.itemsize, end - self.begin
        if held != need:
            what = "truncated" if held < need else "not one array"
            raise ValueError(f"{path} is {what}: its header means {need} bytes, it has {held}")

    def _stored(self, start: int, stop: int) -> Values:
        with self.file.open("rb") as file:
            if not self.fortran:
                return self._piece(file, start * self.width, (stop - start) * self.width)
            columns = (self.rows * k + start for k in range(self.width))
            return np.stack([self._piece(file, c, stop - start) for c in columns], axis=1)

    def _piece(self, file: BinaryIO, first: int, count: int) -> Values:
        file.seek(self.begin + first * self.dtype.itemsize)
        values = np.fromfile(file, self.dtype, count)
        if len(values) < count:
            raise ValueError(f"{self.file} ended while it was read: it is truncated")
        return values


def open_npy(path: Path) -> Table:
    """Return a table of ``x.npy``, with the identifiers of ``x.ids.npy`` if it is there."""
    beside = path.with_name(f"{path.stem}.ids.npy")
    with reading(beside):
        ids = read_npy(beside) if beside.is_file() else None
    return NpyTable(path, 0, path.stat().st_size, ids=ids)


def open_npz(path: Path, key: str | None) -> Table:
    """Return a table of one member of an ``.npz`` archive; see `tables.open_table`."""
    with reading(path), zipfile.ZipFile(path) as archive:
        there = members(archive)
        chosen = there[choose(str(path), list(there), key)]
        ids = next((member(archive, there[name]) for name in ID_NAMES if name in there), None)
        if chosen.compress_type != zipfile.ZIP_STORED:
            name = chosen.filename.removesuffix(".npy")
            return ArrayTable(f"{name} of {path}", member(archive, chosen), ids=ids)
        archive.open(chosen).close()  # zipfile compares what the file says about it in two places
        with path.open("rb") as file:  # lengths of the member's name and of its extra field
            file.seek(chosen.header_offset + 26)
            skipped = int(np.frombuffer(file.read(4), "<u2").sum())
        begin = chosen.header_offset + 30 + skipped
        return NpyTable(path, begin, begin + chosen.file_size, ids=ids)
