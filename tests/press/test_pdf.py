"""The book as one document for the printer, and as a PDF beside the published site."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from bs4 import BeautifulSoup

from press import UserError, pdf, read_book
from press.files import write_json
from press.site.jupyter_book import MARKER, tree_digest
from tests import ROOT
from tests.conftest import chromium
from tests.press.conftest import write_tree

STYLE = ROOT / "book/_static/w2s.css"
TOC = """\
format: jb-book
root: book/intro
parts:
  - caption: "Part I: Things"
    chapters: [{file: notebooks/part/first}, {file: notebooks/part/second}]
"""
PAGE = """<html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="x">
<link rel="stylesheet" href="{up}_static/w2s.css"><link rel="next" href="x.html">
<script src="{up}_static/theme.js"></script>{math}</head><body><div class="onlyprint">no</div>
<article class="bd-article"><h1 id="t">{title}<a class="headerlink" href="#t">#</a></h1>
<h2>Below</h2>{body}</article></body><p class="copyright">us</p></html>"""
MATH = (
    '<script>window.MathJax = {{}}</script><script defer src="{up}_static/mathjax/t.js"></script>'
)
BODY = """<p><a href="#t">here</a> <a href="second.html#t">there</a> <a
href="../../book/intro.html">front</a> <a href="first.py">source</a> <a href="https://arxiv.org">paper</a></p>
<img class="only-light" src="../../figures/a.svg" loading="lazy">
<img class="only-dark" src="d.svg">
<p class="w2s-download">no</p>"""


def page(title, up, body="", math=""):
    return PAGE.format(title=title, up=up, body=body, math=math.format(up=up))


@pytest.fixture
def book(tiny):
    write_tree(
        tiny,
        {
            "_toc.yml": TOC,
            "_build/html/_static/w2s.css": STYLE.read_text(encoding="utf-8"),
            "_build/html/book/intro.html": page("Front", "../"),
            "_build/html/notebooks/part/first.html": page("First", "../../", BODY, MATH),
            "_build/html/notebooks/part/second.html": page("Second", "../../"),
        },
    )
    write_json(tiny / "_build/html" / MARKER, {"made_by": "w2s", "profile": "paper"})
    return read_book(tiny)


def test_all_pages_become_one_document_whose_links_stay_within_it(book):
    soup = BeautifulSoup(pdf.joined(book), "html.parser")
    heads = [(tag.name, tag.get_text()) for tag in soup.find_all(["h1", "h2"])]
    assert heads == [
        ("h2", "Front"), ("h1", "Part I: Things"), ("h2", "First"), ("h2", "Second"),
    ]  # fmt: skip
    links = {a.get_text(strip=True): a.get("href") for a in soup.find_all("a")}
    assert links == {
        "here": "#p1-t", "there": "#p2-t", "front": "#p0", "source": None,
        "paper": "https://arxiv.org",
    }  # fmt: skip
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert sorted(ids) == ["p0", "p0-t", "p1", "p1-t", "p2", "p2-t"]
    assert [tag["src"] for tag in soup.find_all("img")] == ["../figures/a.svg"]
    assert "no" not in soup.get_text().split()


def test_its_head_holds_the_style_and_the_formulas_and_nothing_else_that_runs(book):
    head = BeautifulSoup(pdf.joined(book), "html.parser").head
    assert [tag.get("src") for tag in head.find_all("script")] == [None, "../_static/mathjax/t.js"]
    assert [tag["href"] for tag in head.find_all("link")] == ["../_static/w2s.css"]
    assert len(head.find_all("meta")) == 1


def test_without_a_site_or_a_browser_it_says_so(book, tiny, monkeypatch):
    monkeypatch.delenv("W2S_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tiny))
    with pytest.raises(UserError, match=r"no Chromium to print with: none of chromium, .* PATH"):
        pdf.make_pdf(book)
    (book.site / MARKER).unlink()
    with pytest.raises(UserError, match="there is no rendered site to print: make book first"):
        pdf.make_pdf(book)


def test_a_pdf_is_linked_at_the_foot_of_every_page_while_its_site_stands(book):
    assert not pdf.is_current(book)
    write_tree(book.build, {pdf.NAME: "%PDF"})
    write_json(book.build / f"{pdf.NAME}.json", {"tree": tree_digest(book.site)})
    assert pdf.is_current(book)
    assert pdf.link_pdf(book.site) == 3
    text = (book.site / "notebooks/part/first.html").read_text(encoding="utf-8")
    assert '<a href="../../book.pdf">The whole book as PDF</a></p>\n<p class="copyright">' in text
    assert not pdf.is_current(book), "of another site"


@pytest.mark.browser
def test_a_small_book_is_printed_with_an_outline(book, monkeypatch):
    monkeypatch.setenv("W2S_CHROMIUM", chromium() or "")
    # In a thread of its own: the browser of other tests may be driven from this one.
    with ThreadPoolExecutor(1) as pool:
        target = pool.submit(pdf.make_pdf, book).result()
    printed = target.read_bytes()
    assert printed.startswith(b"%PDF") and b"/Outlines" in printed
    assert printed.count(b"/Type /Page\n") == 3, "each page begins a new one, a part with its first"
    assert json.loads((book.build / f"{pdf.NAME}.json").read_text(encoding="utf-8"))["tree"]
    assert not (book.build / "pdf.tmp").exists()
    released = pdf.dated(printed, "2026-11-23")
    assert len(released) == len(printed)
    assert released.count(b"Date (D:20261123000000+00'00')") == 2


@pytest.mark.browser
def test_the_outline_names_every_heading_once_and_with_its_spaces(book, monkeypatch):
    monkeypatch.setenv("W2S_CHROMIUM", chromium() or "")
    # Some are at the top of a page, and each is too long for one line.
    names = [f"Heading {k} of many " + "more words " * 9 + "in all" for k in range(12)]
    body = "".join(f'<h2>{one}</h2><p style="height: {500 + 40 * k}px">Text</p>'
                   for k, one in enumerate(names))  # fmt: skip
    body += "<style>p { margin: 0 } h3 { font: 32px/1.1 sans-serif; margin: 40px 0 16px }</style>"
    first = book.site / "notebooks/part/first.html"
    first.write_text(page("First", "../../", body), encoding="utf-8")
    with ThreadPoolExecutor(1) as pool:
        target = pool.submit(pdf.make_pdf, book).result()
    titles = re.findall(rb"/Title \((.*?)\)", target.read_bytes())
    assert [one.decode() for one in titles if b"Heading" in one] == names
