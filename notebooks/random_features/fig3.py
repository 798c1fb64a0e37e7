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
#     smoke: {widths: [16, 32, 64, 128, 256, 512, 1024], direct_widths: [16, 32, 64], teachers: 100, draws: 5.0e+6, samples: 1000}
# ---

# %% [markdown]
# (page-fig3)=
# # Figure 3 and Theorem 3.2: the linear network
#
# In a random linear network a student that stops early squares its teacher's error, and everything is
# exact: the student's path is a function of the teacher's error alone, and that error has the law of a
# quotient of chi-squares. Paper: {cite:t}`medvedev2025`, Theorem 3.2 and Figure 3. The rate, $k=1$
# and $d = M_{TE}^{3/2}$ are certain; the bulk eigenvalue is in doubt, so both readings are shown
# ({ref}`labels of certainty <labels-of-certainty>`).
#
# ## Statement
#
# :::{prf:theorem} 3.2 (Medvedev et al. 2025; rate certain, hypotheses recalled)
# :label: thm-linear-network
# :nonumber:
#
# Inputs are $x \sim N(0, \Psi)$, $\Psi = \mathrm{diag}(1, \dots, 1, s, \dots, s)$, with $k$ ones and
# dimension $d = M_{TE}^{3/2}$. Teacher and student are linear, $\sum_i w_i \langle u_i, x\rangle$,
# with their own fixed $u_i \sim N(0, I_d)$. The target $f_*$ is a linear function of the first $k$
# coordinates, $\lVert f_*\rVert = 1$. The teacher is trained to convergence on the population; the
# student is wide enough, trained by gradient flow on the teacher's labels only, and stopped at a
# suitable time. Then
#
# $$
# \mathcal L_{ST} = \tilde O\bigl(\mathcal L_{TE}^2\bigr).
# $$
# :::
#
# **Which bulk eigenvalue $s$?** We did not have the theorem's text. Two readings fit everything we
# have seen:
#
# | reading | bulk eigenvalue $s$ | teacher's error |
# |---|---|---|
# | first (ours, solid) | $d^{-2/3} = 1/M_{TE}$ | falls like $M_{TE}^{-1/2}$ |
# | second (dashed) | $M_{TE}^{-2/3}$ | falls like $M_{TE}^{-1/6}$ |
#
# We prefer the first because the caption of Figure 3 reports an exponent very close to 2, and at the
# widths of the paper's other figures the second reading is far from that (last claim below). Both
# lead to the same limit.
#
# What we prove and use is exact, for $k = 1$ and an infinitely wide student.
#
# :::{prf:proposition} Path and law of the linear network (derived here)
# :label: prop-linear-exact
# :nonumber:
#
# Write $L = \mathcal L_{TE}$, $M = M_{TE}$ and $D = d - 1$. At every time $t$ of gradient flow
#
# $$
# \mathcal L_{ST}(t) = a_t^2 + b_t^2\, L\,(1-L), \tag{7}
# $$
#
# with $a_t = L + e^{-t}(1-L)$ and $b_t = 1 - e^{-st}$,
#
# and $L$ has the law of two independent chi-squares:
#
# $$
# L \;\overset{\text{law}}{=}\; \frac{s\,\chi^2_{D-M+1}}{s\,\chi^2_{D-M+1} + \chi^2_M}. \tag{8}
# $$
#
# At $t = 2\log(1/L)$ this gives
#
# $$
# \mathcal L_{ST}(t) \le L^2(1+L)^2 + (st)^2 L .
# $$
# :::
#
# ## Why it is true
#
# The student lacks $f_* - f_t = e^{-tK} f_* + (1 - e^{-tK})\, r$ with the teacher's residual
# $r = f_* - f_{TE}$. The teacher is a projection, so $\langle f_{TE}, r\rangle = 0$ and
# $\langle f_*, r\rangle = \lVert r\rVert^2 = L$. Since $f_*$ spans the signal space, the part of $r$
# in it is $L f_*$: *this is where the square comes from*. The rest of $r$ has energy $L - L^2$ and
# lies in the bulk. An infinitely wide student has $K = \Psi$: it learns the signal at rate 1, which
# leaves the error $a_t$ there, and of the bulk it has learned the fraction $b_t$. That is (7). Between $t \approx \log(1/L)$ and $t \approx 1/s$ the signal is learned
# and the bulk is not, and the error is $L^2$.
#
# ::::{admonition} Proof of the law (8) and of the bound
# :class: dropdown
#
# Let $u$ be the column of the $M$ signal weights and $W = U_2 U_2^\top$ the Gram matrix of the bulk
# weights. The teacher's features have Gram matrix $uu^\top + sW$ and correlation $u$ with the target,
# so Sherman–Morrison gives
#
# $$
# \begin{aligned}
# L &= 1 - u^\top (uu^\top + sW)^{-1} u \\
# &= \frac{1}{1 + u^\top W^{-1} u / s}.
# \end{aligned}
# $$
#
# For $W \sim \mathrm{Wishart}_M(D)$ independent of $u$, $u^\top W^{-1}u$ has the law of
# $\lVert u\rVert^2 / \chi^2_{D-M+1}$ {cite:p}`muirhead1982`, and $\lVert u\rVert^2 \sim \chi^2_M$.
# The bound follows from (7) with $e^{-t} = L^2$ and $b_t \le st$.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
widths = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192]  # M_TE, simulated
direct_widths = [16, 32, 128]  # M_TE of the directly simulated students
teachers = 400  # simulated teachers per width, fewer where
draws = 5e7  # more random numbers than this would be needed
samples = 2000  # teachers with sampled features, for the law itself
student_width = 10**6  # M_ST of the directly simulated student
largest = 10**9  # M_TE reached by the exact law

