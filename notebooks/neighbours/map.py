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
#     smoke: {trials: 500}
# ---

# %% [markdown]
# (page-map)=
# # A map of the neighbours
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here): the students of {cite:t}`dong2025` and {cite:t}`medvedev2025`, and of their
# neighbours in linear models, err in two ways only. They forget some of the target, and they keep some of
# their teacher's error. The theories differ in what they let the student forget.
#
# **Holds?** Yes, for students that are linear in their teacher's labels.
#
# **Not treated**: classification, and students that learn features.
# :::
#
# :::{glue:figure} plane
# :name: fig-map-plane
#
# First panel: one noisy teacher and three kinds of students. Below the dotted line a student beats its
# teacher; the star is the best that any filter can do. Dots are trained students. Second panel, formulas only: the more of the target
# lies in the directions that students learn first, the more walls and early stopping gain on plain
# shrinking.
# :::
#
# ## Statement
#
# Take a basis in which the student acts direction by direction: it multiplies the teacher's coefficient
# by $f_i$. The target has the coefficient $w_i$, the teacher learned $\mu_i$ in the mean, with variance $V_i$,
# and has the error $R = \sum_i [(w_i - \mu_i)^2 + V_i]$.
#
# :::{prf:theorem} The plane (derived here)
# :label: thm-map-plane
# :nonumber:
#
# The mean error of the student, in units of its teacher's, is $x + y$ with
#
# $$
# x = \frac1R\sum_i (w_i - f_i\,\mu_i)^2 \quad\text{(forgotten)}, \qquad
# y = \frac1R\sum_i f_i^2\, V_i \quad\text{(kept)},
# $$
#
# so it beats its teacher exactly where $x + y < 1$. No filter gets below the one with
# $f_i = w_i\mu_i/(\mu_i^2 + V_i)$.
# :::
#
# **Why it is true.** The student's mean in direction $i$ is $f_i\mu_i$ and its variance $f_i^2 V_i$; squared bias and
# variance add up to its mean square error, and each term is a parabola in $f_i$. $\square$
#
# The theories choose the $f_i$:
#
# * **a wall** ({ref}`Part I <page-variance-theorem>`): $f_i$ is 1 for directions that the student has, 0
#   for all others;
# * **early stopping** ({ref}`Part II <page-stopping>`): $f_i = 1 - e^{-t\lambda_i}$;
# * **shrinking**: one factor for all directions, which ridge regression on isotropic features does.
#
# Finite samples of the student add noise to each of them ({ref}`two papers, one picture
# <page-two-papers-one-picture>`).

# %% tags=["parameters"]
profile = "paper"  # "paper" or "smoke": names the scale of the numbers below
seed = 2025
directions = 40
n_labelled = 60  # n, labels of the teacher
noise = 0.25  # variance of a label; the target has the energy 1
decay = 1.5  # student eigenvalues i^-decay
trials = 2000  # teachers drawn

# %% [markdown]
# ## Computation
#
# The teacher is least squares on all directions: unbiased, with variance $\sigma^2/(n-p-1)$ in each. In the
# first panel the target's energies fall like $i^{-2}$. The measured students know nothing of the basis: it is
# rotated, and each is trained by its own algorithm on the labels of teachers that were fitted to drawn data.

# %%
import numpy as np
from myst_nb import glue
from scipy.linalg import expm
from scipy.stats import ortho_group

from w2s.metrics import Estimate
from w2s.neighbours.filters import best_filter, forgotten_and_kept
from w2s.page.claims import derived
from w2s.page.comparison import compared
from w2s.page.figures import ACCENT, BOUND, CEILING, SFT, STUDENT, figure

index = np.arange(1, directions + 1)
variance = np.full(directions, noise / (n_labelled - directions - 1))
families = {
    "wall": np.tri(directions + 1, directions, -1),
    "stopped": 1 - np.exp(-np.outer(np.geomspace(1e-2, 1e5, 400), index**-decay)),
    "shrunk": np.outer(np.linspace(0, 1, 401), np.ones(directions)),
}
roles = {"wall": STUDENT, "stopped": SFT, "shrunk": CEILING}


def energies(steepness):
    """Coefficients of a target of energy 1 whose energies fall like a power."""
    power = index ** -float(steepness)
    return np.sqrt(power / power.sum())


def errors(target, filters, shrunk=1.0):
    """Errors of students in units of their teacher's, which may be shrunk by a factor."""
    return sum(forgotten_and_kept(target, shrunk * target, shrunk**2 * variance, filters))


target = energies(2)
paths = {name: forgotten_and_kept(target, target, variance, one) for name, one in families.items()}
best = best_filter(target, target, variance)

# %% [markdown]
# Four students of each kind are trained for each teacher.

