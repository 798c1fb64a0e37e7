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
# A student can teach the next one. For Gaussian features the risk of every model of such a chain
# follows an exact recursion, and the recursion says when a detour pays: to bridge two models that share
# little, to launder a teacher's errors, and never to retrain the same features. Beyond the paper: the
# setting is that of {cite:t}`dong2025`, chains through models of intermediate size were tried by
# {cite:t}`burns2024`, everything stated here is derived here
# ({ref}`labels of certainty <labels-of-certainty>`).
#
# ## Statement
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
# m_k = C_k\,m_{k-1} ,
# $$
#
# $$
# M_k = C_k M_{k-1} C_k^\top + v_k I ,
# $$
#
# $$
# v_k = \frac{\mathrm{tr}\bigl[(I - C_k^\top C_k)\,M_{k-1}\bigr]}{N_k - d_k - 1} .
# $$
#
# The risk is $\mathrm{ER}_k = \mathrm{tr}\,M_k - 2\,\beta^\top A_k m_k + |\beta|^2$. With endless
# unlabelled data,
#
# $$
# \begin{aligned}
# \mathrm{ER}_K \;\to\; &|\beta - P_K\cdots P_0\,\beta|^2 \\
# &+ \tau^2\,\lVert C_K\cdots C_1\rVert_F^2 .
# \end{aligned}
# $$
# :::
#
# The last line is the whole story: a chain passes on what survives **all** its projections, of the
# signal as of the teacher's error. For $K=1$ it is the limit of the
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
# variance over $N_k-d_k-1$, equally in all directions, uncorrelated with what it copies. Take means.
# As $N_k\to\infty$ the scatter vanishes and $A_k\theta_k = P_k A_{k-1}\theta_{k-1}$. $\square$
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
from w2s.metrics import mean_and_error
from w2s.page.claims import claim, exact, inequality, monte_carlo
from w2s.page.figures import BOUND, STUDENT, WEAK, figure, shades

mixed_rng, pingpong_rng, bridge_rng, detour_rng, copy_rng, draw_rng = (
    np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6)
)


def measure(bases, samples, target, sigma2, rng, count=trials):
    """Return the risks of `count` trained chains, one row each."""
    return train_chain(bases, samples, target, sigma2, count, rng).risks


# %% [markdown]
# **Any chain.** Four models with random feature spaces of different dimensions, none of which can
# express the target.

# %%
dimensions, mixed_samples = (12, 8, 10, 9), (40, 30, 50, 40)
mixed = [random_basis(16, d, draw_rng) for d in dimensions]
mixed_target = draw_rng.standard_normal(16) / 4
mixed_chain = mixed, mixed_samples, mixed_target, noise
mixed_exact = chain_risks(*mixed_chain)
mixed_run = measure(*mixed_chain, mixed_rng, 3 * trials)

# %% [markdown]
# **Ping-pong.** Two models of dimension 15 teach each other in turn. They share 5 directions, and meet
# at cosine 0.8 in 10 more. Repeated projection on two spaces leads to their intersection, so the
# teacher's error shrinks to what lies in the 5 shared directions. So does the signal: one target lies
# in the intersection, the other has a part between the two spaces.

