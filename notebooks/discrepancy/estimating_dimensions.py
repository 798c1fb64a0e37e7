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
#     smoke: {repeats: 150, draws: 6000, designs: 60, resolution: 0.04}
# ---

# %% [markdown]
# (page-estimating-dimensions)=
# # Measuring the dimensions and the overlap
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here, about the procedure in the public code of {cite:t}`dong2025`): compared in feature coordinates, two models of different widths always show the overlap of unrelated subspaces; compared as functions, they show the overlap that enters every risk.
#
# **Holds?** Yes, proved and simulated; the five overlaps printed by the authors' notebook are what chance gives.
#
# **Where not**: the paper's theorems and synthetic figures are not affected, since their overlaps are known.
# :::
#
# :::{glue:figure} estimators
# :name: fig-overlap-estimators
#
# First: both estimators on models that share 0, 10 or 30 functions; bars are two standard deviations of
# a single estimate, the horizontal line is the overlap of unrelated subspaces. Second: the five overlaps
# printed by the authors' UTKFace notebook (RN: ResNet) minus the mean of unrelated subspaces, in standard
# deviations (band: ± 2).
# :::
#
# ## Statement
#
# Nothing on this page is from the text of the paper. The procedure examined ({certainty}`Estimators of the dimensions`) is that of the
# authors' public code (repository `dyjdongyijun/w2s_intrinsic_dim`, file `linear_probing/utkface.ipynb`, as of
# 8 June 2025, commit `85786f9`). What is found concerns models of
# *different widths*. For equal widths no random matrix is used there, and the estimate depends on the
# coordinates in which the features happen to be written.
#
# :::{prf:theorem} The overlap of unrelated subspaces (derived here)
# :label: thm-haar-null
# :nonumber:
#
# Let $\mathcal V_s$ be a uniformly random $d_s$-dimensional subspace of $\mathbb R^D$ and $\mathcal V_w$ any subspace of
# dimension $d_w$, independent of it. Then
#
# $$
# \mathbb E\,\lVert V_s^\top V_w\rVert_F^2 = \frac{d_s d_w}{D}, \qquad
# \mathrm{Var} = \frac{2\, d_s d_w (D-d_s)(D-d_w)}{D^2 (D-1)(D+2)}.
# $$
# :::
#
# The estimator of the public code keeps the leading $d_s$ and $d_w$ eigenvectors of the two second moments
# $\frac1m\Phi_s^\top\Phi_s$ and $\frac1m\Phi_w^\top\Phi_w$, in feature coordinates. If the widths differ, the wider feature
# matrix is first multiplied by a Gaussian matrix with as many columns as the narrower one.
#
# :::{prf:proposition} In feature coordinates, models of different widths look unrelated (derived here)
# :label: prop-parameter-null
# :nonumber:
#
# For any two feature matrices of different widths, that estimator has exactly the law of the theorem, with
# $D$ the smaller width. It does not depend on what the models share.
# :::
#
# :::{prf:proposition} In function values, the true overlap (derived here)
# :label: prop-function-overlap
# :nonumber:
#
# Let $T = \lVert Q_s^\top Q_w\rVert_F^2$, with orthonormal bases $Q_s, Q_w$ of the two feature matrices on the same
# $m > d_s + d_w$ inputs. $T$ does not change under invertible linear maps of either feature vector. For Gaussian features
# with canonical cosines 0 or 1,
#
# $$
# \mathbb E\,T = d + \frac{(d_s - d)(d_w - d)}{m - d}
# $$
#
# with $d = d_{s\wedge w}$, and solving this for $d$ gives the corrected estimate $\frac{mT - d_s d_w}{m + T - d_s - d_w}$.
# :::
#
# ## Why it is true
#
# *Null.* Let $P$ project on $\mathcal V_s$ and $A = V_wV_w^\top - \frac{d_w}{D}I$, so that the overlap is
# $\frac{d_sd_w}{D} + \operatorname{tr}(PA)$. Its mean follows from $\mathbb E P = \frac{d_s}{D}I$ and
# $\operatorname{tr}A = 0$. For the variance, $P - \frac{d_s}{D}I$ is a random element of the traceless symmetric matrices, a
# space of dimension $\frac12(D-1)(D+2)$ on which rotations act irreducibly; so all directions are equally likely, and
#
# $$
# \mathbb E\operatorname{tr}(PA)^2 = \frac{d_s(D-d_s)/D}{(D-1)(D+2)/2}\,\lVert A\rVert_F^2,
# $$
#
# with $\lVert A\rVert_F^2 = d_w(D-d_w)/D$.
#
# *Feature coordinates.* Let $M$ be the second moment of the wider model and $G$ the Gaussian matrix. For a
# rotation $O$, $GO$ has the law of $G$; so $G^\top M G$ has the law of $O^\top G^\top M G\,O$, and its leading
# eigenvectors span a uniformly random subspace, independent of the other model.
#
# *Function values.* The column spaces of $\Phi_s$ and $\Phi_w$ in $\mathbb R^m$ are the sampled functions; a linear
# map of the features does not move them. Shared functions lie in both. Outside them the two spaces are unrelated uniform
# subspaces of $\mathbb R^{m-d_{s\wedge w}}$: the theorem again, now as a bias to remove.

