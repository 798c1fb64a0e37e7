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
#     smoke: {trials: 400, crossing_trials: 100_000}
# ---

# %% [markdown]
# (page-when-w2s)=
# # When does weak-to-strong happen?
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here, in the setting of {cite:t}`dong2025`): a student that can express the target
# beats its teacher at fresh points if and only if $N > 2d_s+1$, whatever noise, teacher and overlap.
#
# **Holds?** Yes, for Gaussian features; the gain is an exact identity.
#
# **Where not**: a student that cannot express the whole target may win only up to $n_0$ labels. One that has
# all its teacher's features gains nothing.
# :::
#
# :::{glue:figure} gain
# :name: fig-gain
#
# First panel: the gain for a target that the student can express, in units of its value at $N=\infty$. All
# labelled sizes fall on one curve, which is zero at $N = 2d_s+1$ (dots of one $N$ are moved a little
# sideways). Second: a target that only the teacher can express in full, at $N$ =
# {glue:text}`almost_big_n`; the teacher improves with $n$ and overtakes the student at $n_0$ =
# {glue:text}`n_0`. Dots: least squares, two standard errors.
# :::
#
# ```{index} ! how many labels
# ```
#
# ## Statement
#
# The theorem and the proposition are ours. {cite:t}`dong2025` say how many unlabelled samples make the
# discrepancy harmless; the last claim of this page decides this for the constant that we derive
# ({certainty}`Sample complexity`). Notation as on the {ref}`bias page <page-bias>`: $a, b, c$ say where
# the target lies, $\rho_s, \rho_w$
# what each model misses. Further $\tau^2 = (\sigma^2+\rho_w)/(n-d_w-1)$ is the error of each teacher
# coefficient, $\Delta = d_w - d_{s\wedge w}$ the **discrepancy**, $\kappa_N = d_s/(N-d_s-1)$ and
# $k_N = d_s/N$.
#
# :::{prf:theorem} The gain (derived here)
# :label: thm-gain
# :nonumber:
#
# For Gaussian features, $n > d_w + 1$ and $N > d_s + 1$, the gain
# $G = \mathrm{ER}(f_w) - \mathrm{ER}(f_{w2s})$ at a fresh point is
#
# $$
# G = (1 - \kappa_N)\,\tau^2\Delta + b - \rho_s - \kappa_N\, c .
# $$
#
# **The student can express the target** ($\rho_s = 0$): then $c = b$ and
#
# $$
# G = (1-\kappa_N)\,(\tau^2\Delta + b) ,
# $$
#
# which is positive above $N = 2d_s + 1$, zero there and negative below, for every $n$, $\sigma^2$,
# overlap and teacher with $\tau^2\Delta + b > 0$.
#
# **The student cannot express it** ($\rho_s > 0$): for $\kappa_N < 1$ and $\rho_s + \kappa_N c > b$ the student wins only up to
#
# $$
# n_0 = d_w + 1 + \frac{(1-\kappa_N)(\sigma^2+\rho_w)\,\Delta}{\rho_s + \kappa_N c - b} .
# $$
# :::
#
# :::{prf:proposition} Gain is misfit (derived here)
# :label: prop-misfit
# :nonumber:
#
# If the student can express the target, then on its own sample, **draw by draw and for any features,
# target, noise and teacher**,
#
# $$
# \mathrm{ER}_{\mathcal S_x}(f_w) - \mathrm{ER}_{\mathcal S_x}(f_{w2s})
# = \frac1N \sum_{i\le N} \bigl(f_w - f_{w2s}\bigr)^2(x_i) .
# $$
#
# The right-hand side is the **misfit**. Its mean for Gaussian features and any target is
# $(1 - k_N)(\tau^2\Delta + c)$. If every weak feature is a combination of strong ones, as in
# self-distillation, and $N \ge d_s$, the student **is** its teacher and gains nothing.
# :::

# %% tags=["parameters"]
profile = "paper"  # "paper" or "smoke": names the scale of the numbers below
seed = 2025
d_strong = 10
d_weak = 20
noise = 1.0  # σ², a variance
n_labelled = [32, 40, 60]
n_unlabelled = [18, 25, 30, 40, 80]
n_fading = [30, 50, 80, 120, 400]  # n of the panel where the gain changes sign
trials = 1500  # least-squares fits per point
crossing_trials = 400_000  # draws of the scalar law per point at the crossing

