"""Labelled and unlabelled rows of different distributions: seen in their means, and what it costs.

Nothing else shows it: the rows of the check have labels, so they are like the labelled ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtri, stdtrit

from w2s._checks import Array
from w2s.practice.estimation.estimates import Estimates
from w2s.practice.estimation.groups import GroupedMoments, GroupSums
from w2s.practice.estimation.moments import JointMoments

_LEADING = 20  # directions of each model that are compared
_LEVEL = 1e-3  # chance of a false alarm, of all comparisons together
_FEWEST = 50  # rows on each side
_COSTS = 0.05  # share of the best strong predictor's error from which on a verdict is held back
_TINY = float(np.finfo(np.float64).tiny)
_FAR = 1.0  # standard deviations between the means, likewise


@dataclass(frozen=True)
class Shift:
    """How labelled and unlabelled rows differ.

    Attributes
    ----------
    model : str
        Whose features show it most clearly.
    direction : int
        The principal direction with most of it, the first being 1.
    distance : float
        Between the means, in standard deviations of all rows.
    error : float
        What it adds to the student's test error on rows like the labelled ones.
    share : float
        That error, in terms of the best strong predictor's.
    """

    model: str
    direction: int
    distance: float
    error: float
    share: float

    @property
    def grave(self) -> bool:
        """Whether a verdict must be held back."""
        return self.share > _COSTS or self.distance > _FAR

    def told(self) -> str:
        """Say what was seen, and what to do."""
        return (
            "labelled and unlabelled rows differ: their means are "
            f"{self.distance:.2g} standard deviations apart, most of it along principal direction "
            f"{self.direction} of the {self.model} features; a student that learns from the "
            f"unlabelled rows is predicted to lose {self.error:.3g} "
            f"({100 * self.share:.2g}% of the best strong predictor's error) on rows like the "
            "labelled ones by it, and no held-out row shows it. Label a random sample of all "
            "inputs, or give only unlabelled inputs of the kind that the labels have"
        )


def shift(
    estimates: Estimates, grouped: GroupedMoments, labelled: JointMoments, features: JointMoments,
    withheld: int,
) -> Shift | None:  # fmt: skip
    r"""Compare the means of labelled and unlabelled rows; None if chance explains the difference.

    In whitened principal coordinates, with ``δ`` the difference of the means, ``s²/n`` its
    variance if all rows are independent (by both samples apart or by all rows, the larger one),
    ``u_g`` what the rows of group ``g`` add to it and ``G`` groups,

    .. math:: t_j^2 = \frac{\delta_j^2}{\max(s_j^2/n,\ R_{jj}\, s_j^2/n)}, \qquad
              F = \frac{1}{\max(k, \mathrm{tr} R)} \sum_j \frac{\delta_j^2}{s_j^2/n}, \qquad
              R_{ij} = \frac{G}{G-1} \sum_g \frac{u_{gi} u_{gj}}{(s_i/\sqrt n)(s_j/\sqrt n)} .

    The first finds a difference along one of ``k`` directions, the second one along many. ``R``
    sees rows that are alike within groups; it is the identity if all rows are independent.

    Parameters
    ----------
    estimates : Estimates
        With the directions of both models.
    grouped : GroupedMoments
        The state; rows whose labels were withheld count as unlabelled there.
    labelled, features : JointMoments
        `grouped.labelled()` and `grouped.features()`.
    withheld : int
        How many of the unlabelled rows had their labels withheld: they dilute a difference.

    Returns
    -------
    Shift or None

    Notes
    -----
    What a student loses: with the best weak predictor ``θ`` and its best strong predictor ``β``,
    an intercept learned at the mean of the unlabelled rows is off by
    ``δ_w·θ - δ_s·β`` at the labelled ones. Only means are compared: rows that differ in their
    spread alone pass. Derived in this companion.

    Examples
    --------
    >>> from w2s.practice.estimation.estimates import estimate
    >>> x = np.random.default_rng(0).standard_normal((4000, 6))
    >>> x[2000:, 3] += 0.4
    >>> labels = np.where(np.arange(4000) < 2000, x[:, 0] + x[:, 5], np.nan)
    >>> rows = GroupedMoments.from_blocks([(x[:, :4], x[:, 2:], labels)])
    >>> e = estimate(rows, intercept=True, energy=1.0)
    >>> found = shift(e, rows, rows.labelled(), rows.features(), 0)
    >>> round(found.distance, 1) > 0.2, found.grave
    (True, False)
    """
    others = grouped.without_label
    unlabelled = 0 if others is None else int(others.rows.sum())
    if others is None or min(unlabelled - withheld, grouped.labelled_rows) < _FEWEST:
        return None
    data = _Difference(grouped.with_label, others, labelled, features)
    dilution = unlabelled / (unlabelled - withheld)
    split, clearest = grouped.width_strong, (0.0, "", 0, 0.0)
    alarm = False
    for model, own, start in (("strong", estimates.strong, 0), ("weak", estimates.weak, split)):
        basis = np.zeros((len(features.mean) - 1, min(_LEADING, own.directions.shape[1])))
        basis[start : start + len(own.centre)] = own.directions[:, : basis.shape[1]]
        apart, variance, alike = data.along(basis)
        score = apart**2 / variance
        alarm |= bool(score.sum() > _total(alike, data.groups))
        score /= np.maximum(alike.diagonal(), 1.0)
        alarm |= bool(score.max() > _largest(len(score), data.groups))
        k = int(np.argmax(score))
        chance = variance * np.maximum(alike.diagonal(), 1.0)
        distance = float(np.sqrt(max(float(np.sum(apart**2 - chance)), 0.0)))
        clearest = max(clearest, (float(score[k]), model, k + 1, distance))
    if not alarm:
        return None
    apart, variance, alike = data.along(_missed(estimates, data.labelled)[:, None])
    chance = variance[0] * max(alike[0, 0], 1.0)
    error = max(float(apart[0] ** 2 - chance), 0.0) * dilution**2
    best = max(estimates.noise.value + estimates.rho_strong.value, _TINY)
    _, model, direction, distance = clearest
    return Shift(model, direction, distance * dilution, error, error / float(best))


class _Difference:
    """The difference between the means of labelled and unlabelled rows, and how sure it is."""

    def __init__(
        self, known: GroupSums, others: GroupSums, labelled: JointMoments, features: JointMoments
    ) -> None:
        self.known, self.others, self.labelled, self.features = known, others, labelled, features
        self.groups = len(known.rows)
        self.sizes = int(known.rows.sum()), int(others.rows.sum())

    def along(self, basis: Array) -> tuple[Array, Array, Array]:
        """Return the difference along directions, its variances for independent rows, and ``R``."""
        n, m = self.sizes
        first = self.known.mean[:, :-1] @ basis
        second = self.others.mean @ basis
        weights = self.known.rows[:, None] / n, self.others.rows[:, None] / m
        means = (weights[0] * first).sum(axis=0), (weights[1] * second).sum(axis=0)
        apart = means[0] - means[1]
        added = weights[0] * (first - means[0]) - weights[1] * (second - means[1])
        every = np.einsum("ij,ij->j", basis, self.features.scatter[:-1, :-1] @ basis)
        own = np.einsum("ij,ij->j", basis, self.labelled.scatter[:-1, :-1] @ basis)
        rest = np.maximum(every - own - n * m / (n + m) * apart**2, 0.0)
        # The larger of the two: that of few skewed rows is small just where their mean is off.
        pooled = (own + rest) / (n * m)
        variance = np.maximum(np.maximum(own / n**2 + rest / m**2, pooled), _TINY)
        added /= np.sqrt(variance)
        return apart, variance, self.groups / (self.groups - 1) * added.T @ added


def _largest(directions: int, groups: int) -> float:
    """Square that no direction passes by chance: of Student's t, as many groups allow."""
    return float(stdtrit(groups - 1, 1 - _LEVEL / (8 * directions)) ** 2)


