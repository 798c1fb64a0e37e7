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
#     smoke: {trials: 1200, factor_trials: 5000, large_trials: 60}
# ---

# %% [markdown]
# (page-single-models)=
# # Teacher, SFT baseline, ceiling
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`dong2025`, as we read it): teacher, SFT baseline and ceiling, which learn from true
# labels, have at least the excess risk $\rho + \sigma^2 d/m$ of the drawn curves.
#
# **Holds?** Yes, at fresh points, for Gaussian features. The exact risk, derived here, is
# $\rho + (\sigma^2+\rho)\,d/(m-d-1)$.
#
# **Where not**: on its own training inputs a model stays below its curve. With few labels the curve is far
# too low.
# :::
#
# :::{glue:figure} single-risks
# :name: fig-single-risks
#
# First panel: excess risk at a fresh point. Lines: exact; dots: least squares on sampled features, two
# standard errors; dotted: the curve that the paper draws for each model. Second: the teacher again. The
# drawn curve runs between its risk at fresh points and its risk on the inputs it was trained on.
# :::
#
# ## Statement
#
# The curves are in the authors' code (`synthetic.ipynb`, commit 85786f9 of 8 June 2025;
# {certainty}`Teacher, SFT baseline, ceiling`). The exact risks are ours. The same code measures the risk at fresh points, in
# closed form, and there the curves are too low.
#
# | model | features | true labels |
# |---|---|---|
# | weak teacher $f_w$ | weak: $d_w$, error $\rho_w$ | $n$ |
# | SFT baseline $f_s$ | strong: $d_s$, error $\rho_s$ | the same $n$ |
# | strong ceiling $f_c$ | strong: $d_s$, error $\rho_s$ | all $n+N$ |
#
# The student, the fourth model, has {ref}`its own page <page-variance-theorem>`.
#
# Labels are $y = f_*(x) + z$ with noise variance $\sigma^2$. A model fits $d$ Gaussian features to $m$
# labels by least squares. No function of these features comes closer to $f_*$ than $\rho$ in mean
# square. Its excess risk is $\mathrm{ER} = \mathbb E\,(f - f_*)^2$.
#
# :::{prf:proposition} Drawn curves (Dong et al. 2025)
# :label: prop-drawn-curves
# :nonumber:
#
# $$
# \mathrm{ER}(f) \;\ge\; \rho + \frac{\sigma^2 d}{m}
# $$
#
# for each of the three models, with its own $d$, $m$ and $\rho$.
# :::
#
# :::{prf:proposition} Exact risks (derived here)
# :label: prop-single-exact
# :nonumber:
#
# For $m > d + 1$, at a fresh point and on the model's own training inputs,
#
# $$
# \mathrm{ER} = \rho + (\sigma^2 + \rho)\,\frac{d}{m-d-1},
# $$
#
# $$
# \mathrm{ER}_{\text{own}} = \rho\,\Bigl(1 - \frac dm\Bigr) + \frac{\sigma^2 d}{m}.
# $$
#
# The drawn curve lies between them. It is below $\mathrm{ER}$ by
#
# $$
# \frac dm\cdot\frac{\rho\,m + \sigma^2 (d+1)}{m-d-1} \;>\; 0 .
# $$
#
# The variance at a fresh point is $m/(m-d-1)$ times the drawn one: about twice at $m = 2d$, and
# still $10/9$ of it at $m = 10 d$.
# :::

# %% tags=["parameters"]
profile = "paper"  # "paper" or "smoke": names the scale of the numbers below
seed = 2025
d_strong = 10
d_weak = 20
rho_strong = 0.05  # what the strong features cannot express
rho_weak = 0.15  # what the weak features cannot express
noise = 1.0  # σ², a variance
n_labelled = [30, 40, 60, 80, 120, 160, 200]
n_unlabelled = 60
trials = 5000  # least-squares fits per point
factor_trials = 30_000  # the same for the second figure, divided by the dimension
large_trials = 400  # trials at a thousand samples per feature

