"""The whole book, built once at smoke scale in a copy of the sources, for tests that need it."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import ROOT
from trust.live import FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TOLD = pytest.StashKey[list[str]]()  # lines about tests that are left out
PATIENCE = 3600.0  # seconds until a book is broken rather than slow, on a machine with other work
# Files whose fixtures a second process would make again: clusters, tiny books, environments. So are
# those of planted mistakes, which remember what samplers drew.
DEAR = {
    "tests/computing/test_cluster.py", "tests/press/test_command.py", "tests/press/test_faults.py",
    "tests/press/test_warm.py", "tests/test_installed.py",
}  # fmt: skip
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "_build", "*.ipynb", "__pycache__", ".*_cache", ".hypothesis", "status.md",
    "proofs.md", "_generated", "tests",
)  # fmt: skip


def chromium() -> str | None:
    """Path of the browser, or None: on this machine or as ``W2S_CHROMIUM`` says."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    asked = os.environ.get("W2S_CHROMIUM")
    return next(filter(None, map(shutil.which, [asked] if asked else names)), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # What needs a browser, Coq, mutmut, h5py or real packages is left out where that is not, and
    # said to be; in CI no browser or no Coq is an error. Tests that build the book go last: a
    # broken formula shows early.
    items.sort(key=lambda item: item.get_closest_marker("book") is not None)
    if not chromium():
        if os.environ.get("CI"):
            raise pytest.UsageError("no Chromium found; CI must install one (see .ci/run)")
        _leave_out(config, items, "browser", "no Chromium found")
    if not shutil.which("coqc"):
        if os.environ.get("CI"):
            raise pytest.UsageError("no coqc found; CI must install one (see .ci/run)")
        _leave_out(config, items, "coq", "no coqc found")
    if find_spec("mutmut") is None:
        _leave_out(config, items, "mutmut", "no mutmut found, which `make mutate` installs")
    if any(item.get_closest_marker("live") for item in items) and not _has_runtime():
        _leave_out(config, items, "live", "no Pyodide in _build/live, and npm does not reach it")
    if find_spec("h5py") is None:
        _leave_out(config, items, "hdf5", "no h5py found")
    _without_packages(config, items)


def _has_runtime() -> bool:
    """Whether the runtime of live pages was fetched, or can be."""
    from press.clients import client
    from press.live.runtime import NPM

    fetched = (ROOT / "_build" / "live" / "runtime" / "runtime.json").is_file()
    return fetched or not client(["npm", "view", NPM, "version"], ROOT)


def _without_packages(config: pytest.Config, items: list[pytest.Item]) -> None:
    needs = {item: mark.args for item in items if (mark := item.get_closest_marker("real"))}
    if needs:
        from tests.practice.real_sources import FOLDER, PACKAGES, lacking

        missing = {name for names in needs.values() for name in lacking(names)}
        what = ", ".join(sorted(missing)) if lacking([]) != [*PACKAGES] else "real packages"
        because = f"no {what} in {FOLDER}, which `make real` fetches"
        left = [item for item, names in needs.items() if lacking(names)]
        _leave_out(config, items, "real", because, left)


def _leave_out(
    config: pytest.Config, items: list[pytest.Item], needs: str, because: str,
    left: list[pytest.Item] | None = None,
) -> None:  # fmt: skip
    left = [item for item in items if item.get_closest_marker(needs)] if left is None else left
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
        config.stash[TOLD].append(f"{because}: {len(left)} {needs} tests are left out")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TOLD] = []


# What a worker of pytest-xdist prints is lost: its lines go home with its results.
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["told"] = session.config.stash[TOLD]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[TOLD] += getattr(node, "workeroutput", {}).get("told", [])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for line in dict.fromkeys(config.stash[TOLD]):
        terminalreporter.write_line(line)


class Together(LoadScopeScheduling):
    """Tests that share what is dear run one after the other in one process.

    Such groups begin first: while one process builds the book, the other tries formulas.
    (The groups of `loadgroup` in pytest-xdist 3.8 are lost with pytest 9.2.)
    """

    def _split_scope(self, nodeid: str) -> str:
        path, _, name = nodeid.partition("::")
        if path in DEAR or path.endswith("/test_planted.py"):
            return path
        if path == "tests/test_book.py":
            return "planted" if "planted" in name or "mistake" in name else "smoke"
        return nodeid

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        super().mark_test_complete(node, item_index, duration)
        # What is done is forgotten: the scheduler counts what is left among all that a node had.
        given = self.assigned_work[node]
        for scope in [scope for scope, tests in given.items() if all(tests.values())]:
            del given[scope]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together:
    return Together(config, log)


def copy_sources(target: Path) -> Path:
    shutil.copytree(ROOT, target, ignore=LEFT_OUT)
    return target


def press(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m press`` in `root`, on the modules of `root`."""
    environment = os.environ | {"PYTHONPATH": str(root)}
    return subprocess.run(
        [sys.executable, "-m", "press", *arguments],
        cwd=root, env=environment, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


Press = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def smoke_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of a copy of the book whose smoke profile was built once, for all workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    root, told = shared / "smoke-book", shared / "smoke-book.txt"
    with (shared / "smoke-book.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            done = press(copy_sources(root), "book", "--profile", "smoke")
            told.write_text(f"{done.returncode}\n{done.stdout}{done.stderr}", encoding="utf-8")
    text = told.read_text(encoding="utf-8")
    assert text.startswith("0\n"), text
    return root


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def copyfile(self, *streams: object) -> None:
        with contextlib.suppress(ConnectionError):  # a page that was left while it loaded
            super().copyfile(*streams)


@pytest.fixture(scope="session")
def site(smoke_book: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(smoke_book / "_build" / "html"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        started.close()
