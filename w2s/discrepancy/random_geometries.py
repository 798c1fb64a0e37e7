"""Random pairs of feature spaces with random targets: searches for counter-examples of bounds.

A search is worth as much as its draws are varied: angles that crowd at either end, targets whose
energy sits in a few directions or in one part. Two laws, one at given and one at random dimensions.
"""

from __future__ import annotations

import numpy as np

from w2s._checks import generator, integer
from w2s.discrepancy.subspaces import Geometry, pair_with_cosines


def crowded_geometry(d_strong: int, d_weak: int, rng: np.random.Generator) -> Geometry:
    """Draw angles that crowd at either end or nowhere, and a target with few large coefficients.

    ``cos θ_i = u_i^p`` with uniform ``u_i`` and one ``p`` of 0.3, 1 and 3; ``β_j = v_j⁴ g_j`` with
    uniform ``v_j`` and normal ``g_j``.

    Parameters
    ----------
    d_strong, d_weak : int
        Dimensions of the two feature spaces.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Geometry

    Raises
    ------
    ValueError
        If a dimension is not a positive whole number.

    Examples
    --------
    >>> crowded_geometry(10, 20, np.random.default_rng(0)).d_weak
    20
    """
    generator(rng)
    d_s, d_w = integer("d_strong", d_strong), integer("d_weak", d_weak)
    cosines = rng.uniform(0, 1, min(d_s, d_w)) ** rng.choice([0.3, 1, 3])
    pair = pair_with_cosines(d_s, d_w, cosines)
    spread = rng.uniform(0, 1, pair.dimension) ** 4
    return pair.geometry(rng.standard_normal(pair.dimension) * spread)


def weighted_geometry(rng: np.random.Generator, largest: int = 40) -> Geometry:
    """Draw dimensions and angles, and a target whose parts weigh anything from 0.001 to 10.

    The parts are the strong directions, what the weak space adds to them, and one direction outside
    both. Every second pair shares its directions in full or not at all.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    largest : int
        Dimensions lie between 2 and this number.

    Returns
    -------
    Geometry

    Raises
    ------
    ValueError
        If `largest` is not a whole number of at least 2.

    Examples
    --------
    >>> weighted_geometry(np.random.default_rng(0)).d_weak
    26
    """
    generator(rng)
    d_s, d_w = rng.integers(2, integer("largest", largest, 2) + 1, 2)
    cosines = rng.uniform(size=min(d_s, d_w))
    if rng.random() < 0.5:
        cosines = cosines.round()
    pair = pair_with_cosines(d_s, d_w, cosines, d_s + d_w + 1)
    scale = np.repeat(10 ** rng.uniform(-3, 1, 3), [d_s, d_w, 1])
    return pair.geometry(scale * rng.standard_normal(len(scale)))
