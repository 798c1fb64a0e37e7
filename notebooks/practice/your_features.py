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
#     smoke: {rows: 6000}
# ---

# %% [markdown]
# (page-your-features)=
# # Your own features
#
# Give `w2s diagnose` the features of a weak and of a strong model on the same inputs, and some labels.
# It predicts whether a strong student trained on the weak teacher's labels beats its teacher, for any
# number $n$ of labels and $N$ of unlabelled inputs, and tests its predictions on rows that it has held
# back. The theory extends
# {cite:t}`dong2025` and is derived here ({ref}`labels of certainty <labels-of-certainty>`).
#
# ```
# python -m w2s diagnose --weak W.npy --strong S.npy --labels y.npy --n 100 --N 1000
# ```
#
# Add `--html report.html` for a page to keep, `--json` for a program, `--budget`, `--label-cost` and
# `--unlabelled-cost` to plan a purchase. `W.npy` may also be an array in an `.npz` archive
# (`all.npz:weak`), columns of a Parquet file (`all.parquet:w*`) or a Zarr array, of any length: the
# rows are read once, and memory does not grow with them.

# %% [markdown]
# ## Statement
#
# :::{prf:proposition} What the tool computes (derived here)
# :label: prop-your-features
# :nonumber:
#
# For Gaussian features and least squares, the expected test errors of teacher, student, SFT baseline
# and ceiling are exact functions of the sizes $n$, $N$ and of eight numbers: the dimensions $d_s$,
# $d_w$, the overlap $d_{s\wedge w}$, the misfits $\rho_s$, $a$, $b$, $c$ and the noise $\sigma^2$ (all in
# the {ref}`notation <notation>`). With $\kappa_N = d_s/(N-d_s-1)$ and $\rho_w = a + b$ the student leads
# its teacher by
#
# $$
# \begin{aligned}
# &(1-\kappa_N)\,\frac{\sigma^2+\rho_w}{n-d_w-1}\,(d_w-d_{s\wedge w})\\
# &\quad + b - \rho_s - \kappa_N c .
# \end{aligned}
# $$
# :::
#
# The eight numbers come from second moments of $(\varphi_s, \varphi_w, y)$, freed of their sampling
# bias; standard errors from a jackknife over groups of rows. A fifth of the labels is withheld from
# all this, and serves to test the predictions on models that are really trained.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
rows = 40000  # rows of the synthetic features
heavy_rows = 30000  # rows of the features with heavy tails
n = 100  # labels
N = 600  # unlabelled inputs
noise = 0.5  # variance of the label noise

# %%
import sys
import tempfile
from contextlib import chdir
from dataclasses import replace

import numpy as np
from myst_nb import glue

import w2s
from w2s.discrepancy.ridgeless import risks, student_risk
from w2s.discrepancy.subspaces import pair_with_cosines
from w2s.metrics import Estimate
from w2s.page.claims import beyond, derived, fact, inequality
from w2s.page.comparison import compared
from w2s.page.figures import figure
from w2s.practice.data.digits import digits
from w2s.practice.diagnosis import MODELS
from w2s.practice.report import to_terminal
from w2s.practice.report.panels import pictures

streams = np.random.default_rng(seed).spawn(5)
pair_rng, data_rng, heavy_rng, digits_rng, shuffle_rng = streams

# %% [markdown]
# ## Features with a known answer
#
# The strong model sees 20 directions of Gaussian inputs, the weak one 30. Four directions are shared
# fully, six in part, and most of the target lies in the four. Each model shows its directions in
# coordinates of its own: mixed, with a decaying spectrum, shifted, and in more columns than directions.
# The tool sees files and nothing else.


# %%
def two_models(pair, count, rng, scales=1.0):
    """Features of both models, and labels whose target the student can express."""
    latent = np.sqrt(scales) * rng.standard_normal((count, pair.dimension))
    labels = latent @ target + np.sqrt(noise) * rng.standard_normal(count)
    shown = []
    for basis, width in ((pair.weak, 40), (pair.strong, 24)):
        mix = rng.standard_normal((basis.shape[1], width)) / np.sqrt(width)
        decay = 1 / np.sqrt(1 + np.arange(basis.shape[1]))
        shown.append(latent @ basis * decay @ mix + rng.standard_normal(width))
    return *shown, labels


