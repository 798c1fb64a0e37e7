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
# **Claim** (derived here): to shrink a teacher evenly, a little, pays exactly when it lies outside the ball
# with diameter $[0, f_*]$. For isotropic ridge that is a penalty below one value $\lambda^\circ$.
#
# **Whose**: {cite:t}`moniri2025` treat teachers outside the ball, {cite:t}`medvedev2025` teachers on its
# surface, {cite:t}`dang2026` also those inside.
#
# **Holds?** Yes. **Where not**: no even shrinkage beats the best penalty; a penalty that follows the target
# can.
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
# $R + \xi\,\lambda R' + \xi^2 D$ with $D = \lambda^2\lVert\hat\theta'\rVert_\Sigma^2$. If $D > 0$ it is smallest at
#
# $$
# \begin{aligned}
# \xi^\star &= -\frac{\lambda R'(\lambda)}{2D}, \\
# R^\star &= R - \frac{\lambda^2 R'(\lambda)^2}{4D} .
# \end{aligned}
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
# The algebra of the rule is {proved}`Algebra.sign_of_self_distillation`.
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
# Ridge with $\lambda^\circ$ is the mean of the posterior for the prior $\beta\sim N(0, \tfrac Bd I)$ and
# Gaussian noise. On average over this prior no function of the data does better, whatever is done to the
# labels on the way. Students of ridge are linear in the labels, so only the variance of the noise matters. The risk of a student of isotropic ridge depends on $\beta$ through $|\beta|^2$ only, and linearly;
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

from w2s.discrepancy.overparametrised import ridge_moments, ridge_risks
from w2s.discrepancy.subspaces import Geometry
from w2s.metrics import Estimate
from w2s.neighbours import distill
from w2s.neighbours.distill_simulation import fresh_students, refitted_risks
from w2s.page.claims import derived, paper
from w2s.page.comparison import compared, joined
from w2s.page.figures import ACCENT, BOUND, CEILING, SFT, STUDENT, TEACHER, figure
from w2s.random_features.linear_network import LinearNetwork, linear_functions
from w2s.random_features.shrinkage import best_scale, outside_ball

teacher_rng, distill_rng, network_rng = np.random.default_rng(seed).spawn(3)
level = float(distill.bayes_ridge(dim, n_labelled, signal, noise))
beta = 1 / np.arange(1.0, dim + 1)
beta *= np.sqrt(signal) / np.linalg.norm(beta)
both = Geometry(dim, dim, overlap=dim, signal=signal)  # teacher and student share all features
penalties = np.geomspace(1e-6, 1e3, 2000)  # of students


def mean(ridge):
    """Mean energy and inner product of teachers."""
    return distill.mean_teacher(dim, n_labelled, signal, noise, ridge=ridge)


def risk(ridge, scale=1.0):
    """Mean risk of teachers, or of multiples of them."""
    energy, inner = mean(ridge)
    return signal - 2 * scale * inner + scale**2 * energy


def student_risks(ridge, size):
    """Risk of fresh students by penalty, in the last axis."""
    weak = np.reshape(ridge, (-1, 1))
    fits = dict(ridge_weak=weak, ridge_strong=penalties)
    return ridge_risks(both, n_labelled, size, noise, **fits).student


# %%
ridges = level * np.array([0.02, 0.2, 0.6, 1, 1.6])
own = 3  # the teacher at λ°
chosen = penalties[student_risks(ridges, n_fresh).argmin(axis=1)]
sizes = dict(n_labelled=n_labelled, n_unlabelled=n_fresh, trials=trials)
teachers, students = fresh_students(
    beta, noise, ridges=ridges, penalties=chosen, rng=teacher_rng, **sizes
)
teacher_loss, student_loss = (((fits - beta) ** 2).sum(axis=-1) for fits in (teachers, students))
from_centre = 4 * ((teachers - beta / 2) ** 2).sum(axis=-1) / signal  # in radii, squared
place = compared(1 + 4 * outside_ball(*mean(ridges)) / signal, from_centre, ridge=ridges)
teacher = compared(risk(ridges), teacher_loss, ridge=ridges)
student = compared(student_risks(ridges, n_fresh).min(axis=1), student_loss, ridge=ridges)[:own]
gain = compared(0.0, (student_loss - teacher_loss)[:, :own], ridge=ridges[:own])
grid = level * np.geomspace(2e-3, 2e2, 300)


