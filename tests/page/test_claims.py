"""Claims: the record, the card, and what a page emits."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from w2s.page.claims import (
    MIME,
    Decision,
    card,
    claim,
    evidence,
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


def test_a_record_is_the_claim_its_verdict_and_the_decision_without_its_outcome():
    decision = exact([1.0, 2.0], [1.0, 2.5], tolerance=1e-9, at={"n": [3, 4]})
    record = judge(
        "demo.sum_2.x", says=" One  and\none. ", source="w2s", kind="beyond", decision=decision,
        expect="fails",
    )  # fmt: skip
    numbers = vars(decision) | {"at": {"n": 4.0}}
    assert numbers.pop("outcome") == "fails"
    assert record == numbers | {
        "id": "demo.sum_2.x", "kind": "beyond", "source": "w2s", "says": "One and one.",
        "expect": "fails", "verdict": "fails as expected", "passed": True,
    }  # fmt: skip


def test_coordinates_of_any_mapping_can_be_written_as_json():
    decision = Decision("seen", "holds", at=MappingProxyType({"n": 1.0}))
    assert json.loads(json.dumps(judge("demo.at", **GOOD, decision=decision)))["at"] == {"n": 1.0}


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
    letters = record | {"says": "x_ab^cd, X_AB^CD, x_{1,2}^{n+1}, N_0^9"}
    for shown in ("x<sub>ab</sub><sup>cd</sup>, X<sub>AB</sub><sup>CD</sup>",
                  "x<sub>1,2</sub><sup>n+1</sup>, N<sub>0</sub><sup>9</sup>"):  # fmt: skip
        assert shown in card(letters)


@pytest.mark.parametrize(
    ("holds", "expect", "state", "sign", "verdict"),
    [
        (True, "holds", "passed", "✓", "holds"),
        (False, "fails", "passed", "✗✓", "fails as expected"),
        (False, "holds", "failed", "✗", "fails"),
        (True, "fails", "failed", "✗", "holds unexpectedly"),
    ],
)
def test_the_card_is_coloured_and_read_aloud_by_its_verdict(holds, expect, state, sign, verdict):
    record = judge(
        "demo.card", says="So it is.", source="dong2025, here", kind="paper", expect=expect,
        decision=fact(holds, shows="seen"),
    )  # fmt: skip
    shown = card(record)
    assert shown.startswith(f'<div class="w2s-claim w2s-claim-{state}" role="note" ')
    assert f'aria-label="Claim demo.card: {verdict}"' in shown
    assert f'<span aria-hidden="true">{sign}</span> {verdict}</span> So it is.</p>' in shown
    assert f'<p class="w2s-claim-evidence">{evidence(record)}</p>' in shown
    assert "the paper's statement · dong2025, here · <code>demo.card</code>" in shown


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


@pytest.mark.parametrize(
    ("decision", "line"),
    [
        (fact(True, shows="3 < 4"), "3 < 4"),
        (fact(False, shows="4 < 3"), "4 < 3; it is not so"),
        (inequality(0.5, 0.5), "0.5 ≤ 0.5; at most, at every point; margin 0"),
        (
            monte_carlo([2.0, 2.0], [2.0, 2.01], 0.01, resolution=0.1, at={"n": [3, 4], "N": 9}),
            "predicted 2; measured 2.01 ± 0.01; within 3.48 standard errors; margin 0.025; "
            "worst at n = 4, N = 9; 2 points",
        ),
        (
            inequality([0.5, 0.75], 0.5, slack=0.25),
            "0.75 ≤ 0.5; at most, at every point; margin −0.25; allowed −0.25; 2 points",
        ),
        (
            inequality(0.5, 0.5, slack=0.25),  # an equality needs nothing of what is allowed
            "0.5 ≤ 0.5; at most, at every point; margin 0",
        ),
        (
            inequality(1.0, 0.5, slack=0.25),
            "1 > 0.5; at most, at every point; margin −0.5; allowed −0.25; "
            "the gap is −0.5 at its worst point",
        ),
        (
            exact(1.0, 1.5, tolerance=0.25, absolute=True),
            "predicted 1; measured 1.5; equal within 0.25; margin −0.25; "
            "the difference is 0.5, allowed 0.25",
        ),
    ],
)
def test_the_evidence_is_numbers_rule_margin_place_points_and_reason_in_this_order(decision, line):
    assert evidence(judge("demo.sum", **GOOD, decision=decision)) == line


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (1.23456789, 0.01, "1.235 ± 0.01"),  # two digits beyond the first of the error
        (-123.456789, 0.01, "−123.457 ± 0.01"),
        (1.23456789, 50.0, "1.2 ± 50"),  # but two in all at least
        (1.23456789, 1e-9, "1.23457 ± 1·10⁻⁹"),  # and six at most
        (1.23456789, 0.0, "1.23457"),
        (0.0, 0.25, "0 ± 0.25"),
    ],
)
def test_a_number_has_the_digits_that_its_standard_error_leaves_it(value, error, shown):
    record = judge("demo.fit", **GOOD, decision=interval(value, error, low=-1e9))
    assert evidence(record).startswith(f"estimate {shown}; ")


def test_powers_of_ten_and_minus_signs_are_set_as_in_print():
    line = evidence(judge("demo.sum", **GOOD, decision=exact(2e7, -2e7, tolerance=1e-12)))
    assert line == (
        "predicted 2·10⁷; measured −2·10⁷; equal within 1·10⁻¹² of the largest value; "
        "margin −4·10⁷; the difference is 4·10⁷, allowed 2·10⁻⁵"
    )


@pytest.mark.parametrize(("smaller", "sign"), [(0.5, "≤"), (1.25, "≤"), (1.5, "≤"), (1.75, ">")])
def test_the_sign_of_an_inequality_allows_for_its_slack(smaller, sign):
    record = judge("demo.most", **GOOD, decision=inequality(smaller, 1.0, slack=0.5))
    assert evidence(record).startswith(f"{smaller} {sign} 1; ")


def test_in_a_notebook_every_claim_emits_one_bundle_with_its_record():
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            claim("demo.sum", **GOOD, decision=exact(2.0, 2.0, tolerance=1e-9))
            claim("demo.not", **GOOD, decision=exact(2.0, 3.0, tolerance=1e-9), expect="fails")
    finally:
        InteractiveShell.clear_instance()
    output, other = captured.outputs
    assert output.data[MIME]["id"] == "demo.sum"
    assert 'role="note"' in output.data["text/html"]
    assert output.data["text/plain"] == plain(output.data[MIME])
    assert other.data[MIME]["verdict"] == "fails as expected"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "Upper.case"}, "dotted lower case"),
        ({"id": "nodot"}, "dotted lower case"),
        ({"says": "  "}, "says of claim"),
        ({"source": ""}, "source of claim"),
        ({"kind": "hearsay"}, "kind must be one of paper, reading, derived, beyond, got 'hearsay'"),
        ({"expect": "maybe"}, "expect must be one of holds, fails, got 'maybe'"),
    ],
)
def test_a_malformed_claim_is_refused(change, message):
    arguments = {"id": "demo.sum", **GOOD, "decision": exact(1.0, 1.0, tolerance=1e-9)} | change
    with pytest.raises(ValueError, match=message):
        judge(arguments.pop("id"), **arguments)
