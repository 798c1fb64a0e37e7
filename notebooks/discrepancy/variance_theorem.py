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
# The label noise that a weak teacher picks up reaches the student in two ways: inherited in full where
# the two models share features, divided by $N/d_s$ where they do not. This is the main result of
# {cite:t}`dong2025`. Its formula is certain, its number and exact hypotheses are not
# ({ref}`labels of certainty <labels-of-certainty>`). We find it exact on the student's own unlabelled
# sample, and prove the formula for a fresh point.

# %% [markdown]
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
# \begin{aligned}
# &\mathrm{Var}(f_{w2s}) = \frac{\sigma^2}{n - d_w - 1} \cr
# &\quad\times\Bigl( d_{s\wedge w} + \frac{d_s}{N}\,(d_w - d_{s\wedge w}) \Bigr).
# \end{aligned}
# \tag{1}
# $$
#
# :::
#
# :::{prf:proposition} Where it is exact (derived here)
# :label: prop-variance
# :nonumber:
#
# Formula (1) is the variance averaged over the student's own sample $\mathcal S_x$ of $N$ inputs. For a
# fresh point and $N > d_s + 1$ the factor is larger:
#
# $$
# \begin{aligned}
# &\mathrm{Var}(f_{w2s}) = \frac{\sigma^2}{n - d_w - 1} \cr
# &\quad\times\Bigl( d_{s\wedge w} + \frac{d_s\,(d_w - d_{s\wedge w})}{N - d_s - 1} \Bigr).
# \end{aligned}
# \tag{2}
# $$
#
# :::
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
# ::::{admonition} The two factors in detail
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
# \begin{aligned}
# \mathbb E\lVert\Psi^+R\theta_w\rVert^2 &= q\,\mathbb E\,\mathrm{tr}(\Psi^\top\Psi)^{-1}\\
# &= q\, d_s/(N-d_s-1),
# \end{aligned}
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
from scipy.stats import ks_2samp

from w2s.discrepancy.ridgeless import (
    require_finite,
    single_risk,
    student_dimension,
    student_rate,
    student_variance,
)
from w2s.discrepancy.samplers import joint_wishart, scalar_law
from w2s.discrepancy.simulate import least_squares, noise_averaged
from w2s.discrepancy.subspaces import Geometry, axis_aligned_pair
from w2s.metrics import mean_and_error
from w2s.page.claims import claim, inequality, monte_carlo
from w2s.page.figures import BOUND, STUDENT, WEAK, figure, shades

pair = axis_aligned_pair(d_strong, d_weak, overlap)
geometry = pair.geometry()
require_finite(geometry, n_labelled, sizes)
size_rng, route_rng, map_rng, author_rng = np.random.default_rng(seed).spawn(4)
evaluations = ("in_sample", "population")
fields = {"in_sample": "student_on_sample", "population": "student"}

# %% [markdown]
# ## On its sample and on fresh points
#
# With a zero target all labels are noise, and the mean squared prediction of a model is its variance.
# We draw features and labels and solve the least-squares problems, as a reader would. From the
# variance follows the share of the discrepant variance that the student keeps, $d_s/N$ or
# $d_s/(N-d_s-1)$: the second panel of {numref}`fig-two-evaluations`.

# %%
settings = noise, trials, size_rng
runs = [least_squares(pair, None, n_labelled, size, *settings) for size in sizes]
measured = {
    where: mean_and_error(np.transpose([getattr(run, field) for run in runs]))
    for where, field in fields.items()
}
curve = np.geomspace(min(sizes) - 6, 1.5 * max(sizes), 200)
exact = {
    where: student_variance(geometry, n_labelled, curve, noise, evaluation=where)
    for where in evaluations
}


# %% tags=["remove-output", "hide-input"]
def factor(variance):
    """The share of the discrepant variance that the student keeps, from its variance."""
    tau2 = noise / (n_labelled - d_weak - 1)
    return (np.asarray(variance) / tau2 - overlap) / (d_weak - overlap)


