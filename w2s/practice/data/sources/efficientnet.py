"""EfficientNet-Lite0 as an ONNX model, from PyTorch's weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s.practice.data.sources.graph import Graph

Weights = Mapping[str, NDArray[Any]]

# Blocks of the seven stages, and the stride of the first block of each; the others have 1.
_STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))
STRIDES = tuple(
    stride if first == 0 else 1 for blocks, stride in _STAGES for first in range(blocks)
)
_EPSILON = 1e-3  # of batch norm, as TensorFlow's weights were trained
_HIGHEST = 6.0  # of ReLU6


def efficientnet(weights: Weights, strides: Sequence[int] = STRIDES) -> bytes:
    """Return the network: pictures (b, 3, h, w) to ``features`` (b, d) and ``classes`` (b, k).

    Batch norm is folded into the convolutions. Padding is TensorFlow's: the output has
    ceil(size / stride) pixels, and where the padding is odd, below and on the right there is one
    more. Pixels are expected in [−1, 1].

    Parameters
    ----------
    weights : mapping
        Arrays by PyTorch's names, ``_conv_stem.weight`` to ``_fc.bias``.
    strides : sequence of int
        One per block; the others of an EfficientNet follow from the shapes of `weights`.

    Returns
    -------
    bytes
        The content of an ``.onnx`` file.

    Raises
    ------
    ValueError
        If an array is missing, has another shape or is not of finite numbers, or there are more
        blocks than `strides`.
    """
    if f"_blocks.{len(strides)}._project_conv.weight" in weights:
        raise ValueError(f"there are more than {len(strides)} blocks of layers")
    layers = _Layers(weights)
    current = layers.convolution("pixels", "_conv_stem", "_bn0", stride=2)
    for number, stride in enumerate(strides):
        current = layers.block(current, f"_blocks.{number}", stride)
    current = layers.convolution(current, "_conv_head", "_bn1")
    graph = layers.graph
    pooled = graph.node("GlobalAveragePool", current)
    features = graph.node("Flatten", pooled, called="features")
    matrix, bias = layers.named("_fc.weight"), layers.named("_fc.bias")
    classes = graph.node(
        "Gemm", features, graph.weight("matrix", matrix), graph.weight("bias", bias),
        called="classes", transB=1,
    )  # fmt: skip
    return graph.model(
        {"pixels": ("FLOAT", ["rows", 3, "height", "width"])},
        {features: ("FLOAT", ["rows", matrix.shape[1]]), classes: ("FLOAT", ["rows", len(bias)])},
    )


class _Layers:
    def __init__(self, weights: Weights) -> None:
        self.graph = Graph()
        self._weights = weights
        self._range = (self.graph.weight("least", 0.0), self.graph.weight("most", _HIGHEST))

    def named(self, name: str) -> NDArray[Any]:
        """One array in double precision, for folding."""
        if name not in self._weights:
            raise ValueError(f"the weights lack {name}")
        array = self._weights[name].astype(np.float64)
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds numbers that are not finite")
        return array

    def convolution(
        self, current: str, name: str, norm: str, *, stride: int = 1, clipped: bool = True
    ) -> str:
        """Convolution and batch norm as one convolution, then ReLU6 if `clipped`."""
        kernel = self.named(f"{name}.weight")
        parts = ("weight", "bias", "running_mean", "running_var")
        gain, shift, mean, variance = (self.named(f"{norm}.{part}") for part in parts)
        if kernel.ndim != 4 or {len(kernel)} != {len(x) for x in (gain, shift, mean, variance)}:
            raise ValueError(f"{name} has the shape {kernel.shape}, {norm} {gain.shape}")
        scale = gain / np.sqrt(variance + _EPSILON)
        alone = name.endswith("_depthwise_conv")  # each channel has its own kernel
        found = self.graph.node(
            "Conv", current,
            self.graph.weight(f"{name}.kernel", kernel * scale[:, None, None, None]),
            self.graph.weight(f"{name}.bias", shift - mean * scale),
            auto_pad="SAME_UPPER", strides=[stride, stride], group=len(kernel) if alone else 1,
        )  # fmt: skip
        return self.graph.node("Clip", found, *self._range) if clipped else found

    def block(self, before: str, name: str, stride: int) -> str:
        """Widen if the block does so, convolve each channel, narrow; add what came in if alike."""
        current = before
        width_in = len(self.named(f"{name}._bn1.weight"))
        if f"{name}._expand_conv.weight" in self._weights:
            width_in = self.named(f"{name}._expand_conv.weight").shape[1]
            current = self.convolution(current, f"{name}._expand_conv", f"{name}._bn0")
        current = self.convolution(
            current, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride
        )
        current = self.convolution(current, f"{name}._project_conv", f"{name}._bn2", clipped=False)
        width_out = len(self.named(f"{name}._project_conv.weight"))
        alike = stride == 1 and width_in == width_out
        return self.graph.node("Add", current, before) if alike else current
