"""Other Pythons of this machine, each with an environment made from the lock."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
NEWEST = 20  # minor versions that are looked for on the path
_TELL = "import sys; print(sys.implementation.name, *sys.version_info[:3])"
_LIBRARIES = "import numpy, scipy; print(numpy.__version__, scipy.__version__)"


def found(given: list[Path]) -> dict[str, Path]:
    """Return one CPython for each minor version but our own: those given, else all found."""
    chosen: dict[tuple[int, int], tuple[str, Path]] = {}
    for path in given or _candidates():
        version = version_of(path)
        if version is None or version[:2] < OLDEST or version[:2] == sys.version_info[:2]:
            continue
        chosen.setdefault(version[:2], (".".join(map(str, version)), path))
    return dict(chosen[key] for key in sorted(chosen))


def version_of(python: Path) -> tuple[int, int, int] | None:
    """Return the version of a CPython that runs, else None."""
    try:
        done = subprocess.run(
            [str(python), "-c", _TELL], capture_output=True, text=True, timeout=60, check=True
        )
        name, *numbers = done.stdout.split()
        major, minor, micro = map(int, numbers)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return (major, minor, micro) if name == "cpython" else None


def libraries(python: Path) -> str:
    """Return the libraries that decide the bytes of a number, with their versions."""
    done = subprocess.run([str(python), "-c", _LIBRARIES], capture_output=True, text=True)
    if done.returncode:
        return "no NumPy"
    return "NumPy {} and SciPy {}".format(*done.stdout.split())


def _candidates() -> list[Path]:
    """Return what may be a Python: on the path, and where pyenv and uv keep theirs."""
    named = [shutil.which(f"python{OLDEST[0]}.{k}") for k in range(OLDEST[1], NEWEST)]
    kept = [
        Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions",
        Path.home() / ".local" / "share" / "uv" / "python",
    ]
    below = [path for folder in kept for path in sorted(folder.glob("*/bin/python3"))]
    return [*(Path(name) for name in named if name), *below]


def environment(python: Path, version: str, root: Path) -> Path:
    """Return the Python of an environment with the packages of the lock, made where needed."""
    lock = root / "requirements.lock"
    folder = root / "_build" / "trust" / f"python{version}"
    ready, own = folder / ".ready", folder / "bin" / "python"
    mark = hashlib.sha256(lock.read_bytes()).hexdigest()
    if ready.is_file() and ready.read_text() == mark:
        return own
    install = ["install", "--quiet", "--only-binary", ":all:", "--require-hashes", "-r", str(lock)]
    if shutil.which("uv"):
        make = ["uv", "venv", "--quiet", "--clear", "--python", str(python), str(folder)]
        fill = ["uv", "pip", *install, "--compile-bytecode", "--python", str(own)]
    else:
        make = [str(python), "-m", "venv", "--clear", str(folder)]
        fill = [str(own), "-m", "pip", *install]
    for command in (make, fill):
        subprocess.run(command, check=True)
    ready.write_text(mark)
    return own
