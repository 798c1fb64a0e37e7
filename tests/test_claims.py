"""Claims: the record, the card, and what a page emits."""

from __future__ import annotations

import json

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from w2s.claims import (
    MIME,
    card,
    claim,
    exact,
    fact,
    inequality,
    interval,
    judge,
    monte_carlo,
    plain,
)

GOOD = dict(says="One and one is two.", source="w2s", kind="derived")


def test_a_record_is_json_and_carries_the_deciding_numbers():
    record = judge("demo.mean", **GOOD, decision=monte_carlo(2.0, 2.01, 0.01, resolution=0.02))
    again = json.loads(json.dumps(record, allow_nan=False))
    assert again == record
    assert (again["predicted"], again["measured"], again["standard_error"]) == (2.0, 2.01, 0.01)
    assert again["verdict"] == "holds" and again["passed"] is True


@pytest.mark.parametrize(
    ("measured", "expect", "verdict", "passed"),
    [
        (1.0, "holds", "holds", True),
        (1.5, "holds", "fails", False),
        (1.5, "fails", "fails as expected", True),
        (1.0, "fails", "holds unexpectedly", False),
    ],
)
def test_the_verdict_compares_the_outcome_with_the_expectation(measured, expect, verdict, passed):
    decision = exact(1.0, measured, tolerance=1e-9)
    record = judge("demo.sum", **GOOD, decision=decision, expect=expect)
    assert (record["verdict"], record["passed"]) == (verdict, passed)


def test_an_undecided_claim_never_passes():
    noisy = monte_carlo(1.0, 3.0, 1.0, resolution=0.01)
    for expect in ("holds", "fails"):
        record = judge("demo.noise", **GOOD, decision=noisy, expect=expect)
        assert (record["verdict"], record["passed"]) == ("undecided", False)


def test_the_card_escapes_every_text():
    record = judge(
        "demo.markup", says="<script>alert(1)</script> & co", source="<b>", kind="paper",
        decision=fact(True, shows="<img src=x>"),
    )  # fmt: skip
    shown = card(record)
    assert "<script" not in shown and "<b>" not in shown and "<img" not in shown
    assert "&lt;script&gt;" in shown and "&amp; co" in shown


def test_the_card_sets_subscripts_and_the_text_keeps_them_plain():
    record = judge(
        "demo.formula", says="d_{s∧w} and L_TE^2 shrink.", source="w2s", kind="derived",
        decision=fact(True, shows="seen"),
    )  # fmt: skip
    assert "d<sub>s∧w</sub> and L<sub>TE</sub><sup>2</sup> shrink" in card(record)
    assert "d_{s∧w} and L_TE^2" in plain(record)


def test_a_failed_claim_names_both_numbers():
    line = plain(judge("demo.sum", **GOOD, decision=exact(1.0, 1.5, tolerance=1e-9)))
    assert line.startswith("FAILS  demo.sum") and "predicted 1;" in line and "measured 1.5" in line


@pytest.mark.parametrize(
    ("decision", "shown"),
    [
        (inequality(0.25, 0.5), "0.25 ≤ 0.5"),
        (inequality(0.75, 0.5), "0.75 > 0.5"),
        (interval(1.8, 0.02, low=1.49), "estimate 1.8 ± 0.02"),
        (exact(1.0, 1.0, tolerance=1e-9), "predicted 1; measured 1"),
    ],
)
def test_the_evidence_says_how_the_two_numbers_should_stand(decision, shown):
    assert shown in plain(judge("demo.sum", **GOOD, decision=decision))


def test_in_a_notebook_a_claim_emits_one_bundle_with_its_record():
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            claim("demo.sum", **GOOD, decision=exact(2.0, 2.0, tolerance=1e-9))
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    assert output.data[MIME]["id"] == "demo.sum"
    assert 'role="note"' in output.data["text/html"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "Upper.case"}, "dotted lower case"),
        ({"id": "nodot"}, "dotted lower case"),
        ({"says": "  "}, "says of claim"),
        ({"source": ""}, "source of claim"),
        ({"kind": "hearsay"}, "kind must be one of paper, derived, beyond, got 'hearsay'"),
        ({"expect": "maybe"}, "expect must be one of holds, fails, got 'maybe'"),
    ],
)
def test_a_malformed_claim_is_refused(change, message):
    arguments = {"id": "demo.sum", **GOOD, "decision": exact(1.0, 1.0, tolerance=1e-9)} | change
    with pytest.raises(ValueError, match=message):
        judge(arguments.pop("id"), **arguments)
