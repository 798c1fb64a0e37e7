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
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here, extending {cite:t}`dong2025`): from the features of two models on the same
# inputs, and some labels, `w2s diagnose` predicts the test errors of teacher, student, baselines and their best
# mixture for any sizes, and so whether weak-to-strong learning helps.
#
# **Holds?** Yes, where the answer is known, and on the {ref}`digits <page-digits>` (a blunt check).
#
# **Where not**: on heavy-tailed features it withdraws its predictions. It says nothing about full
# fine-tuning.
# :::
#
# :::{glue:figure} your-risks
# :name: fig-your-risks
#
# Lines with bands of uncertainty: predicted test errors, first against the number of labels, second
# against the number of unlabelled inputs. Points: errors measured on held-out rows at the sizes asked for
# (dotted). The student needs far fewer labels than its teacher.
# :::
#
# ## Install and run
#
# The code is one git repository: clone the one that this book came from, or unpack its archive. In its folder,
#
# ```bash
# pip install .
# ```
#
# installs the package `w2s` and its command, which need CPython 3.11 or newer, NumPy, SciPy, Matplotlib, joblib and
# rich. (`make book` builds the whole book instead, in an environment of its own, see the {ref}`guide <guide>`.) Then
#
# ```bash
# w2s diagnose --weak weak.safetensors --strong strong.safetensors --labels labels.npy
# ```
#
# prints a report like the one below: first what to do with the labels (keep the weak model, train the student,
# fine-tune the strong one, or average these two with the weight $\xi$ on the student), then why, then the numbers.
# Say how many labels and unlabelled inputs you plan (`--n 200 --N 5000`), or what they cost (`--budget`, `--label-cost`,
# `--unlabelled-cost`). `--html report.html` writes a page to keep, also for a phone; `--json` is for programs
# (`w2s/practice/report/diagnosis.schema.json` describes its fields; `--full` adds curves, surface and spectra);
# `--fail-unless helps` ends with status 1 unless the student is predicted to beat its teacher.
# `w2s diagnose --help` explains the rest.
#
# ## The two files
#
# Row $i$ of both files and of the labels belongs to input $i$. A few thousand rows are enough to begin with, and
# some of them may have no label (`nan`). Two rules: the rows are independent (no two pieces of one document), and
# neither model was trained on these labels. Each recipe needs `pip install safetensors` and its library; the models
# are examples.
#
# :::{admonition} sentence-transformers
# :class: dropdown
#
# ```python
# import numpy as np
# from safetensors.numpy import save_file
# from sentence_transformers import SentenceTransformer
#
# texts = [...]  # your inputs
# labels = [...]  # a number for each
#
# models = {"weak": "all-MiniLM-L6-v2", "strong": "all-mpnet-base-v2"}
# for file, model in models.items():
#     features = SentenceTransformer(model).encode(texts, show_progress_bar=True)
#     save_file({"features": features}, f"{file}.safetensors")
# np.save("labels.npy", np.asarray(labels, dtype=float))
# ```
# :::
#
# :::{admonition} transformers
# :class: dropdown
#
# ```python
# import numpy as np
# import torch
# from safetensors.numpy import save_file
# from transformers import AutoModel, AutoTokenizer
#
# texts = [...]  # your inputs
# labels = [...]  # a number for each
#
# def mean_of_last_layer(name, size=32):
#     tokenizer = AutoTokenizer.from_pretrained(name)
#     tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
#     model, rows = AutoModel.from_pretrained(name).eval(), []
#     how = dict(padding=True, truncation=True, max_length=512, return_tensors="pt")
#     for start in range(0, len(texts), size):
#         tokens = tokenizer(texts[start : start + size], **how)
#         with torch.inference_mode():
#             hidden = model(**tokens).last_hidden_state.float()
#         mask = tokens["attention_mask"][:, :, None]
#         rows.append(((hidden * mask).sum(1) / mask.sum(1)).numpy())
#     return np.concatenate(rows)
#
# models = {"weak": "distilbert/distilroberta-base", "strong": "FacebookAI/roberta-large"}
# for file, model in models.items():
#     save_file({"features": mean_of_last_layer(model)}, f"{file}.safetensors")
# np.save("labels.npy", np.asarray(labels, dtype=float))
# ```
# :::
#
# :::{admonition} timm (or torchvision)
# :class: dropdown
#
# ```python
# import numpy as np
# import timm
# import torch
# from PIL import Image
# from safetensors.numpy import save_file
#
# paths = [...]  # your image files
# labels = [...]  # a number for each
#
# def pooled(name, size=64):
#     model = timm.create_model(name, pretrained=True, num_classes=0).eval()
#     config = timm.data.resolve_model_data_config(model)
#     look, rows = timm.data.create_transform(**config, is_training=False), []
#     for start in range(0, len(paths), size):
#         part = paths[start : start + size]
#         images = [look(Image.open(path).convert("RGB")) for path in part]
#         with torch.inference_mode():
#             rows.append(model(torch.stack(images)).numpy())
#     return np.concatenate(rows)
#
# models = {"weak": "resnet18.a1_in1k", "strong": "convnext_base.fb_in22k"}
# for file, model in models.items():
#     save_file({"features": pooled(model)}, f"{file}.safetensors")
# np.save("labels.npy", np.asarray(labels, dtype=float))
# ```
#
# With torchvision: `weights = torchvision.models.ResNet50_Weights.DEFAULT`,
# `model = torchvision.models.resnet50(weights=weights).eval()`, `model.fc = torch.nn.Identity()`, and
# `look = weights.transforms()`.
# :::
#
# Other files do as well: `.npy`, an array in an `.npz` archive (`all.npz:weak`), columns of a Parquet file
# (`all.parquet:w*`), HDF5, Arrow, Zarr, CSV, or a folder of parts. Their length does not matter: memory does not
# grow with the rows. In Python, `w2s.diagnose(weak, strong, labels)` takes paths or arrays, and a notebook shows what
# it returns.

