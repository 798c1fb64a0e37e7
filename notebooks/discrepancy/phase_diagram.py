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
#     smoke: {trials: 12, plans: 2000, side: 40}
# ---

# %% [markdown]
# (page-phase-diagram)=
# # Where weak-to-strong pays
#
# Given two feature spaces, how many labels and how many unlabelled samples make the student better than
# its teacher, than fine-tuning on the same labels, than the ceiling? And how should a budget be split?
# This page maps the answers. It goes beyond {cite:t}`dong2025`: everything is derived here from the
# exact risks ({ref}`labels of certainty <labels-of-certainty>`).
#
# ## Statement
#
# Three borders divide the plane of $n$ labels and $N$ unlabelled samples. Each is the set of sizes at
# which the student equals another model:
#
# | border | the student equals | beyond it |
# |---|---|---|
# | PGR = 0 | its teacher | weak-to-strong learning helps |
# | OPR = 1 | SFT on the same $n$ labels | it is the better use of these labels |
# | PGR = 1 | the ceiling, $n+N$ true labels | pseudo-labels beat true, noisy ones |
#
# :::{prf:proposition} The borders (derived here)
# :label: prop-borders
# :nonumber:
#
# Let $\Delta = d_w - d_{s\wedge w}$, $\tau^2 = (\sigma^2+\rho_w)/(n-d_w-1)$ and $y = N - d_s - 1 > 0$. Split the
# student's risk, less $\rho_s$, into what it keeps and what it averages,
#
# $$
# \begin{aligned}
# A &= a + \tau^2 d_{s\wedge w}, \\
# P &= d_s\,(c + \tau^2\Delta),
# \end{aligned}
# $$
#
# so that $\mathrm{ER}_{w2s} = \rho_s + A + P/y$. The student beats its teacher exactly if
# $P/y < \rho_w + \tau^2 d_w - \rho_s - A$, and SFT exactly if
#
# $$
# \frac{P}{y} < \frac{(\sigma^2+\rho_s)\,d_s}{n-d_s-1} - A .
# $$
#
# It beats the ceiling, with $S = (\sigma^2+\rho_s)\,d_s$, exactly if
#
# $$
# A\,y^2 + (A n + P - S)\,y + P n < 0 ,
# $$
#
# a window in $N$. Without approximation error none of this depends on the noise, the first border is
# $N = 2d_s+1$, and the upper end of the window is about $n\,(d_s - d_{s\wedge w})/d_{s\wedge w}$.
# :::
#
# :::{prf:proposition} The best split of a budget (derived here)
# :label: prop-budget
# :nonumber:
#
# A label costs as much as $r$ unlabelled samples. Let $\tilde B = r\,(n-d_w-1) + y$ be what the budget leaves
# after the $d_w+1$ labels and $d_s+1$ unlabelled samples without which nothing is learned. The student's
# risk is smallest when the share of $\tilde B$ spent on unlabelled samples is
#
# $$
# \frac{y}{\tilde B} = \biggl(1 + \sqrt{\frac{C + \alpha\tilde B}{C + \beta\tilde B}}\,\biggr)^{-1},
# $$
#
# $$
# \begin{aligned}
# C &= (\sigma^2+\rho_w)\,d_s\Delta, \\
# \alpha &= (\sigma^2+\rho_w)\,d_{s\wedge w}, \quad \beta = d_s c/r .
# \end{aligned}
# $$
#
# Without approximation error $\beta = 0$, and price and noise drop out: the share is at most one half, one
# half without overlap, and falls like $\tilde B^{-1/2}$ otherwise. With it the share tends to a constant
# as $\tilde B \to \infty$, $1/(1+\sqrt{\alpha/\beta})$.
# :::
#
# ## Why it is true
#
# The student's exact risk is $\rho_s + A + \kappa_N (c + \tau^2\Delta)$ with $\kappa_N = d_s/y$; SFT has
# $\rho_s + S/(n-d_s-1)$ and the ceiling $\rho_s + S/(n+y)$. Each border equates two of these. For the
# budget write $x = n-d_w-1$. Up to a constant the risk is $\alpha/x + r\beta/y + C/(xy)$. On the line
# $r x + y = \tilde B$ its derivative vanishes where
#
# $$
# y\,(\alpha y + C) = r x\,(\beta\, r x + C).
# $$
#
# With $r x = \tilde B - y$ this is quadratic in $y$, and its discriminant is
# $(C+\alpha\tilde B)(C+\beta\tilde B)$: the share above is its positive root.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": which scale the numbers below are for
seed = 2025
trials = 60  # per measured point of the maps
plans = 20000  # trials per measured plan of the budget
side = 120  # points on each side of a map
label_price = 10  # r: a label costs as much as this many unlabelled samples
budget = 20000  # total budget of the measured plans, in unlabelled samples

