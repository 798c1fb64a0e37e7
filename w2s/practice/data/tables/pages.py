"""The pages of a Parquet file, looked at before one is unpacked.

The headers of pages are records of Thrift's compact protocol. What a header declares is what a
reader sets aside, whatever the file says elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from w2s._npy import refuse_bomb
from w2s.practice.data.tables.base import refuse_expansion

_USUAL_HEADER, _LONGEST_HEADER = (
    1 << 9,
    1 << 16,
)  # bytes; it may hold the smallest and the largest value
_DEEPEST = 8  # records within records; a header has three
_UNPACKED, _PACKED, _DATA, _DICTIONARY, _DATA_2 = 2, 3, 5, 7, 8  # fields of a header
_COUNT, _ENCODING = 1, {_DATA: 2, _DICTIONARY: 2, _DATA_2: 4}  # fields of these
_FRONT_CODED = 7  # each text repeats a beginning of the one before
_TRUE, _FALSE, _BYTE, _DOUBLE, _BYTES, _LIST, _SET, _MAP, _RECORD = 1, 2, 3, 7, 8, 9, 10, 11, 12


def refuse_pages(path: Path, metadata: Any, columns: Collection[str]) -> None:
    """Refuse columns of a Parquet file whose pages or values are too large for its bytes.

    Parameters
    ----------
    path : path
        The file.
    metadata : pyarrow.parquet.FileMetaData
        What the file says of its groups of rows.
    columns : collection of str
        Names of the columns that will be read.

    Raises
    ------
    ValueError
        If a page or the values of a column would fill the memory, or a page has no header.
    EOFError
        If the file ends within a header.
    """
    held, values = path.stat().st_size, dict.fromkeys(columns, 0)
    with path.open("rb") as file:
        for group in (metadata.row_group(k) for k in range(metadata.num_row_groups)):
            for chunk in (group.column(k) for k in range(group.num_columns)):
                parts = chunk.path_in_schema.split(".")  # a name may have points of its own
                names = (".".join(parts[: k + 1]) for k in range(len(parts)))
                for name in filter(values.__contains__, names):
                    values[name] += sum(_values(file, chunk))
                    refuse_expansion(f"{path}, column {name},", 8 * values[name], held)


def _values(file: BinaryIO, chunk: Any) -> Iterator[int]:
    """Yield the numbers of values of the pages of a column in a group of rows."""
    at = chunk.data_page_offset
    if chunk.has_dictionary_page:
        at = min(at, chunk.dictionary_page_offset)
    end = at + chunk.total_compressed_size
    while at < end:
        header, used = _header(file, at)
        packed = _size(header, _PACKED)
        refuse_bomb(_size(header, _UNPACKED), packed)
        for kind in _ENCODING.keys() & header.keys():
            about = header[kind]
            if not isinstance(about, dict) or about.get(_ENCODING[kind]) == _FRONT_CODED:
                raise ValueError("its texts are packed by what they share (DELTA_BYTE_ARRAY)")
            yield _size(about, _COUNT)
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
        raise ValueError("a page has no sound header")
    return found


def _record(data: bytes, at: int, depth: int = 0) -> tuple[dict[int, Any], int]:
    """Return the fields of a record by their number, and where it ends."""
    found: dict[int, Any] = {}
    field = 0
    if depth > _DEEPEST:
        raise ValueError("a page has no sound header")
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
    return None, _skipped(data, at, kind, depth)


def _skipped(data: bytes, at: int, kind: int, depth: int) -> int:
    """Return where a list, a set or a map ends."""
    if kind not in (_LIST, _SET, _MAP) or depth > _DEEPEST:
        raise ValueError("a page has no sound header")
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
    for _ in range(count):
        for one in kinds:
            _, at = _value(data, at, one, depth + 1)
    return at


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise EOFError(f"a page has no header, or one of more than {_LONGEST_HEADER} bytes")
    return data[at]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    total = 0
    for place in range(10):
        byte = _byte(data, at + place)
        total |= (byte & 127) << 7 * place
        if byte < 128:
            return total, at + place + 1
    raise ValueError("a page has no sound header")


def _signed(number: int) -> int:
    return number >> 1 ^ -(number & 1)
