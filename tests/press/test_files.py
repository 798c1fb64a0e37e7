"""Writes are whole or not at all, and two presses do not meet."""

from __future__ import annotations

import os
import socket
import stat

import pytest

from press import UserError
from press.files import exclusive, replace_folder, write_if_changed
from w2s._files import remove_drafts, write_atomically, written_whole


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


def test_nothing_is_written_through_or_over_a_link_a_pipe_a_socket_or_a_device(tmp_path):
    write_atomically(tmp_path / "real", "mine")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dangling").symlink_to("not there")
    (tmp_path / "standard output").symlink_to("/proc/self/fd/1")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.iterdir())
    for name, kind in {
        "link": "a link", "dangling": "a link", "standard output": "a link", "pipe": "a pipe",
        "/dev/null": "a device",
    }.items():  # fmt: skip
        with pytest.raises(OSError, match=f"it is {kind}, not a plain file") as refused:
            write_atomically(tmp_path / name, "new")
        assert refused.value.filename == str(tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "real").read_text(encoding="utf-8") == "mine"
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_socket_is_not_replaced_by_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("here")
        with pytest.raises(OSError, match="it is a socket, not a plain file"):
            write_atomically(tmp_path / "here", "new")


def test_a_file_has_the_permissions_of_the_umask_or_of_the_file_that_it_replaces(tmp_path):
    path = tmp_path / "report.html"
    for umask, found in ((0o022, 0o644), (0o027, 0o640), (0o077, 0o600)):
        old = os.umask(umask)
        try:
            write_atomically(tmp_path / f"{umask}", "x")
        finally:
            os.umask(old)
        assert stat.S_IMODE((tmp_path / f"{umask}").stat().st_mode) == found
    path.touch(mode=0o600)
    write_atomically(path, "private")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_draft_cannot_be_guessed_and_only_drafts_are_cleared_away(tmp_path):
    names = set()
    for _ in range(2):
        with written_whole(tmp_path / "a") as stream:
            names.add(os.path.basename(stream.name))
    assert len(names) == 2
    users = (".thesis.tmp", ".a.tmp", ".a.half.w2s.tmp", "a.0123456789abcdef.w2s.tmp")
    for name in (*users, *names):
        (tmp_path / name).touch()
    remove_drafts([tmp_path])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a", *users])


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
