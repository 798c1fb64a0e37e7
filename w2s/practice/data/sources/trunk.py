"""The trunk of a larger ONNX model: the part before a node, for pictures of any size."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from w2s._optional import extra
from w2s.practice.data.sources.graph import serialised


def trunk(path: str | os.PathLike[str], last: str) -> bytes:
    """Return what leads to the node `last`, whose output is (b, 1 + patches, d).

    The outputs are ``features`` (b, d), the first token of that node's output, and ``tokens``, all
    of it. The sizes of the batch and of the pictures are set free.

    Parameters
    ----------
    path : path
        A model with one input, pictures (b, 3, h, w).
    last : str
        Name of the node.

    Returns
    -------
    bytes
        The content of an ``.onnx`` file.

    Raises
    ------
    ValueError
        If `path` is no model, it has no such node, or other inputs than one of pictures.
    """
    onnx = extra("onnx", "real")
    model = _read(onnx, Path(path))
    graph = model.graph
    ends = [node for node in graph.node if node.name == last]
    stored = {tensor.name for tensor in graph.initializer}
    inputs = [one for one in graph.input if one.name not in stored]
    if len(ends) != 1 or len(inputs) != 1 or len(inputs[0].type.tensor_type.shape.dim) != 4:
        raise ValueError(f"{path} has no node {last!r} behind one input of pictures")
    _cut(graph, ends[0].output[0])
    for size, name in zip(inputs[0].type.tensor_type.shape.dim, _SIZES, strict=True):
        if name:
            size.dim_param = name
    del graph.output[:]
    graph.output.extend(_outputs(onnx, graph, ends[0].output[0]))
    return serialised(model)


_SIZES = ("rows", "", "height", "width")


def _read(onnx: Any, path: Path) -> Any:
    if not path.is_file():
        raise ValueError(f"no {path}: expected a model exported to ONNX")
    try:
        return onnx.load(str(path), load_external_data=False)
    except Exception as error:  # of the format's library
        reason = (str(error).splitlines() or [""])[0]
        raise ValueError(f"{path} is not a model exported to ONNX: {reason}") from error


def _cut(graph: Any, end: str) -> None:
    """Drop every node and weight that does not lead to `end`, and what is said of their values."""
    wanted, kept = {end}, []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    weights = [tensor for tensor in graph.initializer if tensor.name in wanted]
    for place, values in ((graph.node, kept[::-1]), (graph.initializer, weights)):
        copies = list(values)
        del place[:]
        place.extend(copies)
    del graph.value_info[:]  # shapes of the size that is set free


def _outputs(onnx: Any, graph: Any, tokens: str) -> list[Any]:
    first = onnx.numpy_helper.from_array(np.array(0, dtype=np.int64), "w2s.first")
    graph.initializer.append(first)
    graph.node.extend(
        [
            onnx.helper.make_node("Gather", [tokens, "w2s.first"], ["features"], axis=1),
            onnx.helper.make_node("Identity", [tokens], ["tokens"]),
        ]
    )
    kind, value = onnx.TensorProto.FLOAT, onnx.helper.make_tensor_value_info
    return [
        value("features", kind, ["rows", "numbers"]),
        value("tokens", kind, ["rows", "tokens", "numbers"]),
    ]
