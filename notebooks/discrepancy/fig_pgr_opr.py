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
#     smoke: {points: 3, trials: 20, close: 200, plain: 6}
# ---

# %% [markdown]
# (page-fig-pgr-opr)=
# # Figure: PGR and OPR against n and N
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (figures of {cite:t}`dong2025`): the smaller the overlap $d_{s\wedge w}$, the larger the recovered share of the gap (PGR) and the gain over fine-tuning on the same labels (OPR); label noise raises both.
#
# **Holds?** Yes, in every comparison measured.
#
# **Where not**: with a large overlap fine-tuning wins (OPR below 1), with many labels too. The dotted curves drawn as bounds are none at few unlabelled samples.
# :::
#
# :::{glue:figure} pgr-opr
# :name: fig-pgr-opr
#
# PGR (first) and OPR (second) against labels, $\sigma^2 = 10^{-2}$: the smaller the overlap, the larger
# both. Lines: exact. Points: measured, with 95% intervals (Fieller). Dotted: the authors' plug-in curves.
# Thin line at 1: the student equals the ceiling (PGR) or SFT, the strong model fine-tuned on the same labels (OPR).
# :::
#
# ## Statement
#
# All parameters and definitions ({certainty}`Figure: PGR and OPR`) are those of the authors' public code (repository
# `dyjdongyijun/w2s_intrinsic_dim`, file `linear_probing/synthetic.ipynb`), and the list below is what its
# figures show. That the dotted curves are meant as lower
# bounds on fresh points is our reading of their names in the code.
#
# The setting is that of {ref}`page-fig-excess-risk`: $d_s = 100$, $d_w = 200$, twenty values of $n$
# (at $N = 4000$) and of $N$ (at $n = 2000$), 40 trials each. What the paper's figures show:
#
# * PGR and OPR are larger, the smaller the overlap $d_{s\wedge w}$ (discrepancy is a virtue);
# * against $N$, OPR rises and saturates; PGR rises and then slowly falls, because the ceiling improves too;
# * with more label noise both grow, and PGR can exceed 1.
#
# :::{prf:proposition} Noise, and its limit (derived here)
# :label: prop-noise-limit
# :nonumber:
#
# PGR and OPR of expected risks are monotone in $\sigma^2$, wherever PGR is defined. With
# $D = d_{s\wedge w} + \kappa_N(d_w - d_{s\wedge w})$ and $\kappa_N = d_s/(N-d_s-1)$ they tend to
#
# $$
# \begin{aligned}
# \mathrm{PGR}_\infty &= \frac{d_w - D}{d_w - d_s\,\frac{n-d_w-1}{n+N-d_s-1}}, \\
# \mathrm{OPR}_\infty &= \frac{d_s}{D}\;\frac{n-d_w-1}{n-d_s-1}
# \end{aligned}
# $$
#
# as $\sigma^2 \to \infty$. $\mathrm{PGR}_\infty > 1$ exactly if
#
# $$
# \frac{D}{n-d_w-1} < \frac{d_s}{n+N-d_s-1} .
# $$
#
# :::
#
# ## Why it is true
#
# Each expected risk is $\text{bias} + \sigma^2 \cdot \text{dimension}/\text{size}$, linear in
# $\sigma^2$. PGR and OPR are quotients of two such functions, and $(p + q\sigma^2)/(r + t\sigma^2)$
# has a derivative of constant sign, so each ratio moves steadily from its value without noise to its
# limit. Where the bias favours teacher and SFT, as here, the ratio grows. In the limit only the
# variances count: $d_w/(n-d_w-1)$, $D/(n-d_w-1)$, $d_s/(n-d_s-1)$ and $d_s/(n+N-d_s-1)$.
#
# The ceiling can be beaten: it learns from $n+N$ *noisy* labels in $d_s$ directions, the student
# from $n$ noisy labels that reach it in $D$ directions only.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": which scale the numbers below are for
seed = 2025
points = 20  # sizes from 400 to 4000 on each axis
trials = 40  # per point, as the authors
fixed_n = 2000  # n of the panels against N
fixed_N = 4000  # N of the panels against n
close = 400  # trials at the few points that decide the claims
plain = 40  # trials of plain least squares at each point of the check

