r"""Ridge heads on all columns: test errors of the four models from joint second moments.

What people train on frozen features is ridge regression on every column, with a penalty chosen by
cross-validation, also with fewer labels than columns. Its test error has a deterministic
equivalent: with eigenvalues ``l`` of the centred features, coefficients ``b`` of the best linear
predictor in their eigenbasis and its residual variance ``v``, ``n`` rows act as a shrinkage ``κ``,

.. math:: \sum_i \frac{l_i}{l_i+\kappa} + \frac\lambda\kappa = n - 1, \qquad
          R = \Bigl(1+\frac1n\Bigr)
          \frac{v + \kappa^2 \sum_i w_i b_i^2}{1 - \frac1{n-1}\sum_i l_i w_i}, \qquad
          w_i = \frac{l_i}{(l_i+\kappa)^2} ,

and the error depends on the penalty through ``κ`` only. The teacher's coefficients have the mean
``l b/(l+κ)`` and the covariance ``w R₀/(n-1)`` with ``R = (1+1/n) R₀``; they and the error ``R₀/n``
of its fitted mean are what the student is taught. Derived in this companion; exact in the limit of
many rows and columns with a fixed ratio.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dpotri, ssyevd

from w2s._checks import Array, at_least
from w2s.practice.estimation.mixture import BestMixture, Passed, best_mixture, passed_on
from w2s.practice.estimation.moments import JointMoments

LEAST = 1e-5  # smallest penalty that a choice tries, in units of the features' mean square
_ABSENT = 1e-10  # share of the largest eigenvalue below which a direction counts as absent
_SPAN = 1e-8, 1e3  # shrinkages that are tried, in units of the mean and the largest eigenvalue
_TRIED = 240  # a parabola through three of them is good to a millionth of the error
_HALVINGS = 100  # of an interval of shrinkages, down to rounding
_LARGE = 512  # columns from which on single precision is worth its cost
_ORDINARY = 1e12  # eigenvalues up to this, and down to its inverse, leave single precision room
_CLEAR = 1e-4  # share of the largest eigenvalue that single precision tells to a thousandth
_NEAR = 1e3  # inverse of the share of a direction outside the other space, likewise
_MANY = 10**5  # rows from which on standard errors are small
_SAME = 1e-8  # share of a weak direction outside the strong ones below which it is none of its own


@dataclass(frozen=True, eq=False)
class RidgeErrors:
    """Expected test errors of the four models, noise included; every field has one shape.

    Attributes
    ----------
    teacher, student, sft, ceiling : array
        Errors over the broadcast ``(n, N)``.
    product : array
        Mean product of what SFT baseline and student miss, for their `mixture`.
    """

    teacher: Array
    student: Array
    sft: Array
    ceiling: Array
    product: Array

    @property
    def mixture(self) -> BestMixture:
        """The best average of SFT baseline and student."""
        return best_mixture(self.sft, self.student, self.product)


@dataclass(frozen=True, eq=False)
class _Target:
    """Labels as a side sees them.

    Attributes
    ----------
    energy : array of shape (d,)
        Variance that each eigenfeature explains, the noise of its estimate taken off.
    left : float
        Variance that no predictor explains.
    """

    energy: Array
    left: float

    def missed(self, rest: Array) -> Array:
        """Return the population's error of the mean predictor, which leaves shares ``rest``."""
        return self.missed_by(np.square(rest))

    def missed_by(self, squares: Array) -> Array:
        """Return the same for the squares of the shares."""
        return np.asarray(np.maximum(squares @ self.energy, 0.0) + self.left)


