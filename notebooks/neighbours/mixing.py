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
#     smoke: {trials: 600, geometries: 100}
# ---

# %% [markdown]
# (page-mixing)=
# # Mixing student and baseline
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here): student and SFT baseline learn from the same
# labels, and yet a weighted mean of their predictions has less error than either, unless one space lies in
# the other, and the larger explains no more. Best weight and error are closed forms.
#
# **Holds?** Yes, at every size. The mixture can pass the strong ceiling where neither model does.
#
# **Where not**: the formula is exact where directions are shared or orthogonal; otherwise it is nearly so.
# :::
#
# :::{glue:figure} mixing
# :name: fig-mixing
#
# Lines are formulas, points are measured, $\sigma^2 = 1$. First panel: the risk of the mixture against the
# weight of the student ($d_s = 12$, $d_w = 16$, $n = 60$, $N = 50$). Stars mark the best weight: inside, except
# where the strong space lies in the weak one ($d_{s\wedge w} = 12$). Second: $d_s = 100$, $d_w = 60$,
# $d_{s\wedge w} = 30$, $n = 400$. Up to $N =$ {glue:text}`window_high` the best mixture is below the strong
# ceiling, on the left even where the student is not.
# :::
#
# ```{index} ! mixture of student and baseline
# ```
#
# ## Statement
#
# Whoever trains a student has $n$ labels, and can train the strong model on them directly: the SFT
# baseline $f_s$. Part I asks which of the two to take. Here we take both and predict with
# $(1-\xi) f_s + \xi f_{w2s}$. Had the two learned from independent data, a weighted mean would help at once.
# They share every label, so the question is how much of their error they share.
#
# :::{prf:theorem} The risk of every mixture (derived here)
# :label: thm-mixing
# :nonumber:
#
# Gaussian features, ridgeless models, $n > \max(d_s, d_w) + 1$ and $N > d_s + 1$; every
# {ref}`canonical angle <page-subspaces>` is 0 or 90 degrees. Let $\rho_s + E_S$ and $\rho_s + E_W$ be the
# {ref}`exact risks <page-single-models>` of baseline and student, and $b$ the energy of the target in
# neither space. Then
#
# $$
# \begin{aligned}
# R(\xi) &= \rho_s + (1-\xi)^2 E_S + \xi^2 E_W + 2\xi(1-\xi)\,X, \\
# X &= \frac{(\sigma^2 + b)\, d_{s\wedge w}}{n - d_{s\wedge w} - 1},
# \end{aligned}
# $$
#
# and with $u = E_S - X$ and $v = E_W - X$, what each model errs alone,
#
# $$
# \xi^* = \frac{u}{u + v}, \qquad R(\xi^*) = \rho_s + X + \frac{uv}{u + v} .
# $$
#
# Moreover $X \le E_S$, with equality only if $V_s \subseteq V_w$ and the target has no energy $c$ in what
# $V_w$ adds; and $X \le E_W$, with equality only if $V_w \subseteq V_s$ and it has no energy $a$ in what
# $V_s$ adds. **In all other cases with noise $0 < \xi^* < 1$, and the best mixture beats both models.**
# :::
#
# In words: the best mixture pays the error $X$ that both make and, of what each errs alone, half the
# harmonic mean. $X$ is the error of least squares on the shared directions alone. Without approximation
# error $\sigma^2$ cancels in $\xi^*$: **the best weight asks for sizes and dimensions only.**

# %% tags=["parameters"]
profile = "paper"  # or "smoke": which scale the numbers below are for
seed = 2025
trials = 4000  # repetitions of every measured point
geometries = 500  # random spaces, targets and sizes

