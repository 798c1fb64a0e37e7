"""One pass over (strong features, weak features, labels): all that the exact risks need.

`JointMoments` keeps the number of rows, the mean and the centred scatter of the joint row
``(φ_s, φ_w, y)``. Blocks come in any number, two states merge by addition, and memory is
``8 (D_s + D_w + 1)²`` bytes whatever the number of rows. Spectra, principal features, the overlap
of the two *function* spaces and the constants of a `w2s.subspaces.Geometry` follow from it alone.

Means and scatters merge by the pairwise rule, so features far from the origin lose no digits.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s._checks import Array, finite, integer, one_of
from w2s.dimensions import intrinsic_dimension
from w2s.estimation import CanonicalSample, GeometryEstimate, estimate_geometry

Model = Literal["strong", "weak"]
Block = tuple[ArrayLike, ArrayLike, ArrayLike]

_CHUNK_BYTES = 16 * 2**20
_FORMAT = 1
_EPS = float(np.finfo(np.float64).eps)


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
        white = (raw - self.centre) @ self.directions
        return np.column_stack([np.ones(len(raw)), white]) if self.intercept else white


class JointMoments:
    """Mergeable first and second moments of ``(φ_s, φ_w, y)`` in float64.

    Parameters
    ----------
    width_strong, width_weak : int
        Numbers of feature columns ``D_s``, ``D_w``; the state starts empty.

    Attributes
    ----------
    rows : int
        Rows seen.
    mean : array of shape (D,)
        Mean of the joint row, ``D = D_s + D_w + 1``; the label comes last.
    scatter : array of shape (D, D)
        Sum over the rows of the outer products of the centred joint rows.

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

    def __init__(self, width_strong: int, width_weak: int) -> None:
        self.width_strong = integer("width_strong", width_strong)
        self.width_weak = integer("width_weak", width_weak)
        width = self.width_strong + self.width_weak + 1
        self.rows = 0
        self.mean: Array = np.zeros(width)
        self.scatter: Array = np.zeros((width, width))

    @classmethod
    def from_blocks(cls, blocks: Iterable[Block]) -> JointMoments:
        """Accumulate an iterable of ``(strong, weak, labels)`` blocks; the first sets the widths.

        Raises
        ------
        ValueError
            If there is no block, or as `update`.
        """
        state: JointMoments | None = None
        for strong, weak, labels in blocks:
            if state is None:
                shapes = [np.shape(strong), np.shape(weak)]
                if any(len(shape) != 2 for shape in shapes):
                    raise ValueError(f"features must be matrices, got shapes {shapes}")
                state = cls(shapes[0][1], shapes[1][1])
            state.update(strong, weak, labels)
        if state is None:
            raise ValueError("moments need at least one block of rows, got none")
        return state

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
        parts = [np.asarray(strong), np.asarray(weak), np.asarray(labels)]
        if parts[2].ndim == 1:
            parts[2] = parts[2][:, None]
        self._check_shapes(parts)
        count = len(parts[0])
        added = JointMoments(self.width_strong, self.width_weak)
        step = max(1, _CHUNK_BYTES // (8 * len(self.mean)))
        joint = np.empty((min(step, count), len(self.mean)))
        for start in range(0, count, step):
            chunk = joint[: min(step, count - start)]
            np.concatenate([part[start : start + step] for part in parts], axis=1, out=chunk)
            with np.errstate(over="ignore", invalid="ignore"):  # named below
                mean = chunk.mean(axis=0)
            if not np.isfinite(mean).all():
                self._refuse(chunk, self.rows + start)
            chunk -= mean
            with np.errstate(over="ignore", invalid="ignore"):
                added._merge(len(chunk), mean, chunk.T @ chunk)
        if not np.isfinite(added.scatter.diagonal()).all():
            raise ValueError("features or labels are too large: their squares overflow float64")
        self._merge(added.rows, added.mean, added.scatter)

    def __add__(self, other: JointMoments) -> JointMoments:
        """Merge two states of disjoint rows."""
        if (self.width_strong, self.width_weak) != (other.width_strong, other.width_weak):
            widths = [(s.width_strong, s.width_weak) for s in (self, other)]
            raise ValueError(f"states of different widths cannot be merged, got {widths}")
        total = JointMoments(self.width_strong, self.width_weak)
        for part in (self, other):
            total._merge(part.rows, part.mean, part.scatter)
        return total

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to `path` (an npz archive), which appears whole or not at all."""
        target = Path(path)
        draft = target.with_name(f".{target.name}.{os.getpid()}.part")
        widths = [self.width_strong, self.width_weak]
        try:
            with draft.open("wb") as file:
                np.savez(file, format=_FORMAT, widths=widths, rows=self.rows, mean=self.mean,
                         scatter=self.scatter)  # fmt: skip
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> JointMoments:
        """Read a state written by `save`.

        Raises
        ------
        ValueError
            If the file is truncated, damaged or not a state of moments; the message names it.
        """
        damage = (zipfile.BadZipFile, EOFError, KeyError, AttributeError, TypeError, ValueError)
        with Path(path).open("rb") as file:
            try:
                with np.load(file, allow_pickle=False) as archive:
                    return cls._restored({name: archive[name] for name in archive.files})
            except damage as error:
                raise ValueError(f"{path} is not a complete file of moments: {error}") from error

    def features(self, model: Model, *, energy: float, intercept: bool) -> PrincipalFeatures:
        r"""Principal features of a model: the fewest that carry the share `energy` of the trace.

        .. math:: d(\tau) = \min\{k : \textstyle\sum_{i \le k} \lambda_i
                  \ge \tau \sum_i \lambda_i\}

        Parameters
        ----------
        model : {"strong", "weak"}
            Whose features.
        energy : float
            The cut-off ``τ`` in (0, 1]; at 1 every direction above rounding error stays.
        intercept : bool
            Centre the features and give the model a constant, which adds one dimension. Without
            it nothing is centred, as in the authors' code.

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
        floor = len(values) * (_EPS * values[0] + float(np.sum((4 * _EPS * self.mean[part]) ** 2)))
        rank = int(np.sum(values > floor))
        if rank == 0:
            raise ValueError(f"the {model} features {'do not vary' if intercept else 'vanish'}")
        keep = intrinsic_dimension(values[:rank], energy)
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
        strong = self.features("strong", energy=energy, intercept=intercept).directions
        weak = self.features("weak", energy=energy, intercept=intercept).directions
        on_strong, on_weak = self._columns("strong"), self._columns("weak")
        label = slice(len(self.mean) - 1, None)
        cross = strong.T @ self._second_moment(on_strong, on_weak, intercept) @ weak
        left, cosines, right = np.linalg.svd(cross)
        by_strong = left.T @ strong.T @ self._second_moment(on_strong, label, intercept)[:, 0]
        by_weak = right @ weak.T @ self._second_moment(on_weak, label, intercept)[:, 0]
        constant = ([1.0], [self.mean[-1]]) if intercept else ([], [])
        return CanonicalSample(
            cosines=np.concatenate([constant[0], np.clip(cosines, 0, 1)]),
            label_strong=np.concatenate([constant[1], by_strong]),
            label_weak=np.concatenate([constant[1], by_weak]),
            label_power=float(self._second_moment(label, label, False)[0, 0]),
            rows=self.rows,
            constant=intercept,
        )

    def estimate(
        self, *, energy: float, intercept: bool, noise: float | None = None
    ) -> GeometryEstimate:
        """Estimate the geometry that the exact risks need; see `w2s.estimation`.

        Parameters
        ----------
        energy, intercept
            As in `features`, for both models.
        noise : float, optional
            Variance of the label noise, when known; see `w2s.estimation.estimate_geometry`.

        Returns
        -------
        GeometryEstimate

        Raises
        ------
        ValueError
            As `canonical`, and if `noise` is negative.
        """
        return estimate_geometry(self.canonical(energy=energy, intercept=intercept), noise)

    def _columns(self, model: Model) -> slice:
        one_of("model", model, ("strong", "weak"))
        split = self.width_strong
        return slice(0, split) if model == "strong" else slice(split, split + self.width_weak)

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
        self.scatter += np.outer(shift, shift * (self.rows * rows / total))
        self.mean += shift * (rows / total)
        self.rows = total

    def _check_shapes(self, parts: Sequence[NDArray[Any]]) -> None:
        names, shapes = "strong, weak, labels", [part.shape for part in parts]
        widths = (self.width_strong, self.width_weak, 1)
        if any(len(s) != 2 or s[1] != w for s, w in zip(shapes, widths, strict=True)):
            raise ValueError(f"{names} must have {widths} columns, got shapes {shapes}")
        if len({shape[0] for shape in shapes}) > 1:
            raise ValueError(f"{names} must have one number of rows, got {[s[0] for s in shapes]}")
        if any(part.dtype.kind not in "fiub" for part in parts):
            raise ValueError(f"{names} must be real numbers, got {[str(p.dtype) for p in parts]}")

    def _refuse(self, chunk: Array, first: int) -> None:
        """Name the first row and column that is not finite."""
        bad = np.argwhere(~np.isfinite(chunk))
        if not len(bad):
            raise ValueError("features or labels are too large: their sum overflows float64")
        row, column = (int(i) for i in bad[0])
        name = "labels"
        for model in ("strong", "weak"):
            part = self._columns(model)
            if part.start <= column < part.stop:
                name = f"{model} column {column - part.start}"
        raise ValueError(f"row {first + row} of {name} is {chunk[row, column]}, must be finite")

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
        return state
