"""Learning rules: each against an independent route, and which of them shrink."""

import numpy as np
import pytest
from scipy.sparse.linalg import lsqr as scipy_lsqr

from w2s.random_features.gradient_flow import flow, spectral_path
from w2s.random_features.learning_rules import (
    filtered_error,
    gradient_descent,
    lsqr,
    nesterov,
    ridge,
)
from w2s.random_features.linear_network import linear_scaling, linear_teacher
from w2s.random_features.shrinkage import shrinkage_margin
from w2s.random_features.spectral import SpectralTeacher


def _problem(seed=0, size=12, rank=9):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((size, rank)) * np.geomspace(1, 0.05, rank)
    return root, root @ root.T, rng.standard_normal(size)


def _margin(students, labels):
    return shrinkage_margin((students**2).sum(-1), students @ labels) / (labels @ labels)


def _by_eigenspace(target, teacher, kernel):
    """Moments of simulated functions in the eigenspaces of a diagonal kernel."""
    rest = target - teacher
    return SpectralTeacher(kernel.diagonal(), target**2, target * rest, rest**2)


def test_a_filter_by_eigenspace_is_the_rule_on_functions() -> None:
    rng = np.random.default_rng(7)
    kernel, target = np.diag([1.0, 0.3, 0.01]), np.array([0.8, 0.6, 0.0])
    labels = target + 0.3 * rng.standard_normal(3)
    seen, values = _by_eigenspace(target, labels, kernel), kernel.diagonal()
    penalties = np.array([0.01, 0.1, 1.0])
    for fractions, students in (
        (values / (values + penalties[:, None]), ridge(kernel, labels, penalties)),
        (1 - (1 - values) ** np.arange(6)[:, None], gradient_descent(kernel, labels, 5)),
    ):
        error = ((students - target) ** 2).sum(axis=1)
        np.testing.assert_allclose(filtered_error(seen, fractions), error, atol=1e-14)


def test_the_filter_of_gradient_flow_gives_its_path_for_a_batch() -> None:
    batch = linear_teacher(linear_scaling(32), np.random.default_rng(8), 6)
    times = np.geomspace(0.1, 1e4, 20)
    fractions = -np.expm1(-times[:, None] * batch.eigenvalues)
    found = filtered_error(batch, fractions)
    assert found.shape == (6, 20)
    np.testing.assert_allclose(found, spectral_path(batch, times), rtol=1e-12)
    # One set of fractions per teacher.
    own = np.broadcast_to(fractions, (6, *fractions.shape))
    np.testing.assert_allclose(filtered_error(batch, own), found, rtol=1e-14)


def test_ridge_solves_its_normal_equations() -> None:
    root, kernel, labels = _problem()
    for penalty in (1e-3, 0.1, 10.0):
        weights = np.linalg.solve(root.T @ root + penalty * np.eye(9), root.T @ labels)
        np.testing.assert_allclose(ridge(kernel, labels, [penalty])[0], root @ weights, atol=1e-11)


def test_gradient_descent_is_the_filter_one_minus_a_power() -> None:
    _, kernel, labels = _problem()
    values, vectors = np.linalg.eigh(kernel)
    path = gradient_descent(kernel, labels, 7, step=1.3)
    for k, student in enumerate(path):
        filtered = vectors @ ((1 - (1 - 1.3 * values / values[-1]) ** k) * (vectors.T @ labels))
        np.testing.assert_allclose(student, filtered, atol=1e-12)


def test_small_steps_are_gradient_flow() -> None:
    _, kernel, labels = _problem()
    largest = np.linalg.norm(kernel, 2)
    path = gradient_descent(kernel, labels, 4000, step=1e-3)
    # Euler's method: an error of the order of the step.
    np.testing.assert_allclose(path[-1], flow(kernel, labels, [4 / largest])[0], atol=2e-3)


@pytest.mark.parametrize("rule", ["descent", "heavy ball", "nesterov", "lsqr"])
def test_every_rule_converges_to_the_projection_of_the_labels(rule: str) -> None:
    root, kernel, labels = _problem(rank=4)
    projection = root @ np.linalg.lstsq(root, labels, rcond=None)[0]
    path = {
        "descent": lambda: gradient_descent(kernel, labels, 20000, step=1.9),
        "heavy ball": lambda: gradient_descent(kernel, labels, 20000, momentum=0.9),
        "nesterov": lambda: nesterov(kernel, labels, 20000),
        "lsqr": lambda: lsqr(kernel, labels, 6),
    }[rule]()
    np.testing.assert_allclose(path[-1], projection, atol=1e-8)
    np.testing.assert_array_equal(path[0], 0.0)


def test_lsqr_is_that_of_scipy() -> None:
    root, kernel, labels = _problem()
    path = lsqr(kernel, labels, 5)
    for k in range(1, 6):
        weights = scipy_lsqr(root, labels, atol=0, btol=0, conlim=0, iter_lim=k)[0]
        np.testing.assert_allclose(path[k], root @ weights, atol=1e-10)


def test_ridge_lsqr_and_short_steps_are_shrinkage_optimal() -> None:
    for seed in range(20):
        _, kernel, labels = _problem(seed)
        for students in (
            ridge(kernel, labels, np.geomspace(1e-4, 1e4, 50)),
            gradient_descent(kernel, labels, 100, step=1.0),
            lsqr(kernel, labels, 8),
        ):
            assert _margin(students, labels).min() > -1e-12  # rounding


def test_long_steps_and_momentum_are_not() -> None:
    _, kernel, labels = _problem()
    assert _margin(gradient_descent(kernel, labels, 1, step=1.9), labels).min() < -0.05
    assert _margin(gradient_descent(kernel, labels, 60, momentum=0.9), labels).min() < -0.1
    # Nesterov overshoots a little: it needs one eigenvalue and enough steps to show.
    assert _margin(nesterov([[1.0]], [1.0], 60, step=0.05), np.ones(1)).min() < -1e-3


def test_bad_rules_are_refused() -> None:
    _, kernel, labels = _problem()
    with pytest.raises(ValueError, match="step must be below 2 in units of 1/λ_max"):
        gradient_descent(kernel, labels, 3, step=2.0)
    with pytest.raises(ValueError, match="step must exceed 0, got 0"):
        nesterov(kernel, labels, 3, step=0.0)
    with pytest.raises(ValueError, match=r"momentum must lie in \[0, 1\], got -0.5"):
        gradient_descent(kernel, labels, 3, momentum=-0.5)
    with pytest.raises(ValueError, match="momentum must be below 1, got 1"):
        gradient_descent(kernel, labels, 3, momentum=1.0)
    with pytest.raises(ValueError, match="n_steps must be at least 1, got 0"):
        lsqr(kernel, labels, 0)
    with pytest.raises(ValueError, match="penalties must exceed 0, got 0"):
        ridge(kernel, labels, [0.0])
    with pytest.raises(ValueError, match=r"kernel must have shape \(3, 3\) as labels"):
        ridge(kernel, labels[:3], [1.0])
    with pytest.raises(ValueError, match="kernel must not be zero"):
        nesterov(np.zeros((2, 2)), [1.0, 0.0], 3)
    teacher = SpectralTeacher(*np.ones((4, 2)))
    with pytest.raises(ValueError, match=r"learned must have shape \(..., T, 2\), got \(3, 1\)"):
        filtered_error(teacher, np.ones((3, 1)))
    with pytest.raises(ValueError, match="learned must be finite"):
        filtered_error(teacher, [[np.inf, 0.0]])