@dataclass(frozen=True, eq=False)
class _Side:
    """A model in the eigenbasis of its features.

    Attributes
    ----------
    values : array of shape (d,)
        Eigenvalues, largest first.
    slopes : array of shape (d,)
        Coefficients of the best linear predictor.
    left : float
        Variance of the label that it leaves.
    label : float
        Variance of the label.
    rows : int
        Rows behind the estimates, whose noise is taken off the squared coefficients.
    """

    values: Array
    slopes: Array
    left: float
    label: float
    rows: int

    @cached_property
    def target(self) -> _Target:
        """The label itself."""
        return _Target(self.values * self.slopes**2 - self.left / self.rows, self.left)

    @cached_property
    def _grid(self) -> tuple[Array, Array, Array, Array]:
        """Shrinkages that are tried: logarithms, squares they leave, what they use, its squares."""
        ends = _SPAN[0] * float(self.values.mean()), _SPAN[1] * float(self.values[0])
        tried = np.geomspace(*ends, _TRIED)
        rest = self.rest(tried)
        fit = 1 - rest
        return np.log(tried), np.square(rest), fit.sum(axis=1), np.square(fit).sum(axis=1)

    def rest(self, shrinkage: Array) -> Array:
        """Return the shares ``κ/(l+κ)`` of every direction that are left out, shape (…, d)."""
        kappa = np.asarray(shrinkage)[..., None]
        return np.asarray(kappa / (self.values + kappa))

    def shrinkage(self, samples: Array, penalty: float | None, target: _Target) -> Array:
        """Return ``κ`` for a penalty, or those of the least errors if it is None."""
        if penalty is None:
            return self._best(samples, target)
        room = samples - 1
        low = np.full(len(samples), 1e-300)
        high = (penalty + self.values.sum()) / room + low
        for _ in range(_HALVINGS):  # the left side of the equation falls as κ rises
            middle = np.sqrt(low) * np.sqrt(high)  # their product would vanish
            too_small = (1 - self.rest(middle)).sum(axis=1) + penalty / middle > room
            low, high = np.where(too_small, middle, low), np.where(too_small, high, middle)
        return np.where((penalty == 0) & (len(self.values) < room), 0.0, high)

    def error(self, samples: Array, shrinkage: Array, target: _Target) -> Array:
        """Return the test errors ``R``; infinite where the sample is interpolated."""
        rest = self.rest(shrinkage)
        used = np.square(1 - rest).sum(axis=1) / (samples - 1)
        with np.errstate(divide="ignore"):
            risk = (1 + 1 / samples) * target.missed(rest) / np.maximum(1 - used, 0.0)
        return np.where(used < 1, risk, np.inf)

    def price(self, samples: Array, shrinkage: Array) -> Array:
        """Return by which factor a penalty chosen by leaving one row out is worse than the best.

        ``1 + 2/(n - 1 - Σ l/(l+κ))`` is no theorem: it fits trainings of three models in sixteen
        worlds to 5%, as far as samples are not about as large as the features are wide.
        """
        left = samples - 1 - (1 - self.rest(shrinkage)).sum(axis=1)
        return np.asarray(1 + 2 / np.maximum(left, 2.0))

    def hazard(self, samples: Array) -> Array:
        """Return how many times the best error the smallest penalty that is tried would cost."""
        found = []
        for size in samples:
            one, target = np.array([size]), self.target
            unit = size * self.values.sum() / min(size - 1, len(self.values))
            errors = [
                self.error(one, self.shrinkage(one, penalty, target), target)
                for penalty in (LEAST * unit, None)
            ]
            found.append(float(errors[0][0] / errors[1][0]) if errors[1][0] > 0 else 1.0)
        return np.array(found)

    def _best(self, samples: Array, target: _Target) -> Array:
        logs, missed, used, squares = self._grid
        room = (samples - 1)[:, None]
        allowed = used <= room
        allowed[:, -1] = True
        risk = np.where(
            allowed, target.missed_by(missed) / np.maximum(1 - squares / room, 1e-300), np.inf
        )
        lowest = np.clip(np.argmin(risk, axis=1), 1, _TRIED - 2)
        three = np.take_along_axis(risk, lowest[:, None] + np.arange(-1, 2), axis=1)
        with np.errstate(invalid="ignore"):
            slope, bend = three[:, 0] - three[:, 2], three[:, 0] - 2 * three[:, 1] + three[:, 2]
            inside = np.isfinite(bend) & (bend > 0)
        shift = np.where(inside, slope / np.where(inside, 2 * bend, 1.0), 0.0)
        edge = np.argmin(three, axis=1) - 1  # without a parabola the best of the three
        shift = np.where(inside, np.clip(shift, -1, 1), edge)
        return np.asarray(np.exp(logs[lowest] + shift * (logs[1] - logs[0])))


