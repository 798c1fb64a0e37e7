"""The generated pages: what is reproduced, and every claim with its numbers."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from press.claims_record import Record
from press.pages import Book, load_yaml
from press.proofs import Theorem, proved_claims, read_theories, theorems
from press.schemas import GROUPS, NEIGHBOURS, check
from press.schemas import RESULTS as SHAPE
from press.site import other_seeds
from press.site.links import plain
from press.site.places import WINGS
from press.site.takeaway import bibliography
from w2s._command import UserError
from w2s._display import formulas
from w2s.page.records import KINDS

STATUS = "book/status.md"
PROOFS = "book/proofs"
GLANCE = "book/_generated/glance.md"
RESULTS = "book/results.yml"
SCRIPT = "book/_static/status.js"
FRONT_LINES = 6
"""Most lines of a paper in the table of the front page."""

_THEIRS = ("paper", "reading")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#|$~&!^@=+-])")
_TITLE = re.compile(r"^#\s+#\s+(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """One theorem or figure of a paper, or a result of Part IV, and where the book has it."""

    paper: str
    item: str
    what: str
    label: str
    page: str | None
    because: str
    front: str = ""
    source: str = ""


def read_results(book: Book) -> tuple[Result, ...]:
    """Read ``book/results.yml``.

    Raises
    ------
    UserError
        When an entry lacks a field, names an unknown paper, page or source, or gives neither a
        page nor a reason; when a paper has more lines on the front page than fit there.
    """
    path = book.root / RESULTS
    if not path.is_file():
        return ()
    entries = load_yaml(path)
    check(entries, SHAPE, RESULTS)
    results = tuple(_result(book, number, entry) for number, entry in enumerate(entries, start=1))
    for paper in GROUPS:
        lines = _front_lines(results, paper)
        if len(lines) > FRONT_LINES:
            raise UserError(
                f"{RESULTS} has {len(lines)} lines of `front` for {paper}, at most {FRONT_LINES}"
            )
    return results


def _result(book: Book, number: int, entry: Mapping[str, Any]) -> Result:
    page, because = entry.get("page"), entry.get("because") or ""
    if page is not None and page not in {one.id for one in book.pages}:
        where = f"{RESULTS}, entry {number} ({entry['item']})"
        raise UserError(f"{where} names the page {page!r}, which does not exist")
    unknown = set(entry.get("source", "").split()) - set(bibliography(book))
    if unknown:
        where = f"{RESULTS}, entry {number} ({entry['item']})"
        raise UserError(f"{where} names {min(unknown)!r}, which the bibliography lacks")
    paper, item, what, label = (str(entry[name]) for name in ("paper", "item", "what", "label"))
    more = {name: entry.get(name, "") for name in ("front", "source")}
    return Result(paper, item, what, label, page, because, **more)


def status_page(
    book: Book, record: Record, accepted: Record | None, not_rerun: Mapping[str, str] | None = None
) -> str:
    """Return the status page as MyST Markdown; the same inputs give the same text.

    Parameters
    ----------
    book : Book
        The checkout.
    record : Record
        The claims of this run.
    accepted : Record or None
        The accepted record, whose runtimes are shown.
    not_rerun : mapping of str to str, optional
        Pages whose numbers come from an accepted run, and its date (`press.measured`).

    Returns
    -------
    str
        The text of ``book/status.md``.
    """
    published = record if record.profile == "paper" else accepted
    parts = [
        _head(record, accepted),
        "## Every claim\n",
        _not_rerun(book, not_rerun or {}),
        _proved(book),
        _claims_table(book, record),
        _reproduced(book, record, accepted),
        other_seeds.section(book.root, published.claims if published else None, escaped),
    ]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


def glance(book: Book, record: Record) -> str:
    """Return the tables that the first page includes: the papers' statements, few lines a paper."""
    results = read_results(book)
    parts = []
    for paper, name in GROUPS.items():
        lines = _front_lines(results, paper)
        if lines:
            rows = [_front_line(book, text, pages, record) for text, pages in lines.items()]
            parts += [f"**{name}**\n", "| Result | Page | Verdict |", "|---|---|---|", *rows, ""]
    return "\n".join(parts) if parts else "No result of the two papers is listed yet.\n"


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
        # Its many statements would stand before the pages that make them, whatever one looks for.
        "---\nnosearch: true\n---\n",
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


