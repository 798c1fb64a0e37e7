"""Parse Python that anybody may have written: whatever cannot be parsed is a SyntaxError."""

from __future__ import annotations

import ast
from typing import cast


def module(text: str | bytes) -> ast.Module:
    """Return the syntax tree of a text of statements.

    Parameters
    ----------
    text : str or bytes
        Python, perhaps.

    Returns
    -------
    ast.Module
        Its tree.

    Raises
    ------
    SyntaxError
        When it is no Python; also for characters that Python cannot hold, and for nesting that
        CPython's parser ends with a ``RecursionError`` or, its own stack being full, with a
        ``MemoryError``.

    Examples
    --------
    >>> module("1 +")
    Traceback (most recent call last):
    SyntaxError: invalid syntax
    """
    return cast(ast.Module, _parsed(text, "exec"))


def expression(text: str) -> ast.expr:
    """Return the syntax tree of an expression; raise as `module` does.

    Examples
    --------
    >>> ast.unparse(expression("1+ 2"))
    '1 + 2'
    """
    return cast(ast.Expression, _parsed(text, "eval")).body


def _parsed(text: str | bytes, mode: str) -> ast.AST:
    try:
        return ast.parse(text, mode=mode)
    except ValueError as error:  # half of a surrogate pair; null characters, before CPython 3.11.4
        reason = str(error)
    except (RecursionError, MemoryError):
        reason = "nested too deeply"
    raise SyntaxError(reason)
