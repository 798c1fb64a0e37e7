"""What became of the claims between two releases: which appeared, left, moved, or say otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from press.claims_record import Record, allowed, moved, restated, shown


def changelog(before: Record | None, now: Record, since: str = "") -> str:
    """Return the changes of the claims since another record, in Markdown.

    A claim moved when the mean of its prediction or measurement is another one beyond the rounding
    of the record, even where its tolerance allows that.

    Parameters
    ----------
    before : Record or None
        The claims of the last release; None for the first one.
    now : Record
        The claims of this release.
    since : str
        The version of the last release, or the name of the file with its claims.

    Returns
    -------
    str
        One line for every claim that changed, under a heading for each kind of change.

    Examples
    --------
    >>> claim = {"id": "a.b", "page": "p/q", "says": "So.", "measured": 1.0, "tolerance": 0.5}
    >>> print(changelog(Record("paper", claims=(claim,)),
    ...                 Record("paper", claims=(claim | {"measured": 1.25},)), "1.1"))
    ## Claims since 1.1
    <BLANKLINE>
    1 then, 1 now: 0 appeared, 0 left, 1 moved, 0 stated otherwise.
    <BLANKLINE>
    ### Moved
    <BLANKLINE>
    * `a.b` (p/q): measured from 1 to 1.25, within its tolerance 0.5
    <BLANKLINE>
    """
    if before is None:
        return f"## Claims\n\nThis is the first release, with {len(now.claims)} claims.\n"
    old, new = ({claim["id"]: claim for claim in one.claims} for one in (before, now))
    both = [(old[name], new[name]) for name in new if name in old]
    found = {
        "Appeared": [_stated(new[name]) for name in new if name not in old],
        "Left": [_stated(old[name]) for name in old if name not in new],
        "Moved": [f"{_named(b)}: {one}" for a, b in both if (one := ", ".join(_moves(a, b)))],
        "Stated otherwise": [
            f"{_named(b)}: {one}" for a, b in both if (one := ", ".join(_statements(a, b)))
        ],
    }
    counts = ", ".join(f"{len(lines)} {what.lower()}" for what, lines in found.items())
    parts = [f"## Claims since {since}\n\n{len(old)} then, {len(new)} now: {counts}.\n"]
    for what, lines in found.items():
        if lines:
            parts.append(f"### {what}\n\n" + "".join(f"* {line}\n" for line in lines))
    return "\n".join(parts)


def _named(claim: Mapping[str, Any]) -> str:
    return f"`{claim['id']}` ({claim['page']})"


def _stated(claim: Mapping[str, Any]) -> str:
    return f"{_named(claim)}: {claim['says']}"


def _moves(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    limit = allowed(old)
    beyond = {name for name, *_ in moved(old, new, limit)}
    for name, before, after in moved(old, new, 0.0):
        how = "beyond" if name in beyond else "within"
        yield f"{name} from {shown(before)} to {shown(after)}, {how} its tolerance {limit:.2g}"


def _statements(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    return (f"{name} from {before!r} to {after!r}" for name, before, after in restated(old, new))
