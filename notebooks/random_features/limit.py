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
#     gathers: pairs
#     smoke: {repeats: 20}
# ---

# %% [markdown]
# (page-limit)=
# # Theorem 4.1: the limit no student can beat
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`medvedev2025`, as we read it): a student that fits its teacher's labels no worse
# than every shrunken copy of itself has at least the error (9), about the square of its teacher's.
#
# **Holds?** Yes, for all {glue:text}`all_points` simulated pairs of this book. The curve (9) is derived
# here, and attained.
#
# **Where not**: training steps that are too long and teachers that carry label noise escape it.
# :::
#
# :::{glue:figure} limit
# :name: fig-limit
#
# Best student against its teacher: families of this page, and in small dots all other pages. Nothing
# lies below the bound (9), the solid curve; the tight cases (stars) lie on it. Second panel: divided by
# $\mathcal L_{TE}^2$, the bound touches $\tfrac34$ at $\mathcal L_{TE} = \tfrac23$ only.
# :::
#
# ## Statement
#
# **What the paper states.** The abstract of its second version says that the limits hold for
# "arbitrary teacher and student feature spaces and a broad class of learning rules", with student
# features that may be pre-trained: the student's error can approach zero only if the teacher's does,
# and with a teacher that is barely better than chance no student reaches a small error.
#
# **What we read.** We know the names of Definition 1, Lemma 1, Theorem 4.1 and Corollary 1, and that
# the rate is quadratic. The wording of the definition and the constant $\tfrac34$ are recalled; the
# curve (9) and all proofs are derived here ({certainty}`Theorem 4.1 and Corollary 1`). Two
# conditions decide: the teacher is the best approximation of the target in its feature space, and the
# student is shrinkage optimal for it.
#
# Norms are those of the population, $\lVert f\rVert^2 = \mathbb E f(x)^2$, and $\lVert f_*\rVert = 1$.
#
# :::{prf:definition} 1, shrinkage optimality (Medvedev et al. 2025; wording recalled)
# :label: def-shrinkage
# :nonumber:
#
# A student $f_{ST}$ is shrinkage optimal for its teacher $f_{TE}$ when
# $\lVert f_{ST} - f_{TE}\rVert \le \lVert \alpha f_{ST} - f_{TE}\rVert$ for all $0 \le \alpha \le 1$.
# :::
#
# :::{prf:lemma} 1 (Medvedev et al. 2025; name the paper's, proof derived here)
# :label: lem-flow-shrinks
# :nonumber:
#
# Gradient flow from zero on the labels $f_{TE}$ is shrinkage optimal at every time, for any features.
# :::
#
# :::{prf:theorem} 4.1 (Medvedev et al. 2025; rate the paper's, curve derived here)
# :label: thm-limit
# :nonumber:
#
# Let the teacher be the best approximation of $f_*$ in its feature space, with error
# $L = \mathcal L_{TE}$, and let the student be shrinkage optimal for it. Then it obeys the bound (9),
#
# $$
# \mathcal L_{ST} \ge \Bigl(\tfrac{\sqrt{1+3L}\, -\, \sqrt{1-L}}{2}\Bigr)^2 , \tag{9}
# $$
#
# and this is at least $\tfrac34 L^2$. Both bounds are attained.
# :::
#
# :::{prf:corollary} 1 (Medvedev et al. 2025; in terms of our curve)
# :label: cor-limit
# :nonumber:
#
# Random feature students, of any width, with any features and any stopping time, obey (9): a law
# $\mathcal L_{ST} \le c\, \mathcal L_{TE}^{\eta}$ with $\eta > 2$ is impossible as $\mathcal L_{TE} \to 0$.
# :::
#
# ## Why it is true
#
# **The ball.** $\lVert \alpha f_{ST} - f_{TE}\rVert^2$ is a convex parabola in $\alpha$. It is smallest
# on $[0,1]$ at $\alpha = 1$ exactly when its slope there is not positive:
# $\langle f_{ST}, f_{TE} - f_{ST}\rangle \ge 0$. Completing the square, this reads
# $\lVert f_{ST} - \tfrac12 f_{TE}\rVert \le \tfrac12\lVert f_{TE}\rVert$: the student lies in the ball
# whose diameter is the segment from $0$ to $f_{TE}$.
#
# **Lemma 1.** Gradient flow gives $f_t = (1 - e^{-tK}) f_{TE}$, so $\langle f_t, f_{TE} - f_t\rangle$ is
# $\langle (1 - e^{-tK}) f_{TE},\, e^{-tK} f_{TE}\rangle$: a sum over the eigenvalues
# $q = e^{-t\lambda} \in [0, 1]$ with weights $(1-q)\,q \ge 0$.
#
# **Theorem 4.1.** The student is no closer to $f_*$ than the ball is. A best approximation has
# $\lVert f_{TE}\rVert^2 = 1 - L$, and $f_* - f_{TE}$ is perpendicular to it. So $f_*$ is at distance
# $\sqrt{(1-L)/4 + L} = \tfrac12\sqrt{1+3L}$ from the centre, and the radius is $\tfrac12\sqrt{1-L}$.
# The difference is the square root of (9). The theorem is {proved}`Limit.limit_of_any_student`.
#
# ::::{admonition} The constant 3/4, and why (9) cannot be improved
# :class: dropdown
#
# With $a = \sqrt{1+3L}$ and $b = \sqrt{1-L}$, $a^2 - b^2 = 4L$, so the bound is $4L^2/(a+b)^2$. By
# Cauchy–Schwarz with weights $1$ and $\tfrac13$, $(a + b)^2 \le \bigl(1 + \tfrac13\bigr)\bigl(a^2 + 3b^2\bigr)
# = \tfrac43 \cdot 4$, so the bound is at least $\tfrac34 L^2$, with equality when $a = 3b$, that is at
# $L = \tfrac23$. For small $L$ it is $L^2 - L^3 + 2L^4 - \dots$
#
# The point of the ball nearest to $f_*$ is a student: give it one feature, in the direction of that
# point, and train it to convergence. It then is the projection of $f_{TE}$ on this direction, which
# is the point itself (Thales). Its angle to $f_{TE}$ is $\tfrac12\arctan(2\tan\varphi)$ with
# $\cos\varphi = \sqrt{1-L}$.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
repeats = 100  # students per family and setting
picture_error = 0.4  # L_TE of the drawn ball
pairs = ""  # the book's table, which the press fills in

