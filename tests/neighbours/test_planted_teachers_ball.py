"""One term changed at a time: a claim of the page on the teacher's ball must notice, by name."""

from __future__ import annotations

import pytest

from tests.planted import planted, stated

PAGE, CLAIMS = "neighbours/teachers_ball", "neighbours.teachers_ball"

PLANTED = [
    # ξ* = −λR'/(2D): its sign, its half, and the λ of its slope.
    ("distill", "return -np.divide(rate", "return np.divide(rate", "mixture"),
    ("distill", "np.divide(rate, 2 * self.distance,", "np.divide(rate, self.distance,", "mixture"),
    ("distill", "rate = self.ridge * self.slope", "rate = self.slope", "mixture"),
    # λ° = σ²d/(nB).
    ("distill", "* d / (n * above(", "* d / (2 * n * above(", "sphere"),
    ("distill", "outer * size + dimension * spread", "outer * size", "places"),
]  # fmt: skip


def test_without_a_mistake_the_same_claims_hold() -> None:
    wanted = {f"{CLAIMS}.{claim}" for *_, claim in PLANTED}
    records = stated(PAGE, wanted)
    assert [name for name, record in records.items() if not record["passed"]] == []


@pytest.mark.parametrize(("module", "right", "wrong", "claim"), PLANTED)
def test_a_planted_mistake_fails_a_named_claim(module, right, wrong, claim) -> None:
    with planted(f"w2s.neighbours.{module}", right, wrong):
        records = stated(PAGE, {f"{CLAIMS}.{claim}"})
    assert not records[f"{CLAIMS}.{claim}"]["passed"]
