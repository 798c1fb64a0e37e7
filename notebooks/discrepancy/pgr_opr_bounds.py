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
#     smoke: {trials: 200}
# ---

# %% [markdown]
# (page-pgr-opr-bounds)=
# # PGR and OPR: two lower bounds
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`dong2025`; formulas from the authors' public code): PGR and OPR are at least explicit functions of dimensions, overlap, sample sizes, noise and approximation error; these bounds grow with $N$, and have a best number of labels $n$.
#
# **Holds?** Yes, in the setting of their figure, for three different targets.
#
# **Where not**: the bounds are loose, their best $n$ is not the best $n$ of PGR itself, and they need hypotheses ({ref}`next page <page-where-bounds-hold>`).
# :::
#
# :::{glue:figure} exact-and-bound
# :name: fig-exact-and-bound
#
# Exact PGR (first) and OPR (second) against the number of labels, for three targets with the same
# $\rho_s+\rho_w$. The dotted bound, the same for all three, lies well below, and its peak in PGR is the
# bound's alone. Lines: exact. Points: sampled, with 95% intervals (Fieller).
# :::
#
# ## Statement
#
# The two bounds are computed and drawn in the authors' public code (repository
# `dyjdongyijun/w2s_intrinsic_dim`, file `linear_probing/synthetic.ipynb`, functions `pgr_lowerbd` and
# `opr_lowerbd`). How sure we are: {certainty}`PGR and OPR lower bounds`. We had no full text, so the
# condition $n > d_w + 1$ is our reading. A condition
# under which both bounds are proved is on {ref}`page-where-bounds-hold`: on the student's own unlabelled
# sample, the bound of PGR holds wherever it is not negative.
#
# :::{prf:definition} PGR and OPR
# :label: def-pgr-opr
# :nonumber:
#
# *Performance gap recovered* {cite:p}`burns2024`: the student's share of the way from the weak
# teacher to the strong ceiling. *Outperforming ratio*: the student against the strong model trained
# on the teacher's own $n$ labels (SFT).
#
# $$
# \begin{aligned}
# \mathrm{PGR} &= \frac{\mathrm{ER}(f_w) - \mathrm{ER}(f_{w2s})}
# {\mathrm{ER}(f_w) - \mathrm{ER}(f_c)}, \\
# \mathrm{OPR} &= \frac{\mathrm{ER}(f_s)}{\mathrm{ER}(f_{w2s})} .
# \end{aligned}
# $$
#
# :::
#
# :::{prf:theorem} Lower bounds (Dong et al. 2025, as in their code)
# :label: thm-pgr-opr
# :nonumber:
#
# Let $d_N = d_{s\wedge w} + \frac{d_s}{N}(d_w - d_{s\wedge w})$ and $n > d_w + 1$. Then
#
# $$
# \begin{aligned}
# \mathrm{PGR} &\ge 1 - \frac{n}{n-d_w-1}\,\frac{d_N}{d_w}
#   - \frac{n}{d_w}\,\frac{\rho_s+\rho_w}{\sigma^2}, \\[1ex]
# \mathrm{OPR}^{-1} &\le \frac{n}{n-d_w-1}\,\frac{d_N}{d_s}
#   + \frac{n}{d_s}\,\frac{\rho_s+\rho_w}{\sigma^2}.
# \end{aligned}
# $$
#
# :::
#
# :::{prf:proposition} The best number of labels for the bounds (derived here)
# :label: prop-n-opt
# :nonumber:
#
# With $\rho = \rho_s+\rho_w > 0$ both bounds have the same maximiser,
#
# $$
# n_{\mathrm{opt}} = d_w + 1 + \sqrt{\tfrac{(d_w+1)\,\sigma^2 d_N}{\rho}},
# $$
#
# and with $u = \sqrt{d_N} + \sqrt{(d_w+1)\rho/\sigma^2}$ their largest values are
# $1 - u^2/d_w$ and $d_s/u^2$.
# :::
#
# ## Why it is true
#
# Let $X$ be the variance of the student plus $\rho_s+\rho_w$, an upper bound of its risk. The teacher's
# risk is at least $\sigma^2 d_w/n$ and the ceiling's at least 0, so
# $\mathrm{PGR} \ge 1 - X/(\sigma^2 d_w/n)$. This is the formula. At finite size two of its steps need
# care: the bias stays below $\rho_s+\rho_w$ only if there are many samples ({ref}`page-bias`), and
# replacing the ceiling's risk by 0 is safe only if the student beats its teacher
# ({ref}`page-where-bounds-hold`).
#
# ::::{admonition} Full proof of the proposition
# :class: dropdown
#
# *Maximiser.* Write $m = n - d_w - 1$. Both bounds improve as
#
# $$
# \frac{n\,d_N}{m} + \frac{n\rho}{\sigma^2} = d_N + (d_w+1)\frac{\rho}{\sigma^2}
#   + (d_w+1)\frac{d_N}{m} + m\frac{\rho}{\sigma^2}
# $$
#
# falls. The last two terms are smallest at $m^2 = (d_w+1)\sigma^2 d_N/\rho$; the sum is then $u^2$. The
# maximiser is {proved}`Algebra.n_opt_is_best`.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": which scale the numbers below are for
seed = 2025
d_strong = 80  # dimensions of the paper's figure
d_weak = 100
overlap = 10
noise = 1.0  # sigma^2
rho = 0.1  # rho_s + rho_w
fixed_n = [220, 510, 800]  # n of the curves against N
fixed_N = [1600, 2800, 4000]  # N of the curves against n
trials = 500  # per measured point

