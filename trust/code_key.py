"""What a page computes, as one hash: its code and that of its modules, without words and pictures.

The fingerprint of `press.stale` asks whether a page must be executed again, and counts every
letter. This key asks whether a run with another seed would give the same numbers again: comments,
docstrings, Markdown, the wording of claims, figures and glued numbers do not count.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from press.claims_record import versions
from press.files import digest
from press.folds import VERBS
from press.pages import Book
from press.sources import Source
from press.stale import imported_modules

_SHOWN = ("figure", "glue")
_WORDS = ("says", "source", "kind", "instead", "main")
_NOT_COUNTED = ("w2s/page/figures.py", "w2s/page/drawn.py", "w2s/_display.py")


def code_key(book: Book, source: Source) -> str:
    """Hash the statements of a page's code cells and of its `w2s` modules, and what it reads.

    Parameters
    ----------
    book : Book
        The checkout.
    source : Source
        A page of it.

    Returns
    -------
    str
        A SHA-256, which also counts the versions of Python, NumPy, SciPy and w2s.
    """
    cells = [cell["source"] for cell in source.notebook.cells if cell["cell_type"] == "code"]
    total = hashlib.sha256(repr(sorted(versions().items())).encode())
    total.update(essence("\n".join(cells)).encode())
    for path in imported_modules(book.root, book.source(source.page)):
        if path not in _NOT_COUNTED:
            place = book.root / path
            total.update(f"{path} {_of_module(place, digest(place))}".encode())
    for path in source.reads:
        total.update(f"{path} {digest(book.root / path)}".encode())
    return total.hexdigest()


def essence(text: str) -> str:
    r"""Return the syntax tree of a Python text without what only a reader sees.

    Examples
    --------
    >>> essence("x = 1  # one\nglue('x', x)") == essence("x = 1\nglue('y', x, display=False)")
    True
    >>> essence("x = 1") == essence("x = 2")
    False
    """
    return ast.dump(_WithoutWords().visit(ast.parse(text)))


@cache
def _of_module(path: Path, content: str | None) -> str:
    """Hash the essence of a module whose bytes have the digest `content`."""
    return hashlib.sha256(essence(path.read_text(encoding="utf-8")).encode()).hexdigest()


class _WithoutWords(ast.NodeTransformer):
    """Take away docstrings, calls that only show something, and the wording of claims."""

    def visit_Expr(self, node: ast.Expr) -> Any:
        """Replace a bare text, ``figure(…)`` and ``glue(…)`` by a statement that does nothing."""
        value = node.value
        text = isinstance(value, ast.Constant) and isinstance(value.value, str)
        if text or (isinstance(value, ast.Call) and _name(value) in _SHOWN):
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        """Drop the words of a claim; its id, its decision and what is expected remain."""
        self.generic_visit(node)
        if _name(node) in VERBS:
            node.keywords = [one for one in node.keywords if one.arg not in _WORDS]
            node.args = [*node.args[:1], *node.args[2:]]  # the second is what a verb says
            node.func = ast.Name("claim", ast.Load())
        return node


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""