# %%
import numpy as np
from myst_nb import glue

from w2s.metrics import fit_power_law
from w2s.page.claims import claim, exact, inequality, interval, monte_carlo
from w2s.page.figures import BOUND, STUDENT, TEACHER, figure, shades
from w2s.page.pairs import record_pairs
from w2s.random_features.gradient_flow import best_stop, flow, linear_path, spectral_path
from w2s.random_features.limits import lower_bound
from w2s.random_features.linear_network import (
    linear_error_moments,
    linear_error_quantile,
    linear_functions,
    linear_scaling,
    linear_teacher,
)

readings = {"first": 1.0, "second": 2 / 3}  # s = M^(-a)
label = {"first": "$s = 1/M$", "second": "$s = M^{-2/3}$"}
rngs = np.random.default_rng(seed).spawn(2 + 2 * len(widths))
paths_rng, law_rng, *width_rngs = rngs

# %% [markdown]
# ## One student, nothing averaged
#
# For three widths we draw the teacher's features and {glue:text}`student_width` features for the
# student, solve the teacher's normal equations, and follow the student's gradient flow through an
# eigendecomposition of its kernel. The formula (7) sees none of this: only the teacher's error. For
# the two largest widths the teacher is drawn through its Wishart matrix, and the student is (7).

# %%
times = np.geomspace(1e-2, 1e8, 401)
direct = {}  # width: network, L_TE, path at the dots
for width in direct_widths:
    network = linear_scaling(width)
    target, labels, kernel = linear_functions(network, student_width, paths_rng)
    path = ((flow(kernel, labels, times[::10]) - target) ** 2).sum(axis=1)
    direct[width] = network, ((labels - target) ** 2).sum(), path

shown = {width: (network, error) for width, (network, error, _) in direct.items()}
for width in sorted({1024, widths[-1]} - {*direct}):
    network = linear_scaling(width)
    teacher = linear_teacher(network, paths_rng, route="wishart")
    shown[width] = network, teacher.error[0]

formula = {
    width: linear_path(error, network.bulk_eigenvalue, times)
    for width, (network, error) in shown.items()
}
glue("student_width", f"{student_width:,}", display=False)

# %% [markdown]
# ## Many teachers, up to a billion features
#
# The measured side draws teachers through the Bartlett factor of their $M \times M$ Wishart matrix and
# minimises each student's path over $t$. The predicted side never draws anything: it averages over
# equal slices of the law (8).

# %%
levels = (np.arange(400) + 0.5) / 400  # the middles of equal slices of the law
counts = np.clip(2 * draws / np.array(widths) ** 2.0, 8, teachers).astype(int)


