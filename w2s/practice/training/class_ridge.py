"""Heads that tell classes, trained on codes of classes or on a teacher's scores: what they share.

The ridge head is here, one against the rest; the logistic one is in `class_logistic`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array, above, finite, integer
from w2s.practice.data.classes import targets_of
from w2s.practice.training.four_models import Model
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut


@runtime_checkable
class TellsClasses(Protocol):
    """What fits a model that gives each class a score, and judges its decisions."""

    @property
    def work(self) -> tuple[int, float] | None:
        """Cost of a fit in orthogonal factorisations, and the least of a split; None: ridge's."""

    def to(self, design: Array, labels: Array) -> Model:
        """Fit to codes (n,) or a teacher's scores (n, T); the result maps features to scores."""

    def losses(self, outputs: Array, labels: Array) -> Array:
        """Return 1 for each row whose class has not the largest score, and 0 for the others."""


@dataclass(frozen=True)
class ClassRidge:
    """Ridge on targets of the classes: -1 and 1 for two, an indicator each for more.

    The student of soft pseudo-labels regresses on its teacher's scores, which have two dimensions
    where labels have one; the student of hard ones on the targets of its teacher's decisions.

    Parameters
    ----------
    classes : int
        Number of classes; labels are the codes from 0.
    penalty : float, optional
        As in `RidgeByLeaveOneOut`: left out, one for all targets is chosen.
    hard : bool
        Whether pseudo-labels are decisions.

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
    hard: bool = False
    work: ClassVar[tuple[int, float] | None] = None

    def __post_init__(self) -> None:
        integer("classes", self.classes, low=2)
        if self.penalty is not None:
            above("penalty", self.penalty, 0)

    def to(self, design: Array, labels: Array) -> Model:
        """Fit to codes (n,) or scores (n, T); the result maps features to scores (m, T)."""
        known = finite("labels", labels)
        aims = self.imitated(known) if known.ndim == 2 else self.targets(known)
        return RidgeByLeaveOneOut(self.penalty).to(design, aims)

    def losses(self, outputs: Array, labels: Array) -> Array:
        """Return 1 for each row whose class has not the largest score, and 0 for the others."""
        return np.asarray(decisions(outputs) != labels, dtype=np.float64)

    def imitated(self, scores: Array) -> Array:
        """Return what a student regresses on: its teacher's scores, or the targets they decide."""
        return self.targets(decisions(scores)) if self.hard else scores

    def targets(self, labels: Array) -> Array:
        """Return the targets of codes."""
        return np.asarray(targets_of(self.classes)[checked_codes(labels, self.classes)])


def decisions(scores: Array) -> Array:
    """Return the codes of the classes that scores (m, T) tell; one column tells two by its sign.

    Examples
    --------
    >>> decisions(np.array([[-0.2], [0.3]])), decisions(np.array([[0.1, 0.7, 0.2]]))
    (array([0., 1.]), array([1.]))
    """
    two = scores.shape[1] == 1
    return np.asarray(scores[:, 0] > 0 if two else scores.argmax(axis=1), dtype=np.float64)


def checked_codes(labels: Array, classes: int) -> NDArray[np.intp]:
    """Return codes of classes as whole numbers.

    Raises
    ------
    ValueError
        If one is none of the classes.
    """
    codes = labels.astype(np.intp)
    if (codes != labels).any() or codes.min() < 0 or codes.max() >= classes:
        raise ValueError(f"labels must be classes from 0 to {classes - 1}")
    return codes
