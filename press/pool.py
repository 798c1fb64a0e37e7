"""Notebook processes: as many at once as cores, the longest first, all ended on interruption.

They are forked from a process that has imported what every page needs (`press.warm`), where the
system can fork; elsewhere, and when that process is lost, each is started afresh.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from press.files import replace_folder
from press.pages import Book, Page
from press.surroundings import passed_on
from press.warm import Forked, Warm, possible
from press.worker import Job, Result

_POLL_SECONDS = 0.03
_GRACE_SECONDS = 3.0


@dataclass
class _Running:
    page: Page
    job: Job
    process: subprocess.Popen[bytes] | Forked
    leash: int
    report: IO[str]
    errors: IO[str]
    started: float = field(default_factory=time.perf_counter)


def cores() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0)) or 1
    except AttributeError:
        return os.cpu_count() or 1


def environment(book: Book) -> dict[str, str]:
    """Return the environment of workers and kernels: one BLAS thread and nothing of the user's.

    The settings of IPython and Matplotlib in the user's home are not read, and there need not be a
    home, so that a run gives the same everywhere. Texts are UTF-8 whatever the locale.
    ``MPLBACKEND`` is left to the kernel, because ``agg`` makes figures vanish.
    """
    env = passed_on()
    # Kernels start in the root and take the book's own modules from there: their launcher drops
    # that folder from the path, and only without this setting is it put back.
    del env["PYTHONSAFEPATH"]
    path = [str(book.root), *filter(None, [env.get("PYTHONPATH")])]
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return (
        env
        | one
        | {
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONHASHSEED": "0",
            "PYTHONUTF8": "1",
            "JUPYTER_PREFER_ENV_PATH": "1",
            "IPYTHONDIR": str(book.build / "ipython"),
            "MPLCONFIGDIR": str(fonts(book)),
        }
    )


def fonts(book: Book) -> Path:
    """Return the folder of Matplotlib's font cache."""
    return book.build / "matplotlib"


def warm_up(book: Book) -> None:
    """Let Matplotlib build its font cache once, before a notebook would print that it does.

    The cache appears whole or not at all; one that is damaged or locked is built anew.
    """
    folder = fonts(book)
    if _sound(folder):
        return
    draft = folder.with_name(".matplotlib.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    subprocess.run(
        [sys.executable, "-c", "import matplotlib.font_manager"],
        env=environment(book) | {"MPLCONFIGDIR": str(draft)}, capture_output=True, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    replace_folder(draft, folder)


def _sound(folder: Path) -> bool:
    """Whether a folder holds a whole font cache that nobody was writing when killed."""
    caches = list(folder.glob("fontlist-*.json"))
    if not caches or any(folder.glob("*.matplotlib-lock")):
        return False
    try:
        return all(json.loads(cache.read_text(encoding="utf-8")) for cache in caches)
    except (OSError, ValueError):
        return False


class Pool:
    """Executes notebooks in processes of their own; ends them all when it is left.

    Parameters
    ----------
    book : Book
        The checkout; the kernels run in its root.
    """

    def __init__(self, book: Book) -> None:
        self._book, self._env = book, environment(book)
        self._warm: Warm | None = None
        self._running: list[_Running] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        fresh = [p for one in self._running if isinstance(p := one.process, subprocess.Popen)]
        if self._warm is None:
            _end(fresh)
        elif kind is None:
            self._warm.close()
            self._warm.process.wait()
        else:
            _end([self._warm.process, *fresh])
            self._warm.close()

    def hasten(self) -> None:
        """Prepare if nothing must be written for it."""
        if _sound(fonts(self._book)):
            self.prepare()

    def prepare(self) -> None:
        """Begin to import what pages need, so that they start warm; returns at once."""
        warm_up(self._book)
        if self._warm is None and possible():
            self._warm = Warm(self._env, self._book.root)

    def execute(
        self,
        jobs: list[tuple[Page, Job]],
        at_once: int,
        on_start: Callable[[Page], None],
        on_end: Callable[[Page, Result], None],
    ) -> None:
        """Execute notebooks.

        Parameters
        ----------
        jobs : list
            Pages and what to do with them, in the order of starting.
        at_once : int
            Largest number of processes at a time.
        on_start, on_end : callable
            Called in this process when a notebook starts and when it has ended.
        """
        self.prepare()
        waiting, running = list(jobs), self._running
        while waiting or running:
            while waiting and len(running) < at_once:
                page, job = waiting.pop(0)
                on_start(page)
                running.append(self._start(page, job))
            time.sleep(_POLL_SECONDS)
            for one in [one for one in running if one.process.poll() is not None]:
                running.remove(one)
                result = _finish(one)
                if isinstance(one.process, Forked) and not one.process.begun:
                    running.append(self._start(one.page, one.job, fresh=True))
                else:
                    on_end(one.page, result)

    def _start(self, page: Page, job: Job, fresh: bool = False) -> _Running:
        report, errors = (
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") for _ in range(2)
        )
        reading, leash = os.pipe()
        streams = (reading, report.fileno(), errors.fileno())
        process = self._fresh(streams, job) if fresh else self._forked(streams, job)
        os.close(reading)
        with contextlib.suppress(BrokenPipeError):
            os.write(leash, json.dumps(asdict(job)).encode() + b"\n")
        return _Running(page, job, process, leash, report, errors)

    def _forked(self, streams: tuple[int, int, int], job: Job) -> subprocess.Popen[bytes] | Forked:
        if self._warm is not None:
            with contextlib.suppress(OSError):  # it is gone
                return self._warm.start(streams)
        return self._fresh(streams, job)

    def _fresh(self, streams: tuple[int, int, int], job: Job) -> subprocess.Popen[bytes]:
        reading, report, errors = streams
        return subprocess.Popen(
            [sys.executable, "-m", "press.worker"],
            stdin=reading, stdout=report, stderr=errors, env=self._env, cwd=job.root,
            start_new_session=True,
        )  # fmt: skip


def _finish(one: _Running) -> Result:
    """Read the result of a process that ended; one that died without a result is a failure."""
    with one.report, one.errors:
        one.report.seek(0)
        lines = one.report.read().splitlines()
        one.errors.seek(0)
        told = "\n".join(one.errors.read().splitlines()[-20:])
    os.close(one.leash)
    try:
        return Result(**json.loads(lines[-1]))
    except (IndexError, ValueError, TypeError):
        code = one.process.returncode or 0
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        seconds = time.perf_counter() - one.started
        failure = f"its process {how}\n{told}".strip()
        return Result(seconds=seconds, failure=failure, partial=one.job.partial)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    """End processes and all that they started."""
    if not processes:
        return
    import psutil  # type: ignore[import-untyped]

    family: list[Any] = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            family += psutil.Process(process.pid).children(recursive=True)
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + _GRACE_SECONDS
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        process.kill()
        process.wait()
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(family, timeout=_GRACE_SECONDS)