# %%
import numpy as np
from myst_nb import glue

from w2s import metrics
from w2s.computing.sweeps import sweep
from w2s.discrepancy.bounds import paper_risks
from w2s.discrepancy.ridgeless import risks, student_dimension
from w2s.discrepancy.samplers import joint_wishart
from w2s.discrepancy.simulate import least_squares
from w2s.discrepancy.subspaces import synthetic_setting
from w2s.metrics import Estimate
from w2s.page.claims import beyond, derived, inequality, interval, paper, reading
from w2s.page.comparison import compared, joined
from w2s.page.figures import BOUND, figure, in_shades

families = {"main": (90, 50, 10), "other": (80, 40, 0), "noisy": (90, 50, 10)}
overlaps = families["main"]
level = {"main": 1e-2, "other": 1e-2, "noisy": 1e-1}  # sigma^2
spaces = {d: synthetic_setting(d) for family in families.values() for d in family}
geometry = {d: pair.geometry(target) for d, (pair, target) in spaces.items()}
sizes = np.linspace(400, 4000, points).astype(int)
axes = {"n": (sizes, fixed_N), "N": (fixed_n, sizes)}
close_seed, plain_seed, boot_seed = map(int, np.random.SeedSequence(seed).generate_state(3))

# %% [markdown]
# ## Computation
#
# As on {ref}`page-fig-excess-risk`, every trial draws all four risks jointly by the Wishart sampler. The
# points are ratios of means over the trials; the lines are ratios of exact expectations; the dotted lines
# are the same ratios of the curves that the authors draw for the four risks.


# %%
def simulate(cell, rng, sampler=joint_wishart, count=trials):
    """All risks at one point (overlap, noise, n, N), trial by trial."""
    d, noise, n, N = cell
    return sampler(*spaces[d], int(n), int(N), noise, count, rng)


def ratios(draw):
    """Measured PGR and OPR: ratios of means, with Fieller's intervals."""
    gap = draw.teacher, draw.student, draw.ceiling
    pgr = metrics.pgr(*gap)
    opr = metrics.opr(draw.sft, draw.student)
    return {"PGR": pgr, "OPR": opr}


def estimate(some):
    """Values and standard errors of several ratios."""
    return Estimate(*np.transpose([[one.value, one.standard_error] for one in some]))


shown = [(f, d, axis) for f in families for d in families[f] for axis in axes]
cells = [(d, level[f], n, N) for f, d, axis in shown for n, N in np.broadcast(*axes[axis])]
drawn = iter([ratios(draw) for draw in sweep(simulate, cells, seed=seed)])
intervals, curves = {}, {}  # of PGR and OPR: both ends; values beside the exact ones
for family, shared, axis in shown:
    exact = risks(geometry[shared], *axes[axis], level[family])
    measured = [next(drawn) for _ in sizes]
    for name, predicted in (("PGR", exact.pgr), ("OPR", exact.opr)):
        some = [both[name] for both in measured]
        intervals[name, family, shared, axis] = np.transpose([[one.low, one.high] for one in some])
        curves[name, family, shared, axis] = compared(predicted, estimate(some), size=sizes)

# %% [markdown]
# ## The paper's figure


# %% tags=["remove-output"]
def panel(family, name, axis, limits, legend=None):
    fine = np.linspace(400, 4000, 200)
    where = (fine, fixed_N) if axis == "n" else (fixed_n, fine)
    fixed, kind = (f"N = {fixed_N}", "") if axis == "n" else (f"n = {fixed_n}", "un")

    def draw(ax):
        for role, d in in_shades(families[family]):
            both = [f(geometry[d], *where, level[family]) for f in (risks, paper_risks)]
            line, dotted = (getattr(r, name.lower()) for r in both)
            ax.plot(fine, dotted, **(role.line | {"linestyle": BOUND.style, "linewidth": 1.5}))
            ax.plot(fine, line, **role.line, label=rf"$d_{{s\wedge w}}$ = {d}")
            value, _ = curves[name, family, d, axis].measured
            bars = np.maximum([[-1], [1]] * (intervals[name, family, d, axis] - value), 0)
            ax.errorbar(sizes, value, bars, **(role.dots | {"markersize": 3.5}))
        ax.axhline(1.0, color=BOUND.color, linewidth=1.0)
        ax.set(xlabel=f"{kind}labelled samples {axis}  ({fixed})", ylabel=name, ylim=limits)
        if legend:
            ax.legend(loc=legend, ncols=3 if "center" in legend else 1)

    return draw


