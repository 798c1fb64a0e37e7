"""Pages rerun in headless Chromium by Pyodide, without any host but this one."""

from __future__ import annotations

import contextlib
import fcntl
import re
import shutil
import urllib.request

import pytest

from press.executed import read_edition, read_kept
from press.live.pages import browser_page
from press.live.site import FOLDER, Live, go_live, prepare
from press.pages import read_book
from press.progress import Progress
from press.site.policy import write_policies
from press.site.steps import STEPS, live_steps
from tests import ROOT
from trust import live as driver

pytestmark = [pytest.mark.browser, pytest.mark.book, pytest.mark.live]

# A page of each part that runs in a few seconds, one of them with a parameter named `length`, which
# a form has too.
PAGES = ["discrepancy/single_models", "random_features/bootstrapping", "neighbours/wrong_teacher"]
PANEL = re.compile(r'<section class="w2s-here[^"]*" .*?</section>')
REASON = re.compile(r'<p class="w2s-note">[^<]* It cannot be rerun here\.</p>')
HEAD = re.compile(
    r'<link rel="stylesheet" href="[^"]*(live|diagnose)\.css"[^>]*>'
    r'<script defer[^>]*(live|diagnose)\.js"></script>'
)


@pytest.fixture(scope="module")
def runtime():
    """The runtime below ``_build`` of the checkout, which a machine fetches once."""
    place = ROOT / "_build" / "live"
    place.mkdir(parents=True, exist_ok=True)
    with (place / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return prepare(read_book(ROOT), None, Progress())


@pytest.fixture(scope="module")
def book(smoke_book):
    return read_book(smoke_book)


@pytest.fixture(scope="module")
def site(book, runtime, tmp_path_factory):
    """The smoke site with the steps of a live one."""
    folder = tmp_path_factory.mktemp("live") / "html"
    shutil.copytree(book.site, folder)
    go_live(read_edition(book, "smoke"), folder, runtime)
    write_policies(folder, live=True)
    return folder


@pytest.fixture(scope="module")
def base(site):
    with driver.served(site) as address:
        yield address


@contextlib.contextmanager
def visit(browser, base, page, **options):
    """Open a page; at the end nothing may have gone wrong, and no other host been asked."""
    with driver.tab_of(browser, **options) as tab:
        faults = []
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda told: told.type == "error" and faults.append(told.text))
        tab.on(
            "request",
            lambda asked: (
                asked.url.startswith((base, "data:", "blob:")) or faults.append(asked.url)
            ),
        )
        tab.goto(f"{base}/{page.entry}.html", wait_until="load")
        yield tab
        assert faults == []


