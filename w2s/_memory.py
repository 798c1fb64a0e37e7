"""A limit on the memory that a run may take, so that no file can take a machine with it.

`limited` has the kernel keep it where there is one that does (Linux); everywhere `require` looks at
what a shape asks for before it is set aside.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

SHARE = 75  # per cent of the machine's memory
_LEAST = 256 << 20  # bytes; libraries that are loaded on the way take some
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(%|([KMGT]?)(?:i?B)?)", re.IGNORECASE)
# Where a hierarchy of control groups lies, and the file of a limit, by the way the system lists it.
_GROUPS = {"": ("/sys/fs/cgroup", "memory.max"),
           "memory": ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")}  # fmt: skip

_allowed: ContextVar[int | None] = ContextVar("_allowed", default=None)


@contextmanager
def limited(most: int | None) -> Iterator[None]:
    """Let a block take at most so many bytes beyond those that its process has; None: any number.

    On Linux the kernel refuses more, to this process and to each that it starts (`MemoryError`).
    Elsewhere, only `require` does.
    """
    token = _allowed.set(most)
    try:
        with _kept_by_the_kernel(most):
            yield
    finally:
        _allowed.reset(token)


def require(what: str, size: int) -> None:
    """Refuse what would take more bytes than `limited` allows.

    Raises
    ------
    ValueError
        If it would.

    Examples
    --------
    >>> with limited(1 << 30):
    ...     require("a table of 10 columns", 1 << 20)
    ...     require("a table of 10^6 columns", 1 << 40)
    Traceback (most recent call last):
    ValueError: a table of 10^6 columns would take 1.0 TiB of memory, only 1.0 GiB is allowed
    """
    most = _allowed.get()
    if most is not None and size > most:
        words = f"would take {shown(size)} of memory, only {shown(most)} is allowed"
        raise ValueError(f"{what} {words}")


def memory(text: str) -> int:
    """Read an amount of memory: ``4G``, ``500 MiB``, ``50%`` of the machine's.

    Units are powers of 1024, as the kernel counts.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none, too little to begin with, or a share where the whole is not known.

    Examples
    --------
    >>> memory("1.5G") == 3 << 29
    True
    """
    found = _SIZE.fullmatch(text.replace(" ", ""))
    if found is None:
        raise argparse.ArgumentTypeError(f"must be a size such as 4G or 50%, got {text!r}")
    number = float(found[1])
    if found[2] == "%":
        whole = machine()
        if whole is None:
            raise argparse.ArgumentTypeError("the machine's memory is not known here: give a size")
        if number > 100:
            raise argparse.ArgumentTypeError(f"must be at most 100%, got {text!r}")
        size = int(whole * number / 100)
    else:
        size = int(number * 2 ** _UNITS[found[3].upper()])
    if size < _LEAST:
        raise argparse.ArgumentTypeError(f"must be at least {shown(_LEAST)}, got {text!r}")
    return size


def default() -> int | None:
    """Return the limit without a word of the user: a share of the machine's memory, if known."""
    whole = machine()
    return None if whole is None else max(_LEAST, whole * SHARE // 100)


def machine() -> int | None:
    """Return the bytes of memory that this process could have; None where they are not told.

    That of the machine, or what a container or a job system grants of it.
    """
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return min([total, *_granted()])


def shown(size: int) -> str:
    """Return a number of bytes in the unit that suits it.

    Examples
    --------
    >>> shown(3 << 29), shown(10**18)
    ('1.5 GiB', '909494.7 TiB')
    """
    for power, unit in ((40, "TiB"), (30, "GiB"), (20, "MiB")):
        if size >= 1 << power:
            return f"{size / 2**power:.1f} {unit}"
    return f"{size} bytes"


def short(error: BaseException | None) -> bool:
    """Whether an error, or what led to it, is a lack of memory."""
    seen = 0
    while error is not None and seen < 20:
        if isinstance(error, MemoryError) or "can't start new thread" in str(error):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def _granted() -> Iterator[int]:
    """Yield the limits of the control groups of this process."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for kinds, path in (line.split(":", 2)[1:] for line in lines if line.count(":") > 1):
        for root, name in (_GROUPS[kind] for kind in kinds.split(",") if kind in _GROUPS):
            below = Path(root) / path.lstrip("/")
            for folder in (below, *below.parents):
                if folder.is_relative_to(root):
                    yield from _number_in(folder / name)


def _number_in(path: Path) -> Iterator[int]:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError:
        return
    if text.isdecimal() and int(text):
        yield int(text)


@contextmanager
def _kept_by_the_kernel(most: int | None) -> Iterator[None]:
    taken = None if most is None else _taken()
    try:
        import resource
    except ImportError:  # not of POSIX
        taken = None
    if most is None or taken is None:
        yield
        return
    soft, hard = before = resource.getrlimit(resource.RLIMIT_DATA)
    known = [limit for limit in before if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([taken + most, *known]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _taken() -> int | None:
    """Return the bytes that the kernel counts against the limit; None where it keeps none.

    Others than Linux do not count what comes from mmap, and so nearly nothing of ours.
    """
    if sys.platform != "linux":
        return None
    try:
        about = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^VmData:\s*(\d+) kB", about, re.MULTILINE)
    return None if found is None else int(found[1]) << 10
