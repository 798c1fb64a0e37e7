"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_DRAFT = ".tmp"


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write `content` to a temporary name in the same folder, then rename it to `path`.

    Raises
    ------
    OSError
        When the folder cannot be written or the disk is full; the message names `path`.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    with _naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_DRAFT)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file in errors that lack it, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def remove_drafts(folders: Iterable[Path]) -> None:
    """Remove what `write_atomically` left in these folders when its process was killed."""
    for folder in folders:
        for path in folder.glob(f".*{_DRAFT}"):
            path.unlink(missing_ok=True)
