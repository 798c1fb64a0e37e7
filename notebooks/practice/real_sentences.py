# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   w2s:
#     measures: [movies]
# ---

# %% [markdown]
# (page-real-sentences)=
# # Real sentences: MiniLM learns from smaller networks
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (ours, for the theory of {cite:t}`dong2025`): on pretrained networks and {glue:text}`rows:,` rated
# sentences the exact risks predict all four models.
#
# **Holds?** Yes, to {glue:text}`worst:.0%` from $n =$ {glue:text}`near` on; the student beats its teacher, and
# fine-tuning too while labels are few.
#
# **Where not**: close to $n = d_s$ fine-tuning is worse than predicted; with GloVe as teacher fine-tuning wins
# from $n = 2000$ on. Numbers {glue:text}`origin`.
# :::
#
# :::{glue:figure} sentences-errors
# :name: fig-sentences-errors
#
# Test errors of MiniLM-L6 (student, SFT baseline, ceiling) and its teacher MiniLM-L3 on ratings of movie snippets.
# Lines: exact risks at the estimated geometry. Points: means over {glue:text}`trials` splits, with two standard
# errors. First: against labels, at $N =$ {glue:text}`many`. Second: against pseudo-labels, at $n =$ {glue:text}`few`. Numbers
# {glue:text}`origin`.
# :::
#
# ## Statement
#
# The paper's text experiment uses SST-2, which no package carries. This page runs the same kind of task on data that can
# be had: {glue:text}`rows:,` snippets of film reviews, each with the mean rating in $[-4, 4]$ of twenty people
# ({cite:t}`hutto2014`; shipped in the package vaderSentiment). The strong network is all-MiniLM-L6-v2, the teachers are
# paraphrase-MiniLM-L3-v2 and GloVe averaged over words; none of them has seen the ratings. Each network is frozen; a
# head is fitted by least squares on the principal components that carry {glue:text}`energy:.0%` of its variance.
#
# :::{prf:proposition} What is tested (derived here)
# :label: prop-real-sentences
# :nonumber:
#
# With $d_s, d_w, d_{s\wedge w}, \rho_s, a, b, c, \sigma^2$ estimated from all rows, the expected test errors of teacher,
# student, SFT baseline and ceiling are the {ref}`exact risks <page-digits>` for Gaussian features.
# :::
#
# ## Why it could be false
#
# Features of networks are not Gaussian, and ratings are not a linear function plus independent noise. What the
# exact risks use of the Gaussian law is that the part of the label that a model cannot express behaves as independent
# noise, and the mean of an inverse second moment. {ref}`Elliptical features <page-beyond-gaussian>` violate both.
#
# ## How to run it
#
# `make real` fetches the packages (about 360 MB), builds the networks, encodes the data, and runs this page and {ref}`its sister on pictures <page-real-pictures>`. Without the features the book
# shows the numbers of the accepted run and says so; prediction, figures and claims are computed anew from them.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
features = ""  # the folder that `make real` fills; empty: the numbers of the accepted run
trials = 20  # random splits
energy = 0.99  # share of the variance that the kept principal components carry
noise = 4.0  # variance of the injected label noise, where there is any
resolution = 0.1  # largest relative standard error of a comparison

# %%
import numpy as np
from myst_nb import glue

from w2s.page.claims import beyond, derived, exact, inequality, interval
from w2s.page.comparison import compared, joined
from w2s.page.figures import CEILING, STUDENT, WEAK, figure, ticks
from w2s.page.measured import measured
from w2s.practice.data.feature_files import load_features
from w2s.practice.report.learning_curves import LOOKS, learning_curves
from w2s.practice.training.nested_splits import Cell
from w2s.practice.training.real_controls import controls, overlap_by_coordinates
from w2s.practice.training.real_pair import RealPair, principal

TEACHERS = {"l3": "minilm-l3", "glove": "glove-50d"}
LABELS, PSEUDO = [500, 700, 1000, 2000], [1000, 2000, 4000, 7500]
MANY, FEW = max(PSEUDO), 1000
CELLS = [Cell(n, MANY) for n in LABELS if n != FEW] + [Cell(FEW, N) for N in PSEUDO]
CELLS.append(Cell(FEW, MANY, noise))

# %% [markdown]
# ## Measurement
#
# Every split deals the rows to teacher, student and test. Within a split the samples of all sizes are nested.


# %%
def measure(folder):
    """Everything that needs the features, as arrays."""
    tables = {}
    for name, network in TEACHERS.items():
        data = load_features(f"{folder}/movies", network, "minilm-l6")
        rng = np.random.default_rng(seed)  # the same splits for both teachers
        pair = RealPair.measure(data, CELLS, trials=trials, rng=rng, energy=energy)
        tables |= pair.tables(name)
        if name == "l3":
            tables["coordinates"] = overlap_by_coordinates(data, pair, rng)
            white = principal(data, energy)
            tables |= controls(*white, data.labels, Cell(FEW, MANY), trials=trials, rng=rng)
    return tables


