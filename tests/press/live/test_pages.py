"""What a browser gets of each page is what its source says."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from press.claims_record import read_accepted
from press.executed import read_kept
from press.live.known import RECORD as KNOWN
from press.live.known import Known, duration, read_known, write_known
from press.live.pages import browser_page, form, hindered
from press.live.site import wheel, with_panel
from press.pages import read_book
from press.site.policy import policy
from press.sources import read_source
from tests import ROOT
from trust.live import Ran, recorded
from w2s._command import UserError

BOOK = read_book(ROOT)
RECORD = read_accepted(BOOK)
READS_DIGITS = {"practice/digits", "practice/your_features", "practice/vision_and_text"}
# Runs a page as the browser does, in this Python, and prints what it would show.
ALONE = """
import json, sys
page, *asked = json.load(sys.stdin)
from press.live.assets.runner import Runner
told, out = [], sys.stdout
Runner(lambda kind, text: told.append(json.loads(text))).run(page, *asked)
json.dump(told, out)
"""


def run_alone(page, given, folder, profile="smoke", edited=None):
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=folder, capture_output=True, text=True,
        input=json.dumps([page, given, profile, edited]),
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("page", BOOK.notebooks, ids=lambda page: page.id)
def test_a_page_goes_to_the_browser_with_its_cells_and_a_form_of_its_parameters(page):
    made = json.loads(json.dumps(browser_page(BOOK, page, RECORD, "paper")))
    source = read_source(BOOK, page)
    code = [one["source"] for one in source.notebook.cells if one["cell_type"] == "code"]
    assert [cell["source"] for cell in made["cells"]] == code
    assert "parameters" in made["cells"][made["parameters"]]["tags"]
    fields = {one["name"] for one in made["form"]} | set(made["given"]) | {"profile"}
    assert fields == {one.name for one in source.assignments}
    claims = {one["id"]: one["verdict"] for one in RECORD.claims if one["page"] == page.id}
    assert made["verdicts"] == claims
    assert set(made["given"].values()) <= set(made["files"])
    assert ("sklearn" in made["needs"]) == (page.id in READS_DIGITS)


def test_a_form_holds_the_values_of_both_scales_and_the_words_of_the_cell():
    made = browser_page(BOOK, BOOK.page("discrepancy/variance_theorem"), RECORD, "paper")
    fields = {one["name"]: one for one in made["form"]}
    assert fields["noise"]["kind"] == "float"
    assert fields["noise"]["words"] == "label-noise variance σ²"
    trials = fields["trials"]
    assert int(trials["smoke"]) < int(trials["paper"])


def test_estimates_are_rough_and_never_nothing():
    assert [duration(t) for t in (0.1, 10, 10.1, 91)] == [
        "10 seconds", "10 seconds", "20 seconds", "2 minutes",
    ]  # fmt: skip


def test_a_page_says_what_was_measured_and_else_goes_by_the_slowest_that_was():
    known = Known(3.0, {"a": {"paper": 40.0}, "b": {"paper": 60.0}, "c": {"paper": 5.0}})
    accepted = {"a": {"seconds": 8.0}, "b": {"seconds": 10.0}, "d": {"seconds": 20.0}}
    assert Known(9.0, {"c": {"smoke": 5.0}}).words("c", "smoke", {}) == f"about {duration(14)}"
    assert known.words("c", "paper", accepted) == f"about {duration(5)}"
    assert known.words("d", "paper", accepted) == f"perhaps {duration(6 * 20)}"
    assert known.words("d", "smoke", accepted) == ""
    assert known.words("e", "paper", accepted) == ""
    assert Known().words("a", "paper", accepted) == ""


def test_measured_seconds_are_kept_and_a_damaged_record_is_refused(tmp_path):
    book = SimpleNamespace(root=tmp_path)
    assert read_known(book) == Known()
    (tmp_path / KNOWN.parent).mkdir()
    asks = {"n": "n must be at least 1"}
    first = recorded(Known(), "part/a", "smoke", Ran(4.0, 1.234, asks))
    first = recorded(first, "part/b", "smoke", Ran(6.0, 12.0))
    write_known(book, recorded(first, "part/a", "paper", Ran(5.0, 321.0, {"n": "other values"})))
    times = {"part/a": {"smoke": 1.2, "paper": 320.0}, "part/b": {"smoke": 12.0}}
    kept = Known(5.0, times, {"part/a": asks})
    assert read_known(book) == kept
    (tmp_path / KNOWN).write_text('{"start": 1}')
    with pytest.raises(UserError, match=r"is damaged .*trust live --record"):
        read_known(book)


def test_the_record_names_pages_of_the_book_and_their_parameters():
    known, pages = read_known(BOOK), {page.id: page for page in BOOK.notebooks}
    assert set(known.pages) <= set(pages)
    for name, bounds in known.bounds.items():
        fields = form(read_source(BOOK, pages[name]), [], bounds)
        assert {one["name"]: one["bound"] for one in fields if one["bound"]} == bounds


def test_a_page_without_links_under_its_title_stays_as_it_is():
    assert with_panel("<head></head><p>text</p>", "a/b", {"book": ""}) == "<head></head><p>text</p>"


def test_only_a_live_site_may_compile_webassembly_and_start_workers():
    plain, live = policy(""), policy("", live=True)
    assert "wasm" not in plain and "worker" not in plain
    assert live.replace(" 'wasm-unsafe-eval'", "").replace("worker-src 'self'; ", "") == plain


def test_a_bad_value_gets_the_line_of_the_command_line(tmp_path):
    made = browser_page(BOOK, BOOK.page("discrepancy/single_models"), RECORD, "paper")
    (told,) = run_alone(made, {"seed": "many"}, tmp_path)
    assert told["kind"] == "error"
    assert told["line"].startswith("discrepancy/single_models: parameter 'seed' must be int like ")
    assert told["line"].endswith("got 'many'")


def small_page(*cells, parameters='profile = "paper"'):
    """A page of a few cells, as a browser gets it."""
    names = [line.partition(" = ")[0] for line in parameters.splitlines()[1:]]
    sources = [(parameters, ["parameters"]), *((source, []) for source in cells)]
    return {
        "id": "part/page", "parameters": 0, "smoke": {}, "given": {}, "files": {},
        "cells": [{"source": source, "tags": tags} for source, tags in sources],
        "form": [{"name": name} for name in names],
    }  # fmt: skip


ASKS = """
from w2s._checks import above, at_least, between, inside, integer
for size in sizes:
    at_least("n_unlabelled", size, 12)