# %%
rng = np.random.default_rng(seed)
basis = ortho_group.rvs(directions, random_state=rng)
kernel = basis @ np.diag(index**-decay) @ basis.T
kept_directions, times, penalties = (3, 6, 12, 24), (1.0, 10.0, 30.0, 200.0), (0.1, 0.4, 1.0, 2.0)
students = [basis[:, :j] @ np.linalg.pinv(basis[:, :j]) for j in kept_directions]
students += [np.eye(directions) - expm(-t * kernel) for t in times]
students += [np.linalg.inv((1 + penalty) * np.eye(directions)) for penalty in penalties]
chosen = [families["wall"][j] for j in kept_directions]
chosen += [1 - np.exp(-t * index**-decay) for t in times]
chosen += [np.full(directions, 1 / (1 + penalty)) for penalty in penalties]
inputs = rng.standard_normal((trials, n_labelled, directions))
labels = inputs @ basis @ target + np.sqrt(noise) * rng.standard_normal((trials, n_labelled))
teachers = np.linalg.pinv(inputs) @ labels[..., None]
drawn = (np.array(students) @ teachers[:, None])[..., 0]  # trial, student, direction
scale = variance.sum()
measured = ((drawn - basis @ target) ** 2).sum(axis=-1) / scale
found = compared(errors(target, chosen), measured, student=np.arange(len(chosen)))
spread = drawn.var(axis=0).sum(axis=-1) / scale

# %% [markdown]
# In the second panel only the target changes: its energies fall like a power from none to three.

# %%
steepness = np.linspace(0, 3, 25)
targets = [energies(one) for one in steepness]
least = {
    name: np.array([errors(one, filters).min() for one in targets])
    for name, filters in families.items()
}
floor = np.array([errors(one, best_filter(one, one, variance)) for one in targets])
for kind, path in paths.items():
    glue(f"{kind}_least", float(sum(path).min()), display=False)
glue("floor_least", float(errors(target, best)), display=False)


# %% tags=["remove-output"]
def plane(ax):
    ax.plot([0, 1], [1, 0], **BOUND.line, label="as good as the teacher")
    for number, (name, path) in enumerate(paths.items()):
        ax.plot(*path, **roles[name].line, label=name)
        own = slice(4 * number, 4 * number + 4)
        forgot = found.measured.mean[own] - spread[own]
        ax.plot(forgot, spread[own], **roles[name].dots)
    ax.plot(*forgotten_and_kept(target, target, variance, best), **ACCENT.dots, label="best filter")
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    ax.set(xlabel="forgotten of the target", ylabel="kept of the teacher's error")
    ax.legend(loc="upper right")


def regimes(ax):
    for name, errs in least.items():
        ax.plot(steepness, errs, **roles[name].line, label=name)
    ax.plot(steepness, floor, **ACCENT.line, label="best filter")
    ax.set(ylim=(0, 1), xlabel="how fast the target's energies fall")
    ax.set(ylabel="best student / teacher")
    ax.legend(loc="lower left")


figure(
    "plane",
    plane,
    regimes,
    alt=[
        "A plane of what students forget and what they keep. Three curves start at the teacher, in the "
        "upper left corner, bend below the dotted line of equal error, and leave to the right at the "
        "bottom. Walls and stopped students come closest to the star near the corner of no error.",
        "Error of the best student over its teacher's against how fast the target's energies fall. "
        "The line of shrinking is level. Those of walls and stopping start above it and fall far below it.",
    ],
)

# %% [markdown]
# ## Claims

# %%
derived(
    "neighbours.map.two_parts",
    "The mean error of trained students, twelve of three kinds, is what they forget of the target plus "
    "what they keep of their teacher's error.",
    found.agrees(0.03),
    main=True,
)
together = np.stack(list(least.values()))
falling = steepness >= 1
derived(
    "neighbours.map.three_ways",
    "Where the target's energies fall, walls, early stopping and shrinking all have students better "
    "than a noisy unbiased teacher.",
    compared(1.0, Estimate(together[:, falling], 0), steepness=steepness[falling]).below(),
    main=True,
)
derived(
    "neighbours.map.floor",
    "None of them gets below the filter that knows target and noise.",
    compared(floor, Estimate(together, 0), steepness=steepness).above(1e-12),
)
derived(
    "neighbours.map.order",
    "Where the energies fall like 1/i or faster, early stopping beats plain shrinking.",
    compared(least["shrunk"][falling], Estimate(least["stopped"][falling], 0)).below(),
)
derived(
    "neighbours.map.no_order",
    "Early stopping also beats plain shrinking where the target has the same energy in every direction.",
    compared(least["shrunk"][:1], Estimate(least["stopped"][:1], 0)).below(),
    expect="fails",
)

# %% [markdown]
# A teacher that was shrunk to its best lies on the edge of the ball of {ref}`the limit <page-limit>`, with the
# target in the place of the teacher.

# %%
shrink = 1 / (1 + variance.sum())  # least error of c times the teacher, for a target of energy 1
ours = {name: errors(target, filters, shrink).min() for name, filters in families.items()}
derived(
    "neighbours.map.shrunk_once",
    "A teacher that was shrunk to its best cannot be improved by shrinking it again.",
    compared(1.0, Estimate(ours["shrunk"], 0)).identical(1e-9),
)
derived(
    "neighbours.map.shrunk_stopped",
    "Early stopping improves even such a teacher.",
    compared(1.0, Estimate(ours["stopped"], 0)).below(),
    main=True,
)

