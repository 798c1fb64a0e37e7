"""The check of a diagnosis: trainings that share work, rows held out in turn, and its level."""

from __future__ import annotations

import math
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold

from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.subspaces import pair_with_cosines
from w2s.metrics import MODELS
from w2s.practice.diagnosis import diagnose
from w2s.practice.diagnosis.compared import compare
from w2s.practice.diagnosis.effort import rotates
from w2s.practice.diagnosis.heads import LeastSquares, RidgeOnAllColumns
from w2s.practice.diagnosis.measured import COMPARED, Measured, combined, measure
from w2s.practice.diagnosis.rows import Rows
from w2s.practice.estimation import jackknife
from w2s.practice.estimation.estimates import Uncertain, estimate
from w2s.practice.estimation.forecasts import Forecast
from w2s.practice.estimation.groups import GroupedMoments
from w2s.practice.report.words import check_lines
from w2s.practice.training import ridge_cv
from w2s.practice.training.four_models import train
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut
from w2s.practice.training.shared_ridge import SharedRidge
from w2s.practice.training.splits import MINIMUM_NORM

NOISE = 0.5


def quiet(done: int, total: int) -> None:
    """Tell nobody."""


def features(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((rows, 60)) * np.arange(1, 61) ** -0.4
    return z[:, :40] + 3, z[:, 20:] - 7, 2 * z[:, 15:35].sum(axis=1) + rng.standard_normal(rows)


# Trainings that share.


@pytest.mark.parametrize("columns", [None, 3])
@pytest.mark.parametrize(("n", "big_n"), [(20, 25), (30, 90), (45, 300)])
def test_trainings_that_share_products_are_those_made_apart(n, big_n, columns):
    weak, strong, y = features(600, 1)
    targets = y if columns is None else np.column_stack([y, y**2, -y])
    rows = np.random.default_rng(0).permutation(600)
    fit = RidgeByLeaveOneOut()
    labelled = SharedRidge(weak, strong, targets, fit).labelled(rows[:n])
    for start in (n, 400 - big_n):
        unlabelled = rows[start : start + big_n]
        shared = labelled.models(unlabelled).outputs(weak, strong)
        apart = train(weak, strong, targets, rows[:n], unlabelled, fit.to).outputs(weak, strong)
        for one, other in zip(shared, apart, strict=True):
            # The same penalty of fifty; the rest is rounding, of features at seven spreads.
            np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-9)


def test_large_samples_of_one_size_share_the_choice_of_the_first(monkeypatch):
    weak, strong, y = features(600, 1)
    monkeypatch.setattr(ridge_cv, "_SPARE", 50)  # the columns are 40
    asked, chosen = [], ridge_cv._chosen
    monkeypatch.setattr(
        ridge_cv, "_chosen", lambda s, c: asked.append(s.rows.shape[0]) or chosen(s, c)
    )
    pool = SharedRidge(weak, strong, y, RidgeByLeaveOneOut())
    rows = np.random.default_rng(0).permutation(600)
    outputs = []
    for first in (0, 200):
        labelled = pool.labelled(rows[first : first + 60])
        for start in (300, 400, 450):
            models = labelled.models(rows[start : start + 120])
            outputs.append(models.ceiling(strong))
    # Teacher and baseline of 60 rows choose for themselves, students and ceilings once.
    assert asked == [60, 60, 120, 180, 60, 60]
    penalty = RidgeByLeaveOneOut(chosen_for(strong[rows[[*range(60), *range(300, 420)]]], rows, y))
    theirs = penalty.to(strong[rows[[*range(200, 260), *range(450, 570)]]],
                        y[rows[[*range(200, 260), *range(450, 570)]]])(strong)  # fmt: skip
    np.testing.assert_allclose(outputs[-1], theirs, rtol=1e-8, atol=1e-9)