# %% [markdown]
# ## Why it is true
#
# Both models are linear in the labels, so the risk is a parabola in $\xi$, and $X$ is the mean product of
# their errors within the strong space. A fresh unlabelled sample adds errors of mean zero to the
# student, given its teacher. Hence only coefficients in the shared directions count. Let $S$, $W$, $T$ hold
# the $n$ values of the shared, the weak-only and the strong-only features: independent Gaussian matrices.
# Let $\varepsilon$ collect label noise and what neither space explains, of variance $\sigma^2 + b$.
#
# 1. The baseline regresses on $[S, T]$. In the shared directions it errs by $S^+\varepsilon - S^+T\,\hat t$
#    with $\hat t = ((I-P_S)T)^+\varepsilon$. Given $S$, the matrix $S^+T$ depends on $P_S T$ and $\hat t$ on
#    $(I-P_S)T$, which are independent, and $S^+T$ has mean zero. So the mean over $T$ is
#    $S^+\varepsilon$. The teacher errs likewise, with $W$.
# 2. Given $S$ and $\varepsilon$ the two errors are independent. So $X$ is the mean of
#    $|S^+\varepsilon|^2$, that is $(\sigma^2+b)\,\mathbb E\,\mathrm{tr}(S^\top S)^{-1}$, an inverse
#    Wishart mean: the formula of the theorem.
# 3. To the baseline the target in $W$ is noise, to the teacher that in $T$. The error this causes changes its
#    sign with $W$ in one model and with $T$ in the other, and all else keeps its sign: no products remain.
#
# With $D = d_{s\wedge w} + \kappa_N(d_w - d_{s\wedge w})$ the exact risks are
#
# $$
# E_W = a + \kappa_N c + \frac{\sigma^2 + \rho_w}{n-d_w-1}\,D, \qquad
# E_S = \frac{\sigma^2 + \rho_s}{n-d_s-1}\,d_s .
# $$
#
# Factor by factor both are at least $X$. The minimum of a parabola gives the rest, which is
# {proved}`Algebra.best_mixture`. $\square$

# %%
import numpy as np
from myst_nb import glue

from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.samplers import joint_wishart
from w2s.discrepancy.simulate import noise_averaged
from w2s.discrepancy.subspaces import Geometry, pair_with_cosines
from w2s.metrics import Estimate, mean_and_error, ratio_of_means
from w2s.neighbours.mixing import (
    aligned_case,
    aligned_geometry,
    common_error,
    equivalent_labels,
    mixture,
)
from w2s.page.claims import derived, inequality
from w2s.page.comparison import compared, joined
from w2s.page.figures import ACCENT, BOUND, CEILING, SFT, STUDENT, figure, in_shades, points, ticks

line_rng, part_rng, model_rng, random_rng, angle_rng = np.random.default_rng(seed).spawn(5)


def trained(case, n, N, count):
    """Trials of all models, those of the best mixture, and the theorem."""
    exact = mixture(aligned_geometry(*case), n, N, 1.0)
    drawn = joint_wishart(*case, n, N, 1.0, count, model_rng)
    return drawn, drawn.mixed(float(exact.best_weight)), exact


# %% [markdown]
# ## Computation
#
# `w2s.neighbours.mixing.mixture` is the theorem. The other route draws features and labels and trains both
# models on the same rows with the same noise; independent data would give $X = 0$. Of each trial we keep
# both risks and the product of the errors.

# %%
weights, overlaps = np.linspace(0, 1, 5), np.array([0, 6, 12])
lines = {k: mixture(Geometry(12, 16, overlap=k), 60, 50, 1.0) for k in overlaps.tolist()}


drawn = {k: joint_wishart(*aligned_case(k, 16, 12), 60, 50, 1.0, trials, line_rng) for k in lines}
mixed = {k: np.transpose([one.mixed(weight) for weight in weights]) for k, one in drawn.items()}
measured = {k: compared(lines[k].risk(weights), mixed[k], weight=weights) for k in lines}

# %%
few = trials // 4  # large matrices scatter less
wide, unlabelled = aligned_case(30, 60, 100), np.arange(110, 4000)
curve, models = (f(aligned_geometry(*wide), 400, unlabelled, 1.0) for f in (mixture, risks))
sizes = np.array([150, 300, 600, 1600])
large = [trained(wide, 400, int(N), few) for N in sizes]

below = curve.best_risk < models.ceiling
glue("window_high", int(unlabelled[below].max()), display=False)


# %% tags=["remove-output"]
def parabolas(ax):
    along = np.linspace(0, 1, 101)
    for role, (k, line) in in_shades(lines.items()):
        ax.plot(along, line.risk(along), **role.line, label=rf"$d_{{s\wedge w}}$ = {k}")
        measured[k].dots(ax, role)
        ax.plot(line.best_weight, line.best_risk, **(ACCENT.dots | {"markersize": 9}))
    ax.set(xlabel=r"weight $\xi$ of the student (0: SFT, 1: W2S)", ylabel="excess risk")
    ax.set(ylim=(0.06, 0.33))
    ax.legend(loc="lower left")


