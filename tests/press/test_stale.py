"""A page is executed again exactly when something that decides its numbers changed."""

from __future__ import annotations

import pytest

from tests.press.conftest import executed, write_tree
from w2s.press import read_book
from w2s.press.stale import (
    fingerprint,
    imported_modules,
    put_back,
    read_state,
    reason_to_run,
    site_digest,
    state_path,
    write_state,
)

CORE = {
    "w2s/__init__.py": "",
    "w2s/_checks.py": "import numpy as np\n",
    "w2s/ridgeless.py": "from w2s._checks import finite\n",
    "w2s/figures.py": "def f():\n    from . import metrics\n",
    "w2s/metrics.py": "from ._checks import finite\n",
    "w2s/unused.py": "",
    "w2s/press/__init__.py": "",
    "w2s/cli.py": "",
}
VALUES = {"profile": "paper", "seed": 1, "trials": 50}


@pytest.fixture
def page(tiny):
    """Return the book and a page that was just executed."""
    write_tree(tiny, CORE)
    source = tiny / "notebooks/part/first.py"
    text = source.read_text(encoding="utf-8").replace("from w2s.claims", "from w2s.ridgeless")
    source.write_text(text, encoding="utf-8")
    write_tree(tiny, {"notebooks/part/first.ipynb": executed()})
    book = read_book(tiny)
    one = book.page("part/first")
    write_state(book, one, fingerprint(book, one, VALUES), 1.5, 1)
    return book, one


def reason(page, values=VALUES):
    book, one = page
    state = read_state(book, one, values["profile"])
    return reason_to_run(book, one, fingerprint(book, one, values), state)


def test_a_page_is_fresh_after_it_ran(page):
    assert reason(page) == ""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("w2s/ridgeless.py", "x = 1\n", "w2s/ridgeless.py and 1 more changed"),
        ("w2s/_checks.py", "x = 1\n", "w2s/_checks.py changed"),
        ("w2s/__init__.py", "x = 1\n", "w2s/__init__.py changed"),
        ("w2s/unused.py", "x = 1\n", ""),
        ("w2s/press/__init__.py", "x = 1\n", ""),
        ("requirements.lock", "numpy==3\n", "requirements.lock changed"),
        ("notebooks/part/first.py", "x = 1\n", "notebooks/part/first.py changed"),
        ("notebooks/part/second.py", "x = 1\n", ""),
        (
            "notebooks/part/first.ipynb",
            "{}\n",
            "executed notebook was edited or is missing",
        ),
        ("_build/run/paper/part/first.json", "{", "its state file is unreadable"),
        ("_build/run/paper/part/first.json", "[]", "its state file is unreadable"),
        ("_build/run/paper/part/first.json", '{"files": 3}', "its state file is unreadable"),
        ("_build/run/paper/part/first.json", "{}", "the press changed"),
    ],
)
def test_a_change_is_named(page, name, text, expected):
    write_tree(page[0].root, {name: text})
    assert reason(page) == expected


def test_a_page_that_never_ran_says_so(page):
    book, one = page
    state_path(book, one, "paper").unlink()
    assert reason(page) == "never run"


def test_a_missing_notebook_is_noticed(page):
    page[0].executed(page[1]).unlink()
    assert reason(page) == "executed notebook was edited or is missing"


def test_other_parameters_are_noticed(page):
    assert reason(page, VALUES | {"trials": 51}) == "parameters changed"
    assert reason(page, VALUES | {"profile": "smoke"}) == "never run"


def test_another_python_is_noticed(page, monkeypatch):
    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")
    assert "to 3.99.0" in reason(page)


def test_imports_are_followed_through_modules_and_into_functions(tiny):
    write_tree(tiny, CORE)
    source = tiny / "notebooks/part/first.py"
    source.write_text("from w2s import figures\nimport w2s.ridgeless as r\n", encoding="utf-8")
    assert imported_modules(tiny, source) == [
        "w2s/__init__.py", "w2s/_checks.py", "w2s/figures.py", "w2s/metrics.py",
        "w2s/ridgeless.py",
    ]  # fmt: skip


def test_the_notebook_of_a_profile_is_put_back_after_the_other_ran(page):
    book, one = page
    smoke = VALUES | {"profile": "smoke"}
    paper_text = book.executed(one).read_bytes()
    write_tree(book.root, {"notebooks/part/first.ipynb": executed({"id": "small"})})
    write_state(book, one, fingerprint(book, one, smoke), 0.5, 1)
    assert reason(page, smoke) == ""
    put_back(book, one, "paper")
    assert book.executed(one).read_bytes() == paper_text
    assert reason(page) == ""


def test_an_edited_notebook_is_not_put_back(page):
    book, one = page
    write_tree(book.root, {"notebooks/part/first.ipynb": "{}"})
    put_back(book, one, "paper")
    assert reason(page) == "executed notebook was edited or is missing"


@pytest.mark.parametrize(
    "name", ["_config.yml", "_toc.yml", "book/intro.md", "book/_static/a.css", "requirements.lock",
             "notebooks/part/second.ipynb"],
)  # fmt: skip
def test_the_site_depends_on_everything_that_is_rendered(page, name):
    book, _ = page
    before = site_digest(book, "paper", {})
    assert before == site_digest(book, "paper", {})
    write_tree(book.root, {name: "changed"})
    assert site_digest(book, "paper", {}) != before


def test_the_site_depends_on_the_profile_and_on_generated_texts_not_on_their_files(page):
    book, _ = page
    before = site_digest(book, "paper", {"book/status.md": "a"})
    assert site_digest(book, "smoke", {"book/status.md": "a"}) != before
    assert site_digest(book, "paper", {"book/status.md": "b"}) != before
    write_tree(book.root, {"book/status.md": "old"})
    assert site_digest(book, "paper", {"book/status.md": "a"}) == before
