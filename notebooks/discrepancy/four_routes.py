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
#     smoke: {trials: 300, fast_trials: 2000}
# ---

# %% [markdown]
# (page-four-routes)=
# # Four routes to one number
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here, in the setting of {cite:t}`dong2025`): three faster samplers draw the student's
# variance as least squares would return it.
#
# **Holds?** Yes, for Gaussian features: all four routes have the closed form as their mean, and three of
# them have one distribution.
#
# **Where not**: averaging the label noise analytically keeps the mean and narrows the distribution. The
# fastest route is for axis-aligned spaces only.
# :::
#
# :::{glue:figure} routes
# :name: fig-routes
#
# All at $N = $ {glue:text}`one_size`. First panel: means by four routes relative to the closed form, with
# two standard errors. Second: distribution of the student's variance over trials. Three routes have one
# law; averaging the label noise keeps the mean and narrows the law.
# :::
#
# ## Statement
#
# Most numbers of this part do not come from least squares on drawn features, which is slow, but from
# samplers that draw what least squares would return. On this page they meet where all of them are quick:
# four routes to {ref}`the student's variance <page-variance-theorem>` and its closed form. Each assumes more
# than the one before:
#
# * **least squares** on drawn data;
# * **noise averaged**: the same with the label noise averaged analytically;
# * **joint Wishart**: the Cholesky factors of the Gram matrices are drawn directly;
# * **scalar law**: nine scalars per trial are drawn, for axis-aligned spaces.
#
# They must agree in the mean. The first, third and fourth must agree in the whole distribution.
#
# ## Why it is true
#
# Given the two samples, the student's variance depends on them through their Gram matrices only, and the
# Gram matrix of Gaussian features is Wishart: its Cholesky factor has independent entries, normal below
# the diagonal and chi on it. For axis-aligned spaces rotations within a block of shared or unshared
# directions change nothing, so that a few lengths and angles are left.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": which scale the numbers below are for
seed = 2025
d_strong, d_weak, overlap = 20, 40, 8
n_labelled = 100  # n, labelled samples of the teacher
sizes = [32, 40, 56]  # N, unlabelled samples of the student; the routes meet at the last
noise = 1.0  # label-noise variance σ²
trials = 2500  # trials of the two routes by least squares
fast_trials = 40_000  # trials of the joint Wishart; ten times as many of the scalar law

# %%
import numpy as np
from myst_nb import glue
from scipy.stats import ks_2samp

from w2s.discrepancy.ridgeless import student_variance
from w2s.discrepancy.samplers import joint_wishart, scalar_law
from w2s.discrepancy.simulate import least_squares, noise_averaged
from w2s.discrepancy.subspaces import axis_aligned_pair
from w2s.page.claims import derived, inequality
from w2s.page.comparison import compared, joined
from w2s.page.figures import BOUND, STUDENT, figure, in_shades

pair = axis_aligned_pair(d_strong, d_weak, overlap)
size_rng, route_rng = np.random.default_rng(seed).spawn(2)
evaluations = {  # field of a sampler, look, words
    "in_sample": ("student_on_sample", BOUND, "on its sample"),
    "population": ("student", STUDENT, "fresh points"),
}

# %% [markdown]
# The fits by least squares are those of {ref}`the student's variance <page-variance-theorem>`, drawn
# again: the smaller sizes are passed over to come to the same random numbers.

# %%
*_, fits = (least_squares(pair, None, n_labelled, N, noise, trials, size_rng) for N in sizes)
case = pair, None, n_labelled, sizes[-1], noise
routes = {
    "least squares": fits,
    "noise averaged": noise_averaged(*case, trials, route_rng),
    "joint Wishart": joint_wishart(*case, fast_trials, route_rng),
    "scalar law": scalar_law(*case, 10 * fast_trials, route_rng),
}


