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
#     smoke: {thetas: [0.1, 0.3, 0.5, 0.6667, 0.9], teachers: 30, samples: 200, student_width: 20000}
# ---

# %% [markdown]
# (page-theorem-3-3)=
# # Theorem 3.3: a teacher whose error does not vanish
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`medvedev2025`, Theorem 3.3, of which we know the name only; the statement is derived
# here): a linear teacher stuck at a constant error $\theta$ still trains a student with error $\theta^2$.
#
# **Holds?** Yes, in the limit of wide teachers and a small bulk eigenvalue, for one and for four signal
# directions.
#
# **Where not**: when the bulk eigenvalue $s$ does not tend to zero.
# :::
#
# :::{glue:figure} constant-error
# :name: fig-constant-error
#
# First: exact paths for a teacher of error $\theta$ = {glue:text}`picture_theta` and $s = M^{-1/2}$. The
# student squares the error and, left alone, returns to its teacher. Second: the best student for every
# $\theta$; dots are means over {glue:text}`teachers` teachers, stars single students with random features
# of their own, and the dotted curve is the bound (9) of {ref}`Theorem 4.1 <page-limit>`.
# :::
#
# ## Statement
#
# The list of theorems names Theorem 3.3 "$\Theta(1)$-error asymptotics for Linear Networks", and this is
# all that we saw of it. The statement below was derived here to fit this name and the model of
# {ref}`Theorem 3.2 <page-fig3>`; the paper's hypotheses and constants may differ
# ({certainty}`Theorem 3.3`). The condition that decides is a separation of scales: the
# bulk is learned slowly, $s \to 0$, yet it is so large, $sD \asymp M$, that it holds the teacher back.
#
# Inputs are $x \sim N(0, \Psi)$ with $k$ signal coordinates of variance 1 and $D$ bulk coordinates of
# variance $s$. A linear teacher with $M$ random features is trained to convergence on the population, and
# an infinitely wide linear student learns from it. The target is a unit vector $\beta$ in the signal
# coordinates.
#
# :::{prf:theorem} 3.3 (Medvedev et al. 2025, as we read it)
# :label: thm-constant-error
# :nonumber:
#
# Fix $k$ and $0 < \theta < 1$. Let $M \to \infty$ and $s \to 0$ with $sD/M \to \theta/(1 - \theta)$.
# Then, in probability,
#
# $$
# \mathcal L_{TE} \longrightarrow \theta \qquad\text{and}\qquad \min_t \mathcal L_{ST}(t) \longrightarrow \theta^2,
# $$
#
# which is reached at any time $T$ with $T \to \infty$ and $sT \to 0$. The share of the gap that the
# student recovers, 1 less the ratio of the two errors, tends to $1 - \theta$.
# :::
# The {ref}`limit of Theorem 4.1 <page-limit>` allows no student below
# $\tfrac14(\sqrt{1+3\theta} - \sqrt{1-\theta})^2$. So $\theta^2$ is close to the best possible: the
# quotient of the two lies between 1 and $\tfrac43$.
#
# ## Why it is true
#
# **The teacher.** For $k = 1$ its error has the law of two independent chi-squares
# ({prf:ref}`the law (8) <prop-linear-exact>`),
#
# $$
# \mathcal L_{TE} \;\overset{\text{law}}{=}\; \frac{sY}{sY + X}, \qquad X \sim \chi^2_M, \quad Y \sim \chi^2_{D-M+1}.
# $$
#
# The hypotheses force $D/M \to \infty$, so $X/M \to 1$ and $Y/D \to 1$: the error tends to
# $sD/(sD + M) \to \theta$. Its fluctuation is of order $\theta(1-\theta)\sqrt{2/M}$, that of $X$.
#
# **The student.** It learns the signal at rate 1 and the bulk at rate $s$. At a time $T$ in between
# the signal is learned and the bulk is not, and what remains is the part of the teacher's residual
# that lies in the signal space. For $k = 1$ that part is $L f_*$ with $L = \mathcal L_{TE}$, of
# energy $L^2$.
#
# ::::{admonition} Full proof: explicit bounds for k = 1, and k > 1
# :class: dropdown
#
# By the exact path, $\mathcal L_{ST}(t) = (L + e^{-t}(1-L))^2 + (1-e^{-st})^2 L(1-L)$. The first term
# is at least $L^2$. At $T = \log(1/s)$, with $1 - e^{-x} \le x$,
#
# $$
# L^2 \le \min_t \mathcal L_{ST} \le \mathcal L_{ST}(T) \le (L + s)^2 + s^2 \log^2(1/s)\, L(1-L).
# $$
#
# For $k > 1$ the residual in the signal space is $R\beta$ with $R = (I + A/s)^{-1}$ and
# $A = U_1^\top (U_2 U_2^\top)^{-1} U_1$, where $U_1$ ($M \times k$) and $U_2$ ($M \times D$) are the
# signal and bulk weights. Since $D/M \to \infty$, $U_2U_2^\top/D \to I$, and $U_1^\top U_1/M \to I$, so
# $A/s \to (1-\theta)/\theta \cdot I$ and $R \to \theta I$. Hence $\mathcal L_{TE} = \beta^\top R\beta \to
# \theta$ and the student is left with $\lVert R\beta\rVert^2 \to \theta^2$.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
thetas = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 2 / 3, 0.7, 0.8, 0.9]  # limits of L_TE
picture_theta = 0.5  # the one drawn against time
widths = [16, 64, 256, 1024, 10**4, 10**6, 10**9]  # M, by the exact law
exponents = [0.5, 1.0]  # two ways to let s = M^(-a) tend to zero: slow and fast
teachers = 50  # per point, by the exact law
samples = 1000  # teachers with sampled features, at the second width
student_width = 100_000  # M_ST of the directly simulated student

