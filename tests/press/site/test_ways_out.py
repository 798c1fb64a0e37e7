"""Under its title a page links its papers, its own files, and how to run it."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from press import read_book
from press.pages import Page
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

@inproceedings{other,
  author = {Other, An and Author, B.},
  eprint = {2410.00001},
  year   = {2024}
}

@book{old,
  author = {Old, A.},
  year   = {1982}
}
"""
OTHER = ["https://arxiv.org/abs/2410.00001"]
DONG = ["https://arxiv.org/abs/2502.05075", "https://example.org/dong.html"]
MEDVEDEV = ["https://arxiv.org/abs/2503.02877"]
MINUTE = ":::{{admonition}} In one minute\n# :class: w2s-minute\n#\n# {}\n# :::\n#\n# "
FILES = ("notebooks/part/first.py", "_sources/notebooks/part/first.ipynb", "figures/part/first.zip")


@pytest.fixture
def book(tiny):
    return read_book(write_tree(tiny, {"book/references.bib": BIB}))


def shown(book, site, page="part/first"):
    text = ways_out(book, Page(page, f"notebooks/{page}", "notebook"), site)
    return BeautifulSoup(text, "html.parser")


@pytest.mark.parametrize(
    ("page", "cites", "papers"),
    [
        ("discrepancy/bias", "{cite:t}`medvedev2025`", DONG),
        ("random_features/fig2", "", MEDVEDEV),
        ("practice/real", "by {cite:t}`dong2025`", DONG),
        ("practice/real", "{cite:p}`other,medvedev2025`", MEDVEDEV),
        ("practice/real", "{cite:t}`medvedev2025` and {cite:t}`dong2025`", DONG + MEDVEDEV),
        ("practice/real", "", DONG + MEDVEDEV),
        ("neighbours/one", MINUTE.format("{cite:t}`other, old`") + "{cite:t}`dong2025`", OTHER),
        ("neighbours/one", MINUTE.format("{cite:t}`other` and {cite:t}`dong2025`"), DONG + OTHER),
        ("neighbours/one", MINUTE.format("No paper.") + "{cite:t}`other`", OTHER),
        ("neighbours/one", MINUTE.format("No paper."), DONG + MEDVEDEV),
    ],
)
def test_a_page_links_the_paper_of_its_wing_or_those_that_it_cites(
    book, tmp_path, page, cites, papers
):
    write_tree(book.root, {f"notebooks/{page}.py": f"# {cites}\n"})
    soup = shown(book, tmp_path, page)
    assert [a["href"] for a in soup.select("a.external")] == papers


def test_only_files_that_the_site_has_are_linked(book, tmp_path):
    assert shown(book, tmp_path).select("a[download]") == []
    site = write_tree(tmp_path / "html", dict.fromkeys(FILES, "x"))
    links = {a["href"]: a.get_text() for a in shown(book, site).select("a[download]")}
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
    soup = shown(book, site)
    assert soup.code.get_text() == "make one NB=part/first"
    assert soup.select_one("a:not(.external)")["href"] == f"../../book/guide.html{target}"


def test_a_paper_without_an_address_is_not_linked():
    assert paper_links("@book{x,\n  author = {A, B},\n  year = {1982}\n}") == ""