# %% [markdown]
# ## Why it is true
#
# Write the target as its best approximation $\psi^\top\theta_\circ$ by the whitened features plus a
# remainder $\xi$ with $\mathbb E\,\xi^2 = \rho$. For Gaussian features $\xi$ is independent of $\psi$, so to the
# fit **what the features cannot express is one more label noise**: the labels are
# $\Psi\theta_\circ + \xi + z$ with noise variance $\sigma^2 + \rho$, and
#
# $$
# \theta - \theta_\circ = (\Psi^\top\Psi)^{-1}\Psi^\top(\xi + z).
# $$
#
# *Fresh point.* Given $\Psi$, the covariance is $(\sigma^2+\rho)(\Psi^\top\Psi)^{-1}$, and an inverse
# Wishart matrix has mean $I/(m-d-1)$ {cite:p}`muirhead1982`. The trace is
# $(\sigma^2+\rho)\,d/(m-d-1)$; the fit can do nothing about the remainder at the fresh point, which
# adds $\rho$.
#
# *Own inputs.* With the projector $P$ onto the columns of $\Psi$ the error is $Pz - (I - P)\xi$. The
# two parts are orthogonal, with mean energies $\sigma^2 d$ and $\rho\,(m-d)$; divide by $m$.
#
# So the drawn curve joins the variance on the model's own inputs to the bias of a model with
# endless data. Both are too small for a fresh point.

# %% [markdown]
# ## Computation
#
# The prediction is the closed form. The measurement draws features and labels and fits them by
# ordinary least squares, {glue:text}`trials` times per point, without any formula.

# %%
import numpy as np
from myst_nb import glue

from w2s.discrepancy.ridgeless import risks, single_risk
from w2s.discrepancy.samplers import joint_wishart
from w2s.discrepancy.simulate import single_model
from w2s.discrepancy.subspaces import axis_aligned_pair, pair_with_cosines
from w2s.metrics import Estimate
from w2s.page.claims import derived, exact, reading
from w2s.page.comparison import compared, joined
from w2s.page.figures import ACCENT, BOUND, CEILING, SFT, WEAK, figure, in_shades, ticks

streams = np.random.default_rng(seed).spawn(6)
curve_rng, factor_rng, noise_rng, large_rng, spectrum_rng, four_rng = streams
n = np.array(n_labelled)
models = {  # name: dimension, approximation error, number of labels
    "teacher": (d_weak, rho_weak, n),
    "SFT baseline": (d_strong, rho_strong, n),
    "ceiling": (d_strong, rho_strong, n + n_unlabelled),
}
glue("trials", f"{trials:,}", display=False)


# %%
def drawn_curve(d, m, rho):
    """Return the curve of the paper."""
    return rho + noise * d / m


def measure(d, sizes, rho, sigma2, rng, count=trials):
    """Exact and measured risk at all sizes, on fresh points and on own inputs."""
    runs = [single_model(d, m, sigma2, rho, count, rng) for m in sizes]
    return [
        compared(
            single_risk(d, sizes, sigma2, rho, evaluation=side),
            np.transpose([getattr(run, side) for run in runs]),
        )
        for side in ("population", "in_sample")
    ]


drawn = np.array([drawn_curve(d, m, rho) for d, rho, m in models.values()])
at = {"n": n, "model": [[name] for name in models]}
found = [measure(d, m, rho, noise, curve_rng) for d, rho, m in models.values()]
fresh, own = (joined(side, **at) for side in zip(*found, strict=True))

# %% [markdown]
# A second experiment ({numref}`fig-variance-factor`) isolates the factor: no approximation error, three
# dimensions, and sizes in fixed proportion to the dimension.

