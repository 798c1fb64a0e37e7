"""Other seeds: the runner that goes on where it stopped, and fills the record."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from press import read_book
from press.claims_record import Record, write_accepted
from press.seeds.record import add, path_of, read_page
from press.site.other_seeds import section
from press.site.status import escaped
from tests import ROOT
from tests.press.conftest import tiny_files, write_tree
from tests.press.seeds.runs import run
from tests.press.test_claims_record import CLAIM
from trust import reseed
from trust.code_key import essence
from trust.rerun import evidence
from trust.reseed_record import lacking

PAGE = """\
# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% tags=["parameters"]
profile = "paper"
seed = 1
trials = 100

# %%
import time

import numpy as np
from myst_nb import glue

from w2s.page.claims import claim, exact, monte_carlo
from w2s.page.figures import figure

drawn = 1.0 + np.random.default_rng(seed).standard_normal((trials, 3))
glue("mean", drawn.mean(), display=False)
figure("never", None, alt="")
time.sleep(0.3)

# %%
claim("tiny.mean", says="It is one.", source="w2s", kind="derived",
      decision=monte_carlo(1.0, drawn.mean(0), drawn.std(0, ddof=1) / 10, resolution=0.5))
claim("tiny.sum", says="One is one.", source="w2s", kind="derived",
      decision=exact(1.0, 1.0, tolerance=1e-12))