# %%
import numpy as np
from IPython.display import HTML
from myst_nb import glue
from scipy.optimize import minimize_scalar

from w2s.metrics import Estimate
from w2s.page.claims import derived, exact, inequality, paper, reading
from w2s.page.comparison import compared
from w2s.page.figures import ACCENT, BOUND, CEILING, STUDENT, TEACHER, figure, in_shades
from w2s.page.pairs import read_pairs
from w2s.random_features.adversarial import arbitrary_features
from w2s.random_features.finite_path import finite_path
from w2s.random_features.finite_student import student_gram, student_labels, student_moments
from w2s.random_features.gradient_flow import flow, spectral_path
from w2s.random_features.learning_rules import gradient_descent
from w2s.random_features.limits import lower_bound, quadratic_floor, tight_chain
from w2s.random_features.linear_network import (
    LinearNetwork,
    linear_functions,
    linear_scaling,
    linear_teacher,
)
from w2s.random_features.relu_network import relu_teacher
from w2s.random_features.shrinkage import ball_margin, shrinkage_gain, shrinkage_margin
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import ZonalTarget, sphere_points

times = np.concatenate([[0.0], np.geomspace(1e-2, 1e9, 300)])
rngs = np.random.default_rng(seed).spawn(7)
few = max(repeats // 5, 1)

# %% [markdown]
# ## The picture
#
# The linear network with one signal coordinate stays in the plane of $f_{TE}$ and $f_*$, so its whole
# path can be drawn.


# %% tags=["remove-output"]
def ball(ax):
    radius, turn = 0.5 * teacher[0], np.linspace(0, 2 * np.pi, 200)
    circle = radius * (1 + np.cos(turn)), radius * np.sin(turn)
    ax.fill_between(circle[0][:100], -circle[1][:100], circle[1][:100], **BOUND.band)
    ax.plot(*circle, **BOUND.line)
    ax.plot(*path.T, **STUDENT.line)
    ax.plot(*np.array([nearest, target]).T, color=ACCENT.color)
    labelled = {r"$f_*$": (target, 1), r"$f_{TE}$": (teacher, 1), "0": (np.zeros(2), -1)}
    for text, (point, side) in labelled.items():
        ax.plot(*point, **TEACHER.dots)
        ax.annotate(f"  {text}  ", point, ha="left" if side > 0 else "right", va="center")
    ax.plot(*nearest, **ACCENT.dots | {"markersize": 9})
    ax.annotate("nearest student", nearest + np.array([-0.02, 0.11]), ha="right")
    ax.annotate("path of a student", (radius, 0.04), ha="center")
    ax.set(aspect="equal", xlim=(-0.12, 0.98), ylim=(-0.42, 0.68))
    ax.axis("off")


target, teacher, nearest = tight_chain(picture_error)
plane_kernel = 0.1 * np.eye(2) + 0.9 * np.outer(target, target)  # signal rate 1, bulk rate 0.1
path = flow(plane_kernel, teacher, times)
figure(
    "ball",
    ball,
    alt="A disc whose diameter runs from zero to the teacher. The target lies outside, above the "
    "teacher. A student's path leaves zero, bends inside the disc towards the target, and ends at "
    "the teacher. A short segment joins the target to the nearest point of the disc.",
)

# %% [markdown]
# :::{glue:figure} ball
# :name: fig-ball
#
# Shrinkage-optimal students live in the disc with diameter $[0, f_{TE}]$. The length of the segment from
# $f_*$ to the disc, squared, is the bound (9). Early stopping lets the path come close to it;
# overtraining leads on to $f_{TE}$.
# :::
#
# ## Students of every kind
#
# The students of the {ref}`whole book <whole-book>` come further down. This page adds families of its own
# that were chosen to come close to the bound. Each student is measured at 301 times:
#
# * linear networks of Theorem 3.2 for one and for four signal directions, widths 16 to $10^6$ and
#   three bulk eigenvalues, infinitely wide student;
# * linear networks with a simulated student of 40 to 4000 random features;
# * ReLU networks on the sphere in dimensions 5 to 32, linear and quadratic targets, infinitely wide
#   student, and ReLU students with 64 to 1024 random features;
# * students with arbitrary random features, many or few, in a space of 30 dimensions;
# * adversarial students, whose few features are drawn around the best direction.


# %% tags=["hide-input"]
settings = [(m, a) for m in (16, 64, 256, 4096, 10**6) for a in (1 / 3, 2 / 3, 1.0)]


def linear_batches(k, rng):
    """Linear teachers of all widths and bulk exponents, with k signal directions."""
    networks = [linear_scaling(m, bulk_exponent=a, n_signal=k) for m, a in settings]
    return [linear_teacher(one, rng, repeats, target=np.full(k, k**-0.5)) for one in networks]


def relu_teachers(dim, width, f, rng):
    """A few ReLU teachers of one dimension, width and target."""
    drawn = [sphere_points(rng, width, dim) for _ in range(few)]
    return [relu_teacher(u, ZonalTarget(np.eye(dim)[0], f)) for u in drawn]


kinds = (5, (0, 1)), (16, (0, 1)), (16, (0, 0.8, 0.6)), (32, (0, 1))
relu = {(d, m, f): relu_teachers(d, m, f, rngs[2]) for d, f in kinds for m in (16, 64, 256)}
spectral = {
    "linear network, k = 1": linear_batches(1, rngs[0]),
    "linear network, k = 4": linear_batches(4, rngs[1]),
    "ReLU network": [SpectralTeacher.stack([one.spectrum for one in row]) for row in relu.values()],
}
families = {
    name: [
        np.concatenate([batch.error for batch in batches]),
        np.concatenate([spectral_path(batch, times) for batch in batches]),
    ]
    for name, batches in spectral.items()
}

# %% [markdown]
# The finite ReLU students share their teachers: one block Lanczos run gives all paths of a student.

# %% tags=["hide-input"]
taught = [one for width in (16, 64, 256) for one in relu[16, width, (0, 1)][:4]]


def finite_relu_paths(width):
    """The paths of one ReLU student with finitely many features, for all teachers."""
    features = sphere_points(rngs[3], width, 16)
    return finite_path(
        student_gram(features).times_rows,
        student_labels(features, taught),
        student_moments(features, taught[0].target),
        longest=times[-1],
    )(times)


finite_paths = np.concatenate([finite_relu_paths(width) for width in (64, 256, 1024)])
families["finite ReLU student"] = [np.tile([one.error for one in taught], 3), finite_paths]


# %% tags=["hide-input"]
def from_functions(target, labels, kernel):
    """Teacher error, path of errors, and the inner products of one student."""
    students = flow(kernel, labels, times)
    return (
        ((labels - target) ** 2).sum(),
        ((students - target) ** 2).sum(axis=1),
        (students**2).sum(axis=1),
        students @ labels,
        labels @ labels,
    )


small = LinearNetwork(width=16, bulk_dim=63, bulk_eigenvalue=1 / 16)
plain = [(n, 0.0) for n in (1, 3, 10, 30, 300) for _ in range(few)]
leaning = [(n, k) for n in (1, 3, 10, 30) for k in (0.1, 1.0, 10.0, 100.0) for _ in range(few)]
drawn = {
    "finite linear student": [
        linear_functions(small, int(m), rngs[4]) for m in np.geomspace(40, 4000, repeats)
    ],
    "arbitrary features": [arbitrary_features(rngs[5], n, k) for n, k in plain],
    "adversarial features": [arbitrary_features(rngs[6], n, k) for n, k in leaning],
}
simulated = {name: [from_functions(*one) for one in rows] for name, rows in drawn.items()}
families |= {
    name: [np.array([row[k] for row in rows]) for k in (0, 1)] for name, rows in simulated.items()
}
teacher_error, student_error = (
    np.concatenate([pair[k] for pair in families.values()]) for k in (0, 1)
)
best_error = student_error.min(axis=1)
glue("points", f"{student_error.size:,}", display=False)
for family, (error, paths) in families.items():
    above = float((paths.min(axis=1) / lower_bound(error)).min() - 1)
    glue(family.replace(", k =", "").replace(" ", "_"), above, display=False)

# %% [markdown]
# The tight case is a student like any other: one feature, gradient flow to convergence.


# %%
def trained_tight(loss):
    """Error of the tight student: one feature, trained to convergence."""
    target, teacher, point = tight_chain(loss)
    trained = flow(np.outer(point, point) / (point @ point), teacher, [100.0])[0]
    return ((trained - target) ** 2).sum()


tight_error = np.array([0.001, 0.01, 0.05, *np.linspace(0.1, 0.95, 13), 2 / 3])
tight_student = np.array([trained_tight(loss) for loss in tight_error])

# %% [markdown]
# (whole-book)=
# ## Every student of the book
#
# We also test the students of the other pages of this part, where they meet the hypotheses of
# Corollary 1: the teacher is the best approximation of a normalised target in its feature space, and the
# student is trained by gradient flow or another shrinkage-optimal rule. Students of noisy teachers and
# of rules that overshoot are left out on purpose, because they are the counter-examples. Of a path in
# time the smallest error counts.

# %% tags=["hide-input"]
book = read_pairs(pairs)
where = np.array([*book.page, *["this page"] * len(teacher_error)])
all_teachers = np.concatenate([book.teacher, teacher_error])
all_students = np.concatenate([book.student, best_error])
count = np.concatenate([book.count, np.full(len(teacher_error), len(times))])
ratio_to_bound = all_students / lower_bound(all_teachers)  # not below 1
open_case = all_teachers < 1 - 1e-9  # else teacher, student and bound are all 1


def table_row(name):
    """Teachers and pairs of a page, and its smallest ratio where there is something to learn."""
    own = where == name
    closest = float(ratio_to_bound[own & open_case].min(initial=np.inf))
    cells = name.split("/")[-1], f"{own.sum():,}", f"{count[own].sum():,.0f}", f"{closest:.4f}"
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


lines = [table_row(name) for name in dict.fromkeys(where)]
alone = "" if len(book) else "<p>This page was run alone: the table of the book is empty.</p>"
columns = "page", "teachers", "pairs", "closest"
head = "".join(f'<th scope="col">{column}</th>' for column in columns)
body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
glue("all_points", f"{count.sum():,.0f}", display=False)
glue("pages", len(lines), display=False)
HTML(f'<div class="w2s-note">{alone}<table class="table">{body}</table></div>')

# %% [markdown]
# *Closest* is the smallest $\mathcal L_{ST}$ divided by its bound (9) on that page; a value below 1 would
# refute the corollary. Teachers that learned nothing, $\mathcal L_{TE} = 1$, are tested too, but the
# column leaves them out.

# %% [markdown]
# ## Drawing the first figure


# %%
def scatter(ax, height):
    look = CEILING.dots | {"marker": ".", "markersize": 2, "alpha": 0.6, "rasterized": True}
    ax.plot(book.teacher, height(book.student, book.teacher), **look, label="the book")
    for role, (name, (error, path)) in in_shades(families.items()):
        look = role.dots | {"markersize": 2.5, "alpha": 0.85, "rasterized": True}
        ax.plot(error, height(path.min(axis=1), error), **look, label=name)
    curve = np.geomspace(1e-3, 1, 400)
    ax.plot(curve, height(lower_bound(curve), curve), **STUDENT.line, label="bound (9)")
    ax.plot(curve, height(quadratic_floor(curve), curve), **BOUND.line, label="¾ of the square")
    ax.plot(tight_error, height(tight_student, tight_error), **ACCENT.dots, label="tight")
    ax.set(xlabel=r"teacher $\mathcal{L}_{TE}$")
    return ax.get_legend_handles_labels()


def loglog(ax):
    marks, names = scatter(ax, lambda student, teacher: student)
    ax.set(xscale="log", yscale="log", ylabel=r"best student $\min_t\mathcal{L}_{ST}$")
    ax.set(xlim=(1e-3, 1), ylim=(1e-8, 1))
    ax.legend(marks[:-3], names[:-3], loc="lower right", markerscale=2)


def ratio(ax):
    marks, names = scatter(ax, lambda student, teacher: student / teacher**2)
    ax.set(xlim=(0, 1), ylim=(0.6, 1.65))
    ax.set(ylabel=r"$\min_t\mathcal{L}_{ST}\,/\,\mathcal{L}_{TE}^2$")
    ax.legend(marks[-3:], names[-3:], loc="lower center", ncols=3)


# %% tags=["remove-output"]
figure(
    "limit",
    loglog,
    ratio,
    alt=[
        "Best student error against teacher error, log-log, for seven families of students and, in "
        "small dots, for all other pages. All points lie above a curve of slope two; the linear "
        "networks and the adversarial students come close to it.",
        "The same divided by the square of the teacher's error. The bound starts at one, dips to "
        "three quarters at two thirds and returns to one; tight cases sit on it, all else above.",
    ],
)

# %% [markdown]
# Of this page's {glue:text}`points` pairs the closest lies above the bound (9) by
# {glue:text}`linear_network_1:.1%` for linear networks (k = 1), {glue:text}`finite_linear_student:.1%` for
# finite linear students, {glue:text}`ReLU_network:.1%` for ReLU networks,
# {glue:text}`finite_ReLU_student:.1%` for finite ReLU students, {glue:text}`arbitrary_features:.1%` for
# arbitrary and {glue:text}`adversarial_features:.1%` for adversarial features.
#
# ## Claims

# %%
every = Estimate(student_error, 0)
reading(
    "random_features.limit.corollary_1",
    "No simulated student of this page, of any family and at any stopping time, has less error "
    "than the bound (9).",
    # Slack: rounding of errors of order one.
    compared(
        lower_bound(teacher_error)[:, None], every, L_TE=teacher_error[:, None], t=times
    ).above(1e-14),
    source="medvedev2025, Corollary 1",
)
reading(
    "random_features.limit.whole_book",
    "No simulated student of the whole book has less error than the bound (9): its L_ST divided "
    "by the bound is at least 1.",
    # Slack: rounding, where the students of this page touch the bound.
    compared(1.0, Estimate(ratio_to_bound, 0), L_TE=all_teachers).above(1e-9),
    source="medvedev2025, Corollary 1",
    main=True,
)
poor = open_case & (all_teachers >= 0.9)  # barely better than chance
paper(
    "random_features.limit.no_boost",
    "A student cannot boost a teacher that is barely better than chance: where L_TE is at least "
    "0.9, no student of the whole book has an error below a half.",
    compared(0.5, Estimate(all_students[poor], 0), L_TE=all_teachers[poor]).above(),
    source="medvedev2025, abstract of version 2; both numbers are ours",
    main=True,
)
reading(
    "random_features.limit.quadratic",
    "No simulated student has less than three quarters of the square of its teacher's error.",
    compared(quadratic_floor(teacher_error), Estimate(best_error, 0), L_TE=teacher_error).above(
        1e-14
    ),
    source="medvedev2025, Theorem 4.1",
)

# %%
energy, inner, label_energy = (
    np.array([row[k] for rows in simulated.values() for row in rows]) for k in (2, 3, 4)
)
reading(
    "random_features.limit.lemma_1",
    "Gradient flow is shrinkage optimal at every time: ⟨f_t, f_TE − f_t⟩ ≥ 0 for every student "
    "whose whole function was simulated.",
    inequality(0.0, shrinkage_margin(energy, inner), slack=1e-14),
    source="medvedev2025, Lemma 1",
)
derived(
    "random_features.limit.definition_1",
    "At every time no shrunken copy of a student fits the teacher better, and the student lies in "
    "the ball: the definition and its second form agree on all simulated students.",
    # Slack: the depth is a margin divided by the radius, which may be small.
    inequality(
        [shrinkage_gain(energy, inner), -ball_margin(energy, inner, label_energy[:, None])],
        0.0,
        slack=1e-12,
    ),
)
least = minimize_scalar(lambda x: float(lower_bound(x)) / x**2, bounds=(0.01, 1.0))
derived(
    "random_features.limit.constant",
    "The smallest ratio of the bound (9) to L² is 3/4, at L = 2/3.",
    exact([0.75, 2 / 3], [least.fun, least.x], 1e-5),
)
attained = Estimate(tight_student / lower_bound(tight_error), 0)
derived(
    "random_features.limit.tight",
    "A student with one well chosen feature, trained to convergence, attains the bound (9) for "
    "every teacher error.",
    compared(1.0, attained, L_TE=tight_error).identical(1e-9),
    main=True,
)

# %% [markdown]
# Both hypotheses are needed. One step of gradient descent that is longer than $1/\lambda_{\max}$, but
# short enough to converge, is not shrinkage optimal and may land on the target. And a teacher whose
# labels carry noise is not a best approximation.


# %%
def long_step(loss, step=1.9):
    """Error after one long step on the single feature f_*."""
    target, teacher, _ = tight_chain(loss)
    student = gradient_descent(np.outer(target, target), teacher, 1, step=step)[-1]
    return ((student - target) ** 2).sum()


def of_noisy(energy):
    """Error of the student of f_* plus orthogonal noise of this energy."""
    student = flow(np.diag([1.0, 0.0]), [1.0, np.sqrt(energy)], [50.0])[0]
    return ((student - [1.0, 0.0]) ** 2).sum()


losses, noise = np.linspace(0.3, 0.9, 61), np.linspace(0.05, 0.9, 18)
derived(
    "random_features.limit.long_steps",
    "The bound (9) also holds for gradient descent with steps of 1.9/λ_max.",
    inequality(lower_bound(losses), [long_step(x) for x in losses], at={"L_TE": losses}),
    expect="fails",
)
derived(
    "random_features.limit.noisy_teacher",
    "The bound (9) also holds for teachers that carry label noise.",
    inequality(lower_bound(noise), [of_noisy(x) for x in noise], at={"L_TE": noise}),
    expect="fails",
    main=True,
)

# %% [markdown]
# ## Try it
#
# Drag your student towards the target $f_*$: as long as it stays in the disc, its error stays above the
# bound (9).
#
# <div class="w2s-explorer" data-explorer="ball">
# <img class="only-light" alt="Static figure: the disc of shrinkage-optimal students, from this page." src="../../figures/random_features/limit/ball-1-light.svg">
# <img class="only-dark" hidden alt="Static figure: the disc of shrinkage-optimal students, from this page." src="../../figures/random_features/limit/ball-1-dark.svg">
# </div>
#
# ## What to notice
#
# * **The limit is quadratic and nearly reached.** In the {ref}`linear network <page-fig3>`
#   $\mathcal L_{ST}/\mathcal L_{TE}^2 \to 1$ for wide teachers. The bound (9) allows nothing better as
#   $\mathcal L_{TE} \to 0$, and at no teacher error more than a factor $\tfrac43$ better.
# * **All students agree** ({numref}`fig-limit`). {glue:text}`all_points` simulated pairs from
#   {glue:text}`pages` pages (this one included) lie on the allowed side: linear and ReLU networks, finite
#   and infinite students, and every rule that shrinks.
# * **Nothing about the student is used** except shrinkage optimality, which puts it into the disc of
#   {numref}`fig-ball`. Its width, its features and its stopping time do not matter, so more features
#   cannot help beyond (9).
# * **What we add.** The curve with its constant, a student that attains it for every $L$, and the two
#   counter-examples; also a bound for teachers of any norm, on the page of
#   {ref}`noisy teachers <page-noisy-teacher>`.
# * **Honest limits.** The teacher is trained on the population and the target is normalised. A noisy
#   teacher, or one trained on finitely many samples, can escape the bound.

# %% tags=["remove-output", "hide-input"]
step_sizes = np.linspace(1, 1.9, 901)
escapes = [one for one in step_sizes if long_step(0.5, one) < lower_bound(0.5)]
glue("first_escape", float(min(escapes)), display=False)
glue("at_two_thirds", float(lower_bound(2 / 3)), display=False)

# %% [markdown]
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# A teacher has the error $\mathcal L_{TE} = \tfrac23$. What is the least error of a student, and by which
# factor can it improve on its teacher? Use the second panel of {numref}`fig-limit`.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The curve is at $\tfrac34$ there, so the least error is $\tfrac34 \cdot \tfrac49 = \tfrac13$ (the formula
# gives {glue:text}`at_two_thirds:.4f`): the student halves its teacher's error at best.
# ::::
#
# ::::{admonition} Exercise 2. A step of the proof
# :class: w2s-exercise
#
# Let the teacher be any function with $\lVert f_{TE}\rVert^2 = \rho^2 \le 1 - L$, for example one that was
# itself stopped early on the population. Show that (9) still holds.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# Expanding $L = \lVert f_* - f_{TE}\rVert^2$ gives $2\langle f_*, f_{TE}\rangle = 1 + \rho^2 - L$. So the
# target is at distance $\sqrt{(1+L)/2 - \rho^2/4}$ from the centre of the ball, whose radius is $\rho/2$.
# The difference falls as $\rho$ grows, and at $\rho^2 = 1 - L$ it is the square root of (9).
# ::::
#
# ::::{admonition} Exercise 3. Change a parameter
# :class: w2s-exercise
#
# The counter-example above takes one step of length $1.9/\lambda_{\max}$ on the single feature $f_*$. With
# $L = \tfrac12$, from which length on does such a step escape (9)? Compute it, then change the argument
# `step` of `long_step`.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# After a step of $\eta/\lambda_{\max}$ the student is $\eta\,(1 - L) f_*$, with the error
# $(1 - \eta/2)^2$. The bound is $\tfrac14(\sqrt{5/2} - \sqrt{1/2})^2$, so the step escapes for
# $\eta > 2 - \sqrt{5/2} + \sqrt{1/2} \approx 1.126$. The run finds
# {glue:text}`first_escape:.3f` on a grid of width 0.001.
# ::::
