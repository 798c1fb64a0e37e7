"""The claims of the whole book, and their comparison with the accepted record."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from press.executed import Edition, Executed
from press.pages import Book
from press.schemas import CLAIMS, check
from w2s._command import UserError
from w2s._files import write_atomically

ACCEPT_HINT = "look at them, then accept them: python -m press book --accept"
_DIGITS = 10
_MOST_DIGITS = 300  # of a whole number
_ROUNDING = 1e-9
_NOTHING = (
    1e-14  # what rounding leaves of differences of numbers near one, otherwise on each processor
)
_COMPARED = ("predicted", "measured")
_STATED = ("verdict", "page", "kind", "source", "says", "instead")


@dataclass(frozen=True)
class Record:
    """Claims with the profile and the versions they were computed with.

    Attributes
    ----------
    profile : str
        The scale of the run.
    versions : mapping of str to str
        Versions of Python, NumPy, SciPy and w2s.
    pages : mapping of str to mapping
        Seconds that each page took, rounded to two digits.
    claims : tuple of dict
        Records in the order of the book.
    """

    profile: str
    versions: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[dict[str, Any], ...] = ()


def collect(edition: Edition) -> tuple[Record, list[str]]:
    """Gather the claims of all executed pages, in the order of the book.

    Parameters
    ----------
    edition : Edition
        The executed pages and their profile.

    Returns
    -------
    Record
        All claims, each with its page, seed and profile.
    list of str
        Claim ids that two pages use, one sentence each.
    """
    gathered = [record for one in edition.pages.values() for record in _claims_of(one)]
    first: dict[str, str] = {}
    twice: list[str] = []
    for record in gathered:
        name, page = str(record["id"]), record["page"]
        if name in first:
            twice.append(f"claim id {name} is used on two pages: {first[name]} and {page}")
        first.setdefault(name, page)
    pages = {page.id: {"seconds": rounded(one.seconds, 2)} for page, one in edition.pages.items()}
    return Record(edition.profile, versions(), pages, tuple(gathered)), twice


def _claims_of(one: Executed) -> list[dict[str, Any]]:
    given = one.about.get("parameters", {})
    extra = {"page": one.page.id, "seed": given.get("seed"), "profile": given.get("profile")}
    return [_plain(record | extra) for record in one.claims]


def versions() -> dict[str, str]:
    """Return the versions that decide the numbers."""
    found = {"python": platform.python_version()}
    for package in ("numpy", "scipy", "w2s"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def failed(record: Record) -> list[str]:
    """Return one line for every claim that did not pass, with both numbers."""
    return [f"{claim['id']}: {outcome(claim)}" for claim in record.claims if not claim["passed"]]


def outcome(claim: Mapping[str, Any]) -> str:
    """Return a claim's verdict and numbers in one line."""
    line = str(claim["verdict"])
    if claim.get("measured") is not None:
        error = claim.get("standard_error")
        bar = f" ± {error:.2g}" if isinstance(error, (int, float)) and error else ""
        line += f"; predicted {shown(claim.get('predicted'))}, measured "
        line += f"{shown(claim.get('measured'))}{bar}, margin {shown(claim.get('margin'), 3)}"
    if claim.get("reason"):
        line += f" ({claim['reason']})"
    return f"{line} [{claim.get('page')}]"


def read_accepted(book: Book) -> Record | None:
    """Return the accepted record, or None when there is none yet.

    Raises
    ------
    UserError
        When the file is damaged; the message names the line.
    """
    path = book.accepted
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    return parsed(content, str(path.relative_to(book.root)), "restore it from git")


