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
#     smoke: {problems: 4, points: 120, n_steps: 150}
# ---

# %% [markdown]
# (page-shrinkage)=
# # Definition 1 and Lemma 1: who shrinks
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`medvedev2025`, Lemma 1, as we read it): a student that gradient flow trains from zero
# fits its teacher at every time no worse than any shrunken copy of itself does.
#
# **Holds?** Yes, for any features. Derived here: ridge, LSQR, regularised fits, short gradient steps and
# averages of such students have the property too.
#
# **Where not**: gradient descent with steps beyond $1/\lambda_{\max}$, and momentum.
# :::
#
# :::{glue:figure} ball-paths
# :name: fig-shrinkage-paths
#
# Students of the first ReLU problem: the part along $f_{TE}$ and the size of the rest, in units of
# $\lVert f_{TE}\rVert$. Shrinkage-optimal students are those in the grey half disc. First panel: four
# rules whose paths lead from 0 to the teacher inside it. Second panel: the first eight steps of three
# rules that leave it; long steps are steps of {glue:text}`long_step`$/\lambda_{\max}$.
# :::
#
# ## Statement
#
# The paper's list of theorems names Definition 1 (shrinking optimality) and Lemma 1 (shrinkage
# optimality of gradient flow), and the abstract of its second version speaks of "a broad class of
# learning rules". The wording below is recalled, and all proofs are derived here
# ({certainty}`Definition 1 and Lemma 1`); which rules belong to the paper's class we do not
# know.
#
# Norms are those of the population, $\lVert f\rVert^2 = \mathbb E f(x)^2$.
#
# :::{prf:definition} 1, shrinkage optimality (Medvedev et al. 2025; wording recalled)
# :label: def-shrinkage-optimal
# :nonumber:
#
# $f_{ST}$ is shrinkage optimal for $f_{TE}$ when, for all $0 \le \alpha \le 1$,
#
# $$
# \lVert f_{ST} - f_{TE}\rVert \le \lVert \alpha f_{ST} - f_{TE}\rVert .
# $$
# :::
#
# :::{prf:lemma} 1 (Medvedev et al. 2025; name the paper's, proof derived here)
# :label: lem-gradient-flow
# :nonumber:
#
# Gradient flow from zero on the labels $f_{TE}$ is shrinkage optimal at every time, for any features.
# :::
#
# :::{prf:proposition} Rules that shrink (derived here)
# :label: prop-rules
# :nonumber:
#
# The following rules also give shrinkage-optimal students:
#
# * every spectral filter with values in $[0,1]$: ridge for any penalty, gradient descent with steps
#   up to $1/\lambda_{\max}$;
# * every projection of $f_{TE}$ on a linear space: LSQR after any number of steps;
# * every best fit from a set that contains $\alpha f$ with $f$, or with a penalty that does not
#   grow under shrinking;
# * every average of shrinkage-optimal students.
#
# Gradient descent with longer steps, heavy ball and Nesterov's method do not, in general.
# :::
#
# ## Why it is true
#
# **Three forms of one condition.** $\lVert\alpha f_{ST} - f_{TE}\rVert^2$ is a convex parabola in
# $\alpha$. It is smallest on $[0,1]$ at the end $\alpha = 1$ exactly when its slope there is not
# positive. That is
#
# $$
# \langle f_{ST},\, f_{TE} - f_{ST}\rangle \ge 0 ,
# $$
#
# and, completing the square,
# $\lVert f_{ST} - \tfrac12 f_{TE}\rVert \le \tfrac12\lVert f_{TE}\rVert$: the student lies in the ball
# with diameter $[0, f_{TE}]$. A ball is convex, hence the averages.
#
# **Filters.** A filter multiplies the part of $f_{TE}$ in an eigenspace of the student's kernel by
# $\varphi(\lambda)$. So the left side is a sum of $\varphi(1-\varphi)$ times energies, and is not
# negative when $0 \le \varphi \le 1$. Gradient flow has $\varphi = 1 - e^{-t\lambda}$, ridge has
# $\lambda/(\lambda+\text{penalty})$, gradient descent with step $\eta/\lambda_{\max}$ has
# $1 - (1 - \eta\lambda/\lambda_{\max})^k$. With $\eta > 1$ the first step already overshoots where
# $\lambda > \lambda_{\max}/\eta$. With momentum a student keeps moving past its teacher, like a swing.
#
# **Projections** have $\langle f_{ST}, f_{TE} - f_{ST}\rangle = 0$: they lie *on* the sphere. **Best
# fits** are compared with their own shrunken copies, which is the definition. Lemma 1 is
# {proved}`Shrinkage.filter_is_optimal`.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
problems = 15  # problems of each of the two families
points = 200  # size of the population
dim = 8  # of the inputs of the ReLU family
teacher_width = 24  # its teachers
student_width = 300  # and students
n_steps = 400  # steps of every iterative rule
long_step = 1.9  # in units of 1/λ_max
momentum = 0.9  # of heavy ball