# %% [markdown]
# ## Why it is true
#
# *The gain* is the teacher's risk, $\rho_w + \tau^2 d_w$, minus the student's,
# $\rho_s + a + \kappa_N c + \tau^2(d_{s\wedge w} + \kappa_N \Delta)$, with $\rho_w = a + b$. Read it term by
# term: in the directions that it does not share the student keeps the share $\kappa_N$ of the teacher's
# error and removes the rest; it removes $b$ from the teacher's own gap; it pays with what it cannot express.
# If $\rho_s = |P_s^\perp\beta|^2 = 0$, then $P_s^\perp P_w\beta = -P_s^\perp P_w^\perp\beta$, so $c = b$ and
# $1 - \kappa_N$ factors out. It is zero where $d_s = N - d_s - 1$.
#
# *Misfit.* On the sample the student is the orthogonal projection $P$ of the teacher's values $u$ onto
# what the strong features can produce, and the target's values $v$ lie in that space. Pythagoras:
# $|u - v|^2 = |u - Pu|^2 + |Pu - v|^2$. {cite:t}`charikar2024` prove the inequality for general convex
# classes, where "gain $\ge$ misfit" replaces the equality; the linear case is exact. If the teacher's
# values lie in the space as well, $Pu = u$. The identity is {proved}`Gain.gain_is_misfit`, the inequality is
# {proved}`Gain.gain_is_at_least_misfit`.
#
# *Mean of the misfit.* Given the teacher, what the student cannot express of it has mean square
# $\tau^2\Delta + c$, and the projection on $d_s$ of $N$ dimensions removes the share $k_N$.

# %% [markdown]
# ## Computation
#
# The measurement fits teacher and student by least squares on sampled features and takes the paired
# difference of their risks. The angles between the two spaces are general. One target lies in the
# strong space, the other does not.

# %%
import numpy as np
from myst_nb import glue

from w2s.discrepancy.gain import (
    gain,
    misfit,
    n_labelled_at_zero_gain,
    n_unlabelled_for_fraction,
    n_unlabelled_for_gain,
)
from w2s.discrepancy.latents import elliptical, gaussian, rademacher
from w2s.discrepancy.ridgeless import risks, single_risk, student_rate
from w2s.discrepancy.samplers import scalar_law
from w2s.discrepancy.simulate import least_squares
from w2s.discrepancy.subspaces import axis_aligned_pair, pair_with_cosines
from w2s.metrics import Estimate, mean_and_error
from w2s.page.claims import derived, exact, reading
from w2s.page.comparison import compared, joined
from w2s.page.figures import (
    ACCENT,
    BOUND,
    STUDENT,
    WEAK,
    figure,
    in_shades,
    points,
    ticks,
)

# %%
streams = np.random.default_rng(seed).spawn(7)
gain_rng, fading_rng, crossing_rng, overlap_rng, share_rng, law_rng, draw_rng = streams
cosines = np.linspace(0.9, 0.1, min(d_strong, d_weak))
pair = pair_with_cosines(d_strong, d_weak, cosines, d_strong + d_weak + 5, draw_rng)
within = pair.strong.mean(axis=1) * np.sqrt(d_strong)  # unit, in the strong space
beyond = draw_rng.standard_normal(pair.dimension) / np.sqrt(pair.dimension)
targets = {"expressible": within, "not expressible": beyond}
geometry = {name: pair.geometry(target) for name, target in targets.items()}


def measure(pair, target, n, N, rng, count=trials, latent=gaussian):
    """Return all trials of teacher and student at one size."""
    return least_squares(pair, target, n, N, noise, count, rng, latent=latent)


def won(run):
    return run.teacher - run.student


def won_on_sample(run):
    return run.teacher_on_sample - run.student_on_sample


# %%
n_axis, N_axis = np.array(n_labelled)[:, None], np.array(n_unlabelled)
grid = {
    (name, n, N): measure(pair, target, n, N, gain_rng)
    for name, target in targets.items()
    for n in n_labelled
    for N in n_unlabelled
}


