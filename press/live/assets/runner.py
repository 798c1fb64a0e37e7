"""Run the cells of a page inside Pyodide and tell the page what they show.

It stands in for the kernel: what a notebook would display is handed to `tell`, a function of the
worker, as the kind of a message and its content in JSON.
"""

from __future__ import annotations

import ast
import json
import linecache
import os
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable
from typing import Any

from press.live.assets.bounds import Bounds

Tell = Callable[[str, str], object]
CLAIM, FIGURE = "application/vnd.w2s.claim+json", "application/vnd.w2s.figure+json"


class _Stream:
    """A standard stream whose text goes to the page."""

    encoding = "utf-8"

    def __init__(self, show: Callable[[dict[str, Any]], None], name: str) -> None:
        self._show, self._name = show, name

    def write(self, text: str) -> int:
        if text:
            self._show({"kind": "output", "stream": self._name, "text": text})
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


class Runner:
    """One interpreter's worth of runs; every run has a namespace of its own."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._bounds = Bounds()
        self._stand_in()

    def show(self, message: dict[str, Any]) -> None:
        """Hand a message to the page."""
        self._tell(message["kind"], json.dumps(message))

    def run(
        self,
        page: dict[str, Any],
        given: dict[str, str],
        profile: str,
        edited: dict[str, str] | None = None,
    ) -> bool:
        """Run every cell of a page in order; whether all of them ended well.

        Parameters
        ----------
        page : dict
            As `press.live.pages.browser_page` made it.
        given : dict of str to str
            Texts of changed parameters, which are read as those of ``press one -p`` are.
        profile : {"paper", "smoke"}
            The scale.
        edited : dict of str to str, optional
            Sources that take the place of cells, by the number of the cell.
        """
        began = time.monotonic()
        for path, text in page["files"].items():
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
        try:
            cells = self._prepared(page, given | page["given"], profile)
        except Exception as error:
            self.show({"kind": "error", "line": line_of(error), "detail": ""})
            return False
        for key, source in (edited or {}).items():
            cells[int(key)] = source, cells[int(key)][1]
        space: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
        streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (_Stream(self.show, name) for name in ("stdout", "stderr"))
        number = 0
        self._bounds.clear()
        try:
            for number, (source, tags) in enumerate(cells):
                self.show({"kind": "cell", "number": number, "count": len(cells)})
                self._execute(source, f"<cell {number + 1}>", space, quiet="remove-output" in tags)
                if number == page["parameters"]:
                    space |= {one["name"]: self._named(one["name"], space) for one in page["form"]}
        except Exception as error:
            self._failed(error, number)
            return False
        finally:
            sys.stdout, sys.stderr = streams
            whole = number == len(cells) - 1
            self.show({"kind": "bounds", "words": self._bounds.words(), "whole": whole})
        self.show({"kind": "done", "seconds": round(time.monotonic() - began, 2)})
        return True

    def _named(self, name: str, space: dict[str, Any]) -> Any:
        return self._bounds.named(name, space[name])

    def _failed(self, error: Exception, number: int) -> None:
        """Show an error of a cell, with the line that the build of a book ends with."""
        trace = error.__traceback__
        while trace and not trace.tb_frame.f_code.co_filename.startswith("<cell"):
            trace = trace.tb_next
        detail = "".join(traceback.format_exception(type(error), error, trace))
        parameter = getattr(error, "parameter", "")
        line = [one for one in detail.splitlines() if one.strip()][-1].strip()
        shown = {"line": line, "detail": detail, "cell": number, "parameter": parameter}
        self.show({"kind": "error"} | shown)

    def _prepared(
        self, page: dict[str, Any], given: dict[str, str], profile: str
    ) -> list[tuple[str, list[str]]]:
        """Return the sources of the cells with the values that are used."""
        from press.parameters import merge, read_assignments, rewrite

        cells = [(cell["source"], cell["tags"]) for cell in page["cells"]]
        source, tags = cells[page["parameters"]]
        assignments = read_assignments(page["id"], source)
        defaults = {one.name: one.value for one in assignments}
        values = merge(page["id"], defaults, page["smoke"], profile, given)
        cells[page["parameters"]] = rewrite(source, assignments, values), tags
        return cells

    def _execute(self, source: str, name: str, space: dict[str, Any], *, quiet: bool) -> None:
        """Execute one cell; the value of a last expression is displayed, as in a notebook."""
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        tree = ast.parse(source, name)
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr) and not source.rstrip().endswith(";"):
            tree.body.pop()
            exec(compile(tree, name, "exec"), space)
            value = eval(compile(ast.Expression(last.value), name, "eval"), space)
            if value is not None and not quiet:
                self.display(value)
        else:
            exec(compile(tree, name, "exec"), space)

    def display(self, *values: Any, raw: bool = False, **_: Any) -> None:
        """Show values as a notebook does: claims and figures in their place, others as output."""
        for value in values:
            bundle: dict[str, Any] = value if raw else _bundle(value)
            if CLAIM in bundle:
                record = {"record": bundle[CLAIM], "html": bundle["text/html"]}
                self.show({"kind": "claim"} | record)
            elif FIGURE in bundle:
                record = {k: bundle[FIGURE][k] for k in ("name", "alt", "csv")}
                self.show({"kind": "figure", "html": bundle["text/html"]} | record)
            elif "text/html" in bundle:
                self.show({"kind": "html", "html": bundle["text/html"]})
            elif "text/plain" in bundle:
                text = {"stream": "stdout", "text": f"{bundle['text/plain']}\n"}
                self.show({"kind": "output"} | text)

    def _stand_in(self) -> None:
        """Put small modules where pages import a notebook's tools."""

        class Shown:
            mime = "text/plain"

            def __init__(self, data: str) -> None:
                self.data = data

            def bundle(self) -> dict[str, str]:
                return {self.mime: self.data}

        class HTML(Shown):
            mime = "text/html"

        class Markdown(Shown):
            mime = "text/plain"

        listening = object()
        version = (9, 0, 0)  # at which Matplotlib asks no further
        shown = {"get_ipython": lambda: listening, "display": self.display}
        _module("IPython", version_info=version, **shown)
        _module("IPython.core")
        _module("IPython.core.pylabtools")  # which Matplotlib looks into, and finds nothing in
        _module("IPython.core.display_functions", display=self.display)
        _module("IPython.display", display=self.display, HTML=HTML, Markdown=Markdown)
        _module("myst_nb", glue=self._glue)
        _leave_pictures_of_pixels_out()
        _draw_spans_as_rectangles()
        if sys.platform == "emscripten":
            _fit_by_scipy()

    def _glue(self, name: str, value: Any, display: bool = True) -> None:
        """Keep a value of the run that the prose of the page shows."""
        self.show({"kind": "glue", "name": name, "text": str(value)})