def _not_rerun(book: Book, dates: Mapping[str, str]) -> str:
    """Say which pages were decided from the numbers of an accepted run."""
    if not dates:
        return ""
    pages = ", ".join(f"{_link(book, page)} ({date})" for page, date in dates.items())
    return (
        "The claims of these pages were decided from the numbers of an accepted run that this "
        f"build did not repeat: {pages}. Their networks and data are fetched by `make real`.\n"
    )


def _proved(book: Book) -> str:
    """Say how many statements are proved, where the book has the page of proofs."""
    if not any(page.entry == PROOFS for page in book.pages):
        return ""
    theories = read_theories(book.root)
    return (
        f"The statements of {len(proved_claims(theories))} of these claims are proved: Coq has "
        f"checked {len(theorems(theories))} theorems ({{ref}}`the page of proofs <page-proofs>`), "
        "which the entries below name.\n"
    )


def _front_lines(results: Iterable[Result], paper: str) -> dict[str, list[str]]:
    """Return the lines of a paper on the front page, each with its pages, once."""
    lines: dict[str, list[str]] = {}
    for one in results:
        if one.paper == paper and one.front and one.page is not None:
            pages = lines.setdefault(one.front, [])
            pages += [one.page] if one.page not in pages else []
    return lines


def _front_line(book: Book, text: str, pages: list[str], record: Record) -> str:
    claims = [claim for page in pages for claim in _claims_on(record, page)]
    links = ", ".join(_link(book, page) for page in pages)
    theirs = [claim for claim in claims if claim["kind"] in _THEIRS]
    return f"| {scripted(text)} | {links} | {_statements(theirs)} |"


def _statements(claims: list[Mapping[str, Any]]) -> str:
    """Say in words how the statements of a paper came out, and what holds instead."""
    if not claims:
        return "no statement of the paper is decided there"
    others = [claim for claim in claims if _shown(claim) != "holds"]
    count = f"{len(claims)} statement{'s' * (len(claims) > 1)}"
    if not others:
        return f"holds ({count})"
    held = len(claims) - len(others)
    word = "holds" if held == 1 else "hold"
    said = f"{held} of {count} {word}, " * bool(held) + _verdict(others)
    # The page's main statement says best what holds instead.
    others.sort(key=lambda claim: not claim.get("main"))
    instead = next((claim["instead"] for claim in others if claim.get("instead")), "")
    return said + (f". Instead: {scripted(instead)}" if instead else "")


def _reproduced(book: Book, record: Record, accepted: Record | None) -> str:
    """Return one table a paper: every theorem and figure, its page, its label and its claims."""
    results = read_results(book)
    parts = ["## What is reproduced\n"] if results else []
    for paper, name in GROUPS.items():
        rows = [_result_row(book, one, record, accepted) for one in results if one.paper == paper]
        if rows:
            head = ["| Result | Certainty | Page | Claims there |", "|---|---|---|---|"]
            parts += [f"### {name}\n", "::::{div} w2s-compact", *head, *rows, "::::\n"]
    return "\n".join(parts)


def _result_row(book: Book, one: Result, record: Record, accepted: Record | None) -> str:
    if one.page is None:
        page, outcome = "not reproduced", f"because {scripted(one.because).rstrip('.')}"
    else:
        about = accepted.pages.get(one.page, {}) if accepted is not None else {}
        seconds = about.get("seconds")
        runtime = f"; {seconds:g} s to run" if isinstance(seconds, (int, float)) else ""
        page, outcome = _link(book, one.page), _verdict(_claims_on(record, one.page)) + runtime
        outcome += f". {scripted(one.because)}" if one.because else ""
    cited = ", ".join(f"{{cite:t}}`{key}`" for key in one.source.split())
    what = f"**{scripted(one.item)}**: {scripted(one.what)}" + (f" ({cited})" if cited else "")
    return f"| {what} | {scripted(one.label)} | {page} | {outcome} |"


