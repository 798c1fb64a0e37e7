"""The container file: no engine runs here, so it is read by a linter and by its shape."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINTER = Path(sys.executable).parent / "hadolint"


@pytest.mark.skipif(
    sys.platform == "linux" and not LINTER.is_file(), reason="hadolint has no wheel for this Linux"
)
def test_the_linter_finds_nothing():
    done = subprocess.run([LINTER, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_stage_is_debian_and_ends_as_an_ordinary_user():
    stages = re.split(r"^FROM ", TEXT, flags=re.MULTILINE)[1:]
    assert len(stages) == 2
    for stage in stages:
        assert re.match(r"debian:bookworm-slim@sha256:[0-9a-f]{64}\s", stage)
        assert re.findall(r"^USER (\S+)", stage, re.MULTILINE) == ["1000"]


def test_what_it_copies_exists_and_nothing_generated_goes_in():
    for line in re.findall(r"^COPY --chown=\S+ (.+)", TEXT, re.MULTILINE):
        *sources, _ = line.split()
        assert all((ROOT / source).exists() for source in sources), line
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", "_build", "**/*.ipynb"} <= set(left_out)


def test_it_runs_the_targets_of_the_makefile():
    made = set(re.findall(r"\bmake (\S+)", TEXT.replace(" make python3", "")))
    targets = set(re.findall(r"^([.\w/]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert made == {".venv/.ready", "book"}
    assert made <= targets
    assert shutil.which("make")
