"""The generated pages: what is reproduced, and every claim with its numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from press.claims_record import Record
from press.pages import Book, load_yaml
from press.schemas import PAPERS, check
from press.schemas import RESULTS as SHAPE
from press.site import other_seeds
from w2s._command import UserError
from w2s.page.records import KINDS

STATUS = "book/status.md"
GLANCE = "book/_generated/glance.md"
RESULTS = "book/results.yml"
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#|$~&!^@=+-])")
_TITLE = re.compile(r"^#\s+#\s+(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """One theorem or figure of a paper, and where the book reproduces it."""

    paper: str
    item: str
    what: str
    label: str
    page: str | None
    because: str


def read_results(book: Book) -> tuple[Result, ...]:
    """Read ``book/results.yml``.

    Raises
    ------
    UserError
        When an entry lacks a field, names an unknown paper or page, or gives neither a page nor
        a reason.
    """
    path = book.root / RESULTS
    if not path.is_file():
        return ()
    entries = load_yaml(path)
    check(entries, SHAPE, RESULTS)
    return tuple(_result(book, number, entry) for number, entry in enumerate(entries, start=1))


def _result(book: Book, number: int, entry: Mapping[str, Any]) -> Result:
    page, because = entry.get("page"), entry.get("because") or ""
    if page is not None and page not in {one.id for one in book.pages}:
        where = f"{RESULTS}, entry {number} ({entry['item']})"
        raise UserError(f"{where} names the page {page!r}, which does not exist")
    return Result(entry["paper"], entry["item"], entry["what"], entry["label"], page, because)


def status_page(book: Book, record: Record, accepted: Record | None) -> str:
    """Return the status page as MyST Markdown; the same inputs give the same text.

    Parameters
    ----------
    book : Book
        The checkout.
    record : Record
        The claims of this run.
    accepted : Record or None
        The accepted record, whose runtimes are shown.

    Returns
    -------
    str
        The text of ``book/status.md``.
    """
    results = read_results(book)
    parts = [_head(record, accepted)]
    if results:
        parts.append("## What is reproduced\n")
        for paper, name in PAPERS.items():
            lines = [_result_line(book, one, record) for one in results if one.paper == paper]
            if lines:
                parts.append(f"### {name}\n\n" + "\n".join(lines) + "\n")
    published = record if record.profile == "paper" else accepted
    parts.append(other_seeds.section(book.root, published.claims if published else None, escaped))
    parts.append("## Every claim\n")
    parts += [_page_section(book, page_id, record, accepted) for page_id in _page_ids(book)]
    return "\n".join(parts).rstrip() + "\n"


def glance(book: Book, record: Record) -> str:
    """Return the compact table of reproduced results that the first page includes."""
    results = read_results(book)
    shown = [one for one in results if one.page is not None]
    if not shown:
        return "No result of the two papers is listed yet.\n"
    lines = ["| Result | Page | Verdict |", "|---|---|---|"]
    for one in shown:
        verdict = _verdict(_claims_on(record, one.page))
        what = f"{PAPERS[one.paper]}, {escaped(one.item)}: {escaped(one.what)}"
        lines.append(f"| {what} | {_link(book, one.page)} | {verdict} |")
    rest = len(results) - len(shown)
    if rest:
        word = "result is" if rest == 1 else "results are"
        lines += ["", f"{rest} further {word} not reproduced; {{doc}}`/book/status` says why."]
    return "\n".join(lines) + "\n"


def escaped(text: Any) -> str:
    """Return plain text with every character that MyST could read as markup escaped."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def scripted(text: Any) -> str:
    """Return escaped text whose ``d_{s∧w}`` and ``x^2`` are set low and raised."""
    found = escaped(text)
    for mark, role in (("_", "sub"), (r"\^", "sup")):
        pattern = rf"(?<=[\w`])\\{mark}(?:\\\{{(.*?)\\\}}|([A-Za-z0-9]+))"
        found = re.sub(pattern, partial(_role, role), found)
    return found


def _role(name: str, match: re.Match[str]) -> str:
    """Return a role of MyST around escaped text; within it nothing is escaped."""
    plain = re.sub(r"\\(.)", r"\1", match[1] or match[2])
    return f"{{{name}}}`{plain}`"