# %%
import numpy as np
from myst_nb import glue
from scipy.optimize import brentq, minimize_scalar

from w2s.computing.sweeps import sweep
from w2s.discrepancy.budget import (
    best_share,
    best_split,
    n_unlabelled_to_beat_sft,
    window_above_ceiling,
)
from w2s.discrepancy.gain import n_unlabelled_for_gain
from w2s.discrepancy.ridgeless import risks, single_risk, student_risk
from w2s.discrepancy.samplers import joint_wishart, scalar_law
from w2s.discrepancy.subspaces import synthetic_setting
from w2s.metrics import mean_and_error
from w2s.page.claims import claim, exact, inequality, monte_carlo
from w2s.page.figures import BOUND, CEILING, SFT, STUDENT, WEAK, figure, shades

settings = {  # overlap, noise, weight of the target
    "no approximation error, overlap 10": (10, 1.0, 0.0),
    "σ² = 0.1, overlap 10": (10, 0.1, 1.0),
    "σ² = 0.01, overlap 10": (10, 0.01, 1.0),
    "σ² = 0.01, overlap 90": (90, 0.01, 1.0),
}
spaces = {}
for name, (overlap, _, weight) in settings.items():
    pair, target = synthetic_setting(overlap)
    spaces[name] = pair, weight * target
geometry = {name: pair.geometry(target) for name, (pair, target) in spaces.items()}
d_s, d_w = 100, 200
map_seed, plan_seed = map(int, np.random.SeedSequence(seed).generate_state(2))

# %% [markdown]
# ## The maps
#
# The feature spaces are those of the paper's experiment, $d_s = 100$, $d_w = 200$. The maps are exact;
# at a grid of points we simulate all four models jointly and mark which ones the student beats.

# %%
n_axis = np.geomspace(d_w + 3, 40_000, side)
N_axis = np.geomspace(d_s + 10, 40_000, side)
maps = {}
for name, (_, noise, _) in settings.items():
    maps[name] = risks(geometry[name], n_axis, N_axis[:, None], noise)
sampled_n = np.geomspace(300, 25_000, 6).astype(int)
sampled_N = np.geomspace(150, 25_000, 6).astype(int)


def simulate(cell, rng):
    """All risks at one point of a map, trial by trial."""
    name, n, N = cell
    return joint_wishart(*spaces[name], n, N, settings[name][1], trials, rng)


points = [(int(n), int(N)) for n in sampled_n for N in sampled_N]
cells = [(name, n, N) for name in settings for n, N in points]
drawn = dict(zip(cells, sweep(simulate, cells, seed=map_seed), strict=True))
rivals = {"weak": WEAK, "sft": SFT, "ceiling": CEILING}
above = {
    cell: {rival: getattr(t, rival).mean() / t.student.mean() for rival in rivals}
    for cell, t in drawn.items()
}


