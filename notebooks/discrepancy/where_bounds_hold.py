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
#     smoke: {trials: 200, settings: 200}
# ---

# %% [markdown]
# (page-where-bounds-hold)=
# # Where the bounds hold
#
# The paper bounds PGR and OPR from below; {ref}`page-pgr-opr-bounds` has the formulas and the figure.
# This page asks where the bounds are true: it proves a domain, searches it for counter-examples, and
# shows two outside of it. Paper: {cite:t}`dong2025`. The bounds are certain, their hypotheses are our
# reading ({ref}`labels of certainty <labels-of-certainty>`), and the domain is derived here.
#
# ## Statement
#
# As there, $d_N = d_{s\wedge w} + \frac{d_s}{N}(d_w - d_{s\wedge w})$, and $n > d_w + 1$.
#
# :::{prf:proposition} Where the bounds are theorems (derived here)
# :label: prop-bound-domain
# :nonumber:
#
# Let the ceiling be better than the teacher. On the student's own unlabelled sample the PGR bound
# holds wherever it is not negative. The OPR bound holds there
# wherever $X\,\mathrm{ER}(f_s) \ge \sigma^2\frac{d_s}{n}(X + \rho_w q)$, with
# $q = d_N/(n-d_w-1)$ and $X = \sigma^2 q + \rho_s + \rho_w$. For fresh points both are true after two
# corrections: $d_s/N$ becomes $\kappa_N = d_s/(N-d_s-1)$, and $\rho_s+\rho_w$ becomes the largest
# $\rho_s + a + \kappa_N c$ that they allow, which is $\frac{\rho_s}{1-\kappa_N}+\rho_w$ for large $N$
# ({ref}`corrected bias bound <page-bias>`). The best $n$ and the maxima change likewise.
# :::
#
# ## Why it is true
#
# The bound of the student's risk is $X$: its variance plus $\rho_s+\rho_w$. The teacher's risk is at
# least $\sigma^2 d_w/n$ and the ceiling's at least 0. Each step can fail at finite size; the proof
# says when it does not.
#
# ::::{admonition} Proof of the proposition
# :class: dropdown
#
# The exact risk on the sample obeys $\mathrm{ER}_{w2s} \le X + \rho_w q$, and
# $\mathrm{ER}_w = \sigma^2 Q + \rho_w(1+Q)$ with $Q = d_w/(n-d_w-1) \ge d_w/n$. Then
#
# $$
# \begin{aligned}
# &X\,\mathrm{ER}_w - \tfrac{\sigma^2 d_w}{n}(X + \rho_w q) \\
# &\quad\ge X \rho_w(1+Q) - \tfrac{\sigma^2 d_w}{n}\rho_w q \\
# &\quad\ge \sigma^2 q\,\rho_w\bigl(1 + Q - \tfrac{d_w}{n}\bigr) \ge 0 .
# \end{aligned}
# $$
#
# So $\mathrm{ER}_{w2s}/\mathrm{ER}_w \le X/(\sigma^2 d_w/n)$ always. If the bound is not negative
# the right side is at most 1, the student beats its teacher, and dropping $\mathrm{ER}_c \ge 0$ from
# the denominator of PGR only lowers it. For fresh points
# $\mathrm{ER}_{w2s} = \rho_s + a + \kappa_N c + (\sigma^2+\rho_w)\,q$ with $\kappa_N$ in $q$, so the same
# steps apply to the corrected $X$. For OPR the condition is $\mathrm{ER}_s/(X+\rho_w q) \ge \sigma^2 d_s/(nX)$, cross-multiplied.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": which scale the numbers below are for
seed = 2025
d_strong = 80  # dimensions of the paper's figure
d_weak = 100
overlap = 10
noise = 1.0  # sigma^2
rho = 0.1  # rho_s + rho_w
trials = 500  # of a draw; a counter-example has eight times as many
settings = 1000  # random geometries in the search for violations, 20 sizes each

# %%
import numpy as np
from myst_nb import glue

from w2s import metrics
from w2s.discrepancy.bounds import opr_bound_is_proven, opr_lower_bound, pgr_lower_bound
from w2s.discrepancy.random_geometries import weighted_geometry
from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.samplers import joint_wishart
from w2s.discrepancy.subspaces import axis_aligned_pair
from w2s.page.claims import beyond, derived, inequality, interval, paper
from w2s.page.figures import ACCENT, BOUND, STUDENT, figure

search_rng, sample_rng = np.random.default_rng(seed).spawn(2)

# %% [markdown]
# ## Where the bound is true
#
# We draw random pairs of feature spaces and random targets, each with twenty random sizes and noise
# levels, and keep the cases in which the ceiling is better than the teacher.


