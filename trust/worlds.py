"""Worlds whose truth is known, because rows can be drawn from them without end.

A world draws any number of independent rows of (weak features, strong features, label); what
training on such rows gives is its truth. Where the file of a user is not made of such rows (they
are shuffled, copied, leaked), the world says how that file comes about. A world is listed by the
decorator `world`, under the name of its function; its fixed maps are drawn once from its own seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Rows(NamedTuple):
    """Features of two models and the label, row by row."""

    weak: Array
    strong: Array
    labels: Array


Draw = Callable[[np.random.Generator, int], Rows]


@dataclass(frozen=True)
class World:
    """Where rows come from, and the question that a user asks there.

    `draw` gives independent rows, `file` the rows that the user has, and `fresh` with the same
    generator those that came after the features were made; `stopped` says that no confident
    verdict is right, except those that `allowed` names.
    """

    name: str
    about: str
    n: int
    big_n: int
    rows: int
    draw: Draw
    file: Draw
    stopped: bool
    allowed: tuple[str, ...]
    fresh: Draw | None = None


WORLDS: dict[str, World] = {}


def world(
    n: int, big_n: int, rows: int, *, of: str = "", stopped: bool = False, allowed: str = "",
    fresh: Draw | None = None,
) -> Callable[[Draw], Draw]:  # fmt: skip
    """List a function of a generator and a number of rows as a world.

    With `of`, the function draws the user's file only, and independent rows are those of that
    other world.
    """

    def listed(function: Draw) -> Draw:
        name = function.__name__.replace("_", "-")
        about = (function.__doc__ or "").strip()
        draw = WORLDS[of].draw if of else function
        known = (allowed,) if allowed else ()
        WORLDS[name] = World(name, about, n, big_n, rows, draw, function, stopped, known, fresh)
        return function

    return listed


@cache
def fixed(seed: int, rows: int, columns: int = 1) -> Array:
    """Return a matrix of standard normal numbers over the root of its rows, always the same."""
    return np.asarray(np.random.default_rng(seed).standard_normal((rows, columns)) / np.sqrt(rows))


def seen(latent: Array, seed: int, weak: slice, strong: slice, widths: tuple[int, int]) -> Rows:
    """Mix parts of a latent into weak and strong columns of these widths; the label is still 0."""
    parts = latent[:, weak], latent[:, strong]
    mixed = [
        part @ fixed(seed + k, part.shape[1], width)
        for k, (part, width) in enumerate(zip(parts, widths, strict=True))
    ]
    return Rows(mixed[0], mixed[1], np.zeros(len(latent)))


def told(rows: Rows, signal: Array, noise: Array) -> Rows:
    """Give rows the label signal + noise."""
    return rows._replace(labels=signal + noise)


def gaussian(rng: np.random.Generator, rows: int, width: int) -> Array:
    return rng.standard_normal((rows, width))


def power(width: int, exponent: float) -> Array:
    """Scales whose squares fall as a power."""
    return np.arange(1.0, width + 1) ** (-exponent / 2)


# Gaussian rows: who is better, and with how many.


@world(120, 600, 3000)
def student_better(rng: np.random.Generator, rows: int) -> Rows:
    """Half of the weak directions are no strong ones, and say nothing of the label."""
    z = gaussian(rng, rows, 90)
    found = Rows(z[:, :60], z[:, 30:], np.zeros(rows))
    return told(found, z[:, 30:60] @ fixed(1, 30)[:, 0], 0.7 * rng.standard_normal(rows))


@world(60, 1500, 4000)
def student_best(rng: np.random.Generator, rows: int) -> Rows:
    """A narrow teacher, and a strong model too wide to be fine-tuned on so few labels."""
    z = gaussian(rng, rows, 110)
    found = Rows(z[:, :24], z[:, 10:], np.zeros(rows))
    return told(found, z[:, 10:20] @ fixed(2, 10)[:, 0], 0.8 * rng.standard_normal(rows))


@world(200, 900, 4000)
def student_worse(rng: np.random.Generator, rows: int) -> Rows:
    """The strong model does not see a third of what the weak one knows of the label."""
    z = gaussian(rng, rows, 70)
    found = Rows(z[:, :40], z[:, 12:], np.zeros(rows))
    return told(found, z[:, :40] @ fixed(3, 40)[:, 0], 0.5 * rng.standard_normal(rows))


@world(150, 2500, 5000)
def student_equal(rng: np.random.Generator, rows: int) -> Rows:
    """The strong model sees almost every weak direction, through a little noise."""
    z = gaussian(rng, rows, 60)
    strong = np.column_stack([z[:, :30] + 0.05 * gaussian(rng, rows, 30), z[:, 30:]])
    found = Rows(z[:, :30], strong, np.zeros(rows))
    return told(found, z[:, :30] @ fixed(4, 30)[:, 0], 0.7 * rng.standard_normal(rows))


@world(150, 700, 3000)
def random_maps(rng: np.random.Generator, rows: int) -> Rows:
    """Both models mix a latent of falling spectrum at random."""
    z = gaussian(rng, rows, 140) * power(140, 1.0)
    found = seen(z, 50, slice(140), slice(140), (90, 60))
    return told(found, 2 * z @ fixed(5, 140)[:, 0] * 3, 0.6 * rng.standard_normal(rows))


@world(40, 800, 3000)
def fewer_labels_than_columns(rng: np.random.Generator, rows: int) -> Rows:
    """Both models have more columns than there are labels."""
    z = gaussian(rng, rows, 140) * power(140, 1.2)
    found = seen(z, 60, slice(120), slice(140), (80, 100))
    return told(found, z @ fixed(6, 140)[:, 0] * 6, 0.5 * rng.standard_normal(rows))


@world(70, 1200, 4000)
def between_the_widths(rng: np.random.Generator, rows: int) -> Rows:
    """More labels than weak columns, fewer than strong ones."""
    z = gaussian(rng, rows, 130)
    found = Rows(z[:, :40], z[:, 10:], np.zeros(rows))
    return told(found, z[:, 5:45] @ fixed(7, 40)[:, 0], 0.6 * rng.standard_normal(rows))


@world(51, 600, 3000)
def at_the_edge(rng: np.random.Generator, rows: int) -> Rows:
    """As many labels as weak columns, where least squares is at its worst."""
    z = gaussian(rng, rows, 80)
    found = Rows(z[:, :50], z[:, 20:], np.zeros(rows))
    return told(found, z[:, 15:55] @ fixed(8, 40)[:, 0], 0.5 * rng.standard_normal(rows))


@world(300, 70, 2500)
def few_inputs(rng: np.random.Generator, rows: int) -> Rows:
    """Fewer unlabelled inputs than strong columns."""
    z = gaussian(rng, rows, 120) * power(120, 0.8)
    found = seen(z, 90, slice(60), slice(120), (50, 100))
    return told(found, z @ fixed(9, 120)[:, 0] * 4, 0.7 * rng.standard_normal(rows))


@world(200, 600, 3000)
def common_blind_spot(rng: np.random.Generator, rows: int) -> Rows:
    """Both models miss the same part of the label, and each a part of its own."""
    z = gaussian(rng, rows, 100)
    found = Rows(z[:, 10:60], z[:, 20:90], np.zeros(rows))
    return told(found, z @ fixed(10, 100)[:, 0], 0.3 * rng.standard_normal(rows))


@world(160, 600, 3000)
def without_noise(rng: np.random.Generator, rows: int) -> Rows:
    """The label is a linear function of the latent; each model sees a part of it."""
    z = gaussian(rng, rows, 80) * power(80, 0.7)
    found = seen(z, 110, slice(65), slice(15, 80), (60, 50))
    return told(found, 3 * z @ fixed(11, 80)[:, 0], np.zeros(rows))


# Spectra and scales.


@world(150, 900, 4000)
def signal_in_the_head(rng: np.random.Generator, rows: int) -> Rows:
    """Power-law spectra; the label is a function of the largest directions."""
    z = gaussian(rng, rows, 120) * power(120, 2.0)
    strong = z @ np.linalg.qr(fixed(120, 120, 120))[0]
    weak = (z[:, :100] + 0.05 * gaussian(rng, rows, 100)) @ np.linalg.qr(fixed(121, 100, 100))[0]
    signal = (z[:, :8] / power(8, 2.0)) @ fixed(12, 8)[:, 0]
    return told(Rows(weak, strong, signal), signal, 0.6 * rng.standard_normal(rows))


@world(250, 900, 4000)
def signal_in_the_tail(rng: np.random.Generator, rows: int) -> Rows:
    """Power-law spectra; the label is a function of directions of hardly any variance."""
    z = gaussian(rng, rows, 100) * power(100, 1.5)
    weak = z[:, :80] @ np.linalg.qr(fixed(131, 80, 80))[0]
    strong = z[:, 20:] @ np.linalg.qr(fixed(130, 80, 80))[0]
    signal = (z[:, 40:80] / power(100, 1.5)[40:80]) @ fixed(13, 40)[:, 0]
    return told(Rows(weak, strong, signal), signal, 0.5 * rng.standard_normal(rows))


@world(150, 700, 3000)
def a_column_that_dominates(rng: np.random.Generator, rows: int) -> Rows:
    """One strong column in units a hundred times smaller than the others'."""
    found = student_better(rng, rows)
    strong = found.strong.copy()
    strong[:, 40] *= 100
    return found._replace(strong=strong)


