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
#     smoke: {dims: [16, 32], student_widths: [512, 1024, 2048], teacher_widths: [32, 64, 128], teachers: 8, students: 2, law_widths: [1024], law_students: 8}
# ---

# %% [markdown]
# (page-fig5)=
# # Figure 5: how wide must the student be?
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`medvedev2025`, Figure 5): an ablation of Figure 4 with smaller students; we did not
# see its outcome. Derived here: a finite width $M_{ST}$ costs about $c_d/M_{ST}$.
#
# **Holds?** Yes: in simulation the fitted exponent grows with every doubling of the student, and the
# cost is as predicted, without a fitted number.
#
# **Where not**: the law is first order; in low dimension and behind the widest teachers the excess is
# smaller.
# :::
#
# :::{glue:figure} figure-5
# :name: fig-student-width
#
# First: best students of six widths in the lowest dimension, means over teachers; bands hold 80% of the
# teachers for the narrowest and the infinitely wide student. At small $\mathcal L_{TE}$, where teachers are
# good, narrow students reach a floor. Second: the fitted exponent with two standard errors; dotted, the
# 1.49 of {ref}`Theorem 3.1 <page-fig2>`.
# :::
#
# ## Statement
#
# The setting is that of {ref}`Figure 2 <page-fig2>`: a linear target, ReLU features on the sphere, five
# teacher widths, and the best stopped student.
#
# *Figure 5 ({certainty}`Figure 5`):* the caption announces the setting of {ref}`Figure 4 <page-fig4>` with smaller
# $M_{ST}$. It names neither the widths, which are our choice here, nor the outcome. That the exponent falls with the width is what we find.
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
# ::::{admonition} Full proof: the constant at any time
# :class: dropdown
#
# Write $g(\lambda) = 1 - e^{-t\lambda}$, with divided differences $g[\lambda, \mu]$ and
# $g[\lambda, \lambda, \mu]$. By degree, let $E_a = \lVert f_{TE,a}\rVert^2$ and
# $o_a = \langle f_{TE,a}, f_{*,a}\rangle$. The student is $g(K + \delta) f_{TE}$. Expand to second
# order in $\delta$ and average; since $\sum_m Y_{\ell m}(u)^2 = N_\ell$ at every $u$, no other moments
# of the features are needed:
#
# $$
# c(t) = \sum_{a, b} w_{ab}\, E_a D_{ab}^2 - 2 \sum_{a, b} w_{ab}\,(o_a - g_a E_a)\, H_{ab},
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
teachers = 20  # seeds: independent teachers per width
students = 4  # nested families of students per dimension, which share the seeds evenly
law_dim = 32  # d of the measured law
law_widths = [2048, 4096]  # M_ST of its students
law_students = 12  # independent students of each width
law_teachers = 8  # teachers per width that each of them meets

# %%
import numpy as np
from myst_nb import glue

from w2s.metrics import Estimate, mean_and_error
from w2s.page.claims import derived, inequality, interval
from w2s.page.comparison import compared
from w2s.page.figures import BOUND, figure, in_shades, points, shades, ticks
from w2s.page.pairs import record_pairs
from w2s.random_features.exponents import mean_over_seeds, seed_exponents
from w2s.random_features.finite_width import path_through
from w2s.random_features.gradient_flow import best_stop, spectral_path
from w2s.random_features.relu_network import relu_teacher
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import ZonalTarget, multiplicities, relu_eigenvalues, sphere_points
from w2s.random_features.universality import error_by_rate
from w2s.random_features.width_law import eigenspace_sizes, width_coefficient

ablation_seed, law_seed = np.random.SeedSequence(seed).spawn(2)
law_rng = np.random.default_rng(law_seed)

# %% [markdown]
# ## Computation
#
# Students are nested: a narrow one has the first features of the wide one. In each dimension there are
# {glue:text}`students` such families, independent of each other and of their teachers, and each
# learns from {glue:text}`each` seeds (a seed is one teacher of each width). The exponent is fitted once
# per seed; standard errors are those of {ref}`Figure 2 <page-fig2>`, which allow for the shared students.


# %%
def by_width(values):
    """Numbers of teachers as an array over (width, seed)."""
    return np.reshape(values, (len(teacher_widths), -1))


def draw_teachers(rng, dim, seeds):
    """Teachers of all widths on one random linear target, and their spectra."""
    target = ZonalTarget(sphere_points(rng, 1, dim)[0])
    sizes = np.repeat(teacher_widths, seeds)
    rows = [relu_teacher(sphere_points(rng, width, dim), target) for width in sizes]
    return rows, SpectralTeacher.stack([one.spectrum for one in rows])


