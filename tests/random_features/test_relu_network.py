"""The ReLU teacher: closed forms against sampled data, quadrature and symmetry."""

import numpy as np
import pytest

from w2s.random_features.gradient_flow import best_stop, spectral_path
from w2s.random_features.limits import lower_bound
from w2s.random_features.relu_network import network_spectrum, relu_gram, relu_teacher
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import ZonalTarget, multiplicities, relu_eigenvalues, sphere_points


def _linear(dim: int) -> ZonalTarget:
    return ZonalTarget(np.eye(dim)[0])


def test_gram_matrix_is_the_mean_over_sampled_inputs() -> None:
    rng = np.random.default_rng(0)
    features, inputs = sphere_points(rng, 5, 4), sphere_points(rng, 200_000, 4)
    hidden = np.maximum(inputs @ features.T, 0.0)
    products = np.einsum("ni,nj->nij", hidden, hidden).reshape(len(inputs), -1)
    error = products.std(axis=0) / np.sqrt(len(inputs))
    # 25 entries, 15 different: Bonferroni at level 1e-3 gives 4 standard errors.
    assert (np.abs(products.mean(axis=0) - relu_gram(features).ravel()) < 4 * error).all()
    np.testing.assert_array_equal(relu_gram(features).diagonal(), 1 / 8)


def test_teacher_is_the_least_squares_fit_on_much_data() -> None:
    rng = np.random.default_rng(1)
    features, inputs = sphere_points(rng, 6, 3), sphere_points(rng, 400_000, 3)
    target = ZonalTarget(sphere_points(rng, 1, 3)[0], (0.0, 0.6, 0.8))
    teacher = relu_teacher(features, target)
    hidden, values = np.maximum(inputs @ features.T, 0.0), target(inputs)
    fitted = np.linalg.lstsq(hidden, values, rcond=None)[0]
    squares = (hidden @ fitted - values) ** 2
    # The sample minimum is biased by M/n, far below its standard error.
    assert squares.mean() == pytest.approx(teacher.error, abs=4 * squares.std() / np.sqrt(4e5))
    at_optimum = ((hidden @ teacher.weights - values) ** 2).mean()
    assert at_optimum - squares.mean() < 1e-4  # flat: the weights are optimal


@pytest.mark.parametrize("coefficients", [(0, 1), (1,), (0, 0, 1), (0, 0.6, 0, 0, 0.8)])
def test_energies_add_up_and_the_residual_is_orthogonal_to_the_teacher(coefficients) -> None:
    features = sphere_points(np.random.default_rng(2), 40, 6)
    teacher = relu_teacher(features, ZonalTarget(np.eye(6)[0], coefficients)).spectrum
    assert teacher.target_energy.sum() == pytest.approx(1.0, rel=1e-14)
    # ⟨f*, r⟩ = ‖r‖² for a projection; conditioning of the Gram matrix times rounding.
    assert teacher.cross_energy.sum() == pytest.approx(teacher.error, abs=1e-11)
    assert (teacher.residual_energy >= -1e-12).all()
    assert 1 - teacher.teacher_energy.sum() == pytest.approx(teacher.error, abs=1e-11)


def test_residual_of_a_linear_target_is_the_rayleigh_matrix() -> None:
    dim, width = 7, 30
    features = sphere_points(np.random.default_rng(3), width, dim)
    teacher = relu_teacher(features, _linear(dim)).spectrum
    inverse = np.linalg.inv(relu_gram(features))
    rayleigh = np.eye(dim) - features.T @ inverse @ features / (4 * dim)
    assert teacher.error == pytest.approx(rayleigh[0, 0], rel=1e-10)
    assert teacher.residual_energy[1] == pytest.approx((rayleigh[0] ** 2).sum(), rel=1e-9)


def test_unresolved_degrees_hold_little_and_resolving_more_changes_little() -> None:
    features = sphere_points(np.random.default_rng(4), 100, 16)
    times = np.geomspace(1e-2, 1e8, 60) * 4 * 16**2
    coarse, fine = (
        relu_teacher(features, _linear(16), degree_max=degrees).spectrum for degrees in (20, 80)
    )
    assert fine.residual_energy[-2] < coarse.residual_energy[-2] < 2e-3
    difference = np.abs(spectral_path(coarse, times) - spectral_path(fine, times))
    assert difference.max() <= coarse.residual_energy[-2]
    np.testing.assert_allclose(coarse.error, fine.error, rtol=1e-12)


def test_odd_degrees_from_three_on_are_invisible() -> None:
    features = sphere_points(np.random.default_rng(5), 50, 5)
    teacher = relu_teacher(features, ZonalTarget(np.eye(5)[0], (0, 0, 0, 1)))
    assert teacher.error == 1.0
    np.testing.assert_array_equal(spectral_path(teacher.spectrum, [0.0, 1e3, 1e12]), 1.0)


def test_rotations_change_nothing() -> None:
    rng = np.random.default_rng(6)
    features = sphere_points(rng, 30, 8)
    rotation = np.linalg.qr(rng.standard_normal((8, 8)))[0]
    beta = sphere_points(rng, 1, 8)[0]
    one = relu_teacher(features, ZonalTarget(beta, (0, 0.8, 0.6))).spectrum
    other = relu_teacher(features @ rotation, ZonalTarget(beta @ rotation, (0, 0.8, 0.6))).spectrum
    # Rounding times the condition number of the Gram matrix.
    np.testing.assert_allclose(one.residual_energy, other.residual_energy, atol=1e-12)
    np.testing.assert_allclose(one.cross_energy, other.cross_energy, atol=1e-12)