cosines = [1, 1, 1, 1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
pair = pair_with_cosines(20, 30, cosines, rng=pair_rng)
target = pair.strong @ np.array([0.5] * 4 + [0.04] * 16)
data = two_models(pair, rows, data_rng)
with tempfile.TemporaryDirectory() as folder, chdir(folder):
    for letter, array in zip("WSy", data, strict=True):
        np.save(f"{letter}.npy", array)
    found = w2s.diagnose(
        "W.npy", "S.npy", "y.npy",
        n_labelled=n, n_unlabelled=N, energy=1.0, seed=seed,
    )  # fmt: skip

# %%
to_terminal(found, sys.stdout)

# %% [markdown]
# That is the report as a terminal shows it: the answer, what it rests on, the check, the predictions,
# what to buy, the geometry, and what none of this can know. The same in pictures:

# %% tags=["remove-output", "hide-input"]
shown = pictures(found)
figure(
    "your-risks",
    *(picture.panel for picture in shown["risks"]),
    alt=[picture.alt for picture in shown["risks"]],
)
figure(
    "your-angles",
    *(picture.panel for picture in shown["geometry"]),
    alt=[picture.alt for picture in shown["geometry"]],
)

# %% [markdown]
# :::{glue:figure} your-risks
# :name: fig-your-risks
#
# Lines with bands of uncertainty: predicted test errors, left against the number of labels, right
# against the number of unlabelled inputs. Points: the errors measured on held-out rows at the sizes asked
# for (dotted). The teacher needs many labels; the student is better long before.
# :::
#
# :::{glue:figure} your-angles
# :name: fig-your-angles
#
# Left: the share of variance that the first principal components leave out says how many directions a
# model uses. Right: ten canonical correlations, and the constant that both models contain, stand out of
# what unrelated features would show.
# :::
#
# Here the truth behind {numref}`fig-your-risks` and {numref}`fig-your-angles` is known. It must lie where
# the tool says.

# %%
truth = replace(
    pair.geometry(target), d_strong=21, d_weak=31,  # the constant is one more
    overlap=pair.overlap + 1, signal=None,
)  # fmt: skip
exactly = risks(truth, n, N, noise)
true_errors = [
    float(risk) + noise for risk in (exactly.teacher, exactly.student, exactly.sft, exactly.ceiling)
]
e = found.estimates
glue("true_overlap", truth.overlap, display=False)
glue("overlap", e.overlap.value, display=False)
glue("overlap_error", e.overlap.standard_error, display=False)
glue("label_worth", found.purchase.exchange, display=False)

# %% [markdown]
# The overlap is {glue:text}`true_overlap:.2f`; the estimate is {glue:text}`overlap:.2f` ±
# {glue:text}`overlap_error:.2f`. At these sizes one more label is worth
# {glue:text}`label_worth:.0f` more unlabelled inputs.
#
# ## What it does with wrong input
#
# Three mistakes are common. **Rows that do not belong together**: the two files list the inputs in
# different orders. No error can be raised, but the overlap falls to what chance alone would give, and
# the report shows both numbers next to each other. (With identifiers in the files it *is* an error.)
# **Names of classes as labels** are refused. **Heavy tails**, features that are large together on
# some inputs, break the Gaussian formulas, and only the check can tell.

# %%
mixed = w2s.diagnose(
    data[0][shuffle_rng.permutation(rows)], *data[1:], n_labelled=n, n_unlabelled=N,
    energy=1.0, seed=seed,
)  # fmt: skip
scales = np.where(heavy_rng.random((heavy_rows, 1)) < 0.1, 5.5, 0.5)  # of mean 1
heavy = w2s.diagnose(
    *two_models(pair, heavy_rows, heavy_rng, scales), n_labelled=60, n_unlabelled=60,
    energy=1.0, seed=seed,
)  # fmt: skip
print("heavy tails:", heavy.verdict.headline, *heavy.verdict.because, sep="\n  ")

# %% [markdown]
# ## Real features
#
# The {ref}`digits <page-digits>`: the weak features are random ReLU features of 1297 images, the
# strong ones the hidden layer of a small network that was trained on others. The target is the parity
# of the digit. With so few rows the check is not sharp, and the report says how sharp it is.

# %%
images = digits(digits_rng)
arrays = images.weak, images.strong, images.parity
real = w2s.diagnose(*arrays, n_labelled=200, n_unlabelled=600, seed=seed)
print(real.verdict.headline, *real.verdict.because, sep="\n  ")
glue("resolution", real.validation.resolution, display=False)

# %% [markdown]
# ## Claims


# %% tags=["hide-input"]
def predictions(values, expected, **at):
    """Estimates with standard errors, against what they should be."""
    stated = Estimate([float(u.value) for u in values], [float(u.standard_error) for u in values])
    return compared(expected, stated, **at)


def held_out(diagnosis):
    """What was predicted and what was measured on held-out rows, model by model."""
    chosen = [c for c in diagnosis.validation.comparisons if c.model in MODELS]
    doubt = [np.hypot(c.predicted_error, c.measured_error) for c in chosen]
    measured = Estimate([c.measured for c in chosen], doubt)
    return compared([c.predicted for c in chosen], measured, model=np.arange(4))


derived(
    "practice.your_features.geometry",
    "Overlap, ρ_w and noise (constants 0, 1, 2), estimated from features in coordinates of "
    "their own, are the true ones within their standard errors.",
    predictions(
        [e.overlap, e.rho_weak, e.noise], [truth.overlap, truth.rho_weak, noise],
        constant=np.arange(3),
    ).agrees(20 / np.sqrt(rows)),
)  # fmt: skip
derived(
    "practice.your_features.errors",
    "The predicted test errors of all four models are the exact ones of the true geometry, within "
    "their standard errors.",
    predictions(
        [getattr(found.point, m) for m in MODELS], true_errors, model=np.arange(4)
    ).agrees(4 / np.sqrt(rows)),
)  # fmt: skip

# %% tags=["hide-input"]
derived(
    "practice.your_features.check",
    "Models trained on these features have the predicted test errors on held-out rows.",
    held_out(found).agrees(6 / np.sqrt(rows)),
)
beyond(
    "practice.your_features.digits",
    "On the digits, too, all four test errors on held-out images are as predicted.",
    held_out(real).agrees(0.15),
)
money = {"budget": 3000.0, "label_cost": 10.0, "unlabelled_cost": 1.0}
plan = w2s.diagnose(*data, energy=1.0, heldout=0, seed=seed, **money).purchase.plan
others = np.arange(40, 290)
derived(
    "practice.your_features.budget",
    "No other split of a budget of 3000, at 10 a label and 1 an unlabelled input, has a smaller "
    "predicted error of the student than the planned one.",
    inequality(
        student_risk(e.geometry, plan.n_labelled, plan.n_unlabelled, e.noise.value),
        student_risk(e.geometry, others, 3000 - 10 * others, e.noise.value),
        slack=2e-5,  # whole sizes
        at={"n": others},
    ),
)

# %% tags=["hide-input"]
chance = Estimate(mixed.estimates.raw_overlap, mixed.estimates.null_sd)
derived(
    "practice.your_features.shuffled",
    "When the rows of the two files do not belong together, the overlap of the samples is that "
    "of unrelated features.",
    compared(mixed.estimates.null_mean, chance).agrees(0.1),
)
beyond(
    "practice.your_features.heavy_tails",
    "Also on features with heavy tails, by a common random scale, the predicted test errors are "
    "those measured on held-out rows.",
    held_out(heavy).agrees(0.5),
    expect="fails",
)
beyond(
    "practice.your_features.withdrawn",
    "On features with heavy tails the diagnosis withdraws its predictions and names the reason.",
    fact(
        heavy.verdict.answer == "not to be believed"
        and any("heavy tails" in reason for reason in heavy.validation.reasons),
        shows=heavy.verdict.headline,
    ),
)

# %% [markdown]
# ## What to notice
#
# * **Read the check first.** A prediction that agrees with a blunt check has hardly been tested. On
#   the digits a deviation of {glue:text}`resolution:.0%` could have passed.
# * **What it cannot know.** It takes the features as frozen and every model as a least-squares fit on
#   them. It says nothing of full fine-tuning, of accuracy, or of inputs of another kind than the rows
#   it was given. It cannot tell label noise from signal that both models miss; test errors and PGR do
#   not depend on that, OPR does.
# * **Choices that matter.** `energy` decides how many principal components count as a model's
#   features. If you train on all of them, say `--energy 1`. `--mode official` repeats the choices of
#   the authors' code: no centring, no intercept, a tiny ridge on all directions; there the check often
#   answers that the cut-off is not what the trained models see
#   ({ref}`vision and text <page-vision-and-text>`).
# * **Sizes near the edge.** With $n$ just above $d_w + 1$ or $N$ just above $d_s + 1$ the mean error is
#   made by rare splits ({ref}`double descent <page-double-descent>`). The report warns, and gives no
#   number below the edge.
# * **On a cluster.** `--scheduler tcp://…` sends the pass to Dask workers that see the same files,
#   `--workers` to processes on this machine. The numbers are the same.
