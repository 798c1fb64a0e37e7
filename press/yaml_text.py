"""YAML that others wrote: plain values without aliases, and one line for what is wrong."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from w2s._command import UserError

_DEEPEST = 100


def parse(text: str, name: str) -> Any:
    """Return the value of a YAML text; nothing but plain values is made of it.

    Raises
    ------
    UserError
        When it is not valid YAML, holds aliases or cannot be read; the message begins with `name`
        and says the line where it is known.
    """
    import yaml

    try:
        refuse_aliases(text, name)
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise UserError(f"{name}{line} is not valid YAML: {problem}") from None
    except (ValueError, RecursionError):  # a date that is none, a large number, deep nesting
        raise UserError(f"{name} holds a YAML value that cannot be read") from None


def refuse_aliases(text: str, name: str) -> None:
    """Refuse a text in which a value stands for another: forty lines can mean 2⁴⁰ values.

    Raises
    ------
    UserError
        When there is an alias, or brackets are nested so deeply that reading takes minutes.
    yaml.YAMLError
        When it is not valid YAML.
    """
    import yaml

    def level(depth: int, letter: str) -> int:
        return max(0, depth + (letter in "[{") - (letter in "]}"))

    if max(accumulate(text, level, initial=0)) > _DEEPEST:
        raise UserError(f"{name} nests more than {_DEEPEST} brackets")
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken):
            line = token.start_mark.line + 1
            raise UserError(f"{name} line {line} holds a YAML alias, *{token.value}: write it out")
