"""What is trained on frozen features: its predictions with their uncertainty, and its training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from w2s._checks import Array, above
from w2s.practice.diagnosis.guards.held_back import Guard
from w2s.practice.diagnosis.results import SQUARED
from w2s.practice.estimation.estimates import Estimates, Uncertain
from w2s.practice.estimation.forecasts import (
    SINGLE,
    Forecast,
    Lead,
    from_replicates,
    without_error,
)
from w2s.practice.estimation.groups import GroupedMoments
from w2s.practice.estimation.jackknife import without_each_group
from w2s.practice.estimation.predictions import CLEAR, NOTHING, beside_constant, fall, predict
from w2s.practice.estimation.ridge_heads import RidgeErrors, RidgeHeads
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut
from w2s.practice.training.splits import MINIMUM_NORM, OFFICIAL, Trains

HEADS = ("ridge", "ridgeless", "official", "logistic")
_HAZARD = 3.0  # times the best error, from which on a penalty chosen too small is a disaster
_WIDE = 1200  # columns from which on pairs of groups are left out: diagonalising is the cost
Sizes = tuple[ArrayLike, ArrayLike]


class Head(Protocol):
    """A way to train models on frozen features, and what is predicted for them.

    `white` trains on the kept principal features, with their constant, or else on the columns as
    they are; `slack` is a relative error that no number of rows takes away.
    """

    @property
    def trainer(self) -> Trains:
        """What trains a model in the check."""

    @property
    def white(self) -> bool:
        """Whether the kept principal features are trained on."""

    @property
    def slack(self) -> float:
        """Relative error of the predictions themselves."""

    @property
    def picks(self) -> bool:
        """Whether training chooses a penalty."""

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the standard errors."""

    @property
    def measure(self) -> str:
        """What an error is: one of `results.CONSTANTS`."""

    @property
    def least(self) -> tuple[int, int]:
        """Smallest ``n`` and ``N`` that have a prediction."""

    def forecast(self, n: ArrayLike, big_n: ArrayLike, *, certain: bool = False) -> Forecast:
        """Predict the four models; `certain` leaves the errors of the numbers out."""

    def falls(self, here: Sizes, there: Sequence[Sizes]) -> list[Uncertain[float]]:
        """Return by how much the student's error falls from one pair of sizes to others."""

    def beside_constant(self, n: float, big_n: float) -> Lead:
        """Say how far models are ahead of the mean of the ``n`` labels."""

    def warnings(self, n: int, big_n: int) -> tuple[str, ...]:
        """Say where the predictions are at their limits."""

    def held(self, n: int, big_n: int) -> tuple[Guard, ...]:
        """Return what holds a verdict back at these sizes."""

    def numbers(self, labels: Array) -> Array:
        """Return the labels as numbers to regress on."""


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """Least squares on the kept principal components, by the exact laws.

    Attributes
    ----------
    estimates : Estimates
        The constants.
    official : bool
        Whether models are trained as in the authors' code: on all columns, with ridge 1e-6.
    """

    estimates: Estimates
    official: bool = False
    measure = SQUARED
    slack = 0.0
    picks = False

    @property
    def trainer(self) -> Trains:
        """What trains a model in the check."""
        return OFFICIAL if self.official else MINIMUM_NORM

    @property
    def white(self) -> bool:
        """Whether the principal features are trained on."""
        return not self.official

    @property
    def freedom(self) -> int:
        """One less than the groups of rows behind the standard errors."""
        return self.estimates.groups - 1

    @property
    def least(self) -> tuple[int, int]:
        """Smallest sizes with a finite prediction for all four models."""
        e = self.estimates
        return max(e.d_weak, e.d_strong) + 2, e.d_strong + 2

    def forecast(self, n: ArrayLike, big_n: ArrayLike, *, certain: bool = False) -> Forecast:
        """Predict the four models; `certain` leaves the errors of the numbers out."""
        p = predict(self.estimates, n, big_n)
        errors = p.teacher_error, p.student_error, p.sft_error, p.ceiling_error
        found = [*errors, p.pgr, p.opr, p.gain, p.over_sft]
        found += [p.mixture_error, p.weight, p.over_single]
        if certain:
            found = [without_error(u.value) for u in found]
        return Forecast(p.n_labelled, p.n_unlabelled, *found)

    def falls(self, here: Sizes, there: Sequence[Sizes]) -> list[Uncertain[float]]:
        """Return by how much the student's error falls from one pair of sizes to others."""
        return [fall(self.estimates, here, other) for other in there]

    def beside_constant(self, n: float, big_n: float) -> Lead:
        """Say how far models are ahead of the mean of the labels."""
        return beside_constant(self.estimates, n, big_n)

    def warnings(self, n: int, big_n: int) -> tuple[str, ...]:
        """Say where the predictions are at their limits."""
        return predict(self.estimates, n, big_n).warnings

    def numbers(self, labels: Array) -> Array:
        """Return the labels as they are."""
        return labels

    def held(self, n: int, big_n: int) -> tuple[Guard, ...]:
        """Hold nothing back."""
        return ()