shares = {where: factor(measured[where].mean) for where in evaluations}
share_errors = {
    where: factor(measured[where].mean + measured[where].standard_error) - shares[where]
    for where in evaluations
}
gap = float(np.divide(*(student_rate(geometry, sizes[0], evaluation=w) for w in evaluations[::-1])))
glue("smallest_n", sizes[0], display=False)
glue("gap_at_smallest", gap, display=False)
looks = {"in_sample": BOUND, "population": STUDENT}
words = {"in_sample": "on its sample", "population": "fresh points"}
ticks = [30, 50, 100, 200, 500]


def variances(ax):
    ax.axhline(single_risk(d_weak, n_labelled, noise), **WEAK.line, label="teacher, exact")
    for where, look in looks.items():
        ax.plot(curve, exact[where], **look.line)
        mean, error = measured[where]
        ax.errorbar(sizes, mean, 2 * error, **look.dots, label=f"student, {words[where]}")
    floor = noise * overlap / (n_labelled - d_weak - 1)
    ax.fill_between(curve, 0, floor, **STUDENT.band, label="inherited")
    ax.set(xscale="log", xlabel="unlabelled samples N", ylabel="variance", ylim=(0, 1.4))
    ax.set_xticks(ticks, ticks)
    ax.minorticks_off()
    ax.legend()


def factors(ax):
    labels = {"in_sample": r"$d_s/N$", "population": r"$d_s/(N-d_s-1)$"}
    for where, look in looks.items():
        rate = student_rate(geometry, curve, evaluation=where)
        ax.plot(curve, rate, **look.line, label=labels[where])
        ax.errorbar(sizes, shares[where], 2 * share_errors[where], **look.dots)
    ax.axhline(1.0, **WEAK.line, label="all of it")
    ax.set(xscale="log", yscale="log", xlabel="unlabelled samples N", ylim=(0.03, 3))
    ax.set(ylabel="share of discrepant variance kept")
    ax.set_xticks(ticks, ticks)
    ax.set_yticks([0.05, 0.1, 0.2, 0.5, 1, 2], [0.05, 0.1, 0.2, 0.5, 1, 2])
    ax.minorticks_off()
    ax.legend()


figure(
    "two-evaluations",
    variances,
    factors,
    alt=[
        "Student's variance against N on its sample and on fresh points, two falling curves with "
        "measured points on them. They meet for large N, above the inherited part. The fresh-point "
        "curve starts above the teacher's constant variance.",
        "Kept share of the discrepant variance against N, log-log: points measured on the sample "
        "follow d_s over N, points measured on fresh inputs the larger d_s over N minus d_s minus 1.",
    ],
    data={"N": sizes}
    | {
        f"{name} {where}": values
        for where in evaluations
        for name, values in (
            ("exact", student_variance(geometry, n_labelled, sizes, noise, evaluation=where)),
            ("measured", measured[where].mean),
            ("standard error", measured[where].standard_error),
        )
    },
)

# %% [markdown]
# :::{glue:figure} two-evaluations
# :name: fig-two-evaluations
#
# Left: the student's variance on its unlabelled sample (dotted, crosses) and on fresh points (solid,
# dots). Lines: formulas (1) and (2); points: least squares with two standard errors. Shaded: the part inherited from the
# teacher, which no $N$ removes. Right: the same numbers without that part, relative to the teacher's
# variance in the directions that the student does not share.
# :::
#
# At $N = $ {glue:text}`smallest_n` the factor for fresh points is {glue:text}`gap_at_smallest:.2f` times the
# one of the theorem. The two agree to leading order in $d_s/N$. The authors' simulations measure the risk
# on fresh points, so their measured curves lie above their drawn bound where $N$ is small. Below
# $N = 2d_s + 1$ a student is *noisier* than its teacher on fresh points; on its sample it never is.
#
# ## Four routes to one number
#
# The closed form is compared with four samplers, each of which assumes more than the one before: least
# squares on drawn data; the same with the label noise averaged analytically; the
# Cholesky factors of the Gram matrices drawn directly (joint Wishart); and a law of nine scalars per
# trial, for axis-aligned spaces. They must agree in the mean. The first, third and fourth must agree in
# the whole distribution.

