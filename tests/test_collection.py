"""The same tests are collected by every process: pytest-xdist compares their ids."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

from tests import ROOT


def collecting(seed: str) -> subprocess.Popen[str]:
    # Rewritten assertions change no id, and rewriting takes longer than all else.
    options = ["--collect-only", "--assert=plain", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, "tests"]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def test_no_id_of_a_test_depends_on_time_hash_order_paths_or_random_numbers():
    first = collecting("1")
    time.sleep(1.1)  # so that a second of collection would show
    second = collecting("2")
    said = [process.communicate()[0] for process in (first, second)]
    ids = [[line for line in text.splitlines() if "::" in line] for text in said]
    assert (first.returncode, second.returncode) == (0, 0), said[0][-2000:]
    assert len(ids[0]) > 1000
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])
    machine = re.compile(rf"{re.escape(str(ROOT))}|\b0x[0-9a-fA-F]{{6,}}|<[\w.]+ object")
    assert [one for one in ids[0] if machine.search(one)] == []
