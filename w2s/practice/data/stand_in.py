"""The digits of `w2s.practice.data.digits` as raw files and networks: IDX and ONNX."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array
from w2s._optional import extra
from w2s.practice.data.digits import Digits


def write_raw(images: Digits, folder: Path) -> None:
    """Write images and digits as MNIST's test files, the two layers as ``random``, ``hidden.onnx``.

    Pixels are whole numbers from 0 to 16, as scikit-learn has them.

    Parameters
    ----------
    images : Digits
        What is written.
    folder : path
        An existing folder.

    Raises
    ------
    ValueError
        If `onnx` is not installed.
    """
    _write_idx(folder / "t10k-images-idx3-ubyte", np.round(images.images * 16))
    _write_idx(folder / "t10k-labels-idx1-ubyte", images.digits)
    for name, layer in (("random", images.weak_layer), ("hidden", images.strong_layer)):
        (folder / f"{name}.onnx").write_bytes(_network(*layer))


def _write_idx(path: Path, array: NDArray[Any]) -> None:
    # Two zeros, type (bytes), number of dimensions, big-endian sizes, values.
    header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


def _network(weights: Array, biases: Array) -> bytes:
    """Return max(0, Wᵀx + b) as an ONNX model."""
    onnx, tools = extra("onnx", "dev"), extra("onnx.helper", "dev")
    steps = [("Flatten", "x", "v"), ("Gemm", "v W b", "z"), ("Relu", "z", "features")]
    kind = onnx.TensorProto.FLOAT
    graph = tools.make_graph(
        [tools.make_node(name, inputs.split(), [output]) for name, inputs, output in steps],
        "layer",
        [tools.make_tensor_value_info("x", kind, ["rows", 1, 8, 8])],
        [tools.make_tensor_value_info("features", kind, ["rows", None])],
        [
            onnx.numpy_helper.from_array(value.astype(np.float32), name)
            for name, value in (("W", weights), ("b", biases))
        ],
    )
    opset = [tools.make_opsetid("", 17)]
    model = tools.make_model(graph, opset_imports=opset, ir_version=8)
    return bytes(model.SerializeToString())
