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
#     smoke: {trials: 300, fast_trials: 2000, author_trials: 60}
# ---

# %% [markdown]
# (page-variance-theorem)=
# # The student's variance
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`dong2025`): a weak teacher's label noise reaches the student in full where the two
# models share features, and divided by $N/d_s$ where they do not.
#
# **Holds?** Yes, exactly, on the student's own $N$ unlabelled inputs, for Gaussian features.
#
# **Where not**: at a fresh point $d_s/N$ is too small; $d_s/(N-d_s-1)$ is exact (derived here). Below
# $N = 2d_s+1$ the student is noisier than its teacher there.
# :::
#
# :::{glue:figure} two-evaluations
# :name: fig-two-evaluations
#
# First panel: the student's variance on its unlabelled sample (dotted, crosses) and on fresh points (solid,
# dots). Lines: formulas (1) and (2); points: least squares, two standard errors. Shaded: what it inherits
# from the teacher, which no $N$ removes. Second: without that part, as a share of the teacher's variance
# in the directions that the student does not share.
# :::
#
# ## Statement
#
# :::{prf:theorem} The student's variance (main theorem of Dong et al. 2025; numbering not verified)
# :label: thm-variance
# :nonumber:
#
# The teacher is fitted to $n$ labels $y = f_*(x) + z$, $\mathbb E z^2 = \sigma^2$, by ridgeless regression
# on $d_w$ Gaussian features, the student to the teacher's predictions on $N$ unlabelled inputs on $d_s$
# Gaussian features, $n > d_w + 1$, $N \ge d_s$. With the overlap $d_{s\wedge w}$ of the
# {ref}`two feature spaces <page-subspaces>`,
#
# $$
# \mathrm{Var}(f_{w2s}) = \frac{\sigma^2}{n - d_w - 1}
# \Bigl( d_{s\wedge w} + \frac{d_s}{N}\,(d_w - d_{s\wedge w}) \Bigr).
# \tag{1}
# $$
#
# :::
#
# How sure we are: {certainty}`Main variance theorem`. The abstract announces an exact characterisation of the variance, and the
# authors' code has this one (`bd_exrisk_w2s` of `synthetic.ipynb`, commit 85786f9 of 8 June 2025). The
# hypotheses as they stand here are recalled.
# What decides is where the error is averaged.
#
# :::{prf:proposition} Where it is exact (derived here)
# :label: prop-variance
# :nonumber:
#
# Formula (1) is the variance averaged over the student's own sample $\mathcal S_x$ of $N$ inputs. For a
# fresh point and $N > d_s + 1$ the factor is larger:
#
# $$
# \mathrm{Var}(f_{w2s}) = \frac{\sigma^2}{n - d_w - 1}
# \Bigl( d_{s\wedge w} + \frac{d_s}{N - d_s - 1}\,(d_w - d_{s\wedge w}) \Bigr).
# \tag{2}
# $$
#
# :::
#
# The two agree to leading order in $d_s/N$. The authors' simulation, at the same commit, measures the
# error on fresh points, in closed form, so its points lie above the drawn curve where $N$ is small.
#
# ## Why it is true
#
# Only the noise $z$ matters, so let the target be zero. Write $\psi_s$, $\psi_w$ for the whitened features
# and $C = \mathbb E\,\psi_s\psi_w^\top$, so that $d_{s\wedge w} = \lVert C\rVert_F^2$.
#
# *The teacher.* Given its $n$ inputs its coefficients $\theta_w$ have covariance $\sigma^2 G^{-1}$ with a
# Wishart matrix $G$, and $\mathbb E\, G^{-1} = I/(n-d_w-1)$: every direction carries
# $\tau^2 = \sigma^2/(n-d_w-1)$.
#
# *What the student sees.* Gaussian features split into $\psi_w = C^\top\psi_s + r$ with $r$ independent of
# $\psi_s$ and of covariance $I - C^\top C$. A pseudo-label $\psi_w^\top\theta_w$ is therefore a strong function
# with coefficients $C\theta_w$, plus $r^\top\theta_w$, which to the student is *independent label noise* of
# variance $q = \theta_w^\top(I - C^\top C)\theta_w$.
#
# *The student.* Least squares returns $C\theta_w$ exactly and fits the noise like any other: with $N$
# samples and $d_s$ features it keeps $q\, d_s/N$ of it on its own sample and $q\, d_s/(N-d_s-1)$ on a fresh
# point. Averaging over the teacher, $\mathbb E\lVert C\theta_w\rVert^2 = \tau^2 d_{s\wedge w}$ and
# $\mathbb E\, q = \tau^2(d_w - d_{s\wedge w})$. That is (1) and (2).
#
# ::::{admonition} Full proof of the two factors
# :class: dropdown
#
# Let $\Psi$ be the $N\times d_s$ matrix of strong features and $R\theta_w$ the vector of the
# $r^\top\theta_w$: given $\theta_w$ it is Gaussian, independent of $\Psi$, with covariance $q I_N$. The
# student is $C\theta_w + \Psi^+ R\theta_w$ and the cross term has mean zero. On the sample the second part
# is the projection of $R\theta_w$ on the $d_s$-dimensional column space of $\Psi$, with mean square
# $q\, d_s/N$ per point, and the first has mean square $\lVert C\theta_w\rVert^2$. On a fresh point the second
# part contributes
#
# $$
# \mathbb E\lVert\Psi^+R\theta_w\rVert^2 = q\,\mathbb E\,\mathrm{tr}(\Psi^\top\Psi)^{-1} = q\, d_s/(N-d_s-1),
# $$
#
# again by the mean of an inverse Wishart matrix {cite:p}`muirhead1982`.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": which scale the numbers below are for
seed = 2025
d_strong, d_weak, overlap = 20, 40, 8
n_labelled = 100  # n, labelled samples of the teacher
sizes = [32, 40, 56, 80, 130, 220, 400]  # N, unlabelled samples of the student
noise = 1.0  # label-noise variance σ²
trials = 2500  # least-squares trials per N
fast_trials = 40_000  # trials of the faster samplers at one N
author_trials = 300  # trials per point at the authors' sizes

