"""A run sees of the user's environment what a list names, so that it is the same for all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest

from press import clients
from press.pages import Book
from press.pool import environment
from press.site.jupyter_book import _environment
from press.surroundings import passed_on
from w2s.page.figures import twins

SETTINGS = [
    "MATPLOTLIBRC", "MPLBACKEND", "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONHOME", "PYTHONINSPECT",
    "PYTHONOPTIMIZE", "PYTHONBREAKPOINT", "SOURCE_DATE_EPOCH", "SPHINXOPTS", "JUPYTER_PATH",
    "JUPYTER_CONFIG_DIR", "IPYTHONDIR", "TZ", "OPENBLAS_CORETYPE", "GIT_DIR",
]  # fmt: skip


@pytest.mark.parametrize("made", ["kernels", "renderer"])
def test_no_setting_of_the_user_reaches_a_run(monkeypatch, tmp_path, made):
    for name in SETTINGS:
        monkeypatch.setenv(name, "of the user")
    book = Book(tmp_path, ())
    found = environment(book) if made == "kernels" else _environment(book.root)
    assert "of the user" not in found.values()
    # Kernels start in the book's root, which is theirs to import from.
    assert ("PYTHONSAFEPATH" in found) == (made == "renderer")


def test_what_says_where_things_are_is_passed_on(monkeypatch):
    wanted = {"PATH": "/a", "HOME": "/b", "LC_ALL": "C", "TMPDIR": "/c", "W2S_CHROMIUM": "/d"}
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    assert wanted.items() <= passed_on().items()
    assert passed_on().items() - os.environ.items() <= {("PYTHONSAFEPATH", "1")}


def test_modules_come_from_the_users_path_behind_the_book(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", "/mine")
    for found in (environment(Book(tmp_path, ())), _environment(tmp_path)):
        assert found["PYTHONPATH"] == os.pathsep.join([str(tmp_path), "/mine"])


def panel(axes):
    axes.plot([1, 2, 3], [1, 4, 2], label="one")
    axes.legend()


def test_figures_start_from_the_defaults_of_matplotlib():
    plain = twins(panel)
    # What authors of LaTeX have in a matplotlibrc; without latex it fails.
    user = {"text.usetex": True, "font.size": 30, "lines.linestyle": "--", "svg.fonttype": "none"}
    with matplotlib.rc_context(user):
        assert twins(panel) == plain
        assert matplotlib.rcParams["font.size"] == 30  # theirs is left as it was


def test_a_file_of_settings_in_the_folder_changes_no_figure(tmp_path):
    code = (
        "import matplotlib; from w2s.page.figures import twins\n"
        "print(matplotlib.rcParams['font.size'])\n"
        "print(twins(lambda axes: axes.plot([1, 2]))['light'])"
    )
    path = {"PYTHONPATH": str(Path(__file__).parents[2])}
    pictures = []
    for text in ("", "text.usetex: True\nfont.size: 30\n"):
        (tmp_path / "matplotlibrc").write_text(text)
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | path, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        pictures.append(done.stdout.partition("\n"))
    assert [size for size, *_ in pictures] == ["10.0", "30.0"]
    assert pictures[0][2] == pictures[1][2]


def test_the_client_of_a_registry_takes_no_module_from_the_current_folder(tmp_path, monkeypatch):
    for name in ("pip", "random", "struct"):
        (tmp_path / f"{name}.py").write_text("open('taken', 'w')\n")
    monkeypatch.chdir(tmp_path)
    assert clients.pip()
    assert not (tmp_path / "taken").exists()