# %%
axes = np.eye(25)
one = axes[:, :15]
other = np.hstack([axes[:, :5], 0.8 * axes[:, 5:15] + 0.6 * axes[:, 15:]])
between = one[:, 5] + other[:, 5]
pingpong_targets = {
    "shared": axes[0],
    "partly between": axes[0] + 0.6 * between / np.linalg.norm(between),
}
pingpong = [one, other] * (rounds // 2 + 1)
pingpong = pingpong[: rounds + 1]
pingpong_samples = [n_labelled] + [n_unlabelled] * rounds
pingpong_exact, pingpong_runs = {}, {}
for name, target in pingpong_targets.items():
    chain = pingpong, pingpong_samples, target, noise
    pingpong_exact[name] = chain_risks(*chain)
    pingpong_runs[name] = measure(*chain, pingpong_rng)

# %% [markdown]
# **Bridge.** Teacher and last student have orthogonal features of dimension 5: the student sees nothing
# but noise in its teacher's labels. The target lies half-way between, so each could express half of
# it. Now let $K-1$ models in between turn by equal angles, $90°/K$ each.

# %%
bridge_noise, bridge_n, bridge_big_n, half = 0.1, 60, 200, 5
bridge_target = np.ones(2 * half) / np.sqrt(2 * half)


def bridge(count):
    """Return the bases from the teacher to its last student, in equal turns."""
    turns = np.linspace(0, np.pi / 2, count + 1)
    return [np.kron([[np.cos(t)], [np.sin(t)]], np.eye(half)) for t in turns]


def bridge_risk(count, big_n=bridge_big_n):
    """Return the exact risk of the last student."""
    sizes = [bridge_n, *[big_n] * count]
    return chain_risks(bridge(count), sizes, bridge_target, bridge_noise)[-1]


bridge_runs = []
for count in steps:
    sizes = [bridge_n] + [bridge_big_n] * count
    chain = bridge(count), sizes, bridge_target, bridge_noise
    bridge_runs.append(measure(*chain, bridge_rng)[:, -1])

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


def split(way, budget):
    """Return the sample sizes of a chain that shares the budget equally."""
    students = len(ways[way]) - 1
    return [n_labelled] + [budget // students] * students


detour_exact, detour_runs = {}, {}
for way, bases in ways.items():
    chains = [(bases, split(way, budget), wide[0], noise) for budget in budgets]
    detour_exact[way] = [chain_risks(*chain)[-1] for chain in chains]
    runs = [measure(*chain, detour_rng)[:, -1] for chain in chains]
    detour_runs[way] = mean_and_error(runs, axis=1)

# %% [markdown]
# ## Figures


# %% tags=["remove-output", "hide-input"]
def any_chain(ax):
    k = np.arange(len(mixed))
    ax.plot(k, mixed_exact, **STUDENT.line, label="exact recursion")
    mean, error = mean_and_error(mixed_run)
    ax.errorbar(k, mean, 2 * error, **STUDENT.dots, label="measured")
    ax.set(xlabel="model k of the chain (0 is the teacher)", ylabel="excess risk")
    ax.set(xticks=k)
    ax.legend()


def two_in_turn(ax):
    k = np.arange(rounds + 1)
    for role, name in zip((STUDENT, WEAK), pingpong_targets, strict=True):
        ax.plot(k, pingpong_exact[name], **role.line, label=f"target {name}")
        mean, error = mean_and_error(pingpong_runs[name])
        ax.errorbar(k, mean, 2 * error, **role.dots)
    floor = 5 * noise / (n_labelled - 15 - 1)
    ax.axhline(floor, **BOUND.line, label="error in the intersection")
    ax.set(xlabel="model k of the ping-pong chain", ylabel="excess risk")
    ax.set(xticks=k, ylim=(0, None))
    ax.legend()


stage, lengths = np.arange(rounds + 1), [rounds + 1] * 2
pingpong_stats = [mean_and_error(run) for run in pingpong_runs.values()]
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
    data={
        "chain": np.repeat(["any", *pingpong_targets], [len(mixed), *lengths]),
        "k": np.r_[np.arange(len(mixed)), stage, stage],
        "exact": np.r_[mixed_exact, *pingpong_exact.values()],
        "measured": np.r_[mixed_run.mean(0), *(mean for mean, _ in pingpong_stats)],
    },
)

# %% [markdown]
# :::{glue:figure} stages
# :name: fig-chain-stages
#
# Lines: exact recursion. Dots: trained chains, two standard errors. Left: four random models. Right: two
# models in turn. If both can express the target, every round removes error that they do not share; if
# not, signal is lost as well and there is a best number of rounds.
# :::


# %% tags=["remove-output", "hide-input"]
def turning(ax):
    k = np.arange(1, steps[-1] + 1)
    exact_risk = [bridge_risk(int(x)) for x in k]
    ax.plot(k, exact_risk, **STUDENT.line, label="last student, exact")
    mean, error = mean_and_error(bridge_runs, axis=1)
    ax.errorbar(steps, mean, 2 * error, **STUDENT.dots, label="measured")
    ax.axhline(0.5, **BOUND.line, label="what it cannot express")
    ax.set(xlabel="students K in the bridge", ylabel="excess risk", ylim=(0.4, 1.1))
    ax.legend()


def around(ax):
    x = 2 * np.geomspace(budgets[0] / 2, budgets[-1] / 2, 60).astype(int)
    for role, (way, bases) in zip(shades(2), ways.items(), strict=True):
        curve = [chain_risks(bases, split(way, b), wide[0], noise)[-1] for b in x]
        ax.plot(x, curve, **role.line, label=way)
        mean, error = detour_runs[way]
        ax.errorbar(budgets, mean, 2 * error, **role.dots)
    ax.set(xscale="log", yscale="log", xlabel="unlabelled inputs in all")
    ax.set(ylabel="excess risk of the student")
    ax.set(xticks=budgets, xticklabels=[f"{x}" for x in budgets])
    ax.set(yticks=[0.3, 0.5, 1, 2, 4], yticklabels=["0.3", "0.5", "1", "2", "4"])
    ax.set_xticks([], minor=True)
    ax.set_yticks([], minor=True)
    ax.legend()


bridge_stats = mean_and_error(bridge_runs, axis=1)
detour_mean = np.array([run.mean for run in detour_runs.values()])
detour_error = np.array([run.standard_error for run in detour_runs.values()])
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
    data={"way": np.repeat(["bridge", *ways], [len(steps), *[len(budgets)] * 2])}
    | {"K or budget": np.r_[steps, budgets, budgets]}
    | {"exact": np.r_[[bridge_risk(k) for k in steps], *detour_exact.values()]}
    | {"measured": np.r_[bridge_stats.mean, *detour_mean]}
    | {"error": np.r_[bridge_stats.standard_error, *detour_error]},
)

