"""A command line whose errors are one line and whose end is told by its exit code."""

from __future__ import annotations

import argparse
import io
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from w2s._display import visible

_LONGEST = 1500  # characters of a message


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
        That of `command`, 2 when the input cannot be used, 130 when interrupted.
    """
    never_fail_to_print()
    try:
        with _terminated_like_interrupted():
            return command()
    except (UserError, OSError) as error:
        print(f"w2s: {_one_line(error)}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"w2s: {error}: the environment is not whole, install it again", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"w2s: {interrupted}", file=sys.stderr)
        return 130


def never_fail_to_print() -> None:
    """Let the standard streams escape what their encoding lacks, such as σ in a plain locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _one_line(error: Exception) -> str:
    """Return the message of an error in one line, whatever names it quotes."""
    text = " ".join(str(error).split())
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
    return visible(shown)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end a run as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # Not every system has a signal for a terminal that is closed.
    ending = filter(None, (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")))
    before = {number: signal.signal(number, interrupt) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
