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
#     smoke: {points: 4, close: 200, plain: 8}
# ---

# %% [markdown]
# (page-fig-excess-risk)=
# # Figure: excess risk against n and N
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (figures of {cite:t}`dong2025`): with a small overlap $d_{s\wedge w}$ the student beats its teacher, and while labels are few also SFT, the strong model fine-tuned on these labels.
#
# **Holds?** Yes: every order in their figures is found again, on exact risks derived here.
#
# **Where not**: with a large overlap SFT wins; with little noise and many labels the teacher does. The student's drawn bound fails while unlabelled samples are few.
# :::
#
# :::{glue:figure} exrisk-overlap-10
# :name: fig-exrisk-10
#
# Small overlap, $d_{s\wedge w} = 10$, $\sigma^2 = 10^{-2}$, against labels (first) and unlabelled samples
# (second): the student is far below its teacher, and below SFT until labels abound. Lines: exact
# expectations. Points: means of 40 trials with two standard errors. Dotted: the curves that the authors draw.
# :::
#
# ## Statement
#
# All parameters ({certainty}`Figure: excess risk`) are those of the authors' public code (repository
# `dyjdongyijun/w2s_intrinsic_dim`, file `linear_probing/synthetic.ipynb`), and the table below says what its
# figures show. That the dotted curves are meant as
# bounds on fresh points is our reading; the code calls them bounds and measures on fresh points.
#
# **Setting.** Latents $z \sim N(0, I_{300})$, $d_s = 100$ strong and $d_w = 200$ weak features on
# coordinate axes that share $d_{s\wedge w}$ of them. Target coefficients
# $\beta_j^2 = 1/(j\,d_s d_w)$, $j = 1, \dots, 300$; label noise $\sigma^2$. The first panels vary $n$ at
# $N = 4000$, the second $N$ at $n = 2000$: twenty values from 400 to 4000, 40 trials each.
# There are three configurations: small overlap, large overlap, and bias-dominated. SFT is the strong
# model fine-tuned on the teacher's own $n$ labels.
#
# | case | overlap | noise | what the paper shows |
# |---|---|---|---|
# | small | $d_{s\wedge w} = 10$ | $\sigma^2 = 10^{-2}$ | the student beats SFT while labels are few |
# | large | $d_{s\wedge w} = 90$ | $\sigma^2 = 10^{-2}$ | the student beats its teacher, not SFT |
# | biased | $d_{s\wedge w} = 90$ | $\sigma^2 = 4\cdot 10^{-4}$ | with many labels the student is worse than its teacher |
#
# :::{prf:proposition} Exact law of the four excess risks (derived here)
# :label: prop-risk-laws
# :nonumber:
#
# A model with $d$ features and approximation error $\rho$, trained on $m$ true labels, has on fresh
# points
#
# $$
# \mathrm{ER} \overset{\text{law}}{=} \rho + (\sigma^2+\rho)\,\frac{\chi^2_d}{\chi^2_{m-d+1}},
# $$
#
# with mean $\rho + (\sigma^2+\rho)\,d/(m-d-1)$: the teacher with $(d_w, \rho_w, n)$, SFT with
# $(d_s, \rho_s, n)$, the ceiling with $(d_s, \rho_s, n+N)$. For the student, with
# $\tau^2 = (\sigma^2+\rho_w)/(n-d_w-1)$ and $\kappa_N = d_s/(N-d_s-1)$,
#
# $$
# \mathbb E\,\mathrm{ER}_{w2s} = \rho_s + a + \kappa_N c
#   + \tau^2\bigl[d_{s\wedge w} + \kappa_N(d_w - d_{s\wedge w})\bigr].
# $$
#
# Here $a$ is the part of the target that the student inherits as a gap, and $c$ the part that it takes
# for noise ({ref}`page-bias`).
# :::
#
# ## Why it is true
#
# The part of the target that the features cannot express is Gaussian and independent of them, so it
# acts as label noise of variance $\rho$. Given the design $Z$ ($m \times d$, whitened) the error of
# the coefficients is $N(0, (\sigma^2+\rho)(Z^\top Z)^{-1})$, that is
# $\sqrt{\sigma^2+\rho}\,(Z^\top Z)^{-1/2} g$. Its squared length is $(\sigma^2+\rho)$ times
# $\lVert g\rVert^2 \sim \chi^2_d$ times $u^\top (Z^\top Z)^{-1}u$ for an independent unit vector
# $u$, and the latter is $1/\chi^2_{m-d+1}$ {cite:p}`muirhead1982`. The student's mean is proved on
# {ref}`page-bias`; its law has a similar form, with nine scalars (`w2s.discrepancy.samplers.scalar_law`).
#
# The dotted curves are those that the authors draw: $\sigma^2 d/m + \rho$ for the single models, and
# for the student the variance theorem with the bound of the bias,
#
# $$
# \frac{\sigma^2}{n-d_w-1}\Bigl(d_{s\wedge w} + \frac{d_s}{N}(d_w-d_{s\wedge w})\Bigr) + \rho_s + \rho_w .
# $$

