"""A folder of Zarr's as a store that gives nothing from elsewhere, and no chunk that is too large.

This module needs the package zarr.
"""

from __future__ import annotations

import asyncio
import math
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
)
from zarr.core.buffer import Buffer, BufferPrototype, default_buffer_prototype

from w2s.practice.data.tables.packed import unpacked_size

_DESCRIPTIONS = ("zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata")
_LONGEST_DESCRIPTION = 1 << 26  # bytes
_LARGEST_CHUNK = 1 << 30  # bytes; a chunk is unpacked as a whole
_SPARE = 1 << 20  # bytes of a chunk beyond its values: headers, checksums, the rest of a block
_TEXT = 1000  # bytes that an identifier may have
_PACKINGS = ("blosc", "gzip", "lz4", "zlib", "zstd")
_PLAIN = ("bytes", "crc32c", "delta", "endian", "shuffle", "transpose", "vlen-utf8")
_NOWHERE = 2**64 - 1  # where a chunk lies in its shard that is not there

Check = Callable[[bytes, ByteRequest | None], None]


class FolderStore(Store):
    """Files below a folder, to be read; chunks of an array only once `admit` has seen it.

    Raises
    ------
    ValueError
        By any reading: if there is a link on the way, a file is none, or a chunk is too large.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(read_only=True)
        self.root = root
        self._admitted: tuple[str, int, Check] | None = None

    def admit(self, array: Any) -> None:
        """Let the chunks of an array be read, each up to the size that the array declares.

        Raises
        ------
        ValueError
            If it is packed in a way that is not on the list, or its chunks are too large.
        """
        self._admitted = _below(array.path), *check_of(array)

    def description(self, key: str) -> bytes | None:
        """Return the bytes of a ``zarr.json`` or its like, None if there is none."""
        return self._read(key, None)

    def _read(self, key: str, part: ByteRequest | None) -> bytes | None:
        if Path(key).name in _DESCRIPTIONS:
            most, check = _LONGEST_DESCRIPTION, None
        elif self._admitted is None or not key.startswith(self._admitted[0]):
            raise ValueError(f"{key} belongs to no array that may be read")
        else:
            _, most, check = self._admitted
        path = self.root
        for name in Path(key).parts:
            path /= name
            if name == ".." or path.is_symlink():
                raise ValueError(f"{path} is a link, which is not followed")
        try:
            # Not blocking, so that opening a pipe does not wait for a writer.
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            handle = os.open(path, flags)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise ValueError(f"{path} is no file")
            if about.st_size > most:
                raise ValueError(f"{path} has {about.st_size} bytes, must have at most {most}")
            start, stop = _span(part, about.st_size)
            file.seek(start)
            data = file.read(stop - start)
        if check is not None:
            check(data, part)
        return data

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Return what a file holds, or None if there is none."""
        data = await asyncio.to_thread(self._read, key, byte_range)
        if data is None:
            return None
        return (prototype or default_buffer_prototype()).buffer.from_bytes(data)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Return parts of files."""
        return [await self.get(key, prototype, part) for key, part in key_ranges]

    async def exists(self, key: str) -> bool:
        """Whether there is such a file."""
        return (self.root / key).is_file()

    async def list(self) -> AsyncIterator[str]:
        """Yield nothing: no reading needs the names of all files."""
        for key in tuple[str, ...]():
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """Yield nothing, as `list`."""
        for key in tuple[str, ...]():
            yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Yield the names in a folder."""
        place = self.root / prefix
        for name in sorted(os.listdir(place)) if place.is_dir() else []:
            yield name

    async def set(self, key: str, value: Buffer) -> None:
        """Refuse to write."""
        self._check_writable()

    async def delete(self, key: str) -> None:
        """Refuse to delete."""
        self._check_writable()

    supports_writes = supports_deletes = False
    supports_listing = True

    def __str__(self) -> str:
        return str(self.root)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FolderStore) and self.root == other.root


