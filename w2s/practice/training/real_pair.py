"""Two real networks on one data set: the estimated geometry, and what many splits measured.

Everything is a few arrays, so that a page can keep the numbers without the features
(`w2s.page.measured`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array
from w2s.discrepancy.ridgeless import Risks, risks
from w2s.discrepancy.subspaces import Geometry
from w2s.metrics import MODELS, Estimate, Ratio, opr, pgr
from w2s.page.comparison import Comparison, compared, joined
from w2s.practice.data.feature_files import Features
from w2s.practice.estimation.estimates import Estimates, estimate
from w2s.practice.estimation.groups import GroupedMoments
from w2s.practice.estimation.moments import SIDES, JointMoments
from w2s.practice.estimation.predictions import predict
from w2s.practice.training.nested_splits import Cell, measure_nested
from w2s.practice.training.splits import TestErrors

CONSTANTS = ("overlap", "rho_strong", "a", "b", "c", "noise")


@dataclass(frozen=True, eq=False)
class RealPair:
    """A teacher and a student: their geometry, and test errors at many sizes.

    Attributes
    ----------
    sizes : array of shape (3,)
        Rows, ``d_s`` and ``d_w`` (the constant of the intercept included).
    constants, errors : array of shape (6,)
        `CONSTANTS` and their standard errors.
    cells : array of shape (k, 3)
        ``n``, ``N`` and the variance of the noise added to the training labels.
    doubt : array of shape (k, 4)
        Standard errors of the predicted test errors, models in the order of `w2s.metrics.MODELS`.
    splits : array of shape (k, 4, trials)
        Measured test errors, against labels without the added noise.
    spread : array of shape (k, 4)
        Variance over rows of a row's mean squared error.
    """

    sizes: Array
    constants: Array
    errors: Array
    cells: Array
    doubt: Array
    splits: Array
    spread: Array

    @classmethod
    def measure(
        cls,
        table: Features,
        cells: Sequence[Cell],
        *,
        trials: int,
        rng: np.random.Generator,
        energy: float = 0.99,
        held_out: ArrayLike | None = None,
        shuffled: bool = False,
    ) -> RealPair:
        """Estimate the geometry from all rows, and fit the four models on random splits.

        Parameters
        ----------
        table : Features
            Of a weak and a strong network on the same inputs, with labels.
        cells : sequence of Cell
            Sizes and noise.
        trials : int
            Number of splits.
        rng : numpy.random.Generator
            Source of splits and noise.
        energy : float
            Share of the variance that the kept principal components carry.
        held_out, shuffled
            As for `measure_nested`: rows for testing only, and a control.

        Returns
        -------
        RealPair

        Raises
        ------
        ValueError
            As `estimate` and `measure_nested`.
        """
        blocks = [(table.strong, table.weak, table.labels)]
        found = estimate(GroupedMoments.from_blocks(blocks), intercept=True, energy=energy)
        strong, weak = found.strong.transform(table.strong), found.weak.transform(table.weak)
        measured = measure_nested(
            strong, weak, table.labels, cells,
            trials=trials, rng=rng, held_out=held_out, shuffled=shuffled,
        )  # fmt: skip
        constants = [getattr(found, name) for name in CONSTANTS]
        return cls(
            sizes=np.array([found.rows, found.d_strong, found.d_weak], dtype=float),
            constants=np.array([one.value for one in constants]),
            errors=np.array([one.standard_error for one in constants]),
            cells=np.array(cells, dtype=float),
            doubt=np.array([_doubt(found, cell) for cell in cells]),
            splits=np.array([[getattr(one, model) for model in MODELS] for one in measured]),
            spread=np.array([one.row_spread for one in measured]),
        )

    @classmethod
    def read(cls, tables: Mapping[str, ArrayLike], name: str) -> RealPair:
        """Take the pair called `name` out of the tables of a page."""
        return cls(**{key: np.asarray(tables[f"{name}.{key}"]) for key in cls.__annotations__})

    def tables(self, name: str) -> dict[str, Array]:
        """Return the arrays under names that begin with `name`."""
        return {f"{name}.{key}": getattr(self, key) for key in self.__annotations__}

    @property
    def geometry(self) -> Geometry:
        """The estimated geometry."""
        overlap, rho_strong, a, b, c, _ = map(float, self.constants)
        d_strong, d_weak = int(self.sizes[1]), int(self.sizes[2])
        return Geometry(d_strong, d_weak, overlap, rho_strong, a, b, c)

    @property
    def missed(self) -> float:
        """What both models miss of the label, as noise does: a floor of every test error."""
        return float(self.constants[CONSTANTS.index("noise")])

    def expected(self, n: ArrayLike, big_n: ArrayLike, noise: ArrayLike = 0.0) -> Risks:
        """Exact test errors of the four models at the estimated geometry."""
        found = risks(self.geometry, n, big_n, self.missed + np.asarray(noise, dtype=float))
        return Risks(*(self.missed + getattr(found, model) for model in MODELS))

    def predicted(self, cell: int) -> Array:
        """Return the exact test errors at a cell, shape (4,)."""
        found = self.expected(*self.cells[cell])
        return np.array([float(getattr(found, model)) for model in MODELS])

    def measured(self, cell: int) -> Estimate:
        """Return mean test errors at a cell, and standard errors of their distance to theory."""
        n, big_n, _ = self.cells[cell]
        teacher, student, sft, ceiling = self.splits[cell]
        sizes = int(self.sizes[0]), int(n + big_n)
        test = TestErrors(teacher, student, sft, ceiling, self.spread[cell], *sizes)
        found = [test.estimate(model) for model in MODELS]  # type: ignore[arg-type]
        error = np.hypot([one.standard_error for one in found], self.doubt[cell])
        return Estimate(np.array([float(one.mean) for one in found]), error)

    def beside_theory(self) -> Comparison:
        """Return exact and measured test errors, shape (k, 4), with their sizes and models."""
        found = [compared(self.predicted(k), self.measured(k)) for k in range(len(self.cells))]
        n, big_n, noise = (column[:, None] for column in self.cells.T)
        return joined(found, n=n, N=big_n, noise=noise, model=[MODELS])

    def lead(self, cell: int, winner: str, loser: str) -> Array:
        """Return by how much the error of `loser` exceeds that of `winner`, split by split."""
        ahead, behind = (self.splits[cell, MODELS.index(model)] for model in (winner, loser))
        return np.asarray(behind - ahead)

    def gained(self, cells: Sequence[int]) -> Array:
        """Return by how much the student's error falls from each cell to the next, by split."""
        return -np.diff(self.splits[list(cells), MODELS.index("student")], axis=0)

    def at(self, n: float, big_n: float, noise: float = 0.0) -> int:
        """Return the number of the cell of these sizes."""
        match = np.flatnonzero((self.cells == [n, big_n, noise]).all(axis=1))
        if len(match) != 1:
            raise ValueError(f"no cell at n = {n:g}, N = {big_n:g}, noise = {noise:g}")
        return int(match[0])

    def pgr(self, cell: int) -> Ratio:
        """Return the performance gap recovered at a cell, over its splits."""
        teacher, student, _, ceiling = self.splits[cell]
        return pgr(teacher, student, ceiling)

    def opr(self, cell: int) -> Ratio:
        """Return the outperforming ratio of test errors at a cell, noise included."""
        _, student, sft, _ = self.splits[cell]
        return opr(sft, student)