# %% [markdown]
# ## Statement
#
# {cite:t}`dong2025`, as we read them, state the variance of the student and lower bounds of the other errors. The
# exact errors below, their estimates and the checks are derived here ({ref}`labels of certainty <labels-of-certainty>`).
# They hold for Gaussian features; for others the tool's own check decides. This page trains least squares
# (`--head ridgeless`), for which the formulas are exact; the default has a page of its own, {ref}`ridge heads
# <page-ridge-heads>`.
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
# (1-\kappa_N)\,\frac{\sigma^2+\rho_w}{n-d_w-1}\,(d_w-d_{s\wedge w}) + b - \rho_s - \kappa_N c .
# $$
# :::
#
# ## Why it is true
#
# The page on {ref}`when the student wins <page-when-w2s>` proves the formula. The eight numbers come from
# second moments of $(\varphi_s, \varphi_w, y)$, freed of their sampling bias, and their standard errors from a
# jackknife over groups of rows. A fifth of the labels is withheld from all this, and serves to test the
# predictions on models that are really trained.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
rows = 40000  # rows of the synthetic features
heavy_rows = 30000  # rows of the features with heavy tails
n = 100  # labels
N = 600  # unlabelled inputs
noise = 0.5  # variance of the label noise

# %%
import io
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
# The tool sees only the files.


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


