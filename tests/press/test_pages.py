"""The table of contents and the sources agree, or the press says where they do not."""

from __future__ import annotations

import os

import pytest

from press import UserError, find_root, read_book
from press.pages import load_yaml
from press.site.jupyter_book import derived_config, read_config, tree_digest
from press.size import lengths, library
from press.stale import site_digest
from tests.press.conftest import TOC, notebook, write_tree


def test_pages_come_in_the_order_of_the_toc(tiny):
    book = read_book(tiny)
    assert [page.id for page in book.pages] == [
        "book/intro", "book/status", "part/first", "part/second",
    ]  # fmt: skip
    assert [page.kind for page in book.pages] == ["prose", "prose", "notebook", "notebook"]


def test_parts_chapters_and_sections_are_read(tiny):
    nested = (
        "format: jb-book\nroot: book/intro.md\nparts:\n- caption: One\n  chapters:\n"
        "  - file: notebooks/part/first.ipynb\n    sections:\n    - file: notebooks/part/second\n"
        "  - url: https://example.org\n"
    )
    write_tree(tiny, {"_toc.yml": nested})
    assert [page.id for page in read_book(tiny).notebooks] == ["part/first", "part/second"]


def test_the_root_is_found_from_below(tiny):
    assert find_root(tiny / "notebooks" / "part") == tiny


def test_outside_a_book_there_is_no_root(tmp_path):
    with pytest.raises(UserError, match=r"no _toc\.yml in .* or above it"):
        find_root(tmp_path)


@pytest.mark.parametrize("name", ["part/first", "notebooks/part/first.py", "./part/first"])
def test_a_page_may_be_named_by_id_or_by_path(tiny, name):
    assert read_book(tiny).page(name).id == "part/first"


def test_an_unknown_page_is_refused_with_the_known_ones(tiny):
    with pytest.raises(UserError, match="'part/third'; the pages are: part/first, part/second"):
        read_book(tiny).page("part/third")


def test_a_notebook_missing_from_the_toc_is_named(tiny):
    write_tree(tiny, {"notebooks/part/third.py": notebook("third")})
    with pytest.raises(UserError, match=r"notebooks/part/third\.py is missing from _toc\.yml"):
        read_book(tiny)


def test_checkpoints_are_not_sources(tiny):
    write_tree(tiny, {"notebooks/part/.ipynb_checkpoints/old.py": "", "notebooks/_x/y.py": ""})
    assert len(read_book(tiny).notebooks) == 2


@pytest.mark.parametrize(
    ("toc", "message"),
    [
        (TOC + "  - file: book/none\n", "book/none, but neither book/none.py nor book/none.md"),
        (TOC + "  - file: notebooks/part/first\n", "lists notebooks/part/first twice"),
        (TOC + "  - glob: notebooks/*\n", "name each file instead of `glob: notebooks/\\*`"),
        (TOC.replace("jb-book", "jb-article"), "must say `format: jb-book`, got 'jb-article'"),
        (TOC.replace("root: book/intro\n", ""), "must name its first page"),
        (TOC + " - [\n", "_toc.yml line .* is not valid YAML"),
        ("- a\n", "must be a mapping"),
        ("format: jb-book\nroot: book/intro\nchapters: 3\n", "`chapters` must be a list"),
    ],
)
def test_a_bad_toc_is_refused(tiny, toc, message):
    write_tree(tiny, {"_toc.yml": toc})
    with pytest.raises(UserError, match=message):
        read_book(tiny)


def test_a_page_that_is_both_prose_and_notebook_is_refused(tiny):
    write_tree(tiny, {"notebooks/part/first.md": "# Twice\n"})
    with pytest.raises(UserError, match=r"both a \.py and a \.md file"):
        read_book(tiny)


def test_hidden_files_of_editors_are_no_pages(tiny):
    part = tiny / "notebooks/part"
    (part / ".#first.py").symlink_to("me@host.1234:1")  # Emacs
    write_tree(part, {".first.py": "draft", "._first.py": "a resource fork"})
    (part / ".first.py.swp").write_bytes(b"b0VIM")
    for place in ("press", "w2s"):
        (tiny / place).mkdir()
        (tiny / place / ".#module.py").symlink_to("me@host.1234:1")
    assert [page.id for page in read_book(tiny).notebooks] == ["part/first", "part/second"]
    assert [one.page for one in lengths(tiny)] == ["part/first", "part/second"]
    assert library(tiny) == (0, 0)
    assert len(site_digest(read_book(tiny), "paper", {})) == 64


def test_a_stray_file_whose_name_is_not_utf8_is_seen_and_harms_nothing(tiny):
    before = site_digest(read_book(tiny), "paper", {})
    stray = tiny / "book" / os.fsdecode(b"caf\xe9.txt")
    stray.write_text("x", encoding="utf-8")
    with_it = site_digest(read_book(tiny), "paper", {})
    tree = tree_digest(tiny)
    stray.write_text("y", encoding="utf-8")
    assert len({before, with_it, site_digest(read_book(tiny), "paper", {})}) == 3
    assert tree_digest(tiny) != tree


@pytest.mark.parametrize("name", ["w2s [2026]", "what?", "a*"])
def test_files_that_are_no_pages_are_named_where_the_path_is_a_pattern(tiny, name):
    root = tiny.rename(tiny.with_name(name))
    strays = {"NOTES.md": "# a", "book/[old] notes.md": "# b", "notebooks/part/first.ipynb": "{}"}
    book = read_book(write_tree(root, strays))
    path = derived_config(book, "paper")
    assert path == root / "_build/config.paper.yml"
    added = load_yaml(path)["exclude_patterns"][len(read_config(book)["exclude_patterns"]) :]
    assert sorted(added) == ["NOTES.md", "book/?old? notes.md"]


def test_in_a_plain_path_the_configuration_is_the_books_own(tiny):
    assert derived_config(read_book(tiny), "paper") == tiny / "_config.yml"
