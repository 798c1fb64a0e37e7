"""Each planted fault of a rendered site is found, and a sound site has none."""

from __future__ import annotations

import pytest

from press.site.check_site import check_site
from tests.press.conftest import write_tree

PAGE = """\
<!doctype html><html lang="en"><head><title>t</title>
<link rel="stylesheet" href="_static/a.css"><link rel="canonical" href="https://example.org/">
<script src="_static/a.js?v=1"></script></head><body>
<div class="onlyprint"><h1>Title</h1></div>
<article><h1 id="top">Title</h1>
<p>Text <a href="other.html#there">there</a>, <a href="#top">up</a>, <a href="#">theme</a>,
<a href="https://example.org">away</a>, <a href="mailto:a@b.c">mail</a>.</p>
<img src="_static/dot.png" alt="A dot"> <img src="data:image/png;base64,AA==" alt="A dot">
<span class="math">\\({ref}`x`\\)</span> <code>{ref}`x`</code> <pre>```{note}</pre>
</article></body></html>
"""
FILES = {
    "index.html": '<html><meta http-equiv="Refresh" content="0; url=page.html" /></html>',
    "page.html": PAGE,
    "other.html": '<html><h1>Other</h1><a id="there" href="page.html">back</a></html>',
    "_static/a.css": "@font-face {src: url('font.woff')} /* url(https://x.org/c) */",
    "_static/a.js": "",
    "_static/dot.png": "",
    "_static/font.woff": "",
    "_static/theme-template.html": "<h1></h1><h1></h1>",
}


def faults(tmp_path, files, root=None):
    site = write_tree(tmp_path / "site", FILES | files)
    return [(one.page, one.rule, one.what) for one in check_site(site, root)]


def test_a_sound_site_has_no_finding(tmp_path):
    assert faults(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("added", "rule", "what"),
    [
        ('<a href="none.html">x</a>', "broken link", "none.html: no such file"),
        ('<a href="other.html#nowhere">x</a>', "broken link", "no element with id 'nowhere'"),
        ('<a href="#nowhere">x</a>', "broken link", "no element with id 'nowhere'"),
        ('<a href="../../etc/passwd">x</a>', "broken link", "it leaves the site"),
        ('<img src="none.png" alt="An image">', "broken link", "none.png: no such file"),
        ('<script src="none.js"></script>', "broken link", "none.js: no such file"),
        ('<link rel="stylesheet" href="none.css">', "broken link", "none.css: no such file"),
        ("<h1>Second</h1>", "one h1", "2 first-level headings"),
        ('<p id="top">x</p>', "unique ids", "id 'top' is used 2 times"),
        ("<p>See {ref}`labels`.</p>", "leaked markup", "{ref}`labels`"),
        ("<p>By {cite:t}`dong2025`.</p>", "leaked markup", "{cite:t}`dong2025`"),
        ("<p>```{note} x</p>", "leaked markup", "```{note}"),
        ("<p>:::{admonition} x</p>", "leaked markup", ":::{admonition}"),
        ('<script src="https://x.org/a.js"></script>', "foreign address", "https://x.org/a.js"),
        ('<link rel="stylesheet" href="//x.org/a.css">', "foreign address", "//x.org/a.css"),
        ('<link rel="preconnect" href="https://x.org">', "foreign address", "https://x.org"),
        ('<img src="http://x.org/a.png" alt="An image">', "foreign address", "http://x.org/a"),
        ('<iframe src="https://x.org/"></iframe>', "foreign address", "<iframe> loads"),
        ("<style>p {background: url(https://x.org/b)}</style>", "foreign address", "<style>"),
        ('<p style="background: url(//x.org/b)">x</p>', "foreign address", "//x.org/b"),
        ('<form action="https://x.org/search"></form>', "foreign address", "<form> sends"),
        ('<img src="_static/dot.png">', "alt text", "has no alt text"),
        ('<img src="_static/dot.png" alt=" ">', "alt text", "has an empty alt text"),
        ('<span class="problematic">x</span>', "error on the page", "x"),
        ('<div class="system-message">bad</div>', "error on the page", "bad"),
        ('<div class="output stderr">warned</div>', "error on the page", "warned"),
        ('<span class="xref myst">lost</span>', "unresolved reference", "lost"),
        ("<p>/home/me/book/x</p>", "machine path", "/home/me/book"),
    ],
)
def test_a_planted_fault_is_found(tmp_path, added, rule, what):
    from pathlib import Path

    page = PAGE.replace("</article>", f"{added}</article>")
    found = faults(tmp_path, {"page.html": page}, Path("/home/me/book"))
    assert any(name == "page.html" and one == rule and what in text for name, one, text in found), (
        found
    )


@pytest.mark.parametrize(
    ("name", "text", "page", "rule"),
    [
        ("_static/a.css", "p {src: url(none.woff)}", "_static/a.css", "broken link"),
        ("_static/a.css", "@import 'https://x.org/c'", "_static/a.css", "foreign address"),
        ("index.html", '<meta http-equiv="refresh" content="0; url=x.html">', "index.html",
         "broken link"),
    ],
)  # fmt: skip
def test_style_sheets_and_redirects_are_followed(tmp_path, name, text, page, rule):
    assert [one[:2] for one in faults(tmp_path, {name: text})] == [(page, rule)]


def test_an_empty_site_is_a_finding(tmp_path):
    assert [one.rule for one in check_site(tmp_path)] == ["missing page"]
