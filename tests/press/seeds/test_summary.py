"""What many runs say together: failures, spread, and what stays out of the pool."""

from __future__ import annotations

import json

import pytest

from press.seeds.record import seed_of
from press.seeds.summary import Notes, read_notes, summary, wrong
from tests import ROOT
from tests.press.seeds.runs import normal_runs, run


def test_good_runs_have_nothing_wrong():
    record = summary(normal_runs(20), Notes())
    assert wrong(record) == []
    assert record["cases"] == 20 and record["claims"] == 1 and record["failed"] == []
    assert record["z"]["entries"] == 80 == sum(record["z"]["counts"])


def test_what_chance_does_not_explain_is_named():
    fails = {"verdict": "fails", "passed": False}
    runs = [
        *normal_runs(18),
        *(run(k, [4.0] * 4, **fails) for k in (19, 20)),
        run(21, [], error="no"),
    ]
    runs[0]["claims"][1] |= fails
    lines = wrong(summary(runs, Notes()))
    assert [line.split(":")[0] for line in lines[:3]] == [
        f"part/first with seed {seed_of('part/first', 21)}",
        f"tiny.sum has no standard error and failed with seed {seed_of('part/first', 1)}",
        "2 of 20 decisions failed, 0.0 expected",
    ]
    assert lines[3].startswith("mean of z² is 2.") and lines[-1].startswith("tiny.mean: z has mean")


def test_undecided_cases_are_counted_apart():
    runs = [*normal_runs(3), *normal_runs(1, verdict="undecided", passed=False)]
    record = summary(runs, Notes())
    assert record["failed"] == [] and len(record["undecided"]) == 1 and wrong(record) == []


def test_a_claim_that_holds_by_little_is_named():
    near, far = (
        [run(k, [], rule="inequality", room=room + k / 10, points=1) for k in (1, 2, 3)]
        for room in (5.0, 7.0)
    )
    assert summary(far, Notes())["narrow"] == {}
    # The mean 5.2 less 3.29, the quantile of one entry.
    assert summary(near, Notes())["narrow"] == {"tiny.mean": pytest.approx(1.91, abs=0.01)}


@pytest.mark.parametrize(
    ("changes", "notes", "reason"),
    [
        ({"allowance": 0.02}, Notes(), "an allowance of 0.02 of the prediction"),
        ({"expect": "fails", "verdict": "fails as expected"}, Notes(), "shown not to hold"),
        ({}, Notes(excluded={"tiny.mean": "real data"}), "real data"),
        ({"z": [None, None]}, Notes(), "no standard error"),
        ({"z": [0.5, 1.0]}, Notes(), "the same with every seed"),
    ],
)
def test_what_is_not_standard_normal_by_nature_stays_out_of_the_pool(changes, notes, reason):
    record = summary(normal_runs(3, **changes), notes)
    assert record["aside"]["tiny.mean"].startswith(reason)
    assert record["z"]["claims"] == 0 and record["tests"] == []


def test_the_notes_name_claims_of_the_book():
    stated = json.loads((ROOT / "book/claims.json").read_text(encoding="utf-8"))["claims"]
    notes = read_notes(ROOT)
    assert {*notes.excluded, *notes.degrees} <= {claim["id"] for claim in stated}
