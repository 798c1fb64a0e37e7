"""The report on a terminal, readable at 80 columns and without colours."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from w2s.practice.diagnosis import Diagnosis
from w2s.practice.report import words
from w2s.practice.report.look import tone

_WIDTH = 80
_PLAIN: dict[str, Any] = {
    "highlight": False, "emoji": False, "markup": False, "force_jupyter": False,
}  # fmt: skip
_STYLES = {"good": "bold green", "poor": "bold yellow", "open": "bold", "bad": "bold red"}


def show(found: Diagnosis, stream: TextIO) -> None:
    """Write the report to a stream; colours only where it is a terminal."""
    if stream.isatty():
        width = min(_WIDTH, Console(file=stream).width)
        _write(found, Console(file=stream, width=width, **_PLAIN))
        return
    text = StringIO()
    # A notebook's kernel sets FORCE_COLOR, for which Rich would write colours to any stream.
    _write(found, Console(file=text, width=_WIDTH, color_system=None, **_PLAIN))
    for line in text.getvalue().splitlines():
        print(line.rstrip(), file=stream)


def _write(found: Diagnosis, console: Console) -> None:
    verdict = found.verdict
    heading = Text(words.heading(verdict), style=_STYLES[tone(verdict)])
    console.print()
    console.print(Text.assemble(heading, "  ", (verdict.action, "bold")))
    console.print(Text(verdict.headline))
    _listed(console, verdict.because)
    level = f"{found.inputs.confidence:.0%} interval"
    if found.warnings:
        _heading(console, "Warnings")
        _listed(console, found.warnings)
    _heading(console, "Check on held-out rows")
    if found.validation is not None:
        columns = (found.inputs.measure, "predicted", "measured", "deviation", "")
        _table(console, columns, words.check_rows(found), right={1, 2, 3})
    _listed(console, words.check_lines(found))
    _heading(console, f"Predicted at {words.sizes(found.point)}")
    heads = (found.inputs.measure, "± standard error", level)
    _table(console, heads, words.forecast_rows(found), {1, 2})
    _heading(console, "What to buy next")
    _listed(console, words.purchase_lines(found))
    _heading(console, "Geometry")
    _table(console, ("", "", "estimate", level), words.geometry_rows(found), right={2, 3})
    _heading(console, "What this cannot know")
    _listed(console, found.unknown)
    _heading(console, "Input")
    _table(console, ("", "", ""), words.source_rows(found), right={2}, header=False)
    console.print(Padding(words.option_line(found), (0, 2)))


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"))


def _listed(console: Console, lines: tuple[str, ...] | list[str]) -> None:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=3, justify="right")
    table.add_column(ratio=1)
    for line in lines:
        table.add_row("•", Text(line))
    console.print(table)


def _table(
    console: Console,
    columns: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    right: set[int],
    header: bool = True,
) -> None:
    table = Table(box=None, show_header=header, pad_edge=False, padding=(0, 2, 0, 0))
    for k, name in enumerate(columns):
        table.add_column(name, justify="right" if k in right else "left", header_style="italic",
                         overflow="fold")  # fmt: skip
    for row in rows:
        styled = [Text(cell, style="bold red" if cell == "DIFFERS" else "") for cell in row]
        table.add_row(*styled)
    console.print(Padding(table, (0, 2)))
