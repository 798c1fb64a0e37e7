"""A page that measures gets its features at paper scale where they are whole, else its record."""

from __future__ import annotations

import json

import pytest

from press import UserError, measured, read_book
from press.executed import Executed
from press.sources import read_source
from tests.press.conftest import notebook, write_tree
from w2s.page.records import MEASURED

SECOND = "notebooks/part/second.py"
MEASURES = (
    notebook("second")
    .replace("smoke: {trials: 5}", "smoke: {trials: 5}\n#     measures: [dogs, cats]")
    .replace("seed = 1\n", 'seed = 1\nfeatures = ""\n')
)


@pytest.fixture
def measuring(tiny):
    write_tree(tiny, {SECOND: MEASURES})
    return read_book(tiny)


def source_of(book):
    return read_source(book, book.page("part/second"))


def finish(book, *tasks):
    for task in tasks:
        path = measured.features_folder(book) / task / measured.DONE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[]")


def test_features_that_are_whole_are_given_at_paper_scale_only(measuring):
    source, record = source_of(measuring), "book/measured/second.json"
    assert source.measures == ("dogs", "cats")
    finish(measuring, "dogs")  # the cats are missing
    assert measured.inputs(measuring, source, "paper") == ({}, [record])
    finish(measuring, "cats")
    folder = "_build/real/features"
    marks = [f"{folder}/dogs/made.json", f"{folder}/cats/made.json"]
    assert measured.inputs(measuring, source, "paper") == ({"features": folder}, marks)
    assert measured.inputs(measuring, source, "smoke") == ({}, [record])


def test_a_page_that_measures_nothing_gets_nothing(measuring):
    finish(measuring, "dogs", "cats")
    source = read_source(measuring, measuring.page("part/first"))
    assert measured.inputs(measuring, source, "paper") == ({}, [])


def test_a_page_that_measures_without_the_parameter_is_refused(tiny):
    write_tree(tiny, {SECOND: MEASURES.replace('features = ""\n', "")})
    book = read_book(tiny)
    with pytest.raises(UserError, match='measures must have the parameter features = ""'):
        source_of(book)


def test_only_numbers_measured_just_now_are_accepted(measuring):
    page = measuring.page("part/second")

    def executed(accepted):
        record = {"name": "second", "accepted": accepted, "tables": {"x": [1.5]}}
        data = {MEASURED: record}
        cell = {"cell_type": "code", "outputs": [{"output_type": "display_data", "data": data}]}
        return Executed(page, {"cells": [cell]})

    path = measuring.root / "book/measured/second.json"
    assert measured.accept(measuring, [executed("2026-01-01")]) == []
    assert not path.exists()
    assert measured.accept(measuring, [executed("")]) == ["book/measured/second.json"]
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["tables"] == {"x": [1.5]} and len(content["accepted"]) == len("2026-11-29")
