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
#     smoke: {trials: 60}
# ---

# %% [markdown]
# (page-wrong-teacher)=
# # When a wrong teacher beats the truth
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`ildiz2025`, from its abstract; formulas derived here): a student with fewer labels than
# features can learn more from a wrong teacher's labels than from as many true ones, at the same scaling law.
#
# **Holds?** Yes. The best teacher exaggerates most what the student half learns, and mutes what it hardly
# learns.
#
# **Where not**: with more labels than features, or if all directions weigh the same, the truth teaches best.
# :::
#
# :::{glue:figure} wrong-teacher
# :name: fig-wrong-teacher
#
# First panel: what the best labels hold of each direction, in units of the truth, and what the best mask
# keeps. Second panel: the student's error against the number of labels; dots are simulated students. The fewer
# the labels, the larger the gain; it ends where there are as many labels as features (dotted).
# :::
#
# ## Statement
#
# **What the paper states.** Its abstract says that in ridgeless, high-dimensional regression the
# optimal surrogate shows "the benefits and limitations of discarding weak features", that weak-to-strong
# training "can provably outperform training with strong labels under the same data budget", and that it "is
# unable to improve the data scaling law". A caption tells of a transition from amplification to shrinkage as one moves from
# principal to tail directions. **What we read**: its formulas we know at second hand only, so all that follow are
# derived here ({certainty}`Surrogate labels`).
#
# The student has $p$ independent Gaussian features with variances $\lambda_i$, and fits $n < p$ labels exactly by the
# shortest coefficients. The test follows the truth $\beta_*$, with energies $e_i = \lambda_i\beta_{*i}^2$; the labels follow
# a surrogate, $x_i$ times the truth in direction $i$, plus noise $\sigma^2$. Let $\kappa$ solve
# $\sum_i \lambda_i/(\lambda_i+\kappa) = n$, and
#
# $$
# \zeta_i = \frac{\kappa}{\lambda_i + \kappa}, \qquad \Gamma = \frac1n \sum_i (1-\zeta_i)^2 .
# $$
#
# :::{prf:theorem} Labels from a wrong teacher (derived here)
# :label: thm-wrong-teacher
# :nonumber:
#
# When $n$ and $p$ grow together, the student's excess risk tends to
#
# $$
# \mathrm{ER} = \sum_i e_i\bigl(1-(1-\zeta_i)x_i\bigr)^2
#   + \frac{\Gamma}{1-\Gamma}\Bigl(\sum_i e_i\,\zeta_i^2\, x_i^2 + \sigma^2\Bigr).
# $$
#
# It is least for $x_i = (1-\zeta_i)\big/\bigl((1-\zeta_i)^2 + \tfrac{\Gamma}{1-\Gamma}\zeta_i^2\bigr)$, whatever the target and
# the noise. This amplifies direction $i$ exactly if $\zeta_i < 1-\Gamma$. If labels can only keep a direction or hide it,
# they should keep those with $\zeta_i^2 < 1-\Gamma$.
# :::
#
# ## Why it is true
#
# Ridgeless regression acts like ridge regression with the penalty $\kappa$ on infinitely many labels of variance $T$: it learns
# the share $1-\zeta_i$ of what the labels hold of direction $i$, plus centred noise of energy
# $(1-\zeta_i)^2\,T/n$. The noise is what the student would err on fresh surrogate labels, $T = \sum_i e_i\zeta_i^2x_i^2 + \sigma^2 +
# \Gamma T$: this deterministic equivalent of ridgeless regression is standard. Comparing with the truth instead of the
# surrogate changes the bias only, and the noise adds up to $\Gamma T$, which is the formula.
#
# It is a parabola in each $x_i$, with $e_i$ as a common factor and $\sigma^2$ as a constant, so its lowest point depends on
# neither. That point exceeds 1 iff $(1-\zeta_i)\,\zeta_i > \tfrac{\Gamma}{1-\Gamma}\,\zeta_i^2$, that is
# $\zeta_i < 1-\Gamma$. A hidden direction costs $e_i$, a kept one $e_i\zeta_i^2\,(1 + \tfrac{\Gamma}{1-\Gamma}) = e_i\zeta_i^2/(1-\Gamma)$;
# keep what costs less. $\square$
#
# In words: a direction of the labels that the student hardly learns is noise to it, and disturbs the
# others. A good teacher says less of it, and louder what the student would otherwise shrink.

