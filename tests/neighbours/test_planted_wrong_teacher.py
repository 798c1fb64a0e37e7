"""A mistake in the law of surrogate labels is noticed by a claim of its page, by name."""

from __future__ import annotations

import pytest

from tests.planted import planted, stated

MODULE, PAGE = "w2s.neighbours.surrogate", "neighbours/wrong_teacher"
PLANTED = [
    # The mask reversed.
    ("missed**2 < 1 - kept", "missed**2 > 1 - kept", "best_mask"),
    # The missed share without its square: in the risk, the best labels, the mask.
    ("(missed * x) ** 2 @ e + variance", "missed * x**2 @ e + variance", "law"),
    ("kept / (1 - kept) * missed**2)", "kept / (1 - kept) * missed)", "best_labels"),
    ("missed**2 < 1 - kept", "missed < 1 - kept", "best_mask"),
    # The student's own share left out of the bias; the noise of the labels left out.
    ("(1 - (1 - missed) * x) ** 2 @ e", "(1 - x) ** 2 @ e", "law"),
    ("@ e + variance)", "@ e)", "law"),
    # What the student keeps of the noise, without its square.
    ("((1 - missed) ** 2).sum() / n", "(1 - missed).sum() / (2 * n)", "law"),
]


def test_the_page_as_it_stands_passes_every_claim():
    records = stated(PAGE, {f"neighbours.wrong_teacher.{name}" for *_, name in PLANTED})
    assert all(record["passed"] for record in records.values())


@pytest.mark.parametrize(("right", "wrong", "noticed_by"), PLANTED)
def test_a_planted_mistake_fails_a_named_claim(right, wrong, noticed_by):
    name = f"neighbours.wrong_teacher.{noticed_by}"
    with planted(MODULE, right, wrong):
        assert not stated(PAGE, {name})[name]["passed"]
