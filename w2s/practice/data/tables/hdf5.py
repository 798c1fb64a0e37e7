"""Tables of datasets in HDF5 files, by the package h5py if it is there."""

from __future__ import annotations

import importlib
import math
from itertools import product
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from w2s._npy import FREE, refuse_bomb
from w2s.practice.data.tables.base import Table, Values, padded, reading, refuse_expansion
from w2s.practice.data.tables.names import ID_NAMES, choose
from w2s.practice.data.tables.packed import unpacked_size

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_STARTS = (0, 512, 1024, 2048)  # where the signature may stand, behind what others wrote
_LARGEST_CHUNK = 1 << 30  # bytes; a chunk is unpacked as a whole
_SPARE = 1 << 20  # bytes that a chunk may give beyond its values
_DEFLATE, _SHUFFLE, _CHECKED, _LZF = 1, 2, 3, 32000  # numbers of the filters that come with h5py
_MOST_OF_LZF = 100  # a byte of LZF gives at most 88


def is_hdf5(file: BinaryIO) -> bool:
    """Whether an open file is one of HDF5."""
    for start in _STARTS:
        file.seek(start)
        if file.read(len(_SIGNATURE)) == _SIGNATURE:
            return True
    return False


class Hdf5Table(Table):
    """A dataset of an HDF5 file, named by its path in the file."""

    def __init__(self, path: Path, key: str | None) -> None:
        self.file = path
        with reading(path), _library().File(path, "r") as file:
            self.key, chosen, ids, alone = _chosen(path, file, key)
            name = str(path) if alone else f"{self.key} of {path}"
            super().__init__(name, chosen.shape, chosen.dtype, ids=ids, path=path)

    def _stored(self, start: int, stop: int) -> Values:
        with reading(self.file), _library().File(self.file, "r") as file:
            dataset = _inside(file, self.key)
            _refuse_hostile(self.file, dataset)  # what is read, which may be another file by now
            _refuse_chunks(dataset, start, stop)
            return np.asarray(dataset[start:stop])


def read_column(path: Path, key: str | None) -> tuple[list[Any], Values | None] | None:
    """Return the entries of a column of texts or truth values, with its identifiers.

    None where the data set holds something else.

    Raises
    ------
    ValueError
        If there are several columns, or the values are elsewhere or would fill the memory.
    """
    with _library().File(path, "r") as file:
        name, chosen, ids, _ = _chosen(path, file, key)
        if _library().check_string_dtype(chosen.dtype) is None and chosen.dtype.kind != "b":
            return None
        if not chosen.shape or chosen.shape[1:] not in ((), (1,)):
            raise ValueError(f"{name} must be one column of texts, got shape {chosen.shape}")
        if chosen.dtype.kind != "O":
            _refuse_chunks(chosen, 0, chosen.shape[0])
        if chosen.dtype.kind == "b":
            return np.ravel(chosen[:]).tolist(), ids
        return texts(chosen, path.stat().st_size), ids


def _chosen(path: Path, file: Any, key: str | None) -> tuple[str, Any, Values | None, bool]:
    """Return the path of a data set, the set, its identifiers, and whether it is the only one."""
    there = _datasets(file)
    name = choose(str(path), list(there), key and key.strip("/"))
    folder = name.rpartition("/")[0]
    beside = [f"{folder}/{one}".lstrip("/") for one in ID_NAMES]
    ids = next((there[one] for one in beside if one in there and one != name), None)
    for one in [there[name]] if ids is None else [there[name], ids]:
        _refuse_hostile(path, one)
    known = None if ids is None else _ids(ids, path.stat().st_size)
    return name, there[name], known, len(there) == 1


def _library() -> Any:
    try:
        return importlib.import_module("h5py")
    except ImportError as error:
        raise ValueError("HDF5 files need the package h5py: pip install h5py") from error


def _datasets(file: Any) -> dict[str, Any]:
    """Datasets by their path; links to other files are not followed."""
    found: dict[str, Any] = {}
    kind = _library().Dataset
    file.visititems(lambda name, one: found.update({name: one} if isinstance(one, kind) else {}))
    return found


