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
#     smoke: {grid: 10}
# ---

# %% [markdown]
# (page-which-pays-where)=
# # Which pays where
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (ours, beyond both papers): the discrepancy of {cite:t}`dong2025` pays where the student's
# spectrum has no gap and pseudo-labels are many; the early stop of {cite:t}`medvedev2025` pays where the
# signal is learned long before the rest.
#
# **Holds?** Yes, on both maps. Together they never remove more than the sum, nor less than the better one.
#
# **Where not**: without a stop, too few pseudo-labels make discrepancy harmful.
# :::
#
# :::{glue:figure} where-it-pays
# :name: fig-where-it-pays
#
# First: $n$ = {glue:text}`n`, $N = \infty$. Colour: share of the teacher's error that both remove beyond the
# better of the two alone. It is largest along the line on which the two alone are equal. Second: $s = 1/32$,
# half of the bulk seen. Colour: share removed with the best stop. Lines: a student without a stop removes
# nothing, or a share of 0.3, for $N > d_s$.
# :::
#
# ## Statement
#
# A student avoids its teacher's errors where it cannot express them, and where it has not yet learned
# them. {cite:t}`dong2025` study the first, {cite:t}`medvedev2025` the second. Neither compares the two, as
# far as their abstracts, captions and lists of theorems tell, so everything on this page is ours
# ({ref}`labels of certainty <labels-of-certainty>`). The model is the
# {ref}`linear network with both <page-two-papers-one-picture>`: one signal coordinate of eigenvalue 1, and
# $D$ bulk coordinates of eigenvalue $s$, of which the student sees a share $\alpha$, so $d_s = 1 + \alpha D$.
# All risks are those of {prf:ref}`the stopped student <thm-stopped-student>`.
#
# :::{prf:proposition} Break-even without a stop (derived here)
# :label: prop-break-even-unstopped
# :nonumber:
#
# A student that can express the target and does not stop has the risk of its teacher at $N = 2d_s + 1$,
# whatever $n$.
# :::
#
# ## Why it is true
#
# Without a stop the student inherits all of the teacher's error that it can express. Of the rest, which
# looks to it like label noise, it keeps the share $\varepsilon = d_s/(N - d_s - 1)$ in mean square. At
# $N = 2d_s + 1$ that share is one, and the student has lost nothing and gained nothing.
#
# The gains on the first map overlap because {prf:ref}`what is kept multiplies <prop-kept-multiplies>`: if one
# mechanism keeps a share $x$ of an error and the other a share $y$, both keep $xy$, and remove $1 - xy$. This is at most
# the sum $(1 - x) + (1 - y)$, and at least the larger of the two.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
d_weak, bulk_dim = 16, 127  # d_w and D
bulk_eigenvalue = 1 / 32  # s
seen = 63  # bulk coordinates that the student sees, α D
n_labelled = 64  # n
noise = 1.0  # label-noise variance σ²
grid = 36  # points of a map in each direction

# %%
import numpy as np
from myst_nb import glue

from w2s.page.claims import beyond, derived, exact, inequality
from w2s.page.drawn import remember_map
from w2s.page.figures import figure
from w2s.practice.stopped_student import linear_risk, share_removed
from w2s.random_features.linear_network import LinearNetwork

network = LinearNetwork(d_weak, bulk_dim, bulk_eigenvalue)
d_strong = 1 + seen
stops = np.append(np.geomspace(0.3, 1e3, 120), np.inf)  # a stop may also be no stop
never = np.array([np.inf])
glue("n", n_labelled, display=False)


def removed(n, big_n, t, known=seen, s=None):
    """Share of the teacher's error that is gone at the best of the times t."""
    return share_removed(network, known, n, big_n, t, noise, student_eigenvalue=s)


# %% [markdown]
# ## The spectrum and the share, the labels and the pseudo-labels

# %%
known = (np.linspace(0, 1, grid) * bulk_dim).round().astype(int)  # α D
bulks = np.geomspace(1 / 64, 0.95, grid)  # s
stop_gain = np.array([removed(n_labelled, np.inf, stops, bulk_dim, s) for s in bulks])
space_gain = np.array([removed(n_labelled, np.inf, never, k) for k in known])
both_gain = [[removed(n_labelled, np.inf, stops, k, s) for k in known] for s in bulks]
second = both_gain - np.maximum(stop_gain[:, None], space_gain)

labels = np.geomspace(d_weak + 6, 4096, grid).round()
samples = np.geomspace(16, 4096, grid).round()
plane = labels[:, None], samples
stopped_map, unstopped_map = removed(*plane, stops), removed(*plane, never)


