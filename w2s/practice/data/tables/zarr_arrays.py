"""Tables of Zarr arrays."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from w2s._optional import extra
from w2s.practice.data.tables.base import (
    Table,
    Values,
    reading,
    refuse_expansion,
    stamp_of,
)
from w2s.practice.data.tables.names import ID_NAMES, choose

_LARGEST_CHUNK = 1 << 30  # bytes; a chunk is unpacked as a whole


class ZarrTable(Table):
    """A Zarr array on this file system."""

    def __init__(self, folder: Path, key: str | None) -> None:
        self.folder, self.key = folder, None
        with reading(folder):
            node, ids = self._open(), None
            if not hasattr(node, "shape"):
                arrays = dict(node.arrays())
                self.key = choose(str(folder), list(arrays), key)
                ids = next((arrays[name] for name in ID_NAMES if name in arrays), None)
                node = arrays[self.key]
            held, *_ = stamp_of(folder) or (0,)
            for array in [node] if ids is None else [node, ids]:
                _refuse_hostile(folder, array, held)
            known = None if ids is None else ids[:]
            super().__init__(str(folder), node.shape, node.dtype, path=folder, ids=known)

    def _open(self) -> Any:
        zarr = extra("zarr", "data")
        try:
            return zarr.open(str(self.folder), mode="r", path=self.key)
        except Exception as error:  # a damaged store fails in many ways
            raise ValueError(f"{self.folder} is not a Zarr array or group: {error}") from error

    def _stored(self, start: int, stop: int) -> Values:
        array = self._open()
        try:
            return np.asarray(array[start:stop])
        except Exception as error:
            raise ValueError(f"{self.folder}, rows {start}:{stop}: {error}") from error


def _refuse_hostile(folder: Path, array: Any, held: int) -> None:
    """Refuse an array that would be unpickled, or for which `held` bytes are too few."""
    if array.dtype.kind == "O" or _pickles(array):
        raise ValueError(f"{folder} holds Python objects, which are not read")
    if math.prod(array.chunks) * array.dtype.itemsize > _LARGEST_CHUNK:
        raise ValueError(f"{folder} has chunks of shape {array.chunks}, too large to unpack")
    refuse_expansion(str(folder), math.prod(array.shape) * array.dtype.itemsize, held)


def _pickles(array: Any) -> bool:
    """Whether reading the array would unpickle what others wrote."""
    parts = {name: part for name, part in array.metadata.to_dict().items() if name != "attributes"}
    return "pickle" in str(parts).lower()
