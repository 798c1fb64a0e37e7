"""What the press says while it works: a line per notebook, with a live line on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TextIO


class Progress:
    """Prints lines; on a terminal, a live line below them tells what is running."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._started: dict[str, float] = {}
        self._live: Any = None
        self._console: Any = None
        if self._stream.isatty():
            from rich.console import Console

            self._console = Console(file=self._stream, highlight=False)

    @property
    def terminal(self) -> bool:
        """Whether the lines go to a terminal."""
        return self._console is not None

    def __enter__(self) -> Self:
        if self._console is not None:
            from rich.live import Live

            self._live = Live(
                console=self._console, get_renderable=self._render, transient=True,
                refresh_per_second=2,
            )  # fmt: skip
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def say(self, line: str = "") -> None:
        """Print a line."""
        if self._console is None:
            print(line, file=self._stream, flush=True)
        else:
            self._console.print(line, markup=False, soft_wrap=True)

    def raw(self, text: str) -> None:
        """Print a text that may hold terminal colours, which only a terminal gets."""
        if self._console is None:
            self.say(without_colours(text))
            return
        from rich.text import Text

        self._console.print(Text.from_ansi(text), soft_wrap=True)

    def start(self, name: str) -> None:
        """Note that something has begun."""
        self._started[name] = time.perf_counter()

    def end(self, name: str) -> None:
        """Note that it has ended."""
        self._started.pop(name, None)

    @contextmanager
    def doing(self, name: str) -> Iterator[None]:
        """Show `name` as running within the block."""
        self.start(name)
        try:
            yield
        finally:
            self.end(name)

    def _render(self) -> Any:
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        for name, since in self._started.items():
            table.add_row("…", name, f"{time.perf_counter() - since:.0f} s")
        return table


def without_colours(text: str) -> str:
    """Remove terminal colour codes."""
    import re

    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
