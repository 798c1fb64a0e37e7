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
#     smoke: {trials: 60, views: 200, draws: 60}
# ---

# %% [markdown]
# (page-two-papers-one-picture)=
# # Two papers, one picture
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (ours, beyond both papers): students that cannot express their teacher's errors
# ({cite:t}`dong2025`) and students that stop before they have learned them ({cite:t}`medvedev2025`) avoid the
# same errors. One formula has both, and the kept shares multiply.
#
# **Holds?** Yes: exactly at both papers' ends, within {glue:text}`between_ends:.0%` between them.
#
# **Where not**: for few pseudo-labels it is an approximation; inputs must be Gaussian.
# :::
#
# :::{glue:figure} risk-in-time
# :name: fig-risk-in-time
#
# Lines: the formula. Dots: simulation, two standard errors. Dashed: the teacher. The student sees half of the
# bulk, $d_s$ = {glue:text}`d_strong`. First: the curves for different $N$ nearly meet at their dips, not at
# their ends, which are ridgeless students of Part I. Second: the curve $n = \infty$ is a path of
# Part II with a discrepancy.
# :::

# %% [markdown]
# ## Statement
#
# Why does a student beat its teacher? {cite:t}`dong2025` answer: because it cannot express the teacher's
# errors and averages them out over $N$ pseudo-labels. {cite:t}`medvedev2025` answer: because it stops
# before it has learned them. Here both happen in one model. Neither paper has such a formula, as far as
# their abstracts, captions and lists of theorems tell, so everything on this page is ours
# ({ref}`labels of certainty <labels-of-certainty>`).
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
# \mathrm{ER} &= \rho_s + \varepsilon\,(c + \tau^2\delta_\perp) + \tau^2\sum_j \delta_j\,(1 - 2h_j + v_j)\\
# &\quad + \sum_j \bigl\lVert r_j + h_j f^\infty_{w,j}\bigr\rVert^2
# + \sum_j (v_j - h_j^2)\,\lVert f^\infty_{w,j}\rVert^2 .
# \end{aligned}$$
#
# Only $h_j$, $v_j$ and $\varepsilon$ depend on $N$ and $t$. With the empirical covariance $S$ of the
# student's features, $\Lambda = \mathbb E S$ and $Q = e^{-tS}$, they are
#
# $$
# h_j = \mathbb E\, Q_{jj},\quad v_j = \mathbb E\,(Q\Lambda Q)_{jj}/\lambda_j,\quad
# \varepsilon = \tfrac1N\,\mathbb E\,\mathrm{tr}\,\Lambda (I-Q)^2 S^{+} .
# $$
# :::
#
# Here $h_j$ is the share of eigenspace $j$ that is not learned yet, and $\varepsilon$ the share of label noise
# that the student has fitted.
#
# * **No stop**, $t = \infty$ and $N > d_s+1$: then $h_j = v_j = 0$ and $\varepsilon = d_s/(N - d_s - 1)$. This is
#   exact, and it is the ridgeless risk of {ref}`Part I <page-when-w2s>`.
# * **Infinitely many pseudo-labels**, $N = \infty$: then $h_j = e^{-t\lambda_j}$, $v_j = h_j^2$ and
#   $\varepsilon = 0$. This is exact, and for $n = \infty$ it is the path of {ref}`Part II <page-fig3>`.
# * **Both finite**: we compute a deterministic equivalent. The averages of a Wishart matrix are replaced by
#   their limit for large $N$ and $d_s$. The error that remains is of order $1/N$, and it is measured below.
#
# ## Why it is true
#
# To the student a pseudo-label is a function that it can express, plus the rest, which for Gaussian
# features is *independent label noise* of variance $q = c + \tau^2\delta_\perp$ (proof of Part I). On the
# first, gradient flow leaves the part $Q$ unlearned; of the second it takes up $\varepsilon q$. The teacher's
# coefficients are those of $f_w^\infty$ plus noise of variance $\tau^2$ in each of its $d_w$ directions. It
# remains to average over that noise and over the inputs: by rotation invariance the mean of $Q$ is a number
# $h_j$ in each eigenspace.
#
# ::::{admonition} Full proof, and how the three averages are computed
# :class: dropdown
#
# In whitened coordinates let $\gamma$ be the expressible part of the teacher and $\beta$ that of the
# target. The student's error is $\beta - \gamma + \Lambda^{1/2}Q\Lambda^{-1/2}\gamma$ minus the fitted
# noise, whose mean square is $\varepsilon q$. Conjugating by an orthogonal map of one eigenspace leaves the
# law of $S$ unchanged, so $\mathbb E\, Q$ and $\mathbb E\, Q\Lambda Q$ are multiples of the identity there, and the
# mean square of the other terms is
#
# $$
# \lVert\beta-\gamma\rVert^2 + \sum_j 2h_j\langle\beta_j - \gamma_j, \gamma_j\rangle
# + \sum_j v_j\lVert\gamma_j\rVert^2 .
# $$
#
# With $\gamma_j$ equal to $f^\infty_{w,j}$ plus noise of total variance $\tau^2\delta_j$ this is the theorem.
#
# *The averages.* The resolvent of $S$ has the known equivalent {cite:p}`simon2024`
#
# $$
# \zeta(S+\zeta)^{-1} \simeq \kappa(\Lambda+\kappa)^{-1},\qquad
# \zeta = \kappa - \frac1N\sum_j \frac{m_j\lambda_j\kappa}{\lambda_j+\kappa},
# $$
#
# and a product with $\Lambda$ between two resolvents has that of its factors times
# $(\kappa-\kappa')/(\zeta-\zeta')$. We do not prove these two; a claim below tests them. The matrix $e^{-tS}$ is
# the inverse Laplace transform of $(S+\zeta)^{-1}$, and 24 nodes of a cotangent contour give it to rounding. We
# put $N-1$ for $N$ when $N > d_s+1$, which is the same to leading order, and exact at $t=\infty$.
# ::::
#
# ## The smallest model with both
#
# The {ref}`linear network <page-fig3>` with one signal coordinate (eigenvalue 1) and $D$ bulk coordinates
# (eigenvalue $s$), whose student *sees only a share* $\alpha$ of the bulk, so $d_s = 1 + \alpha D$. At
# $\alpha = 1$ this is the model of Part II. At $\alpha < 1$ the rest is a discrepancy as in Part I. With
# $L = \rho_w$ the teacher's error outside the signal is
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
# For $N = \infty$, on average over the features, the student keeps of $B$, and of each of its two parts, the share
#
# $$
# \underbrace{\alpha}_{\text{can express}}\times
# \underbrace{(1 - e^{-st})^2}_{\text{has learned}} .
# $$
# :::
#
# The reason is that the bulk has no preferred direction, and that gradient flow multiplies each of its
# coordinates by $1 - e^{-st}$. So the two mechanisms do not divide the teacher's errors between them, sampling
# noise for one paper and approximation noise for the other: each of them removes both kinds. *A direction
# outside the student's space is a direction of eigenvalue zero*. It is never learned, but what lies there is
# noise to the student, and at finite $N$ the share $\varepsilon$ of it is kept.

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

