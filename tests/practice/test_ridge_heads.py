"""Ridge heads: deterministic equivalents against fresh trainings, and the choice of a penalty."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from w2s.discrepancy.ridgeless import single_risk
from w2s.metrics import MODELS
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.estimation.ridge_heads import RidgeHeads
from w2s.practice.training.four_models import train
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut


class World:
    """Two random feature maps of a latent with a falling spectrum, and a noisy linear label."""

    def __init__(self, seed=0, d_strong=60, d_weak=90, latent=140):
        rng = np.random.default_rng(seed)
        self.scale = 1 / np.sqrt(np.arange(1, latent + 1))
        self.strong = rng.standard_normal((latent, d_strong)) / np.sqrt(latent)
        self.weak = rng.standard_normal((latent, d_weak)) / np.sqrt(latent)
        target = rng.standard_normal(latent) * self.scale
        self.target = target / np.linalg.norm(target * self.scale)

    def draw(self, rows, rng):
        latent = rng.standard_normal((rows, len(self.scale))) * self.scale
        label = latent @ self.target + 0.7 * rng.standard_normal(rows)
        return latent @ self.strong, latent @ self.weak, label

    def error(self, model, features):
        """Exact test error of an affine model: its coefficients are read off by probing."""
        width = features.shape[1]
        level = model(np.zeros((1, width)))[0]
        theta = model(np.eye(width)) - level
        gap = (features @ theta - self.target) * self.scale
        return float(gap @ gap + level**2 + 0.49)


@pytest.fixture(scope="module")
def heads():
    world, rng = World(), np.random.default_rng(1)
    moments = JointMoments.from_blocks([world.draw(20000, rng) for _ in range(5)])
    return world, RidgeHeads.from_moments(moments)


@pytest.mark.parametrize(
    ("n", "big_n", "penalty"),
    [(40, 300, 3.0), (150, 600, 1.0), (150, 600, None), (300, 1000, 1e-9), (400, 1500, None)],
)
def test_the_prediction_is_the_mean_over_fresh_trainings(heads, n, big_n, penalty):
    world, found = heads
    rng, fit = np.random.default_rng(2), RidgeByLeaveOneOut(penalty)
    measured = []
    for _ in range(40):
        strong, weak, label = world.draw(n + big_n, rng)
        models = train(weak, strong, label, np.arange(n), np.arange(n, n + big_n), fit.to)
        errors = [world.error(models.teacher, world.weak)]
        measured.append(errors + [world.error(model, world.strong) for model in models[1:]])
    predicted = found.errors(n, big_n, penalty)
    mean, error = np.mean(measured, axis=0), np.std(measured, axis=0, ddof=1) / np.sqrt(40)
    for k, model in enumerate(MODELS):
        # Equivalents are exact for many rows and columns; here, with tens, to a percent or two,
        # and a penalty that is chosen costs some of the best one's error.
        allowed = 4 * error[k] + 0.02 * mean[k]
        assert abs(float(getattr(predicted, model)) - mean[k]) < allowed, model


def test_without_a_penalty_it_is_the_exact_risk_of_least_squares(heads):
    found, n = heads[1], 2000
    strong = found.strong
    exact = strong.left + single_risk(len(strong.values) + 1, n, strong.left, 0.0)
    # The equivalent counts n - d where the exact mean counts n - d - 1, and n + 1 for the constant.
    assert float(found.errors(n, 4000, 0.0).sft) == pytest.approx(float(exact), rel=2 / n)


def test_more_of_anything_helps_with_the_best_penalty(heads):
    _, found = heads
    errors = found.errors([[30], [100], [300], [1000]], [100, 400, 1600, 6400])
    assert errors.student.shape == (4, 4)
    assert (np.diff(errors.student, axis=1) < 0).all()
    for model in (errors.teacher, errors.sft, errors.ceiling):
        assert (np.diff(model, axis=0) < 0).all()


def test_a_student_with_its_teachers_features_gains_nothing_from_endless_pseudo_labels():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((20000, 20)) / np.arange(1, 21)
    y = x[:, 0] + rng.standard_normal(20000)
    found = RidgeHeads.from_moments(JointMoments.from_blocks([(x, x, y)])).errors(100, 10**7)
    # The noise of the estimated coefficients is taken off the teacher's bias, and stays in the
    # student's target: 20 of them, known to 1/20000 of the variance each.
    assert float(found.student) == pytest.approx(float(found.teacher), rel=2e-3)


def test_the_penalty_is_the_one_that_scikit_learn_would_choose():
    rng = np.random.default_rng(4)
    for rows, columns in ((60, 20), (20, 60)):
        x = rng.standard_normal((rows, columns)) / np.arange(1, columns + 1)
        y = x[:, 0] + 0.5 * rng.standard_normal(rows)
        centred = x - x.mean(axis=0)
        share = np.sum(centred**2) / min(columns, rows - 1)
        grid = np.geomspace(1e-5, 1e3, 50) * share
        theirs = RidgeCV(alphas=grid).fit(x, y)
        new = rng.standard_normal((5, columns))
        ours = RidgeByLeaveOneOut().to(x, y)(new)
        np.testing.assert_allclose(ours, theirs.predict(new), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("sizes", "penalty", "message"),
    [((2, 30), None, "n_labelled must be at least 3, got 2"),
     ((30, 1), None, "n_unlabelled must be at least 3, got 1"),
     ((30, 30), -1.0, "penalty must be at least 0, got -1")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(heads, sizes, penalty, message):
    with pytest.raises(ValueError, match=message):
        heads[1].errors(*sizes, penalty)


def test_features_without_variation_and_too_few_rows_are_refused():
    x = np.random.default_rng(0).standard_normal((30, 4))
    with pytest.raises(ValueError, match="the weak features do not vary"):
        RidgeHeads.from_moments(JointMoments.from_blocks([(x, np.ones((30, 2)), x[:, 0])]))
    with pytest.raises(ValueError, match="rows must exceed the 4 strong directions by 2, got 5"):
        RidgeHeads.from_moments(JointMoments.from_blocks([(x[:5], x[:5, :1], x[:5, 0])]))
    with pytest.raises(ValueError, match="penalty must exceed 0, got 0"):
        RidgeByLeaveOneOut(0.0)


def test_a_choice_costs_the_student_what_it_costs_its_teacher(heads):
    _, found = heads
    best, chosen = (found.errors(60, 400, choosing=choosing) for choosing in (False, True))
    for model in MODELS:
        assert getattr(chosen, model) > getattr(best, model)
    assert chosen.student / best.student == pytest.approx(chosen.teacher / best.teacher, rel=1e-12)
    # With endless labels nothing is left to choose; with a given penalty neither.
    many = [found.errors(10**7, 10**7, choosing=choosing).sft for choosing in (False, True)]
    assert many[1] == pytest.approx(many[0], rel=1e-6)
    given = [found.errors(60, 400, 3.0, choosing=choosing).sft for choosing in (False, True)]
    assert given[0] == given[1]


def test_no_penalty_is_a_disaster_where_a_sample_is_as_large_as_the_features_are_wide():
    rng = np.random.default_rng(5)
    x = rng.standard_normal((20000, 40))
    y = x[:, 0] + rng.standard_normal(20000)
    weak = RidgeHeads.from_moments(JointMoments.from_blocks([(x, x, y)])).weak
    at, beside, far = weak.hazard(np.array([41.0, 60.0, 400.0]))
    assert at > 10 > beside > far > 1
