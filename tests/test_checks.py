"""What enters is what was meant: no mask is lost, no text or seed taken for something else."""

import importlib
import inspect
import pkgutil
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import w2s
from w2s import _checks, diagnose, metrics
from w2s._arrays import on_host
from w2s._checks import above, at_least, between, finite, integer, real, told, unmasked
from w2s.discrepancy import (
    bounds,
    dimensions,
    elliptical,
    latents,
    overparametrised,
    random_geometries,
    ridgeless,
    samplers,
    simulate,
    subspaces,
)
from w2s.neighbours import distill_simulation, groups, power_law_draws, sgd_simulation, surrogate
from w2s.practice import stopped_simulation, stopped_student
from w2s.practice.data import digits, feature_files, raw_formats
from w2s.practice.data.encoders.pictures import Pictures
from w2s.practice.data.raw_formats import idx
from w2s.practice.data.sources import datasets
from w2s.practice.data.tables import open_table
from w2s.practice.estimation.accumulate import accumulate
from w2s.practice.estimation.groups import GroupedMoments
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.training import nested_splits, protocols, real_controls, splits
from w2s.random_features import (
    adversarial,
    exponents,
    gradient_flow,
    linear_network,
    relu_network,
    sphere,
    universality,
)

PAIR = subspaces.axis_aligned_pair(2, 3, 1)
EYE = np.eye(4)


def masked(*shape: int) -> np.ma.MaskedArray:
    """Positive numbers, one of them masked, with what a mask often hides beneath it."""
    array = np.ma.array(np.arange(1.0, 1 + np.prod(shape)).reshape(shape))
    array[(0,) * len(shape)] = -999.0
    array[(0,) * len(shape)] = np.ma.masked
    return array


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("30", "x must be a real number, got '30'"),
        (True, "x must be a real number, got True"),
        (np.True_, "x must be a real number, got np.True_"),
        (1j, "x must be a real number, got 1j"),
        (None, "x must be a real number, got None"),
        (["1", "2"], "x must be real numbers, got an array of <U1"),
        ([1.0, 2j], "x must be real numbers, got an array of complex128"),
        (np.array(["2020"], "datetime64"), "x must be real numbers, got an array of datetime64"),
        ([1.0, None], "x must be real numbers, got an array of object"),
        (10**400, "x must be below 1.8e308, got a larger number"),
        (masked(3), r"x must not be masked, got a masked entry at index \(0,\)"),
        (np.ma.masked, "x must not be masked, got a masked entry$"),
        ([1.0, np.ma.masked], "x must not be masked, got a masked entry in a list"),
        ([[1.0, 2.0, 3.0], masked(3)], "x must not be masked, got a masked entry in a list"),
    ],
)
def test_what_is_no_real_number_is_refused_by_every_check(value, got):
    for check in (finite, lambda n, v: at_least(n, v, 0), lambda n, v: above(n, v, 0),
                  lambda n, v: between(n, v, 0, 1e9)):  # fmt: skip
        with pytest.raises(ValueError, match=got):
            check("x", value)


def test_numbers_of_other_types_are_numbers():
    for value in (Fraction(1, 2), Decimal("0.5"), np.float16(0.5), np.array(0.5)):
        assert finite("x", value) == 0.5
    assert finite("x", [Fraction(1, 2), 10**30]).tolist() == [0.5, 1e30]
    assert finite("x", [True, False]).tolist() == [1.0, 0.0]  # labels of two classes
    assert finite("x", np.ma.array([1.0, 2.0])).tolist() == [1.0, 2.0]  # nothing is masked
    assert type(real("x", np.ma.array([1.0]))) is np.ndarray


@pytest.mark.parametrize("value", ["30", True, np.True_, 3j, 2.5, np.nan, None, [3], np.ma.masked])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(ValueError, match="n must be a whole number, got"):
        integer("n", value)