def parsed(text: bytes, shown: str, remedy: str) -> Record:
    """Return the record that a file of claims holds.

    Parameters
    ----------
    text : bytes
        The content of the file.
    shown : str
        What messages call it.
    remedy : str
        What messages tell to do about it.

    Raises
    ------
    UserError
        When the file is damaged; the message names the line.
    """
    try:
        content = json.loads(text.decode("utf-8"), parse_int=_whole)
        json.dumps(content, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise UserError(
            f"{shown} line {error.lineno} is not valid JSON ({error.msg}): {remedy}"
        ) from None
    except UnicodeError as error:
        reason = getattr(error, "reason", error)
        raise UserError(f"{shown} is not UTF-8 text ({reason}): {remedy}") from None
    except RecursionError:
        raise UserError(f"{shown} is nested too deeply: {remedy}") from None
    check(content, CLAIMS, shown, after=f": {remedy}")
    return Record(
        content["profile"], content["versions"], content["pages"], tuple(content["claims"])
    )


def _whole(text: str) -> float:
    """Return a whole number of JSON; one that is larger than all floats counts as infinite."""
    return int(text) if len(text) < _MOST_DIGITS else float(text)


def drift(accepted: Record | None, now: Record) -> list[str]:
    """Compare a paper run with the accepted record.

    Parameters
    ----------
    accepted : Record or None
        The record in the repository; None when there is none yet.
    now : Record
        The record of this run.

    Returns
    -------
    list of str
        One line for every claim that is new, missing, worded or judged differently, or whose
        mean prediction or measurement moved by more than the accepted record allows.
    """
    old = {} if accepted is None else {claim["id"]: claim for claim in accepted.claims}
    new = {claim["id"]: claim for claim in now.claims}
    lines = [f"{name}: new, not in the accepted record" for name in new if name not in old]
    lines += [f"{name}: missing, it was on {old[name]['page']}" for name in old if name not in new]
    for name in new:
        if name in old:
            lines += [f"{name}: {what}" for what in _differences(old[name], new[name])]
    return lines


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    limit = allowed(old)
    return [f"{key} changed from {a!r} to {b!r}" for key, a, b in restated(old, new)] + [
        f"{key} moved from {shown(a)} to {shown(b)}, allowed {limit:.2g}"
        for key, a, b in moved(old, new, limit)
    ]


def restated(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return what a claim states or decides otherwise than before: field, old and new value."""
    # The rule of a logical claim is a text with measured numbers, which may differ in a digit.
    numeric = old.get("measured") is not None and new.get("measured") is not None
    fields = (*_STATED, *(("rule",) if numeric else ()))
    return [(one, old.get(one), new.get(one)) for one in fields if old.get(one) != new.get(one)]


def allowed(claim: Mapping[str, Any]) -> float:
    """Return by how much the numbers of an accepted claim may move."""
    limit = claim.get("drift", claim.get("tolerance"))
    return float(limit) if isinstance(limit, (int, float)) else 0.0


def moved(
    old: Mapping[str, Any], new: Mapping[str, Any], limit: float
) -> list[tuple[str, float | None, float | None]]:
    """Return the means of a claim that moved by more than `limit`: name, old and new value."""
    found = []
    for key in _COMPARED:
        mean = f"mean_{key}" if f"mean_{key}" in old or f"mean_{key}" in new else key
        before, after = _number(old.get(mean)), _number(new.get(mean))
        if not _close(before, after, limit):
            found.append((key, before, after))
    return found


def _close(before: float | None, after: float | None, limit: float) -> bool:
    if before is None or after is None:
        return before is after
    if math.isnan(before) or math.isnan(after):
        return math.isnan(before) and math.isnan(after)
    if math.isinf(before) or math.isinf(after):
        return before == after
    return abs(after - before) <= limit + _ROUNDING * abs(before) + _NOTHING


def write_accepted(book: Book, record: Record) -> None:
    """Make a record the accepted one, one field per line so that a change reads well in git."""
    content = {
        "profile": record.profile,
        "versions": dict(record.versions),
        "pages": {name: dict(about) for name, about in record.pages.items()},
        "claims": list(record.claims),
    }
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
    write_atomically(book.accepted, text + "\n")


def rounded(value: float, digits: int) -> float:
    """Return `value` with that many significant digits."""
    return float(f"{value:.{digits}g}")


def _plain(value: Any) -> Any:
    """Return JSON values with floats rounded and non-finite ones as words."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return rounded(value, _DIGITS) if math.isfinite(value) else repr(value)
    return value


def _number(value: Any) -> float | None:
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def shown(value: Any, digits: int = 6) -> str:
    """Return a number of a record in a few digits; ``none`` where there is no number."""
    number = _number(value)
    return "none" if number is None else f"{number:.{digits}g}"