# %%
cosines = [1, 1, 1, 1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
pair = pair_with_cosines(20, 30, cosines, rng=pair_rng)
target = pair.strong @ np.array([0.5] * 4 + [0.04] * 16)
data = two_models(pair, rows, data_rng)
asked = {"n_labelled": n, "n_unlabelled": N, "head": "ridgeless", "energy": 1.0, "seed": seed}
with tempfile.TemporaryDirectory() as folder, chdir(folder):
    for letter, array in zip("WSy", data, strict=True):
        np.save(f"{letter}.npy", array)
    found = w2s.diagnose("W.npy", "S.npy", "y.npy", **asked)

# %%
report = io.StringIO()
to_terminal(found, report)
print(report.getvalue().partition("\nGeometry\n")[0])

# %% [markdown]
# That is the report as a terminal shows it: the answer, what it rests on, the check, the predictions,
# and what to buy. The geometry, what none of this can know, and the input follow there. The same in pictures:

# %% tags=["remove-output"]
errors, angles = (pictures(found)[part] for part in ("risks", "geometry"))
figure("your-risks", *(one.panel for one in errors), alt=[one.alt for one in errors])
figure("your-angles", *(one.panel for one in angles), alt=[one.alt for one in angles])

# %% [markdown]
# :::{glue:figure} your-angles
# :name: fig-your-angles
#
# First: the share of variance that the first principal components leave out says how many directions a
# model uses. Second: ten canonical correlations, and the constant that both models contain, stand out
# against what unrelated features would show.
# :::
#
# Here the truth behind {numref}`fig-your-risks` and {numref}`fig-your-angles` is known, and the claims below
# compare it with what the tool says.

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
# the report shows both numbers next to each other. (If the files have identifiers, it *is* an error.)
# **Names of classes as labels** are no numbers: the tool then speaks of shares of wrong answers (for two classes of
# the AUC, too), and `--regression` says that ratings are numbers. **Heavy tails**: features that are large together on
# some inputs break the Gaussian formulas, and only the check can tell.

# %%
mixed = w2s.diagnose(data[0][shuffle_rng.permutation(rows)], *data[1:], **asked)
scales = np.where(heavy_rng.random((heavy_rows, 1)) < 0.1, 5.5, 0.5)  # of mean 1
heavy_data = two_models(pair, heavy_rows, heavy_rng, scales)
heavy = w2s.diagnose(*heavy_data, **asked | {"n_labelled": 60, "n_unlabelled": 60})
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
real = w2s.diagnose(*arrays, n_labelled=200, n_unlabelled=600, head="ridgeless", seed=seed)
print(real.verdict.headline, *real.verdict.because, sep="\n  ")
glue("resolution", real.validation.resolution, display=False)

# %% [markdown]
# ## Claims


# %%
def predictions(values, expected, **at):
    """Estimates with standard errors, against what they should be."""
    stated = Estimate([float(u.value) for u in values], [float(u.standard_error) for u in values])
    return compared(expected, stated, **at)


def held_out(diagnosis):
    """What was predicted and what was measured on held-out rows, model by model."""
    chosen = [c for c in diagnosis.validation.comparisons if c.model in MODELS]
    doubt = [np.hypot(c.predicted_error, c.measured_error) for c in chosen]
    measured = Estimate([c.measured for c in chosen], doubt)
    return compared([c.predicted for c in chosen], measured, model=[c.model for c in chosen])


derived(
    "practice.your_features.geometry",
    "The overlap d_{s∧w}, ρ_w and the noise σ^2, estimated from features in which each model has "
    "coordinates of its own, are the true ones within their standard errors.",
    predictions(
        [e.overlap, e.rho_weak, e.noise], [truth.overlap, truth.rho_weak, noise],
        quantity=["overlap", "ρ_w", "noise"],
    ).agrees(20 / np.sqrt(rows)),
    main=True,
)  # fmt: skip
derived(
    "practice.your_features.errors",
    "The predicted test errors of all four models are the exact ones of the true geometry, within "
    "their standard errors.",
    predictions([getattr(found.point, m) for m in MODELS], true_errors, model=MODELS).agrees(
        4 / np.sqrt(rows)
    ),
    main=True,
)  # fmt: skip

# %%
derived(
    "practice.your_features.check",
    "Models that are really trained on these features have the predicted test errors on held-out rows.",
    held_out(found).agrees(6 / np.sqrt(rows)),
    main=True,
)
beyond(
    "practice.your_features.digits",
    "On the digits, too, all four test errors on held-out images are those predicted, within the errors "
    "that are stated.",
    held_out(real).agrees(0.15),
)
money = {"budget": 3000.0, "label_cost": 10.0, "unlabelled_cost": 1.0}
plan = w2s.diagnose(
    *data, head="ridgeless", energy=1.0, heldout=0, seed=seed, **money
).purchase.plan
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

# %%
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
    "On features with heavy tails the diagnosis withdraws its predictions, and names the tails as the "
    "reason.",
    fact(
        heavy.verdict.answer == "not to be believed"
        and any("heavy tails" in reason for reason in heavy.validation.reasons),
        shows=heavy.verdict.headline,
    ),
    main=True,
)

