"""Claims: the record, the card, and what a page emits."""

from __future__ import annotations

import json
import re
from types import MappingProxyType

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from w2s._display import formulas
from w2s.page.claims import (
    MIME,
    Decision,
    beyond,
    card,
    claim,
    derived,
    evidence,
    exact,
    fact,
    inequality,
    interval,
    judge,
    monte_carlo,
    paper,
    plain,
    reading,
)
from w2s.page.records import KINDS

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
        "expect": "fails", "verdict": "fails as expected", "passed": True, "main": False,
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


def test_the_card_typesets_formulas_and_the_text_keeps_them_plain():
    record = judge(
        "demo.formula", says="d_{s∧w} and L_TE^2 shrink.", source="w2s", kind="derived",
        decision=fact(True, shows="seen"),
    )  # fmt: skip
    shown = "<i>d</i><sub>s∧w</sub> and <i>L</i><sub>TE</sub><sup>2</sup> shrink"
    assert shown in card(record)
    assert "d_{s∧w} and L_TE^2" in plain(record)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x_ab^cd, X_{1,2}^{n+1}", "*x*<ab>[cd], *X*<1,2>[n+1]"),
        ("a student at N = 9, n.", "a student at *N* = 9, *n*."),  # an article is a word
        ("ρ_s + a + κ_N c", "*ρ*<s> + *a* + *κ*<N> *c*"),
        ("2d_s/(N−1), σ²", "2*d*<s>/(*N*−1), *σ*²"),
        ("the t-test of ReLU, e.g. don't", "the t-test of ReLU, e.g. don&#x27;t"),
        ("n < 3 & m", "*n* &lt; 3 &amp; *m*"),
    ],
)
def test_a_formula_has_its_variables_in_italics_and_its_indices_low(text, shown):
    for mark, tag in (("<", "<sub>"), (">", "</sub>"), ("[", "<sup>"), ("]", "</sup>")):
        shown = shown.replace(mark, tag.replace("<", "\0").replace(">", "\1"))
    shown = shown.replace("\0", "<").replace("\1", ">")
    assert formulas(text) == re.sub(r"\*(.)\*", r"<i>\1</i>", shown)


@pytest.mark.parametrize(
    ("kind", "holds", "expect", "state", "sign", "verdict"),
    [
        ("derived", True, "holds", "passed", "✓", "holds"),
        ("paper", False, "fails", "amended", "✗", "does not hold as read"),
        ("reading", False, "fails", "amended", "✗", "does not hold as read"),
        ("derived", False, "fails", "control", "✓", "control: fails as it should"),
        ("beyond", False, "fails", "control", "✓", "control: fails as it should"),
        ("paper", False, "holds", "failed", "✗", "fails"),
        ("paper", True, "fails", "failed", "✗", "holds unexpectedly"),
    ],
)
def test_the_card_is_coloured_and_read_aloud_by_what_its_verdict_means(
    kind, holds, expect, state, sign, verdict
):
    theirs = kind in ("paper", "reading") and expect == "fails"
    record = judge(
        "demo.card", says="So it is.", source="dong2025, here", kind=kind, expect=expect,
        decision=fact(holds, shows="seen"), instead="N > 3 is needed." if theirs else "",
    )  # fmt: skip
    shown = card(record)
    assert shown.startswith(f'<div class="w2s-claim w2s-claim-{state}" role="note" ')
    assert f'aria-label="Claim demo.card: {verdict}"' in shown
    assert f'<span aria-hidden="true">{sign}</span> {verdict}</span> So it is.</p>' in shown
    assert f'<p class="w2s-claim-evidence">{evidence(record)}</p>' in shown
    assert f"{KINDS[kind]} · dong2025, here · <code>demo.card</code>" in shown
    words = "<strong>Instead:</strong> <i>N</i> &gt; 3 is needed.</p>"
    between = f'<p class="w2s-claim-instead">{words}' if theirs else ""
    assert f'So it is.</p>{between}<p class="w2s-claim-evidence">' in shown
    assert ("Instead: N > 3 is needed." in plain(record)) == theirs
    main = judge("demo.sum", **GOOD, decision=fact(True, shows="seen"), main=True)
    assert (" data-main " in card(main), " data-main " in shown) == (True, False)


def test_a_failed_claim_names_both_numbers():
    line = plain(judge("demo.sum", **GOOD, decision=exact(1.0, 1.5, tolerance=1e-9)))
    assert line.startswith("FAILS  demo.sum") and "predicted 1;" in line and "measured 1.5" in line


