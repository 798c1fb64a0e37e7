"""Files that are no tables here: what they are, and how to turn them into one."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, NoReturn


class _Kind(NamedTuple):
    """How the files of a kind begin or end, what they are, and what to do with them."""

    starts: tuple[bytes, ...]
    suffixes: tuple[str, ...]
    what: str
    remedy: str


_TORCH = (
    "a file of torch.save, a pickle, which is not read because it can run code: convert it in "
    "Python by numpy.save({new!r}, torch.load({old!r}, weights_only=True).float().numpy()), with "
    "the tensor's name in brackets after torch.load(…) if it holds several"
)
_PICKLE = (
    "a Python pickle, which is not read because it can run code: load it where it was written and "
    "convert it by numpy.save({new!r}, numpy.asarray(…))"
)
_PICKLED_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"  # the magic number before 1.6
_KINDS = (
    _Kind((_PICKLED_TORCH,), (".pt", ".pth"), _TORCH, ""),
    _Kind(
        tuple(bytes([0x80, version]) for version in range(2, 6)),
        (".pkl", ".pickle", ".joblib"),
        _PICKLE,
        "",
    ),
    _Kind((b"\x1f\x8b",), (".gz",), "packed by gzip", "unpack it first"),
    _Kind((b"\x28\xb5\x2f\xfd",), (".zst",), "packed by zstd", "unpack it first"),
    _Kind((b"BZh",), (".bz2",), "packed by bzip2", "unpack it first"),
    _Kind((b"\xfd7zXZ\0",), (".xz",), "packed by xz", "unpack it first"),
    _Kind((b"MATLAB 5.0",), (".mat",), "a file of MATLAB", "numpy.save(…, scipy.io.loadmat(…)[…])"),
    _Kind((b"FEA1",), (), "a Feather file of version 1", "write it as Parquet"),
    _Kind((b"ORC",), (".orc",), "an ORC file", "write it as Parquet"),
    _Kind((b"SQLite format 3",), (".sqlite", ".db"), "a database", "write a table as Parquet"),
    _Kind((b"\xff\xfe", b"\xfe\xff"), (), "text in UTF-16", "write it in UTF-8"),
    _Kind((), (".json", ".jsonl", ".ndjson"), "JSON", "write its numbers as Parquet or .npy"),
    _Kind((), (".xls",), "a spreadsheet", "save it as CSV"),
)


def refuse_special(path: Path) -> None:
    """Refuse pipes, devices and sockets, which have no size and can be read only once.

    Raises
    ------
    ValueError
        If `path` is one of them. They are not opened: that could wait forever.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # told when it is opened
    kinds = {"a pipe": stat.S_ISFIFO, "a device": stat.S_ISCHR, "a socket": stat.S_ISSOCK}
    kinds["a block device"] = stat.S_ISBLK
    for what, test in kinds.items():
        if test(mode):
            raise ValueError(
                f"{path} is {what}, which cannot be read twice: write its content to a file first"
            )


def refuse_archive(path: Path) -> None:
    """Refuse zip archives of others: those of torch.save, and spreadsheets.

    Raises
    ------
    ValueError
        If `path` is one of them, or no zip archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except Exception as error:  # zipfile has several for damage
        torch = path.suffix.lower() in (".pt", ".pth")
        what = _said(path, _TORCH) if torch else f"cannot be read: {error}"
        raise ValueError(f"{path} {what}") from error
    if any(name.endswith(("/data.pkl", "/constants.pkl")) for name in names):
        raise ValueError(f"{path} {_said(path, _TORCH)}")
    if "[Content_Types].xml" in names:
        raise ValueError(f"{path} is a spreadsheet or a document: save it as CSV")


def refuse_foreign(path: Path, start: bytes) -> NoReturn:
    """Refuse a file that no reader knows, and say what it is if that is known.

    Raises
    ------
    ValueError
        Always.
    """
    name = path.name.lower()
    for kind in (*_of_start(start), *(one for one in _KINDS if name.endswith(one.suffixes or "?"))):
        raise ValueError(f"{path} {_said(path, kind.what)}{': ' * bool(kind.remedy)}{kind.remedy}")
    if not start:
        raise ValueError(f"{path} is empty")
    raise ValueError(
        f"{path} is no table that can be read: expected .npy, .npz, .safetensors, Parquet, Arrow, "
        f"HDF5, .csv, .tsv, or a folder of these or of Zarr; it begins with {start[:8]!r}"
    )


def _of_start(start: bytes) -> Iterable[_Kind]:
    return (kind for kind in _KINDS if start.startswith(kind.starts))


def _said(path: Path, what: str) -> str:
    return "is " + what.format(new=str(path.with_suffix(".npy")), old=str(path))