# %% tags=["remove-output"]
def plane(ax):
    turn = np.linspace(0, np.pi, 200)
    half = (1 + np.cos(turn)) / 2, np.sin(turn) / 2
    ax.fill_between(*half, **BOUND.band)
    ax.plot(*half, **BOUND.line)
    energy, inner = mean(grid) / np.float64(signal)
    ax.plot(inner, np.sqrt(energy - inner**2), **TEACHER.line)
    x = np.mean(teachers @ beta, axis=0) / signal
    y = np.sqrt(np.mean((teachers**2).sum(axis=-1), axis=0) / signal - x**2)
    for k, c in enumerate(best_scale(x, x**2 + y**2)):
        ax.plot([x[k], c * x[k]], [y[k], c * y[k]], color=STUDENT.color, linewidth=1)
    ax.plot(x, y, **TEACHER.dots)
    ax.plot(x[own], y[own], **ACCENT.dots | {"markersize": 11, "zorder": 4})
    for text, spot, side in (("0", (0, 0), "right"), (r"$f_*$", (1, 0), "left")):
        ax.plot(*spot, **CEILING.dots)
        ax.annotate(f"  {text}  ", spot, ha=side, va="center")
    ax.set(aspect="equal", xlim=(-0.12, 1.17), ylim=(-0.06, 1.05))
    ax.set(xlabel=r"part along $f_*$", ylabel="size of the rest")


# %% tags=["remove-output"]
def risks(ax):
    ax.plot(grid, risk(grid), **TEACHER.line, label="teacher")
    teacher.dots(ax, TEACHER)
    ax.plot(grid, endless(grid), **CEILING.line, label="student, endless inputs")
    left = grid[grid < level]
    best = student_risks(left, n_fresh).min(axis=1)
    ax.plot(left, best, **STUDENT.line, label=f"student, {n_fresh} inputs")
    student.dots(ax, STUDENT)
    ax.axhline(risk(level), **BOUND.line, label="floor")
    ax.plot(level, risk(level), **ACCENT.dots | {"markersize": 11, "zorder": 4})
    ax.set(xscale="log", xlabel=r"teacher's penalty $\lambda$", ylabel="excess risk")
    ax.set(xlim=(5e-3 * level, 20 * level), ylim=(0.35 * signal, 1.35 * signal))
    ax.legend(loc="upper left")


def endless(ridge):
    """Risk of the best students with endless inputs: they multiply their teacher by c ≤ 1."""
    return risk(ridge, np.minimum(best_scale(*mean(ridge)[::-1]), 1))


figure(
    "teachers-ball",
    plane,
    risks,
    alt=[
        "A half disc from zero to the target. The line of mean ridge teachers starts at zero inside it, "
        "leaves it at a star and rises steeply, measured dots on it. From each dot outside a short "
        "line leads towards zero to the circle.",
        "Excess risk against the teacher's penalty. The teacher's curve has its minimum at a star on a "
        "dotted floor. Left of it both student curves lie between teacher and floor; right of it "
        "the student with endless inputs follows the teacher.",
    ],
)

# %% [markdown]
# ### On the same data
#
# Self-distillation on {glue:text}`draws` samples with equal variances and as many with variances that
# fall like $1/k$: the formulas by one decomposition of each sample, against students that were fitted to
# mixed labels.

# %%
alphas = level * np.geomspace(1e-2, 20, 40)  # penalties
variances = {"equal variances": np.ones(dim), "variances 1/k": 1 / np.arange(1.0, dim + 1)}


def sample(variance):
    """Inputs and labels; covariance and target, by which a fit is judged."""
    x = distill_rng.standard_normal((n_labelled, dim)) * np.sqrt(variance)
    target = beta * np.sqrt(signal / (variance @ beta**2))
    y = x @ target + np.sqrt(noise) * distill_rng.standard_normal(n_labelled)
    return (x, y), (np.diag(variance), target)


samples = [sample(one) for one in variances.values() for _ in range(draws)]
formula = [distill.self_distillation(*data, alphas, *truth) for data, truth in samples]
step = 1 + 1e-4  # of a penalty, to see where the risk grows
after, before = (
    [distill.self_distillation(*data, alphas * by, *truth).risk for data, truth in samples]
    for by in (step, 1 / step)
)
best_mixture = np.array([one.best_mixture for one in formula])
tried = np.stack(np.broadcast_arrays(0, 1, -1, best_mixture), axis=-1)
fits = [
    refitted_risks(*data, alphas, *truth, some)
    for (data, truth), some in zip(samples, tried, strict=True)
]
unmixed, pure, reverse, at_best = np.moveaxis(fits, -1, 0)
vertex = (reverse - pure) / (2 * (pure + reverse - 2 * unmixed))  # of a parabola through three