# %%
def random_case(rng):
    """One geometry, with twenty values of n, N and the noise."""
    g = weighted_geometry(rng)
    more_n = np.ceil(g.d_weak * 10 ** rng.uniform(-1.5, 1.7, 20))
    more_N = np.ceil(g.d_strong * 10 ** rng.uniform(-1.5, 2, 20))
    sigma2 = (g.rho_strong + g.rho_weak) * 10 ** rng.uniform(-1, 3, 20)
    return g, max(g.d_weak, g.d_strong) + 2 + more_n, g.d_strong + 2 + more_N, sigma2


cases = [random_case(search_rng) for _ in range(settings)]


def collect(function, **options):
    """One long array over all cases."""
    return np.concatenate([np.broadcast_to(function(*case, **options), 20) for case in cases])


def ratios(evaluation):
    """Exact PGR and OPR."""
    found = [risks(*case, evaluation=evaluation) for case in cases]
    return [np.concatenate([getattr(four, name) for four in found]) for name in ("pgr", "opr")]


# %%
(pgr_fresh, opr_fresh), (pgr_sample, opr_sample) = map(ratios, ("population", "in_sample"))
drawn_bound = collect(pgr_lower_bound)  # the paper's; for fresh points it is corrected
repaired_bound = collect(pgr_lower_bound, evaluation="population")
N_per_d = collect(lambda g, n, N, s2: N / g.d_strong)
positive = np.isfinite(pgr_fresh) & np.isfinite(pgr_sample) & (drawn_bound >= 0)
violated = positive & (pgr_fresh < drawn_bound)
glue("count_positive", int(positive.sum()), display=False)
glue("count_violated", int(violated.sum()), display=False)
glue("largest_ratio", float(N_per_d[violated].max(initial=0.0)), display=False)

# %% [markdown]
# Of the {glue:text}`count_positive` cases with a bound that is not negative, the exact PGR is below
# the bound in {glue:text}`count_violated` when measured on fresh points, all of them with
# $N \le$ {glue:text}`largest_ratio:.1f` $d_s$, and in none on the student's own sample
# ({numref}`fig-bound-validity`).


# %% tags=["remove-output", "hide-input"]
def margins(value, role, title):
    def draw(ax):
        few = np.flatnonzero(positive)[:600]
        gap = (value - drawn_bound)[few]
        below = gap < 0
        ax.plot(N_per_d[few][~below], gap[~below], **(role.dots | {"markersize": 3}))
        ax.plot(N_per_d[few][below], gap[below], **(ACCENT.dots | {"markersize": 6}))
        ax.axhline(0, **BOUND.line)
        ax.set(xscale="log", xlabel="unlabelled samples per dimension, $N/d_s$", title=title)
        ax.set_yscale("symlog", linthresh=0.1)
        ax.set(ylabel="exact PGR $-$ bound", ylim=(-30, 30), xlim=(1, 120))

    return draw


# %% tags=["remove-output", "hide-input"]
figure(
    "validity",
    margins(pgr_fresh, BOUND, "paper's bound, fresh points"),
    margins(pgr_sample, STUDENT, "paper's bound, own sample"),
    alt=[
        "Exact PGR minus bound against N over d_s for random settings, evaluated on fresh points: "
        "stars below zero, all at N less than about four times d_s; dots above zero elsewhere.",
        "The same settings evaluated on the student's own unlabelled sample: every dot lies above "
        "zero.",
    ],
)

# %% [markdown]
# :::{glue:figure} validity
# :name: fig-bound-validity
#
# Random settings with a non-negative bound, the first 600 of them. Below the dotted line the exact PGR
# is smaller than its "lower bound". Left: fresh points; the violations (stars) have few unlabelled
# samples. Right: on the student's own sample there are none, as proven.
# :::
#
# ## Two counter-examples
#
# Two counter-examples in the spaces of {ref}`page-pgr-opr-bounds` show the two ways out of the domain. *Few unlabelled
# samples*: the bound is positive, but $\kappa_N > 1$ and the student is worse than its teacher.
# *Negative bound*: the student is limited by $\rho_s$ and worse than a teacher that is close to the
# ceiling; PGR divides by a small gap and falls below any such bound.

# %%
size = d_strong + d_weak - overlap + 1  # one more coordinate, outside both spaces
pair = axis_aligned_pair(d_strong, d_weak, overlap, size)
only_strong, only_weak, outside = np.eye(size)[[0, -2, -1]]
inherited = np.sqrt(rho) * only_strong
others = np.sqrt(rho / 2) * (only_strong + only_weak), np.sqrt(rho / 2) * outside
for beta in (inherited, *others):  # the points measured on that page come first in the stream
    for n in (115, 140, 200, 300, 450, 600):
        joint_wishart(pair, beta, n, 4000, noise, trials, sample_rng)
