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
#     smoke: {trials: 300, repeats: 5}
# ---

# %% [markdown]
# (page-chains)=
# # Teacher, student, student's student
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here, beyond {cite:t}`dong2025`): when a student teaches the next one, the risk of every model of the chain follows an exact recursion.
#
# **Holds?** Yes: for random models, for two models in turn, and for bridges and detours, which can help a great deal.
#
# **Where not**: more rounds can raise the risk, a detour needs many unlabelled inputs, and retraining the same features changes nothing. Features are Gaussian, inputs fresh for every student.
# :::
#
# :::{glue:figure} stages
# :name: fig-chain-stages
#
# First: four random models in a chain. Second: two models that teach each other in turn. If both can express the
# target, every round removes error that they do not share; if not, signal is lost as well and there is a best
# number of rounds. Lines: exact recursion. Dots: trained chains, two standard errors.
# :::
#
# ## Statement
#
# The setting is that of the paper; chains through models of intermediate size were tried by
# {cite:t}`burns2024`; everything stated here is derived here ({ref}`labels of certainty <labels-of-certainty>`).
#
# Model $k = 0, 1, \dots, K$ has feature space $\mathrm{range}\,A_k$ of dimension $d_k$, with orthonormal
# $A_k$ and projector $P_k$. Model 0 learns from $n$ noisy labels. Model $k$ learns, by ridgeless least
# squares, the predictions of model $k-1$ on $N_k$ fresh inputs. Write $\theta_k$ for its coefficients,
# $C_k = A_k^\top A_{k-1}$, $\beta$ for the target and $\tau^2 = (\sigma^2 + \rho_0)/(n-d_0-1)$.
#
# :::{prf:theorem} Chains (derived here)
# :label: thm-chains
# :nonumber:
#
# For Gaussian features, $n > d_0 + 1$ and $N_k > d_k + 1$, the moments $m_k = \mathbb E\,\theta_k$ and
# $M_k = \mathbb E\,\theta_k\theta_k^\top$ start from $m_0 = A_0^\top\beta$,
# $M_0 = m_0m_0^\top + \tau^2 I$ and obey
#
# $$
# m_k = C_k\,m_{k-1} , \qquad M_k = C_k M_{k-1} C_k^\top + v_k I
# $$
#
# with
#
# $$
# v_k = \frac{\mathrm{tr}\bigl[(I - C_k^\top C_k)\,M_{k-1}\bigr]}{N_k - d_k - 1} .
# $$
#
# The risk is $\mathrm{ER}_k = \mathrm{tr}\,M_k - 2\,\beta^\top A_k m_k + |\beta|^2$. With endless
# unlabelled data,
#
# $$
# \mathrm{ER}_K \;\to\; |\beta - P_K\cdots P_0\,\beta|^2 + \tau^2\,\lVert C_K\cdots C_1\rVert_F^2 .
# $$
# :::
#
# The last line summarises it: a chain passes on what survives **all** its projections, of the signal and of
# the teacher's error alike. For $K=1$ it is the limit of the
# {ref}`variance theorem <page-variance-theorem>` with $\lVert C_1\rVert_F^2 = d_{s\wedge w}$.

# %% tags=["parameters"]
profile = "paper"  # "paper" or "smoke": names the scale of the numbers below
seed = 2025
noise = 1.0  # σ², a variance
n_labelled = 40
rounds = 7  # students of the ping-pong chain
n_unlabelled = 150  # fresh inputs of each of them
steps = [1, 2, 3, 4, 6, 8]  # students of the bridge
budgets = [60, 80, 120, 240, 600]  # unlabelled inputs of the detour, in all
trials = 1200  # simulated chains per point
repeats = 20  # trials of the claims that hold trial by trial

# %% [markdown]
# ## Why it is true
#
# Model $k-1$ is a function without noise. Seen from the features of model $k$,
# $\psi_{k-1} = C_k^\top\psi_k + r$ with $r$ independent of $\psi_k$, of covariance $I - C_k^\top C_k$.
# So model $k$ copies $C_k\theta_{k-1}$, and $r^\top\theta_{k-1}$ is label noise to it, of variance
# $\theta_{k-1}^\top(I - C_k^\top C_k)\theta_{k-1}$. The inverse Wishart mean makes it scatter by that
# variance over $N_k-d_k-1$, equally in all directions, uncorrelated with what it copies. Taking means gives
# the recursion. As $N_k\to\infty$ the scatter vanishes and $A_k\theta_k = P_k A_{k-1}\theta_{k-1}$. $\square$
#
# ## Computation
#
# The measurement trains the chain, model after model, by least squares on sampled features
# (`w2s.discrepancy.simulate.train_chain`).