# %% [markdown]
# :::{glue:figure} detours
# :name: fig-chain-detours
#
# Left: a bridge of $K$ small turns carries the signal to a student that shares nothing with the first
# teacher. Right: with enough unlabelled inputs the detour through a model with *other* errors beats
# teaching directly; with few it does not. Lines: exact; dots: trained chains, two standard errors.
# :::
#
# ## Claims
#
# Targets and ways are numbered from 0, in the order of the legends of {numref}`fig-chain-stages` and
# {numref}`fig-chain-detours`.

# %% tags=["hide-input"]
fine = 1.2 / np.sqrt(trials)  # largest relative standard error that means something
mean, error = mean_and_error(mixed_run)
claim(
    "discrepancy.chains.recursion",
    says="The recursion gives the risk of every model of a chain, with random "
    "feature spaces that cannot express the target.",
    source="w2s",
    kind="beyond",
    decision=monte_carlo(
        mixed_exact,
        mean,
        error,
        resolution=fine,
        at={"model": np.arange(4)},
    ),
)
mean, error = np.moveaxis(pingpong_stats, 1, 0)
claim(
    "discrepancy.chains.ping_pong",
    says="The recursion gives the risk of two models that teach each other in turn, for both "
    "targets.",
    source="w2s",
    kind="beyond",
    decision=monte_carlo(
        [*pingpong_exact.values()],
        mean,
        error,
        resolution=fine,
        at={"model": stage, "target": [[0], [1]]},
    ),
)
falls = -np.diff(pingpong_runs["shared"], axis=1)
claim(
    "discrepancy.chains.purification",
    says="With a target that both can express, every round lowers the risk.",
    source="w2s",
    kind="beyond",
    decision=inequality(
        0.0,
        mean_and_error(falls).mean,
        standard_error=mean_and_error(falls).standard_error,
        at={"round": stage[1:]},
    ),
)
outside = pingpong_runs["partly between"]
best = int(np.argmin(pingpong_exact["partly between"]))
rise = mean_and_error(outside[:, -1] - outside[:, best])
claim(
    "discrepancy.chains.ping_pong_loses_signal",
    says="More rounds never raise the risk (counter-example: a target between the spaces, "
    f"last round against round {best}).",
    source="w2s",
    kind="beyond",
    expect="fails",
    decision=inequality(
        outside[:, -1].mean(),
        outside[:, best].mean(),
        standard_error=rise.standard_error,
    ),
)

