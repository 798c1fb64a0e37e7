"""Tables of numbers that lie in a file as they are: NumPy's files, members, tensors."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from w2s._memory import require
from w2s._npy import header, member, members, read_npy
from w2s.practice.data.safetensors import places, widened
from w2s.practice.data.tables.arrays import ArrayTable
from w2s.practice.data.tables.base import Table, Values, reading
from w2s.practice.data.tables.names import ID_NAMES, choose


class RawTable(Table):
    """Numbers in a row in a file, from the byte `begin` on; `brain` says that they are bfloat16."""

    def __init__(
        self, path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], begin: int, *,
        fortran: bool = False, brain: bool = False, ids: Values | None = None, part: str = "",
    ) -> None:  # fmt: skip
        self.file, self.dtype, self.begin = path, dtype, begin
        self.fortran, self.brain = fortran, brain
        means = np.dtype(np.float32) if brain else dtype
        name = f"{part} of {path}" if part else str(path)
        super().__init__(name, shape, means, ids=ids, path=path)

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
        return widened(values) if self.brain else values


class NpyTable(RawTable):
    """An array in the ``.npy`` format that fills the bytes `begin` to `end` of a file."""

    def __init__(self, path: Path, begin: int, end: int, *, ids: Values | None = None) -> None:
        with path.open("rb") as file:
            file.seek(begin)
            with reading(path):
                shape, fortran, dtype = header(file)
            begin = file.tell()
        super().__init__(path, shape, dtype, begin, fortran=fortran, ids=ids)
        need, held = self.rows * self.width * dtype.itemsize, end - begin
        if held != need:
            what = "truncated" if held < need else "not one array"
            raise ValueError(f"{path} is {what}: its header means {need} bytes, it has {held}")


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


def open_safetensors(path: Path, key: str | None) -> Table:
    """Return a table of one tensor of a ``.safetensors`` file; see `tables.open_table`."""
    size = path.stat().st_size
    with reading(path), path.open("rb") as file:
        there = places(file, size)
    chosen = choose(str(path), list(there), key)
    shape, stored, brain, begin = there[chosen]
    name = next((one for one in ID_NAMES if one in there and one != chosen), None)
    ids = None
    if name is not None:
        rows = there[name]
        require(f"{name} of {path}", math.prod(rows.shape) * rows.stored.itemsize)
        with path.open("rb") as file:
            file.seek(rows.begin)
            ids = np.fromfile(file, rows.stored, math.prod(rows.shape)).reshape(rows.shape)
    part = chosen if len(there) > 1 else ""
    return RawTable(path, shape, stored, begin, brain=brain, ids=ids, part=part)