# %% tags=["remove-output"]
figure(
    "pgr-opr",
    panel("main", "PGR", "n", (0, 1.05), "lower right"),
    panel("main", "OPR", "n", (0, 4), "upper right"),
    alt=[
        "PGR against labels: nearly flat near 0.5 for overlap 90, falling from 0.73 for overlap 50 "
        "and from 0.92 for overlap 10; the dotted curve of overlap 90 starts near zero.",
        "OPR against labels: overlap 10 falls from above 3 to below 1, overlap 50 rises to 1.25 "
        "and falls below 1, overlap 90 stays below 1.",
    ],
)

# %% tags=["remove-output"]
figure(
    "pgr-opr-unlabelled",
    panel("main", "PGR", "N", (0, 1.05), "lower right"),
    panel("main", "OPR", "N", (0, 1.75), "lower right"),
    alt=[
        "PGR against unlabelled samples: three curves rise until about 1200 and fall slowly after.",
        "OPR against unlabelled samples: three curves rise and flatten, the one of overlap 10 "
        "well above 1, that of overlap 50 just below, that of overlap 90 at 0.8.",
    ],
)

# %% [markdown]
# The paper's figure has four panels. {numref}`fig-pgr-opr` shows those against labels, the next one those
# against unlabelled samples.
#
# :::{glue:figure} pgr-opr-unlabelled
# :name: fig-pgr-opr-unlabelled
#
# The same against unlabelled samples: PGR (first) rises and then falls slowly, OPR (second) rises and
# saturates.
# :::
#
# ## The variants
#
# Other overlaps, down to none at all, give the same picture ({numref}`fig-pgr-opr-other`).

# %% tags=["remove-output"]
figure(
    "pgr-opr-other-overlaps",
    panel("other", "PGR", "n", (0, 1.05), "lower right"),
    panel("other", "OPR", "n", (0, 7.5), "upper right"),
    alt=[
        "PGR against labels for overlaps 80, 40 and 0: ordered as before, overlap 0 starts at 0.97.",
        "OPR against labels: overlap 0 falls from about 6 to 1; overlap 40 peaks at 1.45.",
    ],
)

# %% [markdown]
# :::{glue:figure} pgr-opr-other-overlaps
# :name: fig-pgr-opr-other
#
# PGR (first) and OPR (second) at the same noise with $d_{s\wedge w} = 80, 40, 0$: the same order, and without
# overlap an OPR near 6.
# :::
#
# Ten times the noise changes more ({numref}`fig-pgr-opr-noisy`): PGR now *rises* with $n$, and with
# overlap 10 it passes 1.

# %% tags=["remove-output"]
figure(
    "pgr-opr-noisy",
    panel("noisy", "PGR", "n", (0, 1.3), "lower right"),
    panel("noisy", "PGR", "N", (0, 1.3)),
    panel("noisy", "OPR", "n", (0, 6.2)),
    panel("noisy", "OPR", "N", (0, 5.5)),
    alt=[
        "PGR against labels at noise 0.1: all three curves rise, the one of overlap 10 passes one.",
        "PGR against unlabelled samples at noise 0.1: overlap 10 lies above one almost everywhere.",
        "OPR against labels at noise 0.1: about 5 for overlap 10, 1.6 for 50, just below 1 for 90.",
        "OPR against unlabelled samples at noise 0.1: rising and flattening, up to 4.7.",
    ],
)

# %% [markdown]
# :::{glue:figure} pgr-opr-noisy
# :name: fig-pgr-opr-noisy
#
# $\sigma^2 = 0.1$, $d_{s\wedge w} = 90, 50, 10$: PGR (first two panels), OPR (last two). Where PGR is above 1
# the student has a smaller excess risk than the strong model trained on all $n+N$ true, noisy labels.
# :::
#
# ## A closer look, and two ways to average
#
# The claims below need smaller error bars than forty trials give, so we simulate a few points of the figure
# with many trials. They also show the difference between a *ratio of means* and a *mean of ratios*: the
# authors average the ratio of each trial, while theory predicts the ratio of the averages. To second order
# $\mathbb E[X/Y]$ exceeds $\mathbb E X/\mathbb E Y$ by the fraction
#
# $$
# \frac{\operatorname{Var} Y}{(\mathbb E Y)^2} - \frac{\operatorname{Cov}(X, Y)}{\mathbb E X\,\mathbb E Y}.
# $$