def _claims_table(book: Book, record: Record) -> str:
    """Return the table of all claims as HTML, in a box that scrolls; the script adds filters."""
    proofs = proved_claims(read_theories(book.root))
    rows = [
        _claim_row(page.entry, _title(book, page.id), claim, proofs.get(str(claim["id"]), []))
        for page in book.notebooks
        for claim in _claims_on(record, page.id)
    ]
    heads = "".join(f"<th scope='col'>{word}</th>" for word in ("verdict", "statement", "page"))
    heads += "<th scope='col'>whose</th>"
    papers = "".join(
        f"<option value='{key}'>{html.escape(name)}</option>"
        for key, name in (GROUPS | {"both": "both papers"}).items()
    )
    filters = (
        "<form class='w2s-filters' hidden>"
        f"<label>paper <select name='paper'><option value=''>all</option>{papers}</select></label>"
        "<label>whose <select name='kind'><option value=''>all</option></select></label>"
        "<label>verdict <select name='verdict'><option value=''>all</option></select></label>"
        "<label>text <input type='search' name='text'></label>"
        "<output></output></form>"
    )
    script = "<script src='../_static/status.js'></script>\n"
    return (
        f"<div class='w2s-claims-table'>{filters}\n"
        "<div class='w2s-claims-box' tabindex='0' role='region' aria-label='All claims'>\n"
        f"<table class='w2s-claims'><thead><tr>{heads}</tr></thead>\n<tbody>\n"
        + "\n".join(rows)
        + "\n</tbody></table>\n</div></div>\n"
        + (script if (book.root / SCRIPT).is_file() else "")
    )


def _claim_row(entry: str, title: str, claim: Mapping[str, Any], proofs: Iterable[Theorem]) -> str:
    """Return one claim: its numbers, what holds instead and its proofs, folded."""
    from w2s.page.claims import evidence

    verdict, kind = _shown(claim), str(claim["kind"])
    look = html.escape(verdict)
    wing = str(claim["page"]).split("/")[0]
    paper = wing if wing == NEIGHBOURS else WINGS.get(wing, "both")
    instead = claim.get("instead", "")
    more = f"<p><strong>Instead:</strong> {formulas(str(instead))}</p>" if instead else ""
    checked = ", ".join(
        f"<a href='proofs.html#{one.label}'><code>{one.key}</code></a>" for one in proofs
    )
    more += f"<p><strong>Proved, and checked by Coq:</strong> {checked}</p>" if checked else ""
    source = f"{html.escape(str(claim['source']))} · <code>{html.escape(str(claim['id']))}</code>"
    row = (
        f"<tr data-paper='{paper}' data-kind='{html.escape(kind)}' data-verdict='{look}'>"
        f"<td>{look}</td><td><details><summary>{formulas(str(claim['says']))}</summary>"
        f"{more}<p>{formulas(evidence(claim))}</p><p>{source}</p></details></td>"
        f"<td><a href='../{entry}.html'>{html.escape(title)}</a></td>"
        f"<td>{html.escape(KINDS.get(kind, kind))}</td></tr>"
    )
    return " ".join(row.split())  # a blank line would end the HTML


def _shown(claim: Mapping[str, Any]) -> str:
    from w2s.page.claims import shown_verdict  # brings SciPy, which the command line can do without

    return shown_verdict(claim)


def _claims_on(record: Record, page_id: str | None) -> list[Mapping[str, Any]]:
    return [claim for claim in record.claims if claim["page"] == page_id]


def _verdict(claims: list[Mapping[str, Any]]) -> str:
    """Say in words how many claims came out how."""
    if not claims:
        return "no claim"
    counts = Counter(map(_shown, claims))
    if set(counts) == {"holds"}:
        return "1 claim holds" if len(claims) == 1 else f"all {len(claims)} claims hold"
    names = [name for name in _PLURALS if name in counts]
    names += sorted(set(counts) - set(names))
    return ", ".join(
        f"{counts[name]} {escaped(_PLURALS.get(name, (name, name))[counts[name] > 1])}"
        for name in names
    )


_PLURALS = {
    "holds": ("holds", "hold"),
    "does not hold as read": ("does not hold as read", "do not hold as read"),
    "control: fails as it should": (
        "control fails as it should",
        "controls fail as they should",
    ),
    "fails": ("fails", "fail"),
}


def _link(book: Book, page_id: str | None) -> str:
    entry = next(page.entry for page in book.pages if page.id == page_id)
    return f"{{doc}}`/{entry}`"


def _title(book: Book, page_id: str) -> str:
    """Return the heading of a notebook, in plain words."""
    page = next(page for page in book.notebooks if page.id == page_id)
    match = _TITLE.search(book.source(page).read_text(encoding="utf-8"))
    return plain(match[1].replace("$", "")) if match else page.id
