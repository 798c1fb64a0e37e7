"""Ridge heads that tell classes: the shares of wrong answers, with their uncertainty.

What `heads.RidgeOnAllColumns` says of mean squared errors, this says of error rates, in the same
form. So the verdict, the check and the curves work on both.

Logistic heads, and students of hard pseudo-labels of three and more classes, have no formula of
their own. They are predicted to decide as ridge heads on soft ones do, and the check trains what
the user trains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import RegularGridInterpolator
from scipy.special import stdtrit

from w2s._checks import Array, above
from w2s.metrics import MODELS
from w2s.practice.diagnosis.decisions import WithAreas, areas, held_to
from w2s.practice.diagnosis.guards.held_back import Guard
from w2s.practice.diagnosis.heads import Sizes
from w2s.practice.diagnosis.results import WRONG, Area, Validation
from w2s.practice.estimation.class_heads import PARTS, ClassHeads, parts_of
from w2s.practice.estimation.class_moments import ClassMoments
from w2s.practice.estimation.estimates import Uncertain
from w2s.practice.estimation.forecasts import Forecast, Lead, from_replicates
from w2s.practice.training.class_logistic import ClassLogistic, as_ridge
from w2s.practice.training.class_ridge import ClassRidge, TellsClasses

_CLEAR = 3.0  # standard errors by which a gap must differ from nothing to be divided by
_FEW = 5.0  # labels of the rarest class below which accuracies hang on single rows
_LEAST = 3  # rows of a class, so that no eighth of the rows holds them all
_TWO = 2
_KNOTS = 8  # sizes along an axis between which predictions are interpolated
_ROWS = 1024  # kept rows that serve where many predictions are made
NEAR = 0.03  # by which accuracies of logistic and ridge heads were seen to differ at most
DECISIONS = (
    "the pseudo-labels are decisions: what is predicted is a student that learns scores, and the "
    "intervals of the student also hold what decisions were measured to make of it in the check"
)
_AS_ERROR = 4.0  # standard errors that this is: those within which the check finds agreement


@dataclass(frozen=True, eq=False)
class RidgeOnClasses:
    """One-against-the-rest ridge on every column, one penalty for all classes, or what is near it.

    "Errors" are shares of wrong answers. Curves and surfaces are interpolated between a few sizes.

    Attributes
    ----------
    whole : ClassHeads
        From all labelled rows.
    quick : ClassHeads
        The same, with fewer kept rows.
    others : tuple of ClassHeads
        As `quick`, without an eighth of the rows each.
    rows : array of shape (8,)
        Labelled rows of these eighths.
    names : tuple of str
        Names of the classes.
    quantile : float
        Half width of an interval in standard errors.
    trainer : TellsClasses
        What trains a model in the check: ridge or logistic heads, on soft or hard pseudo-labels.
    unlike : float
        Standard error of a share of wrong answers for what is trained not being ridge.
    hard : bool
        Whether pseudo-labels are decisions.
    penalty : float or None
        ``λ`` of the ridge heads; None for the choice of cross-validation.
    pseudo : {"soft", "hard"}
        What pseudo-labels the formula is for.
    """

    whole: ClassHeads
    quick: ClassHeads
    others: tuple[ClassHeads, ...]
    rows: Array
    names: tuple[str, ...]
    quantile: float
    trainer: TellsClasses
    unlike: float
    hard: bool
    penalty: float | None = None
    pseudo: str = "soft"
    measure = WRONG
    white = False
    slack = 0.1  # seen on digits, of which some tens are labelled
    least = 4, 4

    @classmethod
    def from_moments(
        cls,
        moments: ClassMoments,
        names: Sequence[str],
        confidence: float,
        penalty: float | None = None,
        *,
        logistic: bool = False,
        hard: bool = False,
    ) -> RidgeOnClasses:
        """Diagonalise the moments of all labelled rows, and those without each eighth.

        `logistic` and `hard` say what is trained; `penalty` is that of what is trained.

        Raises
        ------
        ValueError
            If features do not vary, a class has fewer than 3 rows, there are too few rows or the
            penalty is not positive.

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> code = rng.integers(2, size=2000)
        >>> x = rng.standard_normal((2000, 6)) + code[:, None]
        >>> moments = ClassMoments.from_blocks([(x, x[:, :3], code)], classes=2)
        >>> head = RidgeOnClasses.from_moments(moments, ("no", "yes"), 0.99)
        >>> found = head.forecast(50, 500)
        >>> bool(found.ceiling.value < found.teacher.value < 0.5)
        True
        """
        if penalty is not None:
            above("ridge", penalty, 0)
        everything = moments.sample()
        for name, count in zip(names, everything.counts, strict=True):
            if count < _LEAST:
                raise ValueError(
                    f"every class needs {_LEAST} labelled rows, got {count:g} of {name}: leave it "
                    "out, or join it with another"
                )
        parts = [moments.sample(without=part) for part in parts_of(moments)]
        others = tuple(ClassHeads.from_moments(part, kept=_ROWS) for part in parts)
        rows = np.array([everything.counts.sum() - part.counts.sum() for part in parts])
        whole = ClassHeads.from_moments(everything)
        quantile = float(stdtrit(PARTS - 1, (1 + confidence) / 2))
        few, classes = whole.with_rows(_ROWS), len(names)
        fit = (ClassLogistic if logistic else ClassRidge)(classes, penalty, hard)
        trainer = WithAreas(fit) if classes == _TWO else fit
        unlike = NEAR / _AS_ERROR if logistic else 0.0
        if logistic and penalty is not None:
            penalty = as_ridge(penalty, classes)
        known = hard and not logistic and classes == _TWO
        return cls(
            whole, few, others, rows, tuple(names), quantile, trainer, unlike, hard, penalty,
            "hard" if known else "soft",
        )  # fmt: skip

    @property
    def picks(self) -> bool:
        """Whether training chooses the penalty."""
        return self.penalty is None

    @property
    def freedom(self) -> int:
        """One less than the parts of the rows that are left out."""
        return PARTS - 1

    def numbers(self, labels: Array) -> Array:
        """Return numbers in place of codes, for what asks how features and labels go together."""
        return np.asarray(self.whole.contrast()[labels.astype(np.intp)])

    @cached_property
    def constant(self) -> float:
        """Share of wrong answers of who always says the most frequent class."""
        return float(1 - self.whole.truth.priors.max())

    def forecast(self, n: ArrayLike, big_n: ArrayLike, *, certain: bool = False) -> Forecast:
        """Predict the four models; `certain` leaves the errors of the numbers out."""
        sizes = [np.asarray(size, dtype=np.float64) for size in np.broadcast_arrays(n, big_n)]
        many = sizes[0].size > _KNOTS
        tables = [self._table(self.quick if certain and many else self.whole, *sizes)]
        if not certain:
            tables += [self._table(model, *sizes) for model in (self.quick, *self.others)]
        with np.errstate(divide="ignore", invalid="ignore"):
            units = {"pgr": 1 / np.abs(tables[0]["gap"]), "opr": 1 / tables[0]["student"]}
        made = {
            name: self._uncertain([one[name] for one in tables], name, units.get(name, 1.0))
            for name in tables[0]
        }
        gap: Any = made.pop("gap")
        if not certain:
            clear = gap.value > _CLEAR * gap.standard_error
            pgr = made["pgr"]
            each = pgr.value, pgr.standard_error, pgr.low, pgr.high
            made["pgr"] = Uncertain(*(np.where(clear, part, np.nan) for part in each))
        return Forecast(sizes[0], sizes[1], **made)

    def falls(self, here: Sizes, there: Sequence[Sizes]) -> list[Uncertain[float]]:
        """Return by how much the student's error rate falls from one pair of sizes to others."""
        n, big_n = (np.array([here[k], *(other[k] for other in there)]) for k in range(2))
        models = self.whole, self.quick, *self.others
        rates = [self._rates(model, n, big_n)[1] for model in models]
        found = self._uncertain([one[0] - one[1:] for one in rates], "fall", 0.0)
        each = zip(found.value, found.standard_error, found.low, found.high, strict=True)
        return [Uncertain(*map(float, parts)) for parts in each]

    def beside_constant(self, n: float, big_n: float) -> Lead:
        """Say how far models are ahead of who always says the most frequent class."""
        models = self.whole, self.quick, *self.others
        leads = [
            (1 - model.truth.priors.max()) - self._rates(model, n, big_n)[:3] for model in models
        ]
        found = self._uncertain(leads, "lead")
        each = zip(found.value, found.standard_error, found.low, found.high, strict=True)
        return Lead(self.constant, *(Uncertain(*map(float, parts)) for parts in each))

    def warnings(self, n: int, big_n: int) -> tuple[str, ...]:
        """Say where the predictions are at their limits."""
        rare = int(np.argmin(self.whole.truth.priors))
        expected = n * float(self.whole.truth.priors[rare])
        told = [DECISIONS] if self.hard and self.pseudo == "soft" else []
        if expected < _FEW:
            told.append(
                f"{n} labels hold {expected:.1f} of the class {self.names[rare]} on average: which "
                "ones decides more than any mean can tell"
            )
        return tuple(told)

    def held(self, n: int, big_n: int) -> tuple[Guard, ...]:
        """Hold nothing back: shares of wrong answers are bounded, and know no such disasters."""
        return ()

    def areas(self, n: int, big_n: int, checked: Validation | None) -> tuple[Area, ...]:
        """Say what the area under the curve of each model is, if there are two classes."""
        if len(self.names) != _TWO:
            return ()
        here = self._areas(n, big_n)
        if checked is None:
            return areas(here, here, None, None, 0.0, 0.0)
        there = self._areas(checked.n_labelled, checked.n_unlabelled) if checked.scaled else here
        return areas(here, there, self.trainer, checked, self.quantile, NEAR)

    def held_to(self, point: Forecast, checked: Validation | None) -> Forecast:
        """Return a forecast that knows what the check measured of a student of decisions."""
        return held_to(point, checked, self.quantile) if self.hard else point

    def _areas(self, n: int, big_n: int) -> list[Uncertain[float]]:
        models = self.whole, self.quick, *self.others
        found = [model.predict(n, big_n, self.penalty, pseudo=self.pseudo).auc for model in models]
        u = self._uncertain([np.asarray(one) for one in found], "auc")
        high = np.minimum(u.high, 1.0)
        each = zip(u.value, u.standard_error, u.low, high, strict=True)
        return [Uncertain(*map(float, parts)) for parts in each]

    def _rates(self, model: ClassHeads, n: ArrayLike, big_n: ArrayLike) -> Array:
        return 1 - model.predict(n, big_n, self.penalty, pseudo=self.pseudo).accuracy

    def _table(self, model: ClassHeads, n: Array, big_n: Array) -> dict[str, Array]:
        """Error rates, leads and ratios; nan where a ratio is not defined."""
        rates = _between(lambda *sizes: self._rates(model, *sizes), n, big_n)
        teacher, student, sft, ceiling = rates
        gap = teacher - ceiling
        with np.errstate(invalid="ignore", divide="ignore"):
            return {
                **dict(zip(MODELS, rates, strict=True)),
                "gain": teacher - student,
                "over_sft": sft - student,
                "gap": gap,
                "pgr": np.where(gap > 0, (teacher - student) / gap, np.nan),
                "opr": np.where(student > 0, sft / student, np.nan),
            }

    def _uncertain(self, values: list[Array], name: str, unit: ArrayLike = 1.0) -> Uncertain[Any]:
        """Attach errors to the first value: the others are the quick one and its replicates.

        `unit` says by how much it moves with a share of wrong answers.
        """
        besides = self.unlike * np.asarray(unit)
        return from_replicates(name, values, self.rows, self.quantile, about=1, besides=besides)