# %%
import numpy as np
from myst_nb import glue
from scipy.optimize import nnls

from w2s.page.claims import derived, exact, inequality, reading
from w2s.page.figures import BOUND, figure, in_shades
from w2s.page.pairs import record_pairs
from w2s.random_features.gradient_flow import flow
from w2s.random_features.learning_rules import gradient_descent, lsqr, nesterov, ridge
from w2s.random_features.limits import lower_bound
from w2s.random_features.shrinkage import shrinkage_gain, shrinkage_margin
from w2s.random_features.sphere import ZonalTarget, sphere_points

relu_rng, any_rng, mix_rng = np.random.default_rng(seed).spawn(3)

# %% [markdown]
# ## Problems of two families
#
# So that everything is exact, the population consists of finitely many points; a function is its
# vector of values there. The teacher is the projection of the target on its features.
#
# * **ReLU**: random ReLU teacher and student on the sphere, target of degrees 0, 1 and 2.
# * **Arbitrary**: features with random directions and widely different sizes, random target.


# %%
def project(features, target):
    """The best approximation of the target by the features."""
    basis = np.linalg.qr(features)[0]
    return basis @ (basis.T @ target)


def relu_problem(rng):
    """Target, teacher and the student's features over points on the sphere."""
    x = sphere_points(rng, points, dim)
    target = ZonalTarget(np.eye(dim)[0], (0.6, 0.64, 0.48))(x)
    hidden = [
        np.maximum(x @ sphere_points(rng, width, dim).T, 0)
        for width in (teacher_width, student_width)
    ]
    target /= np.linalg.norm(target)
    return target, project(hidden[0], target), hidden[1]


