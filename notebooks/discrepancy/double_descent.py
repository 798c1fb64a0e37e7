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
#     smoke: {trials: 250, edge_trials: 400, limit_trials: 40, resolution: 0.15}
# ---

# %% [markdown]
# (page-double-descent)=
# # Too few samples: double descent
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here, beyond {cite:t}`dong2025`): with fewer samples than features the exact risks continue, beyond a peak of infinite mean at $n = d_w$ or $N = d_s$; a ridge penalty removes the peak.
#
# **Holds?** Yes: simulations agree on both sides of both peaks.
#
# **Where not**: without discrepancy there is no peak in $N$. Below a peak the formulas need whitened features, and those for ridge are limits of large size.
# :::
#
# :::{glue:figure} peaks
# :name: fig-double-descent
#
# Against labels (first) the student inherits its teacher's peak at $n = d_w$; against unlabelled samples
# (second) it has a peak of its own at $N = d_s$, however good the teacher. Lines: exact means, infinite at the
# dotted edge. Filled: simulated means with two standard errors. Open: simulated medians near the edge.
# :::
#
# ## Statement
#
# The paper treats $n > d_w + 1$ and $N \ge d_s$ in our reading; what follows goes beyond it and is derived here
# ({ref}`labels of certainty <labels-of-certainty>`). Features are Gaussian and whitened: with fewer samples than
# features, their scale matters. Models are fitted by least squares, with the solution of smallest norm where
# there are many.
#
# :::{prf:proposition} Minimum-norm fits at every sample size (derived here)
# :label: prop-min-norm
# :nonumber:
#
# Fit $d$ features to $m$ labels with coefficients $b$ and independent noise of variance $\nu$. Then
#
# $$
# \mathbb E\,\theta = \mu\, b, \qquad \mathbb E\,\theta\theta^\top = \alpha\, bb^\top + \gamma I,
# \qquad \gamma = g_b \lvert b\rvert^2 + g_\nu\, \nu,
# $$
#
# where the numbers for enough samples, $m > d+1$, and for too few, $m < d-1$, are as follows.
#
# | quantity | enough | too few |
# |---|---|---|
# | $\mu$ | $1$ | $m/d$ |
# | $\alpha$ | $1$ | $\frac{m(dm+d-2)}{d(d-1)(d+2)}$ |
# | $g_b$ | $0$ | $\frac{m(d-m)}{d(d-1)(d+2)}$ |
# | $g_\nu$ | $\frac{1}{m-d-1}$ | $\frac{m}{d\,(d-m-1)}$ |
#
# and $\gamma = \infty$ for $m \in \{d-1, d, d+1\}$ and $\nu > 0$.
#
# The teacher has $m = n$, $d = d_w$, $b = b_w$ and $\nu = \sigma^2 + \rho_w$. The student sees a part $E_c$
# of the teacher's coefficients and takes the rest, $E_r$, for noise; $b_s$, $b_w$ are the coefficients of
# the target in the two feature spaces. With the teacher's $\mu, \alpha, \gamma$
# and $C = A_s^\top A_w$,
#
# $$
# \begin{aligned}
# E_c &= \alpha \lvert C b_w\rvert^2 + \gamma\, d_{s\wedge w},\\
# E_r &= \alpha (\lvert b_w\rvert^2 - \lvert C b_w\rvert^2) + \gamma\,(d_w - d_{s\wedge w}),\\[.5ex]
# \mathrm{ER}_w &= \rho_w + \gamma\, d_w + (\alpha - 2\mu + 1)\,\lvert b_w\rvert^2,\\
# \mathrm{ER}_{w2s} &= \rho_s + \lvert b_s\rvert^2 - 2p\mu\, b_s^\top C b_w + p\,E_c + q\,E_r,
# \end{aligned}
# $$
#
# with $p = 1,\ q = \frac{d_s}{N-d_s-1}$ for $N > d_s+1$ and $p = \frac{N}{d_s},\ q = \frac{N}{d_s-N-1}$
# for $N < d_s - 1$.
# :::
#
# :::{prf:proposition} What happens at the edge (derived here)
# :label: prop-edge
# :nonumber:
#
# The error that noise of variance $\nu$ causes in the coefficients has the law
#
# $$
# \lvert\Psi^+ z\rvert^2 \;\overset{\text{law}}{=}\; \nu\,\frac{\chi^2_{\min(m,d)}}{\chi^2_{|m-d|+1}}
# $$
#
# with independent $\chi^2$. Its tail is a power law of exponent $(|m-d|+1)/2$. With $|m-d| \le 1$, and only
# then, the mean is infinite; with $|m-d| \le 3$, and only then, the variance is infinite.
# :::
#
# ## Why it is true
#
# For $m < d$ the fit is $\theta = Pb + \Psi^+ z$, and $P$ projects on a uniformly distributed
# $m$-dimensional subspace. So only the fraction $m/d$ of the signal is seen, and the
# second moments of a uniform projection give $\alpha$ and the first part of $\gamma$. The noise part has covariance
# $\mathbb E\,\Psi^\top(\Psi\Psi^\top)^{-2}\Psi$, an inverse Wishart mean: $\frac{m}{d}\frac{1}{d-m-1} I$.
# The student repeats the argument with the teacher's function as its labels: $\Psi_w = \Psi_s C + R$ with $R$
# independent of $\Psi_s$, so $R\theta_w$ is noise of energy $E_r$.
#
# ::::{admonition} Full proof of the law at the edge
# :class: dropdown
#
# For $m < d$, $\lvert\Psi^+z\rvert^2 = z^\top(\Psi\Psi^\top)^{-1}z$. For $m \ge d$, write
# $\Psi = QS$ with $S = (\Psi^\top\Psi)^{1/2}$; then $w = Q^\top z$ is $N(0, \nu I_d)$ whatever $\Psi$ is, and
# $\lvert\Psi^+z\rvert^2 = w^\top(\Psi^\top\Psi)^{-1}w$. In both cases a Gaussian vector of length $k = \min(m,d)$
# meets an independent $k \times k$ Wishart matrix with $\max(m,d)$ degrees of freedom, and
# $w^\top W^{-1} w = \lvert w\rvert^2/\chi^2_{\max(m,d)-k+1}$ in law {cite:p}`muirhead1982`.
# The density of $\chi^2_j$ at $0$ is of order $x^{j/2-1}$, hence the tail.
# ::::

