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
#     smoke: {dims: [16, 32], student_widths: [512, 1024, 2048], teacher_widths: [32, 64, 128], teachers: 6, law_widths: [1024], law_students: 8}
# ---

# %% [markdown]
# (page-fig5)=
# # Figure 5: how wide must the student be?
#
# A narrower student gains less, and its fitted exponent is smaller: a finite width $M_{ST}$ costs
# about $c_d/M_{ST}$, with a constant that we derive and measure. Paper: {cite:t}`medvedev2025`,
# Figure 5. Its content (Figure 4 with smaller students) is certain, its exact widths are our choice,
# and the law is derived here ({ref}`labels of certainty <labels-of-certainty>`).
#
# ## Statement
#
# The setting is that of {ref}`Figure 2 <page-fig2>`: linear target, ReLU features on the sphere, five
# teacher widths, the best stopped student.
#
# *Figure 5 (certain):* the smaller the student, the smaller the gain and the fitted exponent.
#
# :::{prf:proposition} Cost of a finite width (derived here, first order in the width)
# :label: prop-finite-width
# :nonumber:
#
# Let $t_*$ be the best time of the infinitely wide student. Averaged over the student's features,
#
# $$
# \min_t \mathcal L_{ST} \simeq \min_t \mathcal L_{ST}^{\infty} + \frac{c(t_*)}{M_{ST}} .
# $$
#
# If degree one is learned and nothing above it, $c$ is $(1 - \mathcal L_{TE}^2)\, c_d$ up to a term
# of order $\mathcal L_{TE}$, where
#
# $$
# c_d = \sum_{\ell \ge 2} N_\ell\, \frac{\lambda_\ell}{\lambda_1} = d - 4d^2\lambda_0 ,
# $$
#
# about $(1 - 2/\pi)\, d$ in high dimension.
# :::
#
# ## Why it is true
#
# A finite student has the kernel $K + \delta$. In the basis of the harmonics the entry
# $\delta_{ij}$ is a mean over its $M_{ST}$ features, of variance $\lambda_i\lambda_j/M_{ST}$. So
# its "linear functions" are tilted: learning $f_*$, it also produces a false part of energy
# $\sum_j \lambda_j/(\lambda_1 M_{ST})$ in the degrees that it should not have touched yet. Their
# eigenvalues are small, but there are many: degree two alone has $N_2 \lambda_2/\lambda_1 \simeq d/\pi$.
#
# ::::{admonition} The constant at any time
# :class: dropdown
#
# Write $g(\lambda) = 1 - e^{-t\lambda}$, with divided differences $g[\lambda, \mu]$ and
# $g[\lambda, \lambda, \mu]$. By degree, let $E_a = \lVert f_{TE,a}\rVert^2$ and
# $o_a = \langle f_{TE,a}, f_{*,a}\rangle$. The student is $g(K + \delta) f_{TE}$. Expand to second
# order in $\delta$ and average; since $\sum_m Y_{\ell m}(u)^2 = N_\ell$ at every $u$, no other moments
# of the features are needed:
#
# $$
# c(t) = \sum_{a, b} w_{ab}\, \bigl(E_a D_{ab}^2 - 2\,(o_a - g_a E_a)\, H_{ab}\bigr),
# $$
#
# with $w_{ab} = N_b \lambda_a \lambda_b$ (and $N_b - 1$ for $a = b$),
# $D_{ab} = g[\lambda_a, \lambda_b]$ and $H_{ab} = g[\lambda_a, \lambda_a, \lambda_b]$. At the best time
# the change of $t$ only counts in the next order. With $g = 1$ on degrees 0 and 1, $g = 0$ above and
# a residual orthogonal to $f_*$ without energy in degrees 0 and 1, the first term is
# $(1-\mathcal L_{TE})^2 c_d$ and the second $2 \mathcal L_{TE}(1 - \mathcal L_{TE})\, c_d$.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
dims = [16, 32, 64]  # d
student_widths = [1024, 2048, 4096, 8192, 16384]  # M_ST
teacher_widths = [16, 32, 64, 128, 256]  # M_TE
teachers = 10  # per teacher width
law_dim = 32  # d of the measured law
law_widths = [2048, 4096]  # M_ST of its students
law_students = 12  # independent students of each width