# %%
import numpy as np
from myst_nb import glue
from scipy.optimize import minimize_scalar

from w2s import metrics
from w2s.discrepancy.bounds import (
    opr_lower_bound,
    opr_lower_bound_maximum,
    optimal_n_labelled,
    pgr_lower_bound,
    pgr_lower_bound_maximum,
)
from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.samplers import joint_wishart
from w2s.discrepancy.subspaces import axis_aligned_pair
from w2s.metrics import Estimate
from w2s.page.claims import derived, inequality, paper, reading
from w2s.page.comparison import compared, joined
from w2s.page.figures import BOUND, figure, in_shades

_, sample_rng, boot_rng = np.random.default_rng(seed).spawn(3)  # the first draws on the next page

# %% [markdown]
# ## The paper's figure
#
# The bounds depend on $\rho_s + \rho_w$ only ({numref}`fig-bounds`). The exact ratios also depend on *where*
# the error lies, so we compare three targets with the same sum $\rho$.
#
# | target | student | teacher | what it means |
# |---|---|---|---|
# | inherited | $\rho_s = 0$ | $\rho_w = \rho$ | the teacher misses what the student could express |
# | apart | $\rho_s = \rho/2$ | $\rho_w = \rho/2$ | each misses something the other has |
# | common | $\rho_s = \rho/2$ | $\rho_w = \rho/2$ | both miss the same part |

# %%
size = d_strong + d_weak - overlap + 1  # one more coordinate, outside both spaces
pair = axis_aligned_pair(d_strong, d_weak, overlap, size)
only_strong, only_weak, outside = np.eye(size)[[0, -2, -1]]
targets = {
    "inherited": np.sqrt(rho) * only_strong,
    "apart": np.sqrt(rho / 2) * (only_strong + only_weak),
    "common": np.sqrt(rho / 2) * outside,
}
geometries = {name: pair.geometry(beta) for name, beta in targets.items()}
geometry = geometries["inherited"]  # the bounds are the same for all three

N_axis = np.linspace(2 * d_strong, 4000, 200)
n_axis = np.linspace(1.1 * d_weak, 6 * d_weak, 200)
bounds = {"PGR": pgr_lower_bound, "OPR": opr_lower_bound}
peaks = {"PGR": pgr_lower_bound_maximum, "OPR": opr_lower_bound_maximum}
tops = optimal_n_labelled(geometry, fixed_N, noise)


def bound(name, n, N):
    """A lower bound, of PGR or of OPR."""
    return bounds[name](geometry, n, N, noise)