def best_finite(features, drawn, dim):
    """Best stopped error of one finite student, for every teacher."""
    clock, longest = 4 * dim**2, 1e3  # 1/λ_1, last t λ_1
    path = path_through(features, drawn, longest=longest * clock, tolerance=1e-5)
    return by_width(best_stop(lambda t: path(t * clock), longest=longest).loss)


def best_infinite(wide, dim):
    """Best time and error of the infinitely wide student."""
    stop = best_stop(lambda t: spectral_path(wide, t * 4 * dim**2))
    return stop.time * 4 * dim**2, by_width(stop.loss)


# %%
def family(dim, child):
    """L_TE, and the best L_ST of one nested family of students, for some seeds."""
    teacher_rng, student_rng = (np.random.default_rng(s) for s in child.spawn(2))
    drawn, wide = draw_teachers(teacher_rng, dim, teachers // students)
    features = sphere_points(student_rng, student_widths[-1], dim)
    rows = [best_finite(features[:width], drawn, dim) for width in student_widths]
    return by_width(wide.error), np.stack([*rows, best_infinite(wide, dim)[1]])


names = [*map(str, student_widths), "∞"]
families = []  # L_TE and L_ST by dimension
for d, child in zip(dims, ablation_seed.spawn(len(dims)), strict=True):
    each = [family(d, one) for one in child.spawn(students)]
    families.append([np.concatenate(x, -1) for x in zip(*each, strict=True)])
error, best = (np.stack(x) for x in zip(*families, strict=True))  # (d, [student,] width, seed)
slopes = seed_exponents(np.broadcast_to(error[:, None], best.shape), best)
slope = mean_over_seeds(slopes, students)  # over (dimension, student)
error_means, best_means = error.mean(axis=-1), best.mean(axis=-1)
glue("students", students, display=False)
glue("each", teachers // students, display=False)

# %% tags=["remove-output", "hide-input"]
for d, teacher, student in zip(dims, error, best, strict=True):
    loss = student.reshape(len(names), -1).T  # over (teacher, student)
    record_pairs(f"ReLU network, d = {d}, {len(names)} student widths", teacher.ravel(), loss)


# %% tags=["remove-output"]
def curves(k):
    def panel(ax):
        x = error_means[k]
        for role, i in in_shades(range(len(names))):
            if names[i] in (names[0], names[-1]):
                ax.fill_between(x, *np.quantile(best[k, i], [0.1, 0.9], axis=1), **role.band)
            ax.plot(x, best_means[k, i], **role.line)
            ax.plot(x, best_means[k, i], **role.dots, label=names[i])
        ax.set(xscale="log", yscale="log", title=f"$d$ = {dims[k]}")
        ax.set(xlabel=r"teacher $\mathcal{L}_{TE}$")
        ax.set(ylabel=r"best student $\min_t\mathcal{L}_{ST}$")
        marks = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
        ticks(ax, x=[m for m in marks if x[-1] / 1.5 < m < x[0] * 1.5])
        ax.legend(title="$M_{ST}$", loc="upper left")

    return panel


def exponents(ax):
    place = np.arange(len(names))
    for (role, d), mean, se in zip(in_shades(dims), *slope, strict=True):
        ax.plot(place, mean, **role.line)
        points(ax, place, (mean, se), role, label=f"$d$ = {d}")
    ax.axhline(1.49, **BOUND.line, label="Theorem 3.1")
    ax.set_xticks(place, names)
    ax.set(xlabel="student width $M_{ST}$", ylabel="fitted exponent")
    ax.legend(loc="lower right")


# %% tags=["remove-output"]
by_student = [
    f"Best student error against teacher error for d = {dim}, log-log, one curve per student "
    "width. Narrow students level off for the best teachers; the infinite one goes straight on."
    for dim in dims
]
grows = "Fitted exponent against student width: it grows with the width for every dimension."
figure("figure-5", curves(0), exponents, alt=[by_student[0], grows])
figure("other-dimensions", *map(curves, range(1, len(dims))), alt=by_student[1:])
glue("narrow", float(slope.mean[0, 0]), display=False)
glue("narrow_infinite", float(slope.mean[0, -1]), display=False)

# %% [markdown]
# :::{glue:figure} other-dimensions
# :name: fig-student-width-more
#
# The first panel of {numref}`fig-student-width` in the other dimensions.
# :::
#
# At $d =$ {glue:text}`low_dim` the exponent falls from {glue:text}`narrow_infinite:.2f` at infinite width to
# {glue:text}`narrow:.2f` for the narrowest student: it then describes the floor and no longer the theorem.
# ## The law
#
# The measured side runs independent finite students; the predicted side evaluates $c(t_*)$ on
# the teachers' spectra and knows of no finite student.


# %%
def cost(wide, dim, stop):
    """Mean over teachers of the predicted constant c(t), by teacher width."""
    return by_width(width_coefficient(wide, eigenspace_sizes(dim, wide), stop)).mean(axis=1)


drawn, wide = draw_teachers(law_rng, law_dim, law_teachers)
stop, floor = best_infinite(wide, law_dim)
law = cost(wide, law_dim, stop)
coarse = law_dim - 4 * law_dim**2 * relu_eigenvalues(law_dim, 0)[0]  # c_d


def measured(width):
    """M_ST times the excess error, mean over teachers, one row per student."""
    features = (sphere_points(law_rng, width, law_dim) for _ in range(law_students))
    return width * np.mean([best_finite(v, drawn, law_dim) - floor for v in features], axis=2)


excess = mean_and_error(np.stack([measured(width) for width in law_widths], axis=1))
found = compared(law, excess, M_ST=np.array(law_widths)[:, None], M_TE=teacher_widths)
needed = []  # width that doubles the error, by dimension
for d in dims:
    _, other = draw_teachers(law_rng, d, law_teachers)
    when, least = best_infinite(other, d)
    needed.append(cost(other, d, when) / least.mean(axis=1))


# %% tags=["remove-output"]
def law_panel(ax):
    first, *rest = shades(1 + len(law_widths))
    ax.plot(teacher_widths, law / coarse, **first.line, label="first-order law")
    for role, width, mean, se in zip(rest, law_widths, *found.over(coarse).measured, strict=True):
        points(ax, teacher_widths, (mean, se), role, label=f"{width}, measured")
    ax.axhline(1.0, **BOUND.line, label="$c_d$")
    ax.set(xscale="log", xlabel=r"teacher width $M_{TE}$", ylim=(0, 1.2))
    ax.set(ylabel=r"excess error $\cdot\, M_{ST}/c_d$", title=f"$d$ = {law_dim}")
    ticks(ax, x=teacher_widths)
    ax.legend(loc="lower right")


def needed_panel(ax):
    for (role, d), width in zip(in_shades(dims), needed, strict=True):
        ax.plot(teacher_widths, width, **role.line)
        ax.plot(teacher_widths, width, **role.dots, label=f"$d$ = {d}")
    ax.axhline(16384, **BOUND.line, label="the paper's 16384")
    ax.set(xscale="log", yscale="log", xlabel=r"teacher width $M_{TE}$")
    ax.set(ylabel=r"$M_{ST}$ that doubles the error")
    ticks(ax, x=teacher_widths)
    ax.legend()


# %% tags=["remove-output"]
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
)
glue("coarse", float(coarse), display=False)
glue("coarse_measured", float(excess.mean[:, -1].mean()), display=False)
glue("low_dim", dims[0], display=False)
glue("needed", f"{needed[0][-1]:,.0f}", display=False)
glue("narrow_times", float(best_means[0, 0, -1] / best_means[0, -1, -1]), display=False)
c_128 = 128 - 4 * 128**2 * relu_eigenvalues(128, 0)[0]
glue("c_128", float(c_128), display=False)
glue("needed_128", f"{c_128 / error_by_rate(2) ** 2:,.0f}", display=False)

# %% [markdown]
# :::{glue:figure} width-law
# :name: fig-width-law
#
# First: what a finite width adds to the error, times $M_{ST}/c_d$, measured with two standard errors over
# students and by the law. Second: the width at which, by the law, it adds as much as the infinitely wide
# student has; a narrower student is limited by its width. Dotted: the paper's width.
# :::
# ## Claims

# %%
steps = mean_over_seeds(np.diff(slopes, axis=1), students)
derived(
    "random_features.fig5.exponent_grows",
    "In every dimension the fitted exponent grows with every doubling of M_ST, and once more "
    "to M_ST = ∞.",
    compared(0.0, steps, d=np.array(dims)[:, None], M_ST=student_widths).above(),
    main=True,
)
derived(
    "random_features.fig5.narrow_student",
    "For the narrowest student in the lowest dimension the fitted exponent is below 1.49.",
    interval(slope.mean[0, 0], slope.standard_error[0, 0], high=1.49),
)
worse = best_means[0, 0] / best_means[0, -1]
derived(
    "random_features.fig5.floor",
    "The finite width costs most where the teacher is good: relative to infinite width, the "
    "narrowest student loses more for every wider teacher (lowest dimension).",
    inequality(worse[:-1], worse[1:], at={"M_TE": teacher_widths[1:]}),
    main=True,
)

# %%
derived(
    "random_features.fig5.law",
    "The excess error of a finite student is c(t*)/M_ST, for every teacher width and without "
    "any fitted number.",
    # Allowance: the next order is about c_d/M_ST relative to it and what degree two adds.
    found.agrees(0.2, 0.08),
    main=True,
)
derived(
    "random_features.fig5.coarse_constant",
    "For the widest teachers the measured constant is c_d = d − 4d²λ_0 within 30%.",
    # The filter is soft: at the best time part of degree two is already learned.
    interval(*found.over(coarse)[-1, -1].measured, low=0.7, high=1.3),
)
# %%
count, values = multiplicities(law_dim, 600), relu_eigenvalues(law_dim, 600)
series = (count * values)[2:].sum() / values[1]
derived(
    "random_features.fig5.constant_sum",
    "The constant is a trace: N_l λ_l/λ_1, summed over the degrees l ≥ 2, is d − 4d²λ_0.",
    compared(coarse, Estimate(series, 0)).identical(1e-4),
)
at_law = best_means[dims.index(law_dim), :, -1]
level = (at_law[:-1] - at_law[-1]) * student_widths
derived(
    "random_features.fig5.inverse_width",
    "For the widest teachers M_ST times the excess is the same for all M_ST, within 25%.",
    # Nested students share their fluctuations; the next order is about c_d/M_ST.
    compared(1.0, Estimate(level / level.mean(), 0), M_ST=student_widths).identical(0.25),
)

# %% [markdown]
# ## What to notice
#
# * **Where teachers are good, the student's width decides** ({numref}`fig-student-width`). Once
#   $c_d/M_{ST}$ exceeds $\mathcal L_{TE}^2$, the student's error no longer follows its teacher's. The
#   quadratic law needs $M_{ST} \gg c_d/\mathcal L_{TE}^2$, which grows about like $M_{TE}^2/c_d$.
# * **A width of 16384 is not always enough.** At $d =$ {glue:text}`low_dim` and the widest teachers,
#   by the law a student of {glue:text}`needed` features still has twice the error of an infinite one
#   ({numref}`fig-width-law`, second panel).
# * **The constant.** $c_d$ is {glue:text}`coarse:.1f` at the law's dimension; measured with the
#   widest teachers it is {glue:text}`coarse_measured:.1f`. It is smaller because at the best time degree two
#   is partly learned on purpose; the full law accounts for it.
# * **Honest limits.** The law is first order in $1/M_{ST}$. It fails where degree two itself must be
#   learned with too few features (low dimension, the widest teachers); there the excess is smaller.
# * Linear networks have the same law with $c = sD$: see {ref}`the sixth figure <page-fig6>`.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
# In the first panel of {numref}`fig-student-width`, how many times the error of the infinitely wide
# student does the narrowest student have behind the widest teachers?
# ::::
# ::::{admonition} Solution
# :class: dropdown w2s-solution
# {glue:text}`narrow_times:.0f` times, for the means over teachers: its curve has levelled off.
# ::::
#
# ::::{admonition} Exercise 2. The constant is a trace
# :class: w2s-exercise
# Show that $\sum_{\ell \ge 2} N_\ell \lambda_\ell/\lambda_1 = d - 4d^2\lambda_0$, from the
# {ref}`spectrum <page-relu-spectrum>`: the trace of the kernel is $1/(2d)$, and degree one holds half of it.
# ::::
# ::::{admonition} Solution
# :class: dropdown w2s-solution
# The degrees from two on hold $\tfrac1{2d} - \tfrac1{4d} - \lambda_0 = \tfrac1{4d} - \lambda_0$, since $N_0 = 1.$
# Divide by $\lambda_1 = 1/(4d^2)$. One of the claims above adds up the series and finds the same.
# ::::
#
# ::::{admonition} Exercise 3. Another dimension
# :class: w2s-exercise
# How many features must a student have in dimension 128 so that its width does not cost more than
# $\mathcal L_{TE}^2$, when its teacher has 256? Take $\mathcal L_{TE}$ from the equation on the page of
# {ref}`Figure 4 <page-fig4>`.
# ::::
# ::::{admonition} Solution
# :class: dropdown w2s-solution
# $c_{128}$ is {glue:text}`c_128:.1f`, and the equation at $M_{TE}/d = 2$ gives the teacher's error; so
# $c_d/\mathcal L_{TE}^2$ is about {glue:text}`needed_128` features. In high dimension teachers are poor,
# and a narrower student is enough.
# ::::