@world(150, 700, 3000)
def columns_of_all_scales(rng: np.random.Generator, rows: int) -> Rows:
    """Columns in units over three decades, in an order that says nothing."""
    found = common_blind_spot(rng, rows)
    scales = [10 ** (3 * np.random.default_rng(14).permutation(w) / w) for w in (50, 70)]
    return found._replace(weak=found.weak * scales[0], strong=found.strong * scales[1])


@world(120, 600, 3000)
def far_from_zero(rng: np.random.Generator, rows: int) -> Rows:
    """Columns and label with means far larger than their spread."""
    weak, strong, labels = student_better(rng, rows)
    return Rows(weak + 40 + 10 * fixed(15, 1, 60), strong - 300, labels + 1000)


@world(100, 500, 3000)
def columns_nearly_repeated(rng: np.random.Generator, rows: int) -> Rows:
    """Every strong column comes twice, up to one part in a thousand, and so does every weak one."""
    z = gaussian(rng, rows, 60)
    weak, strong = z[:, :40], z[:, 20:]
    weak = np.column_stack([weak, weak + 1e-3 * gaussian(rng, rows, 40)])
    strong = np.column_stack([strong, strong + 1e-3 * gaussian(rng, rows, 40)])
    signal = z[:, 20:40] @ fixed(16, 20)[:, 0]
    return told(Rows(weak, strong, signal), signal, 0.6 * rng.standard_normal(rows))