# %%
import numpy as np
from myst_nb import glue

from w2s.discrepancy.ridgeless import student_risk
from w2s.discrepancy.subspaces import SubspacePair
from w2s.metrics import Estimate
from w2s.page.claims import beyond, derived, exact, inequality
from w2s.page.comparison import compared, joined
from w2s.page.figures import (
    BOUND,
    SFT,
    STUDENT,
    TEACHER,
    figure,
    in_shades,
    points,
    ticks,
)
from w2s.practice.stopped_simulation import (
    drawn_teacher,
    input_scales,
    kept_shares,
    sampled_filters,
    student_errors,
)
from w2s.practice.stopped_student import (
    flow_filters,
    linear_risk,
    linear_view,
    share_removed,
    stopped_risk,
    student_view,
)
from w2s.random_features.gradient_flow import linear_path
from w2s.random_features.linear_network import LinearNetwork


# %%
def risk(n, big_n, t, known=seen, s=None):
    """The formula; arrays of n, N and t broadcast."""
    return linear_risk(network, known, n, big_n, t, noise, student_eigenvalue=s)


def teacher_risk(n):
    """The risk of a student that sees everything and does not stop: it repeats its teacher."""
    return risk(n, np.inf, np.inf, bulk_dim)


def removed(n, big_n, t, known=seen):
    """Share of the teacher's error that is gone at the best of the times t."""
    return share_removed(network, known, n, big_n, t, noise)


