"""What holds a verdict back: data on which no comparison of the two models means anything."""

from __future__ import annotations

from dataclasses import dataclass

from w2s.practice.diagnosis.guards.columns import heaviest_column
from w2s.practice.diagnosis.guards.leaks import EXACT, IS_LABEL, label_column, left_over
from w2s.practice.diagnosis.guards.shift import Shift
from w2s.practice.estimation.estimates import Estimates
from w2s.practice.estimation.moments import SIDES, JointMoments

_BY_CHANCE = 4.0  # standard deviations of the overlap of unrelated features
_ALL = 1e-6  # 1 - r² of each canonical pair below which it counts as shared
_HEAVY = 0.9  # share of the variance that one column may carry
_FEW = 3  # columns from which on one of them can carry too much


@dataclass(frozen=True)
class Guard:
    """A reason to hold the verdict back, in words, and what to do about it.

    Attributes
    ----------
    headline : str
        One sentence.
    reason : str
        What was seen, and what to do.
    action : str
        What to do first.
    """

    headline: str
    reason: str
    action: str = "Mend the data first; see the reason."


def guards(
    estimates: Estimates,
    features: JointMoments,
    labelled: JointMoments | None = None,
    shift: Shift | None = None,
    files: tuple[str, str] = ("", ""),
    *,
    cut: bool = True,
) -> tuple[Guard, ...]:
    """Return what holds the verdict back, the gravest first.

    Parameters
    ----------
    estimates : Estimates
        From `estimate`.
    features : JointMoments
        The moments of the features that they come from.
    labelled : JointMoments, optional
        The moments of the labelled rows; left out, no label is looked for among the features.
    shift : Shift, optional
        How labelled and unlabelled rows differ.
    files : (str, str)
        What messages call the sources of the strong and the weak features.
    cut : bool
        Whether models are trained on the kept directions only.

    Examples
    --------
    >>> import numpy as np
    >>> from w2s.practice.estimation.estimates import estimate
    >>> from w2s.practice.estimation.groups import GroupedMoments
    >>> x = np.random.default_rng(0).standard_normal((500, 8))
    >>> rows = GroupedMoments.from_blocks([(x[:, :4], x[:, 4:], x[:, 0])])
    >>> (found,) = guards(estimate(rows, intercept=True), rows.features())
    >>> found.headline
    'Held back: the two models share no more than unrelated features would.'
    """
    sides = range(len(SIDES))
    found = [] if labelled is None else [_label(labelled, side, files[side]) for side in sides]
    found += [_chance(estimates), _same(estimates), _shifted(shift)]
    found += [_column(estimates, features, side) for side in sides if cut]
    return tuple(guard for guard in found if guard is not None)


def _label(labelled: JointMoments, side: int, file: str) -> Guard | None:
    """Find the label itself among the features, or features that give it exactly."""
    model, place = SIDES[side], f" ({file})" if file else ""
    column, correlation = label_column(labelled, model)
    if abs(correlation) > IS_LABEL:
        return Guard(
            f"Held back: a column of the {model} features is the label, or nearly.",
            f"column {column} of the {model} features{place} has the correlation "
            f"{correlation:.7g} with the labels: leave it out, and make sure that no other column "
            "was made from the labels",
            "Take the label out of the features first.",
        )
    left = left_over(labelled, model)
    if left > EXACT:
        return None
    return Guard(
        f"Held back: the {model} features give the labels exactly.",
        f"all columns of the {model} features{place} together leave {left:.1g} of the labels' "
        "variance: if a column was made from the labels, leave it out; if the labels were made "
        "from the features, test errors are rounding and say nothing of labels that have noise",
        "Take labels that have noise, or features that were not made from the labels.",
    )


def _shifted(shift: Shift | None) -> Guard | None:
    """Hold back where labelled and unlabelled rows are so different that the latter mislead."""
    if shift is None or not shift.grave:
        return None
    return Guard(
        "Held back: labelled and unlabelled rows are of different kinds.",
        shift.told(),
        "Label a random sample of all inputs first.",
    )


def _chance(e: Estimates) -> Guard | None:
    """Overlap that chance explains: most often rows in different orders."""
    if e.raw_overlap > e.null_mean + _BY_CHANCE * e.null_sd:
        return None
    return Guard(
        "Held back: the two models share no more than unrelated features would.",
        f"overlap by chance: {e.raw_overlap:.4g} before correction, {e.null_mean:.4g} ± "
        f"{e.null_sd:.2g} for unrelated features; check that row i of both files is the same "
        "input (identifiers in the files would tell)",
    )


def _same(e: Estimates) -> Guard | None:
    """One function space inside the other: no student differs from its teacher."""
    if len(e.cosines) < e.d_weak or float((1 - e.cosines**2).max()) > _ALL:
        return None
    if e.d_strong == e.d_weak:
        return Guard(
            "Nothing to decide: weak and strong features span the same functions.",
            "the same features twice: every canonical correlation is 1, so that the student "
            "repeats its teacher exactly, whatever the number of rows; check that one file was not "
            "given for both models",
        )
    return Guard(
        "Nothing to decide: the strong features can express all that the weak ones can.",
        f"every weak function is a strong one (all {e.d_weak} canonical correlations are 1), so "
        "that no difference is left between the student and its teacher, whatever the number of "
        "rows",
    )


def column_told(e: Estimates, features: JointMoments) -> tuple[str, ...]:
    """Name columns that decide which directions are described, where all of them are trained on."""
    found = [_column(e, features, side) for side in range(len(SIDES))]
    return tuple(guard.reason for guard in found if guard is not None)


def _column(e: Estimates, features: JointMoments, side: int) -> Guard | None:
    """One column that decides, by its scale alone, which directions are kept."""
    model = SIDES[side]
    column, share = heaviest_column(features, model, centred=e.intercept)
    width = features.width_strong if side == 0 else features.width_weak
    kept = (e.strong if side == 0 else e.weak).directions.shape[1]
    if share <= _HEAVY or width < _FEW or kept >= width:
        return None
    whole = features.features(model, energy=1.0, intercept=e.intercept).directions.shape[1]
    if kept >= whole:
        return None
    return Guard(
        f"Held back: one column carries the variance of the {model} features.",
        f"one column: column {column} of the {model} features carries {100 * share:.5g}% of their "
        f"variance, so that the cut-off keeps {kept} of {whole} directions; standardise the "
        "columns, or keep all directions (energy 1)",
    )
