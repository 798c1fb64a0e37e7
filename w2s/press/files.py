"""Files of the press: errors for the user, atomic writes, content hashes and the lock."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_DRAFT = ".tmp"


class UserError(Exception):
    """Something the user gave cannot be used; the message is one line and names it."""


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


def write_if_changed(path: Path, content: str) -> None:
    """Write `content` atomically unless `path` already holds it."""
    if not path.is_file() or path.read_bytes() != content.encode("utf-8"):
        write_atomically(path, content)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as deterministic JSON, atomically."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
    write_atomically(path, text + "\n")


def digest(path: Path) -> str | None:
    """Return the SHA-256 of a file's bytes, or None when there is no such file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def replace_folder(new: Path, final: Path) -> None:
    """Put the folder `new` in the place of `final`, which is intact until then."""
    restore_folder(final)
    old = _old(final)
    shutil.rmtree(old, ignore_errors=True)
    final.parent.mkdir(parents=True, exist_ok=True)
    if final.exists():
        os.replace(final, old)
    try:
        os.replace(new, final)
    except OSError:
        if old.exists():
            os.replace(old, final)
        raise
    shutil.rmtree(old, ignore_errors=True)


def restore_folder(final: Path) -> None:
    """Put a folder back that a killed `replace_folder` had moved away, and not yet replaced."""
    if _old(final).exists() and not final.exists():
        os.replace(_old(final), final)


def _old(final: Path) -> Path:
    return final.with_name(f".{final.name}.old")


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock of a checkout, so that two presses do not write the same files.

    Raises
    ------
    UserError
        When another process holds it; the message names that process. A lock that a killed
        process left behind holds nobody up.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            holder = stream.read().strip() or "unknown"
            raise UserError(
                f"another press (process {holder}) is at work in this checkout; "
                f"wait for it or stop it (lock {path})"
            ) from None
        stream.seek(0)
        stream.truncate()
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        try:
            yield
        finally:
            stream.seek(0)
            stream.truncate()