# %%
network = LinearNetwork(d_weak, bulk_dim, bulk_eigenvalue)
d_strong = 1 + seen
scale = input_scales(network)
rate = scale[:d_strong] ** 2  # eigenvalues of the student's kernel
sim_rng, limit_rng, draw_rng, share_rng = np.random.default_rng(seed).spawn(4)
stops = np.append(np.geomspace(0.3, 1e3, 120), np.inf)  # a stop may also be no stop
never = np.array([np.inf])
weak = teacher_risk(n_labelled)

# %% [markdown]
# ## Another route: simulation
#
# Features, inputs and labels are drawn. The teacher is a least-squares fit, and the student solves its
# gradient flow on the drawn pseudo-labels. No average is taken by formula.

# %%
dots = np.append(np.geomspace(0.6, 2e4, 16), np.inf)  # inf: no stop
best = {
    known: stops[risk(n_labelled, np.array(sizes)[:, None], stops, known).argmin(1)]
    for known in (seen, bulk_dim)
}
simulated = []  # over N: at the dots, at the best time, all-seeing at its best time
for big_n, half_time, whole_time in zip(sizes, *best.values(), strict=True):
    rows = []
    for _ in range(trials):
        _, teacher = drawn_teacher(network, n_labelled, noise, sim_rng)
        u = sim_rng.standard_normal((big_n, 1 + bulk_dim))
        half = student_errors(network, seen, teacher, u, np.append(dots, half_time))
        whole = student_errors(network, bulk_dim, teacher, u, [whole_time])
        rows.append(np.append(half, whole))
    simulated.append(np.array(rows))
at_time = {"t": np.minimum(dots, 1e9)}
in_time = joined(
    [
        compared(risk(n_labelled, big_n, dots), rows[:, : len(dots)])
        for big_n, rows in zip(sizes, simulated, strict=True)
    ],
    **at_time,
    N=np.array(sizes)[:, None],
)

# %% [markdown]
# With $N = \infty$ gradient flow multiplies each coordinate by $1 - e^{-t\lambda_j}$.

# %%
labelled = [24, 64, 256]  # n of the students with infinite samples
learned = -np.expm1(-np.multiply.outer(dots, rate))
target = np.eye(1 + bulk_dim)[0]
by_n = []
for n in labelled:
    ends = [
        learned * drawn_teacher(network, n, noise, sim_rng)[1][:d_strong] for _ in range(trials)
    ]
    away = [((end - target[:d_strong]) ** 2).sum(axis=1) for end in ends]
    by_n.append(compared(risk(n, np.inf, dots), away))
without_samples = joined(by_n, **at_time, n=np.array(labelled)[:, None])

# %% [markdown]
# ## The risk in time