def check_of(array: Any) -> tuple[int, Check]:
    """Return the most bytes that a file of an array may have, and the check of what it holds.

    Raises
    ------
    ValueError
        As `FolderStore.admit`.
    """
    values = math.prod(array.chunks)
    room = values * (_TEXT if array.dtype.kind == "T" else array.dtype.itemsize)
    if array.dtype.kind != "T" and room > _LARGEST_CHUNK:
        raise ValueError(f"chunks of shape {array.chunks} are too large to unpack")
    largest = min(room, _LARGEST_CHUNK) + _SPARE
    texts = values if array.dtype.kind == "T" else None
    codecs = _codecs(array.metadata)
    if [name for name, _ in codecs] != ["sharding_indexed"]:
        return largest, lambda data, part: _refuse_large(_names(codecs), data, largest, texts)
    about = codecs[0][1]
    if _names(_listed(about["index_codecs"])) != ["bytes", "crc32c"]:
        raise ValueError("the index of its shards is packed in a way that is not read")
    if about["index_location"] != "end":
        raise ValueError("the index of its shards is not at their end")
    inner = _names(_listed(about["codecs"]))
    count = math.prod(array.shards) // max(1, values)
    if max(count * 16, math.prod(array.shards) * array.dtype.itemsize) > _LARGEST_CHUNK:
        raise ValueError(f"shards of shape {array.shards} are too large to unpack")

    def check(data: bytes, part: ByteRequest | None) -> None:
        if isinstance(part, RangeByteRequest):
            _refuse_large(inner, data, largest, texts)
        elif part is None:
            index = np.frombuffer(data[-16 * count - 4 : -4], "<u8").reshape(-1, 2).tolist()
            for at, size in index:
                if at != _NOWHERE:
                    _refuse_large(inner, data[at : at + size], largest, texts)

    _refuse_unknown(inner)
    return count * (largest + 16) + _SPARE, check


def _refuse_large(codecs: list[str], data: bytes, most: int, texts: int | None) -> None:
    """Refuse a chunk that gives more than `most` bytes, or claims more texts than there are.

    What was packed last is undone first.
    """
    for name in reversed(codecs):
        if name == "crc32c":
            data = data[:-4]
        elif name in _PACKINGS:
            size = unpacked_size(name, data, most)
            if size > most:
                raise ValueError(f"a chunk of {len(data)} bytes gives {size}, expected {most}")
            if texts is None:
                return
            data = bytes(numcodecs.get_codec({"id": name}).decode(data))
    claimed = int.from_bytes(data[:4], "little")  # a reader sets aside so many places
    if texts is not None and claimed > texts:
        raise ValueError(f"a chunk claims {claimed} texts, expected {texts}")


def _codecs(metadata: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return names and settings of what packs an array, in the order in which it is applied."""
    about = metadata.to_dict()
    if about["zarr_format"] == 3:
        found = _listed(about["codecs"])
    else:
        packed = [*(about["filters"] or ()), *filter(None, [about["compressor"]])]
        settings = [one if isinstance(one, dict) else one.get_config() for one in packed]
        found = [(one["id"], one) for one in settings]
    if _names(found) != ["sharding_indexed"]:
        _refuse_unknown(_names(found))
    return found


def _listed(codecs: Iterable[Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(one["name"], one.get("configuration", {})) for one in codecs]


def _names(codecs: Iterable[tuple[str, Any]]) -> list[str]:
    return [name for name, _ in codecs]


def _refuse_unknown(names: list[str]) -> None:
    unknown = [name for name in names if name not in _PACKINGS + _PLAIN]
    if unknown:
        known = ", ".join(_PACKINGS)
        raise ValueError(f"it is packed by {unknown[0]!r}, which is not read, only {known}")
    if sum(name in _PACKINGS for name in names) > 1:
        raise ValueError(f"it is packed twice, by {', '.join(names)}")


def _below(path: str) -> str:
    return f"{path}/" if path else ""


def _span(part: ByteRequest | None, size: int) -> tuple[int, int]:
    """Return where a part of a file begins and ends."""
    if isinstance(part, RangeByteRequest):
        return min(part.start, size), min(part.end, size)
    if isinstance(part, OffsetByteRequest):
        return min(part.offset, size), size
    return (max(0, size - part.suffix) if isinstance(part, SuffixByteRequest) else 0), size
