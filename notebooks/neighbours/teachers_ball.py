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
#     smoke: {trials: 250, draws: 20}
# ---

# %% [markdown]
# (page-teachers-ball)=
# # The teacher's ball: who can be improved by shrinking
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here): a student that shrinks its teacher gains exactly when the teacher lies outside
# the ball with diameter $[0, f_*]$. For isotropic ridge that is a penalty below one value $\lambda^\circ$.
#
# **Whose**: {cite:t}`moniri2025` treat teachers outside the ball, {cite:t}`medvedev2025` teachers on its
# surface, {cite:t}`dang2026` also those inside.
#
# **Holds?** Yes. **Where not**: shrinking evenly never beats the best penalty; shrinking what the target
# does not use can.
# :::
#
# :::{glue:figure} teachers-ball
# :name: fig-teachers-ball
#
# First panel: mean ridge teachers by their part along $f_*$ and the size of the rest, in units of
# $\lVert f_*\rVert$; the line is the prediction for every penalty, the dots are measured. They cross the
# grey half disc at $\lambda^\circ$ (star). The best multiple of a teacher (short lines) lies on the circle.
# Second panel: their excess risk, and that of their best fresh ridge students. Left of
# $\lambda^\circ$ students gain, right of it never; none goes below the floor.
# :::
#
# ## Statement
#
# **What we read.** The abstract of {cite:t}`moniri2025` says that a ridge student "can compensate for a
# teacher's under-regularization", and with weighted ridge one whose regularisation is "more aligned to the
# target" can outperform its teacher. The abstract of {cite:t}`dang2026` says that on the same data, with
# labels $(1-\xi)\,y + \xi\,\hat y$ from $y$ and the teacher's $\hat y$, the best $\xi$ has the
# opposite sign of $R'(\lambda)$ and improves the teacher strictly, for every squared risk and every
# $\lambda$ where $R'(\lambda) \neq 0$. We read no further than both abstracts; their closed form of the
# best $\xi$ we know second-hand. Everything below is derived here, also what they proved first.
#
# The teacher is $\hat\theta = (G + \lambda)^{-1}X^\top y/n$ with $G = X^\top X/n$, and $R(\lambda)$ is its
# excess risk $\lVert\hat\theta - \beta\rVert_\Sigma^2$.
#
# :::{prf:theorem} Sign rule (Dang, Patil and Rinaldo 2026, abstract; proof derived here)
# :label: thm-sign-rule
# :nonumber:
#
# On any data and for any quadratic risk the self-distilled student has the risk
# $R + \xi\,\lambda R' + \xi^2 D$ with $D = \lambda^2\lVert\hat\theta'\rVert_\Sigma^2$. It is smallest at
#
# $$
# \xi^\star = -\frac{\lambda R'(\lambda)}{2D}, \qquad
# R^\star = R - \frac{\lambda^2 R'(\lambda)^2}{4D} .
# $$
# :::
#
# :::{prf:proposition} One ball (derived here)
# :label: prop-teachers-ball
# :nonumber:
#
# A small shrinkage $f \mapsto (1-\varepsilon) f$ improves $f$ exactly when
# $\lVert f - \tfrac12 f_*\rVert > \tfrac12\lVert f_*\rVert$. For isotropic inputs, $B = |\beta|^2$ and noise
# $\sigma^2$ the mean ridge teacher is outside this ball, on it or inside as $\lambda$ is below, at or above
#
# $$
# \lambda^\circ = \frac{\sigma^2 d}{nB} .
# $$
# :::
#
# :::{prf:proposition} Fresh labels (derived here)
# :label: prop-fresh-labels
# :nonumber:
#
# Let a ridge student learn from $N$ fresh isotropic inputs, labelled by this teacher. For
# $\lambda < \lambda^\circ$ and $N > d+1$ every small enough penalty lowers the mean risk. For
# $\lambda \ge \lambda^\circ$ no penalty and no $N$ does. No student of this kind has a mean risk below
# $R(\lambda^\circ)$.
# :::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
dim = 60
n_labelled = 120
n_fresh = 240  # inputs of the simulated students
signal = 1.0  # B
noise = 1.0  # σ²
trials = 1000  # teachers with their students
draws = 40  # samples for self-distillation, of each covariance

