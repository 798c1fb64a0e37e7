"""A press in a process of its own on a tiny book, for tests that kill it or starve it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from press.files import digest
from press.site.jupyter_book import tree_digest
from tests import ROOT
from tests.press.conftest import notebook, tiny_files, write_tree

PATIENCE = 300.0  # seconds until something is broken rather than slow
NAMES = ("first", "second")
FIRST, SECOND = (f"notebooks/part/{name}" for name in NAMES)
WARM, WORKER, KERNEL = "press.warm", "press.worker", "ipykernel_launcher"
RENDERER = "press.site.renderer"
# What a user's machine may lack: a home, and an encoding that knows the symbols of the book.
HOMELESS = {"HOME": "/proc/nowhere"}
PLAIN_LOCALE = {
    "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii",
}  # fmt: skip
# The second page waits when it is told to, so that it can be killed; its source stays the same.
WAITS = "import os, time\n\ntime.sleep(float(os.environ.get('W2S_WAIT', '0')))\nmean = 2.0"


def make_sources(root: Path) -> Path:
    """Write a tiny book with two pages, one of which waits for ``W2S_WAIT`` seconds."""
    slow = notebook("second").replace("mean = 2.0", WAITS).replace("|two| twos", "|two| σ²")
    return write_tree(root, tiny_files() | {f"{SECOND}.py": slow})


def copy_book(book: Path, target: Path) -> Path:
    return Path(shutil.copytree(book, target))


def command(root: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "press", *arguments, "--root", str(root)]


def environment(**changes: str | None) -> dict[str, str]:
    """This process's environment with this checkout's modules; None takes a variable away."""
    changed = os.environ | {"PYTHONPATH": str(ROOT)} | changes
    return {name: value for name, value in changed.items() if value is not None}


def run(
    root: Path, *arguments: str, before: Sequence[str] = (), **changes: str | None
) -> subprocess.CompletedProcess[str]:
    """Run ``w2s`` on a book, behind a command that changes what it may do."""
    return subprocess.run(
        [*before, *command(root, *arguments)], env=environment(**changes), cwd=root,
        capture_output=True, encoding="utf-8", errors="replace", timeout=PATIENCE * 2,
    )  # fmt: skip


def told(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Assert the exit code, the words of the message, and that no traceback of ours is shown."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    for word in words:
        assert word in done.stderr, done.stdout + done.stderr


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def _as_in_the_foreground() -> None:
    """Listen to Ctrl-C; what a shell starts in the background, as these tests may be, does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Started:
    """A press at work, with the processes that it started."""

    def __init__(self, root: Path, *arguments: str, **changes: str | None) -> None:
        self.process = subprocess.Popen(
            command(root, *arguments), env=environment(**changes), cwd=root,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
            preexec_fn=_as_in_the_foreground,
        )  # fmt: skip
        self.pid = self.process.pid
        self.family: list[psutil.Process] = []

    def member(self, name: str) -> psutil.Process:
        """Wait for a process of the press by the name of its `role`."""
        found: list[psutil.Process] = []

        def appears() -> bool:
            assert self.process.poll() is None, self.process.communicate()
            try:
                self.family = psutil.Process(self.pid).children(recursive=True)
                found[:] = [one for one in self.family if name in role(one)]
            except psutil.NoSuchProcess:
                return False
            return bool(found)

        wait_until(appears)
        return found[0]

    def kill(self) -> None:
        """Kill the press as the system does when memory runs out; its children must end too."""
        self.process.kill()
        self.process.communicate()
        self.all_gone()

    def all_gone(self) -> None:
        wait_until(lambda: not any(alive(one) for one in self.family))

    def ended(self) -> subprocess.CompletedProcess[str]:
        """Wait for the end, of the children as well."""
        out, err = self.process.communicate(timeout=PATIENCE)
        self.all_gone()
        return subprocess.CompletedProcess([], self.process.returncode, out, err)


def role(process: psutil.Process) -> str:
    """Return the command line of a process, or what a warm one was forked for."""
    line = " ".join(process.cmdline())
    if WARM not in line:
        return line
    above = [one for one in process.parents() if WARM in " ".join(one.cmdline())]
    return (WARM, WORKER, KERNEL)[len(above)]


def alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Treasure:
    """What no fault may take away: the accepted record, the last good site, a finished page."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.held = self._now()

    def _now(self) -> tuple[str | None, ...]:
        site = self.root / "_build" / "html"
        return (
            digest(self.root / "book" / "claims.json"),
            tree_digest(site) if (site / "index.html").is_file() else None,
            digest(self.root / f"{FIRST}.ipynb"),
        )

    def assert_kept(self) -> None:
        assert None not in self.held
        assert self._now() == self.held

    def assert_nothing_half_written(self) -> None:
        """Every file that the press reads again is whole, and no draft of one is left."""
        for path in [*self.root.rglob("*.json"), *self.root.rglob("*.ipynb")]:
            json.loads(path.read_text(encoding="utf-8"))
        assert [path for path in self.root.rglob(".*.tmp") if path.is_file()] == []


def state_of(root: Path, name: str = "second") -> Path:
    """Return the file by which the press believes that a page has been executed."""
    return root / f"_build/run/paper/part/{name}.json"


def forget(root: Path) -> None:
    """Let the second page count as never executed, so that a press has something to do."""
    state_of(root).unlink()


def unprivileged() -> list[str]:
    """Return what to put before a command so that permissions of files bind it, even for root."""
    if os.geteuid() != 0:
        return []
    lost = "-dac_override,-dac_read_search,-fowner"
    return ["setpriv", f"--bounding-set={lost}", f"--inh-caps={lost}", "--"]


def limited(size: int) -> list[str]:
    """Return what to put before a command so that no file grows beyond `size` bytes."""
    code = (
        "import os, resource, sys; limit = (int(sys.argv[1]),) * 2;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, limit); os.execv(sys.argv[2], sys.argv[2:])"
    )
    return [sys.executable, "-c", code, str(size)]