# %%
def over_time(lines, measured, title, ylim, marks, place):
    """Lines of the formula, the first ones with what was simulated."""

    def draw(ax):
        for k, (role, (label, line)) in enumerate(in_shades(lines.items())):
            ax.plot(times, line, **role.line, label=label)
            if k < len(measured):
                measured[k].dots(ax, role)
        ax.axhline(1.0, **TEACHER.line)
        ax.set(xscale="log", yscale="log", xlabel=r"time $t\lambda_1$", ylim=ylim)
        ax.set(ylabel="risk / teacher's risk", title=title)
        ax.minorticks_off()
        ticks(ax, y=marks)
        ax.legend(loc=place, ncols=2)

    return draw


# %% tags=["remove-output"]
times = np.geomspace(0.3, 2e5, 200)
lines_n = {f"$N$ = {k}": risk(n_labelled, k, times) / weak for k in sizes}
lines_n["$N$ = ∞"] = risk(n_labelled, np.inf, times) / weak
ends_n = {str(k): k for k in labelled} | {"∞": np.inf}
lines_infinite = {
    f"$n$ = {name}": risk(k, np.inf, times) / teacher_risk(k) for name, k in ends_n.items()
}
glue("few_n", labelled[0], display=False)
glue("stop_few", float(stops[risk(labelled[0], np.inf, stops).argmin()]), display=False)
glue("stop_many", float(stops[risk(np.inf, np.inf, stops).argmin()]), display=False)
glue("d_strong", d_strong, display=False)
glue("n", n_labelled, display=False)
figure(
    "risk-in-time",
    over_time(
        lines_n, [in_time[k, :-1].over(weak) for k in range(len(sizes))],
        f"$n$ = {n_labelled} labels", (0.09, 5), [0.1, 0.2, 0.5, 1, 2], "upper left",
    ),
    over_time(
        lines_infinite,
        [without_samples[k, :-1].over(teacher_risk(n)) for k, n in enumerate(labelled)],
        "$N$ = ∞ pseudo-labels", (0.05, 9), [0.05, 0.1, 0.2, 0.5, 1, 2, 5], "upper right",
    ),
    alt=[
        "Risk over the teacher's risk against time, log-log, for 32, 100, 400 and infinitely many "
        "pseudo-labels. All curves dip below a quarter near time four, close together; later they "
        "rise and separate, the one for 100 ends above the teacher. Simulated dots lie on them.",
        "The same for infinitely many pseudo-labels and 24, 64, 256 and infinitely many labels. "
        "Every curve dips and then rises to a plateau between a half and two thirds.",
    ],
)  # fmt: skip

# %% [markdown]
# In {numref}`fig-risk-in-time` the noisier teacher wants the earlier stop: the best time is
# $t$ = {glue:text}`stop_few:.1f` at $n$ = {glue:text}`few_n`, and {glue:text}`stop_many:.1f` at $n = \infty$.
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
at_best = [joined([compared(0, rows[:, k]) for rows in simulated], N=sizes) for k in (16, 18, 17)]
measured = [Estimate(1 - c.measured.mean / weak, c.measured.standard_error / weak) for c in at_best]


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


# %% tags=["remove-output"]
def three_students(ax):
    for role, (label, gain), found in zip(ROLES, gains.items(), measured, strict=True):
        ax.plot(many, np.where(gain > -1.2, gain, np.nan), **role.line, label=label)
        points(ax, sizes, found, role)
    ax.axhline(0.0, color=BOUND.color, linewidth=0.8)
    ax.set(xscale="log", xlabel="pseudo-labels $N$", ylim=(-0.6, 1.0))
    ax.set(ylabel="share of teacher's error removed")
    ax.legend(loc="lower right")


def prices(ax):
    ax.plot(large, unstopped / weak, **SFT.line, label="no stop")
    for role, s in in_shades(reversed(eigenvalues)):
        ax.plot(large, price[s] / weak, **role.line, label=f"$s$ = 1/{1 / s:.0f}")
    ax.set(xscale="log", yscale="log", xlabel="pseudo-labels $N$", ylim=(3e-6, 8))
    ax.set(ylabel="price of finite $N$ / teacher's risk")
    ax.legend(ncols=2)


