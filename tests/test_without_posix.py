"""What a practitioner runs needs nothing that only POSIX systems have."""

import os
import subprocess
import sys

import numpy as np

from tests import ROOT

# As on Windows: these modules, signals and functions are not there, and folders cannot be opened.
HIDE = """
import os, signal, sys
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in ("SIGHUP", "SIGKILL", "SIGALRM", "SIGPIPE", "SIGUSR1", "alarm", "setitimer"):
    vars(signal).pop(name, None)
for name in ("sched_getaffinity", "O_DIRECTORY", "posix_fallocate", "fchmod", "getuid", "geteuid"):
    vars(os).pop(name, None)
"""


def hidden(code, folder):
    done = subprocess.run(
        [sys.executable, "-c", HIDE + code], cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_diagnosis_needs_nothing_of_posix(tmp_path):
    rng = np.random.default_rng(0)
    z = rng.standard_normal((1200, 12))
    np.save(tmp_path / "W.npy", z[:, 4:])
    np.save(tmp_path / "S.npy", z[:, :8])
    np.save(tmp_path / "y.npy", z @ rng.standard_normal(12) + rng.standard_normal(1200))
    words = "diagnose --weak W.npy --strong S.npy --labels y.npy --n 60 --N 200 --html page.html"
    shown = hidden(
        f"from w2s.cli import main\nassert main({words.split()!r}) == 0, 'no diagnosis'", tmp_path
    )
    assert "teacher" in shown and (tmp_path / "page.html").stat().st_size > 1000


def test_every_module_is_imported_and_files_are_written_without_posix(tmp_path):
    parts = (p.relative_to(ROOT).with_suffix("").parts for p in (ROOT / "w2s").rglob("*.py"))
    modules = sorted(".".join(part) for part in parts if part[-1] not in ("__init__", "__main__"))
    hidden(
        f"import importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
        "from pathlib import Path\nimport numpy as np\n"
        "from w2s.practice.data.encoders.store import growing\n"
        "from w2s.practice.data.feature_files import save_labels\n"
        "save_labels('.', ['a', 'b'], [1, 2])\n"
        "with growing(Path('m.npy'), 2, {}) as matrix:\n"
        "    matrix.append(np.ones((2, 3)))\n"
        "    matrix.finish(np.array(['a', 'b']), {})\n",
        tmp_path,
    )
    assert np.load(tmp_path / "m.npy").tolist() == np.ones((2, 3)).tolist()
    assert (tmp_path / "labels.npz").is_file()
