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
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`dong2025`, as we read it): the lower bound of PGR holds for every $n > d_w + 1$.
#
# **Holds?** On the student's own unlabelled sample yes, wherever the bound is not negative: proved here, and no counter-example in a random search.
#
# **Where not**: on fresh points it fails mostly where unlabelled samples are few, but no number of them is enough. With two corrections it holds there too.
# :::
#
# :::{glue:figure} validity
# :name: fig-bound-validity
#
# Random settings with a bound that is not negative, the first 600 of them: exact PGR minus the paper's bound.
# First: on fresh points; the violations (stars, below the dotted line) have few unlabelled samples. Second: on
# the student's own sample there are none, as proved.
# :::
#
# ## Statement
#
# {ref}`page-pgr-opr-bounds` states both bounds, which are in the authors' public code
# ({certainty}`PGR and OPR lower bounds, everywhere`): we had no full text, and do not know
# whether the paper asks for more than $n > d_w + 1$, for many unlabelled samples, say. The domain below is derived here. As on that page,
# $d_N = d_{s\wedge w} + \frac{d_s}{N}(d_w - d_{s\wedge w})$.
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
# Let $X$ be the variance of the student plus $\rho_s+\rho_w$. The bounds take $X$ for the student's risk,
# $\sigma^2 d_w/n$ for the teacher's and 0 for the ceiling's. At finite size the student's risk can exceed $X$;
# the proof shows that on its own sample the teacher's risk then exceeds $\sigma^2 d_w/n$ in proportion at
# least as much.
#
# ::::{admonition} Full proof of the proposition
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
from w2s.discrepancy.subspaces import Geometry, axis_aligned_pair
from w2s.page.claims import derived, inequality, interval, reading
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
# In {glue:text}`count_positive` cases the bound is not negative. On fresh points the exact PGR is below it in
# {glue:text}`count_violated` of them, all with $N \le$ {glue:text}`largest_ratio:.1f` $d_s$; on the student's
# own sample it is never below it ({numref}`fig-bound-validity`).


# %% tags=["remove-output"]
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


# %% tags=["remove-output"]
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
# ## A counter-example
#
# In the spaces of {ref}`page-pgr-opr-bounds`, with few unlabelled samples, the bound is positive, but
# $\kappa_N > 1$ and the student is worse than its teacher.

# %%
size = d_strong + d_weak - overlap + 1  # one more coordinate, outside both spaces
pair = axis_aligned_pair(d_strong, d_weak, overlap, size)
only_strong, only_weak, outside = np.eye(size)[[0, -2, -1]]
inherited = np.sqrt(rho) * only_strong
others = np.sqrt(rho / 2) * (only_strong + only_weak), np.sqrt(rho / 2) * outside
for beta in (inherited, *others):  # the points measured on that page come first in the stream
    for n in (115, 140, 200, 300, 450, 600):
        joint_wishart(pair, beta, n, 4000, noise, trials, sample_rng)
sizes = 10 * d_weak, round(1.6 * d_strong), 10.0  # n, N, noise
draw = joint_wishart(pair, inherited, *sizes, 8 * trials, sample_rng)
few = metrics.pgr(draw.teacher, draw.student, draw.ceiling)
few_bound = float(pgr_lower_bound(pair.geometry(inherited), *sizes))
numbers = dict(zip(("n", "N", "noise"), sizes, strict=True))
for key, number in (numbers | {"bound": few_bound, "pgr": few.value}).items():
    glue(f"{key}_few", f"{round(number, 2):g}".replace("-", "−"), display=False)

# %% [markdown]
# With $n =$ {glue:text}`n_few` labels, $N =$ {glue:text}`N_few` unlabelled samples and
# $\sigma^2 =$ {glue:text}`noise_few` the bound is {glue:text}`bound_few` and the measured PGR
# {glue:text}`pgr_few`.
#
# **No number of unlabelled samples is enough.** Let the teacher be unbiased, and let the student miss $\rho_s$ of the
# target, all of it visible to the teacher. On fresh points it then misses $\rho_s(1+\kappa_N)$. With very many labels the
# teacher's risk is $\sigma^2 d_w/n$, and a $\rho_s$ at which the bound is just not negative leaves a student that is worse
# than its teacher, by a share of about $d_s/N$; and the ceiling is hardly better than the teacher. Among the random
# settings there is hardly one like that.

