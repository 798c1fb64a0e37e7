"""The installed wheel, not the checkout: built, put into a fresh environment, and used.

The wheel and the source distribution are built without a network. The wheel is installed alone
into a fresh environment that borrows the packages of this one, and `w2s diagnose` must print there
the same JSON as in the checkout. A wheel built from the source distribution must be the same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from press.distributions import build

ROOT = Path(__file__).resolve().parents[1]
SAFELY = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # CPython 3.11.4 or newer
DIAGNOSE = (
    "diagnose", "--weak", "weak.npy", "--strong", "strong.npy", "--labels", "labels.npy",
    "--n", "60", "--N", "200", "--json",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    argparse.ArgumentParser(prog="python -m trust wheel", description=__doc__).parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="w2s-wheel-") as name:
        place = Path(name).resolve()
        faults = _faults(place)
    for fault in faults:
        print(f"wheel: {fault}")
    print(f"wheel: {'FAILED' if faults else 'all is well'}")
    return 1 if faults else 0


def _faults(place: Path) -> list[str]:
    wheel, source = build(ROOT, place / "dist", "wheel"), build(ROOT, place / "dist", "sdist")
    print(f"wheel: built {wheel.name} and {source.name}", flush=True)
    faults = []
    with tarfile.open(source) as archive:
        archive.extractall(place / "unpacked", **SAFELY)
    (unpacked,) = (place / "unpacked").iterdir()
    again = build(unpacked, place / "again", "wheel")
    if members(wheel) != members(again):
        names = set(members(wheel).items()) ^ set(members(again).items())
        faults.append(f"the wheel of the source distribution differs: {sorted(names)[:5]}")
    fresh = install(wheel, place / "fresh")
    (work := place / "work").mkdir()
    write_features(work)
    installed, checkout = fresh.diagnose(work), HERE.diagnose(work)
    if not fresh.module(work).is_relative_to(fresh.folder):
        faults.append(f"the environment imports w2s from {fresh.module(work)}")
    if installed != checkout:
        faults.append("`w2s diagnose` of the installed wheel prints other numbers")
    told = fresh.run(work, "book")
    if told.returncode != 2 or told.stderr.count("\n") != 1:
        faults.append(f"`w2s book` without the press says: {told.stderr.strip()}")
    print(f"wheel: diagnose gave {len(installed)} fields, {json.dumps(installed)[:70]}…")
    return faults


@dataclass(frozen=True)
class Environment:
    """A folder of an environment, its Python, and what starts `w2s` in it."""

    folder: Path
    python: Path
    command: tuple[str, ...]
    path: str | None = None  # of modules, before all others

    def run(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run(folder, *self.command, *words)

    def diagnose(self, folder: Path) -> dict[str, object]:
        """Return the report of `w2s diagnose` on the files of `write_features`."""
        done = self.run(folder, *DIAGNOSE)
        if done.returncode:
            raise RuntimeError(f"w2s diagnose ended with {done.returncode}:\n{done.stderr}")
        return dict(json.loads(done.stdout))

    def module(self, folder: Path) -> Path:
        """Return the file that this environment imports as `w2s`."""
        done = self._run(folder, str(self.python), "-c", "import w2s; print(w2s.__file__)")
        return Path(done.stdout.strip())

    def _run(self, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
        own = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
        own |= {} if self.path is None else {"PYTHONPATH": self.path}
        return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True)


HERE = Environment(ROOT, Path(sys.executable), (sys.executable, "-m", "w2s"), str(ROOT))


def members(wheel: Path) -> dict[str, int]:
    """Return the names of the files of a wheel, with the checksum of their bytes."""
    with zipfile.ZipFile(wheel) as archive:
        return {one.filename: one.CRC for one in archive.infolist()}


def install(wheel: Path, folder: Path) -> Environment:
    """Install a wheel alone into a fresh environment that sees the packages of this one.

    They are seen through a path file, whose folders are not searched for further path files: the
    link to the checkout that an editable installation left there has no effect.
    """
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    given = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    subprocess.run([str(python), "-m", "pip", *given, str(wheel)], check=True)
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Environment(folder, python, (str(folder / "bin" / "w2s"),))


def write_features(folder: Path) -> None:
    """Write a small weak and strong table and labels, the same everywhere."""
    rng = np.random.default_rng(7)
    latent = rng.standard_normal((400, 12))
    tables = {
        "weak": latent[:, :5] @ rng.standard_normal((5, 8)) + 0.1 * rng.standard_normal((400, 8)),
        "strong": latent @ rng.standard_normal((12, 16)),
        "labels": latent[:, 0] + 0.1 * rng.standard_normal(400),
    }
    for name, table in tables.items():
        np.save(folder / f"{name}.npy", table)
