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
#     smoke: {largest: 10000, draws: 150, closeness: 0.02}
# ---

# %% [markdown]
# (page-scaling-laws)=
# # Scaling laws
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`wu2026scaling`, whose abstract alone we know): a student can have the best possible
# scaling law while its teacher's error does not fall at all.
#
# **Holds?** Yes, for kernel ridge regression on a power-law spectrum. The price is a factor:
# $(\alpha + (\alpha-1)n/N)^{q/(q+1)}$, derived here.
#
# **Where not**: a student with its teacher's kernel cannot undo a teacher that shrinks too much, and ridge
# saturates on very smooth targets.
# :::
#
# :::{glue:figure} scaling
# :name: fig-scaling
#
# First panel: excess risks against the number $n$ of labels at $\alpha = 2$, $q = 1.5$. The teacher
# interpolates and stays where it is; its tuned students fall as fast as tuned regression on the labels
# themselves (green). Second panel: the student's risk in units of that, for three spectra, against the
# pseudo-labels per label; lines: the price law, dots: measured at {glue:text}`largest` labels.
# :::
#
# ## Statement
#
# **What the paper states.** Student and teacher are trained by ridge regression on random features. The
# abstract announces a deterministic equivalent of the student's excess risk, regimes in which the
# student's scaling law is better than the teacher's, both where bias and where variance dominates, and that
# the student may attain the minimax rate whatever the teacher's law is, even when the teacher's
# error does not decay. We have not seen its formulas or hypotheses.
#
# **What we decide.** One case, with formulas of our own: infinitely many random features, so kernel ridge
# regression, with one kernel for both. Its eigenvalues are $\lambda_k = k^{-\alpha}$, $\alpha > 1$, the target
# has the energy $b_k^2 \propto k^{-q-1}$ in eigendirection $k$, the $n$ labels carry noise of variance
# $\sigma^2$. The student sees the teacher's predictions at $N$ fresh inputs. Penalties $\lambda$ are those of
# $\lVert y - f\rVert^2/n + \lambda\lVert f\rVert^2$. The minimax rate of such problems is
# $n^{-q/(q+1)}$ {cite:p}`caponnetto2007`.
#
# :::{prf:proposition} The price of an interpolating teacher (derived here, in the limit)
# :label: prop-price
# :nonumber:
#
# Let $q < 2\alpha$, $N = \rho n$, and let the teacher interpolate its labels. As $n \to \infty$ its excess risk
# tends to $(\alpha - 1)\,\sigma^2$, while
#
# $$
# \frac{\min_{\lambda}\, \mathrm{ER}(\text{student})}{\min_{\lambda}\, \mathrm{ER}(\text{direct})} \to
# \Bigl(\alpha + \frac{\alpha-1}{\rho}\Bigr)^{q/(q+1)}, \tag{1}
# $$
#
# where *direct* is the same regression on the $n$ labels. So the student has the minimax rate.
# :::
#
# How sure we are: (2) and (3) below are the well-known deterministic equivalent of ridge regression and the same
# once more, argued here and set beside drawn regressions. The limit (1) follows from them.
#
# ## Why it is true
#
# **Ridge regression, mode by mode.** In the limit of many samples a ridge estimate learns of each coefficient
# the share $s_k = \lambda_k/(\lambda_k + \kappa)$, where $\sum_k s_k + n\lambda/\kappa = n$. To mode $k$ all
# that the estimate gets wrong elsewhere is one more label noise: with the test error $T$, noise included,
# the coefficient comes out as $s_k b_k$ plus an error of variance $s_k^2\,T/n$. Adding up,
#
# $$
# T = \sum_k (1-s_k)^2 b_k^2 + G\,T + \sigma^2, \qquad G = \tfrac1n \sum_k s_k^2 . \tag{2}
# $$
#
# **The student** is the same estimate with shares $t_k$ and $G_s$, for a target with coefficients
# $s_k b_k + s_k\sqrt{T/n}\, g_k$ and no label noise. Its test error on that target is
# $E = \sum_k (1-t_k)^2(s_k^2 b_k^2 + s_k^2 T/n) + G_s E$, and against the truth it has
#
# $$
# \mathrm{ER} = \sum_k (1 - t_k s_k)^2 b_k^2 + \sum_k t_k^2 s_k^2\,\frac{T}{n} + G_s E . \tag{3}
# $$
#
# **An interpolating teacher.** With $\lambda = 0$ and $s(u) = 1/(1+u^\alpha)$ the sums become integrals:
# $G = \int s^2/\int s = 1 - 1/\alpha$. The bias vanishes, so $T = \sigma^2/(1-G) = \alpha\sigma^2$.
#
# **The price.** The best student learns $K \ll n$ modes. On these $s_k \approx 1$, and its test error on the
# pseudo-labels is what it leaves, $E \approx \sum_k s_k^2\,T/n = GT = (\alpha-1)\sigma^2$. Each mode that it learns
# costs $T/n + E/N = (\alpha + (\alpha-1)/\rho)\,\sigma^2/n$, where the direct fit pays $\sigma^2/n$. The bias is the same
# $K^{-q}$ for both. The minimum of $K^{-q} + Kv$ over $K$ is proportional to $v^{q/(q+1)}$. $\square$
#
# ::::{admonition} What was neglected
# :class: dropdown
#
# The teacher's shrinkage on learned modes adds $\sum_{k \le K}(k/n)^{2\alpha}k^{-q-1}$, a share
# $(K/n)^{2\alpha}$ of the bias $K^{-q}$ when $q < 2\alpha$. Besides $GT$ the student's test error $E$ holds its
# own bias, which vanishes, and $G_s \asymp K/N$. For $q > 2\alpha$ the bias of a ridge estimate is
# $\kappa^2\sum_k b_k^2/\lambda_k^2 \asymp K^{-2\alpha}$ whatever the target is: the rate saturates at
# $2\alpha/(2\alpha+1)$, for student and direct fit alike.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
largest = 1_000_000  # most labels n
noise = 0.25  # label noise σ², for a target of energy one
closeness = 0.01  # how far a price may be from its limit, relative
draws = 300  # simulated pairs of teacher and student per setting