# %%
import numpy as np
from myst_nb import glue

from w2s.discrepancy.ridgeless import (
    require_finite,
    single_risk,
    student_dimension,
    student_rate,
    student_variance,
)
from w2s.discrepancy.samplers import joint_wishart, scalar_law
from w2s.discrepancy.simulate import least_squares
from w2s.discrepancy.subspaces import Geometry, axis_aligned_pair
from w2s.page.claims import derived, paper, reading
from w2s.page.comparison import compared, joined
from w2s.page.figures import BOUND, STUDENT, WEAK, figure, heat_map, ticks

pair = axis_aligned_pair(d_strong, d_weak, overlap)
geometry = pair.geometry()
require_finite(geometry, n_labelled, sizes)
# The second stream is that of the page on the four routes.
size_rng, _, map_rng, author_rng = np.random.default_rng(seed).spawn(4)
fields = {"in_sample": "student_on_sample", "population": "student"}


def formula(where, big_n=sizes, g=geometry, n=n_labelled, s2=noise):
    """Formula (1) on the student's sample, formula (2) in the population."""
    return student_variance(g, n, big_n, s2, evaluation=where)


# %% [markdown]
# ## On its sample and on fresh points
#
# With a zero target all labels are noise, and the mean squared prediction of a model is its variance.
# We draw features and labels and solve the least-squares problems, as a reader would. From the
# variance follows the share that the student keeps of its teacher's variance in the directions they do
# not share, $d_s/N$ or $d_s/(N-d_s-1)$: the second panel of {numref}`fig-two-evaluations`.

# %%
runs = [least_squares(pair, None, n_labelled, N, noise, trials, size_rng) for N in sizes]
variance = {
    where: compared(formula(where), np.transpose([getattr(run, field) for run in runs]), N=sizes)
    for where, field in fields.items()
}

# %% tags=["hide-input"]
looks = {
    "in_sample": (BOUND, "on its sample", r"$d_s/N$"),
    "population": (STUDENT, "fresh points", r"$d_s/(N-d_s-1)$"),
}
curve = np.geomspace(min(sizes) - 6, 1.5 * max(sizes), 200)
tau2 = noise / (n_labelled - d_weak - 1)
inherited, discrepant = tau2 * overlap, tau2 * (d_weak - overlap)