# %% tags=["parameters"]
profile = "paper"  # "paper" or "smoke": names the scale of the numbers below
seed = 2025
features = 500  # p; variances i^-2, energies i^-1.5, the setting of the paper's first figure
n_labelled = 200  # n of the first panel
noise = 0.05  # variance of the label noise
trials = 150  # students for each number of labels

# %%
import numpy as np
from myst_nb import glue

from w2s.metrics import Estimate
from w2s.neighbours.surrogate import (
    best_mask,
    best_surrogate,
    learning,
    surrogate_errors,
    surrogate_risk,
)
from w2s.page.claims import derived, exact, reading
from w2s.page.comparison import compared, joined
from w2s.page.figures import ACCENT, BOUND, STUDENT, TEACHER, figure, ticks

index = np.arange(1, features + 1)
eigenvalues, energies = index**-2.0, index**-1.5
missed, kept = learning(eigenvalues, n_labelled)
best = best_surrogate(eigenvalues, n_labelled)
mask = best_mask(eigenvalues, n_labelled)
SURROGATES = "truth", "best mask", "best labels", "reversed mask"


def teachers(n):
    """Four surrogates for students with n labels: see SURROGATES."""
    hidden = best_mask(eigenvalues, n)
    return np.stack([np.ones(features), hidden, best_surrogate(eigenvalues, n), ~hidden])


# %% [markdown]
# ## Computation
#
# The law beside simulated students: all four teachers label the same inputs, with the same noise.

