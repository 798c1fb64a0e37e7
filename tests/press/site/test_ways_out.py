"""Under its title a page links the papers of its part, its own files, and how to run it."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from press import read_book
from press.site.places import Place
from press.site.ways_out import paper_links, ways_out
from tests.press.conftest import write_tree

BIB = """\
@inproceedings{dong2025,
  author = {Dong, Y. and Li, Y.},
  url    = {https://example.org/dong.html},
  eprint = {2502.05075},
  year   = {2025}
}

@inproceedings{medvedev2025,
  author = {Medvedev, Marko},
  eprint = {2503.02877},
  year   = {2025}
}
"""
DONG = ["https://arxiv.org/abs/2502.05075", "https://example.org/dong.html"]
MEDVEDEV = ["https://arxiv.org/abs/2503.02877"]
FILES = ("notebooks/part/first.py", "_sources/notebooks/part/first.ipynb", "figures/part/first.zip")


@pytest.fixture
def book(tiny):
    return read_book(write_tree(tiny, {"book/references.bib": BIB}))


def shown(book, place, site):
    text = ways_out(book, book.page("part/first"), place, site)
    return BeautifulSoup(text, "html.parser")


@pytest.mark.parametrize(
    ("part", "papers"),
    [
        ("Part I: One", DONG),
        ("Part II: Two", MEDVEDEV),
        ("Part III: Three", DONG + MEDVEDEV),
        ("Appendix", DONG + MEDVEDEV),
    ],
)
def test_each_part_links_its_paper_and_the_last_both(book, tmp_path, part, papers):
    soup = shown(book, Place(part, 1, 1), tmp_path)
    assert [a["href"] for a in soup.select("a.external")] == papers


def test_only_files_that_the_site_has_are_linked(book, tmp_path):
    assert shown(book, None, tmp_path).select("a") == []
    site = write_tree(tmp_path / "html", dict.fromkeys(FILES, "x"))
    links = {a["href"]: a.get_text() for a in shown(book, None, site).select("a[download]")}
    assert links == {
        "first.py": "source (.py)",
        "../../_sources/notebooks/part/first.ipynb": "executed notebook",
        "../../figures/part/first.zip": "figures and data (.zip)",
    }


@pytest.mark.parametrize(
    ("guide", "target"),
    [
        ('<section id="rerun"></section><section id="get-and-install-it">', "#get-and-install-it"),
        ("<p>Nothing about it.</p>", ""),
    ],
)
def test_the_command_is_there_and_leads_to_the_guide(book, tmp_path, guide, target):
    site = write_tree(tmp_path / "html", {"book/guide.html": guide})
    soup = shown(book, None, site)
    assert soup.code.get_text() == "make one NB=part/first"
    assert soup.a["href"] == f"../../book/guide.html{target}"


def test_a_paper_without_an_address_is_not_linked():
    assert paper_links("@book{x,\n  author = {A, B},\n  year = {1982}\n}") == ""