@pytest.mark.parametrize(
    ("decision", "line"),
    [
        (fact(True, shows="3 < 4"), "3 < 4"),
        (fact(False, shows="4 < 3"), "4 < 3; it is not so"),
        (
            monte_carlo([2.0, 2.0], [2.0, 2.01], 0.01, resolution=0.1, at={"n": [3, 4], "N": "x"}),
            "predicted 2; measured 2.01 ± 0.01, off by 1 standard error (3.5 allowed over 2 "
            "points); worst at n = 4, N = x",
        ),
        (
            monte_carlo(2.0, 2.25, 0.125, resolution=0.1, allowance=0.05),
            "predicted 2; measured 2.25 ± 0.12, off by 2 standard errors (3.3 and 5% of the "
            "prediction allowed)",
        ),
        (
            monte_carlo(2.0, 2.01, 0.0, resolution=0.1, allowance=0.05),
            "predicted 2; measured 2.01, off by 0.01 (3.3 and 5% of the prediction allowed)",
        ),
        (
            monte_carlo(1.0, 3.0, 1.0, resolution=0.25),
            "predicted 1; measured 3 ± 1, off by 2 standard errors (3.3 allowed); "
            "its standard error is 1 of the prediction, more than 0.25",
        ),
        (exact(0.25, 0.25 + 1e-16, 1e-9), "both routes give 0.25, to rounding (1·10⁻⁹ of the "
         "largest value allowed)"),
        (exact(0.0, 1e-22, 1e-20, absolute=True), "both routes give 0, to rounding (1·10⁻²⁰ "
         "allowed)"),
        (exact([1.0, 2.0], [1.0, 2.01], 0.02), "predicted 2; measured 2.01, off by 0.01 (2% of "
         "the largest value allowed over 2 points)"),
        (exact(2e7, -2e7, 1e-12), "predicted 2·10⁷; measured −2·10⁷, off by 4·10⁷ (1·10⁻¹² of "
         "the largest value allowed)"),
        (inequality(0.25, 0.5), "0.25 ≤ 0.5"),
        (inequality([0.75, 0.5], 0.5, at={"n": [3, 4]}), "0.75 > 0.5 at the closest of 2 points; "
         "closest at n = 3"),
        (inequality([0.5, 0.25], 0.5), "equal to rounding, 0.5 at the closest of 2 points"),
        (inequality(0.0, -7.7e-16, slack=1e-12), "equal to rounding, 0"),
        (inequality(9.6e-16, 0.0, slack=1e-12), "equal to rounding, 0"),
        (inequality(1e-14, 0.0, slack=1e-12), "equal to rounding, 0"),  # the largest that is
        (inequality(3e-16, 4e-16), "3·10⁻¹⁶ ≤ 4·10⁻¹⁶"),  # beside each other these are numbers
        (inequality(0.75, 0.5, slack=0.5), "0.75 > 0.5 (0.5 more is allowed)"),
        (inequality(1.25, 0.5, slack=0.5), "1.25 > 0.5 (0.5 more is allowed)"),
        (inequality([1.0, 1.125], 1.5, standard_error=0.03125), "1.125 ± 0.031 ≤ 1.5, by 12 "
         "standard errors (3.5 needed over 2 points)"),
        (interval(1.8, 0.02, low=1.49), "estimate 1.8 ± 0.02, interval [1.734, 1.866]; the 99.9% "
         "interval must lie above 1.49"),
        (interval(1.8, 0.0, low=1.49, high=2.0), "estimate 1.8, interval [1.8, 1.8]; the 99.9% "
         "interval must lie within [1.49, 2]"),
    ],
)  # fmt: skip
def test_the_evidence_is_said_in_words(decision, line):
    assert evidence(judge("demo.sum", **GOOD, decision=decision)) == line


@pytest.mark.parametrize(
    ("count", "shown"),
    [(1.75, "1.8"), (12.0, "12"), (99.25, "99"), (99.5, "100"), (100.0, "100"), (250.0, "250")],
)
def test_many_standard_errors_are_counted_in_whole_ones_and_few_with_two_digits(count, shown):
    decision = inequality(0.0, count / 32, standard_error=1 / 32)
    by = f"by {shown} standard errors"
    assert by in evidence(judge("demo.sum", **GOOD, decision=decision))


def test_a_prediction_has_the_digits_of_its_measurement():
    noisy = monte_carlo(1.23456789, 1.25, 0.01, resolution=0.1)
    shown = evidence(judge("demo.sum", **GOOD, decision=noisy))
    assert shown.startswith("predicted 1.235; measured 1.25 ± 0.01, off by 1.5 standard errors ")
    below = inequality(1.0, 1.23456789, standard_error=0.01)
    shown = evidence(judge("demo.sum", **GOOD, decision=below))
    assert shown.startswith("1 ± 0.01 ≤ 1.235, by 23 standard errors ")


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
    assert evidence(record).startswith(f"estimate {shown}, ")


@pytest.mark.parametrize("verb", [paper, reading, derived, beyond])
def test_a_verb_states_a_claim_of_its_kind_with_all_that_it_is_given(verb, monkeypatch):
    emitted = []
    monkeypatch.setattr("w2s.page.claims.emit", emitted.append)
    decision, theirs = exact(1.0, 2.0, tolerance=1e-9), verb in (paper, reading)
    more = {"expect": "fails", "instead": "It is two." if theirs else "", "main": True}
    verb("demo.sum", "It is one.", decision, source="me2025, (1)", **more)
    given = {"says": "It is one.", "source": "me2025, (1)", "kind": verb.__name__} | more
    assert emitted[0][MIME] == judge("demo.sum", **given, decision=decision)


@pytest.mark.parametrize("verb", [derived, beyond])
def test_what_is_stated_here_has_this_companion_as_its_source(verb, monkeypatch):
    emitted = []
    monkeypatch.setattr("w2s.page.claims.emit", emitted.append)
    verb("demo.sum", "It is one.", exact(1.0, 1.0, tolerance=1e-9))
    assert emitted[0][MIME]["source"] == "w2s"


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
        ({"kind": "reading", "expect": "fails"}, "instead says what holds .* that fails, got ''"),
        ({"instead": "Three."}, "of kind derived, expected to be one that holds, got 'Three.'"),
    ],
)
def test_a_malformed_claim_is_refused(change, message):
    arguments = {"id": "demo.sum", **GOOD, "decision": exact(1.0, 1.0, tolerance=1e-9)} | change
    with pytest.raises(ValueError, match=message):
        judge(arguments.pop("id"), **arguments)
