"""What a browser gets of each page is what its source says."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from press.claims_record import read_accepted
from press.executed import read_kept
from press.live.pages import browser_page, duration, hindered
from press.live.site import ASSETS, with_panel
from press.pages import read_book
from press.site.policy import policy
from press.sources import read_source
from tests import ROOT

BOOK = read_book(ROOT)
RECORD = read_accepted(BOOK)
READS_DIGITS = {"practice/digits", "practice/your_features", "practice/vision_and_text"}
# Runs a page as the browser does, in this Python, and prints what it would show.
ALONE = """
import json, sys
page, given, profile = json.load(sys.stdin)
sys.path.insert(0, sys.argv[1])
from runner import Runner
told, out = [], sys.stdout
Runner(lambda kind, text: told.append(json.loads(text))).run(page, given, profile)
json.dump(told, out)
"""


def run_alone(page, given, folder, profile="smoke"):
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(ASSETS)],
        cwd=folder, input=json.dumps([page, given, profile]), capture_output=True, text=True,
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
