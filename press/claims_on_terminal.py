"""The claims of the last run on the terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from press import claims_record
from press.claims_record import Record
from press.executed import Executed, read_edition
from press.pages import Book
from w2s._command import UserError

_NUMBERS = {"predicted": 6, "measured": 6, "standard_error": 2, "margin": 2}
_HEADINGS = ("predicted", "measured", "± s.e.", "margin")
_NEEDED_WIDTH = 124


def last_record(book: Book) -> tuple[Record, str]:
    """Return the claims of the last run, or the accepted record where nothing ran.

    Returns
    -------
    Record
        The claims.
    str
        Where they come from, in words.
    """
    ran = read_edition(book, "mixed")
    if ran.pages:
        profiles = {_profile(book, one) for one in ran.pages.values()}
        profile = profiles.pop() if len(profiles) == 1 else ran.profile
        record, _ = claims_record.collect(replace(ran, profile=profile))
        missing = len(book.notebooks) - len(ran.pages)
        note = f", {missing} of {len(book.notebooks)} pages not run" if missing else ""
        return record, f"the last run ({profile} profile{note})"
    accepted = claims_record.read_accepted(book)
    if accepted is None:
        raise UserError(
            "nothing has been run yet and book/claims.json is missing: run python -m press book"
        )
    return accepted, "book/claims.json (nothing has been run here)"


def _profile(book: Book, one: Executed) -> str:
    profile = one.about.get("profile")
    if profile is None:
        entry = book.executed(one.page).relative_to(book.root)
        raise UserError(f"{entry} is not an executed page: run python -m press book")
    return str(profile)


def claims_table(record: Record, origin: str) -> None:
    """Print the claims, page by page, as a table or, on a narrow terminal, as lines."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    wide = not console.is_terminal or console.width >= _NEEDED_WIDTH
    for page in dict.fromkeys(str(claim["page"]) for claim in record.claims):
        claims = [claim for claim in record.claims if claim["page"] == page]
        console.print(f"\n{page}", style="bold", markup=False)
        if wide:
            _print_table(console, claims)
        else:
            _print_lines(console, claims)
    good = sum(bool(claim["passed"]) for claim in record.claims)
    console.print(f"\n{good} of {len(record.claims)} claims pass; from {origin}", markup=False)


def _print_table(console: Any, claims: list[dict[str, Any]]) -> None:
    """Print one row per claim; the columns are as wide on every page."""
    names = "".join(f"{name:>13}" for name in _HEADINGS)
    console.print(f"  {'claim':<50}{names}  verdict")
    for claim in claims:
        numbers = "".join(f"{_shown(claim.get(name), n):>13}" for name, n in _NUMBERS.items())
        console.print(f"  {claim['id']:<50}{numbers}  ", end="", markup=False)
        console.print(str(claim["verdict"]), style=_style(claim), markup=False)


def _print_lines(console: Any, claims: list[dict[str, Any]]) -> None:
    for claim in claims:
        console.print(f"  {claim['verdict']}", style=_style(claim), end="  ", markup=False)
        console.print(str(claim["id"]), markup=False)
        numbers = [
            f"{name.replace('_', ' ')} {_shown(claim.get(name), digits)}"
            for name, digits in _NUMBERS.items()
            if _shown(claim.get(name), digits)
        ]
        if numbers:
            console.print(f"    {', '.join(numbers)}", markup=False)


def _style(claim: dict[str, Any]) -> str:
    return "green" if claim["passed"] else "bold red"


def _shown(value: Any, digits: int) -> str:
    return f"{value:.{digits}g}" if isinstance(value, (int, float)) else ""
