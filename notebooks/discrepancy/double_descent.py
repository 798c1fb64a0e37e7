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
# With fewer samples than features the exact risks continue, on the other side of a peak where they
# are infinite; a ridge penalty removes the peak. This goes beyond {cite:t}`dong2025`, who assume
# $n > d_w + 1$ and $N \ge d_s$. Everything here is derived here and checked by simulation
# ({ref}`labels of certainty <labels-of-certainty>`).
#
# ## Statement
#
# Features are Gaussian and whitened: with fewer samples than features, their scale matters. Models
# are fitted by least squares, with the solution of smallest norm where there are many.
#
# :::{prf:proposition} Minimum-norm fits at every sample size (derived here)
# :label: prop-min-norm
# :nonumber:
#
# Fit $d$ features to $m$ labels with coefficients $b$ and independent noise of variance $\nu$. Then
#
# $$
# \begin{aligned}
# \mathbb E\,\theta &= \mu\, b,\\
# \mathbb E\,\theta\theta^\top &= \alpha\, bb^\top + \gamma I,\\
# \gamma &= g_b \lvert b\rvert^2 + g_\nu\, \nu,
# \end{aligned}
# $$
#
# with other numbers for enough samples, $m > d+1$, and for too few, $m < d-1$:
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
# E_r &= \alpha (\lvert b_w\rvert^2 - \lvert C b_w\rvert^2)\\
#     &\quad + \gamma\,(d_w - d_{s\wedge w}),
# \end{aligned}
# $$
#
# $$
# \begin{aligned}
# \mathrm{ER}_w &= \rho_w + \gamma\, d_w\\
#     &\quad + (\alpha - 2\mu + 1)\,\lvert b_w\rvert^2,\\
# \mathrm{ER}_{w2s} &= \rho_s + \lvert b_s\rvert^2 - 2p\mu\, b_s^\top C b_w\\
#     &\quad + p\,E_c + q\,E_r,
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
# \lvert\Psi^+ z\rvert^2 \;\overset{\text{law}}{=}\;
# \nu\,\frac{\chi^2_{\min(m,d)}}{\chi^2_{|m-d|+1}}
# $$
#
# with independent $\chi^2$. Its tail is a power law of exponent $(|m-d|+1)/2$: the mean is infinite exactly
# for $|m-d| \le 1$ and the variance exactly for $|m-d| \le 3$.
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
# ::::{admonition} Proof of the law at the edge
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
from w2s.metrics import mean_and_error
from w2s.page.claims import claim, exact, fact, inequality, monte_carlo
from w2s.page.figures import BOUND, STUDENT, WEAK, figure, shades

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
# The prediction is `min_norm_risks`. The measurement draws features and labels and calls a
# least-squares solver, thousands of times. Means are compared where they settle, at least six samples
# away from an edge; nearer to it the median is reported.

# %%
below, above = [0.85, 0.7, 0.5, 0.35, 0.25, 0.17], [0.17, 0.25, 0.5, 1, 2, 3]
near = np.array([-4, -2, -1, 0, 1, 2, 4])


def sizes(dimension):
    """Sizes at least six from the edge, for means, and near it, for medians."""
    gaps = np.multiply([below, above], dimension).round()
    short, ample = np.maximum(6, gaps).astype(int)
    gaps = np.unique(np.concatenate([-short, ample]))
    return dimension + gaps, dimension + near


def measure(n, N, rng=grid_rng, **options):
    """Mean, standard error and median of the two risks."""
    runs = least_squares(pair, target, n, N, noise, trials, rng, **options)
    mean, error = mean_and_error([runs.weak, runs.student], axis=1)
    return mean, error, np.median([runs.weak, runs.student], axis=1)


