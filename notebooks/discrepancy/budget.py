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
#     smoke: {plans: 2000}
# ---

# %% [markdown]
# (page-budget)=
# # Where to spend a budget
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (beyond {cite:t}`dong2025`, derived here): a formula splits a budget best between labels and
# unlabelled samples. Without approximation error at most half of what the smallest feasible sizes leave
# buys unlabelled ones, whatever a label costs.
#
# **Holds?** Yes, for Gaussian features and known dimensions.
#
# **Where not**: with approximation error the share may exceed one half. Weak-to-strong learning is the
# best buy in a window of budgets only.
# :::
#
# :::{glue:figure} budget
# :name: fig-budget
#
# The authors' setting, $\sigma^2 = 0.01$; a label costs ten unlabelled samples. First panel: one budget
# of {glue:text}`total`, $d_{s\wedge w} = 10$; the points are measured, the large one is the best split,
# and SFT spends everything on labels. Second: the best share against the free budget, and without
# approximation error (dotted).
# :::
#
# ```{index} ! how many labels
# ```
#
# ## Statement
#
# Labels cost more than unlabelled samples. How should a budget be split between them? The answer follows
# from the exact risks of this part and goes beyond the paper
# ({ref}`labels of certainty <labels-of-certainty>`). Which sizes make the student better than its rivals is
# mapped on {ref}`another page <page-phase-diagram>`.
#
# :::{prf:proposition} The best split of a budget (derived here)
# :label: prop-budget
# :nonumber:
#
# Write $\Delta = d_w - d_{s\wedge w}$ and $y = N - d_s - 1$, and $c$ for the part of the target that the
# student mistakes for noise ({ref}`page-bias`).
# A label costs as much as $r$ unlabelled samples. Let $\tilde B = r\,(n-d_w-1) + y$ be what the budget leaves
# after the $d_w+1$ labels and $d_s+1$ unlabelled samples without which nothing is learned. The student's
# risk is smallest when the share of $\tilde B$ spent on unlabelled samples is
#
# $$
# \frac{y}{\tilde B} = \biggl(1 + \sqrt{\frac{C + \alpha\tilde B}{C + \beta\tilde B}}\,\biggr)^{-1},
# $$
#
# $$
# C = (\sigma^2+\rho_w)\,d_s\Delta, \quad \alpha = (\sigma^2+\rho_w)\,d_{s\wedge w}, \quad \beta = d_s c/r .
# $$
#
# Without approximation error $\beta = 0$, and price and noise drop out: the share is at most one half, one
# half without overlap, and falls like $\tilde B^{-1/2}$ otherwise. With approximation error the share tends
# to the constant $1/(1+\sqrt{\alpha/\beta})$ as $\tilde B \to \infty$.
# :::
#
# ## Why it is true
#
# The student's exact risk is $\rho_s + a + \tau^2 d_{s\wedge w} + \kappa_N (c + \tau^2\Delta)$ with
# $\tau^2 = (\sigma^2+\rho_w)/(n-d_w-1)$ and $\kappa_N = d_s/y$. Write $x = n-d_w-1$. Up to a constant the risk
# is $\alpha/x + r\beta/y + C/(xy)$. On the line
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
plans = 20000  # trials per measured plan of the budget
label_price = 10  # r: a label costs as much as this many unlabelled samples
budget = 20000  # total budget of the measured plans, in unlabelled samples

# %%
import numpy as np
from myst_nb import glue
from scipy.optimize import minimize_scalar

from w2s.discrepancy.budget import best_share, best_split
from w2s.discrepancy.ridgeless import single_risk, student_risk
from w2s.discrepancy.samplers import joint_wishart, scalar_law
from w2s.discrepancy.subspaces import synthetic_setting
from w2s.metrics import Estimate, mean_and_error
from w2s.page.claims import beyond, derived, inequality
from w2s.page.comparison import compared
from w2s.page.figures import BOUND, SFT, STUDENT, WEAK, figure, in_shades, points

d_s, d_w, noise = 100, 200, 0.01
overlaps = [0, 10, 90]
spaces = {d: synthetic_setting(d) for d in overlaps}
authors = {d: pair.geometry(target) for d, (pair, target) in spaces.items()}  # the authors' target
pure = {d: pair.geometry() for d, (pair, _) in spaces.items()}  # none, hence no approximation error
price = {"cost_labelled": label_price}
plan_rng = np.random.default_rng(int(np.random.SeedSequence(seed).generate_state(2)[1]))

