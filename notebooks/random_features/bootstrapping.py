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
#     smoke: {repeats: 30}
# ---

# %% [markdown]
# (page-bootstrapping)=
# # Theorem 4.2: chains of students
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`medvedev2025`, Corollary 2, as we read it): when students teach students, the last
# one's error is at least $(1-\sqrt{1-\mathcal L_{TE}})^2$, about a quarter of the first teacher's squared.
#
# **Holds?** Yes, however long the chain. It gains at most a factor 4 over the best single student; chains
# that reach this have features that know the target.
#
# **Where not**: chains from noisy teachers or with students that overshoot are not covered.
# :::
#
# :::{glue:figure} chain-bounds
# :name: fig-chain-bounds
#
# First panel: the least error $B_n$ of chains of $n$ students, divided by $\mathcal L_{TE}^2$; endless chains
# gain at most a factor 4 over one student. Second panel: last students of simulated chains. Some
# adversarial chains get below the bound of one student (solid); none gets below Theorem 4.2 (dotted).
# :::
#
# ## Statement
#
# The paper's list of theorems names Theorem 4.2 (limitation with a bounded student) and Corollary 2
# (limitation with bootstrapping). Their wording is recalled, and the inequalities and proofs below are
# derived here ({certainty}`Theorem 4.2 and Corollary 2`). The condition that decides is the norm:
# a student may not be larger than the first teacher.
#
# Norms are those of the population, $\lVert f_*\rVert = 1$, and $L = \mathcal L_{TE}$ is the error of
# the first teacher, the best approximation of $f_*$ in its feature space.
#
# :::{prf:theorem} 4.2, bounded student (Medvedev et al. 2025; name the paper's, wording recalled)
# :label: thm-bounded-student
# :nonumber:
#
# If $\lVert f_{ST}\rVert \le \lVert f_{TE}\rVert$, then
#
# $$\mathcal L_{ST} \;\ge\; \bigl(1 - \sqrt{1 - L}\bigr)^2 \;\ge\; \tfrac14\, L^2.$$
# :::
#
# :::{prf:corollary} 2, bootstrapping (Medvedev et al. 2025; name the paper's, derived here)
# :label: cor-bootstrapping
# :nonumber:
#
# Let $f_0 = f_{TE}$ and let each $f_n$ be {prf:ref}`shrinkage optimal <def-shrinkage>` for
# $f_{n-1}$. Then every $f_n$ obeys Theorem 4.2, however long the chain.
# :::
#
# We add the exact limit for each length. Let $\cos\varphi = \sqrt{1-L}$, so $\varphi$ is the angle
# between teacher and target.
#
# :::{prf:proposition} (what a chain of length n can reach; derived here)
# :label: prop-chain
# :nonumber:
#
# The last of $n$ students has at least the error
#
# $$B_n(L) = \Bigl(\frac{\sin(\varphi - n\delta)}{\sin\delta}\Bigr)^2,$$
#
# where the angle $\delta$ solves
#
# $$\sin\bigl((n+1)\delta - \varphi\bigr) = \cos\varphi\,\cos^n\!\delta\,\sin\delta,$$
#
# and this is attained. $B_1$ is the bound (9) of {ref}`Theorem 4.1 <page-limit>`, and $B_n$ falls to
# $(1 - \sqrt{1-L})^2$ like
#
# $$\frac{B_n}{B_\infty} - 1 \;\simeq\; \frac{1}{n}\, \frac{\varphi^2 \cos\varphi}{1 - \cos\varphi}.$$
# :::
#
# ## Why it is true
#
# **Theorem 4.2** is the triangle inequality: $\lVert f_* - f_{ST}\rVert \ge 1 - \lVert f_{ST}\rVert \ge
# 1 - \lVert f_{TE}\rVert$, and a best approximation has $\lVert f_{TE}\rVert = \sqrt{1-L}$. The
# nearest such student is $\sqrt{1-L}\,f_*$: it has the right direction, but is too small. The theorem is
# {proved}`Bootstrapping.limit_of_bounded_student`.
#
# **Corollary 2.** A shrinkage-optimal student lies in the ball with diameter $[0, f_{n-1}]$, so its norm
# cannot exceed $\lVert f_{n-1}\rVert$. So norms never grow along the chain. The corollary is
# {proved}`Bootstrapping.limit_of_chain`.
#
# **The proposition.** Turn the teacher towards the target by $n$ equal angles $\delta$, projecting each
# time: every projection is a student with one well chosen feature. It costs a factor $\cos\delta$ in
# norm, and $\cos^n(\psi/n) \approx 1 - \psi^2/2n$, so many small turns by a total angle $\psi$ cost
# almost nothing.
#
# ::::{admonition} Why equal angles are best
# :class: dropdown
#
# In polar coordinates about 0, a point at angle $\alpha$ of the ball with diameter $[0, f]$ has norm
# at most $\lVert f\rVert \cos\alpha$. After turns $\alpha_1, \dots, \alpha_n$ the norm is at most
# $\cos\varphi \prod_i \cos\alpha_i$, and since $\log\cos$ is concave, equal turns are best for a given
# sum $\psi \ge$ the final angle. So $n$ students reach exactly the region $r \le \cos\varphi
# \cos^n(\psi/n)$, $\psi$ being the angle to $f_{TE}$. Its point nearest to $f_*$ is where the normal
# of the boundary curve points at $f_*$, which is the equation for $\delta = \psi/n$.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
repeats = 100  # simulated chains per family
length = 8  # students in a simulated chain
picture_error = 0.5  # L_TE of the drawn chains

