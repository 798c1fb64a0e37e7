"""A model exported to ONNX, run by onnxruntime."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import integer
from w2s.practice.data.encoders.external import external_weights

_TYPES = {
    "tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
    "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(uint8)": np.uint8,
}  # fmt: skip


class OnnxModel:
    """Run a model on blocks of inputs; deterministic with the default of one thread.

    Parameters
    ----------
    path : path
        The ``.onnx`` file. Files of weights that it names belong to it.
    output : str, optional
        Name of the output to take; the first if left out.
    threads : int
        Threads within one operation.

    Raises
    ------
    ValueError
        If the file or one of its files of weights is missing, onnxruntime cannot run it, there is
        no (such) output, or onnxruntime is not installed.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, output: str | None = None, threads: int = 1
    ) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise ValueError(f"no {self.path}: expected a model exported to ONNX")
        external_weights(self.path)
        self._session = _session(self.path, integer("threads", threads))
        declared = {one.name: one for one in self._session.get_outputs()}
        outputs = list(declared)
        if not outputs:
            raise ValueError(f"{self.path} has no output: expected a model that gives features")
        self.output = outputs[0] if output is None else output
        if self.output not in outputs:
            raise ValueError(f"{self.path} has no output {output!r}, only {', '.join(outputs)}")
        self._inputs = {one.name: (one.type, one.shape) for one in self._session.get_inputs()}
        sizes = {shape[0] for _, shape in self._inputs.values() if shape}
        fixed = [size for size in sizes if isinstance(size, int)]
        self.fixed_batch: int | None = fixed[0] if fixed else None
        self.row_bytes = _row_bytes(declared[self.output].type, declared[self.output].shape)

    def __call__(self, arrays: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Return one row of features per input.

        Arrays meet the model's inputs by name; a single array and a single input need no common
        name, and a text model with one input gets ``input_ids``.

        Raises
        ------
        ValueError
            If names or shapes do not fit the model, or its output is not one row per input.
        """
        rows = len(next(iter(arrays.values())))
        size = self.fixed_batch or rows
        parts = []
        for start in range(0, rows, size):
            block = {name: array[start : start + size] for name, array in arrays.items()}
            parts.append(self._run(block, size)[: min(size, rows - start)])
        return np.concatenate(parts)

    def _run(self, block: dict[str, NDArray[Any]], size: int) -> NDArray[Any]:
        rows = len(next(iter(block.values())))
        if rows < size:  # a model for blocks of one size: repeat the last row
            fill = ((0, size - rows),)
            block = {
                name: np.pad(a, fill + ((0, 0),) * (a.ndim - 1), "edge")
                for name, a in block.items()
            }
        try:
            (found,) = self._session.run([self.output], self._feed(block))
        except Exception as error:  # onnxruntime has its own exceptions, one per kind of fault
            raise ValueError(f"{self.path} cannot be run: {_first_line(error)}") from error
        features = np.asarray(found)
        if features.ndim > 2 and set(features.shape[2:]) == {1}:
            features = features.reshape(features.shape[:2])
        if features.ndim != 2 or len(features) != size or features.dtype.kind != "f":
            shape = f"{features.dtype} {features.shape}"
            raise ValueError(
                f"{self.path}, output {self.output}: need one row of numbers per input, got "
                f"{shape} for {size} inputs; export the model with pooling or name another output"
            )
        return features.astype(np.float32) if features.dtype == np.float16 else features

    def _feed(self, block: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        names = list(self._inputs)
        if len(names) == 1 and names[0] not in block:
            block = {names[0]: next(iter(block.values()))}
        lacking = [name for name in names if name not in block]
        if lacking:
            raise ValueError(
                f"it wants the inputs {', '.join(names)}, there are {', '.join(block)}"
            )
        unknown = {kind for kind, _ in self._inputs.values()} - _TYPES.keys()
        if unknown:
            raise ValueError(f"it wants inputs of type {', '.join(unknown)}")
        return {
            name: block[name].astype(_TYPES[self._inputs[name][0]], copy=False) for name in names
        }


def _row_bytes(kind: str, shape: list[Any]) -> int | None:
    """Bytes that one row of features takes on disk, where the model declares its length."""
    width = shape[1] if len(shape) > 1 else None
    size = {"tensor(float16)": 4, "tensor(float)": 4, "tensor(double)": 8}.get(kind)
    return width * size if isinstance(width, int) and size else None


def model_digest(path: str | os.PathLike[str]) -> str:
    """Return SHA-256 of a model's file and of the files of weights that it names.

    Raises
    ------
    ValueError
        If a file is missing, or as `external_weights`.
    """
    place = Path(path)
    if not place.is_file():
        raise ValueError(f"no {place}: expected a model exported to ONNX")
    total = hashlib.sha256()
    for name, part in {"": place, **external_weights(place)}.items():
        total.update(f"{name}:{part.stat().st_size}:".encode())
        with part.open("rb") as file:
            while chunk := file.read(1 << 20):
                total.update(chunk)
    return total.hexdigest()


def _session(path: Path, threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ValueError("ONNX models need onnxruntime: install the extra w2s[vision]") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    # Only the format whose names of files `external_weights` has looked at.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.log_severity_level = 4  # what goes wrong is raised, and need not be printed too
    try:
        return onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # as above
        reason = _first_line(error)
        raise ValueError(f"{path} is not a model that onnxruntime can run: {reason}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