# %% tags=["remove-output", "hide-input"]
def phases(name):
    here = maps[name]
    over = {"weak": here.weak, "sft": here.sft, "ceiling": here.ceiling}

    def draw(ax):
        for rival, role in rivals.items():
            gain = np.log(over[rival] / here.student)
            ax.contourf(n_axis, N_axis, gain, [0, np.inf], colors=[role.color], alpha=0.16)
            lines = ax.contour(n_axis, N_axis, gain, [0], colors=[role.color], linewidths=2)
            lines.set(linestyle=role.style)
            ax.plot([], [], **role.line, label=border[rival])
        thin = {"colors": [BOUND.color], "linewidths": 0.9}
        ax.contour(n_axis, N_axis, here.pgr, [0.3, 0.6, 0.9], **thin)
        beats = {p: [r for r in rivals if above[name, *p][r] > 1][-1:] for p in points}
        for found, role in (([], BOUND), *(([r], role) for r, role in rivals.items())):
            shown = np.array([p for p in points if beats[p] == found]).reshape(-1, 2)
            ax.plot(*shown.T, **(role.dots | {"markersize": 4}))
        ax.set(xscale="log", yscale="log", xlabel="labelled samples n")
        ax.set(ylabel="unlabelled samples N", title=name)
        ax.grid(False)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=3)

    return draw


