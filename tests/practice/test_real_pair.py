"""Two networks on one data set: what is kept, predicted and measured, on features of known law."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from w2s.discrepancy.dimensions import haar_null, overlap_in_parameters
from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.subspaces import Geometry, axis_aligned_pair
from w2s.metrics import MODELS
from w2s.page.measured import measured as recorded
from w2s.practice.data.feature_files import Features
from w2s.practice.report.learning_curves import LOOKS, learning_curves
from w2s.practice.training.nested_splits import Cell
from w2s.practice.training.real_controls import CONTROLS, controls, overlap_by_coordinates
from w2s.practice.training.real_pair import RealPair, principal

ROWS, TRIALS, MISSED = 6000, 20, 1.0
D_S, D_W, SHARED = 12, 20, 5
CELLS = [
    Cell(100, 800), Cell(50, 800), Cell(200, 800), Cell(100, 400), Cell(100, 1600),
    Cell(100, 800, 4.0),
]  # fmt: skip
PAIR = axis_aligned_pair(D_S, D_W, SHARED)
TARGET = np.where(np.arange(PAIR.dimension) < D_S, 0.6, 0.1)  # the student expresses most of it


def gaussian(rows: int = ROWS, seed: int = 0) -> Features:
    """Features of the model of the theory: of two subspaces of one Gaussian vector."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, PAIR.dimension))
    labels = x @ TARGET + np.sqrt(MISSED) * rng.standard_normal(rows)
    return Features(np.arange(rows), x @ PAIR.weak, x @ PAIR.strong, labels)


@pytest.fixture(scope="module")
def pair():
    return RealPair.measure(gaussian(), CELLS, trials=TRIALS, rng=np.random.default_rng(1))


# What is kept


def test_the_tables_of_two_pairs_are_read_as_they_were(pair):
    other = replace(pair, constants=pair.constants + 1)
    tables = pair.tables("one") | other.tables("two")
    for name, wanted in (("one", pair), ("two", other)):
        found = RealPair.read(tables, name)
        for key in RealPair.__annotations__:
            assert np.array_equal(getattr(found, key), getattr(wanted, key)), key


def test_a_record_of_the_tables_decides_as_the_measurement(pair, capsys):
    kept = recorded("pair", lambda _: pair.tables("one"), "features")
    found = RealPair.read(kept, "one")
    assert found.at(100, 800, 4.0) == pair.at(100, 800, 4.0)
    assert found.geometry.d_strong == D_S + 1 and found.geometry.d_weak == D_W + 1
    # Six digits are kept of every number.
    assert np.allclose(found.beside_theory().predicted, pair.beside_theory().predicted, rtol=1e-4)


def test_shapes_are_those_of_the_cells_and_splits(pair):
    assert pair.sizes.tolist() == [ROWS, D_S + 1, D_W + 1]
    assert pair.cells.tolist() == [list(cell) for cell in CELLS]
    assert pair.doubt.shape == pair.spread.shape == (len(CELLS), 4)
    assert pair.splits.shape == (len(CELLS), 4, TRIALS)
    assert (pair.doubt > 0).all() and (pair.spread > 0).all()


def test_the_generator_decides_everything(pair):
    again = RealPair.measure(gaussian(), CELLS, trials=TRIALS, rng=np.random.default_rng(1))
    other = RealPair.measure(gaussian(), CELLS, trials=TRIALS, rng=np.random.default_rng(2))
    assert np.array_equal(again.splits, pair.splits)
    assert not np.array_equal(other.splits, pair.splits)
    assert np.array_equal(other.constants, pair.constants)  # of all rows: no split decides them


# What is predicted


def test_predictions_are_the_exact_risks_at_the_estimated_geometry(pair):
    for k, (n, big_n, noise) in enumerate(CELLS):
        exact = risks(pair.geometry, n, big_n, pair.missed + noise)
        wanted = [pair.missed + float(getattr(exact, model)) for model in MODELS]
        assert pair.predicted(k).tolist() == wanted
        lines = pair.expected(n, [big_n, 2 * big_n], noise)
        assert lines.student[0] == wanted[1] > lines.student[1]


def test_the_geometry_and_the_predictions_are_those_of_the_law(pair):
    true = PAIR.geometry(TARGET)
    wanted = [SHARED + 1, true.rho_strong, true.inherited, true.removed, true.invisible, MISSED]
    # The constant of the intercept adds one common dimension; four standard errors.
    assert (np.abs(pair.constants - wanted) < 4 * pair.errors).all()
    wider = Geometry(D_S + 1, D_W + 1, SHARED + 1, *map(float, wanted[1:-1]))
    for k, (n, big_n, noise) in enumerate(CELLS):
        exact = risks(wider, n, big_n, MISSED + noise)
        errors = np.array([MISSED + float(getattr(exact, model)) for model in MODELS])
        assert (np.abs(pair.predicted(k) - errors) < 4 * pair.doubt[k]).all()


