"""The messages of Arrow files and streams, looked at before one is unpacked.

A message is a record of Flatbuffers, then a body of buffers; a packed buffer begins with the
number of bytes that it gives, and a reader sets aside so many.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from w2s.practice.data.tables.base import refuse_expansion

_DICTIONARY, _BATCH = 2, 3  # kinds of messages that have a body
_KIND, _HEADER = 1, 2  # fields of a message
_DATA, _BUFFERS, _PACKING = 1, 2, 3  # fields of a dictionary, and of a batch
_DICTIONARIES, _BATCHES = 2, 3  # fields of the footer of a file
_CONTINUATION = 0xFFFFFFFF


def refuse_messages(path: Path) -> None:
    """Refuse an Arrow file with a message whose buffers give far more than the file has bytes.

    Raises
    ------
    ValueError
        If there is one.
    struct.error
        If the footer is damaged.
    """
    with path.open("rb") as file:
        size = file.seek(-10, os.SEEK_END) + 10
        length, _ = struct.unpack("<i6s", file.read(10))
        if not 0 < length <= size - 10:
            raise ValueError(f"its footer has {length} bytes")
        file.seek(size - 10 - length)
        footer = file.read(length)
        root = _number(footer, 0, "<I")
        for field in (_DICTIONARIES, _BATCHES):
            for at, described, _ in _structs(footer, root, field, "<qi4xq"):
                refuse_message(file, at, str(path), body=at + described)


def refuse_message(file: BinaryIO, at: int, name: str, *, body: int | None = None) -> None:
    """Refuse the message at a byte of a file, as `refuse_messages`; its body follows if not told.

    Raises
    ------
    ValueError
        If its buffers give far more than the file has bytes.
    struct.error
        If it is damaged.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(at)
    start, length = struct.unpack("<Ii", file.read(8))
    prefix = 8 if start == _CONTINUATION else 4
    length = length if prefix == 8 else start
    if not 0 < length <= size - at:
        raise ValueError(f"{name} has a message of {length} bytes")
    file.seek(at + prefix)
    message = file.read(length)
    root = _number(message, 0, "<I")
    kind = _field(message, root, _KIND)
    if not kind or message[kind] not in (_DICTIONARY, _BATCH):
        return
    batch = _below(message, root, _HEADER)
    if message[kind] == _DICTIONARY:
        batch = _below(message, batch, _DATA)
    if not _field(message, batch, _PACKING):
        return
    given = 0
    for offset, held in _structs(message, batch, _BUFFERS, "<qq"):
        if held >= 8:
            file.seek((at + prefix + length if body is None else body) + offset)
            given += max(0, *struct.unpack("<q", file.read(8)))
    refuse_expansion(name, given, size)


def _structs(data: bytes, table: int, field: int, form: str) -> Iterator[tuple[Any, ...]]:
    """Yield the entries of a list of structs."""
    place = _field(data, table, field)
    if place:
        start = place + _number(data, place, "<I")
        size = struct.calcsize(form)
        for k in range(_number(data, start, "<I")):
            yield struct.unpack_from(form, data, start + 4 + k * size)


def _below(data: bytes, table: int, field: int) -> int:
    """Return where the table is to which a field points."""
    place = _field(data, table, field)
    if not place:
        raise ValueError("a message has no batch")
    return place + _number(data, place, "<I")


def _field(data: bytes, table: int, field: int) -> int:
    """Return where a field of a table is, 0 if it has none."""
    places = table - _number(data, table, "<i")
    if 4 + 2 * field >= _number(data, places, "<H"):
        return 0
    at = _number(data, places + 4 + 2 * field, "<H")
    return table + at if at else 0


def _number(data: bytes, at: int, form: str) -> int:
    if at < 0:
        raise ValueError("a message points before itself")
    return int(struct.unpack_from(form, data, at)[0])