# %%
import numpy as np
from myst_nb import glue

from w2s.metrics import Estimate
from w2s.neighbours.power_law import (
    effective_ridge,
    krr_teacher,
    perfect_teacher,
    power_spectrum,
)
from w2s.neighbours.power_law_draws import drawn_krr
from w2s.neighbours.power_law_rates import label_price, ridge_rate
from w2s.neighbours.power_law_students import best_flow, best_krr, best_ridge, krr_path
from w2s.page.claims import derived, inequality, reading
from w2s.page.comparison import compared, joined
from w2s.page.figures import BOUND, SFT, TEACHER, figure, in_shades, ticks

shown = 2.0, 1.5  # α and q of the first panel
tasks = [shown, (3.0, 1.0), (1.5, 2.0)]
sizes = 10.0 ** np.arange(2, np.log10(largest) + 0.5)
glue("largest", f"{largest:,}", display=False)

# %% [markdown]
# ## Drawn pairs
#
# Formulas (2) and (3) against regressions on drawn inputs, in a space of 800 directions. Two teachers
# nearly interpolate noisy labels, one shrinks, and one has labels without noise.

# %%
directions, rng = 800, np.random.default_rng(seed)
settings = [
    (60, 60, 1e-6, 0.02, noise),  # n, N, the two penalties, σ²
    (60, 120, 0.01, 0.02, noise),
    (100, 100, 1e-5, 0.005, noise),
    (60, 60, 1e-4, 1e-3, 0.0),
]


def drawn_pair(n, N, weak, strong, label_noise):
    """Formula and simulation of the excess risks of a teacher and of its student."""
    task = power_spectrum(*shown, directions, exact=directions)
    teacher, target = krr_teacher(task, n, label_noise, weak), np.sqrt(task.energies)
    student = krr_path(teacher, N, effective_ridge(task, N, strong))
    errors = np.empty((draws, 2))
    for row in errors:
        said = drawn_krr(task.eigenvalues, target, n, weak, rng, noise=label_noise)
        heard = drawn_krr(task.eigenvalues, said, N, strong, rng)
        row[:] = ((said - target) ** 2).sum(), ((heard - target) ** 2).sum()
    return compared([teacher.error, float(student)], errors)


