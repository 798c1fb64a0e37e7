"""Features of a data set under a frozen model, on disk."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from w2s._checks import integer
from w2s._npy import read_npy, whole_header
from w2s.practice.data.encoders.ahead import in_order
from w2s.practice.data.encoders.model import OnnxModel, model_digest
from w2s.practice.data.encoders.store import check_room, growing
from w2s.practice.data.raw_formats import RawData


class Preprocessing(Protocol):
    """How inputs become arrays, and a text that says everything which decides the numbers."""

    @property
    def key(self) -> str:
        """Everything that decides the numbers, as text."""

    def __call__(self, inputs: Sequence[Any]) -> Mapping[str, NDArray[Any]]:
        """Return the arrays that a model reads, one row per input."""


def encode(
    model: str | os.PathLike[str],
    data: RawData,
    preprocessing: Preprocessing,
    folder: str | os.PathLike[str],
    *,
    name: str | None = None,
    output: str | None = None,
    batch: int = 64,
    threads: int = 1,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write the features of all inputs to a ``.npy`` file, with their ids beside it.

    The file is called ``<name>-<key>.npy``; the key is made of the data (ids and inputs), the model
    (its bytes and the output) and the preprocessing. A finished file is returned at once. A run
    that was killed continues after its last block and gives the same bytes.

    Parameters
    ----------
    model : path
        The model, exported to ONNX.
    data : RawData
        The inputs.
    preprocessing : Pictures, Tokens or WordPiece
        How inputs become arrays.
    folder : path
        Where the files go; made if it is not there.
    name : str, optional
        Name of the model in `feature_files`; the file's name without ending if left out.
    output : str, optional
        Output of the model; the first if left out.
    batch : int
        Inputs per block. A model that was exported for one size of blocks is fed that size.
    threads : int
        Threads within one operation. With one, the same machine gives the same bytes.
    workers : int
        Blocks that are computed at a time, each by a thread of its own, and held in memory. The
        inputs are read by one thread; `preprocessing` is called by all. The bytes do not depend on
        it: rows are appended in order, and a run may continue with another number.
    progress : callable, optional
        Called with (rows done, rows) after each block.

    Returns
    -------
    Path
        The ``.npy`` file; open it with ``np.load(path, mmap_mode="r", allow_pickle=False)``.

    Raises
    ------
    ValueError
        If model, inputs and preprocessing do not fit, a feature is not finite (its id is named), a
        finished file is damaged, or another process is writing the same file.
    OSError
        If the disk has too little room for the features, which is said before anything is
        written, or gets full later. Blocks that reached it are kept for a later run, nothing else.

    Notes
    -----
    A block size, a number of threads or a version of onnxruntime other than those of an unfinished
    run can change the last digits: then it starts over instead of mixing.
    """
    size, path, place = integer("batch", batch), Path(model), Path(folder)
    abreast = integer("workers", workers)
    about = {
        "data": data.name, "data_sha256": data.digest, "rows": len(data),
        "model": path.name, "model_sha256": model_digest(path), "output": output or "",
        "preprocessing": preprocessing.key,
    }  # fmt: skip
    decisive = [about[k] for k in ("data_sha256", "model_sha256", "output", "preprocessing")]
    key = hashlib.sha256(json.dumps(decisive).encode()).hexdigest()[:16]
    place.mkdir(parents=True, exist_ok=True)
    target = place / f"{_plain(name or path.stem)}-{key}.npy"
    if target.exists():
        _check_finished(target, data.ids)
        return target
    network = OnnxModel(path, output=output, threads=threads)
    settings = {
        "batch": size, "threads": threads, "onnxruntime": metadata.version("onnxruntime"),
    }  # fmt: skip
    if network.row_bytes:
        check_room(target, len(data) * network.row_bytes + data.ids.nbytes)
    with growing(target, len(data), about | settings) as matrix:
        starts = range(matrix.done, len(data), size)
        with closing(_blocks(network, data, preprocessing, starts, abreast)) as blocks:
            for features in blocks:
                if not matrix.done:
                    check_room(target, len(data) * features[0].nbytes + data.ids.nbytes)
                matrix.append(features)
                if progress:
                    progress(matrix.done, len(data))
        matrix.finish(data.ids, about | settings)
    return target


def _blocks(
    network: OnnxModel, data: RawData, preprocessing: Preprocessing, starts: range, workers: int
) -> Generator[NDArray[Any], None, None]:
    """Yield the features of the blocks in order, `workers` of them being computed at a time."""

    def inputs() -> Iterator[tuple[int, int, Sequence[Any]]]:
        for start in starts:
            stop = min(start + starts.step, len(data))
            with _naming(data, start, stop):
                yield start, stop, data.read(start, stop)

    def features(block: tuple[int, int, Sequence[Any]]) -> NDArray[Any]:
        return _features(network, data, preprocessing, *block)

    return in_order(features, inputs(), workers)


@contextmanager
def _naming(data: RawData, start: int, stop: int) -> Iterator[None]:
    """Name the rows in what is wrong with them."""
    try:
        yield
    except ValueError as error:
        rows = f"{data.name}, inputs {data.ids[start]} to {data.ids[stop - 1]}"
        raise ValueError(f"{rows}: {error}") from error


def _features(
    network: OnnxModel, data: RawData, preprocessing: Preprocessing, start: int, stop: int,
    inputs: Sequence[Any],
) -> NDArray[Any]:  # fmt: skip
    """Features of some rows, all finite."""
    with _naming(data, start, stop):
        features = network(preprocessing(inputs))
    bad = np.argwhere(~np.isfinite(features))
    if len(bad):
        row, column = (int(k) for k in bad[0])
        value = features[row, column]
        where = f"input {data.ids[start + row]}, feature {column}"
        raise ValueError(f"{network.path} gives {value} for {where} of {data.name}")
    with _naming(data, start, stop):
        if len(features) != stop - start:
            raise ValueError(f"{len(features)} rows of features for {stop - start} inputs")
    return features


def _check_finished(target: Path, ids: NDArray[Any]) -> None:
    """Refuse a finished file that was damaged later."""
    try:
        with target.open("rb") as file:
            shape, _, _ = whole_header(file, target.stat().st_size)
        beside = read_npy(target.with_name(f"{target.stem}.ids.npy"))
        fine = len(shape) == 2 and shape[0] == len(ids) and np.array_equal(beside, ids)
        reason = "" if fine else "its rows are not those of the data"
    except (OSError, ValueError) as error:
        reason = str(error)
    if reason:
        raise ValueError(f"{target} is damaged ({reason}): remove it to make it anew")


def _plain(name: str) -> str:
    if not name or name.startswith(".") or set(name) & set('/\\\0*?[]"'):
        raise ValueError(f"name must be usable in the name of a file, got {name!r}")
    return name