# %% tags=["remove-output"]
def against_N(name):
    def draw(ax):
        for role, n in in_shades(fixed_n):
            ax.plot(N_axis, bound(name, n, N_axis), **role.line, label=f"n = {n}")
        ax.set(xlabel="unlabelled samples N", ylabel=f"lower bound of {name}", ylim=limits[name])
        ax.legend(loc="lower right")

    return draw


def against_n(name):
    def draw(ax):
        for role, (N, top) in in_shades(zip(fixed_N, tops, strict=True)):
            ax.plot(n_axis, bound(name, n_axis, N), **role.line, label=f"N = {N}")
            ax.plot(top, peaks[name](geometry, N, noise), **role.dots)
        ax.set(xlabel="labelled samples n", ylabel=f"lower bound of {name}", ylim=limits[name])
        ax.legend(loc="lower center")

    return draw


# %% tags=["remove-output"]
limits = {"PGR": (-0.6, 0.7), "OPR": (0.2, 2.0)}
figure(
    "bounds",
    *(panel(name) for name in bounds for panel in (against_N, against_n)),
    alt=[
        "Lower bound of PGR against unlabelled samples: three curves rise and flatten, the highest "
        "for the smallest number of labels.",
        "Lower bound of PGR against labelled samples: three curves rise steeply from below zero, "
        "peak near twice the weak dimension and fall; a marker sits on each peak.",
        "Lower bound of OPR against unlabelled samples: three curves rise and flatten.",
        "Lower bound of OPR against labelled samples: the same rise, peak and fall, with peaks at "
        "the same numbers of labels as for PGR.",
    ],
)

# %% [markdown]
# :::{glue:figure} bounds
# :name: fig-bounds
#
# The paper's two bounds in the paper's setting, $d_w = 100$, $d_s = 80$, $d_{s\wedge w} = 10$,
# $\sigma^2 = 1$, $\rho_s+\rho_w = 0.1$. More unlabelled data always raises the bounds, less and less; in
# $n$ there is an optimum. Markers: our closed form $n_{\mathrm{opt}}$ and the maximum.
# :::
#
# ## Exact against bound
#
# We keep this setting with $N$ = {glue:text}`largest_N` and compute the exact ratios of expected risks
# on fresh points ({numref}`fig-exact-and-bound`). The exact PGR does not share the rise of the bound: in
# it the factor $1/(n-d_w-1)$ stands in numerator and denominator alike, whereas the bound replaces the
# teacher's risk by $\sigma^2 d_w/n$, which is far too small near $n = d_w$. At
# $n_{\mathrm{opt}} =$ {glue:text}`n_opt:.0f` the bound of PGR is {glue:text}`best_bound:.2f`; the exact PGR
# is {glue:text}`exact_low:.2f` to {glue:text}`exact_high:.2f`.

# %%
big_N = fixed_N[-1]
measured_n = np.array([115, 140, 200, 300, 450, 600])
seen, ends = {}, {}  # by ratio and target: values beside the exact ones, and 95% intervals
for target, beta in targets.items():
    draws = [
        joint_wishart(pair, beta, int(n), big_N, noise, trials, sample_rng) for n in measured_n
    ]
    ratios = [
        (
            metrics.pgr(t.teacher, t.student, t.ceiling),
            metrics.opr(t.sft, t.student),
        )
        for t in draws
    ]
    exact = risks(geometries[target], measured_n, big_N, noise)
    for some, predicted, ratio in zip(
        zip(*ratios, strict=True), (exact.pgr, exact.opr), bounds, strict=True
    ):
        value, error, *ends[ratio, target] = np.transpose(
            [[r.value, r.standard_error, r.low, r.high] for r in some]
        )
        seen[ratio, target] = compared(predicted, Estimate(value, error), n=measured_n)

