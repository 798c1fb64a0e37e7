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
#     smoke: {trials: 40, shuffles: 10, draws: 3}
# ---

# %% [markdown]
# (page-digits)=
# # Real images: the digits
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here, extending {cite:t}`dong2025`): eight numbers, estimated from the features,
# predict the test errors of teacher, student, baseline and ceiling on real images, and say in advance when
# weak-to-strong learning does not pay.
#
# **Holds?** Yes, mostly to a few per cent, also for other networks.
#
# **Where not**: with few labels the teacher is worse than predicted. A small network stands in for
# large models, and shows nothing about them.
# :::
#
# :::{glue:figure} risks
# :name: fig-digits-risks
#
# Lines: the exact formulas with the estimated geometry, at $N = 600$. Points: measured test errors with two
# standard errors. First: without noise the teacher overtakes its student, by the formulas at
# $n =$ {glue:text}`crossing:.0f`. Second: with noisy labels the student is better throughout.
# :::

# %% [markdown]
# ## Statement
#
# The images are the 1797 handwritten digits that come with scikit-learn. They are a **stand-in, not a
# reproduction** of the experiments of {cite:t}`dong2025` with large vision models. What they test is whether
# formulas derived for Gaussian features survive features that are not Gaussian. The formulas are derived here
# ({ref}`labels of certainty <labels-of-certainty>`); only the form of the student's variance is the paper's.
#
# :::{prf:proposition} Four expected risks (derived here)
# :label: prop-digits-risks
# :nonumber:
#
# Let the features be Gaussian with the geometry $(d_s, d_w, d_{s\wedge w}, \rho_s, a, b, c)$ of the
# {ref}`notation page <notation>`, and all models ridgeless. Train on $n$ labels of noise $\sigma^2$ and
# $N$ unlabelled inputs, and write $\tau^2 = (\sigma^2 + \rho_w)/(n - d_w - 1)$ and
# $\kappa_N = d_s/(N - d_s - 1)$. On fresh inputs teacher, student, SFT baseline and ceiling have the
# risks
#
# $$\begin{aligned}
# \mathrm{ER}(f_w) &= \rho_w + \tau^2 d_w,\\
# \mathrm{ER}(f_{w2s}) &= \rho_s + a + \kappa_N c + \tau^2\,\bigl(d_{s\wedge w} + \kappa_N\,(d_w - d_{s\wedge w})\bigr),\\
# \mathrm{ER}(f_s) &= \rho_s + \frac{(\sigma^2 + \rho_s)\,d_s}{n - d_s - 1},\\
# \mathrm{ER}(f_c) &= \rho_s + \frac{(\sigma^2 + \rho_s)\,d_s}{n + N - d_s - 1}.
# \end{aligned}$$
# :::
#
# The variance of the student is that of the paper's main theorem, with $\kappa_N$ in place of $d_s/N$.
#
# ## Why it is true
#
# The page on {ref}`the variance theorem <page-variance-theorem>` compares $\kappa_N$ with $d_s/N$ and proves the
# variance; {ref}`the bias <page-bias>` and {ref}`single models <page-single-models>` have the other terms. In
# short: to each model the part of its labels that it cannot express looks like independent noise. For
# Gaussian features this is exact; for real ones it is what this page tests.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
trials = 600  # random splits per setting
shuffles = 40  # re-pairings of the rows, for the chance level
draws = 16  # further pretrained networks and random features
energy = 0.99  # share of the trace that the kept principal components carry
noise = 1.0  # variance of the injected label noise, where there is any
labelled = [150, 200, 250, 300, 400, 500]  # n, with 600 unlabelled images
unlabelled = [150, 200, 300, 450]  # N of unlabelled images, with 200 labels
failing = 400  # number of labels at which most pairs of models fail without noise

# %%
import numpy as np
from myst_nb import glue

