"""Mistakes in the formulas of the page `mixing`, each noticed by a claim of the page."""

from __future__ import annotations

import pytest

from tests.planted import named, planted, stated

pytestmark = pytest.mark.book

PAGE = "neighbours/mixing"
PLANTED = [
    # The two models as if they had learned from independent data.
    ("+ 2 * x * (1 - x) * self.common", "", "parabola"),
    ("np.asarray(noise) + g.removed)", "np.asarray(noise))", "parts"),
    ("np.divide(own, total,", "np.divide(others, total,", "weight"),
    ("energy * g.d_strong / left", "energy * g.d_weak / left", "worth"),
]  # fmt: skip
CLAIMS = {f"neighbours.mixing.{claim}" for *_, claim in PLANTED}


def test_without_a_mistake_the_same_claims_hold():
    records = stated(PAGE, CLAIMS)
    assert CLAIMS <= set(records)
    assert [name for name, record in records.items() if not record["passed"]] == []


@pytest.mark.parametrize(("right", "wrong", "claim"), PLANTED)
def test_a_planted_mistake_fails_a_named_claim(right, wrong, claim):
    noticed_by = f"neighbours.mixing.{claim}"
    with planted(named("mixing"), right, wrong):
        records = stated(PAGE, {noticed_by})
    assert not records[noticed_by]["passed"]
