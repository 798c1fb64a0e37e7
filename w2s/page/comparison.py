"""A comparison: the same numbers by a formula and by a measurement, at named coordinates.

A page makes it once; the figure draws it, the data of the figure list it, a claim decides it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, whole
from w2s.metrics import Estimate, mean_and_error
from w2s.page.decisions import Decision, exact, inequality, monte_carlo


@dataclass(frozen=True, eq=False)
class Comparison:
    """Predictions, measurements with standard errors, and where they stand.

    Attributes
    ----------
    predicted : array
        By the formula.
    measured : Estimate
        By the other route: means and standard errors, of the same shape; errors of zero where the
        other route is exact too.
    at : mapping of str to array
        Coordinates, which broadcast to that shape; the first is the abscissa of a picture.

    Examples
    --------
    >>> found = compared([1.0, 2.0], [[0.9, 2.1], [1.1, 1.9]], N=[10, 20])
    >>> found.agrees(resolution=0.2).outcome, found.over(found.predicted).predicted.tolist()
    ('holds', [1.0, 1.0])
    """

    predicted: Array
    measured: Estimate
    at: Mapping[str, ArrayLike]

    def agrees(self, resolution: float, allowance: float = 0.0) -> Decision:
        """Decide that prediction and measurement agree, by `w2s.page.decisions.monte_carlo`."""
        mean, error = self.measured
        return monte_carlo(
            self.predicted, mean, error, resolution=resolution, allowance=allowance, at=self.at
        )

    def identical(self, tolerance: float, *, absolute: bool = False) -> Decision:
        """Decide an identity of two exact routes, by `w2s.page.decisions.exact`."""
        mean, _ = self.measured
        return exact(self.predicted, mean, tolerance, absolute=absolute, at=self.at)

    def below(self, slack: float = 0.0) -> Decision:
        """Decide that the measurement is at most the prediction, by `inequality`."""
        mean, _ = self.measured
        return inequality(mean, self.predicted, slack=slack, standard_error=self._error, at=self.at)

    def above(self, slack: float = 0.0) -> Decision:
        """Decide that the measurement is at least the prediction, by `inequality`."""
        mean, _ = self.measured
        return inequality(self.predicted, mean, slack=slack, standard_error=self._error, at=self.at)

    @property
    def _error(self) -> Array | None:
        """Return the standard errors; None where both routes are exact."""
        return self.measured.standard_error if np.any(self.measured.standard_error) else None

    def minus(self, amount: ArrayLike) -> Comparison:
        """Subtract a known amount from both sides."""
        mean, error = self.measured
        less = np.asarray(amount, dtype=float)
        return Comparison(self.predicted - less, Estimate(mean - less, error), self.at)

    def over(self, unit: ArrayLike) -> Comparison:
        """Divide both sides by a known positive number, which may differ from entry to entry."""
        mean, error = self.measured
        by = np.asarray(unit, dtype=float)
        return Comparison(self.predicted / by, Estimate(mean / by, error / by), self.at)

    def __getitem__(self, key: Any) -> Comparison:
        """Return some of the entries, as an array indexed by `key`."""
        mean, error = self.measured
        at = {name: np.broadcast_to(x, np.shape(mean))[key] for name, x in self.at.items()}
        return Comparison(self.predicted[key], Estimate(mean[key], error[key]), at)

    def dots(
        self, ax: Any, role: Any, label: str | None = None, shift: float = 1.0, **style: Any
    ) -> None:
        """Draw the measurements with two standard errors; `shift` moves them sidewards."""
        mean, error = self.measured
        x = shift * np.broadcast_to(next(iter(self.at.values())), mean.shape)
        ax.errorbar(x, mean, 2 * error, **role.dots, label=label, **style)


def compared(predicted: ArrayLike, measured: Any, **at: ArrayLike) -> Comparison:
    """Set a prediction beside trials, one row each, or beside their `Estimate`.

    Parameters
    ----------
    predicted : array_like
        By the formula; a number stands for all entries.
    measured : Estimate, or array_like of shape (trials, ...)
        The measurement. A second exact route is ``Estimate(values, 0)``.
    **at : array_like
        Coordinates by name, broadcastable to one trial.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If the shapes do not fit, or as `w2s.metrics.mean_and_error`.

    Examples
    --------
    >>> compared(2.0, Estimate([1.0, 3.0], 0)).identical(1.0).outcome
    'holds'
    """
    mean, error = measured if isinstance(measured, Estimate) else mean_and_error(measured)
    sides = {"predicted": predicted, "measured": mean, "standard_error": error}
    p, m, e = np.broadcast_arrays(*(whole(k, x).astype(float) for k, x in sides.items()))
    for name, x in at.items():
        try:
            np.broadcast_to(np.asarray(x), m.shape)
        except ValueError:
            got = f"shape {np.shape(x)} must fit to {m.shape}"
            raise ValueError(f"coordinate {name} of {got}") from None
    return Comparison(p, Estimate(m, e), at)


def joined(parts: Iterable[Comparison], **at: ArrayLike) -> Comparison:
    """Stack comparisons of one shape along a new first axis, at new coordinates.

    Examples
    --------
    >>> one = compared(1.0, Estimate(1.1, 0.1))
    >>> joined([one, one], N=[1, 2]).measured.mean.tolist()
    [1.1, 1.1]
    """
    rows = [(one.predicted, *one.measured) for one in parts]
    predicted, mean, error = (np.array(column) for column in zip(*rows, strict=True))
    return compared(predicted, Estimate(mean, error), **at)


def successive(measured: Estimate, first: float, **at: ArrayLike) -> Comparison:
    """Set each entry along the last axis beside the one before it, the first beside `first`.

    The standard errors are those of the differences; ``.below()`` decides that the entries fall.

    Examples
    --------
    >>> falling = successive(Estimate([0.8, 0.5], [0.01, 0.01]), 1.0, M=[16, 32])
    >>> falling.below().outcome
    'holds'
    """
    mean, error = (np.asarray(x, dtype=float) for x in measured)
    before = np.insert(mean[..., :-1], 0, first, axis=-1)
    its_error = np.insert(error[..., :-1], 0, 0.0, axis=-1)
    return compared(before, Estimate(mean, np.hypot(error, its_error)), **at)
