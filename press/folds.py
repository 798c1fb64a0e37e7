"""Which code cells are folded on the rendered page, and what their folds are called.

What computes stays open. What only sets the stage (parameters, imports, helpers), draws, or states
what was computed is folded, and the fold says what is inside. The syntax tree decides, so that no
page carries markup for it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeGuard

from press import syntax

VERBS = ("claim", "paper", "reading", "derived", "beyond")  # that state a claim
FIGURE_CODE = "Code of the figure "  # before the figure's name, which the site turns into a number
_HIDDEN = {"remove-input", "remove-cell", "hide-cell"}


def folded(source: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a code cell, folded where a reader need not see it.

    Parameters
    ----------
    source : str
        The cell's code.
    metadata : mapping
        Its metadata; a tag ``hide-input`` that an author gave stays.

    Returns
    -------
    dict
        The metadata, with the tag ``hide-input`` and the name of the fold where it is one.

    Examples
    --------
    >>> folded("import numpy", {})["mystnb"]["code_prompt_show"]
    'Imports'
    >>> folded("mean = sum(drawn) / len(drawn)", {})
    {}
    """
    tags = list(metadata.get("tags", []))
    name = fold_name(source, tags)
    if name is None or _HIDDEN & set(tags):
        return dict(metadata)
    prompts = {"code_prompt_show": name, "code_prompt_hide": name}
    tags += [] if "hide-input" in tags else ["hide-input"]
    return {**metadata, "tags": tags, "mystnb": {**metadata.get("mystnb", {}), **prompts}}


def fold_name(source: str, tags: Collection[str] = ()) -> str | None:
    r"""Return what is in a cell that is to be folded; None for one that stays open.

    Examples
    --------
    >>> fold_name("seed = 1", ["parameters"]), fold_name("figure('map', panel, alt=words)")
    ('Parameters', 'Code of the figure map')
    >>> fold_name("def rate(n):\n    return 1 / n"), fold_name("from w2s import *\nn = 3")
    ('Helper code', 'Imports and set-up')
    """
    if "parameters" in tags:
        return "Parameters"
    try:
        body = [node for node in syntax.module(source).body if not _is_text(node)]
    except SyntaxError:
        body = []
    if names := [_figure_name(call) for call in calls(body, ("figure",), "figures")]:
        return FIGURE_CODE + " and ".join(names)
    if any(calls(body, VERBS, "claims")):
        return "Code of the claims"
    imports = [isinstance(node, (ast.Import, ast.ImportFrom)) for node in body]
    if any(imports):
        return "Imports" if all(imports) else "Imports and set-up"
    defines = any(map(_is_definition, body))
    if defines and all(_is_definition(node) or _is_constant(node) for node in body):
        return "Helper code"
    if "hide-input" in tags:
        return "Helper code" if defines else "Code"
    return None


def calls(body: Collection[ast.AST], names: Collection[str], module: str) -> Iterator[ast.Call]:
    """Yield the calls of one of ``name(…)`` or ``module.name(…)`` that a body executes.

    What stands in a function is called where the function is.
    """
    for node in body:
        yield from (found for found in _executed(node) if _is_call_of(found, names, module))


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and what is below it, but for the bodies of functions."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from _executed(child)


def _is_call_of(node: ast.AST, names: Collection[str], module: str) -> TypeGuard[ast.Call]:
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Attribute):
        owner = called.value
        return called.attr in names and isinstance(owner, ast.Name) and owner.id == module
    return isinstance(called, ast.Name) and called.id in names


def _figure_name(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    return str(first.value) if isinstance(first, ast.Constant) else "below"


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_definition(node: ast.stmt) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))


def _is_constant(node: ast.stmt) -> bool:
    """Whether a statement only names something, without a call."""
    return isinstance(node, (ast.Assign, ast.AnnAssign)) and not any(
        isinstance(inner, ast.Call) for inner in ast.walk(node)
    )
