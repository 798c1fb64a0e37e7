"""Mistakes in the formulas of the page `spurious_groups`, each noticed by a claim of the page."""

from __future__ import annotations

import pytest

from tests.planted import planted, stated

pytestmark = pytest.mark.book

PAGE, MODULE = "neighbours/spurious_groups", "w2s.neighbours.groups"
PLANTED = [
    # The features of one factor side by side, not those of one coordinate of z.
    ("z[:, :, None] * (xi @ basis)[:, None, :]", "z[:, None, :] * (xi @ basis)[:, :, None]",
     "limit"),
    ("np.multiply.outer(u - ell, seen)", "np.multiply.outer(ell - u, seen)", "leading"),
    ("ratio * heights", "0 * heights", "limit"),
    ("_moment(f, u, name)", "_moment(f, ell, name)", "gain"),
    ('share if law == "mixture" else share**2', "share", "limit"),
    ("(f.p_teacher - f.p_shared)", "(f.p_teacher + f.p_shared)", "variance_theorem"),
]  # fmt: skip
CLAIMS = {f"neighbours.spurious_groups.{claim}" for *_, claim in PLANTED}


def test_without_a_mistake_the_same_claims_hold():
    records = stated(PAGE, CLAIMS)
    assert CLAIMS <= set(records)
    assert [name for name, record in records.items() if not record["passed"]] == []


@pytest.mark.parametrize(("right", "wrong", "claim"), PLANTED)
def test_a_planted_mistake_fails_a_named_claim(right, wrong, claim):
    noticed_by = f"neighbours.spurious_groups.{claim}"
    with planted(MODULE, right, wrong):
        records = stated(PAGE, {noticed_by})
    assert not records[noticed_by]["passed"]
