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
#     smoke: {sizes: [1, 2, 4], trials: 800, threshold_trials: 200, resolution: 0.03}
# ---

# %% [markdown]
# (page-beyond-gaussian)=
# # Other feature laws
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here to leading order, beyond {cite:t}`dong2025`): for other feature laws the exact risks keep their form. With independent coordinates the Gaussian formulas become true as sizes grow; with a random scale shared by all coordinates they stay wrong by a factor that we compute.
#
# **Holds?** Yes, in simulations at four sizes.
#
# **Where not**: independent coordinates with tails as heavy as $t_5$ approach the formulas more slowly than first order predicts.
# :::
#
# :::{glue:figure} sizes
# :name: fig-feature-laws
#
# The student's variance over the Gaussian formula, when all dimensions and samples grow 1 to 8 times. First:
# independent coordinates ($\pm 1$ signs, Laplace, $t_5$) deviate by a few per cent that vanish. Second: elliptical
# $t_\nu$ laws, up to half as much again, which stays. Lines: predicted. Bars: two standard errors.
# :::
#
# ## Statement
#
# Both statements are derived here, to leading order and without error bounds, and checked by simulation; the
# condition that decides is whether the coordinates are independent or share a random scale
# ({ref}`labels of certainty <labels-of-certainty>`).
#
# :::{prf:proposition} Independent coordinates (derived here, to first order)
# :label: prop-kurtosis
# :nonumber:
#
# Let the latent coordinates be independent with variance 1 and excess kurtosis $k_4$, and let the two
# feature spaces be spanned by coordinate axes. As the sizes grow in proportion,
#
# $$
# \mathrm{Var}(f_w) = v_G\,\Bigl(1 + \frac{k_4}{n} + \dots\Bigr), \qquad
# \kappa_N = \kappa_G\,\Bigl(1 + \frac{k_4}{N} + \dots\Bigr)
# $$
#
# with the Gaussian formulas $v_G = \frac{\sigma^2 d_w}{n-d_w-1}$ and
# $\kappa_G = \frac{d_s}{N-d_s-1}$. The {ref}`student's variance <page-variance-theorem>` follows from
# these two numbers as before.
# :::
#
# :::{prf:proposition} Elliptical features (derived here, leading order)
# :label: prop-elliptical
# :nonumber:
#
# Let every latent be $\sqrt{s}\,g$ with Gaussian $g$ and a random scale $s > 0$ of mean 1, common to
# all coordinates. With $d$ features, $m$ samples and $r = d/m < 1$, let $h$ solve the first equation:
#
# $$
# h = \mathbb E\,\frac{s}{1 + s r/h}, \qquad v = \mathbb E\,\frac{s^2}{(1 + s r/h)^2}, \qquad
# h' = \frac{v}{1 - r v/h^2}.
# $$
#
# As the sizes grow in proportion, the exact risks keep their form with
#
# $$
# \tau^2 = \frac{1}{n}\Bigl(\frac{\sigma^2}{h} + \frac{\rho_w h'}{h^2}\Bigr), \qquad
# \kappa = \frac{d_s}{N}\,\frac{h'}{h^2},
# $$
#
# the first at $r = d_w/n$, the second at $r = d_s/N$.
#
# Always $h \le 1 - r$, with equality for a constant scale only: a random scale hurts, at every size.
# :::
#
# ## Why it is true
#
# Both follow from removing one column or one row. Let $x$ be one feature on all $m$ samples and
# $M$ the projection off the other features; that coefficient has variance
# $\sigma^2\,\mathbb E\,(x^\top M x)^{-1}$. Given $M$, the form
# $x^\top M x$ has mean $\operatorname{tr} M = m - d + 1$ and variance
# $2\operatorname{tr}M^2 + k_4 \sum_i M_{ii}^2$, about $2(m-d) + k_4\, m (1-r)^2$. The Gaussian
# part gives $1/(m-d-1)$, the other one the factor $1 + k_4/m$: the law of the coordinates enters at
# relative order $1/m$ only.
#
# A shared scale is different: it makes whole rows large. Let $S = \frac1m\Psi^\top\Psi \approx h I$.
# Without row $i$, the leverage $\frac1m \psi_i^\top S_{-i}^{-1}\psi_i$ is close to $s_i r/h$, so row $i$ counts
# with weight $s_i/(1 + s_i r/h)$, and the average weight is $h$. This is concave in $s$, so by Jensen's inequality
# $h \le 1/(1 + r/h)$, that is $h \le 1-r$; and $v \ge h^2$ gives $h'/h^2 \ge 1/(1-r)$. What a fit takes for noise (the teacher its
# misspecification, the student its discrepancy) has variance proportional to $s$: heavy rows
# carry heavier noise, which brings in the derivative $h'$ of $h$ when $s$ is replaced by $s + t s^2$.