def measure(width, exponent, count, rng):
    """Means over simulated teachers: L_TE, the best L_ST, and L_ST/L_TE²."""
    network = linear_scaling(width, bulk_exponent=exponent)
    teacher = linear_teacher(network, rng, count, route="wishart")
    best = best_stop(lambda t: spectral_path(teacher, t)).loss
    simulated.append((teacher.error, best))
    return np.mean([teacher.error, best, best / teacher.error**2], axis=1)


def predict(width, exponent):
    """Means and standard deviations of the same under the exact law."""
    network = linear_scaling(width, bulk_exponent=exponent)
    s, error = network.bulk_eigenvalue, linear_error_quantile(network, levels)
    best = best_stop(lambda t: linear_path(error[:, None], s, t)).loss
    values = np.array([error, best, best / error**2])
    mean, second = linear_error_moments(network)
    means, deviations = values.mean(axis=1), values.std(axis=1)
    return [mean, *means[1:]], [np.sqrt(second - mean**2), *deviations[1:]]


# %%
wider = np.geomspace(widths[-1], largest, 16).round()
all_widths = np.unique([*widths, *wider]).astype(int)
law, sim, error = {}, {}, {}  # arrays over (quantity, width)
simulated = []  # every teacher and its best student
for k, (name, exponent) in enumerate(readings.items()):
    predictions = [predict(width, exponent) for width in all_widths]
    law[name], deviations = np.transpose(predictions, (1, 2, 0))
    error[name] = deviations[:, : len(widths)] / np.sqrt(counts)
    cells = zip(widths, counts, width_rngs[k::2], strict=True)
    sim[name] = np.transpose([measure(w, exponent, n, rng) for w, n, rng in cells])

# %% tags=["hide-input"]
record_pairs("linear network, infinite student", *np.concatenate(simulated, axis=1))
record_pairs(
    f"linear network, {student_width:,} features in the student",
    [teacher_error for _, teacher_error, _ in direct.values()],
    [path for _, _, path in direct.values()],
)

# %% [markdown]
# ## Figure 3


# %% tags=["remove-output", "hide-input"]
def ratio_in_time(ax):
    for role, (width, (_, teacher_error)) in zip(shades(len(shown)), shown.items(), strict=True):
        ax.fill_between(times, *bands[width], **role.band)
        ax.plot(times, formula[width] / teacher_error**2, **role.line, label=f"$M$ = {width}")
        if width in direct:
            ax.plot(times[::10], direct[width][2] / teacher_error**2, **role.dots)
    ax.axhline(1.0, **BOUND.line)
    ax.set(xscale="log", yscale="log", xlabel=r"time $t\lambda_1$", ylim=(0.7, None))
    ax.set(ylabel=r"$\mathcal{L}_{ST}\,/\,\mathcal{L}_{TE}^2$")
    ax.legend(ncols=2)


def best_against_teacher(ax):
    for role, name in zip((STUDENT, TEACHER), readings, strict=True):
        ax.plot(*law[name][:2], **role.line, label=f"exact law, {label[name]}")
        ax.errorbar(*sim[name][:2], 2 * error[name][1], 2 * error[name][0], **role.dots)
    ax.plot(ends, lower_bound(ends), **BOUND.line, label="no student below (9)")
    ax.set(xscale="log", yscale="log", xlim=ends[[0, -1]], ylim=(3e-5, 0.4))
    ax.set(xlabel=r"teacher $\mathcal{L}_{TE}$", ylabel=r"best student $\min_t\mathcal{L}_{ST}$")
    ax.legend(loc="upper left")


bands = {}  # the middle 80% of the ratio at each time, by the exact law
for width, (network, _) in shown.items():
    loss = linear_error_quantile(network, levels)[:, None]
    ratios = linear_path(loss, network.bulk_eigenvalue, times) / loss**2
    bands[width] = np.quantile(ratios, [0.1, 0.9], axis=0)
ends = np.geomspace(6e-3, 0.45, 50)
curves = {f"(7) M={w}": (times, formula[w] / e**2) for w, (_, e) in shown.items()}
curves |= {f"student M={w}": (times[::10], path / e**2) for w, (_, e, path) in direct.items()}
curves |= {f"law {name}": law[name][:2] for name in readings}
curves |= {f"simulated {name}": sim[name][:2] for name in readings}
figure(
    "figure-3",
    ratio_in_time,
    best_against_teacher,
    alt=[
        "Ratio of the student's error to the squared teacher's error against time, log-log. Five "
        "curves with bands fall, rest at a minimum that is 1.4 for 16 features and 1 for 8192, and "
        "rise again. Simulated dots lie on the curves.",
        "Best student error against teacher error, log-log, for two readings of the bulk "
        "eigenvalue. Simulated dots lie on the exact curves, which approach a line of slope two.",
    ],
    data={
        "curve": np.repeat([*curves], [len(x) for x, _ in curves.values()]),
        "x": np.concatenate([x for x, _ in curves.values()]),
        "y": np.concatenate([y for _, y in curves.values()]),
    },
)

