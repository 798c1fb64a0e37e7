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
#     smoke: {trials: 12, side: 40}
# ---

# %% [markdown]
# (page-phase-diagram)=
# # Where weak-to-strong pays
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here, beyond {cite:t}`dong2025`): three borders in the plane of $n$ labels and $N$ unlabelled samples say where the student beats its teacher, fine-tuning on the same labels, and even the ceiling.
#
# **Holds?** Yes: the borders are exact, and simulations on four maps agree.
#
# **Where not**: without approximation error the student loses to its teacher below $N = 2d_s+1$; with a large overlap and little noise it never beats fine-tuning.
# :::
#
# :::{glue:figure} phases
# :name: fig-phases
#
# Thick lines: where the student equals its teacher (dashed), SFT (dash-dotted) and the ceiling
# (dash-dot-dot); the student is better on the shaded side. Thin: PGR = 0.3, 0.6, 0.9. Markers: simulated, the
# highest rival beaten (cross: none, square: teacher, triangle: SFT, diamond: ceiling).
# :::
#
# ## Statement
#
# The question goes beyond the paper, and everything here is derived from the exact risks
# ({ref}`labels of certainty <labels-of-certainty>`), for Gaussian features with $n > d_w+1$ and $N > d_s+1$. SFT is the
# strong model fine-tuned on the teacher's $n$ labels, the ceiling the one trained on $n+N$ true labels. Each
# border is the set of sizes at which the student equals another model:
#
# | border | the student equals | on the other side |
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
# A = a + \tau^2 d_{s\wedge w}, \qquad P = d_s\,(c + \tau^2\Delta),
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
# ## Why it is true
#
# The student's exact risk is $\rho_s + A + \kappa_N (c + \tau^2\Delta)$ with $\kappa_N = d_s/y$; SFT has
# $\rho_s + S/(n-d_s-1)$ and the ceiling $\rho_s + S/(n+y)$. Each border equates two of these.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": which scale the numbers below are for
seed = 2025
trials = 60  # per measured point of the maps
side = 120  # points on each side of a map

# %%
import numpy as np
from myst_nb import glue
from scipy.optimize import brentq

from w2s.computing.sweeps import sweep
from w2s.discrepancy.budget import n_unlabelled_to_beat_sft, window_above_ceiling
from w2s.discrepancy.gain import n_unlabelled_for_gain
from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.samplers import joint_wishart
from w2s.discrepancy.subspaces import synthetic_setting
from w2s.metrics import Estimate, mean_and_error
from w2s.page.claims import beyond, derived, inequality
from w2s.page.comparison import compared
from w2s.page.figures import BOUND, CEILING, SFT, WEAK, figure

settings = {  # overlap, noise, weight of the target
    "no approximation error, overlap 10": (10, 1.0, 0.0),
    "σ² = 0.1, overlap 10": (10, 0.1, 1.0),
    "σ² = 0.01, overlap 10": (10, 0.01, 1.0),
    "σ² = 0.01, overlap 90": (90, 0.01, 1.0),
}
spaces = {}
for name, (shared, _, weight) in settings.items():
    pair, target = synthetic_setting(shared)
    spaces[name] = pair, weight * target
geometry = {title: pair.geometry(target) for title, (pair, target) in spaces.items()}
noise = {title: s2 for title, (_, s2, _) in settings.items()}
d_s, d_w = 100, 200
map_seed = int(np.random.SeedSequence(seed).generate_state(1)[0])

# %% [markdown]
# ## The maps
#
# The feature spaces are those of the paper's experiment, $d_s = 100$, $d_w = 200$. The maps are exact; at a
# grid of points we simulate all four models jointly and mark which ones the student beats.

# %%
n_axis = np.geomspace(d_w + 3, 40_000, side)
N_axis = np.geomspace(d_s + 10, 40_000, side)
maps = {title: risks(geometry[title], n_axis, N_axis[:, None], noise[title]) for title in settings}
sampled_n = np.geomspace(300, 25_000, 6).astype(int)
sampled_N = np.geomspace(150, 25_000, 6).astype(int)
probes = [(int(n), int(N)) for n in sampled_n for N in sampled_N]
rivals = {"teacher": WEAK, "sft": SFT, "ceiling": CEILING}


def simulate(cell, rng):
    """All risks at one point of a map, trial by trial."""
    title, n, N = cell
    return joint_wishart(*spaces[title], n, N, noise[title], trials, rng)


def over_student(title, rival, at):
    """A rival's mean risk over the student's, beside the exact ratio."""
    t, exact = drawn[title, *at], risks(geometry[title], *at, noise[title])
    value = getattr(t, rival).mean() / t.student.mean()
    error = mean_and_error(getattr(t, rival) - value * t.student).standard_error / t.student.mean()
    return compared(getattr(exact, rival) / exact.student, Estimate(value, error))


cells = [(title, *at) for title in settings for at in probes]
drawn = dict(zip(cells, sweep(simulate, cells, seed=map_seed), strict=True))
ratios = {
    (title, rival, *at): over_student(title, rival, at)
    for title in settings
    for at in probes
    for rival in rivals
}