# %%
rng = np.random.default_rng(seed)
simulated = [features // 10, features // 4, n_labelled, 2 * features]


def students(n, variance):
    """Law and simulation for n labels, one entry a teacher."""
    taught = eigenvalues, energies, n, teachers(n), variance
    runs = trials if n < features else max(trials // 5, 2)  # many labels scatter little
    law, errors = surrogate_risk(*taught), surrogate_errors(*taught, runs, rng)
    return compared(law, errors, teacher=SURROGATES), np.diff(errors[:, :3])


found = {n: students(n, noise)[0] for n in simulated}
quiet, steps = students(n_labelled, 0.0)

# %%
sizes = np.unique(
    np.r_[np.geomspace(20, 0.96 * features, 40), np.geomspace(1.04, 2, 12) * features]
)
sizes = sizes.round().astype(int)
law = np.array([surrogate_risk(eigenvalues, energies, n, teachers(n), noise) for n in sizes])
truth_risk, mask_risk, best_risk, reversed_risk = quiet.predicted
glue("n_shown", n_labelled, display=False)
share = np.linspace(0, 1, 100_001)
glue("loudest", float(((1 - share) / ((1 - share) ** 2 + share**2)).max()), display=False)
glue("kept_features", int(mask.sum()), display=False)
glue("amplified", int((best > 1).sum()), display=False)
glue("mask_gain", f"{1 - mask_risk / truth_risk:.0%}", display=False)
glue("best_gain", f"{1 - best_risk / truth_risk:.0%}", display=False)
glue("reversed_loss", f"{reversed_risk / truth_risk:.0f}", display=False)


# %% tags=["remove-output"]
def labels_of(ax):
    ax.axhline(1, **BOUND.line, label="truth")
    ax.plot(index, best, **ACCENT.line, label="best labels")
    ax.plot(index, mask, **STUDENT.line, label="best mask")
    ax.set(xscale="log", xlabel="direction", ylabel="label / truth")
    ticks(ax, x=[1, 10, 100, features])
    ax.legend(loc="lower left")


def risks(ax):
    roles = {"truth": TEACHER, "best mask": STUDENT, "best labels": ACCENT}
    for number, (name, role) in enumerate(roles.items()):
        risk = np.insert(law[:, number], np.searchsorted(sizes, features), np.nan)
        ax.plot(
            np.insert(sizes, np.searchsorted(sizes, features), features),
            risk,
            **role.line,
            label=name,
        )
        for n, one in found.items():
            ax.plot(n, one.measured.mean[number], **role.dots)
    ax.axvline(features, **BOUND.line)
    ax.set(xscale="log", yscale="log", xlabel="labels", ylabel="excess risk")
    ticks(ax, x=[20, 50, 200, features, 2 * features], y=[0.03, 0.1, 0.3, 1])
    ax.set(ylim=(0.03, 3))
    ax.legend(loc="lower left")


figure(
    "wrong-teacher",
    labels_of,
    risks,
    alt=[
        "Labels over truth against the direction, on a logarithmic axis. The best labels lie slightly "
        "above one for the first directions, and fall to nearly nothing in the last. The best mask "
        "is one up to about direction two hundred and nought beyond.",
        "Excess risk against the number of labels. The truth's curve lies above those of the best mask and the "
        "best labels and rises to a peak where labels are as many as features, from which on all three agree.",
    ],
)

# %% [markdown]
# ## Claims

# %%
derived(
    "neighbours.wrong_teacher.law",
    "Simulated students of truth, best mask, best labels and reversed mask have the error of the law, "
    "with and without label noise.",
    # The law is exact for infinitely many features; at these it is off by about one per cent.
    joined([found[n] for n in simulated[:3]] + [quiet]).agrees(0.05, allowance=0.02),
    main=True,
)
few = sizes < features
gains = compared(law[few, 0], Estimate(law[few, 2], 0), n=sizes[few])
reading(
    "neighbours.wrong_teacher.beats_truth",
    "With fewer labels than features the best surrogate labels teach better than as many true labels.",
    gains.below(),
    source="ildiz2025, abstract",
    main=True,
)
derived(
    "neighbours.wrong_teacher.order",
    "Simulated students of the best labels beat those of the best mask, and these those of the truth.",
    compared(0.0, steps, step=["mask - truth", "best labels - mask"]).below(),
)

# %% [markdown]
# The best labels and the best mask are found again without their formulas: the risk of three labels in one direction gives the
# lowest point of its parabola, and all masks that keep the first directions are tried.

# %%
tried = np.array([0.0, 1.0, 2.0])[:, None, None] * np.eye(features)
r0, r1, r2 = surrogate_risk(eigenvalues, energies, n_labelled, tried + 1 - np.eye(features))
vertex = (3 * r0 - 4 * r1 + r2) / (2 * (r0 - 2 * r1 + r2))
prefixes = np.tri(features + 1, features, -1)
lowest = surrogate_risk(eigenvalues, energies, n_labelled, prefixes).argmin()
derived(
    "neighbours.wrong_teacher.best_labels",
    "In every direction the formula of the best labels is the lowest point of the risk.",
    compared(best, Estimate(vertex, 0), direction=index).identical(1e-10),
)
derived(
    "neighbours.wrong_teacher.best_mask",
    "The rule of the best mask keeps as many directions as the best of all masks that keep the first ones.",
    exact(mask.sum(), lowest, 0.5, absolute=True),
    main=True,
)
derived(
    "neighbours.wrong_teacher.reversed_mask",
    "The reversed mask, which hides what the best mask keeps, also teaches better than the truth.",
    compared(truth_risk, Estimate(reversed_risk, 0)).below(),
    expect="fails",
)
rule = np.where(missed < 1 - kept, best - 1, 1 - best)
derived(
    "neighbours.wrong_teacher.amplified",
    "A direction is amplified exactly if its missed share is below 1-Γ.",
    compared(rule, Estimate(0, 0), direction=index).below(),
)

# %% [markdown]
# Does the gain grow with the data? Features and labels grow together, $p = 20n$.

# %%
growing = np.array([50, 100, 200, 400, 800])
grown = [np.arange(1.0, 20 * n + 1) for n in growing]
curves = np.array(
    [
        surrogate_risk(k**-2, k**-1.5, n, [np.ones(len(k)), best_surrogate(k**-2, n)])
        for n, k in zip(growing, grown, strict=True)
    ]
)
slopes = np.diff(np.log(curves[-2:]), axis=0)[0] / np.log(growing[-1] / growing[-2])
glue("slopes", f"{slopes[0]:.3f} and {slopes[1]:.3f}", display=False)
glue("ratio", f"{curves[-1, 1] / curves[-1, 0]:.2f}", display=False)
reading(
    "neighbours.wrong_teacher.same_slope",
    "Errors with the truth and with the best labels fall at the same rate: surrogates do not change the "
    "scaling law.",
    exact(slopes[0], slopes[1], 0.005, absolute=True),
    source="ildiz2025, abstract",
    main=True,
)
flat = np.full(features, 2.0)
derived(
    "neighbours.wrong_teacher.flat",
    "Where all directions weigh the same, the truth is the best teacher, whatever the number of labels.",
    compared(1.0, Estimate([best_surrogate(flat, n) for n in (50, 200, 450)], 0)).identical(1e-9),
)
derived(
    "neighbours.wrong_teacher.many_labels",
    "With more labels than features the truth is the best teacher.",
    compared(1.0, Estimate(best_surrogate(eigenvalues, 2 * features), 0)).identical(1e-12),
)

# %% [markdown]
# ## What to notice
#
# * **A wrong teacher on purpose** ({numref}`fig-wrong-teacher`). With {glue:text}`n_shown` labels without noise the best mask saves
#   {glue:text}`mask_gain` of the error, the best labels {glue:text}`best_gain`. {glue:text}`amplified` directions are amplified
#   and {glue:text}`kept_features` are kept: some that should be muted are better kept than hidden.
# * **Which features to hide.** Those that the student hardly learns, $\zeta_i$ near 1; the reversed rule makes the error
#   {glue:text}`reversed_loss` times as large. A reader's note, through which we know the paper's rule, turns the sign around. We cannot tell
#   whether its $\zeta$ is ours, so the claim above is a control of ours, and no verdict on the paper.
# * **The price of shrinkage.** What the student learns in the mean, $(1-\zeta_i)\,x_i$, never exceeds 1, but where the best
#   labels amplify it exceeds $1-\zeta_i$, what the student makes of the truth: labels that exaggerate undo the shrinking that
#   {ref}`early-stopped students cannot escape <page-shrinkage>`. {ref}`Between one and two
#   <page-between-one-and-two>` it is the student whose filter exceeds 1.
# * **Beside Part I.** A masked teacher is one with fewer features than its student, $\mathcal V_w \subset
#   \mathcal V_s$, which saw everything. In {ref}`Part I <page-when-w2s>` such a teacher can only be copied; there the student
#   has more samples than directions.
# * **No better law.** At the largest sizes the local slopes are {glue:text}`slopes`, and the best labels leave
#   {glue:text}`ratio` of the error.
# * **Honest limits.** To know the best labels is to know the covariance and the truth. A teacher that was
#   trained on data, the paper's second setting, is not decided here. In code:
#   `w2s.neighbours.surrogate`.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. All directions alike
# :class: w2s-exercise
#
# Show that with equal $\lambda_i$ the truth is the best teacher for every $n < p$.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# All $1-\zeta_i$ equal $n/p$, so $\Gamma = n/p = 1-\zeta$, and the best ratio is
# $\frac{n}{p}\big/\bigl(\frac{n^2}{p^2} + \frac np\bigl(1-\frac np\bigr)\bigr) = 1$. The machine finds it as well, for three sizes.
# ::::
#
# ::::{admonition} Exercise 2. How loud can a teacher be?
# :class: w2s-exercise
#
# Which missed share $\zeta$ asks for the loudest label, and how loud is it when $\Gamma = \frac12$?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# With $u = \zeta/(1-\zeta)$ and $g = \Gamma/(1-\Gamma)$ the ratio is $(1+u)/(1+g\,u^2)$. Its derivative vanishes at
# $u = \sqrt{1 + 1/g} - 1$. For $g = 1$ that is $u = \sqrt2 - 1$, and the ratio is $\sqrt2\big/\bigl(1 + (\sqrt2-1)^2\bigr)
# = (1+\sqrt2)/2$, about {glue:text}`loudest:.3f`.
# ::::