# %%
import numpy as np

from w2s.discrepancy.overparametrised import chain_limit, chain_risks
from w2s.discrepancy.ridgeless import single_risk, student_risk
from w2s.discrepancy.simulate import train_chain
from w2s.discrepancy.subspaces import SubspacePair, random_basis
from w2s.metrics import Estimate
from w2s.page.claims import beyond, derived, inequality
from w2s.page.comparison import compared, joined
from w2s.page.figures import BOUND, STUDENT, WEAK, figure, in_shades, ticks

mixed_rng, pingpong_rng, bridge_rng, detour_rng, copy_rng, draw_rng = (
    np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6)
)


def measure(chain, rng, count=trials):
    """Return the risks of `count` trained chains, one row each."""
    return train_chain(*chain, count, rng).risks


# %% [markdown]
# **Any chain.** Four models with random feature spaces of different dimensions, none of which can
# express the target.

# %%
random_bases = [random_basis(16, d, draw_rng) for d in (12, 8, 10, 9)]
random_target = draw_rng.standard_normal(16) / 4
chain = random_bases, (40, 30, 50, 40), random_target, noise
mixed = compared(chain_risks(*chain), measure(chain, mixed_rng, 3 * trials), model=np.arange(4))

# %% [markdown]
# **Two models in turn.** Two models of dimension 15 teach each other in turn. They share 5 directions, and meet
# at cosine 0.8 in 10 more. Repeated projection on two spaces leads to their intersection, so the
# teacher's error shrinks to what lies in the 5 shared directions. So does the signal: one target lies
# in the intersection, the other has a part between the two spaces.

