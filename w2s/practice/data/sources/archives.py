"""Wheels, source distributions, npm tarballs and Debian packages, read by Python's own modules.

Nothing is written here, and no name in an archive decides where anything is written.
"""

from __future__ import annotations

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, NamedTuple

_CHUNK = 1 << 20
_AR = b"!<arch>\n"
_AR_HEADER = 60  # bytes: a name of 16, times and owners, ten digits of size, an end of two
# Whatever Python's readers raise on a damaged archive; OSError includes that of gzip.
_FAULTS = (
    OSError, EOFError, ValueError, RuntimeError, tarfile.TarError, zipfile.BadZipFile, zlib.error,
    lzma.LZMAError,
)  # fmt: skip


class Entry(NamedTuple):
    """What an archive says of one path: its size, whether it is a plain file, how to open it."""

    size: int
    plain: bool
    open: Callable[[], IO[bytes]]


class Archive:
    """An open archive; a path in it may go on inside an archive that it holds.

    Parameters
    ----------
    path : Path
        A wheel (zip), a tarball of any compression of Python's, or a Debian package (ar).

    Raises
    ------
    ValueError
        If it cannot be read, one of its paths is absolute or has ``..``, or occurs twice.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._held = ExitStack()
        self._entries: dict[str, dict[str, Entry]] = {}
        try:
            with _damaged(self.name):
                self._list("", self._held.enter_context(path.open("rb")))
        except BaseException:
            self._held.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()

    def read(self, path: str, size: int) -> Iterator[bytes]:
        """Yield the content of a plain file in pieces.

        Parameters
        ----------
        path : str
            Parts joined by ``/``; what follows the path of an archive is looked for inside it.
        size : int
            Number of bytes that the file must have.

        Raises
        ------
        ValueError
            If there is no such path, it is a link or anything else than a file, its size is
            another, or its content cannot be read.
        """
        with _damaged(self.name):
            entry = self._find(path)
            if not entry.plain:
                raise ValueError(f"{path} is no plain file")
            if entry.size != size:
                raise ValueError(f"{path} has {entry.size} bytes instead of {size}")
            stream = entry.open()
        with stream:
            while True:
                with _damaged(self.name):
                    chunk = stream.read(_CHUNK)
                if not chunk:
                    return
                yield chunk

    def _find(self, path: str) -> Entry:
        entries, rest, before = self._entries[""], path, ""
        while rest not in entries:
            around = [name for name in entries if rest.startswith(f"{name}/")]
            outer = next((name for name in around if entries[name].plain), None)
            if outer is None:
                raise ValueError(f"it has no {path}")
            before, rest = f"{before}{outer}/", rest[len(outer) + 1 :]
            if before not in self._entries:
                self._list(before, self._held.enter_context(entries[outer].open()))
            entries = self._entries[before]
        return entries[rest]

    def _list(self, key: str, stream: IO[bytes]) -> None:
        """Note the entries of an archive under the path that leads into it."""
        head = stream.read(len(_AR))
        stream.seek(0)
        if head == _AR:
            stream = _data_of_deb(stream)
        listed = _zip(stream, self._held) if head[:2] == b"PK" else _tar(stream, self._held)
        found: dict[str, Entry] = {}
        for name, entry in listed:
            parts = PurePosixPath(name.replace("\\", "/"))
            if parts.is_absolute() or ".." in parts.parts:
                raise ValueError(f"its path {name!r} leads out of it")
            if str(parts) in found:
                raise ValueError(f"it holds {name} twice")
            found[str(parts)] = entry
        self._entries[key] = found


@contextmanager
def _damaged(name: str) -> Iterator[None]:
    """Say in one line which archive cannot be read, and why."""
    try:
        yield
    except _FAULTS as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ValueError(f"{name} cannot be used: {reason}") from error


def _zip(stream: IO[bytes], held: ExitStack) -> Iterator[tuple[str, Entry]]:
    file = held.enter_context(zipfile.ZipFile(stream))
    for one in file.infolist():
        kind = stat.S_IFMT(one.external_attr >> 16)  # 0 where no system wrote it down
        plain = not one.is_dir() and kind in (0, stat.S_IFREG)
        yield one.filename, Entry(one.file_size, plain, partial(file.open, one))


def _tar(stream: IO[bytes], held: ExitStack) -> Iterator[tuple[str, Entry]]:
    file = held.enter_context(tarfile.open(fileobj=stream, mode="r:*"))

    def opener(one: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
        def opened() -> IO[bytes]:
            found = file.extractfile(one)
            if found is None:
                raise ValueError(f"{one.name} is no plain file")
            return found

        return opened

    for one in file.getmembers():
        yield one.name, Entry(one.size, one.isreg(), opener(one))


def _data_of_deb(stream: IO[bytes]) -> IO[bytes]:
    """Return the tarball ``data.tar.*`` of a Debian package, which is an ar archive."""
    stream.seek(len(_AR))
    found: list[bytes] = []
    while header := stream.read(_AR_HEADER):
        if len(header) < _AR_HEADER or header[-2:] != b"`\n":
            raise ValueError("it ends within the header of a part")
        size = int(header[48:58])
        if size < 0:
            raise ValueError(f"it declares a part of {size} bytes")
        if header[:16].startswith(b"data.tar"):
            found.append(stream.read(size))
            if len(found[-1]) < size:
                raise ValueError(f"its data have {len(found[-1])} bytes instead of {size}")
            stream.seek(size % 2, 1)
        else:
            stream.seek(size + size % 2, 1)
    if len(found) != 1:
        raise ValueError(f"it holds data.tar {len(found)} times instead of once")
    return BytesIO(found[0])
