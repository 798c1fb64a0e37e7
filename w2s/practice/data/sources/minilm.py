"""MiniLM, a small BERT with mean pooling, as an ONNX model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s.practice.data.sources.graph import Graph, mean_where_kept

Weights = Mapping[str, NDArray[Any]]

HEADS = 12
_EPSILON = 1e-12  # of layer norm, BERT's
_FLOAT = 1  # float32 among the types of ONNX
_MASKED = -1e9  # added to the score of what is not there: its weight is zero in float32


def minilm(weights: Weights, heads: int = HEADS) -> bytes:
    """Return the network: token ids (b, length) to ``features`` (b, d), not normalised.

    The features are the mean of the last layer over the tokens that ``attention_mask`` keeps.

    Parameters
    ----------
    weights : mapping
        Arrays by BERT's names, ``embeddings.word_embeddings.weight`` and so on; their shapes say
        how many layers there are, and how wide.
    heads : int
        Heads of attention in each layer.

    Returns
    -------
    bytes
        The content of an ``.onnx`` file with the inputs ``input_ids``, ``attention_mask`` and
        ``token_type_ids``, all int64.

    Raises
    ------
    ValueError
        If an array is missing or not of finite numbers, or the width is no multiple of `heads`.
    """
    bert = _Bert(weights, heads)
    mask = bert.mask()
    current, layer = bert.embeddings(), 0
    while f"encoder.layer.{layer}.output.dense.weight" in weights:
        current = bert.layer(current, mask, f"encoder.layer.{layer}")
        layer += 1
    if not layer:
        raise ValueError("the weights lack encoder.layer.0.output.dense.weight")
    bert.mean(current)
    shape = ["rows", "length"]
    inputs = ("input_ids", "attention_mask", "token_type_ids")
    return bert.graph.model(
        {name: ("INT64", shape) for name in inputs}, {"features": ("FLOAT", ["rows", bert.width])}
    )


class _Bert:
    def __init__(self, weights: Weights, heads: int) -> None:
        self.graph = Graph()
        self._weights = weights
        self.width = self._named("embeddings.word_embeddings.weight").shape[1]
        if self.width % heads:
            raise ValueError(f"the width {self.width} is no multiple of {heads} heads")
        graph, size = self.graph, self.width // heads
        self._apart = graph.weight("apart", np.array([0, 0, heads, size]))
        self._together = graph.weight("together", np.array([0, 0, self.width]))
        self._scale = graph.weight("scale", 1 / math.sqrt(size))
        self._half, self._one = graph.weight("half", 0.5), graph.weight("one", 1.0)
        self._root = graph.weight("root", math.sqrt(2))

    def _named(self, name: str) -> NDArray[Any]:
        if name not in self._weights:
            raise ValueError(f"the weights lack {name}")
        if not np.isfinite(self._weights[name]).all():
            raise ValueError(f"{name} holds numbers that are not finite")
        return self._weights[name]

    def _weight(self, name: str) -> str:
        return self.graph.weight(name, self._named(name))

    def _dense(self, current: str, name: str) -> str:
        matrix = self.graph.weight(f"{name}.matrix", self._named(f"{name}.weight").T)
        product = self.graph.node("MatMul", current, matrix)
        return self.graph.node("Add", product, self._weight(f"{name}.bias"))

    def _norm(self, current: str, name: str) -> str:
        gain, shift = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self.graph.node("LayerNormalization", current, gain, shift, epsilon=_EPSILON)

    def embeddings(self) -> str:
        """Words, places and kinds of text, added and normalised."""
        node, weight = self.graph.node, self.graph.weight
        words = node("Gather", self._weight("embeddings.word_embeddings.weight"), "input_ids")
        kinds = self._weight("embeddings.token_type_embeddings.weight")
        texts = node("Gather", kinds, "token_type_ids")
        length = node("Shape", "input_ids", start=1, end=2)
        table = self._weight("embeddings.position_embeddings.weight")
        places = node("Slice", table, weight("begin", np.array([0])), length)
        total = node("Add", node("Add", words, texts), places)
        return self._norm(total, "embeddings.LayerNorm")

    def mask(self) -> str:
        """Numbers to add to the scores of attention, shape (b, 1, 1, length)."""
        node, weight = self.graph.node, self.graph.weight
        kept = node("Cast", "attention_mask", called="kept", to=_FLOAT)
        wide = node("Unsqueeze", kept, weight("heads_and_queries", np.array([1, 2])))
        return node("Mul", node("Sub", self._one, wide), weight("masked", _MASKED))

    def layer(self, current: str, mask: str, name: str) -> str:
        """Attention and two dense maps, each added to what came in and normalised."""
        node = self.graph.node
        heard = self._dense(self._attention(current, mask, name), f"{name}.attention.output.dense")
        current = self._norm(node("Add", heard, current), f"{name}.attention.output.LayerNorm")
        inner = self._gelu(self._dense(current, f"{name}.intermediate.dense"))
        outer = self._dense(inner, f"{name}.output.dense")
        return self._norm(node("Add", outer, current), f"{name}.output.LayerNorm")

    def _attention(self, current: str, mask: str, name: str) -> str:
        node, at = self.graph.node, f"{name}.attention.self"
        queries, keys, values = (
            node("Reshape", self._dense(current, f"{at}.{part}"), self._apart)
            for part in ("query", "key", "value")
        )
        queries = node("Transpose", queries, perm=[0, 2, 1, 3])
        keys = node("Transpose", keys, perm=[0, 2, 3, 1])
        values = node("Transpose", values, perm=[0, 2, 1, 3])
        scores = node("Mul", node("MatMul", queries, keys), self._scale)
        shares = node("Softmax", node("Add", scores, mask), axis=-1)
        heard = node("Transpose", node("MatMul", shares, values), perm=[0, 2, 1, 3])
        return node("Reshape", heard, self._together)

    def _gelu(self, x: str) -> str:
        """Multiply x by the normal distribution function at x."""
        node = self.graph.node
        share = node("Add", node("Erf", node("Div", x, self._root)), self._one)
        return node("Mul", node("Mul", x, share), self._half)

    def mean(self, current: str) -> None:
        """Mean over the tokens that are there, as the output ``features``."""
        mean_where_kept(self.graph, current, "kept", "features")