def principal(table: Features, energy: float = 0.99) -> tuple[Array, Array]:
    """Return the white principal features of both networks, a constant before them.

    Parameters
    ----------
    table : Features
        Of a weak and a strong network.
    energy : float
        Share of the variance that is kept.

    Returns
    -------
    strong, weak : array of shape (m, d_s) and (m, d_w)
        Features whose second moment over these rows is the identity.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((50, 3)) * [3, 2, 0.01]
    >>> strong, weak = principal(Features(np.arange(50), x[:, :1], x, x[:, 0]))
    >>> strong.shape, weak.shape
    ((50, 3), (50, 2))
    """
    moments = JointMoments.from_blocks([(table.strong, table.weak, table.labels)])
    strong, weak = (
        moments.features(side, energy=energy, intercept=True).transform(features)
        for side, features in zip(SIDES, (table.strong, table.weak), strict=True)
    )
    return strong, weak


def _doubt(found: Estimates, cell: Cell) -> Array:
    """Return the standard errors of the predictions; the noise that is added is known."""
    noisy = replace(found, noise=replace(found.noise, value=found.noise.value + cell.noise))
    known = predict(noisy, cell.n_labelled, cell.n_unlabelled)
    return np.array([float(getattr(known, f"{model}_error").standard_error) for model in MODELS])