# %%
axes = np.eye(25)
one = axes[:, :15]
other = np.hstack([axes[:, :5], 0.8 * axes[:, 5:15] + 0.6 * axes[:, 15:]])
between = one[:, 5] + other[:, 5]
partly = axes[0] + 0.6 * between / np.linalg.norm(between)
bases, samples = [one, other] * (rounds // 2 + 1), [n_labelled] + [n_unlabelled] * rounds
pingpong_chains = {
    name: (bases[: rounds + 1], samples, target, noise)
    for name, target in {"shared": axes[0], "partly between": partly}.items()
}
stage = np.arange(rounds + 1)
turns = {name: measure(which, pingpong_rng) for name, which in pingpong_chains.items()}
pingpong = {
    name: compared(chain_risks(*which), turns[name], model=stage)
    for name, which in pingpong_chains.items()
}

# %% [markdown]
# **Bridge.** Teacher and last student have orthogonal features of dimension 5: the student sees nothing
# but noise in its teacher's labels. The target lies half-way between, so each could express half of
# it. Now let $K-1$ models in between turn by equal angles, $90°/K$ each.

# %%
bridge_noise, bridge_n, half = 0.1, 60, 5
bridge_target = np.ones(2 * half) / np.sqrt(2 * half)


def bridge(count, big_n=200):
    """Return the chain from the teacher to its last student, in equal turns."""
    angles = np.linspace(0, np.pi / 2, count + 1)
    bases = [np.kron([[np.cos(t)], [np.sin(t)]], np.eye(half)) for t in angles]
    return bases, [bridge_n, *[big_n] * count], bridge_target, bridge_noise


def bridge_risk(count, big_n=200):
    """Return the exact risk of the last student."""
    return chain_risks(*bridge(int(count), big_n))[-1]


ends = np.transpose([measure(bridge(count), bridge_rng)[:, -1] for count in steps])
bridges = compared([bridge_risk(count) for count in steps], ends, K=steps)

# %% [markdown]
# **Detour.** Teacher and student share 15 of their 20 directions, and so most of their errors. A third
# model shares with either only the 5 directions that carry the target. The detour through it splits
# the unlabelled inputs in two halves.

# %%
wide, core = np.eye(40), np.arange(5)
teacher = wide[:, :20]
student = wide[:, [*range(15), *range(20, 25)]]
stranger = wide[:, [*core, *range(25, 40)]]
ways = {"direct": [teacher, student], "detour": [teacher, stranger, student]}


def along(way, budget):
    """Return a chain whose students share the budget equally."""
    students = len(ways[way]) - 1
    return ways[way], [n_labelled] + [budget // students] * students, wide[0], noise


def detour_risk(way, budget):
    """Return the exact risk of the student."""
    return chain_risks(*along(way, budget))[-1]


detours = {}
for way in ways:
    runs = np.transpose([measure(along(way, b), detour_rng)[:, -1] for b in budgets])
    detours[way] = compared([detour_risk(way, b) for b in budgets], runs, budget=budgets)

# %% [markdown]
# ## Figures


# %% tags=["remove-output"]
def any_chain(ax):
    ax.plot(mixed.at["model"], mixed.predicted, **STUDENT.line, label="exact recursion")
    mixed.dots(ax, STUDENT, "measured")
    ax.set(xlabel="model k of the chain (0 is the teacher)", ylabel="excess risk")
    ax.set(xticks=mixed.at["model"])
    ax.legend()


def two_in_turn(ax):
    for role, (name, found) in zip((STUDENT, WEAK), pingpong.items(), strict=True):
        ax.plot(stage, found.predicted, **role.line, label=f"target {name}")
        found.dots(ax, role)
    floor = 5 * noise / (n_labelled - 15 - 1)
    ax.axhline(floor, **BOUND.line, label="error in the intersection")
    ax.set(xlabel="model k of the ping-pong chain", ylabel="excess risk")
    ax.set(xticks=stage, ylim=(0, None))
    ax.legend()


# %% tags=["remove-output"]
figure(
    "stages",
    any_chain,
    two_in_turn,
    alt=[
        "Excess risk along a chain of four random models: measured points lie on "
        "the exact recursion.",
        "Excess risk along a chain of two models in turn. For a shared target it "
        "falls steadily towards a floor; for a target partly outside it falls, "
        "then rises again.",
    ],
)  # fmt: skip


# %% tags=["remove-output"]
def turning(ax):
    k = np.arange(1, steps[-1] + 1)
    ax.plot(k, [bridge_risk(x) for x in k], **STUDENT.line, label="last student, exact")
    bridges.dots(ax, STUDENT, "measured")
    ax.axhline(0.5, **BOUND.line, label="what it cannot express")
    ax.set(xlabel="students K in the bridge", ylabel="excess risk", ylim=(0.4, 1.1))
    ax.legend()


def around(ax):
    x = 2 * np.geomspace(budgets[0] / 2, budgets[-1] / 2, 60).astype(int)
    for role, (name, found) in in_shades(detours.items()):
        ax.plot(x, [detour_risk(name, b) for b in x], **role.line, label=name)
        found.dots(ax, role)
    ax.set(xscale="log", yscale="log", xlabel="unlabelled inputs in all")
    ax.set(ylabel="excess risk of the student")
    ticks(ax, x=budgets, y=[0.3, 0.5, 1, 2, 4])
    ax.legend()


# %% tags=["remove-output"]
figure(
    "detours",
    turning,
    around,
    alt=[
        "Risk of the last student against the number of students in the bridge: "
        "highest for a direct student, much lower for two, then falling slowly "
        "towards a level just above what the student cannot express.",
        "Risk of the student against all unlabelled inputs, directly and by the "
        "detour: with few inputs the detour is worse, with many several times "
        "better.",
    ],
)  # fmt: skip

# %% [markdown]
# :::{glue:figure} detours
# :name: fig-chain-detours
#
# First: a bridge of $K$ small turns carries the signal to a student that shares nothing with the first
# teacher. Second: with enough unlabelled inputs the detour through a model with *other* errors beats
# teaching directly; with few it does not. Lines: exact; dots: trained chains, two standard errors.
# :::
#
# ## Claims

# %%
fine = 1.2 / np.sqrt(trials)  # largest relative standard error that means something
beyond(
    "discrepancy.chains.recursion",
    "The recursion gives the risk of every model of a chain, with random "
    "feature spaces that cannot express the target.",
    mixed.agrees(fine),
    main=True,
)
beyond(
    "discrepancy.chains.ping_pong",
    "The recursion gives the risk of two models that teach each other in turn, for both targets.",
    joined(pingpong.values(), model=stage, target=[[name] for name in pingpong]).agrees(fine),
)
falls = compared(0.0, -np.diff(turns["shared"], axis=1), round=stage[1:])
beyond(
    "discrepancy.chains.purification",
    "When two models teach each other in turn and both can express the target, every round lowers "
    "the risk.",
    falls.above(),
    main=True,
)
best = int(np.argmin(pingpong["partly between"].predicted))
least, last = (turns["partly between"][:, k] for k in (best, -1))
rise = compared(0.0, last - least).measured
beyond(
    "discrepancy.chains.ping_pong_loses_signal",
    "More rounds never raise the risk, also with a target partly between the two spaces: it is not "
    f"larger at round {rounds} than at round {best}.",
    inequality(last.mean(), least.mean(), standard_error=rise.standard_error),
    expect="fails",
)

# %%
beyond(
    "discrepancy.chains.bridge",
    f"The recursion gives the risk at the end of bridges of {steps[0]} to {steps[-1]} students.",
    bridges.agrees(fine),
)
count = np.array(steps)
passed = np.cos(np.pi / 2 / count) ** count  # share of the amplitude that arrives
tau2 = (bridge_noise + 0.5) / (bridge_n - half - 1)
closed = 0.5 + 0.5 * (1 - passed) ** 2 + tau2 * half * passed**2
endless = [bridge_risk(k, 10**12) for k in steps]
beyond(
    "discrepancy.chains.bridge_limit",
    "With endless unlabelled data a bridge of K turns leaves ½ + ½(1 − p)² + "
    "τ²dp² with p = cos^K(90°/K), which tends to what the last student cannot"
    " express plus the error of its first teacher.",
    compared(closed, Estimate(endless, 0), K=steps).identical(1e-9),
)
mean, error = bridges.measured
apart = np.hypot(error[1:], 2 / 3 * error[0])
beyond(
    "discrepancy.chains.bridge_helps",
    "A bridge of two or more students leaves at most two thirds of the risk of direct teaching.",
    inequality(mean[1:], 2 / 3 * mean[0], standard_error=apart, at={"K": count[1:]}),
    main=True,
)

# %%
beyond(
    "discrepancy.chains.detour",
    "The recursion gives the risk of the student, directly and by the detour.",
    joined(detours.values(), budget=budgets, way=[[name] for name in detours]).agrees(2 * fine),
)
(direct, error), (detour, more) = (found.measured for found in detours.values())
against_direct = compared(direct, Estimate(detour, np.hypot(error, more)), budget=budgets)
beyond(
    "discrepancy.chains.detour_helps",
    f"From {budgets[2]} unlabelled inputs on, the detour through a model with other "
    "errors leaves less risk than direct teaching with as many inputs.",
    against_direct[2:].below(),
    main=True,
)
beyond(
    "discrepancy.chains.detour_always",
    "The detour is never worse than direct teaching with as many inputs.",
    against_direct.below(),
    expect="fails",
)

# %%
copies = [one, other, other, other], [40, 60, 60, 60], axes[0], 1.0
again = measure(copies, copy_rng, repeats)
beyond(
    "discrepancy.chains.same_features",
    "Training the same features on their own labels changes nothing, in any trial.",
    compared(1.0, Estimate(again[:, 2:] / again[:, 1:2], 0)).identical(1e-10),
)
lengths = [2, 3, 4]
given = random_target, 1.0
limits = [chain_limit(random_bases[:k], 40, *given) for k in lengths]
ends = [chain_risks(random_bases[:k], [40] + [10**13] * (k - 1), *given)[-1] for k in lengths]
beyond(
    "discrepancy.chains.limit",
    "With endless unlabelled data the risk is |β − P_K⋯P_0 β|² + τ² ‖C_K⋯C_1‖².",
    compared(limits, Estimate(ends, 0), models=lengths).identical(1e-9),
)
quotients = []  # the recursion over the closed forms
for _ in range(50):
    pair = SubspacePair(*(random_basis(12, d, draw_rng) for d in (4, 6)))
    target, (n, big_n) = draw_rng.standard_normal(12), draw_rng.integers(8, 60, 2)
    g = pair.geometry(target)
    known = single_risk(6, n, noise, g.rho_weak), student_risk(g, n, big_n, noise)
    quotients.append(chain_risks([pair.weak, pair.strong], [n, big_n], target, noise) / known)
derived(
    "discrepancy.chains.two_models",
    "A chain of two is teacher and student: the recursion equals the closed "
    "forms of their risks in 50 random geometries.",
    compared(1.0, Estimate(quotients, 0)).identical(1e-10),
)

# %% [markdown]
# ## What to notice
#
# * **Two opposite uses of an intermediate model** ({numref}`fig-chain-detours`). A *similar* one passes on signal that would be lost
#   in one big step; a *different* one stops errors that teacher and student share.
# * **Nothing comes for free.** Every stage spends unlabelled inputs, loses what its features cannot
#   express, and adds scatter $v_k d_k$. Copying oneself is neutral at best: no gain, no loss.
# * **Repetition selects the intersection** ({numref}`fig-chain-stages`, second panel). What two models cannot both express does not survive. This
#   is good for errors and bad for signal, so the exchange must stop in time unless the target lies in
#   both spaces.
# * **Honest limits.** Gaussian features; fresh inputs for every student (reused inputs correlate the
#   stages, and the recursion does not cover that); $N_k > d_k + 1$. The examples are built to show one
#   effect each.
# * **Where to go on.** Chains of random-feature students, where early stopping does the work:
#   {ref}`bootstrapping <page-bootstrapping>`. In code: `w2s.discrepancy.overparametrised.chain_risks`.