# %%
import numpy as np
from myst_nb import glue
from scipy.optimize import minimize_scalar

from w2s.metrics import Estimate, mean_and_error
from w2s.page.claims import derived, inequality, reading
from w2s.page.comparison import compared
from w2s.page.figures import ACCENT, BOUND, STUDENT, TEACHER, figure, in_shades
from w2s.page.pairs import record_pairs
from w2s.random_features.gradient_flow import best_stop, flow, linear_path, spectral_path
from w2s.random_features.limits import lower_bound
from w2s.random_features.linear_network import (
    LinearNetwork,
    linear_error_moments,
    linear_functions,
    linear_teacher,
)

theta = np.asarray(thetas, dtype=float)
draw = np.random.default_rng(seed)


def towards(limit, width, exponent, n_signal=1):
    """Network of the theorem: s = M^(-a), and D such that sD/M ≈ θ/(1 − θ)."""
    bulk = round(limit / (1 - limit) * width ** (1 + exponent))
    return LinearNetwork(width, bulk + width - 1, width**-exponent, n_signal)


# %% [markdown]
# The networks of this page have $D = M\theta/(s(1-\theta)) + M - 1$. The last terms do not matter in the
# limit, and make the degrees of freedom $D - M + 1$ of the law simple.
#
# ## One student, nothing averaged
#
# For three values of $\theta$ we draw the teacher's features and {glue:text}`student_width` features
# for the student, solve the teacher's normal equations, and follow the student's gradient flow
# through an eigendecomposition of its kernel.

# %%
times = np.geomspace(1e-1, 1e6, 281)
seen = slice(None, None, 10)  # the times at which students are simulated
shown = (0.2, 0.5, 0.7)  # θ, all with M = 64 and s = 1/8
direct_losses, direct_paths = [], []
for x in shown:
    target, labels, kernel = linear_functions(towards(x, 64, 0.5), student_width, draw)
    direct_paths.append(((flow(kernel, labels, times[seen]) - target) ** 2).sum(axis=1))
    direct_losses.append(((labels - target) ** 2).sum())
glue("student_width", f"{student_width:,}", display=False)

# %% [markdown]
# ## Many teachers, towards the limit
#
# Two ways to the limit, $s = M^{-1/2}$ and $s = 1/M$, and two targets: one signal coordinate, and a
# target spread over four. The teachers are drawn from their exact law, which costs a few
# chi-squares at any width; each student is stopped at its own best time.

# %%
ways = dict(zip(("slow", "fast"), exponents, strict=True))
cases = {f"{name}, k = {k}": (a, k) for name, a in ways.items() for k in (1, 4)}


def simulate(limit, width, exponent, k):
    """Errors of some teachers and of their best students."""
    network, beta = towards(limit, width, exponent, k), np.full(k, k**-0.5)
    teacher = linear_teacher(network, draw, teachers, target=beta)
    return teacher.error, best_stop(lambda t: spectral_path(teacher, t), points=121).loss