@dataclass(frozen=True, eq=False)
class RidgeOnAllColumns:
    """Ridge on every column, with the penalty of cross-validation or a given one.

    Predictions are deterministic equivalents; their errors come from leaving out one group of rows
    at a time.

    Attributes
    ----------
    whole : RidgeHeads
        From all labelled rows.
    others : tuple of RidgeHeads
        Without each group.
    rows : array of shape (G,)
        Labelled rows of each group.
    quantile : float
        Half width of an interval in standard errors.
    penalty : float or None
        ``λ``; None for the choice of cross-validation.
    """

    whole: RidgeHeads
    others: tuple[RidgeHeads, ...]
    rows: Array
    quantile: float
    penalty: float | None = None
    measure = SQUARED
    white = False
    slack = 0.02  # seen on real networks and on Gaussian features with tens of columns
    least = 4, 4

    @classmethod
    def from_groups(
        cls, grouped: GroupedMoments, confidence: float, penalty: float | None = None
    ) -> RidgeOnAllColumns:
        """Diagonalise the moments of all labelled rows, and those without each group.

        Raises
        ------
        ValueError
            If features do not vary, there are too few rows or the penalty is not positive.
        """
        if penalty is not None:
            above("ridge", penalty, 0)
        width = grouped.width_strong + grouped.width_weak
        together = 2 if width > _WIDE else 1
        moments = without_each_group(grouped, together)
        whole = RidgeHeads.from_moments(next(moments))
        single = whole.single_precision_serves(width)
        others = [RidgeHeads.from_moments(one, single=single) for one in moments]
        rows = np.add.reduceat(grouped.with_label.rows, np.arange(0, grouped.groups, together))
        quantile = float(stdtrit(len(rows) - 1, (1 + confidence) / 2))
        return cls(whole, tuple(others), rows.astype(float), quantile, penalty)

    @property
    def picks(self) -> bool:
        """Whether training chooses the penalty."""
        return self.penalty is None

    @property
    def freedom(self) -> int:
        """One less than the sets of groups that are left out: all of them, or pairs."""
        return len(self.rows) - 1

    @property
    def trainer(self) -> Trains:
        """What trains a model in the check."""
        return RidgeByLeaveOneOut(self.penalty)

    def forecast(self, n: ArrayLike, big_n: ArrayLike, *, certain: bool = False) -> Forecast:
        """Predict the four models; `certain` leaves the errors of the numbers out."""
        models = (self.whole, *(() if certain else self.others))
        tables = [_table(model, self._errors(model, n, big_n)) for model in models]
        made: dict[str, Any]
        shapes: Any = np.broadcast_arrays(
            *(np.asarray(size, dtype=np.float64) for size in (n, big_n))
        )
        made = {name: self._uncertain([one[name] for one in tables], name) for name in tables[0]}
        gap = made.pop("gap")
        if not certain:
            clear = gap.value > CLEAR * gap.standard_error
            made["pgr"] = Uncertain(
                *(np.where(clear, part, np.nan) for part in _parts(made["pgr"]))
            )
        return Forecast(*shapes, **made)

    def falls(self, here: Sizes, there: Sequence[Sizes]) -> list[Uncertain[float]]:
        """Return by how much the student's error falls from one pair of sizes to others."""
        n, big_n = (np.array([here[k], *(other[k] for other in there)]) for k in range(2))
        errors = [self._errors(model, n, big_n).student for model in (self.whole, *self.others)]
        found = self._uncertain([one[0] - one[1:] for one in errors], "fall")
        return [Uncertain(*map(float, parts)) for parts in zip(*_parts(found), strict=True)]

    def beside_constant(self, n: float, big_n: float) -> Lead:
        """Say how far models are ahead of the mean of the labels."""
        leads, names = [], ("teacher", "student", "sft")
        for model in (self.whole, *self.others):
            errors = self._errors(model, n, big_n)
            side = model.strong
            constant = (1 + 1 / n) * side.label * side.rows / (side.rows - 1)
            leads.append([constant, *(constant - float(getattr(errors, name)) for name in names)])
        found = self._uncertain([np.array(one[1:]) for one in leads], "lead")
        each = [Uncertain(*map(float, parts)) for parts in zip(*_parts(found), strict=True)]
        return Lead(float(leads[0][0]), *each)

    def warnings(self, n: int, big_n: int) -> tuple[str, ...]:
        """Say where the predictions are at their limits."""
        here = self.forecast(n, big_n)
        if math.isfinite(float(here.pgr.value)):
            return ()
        return ("the ceiling is not clearly better than the teacher: no PGR there",)

    def numbers(self, labels: Array) -> Array:
        """Return the labels as they are."""
        return labels

    def held(self, n: int, big_n: int) -> tuple[Guard, ...]:
        """Hold a verdict back where the choice of a penalty is a gamble."""
        if not self.picks or float(self.whole.weak.hazard(np.array([float(n)]))[0]) < _HAZARD:
            return ()
        return (
            Guard(
                "Held back: with so many labels a chosen penalty sometimes fails altogether.",
                f"n = {n} labels are about as many as the weak model's "
                f"{len(self.whole.weak.values)} directions: a penalty that is chosen too small "
                "costs several times the error, and a few such runs in a hundred decide the mean",
                f"Plan fewer or more labels than {n}, or fix a penalty (--ridge).",
            ),
        )

    def _errors(self, heads: RidgeHeads, n: ArrayLike, big_n: ArrayLike) -> RidgeErrors:
        return heads.errors(n, big_n, self.penalty, choosing=True)

    def _uncertain(self, values: list[Array], name: str) -> Uncertain[Any]:
        return from_replicates(name, values, self.rows, self.quantile)