def test_a_bound_and_what_breaks_it_are_told_apart():
    for low, high, value in ((0, 8, 8.0000001), (0, 1 / 3, np.nextafter(1 / 3, 1)), (0, 8, 9)):
        with pytest.raises(ValueError, match="x must lie in") as error:
            between("x", value, low, high)
        bounds, got = str(error.value).split(", got ")
        assert float(got) > float(bounds.split(", ")[1].rstrip("]"))
    assert told(1.0, 1.0) == ["1", "1"] and told(0.1) == ["0.1"]
    with pytest.raises(ValueError, match=r"at least n = 1000001, got 1000000\.9"):
        at_least("x", 1000000.9, 1000001, "n")
    with pytest.raises(ValueError, match=r"strictly between 0 and 1, got 1$"):
        _checks.inside("x", 1.0, 0, 1)


def test_a_mask_of_labels_is_read_as_no_label():
    whole = masked(4).astype(int)
    assert unmasked(whole).tolist()[1:] == [2.0, 3.0, 4.0] and np.isnan(unmasked(whole)[0])
    assert unmasked(masked(4).astype(np.float32)).dtype == np.float32
    assert open_table(whole, ndim=1).read(0, 4)[1:].ravel().tolist() == [2.0, 3.0, 4.0]


def test_a_diagnosis_with_masked_labels_is_the_one_with_nan():
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((900, 12))
    y = latent @ rng.standard_normal(12) + rng.standard_normal(900)
    hidden = rng.random(900) < 0.2
    with_nan, with_mask = np.where(hidden, np.nan, y), np.ma.array(y, mask=hidden)
    with_mask.data[hidden] = -999.0
    one, two = (diagnose(latent[:, 5:], latent[:, :8], found) for found in (with_nan, with_mask))
    assert one.inputs.labelled_rows == two.inputs.labelled_rows == int((~hidden).sum())
    assert one.estimates.noise.value == two.estimates.noise.value


