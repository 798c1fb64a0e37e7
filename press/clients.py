"""The ordinary clients of package registries, run in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def pip() -> list[str]:
    """Return the first pip at hand: an environment made by uv has none of its own."""
    for python in (sys.executable, getattr(sys, "_base_executable", sys.executable), "python3"):
        if not client([python, "-m", "pip", "--version"], Path.cwd()):
            return [python, "-m", "pip"]
    return ["pip"]


def client(command: list[str], folder: Path) -> str:
    """Run a command in a folder; return the last line of its complaint, nothing if all is well."""
    env = os.environ | {"PYTHONSAFEPATH": "1"}  # a module in the folder is not the client's
    try:
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, check=False
        )
    except OSError as error:
        return f"{command[0]} cannot be run ({error.strerror})"
    if done.returncode == 0:
        return ""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return f"{' '.join(command[:2])} failed: {lines[-1] if lines else 'without a word'}"