# %% tags=["parameters"]
profile = "paper"  # "paper" or "smoke": which scale the numbers are for
seed = 2025
d_strong, d_weak = 30, 40
width_strong, width_weak = 60, 100  # numbers of features
overlaps = [0, 10, 30]  # what the two models truly share
inputs = 600  # m, inputs on which both are evaluated
repeats = 500  # repetitions per overlap
draws = 20000  # random subspaces for the null
designs = 200  # simulated students
resolution = 0.02  # largest relative standard error

# %%
import numpy as np
from myst_nb import glue

from w2s.discrepancy.dimensions import (
    correlation_dimension,
    haar_null,
    intrinsic_dimension,
    overlap_in_functions,
    overlap_in_parameters,
    second_moment_spectrum,
)
from w2s.discrepancy.ridgeless import student_variance
from w2s.discrepancy.simulate import noise_averaged
from w2s.discrepancy.subspaces import Geometry, axis_aligned_pair, pair_with_cosines, random_basis
from w2s.metrics import Estimate, mean_and_error
from w2s.page.claims import derived, exact, inequality, interval, reading
from w2s.page.comparison import compared, joined
from w2s.page.figures import BOUND, STUDENT, WEAK, figure

map_rng, null_rng, student_rng = np.random.default_rng(seed).spawn(3)

# %% [markdown]
# ## Two feature maps of one latent
#
# Both models see linear functions of one Gaussian latent and share 0, 10 or 30 of them. Each writes its
# functions in its own coordinates, as networks do: through a random embedding and with a decaying spectrum.


# %%
def feature_maps(overlap, rng):
    """Two feature matrices on common inputs, and the functions behind them."""
    pair = axis_aligned_pair(d_strong, d_weak, overlap)
    latent = rng.standard_normal((inputs, pair.dimension))
    functions = latent @ pair.strong, latent @ pair.weak
    return [
        values / np.sqrt(1 + np.arange(d)) @ random_basis(width, d, rng).T
        for values, d, width in zip(
            functions, (d_strong, d_weak), (width_strong, width_weak), strict=True
        )
    ], functions


names = ["parameters", "functions", "raw"]
repeated = []  # of shape (overlaps, repeats, estimators)
for overlap in overlaps:
    rows = []
    for _ in range(repeats):
        (strong, weak), functions = feature_maps(overlap, map_rng)
        both = strong, weak, d_strong, d_weak
        in_parameters = overlap_in_parameters(*both, map_rng)
        rows.append([in_parameters, overlap_in_functions(*both), correlation_dimension(*functions)])
    repeated.append(rows)
found = dict(zip(names, np.transpose(repeated, (2, 1, 0)), strict=True))  # (repeats, overlaps)

narrower = min(width_strong, width_weak)
null_mean, null_variance = haar_null(d_strong, d_weak, narrower)
glue("null_mean", float(null_mean), display=False)
glue("null_sd", float(np.sqrt(null_variance)), display=False)
glue("wider_mean", float(haar_null(d_strong, d_weak, width_weak)[0]), display=False)

