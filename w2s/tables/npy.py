"""Tables of ``.npy`` files and of the members of ``.npz`` archives."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from w2s.tables.arrays import ArrayTable
from w2s.tables.base import ID_NAMES, Table, Values, choose, reading


class NpyTable(Table):
    """An array in the ``.npy`` format that fills the bytes `begin` to `end` of a file."""

    def __init__(self, path: Path, begin: int, end: int, *, ids: Values | None = None) -> None:
        with path.open("rb") as file:
            file.seek(begin)
            shape, self.fortran, self.dtype = _header(path, file)
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
    with reading(path):
        ids = np.load(beside, allow_pickle=False) if beside.is_file() else None
    return NpyTable(path, 0, path.stat().st_size, ids=ids)


def open_npz(path: Path, key: str | None) -> Table:
    """Return a table of one member of an ``.npz`` archive; see `w2s.tables.open_table`."""
    with reading(path), zipfile.ZipFile(path) as archive:
        members = {name.removesuffix(".npy"): name for name in archive.namelist()}
        chosen = choose(str(path), list(members), key)
        with np.load(path, allow_pickle=False) as arrays:
            ids = next((arrays[name] for name in ID_NAMES if name in members), None)
            member = archive.getinfo(members[chosen])
            if member.compress_type != zipfile.ZIP_STORED:
                return ArrayTable(f"{chosen} of {path}", arrays[chosen], ids=ids)
    with path.open("rb") as file:  # lengths of the member's name and of its extra field
        file.seek(member.header_offset + 26)
        name, more = np.frombuffer(file.read(4), "<u2")
    begin = member.header_offset + 30 + int(name) + int(more)
    return NpyTable(path, begin, begin + member.file_size, ids=ids)


def _header(path: Path, file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, order and type as the header says; the file stands at the data then."""
    form = np.lib.format
    with reading(path):
        version = form.read_magic(file)
        if version == (1, 0):
            return form.read_array_header_1_0(file)
        return form.read_array_header_2_0(file)
