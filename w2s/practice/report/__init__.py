"""Reports of a diagnosis: on a terminal, as JSON, and as one self-contained HTML page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from w2s.practice.diagnosis import Diagnosis, Progress


def to_terminal(found: Diagnosis, stream: TextIO) -> None:
    """Write the report for a reader to a text stream, 80 columns wide."""
    from w2s.practice.report.terminal import show

    show(found, stream)


def to_json(found: Diagnosis, *, full: bool = False) -> str:
    """Return the diagnosis as JSON, as ``diagnosis.schema.json`` beside this module describes it.

    Parameters
    ----------
    found : Diagnosis
        What is written.
    full : bool
        Whether curves, surface and spectra are written, too.
    """
    plain = found.to_dict(full=full)
    # In ASCII: the name of a file may be no text, or steer a terminal.
    return json.dumps(plain, indent=None if full else 1, allow_nan=False)


def to_html(found: Diagnosis, *, command: str | None = None) -> str:
    """Return the report as one HTML page that loads nothing and runs nothing.

    Parameters
    ----------
    found : Diagnosis
        What is shown.
    command : str, optional
        The command line that made it, for the foot of the page.
    """
    from w2s.practice.report.page import page

    return page(found, command)


@contextmanager
def progress_line(stream: TextIO) -> Iterator[Progress]:
    """Show what is being done: a live bar on a terminal, else a plain line a step."""
    if not stream.isatty():
        started: set[str] = set()

        def say(what: str, done: int, total: int) -> None:
            if what not in started:
                started.add(what)
                print(f"w2s: {what}", file=stream, flush=True)

        yield say
        return
    from rich import progress as rich
    from rich.console import Console

    columns = rich.TextColumn("{task.description}"), rich.BarColumn(), rich.TimeRemainingColumn()
    with rich.Progress(*columns, console=Console(file=stream), transient=True) as bar:
        tasks: dict[str, rich.TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield show
