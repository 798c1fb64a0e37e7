"""diagnose on classes: names in, shares of wrong answers out."""

from __future__ import annotations

import numpy as np
import pytest

from w2s.metrics import MODELS
from w2s.practice.diagnosis import diagnose

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
