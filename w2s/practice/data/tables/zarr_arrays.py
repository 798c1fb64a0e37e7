"""Tables of Zarr arrays."""

from __future__ import annotations

import importlib
import json
import math
import os
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


class ZarrTable(Table):
    """A Zarr array on this file system."""

    def __init__(self, folder: Path, key: str | None) -> None:
        self.folder, self.key = folder, None
        with reading(folder):
            there = self._names()
            if there is not None:
                self.key = choose(str(folder), there, key)
            held, *_ = stamp_of(folder) or (0,)
            node, known = self._array(self.key, held), None
            name = next((one for one in ID_NAMES if one in (there or ())), None)
            if name is not None:
                known = self._array(name, held)[:]
            super().__init__(str(folder), node.shape, node.dtype, path=folder, ids=known)

    def _names(self) -> list[str] | None:
        """Return the names of the arrays of a group; None if this is one array."""
        zarr = extra("zarr", "data")
        if (self.folder / ".zarray").is_file():
            return None
        try:
            # What a group says in one place of its arrays need not be what they say.
            zarr.open_group(self._store(), mode="r", use_consolidated=False)
        except zarr.errors.ContainsArrayError:
            return None
        except Exception as error:  # a damaged store fails in many ways
            raise ValueError(f"{self.folder} is not a Zarr array or group: {error}") from error
        # Not asked of the group, which opens all at once and prints what fails beside the first.
        return [name for name in sorted(os.listdir(self.folder)) if self._is_array(name)]

    def _is_array(self, name: str) -> bool:
        if (self.folder / name / ".zarray").is_file():
            return True
        about = json.loads(self._store().description(f"{name}/zarr.json") or "null")
        return isinstance(about, dict) and about.get("node_type") == "array"

    def _store(self) -> Any:
        extra("zarr", "data")
        module = importlib.import_module("w2s.practice.data.tables.zarr_store")
        return module.FolderStore(self.folder)

    def _array(self, key: str | None, held: int | None = None) -> Any:
        """Open an array and refuse what is hostile; its chunks are read by what was looked at."""
        store = self._store()
        try:
            array = extra("zarr", "data").open_array(store, mode="r", path=key)
        except Exception as error:  # as above
            raise ValueError(f"{self.folder} is not a Zarr array or group: {error}") from error
        if array.dtype.kind == "O":
            raise ValueError(f"{self.folder} holds Python objects, which are not read")
        if held is not None:
            size = math.prod(array.shape) * array.dtype.itemsize
            refuse_expansion(str(self.folder), size, held)
        store.admit(array)
        return array

    def _stored(self, start: int, stop: int) -> Values:
        try:
            return np.asarray(self._array(self.key)[start:stop])
        except Exception as error:
            raise ValueError(f"{self.folder}, rows {start}:{stop}: {error}") from error