def make_head(
    name: str, estimates: Estimates, grouped: GroupedMoments, penalty: float | None
) -> Head:
    """Return the head of a name."""
    if name == "ridge":
        return RidgeOnAllColumns.from_groups(grouped, estimates.confidence, penalty)
    return LeastSquares(estimates, official=name == "official")


def _table(heads: RidgeHeads, e: RidgeErrors) -> dict[str, Array]:
    """Errors, leads and ratios; nan where a ratio is not defined."""
    noise = heads.noise
    gap, excess = e.teacher - e.ceiling, e.student - noise
    least, (weight, mixture) = NOTHING * heads.strong.label, e.mixture
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "teacher": e.teacher, "student": e.student, "sft": e.sft, "ceiling": e.ceiling,
            "gain": e.teacher - e.student, "over_sft": e.sft - e.student, "gap": gap,
            "pgr": np.where(gap > least, (e.teacher - e.student) / gap, np.nan),
            "opr": np.where(excess > least, (e.sft - noise) / excess, np.nan),
            "weight": weight, "mixture": mixture,
            "over_single": np.min([getattr(e, name) for name in SINGLE], axis=0) - mixture,
        }  # fmt: skip


def _parts(u: Uncertain[Any]) -> tuple[Any, Any, Any, Any]:
    return u.value, u.standard_error, u.low, u.high