def over_grid(formula, quantity):
    """Compare a formula of the geometry with what was measured, over (target, n, N)."""
    values = np.reshape([quantity(run) for run in grid.values()], (2, len(n_axis), len(N_axis), -1))
    at = {"n": n_axis, "N": N_axis, "target": np.array([*targets])[:, None, None]}
    return compared([formula(g) for g in geometry.values()], mean_and_error(values, axis=-1), **at)


gains = over_grid(lambda g: gain(g, n_axis, N_axis, noise), won)

# %% [markdown]
# Three more experiments: a target that the teacher can express and the student not quite, against $n$;
# pairs of spaces of one size, from orthogonal to equal; and four teachers just below, at and just above
# $N = 2d_s+1$, by many draws from a sampler with {ref}`the law of least squares <page-four-routes>`.

# %%
almost = 0.5 * pair.weak[:, 0]  # at cosine 0.9 to the strong space
almost_geometry, almost_N = pair.geometry(almost), 4 * d_strong
n_0 = float(n_labelled_at_zero_gain(almost_geometry, almost_N, noise))
fading_n = np.array(n_fading)
fading = [measure(pair, almost, n, almost_N, fading_rng) for n in fading_n]
fading_exact = gain(almost_geometry, fading_n, almost_N, noise)

# %%
overlaps = np.arange(0, d_strong + 1, 2)  # of two spaces of dimension d_s
levels = [np.full(d_strong, np.sqrt(share / d_strong)) for share in overlaps]
twins = [pair_with_cosines(d_strong, d_strong, level) for level in levels]
twin_runs = [measure(twin, None, 30, 40, overlap_rng) for twin in twins]
twin_exact = [gain(twin.geometry(), 30, 40, noise) for twin in twins]
twin_gain = compared(twin_exact, np.transpose([won(run) for run in twin_runs]), overlap=overlaps)

# %%
crossing_N = 2 * d_strong + np.arange(3)  # below, at and above the threshold
teachers = (25, 0.1, 0), (40, 1.0, 5), (100, 4.0, 9), (1000, 1.0, 0)


def cross(n, sigma2, shared):
    """The student's risk beside its teacher's, and how far the expected winner leads."""
    aligned = axis_aligned_pair(d_strong, d_weak, shared)
    target, size = aligned.strong.sum(axis=1), (sigma2, crossing_trials, crossing_rng)
    drawn = [scalar_law(aligned, target, n, N, *size) for N in crossing_N]
    risk = single_risk(d_weak, n, sigma2, aligned.geometry(target).rho_weak)
    leads = [winner * won(run) for winner, run in zip((-1, 1, 1), drawn, strict=True)]
    return (
        compared(risk, np.transpose([run.student for run in drawn])),
        compared(0.0, np.transpose(leads)),
    )


crossings = [cross(*teacher) for teacher in teachers]
crossing_n = np.array([n for n, _, _ in teachers])

# %% [markdown]
# ## Figures


# %%
def kept(N):
    """The gain over its largest value, when the student can express the target."""
    return 1 - student_rate(geometry["expressible"], N)


def crossing(ax):
    x = np.geomspace(N_axis[0], N_axis[-1], 80)
    ax.plot(x, kept(x), **STUDENT.line, label=r"$1-\kappa_N$")
    scaled = gains[0].over(gain(geometry["expressible"], n_axis, 1e12, noise))
    for k, (role, n) in enumerate(in_shades(n_labelled)):
        x = N_axis * (1 + 0.02 * (k - 1))
        points(ax, x, scaled[k].measured, role, label=f"measured, n = {n}")
    ax.axhline(0.0, **BOUND.line)
    ax.axvline(2 * d_strong + 1, **BOUND.line, label=r"$N = 2d_s+1$")
    ax.set(xscale="log", xlabel="unlabelled samples N", ylabel="gain / largest gain")
    ticks(ax, x=N_axis)
    ax.legend(loc="lower right")


