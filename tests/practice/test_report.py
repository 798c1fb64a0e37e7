"""The three reports: what they say, that they fit, and that the page needs nothing else."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from w2s.practice.diagnosis import Diagnosis, Plan, diagnose
from w2s.practice.diagnosis.verdict import verdict
from w2s.practice.report import progress_line, to_html, to_json, to_terminal, words
from w2s.practice.report.panels import pictures


@pytest.fixture(scope="module")
def found() -> Diagnosis:
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((2500, 20))
    labels = latent[:, :8].sum(axis=1) / 3 + rng.standard_normal(2500)
    weak, strong = latent[:, 4:], latent[:, :10]
    return diagnose(weak, strong, labels, n_labelled=50, n_unlabelled=300)


@pytest.fixture(scope="module")
def wrong(found) -> Diagnosis:
    """The same diagnosis with a check that failed."""
    first, *rest = found.validation.comparisons
    bad = dataclasses.replace(first, measured=2 * first.predicted, deviation=9.0, agrees=False)
    checked = dataclasses.replace(
        found.validation, comparisons=(bad, *rest), agrees=False, reasons=("heavy tails: yes",)
    )
    return dataclasses.replace(found, validation=checked, verdict=verdict(found.point, checked))


@pytest.fixture(scope="module")
def html(found) -> str:
    return to_html(found)


def shown(diagnosis: Diagnosis) -> str:
    stream = io.StringIO()
    to_terminal(diagnosis, stream)
    return stream.getvalue()


class Page(HTMLParser):
    """Elements, texts and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "source"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text += data + " "

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


# The terminal.


def test_the_terminal_report_fits_80_columns_without_colours(found, wrong):
    for diagnosis in (found, wrong):
        text = shown(diagnosis)
        assert max(map(len, text.splitlines())) <= 80
        assert "\x1b" not in text
        assert not any(line != line.rstrip() for line in text.splitlines())


def test_the_terminal_report_begins_with_the_answer(found, wrong):
    first = shown(found).lstrip().splitlines()[0]
    assert first.startswith(words.HEADINGS[found.verdict.answer])
    lines = shown(wrong).lstrip()
    assert lines.startswith("DO NOT BELIEVE THIS  Do not believe the predictions")
    assert lines.index("likely reason: heavy tails") < lines.index("Predicted at")
    assert "DIFFERS" in lines


def test_every_number_of_the_summary_is_in_the_report(found):
    text = shown(found)
    for name, value, interval in words.forecast_rows(found):
        assert name in text and value in text and interval in text
    for row in words.geometry_rows(found):
        assert all(cell.strip() in text for cell in row)
    for line in (*found.unknown, *words.purchase_lines(found)):
        assert line.split()[0] in text


# JSON.


def test_the_json_is_the_plain_form(found):
    assert json.loads(to_json(found)) == found.to_dict()


# The page.


def test_the_page_is_well_formed_and_says_what_the_terminal_says(found, html):
    page = Page(html)
    assert page.open == []
    for line in (found.verdict.headline, *found.verdict.because, *found.warnings, *found.unknown):
        assert line in page.text
    for row in (*words.forecast_rows(found), *words.geometry_rows(found), *words.check_rows(found)):
        assert all(cell.strip() in page.text for cell in row)
    assert page.text.index(found.verdict.headline) < page.text.index("Check on held-out rows")


def test_the_page_needs_and_runs_nothing_else(html):
    page, text = Page(html), html
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "iframe", "object", "form", "a"}
    assert "http:" not in text.replace("http-equiv", "") and "https:" not in text
    for _, attributes in page.tags:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
    sources = [a["src"] for a in page.all("img")] + [a["srcset"] for a in page.all("source")]
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)


def test_the_policy_allows_the_style_of_the_page_and_nothing_beside(html):
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(m for m in Page(html).all("meta") if "http-equiv" in m)["content"]
    assert policy == f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"


def test_every_picture_is_described_and_has_two_themes(found, html):
    page = Page(html)
    count = sum(map(len, pictures(found).values()))
    images = page.all("img")
    assert len(images) == len(page.all("source")) == count == 6
    assert all(len(image["alt"]) > 60 for image in images)
    assert {s["media"] for s in page.all("source")} == {"(prefers-color-scheme: dark)"}
    svg = base64.b64decode(images[0]["src"].split(",")[1]).decode()
    assert "<svg" in svg and "<script" not in svg


def test_texts_of_the_user_are_escaped(found):
    evil = '<script>alert("&")</script>.npy'
    inputs = dataclasses.replace(found.inputs, weak=evil, labels="[bold]x[/bold]:y")
    diagnosis = dataclasses.replace(found, inputs=inputs)
    text = to_html(diagnosis)
    assert "<script" not in text
    assert evil in Page(text).text
    assert "[bold]x[/bold]:y" in shown(diagnosis)


