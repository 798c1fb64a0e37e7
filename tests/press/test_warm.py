"""Pages that begin warm: they see what a fresh process sees, and nothing of each other."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from press import pool, warm
from press.pages import read_book
from press.pool import Pool
from press.sources import read_source
from press.worker import Job, Result
from tests.press.conftest import notebook, tiny_files, write_tree

pytestmark = pytest.mark.book

STATE = """\
import builtins, decimal, importlib, json, logging, os, random, signal, sys, threading, warnings
import matplotlib
import numpy as np

for one in KERNELS:  # a library may set filters of warnings
    importlib.import_module(one)

def name(one):
    return getattr(one, "__qualname__", str(one))

def state():
    return {
        "environment": {k: v for k, v in os.environ.items() if not k.startswith("JPY_")},
        "folder": os.getcwd(),
        "path": sys.path,
        "arguments": [sys.argv[0], len(sys.argv)],
        "main": [__name__, sys.modules["__main__"].__dict__ is globals()],
        "modules": "planted" in sys.modules,
        "builtins": sorted(vars(builtins)),
        "recursion": sys.getrecursionlimit(),
        "hash": hash("a text"),
        "filters": sorted([name(two) for two in one] for one in warnings.filters),
        "signals": {int(one): name(signal.getsignal(one)) for one in signal.valid_signals()},
        "threads": sorted(type(one).__name__ for one in threading.enumerate()),
        "handlers": [type(one).__name__ for one in logging.getLogger().handlers],
        "decimal": decimal.getcontext().prec,
        "rounding": np.geterr(),
        "printing": {k: str(v) for k, v in np.get_printoptions().items()},
        "pi": np.pi,
        "figures": {k: str(v) for k, v in matplotlib.rcParams.items()},
    }

STREAM = open("told.txt", "a")
with open("drawn.txt", "a") as stream:
    stream.write(f"{np.random.random()} {random.random()}\\n")
""".replace("KERNELS", str(warm.KERNELS))
PLANT = """\
os.environ["W2S_PLANTED"] = "1"
sys.path.insert(0, "/planted")
sys.argv += ["planted"]
__name__ = "planted"
sys.modules["planted"] = sys
builtins.planted = 1
sys.setrecursionlimit(5000)
warnings.simplefilter("ignore")
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
threading.Thread(target=threading.Event().wait, daemon=True).start()
logging.getLogger().addHandler(logging.NullHandler())
decimal.getcontext().prec = 5
np.seterr(all="ignore")
np.set_printoptions(precision=2)
np.pi = 3.0
np.random.seed(0)
random.seed(0)
matplotlib.rcParams["font.size"] = 30
os.chdir("/")
"""
TELL = "STREAM.write(json.dumps(state()) + '\\n')\nSTREAM.close()\n"
PLANTED, WARM, FRESH = range(3)  # in the order of their runs
FIXED = {"hash"}  # nothing that a page does could change it


def page(name: str, code: str) -> str:
    return notebook(name).replace("mean = 2.0", f"{code}\nmean = 2.0")


def job(root: Path, name: str, output: str) -> tuple[Any, Job]:
    book = read_book(root)
    found = book.page(f"part/{name}")
    values = read_source(book, found).values("paper")
    return found, Job(str(root), vars(found), values, f"{root}/{output}", f"{root}/_partial")


def run(root: Path, *jobs: tuple[Any, Job], kill: bool = False) -> list[Result]:
    results: list[Result] = []
    with Pool(read_book(root)) as opened:
        opened.prepare()
        if kill:
            assert opened._warm is not None
            opened._warm.process.kill()
            opened._warm.process.wait()
        opened.execute(list(jobs), 1, lambda _: None, lambda _, result: results.append(result))
    assert [one.failure or one.problems for one in results] == [[] for _ in jobs]
    return results


def told(root: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (root / "told.txt").read_text().splitlines()]


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """Return a book whose pages ran: one that plants, one that looks, and that one afresh."""
    files = tiny_files() | {
        "notebooks/part/first.py": page("first", STATE + PLANT + TELL),
        "notebooks/part/second.py": page("second", STATE + TELL),
    }
    root = write_tree(tmp_path_factory.mktemp("warm") / "book", files)
    run(root, job(root, "first", "planted.ipynb"), job(root, "second", "warm.ipynb"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(os, "fork")
        patch.setattr(pool, "Warm", None)
        run(root, job(root, "second", "fresh.ipynb"))
    return root


def test_no_page_sees_what_another_page_did(root):
    states = told(root)
    planted, looked = states[PLANTED], states[WARM]
    assert {key for key in looked if planted[key] == looked[key]} == FIXED
    assert looked == states[FRESH]


def test_a_page_that_began_warm_has_the_bytes_of_a_fresh_one(root):
    assert (root / "warm.ipynb").read_bytes() == (root / "fresh.ipynb").read_bytes()


def test_every_page_draws_its_own_random_numbers(root):
    drawn = (root / "drawn.txt").read_text().split()
    assert len(drawn) == len(set(drawn)) >= 6


def test_a_page_begins_afresh_when_the_warm_process_is_gone(root):
    run(root, job(root, "second", "lost.ipynb"), kill=True)
    assert (root / "lost.ipynb").read_bytes() == (root / "fresh.ipynb").read_bytes()


def test_a_system_that_cannot_fork_safely_is_not_asked_to(monkeypatch):
    assert warm.possible()
    monkeypatch.setattr("press.warm.sys.platform", "darwin")
    assert not warm.possible()
    monkeypatch.undo()
    monkeypatch.delattr(os, "fork")
    assert not warm.possible()
