"""The shapes of what the press reads and people write, as JSON Schemas, and one line for a fault.

``book/claims.json``, ``book/results.yml`` and the `w2s` header of a page are declared here; what a
shape cannot say, such as whether a page exists, is checked where it is read.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from typing import Any

from press.parameters import PROFILES
from w2s._command import UserError
from w2s.page.records import CLAIM_FIELDS, KINDS

Schema = Mapping[str, Any]
PAPERS = {"dong2025": "Dong et al. 2025", "medvedev2025": "Medvedev et al. 2025"}
NEIGHBOURS = "neighbours"
"""The wing of Part IV, and in ``book/results.yml`` the group of its results."""
GROUPS = PAPERS | {NEIGHBOURS: "Neighbours"}
GATHERED = ("pairs",)

_TEXT: Schema = {"type": "string"}
_YES: Schema = {"type": "boolean"}
_WORDS: Schema = {"type": "string", "pattern": r"\S", "title": "must be a text"}
_NUMBER: Schema = {
    "type": ["number", "string", "null"],
    "pattern": "^(nan|-?inf)$",
    "title": "must be a number, null, or one of the words nan, inf and -inf",
}
_NUMBERS = ("predicted", "measured", "mean_predicted", "mean_measured", "standard_error", "margin",
            "tolerance", "drift")  # fmt: skip

_CLAIM: Schema = {
    "type": "object",
    "required": [*CLAIM_FIELDS, "page"],
    "properties": {
        **dict.fromkeys(("id", "page", "source", "says", "instead", "verdict"), _TEXT),
        "kind": {"enum": list(KINDS)},
        **dict.fromkeys(("passed", "main"), _YES),
        **dict.fromkeys(_NUMBERS, _NUMBER),
    },
}
CLAIMS: Schema = {
    "type": "object",
    "required": ["profile", "versions", "pages", "claims"],
    "properties": {
        "profile": {"enum": list(PROFILES)},
        "versions": {"type": "object"},
        "pages": {"type": "object", "additionalProperties": {"type": "object"}},
        "claims": {"type": "array", "items": _CLAIM},
    },
}
RESULTS: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,  # first: a misspelt field is also a missing one
        "required": ["paper", "item", "what", "label"],
        "properties": {
            "paper": {"enum": list(GROUPS)},
            **dict.fromkeys(("item", "what", "label", "front", "source"), _WORDS),
            "page": {"type": ["string", "null"]},
            "because": {"type": ["string", "null"]},
        },
        "anyOf": [
            {"required": ["page"], "properties": {"page": {"not": {"type": "null"}}}},
            {"required": ["because"], "properties": {"because": _WORDS}},
        ],
        "description": "needs a page, or says `because:` why not",
    },
}
HEADER: Schema = {
    "type": "object",
    "properties": {
        "smoke": {"type": ["object", "null"]},
        "reads": {"type": ["array", "null"]},
        "gathers": {"enum": [*GATHERED, None]},
        "measures": {"type": "array", "items": _WORDS},
    },
    "additionalProperties": False,
}

_TYPES = {"string": "a text", "number": "a number", "boolean": "true or false", "null": "nothing",
          "object": "a mapping", "array": "a list"}  # fmt: skip


def check(value: Any, schema: Schema, where: str, after: str = "") -> None:
    """Refuse a value that has not the shape of a schema.

    Parameters
    ----------
    value : Any
        What was read.
    schema : mapping
        A JSON Schema of this module.
    where : str
        The file, and what of it.
    after : str
        What the message ends with.

    Raises
    ------
    UserError
        Names the file, the place in it and the condition; of several faults the first one.

    Examples
    --------
    >>> check([{"paper": "dong2025", "item": 1}], RESULTS, "book/results.yml")
    Traceback (most recent call last):
    w2s._command.UserError: book/results.yml, entry 1 lacks 'what'
    """
    from jsonschema import Draft202012Validator  # slow to import

    try:
        fault = next(Draft202012Validator(schema).iter_errors(value), None)
        line = "" if fault is None else f"{_place(where, fault.absolute_path)} {_condition(fault)}"
    except (RecursionError, ValueError):  # deep nesting, a number of thousands of digits
        line = f"{where} holds a value that cannot be shown"
    if line:
        raise UserError(line + after)


def _place(where: str, path: Any) -> str:
    steps = (f"entry {one + 1}" if isinstance(one, int) else shown(one, str) for one in path)
    return ", ".join([where, *steps])


def _condition(fault: Any) -> str:
    """Say what a fault violates; a title or description says it where the keyword could not."""
    keyword, asked, value = fault.validator, fault.validator_value, fault.instance
    if keyword == "required":
        return f"lacks {next(name for name in asked if name not in value)!r}"
    if keyword == "additionalProperties":
        known = fault.schema["properties"]
        unknown = next(name for name in value if name not in known)
        return f"has the unknown field {shown(unknown)}; it may hold {', '.join(known)}"
    if keyword == "anyOf":
        return str(fault.schema["description"])
    if keyword == "enum":
        condition = f"must be {' or '.join(str(one) for one in asked if one is not None)}"
    else:
        kinds = [asked] if isinstance(asked, str) else [one for one in asked if one != "null"]
        condition = fault.schema.get("title") or f"must be {_TYPES[kinds[0]]}"
    return f"{condition}, got {shown(value)}"


def shown(value: Any, to: Callable[[Any], str] = reprlib.repr) -> str:
    """Return a value in at most a few words, or say that it cannot be shown."""
    try:
        return to(value)[:200]
    except (ValueError, RecursionError):
        return "a value that cannot be shown"
