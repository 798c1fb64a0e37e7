"""What a folder holds: a Zarr array, a data set of Hugging Face's, or the parts of one table."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from w2s.practice.data.tables.base import reading
from w2s.practice.data.tables.names import in_order, some

SHARDS = (
    ".parquet", ".arrow", ".feather", ".npy", ".npz", ".safetensors", ".h5", ".hdf5", ".csv",
    ".tsv",
)  # fmt: skip
_ZARR = ("zarr.json", ".zarray", ".zgroup")


def is_zarr(folder: Path) -> bool:
    """Whether a folder is a Zarr array or group."""
    return any((folder / name).exists() for name in _ZARR)


def files_of(folder: Path) -> list[Path]:
    """Return the files of a folder that are the parts of one table, in their order.

    Names that begin with a point or a low line are left out, as are files of other kinds.

    Raises
    ------
    ValueError
        If there are none, or names or kinds differ by more than a number.
    """
    if (folder / "dataset_dict.json").is_file():
        inner = sorted(one.name for one in folder.iterdir() if (one / "state.json").is_file())
        splits = some([str(folder / name) for name in inner])
        raise ValueError(f"{folder} holds several data sets: name one of them, {splits or 'none'}")
    if (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file():
        return _saved(folder)
    with reading(folder):
        there = [one for one in folder.iterdir() if one.is_file() and one.name[0] not in "._"]
    files = [one for one in there if one.suffix in SHARDS and not one.name.endswith(".ids.npy")]
    if not files:
        others = some(sorted(one.name for one in there))
        raise ValueError(
            f"{folder} holds no table: it is not a Zarr array or group (no zarr.json), no data set "
            f"of save_to_disk, and no file in it ends in {', '.join(SHARDS)}"
            + (f"; it holds {others}" if others else "")
        )
    names = {re.sub(r"[0-9]+", "0", one.name): one.name for one in in_order(files)}
    if len(names) > 1:
        raise ValueError(
            f"the files of {folder} are not parts of one table: {some(list(names.values()))}; name "
            f"one, or a pattern such as '{folder}/*{files[0].suffix}'"
        )
    return in_order(files)


def _saved(folder: Path) -> list[Path]:
    """Return the files that ``datasets.save_to_disk`` wrote into a folder."""
    with reading(folder / "state.json"):
        state: Any = json.loads((folder / "state.json").read_bytes())
        if not isinstance(state, dict):
            raise ValueError("it is no table of names and values")
        if state.get("_indices_data_files") or state.get("_indices_files"):
            raise ValueError("its rows are chosen by a list: call flatten_indices() and save anew")
        listed = state.get("_data_files")
        names = [one["filename"] for one in listed] if listed else []
    outside = [name for name in names if not isinstance(name, str) or Path(name).name != name]
    if outside:
        raise ValueError(f"{folder}/state.json names {outside[0]!r}, which is no file in it")
    files = [folder / name for name in names] or in_order(list(folder.glob("*.arrow")))
    if not files:
        raise ValueError(f"{folder} is a data set of save_to_disk without an .arrow file")
    return files
