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
#     smoke: {trials: 60, views: 200, draws: 60, grid: 10}
# ---

# %% [markdown]
# (page-two-papers-one-picture)=
# # Two papers, one picture
#
# Why does a student beat its teacher? {cite:t}`dong2025` say: because it cannot express the teacher's
# errors and averages them out over $N$ pseudo-labels. {cite:t}`medvedev2025` say: because it stops
# before it has learned them. Here both happen in one model, with one formula for the risk in $n$, $N$
# and the stopping time $t$. Beyond both papers: all of it is ours
# ({ref}`labels of certainty <labels-of-certainty>`).

# %% [markdown]
# ## Statement
#
# Inputs are Gaussian. The teacher is fitted by least squares to $n$ labels of noise $\sigma^2$ on
# $d_w$ features. The student has $d_s$ features; its kernel has eigenvalues $\lambda_j$ and eigenspaces
# $P_j$ of dimension $m_j$. It follows gradient flow on $N$ pseudo-labels up to time $t$. Write
#
# * $f_w^\infty = P_w f_*$ for the best weak function, $r = f_* - f_w^\infty$, $\rho_w = \lVert r\rVert^2$;
# * $\tau^2 = (\sigma^2 + \rho_w)/(n - d_w - 1)$, the teacher's variance per direction;
# * $\delta_j = \mathrm{tr}(P_j P_w)$, the {ref}`overlap <page-subspaces>` $d_{s\wedge w}$ split by
#   eigenspace, and $\delta_\perp = d_w - d_{s\wedge w}$, the discrepancy;
# * $c$ and $\rho_s$ for the energy of $f_w^\infty$ and of $f_*$ that the student cannot express.
#
# :::{prf:theorem} (a stopped student on finite samples; derived here)
# :label: thm-stopped-student
# :nonumber:
#
# The expected excess risk of the student on fresh points is
#
# $$\begin{aligned}
# \mathrm{ER} &= \rho_s + \varepsilon\,(c + \tau^2\delta_\perp)\\
# &+ \tau^2\sum_j \delta_j\,(1 - 2h_j + v_j)\\
# &+ \sum_j \bigl\lVert r_j + h_j f^\infty_{w,j}\bigr\rVert^2\\
# &+ \sum_j (v_j - h_j^2)\,\lVert f^\infty_{w,j}\rVert^2 .
# \end{aligned}$$
#
# Only $h_j$, $v_j$ and $\varepsilon$ depend on $N$ and $t$. With the empirical covariance $S$ of the
# student's features, $\Lambda = \mathbb E S$ and $Q = e^{-tS}$,
#
# $$\begin{aligned}
# h_j &= \mathbb E\, Q_{jj},\\
# v_j &= \mathbb E\,(Q\Lambda Q)_{jj}/\lambda_j,\\
# \varepsilon &= \tfrac1N\,\mathbb E\,\mathrm{tr}\,\Lambda (I-Q)^2 S^{+}.
# \end{aligned}$$
# :::
#
# $h_j$ is the share of eigenspace $j$ that is not learned yet, and $\varepsilon$ the share of label noise
# that the student has fitted.
#
# * **No stop**, $t = \infty$, $N > d_s+1$: $h_j = v_j = 0$ and $\varepsilon = d_s/(N - d_s - 1)$. Exact; it is
#   the ridgeless risk of {ref}`Part I <page-when-w2s>`.
# * **Infinitely many pseudo-labels**, $N = \infty$: $h_j = e^{-t\lambda_j}$, $v_j = h_j^2$, $\varepsilon = 0$. Exact;
#   for $n = \infty$ it is the path of {ref}`Part II <page-fig3>`.
# * **Both finite:** a deterministic equivalent. The averages of a Wishart matrix are replaced by their
#   limit for large $N$ and $d_s$. The error that remains is of order $1/N$; it is measured below.
#
# ## Why it is true
#
# To the student a pseudo-label is a function that it can express, plus the rest, which for Gaussian
# features is *independent label noise* of variance $q = c + \tau^2\delta_\perp$ (proof of Part I). On the
# first, gradient flow leaves $Q$; of the second it takes up $\varepsilon q$. The teacher's coefficients are
# those of $f_w^\infty$ plus noise of variance $\tau^2$ in each of its $d_w$ directions. Average over that
# noise, and over the inputs: by rotation invariance the mean of $Q$ is a number $h_j$ in each
# eigenspace.
#
# ::::{admonition} Proof, and how the three averages are computed
# :class: dropdown
#
# In whitened coordinates let $\gamma$ be the expressible part of the teacher and $\beta$ that of the
# target. The student's error is $\beta - \gamma + \Lambda^{1/2}Q\Lambda^{-1/2}\gamma$ minus the fitted
# noise, whose mean square is $\varepsilon q$. Conjugating by an orthogonal map of one eigenspace leaves the
# law of $S$ unchanged, so $\mathbb E\, Q$ and $\mathbb E\, Q\Lambda Q$ are multiples of the identity there:
#
# $$
# \begin{aligned}
# \lVert\beta-\gamma\rVert^2
# &+ \sum_j 2h_j\langle\beta_j - \gamma_j, \gamma_j\rangle\\
# &+ \sum_j v_j\lVert\gamma_j\rVert^2 .
# \end{aligned}
# $$
#
# With $\gamma_j$ equal to $f^\infty_{w,j}$ plus noise of total variance $\tau^2\delta_j$ this is the theorem.
#
# *The averages.* The resolvent of $S$ has the known equivalent {cite:p}`simon2024`
#
# $$
# \begin{aligned}
# \zeta(S+\zeta)^{-1} &\simeq \kappa(\Lambda+\kappa)^{-1},\\
# \zeta &= \kappa - \frac1N\sum_j \frac{m_j\lambda_j\kappa}{\lambda_j+\kappa},
# \end{aligned}
# $$
#
# and a product with $\Lambda$ between two resolvents has that of its factors times
# $(\kappa-\kappa')/(\zeta-\zeta')$. We do not prove these two; a claim below tests them. $e^{-tS}$ is the inverse Laplace transform of $(S+\zeta)^{-1}$; 24 nodes of a
# cotangent contour give it to rounding. We put $N-1$ for $N$ when $N > d_s+1$: the same to leading
# order, and exact at $t=\infty$.
# ::::
#
# ## The smallest model with both
#
# The {ref}`linear network <page-fig3>` with one signal coordinate (eigenvalue 1) and $D$ bulk coordinates
# (eigenvalue $s$), whose student *sees only a share* $\alpha$ of the bulk, so $d_s = 1 + \alpha D$. At
# $\alpha = 1$ this is Part II. At $\alpha < 1$ the rest is a discrepancy as in Part I. With $L = \rho_w$, all the
# teacher's errors outside the signal are
#
# $$
# B = \underbrace{L(1-L)}_{\text{random features}}
# + \underbrace{\tau^2\,(d_w - 1 + L)}_{\text{label noise}} .
# $$
#
# :::{prf:proposition} (what is kept multiplies; derived here)
# :label: prop-kept-multiplies
# :nonumber:
#
# For $N = \infty$, on average over the features, the student keeps of $B$, and of either part of it,
#
# $$
# \underbrace{\alpha}_{\text{can express}}\times
# \underbrace{(1 - e^{-st})^2}_{\text{has learned}} .
# $$
# :::
#
# For the bulk has no preferred direction, and gradient flow multiplies each of its coordinates by
# $1 - e^{-st}$. So the two mechanisms do not divide the teacher's errors between them, sampling noise for one paper
# and approximation noise for the other. Both remove both. *A direction outside the student's space is
# a direction of eigenvalue zero*: it is never learned, but what lies there is noise to the student,
# and at finite $N$ it costs $\varepsilon$.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
d_weak, bulk_dim = 16, 127  # d_w and D
bulk_eigenvalue = 1 / 32  # s
seen = 63  # bulk coordinates that the student sees, α D
n_labelled = 64  # n
sizes = [32, 100, 400]  # N of the simulated students
noise = 1.0  # label-noise variance σ²
trials = 1500  # simulated pairs of teacher and student per point
views = 1500  # drawn teachers for the shares that are kept
draws = 800  # drawn samples for the three averages
grid = 36  # points of a map in each direction

