"""Numbers are measured where their inputs are, read from the record elsewhere, and say which."""

from __future__ import annotations

import json

import numpy as np
import pytest

from w2s.page import measured as module
from w2s.page.measured import measured
from w2s.page.records import MEASURED, measured_path


@pytest.fixture
def shown(monkeypatch):
    bundles = []
    monkeypatch.setattr(module, "emit", bundles.append)
    return bundles


def write_record(root, content):
    path = root / measured_path("page")
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")


def never(inputs):
    raise AssertionError("measured without inputs")


def test_with_inputs_the_numbers_are_measured_and_handed_to_the_press(shown):
    found = measured("page", lambda folder: {"errors": [[1 / 3, 2.0]]}, "some/folder")
    assert found["errors"].tolist() == [[0.333333, 2.0]]
    assert found.origin == "measured in this build"
    tables = {"errors": [[0.333333, 2.0]]}
    assert shown[0][MEASURED] == {"name": "page", "accepted": "", "tables": tables}
    assert "not rerun" not in shown[0]["text/html"]


def test_without_inputs_the_accepted_numbers_are_read_and_the_page_says_so(
    shown, tmp_path, monkeypatch
):
    write_record(tmp_path, json.dumps({"accepted": "2026-11-29", "tables": {"errors": [0.5]}}))
    inside = tmp_path / "notebooks" / "practice"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    found = measured("page", never, "")
    assert found["errors"].tolist() == [0.5]
    assert "from the accepted run of 2026-11-29, not rerun" in shown[0]["text/html"]
    assert shown[0][MEASURED]["tables"] == {}


def test_recorded_numbers_are_those_that_were_measured(shown, tmp_path, monkeypatch):
    numbers = np.random.default_rng(0).standard_normal((3, 4)) * np.geomspace(1e-9, 1e9, 4)
    now = measured("page", lambda folder: {"x": numbers}, "some/folder")
    write_record(tmp_path, json.dumps(shown[0][MEASURED] | {"accepted": "2026-11-29"}))
    monkeypatch.chdir(tmp_path)
    np.testing.assert_array_equal(measured("page", never, "")["x"], now["x"])


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"accepted": "x", "tables": [1]}',
        '{"accepted": "x", "tables": {"a": ["b"]}}',
    ],
)
def test_a_damaged_record_is_named(content, tmp_path, monkeypatch):
    write_record(tmp_path, content)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"page\.json is not a record of measured tables"):
        measured("page", never, "")


def test_neither_inputs_nor_a_record_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"no book/measured/page\.json here or above"):
        measured("page", never, "")


def test_a_number_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="errors must be finite"):
        measured("page", lambda folder: {"errors": [np.nan]}, "some/folder")
