"""Which reader a source needs: told by its first bytes, or by what a folder holds."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from w2s.practice.data.safetensors import looks_so
from w2s.practice.data.tables.arrays import ArrayTable, DaskTable
from w2s.practice.data.tables.base import Table, Values, reading
from w2s.practice.data.tables.columns import ColumnTable
from w2s.practice.data.tables.folders import files_of, is_zarr
from w2s.practice.data.tables.foreign import refuse_archive, refuse_foreign, refuse_special
from w2s.practice.data.tables.hdf5 import Hdf5Table, is_hdf5
from w2s.practice.data.tables.names import located
from w2s.practice.data.tables.npy import open_npy, open_npz, open_safetensors
from w2s.practice.data.tables.shards import ShardTable
from w2s.practice.data.tables.text import SUFFIXES, TextTable
from w2s.practice.data.tables.views import viewed
from w2s.practice.data.tables.zarr_arrays import ZarrTable

_CONTINUATION = b"\xff\xff\xff\xff"  # begins every message of an Arrow stream


def opened(source: Any, key: str | None, ids: Values | None, name: str | None) -> Table:
    """Return the table of a source of any kind; see `tables.open_table`."""
    if "dask.array" in sys.modules and isinstance(source, sys.modules["dask.array"].Array):
        return DaskTable(name or "the Dask array", source, ids=ids)
    if not isinstance(source, (str, os.PathLike)):
        array = source if isinstance(source, np.ndarray) else viewed(source)
        return ArrayTable(name or "the array", array, ids=ids)
    if ids is not None:
        raise ValueError("ids are for arrays in memory; a file brings its own")
    paths, key = located(source, key)
    if len(paths) > 1:
        return _joined(os.fspath(source), paths, key)
    return _at(paths[0], key)


def _at(path: Path, key: str | None) -> Table:
    if path.is_dir():
        return ZarrTable(path, key) if is_zarr(path) else _joined(str(path), files_of(path), key)
    return _file(path, key)


def _joined(name: str, paths: list[Path], key: str | None) -> Table:
    """Return the table of several files, or of several folders with a Zarr array each."""
    tables = [_at(path, key) for path in paths]
    return tables[0] if len(tables) == 1 else ShardTable(name, tables)


def _file(path: Path, key: str | None) -> Table:
    refuse_special(path)
    with reading(path), path.open("rb") as file:
        start, size = file.read(16), os.fstat(file.fileno()).st_size
        hdf5 = is_hdf5(file)
    if start.startswith(b"\x93NUM"):
        if key is not None:
            raise ValueError(f"{path} holds one array, there is no {key!r} in it")
        return open_npy(path)
    if start.startswith(b"PK\x03\x04"):
        refuse_archive(path)
        return open_npz(path, key)
    if start.startswith((b"PAR1", b"ARROW1")):
        return ColumnTable(path, key, "parquet" if start.startswith(b"PAR1") else "file")
    if start.startswith(_CONTINUATION):
        return ColumnTable(path, key, "stream")
    if hdf5:
        return Hdf5Table(path, key)
    suffix = path.suffix.lower()
    if suffix == ".safetensors" or looks_so(start, size):
        return open_safetensors(path, key)
    if suffix in SUFFIXES and start and b"\0" not in start:
        return TextTable(path, key)
    return refuse_foreign(path, start)
