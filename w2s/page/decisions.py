"""The rules by which a claim is decided.

Each rule compares a prediction with a measurement obtained by another route and returns a
`Decision` with one of three outcomes: the statement *holds*, it *fails*, or the evidence leaves
it *undecided* (an error bar so wide that nothing could fail is not a success).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from w2s._checks import Array, above, at_least, between, finite

FAMILY_ERROR = 1e-3
ROUNDING = 1e-9

Outcome = Literal["holds", "fails", "undecided"]


@dataclass(frozen=True)
class Decision:
    """The outcome of one comparison, summarised by its worst entry.

    Attributes
    ----------
    rule : str
        The rule in words, with its numbers, as shown to the reader.
    outcome : {"holds", "fails", "undecided"}
        What the numbers say about the statement.
    predicted, measured, standard_error, tolerance, margin : float or None
        The two numbers at the worst entry, the measurement's standard error, the largest
        admissible difference there, and what is left of it (negative when it is exceeded).
    points : int
        How many entries were compared.
    mean_predicted, mean_measured : float or None
        Means over all entries: what a later run is compared with.
    drift : float
        How far those means may move between two runs before the press reports it.
    at : mapping of str to float or str
        Coordinates of the worst entry.
    reason : str
        Why the outcome is not "holds"; empty when it is.
    relation : {"=", "≤", "in"}
        How `measured` should stand to `predicted`: equal, at most, or (a fitted number) in a
        range of which `predicted` is the nearer end.
    """

    rule: str
    outcome: Outcome
    predicted: float | None = None
    measured: float | None = None
    standard_error: float | None = None
    tolerance: float | None = None
    margin: float | None = None
    points: int = 1
    mean_predicted: float | None = None
    mean_measured: float | None = None
    drift: float = 0.0
    at: Mapping[str, float | str] = field(default_factory=dict)
    reason: str = ""
    relation: Literal["=", "≤", "in"] = "="


def family_quantile(points: int) -> float:
    r"""Two-sided normal quantile that keeps the error over all entries at one in a thousand.

    .. math:: z = \Phi^{-1}\bigl(1 - 10^{-3}/(2K)\bigr)

    Parameters
    ----------
    points : int
        Number of entries :math:`K` decided together.

    Returns
    -------
    float
        The number of standard errors an entry may be off.

    Notes
    -----
    Bonferroni's inequality: valid for any dependence between the entries.

    Examples
    --------
    >>> round(family_quantile(1), 3), round(family_quantile(20), 3)
    (3.291, 4.056)
    """
    return float(-ndtri(FAMILY_ERROR / (2 * points)))


def exact(
    predicted: ArrayLike,
    measured: ArrayLike,
    tolerance: float,
    *,
    absolute: bool = False,
    at: Mapping[str, ArrayLike] | None = None,
) -> Decision:
    r"""Decide an identity: :math:`|m - p| \le \text{tol} \cdot \max|p|` at every entry.

    Parameters
    ----------
    predicted, measured : array_like
        The two routes to the same quantity, broadcastable to one shape.
    tolerance : float
        Largest admissible difference, relative to the largest predicted magnitude.
    absolute : bool
        Take `tolerance` as it is; needed when the prediction is zero.
    at : mapping, optional
        Names and values of the coordinates, broadcastable to the data.

    Returns
    -------
    Decision

    Raises
    ------
    ValueError
        When a value is not finite, the tolerance is not positive, or the prediction is zero
        everywhere and the tolerance relative.

    Examples
    --------
    >>> exact([1.0, 2.0], [1.0, 2.0 + 1e-13], tolerance=1e-12).outcome
    'holds'
    """
    p, m = _aligned(predicted=predicted, measured=measured)
    above("tolerance", tolerance, 0.0)
    scale = 1.0 if absolute else float(np.abs(p).max())
    if scale == 0.0:
        raise ValueError("a relative tolerance needs a non-zero prediction; pass absolute=True")
    allowed = np.full(p.shape, tolerance * scale)
    return _two_sided(
        f"{_amount(tolerance, '' if absolute else ' of the largest value')} allowed",
        p,
        m,
        None,
        allowed,
        at,
        drift_floor=ROUNDING * scale,
    )


def monte_carlo(
    predicted: ArrayLike,
    measured: ArrayLike,
    standard_error: ArrayLike,
    *,
    resolution: float,
    allowance: float = 0.0,
    at: Mapping[str, ArrayLike] | None = None,
) -> Decision:
    r"""Decide a prediction of means: :math:`|m - p| \le z\,\mathrm{se} + \text{allowance}\,|p|`.

    The claim is undecided, hence does not pass, unless every standard error is at most
    `resolution` times the prediction.

    Parameters
    ----------
    predicted, measured, standard_error : array_like
        Prediction, Monte Carlo mean and its standard error, broadcastable to one shape.
    resolution : float
        Largest standard error that still means something, relative to the prediction.
    allowance : float
        Known systematic difference, relative to the prediction; say why beside the call.
    at : mapping, optional
        Names and values of the coordinates, broadcastable to the data.

    Returns
    -------
    Decision
        ``z`` is `family_quantile` of the number of entries.

    Raises
    ------
    ValueError
        When a value is not finite, a standard error negative, `resolution` not in (0, 1], the
        allowance not in [0, 1], or a prediction zero.

    Examples
    --------
    >>> monte_carlo(1.0, 1.02, 0.01, resolution=0.05).outcome
    'holds'
    >>> monte_carlo(1.0, 1.02, 0.5, resolution=0.05).outcome
    'undecided'
    """
    p, m, se = _aligned(predicted=predicted, measured=measured, standard_error=standard_error)
    at_least("standard_error", se, 0.0)
    above("resolution", resolution, 0.0)
    between("resolution", resolution, 0.0, 1.0)
    between("allowance", allowance, 0.0, 1.0)
    if (p == 0.0).any():
        raise ValueError("monte_carlo measures errors against the prediction, which is 0 somewhere")
    z = family_quantile(p.size)
    allowed = z * se + (allowance + 1e-12) * np.abs(p)
    coarse = se / np.abs(p)
    extra = f" and {_amount(allowance, ' of the prediction')}" if allowance else ""
    return _two_sided(
        f"{z:.2g}{extra} allowed", p, m, se, allowed, at,
        undecided=f"its standard error is {coarse.max():.2g} of the prediction, "
        f"more than {resolution:.2g}" if coarse.max() > resolution else "",
    )  # fmt: skip


def inequality(
    smaller: ArrayLike,
    larger: ArrayLike,
    *,
    slack: float = 0.0,
    standard_error: ArrayLike | None = None,
    at: Mapping[str, ArrayLike] | None = None,
) -> Decision:
    r"""Decide :math:`\text{smaller} \le \text{larger} + \text{slack}` at every entry.

    With a standard error of the difference the inequality holds when it does so by ``z`` standard
    errors everywhere, fails when it is violated by as much somewhere, and is undecided between.

    Parameters
    ----------
    smaller, larger : array_like
        The two sides, broadcastable to one shape. In the record, `smaller` is the measurement
        and `larger` the prediction.
    slack : float
        Absolute allowance for rounding.
    standard_error : array_like, optional
        Standard error of ``larger - smaller``.
    at : mapping, optional
        Names and values of the coordinates, broadcastable to the data.

    Returns
    -------
    Decision
        Its margin is the smallest ``larger - smaller``.

    Raises
    ------
    ValueError
        When a value is not finite or `slack` or a standard error is negative.

    Examples
    --------
    >>> inequality([0.1, 0.2], [0.15, 0.4]).margin
    0.04999999999999999
    """
    at_least("slack", slack, 0.0)
    error = 0.0 if standard_error is None else standard_error
    p, m, se = _aligned(larger=larger, smaller=smaller, standard_error=error)
    at_least("standard_error", se, 0.0)
    z = family_quantile(p.size)
    gap = p - m
    worst = int(np.argmin(gap - z * se))
    outcome: Outcome = "undecided"
    if (gap - z * se >= -slack).all():
        outcome = "holds"
    elif (gap + z * se < -slack).any():
        outcome = "fails"
        worst = int(np.argmin(gap + z * se))
    noisy = standard_error is not None
    return Decision(
        rule=f"{z:.2g} needed" if noisy else "at every point",
        outcome=outcome,
        predicted=float(p.flat[worst]),
        measured=float(m.flat[worst]),
        standard_error=float(se.flat[worst]) if noisy else None,
        tolerance=slack,
        margin=float(gap.flat[worst]),
        points=p.size,
        mean_predicted=float(p.mean()),
        mean_measured=float(m.mean()),
        drift=float(max(z * se.max(), 1e-6 * max(np.abs(p).max(), np.abs(m).max()), slack)),
        at=_coordinates(at, p.shape, worst),
        reason="" if outcome == "holds" else f"the gap is {gap.flat[worst]:.3g} at its worst point",
        relation="≤",
    )


def interval(
    estimate: float,
    standard_error: float,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    confidence: float = 0.999,
) -> Decision:
    r"""Decide where a fitted number lies: its whole confidence interval within [low, high].

    Parameters
    ----------
    estimate, standard_error : float
        The fitted number and its standard error (the same units).
    low, high : float
        The range that the statement names; one of them may be infinite.
    confidence : float
        Two-sided level of the normal interval.

    Returns
    -------
    Decision
        Fails when the interval lies wholly outside; undecided when it straddles an end.

    Raises
    ------
    ValueError
        When a value is not finite, the range empty or without a finite end, or the level not in
        (0, 1).

    Examples
    --------
    >>> interval(1.8, 0.02, low=1.49).outcome
    'holds'
    >>> interval(1.5, 0.02, low=1.49).outcome
    'undecided'
    """
    value = float(finite("estimate", estimate))
    se = float(at_least("standard_error", standard_error, 0.0))
    level = float(above("confidence", confidence, 0.0))
    if not low < high or level >= 1.0:
        raise ValueError(f"need low < high and confidence < 1, got [{low}, {high}] and {level}")
    if np.isinf(low) and np.isinf(high):
        raise ValueError("one end at least of [low, high] must be finite, got none")
    half = float(-ndtri((1.0 - level) / 2)) * se
    margin = min(value - half - low, high - value - half)
    outside = value + half < low or value - half > high
    outcome: Outcome = "holds" if margin >= 0 else "fails" if outside else "undecided"
    nearest = low if abs(value - low) <= abs(high - value) else high
    ends = f"within [{low:.4g}, {high:.4g}]"
    if np.inf in (high, -low):
        ends = f"above {low:.4g}" if high == np.inf else f"below {high:.4g}"
    reached = f"its interval is [{value - half:.4g}, {value + half:.4g}]"
    return Decision(
        rule=f"the {100 * level:.6g}% interval must lie {ends}",
        outcome=outcome,
        predicted=float(nearest),
        measured=value,
        standard_error=se,
        tolerance=half,
        margin=float(margin),
        mean_predicted=float(nearest),
        mean_measured=value,
        drift=max(half, ROUNDING * abs(value)),
        reason="" if outcome == "holds" else reached,
        relation="in",
    )


def fact(holds: bool, *, shows: str) -> Decision:
    """Decide a purely logical outcome, for what no comparison of numbers can say.

    Parameters
    ----------
    holds : bool
        Whether it is so.
    shows : str
        What was checked, with its numbers.

    Returns
    -------
    Decision

    Raises
    ------
    ValueError
        When `holds` is not a boolean or `shows` is empty.

    Examples
    --------
    >>> fact(3 < 4, shows="3 < 4").outcome
    'holds'
    """
    if not isinstance(holds, (bool, np.bool_)):
        raise ValueError(f"holds must be True or False, got {holds!r}")
    if not shows.strip():
        raise ValueError("shows must say what was checked, got an empty text")
    return Decision(
        rule=shows.strip(),
        outcome="holds" if holds else "fails",
        reason="" if holds else "it is not so",
    )


def _amount(number: float, of: str) -> str:
    """Return a tolerance in words: a share that is not tiny in per cent."""
    return f"{100 * number:.2g}%{of}" if of and number >= 1e-4 else f"{number:.2g}{of}"


def _aligned(**named: ArrayLike) -> tuple[Array, ...]:
    first, *others = np.broadcast_arrays(*(finite(name, x) for name, x in named.items()))
    if first.size == 0:
        raise ValueError("a claim needs at least one value to compare, got none")
    return first, *others


def _two_sided(
    rule: str,
    p: Array,
    m: Array,
    se: Array | None,
    allowed: Array,
    at: Mapping[str, ArrayLike] | None,
    *,
    undecided: str = "",
    drift_floor: float = 0.0,
) -> Decision:
    """Compare two arrays entry by entry; the worst entry uses most of what it is allowed."""
    difference = np.abs(m - p)
    worst = int(np.argmax(difference / allowed))
    holds = bool((difference <= allowed).all())
    off = f"the difference is {difference.flat[worst]:.3g}, allowed {allowed.flat[worst]:.3g}"
    return Decision(
        rule=rule,
        outcome="undecided" if undecided else "holds" if holds else "fails",
        predicted=float(p.flat[worst]),
        measured=float(m.flat[worst]),
        standard_error=None if se is None else float(se.flat[worst]),
        tolerance=float(allowed.flat[worst]),
        margin=float((allowed - difference).flat[worst]),
        points=p.size,
        mean_predicted=float(p.mean()),
        mean_measured=float(m.mean()),
        drift=float(max(allowed.max(), drift_floor)),
        at=_coordinates(at, p.shape, worst),
        reason=undecided or ("" if holds else off),
    )


def _coordinates(
    at: Mapping[str, ArrayLike] | None, shape: tuple[int, ...], index: int
) -> dict[str, float | str]:
    found = {k: np.broadcast_to(np.asarray(x), shape).flat[index] for k, x in (at or {}).items()}
    return {k: str(x) if isinstance(x, str) else float(x) for k, x in found.items()}
