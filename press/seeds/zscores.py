"""Are z-scores of many runs what they should be? Pure functions of numbers.

The entries of one run depend on each other (one student at many N), so entries are not counted.
Runs are independent: no two share their random numbers. A page with R runs gives an array of shape
(R, entries); what its runs say of the dependence decides how many independent entries its own are
worth, at least one and mostly too few, because estimated correlations err upwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtrc, betainc, betaincc, chdtr, chdtrc, ndtr, ndtri, stdtr

from w2s.page.decisions import FAMILY_ERROR

Array = NDArray[np.float64]
ALPHA = 1e-3
TAIL = 1.96
LEVELS = (1.0, 1.645, 1.96, 2.576, 3.291)


@dataclass(frozen=True)
class Judgement:
    """An average over runs, its standard error, and what standard normal z-scores give."""

    name: str
    expected: float
    value: float
    error: float
    p: float

    @property
    def ok(self) -> bool:
        """Whether the difference is no larger than chance makes it, but once in a thousand."""
        return self.p >= ALPHA


def too_many(failures: int, cases: int) -> float:
    """Probability of so many failures or more, when each case fails once in a thousand times."""
    return float(bdtrc(failures - 1, cases, FAMILY_ERROR)) if failures else 1.0


def pooled(pages: Iterable[ArrayLike], weights: ArrayLike = 1.0) -> tuple[Judgement, ...]:
    """Judge mean, spread and tails of z-scores, two-sided; one array (runs, entries) per page.

    Each is an average over runs of the run's own average; a run has the weight of its page. The
    mean is judged by a t-test over the runs. Mean square and share of the tails are skewed, so that
    a t-test over few runs would give false alarms; they are judged by the chi-square and the
    binomial law of as many independent entries as have the same variance. Two even functions of
    correlated normal numbers are correlated by at most the square of theirs, so one count serves
    both.

    Parameters
    ----------
    pages : iterable of array_like of shape (runs, entries)
        The z-scores.
    weights : array_like, one per page
        Chosen without looking at the numbers, for example how many claims a page states.
    """
    zs = [np.atleast_2d(np.asarray(page, dtype=float)) for page in pages]
    each = np.broadcast_to(np.asarray(weights, dtype=float), len(zs))
    runs = np.repeat(each, [len(z) for z in zs])
    noise = sum(len(z) * w**2 / independent(z) for z, w in zip(zs, each, strict=True))
    worth = float(runs.sum() ** 2 / noise)
    square = _average([z**2 for z in zs], runs)
    tail, share = _average([np.abs(z) > TAIL for z in zs], runs), 2 * float(ndtr(-TAIL))
    hits = worth * tail
    rare = (
        float(betainc(hits, worth - hits + 1, share)) if hits > 0 else 1.0,
        float(betaincc(hits + 1, worth - hits, share)) if hits < worth else 1.0,
    )
    spread = float(np.sqrt(share * (1 - share) / worth))
    return (
        _mean(zs, runs),
        Judgement("mean of z²", 1.0, square, float(np.sqrt(2 / worth)), _square(worth, square)),
        Judgement(f"share beyond {TAIL}", share, tail, spread, min(1.0, 2 * min(rare))),
    )


def independent(z: Array) -> float:
    """Return how many independent entries have the variance of the mean square of these.

    By the correlations of the columns of `z`, of shape (runs, entries), about zero.
    """
    scale = np.sqrt((z**2).mean(axis=0))
    unit = z / np.where(scale > 0, scale, 1.0)
    squares = float(((unit.T @ unit / len(z)) ** 2).sum())
    return z.shape[1] ** 2 / squares if squares > 0 else 1.0


def one_claim(runs: ArrayLike) -> float:
    """Return how improbable the z-scores of one claim are, of shape (runs, entries).

    Twice the smaller of the p-values of the mean and of the mean square.
    """
    z = np.atleast_2d(np.asarray(runs, dtype=float))
    spread = _square(len(z) * independent(z), float((z**2).mean()))
    return min(1.0, 2 * min(_mean([z], np.ones(len(z))).p, spread))


def _average(pages: list[NDArray[Any]], weights: Array) -> float:
    return float(np.average(np.concatenate([z.mean(axis=1) for z in pages]), weights=weights))


def _mean(pages: list[Array], runs: Array) -> Judgement:
    """Test by a t-test that the averages of runs have mean 0; one run decides nothing."""
    share = runs / runs.sum()
    means = np.concatenate([z.mean(axis=1) for z in pages])
    value = float(share @ means)
    left = 1.0 - float((share**2).sum())  # (m - 1)/m for m runs of one weight
    error = float(np.sqrt((share**2 @ (means - value) ** 2) / left)) if left > 0 else 0.0
    degrees = 1 / float((share**2).sum()) - 1
    p = 2 * float(stdtr(degrees, -abs(value) / error)) if error > 0 else 1.0
    return Judgement("mean of z", 0.0, value, error, p)


def _square(degrees: float, mean: float) -> float:
    """Return the two-sided p-value of a mean square with chi-square law."""
    found = degrees * mean
    return 2 * min(float(chdtr(degrees, found)), float(chdtrc(degrees, found)))


def normal_scores(z: ArrayLike, degrees: float) -> Array:
    """Return the normal quantiles at which Student's t with `degrees` would stand.

    A mean over few trials is divided by a standard error estimated from them; it is then not
    normal but Student's t, of a larger variance:
    its degrees of freedom by themselves less two.
    """
    values = np.asarray(z, dtype=float)
    scores = ndtri(stdtr(degrees, -np.abs(values)))
    return np.asarray(-np.sign(values) * scores, dtype=float)


def beyond(z: ArrayLike) -> list[tuple[float, float, float]]:
    """Return for some levels the share of |z| beyond it, and that of the normal law."""
    size = np.abs(np.asarray(z, dtype=float))
    return [(level, float((size > level).mean()), 2 * float(ndtr(-level))) for level in LEVELS]
