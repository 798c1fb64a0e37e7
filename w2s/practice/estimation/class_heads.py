r"""Ridge heads for classes: accuracy of the four models, one against the rest, from class moments.

Two classes are coded as -1 and 1, more as one indicator each: ``T`` targets of one row, that share
features and penalty. So they share the shrinkage ``κ`` of `ridge_heads`, and its formulas hold with
matrices over the targets: with coefficients ``b_i`` (a row of ``T``) and the covariance ``V`` of
what the best linear predictors leave,

.. math:: R_0 = \frac{V + \kappa^2 \sum_i w_i\, b_i b_i^\top}{1 - \frac1{n-1}\sum_i l_i w_i}, \qquad
          \operatorname{Cov}(\hat\theta_i) = \frac{w_i}{n-1} R_0 .

The penalty is that of the least sum of squared errors over the targets.

Few labels do not have the classes in their true shares, and that costs accuracy which no mean over
trainings shows. So the mean coefficients are those *given* the shares ``p̂``, which are drawn:
``(Σ + κ)⁻¹ Aᵀ Z`` with the class means ``A``, where ``Z`` follows from ``p̂`` and the ``K × K``
matrix ``A (Σ + κ)⁻¹ Aᵀ``. The scores of the kept rows then are sums of their mean and of a Gaussian
error, and accuracy is the share in which the own class has the largest. A row does not count for
the coefficients that score it, to first order in its leverage.

Derived in this companion; exact in the limit of many rows and columns for classes that are
Gaussian clouds of one shape. Where classes have shapes of their own, the errors of a class's score
are largest on its own rows, by factors that the kept rows tell (`ClassSide.alike`). With few labels
of a class predictions stay optimistic: training pays for the choice of its penalty, and they do
not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr
from scipy.stats import binom

from w2s._checks import Array, at_least, one_of
from w2s.metrics import MODELS
from w2s.practice.data.classes import PSEUDO, targets_of
from w2s.practice.estimation.class_moments import ClassMoments, ClassSample
from w2s.practice.estimation.class_scores import (
    DRAWS,
    Scores,
    Shares,
    Truth,
    standardized,
    uniform_points,
)
from w2s.practice.estimation.class_sides import ClassSide, amplified, positive, product
from w2s.practice.estimation.ridge_heads import _ABSENT

PARTS = 8  # of the rows, one of which is left out
_TWO = 2


@dataclass(frozen=True, eq=False)
class ClassPredictions:
    """What four models of classes are expected to score, in the order of `w2s.metrics.MODELS`.

    Attributes
    ----------
    accuracy : array of shape (4, …)
        Share of new inputs whose class has the largest score.
    error : array of shape (4, …)
        Sum over the targets (one of -1 and 1, or the indicators) of the mean squared errors.
    auc : array of shape (4, …) or None
        Two classes: the chance that an input of the second class scores above one of the first.
    """

    accuracy: Array
    error: Array
    auc: Array | None


@dataclass(frozen=True, eq=False)
class ClassHeads:
    """Two models and classes, reduced to what ridge heads need.

    Attributes
    ----------
    weak, strong : ClassSide
        The models.
    bridge : array of shape (d_s, d_w)
        Best strong predictor of each weak eigenfeature.
    truth : Truth
        Shares and targets of the classes, and those of the kept rows.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> code = rng.integers(3, size=6000)
    >>> x = rng.standard_normal((6000, 8)) + 2 * np.eye(3, 8)[code]
    >>> moments = ClassMoments.from_blocks([(x[:, :6], x[:, 1:], code)], classes=3)
    >>> found = ClassHeads.from_moments(moments).predict([20, 100], 400)
    >>> found.accuracy.shape, bool((found.accuracy[:, 1] > found.accuracy[:, 0]).all())
    ((4, 2), True)
    """

    weak: ClassSide
    strong: ClassSide
    bridge: Array
    truth: Truth

    @classmethod
    def from_moments(
        cls, moments: ClassMoments | ClassSample, *, kept: int | None = None
    ) -> ClassHeads:
        """Diagonalise both models.

        Parameters
        ----------
        moments : ClassMoments or ClassSample
            The state, or a part of it.
        kept : int, optional
            Use so many of the kept rows: fewer are faster, for curves.

        Raises
        ------
        ValueError
            If a class has no rows, a model's features do not vary, or there are no more rows than
            directions.
        """
        sample = moments if isinstance(moments, ClassSample) else moments.sample()
        classes = len(sample.counts)
        if (sample.counts == 0).any():
            raise ValueError(
                f"every class needs rows, got none of class {int(np.argmin(sample.counts))}"
            )
        return cls._coded(sample, targets_of(classes), kept)

    @classmethod
    def _coded(cls, sample: ClassSample, codes: Array, use: int | None = None) -> ClassHeads:
        rows, split = int(sample.counts.sum()), sample.width_strong
        priors = sample.counts / rows
        level, centre = codes - priors @ codes, priors @ sample.means
        sides, bases, parts = [], [], (slice(split), slice(split, None))
        for name, part in zip(("strong", "weak"), parts, strict=True):
            values, basis = np.linalg.eigh(sample.scatter[part, part])
            if values[-1] <= 0:
                raise ValueError(f"the {name} features do not vary")
            keep = values > _ABSENT * values[-1]
            values, basis = values[keep][::-1], basis[:, keep][:, ::-1]
            if rows <= len(values) + 1:
                raise ValueError(
                    f"rows must exceed the {len(values)} {name} directions by 2, got {rows}"
                )
            apart, kept = (
                (one - centre)[:, part] @ basis for one in (sample.means, sample.rows[:use])
            )
            slopes = apart.T @ (level * priors[:, None]) / values[:, None]
            left = positive(product(level, priors) - product(slopes, values))
            left *= rows / (rows - 1 - len(values))
            sides.append(ClassSide(values, slopes, left, apart, priors, kept, rows))
            bases.append(basis)
        strong, weak = sides
        crossed = bases[0].T @ sample.scatter[parts[0], parts[1]] @ bases[1]
        truth = Truth(priors, codes, sample.codes[:use])
        return cls(weak, strong, crossed / strong.values[:, None], truth)

    def with_rows(self, kept: int) -> ClassHeads:
        """Return the same with the first of the kept rows only: fewer are faster."""
        sides = [replace(side, kept=side.kept[:kept]) for side in (self.weak, self.strong)]
        truth = replace(self.truth, of=self.truth.of[:kept])
        return ClassHeads(sides[0], sides[1], self.bridge, truth)

    def contrast(self) -> Array:
        """Return the number for each class that strong features tell best: -1 and 1 for two.

        What no feature explains of these numbers, none explains of the classes.
        """
        if len(self.truth.priors) == _TWO:
            return np.array([-1.0, 1.0])
        root = np.sqrt(self.truth.priors)
        told = (self.strong.apart / self.strong.values) @ self.strong.apart.T
        best = np.linalg.eigh(root[:, None] * told * root)[1][:, -1] / root
        return np.asarray(best * np.sign(best[0]))

    def predict(
        self,
        n_labelled: ArrayLike,
        n_unlabelled: ArrayLike,
        penalty: float | None = None,
        *,
        pseudo: str = "soft",
    ) -> ClassPredictions:
        """Predict accuracy and error of the four models at sizes ``n`` and ``N``, which broadcast.

        Parameters
        ----------
        n_labelled, n_unlabelled : array_like
            ``n`` and ``N``, at least 3.
        penalty : float, optional
            ``λ`` of ``Σ_t |y_t - μ_t - Fθ_t|² + λ|θ_t|²``, for all models. Left out, each model
            has the one of the least total error on the targets that it sees, as cross-validation
            would find it: the student's on pseudo-labels.
        pseudo : {"soft", "hard"}
            Whether the student regresses on its teacher's scores or on its decisions.

        Returns
        -------
        ClassPredictions

        Raises
        ------
        ValueError
            If a size is below 3, the penalty is negative or the pseudo-labels of more than two
            classes are hard, for which there is no prediction.
        """
        n, big_n = np.broadcast_arrays(
            at_least("n_labelled", n_labelled, 3), at_least("n_unlabelled", n_unlabelled, 3)
        )
        if penalty is not None:
            at_least("penalty", penalty, 0)
        two = self.truth.codes.shape == (_TWO, 1)
        hard = one_of("pseudo", pseudo, PSEUDO) == "hard"
        if hard and not two:
            raise ValueError(
                "hard pseudo-labels (decisions) of more than two classes have no prediction: let "
                "the student learn its teacher's scores, or measure"
            )
        found = np.empty((3, len(MODELS), *n.shape))
        for few in np.unique(n):
            kappa = self.weak.shrinkage(few, penalty)
            shares = self._shares(self.weak, few, kappa)
            scores = self._direct(self.weak, few, kappa)
            teacher = scores.told(shares, self.truth)
            sft = self._trained(few, penalty)
            taught, lessons = self._taught(few, kappa), shares
            if hard:
                taught, lessons = self._decided(taught, shares, scores)
            for many in np.unique(big_n[n == few]):
                student = self._student(taught, many, penalty).told(lessons, self.truth)
                told = [teacher, student, sft, self._trained(few + many, penalty)]
                entry = (n == few) & (big_n == many)
                found[:, :, entry] = np.transpose(told)[:, :, None]
        return ClassPredictions(found[0], found[1], found[2] if two else None)

    def _trained(self, samples: float, penalty: float | None) -> tuple[float, float, float]:
        """Return what a strong model scores that was trained on labels."""
        kappa = self.strong.shrinkage(samples, penalty)
        shares = self._shares(self.strong, samples, kappa)
        return self._direct(self.strong, samples, kappa).told(shares, self.truth)

    def _shares(self, side: ClassSide, samples: float, kappa: float) -> Shares:
        """Draw the shares of the classes in a sample."""
        priors, codes = self.truth.priors, self.truth.codes
        drawn = _counts(int(samples), priors)
        one = np.eye(len(priors))
        reach = (side.apart / (side.values + kappa)) @ side.apart.T
        within = np.linalg.inv(one - priors[:, None] * reach)
        alone = reach @ within  # the same with the covariance within the classes
        levels, weights = [], []
        for share in drawn / drawn.sum(axis=1, keepdims=True):
            centred = one - share
            inner = one + share[:, None] * (centred @ alone @ centred.T)
            found = np.linalg.solve(inner, share[:, None] * (centred @ codes))
            weights.append(within @ centred.T @ found)
            levels.append(share @ codes - share @ reach @ weights[-1])
        return Shares(np.array(levels), np.array(weights))

    def _direct(self, side: ClassSide, samples: float, kappa: float) -> Scores:
        """Return the scores of a model that was trained on labels."""
        error = side.error(samples, kappa)
        missed = self._missed(side) / (1 - side.leverage)[:, None]
        own = -((side.kept**2) @ (1 / (side.values + kappa)) / side.rows)[:, None] * missed
        noise = error / (samples - 1) - side.left / side.rows
        offset = side.offset(error, self.truth.codes, kappa) / samples
        alike = self._alike(side, kappa)
        numbers = side.variance(side.kept, kappa)[:, None] * alike
        spread = (numbers, noise), (np.ones_like(numbers), offset)
        basis = (side.kept / (side.values + kappa)) @ side.apart.T
        gap = side.variance(side.apart[[1]] - side.apart[[0]], kappa)[0] * noise[0, 0]
        within = side.variance(side.kept - side.apart[self.truth.of], kappa) * noise[0, 0]
        within *= alike[:, 0]
        return Scores(basis, own, spread, within, float(gap))

    def _alike(self, side: ClassSide, kappa: float) -> Array:
        """Return the factors of the variances of the scores of each kept row, shape (r, T).

        They change slowly with the shrinkage, and are interpolated between powers of 4.
        """
        place = np.log(max(kappa, _ABSENT * side.values[0])) / np.log(4)
        low = int(np.floor(place))
        for power in (low, low + 1):
            if (side is self.weak, power) not in self._factors:
                found = side.alike(self.truth.of, self.truth.codes, 4.0**power)
                self._factors[side is self.weak, power] = found
        first, second = (self._factors[side is self.weak, power] for power in (low, low + 1))
        return np.asarray((first + (place - low) * (second - first))[self.truth.of])

    @cached_property
    def _factors(self) -> dict[tuple[bool, int], Array]:
        return {}

    def _missed(self, side: ClassSide) -> Array:
        """Return what least squares leaves of the targets of the kept rows."""
        codes = self.truth.codes - self.truth.priors @ self.truth.codes
        return codes[self.truth.of] - side.kept @ side.slopes

    def _taught(self, samples: float, kappa: float) -> _Taught:
        """Return the teacher's scores as the student sees them."""
        weak, strong = self.weak, self.strong
        weights = weak.values / (weak.values + kappa) ** 2
        mean = (weak.values / (weak.values + kappa))[:, None] * weak.slopes
        error = weak.error(samples, kappa)
        noise = error / (samples - 1) - weak.left / weak.rows
        images = self.bridge @ (weak.apart / (weak.values + kappa)).T
        onto, reach = self.bridge @ mean, self.bridge**2 @ weights - images**2 @ self.truth.priors
        power = product(mean, weak.values) + float(weak.values @ weak.variances(kappa)) * noise
        left = power - product(onto, strong.values) - float(strong.values @ reach) * noise
        left = positive(left) * strong.rows / (strong.rows - 1 - len(strong.values))
        beyond = (weak.kept - strong.kept @ self.bridge) @ mean
        offset = weak.offset(error, self.truth.codes, kappa) / samples
        return _Taught(kappa, onto, reach, images, noise, left, beyond, offset)

    def _decided(
        self, taught: _Taught, shares: Shares, scores: Scores
    ) -> tuple[_Taught, Shares]:  # fmt: skip
        r"""Return the teacher's decisions between two classes as the student sees them.

        Were a score and the features Gaussian within the classes, the best strong predictor of its
        sign would be a multiple of that of the score (Bussgang 1952) and a part that the means of
        the classes add,

        .. math:: \beta = \alpha\, \beta_f + \gamma\, \Sigma_s^{-1} (\mu_1 - \mu_0) .

        The kept rows tell ``α`` and ``γ``, by the chance of each to be told the second class; all
        else of the variance of the decisions is noise. Derived in this companion.
        """
        truth, side = self.truth, self.strong
        row, weights = truth.weights, shares.weights[:, :, 0]
        step = ((side.apart[1] - side.apart[0]) / side.values)[:, None]
        (numbers, noise), (_, offset) = scores.spread
        spread = numbers[:, 0] * noise[0, 0] + offset[0, 0]
        means = shares.levels + weights @ scores.basis.T + scores.own[:, 0]
        told = 2 * ndtr(standardized(means, spread)) - 1
        level = told @ row
        contrast = np.broadcast_to((side.kept @ step)[:, 0], told.shape)
        both = np.stack([weights @ (side.kept @ taught.images).T, contrast], axis=1)
        away = both - (both @ row)[:, :, None]
        square = np.einsum("qir,qjr,r->qij", away, away, row)
        across = np.einsum("qir,qr,r->qi", away, told, row)
        inverse = np.linalg.pinv(square, rcond=_ABSENT, hermitian=True)  # of one column, say
        rate, added = np.einsum("qij,qj->iq", inverse, across)
        once, twice = float(rate.mean()), float(np.mean(rate**2))
        onto = once * taught.onto + float(added.mean()) * step
        left = 1 - np.mean(level**2) - product(onto, side.values)
        left = left - float(side.values @ taught.reach) * twice * taught.noise
        lost = twice * taught.left * (1 + len(side.values)) / side.rows  # to the fit of the bridge
        decided = replace(
            taught, onto=onto, images=np.hstack([taught.images, step]), noise=twice * taught.noise,
            left=positive(left) + lost, beyond=once * taught.beyond, offset=twice * taught.offset,
            rate=once,
        )  # fmt: skip
        combined = np.column_stack([rate[:, None] * weights, added])
        return decided, Shares(level[:, None], combined[:, :, None])

    def _student(self, taught: _Taught, samples: float, penalty: float | None) -> Scores:
        """Return the scores of a student after `samples` pseudo-labels."""
        side, weak = self.strong, self.weak
        noise, left = taught.noise, taught.left
        power = np.sum(taught.onto**2, axis=1) + taught.reach * np.trace(noise)
        energy = np.maximum(side.values * power - np.trace(left) / side.rows, 0.0)
        kappa = side.chosen(energy, left, samples, penalty)
        fit, weights = side.values / (side.values + kappa), side.values / (side.values + kappa) ** 2
        bias = product(taught.onto, weights) + float(weights @ taught.reach) * noise
        bias -= float(weights @ (1 / side.values)) / side.rows * left
        error = amplified(
            left + kappa**2 * positive(bias), float(side.values @ weights) / (samples - 1)
        )
        squares = side.kept**2
        own = -(squares @ (fit / side.values) / side.rows / (1 - side.leverage))[:, None]
        own = own * taught.beyond
        through = (side.kept * fit) @ self.bridge
        pull = np.sum(through * weak.kept / (weak.values + taught.kappa), axis=1) / weak.rows
        own -= (taught.rate * pull / (1 - weak.leverage))[:, None] * self._missed(weak)
        fresh = error / (samples - 1) - left / side.rows

        apart = (side.apart * fit) @ self.bridge
        alike = self._alike(weak, taught.kappa)
        numbers = weak.variance(through, taught.kappa)[:, None] * alike
        spread = (
            (numbers, noise),
            ((squares @ weights)[:, None] * np.ones_like(numbers), fresh),
            (np.ones_like(numbers), taught.offset + error / samples),
        )
        within = weak.variance(through - apart[self.truth.of], taught.kappa) * noise[0, 0]
        within *= alike[:, 0]
        within += (side.kept - side.apart[self.truth.of]) ** 2 @ weights * fresh[0, 0]
        gap = weak.variance(apart[[1]] - apart[[0]], taught.kappa)[0] * noise[0, 0]
        gap += (side.apart[1] - side.apart[0]) ** 2 @ weights * fresh[0, 0]
        return Scores((side.kept * fit) @ taught.images, own, spread, within, float(gap))


