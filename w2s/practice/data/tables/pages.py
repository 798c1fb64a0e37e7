"""The pages of a Parquet file, looked at before one is unpacked.

The headers of pages are records of Thrift's compact protocol. What a header declares is what a
reader sets aside, whatever the file says elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from w2s._npy import refuse_bomb
from w2s.practice.data.tables.base import refuse_expansion

_USUAL_HEADER, _LONGEST_HEADER = (
    1 << 9,
    1 << 16,
)  # bytes; it may hold the smallest and the largest value
_DEEPEST = 16  # records and lists within each other; a footer has eight
_UNPACKED, _PACKED, _DATA, _DICTIONARY, _DATA_2 = 2, 3, 5, 7, 8  # fields of a header
_COUNT, _ENCODING = 1, {_DATA: 2, _DICTIONARY: 2, _DATA_2: 4}  # fields of these
_FRONT_CODED = 7  # each text repeats a beginning of the one before
_GROUPS, _CHUNKS, _ABOUT, _ELSEWHERE = 4, 1, 3, 1  # fields of the footer, of a group, of a column
_BYTES_OF_CHUNK, _FIRST_DATA, _FIRST_DICTIONARY = 7, 9, 11  # fields of what is told of a column
_TRUE, _FALSE, _BYTE, _DOUBLE, _BYTES, _LIST, _SET, _MAP, _RECORD = 1, 2, 3, 7, 8, 9, 10, 11, 12


def refuse_pages(path: Path, paths: Sequence[str], columns: Collection[str]) -> None:
    """Refuse columns of a Parquet file whose pages or values are too large for its bytes.

    Parameters
    ----------
    path : path
        The file.
    paths : sequence of str
        Names of the columns of values, in their order in the schema; those in a list follow the
        name of the list and a point.
    columns : collection of str
        Names of the columns that will be read.

    Raises
    ------
    ValueError
        If a page or the values of a column would fill the memory, or there is no sound header.
    EOFError
        If the file ends within a header.
    """
    values = dict.fromkeys(columns, 0)
    owners = [[one for one in values if f"{name}.".startswith(f"{one}.")] for name in paths]
    with path.open("rb") as file:
        footer, held = _footer(file)
        for group in _records(footer, _GROUPS):
            chunks = _records(group, _CHUNKS)
            if len(chunks) != len(paths):
                raise ValueError(f"a group has {len(chunks)} columns, the schema {len(paths)}")
            for chunk, names in zip(chunks, owners, strict=True):
                count = sum(_values(file, chunk)) if names else 0
                for name in names:
                    values[name] += count
                    refuse_expansion(f"{path}, column {name},", 8 * values[name], held)


def _footer(file: BinaryIO) -> tuple[dict[int, Any], int]:
    """Return what a file says of its groups of rows, and its number of bytes."""
    # Not asked of pyarrow, which ends the process where a column is described wrongly.
    size = file.seek(-8, os.SEEK_END) + 8
    length = int.from_bytes(file.read(4), "little")
    if length > size - 8:
        raise ValueError(f"its footer has {length} bytes")
    file.seek(size - 8 - length)
    footer, _ = _record(file.read(length), 0)
    return footer, size


def _records(record: dict[int, Any], field: int) -> list[dict[int, Any]]:
    found = record.get(field, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError("its footer is not sound")
    return found


def _values(file: BinaryIO, chunk: dict[int, Any]) -> Iterator[int]:
    """Yield the numbers of values of the pages of a column in a group of rows."""
    about = chunk.get(_ABOUT)
    if not isinstance(about, dict) or _ELSEWHERE in chunk:
        raise ValueError("a column is encrypted or in another file")
    at, first = _size(about, _FIRST_DATA), about.get(_FIRST_DICTIONARY, 0)
    at = first if isinstance(first, int) and 0 < first < at else at
    end = at + _size(about, _BYTES_OF_CHUNK)
    while at < end:
        header, used = _header(file, at)
        packed = _size(header, _PACKED)
        refuse_bomb(_size(header, _UNPACKED), packed)
        for kind in _ENCODING.keys() & header.keys():
            page = header[kind]
            if not isinstance(page, dict) or page.get(_ENCODING[kind]) == _FRONT_CODED:
                raise ValueError("its texts are packed by what they share (DELTA_BYTE_ARRAY)")
            yield _size(page, _COUNT)
        at += used + packed


def _header(file: BinaryIO, at: int) -> tuple[dict[int, Any], int]:
    file.seek(at)
    try:
        return _record(file.read(_USUAL_HEADER), 0)
    except EOFError:
        file.seek(at)
        return _record(file.read(_LONGEST_HEADER), 0)


def _size(record: dict[int, Any], field: int) -> int:
    found = record.get(field)
    if not isinstance(found, int) or found < 0:
        raise ValueError("it has no sound header")
    return found


def _record(data: bytes, at: int, depth: int = 0) -> tuple[dict[int, Any], int]:
    """Return the fields of a record by their number, and where it ends."""
    found: dict[int, Any] = {}
    field = 0
    if depth > _DEEPEST:
        raise ValueError("it has no sound header")
    while kind := _byte(data, at):
        step, kind, at = kind >> 4, kind & 15, at + 1
        if step:
            field += step
        else:
            number, at = _varint(data, at)
            field = _signed(number)
        if kind in (_TRUE, _FALSE):
            found[field] = kind == _TRUE
        else:
            found[field], at = _value(data, at, kind, depth)
    return found, at + 1


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (_TRUE, _FALSE, _BYTE):  # in a list
        return _byte(data, at), at + 1
    if kind < _DOUBLE:
        number, at = _varint(data, at)
        return _signed(number), at
    if kind == _DOUBLE:
        _byte(data, at + 7)
        return None, at + 8
    if kind == _BYTES:
        count, at = _varint(data, at)
        return None, at + count
    if kind == _RECORD:
        return _record(data, at, depth + 1)
    return _listed(data, at, kind, depth)


def _listed(data: bytes, at: int, kind: int, depth: int) -> tuple[list[Any], int]:
    """Return the entries of a list, a set or a map, and where it ends."""
    if kind not in (_LIST, _SET, _MAP) or depth > _DEEPEST:
        raise ValueError("it has no sound header")
    kinds: tuple[int, ...]
    if kind == _MAP:
        count, at = _varint(data, at)
        kinds = (_byte(data, at) >> 4, _byte(data, at) & 15) if count else ()
        at += bool(count)
    else:
        count, kinds = _byte(data, at) >> 4, (_byte(data, at) & 15,)
        at += 1
        if count == 15:
            count, at = _varint(data, at)
    found = []
    for _ in range(count if kinds else 0):
        for one in kinds:
            entry, at = _value(data, at, one, depth + 1)
            found.append(entry)
    return found, at


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise EOFError(f"there is no header, or one of more than {_LONGEST_HEADER} bytes")
    return data[at]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    total = 0
    for place in range(10):
        byte = _byte(data, at + place)
        total |= (byte & 127) << 7 * place
        if byte < 128:
            return total, at + place + 1
    raise ValueError("it has no sound header")


def _signed(number: int) -> int:
    return number >> 1 ^ -(number & 1)