# %% tags=["parameters"]
profile = "paper"  # "paper" or "smoke": which scale the numbers are for
seed = 2025
scale = 2  # d_s = 10·scale, d_w = 20·scale
noise = 0.5  # σ²
penalty = 0.1  # ridge λ of the checks
trials = 800  # repetitions per point
edge_trials = 3000  # repetitions per point at the edges
limit_trials = 400  # repetitions at four times the size
resolution = 0.06  # largest standard error of a mean, relative

# %%
import numpy as np

from w2s.discrepancy.overparametrised import min_norm_risks, ridge_risks
from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.samplers import fit_error_quantile
from w2s.discrepancy.simulate import least_squares
from w2s.discrepancy.subspaces import axis_aligned_pair, pair_with_cosines
from w2s.metrics import Estimate
from w2s.page.claims import beyond, derived, fact, inequality
from w2s.page.comparison import compared
from w2s.page.figures import BOUND, STUDENT, WEAK, figure, in_shades, points

grid_rng, edge_rng, ridge_rng = np.random.default_rng(seed).spawn(3)


def setting(scale):
    """Two overlapping spaces and a target mostly in both, at any size."""
    cosines = np.repeat([1, 1, 1, 0.8, 0.6, 0.4], scale)
    pair = pair_with_cosines(10 * scale, 20 * scale, cosines)
    target = pair.strong.sum(axis=1) + 0.5 * pair.weak.sum(axis=1)
    return pair, target / np.linalg.norm(target)