integer("trials", trials)
integer("trials", trials, 2)
above("n_labelled", n, 21, "d_weak + 1")
at_least("n_labelled", n, 1)
between("share", share, 0, 1)
inside("rate", rate, 0.0, other)
above("noise", 2 * noise, 0)
"""
VALUES = """profile = "paper"
n = 100
trials = 100
sizes = [16, 400]
share = 0.5
rate = 0.5
noise = 0.5
other = 1.0"""


def test_a_form_shows_the_tightest_bounds_that_the_code_states_in_its_own_words(tmp_path):
    *_, bounds, done = run_alone(small_page(ASKS, parameters=VALUES), {}, tmp_path)
    assert done["kind"] == "done"
    assert bounds["words"] == {
        "n": "must exceed d_weak + 1 = 21",
        "trials": "must be at least 2",
        "sizes": "must be at least 12",
        "share": "must lie in [0, 1]",
        "rate": "must lie strictly between 0 and 1",
    }  # not of `noise`, which was doubled, nor of `other`, a bound itself


def test_a_value_out_of_bounds_is_named_with_the_last_line_of_the_traceback(tmp_path):
    page = small_page("x = 1", ASKS, parameters=VALUES)
    told = run_alone(page, {"n": "20"}, tmp_path)
    error = told[-2] if told[-1]["kind"] == "bounds" else told[-1]
    assert error["line"] == "ValueError: n_labelled must exceed d_weak + 1 = 21, got 20"
    assert (error["cell"], error["parameter"]) == (2, "n")
    told = run_alone(page, {"sizes": "[16, 11]"}, tmp_path)
    assert next(one["parameter"] for one in told if one["kind"] == "error") == "sizes"


def test_edited_cells_run_in_place_of_the_pages_own(tmp_path):
    page = small_page("x = 1", "print(x + n)", parameters='profile = "paper"\nn = 1')
    told = run_alone(page, {}, tmp_path, edited={"1": "x = 41"})
    assert [one["text"] for one in told if one["kind"] == "output"] == ["42", "\n"]


@pytest.mark.parametrize(
    ("edit", "line", "shown"),
    [
        ("x = (", "SyntaxError: '(' was never closed", "    x = ("),
        ("x = 1\ny = x / 0", "ZeroDivisionError: division by zero", "    y = x / 0"),
    ],
)
def test_an_error_of_an_edited_cell_shows_its_line_and_none_of_what_runs_it(
    tmp_path, edit, line, shown
):
    told = run_alone(small_page("x = 1"), {}, tmp_path, edited={"1": edit})
    (error,) = [one for one in told if one["kind"] == "error"]
    assert (error["line"], error["cell"]) == (line, 1)
    assert shown in error["detail"].splitlines()
    assert '"<cell 2>"' in error["detail"] and "runner.py" not in error["detail"]


@pytest.mark.book
@pytest.mark.parametrize("name", ["discrepancy/single_models", "random_features/limit"])
def test_the_runner_shows_what_the_kernel_shows(smoke_book, tmp_path, name):
    book = read_book(smoke_book)
    page = book.page(name)
    told = run_alone(browser_page(book, page, None, "smoke"), {}, tmp_path)
    assert told[-1]["kind"] == "done", told[-1]
    kernel = read_kept(book, page, "smoke")
    claims = [one["record"] for one in told if one["kind"] == "claim"]
    assert claims == kernel.claims
    figures = {one["name"]: one["csv"] for one in told if one["kind"] == "figure"}
    assert figures == {one["name"]: one["csv"] for one in kernel.figures}


def test_the_page_that_runs_networks_has_a_reason_in_place_of_the_button():
    book = read_book(ROOT)
    reasons = {page.id: reason for page in book.notebooks if (reason := hindered(book, page))}
    assert list(reasons) == ["practice/vision_and_text"]
    text = with_panel('<nav class="w2s-out"></nav>', "a/b", {"book": "../s/"}, "No network.")
    assert "<section" not in text and "No network. It cannot be rerun here." in text


def test_two_sites_of_one_book_are_made_at_once():
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(wheel, [BOOK, BOOK])
    assert one == two
    assert "w2s/metrics.py" in one
