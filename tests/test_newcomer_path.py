"""A newcomer's way: front page, proof, the numbers behind a figure, an experiment of one's own."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from press.pages import read_book
from press.sources import read_source
from tests.conftest import ROOT
from tests.test_site import Visit, site_pages, too_wide, untypeset
from w2s.discrepancy import ridgeless
from w2s.discrepancy.subspaces import Geometry

pytestmark = [pytest.mark.browser, pytest.mark.book]

EXPERIMENT = re.compile(r"^\.venv/bin/python -m press (one .*-p .*)$", re.MULTILINE)


def follow(page: Page, text: str) -> Page:
    """Click a link of the article by its words, as a reader does."""
    page.locator(".bd-article a", has_text=text).first.click()
    page.wait_for_load_state()
    page.evaluate("() => window.MathJax?.startup?.promise")
    return page


def test_a_newcomer_comes_from_the_front_page_to_an_experiment_of_their_own(
    browser, site, tmp_path
):
    with Visit(browser, site) as visit:
        page = follow(visit.open(site_pages()[0]), "The student\u2019s variance")
        assert page.locator("h1").first.inner_text().startswith("The student\u2019s variance")
        proof = page.locator(".admonition.dropdown").first
        assert not proof.locator("p:not(.admonition-title)").first.is_visible()
        proof.locator(".admonition-title").first.click()
        page.wait_for_function(
            "e => e.checkVisibility({visibilityProperty: true})",
            arg=proof.locator("p:not(.admonition-title)").first.element_handle(),
        )
        assert "column space" in proof.inner_text() and untypeset(page) == 0

        picture = page.locator("figure img:visible").first
        name = re.sub(r"-\d+-(light|dark)$", "", picture.get_attribute("data-name"))
        with page.expect_download() as waiting:
            page.locator(f"a[download][href$='/{name}.csv']").click()
        waiting.value.save_as(tmp_path / "data.csv")
        check_the_law(tmp_path / "data.csv")

        page = follow(visit.open(site_pages()[0]), "Change something")
        assert page.url.endswith("guide.html#change-something")
        given = page.locator("#change-something pre").all_inner_texts()
        assert [line for text in given for line in EXPERIMENT.findall(text)] == experiments()
        assert too_wide(page) == []
        assert not visit.faults, visit.faults


def check_the_law(path: Path) -> None:
    """Read a figure's file as the guide says, and find the exact law in it."""
    head = path.read_text(encoding="utf-8").splitlines()[:4]
    assert all(line.startswith("# ") for line in head)
    assert "page discrepancy/variance_theorem" in head[0] and "d_strong = " in head[2]
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row["mark"] == "line" and row["x"]:
            place = float(row["x"]), float(row["y"])
            lines.setdefault(f"{row['panel']} {row['series']}", []).append(place)
    assert len(lines) > 1 and {row["mark"] for row in rows} >= {"line", "points", "band"}
    source = (ROOT / "notebooks/discrepancy/variance_theorem.py").read_text(encoding="utf-8")
    sizes = re.search(r"^d_strong, d_weak, overlap = (\d+), (\d+), (\d+)", source, re.MULTILINE)
    n = int(re.search(r"^n_labelled = (\d+)", source, re.MULTILINE)[1])
    d_s, d_w, overlap = map(int, sizes.groups())
    geometry = Geometry(d_s, d_w, overlap=overlap)

    def is_the_law(places: list[tuple[float, float]]) -> bool:
        N, risk = np.transpose(places)
        # The file holds ten digits.
        inside = N > d_s + 1
        law = ridgeless.student_variance(geometry, n, N[inside], 1.0)
        return len(law) > 3 and np.allclose(risk[inside], law, rtol=1e-8)

    assert sum(map(is_the_law, lines.values())) == 1


def experiments() -> list[str]:
    guide = (ROOT / "book" / "guide.md").read_text(encoding="utf-8")
    section = guide.split("(change-something)=")[1].split("(take-away)=")[0]
    return EXPERIMENT.findall(section)


def test_the_experiments_change_one_parameter_that_the_page_has():
    found = experiments()
    assert len(found) == 3
    for line in found:
        _, page, _, given, *rest = shlex.split(line)
        assert rest == ["--profile", "smoke"]
        name, _, value = given.partition("=")
        book = read_book(ROOT)
        source = read_source(book, book.page(page))
        values = source.values("smoke", {name: value})
        changed = {key for key in values if values[key] != source.values("smoke", {})[key]}
        assert changed == {name}, line