def overtaken(ax):
    x = np.geomspace(fading_n[0], fading_n[-1], 80)
    curves = risks(almost_geometry, x, almost_N, noise)
    for role, name, label in ((WEAK, "teacher", "teacher"), (STUDENT, "student", "student")):
        ax.plot(x, getattr(curves, name), **role.line, label=label)
        measured = mean_and_error([getattr(run, name) for run in fading], axis=1)
        points(ax, fading_n, measured, role)
    ax.axvline(n_0, **BOUND.line, label=r"$n_0$")
    ax.set(xscale="log", xlabel="labelled samples n", ylabel="excess risk", yscale="log")
    ticks(ax, x=fading_n)
    ax.legend()


# %% tags=["remove-output"]
glue("n_0", f"{n_0:.0f}", display=False)
glue("almost_big_n", almost_N, display=False)
figure(
    "gain",
    crossing,
    overtaken,
    alt=[
        "Gain over its largest value against N. Points of three labelled sizes lie"
        f" on one curve, one minus kappa, which crosses zero at N = {2 * d_strong + 1}"
        " and tends to one.",
        "Excess risk of teacher and student against n, for a target that the "
        "student cannot fully express: the student is better up to n_0 labels, the "
        "teacher beyond.",
    ],
)

# %% tags=["hide-input"]
few = min(trials, 300)
shown = {name: grid[name, n_labelled[-1], n_unlabelled[-2]] for name in targets}
dots = {name: (run.misfit[:few], won_on_sample(run)[:few]) for name, run in shown.items()}


def pythagoras(ax):
    for role, (name, values) in zip((STUDENT, ACCENT), dots.items(), strict=True):
        ax.plot(*values, **role.dots | {"markersize": 3.0, "alpha": 0.6}, label=name)
    ends = np.array(ax.get_xlim()).clip(0)
    ax.plot(ends, ends, **BOUND.line, label="gain = misfit")
    ax.set(xlabel="misfit on the sample", ylabel="gain on the sample")
    ax.legend(loc="upper left", markerscale=1.5)


def shrinking(ax):
    ax.plot([0, d_strong], [twin_exact[0], 0.0], **STUDENT.line, label="exact gain")
    twin_gain.dots(ax, STUDENT, "measured")
    ax.set(xlabel=r"overlap $d_{s\wedge w}$ of two equally large spaces")
    ax.set(ylabel="gain")
    ax.legend()


# %% tags=["remove-output"]
figure(
    "misfit",
    pythagoras,
    shrinking,
    alt=[
        "Gain on the sample against misfit, one dot per trial. For an expressible "
        "target all dots lie on the diagonal; otherwise they scatter about it.",
        "Gain against overlap for two spaces of dimension ten: a straight line "
        "falling to zero where the two spaces are equal. Measured points lie on "
        "it.",
    ],
)

# %% [markdown]
# :::{glue:figure} misfit
# :name: fig-misfit
#
# First panel: each dot is one trial. If the student can express the target, its gain on the sample *is* its
# distance from its teacher; if not, there is no such law. Second: with all else equal the gain is
# proportional to the discrepancy, and with two equal spaces (self-distillation) there is none.
# :::

# %% [markdown]
# ## Claims

# %%
fine = 2 / np.sqrt(trials)  # largest relative standard error that means something


def less_gain(evaluation):
    """The teacher's risk minus the gain, as a formula of the geometry."""
    return lambda g: (
        single_risk(d_weak, n_axis, noise, g.rho_weak)
        - gain(g, n_axis, N_axis, noise, evaluation=evaluation)
    )


derived(
    "discrepancy.when_w2s.gain",
    "At fresh points the student's risk is its teacher's minus "
    "(1−κ_N) τ²(d_w − d_{s∧w}) + b − ρ_s − κ_N c, for either target.",
    over_grid(less_gain("population"), lambda run: run.student).agrees(fine),
    main=True,
)
derived(
    "discrepancy.when_w2s.gain_on_sample",
    "On the student's sample the gain is (1−k_N) [τ²(d_w − d_{s∧w}) + b − ρ_s].",
    over_grid(less_gain("in_sample"), lambda run: run.student_on_sample).agrees(fine),
)
derived(
    "discrepancy.when_w2s.sign",
    "A student that can express the target loses against its teacher with N = 2d_s "
    "inputs and wins with 2d_s + 2, for four choices of n, noise and overlap.",
    joined([lead[::2] for _, lead in crossings], n=crossing_n[:, None], N=crossing_N[::2]).above(),
    main=True,
)
derived(
    "discrepancy.when_w2s.crossing",
    "With N = 2d_s + 1 inputs it has exactly its teacher's risk.",
    joined([risk[1] for risk, _ in crossings], n=crossing_n).agrees(0.01),
)

