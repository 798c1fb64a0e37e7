"""The average of student and SFT baseline: its law, its uncertainty, and when it is advised."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from numpy.linalg import lstsq

from tests.practice.test_report import SCHEMA
from tests.practice.test_ridge_diagnosis import checked, point
from tests.practice.test_ridge_heads import World
from tests.practice.test_uncertainty import some_estimates
from w2s.discrepancy import ridgeless
from w2s.discrepancy.subspaces import Geometry
from w2s.neighbours.mixing import mixture
from w2s.practice.diagnosis import Diagnosis, diagnose
from w2s.practice.diagnosis.compared import agreed
from w2s.practice.diagnosis.measured import MIXED
from w2s.practice.diagnosis.results import Verdict
from w2s.practice.diagnosis.verdict import EQUAL, verdict, widened
from w2s.practice.estimation.estimates import Uncertain
from w2s.practice.estimation.mixture import best_mixture, least_squares_product, mixed_error
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.estimation.predictions import predict
from w2s.practice.estimation.ridge_heads import RidgeHeads
from w2s.practice.report import to_html, to_terminal, words
from w2s.practice.report.look import tone
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut

# The parabola.


def test_the_weight_is_the_minimum_of_the_parabola():
    sft, student, product = np.array([1.0, 2.0, 0.7]), np.array([1.5, 0.9, 0.7]), np.full(3, 0.4)
    weight, error = best_mixture(sft, student, product)
    for tried in np.linspace(0, 1, 11):
        assert (mixed_error(sft, student, product, tried) >= error - 1e-15).all()
    np.testing.assert_allclose(mixed_error(sft, student, product, weight), error)
    assert weight[2] == 0.5  # equal errors


def test_the_weight_never_leaves_zero_and_one():
    # The student is the baseline with an error on top, the other way round, the same model.
    weight, error = best_mixture([1.0, 3.0, 1.0], [3.0, 1.0, 1.0], [1.5, 1.5, 1.0])
    assert weight.tolist() == [0, 1, 0] and error.tolist() == [1, 1, 1]


def test_a_model_without_a_prediction_has_no_mixture():
    weight, error = best_mixture([np.inf, np.nan, 1.0], [1.0, 1.0, np.inf], [0.5, 0.5, np.nan])
    assert np.isnan(weight).all() and np.isnan(error).all()


# Least squares. Sizes k, d_w, d_s, n, N and noise, energies of the label on shared, teacher-only
# and student-only directions and on neither, and E_s, E_w, X of 4000 runs with their errors.

RUNS = [
    ((6, 16, 12, 60, 50, 1.0), (0, 0, 0, 0), (0.25501, 0.0019, 0.21670, 0.0020, 0.11405, 0.0014)),
    ((6, 16, 12, 60, 50, 1.0), (1, 0.3, 0.2, 0.5),
     (0.46253, 0.0034, 0.66121, 0.0044, 0.17218, 0.0030)),
    ((10, 40, 30, 100, 70, 0.5), (1, 0.2, 0.1, 0),
     (0.30338, 0.0010, 0.58675, 0.0021, 0.05563, 0.0008)),
]  # fmt: skip


def axis_aligned(sizes: tuple[float, ...], energies: tuple[float, ...]) -> Geometry:
    k, d_w, d_s = (int(size) for size in sizes[:3])
    _, teacher, student, neither = energies
    return Geometry(
        d_s, d_w, k, rho_strong=teacher + neither, inherited=student, removed=neither,
        invisible=teacher,
    )  # fmt: skip


@pytest.mark.parametrize(("sizes", "energies", "measured"), RUNS)
def test_the_exact_law_is_what_runs_of_least_squares_gave(sizes, energies, measured):
    g, (n, big_n, noise) = axis_aligned(sizes, energies), sizes[3:]
    risks = ridgeless.risks(g, n, big_n, noise)
    both = least_squares_product(g, n, noise)
    found = np.array([float(x) for x in (risks.sft, risks.student, both)]) - g.rho_strong
    apart = (found - measured[::2]) / measured[1::2]
    assert (np.abs(apart) < 3).all(), apart


def test_the_law_and_its_optimum_are_those_of_the_page_on_mixing():
    g = axis_aligned(RUNS[1][0], RUNS[1][1])
    page, both = mixture(g, 60, 50, 1.0), least_squares_product(g, 60, 1.0)
    assert float(both) == pytest.approx(float(page.common) + page.floor, rel=1e-12)
    risks = ridgeless.risks(g, 60, 50, 1.0)
    weight, risk = best_mixture(risks.sft, risks.student, both)
    assert float(weight) == pytest.approx(float(page.best_weight), rel=1e-12)
    assert float(risk) == pytest.approx(float(page.best_risk), rel=1e-12)
    assert np.isnan(least_squares_product(g, 7, 1.0))  # no more labels than k + 1


def test_the_mean_of_the_products_of_fresh_fits_is_the_law():
    (k, d_w, d_s, n, big_n), rng = (5, 9, 12, 40, 60), np.random.default_rng(3)
    g = axis_aligned((k, d_w, d_s), (1, 0.4, 0.3, 0.6))
    width = d_w + d_s - k
    target = np.zeros(width)
    target[[0, k, d_w]] = np.sqrt([1, 0.4, 0.3])  # shared, teacher's, student's
    found = []
    for _ in range(1500):
        z = rng.standard_normal((n + big_n, width))
        weak, strong = z[:, :d_w], np.hstack([z[:, :k], z[:, d_w:]])
        hidden = np.sqrt(0.6) * rng.standard_normal(n + big_n)
        y = z @ target + hidden + 0.7 * rng.standard_normal(n + big_n)
        told = weak[n:] @ lstsq(weak[:n], y[:n], rcond=None)[0]
        gaps = []
        for rows, labels in ((strong[:n], y[:n]), (strong[n:], told)):
            theta = lstsq(rows, labels, rcond=None)[0]
            wide = -target
            wide[:k] += theta[:k]
            wide[d_w:] += theta[k:]
            gaps.append(wide)
        found.append(gaps[0] @ gaps[1] + 0.6)
    error = np.std(found) / np.sqrt(len(found))
    law = float(least_squares_product(g, n, 0.49))
    assert error < 0.03 * law  # sharp enough to miss the common part, a sixth of it
    assert abs(np.mean(found) - law) < 3 * error


def test_nested_models_are_not_worth_mixing():
    # All that the student knows, the baseline knows: E_s = X; and the other way round.
    for d_s, d_w, weight in ((12, 20, 0.0), (20, 8, 1.0)):
        g = Geometry(d_s, d_w, min(d_s, d_w))
        risks, both = ridgeless.risks(g, 60, 10**9, 1.0), least_squares_product(g, 60, 1.0)
        found = best_mixture(risks.sft, risks.student, both)
        assert float(found.weight) == pytest.approx(weight, abs=1e-6)  # N is not endless
        assert float(found.error) == pytest.approx(min(risks.sft, risks.student), rel=1e-9)


def test_the_mixture_passes_the_ceiling_where_neither_part_does():
    g = Geometry(100, 40, 10)
    risks, both = ridgeless.risks(g, 200, 150, 1.0), least_squares_product(g, 200, 1.0)
    weight, error = best_mixture(risks.sft, risks.student, both)
    assert float(error) < float(risks.ceiling) < min(float(risks.student), float(risks.sft))
    assert float(weight) == pytest.approx(0.708, abs=1e-3)


def test_errors_of_the_mixture_follow_from_the_covariance_by_the_gradient():
    root = 0.01 * np.random.default_rng(6).standard_normal((6, 6))
    geometry = Geometry(6, 4, 2.5, rho_strong=0.3, inherited=0.4, removed=0.5, invisible=0.6)
    found = dataclasses.replace(some_estimates(), geometry=geometry, covariance=root @ root.T)
    names = "overlap", "rho_strong", "inherited", "removed", "invisible"
    centre = [getattr(geometry, name) for name in names] + [found.noise.value]

    def all_of(values):
        g, noise = Geometry(6, 4, *values[:5]), values[5]
        r, both = ridgeless.risks(g, 40, 30, noise), least_squares_product(g, 40, noise)
        weight, risk = best_mixture(r.sft, r.student, both)
        return np.array([risk + noise, weight, min(r.teacher, r.student, r.sft) - risk])

    slopes = []
    for k in range(6):
        step = 1e-6 * max(centre[k], 1e-3)
        moved = [[*centre[:k], centre[k] + s * step, *centre[k + 1 :]] for s in (1, -1)]
        slopes.append((all_of(moved[0]) - all_of(moved[1])) / (2 * step))
    slopes = np.array(slopes)
    expected = np.sqrt(np.einsum("im,ij,jm->m", slopes, found.covariance, slopes))
    here = predict(found, 40, 30)
    for value, error, name in zip(
        all_of(centre), expected, ("mixture_error", "weight", "over_single"), strict=True
    ):
        # Central differences with steps of 1e-6.
        assert float(getattr(here, name).value) == pytest.approx(value)
        assert float(getattr(here, name).standard_error) == pytest.approx(error, rel=1e-5), name
    along = predict(found, [[5], [20], [40]], [30, 60])
    assert along.weight.value.shape == along.over_single.low.shape == (3, 2)
    assert np.isnan(along.mixture_error.value[0]).all()  # fewer labels than strong dimensions
    known = along.weight.low[1:], along.weight.value[1:], along.weight.high[1:]
    assert all(((0 <= part) & (part <= 1)).all() for part in known)


# Ridge.


def gap(world: World, model, features: np.ndarray) -> np.ndarray:
    """What an affine model misses, in directions of variance 1: products are mean products."""
    width = features.shape[1]
    level = model(np.zeros((1, width)))[0]
    theta = model(np.eye(width)) - level
    return np.append((features @ theta - world.target) * world.scale, level)


def products(world: World, n: int, big_n: int, penalty: float | None, *, apart: bool = False):
    """Errors of baseline and student and their mean product, in 60 fresh trainings.

    With `apart` the baseline has labels of its own.
    """
    rng, fit, found = np.random.default_rng(2), RidgeByLeaveOneOut(penalty), []
    for _ in range(60):
        strong, weak, label = world.draw(n + big_n, rng)
        teacher = fit.to(weak[:n], label[:n])
        student = gap(world, fit.to(strong[n:], teacher(weak[n:])), world.strong)
        own = world.draw(n, rng) if apart else (strong[:n], weak[:n], label[:n])
        sft = gap(world, fit.to(own[0], own[2]), world.strong)
        found.append([sft @ sft + 0.49, student @ student + 0.49, sft @ student + 0.49])
    return np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(60)


def heads_of(world: World) -> RidgeHeads:
    rng = np.random.default_rng(1)
    return RidgeHeads.from_moments(
        JointMoments.from_blocks([world.draw(20000, rng) for _ in range(4)])
    )


@pytest.mark.parametrize(
    ("shape", "n", "big_n", "penalty"),
    [
        ((60, 90), 40, 300, 3.0),  # fewer labels than columns of either model
        ((60, 90), 75, 40, 0.3),  # between the widths, and fewer inputs than strong columns
        ((60, 90), 150, 600, 1.0),
        ((60, 90), 400, 1500, None),
        ((90, 30), 60, 400, 1.0),  # a narrow teacher
        ((40, 60), 200, 300, 1e-9),  # no penalty
    ],
)
def test_the_mean_product_is_that_of_fresh_trainings(shape, n, big_n, penalty):
    world = World(3, *shape)
    predicted = heads_of(world).errors(n, big_n, penalty)
    mean, error = products(world, n, big_n, penalty)
    # As for the errors themselves: equivalents are good to a percent or two with tens of columns.
    assert abs(float(predicted.product) - mean[2]) < 4 * error[2] + 0.02 * mean[2]
    weight, mixed = (float(part) for part in predicted.mixture)
    rest = 1 - weight
    measured = rest**2 * mean[0] + weight**2 * mean[1] + 2 * rest * weight * mean[2]
    assert abs(mixed - measured) < 4 * error.max() + 0.02 * mean[2]
    # The weight is so near the best one that it costs less than a part in three hundred.
    assert measured < float(best_mixture(*mean).error) * 1.003


def test_a_baseline_with_labels_of_its_own_has_less_in_common_with_the_student():
    world = World(3)
    predicted = float(heads_of(world).errors(100, 400, 0.1).product)
    means, errors = products(world, 100, 400, 0.1, apart=True)
    assert predicted - means[2] > 10 * errors[2]


def test_a_student_with_the_features_of_the_baseline_adds_nothing_to_it():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((20000, 20)) / np.arange(1, 21)
    y = x[:, 0] + rng.standard_normal(20000)
    found = RidgeHeads.from_moments(JointMoments.from_blocks([(x, x, y)])).errors(100, 10**7)
    # The same three numbers, up to the noise of the estimated coefficients: see `test_ridge_heads`.
    assert float(found.product) == pytest.approx(float(found.sft), rel=2e-3)
    assert float(found.mixture.error) == pytest.approx(float(found.sft), rel=2e-3)


def test_without_a_penalty_ridge_knows_the_product_of_least_squares():
    world, n = World(3, 40, 60), 4000
    heads = heads_of(world)
    common = heads.errors(n, 10**7, 0.0)
    cosines = np.trace(heads.bridge @ np.diag(1 / heads.weak.values) @ heads.bridge.T
                       @ np.diag(heads.strong.values))  # fmt: skip
    both = Geometry(40, 60, 40, rho_strong=0, inherited=0)
    # The two excesses are hundredths of the error; their ratio shows the overlap.
    excess = float(common.product) - heads.strong.left
    assert excess / heads.common == pytest.approx(cosines / n, rel=0.05)
    assert both.overlap > cosines  # no overlap is larger than the narrower model


def test_a_choice_of_penalties_costs_each_model_and_not_what_they_have_in_common():
    world = World(3)
    heads = heads_of(world)
    best, chosen = (heads.errors(40, 600, choosing=choosing) for choosing in (False, True))
    assert chosen.sft > 1.05 * best.sft and chosen.product == best.product
    mean, error = products(world, 40, 600, None)
    assert abs(float(chosen.product) - mean[2]) < 4 * error[2]
    # What a choice costs is itself known to some percent only; the mixture is not too cheap.
    assert float(best_mixture(*mean).error) < 1.01 * float(chosen.mixture.error) + 4 * error[2]


# The answer.


def with_mixture(error: float, weight: float = 0.6, half: float = 0.03, **errors: float):
    """Return a forecast whose mixture has a test error."""
    here = point(**errors)
    best = min(float(getattr(here, name).value) for name in ("teacher", "student", "sft"))
    numbers = {"mixture": error, "weight": weight, "over_single": best - error}
    made = {
        name: Uncertain(np.float64(value), np.float64(0.01), value - half, value + half)
        for name, value in numbers.items()
    }
    return dataclasses.replace(here, **made)


@pytest.mark.parametrize(
    ("errors", "answer", "less"),
    [
        ({}, "helps", "6.7% less error than the student alone (4.7 to 8.7%)"),
        ({"sft": 1.45}, "helps, but fine-tune", "3.4% less error than the strong SFT baseline"),
        ({"student": 2.4, "sft": 1.75}, "does not help", "20% less error than the strong SFT"),
        ({"student": 2.005, "sft": 2.3}, "practically equal", "than the weak teacher alone"),
        ({"student": 1.98, "sft": 1.75}, "undecided", "20% less error than the strong SFT"),
    ],
)
def test_a_mixture_that_clearly_beats_every_model_is_what_to_do(errors, answer, less):
    said = verdict(with_mixture(1.4, **errors), checked())
    assert (said.answer, said.mix) == (answer, True)
    assert said.action.startswith("Train the strong model both ways, on your 100 labels and on")
    assert "average the predictions, ξ = 0.60 on the student: " in said.action
    assert less in said.action


@pytest.mark.parametrize(("error", "half"), [(1.5, 0.03), (1.475, 0.001), (1.4, 0.11)])
def test_a_mixture_that_gains_too_little_or_perhaps_nothing_is_not_advised(error, half):
    assert EQUAL * 1.5 > 1.5 - 1.475  # the second one gains, surely, but less than this
    said = verdict(with_mixture(error, half=half), checked())
    assert not said.mix and said == verdict(point(), checked())


def test_no_mixture_is_advised_without_a_check_or_where_none_is_predicted():
    assert not verdict(with_mixture(1.0), None).mix
    assert not verdict(point(), checked()).mix
    unknown = with_mixture(np.nan, sft=np.nan)
    assert not verdict(unknown, checked()).mix


def test_the_lead_of_a_mixture_allows_for_what_the_check_found():
    here = with_mixture(1.4)
    wide = widened(here, checked(systematic=0.1), 0.02)
    # Half of the slack and what was measured, of the teacher's error for a lead.
    assert float(wide.over_single.low) == pytest.approx(0.1 - 0.03 - (0.01 + 0.1) * 2.0)
    assert float(wide.mixture.high) == pytest.approx(1.4 + 0.03 + (0.01 + 0.1) * 1.4)
    assert wide.weight is here.weight
    assert not verdict(wide, checked()).mix


# From files to the report.


@pytest.fixture(scope="module")
def mixed() -> Diagnosis:
    """Two spaces of 60 directions that share 20, which carry the label; no penalty."""
    rng = np.random.default_rng(8)
    z = rng.standard_normal((5000, 100))
    labels = z[:, 40:60].sum(axis=1) / 4 + rng.standard_normal(5000)
    return diagnose(
        z[:, :60], z[:, 40:], labels, n_labelled=150, n_unlabelled=150, head="ridgeless",
        energy=1.0,
    )  # fmt: skip


def test_a_diagnosis_advises_to_mix_where_that_is_far_better(mixed):
    said, shown = mixed.verdict, mixed.point
    assert said.mix and said.answer == "helps"
    g = Geometry(61, 61, 21)  # with the constants of both
    exact, both = ridgeless.risks(g, 150, 150, 1.0), least_squares_product(g, 150, 1.0)
    weight, risk = best_mixture(exact.sft, exact.student, both)
    assert float(shown.weight.low) < float(weight) < float(shown.weight.high)
    assert float(shown.mixture.low) < 1 + float(risk) < float(shown.mixture.high)
    assert f"ξ = {float(shown.weight.value):.2f} on the student" in said.action


def test_the_check_trains_the_mixture_that_is_predicted(mixed):
    error, lead = (mixed.validation.of(name) for name in MIXED)
    assert error.predicted == float(mixed.point.mixture.value) and error.agrees
    assert lead.measured > 3 * lead.measured_error and lead.agrees
    student = mixed.validation.of("student").measured
    assert lead.measured == pytest.approx(student - error.measured)


def test_a_check_that_speaks_against_the_mixture_takes_its_advice_back_and_no_more(mixed):
    for change in ({"measured": -0.01}, {"agrees": False}):
        rows = tuple(
            dataclasses.replace(c, **change) if c.model == "over_single" else c
            for c in mixed.validation.comparisons
        )
        assert agreed(rows)
        against = dataclasses.replace(mixed.validation, comparisons=rows)
        said = verdict(mixed.point, against)
        assert (said.answer, said.mix) == ("helps", False)


def test_every_face_shows_the_mixture(mixed):
    stream = io.StringIO()
    to_terminal(mixed, stream)
    faces = stream.getvalue(), to_html(mixed), repr(mixed), mixed._repr_html_()
    for face in faces:
        assert "HELPS, BEST MIXED WITH FINE-TUNING" in face
        assert "student-SFT mixture" in face
    assert "weight ξ of the student in it" in faces[0]
    plain = mixed.to_dict()
    assert plain["verdict"]["mix"] is True and plain["point"]["weight"]["high"] <= 1
    Draft202012Validator(SCHEMA).validate(plain)


def test_where_the_student_alone_does_not_help_the_heading_says_so():
    for answer in ("does not help", "undecided", "practically equal"):
        said = Verdict(answer, "Do this.", "So it is.", (), mix=True)
        assert words.heading(said) == "HELPS WHEN MIXED WITH FINE-TUNING"
        assert tone(said) == "good"