# %% [markdown]
# :::{glue:figure} figure-3
# :name: fig-linear-network
#
# Left: $\mathcal L_{ST}(t)/\mathcal L_{TE}^2$ for one teacher per width $M = M_{TE}$ (first reading). The dip
# reaches 1 as $M$ grows and lasts longer; with overtraining the ratio ends at $1/\mathcal L_{TE}$, that
# is at the teacher. Lines: formula (7) at that teacher's error; bands: 80% of all teachers of this
# width; dots: a simulated student. Right: best student against teacher. Lines: exact law; dots:
# simulated means, $M$ from 16 to 8192, with two standard errors. Dotted grey: the bound (9) of
# {ref}`Theorem 4.1 <page-limit>`.
# :::
#
# The slope in {numref}`fig-linear-network` (right) depends on the range of widths. Seen locally, from one
# width to the next, it falls to 2 from above, because the ratio falls to 1
# ({numref}`fig-linear-convergence`).

# %% tags=["remove-output", "hide-input"]
logs = {name: np.diff(np.log(rows[:2])) for name, rows in law.items()}
slopes = {name: student / teacher for name, (teacher, student) in logs.items()}
between = np.sqrt(all_widths[1:] * all_widths[:-1])


def ratio_in_width(ax):
    for role, name in zip((STUDENT, TEACHER), readings, strict=True):
        ax.plot(all_widths, law[name][2], **role.line, label=f"exact law, {label[name]}")
        ax.errorbar(widths, sim[name][2], 2 * error[name][2], **role.dots)
    ax.set(xscale="log", xlabel=r"teacher width $M_{TE}$", ylim=(0.97, None))
    ax.set(ylabel=r"$\min_t\mathcal{L}_{ST}\,/\,\mathcal{L}_{TE}^2$")
    ax.legend()


def local_exponent(ax):
    for role, name in zip((STUDENT, TEACHER), readings, strict=True):
        ax.plot(between, slopes[name] - 2.0, **role.line, label=label[name])
    ax.set(xscale="log", yscale="log", xlabel=r"teacher width $M_{TE}$")
    ax.set(ylabel="local exponent $-$ 2")
    ax.legend()


figure(
    "convergence",
    ratio_in_width,
    local_exponent,
    alt=[
        "Smallest ratio of student error to squared teacher error against teacher width from 16 to "
        "a billion. Both readings fall to one; simulated points lie on the curves.",
        "Local exponent minus two against teacher width, log-log: both readings fall to zero, the "
        "second reading one to two decades later.",
    ],
    data={"M_TE": all_widths[1:]}
    | {f"ratio {name}": law[name][2, 1:] for name in readings}
    | {f"local exponent {name}": slopes[name] for name in readings},
)

# %% [markdown]
# :::{glue:figure} convergence
# :name: fig-linear-convergence
#
# Left: the best ratio $\mathcal L_{ST}/\mathcal L_{TE}^2$, averaged over teachers, falls to 1; lines up to
# $M_{TE} = 10^9$ by the exact law, dots simulated. Right: the distance of the local exponent from 2 falls
# like a power of the width.
# :::

# %%
fit_range = {"small": slice(0, 5), "large": slice(4, None)}
fits = {
    (name, part): fit_power_law(sim[name][0][rows], sim[name][1][rows])
    for name in readings
    for part, rows in fit_range.items()
}
tails = {name: fit_power_law(*law[name][:2, -8:]) for name in readings}
small = {name: fit_power_law(*law[name][:2, :5]).exponent for name in readings}

# %% tags=["hide-input"]
for (name, part), fit in fits.items():
    text = f"{fit.exponent:.3f} ({fit.low:.3f} to {fit.high:.3f})"
    glue(f"{part}_{name}", text, display=False)