# %% tags=["remove-output"]
def phases(title):
    here, border = maps[title], dict(zip(rivals, ("PGR = 0", "OPR = 1", "PGR = 1"), strict=True))

    def draw(ax):
        for rival, role in rivals.items():
            gain = np.log(getattr(here, rival) / here.student)
            ax.contourf(n_axis, N_axis, gain, [0, np.inf], colors=[role.color], alpha=0.16)
            lines = ax.contour(n_axis, N_axis, gain, [0], colors=[role.color], linewidths=2)
            lines.set(linestyle=role.style)
            ax.plot([], [], **role.line, label=border[rival])
        thin = {"colors": [BOUND.color], "linewidths": 0.9}
        ax.contour(n_axis, N_axis, here.pgr, [0.3, 0.6, 0.9], **thin)
        beaten = [[r for r in rivals if ratios[title, r, *p].measured.mean > 1] for p in probes]
        for best, role in {None: BOUND, **rivals}.items():
            shown = [
                p
                for p, those in zip(probes, beaten, strict=True)
                if [best] == (those or [None])[-1:]
            ]
            ax.plot(*np.reshape(shown, (-1, 2)).T, **(role.dots | {"markersize": 4}))
        ax.set(xscale="log", yscale="log", xlabel="labelled samples n")
        ax.set(ylabel="unlabelled samples N", title=title)
        ax.grid(False)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=3)

    return draw


# %% tags=["remove-output"]
titles = [*settings]
figure(
    "phases",
    *map(phases, titles[1::2]),
    alt=[
        "Map of labels against unlabelled samples at noise 0.1, overlap 10. The student beats its "
        "teacher above a nearly horizontal line, SFT in a region that is closed at large numbers of "
        "labels, and the ceiling in a wedge on the right that is closed too.",
        "Overlap 90 at noise 0.01: the student beats its teacher in most of the map and SFT "
        "nowhere.",
    ],
)
figure(
    "phases-between",
    *map(phases, titles[::2]),
    alt=[
        "The same without approximation error, overlap 10: the student beats its teacher above a "
        "horizontal line near 201 unlabelled samples, SFT above a slightly higher line, and the "
        "ceiling in a wide wedge on the right.",
        "Overlap 10 at noise 0.01: no such wedge, the region of OPR above one ends near 3500 labels, "
        "and that of positive PGR bends up near 20000.",
    ],
)

# %% [markdown]
# :::{glue:figure} phases-between
# :name: fig-phases-between
#
# The two maps that are missing in {numref}`fig-phases`, with the same lines and markers: without
# approximation error (first) no region is closed on the right; with a tenth of the noise (second) the
# student beats SFT only while labels are few and the ceiling nowhere.
# :::
#
# ## Claims
#
# Letters are those of the proposition above.

# %%
along = [
    [ratios[title, r, *at].over(ratios[title, r, *at].predicted).measured for at in probes]
    for title in settings
    for r in rivals
]
value, error = np.moveaxis(along, 2, 0)
curve = {"map": np.repeat(titles, len(rivals)), "rival": [*rivals] * len(titles)}
mean = Estimate(value.mean(axis=1), np.sqrt((error**2).sum(axis=1)) / len(probes))
derived(
    "discrepancy.phases.measured",
    "Averaged over the points of a map, the measured ratios of teacher, SFT and ceiling to the "
    "student are the exact ones, for each of the four maps.",
    # The curvature of the quotient biases a ratio of means over T trials, here by up to 20% / T.
    compared(1.0, mean, **curve).agrees(0.08 / np.sqrt(trials), 0.2 / trials),
    main=True,
)


# %%
def searched(title, rival, sizes, low=d_s + 1.01, high=1e7):
    """The N between two others at which student and rival have equal exact risk, by search."""

    def gap(N, n):
        here = risks(geometry[title], n, N, noise[title])
        return float(getattr(here, rival) - here.student)

    ends = np.broadcast_arrays(sizes, low, high)
    return [brentq(gap, start, end, (n,), xtol=1e-10) for n, start, end in zip(*ends, strict=True)]


bare, biased, *_ = settings
noisy = [title for title in settings if geometry[title].rho_strong > 0]
probe, wide = np.geomspace(d_w + 3, 12_000, 12), np.geomspace(300, 40_000, 12)
zero = [n_unlabelled_for_gain(geometry[title], probe, noise[title]) for title in noisy]
crossed = [searched(title, "teacher", probe) for title in noisy]
derived(
    "discrepancy.phases.zero_border",
    "The border PGR = 0 of the maps is N = 1 + d_s(1 + [τ²Δ+c]/[τ²Δ+b−ρ_s]), Δ = d_w−d_{s∧w}.",
    compared(zero, Estimate(crossed, 0), n=probe).identical(1e-9),
    main=True,
)
flat = [np.full(len(wide), 2 * d_s + 1), n_unlabelled_to_beat_sft(geometry[bare], wide, 1.0)]
crossed = [searched(bare, rival, wide) for rival in ("teacher", "sft")]
derived(
    "discrepancy.phases.borders",
    "Without approximation error the borders PGR = 0 and OPR = 1 are N = 2d_s + 1 and "
    "N = d_s + 1 + P/(S/(n−d_s−1) − A).",
    compared(flat, Estimate(crossed, 0), n=wide).identical(1e-9),
)

