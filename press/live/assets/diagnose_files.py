"""Diagnose files inside Pyodide as the command ``w2s diagnose`` does, with its errors.

The browser's form becomes the arguments of the command; what the command would write, its report
as HTML and as JSON or the one line of an error, is handed to `tell`, a function of the worker.
"""

from __future__ import annotations

import contextlib
import io
import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

Tell = Callable[[str, str], object]
REPORT = "report.html"
ROWS, COLUMNS = 100_000, 256  # of each file: what a browser diagnoses in about a minute
_OWN = ("html", "json", "full", "workers", "scheduler", "memory", "fail-unless")


class _Lines(io.TextIOBase):
    """A stream whose lines are told one by one."""

    def __init__(self, told: Callable[[str], object]) -> None:
        self.last, self._told, self._begun = "", told, ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for self.last in lines:
            if self.last.startswith("w2s: "):
                self._told(self.last.removeprefix("w2s: "))
        return len(text)


def arguments(given: Mapping[str, str]) -> list[str]:
    """Return the arguments of ``w2s diagnose`` that a form asks for.

    Parameters
    ----------
    given : mapping of str to str
        ``weak``, ``strong`` and ``labels`` name files, ``weak_key`` and so on what is meant in
        them; ``head``, ``n`` and ``N`` are those options; ``more`` is further ones as typed.

    Raises
    ------
    ValueError
        If a file is missing, a quotation is not closed, or an option belongs to a machine.

    Examples
    --------
    >>> arguments({"weak": "W.npy", "strong": "all.npz", "strong_key": "S", "labels": "y.csv",
    ...            "n": "50", "N": "", "head": "ridge", "more": "--regression"})
    ['--weak', 'W.npy', '--strong', 'all.npz:S', '--labels', 'y.csv', '--n=50', '--regression']
    """
    made = []
    for part in ("weak", "strong", "labels"):
        if not given.get(part):
            raise ValueError(f"choose a file for --{part}")
        key = given.get(f"{part}_key", "").strip()
        made += [f"--{part}", f"{given[part]}:{key}" if key else given[part]]
    for name in ("n", "N"):
        if value := given.get(name, "").strip():
            made.append(f"--{name}={value}")
    if given.get("head", "ridge") != "ridge":
        made += ["--head", given["head"]]
    try:
        more = shlex.split(given.get("more", ""))
    except ValueError as error:
        raise ValueError(f"further options: {error}") from None
    for word in more:
        if word.partition("=")[0].removeprefix("--") in _OWN:
            raise ValueError(f"{word.partition('=')[0]} has no use in a browser")
    return made + more


def diagnose(given: Mapping[str, str], tell: Tell) -> None:
    """Diagnose the files of a form; tell what is being done, and then the report or an error."""
    from w2s.cli import main

    def said(kind: str, **content: Any) -> None:
        tell(kind, json.dumps(content))

    try:
        asked = arguments(given)
    except ValueError as error:
        said("refused", line=f"w2s: {error}")
        return
    if line := large(asked[1], asked[3]):
        said("large", line=line)
    printed, lines = io.StringIO(), _Lines(lambda line: said("doing", words=line))
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(lines):
        status = main(["diagnose", *asked, "--json", "--full", "--html", REPORT])
    if status:
        said("refused", line=lines.last)
        return
    with open(REPORT, encoding="utf-8") as file:
        page = file.read()
    said(
        "report",
        html=page,
        json=printed.getvalue(),
        command=shlex.join(["w2s", "diagnose", *asked]),
    )


def large(weak: str, strong: str) -> str:
    """Say so where two files are more than about a minute's work; nothing where they are not.

    Files that cannot be read are left for the diagnosis to refuse.
    """
    from w2s.practice.data.tables import open_table

    try:
        tables = [open_table(source) for source in (weak, strong)]
    except (ValueError, OSError):
        return ""
    rows, widths = tables[0].rows, [table.width for table in tables]
    if rows * sum(widths) ** 2 <= ROWS * (2 * COLUMNS) ** 2:
        return ""
    return (
        f"{rows:,} rows of {widths[0]} and {widths[1]} columns take longer than a minute in a "
        f"browser, where {ROWS:,} of {COLUMNS} and {COLUMNS} take about one; the command line has "
        "no such limit"
    )