# %%
import numpy as np
from myst_nb import glue

from w2s.discrepancy.ridgeless import student_risk
from w2s.discrepancy.subspaces import SubspacePair
from w2s.metrics import mean_and_error
from w2s.page.claims import claim, exact, inequality, monte_carlo
from w2s.page.figures import BOUND, SFT, STUDENT, TEACHER, figure, shades
from w2s.practice.stopped_student import (
    flow_filters,
    linear_risk,
    linear_view,
    stopped_risk,
    student_view,
)
from w2s.random_features.gradient_flow import linear_path
from w2s.random_features.linear_network import LinearNetwork

network = LinearNetwork(d_weak, bulk_dim, bulk_eigenvalue)
d_strong = 1 + seen
scale = np.sqrt(np.repeat(network.eigenvalues, [1, bulk_dim]))
target = np.eye(1 + bulk_dim)[0]
rngs = iter(np.random.default_rng(seed).spawn(4))
glue("d_strong", d_strong, display=False)
glue("n", n_labelled, display=False)


# %%
def risk(n, big_n, t, known=seen, s=None):
    """The formula; arrays of n, N and t broadcast."""
    return linear_risk(network, known, n, big_n, t, noise, student_eigenvalue=s)


def teacher_risk(n):
    """A student that sees everything repeats its teacher in the end."""
    return risk(n, np.inf, np.inf, bulk_dim)


