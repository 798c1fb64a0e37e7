"""Folds of a rendered page: named by what they hold, one for all further claims."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from press import read_book
from press.executed import read_edition
from press.site import folds
from tests.press.conftest import write_tree
from tests.press.site.test_takeaway import executed_page

CODE = """<div class="cell tag_hide-input docutils container">
<details class="admonition hide above-input">
<summary aria-label="Toggle hidden content">
<p class="collapsed admonition-title">{}</p>
<p class="expanded admonition-title">{}</p>
</summary>
<div class="cell_input docutils container">code</div>
</details>
"""
FIGURE = """<figure class="align-default" id="fig-x"><div class="output text_html">
<img data-name="a-b-1-light"><img data-name="a-b-1-dark"></div><figcaption>
<p><span class="caption-number">Fig. 12 </span></p></figcaption></figure>
"""


def card(says, state="passed", main=False):
    kind = f'class="w2s-claim w2s-claim-{state}"{" data-main" if main else ""} role="note"'
    return f'<div class="output text_html"><div {kind}><div>{says}</div></div></div>'


def cell(*cards):
    return f'<div class="cell_output docutils container">\n{"".join(cards)}\n</div>\n</div>\n'


def page(*cells):
    return CODE.format("Code of the claims", "x") + f"</div>{''.join(cells)}<p>After.</p>"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Parameters", "Parameters"),
        ("Code of the figure a-b", "Code of Fig. 12"),
        ("Code of the figure other", "Code of the figure other"),
        ("Code of the figure a-b and a-b", "Code of Fig. 12 and Fig. 12"),
        ("Code of the figure a-b and other", "Code of the figure a-b and other"),
    ],
)
def test_a_fold_of_code_has_one_name_and_a_figure_its_number(given, shown):
    soup = BeautifulSoup(folds.with_named_code(CODE.format(given, given) + FIGURE), "html.parser")
    assert soup.summary.get_text() == shown
    assert "aria-label" not in soup.summary.attrs, "it would hide the name"
    assert soup.details.find(class_="cell_input").get_text() == "code"


def test_claims_that_are_not_main_go_into_one_fold_where_the_last_claim_was():
    text = page(
        cell(card("one", main=True), card("two")),
        cell(card("three", "control")),
        cell(card("four", "amended", main=True), card("five"), card("six", main=True)),
    )
    soup = BeautifulSoup(folds.with_one_fold_of_claims(text), "html.parser")
    (box,) = soup.select("details.w2s-further")
    assert box.summary.get_text() == "2 further checks hold, 1 control fails as it should"
    assert [one.get_text() for one in box.select(".w2s-claim")] == ["two", "three", "five"]
    outside = [one for one in soup.select(".w2s-claim") if box not in one.parents]
    assert [one.get_text() for one in outside] == ["one", "four", "six"]
    assert box.find_previous(class_="w2s-claim").get_text() == "six"
    assert box.find_next("p").get_text() == "After."
    assert not box.has_attr("open")
    assert len(soup.select(".cell_output")) == 2, "no empty box is left"


def test_the_fold_is_open_when_a_check_failed():
    text = folds.with_one_fold_of_claims(page(cell(card("a", main=True), card("b", "failed"))))
    box = BeautifulSoup(text, "html.parser").details.find_next("details")
    assert box.has_attr("open")
    assert box.summary.get_text() == "1 check does not come out as expected"


@pytest.mark.parametrize("main", [False, True])
def test_without_a_main_claim_or_without_a_further_one_nothing_moves(main):
    text = page(cell(card("a", main=main), card("b", main=main)))
    assert folds.with_one_fold_of_claims(text) == text


def test_every_executed_page_of_a_site_is_folded(tiny, tmp_path):
    names = ("notebooks/part/first", "notebooks/part/second")
    write_tree(tiny, {f"{one}.ipynb": executed_page(one) for one in names})
    text = page(cell(card("a", main=True), card("b")))
    site = write_tree(tmp_path / "html", {f"{names[0]}.html": text, "book/intro.html": text})
    folds.fold(read_edition(read_book(tiny), "paper"), site)
    done = (site / f"{names[0]}.html").read_text(encoding="utf-8")
    assert "w2s-further" in done and "w2s-code" in done
    assert (site / "book/intro.html").read_text(encoding="utf-8") == text