ROLES = SFT, TEACHER, STUDENT

# %% tags=["remove-output"]
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
)

for label, how in students.items():
    glue(label.split()[0], float(removed(n_labelled, np.inf, *how)), display=False)
glue("tiny_n", sizes[0], display=False)
glue("tiny_both", float(removed(n_labelled, sizes[0], stops)), display=False)
glue("rank", ranks[1 / 32], display=False)

# %% [markdown]
# :::{glue:figure} three-students
# :name: fig-three-students
#
# $n$ = {glue:text}`n` labels. First: the share of the teacher's error that three students remove. Dots are
# simulated at the stopping time of the formula, with two standard errors. Second: how much larger the risk
# is than with infinitely many pseudo-labels, for students that see half of the bulk and stop, and for one
# that does not.
# :::
#
# *The gains do not add* ({numref}`fig-three-students`, first panel). At $N = \infty$ discrepancy alone removes
# {glue:text}`discrepancy:.1%` of the error, stopping alone {glue:text}`stopping:.1%`, and both together
# {glue:text}`both:.1%`: what is kept in the bulk multiplies, and a stop also costs some signal. For $N$ above the peak at $d_s$, discrepancy
# alone helps only from $N = 2d_s + 1$ on. Below the peak, the least-norm fit of too few pseudo-labels leaves
# most of the bulk unlearned, which acts like a stop.
#
# *Stopping makes $N$ nearly irrelevant, if the bulk is small* (second panel). With only {glue:text}`tiny_n`
# pseudo-labels, fewer than the student has parameters, the stopped student already removes
# {glue:text}`tiny_both:.0%`. Without a stop the price of a finite sample is proportional to $d_s/N$. With a
# stop it is roughly proportional to $r/N$, where $r = \mathrm{tr}\,\Lambda/\lambda_1 = 1 + s\,(d_s - 1)$ is the
# **effective rank**, here {glue:text}`rank:.1f` instead of {glue:text}`d_strong`.
#
# The next page maps {ref}`which of the two removes more <page-which-pays-where>`, for which spectrum, share,
# $n$ and $N$.
#
# ## Claims

# %%
basis = np.linalg.qr((limit_rng.standard_normal((d_weak, 1 + bulk_dim)) * scale).T)[0]
pair = SubspacePair(np.eye(1 + bulk_dim)[:, :d_strong], basis)
tilted = target + limit_rng.standard_normal(1 + bulk_dim) / 16  # a target that no model expresses
view = student_view(pair, tilted, rate)
some_n, some_size = np.array([[24], [64], [1000]]), np.array([d_strong + 6, 129, 400, 10_000])
late = flow_filters(view.eigenvalues, view.dimensions, some_size, 1e7)
derived(
    "practice.two_papers.no_stop",
    "As t grows the risk becomes the ridgeless risk of Part I, for a drawn teacher, a target "
    "outside both spaces, three n and four N.",
    exact(
        student_risk(pair.geometry(tilted), some_n, some_size, noise),
        stopped_risk(view, late, some_n, noise),
        tolerance=1e-8,
        at={"n": some_n, "N": some_size},
    ),
    main=True,
)
levels, early = np.array([[0.05], [0.3], [0.8]]), np.geomspace(0.1, 1e5, 60)
whole_view = linear_view(network, bulk_dim, levels)
nearly = flow_filters(whole_view.eigenvalues, whole_view.dimensions, 1e12, early[None])
derived(
    "practice.two_papers.no_samples",
    "As n and N grow, the risk of a student that sees everything becomes the path (7) of the "
    "linear network, at every time.",
    exact(
        linear_path(levels, bulk_eigenvalue, early),
        stopped_risk(whole_view, nearly, 1e12, noise),
        tolerance=1e-8,
        at={"L_TE": levels, "t": early},
    ),
    main=True,
)

