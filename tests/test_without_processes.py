"""A page needs no processes, no threads and none of what starts them, as in a reader's browser."""

import ast
import os
import subprocess
import sys

from tests import ROOT

# As in a browser: these are not there, and no thread or process starts.
HIDE = """
import sys, threading, warnings
warnings.simplefilter("error")
for name in ("joblib", "threadpoolctl", "rich", "psutil", "dask", "sklearn", "fcntl", "resource",
             "termios", "pwd", "grp", "lzma", "ssl", "sqlite3", "_posixshmem", "_multiprocessing"):
    sys.modules[name] = None
def refused(*args, **options):
    raise RuntimeError("can't start new thread")
threading.Thread.start = refused
"""
FEATURES = """
import numpy as np
rng = np.random.default_rng(0)
z = rng.standard_normal((1200, 12))
y = z @ rng.standard_normal(12) + rng.standard_normal(1200)
"""
RESULTS = f"""
{FEATURES}
import w2s
from w2s.computing.sweeps import sweep
from w2s.random_features.tiles import SymmetricTiles
found = w2s.diagnose(z[:, 4:], z[:, :8], y, n_labelled=60, n_unlabelled=200, seed=1)
tiles = SymmetricTiles(12, lambda rows, columns: (z.T @ z)[rows, columns], tile=5)
for result in [
    *sweep(lambda n, rng: rng.standard_normal(n), [3, 5], seed=2),
    tiles.times_rows(z[:3]), found.point.student.value, found.validation.comparisons[0].measured,
]:
    print(np.asarray(result).tolist())
"""


def printed(code):
    alone = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}  # which nothing hidden can set
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | alone,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_sweep_tiles_and_diagnosis_are_the_same_without_processes_and_threads():
    assert printed(HIDE + RESULTS) == printed(RESULTS)


def test_what_every_page_imports_needs_no_processes():
    lines = set()
    for page in (ROOT / "notebooks").rglob("*.py"):
        for node in ast.walk(ast.parse(page.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                lines.add(ast.unparse(node))
    ours = sorted(line for line in lines if "w2s" in line)
    assert len(ours) > 100 and "from w2s.computing.sweeps import sweep" in ours
    printed(HIDE + "\n".join(ours))