"""


def test_the_pages_run_again_are_those_whose_claims_know_a_standard_error():
    stated = json.loads((ROOT / "book/claims.json").read_text(encoding="utf-8"))["claims"]
    noisy = {claim["page"] for claim in stated if claim["standard_error"] is not None}
    assert {source.page.id for source in reseed.statistical(read_book(ROOT))} == noisy


@pytest.fixture
def book(tmp_path):
    return write_tree(tmp_path / "a book", tiny_files() | {"notebooks/part/first.py": PAGE})


def performed(root, numbers):
    """Run the page here, in this process, and keep the results as the runner does."""
    found = read_book(root)
    keys = reseed.keys_of(found, reseed.statistical(found))
    for job in reseed.jobs_of(found, keys, numbers):
        reseed.perform(job)


def recorded_text(root):
    return path_of(root, "part/first").read_text()


def publish(root, **changes):
    """Accept a claim of the page with a standard error."""
    write_accepted(
        read_book(root), Record("paper", claims=(CLAIM | {"page": "part/first"} | changes,))
    )


NOTHING_NEW = ["--record", "--minutes", "0"]


def results(root):
    """Return what was kept: by page and number, without the time it took."""
    kept = [json.loads(p.read_text()) for p in sorted(root.glob("_build/reseed/part/first/*.json"))]
    return {run["number"]: run["claims"] for run in kept if run["error"] == ""}


def test_an_interrupted_run_goes_on_and_gives_the_same_in_any_number_of_processes(
    book, tmp_path, monkeypatch, capsys
):
    command = "import sys; from trust.reseed import main; sys.exit(main(sys.argv[1:]))"
    started = subprocess.Popen(
        [sys.executable, "-c", command, "--seeds", "40", "--processes", "1", "--record"],
        cwd=book, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    while len(results(book)) < 2:
        assert started.poll() is None
        time.sleep(0.05)
    started.send_signal(signal.SIGKILL)
    started.wait()
    before = {}
    while len(before) != len(results(book)):  # the page takes 0.3 s: an orphan would reach 40
        before = results(book)
        time.sleep(1.5)
    assert 2 <= len(before) < 40

    asked = len(before) + 2
    recorded = read_page(book, "part/first").runs  # the last one was perhaps not added any more
    assert len(before) - 1 <= len(recorded) <= len(before)
    monkeypatch.chdir(book)
    assert reseed.main(["--seeds", str(asked), "--processes", "2", "--record"]) == 0
    told = capsys.readouterr().out
    added = len(before) - len(recorded)
    assert f"{asked} runs are asked for; {added} were kept and are added, 2 are due" in told
    assert f"{asked} decisions of 1 claims: 0 failed" in told

    other = write_tree(tmp_path / "other", tiny_files() | {"notebooks/part/first.py": PAGE})
    performed(other, range(1, asked + 1))
    assert results(other) == results(book)
    assert len({json.dumps(claims) for claims in results(book).values()}) == asked

    text = section(book, [], escaped)
    assert f"with {asked} other seeds on one page" in text


def test_runs_of_two_checkouts_make_the_record_of_one(book, tmp_path, monkeypatch, capsys):
    other, whole = (
        write_tree(tmp_path / name, tiny_files() | {"notebooks/part/first.py": PAGE})
        for name in ("other", "whole")
    )
    monkeypatch.chdir(whole)
    performed(whole, [1, 2, 3])
    assert reseed.main(NOTHING_NEW) == 0
    performed(book, [1, 2])
    performed(other, [2, 3])
    monkeypatch.chdir(book)
    assert reseed.main([*NOTHING_NEW, "--seeds", "4"]) == 0
    assert "4 runs are asked for; 2 were kept and are added, 2 are due" in capsys.readouterr().out
    assert reseed.main([*NOTHING_NEW, "--seeds", "4", "--merge", str(other)]) == 0
    told = capsys.readouterr().out
    assert "4 runs are asked for; 1 were kept and are added, 1 are due" in told
    assert "lacks part/first: 4\n" in told
    assert "3 decisions of 1 claims: 0 failed" in told
    assert recorded_text(book) == recorded_text(whole)

    shutil.rmtree(book / "book/other_seeds")
    shutil.rmtree(whole / "_build")  # its record is enough
    assert reseed.main([*NOTHING_NEW, "--merge", str(whole)]) == 0
    assert recorded_text(book) == recorded_text(whole)


def test_a_checkout_with_other_published_numbers_gives_no_runs(book, tmp_path, monkeypatch, capsys):
    other = write_tree(tmp_path / "other", tiny_files() | {"notebooks/part/first.py": PAGE})
    monkeypatch.chdir(book)
    publish(other)
    performed(other, [2])
    performed(book, [1])
    assert reseed.main([*NOTHING_NEW, "--merge", str(other)]) == 0
    assert f"part/first: other published numbers in {other}" in capsys.readouterr().out
    assert [*read_page(book, "part/first").runs] == [1]


def test_runs_leave_the_record_when_the_published_numbers_have_changed(book, monkeypatch, capsys):
    monkeypatch.chdir(book)
    publish(book)
    performed(book, [1, 2])
    assert reseed.main(NOTHING_NEW) == 0
    page = book / "notebooks/part/first.py"
    page.write_text(PAGE.replace("trials = 100", "trials = 101"))
    publish(book, mean_measured=1.02)
    assert reseed.main(["--missing", "--seeds", "3"]) == 0
    assert capsys.readouterr().out.endswith("lacks part/first: 1-3\n")
    assert reseed.main(NOTHING_NEW) == 2  # nothing is left to judge
    found = capsys.readouterr()
    assert found.out.startswith("part/first: 2 runs leave the record, because the published ")
    assert found.err == "reseed: nothing has been run: give it more --minutes\n"
    assert read_page(book, "part/first").runs == {}


def test_only_what_the_record_lacks_is_run_and_with_rerun_everything(book, monkeypatch, capsys):
    monkeypatch.chdir(book)
    started = []
    monkeypatch.setattr(reseed, "execute", lambda jobs, *limits: started.extend(jobs) or [])
    numbers = reseed.Record.of(read_book(book)).numbers("part/first")
    recorded = [run(1, [0.5]), run(2, [], error="it was ill"), run(7, [0.1])]
    add(book, "part/first", numbers, recorded)
    assert reseed.main(["--record", "--seeds", "3"]) == 1  # an error is not explained by chance
    assert [job.number for job in started] == [2, 3]
    assert "lacks part/first: 2-3\n" in capsys.readouterr().out
    started.clear()
    reseed.main(["--record", "--seeds", "3", "--rerun"])
    assert [job.number for job in started] == [1, 2, 3]


def test_a_run_that_is_not_for_the_record_leaves_it_alone(book, monkeypatch):
    monkeypatch.chdir(book)
    performed(book, [101])
    assert reseed.main(["--seeds", "1", "--first", "101", "--minutes", "0"]) == 0
    assert not path_of(book, "part/first").exists()


def test_a_damaged_record_ends_with_one_line(book, monkeypatch, capsys):
    write_tree(book, {"book/other_seeds/part/first.json": "{"})
    monkeypatch.chdir(book)
    assert reseed.main(NOTHING_NEW) == 2
    said = capsys.readouterr().err
    assert said.startswith("reseed: book/other_seeds/part/first.json is damaged (")
    assert said.count("\n") == 1
    assert recorded_text(book) == "{"


def test_what_is_lacking_is_said_in_short():
    asked = [(page, number) for page in ("b", "a") for number in range(1, 8)]
    there = {("a", k): run(k, []) for k in (1, 3, 6)} | {("a", 2): run(2, [], error="no")}
    assert lacking(asked, there) == ["lacks a: 2, 4-5, 7", "lacks b: 1-7"]


def test_a_kept_result_belongs_to_its_code_and_not_to_its_words(book):
    def key():
        found = read_book(book)
        (one,) = reseed.keys_of(found, reseed.statistical(found)).values()
        return one

    first = key()
    page = book / "notebooks/part/first.py"
    page.write_text(
        PAGE.replace("It is one.", "One it is.").replace('"never"', '"ever"') + "# hm\n"
    )
    assert key() == first
    page.write_text(PAGE.replace('kind="derived",', 'kind="derived", main=True,'))
    assert key() == first
    page.write_text(PAGE.replace("trials = 100", "trials = 101"))
    assert key() != first
    assert essence('def f():\n    "one"\n    return 1') == essence(
        'def f():\n    "two"\n    return 1'
    )


def test_every_entry_is_measured_in_its_standard_error_but_where_it_is_rounding():
    given = {"predicted": [1.0, 2.0, 3.0], "measured": [1.1, 1.0, 3.0 + 1e-15], "allowance": 0.0,
             "standard_error": [0.1, 0.5, 1e-16], "resolution": 0.5}  # fmt: skip
    found = evidence("monte_carlo", given)
    assert found["z"] == [pytest.approx(1.0), -2.0, None]
    assert found["coarse"] == pytest.approx(0.5)  # 0.5 of 2, where 0.5 of the prediction will do
    given = {"estimate": 1.0, "standard_error": 0.1, "low": 0.5, "high": np.inf}
    assert evidence("interval", given) == {"rule": "interval", "room": pytest.approx(5.0)}
    given = {"smaller": [1.0, 1.0], "larger": [2.0, 3.0], "slack": 0.5, "standard_error": 0.5}
    assert evidence("inequality", given) == {"rule": "inequality", "room": 3.0}
    assert evidence("inequality", given | {"standard_error": None}) == {"rule": "sure"}


def test_no_two_pages_share_a_seed(book):
    one, two = read_book(ROOT).notebooks[:2]
    jobs = reseed.jobs_of(read_book(book), {one: "a", two: "b"}, range(1, 21))
    assert len({job.seed for job in jobs}) == 40
    assert [job.number for job in jobs[:4]] == [1, 1, 2, 2]  # seed by seed


@pytest.mark.parametrize(
    "wrong_option", [["--seeds", "0"], ["--processes", "0"], ["--first", "x"], ["--rerun"]]
)
def test_a_number_that_makes_no_sense_is_refused(wrong_option, capsys):
    with pytest.raises(SystemExit) as ended:
        reseed.main(wrong_option)
    assert ended.value.code == 2 and "reseed" in capsys.readouterr().err