pair, target = setting(scale)
geometry, d_s, d_w = pair.geometry(target), pair.d_strong, pair.d_weak
n_enough, N_enough = 3 * d_w, 4 * d_s

# %% [markdown]
# ## Computation
#
# The prediction is `w2s.discrepancy.overparametrised.min_norm_risks`. The measurement draws features and
# labels and calls a least-squares solver, thousands of times. Means are compared where they settle, at least six samples
# away from an edge; nearer to it the median is reported.

# %%
near = np.array([-4, -2, -1, 0, 1, 2, 4])


def sizes(dimension):
    """Sizes at least six from the edge, where means settle."""
    shares = [0.85, 0.7, 0.5, 0.35, 0.25, 0.17], [0.17, 0.25, 0.5, 1, 2, 3]
    short, ample = np.maximum(6, np.multiply(shares, dimension).round()).astype(int)
    return dimension + np.unique(np.concatenate([-short, ample]))


def measure(cells, rng, *spaces, count=trials, **ridge):
    """Risks of teacher and student in every trial at the sizes (n, N), of shape (trials, 2, cells)."""
    there = spaces or (pair, target)
    runs = [least_squares(*there, n, N, noise, count, rng, **ridge) for n, N in cells]
    return np.transpose([[run.teacher, run.student] for run in runs], (2, 1, 0))


def exact(n, N, g=geometry):
    """Risks of teacher and student by the formula."""
    found = min_norm_risks(g, n, N, noise)
    return np.array([found.teacher, found.student])


models, along_n, along_N = [["teacher"], ["student"]], sizes(d_w), sizes(d_s)
n_short, N_short = along_n[along_n < d_w][::2], along_N[along_N < d_s][::2]
n_both, N_both = np.transpose([(n, N) for n in n_short for N in N_short])


# %%
def by_n(at):
    return [(n, N_enough) for n in at]


def by_N(at):
    return [(n_enough, N) for N in at]


measured_n = measure(by_n(along_n), grid_rng)
over_n = compared(exact(along_n, N_enough), measured_n, n=along_n, model=models)
over_N = compared(exact(n_enough, along_N), measure(by_N(along_N), grid_rng), N=along_N)
both_measured = measure(zip(n_both, N_both, strict=True), grid_rng)
both_short = compared(exact(n_both, N_both), both_measured, n=n_both, N=N_both, model=models)
medians_n = np.median(measure(by_n(d_w + near), grid_rng), axis=0)
medians_N = np.median(measure(by_N(d_s + near), grid_rng), axis=0)
n_line, N_line = np.arange(4, 4 * d_w + 1), np.arange(2, 4 * d_s + 1)
line_n, line_N = exact(n_line, N_enough), exact(n_enough, N_line)

# %% [markdown]
# ## Both peaks


# %% tags=["remove-output"]
def finite(line):
    return np.where(np.isfinite(line), line, np.nan)


def draw(ax, x, lines, measured, edge, medians):
    for k, (role, name) in enumerate(((WEAK, "teacher"), (STUDENT, "student"))):
        ax.plot(x, finite(lines[k]), **role.line, label=f"{name}, exact")
        measured[k].dots(ax, role)
        if np.ptp(lines[k]):
            ax.plot(edge + near, medians[k], **(role.dots | {"markerfacecolor": "none"}))
    ax.axvline(edge, **BOUND.line)
    ax.set(yscale="log", ylim=(0.4, 40), ylabel="excess risk")
    ax.legend(loc="upper right")


def against_n(ax):
    draw(ax, n_line, line_n, over_n, d_w, medians_n)
    ax.set(xlabel="labelled samples n")


def against_N(ax):
    draw(ax, N_line, line_N, over_N, d_s, medians_N)
    ax.set(xlabel="unlabelled samples N")


