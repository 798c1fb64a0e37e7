"""The pickle in a file of PyTorch's tensors, followed without running code."""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

_STORAGES = {
    "torch DoubleStorage": "<f8", "torch FloatStorage": "<f4", "torch HalfStorage": "<f2",
    "torch LongStorage": "<i8", "torch IntStorage": "<i4", "torch ShortStorage": "<i2",
    "torch CharStorage": "i1", "torch ByteStorage": "u1", "torch BoolStorage": "?",
}  # fmt: skip
_DICT, _TENSOR = "collections OrderedDict", "torch._utils _rebuild_tensor_v2"
_NAMES = {_DICT, _TENSOR, *_STORAGES}


@dataclass(frozen=True)
class _Name:
    """A class or function that a pickle names; nothing is imported."""

    text: str


class Storage(NamedTuple):
    """Numbers in a row, by their name in the file."""

    key: str
    dtype: str
    numbers: int


class Tensor(NamedTuple):
    """Which numbers of a storage a tensor consists of."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class _Mark:
    """Where a list of arguments begins on the stack."""


def unpickled(file: io.BytesIO) -> Any:
    """Return the value of one pickle; a stack and a memory of plain values are all there is.

    The stream is left behind the pickle. Tables become ``dict``, whatever their kind.

    Raises
    ------
    ValueError, LookupError, TypeError, AttributeError
        If the pickle ends early, names anything but ordered tables, tensors and storages, or holds
        an instruction that tensors do not need.

    Examples
    --------
    >>> import pickle
    >>> unpickled(io.BytesIO(pickle.dumps({"a": [1, None]}, protocol=2)))
    {'a': [1, None]}
    """
    stack: list[Any] = []
    memory: dict[Any, Any] = {}
    for instruction, argument, _ in pickletools.genops(file):
        name = instruction.name
        if name in _CONSTANTS:
            stack.append(_CONSTANTS[name](argument))
        elif name in ("BINPUT", "LONG_BINPUT"):
            memory[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memory[argument])
        elif name in _ACTIONS:
            _ACTIONS[name](stack)
        elif name == "GLOBAL":
            if argument not in _NAMES:
                raise ValueError(f"it names {argument!r}, which is refused")
            stack.append(_Name(argument))
        elif name not in ("PROTO", "STOP"):
            raise ValueError(f"it holds the instruction {name}, which is refused")
    (value,) = stack
    return value


def _same(value: Any) -> Any:
    return value


_CONSTANTS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE"), _same),
    "NONE": lambda _: None, "NEWTRUE": lambda _: True, "NEWFALSE": lambda _: False,
    "EMPTY_TUPLE": lambda _: (), "EMPTY_LIST": lambda _: [], "EMPTY_DICT": lambda _: {},
    "MARK": lambda _: _Mark,
}  # fmt: skip


def _since_mark(stack: list[Any]) -> list[Any]:
    start = len(stack) - 1 - stack[::-1].index(_Mark)
    values = stack[start + 1 :]
    del stack[start:]
    return values


def _tuple(stack: list[Any], size: int) -> None:
    if len(stack) < size:
        raise ValueError("it takes more from its stack than there is")
    stack[-size:] = [tuple(stack[-size:])]


def _append(stack: list[Any], values: list[Any]) -> None:
    if not isinstance(stack[-1], list):
        raise ValueError("it appends to what is not a list")
    stack[-1].extend(values)


def _set(stack: list[Any], values: list[Any]) -> None:
    names = values[::2]
    if not isinstance(stack[-1], dict) or not all(isinstance(name, str) for name in names):
        raise ValueError("it sets entries of what is not a table of names")
    stack[-1].update(zip(names, values[1::2], strict=True))


def _last(stack: list[Any], count: int) -> list[Any]:
    values = [stack.pop() for _ in range(count)]
    return values[::-1]


def _reduce(stack: list[Any]) -> None:
    called, arguments = _last(stack, 2)
    if called == _Name(_DICT) and arguments == ():
        stack.append({})
    elif called == _Name(_TENSOR) and isinstance(arguments[0], Storage):
        storage, offset, shape, stride = arguments[:4]
        (offset,) = sizes((offset,))
        stack.append(Tensor(storage, offset, sizes(shape), sizes(stride)))
    else:
        raise ValueError("it calls something with arguments that are refused")


def _persistent(stack: list[Any]) -> None:
    kind, named, key, _, numbers, view = stack.pop()
    if kind != "storage" or named.text not in _STORAGES or type(key) is not str or view is not None:
        raise ValueError("it refers to something else than a whole storage")
    stack.append(Storage(key, _STORAGES[named.text], *sizes((numbers,))))


def _build(stack: list[Any]) -> None:
    """Drop what is said of a table beside its entries: the versions of modules."""
    stack.pop()
    if not isinstance(stack[-1], dict):
        raise ValueError("it sets the state of what is not a table")


_ACTIONS: dict[str, Callable[[list[Any]], None]] = {
    "TUPLE": lambda stack: stack.append(tuple(_since_mark(stack))),
    "TUPLE1": lambda stack: _tuple(stack, 1),
    "TUPLE2": lambda stack: _tuple(stack, 2),
    "TUPLE3": lambda stack: _tuple(stack, 3),
    "APPEND": lambda stack: _append(stack, _last(stack, 1)),
    "APPENDS": lambda stack: _append(stack, _since_mark(stack)),
    "SETITEM": lambda stack: _set(stack, _last(stack, 2)),
    "SETITEMS": lambda stack: _set(stack, _since_mark(stack)),
    "REDUCE": _reduce,
    "BINPERSID": _persistent,
    "BUILD": _build,
}


def sizes(values: Any) -> tuple[int, ...]:
    """Return whole numbers that are not negative.

    Raises
    ------
    ValueError
        If a value is something else.
    """
    if not isinstance(values, list | tuple) or any(type(k) is not int or k < 0 for k in values):
        raise ValueError("a size must be a whole number that is not negative")
    return tuple(values)
