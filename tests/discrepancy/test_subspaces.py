from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.discrepancy.geometries import seeds
from w2s.discrepancy.dimensions import canonical_cosines
from w2s.discrepancy.subspaces import (
    _ROUNDING,
    Geometry,
    SubspacePair,
    as_chain,
    as_target,
    axis_aligned_pair,
    nested,
    pair_with_cosines,
    random_basis,
    synthetic_setting,
)

# Sums of up to a few hundred products of numbers of order one.
ROUNDING = 1e-12

cosine_lists = st.lists(st.floats(0, 1), min_size=0, max_size=3)


def turned(cosines, seed, extra=2):
    rng = np.random.default_rng(seed)
    pair = pair_with_cosines(3, 5, cosines, dimension=8 + extra, rng=rng)
    return pair, rng.standard_normal(8 + extra)


@given(cosine_lists, seeds)
def test_overlap_is_the_sum_of_squared_cosines_and_lies_in_its_range(cosines, seed):
    pair, _ = turned(cosines, seed)
    assert abs(pair.overlap - np.sum(np.square(cosines))) < ROUNDING
    assert 0 <= pair.overlap <= 3
    found = canonical_cosines(pair.strong, pair.weak)
    expected = np.sort(np.pad(cosines, (0, 3 - len(cosines))))[::-1]
    assert np.allclose(found, expected, atol=ROUNDING)


@given(cosine_lists, seeds)
def test_geometry_does_not_depend_on_the_bases_or_a_common_rotation(cosines, seed):
    pair, target = turned(cosines, seed)
    rng = np.random.default_rng(seed + 1)
    turn = random_basis(pair.dimension, pair.dimension, rng)
    other = SubspacePair(
        turn @ pair.strong @ random_basis(3, 3, rng), turn @ pair.weak @ random_basis(5, 5, rng)
    )
    one, two = pair.geometry(target), other.geometry(turn @ target)
    for name in ("overlap", "rho_strong", "inherited", "removed", "invisible", "signal"):
        assert getattr(one, name) == pytest.approx(getattr(two, name), abs=1e-11)


@given(cosine_lists, seeds)
def test_geometry_agrees_with_projectors(cosines, seed):
    pair, target = turned(cosines, seed)
    p_s, p_w = pair.strong @ pair.strong.T, pair.weak @ pair.weak.T
    off_s, off_w = np.eye(len(p_s)) - p_s, np.eye(len(p_w)) - p_w
    g = pair.geometry(target)
    expected = [off_s @ target, p_s @ off_w @ target, off_s @ off_w @ target, off_s @ p_w @ target]
    values = [g.rho_strong, g.inherited, g.removed, g.invisible]
    assert np.allclose(values, [v @ v for v in expected], atol=1e-11)
    missed = off_w @ target
    assert g.rho_weak == pytest.approx(missed @ missed, abs=1e-11)
    assert g.overlap == pytest.approx(np.trace(p_s @ p_w), abs=1e-11)
    assert g.discrepancy == pytest.approx(np.trace(off_s @ p_w), abs=1e-11)
    assert g.signal == pytest.approx(target @ target, rel=1e-14)


def test_a_realisable_student_sees_as_much_hidden_signal_as_it_removes():
    pair, _ = turned([1, 0.5], seed=3)
    g = pair.geometry(pair.strong @ np.array([1.0, -2.0, 0.5]))
    assert g.rho_strong < ROUNDING
    assert g.invisible == pytest.approx(g.removed, abs=ROUNDING)


def test_an_overlap_never_exceeds_the_smaller_dimension_even_by_rounding():
    raw = []
    for seed in range(40):
        wide = random_basis(9, 5, np.random.default_rng(seed))
        narrow = wide @ random_basis(5, 3, np.random.default_rng(seed))
        assert SubspacePair(narrow, wide).overlap <= 3
        assert SubspacePair(wide, narrow).overlap <= 3
        raw.append(np.sum((wide.T @ narrow) ** 2))
    assert max(raw) > 3  # so the sums themselves do


def test_orthonormal_columns_may_be_off_by_the_allowance_and_no_more():
    def tilted(inner):
        return SubspacePair([[1.0, inner], [0.0, 1.0]], np.eye(2))

    assert tilted(1e-9).d_strong == 2
    with pytest.raises(ValueError, match="strong must have orthonormal columns"):
        tilted(np.nextafter(1e-9, 1))
    assert SubspacePair(np.zeros((2, 0)), np.eye(2)).overlap == 0  # no columns are orthonormal


