"""How many trainings the check can afford, of which sizes, and whether rows take turns."""

from __future__ import annotations

import numpy as np

from w2s.practice.diagnosis.rows import Rows
from w2s.practice.training.class_ridge import TellsClasses
from w2s.practice.training.ridge_cv import INNER_FOLDS
from w2s.practice.training.splits import MINIMUM_NORM, OFFICIAL, Trains

LARGEST_SHARE = 0.8  # of the training rows that one split may use
_WORK = 2e10  # multiplications that all fits together may cost: about a second
_PAIRS = (3, 100)  # of splits, whatever the work
_MORE = 6  # pairs that are trained if fewer leave the splits more than
_SCARCE = 2000  # test rows below which every row is tested in turn
_FOLDS = (2, 10)


def scaled_sizes(n_labelled: int, n_unlabelled: int, rows: int, least: int = 1) -> tuple[int, int]:
    """Return the sizes, shrunk if one split would use more than its share of rows.

    The unlabelled inputs shrink first, down to `least` and to the number of labels; then both.

    Examples
    --------
    >>> scaled_sizes(200, 600, 1000), scaled_sizes(200, 6000, 1000), scaled_sizes(900, 3000, 1000)
    ((200, 600), (200, 600), (400, 400))
    """
    spare = int(LARGEST_SHARE * rows)
    big_n = min(n_unlabelled, max(spare - n_labelled, min(n_labelled, n_unlabelled), least))
    factor = min(1.0, spare / (n_labelled + big_n))
    return int(n_labelled * factor), int(big_n * factor)


def affordable_pairs(pool: Rows, n: int, big_n: int, fit: Trains) -> tuple[int, int]:
    """Half the numbers of splits: as many as the work allows, and at most."""
    count = _afforded(pool, n, big_n, fit)
    least = int(np.clip(count, *_PAIRS))
    return least, max(least, _MORE)


def rotates(pool: Rows, test: Rows, sizes: tuple[int, int], fit: Trains) -> int:
    """Return the number of folds: 1, unless test rows are few and each fold can be tested twice."""
    held = len(test.labels)
    folds = int(np.clip(round((len(pool.labels) + held) / held), *_FOLDS))
    scarce = held < _SCARCE and held <= len(pool.labels)
    return folds if scarce and 2 * folds <= _afforded(pool, *sizes, fit) else 1


def _afforded(pool: Rows, n: int, big_n: int, fit: Trains) -> float:
    """Return how many pairs of splits the work allows.

    An orthogonal factorisation is slower than the product of a matrix with itself, a singular
    value decomposition much slower; an eigendecomposition costs about four products of its matrix.
    """
    d_s, d_w = pool.strong.shape[1], pool.weak.shape[1]
    fits = ((n, d_w), (n, d_s), *[(big_n, d_s), (n + big_n, d_s)] * 2)
    products = float(sum(rows * d**2 for rows, d in fits))
    if isinstance(fit, TellsClasses) and fit.work is not None:
        each, least = fit.work
        cost = 2 * max(each * products, least)
    elif fit == MINIMUM_NORM or fit == OFFICIAL:
        cost = products * (2 if fit == MINIMUM_NORM else 16)
    else:  # products, then a decomposition, for every fold of groups
        some = 1 if pool.groups is None else 1 + INNER_FOLDS
        cost = sum(
            rows * d * (min(rows, d) + 100) + some * 4 * min(rows, d) ** 3 for rows, d in fits
        )
    return _WORK / cost