# %% [markdown]
# ## Why it is true
#
# **Sign rule.** $\hat\theta' = -(G+\lambda)^{-1}\hat\theta$, so the student of the teacher's labels alone is
# $(G+\lambda)^{-1}G\hat\theta = \hat\theta + \lambda\hat\theta'$. Mixed labels give
# $\hat\theta + \xi\lambda\hat\theta'$, and the derivative of its risk at $\xi = 0$ is
# $2\lambda\langle\hat\theta', \hat\theta - \beta\rangle_\Sigma = \lambda R'(\lambda)$. $\square$
#
# **One ball.** The derivative of $\lVert(1-\varepsilon)f - f_*\rVert^2$ at $0$ is
# $-2\langle f, f - f_*\rangle$; complete the square. On the sphere lies every projection of $f_*$, as the
# teachers of Part II, with $L_{TE} = 1 - \lVert f_{TE}\rVert^2$ ({ref}`the limit <page-limit>`). For ridge
# average over the noise and over the directions of $\beta$, which is no loss: a rotation of $\beta$ changes
# no mean. With the eigenvalues $g_i$ of $G$
#
# $$
# \mathbb E\langle\hat\theta, \hat\theta - \beta\rangle
#   = \frac{B}{d}\,(\lambda^\circ - \lambda)\;\mathbb E\sum_i \frac{g_i}{(g_i+\lambda)^2} .
# $$
#
# The mean of $R'$ is the same with $-2/(g_i+\lambda)^3$ under the sum: $\lambda^\circ$ is also the best
# penalty, and below it the best $\xi$ is positive on average.
#
# **Fresh labels.** Let $t_i = g_i/(g_i+\lambda_s)\in[0,1]$ be the student's filter. As no direction of the
# fresh inputs is special, $\mathbb E R_{st} - \mathbb E R$ is
#
# $$
# 2\,\mathbb E\langle\hat\theta,\beta\rangle\,\overline{(1-t)} - \mathbb E|\hat\theta|^2\,\overline{(1-t^2)} ,
# $$
#
# bars for means over $i$ and inputs. In the ball $\mathbb E|\hat\theta|^2 \le
# \mathbb E\langle\hat\theta,\beta\rangle$, and $2(1-t) - (1-t^2) = (1-t)^2 \ge 0$: no gain. Outside, for
# $N > d+1$, $\overline{1-t}\sim\lambda_s\,\overline{1/g}$ and $\overline{1-t^2}\sim
# 2\lambda_s\,\overline{1/g}$: a gain.
#
# ::::{admonition} The floor, and who passes it
# :class: dropdown
#
# Ridge with $\lambda^\circ$ is the mean of the posterior for the prior $\beta\sim N(0, \tfrac Bd I)$. On
# average over this prior no function of the data does better, whatever is done to the labels on the
# way. The risk of a student of isotropic ridge depends on $\beta$ through $|\beta|^2$ only, and linearly;
# so its mean over the prior is its risk at every $\beta$ with $|\beta|^2 = B$.
#
# A student whose penalty differs from coordinate to coordinate depends on the direction of $\beta$. With
# endless inputs it multiplies coordinate $i$ by $c_i \in [0,1]$ and has the risk
# $\sum_i (1-c_im)^2\beta_i^2 + c_i^2v$, where $\hat\theta$ has mean $m\beta$ and covariance $vI$. The best
# $c_i$ is $m\beta_i^2/(m^2\beta_i^2+v)$, or one where that is more. The least risk is a sum of one concave
# function of the energies $\beta_i^2$; by Jensen's inequality it is largest when they are all equal.
# Then, at $\lambda^\circ$, it is $R(\lambda^\circ)$, and less for every other target.
# ::::
#
# ## Computation
#
# The predictions are the equivalents of ridge regression for many dimensions
# (`w2s.discrepancy.overparametrised.ridge_moments`). They are measured on teachers and students that were
# really fitted, with a target whose coordinates fall like $1/i$.

# %%
import numpy as np
from myst_nb import glue
from scipy.optimize import brentq

from w2s.discrepancy.overparametrised import ridge_moments, ridge_risks
from w2s.discrepancy.subspaces import Geometry
from w2s.metrics import Estimate
from w2s.neighbours.distill import (
    SelfDistillation,
    aligned_scales,
    bayes_ridge,
    ridge_path,
    scaled_risk,
    self_distillation,
)
from w2s.page.claims import derived, paper
from w2s.page.comparison import compared
from w2s.page.figures import ACCENT, BOUND, CEILING, SFT, STUDENT, TEACHER, figure, points
from w2s.random_features.linear_network import LinearNetwork, linear_functions
from w2s.random_features.shrinkage import best_scale, outside_ball

