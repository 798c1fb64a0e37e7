"""The whole book on paper: every page of the rendered site in one document, printed once.

The pages are joined before they are printed, so that links between them, the outline and the page
numbers come from the browser.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from press.files import write_json
from press.pages import Book
from press.site.foot import write_at_foot
from press.site.jupyter_book import site_profile, tree_digest
from press.site.places import read_places
from w2s._command import UserError
from w2s._files import write_atomically

NAME = "book.pdf"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
_NOT_PRINTED = "script, .only-dark, .headerlink, .w2s-download, .onlyprint, button, iframe"
_PATIENCE = 1_800_000.0  # milliseconds until a book that does not get printed is given up
_MOMENT = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}[+-]\d\d'\d\d'")
_WIDTH = 680  # of a column on A4 between these margins, in pixels
_NUMBER = (
    '<div style="width: 100%; font-size: 8px; text-align: center"><span class="pageNumber"></span>'
    "</div>"
)


def make_pdf(book: Book) -> Path:
    """Print the rendered site as one PDF with an outline and page numbers.

    Parameters
    ----------
    book : Book
        The checkout, its site rendered.

    Returns
    -------
    Path
        The file ``_build/book.pdf``.

    Raises
    ------
    UserError
        When there is no site, no Chromium on the PATH, or no playwright to drive it.
    """
    if site_profile(book.site) is None:
        raise UserError("there is no rendered site to print: make book first")
    browser = find_browser()
    if find_spec("playwright") is None:
        raise UserError("playwright cannot be imported: install the extra w2s[test]")
    folder = book.build / "pdf.tmp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in book.site.iterdir():  # pictures and style sheets are found where pages seek them
        if path.name != "book":
            os.symlink(path.resolve(), folder / path.name)
    document = folder / "book" / "whole.html"
    write_atomically(document, joined(book))
    printed = _printed(document, browser)
    target = book.build / NAME
    write_atomically(target, printed)
    write_json(_state(book), {"tree": tree_digest(book.site)})
    shutil.rmtree(folder)
    return target


def find_browser() -> str:
    """Return the path of Chromium, as ``W2S_CHROMIUM`` says or on the ``PATH``.

    Raises
    ------
    UserError
        When there is none.
    """
    asked = os.environ.get("W2S_CHROMIUM")
    names = (asked,) if asked else _BROWSERS
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise UserError(f"no Chromium to print with: none of {', '.join(names)} is on the PATH")
    return found


def joined(book: Book) -> str:
    """Return one HTML document, for the folder ``book``, of all pages of the rendered site.

    The ids of a page get its number in front, and links between pages lead to them. Headings go
    down one level, below those of the parts.
    """
    from bs4 import BeautifulSoup

    entries = [page.entry for page in book.pages if (book.site / f"{page.entry}.html").is_file()]
    order = {entry: f"p{number}" for number, entry in enumerate(entries)}
    soups: dict[str, Any] = {
        entry: BeautifulSoup((book.site / f"{entry}.html").read_text("utf-8"), "html.parser")
        for entry in entries
    }
    places, part = read_places(book), ""
    articles = []
    for entry, soup in soups.items():
        place = places.get(entry)
        if place is not None and place.part != part:
            part = place.part
            articles.append(f'<h1 class="w2s-printed">{part}</h1>')
        article = soup.find("article", class_="bd-article")
        _prepare(article, entry, order)
        articles.append(
            f'<article class="bd-article w2s-printed" id="{order[entry]}">'
            f"{article.decode_contents()}</article>"
        )
    # Sphinx gives MathJax to pages with a formula only.
    with_formulas = (
        one for one in entries if any(map(_sets_formulas, soups[one].find_all("script")))
    )
    first = next(with_formulas, entries[0])
    return (
        f'<!DOCTYPE html>\n<html lang="en" data-theme="light">{_head(soups[first], first)}'
        '<body><main class="bd-main"><div class="bd-content">'
        f'<div class="bd-article-container">{"".join(articles)}</div></div></main></body></html>\n'
    )


def _head(soup: Any, entry: str) -> str:
    """Return a head with the style sheets of a page and its MathJax, and nothing else that runs."""
    head = soup.head
    for tag in head.find_all("script"):
        if not _sets_formulas(tag):
            tag.decompose()
    for tag in head.find_all(["link", "meta"]):
        if not tag.has_attr("charset") and "stylesheet" not in (tag.get("rel") or ()):
            tag.decompose()
    for tag in head.find_all(["link", "script"]):
        for name in ("href", "src"):
            if tag.get(name):
                tag[name] = _moved(str(tag[name]), entry)
    return str(head)


def _sets_formulas(script: Any) -> bool:
    return "mathjax" in (str(script.get("src", "")) + script.get_text()).lower()


def _prepare(article: Any, entry: str, order: Mapping[str, str]) -> None:
    """Make an article part of the whole: no furniture, its own ids, addresses that still lead."""
    for tag in article.select(_NOT_PRINTED):
        tag.decompose()
    for level in range(5, 0, -1):
        for tag in article.find_all(f"h{level}"):
            tag.name = f"h{level + 1}"
    for tag in article.find_all(id=True):
        tag["id"] = f"{order[entry]}-{tag['id']}"
    for tag in article.find_all("img", src=True):
        tag["src"] = _moved(str(tag["src"]), entry)
        del tag["loading"]
    for tag in article.find_all("a", href=True):
        target = _target(str(tag["href"]), entry, order)
        if target is None:
            del tag["href"]
        else:
            tag["href"] = target


def _target(address: str, entry: str, order: Mapping[str, str]) -> str | None:
    """Return where a link leads within the whole; None when it led to a file beside the pages."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return address
    path = posixpath.normpath(posixpath.join(posixpath.dirname(entry), unquote(parts.path)))
    number = order.get(path.removesuffix(".html") if parts.path else entry)
    if number is None:
        return None
    return f"#{number}-{parts.fragment}" if parts.fragment else f"#{number}"


