"""What diagnose needs of heads for classes: error rates and leads with their uncertainty."""

from __future__ import annotations

import numpy as np
import pytest

from tests.practice.test_class_heads import Clouds
from w2s.metrics import MODELS
from w2s.practice.data.digits import digits
from w2s.practice.diagnosis.class_head import NEAR, RidgeOnClasses
from w2s.practice.estimation.class_moments import ClassMoments
from w2s.practice.training.class_logistic import ClassLogistic
from w2s.practice.training.class_ridge import ClassRidge
from w2s.practice.training.four_models import train


def moments_of(classes, rows=6000):
    world = Clouds(classes, d_strong=12, d_weak=20)
    state = ClassMoments(12, 20, classes=classes)
    state.update(*world.draw(rows, np.random.default_rng(0)))
    return world, state


@pytest.fixture(scope="module", params=[2, 4])
def head(request):
    names = [f"class {k}" for k in range(request.param)]
    world, state = moments_of(request.param)
    return world, state, RidgeOnClasses.from_moments(state, names, 0.99)


def test_errors_are_shares_of_wrong_answers_and_leads_their_differences(head):
    _, _, ridge = head
    found = ridge.forecast(60, 400)
    rates = 1 - ridge.whole.predict(60, 400).accuracy
    assert [float(getattr(found, model).value) for model in MODELS] == rates.tolist()
    assert float(found.gain.value) == rates[0] - rates[1]
    assert float(found.over_sft.value) == rates[2] - rates[1]
    assert 0 < found.student.low < found.student.value < found.student.high < 1
    assert found.opr.value == rates[2] / rates[1]


def test_the_intervals_hold_what_fresh_trainings_measure(head):
    world, _, ridge = head
    rng, fit = np.random.default_rng(1), ridge.trainer
    strong, weak, code = world.draw(20000, rng)
    lost = []
    for _ in range(30):
        rows = world.draw(460, rng)
        models = train(rows[1], rows[0], rows[2], np.arange(60), np.arange(60, 460), fit.to)
        outputs = models.outputs(weak, strong)
        lost.append([fit.losses(output, code).mean() for output in outputs])
    mean, error = np.mean(lost, axis=0), np.std(lost, axis=0, ddof=1) / np.sqrt(30)
    found = ridge.forecast(60, 400)
    for k, model in enumerate(MODELS):
        one = getattr(found, model)
        more = 3 * error[k] + ridge.slack * one.value
        assert one.low - more < mean[k] < one.high + more, model


def test_standard_errors_are_those_of_other_samples():
    world, rng = Clouds(3, d_strong=10, d_weak=12), np.random.default_rng(6)
    predicted, told = [], []
    for _ in range(12):
        moments = ClassMoments.from_blocks([world.draw(1500, rng)], classes=3)
        found = RidgeOnClasses.from_moments(moments, "abc", 0.99).forecast(100, 300)
        each = [getattr(found, name) for name in (*MODELS, "gain", "over_sft")]
        predicted.append([float(one.value) for one in each])
        told.append([float(one.standard_error) for one in each])
    # A standard deviation of 12 values is known to 21%, one of a jackknife of 8 to 27%.
    ratio = np.sqrt(np.mean(np.square(told), axis=0)) / np.std(predicted, axis=0, ddof=1)
    assert ((ratio > 0.4) & (ratio < 2.5)).all()


def test_curves_lie_on_the_predictions_between_their_knots(head):
    _, _, ridge = head
    sizes = np.geomspace(20, 600, 40).round()
    along = ridge.forecast(sizes, 800)
    direct = 1 - ridge.whole.predict(sizes[::6], 800).accuracy
    # Lines through eight sizes, and the drawn shares of the classes differ from size to size.
    np.testing.assert_allclose(along.student.value[::6], direct[1], atol=0.015)
    surface = ridge.forecast(sizes[:, None], sizes * 3, certain=True)
    assert surface.gain.value.shape == (40, 40) and np.isnan(surface.gain.low).all()
    direct = 1 - ridge.whole.predict(sizes[12], 3 * sizes[20]).accuracy
    # A quarter of the kept rows besides: they know a rate to a percent.
    assert abs(float(surface.teacher.value[12, 20]) - direct[0]) < 0.03


def test_more_inputs_and_labels_lower_the_rate(head):
    _, _, ridge = head
    by_labels, by_inputs = ridge.falls((60, 200), [(120, 200), (60, 400)])
    assert by_labels.value > 0 and by_labels.low < by_labels.value < by_labels.high
    assert by_inputs.value > -0.005  # the student is near its teacher already


