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

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from w2s._checks import Array, at_least
from w2s.practice.estimation.moments import JointMoments

_ABSENT = 1e-10  # share of the largest eigenvalue below which a direction counts as absent
_SPAN = 1e-8, 1e3  # shrinkages that are tried, in units of the mean and the largest eigenvalue
_TRIED = 60


@dataclass(frozen=True, eq=False)
class RidgeErrors:
    """Expected test errors of the four models, noise included; every field has one shape.

    Attributes
    ----------
    teacher, student, sft, ceiling : array
        Errors over the broadcast ``(n, N)``.
    """

    teacher: Array
    student: Array
    sft: Array
    ceiling: Array


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

    def shrinkage(self, samples: float, penalty: float | None) -> float:
        """Return ``κ`` for a penalty, or the one of the least error if it is None."""
        low = self._least(samples)
        if penalty is None:
            return self._best(samples, low)
        if penalty == 0:
            return low
        if len(self.values) < samples - 1:
            low = 0.0
        ends = [max(low, 1e-300), low + (penalty + self.values.sum()) / (samples - 1)]
        for _ in range(200):  # λ(κ) rises from 0 at the least shrinkage
            middle = np.sqrt(ends[0] * ends[1])
            left = middle * (samples - 1 - float(np.sum(self.values / (self.values + middle))))
            ends[int(left > penalty)] = middle
        return float(ends[1])

    def error(self, samples: float, shrinkage: float) -> float:
        """Return the test error ``R``; infinite where the sample is interpolated."""
        weights = self.values / (self.values + shrinkage) ** 2
        used = float(self.values @ weights) / (samples - 1)
        if used >= 1:
            return np.inf
        noise = float(np.sum(weights / self.values)) * self.left / self.rows
        bias = max(shrinkage**2 * (float(weights @ self.slopes**2) - noise), 0.0)
        return (1 + 1 / samples) * (bias + self.left) / (1 - used)

    def _least(self, samples: float) -> float:
        """Return the shrinkage without a penalty: positive where there are too few rows."""
        if len(self.values) < samples - 1:
            return 0.0
        ends = [1e-300, float(self.values.sum())]
        for _ in range(200):
            middle = np.sqrt(ends[0] * ends[1])
            ends[int(np.sum(self.values / (self.values + middle)) < samples - 1)] = middle
        return float(ends[1])

    def _best(self, samples: float, low: float) -> float:
        first = max(low, _SPAN[0] * float(self.values.mean()))
        tried = np.geomspace(first, max(_SPAN[1] * self.values[0], 10 * first), _TRIED)
        errors = [self.error(samples, one) for one in tried]
        k = int(np.argmin(errors))
        ends = np.log(tried[max(k - 1, 0)]), np.log(tried[min(k + 1, _TRIED - 1)])
        found = minimize_scalar(
            lambda x: self.error(samples, float(np.exp(x))), bounds=ends, method="bounded"
        )
        return float(np.exp(found.x)) if found.fun <= errors[k] else float(tried[k])


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
    def from_moments(cls, moments: JointMoments) -> RidgeHeads:
        """Diagonalise both second moments.

        Raises
        ------
        ValueError
            If a model's features do not vary, or there are no more rows than directions.
        """
        scatter, split = moments.scatter / moments.rows, moments.width_strong
        parts = slice(split), slice(split, split + moments.width_weak)
        sides, bases = [], []
        for name, part in zip(("strong", "weak"), parts, strict=True):
            values, basis = np.linalg.eigh(scatter[part, part])
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
        crossed = bases[0].T @ scatter[parts[0], parts[1]] @ bases[1]
        fitted = strong.slopes @ crossed @ weak.slopes
        power = [float(side.values @ side.slopes**2) for side in (strong, weak)]
        common = float(scatter[-1, -1] + fitted - sum(power))
        return cls(weak, strong, crossed / strong.values[:, None], common)

    def errors(
        self, n_labelled: ArrayLike, n_unlabelled: ArrayLike, penalty: float | None = None
    ) -> RidgeErrors:
        """Predict the four test errors at sizes ``n`` and ``N``, which broadcast.

        Parameters
        ----------
        n_labelled, n_unlabelled : array_like
            ``n`` and ``N``, at least 3.
        penalty : float, optional
            ``λ`` of ``|y - μ - Fθ|² + λ|θ|²``, for all models. Left out, each model has the one
            of the least error on the labels that it sees, as cross-validation would find it: the
            student's on pseudo-labels.

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
        found = np.empty((4, *n.shape))
        for few in np.unique(n):
            kappa = self.weak.shrinkage(few, penalty)
            taught = self.weak.error(few, kappa)
            sft = self.strong.error(few, self.strong.shrinkage(few, penalty))
            student = self._student(few, kappa, taught)
            for many in np.unique(big_n[n == few]):
                both = self.strong.error(few + many, self.strong.shrinkage(few + many, penalty))
                entry = (n == few) & (big_n == many)
                found[:, entry] = np.array(
                    [taught, self._learned(student, many, penalty), sft, both]
                )[:, None]
        return RidgeErrors(*(found[k] for k in range(len(fields(RidgeErrors)))))

    def _student(self, samples: float, kappa: float, error: float) -> _Pseudo:
        """Return the teacher's labels as the student sees them."""
        values = self.weak.values
        mean = values * self.weak.slopes / (values + kappa)
        centred = error / (1 + 1 / samples)  # without the fitted mean, which the student inherits
        spread = values / (values + kappa) ** 2 * centred / (samples - 1)
        # All coefficients were estimated from the same rows. Their noise is taken off squares and
        # products, as far as it is that of least squares.
        rows = self.weak.rows
        spread -= values / (values + kappa) ** 2 * self.weak.left / rows
        onto, squares = self.bridge @ mean, self.bridge**2
        crossed = onto * self.strong.slopes - squares @ (1 / (values + kappa)) * self.common / rows
        squared = onto**2 + squares @ spread
        power = float(values @ (mean**2 + spread))
        values = self.strong.values
        left = max(power - float(values @ squared), 0.0) * rows / (rows - 1 - len(values))
        squared = np.maximum(squared - left / (rows * values), 0.0)
        return _Pseudo(crossed, squared, left, centred / samples)

    def _learned(self, seen: _Pseudo, samples: float, penalty: float | None) -> float:
        """Return the student's test error after `samples` pseudo-labels."""
        side = self.strong
        if not np.isfinite(seen.power).all():  # the teacher interpolates its labels
            return np.inf
        # The noise of these squares is off already: as if they came from endlessly many rows.
        target = _Side(side.values, np.sqrt(seen.power), seen.left, seen.left, side.rows * 10**9)
        kappa = target.shrinkage(samples, penalty)
        fit = side.values / (side.values + kappa)
        used = float(np.sum(fit**2)) / (samples - 1)
        own = side.values @ (fit**2 * seen.power - 2 * fit * seen.crossed)
        base = side.label + seen.offset
        return base + float(own) + used * target.error(samples, kappa)


@dataclass(frozen=True, eq=False)
class _Pseudo:
    """The teacher's labels: their strong coefficients, and what those leave.

    Attributes
    ----------
    crossed, power : array of shape (d_s,)
        Mean product of a coefficient with that of the label, and its mean square.
    left : float
        Variance of the pseudo-labels that no strong predictor explains.
    offset : float
        Mean square of the teacher's fitted mean about the true one.
    """

    crossed: Array
    power: Array
    left: float
    offset: float