def _head(record: Record, accepted: Record | None) -> str:
    scale = {
        "paper": "at paper scale, the published one",
        "smoke": "at smoke scale: small numbers that only show that everything runs",
    }[record.profile]
    versions = ", ".join(f"{name} {number}" for name, number in record.versions.items())
    lines = [
        "(page-status)=",
        "# Status\n",
        "The press writes this page from the run that made this site. "
        "A claim is one sentence that can be false, with the numbers that decide it.\n",
        f"This run was {scale}. Outcome: {_verdict(list(record.claims))}. "
        f"Versions: {escaped(versions)}.\n",
    ]
    if accepted is not None:
        lines.append(
            "A run at paper scale is compared with the accepted record "
            "({download}`claims.json </book/claims.json>`), and fails when a number moved by more "
            "than its tolerance. Runtimes are those of that record.\n"
        )
    return "\n".join(lines)


def _result_line(book: Book, one: Result, record: Record) -> str:
    start = f"- **{escaped(one.item)}** ({escaped(one.label)}): {escaped(one.what)}."
    start = start.replace("..", ".")
    if one.page is None:
        return f"{start} Not reproduced, because {escaped(one.because).rstrip('.')}."
    line = f"{start} {_link(book, one.page)}: {_verdict(_claims_on(record, one.page))}."
    return line + (f" {escaped(one.because)}" if one.because else "")


def _page_section(book: Book, page_id: str, record: Record, accepted: Record | None) -> str:
    claims = _claims_on(record, page_id)
    about = dict(accepted.pages.get(page_id, {})) if accepted is not None else {}
    seconds = about.get("seconds")
    runtime = f" Takes {seconds:g} s." if isinstance(seconds, (int, float)) else ""
    lines = [
        f"### {_title(book, page_id)}\n",
        f"{_link(book, page_id)}: {_verdict(claims)}.{runtime}\n",
    ]
    return "\n".join(lines + [_claim_block(claim) for claim in claims])


def _claim_block(claim: Mapping[str, Any]) -> str:
    """One block per claim rather than a table row: it wraps on a phone."""
    from w2s.page.claims import evidence

    state = "passed" if claim["passed"] else "failed"
    kind = KINDS.get(str(claim["kind"]), str(claim["kind"]))
    parts = {
        "says": f"**{escaped(claim['verdict'])}** {scripted(claim['says'])}",
        "evidence": scripted(evidence(claim)),
        "source": f"{escaped(kind)} · {escaped(claim['source'])} · {escaped(claim['id'])}",
    }
    inner = [f":::{{div}} w2s-claim-{name}\n{text}\n:::" for name, text in parts.items()]
    outer = f"::::{{div}} w2s-claim w2s-claim-{state}"
    return "\n".join([outer, *inner, "::::", ""])


def _claims_on(record: Record, page_id: str | None) -> list[Mapping[str, Any]]:
    return [claim for claim in record.claims if claim["page"] == page_id]


def _verdict(claims: list[Mapping[str, Any]]) -> str:
    """Say in words how many claims came out how."""
    if not claims:
        return "no claim"
    counts = Counter(str(claim["verdict"]) for claim in claims)
    if set(counts) == {"holds"}:
        return "1 claim holds" if len(claims) == 1 else f"all {len(claims)} claims hold"
    order = ("holds", "fails as expected")
    names = [name for name in order if name in counts]
    names += sorted(set(counts) - set(order))
    plural = {"holds": "hold", "fails as expected": "fail as expected", "fails": "fail"}
    return ", ".join(
        f"{counts[name]} {escaped(name if counts[name] == 1 else plural.get(name, name))}"
        for name in names
    )


def _page_ids(book: Book) -> list[str]:
    return [page.id for page in book.notebooks]


def _link(book: Book, page_id: str | None) -> str:
    entry = next(page.entry for page in book.pages if page.id == page_id)
    return f"{{doc}}`/{entry}`"


def _title(book: Book, page_id: str) -> str:
    """Return the heading of a notebook, which is MyST already."""
    page = next(page for page in book.notebooks if page.id == page_id)
    match = _TITLE.search(book.source(page).read_text(encoding="utf-8"))
    return match.group(1) if match else escaped(page.id)
