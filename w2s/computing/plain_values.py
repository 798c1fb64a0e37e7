"""Plain values as bytes: numbers, texts, arrays, and what is made of them, never a pickle.

Lists, tuples, dictionaries, named tuples and data classes keep their types. Reading imports
nothing and calls no code of these types: a class is only looked up among the loaded modules.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._npy import read_npz

_ATOMS = (type(None), bool, int, float, str)
_STRUCTURE = "structure"


class UnknownType(ValueError):
    """A class that is not, or no longer, among the loaded modules."""


def to_bytes(value: Any) -> bytes:
    """Return a plain value as an ``.npz`` archive: its arrays, and its structure as JSON.

    Raises
    ------
    ValueError
        If there is anything else in it; the message names the type.

    Examples
    --------
    >>> from_bytes(to_bytes({"risk": np.arange(3.0), (1, 2): [True, None, 1e-3]}))
    {'risk': array([0., 1., 2.]), (1, 2): [True, None, 0.001]}
    >>> to_bytes({1, 2})
    Traceback (most recent call last):
    ValueError: only numbers, texts, arrays, and lists, tuples, dictionaries and data classes of
    them can be kept, got set
    """
    arrays: list[NDArray[Any]] = []
    text = json.dumps(_described(value, arrays)).encode()
    file = BytesIO()
    held: dict[str, Any] = {str(k): array for k, array in enumerate(arrays)}
    held[_STRUCTURE] = np.frombuffer(text, dtype=np.uint8)
    np.savez(file, **held)
    return file.getvalue()


def from_bytes(content: bytes) -> Any:
    """Return the value of which `to_bytes` made the content.

    Raises
    ------
    UnknownType
        If a class is not loaded, or has other fields now.
    ValueError
        If this is no such content.
    """
    arrays = read_npz(BytesIO(content))
    try:
        return _rebuilt(json.loads(arrays[_STRUCTURE].tobytes()), arrays)
    except UnknownType:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"these bytes are no plain value: {error}") from error


def _described(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """Return a value as JSON; its arrays go to the list."""

    def inside(one: Any) -> Any:
        return _described(one, arrays)

    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind in (complex, bytes):
        return {kind.__name__: [value.real, value.imag] if kind is complex else value.hex()}
    if (kind is np.ndarray or isinstance(value, np.generic)) and value.dtype.kind in "biufcSUmM":
        arrays.append(np.asarray(value))
        return {"array" if kind is np.ndarray else "scalar": len(arrays) - 1}
    if kind in (list, tuple):
        return {kind.__name__: [inside(one) for one in value]}
    if kind is dict:
        return {"dict": [[inside(name), inside(one)] for name, one in value.items()]}
    names = _field_names(kind)
    if names is not None and _loaded(kind.__module__, kind.__qualname__) is kind:
        parts = [[name, inside(getattr(value, name))] for name in names]
        return {"class": [kind.__module__, kind.__qualname__], "fields": parts}
    raise ValueError(
        "only numbers, texts, arrays, and lists, tuples, dictionaries and data classes of them can "
        f"be kept, got {kind.__qualname__}"
    )


def _rebuilt(node: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return the value that a piece of JSON describes."""
    if not isinstance(node, dict):
        if type(node) not in _ATOMS:
            raise ValueError(f"unexpected {node!r}")
        return node
    if "class" in node:
        module, name = node["class"]
        return _object(module, name, {n: _rebuilt(v, arrays) for n, v in node["fields"]})
    ((kind, given),) = node.items()
    makers: dict[str, Callable[[], Any]] = {
        "complex": lambda: complex(*given),
        "bytes": lambda: bytes.fromhex(given),
        "array": lambda: arrays[str(given)],
        "scalar": lambda: arrays[str(given)][()],
        "list": lambda: [_rebuilt(one, arrays) for one in given],
        "tuple": lambda: tuple(_rebuilt(one, arrays) for one in given),
        "dict": lambda: {_rebuilt(n, arrays): _rebuilt(v, arrays) for n, v in given},
    }
    return makers[kind]()


def _object(module: str, name: str, parts: dict[str, Any]) -> Any:
    """Return a named tuple or a data class with these fields, made without its own code."""
    kind = _loaded(module, name)
    names = _field_names(kind)
    if names is None or set(names) != parts.keys():
        raise UnknownType(f"{module}.{name} is no class with the fields {', '.join(parts)}")
    if issubclass(kind, tuple):
        return tuple.__new__(kind, [parts[one] for one in names])
    made = object.__new__(kind)
    for one, part in parts.items():
        object.__setattr__(made, one, part)
    return made


def _loaded(module: str, name: str) -> Any:
    """Return what a loaded module calls by a (dotted) name, or None."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found


def _field_names(kind: Any) -> tuple[str, ...] | None:
    """Return the fields of a data class or a named tuple; None of anything else."""
    if not isinstance(kind, type):
        return None
    if is_dataclass(kind):
        return tuple(one.name for one in fields(kind))
    names = getattr(kind, "_fields", None)
    plain = issubclass(kind, tuple) and kind.__bases__ == (tuple,)
    return names if plain and isinstance(names, tuple) else None
