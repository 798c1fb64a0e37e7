"""What a browser needs of one page: its cells, its parameters as a form, and what was accepted."""

from __future__ import annotations

import importlib.util
import io
import tokenize
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from press import gather, measured
from press.claims_record import Record
from press.live.known import read_known
from press.pages import Book, Page
from press.parameters import PROFILES
from press.sources import Source, read_source
from press.stale import imported_modules
from w2s._command import UserError

PAIRS = "pairs.csv"  # where the browser finds what a page gathers from the others
_TERMINAL = "to_terminal("  # how a page shows a report as a terminal does, by rich
_ONNX = "w2s/practice/data/stand_in.py"  # what of the library makes networks of the raw task
_SKLEARN = "w2s/practice/data/digits.py"  # what of the library needs scikit-learn


def browser_page(book: Book, page: Page, record: Record | None, profile: str) -> dict[str, Any]:
    """Return what the browser gets of a page, ready for JSON.

    Parameters
    ----------
    book : Book
        The checkout.
    page : Page
        A notebook page.
    record : Record or None
        The accepted claims, whose verdicts stand beside the browser's.
    profile : {"paper", "smoke"}
        That of the site, whose table a gathering page reads.

    Returns
    -------
    dict
        ``cells`` (source and tags), ``parameters`` (the number of their cell), ``smoke`` (values
        at that scale), ``form`` (a field for each parameter), ``files`` (texts that the page
        reads), ``given`` (parameters that name such files), ``needs`` (bundles of packages),
        ``takes`` (the time by scale, in words), ``versions`` (of the accepted run) and
        ``verdicts`` (accepted, by claim).
    """
    source = read_source(book, page)
    code = [cell for cell in source.notebook.cells if cell["cell_type"] == "code"]
    own = source.notebook.cells[source.cell]
    files, given = _files(book, source, profile)
    claims = [] if record is None else [one for one in record.claims if one["page"] == page.id]
    accepted = {} if record is None else record.pages
    known = read_known(book)
    modules = imported_modules(book.root, book.source(page))
    needs = ["numpy", "scipy", "matplotlib", *["sklearn"] * (_SKLEARN in modules)]
    return {
        "id": page.id,
        "cells": [
            {"source": one["source"], "tags": list(one["metadata"].get("tags", []))} for one in code
        ],
        "parameters": code.index(own),
        "smoke": dict(source.smoke),
        "form": form(source, list(given), known.bounds.get(page.id, {})),
        "files": files,
        "given": given,
        "needs": needs,
        "takes": {profile: known.words(page.id, profile, accepted) for profile in PROFILES},
        "versions": {}
        if record is None
        else {k: v for k, v in record.versions.items() if k in needs},
        "verdicts": {str(one["id"]): str(one["verdict"]) for one in claims},
    }


def hindered(book: Book, page: Page) -> str:
    """Return why a page cannot be rerun in a browser, in words; nothing where it can."""
    if _ONNX in imported_modules(book.root, book.source(page)):
        return "This page makes and runs networks in ONNX, which no package for browsers reads."
    return ""


def form(source: Source, hidden: list[str], bounds: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a field for each parameter a reader may change: name, kind, values, words, bound."""
    words = comments(source.notebook.cells[source.cell]["source"])
    return [
        {
            "name": one.name,
            "kind": type(one.value).__name__,
            "paper": repr(one.value),
            "smoke": repr(source.smoke.get(one.name, one.value)),
            "words": words.get(one.start[0], ""),
            "bound": bounds.get(one.name, ""),
        }
        for one in source.assignments
        if one.name != "profile" and one.name not in hidden
    ]


def comments(cell: str) -> dict[int, str]:
    r"""Return the comments of a cell by line, without their sign.

    Examples
    --------
    >>> comments("seed = 1\nn = 100  # labelled samples")
    {2: 'labelled samples'}
    """
    tokens = tokenize.generate_tokens(io.StringIO(cell).readline)
    return {
        one.start[0]: one.string.lstrip("# ").strip()
        for one in tokens
        if one.type == tokenize.COMMENT
    }


def _files(book: Book, source: Source, profile: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts that a page reads by path, and the parameters that name some of them."""
    _, records = measured.inputs(book, source, "smoke")
    texts = {
        path: (book.root / path).read_text(encoding="utf-8") for path in (*source.reads, *records)
    }
    given = {}
    if source.gathers:
        table = gather.table_path(book, profile)
        texts[PAIRS] = table.read_text(encoding="utf-8") if table.is_file() else ""
        given[source.gathers] = PAIRS
    if any(_TERMINAL in cell["source"] for cell in source.notebook.cells):
        texts |= installed("rich")
    return texts, given


def installed(package: str) -> dict[str, str]:
    """Return the modules of an installed package of Python alone, by their path as imported.

    Examples
    --------
    >>> list(installed("mdurl"))[:2]
    ['mdurl/__init__.py', 'mdurl/_decode.py']
    """
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise UserError(f"{package} is not installed: the environment is not whole")
    root = Path(found.origin).parent
    return {
        f"{package}/{path.relative_to(root).as_posix()}": path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*.py"))
    }