teacher_rng, distill_rng, network_rng = np.random.default_rng(seed).spawn(3)
level = float(bayes_ridge(dim, n_labelled, signal, noise))
beta = 1 / np.arange(1.0, dim + 1)
beta *= np.sqrt(signal) / np.linalg.norm(beta)
both = Geometry(dim, dim, overlap=dim, signal=signal)  # teacher and student share all features
penalties = np.geomspace(1e-6, 1e3, 2000)  # of students


def moments(ridge):
    """E⟨θ̂,β⟩, E|θ̂|² and the risk of mean teachers."""
    m, _, v = ridge_moments(dim, n_labelled, signal, noise, ridge=ridge)
    inner, energy = m * signal, m**2 * signal + dim * v
    return inner, energy, energy - 2 * inner + signal


def student_risks(ridge, size):
    """Risk of fresh students by penalty, in the last axis."""
    teachers = np.reshape(ridge, (-1, 1))
    fits = dict(ridge_weak=teachers, ridge_strong=penalties)
    return ridge_risks(both, n_labelled, size, noise, **fits).student


def endless_risk(ridge):
    """Risk of the best students with endless inputs: they multiply their teacher by c ≤ 1."""
    inner, energy, _ = moments(ridge)
    c = np.minimum(best_scale(inner, energy), 1)
    return signal - 2 * c * inner + c**2 * energy


# %%
ridges = level * np.array([0.02, 0.2, 0.6, 1, 1.6])
chosen = penalties[student_risks(ridges, n_fresh).argmin(axis=1)]
outside = ridges < level


def trial(rng):
    """The teachers of one labelled sample, and a student of each on fresh inputs."""
    x = rng.standard_normal((n_labelled, dim))
    y = x @ beta + np.sqrt(noise) * rng.standard_normal(n_labelled)
    teachers = ridge_path(x, y, ridges)
    fresh = rng.standard_normal((n_fresh, dim))
    students = [
        ridge_path(fresh, fresh @ one, [strength])[0]
        for one, strength in zip(teachers, chosen, strict=True)
    ]
    return teachers, np.array(students)


fitted = np.array([trial(teacher_rng) for _ in range(trials)])
teachers = fitted[:, 0]
teacher_loss, student_loss = ((fitted[:, k] - beta) ** 2 @ np.ones(dim) for k in (0, 1))
inner, energy, teacher_risk = moments(ridges)
from_centre = 4 * ((teachers - beta / 2) ** 2).sum(axis=-1) / signal  # in radii, squared
place = compared(1 + 4 * outside_ball(energy, inner) / signal, from_centre, ridge=ridges)
teacher = compared(teacher_risk, teacher_loss, ridge=ridges)
student = compared(student_risks(ridges, n_fresh).min(axis=1), student_loss, ridge=ridges)[outside]
gain = compared(0.0, (student_loss - teacher_loss)[:, outside], ridge=ridges[outside])


# %% tags=["remove-output"]
grid = level * np.geomspace(2e-3, 2e2, 300)


def plane(ax):
    turn = np.linspace(0, np.pi, 200)
    half = (1 + np.cos(turn)) / 2, np.sin(turn) / 2
    ax.fill_between(*half, **BOUND.band)
    ax.plot(*half, **BOUND.line)
    along, size, _ = moments(grid)
    ax.plot(along / signal, np.sqrt(size / signal - (along / signal) ** 2), **TEACHER.line)
    x = np.mean(teachers @ beta, axis=0) / signal
    y = np.sqrt(np.mean((teachers**2).sum(axis=-1), axis=0) / signal - x**2)
    for one, other, c in zip(x, y, best_scale(inner, energy), strict=True):
        ax.plot([one, c * one], [other, c * other], color=STUDENT.color, linewidth=1)
    ax.plot(x, y, **TEACHER.dots)
    ax.plot(x[ridges == level], y[ridges == level], **ACCENT.dots | {"markersize": 11})
    for text, spot, side in (("0", (0, 0), "right"), (r"$f_*$", (1, 0), "left")):
        ax.plot(*spot, **CEILING.dots)
        ax.annotate(f"  {text}  ", spot, ha=side, va="center")
    ax.set(aspect="equal", xlim=(-0.12, 1.17), ylim=(-0.06, 1.05))
    ax.set(xlabel=r"part along $f_*$", ylabel="size of the rest")


