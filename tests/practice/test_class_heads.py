"""Ridge heads for classes: predicted accuracies against fresh trainings, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.linear_model import RidgeCV

from w2s.metrics import MODELS
from w2s.practice.data.classes import targets_of
from w2s.practice.data.digits import digits
from w2s.practice.estimation.class_heads import ClassHeads, parts_of
from w2s.practice.estimation.class_moments import ClassMoments
from w2s.practice.estimation.class_sides import ClassSide
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.estimation.ridge_heads import RidgeHeads
from w2s.practice.training.class_ridge import ClassRidge
from w2s.practice.training.four_models import train
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut

CLAIM = 0.03  # how far a predicted accuracy may lie from the measured one


class Clouds:
    """Gaussian classes in a latent with a falling spectrum, seen by two random feature maps."""

    def __init__(self, classes, d_strong=60, d_weak=90, latent=100, apart=0.4):
        rng = np.random.default_rng(0)
        self.scale = 1 / np.sqrt(np.arange(1, latent + 1))
        self.strong = rng.standard_normal((latent, d_strong)) / np.sqrt(latent)
        self.weak = rng.standard_normal((latent, d_weak)) / np.sqrt(latent)
        self.means = apart * rng.standard_normal((classes, latent)) * self.scale
        self.priors = np.arange(2, classes + 2) / np.arange(2, classes + 2).sum()

    def draw(self, rows, rng):
        code = rng.choice(len(self.priors), rows, p=self.priors)
        latent = self.means[code] + rng.standard_normal((rows, len(self.scale))) * self.scale
        return latent @ self.strong, latent @ self.weak, code


def accuracy(output, code):
    return np.mean((output > 0) == code if output.ndim == 1 else output.argmax(axis=1) == code)


def area(output, code):
    second = rankdata(output)[code == 1]
    return (second.mean() - (len(second) + 1) / 2) / (len(code) - len(second))


def trained(strong, weak, code, n, big_n, penalty=None):
    """The four models of the first rows, on targets of the classes."""
    targets = targets_of(int(code.max()) + 1)[code]
    targets = targets[:, 0] if targets.shape[1] == 1 else targets
    rows = np.arange(n + big_n)
    return train(weak, strong, targets, rows[:n], rows[n:], RidgeByLeaveOneOut(penalty).to)


def assert_near(predicted, measured, claim=CLAIM):
    mean, error = np.mean(measured, axis=0), np.std(measured, axis=0, ddof=1)
    error /= np.sqrt(len(measured))
    for k, model in enumerate(MODELS):
        # The claim, and what a mean over a few trainings leaves open.
        assert abs(predicted[k] - mean[k]) < claim + 3 * error[k], (model, predicted[k], mean[k])


@pytest.fixture(scope="module", params=[2, 4, 10])
def clouds(request):
    world, rng = Clouds(request.param), np.random.default_rng(1)
    moments = ClassMoments.from_blocks(
        [world.draw(10000, rng) for _ in range(2)], classes=request.param
    )
    return world, ClassHeads.from_moments(moments), world.draw(10000, rng)


@pytest.mark.parametrize(("n", "big_n"), [(50, 200), (90, 90), (200, 800)])
def test_accuracies_are_those_of_fresh_trainings_below_and_above_the_dimensions(clouds, n, big_n):
    world, heads, (strong, weak, code) = clouds
    rng, measured, areas = np.random.default_rng(2), [], []
    for _ in range(20):
        outputs = trained(*world.draw(n + big_n, rng), n, big_n).outputs(weak, strong)
        measured.append([accuracy(output, code) for output in outputs])
        if len(world.priors) == 2:
            areas.append([area(output, code) for output in outputs])
    found = heads.predict(n, big_n)
    assert_near(found.accuracy, measured)
    if areas:
        assert_near(found.auc, areas)


def test_with_a_given_penalty_the_errors_are_those_of_fresh_trainings(clouds):
    world, heads, (strong, weak, code) = clouds
    rng, measured = np.random.default_rng(3), []
    targets = heads.truth.codes[code]
    for _ in range(20):
        models = trained(*world.draw(360, rng), 60, 300, 3.0)
        outputs = models.outputs(weak, strong)
        errors = [(output.reshape(targets.shape) - targets) ** 2 for output in outputs]
        measured.append([error.sum(axis=1).mean() for error in errors])
    mean, error = np.mean(measured, axis=0), np.std(measured, axis=0, ddof=1) / np.sqrt(20)
    predicted = heads.predict(60, 300, 3.0).error
    # Equivalents are exact for many rows and columns; the 4096 kept rows leave 2%.
    assert (np.abs(predicted - mean) < 4 * error + 0.04 * mean).all()


@pytest.mark.parametrize(("n", "big_n"), [(60, 300), (150, 600), (300, 700)])
def test_digits_and_their_parity_are_told_as_often_as_predicted(n, big_n):
    data = digits(np.random.default_rng(0))
    for code in (data.digits, (data.parity > 0).astype(int)):
        moments = ClassMoments.from_blocks(
            [(data.strong, data.weak, code)], classes=int(code.max()) + 1
        )
        measured = []
        for seed in range(12):
            order = np.random.default_rng(seed).permutation(len(code))
            models = trained(data.strong[order], data.weak[order], code[order], n, big_n)
            rest = order[n + big_n :]
            outputs = models.outputs(data.weak[rest], data.strong[rest])
            measured.append([accuracy(output, code[rest]) for output in outputs])
        assert_near(ClassHeads.from_moments(moments).predict(n, big_n).accuracy, measured)


@pytest.mark.parametrize("priors", [(0.4, 0.6), (0.2, 0.8)])
@pytest.mark.parametrize(("n", "big_n"), [(90, 300), (200, 800)])
def test_what_decisions_make_of_a_student_is_measured(priors, n, big_n):
    world, rng = Clouds(2), np.random.default_rng(1)
    world.priors = np.array(priors)
    moments = ClassMoments.from_blocks([world.draw(10000, rng) for _ in range(2)], classes=2)
    heads, (strong, _, code) = ClassHeads.from_moments(moments), world.draw(10000, rng)
    measured, areas = [], []
    for _ in range(30):
        one, known = world.draw(n + big_n, rng), np.arange(n + big_n)
        outputs = [
            train(one[1], one[0], one[2].astype(float), known[:n], known[n:],
                  ClassRidge(2, None, hard).to).student(strong)[:, 0]
            for hard in (False, True)
        ]  # fmt: skip
        measured.append(np.diff([accuracy(output, code) for output in outputs])[0])
        areas.append(np.diff([area(output, code) for output in outputs])[0])
    soft, hard = (heads.predict(n, big_n, pseudo=pseudo) for pseudo in ("soft", "hard"))
    for predicted, found in (
        (hard.accuracy[1] - soft.accuracy[1], measured), (hard.auc[1] - soft.auc[1], areas)
    ):  # fmt: skip
        # Three standard errors, and what the equivalents of some hundred rows leave open.
        error = np.std(found, ddof=1) / 30**0.5
        assert abs(predicted - np.mean(found)) < 3 * error + 0.002, (predicted, found)
    others = [0, 2, 3]  # teacher, baseline and ceiling learn from labels
    assert np.array_equal(soft.accuracy[others], hard.accuracy[others])


def test_students_of_decisions_on_the_parity_of_digits_are_told_as_well():
    data = digits(np.random.default_rng(0))
    code = (data.parity > 0).astype(int)
    moments = ClassMoments.from_blocks([(data.strong, data.weak, code)], classes=2)
    measured = []
    for seed in range(12):
        order = np.random.default_rng(seed).permutation(len(code))
        models = train(
            data.weak, data.strong, code.astype(float), order[:150], order[150:750],
            ClassRidge(2, hard=True).to,
        )  # fmt: skip
        rest = order[750:]
        outputs = models.outputs(data.weak[rest], data.strong[rest])
        measured.append([accuracy(output[:, 0], code[rest]) for output in outputs])
    found = ClassHeads.from_moments(moments).predict(150, 600, pseudo="hard")
    assert_near(found.accuracy, measured)


@pytest.fixture(scope="module")
def pair():
    world = Clouds(2)
    moments = ClassMoments(60, 90, classes=2, kept=20000)
    moments.update(*world.draw(20000, np.random.default_rng(1)))
    return moments


def test_two_classes_by_the_closed_form_are_two_of_the_general_way(pair):
    closed = ClassHeads.from_moments(pair).predict([40, 200], 500)
    general = ClassHeads._coded(pair.sample(), np.eye(2)).predict([40, 200], 500)
    # The general way averages 128 errors of the scores, the closed one all of them.
    np.testing.assert_allclose(general.accuracy, closed.accuracy, atol=0.005)
    # Indicators are half of a label of -1 and 1, twice.
    np.testing.assert_allclose(2 * general.error, closed.error, rtol=1e-6)
    assert general.auc is None


def test_the_squared_errors_are_those_of_ridge_heads_on_a_label_of_two_numbers(pair):
    sums = pair.regression([-1, 1]).with_label
    direct = RidgeHeads.from_moments(joint(pair, sums)).errors([40, 200, 600], [500, 500, 5000])
    found = ClassHeads.from_moments(pair).predict([40, 200, 600], [500, 500, 5000])
    expected = np.stack([getattr(direct, model) for model in MODELS])
    # Given the classes, one direction less fluctuates: one in n, and the rows are 20000.
    assert (np.abs(found.error / expected - 1) < [0.05, 0.03, 0.03]).all()


def joint(moments, sums):
    state = JointMoments(moments.width_strong, moments.width_weak)
    state.rows, state.mean, state.scatter = sums.total()
    return state


def test_names_of_classes_do_not_matter():
    strong, weak, code = Clouds(4).draw(8000, np.random.default_rng(4))
    renamed = np.array([2, 0, 3, 1])[code]
    found = [
        ClassHeads.from_moments(ClassMoments.from_blocks([(strong, weak, one)], classes=4))
        .predict([100, 300], 600)
        for one in (code, renamed)
    ]  # fmt: skip
    # Other shares of the classes and other errors are drawn, 64 and 128 of them.
    np.testing.assert_allclose(found[0].accuracy, found[1].accuracy, atol=0.01)
    np.testing.assert_allclose(found[0].error, found[1].error, rtol=0.01)
    swapped = ClassMoments.from_blocks([(strong, weak, code > 1)], classes=2)
    other = ClassMoments.from_blocks([(strong, weak, code < 2)], classes=2)
    pair = [ClassHeads.from_moments(one).predict(100, 600) for one in (swapped, other)]
    np.testing.assert_allclose(pair[0].accuracy, pair[1].accuracy, atol=0.01)
    np.testing.assert_allclose(pair[0].auc, pair[1].auc, atol=0.01)


def test_more_labels_help_and_labels_without_features_leave_chance():
    world, rng = Clouds(4), np.random.default_rng(5)
    strong, weak, code = world.draw(8000, rng)
    heads = ClassHeads.from_moments(ClassMoments.from_blocks([(strong, weak, code)], classes=4))
    found = heads.predict([20, 60, 200, 1000], 1000)
    assert (np.diff(found.accuracy, axis=1) > 0).all()
    noise = rng.integers(4, size=8000)
    heads = ClassHeads.from_moments(ClassMoments.from_blocks([(strong, weak, noise)], classes=4))
    # Sixteen groups of chance: 8000 rows know an accuracy to half a percent; features that fit
    # them by chance add as much.
    np.testing.assert_allclose(heads.predict(200, 1000).accuracy, 0.25, atol=0.02)


def test_one_penalty_serves_all_columns_as_in_scikit_learn():
    rng = np.random.default_rng(7)
    for rows, columns in ((60, 20), (20, 60)):
        x = rng.standard_normal((rows, columns)) / np.arange(1, columns + 1)
        y = np.eye(3)[rng.integers(3, size=rows)]
        centred = x - x.mean(axis=0)
        grid = np.geomspace(1e-5, 1e3, 50) * np.sum(centred**2) / min(columns, rows - 1)
        theirs = RidgeCV(alphas=grid).fit(x, y)
        new = rng.standard_normal((5, columns))
        ours = RidgeByLeaveOneOut().to(x, y)(new)
        np.testing.assert_allclose(ours, theirs.predict(new), rtol=1e-6, atol=1e-9)
    with pytest.raises(ValueError, match=r"labels must have 1 or 2 dimensions, got shape \(\)"):
        RidgeByLeaveOneOut().to(x, 1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_labelled": 2}, "n_labelled must be at least 3, got 2"),
        ({"n_unlabelled": 1}, "n_unlabelled must be at least 3, got 1"),
        ({"penalty": -1.0}, "penalty must be at least 0, got -1"),
        ({"pseudo": "firm"}, "pseudo must be one of soft, hard, got 'firm'"),
    ],
)
def test_what_cannot_be_asked_is_refused(pair, arguments, message):
    with pytest.raises(ValueError, match=message):
        ClassHeads.from_moments(pair).predict(**{"n_labelled": 30, "n_unlabelled": 30, **arguments})


def test_decisions_by_one_column_are_those_of_its_sign():
    rng = np.random.default_rng(0)
    code = rng.integers(2, size=4000)
    x = (2.0 * code + rng.standard_normal(4000))[:, None]
    heads = ClassHeads.from_moments(ClassMoments.from_blocks([(x, x, code)], classes=2))
    soft, hard = (heads.predict(400, 4000, pseudo=pseudo).accuracy for pseudo in ("soft", "hard"))
    # Scores or decisions of a threshold: either student finds it, within what 4096 rows tell.
    np.testing.assert_allclose(hard[1], soft[1], atol=0.005)


def test_decisions_between_three_classes_have_no_prediction():
    x, code = np.random.default_rng(0).standard_normal((90, 4)), np.arange(90) % 3
    heads = ClassHeads.from_moments(ClassMoments.from_blocks([(x, x[:, :2], code)], classes=3))
    with pytest.raises(ValueError, match="of more than two classes have no prediction"):
        heads.predict(30, 30, pseudo="hard")


def test_samples_without_a_class_or_variation_or_rows_are_refused():
    x = np.random.default_rng(0).standard_normal((30, 5))
    code = np.arange(30) % 2

    def heads(strong, weak, code, classes):
        return ClassHeads.from_moments(
            ClassMoments.from_blocks([(strong, weak, code)], classes=classes)
        )

    with pytest.raises(ValueError, match="every class needs rows, got none of class 2"):
        heads(x[:, :2], x[:, 2:], code, 3)
    with pytest.raises(ValueError, match="the weak features do not vary"):
        heads(x[:, :2], np.ones((30, 2)), code, 2)
    with pytest.raises(ValueError, match="rows must exceed the 3 strong directions by 2, got 4"):
        heads(x[:4, :3], x[:4, 3:], code[:4], 2)
    with pytest.raises(ValueError, match="moments need 8 groups at least, got 4"):
        state = ClassMoments(2, 3, classes=2, groups=4)
        state.update(x[:, :2], x[:, 2:], code)
        parts_of(state)


def test_without_a_penalty_models_of_few_rows_take_the_solution_of_least_norm(clouds):
    world, heads, (strong, weak, code) = clouds
    rng, measured = np.random.default_rng(8), []
    for _ in range(20):
        outputs = trained(*world.draw(340, rng), 40, 300, 1e-9).outputs(weak, strong)
        measured.append([accuracy(output, code) for output in outputs])
    assert_near(heads.predict(40, 300, 0.0).accuracy, measured)
    # As many rows as directions and the constant: the student's errors have no mean.
    wild = heads.predict(40, 61, 0.0)
    assert wild.error[1] > 100 * wild.error[0] and wild.accuracy[1] < wild.accuracy[0]


def test_the_contrast_of_the_classes_is_what_features_tell_best():
    x = np.random.default_rng(9).standard_normal((3000, 5))
    code = np.arange(3000) % 3
    x[:, 0] += np.array([0.0, 3.0, 3.0])[code]  # the first class is told from the others, only
    heads = ClassHeads.from_moments(ClassMoments.from_blocks([(x, x[:, 1:], code)], classes=3))
    best = heads.contrast()
    # Two equal numbers, as far as chance in five columns of 3000 rows leaves them alike.
    assert abs(best[1] - best[2]) < 0.1 * abs(best[0] - best[1])
    assert ClassHeads._coded(heads_sample(x, code > 0), targets_of(2)).contrast().tolist() == [
        -1,
        1,
    ]


def heads_sample(x, code):
    return ClassMoments.from_blocks([(x, x[:, 1:], code)], classes=2).sample()


def test_classes_of_one_shape_have_errors_alike_and_those_of_their_own_have_not():
    rng = np.random.default_rng(10)
    code = np.arange(6000) % 3
    noise = rng.standard_normal((6000, 30))
    own = np.where(np.arange(30) // 10 == code[:, None], 3.0, 0.1)  # a block of columns each
    found = []
    for x in (noise, own * noise):
        x = x + 0.1 * np.eye(3, 30)[code]
        side = ClassHeads.from_moments(ClassMoments.from_blocks([(x, x, code)], classes=3)).weak
        of = ClassMoments.from_blocks([(x, x, code)], classes=3).sample().codes
        found.append(side.alike(of, np.eye(3), 0.1))
    # 512 rows of 30 columns know a second moment to 6%, and nine of them are compared.
    np.testing.assert_allclose(found[0], 1, atol=0.2)
    # A row of its class is missed by 2/3 and one of the others by 1/3: with no other class in its
    # columns, the factor is (4/9) / (1/3 of 4/9 and 2/3 of 1/9) = 2, and 1/2 for others.
    np.testing.assert_allclose(np.diag(found[1]), 2, rtol=0.15)
    np.testing.assert_allclose(found[1][~np.eye(3, dtype=bool)], 0.5, rtol=0.25)


@pytest.mark.parametrize(("n", "big_n"), [(40, 300), (60, 300)])
def test_a_few_labels_of_a_digit_are_enough_because_classes_have_shapes_of_their_own(
    n, big_n, monkeypatch
):
    data = digits(np.random.default_rng(0))
    code, measured = data.digits, []
    for seed in range(40):
        order = np.random.default_rng(seed).permutation(len(code))
        models = trained(data.strong[order], data.weak[order], code[order], n, big_n)
        rest = order[n + big_n :]
        outputs = models.outputs(data.weak[rest], data.strong[rest])
        measured.append([accuracy(output, code[rest]) for output in outputs])
    moments = ClassMoments.from_blocks([(data.strong, data.weak, code)], classes=10)
    off = ClassHeads.from_moments(moments).predict(n, big_n).accuracy - np.mean(measured, axis=0)
    # Forty trainings know their mean to 0.01; the claim is 0.03.
    assert (np.abs(off) < 0.04).all()
    monkeypatch.setattr(ClassSide, "alike", lambda self, of, codes, kappa: np.ones((10, 10)))
    plain = ClassHeads.from_moments(moments).predict(n, big_n).accuracy - np.mean(measured, axis=0)
    assert plain[0] > off[0] + 0.01 and plain[2] > off[2]
