"""The random geometries reach what a search for counter-examples has to reach."""

from __future__ import annotations

import numpy as np
import pytest

from w2s.discrepancy.random_geometries import crowded_geometry, weighted_geometry


def test_crowded_angles_reach_almost_orthogonal_and_almost_nested_spaces():
    rng = np.random.default_rng(5)
    drawn = [crowded_geometry(10, 20, rng) for _ in range(300)]
    overlap = np.array([g.overlap for g in drawn])
    # E cos²θ = 1/(2p+1): 10/7, 10/3 and 6.25 of ten; both ends by a wide margin.
    assert overlap.min() < 1 and overlap.max() > 7.5
    assert {(g.d_strong, g.d_weak) for g in drawn} == {(10, 20)}
    # Few large coefficients: energies of no part are fixed by the dimensions.
    assert np.std([g.inherited / g.signal for g in drawn]) > 0.1


def test_weighted_parts_reach_targets_of_every_kind():
    rng = np.random.default_rng(5)
    drawn = [weighted_geometry(rng) for _ in range(400)]
    sizes = np.array([(g.d_strong, g.d_weak) for g in drawn])
    assert sizes.min() == 2 and sizes.max() == 40
    whole = np.mean([g.overlap == round(g.overlap) for g in drawn])
    assert abs(whole - 0.5) < 4 * 0.5 / np.sqrt(len(drawn))  # four standard errors of a coin
    for part in ("rho_strong", "inherited", "removed", "invisible"):
        share = np.array([getattr(g, part) / g.signal for g in drawn])
        assert share.min() < 0.01 and share.max() > 0.2


def test_the_dimensions_are_bounded_by_the_largest():
    rng = np.random.default_rng(5)
    assert {weighted_geometry(rng, largest=2).d_weak for _ in range(5)} == {2}
    with pytest.raises(ValueError, match="largest must be at least 2, got 1"):
        weighted_geometry(rng, largest=1)
    with pytest.raises(ValueError, match="d_weak must be at least 1, got 0"):
        crowded_geometry(3, 0, rng)