def removed(n, big_n, t, known=seen, s=None):
    """Share of the teacher's error that is gone at the best of the times t."""
    n, big_n = np.asarray(n, float)[..., None], np.asarray(big_n, float)[..., None]
    best = risk(n, big_n, t, known, s).min(axis=-1)
    return 1 - best / teacher_risk(n)[..., 0]


stops = np.append(np.geomspace(0.3, 1e3, 120), np.inf)  # a stop may also be no stop
never = np.array([np.inf])

# %% [markdown]
# ## Another route: simulation
#
# Features, inputs and labels are drawn. The teacher is a least-squares fit, the student the solution of
# its gradient flow on the drawn pseudo-labels. No average is taken by formula.

# %%
sim_rng = next(rngs)


def fitted_teacher(n):
    """Teacher fitted to n noisy labels: coefficients in standardised inputs."""
    weak = sim_rng.standard_normal((d_weak, 1 + bulk_dim)) * scale
    x = sim_rng.standard_normal((n, 1 + bulk_dim))
    labels = x @ target + np.sqrt(noise) * sim_rng.standard_normal(n)
    return np.linalg.lstsq(x @ weak.T, labels, rcond=None)[0] @ weak


def student_errors(teacher, u, known, t):
    """Excess risks at the times t of a student that knows the inputs u."""
    phi = u[:, : 1 + known] * scale[: 1 + known]
    values, vectors = np.linalg.eigh(phi.T @ phi / len(u))
    moment = vectors.T @ (phi.T @ (u @ teacher)) / len(u)
    inside = np.where(values > 1e-12, values, np.inf)  # the rest is never moved
    learned = -np.expm1(-np.multiply.outer(t, np.maximum(values, 1e-12))) / inside
    coefficients = (learned * moment) @ vectors.T * scale[: 1 + known]
    return ((coefficients - target[: 1 + known]) ** 2).sum(axis=1)


# %%
dots = np.append(np.geomspace(0.6, 2e4, 16), np.inf)  # inf: no stop
best = {
    known: stops[risk(n_labelled, np.array(sizes)[:, None], stops, known).argmin(1)]
    for known in (seen, bulk_dim)
}
paths = []  # over N: at the dots, at the best time, all-seeing at its best time
for size, half_time, whole_time in zip(sizes, *best.values(), strict=True):
    rows = []
    for _ in range(trials):
        teacher = fitted_teacher(n_labelled)
        u = sim_rng.standard_normal((size, 1 + bulk_dim))
        half = student_errors(teacher, u, seen, np.append(dots, half_time))
        whole = student_errors(teacher, u, bulk_dim, np.array([whole_time]))
        rows.append(np.append(half, whole))
    paths.append(mean_and_error(rows))

# %% [markdown]
# With $N = \infty$ gradient flow multiplies each coordinate by $1 - e^{-t\lambda_j}$.

# %%
labelled = [24, 64, 256]  # n of the students with infinite samples
rate = scale[:d_strong] ** 2
learned = -np.expm1(-np.multiply.outer(dots, rate))
by_n = []
for n in labelled:
    ends = [learned * fitted_teacher(n)[:d_strong] for _ in range(trials)]
    rows = [((end - target[:d_strong]) ** 2).sum(axis=1) for end in ends]
    by_n.append(mean_and_error(rows))

# %% [markdown]
# ## The risk in time

# %% tags=["remove-output", "hide-input"]
times = np.geomspace(0.3, 2e5, 200)
shown = dots[:-1]


def plain(ax, ticks):
    ax.minorticks_off()
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])


def by_unlabelled(ax):
    for role, size, path in zip(shades(4), [*sizes, np.inf], [*paths, None], strict=True):
        name = "∞" if size == np.inf else size
        ax.plot(times, risk(n_labelled, size, times) / weak, **role.line, label=f"$N$ = {name}")
        if path is not None:
            ax.errorbar(shown, path[0][:16] / weak, 2 * path[1][:16] / weak, **role.dots)
    ax.axhline(1.0, **TEACHER.line)
    ax.set(xscale="log", yscale="log", xlabel=r"time $t\lambda_1$", ylim=(0.09, 5))
    ax.set(ylabel="risk / teacher's risk", title=f"$n$ = {n_labelled} labels")
    plain(ax, [0.1, 0.2, 0.5, 1, 2])
    ax.legend(loc="upper left", ncols=2)