# %%
size = sizes[2]
case = (pair, None, n_labelled, size, noise)
routes = {
    "least squares": runs[2],
    "noise averaged": noise_averaged(*case, trials, route_rng),
    "joint Wishart": joint_wishart(*case, fast_trials, route_rng),
    "scalar law": scalar_law(*case, 10 * fast_trials, route_rng),
}
closed = {
    where: student_variance(geometry, n_labelled, size, noise, evaluation=where)
    for where in evaluations
}
means = {
    (name, where): mean_and_error(values)
    for name, route in routes.items()
    for where, field in fields.items()
    if (values := getattr(route, field, None)) is not None
}
glue("one_size", size, display=False)


# %% tags=["remove-output", "hide-input"]
def means_by_route(ax):
    rows = {name: k for k, name in enumerate(routes)}
    for (name, where), (mean, error) in means.items():
        up = rows[name] + (0.12 if where == "population" else -0.12)
        known = words[where] if name == "least squares" else None
        ax.errorbar(
            mean / closed[where],
            up,
            xerr=2 * error / closed[where],
            **looks[where].dots,
            label=known,
        )
    ax.axvline(1.0, **BOUND.line)
    ax.set(xlabel="mean variance / closed form", yticks=[*rows.values()], ylim=(3.6, -0.6))
    ax.set_yticklabels([*rows])
    ax.legend(loc="lower right")


def laws(ax):
    fine, coarse = ((np.arange(count) + 0.5) / count for count in (400, 25))
    for role, name in zip(shades(4), reversed(routes), strict=True):
        dots = name == "least squares"
        levels, style = (coarse, role.dots) if dots else (fine, role.line)
        ax.plot(np.quantile(routes[name].student, levels), levels, **style, label=name)
    ax.set(xlabel="student's variance in one trial", ylabel="share of trials below", xlim=(0, 1.2))
    ax.legend(loc="lower right")


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
    data={
        "route": [name for name, _ in means],
        "where": [where for _, where in means],
        "closed form": [closed[where] for _, where in means],
        "mean": [m.mean for m in means.values()],
        "standard error": [m.standard_error for m in means.values()],
    },
)

# %% [markdown]
# :::{glue:figure} routes
# :name: fig-routes
#
# All at $N = $ {glue:text}`one_size`. Left: means by four routes relative to the closed form, with two standard
# errors. Right: distribution of the student's variance over trials. Three routes have one law; averaging
# the label noise keeps the mean and narrows the law.
# :::
#
# ## The whole map
#
# Relative to the teacher's variance the student's depends on two ratios only, the shared fraction
# $d_{s\wedge w}/d_w$ and, for large $d_s$, the oversampling $N/d_s$.

# %%
overlaps = np.arange(0, d_strong + 1)
big_sizes = np.geomspace(1.5 * d_strong, 40 * d_strong, 60)
grid = [Geometry(d_strong, d_weak, shared) for shared in overlaps]
kept = {}
for where in evaluations:
    rows = [student_dimension(g, big_sizes, evaluation=where) for g in grid]
    kept[where] = np.array(rows) / d_weak

some = 0, d_strong // 2, d_strong
probes = [(shared, size) for shared in some for size in sizes[1:]]
ratios = []
for shared, size in probes:
    spaces = axis_aligned_pair(d_strong, d_weak, shared)
    trial = scalar_law(spaces, None, n_labelled, size, noise, fast_trials, map_rng)
    ratios.append(trial.student / single_risk(d_weak, n_labelled, noise))
probe_mean, probe_error = mean_and_error(np.transpose(ratios))


