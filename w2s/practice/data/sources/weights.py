"""Weights of a network, from the two kinds of files they come in, without running code."""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s.practice.data.safetensors import places, widened
from w2s.practice.data.sources.pickles import Storage, Tensor, unpickled

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001  # of the files; the pickles in them are of protocol 2


def read_torch(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Return the tensors of a file of PyTorch's kind before 1.6, a pickle; no code in it runs.

    The instructions of the pickle are read one by one. Only those that build numbers, texts,
    lists, tables and tensors are known, and only ordered tables, tensors and storages have names.

    Parameters
    ----------
    path : path
        File that holds a table of tensors by name.

    Raises
    ------
    ValueError
        If the file holds anything else, is truncated or has bytes to spare, or a tensor reaches
        beyond its storage.
    """
    place = Path(path)
    file = io.BytesIO(_content(place))
    try:
        tensors = _torch(file)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        reason = (str(error).splitlines() or [""])[0][:200]
        raise ValueError(f"{place} is not a file of PyTorch's tensors: {reason}") from error
    return tensors


def read_safetensors(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Return the tensors of a ``.safetensors`` file.

    Parameters
    ----------
    path : path
        File that begins with the length of a JSON header, the header, then the numbers.

    Raises
    ------
    ValueError
        If the header is not one, the tensors do not fill the file without gap or overlap, or a
        type is not known; bfloat16 comes as float32.
    """
    place = Path(path)
    content = _content(place)
    try:
        return _safe(content)
    except ValueError as error:
        reason = (str(error).splitlines() or [""])[0][:200]
        raise ValueError(f"{place} is not a file of safetensors: {reason}") from error


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise ValueError(f"no {path}: expected a file of weights")
    return path.read_bytes()


# Safetensors


def _safe(content: bytes) -> dict[str, NDArray[Any]]:
    tensors = {}
    for name, (shape, kind, brain, begin) in places(io.BytesIO(content), len(content)).items():
        numbers = np.frombuffer(content, kind, math.prod(shape), begin)
        tensors[name] = widened(numbers).reshape(shape) if brain else numbers.reshape(shape).copy()
    return tensors


# PyTorch


def _torch(file: io.BytesIO) -> dict[str, NDArray[Any]]:
    for expected, words in ((_MAGIC, "magic number"), (_PROTOCOL, "version")):
        if (found := unpickled(file)) != expected:
            raise ValueError(f"its {words} is {found if type(found) is int else type(found)}")
    if unpickled(file).get("little_endian") is not True:
        raise ValueError("its numbers are not little-endian")
    table, keys = unpickled(file), unpickled(file)
    if not isinstance(table, dict) or not all(isinstance(t, Tensor) for t in table.values()):
        raise ValueError("it holds something else than a table of tensors")
    used = {tensor.storage.key: tensor.storage for tensor in table.values()}
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ValueError("it does not list its storages")
    if sorted(keys) != sorted(used):
        raise ValueError(f"it lists {len(keys)} storages, its tensors use {len(used)} or others")
    stored = {key: _stored(file, used[key]) for key in keys}
    if file.read(1):
        raise ValueError(f"there are bytes after its last storage, from {file.tell() - 1}")
    return {name: _array(name, tensor, stored) for name, tensor in table.items()}


def _stored(file: io.BytesIO, storage: Storage) -> NDArray[Any]:
    length = file.read(8)
    count, kind = int.from_bytes(length, "little"), np.dtype(storage.dtype)
    if len(length) < 8 or count != storage.numbers:
        raise ValueError(f"storage {storage.key} has {count} numbers, not {storage.numbers}")
    content = file.read(count * kind.itemsize)
    if len(content) < count * kind.itemsize:
        raise ValueError(f"storage {storage.key} is truncated at {len(content)} bytes")
    return np.frombuffer(content, dtype=kind)


def _array(name: str, tensor: Tensor, stored: dict[str, NDArray[Any]]) -> NDArray[Any]:
    numbers = stored[tensor.storage.key]
    if tensor.storage.numbers != len(numbers) or np.dtype(tensor.storage.dtype) != numbers.dtype:
        raise ValueError(f"{name} says something else of its storage than others do")
    if len(tensor.shape) != len(tensor.stride):
        raise ValueError(f"{name} of shape {tensor.shape} has {len(tensor.stride)} strides")
    steps = zip(tensor.shape, tensor.stride, strict=True)
    last = tensor.offset + sum((size - 1) * step for size, step in steps)
    count = math.prod(tensor.shape)
    if count > len(numbers) or (count and last >= len(numbers)):
        raise ValueError(f"{name} of shape {tensor.shape} reaches beyond its storage")
    if not count:
        return np.zeros(tensor.shape, dtype=numbers.dtype)
    strides = tuple(step * numbers.dtype.itemsize for step in tensor.stride)
    view = np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, strides)
    return view.copy(order="C")
