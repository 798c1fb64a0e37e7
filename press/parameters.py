"""The one cell of a notebook that a re-runner may change, and the values it takes."""

from __future__ import annotations

import ast
import math
import operator
import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from press import syntax
from w2s._command import UserError

PROFILES = ("paper", "smoke")
TAG = "parameters"
_LINE_END = re.compile(r"\r\n|\r|\n")  # as Python counts lines
_LONGEST = 200  # characters of a message's quotation
# What reading and evaluating hostile text raises.
_NO_LITERAL = (ValueError, TypeError, ArithmeticError, SyntaxError, RecursionError)
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}


@dataclass(frozen=True)
class Assignment:
    """One ``name = literal`` of the parameters cell, with the place of its value."""

    name: str
    value: Any
    start: tuple[int, int]
    end: tuple[int, int]


def check_profile(profile: str) -> str:
    """Return `profile`, or refuse it by name."""
    if profile not in PROFILES:
        raise UserError(f"unknown profile {profile!r}: it must be one of {', '.join(PROFILES)}")
    return profile


def parameters_cell(page: str, cells: list[Any]) -> int:
    """Return the index of the one code cell tagged ``parameters``."""
    tagged = [
        index
        for index, cell in enumerate(cells)
        if cell["cell_type"] == "code" and TAG in cell["metadata"].get("tags", [])
    ]
    if len(tagged) != 1:
        count = "no cell" if not tagged else f"{len(tagged)} cells"
        raise UserError(f'{page} must have one cell tagged "parameters", found {count}')
    return tagged[0]


def read_assignments(page: str, source: str) -> tuple[Assignment, ...]:
    """Read the literal assignments of a parameters cell.

    Parameters
    ----------
    page : str
        The page id, for messages.
    source : str
        The cell: only ``name = literal`` lines (with or without annotation), comments, and
        arithmetic of numbers such as ``2**14``.

    Returns
    -------
    tuple of Assignment
        In the order of the cell.

    Raises
    ------
    UserError
        When the cell holds anything else, a name twice, or no ``profile = "paper"``.
    """
    try:
        body = syntax.module(source).body
    except SyntaxError as error:
        raise UserError(f"{page}: the parameters cell does not parse: {error.msg}") from None
    found: list[Assignment] = []
    for target, value in [pair for statement in body for pair in _pairs(page, statement)]:
        if any(one.name == target for one in found):
            raise UserError(f"{page}: the parameters cell assigns {target!r} twice")
        try:
            literal = _literal(value)
        except _NO_LITERAL:
            text = _shown(value)
            raise UserError(f"{page}: parameter {target!r} must be a literal, got {text}") from None
        end = (value.end_lineno or value.lineno, value.end_col_offset or 0)
        found.append(Assignment(target, literal, (value.lineno, value.col_offset), end))
    given = {one.name: one.value for one in found}
    if given.get("profile") != "paper":
        raise UserError(f'{page}: the parameters cell must hold `profile = "paper"`')
    return tuple(found)


def merge(
    page: str,
    defaults: Mapping[str, Any],
    smoke: Mapping[str, Any],
    profile: str,
    given: Mapping[str, str],
) -> dict[str, Any]:
    """Return the values a run uses: cell, then smoke overrides, profile, command line.

    Parameters
    ----------
    page : str
        The page id, for messages.
    defaults : mapping
        Names and values of the parameters cell.
    smoke : mapping
        The overrides of the header, used when `profile` is ``"smoke"``.
    profile : {"paper", "smoke"}
        The scale of the run.
    given : mapping of str to str
        Texts of the command line.

    Returns
    -------
    dict
        A value for every name of the cell.

    Raises
    ------
    UserError
        When a name is not in the cell or a value is of another type.
    """
    values = dict(defaults)
    for name, value in smoke.items():
        _known(f"{page}: the smoke header", name, defaults)
        checked = _checked(f"{page}: the smoke header", name, value, defaults[name])
        if profile == "smoke":
            values[name] = checked
    for name, text in given.items():
        _known(page, name, defaults)
        if name == "profile":
            raise UserError("set the profile by --profile, not by -p profile=…")
        values[name] = _checked(page, name, _from_text(text, defaults[name]), defaults[name])
    values["profile"] = profile
    return values