# %% tags=["remove-output"]
def which(ax):
    x, y = known / bulk_dim, bulks
    colours = ax.contourf(x, y, second, np.linspace(0, 0.2, 11), extend="max")
    remember_map(colours, x, y, second)
    for colour, width in (("black", 4.0), ("white", 1.8)):  # legible on every colour
        equal = stop_gain[:, None] - space_gain
        ax.contour(x, y, equal, [0.0], colors=colour, linewidths=width)
    ax.text(0.7, 1 / 40, "stopping\nremoves more", color="white", ha="center")
    ax.text(0.21, 1 / 1.9, "discrepancy\nremoves more", color="white", ha="center")
    ax.set(yscale="log", xlabel=r"share $\alpha$ of the bulk that is seen")
    ax.set(ylabel="bulk eigenvalue $s$", title="what the second mechanism adds")
    ax.minorticks_off()
    ax.set_yticks([1 / 64, 1 / 16, 1 / 4], ["1/64", "1/16", "1/4"])
    ax.grid(False)
    ax.figure.colorbar(colours, ax=ax)


def sizes_map(ax):
    levels = np.linspace(0.5, 1, 11)
    colours = ax.contourf(samples, labels, stopped_map, levels, extend="min")
    remember_map(colours, samples, labels, stopped_map)
    beyond = samples > d_strong + 2
    right = samples[beyond], labels, unstopped_map[:, beyond]
    for colour, width in (("black", 3.4), ("white", 1.4)):
        ax.contour(*right, [0, 0.3], colors=colour, linewidths=width)
    for level in (0, 0.3):
        edge = np.interp(level, unstopped_map[-1, beyond], samples[beyond])
        ax.text(1.06 * edge, 0.6 * labels[-1], f"{level:g}", color="white")
    ax.set(xscale="log", yscale="log", xlabel="pseudo-labels $N$", ylabel="labels $n$")
    ax.set(title="error removed by both; lines: no stop")
    ax.grid(False)
    ax.figure.colorbar(colours, ax=ax)


# %% tags=["remove-output"]
figure(
    "where-it-pays",
    which,
    sizes_map,
    alt=[
        "Map over the share of the bulk that is seen and the bulk eigenvalue. The second mechanism "
        "adds most in a band around a white line that runs from the lower left to the upper right; "
        "right of it and below stopping removes more, left of it and above discrepancy.",
        "Map over pseudo-labels and labels of the share removed by the stopped student: mostly above "
        "0.6 and changing little with N. White lines for the student without a stop stand upright, "
        "the one for zero just right of N = 2 d_s.",
    ],
)

# %% [markdown]
# ## Claims

# %%
first_map = {"s": bulks[:, None], "α": known / bulk_dim}
beyond(
    "practice.two_papers.overlap",
    "With infinitely many pseudo-labels the gains overlap: both mechanisms together never remove "
    "more than the sum of the two alone, for any s and α of the first map.",
    inequality(both_gain, stop_gain[:, None] + space_gain, slack=1e-12, at=first_map),
    main=True,
)
beyond(
    "practice.two_papers.never_worse",
    "With infinitely many pseudo-labels both mechanisms together remove at least what the better of "
    "the two removes alone, for any s and α of the first map.",
    inequality(0.0, second, slack=1e-4, at=first_map),
)

# %%
turning, each_n = 2 * d_strong + 1, {"n": labels}
derived(
    "practice.two_papers.break_even",
    "Without a stop the student has the risk of its teacher at N = 2d_s + 1, for every n: the "
    "discrepancy alone gains nothing there.",
    exact(
        linear_risk(network, bulk_dim, labels, np.inf, np.inf, noise),
        linear_risk(network, seen, labels, turning, np.inf, noise),
        tolerance=1e-12,
        at=each_n,
    ),
    main=True,
)
beyond(
    "practice.two_papers.more_than_the_sum",
    "At N = 2d_s + 1, where the discrepancy alone gains nothing, it still adds to stopping: for every n "
    "both remove more than stopping alone.",
    inequality(
        removed(labels, turning, stops, bulk_dim), removed(labels, turning, stops), at=each_n
    ),
    main=True,
)
beyond(
    "practice.two_papers.half_the_samples",
    "Stopped in time, a student with N = d_s/2 pseudo-labels is better than one without a stop "
    "and infinitely many, for every n (s = 1/32, half of the bulk seen).",
    inequality(removed(labels, np.inf, never), removed(labels, d_strong // 2, stops), at=each_n),
)

# %% [markdown]
# ## What to notice
#
# * **Discrepancy pays** when there is no gap in the spectrum ($s$ near 1) and pseudo-labels are many,
#   $N \gg d_s$. Between $d_s$ and $2d_s + 1$ pseudo-labels it harms a student that does not stop.
# * **Stopping pays** when the signal is learned long before the bulk, $s \ll 1$. Then it needs no
#   discrepancy at all, and only $N \gg r$ pseudo-labels, where $r = 1 + s\,(d_s - 1)$ is the effective rank of the
#   student's kernel. This is why the colours of the second map of {numref}`fig-where-it-pays` hardly change
#   beyond $N = d_s$.
# * **Together** they gain most where neither suffices alone: in the band of the first map, and at small $N$,
#   where stopping also shrinks the share $\varepsilon$ of the noise that the discrepancy leaves.
# * **Honest limits.** For finite $N$ and $t$ the formula is asymptotic; its error is measured
#   {ref}`where it is derived <page-two-papers-one-picture>`. The best time is that of the true risk, which a
#   practitioner does not see. Seeing less of the bulk is never a loss here, because the student always sees the signal.
