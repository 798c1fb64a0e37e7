"""κ_S as an angle, and the two-scale bound at every time."""

import numpy as np
import pytest

from w2s.random_features.alignment import feature_alignment, two_scale_bound
from w2s.random_features.gradient_flow import spectral_path
from w2s.random_features.relu_network import relu_gram, relu_teacher
from w2s.random_features.sphere import ZonalTarget, multiplicities, relu_eigenvalues, sphere_points


def test_alignment_with_linear_functions_is_the_rayleigh_matrix() -> None:
    dim = 6
    features = sphere_points(np.random.default_rng(0), 40, dim)
    inverse = np.linalg.inv(relu_gram(features))
    rayleigh = np.eye(dim) - features.T @ inverse @ features / (4 * dim)
    largest = np.linalg.eigvalsh(rayleigh)[-1]
    assert feature_alignment(features, (1,)) == pytest.approx(largest, rel=1e-8)


def test_alignment_is_the_worst_teacher_error_over_all_directions() -> None:
    features = sphere_points(np.random.default_rng(1), 30, 3)
    worst = feature_alignment(features, (2,))
    errors = [
        relu_teacher(features, ZonalTarget(beta, (0, 0, 1))).error
        for beta in sphere_points(np.random.default_rng(2), 200, 3)
    ]
    assert max(errors) <= worst
    assert max(errors) > 0.3 * worst


def test_alignment_grows_with_the_space_and_falls_with_the_width() -> None:
    features = sphere_points(np.random.default_rng(3), 120, 8)
    spaces = [feature_alignment(features, degrees) for degrees in ((0,), (0, 1), (0, 1, 2))]
    assert spaces[0] <= spaces[1] <= spaces[2]
    widths = [feature_alignment(features[:m]) for m in (10, 20, 60, 120)]
    assert (np.diff(widths) < 0).all()


def test_a_teacher_smaller_than_the_space_misses_some_function_entirely() -> None:
    assert feature_alignment(np.eye(5), (0, 1)) == 1.0


@pytest.mark.parametrize(
    ("dim", "width", "degrees"), [(8, 40, (0, 1)), (8, 200, (0, 1, 2)), (16, 64, (0, 1))]
)
def test_two_scale_bound_holds_at_every_time(dim, width, degrees) -> None:
    features = sphere_points(np.random.default_rng([dim, width]), width, dim)
    teacher = relu_teacher(features, ZonalTarget(np.eye(dim)[0]))
    values = relu_eigenvalues(dim, 4)
    times = np.concatenate([[0.0], np.geomspace(1e-3, 1e8, 300)]) / values[1]
    outside = values[2] if degrees[-1] == 1 else values[4]
    bound = two_scale_bound(
        teacher.error, feature_alignment(features, degrees), values[1], outside, times
    )
    assert (spectral_path(teacher.spectrum, times) <= bound).all()
    assert multiplicities(dim, 2)[1] == dim


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match=r"degrees must be distinct, and 1 or even, got \(0, 3\)"):
        feature_alignment(np.eye(4), (0, 3))
    with pytest.raises(ValueError, match="degrees must be distinct"):
        feature_alignment(np.eye(4), (0, 0))
    with pytest.raises(ValueError, match="degree must be at least 0, got -2"):
        feature_alignment(np.eye(4), (-2,))
    with pytest.raises(ValueError, match="features must be unit vectors"):
        feature_alignment(2 * np.eye(4))
    with pytest.raises(ValueError, match=r"alignment must lie in \[0, 1\], got 2"):
        two_scale_bound(0.1, 2.0, 1.0, 0.1, 1.0)
    with pytest.raises(ValueError, match="times must be at least 0, got -1"):
        two_scale_bound(0.1, 0.2, 1.0, 0.1, -1.0)
