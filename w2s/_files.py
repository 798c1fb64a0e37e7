"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_DRAFT = ".w2s.tmp"
_LEFT = re.compile(r"\..+\.[0-9a-f]{16}" + re.escape(_DRAFT))


@contextmanager
def written_whole(path: Path, *, durable: bool = False) -> Iterator[BinaryIO]:
    """Give a stream to a temporary name in the same folder, renamed to `path` after the block.

    The name cannot be guessed and the file is new, so that nothing is written through a link that
    a neighbour laid. Permissions are those of the file that it replaces, else as the umask says.

    Parameters
    ----------
    path : Path
        Its folder must be there.
    durable : bool
        Whether the content must have reached the disk before the file has its name.

    Raises
    ------
    OSError
        When `path` is a link, a pipe or a device, the folder cannot be written or the disk is full;
        the message names `path`, and nothing is left.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_DRAFT}")
    with _naming(path):
        if what := not_plain(path):
            raise FileExistsError(errno.EEXIST, f"it is {what}, not a plain file")
        try:
            with draft.open("xb") as stream:
                if path.exists():
                    os.chmod(draft, stat.S_IMODE(path.stat().st_mode) & 0o777)
                yield stream
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())
            os.replace(draft, path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def write_atomically(path: Path, content: str | bytes, *, durable: bool = False) -> None:
    """Write `content` as `written_whole` does; the folder is made if it is not there.

    Raises
    ------
    OSError
        As `written_whole`.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    with _naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path, durable=durable) as stream:
        stream.write(data)


def not_plain(path: Path) -> str:
    """Say what stands at a path where a file may not be written, in no words if it may.

    Examples
    --------
    >>> not_plain(Path("/dev/null"))
    'a device'
    >>> not_plain(Path("no such file"))
    ''
    """
    try:
        mode = path.lstat().st_mode
    except OSError:  # whatever else is wrong with it shows when it is written
        return ""
    kinds = {stat.S_IFREG: "", stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder",
             stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}  # fmt: skip
    return kinds.get(stat.S_IFMT(mode), "a device")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file in errors that lack it, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def remove_drafts(folders: Iterable[Path]) -> None:
    """Remove what `written_whole` left in these folders when its process was killed."""
    for path in (path for folder in folders for path in folder.glob(f".*{_DRAFT}")):
        if _LEFT.fullmatch(path.name):
            path.unlink(missing_ok=True)