def by_labelled(ax):
    for role, n, path in zip(shades(4), [*labelled, np.inf], [*by_n, None], strict=True):
        own, name = teacher_risk(n), "∞" if n == np.inf else n
        ax.plot(times, risk(n, np.inf, times) / own, **role.line, label=f"$n$ = {name}")
        if path is not None:
            ax.errorbar(shown, path[0][:16] / own, 2 * path[1][:16] / own, **role.dots)
    ax.axhline(1.0, **TEACHER.line)
    ax.set(xscale="log", yscale="log", xlabel=r"time $t\lambda_1$", ylim=(0.05, 9))
    ax.set(ylabel="risk / teacher's risk", title="$N$ = ∞ pseudo-labels")
    plain(ax, [0.05, 0.1, 0.2, 0.5, 1, 2, 5])
    ax.legend(loc="upper right", ncols=2)


weak = teacher_risk(n_labelled)
glue("few_n", labelled[0], display=False)
glue("stop_few", float(stops[risk(labelled[0], np.inf, stops).argmin()]), display=False)
glue("stop_many", float(stops[risk(np.inf, np.inf, stops).argmin()]), display=False)
curves = {f"N={size}, n={n_labelled}": risk(n_labelled, size, times) / weak for size in sizes}
curves |= {f"N=inf, n={n}": risk(n, np.inf, times) / teacher_risk(n) for n in (*labelled, np.inf)}
figure(
    "risk-in-time",
    by_unlabelled,
    by_labelled,
    alt=[
        "Risk over the teacher's risk against time, log-log, for 32, 100, 400 and infinitely many "
        "pseudo-labels. All curves dip below a quarter near time four, close together; later they "
        "rise and separate, the one for 100 ends above the teacher. Simulated dots lie on them.",
        "The same for infinitely many pseudo-labels and 24, 64, 256 and infinitely many labels. "
        "Every curve dips and then rises to a plateau between a half and two thirds.",
    ],
    data={
        "curve": np.repeat([*curves], len(times)),
        "t": np.tile(times, len(curves)),
        "risk / teacher": np.concatenate([*curves.values()]),
    },
)

# %% [markdown]
# :::{glue:figure} risk-in-time
# :name: fig-risk-in-time
#
# The student sees half of the bulk, $d_s$ = {glue:text}`d_strong`. At their dips the curves for different $N$
# (left) nearly meet; at their ends they do not. Lines: the formula. Dots: simulation with two standard
# errors. Dashed: the teacher. Each right end is the ridgeless student of Part I, the curve $n = \infty$
# (right) a path of Part II with a discrepancy. The noisier the teacher, the earlier the best stop: $t$ = {glue:text}`stop_few:.1f` at $n$ = {glue:text}`few_n`, {glue:text}`stop_many:.1f` at $n = \infty$.
# :::
#
# ## Alone and together
#
# Three students of one teacher: **discrepancy alone** sees half of the bulk and never stops; **stopping
# alone** sees everything and stops at the best time; **both** sees half and stops.

# %%
many = np.unique(np.geomspace(16, 4096, 70).round())
students = {
    "discrepancy alone": (never, seen),
    "stopping alone": (stops, bulk_dim),
    "both": (stops, seen),
}
gains = {name: removed(n_labelled, many, *how) for name, how in students.items()}
columns = (16, 18, 17)  # no stop, all-seeing, stopped: as in students
measured = [[1 - mean[k] / weak for mean, _ in paths] for k in columns]
spread = [[error[k] / weak for _, error in paths] for k in columns]


# %%
eigenvalues = [1 / 128, 1 / 32, 1 / 8, 1 / 2]
fine = np.geomspace(0.5, 50, 120)
large = np.geomspace(80, 1e5, 24)
ranks = {s: 1 + seen * s for s in eigenvalues}  # tr Λ/λ_1
price = {
    s: risk(n_labelled, large[:, None], fine, s=s).min(axis=1)
    - risk(n_labelled, np.inf, fine, s=s).min()
    for s in eigenvalues
}
unstopped = risk(n_labelled, large, np.inf) - risk(n_labelled, np.inf, np.inf)


# %% tags=["remove-output", "hide-input"]
def three_students(ax):
    roles = zip((SFT, TEACHER, STUDENT), gains.items(), measured, spread, strict=True)
    for role, (name, gain), points, errors in roles:
        ax.plot(many, np.where(gain > -1.2, gain, np.nan), **role.line, label=name)
        ax.errorbar(sizes, points, 2 * np.array(errors), **role.dots)
    ax.axhline(0.0, color=BOUND.color, linewidth=0.8)
    ax.set(xscale="log", xlabel="pseudo-labels $N$", ylim=(-0.6, 1.0))
    ax.set(ylabel="share of teacher's error removed")
    ax.legend(loc="lower right")