found = joined(
    [drawn_pair(*one) for one in settings],
    **{name: [[one[k]] for one in settings] for name, k in (("N", 1), ("σ²", -1))},
)

# %% [markdown]
# ## Laws
#
# The sums reach any size. A million directions per label stand for infinitely many, the far ones lumped
# together. They matter: with 300 per label the price at $\alpha = 1.5$ and $N = n$ would be
# {glue:text}`short_off:.1%` above the law.


# %%
def spectrum(task, n):
    """Eigenvalues and target of a task, long enough for n labels."""
    return power_spectrum(*task, 1e6 * n)


def direct(task, n):
    """Excess risk of tuned regression on the labels."""
    return best_krr(perfect_teacher(spectrum(task, n)), n, noise)


def student(task, n, per_label=1.0):
    """Excess risk of the tuned student of an interpolating teacher."""
    return best_krr(krr_teacher(spectrum(task, n), n, noise), per_label * n)


def last_slope(error, task, *more):
    """Slope of an error over the last decade of labels."""
    return np.log10(error(task, largest, *more) / error(task, largest / 10, *more))


def in_units(task, share):
    """The student's risk in units of the direct fit's, at the most labels."""
    return student(task, largest, share) / direct(task, largest)


shares = np.array([0.25, 1.0, 4.0, 100.0])
teachers = [krr_teacher(spectrum(shown, n), n, noise).error for n in sizes]
students = {share: [student(shown, n, share) for n in sizes] for share in shares[:3]}
directs = [direct(shown, n) for n in sizes]
price = compared(
    [label_price(*task, shares) for task in tasks],
    Estimate([[in_units(task, share) for share in shares] for task in tasks], 0),
    **{"α": [[alpha] for alpha, _ in tasks], "N/n": shares},
)


# %% tags=["remove-output"]
def laws(ax):
    names = {0.25: "N = n/4", 1.0: "N = n", 4.0: "N = 4n"}
    ax.plot(sizes, teachers, **TEACHER.line, marker="s", label="teacher")
    for role, (share, values) in in_shades(students.items()):
        ax.plot(sizes, values, **role.line, marker=role.marker, label=f"student, {names[share]}")
    ax.plot(sizes, directs, **SFT.line, marker="^", label="direct, tuned")
    guide = 0.3 * directs[0] * (sizes / sizes[0]) ** -float(ridge_rate(*shown))
    ax.plot(sizes, guide, **BOUND.line, label=r"slope $-q/(q+1)$")
    ax.set(xscale="log", yscale="log", xlabel="labels n", ylabel="excess risk")
    ax.set(ylim=(2e-7, 1))
    ax.legend(loc="lower left")


def prices(ax):
    fine = np.geomspace(0.2, 130, 100)
    for role, (k, (alpha, decay)) in in_shades(enumerate(tasks)):
        ax.plot(fine, label_price(alpha, decay, fine), **role.line)
        name = rf"$\alpha$ = {alpha:g}, $q$ = {decay:g}"
        ax.plot(shares, price.measured.mean[k], **role.dots, label=name)
    ax.axhline(1, **BOUND.line)
    ax.set(xscale="log", xlabel="pseudo-labels per label, N/n", ylabel="student / direct")
    ticks(ax, x=[0.3, 1, 3, 10, 30, 100])
    ax.legend()


# %% tags=["remove-output"]
figure(
    "scaling",
    laws,
    prices,
    alt=[
        "Excess risks against the number of labels, log-log. The teacher's line is flat. Three "
        "students and the direct fit fall in parallel lines along a guide; the more pseudo-labels, the "
        "closer the student is to the direct fit.",
        "The student's risk over that of the direct fit against pseudo-labels per label: three falling "
        "curves with measured dots on them, which level off well above one.",
    ],
)

