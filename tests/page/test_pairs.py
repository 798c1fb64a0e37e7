"""The table of simulated teachers and students: what enters it, and what comes out again."""

from __future__ import annotations

import numpy as np
import pytest

from w2s.page import pairs
from w2s.page.pairs import read_pairs, record_pairs


def recorded(monkeypatch, *given):
    bundles = []
    monkeypatch.setattr(pairs, "emit", bundles.append)
    record_pairs(*given)
    return bundles[0]


def test_a_path_enters_with_its_smallest_error_and_all_its_times(monkeypatch):
    bundle = recorded(monkeypatch, "a <b> family", [0.5, 0.2], [[0.4, 0.3, 0.6], [0.1, 0.2, 0.3]])
    record = bundle[pairs.MIME]
    assert record == {
        "family": "a <b> family", "teacher": [0.5, 0.2], "student": [0.3, 0.1], "count": 3,
    }  # fmt: skip
    assert "&lt;b&gt;" in bundle["text/html"] and "<b>" not in bundle["text/html"]


def test_single_students_enter_as_they_are(monkeypatch):
    record = recorded(monkeypatch, "one", np.array([0.5, 0.2]), np.array([0.4, 0.1]))[pairs.MIME]
    assert (record["student"], record["count"]) == ([0.4, 0.1], 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((" ", [0.1], [0.1]), "family must not be empty"),
        (("f", [1.5], [0.1]), r"teacher must lie in \[0, 1\], got 1.5"),
        (("f", [0.1], [-1e-3]), "student must be at least 0, got -0.001"),
        (("f", [0.1], [np.nan]), "student must be finite"),
        (("f", [0.1, 0.2], [0.1]), r"got \(1,\) for \(2,\)"),
        (("f", [], []), r"got \(0,\) for \(0,\)"),
    ],
)
def test_nonsense_does_not_enter(given, message):
    with pytest.raises(ValueError, match=message):
        record_pairs(*given)


def test_a_table_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text('page,family,L_TE,L_ST,students\np/x,"a, b",0.1,0.02,7\n', encoding="utf-8")
    table = read_pairs(str(path))
    assert (table.page, table.family) == (("p/x",), ("a, b",))
    assert (table.teacher[0], table.student[0], table.count[0]) == (0.1, 0.02, 7)


@pytest.mark.parametrize("text", ["", "page,family\n", "page,family,L_TE,L_ST,students\na,b\n"])
def test_another_file_is_refused_by_name(tmp_path, text):
    path = tmp_path / "other.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"other\.csv must be a table with the columns page"):
        read_pairs(str(path))
    with pytest.raises(ValueError, match=r"cannot be read from .*none"):
        read_pairs(str(tmp_path / "none"))
