"""Areas under the curve that a check measures, and what it says of hard pseudo-labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.practice.test_class_heads import Clouds
from w2s.practice.diagnosis.class_head import RidgeOnClasses
from w2s.practice.diagnosis.decisions import WithAreas, area, held_to
from w2s.practice.diagnosis.results import Comparison, Validation
from w2s.practice.estimation.class_moments import ClassMoments
from w2s.practice.estimation.estimates import Uncertain
from w2s.practice.training.class_logistic import ClassLogistic
from w2s.practice.training.class_ridge import ClassRidge


def test_the_area_is_that_of_scikit_learn_and_ties_count_half():
    rng = np.random.default_rng(0)
    second = rng.random(200) < 0.3
    for scores in (rng.standard_normal(200) + second, rng.integers(3, size=200) + second):
        assert area(scores, second)[0] == pytest.approx(roc_auc_score(second, scores), abs=1e-12)
    assert np.isnan(area(np.arange(5.0), np.arange(5) == 0)).all()


def test_its_variance_is_that_of_other_rows():
    rng = np.random.default_rng(1)
    found = []
    for _ in range(400):
        second = rng.random(120) < 0.4
        found.append(area(rng.standard_normal(120) + second, second))
    areas, variances = np.transpose(found)
    # A variance of 400 values is known to 7%.
    assert variances.mean() == pytest.approx(areas.var(ddof=1), rel=0.25)


def test_a_trainer_with_areas_trains_and_judges_as_without():
    rng = np.random.default_rng(2)
    code = np.arange(60) % 2
    x = rng.standard_normal((60, 3)) + code[:, None]
    for fit in (ClassRidge(2, 1.0), ClassLogistic(2, 1.0)):
        both = WithAreas(fit)
        outputs = both.to(x, code.astype(float))(x)
        np.testing.assert_array_equal(outputs, fit.to(x, code.astype(float))(x))
        np.testing.assert_array_equal(both.losses(outputs, code), fit.losses(outputs, code))
        assert both.found[0][0] == pytest.approx(roc_auc_score(code, outputs[:, -1]), abs=1e-12)


@pytest.fixture(scope="module")
def head():
    state = ClassMoments(12, 20, classes=2)
    state.update(*Clouds(2, d_strong=12, d_weak=20).draw(4000, np.random.default_rng(0)))
    return RidgeOnClasses.from_moments(state, ("no", "yes"), 0.99)


def checked(point, off, error):
    """A check that found the student worse than predicted by so much."""
    rows = []
    for name, sign in (("student", 1), ("gain", -1), ("over_sft", -1)):
        value = float(getattr(point, name).value)
        rows.append(Comparison(name, value, 0.0, value + sign * off, error, 0.0, True, 0.0))
    return Validation(60, 400, 12, 1000, 200, tuple(rows), True, 0.1, 0.5, (), False)


def test_hard_pseudo_labels_are_only_trusted_as_far_as_they_were_measured(head):
    point = head.forecast(60, 400)
    exact = held_to(point, checked(point, 0.0, 1e-9), 3.5)
    assert exact.gain.low == point.gain.low and exact.gain.high == point.gain.high
    assert held_to(point, None, 3.5) is point
    off = held_to(point, checked(point, 0.2, 0.01), 3.5)
    # The measured lead, give or take 3.5 standard errors, and the predicted interval.
    assert off.gain.low == pytest.approx(point.gain.value - 0.2 - 0.035, abs=1e-12)
    assert off.gain.high == point.gain.high and off.gain.value == point.gain.value
    assert off.student.high == pytest.approx(point.student.value + 0.2 + 0.035, abs=1e-12)
    assert off.teacher is point.teacher
    # The ratios follow: the gap and the baseline's error are those that were predicted. In this
    # world the gap is not clear, and PGR not defined.
    assert np.isnan(off.pgr.low)
    half, worse = Uncertain(*(np.array(0.5),) * 4), point.ceiling.value + 0.2
    defined = replace(point, pgr=half, teacher=Uncertain(worse, worse, worse, worse))
    low = held_to(defined, checked(point, 0.2, 0.01), 3.5).pgr.low
    assert low == pytest.approx(off.gain.low / 0.2, rel=1e-9)
    assert off.opr.low == pytest.approx(point.sft.value / off.student.high, abs=1e-12)
    assert off.opr.value == point.opr.value and off.opr.high >= point.opr.high
    assert head.held_to(point, checked(point, 0.2, 0.01)) is point
    hard = replace(head, hard=True).held_to(point, checked(point, 0.2, 0.01))
    assert hard.gain.low < point.gain.low
