"""The claims on the terminal: a table, or lines where a table does not fit."""

from __future__ import annotations

import pytest

from press.claims_on_terminal import claims_table
from press.claims_record import Record

CLAIM = {
    "id": "part.first.mean", "page": "part/first", "verdict": "holds", "passed": True,
    "predicted": 2.0, "measured": 2.01, "standard_error": 0.01, "margin": 0.02,
}  # fmt: skip
RECORD = Record(
    "paper", claims=(CLAIM, CLAIM | {"id": "[b]x", "verdict": "fails", "passed": False})
)


def test_a_row_shows_id_numbers_and_verdict(capsys):
    claims_table(RECORD, "a test")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "part/first"
    assert lines[2].split() == ["claim", "predicted", "measured", "±", "s.e.", "margin", "verdict"]
    assert lines[3].split() == ["part.first.mean", "2", "2.01", "0.01", "0.02", "holds"]
    assert lines[4].split()[0] == "[b]x"
    assert lines[-1] == "1 of 2 claims pass; from a test"


def test_a_narrow_terminal_gets_lines(capsys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    claims_table(RECORD, "a test")
    out = capsys.readouterr().out
    assert "    predicted 2, measured 2.01, standard error 0.01, margin 0.02" in out
