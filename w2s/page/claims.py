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
from w2s._display import emit, numerals
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
    "plain", "reading",
]  # fmt: skip


def judge(
    id: str, *, says: str, source: str, kind: str, decision: Decision, expect: str = "holds"
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
        ``"fails"`` for a statement shown not to hold, with its counter-example.

    Returns
    -------
    dict
        The record; ``passed`` tells whether the outcome is the expected one.

    Raises
    ------
    ValueError
        When the id is malformed, a text empty, or a choice unknown.

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
    passed = decision.outcome == expect
    verdict = decision.outcome if expect == "holds" else _EXPECTED_FAILURE[decision.outcome]
    record = {
        "id": id, "kind": kind, "source": source, "says": " ".join(says.split()),
        "expect": expect, "verdict": verdict, "passed": passed,
    }  # fmt: skip
    numbers = {k: v for k, v in vars(decision).items() if k != "outcome"}
    return record | numbers | {"at": dict(decision.at)}


def claim(
    id: str, *, says: str, source: str, kind: str, decision: Decision, expect: str = "holds"
) -> None:
    """State a claim on a page: show its card and emit its record.

    A claim that does not pass is shown as such and fails the build later; it does not raise, so
    that the page shows all its numbers. Parameters and errors are those of `judge`.

    Examples
    --------
    >>> claim("demo.sum", says="One and one is two.", source="w2s", kind="derived",
    ...       decision=exact(2.0, 1.0 + 1.0, tolerance=1e-15))
    HOLDS  demo.sum: One and one is two. [...]
    """
    record = judge(id, says=says, source=source, kind=kind, decision=decision, expect=expect)
    emit({"text/plain": plain(record), "text/html": card(record), MIME: record})


def paper(id: str, says: str, decision: Decision, *, source: str, expect: str = "holds") -> None:
    """State what the paper states: `claim` with ``kind="paper"``; `source` names the place in it.

    Examples
    --------
    >>> paper("demo.sum", "One and one is two.", exact(2.0, 1.0 + 1.0, 1e-15), source="me2025, (1)")
    HOLDS  demo.sum: One and one is two. [...]
    """
    claim(id, says=says, source=source, kind="paper", decision=decision, expect=expect)


def reading(id: str, says: str, decision: Decision, *, source: str, expect: str = "holds") -> None:
    """State what we read in the paper, in words or constants that we recalled or derived.

    Examples
    --------
    >>> reading("demo.sum", "One and one is two.", exact(2.0, 1.0 + 1.0, 1e-15), source="me2025")
    HOLDS  demo.sum: One and one is two. [...]
    """
    claim(id, says=says, source=source, kind="reading", decision=decision, expect=expect)


def derived(
    id: str, says: str, decision: Decision, *, source: str = "w2s", expect: str = "holds"
) -> None:
    """State what is derived here: `claim` with ``kind="derived"``.

    Examples
    --------
    >>> derived("demo.sum", "One and one is two.", exact(2.0, 1.0 + 1.0, 1e-15))
    HOLDS  demo.sum: One and one is two. [...]
    """
    claim(id, says=says, source=source, kind="derived", decision=decision, expect=expect)


def beyond(
    id: str, says: str, decision: Decision, *, source: str = "w2s", expect: str = "holds"
) -> None:
    """State what goes beyond the paper: `claim` with ``kind="beyond"``.

    Examples
    --------
    >>> beyond("demo.sum", "One and one is two.", exact(2.0, 1.0 + 1.0, 1e-15))
    HOLDS  demo.sum: One and one is two. [...]
    """
    claim(id, says=says, source=source, kind="beyond", decision=decision, expect=expect)


def plain(record: Mapping[str, Any]) -> str:
    """Return a record as one line of text."""
    return f"{record['verdict'].upper()}  {record['id']}: {record['says']} [{evidence(record)}]"


def evidence(record: Mapping[str, Any]) -> str:
    """Return the numbers that decided a record, as one line of text.

    A number with a standard error has the digits that the error leaves it.
    """
    parts = [str(record["rule"])]
    if record["measured"] is not None:
        value, error = record["measured"], record["standard_error"]
        digits = _digits(value, error)
        measured = numerals(f"{value:.{digits}g}") + (numerals(f" ± {error:.2g}") if error else "")
        predicted = numerals(f"{record['predicted']:.{digits}g}")
        sign = "≤" if record["margin"] >= -(record["tolerance"] or 0.0) else ">"
        numbers = {
            "=": f"predicted {predicted}; measured {measured}",
            "≤": f"{measured} {sign} {predicted}",
            "in": f"estimate {measured}",
        }[record["relation"]]
        parts = [numbers, numerals(str(record["rule"])), numerals(f"margin {record['margin']:.2g}")]
        if record["relation"] == "≤" and record["tolerance"] and record["margin"] < 0:
            parts.append(numerals(f"allowed {-record['tolerance']:.2g}"))
    if record["at"]:
        places = (f"{name} = " + numerals(f"{at:.4g}") for name, at in record["at"].items())
        parts.append("worst at " + ", ".join(places))
    if record["points"] > 1:
        parts.append(f"{record['points']} points")
    if record["reason"]:
        parts.append(numerals(str(record["reason"])))
    return "; ".join(parts)


def _digits(value: float, error: float | None) -> int:
    """Return how many digits of a value its standard error leaves, at most six."""
    if not error or not value or not math.isfinite(error):
        return 6
    return min(max(math.floor(math.log10(abs(value))) - math.floor(math.log10(error)) + 2, 2), 6)


def _scripts(text: str) -> str:
    """Set ``d_{s∧w}``, ``L_TE`` and ``x^2`` with HTML subscripts and superscripts."""
    text = re.sub(r"_(?:\{([^{}]*)\}|([A-Za-z0-9]+))", r"<sub>\1\2</sub>", text)
    return re.sub(r"\^(?:\{([^{}]*)\}|([A-Za-z0-9]+))", r"<sup>\1\2</sup>", text)


_EXPECTED_FAILURE = {
    "fails": "fails as expected",
    "holds": "holds unexpectedly",
    "undecided": "undecided",
}
_SIGNS = {"holds": "✓", "fails as expected": "✗✓"}


def card(record: Mapping[str, Any]) -> str:
    """Return a record as a small accessible card of HTML, every text escaped."""
    state = "passed" if record["passed"] else "failed"
    sign = _SIGNS.get(record["verdict"], "✗")
    text = {k: html.escape(str(record[k])) for k in ("id", "source", "verdict")}
    says = _scripts(html.escape(str(record["says"])))
    return (
        f'<div class="w2s-claim w2s-claim-{state}" role="note" aria-label="Claim {text["id"]}: '
        f'{text["verdict"]}"><p class="w2s-claim-says"><span class="w2s-claim-verdict">'
        f'<span aria-hidden="true">{sign}</span> {text["verdict"]}</span> {says}</p>'
        f'<p class="w2s-claim-evidence">{_scripts(html.escape(evidence(record)))}</p>'
        f'<p class="w2s-claim-source">{KINDS[record["kind"]]} · {text["source"]} · '
        f"<code>{text['id']}</code></p></div>"
    )


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
    theirs = record["kind"] in ("paper", "reading")
    return "does not hold as read" if theirs else "control: fails as it should"