along_n, edge_n = sizes(d_w)
along_N, edge_N = sizes(d_s)
n_short, N_short = along_n[along_n < d_w][::2], along_N[along_N < d_s][::2]
plan = {
    "n": [(n, N_enough) for n in along_n],
    "N": [(n_enough, N) for N in along_N],
    "both": [(n, N) for n in n_short for N in N_short],
    "edge n": [(n, N_enough) for n in edge_n],
    "edge N": [(n_enough, N) for N in edge_N],
}
seen = {
    name: np.transpose([measure(*cell) for cell in cells], (1, 2, 0))
    for name, cells in plan.items()
}

# %% [markdown]
# ## Both peaks

# %% tags=["remove-output", "hide-input"]
n_line, N_line = np.arange(4, 4 * d_w + 1), np.arange(2, 4 * d_s + 1)
theory_n = min_norm_risks(geometry, n_line, N_enough, noise)
theory_N = min_norm_risks(geometry, n_enough, N_line, noise)


panels = {
    "n": (along_n, seen["n"], edge_n, seen["edge n"][2]),
    "N": (along_N, seen["N"], edge_N, seen["edge N"][2]),
}


def draw(ax, x, theory, at, measured, edges, medians, edge):
    for role, k, name in ((WEAK, 0, "teacher"), (STUDENT, 1, "student")):
        line = theory.weak if k == 0 else theory.student
        ax.plot(x, np.where(np.isfinite(line), line, np.nan), **role.line, label=f"{name}, exact")
        ax.errorbar(at, measured[0, k], 2 * measured[1, k], **role.dots)
        look = role.dots | {"markerfacecolor": "none"}
        if np.ptp(line):
            ax.plot(edges, medians[k], **look)
    ax.axvline(edge, **BOUND.line)
    ax.set(yscale="log", ylim=(0.4, 40))
    ax.legend(loc="upper right")


def against_n(ax):
    draw(ax, n_line, theory_n, *panels["n"], d_w)
    ax.set(xlabel="labelled samples n", ylabel="excess risk")


def against_N(ax):
    draw(ax, N_line, theory_N, *panels["N"], d_s)
    ax.set(xlabel="unlabelled samples N", ylabel="excess risk")


rows = [
    (axis, size, what, *values)
    for axis, (at, means, edges, medians) in panels.items()
    for what, at_sizes, table in (("mean", at, means[0]), ("median", edges, medians))
    for size, *values in zip(at_sizes, *table, strict=True)
]
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
    data=dict(
        zip(
            ("axis", "size", "statistic", "teacher", "student"),
            zip(*rows, strict=True),
            strict=True,
        )
    ),
)

# %% [markdown]
# :::{glue:figure} peaks
# :name: fig-double-descent
#
# Lines: exact means, infinite at the dotted edge. Filled symbols: simulated means with two standard
# errors. Open symbols: simulated medians near the edge. Left: the student inherits its teacher's
# peak at $n = d_w$. Right: it has a peak of its own at $N = d_s$, however good the teacher.
# :::
#
# ## Ridge removes the peak
#
# For ridge, $\min_\theta \frac1m\lvert y - \Psi\theta\rvert^2 + \lambda\lvert\theta\rvert^2$, there is no formula
# at finite size, but a *deterministic equivalent*: the limit as $d$ and $m$ grow in proportion. It has the
# same form with $\mu = \frac{1}{1+\kappa}$, $\alpha = \mu^2$,
# $\gamma = \mu^2\,\frac{\nu + \kappa^2\mu^2 \lvert b\rvert^2}{m - d\mu^2}$, where
# $\lambda = \kappa\,\bigl(1 - \frac{d/m}{1+\kappa}\bigr)$. It says nothing special at the edge ({numref}`fig-ridge`).

