"""The safetensors format: a JSON header that says where each tensor lies, then the numbers."""

from __future__ import annotations

import json
import math
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2s.practice.data.sources.pickles import sizes

_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4",
    "I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip
_LONGEST_HEADER = 100_000_000  # bytes; the format's own limit


class Place(NamedTuple):
    """A tensor in a file: its shape, its type, whether that is bfloat16, and its first byte."""

    shape: tuple[int, ...]
    stored: np.dtype[Any]
    brain: bool
    begin: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values; bfloat16 has none in NumPy and becomes float32."""
        return np.dtype(np.float32) if self.brain else self.stored


def looks_so(start: bytes, size: int) -> bool:
    """Whether a file of `size` bytes that starts so can only be one of safetensors.

    Examples
    --------
    >>> looks_so((2).to_bytes(8, "little") + b"{}", 10)
    True
    """
    length = int.from_bytes(start[:8], "little")
    return start[8:9] == b"{" and 2 <= length <= min(_LONGEST_HEADER, size - 8)


def places(file: BinaryIO, size: int) -> dict[str, Place]:
    """Return where the tensors of a file of `size` bytes lie, in the order of their numbers.

    Raises
    ------
    ValueError
        If the header is not one, the tensors do not fill the file without gap or overlap, or a
        type is not known.
    """
    try:
        return _places(file, size)
    except (LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        reason = (str(error).splitlines() or [""])[0][:200]
        raise ValueError(f"its header cannot be understood: {reason}") from error


def widened(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return the float32 numbers that the bits of bfloat16 numbers, as uint16, stand for.

    Examples
    --------
    >>> widened(np.array([0x3F80, 0xC040], dtype=np.uint16)).tolist()
    [1.0, -3.0]
    """
    bits: NDArray[np.uint32] = values.astype(np.uint32) << np.uint32(16)
    return bits.view(np.float32)


def _places(file: BinaryIO, size: int) -> dict[str, Place]:
    start = file.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > min(size - 8, _LONGEST_HEADER):
        raise ValueError(f"it has {size} bytes, its header says to have {length}")
    header = json.loads(file.read(length), object_pairs_hook=_once)
    header.pop("__metadata__", None)
    numbers, end, found = size - 8 - length, 0, {}
    for name, entry in sorted(header.items(), key=lambda pair: tuple(pair[1]["data_offsets"])):
        if entry["dtype"] not in _TYPES:
            raise ValueError(f"{name} is of type {entry['dtype']}")
        kind = np.dtype(_TYPES[entry["dtype"]])
        shape = sizes(entry["shape"])
        if max(shape, default=0) >> 62:
            raise ValueError(f"{name} of shape {shape} is larger than any file")
        first, last = sizes(entry["data_offsets"])
        if first != end or last != first + math.prod(shape) * kind.itemsize:
            raise ValueError(f"{name} of shape {shape} lies at {first} to {last}, expected {end}")
        if last > numbers:
            raise ValueError(f"{name} ends at {last}, there are {numbers} bytes")
        found[name] = Place(shape, kind, entry["dtype"] == "BF16", 8 + length + first)
        end = last
    if end != numbers:
        raise ValueError(f"its tensors end at {end}, there are {numbers} bytes")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a name appears twice in its header")
    return table