def test_path_starts_at_one_ends_at_the_teacher_and_obeys_the_bound() -> None:
    rng = np.random.default_rng(7)
    for dim in (2, 5, 24):
        teacher = relu_teacher(sphere_points(rng, 24, dim), _linear(dim))
        times = np.geomspace(1e-6, 1e30, 300) * 4 * dim**2
        path = spectral_path(teacher.spectrum, [0.0, *times])
        assert path[0] == pytest.approx(1.0, rel=1e-12)
        assert path[-1] == pytest.approx(teacher.error, abs=1e-12)
        assert path.min() >= float(lower_bound(teacher.error)) - 1e-12


def test_more_features_never_hurt_the_teacher() -> None:
    features = sphere_points(np.random.default_rng(8), 64, 12)
    errors = [relu_teacher(features[:m], _linear(12)).error for m in (4, 8, 16, 32, 64)]
    assert (np.diff(errors) < 0).all()


def test_stopping_early_gains_and_the_gain_grows_with_the_teacher() -> None:
    rng = np.random.default_rng(9)
    ratios = []
    for width in (16, 64, 256):
        teachers = [relu_teacher(sphere_points(rng, width, 32), _linear(32)) for _ in range(5)]
        batch = SpectralTeacher.stack([teacher.spectrum for teacher in teachers])
        stop = best_stop(lambda t, batch=batch: spectral_path(batch, t * 4 * 32**2))
        ratios.append((stop.loss / batch.error).mean())
    assert 1 > ratios[0] > ratios[1] > ratios[2]


def test_spectrum_lists_the_visible_degrees() -> None:
    spectrum = relu_teacher(np.eye(4), _linear(4), degree_max=6).spectrum
    expected = relu_eigenvalues(4, 8)[[0, 1, 2, 4, 6, 8]]
    np.testing.assert_array_equal(spectrum.eigenvalues, [*expected, 0.0])
    assert (np.diff(spectrum.eigenvalues) < 0).all()
    assert multiplicities(4, 8)[2] == 9


def test_singular_gram_matrix_is_refused_with_the_first_superfluous_feature() -> None:
    features = sphere_points(np.random.default_rng(10), 20, 6)
    with pytest.raises(ValueError, match="20 ReLU features is singular in float64 from feature 13"):
        relu_teacher(np.vstack([features[:12], features[:1], features[13:]]), _linear(6))
    crowd = sphere_points(np.random.default_rng(11), 700, 2)
    with pytest.raises(ValueError, match="use fewer teacher features or a higher dimension"):
        relu_teacher(crowd, _linear(2))


def test_bad_teachers_are_refused() -> None:
    with pytest.raises(ValueError, match="features must have dimension 3, got 4"):
        relu_teacher(np.eye(4), _linear(3))
    with pytest.raises(ValueError, match="features must be unit vectors, got norm 2"):
        relu_teacher(2 * np.eye(3), _linear(3))
    with pytest.raises(ValueError, match="number of features must be at least 1, got 0"):
        relu_teacher(np.empty((0, 3)), _linear(3))
    with pytest.raises(ValueError, match="dimension must be at least 2, got 1"):
        relu_gram(np.ones((3, 1)))
    with pytest.raises(
        ValueError, match="degree_max must be at least that of the target, 4, got 2"
    ):
        relu_teacher(np.eye(3), ZonalTarget(np.eye(3)[0], (0, 0, 0, 0, 1)), degree_max=2)


@pytest.mark.parametrize("coefficients", [(0, 1), (0.6, 0, 0.8), (0, 0.6, 0, 0.8)])
def test_a_trained_network_has_the_spectrum_of_its_teacher(coefficients) -> None:
    features = sphere_points(np.random.default_rng(4), 30, 5)
    teacher = relu_teacher(features, ZonalTarget(np.eye(5)[1], coefficients))
    seen = network_spectrum(features, teacher.weights, teacher.target)
    # Rounding in the solved weights.
    assert np.allclose(seen.cross_energy, teacher.spectrum.cross_energy, atol=1e-10)
    assert np.allclose(seen.residual_energy, teacher.spectrum.residual_energy, atol=1e-10)


def test_an_untrained_network_has_the_error_measured_on_inputs() -> None:
    rng = np.random.default_rng(5)
    features, weights = sphere_points(rng, 12, 6), rng.standard_normal(12)
    target = ZonalTarget(np.eye(6)[0], (0.6, 0.8))
    inputs = sphere_points(rng, 200_000, 6)
    squares = (np.maximum(inputs @ features.T, 0) @ weights - target(inputs)) ** 2
    error = squares.std(ddof=1) / np.sqrt(len(squares))
    exact = float(network_spectrum(features, weights, target).error)
    assert abs(squares.mean() - exact) < 4 * error


def test_a_network_that_does_not_fit_its_target_is_refused() -> None:
    with pytest.raises(ValueError, match="weights must have one entry per feature, 4, got 3"):
        network_spectrum(np.eye(4), np.ones(3), ZonalTarget(np.eye(4)[0]))
    with pytest.raises(ValueError, match="degree_max must be at least that of the target, 3"):
        network_spectrum(
            np.eye(4), np.ones(4), ZonalTarget(np.eye(4)[0], (0, 0, 0, 1)), degree_max=2
        )
