"""The record of other seeds: what it keeps, how runs are added, and that it is never half."""

from __future__ import annotations

import os

import numpy as np
import pytest

from press import UserError
from press.seeds.record import (
    FOLDER,
    add,
    compact,
    numbers_key,
    outdated,
    path_of,
    read_page,
    read_record,
)
from press.seeds.summary import EDGES, Notes, summary
from press.seeds.zscores import LEVELS
from tests import ROOT
from tests.press.conftest import write_tree
from tests.press.seeds.runs import normal_runs, run

PAGE = "part/first"
HALF = 0.5e-3  # the most that rounding to three decimals changes
MOST = 500_000  # bytes of all pages: 44 of them with 20 seeds each take about 350 000
FAILS = {"verdict": "fails", "passed": False}


def recorded(root):
    return [run for about in read_record(root).values() for run in about.runs.values()]


def many():
    """Return runs of all kinds: passed, failed, undecided, without a claim, refused."""
    runs = normal_runs(20)
    runs[3]["claims"].pop()
    runs[5]["claims"][0] |= FAILS
    runs[8]["claims"][0] |= {"verdict": "undecided", "passed": False, "z": [None, 1.0, 2.0]}
    runs += normal_runs(3, page="part/second", id="tiny.second")
    runs.append(
        run(1, [], page="part/third", id="tiny.room", rule="interval", room=4.56789, points=1)
    )
    return [*runs, run(2, [], page="part/third", error="ValueError: no")]


def fill(root, runs):
    for one in runs:
        add(root, one["page"], "k", [one])


def test_runs_are_read_back_as_what_the_record_keeps_of_them(tmp_path):
    fill(tmp_path, many())
    assert recorded(tmp_path) == [compact(one) for one in many()]
    (failed, open_) = (read_page(tmp_path, PAGE).runs[k]["claims"][0] for k in (6, 9))
    assert failed["verdict"] == "fails" and failed["evidence"] == "<b>"
    assert open_["z"] == [None, 1.0, 2.0]
    assert "evidence" not in read_page(tmp_path, PAGE).runs[1]["claims"][0]
    assert compact(compact(many()[0])) == compact(many()[0])


def test_a_run_counts_once_and_order_and_pieces_make_no_difference(tmp_path):
    fill(tmp_path / "one", many())
    fill(tmp_path / "two", [*reversed(many()), *many()[4:9]])
    for page in {one["page"] for one in many()}:
        add(tmp_path / "three", page, "k", [one for one in many() if one["page"] == page])
        texts = {path_of(tmp_path / name, page).read_bytes() for name in ("one", "two", "three")}
        assert len(texts) == 1
    assert len(recorded(tmp_path / "two")) == len(many())


def test_a_run_that_is_run_again_is_replaced(tmp_path):
    add(tmp_path, PAGE, "k", [run(1, [0.5]), run(2, [], error="no")])
    add(tmp_path, PAGE, "k", [run(2, [1.5])])
    assert recorded(tmp_path) == [compact(run(1, [0.5])), compact(run(2, [1.5]))]


def test_runs_beside_other_published_numbers_leave_their_page_only(tmp_path):
    fill(tmp_path, many())
    add(tmp_path, PAGE, "other numbers", [run(7, [0.5])])
    assert list(read_page(tmp_path, PAGE).runs) == [7]
    assert len(read_page(tmp_path, "part/second").runs) == 3


def test_a_page_is_outdated_when_its_published_numbers_have_changed_beyond_rounding(tmp_path):
    claim = {"id": "tiny.mean", "page": PAGE, "mean_predicted": 1.0, "mean_measured": 1.01,
             "standard_error": 0.1}  # fmt: skip
    add(tmp_path, PAGE, numbers_key([claim], PAGE), normal_runs(2))
    record = read_record(tmp_path)
    assert outdated(record, [claim | {"mean_measured": 1.01 + 1e-12}]) == []
    assert outdated(record, [claim | {"mean_measured": 1.02}]) == [PAGE]
    assert outdated(record, []) == [PAGE]