def chosen_for(design, rows, y):
    origin = design.mean(axis=0)
    targets = y[rows[[*range(60), *range(300, 420)]]]
    sample = ridge_cv.Sample(design - origin, origin)
    return ridge_cv._chosen(sample, (targets - targets.mean())[:, None])


def test_rows_of_a_group_are_left_out_together_in_the_choice_of_a_penalty():
    rng = np.random.default_rng(3)
    for count, columns in ((24, 20), (10, 80)):
        groups = rng.permutation(np.repeat(np.arange(count), np.arange(1, count + 1)))
        rows = len(groups)  # sizes differ, so that the deal has no ties: 300 and 55 rows
        x = rng.standard_normal((rows, columns)) / np.arange(1, columns + 1)
        y = x[:, 0] + rng.standard_normal(count)[groups] + 0.5 * rng.standard_normal(rows)
        centred = x - x.mean(axis=0)
        grid = np.geomspace(1e-5, 1e3, 50) * np.sum(centred**2) / min(columns, rows - 1)
        errors = np.zeros(len(grid))
        for kept, out in GroupKFold(5).split(x, y, groups):
            for k, alpha in enumerate(grid):
                guess = Ridge(alpha=alpha).fit(x[kept], y[kept]).predict(x[out])
                errors[k] += np.sum((y[out] - guess) ** 2)
        new = rng.standard_normal((5, columns))
        theirs = Ridge(alpha=grid[np.argmin(errors)]).fit(x, y).predict(new)
        ours = RidgeByLeaveOneOut().to(x, y, groups)(new)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)
        pool = SharedRidge(x, x, y, RidgeByLeaveOneOut(), groups)
        shared = pool.labelled(np.arange(rows)).teacher(new)
        np.testing.assert_allclose(shared, theirs, rtol=1e-6, atol=1e-9)


def test_one_group_alone_is_left_out_row_by_row():
    weak, _, y = features(50, 4)
    alone, none = (RidgeByLeaveOneOut().to(weak, y, g) for g in (np.zeros(50, dtype=int), None))
    assert np.array_equal(alone(weak), none(weak))


def test_copies_of_a_row_do_not_make_a_penalty_look_needless_if_they_are_one_group():
    weak, _, y = features(60, 5)
    groups = np.tile(np.arange(60), 3)
    copies = np.tile(weak, (3, 1)), np.tile(y, 3)
    fresh, _, truth = features(2000, 6)
    apart, together = (
        np.mean((RidgeByLeaveOneOut().to(*copies, g)(fresh) - truth) ** 2) for g in (None, groups)
    )
    # 60 rows for 40 columns: without a penalty the excess error is twice the noise.
    assert together < 0.8 * apart


# Rows held out in turn.


class Spy:
    """A trainer that knows the rows it was given: their first feature is their number."""

    def __init__(self) -> None:
        self.tested: Counter[int] = Counter()

    def to(self, design, labels):
        own = set(design[:, 0].astype(int))

        def model(rows):
            asked = rows[:, 0].astype(int).tolist()
            if len(asked) > 60:  # the test rows: pseudo-labels are for 40
                assert not own & set(asked)
                self.tested.update(asked)
            return np.zeros(len(rows))

        return model


@pytest.mark.parametrize("grouped", [False, True])
def test_every_row_is_tested_as_often_and_never_by_a_model_that_it_trained(grouped):
    number = np.arange(500.0)[:, None]
    groups = np.arange(500) // 7 if grouped else None
    everything = Rows(number, number, number[:, 0], groups)
    pool, test = everything.part(np.arange(399)), everything.part(np.arange(399, 500))
    spy = Spy()
    found = measure(pool, test, (30, 40), spy, np.random.default_rng(0), quiet, folds=5)
    assert found.tested == 500 and found.folds == 5 and found.splits % 10 == 0
    assert set(spy.tested) == set(range(500))
    assert len(set(spy.tested.values())) == 1
    # Of 0 and the labels 0 … 499 every model's error is the mean square, whatever the splits.
    np.testing.assert_allclose(found.mean[: len(MODELS)], np.mean(number**2), rtol=1e-12)
    assert np.array_equal(found.mean[len(MODELS) :], [0.0, 0.0])


