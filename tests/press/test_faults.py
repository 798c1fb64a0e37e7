"""What breaks around the press: nothing accepted is lost, nothing half-written is believed.

Each fault is a real one: processes are killed, files cut, limits set. The long ones are in
`trust.faults`. Two tables of CONTRIBUTING.md name the test of every fault and threat.
"""

from __future__ import annotations

import ast
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from press import read_book
from press.command import main
from press.environment import missing_packages
from press.files import replace_folder
from press.gather import table_path, write_table
from press.pool import warm_up
from press.site.jupyter_book import RenderError
from tests.press.conftest import write_tree
from tests.press.processes import (
    FIRST,
    HOMELESS,
    KERNEL,
    PLAIN_LOCALE,
    ROOT,
    SECOND,
    WORKER,
    Started,
    Treasure,
    alive,
    copy_book,
    environment,
    forget,
    limited,
    make_sources,
    run,
    state_of,
    told,
    unprivileged,
)
from w2s._files import write_atomically
from w2s.page.records import PAIRS_COLUMNS

pytestmark = pytest.mark.book

ONE_OF_TWO = "notebooks: 1 of 2 up to date"
NOTHING_TO_RUN = "notebooks: all 2 up to date (nothing changed)"
NO_SITE = "site: up to date (nothing changed)"


@pytest.fixture(scope="module")
def accepted(tmp_path_factory) -> Path:
    """Return a tiny book, made and accepted where most things that may lack are lacking."""
    place = tmp_path_factory.mktemp("faults") / "Übung [2026] mit Leerzeichen {a} 'b'"
    root = write_tree(make_sources(place / "book"), {"NOTES.md": "# No page of the book"})
    done = run(root, "book", "--accept", **HOMELESS, **PLAIN_LOCALE)
    told(done, 0)
    assert "accepted 2 claims" in done.stdout
    return root


@pytest.fixture
def book(accepted, tmp_path) -> Path:
    """Return a copy of the accepted book that a test may break."""
    return copy_book(accepted, tmp_path / "Übung [2026] mit Leerzeichen" / "book")


@pytest.fixture
def treasure(book) -> Treasure:
    """Return what must be there after every fault."""
    return Treasure(book)


@pytest.fixture
def no_rendering(monkeypatch):
    """Make any attempt to render fail at once."""

    def refuse(*_: object) -> None:
        raise RenderError("rendering was not expected")

    monkeypatch.setattr("press.site.make.render", refuse)


