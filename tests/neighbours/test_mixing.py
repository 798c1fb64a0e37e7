"""Mixtures of student and baseline: the risks of the page, and what a label is worth."""

from __future__ import annotations

import numpy as np
import pytest

from w2s.discrepancy.ridgeless import risks, single_risk, student_risk
from w2s.discrepancy.subspaces import Geometry, pair_with_cosines
from w2s.neighbours.mixing import (
    Mixture,
    aligned_case,
    aligned_geometry,
    common_error,
    equivalent_labels,
    exchange_rate,
    mixture,
)


def aligned(k, d_w, d_s, c=0.0, a=0.0, b=0.0):
    return aligned_case(k, d_w, d_s, invisible=c, inherited=a, removed=b)


# k, d_w, d_s and the energies; n, N, σ²; E_S, E_W, X, to the digits to which they are known.
CASES = {
    "plain": ((6, 16, 12), (60, 50, 1.0), (0.25532, 0.21496, 0.11321)),
    "with a target": ((6, 16, 12, 0.3, 0.2, 0.5), (60, 50, 1.0), (0.45957, 0.66273, 0.16981)),
    "strong in weak": ((12, 20, 12), (60, 50, 1.0), (0.25532, None, 0.25532)),
    "weak in strong": ((8, 8, 20), (60, 60, 1.0), (0.51282, 0.15686, 0.15686)),
    "large": ((10, 40, 30, 0.2, 0.1), (100, 70, 0.5), (0.30435, 0.59022, 0.05618)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_parts_of_the_risk_are_the_known_numbers(name):
    spaces, sizes, known = CASES[name]
    found = mixture(aligned_geometry(*aligned(*spaces)), *sizes)
    for value, expected in zip((found.sft, found.student, found.common), known, strict=True):
        assert expected is None or abs(value - expected) < 6e-6  # their last digit, rounded


def test_the_best_mixtures_are_the_known_numbers():
    spaces, sizes, _ = CASES["plain"]
    plain = mixture(aligned_geometry(*aligned(*spaces)), *sizes)
    assert abs(plain.best_weight - 0.58275) < 6e-6
    assert abs(plain.best_risk - 0.17250) < 6e-6
    spaces, sizes, _ = CASES["with a target"]
    target = mixture(aligned_geometry(*aligned(*spaces)), *sizes)
    assert abs(target.best_weight - 0.37022) < 6e-6
    assert abs(target.best_risk - 1.15230) < 6e-6


@pytest.mark.parametrize(
    ("dimensions", "sizes", "sft", "student", "ceiling", "best", "weight"),
    [
        ((10, 40, 100), (200, 150), 1.0101, 0.4480, 0.4016, 0.3325, 0.708),
        ((30, 60, 100), (400, 150), 0.3344, 0.2691, 0.2227, 0.1891, 0.574),
        ((30, 60, 100), (400, 1600), None, None, 0.0527, 0.0938, None),
    ],
)
def test_the_mixture_passes_the_ceiling_at_the_known_sizes(
    dimensions, sizes, sft, student, ceiling, best, weight
):
    k, d_w, d_s = dimensions
    g = Geometry(d_s, d_w, overlap=k)
    found, each = mixture(g, *sizes, 1.0), risks(g, *sizes, 1.0)
    known = (sft, student, ceiling, best)
    for value, expected in zip(
        (each.sft, each.student, each.ceiling, found.best_risk), known, strict=True
    ):
        assert expected is None or abs(value - expected) < 6e-5
    assert weight is None or abs(found.best_weight - weight) < 6e-4


@pytest.mark.parametrize("seed", range(25))
def test_no_weight_beats_the_best_one_and_it_lies_between_the_models(seed):
    rng = np.random.default_rng(seed)
    d_s, d_w = (int(d) for d in rng.integers(2, 30, 2))
    k = int(rng.integers(0, min(d_s, d_w)))
    pair, target = aligned(k, d_w, d_s, *rng.exponential(size=3))
    sizes = max(d_s, d_w) + int(rng.integers(2, 60)), d_s + int(rng.integers(2, 60))
    found = mixture(aligned_geometry(pair, target), *sizes, rng.exponential())
    along = found.risk(np.linspace(-1, 2, 301))
    assert (found.best_risk <= along * (1 + 1e-12)).all()  # rounding
    assert 0 < found.best_weight < 1
    assert found.best_risk < min(found.risk(0.0), found.risk(1.0))
    parts = found.sft + found.student - 2 * found.common
    closed = found.floor + (found.sft * found.student - found.common**2) / parts
    assert np.isclose(found.best_risk, closed, rtol=1e-9)  # differences lose digits


def test_nested_spaces_need_one_of_the_two_models_only():
    strong_in_weak = mixture(Geometry(12, 20, overlap=12), 60, [30, 50], 1.0)
    assert np.array_equal(strong_in_weak.best_weight, [0.0, 0.0])
    weak_in_strong = mixture(Geometry(20, 8, overlap=8), [60, 61], 60, 1.0)
    assert np.array_equal(weak_in_strong.best_weight, [1.0, 1.0])


def test_approximation_error_breaks_the_nested_rule():
    # What the teacher explains and the baseline cannot, and the other way round.
    explained = Geometry(12, 20, overlap=12, rho_strong=0.5, invisible=0.5)
    assert 0.01 < mixture(explained, 60, 5000, 1.0).best_weight < 1
    missed = Geometry(20, 8, overlap=8, inherited=0.5)
    assert 0 < mixture(missed, 60, 60, 1.0).best_weight < 0.99


@pytest.mark.parametrize("noise", [1.0, 0.0])
def test_one_model_twice_has_no_best_weight_but_a_best_risk(noise):
    same = mixture(Geometry(9, 9, overlap=9), [40, 55], 30, noise)
    assert np.isnan(same.best_weight).all()
    assert np.allclose(same.best_risk, single_risk(9, [40, 55], noise), rtol=1e-12)


def test_inherited_bias_moves_the_weight_to_the_baseline():
    weights = [
        float(mixture(Geometry(12, 16, overlap=6, inherited=a), 60, 50, 1.0).best_weight)
        for a in (0.0, 0.1, 1.0, 10.0)
    ]
    assert (np.diff(weights) < 0).all()


def test_sizes_and_noise_broadcast_and_the_weight_of_pure_noise_does_not_know_its_variance():
    found = mixture(Geometry(12, 16, overlap=6), [[60], [90]], [40, 50, 60], 2.0)
    assert found.common.shape == found.sft.shape == found.best_weight.shape == (2, 3)
    one = mixture(Geometry(12, 16, overlap=6), 60, 50, [0.1, 7.0])
    assert np.isclose(*one.best_weight, rtol=1e-12)


def test_labels_are_counted_by_the_risk_of_the_baseline():
    g = Geometry(12, 16, overlap=6, rho_strong=0.5, removed=0.3, invisible=0.2)
    assert np.isclose(equivalent_labels(g, single_risk(12, 77, 0.4, 0.5), 0.4), 77, rtol=1e-12)
    plain = Geometry(12, 16, overlap=6)
    dimension = 6 + 12 / (50 - 13) * 10
    expected = 13 + (60 - 17) * 12 / dimension
    found = equivalent_labels(plain, student_risk(plain, 60, 50, 3.0), 3.0)
    assert np.isclose(found, expected, rtol=1e-12)


def test_the_exchange_rate_is_the_ratio_of_the_slopes():
    for g in (
        Geometry(12, 16, overlap=6),
        Geometry(12, 16, overlap=5.5, rho_strong=0.5, inherited=0.2, removed=0.3, invisible=0.2),
    ):
        step = 1e-4  # central differences: relative error of order 1e-9

        def slope(h, k, g=g):
            return student_risk(g, 60 + h, 50 + k, 0.7) - student_risk(g, 60 - h, 50 - k, 0.7)

        expected = slope(step, 0) / slope(0, step)
        assert np.isclose(exchange_rate(g, 60, 50, 0.7), expected, rtol=1e-6)
    assert exchange_rate(Geometry(20, 8, overlap=8), 60, 60, 1.0) == np.inf
    assert np.isnan(exchange_rate(Geometry(20, 8, overlap=8), 60, 60, 0.0))


GOOD = Geometry(12, 16, overlap=6)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: mixture(Geometry(12, 16, overlap=5.5), 60, 50, 1.0),
         r"overlap must be whole .*5\.5"),
        (lambda: mixture(
            Geometry(12, 16, 6, rho_strong=0.1, removed=0.1, invisible=0.1), 60, 50, 1.0
        ), r"rho_strong must be removed \+ invisible .* got 0\.1 for 0\.2"),
        (lambda: mixture(GOOD, 17, 50, 1.0), r"n_labelled must exceed d_weak \+ 1 = 17, got 17"),
        (lambda: mixture(Geometry(30, 16, overlap=6), 31, 50, 1.0),
         r"n_labelled must exceed d_strong \+ 1 = 31, got 31"),
        (lambda: mixture(GOOD, 60, 13, 1.0),
         r"n_unlabelled must exceed d_strong \+ 1 = 13, got 13"),
        (lambda: mixture(GOOD, 60, 50, -1.0), r"noise must be at least 0, got -1"),
        (lambda: mixture(GOOD, 60, 50, 1.0).risk(np.nan), r"weight must be finite, got nan"),
        (lambda: aligned_geometry(pair_with_cosines(2, 2, [1.0, 0.6])),
         r"every canonical cosine must be 0 or 1, got 0\.6"),
        (lambda: common_error(5, 6, 1.0), r"n_labelled - overlap must exceed 1, got 1"),
        (lambda: common_error(-1, 6, 1.0), r"overlap must be at least 0, got -1"),
        (lambda: common_error(1, 6, -1.0), r"energy must be at least 0, got -1"),
        (lambda: equivalent_labels(Geometry(12, 16, 6, rho_strong=0.2, removed=0.2), 0.2, 1.0),
         r"risk must exceed rho_strong = 0\.2, got 0\.2"),
        (lambda: common_error(1, np.nan, 1.0), r"n_labelled must be finite, got nan"),
        (lambda: mixture(GOOD, np.nan, 50, 1.0), r"n_labelled must be finite, got nan"),
        (lambda: exchange_rate(GOOD, np.nan, 50, 1.0), r"n_labelled must be finite, got nan"),
        (lambda: exchange_rate(GOOD, 60, 50, -1.0), r"noise must be at least 0, got -1"),
        (lambda: equivalent_labels(GOOD, 0.1, -1.0), r"noise must be at least 0, got -1"),
        (lambda: mixture(Geometry(12, 16, overlap=6 + 1e-7), 60, 50, 1.0), "overlap must be whole"),
        (lambda: aligned_geometry(pair_with_cosines(2, 2, [0.99999998])),
         r"must be 0 or 1, got 0\.99999998"),
        (lambda: exchange_rate(GOOD, 17, 50, 1.0), r"n_labelled must exceed d_weak \+ 1 = 17"),
        (lambda: exchange_rate(GOOD, 60, 13, 1.0), r"n_unlabelled must exceed d_strong \+ 1 = 13"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_condition_and_value(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_bases_turned_at_random_are_still_aligned():
    turned = pair_with_cosines(3, 4, [1.0, 1.0], 8, np.random.default_rng(0))
    assert mixture(aligned_geometry(turned), 30, 20, 1.0).common == common_error(
        aligned_geometry(turned).overlap, 30, 1.0
    )


@pytest.mark.parametrize("energy", ["invisible", "inherited", "removed"])
def test_a_target_has_its_energy_where_it_is_asked_for(energy):
    g = aligned_geometry(*aligned_case(2, 5, 4, **{energy: 0.3}))
    found = {name: getattr(g, name) for name in ("invisible", "inherited", "removed")}
    assert found == pytest.approx(dict.fromkeys(found, 0.0) | {energy: 0.3}, rel=1e-15)
    assert (g.d_weak, g.d_strong, g.overlap) == (5, 4, 2)
    pair, _ = aligned_case(2, 5, 4)
    assert pair.dimension == 8  # both spaces, and one direction of neither
    assert aligned_geometry(*aligned_case(3, 5, 4, inherited=0.3)).inherited == pytest.approx(0.3)


def test_nested_spaces_have_no_direction_of_one_alone():
    with pytest.raises(ValueError, match=r"inherited must lie in \[0, 0\], got 0\.1"):
        aligned_case(4, 9, 4, inherited=0.1)
    with pytest.raises(ValueError, match=r"invisible must lie in \[0, 0\], got 0\.1"):
        aligned_case(4, 4, 9, invisible=0.1)
    with pytest.raises(ValueError, match=r"removed must lie in \[0, inf\], got -0\.1"):
        aligned_case(4, 4, 9, removed=-0.1)
    both = aligned_geometry(*aligned_case(4, 4, 9, inherited=0.2, removed=0.3))
    assert (both.inherited, both.removed) == pytest.approx((0.2, 0.3), rel=1e-15)


def test_the_rounding_of_bases_is_no_angle():
    # Overlaps are known to about 1e-9 a dimension.
    assert mixture(Geometry(12, 16, overlap=6 + 5e-9), 60, 50, 1.0).best_weight > 0


def test_a_mixture_can_be_made_of_numbers():
    made = Mixture(0.5, np.array(3.0), np.array(2.0), np.array(1.0))
    assert made.best_weight == 2 / 3
    assert np.isclose(made.best_risk, 0.5 + 5 / 3, rtol=1e-15)