def prices(ax):
    ax.plot(large, unstopped / weak, **SFT.line, label="no stop")
    for role, s in zip(shades(4), reversed(eigenvalues), strict=True):
        ax.plot(large, price[s] / weak, **role.line, label=f"$s$ = 1/{1 / s:.0f}")
    ax.set(xscale="log", yscale="log", xlabel="pseudo-labels $N$", ylim=(3e-6, 8))
    ax.set(ylabel="price of finite $N$ / teacher's risk")
    ax.legend(ncols=2)


lines = {f"removed, {name}": (many, gain) for name, gain in gains.items()}
lines |= {"price, no stop": (large, unstopped / weak)}
lines |= {f"price, s=1/{1 / s:.0f}": (large, price[s] / weak) for s in eigenvalues}
figure(
    "three-students",
    three_students,
    prices,
    alt=[
        "Share of the teacher's error removed against the number of pseudo-labels. Discrepancy alone "
        "falls below zero near 64, is zero at 129 and tends to 0.45. Stopping alone rises from 0.7 to "
        "0.87, both together lie just above it. Simulated points lie on the curves.",
        "Extra risk from a finite number of pseudo-labels, log-log. All lines fall like one over N. "
        "Without a stop the line is highest; with a stop it is the lower, the smaller the bulk "
        "eigenvalue, down to less than a twentieth.",
    ],
    data={
        "curve": np.repeat([*lines], [len(x) for x, _ in lines.values()]),
        "N": np.concatenate([x for x, _ in lines.values()]),
        "value": np.concatenate([y for _, y in lines.values()]),
    },
)

end = {name: float(removed(n_labelled, np.inf, *how)) for name, how in students.items()}
for name, value in end.items():
    glue(name.split()[0], value, display=False)
glue("tiny_n", sizes[0], display=False)
glue("tiny_both", float(removed(n_labelled, sizes[0], stops)), display=False)
glue("rank", ranks[1 / 32], display=False)

# %% [markdown]
# :::{glue:figure} three-students
# :name: fig-three-students
#
# $n$ = {glue:text}`n` labels. Left: the share of the teacher's error that three students remove; dots:
# simulated at the stopping time of the formula, two standard errors. Right: how much larger the risk is
# than with infinitely many pseudo-labels, for students that see half of the bulk and stop, and for one
# that does not.
# :::
#
# *The gains do not add* ({numref}`fig-three-students`, left). At $N = \infty$ discrepancy alone removes {glue:text}`discrepancy:.1%` of the error,
# stopping alone {glue:text}`stopping:.1%`, both {glue:text}`both:.1%`: what is kept multiplies. To
# the right of the peak at $N = d_s$, discrepancy alone helps only from $N = 2d_s + 1$ on. To the left, the
# least-norm fit of too few pseudo-labels leaves most of the bulk unlearned: a stop of another kind.
#
# *Stopping makes $N$ nearly irrelevant, if the bulk is small* (right). With only {glue:text}`tiny_n` pseudo-labels, fewer than
# the student has parameters, the stopped student already removes {glue:text}`tiny_both:.0%`. Without a stop
# the price of a finite sample is proportional to $d_s/N$. With a stop it is roughly proportional to
# $r/N$ with the **effective rank** $r = \mathrm{tr}\,\Lambda/\lambda_1 = 1 + s\,(d_s - 1)$, here
# {glue:text}`rank:.1f` instead of {glue:text}`d_strong`.
#
# ## Which one pays where

# %%
known = (np.linspace(0, 1, grid) * bulk_dim).round().astype(int)  # α D
bulks = np.geomspace(1 / 64, 0.95, grid)  # s


def removed_at_infinity(t, k, s=None):
    return removed(n_labelled, np.inf, t, k, s)


stop_gain = np.array([removed_at_infinity(stops, bulk_dim, s) for s in bulks])
space_gain = np.array([removed_at_infinity(never, k) for k in known])
both_gain = [[removed_at_infinity(stops, k, s) for k in known] for s in bulks]
second = both_gain - np.maximum(stop_gain[:, None], space_gain)

labels_axis = np.geomspace(d_weak + 6, 4096, grid).round()
sample_axis = np.geomspace(16, 4096, grid).round()
plane = labels_axis[:, None], sample_axis
stopped_map, unstopped_map = removed(*plane, stops), removed(*plane, never)