# %%
peak_N, many_n = 1157, 3000  # PGR is largest near the first
few_N, top_N, all_N = ((fixed_n, N) for N in (400, peak_N, fixed_N))
few_n, middle_n, all_n = ((n, fixed_N) for n in (400, 800, many_n))
spots = [few_n, middle_n, all_n, few_N, top_N, all_N]
places = [(d, level["main"], *at) for d in overlaps for at in spots]
places += [(d, level["noisy"], *at) for d in overlaps for at in (few_n, all_n)]
close_draws = sweep(lambda cell, rng: simulate(cell, rng, count=close), places, seed=close_seed)
found = dict(zip(places, close_draws, strict=True))
near = {place: ratios(draw) for place, draw in found.items()}

few = {d: found[d, level["main"], *few_n] for d in overlaps}
effect = {
    "OPR": [metrics.average_effect(t.sft, t.student) for t in few.values()],
    "PGR": [
        metrics.average_effect(t.teacher - t.student, t.teacher - t.ceiling) for t in few.values()
    ],
}
for ratio, digits in (("OPR", 1), ("PGR", 2)):
    for given, (change, _) in zip(overlaps, effect[ratio], strict=True):
        glue(f"{ratio}_{given}", f"{100 * change:.{digits}f}%".replace("-", "−"), display=False)

# %% [markdown]
# At $n = 400$, where trials vary most, the mean of ratios differs from the ratio of means by
#
# | overlap | PGR | OPR |
# |---|---|---|
# | 90 | {glue:text}`PGR_90` | {glue:text}`OPR_90` |
# | 50 | {glue:text}`PGR_50` | {glue:text}`OPR_50` |
# | 10 | {glue:text}`PGR_10` | {glue:text}`OPR_10` |
#
# More trials do not remove this difference. It does not matter for PGR; an average of OPRs makes the
# student look better than it is.
#
# ## Claims


# %%
def averaged(found):
    """The mean of a comparison's measurements along its curve."""
    mean, error = found.measured
    return Estimate(mean.mean(), np.sqrt((error**2).sum()) / points)


derived(
    "discrepancy.pgr_opr.exact",
    "The measured ratio, divided by the exact one and averaged along a curve, is 1 for each of "
    "the 36 curves of PGR and OPR.",
    # A ratio of means over T trials is itself biased by the curvature of the quotient, by the
    # second-order term above over T: at most 6% / T.
    joined(
        compared(1.0, averaged(curve.over(curve.predicted))) for curve in curves.values()
    ).agrees(0.4 / np.sqrt(points * trials), allowance=0.06 / trials),
)
checked = [(10, level["main"], 400, fixed_N), (50, level["noisy"], fixed_n, fixed_N)]
honest = sweep(
    lambda cell, rng: simulate(cell, rng, least_squares, plain), checked, seed=plain_seed
)
exact_there = [risks(geometry[d], n, N, noise) for d, noise, n, N in checked]
derived(
    "discrepancy.pgr_opr.least_squares",
    "Plain least squares on sampled features gives the exact PGR and OPR at two points.",
    joined(
        compared([exact.pgr, exact.opr], estimate(ratios(draw).values()))
        for exact, draw in zip(exact_there, honest, strict=True)
    ).agrees(0.5 / np.sqrt(plain), allowance=0.06 / plain),  # as above
)


# %%
def spot(name, at, family="main"):
    """A ratio measured at (n, N) for the three overlaps."""
    return estimate(near[d, level[family], *at][name] for d in overlaps)


def rises(*pairs, **at):
    """Decide that of every pair of estimates the first is at most the second."""
    low, high = ([*zip(*side, strict=True)] for side in zip(*pairs, strict=True))
    return inequality(low[0], high[0], standard_error=np.hypot(low[1], high[1]), at=at)


