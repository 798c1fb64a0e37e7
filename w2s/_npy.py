"""Arrays in ``.npy`` and ``.npz`` files, read without trust.

No Python object is unpickled, and no memory is set aside before it is known that the file holds
the values that its header declares.
"""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Collection
from contextlib import nullcontext
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from w2s._memory import require

_LONGEST_HEADER = 1 << 16  # bytes; that of a matrix has 118
_CHUNK = 1 << 22
_LENGTH_BYTES = {1: 2, 2: 4, 3: 4}  # of the header's length, by version of the format
PACKED, FREE = 100, 64 << 20  # what is packed may be so many times larger, and has so many bytes


def header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read shape, order and type; the stream stands at the values then.

    Returns
    -------
    shape : tuple of int
    fortran : bool
        Whether columns come first.
    dtype : data type
        Of numbers or texts.

    Raises
    ------
    ValueError
        If this is no such header, or the values are Python objects or records.
    """
    magic = stream.read(8)
    if len(magic) < 8 or magic[:6] != b"\x93NUMPY" or magic[6] not in _LENGTH_BYTES:
        raise ValueError(f"it is no .npy file, it begins with {magic[:6]!r}")
    count = stream.read(_LENGTH_BYTES[magic[6]])
    length = int.from_bytes(count, "little")
    if length > _LONGEST_HEADER:
        raise ValueError(f"its header has {length} bytes")
    head = BytesIO(count + stream.read(length))
    form = np.lib.format
    read = form.read_array_header_1_0 if magic[6] == 1 else form.read_array_header_2_0
    try:
        shape, fortran, dtype = read(head)
    except Exception as error:  # a hostile text can make the parser fail in any way
        raise ValueError(f"its header cannot be read: {_first_line(error)}") from error
    if dtype.hasobject:
        raise ValueError("must hold real numbers, got object (not read: allow_pickle=False)")
    if dtype.kind not in "biufcSUmM" or not dtype.itemsize or min(shape, default=0) < 0:
        brain = ", perhaps bfloat16: save it as float32" if dtype == np.dtype("V2") else ""
        raise ValueError(f"it must hold numbers or texts, got {dtype} {shape}{brain}")
    return shape, fortran, dtype


def whole_header(stream: IO[bytes], size: int) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read the header of an array that fills the `size` bytes of a stream; see `header`.

    Raises
    ------
    ValueError
        As `header`, or if the values are not as many bytes as the header declares.
    """
    shape, fortran, dtype = header(stream)
    need, held = math.prod(shape) * dtype.itemsize, size - stream.tell()
    if need != held:
        what = "truncated" if held < need else "not one array"
        raise ValueError(f"it is {what}: its header means {need} bytes, it has {held}")
    return shape, fortran, dtype


def values(stream: IO[bytes], size: int) -> NDArray[Any]:
    """Read an array in the ``.npy`` format that fills the `size` bytes of a stream.

    Raises
    ------
    ValueError
        As `whole_header`.
    """
    shape, fortran, dtype = whole_header(stream, size)
    need = math.prod(shape) * dtype.itemsize
    require(f"an array of shape {shape}", need)
    content = np.empty(need, dtype=np.uint8)
    into, done = cast(BufferedIOBase, stream).readinto, 0
    while done < need:
        count = into(content.data[done : done + _CHUNK])
        if not count:
            raise ValueError("it is truncated")
        done += count
    flat = content.view(dtype)
    return flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)


def read_npy(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Return the array of a ``.npy`` file; errors as `values`.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with Path(path).open("rb") as file:
        return values(file, os.fstat(file.fileno()).st_size)


def read_npz(
    file: str | os.PathLike[str] | IO[bytes], names: Collection[str] | None = None
) -> dict[str, NDArray[Any]]:
    """Return arrays of an ``.npz`` archive: all, or those called `names`.

    Raises
    ------
    ValueError
        If it is no archive or damaged, an array is missing, there are two of one name, or as
        `values`.
    OSError
        If it cannot be read.
    """
    opened = Path(file).open("rb") if isinstance(file, (str, os.PathLike)) else nullcontext(file)
    with opened as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                there = members(archive)
                lacking = [name for name in names or () if name not in there]
                if lacking:
                    raise ValueError(f"it has no array {lacking[0]!r}, only {', '.join(there)}")
                return {name: member(archive, there[name]) for name in names or there}
        except MemoryError:
            raise
        except Exception as error:  # zipfile and the packers have their own
            if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
                raise
            raise ValueError(_first_line(error)) from error


def members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the members of an ``.npz`` archive by the name of their array.

    Raises
    ------
    ValueError
        If two have one name, or one is packed by anything but deflate, as NumPy packs: other
        packers give gigabytes for a kilobyte, in one piece.
    """
    found: dict[str, zipfile.ZipInfo] = {}
    for one in archive.infolist():
        name = one.filename.removesuffix(".npy")
        if name in found:
            raise ValueError(f"it has two arrays {name!r}")
        if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{name!r} is packed by another method than NumPy's (deflate)")
        found[name] = one
    return found


def member(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> NDArray[Any]:
    """Return the array of a member of an archive; errors as `values`."""
    refuse_bomb(one.file_size, one.compress_size)
    with archive.open(one) as stream:
        try:
            return values(stream, one.file_size)
        except ValueError as error:
            raise ValueError(f"{one.filename}: {error}") from error


def refuse_bomb(declared: int, held: int, most: int = PACKED) -> None:
    """Refuse `declared` bytes where `held` bytes, packed at most so many times, cannot give them.

    Raises
    ------
    ValueError
        If they cannot.

    Examples
    --------
    >>> refuse_bomb(10**15, 4000)
    Traceback (most recent call last):
    ValueError: 1000000000000000 bytes are declared by only 4000 bytes: store them less packed
    """
    if declared > FREE + most * held:
        raise ValueError(
            f"{declared} bytes are declared by only {held} bytes: store them less packed"
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
