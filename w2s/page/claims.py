"""Claims: sentences that can be false, with the numbers that decide them.

A notebook states a claim by the verb that says whose statement it is, `paper`, `reading`,
`derived` or `beyond`, as in ``derived(id, says, decision)``. The decision is what one of the rules
of `decisions`, or a `Comparison`, returned. The claim is shown on the page as a card and emitted as
a machine-readable record that the press collects, so a claim cannot be shown without being counted.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping
from typing import Any

from w2s._checks import one_of
from w2s._display import emit, formulas, numerals
from w2s.page.decisions import (
    Decision,
    exact,
    fact,
    family_quantile,
    inequality,
    interval,
    monte_carlo,
)
from w2s.page.records import CLAIM as MIME
from w2s.page.records import KINDS

__all__ = [
    "MIME", "Decision", "beyond", "card", "claim", "derived", "evidence", "exact", "fact",
    "family_quantile", "inequality", "interval", "judge", "monte_carlo", "numerals", "paper",
    "plain", "reading", "shown_verdict",
]  # fmt: skip


def judge(
    id: str,
    *,
    says: str,
    source: str,
    kind: str,
    decision: Decision,
    expect: str = "holds",
    instead: str = "",
    main: bool = False,
) -> dict[str, Any]:
    """Return the machine-readable record of a claim, without showing it.

    Parameters
    ----------
    id : str
        Unique in the book, dotted lower case: ``part.topic.what``.
    says : str
        One sentence that can be false.
    source : str
        A key of the bibliography and a place in it, or ``"w2s"``.
    kind : {"paper", "reading", "derived", "beyond"}
        Whose statement it is: the paper's; the paper's in words or constants that we recalled or
        derived; derived here; or beyond the paper.
    decision : Decision
        What `exact`, `monte_carlo`, `inequality`, `interval` or `fact` returned.
    expect : {"holds", "fails"}
        ``"fails"`` for a statement shown not to hold, with its counter-example. A statement of the
        paper or a reading of it then does not hold as read, and `instead` says what does. One of
        ours is a control: it shows that a hypothesis is needed, or that the test can fail.
    instead : str
        What holds instead, where a statement or reading of the paper does not hold as read.
    main : bool
        Whether the page is about this claim; the site folds the others away.

    Returns
    -------
    dict
        The record; ``passed`` tells whether the outcome is the expected one.

    Raises
    ------
    ValueError
        When the id is malformed, a text empty, a choice unknown, or `instead` missing where the
        paper's statement is shown not to hold, or given elsewhere.

    Examples
    --------
    >>> record = judge("demo.sum", says="One and one is two.", source="w2s", kind="derived",
    ...                decision=exact(2.0, 1.0 + 1.0, tolerance=1e-15))
    >>> record["verdict"]
    'holds'
    """
    if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", id):
        raise ValueError(f"a claim id is dotted lower case like 'part.topic.what', got {id!r}")
    for name, text in (("says", says), ("source", source)):
        if not text.strip():
            raise ValueError(f"{name} of claim {id} must not be empty")
    one_of("kind", kind, tuple(KINDS))
    one_of("expect", expect, ("holds", "fails"))
    theirs = kind in ("paper", "reading")
    if (expect == "fails" and theirs) != bool(instead.strip()):
        raise ValueError(
            f"instead says what holds where a statement of the paper does not; claim {id} of kind "
            f"{kind}, expected to be one that {expect}, got {instead!r}"
        )
    passed = decision.outcome == expect
    verdict = decision.outcome if expect == "holds" else _EXPECTED_FAILURE[decision.outcome]
    record = {
        "id": id, "kind": kind, "source": source, "says": " ".join(says.split()),
        "expect": expect, "verdict": verdict, "passed": passed, "main": main,
    }  # fmt: skip
    if instead:
        record["instead"] = " ".join(instead.split())
    numbers = {k: v for k, v in vars(decision).items() if k != "outcome"}
    return record | numbers | {"at": dict(decision.at)}


def claim(id: str, *, says: str, source: str, kind: str, decision: Decision, **more: Any) -> None:
    """State a claim on a page: show its card and emit its record.

    A claim that does not pass is shown as such and fails the build later; it does not raise, so
    that the page shows all its numbers. Parameters and errors are those of `judge`.

    Examples
    --------
    >>> claim("demo.sum", says="One and one is two.", source="w2s", kind="derived",
    ...       decision=exact(2.0, 1.0 + 1.0, tolerance=1e-15))
    HOLDS  demo.sum: One and one is two. [...]
    """
    record = judge(id, says=says, source=source, kind=kind, decision=decision, **more)
    emit({"text/plain": plain(record), "text/html": card(record), MIME: record})


def paper(id: str, says: str, decision: Decision, *, source: str, **more: Any) -> None:
    """State what the paper states: `claim` with ``kind="paper"``; `source` names the place in it.

    That is what its abstract, a caption or its authors' code says; `more` is as in `judge`.

    Examples
    --------
    >>> paper("demo.sum", "One and one is two.", exact(2.0, 1.0 + 1.0, 1e-15), source="me2025, (1)")
    HOLDS  demo.sum: One and one is two. [...]
    """
    claim(id, says=says, source=source, kind="paper", decision=decision, **more)


def reading(id: str, says: str, decision: Decision, *, source: str, **more: Any) -> None:
    """State what we read in the paper, in words or constants that we recalled or derived.

    Examples
    --------
    >>> reading("demo.sum", "One and one is two.", exact(2.0, 1.0 + 1.0, 1e-15), source="me2025")
    HOLDS  demo.sum: One and one is two. [...]
    """
    claim(id, says=says, source=source, kind="reading", decision=decision, **more)


def derived(id: str, says: str, decision: Decision, *, source: str = "w2s", **more: Any) -> None:
    """State what is derived here: `claim` with ``kind="derived"``.

    Examples
    --------
    >>> derived("demo.sum", "One and one is two.", exact(2.0, 1.0 + 1.0, 1e-15))
    HOLDS  demo.sum: One and one is two. [...]
    """
    claim(id, says=says, source=source, kind="derived", decision=decision, **more)


def beyond(id: str, says: str, decision: Decision, *, source: str = "w2s", **more: Any) -> None:
    """State what goes beyond the paper: `claim` with ``kind="beyond"``.

    Examples
    --------
    >>> beyond("demo.sum", "One and one is two.", exact(2.0, 1.0 + 1.0, 1e-15))
    HOLDS  demo.sum: One and one is two. [...]
    """
    claim(id, says=says, source=source, kind="beyond", decision=decision, **more)


def shown_verdict(record: Mapping[str, Any]) -> str:
    """Return a verdict as a reader sees it: an expected failure says what its failing means.

    Examples
    --------
    >>> shown_verdict({"verdict": "fails as expected", "kind": "derived"})
    'control: fails as it should'
    """
    verdict = str(record["verdict"])
    if verdict != _EXPECTED_FAILURE["fails"]:
        return verdict
    return _AS_READ if record["kind"] in ("paper", "reading") else _CONTROL


def plain(record: Mapping[str, Any]) -> str:
    """Return a record as one line of text."""
    instead = f" Instead: {record['instead']}" if record.get("instead") else ""
    says = f"{record['id']}: {record['says']}{instead}"
    return f"{shown_verdict(record).upper()}  {says} [{evidence(record)}]"


def evidence(record: Mapping[str, Any]) -> str:
    """Return in words the numbers that decided a record.

    A number with a standard error has the digits that the error leaves it; what differs by
    rounding only is called equal.
    """
    fact = record["measured"] is None
    parts = [str(record["rule"]) if fact else _WORDS[record["relation"]](record)]
    if record["at"]:
        places = (
            f"{k} = {x if isinstance(x, str) else f'{x:.4g}'}" for k, x in record["at"].items()
        )
        parts.append(
            f"{'closest' if record['relation'] == '≤' else 'worst'} at {', '.join(places)}"
        )
    if record["reason"] and (fact or record["verdict"] == "undecided"):
        parts.append(str(record["reason"]))
    return numerals("; ".join(parts))


def _equal(record: Mapping[str, Any]) -> str:
    """Say how far two routes to one number are apart."""
    value, target, error = record["measured"], record["predicted"], record["standard_error"]
    rule = f"({record['rule']}{_over(record)})"
    off = abs(value - target)
    if error is None and _rounding(value, target):
        return f"both routes give {target:.6g}, to rounding {rule}"
    digits = _digits(value, error)
    by = _errors(off / error) if error else f"{off:.2g}"
    both = f"predicted {target:.{digits}g}; measured {_with_error(value, error)}"
    return f"{both}, off by {by} {rule}"


def _at_most(record: Mapping[str, Any]) -> str:
    """Show the two sides of an inequality where they are closest."""
    value, bound, error = record["measured"], record["predicted"], record["standard_error"]
    slack = record["tolerance"] or 0.0
    gap, over = bound - value, _over(record, " at the closest of")
    if _rounding(value, bound):
        return f"equal to rounding, {bound if bound and value else 0:.6g}{over}"
    sides = (
        f"{_with_error(value, error)} {'≤' if gap >= 0 else '>'} {bound:.{_digits(bound, error)}g}"
    )
    if error:
        return f"{sides}, by {_errors(abs(gap) / error)} ({record['rule']}{_over(record)})"
    return f"{sides}{f' ({slack:.2g} more is allowed)' if gap < 0 < slack else ''}{over}"


def _within(record: Mapping[str, Any]) -> str:
    """Show a fitted number with its interval, and the range where it should lie."""
    value, half = record["measured"], record["tolerance"]
    fitted = f"estimate {_with_error(value, record['standard_error'])}"
    return f"{fitted}, interval [{value - half:.4g}, {value + half:.4g}]; {record['rule']}"


def _rounding(one: float, other: float) -> bool:
    """Whether two numbers of the book differ by rounding only; beside nought by its own scale."""
    scale = max(abs(one), abs(other)) * _ROUNDING if one and other else _NOUGHT
    return abs(one - other) <= scale


def _over(record: Mapping[str, Any], how: str = " over") -> str:
    return f"{how} {record['points']} points" if record["points"] > 1 else ""


def _errors(count: float) -> str:
    shown = f"{count:.2g}" if count < 99.5 else f"{count:.0f}"  # no power of ten
    return f"{shown} standard error{'' if shown == '1' else 's'}"


def _with_error(value: float, error: float | None) -> str:
    return f"{value:.{_digits(value, error)}g}" + (f" ± {error:.2g}" if error else "")


_ROUNDING, _NOUGHT = 1e-12, 1e-14
_WORDS = {"=": _equal, "≤": _at_most, "in": _within}


def _digits(value: float, error: float | None) -> int:
    """Return how many digits of a value its standard error leaves, at most six."""
    if not error or not value or not math.isfinite(error):
        return 6
    return min(max(math.floor(math.log10(abs(value))) - math.floor(math.log10(error)) + 2, 2), 6)


_EXPECTED_FAILURE = {
    "fails": "fails as expected",
    "holds": "holds unexpectedly",
    "undecided": "undecided",
}
_AS_READ, _CONTROL = "does not hold as read", "control: fails as it should"
_LOOKS = {"holds": ("passed", "✓"), _AS_READ: ("amended", "✗"), _CONTROL: ("control", "✓")}
"""State of the card and sign, by the verdict shown; whatever else came out is a failure."""


def card(record: Mapping[str, Any]) -> str:
    """Return a record as a small accessible card of HTML, every text escaped."""
    verdict = shown_verdict(record)
    state, sign = _LOOKS.get(verdict, ("failed", "✗"))
    text = {k: html.escape(str(record[k])) for k in ("id", "source")}
    instead = formulas(record["instead"]) if record.get("instead") else ""
    main = " data-main" if record.get("main") else ""
    return (
        f'<div class="w2s-claim w2s-claim-{state}"{main} role="note" aria-label="Claim '
        f'{text["id"]}: {verdict}"><p class="w2s-claim-says"><span class="w2s-claim-verdict">'
        f'<span aria-hidden="true">{sign}</span> {verdict}</span> {formulas(record["says"])}</p>'
        + (
            f'<p class="w2s-claim-instead"><strong>Instead:</strong> {instead}</p>'
            if instead
            else ""
        )
        + f'<p class="w2s-claim-evidence">{formulas(evidence(record))}</p>'
        f'<p class="w2s-claim-source">{KINDS[record["kind"]]} · {text["source"]} · '
        f"<code>{text['id']}</code></p></div>"
    )