def _module(name: str, **content: Any) -> None:
    module = types.ModuleType(name)
    vars(module).update(content)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], child, module)


def _leave_pictures_of_pixels_out() -> None:
    """Draw no PNG, which is for readers of notebooks who see no SVG."""
    warnings.filterwarnings("ignore", "Unable to import Axes3D")  # which is not served
    from matplotlib.figure import Figure

    whole = Figure.savefig

    def savefig(self: Any, target: Any, *rest: Any, **options: Any) -> None:
        if options.get("format") != "png":
            whole(self, target, *rest, **options)

    Figure.savefig = savefig  # type: ignore[assignment,method-assign]


def _draw_spans_as_rectangles() -> None:
    """Let spans of axes be what Matplotlib makes them from 3.9 on, for the data of figures."""
    from matplotlib.axes import Axes
    from matplotlib.patches import Polygon, Rectangle

    def replaced(whole: Callable[..., Any]) -> Callable[..., Any]:
        def span(self: Any, *given: Any, **options: Any) -> Any:
            old = whole(self, *given, **options)
            if not isinstance(old, Polygon):
                return old
            (left, low), (right, high) = old.get_xy().min(axis=0), old.get_xy().max(axis=0)
            new = Rectangle((left, low), right - left, high - low)
            new.update_from(old)
            old.remove()
            return self.add_patch(new)

        return span

    for name in ("axhspan", "axvspan"):
        setattr(Axes, name, replaced(getattr(Axes, name)))


def _fit_by_scipy() -> None:
    """Let SciPy solve least squares: NumPy has no LAPACK here, and takes two or three times longer.

    SciPy's LAPACK is asked itself: its function for users imports sparse matrices, a second's work.
    """
    import numpy as np

    def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Any, Any, int, Any]:
        from scipy.linalg.lapack import dgelsy, dgelsy_lwork

        design, labels = np.asarray(a, np.float64), np.asarray(b, np.float64)
        rows, columns = design.shape
        most = max(rows, columns)
        right = np.zeros((most, labels[0].size))
        right[:rows] = labels.reshape(rows, -1)
        cut = np.finfo(np.float64).eps * most if rcond is None else rcond
        size = int(dgelsy_lwork(rows, columns, right.shape[1], cut)[0])
        found, rank = dgelsy(design, right, np.zeros(columns, np.int32), cut, size)[1:4:2]
        return found[:columns].reshape(columns, *labels.shape[1:]), np.empty(0), rank, np.empty(0)

    np.linalg.lstsq = lstsq  # type: ignore[assignment]
    _module("scipy.linalg._sketches", clarkson_woodruff_transform=None)  # which wants them, too


def _bundle(value: Any) -> dict[str, Any]:
    if hasattr(value, "bundle"):
        return dict(value.bundle())
    if hasattr(value, "_repr_html_"):
        return {"text/html": value._repr_html_()}
    return {"text/plain": repr(value)}


def line_of(error: BaseException) -> str:
    """Return an error as the one line that the command line of the book gives."""
    from w2s._command import UserError, one_line

    text = one_line(error)
    return text if isinstance(error, (ValueError, UserError)) else f"{type(error).__name__}: {text}"