def through_the_ceiling(ax):
    drawn = {
        "SFT": (SFT, models.sft, [one.sft for one, _, _ in large]),
        "student": (STUDENT, models.student, [one.student for one, _, _ in large]),
        "ceiling": (CEILING, models.ceiling, [one.ceiling for one, _, _ in large]),
        "best mixture": (ACCENT, curve.best_risk, [mixed for _, mixed, _ in large]),
    }
    for name, (role, line, rows) in drawn.items():
        ax.plot(unlabelled, line, **role.line, label=name)
        points(ax, sizes, mean_and_error(np.transpose(rows)), role)
    ax.set(xscale="log", yscale="log", ylim=(0.03, 0.6), xlabel="unlabelled samples $N$")
    ticks(ax, x=[150, 300, 600, 1600], y=[0.05, 0.1, 0.2, 0.4])
    ax.set(ylabel="excess risk")
    ax.legend(loc="lower left")


# %% tags=["remove-output"]
figure(
    "mixing",
    parabolas,
    through_the_ceiling,
    alt=[
        "Excess risk against the weight of the student for overlaps 0, 6 and 12. Three parabolas "
        "start at the same point. Those of overlap 0 and 6 have their minimum, marked by a star, "
        "between the ends, that of overlap 12 at weight 0. Measured points lie on the lines.",
        "Risk of SFT, student, ceiling and best mixture against the number of unlabelled samples. "
        "The mixture is lowest for small numbers and then crosses the falling line of the ceiling; "
        "measured points lie on the lines.",
    ],
)

# %% [markdown]
# ## Claims

# %%
derived(
    "neighbours.mixing.parabola",
    "The risk of the mixture is the parabola R(ξ) of the theorem: measured at five weights for "
    "three overlaps.",
    joined(measured.values(), overlap=overlaps[:, None], weight=weights).agrees(0.03),
    main=True,
)
# Overlap, d_w, d_s and the energies c, a, b; n, N, σ². The last two are nested.
cases = [
    (aligned_case(6, 16, 12), (60, 50, 1.0)),
    (aligned_case(6, 16, 12, 0.3, 0.2, 0.5), (60, 50, 1.0)),
    (aligned_case(10, 40, 30, 0.2, 0.1), (100, 70, 0.5)),
    (aligned_case(12, 20, 12), (60, 50, 1.0)),
    (aligned_case(8, 8, 20), (60, 60, 1.0)),
]
number = np.arange(1, len(cases) + 1)
exact = [mixture(aligned_geometry(*spaces), *at) for spaces, at in cases]
drawn = [joint_wishart(*spaces, *at, trials, part_rng) for spaces, at in cases]

# %%
predicted = [[one.floor + x for x in (one.sft, one.student, one.common)] for one in exact]
rows = np.array([[one.sft, one.student, one.common] for one in drawn])
parts = compared(predicted, np.moveaxis(rows, -1, 0), case=number[:, None], of=["E_S", "E_W", "X"])
derived(
    "neighbours.mixing.parts",
    "The risks of baseline and student, and the mean product of their errors, are the exact ones "
    "with and without a target, in five geometries of which two are nested.",
    parts.agrees(0.05),
)
shares = [ratio_of_means(x.sft - x.common, x.sft + x.student - 2 * x.common) for x in drawn]
weight = Estimate(*np.transpose([[one.value, one.standard_error] for one in shares]))
derived(
    "neighbours.mixing.weight",
    "The weight that is best for the measured risks is ξ*; in the nested geometries it is 0 (strong "
    "in weak: pseudo-labels add nothing) and 1 (weak in strong: the student needs no baseline). "
    "Numbers are those of 1 + ξ*, because one weight is 0.",
    # After adding 1 to both sides: agreement is measured against the prediction, and one is 0.
    compared([one.best_weight for one in exact], weight, case=number).minus(-1).agrees(0.03),
    main=True,
)


# %%
def random_case(rng):
    """Draw spaces that are not nested, a target (or none) and sizes; return the theorem."""
    d_s, d_w = rng.integers(2, 60, 2)
    a, b, c = rng.exponential(size=3) * rng.integers(2)
    g = Geometry(d_s, d_w, rng.integers(0, min(d_s, d_w)), b + c, a, b, c)
    n, N = np.array([max(d_s, d_w), d_s]) + rng.integers(2, 200, 2)
    return mixture(g, n, N, 0.01 + rng.exponential())


