"""The runs with other seeds that the book keeps: ``book/other_seeds/PART/NAME.json``.

A run is one page with one seed. The file of a page holds the hash of the published numbers beside
which its runs count; how each claim is decided in most of its runs, a line each; and a line for
every run with what is its own, above all the z-scores, to three decimals. Seeds are not written
down: page and number give them. The text depends on the runs alone, not on the order in which they
came, so that runs of different pages, made anywhere, are merged by git or by `add`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from press.files import write_if_changed
from w2s._command import UserError

FOLDER = "book/other_seeds"
DECIMALS = 3
_DECIDED = ("rule", "expect", "verdict", "passed", "points", "allowance")
Run = Mapping[str, Any]


@dataclass(frozen=True)
class PageRuns:
    """The recorded runs of a page by their numbers, and the published numbers beside them."""

    numbers: str
    runs: Mapping[int, Run]


def seed_of(page: str, number: int) -> int:
    """Return a page's own seed of that number: no two pages share their random numbers.

    Examples
    --------
    >>> seed_of("discrepancy/bias", 1) == seed_of("discrepancy/budget", 1)
    False
    """
    text = f"{page} {number}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:4], "big") // 2


def numbers_key(claims: Iterable[Mapping[str, Any]], page: str) -> str:
    """Hash the published numbers of a page's claims that know a standard error, to six digits.

    As long as they stay, the same code draws the same random numbers, whatever its text.
    """
    lines = [
        f"{one['id']} {one['mean_predicted']:.6g} {one['mean_measured']:.6g}"
        for one in claims
        if one["page"] == page and one.get("standard_error") is not None
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]


def outdated(record: Mapping[str, PageRuns], claims: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the pages that no longer have the published numbers beside which their runs stand."""
    known = list(claims)
    return [page for page, about in record.items() if about.numbers != numbers_key(known, page)]


def compact(run: Run) -> Run:
    """Return what the record keeps of a run: what decided each claim, and words where none passed.

    Parameters
    ----------
    run : mapping
        `page`, `number`, `error` and `claims`, as `trust.reseed` makes them, or the result.

    Returns
    -------
    mapping
        With z-scores and distances to three decimals. Its evidence is that of claims which did
        not pass.
    """
    page, number = run["page"], run["number"]
    about = {"page": page, "number": number, "seed": seed_of(page, number), "error": run["error"]}
    return about | {"claims": [_needed(claim) for claim in run["claims"]]}


def _needed(claim: Mapping[str, Any]) -> dict[str, Any]:
    given = {"allowance": 0.0, **claim}
    kept = {name: given[name] for name in ("id", *_DECIDED)}
    if claim["rule"] == "monte_carlo":
        kept["z"] = [_short(z) for z in claim["z"]]
    elif "room" in claim:
        kept["room"] = _short(claim["room"])
    return kept if claim["passed"] else kept | {"evidence": str(claim["evidence"])}


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS) + 0.0  # no -0.0


def path_of(root: Path, page: str) -> Path:
    """Return the file of a page."""
    return root / FOLDER / f"{page}.json"


def read_record(root: Path) -> dict[str, PageRuns]:
    """Return the recorded runs of all pages; nothing where there are none.

    Raises
    ------
    UserError
        When a file is damaged.
    """
    folder = root / FOLDER
    names = [path.relative_to(folder).with_suffix("") for path in sorted(folder.rglob("*.json"))]
    return {name.as_posix(): read_page(root, name.as_posix()) for name in names}


def read_page(root: Path, page: str) -> PageRuns:
    """Return the recorded runs of a page; none when it has no file.

    Raises
    ------
    UserError
        When the file is damaged.
    """
    path = path_of(root, page)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        claims = content["claims"].items()
        runs = {int(k): _unpacked(page, int(k), own, claims) for k, own in content["runs"].items()}
        return PageRuns(str(content["numbers"]), runs)
    except FileNotFoundError:
        return PageRuns("", {})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{FOLDER}/{page}.json is damaged ({error}): restore it from git, or remove it and "
            "let the page run again"
        ) from None


def _unpacked(page: str, number: int, own: Any, claims: Iterable[tuple[str, Any]]) -> Run:
    """Put together again what most runs share and what is a run's own."""
    failed = isinstance(own, str)
    stated = [] if failed else [
        {"id": name} | usual | one
        for (name, usual), one in zip(claims, own, strict=True)
        if one is not None
    ]  # fmt: skip
    error = own if failed else ""
    return compact({"page": page, "number": number, "error": error, "claims": stated})


def add(root: Path, page: str, numbers: str, runs: Iterable[Run]) -> None:
    """Add runs to the record of a page; a number that is there is replaced.

    The file appears whole or stays as it was. Runs beside other published numbers leave it.

    Parameters
    ----------
    root : Path
        The checkout.
    page : str
        The page of all these runs.
    numbers : str
        Hash of its published numbers (`numbers_key`).
    runs : iterable of mapping
        As `compact` takes them.
    """
    before = read_page(root, page)
    together = dict(before.runs) if before.numbers == numbers else {}
    together |= {run["number"]: compact(run) for run in runs}
    write_if_changed(path_of(root, page), _text(numbers, [together[k] for k in sorted(together)]))


def _text(numbers: str, runs: list[Run]) -> str:
    """Return the file of a page: what most runs share once, a line for each claim and each run."""
    by_claim: dict[str, list[Mapping[str, Any]]] = {}
    for run in runs:
        for claim in run["claims"]:
            by_claim.setdefault(claim["id"], []).append(claim)
    usual = {
        name: {key: Counter(one[key] for one in group).most_common(1)[0][0] for key in _DECIDED}
        for name, group in by_claim.items()
    }
    own: dict[str, Any] = {}
    for run in runs:
        stated = {claim["id"]: claim for claim in run["claims"]}
        rows = [_own(stated.get(name), shared) for name, shared in usual.items()]
        own[str(run["number"])] = run["error"] or rows
    return f'{{"numbers": {_json(numbers)},\n"claims": {_table(usual)},\n"runs": {_table(own)}}}\n'


def _own(claim: Mapping[str, Any] | None, usual: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a run has of a claim that most runs have not; None when it did not state it."""
    if claim is None:
        return None
    return {
        key: value
        for key, value in claim.items()
        if key != "id" and not (key in usual and usual[key] == value)
    }


def _table(rows: Mapping[str, Any]) -> str:
    return "{\n" + ",\n".join(f"{_json(name)}: {_json(row)}" for name, row in rows.items()) + "\n}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