# Labels that are no linear function with even noise.


@world(150, 700, 4000)
def nonlinear_label(rng: np.random.Generator, rows: int) -> Rows:
    """Half of the label's variance comes from squares and products of the features."""
    z = gaussian(rng, rows, 80)
    found = Rows(z[:, :50], z[:, 20:], np.zeros(rows))
    curved = z[:, 20:30] ** 2 @ fixed(170, 10)[:, 0] / 1.5 + z[:, 5] * z[:, 45] / 2
    return told(found, z[:, 15:50] @ fixed(17, 35)[:, 0] + curved, 0.3 * rng.standard_normal(rows))


@world(150, 700, 5000)
def uneven_noise(rng: np.random.Generator, rows: int) -> Rows:
    """The noise is largest where some features are."""
    z = gaussian(rng, rows, 80)
    found = Rows(z[:, :50], z[:, 20:], np.zeros(rows))
    level = 0.4 * np.exp(0.6 * z[:, 25]) + 0.3 * np.abs(z[:, 60])
    return told(found, z[:, 15:50] @ fixed(18, 35)[:, 0], level * rng.standard_normal(rows))


@world(200, 700, 6000)
def labels_far_out(rng: np.random.Generator, rows: int) -> Rows:
    """One label in fifty is off by four times the others' spread."""
    found = student_better(rng, rows)
    wild = (rng.random(rows) < 0.02) * 4.0 * rng.standard_normal(rows)
    return found._replace(labels=found.labels + wild)


@world(150, 700, 4000)
def skewed_labels(rng: np.random.Generator, rows: int) -> Rows:
    """The label is the exponential of a linear function: most are small, a few are large."""
    found = student_better(rng, rows)
    return found._replace(labels=np.exp(0.5 * found.labels))


@world(150, 800, 4000)
def two_classes(rng: np.random.Generator, rows: int) -> Rows:
    """Labels 1 and -1 of two normal clouds, as often."""
    classes = np.where(rng.random(rows) < 0.5, 1.0, -1.0)
    z = gaussian(rng, rows, 90) + classes[:, None] * 1.5 * fixed(21, 90).T
    return Rows(z[:, :60], z[:, 30:], classes)


@world(200, 800, 5000)
def a_rare_class(rng: np.random.Generator, rows: int) -> Rows:
    """Label 1 for the tenth of the rows whose score is highest, else 0."""
    found = student_better(rng, rows)
    return found._replace(labels=(found.labels > 1.5).astype(float))


