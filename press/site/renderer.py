"""A renderer that stands by: it imports jupyter-book while the pages still run.

What jupyter-book and the extensions of Sphinx import takes as long as rendering a page. The press
starts this process early; it waits for the command line as one line of JSON on its standard input,
which stays open and is its leash (`press.leash`).
"""

from __future__ import annotations

import contextlib
import importlib
import json
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Self

from press.leash import follow

# What Sphinx would load by the name of an extension: the same module, only earlier.
_EXTENSIONS = (
    "jupyter_book.cli.main", "jupyter_book.sphinx", "myst_nb.sphinx_ext", "sphinx_book_theme",
    "sphinx.builders.html", "sphinx.ext.mathjax", "sphinxcontrib.bibtex", "sphinx_design",
    "sphinx_proof", "sphinx_togglebutton", "sphinx_copybutton", "sphinx_jupyterbook_latex",
)  # fmt: skip
# Keeps what a renderer executes, which is nothing here, and imports SQLAlchemy: a quarter of all.
_NOT_USED = "jupyter_cache.cache.db"


class Renderer:
    """The process, as the press holds it; it renders once, and ends when it is left.

    Parameters
    ----------
    root : Path
        Where it runs.
    env : dict
        Its environment.
    """

    def __init__(self, root: Path, env: dict[str, str]) -> None:
        code = "from press.site.renderer import main; main()"
        self._told, self._warned = (
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") for _ in range(2)
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=root, env=env, stdin=subprocess.PIPE,
            stdout=self._told, stderr=self._warned,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._told.close()
        self._warned.close()

    def run(self, arguments: list[str]) -> tuple[int, str, str]:
        """Run ``jupyter-book`` with these arguments; return its status and what it said."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its status tells
            self._process.stdin.write(json.dumps(arguments).encode() + b"\n")
            self._process.stdin.flush()
        status = self._process.wait()
        for stream in (self._told, self._warned):
            stream.seek(0)
        return status, self._told.read(), self._warned.read()


def _remember() -> None:
    """Find once what is asked for every page: installed plugins, and the stems of words."""
    with contextlib.suppress(ImportError):
        plugins, words = map(importlib.import_module, ("pybtex.plugin", "sphinx.search.en"))
        for place, name in ((plugins, "entry_points"), (words.SearchEnglish, "stem")):
            setattr(place, name, cache(getattr(place, name)))


def main() -> None:
    """Import, wait for the arguments, and be ``jupyter-book``."""
    sys.modules[_NOT_USED] = empty = ModuleType(_NOT_USED)
    vars(empty)["__getattr__"] = lambda name: object
    for name in _EXTENSIONS:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    _remember()
    line = sys.stdin.readline()
    if not line:  # the press is gone, or has nothing to render
        return
    follow()
    sys.argv = ["jupyter-book", *json.loads(line)]
    from jupyter_book.cli.main import (  # type: ignore[import-untyped,unused-ignore]
        main as jupyter_book,
    )

    jupyter_book()
