"""The page of scaling laws notices a wrong formula, by name."""

import pytest

from tests.planted import planted, stated

pytestmark = pytest.mark.book

PAGE = "neighbours/scaling_laws"
CLAIM = "neighbours.scaling_laws."
PLANTED = [
    # (1 - s)², κ/(λ + κ) with its square, in the teacher's bias, the student's and what is between.
    ("power_law", "(missing**2 * spectrum.energies)", "(missing * spectrum.energies)", {"drawn"}),
    ("power_law_students", "stopped**2 * said @ count", "stopped * said @ count", {"drawn"}),
    ("power_law_students", "(rest + t * teacher.missing) ** 2 * task.energies",
     "(rest**2 + t * teacher.missing) * task.energies", {"drawn"}),
    # What fitting costs, half of it forgotten.
    ("power_law", "1.0 - kept", "1.0 - 0.5 * kept", {"drawn", "level"}),
    # A student that does not pay for its pseudo-labels.
    ("power_law_students", "+ kept * test_error", "+ 0 * test_error", {"drawn", "price"}),
    # The rate without saturation; the price without the student's own labels.
    ("power_law_rates", 'np.minimum(above("decay", decay, 0.0), 2 * above("alpha", alpha, 1.0))',
     'above("decay", decay, 0.0)', {"saturation"}),
    ("power_law_rates", "(a + (a - 1) / share)", "(a + 0 / share)", {"price"}),
]  # fmt: skip


def test_without_a_mistake_all_claims_hold() -> None:
    records = stated(PAGE, {CLAIM + "stopping"})
    assert {CLAIM + claim for *_, claims in PLANTED for claim in claims} <= set(records)
    assert [name for name, record in records.items() if not record["passed"]] == []


@pytest.mark.parametrize(("module", "right", "wrong", "claims"), PLANTED)
def test_a_planted_mistake_fails_a_named_claim(module, right, wrong, claims) -> None:
    noticed_by = {CLAIM + claim for claim in claims}
    with planted(f"w2s.neighbours.{module}", right, wrong):
        records = stated(PAGE, noticed_by, remember=False)
    assert [name for name in noticed_by if records[name]["passed"]] == []