# %%
import numpy as np
from myst_nb import glue

from w2s.metrics import Estimate
from w2s.page.claims import derived, exact, inequality, reading
from w2s.page.comparison import compared
from w2s.page.figures import ACCENT, BOUND, STUDENT, TEACHER, figure, in_shades
from w2s.page.pairs import record_pairs
from w2s.random_features.adversarial import arbitrary_chain
from w2s.random_features.gradient_flow import flow
from w2s.random_features.limits import (
    lower_bound,
    lower_bound_bounded_student,
    lower_bound_chain,
    tight_chain,
)
from w2s.random_features.linear_network import LinearNetwork, linear_functions

# The fourth generator is that of the page on chains of gradient flow.
*family_rngs, _, bounded_rng = np.random.default_rng(seed).spawn(5)

# %% [markdown]
# ## The picture
#
# The best chains stay in the plane of $f_{TE}$ and $f_*$. We draw them for one, three and twelve students,
# each trained by gradient flow to convergence on the one before.


# %%
def trained_chain(error, n_students):
    """Target, then teacher and students, each trained with one feature."""
    target, teacher, *students = tight_chain(error, n_students)
    chain = [teacher]
    for point in students:
        feature = point / np.linalg.norm(point)
        chain.append(flow(np.outer(feature, feature), chain[-1], [100.0])[0])
    return target, np.array(chain)


# %% tags=["remove-output"]
def spiral(ax):
    turn = np.linspace(-0.25, np.pi / 2 + 0.2, 200)
    ax.plot(radius * np.cos(turn), radius * np.sin(turn), **BOUND.line, label="norm of the teacher")
    half = 0.5 * radius * (1 + np.exp(1j * np.linspace(0, np.pi, 200)))
    ax.fill_between(half.real, -half.imag, half.imag, **BOUND.band)
    for role, (n, chain) in in_shades(drawn.items()):
        ax.plot(*chain.T, **role.line | {"linewidth": 1.0})
        ax.plot(*chain[1:].T, **role.dots, label=f"chain of {n}")
    ax.plot(*np.array([goal, radius * goal]).T, color=ACCENT.color, linewidth=1.2)
    ax.plot(*radius * goal, **ACCENT.dots | {"markersize": 9}, label="nearest of this norm")
    for text, point in {"$f_*$": goal, "$f_{TE}$": drawn[1][0], "0": np.zeros(2)}.items():
        ax.plot(*point, **TEACHER.dots)
        ax.annotate(f"  {text}", point, ha="left", va="center")
    ax.set(aspect="equal", xlim=(-0.12, 1.32), ylim=(-0.62, 0.84))
    ax.axis("off")
    ax.legend(loc="lower right", ncols=2)


