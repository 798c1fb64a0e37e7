"""The diagnosis for ridge heads: predictions against trainings, intervals, and what to do."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest

from w2s.metrics import MODELS
from w2s.practice.diagnosis import Diagnosis, diagnose
from w2s.practice.diagnosis.heads import RidgeOnAllColumns
from w2s.practice.diagnosis.measured import COMPARED, MIXED
from w2s.practice.diagnosis.outlook import crossing
from w2s.practice.diagnosis.results import Validation
from w2s.practice.diagnosis.verdict import EQUAL, verdict, widened
from w2s.practice.estimation import ridge_heads
from w2s.practice.estimation.estimates import Uncertain
from w2s.practice.estimation.forecasts import Forecast
from w2s.practice.estimation.groups import GroupedMoments, runs
from w2s.practice.estimation.jackknife import without_each_group
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.training.four_models import train
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut

SCALE = 1 / np.sqrt(np.arange(1, 81))


def world(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weak features with sixty directions, strong ones with fifty, twenty of them shared."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((rows, 80)) * np.roll(SCALE, 20)
    labels = latent[:, 20:50] @ np.ones(30) / 2 + 0.5 * rng.standard_normal(rows)
    return latent[:, 20:], latent[:, :50], labels


@functools.cache
def found(n: int, **options: float) -> Diagnosis:
    return diagnose(*world(4000, 1), n_labelled=n, n_unlabelled=400, **options)


def trained(n: int, penalty: float | None = None) -> np.ndarray:
    """Test errors of 60 fresh trainings, models by columns."""
    fit, errors = RidgeByLeaveOneOut(penalty), []
    test = world(4000, 2)
    for seed in range(60):
        weak, strong, labels = world(n + 400, 100 + seed)
        models = train(weak, strong, labels, np.arange(n), np.arange(n, n + 400), fit.to)
        outputs = np.stack(models.outputs(test[0], test[1]))
        errors.append(np.mean((outputs - test[2]) ** 2, axis=1))
    return np.array(errors)


@pytest.mark.parametrize("n", [30, 200])
def test_errors_of_fresh_trainings_lie_in_the_stated_intervals(n):
    errors = trained(n)
    mean, error = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(len(errors))
    # 4000 test rows know a mean square to √(2/4000) = 2.2%.
    spread = 3 * (error + 0.022 * mean)
    point = found(n).point
    for k, model in enumerate(MODELS):
        u = getattr(point, model)
        assert u.low - spread[k] <= mean[k] <= u.high + spread[k], model
        assert float(u.high - u.low) < 0.5 * mean[k], model


@pytest.mark.parametrize("n", [30, 200])
def test_fewer_labels_than_columns_have_a_prediction_and_a_check(n):
    diagnosis = found(n)
    assert diagnosis.validation is not None and diagnosis.validation.agrees
    assert diagnosis.verdict.answer != "no prediction for this n"
    assert all(np.isfinite(getattr(diagnosis.point, model).value) for model in COMPARED)


def test_a_given_penalty_is_the_one_that_is_predicted_and_trained():
    given, chosen = found(200, ridge=500.0), found(200)
    assert given.validation.agrees
    # Far from the best one: every error is larger, by more than the interval of either.
    assert float(given.point.teacher.low) > float(chosen.point.teacher.high)
    measured = [diagnosis.validation.of("teacher").measured for diagnosis in (given, chosen)]
    assert measured[0] > measured[1]


def test_what_is_left_out_is_one_group_of_rows():
    weak, strong, labels = world(500, 3)
    grouped = GroupedMoments.from_blocks([(strong, weak, labels)], groups=5)
    group = np.empty(500, dtype=int)
    for start, stop, which in runs(0, 500, groups=5):
        group[start:stop] = which
    for together in (1, 2):
        parts = list(without_each_group(grouped, together))
        assert parts[0].rows == 500 and len(parts) == 1 + -(-5 // together)
        for k, part in enumerate(parts[1:]):
            rest = group // together != k
            again = JointMoments.from_blocks([(strong[rest], weak[rest], labels[rest])])
            assert part.rows == again.rows
            # Differences of sums of 500 rows keep all but a few of sixteen digits.
            np.testing.assert_allclose(part.mean, again.mean, atol=1e-13)
            np.testing.assert_allclose(part.scatter, again.scatter, atol=1e-10)


def test_errors_from_single_precision_are_those_from_double(monkeypatch):
    weak, same, labels = world(2000, 3)
    strong = same + 0.1 * np.random.default_rng(4).standard_normal(same.shape)
    grouped = GroupedMoments.from_blocks([(strong, weak, labels)])
    sizes = np.array([20, 60, 500]), 400
    slow = RidgeOnAllColumns.from_groups(grouped, 0.99).forecast(*sizes)
    monkeypatch.setattr(ridge_heads, "_LARGE", 1)
    asked, single = [], ridge_heads.ssyevd
    monkeypatch.setattr(
        ridge_heads, "ssyevd", lambda *a, **k: asked.append(len(a[0])) or single(*a, **k)
    )
    fast = RidgeOnAllColumns.from_groups(grouped, 0.99).forecast(*sizes)
    assert asked == [50, 60] * 16  # strong and weak without each group; all rows are in double
    for name in (*COMPARED, *MIXED, "weight"):
        one, other = getattr(fast, name), getattr(slow, name)
        assert np.array_equal(one.value, other.value)
        np.testing.assert_allclose(one.standard_error, other.standard_error, rtol=2e-3)
    # A column twice, or the same columns in both models: single precision would take rounding for
    # a direction.
    twice = np.column_stack([weak, weak[:, :1]])
    for rows in ((strong, twice, labels), (same, weak, labels)):
        asked.clear()
        RidgeOnAllColumns.from_groups(GroupedMoments.from_blocks([rows]), 0.99)
        assert not asked


def test_standard_errors_are_the_spread_over_other_samples():
    errors, stated = [], []
    for seed in range(40):
        weak, strong, labels = world(2000, 1000 + seed)
        grouped = GroupedMoments.from_blocks([(strong, weak, labels)])
        point = RidgeOnAllColumns.from_groups(grouped, 0.99).forecast(60, 400)
        numbers = [getattr(point, name) for name in (*COMPARED, *MIXED, "weight")]
        errors.append([float(u.value) for u in numbers])
        stated.append([float(u.standard_error) for u in numbers])
    ratio = np.sqrt(np.mean(np.square(stated), axis=0)) / np.std(errors, axis=0, ddof=1)
    # A spread of 40 numbers is known to 1/√80 = 11%, a mean of 40 variances with 15 degrees
    # of freedom to 3%: three of these errors.
    assert ((ratio > 0.67) & (ratio < 1.5)).all(), ratio


# The answer.


def point(**errors: float) -> Forecast:
    """Return a forecast at one pair of sizes, known to two per cent of each error."""
    values = {"teacher": 2.0, "student": 1.5, "sft": 1.8, "ceiling": 1.0} | errors
    values["gain"] = values["teacher"] - values["student"]
    values["over_sft"] = values["sft"] - values["student"]
    sure = {"pgr": 0.5, "opr": 1.2, **values}
    made = {
        name: Uncertain(np.float64(value), np.float64(0.01), value - 0.03, value + 0.03)
        for name, value in sure.items()
    }
    return Forecast(np.array(100.0), np.array(1000.0), **made)


def checked(systematic: float = 0.0) -> Validation:
    rows = found(200).validation
    same = tuple(dataclasses.replace(c, systematic=systematic) for c in rows.comparisons)
    return dataclasses.replace(rows, comparisons=same, scaled=True)


@pytest.mark.parametrize(
    ("errors", "answer", "action"),
    [
        ({}, "helps", "Train the strong model on the weak model's labels: 25% less error"),
        ({"sft": 1.5}, "helps", "about as good"),
        ({"sft": 1.2}, "helps, but fine-tune", "Fine-tune the strong model on your 100 labels"),
        ({"student": 2.4, "sft": 2.3}, "does not help", "Keep the weak model as it is"),
        ({"student": 2.4, "sft": 1.2}, "does not help", "Fine-tune the strong model on your 100"),
        ({"student": 2.005, "sft": 2.3}, "practically equal", "Keep the weak model as it is"),
        ({"student": 1.98, "sft": 1.2}, "undecided", "Fine-tune the strong model on your 100"),
        ({"student": 1.98, "sft": 2.3}, "undecided", "Give more labelled rows before you decide."),
    ],
)
def test_the_best_use_of_the_labels_is_what_to_do(errors, answer, action):
    said = verdict(point(**errors), checked())
    assert said.answer == answer
    assert action in said.action


def test_nothing_is_firm_without_a_check():
    said = verdict(point(), None)
    assert said.answer == "undecided" and "nothing was checked" in said.headline
    assert said.action == "The best guess is the student, with a predicted test error of 1.5."


def test_intervals_cover_what_the_check_found_predictions_to_be_off_by():
    here = point()
    assert verdict(widened(here, checked(), 0.0), checked()).answer == "helps"
    wide = widened(here, checked(systematic=0.3), 0.0)
    assert float(wide.gain.low) == pytest.approx(0.5 - 0.03 - 0.3 * 2.0)
    assert float(wide.student.high) == pytest.approx(1.5 + 0.03 + 0.3 * 1.5)
    assert verdict(wide, checked()).answer == "undecided"
    alone = widened(here, None, 0.02)
    assert float(alone.teacher.high) == pytest.approx(2.0 + 0.03 + 0.02 * 2.0)


def test_a_lead_too_small_to_count_is_no_lead():
    assert EQUAL == 0.02
    near = widened(point(student=1.999, sft=2.5), checked(), 0.0)
    tight = dataclasses.replace(
        near, gain=Uncertain(np.float64(0.001), np.float64(1e-4), 0.0005, 0.0015)
    )
    assert verdict(tight, checked()).answer == "practically equal"


# Sizes at which a lead changes its sign.


def lead(values: list[float], half: float) -> tuple[np.ndarray, Uncertain[np.ndarray]]:
    found = np.array(values)
    sizes = 10.0 ** np.arange(len(values))
    return sizes, Uncertain(found, np.full(len(values), half / 3), found - half, found + half)


def test_a_crossing_is_bounded_by_those_of_its_interval():
    at = crossing(*lead([2.0, 0.5, -1.0, -2.5], 0.75))
    assert at.low < at.value < at.high
    assert at.value == pytest.approx(10 ** (1 + 1 / 3))  # by straight lines over the logarithm


def test_a_lead_that_keeps_its_sign_never_crosses():
    at = crossing(*lead([2.0, 1.5, 1.0], 0.5))
    assert at.value == np.inf and np.isnan(at.low)


def test_a_crossing_whose_interval_leaves_the_sizes_is_open_there():
    at = crossing(*lead([2.0, 1.0, -0.5], 1.5))
    assert at.high == np.inf and 10 < at.value < 100


# Where the choice of a penalty is a gamble.


def test_as_many_labels_as_directions_hold_a_verdict_back_unless_the_penalty_is_fixed():
    rng = np.random.default_rng(7)
    weak, strong = rng.standard_normal((2, 3000, 30))
    labels = weak[:, :10].sum(axis=1) + strong[:, :3].sum(axis=1) + rng.standard_normal(3000)
    strong = np.hstack([strong, weak[:, :20]])
    asked = {"n_labelled": 31, "n_unlabelled": 300}
    at = diagnose(weak, strong, labels, **asked)
    # The check may find such a run among its own, and then contradict the predictions.
    assert at.verdict.answer in ("undecided", "not to be believed")
    assert any("a penalty that is chosen too small" in line for line in at.verdict.because)
    fixed = diagnose(weak, strong, labels, ridge=10.0, **asked)
    assert not any("chosen too small" in line for line in fixed.verdict.because)
