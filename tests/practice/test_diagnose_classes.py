"""diagnose on classes: names in, shares of wrong answers out."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from w2s.metrics import MODELS
from w2s.practice.diagnosis import NAMES, diagnose
from w2s.practice.report import to_json
from w2s.practice.report.words import check_rows, forecast_rows, option_line, source_rows

SCHEMA = json.loads((files("w2s.practice.report") / "diagnosis.schema.json").read_text("utf-8"))

SIZES = {"n_labelled": 80, "n_unlabelled": 500}


def rows(count=1500, seed=0):
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((count, 12))
    code = np.argmax(latent[:, :3] + 0.5 * rng.standard_normal((count, 3)), axis=1)
    map_of_weak = np.random.default_rng(1).standard_normal((12, 20))
    return np.maximum(latent @ map_of_weak, 0), latent, np.array(["cat", "dog", "emu"])[code]


@pytest.fixture(scope="module")
def found():
    return diagnose(*rows(), **SIZES)


def test_errors_are_shares_of_wrong_answers_and_hold_on_held_out_rows(found):
    for model in MODELS:
        compared = found.validation.of(model)
        assert compared.agrees, model
        # The level of the check is that of 300 rows; the claim is 0.03 beside their noise.
        assert abs(compared.measured - compared.predicted) < 0.03 + 3 * compared.measured_error
    assert found.point.ceiling.value < found.point.teacher.value < 2 / 3
    assert found.verdict.answer != "not to be believed"


def test_whole_numbers_are_classes_unless_they_are_said_to_be_numbers(found):
    weak, strong, names = rows()
    code = np.unique(names, return_inverse=True)[1] + 1
    same = diagnose(weak, strong, code, **SIZES)
    assert float(same.point.student.value) == float(found.point.student.value)
    other = diagnose(weak, strong, code, regression=True, **SIZES)
    variance = float(np.var(code))
    assert other.estimates.label_variance == pytest.approx(variance, rel=0.05)  # of 1200 rows
    with pytest.raises(ValueError, match="must be numbers for a regression, got texts or truth"):
        diagnose(weak, strong, names, regression=True, **SIZES)


def test_labels_of_noise_do_not_beat_the_most_frequent_class():
    weak, strong, names = rows()
    blind = diagnose(weak, strong, np.random.default_rng(2).permutation(names), **SIZES)
    assert "constant" in blind.verdict.headline and blind.verdict.answer != "helps"


def test_fresh_rows_have_the_same_classes_or_are_refused():
    fresh = rows(400, seed=3)
    tested = diagnose(*rows(), fresh=fresh, **SIZES).validation
    assert tested.test_rows == 400 and tested.of("teacher").agrees
    strange = (*fresh[:2], np.where(np.arange(400) < 9, "fox", fresh[2]))
    with pytest.raises(ValueError, match=r"fresh labels has classes that .* do not have: fox"):
        diagnose(*rows(), fresh=strange, **SIZES)


def test_a_mark_of_no_label_is_asked_about_and_other_heads_are_refused():
    weak, strong, names = rows()
    code = np.where(np.arange(1500) % 5, np.unique(names, return_inverse=True)[1], -1)
    with pytest.raises(ValueError, match='are -1, which often stands for "no label"'):
        diagnose(weak, strong, code, **SIZES)
    told = diagnose(weak, strong, code, no_label=-1, **SIZES)
    assert told.inputs.labelled_rows == 1200
    with pytest.raises(ValueError, match="labels are classes, which head ridgeless cannot tell"):
        diagnose(weak, strong, names, head="ridgeless", **SIZES)


@pytest.fixture(scope="module")
def pair():
    weak, strong, names = rows()
    told = np.where(names == "cat", "cat", "other")
    return diagnose(weak, strong, told, head="logistic", pseudo_labels="hard", **SIZES)


def test_logistic_heads_of_decisions_are_trained_and_agree(pair):
    assert pair.inputs.head == "logistic" and pair.inputs.pseudo_labels == "hard"
    for model in MODELS:
        one = pair.validation.of(model)
        assert one.agrees and abs(one.measured - one.predicted) < 0.03 + 3 * one.measured_error
    assert pair.warnings[0].startswith("the pseudo-labels are decisions: what is predicted is")
    gain, half = pair.validation.of("gain"), 3  # of 3.5 standard errors at 99%
    assert pair.point.gain.low < gain.measured - half * gain.measured_error
    assert pair.point.gain.high > gain.measured + half * gain.measured_error


def test_areas_of_two_classes_are_predicted_and_measured(pair, found):
    assert found.areas == () and found.inputs.classes == ("cat", "dog", "emu")
    assert [one.model for one in pair.areas] == list(MODELS)
    for one in pair.areas:
        assert one.check.agrees and one.check.predicted == one.predicted.value
        # The rows, each tested once, and the aim for accuracies.
        assert abs(one.check.measured - one.predicted.value) < 0.03 + 3 * one.check.measured_error
        assert 0.003 < one.check.measured_error < 0.05
    assert pair.areas[3].predicted.value > pair.areas[0].predicted.value > 0.7


def test_names_and_areas_are_in_the_reports_and_in_the_json(pair, found):
    for one in (pair, found):
        Draft202012Validator(SCHEMA).validate(json.loads(to_json(one)))
    plain = pair.to_dict()
    assert plain["inputs"]["classes"] == ["cat", "other"] and plain["format"] == 2
    assert plain["areas"][1]["check"]["measured"] == pair.areas[1].check.measured
    assert ("classes", "cat, dog, emu", "3") in source_rows(found)
    (row,) = (row for row in forecast_rows(pair) if row[0] == "AUC: student")
    assert row[1].startswith(f"{pair.areas[1].predicted.value:.3f}"[:4])
    assert [row[0] for row in check_rows(pair)][-4:] == [f"AUC: {NAMES[m]}" for m in MODELS]
    assert "Pseudo-labels: decisions." in option_line(pair)
    assert "Pseudo-labels: scores." in option_line(found)


def test_numbers_have_no_logistic_heads_and_no_decisions():
    weak, strong, _ = rows(300)
    y = strong @ np.arange(12.0)
    with pytest.raises(ValueError, match="logistic tells classes, but the labels are numbers: use"):
        diagnose(weak, strong, y, head="logistic", **SIZES)
    with pytest.raises(
        ValueError, match="decisions for a class, but the labels are numbers: use s"
    ):
        diagnose(weak, strong, y, pseudo_labels="hard", **SIZES)
    code = np.arange(300) % 3
    with pytest.raises(ValueError, match="logistic tells classes, but the labels are numbers"):
        diagnose(weak, strong, code, head="logistic", regression=True, **SIZES)
    with pytest.raises(ValueError, match="pseudo_labels must be one of soft, hard, got 'firm'"):
        diagnose(weak, strong, code, pseudo_labels="firm", **SIZES)