# %% [markdown]
# ## Spending a budget
#
# The spaces and the target are those of the paper's experiment. The prediction is the formula of the
# proposition (`w2s.discrepancy.budget.best_split`); the claims compare it with a numerical search over
# the exact risks. {numref}`fig-budget` shows the shares, {numref}`fig-window` what they buy.


# %%
def split(left, share, price=label_price):
    """Real sizes (n, N) when `share` of the free budget buys unlabelled samples."""
    return d_w + 1 + (1 - share) * left / price, d_s + 1 + share * left


fixed = label_price * (d_w + 1) + d_s + 1  # spent before anything is learned
free = np.geomspace(1e3, 1e8, 26)
ten = authors[10]
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
sizes = {key: [round(x) for x in split(left, part)] for key, part in tried.items()}
outcome = {
    key: mean_and_error(scalar_law(*spaces[10], *at, noise, plans, plan_rng).student)
    for key, at in sizes.items()
}
n_all = budget // label_price
alone = joint_wishart(*spaces[10], n_all, 400, noise, 300, plan_rng)  # any N
sft_alone, teacher_alone = mean_and_error(alone.sft), mean_and_error(alone.teacher)

pays = totals[spent["student"] < spent["SFT"]]
for key, number in zip(("best_n", "best_N", "total"), (*sizes["best"], budget), strict=True):
    glue(key, f"{number:,}", display=False)
glue("pays_from", f"{round(pays.min(), -3):,.0f}", display=False)
glue("pays_until", f"{round(pays.max(), -3):,.0f}", display=False)


# %% tags=["remove-output"]
def risk_against_share(ax):
    along = np.linspace(0.01, 0.9, 200)
    student = student_risk(ten, *split(left, along), noise)
    ax.plot(along, 1e3 * student, **STUDENT.line, label="student")
    ax.axhline(1e3 * single_risk(d_s, n_all, noise, ten.rho_strong), **SFT.line, label="SFT")
    for plan, measured in outcome.items():
        look = {"markersize": 9} if plan == "best" else {}
        points(ax, tried[plan], 1e3 * np.array(measured), STUDENT, **look)
    points(ax, 0, 1e3 * np.array(sft_alone), SFT)
    ax.set(xlabel="share of unlabelled samples", ylim=(0.36, 0.78))
    ax.set(ylabel=r"excess risk, in $10^{-3}$")
    ax.legend(loc="upper center")


def share_against_budget(ax):
    for role, d in in_shades(overlaps):
        shares, without = (best_share(g[d], free, noise, **price) for g in (authors, pure))
        ax.plot(free, shares, **role.line, label=rf"$d_{{s\wedge w}}$ = {d}")
        ax.plot(free, without, **(role.line | {"linestyle": BOUND.style}))
    ax.set(xscale="log", xlabel=r"free budget $\tilde B$", ylim=(0, 1))
    ax.set(ylabel="share of unlabelled samples")
    ax.legend(ncols=2)


# %% tags=["remove-output"]
def risk_against_budget(ax):
    measured = sft_alone, teacher_alone, outcome["best"]
    for name, role in (("teacher", WEAK), ("SFT", SFT), ("student", STUDENT)):
        ax.plot(totals, spent[name], **role.line, label=name)
    for one, role in zip(measured, (SFT, WEAK, STUDENT), strict=True):
        points(ax, budget, one, role)
    ax.set(xscale="log", yscale="log", xlabel="total budget, in unlabelled samples")
    ax.set(ylabel="excess risk")
    ax.legend()


# %% tags=["remove-output"]
figure(
    "budget",
    risk_against_share,
    share_against_budget,
    alt=[
        "Excess risk for one budget against the share spent on unlabelled samples: the student's "
        "curve has a flat minimum near 0.23, below the horizontal line of SFT, and rises towards "
        "both ends; measured points lie on it.",
        "Best share of unlabelled samples against budget for three overlaps. Dotted closed forms "
        "fall from at most one half towards zero, except for overlap 0, which stays at one half. "
        "The other curves follow them and then level off, for overlap 0 they rise to one.",
    ],
)
figure(
    "window",
    risk_against_budget,
    alt="Excess risk against total budget for teacher, SFT and the student at its best split. The "
    "student is lowest in a window of budgets and then flattens above SFT. Measured points lie on "
    "the curves.",
)

# %% [markdown]
# :::{glue:figure} window
# :name: fig-window
#
# The risk that a budget buys, for $d_{s\wedge w} = 10$. The student's budget is split best; teacher and SFT
# spend all of theirs on labels. The points are measured.
# :::
#
# For a budget of {glue:text}`total` unlabelled samples the best plan is $n =$ {glue:text}`best_n` labels and
# $N =$ {glue:text}`best_N` unlabelled samples, and the minimum is flat. Weak-to-strong learning is the best
# buy for budgets from about {glue:text}`pays_from` to {glue:text}`pays_until`. For larger ones SFT is better,
# because the student's risk does not fall below $\rho_s + a$.
#
# ## Claims