# %% [markdown]
# ## What to notice
#
# * **Read the check first.** A prediction that agrees with a blunt check has hardly been tested. On
#   the digits a deviation of {glue:text}`resolution:.0%` could have passed.
# * **Honest limits.** The tool takes the features as frozen and every model as a linear fit on them. It says
#   nothing about full fine-tuning, about other losses than the squared error (for classes: than wrong answers), or
#   about inputs of another kind than the rows it was given. It cannot tell label noise from signal that both models miss; test errors and PGR do
#   not depend on that, but OPR does.
# * **Choices that matter.** Say by `--head` what you train on the features. `ridge`, the default, is what most people
#   train: every column, with a penalty chosen by cross-validation (or yours, `--ridge`;
#   {ref}`ridge heads <page-ridge-heads>`). `logistic`, for classes, is trained in the check and predicted by the
#   margins of ridge scores (`--help` says how near they are). `ridgeless` is the theory of
#   this page: least squares on the principal components that carry the share `--energy` of the variance.
#   `official` repeats the choices of the authors' code: no centring, no intercept, and a tiny ridge on all directions.
#   There the check often answers that the cut-off is not what the trained models see
#   ({ref}`vision and text <page-vision-and-text>`).
# * **Sizes near the edge.** With $n$ just above $d_w + 1$ or $N$ just above $d_s + 1$ a few rare splits
#   determine the mean error ({ref}`double descent <page-double-descent>`). The report warns, and gives no
#   number below the edge.
# * **On a cluster.** `--scheduler tcp://…` (or `tls://…`) sends the pass over the rows to Dask workers that see the same
#   files, and `--workers` sends it to processes on this machine. The numbers are the same.
#
# ## Exercises

# %% tags=["remove-output", "hide-input"]
many = np.arange(truth.d_weak + 2, 2000)
alone, here = (risks(e.geometry, k, N, e.noise.value) for k in (many, n))
glue("as_good", int(many[np.argmax(alone.teacher <= here.student)]), display=False)
turning = 2 * truth.d_strong + 1
even = risks(truth, many, turning, noise)
np.testing.assert_allclose(even.student, even.teacher, rtol=1e-9)
glue("turning", turning, display=False)
few = w2s.diagnose(*(x[:300] for x in data), **asked | {"n_labelled": 60, "n_unlabelled": 150})
glue("few", few.verdict.because[0], display=False)

# %% [markdown]
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In the first panel of {numref}`fig-your-risks`, how many labels does the teacher need to be as good as its
# student is with a hundred?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# Go to the right from the student's curve at the dotted line until you meet the teacher's curve. By the
# formulas this is at $n$ = {glue:text}`as_good`.
# ::::
#
# ::::{admonition} Exercise 2. A step of the proof
# :class: w2s-exercise
#
# Suppose that the student can express the target, so that $\rho_s = 0$. Show that $c = b$, and that the
# student beats its teacher exactly for $N > 2d_s + 1$, whatever $n$ and the noise.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# What the student cannot express of $f_*$ is nothing, so what it cannot express of the best weak function is
# minus what it cannot express of the rest of $f_*$: the energies $c$ and $b$ are equal. The lead becomes
# $(1-\kappa_N)\,\bigl(\tau^2\,(d_w - d_{s\wedge w}) + b\bigr)$ with
# $\tau^2 = (\sigma^2+\rho_w)/(n-d_w-1)$. Its second factor is positive (unless the models see the same), and
# $\kappa_N < 1$ means $N > 2d_s + 1$. Here that is $N$ = {glue:text}`turning`, where the exact errors of
# teacher and student agree for every $n$, as this page has checked.
# ::::
#
# ::::{admonition} Exercise 3. Change something
# :class: w2s-exercise
#
# Give the tool only the first 300 rows, and ask for 60 labels and 150 unlabelled inputs. What does it say
# about its own check?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# `w2s.diagnose(W[:300], S[:300], y[:300], n_labelled=60, n_unlabelled=150, head="ridgeless", energy=1.0)` puts
# first that the prediction is *{glue:text}`few`*.
# ::::