def _total(alike: Array, groups: int) -> float:
    """Sum of squares that chance does not reach: of F, with the freedom that ``R`` has.

    The sum has the mean ``tr R`` and the variance ``2 tr R²``, which `groups` make look larger.
    """
    free, mean = groups - 1, max(float(alike.trace()), len(alike))
    square = (float(np.sum(alike**2)) - alike.trace() ** 2 / free) * free**2 / (free + 2)
    square = max(square / (free - 1), mean**2 / len(alike))
    freedom = mean**2 / square
    return mean * float(fdtri(freedom, free * freedom, 1 - _LEVEL / 4))


def _missed(estimates: Estimates, labelled: JointMoments) -> Array:
    """Return the combination of columns by which the weak predictor exceeds its strong copy."""
    split, scatter = labelled.width_strong, labelled.scatter
    p_s, p_w = estimates.strong.directions, estimates.weak.directions
    weak = p_w.T @ scatter[split:-1, split:-1] @ p_w
    theta = np.linalg.lstsq(weak, p_w.T @ scatter[split:-1, -1], rcond=None)[0]
    strong = p_s.T @ scatter[:split, :split] @ p_s
    copied = np.linalg.lstsq(
        strong, p_s.T @ (scatter[:split, split:-1] @ (p_w @ theta)), rcond=None
    )
    return np.concatenate([-p_s @ copied[0], p_w @ theta])