# %%
import numpy as np
from myst_nb import glue

from w2s.claims import claim, exact, inequality, interval, monte_carlo
from w2s.figures import BOUND, figure, shades
from w2s.finite_width import (
    finite_path,
    student_gram,
    student_labels,
    student_moments,
)
from w2s.gradient_flow import best_stop, spectral_path
from w2s.metrics import fit_power_law, mean_and_error
from w2s.random_features import SpectralTeacher
from w2s.relu_network import relu_teacher
from w2s.sphere import (
    ZonalTarget,
    multiplicities,
    relu_eigenvalues,
    sphere_points,
)

shape = len(teacher_widths), teachers
ablation_rng, law_rng = np.random.default_rng(seed).spawn(2)

# %% [markdown]
# ## Computation
#
# The students of one dimension are nested: a narrow one has the first features of the wide one. All
# teachers of a dimension share them. The exponent is fitted once per seed, as in Figure 2.


# %%
def draw_teachers(rng, dim):
    """Teachers of all widths on one random linear target, and their spectra."""
    target = ZonalTarget(sphere_points(rng, 1, dim)[0])
    rows = [
        relu_teacher(sphere_points(rng, width, dim), target)
        for width in teacher_widths
        for _ in range(teachers)
    ]
    return rows, SpectralTeacher.stack([one.spectrum for one in rows])


def best_finite(features, drawn, dim):
    """Best stopped error of one finite student, for every teacher."""
    clock, longest = 4 * dim**2, 1e3  # 1/λ_1, last t λ_1
    path = finite_path(
        student_gram(features, dtype=np.float32).times_rows,
        student_labels(features, drawn),
        student_moments(features, drawn[0].target),
        longest=longest * clock,
        tolerance=1e-5,
    )
    return best_stop(lambda t: path(t * clock), longest=longest).loss.reshape(shape)


def best_infinite(wide, dim):
    """Best time and error of the infinitely wide student."""
    stop = best_stop(lambda t: spectral_path(wide, t * 4 * dim**2))
    return stop.time * 4 * dim**2, stop.loss.reshape(shape)


# %%
error, best = {}, {}  # by dimension: L_TE, and the best L_ST for each student
for dim in dims:
    drawn, wide = draw_teachers(ablation_rng, dim)
    features = sphere_points(ablation_rng, student_widths[-1], dim)
    rows = [best_finite(features[:width], drawn, dim) for width in student_widths]
    error[dim] = wide.error.reshape(shape)
    best[dim] = np.stack([*rows, best_infinite(wide, dim)[1]])


def exponents(teacher, student):
    """One fitted exponent per seed."""
    seeds = zip(teacher.T, student.T, strict=True)
    return [fit_power_law(x, y).exponent for x, y in seeds]


rows = [[exponents(error[dim], loss) for loss in best[dim]] for dim in dims]
slopes = np.array(rows)
slope = mean_and_error(slopes, axis=2)  # (dimension, student)
names = [*map(str, student_widths), "∞"]

# %% [markdown]
# ## Figure 5


# %% tags=["remove-output", "hide-input"]
def panel(dim):
    def draw(ax):
        looks = zip(shades(len(names)), names, best[dim], strict=True)
        for role, name, loss in looks:
            xy = error[dim].mean(axis=1), loss.mean(axis=1)
            ax.plot(*xy, **role.line)
            ax.plot(*xy, **role.dots, label=name)
        ax.set(xscale="log", yscale="log", title=f"$d$ = {dim}")
        ax.set(xlabel=r"teacher $\mathcal{L}_{TE}$")
        ax.set(ylabel=r"best student $\min_t\mathcal{L}_{ST}$")
        low, high = error[dim].mean(axis=1)[[-1, 0]]
        marks = [m for m in (0.003, 0.01, 0.03, 0.1, 0.3, 1.0) if low / 1.5 < m < high * 1.5]
        ax.set_xticks(marks, marks)
        ax.minorticks_off()
        ax.legend(title="$M_{ST}$", loc="upper left")

    return draw


