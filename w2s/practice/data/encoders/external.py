"""Files that hold the weights of an ONNX model which does not hold them itself.

A tensor names its file in the entry ``location`` of its field ``external_data``. The names are
read from the bytes of the model, field by field, without the package ``onnx``.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

# Numbers of the fields in which a message holds others, from the format's definition: what leads
# to a tensor, and from a tensor to its entries.
_WITHIN = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse tensor"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {
        5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse tensor",
        23: "sparse tensor",
    },
    "sparse tensor": {1: "tensor", 2: "tensor"},
}  # fmt: skip
_ENTRY, _PLACE, _OUTSIDE = 13, 14, 1  # external_data, data_location and its value EXTERNAL
_KEY, _VALUE = 1, 2
_VARINT, _EIGHT, _COUNTED, _FOUR = 0, 1, 2, 5  # how a field is stored

Buffer = bytes | mmap.mmap
Span = tuple[int, int]


def external_weights(path: str | os.PathLike[str]) -> dict[str, Path]:
    """Return the files of weights that a model names, by the names it gives them, in their order.

    Parameters
    ----------
    path : path
        The ``.onnx`` file; names are meant relative to its folder.

    Returns
    -------
    dict of str to Path
        Empty if the model holds all its weights.

    Raises
    ------
    ValueError
        If the file is no ONNX model, a name leads out of the model's folder or there is no such
        file.
    """
    place, found = Path(path), {}
    for name in sorted(_locations_of(place)):
        parts = PurePosixPath(name).parts + PureWindowsPath(name).parts
        rooted = PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor
        if not parts or rooted or ".." in parts or "\0" in name:
            raise ValueError(f"{place} wants weights outside its folder, in {name!r}: refused")
        found[name] = place.parent / name
        if not found[name].is_file():
            raise ValueError(f"no {found[name]}: {place} keeps weights in this file")
    return found


def _locations_of(place: Path) -> set[str]:
    with place.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:  # nothing can be mapped
            return set()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            try:
                return _locations(content)
            except ValueError as error:
                words = f"is not a model that onnxruntime can run: {error}"
                raise ValueError(f"{place} {words}") from error


def _locations(content: Buffer) -> set[str]:
    """Return the names of files in a model; every field is looked at once."""
    found, waiting = set(), [("model", (0, len(content)))]
    while waiting:
        kind, span = waiting.pop()
        if kind == "tensor":
            found |= _location(content, span)
            continue
        for number, inside in _fields(content, span):
            if number in _WITHIN[kind] and isinstance(inside, tuple):
                waiting.append((_WITHIN[kind][number], inside))
    return found


def _location(content: Buffer, span: Span) -> set[str]:
    """Return the name of the file that holds a tensor's values, if one does."""
    outside, names = False, set()
    for number, inside in _fields(content, span):
        if number == _PLACE:
            outside = inside == _OUTSIDE
        elif number == _ENTRY and isinstance(inside, tuple):
            entry = {
                field: content[text[0] : text[1]]
                for field, text in _fields(content, inside)
                if isinstance(text, tuple)
            }
            if entry.get(_KEY) == b"location":
                names.add(entry.get(_VALUE, b"").decode("utf-8"))
    return names if outside else set()


def _fields(content: Buffer, span: Span) -> Iterator[tuple[int, Span | int]]:
    """Yield number and content of each field: a number, or where its bytes are."""
    at, end = span
    while at < end:
        tag, at = _number(content, at, end)
        inside: Span | int = 0
        if tag & 7 == _VARINT:
            inside, at = _number(content, at, end)
        elif tag & 7 == _COUNTED:
            count, at = _number(content, at, end)
            inside = at, at + count
            at += count
        elif tag & 7 in (_EIGHT, _FOUR):
            at += 8 if tag & 7 == _EIGHT else 4
        else:
            raise ValueError(f"it is not stored as ONNX is, at byte {at}")
        if at > end:
            raise ValueError(f"it ends within a field, at byte {end}")
        yield tag >> 3, inside


def _number(content: Buffer, at: int, end: int) -> tuple[int, int]:
    """Return a number stored in groups of seven bits, and where it ends."""
    total = 0
    for place in range(10):
        if at + place >= end:
            break
        byte = content[at + place]
        total |= (byte & 127) << 7 * place
        if byte < 128:
            return total, at + place + 1
    raise ValueError(f"it has no whole number at byte {at}")