# %%
penalties = [penalty / 5, penalty, 5 * penalty]
ridge_n = np.array([d_w // 4, d_w // 2, d_w - 1, d_w, d_w + 1, 2 * d_w, 3 * d_w])
ridge_N = np.array([d_s // 2, d_s - 1, d_s, d_s + 1, 2 * d_s, 3 * d_s])


def ridge_theory(geometry, n, N, weak, strong):
    """Deterministic equivalents of teacher's and student's risk."""
    both = dict(ridge_weak=weak, ridge_strong=strong)
    found = ridge_risks(geometry, n, N, noise, **both)
    return np.array([found.weak, found.student])


def ridge_measured(n, N, strength):
    both = dict(ridge_weak=strength, ridge_strong=strength)
    return measure(n, N, ridge_rng, **both)[:2]


ridge_by_n, ridge_by_N = {}, {}
for p in penalties:
    ridge_by_n[p] = ridge_theory(geometry, n_line, N_enough, p, p)[0]
    ridge_by_N[p] = ridge_theory(geometry, n_enough, N_line, p, p)[1]
dots_n = [ridge_measured(n, N_enough, penalty) for n in ridge_n]
dots_N = [ridge_measured(n_enough, N, penalty) for N in ridge_N]
dots_n, dots_N = np.transpose(dots_n, (1, 2, 0)), np.transpose(dots_N, (1, 2, 0))

signal_to_noise = (1 - geometry.rho_weak) / (noise + geometry.rho_weak)
best = d_w / n_line / signal_to_noise
best_teacher = ridge_theory(geometry, n_line, N_enough, best, best)[0]


# %% tags=["remove-output", "hide-input"]
def ridge_panel(ax, x, curves, plain, at, dots):
    ax.plot(x, np.where(np.isfinite(plain), plain, np.nan), **BOUND.line, label="no ridge")
    for role, strength in zip(shades(3), penalties, strict=True):
        ax.plot(x, curves[strength], **role.line, label=f"λ = {strength:g}")
    ax.errorbar(at, dots[0], 2 * dots[1], **shades(3)[1].dots)
    ax.set(yscale="log", ylim=(0.4, 12))
    ax.legend(loc="upper right")


def teacher_ridge(ax):
    ridge_panel(ax, n_line, ridge_by_n, theory_n.weak, ridge_n, dots_n[:, 0])
    ax.set(xlabel="labelled samples n", ylabel="teacher's excess risk")


def student_ridge(ax):
    ridge_panel(ax, N_line, ridge_by_N, theory_N.student, ridge_N, dots_N[:, 1])
    ax.set(xlabel="unlabelled samples N", ylabel="student's excess risk")


ridge_rows = [
    (axis, size, strength, value)
    for axis, line, curves in (("n", n_line, ridge_by_n), ("N", N_line, ridge_by_N))
    for strength, curve in curves.items()
    for size, value in zip(line, curve, strict=True)
]
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
    data=dict(zip(("axis", "size", "penalty", "risk"), zip(*ridge_rows, strict=True), strict=True)),
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

# %% tags=["hide-input"]
with_n = min_norm_risks(geometry, along_n, N_enough, noise)
with_N = min_norm_risks(geometry, n_enough, along_N, noise)
claim(
    "discrepancy.double_descent.over_n",
    says="Below and above n = d_w the mean risks of the minimum-norm teacher and of its student are "
    "those of the formula.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        [with_n.weak, with_n.student], *seen["n"][:2], resolution=resolution, at={"n": along_n}
    ),
)
claim(
    "discrepancy.double_descent.over_unlabelled",
    says="Below and above N = d_s the mean risk of the minimum-norm student is that of the formula.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        with_N.student, *seen["N"][:2, 1], resolution=resolution, at={"N": along_N}
    ),
)
n_both, N_both = np.transpose(plan["both"])
both = min_norm_risks(geometry, n_both, N_both, noise)
claim(
    "discrepancy.double_descent.both_short",
    says="With n < d_w and N < d_s together, both mean risks are those of the formula.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        [both.weak, both.student], *seen["both"][:2], resolution=resolution,
        at={"n": n_both, "N": N_both},
    ),
)  # fmt: skip
n_above, N_above = np.arange(d_w + 2, 4 * d_w), np.arange(d_s + 2, 4 * d_s)[:, None]
classical = risks(geometry, n_above, N_above, noise)
general = min_norm_risks(geometry, n_above, N_above, noise)
claim(
    "discrepancy.double_descent.branches",
    says="For n > d_w + 1 and N > d_s + 1 the formulas are those of the exact risk in the "
    "classical range.",
    source="w2s",
    kind="derived",
    decision=exact(
        [classical.weak, classical.student], [general.weak, general.student], tolerance=1e-12,
        at={"n": n_above, "N": N_above},
    ),
)  # fmt: skip

# %% tags=["hide-input"]
infinite_n = n_line[np.isinf(theory_n.student) & np.isinf(theory_n.weak)]
infinite_N = N_line[np.isinf(theory_N.student)]
claim(
    "discrepancy.double_descent.infinite",
    says="The mean risks are infinite exactly at n − d_w ∈ {−1, 0, 1} (teacher and student) and at "
    "N − d_s ∈ {−1, 0, 1} (student).",
    source="w2s",
    kind="derived",
    decision=fact(
        [*(infinite_n - d_w)] == [-1, 0, 1] == [*(infinite_N - d_s)],
        shows=f"infinite at n = {', '.join(map(str, infinite_n))} of {n_line[0]} to {n_line[-1]} and "
        f"at N = {', '.join(map(str, infinite_N))} of {N_line[0]} to {N_line[-1]}",
    ),
)
levels = np.array([0.1, 0.5, 0.9, 0.99])
gaps = np.array([-2, -1, 0, 1, 2])
apart = axis_aligned_pair(d_s, d_w, 0)  # no overlap, no target: noise only
reached = {"teacher": [], "student": []}
for gap in gaps:
    runs = least_squares(apart, None, d_w + gap, d_s + gap, 1.0, edge_trials, edge_rng)
    for name, error, d in (
        ("teacher", runs.weak, d_w),
        ("student", runs.student / runs.weak, d_s),
    ):
        quantiles = fit_error_quantile(levels, d, d + gap)
        reached[name].append((error[:, None] <= quantiles).mean(axis=0))
for name, words in (
    ("teacher", "noise error follows χ²/χ² at n − d_w from −2 to 2"),
    ("student", "error on labels that it takes for noise follows χ²/χ² at N − d_s from −2 to 2"),
):
    claim(
        f"discrepancy.double_descent.edge_{name}",
        says=f"The {name}'s {words}: the tail has exponent (gap + 1)/2, hence no mean for a gap of "
        "0 or 1.",
        source="w2s",
        kind="derived",
        decision=monte_carlo(
            levels, reached[name], np.sqrt(levels * (1 - levels) / edge_trials), resolution=3.5 / np.sqrt(edge_trials),
            at={"gap": gaps[:, None], "level": levels},
        ),
    )  # fmt: skip

# %% tags=["hide-input"]
few, more = np.searchsorted(along_n, [d_w // 2, d_w + 6])
risk_n, error_n = seen["n"][:2]
claim(
    "discrepancy.double_descent.more_labels_hurt",
    says=f"More labels hurt: teacher and student trained on n = {along_n[more]} labels are worse "
    f"than on n = {along_n[few]}.",
    source="w2s",
    kind="beyond",
    decision=inequality(
        risk_n[:, few],
        risk_n[:, more],
        standard_error=np.hypot(error_n[:, few], error_n[:, more]),
    ),
)
nested = axis_aligned_pair(d_s, d_s // 2, d_s // 2)
nested_target = nested.strong[:, 0]
nested_N = np.array([d_s // 2, d_s - 1, d_s, d_s + 1, 2 * d_s])
nested_runs = [
    least_squares(nested, nested_target, 2 * d_s, N, noise, trials, edge_rng).student
    for N in nested_N
]
nested_mean, nested_error = mean_and_error(nested_runs, axis=1)
claim(
    "discrepancy.double_descent.no_discrepancy_no_peak",
    says="Without discrepancy there is no peak in N: a student whose features contain the teacher's "
    "has a finite mean risk at N = d_s too, that of the formula.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        min_norm_risks(nested.geometry(nested_target), 2 * d_s, nested_N, noise).student,
        nested_mean, nested_error, resolution=resolution, at={"N": nested_N},
    ),
)  # fmt: skip

# %% tags=["hide-input"]
claim(
    "discrepancy.double_descent.ridge",
    says=f"With λ = {penalty:g} the mean risks of teacher and student are those of the deterministic "
    "equivalent, within 2.5%, at the edges too.",
    source="w2s",
    kind="derived",
    # The equivalent is a limit: its error falls like 1/size and is 1 to 2% at d_s = 20.
    decision=monte_carlo(
        np.hstack([
            ridge_theory(geometry, ridge_n, N_enough, penalty, penalty),
            ridge_theory(geometry, n_enough, ridge_N, penalty, penalty),
        ]),
        np.hstack([dots_n[0], dots_N[0]]),
        np.hstack([dots_n[1], dots_N[1]]),
        resolution=resolution,
        allowance=0.025,
        at={
            "n": np.concatenate([ridge_n, np.full(len(ridge_N), n_enough)]),
            "N": np.concatenate([np.full(len(ridge_n), N_enough), ridge_N]),
        },
    ),
)  # fmt: skip
large, large_target = setting(4 * scale)
large_geometry = large.geometry(large_target)
predicted, measured, spread = [], [], []
for n, N in ((large.d_weak, 4 * large.d_strong), (3 * large.d_weak, large.d_strong)):
    runs = least_squares(
        large, large_target, n, N, noise, limit_trials, ridge_rng,
        ridge_weak=penalty, ridge_strong=penalty,
    )  # fmt: skip
    mean, error = mean_and_error([runs.weak, runs.student], axis=1)
    predicted.append(ridge_theory(large_geometry, n, N, penalty, penalty))
    measured.append(mean)
    spread.append(error)
claim(
    "discrepancy.double_descent.ridge_limit",
    says="At four times the size, at n = d_w and at N = d_s, the deterministic equivalent is within "
    "0.6%.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(predicted, measured, spread, resolution=resolution, allowance=0.006),
)
claim(
    "discrepancy.double_descent.best_ridge_has_no_peak",
    says="With the best penalty λ = (d_w/n)(σ² + ρ_w)/|b_w|² every further label lowers the "
    "teacher's risk, which stays below the ridgeless one.",
    source="w2s",
    kind="derived",
    decision=inequality(
        [best_teacher[1:], best_teacher[1:]],
        [best_teacher[:-1], np.minimum(theory_n.weak[1:], 1e6)],
        at={"n": n_line[1:]},
    ),
)

# %% [markdown]
# ## What to notice
#
# * **Two peaks, two causes** ({numref}`fig-double-descent`). The peak in $n$ is the teacher's: its noise explodes and the student inherits
#   it through the overlap. The peak in $N$ is the student's own: it comes from the part of the teacher
#   that the student cannot express. With no discrepancy it is absent.
# * **Curves near a peak have no mean.** An average over a few dozen trials at $n = d_w$ is dominated by its
#   worst trial. Medians are stable there. Even at four samples from the edge the variance is barely
#   finite, so simulated means settle slowly.
# * **A reading for real data.** The error of a linear probe with a tiny ridge has its peak where the
#   sample size meets the *width* of the features, not their cut-off dimension: see
#   {ref}`reading a feature width <page-feature-width>`.
# * **Limits.** Below the edge the risks depend on the scale of the features: these formulas are for whitened
#   ones. The ridge curves are limits, with an error that falls like one over the size.