drawn = {n: trained_chain(picture_error, n)[1] for n in (1, 3, 12)}
goal, radius = trained_chain(picture_error, 1)[0], np.sqrt(1 - picture_error)
figure(
    "chains",
    spiral,
    alt="Three chains of points from the teacher towards the target. The chain of one stays in the "
    "disc of a single student; longer chains follow the circle of the teacher's norm more closely "
    "and end near the point of that circle that is nearest to the target.",
    size=(5.0, 4.3),
)

# %% [markdown]
# :::{glue:figure} chains
# :name: fig-chains
#
# One student is confined to the shaded disc. A chain can leave it, but it cannot leave the circle of the
# teacher's norm (dotted). With more and smaller turns it loses less norm on the way, and ends nearer to
# the point of the circle that is nearest to $f_*$.
# :::
#
# ## Chains of every kind
#
# We simulate chains of {glue:text}`length` students with fresh random features and random stopping
# times: linear networks with students of 20 to 1000 features, students with 40 arbitrary features in 30
# dimensions, and adversarial ones, whose single feature leans towards the best direction. For Theorem 4.2
# we add bounded students that come from no chain at all.


# %%
def linear_chain(rng):
    """Linear network; each student has its own features and stopping time."""
    network = LinearNetwork(width=16, bulk_dim=63, bulk_eigenvalue=1 / 16)
    target, labels, _ = linear_functions(network, 20, rng)
    chain = [labels]
    for _ in range(length):
        kernel = linear_functions(network, int(10 ** rng.uniform(1.3, 3)), rng)[2]
        chain.append(flow(kernel, chain[-1], [10 ** rng.uniform(0.5, 1.5)])[0])
    return target, np.array(chain)


a, b, c = (one.spawn(repeats) for one in family_rngs)
leans = [1.0, 10.0, 100.0]
families = {
    "linear network": [linear_chain(rng) for rng in a],
    "arbitrary features": [arbitrary_chain(rng, length) for rng in b],
    "adversarial feature": [arbitrary_chain(rng, length, leans[k % 3]) for k, rng in enumerate(c)],
}
errors = {  # array (chain, n) for n = 0, the teacher, to `length`
    name: np.array([((chain - f) ** 2).sum(axis=1) for f, chain in chains])
    for name, chains in families.items()
}
glue("length", length, display=False)

# %% [markdown]
# The first students of the chains are tested once more on the page of {ref}`the limit <page-limit>`. The
# later ones are shrinkage optimal for the student before them, not for the teacher, and may have less
# error than the bound of a single student.

# %% tags=["remove-output", "hide-input"]
for family, rows in errors.items():
    record_pairs(f"{family}, first of a chain", rows[:, 0], rows[:, 1])

# %% tags=["remove-output"]
losses = np.concatenate([np.geomspace(1e-3, 0.1, 30)[:-1], np.linspace(0.1, 0.99, 60)])
bounds = {n: lower_bound_chain(losses, n) for n in (1, 2, 8)}
endless = lower_bound_bounded_student(losses)


def how_far(ax):
    for role, (n, bound) in in_shades(bounds.items()):
        ax.plot(losses, bound / losses**2, **role.line, label=f"$n$ = {n}")
    ax.plot(losses, endless / losses**2, **BOUND.line, label="endless")
    ax.set(xlabel=r"teacher $\mathcal{L}_{TE}$", ylim=(0, 1.05))
    ax.set(ylabel=r"best chain / $\mathcal{L}_{TE}^2$")
    ax.legend(ncols=2, loc="lower right")


def simulated(ax):
    for role, (name, table) in in_shades(errors.items()):
        look = role.dots | {"markersize": 2.5, "alpha": 0.85}
        ax.plot(table[:, 0], table[:, -1], **look, label=name)
    ax.plot(losses, lower_bound(losses), **STUDENT.line, label="one student")
    ax.plot(losses, endless, **BOUND.line, label="any chain")
    ax.set(xscale="log", yscale="log", xlim=(0.02, 1.1), ylim=(5e-5, 1.5))
    ax.set(xlabel=r"teacher $\mathcal{L}_{TE}$", ylabel="last student of the chain")
    ax.legend(loc="lower right")


