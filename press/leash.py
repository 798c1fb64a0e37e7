"""Processes of the press that end when it is gone, even by a signal that nobody can catch.

The press holds the writing end of a pipe, which a child has as its standard input. When the press
dies, the system closes that end; the child sees the end of the stream, ends its own children and
then itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading


def follow() -> None:
    """Let this process end as soon as its standard input does, with all that it started."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    def end() -> None:
        sys.stdin.read()
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=end, daemon=True).start()
