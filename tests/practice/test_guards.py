"""What would mislead is asked about, named or held back: labels, rows, columns, ranks, rounding."""

from __future__ import annotations

import io
import json
import math

import numpy as np
import pytest

from w2s.cli import main
from w2s.metrics import pgr
from w2s.practice.data.tables import open_table
from w2s.practice.diagnosis import Diagnosis, diagnose
from w2s.practice.diagnosis.guards.repeats import Chosen, without_repeats
from w2s.practice.diagnosis.labels import looks_like_no_label
from w2s.practice.diagnosis.rows import places
from w2s.practice.estimation.estimates import estimate
from w2s.practice.estimation.groups import GroupedMoments
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.estimation.predictions import beside_constant
from w2s.practice.estimation.rank import DOUBLE
from w2s.practice.report import to_html, to_json, to_terminal, words
from w2s.practice.training.heads import Ridge
from w2s.practice.training.splits import CLEAN, MINIMUM_NORM, OFFICIAL, measure

SIZES = {"n_labelled": 90, "n_unlabelled": 400}


def two_models(seed: int = 0, rows: int = 3000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features of models with 22 and 20 of 30 directions, twelve of them shared, and labels."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((rows, 30))
    labels = latent @ rng.standard_normal(30) / 5 + rng.standard_normal(rows)
    return latent[:, 8:], latent[:, :20], labels


def said(found: Diagnosis) -> str:
    return "\n".join([found.verdict.headline, *found.verdict.because, *found.warnings])


# Labels.


@pytest.mark.parametrize("mark", [-1, -9, -99, -100, 999, -999])
def test_a_mark_of_no_label_is_asked_about_and_serves_the_geometry_once_it_is_known(mark):
    weak, strong, labels = two_models()
    two = (labels > 0).astype(float)
    marked = np.where(np.random.default_rng(5).random(3000) < 0.6, float(mark), two)
    with pytest.raises(ValueError, match=rf"are {mark}, which often stands for \"no label\""):
        diagnose(weak, strong, marked, **SIZES)
    told = diagnose(weak, strong, marked, no_label=mark, **SIZES).to_dict()
    same = diagnose(weak, strong, np.where(marked == mark, np.nan, marked), **SIZES).to_dict()
    assert told == same
    assert told["inputs"]["labelled_rows"] == np.sum(marked != mark)


@pytest.mark.parametrize(
    "labels",
    [
        [-1, 1, -1, 1],  # two classes
        [0, 1, 0, 1],
        [-1.5, -1, 0.2, -1],  # other negative numbers
        [-1, 0.3, 0.7],  # once
        [20, 31, 99, 80, 99],  # not further away than the others are apart
        [0.5, 0.5, 0.5, 0.7],
    ],
)
def test_ordinary_labels_are_not_asked_about(labels):
    assert looks_like_no_label(np.array(labels, dtype=float)) is None


def test_a_number_that_is_a_label_after_all_is_taken_as_one():
    weak, strong, labels = two_models()
    three = np.sign(np.round(labels))
    with pytest.raises(ValueError, match=r"--no-label=none"):
        diagnose(weak, strong, np.where(three < 0, -1.0, np.abs(labels)), **SIZES)
    values = np.where(three < 0, -1.0, np.abs(labels))
    assert diagnose(weak, strong, values, no_label="none", **SIZES).inputs.labelled_rows == 3000


@pytest.mark.parametrize("seed", range(5))
def test_labels_of_pure_noise_never_help(seed):
    weak, strong, _ = two_models()
    noise = np.random.default_rng(100 + seed).standard_normal(3000)
    for n in (40, 90, 600):
        found = diagnose(weak, strong, noise, head="ridgeless", n_labelled=n, n_unlabelled=800)
        # The student is ahead of its teacher, and both are behind a constant.
        assert float(found.point.gain.value) > 0
        assert found.verdict.answer in ("neither beats a constant", "undecided")
    found = diagnose(weak, strong, noise, head="ridgeless", **SIZES)
    assert found.verdict.answer == "neither beats a constant"
    # Ridge heads shrink to the constant: nothing is lost, and nothing is won.
    assert "helps" not in diagnose(weak, strong, noise, **SIZES).verdict.answer


def test_the_lead_on_a_constant_has_the_error_that_it_states():
    # Deviations of 60 data sets from the exact lead, of labels y = x₀/2 + noise: the covariance of
    # the label's variance with the constants must be right for their spread to be 1.
    n, big_n, d, scores = 30, 100, 6, []
    exact = (1 + 1 / n) * 1.25 - (1 + (d + 1) / (n - d - 2))  # one more for the constant
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((2000, 10))
        y = x[:, 5] / 2 + rng.standard_normal(2000)
        rows = GroupedMoments.from_blocks([(x[:, :6], x[:, 4:], y)])
        found = beside_constant(estimate(rows, intercept=True, energy=1.0), n, big_n)
        scores.append((found.teacher.value - exact) / found.teacher.standard_error)
    # 1 ± 1/√120 = 9%, and a jackknife of 16 groups has a heavier law: t with 15 degrees.
    assert np.sqrt(np.mean(np.square(scores))) == pytest.approx(1.07, abs=0.3)
    assert abs(np.mean(scores)) < 3 / 60**0.5 * 1.07


@pytest.mark.parametrize("head", ["ridge", "ridgeless", "official"])
@pytest.mark.parametrize("kind", ["a sum", "a column", "3 x + 1"])
def test_labels_without_noise_get_a_report_and_no_contradiction(kind, head):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        z = rng.standard_normal((1000, 10))
        y = {"a sum": z[:, :8] @ rng.standard_normal(8), "a column": z[:, 0],
             "3 x + 1": 3 * z[:, 0] + 1}[kind]  # fmt: skip
        found = diagnose(z[:, 4:], z[:, :8], y, n_labelled=60, n_unlabelled=200, head=head)
        assert len(to_json(found)) and len(to_html(found))
        for c in found.validation.comparisons:
            # Errors of zero, up to rounding, agree whatever their standard errors.
            if max(abs(c.predicted), abs(c.measured)) < 1e-12 * y.var():
                assert c.agrees
        assert math.isfinite(found.validation.resolution)


def test_two_models_that_give_the_labels_exactly_are_a_tie():
    z = np.random.default_rng(0).standard_normal((1000, 10))
    found = diagnose(z[:, 2:], z[:, :8], z[:, 4], energy=1.0, n_labelled=60, n_unlabelled=200)
    assert found.validation.agrees
    assert found.verdict.answer == "undecided"
    assert "the features give the labels exactly" in said(found)
    assert math.isnan(float(found.point.opr.value)) and math.isnan(float(found.point.pgr.value))


def test_the_command_takes_the_answer(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    weak, strong, labels = two_models()
    marked = np.where(np.arange(3000) % 3 == 0, -1.0, labels > 0)
    for name, array in {"W": weak, "S": strong, "y": marked}.items():
        np.save(f"{name}.npy", array)
    words = "diagnose --weak W.npy --strong S.npy --labels y.npy --n 90 --N 400 --json".split()
    for answer, status, rows in (
        ([], 2, None), (["--no-label=-1"], 0, 2000), (["--no-label=none"], 0, 3000),
    ):  # fmt: skip
        assert main([*words, *answer]) == status
        out, err = capsys.readouterr()
        assert rows is None or json.loads(out)["inputs"]["labelled_rows"] == rows
        assert bool(answer) == ("often stands for" not in err)


# Predictions that do not exist.


def test_a_prediction_that_does_not_exist_contradicts_nothing():
    rng = np.random.default_rng(1)
    z = rng.standard_normal((4000, 60))
    y = z[:, 15:20] @ np.ones(5) + 0.3 * rng.standard_normal(4000)
    models = z[:, :20], z[:, 15:55]
    found = diagnose(*models, y, head="ridgeless", n_labelled=35, n_unlabelled=400)
    assert not math.isfinite(float(found.point.sft.value))
    assert found.validation.agrees and math.isfinite(found.validation.resolution)
    assert found.verdict.answer == "helps"
    assert "all test errors that can be predicted" in said(found)
    (row,) = [row for row in words.check_rows(found) if row[0] == "strong SFT baseline"]
    assert row[1] == words.UNDEFINED and row[3:] == ("", "no prediction")
    assert found.to_dict()["validation"]["comparisons"][2]["deviation"] is None


def test_a_prediction_that_exists_still_contradicts_beside_one_that_does_not():
    rng = np.random.default_rng(1)
    z = rng.standard_normal((4000, 60))
    y = z[:, 15:20] @ np.ones(5) + 0.3 * rng.standard_normal(4000)
    hidden = places(0, 4000, 4000, seed=0) < 0.2  # the held-out rows have other labels
    y = np.where(hidden, 3 * rng.standard_normal(4000), y)
    models = z[:, :20], z[:, 15:55]
    found = diagnose(*models, y, head="ridgeless", n_labelled=35, n_unlabelled=400)
    assert not math.isfinite(float(found.point.sft.value))
    assert found.verdict.answer == "not to be believed"
    assert "nan" not in said(found)


def test_too_few_rows_for_the_groups_are_told_as_they_are():
    x = np.random.default_rng(0).standard_normal((20, 5))
    with pytest.raises(ValueError, match=r"must reach each of the 16 groups .* give more"):
        diagnose(x[:, :1], x[:, 1:4], x[:, 4], **SIZES)


# Rows, columns, files.


@pytest.mark.parametrize("different", [24, 400])
def test_repeated_rows_are_counted_once_and_said(different):
    weak, strong, labels = two_models()
    index = np.random.default_rng(2).permutation(np.repeat(np.arange(different), 7))
    copies = weak[index], strong[index], labels[index]
    line = f"the {different} different rows are counted once each"
    if different == 24:
        with pytest.raises(ValueError, match=line):
            diagnose(*copies, **SIZES)
        return
    found = diagnose(*copies, **SIZES)
    assert line in said(found)
    once = sorted(range(len(index)), key=lambda i: (list(index).index(index[i]) != i, i))
    alone = diagnose(*(x[sorted(once[:different])] for x in copies), **SIZES)
    assert np.array_equal(found.estimates.covariance, alone.estimates.covariance)
    assert found.validation == alone.validation
    assert (found.inputs.rows, found.inputs.labelled_rows) == (7 * different, different)


def test_of_copies_the_first_with_a_label_stays():
    x = open_table(np.array([[1.0], [2.0], [1.0], [-0.0], [0.0], [2.0]]))
    known = np.array([False, True, True, False, False, True])
    assert without_repeats(x, x, known).tolist() == [1, 2, 3]
    other = open_table(np.arange(6.0)[:, None])
    assert without_repeats(x, other, known) is None


def test_a_choice_of_rows_is_read_as_it_is_and_travels_in_parts():
    values = np.random.default_rng(0).standard_normal((30_000, 3)).astype(np.float32)
    index = np.flatnonzero(np.random.default_rng(1).random(30_000) < 0.4)
    chosen = Chosen(open_table(values), index)
    assert np.array_equal(chosen.read(0, chosen.rows), values[index])
    assert chosen.read(0, 0).dtype == np.float32
    part = chosen.part(500, 9000)
    assert np.array_equal(part.read(700, 8000), values[index[700:8000]])
    features = values.astype(float)
    copied = np.concatenate([features, features[:50]])
    labels = copied.sum(axis=1) + np.random.default_rng(2).standard_normal(len(copied))
    one, two = (diagnose(copied, copied[:, :2], labels, workers=k, **SIZES) for k in (None, 2))
    assert one.to_dict() == two.to_dict()


def test_one_column_that_carries_the_variance_is_named_with_its_share():
    weak, strong, labels = two_models()
    for model in ("weak", "strong"):
        pair = {"weak": weak.copy(), "strong": strong.copy()}
        pair[model][:, 3] = 2000 + 1000 * np.random.default_rng(1).standard_normal(3000)
        found = diagnose(**pair, labels=labels, **SIZES)
        assert found.verdict.answer not in ("helps", "does not help")
        assert f"column 3 of the {model} features carries 99.99" in said(found)
        # All directions are kept: the scale of a column decides nothing.
        assert "one column" not in said(diagnose(**pair, labels=labels, energy=1.0, **SIZES))


@pytest.mark.parametrize("which", ["weak", "strong"])
def test_rows_in_another_order_hold_the_verdict_back(which):
    weak, strong, labels = two_models()
    pair = {"weak": weak, "strong": strong}
    pair[which] = pair[which][np.random.default_rng(3).permutation(3000)]
    found = diagnose(**pair, labels=labels, **SIZES)
    assert found.verdict.answer == "undecided"
    assert "overlap by chance" in said(found) and "same input" in said(found)
    assert "overlap by chance" not in said(diagnose(weak, strong, labels, **SIZES))


def test_the_same_features_twice_are_named():
    _, strong, labels = two_models()
    for other in (strong, strong.astype(np.float32), strong @ np.diag(np.arange(1.0, 21)) + 3):
        found = diagnose(other, strong, labels, energy=1.0, **SIZES)
        assert found.verdict.answer == "undecided"
        assert "span the same functions" in found.verdict.headline
    part = diagnose(strong[:, :12], strong, labels, energy=1.0, **SIZES)
    assert "every weak function is a strong one" in said(part)


@pytest.mark.parametrize("answer", words.HEADINGS)
def test_every_verdict_has_its_heading_on_terminal_and_page(answer):
    from dataclasses import replace

    weak, strong, labels = two_models()
    found = diagnose(weak, strong, labels, **SIZES)
    changed = replace(found, verdict=replace(found.verdict, answer=answer))
    stream = io.StringIO()
    to_terminal(changed, stream)
    assert f"\n{words.HEADINGS[answer]}  " in stream.getvalue()
    assert f"<strong>{words.HEADINGS[answer]}.</strong>" in to_html(changed)


# Ranks and rounding.


def test_a_difference_of_rounding_has_no_recovered_gap():
    same, rounded = np.full(5, 0.3), np.full(5, 0.1 + 0.2)
    for found in (
        pgr(rounded, same, same),
        pgr(rounded, np.full(5, 0.1), same),
        pgr(1e6 * rounded, np.full(5, 1.0), 1e6 * same),
    ):
        assert math.isnan(found.value) and "rounding" in found.reason
    assert pgr(same + 1e-9, same, same).value == pytest.approx(1)  # small, and a difference


@pytest.mark.parametrize("ridge", [0.0, 1e-12])
def test_a_ridge_without_rank_takes_the_solution_of_minimum_norm(ridge):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((600, 20))
    y = x @ np.ones(20) + rng.standard_normal(600)
    counted = np.arange(1.0, 10).reshape(3, 3)
    for design, target in (
        (counted, np.array([1, 2, 3.5])), (np.c_[x, x], y), (np.zeros((3, 3)), np.ones(3)),
        (np.c_[x, x @ rng.standard_normal((20, 5))].astype(np.float32), y),
    ):  # fmt: skip
        got = Ridge(ridge=ridge).fit(design, target, rng)(np.eye(design.shape[1]))
        floor = 1e-5 if design.dtype == np.float32 else 1e-12
        best = np.linalg.pinv(design.astype(float), rcond=floor) @ target
        np.testing.assert_allclose(got, best, atol=1e-6)


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_a_bad_penalty_is_refused(bad):
    with pytest.raises(ValueError, match="ridge must be"):
        Ridge(ridge=bad)


@pytest.mark.parametrize("fit", [MINIMUM_NORM, CLEAN, OFFICIAL])
def test_rounding_of_stored_features_is_no_feature(fit):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((600, 20))
    y = x @ rng.standard_normal(20) + rng.standard_normal(600)
    wide = np.c_[x, x @ rng.standard_normal((20, 30))] * 10 + 100 * (fit == CLEAN)
    options = {"n_labelled": 60, "n_unlabelled": 200, "noise": 0.5, "trials": 10, "fit": fit}
    one, *others = (
        measure(strong, x[:, :15], y, rng=np.random.default_rng(1), **options).sft.mean()
        for strong in (wide, wide.astype(np.float32), wide.astype(np.float32).astype(float))
    )
    # The features differ by a relative 1e-7, their least-squares fits by not much more.
    assert others == pytest.approx([one, one], rel=1e-3)


def test_rounding_of_stored_features_adds_no_dimension():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3000, 20))
    wide = np.c_[x, x @ rng.standard_normal((20, 30))] + 50
    for strong in (wide, wide.astype(np.float32), wide.astype(np.float32).astype(float)):
        state = GroupedMoments.from_blocks([(strong[:1500], x[:1500], x[:1500, 0]),
                                            (strong[1500:], x[1500:], x[1500:, 0])])  # fmt: skip
        found = state.features().features("strong", energy=1.0, intercept=True)
        assert found.dimension == 21


def test_the_stored_precision_survives_merging_and_saving(tmp_path):
    x = np.random.default_rng(0).standard_normal((60, 4))
    half = JointMoments.from_blocks([(x[:, :2].astype(np.float32), x[:, 2:], x[:, 0])])
    whole = JointMoments.from_blocks([(x[:, :2], x[:, 2:], x[:, 0])]) + half
    assert whole.epsilon == [float(np.finfo(np.float32).eps), DOUBLE]
    grouped = GroupedMoments.from_groups([half, whole])
    for state in (whole, grouped):
        state.save(tmp_path / "state.npz")
        assert type(state).load(tmp_path / "state.npz").epsilon == whole.epsilon