def _inside(file: Any, key: str) -> Any:
    """Return a dataset by its path; a link to another file on the way is refused."""
    library, place = _library(), file
    for name in key.split("/"):
        if isinstance(place.get(name, getlink=True), library.ExternalLink):
            raise ValueError(f"{name!r} in {key} is a link to another file, which is not followed")
        place = place[name]
    return place


def texts(dataset: Any, held: int) -> list[str]:
    """Return the texts of a column out of `held` bytes, which may all be one.

    Raises
    ------
    ValueError
        If they would fill the memory.
    """
    found: list[str] = []
    total, step = 0, min(4096, max(16, FREE // held))  # each has at most the bytes of the file
    for start in range(0, dataset.shape[0], step):
        piece = dataset.asstr()[start : start + step].ravel().tolist()
        total += sum(map(len, piece))
        refuse_bomb(total, held)
        found += piece
    return found


def _refuse_chunks(dataset: Any, start: int, stop: int) -> None:
    """Refuse chunks of some rows that give more than the data set declares for them."""
    filters = _filters(dataset)
    if not filters or start == stop:
        return
    most = math.prod(dataset.chunks) * dataset.dtype.itemsize + _SPARE
    first = [start // dataset.chunks[0] * dataset.chunks[0], *(0 for _ in dataset.shape[1:])]
    ends = stop, *dataset.shape[1:]
    steps = zip(first, ends, dataset.chunks, strict=True)
    for place in product(*(range(*one) for one in steps)):
        about = dataset.id.get_chunk_info_by_coord(place)
        if not about.size:  # never written
            continue
        size = about.size * _MOST_OF_LZF if _LZF in filters else about.size
        if size <= most and _DEFLATE in filters:
            mask, data = dataset.id.read_direct_chunk(place)
            left_out = [number for k, number in enumerate(filters) if mask >> k & 1]
            if _CHECKED in filters[filters.index(_DEFLATE) :] and _CHECKED not in left_out:
                data = data[:-4]
            size = len(data) if _DEFLATE in left_out else unpacked_size("zlib", data, most)
        if size > most:
            raise ValueError(f"a chunk of {about.size} bytes gives {size}, expected {most}")


def _filters(dataset: Any) -> list[int]:
    """Return the filters of a data set, in the order in which it was packed."""
    if dataset.chunks is None:
        return []
    about = dataset.id.get_create_plist()
    told = [about.get_filter(k) for k in range(about.get_nfilters())]
    numbers = [one[0] for one in told]
    unknown = [one[3] for one in told if one[0] not in (_DEFLATE, _SHUFFLE, _CHECKED, _LZF)]
    if unknown:
        raise ValueError(f"it is packed by {unknown[0]!r}, which is not read: use gzip or lzf")
    if sum(number in (_DEFLATE, _LZF) for number in numbers) > 1:
        raise ValueError("it is packed twice")
    return numbers


def _refuse_hostile(path: Path, dataset: Any) -> None:
    """Refuse values that lie in other files, or that would fill the memory."""
    name = f"{dataset.name.lstrip('/')} of {path}"
    if dataset.shape is None:
        raise ValueError(f"{name} is empty")
    if dataset.is_virtual or dataset.external:
        raise ValueError(f"{name} has its values in other files: name those")
    if dataset.chunks and math.prod(dataset.chunks) * dataset.dtype.itemsize > _LARGEST_CHUNK:
        raise ValueError(f"{name} has chunks of shape {dataset.chunks}, too large to unpack")
    _filters(dataset)
    refuse_expansion(name, dataset.size * dataset.dtype.itemsize, path.stat().st_size)


def _ids(dataset: Any, held: int) -> Values:
    """Return identifiers: numbers, or texts, which HDF5 keeps as bytes of any length."""
    if dataset.dtype.kind == "O" and len(dataset.shape) == 1:
        return padded(texts(dataset, held), held)
    _refuse_chunks(dataset, 0, dataset.shape[0])
    return np.asarray(dataset[:])