def here(capsys, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``w2s`` in this process."""
    capsys.readouterr()
    code = main([*arguments, "--root", str(root)])
    return subprocess.CompletedProcess([], code, *capsys.readouterr())


def recovers(capsys, root: Path, treasure: Treasure, *said: str) -> None:
    """Assert that the next run of the press makes all good again."""
    done = here(capsys, root, "book")
    told(done, 0)
    for line in said:
        assert line in done.stdout, done.stdout
    treasure.assert_kept()
    treasure.assert_nothing_half_written()


# Killed processes.


@pytest.mark.parametrize(
    ("killed", "message"),
    [(KERNEL, "Kernel died"), (WORKER, "its process was killed by signal 9")],
)
def test_a_killed_kernel_or_notebook_process_fails_its_page_only(book, treasure, killed, message):
    forget(book)
    press = Started(book, "book", W2S_WAIT="300")
    kernel, other = press.member(KERNEL), press.member(killed)
    other.kill()
    told(
        press.ended(), 1, "w2s: 1 failure", "page part/second: ", message
    )  # the kernel is gone too
    assert not alive(kernel)
    assert not state_of(book).exists()
    treasure.assert_kept()


def test_a_killed_press_takes_its_processes_with_it_and_leaves_no_lock(
    book, treasure, capsys, no_rendering
):
    forget(book)
    press = Started(book, "book", W2S_WAIT="300")
    press.member(KERNEL)
    second = here(capsys, book, "book")
    told(second, 2, f"w2s: another press (process {press.pid}) is at work in this checkout")
    assert second.stderr.count("\n") == 1
    press.kill()
    assert (book / "_build/press.pid").read_text(encoding="utf-8") == f"{press.pid}\n"
    assert not psutil.pid_exists(press.pid)
    treasure.assert_kept()
    recovers(capsys, book, treasure, ONE_OF_TWO, "[2/2] part/second  ran in", NO_SITE)


def test_a_site_that_was_being_replaced_when_the_press_was_killed_is_put_back(
    book, treasure, capsys, no_rendering
):
    site = book / "_build/html"
    site.rename(site.with_name(".html.old"))
    recovers(capsys, book, treasure, NOTHING_TO_RUN, NO_SITE)
    assert not site.with_name(".html.old").exists()


def test_a_folder_that_was_moved_away_is_not_lost_when_the_next_one_cannot_be_moved(tmp_path):
    write_atomically(tmp_path / ".final.old" / "x", "good")
    with pytest.raises(OSError, match="missing"):
        replace_folder(tmp_path / "missing", tmp_path / "final")
    assert (tmp_path / "final" / "x").read_text(encoding="utf-8") == "good"


def test_drafts_of_a_killed_press_are_removed(book, treasure, capsys, no_rendering):
    for place in ("book/.claims.json.a.tmp", f"{FIRST}.ipynb", "_build/run/paper/part/.x.tmp"):
        draft = book / Path(place).parent / f".{Path(place).name.strip('.')}.{'a' * 16}.w2s.tmp"
        draft.write_text("{", encoding="utf-8")
    recovers(capsys, book, treasure, NOTHING_TO_RUN, NO_SITE)


# Damaged files.


def cut(path: Path, size: int = 100) -> None:
    """Keep the first bytes of a file, as a crash may do."""
    assert path.stat().st_size > size
    os.truncate(path, size)


def test_a_truncated_notebook_and_a_truncated_state_are_executed_again(
    book, treasure, capsys, no_rendering
):
    cut(book / f"{FIRST}.ipynb")
    cut(book / "_build/run/paper/part/second.json")
    recovers(
        capsys, book, treasure,
        "part/first  ran in", "re-run: executed notebook was edited or is missing",
        "part/second  ran in", "re-run: its state file is unreadable", NO_SITE,
    )  # fmt: skip


OLD = {"metadata": {"w2s": {"profile": "paper"}}, "nbformat": 3, "worksheets": []}


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00" * 50, json.dumps(OLD)])
@pytest.mark.parametrize("command", ["status", "figures"])
def test_a_damaged_notebook_or_one_of_another_format_is_named(book, capsys, command, text):
    (book / f"{SECOND}.ipynb").write_text(text, encoding="utf-8")
    done = here(capsys, book, command)
    told(done, 2, f"{SECOND}.ipynb", "executed page: run python -m press book")
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)


@pytest.mark.parametrize("size", [0, 1, 100, 1000])
def test_a_truncated_record_of_claims_stops_everything_before_it_starts(book, capsys, size):
    forget(book)
    cut(book / "book/claims.json", size)
    done = here(capsys, book, "book", "--accept")
    told(done, 2, "w2s: book/claims.json line ", "is not valid JSON", "restore it from git")
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert (book / "book/claims.json").stat().st_size == size


def test_a_damaged_state_of_the_site_is_not_believed(book, capsys, no_rendering):
    for damage in ("_build/html.json", "_build/html/book/intro.html"):
        broken = copy_book(book, book.with_name("copy"))
        cut(broken / damage)
        done = here(capsys, broken, "book")
        told(done, 1, "site: jupyter-book failed or warned")  # it did try to render again
        assert "rendering was not expected" in done.stdout
        shutil.rmtree(broken)


def test_a_damaged_kept_notebook_and_a_damaged_table_of_pairs_are_written_again(
    book, treasure, capsys, no_rendering
):
    for name in ("first", "second"):
        cut(book / f"_build/run/paper/part/{name}.ipynb")
    opened = read_book(book)
    table = table_path(opened, "paper")
    table.write_text("page,fam", encoding="utf-8")
    write_table(opened, "paper", opened.notebooks, table)
    assert table.read_text(encoding="utf-8") == ",".join(PAIRS_COLUMNS) + "\n"
    recovers(capsys, book, treasure, NOTHING_TO_RUN, NO_SITE)


@pytest.mark.parametrize("name", ["fontlist-v3.json", "fontlist-v3.json.matplotlib-lock"])
def test_a_half_built_font_cache_is_built_anew(tmp_path, monkeypatch, name):
    opened = read_book(make_sources(tmp_path))
    write_atomically(opened.build / "matplotlib" / "fontlist-v3.json", "{}")
    write_atomically(opened.build / "matplotlib" / name, '{"half": ')
    built = []

    def build(*_: object, env: dict[str, str], **__: object) -> None:
        built.append(env["MPLCONFIGDIR"])
        Path(env["MPLCONFIGDIR"], "fontlist-v4.json").write_text('{"a": 1}', encoding="utf-8")

    monkeypatch.setattr("press.pool.subprocess.run", build)
    warm_up(opened)
    warm_up(opened)
    assert len(built) == 1
    assert [path.name for path in (opened.build / "matplotlib").iterdir()] == ["fontlist-v4.json"]


# A full disk, folders that cannot be written, a clock that jumps.


def test_a_notebook_that_cannot_be_written_fails_in_one_line(book, treasure):
    forget(book)
    whole = (book / f"{SECOND}.ipynb").stat().st_size
    done = run(book, "book", before=limited(whole - 500))
    told(done, 1, "w2s: 1 failure", "page part/second: ", "File too large")
    assert not state_of(book).exists()
    treasure.assert_kept()


def test_a_record_that_cannot_be_written_stays_as_it_was(book, treasure):
    path = book / "book/claims.json"
    code = (
        "import sys; from pathlib import Path; from w2s._files import write_atomically;"
        "write_atomically(Path(sys.argv[1]), 'x' * 100_000)"
    )
    done = subprocess.run(
        [*limited(50_000), sys.executable, "-c", code, str(path)], env=environment(),
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 1
    assert f"OSError: [Errno 27] File too large: '{path}'" in done.stderr
    treasure.assert_kept()
    treasure.assert_nothing_half_written()
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 50_000  # the limit was the child's


@pytest.mark.parametrize("folder", ["notebooks/part", "book", "_build"])
def test_a_folder_that_cannot_be_written_is_named_before_anything_runs(book, treasure, folder):
    forget(book)
    if folder == "_build":
        shutil.move(book / folder / "press.lock", book / "elsewhere")
    (book / folder).chmod(0o555)
    done = run(book, "book", before=unprivileged())
    told(done, 2, str(book / folder))
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    treasure.assert_kept()


def test_a_read_only_checkout_still_tells_its_claims(book, treasure):
    for path in [book, *book.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)
    done = run(book, "status", before=unprivileged())
    told(done, 0)
    assert "2 of 2 claims pass; from the last run" in done.stdout
    treasure.assert_kept()
    for path in [book, *book.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.mark.parametrize("when", [0, 4102444800])  # 1970 and 2100
def test_times_of_files_and_the_clock_decide_nothing(
    book, treasure, capsys, no_rendering, monkeypatch, when
):
    for path in [*book.rglob("*"), book]:
        os.utime(path, (when, when))
    monkeypatch.setattr("time.time", lambda: float(when))
    recovers(capsys, book, treasure, NOTHING_TO_RUN, NO_SITE)


# What a machine may lack.


def test_a_book_is_made_with_spaces_in_its_path_without_a_home_and_without_utf8(accepted):
    # The book of this module was made so.
    assert " " in str(accepted) and "Ü" in str(accepted)
    assert (accepted / "_build/html/index.html").is_file()
    assert "σ²" in (accepted / "book/claims.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [("status",), ("status", "--json"), ("one", "part/σ")])
def test_symbols_are_printed_in_a_locale_that_lacks_them(book, arguments):
    done = run(book, *arguments, **PLAIN_LOCALE)
    if arguments[0] == "one":
        told(done, 2, "w2s: no notebook page is called")
        return
    told(done, 0)
    if arguments[1:]:
        says = [claim["says"] for claim in json.loads(done.stdout)["claims"]]
        assert any("σ²" in one for one in says)
    else:
        assert "\\xb" in done.stdout  # ± or ²


def half_installed(folder: Path, *missing: str) -> Path:
    """Return the interpreter of an environment that lacks some packages of this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    [target] = folder.glob("lib/python*/site-packages")
    [source] = [Path(p) for p in sys.path if Path(p, "jupytext").is_dir()]
    for path in source.iterdir():
        if not path.name.lower().replace("-", "_").startswith(missing):
            (target / path.name).symlink_to(path)
    return folder / "bin" / "python"


@pytest.mark.parametrize("missing", ["sphinx_proof", "jupytext", "matplotlib", "numpy"])
def test_a_package_that_is_missing_is_named_before_anything_runs(book, tmp_path, missing):
    python = half_installed(tmp_path / "venv", missing, "coverage")
    done = subprocess.run(
        [python, "-m", "press", "book", "--root", book], env=environment(), cwd=tmp_path,
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    told(done, 2, missing.replace("_", "-"), "install the extra w2s[book]")
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)


def test_a_package_without_its_files_is_named(book, tmp_path):
    python = half_installed(tmp_path / "venv", "coverage")
    [rich] = tmp_path.glob("venv/lib/python*/site-packages/rich")
    rich.unlink()
    done = subprocess.run(
        [python, "-m", "press", "status", "--root", book], env=environment(), cwd=tmp_path,
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    told(done, 2, "w2s: No module named 'rich", "the environment is not whole, install it again")
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)


def test_nothing_is_missing_here():
    assert missing_packages("book") == []


UV = """#!/bin/sh
echo "$@" >> calls
case "$*" in
  venv*) mkdir -p .venv/bin && touch .venv/bin/python ;;
  *requirements.lock*) test ! -e fault || kill -9 $PPID ;;
esac
"""


def test_an_interrupted_installation_is_begun_again(tmp_path):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    write_script(tmp_path / "bin/uv", UV)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    make = ["make", ".venv/.ready", f"PYTHON={sys.executable}"]
    (tmp_path / "fault").touch()
    first = subprocess.run(make, cwd=tmp_path, env=environment(PATH=path), capture_output=True)
    assert first.returncode != 0
    assert (tmp_path / ".venv/bin/python").is_file()
    assert not (tmp_path / ".venv/.ready").exists()
    (tmp_path / "fault").unlink()
    subprocess.run(make, cwd=tmp_path, env=environment(PATH=path), check=True, capture_output=True)
    assert (tmp_path / ".venv/.ready").is_file()
    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert [call.split()[0] for call in calls] == ["venv", "pip", "venv", "pip", "pip"]
    assert "--clear" in calls[2]  # what the first installation left is not built upon


def test_what_is_installed_is_told_by_content_and_not_by_dates(tmp_path):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    write_script(tmp_path / "bin/uv", UV)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    lock = tmp_path / "requirements.lock"

    def installations() -> int:
        make = ["make", ".venv/.ready", f"PYTHON={sys.executable}"]
        where = environment(PATH=path)
        subprocess.run(make, cwd=tmp_path, env=where, check=True, capture_output=True)
        return (tmp_path / "calls").read_text(encoding="utf-8").count("venv --quiet")

    assert [installations(), installations()] == [1, 1]
    os.utime(lock, (4e9, 4e9))  # of the year 2096
    assert installations() == 1
    with lock.open("a", encoding="utf-8") as file:
        file.write("# another\n")
    os.utime(lock, (1e9, 1e9))  # of 2001
    assert [installations(), installations()] == [2, 2]


def write_script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def test_another_python_is_refused_by_name(tmp_path):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    old = tmp_path / "python3.10"
    write_script(old, '#!/bin/sh\ntest "$1" != -c || exit 1\necho Python 3.10.1\n')
    make = ["make", "book", f"PYTHON={old}"]
    done = subprocess.run(make, cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert done.returncode == 2
    assert f"w2s: needs CPython 3.11 or newer, but {old} is Python 3.10.1" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_compiled_tiles_need_no_compiler():
    code = (
        "import numpy as np;"
        "from w2s.random_features.compiled import arc_cosine_remainder, compiled_remainder;"
        "x = np.linspace(-0.6, 0.6, 9)[None]; plain = arc_cosine_remainder(x.copy());"
        "print(float(abs(compiled_remainder(x, x + 0.0) - plain).max()) < 1e-15)"  # rounding
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(PATH="", HOME=None, CC="/no/compiler"),
        capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


# The table.


@pytest.mark.parametrize("title", ["Faults", "What a stranger may do"])
def test_every_row_of_the_tables_names_a_test_that_exists(title):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"CONTRIBUTING.md has no section {title}"
    rows = [line for line in section[1].splitlines() if line.startswith("|")][2:]
    assert len(rows) >= 20
    for row in rows:
        fault, behaviour, tests = (cell.strip() for cell in row.strip("|").split("|"))
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", tests)
        assert fault and behaviour and named, row
        for file, function in named:
            assert function in functions_of(ROOT / file), (file, function)


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