def _moved(address: str, entry: str) -> str:
    """Return a relative address of a page as seen from the folder ``book``."""
    if urlsplit(address).scheme:
        return address
    return posixpath.relpath(posixpath.join(posixpath.dirname(entry), address), "book")


def _printed(document: Path, browser: str) -> bytes:
    """Print a document when its formulas are typeset and its pictures loaded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser, args=FLAGS)
        page = started.new_page(viewport={"width": _WIDTH, "height": 1000}, color_scheme="light")
        page.set_default_timeout(_PATIENCE)
        page.emulate_media(media="print")
        page.goto(document.as_uri(), wait_until="load")
        page.evaluate("() => window.MathJax?.startup?.promise")
        printed = page.pdf(
            format="A4", print_background=True, outline=True, tagged=True,
            margin={"top": "16mm", "bottom": "18mm", "left": "15mm", "right": "15mm"},
            display_header_footer=True, header_template="<span></span>", footer_template=_NUMBER,
        )  # fmt: skip
        started.close()
    return printed


def dated(printed: bytes, date: str) -> bytes:
    """Return a PDF that says it was made on a given day, at midnight: its clock is left out.

    Examples
    --------
    >>> dated(b"/ModDate (D:20261130135747+01'00')", "2026-11-23")
    b"/ModDate (D:20261123000000+00'00')"
    """
    moment = f"{date.replace('-', '')}000000+00'00'".encode()
    # As long as what it replaces, so that every place in the file stays where the file says it is.
    return _MOMENT.sub(lambda match: match[1] + moment, printed)


def _state(book: Book) -> Path:
    return book.build / f"{NAME}.json"


def is_current(book: Book) -> bool:
    """Whether there is a PDF and it was printed from the site as it is."""
    try:
        known = json.loads(_state(book).read_text(encoding="utf-8"))["tree"]
        return (book.build / NAME).is_file() and bool(known == tree_digest(book.site))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def link_pdf(site: Path) -> int:
    """Link the PDF at the foot of every page of a site that holds it; return their number."""
    return write_at_foot(site, lambda up: f'<p><a href="{up}{NAME}">The whole book as PDF</a></p>')
