"""Ends of a command line: a reader that had enough, signals that were to be ignored, slips."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys

import pytest

from w2s._command import positive, processes

# More than a pipe holds, so that the writer meets the closed end while it writes.
LONG = "print('word ' * 100_000); return 0"
SHORT = "print('word'); return 0"
OTHER = "raise BrokenPipeError(32, 'a worker is gone')"


def ended(
    body: str, *, closed: tuple[str, ...] = (), before: str = "", unbuffered: str = ""
) -> tuple[int, str]:
    """Run a command in a process some of whose standard streams are pipes that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    code = (
        f"import sys, os, signal\nfrom w2s._command import run\ndef command():\n    {body}\n"
        "sys.exit(run(command, interrupted='interrupted'))"
    )
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    streams |= dict.fromkeys(closed, writing)
    words = [sys.executable, "-c", code]
    words = ["/bin/sh", "-c", f'{before}exec "$0" "$@"', *words]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(  # type: ignore[call-overload]
        words, **streams, env=environment, encoding="utf-8", timeout=120,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # tests may run by nohup
    )  # fmt: skip
    os.close(writing)
    return done.returncode, done.stderr or ""


@pytest.mark.parametrize("body", [LONG, SHORT, "print('x', flush=True); return 0"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_had_enough_is_no_fault_and_hears_nothing(body, unbuffered):
    assert ended(body, closed=("stdout",), unbuffered=unbuffered) == (141, "")


@pytest.mark.parametrize("closed", [("stderr",), ("stdout", "stderr")])
def test_a_closed_standard_error_is_no_fault_either(closed):
    body = "print('x', file=sys.stderr, flush=True); return 0"
    assert ended(body, closed=closed) == (141, "")


def test_another_pipe_that_breaks_is_told():
    assert ended(OTHER) == (2, "w2s: [Errno 32] a worker is gone\n")


def test_help_may_be_cut_short():
    help_only = "import argparse; argparse.ArgumentParser().parse_args(['-h'])"
    assert ended(help_only, closed=("stdout",)) == (141, "")


def test_an_output_that_is_not_there_is_no_fault():
    assert ended(SHORT, before="exec >&-; ") == (0, "")


def test_a_closed_terminal_ends_a_run_but_not_one_that_was_to_ignore_it():
    body = "os.kill(os.getpid(), signal.SIGHUP); return 0"
    assert ended(body) == (130, "w2s: interrupted\n")
    assert ended(body, before="trap '' HUP; ") == (0, "")


def test_the_handlers_of_signals_are_put_back():
    from w2s._command import run

    names = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(one) for one in names]
    assert run(lambda: 0, interrupted="") == 0
    assert [signal.getsignal(one) for one in names] == before


def test_a_number_of_processes_beyond_sense_is_refused(monkeypatch):
    monkeypatch.setattr("w2s._command.os.cpu_count", lambda: 2)
    assert processes("16") == positive("16") == 16
    with pytest.raises(argparse.ArgumentTypeError, match="at most 16 on this machine, got '17'"):
        processes("17")
    monkeypatch.setattr("w2s._command.os.cpu_count", lambda: 64)
    assert processes("256") == 256
    with pytest.raises(argparse.ArgumentTypeError, match="at most 256"):
        processes("1000000")