def exponent_panel(ax):
    place = np.arange(len(names))
    for role, dim, mean, se in zip(shades(len(dims)), dims, *slope, strict=True):
        ax.plot(place, mean, **role.line)
        ax.errorbar(place, mean, 2 * se, **role.dots, label=f"$d$ = {dim}")
    ax.axhline(1.49, **BOUND.line)
    ax.set_xticks(place, names)
    ax.set(xlabel="student width $M_{ST}$", ylabel="fitted exponent", title="exponent")
    ax.legend(loc="lower right")


figure(
    "figure-5",
    *map(panel, dims),
    exponent_panel,
    alt=[
        f"Best student error against teacher error for d = {dim}, log-log, one curve per student "
        "width. Narrow students level off for the best teachers; the infinite one goes straight on."
        for dim in dims
    ]
    + ["Fitted exponent against student width: it grows with the width for every dimension."],
    data={
        "d": np.repeat(dims, len(names) * len(teacher_widths)),
        "M_ST": np.tile(np.repeat([*student_widths, np.inf], len(teacher_widths)), len(dims)),
        "M_TE": np.tile(teacher_widths, len(names) * len(dims)),
        "L_TE": np.concatenate([np.tile(error[d].mean(axis=1), len(names)) for d in dims]),
        "L_ST": np.concatenate([best[d].mean(axis=2).ravel() for d in dims]),
    },
)
glue("narrow", float(slope.mean[0, 0]), display=False)
glue("narrow_infinite", float(slope.mean[0, -1]), display=False)

# %% [markdown]
# :::{glue:figure} figure-5
# :name: fig-student-width
#
# Means over teachers. Narrow students reach a floor. The last panel shows the fitted exponent with
# two standard errors over seeds; dotted, the 1.49 of the theorem.
# :::
#
# At $d =$ {glue:text}`low_dim` the exponent falls from {glue:text}`narrow_infinite:.2f` at infinite width to
# {glue:text}`narrow:.2f` for the narrowest student: there it no longer describes the theorem but the
# floor.
#
# ## The law
#
# The measured side runs independent finite students; the predicted side evaluates $c(t_*)$ on
# the teachers' spectra and knows of no finite student.


# %%
def width_coefficient(wide, dim, t):
    """Constant c(t) of the first-order law, one per teacher."""
    value = wide.eigenvalues
    degrees = np.array([0, 1, *range(2, 2 * value.size - 6, 2)])
    counts = np.zeros(value.size)
    counts[: degrees.size] = multiplicities(dim, degrees[-1])[degrees]
    counts[-2] = (0.5 / dim - counts @ value) / value[-2]  # all higher degrees
    t, same = t[:, None], np.eye(value.size, dtype=bool)
    g, rate = -np.expm1(-t * value), t * np.exp(-t * value)
    gap = value[:, None] - value + same
    first = np.where(same, rate[..., None], (g[..., None] - g[:, None]) / gap)
    curve = -0.5 * (t * rate)[..., None]
    second = np.where(same, curve, (rate[..., None] - first) / gap)
    weight = (counts - same) * np.multiply.outer(value, value)
    energy = wide.teacher_energy
    inner = wide.target_energy - wide.overlap - g * energy
    spread, bend = (weight * first**2).sum(-1), (weight * second).sum(-1)
    return (energy * spread - 2 * inner * bend).sum(-1)


# %%
drawn, wide = draw_teachers(law_rng, law_dim)
stop, floor = best_infinite(wide, law_dim)
law = width_coefficient(wide, law_dim, stop).reshape(shape).mean(axis=1)
coarse = law_dim - 4 * law_dim**2 * relu_eigenvalues(law_dim, 0)[0]  # c_d


