"""Spurious groups: the limit by two routes, its leading order, and the known numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import fsolve
from scipy.special import roots_genlaguerre

from w2s.discrepancy.ridgeless import student_variance
from w2s.discrepancy.subspaces import Geometry, SubspacePair
from w2s.metrics import mean_and_error
from w2s.neighbours.groups import (
    GroupFeatures,
    Shares,
    best_unlabelled_share,
    leading_risks,
    limit_risks,
    simulated_risks,
)

# Means: four standard errors, a false alarm in sixteen thousand.
SIGMAS = 4
MEAN = [1.5, 1.0, 0.0, 0.5]


def seen(overlap=0.5, mean=MEAN, scale=1.0):
    """Three directions of the teacher, one of the student at this cosine to the first."""
    student = overlap * np.eye(4)[0] + np.sqrt(1 - overlap**2) * np.eye(4)[3]
    return GroupFeatures(SubspacePair(student[:, None], np.eye(4)[:, :3]), np.array(mean), scale)


def hidden(squared):
    """A group that the teacher's only direction does not show and the student's does."""
    pair = SubspacePair(strong=np.full((2, 1), 0.5**0.5), weak=np.eye(2)[:, :1])
    return GroupFeatures(pair, [0.0, squared**0.5])


USUAL = Shares(0.1, 0.4, 0.5)
GAMMA, NU = 24 / 480, 24 / 960


def test_the_limit_takes_a_teacher_of_four_directions():
    pair = SubspacePair(np.eye(4)[:, :1], np.eye(4))
    found = limit_risks(GroupFeatures(pair, np.array(MEAN)), USUAL, 0.01, 0.01, 1.0)
    assert (
        found.teacher
        > leading_risks(GroupFeatures(pair, np.array(MEAN)), USUAL, 0.01, 0.01, 1.0).teacher
    )


def test_the_leading_order_is_the_known_numbers():
    found = leading_risks(seen(), USUAL, GAMMA, NU, 1.0)
    assert abs(found.teacher - 0.2260) < 1e-12
    assert abs(found.student - 0.08688) < 6e-6  # the last digit, rounded


@pytest.mark.parametrize(
    ("law", "sizes", "teacher", "student"),
    [
        ("shift", (GAMMA, NU), 0.30438, 0.11377),
        ("shift", (0.04, 0.02), 0.22842, 0.08431),
        ("mixture", (GAMMA, NU), 0.32638, 0.13369),
        ("mixture", (0.04, 0.02), 0.24453, 0.09894),
    ],
)
def test_the_limit_is_the_known_numbers(law, sizes, teacher, student):
    found = limit_risks(seen(), USUAL, *sizes, 1.0, law=law)
    # Those were means over drawn features, good to half a per cent; ours are quadratures.
    assert found.teacher == pytest.approx(teacher, rel=5e-3)
    assert found.student == pytest.approx(student, rel=5e-3)


def scalars(p, ratio):
    """Solve for the two numbers of the effective moment ``diag(a, b I)`` of ``[1; g]``."""

    def mean(power, a, b):
        # |g|²/2 has a Gamma law; E g_1² h(|g|²) is E h of two more degrees of freedom.
        half, mass = roots_genlaguerre(60, (p - 1) / 2 + power - 1)
        return mass @ (1 / (1 + ratio * (1 / a + 2 * half / b))) / mass.sum()

    return fsolve(lambda x: [mean(0, *x) - x[0], mean(1, *x) - x[1]], [0.9, 0.9], xtol=1e-12)


@pytest.mark.parametrize("shares", [USUAL, Shares(0.0, 1.0, 0.3)])
@pytest.mark.parametrize("scale", [1.0, 0.7])
def test_for_the_shift_law_two_numbers_make_the_limit(shares, scale):
    f, gamma, nu, noise = seen(scale=scale), 0.05, 0.1, 0.6
    (a, b), (c, d) = scalars(4, gamma), scalars(2, nu)
    ell, u, t = shares.labelled, shares.unlabelled, shares.test
    seen_mean, own = f.on_teacher / scale, f.pair.strong.T @ f.mean / scale
    teacher = 1 / a + (3 + (t - ell) ** 2 * seen_mean @ seen_mean) / b
    drift = ((u - ell) * f.on_teacher + (t - u) * f.through_student) / scale
    rest = nu * (f.p_teacher - f.p_shared) / b
    student = 1 / a + (f.pair.overlap + drift @ drift) / b
    student += rest * (1 / c + (1 + (t - u) ** 2 * own @ own) / d)
    found = limit_risks(f, shares, gamma, nu, noise)
    # Sixteen nodes a direction integrate these smooth functions to about 1e-6.
    assert found.teacher == pytest.approx(noise * gamma * teacher, rel=1e-5)
    assert found.student == pytest.approx(noise * gamma * student, rel=1e-5)


def test_the_leading_order_is_the_limit_of_the_limit():
    gamma = 1 / np.array([40, 80, 160, 320])
    limits = [limit_risks(seen(), USUAL, g, g / 4, 1.0) for g in gamma]
    leading = leading_risks(seen(), USUAL, gamma, gamma / 4, 1.0)
    teacher = np.array([one.teacher for one in limits]) / leading.teacher - 1
    student = np.array([one.student for one in limits]) / leading.student - 1
    # Known to the scatter of drawn features.
    assert np.allclose(teacher, [0.1546, 0.0730, 0.0355, 0.0174], atol=3e-4)
    assert np.allclose(student, [0.1323, 0.0618, 0.0295, 0.0140], atol=1.2e-3)


@pytest.mark.parametrize("law", ["shift", "mixture"])
def test_trained_models_have_the_risks_of_the_limit(law):
    width = 32
    found = simulated_risks(
        seen(), USUAL, width, 800, 1600, 1.0, 60, np.random.default_rng(1), law=law
    )
    limit = limit_risks(seen(), USUAL, 1 / 25, 1 / 50, 1.0, law=law)
    for name in ("teacher", "student"):
        mean, error = mean_and_error(getattr(found, name))
        expected = getattr(limit, name)
        # Finitely many core features: a term of relative order 1/d_z, which is 3%.
        assert abs(mean - expected) < SIGMAS * error + 0.03 * expected
        assert error < 0.01 * expected


def test_the_noise_average_is_that_of_models_trained_on_noise():
    # A second route: least squares on drawn noise, tested on drawn points.
    f, width, n, big_n, rng = seen(scale=0.8), 2, 40, 30, np.random.default_rng(4)
    ell, u, t = 0.2, 0.6, 0.9

    def inputs(share, size):
        z, xi = rng.standard_normal((size, width)), 0.8 * rng.standard_normal((size, 4))
        xi += share * f.mean
        weak, strong = (
            np.einsum("ni,nj->nij", z, np.insert(xi @ basis, 0, 1, axis=1)).reshape(size, -1)
            for basis in (f.pair.weak, f.pair.strong)
        )
        return weak, strong

    at_test, squares = inputs(t, 4000), []
    for _ in range(800):
        labelled, fresh = inputs(ell, n), inputs(u, big_n)
        teacher = np.linalg.lstsq(labelled[0], rng.standard_normal(n), rcond=None)[0]
        student = np.linalg.lstsq(fresh[1], fresh[0] @ teacher, rcond=None)[0]
        squares.append([np.mean((at_test[0] @ teacher) ** 2), np.mean((at_test[1] @ student) ** 2)])
    drawn, error = mean_and_error(squares)
    exact = simulated_risks(f, Shares(ell, u, t), width, n, big_n, 1.0, 800, rng)
    mean, other = mean_and_error(np.transpose([exact.teacher, exact.student]))
    # Beside the trials, 4000 test points scatter by about 3%.
    assert (np.abs(drawn - mean) < SIGMAS * np.hypot(error, other) + 0.1 * mean).all()
    assert (np.hypot(error, other) < 0.06 * mean).all()


def test_all_test_shares_meet_the_same_models():
    case, sizes = (seen(), 2, 40, 30), (1.0, 3)
    f, *numbers = case
    many = simulated_risks(
        f, Shares(0.1, 0.2, [0.0, 0.5]), *numbers, *sizes, np.random.default_rng(0)
    )
    one = simulated_risks(f, Shares(0.1, 0.2, 0.5), *numbers, *sizes, np.random.default_rng(0))
    assert many.teacher.shape == many.student.shape == (3, 2)
    assert one.teacher.shape == (3,)
    assert np.allclose(many.teacher[:, 1], one.teacher, rtol=1e-12)
    assert np.allclose(many.student[:, 1], one.student, rtol=1e-12)


def test_without_a_group_it_is_the_variance_theorem():
    gamma, nu = 1e-7, 1e-3
    found = leading_risks(seen(mean=[0.0] * 4), USUAL, gamma, nu, 0.3)
    theorem = student_variance(Geometry(2000, 4000, overlap=1250), 1000 / gamma, 1000 / nu, 0.3)
    assert found.student == pytest.approx(float(theorem), rel=2e-5)  # orders of γ and of ν² Θ


def test_the_best_share_is_the_known_numbers_and_that_of_a_search():
    for overlap, known in ((0.0, 0.1), (0.5, -0.0178), (0.9, 0.0502)):
        f = seen(overlap)
        found = best_unlabelled_share(f, 0.1, 0.5)
        assert abs(found - known) < 6e-5
        # A parabola: three points tell its vertex, also outside [0, 1].
        risks = leading_risks(f, Shares(0.1, np.array([0.0, 0.5, 1.0]), 0.5), 1.0, 0.0, 1.0).student
        parabola = np.polyfit([0.0, 0.5, 1.0], risks, 2)
        assert found == pytest.approx(-parabola[1] / parabola[0] / 2, abs=1e-9)
    assert np.isnan(best_unlabelled_share(seen(mean=[0.0] * 4), 0.1, 0.5))
    assert np.allclose(best_unlabelled_share(seen(0.0), [0.1, 0.3], 0.7), [0.1, 0.3])


def test_the_gains_are_the_known_numbers():
    shares = Shares(0.1, np.arange(6) / 10, 0.5)
    found = leading_risks(seen(0.0), shares, 1 / 50, 1 / 1000, 1.0)
    gain = (found.teacher - found.student) * 50
    assert np.allclose(gain, [3.4813, 3.5139, 3.4814, 3.3840, 3.2215, 2.9940], atol=6e-5)


def test_equal_shares_help_only_if_the_student_does_not_see_a_hidden_group():
    for squared, teacher, student in ((6.0, 0.0737, 0.1016), (1.0, 0.0737, 0.0628)):
        found = limit_risks(hidden(squared), Shares(0.1, 0.1, 1.0), 1 / 30, 1 / 100, 1.0)
        assert found.teacher == pytest.approx(teacher, rel=5e-3)
        assert found.student == pytest.approx(student, rel=5e-3)


def test_the_scale_of_the_features_is_the_unit_of_the_mean():
    coarse = seen(mean=[3.0, 2.0, 0.0, 1.0], scale=2)
    assert isinstance(coarse.scale, float)
    for found, expected in (
        (leading_risks(coarse, USUAL, 0.1, 0.2, 1.0), leading_risks(seen(), USUAL, 0.1, 0.2, 1.0)),
        (limit_risks(coarse, USUAL, 0.1, 0.2, 1.0), limit_risks(seen(), USUAL, 0.1, 0.2, 1.0)),
    ):
        assert found.teacher == pytest.approx(float(expected.teacher), rel=1e-10)
        assert found.student == pytest.approx(float(expected.student), rel=1e-10)


def simulated(**changed):
    """Risks of a small case with some arguments changed."""
    case = {"shares": USUAL, "d_z": 3, "n_labelled": 40, "n_unlabelled": 40, "noise": 1.0}
    rng = np.random.default_rng(0)
    return simulated_risks(seen(), **(case | {"trials": 2, "rng": rng} | changed))


PAIR = SubspacePair(np.eye(7)[:, :5], np.eye(7)[:, 5:])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Shares(-0.1, 0, 0), r"share labelled must lie in \[0, 1\], got -0\.1"),
        (lambda: Shares(0, 1.1, 0), r"share unlabelled must lie in \[0, 1\], got 1\.1"),
        (lambda: Shares(0, 0, np.nan), r"share test must be finite, got nan"),
        (lambda: SubspacePair(np.ones((3, 2)), np.eye(3)[:, :1]), "strong .*orthonormal"),
        (lambda: seen(mean=[1.0, 2.0]), r"mean must have length 4, got 2"),
        (lambda: seen(scale=0.0), r"scale must exceed 0, got 0"),
        (lambda: leading_risks(seen(), USUAL, 0.0, 0.1, 1.0), r"gamma must exceed 0, got 0"),
        (lambda: leading_risks(seen(), USUAL, 0.1, -0.1, 1.0), r"nu must be at least 0, got -0\.1"),
        (lambda: leading_risks(seen(), USUAL, 0.1, 0.1, -1.0), r"noise must be at least 0, got -1"),
        (lambda: limit_risks(seen(), USUAL, 0.25, 0.1, 1.0),
         r"gamma must lie strictly between 0 and 0\.25, got 0\.25"),
        (lambda: limit_risks(seen(), USUAL, 0.1, 0.5, 1.0),
         r"nu must lie strictly between 0 and 0\.5, got 0\.5"),
        (lambda: limit_risks(seen(), USUAL, 0.1, 0.1, -1.0), r"noise must be at least 0, got -1"),
        (lambda: limit_risks(seen(), USUAL, 0.1, 0.1, 1.0, law="other"),
         r"law must be one of shift, mixture, got 'other'"),
        (lambda: limit_risks(seen(), Shares(0, [0, 1], 0), 0.1, 0.1, 1.0),
         r"share unlabelled must have 0 dimension"),
        (lambda: limit_risks(GroupFeatures(PAIR, np.ones(7)), USUAL, 0.01, 0.01, 1.0),
         r"at most 4 directions for the limit, got 5"),
        (lambda: simulated(n_labelled=12), r"n_labelled must exceed p_T d_z = 12, got 12"),
        (lambda: simulated(n_unlabelled=6), r"n_unlabelled must exceed p_S d_z = 6, got 6"),
        (lambda: simulated(n_labelled=12.5), r"n_labelled must be a whole number, got 12\.5"),
        (lambda: simulated(n_unlabelled=12.5), r"n_unlabelled must be a whole number, got 12\.5"),
        (lambda: simulated(d_z=0), r"d_z must be at least 1, got 0"),
        (lambda: simulated(trials=0), r"trials must be at least 1, got 0"),
        (lambda: simulated(law="other"), r"law must be one of shift, mixture, got 'other'"),
        (lambda: simulated(noise=-1.0), r"noise must be at least 0, got -1"),
        (lambda: simulated(shares=Shares([0, 1], 0, 0)), r"share labelled must have 0 dimension"),
        (lambda: simulated(shares=Shares(0, [0, 1], 0)), r"share unlabelled must have 0 dimension"),
        (lambda: seen(mean=[[1.0] * 4]), r"mean must have 1 dimension"),
        (lambda: seen(scale=np.nan), r"scale must be finite, got nan"),
        (lambda: seen(scale=[1.0, 2.0]), r"scale must have 0 dimension"),
        (lambda: best_unlabelled_share(seen(), 1.1, 0.5), r"labelled must lie in \[0, 1\]"),
        (lambda: best_unlabelled_share(seen(), 0.1, -0.5), r"test must lie in \[0, 1\]"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_condition_and_value(call, says):
    with pytest.raises(ValueError, match=says):
        call()