# %% tags=["remove-output"]
def best_mixtures(ax):
    for look, name, found in shown:
        ax.plot(alphas, found.best_mixture, **look.line, label=name)
    ax.axhline(0, **BOUND.line)
    ax.set(xscale="log", yscale="symlog")
    ax.set(xlabel=r"penalty $\lambda$", ylabel=r"best mixture $\xi^\star$")
    ax.legend()


def before_and_after(ax):
    for look, _, found in shown:
        ax.plot(alphas, found.risk, color=look.color, linestyle=":")
        ax.plot(alphas, found.best_risk, **look.line)
    ax.set(xscale="log", yscale="log", xlabel=r"penalty $\lambda$", ylabel="excess risk")


shown = list(zip((STUDENT, SFT), variances, formula[::draws], strict=True))
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
levels = distill.bayes_ridge(dim, labels, signal, noises)
there = outside_ball(*distill.mean_teacher(dim, labels, signal, noises, ridge=levels))
derived(
    "neighbours.teachers_ball.sphere",
    "At the penalty λ° = σ²d/(nB) the mean isotropic ridge teacher is on the sphere with diameter "
    "[0, f*]: its deterministic equivalent has ⟨f, f − f*⟩ = 0.",
    compared(0, Estimate(there, 0), n=labels, noise=noises).identical(1e-12, absolute=True),
    main=True,
)
derived(
    "neighbours.teachers_ball.places",
    "Fitted teachers stand as far from the centre of the ball as predicted: outside for small "
    "penalties, on the sphere at λ°, inside beyond.",
    place.agrees(0.02, allowance=0.01),  # the equivalent is off by O(1/n)
)
network = LinearNetwork(width=16, bulk_dim=63, bulk_eigenvalue=1 / 16)
projected = [linear_functions(network, 20, network_rng)[:2] for _ in range(20)]
derived(
    "neighbours.teachers_ball.projections",
    "The teachers of Part II, projections of the target, lie on the sphere, each of them.",
    compared(1, Estimate([4 * ((f - g / 2) ** 2).sum() for g, f in projected], 0)).identical(1e-12),
)

# %% [markdown]
# **Fresh labels**