@dataclass(frozen=True, eq=False)
class _Taught:
    """The teacher's scores in strong coordinates.

    Attributes
    ----------
    kappa : float
        The teacher's shrinkage.
    onto : array of shape (d_s, T)
        Mean of their best strong coefficients.
    reach : array of shape (d_s,)
        Shares of `noise` in their variances.
    images : array of shape (d_s, K)
        Best strong coefficients of the functions that the shares of the classes combine.
    noise, left : arrays of shape (T, T)
        Unit of the covariance of the teacher's coefficients; what no strong predictor explains.
    beyond : array of shape (r, T)
        The same for the kept rows.
    offset : array of shape (T, T)
        Covariance of the teacher's fitted means.
    rate : float
        By how much the student's lessons follow these scores.
    """

    kappa: float
    onto: Array
    reach: Array
    images: Array
    noise: Array
    left: Array
    beyond: Array
    offset: Array
    rate: float = 1.0


def _counts(samples: int, priors: Array) -> Array:
    """Draw how many of some labels each class has, evenly: shape (draws, K)."""
    left = np.full(DRAWS, float(samples))
    counts = np.zeros((DRAWS, len(priors)))
    rest = np.cumsum(priors[::-1])[::-1]
    for k, uniform in enumerate(uniform_points(len(priors) - 1).T):
        counts[:, k] = binom.ppf(uniform, left, min(priors[k] / rest[k], 1.0))
        left -= counts[:, k]
    counts[:, -1] = left
    return counts


def parts_of(moments: ClassMoments) -> list[list[int]]:
    """Return the groups of rows in eight parts, one of which a replicate leaves out.

    Raises
    ------
    ValueError
        If the state has fewer than 8 groups.
    """
    if moments.groups < PARTS:
        raise ValueError(f"moments need {PARTS} groups at least, got {moments.groups}")
    return [part.tolist() for part in np.array_split(np.arange(moments.groups), PARTS)]