# %% tags=["parameters"]
profile = "paper"  # or "smoke": which scale the numbers below are for
seed = 2025
points = 20  # sizes from 400 to 4000 on each axis
trials = 40  # per point, as the authors
fixed_n = 2000  # n of the panels against N
fixed_N = 4000  # N of the panels against n
close = 800  # trials at the few points that decide the claims
plain = 40  # trials of plain least squares at each point of the check

# %%
import numpy as np
from myst_nb import glue
from scipy.optimize import brentq

from w2s.computing.sweeps import sweep
from w2s.discrepancy.bounds import paper_risks
from w2s.discrepancy.gain import n_labelled_at_zero_gain
from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.samplers import fit_error_cdf, joint_wishart, scalar_law
from w2s.discrepancy.simulate import least_squares
from w2s.discrepancy.subspaces import synthetic_setting
from w2s.metrics import Estimate, mean_and_error, ratio_of_means
from w2s.page.claims import derived, inequality, interval, paper, reading
from w2s.page.comparison import compared
from w2s.page.figures import BOUND, CEILING, SFT, STUDENT, WEAK, figure, in_shades

models = {"teacher": WEAK, "student": STUDENT, "sft": SFT, "ceiling": CEILING}
configurations = {"small": (10, 1e-2), "large": (90, 1e-2), "biased": (90, 4e-4)}
spaces = {name: synthetic_setting(d) for name, (d, _) in configurations.items()}
geometry = {name: pair.geometry(target) for name, (pair, target) in spaces.items()}
level = {name: noise for name, (_, noise) in configurations.items()}
sizes, fine = np.linspace(400, 4000, points).astype(int), np.linspace(400, 4000, 200)
close_seed, plain_seed, law_seed = np.random.SeedSequence(seed).generate_state(3)

# %% [markdown]
# ## Computation
#
# The whole figure uses the *joint Wishart* sampler: Gaussian designs enter all four risks only through
# two triangular factors with independent entries, so a trial costs the same at every $n$ and $N$
# ({ref}`page-variance-theorem` compares the samplers). Every point has its own random stream.


# %%
def simulate(cell, rng, sampler=joint_wishart, count=trials):
    """All risks at one point (configuration, n, N), trial by trial."""
    name, n, N = cell
    pair, target = spaces[name]
    return sampler(pair, target, n, N, level[name], count, rng)


def along(axis, x):
    """Sizes (n, N) of a panel, one of which varies."""
    return (x, fixed_N) if axis == "n" else (fixed_n, x)


def by(formula, name, n, N):
    """Risks of the four models by a formula: `risks`, or the drawn `paper_risks`."""
    return formula(geometry[name], n, N, level[name])


panels = [(name, axis) for name in configurations for axis in ("n", "N")]
grid = {(name, axis): [(name, *map(int, along(axis, x))) for x in sizes] for name, axis in panels}
drawn = iter(sweep(simulate, [cell for cells in grid.values() for cell in cells], seed=seed))
trial, curves = {}, {}  # by panel and model: risks of shape (trials, points); beside the exact ones
for name, axis in panels:
    exact, measured = by(risks, name, *along(axis, sizes)), [next(drawn) for _ in sizes]
    for model in models:
        key = (name, axis), model
        trial[key] = np.transpose([getattr(t, model) for t in measured])
        curves[key] = compared(getattr(exact, model), trial[key], size=sizes)

# %% [markdown]
# ## The three figures