# %%
table = measured("real_sentences", measure, features)
pairs = {name: RealPair.read(table, name) for name in TEACHERS}
l3, glove = pairs["l3"], pairs["glove"]

# %% tags=["hide-input", "remove-output"]
for name, pair in pairs.items():
    rows, d_strong, d_weak = pair.sizes
    overlap, *misfits = pair.constants
    glue(f"{name}_d_weak", int(d_weak), display=False)
    glue(f"{name}_overlap", float(overlap), display=False)
    glue(f"{name}_share", float(overlap / d_weak), display=False)
    for constant, value in zip(("rho_s", "a", "b", "c", "noise"), misfits, strict=True):
        glue(f"{name}_{constant}", float(value), display=False)
glue("rows", int(rows), display=False)
glue("d_strong", int(d_strong), display=False)
glue("variance", float(table["variance"]), display=False)
glue("origin", table.origin, display=False)
for name, number in {
    "trials": trials,
    "energy": energy,
    "noise": noise,
    "many": MANY,
    "few": FEW,
}.items():
    glue(name, number, display=False)

# %% [markdown]
# | estimated from all rows | symbol | MiniLM-L3 | GloVe |
# |---|---|---|---|
# | dimension of the teacher | $d_w$ | {glue:text}`l3_d_weak` | {glue:text}`glove_d_weak` |
# | overlap with the student, $d_s =$ {glue:text}`d_strong` | $d_{s\wedge w}$ | {glue:text}`l3_overlap:.1f` | {glue:text}`glove_overlap:.1f` |
# | its share of the teacher | $d_{s\wedge w}/d_w$ | {glue:text}`l3_share:.0%` | {glue:text}`glove_share:.0%` |
# | missed by both, counts as noise | $\sigma^2$ | {glue:text}`l3_noise:.2f` | {glue:text}`glove_noise:.2f` |
# | missed by the teacher, and inherited | $a$ | {glue:text}`l3_a:.2f` | {glue:text}`glove_a:.2f` |
# | missed besides by the student | $\rho_s$ | {glue:text}`l3_rho_s:.2f` | {glue:text}`glove_rho_s:.2f` |
# | signal that the student cannot express | $c$ | {glue:text}`l3_c:.2f` | {glue:text}`glove_c:.2f` |
#
# The ratings vary by {glue:text}`variance:.2f`. About half of that is in neither network's reach and acts as noise.


# %% tags=["remove-output"]
errors = {name: pair.beside_theory() for name, pair in pairs.items()}
marks = [2, 2.5, 3, 4, 5, 6]


def curves(name, along, at):
    return learning_curves(pairs[name], errors[name], along, at, marks, "sentences")


figure(
    "sentences-errors",
    curves("l3", "n", MANY),
    curves("l3", "N", FEW),
    alt=[
        "Test errors against the number of labels, log-log: teacher and fine-tuning fall from five "
        "and six to two and a half, the student stays below both, the ceiling is flat at two.",
        "Test errors against the number of pseudo-labels: the student starts at its teacher's error "
        "and falls below it, the ceiling falls slowly, teacher and fine-tuning are flat.",
    ],
)
figure(
    "sentences-glove",
    curves("glove", "n", MANY),
    curves("glove", "N", FEW),
    alt=[
        "The same with GloVe as teacher: the student is a little below its teacher, and fine-tuning "
        "crosses both between one and two thousand labels.",
        "The student starts above its teacher GloVe at a thousand pseudo-labels, meets it at two "
        "thousand and ends a little below.",
    ],
)

# %% [markdown]
# :::{glue:figure} sentences-glove
# :name: fig-sentences-glove
#
# The same student with GloVe as teacher. The teacher needs few labels, but it misses much of the label that the
# student inherits ($a$ in the table); so the student gains little, and fine-tuning wins once there are labels enough.
# Numbers {glue:text}`origin`.
# :::


# %%
main_cell = l3.at(FEW, MANY)
ratios = {
    name: [(pair.pgr(pair.at(n, MANY)), pair.opr(pair.at(n, MANY))) for n in LABELS]
    for name, pair in pairs.items()
}
noisy = l3.pgr(l3.at(FEW, MANY, noise)), l3.opr(l3.at(FEW, MANY, noise))
clean = l3.pgr(main_cell), l3.opr(main_cell)