# %%
proportions, dimensions = np.array([2, 3, 5, 10, 20]), [8, 20, 60]  # m/d and d
by_dimension = [
    measure(d, proportions * d, 0.0, 1.0, factor_rng, factor_trials // d) for d in dimensions
]
at_proportions = {"m/d": proportions, "d": np.array(dimensions)[:, None]}
fresh_factor, own_factor = (  # variance over the drawn one, σ² d/m
    joined(side, **at_proportions).over(1 / proportions) for side in zip(*by_dimension, strict=True)
)

# %% [markdown]
# ## Figures


# %% tags=["hide-input"]
smooth = np.geomspace(n[0], n[-1], 80)
looks = (WEAK, "teacher"), (SFT, "SFT baseline"), (CEILING, "ceiling")


def three_models(ax):
    for k, ((role, label), (d, rho, m)) in enumerate(zip(looks, models.values(), strict=True)):
        sizes = smooth + (m[0] - n[0])
        ax.plot(smooth, single_risk(d, sizes, noise, rho), **role.line, label=label)
        ax.plot(smooth, drawn_curve(d, sizes, rho), **BOUND.line)
        fresh[k].dots(ax, role)
    ax.plot([], [], **BOUND.line, label="drawn in the paper")
    ax.set(xscale="log", yscale="log")
    ax.set(xlabel="labelled samples n", ylabel="excess risk at a fresh point")
    ticks(ax, x=[30, 60, 120, 200])
    ax.legend()


def between(ax):
    outside = single_risk(d_weak, smooth, noise, rho_weak)
    inside = single_risk(d_weak, smooth, noise, rho_weak, evaluation="in_sample")
    middle = drawn_curve(d_weak, smooth, rho_weak)
    ax.plot(smooth, outside, **WEAK.line, label="fresh points")
    ax.plot(smooth, middle, **BOUND.line, label="drawn in the paper")
    ax.plot(smooth, inside, **ACCENT.line, label="own training inputs")
    fresh[0].dots(ax, WEAK)
    own[0].dots(ax, ACCENT)
    ax.set(xlabel="labelled samples n", ylabel="excess risk of the teacher")
    ax.set(ylim=(0, 1.6))
    ax.legend()


# %% tags=["remove-output"]
figure(
    "single-risks",
    three_models,
    between,
    alt=[
        "Excess risk against the number of labels, log-log. The teacher is "
        "highest, the SFT baseline lower, the ceiling lowest. Each measured point "
        "lies on its exact line, above the dotted curve drawn in the paper; the "
        "gap closes to the right.",
        "The teacher's excess risk on fresh points lies above the drawn curve, its"
        " risk on its own training inputs below. Measured points lie on the exact "
        "lines.",
    ],
)


# %% tags=["remove-output"]
def variance_factor(ax):
    x = np.geomspace(2, 20, 80)
    for k, (role, d) in enumerate(in_shades(dimensions)):
        exact_factor = x * single_risk(d, x * d, 1.0)
        ax.plot(x, exact_factor, **role.line, label=f"fresh points, d = {d}")
        shift = 1.04 - 0.04 * k
        fresh_factor[k].dots(ax, role, shift=shift, fillstyle="full")
        own_factor[k].dots(ax, role, shift=shift, fillstyle="none")
    ax.axhline(1.0, **BOUND.line, label="drawn in the paper")
    ax.set(xscale="log", xlabel="labels per feature m/d", ylim=(0.8, 2.5))
    ax.set(ylabel="variance / drawn variance")
    ticks(ax, x=proportions)
    ax.legend()


figure(
    "variance-factor",
    variance_factor,
    alt="Variance divided by the drawn variance against labels per feature. At "
    "fresh points it falls from above 2 towards 1, nearly the same curve for "
    "8, 20 and 60 features. On the training inputs it is 1 throughout.",
)

# %% [markdown]
# :::{glue:figure} variance-factor
# :name: fig-variance-factor
#
# How far the drawn variance $\sigma^2 d/m$ is from the exact one. Full dots: fresh points, the factor
# $m/(m-d-1)$. Hollow dots: own training inputs, where the drawn variance is exact. Bars are two
# standard errors; dots of one size are moved a little sideways.
# :::

# %% [markdown]
# ## Claims

# %%
reading(
    "discrepancy.single_models.lower_bound",
    "Each drawn curve ρ + σ²d/m lies below the measured excess risk of its "
    "model at fresh points, for teacher, SFT baseline and ceiling.",
    compared(drawn, fresh.measured, **at).above(),
    source="dong2025, curves of the single models",
    main=True,
)
derived(
    "discrepancy.single_models.population",
    "At fresh points the excess risk is ρ + (σ²+ρ) d/(m−d−1), for each model.",
    fresh.agrees(0.03),
    main=True,
)
derived(
    "discrepancy.single_models.own_inputs",
    "On a model's own training inputs the excess risk is ρ(1−d/m) + σ²d/m.",
    own.agrees(0.03),
    main=True,
)
derived(
    "discrepancy.single_models.between",
    "The teacher's drawn curve lies above its measured risk on its own "
    "training inputs, as it lies below the one at fresh points.",
    compared(drawn[0], own[0].measured, n=n).below(),
)

# %%
derived(
    "discrepancy.single_models.factor",
    "At fresh points the variance is m/(m−d−1) times the drawn σ²d/m.",
    fresh_factor.agrees(0.05),
)
derived(
    "discrepancy.single_models.drawn_variance",
    "On a model's own training inputs the drawn variance σ²d/m is exact.",
    own_factor.agrees(0.05),
)

# %% [markdown]
# With a thousand labels per feature the drawn curve is exact for all practical purposes; such sizes are
# reached by a sampler with {ref}`the law of least squares <page-four-routes>`. Three more claims take the
# statement apart: what acts as noise, what the spectrum of the features does, and how the three models
# rank. A final claim puts all four models into one small experiment, with feature spaces at general
# angles, and measures each on fresh points and on the unlabelled sample. For teacher and SFT baseline the
# unlabelled inputs are fresh points; for the ceiling they are part of its own training inputs.

# %%
pair = axis_aligned_pair(d_strong, d_weak, 5, dimension=d_strong + d_weak)
target = np.zeros(pair.dimension)
target[[0, -1]] = np.sqrt([max(rho_weak - rho_strong, 0.0), rho_strong])
size = 1000 * d_weak
large = joint_wishart(pair, target, size, size, noise, large_trials, large_rng)
geometry = pair.geometry(target)
far = [
    drawn_curve(d_weak, size, geometry.rho_weak),
    drawn_curve(d_strong, size, geometry.rho_strong),
    drawn_curve(d_strong, 2 * size, geometry.rho_strong),
]
measured = np.transpose([large.teacher, large.sft, large.ceiling])
derived(
    "discrepancy.single_models.leading_order",
    "The drawn curves are exact to leading order: with a thousand labels per "
    "feature the measured risks agree with them.",
    # By the proposition the true gap is at most 2/1000 of the drawn curve here.
    compared(far, measured, model=[*models]).agrees(0.01, allowance=0.002),
)

# %%
noiseless, _ = measure(d_weak, n, 1.0, 0.0, noise_rng)
as_noise = 1.0 + single_risk(d_weak, n, 1.0)
derived(
    "discrepancy.single_models.misfit_is_noise",
    "What the features cannot express acts like label noise: with ρ = 1 and "
    "no noise the risk exceeds ρ by what noise of variance 1 costs a model "
    "that can express all.",
    compared(as_noise, noiseless.measured, n=n).minus(1.0).agrees(0.04),
)
spectrum = 1 / np.arange(1, d_weak + 1)  # as in the authors' simulations
turn = np.linalg.qr(spectrum_rng.standard_normal((d_weak, d_weak)))[0]
mixing = np.sqrt(spectrum)[:, None] * turn
inputs, fresh_inputs = spectrum_rng.standard_normal((2, 60, d_weak))
y = spectrum_rng.standard_normal(60)
plain = fresh_inputs @ np.linalg.lstsq(inputs, y, rcond=None)[0]
mixed = fresh_inputs @ mixing @ np.linalg.lstsq(inputs @ mixing, y, rcond=None)[0]
derived(
    "discrepancy.single_models.spectrum",
    "The spectrum of the features is irrelevant: features mixed to "
    "eigenvalues 1/i give the same predictions as whitened ones, fit by fit.",
    exact(plain, mixed, tolerance=1e-10),
)
mean, error = fresh.measured
better = Estimate(mean[1:], np.hypot(error[1:], error[:-1]))
derived(
    "discrepancy.single_models.order",
    "At every n the ceiling beats the SFT baseline, and with d_s < d_w and "
    "ρ_s < ρ_w the baseline beats the teacher.",
    compared(mean[:-1], better, n=n).below(),
)

# %% tags=["hide-input"]
angled = pair_with_cosines(4, 6, [0.9, 0.6, 0.3], 12)
mixed_target = np.full(angled.dimension, 0.3)
few_n, few_N = 20, 16


def fit(inputs, basis, values):
    """Coefficients, in the latent coordinates, of a least-squares fit."""
    return basis @ np.linalg.lstsq(inputs @ basis, values, rcond=None)[0]


def all_four(rng):
    """Excess risks of the four models on fresh points and on the unlabelled sample."""
    z = rng.standard_normal((few_n + few_N, angled.dimension))
    y = z @ mixed_target + np.sqrt(noise) * rng.standard_normal(len(z))
    own, unseen = z[:few_n], z[few_n:]
    teacher = fit(own, angled.weak, y[:few_n])
    student = fit(unseen, angled.strong, unseen @ teacher)
    baseline = fit(own, angled.strong, y[:few_n]), fit(z, angled.strong, y)
    wrong = np.array([teacher, student, *baseline]) - mixed_target
    return (wrong**2).sum(axis=1), ((wrong @ unseen.T) ** 2).mean(axis=1)


# %%
at_once = [
    risks(angled.geometry(mixed_target), few_n, few_N, noise, evaluation=side)
    for side in ("population", "in_sample")
]
together = compared(
    [[r.teacher, r.student, r.sft, r.ceiling] for r in at_once],
    [all_four(four_rng) for _ in range(2 * trials)],
    model=["teacher", "student", "SFT baseline", "ceiling"],
    on=[["fresh points"], ["the unlabelled sample"]],
)
derived(
    "discrepancy.single_models.together",
    "In one experiment with all four models, teacher, student, SFT baseline and ceiling have "
    "their exact risks, on fresh points and on the student's unlabelled sample.",
    together.agrees(0.7 / np.sqrt(trials)),
)

# %% [markdown]
# ## What to notice
#
# * **The drawn curves are low** at fresh points ({numref}`fig-single-risks`). With few labels per feature the
#   factor $m/(m-d-1)$ matters: the teacher is worse than drawn, so there is more for a student to gain.
# * **Misfit is noise.** At a fresh point $\sigma^2$ enters only as $\sigma^2 + \rho$. A teacher whose features
#   miss much of the target is noisy even on clean labels, and the student inherits that noise
#   ({ref}`bias page <page-bias>`).
# * **Honest limits.** The formulas need Gaussian features and $m > d + 1$. At $m = d-1, d, d+1$ the
#   expected risk is infinite, and below that other formulas hold
#   ({ref}`double descent <page-double-descent>`). How other feature laws change the numbers is
#   {ref}`measured on another page <page-beyond-gaussian>`.
# * PGR and OPR are ratios of these risks ({ref}`bounds <page-pgr-opr-bounds>`,
#   {ref}`when a student wins <page-when-w2s>`). In code: `w2s.discrepancy.ridgeless.single_risk`,
#   `w2s.discrepancy.simulate.single_model`.

# %% tags=["hide-input"]
enough = 21 * (d_weak + 1)
below, there = (m * single_risk(d_weak, m, 1.0) / d_weak for m in (enough - 1, enough))
assert there <= 1.05 * (1 + 1e-12) < below  # up to rounding: there it is 1.05
glue("enough", enough, display=False)
glue("factor_there", float(there), display=False)
glue("factor_below", float(below), display=False)

# %% [markdown]
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In {numref}`fig-variance-factor` three dimensions give nearly the same curve. Why, and which dimension lies
# highest?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# With $m = kd$ the factor is $m/(m-d-1) = k/(k - 1 - 1/d)$. Only the small $1/d$ depends on the dimension, and
# it makes the smallest dimension the highest curve.
# ::::
#
# ::::{admonition} Exercise 2. A step of the proof
# :class: w2s-exercise
#
# Show that on a model's own inputs the fitted values miss the target's by $Pz - (I-P)\xi$, and derive
# $\mathrm{ER}_{\text{own}}$.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The labels are $\Psi\theta_\circ + \xi + z$, and least squares returns their projection
# $\Psi\theta_\circ + P(\xi + z)$, as $P\Psi = \Psi$. The target's values are $\Psi\theta_\circ + \xi$; the difference is
# $Pz - (I-P)\xi$. Both $z$ and $\xi$ are independent of $P$, whose trace is $d$, so the mean squares are
# $\sigma^2 d$ and $\rho\,(m-d)$. Divide by $m$.
# ::::
#
# ::::{admonition} Exercise 3. How many labels until the drawn variance is good to five per cent?
# :class: w2s-exercise
#
# Solve $m/(m-d-1) \le 1.05$ for the teacher of this page, and check it with `single_risk`.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# $m \ge 21\,(d+1)$, here {glue:text}`enough`. The machine finds the factor {glue:text}`factor_there:.4f` there,
# and {glue:text}`factor_below:.4f` with one label less.
# ::::