def test_a_live_site_is_the_other_one_with_a_panel_and_a_policy_more(book, site):
    plain = {
        path.relative_to(book.site): path.read_bytes()
        for path in book.site.rglob("*")
        if path.is_file()
    }
    live = {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    assert {path for path in live if path.parts[0] != FOLDER} == set(plain)
    assert not any(
        b"wasm-unsafe-eval" in content or b"w2s-here" in content for content in plain.values()
    )
    changed = [path for path in plain if live[path] != plain[path]]
    assert {path.suffix for path in changed} == {".html"}
    for path in changed:
        text = REASON.sub("", HEAD.sub("", PANEL.sub("", live[path].decode())))
        text = text.replace(" 'wasm-unsafe-eval'", "").replace("worker-src 'self'; ", "")
        assert text.encode() == plain[path], path
    assert live_steps(Live(site, "", "", 0))[: len(STEPS) - 1] == STEPS[:-1]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_rerun_in_a_browser_decides_its_claims_as_the_kernel_did(book, base, browser, name):
    page = book.page(name)
    with visit(browser, base, page) as tab:
        assert not tab.evaluate(
            "performance.getEntriesByType('resource').some(r => /pyodide/.test(r.name))"
        )
        driver.press(tab)
        shown = driver.finished(tab)
        words = tab.locator(".w2s-here-result .w2s-here-mark").all_text_contents()
    kernel = read_kept(book, page, "smoke")
    assert shown.error == ""
    assert shown.claims == {one["id"]: one["verdict"] for one in kernel.claims}
    assert set(shown.figures) == {one["name"] for one in kernel.figures}
    assert words and all("computed here, just now, smoke scale" in one for one in words)


def test_parameters_move_the_figure_bad_ones_are_refused_and_stop_stops(book, base, browser):
    page = book.page(PAGES[0])
    form = {one["name"]: one for one in browser_page(book, page, None, "smoke")["form"]}
    with visit(browser, base, page) as tab:
        driver.press(tab)
        first = driver.finished(tab)
        field, run = (
            tab.locator("#w2s-here-seed"),
            tab.get_by_role("button", name="Run", exact=True),
        )

        field.fill("many")
        field.press("Enter")
        refused = driver.finished(tab)
        assert refused.error == (
            f"{page.id}: parameter 'seed' must be int like {form['seed']['paper']}, got 'many'"
        )
        assert field.get_attribute("aria-invalid") == "true"
        assert refused.figures == {}

        field.fill("7")
        run.click()
        moved = driver.finished(tab)
        assert moved.error == ""
        assert moved.figures.keys() == first.figures.keys()
        assert any(moved.figures[name] != first.figures[name] for name in first.figures)
        assert "with seed changed" in tab.locator(".w2s-here-mark").first.inner_text()

        tab.get_by_role("button", name="Reset").click()
        assert field.input_value() == form["seed"]["smoke"]
        assert tab.locator(".w2s-here-result").count() == 0

        run.click()
        (worker,) = tab.workers
        ended = []
        worker.on("close", lambda gone: ended.append(gone))
        tab.get_by_role("button", name="Stop").click()
        tab.wait_for_function(
            "() => /^stopped/.test(document.querySelector('.w2s-here-status').textContent)"
        )
        while not ended:  # the browser tells a moment later
            tab.wait_for_timeout(50)
        assert tab.workers == []
        run.click()
        again = driver.finished(tab)
        assert again.figures == first.figures
        asked = tab.locator("#w2s-here-trials-bound").inner_text()
        assert asked.startswith("must be at least ")

        tab.locator("#w2s-here-trials").fill("0")
        run.click()
        refused = driver.finished(tab)
        assert refused.error == f"ValueError: trials {asked}, got 0"
        assert tab.locator("#w2s-here-trials").get_attribute("aria-invalid") == "true"
        tab.get_by_role("button", name="Reset").click()
        edit_a_cell(tab)


def edit_a_cell(tab):
    """Change the cell of the page on which `driver` stands: wrong, then well, then back."""
    number = tab.locator(".w2s-here-cell button").count()
    opened = tab.locator("details:has(.w2s-here-cell)")
    for fold in opened.all():
        fold.evaluate("fold => { fold.open = true; }")
    tab.locator(".w2s-here-cell button").first.press("Enter")
    area = tab.locator("textarea.w2s-here-source")
    name = area.get_attribute("aria-label").removeprefix("Source of ")
    assert area.evaluate("area => area === document.activeElement")
    source = area.input_value()

    area.press("Control+End")
    area.press_sequentially("\nprint('<b id=typed>')\nprint(unknown)")
    area.press("Control+Enter")
    shown = driver.finished(tab)
    assert shown.error == "NameError: name 'unknown' is not defined"
    error = tab.get_by_label(f"Error of {name}")
    assert "    print(unknown)" in error.inner_text().splitlines()
    assert area.get_attribute("aria-invalid") == "true"
    assert tab.locator("#typed").count() == 0

    area.fill(f"{source}\ntrials = 50\nprint('<b id=typed>')")
    area.press("Shift+Enter")
    shown = driver.finished(tab)
    assert shown.error == "" and f"Edited: {name}." in tab.locator(".w2s-here-edits").inner_text()
    marks = tab.locator(".w2s-here-result .w2s-here-mark").all_inner_texts()
    assert marks and all(f"just now, from edited cells ({name}), smoke" in one for one in marks)
    assert tab.locator("#typed").count() == 0
    area.press("Tab")
    assert not area.evaluate("area => area === document.activeElement")

    tab.get_by_role("button", name="Reset").click()
    assert tab.locator("textarea").count() == 0
    assert tab.locator(".w2s-here-cell button:visible").count() == number


def test_a_page_from_a_disk_says_what_to_do_instead(book, site, browser):
    page = book.page(PAGES[0])
    with driver.tab_of(browser) as tab:
        tab.goto((site / f"{page.entry}.html").as_uri())
        driver.press(tab)
        assert "make live" in tab.locator(".w2s-here [role=alert]").inner_text()
        assert tab.workers == []


def test_files_named_by_their_content_may_be_kept_and_pages_may_not(site, base):
    def kept(path):
        with urllib.request.urlopen(f"{base}/{path}") as answer:
            return answer.headers["Cache-Control"], answer.headers["Content-Type"]

    (wasm,) = site.glob(f"{FOLDER}/pyodide-*/pyodide.asm.wasm")
    assert kept(wasm.relative_to(site)) == (
        "public, max-age=31536000, immutable",
        "application/wasm",
    )
    assert kept("index.html")[0] == "no-cache"