# %%
between_ends = 0.03  # the equivalent's own error is of order 1/N, this much at the smallest N
glue("between_ends", between_ends, display=False)
beyond(
    "practice.two_papers.paths",
    "Simulated students that see half of the bulk have the risk of the formula, within "
    f"{between_ends:.0%} and their standard errors, for three N, at all times and without a stop.",
    in_time.agrees(2 / np.sqrt(trials), allowance=between_ends),
    main=True,
)
derived(
    "practice.two_papers.paths_in_n",
    "With infinitely many pseudo-labels, where the formula is exact, simulated students have its risk, for "
    "three n and at all times.",
    without_samples.agrees(3 / np.sqrt(trials)),
)


# %%
def three_averages(filters):
    return np.column_stack([filters.left, filters.left_squared, filters.noise_kept])


wishart = network.eigenvalues, [1, seen], 100, np.array([1.0, 4.0, 15.0, 60.0])
drawn = [three_averages(sampled_filters(*wishart, draw_rng)) for _ in range(draws)]
equivalent = three_averages(flow_filters(*wishart))
unit = np.maximum(equivalent, 0.1)
beyond(
    "practice.two_papers.averages",
    "Averages over drawn samples of N = 100 inputs agree with the deterministic equivalents of h, v "
    "and ε to 3%, or to 0.003 where these are below 0.1.",
    # In units of at least 0.1, shifted to 1; the allowance is in the sentence.
    compared(equivalent, drawn, t=wishart[-1][:, None])
    .minus(equivalent - unit)
    .over(unit)
    .agrees(0.4 / np.sqrt(draws), allowance=0.03),
)
parts, part_times = [15, 63, 127], np.array([2.0, 10.0, 50.0])
alpha = np.array(parts)[:, None, None] / bulk_dim
shares = kept_shares(network, n_labelled, noise, parts, part_times, views, share_rng)
beyond(
    "practice.two_papers.kept_multiplies",
    "Of the teacher's error in the bulk the student keeps the share α(1 − e^{−st})^2, of the approximation "
    "error and of the sampling noise alike, for drawn teachers, three α and three times.",
    compared(
        alpha * np.expm1(-bulk_eigenvalue * part_times) ** 2, shares,
        **{"α": alpha, "part": np.array([["approximation error"], ["sampling noise"]])}, t=part_times,
    ).agrees(0.5 / np.sqrt(views)),
    main=True,
)  # fmt: skip

# %%
scaled = {s: price[s][-1] * large[-1] / ranks[s] for s in eigenvalues}
beyond(
    "practice.two_papers.effective_rank",
    "For large N, the extra risk from a finite sample of a student stopped at its best time, divided by "
    "r/N, varies by less than a factor 1.5 while the effective rank r varies by more than a factor 20.",
    inequality(
        [max(scaled.values()) / min(scaled.values()), 20.0],
        [1.5, max(ranks.values()) / min(ranks.values())],
    ),
)

# %% [markdown]
# ## What to notice
#
# * **There is one set of errors, and there are two ways around it.** The teacher's errors lie outside the
#   signal. The student avoids them where it cannot express them, and where it has not yet learned them. It
#   does not matter whether they come from noisy labels or from random features.
# * **Honest limits.** For finite $N$ and $t$ the formula is asymptotic; the dots show the size of its error.
#   The best time is that of the true risk, which a practitioner does not see. The student
#   here always sees the signal ($\rho_s = 0$), so seeing less of the bulk is never a loss; the theorem
#   allows $\rho_s > 0$, but the figures do not show it. The law in $r/N$ is measured, not proved, and its
#   constant depends on $n$. Inputs are Gaussian.
# * The case $N = \infty$ with the signal learned and nothing else is on the page on
#   {ref}`noisy teachers <page-noisy-teacher>`; without a stop the map over $n$ and $N$ is the
#   {ref}`phase diagram <page-phase-diagram>`.