# %% tags=["remove-output", "hide-input"]
def heat(where):
    def panel(ax):
        x, y = big_sizes / d_strong, overlaps / d_weak
        colours = ax.contourf(x, y, kept[where], np.linspace(0, 1.2, 13), extend="max")
        for levels, colour in (([0.1, 0.2, 0.3, 0.5], "white"), ([1.0], "black")):
            lines = ax.contour(x, y, kept[where], levels, colors=colour, linewidths=1.2)
            ax.clabel(lines, fmt="%g")
        ax.set(xscale="log", xlabel=r"oversampling $N/d_s$", title=words[where])
        ax.set(ylabel=r"shared fraction $d_{s\wedge w}/d_w$")
        ax.set_xticks([2, 5, 10, 20, 40], [2, 5, 10, 20, 40])
        ax.minorticks_off()
        ax.grid(False)
        ax.figure.colorbar(colours, ax=ax, label="student's / teacher's variance")

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
    data={
        "shared fraction": np.repeat(overlaps / d_weak, len(big_sizes)),
        "N / d_s": np.tile(big_sizes / d_strong, len(overlaps)),
        "ratio on sample": kept["in_sample"].ravel(),
        "ratio on fresh points": kept["population"].ravel(),
    },
)

# %% [markdown]
# :::{glue:figure} map
# :name: fig-variance-map
#
# The student's variance relative to its teacher's. Few shared features and many unlabelled samples: the
# noise is averaged away. On fresh points the contour 1 stands upright at $N = 2d_s + 1$, for every
# overlap: left of it a small overlap makes things worse.
# :::
#
# ## Claims

# %% tags=["hide-input"]
size_column = np.array(sizes)
claim(
    "discrepancy.variance.in_sample",
    says="On its own unlabelled sample the student's variance is "
    "σ²/(n−d_w−1)·(d_{s∧w} + (d_s/N)(d_w − d_{s∧w})).",
    source="dong2025, main variance theorem",
    kind="paper",
    decision=monte_carlo(
        student_variance(geometry, n_labelled, sizes, noise, evaluation="in_sample"),
        *measured["in_sample"],
        resolution=0.05,
        at={"N": size_column},
    ),
)
claim(
    "discrepancy.variance.population",
    says="For a fresh point the student's variance is "
    "σ²/(n−d_w−1)·(d_{s∧w} + d_s/(N−d_s−1)·(d_w − d_{s∧w})).",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        student_variance(geometry, n_labelled, sizes, noise),
        *measured["population"],
        resolution=0.05,
        at={"N": size_column},
    ),
)
claim(
    "discrepancy.variance.fresh_with_sample_factor",
    says="The factor d_s/N also gives the variance for a fresh point.",
    source="dong2025, main variance theorem, read for a fresh test point",
    kind="paper",
    expect="fails",
    decision=monte_carlo(
        student_variance(geometry, n_labelled, sizes, noise, evaluation="in_sample"),
        *measured["population"],
        resolution=0.1,
        at={"N": size_column},
    ),
)

# %% tags=["hide-input"]
claim(
    "discrepancy.variance.routes_mean",
    says="Least squares, averaged noise, joint Wishart and scalar law all have the closed form as "
    "their mean, on the sample and on fresh points.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        [closed[where] for _, where in means],
        [m.mean for m in means.values()],
        [m.standard_error for m in means.values()],
        resolution=0.03,
    ),
)
compared = [
    (routes["least squares"].student, routes["joint Wishart"].student),
    (routes["least squares"].student_on_sample, routes["joint Wishart"].student_on_sample),
    (routes["least squares"].student, routes["scalar law"].student),
    (routes["joint Wishart"].student, routes["scalar law"].student),
    (routes["joint Wishart"].student / routes["joint Wishart"].weak,
     routes["scalar law"].student / routes["scalar law"].weak),
]  # fmt: skip
distances = [ks_2samp(*two).statistic for two in compared]
tail = np.log(2 * len(compared) / 1e-3) / 2  # of Kolmogorov's law, all comparisons together
critical = [np.sqrt(tail * (1 / len(one) + 1 / len(two))) for one, two in compared]
claim(
    "discrepancy.variance.routes_law",
    says="Least squares, joint Wishart and scalar law have one distribution: their "
    "Kolmogorov–Smirnov distances stay below the critical value at a family-wise level of 0.001.",
    source="w2s",
    kind="derived",
    decision=inequality(distances, critical),
)

