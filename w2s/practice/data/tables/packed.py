"""How many bytes a packed chunk gives, told before it is unpacked.

Blosc, LZ4 and Zstandard say so in their headers, and their unpackers write no more than that. For
deflate it is counted, piece by piece.
"""

from __future__ import annotations

import zlib

_DEFLATE = 1032  # a byte of deflate gives at most so many
_PIECE, _BLOCK = 1 << 16, 1 << 17  # of counting; the largest block of Zstandard
_FRAME, _SKIPPED = 0xFD2FB528, 0x184D2A50  # how a frame of Zstandard begins, and one of no values


def unpacked_size(packing: str, data: bytes, most: int) -> int:
    """Return at least the number of bytes that `data` gives when it is unpacked.

    Parameters
    ----------
    packing : {"blosc", "lz4", "zstd", "gzip", "zlib"}
        Name of the codec, as Zarr has it.
    data : bytes
        One chunk.
    most : int
        Where counting may stop: the first number beyond it is returned.

    Raises
    ------
    ValueError
        If the chunk is not packed so.

    Examples
    --------
    >>> unpacked_size("zlib", zlib.compress(bytes(10**6)), 10**7)
    1022712
    >>> unpacked_size("zlib", zlib.compress(bytes(10**6)), 1000) > 1000
    True
    """
    if packing == "blosc":
        return _number(data, 4, 4)
    if packing == "lz4":
        return _number(data, 0, 4)
    return _zstd(data) if packing == "zstd" else _deflate(data, most)


def _number(data: bytes, at: int, count: int) -> int:
    if len(data) < at + count:
        raise ValueError(f"a chunk of {len(data)} bytes is truncated")
    return int.from_bytes(data[at : at + count], "little")


def _deflate(data: bytes, most: int) -> int:
    if _DEFLATE * len(data) <= most:
        return _DEFLATE * len(data)
    total = 0
    while data and total <= most:
        member = zlib.decompressobj(zlib.MAX_WBITS | 32)  # whichever header it has
        try:
            while not member.eof and total <= most:
                piece = member.decompress(data, _PIECE)
                data = member.unconsumed_tail
                total += len(piece)
                if not piece and not data and not member.eof:
                    return total
        except zlib.error as error:
            raise ValueError(f"a chunk is not packed as declared: {error}") from error
        data = member.unused_data.lstrip(b"\0") if member.eof else data
    return total


def _zstd(data: bytes) -> int:
    """Add the sizes of the frames; of one that declares none, the most its blocks can hold."""
    at, total = 0, 0
    while at < len(data):
        start = _number(data, at, 4)
        if start & ~15 == _SKIPPED:
            at += 8 + _number(data, at + 4, 4)
            continue
        if start != _FRAME:
            raise ValueError("a chunk is not packed as declared: no frame of Zstandard")
        about = _number(data, at + 4, 1)
        single = about >> 5 & 1
        at += 6 - single + (0, 1, 2, 4)[about & 3]
        width = (single, 2, 4, 8)[about >> 6]
        declared = _number(data, at, width) + (256 if width == 2 else 0)
        at, blocks, last = at + width, 0, 0
        while not last:
            block = _number(data, at, 3)
            last, kind, size = block & 1, block >> 1 & 3, block >> 3
            at, blocks = at + 3 + (1 if kind == 1 else size), blocks + 1
        at += 4 * (about >> 2 & 1)  # a checksum
        total += declared if width else blocks * _BLOCK
    return total
