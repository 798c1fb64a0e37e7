"""ONNX models written node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s._optional import extra

OPSET, IR = 17, 8  # LayerNormalization is of 17; IR 8 came with it


class Graph:
    """Nodes and weights in the order in which they are added.

    Examples
    --------
    >>> graph = Graph()
    >>> output = graph.node("Add", "x", graph.weight("one", np.ones(2, np.float32)))
    >>> model = graph.model({"x": ("FLOAT", ["rows", 2])}, {output: ("FLOAT", ["rows", 2])})
    """

    def __init__(self) -> None:
        self._onnx = extra("onnx", "real")
        self._nodes: list[Any] = []
        self._weights: dict[str, NDArray[Any]] = {}

    def weight(self, name: str, values: ArrayLike) -> str:
        """Add an array, of floats as float32 and of whole numbers as int64; return its name."""
        array = np.asarray(values)
        self._weights[name] = array.astype(np.float32 if array.dtype.kind == "f" else np.int64)
        return name

    def node(
        self, operation: str, *inputs: str, called: str | None = None, **attributes: Any
    ) -> str:
        """Add an operation and return the name of its output, `called` or with a number."""
        name = called or f"{operation}_{len(self._nodes)}"
        self._nodes.append(
            self._onnx.helper.make_node(operation, list(inputs), [name], **attributes)
        )
        return name

    def model(
        self,
        inputs: Mapping[str, tuple[str, Sequence[int | str]]],
        outputs: Mapping[str, tuple[str, Sequence[int | str]]],
    ) -> bytes:
        """Return the model as the content of a file; sizes that are texts are free.

        Raises
        ------
        ValueError
            If it is not a model by the rules of ONNX.
        """
        onnx = self._onnx
        graph = onnx.helper.make_graph(
            self._nodes,
            "graph",
            [_value(onnx, name, *of) for name, of in inputs.items()],
            [_value(onnx, name, *of) for name, of in outputs.items()],
            [onnx.numpy_helper.from_array(array, name) for name, array in self._weights.items()],
        )
        versions = [onnx.helper.make_opsetid("", OPSET)]
        model = onnx.helper.make_model(graph, opset_imports=versions, ir_version=IR)
        return serialised(model)


def mean_where_kept(graph: Graph, vectors: str, kept: str, called: str) -> str:
    """Add the mean of `vectors` (b, length, d) over the places where `kept` (b, length) is one.

    A row that keeps nothing gets zeros.
    """
    node = graph.node
    along = graph.weight("along_length", np.array([1]))
    column = node("Unsqueeze", kept, graph.weight("last", np.array([2])))
    total = node("ReduceSum", node("Mul", vectors, column), along, keepdims=0)
    count = node("ReduceSum", kept, along, keepdims=1)
    return node("Div", total, node("Max", count, graph.weight("least_count", 1.0)), called=called)


def serialised(model: Any) -> bytes:
    """Return a checked model as the content of a file, the same bytes each time.

    Raises
    ------
    ValueError
        If it is not a model by the rules of ONNX.
    """
    try:
        extra("onnx", "real").checker.check_model(model)
    except Exception as error:  # onnx has its own exceptions
        raise ValueError(f"not a model: {(str(error).splitlines() or [''])[0]}") from error
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _value(onnx: Any, name: str, kind: str, shape: Sequence[int | str]) -> Any:
    return onnx.helper.make_tensor_value_info(name, getattr(onnx.TensorProto, kind), list(shape))