def risks(ax):
    ax.plot(grid, moments(grid)[2], **TEACHER.line, label="teacher")
    teacher.dots(ax, TEACHER)
    ax.plot(grid, endless_risk(grid), **CEILING.line, label="student, endless inputs")
    best = student_risks(grid[grid < level], n_fresh).min(axis=1)
    ax.plot(grid[grid < level], best, **STUDENT.line, label=f"student, {n_fresh} inputs")
    student.dots(ax, STUDENT)
    ax.axhline(moments(level)[2], **BOUND.line, label="floor")
    points(ax, [level], ([float(moments(level)[2])], [0.0]), ACCENT, markersize=11)
    ax.set(xscale="log", xlabel=r"teacher's penalty $\lambda$", ylabel="excess risk")
    ax.set(xlim=(5e-3 * level, 20 * level), ylim=(0.35 * signal, 1.05 * signal))
    ax.legend(loc="upper center")


figure(
    "teachers-ball",
    plane,
    risks,
    alt=[
        "A half disc from zero to the target. The line of mean ridge teachers starts at zero inside it, "
        "leaves it at a star and rises steeply; measured dots lie on the line. From each dot a short "
        "line leads towards zero or away from it to the circle.",
        "Excess risk against the teacher's penalty. The teacher's curve has its minimum at a star on a "
        "dotted floor. To the left both student curves lie below the teacher's and above the floor; "
        "to the right of the star the student with endless inputs follows the teacher.",
    ],
)

# %% [markdown]
# ### On the same data
#
# Self-distillation on {glue:text}`draws` samples with equal variances and as many with variances that
# fall like $1/k$: the formulas by one decomposition of each sample, against students that were fitted to
# mixed labels.

# %%
PARTS = "risk", "slope", "distance"
alphas = level * np.geomspace(1e-2, 20, 40)  # penalties
rise = 1 + 1e-4  # of a penalty, to see where the risk grows
variances = {"equal variances": np.ones(dim), "variances 1/k": 1 / np.arange(1.0, dim + 1)}


def sample(rng, variance):
    """Inputs, labels, and what is needed to judge a fit."""
    x = rng.standard_normal((n_labelled, dim)) * np.sqrt(variance)
    target = beta * np.sqrt(signal / (variance @ beta**2))
    return (
        x,
        x @ target + np.sqrt(noise) * rng.standard_normal(n_labelled),
        np.diag(variance),
        target,
    )


def refitted(x, y, covariance, target, ridge, mixtures):
    """Risks of students that are fitted to mixed labels, by their normal equations."""
    system = x.T @ x / n_labelled + ridge * np.eye(dim)
    own = np.linalg.solve(system, x.T @ y / n_labelled)
    mixed = np.outer(y, 1 - mixtures) + np.outer(x @ own, mixtures)
    off = np.linalg.solve(system, x.T @ mixed / n_labelled) - target[:, None]
    return (off * (covariance @ off)).sum(axis=0)


samples = {name: [sample(distill_rng, v) for _ in range(draws)] for name, v in variances.items()}
cases = [one for group in samples.values() for one in group]
formula = [self_distillation(x, y, alphas, *truth) for x, y, *truth in cases]
after, before = (
    np.array([self_distillation(x, y, alphas * by, *truth).risk for x, y, *truth in cases])
    for by in (rise, 1 / rise)
)


# %%
def measured(case, found):
    """Best mixture by three fitted students, and the risks at ξ = 0 and at the formula's ξ."""
    rows = []
    for ridge, best in zip(alphas, found.best_mixture, strict=True):
        none, pure, reverse, mixed = refitted(*case, ridge, np.array([0, 1, -1, best]))
        rows.append(((reverse - pure) / (2 * (pure + reverse - 2 * none)), none, mixed))
    return rows


fits = np.moveaxis([measured(*pair) for pair in zip(cases, formula, strict=True)], -1, 0)
vertex, unmixed, at_best = (Estimate(one, 0) for one in fits)
mixture = compared([found.best_mixture for found in formula], vertex, ridge=alphas)
optimum = compared([found.best_risk for found in formula], at_best, ridge=alphas)
signs = compared(0.0, Estimate(np.sign(vertex.mean) * (after - before), 0), ridge=alphas)
glue("draws", draws, display=False)
glue("negative", f"{np.mean(vertex.mean < 0):.0%}", display=False)


