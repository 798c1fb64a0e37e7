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
#     smoke: {trials: 18}
# ---

# %% [markdown]
# (page-feature-width)=
# # Reading a feature width
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here, about the protocol of {cite:t}`dong2025`): the errors of a linear probe with a tiny ridge depend on the *width* of its features, not on their cut-off dimension, and the error curve reveals this width.
#
# **Holds?** Yes, on synthetic features with a flat and with a falling spectrum.
#
# **Where not**: the reading is good to about a quarter, and needs a ridge so small that it shrinks nothing.
# :::
#
# :::{glue:figure} widths
# :name: fig-widths
#
# The student's test error against the number of unlabelled samples, for two spectra with the same width (dotted):
# both curves blow up towards it and follow the fitted law. Bars: two standard errors over splits.
# :::
#
# ## Statement
#
# The proposition is derived here. The splits, the ridge of $10^{-6}$ and the noise on all training labels are those
# of the authors' UTKFace notebook ({ref}`labels of certainty <labels-of-certainty>`).
#
# :::{prf:proposition} Reading a width from an error curve (derived here)
# :label: prop-width
# :nonumber:
#
# For Gaussian features of width $D_s$ the mean squared error of a ridgeless student is, as a function of
# $N$, with constants $A$ and $B$,
#
# $$
# \mathrm{MSE}(N) = A + B\,\frac{D_s}{N - D_s - 1}
# $$
#
# for $N > D_s + 1$, and the same holds for the SFT baseline with $n$ in place of $N$. The spectrum of the features does not matter.
# :::
#
# ## Why it is true
#
# The {ref}`exact risk <page-bias>` is $\rho_s + a + \kappa_N c + \tau^2(d_{s\wedge w} + \kappa_N(d_w - d_{s\wedge w}))$: it is
# linear in $\kappa_N = D_s/(N - D_s - 1)$ and depends on $N$ in no other way. A penalty of $10^{-6}$ on features of
# ordinary size shrinks nothing, so every direction counts, however weak. The curve has its
# {ref}`peak <page-double-descent>` at $N = D_s$, and its bend determines $D_s$.

# %% tags=["parameters"]
profile = "paper"  # "paper" or "smoke": which scale the numbers are for
seed = 2025
width = 48  # D_s of the synthetic features
trials = 60  # random splits per point

# %%
import numpy as np
from myst_nb import glue

from w2s.discrepancy.dimensions import intrinsic_dimension, second_moment_spectrum
from w2s.discrepancy.feature_width import read_width, student_errors
from w2s.discrepancy.subspaces import axis_aligned_pair
from w2s.metrics import mean_and_error
from w2s.page.claims import beyond, derived, interval
from w2s.page.figures import BOUND, STUDENT, WEAK, figure, points, ticks

rng = np.random.default_rng(seed).spawn(1)[0]

# %% [markdown]
# ## Features whose width we know
#
# Gaussian features, once with equal variances and once with variances that fall like $1/i^2$, so that the cut-off
# dimension $d(0.99)$ is about half the width. Everything else is the authors' protocol for UTKFace at a smaller
# size: fixed test rows, ridge $10^{-6}$, noise on all training labels.

# %%
data_rows, n_labelled = 8000, 6 * width
sizes = [int(k * width) for k in np.geomspace(1.25, 15, 12)]  # N
pair = axis_aligned_pair(width, 2 * width, width // 4)
spectra = {"flat": np.ones(width), "falling": 1 / np.arange(1, width + 1)}
errors, readings, cutoff = {}, {}, {}
for name, scale in spectra.items():
    latent = rng.standard_normal((data_rows, pair.dimension))
    strong, weak, clean = latent @ pair.strong * scale, latent @ pair.weak, latent.sum(axis=1) * 0.3
    labels = clean + 2.0 * rng.standard_normal(data_rows)
    errors[name] = student_errors(
        weak, strong, clean, labels, n_labelled, sizes, test_rows=data_rows // 4, trials=trials
    )
    readings[name] = read_width(sizes, errors[name])
    cutoff[name] = intrinsic_dimension(second_moment_spectrum(strong))


# %% tags=["remove-output"]
def two_spectra(ax):
    line = np.geomspace(sizes[0], sizes[-1], 200)
    for role, (name, curve) in zip((STUDENT, WEAK), measured.items(), strict=True):
        points(ax, sizes, curve, role)
        ax.plot(line, readings[name].error(line), **role.line, label=f"{name} spectrum")
    ax.axvline(width, **BOUND.line)
    ax.set(xlabel="unlabelled samples N", ylabel="student's test error", xscale="log", yscale="log")
    ticks(ax, x=[50, 100, 200, 400], y=[15, 20, 30, 50])
    ax.legend()


measured = {name: mean_and_error(curve, axis=1) for name, curve in errors.items()}
figure(
    "widths",
    two_spectra,
    alt="Student's test error against N for synthetic features with a flat and a falling spectrum, "
    "log-log: both blow up towards the same width and follow the fitted law.",
    size=(5.0, 2.9),
)
glue("width", width, display=False)
glue("flat_width", readings["flat"].width, display=False)
glue("falling_width", readings["falling"].width, display=False)
glue("falling_cutoff", cutoff["falling"], display=False)

# %% [markdown]
# The width is {glue:text}`width`. The fit reads {glue:text}`flat_width:.1f` from the flat spectrum and
# {glue:text}`falling_width:.1f` from the falling one, whose cut-off dimension is {glue:text}`falling_cutoff`.
#
# ## Claims

# %%
for name, found in readings.items():
    derived(
        f"discrepancy.vision_and_text.width_{name}",
        f"From the student's curve on features of width {width} with a {name} spectrum the fit "
        "reads the width, within a quarter.",
        interval(found.width, found.standard_error, low=0.75 * width, high=1.25 * width),
        main=True,
    )
falling = readings["falling"]
beyond(
    "discrepancy.vision_and_text.not_the_cutoff",
    "The fit does not read the cut-off dimension: with the falling spectrum the reading exceeds "
    "d(0.99) by more than a quarter.",
    interval(falling.width, falling.standard_error, low=1.25 * cutoff["falling"]),
    main=True,
)

# %% [markdown]
# ## What to notice
#
# * **Widths, not cut-offs** ({numref}`fig-widths`). With ridge $10^{-6}$ all directions of the features take part. A cut-off dimension
#   describes the energy of the features, not what this estimator does with them.
# * **Near the peak.** The authors' UTKFace grids start at $n = 800$ and $N = 1000$ with a student of width 768: by the formula above
#   their first points lie on the flank of the peak. Whether they do can be read from the curves once features are present.
# * **Honest limits.** The features here are Gaussian. The page on {ref}`vision and text <page-vision-and-text>` applies the same fit to
#   features of real images, and is ready for those of the four data sets of the paper.