outside_domain = {  # target, n, N, noise
    "few": (inherited, 10 * d_weak, round(1.6 * d_strong), 10.0),
    "negative": (np.sqrt(rho) * only_weak, 1040, 40_000, noise),
}
escaped = {}
for name, (target, *sizes) in outside_domain.items():
    draw = joint_wishart(pair, target, *sizes, 8 * trials, sample_rng)
    ratio = metrics.pgr(draw.teacher, draw.student, draw.ceiling)
    low = float(pgr_lower_bound(pair.geometry(target), *sizes))
    escaped[name] = interval(ratio.value, ratio.standard_error, low=low)
    for key, number in zip(("n", "N", "noise"), (sizes[0], f"{sizes[1]:,}", sizes[2]), strict=True):
        glue(f"{key}_{name}", number, display=False)
    for key, number in (("bound", low), ("pgr", ratio.value)):
        glue(f"{key}_{name}", f"{number:.2f}".replace("-", "−"), display=False)

# %% [markdown]
# | number | few unlabelled | negative bound |
# |---|---|---|
# | labelled $n$ | {glue:text}`n_few` | {glue:text}`n_negative` |
# | unlabelled $N$ | {glue:text}`N_few` | {glue:text}`N_negative` |
# | noise $\sigma^2$ | {glue:text}`noise_few:.0f` | {glue:text}`noise_negative:.0f` |
# | bound | {glue:text}`bound_few` | {glue:text}`bound_negative` |
# | measured PGR | {glue:text}`pgr_few` | {glue:text}`pgr_negative` |
#
# ## Claims

# %% tags=["hide-input"]
derived(
    "discrepancy.bounds.pgr_domain",
    "On the student's own sample the PGR bound holds in every random setting in which it is "
    "not negative.",
    inequality(drawn_bound[positive], pgr_sample[positive], slack=1e-9),
)
proven = collect(opr_bound_is_proven)
derived(
    "discrepancy.bounds.opr_domain",
    "On the student's own sample the OPR bound holds in every random setting that satisfies "
    "X·ER_s ≥ σ²(d_s/n)(X + ρ_w q).",
    inequality(collect(opr_lower_bound)[proven], opr_sample[proven], slack=1e-9),
)
# %% tags=["hide-input"]
repaired = np.isfinite(pgr_fresh) & (repaired_bound >= 0)
derived(
    "discrepancy.bounds.corrected",
    "With κ_N and the corrected bias the PGR bound holds for fresh points in every random "
    "setting in which it is not negative.",
    inequality(repaired_bound[repaired], pgr_fresh[repaired], slack=1e-9),
)
anew = {"evaluation": "population"}
proven_fresh = collect(opr_bound_is_proven, **anew)
repaired_opr = collect(opr_lower_bound, **anew)[proven_fresh]
derived(
    "discrepancy.bounds.opr_corrected",
    "With the same two corrections the OPR bound holds for fresh points in every random "
    "setting that satisfies the corrected condition.",
    inequality(repaired_opr, opr_fresh[proven_fresh], slack=1e-9),
)
far = positive & (N_per_d >= 10)
beyond(
    "discrepancy.bounds.many_unlabelled",
    "In the random settings with N ≥ 10 d_s and a bound that is not negative, it holds for "
    "fresh points as well.",
    inequality(drawn_bound[far], pgr_fresh[far], slack=1e-9),
)

# %% tags=["hide-input"]
of_paper = {"source": "dong2025, lower bounds of PGR and OPR", "expect": "fails"}
paper(
    "discrepancy.bounds.counterexample_few",
    "The PGR bound holds for fresh points whenever it is not negative.",
    escaped["few"],
    **of_paper,
)
paper(
    "discrepancy.bounds.counterexample_negative",
    "The PGR bound holds where it is negative.",
    escaped["negative"],
    **of_paper,
)

# %% [markdown]
# ## What to notice
#
# * **Own sample or fresh points** ({numref}`fig-bound-validity`). What the paper's bound misses is the
#   step from the student's own sample to fresh points: it costs $\kappa_N > d_s/N$ and a larger bias,
#   and matters while unlabelled samples are few.
# * **Honest limits.** The PGR bound is a theorem on the student's sample where it is not negative, and
#   has counter-examples elsewhere. For fresh points take the corrected version or $N \ge 10\,d_s$
#   (a search, not a proof). We do not know whether the paper's statement carries such hypotheses.
# * **On.** What the bounds give away, and the number of labels at which they are largest:
#   {ref}`page-pgr-opr-bounds`. The exact condition for any gain: {ref}`page-when-w2s`.