def arbitrary_problem(rng):
    """The same for features without any structure."""
    target = rng.standard_normal(points)
    target /= np.linalg.norm(target)
    teacher = project(rng.standard_normal((points, points // 4)), target)
    sizes = np.exp(2 * rng.standard_normal(points // 2))
    return target, teacher, rng.standard_normal((points, points // 2)) * sizes


cases = [relu_problem(relu_rng) for _ in range(problems)]
cases += [arbitrary_problem(any_rng) for _ in range(problems)]

# %% [markdown]
# ## Every rule on every problem
#
# Two more rules stand for regularised fits: one with non-negative weights, and the best single
# feature. An ensemble averages students of different times, penalties and step counts.

# %%
times = np.geomspace(1e-3, 1e6, 181)  # t λ_max


def regularised(features, teacher):
    """A fit with non-negative weights, and the best single feature."""
    cone = features @ nnls(features, teacher)[0]
    score = (features.T @ teacher) / np.linalg.norm(features, axis=0)
    best = features[:, np.abs(score).argmax()]
    return np.stack([cone, best * (best @ teacher) / (best @ best)])


def students(teacher, features):
    """All students of one teacher, by rule, as rows of values."""
    kernel = features @ features.T
    kernel /= np.linalg.norm(kernel, 2)  # λ_max = 1
    rules = {
        "gradient flow": flow(kernel, teacher, times),
        "ridge": ridge(kernel, teacher, 1 / times),
        "short steps": gradient_descent(kernel, teacher, n_steps),
        "LSQR": lsqr(kernel, teacher, min(n_steps, 60)),
        "regularised": regularised(features, teacher),
        "long steps": gradient_descent(kernel, teacher, n_steps, step=long_step),
        "heavy ball": gradient_descent(kernel, teacher, n_steps, momentum=momentum),
        "Nesterov": nesterov(kernel, teacher, n_steps),
    }
    pool = np.concatenate([rules["gradient flow"], rules["ridge"], rules["LSQR"]])
    rules["ensemble"] = mix_rng.dirichlet(np.full(len(pool), 0.05), size=50) @ pool
    return rules


taught = [students(teacher, features) for _, teacher, features in cases]

# %% [markdown]
# Everything below needs four numbers of each student: its energy, its inner product with the
# teacher, its error, and its distance from the centre of the ball.

# %%
rules, pairs = [*taught[0]], [*zip(taught, cases, strict=True)]


def collect(number):
    """One number for every student, by rule; rows are problems."""
    rows = [[number(by[rule], f, g) for rule in rules] for by, (f, g, _) in pairs]
    return {rule: np.array(part) for rule, *part in zip(rules, *rows, strict=True)}


energy = collect(lambda s, f, g: (s**2).sum(axis=1))
inner = collect(lambda s, f, g: s @ g)
error = collect(lambda s, f, g: ((s - f) ** 2).sum(axis=1))
distance = collect(lambda s, f, g: np.linalg.norm(s - g / 2, axis=1))
teacher_energy = np.array([[g @ g] for _, g, _ in cases])
teacher_error = np.array([[((g - f) ** 2).sum()] for f, g, _ in cases])
margin = {
    rule: shrinkage_margin(energy[rule], inner[rule]) / teacher_energy
    for rule in rules  # one row per problem
}

# %% [markdown]
# ## In the ball and out of it
#
# This cell draws the first figure of the page.

# %% tags=["remove-output"]
inside = ["gradient flow", "ridge", "short steps", "LSQR"]
outside = ["long steps", "heavy ball", "Nesterov"]


def plane(rule):
    """Part along the teacher and size of the rest, in units of the teacher's norm."""
    first = slice(9 if rule in outside else None)
    along = inner[rule][0] / teacher_energy[0]
    across = np.sqrt(np.maximum(energy[rule][0] / teacher_energy[0] - along**2, 0.0))
    return along[first], across[first]


def paths(names, right, top):
    def draw(ax):
        turn = np.linspace(0, np.pi, 200)
        half_disc = 0.5 * (1 + np.cos(turn)), 0.5 * np.sin(turn)
        ax.fill_between(*half_disc, **BOUND.band)
        ax.plot(*half_disc, **BOUND.line)
        for role, rule in in_shades(names):
            ax.plot(*plane(rule), **role.line, label=rule)
            if rule == "LSQR" or rule in outside:
                ax.plot(*plane(rule), **role.dots)
        ax.set(aspect="equal", xlim=(-0.05, right), ylim=(-0.05, top))
        ax.set(xlabel="along the teacher", ylabel="across")
        ax.legend(loc="upper right")

    return draw


figure(
    "ball-paths",
    paths(inside, 1.15, 0.8),
    paths(outside, 1.65, 1.15),
    alt=[
        "Half a disc. The paths of gradient flow, ridge and short steps run from zero to the "
        "teacher inside it; the points of LSQR lie on its edge.",
        "The same half disc with the first eight steps of long steps, heavy ball and Nesterov. The "
        "first two swing far outside, Nesterov leaves it slightly.",
    ],
)

# %% [markdown]
# The reason for {numref}`fig-shrinkage-paths` is the filter. Run on a diagonal kernel with labels one, a
# rule shows its filter $\varphi(\lambda)$ directly ({numref}`fig-shrinkage-filters`).

# %%
relative = np.geomspace(1e-4, 1.0, 400)  # λ/λ_max
diagonal, ones = np.diag(relative), np.ones(relative.size)
after = 40  # steps, or the time
filters = {
    "gradient flow": flow(diagonal, ones, [after])[0],
    "ridge": ridge(diagonal, ones, [1 / after])[0],
    "short steps": gradient_descent(diagonal, ones, after)[-1],
    "one long step": gradient_descent(diagonal, ones, 1, step=long_step)[-1],
    "heavy ball": gradient_descent(diagonal, ones, after, momentum=momentum)[-1],
    "Nesterov": nesterov(diagonal, ones, after)[-1],
}


# %% tags=["remove-output"]
def filter_values(ax):
    ax.axhspan(0, 1, **BOUND.band)
    for role, (name, value) in in_shades(filters.items()):
        ax.plot(relative, value, **role.line, label=name)
    ax.set(xscale="log", xlabel=r"eigenvalue $\lambda/\lambda_{\max}$", ylim=(-0.1, 2.0))
    ax.set(ylabel=r"learned fraction $\varphi$")
    ax.legend(loc="upper left")


def margins(ax):
    ax.axhline(0, **BOUND.line)
    for role, rule in in_shades(["short steps", *outside]):
        ax.plot(np.arange(n_steps + 1), margin[rule][0], **role.line, label=rule)
    ax.set(xlabel="step", ylabel="margin / teacher's energy", xlim=(0, 40))
    ax.legend(loc="lower right")


figure(
    "filters",
    filter_values,
    margins,
    alt=[
        "Learned fraction against eigenvalue. Flow, ridge and short steps stay between zero and "
        "one; one long step, heavy ball and Nesterov rise above one.",
        "Margin of shrinkage optimality against the step number on a ReLU problem: never negative "
        "for short steps; negative for long steps at once, for momentum after some steps, for "
        "Nesterov only slightly.",
    ],
)

# %% [markdown]
# :::{glue:figure} filters
# :name: fig-shrinkage-filters
#
# First panel: filters after 40 steps, at time 40, or with penalty 1/40; the long step is taken once. In
# the grey band the rule shrinks; above one it overshoots. Second panel: the margin
# $\langle f_{ST}, f_{TE} - f_{ST}\rangle$ in units of the teacher's energy, in the first 40 steps on the
# first ReLU problem. Where it is negative, a shrunken copy of the student would fit the teacher better.
# :::
#
# ## Claims


# %%
def literal_gain(a, b):
    """Largest decrease of the misfit over all problems, students and factors."""
    factor = np.linspace(0, 1, 1001)[:, None, None]
    return (a - 2 * b - (factor**2 * a - 2 * factor * b)).max()


derived(
    "random_features.shrinkage.definition",
    "The definition taken literally, with 1001 shrinking factors tried on every student of every "
    "rule, finds the gain that the inner products predict.",
    exact(
        [shrinkage_gain(energy[rule], inner[rule]).max() for rule in rules],
        [literal_gain(energy[rule], inner[rule]) for rule in rules],
        1e-5,  # the factors are 1/1000 apart
    ),
)
depth = {rule: 0.5 * np.sqrt(teacher_energy) - distance[rule] for rule in rules}
derived(
    "random_features.shrinkage.ball",
    "A student is shrinkage optimal exactly when it lies in the ball with diameter [0, f_TE]: "
    "its margin and its depth in the ball have the same sign, for all students of all rules.",
    # Slack: rounding, on the sphere.
    inequality(0.0, np.hstack([margin[rule] * depth[rule] for rule in rules]), slack=1e-15),
)
reading(
    "random_features.shrinkage.lemma_1",
    "Students that gradient flow trains from zero are shrinkage optimal at every time, on all "
    "problems.",
    inequality(0.0, margin["gradient flow"], slack=1e-14, at={"t": times}),
    source="medvedev2025, Lemma 1",
    main=True,
)

# %%
for shrinking, sentence in {
    "ridge": "Ridge regression is shrinkage optimal for every penalty.",
    "short steps": "Gradient descent with steps 1/λ_max is shrinkage optimal after every step.",
    "regularised": "Fits with non-negative weights, and by the best single feature, are shrinkage "
    "optimal.",
    "ensemble": "Averages of shrinkage-optimal students are shrinkage optimal.",
}.items():
    derived(
        f"random_features.shrinkage.{shrinking.replace(' ', '_')}",
        sentence,
        inequality(0.0, margin[shrinking], slack=1e-13),
    )
derived(
    "random_features.shrinkage.lsqr",
    "LSQR is shrinkage optimal after every step, and lies on the edge of the ball: its margin is "
    "zero.",
    exact(np.zeros_like(margin["LSQR"]), margin["LSQR"], 1e-12, absolute=True),
)

# %%
optimal = ["gradient flow", "ridge", "short steps", "LSQR", "regularised", "ensemble"]
reading(
    "random_features.shrinkage.limit",
    "All students of the six rules that shrink obey the bound (9) of Theorem 4.1.",
    inequality(lower_bound(teacher_error), np.hstack([error[rule] for rule in optimal])),
    source="medvedev2025, Theorem 4.1",
    main=True,
)

# %% [markdown]
# These students are tested once more on the page of {ref}`the limit <page-limit>`, with those of the
# other pages. Students of the other rules, which fail on the same problems, do not satisfy its
# hypothesis.

# %% tags=["remove-output", "hide-input"]
for obeying in optimal:
    record_pairs(obeying, teacher_error.ravel(), error[obeying])

# %%
which = np.repeat(["ReLU", "arbitrary"], problems)[:, None]
at = {"features": which, "step": np.arange(n_steps + 1)}
for overshooting, words in {
    "long steps": f"Gradient descent with steps {long_step}/λ_max",
    "heavy ball": f"Heavy ball with momentum {momentum} and steps 1/λ_max",
    "Nesterov": "Nesterov's method with steps 1/λ_max",
}.items():
    key = overshooting.replace(" ", "_").lower()
    derived(
        f"random_features.shrinkage.{key}",
        f"{words} is shrinkage optimal after every step.",
        inequality(0.0, margin[overshooting], slack=1e-13, at=at),
        expect="fails",
        main=key == "heavy_ball",
    )
    glue(f"worst_{key}", float(-margin[overshooting].min()), display=False)
steps = np.array([0.5, 0.9, 1.0, 1.01, 1.1, 1.5, 1.9])
firsts = [gradient_descent(diagonal, np.eye(400)[-1], 1, step=eta)[-1] for eta in steps]
top = [shrinkage_margin(f @ f, f[-1]) for f in firsts]
derived(
    "random_features.shrinkage.threshold",
    "Steps of 1/λ_max are the longest that always shrink: on a teacher along the top "
    "eigenvector the first step of η/λ_max has the margin η(1 − η).",
    exact(steps * (1 - steps), top, 1e-14, at={"η": steps}),
    main=True,
)
glue("long_step", long_step, display=False)

# %% [markdown]
# In units of the teacher's energy the smallest margin that we found is
# −{glue:text}`worst_long_steps:.2f` for long steps, −{glue:text}`worst_heavy_ball:.2f` for heavy ball and
# −{glue:text}`worst_nesterov:.3f` for Nesterov's method.
#
# ## What to notice
#
# * **The property belongs to the rule, not to the features.** Nothing was assumed about teacher,
#   student or target; that is why {ref}`Theorem 4.1 <page-limit>` is so general.
# * **Overshooting need not help.** A student outside the ball may, but need not, have less error than
#   the bound (9). That it can is shown by a counter-example on {ref}`the page of that bound <page-limit>`.
# * **Students with momentum leave the ball only for a while.** Every rule that converges ends at the
#   projection of $f_{TE}$ on the student's span, which is on the sphere. What escapes is an overshooting
#   rule that is stopped early.
# * **Honest limits.** These are statements about population losses. A student fitted to finitely many samples is
#   shrinkage optimal on its sample, not on the population. Chains of students are on
#   {ref}`the bootstrapping page <page-bootstrapping>`; labels that undo the shrinking are on that of
#   {ref}`wrong teachers <page-wrong-teacher>`, and which teachers shrinking improves on that of {ref}`the
#   teacher's ball <page-teachers-ball>`.

# %% tags=["remove-output", "hide-input"]
light = gradient_descent(diagonal, ones, after, momentum=0.1)
glue("light_momentum", float(light.max()), display=False)
on_top = gradient_descent(diagonal, ones, 4, step=long_step)[1:, -1]
assert (on_top > 1).tolist() == [True, False, True, False]

# %% [markdown]
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In the first panel of {numref}`fig-shrinkage-paths` the points of LSQR lie on the half circle. Why? And
# what does it say about their margin $\langle f_{ST}, f_{TE} - f_{ST}\rangle$?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# After each step LSQR is the orthogonal projection of $f_{TE}$ on a linear space, so $f_{ST}$ and
# $f_{TE} - f_{ST}$ are perpendicular. By Thales the student lies on the sphere with diameter
# $[0, f_{TE}]$, and the margin is zero; the claim on LSQR above finds it to be so.
# ::::
#
# ::::{admonition} Exercise 2. A step of the proof
# :class: w2s-exercise
#
# Take gradient descent with steps $\eta/\lambda_{\max}$, $1 < \eta < 2$, on a teacher along the top
# eigenvector. After which steps is the student shrinkage optimal?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# On the top eigenvector the filter is $\varphi = 1 - (1-\eta)^k$, and the margin is
# $\varphi\,(1 - \varphi)$ times the teacher's energy. Since $1 - \eta < 0$, an even number $k$ of steps
# gives $0 < \varphi < 1$ and a student in the ball; an odd number gives $\varphi > 1$. The cell above
# the exercises confirms it for the first four steps.
# ::::
#
# ::::{admonition} Exercise 3. Change a parameter
# :class: w2s-exercise
#
# Set `momentum` to 0.1. Is heavy ball with steps $1/\lambda_{\max}$ shrinkage optimal now? Find the
# largest value of its filter.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# No. At $\lambda_{\max}$ the first step lands on the teacher, and the momentum carries the student past
# it by the fraction 0.1. The run finds {glue:text}`light_momentum:.2f` as the largest value of the filter
# in 40 steps. Any momentum $\beta > 0$ gives $1 + \beta$ after the second step.
# ::::