def measured(width):
    """M_ST times the excess error, mean over teachers, one row per student."""
    runs = [
        best_finite(sphere_points(law_rng, width, law_dim), drawn, law_dim) - floor
        for _ in range(law_students)
    ]
    return width * np.mean(runs, axis=2)


excess = mean_and_error(np.stack([measured(width) for width in law_widths], axis=1))

# %% tags=["remove-output", "hide-input"]
needed = {}  # width that doubles the error, by dimension
for dim in dims:
    _, other = draw_teachers(law_rng, dim)
    when, least = best_infinite(other, dim)
    cost = width_coefficient(other, dim, when).reshape(shape).mean(axis=1)
    needed[dim] = cost / least.mean(axis=1)


def law_panel(ax):
    first, *rest = shades(1 + len(law_widths))
    ax.plot(teacher_widths, law / coarse, **first.line, label="first-order law")
    for role, width, mean, se in zip(rest, law_widths, *excess, strict=True):
        bars = 2 * se / coarse
        ax.errorbar(teacher_widths, mean / coarse, bars, **role.dots, label=f"{width}, measured")
    ax.axhline(1.0, **BOUND.line)
    ax.set(xscale="log", xlabel=r"teacher width $M_{TE}$", ylim=(0, 1.2))
    ax.set(ylabel=r"excess error $\cdot\, M_{ST}/c_d$", title=f"$d$ = {law_dim}")
    ax.set_xticks(teacher_widths, teacher_widths)
    ax.minorticks_off()
    ax.legend(loc="lower right")


def needed_panel(ax):
    for role, (dim, width) in zip(shades(len(dims)), needed.items(), strict=True):
        ax.plot(teacher_widths, width, **role.line)
        ax.plot(teacher_widths, width, **role.dots, label=f"$d$ = {dim}")
    ax.axhline(16384, **BOUND.line)
    ax.set(xscale="log", yscale="log", xlabel=r"teacher width $M_{TE}$")
    ax.set(ylabel=r"$M_{ST}$ that doubles the error")
    ax.set_xticks(teacher_widths, teacher_widths)
    ax.tick_params(which="minor", axis="x", bottom=False, labelbottom=False)
    ax.legend()


figure(
    "width-law",
    law_panel,
    needed_panel,
    alt=[
        "Excess error times student width, divided by the constant c_d, against teacher width. "
        "Measured dots of two student widths lie on the line of the law, near one for wide teachers.",
        "Student width at which the excess equals the infinite student's error, against teacher "
        "width, log-log: it grows steeply, to tens of thousands in the lowest dimension.",
    ],
    data={
        "M_TE": np.tile(teacher_widths, len(law_widths)),
        "M_ST": np.repeat(law_widths, len(teacher_widths)),
        "law": np.tile(law, len(law_widths)),
        "measured": excess.mean.ravel(),
        "standard_error": excess.standard_error.ravel(),
    },
)
glue("coarse", float(coarse), display=False)
glue("coarse_measured", float(excess.mean[:, -1].mean()), display=False)
glue("low_dim", dims[0], display=False)
glue("needed", f"{needed[dims[0]][-1]:,.0f}", display=False)

# %% [markdown]
# :::{glue:figure} width-law
# :name: fig-width-law
#
# Left: measured excess of finite students, with two standard errors over students, and the law.
# Right: the width below which the finite width matters more than everything else, by the law; dotted,
# the paper's 16384.
# :::
#
# ## Claims

