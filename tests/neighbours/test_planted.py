"""Mistakes in the formulas of Part IV, each noticed by a claim of its page, by name."""

from __future__ import annotations

import pytest

from tests.planted import planted, stated

pytestmark = pytest.mark.book

# Of each page: the module that is changed, what stands there, the mistake, the claims that notice.
PLANTED = {
    "mixing": [
        # The two models as if they had learned from independent data.
        ("mixing", "+ 2 * x * (1 - x) * self.common", "", {"parabola"}),
        ("mixing", "np.asarray(noise) + g.removed)", "np.asarray(noise))", {"parts"}),
        ("mixing", "np.divide(own, total,", "np.divide(others, total,", {"weight"}),
        ("mixing", "energy * g.d_strong / left", "energy * g.d_weak / left", {"worth"}),
    ],
    "between_one_and_two": [
        # The exponent without its cap.
        ("power_law_rates", "cap: float = 2.0", "cap: float = np.inf", {"exponent"}),
        # κ/(λ + κ) without its square: in what the student keeps, in the teacher's error.
        ("power_law_students", "(rest + t * teacher.missing) ** 2 * task.energies",
         "(rest**2 + t * teacher.missing) * task.energies", {"drawn", "exponent"}),
        ("power_law", "self.missing**2 * task.energies + self.variance",
         "self.missing * task.energies + self.variance", {"drawn"}),
        # A teacher without variance.
        ("power_law", "missing, spread * lost / float(", "missing, 0 * lost / float(", {"drawn"}),
        # An oracle that does not amplify, and one that does where it may not.
        ("power_law_students", "if not amplify:", "if amplify:", {"amplifying", "bounded"}),
    ],
    "scaling_laws": [
        # (1 - s)², κ/(λ + κ) with its square, in the teacher's bias, the student's and between.
        ("power_law", "(missing**2 * spectrum.energies)", "(missing * spectrum.energies)",
         {"drawn"}),
        ("power_law_students", "stopped**2 * said @ count", "stopped * said @ count", {"drawn"}),
        ("power_law_students", "(rest + t * teacher.missing) ** 2 * task.energies",
         "(rest**2 + t * teacher.missing) * task.energies", {"drawn"}),
        # What fitting costs, half of it forgotten.
        ("power_law", "1.0 - kept", "1.0 - 0.5 * kept", {"drawn", "level"}),
        # A student that does not pay for its pseudo-labels.
        ("power_law_students", "+ kept * test_error", "+ 0 * test_error", {"drawn", "price"}),
        # The rate without saturation; the price without the student's own labels.
        ("power_law_rates",
         'np.minimum(above("decay", decay, 0.0), 2 * above("alpha", alpha, 1.0))',
         'above("decay", decay, 0.0)', {"saturation"}),
        ("power_law_rates", "(a + (a - 1) / share)", "(a + 0 / share)", {"price"}),
    ],
    "sgd_teacher": [
        # Second moments: the coupling of all modes, the 2 of Wick's theorem, the noise.
        ("sgd", "total = m.sum() + noise", "total = m + noise", {"laws"}),
        ("sgd", "keep = 1 - 2 * scale * rate + 2 * gain", "keep = 1 - 2 * scale * rate + gain",
         {"laws"}),
        # The schedule: the first halving comes too late.
        ("sgd", "np.arange(1, n + 1) * (np.log2(n) / n)", "np.arange(n) * (np.log2(n) / n / 2)",
         {"laws"}),
        # The student: how much of its teacher's excess it still filters.
        ("sgd", "apart.sum() / 2 - beside.sum()", "apart.sum() / 2 - 0.9 * beside.sum()",
         {"laws"}),
        # What is hidden from the teacher must not move.
        ("sgd", "rate = _rate(eigenvalues, step, w.size)",
         "rate = _rate(eigenvalues, step, w.size) + 1e-6", {"effective_noise"}),
    ],
    "teachers_ball": [
        # ξ* = −λR'/(2D): its sign, its half, and the λ of its slope.
        ("distill", "return -np.divide(rate", "return np.divide(rate", {"mixture"}),
        ("distill", "np.divide(rate, 2 * self.distance,", "np.divide(rate, self.distance,",
         {"mixture"}),
        ("distill", "rate = self.ridge * self.slope", "rate = self.slope", {"mixture"}),
        # λ° = σ²d/(nB).
        ("distill", "* d / (n * above(", "* d / (2 * n * above(", {"sphere"}),
        ("distill", "outer * size + dimension * spread", "outer * size", {"places"}),
    ],
    "wrong_teacher": [
        # The mask reversed.
        ("surrogate", "missed**2 < 1 - kept", "missed**2 > 1 - kept", {"best_mask"}),
        # The missed share without its square: in the risk, the best labels, the mask.
        ("surrogate", "(missed * x) ** 2 @ e + variance", "missed * x**2 @ e + variance", {"law"}),
        ("surrogate", "kept / (1 - kept) * missed**2)", "kept / (1 - kept) * missed)",
         {"best_labels"}),
        ("surrogate", "missed**2 < 1 - kept", "missed < 1 - kept", {"best_mask"}),
        # The student's own share left out of the bias; the noise of the labels left out.
        ("surrogate", "(1 - (1 - missed) * x) ** 2 @ e", "(1 - x) ** 2 @ e", {"law"}),
        ("surrogate", "@ e + variance)", "@ e)", {"law"}),
        # What the student keeps of the noise, without its square.
        ("surrogate", "((1 - missed) ** 2).sum() / n", "(1 - missed).sum() / (2 * n)", {"law"}),
    ],
    "spurious_groups": [
        # The features of one factor side by side, not those of one coordinate of z.
        ("groups", "z[:, :, None] * (xi @ basis)[:, None, :]",
         "z[:, None, :] * (xi @ basis)[:, :, None]", {"limit"}),
        ("groups", "np.multiply.outer(u - ell, seen)", "np.multiply.outer(ell - u, seen)",
         {"leading"}),
        ("groups", "ratio * heights", "0 * heights", {"limit"}),
        ("groups", "_moment(f, u, name)", "_moment(f, ell, name)", {"gain"}),
        ("groups", 'share if law == "mixture" else share**2', "share", {"limit"}),
        ("groups", "(f.p_teacher - f.p_shared)", "(f.p_teacher + f.p_shared)",
         {"variance_theorem"}),
    ],
}  # fmt: skip
MISTAKES = [(page, *mistake) for page, mistakes in PLANTED.items() for mistake in mistakes]


def of_page(page, claims):
    return {f"neighbours.{page}.{claim}" for claim in claims}


@pytest.mark.parametrize("page", PLANTED)
def test_without_a_mistake_the_same_claims_hold(page):
    wanted = of_page(page, set().union(*(claims for *_, claims in PLANTED[page])))
    records = stated(f"neighbours/{page}", wanted)
    assert wanted <= set(records)
    assert [name for name, record in records.items() if not record["passed"]] == []


@pytest.mark.parametrize(("page", "module", "right", "wrong", "claims"), MISTAKES)
def test_a_planted_mistake_fails_a_named_claim(page, module, right, wrong, claims):
    noticed_by = of_page(page, claims)
    with planted(f"w2s.neighbours.{module}", right, wrong):
        records = stated(f"neighbours/{page}", noticed_by, remember=False)
    assert [name for name in noticed_by if records[name]["passed"]] == []
