"""A command line whose errors are one line and whose end is told by its exit code."""

from __future__ import annotations

import argparse
import io
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from w2s._display import visible

_LONGEST = 1500  # characters of a message
_CLOSED = 141  # 128 and the number of SIGPIPE: how a shell tells that the reader had enough


class UserError(Exception):
    """Something the user gave cannot be used; the message is one line and names it."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, like all others."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UserError(f"{message} (see: {self.prog} --help)")


def positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def processes(text: str) -> int:
    """Read a number of processes; a slip of the keyboard must not bring a machine down.

    Four for each core are more than helps, and 16 are harmless everywhere.
    """
    most = max(16, 4 * (os.cpu_count() or 1))
    if (number := positive(text)) > most:
        raise argparse.ArgumentTypeError(f"must be at most {most} on this machine, got {text!r}")
    return number


def run(command: Callable[[], int], *, interrupted: str) -> int:
    """Run a command; whatever ends it is one line on the standard error and an exit code.

    Parameters
    ----------
    command : callable
        Returns 0 when all is well, 1 when something that was asked about failed.
    interrupted : str
        What the line says after Ctrl-C.

    Returns
    -------
    int
        That of `command`, 2 when the input cannot be used, 130 when interrupted, 141 without a word
        when the reader of a standard stream had enough, as in ``… | head``.
    """
    never_fail_to_print()
    try:
        with _terminated_like_interrupted():
            try:
                return command()
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()  # here, where it can be told, and not while Python ends
    except (UserError, OSError) as error:
        if reader_left(error):
            _write_nowhere()
            return _CLOSED
        print(f"w2s: {one_line(error)}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"w2s: {error}: the environment is not whole, install it again", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"w2s: {interrupted}", file=sys.stderr)
        return 130


def reader_left(error: BaseException) -> bool:
    """Whether an error says only that nobody reads a standard stream any more."""
    return isinstance(error, BrokenPipeError) and any(map(_closed, (sys.stdout, sys.stderr)))


def _closed(stream: object) -> bool:
    """Whether a stream is a pipe whose other end was closed."""
    if not isinstance(stream, io.TextIOWrapper) or not hasattr(select, "poll"):
        return False
    asked = select.poll()
    asked.register(stream.fileno(), 0)  # errors are told unasked
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in asked.poll(0))


def _write_nowhere() -> None:
    """Give the closed streams an end, so that Python does not try and complain when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in filter(_closed, (sys.stdout, sys.stderr)):
        os.dup2(nowhere, stream.fileno())


def never_fail_to_print() -> None:
    """Let the standard streams escape what their encoding lacks, such as σ in a plain locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def one_line(told: object) -> str:
    r"""Return the message of an error, or a path, in one line that no terminal obeys.

    Examples
    --------
    >>> print(one_line("a\nb\x1b[2J"))
    a b\x1b[2J
    """
    text = " ".join(str(told).split())
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
    return visible(shown)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end a run as Ctrl-C does, unless it was to ignore them."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # Not every system has a signal for a terminal that is closed.
    ending = filter(None, (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")))
    heard = [number for number in ending if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