@world(150, 700, 5000)
def hardly_any_signal(rng: np.random.Generator, rows: int) -> Rows:
    """The features explain a twentieth of the label at best."""
    found = student_better(rng, rows)
    return found._replace(labels=found.labels + 4.0 * rng.standard_normal(rows))


# Rows that are not Gaussian.


@world(150, 700, 5000)
def rows_of_different_size(rng: np.random.Generator, rows: int) -> Rows:
    """Elliptical features: one random scale for the whole row, of Student's t with 6 degrees."""
    z = gaussian(rng, rows, 80) * np.sqrt(4 / rng.chisquare(6, (rows, 1)))
    found = Rows(z[:, :50], z[:, 20:], np.zeros(rows))
    return told(found, z[:, 15:50] @ fixed(22, 35)[:, 0], 0.6 * rng.standard_normal(rows))


@world(150, 700, 4000)
def columns_with_heavy_tails(rng: np.random.Generator, rows: int) -> Rows:
    """Independent columns, each of Student's t with 5 degrees."""
    z = rng.standard_t(5, (rows, 80)) * np.sqrt(3 / 5)
    found = Rows(z[:, :50], z[:, 20:], np.zeros(rows))
    return told(found, z[:, 15:50] @ fixed(23, 35)[:, 0], 0.6 * rng.standard_normal(rows))


@world(150, 900, 5000)
def rectified_features(rng: np.random.Generator, rows: int) -> Rows:
    """Random ReLU features of the same inputs, fewer of them in the weak model."""
    z = gaussian(rng, rows, 30)
    weak = np.maximum(z[:, :25] @ fixed(240, 25, 60) - 0.3, 0)
    strong = np.maximum(z @ fixed(241, 30, 120) * np.sqrt(2), 0)
    signal = z @ fixed(24, 30)[:, 0] + np.tanh(2 * z[:, 3] * z[:, 7])
    return told(Rows(weak, strong, signal), signal, 0.4 * rng.standard_normal(rows))


@world(60, 600, 3000)
def wide_rectified_features(rng: np.random.Generator, rows: int) -> Rows:
    """Random ReLU features, more of them than labels in both models."""
    z = gaussian(rng, rows, 20)
    weak = np.maximum(z[:, :16] @ fixed(250, 16, 90), 0)
    strong = np.maximum(z @ fixed(251, 20, 110), 0)
    signal = np.sin(1.5 * z[:, 0]) + z[:, 1] * z[:, 17] / 2 + z @ fixed(25, 20)[:, 0]
    return told(Rows(weak, strong, signal), signal, 0.4 * rng.standard_normal(rows))


@world(120, 700, 4000)
def clusters(rng: np.random.Generator, rows: int) -> Rows:
    """Twelve clouds of unequal size; the label is mostly that of the cloud."""
    sizes = np.arange(1, 13) / 78
    cloud = rng.choice(12, rows, p=sizes)
    z = 2.5 * np.sqrt(12) * fixed(260, 12, 90)[cloud] + gaussian(rng, rows, 90)
    found = Rows(z[:, :55], z[:, 25:], np.zeros(rows))
    signal = np.sqrt(12) * fixed(261, 12)[cloud, 0] + z[:, 25:55] @ fixed(26, 30)[:, 0] / 2
    return told(found, signal, 0.5 * rng.standard_normal(rows))


@world(150, 900, 4000)
def counts_of_words(rng: np.random.Generator, rows: int) -> Rows:
    """Sparse counts: Poisson numbers of few frequent and many rare words."""
    rate = 3.0 / np.arange(1.0, 91)
    topic = rng.gamma(4.0, 0.25, (rows, 3))
    mixing = np.abs(fixed(270, 3, 90)) * np.sqrt(3)
    words = rng.poisson(rate * (topic @ mixing)).astype(float)
    found = Rows(words[:, :60], words[:, 15:], np.zeros(rows))
    signal = topic @ np.array([1.0, -1.0, 0.5]) + words[:, 30:50] @ fixed(27, 20)[:, 0]
    return told(found, signal, 0.5 * rng.standard_normal(rows))


@world(120, 600, 4500, of="student-better")
def rows_nearly_repeated(rng: np.random.Generator, rows: int) -> Rows:
    """Every third row of the file is the one before up to a part in a thousand, with its label."""
    found = student_better(rng, rows)
    last, first = np.arange(2, rows, 3), np.arange(1, rows - 1, 3)
    for features in found[:2]:
        features[last] = features[first] + 1e-3 * gaussian(rng, len(last), features.shape[1])
    found.labels[last] = found.labels[first]
    return found