apart = []  # of the best times at the quantiles from that at the median
for k, width in enumerate((widths[0], widths[4], widths[-1])):
    glue(f"width_{k}", f"{width:,}", display=False)
    for name, exponent in readings.items():
        network = linear_scaling(width, bulk_exponent=exponent)
        s, loss = network.bulk_eigenvalue, linear_error_quantile(network, [0.1, 0.5, 0.9])
        stop = best_stop(lambda t, e=loss[:, None], s=s: linear_path(e, s, t)).time
        glue(f"stop_{k}_{name}", float(stop[1]), display=False)
        apart.append(np.abs(stop - stop[1]).max())
glue("stop_apart", float(np.ceil(100 * max(apart)) / 100), display=False)

# %% [markdown]
# Fitted through the means over teachers in log-log coordinates, all widths with equal weight; in
# brackets 95% intervals from the scatter of the points about the line. At the smaller widths the line
# is bent, which an interval cannot say.
#
# | teacher widths | exponent, first reading | exponent, second reading |
# |---|---|---|
# | {glue:text}`width_0` to {glue:text}`width_1` | {glue:text}`small_first` | {glue:text}`small_second` |
# | {glue:text}`width_1` to {glue:text}`width_2` | {glue:text}`large_first` | {glue:text}`large_second` |
#
# Best stopping time of the median teacher, in units of $1/\lambda_1$; at the 10% and 90% quantiles of the
# law it is the same within {glue:text}`stop_apart:.2f`:
#
# | teacher width | best time, first reading | best time, second reading |
# |---|---|---|
# | {glue:text}`width_0` | {glue:text}`stop_0_first:.2f` | {glue:text}`stop_0_second:.2f` |
# | {glue:text}`width_1` | {glue:text}`stop_1_first:.2f` | {glue:text}`stop_1_second:.2f` |
# | {glue:text}`width_2` | {glue:text}`stop_2_first:.2f` | {glue:text}`stop_2_second:.2f` |
#
# An exponent above 2 on a finite range does not contradict the {ref}`limit <page-limit>`: every point
# still lies above the bound.
#
# ## Claims

# %% tags=["hide-input"]
claim(
    "random_features.fig3.path",
    says="A simulated student with a million random features follows formula (7), which knows the "
    "teacher's error only, at every time.",
    source="w2s",
    kind="derived",
    # The finite width moves the error by about sD/M_ST, at most 1% of the minimum here.
    decision=exact(
        np.ones((len(direct), times[::10].size)),
        [direct[w][2] / formula[w][::10] for w in direct],
        tolerance=0.02,
        at={"M_TE": np.array([*direct])[:, None], "t": times[::10]},
    ),
)
quantiles = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
sampled = linear_teacher(linear_scaling(64), law_rng, samples, route="features").error
claim(
    "random_features.fig3.law",
    says="Teachers with 64 sampled features have errors with the law (8): its five quantiles have "
    "the right share of them below.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        quantiles,
        (sampled[:, None] <= linear_error_quantile(linear_scaling(64), quantiles)).mean(axis=0),
        np.sqrt(quantiles * (1 - quantiles) / samples),
        resolution=0.1,
        at={"quantile": quantiles},
    ),
)
claim(
    "random_features.fig3.teacher_mean",
    says="The mean teacher error under the law (8) is the simulated one, for both readings and all "
    "widths.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        [law[name][0, : len(widths)] for name in readings],
        [sim[name][0] for name in readings],
        [error[name][0] for name in readings],
        resolution=0.06,
        at={"M_TE": widths},
    ),
)
claim(
    "random_features.fig3.student_mean",
    says="The mean error of the best stopped student under (7) and (8) is the simulated one, for "
    "both readings and all widths.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        [law[name][1, : len(widths)] for name in readings],
        [sim[name][1] for name in readings],
        [error[name][1] for name in readings],
        resolution=0.1,
        at={"M_TE": widths},
    ),
)

