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
#     smoke: {dims: [22, 40, 64], student_width: 2048, teacher_widths: [32, 64, 128], teachers: 20, students: 2}
# ---

# %% [markdown]
# (page-fig4)=
# # Figure 4: three dimensions
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`medvedev2025`, Figure 4): in dimensions 16, 32 and 64 a stopped ReLU student beats
# its teacher, in line with {ref}`Theorem 3.1 <page-fig2>`.
#
# **Holds?** Yes: in each dimension the gain grows with the teacher's width, overtraining loses it, and
# the fitted exponent is above 1.49.
#
# **Where not**: in the lowest dimension the student's own width limits it behind the widest teachers.
# That mainly $M_{TE}/d$ matters is derived here, as an approximation.
# :::
#
# :::{glue:figure} collapse
# :name: fig-collapse
#
# Means over teachers with two standard errors, against $M_{TE}/d$. First: the best student's error over its
# teacher's is below 1 and falls; the three dimensions share one curve until $M_{TE}$ approaches $d^2/2$.
# Second: the teacher's error; dotted, the equation of {prf:ref}`the proposition <prop-width-over-dimension>`.
# :::
#
# ## Statement
#
# *Figure 4 ({certainty}`Figure 4`):* for $d = 16, 32, 64$, a linear target and $M_{ST} = 16384$, the upper
# row shows $\mathcal L_{ST}(t)/\mathcal L_{TE}$ for each teacher width and the lower row the best
# $\mathcal L_{ST}$ against $\mathcal L_{TE}$ with a fitted power law. By the caption the observations
# align with {ref}`Theorem 3.1 <page-fig2>`. Which exponents it fits we have not seen: that they exceed 1.49,
# and that overtraining loses the gain as in Figure 2, is our reading. Seeds, time grid and fitting rule
# are ours ({ref}`labels of certainty <labels-of-certainty>`).
#
# :::{prf:proposition} One parameter (derived here, under Gaussian universality)
# :label: prop-width-over-dimension
# :nonumber:
#
# Let $M_{TE}$ be large, of order $d$, and small compared to $d^2/2$. Then $L = \mathcal L_{TE}$ is close
# to the root in $(0, 1)$ of
#
# $$
# \frac{M_{TE}}{d}\, L = (1 - L)\Bigl(L + 1 - \frac2\pi\Bigr),
# $$
#
# a function of $M_{TE}/d$ alone.
# :::
#
# ## Why it is true
#
# To the teacher, the ReLU kernel is its constant, $d$ linear functions with half of its trace, and
# higher degrees with a share $\tfrac12 - \tfrac1\pi$ of it. As long as $M_{TE} \ll N_2 \simeq d^2/2$,
# the higher degrees act like a ridge, because every feature has its own, nearly orthogonal, part of them.
# The teacher then solves a ridge regression of $M_{TE}$ equations in $d$ unknowns, which depends on the
# ratio of the two numbers.
#
# ::::{admonition} Full proof
# :class: dropdown
#
# The ansatz replaces the harmonics at the features by independent normal variables. The typical
# teacher then has $\mathcal L_{TE} = \kappa/(\lambda_1 + \kappa)$, where $\kappa$ solves
# $\sum_\ell N_\ell \lambda_\ell/(\lambda_\ell + \kappa) = M_{TE}$. For $\kappa \gg \lambda_2$ the
# degrees from two on contribute $c_d \lambda_1/\kappa$ with $c_d \simeq (1 - 2/\pi) d$, degree one
# contributes $d\lambda_1/(\lambda_1 + \kappa) = d(1 - L)$, and the constant about one. With
# $\lambda_1/\kappa = (1 - L)/L$ this is $M_{TE} - 1 = d(1-L) + c_d(1-L)/L$, which is the equation up to
# the constant's one feature.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
dims = [16, 32, 64]  # d
student_width = 16384  # M_ST
teacher_widths = [16, 32, 64, 128, 256]  # M_TE
teachers = 20  # seeds: independent teachers per width
students = 5  # independent students per dimension, each with as many of the seeds

# %%
import numpy as np
from myst_nb import glue