@world(120, 600, 6000, of="student-better")
def rows_repeated(rng: np.random.Generator, rows: int) -> Rows:
    """Every row of the file comes twice, in an order that says nothing."""
    found = student_better(rng, rows // 2)
    order = rng.permutation(np.repeat(np.arange(rows // 2), 2))
    return Rows(*(part[order] for part in found))


@world(100, 500, 4000, of="student-better")
def labels_often_missing(rng: np.random.Generator, rows: int) -> Rows:
    """Every second row of the file, as chance has it, has no label."""
    found = student_better(rng, rows)
    found.labels[rng.random(rows) < 0.5] = np.nan
    return found


@world(90, 400, 1500, of="random-maps")
def few_rows(rng: np.random.Generator, rows: int) -> Rows:
    """A file of ten rows for each column."""
    return random_maps(rng, rows)


# What no confident verdict is right about.


@world(120, 600, 3000, of="student-better", stopped=True)
def a_column_that_is_the_label(rng: np.random.Generator, rows: int) -> Rows:
    """One strong column of the file is the label in other units."""
    found = student_better(rng, rows)
    return found._replace(strong=np.column_stack([found.strong, 3 * found.labels - 1]))


@world(120, 600, 3000, of="student-better", stopped=True)
def a_column_that_knows_the_label(rng: np.random.Generator, rows: int) -> Rows:
    """One weak column of the file is the label, up to a hundredth of its spread."""
    found = student_better(rng, rows)
    leak = found.labels + 0.01 * rng.standard_normal(rows)
    return found._replace(weak=np.column_stack([found.weak, leak]))


def fitted(rng: np.random.Generator, rows: int) -> tuple[Rows, Rows]:
    """Add eight strong columns that were trained on these labels; the second rows came later."""
    found = student_better(rng, rows + rows // 4)
    inputs = np.tanh(2 * found.strong @ fixed(330, 60, rows // 2) * np.sqrt(60 / 4))
    trained = []
    for _ in range(8):
        some = rng.choice(rows, rows // 2, replace=False)
        gram = inputs[some] @ inputs[some].T + rows / 100 * np.eye(len(some))
        trained.append(inputs @ (inputs[some].T @ np.linalg.solve(gram, found.labels[some])))
    found = found._replace(strong=np.column_stack([found.strong, *trained]))
    return Rows(*(part[:rows] for part in found)), Rows(*(part[rows:] for part in found))


@world(
    120, 600, 3000, of="student-better", stopped=True, fresh=lambda rng, rows: fitted(rng, rows)[1]
)
def features_fitted_on_the_labels(rng: np.random.Generator, rows: int) -> Rows:
    """Strong columns remember the labels of the file; the user has fresh rows to show it."""
    return fitted(rng, rows)[0]


@world(120, 600, 3000, of="student-better", stopped=True)
def shuffled_rows(rng: np.random.Generator, rows: int) -> Rows:
    """The rows of the strong file are in another order."""
    found = student_better(rng, rows)
    return found._replace(strong=rng.permutation(found.strong))


@world(120, 600, 3000, stopped=True, allowed="neither beats a constant")
def labels_of_noise(rng: np.random.Generator, rows: int) -> Rows:
    """The labels have nothing to do with the features."""
    return student_better(rng, rows)._replace(labels=rng.standard_normal(rows))


@world(120, 600, 3000, of="student-better", stopped=True, allowed="neither beats a constant")
def shuffled_labels(rng: np.random.Generator, rows: int) -> Rows:
    """The labels are in another order than the features."""
    found = student_better(rng, rows)
    return found._replace(labels=rng.permutation(found.labels))


@world(120, 600, 4000, of="student-better", stopped=True)
def unlabelled_rows_from_elsewhere(rng: np.random.Generator, rows: int) -> Rows:
    """Half of the rows have no label, and other means and spreads than those with one."""
    found = student_better(rng, rows)
    half = rows // 2
    for features in found[:2]:
        features[:half] = features[:half] * np.linspace(0.4, 2.5, features.shape[1]) + 0.7
    found.labels[:half] = np.nan
    return found


@world(120, 600, 3000, of="student-better", stopped=True)
def one_file_for_both(rng: np.random.Generator, rows: int) -> Rows:
    """The weak features are given as the strong ones too."""
    found = student_better(rng, rows)
    return found._replace(strong=found.weak.copy())
