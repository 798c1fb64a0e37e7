"""The diagnosis recovers what is known, checks itself, and says so where the theory fails."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from w2s.discrepancy.ridgeless import risks, student_risk
from w2s.discrepancy.subspaces import Geometry, SubspacePair, pair_with_cosines
from w2s.practice import diagnosis
from w2s.practice.data.tables import open_table
from w2s.practice.data.tables.arrays import ArrayTable
from w2s.practice.diagnosis import MODELS, Diagnosis
from w2s.practice.diagnosis.check import RANK_CAP
from w2s.practice.diagnosis.effort import scaled_sizes
from w2s.practice.diagnosis.guards.chance import chance_cosines
from w2s.practice.diagnosis.guards.columns import idle_columns
from w2s.practice.diagnosis.heads import LeastSquares
from w2s.practice.diagnosis.measured import measure
from w2s.practice.diagnosis.outlook import planned_sizes, proposed_sizes
from w2s.practice.diagnosis.rows import Rows, Withheld, places, read_rows
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.training.splits import MINIMUM_NORM, OFFICIAL

SIZES = {"n_labelled": 60, "n_unlabelled": 300}
NOISE = 0.49


def diagnose(*data, head="ridgeless", **options) -> Diagnosis:
    """Diagnose for the protocol of the theory, whose laws are exact."""
    return diagnosis.diagnose(*data, head=head, **options)


def features(pair, rows, rng, *, degrees=math.inf, beta=None):
    """Rotated features of unequal widths of a pair of subspaces, labels and the true geometry."""
    latent = rng.standard_normal((rows, pair.dimension))
    if degrees < math.inf:  # a common random scale: the multivariate t law
        latent *= np.sqrt((degrees - 2) / rng.chisquare(degrees, (rows, 1)))
    target = rng.standard_normal(pair.dimension) / pair.dimension**0.5 if beta is None else beta
    labels = latent @ target + NOISE**0.5 * rng.standard_normal(rows)
    strong = latent @ pair.strong @ rng.standard_normal((pair.d_strong, pair.d_strong + 4))
    weak = latent @ pair.weak @ rng.standard_normal((pair.d_weak, pair.d_weak))
    return weak + 3.0, strong - 1.0, labels, pair.geometry(target)


def within(pair: SubspacePair) -> np.ndarray:
    """Return a target in the strong space: the student can express it."""
    return pair.strong @ np.ones(pair.d_strong) / pair.d_strong**0.5


CASES = {
    "few shared": (10, 16, [1, 1]),
    "general angles": (10, 16, [1, 0.9, 0.7, 0.5, 0.3]),
    "wide student": (18, 12, [1, 1, 1, 0.8]),
}


@pytest.fixture(scope="module", params=CASES)
def known(request) -> tuple[Diagnosis, Geometry]:
    d_s, d_w, cosines = CASES[request.param]
    rng = np.random.default_rng(5)
    pair = pair_with_cosines(d_s, d_w, cosines, rng=rng)
    weak, strong, labels, geometry = features(pair, 6000, rng)
    return diagnose(weak, strong, labels, energy=1.0, **SIZES), geometry


def test_known_geometry_lies_in_the_stated_intervals(known):
    found, truth = known
    e = found.estimates
    # The constant of the intercept is one more dimension of both models, and shared.
    assert (e.d_strong, e.d_weak) == (truth.d_strong + 1, truth.d_weak + 1)
    expected = {
        "overlap": truth.overlap + 1, "rho_strong": truth.rho_strong, "rho_weak": truth.rho_weak,
        "a": truth.inherited, "b": truth.removed, "c": truth.invisible,
    }  # fmt: skip
    for name, value in expected.items():
        assert getattr(e, name).low <= value <= getattr(e, name).high, name


def test_true_test_errors_lie_in_the_stated_intervals_and_these_are_narrow(known):
    found, truth = known
    with_constant = dataclasses.replace(
        truth, d_strong=truth.d_strong + 1, d_weak=truth.d_weak + 1, overlap=truth.overlap + 1,
        signal=None,
    )  # fmt: skip
    exact = risks(with_constant, 60, 300, NOISE)
    for model in MODELS:
        u, value = getattr(found.point, model), float(getattr(exact, model)) + NOISE
        assert u.low <= value <= u.high, model
        # 4800 rows: the residual variance alone has a relative error of √(2/4800) = 2%.
        assert u.standard_error < 0.06 * value, model


def test_the_check_agrees_on_gaussian_features(known):
    found, _ = known
    v = found.validation
    assert v is not None and v.agrees and not v.scaled and v.reasons == ()
    assert (v.n_labelled, v.n_unlabelled) == (60, 300)
    assert v.resolution < 0.3
    # Both are 1 for Gaussian features; 4800 rows leave an error of a few per cent.
    for value in dataclasses.astuple(found.symptoms):
        assert value == pytest.approx(1, abs=0.12)


def test_curves_and_surface_pass_through_the_point(known):
    found, _ = known
    grid = found.surface
    assert grid.pgr.value.shape == (len(grid.n_labelled), grid.n_unlabelled.shape[1])
    for curve, sizes, at in (
        (found.over_labelled, found.over_labelled.n_labelled, 60),
        (found.over_unlabelled, found.over_unlabelled.n_unlabelled, 300),
    ):
        for model in MODELS:
            # Linear interpolation between sizes 5% apart.
            value = np.interp(at, sizes, getattr(curve, model).value)
            assert value == pytest.approx(float(getattr(found.point, model).value), rel=5e-3)


def test_a_student_that_can_express_the_target_helps_and_one_that_cannot_does_not():
    rng = np.random.default_rng(1)
    pair = pair_with_cosines(10, 16, [1, 1, 1], rng=rng)
    good = features(pair, 5000, rng, beta=within(pair))
    found = diagnose(*good[:3], energy=1.0, **SIZES)
    # It loses to fine-tuning: its teacher hides a part of what the strong model can say.
    assert float(found.point.over_sft.high) < 0 < float(found.point.gain.low)
    assert found.verdict.answer == "helps, but fine-tune"
    assert found.verdict.action.startswith("Fine-tune the strong model on your 60 labels")
    assert "leads" not in found.verdict.headline and "help at n = 60" in found.verdict.headline
    alone = pair.weak[:, -1]  # a weak direction orthogonal to the strong space
    bad = features(pair, 5000, rng, beta=2 * alone)
    assert diagnose(*bad[:3], energy=1.0, **SIZES).verdict.answer == "does not help"


def test_an_undecided_lead_is_called_undecided():
    rng = np.random.default_rng(2)
    pair = pair_with_cosines(10, 10, [1] * 10, rng=rng)  # one space: the student only adds noise
    data = features(pair, 2000, rng, beta=within(pair))
    sizes = {"n_labelled": 400, "n_unlabelled": 900}
    assert diagnose(*data[:3], energy=1.0, **sizes).verdict.answer == "undecided"


def test_heavy_tails_are_found_and_predictions_withdrawn():
    rng = np.random.default_rng(3)
    pair = pair_with_cosines(10, 16, [1, 1], rng=rng)
    data = features(pair, 30_000, rng, degrees=5)
    found = diagnose(*data[:3], energy=1.0, n_labelled=30, n_unlabelled=60)
    # For ν = 5 the fourth moment of the length is (ν-2)/(ν-4) = 3 times the Gaussian one.
    assert found.symptoms.length_weak > 1.8
    assert any("heavy tails" in warning for warning in found.warnings)
    assert found.verdict.answer == "not to be believed"
    assert found.verdict.headline.startswith("Do not believe the predictions")
    assert any("heavy tails" in reason for reason in found.validation.reasons)
    assert "measured" in found.verdict.because[0] and "predicted" in found.verdict.because[0]
    assert any("measured at n = 30, N = 60" in line for line in found.verdict.because)


def test_models_of_the_full_width_are_told_from_the_cut_off():
    # Official mode: the models use every direction, the geometry only those above the cut-off,
    # and the target lies below it.
    rng = np.random.default_rng(4)
    latent = rng.standard_normal((8000, 40))
    scale = np.where(np.arange(40) < 8, 1.0, 0.1)
    labels = latent[:, 8:30].sum(axis=1) / 3 + 0.5 * rng.standard_normal(8000)
    weak, strong = latent[:, 4:] * scale[4:], latent[:, :30] * scale[:30]
    options = {"head": "official", "n_labelled": 150, "n_unlabelled": 600}
    found = diagnose(weak, strong, labels, energy=0.9, **options)
    assert found.estimates.d_strong < 10
    assert found.verdict.answer == "not to be believed"
    assert found.validation.reasons[0].startswith("width against cut-off")
    assert diagnose(weak, strong, labels, energy=1.0, **options).validation.agrees


def test_a_penalty_that_matters_is_named():
    # Tiny features: the ridge 1e-6 of the official mode is as large as their squared norms.
    rng = np.random.default_rng(4)
    latent = rng.standard_normal((8000, 24))
    labels = latent.sum(axis=1) / 3 + 0.5 * rng.standard_normal(8000)
    weak, strong = 1e-4 * latent[:, 4:], 1e-4 * latent[:, :20]
    found = diagnose(
        weak, strong, labels, head="official", energy=1.0, n_labelled=100, n_unlabelled=400
    )
    assert found.validation.reasons[0].startswith("ridge: the penalty changes a test error by")


def test_labels_of_held_out_rows_do_not_enter_the_estimate():
    rng = np.random.default_rng(3)
    pair = pair_with_cosines(5, 8, [1], rng=rng)
    weak, strong, labels, _ = features(pair, 1500, rng)
    first = diagnose(weak, strong, labels, **SIZES)
    hidden = places(0, 1500, 1500, seed=0) < 0.2
    other = np.where(hidden, 100 * rng.standard_normal(1500), labels)
    second = diagnose(weak, strong, other, **SIZES)
    assert first.inputs.withheld_rows == hidden.sum()
    assert np.array_equal(first.estimates.covariance, second.estimates.covariance)
    assert first.estimates.geometry == second.estimates.geometry
    assert not second.validation.agrees


def test_rows_without_a_label_serve_the_geometry():
    rng = np.random.default_rng(3)
    pair = pair_with_cosines(5, 8, [1, 0.7], rng=rng)
    weak, strong, labels, _ = features(pair, 4000, rng)
    some = np.where(rng.random(4000) < 0.5, np.nan, labels)
    every, half = (diagnose(weak, strong, y, **SIZES) for y in (labels, some))
    assert half.inputs.labelled_rows == int(np.isfinite(some).sum())
    assert half.inputs.rows == 4000
    assert half.estimates.overlap.value == pytest.approx(every.estimates.overlap.value, rel=1e-12)
    assert half.estimates.noise.standard_error > every.estimates.noise.standard_error
    assert half.validation.test_rows < every.validation.test_rows


def test_sizes_beyond_the_rows_are_checked_in_proportion():
    rng = np.random.default_rng(6)
    pair = pair_with_cosines(5, 8, [1], rng=rng)
    data = features(pair, 1200, rng)
    found = diagnose(*data[:3], n_labelled=1000, n_unlabelled=9000)
    v = found.validation
    assert v.scaled and v.n_unlabelled == v.n_labelled  # the labels are kept as far as they can
    assert v.n_labelled + v.n_unlabelled <= 0.8 * v.training_rows
    assert float(found.point.n_labelled) == 1000


def test_without_held_out_rows_nothing_is_said_to_be_checked():
    rng = np.random.default_rng(6)
    pair = pair_with_cosines(5, 8, [1], rng=rng)
    data = features(pair, 800, rng)
    found = diagnose(*data[:3], heldout=0, **SIZES)
    assert found.validation is None and found.symptoms is None
    assert found.inputs.withheld_rows == 0
    assert found.verdict.because[0].startswith("not checked")


def test_the_same_call_gives_the_same_result_and_another_seed_another_check():
    rng = np.random.default_rng(7)
    pair = pair_with_cosines(5, 8, [1], rng=rng)
    data = features(pair, 900, rng)[:3]
    first, again, other = (diagnose(*data, seed=s, **SIZES).to_dict() for s in (0, 0, 1))
    assert first == again
    assert first["validation"] != other["validation"]


def test_the_plain_form_is_json_and_keeps_what_is_infinite():
    rng = np.random.default_rng(7)
    pair = pair_with_cosines(5, 8, [1], rng=rng)
    found = diagnose(*features(pair, 900, rng, beta=within(pair))[:3], **SIZES)
    plain = json.loads(json.dumps(found.to_dict(full=True), allow_nan=False))
    assert plain["format"] == 2
    assert plain["estimates"]["overlap"]["value"] == found.estimates.overlap.value
    assert len(plain["surface"]["pgr"]["value"]) == len(found.surface.pgr.value)
    changed = dataclasses.replace(found.purchase, reach=(math.inf, 1.0), exchange=math.nan)
    plain = dataclasses.replace(found, purchase=changed).to_dict()["purchase"]
    assert (plain["reach"], plain["exchange"]) == (["inf", 1.0], None)


# What to buy.


def test_the_planned_split_keeps_the_budget_and_no_neighbour_is_better():
    rng = np.random.default_rng(8)
    pair = pair_with_cosines(5, 8, [1, 0.7], rng=rng)
    prices = {"budget": 3000.0, "label_cost": 10.0, "unlabelled_cost": 1.0}
    found = diagnose(*features(pair, 3000, rng)[:3], energy=1.0, **prices)
    plan, e = found.purchase.plan, found.estimates
    assert plan.n_labelled == found.point.n_labelled
    assert plan.n_unlabelled == found.point.n_unlabelled
    assert 0 <= 3000 - 10 * plan.n_labelled - plan.n_unlabelled < 10
    noise = e.noise.value
    for step in (-20, -5, 5, 20):
        other = student_risk(
            e.geometry, plan.n_labelled + step, plan.n_unlabelled - 10 * step, noise
        )
        assert plan.student <= float(other) + noise + 1e-4 * plan.student  # whole sizes
    assert plan.labels_only == 300
    assert float(found.point.student.value) == pytest.approx(plan.student, rel=1e-12)


def test_a_label_is_worth_the_quotient_of_the_two_falls():
    rng = np.random.default_rng(8)
    pair = pair_with_cosines(5, 8, [1, 0.7], rng=rng)
    found = diagnose(*features(pair, 3000, rng)[:3], energy=1.0, **SIZES)
    p, e = found.purchase, found.estimates
    assert (p.more_labels, p.more_inputs) == (6, 30)
    here, *there = (
        float(student_risk(e.geometry, n, big_n, e.noise.value))
        for n, big_n in ((60, 300), (66, 300), (60, 330))
    )
    fall = [here - value for value in there]
    assert (p.by_labels.value, p.by_inputs.value) == pytest.approx(fall, rel=1e-9)
    assert p.exchange == pytest.approx(fall[0] / 6 / (fall[1] / 30), rel=1e-9)
    assert 0 < p.by_labels.low < fall[0] < p.by_labels.high


@pytest.mark.parametrize(("d_s", "d_w", "rows"), [(20, 60, 10_000), (20, 60, 300), (60, 20, 500)])
def test_proposed_sizes_have_a_finite_prediction_and_fit_the_rows(d_s, d_w, rows):
    n, big_n = proposed_sizes(d_s, d_w, rows)
    assert n > max(d_s, d_w) + 1 and big_n > d_s + 1
    assert n + big_n <= rows


# The rows.


def test_places_depend_on_index_and_seed_only_and_are_uniform():
    drawn = places(0, 5000, 5000, seed=3)
    parts = [places(a, a + 500, 5000, seed=3) for a in range(0, 5000, 500)]
    assert np.array_equal(drawn, np.concatenate(parts))
    assert (drawn != places(0, 5000, 5000, seed=4)).all()
    # Kolmogorov's statistic stays below 1.95/√5000 with probability 0.999.
    assert np.abs(np.sort(drawn) - (np.arange(5000) + 0.5) / 5000).max() < 1.95 / 5000**0.5


def test_long_tables_are_dealt_in_runs():
    drawn = places(0, 640, 2**20, seed=0).reshape(10, 64)
    assert (drawn == drawn[:, :1]).all() and len(np.unique(drawn)) == 10


def test_a_part_withholds_the_same_rows_as_the_whole():
    labels = open_table(np.arange(100.0), ndim=1)
    whole = Withheld(labels, 0.3, seed=1)
    part = whole.part(40, 60)
    assert np.array_equal(part.read(40, 60), whole.read(40, 60), equal_nan=True)
    hidden = np.isnan(whole.read(0, 100)[:, 0])
    assert 15 < hidden.sum() < 45
    assert np.array_equal(whole.read(0, 100)[~hidden, 0], np.arange(100.0)[~hidden])


def test_rows_are_read_again_as_they_are():
    rng = np.random.default_rng(0)
    strong, weak, labels = rng.random((30_000, 2)), rng.random((30_000, 3)), rng.random(30_000)
    tables = (open_table(strong), open_table(weak), open_table(labels, ndim=1))
    index = np.flatnonzero(rng.random(30_000) < 0.01)
    rows = read_rows(tables, index, (lambda f: 2 * f, np.asarray))
    assert np.array_equal(rows.strong, 2 * strong[index])
    assert np.array_equal(rows.weak, weak[index])
    assert np.array_equal(rows.labels, labels[index])


def test_no_more_is_read_at_once_than_a_block():
    read = []

    class Watched(ArrayTable):
        def read(self, start, stop):
            read.append(stop - start)
            return super().read(start, stop)

    table = Watched("labels", np.arange(100_000.0))
    read_rows((table, table, table), np.arange(0, 100_000, 50), (np.asarray, np.asarray))
    assert max(read) <= 8192


# The measurement.


def test_measured_errors_scatter_about_the_exact_ones_as_their_standard_errors_say():
    # 40 data sets; models without a constant, to the letter of the exact formulas.
    pair = pair_with_cosines(6, 9, [1, 0.8])
    beta = np.ones(pair.dimension) / pair.dimension**0.5
    exact = risks(pair.geometry(beta), 40, 150, NOISE)
    truth = np.array([exact.teacher, exact.student, exact.sft, exact.ceiling]) + NOISE
    truth = np.array([*truth, exact.teacher - exact.student, exact.sft - exact.student])
    scores = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        latent = rng.standard_normal((1000, pair.dimension))
        labels = latent @ beta + NOISE**0.5 * rng.standard_normal(1000)
        rows = Rows(latent @ pair.strong, latent @ pair.weak, labels)
        pool, test = (
            Rows(rows.strong[part], rows.weak[part], rows.labels[part])
            for part in (slice(0, 700), slice(700, 1000))
        )
        found = measure(pool, test, (40, 150), MINIMUM_NORM, rng, lambda done, total: None)
        scores.append((found.mean - truth) / found.standard_error)
    spread = np.sqrt(np.mean(np.square(scores), axis=0))
    # A root mean square of 40 scores has an error of 1/√80 = 11%; the bound on the choice of the
    # training rows may make the standard errors too large, by no more than half here.
    assert (spread < 1.33).all() and (spread > 0.5).all(), spread


def test_sizes_are_scaled_only_if_they_must_be_and_labels_last():
    assert scaled_sizes(200, 600, 1000) == (200, 600)
    assert scaled_sizes(200, 3000, 1000) == (200, 600)
    assert scaled_sizes(1000, 3000, 1000) == (400, 400)
    assert scaled_sizes(600, 100, 500) == (342, 57)  # 400 rows for 700, in proportion


# Chance and columns.


def test_chance_cosines_are_those_of_unrelated_features():
    rng = np.random.default_rng(0)
    d_s, d_w, m, repeats = 6, 10, 120, 200
    cosines = np.empty((repeats, d_s))
    for t in range(repeats):
        bases = [np.linalg.qr(rng.standard_normal((m, d)))[0] for d in (d_s, d_w)]
        cosines[t] = np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)
    # A law of the limit against d = 6: 0.02 covers that and the error of 200 repeats.
    np.testing.assert_allclose(chance_cosines(d_s, d_w, m), cosines.mean(axis=0), atol=0.02)


def test_chance_cosines_count_the_shared_constant():
    assert chance_cosines(1, 4, 50, constant=True).tolist() == [1.0]
    assert chance_cosines(3, 4, 50, constant=True)[0] == 1.0
    with pytest.raises(ValueError, match=r"rows must exceed d_strong \+ d_weak = 7, got 7"):
        chance_cosines(3, 4, 7)


def test_idle_columns_are_named_and_change_nothing():
    rng = np.random.default_rng(9)
    pair = pair_with_cosines(5, 8, [1], rng=rng)
    weak, strong, labels, _ = features(pair, 1000, rng)
    plain = diagnose(weak, strong, labels, energy=1.0, **SIZES)
    idle = np.column_stack([np.full(1000, 7.0), weak, -2 * weak[:, 3] + 1, np.zeros(1000)])
    found = diagnose(idle, strong, labels, energy=1.0, **SIZES)
    assert any("the weak features have 2 constant columns (the first is column 0)" in line
               for line in found.warnings)  # fmt: skip
    assert any("column 9 repeats column 4" in line for line in found.warnings)
    # The same space in other coordinates.
    assert found.estimates.overlap.value == pytest.approx(plain.estimates.overlap.value, rel=1e-8)
    for model in MODELS:
        ours, theirs = (float(getattr(d.point, model).value) for d in (found, plain))
        assert ours == pytest.approx(theirs, rel=1e-8)


def test_ordinary_columns_raise_no_warning():
    x = np.random.default_rng(0).standard_normal((60, 4)) + 1e6
    assert idle_columns(JointMoments.from_blocks([(x[:, :2], x[:, 2:], x[:, 0])])) == ()


# Bad input.

GOOD = {
    "weak": np.random.default_rng(0).standard_normal((400, 5)),
    "strong": np.random.default_rng(1).standard_normal((400, 4)),
    "labels": np.random.default_rng(2).standard_normal(400),
}
HOLE = GOOD["weak"].copy()
HOLE[17, 3] = np.nan


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weak": GOOD["weak"][:-1]}, "rows must be the same in all tables, got 399 of weak"),
        ({"weak": HOLE}, r"row 17, column 3 of weak \(weak\) is nan, must be finite"),
        ({"weak": np.ones((400, 5))}, "the weak features do not vary"),
        ({"strong": np.random.default_rng(1).standard_normal((400, 410))}, r"must exceed"),
        ({"labels": np.arange(400) % 7, "head": "ridgeless"}, "labels are classes, which head"),
        ({"labels": np.full(400, np.nan)}, "labels has no label that is a number"),
        ({"labels": np.ones(400)}, "every label of labels is 1: nothing to predict"),
        ({"labels": GOOD["weak"]}, "labels must be one column of labels, got 5 columns"),
        ({"weak": np.array([["a"] * 5] * 400)}, "weak must hold real numbers, got"),
        ({"weak": "no/such/file.npy"}, "no/such/file.npy"),
        ({"n_labelled": 20}, "give both or neither"),
        ({"n_labelled": 0, "n_unlabelled": 9}, "n_labelled must be at least 1, got 0"),
        ({"budget": 100.0}, "budget, label_cost and unlabelled_cost go together"),
        (
            {"budget": 10.0, "label_cost": 1.0, "unlabelled_cost": 1.0},
            "budget 10 is too small: it leaves",
        ),
        ({"budget": 1.0, "label_cost": -1.0, "unlabelled_cost": 1.0}, "label_cost must exceed 0"),
        ({"head": "fast"}, "head must be one of ridge, ridgeless, official, logistic, got 'fast'"),
        ({"ridge": 1.0}, "ridge is a penalty of the heads ridge and logistic, got head ridgeless"),
        ({"head": "ridge", "ridge": 0.0}, "ridge must exceed 0, got 0"),
        ({"energy": 0.0}, "energy must exceed 0, got 0"),
        ({"energy": 1.5}, r"energy must lie in \[0, 1\], got 1.5"),
        ({"heldout": 1.0}, r"heldout must lie in \[0, 0.9\], got 1"),
        ({"confidence": 1.0}, "confidence must lie strictly between 0 and 1"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"workers": 2, "scheduler": "tcp://127.0.0.1:1"}, "not both"),
    ],
)
def test_bad_input_is_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        diagnose(**(GOOD | change))


def test_float16_features_are_summed_in_double_precision():
    rng = np.random.default_rng(0)
    pair = pair_with_cosines(5, 8, [1], rng=rng)
    weak, strong, labels, _ = features(pair, 800, rng)
    half = (1000 * weak).astype(np.float16)  # squares beyond 65504, the largest float16
    found, same = (
        diagnose(w, strong, labels, energy=1.0, **SIZES) for w in (half, half.astype(np.float64))
    )
    assert found.estimates.geometry == same.estimates.geometry


@pytest.mark.parametrize(("n", "big_n"), [(10, 300), (60, 6), (9, 300)])
def test_sizes_at_or_below_the_edge_get_no_number_and_a_warning(n, big_n):
    rng = np.random.default_rng(0)
    pair = pair_with_cosines(5, 8, [1], rng=rng)
    data = features(pair, 800, rng)
    found = diagnose(*data[:3], energy=1.0, n_labelled=n, n_unlabelled=big_n)
    assert found.verdict.answer == "no prediction for this n"
    assert found.verdict.headline.startswith("No prediction at n =")
    assert found.validation is None
    assert any("does not exceed" in warning for warning in found.warnings)


def test_sizes_near_the_edge_and_few_rows_get_a_warning():
    rng = np.random.default_rng(0)
    pair = pair_with_cosines(5, 8, [1], rng=rng)
    data = features(pair, 60, rng)
    found = diagnose(*data[:3], energy=1.0, n_labelled=12, n_unlabelled=20)
    assert any("near the double-descent edge" in warning for warning in found.warnings)
    assert any("labelled rows for d_strong + d_weak = 15" in warning for warning in found.warnings)


def test_the_rank_cap_is_that_of_the_official_code():
    assert RANK_CAP == OFFICIAL.rank_cap == 768


def test_a_budget_too_small_for_inputs_is_refused():
    rng = np.random.default_rng(8)
    pair = pair_with_cosines(5, 8, [1, 0.7], rng=rng)
    found = diagnose(*features(pair, 3000, rng)[:3], energy=1.0, **SIZES)
    with pytest.raises(ValueError, match="budget 50 is too small: it leaves -"):
        planned_sizes(LeastSquares(found.estimates), 50.0, 10.0, 1.0)