# %% tags=["parameters"]
profile = "paper"  # "paper" or "smoke": which scale the numbers are for
seed = 2025
sizes = [1, 2, 4, 8]  # factors on (d_s, d_w, overlap, n, N) = (8, 16, 4, 60, 40)
degrees = [5, 8, 20]  # of the elliptical t laws
trials = 2800  # designs at size 1; fewer at larger sizes, in proportion
threshold_trials = 600  # designs for the change of sign
resolution = 0.012  # largest relative standard error

# %%
import numpy as np
from myst_nb import glue

from w2s.discrepancy.elliptical import (
    elliptical_risks,
    gain_threshold,
    independent_factors,
    scale_factors,
    t_scales,
)
from w2s.discrepancy.latents import elliptical, gaussian, laplace, rademacher, student_t
from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.simulate import noise_averaged
from w2s.discrepancy.subspaces import axis_aligned_pair, pair_with_cosines
from w2s.metrics import Estimate
from w2s.page.claims import beyond, derived, inequality, interval
from w2s.page.comparison import compared, joined
from w2s.page.figures import BOUND, STUDENT, WEAK, figure, in_shades, ticks

# %% [markdown]
# ## Computation
#
# The measured side draws latents of each law and fits teacher and student by least squares; only the
# average over label noise is exact. The target is zero, so the risks *are* the variances. They are divided by
# the Gaussian formula.


# %%
def setting(k):
    """Axis-aligned spaces, n and N at k times the basic size."""
    return axis_aligned_pair(8 * k, 16 * k, 4 * k), 60 * k, 40 * k


def two(found):
    """Teacher's and student's risk."""
    return np.array([found.teacher, found.student])