# %% tags=["remove-output"]
figure(
    "peaks",
    against_n,
    against_N,
    alt=[
        "Excess risk of teacher and student against the number of labelled samples, log scale. "
        "Both rise to a peak at n = d_w and fall again; simulated means lie on the exact curves, "
        "medians near the peak stay finite.",
        "Excess risk against the number of unlabelled samples. The teacher's is flat; the "
        "student's peaks at N = d_s.",
    ],
)

# %% [markdown]
# ## Ridge removes the peak
#
# For ridge, $\min_\theta \frac1m\lvert y - \Psi\theta\rvert^2 + \lambda\lvert\theta\rvert^2$, there is no formula
# at finite size, but a *deterministic equivalent*: the limit as $d$ and $m$ grow in proportion. It has the
# same form with $\mu = \frac{1}{1+\kappa}$, $\alpha = \mu^2$,
# $\gamma = \mu^2\,\frac{\nu + \kappa^2\mu^2 \lvert b\rvert^2}{m - d\mu^2}$, where
# $\lambda = \kappa\,\bigl(1 - \frac{d/m}{1+\kappa}\bigr)$. Nothing special happens at the edge ({numref}`fig-ridge`).


# %%
def ridge_exact(n, N, strength, g=geometry):
    """Deterministic equivalents of teacher's and student's risk."""
    found = ridge_risks(g, n, N, noise, ridge_weak=strength, ridge_strong=strength)
    return np.array([found.teacher, found.student])