def test_a_surface_on_which_nothing_is_defined_can_be_drawn(found):
    nothing = dataclasses.replace(
        found.surface.pgr, value=np.full_like(found.surface.pgr.value, np.nan)
    )
    surface = dataclasses.replace(found.surface, pgr=nothing)
    shown = pictures(dataclasses.replace(found, surface=surface))["surface"][0]
    assert "none, because it is nowhere defined" in shown.alt
    assert len(to_html(dataclasses.replace(found, surface=surface))) > 10_000


def test_a_report_without_a_check_can_be_made(found):
    bare = dataclasses.replace(found, validation=None, symptoms=None)
    assert "No check" in shown(bare)
    assert "No check" in Page(to_html(bare)).text


def test_a_report_without_a_prediction_can_be_made(found):
    estimates, latent = found.estimates, np.random.default_rng(0).standard_normal((300, 20))
    few = diagnose(
        latent[:, 4:], latent[:, :10], latent[:, 0], n_labelled=5, n_unlabelled=5, energy=1.0
    )
    assert estimates.d_weak == few.estimates.d_weak
    assert "not defined" in shown(few)
    assert "No prediction" in Page(to_html(few)).text


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_the_page_without_complaint_on_a_phone(browser, html, tmp_path, scheme):
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 800})
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("requestfailed", lambda request: told.append(request.url[:60]))
    page.goto((tmp_path / "report.html").as_uri())
    wide = page.evaluate("document.documentElement.scrollWidth")
    sizes = page.evaluate("[...document.images].map(i => [i.complete, i.naturalWidth])")
    themes = page.evaluate("[...document.images].map(i => i.currentSrc === i.src)")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.close()
    assert told == []
    assert wide <= 390
    assert all(complete and width > 0 for complete, width in sizes)
    assert set(themes) == {scheme == "light"}
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 30)"}[scheme]


# Words.


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.34938, 0.01806, "0.349 ± 0.018"),
        (1234.6, 67.8, "1235 ± 68"),
        (123456.0, 6780.0, "1.23e+05 ± 6.8e+03"),
        (1e-9, 2e-10, "1e-09 ± 2e-10"),
        (math.inf, math.nan, "infinite"),
        (math.nan, 0.1, "not defined"),
        (3.0, 0.0, "3"),
    ],
)
def test_values_are_written_to_two_digits_of_their_error(value, error, text):
    assert words.plus_minus(value, error) == text


def test_what_to_buy_is_said_in_every_case(found):
    p = dataclasses.replace(
        found.purchase, n_zero_gain=math.inf, inputs_for_gain=math.inf,
        inputs_to_beat_sft=math.inf, inputs_for_tenth=math.inf,
        plan=Plan(100.0, 2.0, 0.5, 30, 80, 0.5, 50, math.nan),
    )  # fmt: skip
    lines = " ".join(words.purchase_lines(dataclasses.replace(found, purchase=p)))
    assert "is better at every n" in lines
    assert "no number of unlabelled inputs makes it beat its teacher" in lines
    assert "is best spent on n = 30 and N = 80" in lines
    assert "too little for the strong SFT baseline" in lines
    plan = dataclasses.replace(p.plan, sft=0.7)
    lines = words.purchase_lines(
        dataclasses.replace(found, purchase=dataclasses.replace(p, plan=plan))
    )
    assert "against 0.7 of the strong SFT baseline if all of it buys 50 labels" in lines[-1]


def test_the_crossing_names_who_is_better_on_which_side(found):
    leads = float(found.point.gain.value) > 0
    here = float(found.point.n_labelled)
    for zero, first in ((2 * here, leads), (here / 2, not leads)):
        p = dataclasses.replace(found.purchase, n_zero_gain=zero)
        lines = " ".join(words.purchase_lines(dataclasses.replace(found, purchase=p)))
        assert f"the {'student' if first else 'teacher'} is better up to n = {zero:g}" in lines


# Progress.


def test_progress_is_one_plain_line_a_step_where_there_is_no_terminal():
    stream = io.StringIO()
    with progress_line(stream) as progress:
        for done in range(5):
            progress("reading the rows", done, 5)
        progress("training", 1, 1)
    assert stream.getvalue() == "w2s: reading the rows\nw2s: training\n"


def test_progress_is_a_bar_on_a_terminal():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    with progress_line(stream) as progress:
        progress("reading the rows", 1, 5)
        progress("reading the rows", 5, 5)
    assert "reading the rows" in stream.getvalue()


def test_a_notebook_that_asks_for_colours_gets_plain_text(found, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    to_terminal(found, stream)
    assert "HELPS" in stream.getvalue() and "\x1b" not in stream.getvalue()
