"""Writes are whole or not at all, and two presses do not meet."""

from __future__ import annotations

import os

import pytest

from press import UserError
from press.files import exclusive, replace_folder, write_if_changed
from w2s._files import write_atomically


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_atomically(path, "old")

    def refuse(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="full"):
        write_atomically(path, "new")
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text(encoding="utf-8") == "old"


def test_an_equal_file_is_not_written_again(tmp_path):
    path = tmp_path / "a.txt"
    write_if_changed(path, "same")
    before = path.stat().st_ino
    write_if_changed(path, "same")
    assert path.stat().st_ino == before


def test_a_folder_takes_the_place_of_another(tmp_path):
    for name in ("new", "final"):
        write_atomically(tmp_path / name / "x", name)
    replace_folder(tmp_path / "new", tmp_path / "final")
    assert [one.name for one in tmp_path.iterdir()] == ["final"]
    assert (tmp_path / "final" / "x").read_text(encoding="utf-8") == "new"


def test_a_folder_stays_when_the_new_one_cannot_be_moved(tmp_path):
    write_atomically(tmp_path / "final" / "x", "old")
    with pytest.raises(OSError, match="missing"):
        replace_folder(tmp_path / "missing", tmp_path / "final")
    assert (tmp_path / "final" / "x").read_text(encoding="utf-8") == "old"


def test_a_second_press_is_refused_and_told_who_is_at_work(tmp_path):
    with (
        exclusive(tmp_path / "press.lock"),
        pytest.raises(UserError, match=rf"another press \(process {os.getpid()}\) is at work"),
        exclusive(tmp_path / "press.lock"),
    ):
        pass
    with exclusive(tmp_path / "press.lock"):
        pass
