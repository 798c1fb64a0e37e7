"""The diagnosis itself: one pass, the geometry, the predictions, the check, the verdict."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import integer
from w2s._memory import require
from w2s._threads import one_blas_thread
from w2s.computing.cluster import connect
from w2s.practice.data.tables import Table, check_aligned, open_table
from w2s.practice.diagnosis import outlook
from w2s.practice.diagnosis.check import RANK_CAP, Data, Progress, check
from w2s.practice.diagnosis.effort import LARGEST_SHARE
from w2s.practice.diagnosis.fresh import SEEN, fresh_rows
from w2s.practice.diagnosis.guards.chance import chance_cosines
from w2s.practice.diagnosis.guards.columns import idle_columns
from w2s.practice.diagnosis.guards.held_back import column_told, guards
from w2s.practice.diagnosis.guards.leaks import dropped_signal
from w2s.practice.diagnosis.guards.membership import membership
from w2s.practice.diagnosis.guards.shift import shift
from w2s.practice.diagnosis.heads import Head, make_head
from w2s.practice.diagnosis.labels import checked_labels, classes_of
from w2s.practice.diagnosis.options import Options
from w2s.practice.diagnosis.reading import read_once
from w2s.practice.diagnosis.results import Diagnosis, Inputs
from w2s.practice.diagnosis.verdict import LOSSES, UNKNOWN, limits, verdict, widened
from w2s.practice.estimation.estimates import Estimates, estimate
from w2s.practice.estimation.groups import GroupedMoments, state_bytes

Source = str | os.PathLike[str] | NDArray[Any] | Table | Any
"""What `tables.open_table` opens: a path, a table, or anything that NumPy can view as an array."""


def diagnose(
    weak: Source,
    strong: Source,
    labels: Source,
    *,
    n_labelled: int | None = None,
    n_unlabelled: int | None = None,
    budget: float | None = None,
    label_cost: float | None = None,
    unlabelled_cost: float | None = None,
    head: str = "ridge",
    ridge: float | None = None,
    pseudo_labels: str = "soft",
    energy: float = 0.99,
    heldout: float = 0.2,
    confidence: float = 0.99,
    seed: int = 0,
    no_label: float | str | None = None,
    regression: bool = False,
    groups: Source | None = None,
    fresh: tuple[Source, Source, Source] | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Diagnosis:
    """Tell whether a strong student trained on a weak teacher's labels beats its teacher.

    One pass gives the geometry of the two feature spaces with its uncertainty, and with it the
    test errors of teacher, student, SFT baseline and ceiling at any sizes; rows that repeat
    another one are counted once. Some rows' labels are kept out of the estimate; on them the
    predictions are checked.

    Parameters
    ----------
    weak, strong : path, table or array of shape (m, D_w) and (m, D_s)
        Features of the same inputs: what `tables.open_table` opens. A path may name an array
        inside its file, as in ``features.npz:weak``.
    labels : path, table or array of shape (m,)
        Numbers to regress on, or names of classes: texts, truth values, whole numbers 0, 1, … or
        1, 2, …, whose error is the share of wrong answers. NaN where an input has no label.
    n_labelled, n_unlabelled : int, optional
        Planned sizes ``n`` and ``N``. Left out, the best split of the budget, else sizes a few
        times the dimensions.
    budget, label_cost, unlabelled_cost : float, optional
        Money, and the prices of a label and of an unlabelled input, in one unit.
    head : {"ridge", "ridgeless", "official", "logistic"}
        What is trained. "ridge": ridge regression on all columns with an intercept, its penalty
        chosen by cross-validation. "ridgeless", the protocol of the theory: least squares with an
        intercept on the kept principal components. "official", as in the authors' code: no
        centring, no intercept, ridge 1e-6 on all feature directions (at most 768). "logistic", for
        classes: softmax regression on all columns, predicted to decide as ridge heads do.
    ridge : float, optional
        Penalty ``λ`` of ``|y - μ - Fθ|² + λ|θ|²`` for head "ridge", of the sum of the log-losses
        ``+ λ|θ|²`` for "logistic", instead of a choice.
    pseudo_labels : {"soft", "hard"}
        Whether the student of classes learns its teacher's scores or its decisions. Hard ones
        of three and more classes, or for head "logistic", are predicted as soft ones. With hard
        ones the intervals also hold what the check measured.
    energy : float
        Share of the features' variance that the kept principal components carry: those that are
        trained on (head "ridgeless"), and those whose geometry is described.
    heldout : float
        Share of the rows whose labels are withheld for the check (at most 20000 rows); 0 for no
        check. If they are few, the check holds out others in their turn.
    confidence : float
        Level of all intervals.
    seed : int
        Root of all random choices.
    regression : bool
        Whether whole numbers are numbers to regress on, such as ratings, even where they look like
        names of classes.
    no_label : float or "none", optional
        The number that stands for "no label" in `labels`, or "none" if every number is a label.
        Left out, a number that looks like such a mark (-1, -100, 999, …) is asked about.
    groups : path, table or array of shape (m,), optional
        Whole number or text of each row, such as its document or speaker. Rows of one group stay
        together: on one side of the check, of each of its splits and of those that choose its
        penalties, and in one of the groups of rows that give the standard errors. At least 32
        groups.
    fresh : (weak, strong, labels), optional
        The same of rows that the features have never seen, to test on instead of withheld rows.
        Without them nothing shows that features were trained on the labels.
    scheduler : str, optional
        Address of a Dask scheduler, ``tcp://…``, whose workers see the same files.
    workers : int, optional
        Processes on this machine.
    progress : callable, optional
        Called with what is being done, steps done and steps in all.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ValueError
        If the input cannot be used: the message names file, row and column where there are any.
        Rows too few for the dimensions are refused, and classes of fewer than 3.

    Notes
    -----
    The predictions are exact for Gaussian features ("ridgeless"), or deterministic equivalents
    that are exact for many rows and columns ("ridge"); derived in this companion.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> latent = rng.standard_normal((3000, 30))
    >>> y = latent[:, 8:20] @ rng.standard_normal(12) / 3 + rng.standard_normal(3000)
    >>> found = diagnose(latent[:, 8:], latent[:, :20], y, n_labelled=90, n_unlabelled=400)
    >>> found.verdict.answer, round(found.estimates.overlap.value)
    ('helps', 13)
    """
    options = Options(
        n_labelled, n_unlabelled, budget, label_cost, unlabelled_cost, head, ridge,
        pseudo_labels, energy, heldout, confidence, seed,
    )  # fmt: skip
    sources = {"weak": weak, "strong": strong, "labels": labels}
    classes = classes_of(labels, no_label, regression)
    options.fit(classes is not None)
    if classes is not None:
        sources["labels"] = classes.table
    f_w, f_s, y = (_opened(role, source) for role, source in sources.items())
    check_aligned({"weak": f_w, "strong": f_s, "labels": y})
    widths = f_w.width, f_s.width
    require("the moments of {} and {} columns".format(*widths), state_bytes(*widths))
    if classes is None:
        y, values = checked_labels(y, no_label)
    else:
        values = classes.codes
    tell = progress or _silent
    rows = y.rows
    belongs = None if groups is None else membership(groups, rows, ~np.isnan(values))
    if scheduler is not None and workers is not None:
        raise ValueError("give the address of a scheduler or a number of workers, not both")
    many = 1 if workers is None else integer("workers", workers)
    with connect(scheduler) as client:
        read = read_once(
            (f_s, f_w, y), values, heldout=0.0 if fresh is not None else options.heldout,
            seed=options.seed, groups=belongs, client=client, workers=many,
            classes=None if classes is None else len(classes.names),
            progress=partial(tell, "reading the rows"),
        )  # fmt: skip
    (f_s, f_w, y), values, known = read.tables, read.values, read.known
    withheld, copies = read.withheld, read.copies
    told = None
    if classes is not None:
        from w2s.practice.diagnosis.class_head import RidgeOnClasses  # takes long to import

        told = RidgeOnClasses.from_moments(
            read.moments, classes.names, options.confidence, options.ridge,
            logistic=options.head == "logistic", hard=options.pseudo_labels == "hard",
        )  # fmt: skip
    grouped = read.moments if told is None else read.moments.regression(told.whole.contrast())
    tests = None
    if fresh is not None:
        tests = fresh_rows(
            fresh, (f_s, f_w), read.quick, no_label=no_label, seed=options.seed,
            names=None if classes is None else classes.names,
        )  # fmt: skip
    try:
        estimates = _estimated(grouped, options)
    except ValueError as error:
        raise ValueError("; ".join([str(error), *copies])) from error
    features, labelled = grouped.features(), grouped.labelled()
    withheld_rows = int(known.sum()) - grouped.labelled_rows
    moved = shift(estimates, grouped, labelled, features, withheld_rows)
    files = _described(strong), _described(weak)
    trained = told or make_head(options.head, estimates, grouped, options.ridge)
    n, big_n = _sizes(options, estimates, trained, (f_s.width, f_w.width))
    data = Data((f_s, f_w, y), withheld, known, grouped, estimates, read.groups, tests)
    with one_blas_thread():  # the fits are small, and must not depend on the number of cores
        checked, found = check(data, trained, n, big_n, options.seed, tell)
        point = widened(trained.forecast(n, big_n), checked, trained.slack)
        point = point if told is None else told.held_to(point, checked)
        areas = () if told is None else told.areas(n, big_n, checked)
        over_n, over_big_n, surface = outlook.curves(trained, n, big_n)
        answer = verdict(
            point,
            checked,
            trained.beside_constant(n, big_n),
            (
                *guards(estimates, features, labelled, moved, files, cut=not options.whole),
                *trained.held(n, big_n),
            ),
            trained.measure,
        )
    regressed = values[known] if told is None else values[:0]
    inputs = Inputs(
        weak=_described(weak),
        strong=_described(strong),
        labels=_described(labels),
        rows=rows,
        labelled_rows=int(known.sum()),
        withheld_rows=withheld_rows,
        width_weak=f_w.width,
        width_strong=f_s.width,
        measure=trained.measure,
        head=options.head,
        ridge=options.ridge,
        classes=() if classes is None else classes.names,
        pseudo_labels=None if classes is None else options.pseudo_labels,
        energy=options.energy,
        seed=options.seed,
        confidence=estimates.confidence,
    )
    return Diagnosis(
        answer,
        inputs,
        estimates,
        point,
        over_n,
        over_big_n,
        surface,
        outlook.purchase(trained, (over_n, over_big_n), n, big_n, options.money),
        checked,
        areas,
        found,
        _by_chance(estimates),
        (
            *copies,
            *limits(estimates, trained.warnings(n, big_n), regressed, found),
            *(dropped_signal(estimates, labelled, options.energy) if trained.white else ()),
            *(column_told(estimates, features) if options.whole else ()),
            *((moved.told(),) if moved is not None and not moved.grave else ()),
            *idle_columns(features),
        ),
        (*(() if fresh is not None else (SEEN,)), LOSSES[trained.measure], *UNKNOWN),
    )


def _estimated(grouped: GroupedMoments, options: Options) -> Estimates:
    return estimate(
        grouped, intercept=options.intercept, energy=options.energy, confidence=options.confidence,
        rank_cap=None if options.intercept else RANK_CAP,
    )  # fmt: skip


def _sizes(
    options: Options, estimates: Estimates, head: Head, widths: tuple[int, int]
) -> tuple[int, int]:
    """Sizes that were given, or planned, or proposed for the dimensions of the trained models."""
    if options.n_labelled is not None and options.n_unlabelled is not None:
        return options.n_labelled, options.n_unlabelled
    if options.money is not None:
        return outlook.planned_sizes(head, *options.money)
    trained = estimates.d_strong, estimates.d_weak
    if options.head == "official":
        trained = min(widths[0], RANK_CAP), min(widths[1], RANK_CAP)
    return outlook.proposed_sizes(*trained, int(LARGEST_SHARE * estimates.labelled_rows))


def _opened(role: str, source: Source) -> Table:
    """Open a source; a path may name an array inside its file, as in ``features.npz:weak``."""
    return open_table(source, ndim=1 if role == "labels" else 2, name=role)


def _described(source: Source) -> str:
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    return source.name if isinstance(source, Table) else "array in memory"


def _by_chance(estimates: Estimates) -> NDArray[np.float64]:
    sizes = estimates.d_strong, estimates.d_weak, estimates.rows
    return chance_cosines(*sizes, constant=estimates.intercept)


def _silent(what: str, done: int, total: int) -> None:
    """Show no progress."""