# %% tags=["remove-output", "hide-input"]
def which(ax):
    x, y = known / bulk_dim, bulks
    colours = ax.contourf(x, y, second, np.linspace(0, 0.2, 11), extend="max")
    for colour, width in (("black", 4.0), ("white", 1.8)):  # legible on every colour
        equal = stop_gain[:, None] - space_gain
        ax.contour(x, y, equal, [0.0], colors=colour, linewidths=width)
    ax.text(0.7, 1 / 40, "stopping\nremoves more", color="white", ha="center")
    ax.text(0.21, 1 / 1.9, "discrepancy\nremoves more", color="white", ha="center")
    ax.set(yscale="log", xlabel=r"share $\alpha$ of the bulk that is seen")
    ax.set(ylabel="bulk eigenvalue $s$", title="what the second mechanism adds")
    ax.minorticks_off()
    ax.set_yticks([1 / 64, 1 / 16, 1 / 4], ["1/64", "1/16", "1/4"])
    ax.grid(False)
    ax.figure.colorbar(colours, ax=ax)


def sizes_map(ax):
    levels = np.linspace(0.5, 1, 11)
    colours = ax.contourf(sample_axis, labels_axis, stopped_map, levels, extend="min")
    beyond = sample_axis > d_strong + 2
    right = sample_axis[beyond], labels_axis, unstopped_map[:, beyond]
    for colour, width in (("black", 3.4), ("white", 1.4)):
        ax.contour(*right, [0, 0.3], colors=colour, linewidths=width)
    for level in (0, 0.3):
        edge = np.interp(level, unstopped_map[-1, beyond], sample_axis[beyond])
        ax.text(1.06 * edge, 0.6 * labels_axis[-1], f"{level:g}", color="white")
    ax.set(xscale="log", yscale="log", xlabel="pseudo-labels $N$", ylabel="labels $n$")
    ax.set(title="error removed by both; lines: no stop")
    ax.grid(False)
    ax.figure.colorbar(colours, ax=ax)


figure(
    "where-it-pays",
    which,
    sizes_map,
    alt=[
        "Map over the share of the bulk that is seen and the bulk eigenvalue. The second mechanism "
        "adds most in a band around a white line that runs from the lower left to the upper right; "
        "right of it and below stopping removes more, left of it and above discrepancy.",
        "Map over pseudo-labels and labels of the share removed by the stopped student: mostly above "
        "0.6 and changing little with N. White lines for the student without a stop stand upright, "
        "the one for zero just right of N = 2 d_s.",
    ],
    data={
        "alpha": np.tile(known / bulk_dim, grid),
        "s": np.repeat(bulks, grid),
        "second mechanism adds": second.ravel(),
        "n": np.repeat(labels_axis, grid),
        "N": np.tile(sample_axis, grid),
        "removed, stopped": stopped_map.ravel(),
        "removed, no stop": unstopped_map.ravel(),
    },
)

# %% [markdown]
# :::{glue:figure} where-it-pays
# :name: fig-where-it-pays
#
# Left: $n$ = {glue:text}`n`, $N = \infty$. Colour: share of the teacher's error that both remove beyond the
# better of the two alone: most along the line on which the two alone are equal. Right: $s = 1/32$, half
# of the bulk seen. Colour: share removed with the best stop; it hardly depends on $N$. Lines: where a
# student without a stop removes nothing and a share of 0.3, for $N > d_s$.
# :::
#
# ## Claims

# %% tags=["hide-input"]
limit_rng = next(rngs)
basis = np.linalg.qr((limit_rng.standard_normal((d_weak, 1 + bulk_dim)) * scale).T)[0]
pair = SubspacePair(np.eye(1 + bulk_dim)[:, :d_strong], basis)
tilted = target + limit_rng.standard_normal(1 + bulk_dim) / 16  # a target that no model expresses
view = student_view(pair, tilted, rate)
some_n, some_size = np.array([[24], [64], [1000]]), np.array([d_strong + 6, 129, 400, 10_000])
late = flow_filters(view.eigenvalues, view.dimensions, some_size, 1e7)
claim(
    "practice.two_papers.no_stop",
    says="As t grows the risk becomes the ridgeless risk of Part I, for a drawn teacher, a target "
    "outside both spaces, and all n and N.",
    source="w2s",
    kind="derived",
    decision=exact(
        student_risk(pair.geometry(tilted), some_n, some_size, noise),
        stopped_risk(view, late, some_n, noise),
        tolerance=1e-8,
        at={"n": some_n, "N": some_size},
    ),
)
levels, early = np.array([[0.05], [0.3], [0.8]]), np.geomspace(0.1, 1e5, 60)
whole_view = linear_view(network, bulk_dim, levels)
nearly = flow_filters(whole_view.eigenvalues, whole_view.dimensions, 1e12, early[None])
claim(
    "practice.two_papers.no_samples",
    says="As n and N grow, the risk of a student that sees everything becomes the path (7) of the "
    "linear network, at every time.",
    source="w2s",
    kind="derived",
    decision=exact(
        linear_path(levels, bulk_eigenvalue, early),
        stopped_risk(whole_view, nearly, 1e12, noise),
        tolerance=1e-8,
        at={"L_TE": levels, "t": early},
    ),
)
claim(
    "practice.two_papers.paths",
    says="Simulated students, half of the bulk seen, have the risk of the formula to 3%, for three "
    "N, at all times and without a stop.",
    source="w2s",
    kind="beyond",
    # The equivalent's own error is of order 1/N, 3% at the smallest N.
    decision=monte_carlo(
        [risk(n_labelled, size, dots) for size in sizes],
        [path[0][: len(dots)] for path in paths],
        [path[1][: len(dots)] for path in paths],
        resolution=2 / np.sqrt(trials),
        allowance=0.03,
        at={"N": np.array(sizes)[:, None], "t": np.minimum(dots, 1e9)},
    ),
)
claim(
    "practice.two_papers.paths_in_n",
    says="With infinitely many pseudo-labels simulated students have the risk of the formula, for "
    "three n and all times: here it is exact.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        [risk(n, np.inf, dots) for n in labelled],
        [path[0] for path in by_n],
        [path[1] for path in by_n],
        resolution=3 / np.sqrt(trials),
        at={"n": np.array(labelled)[:, None], "t": np.minimum(dots, 1e9)},
    ),
)