def against_closed_form(route, where):
    """Mean variance by one route beside the closed form."""
    exact = student_variance(pair.geometry(), *case[2:], evaluation=where)
    return compared(exact, getattr(route, evaluations[where][0]))


means = {
    (name, where): against_closed_form(route, where)
    for name, route in routes.items()
    for where in evaluations
    if hasattr(route, evaluations[where][0])
}
glue("one_size", sizes[-1], display=False)


# %%
def means_by_route(ax):
    for (name, where), one in means.items():
        mean, error = one.over(one.predicted).measured
        _, look, words = evaluations[where]
        up = [*routes].index(name) + (0.12 if where == "population" else -0.12)
        known = words if name == "least squares" else None
        ax.errorbar(mean, up, xerr=2 * error, **look.dots, label=known)
    ax.axvline(1.0, **BOUND.line)
    ax.set(xlabel="mean variance / closed form", yticks=range(len(routes)), ylim=(4.6, -0.6))
    ax.set_yticklabels([*routes])
    ax.legend(loc="lower right")


def laws(ax):
    fine, coarse = ((np.arange(count) + 0.5) / count for count in (400, 25))
    for role, name in in_shades(reversed(routes)):
        dots = name == "least squares"
        levels, style = (coarse, role.dots) if dots else (fine, role.line)
        ax.plot(np.quantile(routes[name].student, levels), levels, **style, label=name)
    ax.set(xlabel="student's variance in one trial", ylabel="share of trials below", xlim=(0, 1.2))
    ax.legend(loc="lower right")


# %% tags=["remove-output"]
measured_on = [evaluations[where][2] for _, where in means]
agreement = joined(means.values(), route=[name for name, _ in means], on=measured_on)
figure(
    "routes",
    means_by_route,
    laws,
    alt=[
        "Mean variance by four routes divided by the closed form, on the sample and on fresh points: "
        "all intervals contain one, and they shrink from route to route.",
        "Distribution functions of the student's variance in one trial. Least squares, joint Wishart "
        "and scalar law coincide; averaging the noise gives a narrower distribution.",
    ],
)

# %% [markdown]
# ## Claims

# %%
derived(
    "discrepancy.variance.routes_mean",
    "Least squares, averaged noise, joint Wishart and scalar law all have the closed form as "
    "their mean, on the sample and on fresh points.",
    agreement.agrees(0.03),
    main=True,
)
plain, wishart, scalar = (routes[name] for name in ("least squares", "joint Wishart", "scalar law"))
same_law = [
    (plain.student, wishart.student),
    (plain.student_on_sample, wishart.student_on_sample),
    (plain.student, scalar.student),
    (wishart.student, scalar.student),
    (wishart.student / wishart.teacher, scalar.student / scalar.teacher),
]
tail = np.log(2 * len(same_law) / 1e-3) / 2  # of Kolmogorov's law, all comparisons together
derived(
    "discrepancy.variance.routes_law",
    "Least squares, joint Wishart and scalar law have one distribution: their "
    "Kolmogorov–Smirnov distances stay below the critical value at a family-wise level of 0.001.",
    inequality(
        [ks_2samp(*two).statistic for two in same_law],
        [np.sqrt(tail * (1 / len(one) + 1 / len(two))) for one, two in same_law],
    ),
    main=True,
)

# %% [markdown]
# ## What to notice
#
# * Averaging the label noise analytically ({numref}`fig-routes`) keeps the mean and loses the law. It serves
#   where only means are asked for; quantiles and ratios per trial need one of the other three.
# * The joint Wishart sampler costs the same at every $N$, so the authors' sizes and millions of samples
#   are within reach. The scalar law is quicker still, and for axis-aligned spaces only.
# * **Honest limits.** All four assume Gaussian features on this page. The first two draw them and can draw
#   others: {ref}`other feature laws <page-beyond-gaussian>` are measured by the second. In code:
#   `w2s.discrepancy.simulate`, `w2s.discrepancy.samplers`.