# %% tags=["remove-output"]
def recovered(which, words):
    def draw(ax):
        for name, role, label in (("l3", STUDENT, "MiniLM-L3"), ("glove", WEAK, "GloVe")):
            found = [pair[which] for pair in ratios[name]]
            low, high = (np.array([getattr(one, end) for one in found]) for end in ("low", "high"))
            values = np.array([one.value for one in found])
            ax.errorbar(LABELS, values, [values - low, high - values], **role.dots, label=label)
        ax.axhline(which, **CEILING.line)
        ax.set(xscale="log", xlabel="labelled sentences n", ylabel=words)
        ax.minorticks_off()
        ticks(ax, x=LABELS)
        ax.legend()

    return draw


figure(
    "sentences-gain",
    recovered(0, "PGR"),
    recovered(1, "OPR of test errors"),
    alt=[
        "Performance gap recovered against labels for both teachers: MiniLM-L3 above, falling from "
        "0.67 to 0.44, GloVe from 0.23 to 0.09.",
        "Outperforming ratio against labels: both fall from about two to one, GloVe's below one at "
        "two thousand labels.",
    ],
)
worst = np.abs(errors["l3"].measured.mean / errors["l3"].predicted - 1)[l3.cells[:, 0] >= 700]
at_edge = errors["l3"].measured.mean / errors["l3"].predicted - 1
glue("worst", float(worst.max()), display=False)
glue("near", 700, display=False)
glue("least_excess", float(at_edge[:, 1].min()), display=False)
glue("most_excess", float(at_edge[:, 1].max()), display=False)
glue("edge", float(at_edge[l3.at(500, MANY), 2]), display=False)
for name, (found_pgr, found_opr) in {"clean": clean, "noisy": noisy}.items():
    glue(f"{name}_pgr", found_pgr.value, display=False)
    glue(f"{name}_opr", found_opr.value, display=False)

# %% [markdown]
# ::::{admonition} What is recovered of the gap, for both teachers
# :class: dropdown
#
# :::{glue:figure} sentences-gain
# :name: fig-sentences-gain
#
# First: the performance gap recovered. Second: the outperforming ratio; below one, fine-tuning on the same labels is
# better. Bars: 95% intervals over splits. Numbers {glue:text}`origin`.
# :::
# ::::
#
# ## Claims

# %%
derived(
    "discrepancy.real_sentences.errors",
    "The test errors of all four models, at every n and N and for both teachers, are the exact risks "
    "at the estimated geometry, within 5% and their standard errors.",
    joined(errors.values(), teacher=np.reshape([*TEACHERS.values()], (2, 1, 1)),
           n=l3.cells[:, :1], N=l3.cells[:, 1:2], model=[*LOOKS]).agrees(resolution, allowance=0.05),
    main=True,
)  # fmt: skip
beyond(
    "discrepancy.real_sentences.wins",
    f"Taught by MiniLM-L3 with n = {FEW} and N = {MANY}, MiniLM-L6 beats its teacher, and beats "
    "fine-tuning on the same labels.",
    compared(
        0.0, np.transpose([l3.lead(main_cell, "student", loser) for loser in ("teacher", "sft")]),
        loser=["teacher", "SFT baseline"],
    ).above(),
    main=True,
)  # fmt: skip
beyond(
    "discrepancy.real_sentences.loses",
    f"Taught by GloVe, the student loses to its teacher at N = {PSEUDO[0]}, and to fine-tuning at "
    f"n = {LABELS[-1]}.",
    compared(
        0.0,
        np.transpose([
            glove.lead(glove.at(FEW, PSEUDO[0]), "teacher", "student"),
            glove.lead(glove.at(LABELS[-1], MANY), "sft", "student"),
        ]),
        winner=["teacher", "SFT baseline"],
    ).above(),
    main=True,
)  # fmt: skip


# %%
gained = [pair.gained([pair.at(FEW, N) for N in PSEUDO]) for pair in pairs.values()]
beyond(
    "discrepancy.real_sentences.more_pseudo_labels",
    "With either teacher the student's error falls with every step of N, although the labels stay "
    "the same.",
    compared(
        0.0,
        np.moveaxis(gained, -1, 0),
        teacher=[[one] for one in TEACHERS.values()],
        N=PSEUDO[1:],
    ).above(),
)
beyond(
    "discrepancy.real_sentences.noise",
    f"Label noise of variance {noise:g} raises the PGR and the OPR of the student of MiniLM-L3.",
    inequality(
        [one.value for one in clean], [one.value for one in noisy],
        standard_error=[
            np.hypot(a.standard_error, b.standard_error) for a, b in zip(clean, noisy, strict=True)
        ],
        at={"ratio": ["PGR", "OPR"]},
    ),
)  # fmt: skip
beyond(
    "discrepancy.real_sentences.share",
    "MiniLM-L3 shares a smaller part of its space with the student than GloVe, and its student "
    "recovers more of the gap at every n.",
    inequality(
        [glove.pgr(glove.at(n, MANY)).value for n in LABELS],
        [l3.pgr(l3.at(n, MANY)).value for n in LABELS],
        standard_error=[
            np.hypot(a.standard_error, b.standard_error)
            for (a, _), (b, _) in zip(ratios["l3"], ratios["glove"], strict=True)
        ],
        at={"n": LABELS},
    ),
)  # fmt: skip