def test_no_target_is_the_zero_target():
    assert as_target(None, 3).tolist() == [0, 0, 0]
    g = pair_with_cosines(3, 5, [0.5]).geometry()
    assert (g.rho_strong, g.rho_weak, g.invisible, g.signal) == (0, 0, 0, 0)
    spaces, beta = as_chain([np.eye(3)[:, :2]], [9], None)  # a chain may be one model
    assert (len(spaces), beta.tolist()) == (1, [0, 0, 0])


def test_the_paper_layout_shares_the_last_strong_axes():
    pair = axis_aligned_pair(100, 200, overlap=10, dimension=300)
    weak_axes = np.flatnonzero(pair.weak.any(axis=1))
    assert (weak_axes[0], weak_axes[-1]) == (90, 289)  # offset 90, counted from 0
    assert pair.overlap == 10
    assert (pair.d_strong, pair.d_weak, pair.dimension) == (100, 200, 300)


@pytest.mark.parametrize(("d_s", "d_w", "shared"), [(5, 3, 3), (3, 5, 3), (4, 4, 0), (1, 1, 1)])
def test_axis_aligned_pairs_reach_the_ends_of_the_range(d_s, d_w, shared):
    assert axis_aligned_pair(d_s, d_w, shared).overlap == shared


def test_a_pair_fits_into_exactly_as_many_coordinates_as_it_spans():
    assert axis_aligned_pair(3, 5, 1, dimension=7).dimension == 7
    assert pair_with_cosines(3, 5, [1, 0.5], dimension=7).dimension == 7


def test_the_synthetic_target_is_the_paper_s():
    pair, target = synthetic_setting(overlap=90)
    assert pair.overlap == 90
    assert target[:2] ** 2 == pytest.approx([1 / 20000, 0.5 / 20000], rel=1e-14)
    # Ten trailing coordinates lie in no weak axis at overlap 10, a hundred at overlap 90 (10..209).
    g = pair.geometry(target)
    missed = np.r_[target[:10], target[210:]]
    assert g.rho_weak == pytest.approx(missed @ missed, rel=1e-12)


def test_random_bases_have_the_mean_projector_of_the_uniform_law():
    rng = np.random.default_rng(0)
    draws = [random_basis(4, 2, rng) for _ in range(4000)]
    mean = np.mean([b @ b.T for b in draws], axis=0)
    # Entries of a projector have standard deviation < 0.5: 5 standard errors.
    assert np.abs(mean - 0.5 * np.eye(4)).max() < 5 * 0.5 / np.sqrt(4000)


@settings(max_examples=50)
@given(st.floats(0, 3), st.floats(0, 3), st.floats(0, 3))
def test_geometry_accepts_exactly_the_triangle_inequality(rho, removed, invisible):
    roots = np.sqrt([rho, removed, invisible])
    slack = 2 * roots.max() - roots.sum()
    if slack <= 0:
        Geometry(3, 3, 1, rho_strong=rho, removed=removed, invisible=invisible)
    elif slack > 1e-3:  # beyond the allowance for rounding
        with pytest.raises(ValueError, match="invisible must lie in"):
            Geometry(3, 3, 1, rho_strong=rho, removed=removed, invisible=invisible)


def test_the_triangle_is_judged_in_any_unit_of_energy():
    for unit in (1e-20, 1.0, 1e20):
        edge = {"rho_strong": 4 * unit, "removed": unit}
        for side in (1.0, 9.0):  # (2 - 1)² and (2 + 1)²
            Geometry(3, 3, 1, **edge, invisible=side * unit)
        for side in (0.9999, 9.0001):
            with pytest.raises(ValueError, match="invisible must lie in"):
                Geometry(3, 3, 1, **edge, invisible=side * unit)


def test_energies_that_only_rounding_of_the_signal_can_tell_from_zero_are_accepted():
    # Lengths are known to 1e-6 of the signal's: 0.5 of 1e6, but not 2, and not without the signal.
    Geometry(3, 5, 1, signal=1e12, rho_strong=0.25)
    for values in ({"signal": 1e12, "rho_strong": 4.0}, {"rho_strong": 0.25}):
        with pytest.raises(ValueError, match="invisible must lie in"):
            Geometry(3, 5, 1, **values)


