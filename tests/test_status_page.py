"""The page of all claims in a browser: one table, which filters itself and needs no script."""

from __future__ import annotations

import pytest

from tests.test_site import Visit

pytestmark = [pytest.mark.browser, pytest.mark.book]

ROWS = "table.w2s-claims tbody tr"
HEIGHT = 6500  # the box of all claims scrolls; below it stand the results of both papers and others


def test_all_claims_stand_in_one_table_that_filters_itself(browser, site):
    with Visit(browser, site) as visit:
        page = visit.open("book/status")
        assert page.locator(ROWS).count() > 100
        assert page.evaluate("document.documentElement.scrollHeight") < HEIGHT
        form = page.locator(".w2s-filters")
        form.locator("select[name=kind]").select_option(label="derived here")
        form.locator("select[name=paper]").select_option("medvedev2025")
        form.locator("input").fill("THEOREM 4.1")
        shown = page.locator(f"{ROWS}:visible")
        assert 0 < shown.count() < 50
        assert form.locator("output").inner_text().startswith(f"{shown.count()} of ")
        for text in shown.all_text_contents():
            assert "theorem 4.1" in text.lower() and "derived here" in text
        summary = shown.first.locator("summary")
        summary.click()
        assert shown.first.locator("details p").first.is_visible()
        assert not visit.faults, visit.faults


def test_from_a_disk_the_filters_work_and_without_a_script_the_table_stands(browser, smoke_book):
    address = (smoke_book / "_build" / "html" / "book" / "status.html").as_uri()
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(address)
        assert page.locator(".w2s-filters").is_visible() == scripts
        assert page.locator(ROWS).first.is_visible()
        context.close()
