"""The pictures of the first page: the story and its two mechanisms, each computed and not drawn.

A small world that fits on a line serves for the story: functions of one variable, a weak teacher
with many waves, a strong student with the few that matter. The mechanisms and the limit are the
formulas of `ridgeless`, `gradient_flow` and `limits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, at_least, integer
from w2s.discrepancy.ridgeless import single_risk, student_variance
from w2s.discrepancy.subspaces import Geometry
from w2s.page.figures import ACCENT, BOUND, STUDENT, TEACHER, Panel
from w2s.random_features.gradient_flow import best_stop, spectral_path
from w2s.random_features.limits import lower_bound
from w2s.random_features.sphere import relu_eigenvalues
from w2s.random_features.universality import deterministic_teacher

D_STRONG, D_WEAK, N_LABELLED, N_UNLABELLED, NOISE = 5, 15, 60, 120, 0.4
TARGET = np.array([0.2, 0.8, -0.3, 0.0, 0.5])
WORLDS = 200
RELU_DIM = 32


@dataclass(frozen=True)
class Schematic:
    """One picture of the first page.

    Attributes
    ----------
    name : str
        Lower case; the name of its files.
    caption : str
        What stands below, in MyST.
    alt : str
        What one sees, in plain words.
    panel : callable
        Draws on Matplotlib axes, as for `w2s.page.figures.figure`.
    """

    name: str
    caption: str
    alt: str
    panel: Panel


@dataclass(frozen=True, eq=False)
class World:
    """One teacher and its student, on the unit circle.

    Attributes
    ----------
    inputs, labels : array of shape (n,)
        What the teacher was given: places in [0, 1) and noisy values of the target.
    teacher, student : array
        Coefficients in `waves`; the student has fewer.
    """

    inputs: Array
    labels: Array
    teacher: Array
    student: Array

    @property
    def errors(self) -> tuple[float, float]:
        """Excess risks of teacher and student: squared distances to the target."""
        return _distance(self.teacher), _distance(self.student)


def waves(inputs: ArrayLike, count: int) -> Array:
    """Return the first waves on the circle: 1, √2 cos 2πx, √2 sin 2πx, √2 cos 4πx and so on.

    They are orthonormal for uniform inputs, so distances of functions are those of coefficients.

    Parameters
    ----------
    inputs : array_like of shape (m,)
        Places in [0, 1).
    count : int
        Number of waves, at least one.

    Returns
    -------
    array of shape (m, count)
        One column per wave.

    Raises
    ------
    ValueError
        If `count` is not a positive integer.

    Examples
    --------
    >>> waves([0.0, 0.25], 3).round(3)
    array([[1.   , 1.414, 0.   ],
           [1.   , 0.   , 1.414]])
    """
    number = np.arange(1, integer("count", count))
    angle = np.pi * (number + number % 2) * np.asarray(inputs, dtype=float)[:, None]
    high = np.sqrt(2.0) * np.where(number % 2 == 1, np.cos(angle), np.sin(angle))
    return np.concatenate([np.ones((len(angle), 1)), high], axis=1)


def world(rng: np.random.Generator, noise: float = NOISE) -> World:
    """Draw one world: a teacher fitted to noisy labels, a student fitted to the teacher's.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of inputs and noise.
    noise : float
        Variance of a label's noise.

    Returns
    -------
    World
        Both by least squares; the student never meets a label.

    Raises
    ------
    ValueError
        If the variance is negative.

    Examples
    --------
    >>> weak, student = world(np.random.default_rng(0)).errors
    >>> student < weak
    True
    """
    sigma = np.sqrt(at_least("noise", noise, 0.0))
    seen, unseen = rng.random(N_LABELLED), rng.random(N_UNLABELLED)
    labels = waves(seen, D_STRONG) @ TARGET + sigma * rng.standard_normal(N_LABELLED)
    teacher = np.linalg.lstsq(waves(seen, D_WEAK), labels, rcond=None)[0]
    pseudo = waves(unseen, D_WEAK) @ teacher
    student = np.linalg.lstsq(waves(unseen, D_STRONG), pseudo, rcond=None)[0]
    return World(seen, labels, teacher, student)


def _distance(coefficients: Array) -> float:
    apart = coefficients.copy()
    apart[: len(TARGET)] -= TARGET
    return float(apart @ apart)


def story(seed: int = 3) -> tuple[Schematic, Schematic, Schematic]:
    """Return the three pictures of the story: the teacher, the student, the surprise.

    Parameters
    ----------
    seed : int
        Of all worlds; the first two pictures show the first one.

    Returns
    -------
    tuple of Schematic
        With captions that name the numbers of this run.

    Examples
    --------
    >>> [picture.name for picture in story()]
    ['teacher', 'student', 'surprise']
    """
    children = np.random.SeedSequence(seed).spawn(WORLDS)
    worlds = [world(np.random.default_rng(child)) for child in children]
    shown = worlds[0]
    errors = np.array([one.errors for one in worlds])
    better = int(np.sum(errors[:, 1] < errors[:, 0]))
    left = errors[:, 1].mean() / errors[:, 0].mean()
    x = np.linspace(0.0, 1.0, 301)

    def curves(ax: Any) -> None:
        ax.plot(x, waves(x, D_STRONG) @ TARGET, color=BOUND.color, linewidth=1.3, label="target")
        ax.plot(x, waves(x, D_WEAK) @ shown.teacher, **TEACHER.line, label="teacher")
        ax.set(xlabel="input x", ylabel="value", xlim=(0, 1), ylim=(-2.6, 3.9))

    def teacher(ax: Any) -> None:
        curves(ax)
        ax.plot(shown.inputs, shown.labels, "o", color=ACCENT.color, markersize=3, label="labels")
        _legend(ax)

    def student(ax: Any) -> None:
        curves(ax)
        learned = waves(x, D_STRONG) @ shown.student
        ax.plot(x, learned, **(STUDENT.line | {"linewidth": 2.4}), label="student")
        _legend(ax)

    def surprise(ax: Any) -> None:
        ends = np.array([0.6 * errors.min(), 1.6 * errors.max()])
        left_end, middle = 0.6 * errors[:, 0].min(), np.sqrt(ends.prod())
        ax.plot(ends, ends, **TEACHER.line)
        ax.plot(*errors.T, "o", color=STUDENT.color, markersize=2.6)
        ax.text(2.2 * middle, 3.6 * middle, "no gain", color=TEACHER.color, ha="right")
        ax.set(xscale="log", yscale="log", xlim=(left_end, ends[1]), ylim=ends)
        ax.set(xlabel="teacher's error", ylabel="student's error")

    return (
        Schematic(
            "teacher",
            f"A weak model with {D_WEAK} features is fitted to {N_LABELLED} noisy labels. It takes "
            "some of the noise for signal, and wiggles.",
            "A smooth grey target curve, noisy label points around it, and the teacher's dashed "
            "orange curve, which follows the noise and wiggles about the target.",
            teacher,
        ),
        Schematic(
            "student",
            f"A strong model, for which {D_STRONG} features are enough, is fitted to the teacher's "
            f"answers on {N_UNLABELLED} new inputs. It never meets a label.",
            "The same target and teacher; the student's solid blue curve lies closer to the "
            "target than the dashed orange teacher, and has none of its fast wiggles.",
            student,
        ),
        Schematic(
            "surprise",
            f"In {better} of {WORLDS} repetitions (dots) the student is better than the only "
            f"teacher it had. On average {left:.0%} of the teacher's error is left.",
            f"Student's error against teacher's error on two logarithmic axes, one dot for each of "
            f"{WORLDS} repetitions; {better} dots lie below the dashed line of equal errors.",
            surprise,
        ),
    )


def _legend(ax: Any) -> None:
    ax.legend(loc="upper center", ncols=3, columnspacing=0.8, handlelength=1.2, fontsize=9)


def divided_variance(geometry: Geometry | None = None) -> Schematic:
    """Return the picture of the first mechanism: what is inherited, and what is divided.

    Parameters
    ----------
    geometry : Geometry, optional
        Of two feature spaces; by default 20 strong and 60 weak dimensions, 12 of them shared.

    Returns
    -------
    Schematic
        Both parts relative to the teacher's variance, against N.

    Examples
    --------
    >>> divided_variance().name
    'divided'
    """
    g = Geometry(20, 60, overlap=12) if geometry is None else geometry
    n, noise = 4 * g.d_weak, 1.0
    big_n = np.geomspace(g.d_strong + 4, 100 * g.d_strong, 200)
    share = student_variance(g, n, big_n, noise) / single_risk(g.d_weak, n, noise)
    inherited, even = g.overlap / g.d_weak, 2 * g.d_strong + 1

    def panel(ax: Any) -> None:
        ax.axhline(1.0, **TEACHER.line)
        ax.axvline(even, **BOUND.line)
        ax.fill_between(big_n, 0.0, inherited, color=TEACHER.color, alpha=0.3, linewidth=0)
        ax.fill_between(big_n, inherited, share, **STUDENT.band)
        ax.plot(big_n, share, **STUDENT.line)
        ax.text(big_n[-1], 1.03, "teacher", color=TEACHER.color, ha="right")
        ax.text(big_n[-1], 0.5 * inherited, "inherited", ha="right", va="center")
        ax.text(big_n[-1], 0.56, "the rest: divided by N", color=STUDENT.color, ha="right")
        ax.text(even * 1.07, 1.3, "N = 2d$_s$ + 1", color=BOUND.color)
        ax.set(xscale="log", xlabel="pseudo-labels N", ylabel="variance / teacher's")
        ax.set(xlim=(big_n[0], big_n[-1]), ylim=(0, 1.6))

    return Schematic(
        "divided",
        f"Exact, for $d_s={g.d_strong}$, $d_w={g.d_weak}$, $d_{{s\\wedge w}}={g.overlap:g}$: the "
        f"student passes its teacher at $N=2d_s+1={even}$, and ends at {inherited:.0%} of its "
        "variance.",
        "The student's variance relative to its teacher's falls as pseudo-labels are added. It "
        f"crosses the teacher's level at {even} pseudo-labels and levels off at the inherited "
        f"part, {inherited:.0%}.",
        panel,
    )


def stopped_early(width: int = 256) -> Schematic:
    """Return the picture of the second mechanism: the student's error along gradient flow.

    Parameters
    ----------
    width : int
        Random features of the teacher.

    Returns
    -------
    Schematic
        The path of an infinitely wide student, its best time marked.

    Examples
    --------
    >>> stopped_early().name
    'stopped'
    """
    teacher = deterministic_teacher(RELU_DIM, width)
    clock = 1.0 / float(relu_eigenvalues(RELU_DIM, 1)[1])
    times = np.geomspace(0.1, 1e8, 400)
    path = spectral_path(teacher, times * clock)
    best = best_stop(partial(spectral_path, teacher))
    error, time, low = float(teacher.error), float(best.time) / clock, float(best.loss)

    def panel(ax: Any) -> None:
        ax.axhline(error, **TEACHER.line)
        ax.plot(times, path, **STUDENT.line)
        ax.plot(time, low, **(STUDENT.dots | {"markersize": 8}))
        ax.text(times[-1], 1.25 * error, "teacher", color=TEACHER.color, ha="right")
        ax.text(time, low * 0.75, "stop here", ha="center", va="top")
        ax.set(xscale="log", yscale="log", xlabel="training time t$\\lambda_1$", ylabel="error")
        ax.set(xlim=(times[0], times[-1]), ylim=(0.4 * low, 1.5))

    return Schematic(
        "stopped",
        f"A wide student on the labels of a teacher with {width} random features in {RELU_DIM} "
        f"dimensions (deterministic equivalent). Stopped at $t\\lambda_1={time:.1f}$ it has "
        f"{low / error:.0%} of the teacher's error; run on, all of it.",
        "The student's error against training time, both logarithmic: it falls far below the "
        "teacher's level, reaches a marked lowest point, and climbs back to the teacher's level.",
        panel,
    )


def limit(widths: tuple[int, ...] = (8, 32, 128, 512, 2048)) -> Schematic:
    """Return the picture of the limit: the best students in the plane of both errors.

    Parameters
    ----------
    widths : tuple of int
        Random features of the teachers whose best students are shown.

    Returns
    -------
    Schematic
        The forbidden region, and the students above it.

    Examples
    --------
    >>> limit().name
    'limit'
    """
    teachers = [deterministic_teacher(RELU_DIM, width) for width in widths]
    x = np.array([float(one.error) for one in teachers])
    best = [best_stop(partial(spectral_path, one)) for one in teachers]
    y = np.array([float(one.loss) for one in best])
    loss = np.geomspace(0.5 * x.min(), 1.0, 200)
    least = lower_bound(loss)

    def panel(ax: Any) -> None:
        ax.plot(loss, loss, **TEACHER.line)
        ax.plot(loss, least, **BOUND.line)
        ax.fill_between(loss, 1e-9, least, **BOUND.band)
        ax.plot(x, y, **(STUDENT.dots | {"markersize": 6, "clip_on": False}))
        ax.text(x[-2], x[-2] * 2.2, "no gain", color=TEACHER.color, ha="right")
        ax.text(0.25, least[60], "no student", color=BOUND.color, ha="center")
        ax.set(xscale="log", yscale="log", xlabel="teacher's error", ylabel="student's error")
        ax.set(xlim=(loss[0], 1.0), ylim=(0.5 * least[0], 1.0))

    return Schematic(
        "limit",
        f"Best students of teachers with {widths[0]} to {widths[-1]} random features (dots). "
        f"The closest has {(y / lower_bound(x)).min():.1f} times the least error that is possible.",
        "Student's error against teacher's error, both logarithmic. Dots, the best students, lie "
        "below the dashed line of no gain and above the shaded region that no student can enter.",
        panel,
    )


def front() -> tuple[Schematic, ...]:
    """Return every picture of the first page, in order.

    Returns
    -------
    tuple of Schematic
        Teacher, student, surprise, the two mechanisms, the limit.

    Examples
    --------
    >>> len(front())
    6
    """
    return (*story(), divided_variance(), stopped_early(), limit())