# %% [markdown]
# For unrelated subspaces the theorem gives {glue:text}`null_mean:.0f` ± {glue:text}`null_sd:.2f` here.
#
# ## What the public code printed
#
# The UTKFace notebook of the public code prints, for five teachers and the student CLIP ViT-B/32 (width 768,
# $d_s = 443$ at the cut-off 0.99), the cut-off dimension and the correlation dimension, the latter from one Gaussian matrix.
# The dimensions and overlaps of the next cell are quoted from that output. {numref}`fig-overlap-estimators`
# compares both with unrelated subspaces.

# %%
clip_width, clip_dimension = 768, 443
printed = {  # teacher: width, cut-off dimension d_w, printed correlation dimension
    "ResNet-18": (512, 194, 167.64),
    "ResNet-34": (512, 150, 129.97),
    "ResNet-50": (2048, 522, 301.06),
    "ResNet-101": (2048, 615, 354.52),
    "ResNet-152": (2048, 589, 339.90),
}
nulls = np.array(
    [haar_null(clip_dimension, d, min(wide, clip_width)) for wide, d, _ in printed.values()]
)
values = np.array([value for *_, value in printed.values()])
scores = (values - nulls[:, 0]) / np.sqrt(nulls[:, 1])


# %% tags=["remove-output"]
def two_estimators(ax):
    ax.plot([-2, 32], [-2, 32], **BOUND.line, label="truth")
    for name, role, words in (
        ("functions", STUDENT, "in function values"),
        ("parameters", WEAK, "in feature coordinates"),
    ):
        mean, spread = found[name].mean(axis=0), found[name].std(axis=0, ddof=1)
        ax.errorbar(overlaps, mean, 2 * spread, **role.dots, label=words)
    ax.plot([-2, 32], [null_mean, null_mean], **WEAK.line, label="unrelated subspaces")
    ax.set(xlabel="functions shared", ylabel="estimated overlap", ylim=(-3, 45))
    ax.legend(loc="upper left")


def printed_values(ax):
    places = np.arange(len(printed))
    ax.fill_between([-0.5, len(printed) - 0.5], -2, 2, **WEAK.band)
    ax.plot(places, scores, **WEAK.dots)
    ax.axhline(0, **BOUND.line)
    ax.set(ylim=(-4, 4), xlim=(-0.5, len(printed) - 0.5))
    ax.set(ylabel="standard deviations from unrelated")
    ax.set_xticks(places, [name.replace("ResNet-", "RN-") for name in printed])


# %% tags=["remove-output"]
figure(
    "estimators",
    two_estimators,
    printed_values,
    alt=[
        "Estimated overlap against the number of shared functions, 0, 10 and 30. The estimator on "
        "function values lies on the diagonal; the one in feature coordinates stays at the "
        "level of unrelated subspaces, 20.",
        "Printed UTKFace overlaps of five teachers minus the null mean, in null standard "
        "deviations: all five lie between minus two and two.",
    ],
)

# %% [markdown]
# ## Intrinsic dimension
#
# The cut-off dimension $d(\tau) = \min\{k : \lambda_1 + \dots + \lambda_k \ge \tau\operatorname{tr}\}$ counts the directions that carry variance. A ridgeless
# fit uses every direction, however small its variance. So $d(\tau)$ changes when a feature is
# rescaled, and no risk does.

# %%
(strong, weak), functions = feature_maps(overlaps[1], map_rng)
rescaled = functions[0] * np.geomspace(1, 1e-3, d_strong)
spectra = {
    "as given": second_moment_spectrum(strong),
    "rescaled": second_moment_spectrum(rescaled),
}
cutoff = {name: intrinsic_dimension(values) for name, values in spectra.items()}
rank = int(np.sum(spectra["as given"] > 1e-12 * spectra["as given"][0]))
glue("cutoff_given", cutoff["as given"], display=False)
glue("cutoff_rescaled", cutoff["rescaled"], display=False)
glue("rank_given", rank, display=False)

# %% [markdown]
# The same {glue:text}`rank_given` functions have $d(0.99) =$ {glue:text}`cutoff_given` in one scaling and {glue:text}`cutoff_rescaled` in another.
# Which number a fit obeys depends on its ridge.
#
# ## Claims