def variances(ax):
    ax.axhline(single_risk(d_weak, n_labelled, noise), **WEAK.line, label="teacher, exact")
    for where, (look, words, _) in looks.items():
        ax.plot(curve, formula(where, curve), **look.line)
        variance[where].dots(ax, look, f"student, {words}")
    ax.fill_between(curve, 0, inherited, **STUDENT.band, label="inherited")
    ax.set(xscale="log", xlabel="unlabelled samples N", ylabel="variance", ylim=(0, 1.4))
    ticks(ax, x=[30, 50, 100, 200, 500])
    ax.legend()


def shares(ax):
    for where, (look, _, rate) in looks.items():
        ax.plot(curve, student_rate(geometry, curve, evaluation=where), **look.line, label=rate)
        variance[where].minus(inherited).over(discrepant).dots(ax, look)
    ax.axhline(1.0, **WEAK.line, label="all of it")
    ax.set(xscale="log", yscale="log", xlabel="unlabelled samples N", ylim=(0.03, 3))
    ax.set(ylabel="share of discrepant variance kept")
    ticks(ax, x=[30, 50, 100, 200, 500], y=[0.05, 0.1, 0.2, 0.5, 1, 2])
    ax.legend()


# %% tags=["remove-output"]
low, high = (float(student_rate(geometry, sizes[0], evaluation=where)) for where in fields)
glue("smallest_n", sizes[0], display=False)
glue("gap_at_smallest", high / low, display=False)
glue("equal_n", 2 * d_strong + 1, display=False)
figure(
    "two-evaluations",
    variances,
    shares,
    alt=[
        "Student's variance against N on its sample and on fresh points, two falling curves with "
        "measured points on them. They meet for large N, above the inherited part. The fresh-point "
        "curve starts above the teacher's constant variance.",
        "Kept share of the discrepant variance against N, log-log: points measured on the sample "
        "follow d_s over N, points measured on fresh inputs the larger d_s over N minus d_s minus 1.",
    ],
)

# %% [markdown]
# At $N = $ {glue:text}`smallest_n` the factor for fresh points is {glue:text}`gap_at_smallest:.2f` times the
# one of the theorem. Below $N = 2d_s + 1$ a student is *noisier* than its teacher on fresh points; on its
# sample it never is. Faster samplers reach the same numbers by
# {ref}`three other routes <page-four-routes>`.
#
# ## The whole map
#
# Relative to the teacher's variance the student's depends on two ratios only, the shared fraction
# $d_{s\wedge w}/d_w$ and, for large $d_s$, the oversampling $N/d_s$.

# %%
overlaps = np.arange(0, d_strong + 1)
big_sizes = np.geomspace(1.5 * d_strong, 40 * d_strong, 60)
teacher = single_risk(d_weak, n_labelled, noise)


def relative(shared, N, where="population"):
    """The student's exact variance over its teacher's, with another overlap."""
    return student_dimension(Geometry(d_strong, d_weak, shared), N, evaluation=where) / d_weak


kept = {where: np.array([relative(k, big_sizes, where) for k in overlaps]) for where in fields}


def probe(shared, N):
    """The same, measured at fresh points."""
    spaces = axis_aligned_pair(d_strong, d_weak, shared)
    drawn = scalar_law(spaces, None, n_labelled, N, noise, fast_trials, map_rng)
    return compared(relative(shared, N), drawn.student / teacher)


