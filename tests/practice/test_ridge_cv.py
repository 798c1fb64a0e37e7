"""Ridge with a penalty chosen by leaving rows out: its short cuts give what the long way gives."""

import numpy as np
import pytest

from w2s.practice.training import ridge_cv
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut

WIDE, LONG = (280, 300), (450, 300)


def sample(rows, columns, noise=1.0):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, columns)) / np.sqrt(1 + np.arange(columns) / 50)
    y = x[:, ::7].sum(axis=1) + noise * rng.standard_normal(rows)
    return x, y, rng.standard_normal((40, columns))


def in_double_precision(monkeypatch, *fit):
    with monkeypatch.context() as patch:
        patch.setattr(ridge_cv, "_LARGE", 10**9)
        return RidgeByLeaveOneOut().to(*fit)


@pytest.mark.parametrize("shape", [WIDE, LONG])
@pytest.mark.parametrize("grouped", [False, True])
def test_single_precision_chooses_what_double_precision_would(monkeypatch, shape, grouped):
    x, y, new = sample(*shape)
    groups = np.arange(len(y)) // 3 if grouped else None
    asked = []
    single = ridge_cv.ssyevd
    monkeypatch.setattr(ridge_cv, "ssyevd", lambda *a, **k: asked.append(0) or single(*a, **k))
    ours = RidgeByLeaveOneOut().to(x, y, groups)(new)
    assert asked  # the short way was taken
    theirs = in_double_precision(monkeypatch, x, y, groups)(new)
    assert np.allclose(ours, theirs, rtol=1e-9, atol=1e-9)  # one solve in double precision


@pytest.mark.parametrize("shape", [WIDE, LONG])
@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
def test_features_and_labels_of_any_size_have_the_same_model(shape, size):
    x, y, new = sample(*shape)
    found = RidgeByLeaveOneOut().to(size * x, size * y)(size * new) / size
    assert np.allclose(found, RidgeByLeaveOneOut().to(x, y)(new), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(("large", "noise"), [(1e4, 1.0), (1.0, 1e-4)])
def test_what_single_precision_cannot_tell_is_chosen_in_double(monkeypatch, large, noise):
    # One column hides the others from single precision, or the fit is better than it can see.
    x, y, new = sample(*LONG, noise=noise)
    x[:, 0] *= large
    y -= x[:, 0]
    new[:, 0] *= large
    ours, theirs = (fit(new) for fit in (
        RidgeByLeaveOneOut().to(x, y), in_double_precision(monkeypatch, x, y)
    ))  # fmt: skip
    assert np.allclose(ours, theirs, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("shape", [WIDE, LONG])
@pytest.mark.parametrize("penalty", [1e-13, 3.0])
def test_a_given_penalty_solves_the_normal_equations(shape, penalty):
    x, y, new = sample(*shape)
    away, centre = x - x.mean(axis=0), y - y.mean()
    theta = np.linalg.lstsq(
        np.vstack([away, np.sqrt(penalty) * np.eye(x.shape[1])]),
        np.concatenate([centre, np.zeros(x.shape[1])]), rcond=None,
    )[0]  # fmt: skip
    found = RidgeByLeaveOneOut(penalty).to(x, y)(new)
    # A penalty far below all variance leaves a condition number of about 1e4 squared.
    assert np.allclose(found, (new - x.mean(axis=0)) @ theta + y.mean(), rtol=1e-6, atol=1e-6)


def test_of_many_rows_some_choose_the_penalty_and_all_train(monkeypatch):
    x, y, new = sample(5000, 20, noise=5.0)
    ours = RidgeByLeaveOneOut().to(x, y)(new)
    monkeypatch.setattr(ridge_cv, "_LEFT_OUT", 10**6)
    theirs = RidgeByLeaveOneOut().to(x, y)(new)
    truth = new[:, ::7].sum(axis=1)
    # Another choice costs an error of the order 25/2048 of 25 at most: what d = 20 cost in all.
    assert np.mean((ours - theirs) ** 2) < 0.2 * np.mean((theirs - truth) ** 2)


def test_features_that_do_not_vary_predict_the_mean():
    assert RidgeByLeaveOneOut().to(np.ones((5, 2)), np.arange(5.0))(np.zeros((1, 2))) == 2.0