def test_a_constant_says_the_most_frequent_class():
    world, state = moments_of(4)
    lead = RidgeOnClasses.from_moments(state, "abcd", 0.99).beside_constant(200, 1000)
    assert lead.constant == pytest.approx(1 - world.priors.max(), abs=0.02)  # of 6000 rows
    assert lead.teacher.low > 0
    blind = ClassMoments(12, 20, classes=4)
    strong, weak, code = world.draw(6000, np.random.default_rng(2))
    blind.update(strong, weak, np.random.default_rng(3).permutation(code))
    lead = RidgeOnClasses.from_moments(blind, "abcd", 0.99).beside_constant(200, 1000)
    assert max(lead.teacher.low, lead.student.low) <= 0


def test_few_labels_of_a_class_are_told():
    _, state = moments_of(4)
    ridge = RidgeOnClasses.from_moments(state, "abcd", 0.99)
    (told,) = ridge.warnings(20, 100)
    assert told.startswith("20 labels hold 3.0 of the class a on average")
    assert ridge.warnings(200, 100) == ()


def test_what_cannot_be_trained_is_refused():
    _, state = moments_of(2, rows=100)
    with pytest.raises(ValueError, match="ridge must exceed 0, got 0"):
        RidgeOnClasses.from_moments(state, "ab", 0.99, 0.0)
    with pytest.raises(ValueError, match="labels must be classes from 0 to 2"):
        ClassRidge(3).to(np.eye(4), np.array([0, 1, 2, 3]))
    with pytest.raises(ValueError, match="classes must be at least 2, got 1"):
        ClassRidge(1)
    with pytest.raises(ValueError, match="penalty must exceed 0, got 0"):
        ClassRidge(3, 0.0)


def test_a_class_of_two_rows_is_refused_by_its_name():
    world, _ = moments_of(2)
    strong, weak, code = world.draw(300, np.random.default_rng(4))
    code[:2] = 2
    state = ClassMoments.from_blocks([(strong, weak, code)], classes=3)
    with pytest.raises(ValueError, match="every class needs 3 labelled rows, got 2 of emu: leave"):
        RidgeOnClasses.from_moments(state, ("cat", "dog", "emu"), 0.99)


def test_numbers_stand_for_codes_where_a_regression_is_asked_for():
    _, state = moments_of(2)
    ridge = RidgeOnClasses.from_moments(state, "ab", 0.99)
    assert ridge.numbers(np.array([0.0, 1.0, 1.0])).tolist() == [-1.0, 1.0, 1.0]


@pytest.mark.parametrize(("n", "big_n"), [(150, 600), (300, 700)])
def test_logistic_heads_on_digits_decide_as_often_right_as_ridge_is_predicted_to(n, big_n):
    data = digits(np.random.default_rng(0))
    for code in (data.digits, (data.parity > 0).astype(int)):
        classes = int(code.max()) + 1
        blocks = [(data.strong, data.weak, code)]
        moments = ClassMoments.from_blocks(blocks, classes=classes)
        heads = [RidgeOnClasses.from_moments(moments, "abcdefghij"[:classes], 0.99, logistic=one)
                 for one in (True, False)]  # fmt: skip
        found, plain = (head.forecast(n, big_n) for head in heads)
        fit, lost = heads[0].trainer, []
        for seed in range(4):
            order = np.random.default_rng(seed).permutation(len(code))
            labelled, unlabelled, rest = np.split(order, [n, n + big_n])
            models = train(data.weak, data.strong, code.astype(float), labelled, unlabelled, fit.to)
            outputs = models.outputs(data.weak[rest], data.strong[rest])
            lost.append([fit.losses(output, code[rest]).mean() for output in outputs])
        mean, error = np.mean(lost, axis=0), np.std(lost, axis=0, ddof=1) / np.sqrt(4)
        for k, model in enumerate(MODELS):
            one = getattr(found, model)
            assert abs(one.value - mean[k]) < NEAR + 3 * error[k], model
            # Its interval allows for it, that of ridge heads does not.
            assert one.high - one.value > 0.8 * NEAR
            assert one.standard_error > getattr(plain, model).standard_error


def test_a_given_penalty_of_logistic_heads_is_that_of_ridge_times_twice_the_classes():
    _, state = moments_of(4)
    logistic = RidgeOnClasses.from_moments(state, "abcd", 0.99, 2.0, logistic=True)
    ridge = RidgeOnClasses.from_moments(state, "abcd", 0.99, 16.0)
    assert logistic.trainer == ClassLogistic(4, 2.0) and not logistic.picks
    found, same = logistic.forecast(60, 400), ridge.forecast(60, 400)
    assert float(found.student.value) == float(same.student.value)


def test_two_classes_have_areas_and_more_have_none(head):
    _, _, ridge = head
    found = ridge.areas(60, 400, None)
    if len(ridge.names) > 2:
        assert found == ()
        return
    direct = ridge.whole.predict(60, 400).auc
    assert [one.predicted.value for one in found] == direct.tolist()
    assert all(one.check is None and one.predicted.low < one.predicted.value for one in found)