probes = [(shared, N) for shared in (0, d_strong // 2, d_strong) for N in sizes[1:]]
probed = joined([probe(*at) for at in probes], overlap=[k for k, _ in probes], N=sizes[1:] * 3)


# %% tags=["remove-output"]
def heat(where):
    lines = {"white": [0.1, 0.2, 0.3, 0.5], "black": [1.0]}

    def panel(ax):
        x, y, fills = big_sizes / d_strong, overlaps / d_weak, np.linspace(0, 1.2, 13)
        heat_map(ax, x, y, kept[where], fills, "student's / teacher's variance", lines)
        ax.set(xscale="log", xlabel=r"oversampling $N/d_s$", title=looks[where][1])
        ax.set(ylabel=r"shared fraction $d_{s\wedge w}/d_w$")
        ticks(ax, x=[2, 5, 10, 20, 40])

    return panel


figure(
    "map",
    heat("in_sample"),
    heat("population"),
    alt=[
        "Heat map of the student's variance over the teacher's on the student's sample, against "
        "oversampling and shared fraction: below one everywhere, smallest for no overlap and many "
        "samples.",
        "The same on fresh points: larger at small oversampling, with a vertical contour of value one "
        "just above N = 2 d_s, whatever the overlap.",
    ],
)

# %% [markdown]
# :::{glue:figure} map
# :name: fig-variance-map
#
# The student's variance relative to its teacher's, on the student's sample (first panel) and on fresh
# points (second). With few shared features and many unlabelled samples the noise is averaged away. On
# fresh points the contour 1 stands upright at $N = 2d_s + 1$, for every overlap; with fewer samples a
# small overlap makes things worse.
# :::

# %% [markdown]
# ## Claims

# %%
paper(
    "discrepancy.variance.in_sample",
    "On its own unlabelled sample the student's variance is "
    "σ²/(n−d_w−1)·(d_{s∧w} + (d_s/N)(d_w − d_{s∧w})).",
    variance["in_sample"].agrees(0.05),
    source="dong2025, main variance theorem",
    main=True,
)
derived(
    "discrepancy.variance.population",
    "For a fresh point the student's variance is "
    "σ²/(n−d_w−1)·(d_{s∧w} + d_s/(N−d_s−1)·(d_w − d_{s∧w})).",
    variance["population"].agrees(0.05),
    main=True,
)
reading(
    "discrepancy.variance.fresh_with_sample_factor",
    "The factor d_s/N also gives the variance for a fresh point.",
    compared(formula("in_sample"), variance["population"].measured, N=sizes).agrees(0.1),
    source="dong2025, main variance theorem, read for a fresh test point",
    expect="fails",
    instead="For a fresh point the factor is d_s/(N−d_s−1); d_s/N is its leading order.",
    main=True,
)
derived(
    "discrepancy.variance.map",
    "Relative to the teacher's, the student's variance is (d_{s∧w} + κ_N (d_w − d_{s∧w}))/d_w "
    "with κ_N = d_s/(N−d_s−1): without, with half and with full overlap.",
    probed.agrees(0.03),
)

# %% [markdown]
# How the variance falls with the number of labels is decided at fresh points, for the largest of the
# sizes, $N = $ {glue:text}`largest_n`.

# %%
largest = sizes[-1]
glue("largest_n", largest, display=False)
more = (np.array([1.2, 1.5, 2, 4, 10, 50]) * d_weak).astype(int)
with_more = [scalar_law(pair, None, n, largest, noise, fast_trials, map_rng) for n in more]
by_labels = np.transpose([drawn.student for drawn in with_more])
paper(
    "discrepancy.variance.labels",
    "In the number of labels the variance falls like 1/(n − d_w − 1), from n = 1.2 d_w on.",
    compared(formula("population", largest, n=more), by_labels, n=more).agrees(0.06),
    source="dong2025, main variance theorem",
)

# %%
author_overlaps, author_sizes = np.array([10, 50, 90]), [400, 968, 2105, 4000]
author_pairs = [axis_aligned_pair(100, 200, shared) for shared in author_overlaps]
author_runs = [
    [joint_wishart(spaces, None, 2000, N, 0.01, author_trials, author_rng) for N in author_sizes]
    for spaces in author_pairs
]


def at_authors_sizes(where):
    """Formula and measurement for the authors' three pairs."""
    found = [
        compared(
            formula(where, author_sizes, spaces.geometry(), 2000, 0.01),
            np.transpose([getattr(run, fields[where]) for run in row]),
        )
        for spaces, row in zip(author_pairs, author_runs, strict=True)
    ]
    return joined(found, overlap=author_overlaps[:, None], N=author_sizes).agrees(0.06)


setting = (
    "At the authors' sizes (d_s = 100, d_w = 200, n = 2000, σ² = 0.01; overlaps 10, 50, "
    "90; N from 400 to 4000) formula"
)
paper(
    "discrepancy.variance.authors_sizes.in_sample",
    f"{setting} (1), on the student's sample, is exact.",
    at_authors_sizes("in_sample"),
    source="dong2025, main variance theorem",
)
derived(
    "discrepancy.variance.authors_sizes.population",
    f"{setting} (2), on fresh points, is exact.",
    at_authors_sizes("population"),
)

# %% [markdown]
# ## Try it
#
# The risks of all four models, computed on this page. Share more directions, and the student inherits more
# of its teacher's variance; what is not shared is divided by $N/d_s$.
#
# <div class="w2s-explorer" data-explorer="subspaces">
# <img class="only-light" alt="Static figure: when the student wins, from the page of that name." src="../../figures/discrepancy/when_w2s/gain-1-light.svg">
# <img class="only-dark" hidden alt="Static figure: when the student wins, from the page of that name." src="../../figures/discrepancy/when_w2s/gain-1-dark.svg">
# </div>
#
# ## What to notice
#
# * The student repairs exactly those errors of its teacher that it cannot express, because they look like
#   label noise to it ({numref}`fig-variance-map`). What both models can express is inherited, whatever $N$.
# * The variance has two meanings, and the theorem's $d_s/N$ is exact for one of them. The other needs
#   $d_s/(N-d_s-1)$, which diverges at $N = d_s + 1$ ({numref}`fig-two-evaluations`).
# * **Honest limits.** Exactness needs Gaussian features: $r$ must be *independent* of $\psi_s$, not only
#   uncorrelated, and the Gram matrices must be Wishart. It needs enough samples, $n > d_w+1$.
# * The variance is not the whole risk. What the features cannot express adds {ref}`a bias <page-bias>`, and there
#   the {ref}`angles matter one by one <page-subspaces>`. Whether the student gains in the end is decided
#   {ref}`on another page <page-when-w2s>`.
# * Where groups have other shares in the labels than in the pseudo-labels, a student can inherit more:
#   {ref}`spurious groups <page-spurious-groups>`.

# %% tags=["hide-input"]
exercise_rng = np.random.default_rng([seed, 1])
tenth = round(d_strong + 1 + 10 * d_strong * (d_weak - overlap) / overlap)
by_hand = 1.1 * inherited
exercise = scalar_law(pair, None, n_labelled, tenth, noise, fast_trials, exercise_rng).student
assert abs(exercise.mean() - by_hand) < 5 * exercise.std() / np.sqrt(fast_trials)
glue("tenth_n", tenth, display=False)
glue("by_hand", by_hand, display=False)
glue("run_says", float(exercise.mean()), display=False)

# %% [markdown]
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In the first panel of {numref}`fig-two-evaluations` the solid curve crosses the teacher's line. Where, and
# why does the place not depend on the overlap?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The teacher's variance is $\tau^2 d_w$ with $\tau^2 = \sigma^2/(n-d_w-1)$. It equals (2) where
# $\frac{d_s}{N-d_s-1}(d_w - d_{s\wedge w}) = d_w - d_{s\wedge w}$, that is at $N = 2d_s + 1$, here
# {glue:text}`equal_n`: the overlap cancels.
# ::::
#
# ::::{admonition} Exercise 2. A step of the proof
# :class: w2s-exercise
#
# The proof says that the two parts of the student, $C\theta_w$ and $\Psi^+R\theta_w$, have a cross term of
# mean zero. Which property of $r$ is used, and is it enough that $r$ and $\psi_s$ are uncorrelated?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# Given the teacher and $\Psi$, the mean of $\Psi^+ R\theta_w$ is $\Psi^+\,\mathbb E(R \mid \Psi)\,\theta_w$. This is
# zero if $r$ has mean zero given $\psi_s$, as an independent $r$ has. To be uncorrelated is not enough: for
# one Gaussian feature $\psi$ and $r = \psi^3 - 3\psi$, which is uncorrelated with it, the mean is
# $\mathbb E\bigl(\sum\psi_i^4/\sum\psi_i^2\bigr) - 3 = \frac{3N}{N+2} - 3 = -\frac{6}{N+2}$ (times $\theta_w$).
# ::::
#
# ::::{admonition} Exercise 3. Enough unlabelled data
# :class: w2s-exercise
#
# How many unlabelled samples make the reducible part of (2) a tenth of the inherited part, and what is the
# variance then? Solve it by hand for the spaces of this page, then draw it with `scalar_law`.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# $N = d_s + 1 + 10\,d_s\,(d_w/d_{s\wedge w} - 1)$, which is {glue:text}`tenth_n`, and the variance is
# $1.1\,\tau^2 d_{s\wedge w}$, which is {glue:text}`by_hand:.4f`. The run gives {glue:text}`run_says:.4f`.
# ::::