# %% tags=["hide-input"]
steps = mean_and_error(np.diff(slopes, axis=1), axis=2)
claim(
    "random_features.fig5.exponent_grows",
    says="In every dimension the fitted exponent grows with every doubling of M_ST, and once more "
    "to M_ST = ∞.",
    source="medvedev2025, Figure 5",
    kind="paper",
    decision=inequality(
        0.0,
        steps.mean,
        standard_error=steps.standard_error,
        at={"d": np.array(dims)[:, None], "M_ST": student_widths},
    ),
)
claim(
    "random_features.fig5.narrow_student",
    says="For the narrowest student in the lowest dimension the fitted exponent is below 1.49.",
    source="w2s",
    kind="derived",
    decision=interval(slope.mean[0, 0], slope.standard_error[0, 0], high=1.49),
)
worse = best[dims[0]][0].mean(axis=1) / best[dims[0]][-1].mean(axis=1)
claim(
    "random_features.fig5.floor",
    says="The finite width costs most where the teacher is good: relative to infinite width, the "
    "narrowest student loses more for every wider teacher (lowest dimension).",
    source="w2s",
    kind="derived",
    decision=inequality(worse[:-1], worse[1:], at={"M_TE": teacher_widths[1:]}),
)

# %% tags=["hide-input"]
claim(
    "random_features.fig5.law",
    says="The excess error of a finite student is c(t*)/M_ST, for every teacher width and without "
    "any fitted number.",
    source="w2s",
    kind="derived",
    # Allowance: the next order is about c_d/M_ST relative to it and what degree two adds.
    decision=monte_carlo(
        np.broadcast_to(law, excess.mean.shape),
        *excess,
        resolution=0.2,
        allowance=0.08,
        at={"M_ST": np.array(law_widths)[:, None], "M_TE": teacher_widths},
    ),
)
claim(
    "random_features.fig5.coarse_constant",
    says="For the widest teachers the measured constant is c_d = d − 4d²λ_0 within 30 %.",
    source="w2s",
    kind="derived",
    # The filter is soft: at the best time part of degree two is already learned.
    decision=interval(
        excess.mean[-1, -1] / coarse, excess.standard_error[-1, -1] / coarse, low=0.7, high=1.3
    ),
)
count = multiplicities(law_dim, 600)
series = (count * relu_eigenvalues(law_dim, 600))[2:].sum() / relu_eigenvalues(law_dim, 1)[1]
claim(
    "random_features.fig5.constant_sum",
    says="The constant is a trace: N_l λ_l/λ_1, summed over the degrees l ≥ 2, is d − 4d²λ_0.",
    source="w2s",
    kind="derived",
    decision=exact(coarse, series, tolerance=1e-4),
)
total = mean_and_error(np.stack(best[law_dim])[:-1, -1] - best[law_dim][-1, -1], axis=1)
level = total.mean * student_widths
claim(
    "random_features.fig5.inverse_width",
    says="For the widest teachers M_ST times the excess is the same for all M_ST, within 25 %.",
    source="w2s",
    kind="derived",
    # Nested students share their fluctuations; the next order is about c_d/M_ST.
    decision=exact(
        np.ones(len(student_widths)),
        level / level.mean(),
        tolerance=0.25,
        at={"M_ST": student_widths},
    ),
)

# %% [markdown]
# ## What to notice
#
# * **Width, not the exponent, decides on the right of Figure 5.** Once $c_d/M_{ST}$ exceeds
#   $\mathcal L_{TE}^2$ the student's error no longer follows its teacher's. The quadratic law needs
#   $M_{ST} \gg c_d/\mathcal L_{TE}^2$, which grows about like $M_{TE}^2/c_d$.
# * **The paper's width is not always enough.** At $d =$ {glue:text}`low_dim` and the widest teachers,
#   by the law a student of {glue:text}`needed` features still has twice the error of an infinite one.
# * **The constant.** $c_d$ is {glue:text}`coarse:.1f` at the law's dimension; measured with the
#   widest teachers: {glue:text}`coarse_measured:.1f`. It is smaller because at the best time degree two
#   is partly learned on purpose; the full law accounts for it.
# * **Honest limits.** The law is first order in $1/M_{ST}$. It fails where degree two itself must be
#   learned with too few features (low dimension, the widest teachers); there the excess is smaller. One
#   nested student per dimension serves Figure 5, so its intervals speak of the teachers only.
# * Linear networks have the same law with $c = sD$: see {ref}`the sixth figure <page-fig6>`.