def test_a_broken_triangle_is_told_with_both_sides_and_the_range():
    message = r"^invisible must lie in \[1, 9\] for rho_strong = 4 and removed = 1, got 0.5$"
    with pytest.raises(ValueError, match=message):
        Geometry(3, 5, 1, rho_strong=4.0, removed=1.0, invisible=0.5)


def test_a_geometry_holds_plain_numbers():
    g = Geometry(3.0, np.int64(5), np.float32(1), np.float32(0), 0, 0, 0, np.float32(2))
    assert [type(x) for x in vars(g).values()] == [int, int] + [float] * 6
    assert vars(g) == vars(Geometry(3, 5, 1.0, signal=2.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"d_strong": 0}, "d_strong must be at least 1, got 0"),
        ({"d_weak": 2.5}, "d_weak must be a whole number, got 2.5"),
        ({"overlap": 4}, r"overlap must lie in \[0, 3\], got 4"),
        ({"overlap": -0.1}, r"overlap must lie in \[0, 3\], got -0.1"),
        ({"overlap": float("nan")}, "overlap must be finite, got nan"),
        ({"rho_strong": -1.0}, "rho_strong must be at least 0, got -1"),
        ({"inherited": -1.0}, "inherited must be at least 0, got -1"),
        ({"signal": 0.5, "inherited": 1.0}, "signal must be at least 1, got 0.5"),
        ({"signal": 9.0, "inherited": 100.0}, "signal must be at least 100, got 9"),
        ({"signal": 1.0, "rho_strong": 1.0, "inherited": 0.5, "invisible": 1.0}, "signal must be"),
        ({"signal": 9.0, "inherited": 0.0, "removed": 8.0, "invisible": 0.5}, "invisible must lie"),
    ],
)
def test_geometry_refuses_what_no_pair_can_have(change, message):
    values = {"d_strong": 3, "d_weak": 5, "overlap": 1} | change
    with pytest.raises(ValueError, match=message):
        Geometry(**values)


def test_geometry_refuses_an_inherited_part_at_odds_with_the_signal():
    # |P_s β|² = 9 and |P_s P_w β|² = 7 force (3 - √7)² <= a.
    given = re.escape("for |P_s β|² = 9 and |P_s P_w β|² = 7, got 0")
    with pytest.raises(
        ValueError, match=rf"^inherited must lie in \[0.1254\d*, 31.87\d*\] {given}$"
    ):
        Geometry(3, 5, 1, signal=9.0, removed=1.0, invisible=1.0, rho_strong=0.0, inherited=0.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SubspacePair(np.ones((3, 1)), np.eye(3)), "strong must have orthonormal columns"),
        (lambda: SubspacePair(np.eye(3), np.eye(4)), "same number of rows, got 3 and 4"),
        (lambda: SubspacePair(np.full((3, 1), np.nan), np.eye(3)), "strong must be finite"),
        (lambda: axis_aligned_pair(0, 5, 0), "^d_strong must be at least 1, got 0"),
        (lambda: axis_aligned_pair(3, 0, 0), "^d_weak must be at least 1, got 0"),
        (lambda: pair_with_cosines(0, 5, []), "^d_strong must be at least 1, got 0"),
        (lambda: pair_with_cosines(3, 0, []), "^d_weak must be at least 1, got 0"),
        (lambda: axis_aligned_pair(3, 5, 4), "overlap must be at most min"),
        (lambda: axis_aligned_pair(3, 5, -1), "overlap must be at least 0, got -1"),
        (lambda: axis_aligned_pair(3, 5, 1, dimension=6), "dimension must be at least 7, got 6"),
        (lambda: pair_with_cosines(3, 5, [1.1]), r"cosines must lie in \[0, 1\], got 1.1"),
        (lambda: pair_with_cosines(3, 5, [[0.5]]), "^cosines must have 1 dimension"),
        (lambda: pair_with_cosines(3, 5, 0.5), "^cosines must have 1 dimension"),
        (lambda: pair_with_cosines(3, 5, [0], 9.5), "^dimension must be a whole number, got 9.5"),
        (lambda: SubspacePair(np.ones(1), np.eye(1)), "^strong must have 2 dimension"),
        (lambda: pair_with_cosines(2, 5, [0, 0, 0]), "at most .* = 2 entries, got 3"),
        (lambda: pair_with_cosines(3, 5, [1, 0.5], dimension=6), "dimension must be at least 7"),
        (lambda: random_basis(2, 3, np.random.default_rng(0)), "columns must be at most"),
        (lambda: as_target([1.0, 2.0], 3), "target must have length 3, got 2"),
        (lambda: as_chain([], [], None), "one entry per model, got 0, 0"),
        (lambda: as_chain([np.ones((3, 2))], [9], None), r"bases\[0\] must have orthonormal"),
        (lambda: as_chain([np.eye(3), np.eye(4)], [9, 9], None), r"of rows, got \[3, 4\]"),
        (lambda: as_target([[1.0]], 1), "target must have 1 dimension"),
    ],
)
def test_bad_pairs_and_targets_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"d_strong": 8, "rho_strong": 0.5, "invisible": 0.5},
         "invisible must be 0 at overlap = d_weak = 4, where the weak space lies in the strong"),
        ({"d_weak": 8, "inherited": 0.5},
         "inherited must be 0 at overlap = d_strong = 4, where the strong space lies in the weak"),
        ({"inherited": 0.5}, "inherited must be 0 at overlap = d_strong = 4"),
        ({"d_weak": 8, "rho_strong": 0.5, "removed": 0.5, "invisible": 0.5},
         r"rho_strong must be removed \+ invisible at overlap = d_strong = 4.*got 0.5"),
        ({"d_strong": 8, "rho_strong": 0.5, "removed": 0.1}, "invisible must lie in"),
    ],
)  # fmt: skip
def test_a_space_within_the_other_leaves_nothing_that_only_it_has(change, message):
    with pytest.raises(ValueError, match=message):
        Geometry(**({"d_strong": 4, "d_weak": 4, "overlap": 4} | change))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("d_strong", "d_weak"), [(8, 4), (4, 8), (4, 4), (60, 3), (3, 60)])