@dataclass(frozen=True, eq=False)
class RidgeHeads:
    """Two models and a label, reduced to what the errors of ridge heads need.

    Attributes
    ----------
    weak, strong : _Side
        The models.
    bridge : array of shape (d_s, d_w)
        Best strong predictor of each weak eigenfeature.
    common : float
        Mean product of what the two best predictors leave of the label.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((4000, 6))
    >>> rows = JointMoments.from_blocks([(x[:, :4], x[:, 2:], x[:, 0] + x[:, 5])])
    >>> found = RidgeHeads.from_moments(rows).errors([10, 40], 400)
    >>> bool(found.teacher[1] < found.teacher[0]), found.student.shape
    (True, (2,))
    """

    weak: _Side
    strong: _Side
    bridge: Array
    common: float

    @classmethod
    def from_moments(cls, moments: JointMoments, *, single: bool = False) -> RidgeHeads:
        """Diagonalise both second moments, in double or in single precision.

        Raises
        ------
        ValueError
            If a model's features do not vary, or there are no more rows than directions.
        """
        scatter, split = moments.scatter / moments.rows, moments.width_strong
        parts = slice(split), slice(split, split + moments.width_weak)
        sides, bases = [], []
        for name, part in zip(("strong", "weak"), parts, strict=True):
            values, basis = _diagonalised(scatter[part, part], single)
            if values[-1] <= 0:
                raise ValueError(f"the {name} features do not vary")
            keep = values > _ABSENT * values[-1]
            values, basis = values[keep][::-1], basis[:, keep][:, ::-1]
            if moments.rows <= len(values) + 1:
                raise ValueError(
                    f"rows must exceed the {len(values)} {name} directions by 2, got {moments.rows}"
                )
            slopes = basis.T @ scatter[part, -1] / values
            label = float(scatter[-1, -1])
            left = max(label - float(values @ slopes**2), 0.0)
            left *= moments.rows / (moments.rows - 1 - len(values))
            sides.append(_Side(values, slopes, left, label, moments.rows))
            bases.append(basis)
        strong, weak = sides
        between = scatter[parts[0], parts[1]].astype(bases[0].dtype, copy=False)
        crossed = (bases[0].T @ between @ bases[1]).astype(np.float64, copy=False)
        fitted = strong.slopes @ crossed @ weak.slopes
        power = [float(side.values @ side.slopes**2) for side in (strong, weak)]
        common = float(scatter[-1, -1] + fitted - sum(power))
        return cls(weak, strong, crossed / strong.values[:, None], common)

    def single_precision_serves(self, width: int) -> bool:
        """Return whether it is faster for moments like these, and tells `width` directions.

        It leaves errors of 1e-6, seven times as much in a pseudo-value of the jackknife: what
        standard errors of a thousandth, those of 100 000 rows, do not feel.
        """
        sides = self.weak.values, self.strong.values
        return bool(
            sum(map(len, sides)) == width >= _LARGE
            and self.weak.rows <= _MANY
            and all(1 / _ORDINARY < one[0] < _ORDINARY for one in sides)
            and all(one[-1] > _CLEAR * one[0] for one in sides)
            and float(np.trace(self._apart[3])) - len(self._apart[3]) < _NEAR
        )

    @cached_property
    def noise(self) -> float:
        """Variance of the label that both models together leave.

        It is nan where there are no more rows than directions of both.
        """
        s, beyond, root, inverse = self._apart
        both = len(s.values) + len(inverse) - _SAME * float(np.trace(inverse))
        left = s.label - float(s.values @ s.slopes**2) - float(beyond @ cho_solve(root, beyond))
        spare = s.rows - 1 - both
        return max(left, 0.0) * s.rows / spare if spare > 0 else float("nan")

    @cached_property
    def _apart(self) -> tuple[_Side, Array, tuple[Array, bool], Array]:
        """What the smaller space adds to the larger one.

        The larger one, products of the label with what it leaves of the smaller one's features,
        and the products of these among themselves: a factor, and the inverse (lower triangle).
        """
        s, w = self.strong, self.weak
        roots = np.sqrt(s.values), np.sqrt(w.values)
        cosines = roots[0][:, None] * self.bridge / roots[1]
        if len(s.values) < len(w.values):
            s, w, cosines, roots = w, s, cosines.T, roots[::-1]
        own = np.eye(len(w.values)) - cosines.T @ cosines
        beyond = roots[1] * w.slopes - cosines.T @ (roots[0] * s.slopes)
        own.flat[:: len(own) + 1] += _SAME  # what is shared up to rounding adds nothing
        root = cho_factor(own, lower=True)
        return s, beyond, root, dpotri(root[0], lower=1)[0]

    def errors(
        self, n_labelled: ArrayLike, n_unlabelled: ArrayLike, penalty: float | None = None,
        *, choosing: bool = False,
    ) -> RidgeErrors:  # fmt: skip
        """Predict the four test errors at sizes ``n`` and ``N``, which broadcast.

        Parameters
        ----------
        n_labelled, n_unlabelled : array_like
            ``n`` and ``N``, at least 3.
        penalty : float, optional
            ``λ`` of ``|y - μ - Fθ|² + λ|θ|²``, for all models. Left out, each model has the one
            of the least error on the labels that it sees, as cross-validation would find it: the
            student's on pseudo-labels.
        choosing : bool
            Whether to add what it costs that the penalty of teacher, SFT baseline and ceiling is
            chosen on the very labels that train them; the student inherits the teacher's part.
            What two models miss together grows by no more than a fifth of that, and is left as it
            is: so trainings in three worlds with 20 to 300 labels have it.

        Returns
        -------
        RidgeErrors

        Raises
        ------
        ValueError
            If a size is below 3 or the penalty is negative.
        """
        n, big_n = np.broadcast_arrays(
            at_least("n_labelled", n_labelled, 3), at_least("n_unlabelled", n_unlabelled, 3)
        )
        if penalty is not None:
            at_least("penalty", penalty, 0)
        found = np.empty((len(fields(RidgeErrors)), n.size))
        few, row = np.unique(n.ravel(), return_inverse=True)
        kappa = self.weak.shrinkage(few, penalty, self.weak.target)
        taught = self.weak.error(few, kappa, self.weak.target)
        found[0] = taught[row]
        for place, sizes in ((3, n + big_n), (2, n)):
            different, where = np.unique(sizes.ravel(), return_inverse=True)
            own = self.strong.shrinkage(different, penalty, self.strong.target)
            best = self.strong.error(different, own, self.strong.target)
            price = self.strong.price(different, own) if choosing and penalty is None else 1.0
            found[place] = (best * price)[where]
        lessons = self._lessons(few, kappa, taught)
        passed = self._passed(few, kappa, own, lessons)  # with the baseline's shrinkage, seen last
        for k, (lesson, together) in enumerate(zip(lessons, passed, strict=True)):
            many, where = np.unique(big_n.ravel()[row == k], return_inverse=True)
            error, fit = self._learned(lesson, many, penalty)
            found[1, row == k], found[4, row == k] = error[where], together.product(fit)[where]
        if choosing and penalty is None:
            found[:2] *= self.weak.price(few, kappa)[row]
        shaped = found.reshape(len(found), *n.shape)
        return RidgeErrors(*shaped)

    @cached_property
    def _squares(self) -> Array:
        return np.square(self.bridge)

    def _lessons(self, samples: Array, kappa: Array, error: Array) -> list[_Lesson]:
        """Return the teacher's labels as the student sees them, for each number of labels."""
        weak, strong, rows = self.weak, self.strong, self.weak.rows
        rest = weak.rest(kappa)
        mean = (1 - rest) * weak.slopes
        with np.errstate(invalid="ignore"):
            centred = error / (1 + 1 / samples)  # without the fitted mean, which is inherited
            spread = np.square(1 - rest) / weak.values * (centred / (samples - 1))[:, None]
        # All coefficients were estimated from the same rows. Their noise is taken off squares and
        # products, as far as it is that of least squares.
        spread -= np.square(1 - rest) / weak.values * (weak.left / rows)
        onto = mean @ self.bridge.T
        noisy = (1 - rest) / weak.values @ self._squares.T
        crossed = onto * strong.slopes - noisy * (self.common / rows)
        # Weak directions seem to share a little with any strong one, by the luck of the rows.
        spare = rows - 1 - len(strong.values)
        beside = (1 - rest).sum(axis=1) - noisy @ strong.values
        shared = strong.values * noisy - (beside / spare)[:, None]
        squared = np.square(onto) + spread @ self._squares.T
        power = (np.square(mean) + spread) @ weak.values
        left = np.maximum(power - squared @ strong.values, 0.0)
        left *= rows / spare
        energy = np.maximum(strong.values * squared - (left / rows)[:, None], 0.0)
        return [
            _Lesson(*parts)
            for parts in zip(
                strong.values * crossed, energy, left, centred / samples, shared, strict=True
            )
        ]

    def _passed(
        self, samples: Array, taught: Array, own: Array, lessons: list[_Lesson]
    ) -> list[Passed]:
        """Return what baseline and students miss together, for each number of labels.

        `taught` and `own` are the shrinkages of teacher and baseline.
        """
        fits = [1 - side.rest(kappa) for side, kappa in ((self.strong, own), (self.weak, taught))]
        energies = self.strong.target.energy, self.weak.target.energy
        return [
            passed_on(
                self.strong.label, size, (fit, energies[0]), (of_teacher, energies[1]),
                lesson.crossed, lesson.shared,
            )
            for size, fit, of_teacher, lesson in zip(samples, *fits, lessons, strict=True)
        ]  # fmt: skip

    def _learned(self, seen: _Lesson, samples: Array, penalty: float | None) -> tuple[Array, Array]:
        """Return the student's test errors after `samples` pseudo-labels, and its filters."""
        if not np.isfinite(seen.energy).all():  # the teacher interpolates its labels
            return np.full(len(samples), np.inf), np.zeros((len(samples), len(seen.energy)))
        side, target = self.strong, _Target(seen.energy, seen.left)
        kappa = side.shrinkage(samples, penalty, target)
        fit = 1 - side.rest(kappa)
        used = np.square(fit).sum(axis=1) / (samples - 1)
        own = np.square(fit) @ seen.energy - 2 * fit @ seen.crossed
        error = side.label + seen.offset + own + used * side.error(samples, kappa, target)
        return np.asarray(error), fit


def _diagonalised(moment: Array, single: bool) -> tuple[Array, Array]:
    """Return eigenvalues, in double precision, and eigenvectors."""
    if single:
        values, vectors, failed = ssyevd(moment.astype(np.float32), lower=1, overwrite_a=1)
        if not failed:
            return values.astype(np.float64), vectors
    values, vectors = np.linalg.eigh(moment)
    return values, vectors


@dataclass(frozen=True, eq=False)
class _Lesson:
    """The teacher's labels: what strong directions explain of them, and what those leave.

    Attributes
    ----------
    crossed, energy : array of shape (d_s,)
        Mean product with the label, and variance, along each strong eigenfeature.
    left : float
        Variance of the pseudo-labels that no strong predictor explains.
    offset : float
        Mean square of the teacher's fitted mean about the true one.
    shared : array of shape (d_s,)
        How much of the teacher's filter lies along each strong eigenfeature; see `passed_on`.
    """

    crossed: Array
    energy: Array
    left: float
    offset: float
    shared: Array