# %% [markdown]
# ## Claims

# %%
derived(
    "neighbours.scaling_laws.drawn",
    "The mean excess risks of drawn teachers and of their students are those of formulas (2) and (3), "
    "within 4% and the noise.",
    # Allowance: corrections of relative order 1/n.
    found.agrees(0.06, 0.04),
)
derived(
    "neighbours.scaling_laws.teacher",
    "The error of an interpolating teacher does not fall: from one decade of labels to the next its "
    "slope is within 0.002 of zero.",
    inequality(np.abs(np.diff(np.log10(teachers))), 0.002, at={"n": sizes[1:]}),
    main=True,
)
last = [krr_teacher(spectrum(task, largest), largest, noise).error for task in tasks]
derived(
    "neighbours.scaling_laws.level",
    "It stays at (α − 1)σ², within 0.2%, for three spectra.",
    compared([(alpha - 1) * noise for alpha, _ in tasks], Estimate(last, 0)).identical(2e-3),
)

# %%
rate, student_slopes = -ridge_rate(*shown), [last_slope(student, shown, x) for x in shares[:3]]
reading(
    "neighbours.scaling_laws.student",
    "The tuned student of this teacher has the minimax rate: over the last decade its slope is −q/(q+1) "
    f"within {closeness / 2}, with fewer pseudo-labels than labels and with more.",
    compared(rate, Estimate(student_slopes, 0), **{"N/n": shares[:3]}).identical(
        closeness / 2, absolute=True
    ),
    source="wu2026scaling, abstract; kernel, spectrum and target are ours",
    main=True,
)
derived(
    "neighbours.scaling_laws.price",
    f"At n = {largest:,} the student's risk is that of the tuned direct fit times the price (1), "
    f"within {closeness:.0%}, for three spectra and N/n from 1/4 to 100.",
    price.over(price.predicted).identical(closeness),
    main=True,
)

# %% [markdown]
# What makes it work is a teacher whose error is noise in modes that its student does not learn. Two
# teachers whose error is something else, and a target on which ridge is at its end:


# %%
def left_by_the_best(power):
    """Risk of the best ridge student of all in units of its teacher's, λ = n^(−power)."""
    weak = [krr_teacher(spectrum(shown, n), n, noise, n**-power) for n in sizes]
    return np.array([best_ridge(one) / one.error for one in weak])


derived(
    "neighbours.scaling_laws.over_regularised",
    "On a teacher that shrinks too much, λ = n^(−1/2), no ridge student with its kernel improves by 1%, "
    "not even with infinitely many pseudo-labels: bias is not undone.",
    inequality(0.99, left_by_the_best(0.5), at={"n": sizes}),
    main=True,
)
derived(
    "neighbours.scaling_laws.tuned",
    "Nor on a teacher with a penalty of the optimal order, λ = n^(−α/(q+1)).",
    inequality(0.99, left_by_the_best(shown[0] / (shown[1] + 1)), at={"n": sizes}),
)

# %%
smooth = 1.5, 6.0  # q > 2α
slopes = compared(
    -ridge_rate(*smooth), Estimate([last_slope(one, smooth) for one in (student, direct)], 0)
)
derived(
    "neighbours.scaling_laws.saturation",
    "For q > 2α student and direct fit fall like n^(−2α/(2α+1)), over the last decade within "
    f"{2 * closeness}: ridge saturates.",
    slopes.identical(2 * closeness, absolute=True),
)
minimax = -smooth[1] / (smooth[1] + 1)
derived(
    "neighbours.scaling_laws.saturated_minimax",
    "There, too, the ridge student has the minimax rate q/(q+1).",
    compared(minimax, slopes.measured).identical(2 * closeness, absolute=True),
    expect="fails",
)


def stopped(task, n):
    """The stopped student of an interpolating teacher, on infinitely many pseudo-labels."""
    return best_flow(krr_teacher(spectrum(task, n), n, noise)).loss