figures = {"source": "dong2025, PGR and OPR in synthetic regression"}
wanted = [("PGR", at) for at in spots] + [("OPR", at) for at in spots if at != few_N]
steps = [np.array(spot(*one)) for one in wanted]
paper(
    "discrepancy.pgr_opr.order",
    "PGR and OPR are larger, the smaller the overlap: d_{s∧w} = 10 before 50 before 90, at "
    "eleven measured points.",
    rises(
        *((both[:, :-1], both[:, 1:]) for both in steps),
        ratio=[[name] for name, _ in wanted],
        n=[[n] for _, (n, _) in wanted], N=[[N] for _, (_, N) in wanted],
    ),
    main=True,
    **figures,
)  # fmt: skip
few, top, last = (spot("PGR", at) for at in (few_N, top_N, all_N))
paper(
    "discrepancy.pgr_opr.pgr_against_n_unlabelled",
    f"Against N, measured PGR rises and then falls: it is larger at N = {peak_N} than at 400 and at "
    "4000.",
    rises((few, top), (last, top), overlap=overlaps),
    **figures,
)

# %%
few, rise, top = (spot("OPR", at) for at in (few_N, top_N, all_N))
limit = np.array([risks(geometry[d], fixed_n, 10**12, level["main"]).opr for d in overlaps])
reading(
    "discrepancy.pgr_opr.opr_against_n_unlabelled",
    f"Against N, OPR rises and saturates: it grows from N = 400 to {peak_N} to 4000, where it is "
    "within 15% of its exact limit N → ∞.",
    rises((few, rise), (rise, top), (Estimate(0.85 * limit, 0 * limit), top), overlap=overlaps),
    **figures,
)
few, middle, last = (np.array(spot("OPR", at))[:, 1] for at in (few_n, middle_n, all_n))
derived(
    "discrepancy.pgr_opr.not_monotone",
    "With d_{s∧w} = 50 OPR rises and then falls with n: it is larger at n = 800 than at 400 "
    "and at 3000.",
    rises((few, middle), (last, middle)),
)

# %%
quiet = {key: curve for key, curve in curves.items() if key[1] == "main"}
louder = [
    (averaged(c), averaged(curves[name, "noisy", d, axis]))
    for (name, _, d, axis), c in quiet.items()
]
paper(
    "discrepancy.pgr_opr.noise_measured",
    "Averaged along each curve, measured PGR and OPR are larger at σ² = 0.1 than at 0.01.",
    rises(*louder),
    main=True,
    **figures,
)
noises = np.geomspace(1e-4, 1, 41)
upright = [[np.reshape(x, (-1, 1)) for x in at] for at in axes.values()]
growing = [risks(geometry[d], *at, noises) for d in overlaps for at in upright]
rising = np.array([[four.pgr, four.opr] for four in growing])
derived(
    "discrepancy.pgr_opr.noise_exact",
    "Exact PGR and OPR grow with σ² from 0.0001 to 1 at every point of the figure.",
    inequality(rising[..., :-1], rising[..., 1:], at={"noise": noises[1:]}),
)
D = np.array([[student_dimension(geometry[d], fixed_N)] for d in overlaps])
left = sizes - 201.0
limits = [(200 - D) / (200 - 100 * left / (sizes + fixed_N - 101)), 100 / D * left / (sizes - 101)]
far = np.arange(4000, 30_000)  # exercise 3
kept = student_dimension(geometry[10], far) / (many_n - 201)
glue("last_N", int(far[kept < 100 / (many_n + far - 101)][-1]), display=False)
loud = [risks(geometry[d], sizes, fixed_N, 1e9) for d in overlaps]
reached = Estimate([[four.pgr for four in loud], [four.opr for four in loud]], 0)
derived(
    "discrepancy.pgr_opr.noise_limit",
    "As σ² → ∞ the exact ratios tend to the limits PGR_{∞} and OPR_{∞} of the proposition.",
    compared(limits, reached).identical(1e-9),  # the biases are below 1e-12 of this noise
)

# %%
few, last = (spot("PGR", at, "noisy") for at in (few_n, all_n))
for key, one in (("noisy_few", few), ("noisy_many", last)):
    glue(key, float(one.mean[2]), display=False)
