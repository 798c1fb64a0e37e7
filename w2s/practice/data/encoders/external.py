"""Files that hold the weights of an ONNX model which does not hold them itself.

A tensor names its file in the entry ``location`` of its field ``external_data``. The names are
read from the bytes of the model, field by field, without the package ``onnx``. Every name must stay
in the model's folder, whether or not it is in use and whatever onnxruntime thinks of it.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

# Numbers of the fields in which a message holds others, from the format's definition: what leads
# to a tensor, and from a tensor to its entries.
_WITHIN = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
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
_32 = 2**32 - 1

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
        Empty if the model names no such file. A name that no tensor uses is left out if there is
        no file of it.

    Raises
    ------
    ValueError
        If the file is no ONNX model, a name leads out of the model's folder, by itself or by a
        link, or there is no such file.
    """
    place, found = Path(path), {}
    for name, needed in sorted(_locations_of(place).items()):
        parts = PurePosixPath(name).parts + PureWindowsPath(name).parts
        rooted = PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor
        if not parts or rooted or ".." in parts or "\0" in name:
            raise ValueError(f"{place} wants weights outside its folder, in {name!r}: refused")
        file = place.parent / name
        for link in (file, *file.parents[: len(Path(name).parts) - 1]):
            if link.is_symlink():
                raise ValueError(
                    f"{place} wants weights by the link {link}: refused, copy the file itself"
                )
        if file.is_file():
            found[name] = file
        elif needed or file.exists():
            raise ValueError(f"no {file}: {place} keeps weights in this file")
    return found


def _locations_of(place: Path) -> dict[str, bool]:
    with place.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:  # nothing can be mapped
            return {}
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            try:
                return _locations(content)
            except ValueError as error:
                words = f"is not a model that onnxruntime can run: {error}"
                raise ValueError(f"{place} {words}") from error


def _locations(content: Buffer) -> dict[str, bool]:
    """Return the names of files in a model, and which are in use; every field is looked at once."""
    found: dict[str, bool] = {}
    waiting = [("model", (0, len(content)))]
    while waiting:
        kind, span = waiting.pop()
        if kind == "tensor":
            names, used = _location(content, span)
            found |= {name: used or found.get(name, False) for name in names}
            continue
        for number, inside in _fields(content, span):
            if number in _WITHIN[kind] and isinstance(inside, tuple):
                waiting.append((_WITHIN[kind][number], inside))
    return found


def _location(content: Buffer, span: Span) -> tuple[set[str], bool]:
    """Return the names of files in a tensor, and whether it says that its values lie there.

    A reader merges the pieces of a tensor that is written in several, so that where one piece does
    not say so, another may.
    """
    outside, names = False, set()
    for number, inside in _fields(content, span):
        if number == _PLACE and not isinstance(inside, tuple):
            outside = inside & _32 == _OUTSIDE
        elif number == _ENTRY and isinstance(inside, tuple):
            entry = {
                field: content[text[0] : text[1]]
                for field, text in _fields(content, inside)
                if isinstance(text, tuple)
            }
            if entry.get(_KEY) == b"location":
                names.add(entry.get(_VALUE, b"").decode("utf-8"))
    return names, outside


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
        yield (tag & _32) >> 3, inside  # as other readers do, which keep so many bits


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