def test_rows_are_held_out_in_turn_only_if_they_are_few_and_training_is_cheap():
    def rows(count, width):
        x = np.zeros((count, width))
        return Rows(x, x, np.zeros(count))

    ridge = RidgeByLeaveOneOut()
    assert rotates(rows(800, 20), rows(200, 20), (50, 200), ridge) == 5
    assert rotates(rows(900, 20), rows(100, 20), (50, 200), ridge) == 10
    assert rotates(rows(8000, 20), rows(2000, 20), (50, 200), ridge) == 1
    assert rotates(rows(100, 20), rows(400, 20), (50, 20), ridge) == 1
    assert rotates(rows(4000, 900), rows(1000, 900), (1000, 2000), ridge) == 1


def test_errors_of_rows_held_out_in_turn_scatter_as_their_standard_errors_say():
    # 40 data sets; models without a constant, to the letter of the exact formulas.
    pair = pair_with_cosines(6, 9, [1, 0.8])
    beta = np.ones(pair.dimension) / pair.dimension**0.5
    exact = risks(pair.geometry(beta), 40, 150, NOISE)
    truth = np.array([exact.teacher, exact.student, exact.sft, exact.ceiling]) + NOISE
    truth = np.array([*truth, exact.teacher - exact.student, exact.sft - exact.student])
    scores, narrower = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        latent = rng.standard_normal((1000, pair.dimension))
        labels = latent @ beta + NOISE**0.5 * rng.standard_normal(1000)
        everything = Rows(latent @ pair.strong, latent @ pair.weak, labels)
        parts = (everything.part(np.arange(800)), everything.part(np.arange(800, 1000)))
        found, once = (
            measure(*parts, (40, 150), MINIMUM_NORM, rng, quiet, folds=folds) for folds in (5, 1)
        )
        scores.append((found.mean - truth) / found.standard_error)
        narrower.append(found.standard_error / once.standard_error)
    spread = np.sqrt(np.mean(np.square(scores), axis=0))
    # A root mean square of 40 scores has an error of 1/√80 = 11%; luck that is counted twice may
    # make the standard errors too large, by no more than a factor of 3 here.
    assert (spread < 1.33).all() and (spread > 0.3).all(), spread
    # Five times the test rows would give √5 = 2.2, but the rows that train are the same, and what
    # luck may count twice is allowed for: less for the models, not more for the leads.
    ratio = np.mean(narrower, axis=0)
    assert (ratio[: len(MODELS)] < 0.9).all() and (ratio < 1.1).all(), ratio


def test_a_file_of_few_rows_is_tested_on_all_of_them():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1500, 20))
    y = x[:, :10].sum(axis=1) + rng.standard_normal(1500)
    found = diagnose(x[:, :15], x, y, n_labelled=60, n_unlabelled=300)
    assert found.validation.folds == 5 and found.validation.test_rows == 1500
    assert found.validation.agrees
    assert "held out, in turn every one of 5 parts" in " ".join(check_lines(found))


# The level of the check.


def test_degrees_of_freedom_are_those_of_the_sum():
    # Two variances of chi-squared laws: the sum varies like one with so many degrees of freedom.
    rng = np.random.default_rng(0)
    sizes, degrees = np.array([1.0, 3.0]), np.array([7.0, 40.0])
    drawn = sizes[:, None] * rng.chisquare(degrees[:, None], (2, 200_000)) / degrees[:, None]
    total = drawn.sum(axis=0)
    # A variance of 200 000 draws is good to a percent.
    expected = 2 * total.mean() ** 2 / total.var()
    assert float(combined(sizes, degrees)) == pytest.approx(expected, rel=0.03)
    assert float(combined(np.array([0.0, 2.0]), degrees)) == 40.0
    assert float(combined(np.array([0.0, 0.0]), degrees)) == 7.0


