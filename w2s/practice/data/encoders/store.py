"""A matrix that grows on disk block by block and survives being killed.

The values go to ``<name>.npy.part``; after they have reached the disk, a small marker says how
many rows are there and what their SHA-256 is. A later run trusts the marker only if the same
description and the same digest hold; else it starts over. The last step renames the file.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from w2s._files import write_atomically, written_whole
from w2s._optional import extra

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class TooLittleRoom(OSError):
    """The disk cannot hold what is about to be written."""


def check_room(target: Path, need: int) -> None:
    """Refuse to begin what the disk cannot hold; a partial file of `target` is room, too.

    Parameters
    ----------
    target : Path
        What will be written; its folder must be there.
    need : int
        Bytes.

    Raises
    ------
    TooLittleRoom
        If there are fewer bytes; the message says how many are needed and free.
    """
    try:
        part = target.with_name(f"{target.name}.part").stat()
        held = getattr(part, "st_blocks", part.st_size // 512) * 512
    except OSError:
        held = 0
    free = shutil.disk_usage(target.parent).free + held
    if need > free:
        sizes = f"{_size(need)} are needed, {_size(free)} are free"
        raise TooLittleRoom(errno.ENOSPC, f"too little room for {target}: {sizes}")


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count} bytes"


class GrowingMatrix:
    """Rows that are written in order to an open partial file; see `growing`."""

    def __init__(self, target: Path, file: BinaryIO, rows: int, description: Mapping[str, Any]):
        self.target, self._file, self._rows = target, file, rows
        self._description = dict(description)
        self._marker = target.with_name(f"{target.stem}.progress.json")
        self._sum = hashlib.sha256()
        self._header, self._dtype, self._width = b"", np.dtype(np.float32), 0
        self.done = self._resume()

    def _resume(self) -> int:
        """Rows of an earlier run that can be believed."""
        try:
            marker = json.loads(self._marker.read_text(encoding="utf-8"))
            if marker["description"] != self._description:
                return 0
            done, self._width = int(marker["done"]), int(marker["width"])
            dtype = np.dtype(str(marker["dtype"]))
            if not 0 < done <= self._rows or self._width < 1 or dtype.kind != "f":
                return 0
            self._set_header(dtype)
            self._file.seek(0)
            left = done * self._width * self._dtype.itemsize
            if self._file.read(len(self._header)) != self._header:
                return 0
            while left > 0 and (chunk := self._file.read(min(left, 1 << 20))):
                self._sum.update(chunk)
                left -= len(chunk)
            if not left and self._sum.hexdigest() == marker["sha256"]:
                return done
        except (OSError, LookupError, TypeError, ValueError, ArithmeticError, RecursionError):
            pass  # whatever a marker says that is not one
        self._sum = hashlib.sha256()
        return 0

    def _set_header(self, dtype: np.dtype[Any]) -> None:
        self._dtype, head = dtype, BytesIO()
        shape = {"descr": dtype.str, "fortran_order": False, "shape": (self._rows, self._width)}
        np.lib.format.write_array_header_1_0(head, shape)
        self._header = head.getvalue()

    def append(self, block: NDArray[Any]) -> None:
        """Write the next rows, and the marker after they have reached the disk.

        Raises
        ------
        ValueError
            If width or type differ from the first block's.
        OSError
            If the disk is full, or any other failure of writing.
        """
        if not self.done:
            self._width = block.shape[1]
            self._set_header(block.dtype)
            self._begin()
        if block.shape[1] != self._width or block.dtype != self._dtype:
            first, now = f"{self._dtype} {self._width}", f"{block.dtype} {block.shape[1]}"
            raise ValueError(f"features changed from {first} to {now} at row {self.done}")
        content = np.ascontiguousarray(block).tobytes()
        self._file.seek(len(self._header) + self.done * self._width * self._dtype.itemsize)
        self._file.write(content)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._sum.update(content)
        self.done += len(block)
        marker = {
            "description": self._description, "done": self.done, "width": self._width,
            "dtype": self._dtype.str, "sha256": self._sum.hexdigest(),
        }  # fmt: skip
        write_atomically(self._marker, json.dumps(marker), durable=True)

    def _begin(self) -> None:
        """Start over with a file of the final size, so that a full disk is seen now, not later."""
        self._marker.unlink(missing_ok=True)
        self._file.truncate(0)
        self._file.seek(0)
        total = len(self._header) + self._rows * self._width * self._dtype.itemsize
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self._file.fileno(), 0, total)
        except OSError as error:  # some file systems cannot: then writing will tell
            if error.errno in _FULL:
                raise
        self._file.write(self._header)

    def finish(self, ids: NDArray[Any], about: Mapping[str, Any]) -> None:
        """Write ids and `about` beside the matrix, then give it its name.

        Raises
        ------
        OSError
            If the disk is full, or any other failure of writing.
        """
        beside = self.target.with_name(f"{self.target.stem}.ids.npy")
        with written_whole(beside, durable=True) as table:
            np.save(table, ids, allow_pickle=False)
        text = json.dumps({**about, "sha256": self._sum.hexdigest()}, indent=1)
        write_atomically(self.target.with_name(f"{self.target.stem}.json"), text, durable=True)
        self._file.close()  # Windows renames no open file
        os.replace(self._file.name, self.target)
        self._marker.unlink(missing_ok=True)
        _sync_folder(self.target.parent)


@contextmanager
def growing(target: Path, rows: int, description: Mapping[str, Any]) -> Iterator[GrowingMatrix]:
    """Open the partial file of `target`, alone, and continue where it can be believed.

    Raises
    ------
    ValueError
        If another process is writing it.
    OSError
        If the disk is full; what can be believed of the partial file stays for a later run.
    """
    part = target.with_name(f"{target.name}.part")
    with _alone(part):
        if target.exists():
            raise ValueError(f"another process has just finished {target}: run again")
        with open(part, "a+b"):
            pass
        with part.open("r+b") as file:
            matrix = GrowingMatrix(target, file, rows, description)
            try:
                yield matrix
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                if not matrix.done:
                    file.close()  # as above
                    part.unlink(missing_ok=True)
                if isinstance(error, TooLittleRoom):
                    raise
                kept = f"its first {matrix.done} rows are kept, run again to continue"
                words = kept if matrix.done else "nothing is left of it"
                raise OSError(error.errno, f"no space left to write {target}; {words}") from error


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Hold the lock of a partial file, in a file beside it that goes with the lock."""
    filelock = extra("filelock", "vision")
    beside = part.with_suffix(".lock")
    try:
        with filelock.FileLock(beside, blocking=False):
            try:
                yield
            finally:
                # While it is held: a file that another process has locked meanwhile must stay.
                with suppress(OSError):  # Windows lets nobody remove an open file
                    beside.unlink()
    except filelock.Timeout as error:
        raise ValueError(f"another process is writing {part}") from error


def _sync_folder(folder: Path) -> None:
    """Let a new name reach the disk, where folders can be opened: not on Windows."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
