"""The page between one and two notices a wrong formula, by name."""

import pytest

from tests.planted import planted, stated

pytestmark = pytest.mark.book

PAGE = "neighbours/between_one_and_two"
CLAIM = "neighbours.between_one_and_two."
PLANTED = [
    # The exponent without its cap.
    ("power_law_rates", "cap: float = 2.0", "cap: float = np.inf", {"exponent"}),
    # κ/(λ + κ) without its square: what the student keeps of the shrinkage, the teacher's error.
    ("power_law_students", "(rest + t * teacher.missing) ** 2 * task.energies",
     "(rest**2 + t * teacher.missing) * task.energies", {"drawn", "exponent"}),
    ("power_law", "self.missing**2 * task.energies + self.variance",
     "self.missing * task.energies + self.variance", {"drawn"}),
    # A teacher without variance.
    ("power_law", "missing, spread * lost / float(", "missing, 0 * lost / float(", {"drawn"}),
    # An oracle that does not amplify, and one that does where it may not.
    ("power_law_students", "if not amplify:", "if amplify:", {"amplifying", "bounded"}),
]  # fmt: skip


def test_without_a_mistake_all_claims_hold() -> None:
    records = stated(PAGE, {CLAIM + "one_direction"})
    assert {CLAIM + claim for *_, claims in PLANTED for claim in claims} <= set(records)
    assert [name for name, record in records.items() if not record["passed"]] == []


@pytest.mark.parametrize(("module", "right", "wrong", "claims"), PLANTED)
def test_a_planted_mistake_fails_a_named_claim(module, right, wrong, claims) -> None:
    noticed_by = {CLAIM + claim for claim in claims}
    with planted(f"w2s.neighbours.{module}", right, wrong):
        records = stated(PAGE, noticed_by, remember=False)
    assert [name for name in noticed_by if records[name]["passed"]] == []
