"""The book's configuration keeps the settings that were expensive to find out."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
import yaml
from sphinx.util.matching import Matcher

from tests import ROOT

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
SPHINX = CONFIG["sphinx"]["config"]


def test_only_listed_pages_are_built_and_nothing_is_executed_by_the_renderer():
    assert CONFIG["only_build_toc_files"] is True
    assert CONFIG["execute"]["execute_notebooks"] == "off"


@pytest.mark.parametrize(
    ("path", "left_out"),
    [
        (".venv/lib/python3.11/site-packages/x/README.md", True),
        (".pytest_cache/README.md", True),
        (".hidden.md", True),
        ("book/_static/w2s.css", False),
        # As Sphinx 9 names our static files, from a configuration that lies below the sources.
        ("../book/_static/w2s.css", False),
        ("./book/intro.md", False),
    ],
)
def test_hidden_folders_are_left_out_and_our_own_files_are_not(path, left_out):
    assert Matcher(CONFIG["exclude_patterns"])(path) == left_out


def test_the_site_loads_mathjax_from_itself_and_no_script_that_fails():
    assert "sphinx-mathjax-offline" in SPHINX["extensions"]
    assert "sphinx_thebe" not in SPHINX["extensions"]
    assert CONFIG["launch_buttons"]["thebe"] is False


def test_an_error_stream_in_a_page_is_an_error():
    assert SPHINX["nb_output_stderr"] == "error"


def test_static_files_live_beside_the_prose():
    # A folder _static at the root would be loaded whole, script by script, on every page.
    assert SPHINX["html_static_path"] == ["book/_static"]
    assert not (ROOT / "_static").exists()
    for name in SPHINX["html_css_files"]:
        assert (ROOT / "book" / "_static" / name).is_file()


def test_every_page_named_as_a_result_is_in_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = {
        c["file"].removeprefix("notebooks/") for part in toc["parts"] for c in part["chapters"]
    }
    results = yaml.safe_load((ROOT / "book" / "results.yml").read_text(encoding="utf-8"))
    for result in results:
        assert result["page"] in pages or (result["page"] is None and result["because"].strip())


def test_the_makefile_documents_every_target():
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    phony = [line.split(":")[1].strip() for line in lines if line.startswith(".PHONY")]
    documented = [
        line.split(":")[0] for line in lines if " ## " in line and not line.startswith("\t")
    ]
    assert {"book", "test", "one", "help"} <= set(phony)
    assert set(phony) == set(documented)


def test_the_reader_comes_to_the_first_result_at_once_and_to_the_reference_last():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = {part["caption"]: [page["file"] for page in part["chapters"]] for part in toc["parts"]}
    first, *between, appendix, reference = parts
    assert first.startswith("Part I:") and parts[first][0] == "notebooks/discrepancy/subspaces"
    assert (appendix, reference) == ("Appendix", "Reference")
    assert "notebooks/random_features/fig6" in parts[appendix]
    assert parts[reference][-1] == "book/status", "the next page never lies behind it"
    second = next(parts[name] for name in between if name.startswith("Part II:"))
    figures = [page[-4:] for page in second if "/fig" in page]
    assert figures == ["fig2", "fig3", "fig4", "fig5"]


@pytest.mark.parametrize(("status", "told"), [(0, False), (2, True), (124, True)])
def test_the_run_of_ci_goes_on_without_the_real_packages(tmp_path, status, told):
    script = tmp_path / ".ci" / "run"
    script.parent.mkdir()
    shutil.copy(ROOT / ".ci" / "run", script)
    stubs = {
        "bin/make": 'echo "make $*"; echo "7 passed in 1 s"',
        "bin/chromium": "echo Chromium",
        "bin/coqc": "echo Coq",
        ".venv/bin/python": f'echo "python $*"; exit {status}',
    }
    for name, does in stubs.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        path.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", script], env=os.environ | {"PATH": path}, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    fetched = lines.index("python -m press real --fetch")
    assert lines.index("make .venv/.ready") < fetched < lines.index("make test")
    assert lines.index("make test") < lines.index("make book PROFILE=paper")
    assert any("were not all fetched" in line for line in lines) == told
    assert any(line.startswith("fetching the packages took") for line in lines)
    assert lines[-1] == "7 passed in 1 s"