# %% tags=["remove-output"]
def panel_of(name, axis):
    lines, dotted = (by(formula, name, *along(axis, fine)) for formula in (risks, paper_risks))
    fixed, kind = (f"N = {fixed_N}", "") if axis == "n" else (f"n = {fixed_n}", "un")

    def draw(ax):
        for model in models:
            ax.plot(fine, getattr(dotted, model), **(BOUND.line | {"linewidth": 1.6}))
        for model, role in models.items():
            ax.plot(fine, getattr(lines, model), **role.line, label=words[model])
            mean, error = curves[(name, axis), model].measured
            ax.errorbar(sizes, mean, 2 * error, **(role.dots | {"markersize": 3.5}))
        ax.plot([], [], **BOUND.line, label="drawn by the authors")
        ax.set(xlabel=f"{kind}labelled samples {axis}  ({fixed})", ylabel="excess risk")
        ax.set(yscale="log", ylim=window[name])
        if axis == "n":
            ax.legend(ncols=2, loc="upper right")

    return draw


words = {"teacher": "teacher", "student": "student", "sft": "SFT", "ceiling": "ceiling"}
window = {"small": (1e-4, 3e-2), "large": (1e-4, 3e-2), "biased": (4e-5, 1.5e-3)}


# %% tags=["remove-output"]
def both_ways(figure_name, name, *alt):
    """Draw one configuration against n and against N."""
    figure(
        figure_name,
        panel_of(name, "n"),
        panel_of(name, "N"),
        alt=[common + text for text in alt],
    )


common = "Excess risk on a log axis, four models, exact curves with simulated points on them. "
both_ways(
    "exrisk-overlap-10",
    "small",
    "Against labels: the student starts far below teacher and SFT, flattens, and is crossed by SFT "
    "near 3400 labels; the ceiling is lowest.",
    "Against unlabelled samples: teacher and SFT are flat, the student falls below SFT near 650 and "
    "saturates above the ceiling.",
)

# %% tags=["remove-output"]
both_ways(
    "exrisk-overlap-90",
    "large",
    "Against labels: the student lies between teacher and SFT everywhere.",
    "Against unlabelled samples: the student lies between teacher and SFT and is nearly flat from "
    "1000 on.",
)

# %% [markdown]
# :::{glue:figure} exrisk-overlap-90
# :name: fig-exrisk-90
#
# Large overlap, $d_{s\wedge w} = 90$, same noise: the student inherits most of its teacher's
# variance and never reaches SFT.
# :::
#
# In the authors' notebook of 8 June 2025 (commit `85786f9`) the panel labelled $d_{s\wedge w} = 90$ repeats the
# arrays of the run with $d_{s\wedge w} = 10$; their version of 20 March 2025 (commit `4a67282`) does not.
# {numref}`fig-exrisk-90` is the run with 90.

# %% tags=["remove-output"]
both_ways(
    "exrisk-biased",
    "biased",
    "Against labels with little noise: the student's curve crosses its teacher's near 1800 labels "
    "and stays above it from there; SFT and ceiling are far below.",
    "Against unlabelled samples with little noise: the student is slightly above its teacher "
    "everywhere.",
)

# %% [markdown]
# :::{glue:figure} exrisk-biased
# :name: fig-exrisk-biased
#
# Bias-dominated, $d_{s\wedge w} = 90$, $\sigma^2 = 4\cdot10^{-4}$: with many labels the teacher is better.
# The student is limited not by noise but by what its teacher, and what it itself, cannot express.
# :::
#
# The authors' error bars show the standard deviation over trials, about three times as long as two standard
# errors of a mean over 40 trials.
#
# ## A closer look
#
# Two crossings carry the message. With a small overlap ({numref}`fig-exrisk-10`) SFT overtakes the student
# at the root $n^*$ of $\mathrm{ER}_s = \mathrm{ER}_{w2s}$; in the biased configuration
# ({numref}`fig-exrisk-biased`) the student falls behind its teacher at $n_0$ ({ref}`page-when-w2s`). Both follow from the exact risks. We then simulate with many
# trials at these crossings and at the ends of the axis.


# %% tags=["hide-input"]
def advantage(n, N):
    """SFT's exact excess risk minus the student's, small overlap."""
    here = by(risks, "small", n, N)
    return float(here.sft - here.student)


