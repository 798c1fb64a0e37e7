"""Everything estimated from grouped moments, with standard errors and intervals.

The principal directions of both models come from all rows and stay fixed. In these coordinates
each group of rows is left out once, everything is estimated anew, and the spread of the results
gives one covariance of all constants: a delete-one-group jackknife. Fixing the directions is right
to first order: the constants describe these directions, and turning them costs second order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import LinAlgError
from scipy.special import stdtrit

from w2s._checks import Array, inside, real, unmasked
from w2s.discrepancy.dimensions import debias_overlap
from w2s.discrepancy.subspaces import Geometry
from w2s.practice.estimation.constants import Constants, constants
from w2s.practice.estimation.groups import GroupedMoments
from w2s.practice.estimation.jackknife import FixedCoordinates, Models, Sums, jackknife_covariance
from w2s.practice.estimation.moments import SIDES, JointMoments, PrincipalFeatures
from w2s.practice.estimation.overlaps import estimate_overlap
from w2s.practice.estimation.samples import Statistics, cosines_of, overlap_of

T = TypeVar("T", float, Array)
_ROUNDING = 1e-9  # relative error that no overlap can fall below
_CLEAR = 1e-4  # of a value: standard errors from which on single precision moves none by 1e-3


@dataclass(frozen=True, eq=False)
class Uncertain(Generic[T]):
    """A value with its standard error and the ends of its interval; floats, or arrays alike.

    Attributes
    ----------
    value, standard_error, low, high : float or array
        ``value ± t · standard_error`` with a Student-t quantile, cut to the range of the quantity.
    """

    value: T
    standard_error: T
    low: T
    high: T


@dataclass(frozen=True, eq=False)
class Estimates:
    """What a sample says about two models and a target, and how certain it is.

    Attributes
    ----------
    d_strong, d_weak : int
        Intrinsic dimensions, the constant of an intercept included. Taken as given.
    spectrum_strong, spectrum_weak : array of shape (D_s,) and (D_w,)
        Eigenvalues of the second moments, largest first.
    overlap : Uncertain
        ``d_{s∧w}``, debiased.
    rho_strong, rho_weak, a, b, c : Uncertain
        Approximation errors and the parts of `subspaces.Geometry` (inherited, removed,
        invisible).
    noise : Uncertain
        ``σ²``; with standard error 0 if it was given.
    cosines : array of shape (min(d_s, d_w),)
        Sample canonical correlations, largest first.
    raw_overlap, null_mean, null_sd, chance_edge : float
        Sum of squared cosines, what unrelated models would show, and where their cosines end.
    geometry : Geometry
        The values, ready for `w2s.discrepancy.ridgeless`, `w2s.discrepancy.gain`, ….
    covariance : array of shape (6, 6)
        Of (overlap, rho_strong, a, b, c, noise) before they are cut to their ranges.
    strong, weak : PrincipalFeatures
        The coordinates in which everything holds; `transform` maps further rows into them.
    label_variance : float
        Variance of the labels: the test error of the constant that is their mean.
    label_covariance : array of shape (7,)
        Its covariances with the six constants of `covariance`, and its own variance.
    rows, labelled_rows, groups : int
        Sizes.
    intercept, noise_given : bool
        The options used.
    confidence, quantile : float
        Level of the intervals, and their half width in standard errors.
    """

    d_strong: int
    d_weak: int
    spectrum_strong: Array
    spectrum_weak: Array
    overlap: Uncertain[float]
    rho_strong: Uncertain[float]
    rho_weak: Uncertain[float]
    a: Uncertain[float]
    b: Uncertain[float]
    c: Uncertain[float]
    noise: Uncertain[float]
    cosines: Array
    raw_overlap: float
    null_mean: float
    null_sd: float
    chance_edge: float
    geometry: Geometry
    covariance: Array
    label_variance: float
    label_covariance: Array
    strong: PrincipalFeatures
    weak: PrincipalFeatures
    rows: int
    labelled_rows: int
    groups: int
    intercept: bool
    noise_given: bool
    confidence: float
    quantile: float


def estimate(
    grouped: GroupedMoments,
    *,
    intercept: bool,
    energy: float = 0.99,
    ranks: tuple[int, int] | None = None,
    rank_cap: int | None = None,
    noise: float | None = None,
    confidence: float = 0.99,
) -> Estimates:
    r"""Estimate the geometry and the noise, with standard errors.

    With ``θ`` from all rows, ``θ_(g)`` without group ``g`` and ``h_g = m/m_g``,

    .. math:: \mathrm{Cov} = \frac1G \sum_g \frac{(\tau_g - \bar\theta)(\tau_g - \bar\theta)^\top}
              {h_g - 1}, \qquad \tau_g = h_g \theta - (h_g - 1)\, \theta_{(g)}, \qquad
              \bar\theta = \frac1G \sum_g \tau_g .

    Parameters
    ----------
    grouped : GroupedMoments
        Moments of the rows.
    intercept : bool
        Centre the features and give both models a constant ("clean"), or neither ("official").
    energy : float
        Spectral cut-off in (0, 1] for both models; 1 keeps all directions above rounding error.
    ranks : (int, int), optional
        Numbers of principal components of the strong and the weak model, instead of `energy`;
        the constant of an intercept comes on top.
    rank_cap : int, optional
        At most so many principal components of either model (768 in the authors' code).
    noise : float, optional
        ``σ²`` if known. Left out, what both models together leave unexplained counts as noise.
    confidence : float
        Level of the intervals.

    Returns
    -------
    Estimates

    Raises
    ------
    ValueError
        If (labelled) rows without their largest group do not exceed ``d_s + d_w``, features do
        not vary, `ranks` ask for more directions than there are, or an argument is out of range.

    Notes
    -----
    Spectra and overlap come from all rows; ``ρ_s``, ``ρ_w``, ``a``, ``b``, ``c`` and the noise
    from the labelled ones. The jackknife for groups of unequal sizes is that of Busing, Meijer and
    van der Leeden (1999); the intervals use Student's t with ``G - 1`` degrees of freedom.

    Where all canonical correlations are 0 or 1, the overlap varies to second order only, which a
    jackknife counts twice: its standard error is then too large, by a factor up to ``√2``. Few
    rows of elliptical features (a common random scale) bias the overlap upwards, which no
    standard error shows.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((4000, 6))
    >>> rows = GroupedMoments.from_blocks([(x[:, :4], x[:, 2:], x[:, 0] + x[:, 5])])
    >>> found = estimate(rows, ranks=(4, 4), intercept=False)
    >>> bool(found.rho_strong.low < 1 < found.rho_strong.high), round(found.b.value, 3)
    (True, 0.0)
    """
    level = inside("confidence", confidence, 0, 1)
    pooled = grouped.features()
    models = _directions(pooled, intercept, energy, ranks, rank_cap)
    _enough(grouped, models)
    coordinates = FixedCoordinates(grouped, models)
    whole = coordinates.whole()
    found = _constants(whole, models, noise)
    against = _against_chance(whole[0], models)
    values = np.array([*found, _label_variance(whole)])
    scale = np.array([against["raw_overlap"], *[values[-1]] * 6])
    scale[Constants._fields.index("noise")] *= noise is None  # what is given does not vary
    joint = _joint_covariance(coordinates, whole, models, noise, values, scale, _rows(grouped))
    covariance = joint[:-1, :-1]
    quantile = float(stdtrit(grouped.groups - 1, (1 + level) / 2))
    geometry = found.geometry(*(model.dimension for model in models))
    return Estimates(
        d_strong=geometry.d_strong,
        d_weak=geometry.d_weak,
        spectrum_strong=pooled.spectrum("strong", intercept=intercept),
        spectrum_weak=pooled.spectrum("weak", intercept=intercept),
        **_uncertain(geometry, max(found.noise, 0.0), covariance, quantile),
        **against,
        geometry=geometry,
        covariance=covariance,
        label_variance=float(values[-1]),
        label_covariance=joint[-1],
        strong=models[0],
        weak=models[1],
        rows=grouped.rows,
        labelled_rows=grouped.labelled_rows,
        groups=grouped.groups,
        intercept=intercept,
        noise_given=noise is not None,
        confidence=level,
        quantile=quantile,
    )


def _joint_covariance(
    coordinates: FixedCoordinates, whole: tuple[Sums, Sums], models: Models,
    noise: float | None, values: Array, scale: Array, rows: Array,
) -> Array:  # fmt: skip
    """Return the covariance of the constants and of the label's variance, which comes last.

    In single precision where that is faster, unless a standard error comes near its rounding,
    which is a share of `scale`.
    """

    def replicates(single: bool) -> Array:
        others = coordinates.without_each_group(whole, single=single)
        return np.array(
            [(*_constants(sums, models, noise), _label_variance(sums)) for sums in others]
        )

    if coordinates.single_precision_serves(whole):
        try:
            joint = jackknife_covariance(values, replicates(single=True), rows)
        except LinAlgError:
            pass
        else:
            if (joint.diagonal() >= (_CLEAR * scale) ** 2).all():
                return joint
    return jackknife_covariance(values, replicates(single=False), rows)


def looks_like_classes(labels: ArrayLike) -> str:
    """Return why labels look like names of classes, not numbers to regress on; empty if not.

    Three or more different whole numbers ``0, 1, …`` or ``1, 2, …`` without a gap, at most 1000
    and each 5 times or more on average, are taken for classes. Two values are not: least squares
    on them is a sensible thing to do. NaN (no label) is skipped.

    Raises
    ------
    ValueError
        If `labels` is not a vector of numbers.

    Examples
    --------
    >>> looks_like_classes([0, 1, 2] * 10)
    'the labels are the whole numbers 0 to 2, each 10 times on average'
    >>> looks_like_classes([-1, 1] * 10), looks_like_classes([20.5, 31.0, 47.5])
    ('', '')
    """
    values = real("labels", unmasked(labels)).astype(np.float64, copy=False)
    if values.ndim != 1:
        raise ValueError(f"labels must have 1 dimension(s), got shape {values.shape}")
    known = values[~np.isnan(values)]
    found = np.unique(known)
    low = found[0] if len(found) else 0
    whole = 3 <= len(found) <= 1000 and low in (0, 1)
    if not whole or not np.array_equal(found, low + np.arange(len(found))):
        return ""
    times = len(known) / len(found)
    if times < 5:
        return ""
    shown = f"{int(low)} to {int(found[-1])}"
    return f"the labels are the whole numbers {shown}, each {times:.4g} times on average"


def _directions(
    pooled: JointMoments,
    intercept: bool,
    energy: float,
    ranks: tuple[int, int] | None,
    rank_cap: int | None,
) -> Models:
    """Principal features of both models by the energy, the ranks or the cap asked for."""
    wanted = (rank_cap, rank_cap) if ranks is None else ranks
    share = energy if ranks is None else 1.0
    found = [
        pooled.features(model, energy=share, intercept=intercept, rank=rank)
        for model, rank in zip(SIDES, wanted, strict=True)
    ]
    for model, rank, features in zip(SIDES, wanted, found, strict=True):
        present = features.directions.shape[1]
        if ranks is not None and rank is not None and present < rank:
            raise ValueError(f"ranks ask for {rank} {model} directions, there are {present}")
    return found[0], found[1]


def _enough(grouped: GroupedMoments, models: Models) -> None:
    """Refuse samples from which no group can be left out."""
    needed = sum(model.dimension for model in models)
    rows = grouped.with_label.rows
    left = int(rows.sum() - rows.max())
    empty = int(np.sum(rows == 0))
    if empty and left > needed:
        raise ValueError(
            f"labelled rows must reach each of the {len(rows)} groups of rows that give the "
            f"standard errors, got {int(rows.sum())}, none in {empty} of them; give more labelled "
            "rows, or withhold fewer"
        )
    if left <= needed:
        raise ValueError(
            f"labelled rows without the largest of {len(rows)} groups must exceed "
            f"d_strong + d_weak = {needed}, got {left}; lower the cut-off or give more rows"
        )


def _rows(grouped: GroupedMoments) -> Array:
    """Rows of each group behind each constant: all for the overlap, labelled for the others.

    The label's variance comes last.
    """
    labelled, others = grouped.with_label.rows, grouped.without_label
    everything = labelled if others is None else labelled + others.rows
    return np.column_stack([everything, *[labelled] * len(Constants._fields)]).astype(float)


def _label_variance(sums: tuple[Sums, Sums]) -> float:
    """Return the unbiased variance of the labels about their mean."""
    labelled = sums[1]
    return max(float(labelled.moment(True)[-1, -1]), 0.0) * labelled.rows / (labelled.rows - 1)


def _constants(sums: tuple[Sums, Sums], models: Models, noise: float | None) -> Constants:
    """Overlap from all rows, the rest from the labelled ones."""
    d, constant = models[0].directions.shape[1], models[0].intercept
    everything, labelled = sums
    found = Statistics.from_moments(labelled.moment(constant), d, labelled.rows, constant=constant)
    if everything is labelled:
        return constants(found, noise)
    raw = overlap_of(everything.moment(constant), d, constant=constant)
    common = debias_overlap(*raw, everything.rows)
    return constants(found, noise, common)


def _uncertain(
    geometry: Geometry, noise: float, covariance: Array, quantile: float
) -> dict[str, Any]:
    """Attach standard errors and intervals to the constants."""
    largest = float(min(geometry.d_strong, geometry.d_weak))
    mixed = np.vstack([np.eye(len(covariance)), [0, 0, 1, 1, 0, 0]])  # ρ_w = a + b
    errors = np.sqrt(np.einsum("ij,jk,ik->i", mixed, covariance, mixed))
    names = "overlap", "rho_strong", "a", "b", "c", "noise", "rho_weak"
    values = (
        geometry.overlap, geometry.rho_strong, geometry.inherited, geometry.removed,
        geometry.invisible, noise, geometry.rho_weak,
    )  # fmt: skip
    found = {}
    errors[0] = max(errors[0], _ROUNDING * geometry.overlap)
    for name, value, error in zip(names, values, errors, strict=True):
        top = largest if name == "overlap" else np.inf
        low, high = max(value - quantile * error, 0.0), min(value + quantile * error, top)
        found[name] = Uncertain(float(value), float(error), float(low), float(high))
    return found


def _against_chance(sums: Sums, models: Models) -> dict[str, Any]:
    """Canonical correlations, and what unrelated models would show."""
    d, constant = models[0].directions.shape[1], models[0].intercept
    r, d_s, d_w = cosines_of(sums.moment(constant), d, constant=constant)
    overlap = estimate_overlap(r, d_s, d_w, sums.rows, constant=constant)
    names = "null_mean", "null_sd", "chance_edge"
    return {"cosines": r, "raw_overlap": overlap.raw} | {n: getattr(overlap, n) for n in names}