# %% tags=["hide-input"]
draw_rng, found = next(rngs), []
wishart_size, wishart_times = 100, np.array([1.0, 4.0, 15.0, 60.0])
for _ in range(draws):
    phi = draw_rng.standard_normal((wishart_size, d_strong)) * np.sqrt(rate)
    values, vectors = np.linalg.eigh(phi.T @ phi / wishart_size)
    q = np.exp(-np.multiply.outer(wishart_times, values))
    q_matrix = (vectors * q[:, None]) @ vectors.T
    left = np.diagonal(q_matrix, axis1=1, axis2=2)
    squared = np.einsum("tij,j,tij->ti", q_matrix, rate, q_matrix) / rate
    kept = ((1 - q) ** 2 / values) @ np.einsum("ie,i->e", vectors**2, rate) / wishart_size
    pick = [left[:, 0], left[:, 1:].mean(1), squared[:, 0], squared[:, 1:].mean(1), kept]
    found.append(pick)
mean, error = mean_and_error(found)
at_hundred = flow_filters(network.eigenvalues, [1, seen], wishart_size, wishart_times)
signal_and_bulk = *at_hundred.left.T, *at_hundred.left_squared.T
equivalent = np.stack([*signal_and_bulk, at_hundred.noise_kept])
unit = np.maximum(equivalent, 0.1)
claim(
    "practice.two_papers.averages",
    says="Averages over drawn samples of N = 100 inputs are the deterministic equivalents of h, v "
    "and ε to 3%, or to 0.003 where they are small.",
    source="w2s",
    kind="beyond",
    # In units of at least 0.1, shifted to 1; the allowance is in the sentence.
    decision=monte_carlo(
        np.ones(mean.shape),
        1 + (mean - equivalent) / unit,
        error / unit,
        resolution=0.4 / np.sqrt(draws),
        allowance=0.03,
        at={"t": wishart_times},
    ),
)

# %% tags=["hide-input"]
share_rng, rows = next(rngs), []
part_times = np.array([2.0, 10.0, 50.0])
parts = [15, 63, 127]
for _ in range(views):
    weak_features = share_rng.standard_normal((d_weak, 1 + bulk_dim)) * scale
    x = share_rng.standard_normal((n_labelled, 1 + bulk_dim))
    design = x @ weak_features.T
    labels = x @ target + np.sqrt(noise) * share_rng.standard_normal(n_labelled)
    normal = weak_features @ weak_features.T
    best_weak = np.linalg.solve(normal, weak_features @ target) @ weak_features
    fitted = np.linalg.lstsq(design, labels, rcond=None)[0] @ weak_features
    both_kinds = np.stack([best_weak, fitted - best_weak])
    steps = -np.expm1(-np.multiply.outer(part_times, scale[1:] ** 2))
    learned = (steps * both_kinds[:, None, 1:]) ** 2
    row = [learned[..., :k].sum(-1) for k in parts]
    rows.append(np.append(np.ravel(row), (both_kinds[:, 1:] ** 2).sum(-1)))
