"""Comparisons decide, list and draw the same numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from matplotlib.figure import Figure

from w2s.metrics import Estimate, mean_and_error
from w2s.page.comparison import compared, joined, successive
from w2s.page.decisions import exact, inequality, monte_carlo
from w2s.page.figures import STUDENT, heat_map, in_shades, points, ticks

TRIALS = np.random.default_rng(0).normal([1.0, 2.0, 4.0], 0.1, size=(50, 3))
SIZES = np.array([10, 20, 40])


def test_a_comparison_decides_as_the_rule_does():
    mean, error = mean_and_error(TRIALS)
    found = compared([1.0, 2.0, 4.0], TRIALS, N=SIZES)
    assert found.agrees(0.1, 0.01) == monte_carlo(
        [1.0, 2.0, 4.0], mean, error, resolution=0.1, allowance=0.01, at={"N": SIZES}
    )
    assert found.agrees(0.1) == monte_carlo(
        [1.0, 2.0, 4.0], mean, error, resolution=0.1, at={"N": SIZES}
    )
    more = compared([2.0, 3.0, 5.0], TRIALS, N=SIZES)
    assert more.below() == inequality(mean, more.predicted, standard_error=error, at={"N": SIZES})
    assert more.above() == inequality(more.predicted, mean, standard_error=error, at={"N": SIZES})
    assert (more.below().outcome, more.above().outcome) == ("holds", "fails")


def test_exact_routes_are_compared_without_an_error():
    found = compared([1.0, 2.0], Estimate([1.0, 2.5], 0), d=[3, 4])
    assert found.identical(0.3) == exact([1.0, 2.0], [1.0, 2.5], 0.3, at={"d": [3, 4]})
    assert found.identical(0.1).outcome == "fails"
    assert found.below(0.5) == inequality([1.0, 2.5], [1.0, 2.0], slack=0.5, at={"d": [3, 4]})
    assert found.above(0.5) == inequality([1.0, 2.0], [1.0, 2.5], slack=0.5, at={"d": [3, 4]})
    assert found.above().margin == 0.0
    nought = compared(0.0, Estimate([0.0, 0.25], 0))
    assert nought.identical(0.5, absolute=True) == exact(0.0, [0.0, 0.25], 0.5, absolute=True)


def test_known_numbers_move_both_sides():
    found = compared([1.0, 2.0, 4.0], TRIALS, N=SIZES).minus(1.0).over([1.0, 2.0, 3.0])
    mean, error = mean_and_error((TRIALS - 1.0) / [1.0, 2.0, 3.0])
    np.testing.assert_allclose(found.predicted, [0.0, 0.5, 1.0])
    np.testing.assert_allclose(found.measured.mean, mean, rtol=1e-13)  # order of operations
    np.testing.assert_allclose(found.measured.standard_error, error, rtol=1e-13)
    assert found.at["N"] is SIZES


def test_a_known_number_may_be_a_fraction():
    found = compared([1.0, 2.0], Estimate([1.5, 2.5], [0.25, 0.5]))
    moved, divided = found.minus(Fraction(1, 4)), found.over([Fraction(1, 2), Fraction(2)])
    for one, predicted, mean, error in (
        (moved, [0.75, 1.75], [1.25, 2.25], [0.25, 0.5]),
        (divided, [2.0, 1.0], [3.0, 1.25], [0.5, 0.25]),
    ):
        numbers = one.predicted, *one.measured
        assert [x.dtype for x in numbers] == [float] * 3
        assert [x.tolist() for x in numbers] == [predicted, mean, error]


def test_parts_and_joints_keep_their_coordinates():
    parts = [compared(x, TRIALS + x, N=SIZES) for x in (1.0, 2.0)]
    whole = joined(parts, overlap=[[1], [2]], N=SIZES)
    assert whole.predicted.tolist() == [[1.0] * 3, [2.0] * 3]
    last = whole[1]
    assert last.at["overlap"].tolist() == [2, 2, 2] and last.at["N"].tolist() == [10, 20, 40]
    np.testing.assert_array_equal(last.predicted, parts[1].predicted)
    np.testing.assert_array_equal(last.measured, parts[1].measured)


def test_each_entry_stands_beside_the_one_before_it():
    mean = np.array([[0.9, 0.5, 0.6], [0.8, 0.7, 0.3]])
    error = np.array([[0.03, 0.04, 0.0], [0.0, 0.05, 0.12]])
    found = successive(Estimate(mean, error), 1.0, N=SIZES)
    assert found.predicted.tolist() == [[1.0, 0.9, 0.5], [1.0, 0.8, 0.7]]
    np.testing.assert_allclose(  # one rounding of a root
        found.measured.standard_error, [[0.03, 0.05, 0.04], [0.0, 0.05, 0.13]], rtol=1e-15
    )
    assert successive(Estimate(mean, 0 * error), 1.0, N=SIZES).below().at == {"N": 40.0}
    assert successive(Estimate([2, 1], [0, 0]), 2.5).predicted.tolist() == [2.5, 2.0]


def test_a_coordinate_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"coordinate N of shape \(2,\) must fit to \(3,\)"):
        compared(1.0, TRIALS, N=[1, 2])


def test_a_masked_entry_is_refused_by_the_name_of_its_side():
    masked = np.ma.masked_array([1.0, 2.0], [False, True])
    sides = {"predicted": [1.0, 2.0], "measured": [1.0, 2.0], "standard_error": [0.1, 0.1]}
    for name in sides:
        predicted, mean, error = (sides | {name: masked}).values()
        with pytest.raises(ValueError, match=f"^{name} must not be masked"):
            compared(predicted, Estimate(mean, error))


def test_dots_and_points_are_the_same_picture():
    axes = Figure().subplots(2)
    found = compared(1.0, TRIALS, N=SIZES)
    found.dots(axes[0], STUDENT, "here", shift=2.0)
    points(axes[1], 2.0 * SIZES, found.measured, STUDENT, label="here")
    for ax in axes:
        (bars,) = ax.containers
        assert bars[0].get_xdata().tolist() == [20, 40, 80]
        low, high = np.array(bars[2][0].get_segments())[:, :, 1].T
        np.testing.assert_allclose(high - low, 4 * found.measured.standard_error)
        assert bars.get_label() == "here" and bars[0].get_color() == STUDENT.color
    found.dots(axes[0], STUDENT, alpha=0.5)
    bars = axes[0].containers[-1]
    assert bars[0].get_xdata().tolist() == [10, 20, 40] and bars[0].get_alpha() == 0.5


def test_ticks_are_plain_numbers_without_minor_ones():
    ax = Figure().subplots()
    ax.set(xscale="log", xlim=(0.01, 2e5))
    ticks(ax, x=[0.05, 1, 100_000])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.05", "1", "100000"]
    assert len(ax.get_xticks(minor=True)) == 0 < len(ax.get_yticks())


def test_a_heat_map_has_its_bar_and_lines():
    figure = Figure()
    ax = figure.subplots()
    heat_map(ax, [1, 2], [1, 2, 3], np.arange(6.0).reshape(3, 2), [0, 2, 4], "z", {"white": [1.0]})
    assert [one.get_ylabel() for one in figure.axes] == ["", "z"]
    assert [text.get_text() for text in ax.texts] == ["1"]


def test_an_ordered_family_gets_its_shades():
    assert [(role.color, one) for role, one in in_shades("abc")] == [
        ("C6", "a"), ("C10", "b"), ("C14", "c"),
    ]  # fmt: skip