many = [random_case(random_rng) for _ in range(geometries)]
kept = np.array([one.best_risk / min(one.risk(0.0), one.risk(1.0)) for one in many])
derived(
    "neighbours.mixing.always",
    f"In {geometries} random geometries that are not nested, with and without a target beyond the "
    "models, the best mixture has less risk than both of them.",
    inequality(kept, 1 - 1e-9),  # strictly: by more than rounding
)
glue("median_gain", float(np.median(1 - kept)), display=False)


# %%
def past_ceiling(drawn, mixed, _):
    """Return what is negative where the mixture passes the ceiling and neither model does."""
    return [mixed - drawn.ceiling, drawn.ceiling - drawn.student, drawn.ceiling - drawn.sft]


narrow = trained(aligned_case(10, 40, 100), 200, 150, few)
mean, error = mean_and_error([past_ceiling(*one) for one in (narrow, large[0])], axis=-1)
both = ["mixture and ceiling", "ceiling and student", "ceiling and SFT"]
derived(
    "neighbours.mixing.ceiling",
    "The best mixture has less risk than the ceiling, which learns from n+N true labels, where "
    "neither student nor SFT has: for d_s = 100 and (d_{s∧w}, d_w, n, N) = (10, 40, 200, 150) and "
    "(30, 60, 400, 150).",
    inequality(mean, 0.0, standard_error=error, at={"case": [[1], [2]], "of": both}),
    main=True,
)
many_drawn, many_mixed, _ = large[-1]
mean, error = mean_and_error(many_mixed - many_drawn.ceiling)
derived(
    "neighbours.mixing.ceiling_many",
    "In the second of these cases it has less risk than the ceiling with N = 1600, too.",
    inequality(mean, 0.0, standard_error=error),
    expect="fails",
)

# %% [markdown]
# ## What a label is worth
#
# A risk can be told in labels: the number $n_{\rm eq}$ with which the SFT baseline reaches it
# (`w2s.neighbours.mixing.equivalent_labels`). Without approximation error:
#
# * **The student alone** is worth $n_{\rm eq} = d_s + 1 + (n - d_w - 1)\,d_s/D$ labels, with
#   the $D$ of the proof. With pseudo-labels in plenty $D \to d_{s\wedge w}$: after a
#   toll of $d_w + 1$ labels, *each label counts as* $d_s/d_{s\wedge w}$ *labels*.
# * **The mixture without overlap** is worth $n + (N - d_s - 1)\,(n - d_w - 1)/d_w$ labels: the two errors are
#   uncorrelated, so inverse risks add. *Each pseudo-label beyond the first* $d_s + 1$ *counts as*
#   $(n-d_w-1)/d_w$ *true labels*, which is more than one as soon as $n > 2d_w + 1$.
#
# At the margin one label serves the student as much as (`w2s.neighbours.mixing.exchange_rate`)
#
# $$
# \frac{D\,(N-d_s-1)^2}{(n-d_w-1)\,d_s\,(d_w-d_{s\wedge w})}
# $$
#
# pseudo-labels. From the same derivatives follows {ref}`how to split a budget <page-budget>`.


# %%
def in_labels(d_s, rows):
    """Measured risks as numbers of labels, with standard errors by the delta method."""
    mean, error = mean_and_error(rows)
    labels = equivalent_labels(Geometry(d_s, 1, 0), mean, 1.0)
    return labels, (labels - d_s - 1) * error / mean


n, N = np.array([(60, 60, 100), (50, 100, 50)])
mixed = [trained(aligned_case(0, 16, 12), *at, trials)[1] for at in zip(n, N, strict=True)]
worth = Estimate(*in_labels(12, np.transpose(mixed)))
derived(
    "neighbours.mixing.worth",
    "Without overlap the best mixture is worth n + (N − d_s − 1) (n − d_w − 1) / d_w labels.",
    compared(n + (N - 13) * (n - 17) / 16, worth, n=n, N=N).agrees(0.03),
    main=True,
)
shared = np.array([3, 6, 12])
plenty = [trained(aligned_case(k, 16, 12), 60, 10**7, trials)[0].student for k in shared.tolist()]
worth = Estimate(*in_labels(12, np.transpose(plenty)))
derived(
    "neighbours.mixing.each_label",
    "With ten million pseudo-labels the student is worth d_s + 1 + (n − d_w − 1) d_s / d_{s∧w} labels.",
    compared(13 + (60 - 17) * 12 / shared, worth, overlap=shared).agrees(0.05),
)