# %%
leads = np.transpose([np.sign(n_0 - n) * won(run) for n, run in zip(n_fading, fading, strict=True)])
derived(
    "discrepancy.when_w2s.n_zero",
    "A student that cannot express the whole target beats its teacher below n_0 labels and "
    "loses beyond.",
    compared(0.0, leads, n=fading_n).above(),
    main=True,
)
few_n = fading_n[fading_n < n_0]
least_N = n_unlabelled_for_gain(almost_geometry, few_n, noise)
zeros = [
    *gain(almost_geometry, few_n, least_N, noise),
    *gain(geometry["expressible"], n_axis[:, 0], 2 * d_strong + 1, noise),
    gain(almost_geometry, n_0, almost_N, noise),
]
derived(
    "discrepancy.when_w2s.zeros",
    "At the closed forms of n_0 and of the least N the exact gain is zero.",
    exact(0.0, zeros, tolerance=1e-12, absolute=True),
)

# %%
laws = gaussian, rademacher, elliptical(3)
paths = [measure(pair, within, 40, 30, law_rng, 50, law) for law in laws]
paths += [run for (name, *_), run in grid.items() if name == "expressible"]
scale = np.concatenate([run.teacher_on_sample for run in paths])
derived(
    "discrepancy.when_w2s.misfit_path",
    "If the student can express the target, its gain on its sample equals its "
    "misfit, trial by trial, for Gaussian, binary and heavy-tailed features.",
    exact(
        np.concatenate([run.misfit for run in paths]) / scale,
        np.concatenate([won_on_sample(run) for run in paths]) / scale,
        tolerance=1e-10,
    ),
    main=True,
)
derived(
    "discrepancy.when_w2s.misfit_mean",
    "The mean misfit is (1−k_N)(τ²(d_w − d_{s∧w}) + c), for either target.",
    over_grid(lambda g: misfit(g, n_axis, N_axis, noise), lambda run: run.misfit).agrees(fine),
)
# %%
last = fading[-1]
more, error = mean_and_error(won_on_sample(last) - last.misfit)  # trial by trial
mean_misfit = np.mean(last.misfit)
derived(
    "discrepancy.when_w2s.misfit_needs_expression",
    "The mean gain on the sample is at least the mean misfit even if the student cannot "
    f"express the whole target, with {n_fading[-1]} labels.",
    compared(mean_misfit, Estimate(mean_misfit + more, error)).above(),
    expect="fails",
)

nested = pair_with_cosines(d_weak, d_strong, np.ones(d_strong))  # teacher inside
copies = [twin_runs[-1], measure(nested, np.eye(d_weak)[0], 30, 60, law_rng, 200)]
derived(
    "discrepancy.when_w2s.self_distillation",
    "A student with its teacher's features, or with more, is its teacher: "
    "equal risks, trial by trial.",
    exact(1.0, np.concatenate([run.student / run.teacher for run in copies]), tolerance=1e-10),
)
derived(
    "discrepancy.when_w2s.discrepancy",
    "Without approximation error the gain is (1−κ_N) τ² times the discrepancy "
    "d_w − d_{s∧w}: from orthogonal to equal spaces it falls in a straight line.",
    twin_gain[:-1].agrees(2 * fine),
)
# %%
some_overlaps = np.array([2, 4, 5, 10])
some_pairs = [axis_aligned_pair(d_strong, d_weak, shared) for shared in some_overlaps]
enough = [float(n_unlabelled_for_fraction(p.geometry(), 1.0)) for p in some_pairs]
drawn = [
    measure(p, None, 60, N, share_rng).student for p, N in zip(some_pairs, enough, strict=True)
]
inherited = noise * some_overlaps / (60 - d_weak - 1)
twice = compared(2 * inherited, np.transpose(drawn), overlap=some_overlaps, N=enough)
reading(
    "discrepancy.when_w2s.sample_complexity",
    "At N − d_s − 1 = d_s (d_w/d_{s∧w} − 1) the variance due to discrepancy "
    "is as small as the inherited one, σ² d_{s∧w}/(n−d_w−1).",
    twice.minus(inherited).agrees(2 * fine),
    source="dong2025, sample complexity (order theirs, constant ours)",
)

