"""A page is executed again exactly when something that decides its numbers changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from press import read_book
from press.stale import (
    fingerprint,
    imported_modules,
    kept_notebook,
    kept_path,
    put_back,
    read_state,
    reason_to_run,
    site_digest,
    state_path,
    write_state,
)
from tests.conftest import ROOT
from tests.press.conftest import executed, write_tree

CORE = {
    "w2s/__init__.py": "",
    "w2s/_checks.py": "import numpy as np\n",
    "w2s/ridgeless.py": "from w2s._checks import finite\n",
    "w2s/figures.py": "def f():\n    from . import metrics\n",
    "w2s/metrics.py": "from ._checks import finite\n",
    "w2s/unused.py": "",
    "press/__init__.py": "",
    "w2s/cli.py": "",
}
VALUES = {"profile": "paper", "seed": 1, "trials": 50}


@pytest.fixture
def page(tiny):
    """Return the book and a page that was just executed."""
    write_tree(tiny, CORE)
    source = tiny / "notebooks/part/first.py"
    text = source.read_text(encoding="utf-8").replace("from w2s.page.claims", "from w2s.ridgeless")
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
        ("press/__init__.py", "x = 1\n", ""),
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


LAZY = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from w2s.metrics import measure

def __getattr__(name):
    if name == "measure":
        from w2s.metrics import measure
        return measure
    from w2s.ridgeless import law
    return law
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from w2s import unused", ["unused"]),
        ("import w2s.unused as u", ["unused"]),
        ("import w2s.unused\nw2s.unused.f()", ["unused"]),
        ("from w2s import measure", ["_checks", "metrics"]),
        ("import w2s.unused\nw2s.measure()", ["_checks", "metrics", "unused"]),
        ("from w2s import law", ["_checks", "ridgeless"]),
        ("from w2s import anything", ["_checks", "metrics", "ridgeless"]),
        ("from w2s import *", ["_checks", "metrics", "ridgeless"]),
        ("import w2s", ["_checks", "metrics", "ridgeless"]),
        ("from w2s import __version__", []),
    ],
)
def test_what_the_package_loads_on_demand_counts_for_who_asks(tiny, text, expected):
    write_tree(tiny, CORE | {"w2s/__init__.py": LAZY})
    source = tiny / "notebooks/part/first.py"
    source.write_text(text, encoding="utf-8")
    modules = ["__init__", *expected]
    assert imported_modules(tiny, source) == [f"w2s/{name}.py" for name in modules]


def test_a_page_depends_on_what_it_uses_and_on_nothing_else(tmp_path):
    source = tmp_path / "page.py"
    source.write_text("from w2s.random_features import sphere\n", encoding="utf-8")
    modules = imported_modules(ROOT, source)
    assert "w2s/random_features/sphere.py" in modules
    assert not any(path.startswith("w2s/practice") for path in modules)
    source.write_text("from w2s import diagnose\n", encoding="utf-8")
    assert "w2s/practice/diagnosis/run.py" in imported_modules(ROOT, source)


# Executes the imports of each source in a fork of its own and prints the files that were loaded.
LOADED = """
import ast, json, os, sys
import matplotlib.pyplot, scipy.linalg, scipy.optimize, scipy.special, scipy.stats
for path in sys.argv[1:]:
    if os.fork() == 0:
        tree = ast.parse(open(path, encoding="utf-8").read())
        tree.body = [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))]
        space = {}
        exec(compile(tree, path, "exec"), space)
        found = {n: m.__file__ for n, m in sys.modules.items() if n.split(".")[0] == "w2s"}
        print(json.dumps([path, found]), flush=True)
        os._exit(0)
    assert os.wait()[1] == 0, path
"""


def test_no_module_that_a_page_of_the_book_loads_is_forgotten():
    book = read_book(ROOT)
    sources = [book.source(page) for page in book.notebooks]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *map(str, sources)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    loaded = dict(map(json.loads, done.stdout.splitlines()))
    assert len(loaded) == len(sources) > 20
    for source in sources:
        files = {Path(path).relative_to(ROOT).as_posix() for path in loaded[str(source)].values()}
        files = {path for path in files if not path.startswith("w2s/cli")}
        assert len(files) > 1
        assert files <= set(imported_modules(ROOT, source)), source


def test_a_damaged_kept_notebook_is_mended_and_never_put_back(page):
    book, one = page
    kept = kept_path(book, one, "paper")
    whole = kept.read_bytes()
    kept.write_bytes(whole[:50])
    assert kept_notebook(book, one, "paper") is None
    put_back(book, one, "paper")
    assert kept.read_bytes() == whole
    assert reason(page) == ""


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