MATRIX, VECTOR, CUBE = masked(6, 2), masked(6), np.ones((6, 2))
ENTRIES = {
    "on_host": lambda: on_host(VECTOR),
    "mean_and_error": lambda: metrics.mean_and_error(VECTOR),
    "pgr": lambda: metrics.pgr(VECTOR, np.ones(6), np.ones(6)),
    "power law": lambda: metrics.fit_power_law(VECTOR, np.ones(6)),
    "risks": lambda: ridgeless.risks(PAIR.geometry(), masked(6) + 50, 60, 1.0),
    "noise": lambda: ridgeless.risks(PAIR.geometry(), 50, 60, VECTOR),
    "ridge moments": lambda: overparametrised.ridge_moments(
        4, 8, signal=VECTOR, noise=1.0, ridge=0.1
    ),
    "bounds": lambda: bounds.pgr_lower_bound(PAIR.geometry(), masked(6) + 50, 60, 1.0),
    "scales": lambda: elliptical.scale_factors(VECTOR, 0.5),
    "target": lambda: PAIR.geometry(masked(4)),
    "basis": lambda: subspaces.SubspacePair(np.ma.array(EYE, mask=EYE == 0), EYE),
    "canonical cosines": lambda: dimensions.canonical_cosines(MATRIX, CUBE),
    "unit rows": lambda: relu_network.unit_rows("u", np.ma.array(EYE, mask=EYE == 1)),
    "polynomials": lambda: sphere.gegenbauer(3, 2, VECTOR),
    "coefficients": lambda: universality.deterministic_teacher(8, 9, masked(2)),
    "flow": lambda: gradient_flow.flow(np.ma.array(EYE, mask=EYE == 0), np.ones(4), [1.0]),
    "seeds": lambda: exponents.mean_over_seeds(VECTOR, 2),
    "sizes": lambda: stopped_student.flow_filters([1.0], [3], VECTOR, 1.0),
    "spectrum": lambda: dimensions.second_moment_spectrum(MATRIX),
    "features": lambda: feature_files.Features(np.arange(6), MATRIX, CUBE, np.ones(6)),
    "ids": lambda: feature_files.save_labels("nowhere", masked(6).astype(int), np.ones(6)),
    "raw inputs": lambda: raw_formats.from_arrays("x", MATRIX, np.ones(6)),
    "raw labels": lambda: raw_formats.from_arrays("x", CUBE, VECTOR),
    "colours": lambda: idx.colours(VECTOR.astype(int), np.random.default_rng(0)),
    "pictures": lambda: Pictures()([masked(4, 4).astype(np.uint8)]),
    "joint features": lambda: JointMoments.from_blocks([(MATRIX, CUBE, np.ones(6))]),
    "joint labels": lambda: JointMoments.from_blocks([(CUBE, CUBE, VECTOR)]),
    "grouped features": lambda: GroupedMoments.from_blocks([(CUBE, MATRIX, np.ones(6))]),
    "accumulated": lambda: accumulate(MATRIX, CUBE, np.ones(6), make_state=JointMoments),
    "table": lambda: accumulate(CUBE, CUBE, VECTOR, make_state=JointMoments),
    "diagnosis": lambda: diagnose(MATRIX, CUBE, np.arange(6.0)),
    "splits": lambda: splits.measure(
        MATRIX, CUBE, np.ones(6), n_labelled=2, n_unlabelled=2, noise=0.0, trials=1,
        rng=np.random.default_rng(0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_entry_loses_a_mask(entry):
    with pytest.raises(ValueError, match=r"must not be masked|is nan, must be finite"):
        ENTRIES[entry]()


MANY = {"n_labelled": 9, "n_unlabelled": 9, "noise": 1.0, "trials": 2}
NETWORK = linear_network.LinearNetwork(width=4, bulk_dim=6, bulk_eigenvalue=0.1)
DRAWS = {
    "groups.simulated_risks": lambda rng: groups.simulated_risks(
        groups.GroupFeatures(PAIR, np.ones(4)), groups.Shares(0, 0, 0), 1, 9, 9, 1.0, 2, rng
    ),
    "dimensions.overlap_in_parameters": lambda rng: dimensions.overlap_in_parameters(
        EYE, EYE, 2, 2, rng
    ),
    "latents.gaussian": lambda rng: latents.gaussian(rng, 2, 2),
    "latents.laplace": lambda rng: latents.laplace(rng, 2, 2),
    "latents.rademacher": lambda rng: latents.rademacher(rng, 2, 2),
    "samplers.joint_wishart": lambda rng: samplers.joint_wishart(PAIR, None, **MANY, rng=rng),
    "samplers.scalar_law": lambda rng: samplers.scalar_law(PAIR, None, **MANY, rng=rng),
    "simulate.least_squares": lambda rng: simulate.least_squares(PAIR, None, **MANY, rng=rng),
    "simulate.noise_averaged": lambda rng: simulate.noise_averaged(PAIR, None, **MANY, rng=rng),
    "simulate.single_model": lambda rng: simulate.single_model(2, 9, 1.0, 0.0, 2, rng),
    "simulate.train_chain": lambda rng: simulate.train_chain(
        [EYE[:, :2], EYE[:, 1:]], [9, 9], np.ones(4), 1.0, 2, rng
    ),
    "subspaces.pair_with_cosines": lambda rng: subspaces.pair_with_cosines(2, 2, [0.5], rng=rng),
    "subspaces.random_basis": lambda rng: subspaces.random_basis(3, 2, rng),
    "surrogate.surrogate_errors": lambda rng: surrogate.surrogate_errors(
        [1.0], [1.0], 2, [1.0], 0.0, 2, rng
    ),
    "digits.digits": lambda rng: digits.digits(rng),
    "idx.coloured_mnist": lambda rng: idx.coloured_mnist("nowhere", rng),
    "idx.colours": lambda rng: idx.colours([1, 2], rng),
    "protocols.run": lambda rng: protocols.run(
        protocols.UTKFACE,
        feature_files.Features(np.arange(6), CUBE, CUBE, np.ones(6)),
        "n_labelled",
        rng,
    ),
    "datasets.coloured_digits": lambda rng: datasets.coloured_digits("nowhere", rng),
    "nested_splits.measure_nested": lambda rng: nested_splits.measure_nested(
        CUBE, CUBE, np.ones(6), [nested_splits.Cell(2, 2)], trials=1, rng=rng
    ),
    "real_controls.controls": lambda rng: real_controls.controls(
        CUBE, CUBE, np.ones(6), nested_splits.Cell(2, 2), trials=1, rng=rng
    ),
    "real_controls.overlap_by_coordinates": lambda rng: real_controls.overlap_by_coordinates(
        None, None, rng
    ),
    "splits.measure": lambda rng: splits.measure(
        CUBE, CUBE, np.ones(6), n_labelled=2, n_unlabelled=2, noise=0.0, trials=1, rng=rng
    ),
    "linear_network.linear_functions": lambda rng: linear_network.linear_functions(NETWORK, 3, rng),
    "linear_network.linear_teacher": lambda rng: linear_network.linear_teacher(NETWORK, rng),
    "power_law_draws.drawn_krr": lambda rng: power_law_draws.drawn_krr(
        [1.0, 0.5], [1.0, 1.0], 1, 0.0, rng
    ),
    "power_law_draws.drawn_projection": lambda rng: power_law_draws.drawn_projection(
        [1.0, 0.5], [1.0, 1.0], 1, rng
    ),
    "sphere.sphere_points": lambda rng: sphere.sphere_points(rng, 2, 2),
    "universality.gaussian_teacher": lambda rng: universality.gaussian_teacher(4, 5, rng),
    "adversarial.arbitrary_features": lambda rng: adversarial.arbitrary_features(rng, 2),
    "adversarial.arbitrary_chain": lambda rng: adversarial.arbitrary_chain(rng, 2),
    "random_geometries.crowded_geometry": lambda rng: random_geometries.crowded_geometry(2, 2, rng),
    "random_geometries.weighted_geometry": random_geometries.weighted_geometry,
    "distill_simulation.fresh_students": lambda rng: distill_simulation.fresh_students(
        [1.0, 0.0],
        1.0,
        n_labelled=3,
        n_unlabelled=3,
        ridges=[1.0],
        penalties=[1.0],
        trials=1,
        rng=rng,
    ),
    "sgd_simulation.simulate_sgd": lambda rng: sgd_simulation.simulate_sgd(
        [1.0],
        1.0,
        weak=[1.0],
        strong=[1.0],
        n_labelled=2,
        n_unlabelled=2,
        step_weak=0.1,
        step_strong=0.1,
        trials=1,
        rng=rng,
    ),
    "stopped_simulation.drawn_teacher": lambda rng: stopped_simulation.drawn_teacher(
        NETWORK, 9, 1.0, rng
    ),
    "stopped_simulation.sampled_filters": lambda rng: stopped_simulation.sampled_filters(
        [1.0], [1], 9, [1.0], rng
    ),
    "stopped_simulation.kept_shares": lambda rng: stopped_simulation.kept_shares(
        NETWORK, 9, 1.0, [1], [1.0], 2, rng
    ),
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("seed", [7, np.random.RandomState(0)])
def test_a_seed_is_no_generator(name, seed):
    with pytest.raises(ValueError, match=r"rng must be a numpy\.random\.Generator, got"):
        DRAWS[name](seed)


def test_the_list_above_has_all_public_functions_that_draw():
    found = set()
    for module in pkgutil.walk_packages(w2s.__path__, "w2s."):
        if module.name.endswith("__main__") or module.name.startswith("w2s.practice.diagnosis"):
            continue  # a diagnosis makes its generators itself, of its seed
        for name, member in inspect.getmembers(importlib.import_module(module.name)):
            own = inspect.isfunction(member) and member.__module__ == module.name
            if own and not name.startswith("_") and "rng" in inspect.signature(member).parameters:
                found.add(f"{module.name.rpartition('.')[2]}.{name}")
    assert found == set(DRAWS)


def test_multiplicities_beyond_float64_are_refused():
    with pytest.raises(ValueError, match=r"N_ℓ below 1.8e308 at dim = 2000, got 4000"):
        sphere.multiplicities(2000, 4000)
