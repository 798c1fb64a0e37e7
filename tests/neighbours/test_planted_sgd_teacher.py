"""One term changed at a time: a claim of the page on SGD must notice, by name."""

from __future__ import annotations

import pytest

from tests.planted import planted, stated

PAGE, CLAIMS = "neighbours/sgd_teacher", "neighbours.sgd_teacher"

PLANTED = [
    # Second moments: the coupling of all modes, the 2 of Wick's theorem, the noise.
    ("total = m.sum() + noise", "total = m + noise", "laws"),
    ("keep = 1 - 2 * scale * rate + 2 * gain", "keep = 1 - 2 * scale * rate + gain", "laws"),
    # The schedule: the first halving comes too late.
    ("np.arange(1, n + 1) * (np.log2(n) / n)", "np.arange(n) * (np.log2(n) / n / 2)", "laws"),
    # The student: how much of its teacher's excess it still filters.
    ("apart.sum() / 2 - beside.sum()", "apart.sum() / 2 - 0.9 * beside.sum()", "laws"),
    # What is hidden from the teacher must not move.
    ("rate = _rate(eigenvalues, step, w.size)", "rate = _rate(eigenvalues, step, w.size) + 1e-6",
     "effective_noise"),
]  # fmt: skip


def test_without_a_mistake_the_same_claims_hold() -> None:
    wanted = {f"{CLAIMS}.{claim}" for *_, claim in PLANTED}
    records = stated(PAGE, wanted)
    assert [name for name, record in records.items() if not record["passed"]] == []


@pytest.mark.parametrize(("right", "wrong", "claim"), PLANTED)
def test_a_planted_mistake_fails_a_named_claim(right, wrong, claim) -> None:
    with planted("w2s.neighbours.sgd", right, wrong):
        records = stated(PAGE, {f"{CLAIMS}.{claim}"})
    assert not records[f"{CLAIMS}.{claim}"]["passed"]