# %%
cases = [(4, 5, 12), (30, 40, 60), (2, 30, 40)]
means, variances = [], []
for d_s, d_w, D in cases:
    mean, variance = haar_null(d_s, d_w, D)
    count = max(draws // D, 400)
    seen = np.array([np.sum(random_basis(D, d_s, null_rng)[:d_w] ** 2) for _ in range(count)])
    means.append(compared(mean, seen))
    variances.append(compared(variance, (seen - mean) ** 2))
where = dict(zip(("d_s", "d_w", "D"), np.transpose(cases), strict=True))
derived(
    "discrepancy.estimating_dimensions.null_mean",
    "The mean overlap of unrelated subspaces is d_s d_w/D.",
    joined(means, **where).agrees(resolution),
    main=True,
)
derived(
    "discrepancy.estimating_dimensions.null_variance",
    "The variance of the overlap of unrelated subspaces is "
    "2 d_s d_w (D − d_s)(D − d_w)/(D²(D − 1)(D + 2)).",
    joined(variances, **where).agrees(6 * resolution),
)

# %%
reading(
    "discrepancy.estimating_dimensions.measures_overlap",
    "The estimator in feature coordinates measures the overlap of two models of different "
    "widths, within 2 dimensions.",
    compared(overlaps, found["parameters"], shared=overlaps).identical(2.0, absolute=True),
    source="dong2025, public code",
    expect="fails",
    instead="It has the mean and the variance of unrelated subspaces, d_s d_w/D with D the smaller "
    "width, whatever the models share; the overlap is measured in function values.",
    main=True,
)
moments = [
    compared(null_mean, found["parameters"]),
    compared(null_variance, (found["parameters"] - null_mean) ** 2),
]
derived(
    "discrepancy.estimating_dimensions.returns_null",
    "The estimator in feature coordinates has the mean and the variance of unrelated subspaces, "
    f"whether the models share {', '.join(map(str, overlaps[:-1]))} or {overlaps[-1]} functions.",
    joined(moments, moment=[["mean"], ["variance"]], shared=overlaps).agrees(10 * resolution),
)
derived(
    "discrepancy.estimating_dimensions.printed_values",
    "All five correlation dimensions printed in the authors' UTKFace notebook agree with unrelated "
    "subspaces.",
    # One printed value is one draw of the null, so its standard error is the null's s.d.
    compared(nulls[:, 0], Estimate(values, np.sqrt(nulls[:, 1])), teacher=[*printed]).agrees(0.01),
    source="dong2025, public code (printed output of its UTKFace notebook)",
    main=True,
)

# %%
biased = [k + (d_strong - k) * (d_weak - k) / (inputs - k) for k in overlaps]
derived(
    "discrepancy.estimating_dimensions.raw_mean",
    "The overlap of sampled function values has the mean d + (d_s − d)(d_w − d)/(m − d), "
    "d being the truth.",
    compared(biased, found["raw"], shared=overlaps).agrees(resolution),
)
in_functions = mean_and_error(found["functions"])
for k, center, error in zip(overlaps, *in_functions, strict=True):
    derived(
        f"discrepancy.estimating_dimensions.truth_{k}",
        f"On models that share {k} functions the corrected estimator on function values "
        f"returns {k} on average, within a tenth.",
        interval(center, error, low=k - 0.1, high=k + 0.1),
        main=k == overlaps[1],
    )
angled = pair_with_cosines(d_strong, d_weak, np.linspace(1, 0.1, 20))
latents = (map_rng.standard_normal((inputs, angled.dimension)) for _ in range(repeats))
estimates = [
    overlap_in_functions(z @ angled.strong, z @ angled.weak, d_strong, d_weak) for z in latents
]
derived(
    "discrepancy.estimating_dimensions.generic_angles",
    "With twenty canonical cosines between 0.1 and 1 the corrected estimator returns the sum of "
    "their squares, within 1%.",
    # The remaining bias is about −Σ cos²(1 − cos²)/m, less than 0.01 here.
    compared(angled.overlap, estimates).agrees(resolution, allowance=0.01),
)

# %%
turned = strong @ map_rng.standard_normal((width_strong, width_strong)), weak * 3.0
derived(
    "discrepancy.estimating_dimensions.invariance",
    "The function-space overlap does not change when a model's features are mixed by an "
    "invertible matrix.",
    exact(
        overlap_in_functions(strong, weak, d_strong, d_weak),
        overlap_in_functions(*turned, d_strong, d_weak),
        tolerance=1e-9,
    ),
)
rotation = random_basis(width_weak, width_weak, map_rng)
same = overlap_in_parameters(weak, weak, d_weak, d_weak, map_rng)
apart = overlap_in_parameters(weak, weak @ rotation, d_weak, d_weak, map_rng)
derived(
    "discrepancy.estimating_dimensions.rotation",
    "Also with equal widths the estimator in feature coordinates depends on the coordinates: "
    f"rotating one of two identical models lowers it from {same:.0f} to less than half of that.",
    inequality(apart, same / 2),
)

# %%
n, N, noise = 3 * d_weak, 6 * d_strong, 1.0
truth = axis_aligned_pair(d_strong, d_weak, overlaps[0])
student = noise_averaged(truth, None, n, N, noise, designs, student_rng).student


def predicted(overlap):
    """The student's variance by the exact formula, at an estimated overlap."""
    return student_variance(Geometry(d_strong, d_weak, overlap), n, N, noise)


derived(
    "discrepancy.estimating_dimensions.prediction",
    "Fed with the function-space estimate, the exact formula predicts the measured variance of "
    "the student within 2%, where the models share nothing.",
    # An overlap wrong by 0.1 moves the prediction by 1%.
    compared(predicted(max(in_functions.mean[0], 0.0)), student).agrees(resolution, allowance=0.02),
)
derived(
    "discrepancy.estimating_dimensions.misprediction",
    "Fed with the overlap in feature coordinates, the exact formula predicts more than twice the "
    "measured variance.",
    compared(predicted(found["parameters"][:, 0].mean()), 2 * student).below(),
)

# %% [markdown]
# ## What to notice
#
# * **A ratio of widths.** For unrelated subspaces $d_{s\wedge w}/d_w = d_s/D$ with $D$ the smaller width. In the UTKFace figures
#   the two narrow teachers (512 features) have one ratio and the three wide ones (2048, cut to CLIP's 768) another;
#   the order of these ratios reflects the widths, not what the networks share.
# * **What this does not say.** The theorems about $d_{s\wedge w}$, and the synthetic figures, whose overlaps are known
#   by construction, are not affected. We have not measured the function-space overlap of those networks: that needs
#   their features.
# * **What to use.** Evaluate both feature maps on the same inputs, many more than $d_s + d_w$, and correct for
#   chance: `w2s.discrepancy.dimensions.overlap_in_functions`, or `w2s.practice.estimation.moments` for data of any size, which adds a standard error.
# * **Honest limits.** The exact bias is for Gaussian features and cosines 0 or 1; other angles leave a bias of order $1/m$. With
#   $m$ below a few times $d_s + d_w$ the correction is large and so is its noise.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In the first panel of {numref}`fig-overlap-estimators`, at which number of shared functions is the estimate in
# feature coordinates right? Is that evidence for the estimator?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# It would be right at {glue:text}`null_mean:.0f` shared functions, the overlap of unrelated subspaces. It is no
# evidence: the estimate is the same for every number of shared functions.
# ::::
#
# ::::{admonition} Exercise 2. A step of a proof
# :class: w2s-exercise
#
# Let $P$ project on a uniformly random $d_s$-dimensional subspace of $\mathbb R^D$. Show that
# $\mathbb E P = \frac{d_s}{D}I$, and conclude the mean of the theorem.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# $OPO^\top$ has the law of $P$ for every rotation $O$, so $\mathbb E P$ commutes with all rotations and is a
# multiple of $I$; the trace $d_s$ gives the factor. Then
# $\mathbb E\,\lVert V_s^\top V_w\rVert_F^2 = \mathbb E\operatorname{tr}(P\,V_wV_w^\top) = \frac{d_s}{D}d_w$.
# ::::
#
# ::::{admonition} Exercise 3. Change a parameter
# :class: w2s-exercise
#
# Set `width_strong = 120`, so that the widths are 120 and 100. What will the estimator in feature coordinates
# return?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The smaller width is now 100, so it returns $30\cdot 40/100$ on average, {glue:text}`wider_mean:.0f`, again
# whatever the models share.
# ::::