# %% tags=["hide-input"]
claim(
    "discrepancy.chains.bridge",
    says=f"The recursion gives the risk at the end of bridges of {steps[0]} to "
    f"{steps[-1]} students.",
    source="w2s",
    kind="beyond",
    decision=monte_carlo(
        [bridge_risk(k) for k in steps],
        bridge_stats.mean,
        bridge_stats.standard_error,
        resolution=fine,
        at={"K": steps},
    ),
)
count = np.array(steps)
passed = np.cos(np.pi / 2 / count) ** count  # share of the amplitude that arrives
tau2 = (bridge_noise + 0.5) / (bridge_n - half - 1)
claim(
    "discrepancy.chains.bridge_limit",
    says="With endless unlabelled data a bridge of K turns leaves ½ + ½(1 − p)² + "
    "τ²dp² with p = cos^K(90°/K), which tends to what the last student cannot"
    " express plus the error of its first teacher.",
    source="w2s",
    kind="beyond",
    decision=exact(
        0.5 + 0.5 * (1 - passed) ** 2 + tau2 * half * passed**2,
        [bridge_risk(k, 10**12) for k in steps],
        tolerance=1e-9,
        at={"K": count},
    ),
)
claim(
    "discrepancy.chains.bridge_helps",
    says="A bridge of two or more students leaves at most two thirds of the risk "
    "of direct teaching.",
    source="w2s",
    kind="beyond",
    decision=inequality(
        bridge_stats.mean[1:],
        2 / 3 * bridge_stats.mean[0],
        standard_error=np.hypot(
            bridge_stats.standard_error[1:],
            2 / 3 * bridge_stats.standard_error[0],
        ),
        at={"K": count[1:]},
    ),
)
detour_exact_mean = np.array([*detour_exact.values()])
claim(
    "discrepancy.chains.detour",
    says="The recursion gives the risk of the student, directly and by the detour.",
    source="w2s",
    kind="beyond",
    decision=monte_carlo(
        detour_exact_mean,
        detour_mean,
        detour_error,
        resolution=2 * fine,
        at={"budget": budgets, "way": [[0], [1]]},
    ),
)
apart = np.hypot(*detour_error)
claim(
    "discrepancy.chains.detour_helps",
    says=f"From {budgets[2]} unlabelled inputs on, the detour through a model with other "
    "errors leaves less risk than direct teaching with as many inputs.",
    source="w2s",
    kind="beyond",
    decision=inequality(
        detour_mean[1, 2:],
        detour_mean[0, 2:],
        standard_error=apart[2:],
        at={"budget": budgets[2:]},
    ),
)
claim(
    "discrepancy.chains.detour_always",
    says="The detour is never worse than direct teaching with as many inputs.",
    source="w2s",
    kind="beyond",
    expect="fails",
    decision=inequality(
        detour_mean[1], detour_mean[0], standard_error=apart, at={"budget": budgets}
    ),
)

# %% tags=["hide-input"]
copies = [one, other, other, other]
again = measure(copies, [40, 60, 60, 60], axes[0], 1.0, copy_rng, repeats)
claim(
    "discrepancy.chains.same_features",
    says="Training the same features on their own labels changes nothing, in any trial.",
    source="w2s",
    kind="beyond",
    decision=exact(1.0, again[:, 2:] / again[:, 1:2], tolerance=1e-10),
)
lengths = [2, 3, 4]
ends = []
for k in lengths:
    sizes = [40] + [10**13] * (k - 1)
    ends.append(chain_risks(mixed[:k], sizes, mixed_target, 1.0)[-1])
claim(
    "discrepancy.chains.limit",
    says="With endless unlabelled data the risk is |β − P_K⋯P_0 β|² + τ² ‖C_K⋯C_1‖².",
    source="w2s",
    kind="beyond",
    decision=exact(
        [chain_limit(mixed[:k], 40, mixed_target, 1.0) for k in lengths],
        ends,
        tolerance=1e-9,
        at={"models": lengths},
    ),
)
closed, recursive = [], []
for _ in range(50):
    pair = SubspacePair(*(random_basis(12, d, draw_rng) for d in (4, 6)))
    target, (n, big_n) = draw_rng.standard_normal(12), draw_rng.integers(8, 60, 2)
    g = pair.geometry(target)
    closed.append(
        [
            single_risk(6, n, noise, g.rho_weak),
            student_risk(g, n, big_n, noise),
        ]
    )
    bases = [pair.weak, pair.strong]
    recursive.append(chain_risks(bases, [n, big_n], target, noise))
claim(
    "discrepancy.chains.two_models",
    says="A chain of two is teacher and student: the recursion equals the closed "
    "forms of their risks in 50 random geometries.",
    source="w2s",
    kind="derived",
    decision=exact(1.0, np.array(recursive) / np.array(closed), tolerance=1e-10),
)

# %% [markdown]
# ## What to notice
#
# * **Two opposite uses of an intermediate model** ({numref}`fig-chain-detours`). A *similar* one passes on signal that would be lost
#   in one big step; a *different* one stops errors that teacher and student share.
# * **Nothing comes for free.** Every stage spends unlabelled inputs, loses what its features cannot
#   express, and adds scatter $v_k d_k$. Copying oneself is neutral at best: no gain, no loss.
# * **Repetition selects the intersection** ({numref}`fig-chain-stages`, right). What two models cannot both express does not survive. That
#   is good for errors and bad for signal, so ping-pong must stop in time unless the target lies in
#   both spaces.
# * **Honest limits.** Gaussian features; fresh inputs for every student (reused inputs correlate the
#   stages, and the recursion does not cover that); $N_k > d_k + 1$. The examples are built to show one
#   effect each.
# * **On.** Chains of random-feature students, where early stopping does the work:
#   {ref}`bootstrapping <page-bootstrapping>`. In code: `w2s.discrepancy.overparametrised.chain_risks`.