n_star, n_star_more = (round(brentq(advantage, 400, 20_000, (N,))) for N in (fixed_N, 40_000))
n_zero = round(float(n_labelled_at_zero_gain(geometry["biased"], fixed_N, level["biased"])))
spots = {
    "few labels": ("small", 400, fixed_N),
    "SFT crossing": ("small", n_star, fixed_N),
    "many labels": ("small", 4000, fixed_N),
    "few unlabelled": ("small", fixed_n, 400),
    "biased, few labels": ("biased", 400, fixed_N),
    "teacher crossing": ("biased", n_zero, fixed_N),
    "biased, many labels": ("biased", 4000, fixed_N),
    "biased, few unlabelled": ("biased", fixed_n, 400),
    "large, few labels": ("large", 400, fixed_N),
    "large, few unlabelled": ("large", fixed_n, 400),
}
found = sweep(
    lambda cell, rng: simulate(cell, rng, count=close), spots.values(), seed=int(close_seed)
)
look = dict(zip(spots, found, strict=True))
assert n_star_more > n_star  # exercise 3
for place, number in {"n_star": n_star, "n_star_more": n_star_more, "n_zero": n_zero}.items():
    glue(place, number, display=False)

# %% [markdown]
# SFT overtakes the student at $n^* =$ {glue:text}`n_star` labels (small overlap); the student falls
# behind its teacher at $n_0 =$ {glue:text}`n_zero` (biased).
#
# The same points show where the authors' curve for the student is loose and where it is crossed, which
# a logarithmic axis hides.


# %% tags=["remove-output"]
def over_risk(cell, risk, error=0):
    """The drawn curve of the student over its risk at a point, and the standard error."""
    drawn = by(paper_risks, *cell).student
    return Estimate(drawn / risk, drawn * error / risk**2)


lines = {(name, axis): (name, *along(axis, fine)) for name, axis in panels}
quotient = {key: over_risk(line, by(risks, *line).student).mean for key, line in lines.items()}
closely = {
    cell: over_risk(cell, *mean_and_error(look[spot].student)) for spot, cell in spots.items()
}
names = {"small": "small overlap", "large": "large overlap", "biased": "bias-dominated"}


def drawn_over_exact(axis):
    def draw(ax):
        for role, (name, label) in in_shades(names.items()):
            ax.plot(fine, quotient[name, axis], **role.line, label=label)
            for (which, n, N), (value, error) in closely.items():
                x = n if axis == "n" else N
                if which == name and (n, N) == along(axis, x):
                    ax.errorbar(x, value, 2 * error, **role.dots)
        ax.axhline(1.0, **BOUND.line)
        ax.set(xlabel=f"{'' if axis == 'n' else 'un'}labelled samples {axis}", ylim=(0.82, 1.1))
        ax.set(ylabel="student: drawn bound / risk")
        if axis == "n":
            ax.legend(loc="lower right")

    return draw


# %% tags=["remove-output"]
figure(
    "drawn-over-exact",
    drawn_over_exact("n"),
    drawn_over_exact("N"),
    alt=[
        "Drawn bound over risk of the student against labels: the curve of the biased configuration "
        "rises from 0.87 through one to 1.06, the other two stay within 3% of one.",
        "The same against unlabelled samples: at 400 the small-overlap curve is near 0.85; it "
        "approaches one from below, the other two end slightly above one.",
    ],
)  # fmt: skip

# %% [markdown]
# :::{glue:figure} drawn-over-exact
# :name: fig-drawn-over-exact
#
# The authors' curve for the student divided by its risk on fresh points, against labels (first) and
# unlabelled samples (second). Lines: exact. Points: measured closely, with two standard errors. Below 1
# the risk is larger than the drawn bound.
# :::
#
# The drawn curve combines the exact variance on the student's *own sample* with $\rho_s+\rho_w$, which
# bounds the bias for many samples. It holds under these two conditions, not at every size on fresh points.
#
# ## Claims

# %%
relative = [(trial[key] / curves[key].predicted).ravel() for key in curves]
derived(
    "discrepancy.excess_risk.exact",
    "The measured excess risk, divided by the exact one and averaged along a curve, is 1 for each "
    "of the 24 curves.",
    compared(1.0, np.transpose(relative)).agrees(0.5 / np.sqrt(points * trials)),
    main=True,
)
checked = [spots["few labels"], spots["few unlabelled"], ("biased", fixed_n, fixed_N)]
honest = sweep(
    lambda cell, rng: simulate(cell, rng, least_squares, plain), checked, seed=int(plain_seed)
)
predicted, seen = (
    [[getattr(four, model) for model in models] for four in side]
    for side in ([by(risks, *cell) for cell in checked], honest)
)
at = {"n": [[n] for _, n, _ in checked], "N": [[N] for *_, N in checked]}
derived(
    "discrepancy.excess_risk.least_squares",
    "Plain least squares on sampled features gives the exact risks of all four models at three "
    "points of the figures.",
    compared(predicted, np.moveaxis(seen, -1, 0), **at).agrees(0.4 / np.sqrt(plain)),
)


