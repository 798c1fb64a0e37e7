"""The accepted record: what counts as drift, what is refused, how it is written."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from press import UserError, read_book
from press.claims_record import (
    Record,
    collect,
    drift,
    failed,
    read_accepted,
    write_accepted,
)
from press.executed import read_edition
from press.stale import State
from tests import ROOT
from tests.press.conftest import executed, write_tree

CLAIM = {
    "id": "a.b", "kind": "derived", "source": "w2s", "says": "So.", "verdict": "holds",
    "passed": True, "predicted": 1.0, "measured": 1.01, "standard_error": 0.01, "margin": 0.02,
    "mean_predicted": 1.0, "mean_measured": 1.01, "tolerance": 0.03, "drift": 0.05, "page": "p/q",
}  # fmt: skip


def record(*changes):
    return Record("paper", claims=tuple(CLAIM | change for change in changes))


def test_an_equal_run_does_not_drift():
    assert drift(record({}), record({})) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"id": "a.c"}, "a.c: new, not in the accepted record"),
        ({"id": "a.c"}, "a.b: missing, it was on p/q"),
        ({"verdict": "fails"}, "a.b: verdict changed from 'holds' to 'fails'"),
        ({"says": "Not so."}, "a.b: says changed from 'So.' to 'Not so.'"),
        ({"kind": "paper"}, "a.b: kind changed from 'derived' to 'paper'"),
        ({"source": "x"}, "a.b: source changed from 'w2s' to 'x'"),
        ({"rule": "within 1"}, "a.b: rule changed from None to 'within 1'"),
        ({"mean_measured": 1.07}, "a.b: measured moved from 1.01 to 1.07, allowed 0.05"),
        ({"mean_predicted": 0.9}, "a.b: predicted moved from 1 to 0.9, allowed 0.05"),
        ({"mean_measured": float("nan")}, "a.b: measured moved from 1.01 to nan, allowed 0.05"),
        ({"mean_measured": None}, "a.b: measured moved from 1.01 to none, allowed 0.05"),
    ],
)
def test_each_kind_of_drift_is_one_line(change, line):
    assert line in drift(record({}), record(change))


def test_a_move_within_the_tolerance_is_no_drift():
    assert drift(record({}), record({"mean_measured": 1.05, "measured": 3.0})) == []


def test_two_nans_are_equal_and_the_rounding_of_the_record_is_no_drift():
    nan = {"mean_measured": "nan"}
    assert drift(record(nan), record(nan)) == []
    tight = {"drift": 0.0, "mean_measured": 1 / 3, "mean_predicted": 1 / 3}
    written = {"drift": 0.0, "mean_measured": 0.3333333333, "mean_predicted": 0.3333333333}
    assert drift(record(written), record(tight)) == []


def test_what_rounding_leaves_of_nothing_is_no_drift():
    exact, less = ({"drift": 1e-18, "mean_predicted": x} for x in (7e-16, -1.1e-15))
    assert drift(record(exact), record(less)) == []
    small, moved = ({"drift": 1e-18, "mean_predicted": x} for x in (1e-12, 1.1e-12))
    assert "predicted moved" in drift(record(small), record(moved))[0]


def test_without_an_accepted_record_every_claim_is_new():
    assert drift(None, record({})) == ["a.b: new, not in the accepted record"]


def test_a_failed_claim_is_told_with_both_numbers():
    [line] = failed(record({"passed": False, "verdict": "fails", "reason": "off"}, {}))
    assert line == ("a.b: fails; predicted 1, measured 1.01 ± 0.01, margin 0.02 (off) [p/q]")


def test_a_record_survives_writing_and_reading(tiny):
    book = read_book(tiny)
    now = Record("paper", {"python": "3"}, {"p": {"seconds": 2.0}}, (CLAIM,))
    write_accepted(book, now)
    assert read_accepted(book) == now
    assert book.accepted.read_text(encoding="utf-8").count("\n") > len(CLAIM)


def test_there_may_be_no_accepted_record(tiny):
    assert read_accepted(read_book(tiny)) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"claims": [\n oops\n]}', r"book/claims\.json line 2 is not valid JSON"),
        ("[]", r"book/claims\.json must be a mapping, got \[\]: restore it from git"),
        ('{"profile": "paper"}', r"book/claims\.json lacks 'versions'"),
        (
            '{"profile": "paper", "versions": {}, "pages": {}, "claims": [{}]}',
            r"book/claims\.json, claims, entry 1 lacks 'id': restore it from git",
        ),
    ],
)
def test_a_damaged_record_is_refused_by_name_and_line(tiny, text, message):
    write_tree(tiny, {"book/claims.json": text})
    with pytest.raises(UserError, match=message):
        read_accepted(read_book(tiny))


def test_claims_are_collected_in_the_order_of_the_book_with_page_and_seed(tiny):
    write_tree(
        tiny,
        {
            "notebooks/part/first.ipynb": executed(CLAIM | {"id": "z.z", "measured": 1 / 3}),
            "notebooks/part/second.ipynb": executed(CLAIM),
        },
    )
    edition = read_edition(read_book(tiny), "smoke")
    first, second = edition.pages.values()
    timed = {first.page: replace(first, state=State(seconds=1.234)), second.page: second}
    found, twice = collect(replace(edition, pages=timed))
    assert [claim["id"] for claim in found.claims] == ["z.z", "a.b"]
    assert found.claims[0]["page"] == "part/first"
    assert found.claims[0]["seed"] == 7
    assert found.claims[0]["measured"] == 0.3333333333
    assert found.pages == {"part/first": {"seconds": 1.2}, "part/second": {"seconds": 0.0}}
    assert twice == []


def test_an_id_on_two_pages_names_both(tiny):
    text = executed(CLAIM)
    write_tree(tiny, {f"notebooks/part/{name}.ipynb": text for name in ("first", "second")})
    _, twice = collect(read_edition(read_book(tiny), "paper"))
    assert twice == ["claim id a.b is used on two pages: part/first and part/second"]


def test_numbers_that_json_does_not_know_become_words(tiny):
    write_tree(
        tiny,
        {
            "notebooks/part/first.ipynb": executed(CLAIM | {"margin": float("inf")}),
            "notebooks/part/second.ipynb": executed(CLAIM | {"id": "c.d"}),
        },
    )
    found, _ = collect(read_edition(read_book(tiny), "paper"))
    assert json.loads(json.dumps(found.claims, allow_nan=False))[0]["margin"] == "inf"


def test_the_record_of_the_book_has_the_declared_shape_and_a_kind_of_its_own_has_not(tiny):
    text = (ROOT / "book/claims.json").read_text(encoding="utf-8")
    write_tree(tiny, {"book/claims.json": text})
    known = read_accepted(read_book(tiny))
    assert known is not None
    for kind in ("reading", "hearsay"):
        changed = replace(known, claims=(known.claims[0] | {"kind": kind},))
        write_accepted(read_book(tiny), changed)
        if kind == "reading":
            assert read_accepted(read_book(tiny)) == changed
    with pytest.raises(UserError, match=r"entry 1, kind must be paper or .* got 'hearsay'"):
        read_accepted(read_book(tiny))
