"""One source for several array modules: numpy, and any that follows the array API standard.

Arrays of another module (PyTorch or CuPy on a graphics card) are recognised by what is passed in;
nothing of them is imported here.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from w2s._checks import Array, whole


def namespace(array: Any) -> Any:
    """Return the module an array belongs to; numpy for lists and numbers.

    PyTorch's tensors do not name theirs, so it is taken from their type.
    """
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    module = sys.modules.get(type(array).__module__.split(".")[0])
    return module if hasattr(module, "matmul") else np


def on_host(array: Any) -> Array:
    """Return the values as a numpy array of float64, wherever they are."""
    for way in ("cpu", "get"):  # how PyTorch and CuPy name the way back from a device
        if hasattr(array, way):
            array = getattr(array, way)()
    return whole("array", array).astype(np.float64, copy=False)


def beside(values: Any, like: Any) -> Any:
    """Return `values` in the module, on the device and in the precision of `like`."""
    xp = namespace(like)
    if namespace(values) is not xp:
        values = on_host(values)
    return xp.asarray(values, dtype=like.dtype, device=like.device)