# %%
plenty, labels = np.array([10, 100, 1000]), 10**7  # N/d_s, and n


def just_positive(N):
    """A space of 4 in one of 32 dimensions; a misfit at which the bound is barely positive."""
    without = Geometry(4, 32, overlap=4)
    left = 32 / labels * float(pgr_lower_bound(without, labels, N, 1.0))
    rho_s = (1 - 1e-5) * left
    return Geometry(4, 32, overlap=4, rho_strong=rho_s, invisible=rho_s), labels, N, 1.0


worst = [just_positive(4.0 * ratio) for ratio in plenty]
barely = np.array([float(pgr_lower_bound(*case)) for case in worst])
exact_pgr = np.array([float(risks(*case).pgr) for case in worst])

# %% [markdown]
# ## Claims

# %%
derived(
    "discrepancy.bounds.pgr_domain",
    "On the student's own sample the PGR bound holds in every random setting in which it is "
    "not negative.",
    inequality(drawn_bound[positive], pgr_sample[positive], slack=1e-9),
    main=True,
)
proven = collect(opr_bound_is_proven)
derived(
    "discrepancy.bounds.opr_domain",
    "On the student's own sample the OPR bound holds in every random setting that satisfies "
    "X·ER_s ≥ σ²(d_s/n)(X + ρ_w q), with q = d_N/(n − d_w − 1) and X = σ²q + ρ_s + ρ_w.",
    inequality(collect(opr_lower_bound)[proven], opr_sample[proven], slack=1e-9),
)
# %%
repaired = np.isfinite(pgr_fresh) & (repaired_bound >= 0)
derived(
    "discrepancy.bounds.corrected",
    "With κ_N = d_s/(N − d_s − 1) and the corrected bias the PGR bound holds for fresh points in "
    "every random setting in which it is not negative.",
    inequality(repaired_bound[repaired], pgr_fresh[repaired], slack=1e-9),
    main=True,
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
derived(
    "discrepancy.bounds.no_number_suffices",
    "However many unlabelled samples there are, the PGR bound can fail on fresh points: at "
    "N = 10, 100 and 1000 d_s there are settings in which it is positive and the exact PGR negative.",
    inequality(
        [*exact_pgr, *np.zeros(3)], [*np.zeros(3), *barely], at={"N/d_s": [*plenty, *plenty]}
    ),
)

# %%
reading(
    "discrepancy.bounds.counterexample_few",
    "On fresh points the PGR bound holds wherever it is not negative, for every n > d_w + 1 and "
    "every N.",
    interval(few.value, few.standard_error, low=few_bound),
    source="dong2025, lower bounds of PGR and OPR",
    expect="fails",
    instead="It holds on the student's own sample; on fresh points it holds with d_s/N replaced by "
    "d_s/(N − d_s − 1) and the bias by the corrected one.",
    main=True,
)

# %% [markdown]
# ## What to notice
#
# * **Own sample or fresh points** ({numref}`fig-bound-validity`). What the bound leaves out is the step from
#   the student's own sample to fresh points: it costs $\kappa_N > d_s/N$ and a larger bias, and matters while
#   unlabelled samples are few.
# * **A negative bound says nothing.** Dropping the ceiling's risk lowers PGR only if the student beats its
#   teacher, which a bound that is not negative ensures.
# * **Honest limits.** On fresh points take the corrected version: with many unlabelled samples the paper's fails
#   rarely, but it fails, and by far where the ceiling is hardly better than the teacher.
# * **Where to go on.** How loose the bounds are, and the number of labels at which they are largest:
#   {ref}`page-pgr-opr-bounds`. The exact condition for any gain: {ref}`page-when-w2s`.