# %%
def ranks(panel, model, law_rng):
    """Probability of a smaller risk under the exact law, for every measured risk of a curve."""
    ranked, g = [], geometry[panel[0]]
    d, rho = (g.d_weak, g.rho_weak) if model == "teacher" else (g.d_strong, g.rho_strong)
    for seen, (name, n, N) in zip(trial[panel, model].T, grid[panel], strict=True):
        if model == "student":
            law = scalar_law(*spaces[name], n, N, level[name], 20_000, law_rng).student
            ranked.append(np.searchsorted(np.sort(law), seen) / len(law))
        else:
            m = n + N if model == "ceiling" else n
            ranked.append(fit_error_cdf((seen - rho) / (level[name] + rho), d, m))
    return np.concatenate(ranked)


law_rng = np.random.default_rng([int(law_seed), 1])
ordered = [np.sort(np.concatenate([ranks(p, model, law_rng) for p in panels])) for model in models]
count = len(panels) * points * trials
steps = np.arange(count + 1) / count
distance = [max((steps[1:] - u).max(), (u - steps[:-1]).max()) for u in ordered]
derived(
    "discrepancy.excess_risk.law",
    "The single trials follow the exact law: ranked under the law of their point they are uniform "
    "for each model, with a Kolmogorov–Smirnov distance below its critical value.",
    # The critical distance of level 1e-3 shared by four models, asymptotic in the sample size.
    inequality(distance, np.sqrt(np.log(2 / 2.5e-4) / 2 / count), at={"model": [*models]}),
)


# %%
def below(shown, low, high):
    """Decide that one model is measured below another at every point, in paired trials."""
    smaller, larger = ([curves[p, m].measured.mean for p in shown] for m in (low, high))
    errors = [mean_and_error(trial[p, high] - trial[p, low]).standard_error for p in shown]
    there = {"case": [[name] for name, _ in shown], "varied": [[axis] for _, axis in shown]}
    return inequality(smaller, larger, standard_error=errors, at=there | {"size": sizes})


noisy, figures = panels[:4], {"source": "dong2025, synthetic excess risks"}
paper(
    "discrepancy.excess_risk.ceiling",
    "At σ² = 0.01 the ceiling is below the student at every measured point, for both overlaps.",
    below(noisy, "ceiling", "student"),
    **figures,
)
paper(
    "discrepancy.excess_risk.teacher",
    "At σ² = 0.01 the student is below its teacher at every measured point, for both overlaps.",
    below(noisy, "student", "teacher"),
    **figures,
)
paper(
    "discrepancy.excess_risk.sft_large",
    "With d_{s∧w} = 90 and σ² = 0.01, SFT is below the student at every measured point.",
    below(noisy[2:], "sft", "student"),
    **figures,
)


# %%
def closely_measured(*quotients):
    """Ratios of mean risks at spots, each given as (spot, above, below), beside 1."""
    both = [[getattr(look[spot], m) for m in pair] for spot, *pair in quotients]
    found = [ratio_of_means(*two) for two in both]
    measured = Estimate([r.value for r in found], [r.standard_error for r in found])
    return compared(1.0, measured)


early, late = ("few labels", "student", "sft"), ("many labels", "sft", "student")
paper(
    "discrepancy.excess_risk.sft_small",
    "With d_{s∧w} = 10 the student is below SFT at n = 400 and above it at n = 4000.",
    closely_measured(early, late).below(),
    main=True,
    **figures,
)
early, late = (
    ("biased, few labels", "student", "teacher"),
    ("biased, many labels", "teacher", "student"),
)
paper(
    "discrepancy.excess_risk.biased",
    "In the bias-dominated configuration the student is below its teacher at n = 400 and above "
    "it at n = 4000.",
    closely_measured(early, late).below(),
    main=True,
    **figures,
)
# %%
derived(
    "discrepancy.excess_risk.crossing_sft",
    "With d_{s∧w} = 10, SFT and student have equal risk at the computed n*.",
    closely_measured(("SFT crossing", "student", "sft")).agrees(0.02),
)
derived(
    "discrepancy.excess_risk.crossing_teacher",
    "In the bias-dominated configuration teacher and student have equal risk at "
    "n_0 = d_w + 1 + (σ²+ρ_w)(d_w−d_{s∧w})(1−κ_N)/(ρ_s+κ_N c−b).",
    closely_measured(("teacher crossing", "student", "teacher")).agrees(0.02),
)

