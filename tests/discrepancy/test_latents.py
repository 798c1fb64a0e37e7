from __future__ import annotations

import numpy as np
import pytest

from w2s.discrepancy.latents import elliptical, gaussian, laplace, rademacher, student_t


@pytest.mark.parametrize("law", [gaussian, rademacher, laplace, student_t(5), elliptical(5)])
def test_latents_have_identity_covariance(law):
    z = law(np.random.default_rng(0), 200_000, 3)
    moment = z.T @ z / len(z)
    # Fourth moments are at most 9 for five degrees of freedom, hence errors near 3/√m.
    assert np.abs(moment - np.eye(3)).max() < 5 * 3 / np.sqrt(len(z))
    assert np.abs(z.mean(axis=0)).max() < 5 / np.sqrt(len(z))


def test_elliptical_coordinates_share_their_scale():
    correlations = [
        np.corrcoef(law(np.random.default_rng(0), 100_000, 2).T ** 2)[0, 1]
        for law in (elliptical(8), laplace)
    ]
    assert correlations[0] > 0.1 > abs(correlations[1])


def test_signs_are_signs():
    assert set(np.unique(rademacher(np.random.default_rng(0), 50, 3))) == {-1.0, 1.0}


@pytest.mark.parametrize("law", [student_t, elliptical])
def test_laws_without_a_variance_are_refused(law):
    with pytest.raises(ValueError, match="degrees must exceed 2, got 2"):
        law(2)