# %%
some = free[::5]
cases = [(d, cost) for d in overlaps for cost in (1, 100)]


def searched_share(g, left, price, sigma2):
    """Best share of the free budget for unlabelled samples, by numerical search."""
    found = minimize_scalar(
        lambda share: float(student_risk(g, *split(left, share, price), sigma2)),
        bounds=(1e-6, 1 - 1e-6), method="bounded", options={"xatol": 1e-12},
    )  # fmt: skip
    return found.x


def against_search(predicted, geometries, sigma2):
    """Predicted shares of all cases beside those that the search finds."""
    found = [[searched_share(geometries[d], b, cost, sigma2) for b in some] for d, cost in cases]
    return compared(predicted, Estimate(found, 0), **{"free budget": some})


ratio = {d: d * some / (d_s * (d_w - d)) for d in overlaps}
plain = against_search([1 / (1 + np.sqrt(1 + ratio[d])) for d, _ in cases], pure, 1.0)
derived(
    "discrepancy.budget.formula",
    "Without approximation error the best share of unlabelled samples is "
    "1/(1+√(1+d_{s∧w}B/(d_sΔ))) for the free budget B and Δ = d_w − d_{s∧w}, at prices 1 and 100.",
    # A minimum is flat: a search by values finds its place to the square root of rounding only.
    plain.identical(1e-6),
    main=True,
)
derived(
    "discrepancy.budget.half",
    "Without approximation error the best plan spends at most half of the free budget on "
    "unlabelled samples.",
    inequality(plain.measured.mean, 0.5 + 1e-6),  # as far as the search resolves
)

# %%
shares = [best_share(authors[d], some, noise, cost_labelled=cost) for d, cost in cases]
derived(
    "discrepancy.budget.exact_share",
    "With approximation error the best share of the free budget B is 1/(1+√((C+αB)/(C+βB))), in "
    "the authors' setting with three overlaps, at prices 1 and 100.",
    # The minimum is flatter on the floor of the approximation error.
    against_search(shares, authors, noise).identical(1e-5),
    main=True,
)
late = {d: g for d, g in authors.items() if d}
ratio = [label_price * (noise + g.rho_weak) * d / (d_s * g.invisible) for d, g in late.items()]
found = [searched_share(g, 1e10, label_price, noise) for g in late.values()]
derived(
    "discrepancy.budget.limit",
    "In the authors' setting the best share tends to 1/(1+√(r(σ²+ρ_w)d_{s∧w}/(d_s c))) as the "
    "budget grows.",
    # At a free budget of 1e10 what remains of the finite-size terms is below one in a thousand.
    compared(1 / (1 + np.sqrt(ratio)), Estimate(found, 0), overlap=[*late]).identical(2e-3),
)


# %%
def worse_than_best(*others):
    """Decide that the best split has a smaller measured risk than other plans."""
    (least, error), (mean, errors) = outcome["best"], np.transpose(others)
    return inequality(least, mean, standard_error=np.hypot(errors, error))


beyond(
    "discrepancy.budget.measured",
    "For one budget, the student measured at the best split has a smaller risk than at a third "
    "and at twice the share of unlabelled samples.",
    worse_than_best(outcome["third"], outcome["double"]),
    main=True,
)
beyond(
    "discrepancy.budget.beats_sft",
    "For that budget the student at the best split beats SFT that spends everything on labels.",
    worse_than_best(sft_alone),
    main=True,
)

# %% [markdown]
# ## What to notice
#
# * **Mostly labels, but not only** ({numref}`fig-budget`). Variance alone asks for at most half of the free
#   budget in unlabelled samples, and for little when the spaces overlap. What the student cannot express
#   of its teacher, $c$, asks for more: without overlap and with a large budget, for nearly all of it.
# * **A window of budgets** ({numref}`fig-window`). With few labels the weak features, of which there are twice as many here, are
#   the harder ones to learn, and with many labels the bias decides. Weak-to-strong learning pays in between, as on the {ref}`maps <page-phase-diagram>`.
# * **Honest limits.** The formula needs Gaussian features, ridgeless models and a known geometry. How to
#   measure the dimensions of real features has {ref}`its own page <page-estimating-dimensions>`.
# * What one label is worth in pseudo-labels is on the page of {ref}`mixing <page-mixing>`.