everything = [[[simulate(x, m, a, k) for x in theta] for m in widths] for a, k in cases.values()]
loss, best = np.moveaxis(everything, -2, 0)  # over (case, width, θ, teacher)
teacher, student, gain = (mean_and_error(x, axis=-1) for x in (loss, best, loss - best))
share = gain.mean / teacher.mean  # of the gap to a perfect student

# %% tags=["remove-output", "hide-input"]
record_pairs("linear network, infinite student", loss.ravel(), best.ravel())
student_kind = f"linear network, {student_width:,} features in the student"
record_pairs(student_kind, direct_losses, direct_paths)

# %% tags=["remove-output"]
power = f"10^{{{np.log10(widths[-1]):.0f}}}"
measured = rf"measured, $M = {power}$"


def in_time(ax):
    for role, width in in_shades((16, 256, 10**4, 10**6)):
        path = linear_path(picture_theta, width**-0.5, times)
        ax.plot(times, path, **role.line, label=f"$M$ = {width:,}")
    for level, role in ((picture_theta, TEACHER), (picture_theta**2, BOUND)):
        ax.axhline(level, **role.line | {"linewidth": 1.2})
    ax.annotate(r"teacher $\theta$", (1e6, picture_theta), ha="right", va="bottom")
    ax.annotate(r"$\theta^2$", (1e6, picture_theta**2), ha="right", va="bottom")
    ax.set(xscale="log", ylim=(0, 1.02), xlabel=r"time $t\lambda_1$")
    ax.set(ylabel=r"student $\mathcal{L}_{ST}(t)$")
    ax.legend(loc="upper right")


def parabola(ax):
    x = np.linspace(0, 1, 201)
    ax.plot(x, x, **TEACHER.line, label="teacher")
    ax.plot(x, x**2, **STUDENT.line, label=r"limit $\theta^2$")
    ax.plot(x, lower_bound(x), **BOUND.line, label="no student below (9)")
    ax.plot(theta, student.mean[0, -1], **STUDENT.dots, label=measured)
    stars = ACCENT.dots | {"markersize": 9}
    ax.plot(direct_losses, np.min(direct_paths, axis=1), **stars, label="one student, $M = 64$")
    ax.set(xlabel=r"teacher $\mathcal{L}_{TE}$", ylabel=r"best student $\min_t\mathcal{L}_{ST}$")
    ax.legend(loc="upper left")


# %% tags=["remove-output"]
figure(
    "constant-error",
    in_time,
    parabola,
    alt=[
        "Student error against time for four widths and a teacher of error one half. The curves "
        "fall from one to a quarter, rest there longer the wider the teacher, and rise to a half.",
        "Best student error against teacher error: measured dots on the parabola, far below the "
        "diagonal of the teacher and slightly above the bound that no student can beat.",
    ],
)


# %% tags=["remove-output"]
def quotient(ax):
    x = np.linspace(1e-3, 1, 400)
    ax.plot(x, x**2 / lower_bound(x), **STUDENT.line, label=r"$\theta^2$ / bound (9)")
    over_bound = student.mean[0, -1] / lower_bound(teacher.mean[0, -1])
    ax.plot(theta, over_bound, **STUDENT.dots, label=measured)
    star = ACCENT.dots | {"markersize": 10}
    ax.plot(2 / 3, 4 / 3, **star, label=r"largest: 4/3 at $\theta$ = 2/3")
    ax.set(xlabel=r"$\theta$", ylabel="student / best possible", ylim=(0.98, 1.5))
    ax.legend(loc="upper left")


def approach(ax):
    for (role, name), rows in zip(in_shades(cases), student.mean, strict=True):
        gap = np.abs(rows / theta**2 - 1).max(axis=1)
        ax.plot(widths, gap, **role.line)
        ax.plot(widths, gap, **role.dots, label=name)
    ax.set(xscale="log", yscale="log", xlabel="teacher width $M$")
    ax.set(ylabel=r"largest $|\min_t\mathcal{L}_{ST}/\theta^2 - 1|$")
    ax.legend()