from w2s.metrics import Estimate, fit_power_law, mean_and_error
from w2s.page.claims import derived, inequality, paper, reading
from w2s.page.comparison import compared, successive
from w2s.page.figures import BOUND, STUDENT, TEACHER, figure, in_shades, points, ticks
from w2s.page.pairs import record_pairs
from w2s.random_features.exponents import mean_over_seeds, over_seeds, seed_exponents
from w2s.random_features.finite_width import simulate_student
from w2s.random_features.gradient_flow import best_stop, spectral_path
from w2s.random_features.limits import lower_bound
from w2s.random_features.relu_network import relu_teacher
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import ZonalTarget, sphere_points
from w2s.random_features.universality import error_by_rate
from w2s.random_features.width_law import error_without_stopping

times = np.geomspace(1e-2, 1e8, 201)  # t λ_1
where = {"d": np.array(dims)[:, None], "M_TE": teacher_widths}

# %% [markdown]
# ## Computation
#
# As for {ref}`Figure 2 <page-fig2>`, teachers are exact. In each dimension there are {glue:text}`students`
# independent students, each shared by {glue:text}`each` seeds, with one block Lanczos run for all its
# paths. Infinitely wide students are computed as well. Standard errors are those of Figure 2, which allow
# for shared students.


# %%
def draw(dim, child):
    """Some seeds of teachers and one student: errors over (teacher, ...)."""
    rngs = tuple(np.random.default_rng(s) for s in child.spawn(2))
    target, clock = ZonalTarget(sphere_points(rngs[0], 1, dim)[0]), 4 * dim**2
    sizes = {"repeats": teachers // students, "longest": times[-1] * clock}
    taught, finite = simulate_student(target, teacher_widths, student_width, rngs, **sizes)
    wide = SpectralTeacher.stack([one.spectrum for one in taught])
    stopped = best_stop(lambda t: finite(t * clock))
    infinite = best_stop(lambda t: spectral_path(wide, t * clock))
    unstopped = error_without_stopping(wide, dim, student_width)
    return finite(times * clock), wide.error, stopped.loss, infinite.loss, stopped.time, unstopped


def run(dim, child):
    """The same for all students of a dimension, over (width, seed, ...)."""
    each = zip(*[draw(dim, one) for one in child.spawn(students)], strict=True)
    return [over_seeds(rows, len(teacher_widths)) for rows in each]


# %%
seeds = np.random.SeedSequence(seed).spawn(len(dims))
results = [run(dim, child) for dim, child in zip(dims, seeds, strict=True)]
path, error, best, ideal, stop, ends = map(np.stack, zip(*results, strict=True))
ratio = mean_over_seeds(best / error, students)  # (dimension, width)
end = path[..., -1] / error
last = mean_over_seeds(end, students)
slopes, ideal_slopes = seed_exponents(error, best), seed_exponents(error, ideal)
slope, ideal_slope = (mean_over_seeds(x, students) for x in (slopes, ideal_slopes))
glue("students", students, display=False)
glue("each", teachers // students, display=False)

# %% tags=["remove-output", "hide-input"]
for k, dim in enumerate(dims):
    paths = np.dstack([path[k], best[k]]).reshape(error[k].size, -1)
    record_pairs(f"ReLU network, d = {dim}, finite student", error[k].ravel(), paths)
    record_pairs(f"ReLU network, d = {dim}, infinite student", error[k].ravel(), ideal[k].ravel())

# %% [markdown]
# ## Figure 4

# %% tags=["remove-output"]
bands = np.quantile(path / error[..., None], [0.1, 0.5, 0.9], axis=2)


def over_time(k):
    def panel(ax):
        for i, (role, width) in enumerate(in_shades(teacher_widths)):
            low, curve, high = bands[:, k, i]
            ax.fill_between(times, low, high, **role.band)
            ax.plot(times, curve, **role.line, label=f"$M_{{TE}}$ = {width}")
        ax.axhline(1.0, **BOUND.line)
        ax.set(xscale="log", yscale="log", title=f"$d$ = {dims[k]}", ylim=(0.03, 300))
        ax.set(xlabel=r"time $t\lambda_1$", ylabel=r"$\mathcal{L}_{ST}\,/\,\mathcal{L}_{TE}$")
        ax.legend(loc="upper right")

    return panel


# %% tags=["remove-output"]
def fitted(k):
    def panel(ax):
        x = np.geomspace(error[k].min(), error[k].max(), 50)
        fit = fit_power_law(error[k].mean(axis=1), best[k].mean(axis=1))
        small = {"markersize": 3.5, "alpha": 0.85}
        finite, infinite = rf"$M_{{ST}}={student_width}$", r"$M_{ST}=\infty$"
        ax.plot(error[k].ravel(), ideal[k].ravel(), **TEACHER.dots | small, label=infinite)
        ax.plot(error[k].ravel(), best[k].ravel(), **STUDENT.dots | small, label=finite)
        ax.plot(x, fit(x), **STUDENT.line, label=f"fit, exponent {fit.exponent:.2f}")
        ax.plot(x, lower_bound(x), **BOUND.line, label="no student below (9)")
        ax.set(xscale="log", yscale="log", title=f"$d$ = {dims[k]}")
        ax.set(xlabel=r"teacher $\mathcal{L}_{TE}$")
        ax.set(ylabel=r"best student $\min_t\mathcal{L}_{ST}$")
        marks = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
        ticks(ax, x=[m for m in marks if x[0] < m < 1.2 * x[-1]])
        ax.legend(loc="upper left")

    return panel


# %% tags=["remove-output"]
figure(
    "figure-4",
    *[panel(k) for k in range(len(dims)) for panel in (over_time, fitted)],
    alt=[
        text.format(dim)
        for dim in dims
        for text in (
            "Ratio of student to teacher error against time for d = {}: one curve with a band per "
            "teacher width, dipping below one and returning towards one.",
            "Best student error against teacher error for d = {}, log-log: dots along a steep line, "
            "all above the bound, infinite students slightly lower.",
        )
    ],
)

# %% tags=["hide-input"]
rows = {
    "finite": (slope, 3),
    "infinite": (ideal_slope, 3),
    "end": (Estimate(last.mean[:, -1], last.standard_error[:, -1]), 3),
    "when": (mean_over_seeds(stop[:, -2], students), 2),
}
for name, (found, digits) in rows.items():
    for k, (mean, se) in enumerate(zip(*found, strict=True)):
        glue(f"{name}_{k}", f"{mean:.{digits}f} ± {1.96 * se:.{digits}f}", display=False)
for k, dim in enumerate(dims):
    glue(f"dim_{k}", dim, display=False)
    glue(f"gap_{k}", float(best[k, -1].mean() / ideal[k, -1].mean()), display=False)
typical = np.median(stop, axis=2)
glue("stop_low", float(typical[:, :-1].min()), display=False)
glue("stop_high", float(typical[:, :-1].max()), display=False)
glue("stop_floor", float(typical[0, -1]), display=False)

# %% [markdown]
# :::{glue:figure} figure-4
# :name: fig-three-dimensions
#
# Two panels for each dimension. First: error of the student over that of its teacher, median over
# teachers, and the band that holds 80% of them. Second: all teachers with their best stopped students;
# the fit goes through the means over seeds. The picture repeats itself, with a smaller gain in higher
# dimension.
# :::
# | mean over seeds | d = {glue:text}`dim_0` | d = {glue:text}`dim_1` | d = {glue:text}`dim_2` |
# |---|---|---|---|
# | exponent, finite student | {glue:text}`finite_0` | {glue:text}`finite_1` | {glue:text}`finite_2` |
# | exponent, infinitely wide | {glue:text}`infinite_0` | {glue:text}`infinite_1` | {glue:text}`infinite_2` |
# | best $t\lambda_1$ | {glue:text}`when_0` | {glue:text}`when_1` | {glue:text}`when_2` |
# | end ratio | {glue:text}`end_0` | {glue:text}`end_1` | {glue:text}`end_2` |
#
# The intervals hold 95%. Exponents are fitted once per seed. The best time is that of the second widest
# teachers, the end ratio that of the widest.
#
# ## The figure by one parameter
#
# The first picture of this page shows the same errors against $M_{TE}/d$, beside the root of the equation.

# %% tags=["remove-output"]
rates = np.array(teacher_widths) / np.array(dims)[:, None]  # M_TE/d
root = error_by_rate(rates)
grid = np.geomspace(rates.min(), rates.max(), 100)
other, rng = ZonalTarget(np.eye(128)[0]), np.random.default_rng(seed)
unseen = [relu_teacher(sphere_points(rng, 256, 128), other).error for _ in range(10)]
glue("unseen", float(np.mean(unseen)), display=False)
for rate in (2, 16):
    glue(f"root_{rate}", float(error_by_rate(rate)), display=False)


def collapse(values, label):
    def panel(ax):
        for k, (role, dim) in enumerate(in_shades(dims)):
            points(ax, rates[k], mean_over_seeds(values[k], students), role, label=f"$d$ = {dim}")
        if values is error:
            ax.plot(grid, error_by_rate(grid), **BOUND.line, label="equation")
        ax.set(xscale="log", yscale="log", xlabel=r"$M_{TE}/d$", ylabel=label)
        ticks(ax, x=[m for m in (0.25, 0.5, 1, 2, 4, 8, 16) if grid[0] <= m <= grid[-1]])
        ax.legend()

    return panel


# %% tags=["remove-output"]
figure(
    "collapse",
    collapse(best / error, r"best $\mathcal{L}_{ST}\,/\,\mathcal{L}_{TE}$"),
    collapse(error, r"teacher $\mathcal{L}_{TE}$"),
    alt=[
        "Best ratio of student to teacher error against teacher width divided by the dimension, "
        "log-log: the dots of three dimensions fall along one curve below one; the lowest dimension "
        "flattens at the right end.",
        "Teacher error against the same: again one curve, which the dots leave at the right end, "
        "first for the lowest dimension.",
    ],
)

# %% [markdown]
# ## Claims

# %%
ideal_ratio = mean_and_error(ideal / error, axis=2)  # no student is shared
paper(
    "random_features.fig4.ratio_falls",
    "In each dimension the best L_ST/L_TE is below 1 and falls with every step of M_TE except "
    "the last, at which the student's width limits the lowest dimension.",
    successive(ratio, 1.0, **where)[:, :-1].below(),
    source="medvedev2025, Figure 4",
    main=True,
)
derived(
    "random_features.fig4.ratio_falls_infinite",
    "With infinitely wide students the best L_ST/L_TE falls with every step of M_TE, the last "
    "one included.",
    successive(ideal_ratio, 1.0, **where).below(),
)
# %%
reading(
    "random_features.fig4.overtraining",
    "In each dimension overtraining loses the gain: on average less than half of 1 − L_ST/L_TE "
    "is left at the end.",
    inequality(1 - last.mean, 0.5 * (1 - ratio.mean), at=where),
    source="medvedev2025, Figure 4",
    main=True,
)
reading(
    "random_features.fig4.exponent",
    "In each dimension the fitted exponent is above 1.49.",
    compared(1.49, slope, d=dims).above(),
    source="medvedev2025, Figure 4",
    main=True,
)
derived(
    "random_features.fig4.exponent_infinite",
    "In each dimension an infinitely wide student has a larger exponent.",
    compared(0.0, mean_over_seeds(ideal_slopes - slopes, students), d=dims).above(),
)

# %%
ratios, spread = ideal_ratio
higher = Estimate(ratios[1:], np.hypot(spread[:-1], spread[1:]))
derived(
    "random_features.fig4.dimension",
    "At equal M_TE the gain of an infinitely wide student is smaller in higher dimension.",
    compared(ratios[:-1], higher, d=np.array(dims)[1:, None], M_TE=teacher_widths).above(),
)
from_root = compared(1.0, Estimate(error.mean(axis=2) / root, 0), **{"M_TE/d": rates})
derived(
    "random_features.fig4.root",
    "For M_TE between d and 2d the mean teacher error is the root of the one-parameter equation "
    "within 25%, in each dimension.",
    # The equation is the limit of high dimension; what is left is of order 1/d and M_TE/d².
    from_root[(rates >= 1) & (rates <= 2)].identical(0.25),
    main=True,
)
# %%
derived(
    "random_features.fig4.end",
    "Every finite student ends below its teacher's error, in each dimension.",
    inequality(end, 1.0),
)
spared = 1 - ends / error
of_same_teachers = mean_over_seeds(1 - end - spared, students).standard_error
derived(
    "random_features.fig4.end_predicted",
    "Where it ends is predicted without any student: the mean of 1 − L_ST/L_TE is that of the "
    "projection on independent features, in each dimension and for every M_TE.",
    # Allowance: the ansatz, and the paths' accuracy of 1e-5.
    compared(spared.mean(axis=2), Estimate(1 - last.mean, of_same_teachers), **where).agrees(
        0.2, 0.03
    ),
)
bound = lower_bound(error)
reading(
    "random_features.fig4.limit",
    "No best stopped student lies below the bound (9) of Theorem 4.1.",
    inequality([bound, bound], [best, ideal], slack=2e-5),  # slack: accuracy of the finite paths
    source="medvedev2025, Theorem 4.1",
)

# %% [markdown]
# ## What to notice
#
# * **The three dimensions are one picture.** Plotted against $M_{TE}/d$ they nearly coincide
#   ({numref}`fig-collapse`). A higher dimension acts like a narrower teacher.
# * **The lowest dimension is limited by the student.** At $d =$ {glue:text}`dim_0` and the widest teachers
#   the finite student has {glue:text}`gap_0:.1f` times the error of an infinite one, against
#   {glue:text}`gap_2:.2f` times at $d =$ {glue:text}`dim_2`. This bends its points in
#   {numref}`fig-three-dimensions` and lowers its exponent; {ref}`Figure 5 <page-fig5>` shows how.
# * **When to stop.** The best $t\lambda_1$ lies between {glue:text}`stop_low:.1f` and
#   {glue:text}`stop_high:.1f` for all teachers but the widest, and hardly depends on $M_{TE}$. At the
#   point limited by the student it is {glue:text}`stop_floor:.0f`.
# * **Only an infinitely wide student returns to its teacher.** The end ratios fall below 1 by what the
#   student's features cannot hold, as the proposition on the page of {ref}`Figure 2 <page-fig2>` says.
# * **Honest limits.** A power law only describes this range, since the points bend. None of these
#   dimensions reaches the $d > 200$ of the theorem's second half, as we recall it; exponents above
#   1.49 are measurements, and do not confirm it.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
# In the first panel of {numref}`fig-collapse` the lowest dimension leaves the common curve at its last
# point. In which direction, and is it the teacher or the student that causes it?
# ::::
# ::::{admonition} Solution
# :class: dropdown w2s-solution
# Its ratio is larger than the curve continued. The teacher does not cause it: in the second panel its
# error falls faster there, because more than $d^2/2$ features begin to resolve degree two. The student does:
# its error is {glue:text}`gap_0:.1f` times that of an infinitely wide one.
# ::::
#
# ::::{admonition} Exercise 2. A limit of the equation
# :class: w2s-exercise
# Show that the root of the equation is about $(1 - 2/\pi)\, d/M_{TE}$ when $M_{TE} \gg d$. How good is this
# at $M_{TE} = 16\, d$?
# ::::
# ::::{admonition} Solution
# :class: dropdown w2s-solution
# The left side is at most $1 + 1 - 2/\pi$, so $L \to 0$ as $M_{TE}/d$ grows, and then the right side tends to
# $1 - 2/\pi \approx 0.363.$ At $16$ this gives $0.0227$; the root is {glue:text}`root_16:.4f`.
# ::::
#
# ::::{admonition} Exercise 3. A dimension that is not in the figure
# :class: w2s-exercise
# Predict the mean error of teachers with 256 features in dimension 128. Then draw ten of them with
# `relu_teacher`.
# ::::
# ::::{admonition} Solution
# :class: dropdown w2s-solution
# With $M_{TE}/d = 2$ the equation gives {glue:text}`root_2:.3f`. Ten teachers have a mean error of
# {glue:text}`unseen:.3f`. The equation is the limit of high dimension.
# ::::