# %% tags=["remove-output"]
def worth_in_labels(ax):
    along = np.arange(110, 2001, 10)
    for role, k in in_shades([0, 30, 60]):
        g = Geometry(100, 60, overlap=k)
        found = equivalent_labels(g, mixture(g, 400, along, 1.0).best_risk, 1.0)
        ax.plot(along, found, **role.line, label=rf"$d_{{s\wedge w}}$ = {k}")
    ax.plot(along, 400 + along, **BOUND.line, label="ceiling: $n + N$")
    ax.set(xlabel="unlabelled samples $N$", ylabel=r"worth in labels $n_{\rm eq}$")
    ax.set(ylim=(0, 4000))
    ax.legend(loc="upper right")


# %% tags=["remove-output"]
figure(
    "worth",
    worth_in_labels,
    alt="Worth of the best mixture in labels against unlabelled samples for three overlaps, with the "
    "number of labels of the ceiling. Without overlap the worth grows faster than that number, with "
    "overlap it levels off, and for nested spaces it is a flat line.",
)

# %% [markdown]
# :::{glue:figure} worth
# :name: fig-worth
#
# What the best mixture is worth in labels ($d_s = 100$, $d_w = 60$, $n = 400$; formulas). Above the dotted
# line it beats the ceiling, which has $n + N$ labels. In the nested case $d_{s\wedge w} = 60$ the student is
# all of the mixture, and $N$ changes nothing.
# :::
#
# ## Other angles
#
# With angles between 0 and 90 degrees the theorem does not apply. Without a target, $X$ still depends on
# the correlation dimension $d_{s\wedge w}$ alone in the limit of $n$ growing with all dimensions.
#
# :::{admonition} Why the limit has the same formula
# :class: dropdown
#
# Write $s_j$, $w_j$ for the whitened features of sample $j$, with $\mathbb E\,s_jw_j^\top = C$, further
# $G_s = \sum_j s_js_j^\top/n$, $\delta_s = d_s/n$ and likewise for $w$, and $\delta = d_{s\wedge w}/n$. Then
# $X/\sigma^2 = \tfrac1n\,\mathbb E\,\mathrm{tr}\,G_s^{-1}\bigl(\tfrac1n\sum_j s_jw_j^\top\bigr) G_w^{-1}C^\top$.
# Taking sample $j$ out of the inverses beside it costs the factors $1-\delta_s$ and $1-\delta_w$, so
# $X/\sigma^2 \simeq (1-\delta_s)(1-\delta_w)\,h$ with $h = \tfrac1n\mathrm{tr}\,(K C^\top)$ and
# $K = \mathbb E\,G_s^{-1}CG_w^{-1}$. Now write
# $CG_w^{-1} = \tfrac1n\sum_j s_js_j^\top\,G_s^{-1}CG_w^{-1}$ and take $j$ out again. With
# $\mathbb E\,G_w^{-1} \simeq I/(1-\delta_w)$ this gives
# $C/(1-\delta_w) = (1-\delta_s) K - (1-\delta_s)\,h\,C$. Solve for $K$, multiply by $C^\top$ and take the trace:
# $h\,(1-\delta) = \delta/[(1-\delta_s)(1-\delta_w)]$. So $X/\sigma^2 \simeq \delta/(1-\delta)$, which is
# $d_{s\wedge w}/(n - d_{s\wedge w})$. This is an argument in the manner of random matrix theory, without bounds
# on the remainder; the claim below tests it.
# :::

