"""Tables of datasets in HDF5 files, by the package h5py if it is there."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from w2s.practice.data.tables.base import Table, Values, padded, reading, refuse_expansion
from w2s.practice.data.tables.names import ID_NAMES, choose

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_STARTS = (0, 512, 1024, 2048)  # where the signature may stand, behind what others wrote
_LARGEST_CHUNK = 1 << 30  # bytes; a chunk is unpacked as a whole


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
            there = _datasets(file)
            self.key = choose(str(path), list(there), key and key.strip("/"))
            chosen = there[self.key]
            folder = self.key.rpartition("/")[0]
            beside = [f"{folder}/{name}".lstrip("/") for name in ID_NAMES]
            ids = next((there[name] for name in beside if name in there and name != self.key), None)
            for one in [chosen] if ids is None else [chosen, ids]:
                _refuse_hostile(path, one)
            name = f"{self.key} of {path}" if len(there) > 1 else str(path)
            known = None if ids is None else _ids(ids, path.stat().st_size)
            super().__init__(name, chosen.shape, chosen.dtype, ids=known, path=path)

    def _stored(self, start: int, stop: int) -> Values:
        with reading(self.file), _library().File(self.file, "r") as file:
            return np.asarray(file[self.key][start:stop])


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


def _refuse_hostile(path: Path, dataset: Any) -> None:
    """Refuse values that lie in other files, or that would fill the memory."""
    name = f"{dataset.name.lstrip('/')} of {path}"
    if dataset.shape is None:
        raise ValueError(f"{name} is empty")
    if dataset.is_virtual or dataset.external:
        raise ValueError(f"{name} has its values in other files: name those")
    if dataset.chunks and math.prod(dataset.chunks) * dataset.dtype.itemsize > _LARGEST_CHUNK:
        raise ValueError(f"{name} has chunks of shape {dataset.chunks}, too large to unpack")
    refuse_expansion(name, dataset.size * dataset.dtype.itemsize, path.stat().st_size)


def _ids(dataset: Any, held: int) -> Values:
    """Return identifiers: numbers, or texts, which HDF5 keeps as bytes of any length."""
    if dataset.dtype.kind == "O" and len(dataset.shape) == 1:
        return padded(dataset.asstr()[:].tolist(), held)
    return np.asarray(dataset[:])