# %% [markdown]
# ## Which theory says what
#
# Each line is one theory, and the page that decides it in the book's own models. How well we know each
# statement stands on the {doc}`status page </book/status>`.
#
# ::::{div} w2s-compact
# | whose | what is wrong with the teacher | mechanism | result | page |
# |---|---|---|---|---|
# | {cite:t}`dong2025` | noise of few labels | **variance**: a wall; the student lacks the teacher's other directions | the shared part is inherited, the rest divided | {ref}`variance <page-variance-theorem>` |
# | {cite:t}`medvedev2025` | few random features | **early stopping** | the error is squared at best | {ref}`linear networks <page-fig3>`, {ref}`the limit <page-limit>` |
# | ours | noise of few labels | **variance**: mixed with the SFT baseline | better than both, unless one space lies in the other | {ref}`mixing <page-mixing>` |
# | ours | few random features, spectra like a power | **early stopping** | an exponent from one to two, by the target's smoothness | {ref}`between one and two <page-between-one-and-two>` |
# | {cite:t}`wu2026scaling` (Diyuan Wu) | variance or bias of ridge regression | **regularisation** | the minimax slope, even from a teacher that does not improve | {ref}`scaling laws <page-scaling-laws>` |
# | {cite:t}`moniri2025`, {cite:t}`dang2026` | too little or misplaced regularisation | **regularisation**: shrinking, or a weighted penalty | a gain wherever the teacher's risk is not at its lowest | {ref}`the teacher's ball <page-teachers-ball>` |
# | {cite:t}`wu2026sgd` (Wendao Wu) | noise of one pass of SGD | **early stopping**, by steps | a student that denoises | {ref}`SGD teachers <page-sgd-teacher>` |
# | {cite:t}`ildiz2025` | nothing: labels wrong on purpose | **surrogate**: say louder what is learned, hide the rest | better than the truth, at the same slope | {ref}`wrong teachers <page-wrong-teacher>` |
# | {cite:t}`liu2026` | groups in other shares than among the pseudo-labels | **groups** | the gain falls with the square of the mismatch | {ref}`spurious groups <page-spurious-groups>` |
# ::::
#
# Groups are not drawn in {numref}`fig-map-plane`: there what is kept depends on whom one tests. Nor are
# surrogate labels, where the student stays and the labels change.
#
# ## Neighbours that this book does not decide
#
# What they claim, from their abstracts, and why they stand here only:
#
# * {cite:t}`charikar2024`: the gain is at least the misfit between student and teacher. Decided here for
#   linear students, {ref}`as an identity <page-when-w2s>`, and for every convex class that holds the target the
#   inequality is {proved}`Gain.gain_is_at_least_misfit`.
# * {cite:t}`xu2026`: the same for Bregman divergences and without convexity, above all where the student comes close to
#   the teacher's posterior mean. The square loss is the identity above; cross-entropy needs a model of classes.
# * {cite:t}`lang2024`: students correct labels, and answer where the teacher gave none, if they cannot fit its mistakes
#   without erring elsewhere (data and students "expand"). Our Gaussian models have no counterpart of that.
# * {cite:t}`wu2025`: in overparametrised classification a student either succeeds on labels that are almost random
#   guesses, or guesses as well. The border between the phases we know at second hand, too uncertain to test.
# * {cite:t}`xue2025`: kernels of the principal components of both models show what the weak one cannot learn and the
#   strong one can, and predict trends without labels. Close to {ref}`the two feature spaces <page-subspaces>`, but
#   we know the abstract only, not the metric.
# * {cite:t}`shin2025`: what counts are data that hold an easy and a hard pattern at once (overlap density, not the
#   overlap of Part I). Its patterns have no counterpart in our models.
# * {cite:t}`oh2025`: a ReLU network taught by a linear one overfits benignly or harmfully where data are scarce, and
#   corrects labels early in training where they are not. Its first layer moves; in this book none does.
# * {cite:t}`geng2026`: in logistic regression most teachers improve most students, at equal capacity: beyond the teacher,
#   and beyond what the student was *before* it was taught. Our students start from nothing.
# * {cite:t}`awano2026`: taught by a weak specialist, a two-layer network recalls what it knew from pretraining, and
#   keeps more of the rest than with true labels. Again features move, as in the third mechanism of
#   {cite:t}`moniri2025`.
#
# ## What to notice
#
# * **Three ways, one plane** ({numref}`fig-map-plane`). At the target of the first panel the best wall leaves
#   {glue:text}`wall_least:.0%` of the teacher's error, the best stopping time {glue:text}`stopped_least:.0%`, the best
#   shrinking {glue:text}`shrunk_least:.0%`, and no filter less than {glue:text}`floor_least:.0%`.
# * **Order is what pays.** Shrinking uses only that the teacher is noisy. Walls and early stopping use that the
#   student's first directions hold the target. Where all hold the same, a wall gains nothing, and early
#   stopping less than shrinking.
# * **Honest limits.** The plane knows means over teachers, and students without a sample of their own. All
#   its minima are an oracle's: who sees neither target nor noise has to {ref}`choose when to stop
#   <page-stopping>`. In code: `w2s.neighbours.filters`.
