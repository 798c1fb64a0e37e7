"""Files of the press: content hashes, folders that are replaced as a whole, and the lock."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from w2s._command import UserError
from w2s._files import write_atomically


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
    from filelock import FileLock, Timeout  # slow to import

    path.parent.mkdir(parents=True, exist_ok=True)
    # A file of its own: where locks are mandatory, as on Windows, nobody else reads a locked one.
    holder = path.with_suffix(".pid")
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        known = holder.read_text(encoding="utf-8").strip() if holder.is_file() else ""
        raise UserError(
            f"another press (process {known or 'unknown'}) is at work in this checkout; "
            f"wait for it or stop it (lock {path})"
        ) from None
    try:
        write_atomically(holder, f"{os.getpid()}\n")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