import w2s
from w2s.computing.sweeps import sweep
from w2s.discrepancy.bounds import paper_risks
from w2s.discrepancy.gain import n_labelled_at_zero_gain
from w2s.discrepancy.ridgeless import Risks, risks
from w2s.metrics import Estimate, mean_and_error, pgr
from w2s.page.claims import beyond, derived, exact, fact
from w2s.page.comparison import compared
from w2s.page.figures import ACCENT, BOUND, CEILING, SFT, STUDENT, WEAK, figure, points, ticks
from w2s.practice.data.digits import digits
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.training.splits import measure

data_rng, shuffle_rng = np.random.default_rng(seed).spawn(2)

# %% [markdown]
# ## The task
#
# A random 500 images pretrain a network with one hidden layer of 32 ReLU units on the ten classes. On
# the other 1297 images its hidden layer is the **strong** representation, and 100 random ReLU features
# of the pixels are the **weak** one. Neither has seen the target: $f_* = +1$ for even digits, $-1$ for
# odd ones, learned by least squares from labels with injected Gaussian noise. Test errors are measured
# without that noise.

# %%
data = digits(data_rng)
glue("images", len(data.parity), display=False)
glue("accuracy", data.accuracy, display=False)


# %% tags=["remove-output"]
def some_digits(ax):
    for k, row in enumerate(first):
        left, top = 10 * (k % 5), 13 * (k // 5)
        ax.imshow(data.images[row], extent=(left, left + 8, top + 8, top))
        words = f"{data.digits[row]}: {'+' if data.parity[row] > 0 else '−'}1"
        ax.annotate(words, (left + 4, top + 10), ha="center", va="center")
    ax.set(xlim=(-1, 49), ylim=(24.5, -1))
    ax.axis("off")


first = [int(np.flatnonzero(data.digits == digit)[0]) for digit in range(10)]
figure(
    "digits",
    some_digits,
    alt="Ten images of handwritten digits, eight pixels wide and legible, in two rows, with their "
    "targets: plus one below even digits, minus one below odd ones.",
    size=(5.4, 2.9),
)

# %% [markdown]
# The pretrained network names {glue:text}`accuracy:.1%` of the {glue:text}`images` images correctly.
#
# ::::{admonition} What the images look like
# :class: dropdown
#
# :::{glue:figure} digits
# :name: fig-digits
#
# The first image of each digit and its regression target.
# :::
# ::::
#
# ## The geometry, in one pass
#
# `w2s.diagnose` reads the rows $(\varphi_s, \varphi_w, y)$ once and keeps second moments.
# Each model is given an intercept and the fewest principal components that carry the share `energy`
# of its variance, so its rank is its dimension. The overlap is that of the two *function* spaces: with
# $T = \sum_i r_i^2$ over the canonical correlations of the $m$ rows,
#
# $$\hat d_{s\wedge w} = \frac{mT - d_s d_w}{m + T - d_s - d_w},$$
#
# which removes what unrelated features would share by chance. $\rho_s, \rho_w, a, c$ are freed of
# their sampling bias in the same way, and standard errors come from a jackknife over 16 groups of rows
# (`w2s.practice.estimation`).

# %%
options = {"head": "ridgeless", "energy": energy, "seed": seed}
tried = {"n_labelled": labelled[1], "n_unlabelled": 600}
arrays = data.weak, data.strong, data.parity
found = w2s.diagnose(*arrays, heldout=0, **tried, **options)
estimates, geometry = found.estimates, found.estimates.geometry
strong, weak = estimates.strong.transform(data.strong), estimates.weak.transform(data.weak)
for number in ("d_strong", "d_weak", "null_mean"):
    glue(number, getattr(estimates, number), display=False)
for number in ("overlap", "rho_strong", "rho_weak", "a", "c", "noise"):
    glue(number, getattr(estimates, number).value, display=False)
    glue(f"{number}_error", getattr(estimates, number).standard_error, display=False)
glue("shared", geometry.overlap / geometry.d_weak, display=False)

# %% [markdown]
# | quantity | symbol | estimate |
# |---|---|---|
# | strong dimension | $d_s$ | {glue:text}`d_strong` |
# | weak dimension | $d_w$ | {glue:text}`d_weak` |
# | overlap | $\hat d_{s\wedge w}$ | {glue:text}`overlap:.2f` ± {glue:text}`overlap_error:.2f` |
# | $T$ by chance alone | $1 + (d_s-1)(d_w-1)/(m-1)$ | {glue:text}`null_mean:.2f` |
# | missed by both models | $\sigma^2$ | {glue:text}`noise:.3f` ± {glue:text}`noise_error:.3f` |
# | missed besides by the strong features | $\rho_s$ | {glue:text}`rho_strong:.3f` ± {glue:text}`rho_strong_error:.3f` |
# | missed besides by the weak features | $\rho_w$ | {glue:text}`rho_weak:.3f` ± {glue:text}`rho_weak_error:.3f` |
# | of it inherited | $a$ | {glue:text}`a:.3f` ± {glue:text}`a_error:.3f` |
# | signal invisible to the student | $c$ | {glue:text}`c:.3f` ± {glue:text}`c_error:.3f` |
#
# The parity carries no noise. What both models miss is signal, but no sample can tell it from noise, and
# no predicted test error depends on which of the two it is called. Here it counts as noise.
#
# The weak space has many more dimensions and contains most of the strong one. It also approximates
# the parity *better* ($\rho_w < \rho_s$). Its weakness is that it needs more labels, so the student
# can only win while labels are few or noisy.
#
# The chance level is measured, too: we pair each strong row with the weak row of another image.

# %% tags=["hide-input"]
by_chance = []
for _ in range(shuffles):
    other = shuffle_rng.permutation(len(data.parity))
    mixed = JointMoments.from_blocks([(data.strong, data.weak[other], data.parity)])
    by_chance.append(mixed.estimate(energy=energy, intercept=True).overlap)
chance_cosines = np.mean([shuffled.cosines for shuffled in by_chance], axis=0)
chance_overlap = mean_and_error([shuffled.raw for shuffled in by_chance])


# %%
def spectra(ax):
    for role, model in ((STUDENT, "strong"), (WEAK, "weak")):
        rest = 1 - np.cumsum(spectrum[model]) / spectrum[model].sum()
        ax.plot(np.arange(len(rest)) + 1, rest, **role.line, label=f"{model} features")
    ax.axhline(1 - energy, **BOUND.line, label="cut-off")
    ax.set(xlabel="principal components", ylabel="share of variance left out")
    ax.set(yscale="log", ylim=(1e-5, 1))
    ax.legend()


def angles(ax):
    ax.plot(index, estimates.cosines, **STUDENT.dots, label="these features")
    ax.plot(index, chance_cosines, **ACCENT.dots, label="rows shuffled")
    ax.axhline(estimates.chance_edge, **BOUND.line, label="edge of chance")
    ax.set(xlabel="canonical pair", ylabel="canonical correlation", ylim=(0, 1.05))
    ax.legend(loc="center left")


# %% tags=["remove-output"]
spectrum = {"strong": estimates.spectrum_strong, "weak": estimates.spectrum_weak}
index = np.arange(1, len(estimates.cosines) + 1)
figure(
    "angles",
    spectra,
    angles,
    alt=[
        "Share of variance left out against the number of principal components, on a log scale. "
        "The strong features cross the cut-off of one per cent after fewer than twenty "
        "components, the weak ones after about sixty.",
        "Canonical correlations of the two models, falling from one to about 0.7. With the rows "
        "shuffled they stay below 0.4, under the edge of chance; only the first, the constant "
        "that both models contain, stays at one.",
    ],
)

# %% [markdown]
# ::::{admonition} Where the dimensions come from, and how far the overlap is from chance
# :class: dropdown
#
# :::{glue:figure} angles
# :name: fig-digits-angles
#
# First: where the dimensions come from. Each model keeps the components before its curve crosses the
# cut-off. Second: the two function spaces share far more than chance; the first pair is the constant. The
# dotted line is the largest correlation that unrelated Gaussian features of these sizes would show.
# :::
# ::::
#
# ## Predicted and measured
#
# Each setting $(n, N, \sigma^2)$ is measured over random splits of the images into $n$ labelled,
# $N$ unlabelled and all others for testing. The prediction knows the eight numbers
# $d_s, d_w, d_{s\wedge w}, \rho_s, a, b, c, \sigma^2$ and nothing of the splits.

# %%
LOOKS = {
    "teacher": (WEAK, "weak teacher"),
    "student": (STUDENT, "student"),
    "sft": (SFT, "SFT baseline"),
    "ceiling": (CEILING, "ceiling"),
}


def test_errors(setting, rng):
    at = dict(zip(("n_labelled", "n_unlabelled", "noise"), setting, strict=True))
    return measure(strong, weak, data.parity, rng=rng, trials=trials, **at)


def expected(geometry, missed, n, big_n, sigma2):
    """Test errors without the injected noise: risk, and what both models miss."""
    found = risks(geometry, n, big_n, sigma2 + missed)
    return Risks(*(missed + getattr(found, model) for model in LOOKS))


# %%
settings = [(n, 600, sigma2) for sigma2 in (0.0, noise) for n in labelled]
settings += [(200, big_n, noise) for big_n in unlabelled]
splits = sweep(test_errors, settings, seed=seed)
n, big_n, sigma2 = np.array(settings).T
missed = estimates.noise.value
predicted = expected(geometry, missed, n, big_n, sigma2)
sizes = {"n": n, "N": big_n, "σ²": sigma2}
tables = {model: np.transpose([getattr(split, model) for split in splits]) for model in LOOKS}
errors = {model: compared(getattr(predicted, model), tables[model], **sizes) for model in LOOKS}


# %%
def panel(ax, chosen, grid, theory, marks, abscissa="n"):
    for model, (role, words) in LOOKS.items():
        ax.plot(grid, getattr(theory, model), **role.line, label=words)
        points(ax, sizes[abscissa][chosen], errors[model][chosen].measured, role)
    ax.set(ylabel="test error (noise-free)", yscale="log")
    ax.minorticks_off()
    ticks(ax, y=marks)


# %%
def over_n(variance, marks):
    def draw(ax):
        chosen = (big_n == 600) & (sigma2 == variance)
        panel(ax, chosen, n_grid, expected(geometry, missed, n_grid, 600, variance), marks)
        ax.set(xlabel="labelled images $n$", title=f"$N$ = 600, noise variance {variance:g}")
        ax.legend(loc="upper right")

    return draw


def over_big_n(ax):
    theory = expected(geometry, missed, 200, big_n_grid, noise)
    panel(ax, (n == 200) & (sigma2 > 0), big_n_grid, theory, [0.4, 0.6, 0.8, 1], "N")
    ax.set(xlabel="unlabelled images $N$", title=f"$n$ = 200, noise variance {noise:g}")


# %% tags=["remove-output"]
n_grid, big_n_grid = np.linspace(135, 520, 200), np.linspace(130, 620, 200)
figure(
    "risks",
    over_n(0.0, [0.3, 0.4, 0.5]),
    over_n(noise, [0.4, 0.6, 0.8, 1, 1.4]),
    alt=[
        "Test errors against n without noise. The teacher's falls from the highest to the lowest, the "
        "others are nearly flat. Its points lie a little above its curve, the others on theirs.",
        "The same with noise: the teacher has the largest error at every n, then student, baseline "
        "and ceiling. The teacher's points lie a little above its curve.",
    ],
)
figure(
    "risks-in-big-n",
    over_big_n,
    alt="Test errors against N with noise at n = 200: teacher and baseline constant, student and "
    "ceiling falling. Points lie on or just above the curves.",
)

# %% tags=["hide-input"]
crossing = float(n_labelled_at_zero_gain(geometry, 600, missed))
pays = len(settings) - 1  # the last setting: n = 200, most unlabelled images, noise
rows = np.sum(weak**2, axis=1)
glue("crossing", crossing, display=False)
gaussian = weak.shape[1] * (weak.shape[1] + 2)  # mean of rows² for Gaussian features
glue("fourth", float(np.mean(rows**2) / gaussian), display=False)
for model in ("teacher", "student"):
    found_errors = errors[model].measured.mean
    deviation = found_errors / errors[model].predicted - 1
    glue(f"off_{model}", float(deviation[np.abs(deviation).argmax()]), display=False)
    glue(f"{model}_pays", float(found_errors[pays]), display=False)

# %% [markdown]
# {numref}`fig-digits-risks` shows the errors against the number of labels. Against the number of unlabelled images
# the prediction holds as well.
#
# ::::{admonition} The errors against the number of unlabelled images
# :class: dropdown
#
# :::{glue:figure} risks-in-big-n
# :name: fig-digits-big-n
#
# As in the second panel of {numref}`fig-digits-risks`, now against $N$. More unlabelled images help the student
# and the ceiling; the teacher and the baseline never see them.
# :::
# ::::
#
# ## New images
#
# So far predictions and measurements share the images. `diagnose` also withholds the labels of a fifth
# of them from its estimate, and tests on these what is trained on the others. This is a forecast for images
# whose labels it has not seen, from fewer rows and so with wider errors.

# %%
checked = w2s.diagnose(*arrays, **tried, **options)
print(checked.verdict.headline, *checked.verdict.because, sep="\n  ")
for c in checked.validation.comparisons:
    print(f"{c.model:>8}: predicted {c.predicted:.3f} ± {c.predicted_error:.3f}, "
          f"measured {c.measured:.3f} ± {c.measured_error:.3f}")  # fmt: skip

# %% [markdown]
# ## Where it fails
#
# {numref}`fig-digits-risks` is about one network with one set of random features. We repeat all of it, from
# the pretraining on, at $n = 400$, $N = 600$ and no noise, and look at the *lead* of the student over its
# teacher ({numref}`fig-leads`). Most pairs of models now lose by weak-to-strong learning: the teacher has
# enough labels, and $\rho_s > \rho_w$.


# %%
def another_draw(k, rng):
    """Predicted risks, measured test errors and PGR of a fresh pair of models."""
    fresh, at = digits(rng), {"n_labelled": failing, "n_unlabelled": 600}
    of_rows = {"heldout": 0, **at, **options}
    e = w2s.diagnose(fresh.weak, fresh.strong, fresh.parity, **of_rows).estimates
    models = e.strong.transform(fresh.strong), e.weak.transform(fresh.weak)
    split = measure(*models, fresh.parity, rng=rng, **at, noise=0.0, trials=trials)
    ratio = pgr(split.teacher, split.student, split.ceiling)
    return expected(e.geometry, e.noise.value, failing, 600, 0.0), split, ratio


# %% tags=["hide-input"]
redrawn = sweep(another_draw, range(draws), seed=seed + 1)
theories, redrawn_splits, ratios = zip(*redrawn, strict=True)
lead = compared(
    [float(theory.teacher - theory.student) for theory in theories],
    np.transpose([split.teacher - split.student for split in redrawn_splits]),
    draw=np.arange(draws),
)
losing = lead.predicted < -0.1 * np.array([float(theory.teacher) for theory in theories])
glue("losing", int(losing.sum()), display=False)
glue("draws", draws, display=False)


# %% tags=["remove-output"]
def leads(ax):
    ends = np.array([lead.predicted.min() - 0.01, lead.predicted.max() + 0.01])
    ax.plot(ends, ends, **BOUND.line, label="as predicted")
    points(ax, lead.predicted, lead.measured, STUDENT, label="measured")
    ax.axhline(0, **ACCENT.line, label="student = teacher")
    ax.set(xlabel="predicted lead of the student", ylabel="measured lead")
    ax.legend()


figure(
    "leads",
    leads,
    alt="Measured against predicted lead of the student over the teacher, one point for each draw. "
    "The points follow the diagonal, or lie just above it, from clearly negative leads to about zero.",
    size=(4.8, 2.9),
)

# %% [markdown]
# :::{glue:figure} leads
# :name: fig-leads
#
# Every point is another network with other random features, at $n = 400$, $N = 600$ and no noise. Below
# the dashed line the student is worse than its teacher. The formulas tell how much each pair of models
# loses; the small upward shift is the teacher's error above its prediction.
# :::
#
# PGR divides by the distance from teacher to ceiling. Where the teacher is better than the *ceiling*
# there is no gap to recover, and the ratio would be a number without a meaning, so `w2s.metrics.pgr`
# gives a reason instead of a value.

# %%
first_ratio = pgr(*(getattr(splits[pays], model) for model in ("teacher", "student", "ceiling")))
print(f"PGR with noise: {first_ratio.value:.3f} ± {first_ratio.standard_error:.3f}")
print(f"no noise, n = {failing}, the worst draw: {ratios[lead.predicted.argmin()].reason}")

# %% [markdown]
# ## Claims
#
# Agreement is claimed with a stated allowance beyond chance, because the features are not Gaussian and
# the geometry comes from a finite sample: {glue:text}`allowed_teacher:.0%` for the teacher, whose $n/d_w$ is
# small, {glue:text}`allowed_student:.0%` for the student, which inherits a part of that, and
# {glue:text}`allowed_ceiling:.0%` for the two models that see only the strong features. These numbers were set
# on other random draws, before this page was run.

# %%
ALLOWED = {"teacher": 0.08, "student": 0.05, "sft": 0.02, "ceiling": 0.02}
for model, allowance in ALLOWED.items():
    glue(f"allowed_{model}", allowance, display=False)
    beyond(
        f"practice.digits.{'weak' if model == 'teacher' else model}",
        f"The test error of the {LOOKS[model][1]} is the predicted one, within {allowance:.0%} and its "
        "standard error, at every n, N and noise.",
        errors[model].agrees(0.05, allowance=allowance),
        main=model in ("teacher", "student"),
    )

# %% [markdown]
# The allowance is tight enough to fail. As a control we let the curve that the paper's authors draw for the
# teacher take the same test. It is a lower bound that is sharp for many labels, was never meant for sizes like
# these, and does not pass.

# %%
drawn_in_paper = paper_risks(geometry, n, big_n, sigma2 + missed).teacher + missed
beyond(
    "practice.digits.asymptotic_teacher",
    "The large-n curve σ^2 d_w/n + ρ_w passes the same test for the teacher, within the same allowance.",
    compared(drawn_in_paper, errors["teacher"].measured, **sizes).agrees(0.1, ALLOWED["teacher"]),
    expect="fails",
)
beyond(
    "practice.digits.pgr",
    f"With noise, n = 200 and N = {unlabelled[-1]}, the PGR is the predicted one to 8% and its "
    "standard error.",
    compared(predicted.pgr[pays], Estimate(first_ratio.value, first_ratio.standard_error)).agrees(
        0.05, allowance=ALLOWED["teacher"]
    ),
)
wins = mean_and_error(tables["teacher"] - tables["student"])
student_error = Estimate(errors["student"].measured.mean, wins.standard_error)
beyond(
    "practice.digits.student_wins",
    "With noisy labels the student beats its teacher at every n and N.",
    compared(errors["teacher"].measured.mean, student_error, n=n, N=big_n)[sigma2 > 0].below(),
    main=True,
)

# %%
for model in ("teacher", "student"):
    again = np.transpose([getattr(split, model) for split in redrawn_splits])
    beyond(
        f"practice.digits.other_draws_{'weak' if model == 'teacher' else model}",
        f"With other networks and features, too, the test error of the {LOOKS[model][1]} is as "
        f"predicted, to {ALLOWED[model]:.0%} and its standard error.",
        compared(
            [float(getattr(theory, model)) for theory in theories], again, draw=np.arange(draws)
        ).agrees(0.05, allowance=ALLOWED[model]),
    )
beyond(
    "practice.digits.student_fails",
    "Without noise, for every pair of models for which the formulas predict a loss of more than a tenth "
    "of the teacher's error, the student is worse than its teacher.",
    compared(0, lead.measured, draw=np.arange(draws))[losing].below(),
    main=True,
)
reasons = [ratio.reason for ratio, loses in zip(ratios, losing, strict=True) if loses]
derived(
    "practice.digits.pgr_guarded",
    "For each of these pairs of models the PGR is refused, because the teacher is not clearly worse than "
    "the ceiling.",
    fact(all(reasons), shows=f"{sum(map(bool, reasons))} of {len(reasons)} refused"),
)

# %%
derived(
    "practice.digits.chance",
    "With shuffled rows the overlap T of these features is on average d_s d_w/m, which is that of random "
    "subspaces.",
    compared(estimates.null_mean, chance_overlap).agrees(0.01),
)
moments = JointMoments.from_blocks([(data.strong, data.weak, data.parity)])
noiseless = moments.estimate(energy=energy, intercept=True, noise=0.0).geometry
total = risks(noiseless, n, big_n, sigma2)
derived(
    "practice.digits.unknown_noise",
    "Calling noise what the two models together cannot explain changes no predicted test error.",
    exact(
        [getattr(predicted, model) for model in LOOKS],
        [getattr(total, model) for model in LOOKS],
        tolerance=1e-10,
    ),
)
withheld = checked.validation.comparisons[:4]  # without the leads
doubt = [np.hypot(c.predicted_error, c.measured_error) for c in withheld]
beyond(
    "practice.digits.held_out",
    f"With n = {tried['n_labelled']}, N = 600 and a fifth of the labels withheld, the four "
    "predicted test errors are those measured on the withheld images, within the stated errors.",
    compared(
        [c.predicted for c in withheld], Estimate([c.measured for c in withheld], doubt),
        model=[c.model for c in withheld],
    ).agrees(0.15),
)  # fmt: skip

# %% [markdown]
# ## What to notice
#
# * **When it helps.** With noisy labels and $n = 200$ the student's error is
#   {glue:text}`student_pays:.2f`, and its teacher's is {glue:text}`teacher_pays:.2f`. Little is inherited,
#   because the student shares only {glue:text}`shared:.0%` of the teacher's dimensions. Without noise
#   and with 400 labels, {glue:text}`losing` of {glue:text}`draws` other pairs of models are predicted to
#   lose clearly, and they do. The geometry says so before any model is trained.
# * **Where the formulas are off.** The largest deviations are {glue:text}`off_teacher:+.1%` for the teacher
#   and {glue:text}`off_student:+.1%` for the student. Where that is more than the allowance, the claim
#   holds only within the standard error. The mean fourth power of the length of the weak features is
#   {glue:text}`fourth:.2f` times the Gaussian value: heavier tails make the inverse of the sampled second
#   moment larger, and what the teacher misses is not independent of its features.
# * **Honest limits.** Except for the check on withheld images, predictions and measurements share the
#   images. That tests the formulas, not the forecast. Principal components come from all rows, as in the
#   authors' protocol. Near a crossing, where two risks differ by less than the allowance, the sign of the lead is not
#   predicted. Finally, $n$ must stay well above $d_w + 1$: with `energy = 0.999` more weak directions are
#   kept, and at $n = 150$ the teacher is clearly worse than predicted.
# * **What we add** to {cite:t}`dong2025` are estimates without sampling bias, the exact risks for fresh inputs,
#   and the refusal to print a PGR whose denominator is not clearly positive.
