"""A folder that a user names is replaced only where an earlier run wrote all that is in it."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest

from press import UserError
from press.owned import LIST, check_target, written_anew
from tests.press.conftest import write_tree

FILES = {"index.html": "first", "part/page.html": "second"}


@pytest.fixture
def build(tmp_path) -> Path:
    return write_tree(tmp_path / "book/_build", {"html/index.html": "a site"})


@pytest.fixture
def target(tmp_path, build) -> Path:
    """Return a folder that was written once."""
    return write(tmp_path / "public", build)


def write(target: Path, build: Path, what: str = "site", **files: str) -> Path:
    with written_anew(target, what, build) as folder:
        write_tree(folder, FILES | files)
    return target


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_what_an_earlier_run_wrote_is_replaced_and_nothing_is_left_beside_it(target, build):
    (target / "part/page.html").unlink()  # a file that was removed is nobody's loss
    write(target, build, more="third")
    told = json.loads((target / LIST).read_text(encoding="utf-8"))
    assert told["made_by"].startswith("w2s ") and told["what"] == "site"
    assert set(contents(target)) == {*FILES, "more", LIST} == {*told["files"], LIST}
    assert sorted(os.listdir(target.parent)) == ["book", "public"]


STRANGERS = [".git/HEAD", "CNAME", "thesis.tex", "part/notes.txt", "empty/", "link@", "pipe|"]


@pytest.mark.parametrize("stranger", STRANGERS)
def test_anything_else_in_the_folder_makes_it_refuse_by_name_and_stays(target, build, stranger):
    path = target / stranger.rstrip("/@|")
    if stranger.endswith("/"):
        path.mkdir()
    elif stranger.endswith("@"):
        path.symlink_to(target.parent)
    elif stranger.endswith("|"):
        os.mkfifo(path)
    else:
        write_tree(target, {stranger: "mine"})
    before = contents(target)
    name = re.escape(stranger.split("/")[0].rstrip("@|"))
    with pytest.raises(UserError, match=rf"it holds {name}.*, which no earlier run wrote"):
        write(target, build)
    assert contents(target) == before
    assert os.path.lexists(path)
    assert sorted(os.listdir(target.parent)) == ["book", "public"]


def test_a_file_that_was_changed_since_is_the_users(target, build):
    write_tree(target, {"index.html": "mended by hand"})
    with pytest.raises(UserError, match=r"it holds index\.html, which no earlier run wrote"):
        write(target, build)
    assert (target / "index.html").read_text(encoding="utf-8") == "mended by hand"


@pytest.mark.parametrize(
    "told",
    ["", "{", "[]", "[" * 100_000, '{"made_by": "w2s 1", "what": "site", "files": ["thesis.tex"]}',
     '{"made_by": "latex", "what": "site", "files": {}}',
     '{"made_by": "w2s 1", "what": "site", "files": {"thesis.tex": null}}'],
)  # fmt: skip
def test_a_list_that_cannot_be_believed_gives_nothing_away(tmp_path, build, told):
    target = write_tree(tmp_path / "public", {LIST: told, "thesis.tex": "mine"})
    with pytest.raises(UserError, match=r"it holds .*thesis\.tex"):
        write(target, build)
    assert (target / "thesis.tex").read_text(encoding="utf-8") == "mine"


def test_the_list_of_another_thing_or_behind_a_link_is_no_list(target, build, tmp_path):
    with pytest.raises(UserError, match="cannot write the figures to"):
        write(target, build, what="figures")
    (target / LIST).rename(tmp_path / "elsewhere")
    (target / LIST).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=r"it holds index\.html, part, w2s-files\.json, which"):
        write(target, build)
    assert set(FILES) <= set(contents(target))


@pytest.mark.parametrize("place", ["", "html", "html/deep", "run", "site/inner"])
def test_a_folder_that_the_press_itself_clears_is_refused(build, place):
    with pytest.raises(UserError, match="the press itself makes and removes what is in"):
        check_target(build / place, "site", build)
    check_target(build / "site", "site", build)
    assert contents(build) == {"html/index.html": b"a site"}


def test_a_file_and_a_missing_folder_are_refused(tmp_path, build):
    write_tree(tmp_path, {"file": "mine"})
    with pytest.raises(UserError, match="it is not a folder"):
        check_target(tmp_path / "file", "site", build)
    with pytest.raises(UserError, match="nowhere does not exist"):
        check_target(tmp_path / "nowhere/public", "site", build)


def test_an_archive_beside_the_folder_is_replaced_only_where_an_earlier_run_wrote_it(
    tmp_path, build
):
    target, beside = tmp_path / "paper", tmp_path / "paper.zip"

    def pack(content: str) -> None:
        with written_anew(target, "figures", build, beside) as folder:
            write_tree(folder, {"a.csv": content})
            write_tree(folder.parent, {beside.name: content})

    pack("first")
    pack("second")
    assert beside.read_text(encoding="utf-8") == "second"
    write_tree(tmp_path, {"paper.zip": "my submission"})
    with pytest.raises(UserError, match=r"no earlier run wrote .*paper\.zip as it is"):
        pack("third")
    assert beside.read_text(encoding="utf-8") == "my submission"
    assert (target / "a.csv").read_text(encoding="utf-8") == "second"


def test_neighbours_whose_names_the_press_once_used_stay(target, build):
    names = (".public.old/a", ".public.w2s.tmp/a")
    write_tree(target.parent, dict.fromkeys(names, "mine"))
    write(target, build)
    assert all((target.parent / name).read_text(encoding="utf-8") == "mine" for name in names)


def test_what_comes_into_the_folder_at_the_last_moment_is_kept_and_told(target, build, monkeypatch):
    replace = os.replace

    def late(source, destination) -> None:
        if Path(source) == target:
            write_tree(target, {"thesis.tex": "mine"})
        replace(source, destination)

    monkeypatch.setattr("press.owned.os.replace", late)
    with pytest.raises(UserError, match=r"old stays, as it holds thesis\.tex"):
        write(target, build, more="third")
    (kept,) = target.parent.glob(".public.*/old/thesis.tex")
    assert kept.read_text(encoding="utf-8") == "mine"
    assert (target / "more").is_file()


def test_a_folder_stays_when_the_new_one_cannot_take_its_place(target, build, monkeypatch):
    before, replace = contents(target), os.replace

    def refuse(source, destination) -> None:
        if Path(source).name == "new":
            raise OSError("no")
        replace(source, destination)

    monkeypatch.setattr("press.owned.os.replace", refuse)
    with pytest.raises(OSError, match="no"):
        write(target, build, more="third")
    assert contents(target) == before
    assert sorted(os.listdir(target.parent)) == ["book", "public"]


def test_a_written_folder_honours_the_umask_and_lists_names_that_are_not_utf8(tmp_path, build):
    name = os.fsdecode(b"caf\xe9.txt")
    old = os.umask(0o027)
    try:
        for _ in range(2):
            with written_anew(tmp_path / "public", "site", build) as folder:
                (folder / name).write_text("x", encoding="utf-8")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "public").stat().st_mode) == 0o750
    assert set(contents(tmp_path / "public")) == {name, LIST}