# %% tags=["hide-input"]
claim(
    "random_features.fig3.ratio_to_one",
    says="With proper early stopping L_ST/L_TE² converges to 1: at the largest simulated width it "
    "is 1 within 1% (first reading).",
    source="medvedev2025, Figure 3a",
    kind="paper",
    decision=interval(sim["first"][2, -1], error["first"][2, -1], low=0.99, high=1.01),
)
claim(
    "random_features.fig3.ratio_falls",
    says="The best ratio L_ST/L_TE² falls with every increase of M_TE, for both readings.",
    source="medvedev2025, Figure 3a",
    kind="paper",
    decision=inequality(
        [law[name][2, 1:] for name in readings],
        [law[name][2, :-1] for name in readings],
        at={"M_TE": all_widths[1:]},
    ),
)
claim(
    "random_features.fig3.exponent",
    says=f"For M_TE from {widths[4]} to {widths[-1]} the fitted exponent of L_ST against L_TE is 2 "
    "within 0.1 (first reading).",
    source="medvedev2025, Theorem 3.2 and Figure 3b",
    kind="paper",
    decision=interval(
        fits["first", "large"].exponent, fits["first", "large"].standard_error, low=1.9, high=2.1
    ),
)
for name in readings:
    claim(
        f"random_features.fig3.exponent_limit_{name}",
        says=f"Over the last three decades up to the largest width the exponent is 2 within 0.001 "
        f"({name} reading).",
        source="medvedev2025, Theorem 3.2",
        kind="paper",
        decision=interval(tails[name].exponent, tails[name].standard_error, low=1.999, high=2.001),
    )

# %% tags=["hide-input"]
claim(
    "random_features.fig3.gain",
    says="With early stopping the simulated student has less than half of its teacher's error.",
    source="medvedev2025, Figure 3a",
    kind="paper",
    decision=inequality(
        [path.min() for _, _, path in direct.values()],
        [0.5 * teacher_error for _, teacher_error, _ in direct.values()],
        at={"M_TE": [*direct]},
    ),
)
claim(
    "random_features.fig3.overtraining",
    says="Overtraining loses the gain: run to convergence, the simulated student has its teacher's "
    "error.",
    source="medvedev2025, Figure 3a",
    kind="paper",
    decision=exact(
        [teacher_error for _, teacher_error, _ in direct.values()],
        [path[-1] for _, _, path in direct.values()],
        tolerance=1e-9,
        at={"M_TE": [*direct]},
    ),
)
batch = {w: linear_teacher(linear_scaling(w), law_rng, 100) for w in all_widths}
losses = np.array([teacher.error for teacher in batch.values()])
stops = 2 * np.log(1 / losses)
stopped = [
    spectral_path(teacher, t[:, None])[:, 0]
    for teacher, t in zip(batch.values(), stops, strict=True)
]
claim(
    "random_features.fig3.recommended_stop",
    says="Stopped at t = 2 log(1/L), every student of the first reading obeys "
    "L_ST ≤ L²(1+L)² + (st)²L.",
    source="w2s",
    kind="derived",
    decision=inequality(
        stopped,
        losses**2 * (1 + losses) ** 2 + losses * (stops / all_widths[:, None]) ** 2,
        at={"M_TE": all_widths[:, None]},
    ),
)
claim(
    "random_features.fig3.second_reading",
    says="Over M_TE from 16 to 256 the exponent of the second reading, s = M_TE^{−2/3}, exceeds 2 "
    "by more than three times as much as the exponent of the first does.",
    source="w2s",
    kind="derived",
    decision=inequality(3 * (small["first"] - 2), small["second"] - 2),
)

# %% [markdown]
# ## What to notice
#
# * **The gain needs early stopping, and has time for it.** The window between learning the signal and
#   learning the bulk, from about $\log(1/\mathcal L_{TE})$ to $1/s$, widens with the teacher.
# * **Exponent 2 is the best possible** for this kind of student ({ref}`Theorem 4.1 <page-limit>`): a
#   ratio of 1 is at most a factor $4/3$ above what no student can beat.
# * **Honest limits.** The student here is infinitely wide, or has a million features; smaller ones
#   add an error of about $sD/M_{ST}$. Time is that of gradient flow with normalised weights, so
#   $\lambda_1 = 1$; other conventions rescale it. On $M_{TE} \le 256$ even our reading fits
#   {glue:text}`small_first`, so "very close to 2" needs either wider teachers or a choice that
#   we did not recover.
# * **Beyond the paper.** The law (8) costs two chi-squares, so a teacher with a billion features is as
#   cheap as one with sixteen. For $k > 1$ signal directions the same holds with $k \times k$ matrices:
#   `w2s.random_features.linear_network.linear_teacher`.