def rewrite(source: str, assignments: tuple[Assignment, ...], values: Mapping[str, Any]) -> str:
    """Return the parameters cell with the values that are used, comments and layout kept."""
    lines = [line.encode("utf-8") for line in _LINE_END.split(source)]
    for one in sorted(assignments, key=lambda one: one.start, reverse=True):
        if _same(values[one.name], one.value):
            continue
        (first, left), (last, right) = one.start, one.end
        head, tail = lines[first - 1][:left], lines[last - 1][right:]
        lines[first - 1 : last] = [head + repr(values[one.name]).encode("utf-8") + tail]
    return b"\n".join(lines).decode("utf-8")


def parse_pairs(pairs: list[str]) -> dict[str, str]:
    """Split ``name=value`` texts of the command line."""
    given: dict[str, str] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign or not name.strip().isidentifier():
            raise UserError(f"-p needs name=value, got {pair!r}")
        if not text.isprintable():
            raise UserError(f"-p {name.strip()} must be printable text, got {text!r}")
        given[name.strip()] = text.strip()
    return given


def _pairs(page: str, statement: ast.stmt) -> list[tuple[str, ast.expr]]:
    """Return the names and values of one statement: ``a = 1`` or ``a, b = 1, 2``."""
    target: ast.expr | None = None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        target = statement.target
    value = getattr(statement, "value", None)
    if isinstance(target, ast.Name) and value is not None:
        return [(target.id, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        names = [one.id for one in target.elts if isinstance(one, ast.Name)]
        if len(names) == len(target.elts) == len(value.elts):
            return list(zip(names, value.elts, strict=True))
    line = _shown(statement)
    raise UserError(f"{page}: the parameters cell may only hold `name = value`: {line}")


def _shown(node: ast.AST) -> str:
    """Return a piece of source in one line, cut where it is long."""
    try:
        text = " ".join(ast.unparse(node).split())
    except (ValueError, RecursionError):  # a number of thousands of digits, deep nesting
        return "something too long to show"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _literal(node: ast.expr) -> Any:
    """Evaluate a literal; numbers may be combined by arithmetic."""
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        left, right = _literal(node.left), _literal(node.right)
        if not all(_is_number(side) for side in (left, right)):
            raise ValueError("arithmetic of numbers only")
        if isinstance(node.op, ast.Pow) and abs(right) > 64:
            raise ValueError("exponent too large")
        return _moderate(_ARITHMETIC[type(node.op)](left, right))
    if isinstance(node, ast.List):
        return [_literal(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_literal(item) for item in node.elts)
    value = ast.literal_eval(node)
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise ValueError("not one of bool, int, float, str, list, tuple, None")
    return _moderate(value)


def _moderate(value: Any) -> Any:
    """Return a value, unless it is a number beyond all floats or no real number."""
    if isinstance(value, complex) or (_is_number(value) and not _is_finite(value)):
        raise ValueError("number too large, or not real")
    return value


def _from_text(text: str, default: Any) -> Any:
    """Read a text of the command line; a string parameter needs no quotes."""
    try:
        value = _literal(syntax.expression(text))
    except _NO_LITERAL:
        return text
    return text if isinstance(default, str) and not isinstance(value, str) else value


def _known(where: str, name: str, defaults: Mapping[str, Any]) -> None:
    if name not in defaults:
        raise UserError(f"{where} has no parameter {name!r}; it has: {', '.join(defaults)}")


def _checked(where: str, name: str, value: Any, default: Any) -> Any:
    """Return `value` in the type of `default`, or refuse it."""
    if isinstance(default, (list, tuple)) and isinstance(value, (list, tuple)):
        kinds = [_kind(item) for item in default]
        if not default or all(any(_fits(item, kind) for kind in kinds) for item in value):
            return type(default)(value)
    elif isinstance(default, float) and _fits(value, "float"):
        return float(value)
    elif default is None or _fits(value, _kind(default)):
        return value
    expected = "anything" if default is None else _kind(default)
    if isinstance(default, (list, tuple)) and default:
        expected = f"{expected} of {' or '.join(sorted({_kind(item) for item in default}))}"
    got = reprlib.repr(value)
    raise UserError(f"{where}: parameter {name!r} must be {expected} like {default!r}, got {got}")


def _fits(value: Any, kind: str) -> bool:
    fits = _kind(value) == kind or (kind == "float" and _is_number(value))
    return fits and (not _is_number(value) or _is_finite(value))


def _kind(value: Any) -> str:
    return "None" if value is None else type(value).__name__


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def _same(left: Any, right: Any) -> bool:
    return _kind(left) == _kind(right) and repr(left) == repr(right)