def test_added_noise_raises_every_prediction_and_no_floor(pair):
    calm, noisy = pair.predicted(pair.at(100, 800)), pair.predicted(pair.at(100, 800, 4.0))
    assert (noisy > calm).all() and (calm > pair.missed).all()
    # Measured errors are against labels without that noise: its variance is 4.
    _, _, sft, ceiling = pair.splits[pair.at(100, 800, 4.0)].mean(axis=1)
    assert max(sft, ceiling) < MISSED + 4.0


# What is measured


def test_on_gaussian_features_measurement_and_theory_agree(pair):
    found = pair.beside_theory()
    mean, error = found.measured
    assert mean.shape == (len(CELLS), 4)
    # Four standard errors, 24 numbers: less than one run in 500.
    assert (np.abs(mean - found.predicted) < 4 * error).all()
    assert (error < 0.1 * mean).all()  # so that it could have failed
    assert set(found.at) == {"n", "N", "noise", "model"}


def test_a_wrong_geometry_is_noticed(pair):
    wrong = replace(pair, constants=pair.constants * [1, 1.3, 1.3, 1.3, 1.3, 1.3])
    found = wrong.beside_theory()
    mean, error = found.measured
    assert (np.abs(mean - found.predicted) > 4 * error).any()


@pytest.mark.parametrize("doubt", [0.5, 2.0])
def test_errors_of_measured_means_grow_with_the_doubt_of_the_prediction(pair, doubt):
    bare = replace(pair, doubt=np.zeros_like(pair.doubt)).measured(0)
    more = replace(pair, doubt=np.full_like(pair.doubt, doubt)).measured(0)
    assert np.array_equal(bare.mean, more.mean)
    assert np.allclose(more.standard_error**2, bare.standard_error**2 + doubt**2, rtol=1e-12)
    assert (bare.standard_error > 0).all()


def test_a_mean_is_that_of_its_splits(pair):
    for k in range(len(CELLS)):
        assert np.allclose(pair.measured(k).mean, pair.splits[k].mean(axis=1), rtol=1e-12)


def test_rows_held_out_are_tested_and_not_trained_on():
    table = gaussian(3000)
    aside = np.arange(3000) >= 2500
    labels = np.where(aside, table.labels + 100, table.labels)  # seen by the test alone
    moved = replace(table, labels=labels)
    found = RealPair.measure(
        moved, [Cell(100, 800)], trials=3, rng=np.random.default_rng(0), held_out=aside
    )
    # Errors of 100, squared, and a few per cent for what a slope can shift.
    np.testing.assert_allclose(found.splits[0, 3], 1e4, rtol=0.05)


# Splits beside each other


def test_a_cell_is_found_by_its_sizes(pair):
    for k, cell in enumerate(CELLS):
        assert pair.at(*cell) == k
    assert pair.at(50, 800) == 1


@pytest.mark.parametrize("sizes", [(60, 800), (100, 801), (100, 800, 1.0)])
def test_an_unknown_cell_is_refused(pair, sizes):
    n, big_n, noise = (*sizes, 0.0)[:3]
    with pytest.raises(ValueError, match=f"^no cell at n = {n}, N = {big_n}, noise = {noise:g}$"):
        pair.at(*sizes)


def test_what_is_gained_along_cells_adds_up(pair):
    along = [pair.at(n, 800) for n in (50, 100, 200)]
    gained = pair.gained(along)
    assert gained.shape == (2, TRIALS)
    student = pair.splits[:, MODELS.index("student")]
    assert np.array_equal(gained[0], student[along[0]] - student[along[1]])
    assert np.allclose(gained.sum(axis=0), student[along[0]] - student[along[2]])
    assert gained.mean() > 0  # more labels help
    assert np.allclose(pair.gained(along[::-1])[::-1], -gained)


def test_a_lead_is_split_by_split_and_turns_its_sign(pair):
    lead = pair.lead(0, "ceiling", "teacher")
    assert np.array_equal(lead, pair.splits[0, 0] - pair.splits[0, 3])
    assert np.array_equal(pair.lead(0, "teacher", "ceiling"), -lead)
    assert (lead > 0).all()
    with pytest.raises(ValueError):
        pair.lead(0, "oracle", "teacher")


def test_ratios_are_those_of_the_mean_errors(pair):
    teacher, student, sft, ceiling = pair.splits[0].mean(axis=1)
    assert pair.pgr(0).value == pytest.approx((teacher - student) / (teacher - ceiling))
    assert pair.opr(0).value == pytest.approx(sft / student)


# Principal features and controls