def test_the_summary_of_the_record_is_that_of_all_runs_to_three_decimals_of_z(tmp_path):
    fill(tmp_path, many())
    kept, exact = (summary(runs, Notes()) for runs in (recorded(tmp_path), many()))
    assert kept == summary(map(compact, many()), Notes())
    narrow = {"tiny.room": pytest.approx(exact["narrow"]["tiny.room"], abs=HALF)}
    for name in {*exact} - {"z", "tests", "narrow"}:
        assert kept[name] == exact[name], name
    assert kept["narrow"] == narrow and len(exact["tests"]) == 3
    for name in ("mean", "deviation"):  # an average moves no further than its terms
        assert kept["z"][name] == pytest.approx(exact["z"][name], abs=HALF)
    mean, square, _ = zip(kept["tests"], exact["tests"], strict=True)
    assert mean[0]["value"] == pytest.approx(mean[1]["value"], abs=HALF)
    # z² moves by 2 |z| HALF, and |z| is below 1 on average.
    assert square[0]["value"] == pytest.approx(square[1]["value"], abs=2 * HALF)
    z = np.array([z for one in many() for c in one["claims"] for z in c.get("z", ()) if z])
    moved = (np.abs(np.subtract.outer(z, [*EDGES])).min(axis=1) < HALF).sum()
    counts = np.subtract(kept["z"]["counts"], exact["z"]["counts"])
    assert np.abs(counts).sum() <= 2 * moved  # only what stands at an edge changes its bin
    at_level = np.abs(np.subtract.outer(np.abs(z), LEVELS)).min() < HALF
    assert at_level or kept["z"]["beyond"] == exact["z"]["beyond"]


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        "{}",
        '{"numbers": "k", "claims": {}, "runs": {"one": []}}',
        '{"numbers": "k", "claims": {}, "runs": {"1": [{}]}}',
        '{"numbers": "k", "claims": {"a.b": {}}, "runs": {"1": [{"z": [1.0]}]}}',
        '{"numbers": "k", "claims": {"a.b": {"rule": "monte_carlo", "expect": "holds", "verdict": '
        '"holds", "passed": true, "points": 1, "allowance": 0.0}}, "runs": {"1": [{}]}}',
        "[" * 100_000,
    ],
)
def test_a_damaged_file_is_one_line_that_names_it_and_the_way_out(tmp_path, text):
    write_tree(tmp_path, {f"{FOLDER}/{PAGE}.json": text})
    with pytest.raises(UserError) as raised:
        read_record(tmp_path)
    said = str(raised.value)
    assert said.startswith(f"{FOLDER}/{PAGE}.json is damaged (") and "restore it from git" in said
    assert "\n" not in said


def test_an_interrupted_writing_leaves_the_old_record_and_no_draft(tmp_path, monkeypatch):
    fill(tmp_path, many())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def interrupted(*paths):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            add(tmp_path, PAGE, "k", [run(30, [0.1])])
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_z_score_costs_less_than_eight_bytes(tmp_path):
    z = np.random.default_rng(8).standard_normal((20, 200))
    add(tmp_path, PAGE, "k", [run(k, list(row)) for k, row in enumerate(z)])
    # Sign, digit, point, three decimals, comma: seven at most; a run and a claim have a line each.
    assert path_of(tmp_path, PAGE).stat().st_size < 7 * z.size + 20 * 20 + 2 * 150


def test_the_committed_record_is_small_and_written_as_the_runner_writes_it(tmp_path):
    files = sorted((ROOT / FOLDER).rglob("*"))
    assert sum(path.stat().st_size for path in files if path.is_file()) < MOST
    for page, about in read_record(ROOT).items():
        add(tmp_path, page, about.numbers, about.runs.values())
        assert path_of(tmp_path, page).read_bytes() == path_of(ROOT, page).read_bytes()