def at_minimum(case):
    """Share of the risk that the best mixture gains where R' = 0."""

    def slope(log_ridge):
        return float(self_distillation(*case[:2], [np.exp(log_ridge)], *case[2:]).slope[0])

    ridge = np.exp(brentq(slope, *np.log(alphas[[0, -1]]), xtol=1e-13))
    found = self_distillation(*case[:2], [ridge], *case[2:])
    none, mixed = refitted(*case, ridge, np.array([0, found.best_mixture[0]]))
    return (none - mixed) / none


# %% tags=["remove-output"]
shown = {
    name: self_distillation(x, y, alphas, *truth) for name, ((x, y, *truth), *_) in samples.items()
}
looks = dict(zip(shown, (STUDENT, SFT), strict=True))


def best_mixtures(ax):
    for name, found in shown.items():
        ax.plot(alphas, found.best_mixture, **looks[name].line, label=name)
    ax.axhline(0, **BOUND.line)
    ax.set(
        xscale="log",
        yscale="symlog",
        xlabel=r"penalty $\lambda$",
        ylabel=r"best mixture $\xi^\star$",
    )
    ax.legend()


def before_and_after(ax):
    for name, found in shown.items():
        ax.plot(alphas, found.risk, color=looks[name].color, linestyle=":")
        ax.plot(alphas, found.best_risk, **looks[name].line, label=name)
    ax.set(xscale="log", yscale="log", xlabel=r"penalty $\lambda$", ylabel="excess risk")


figure(
    "self-distilled",
    best_mixtures,
    before_and_after,
    alt=[
        "Best mixture against the penalty for two samples: large and positive for small penalties, "
        "through zero once, negative for large ones.",
        "Excess risk before and after mixing. The solid curve lies below the dotted one and touches it "
        "where the dotted one has its minimum.",
    ],
)

# %% [markdown]
# :::{glue:figure} self-distilled
# :name: fig-self-distilled
#
# One sample of each kind. First panel: the best share $\xi^\star$ of the teacher's labels changes its sign
# once, where the teacher's risk is least; beyond, the teacher's labels should count *negatively*. Second
# panel: the teacher's risk (dotted) and the risk of the best mixture (other lines). They touch at the
# minimum of the dotted curve.
# :::
#
# ## Claims
#
# **The ball**

# %%
labels, noises = np.meshgrid([30, 120, 600], [0.3, 1.0, 4.0])


def margin(log_ridge, n, s2):
    """How far the mean teacher is outside the ball."""
    m, _, v = ridge_moments(dim, n, signal, s2, ridge=np.exp(log_ridge))
    return float(outside_ball(m**2 * signal + dim * v, m * signal))


crossings = [
    np.exp(brentq(margin, -12, 12, args=(n, s2), xtol=1e-13))
    for n, s2 in zip(labels.flat, noises.flat, strict=True)
]
sphere = compared(
    bayes_ridge(dim, labels, signal, noises),
    Estimate(np.reshape(crossings, labels.shape), 0),
    n=labels,
    noise=noises,
)
derived(
    "neighbours.teachers_ball.sphere",
    "Mean isotropic ridge teachers leave the ball with diameter [0, f*] at the penalty λ° = σ²d/(nB): "
    "there their deterministic equivalent has ⟨f, f − f*⟩ = 0.",
    sphere.identical(1e-9),
    main=True,
)
derived(
    "neighbours.teachers_ball.places",
    "Fitted teachers stand as far from the centre of the ball as predicted: outside for small "
    "penalties, on the sphere at λ°, inside beyond.",
    place.agrees(0.02, allowance=0.01),  # the equivalent is off by O(1/n)
)
networks = [
    linear_functions(LinearNetwork(width=16, bulk_dim=63, bulk_eigenvalue=1 / 16), 20, network_rng)
    for _ in range(20)
]
projected = [4 * ((f - target / 2) ** 2).sum() / (target @ target) for target, f, _ in networks]
derived(
    "neighbours.teachers_ball.projections",
    "The teachers of Part II, projections of the target, lie on the sphere, each of them.",
    compared(1.0, Estimate(projected, 0)).identical(1e-12),
)

# %% [markdown]
# **Fresh labels**

