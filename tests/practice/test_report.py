"""The three reports: what they say, that they fit, and that the page needs nothing else."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import json
import math
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.resources import files
from typing import get_args

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from matplotlib.figure import Figure

import w2s
from w2s.practice.diagnosis import Diagnosis, Plan, diagnose
from w2s.practice.diagnosis.results import Answer
from w2s.practice.diagnosis.verdict import verdict
from w2s.practice.estimation.estimates import Uncertain
from w2s.practice.report import progress_line, to_html, to_json, to_terminal, words
from w2s.practice.report.look import TONES, round_sizes, typeset
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
def few() -> Diagnosis:
    """Too few labels for a prediction of least squares, and too few rows for a check."""
    latent = np.random.default_rng(0).standard_normal((300, 20))
    asked = {"n_labelled": 4, "n_unlabelled": 4, "energy": 1.0, "head": "ridgeless"}
    return diagnose(latent[:, 4:], latent[:, :10], latent[:, 0], **asked)


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
        self.text = self.text.replace("\u00a0", " ")

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "source"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.text += " " * (tag not in ("i", "sub", "sup"))

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(line: str) -> str:
    """A line as one reads it where its symbols are typeset."""
    return Page(typeset(line)).text.strip()


# The terminal.


def test_the_terminal_report_fits_80_columns_without_colours(found, wrong):
    for diagnosis in (found, wrong):
        text = shown(diagnosis)
        assert max(map(len, text.splitlines())) <= 80
        assert "\x1b" not in text
        assert not any(line != line.rstrip() for line in text.splitlines())


def test_the_terminal_report_begins_with_the_answer(found, wrong):
    first = shown(found).lstrip().splitlines()[0]
    said = f"{words.HEADINGS[found.verdict.answer]}  {found.verdict.action}"
    assert " ".join(shown(found).split()).startswith(" ".join(said.split()))
    assert first.startswith(words.HEADINGS[found.verdict.answer])
    lines = shown(wrong).lstrip()
    assert lines.startswith("DO NOT BELIEVE THIS  ")
    assert lines.index("Do not believe the predictions") < lines.index("likely reason")
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


SCHEMA = json.loads((files("w2s.practice.report") / "diagnosis.schema.json").read_text("utf-8"))


def complaints(plain: dict) -> list[str]:
    faults = Draft202012Validator(SCHEMA).iter_errors(plain)
    return [f"{fault.json_path}: {fault.message[:200]}" for fault in faults]


def test_the_json_is_the_plain_form(found):
    for full in (False, True):
        assert json.loads(to_json(found, full=full)) == found.to_dict(full=full)


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["$defs"]["verdict"]["properties"]["answer"]["enum"]) == set(get_args(Answer))


def test_the_schema_describes_every_json(found, wrong, few):
    bare = dataclasses.replace(found, validation=None, symptoms=None)
    assert wrong.verdict.answer == "not to be believed"
    assert few.verdict.answer == "no prediction for this n" and few.purchase.plan is None
    plan = Plan(100.0, 2.0, 0.5, 30, 80, 0.5, 50, math.nan)
    bought = dataclasses.replace(found, purchase=dataclasses.replace(found.purchase, plan=plan))
    for diagnosis in (found, wrong, few, bare, bought):
        assert complaints(json.loads(to_json(diagnosis))) == []
    for diagnosis in (found, few):
        assert complaints(json.loads(to_json(diagnosis, full=True))) == []


def test_the_schema_refuses_what_it_does_not_describe(found):
    plain = found.to_dict()
    (long,) = complaints(plain | {"surface": plain["point"]})
    assert "False schema does not allow {'n_labelled'" in long
    assert any("'full'" in said for said in complaints({k: plain[k] for k in plain if k != "full"}))
    assert complaints(plain | {"format": 1}) == ["$.format: 2 was expected"]
    assert any("'more'" in said for said in complaints(plain | {"more": 1}))
    assert any("chance" in said for said in complaints(plain | {"full": True}))
    wrong = plain | {"inputs": plain["inputs"] | {"energy": "much"}}
    assert complaints(wrong) == ["$.inputs.energy: 'much' does not match '^-?inf$'"]


def test_the_json_is_short_also_where_the_features_are_wide():
    rng = np.random.default_rng(1)
    latent = rng.standard_normal((1200, 12))
    wide = [latent[:, part] @ rng.standard_normal((8, 1024)) for part in (slice(4, 12), slice(8))]
    labels = latent[:, 4] + rng.standard_normal(1200)
    found = diagnose(*wide, labels, head="ridgeless", heldout=0)
    assert len(to_json(found).encode()) < 100_000
    assert len(found.to_dict(full=True)["estimates"]["spectrum_weak"]) == 1024


# The page.


def test_the_page_is_well_formed_and_says_what_the_terminal_says(found, html):
    page = Page(html)
    assert page.open == []
    verdict = found.verdict
    for line in (verdict.action, verdict.headline, *verdict.because, *found.warnings,
                 *found.unknown):  # fmt: skip
        assert read(line) in page.text
    for row in (*words.forecast_rows(found), *words.geometry_rows(found), *words.check_rows(found)):
        assert all(read(cell.strip()) in page.text for cell in row)
    order = [verdict.action, verdict.headline, *verdict.because, "Check on held-out rows"]
    places = [page.text.index(read(line)) for line in order]
    assert places == sorted(places)


def test_a_deviation_that_rounds_to_nothing_has_no_minus(found):
    first, *rest = found.validation.comparisons
    near = dataclasses.replace(first, deviation=-0.04)
    checked = dataclasses.replace(found.validation, comparisons=(near, *rest))
    assert words.check_rows(dataclasses.replace(found, validation=checked))[0][3] == "+0.0"


def test_the_foot_of_the_page_names_the_version_and_the_command(found, html):
    command = "w2s diagnose --weak '<W>.npy'"
    text = " ".join(Page(to_html(found, command=command)).text.split())
    assert text.endswith(f"Made by w2s {w2s.__version__}, with {command}")
    assert " ".join(Page(html).text.split()).endswith(f"w2s {w2s.__version__}.")


def test_symbols_are_typeset_and_names_of_the_user_are_not(found, html):
    assert "<i>d</i><sub>s∧w</sub>" in html and "<i>σ</i><sup>2</sup>" in html
    assert typeset("from n to N") == "from <i>n</i> to <i>N</i>"
    assert typeset("N = 1 500") == "<i>N</i>\u00a0=\u00a01\u00a0500"  # kept on one line
    assert typeset("d_weak + 1") == "<i>d</i><sub>w</sub> + 1"
    for name in ("my_n.npy", "n.npy", "data/N/d_s", "column d_speech", "n-gram", "<b>"):
        assert "<i>" not in typeset(name) and Page(typeset(name)).text == name
    inputs = dataclasses.replace(found.inputs, weak="n N d_s")
    assert "<td>n N d_s</td>" in to_html(dataclasses.replace(found, inputs=inputs))


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


def on_the_surface(found, low, high):
    """The picture of OPR where it runs from one value to another."""
    shape = found.surface.opr.value.shape
    values = np.geomspace(low, high, shape[0] * shape[1]).reshape(shape)
    opr = dataclasses.replace(found.surface.opr, value=values)
    surface = dataclasses.replace(found.surface, opr=opr)
    return pictures(dataclasses.replace(found, surface=surface))["surface"][1]


@pytest.mark.parametrize(("low", "high", "marked"), [(0.4, 3, 1), (1.1, 3, 0), (0.2, 0.9, 0)])
def test_the_line_where_opr_is_one_is_marked_where_there_is_one(found, low, high, marked):
    picture = on_the_surface(found, low, high)
    axes = Figure().subplots()
    picture.panel(axes)
    thick = [c for c in axes.collections if c.get_linewidths()[0] > 3]
    assert [list(c.levels) for c in thick] == [[1]] * marked
    assert ("thick: OPR = 1" in picture.title) == ("A thick line" in picture.alt) == bool(marked)
    assert ("none of these sizes" in picture.alt) != bool(marked)


@pytest.mark.parametrize(("low", "high"), [(12, 50), (21, 600), (20, 5000), (100, 1e7)])
def test_ticks_of_sizes_are_round_and_inside_and_few(low, high):
    found = round_sizes(low, high)
    assert 2 <= len(found) <= 8 and low <= min(found) and max(found) <= high
    assert all(f"{size:.0e}".startswith(("1", "2", "3", "5")) for size in found)


def test_a_report_without_a_prediction_can_be_made(few):
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
    cut = page.evaluate(
        "[...document.querySelectorAll('.scroll')].map(s => s.scrollWidth - s.clientWidth)"
    )
    small = page.evaluate(
        "[...document.querySelectorAll('p, li, td, th, figcaption, pre')].map("
        "e => parseFloat(getComputedStyle(e).fontSize))"
    )
    drawn = page.evaluate("[...document.images].map(i => i.clientWidth)")
    page.close()
    assert told == []
    assert wide <= 390
    assert set(cut) == {0}  # no table hides a column
    assert min(small) >= 12 and min(drawn) >= 300  # pixels: read without zooming
    assert all(complete and width > 0 for complete, width in sizes)
    assert set(themes) == {scheme == "light"}
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 30)"}[scheme]


# A notebook, and a prompt.


def test_a_prompt_shows_the_answer_and_five_errors_in_a_few_lines(found, few):
    for diagnosis in (found, few):
        lines = repr(diagnosis).splitlines()
        assert lines[0].startswith(f"<Diagnosis: {words.HEADINGS[diagnosis.verdict.answer]}. ")
        assert lines[0].endswith(diagnosis.verdict.action)
        assert len(lines) == 8 and max(map(len, lines[1:])) <= 80
        for name, value, _ in words.forecast_rows(diagnosis)[:4]:
            assert any(name in line and value in line for line in lines)


def test_a_notebook_shows_the_answer_and_four_errors_and_runs_nothing(found, few, wrong):
    for diagnosis in (found, few, wrong):
        text = diagnosis._repr_html_()
        page, verdict = Page(text), diagnosis.verdict
        assert page.open == []
        first = f"{words.HEADINGS[verdict.answer]}.  {read(verdict.action)}"
        assert page.text.startswith(first)
        assert read(verdict.headline) in page.text
        for name, value, _ in words.forecast_rows(diagnosis)[:4]:
            assert name in page.text and value in page.text
        assert not {tag for tag, _ in page.tags} & {"script", "style", "link", "img", "a"}
        assert "http" not in text and len(text) < 20_000
        assert not any(name.startswith("on") for _, at in page.tags for name in at)


def test_a_notebook_shows_texts_and_not_markup(found):
    evil = dataclasses.replace(found.verdict, action="<script>1</script>", headline="<b>&</b>")
    text = dataclasses.replace(found, verdict=evil)._repr_html_()
    assert "<script" not in text and "&lt;b&gt;&amp;&lt;/b&gt;" in text


@pytest.mark.parametrize(
    ("errors", "best"),
    [
        ((2.0, 1.0, 1.5), "student"),
        ((2.0, 1.5, 1.0), "fine-tuned strong model"),
        ((1.0, 1.5, 2.0), "weak teacher"),
        ((1.0, 1.01, 2.0), "two within 2%"),
        ((1.0, 0.9, math.nan), "student"),
    ],
)
def test_the_map_of_a_notebook_tells_what_is_best_where(found, errors, best):
    shape = found.surface.gain.value.shape
    said = {
        name: dataclasses.replace(getattr(found.surface, name), value=np.full(shape, error))
        for name, error in zip(("teacher", "student", "sft"), errors, strict=True)
    }
    surface = dataclasses.replace(found.surface, **said)
    text = dataclasses.replace(found, surface=surface)._repr_html_()
    assert f"Predicted to be best: {best}. A dot" in text
    assert text.count("<path") == 1


@pytest.mark.parametrize("answer", get_args(Answer))
def test_every_answer_has_a_heading_and_a_tone_on_every_face(found, answer):
    said = dataclasses.replace(found.verdict, answer=answer)
    diagnosis = dataclasses.replace(found, verdict=said)
    assert shown(diagnosis).lstrip().startswith(words.HEADINGS[answer])
    assert f"<strong>{words.HEADINGS[answer]}.</strong>" in diagnosis._repr_html_()
    assert TONES[answer] in ("good", "poor", "open", "bad")


@pytest.mark.browser
@pytest.mark.parametrize(("ground", "ink"), [("#ffffff", "#111111"), ("#111111", "#dddddd")])
def test_a_notebook_of_either_theme_fits_a_phone(browser, found, tmp_path, ground, ink):
    style = f'style="background:{ground};color:{ink};margin:0"'
    cell = f"<!DOCTYPE html><meta charset=utf-8><body {style}>{found._repr_html_()}"
    (tmp_path / "cell.html").write_text(cell, encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto((tmp_path / "cell.html").as_uri())
    wide = page.evaluate("document.documentElement.scrollWidth")
    axis = page.evaluate("getComputedStyle(document.querySelector('svg text')).fill")
    page.close()
    channels = ", ".join(str(int(ink[k : k + 2], 16)) for k in (1, 3, 5))
    assert (told, wide <= 390, axis) == ([], True, f"rgb({channels})")


def test_a_diagnosis_in_a_notebook_needs_no_matplotlib():
    code = (
        "import sys, numpy as np, w2s\n"
        "x = np.random.default_rng(0).standard_normal((400, 6))\n"
        "found = w2s.diagnose(x[:, 2:], x[:, :4], x[:, 0] + x[:, 5])\n"
        "assert '<svg' in found._repr_html_() and 'test error' in repr(found)\n"
        "print('matplotlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout == "False\n", done.stderr


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


def bought(found: Diagnosis, **changed) -> list[str]:
    purchase = dataclasses.replace(found.purchase, **changed)
    return words.purchase_lines(dataclasses.replace(found, purchase=purchase))


def test_what_to_buy_is_said_in_every_case(found):
    never = Uncertain(math.inf, math.nan, math.nan, math.nan)
    plan = Plan(100.0, 2.0, 0.5, 30, 80, 0.5, 50, math.nan)
    nowhere = {"n_zero_gain": never, "inputs_for_gain": never, "inputs_to_beat_sft": never}
    lines = bought(found, plan=plan, **nowhere)
    assert sum("at every" in line for line in lines) == 3
    assert "is best spent on n = 30 and N = 80" in lines[-1]
    assert "too little for the strong SFT baseline" in lines[-1]
    lines = bought(found, plan=dataclasses.replace(plan, sft=0.7))
    assert "against 0.7 of the strong SFT baseline if all of it buys 50 labels" in lines[-1]


def test_the_crossing_names_who_is_better_on_which_side(found):
    leads = found.over_labelled.gain.value[0] > 0
    first = "student" if leads else "teacher"
    bounds = {
        "(between 80 and 120)": (80.0, 120.0),
        "(at least 80)": (80.0, math.inf),
        "(at most 120)": (0.0, 120.0),
    }
    for sure, (low, high) in bounds.items():
        lines = " ".join(bought(found, n_zero_gain=Uncertain(100.0, math.nan, low, high)))
        assert f"the {first} is better up to n = 100 {sure}" in lines


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
