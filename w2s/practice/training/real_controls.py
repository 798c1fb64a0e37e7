"""What must not happen on real features, and what an overlap in feature coordinates says there."""

from __future__ import annotations

import numpy as np

from w2s._checks import Array, generator
from w2s.discrepancy.dimensions import haar_null, overlap_in_parameters
from w2s.metrics import MODELS
from w2s.practice.data.feature_files import Features
from w2s.practice.training.nested_splits import Cell, measure_nested
from w2s.practice.training.real_pair import RealPair

CONTROLS = {
    "dealt": "pseudo-labels dealt at random",
    "blind": "a teacher with random numbers for features",
    "twin": "a student with its teacher's features",
    "nothing": "labels dealt at random",
}


def controls(
    strong: Array,
    weak: Array,
    labels: Array,
    cell: Cell,
    *,
    trials: int,
    rng: np.random.Generator,
) -> dict[str, Array]:
    """Measure the four models where nothing can be learned, or nothing is to be gained.

    Parameters
    ----------
    strong, weak : array of shape (m, d_s) and (m, d_w)
        White features with a constant before them, as `principal` returns them.
    labels : array of shape (m,)
        Labels.
    cell : Cell
        Sizes and noise.
    trials : int
        Number of splits of each control.
    rng : numpy.random.Generator
        Source of everything random.

    Returns
    -------
    dict of str to array of shape (4, trials)
        Test errors under the names of `CONTROLS`; the variance of the labels under ``variance``.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((300, 4))
    >>> rng = np.random.default_rng(1)
    >>> found = controls(x, x[:, :3], x[:, 0], Cell(50, 100), trials=4, rng=rng)
    >>> bool(found["dealt"][1].mean() > 0.8 * found["variance"])
    True
    """
    generator(rng)
    blind = np.column_stack([np.ones(len(weak)), rng.standard_normal(weak[:, 1:].shape)])
    cases = {
        "dealt": (strong, weak, labels),
        "blind": (strong, blind, labels),
        "twin": (weak, weak, labels),
        "nothing": (strong, weak, rng.permutation(labels)),
    }
    found = {"variance": np.asarray(labels.var())}
    for name, given in cases.items():
        (errors,) = measure_nested(*given, [cell], trials=trials, rng=rng, shuffled=name == "dealt")
        found[name] = np.array([getattr(errors, model) for model in MODELS])
    return found


def overlap_by_coordinates(table: Features, pair: RealPair, rng: np.random.Generator) -> Array:
    """Return the overlap in feature coordinates, and that of unrelated spaces: mean and variance.

    Parameters
    ----------
    table : Features
        Of a weak and a strong network.
    pair : RealPair
        Says how many principal components of each are kept.
    rng : numpy.random.Generator
        Source of the sketch of the wider one.

    Returns
    -------
    array of shape (3,)
        As `overlap_in_parameters` and `haar_null` give them.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((300, 4)) * [3, 2, 0.1, 0.1]
    >>> data = Features(np.arange(300), x[:, :3], x, x[:, 0])
    >>> pair = RealPair.measure(data, [Cell(50, 100)], trials=2, rng=rng)
    >>> overlap_by_coordinates(data, pair, rng).shape
    (3,)
    """
    generator(rng)
    kept = int(pair.sizes[1]) - 1, int(pair.sizes[2]) - 1  # without the constants
    width = min(table.strong.shape[1], table.weak.shape[1])
    found = overlap_in_parameters(table.strong, table.weak, *kept, rng)
    return np.array([found, *haar_null(*kept, width)])