@pytest.mark.parametrize("freedom", [7, 15])
def test_the_check_cries_wolf_as_seldom_as_it_says(freedom):
    # Predictions without a fault, with errors that are themselves estimates.
    rng, head = np.random.default_rng(1), SimpleNamespace(freedom=freedom, slack=0.0)
    estimates, draws, many = SimpleNamespace(label_variance=1.0), 1500, 60.0
    alarms = []
    for _ in range(draws):
        guess = 5 + 0.10 * rng.standard_normal(6)
        spread = 0.10 * np.sqrt(rng.chisquare(freedom, 6) / freedom)
        said = [Uncertain(g, s, g, g) for g, s in zip(guess, spread, strict=True)]
        forecast = Forecast(
            np.array(50.0), np.array(100.0), **dict(zip(COMPARED, said, strict=True)),
            pgr=said[0], opr=said[0],
        )  # fmt: skip
        value = 5 + 0.15 * rng.standard_normal(6)
        error = 0.15 * np.sqrt(rng.chisquare(many, 6) / many)
        measured = Measured(value, error, np.full(6, many), 1.0, 12, 100, 1)
        alarms += [not c.agrees for c in compare(forecast, measured, estimates, head)]
    # 9 of 9000 are expected at a level of 99.9%; a Poisson count of 9 lies in 1 … 20 but once in
    # a thousand.
    assert 1 <= sum(alarms) <= 20


def test_the_freedom_of_errors_is_that_of_the_sets_of_rows_left_out():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((2000, 8))
    grouped = GroupedMoments.from_blocks([(x[:, :5], x[:, 3:], x.sum(axis=1))])
    assert RidgeOnAllColumns.from_groups(grouped, 0.99).freedom == 15
    pairs = RidgeOnAllColumns(None, (None,) * 8, np.ones(8), 3.5)
    assert pairs.freedom == 7
    assert LeastSquares(estimate(grouped, intercept=True)).freedom == 15


def test_a_forecast_of_least_squares_leaves_its_errors_out_if_asked():
    x = np.random.default_rng(2).standard_normal((2000, 8))
    grouped = GroupedMoments.from_blocks([(x[:, :5], x[:, 3:], x[:, 0] + x[:, 7])])
    head = LeastSquares(estimate(grouped, intercept=True))
    known, bare = (head.forecast([40, 80], 200, certain=certain) for certain in (False, True))
    for name in (*COMPARED, "opr"):
        one, other = getattr(known, name), getattr(bare, name)
        assert np.array_equal(one.value, other.value)
        assert np.isfinite(one.standard_error).all() and np.isnan(other.standard_error).all()
        assert np.isnan(other.low).all() and np.isnan(other.high).all()


# Replicates.


def test_a_group_of_few_rows_is_projected_as_one_of_many(monkeypatch):
    rng = np.random.default_rng(5)
    x = rng.standard_normal((1200, 90)) * np.logspace(-3, 3, 90)
    labels = np.where(rng.random(1200) < 0.7, x[:, 45:].sum(axis=1) / 1e3, np.nan)
    grouped = GroupedMoments.from_blocks([(x[:, :40], x[:, 30:], labels)])
    found = []
    for few in (10**9, 0, jackknife._FEW):  # never, always, as usual
        monkeypatch.setattr(jackknife, "_FEW", few)
        found.append(estimate(grouped, intercept=True, energy=1.0))
    direct, apart, usual = found
    for one in (apart, usual):
        # Scatters are the same to twelve digits, of which replicates lose two.
        np.testing.assert_allclose(one.covariance, direct.covariance, rtol=1e-6, atol=1e-12)
        assert math.isclose(one.overlap.value, direct.overlap.value, rel_tol=1e-9)
