"""The four models of one split: weak teacher, strong student, SFT baseline and strong ceiling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array

Model = Callable[[NDArray[Any]], Array]
Trainer = Callable[[NDArray[Any], Array], Model]  # from features and targets


class FourModels(NamedTuple):
    """Trained models, in the order of `w2s.metrics.MODELS`; each maps features to predictions."""

    teacher: Model
    student: Model
    sft: Model
    ceiling: Model

    def outputs(self, weak: NDArray[Any], strong: NDArray[Any]) -> list[Array]:
        """Predictions for the same inputs, of the teacher by their weak features."""
        return [self.teacher(weak), *(model(strong) for model in self[1:])]


def train(
    weak: NDArray[Any],
    strong: NDArray[Any],
    targets: Array,
    labelled: NDArray[Any],
    unlabelled: NDArray[Any],
    fit: Trainer,
    *,
    imitate: Trainer | None = None,
    known: FourModels | None = None,
) -> FourModels:
    """Train the four models on the rows of one split.

    Parameters
    ----------
    weak, strong : array of shape (m, d_w) and (m, d_s)
        Features of the same inputs.
    targets : array of shape (m,) or (m, classes)
        Their labels; the student sees those of the teacher only.
    labelled, unlabelled : array of int
        Row numbers of the two samples.
    fit, imitate : callable
        What trains a model on labels, and the student on pseudo-labels (`fit`, if left out).
    known : FourModels, optional
        Models of another split with the same labelled rows, whose teacher and baseline are kept.

    Returns
    -------
    FourModels

    Examples
    --------
    >>> x = np.arange(8.0)[:, None]
    >>> def line(design, y):
    ...     slope = (design[:, 0] @ y) / (design[:, 0] @ design[:, 0])
    ...     return lambda features: slope * features[:, 0]
    >>> models = train(x, x, 3 * x[:, 0], np.arange(1, 3), np.arange(3, 8), line)
    >>> [float(output[0]) for output in models.outputs(x[2:], x[2:])]
    [6.0, 6.0, 6.0, 6.0]
    """
    both = np.concatenate([labelled, unlabelled])
    # Trainers may draw random numbers, so the order of the fits decides the numbers of a page.
    teacher = known.teacher if known else fit(weak[labelled], targets[labelled])
    student = (imitate or fit)(strong[unlabelled], teacher(weak[unlabelled]))
    sft = known.sft if known else fit(strong[labelled], targets[labelled])
    return FourModels(teacher, student, sft, fit(strong[both], targets[both]))
