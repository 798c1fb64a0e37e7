"""Ridge trainings of many splits of the same rows, which share what is the same in them.

Within a split the ceiling's rows are those of the SFT baseline and of the student together, so
its products of columns are theirs, added; splits with the same labelled rows share the teacher and
the baseline; and samples of one size share the penalty of the first, if they are large.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array
from w2s.metrics import MODELS
from w2s.practice.training.four_models import FourModels, Model
from w2s.practice.training.ridge_cv import Groups, RidgeByLeaveOneOut, Sample

Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class SharedRidge:
    """Trains the four models on rows of one pool.

    Attributes
    ----------
    weak, strong : array of shape (m, d_w) and (m, d_s)
        Features of the same inputs.
    targets : array of shape (m,) or (m, T)
        Their labels.
    fit : RidgeByLeaveOneOut
        Penalty, or how it is chosen.
    groups : array of int, shape (m,), or None
        Group of each row: the penalty is chosen by leaving groups out.
    imitated : callable, optional
        Makes targets of a teacher's outputs; they are the targets themselves, if left out.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((80, 4))
    >>> pool = SharedRidge(x[:, :3], x, x[:, 0], RidgeByLeaveOneOut())
    >>> models = pool.labelled(np.arange(20)).models(np.arange(20, 80))
    >>> [bool(np.abs(out - x[:, 0]).max() < 0.01) for out in models.outputs(x[:, :3], x)]
    [True, True, True, True]
    """

    weak: Array
    strong: Array
    targets: Array
    fit: RidgeByLeaveOneOut
    groups: Groups | None = None
    imitated: Callable[[Array], Array] | None = None

    def labelled(self, index: Index) -> Taught:
        """Train what learns from labelled rows alone."""
        taught, base = (self.sample(side, index) for side in self.sides)
        teacher = self.learn("teacher", taught, self.targets[index])
        return Taught(self, index, base, teacher, self.learn("sft", base, self.targets[index]))

    def learn(self, model: str, sample: Sample, targets: Array) -> Model:
        """Train one of the models; of large samples the first one chooses the penalty for all."""
        return self.fit.learn(sample, targets, self._penalties[model])

    @cached_property
    def _penalties(self) -> dict[str, dict[int, float]]:
        return {model: {} for model in MODELS}

    def sample(self, side: tuple[Array, Array], index: Index) -> Sample:
        """Return rows of a side, the pool's mean taken off."""
        features, origin = side
        return Sample(
            features[index] - origin, origin, None if self.groups is None else self.groups[index]
        )

    @cached_property
    def sides(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """Weak and strong features with their means."""
        weak, strong = ((side, side.mean(axis=0)) for side in (self.weak, self.strong))
        return weak, strong


@dataclass(frozen=True, eq=False)
class Taught:
    """Teacher and SFT baseline of some labelled rows; what more rows train is added to them."""

    pool: SharedRidge
    index: Index
    base: Sample
    teacher: Model
    sft: Model

    def models(self, unlabelled: Index) -> FourModels:
        """Train student and ceiling with these unlabelled rows."""
        pool = self.pool
        more = pool.sample(pool.sides[1], unlabelled)
        told = self.teacher(pool.weak[unlabelled])
        lessons = told if pool.imitated is None else pool.imitated(told)
        student = pool.learn("student", more, lessons)
        targets = np.concatenate([pool.targets[self.index], pool.targets[unlabelled]])
        ceiling = pool.learn("ceiling", self.base + more, targets)
        return FourModels(self.teacher, student, self.sft, ceiling)