# %% tags=["remove-output"]
figure(
    "constant-error-rate",
    quotient,
    approach,
    alt=[
        "Quotient of theta squared and the lower bound: one at both ends, with its largest value "
        "four thirds at two thirds; measured dots on the curve.",
        "Largest relative distance of the student's mean error from theta squared against the "
        "teacher's width, log-log, falling by several decades for all four cases.",
    ],
)
glue("picture_theta", f"{picture_theta:g}", display=False)
glue("teachers", f"{teachers:,}", display=False)
half = int(np.abs(theta - 0.5).argmin())
for name, x in {"small": 0.1, "worst": 2 / 3}.items():
    glue(f"factor_{name}", float(x**2 / lower_bound(x)), display=False)
at_fixed = best_stop(lambda t: linear_path(picture_theta, 0.25, t))
glue("fixed_bulk", float(at_fixed.loss), display=False)
for m in (64, 10**9):
    row = widths.index(m) if m in widths else -1
    glue(f"share_{m}", float(share[0, row, half]), display=False)

# %% [markdown]
# ## How fast, and how close to the best
#
# :::{glue:figure} constant-error-rate
# :name: fig-constant-error-rate
#
# First: $\theta^2$ over the bound (9): never more than $\tfrac43$. Second: how fast the limit is reached, worst
# over all $\theta$, for $s = M^{-1/2}$ (slow) and $s = 1/M$ (fast), with $k$ signal coordinates.
# :::

# %% [markdown]
# ## Claims

# %%
reading(
    "random_features.theorem_3_3.teacher",
    "The teacher's error tends to θ: at the largest width its mean is θ, for both ways to the "
    "limit and for one and four signal coordinates.",
    # The tolerance is of order s = 3e-5 on the slow way.
    compared(theta, Estimate(teacher.mean[:, -1], 0), theta=theta).identical(2e-4),
    source="medvedev2025, Theorem 3.3",
    main=True,
)
reading(
    "random_features.theorem_3_3.student",
    "The best stopped student's error tends to θ^2: at the largest width its mean is θ^2, in "
    "the same four cases.",
    compared(theta**2, Estimate(student.mean[:, -1], 0), theta=theta).identical(2e-4),
    source="medvedev2025, Theorem 3.3",
    main=True,
)
derived(
    "random_features.theorem_3_3.share",
    "The share of the gap that the student recovers, 1 − L_ST/L_TE, tends to 1 − θ.",
    compared(1 - theta, Estimate(share[:, -1], 0), theta=theta).identical(2e-4),
)
# %%
half_of_limit = 0.5 * theta * (1 - theta)
from_64 = compared(half_of_limit, gain, M=np.array(widths)[:, None], theta=theta)[:, 1:]
reading(
    "random_features.theorem_3_3.gain",
    "There is a gain at every θ and every width from 64 on: the mean student beats its teacher "
    "by at least half of the limiting gain θ(1 − θ).",
    from_64.above(),
    source="medvedev2025, Theorem 3.3",
)

# %%
sampled = [linear_teacher(towards(x, 64, 0.5), draw, samples, route="wishart") for x in theta]
losses = np.array([one.error for one in sampled])
first, second = np.transpose([linear_error_moments(towards(x, 64, 0.5)) for x in theta])
drawn = Estimate(losses.mean(axis=1), np.sqrt((second - first**2) / samples))
derived(
    "random_features.theorem_3_3.finite_width",
    "At M = 64 the mean error of simulated teachers is that of the law of two chi-squares, for "
    "every θ.",
    compared(first, drawn, theta=theta).agrees(0.03),
)
wide = [linear_teacher(towards(x, 10**6, 1.0), draw, 4 * samples).error.std() for x in theta]
scatter = theta * (1 - theta) * np.sqrt(2e-6)
of_normal_samples = Estimate(wide, scatter / np.sqrt(8 * samples))
derived(
    "random_features.theorem_3_3.fluctuation",
    "Teachers of width M scatter about θ with standard deviation θ(1 − θ)√(2/M).",
    compared(scatter, of_normal_samples, theta=theta).agrees(0.05),
)
# %%
s = 64**-0.5
followed = direct_paths / linear_path(direct_losses, s, times[seen, None]).T
derived(
    "random_features.theorem_3_3.path",
    "A simulated student with random features of its own follows the exact path, which knows "
    "only the teacher's error, at every time.",
    # A finite student misses by about sD/M_ST, relative to a minimum of order θ².
    compared(1.0, Estimate(followed, 0), theta=np.array(shown)[:, None], t=times[seen]).identical(
        2000 / student_width
    ),
)
at_stop, spill = linear_path(losses, s, np.log(1 / s)), (s * np.log(1 / s)) ** 2
above = (losses + s) ** 2 + spill * losses * (1 - losses)
derived(
    "random_features.theorem_3_3.sandwich",
    "Stopped at T = log(1/s), every simulated student at M = 64 has "
    "L^2 ≤ L_ST ≤ (L + s)^2 + s^2 log^2(1/s) L(1 − L).",
    inequality([losses**2, at_stop], [at_stop, above], at={"theta": theta[:, None]}),
)