# %%
many = pair_with_cosines(40, 60, np.sqrt(np.linspace(0, 1, 40)))
two = pair_with_cosines(2, 2, np.sqrt([0.2, 0.2]))
product = noise_averaged(many, None, 200, 100, 1.0, few // 2, angle_rng).common
derived(
    "neighbours.mixing.any_angle",
    "Without a target X = σ² d_{s∧w} / (n − d_{s∧w} − 1) within one per cent for forty canonical angles "
    "from 0 to 90 degrees, n = 200.",
    # The limit says nothing of terms of relative order 1/n, which is half of that.
    compared(common_error(many.overlap, 200, 1.0), product).agrees(0.01, allowance=0.01),
)
limit = common_error(two.overlap, 10, 1.0)
product = noise_averaged(two, None, 10, 30, 1.0, 2 * trials, angle_rng).common
derived(
    "neighbours.mixing.few_angles",
    "That formula is exact at any angles and sizes: two directions each, cos² = 0.2, n = 10.",
    compared(limit, product).agrees(0.02),
    expect="fails",
)
glue("few_off", float(1 - product.mean() / limit), display=False)

# %% [markdown]
# ## What to notice
#
# * **Both, not either** ({numref}`fig-mixing`). {ref}`Which of the two is better <page-when-w2s>` matters less than
#   it seems: the best mixture is never worse. The more of its teacher's bias
#   the student inherits, $a$, the less weight it gets. In half of the random geometries it has at least
#   {glue:text}`median_gain:.0%` less risk than the better of the two.
# * **Past the ceiling.** The {ref}`ceiling <page-phase-diagram>` learns $d_s$ directions from $n + N$ labels. The
#   mixture profits from a teacher with a smaller space. As $N$ grows the ceiling falls to zero, the
#   mixture to no less than $X$: overlap closes the window ({numref}`fig-worth`).
# * **Nested spaces.** If $V_s \subseteq V_w$, the student is the baseline with errors added; if
#   $V_w \subseteq V_s$, it is the teacher itself, and the baseline adds only errors. Approximation error
#   breaks both rules: what the teacher explains and the baseline takes for noise makes $\xi^* > 0$.
# * **Honest limits.** Gaussian features, ridgeless models, known dimensions. Where angles are neither 0 nor
#   90 degrees the formula for $X$ is {glue:text}`few_off:.0%` too large with two directions and $n = 10$; with
#   a target besides we have none. On real data choose $\xi$ on held-out labels.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In the first panel of {numref}`fig-mixing` all lines start at one point. Why? And for which spaces would
# the line be flat?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# At weight 0 the mixture is the baseline, which knows nothing of teacher and weak space. A flat line
# needs $E_S = E_W = X$: both spaces are the same, and the student is the baseline.
# ::::
#
# ::::{admonition} Exercise 2. A step of the proof
# :class: w2s-exercise
#
# Let $d_{s\wedge w} = 0$ and all approximation errors vanish. Show that inverse risks add, and find the $N$ from
# which on the best mixture passes the ceiling. Apply it to $d_s = 12$, $d_w = 16$, $n = 60$.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# With $X = 0$ the best risk is $E_SE_W/(E_S+E_W)$, so $1/R = 1/E_S + 1/E_W$. In units of $1/(\sigma^2 d_s)$
# this is $(n-d_s-1) + (N-d_s-1)(n-d_w-1)/d_w$, and the ceiling has $n + N - d_s - 1$. So the mixture is
# below it when $(N-d_s-1)(n-d_w-1) > d_w N$. In the example a search over the risks finds
# $N =$ {glue:text}`first_below`, and the inequality {glue:text}`first_by_formula`.
# ::::
#
# ::::{admonition} Exercise 3. Change a parameter
# :class: w2s-exercise
#
# Give the nested case $d_{s\wedge w} = d_s = 12$, $d_w = 20$, $n = 60$, $N = 50$ a target with the energy $c = 1$
# in what the weak space adds (`aligned_case(12, 20, 12, invisible=1.0)`). What becomes of $\xi^* = 0$?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The baseline takes this energy for label noise: $E_S = (\sigma^2 + c)\,d_s/(n-d_s-1) > X$. The teacher explains
# it, and the student pays $\kappa_N c$ more. The best weight is {glue:text}`with_c:.3f`, and with $N = 5000$
# it is {glue:text}`with_c_and_more:.3f`.
# ::::

# %% tags=["remove-output", "hide-input"]
some = np.arange(14, 200)
plain = Geometry(12, 16, overlap=0)
below = mixture(plain, 60, some, 1.0).best_risk < risks(plain, 60, some, 1.0).ceiling
explained = mixture(
    Geometry(12, 20, 12, rho_strong=1.0, invisible=1.0), 60, [50, 5000], 1.0
).best_weight
glue("first_below", int(some[below].min()), display=False)
glue("first_by_formula", int(some[(some - 13) * 43 > 16 * some].min()), display=False)
glue("with_c", float(explained[0]), display=False)
glue("with_c_and_more", float(explained[1]), display=False)