# %%
paper(
    "neighbours.teachers_ball.compensates",
    "A ridge student makes up for an under-regularised ridge teacher: its risk is lower.",
    gain.below(),
    source="moniri2025, abstract",
)
derived(
    "neighbours.teachers_ball.students",
    "Fitted ridge students on fresh inputs have the predicted risk.",
    student.agrees(0.03, allowance=0.02),  # the equivalent is off by O(1/n)
)
shares = np.array([0.02, 0.1, 0.3, 0.6, 0.9, 1, 1.1, 1.5, 3, 10])
sizes = np.array([dim // 2, 2 * dim, 4 * dim, 20 * dim])
best = [student_risks(shares * level, size).min(axis=1) for size in sizes]
ratio = compared(
    1.0, Estimate(best / moments(shares * level)[2], 0), share=shares, N=sizes[:, None]
)
derived(
    "neighbours.teachers_ball.improves_outside",
    "Below λ° the best fresh ridge student beats its teacher for every N > d + 1 tried.",
    ratio[1:, shares < 1].below(),
    main=True,
)
derived(
    "neighbours.teachers_ball.not_inside",
    "From λ° on no penalty and no N makes a fresh ridge student better than its teacher.",
    ratio[:, shares >= 1].above(1e-9),  # smallest penalties: the teacher itself, to rounding
    main=True,
)
floor = float(moments(level)[2])
everyone = np.array([*best, endless_risk(shares * level)])
everyone_at = {"share": shares, "N": [[str(size)] for size in (*sizes, "∞")]}
derived(
    "neighbours.teachers_ball.floor",
    "No isotropic ridge student goes below the risk of the best isotropic ridge teacher.",
    compared(floor, Estimate(everyone, 0), **everyone_at).above(1e-9),  # rounding at λ°
)

# %% [markdown]
# **A penalty that knows the target.** Students with endless inputs, of teachers at $\lambda^\circ$.

# %%
m, _, v = (float(x) for x in ridge_moments(dim, n_labelled, signal, noise, ridge=level))
aligned = np.minimum(aligned_scales(beta, m, v), 1)  # more than one no penalty gives
own = np.flatnonzero(ridges == level)[0]
weighted_loss = ((aligned * teachers[:, own] - beta) ** 2).sum(axis=1)
weighted = compared(scaled_risk(beta, m, v, aligned), weighted_loss)
paper(
    "neighbours.teachers_ball.aligned",
    "A weighted ridge student whose penalty is aligned to the target outperforms its teacher.",
    compared(0.0, weighted_loss - teacher_loss[:, own]).below(),
    source="moniri2025, abstract",
)
derived(
    "neighbours.teachers_ball.weighted",
    "Its risk is the predicted one.",
    weighted.agrees(0.03, allowance=0.03),  # the equivalent is off by O(1/n)
)
derived(
    "neighbours.teachers_ball.floor_of_all",
    "The floor of isotropic students holds for weighted ridge students too.",
    compared(floor, weighted_loss).above(),
    expect="fails",
)

# %% [markdown]
# **On the same data**

# %%
paper(
    "neighbours.teachers_ball.sign",
    "The best mixture has the opposite sign of the slope of the teacher's risk in λ, on every sample.",
    signs.below(),
    source="dang2026, abstract",
    main=True,
)
paper(
    "neighbours.teachers_ball.improves",
    "The best mixture improves the teacher at every penalty where its risk is not stationary.",
    compared(unmixed.mean, at_best, ridge=alphas).below(),
    source="dang2026, abstract",
)
derived(
    "neighbours.teachers_ball.mixture",
    "The best mixture is ξ* = −λR′/(2D), the vertex of the parabola through three fitted students.",
    mixture.identical(1e-8),
)
derived(
    "neighbours.teachers_ball.optimum",
    "The student fitted to that mixture has the risk R − (λR′)²/(4D).",
    optimum.identical(1e-8),
)
derived(
    "neighbours.teachers_ball.stationary",
    "Mixing gains at every penalty, also where the teacher's risk is least.",
    compared(1e-12, Estimate([at_minimum(group[0]) for group in samples.values()], 0)).above(),
    expect="fails",
)
tuning, fresh = formula[draws::2], formula[draws + 1 :: 2]
means = (np.mean([getattr(one, name) for one in tuning], axis=0) for name in PARTS)
pooled = SelfDistillation(alphas, *means)
to_mix, to_leave = pooled.best_risk.argmin(), pooled.risk.argmin()
xi = pooled.best_mixture[to_mix]
powers = np.array([1, xi * alphas[to_mix], xi**2])
saved = [
    powers @ [getattr(one, name)[to_mix] for name in PARTS] - one.risk[to_leave] for one in fresh
]
derived(
    "neighbours.teachers_ball.uneven",
    "With unequal variances one penalty and one mixture, chosen on other samples, have a lower mean "
    "risk than the best penalty alone.",
    compared(0.0, saved).below(),
)

# %% [markdown]
# ## What to notice
#
# * **One criterion, three papers** ({numref}`fig-teachers-ball`). Outside the ball stand teachers with too
#   small a penalty and the noisy ones of {ref}`Part I <page-single-models>`; a fresh student helps them. On
#   the sphere stand the projections of {ref}`Part II <page-setup>`. Inside, a
#   student should amplify, which labels of the teacher alone cannot teach it, but a negative share of them
#   can ({numref}`fig-self-distilled`).
# * **On the sphere there is still a gain**, in Part II: even shrinkage is useless there, but early
#   stopping shrinks the slow directions most, and those hold error and no signal. A filter is judged
#   direction by direction. {ref}`Definition 1 <page-shrinkage>` is the same ball one step further: from $0$ to
#   the teacher, with the student inside.
# * **A repair is no discovery.** Fresh labels bring a badly tuned isotropic teacher to the floor at best:
#   whoever could tune $\lambda$ has nothing to gain. A penalty that is aligned to the target has:
#   {glue:text}`weighted:.3f` against {glue:text}`floor:.3f` here. Without the bound $c_i \le 1$, which no
#   penalty passes, it would be {glue:text}`amplified:.3f`.
# * **Honest limits.** $\xi^\star$ is an oracle that knows $\Sigma$ and $\beta$. The statements on fresh
#   labels need isotropic inputs and hold for means; of the single teachers at
#   {glue:text}`second_share:.2g` $\lambda^\circ$, {glue:text}`outside_share:.0%` are outside the ball. Both
#   papers prove more than their abstracts say, and we have not read it.
# * In code: `w2s.neighbours.distill`, `w2s.random_features.shrinkage.outside_ball`.

# %% tags=["remove-output", "hide-input"]
glue("floor", floor, display=False)
glue("weighted", float(weighted.predicted), display=False)
glue("amplified", float(scaled_risk(beta, m, v, aligned_scales(beta, m, v))), display=False)
glue("second_share", float(ridges[2] / level), display=False)
glue("outside_share", float(np.mean(from_centre[:, 2] > 1)), display=False)
noiseless = student_risks([0.1 * level], n_fresh)[0]
few = ridge_risks(both, n_labelled, n_fresh, 1e-4, ridge_weak=0.1 * level, ridge_strong=penalties)
glue("few_gain", max(float(1 - few.student.min() / few.teacher[0]), 0.0), display=False)
glue("usual_gain", float(1 - noiseless.min() / moments(0.1 * level)[2]), display=False)
glue("level", level, display=False)
glue("halved", float(bayes_ridge(dim, 2 * n_labelled, signal, noise)), display=False)

# %% [markdown]
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In the first panel of {numref}`fig-teachers-ball` the short lines from teachers on the left of the star lead
# away from $0$. Which number is longer than one there, and why does no fresh student follow this line?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The best scale $\langle f, f_*\rangle/\lVert f\rVert^2$ exceeds one inside the ball. A ridge student's
# filter lies in $[0,1]$: it can only shrink.
# ::::
#
# ::::{admonition} Exercise 2. A step of the proof
# :class: w2s-exercise
#
# Show that the best multiple of any teacher lies on the sphere.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# It is the projection of $f_*$ on the line through the teacher, so $f_* - cf$ is perpendicular to $cf$:
# $\langle cf, cf - f_*\rangle = 0$ (Thales).
# ::::
#
# ::::{admonition} Exercise 3. Change a parameter
# :class: w2s-exercise
#
# How does $\lambda^\circ$ move when there are twice as many labels, and when there is no noise? What becomes
# of a teacher at a tenth of today's $\lambda^\circ$ in the second case? Change `noise` to `1e-4` and look.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# Twice the labels halve it, from {glue:text}`level:.3f` to {glue:text}`halved:.3f`; without noise it is zero,
# and every ridge teacher is inside the ball. The student's gain falls from {glue:text}`usual_gain:.0%` of the
# teacher's risk to {glue:text}`few_gain:.1%`.
# ::::
