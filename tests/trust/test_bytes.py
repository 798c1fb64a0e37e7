"""The comparer of `python -m trust bytes` notices one byte and one claim, and says what differs."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import numpy
import pytest
import scipy

from press.executed import RECORDS
from press.pages import Book, Page, read_book
from press.pool import cores
from press.sources import read_source
from tests import ROOT
from trust import interpreters
from trust.bytes import FEW, Report, blas_threads, execute
from trust.compare import compare, files_below, moved_claims, tell
from w2s.page.records import CLAIM

PAGE = Page("part/page", "notebooks/part/page", "notebook")
NAME = "notebooks/part/page.ipynb"


def claim(measured: float, passed: bool = True) -> dict:
    return {
        "id": "part.page.one", "kind": "beyond", "source": "w2s", "says": "One is one.",
        "verdict": "holds" if passed else "fails", "passed": passed, "rule": "equal",
        "predicted": 1.0, "measured": measured, "drift": 1e-6,
    }  # fmt: skip


def write(folder: Path, measured: float = 1.0, text: str = "0.5 m\n", passed: bool = True) -> Path:
    """A book of one executed page with one claim, one printed line and one picture."""
    svg = base64.b64encode(f"<svg><path d='M {measured} 2'/></svg>".encode()).decode()
    picture = {"text/html": [f'<img src="data:image/svg+xml;base64,{svg}">']}
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["the length is\n", text]},
        {"output_type": "display_data", "data": picture, "metadata": {}},
        {"output_type": "display_data", "data": {},
         "metadata": {RECORDS: {CLAIM: claim(measured, passed)}}},
    ]  # fmt: skip
    cell = {"cell_type": "code", "metadata": {}, "source": "", "outputs": outputs}
    path = folder / NAME
    path.parent.mkdir(parents=True)
    about = {"page": PAGE.id, "profile": "smoke", "parameters": {"profile": "smoke", "seed": 1}}
    notebook = {"cells": [cell], "metadata": {"w2s": about}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook))
    return folder


def report(first: Path, second: Path, *, to_the_byte: bool) -> Report:
    found = Report()
    found.judge("a try", first, second, [NAME], (PAGE,), to_the_byte=to_the_byte)
    return found


def test_equal_folders_have_no_difference(tmp_path, capsys):
    first, second = write(tmp_path / "first"), write(tmp_path / "second")
    assert files_below(first, second) == [NAME]
    assert compare(first, second, [NAME]) == []
    assert report(first, second, to_the_byte=True).ok
    assert "all 1 files are the same bytes" in capsys.readouterr().out


def test_a_changed_number_is_found_with_its_place_and_its_size(tmp_path):
    second = write(tmp_path / "second", text="0.50000000000001 m\n")
    (found,) = compare(write(tmp_path / "first"), second, [NAME])
    assert found.where == "/cells/0/outputs/0/text/1"
    assert (found.before, found.after) == ("0.5", "0.50000000000001")
    assert found.relative == pytest.approx(2e-14, rel=0.1)
    assert "relative 2.0e-14" in found.line()


def test_a_changed_byte_fails_only_where_bytes_must_agree(tmp_path, capsys):
    first = write(tmp_path / "first")
    second = write(tmp_path / "second", text="0.50000000000001 m\n")
    assert not report(first, second, to_the_byte=True).ok
    assert "FAILED" in capsys.readouterr().out
    assert report(first, second, to_the_byte=False).ok
    told = capsys.readouterr().out
    assert "1 of 1 files differ" in told and NAME in told
    assert "largest relative difference of a number: 2.0e-14" in told
    assert "every claim agrees within its tolerance" in told


def test_a_claim_that_moved_beyond_its_tolerance_fails(tmp_path, capsys):
    first = write(tmp_path / "first")
    near, far = write(tmp_path / "near", 1 + 5e-7), write(tmp_path / "far", 1 + 1e-5)
    assert moved_claims(first, near, (PAGE,), "smoke") == []
    assert report(first, near, to_the_byte=False).ok
    (line,) = moved_claims(first, far, (PAGE,), "smoke")
    assert line.startswith("part.page.one: measured moved from 1 to 1.00001")
    assert not report(first, far, to_the_byte=False).ok
    assert "moved by more than their tolerance" in capsys.readouterr().out


def test_a_claim_that_fails_there_is_told(tmp_path):
    first, second = write(tmp_path / "first"), write(tmp_path / "second", passed=False)
    assert any("fails" in line for line in moved_claims(first, second, (PAGE,), "smoke"))


def test_the_numbers_inside_a_vector_picture_are_compared(tmp_path):
    found = compare(write(tmp_path / "first"), write(tmp_path / "second", 1.5), [NAME])
    picture = next(one for one in found if "text/html" in one.where)
    assert (picture.before, picture.after) == ("1.0", "1.5")


def test_a_number_with_a_power_of_ten_is_a_number(tmp_path):
    first = write(tmp_path / "first", text="0 ≤ −1.5·10⁻¹⁵\n")
    (found,) = compare(first, write(tmp_path / "second", text="0 ≤ −3·10⁻¹⁵\n"), [NAME])
    assert (found.before, found.after, found.relative) == ("-1.5e-15", "-3e-15", 0.5)


def test_other_words_other_lengths_and_missing_files_are_differences(tmp_path):
    for name, pages in {"first": ["a 1\nb", "x"], "second": ["a 1\nc", "x\ny"]}.items():
        (tmp_path / name).mkdir()
        for number, text in enumerate(pages):
            (tmp_path / name / f"{number}.html").write_text(text)
    (tmp_path / "first" / "2.html").write_text("only here")
    folders = tmp_path / "first", tmp_path / "second"
    found = compare(*folders, files_below(*folders))
    assert [(one.file, one.where) for one in found] == [
        ("0.html", "line 2"), ("1.html", "lines"), ("2.html", "as a whole"),
    ]  # fmt: skip
    assert found[0].relative is None and found[2].after == "missing"
    assert tell(found, most=1)[1] == "and 2 more places"


def test_the_same_content_in_another_order_is_still_a_difference(tmp_path):
    for name, text in {"first": '{"a": 1, "b": 2}', "second": '{"b": 2, "a": 1}'}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.json").write_text(text)
    (found,) = compare(tmp_path / "first", tmp_path / "second", ["x.json"])
    assert found.after == "'written otherwise'"


SOURCE = """\
# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   w2s:
#     smoke: {}
# ---

