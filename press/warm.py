"""Pages begin warm: their processes are forked from one that has imported what every page needs.

A page costs two interpreters, one that speaks (`press.worker`) and one that computes (the kernel),
and what they import is a third of the work of a light page. Here one process imports once and forks
both for every page. It never runs a cell itself, so nothing of a page can reach the next. Where the
system cannot fork, or not safely (frameworks of macOS), pages start in fresh processes.

The press sends one byte over a socket for every page, with the files that become the standard
streams of the page's process and one that hears its number and its end. When the press is gone the
socket is closed and this process ends; the others follow by their standard input (`press.leash`).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

# What kernels import, then what workers do; a page imports the rest itself. Nothing here may start
# a thread or ask which shell it runs in, as `matplotlib_inline.backend_inline` does.
KERNELS = (
    "numpy.random", "scipy.linalg", "scipy.special", "scipy.optimize", "scipy.stats",
    "scipy.integrate", "scipy.sparse.linalg", "matplotlib.figure", "matplotlib.font_manager",
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "ipykernel.kernelapp",
    "ipykernel.ipkernel", "myst_nb", "joblib", "w2s.metrics", "w2s.page.claims",
    "w2s.page.comparison", "w2s.page.figures", "w2s.page.pairs",
)  # fmt: skip
WORKERS = ("press.worker", "jupytext", "jupyter_client.provisioning", "nbclient", "psutil")
_QUIET = "papermill"  # warns when it is imported
# Read when Matplotlib is imported. The kernel sets the same, but is too late here.
_BACKEND = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
_POLL_SECONDS = 0.02


def possible() -> bool:
    """Whether processes can be forked here, and safely."""
    return hasattr(os, "fork") and sys.platform != "darwin"


class Warm:
    """The warm process, as the press holds it."""

    def __init__(self, env: dict[str, str], root: Path) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "press.warm"],
                stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=env | _BACKEND, cwd=root, start_new_session=True,
            )  # fmt: skip

    def start(self, streams: tuple[int, int, int]) -> Forked:
        """Start the process of a page with these standard streams.

        Raises
        ------
        OSError
            When the warm process is gone.
        """
        told, telling = os.pipe()
        try:
            socket.send_fds(self._socket, [b"+"], [*streams, telling])
        except OSError:
            os.close(told)
            raise
        finally:
            os.close(telling)
        return Forked(told)

    def close(self) -> None:
        """Let the process end: it does so when nobody can ask it for another page."""
        self._socket.close()


class Forked:
    """The process of a page: a grandchild of the press, whose end the warm process tells.

    Attributes
    ----------
    returncode : int or None
        As of `subprocess.Popen`; None as long as it runs.
    """

    def __init__(self, told: int) -> None:
        self._told, self._heard = told, b""
        self.returncode: int | None = None
        os.set_blocking(told, False)

    @property
    def begun(self) -> bool:
        """Whether it was forked."""
        return b"\n" in self._heard

    def poll(self) -> int | None:
        """Return the code of the end, or None; that of a kill when the warm process was killed."""
        while self.returncode is None:
            try:
                heard = os.read(self._told, 64)
            except BlockingIOError:
                return None
            self._heard += heard
            if not heard:
                _, *end = self._heard.split()
                self.returncode = int(end[0]) if end else -signal.SIGKILL
                os.close(self._told)
        return self.returncode


def serve(channel: socket.socket) -> Callable[[], None] | None:
    """Fork a process for every page until the press is gone.

    Returns
    -------
    callable or None
        In a forked process, what it is there for; None in this one, at the end.
    """
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([channel], [], [], _POLL_SECONDS if running else None)
        if ready:
            byte, files, _, _ = socket.recv_fds(channel, 1, 4)
            if not byte:
                return None
            *streams, telling = files
            if not (process := os.fork()):
                channel.close()
                for file in (*running.values(), telling):
                    os.close(file)
                return lambda: _become(streams)
            running[process] = telling
            _tell(telling, process)
            for file in streams:
                os.close(file)
        for process, telling in list(running.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                _tell(telling, os.waitstatus_to_exitcode(status))
                os.close(running.pop(process))


def _tell(file: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # the press is gone
        os.write(file, b"%d\n" % number)


def _become(streams: list[int]) -> None:
    """Be the worker of a page, with its kernel forked while there is only one thread."""
    from press import seat, worker

    for number, file in enumerate(streams):
        os.dup2(file, number)
        os.close(file)
    if (taken := seat.fork()) is None:
        seat.kernel()
    else:
        worker.main(taken)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # its work is done, and to take so many modules down takes a while


def preload() -> None:
    """Import what pages need; what cannot be imported is told by the page that needs it."""
    for name in (*KERNELS, *WORKERS):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module(_QUIET)
    gc.collect()
    gc.freeze()  # so that no collection in a page copies what it shares


def main() -> None:
    """Serve the press at the other end of the standard input."""
    channel = socket.socket(fileno=os.dup(0))
    preload()
    if (forked := serve(channel)) is None:
        os._exit(0)  # at once: there is nothing to clear up
    forked()


if __name__ == "__main__":
    main()