# %%
fine_n = np.arange(d_weak + 3, 6 * d_weak + 1)
lines = {name: risks(g, fine_n, big_N, noise) for name, g in geometries.items()}
n_opt = float(optimal_n_labelled(geometry, big_N, noise))
at_n_opt = [float(risks(g, n_opt, big_N, noise).pgr) for g in geometries.values()]
noisy_opt = float(optimal_n_labelled(geometry, big_N, 4 * noise))  # for exercise 3
assert np.isclose(noisy_opt - d_weak - 1, 2 * (n_opt - d_weak - 1))
best_bound = float(pgr_lower_bound_maximum(geometry, big_N, noise))
found = {"largest_N": big_N, "n_opt": n_opt, "best_bound": best_bound, "noisy_opt": noisy_opt}
for key, number in (found | {"exact_low": min(at_n_opt), "exact_high": max(at_n_opt)}).items():
    glue(key, number, display=False)


# %% tags=["remove-output"]
def exact_against_bound(name, top, legend):
    def draw(ax):
        for role, which in in_shades(targets):
            ax.plot(fine_n, getattr(lines[which], name.lower()), **role.line, label=which)
            value, (low, high) = seen[name, which].measured.mean, ends[name, which]
            ax.errorbar(measured_n, value, (value - low, high - value), **role.dots)
        ax.plot(n_axis, bound(name, n_axis, big_N), **BOUND.line, label="bound")
        ax.set(xlabel="labelled samples n", ylabel=f"{name}, N = {big_N}", ylim=(0.0, top))
        ax.legend(ncols=2, loc=legend)

    return draw


# %% tags=["remove-output"]
figure(
    "exact-and-bound",
    exact_against_bound("PGR", 1.05, "lower center"),
    exact_against_bound("OPR", 5.6, "upper right"),
    alt=[
        "PGR against labelled samples. The dotted bound rises from zero, peaks at 0.56 and falls. "
        "Exact curves of three targets start together near 0.88; one falls most, one less, one "
        "rises. Sampled points with bars lie on them, well above the bound.",
        "OPR against labelled samples. Bound and exact curves rise and fall; the exact curves peak "
        "earlier and twice as high. Sampled points lie on them.",
    ],
)

# %% [markdown]
# ## Claims

# %%
of_paper = {"source": "dong2025, lower bounds of PGR and OPR"}
measured_at = {"n": measured_n, "target": np.reshape([*targets], (-1, 1))}
together = {
    name: joined([seen[name, which] for which in targets], **measured_at) for name in bounds
}
for name in bounds:
    paper(
        f"discrepancy.bounds.{name.lower()}_in_the_setting",
        f"In the setting of the paper's figure the measured {name} is above its lower bound, "
        "for three targets with the same ρ_s+ρ_w.",
        compared(bound(name, measured_n, big_N), together[name].measured, **measured_at).above(),
        main=True,
        **of_paper,
    )
increasing = np.array([[bound(name, n, N_axis) for n in fixed_n] for name in bounds])
paper(
    "discrepancy.bounds.grow_with_n_unlabelled",
    "Both lower bounds grow with the number N of unlabelled samples.",
    inequality(increasing[..., :-1], increasing[..., 1:], at={"N": N_axis[1:]}),
    **of_paper,
)
towards = np.linspace(0.02, 1, 40)[:, None]  # along the way to the top, from either side
ways = np.array([d_weak + 1 + towards * (tops - d_weak - 1), tops + towards[::-1] * 10 * d_weak])
climbing = np.array([[bound(name, n, fixed_N) for n in ways] for name in bounds])
reading(
    "discrepancy.bounds.rise_and_fall",
    "Both lower bounds rise with the number of labels n up to n_opt and fall beyond it.",
    inequality(climbing[:, :, :-1], climbing[:, :, 1:], at={"n": ways[:, 1:], "N": fixed_N}),
    **of_paper,
)


# %%
def searched(name, N):
    """Maximiser and maximum of a bound by numerical search."""
    found = minimize_scalar(
        lambda n: -bound(name, n, N),
        bounds=(d_weak + 2, 50 * d_weak), method="bounded", options={"xatol": 1e-9},
    )  # fmt: skip
    return found.x, -found.fun