rows = np.array(rows)
bulk = np.tile(np.repeat(rows[:, -2:], len(part_times), axis=1), len(parts))
ratio = rows[:, :-2].mean(0) / bulk.mean(0)
ratio_error = (rows[:, :-2] - ratio * bulk).std(0) / bulk.mean(0) / np.sqrt(views)
expected = np.array(parts)[:, None, None] / bulk_dim
expected = expected * np.expm1(-bulk_eigenvalue * part_times) ** 2 * np.ones((1, 2, 1))
claim(
    "practice.two_papers.kept_multiplies",
    says="Of the teacher's bulk error the student keeps α(1 − e^{−st})^2: of the approximation noise "
    "and of the sampling noise alike, for drawn teachers, three α and three times.",
    source="w2s",
    kind="beyond",
    decision=monte_carlo(
        expected.ravel(),
        ratio,
        ratio_error,
        resolution=0.5 / np.sqrt(views),
        at={
            "alpha": np.repeat(parts, 6) / bulk_dim,
            "kind": np.tile([0, 0, 0, 1, 1, 1], 3),
            "t": np.tile(part_times, 6),
        },
    ),
)

# %% tags=["hide-input"]
claim(
    "practice.two_papers.overlap",
    says="With infinitely many pseudo-labels the gains overlap: both together remove less than the "
    "sum of the two alone, everywhere on the left map.",
    source="w2s",
    kind="beyond",
    decision=inequality(
        both_gain,
        stop_gain[:, None] + space_gain,
        slack=1e-12,
        at={"s": bulks[:, None], "alpha": known / bulk_dim},
    ),
)
claim(
    "practice.two_papers.never_worse",
    says="There both together remove at least what the better of the two removes alone.",
    source="w2s",
    kind="beyond",
    decision=inequality(
        0.0, second, slack=1e-4, at={"s": bulks[:, None], "alpha": known / bulk_dim}
    ),
)
turning = 2 * d_strong + 1
claim(
    "practice.two_papers.break_even",
    says="Without a stop the student equals its teacher at N = 2d_s + 1, for every n: the discrepancy "
    "alone gives nothing there.",
    source="w2s",
    kind="derived",
    decision=exact(
        teacher_risk(labels_axis), risk(labels_axis, turning, np.inf), 1e-12, at={"n": labels_axis}
    ),
)
claim(
    "practice.two_papers.more_than_the_sum",
    says="And yet there the discrepancy adds to stopping: for every n both remove more than stopping "
    "alone.",
    source="w2s",
    kind="beyond",
    decision=inequality(
        removed(labels_axis, turning, stops, bulk_dim),
        removed(labels_axis, turning, stops),
        at={"n": labels_axis},
    ),
)
claim(
    "practice.two_papers.half_the_samples",
    says="Stopped in time, a student with N = d_s/2 pseudo-labels is better than one without a stop "
    "and infinitely many, for every n (s = 1/32, half of the bulk seen).",
    source="w2s",
    kind="beyond",
    decision=inequality(
        removed(labels_axis, np.inf, never),
        removed(labels_axis, d_strong // 2, stops),
        at={"n": labels_axis},
    ),
)
scaled = {s: price[s][-1] * large[-1] / ranks[s] for s in eigenvalues}
claim(
    "practice.two_papers.effective_rank",
    says="For large N the price of a finite sample, stopped, divided by (tr Λ/λ_1)/N, varies by less "
    "than a factor 1.5 while the effective rank varies by more than 20.",
    source="w2s",
    kind="beyond",
    decision=inequality(
        [max(scaled.values()) / min(scaled.values()), 20.0],
        [1.5, max(ranks.values()) / min(ranks.values())],
    ),
)

# %% [markdown]
# ## What to notice
#
# * **One set of errors, two ways around it.** The teacher's errors lie outside the signal. The student avoids
#   them where it cannot express them, and where it has not yet learned them. It does not matter
#   whether they come from noisy labels or from random features.
# * **Discrepancy pays** when there is no gap in the spectrum ($s$ near 1) and many pseudo-labels,
#   $N \gg d_s$. Between $d_s$ and $2d_s + 1$ pseudo-labels it harms, unless one stops.
# * **Stopping pays** when the signal is learned long before the bulk, $s \ll 1$. Then it needs
#   $N \gg r$ only, and no discrepancy at all.
# * **Together** they gain most where neither suffices: in the band of the left map of
#   {numref}`fig-where-it-pays`, and at small $N$, where stopping also shrinks the factor $\varepsilon$ with
#   which the discrepancy is paid.
# * **Honest limits.** For finite $N$ and $t$ the formula is asymptotic; the dots show the size of the error.
#   The best time is that of the true risk, which a practitioner does not see. The student
#   here always sees the signal ($\rho_s = 0$), so seeing less of the bulk is never a loss; the theorem
#   allows $\rho_s > 0$, the figures do not show it. The law in $r/N$ is measured, not proved, and for other $n$
#   its constant is another one. Inputs are Gaussian.
# * The case $N = \infty$ with the signal learned and nothing else is on the page on
#   {ref}`noisy teachers <page-noisy-teacher>`; without a stop the map over $n$ and $N$ is the
#   {ref}`phase diagram <page-phase-diagram>`.