def test_nested_spaces_have_a_geometry_whatever_rounding_does_to_their_overlap(
    d_strong, d_weak, turned
):
    rng = np.random.default_rng(d_strong)
    cosines = np.ones(min(d_strong, d_weak))
    pair = pair_with_cosines(d_strong, d_weak, cosines, 70, rng if turned else None)
    for target in (rng.standard_normal(70), 1e9 * pair.strong[:, 0], np.zeros(70)):
        g = pair.geometry(target)
        size = float(target @ target)
        # Lengths of projections are known to 1e-15 of the target's, their squares to 1e-30.
        assert (g.invisible if d_weak <= d_strong else g.inherited) <= 1e-25 * size


def test_spaces_that_nearly_lie_in_each_other_may_have_what_their_angle_allows():
    for gap in (1e-12, 1e-8, 1e-4):
        pair = pair_with_cosines(4, 4, [1, 1, 1, np.sqrt(1 - gap)])
        target = pair.weak[:, 3] + 0.3 * pair.strong[:, 3]
        assert pair.geometry(target).rho_strong > 0.0


def test_rounding_leaves_a_nested_space_only_as_much_as_its_bases_allow():
    def nest(**energies: float) -> Geometry:
        return Geometry(8, 4, **({"overlap": 4, "rho_strong": 0.5, "removed": 0.5} | energies))

    room = 2 * _ROUNDING * 4  # of bases of four directions, in units of the largest energy
    assert nest(invisible=0.9 * room * 0.5).invisible > 0
    with pytest.raises(ValueError, match="invisible must be 0 at overlap = d_weak = 4"):
        nest(invisible=1.1 * room * 0.5)
    assert nested(4 - 0.9 * room, 4) and not nested(4 - 1.1 * room, 4)


def test_a_strong_space_in_the_weak_one_misses_what_is_removed_and_no_more_than_rounding():
    room = 2 * np.sqrt(2 * _ROUNDING * 4)  # a product of an energy and of one of nothing
    for off, refused in ((0.9, False), (1.1, True)):
        energies = {"overlap": 4, "rho_strong": 0.5, "removed": 0.25}
        energies["invisible"] = 0.25 - 0.5 * off * room
        if refused:
            with pytest.raises(ValueError, match=r"rho_strong must be removed \+ invisible"):
                Geometry(4, 8, **energies)
        else:
            assert Geometry(4, 8, **energies).invisible < 0.25
