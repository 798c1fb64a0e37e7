"""The archives of the packages in the table, unpacked and checked."""

from __future__ import annotations

import glob
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from w2s._checks import one_of
from w2s._files import remove_drafts, written_whole
from w2s._optional import extra
from w2s.practice.data.sources.archives import Archive
from w2s.practice.data.sources.table import PACKAGES, Member, Package

__all__ = ["PACKAGES", "Member", "Package", "Unpacked", "every_member", "member", "unpack"]


class Unpacked(NamedTuple):
    """Packages whose members are all there, and those that lack one, each with the reason."""

    there: list[str]
    lacking: list[tuple[str, str]]


def unpack(
    archives: Path, members: Path, progress: Callable[[int, int], None] | None = None
) -> Unpacked:
    """Unpack what is used of the archives to ``members/<package>/<key>``, checked and whole.

    A member that is there with its size and SHA-256 is left as it is, so that an interrupted run
    is continued and a finished one costs only the reading. Processes wait for each other.

    Parameters
    ----------
    archives : Path
        Folder with the archives as the clients of the registries name them.
    members : Path
        Folder for the members; made if it is not there.
    progress : callable, optional
        Called with the number of bytes written and to be written.

    Returns
    -------
    Unpacked
        What is there, and what is not, with one line of reason each.

    Raises
    ------
    ValueError
        If the disk has too little room, or filelock is not installed and there is something to do.
    OSError
        If a member cannot be written.
    """
    if any(_missing(members, package) for package in PACKAGES.values()):
        members.mkdir(parents=True, exist_ok=True)
        with extra("filelock", "vision").FileLock(members / ".lock"):
            return _unpack(archives, members, progress or (lambda done, total: None))
    return Unpacked(list(PACKAGES), [])


def member(members: Path, package: str, key: str) -> Path:
    """Return the path of an unpacked member, after its size and SHA-256 were checked again.

    Parameters
    ----------
    members : Path
        Folder that `unpack` filled.
    package, key : str
        A name in `PACKAGES` and one of its members.

    Raises
    ------
    ValueError
        If the member is missing or changed; the line names the package and the command for it.
    """
    source = PACKAGES[one_of("package", package, tuple(PACKAGES))]
    wanted = source.members[one_of("key", key, tuple(source.members))]
    path = members / package / key
    if wrong := _wrong(path, wanted):
        raise source.fault(f"{path} {wrong}")
    return path


def every_member(members: Path, package: str) -> list[Path]:
    """Return the paths of all members of a package, in the order of the table; see `member`."""
    name = one_of("package", package, tuple(PACKAGES))
    return [member(members, name, key) for key in PACKAGES[name].members]


def _unpack(archives: Path, members: Path, tell: Callable[[int, int], None]) -> Unpacked:
    remove_drafts(members / name for name in PACKAGES)  # of a process that was killed
    todo = {name: _missing(members, package) for name, package in PACKAGES.items()}
    sizes = {
        name: sum(PACKAGES[name].members[key].size for key in keys)
        for name, keys in todo.items()
        if (archives / PACKAGES[name].archive).is_file()
    }
    _room(members, sum(sizes.values()))
    count = _Count(sum(sizes.values()), tell)
    result = Unpacked([], [])
    for name, keys in todo.items():
        try:
            _unpack_package(archives, members, PACKAGES[name], keys, count)
        except ValueError as error:
            result.lacking.append((name, str(error)))
        else:
            result.there.append(name)
    return result


class _Count:
    """Bytes written so far, told after every piece."""

    def __init__(self, total: int, tell: Callable[[int, int], None]) -> None:
        self.done, self.total, self.tell = 0, total, tell

    def add(self, size: int) -> None:
        self.done += size
        self.tell(self.done, self.total)


def _unpack_package(
    archives: Path, members: Path, package: Package, keys: list[str], count: _Count
) -> None:
    if not keys:
        return
    path = archives / package.archive
    if not path.is_file():
        raise package.fault(f"no {package.archive} in {archives}{_others(archives, package)}")
    (members / package.name).mkdir(exist_ok=True)
    with _as_fault(package), Archive(path) as archive:
        for key in keys:
            _write(archive, package.members[key], members / package.name / key, count)


@contextmanager
def _as_fault(package: Package) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise package.fault(str(error)) from error


def _write(archive: Archive, wanted: Member, target: Path, count: _Count) -> None:
    digest = hashlib.sha256()
    with written_whole(target, durable=True) as stream:
        for chunk in archive.read(wanted.path, wanted.size):
            digest.update(chunk)
            stream.write(chunk)
            count.add(len(chunk))
        if digest.hexdigest() != wanted.sha256:
            raise ValueError(f"{archive.name} holds another {wanted.path}: its SHA-256 differs")


def _missing(members: Path, package: Package) -> list[str]:
    """Keys of the members that are not there as they should be."""
    folder = members / package.name
    return [key for key, wanted in package.members.items() if _wrong(folder / key, wanted)]


def _wrong(path: Path, wanted: Member) -> str:
    """Say what is wrong with an unpacked file, in no words if nothing."""
    if not path.is_file():
        return "is missing"
    if (size := path.stat().st_size) != wanted.size:
        return f"has {size} bytes instead of {wanted.size}"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return "" if digest == wanted.sha256 else "was changed: its SHA-256 differs"


def _others(archives: Path, package: Package) -> str:
    """Say which other archives of a package, mostly of another version, are there instead."""
    stem, version, _ = package.archive.partition(package.version)
    found = sorted(path.name for path in archives.glob(f"{glob.escape(stem)}[0-9]*"))
    return f", only {', '.join(found)}" if version and found else ""


def _room(members: Path, needed: int) -> None:
    free = shutil.disk_usage(members).free
    if needed > free:
        sizes = f"needs {needed / 1e6:.0f} MB, there are {free / 1e6:.0f} MB"
        raise ValueError(f"too little room on the disk of {members}: unpacking {sizes}")
