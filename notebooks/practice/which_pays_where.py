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
# A student avoids its teacher's errors where it cannot express them ({cite:t}`dong2025`) and where it
# has not yet learned them ({cite:t}`medvedev2025`). In the {ref}`model with both <page-two-papers-one-picture>`
# we map which of the two removes more, and what the second adds. Beyond both papers: all of it is ours
# ({ref}`labels of certainty <labels-of-certainty>`).
#
# ## Statement
#
# All risks are those of {prf:ref}`the stopped student <thm-stopped-student>`, in the linear network whose
# student sees a share $\alpha$ of the bulk, $d_s = 1 + \alpha D$, of eigenvalue $s$.
#
# :::{prf:proposition} Break-even without a stop (derived here)
# :label: prop-break-even-unstopped
# :nonumber:
#
# A student that can express the target and does not stop equals its teacher at $N = 2d_s + 1$, whatever $n$.
# :::
#
# ## Why it is true
#
# Without a stop the student keeps $\varepsilon = d_s/(N - d_s - 1)$ of what it cannot express, and all of the
# rest. At $N = 2d_s + 1$ that share is one.

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

labels_axis = np.geomspace(d_weak + 6, 4096, grid).round()
sample_axis = np.geomspace(16, 4096, grid).round()
plane = labels_axis[:, None], sample_axis
stopped_map, unstopped_map = removed(*plane, stops), removed(*plane, never)


# %% tags=["remove-output", "hide-input"]
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
    colours = ax.contourf(sample_axis, labels_axis, stopped_map, levels, extend="min")
    remember_map(colours, sample_axis, labels_axis, stopped_map)
    beyond = sample_axis > d_strong + 2
    right = sample_axis[beyond], labels_axis, unstopped_map[:, beyond]
    for colour, width in (("black", 3.4), ("white", 1.4)):
        ax.contour(*right, [0, 0.3], colors=colour, linewidths=width)
    for level in (0, 0.3):
        edge = np.interp(level, unstopped_map[-1, beyond], sample_axis[beyond])
        ax.text(1.06 * edge, 0.6 * labels_axis[-1], f"{level:g}", color="white")
    ax.set(xscale="log", yscale="log", xlabel="pseudo-labels $N$", ylabel="labels $n$")
    ax.set(title="error removed by both; lines: no stop")
    ax.grid(False)
    ax.figure.colorbar(colours, ax=ax)


# %% tags=["remove-output", "hide-input"]
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
# :::{glue:figure} where-it-pays
# :name: fig-where-it-pays
#
# Left: $n$ = {glue:text}`n`, $N = \infty$. Colour: share of the teacher's error that both remove beyond the
# better of the two alone: most along the line on which the two alone are equal. Right: $s = 1/32$, half
# of the bulk seen. Colour: share removed with the best stop; it hardly depends on $N$. Lines: where a
# student without a stop removes nothing and a share of 0.3, for $N > d_s$.
# :::
#
# ## Claims

# %% tags=["hide-input"]
left_map = {"s": bulks[:, None], "alpha": known / bulk_dim}
beyond(
    "practice.two_papers.overlap",
    "With infinitely many pseudo-labels the gains overlap: both together remove less than the "
    "sum of the two alone, everywhere on the left map.",
    inequality(both_gain, stop_gain[:, None] + space_gain, slack=1e-12, at=left_map),
)
beyond(
    "practice.two_papers.never_worse",
    "There both together remove at least what the better of the two removes alone.",
    inequality(0.0, second, slack=1e-4, at=left_map),
)

# %% tags=["hide-input"]
turning, each_n = 2 * d_strong + 1, {"n": labels_axis}
derived(
    "practice.two_papers.break_even",
    "Without a stop the student equals its teacher at N = 2d_s + 1, for every n: the discrepancy "
    "alone gives nothing there.",
    exact(
        linear_risk(network, bulk_dim, labels_axis, np.inf, np.inf, noise),
        linear_risk(network, seen, labels_axis, turning, np.inf, noise),
        tolerance=1e-12,
        at=each_n,
    ),
)
beyond(
    "practice.two_papers.more_than_the_sum",
    "And yet there the discrepancy adds to stopping: for every n both remove more than stopping "
    "alone.",
    inequality(
        removed(labels_axis, turning, stops, bulk_dim),
        removed(labels_axis, turning, stops),
        at=each_n,
    ),
)
beyond(
    "practice.two_papers.half_the_samples",
    "Stopped in time, a student with N = d_s/2 pseudo-labels is better than one without a stop "
    "and infinitely many, for every n (s = 1/32, half of the bulk seen).",
    inequality(
        removed(labels_axis, np.inf, never), removed(labels_axis, d_strong // 2, stops), at=each_n
    ),
)

# %% [markdown]
# ## What to notice
#
# * **Discrepancy pays** when there is no gap in the spectrum ($s$ near 1) and many pseudo-labels,
#   $N \gg d_s$. Between $d_s$ and $2d_s + 1$ pseudo-labels it harms, unless one stops.
# * **Stopping pays** when the signal is learned long before the bulk, $s \ll 1$. Then it needs
#   $N \gg r$ only, the effective rank $r = 1 + s\,(d_s - 1)$ of the student's kernel, and no discrepancy at all.
# * **Together** they gain most where neither suffices: in the band of the left map of
#   {numref}`fig-where-it-pays`, and at small $N$, where stopping also shrinks the factor $\varepsilon$ with
#   which the discrepancy is paid.
# * **Honest limits.** For finite $N$ and $t$ the formula is asymptotic; its error is measured
#   {ref}`where it is derived <page-two-papers-one-picture>`. The best time is that of the true risk, which a
#   practitioner does not see. Seeing less of the bulk is never a loss here, because the student always sees the signal.