paper(
    "discrepancy.pgr_opr.noisy_growth",
    "At σ² = 0.1 measured PGR is larger at n = 3000 than at 400.",
    rises((few, last), overlap=overlaps),
    **figures,
)
above = near[10, level["noisy"], *all_n]["PGR"]
paper(
    "discrepancy.pgr_opr.above_one",
    "PGR exceeds 1 at σ² = 0.1, d_{s∧w} = 10, n = 3000, N = 4000: the student beats the ceiling.",
    interval(above.value, above.standard_error, low=1.0),
    main=True,
    **figures,
)
low = near[10, level["main"], *few_N]["PGR"]
dotted = float(paper_risks(geometry[10], *few_N, level["main"]).pgr)
reading(
    "discrepancy.pgr_opr.dotted",
    "The dotted curve is a lower bound of PGR on fresh points, also at d_{s∧w} = 10, n = 2000, "
    "N = 400.",
    interval(low.value, low.standard_error, low=dotted),
    expect="fails",
    instead="It is a ratio of three drawn curves, far too low near n = d_w and too high while "
    "unlabelled samples are few. The authors' other lower bound, with 0 for the ceiling's risk, is "
    "proved on the student's own sample wherever it is not negative.",
    main=True,
    **figures,
)
# %%
beyond(
    "discrepancy.pgr_opr.mean_of_ratios",
    "At n = 400 and d_{s∧w} = 10 the mean of the per-trial OPR exceeds the ratio of means by 2 "
    "to 9%.",
    interval(*effect["OPR"][2], low=0.02, high=0.09),
)
harmless, error = np.transpose(effect["PGR"])
beyond(
    "discrepancy.pgr_opr.mean_of_ratios_pgr",
    "For PGR at n = 400 the two averages agree within 1%.",
    compared(0.01, Estimate(abs(harmless), error), overlap=overlaps).below(),
)

# %% [markdown]
# ## What to notice
#
# * **The overlap decides the order** ({numref}`fig-pgr-opr`). At fixed sizes the only difference between the
#   three curves is $d_{s\wedge w}$ (and the part $a$ of the target that changes with it).
# * **Recovering is not outperforming.** With overlap 90 the student recovers half of the gap everywhere,
#   and yet the labels would have been better spent on SFT: OPR stays below 1.
# * **The dotted curves are not bounds.** They are ratios of the drawn curves: far too low near $n = d_w$, too
#   high at small $N$. What can be proved is on {ref}`page-pgr-opr-bounds`.
# * **PGR above 1** needs noise, discrepancy and an $N$ that is not too large, since the ceiling keeps
#   improving with $N$ and the student does not. {ref}`page-phase-diagram` maps where.
# * **Honest limits.** Gaussian features, axis-aligned spaces, excess risk without label noise. With
#   test errors on noisy labels OPR is moved towards 1; PGR is not affected.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# At $n = 400$, first panel of {numref}`fig-pgr-opr-noisy`: is PGR above 1 for overlap 10? And at $n = 3000$?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# PGR is {glue:text}`noisy_few:.2f` at 400 labels and {glue:text}`noisy_many:.2f` at 3000: there the student
# beats the strong model trained on all 7000 noisy labels.
# ::::
#
# ::::{admonition} Exercise 2. A step of a proof
# :class: w2s-exercise
#
# Derive the condition for $\mathrm{PGR}_\infty > 1$ from the limits in the proposition.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# $\mathrm{PGR} > 1$ says, where the teacher is worse than the ceiling, that the student's risk is below the
# ceiling's. As $\sigma^2 \to \infty$, divide both by $\sigma^2$: what remains is the variances,
# $D/(n-d_w-1)$ for the student and $d_s/(n+N-d_s-1)$ for the ceiling.
# ::::
#
# ::::{admonition} Exercise 3. Change a parameter
# :class: w2s-exercise
#
# For which $N$, at most, is $\mathrm{PGR}_\infty > 1$ with overlap 10 and $n = 3000$? Solve the condition with
# $\kappa_N \approx 0$ first, then compare with the machine's answer.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# With $D \approx 10$ the condition is $n + N - 101 < 10\,(n - 201)$, so $N < 25\,091$. With $D$ itself, which
# is a little larger, the machine finds $N \le$ {glue:text}`last_N`.
# ::::