figure(
    "chain-bounds",
    how_far,
    simulated,
    alt=[
        "Least error of a chain divided by the teacher's error squared. One student starts at one, "
        "dips to three quarters and returns to one; longer chains start lower, down to a quarter "
        "for endless chains, and all meet at one.",
        "Error of the last of eight students against the teacher's error. Most simulated chains lie "
        "far above; the adversarial ones fall below the bound of one student, none below that of "
        "all chains.",
    ],
)

# %% [markdown]
# ## Claims

# %%
stacked = np.vstack([*errors.values()])
norms = np.sqrt([(x**2).sum(axis=1) for f in families.values() for _, x in f])
firsts, links = stacked[:, :1], np.arange(1, length + 1)
students = Estimate(stacked[:, 1:], 0)
each = np.transpose([lower_bound_chain(stacked[:, 0], n) for n in links])
reading(
    "random_features.bootstrapping.corollary_2",
    "No student of any simulated chain has an error below (1 − √(1 − L_TE))^2.",
    compared(lower_bound_bounded_student(firsts), students, L_TE=firsts, n=links).above(1e-14),
    source="medvedev2025, Corollary 2",
    main=True,
)
reading(
    "random_features.bootstrapping.norms_fall",
    "Norms never grow along a simulated chain.",
    inequality(norms[:, 1:], norms[:, :-1], slack=1e-12),
    source="medvedev2025, Corollary 2",
)
derived(
    "random_features.bootstrapping.chain_bound",
    "The error of the n-th student of every simulated chain is at least B_n.",
    compared(each, students, L_TE=firsts, n=links).above(1e-14),
)

# %%
directions = bounded_rng.standard_normal((100 * repeats, 30))
directions *= 10 ** bounded_rng.uniform(-4, 0.5, (100 * repeats, 1))
directions[:, 0] += 1.0  # lean towards the target, the first coordinate
directions /= np.linalg.norm(directions, axis=1, keepdims=True)
loss = bounded_rng.uniform(0, 1, 100 * repeats)
bounded = directions * (np.sqrt(1 - loss) * bounded_rng.uniform(0.9, 1, loss.size))[:, None]
distance = Estimate(((bounded - np.eye(30)[0]) ** 2).sum(axis=1), 0)
reading(
    "random_features.bootstrapping.theorem_4_2",
    "No student whose norm is at most √(1 − L_TE) has an error below (1 − √(1 − L_TE))^2, "
    "although most were drawn close to the target.",
    compared(lower_bound_bounded_student(loss), distance, L_TE=loss).above(),
    source="medvedev2025, Theorem 4.2",
    main=True,
)


# %%
def last_error(x, n):
    """Error of the last student of a trained chain."""
    target, chain = trained_chain(x, n)
    return ((chain[-1] - target) ** 2).sum()


def best_two(x):
    """Least error of two students, by brute force over their two turns."""
    phi = np.arcsin(np.sqrt(x))
    a, b = np.meshgrid(*[np.linspace(0, phi, 1201)] * 2)
    r, angle = np.cos(phi) * np.cos(a) * np.cos(b), phi - a - b
    return (1 - 2 * r * np.cos(angle) + r**2).min()


grid, lengths = np.array([0.01, 0.1, 0.3, 0.5, 2 / 3, 0.9]), np.array([1, 2, 4, 8, 16, 64])
best = np.array([lower_bound_chain(grid, int(n)) for n in lengths])
reached = np.array([[last_error(x, n) for x in grid] for n in lengths])
derived(
    "random_features.bootstrapping.attained",
    "Chains of 1 to 64 students with one feature each, trained to convergence on one another, "
    "attain B_n for every teacher error.",
    exact(np.ones(best.shape), reached / best, 1e-9, at={"n": lengths[:, None], "L_TE": grid}),
    main=True,
)
derived(
    "random_features.bootstrapping.equal_turns",
    "Two students can do no better than B_2: a search over all pairs of turns finds the same "
    "least error.",
    # The search is on a grid.
    exact(np.ones(grid.size), [best_two(x) for x in grid] / best[1], 1e-4, at={"L_TE": grid}),
)

