"""The links under a title: to the papers, and to all that one takes away from a page or reruns."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator
from pathlib import Path

from press.pages import Book, Page
from press.site.places import papers
from press.site.takeaway import FIGURES, bibliography

GUIDE = "book/guide"
_INSTALL = re.compile(r'<section id="([a-z0-9-]*install[a-z0-9-]*)"')


def ways_out(book: Book, page: Page, site: Path) -> str:
    """Return the list of links that stands under the title of an executed page.

    Parameters
    ----------
    book : Book
        The checkout, which has the bibliography.
    page : Page
        The page.
    site : Path
        The rendered site: what it does not hold is not linked.

    Returns
    -------
    str
        HTML; links into the site are relative to the page.
    """
    entries = bibliography(book)
    items = [paper_links(entries[key]) for key in papers(book, page) if key in entries]
    items += [_file(page, name, words, site) for name, words in _files(page)]
    items.append(_rerun(page, site))
    listed = "".join(f"<li>{item}</li>" for item in items if item)
    return f'<nav class="w2s-out" aria-label="Papers, files and how to run"><ul>{listed}</ul></nav>'


def paper_links(entry: str) -> str:
    """Return the links to a paper from its entry of the bibliography.

    Examples
    --------
    >>> paper_links("@book{x, author = {Dong, Y. and Li, Y.}, eprint = {2502.05075}, year = {2025}")
    'Dong et al. 2025: <a class="external" href="https://arxiv.org/abs/2502.05075">arXiv</a>'
    """
    fields = dict(re.findall(r"\b(author|year|eprint|url)\s*=\s*\{([^{}]*)\}", entry))
    addresses = {
        "arXiv": fields.get("eprint") and f"https://arxiv.org/abs/{fields['eprint']}",
        "proceedings": fields.get("url"),
    }
    links = ", ".join(
        f'<a class="external" href="{html.escape(address)}">{words}</a>'
        for words, address in addresses.items()
        if address
    )
    authors = fields.get("author", "").split(" and ")
    first = authors[0].partition(",")[0] + (" et al." if len(authors) > 1 else "")
    return f"{html.escape(first)} {fields.get('year', '')}: {links}" if links else ""


def _files(page: Page) -> Iterator[tuple[str, str]]:
    yield f"{page.entry}.py", "source (.py)"
    yield f"_sources/{page.entry}.ipynb", "executed notebook"
    yield f"{FIGURES}/{page.id}.zip", "figures and data (.zip)"
    yield f"{page.entry}.bib", "cite (.bib)"
    yield "claims.json", "all claims (.json)"


def _file(page: Page, name: str, words: str, site: Path) -> str:
    if not (site / name).is_file():
        return ""
    return f'<a download href="{html.escape(_from(page, name))}">{words}</a>'


def _rerun(page: Page, site: Path) -> str:
    """Return the command that runs the page, with a link to where the guide tells the rest."""
    words, guide = "run it yourself", site / f"{GUIDE}.html"
    if guide.is_file():
        install = _INSTALL.search(guide.read_text(encoding="utf-8"))
        address = _from(page, f"{GUIDE}.html") + (f"#{install[1]}" if install else "")
        words = f'<a href="{address}">{words}</a>'
    return f"{words}: <code>make one NB={html.escape(page.id)}</code>"


def _from(page: Page, name: str) -> str:
    return os.path.relpath(name, os.path.dirname(page.entry) or ".").replace(os.sep, "/")