border = {"weak": "PGR = 0", "sft": "OPR = 1", "ceiling": "PGR = 1"}
few = slice(None, None, max(1, side // 30))
size = len(n_axis[few])
figure(
    "phases",
    *(phases(name) for name in settings),
    alt=[
        "Map of labels against unlabelled samples without approximation error, overlap 10. The "
        "student beats its teacher above a horizontal line near 201 unlabelled samples, SFT above a "
        "slightly higher line, and the ceiling in a wide wedge on the right.",
        "The same at noise 0.1: the wedge in which the student beats the ceiling is closed at large "
        "numbers of labels, and so is the region in which it beats SFT.",
        "The same at noise 0.01: no such wedge, the region of OPR above one ends near 3500 labels, "
        "and that of positive PGR bends up near 20000.",
        "Overlap 90 at noise 0.01: the student beats its teacher in most of the map and SFT "
        "nowhere.",
    ],
    data={
        "map": np.repeat([*settings], size**2),
        "n": np.tile(n_axis[few], size * len(settings)),
        "N": np.tile(np.repeat(N_axis[few], size), len(settings)),
        "PGR": np.concatenate([m.pgr[few, few].ravel() for m in maps.values()]),
        "OPR": np.concatenate([m.opr[few, few].ravel() for m in maps.values()]),
    },
)

# %% [markdown]
# :::{glue:figure} phases
# :name: fig-phases
#
# Thick lines: where the student equals its teacher (dashed), SFT (dash-dotted) and the ceiling
# (dash-dot-dot); the shaded side is the one on which it is better. Thin lines: PGR = 0.3, 0.6 and 0.9,
# counted from the dashed border.
# Markers: measured; the highest rival that the student beats (cross: none, square: teacher, triangle:
# SFT, diamond: ceiling). From one panel to the next, approximation error gains weight, then overlap
# grows.
# :::
#
# ## Spending a budget
#
# How many of each should one buy? The prediction is the formula of the proposition
# (`w2s.discrepancy.budget.best_split`); the claims compare it with a numerical search over the exact risks.
# {numref}`fig-budget` shows what comes out.


# %%
def split(left, share, price):
    """Real sizes (n, N) when `share` of the free budget buys unlabelled samples."""
    return d_w + 1 + (1 - share) * left / price, d_s + 1 + share * left


def searched_share(g, left, price, noise):
    """Best share of the free budget for unlabelled samples, by numerical search."""

    def risk(share):
        return float(student_risk(g, *split(left, share, price), noise))

    found = minimize_scalar(
        risk, bounds=(1e-6, 1 - 1e-6), method="bounded", options={"xatol": 1e-12}
    )
    return found.x


overlaps = [0, 10, 90]
noise = 0.01
paper, pure = {}, {}  # the authors' target; no target, hence no approximation error
for overlap in overlaps:
    pair, target = synthetic_setting(overlap)
    paper[overlap], pure[overlap] = pair.geometry(target), pair.geometry()
fixed = label_price * (d_w + 1) + d_s + 1  # spent before anything is learned
free = np.geomspace(1e3, 1e8, 26)
price = {"cost_labelled": label_price}
shares = {d: best_share(g, free, noise, **price) for d, g in paper.items()}

# %%
ten = paper[10]
totals = np.geomspace(1.2 * fixed, 1e6, 60)
all_labels = totals / label_price
best = best_split(ten, totals, noise, **price)
spent = {
    "teacher": single_risk(d_w, all_labels, noise, ten.rho_weak),
    "SFT": single_risk(d_s, all_labels, noise, ten.rho_strong),
    "student": student_risk(ten, best.n_labelled, best.n_unlabelled, noise),
}

# %%
left = budget - fixed
share = float(best_share(ten, left, noise, **price))
tried = {"best": share, "third": share / 3, "double": 2 * share}
tried |= {f"{other:g}": other for other in (0.05, 0.5, 0.65, 0.8)}
plan_rng = np.random.default_rng(plan_seed)
authors = synthetic_setting(10)
plan_sizes, outcome = {}, {}
for key, part in tried.items():
    n, N = (round(x) for x in split(left, part, label_price))
    draw = scalar_law(*authors, n, N, noise, plans, plan_rng)
    plan_sizes[key], outcome[key] = (n, N), mean_and_error(draw.student)
n_all = budget // label_price
alone = joint_wishart(*authors, n_all, 400, noise, 300, plan_rng)  # any N
sft_alone, teacher_alone = mean_and_error(alone.sft), mean_and_error(alone.weak)


pays = totals[spent["student"] < spent["SFT"]]
best_n, best_N = plan_sizes["best"]
for key, number in {"best_n": best_n, "best_N": best_N, "total": budget}.items():
    glue(key, f"{number:,}", display=False)
glue("pays_from", f"{round(pays.min(), -3):,.0f}", display=False)
glue("pays_until", f"{round(pays.max(), -3):,.0f}", display=False)


# %% tags=["remove-output", "hide-input"]
def risk_against_share(ax):
    along = np.linspace(0.01, 0.9, 200)
    student = student_risk(ten, *split(left, along, label_price), noise)
    ax.plot(along, 1e3 * student, **STUDENT.line, label="student")
    ax.axhline(1e3 * single_risk(d_s, n_all, noise, ten.rho_strong), **SFT.line, label="SFT")
    for key, (mean, error) in outcome.items():
        look = {"markersize": 9} if key == "best" else {}
        ax.errorbar(tried[key], 1e3 * mean, 2e3 * error, **(STUDENT.dots | look))
    ax.errorbar(0, 1e3 * sft_alone.mean, 2e3 * sft_alone.standard_error, **SFT.dots)
    ax.set(xlabel="share of unlabelled samples", ylim=(0.36, 0.78))
    ax.set(ylabel=r"excess risk, in $10^{-3}$")
    ax.legend(loc="upper center")


def share_against_budget(ax):
    for role, d in zip(shades(len(overlaps)), overlaps, strict=True):
        ax.plot(free, shares[d], **role.line, label=rf"$d_{{s\wedge w}}$ = {d}")
        without = best_share(pure[d], free, noise, **price)
        ax.plot(free, without, **(role.line | {"linestyle": BOUND.style}))
    ax.set(xscale="log", xlabel=r"free budget $\tilde B$", ylim=(0, 1))
    ax.set(ylabel="share of unlabelled samples")
    ax.legend(ncols=2)


def risk_against_budget(ax):
    for name, role in (("teacher", WEAK), ("SFT", SFT), ("student", STUDENT)):
        ax.plot(totals, spent[name], **role.line, label=name)
    at_budget = (sft_alone, SFT), (teacher_alone, WEAK), (outcome["best"], STUDENT)
    for (mean, error), role in at_budget:
        ax.errorbar(budget, mean, 2 * error, **role.dots)
    ax.set(xscale="log", yscale="log", xlabel="total budget, in unlabelled samples")
    ax.set(ylabel="excess risk")
    ax.legend()


figure(
    "budget",
    risk_against_share,
    share_against_budget,
    risk_against_budget,
    alt=[
        "Excess risk for one budget against the share spent on unlabelled samples: the student's "
        "curve has a flat minimum near 0.23, below the horizontal line of SFT, and rises towards "
        "both ends; measured points lie on it.",
        "Best share of unlabelled samples against budget for three overlaps. Dotted closed forms "
        "fall from at most one half towards zero, except for overlap 0, which stays at one half. "
        "The other curves follow them and then level off, for overlap 0 they rise to one.",
        "Excess risk against total budget for teacher, SFT and the student at its best split. The "
        "student is lowest between some 4000 and 35000 and then flattens above SFT. Measured "
        "points lie on the curves.",
    ],
    data={"total budget": totals}
    | {f"risk {name}": values for name, values in spent.items()}
    | {"best n": best.n_labelled, "best N": best.n_unlabelled},
)

# %% [markdown]
# :::{glue:figure} budget
# :name: fig-budget
#
# The authors' setting, $\sigma^2 = 0.01$; a label costs ten unlabelled samples. First panel: one budget
# of {glue:text}`total`, $d_{s\wedge w} = 10$; the points are measured, the large one is the best split,
# and SFT spends everything on labels. Second: the best share against the free budget, and without
# approximation error (dotted). Third: the risk that a budget buys, $d_{s\wedge w} = 10$;
# teacher and SFT spend all of it on labels.
# :::
#
# For this budget the best plan is $n =$ {glue:text}`best_n` labels and $N =$ {glue:text}`best_N`
# unlabelled samples, and the minimum is flat. Weak-to-strong learning is the best buy for budgets from
# about {glue:text}`pays_from` to {glue:text}`pays_until`; beyond, its floor $\rho_s + a$ decides for SFT.
#
# ## Claims
#
# Letters are those of the two propositions above.

# %% tags=["hide-input"]
means, errors = [], []
for name in settings:
    for rival_name in rivals:
        quotients = []
        for n, N in points:
            truth = risks(geometry[name], n, N, settings[name][1])
            predicted = getattr(truth, rival_name) / truth.student
            t = drawn[name, n, N]
            value = above[name, n, N][rival_name]
            spread = getattr(t, rival_name) - value * t.student
            error = spread.std(ddof=1) / np.sqrt(trials) / t.student.mean()
            quotients.append((value / predicted, error / predicted))
        value, error = np.transpose(quotients)
        means.append(value.mean())
        errors.append(np.sqrt((error**2).sum()) / len(error))
claim(
    "discrepancy.phases.measured",
    says="Averaged over the points of a map, the measured ratios of teacher, SFT and ceiling to the "
    "student are the exact ones, for each of the four maps.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        np.ones(len(means)),
        means,
        errors,
        resolution=0.08 / np.sqrt(trials),
        # The curvature of the quotient biases a ratio of means over T trials, here by up to 20% / T.
        allowance=0.2 / trials,
    ),
)
noisy = [name for name in settings if geometry[name].rho_strong > 0]
probe = np.geomspace(d_w + 3, 12_000, 12)


def gap(N, name, n, rival):
    """Exact risk of a rival minus that of the student."""
    here = risks(geometry[name], n, N, settings[name][1])
    return float(getattr(here, rival) - here.student)


claim(
    "discrepancy.phases.zero_border",
    says="The border PGR = 0 of the maps is N = 1 + d_s(1 + [τ²Δ+c]/[τ²Δ+b−ρ_s]), Δ = d_w−d_{s∧w}.",
    source="w2s",
    kind="derived",
    decision=exact(
        [n_unlabelled_for_gain(geometry[name], probe, settings[name][1]) for name in noisy],
        [
            [brentq(gap, d_s + 1.01, 1e7, (name, n, "weak"), xtol=1e-10) for n in probe]
            for name in noisy
        ],
        tolerance=1e-9,
        at={"n": probe},
    ),
)

# %% tags=["hide-input"]
bare = next(iter(settings))
wide = np.geomspace(300, 40_000, 12)
claim(
    "discrepancy.phases.borders",
    says="Without approximation error the borders PGR = 0 and OPR = 1 are N = 2d_s + 1 and "
    "N = d_s + 1 + P/(S/(n−d_s−1) − A).",
    source="w2s",
    kind="derived",
    decision=exact(
        [
            np.full(len(wide), 2 * d_s + 1),
            n_unlabelled_to_beat_sft(geometry[bare], wide, 1.0),
        ],
        [
            [brentq(gap, d_s + 1.01, 1e7, (bare, n, model), xtol=1e-10) for n in wide]
            for model in ("weak", "sft")
        ],
        tolerance=1e-9,
        at={"n": wide},
    ),
)
biased = "σ² = 0.1, overlap 10"
with_error = np.geomspace(300, 3000, 8)
claim(
    "discrepancy.phases.sft_border",
    says="With approximation error too, the border OPR = 1 is N = d_s + 1 + P/(S/(n−d_s−1) − A).",
    source="w2s",
    kind="derived",
    decision=exact(
        n_unlabelled_to_beat_sft(geometry[biased], with_error, 0.1),
        [brentq(gap, d_s + 1.01, 1e7, (biased, n, "sft"), xtol=1e-10) for n in with_error],
        tolerance=1e-9,
        at={"n": with_error},
    ),
)
windows = {
    name: (n, window_above_ceiling(geometry[name], n, settings[name][1]))
    for name, n in ((bare, wide[wide > 1000]), (biased, np.geomspace(1500, 5000, 8)))
}


def search_window(name, n, low, high):
    """Both ends of the window at n, relative to the formula, by numerical search."""
    middle = np.sqrt((low - d_s - 1) * (high - d_s - 1)) + d_s + 1
    rival = name, n, "ceiling"
    first = brentq(gap, d_s + 1.01, middle, rival, xtol=1e-10)
    return first / low, brentq(gap, middle, 1e9, rival, xtol=1e-10) / high


claim(
    "discrepancy.phases.window",
    says="The student beats the ceiling between the two roots N of the proposition's quadratic, and "
    "only there: without approximation error and with it.",
    source="w2s",
    kind="derived",
    decision=exact(
        1.0,
        [
            search_window(name, *point)
            for name, (n, ends) in windows.items()
            for point in zip(n, *ends, strict=True)
        ],
        tolerance=1e-9,
    ),
)

# %% tags=["hide-input"]


def areas(overlap, noise):
    """Shares of the map in which the student beats teacher, SFT and ceiling."""
    pair, target = synthetic_setting(overlap)
    here = risks(pair.geometry(target), n_axis, N_axis[:, None], noise)
    return [(getattr(here, rival) > here.student).mean() for rival in rivals]


by_overlap = np.array([areas(d, 0.1) for d in (90, 50, 10)])
by_noise = np.array([areas(10, s2) for s2 in (0.02, 0.05, 0.1, 1.0)])
claim(
    "discrepancy.phases.overlap_shrinks",
    says="At σ² = 0.1 a larger overlap shrinks the region in which the student beats SFT and the one "
    "in which it beats the ceiling.",
    source="w2s",
    kind="beyond",
    decision=inequality(by_overlap[:-1, 1:], by_overlap[1:, 1:]),
)
claim(
    "discrepancy.phases.noise_widens",
    says="With overlap 10, more noise widens all three regions.",
    source="w2s",
    kind="beyond",
    decision=inequality(by_noise[:-1], by_noise[1:]),
)
claim(
    "discrepancy.phases.sft_never",
    says="With overlap 90 and σ² = 0.01 the student beats SFT nowhere on the map.",
    source="w2s",
    kind="beyond",
    decision=inequality(maps["σ² = 0.01, overlap 90"].opr, 1.0),
)

# %% tags=["hide-input"]
found = [
    [searched_share(g, left, cost, 1.0) for left in free[::5]]
    for g in pure.values()
    for cost in (1, 100)
]
claim(
    "discrepancy.budget.formula",
    says="Without approximation error the best share of unlabelled samples is "
    "1/(1+√(1+d_{s∧w}B/(d_sΔ))), for prices 1 and 100.",
    source="w2s",
    kind="derived",
    # A minimum is flat: a search by values finds its place to the square root of rounding only.
    decision=exact(
        [
            1 / (1 + np.sqrt(1 + g.overlap * free[::5] / (d_s * g.discrepancy)))
            for g in pure.values()
            for _ in range(2)
        ],
        found,
        tolerance=1e-6,
        at={"free budget": free[::5]},
    ),
)
claim(
    "discrepancy.budget.exact_share",
    says="With approximation error the best share is 1/(1+√((C+αB)/(C+βB))), in the authors' "
    "setting with three overlaps, for prices 1 and 100.",
    source="w2s",
    kind="derived",
    decision=exact(
        [
            best_share(g, free[::5], noise, cost_labelled=cost)
            for g in paper.values()
            for cost in (1, 100)
        ],
        [
            [searched_share(g, left, cost, noise) for left in free[::5]]
            for g in paper.values()
            for cost in (1, 100)
        ],
        tolerance=1e-5,  # the minimum is flatter on the floor of the approximation error
        at={"free budget": free[::5]},
    ),
)
claim(
    "discrepancy.budget.half",
    says="Without approximation error the best plan spends at most half of the free budget on "
    "unlabelled samples.",
    source="w2s",
    kind="derived",
    decision=inequality(found, 0.5 + 1e-6),  # as far as the search resolves
)
late = [
    1 / (1 + np.sqrt(label_price * (noise + g.rho_weak) * d / (d_s * g.invisible)))
    for d, g in paper.items()
    if d
]
claim(
    "discrepancy.budget.limit",
    says="In the authors' setting the best share tends to 1/(1+√(r(σ²+ρ_w)d_{s∧w}/(d_s c))) as the "
    "budget grows.",
    source="w2s",
    kind="derived",
    # At a free budget of 1e10 what remains of the finite-size terms is below one in a thousand.
    decision=exact(
        late,
        [searched_share(g, 1e10, label_price, noise) for d, g in paper.items() if d],
        tolerance=2e-3,
        at={"overlap": overlaps[1:]},
    ),
)
other = [outcome["third"], outcome["double"]]
claim(
    "discrepancy.budget.measured",
    says="For one budget, the student measured at the best split has a smaller risk than at a third "
    "and at twice the share of unlabelled samples.",
    source="w2s",
    kind="beyond",
    decision=inequality(
        outcome["best"].mean,
        [plan.mean for plan in other],
        standard_error=[
            np.hypot(plan.standard_error, outcome["best"].standard_error) for plan in other
        ],
    ),
)
claim(
    "discrepancy.budget.beats_sft",
    says="For that budget the student at the best split beats SFT that spends everything on labels.",
    source="w2s",
    kind="beyond",
    decision=inequality(
        outcome["best"].mean,
        sft_alone.mean,
        standard_error=np.hypot(outcome["best"].standard_error, sft_alone.standard_error),
    ),
)

# %% [markdown]
# ## What to notice
#
# * **Unlabelled data has a threshold**, $N = 2d_s+1$ without approximation error and higher with it. Below
#   it the student is worse than its teacher, whatever $n$; above it more data always helps.
# * **The region of OPR > 1 is an island** ({numref}`fig-phases`). With few labels the weak features are the worse ones to learn
#   ($d_w > d_s$), with many labels bias decides. Weak-to-strong pays in between.
# * **Beating the ceiling is a matter of counting**: the ceiling averages noise over $n+N$ labels in $d_s$
#   directions, the student over $n$ in $d_{s\wedge w}$. It ends when
#   $N \approx n(d_s-d_{s\wedge w})/d_{s\wedge w}$.
# * **Buy labels, but not only.** Variance alone asks for at most half of the free budget in unlabelled
#   samples, and for little when the spaces overlap. What the student cannot express of its teacher
#   ($c$) asks for more: without overlap and with a large budget, for nearly all of it.
# * **Honest limits.** Gaussian features, ridgeless models, known geometry. The maps start at
#   $n > d_w + 1$ and $N > d_s + 1$; what happens below is on {ref}`page-double-descent`. How to
#   measure the dimensions of real features is on {ref}`page-estimating-dimensions`. The condition for
#   any gain is proved on {ref}`page-when-w2s`.
