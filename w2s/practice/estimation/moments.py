"""One pass over (strong features, weak features, labels): all that the exact risks need.

`JointMoments` keeps the number of rows, the mean and the centred scatter of the joint row
``(φ_s, φ_w, y)``. Blocks come in any number, two states merge by addition, and memory is
``8 (D_s + D_w + 1)²`` bytes whatever the number of rows. Spectra, principal features, the overlap
of the two *function* spaces and the constants of a `subspaces.Geometry` follow from it alone.

Means and scatters merge by the pairwise rule, so features far from the origin lose no digits.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import block_diag
from scipy.linalg.blas import dger

from w2s._checks import Array, finite, integer, one_of
from w2s._products import product
from w2s.discrepancy.dimensions import intrinsic_dimension
from w2s.practice.estimation.constants import GeometryEstimate, estimate_geometry
from w2s.practice.estimation.rank import DOUBLE, coarser, restored_epsilon, stored_epsilon
from w2s.practice.estimation.rows import (
    TOO_LARGE,
    Block,
    accumulated,
    checked_parts,
    chunks,
    read_arrays,
    refuse,
    write_arrays,
)
from w2s.practice.estimation.samples import CanonicalSample

Model = Literal["strong", "weak"]
Precision = Literal["float64", "float32"]
SIDES: tuple[Model, Model] = ("strong", "weak")
_FORMAT = 1


@dataclass(frozen=True, eq=False)
class PrincipalFeatures:
    """A model's features in whitened principal coordinates.

    Attributes
    ----------
    eigenvalues : array of shape (d,)
        Kept eigenvalues of the second moment, largest first.
    centre : array of shape (D,)
        What is subtracted from the features: their mean, or zero without an intercept.
    directions : array of shape (D, d)
        Eigenvectors over the square roots of their eigenvalues.
    intercept : bool
        Whether a constant comes before the principal features.
    """

    eigenvalues: Array
    centre: Array
    directions: Array
    intercept: bool

    @property
    def dimension(self) -> int:
        """Dimension of the function space, the constant included."""
        return int(self.directions.shape[1]) + int(self.intercept)

    def transform(self, features: ArrayLike) -> Array:
        """Return the whitened features of new inputs, shape (m, dimension).

        Raises
        ------
        ValueError
            If the width is not that of the model or a value is not finite.
        """
        raw = finite("features", features, ndim=2)
        if raw.shape[1] != len(self.centre):
            raise ValueError(f"features must have {len(self.centre)} columns, got {raw.shape[1]}")
        white = product(raw - self.centre, self.directions)
        return np.column_stack([np.ones(len(raw)), white]) if self.intercept else white


class JointMoments:
    """Mergeable first and second moments of ``(φ_s, φ_w, y)`` in float64.

    Parameters
    ----------
    width_strong, width_weak : int
        Numbers of feature columns ``D_s``, ``D_w``; the state starts empty.
    products : {"float64", "float32"}
        Precision in which the rows of a chunk are multiplied; chunks are summed in float64. Single
        precision is about twice as fast and good to six digits of the largest features.

    Attributes
    ----------
    rows : int
        Rows seen.
    mean : array of shape (D,)
        Mean of the joint row, ``D = D_s + D_w + 1``; the label comes last.
    scatter : array of shape (D, D)
        Sum over the rows of the outer products of the centred joint rows.
    epsilon : list of two float
        Spacing of the precision in which strong and weak features were stored.

    Raises
    ------
    ValueError
        If a width is not a positive whole number.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> latent = rng.standard_normal((4000, 6))
    >>> strong, weak, labels = latent[:, :4], latent[:, 2:] @ rng.random((4, 4)), latent.sum(axis=1)
    >>> half = slice(0, 2000), slice(2000, 4000)
    >>> parts = [JointMoments.from_blocks([(strong[s], weak[s], labels[s])]) for s in half]
    >>> found = (parts[0] + parts[1]).estimate(energy=1.0, intercept=False)
    >>> round(found.geometry.overlap, 1), round(found.geometry.rho_weak, 1)
    (2.0, 2.0)
    """

    def __init__(
        self, width_strong: int, width_weak: int, *, products: Precision = "float64"
    ) -> None:
        one_of("products", products, ("float64", "float32"))
        self._products = np.dtype(products)
        self.width_strong = integer("width_strong", width_strong)
        self.width_weak = integer("width_weak", width_weak)
        width = self.width_strong + self.width_weak + 1
        self.rows = 0
        self.epsilon = [DOUBLE, DOUBLE]
        self.mean: Array = np.zeros(width)
        self.scatter: Array = np.zeros((width, width))

    @classmethod
    def from_blocks(
        cls, blocks: Iterable[Block], *, products: Precision = "float64"
    ) -> JointMoments:
        """Accumulate an iterable of ``(strong, weak, labels)`` blocks; the first sets the widths.

        Raises
        ------
        ValueError
            If there is no block, or as `update`.
        """
        return accumulated(blocks, lambda d_s, d_w: cls(d_s, d_w, products=products))

    def update(self, strong: ArrayLike, weak: ArrayLike, labels: ArrayLike) -> None:
        """Add rows; on an error the state stays as it was.

        Parameters
        ----------
        strong, weak : array_like of shape (m, D_s) and (m, D_w)
            Features of the same inputs, of any real type; memory maps are read chunk by chunk.
        labels : array_like of shape (m,)
            Labels of these inputs.

        Raises
        ------
        ValueError
            If shapes do not fit or a value is NaN, infinite or too large to square. The message
            names the first bad row, counted from the first row ever added, and its column.
        """
        parts = checked_parts(strong, weak, labels, (self.width_strong, self.width_weak))
        added = JointMoments(self.width_strong, self.width_weak)
        for start, chunk in chunks(parts, self._products):
            with np.errstate(over="ignore", invalid="ignore"):  # named below
                mean = chunk.mean(axis=0, dtype=np.float64)
                centre = mean.astype(self._products)
            if not np.isfinite(centre).all():
                refuse(chunk, self.rows + start, self.width_strong)
            chunk -= centre
            with np.errstate(over="ignore", invalid="ignore"):
                rest = chunk.mean(axis=0, dtype=np.float64)  # what rounding left of a large mean
                if self._products == np.float64:  # in float32 differences are coarser than the mean
                    mean += rest
                added._merge(len(chunk), mean, chunk.T @ chunk)
                added._spread(-len(chunk), rest)
        if not np.isfinite(added.scatter.diagonal()).all():
            raise ValueError(TOO_LARGE)
        self.epsilon = coarser(self.epsilon, [stored_epsilon(part) for part in parts[:2]])
        self._merge(added.rows, added.mean, added.scatter)

    def __add__(self, other: JointMoments) -> JointMoments:
        """Merge two states of disjoint rows."""
        total = JointMoments(self.width_strong, self.width_weak)
        total += self
        total += other
        return total

    def __iadd__(self, other: JointMoments) -> JointMoments:
        """Merge the rows of another state into this one."""
        if (self.width_strong, self.width_weak) != (other.width_strong, other.width_weak):
            widths = [(s.width_strong, s.width_weak) for s in (self, other)]
            raise ValueError(f"states of different widths cannot be merged, got {widths}")
        self.epsilon = coarser(self.epsilon, other.epsilon)
        self._merge(other.rows, other.mean, other.scatter)
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to `path` (an npz archive), which appears whole or not at all."""
        widths = [self.width_strong, self.width_weak]
        write_arrays(path, format=_FORMAT, widths=widths, rows=self.rows, mean=self.mean,
                     scatter=self.scatter, epsilon=self.epsilon)  # fmt: skip

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> JointMoments:
        """Read a state written by `save`.

        Raises
        ------
        ValueError
            If the file is truncated, damaged or not a state of moments; the message names it.
        """
        return read_arrays(path, cls._restored)

    def features(
        self, model: Model, *, energy: float, intercept: bool, rank: int | None = None
    ) -> PrincipalFeatures:
        r"""Principal features of a model: the fewest that carry the share `energy` of the trace.

        .. math:: d(\tau) = \min\{k : \textstyle\sum_{i \le k} \lambda_i
                  \ge \tau \sum_i \lambda_i\}

        Parameters
        ----------
        model : {"strong", "weak"}
            Whose features.
        energy : float
            The cut-off ``τ`` in (0, 1]; at 1 every direction above rounding error stays, also above
            that of the precision in which the features were stored.
        intercept : bool
            Centre the features and give the model a constant, which adds one dimension. Without
            it nothing is centred, as in the authors' code.
        rank : int, optional
            At most so many directions.

        Returns
        -------
        PrincipalFeatures

        Raises
        ------
        ValueError
            If there are no rows, the features vanish (or do not vary, with an intercept) or an
            argument is out of range.
        """
        part = self._columns(model)
        moment = self._second_moment(part, part, intercept)
        values, vectors = np.linalg.eigh(moment)
        values, vectors = values[::-1], vectors[:, ::-1]
        # Rounding: relative to the largest eigenvalue, and that of centring a large mean.
        of_centring = float(np.sum((4 * DOUBLE * self.mean[part]) ** 2))
        floor = len(values) * (DOUBLE * values[0] + of_centring)
        floor = max(floor, self._stored_floor(model))
        present = int(np.sum(values > floor))
        if present == 0:
            raise ValueError(f"the {model} features {'do not vary' if intercept else 'vanish'}")
        keep = intrinsic_dimension(values[:present], energy)
        keep = min(keep, keep if rank is None else integer("rank", rank))
        centre = self.mean[part] if intercept else np.zeros(len(values))
        directions = vectors[:, :keep] / np.sqrt(values[:keep])
        return PrincipalFeatures(values[:keep], centre, directions, intercept)

    def spectrum(self, model: Model, *, intercept: bool) -> Array:
        """Return all eigenvalues of a model's second moment, largest first, clipped at zero.

        The moment is centred with an `intercept` and raw without, as in `features`.

        Raises
        ------
        ValueError
            If there are no rows or `model` is unknown.
        """
        part = self._columns(model)
        values = np.linalg.eigvalsh(self._second_moment(part, part, intercept))
        return np.asarray(np.clip(values[::-1], 0, None))

    def canonical(self, *, energy: float, intercept: bool) -> CanonicalSample:
        """Return the moments of both models' principal features in canonical coordinates.

        Parameters
        ----------
        energy, intercept
            As in `features`, for both models.

        Returns
        -------
        CanonicalSample

        Raises
        ------
        ValueError
            As `features`, and if the rows do not exceed ``d_s + d_w``.
        """
        models = [self.features(m, energy=energy, intercept=intercept) for m in SIDES]
        basis = block_diag(*(model.directions for model in models), [[1.0]])
        moment = basis.T @ self.scatter @ basis / self.rows
        mean = None
        if intercept:
            mean = float(self.mean[-1])
        else:
            level = self.mean @ basis
            moment += np.outer(level, level)
        return CanonicalSample.from_moments(moment, models[0].directions.shape[1], self.rows, mean)

    def estimate(
        self, *, energy: float, intercept: bool, noise: float | None = None
    ) -> GeometryEstimate:
        """Estimate the geometry that the exact risks need; see `w2s.practice.estimation`.

        Parameters
        ----------
        energy, intercept
            As in `features`, for both models.
        noise : float, optional
            Variance of the label noise, when known; see `estimate_geometry`.

        Returns
        -------
        GeometryEstimate

        Raises
        ------
        ValueError
            As `canonical`, and if `noise` is negative.
        """
        return estimate_geometry(self.canonical(energy=energy, intercept=intercept), noise)

    def _stored_floor(self, model: Model) -> float:
        """Largest variance that rounding of the stored features may have made of nothing."""
        part = self._columns(model)
        power = self.scatter.diagonal()[part] / self.rows + self.mean[part] ** 2
        # Rounding adds at most ε²/12 of a column's mean square; few rows make it look larger.
        return self.epsilon[SIDES.index(model)] ** 2 * float(power.max())

    def _columns(self, model: Model) -> slice:
        one_of("model", model, SIDES)
        split = self.width_strong
        return slice(split) if model == "strong" else slice(split, split + self.width_weak)

    def _second_moment(self, left: slice, right: slice, centred: bool) -> Array:
        if self.rows == 0:
            raise ValueError("moments of no rows have no features: add a block first")
        moment = self.scatter[left, right] / self.rows
        return moment if centred else moment + np.outer(self.mean[left], self.mean[right])

    def _merge(self, rows: int, mean: Array, scatter: Array) -> None:
        """Add the moments of further rows in place (pairwise rule)."""
        total = self.rows + rows
        if rows == 0:
            return
        shift = mean - self.mean
        self.scatter += scatter
        self._spread(self.rows * rows / total, shift)
        self.mean += shift * (rows / total)
        self.rows = total

    def _spread(self, weight: float, shift: Array) -> None:
        # In place: an outer product would take the memory of another scatter.
        dger(weight, shift, shift, a=self.scatter.T, overwrite_a=True)

    @classmethod
    def _restored(cls, stored: dict[str, NDArray[Any]]) -> JointMoments:
        if int(stored["format"]) != _FORMAT:
            raise ValueError(f"format is {stored['format']}, this version reads {_FORMAT}")
        state = cls(*(int(width) for width in stored["widths"]))
        for name in ("mean", "scatter"):
            if stored[name].shape != getattr(state, name).shape:
                raise ValueError(f"{name} has shape {stored[name].shape}")
            setattr(state, name, finite(name, stored[name]))
        state.rows = integer("rows", stored["rows"].item(), low=0)
        state.epsilon = restored_epsilon(stored)
        return state