# %%
line = np.linspace(1e-3, 1, 1000)
quotients, one = line**2 / lower_bound(line), np.ones(line.size)
derived(
    "random_features.theorem_3_3.near_optimal",
    "θ^2 over the curve (9), our reading of Theorem 4.1, lies between 1 and 4/3, for every θ.",
    inequality([one, quotients], [quotients, 4 / 3 * one], slack=1e-12, at={"theta": line}),
    main=True,
)
peak = minimize_scalar(
    lambda x: -(x**2) / float(lower_bound(x)), bounds=(0.01, 1.0), method="bounded"
)
derived(
    "random_features.theorem_3_3.worst",
    "θ^2 over the curve (9) is largest at θ = 2/3, where it is 4/3.",
    compared([2 / 3, 4 / 3], Estimate([peak.x, -peak.fun], 0)).identical(1e-5),
)
# %%
fixed = [LinearNetwork(10**6, round(10**6 * (4 * x / (1 - x) + 1)), 0.25) for x in theta]
stuck = np.array([linear_teacher(network, draw).error[0] for network in fixed])
stopped = best_stop(lambda t: linear_path(stuck[:, None], 0.25, t)).loss
derived(
    "random_features.theorem_3_3.fixed_bulk",
    "The limit is also reached when the bulk eigenvalue s stays at 1/4 while sD/M is balanced "
    "and M grows: the best student has L_ST ≤ 1.1 L_TE^2.",
    compared(1.1 * stuck**2, Estimate(stopped, 0), theta=theta).below(),
    expect="fails",
    main=True,
)

# %% [markdown]
# ## What to notice
#
# * **Weak-to-strong gain does not need a good teacher.** For $\theta = \tfrac12$ the student recovers
#   {glue:text}`share_64:.2f` of the gap on average at $M = 64$ (slow way), and
#   {glue:text}`share_1000000000:.4f` at $M = 10^9$.
# * **A separation of scales is needed.** The student keeps the squared error between $t \approx \log(1/s)$
#   and $t \approx 1/s$. With $s$ fixed there is no such window, and the control among the claims fails.
# * **Close to the best possible.** At most, Theorem 4.1 leaves room for a factor of $\tfrac43$ where
#   $\theta = \tfrac23$ ({numref}`fig-constant-error-rate`, first panel). Only for $\theta$ near 0 or 1 is the
#   linear network optimal.
# * **Honest limits.** The limit theorem is for an infinitely wide student; the stars of
#   {numref}`fig-constant-error` are finite. {ref}`Theorem 3.2 <page-fig3>` is the corner $\theta \to 0$ of the
#   same formulas.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
# At which $\theta$ is the student furthest from what no student can beat, and by which factor? And at
# $\theta = 0.1$?
# ::::
# ::::{admonition} Solution
# :class: dropdown w2s-solution
# By {numref}`fig-constant-error-rate` at $\theta = \tfrac23$, by the factor {glue:text}`factor_worst:.3f`. At
# $\theta = 0.1$ the factor is {glue:text}`factor_small:.3f`.
# ::::
#
# ::::{admonition} Exercise 2. Keep the bulk eigenvalue fixed
# :class: w2s-exercise
# Take $s = \tfrac14$ and a teacher of error $\theta$ = {glue:text}`picture_theta`. Why is $\theta^2$ out of reach for
# the student? Minimise the path of the proof over $t$ with `best_stop` and `linear_path`.
# ::::
# ::::{admonition} Solution
# :class: dropdown w2s-solution
# To learn the signal it needs $e^{-t} \ll \theta$, and by then it has learned the fraction $1 - e^{-t/4}$ of
# the bulk as well. The smallest error is {glue:text}`fixed_bulk:.3f`, against a limit of $\theta^2$ for small
# $s$, which is the second line in the first panel of {numref}`fig-constant-error`.
# ::::