# %%
shares = np.array([0.02, 0.1, 0.3, 0.6, 0.9, 1, 1.1, 1.5, 3, 10])
inside, weak = shares >= 1, shares * level
sizes = np.array([dim // 2, 2 * dim, 4 * dim, 20 * dim])
best = np.array([student_risks(weak, size).min(axis=1) for size in sizes])
ratio = compared(1.0, Estimate(best / risk(weak), 0), share=shares, N=sizes[:, None])
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
derived(
    "neighbours.teachers_ball.improves_outside",
    "Below λ° the best fresh ridge student beats its teacher for every N > d + 1 tried.",
    ratio[1:, ~inside].below(),
    main=True,
)
derived(
    "neighbours.teachers_ball.not_inside",
    "From λ° on no penalty and no N makes a fresh ridge student better than its teacher.",
    ratio[:, inside].above(1e-9),  # the smallest penalties give the teacher itself, to rounding
    main=True,
)
derived(
    "neighbours.teachers_ball.floor",
    "No isotropic ridge student goes below the risk of the best isotropic ridge teacher.",
    compared(risk(level), Estimate([*best, endless(weak)], 0), share=shares).above(1e-9),
)

# %% [markdown]
# **A penalty that knows the target.** Students with endless inputs, of teachers at $\lambda^\circ$.

# %%
m, _, v = (float(x) for x in ridge_moments(dim, n_labelled, signal, noise, ridge=level))
unbounded = distill.aligned_scales(beta, m, v)
aligned = np.minimum(unbounded, 1)  # more than one no penalty gives
weighted_loss = ((aligned * teachers[:, own] - beta) ** 2).sum(axis=1)
paper(
    "neighbours.teachers_ball.aligned",
    "A weighted ridge student whose penalty is aligned to the target outperforms its teacher.",
    compared(0.0, weighted_loss - teacher_loss[:, own]).below(),
    source="moniri2025, abstract",
)
derived(
    "neighbours.teachers_ball.floor_of_all",
    "The floor of isotropic students holds for weighted ridge students too.",
    compared(risk(level), weighted_loss).above(),
    expect="fails",
    main=True,
)

# %% [markdown]
# **On the same data**

# %%
towards = Estimate(np.sign(vertex) * np.subtract(after, before), 0)
paper(
    "neighbours.teachers_ball.sign",
    "The best mixture has the opposite sign of the slope of the teacher's risk in λ, on every sample.",
    compared(0.0, towards, ridge=alphas).below(),
    source="dang2026, abstract",
)
paper(
    "neighbours.teachers_ball.improves",
    "The best mixture improves the teacher at every penalty where its risk is not stationary.",
    compared(unmixed, Estimate(at_best, 0), ridge=alphas).below(),
    source="dang2026, abstract",
)
best_risk = compared([one.best_risk for one in formula], Estimate(at_best, 0))
derived(
    "neighbours.teachers_ball.mixture",
    "Students fitted to mixed labels have a parabola of risks with the vertex ξ* = −λR′/(2D), and "
    "there the risk R − (λR′)²/(4D).",
    joined([compared(best_mixture, Estimate(vertex, 0)), best_risk]).identical(1e-9),
    main=True,
)


# %%
def gain_at_minimum(data, truth):
    """Share of the risk that the best mixture gains where R' = 0."""
    ridge = distill.stationary_ridge(*data, *truth, low=alphas[0], high=alphas[-1])
    xi = distill.self_distillation(*data, [ridge], *truth).best_mixture[0]
    none, mixed = refitted_risks(*data, [ridge], *truth, [[0, xi]])[0]
    return 1 - mixed / none


derived(
    "neighbours.teachers_ball.stationary",
    "Mixing gains at every penalty, also where the teacher's risk is least.",
    compared(1e-12, Estimate([gain_at_minimum(*one) for one in samples[::draws]], 0)).above(),
    expect="fails",
)


def saved(tuning, fresh):
    """What one mixture saves on fresh samples; it and its penalty are best on others."""
    pooled = distill.SelfDistillation.mean(tuning)
    mix, leave = pooled.best_risk.argmin(), pooled.risk.argmin()
    return [one.mixed(pooled.best_mixture[mix])[mix] - one.risk[leave] for one in fresh]


halves = formula[draws::2], formula[draws + 1 :: 2]
derived(
    "neighbours.teachers_ball.uneven",
    "With unequal variances one penalty and one mixture, chosen on other samples, have a lower mean "
    "risk than the best penalty alone.",
    compared(0.0, [*saved(*halves), *saved(*halves[::-1])]).below(),
)

# %% [markdown]
# ## What to notice
#
# * **One criterion, three papers** ({numref}`fig-teachers-ball`). Outside the ball stand teachers with too
#   small a penalty and the noisy ones of {ref}`Part I <page-single-models>`; a fresh student helps them. On
#   the sphere stand the projections of {ref}`Part II <page-setup>`. Inside, a
#   student should amplify, which labels of the teacher alone cannot teach it, but a negative share of them
#   can ({numref}`fig-self-distilled`).
# * **On the sphere there is still a gain**, in Part II: to shrink evenly is useless there, but early
#   stopping shrinks the slow directions most, and those hold error and no signal. A filter is judged
#   direction by direction, as on {ref}`the page on SGD <page-sgd-teacher>`.
#   {ref}`Definition 1 <page-shrinkage>` is the same ball one step further: from $0$ to the teacher, with
#   the student inside.
# * **A repair is no discovery.** Fresh labels bring a badly tuned isotropic teacher to the floor at best:
#   whoever could tune $\lambda$ has nothing to gain. A penalty that is aligned to the target has:
#   {glue:text}`weighted:.3f` against {glue:text}`floor:.3f` here. Without the bound $c_i \le 1$, which no
#   penalty passes, it would be {glue:text}`amplified:.3f`.
# * **Honest limits.** $\xi^\star$ is an oracle that knows $\Sigma$ and $\beta$. The statements on fresh
#   labels need isotropic inputs and hold for means: a single teacher may stand on the other side. Both
#   papers prove more than their abstracts say, and we have not read it.
# * In code: `w2s.neighbours.distill`, `w2s.random_features.shrinkage.outside_ball`.

# %% tags=["remove-output", "hide-input"]
glue("draws", draws, display=False)
glue("floor", float(risk(level)), display=False)
for name, scales in (("weighted", aligned), ("amplified", unbounded)):
    glue(name, float(distill.scaled_risk(beta, m, v, scales)), display=False)
for name, labelled in (("level", n_labelled), ("halved", 2 * n_labelled)):
    glue(name, float(distill.bayes_ridge(dim, labelled, signal, noise)), display=False)

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
# How does $\lambda^\circ$ move when there are twice as many labels, and when there is no noise? Which teachers
# can a fresh student improve then? Change `noise` to `1e-4` and look.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# Twice the labels halve it, from {glue:text}`level:.3f` to {glue:text}`halved:.3f`. Without noise it is zero:
# every ridge teacher is inside the ball, and none can be improved.
# ::::
