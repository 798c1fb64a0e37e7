"""A real Dask scheduler with worker processes on loopback, for tests that kill some of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests import ROOT

PATIENCE = 120  # seconds until something is broken rather than slow


def wait_until(condition: Callable[[], bool]) -> None:
    """Poll a condition; fail after `PATIENCE` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Processes:
    """One scheduler and some workers; what was killed is started again by `complete`."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options = folder, options
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def complete(self, workers: int = 2) -> None:
        if self.scheduler is None or self.scheduler.poll() is not None:
            self.stop()
            note = self.folder / f"{time.monotonic_ns()}.json"
            self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(note))
            wait_until(lambda: note.exists() and note.read_text().endswith("}"))
            self.address = json.loads(note.read_text())["address"]
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        place = ["--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder)]
        while len(self.workers) < workers:
            self.workers.append(self._start("worker", self.address, *place))

    def stop(self) -> None:
        """Kill and reap all processes."""
        started = [*self.workers, *filter(None, [self.scheduler])]
        for process in started:
            process.kill()
        for process in started:
            process.wait()
        self.scheduler, self.workers = None, []

    def _start(self, role: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{role}", *arguments]
        settings = {
            "OMP_NUM_THREADS": "1",
            # How long the scheduler asks a dead worker for a result before it goes on.
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
        }
        return subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--no-dashboard", *self.options],
            cwd=ROOT, env=os.environ | settings,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
