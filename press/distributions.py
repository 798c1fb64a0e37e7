"""The wheel and the source distribution of the module, built without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal


def build(root: Path, target: Path, kind: Literal["wheel", "sdist"]) -> Path:
    """Build a wheel or an sdist with the build backend of this environment; return its path.

    Raises
    ------
    RuntimeError
        When the backend fails; the message holds what it said.
    """
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"hatchling failed:\n{done.stdout}{done.stderr}")
    (built,) = target.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built