places, heights = np.moveaxis([[searched(name, N) for N in fixed_N] for name in bounds], 2, 0)
derived(
    "discrepancy.bounds.n_opt",
    "Both bounds are largest at n_opt = d_w + 1 + √((d_w+1)σ²d_N/(ρ_s+ρ_w)).",
    # A maximum is flat: a search by values finds its place to the square root of rounding only.
    compared(tops, Estimate(places, 0), N=fixed_N).identical(1e-6),
)
maxima = [peak(geometry, fixed_N, noise) for peak in peaks.values()]
derived(
    "discrepancy.bounds.maxima",
    "The largest values of the bounds are 1 − u²/d_w and d_s/u², with "
    "u = √d_N + √((d_w+1)(ρ_s+ρ_w)/σ²).",
    compared(maxima, Estimate(heights, 0), N=fixed_N).identical(1e-12),
)
# %%
falling, rising = lines["inherited"].pgr, lines["common"].pgr
derived(
    "discrepancy.bounds.not_the_optimum",
    "The optimum of the bound is not the optimum of PGR: with an inherited error the exact PGR "
    "falls with every n, with a common error it rises.",
    inequality([falling[1:], rising[:-1]], [falling[:-1], rising[1:]], at={"n": fine_n[1:]}),
    main=True,
)
derived(
    "discrepancy.bounds.exact",
    "The sampled PGR and OPR are the exact ratios of expected risks.",
    joined(together.values(), **measured_at).agrees(0.05),
)

# %% [markdown]
# ## What to notice
#
# * **What the bounds show correctly.** Discrepancy raises both. Unlabelled samples beyond about
#   $d_s d_w/d_{s\wedge w}$ bring little. Noise helps, because the student sheds the teacher's variance.
# * **The optimum in $n$ belongs to the bound.** The exact OPR does rise and fall with $n$ here, but its
#   peak comes earlier and is higher; the exact PGR need not have a maximum at all. Choosing $n$ by
#   $n_{\mathrm{opt}}$ optimises a guarantee, not the performance.
# * **Honest limits.** The bounds are true under hypotheses only, see {ref}`page-where-bounds-hold`, and the
#   picture is for Gaussian features.
# * **Where to go on.** A negative PGR, or one above 1, is no error: see {ref}`where weak-to-strong pays
#   <page-phase-diagram>`. The exact condition for any gain is on {ref}`page-when-w2s`, and the
#   measured ratios at the authors' sizes are on {ref}`page-fig-pgr-opr`.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In the first panel of {numref}`fig-exact-and-bound`, read the bound and the smallest of the three exact
# PGRs at the $n$ where the bound is largest. Which target would you rather not have, and why does the
# bound not tell?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# At $n_{\mathrm{opt}} =$ {glue:text}`n_opt:.0f` the bound is {glue:text}`best_bound:.2f` and the smallest
# exact PGR {glue:text}`exact_low:.2f`. It belongs to the inherited error: the student copies what its
# teacher misses although it could express it. The bound contains $\rho_s+\rho_w$ only, which is the same
# for all three targets.
# ::::
#
# ::::{admonition} Exercise 2. A step of a proof
# :class: w2s-exercise
#
# Let $\rho_s = \rho_w = 0$. What do the bound of PGR and the exact PGR tend to as $n$ falls to $d_w + 1$?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The bound tends to $-\infty$, for it contains $\frac{n}{n-d_w-1}$. With
# $D = d_{s\wedge w} + \kappa_N(d_w - d_{s\wedge w})$ the exact risks are $\sigma^2 d_w/(n-d_w-1)$ for the
# teacher and $\sigma^2 D/(n-d_w-1)$ for the student, while the ceiling's stays finite. Multiplying
# numerator and denominator of PGR by $n-d_w-1$ shows that it tends to $1 - D/d_w$.
# ::::
#
# ::::{admonition} Exercise 3. Change a parameter
# :class: w2s-exercise
#
# Set `noise = 4.0` in the parameters, four times the variance. Predict the new $n_{\mathrm{opt}}$ at the
# largest $N$ before you run the page.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The distance $n_{\mathrm{opt}} - d_w - 1$ is proportional to $\sigma$, so it doubles:
# $n_{\mathrm{opt}}$ goes from {glue:text}`n_opt:.0f` to {glue:text}`noisy_opt:.0f`.
# ::::