# %%
in_coordinates, null_mean, null_variance = table["coordinates"]
glue("in_coordinates", float(in_coordinates), display=False)
glue("null_mean", float(null_mean), display=False)
beyond(
    "discrepancy.real_sentences.coordinates",
    "In feature coordinates the overlap of the two MiniLMs is that of unrelated spaces, within 3%.",
    interval(in_coordinates / null_mean, np.sqrt(null_variance) / null_mean, low=0.97, high=1.03),
)
beyond(
    "discrepancy.real_sentences.functions",
    "In function values it is not: beyond chance they share more than a fifth and less than a third "
    "of the teacher's space.",
    interval(l3.constants[0] / l3.sizes[2], l3.errors[0] / l3.sizes[2], low=1 / 5, high=1 / 3),
)
chance = float(table["variance"])
beyond(
    "discrepancy.real_sentences.controls",
    "The student is at chance where its pseudo-labels are dealt at random, where its teacher is "
    "blind, and where the labels are shuffled: its error is at least the variance of the ratings.",
    compared(
        chance,
        np.transpose([table[name][1] for name in ("dealt", "blind", "nothing")]),
        control=["dealt", "blind", "shuffled"],
    ).above(),
)
derived(
    "discrepancy.real_sentences.twin",
    "A student with the features of its teacher gains nothing: it is its teacher, to rounding.",
    exact(*table["twin"][:2], tolerance=1e-5),
)

# %% [markdown]
# ## What to notice
#
# * **Eight numbers predict four models** ({numref}`fig-sentences-errors`). The student's errors lie
#   {glue:text}`least_excess:.1%` to {glue:text}`most_excess:.1%` above the line: the price of features that are not Gaussian. Fine-tuning at $n = 500$, close to
#   $d_s =$ {glue:text}`d_strong`, is {glue:text}`edge:.0%` worse than predicted, where the inverse of a sample's second
#   moment feels heavy tails most.
# * **Why the student wins.** MiniLM-L3 shares {glue:text}`l3_share:.0%` of its space with the student; the variance in the
#   rest is divided by about $N/d_s$. Noise in the labels is variance, too: with variance {glue:text}`noise:g` added the
#   PGR rises from {glue:text}`clean_pgr:.2f` to {glue:text}`noisy_pgr:.2f`, the OPR from
#   {glue:text}`clean_opr:.2f` to {glue:text}`noisy_opr:.2f`.
# * **A small overlap is no virtue by itself.** GloVe's overlap with the student is {glue:text}`glove_overlap:.0f`
#   dimensions, that of MiniLM-L3 {glue:text}`l3_overlap:.0f`; but it is the larger *share* of the teacher, and GloVe's
#   misfit is inherited ($a =$ {glue:text}`glove_a:.2f` against {glue:text}`l3_a:.2f`). No pseudo-label mends that.
# * **Feature coordinates say almost nothing**: {glue:text}`in_coordinates:.1f`, where unrelated spaces of these
#   dimensions, without the constant, share {glue:text}`null_mean:.1f`. Both networks have width 384, so nothing is sketched, and the value is
#   near {ref}`the null <page-estimating-dimensions>` but not equal to it.
#
# ## Honest limits
#
# Least squares on frozen features is not how people fine-tune a language model. The sentences are of one kind, the
# teachers two. The geometry is estimated from all rows, test rows included, as a diagnosis would. All splits share the
# same sentences; the standard errors count that (`TestErrors.estimate`). SST-2 itself stays
# {ref}`a protocol for readers with files <page-vision-and-text>`.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In {numref}`fig-sentences-errors`, from which $n$ on would you rather label sentences than distil? Read it off, then
# find the crossing of the two exact curves.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The lines of student and SFT baseline cross at $n \approx$ {glue:text}`crossing`.
# ::::
#
# ::::{admonition} Exercise 2. Endless pseudo-labels
# :class: w2s-exercise
#
# What would the student's error be at $N = \infty$? Which term of the exact risk remains?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# $\kappa_N \to 0$ leaves $\sigma^2 + \rho_s + a + \tau^2 d_{s\wedge w}$, here {glue:text}`endless:.2f`: what the student cannot
# express, what it inherits, and the teacher's variance in the shared directions.
# ::::

# %% tags=["hide-input", "remove-output"]
line = np.arange(500, 20001)
theory = l3.expected(line, MANY)
glue("crossing", int(line[np.argmax(theory.sft < theory.student)]), display=False)
glue("endless", float(l3.expected(FEW, 1e9).student), display=False)
