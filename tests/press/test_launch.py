"""What only a published site says: its address, its commit, and where its notebooks open."""

from __future__ import annotations

import json

import pytest

from press import UserError, read_book
from press.command import main
from press.commit import Commit
from press.files import write_json
from press.site.jupyter_book import MARKER, tree_digest
from press.site.launch import Place, check_place, runs_alone, write_branch
from press.site.make import Published, publish
from tests import ROOT
from tests.press.conftest import notebook, write_tree
from w2s import __version__

NAV = '<nav class="w2s-out" aria-label="Files"><ul><li>run it</li></ul></nav>'
PAGE = f'<html><head></head><body>{NAV}<p class="copyright">us</p></body></html>'
BRANCH = Place("us/book", "notebooks")
COMMIT = Commit("0123456789abcdef" * 2 + "01234567", "2026-11-23")
FIRST = "notebooks/part/first"


@pytest.fixture
def book(tiny):
    """Return a tiny book with the least of a rendered site; its second page gathers."""
    gathers = notebook("second").replace("smoke: {trials: 5}", "gathers: pairs")
    executed = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    site = {
        f"{FIRST}.html": PAGE,
        "notebooks/part/second.html": PAGE,
        "book/intro.html": PAGE.replace(NAV, ""),
        "_static/no.html": PAGE,
        f"_sources/{FIRST}.ipynb": json.dumps(executed),
    }
    files = {f"_build/html/{name}": text for name, text in site.items()}
    files["notebooks/part/second.py"] = gathers.replace("trials = 50", 'pairs = ""\ntrials = 50')
    write_tree(tiny, files)
    write_json(tiny / "_build/html" / MARKER, {"made_by": "w2s", "profile": "paper"})
    return read_book(tiny)


def published(book, says):
    target = book.root.parent / "public"
    publish(book, target, says)
    return {
        path.relative_to(target).as_posix(): path.read_text(encoding="utf-8")
        for path in target.rglob("*.html")
    }


def test_every_page_of_a_stamped_site_names_version_commit_and_its_own_date(book):
    before = tree_digest(book.site)
    pages = published(book, Published(commit=COMMIT))
    line = (
        f'<p class="w2s-commit">w2s {__version__}, made from commit <code>0123456789ab</code> of '
        '<time datetime="2026-11-23">2026-11-23</time></p>\n<p class="copyright">'
    )
    stamped = {name for name, text in pages.items() if text.count(line) == 1}
    assert stamped == {f"{FIRST}.html", "notebooks/part/second.html", "book/intro.html"}
    assert "w2s-commit" not in pages["_static/no.html"]
    assert tree_digest(book.site) == before, "the build itself is as it was"


def test_colab_and_binder_are_linked_from_pages_that_run_alone_and_from_no_other(book):
    pages = published(book, Published(address="https://us.example/book/", branch=BRANCH))
    colab = "https://colab.research.google.com/github/us/book/blob/notebooks/"
    binder = "https://mybinder.org/v2/gh/us/book/notebooks?labpath="
    assert (
        f'<li><a class="external" href="{colab}{FIRST}.ipynb">open in Colab</a></li>'
        in (pages[f"{FIRST}.html"])
    )
    assert f'href="{binder}notebooks%2Fpart%2Ffirst.ipynb"' in pages[f"{FIRST}.html"]
    assert not any(
        word in text for name, text in pages.items() if name != f"{FIRST}.html"
        for word in ("colab", "binder")
    )  # fmt: skip


def test_a_site_that_knows_nothing_of_itself_is_the_one_that_was_built(book):
    pages = published(book, Published())
    assert pages[f"{FIRST}.html"] == PAGE


def test_the_branch_holds_notebooks_that_install_the_module_and_what_binder_needs(book, tmp_path):
    assert write_branch(book, tmp_path / "launched", Place("us/book", COMMIT.sha)) == 1
    found = {
        path.relative_to(tmp_path / "launched").as_posix()
        for path in (tmp_path / "launched").rglob("*") if path.is_file()
    }  # fmt: skip
    assert found == {
        f"{FIRST}.ipynb", "binder/requirements.txt", "binder/runtime.txt", "w2s-files.json",
    }  # fmt: skip
    text = (tmp_path / "launched" / f"{FIRST}.ipynb").read_text(encoding="utf-8")
    first = json.loads(text)["cells"][0]
    assert first["cell_type"] == "code" and first["outputs"] == []
    assert f"git+https://github.com/us/book@{COMMIT.sha}" in "".join(first["source"])
    write_json(book.site / MARKER, {"made_by": "w2s", "profile": "smoke"})
    with pytest.raises(UserError, match="only notebooks of a paper site are launched, not smoke"):
        write_branch(book, tmp_path / "launched", BRANCH)


def test_what_binder_installs_are_extras_that_the_package_has():
    from importlib import metadata

    from press.site.launch import BINDER

    asked = BINDER["binder/requirements.txt"].strip().removeprefix("-e .[").rstrip("]").split(",")
    assert set(asked) <= set(metadata.metadata("w2s").get_all("Provides-Extra"))


def test_all_pages_but_those_that_need_tables_of_the_book_run_alone():
    book = read_book(ROOT)
    left = {page.id for page in book.notebooks if not runs_alone(book, page)}
    assert left == {
        "random_features/limit", "practice/real_pictures", "practice/real_sentences",
        "practice/ridge_heads",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["us", "us/book", "us/book@", "us/bo ok@x", 'us/b@"x', "a/b/c@x"])
def test_a_branch_is_named_by_its_repository(text):
    with pytest.raises(UserError, match="named like OWNER/NAME@REF"):
        check_place(text)
    assert check_place("us/book@notebooks") == BRANCH


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--stamp"], "--stamp needs --publish"),
        (["--publish", "x", "--launch", "us/book@n"], "--launch needs --at"),
        (["--publish", "x", "--at", "https://x.example", "--launch", "n"], "OWNER/NAME@REF"),
        (["--publish", "x", "--stamp"], "not a git repository"),
    ],
)
def test_what_a_site_says_of_itself_is_checked_before_it_is_built(book, capsys, options, message):
    assert main(["book", *options, "--root", str(book.root)]) == 2
    told = capsys.readouterr()
    assert message in told.err and told.err.count("\n") == 1 and told.out == ""