# %%
phi, many, tiny = np.arcsin(np.sqrt(grid)), 10_000, 1e-6
over = lower_bound_chain(grid, many) / lower_bound_bounded_student(grid) - 1
derived(
    "random_features.bootstrapping.limit",
    "Chains approach (1 − √(1 − L))^2 like 1/n: at ten thousand students n(B_n/B_{∞} − 1) is "
    "φ^2 cos φ/(1 − cos φ).",
    exact(phi**2 * np.cos(phi) / (1 - np.cos(phi)), many * over, 1e-3, at={"L_TE": grid}),
)
derived(
    "random_features.bootstrapping.factor_four",
    "Bootstrapping gains at most a factor 4 over a single best student, at every L_TE, and L^2/4 "
    "is a bound for every chain.",
    inequality([lower_bound(losses), losses**2], 4 * endless, at={"L_TE": losses}),
    main=True,
)
smallest = np.array([lower_bound_bounded_student(tiny), lower_bound(tiny)])
derived(
    "random_features.bootstrapping.quarter",
    "As L_TE → 0 the endless chain reaches a quarter of L_TE^2, a single student L_TE^2.",
    exact([0.25, 1.0], smallest / tiny**2, 1e-5),
)

# %% [markdown]
# ## What to notice
#
# * **Bootstrapping does not change the exponent.** However long the chain ({numref}`fig-chains`), $\mathcal L_{ST} \ge
#   \tfrac14 \mathcal L_{TE}^2$: the constant may fall from 1 to $\tfrac14$, the square stays.
# * **The first students of a chain do most of the work** ({numref}`fig-chain-bounds`, first panel). The
#   rest of the gain comes like $1/n$.
# * **Gradient flow does not get there.** Chains of unlimited students that share one kernel only sharpen
#   its filter, as the page on {ref}`chains of gradient flow <page-gradient-flow-chains>` shows.
# * **Honest limits.** The tight chains need features that know the target. They show what cannot be
#   excluded, not what one should expect.

# %% tags=["remove-output", "hide-input"]
two_thirds = np.array([lower_bound(2 / 3), lower_bound_bounded_student(2 / 3)])
close = 1.1 * lower_bound_bounded_student(0.5)
enough = [n for n in range(1, 40) if lower_bound_chain(0.5, n) < close]
glue("gain_at_two_thirds", float(two_thirds[0] / two_thirds[1]), display=False)
glue("enough", min(enough), display=False)

# %% [markdown]
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# At $\mathcal L_{TE} = \tfrac23$ one student can reach $\tfrac34 \mathcal L_{TE}^2$. What can an endless chain
# reach there, and by which factor does the chain help? Why is it not 4?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The chain reaches $(1 - \sqrt{1/3})^2 \approx 0.179$, which is $0.40\, \mathcal L_{TE}^2$, and one student
# $\tfrac13$. The factor is {glue:text}`gain_at_two_thirds:.2f`. The factor 4 belongs to the limit
# $\mathcal L_{TE} \to 0$, where the two curves of the first panel start at 1 and $\tfrac14$.
# ::::
#
# ::::{admonition} Exercise 2. A step of the proof
# :class: w2s-exercise
#
# Show from $\langle f, g - f\rangle \ge 0$ that a student $f$ which is shrinkage optimal for $g$ has no larger
# norm than $g$. Does the converse hold?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# $\lVert f\rVert^2 \le \langle f, g\rangle \le \lVert f\rVert \lVert g\rVert$ by Cauchy–Schwarz. The converse
# fails: $f = -g$ has the same norm, but lies far outside the ball with diameter $[0, g]$. That is why
# Theorem 4.2 allows more students than Theorem 4.1, and its bound is lower.
# ::::
#
# ::::{admonition} Exercise 3. Change a parameter
# :class: w2s-exercise
#
# Take $L = \tfrac12$. How many students does the best chain need to come within 10% of the endless one?
# Estimate it from the law $1/n$ of the proposition, then compute it with `lower_bound_chain`.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# Here $\varphi = \pi/4$, so $\varphi^2\cos\varphi/(1-\cos\varphi) \approx 1.49$ and the law asks for about
# 15 students. The exact bound needs {glue:text}`enough`.
# ::::