# %% tags=["hide-input"]
claim(
    "discrepancy.variance.map",
    says="Relative to the teacher's, the student's variance is (d_{s∧w} + κ_N (d_w − d_{s∧w}))/d_w "
    "with κ_N = d_s/(N−d_s−1): without, with half and with full overlap.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        [student_dimension(Geometry(d_strong, d_weak, shared), n) / d_weak for shared, n in probes],
        probe_mean,
        probe_error,
        resolution=0.03,
        at={"overlap": [shared for shared, _ in probes], "N": [n for _, n in probes]},
    ),
)
labels_per_dimension = np.array([1.2, 1.5, 2, 4, 10, 50])
more_labels = (labels_per_dimension * d_weak).astype(int)
by_labels = mean_and_error(
    np.transpose(
        [scalar_law(pair, None, n, size, noise, fast_trials, map_rng).student for n in more_labels]
    )
)
claim(
    "discrepancy.variance.labels",
    says="In the number of labels the variance falls like 1/(n − d_w − 1), from n = 1.2 d_w on.",
    source="dong2025, main variance theorem",
    kind="paper",
    decision=monte_carlo(
        student_variance(geometry, more_labels, size, noise),
        *by_labels,
        resolution=0.06,
        at={"n": more_labels},
    ),
)

# %% tags=["hide-input"]
author_sizes = [400, 968, 2105, 4000]
author_runs = {
    shared: [
        joint_wishart(
            axis_aligned_pair(100, 200, shared), None, 2000, n, 0.01, author_trials, author_rng
        )
        for n in author_sizes
    ]
    for shared in (10, 50, 90)
}
names = {"in_sample": "(1), on the student's sample,", "population": "(2), on fresh points,"}
for where, field in fields.items():
    found = [[mean_and_error(getattr(run, field)) for run in row] for row in author_runs.values()]
    claim(
        f"discrepancy.variance.authors_sizes.{where}",
        says="At the authors' sizes (d_s = 100, d_w = 200, n = 2000, σ² = 0.01; overlaps 10, 50, "
        f"90; N from 400 to 4000) formula {names[where]} is exact.",
        source="dong2025, main variance theorem" if where == "in_sample" else "w2s",
        kind="paper" if where == "in_sample" else "derived",
        decision=monte_carlo(
            [
                student_variance(Geometry(100, 200, k), 2000, author_sizes, 0.01, evaluation=where)
                for k in author_runs
            ],
            [[m.mean for m in row] for row in found],
            [[m.standard_error for m in row] for row in found],
            resolution=0.06,
            at={"overlap": np.array([*author_runs])[:, None], "N": author_sizes},
        ),
    )

# %% [markdown]
# ## What to notice
#
# * Discrepancy is the virtue ({numref}`fig-variance-map`): the student repairs exactly those errors of its teacher that it cannot
#   express, because they look like label noise to it. What both models can express is inherited, whatever
#   $N$.
# * "The variance" has two meanings, and the theorem's $d_s/N$ is exact for one of them. The other needs
#   $d_s/(N-d_s-1)$, which diverges at $N = d_s + 1$ ({numref}`fig-two-evaluations`).
# * Exactness needs Gaussian features: $r$ must be *independent* of $\psi_s$, not only uncorrelated, and the
#   Gram matrices Wishart. It needs enough samples, $n > d_w+1$.
# * The variance is not the whole risk. What the features cannot express adds {ref}`a bias <page-bias>`, and there
#   the {ref}`angles matter one by one <page-subspaces>`. Whether the student gains in the end is decided
#   {ref}`here <page-when-w2s>`.