# %% [markdown]
# ## What to notice
#
# * **Discrepancy helps.** A student gains in the directions that it does *not* share with its
#   teacher. There the teacher's errors look like independent noise and are averaged away. A student
#   that contains its teacher's features copies it exactly.
# * **Unlabelled data have a threshold** ({numref}`fig-gain`). Below $2d_s+1$ inputs even a student that can express the
#   target is worse than its teacher at fresh points, however good the teacher. Above, the gain grows as
#   $1-\kappa_N$ and saturates.
# * **A better teacher leaves less to gain.** The student's gain shrinks with its teacher's error, and what
#   it cannot express it loses at every $n$. If that loss, $\rho_s + \kappa_N c$, exceeds $b$, there is an $n_0$.
# * **A test without labels** ({numref}`fig-misfit`). The misfit can be measured without any label. It is the
#   gain on the sample if the student can express the target; otherwise it may promise too much.
# * **Honest limits.** The gain formula needs Gaussian features and enough samples (for fewer see
#   {ref}`double descent <page-double-descent>`); the misfit identity needs neither. But it speaks of
#   the student's own sample, where a student that can express the target never loses. At fresh points
#   it can.
# * How much of the gap to the ceiling is recovered is the subject of {ref}`PGR and OPR <page-pgr-opr-bounds>`
#   and of their {ref}`maps <page-phase-diagram>`. How other theories explain a gain is on
#   {ref}`the map of the neighbours <page-map>`. In code: `w2s.discrepancy.gain`.

# %% tags=["hide-input"]
n_0_later = n_labelled_at_zero_gain(almost_geometry, [2 * almost_N, 10**9], noise)
assert n_0 < n_0_later[0] < n_0_later[1] and gain(almost_geometry, n_0, 2 * almost_N, noise) > 0
glue("n_0_double", f"{n_0_later[0]:.0f}", display=False)
glue("n_0_endless", f"{n_0_later[1]:.0f}", display=False)
glue("kept_share", float(kept(almost_N)), display=False)
glue("double_big_n", 2 * almost_N, display=False)

# %% [markdown]
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# Read off the first panel of {numref}`fig-gain` which share of the largest gain a student with $N$ =
# {glue:text}`almost_big_n` has, and check it by hand. Why does the number of labels not matter?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# About two thirds: $1 - \kappa_N = 1 - d_s/(N-d_s-1)$, here {glue:text}`kept_share:.3f`. For $\rho_s = 0$ the
# gain is $(1-\kappa_N)(\tau^2\Delta + b)$; the labels enter the second factor only, which is the largest gain.
# ::::
#
# ::::{admonition} Exercise 2. A step of the proof
# :class: w2s-exercise
#
# Show that $\rho_s = 0$ implies $c = b$, and that the gain on the student's sample is then never negative.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# $\rho_s = 0$ means $P_s^\perp\beta = 0$. With $\beta = P_w\beta + P_w^\perp\beta$ this gives
# $P_s^\perp P_w\beta = -P_s^\perp P_w^\perp\beta$, and the squared lengths of the two sides are $c$ and $b$. On
# the sample the gain is a mean of squares, the misfit.
# ::::
#
# ::::{admonition} Exercise 3. Double the unlabelled data
# :class: w2s-exercise
#
# In the second panel of {numref}`fig-gain` let $N$ double to {glue:text}`double_big_n`. Does the teacher
# overtake earlier or later, and can unlabelled data put it off for ever?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# Later: $\kappa_N$ falls, so the numerator of $n_0$ grows and its denominator shrinks. The machine finds $n_0$ =
# {glue:text}`n_0_double` instead of {glue:text}`n_0`. But with endless unlabelled data it is still
# {glue:text}`n_0_endless`, because $\rho_s - b > 0$ remains.
# ::::