def measure(law, k, rng):
    """Ratios to the Gaussian formula, trial by trial."""
    pair, n, N = setting(k)
    runs = noise_averaged(pair, None, n, N, 1.0, trials // k, rng, latent=law)
    return np.transpose(two(runs)) / two(risks(pair.geometry(), n, N, 1.0))


# %% [markdown]
# The predicted side: first-order factors for independent coordinates, and the two equations for the
# elliptical laws, with $s = (\nu-2)/\chi^2_\nu$ averaged over equal slices of its law
# (`w2s.discrepancy.elliptical`).


# %%
def first_order(k4):
    """Predicted ratios with independent coordinates of excess kurtosis k4, at any size."""

    def at(k):
        pair, n, N = setting(k)
        return independent_factors(pair.geometry(), n, N, k4)

    return at


def elliptical_ratio(nu):
    """Predicted ratios for the t law; they do not depend on the size."""
    pair, n, N = setting(1)
    at = (pair.geometry(), n, N, 1.0)
    scaled, plain = (two(elliptical_risks(*at, t_scales(x))) for x in (nu, np.inf))
    return scaled / plain


independent = {
    "signs": (rademacher, first_order(-2)),
    "Laplace": (laplace, first_order(3)),
    "t_5": (student_t(5), first_order(6)),
}
shared = {
    f"elliptical t_{nu}": (elliptical(nu), lambda k, nu=nu: elliptical_ratio(nu)) for nu in degrees
}

# %%
laws = {"Gaussian": (gaussian, first_order(0)), **independent, **shared}
*law_rngs, threshold_rng, angle_rng, _ = np.random.default_rng(seed).spawn(len(laws) + 3)
size = np.array(sizes)[:, None]


def against_size(law, predicted, rng):
    """Predicted and measured ratios, over (size, teacher or student)."""
    found = [compared(predicted(k), measure(law, k, rng)) for k in sizes]
    return joined(found, size=size, model=["teacher", "student"])


ratio = {
    name: against_size(*law, rng) for (name, law), rng in zip(laws.items(), law_rngs, strict=True)
}


# %%
def independent_panel(ax):
    for role, name in in_shades(independent):
        student = ratio[name][:, 1].minus(1)
        student.dots(ax, role)
        if name == "t_5":
            ax.plot([], [], **(role.dots | {"markersize": 6}), label=f"${name}$")
        else:
            ax.plot(sizes, student.predicted, **role.line)
            key = role.line | role.dots | {"linestyle": role.style}
            ax.plot([], [], **key, label=name)
    ax.axhline(0, **BOUND.line)
    ax.set(xscale="log", xlabel="size", ylabel="student's variance / formula − 1")
    ticks(ax, x=sizes)
    ax.legend()


def elliptical_panel(ax):
    for role, (name, nu) in in_shades(zip(shared, degrees, strict=True)):
        student = ratio[name][:, 1]
        student.dots(ax, role)
        ax.plot(sizes, student.predicted, **role.line, label=f"$\\nu$ = {nu}")
    ax.axhline(1, **BOUND.line)
    ax.set(xscale="log", xlabel="size", ylabel="student's variance / formula", ylim=(0.95, 1.85))
    ticks(ax, x=sizes)
    ax.legend(ncols=3, loc="upper center")


# %% tags=["remove-output"]
figure(
    "sizes",
    independent_panel,
    elliptical_panel,
    alt=[
        "Relative deviation of the student's variance from the Gaussian formula against size, for "
        "signs (negative), Laplace and t_5 (positive): all shrink to zero, roughly halving with "
        "each doubling; the first-order lines for signs and Laplace run through the dots.",
        "Ratio of the student's variance to the Gaussian formula for elliptical laws: flat in "
        "size, on the predicted lines, highest for the heaviest tail.",
    ],
)

# %% [markdown]
# In {numref}`fig-feature-laws` the lines for independent coordinates are of first order in $k_4/n$ and $k_4/N$;
# there is none for $t_5$, whose sixth moment is infinite.
#
# ## How much a shared scale costs
#
# With $\nu$ degrees of freedom the factor depends on $\nu$, on $d_w/n$ and on $d_s/N$ only. It also moves the
# threshold of {ref}`weak-to-strong gain <page-when-w2s>`: a student that can express the target beats
# its teacher if and only if $\kappa < 1$, which for Gaussian features means $N > 2d_s + 1$
# ({numref}`fig-shared-scale`, second panel).

# %%
nus = np.geomspace(4.2, 200, 25)
factor = np.transpose([elliptical_ratio(nu) for nu in nus])
threshold = np.array([gain_threshold(t_scales(nu)) for nu in nus])
at_largest = joined([ratio[name][-1] for name in shared], nu=np.array(degrees)[:, None])
heavy, largest = degrees[0], sizes[-1]
for model, value in zip(("teacher", "student"), elliptical_ratio(heavy), strict=True):
    glue(f"{model}_factor", float(value), display=False)
glue("heavy", heavy, display=False)


# %% tags=["remove-output"]
def cost_panel(ax):
    for row, role, label in ((1, STUDENT, "student"), (0, WEAK, "teacher")):
        ax.plot(nus, factor[row], **role.line, label=label)
        at_largest[:, row].dots(ax, role)
    ax.axhline(1, **BOUND.line)
    ax.set(xscale="log", xlabel=r"degrees of freedom $\nu$", ylabel="variance / Gaussian formula")
    ax.legend()


def threshold_panel(ax):
    ax.plot(nus, threshold, **STUDENT.line, label="elliptical")
    ax.axhline(2, **BOUND.line, label="Gaussian")
    ax.set(xscale="log", xlabel=r"degrees of freedom $\nu$", ylabel=r"$N/d_s$ at zero gain")
    ax.set_ylim(1.9, None)
    ax.legend()


figure(
    "shared-scale",
    cost_panel,
    threshold_panel,
    alt=[
        "Variance over the Gaussian formula against degrees of freedom, for teacher and student: "
        "both fall to one, the student's factor being about twice as far from one. Simulated dots "
        "lie on the curves.",
        "Ratio N over d_s at which the gain changes sign, against degrees of freedom: from about "
        "2.3 at four degrees down to two.",
    ],
)

# %% [markdown]
# :::{glue:figure} shared-scale
# :name: fig-shared-scale
#
# First: what a shared random scale costs, at $d_w/n = 4/15$ and $d_s/N = 1/5$; dots are the simulation at
# the largest size. At $\nu =$ {glue:text}`heavy` the teacher's variance is {glue:text}`teacher_factor:.2f` times the
# formula, the student's {glue:text}`student_factor:.2f` times. Second: the number of unlabelled samples at which
# weak-to-strong learning starts to pay.
# :::
#
# ## Claims

# %%
derived(
    "discrepancy.beyond_gaussian.control",
    "With Gaussian latents the ratio to the formula is 1 for teacher and student, at every size.",
    ratio["Gaussian"].agrees(resolution),
)
derived(
    "discrepancy.beyond_gaussian.first_order",
    "With independent signs (k_4 = −2) and Laplace coordinates (k_4 = 3) both variances have "
    "the first-order factors 1 + k_4/n and 1 + k_4/N, at every size.",
    # The next order is about (k_4/N)², 0.6% at the smallest size.
    joined(
        [ratio["signs"], ratio["Laplace"]],
        size=size,
        law=np.reshape(["signs", "Laplace"], (2, 1, 1)),
    ).agrees(resolution, allowance=0.006),
    main=True,
)
mean, bars = joined(ratio[name] for name in independent).measured  # (law, size, model)
away, share = abs(mean - 1), 2.4 / largest
bars_of_both = np.hypot(bars[:, -1], share * bars[:, 0])
beyond(
    "discrepancy.beyond_gaussian.ratio_to_one",
    f"With independent coordinates the ratio tends to 1: at size {largest} every deviation is "
    f"below {share:.2g} of the one at size 1 (signs, Laplace and t_5; teacher and student).",
    compared(share * away[:, 0], Estimate(away[:, -1], bars_of_both)).below(),
)
tolerance = 0.16 / largest
beyond(
    "discrepancy.beyond_gaussian.close",
    f"At size {largest} every ratio with independent coordinates is within "
    f"{100 * tolerance:g}% of 1.",
    compared(1.0, Estimate(mean[:, -1], bars[:, -1])).agrees(resolution, allowance=tolerance),
)

# %%
nu_of_law = np.array(degrees)[:, None, None]
elliptical_ratios = joined((ratio[name] for name in shared), nu=nu_of_law, size=size)
derived(
    "discrepancy.beyond_gaussian.elliptical",
    "With elliptical t features the ratios do not depend on the size: they are the "
    "leading-order factors, within 1.5%, at every size.",
    # Finite-size corrections: about 1% at size 1 for the heaviest tail.
    elliptical_ratios.agrees(1.5 * resolution, allowance=0.015),
    main=True,
)
for nu, least in ((degrees[0], 1.4), (degrees[1], 1.18)):
    beyond(
        f"discrepancy.beyond_gaussian.broken_{nu}",
        f"The deviation persists: at size {largest}, elliptical t_{nu} features make the student's "
        f"variance more than {least:g} times the Gaussian formula.",
        interval(*ratio[f"elliptical t_{nu}"][-1, 1].measured, low=least),
        main=nu == heavy,
    )
shapes, some = np.linspace(0.02, 0.95, 15), nus[::2]
factors = np.array([scale_factors(t_scales(nu), shapes) for nu in some])
r = shapes[:, None, None]
curvature = Estimate(np.transpose(factors, (2, 0, 1)), 0)
derived(
    "discrepancy.beyond_gaussian.scale_hurts",
    "A random scale never helps: 1/h and h'/h² are at least the Gaussian 1/(1 − r), for every "
    "ν and r = d/m.",
    compared(1 / (1 - r), curvature, r=r, nu=some[:, None]).above(),
)

# %%
k = 4
d_s, d_w = 8 * k, 16 * k
at_gaussian, past = 2 * d_s + 1, int(np.ceil(1.25 * gain_threshold(t_scales(heavy)) * d_s))


def relative_gain(N):
    """Gain over the teacher's mean risk, trial by trial, with the heaviest tail."""
    size = 4 * d_w, N, 1.0, threshold_trials, threshold_rng
    runs = noise_averaged(axis_aligned_pair(d_s, d_w, 4 * k), None, *size, latent=elliptical(heavy))
    return (runs.teacher - runs.student) / runs.teacher.mean()


gain, bar = compared(0.0, np.transpose([relative_gain(N) for N in (at_gaussian, past)])).measured
beyond(
    "discrepancy.beyond_gaussian.threshold",
    f"The threshold moves: with elliptical t_{heavy} features a realisable student is worse than its "
    f"teacher at N = 2d_s + 1 = {at_gaussian}, and better at N = {past}.",
    inequality([gain[0], 0.0], [0.0, gain[1]], standard_error=bar, at={"N": [at_gaussian, past]}),
    main=True,
)

# %%
generic = pair_with_cosines(d_s, d_w, np.repeat([1, 0.8, 0.6, 0.3], 2 * k))
target = generic.strong.sum(axis=1) + generic.weak.sum(axis=1)
target /= np.linalg.norm(target)
sizes_and_noise = 60 * k, 40 * k, 0.5
at = generic.geometry(target), *sizes_and_noise
predictions = risks(*at), risks(*at), elliptical_risks(*at, t_scales(heavy))


def measure_generic(law, rng):
    """Both risks, trial by trial."""
    size = *sizes_and_noise, trials // 8, rng
    return np.transpose(two(noise_averaged(generic, target, *size, latent=law)))


both = [
    compared(two(exact), measure_generic(law, rng))
    for exact, law, rng in zip(
        predictions, (rademacher, laplace, elliptical(heavy)), angle_rng.spawn(3), strict=True
    )
]
derived(
    "discrepancy.beyond_gaussian.bias_and_angles",
    "With generic angles and a target outside both spaces, the exact risks (signs, Laplace) "
    f"and the elliptical ones (t_{heavy}) hold within 3% at size {k}.",
    # Corrections of order k_4/n at this size, and of finite size for the elliptical law.
    joined(both).agrees(resolution, allowance=0.03),
)

# %% [markdown]
# ## What to notice
#
# * **Independence decides, not the shape of the law** ({numref}`fig-feature-laws`). Signs and Laplace coordinates differ from
#   Gaussians by $k_4/n$ only: one part in a hundred at a few hundred samples.
# * **Look at the norms of the features.** If $\lvert\psi\rvert^2/d$ varies from input to input by more than
#   chance, the Gaussian formulas are optimistic, more so for the student than for the teacher.
# * **The virtue of discrepancy survives.** The form $\tau^2(d_{s\wedge w} + \kappa(d_w - d_{s\wedge w}))$ is
#   unchanged; only $\tau^2$ and $\kappa$ grow.
# * **Honest limits.** Both propositions are leading order, without error bounds. For tails as heavy as independent
#   $t_5$ the approach to 1 is slower than first order predicts. Features of real networks are
#   neither independent nor elliptical: see {ref}`the digits <page-digits>`.