derived(
    "neighbours.scaling_laws.stopping",
    "A student that is stopped early, on infinitely many pseudo-labels, has the minimax rate there: its "
    f"slope over the last decade is −q/(q+1) within {2 * closeness}.",
    compared(minimax, Estimate(last_slope(stopped, smooth), 0)).identical(
        2 * closeness, absolute=True
    ),
)

# %% [markdown]
# ## What to notice
#
# * **Two jobs, one error** ({numref}`fig-scaling`). The teacher's error stays at $(\alpha-1)\sigma^2$ because
#   interpolation spreads the label noise over all $n$ modes. In each single mode there is little of it, and a
#   student that learns few modes hardly meets the rest.
# * **The same mechanism as in Part I.** There the student shares a subspace with its teacher and inherits the
#   noise {ref}`in that subspace only <page-variance-theorem>`. Here the subspace is soft, the filter $t_k$, and
#   chosen by a penalty; $E/N$ is the noise that unshared features leave at few pseudo-labels.
# * **More pseudo-labels help, up to a point.** Their part of the price is $(\alpha-1)n/N$. What stays is
#   $\alpha$, the teacher's interpolation. It is a constant factor, which no rate shows.
# * **Bias can be improved, too**, as the abstract says, but by another teacher: one that is limited by its
#   width and not by its penalty. That is {ref}`Between one and two <page-between-one-and-two>`.
# * **Honest limits.** Random features are infinitely many, teacher and student share one kernel, penalties
#   are chosen by an oracle. (2) and (3) are equivalents, exact in the limit only; (1) is a limit.

# %% tags=["remove-output", "hide-input"]
short = power_spectrum(*tasks[2], 300 * largest)
of_short = best_krr(krr_teacher(short, largest, noise), largest)
of_short /= best_krr(perfect_teacher(short), largest, noise) * label_price(*tasks[2], 1.0)
glue("short_off", float(of_short - 1), display=False)
three = student(shown, largest, 3.0) / student(shown, largest, 1e4)
glue("three", float(three), display=False)
interpolating = krr_teacher(spectrum(shown, largest), largest, noise)
kept = np.square(1 - interpolating.missing) @ interpolating.spectrum.count / largest
glue("kept", float(kept), display=False)
steep = [float(last_slope(student, (4.0, q))) for q in (1.0, 6.0)]
glue("steep_rough", steep[0], display=False)
glue("steep_smooth", steep[1], display=False)

# %% [markdown]
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# At $\alpha = 2$ and $q = 1.5$: how many pseudo-labels per label bring the student within a tenth of the
# price that infinitely many would leave? Use the second panel of {numref}`fig-scaling`, then (1).
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The curve levels off at $2^{0.6} \approx 1.52$ and comes down to 1.67 at about $N/n = 3$. By (1)
# $(1 + \tfrac{1}{2\rho})^{0.6} = 1.1$, so $\rho = \tfrac12/(1.1^{5/3} - 1) \approx 2.9$. The run finds a factor of
# {glue:text}`three:.3f` at $\rho = 3$.
# ::::
#
# ::::{admonition} Exercise 2. A step of the proof
# :class: w2s-exercise
#
# Show that $\int_0^\infty s^2\,du = (1 - 1/\alpha)\int_0^\infty s\,du$ for $s(u) = 1/(1+u^\alpha)$.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# $u\,s'(u) = -\alpha\, s(1-s)$. Integrating by parts, $\int s(1-s)\,du = -\tfrac1\alpha\int u s'\,du =
# \tfrac1\alpha\int s\,du$, because $us \to 0$ at both ends. The run finds $G =\;${glue:text}`kept:.4f` at
# $\alpha = 2$.
# ::::
#
# ::::{admonition} Exercise 3. Change a parameter
# :class: w2s-exercise
#
# Take $\alpha = 4$. What are the slopes of the student for $q = 1$ and $q = 6$, and is the second one saturated?
# Change the line with `steep` above.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# Ridge saturates at $q = 2\alpha = 8$, so both have the minimax slope $-q/(q+1)$: $-\tfrac12$ and $-\tfrac67$. The
# run finds {glue:text}`steep_rough:.3f` and {glue:text}`steep_smooth:.3f` over the last decade.
# ::::