# %% tags=["parameters"]
profile = "paper"
seed = 1

# %%
from threadpoolctl import threadpool_info

import numpy
from w2s.page.claims import claim, fact

threads = {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}
claim("part.page.one", says="One.", source="w2s", kind="beyond",
      decision=fact(threads == {1}, shows="one thread"))
print(threads)
"""


def test_a_page_runs_by_the_presss_own_worker_with_so_many_threads(tmp_path):
    (tmp_path / "w2s").symlink_to(ROOT / "w2s")
    book = Book(tmp_path, (PAGE,))
    book.source(PAGE).parent.mkdir(parents=True)
    book.source(PAGE).write_text(SOURCE)
    threads = blas_threads(book, Path(sys.executable), 2)
    assert threads == min(2, cores())
    execute(book, (PAGE,), Path(sys.executable), 2)
    cell = json.loads(book.executed(PAGE).read_text(encoding="utf-8"))["cells"][-1]
    assert cell["outputs"][-1]["text"] == [f"{{{threads}}}\n"]


def test_the_few_pages_stand_alone_and_our_own_python_is_no_other():
    book = read_book(ROOT)
    assert not [name for name in FEW if read_source(book, book.page(name)).gathers]
    assert interpreters.found([Path(sys.executable)]) == {}
    assert interpreters.version_of(Path("/no/such/python")) is None


def test_the_libraries_that_decide_the_bytes_are_named():
    ours = interpreters.libraries(Path(sys.executable))
    assert ours == f"NumPy {numpy.__version__} and SciPy {scipy.__version__}"