def _between(rates: Callable[[Array, Array], Array], n: Array, big_n: Array) -> Array:
    """Return rates of shape (4, …) at sizes: by a few of them, and straight lines if they are many.

    Lines over the logarithms of the sizes join the logarithms of the odds.
    """
    axes = [np.unique(size) for size in (n, big_n)]
    if n.size <= _KNOTS:
        return rates(n, big_n)
    knots = [
        axis if len(axis) <= _KNOTS else np.unique(np.geomspace(axis[0], axis[-1], _KNOTS).round())
        for axis in axes
    ]
    found = np.clip(rates(knots[0][:, None], knots[1][None, :]), 1e-9, 1 - 1e-9)
    odds = np.moveaxis(np.log(found / (1 - found)), 0, -1)
    wide = [k for k in range(2) if len(knots[k]) > 1]  # one size is no axis
    odds = odds.reshape([len(knots[k]) for k in wide] + [len(MODELS)])
    points = np.stack([np.log((n, big_n)[k]) for k in wide], axis=-1)
    lines = RegularGridInterpolator([np.log(knots[k]) for k in wide], odds, bounds_error=False,
                                    fill_value=None)  # fmt: skip
    return np.asarray(1 / (1 + np.exp(-np.moveaxis(lines(points), -1, 0))))
