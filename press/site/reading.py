"""What helps a reader on every rendered page: where we are, links to what words and symbols mean.

The pages come from jupyter-book as text and leave as text, changed in few places; two builds give
the same bytes. `press.site.previews` gathers what the links lead to.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from press.claims_record import read_accepted
from press.executed import Edition
from press.pages import Page, load_yaml
from press.site.links import Links, number_equations, plain, row_ids, symbols_of, terms_of
from press.site.places import Place, read_places
from press.site.previews import SCRIPT, write_previews
from press.site.takeaway import FIGURES, figures_of
from press.site.ways_out import ways_out
from w2s._files import write_atomically

WORDS_A_MINUTE = 220
NOTATION, GLOSSARY = "book/notation", "book/glossary"
_ARTICLE = re.compile(r'<article class="bd-article">.*?</article>', re.DOTALL)
_TABLE = re.compile(r'<table class="table">.*?</table>', re.DOTALL)
_CODE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
# A formula, linked or not, with the bracket before it and the punctuation after it.
_KEEP = re.compile(
    r'([(“]?)((?:<a class="w2s-symbol"[^>]*>)?<span class="math notranslate nohighlight"[^>]*>'
    r"[^<]*</span>(?:</a>)?)([.,;:!?)\]”]*)"
)
_NAME = re.compile(r'<span class="pre">([^<>]+)</span>|(?<=<code>)([\w.]+)(?=</code>)')
_SHORT = 24  # characters of code that a line of a phone has room for
_NOT_READ = {"cell_input", "headerlink", "w2s-out", "w2s-download", "w2s-claim-evidence"}


@dataclass
class _Text:
    """One rendered page on its way: its text, and its article, parsed without code and links."""

    page: Page
    path: Path
    text: str
    article: Any
    numbers: list[str]

    @property
    def title(self) -> str:
        """The heading, in plain words."""
        heading = self.article.find("h1")
        return plain(heading.get_text().removesuffix("#")) if heading else self.page.id


def help_readers(edition: Edition, site: Path) -> None:
    """Make every page of a rendered site pleasant to meet.

    Parameters
    ----------
    edition : Edition
        The book, every page executed.
    site : Path
        The rendered site, its figures already files.
    """
    book = edition.book
    texts = {page.entry: one for page in book.pages if (one := _read(page, site)) is not None}
    links = _links(texts)
    finished: dict[str, str] = {}
    scripted = (site / "_static" / SCRIPT).is_file()
    places, record = read_places(book), read_accepted(book)
    seconds = {} if record is None else record.pages
    for one in texts.values():
        about = places.get(one.page.entry)
        part = about.numeral if about is not None else ""
        body = _ARTICLE.search(one.text)
        if body is None:
            continue
        # The twin that is not shown need not be loaded.
        article = body[0].replace('<img class="only-dark"', '<img loading="lazy" class="only-dark"')
        article = labelled_tables(article)
        if one.page.kind == "notebook":
            article = links.on(article, one.page.entry, part)
            line = where(about, words(one.article), seconds.get(one.page.id, {}).get("seconds"))
            line += ways_out(book, one.page, site)
            article = article.replace("</h1>", f"</h1>\n{line}", 1)
        article = _NAME.sub(_broken_at_joints, _KEEP.sub(_kept_together, article))
        finished[one.page.entry] = article
        one.text = one.text[: body.start()] + article + one.text[body.end() :]
        meta = metadata(edition, one.page, one.title, description(one.article))
        script = (
            f'<script defer src="{_up(one.page)}_static/{SCRIPT}"></script>' if scripted else ""
        )
        one.text = one.text.replace("</title>", f"</title>{meta}{script}", 1)
    if scripted:
        write_previews(finished, {entry: one.article for entry, one in texts.items()}, site)
    for one in texts.values():
        write_atomically(one.path, one.text)


def where(place: Place | None, count: int, seconds: float | None) -> str:
    """Return the line under a title: part, page k of n, reading time, accepted runtime.

    Parameters
    ----------
    place : Place or None
        Where the page stands.
    count : int
        Words of the page.
    seconds : float or None
        Runtime in the accepted record, which two builds share; left out when there is none.

    Returns
    -------
    str
        One paragraph of HTML.

    Examples
    --------
    >>> where(Place("Part I: Virtue", 3, 14), 700, 32.0)
    '<p class="w2s-where">Part I: Virtue · page 3 of 14 · 4 min to read · 32 s to run</p>'
    """
    pieces = []
    if place is not None:
        pieces += [html.escape(place.part)] if place.part else []
        pieces.append(f"page {place.number} of {place.of}")
    pieces.append(f"{max(1, -(-count // WORDS_A_MINUTE))} min to read")
    if isinstance(seconds, (int, float)):
        pieces.append(f"{max(seconds, 1):.0f} s to run")
    return f'<p class="w2s-where">{" · ".join(pieces)}</p>'


def _kept_together(match: re.Match[str]) -> str:
    """Keep a formula and its punctuation on one line."""
    return f'<span class="w2s-keep">{match[0]}</span>' if match[1] or match[3] else match[0]


def _broken_at_joints(match: re.Match[str]) -> str:
    """Let a long name in code break at dots, slashes and underscores; keep a short one whole."""
    word, name = match[1], match[2]
    if word and len(word) <= _SHORT:
        return f'<span class="pre w2s-keep">{word}</span>'
    broken = re.sub(r"([./_])(?=\w)", r"\1<wbr>", word or name)
    return f'<span class="pre">{broken}</span>' if word else broken


def words(article: Any) -> int:
    """Count the words of a parsed article that are there to be read; a formula is one word."""
    count = 0
    for child in article.children:
        classes = set(child.get("class") or ()) if child.name else set()
        if "math" in classes:
            count += 1
        elif child.name is None:
            count += len(str(child).split())
        elif not classes & _NOT_READ and child.name not in ("script", "style"):
            count += words(child)
    return count


def description(article: Any, longest: int = 200) -> str:
    """Return the first paragraph of a parsed article in plain text, cut between words."""
    found = (plain(tag.get_text(" ")) for tag in article.find_all("p"))
    text = next((one for one in found if len(one) > 30), "")
    text = re.sub(r" ([.,;:?!)\]])", r"\1", text).replace("[ ", "[")
    if len(text) <= longest:
        return text
    sentence = text[:longest].rfind(". ")
    if sentence > longest // 3:
        return text[: sentence + 1]
    return text[:longest].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def metadata(edition: Edition, page: Page, title: str, about: str) -> str:
    """Return what search engines and social cards read: description, title and first figure."""
    config = load_yaml(edition.book.root / "_config.yml")
    base = str((config.get("html") or {}).get("baseurl") or "")
    given = {"og:type": "article", "og:site_name": str(config.get("title", "")), "og:title": title}
    given["og:description"] = about
    picture = _picture(edition, page)
    if picture is not None:
        address, given["og:image:alt"] = picture
        given["og:image"] = f"{base.rstrip('/')}/{address}" if base else f"{_up(page)}{address}"
    lines = [f'<meta name="description" content="{html.escape(about)}">']
    lines += [
        f'<meta property="{name}" content="{html.escape(value)}">' for name, value in given.items()
    ]
    return "\n" + "\n".join(lines) + "\n"


def _picture(edition: Edition, page: Page) -> tuple[str, str] | None:
    """Return address and words of the first figure of a page; a page of prose borrows one."""
    for one in edition.pages.values():
        if page.kind == "prose" or page == one.page:
            for figure in figures_of(one):
                if f"{figure.name}.png" in figure.files:
                    return f"{FIGURES}/{one.page.id}/{figure.name}.png", figure.alt
    return None


def labelled_tables(article: str) -> str:
    """Give each cell of narrow tables the heading of its column, which a phone shows beside it."""
    from bs4 import BeautifulSoup

    def label(match: re.Match[str]) -> str:
        soup = BeautifulSoup(match[0], "html.parser")
        heads = [_unset(tag.get_text(" ", strip=True)) for tag in soup.select("thead th")]
        if not 2 <= len(heads) <= 5 or any("\\" in head for head in heads):
            return match[0]
        for row in soup.select("tbody tr"):
            for cell, head in zip(row.find_all(["td", "th"]), heads, strict=False):
                cell["data-label"] = head
        return str(soup).replace('class="table"', 'class="table w2s-stacked"', 1)

    return _TABLE.sub(label, article)


def _unset(head: str) -> str:
    """Return the heading of a column with its simple formulas as plain text: ``n = 4000``."""
    plain = re.sub(r"\\\(([^\\_^]*)\\\)", r"\1", head.replace("\\ ", " "))
    return re.sub(r"\s*([=,])\s*", lambda sign: ", " if sign[1] == "," else " = ", plain)


def _read(page: Page, site: Path) -> _Text | None:
    from bs4 import BeautifulSoup

    path = site / f"{page.entry}.html"
    if not path.is_file():
        return None
    text, numbers = number_equations(path.read_text(encoding="utf-8"))
    if page.entry == NOTATION:
        text = row_ids(text)
    body = _ARTICLE.search(text)
    bare = _CODE.sub("<pre></pre>", body[0]) if body else ""
    return _Text(page, path, text, BeautifulSoup(bare, "html.parser"), numbers)


def _links(texts: Mapping[str, _Text]) -> Links:
    """Return the links that the symbols, terms and equations of a book allow."""
    symbols, terms = {}, {}
    if NOTATION in texts:
        symbols = symbols_of(texts[NOTATION].text, NOTATION)
    if GLOSSARY in texts:
        terms = terms_of(texts[GLOSSARY].article, GLOSSARY)
    equations: dict[str, list[str]] = {}
    for entry, one in texts.items():
        for number in one.numbers:
            equations.setdefault(number, []).append(entry)
    return Links(symbols, terms, equations)


def _up(page: Page) -> str:
    return "../" * (len(Path(page.entry).parts) - 1)