penalties = [penalty / 5, penalty, 5 * penalty]
same = {"ridge_weak": penalty, "ridge_strong": penalty}
ridge_n = np.array([d_w // 4, d_w // 2, d_w - 1, d_w, d_w + 1, 2 * d_w, 3 * d_w])
ridge_N = np.array([d_s // 2, d_s - 1, d_s, d_s + 1, 2 * d_s, 3 * d_s])
ridge_cells = [*by_n(ridge_n), *by_N(ridge_N)]
ridge_at = dict(zip("nN", np.transpose(ridge_cells), strict=True))
ridge_measured = measure(ridge_cells, ridge_rng, **same)
equivalent = ridge_exact(*ridge_at.values(), penalty)
ridge = compared(equivalent, ridge_measured, **ridge_at, model=models)
ridge_curves = {
    "n": [ridge_exact(n_line, N_enough, strength)[0] for strength in penalties],
    "N": [ridge_exact(n_enough, N_line, strength)[1] for strength in penalties],
}


# %% tags=["remove-output"]
def ridge_panel(ax, x, curves, plain, at, measured):
    ax.plot(x, finite(plain), **BOUND.line, label="no ridge")
    family = in_shades(zip(penalties, curves, strict=True))
    for role, (strength, curve) in family:
        ax.plot(x, curve, **role.line, label=f"λ = {strength:g}")
    points(ax, at, measured, family[1][0])  # the middle penalty
    ax.set(yscale="log", ylim=(0.4, 12))
    ax.legend(loc="upper right")


def teacher_ridge(ax):
    found = ridge[0, : len(ridge_n)].measured
    ridge_panel(ax, n_line, ridge_curves["n"], line_n[0], ridge_n, found)
    ax.set(xlabel="labelled samples n", ylabel="teacher's excess risk")


def student_ridge(ax):
    found = ridge[1, len(ridge_n) :].measured
    ridge_panel(ax, N_line, ridge_curves["N"], line_N[1], ridge_N, found)
    ax.set(xlabel="unlabelled samples N", ylabel="student's excess risk")


# %% tags=["remove-output"]
figure(
    "ridge",
    teacher_ridge,
    student_ridge,
    alt=[
        "Teacher's excess risk against n for no ridge and three penalties, log scale. Without "
        "ridge it peaks at n = d_w; with the larger penalties it falls throughout. Simulated dots "
        "lie on the middle curve.",
        "Student's excess risk against N for the same penalties: the peak at N = d_s shrinks to "
        "a bump and vanishes.",
    ],
)

# %% [markdown]
# :::{glue:figure} ridge
# :name: fig-ridge
#
# Any ridge makes the peak finite, a strong one removes it. Lines: deterministic equivalents for three
# penalties (the same for teacher and student) beside the exact
# ridgeless curve. Dots: simulated means for the middle penalty, at the edges too.
# :::
#
# ## Claims

# %%
derived(
    "discrepancy.double_descent.over_n",
    "Below and above n = d_w the mean risks of the minimum-norm teacher and of its student are "
    "those of the formula.",
    over_n.agrees(resolution),
    main=True,
)
derived(
    "discrepancy.double_descent.over_unlabelled",
    "Below and above N = d_s the mean risk of the minimum-norm student is that of the formula.",
    over_N[1].agrees(resolution),
    main=True,
)
derived(
    "discrepancy.double_descent.both_short",
    "With n < d_w and N < d_s together, both mean risks are those of the formula.",
    both_short.agrees(resolution),
)
at = {"n": np.arange(d_w + 2, 4 * d_w), "N": np.arange(d_s + 2, 4 * d_s)[:, None]}
classical, general = risks(geometry, *at.values(), noise), Estimate(exact(*at.values()), 0)
derived(
    "discrepancy.double_descent.branches",
    "For n > d_w + 1 and N > d_s + 1 the formulas are those of the exact risk in the "
    "classical range.",
    compared([classical.teacher, classical.student], general, **at).identical(1e-12),
)

# %%
infinite_n, infinite_N = n_line[np.isinf(line_n).all(axis=0)], N_line[np.isinf(line_N[1])]
derived(
    "discrepancy.double_descent.infinite",
    "The mean risks are infinite exactly at n − d_w ∈ {−1, 0, 1} (teacher and student) and at "
    "N − d_s ∈ {−1, 0, 1} (student).",
    fact(
        [*(infinite_n - d_w)] == [-1, 0, 1] == [*(infinite_N - d_s)],
        shows=f"infinite at n = {', '.join(map(str, infinite_n))} of {n_line[0]} to {n_line[-1]} and "
        f"at N = {', '.join(map(str, infinite_N))} of {N_line[0]} to {N_line[-1]}",
    ),
    main=True,
)


# %%
levels, gaps = np.array([0.1, 0.5, 0.9, 0.99]), np.array([-2, -1, 0, 1, 2])
apart = axis_aligned_pair(d_s, d_w, 0)  # no overlap, no target: noise only
reached = {"teacher": [], "student": []}
for gap in gaps:
    runs = least_squares(apart, None, d_w + gap, d_s + gap, 1.0, edge_trials, edge_rng)
    errors = {"teacher": (runs.teacher, d_w), "student": (runs.student / runs.teacher, d_s)}
    for model, (one, d) in errors.items():
        below = one[:, None] <= fit_error_quantile(levels, d, d + gap)
        reached[model].append(below.mean(axis=0))


def edge(model):
    """Decide that as many errors lie below the quantiles of the law as should."""
    shares = Estimate(reached[model], np.sqrt(levels * (1 - levels) / edge_trials))
    there = {"gap": gaps[:, None], "level": levels}
    return compared(levels, shares, **there).agrees(3.5 / np.sqrt(edge_trials))


tail = (
    "at a distance g from the edge its tail has exponent (g + 1)/2, hence no mean for g of 0 or 1."
)
derived(
    "discrepancy.double_descent.edge_teacher",
    f"The teacher's noise error is a ratio of χ² at n − d_w from −2 to 2; {tail}",
    edge("teacher"),
)
derived(
    "discrepancy.double_descent.edge_student",
    "The student's error on labels that it takes for noise is a ratio of χ² at N − d_s from −2 to 2; "
    f"{tail}",
    edge("student"),
)

# %%
few, more = np.searchsorted(along_n, [d_w // 2, d_w + 6])
mean, error = over_n.measured
beyond(
    "discrepancy.double_descent.more_labels_hurt",
    f"More labels hurt: teacher and student trained on n = {along_n[more]} labels are worse "
    f"than on n = {along_n[few]}.",
    inequality(
        mean[:, few], mean[:, more], at={"model": np.ravel(models)},
        standard_error=np.hypot(error[:, few], error[:, more]),
    ),
)  # fmt: skip
nested = axis_aligned_pair(d_s, d_s // 2, d_s // 2)
inside = nested, nested.strong[:, 0]
nested_N = np.array([d_s // 2, d_s - 1, d_s, d_s + 1, 2 * d_s])
nested_risks = measure([(2 * d_s, N) for N in nested_N], edge_rng, *inside)[:, 1]
formula = exact(2 * d_s, nested_N, nested.geometry(inside[1]))[1]
derived(
    "discrepancy.double_descent.no_discrepancy_no_peak",
    "Without discrepancy there is no peak in N: a student whose features contain the teacher's "
    "has a finite mean risk at N = d_s too, that of the formula.",
    compared(formula, nested_risks, N=nested_N).agrees(resolution),
)

# %%
derived(
    "discrepancy.double_descent.ridge",
    f"With λ = {penalty:g} the mean risks of teacher and student are those of the deterministic "
    "equivalent, within 2.5%, at the edges too.",
    # The equivalent is a limit: its error falls like 1/size and is 1 to 2% at d_s = 20.
    ridge.agrees(resolution, allowance=0.025),
    main=True,
)
large = setting(4 * scale)
wide = large[0].geometry(large[1])
cells = [(wide.d_weak, 4 * wide.d_strong), (3 * wide.d_weak, wide.d_strong)]
limit = ridge_exact(*np.transpose(cells), penalty, wide)
at_limit = measure(cells, ridge_rng, *large, count=limit_trials, **same)
derived(
    "discrepancy.double_descent.ridge_limit",
    "At four times the size, at n = d_w and at N = d_s, the deterministic equivalent is within 0.6%.",
    compared(limit, at_limit).agrees(resolution, allowance=0.006),
)
signal_to_noise = (1 - geometry.rho_weak) / (noise + geometry.rho_weak)
best_teacher = ridge_exact(n_line, N_enough, d_w / n_line / signal_to_noise)[0]
no_ridge = np.minimum(line_n[0, 1:], 1e6)
derived(
    "discrepancy.double_descent.best_ridge_has_no_peak",
    "With the best penalty λ = (d_w/n)(σ² + ρ_w)/|b_w|² every further label lowers the "
    "teacher's risk, which stays below the ridgeless one.",
    inequality([best_teacher[1:]] * 2, [best_teacher[:-1], no_ridge], at={"n": n_line[1:]}),
)

# %% [markdown]
# ## What to notice
#
# * **Two peaks, two causes** ({numref}`fig-double-descent`). The peak in $n$ is the teacher's: its noise explodes and the student inherits
#   it through the overlap. The peak in $N$ is the student's own: it comes from the part of the teacher
#   that the student cannot express. Without discrepancy it is absent.
# * **Curves near a peak have no mean.** An average over a few dozen trials at $n = d_w$ is dominated by its
#   worst trial. Medians are stable there. Even at four samples from the edge the variance is barely
#   finite, so simulated means settle slowly.
# * **What it means for real data.** The error of a linear probe with a tiny ridge has its peak where the
#   sample size meets the *width* of the features, not their cut-off dimension: see
#   {ref}`reading a feature width <page-feature-width>`.
# * **Honest limits.** Below the edge the risks depend on the scale of the features: these formulas are for whitened
#   ones. The ridge curves are limits, with an error that falls like one over the size.