# %%
one = geometry[biased], 1000, noise[biased]  # for exercise 1
glue("first_teacher", float(n_unlabelled_for_gain(*one)), display=False)
glue("first_sft", float(n_unlabelled_to_beat_sft(*one)), display=False)
low_n = np.geomspace(300, 3000, 8)
border = n_unlabelled_to_beat_sft(geometry[biased], low_n, noise[biased])
derived(
    "discrepancy.phases.sft_border",
    "Also with approximation error the border OPR = 1 is N = d_s + 1 + P/(S/(n−d_s−1) − A).",
    compared(border, Estimate(searched(biased, "sft", low_n), 0), n=low_n).identical(1e-9),
    main=True,
)
ends = []  # found by search over those of the formula
for title, at in ((bare, wide[wide > 1000]), (biased, np.geomspace(1500, 5000, 8))):
    low, high = window_above_ceiling(geometry[title], at, noise[title])
    middle = np.sqrt((low - d_s - 1) * (high - d_s - 1)) + d_s + 1
    ends += [searched(title, "ceiling", at, high=middle) / low]
    ends += [searched(title, "ceiling", at, middle, 1e9) / high]
derived(
    "discrepancy.phases.window",
    "The student equals the ceiling at the two roots N of the proposition's quadratic, without "
    "approximation error and with it.",
    compared(1.0, Estimate(np.concatenate(ends), 0)).identical(1e-9),
    main=True,
)


# %%
def areas(overlap, sigma2):
    """Shares of the map in which the student beats teacher, SFT and ceiling."""
    spaces, beta = synthetic_setting(overlap)
    here = risks(spaces.geometry(beta), n_axis, N_axis[:, None], sigma2)
    return [(getattr(here, rival) > here.student).mean() for rival in rivals]


by_overlap = np.array([areas(d, 0.1) for d in (90, 50, 10)])
by_noise = np.array([areas(10, s2) for s2 in (0.02, 0.05, 0.1, 1.0)])
beyond(
    "discrepancy.phases.overlap_shrinks",
    "At σ² = 0.1 a larger overlap shrinks the region in which the student beats SFT and the one "
    "in which it beats the ceiling.",
    inequality(by_overlap[:-1, 1:], by_overlap[1:, 1:], at={"against": ["SFT", "ceiling"]}),
)
beyond(
    "discrepancy.phases.noise_widens",
    "With overlap 10, more noise widens all three regions.",
    inequality(by_noise[:-1], by_noise[1:], at={"against": ["teacher", "SFT", "ceiling"]}),
)
beyond(
    "discrepancy.phases.sft_never",
    "With overlap 90 and σ² = 0.01 the student beats SFT nowhere on the map.",
    inequality(maps["σ² = 0.01, overlap 90"].opr, 1.0),
)

# %% [markdown]
# ## What to notice
#
# * **Unlabelled data has a threshold**, $N = 2d_s+1$ without approximation error and higher with it on these
#   maps. Below it the student is worse than its teacher, whatever $n$; above it more unlabelled data always
#   helps.
# * **The region of OPR > 1 is bounded on both sides** ({numref}`fig-phases`, first). With few labels the weak
#   features are the harder ones to learn ($d_w > d_s$), with many labels bias decides. Weak-to-strong learning
#   pays in between.
# * **The ceiling can be beaten, and dimensions tell where.** The ceiling averages its noise over $n+N$ labels in
#   $d_s$ directions, the student over $n$ labels in $d_{s\wedge w}$. Its advantage ends when
#   $N \approx n(d_s-d_{s\wedge w})/d_{s\wedge w}$.
# * **Honest limits.** Gaussian features, ridgeless models, known geometry. The maps start at
#   $n > d_w + 1$ and $N > d_s + 1$; what happens below is on {ref}`page-double-descent`. How to
#   measure the dimensions of real features is on {ref}`page-estimating-dimensions`. The condition for
#   any gain is proved on {ref}`page-when-w2s`.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In the first panel of {numref}`fig-phases` take $n = 1000$ labels. Which rivals does the student beat at
# $N = 150$, and which one does it beat first as $N$ grows?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# None at $N = 150$. The first is the teacher, from $N =$ {glue:text}`first_teacher:.0f` on; SFT follows at
# $N =$ {glue:text}`first_sft:.0f`.
# ::::
#
# ::::{admonition} Exercise 2. A step of a proof
# :class: w2s-exercise
#
# Without approximation error, show that the student beats its teacher exactly if $N > 2d_s + 1$.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# Then $a = c = \rho_s = \rho_w = 0$, so the condition $P/y < \rho_w + \tau^2 d_w - \rho_s - A$ reads
# $d_s\tau^2\Delta/y < \tau^2\Delta$, that is $y > d_s$ with $y = N - d_s - 1$.
# ::::