def test_principal_features_are_white_behind_a_constant():
    table = gaussian(500)
    strong, weak = principal(table)
    for features, width in ((strong, D_S + 1), (weak, D_W + 1)):
        assert features.shape == (500, width)
        assert np.ptp(features[:, 0]) < 1e-12  # the constant
        # Rounding only: the rows that whiten are the rows that are whitened.
        np.testing.assert_allclose(features.T @ features / 500, np.eye(width), atol=1e-10)


def test_less_energy_keeps_fewer_components():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((500, 6)) * [9, 8, 7, 0.1, 0.1, 0.1]
    table = Features(np.arange(500), x, x, x[:, 0])
    assert principal(table, 0.99)[0].shape[1] == 4
    assert principal(table, 0.5)[0].shape[1] < 4


@pytest.fixture(scope="module")
def controlled():
    table = gaussian(4000)
    strong, weak = principal(table)
    return controls(
        strong, weak, table.labels, Cell(300, 2000), trials=8, rng=np.random.default_rng(3)
    )


def test_every_control_has_the_errors_of_four_models(controlled):
    assert set(controlled) == {"variance", *CONTROLS}
    assert controlled["variance"] == gaussian(4000).labels.var()
    assert all(controlled[name].shape == (4, 8) for name in CONTROLS)


def test_dealt_pseudo_labels_leave_the_student_at_chance_and_nobody_else(controlled):
    teacher, student, sft, ceiling = controlled["dealt"].mean(axis=1) / controlled["variance"]
    # The student fits noise with 13 of 2000 directions: a per cent above, and sampling.
    assert 0.9 < student < 1.1
    assert max(teacher, sft, ceiling) < 0.8


def test_a_blind_teacher_and_its_student_are_at_chance(controlled):
    teacher, student, sft, ceiling = controlled["blind"].mean(axis=1) / controlled["variance"]
    assert teacher > 0.95 and student > 0.95
    assert max(sft, ceiling) < 0.8


def test_a_student_with_its_teachers_features_is_its_teacher(controlled):
    teacher, student, sft, _ = controlled["twin"]
    # Pseudo-labels are linear in its features: the fit is exact, to rounding.
    np.testing.assert_allclose(student, teacher, rtol=1e-9)
    np.testing.assert_allclose(sft, teacher, rtol=1e-9)


def test_of_labels_dealt_at_random_nothing_is_learned(controlled):
    # Every fit of noise is worse than the mean: by d/n of the variance, at least 13/2300.
    assert (controlled["nothing"].mean(axis=1) > 0.95 * controlled["variance"]).all()


def test_the_overlap_by_coordinates_says_nothing_of_wider_features(pair):
    table = gaussian()
    found = overlap_by_coordinates(table, replace(pair, sizes=np.array([ROWS, 6, 6])), rng())
    assert found.tolist() == [
        overlap_in_parameters(table.strong, table.weak, 5, 5, rng()), *haar_null(5, 5, D_S)
    ]  # fmt: skip
    value, mean, variance = found
    # The sketch makes it uniform: five standard deviations of the null.
    assert abs(value - mean) < 5 * np.sqrt(variance)


def rng() -> np.random.Generator:
    return np.random.default_rng(8)


# Pictures


@pytest.mark.parametrize(("along", "at", "sizes"), [("n", 800, {50, 100, 200}),
                                                    ("N", 100, {400, 800, 1600})])  # fmt: skip
def test_curves_are_the_exact_risks_and_points_the_measured_means(pair, along, at, sizes):
    figure, ax = plt.subplots()
    errors = pair.beside_theory()
    learning_curves(pair, errors, along, at, marks=[1, 2, 4], what="rows")(ax)
    lines = [line for line in ax.lines if len(line.get_xdata()) == 100]
    assert len(lines) == len(LOOKS) == 4 and list(LOOKS) == list(MODELS)
    for k, (model, line, bars) in enumerate(zip(LOOKS, lines, ax.containers, strict=True)):
        x = np.asarray(line.get_xdata())
        exact = pair.expected(x, at) if along == "n" else pair.expected(at, x)
        assert np.array_equal(line.get_ydata(), getattr(exact, model))
        points, _, (segments,) = bars
        assert set(points.get_xdata()) == sizes  # and not the cell with noise
        cells = [pair.at(size, at) if along == "n" else pair.at(at, size)
                 for size in points.get_xdata()]  # fmt: skip
        mean, error = (values[cells, k] for values in errors.measured)
        assert np.array_equal(points.get_ydata(), mean)
        ends = np.array([segment[:, 1] for segment in segments.get_segments()])
        assert np.allclose(ends, np.column_stack([mean - 2 * error, mean + 2 * error]))
    assert (ax.get_legend() is not None) == (along == "n")
    assert ax.get_xlabel() == ("labelled rows n" if along == "n" else "unlabelled rows N")
    plt.close(figure)
