"""What the library asks of the parameters of a page, heard while the page runs.

The values of the parameters are known as objects. A check of `w2s._checks` that meets one of them
is remembered here with its bound, in the words of its own error, so that a bound is said where it
is asked and nowhere else. A value that was computed from a parameter is none of it.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

from w2s import _checks

CHECKS = ("integer", "at_least", "above", "between", "inside")
_STRICT = ("above", "inside")


class Whole(int):
    """A whole number that knows its parameter; Python has only one object for each small one."""

    parameter = ""


class Bounds:
    """The tightest bounds that were asked of each parameter, in words.

    Made before the modules of the library are imported: it stands between them and their checks.
    """

    def __init__(self) -> None:
        self._names: dict[int, tuple[str, Any]] = {}  # of objects, which are kept to stay apart
        self._low: dict[str, tuple[float, bool, str]] = {}
        self._high: dict[str, tuple[float, bool, str]] = {}
        for name in CHECKS:
            setattr(_checks, name, self._heard(getattr(_checks, name)))

    def named(self, name: str, value: Any) -> Any:
        """Return an equal value of the same type that is known to be that of a parameter.

        Numbers in lists and tuples are known, too. A whole number is of a subclass of ``int``.
        """
        if type(value) is int:
            whole = Whole(value)
            whole.parameter = name
            return whole
        made = value
        if isinstance(value, (list, tuple)):
            made = type(value)([self.named(name, one) for one in value])
        elif type(value) is float:
            made = float(repr(value))  # another object
        if made is not value:
            self._names[id(made)] = name, made
        return made

    def clear(self) -> None:
        """Forget the last run, in which other values may have decided."""
        self._names.clear()
        self._low.clear()
        self._high.clear()

    def words(self) -> dict[str, str]:
        """Return what was asked of each parameter."""
        asked: dict[str, dict[str, None]] = {}
        for side in (self._low, self._high):
            for name, (_, _, words) in side.items():
                asked.setdefault(name, {})[words] = None
        return {name: "; ".join(words) for name, words in asked.items()}

    def _heard(self, check: Callable[..., Any]) -> Callable[..., Any]:
        """Return a check that remembers what it asks, and says in its error of which parameter."""
        signature = inspect.signature(check)

        @functools.wraps(check)
        def asked(*given: Any, **options: Any) -> Any:
            value = given[1] if len(given) > 1 else options.get("value")
            parameter = self._parameter(value)
            if not parameter:
                return check(*given, **options)
            bound = signature.bind(*given, **options)
            bound.apply_defaults()
            self._remember(check, parameter, bound.arguments)
            try:
                return check(*given, **options)
            except ValueError as error:
                error.parameter = parameter  # type: ignore[attr-defined]
                raise

        return asked

    def _parameter(self, value: Any) -> str:
        if isinstance(value, Whole):
            return value.parameter
        return self._names.get(id(value), ("",))[0]

    def _remember(self, check: Callable[..., Any], name: str, arguments: dict[str, Any]) -> None:
        strict = check.__name__ in _STRICT
        for side, sign, at in ((self._low, 1, "low"), (self._high, -1, "high")):
            bound = arguments.get(at)
            if not isinstance(bound, (int, float)) or not math.isfinite(bound):
                continue
            held = side.get(name)
            if held is None or (sign * bound, strict) > (sign * held[0], held[1]):
                side[name] = bound, strict, _in_words(check, arguments)


def _in_words(check: Callable[..., Any], arguments: dict[str, Any]) -> str:
    """Return the condition of a check as its error says it of a value that is too small."""
    try:
        check(**{**arguments, "name": "", "value": arguments["low"] - 1})
    except ValueError as error:
        return str(error).strip().rpartition(", got ")[0]
    return ""
