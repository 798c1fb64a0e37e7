"""One-against-the-rest ridge on codes of classes or on scores, and its errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2s._checks import Array, above, finite, integer
from w2s.practice.data.classes import targets_of
from w2s.practice.training.four_models import Model
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut


@dataclass(frozen=True)
class ClassRidge:
    """Ridge on targets of the classes: -1 and 1 for two, an indicator each for more.

    The student of soft pseudo-labels regresses on its teacher's scores, which have two dimensions
    where labels have one.

    Parameters
    ----------
    classes : int
        Number of classes; labels are the codes from 0.
    penalty : float, optional
        As in `RidgeByLeaveOneOut`: left out, one for all targets is chosen.

    Raises
    ------
    ValueError
        If there are fewer than two classes or the penalty is not positive.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> code = np.arange(90) % 3
    >>> x = np.eye(3)[code] + 0.1 * rng.standard_normal((90, 3))
    >>> fit = ClassRidge(3)
    >>> scores = fit.to(x, code)(x)
    >>> scores.shape, float(fit.losses(scores, code).mean())
    ((90, 3), 0.0)
    """

    classes: int
    penalty: float | None = None

    def __post_init__(self) -> None:
        integer("classes", self.classes, low=2)
        if self.penalty is not None:
            above("penalty", self.penalty, 0)

    def to(self, design: Array, labels: Array) -> Model:
        """Fit to codes (n,) or scores (n, T); the result maps features to scores (m, T)."""
        known = finite("labels", labels)
        scores = known if known.ndim == 2 else self._targets(known)
        return RidgeByLeaveOneOut(self.penalty).to(design, scores)

    def losses(self, outputs: Array, labels: Array) -> Array:
        """Return 1 for each row whose class has not the largest score, and 0 for the others."""
        two = outputs.shape[1] == 1
        told = outputs[:, 0] > 0 if two else np.argmax(outputs, axis=1)
        return np.asarray(told != labels, dtype=np.float64)

    def _targets(self, labels: Array) -> Array:
        codes = labels.astype(np.intp)
        if (codes != labels).any() or codes.min() < 0 or codes.max() >= self.classes:
            raise ValueError(f"labels must be classes from 0 to {self.classes - 1}")
        return np.asarray(targets_of(self.classes)[codes])
