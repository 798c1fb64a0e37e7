"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_DRAFT = ".tmp"


@contextmanager
def written_whole(path: Path, *, durable: bool = False) -> Iterator[BinaryIO]:
    """Give a stream to a temporary name in the same folder, renamed to `path` after the block.

    Parameters
    ----------
    path : Path
        Its folder must be there.
    durable : bool
        Whether the content must have reached the disk before the file has its name.

    Raises
    ------
    OSError
        When the folder cannot be written or the disk is full; the message names `path`, and nothing
        is left.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_DRAFT}")
    with _naming(path):
        try:
            with draft.open("xb") as stream:
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
        os.chmod(stream.name, 0o644)  # whatever the umask: a site is there to be read


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file in errors that lack it, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def remove_drafts(folders: Iterable[Path]) -> None:
    """Remove what `written_whole` left in these folders when its process was killed."""
    for folder in folders:
        for path in folder.glob(f".*{_DRAFT}"):
            path.unlink(missing_ok=True)