# %%
single = [(p, model) for p in panels for model in ("teacher", "sft", "ceiling")]
bounds = [getattr(by(paper_risks, p[0], *along(p[1], sizes)), model) for p, model in single]
drawn_at = {"model": [[model] for _, model in single], "size": sizes}
reading(
    "discrepancy.excess_risk.drawn_single",
    "The curves drawn for teacher, SFT and ceiling are lower bounds of their exact risks on fresh "
    "points.",
    inequality(bounds, [curves[key].predicted for key in single], at=drawn_at),
    **figures,
)
student = mean_and_error(look["few unlabelled"].student)
drawn_there = float(by(paper_risks, *spots["few unlabelled"]).student)
reading(
    "discrepancy.excess_risk.drawn_student",
    "The curve drawn for the student is an upper bound of its risk on fresh points, also at "
    "d_{s∧w} = 10, n = 2000, N = 400.",
    interval(*map(float, student), high=drawn_there),
    source="dong2025, main variance theorem",
    expect="fails",
    instead="Its variance is exact on the student's own unlabelled sample; on fresh points d_s/N "
    "becomes d_s/(N − d_s − 1), and ρ_s + ρ_w bounds the bias for many samples only.",
    main=True,
)

# %% [markdown]
# ## What to notice
#
# * **One number decides.** Between {numref}`fig-exrisk-10` and {numref}`fig-exrisk-90` only
#   $d_{s\wedge w}$ changes. With little in common the student drops the teacher's variance in
#   $d_w - d_{s\wedge w}$ directions; with much in common it inherits it.
# * **Weak labels beat true labels while labels are scarce.** Below $n^*$ the student, trained on
#   pseudo-labels only, is better than the same features trained on the labels themselves.
# * **More labels can end the gain.** The student's risk never falls below $\rho_s + a$; a teacher without
#   noise is below that as soon as $b < \rho_s$ ({ref}`page-bias`).
# * **The dotted curves** are lower bounds for the single models, loose while $n$ is near $d_w$. For the
#   student they are the theorem on its *own* sample: on fresh points $d_s/N$ becomes
#   $d_s/(N-d_s-1)$, and at $N = 400$ the measured risk is clearly above the curve.
# * **Honest limits.** Gaussian features and axis-aligned spaces only; see {ref}`page-beyond-gaussian`
#   for others, {ref}`page-double-descent` for $n$ near $d_w$. The ratios of these risks, PGR and OPR,
#   are on {ref}`page-fig-pgr-opr`.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In the first panel of {numref}`fig-exrisk-10`, at how many labels does SFT overtake the student? And from
# {numref}`fig-exrisk-biased`: at how many does the student fall behind its teacher?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# Near $n^* =$ {glue:text}`n_star` and $n_0 =$ {glue:text}`n_zero`: both are computed from the exact risks,
# and simulations at these points find equal risks (claims above).
# ::::
#
# ::::{admonition} Exercise 2. A step of a proof
# :class: w2s-exercise
#
# Take the mean of the law $\rho + (\sigma^2+\rho)\,\chi^2_d/\chi^2_{m-d+1}$, with independent numerator and
# denominator. For which $m$ is it finite?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# $\mathbb E\,\chi^2_d = d$ and $\mathbb E\,(\chi^2_k)^{-1} = 1/(k-2)$ for $k > 2$. With $k = m-d+1$ the mean is
# $\rho + (\sigma^2+\rho)\,d/(m-d-1)$, finite exactly for $m > d+1$.
# ::::
#
# ::::{admonition} Exercise 3. Change a parameter
# :class: w2s-exercise
#
# Would more unlabelled samples let the student of the small overlap win for longer? Set
# `fixed_N = 40_000` and predict which way $n^*$ moves.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The student's risk falls with $N$ and SFT's does not change, so $n^*$ grows: from {glue:text}`n_star` to
# {glue:text}`n_star_more`. It stays finite, because the student keeps $\rho_s + a$ and SFT only $\rho_s$.
# ::::
