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
#     smoke: {trials: 400, draws: 400, pairs: 20}
# ---

# %% [markdown]
# (page-subspaces)=
# # Two feature spaces and the angle between them
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here, for the correlation dimension $d_{s\wedge w}$ of {cite:t}`dong2025`): the student's
# variance depends on the angles between the two feature spaces through this overlap only.
#
# **Holds?** Yes, for Gaussian features and enough samples, in any basis.
#
# **Where not**: the bias depends on the angles one by one. Unrelated spaces overlap too, by $d_sd_w/D$ in
# $D$ dimensions.
# :::
#
# :::{glue:figure} same-overlap
# :name: fig-same-overlap
#
# Three pairs of spaces share an overlap of 2 in different ways. They have one variance (first panel) and
# three biases (second). Lines: exact; points: least squares with two standard errors, in the first panel
# set slightly apart. Dotted: $\rho_s + \rho_w$, which bounds the bias in the limit of many samples.
# :::
#
# ## Statement
#
# The definition ({certainty}`Correlation dimension`) is that of the authors' code, which computes it as a sum of squared singular values
# (`get_correlation_dim` of `utkface.ipynb`, commit 85786f9 of 8 June 2025). What follows from it is
# derived here.
#
# :::{prf:definition} Feature spaces and correlation dimension (Dong et al. 2025)
# :label: def-overlap
# :nonumber:
#
# A model is linear in fixed pretrained features, $f(x) = \phi(x)^\top\theta$: the weak one in $\phi_w$,
# the strong one in $\phi_s$. The ranges of their second moments $\mathbb E\,\phi_\bullet\phi_\bullet^\top$
# have dimensions $d_w$, $d_s$ and orthonormal bases $V_w$, $V_s$. Their **correlation dimension** is
#
# $$d_{s\wedge w} = \lVert V_s^\top V_w\rVert_F^2 = \sum_i \cos^2\theta_i ,$$
#
# with the canonical angles $\theta_i$ between the two spaces.
# :::
#
# We use the same definition for the two spaces of *functions*, which is what the risks depend on. Take
# latent coordinates $g$ with identity covariance in which both models are linear,
# $\psi_s = A_s^\top g$ and $\psi_w = A_w^\top g$ with orthonormal columns, and a target
# $f_* = \beta^\top g$. Then $C = A_s^\top A_w = \mathbb E\,\psi_s\psi_w^\top$ holds the correlations between
# the features of the two models, its singular values are the $\cos\theta_i$, and
# $d_{s\wedge w} = \lVert C\rVert_F^2$.
#
# :::{prf:proposition} What the overlap is, and what it decides (derived here)
# :label: prop-overlap
# :nonumber:
#
# 1. $0 \le d_{s\wedge w} \le \min(d_s, d_w)$, and the overlap does not change when either feature map is
#    replaced by an invertible linear function of itself. With $n \ge d_w$ and $N \ge d_s$ samples the
#    predictions of teacher, student, SFT baseline and ceiling do not change either.
# 2. For Gaussian features the student's variance depends on the angles through $d_{s\wedge w}$ alone.
# 3. Its bias does not: with $P_\bullet$ the projectors on the two spaces it also needs
#    $a = \lVert P_s P_w^\perp\beta\rVert^2$ and $c = \lVert P_s^\perp P_w\beta\rVert^2$.
# 4. If one of the spaces is uniformly random in $\mathbb R^D$, then
#    $\mathbb E\, d_{s\wedge w} = d_s d_w / D$: the chance level.
# :::
#
# ## Why it is true
#
# Let $P_s$, $P_w$ be the two projectors. The overlap is $\mathrm{tr}(P_s P_w)$, and a projector knows the
# space only, not its basis. Both $P_sP_wP_s$ and $P_s - P_sP_wP_s$ are positive semidefinite, so the trace
# lies between 0 and $\mathrm{tr}\,P_s = d_s$, and likewise $d_w$. Least squares with enough samples
# projects the labels on the sampled feature space, which has no basis either.
#
# Given its data the teacher errs by a random vector with covariance $\tau^2 I$. The student passes on
# $C$ times that vector, and a share $\kappa_N$ of the energy of what it cannot see. On average these are
# $\tau^2\,\mathrm{tr}\,C^\top C = \tau^2 d_{s\wedge w}$ and
# $\kappa_N\tau^2\,\mathrm{tr}(I - C^\top C) = \kappa_N\tau^2(d_w - d_{s\wedge w})$: only traces. (The page
# on {ref}`the student's variance <page-variance-theorem>` does this with care.) The bias has a fixed vector in place of the
# random one, and a fixed vector has a direction. Finally, a uniformly random $P_w$ has mean
# $(d_w/D)\, I$, and $\mathrm{tr}(P_s\cdot(d_w/D) I) = d_s d_w/D$.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": which scale the numbers below are for
seed = 2025
n_labelled = 30  # n, labelled samples of the teacher
sizes = [14, 18, 24, 35, 55, 90, 150]  # N, unlabelled samples of the student
noise = 1.0  # label-noise variance
trials = 6000  # repetitions per point
draws = 4000  # random subspaces per ambient dimension
pairs = 200  # random pairs for the claims about bases

# %%
import numpy as np
from myst_nb import glue

from w2s.discrepancy.dimensions import canonical_cosines, correlation_dimension, haar_null
from w2s.discrepancy.ridgeless import require_finite, student_bias, student_variance
from w2s.discrepancy.simulate import least_squares
from w2s.discrepancy.subspaces import pair_with_cosines, random_basis
from w2s.metrics import Estimate
from w2s.page.claims import derived, exact, inequality
from w2s.page.comparison import compared, joined
from w2s.page.figures import BOUND, CEILING, STUDENT, figure, in_shades, ticks

angle_rng, chance_rng, basis_rng, model_rng = np.random.default_rng(seed).spawn(4)

# %% [markdown]
# ## Same overlap, different angles
#
# Three pairs with $d_s = 4$ and $d_w = 8$ share an overlap of 2 in different ways: two directions in
# full, four directions by half, or something between. The target is the same function of the strong
# features in all three, so the student could express it, and the weak features miss the same amount
# $\rho_w$ of it.

# %%
cosines = {
    "two in full": [1.0, 1.0, 0.0, 0.0],
    "graded": [1.0, 0.8, 0.6, 0.0],
    "four by half": [np.sqrt(0.5)] * 4,
}
spaces = {name: pair_with_cosines(4, 8, c, rng=angle_rng) for name, c in cosines.items()}
targets = {name: pair.strong @ np.full(4, 0.5) for name, pair in spaces.items()}
geometries = {name: pair.geometry(targets[name]) for name, pair in spaces.items()}
require_finite(geometries["graded"], n_labelled, sizes)


def measured(name, target, label_noise):
    """The student's risk in all trials, for every N."""
    setting = label_noise, trials, angle_rng
    runs = [least_squares(spaces[name], target, n_labelled, N, *setting) for N in sizes]
    return np.transpose([run.student for run in runs])


one_variance = student_variance(geometries["graded"], n_labelled, sizes, noise)
variance = joined(
    [compared(one_variance, measured(name, None, noise)) for name in cosines], N=sizes
)
bias = joined(
    [
        compared(student_bias(g, n_labelled, sizes), measured(name, targets[name], 0.0))
        for name, g in geometries.items()
    ],
    N=sizes,
)

# %% [markdown]
# Without a target the labels are pure noise and the student's risk *is* its variance; without noise it
# is its bias. Everything is measured by least squares on sampled features. {numref}`fig-angles` shows the
# angles, {numref}`fig-same-overlap` at the top of the page the variances and biases.


# %% tags=["hide-input"]
curve = np.geomspace(min(sizes), 2 * max(sizes), 120)


def angles(ax):
    for look, (name, pair) in in_shades(spaces.items()):
        squares = canonical_cosines(pair.strong, pair.weak) ** 2
        ax.plot(range(1, 5), squares, **look.line)
        ax.plot(range(1, 5), squares, **look.dots, label=name)
    ax.set(xlabel="canonical angle, smallest first", ylabel=r"$\cos^2\theta_i$", xticks=range(1, 5))
    ax.legend()


def variances(ax):
    exact_curve = student_variance(geometries["graded"], n_labelled, curve, noise)
    ax.plot(curve, exact_curve, **STUDENT.line, label="exact, overlap 2")
    for k, (look, name) in enumerate(in_shades(cosines)):
        # Moved sidewards, so that equal dots stay apart.
        variance[k].dots(ax, look, name, shift=0.95 + 0.05 * k)
    ax.set(xscale="log", xlabel="unlabelled samples N", ylabel="student's variance", ylim=(0, None))
    ticks(ax, x=[20, 50, 100, 200])
    ax.legend()


def biases(ax):
    for k, (look, (name, g)) in enumerate(in_shades(geometries.items())):
        ax.plot(curve, student_bias(g, n_labelled, curve), **look.line)
        bias[k].dots(ax, look, name)
    ax.axhline(geometries["graded"].rho_weak, **BOUND.line, label=r"$\rho_s + \rho_w$")
    ax.set(xscale="log", xlabel="unlabelled samples N", ylabel="student's bias", ylim=(0, 0.8))
    ticks(ax, x=[20, 50, 100, 200])
    ax.legend(loc="lower left", ncols=2)


# %% tags=["remove-output"]
for name, g in geometries.items():
    glue(f"inherited {name}", g.inherited, display=False)
figure(
    "same-overlap",
    variances,
    biases,
    alt=[
        "Student's variance against N. Measured points of the three pairs lie on one falling curve.",
        "Student's bias against N for the same pairs: three separate curves with their measured "
        "points. Two directions shared in full end highest, four by half lowest.",
    ],
)
figure(
    "angles",
    angles,
    alt="Squared canonical cosines of three pairs: two ones and two zeros; a staircase from one to "
    "zero; four times one half. Each sums to two.",
)

# %% [markdown]
# :::{glue:figure} angles
# :name: fig-angles
#
# How the three pairs spread their overlap over the canonical angles: the squared cosines sum to 2.
# :::
#
# With many samples the bias tends to $a$, the part of the teacher's error that the student can
# express: {glue:text}`inherited two in full:.2f` for two directions in full,
# {glue:text}`inherited graded:.3f` for the graded pair, {glue:text}`inherited four by half:.2f` for four
# directions by half. In a direction shared in full the teacher makes no error; one not shared at all passes
# its error on unchanged, and one shared by half passes on half of it.
#
# ## What chance shares
#
# Two unrelated spaces in $\mathbb R^D$ are not orthogonal. Their overlap is $d_s d_w/D$ on average
# ({numref}`fig-chance`), so a measured overlap means something only beside this number.

# %%
d_strong, d_weak = 10, 20
ambient = np.array([20, 30, 50, 80, 150, 300])
counts = np.maximum(draws * 20 // ambient, 10)  # fewer draws where each is dear


def overlap_by_chance(d):
    """Overlap of a fixed space with a random one of `d_weak` dimensions."""
    return np.sum(random_basis(d, d_weak, chance_rng)[:d_strong] ** 2)


def chance_in(d, count):
    """Mean overlap of random subspaces in `d` dimensions beside the chance level."""
    mean, _ = haar_null(d_strong, d_weak, d)
    return compared(mean, [overlap_by_chance(d) for _ in range(count)])


chance = joined([chance_in(*at) for at in zip(ambient, counts, strict=True)], D=ambient)


# %% tags=["remove-output"]
def chance_level(ax):
    grid = np.geomspace(ambient[0], 1.3 * ambient[-1], 100).astype(int)
    mean, spread = np.transpose([haar_null(d_strong, d_weak, d) for d in grid])
    ax.fill_between(grid, mean - 2 * spread**0.5, mean + 2 * spread**0.5, **BOUND.band)
    ax.plot(grid, mean, **BOUND.line, label=r"$d_s d_w / D$")
    chance.dots(ax, STUDENT, "random subspaces")
    ax.axhline(d_strong, **CEILING.line, label=r"largest possible, $\min(d_s, d_w)$")
    ax.set(xscale="log", yscale="log", xlabel="ambient dimension D", ylabel="overlap by chance")
    ticks(ax, x=ambient, y=[1, 2, 5, 10])
    ax.legend(loc="lower left")


figure(
    "chance",
    chance_level,
    alt="Overlap of unrelated subspaces against the ambient dimension, log-log: measured means lie on "
    "the line d_s d_w over D, from 10 at D = 20 down to 0.7 at D = 300.",
)

# %% [markdown]
# :::{glue:figure} chance
# :name: fig-chance
#
# The overlap of unrelated spaces with $d_s = 10$ and $d_w = 20$ falls like $1/D$. Dotted: its mean
# $d_sd_w/D$; band: two standard deviations of one draw; points: means of random draws, with error
# bars smaller than the marks. In $D = 20$ dimensions the weak space is everything and contains the other.
# :::

# %% [markdown]
# ## Claims


# %% tags=["hide-input"]
def overlap_by_projectors(one, two):
    """tr(P_s P_w), without any orthogonalisation."""
    return np.trace(one @ np.linalg.pinv(one) @ two @ np.linalg.pinv(two))


def random_spaces():
    """Two spaces of random dimensions in sixteen coordinates, at a random distance."""
    d_s, d_w = basis_rng.integers(1, 16, 2)
    shared = basis_rng.standard_normal((16, 16))
    mixed = basis_rng.standard_normal((16, d_w)) * basis_rng.choice([0.0, 0.3, 3.0])
    return shared[:, :d_s], shared[:, :d_w] + mixed


def stretched_turn(d):
    """A rotation after a stretch by factors from 0.01 to 100."""
    return 10 ** basis_rng.uniform(-2, 2, (d, 1)) * random_basis(d, d, basis_rng)


def both_routes():
    """Overlap of a random pair by projectors, by angles after a change of basis, and its largest."""
    one, two = random_spaces()
    turned = [basis @ stretched_turn(basis.shape[1]) for basis in (one, two)]
    smaller = min(one.shape[1], two.shape[1])
    return overlap_by_projectors(one, two), correlation_dimension(*turned), smaller


by_projectors, by_angles, largest = np.transpose([both_routes() for _ in range(pairs)])

# %%
derived(
    "discrepancy.subspaces.range",
    "The overlap lies between 0 and min(d_s, d_w), for random pairs of spaces of all kinds.",
    # Rounding of a sum of up to fifteen squares.
    inequality([-by_angles, by_angles], [np.zeros(pairs), largest], slack=1e-9),
)
derived(
    "discrepancy.subspaces.basis",
    "The overlap does not change under invertible maps of either feature space: the sum of "
    "squared cosines of the mapped bases is tr(P_s P_w) of the original ones.",
    exact(by_projectors, by_angles, tolerance=1e-9),  # condition numbers up to 1e4
)


# %%
def predictions(strong, weak, labels, n):
    """Values of the four models at all inputs, fitted by least squares."""

    def fit(features, values, rows):
        return features @ np.linalg.lstsq(features[rows], values[rows], rcond=None)[0]

    labelled, unlabelled, everything = slice(0, n), slice(n, 2 * n), slice(0, 2 * n)
    teacher = fit(weak, labels, labelled)
    baselines = fit(strong, labels, labelled), fit(strong, labels, everything)
    return np.array([teacher, fit(strong, teacher, unlabelled), *baselines])


latent = model_rng.standard_normal((4 * n_labelled, 12))
pair = pair_with_cosines(4, 8, cosines["graded"], 12, model_rng)
labels = latent @ np.ones(12) + np.sqrt(noise) * model_rng.standard_normal(len(latent))
plain = latent @ pair.strong, latent @ pair.weak
mapped = [features @ model_rng.standard_normal((features.shape[1],) * 2) for features in plain]
derived(
    "discrepancy.subspaces.models",
    "Teacher, student, SFT baseline and ceiling predict the same when both feature maps are "
    "replaced by random invertible functions of themselves.",
    exact(predictions(*plain, labels, n_labelled), predictions(*mapped, labels, n_labelled), 1e-8),
)

# %%
derived(
    "discrepancy.subspaces.variance",
    "Pairs with the same overlap and different angles have the same variance, that of the "
    "closed form, at every N.",
    variance.agrees(0.1),
    main=True,
)
derived(
    "discrepancy.subspaces.bias",
    "Pairs with the same overlap and different angles have the biases of the exact formula, "
    "which needs a and c beside the overlap, at every N.",
    bias.agrees(0.1),
)
high, low = bias[0].measured, bias[-1].measured
apart = np.hypot(low.standard_error, high.standard_error)
derived(
    "discrepancy.subspaces.bias_differs",
    "The same overlap does not give the same bias: four directions shared by half leave less "
    "than two shared in full, at every N.",
    compared(high.mean, Estimate(low.mean, apart), N=sizes).below(),
    main=True,
)
derived(
    "discrepancy.subspaces.chance",
    "A random 20-dimensional subspace of D dimensions has the overlap 200/D with a fixed "
    "10-dimensional one, on average.",
    chance[1:].agrees(0.05),  # in twenty dimensions the weak space is everything
    main=True,
)

# %% [markdown]
# ## What to notice
#
# * The overlap counts *correlated functions*. Coordinates do not matter: rotating the features of one
#   network changes nothing on this page. An estimate that compares the raw coordinates of two networks
#   does change, so it measures {ref}`something else <page-estimating-dimensions>`.
# * A small overlap is good for the variance and says nothing about the bias. How a given overlap is
#   spread over angles decides how much of the teacher's approximation error the student inherits
#   (second panel of {numref}`fig-same-overlap`).
# * **Honest limits.** Exactness needs Gaussian features and enough samples, $n > d_w + 1$ and
#   $N > d_s + 1$. With fewer samples, or with ridge, the spectrum of the features enters as well.
# * What the variance does with the overlap is on {ref}`the page of the theorem <page-variance-theorem>`, what
#   the angles do to the bias on {ref}`another <page-bias>`.

# %% tags=["hide-input"]
by_chance, spread_by_chance = haar_null(d_strong, d_weak, int(ambient[-1]))
apart_by = (2 - by_chance) / spread_by_chance**0.5
least = min(g.inherited for g in geometries.values())
assert least == geometries["four by half"].inherited and apart_by > 3
glue("far_D", int(ambient[-1]), display=False)
glue("by_chance", float(by_chance), display=False)
glue("apart_by", float(apart_by), display=False)

# %% [markdown]
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
#
# In {numref}`fig-chance`, what overlap do unrelated spaces have in $D$ = {glue:text}`far_D` dimensions? Would
# a measured overlap of 2 be evidence that the two models share features?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# On average $d_sd_w/D$ = {glue:text}`by_chance:.3f`. An overlap of 2 lies {glue:text}`apart_by:.1f` standard
# deviations of one draw above it, far outside the band.
# ::::
#
# ::::{admonition} Exercise 2. One pair of directions
# :class: w2s-exercise
#
# A target of length 1 lies along a strong direction $e$, which makes the angle $\theta$ with a weak direction
# $w$; all other directions of both spaces are orthogonal to $e$ and $w$. Show that $\rho_w = \sin^2\theta$ and
# $a = \sin^4\theta$.
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The remainder $P_w^\perp e = e - \cos\theta\, w$ has squared length $1 - \cos^2\theta = \sin^2\theta$. Its component
# along $e$ is $1 - \cos^2\theta = \sin^2\theta$, and it has none along the other strong directions. The square is $a$.
# ::::
#
# ::::{admonition} Exercise 3. The best spread of an overlap
# :class: w2s-exercise
#
# For the target of this page, which spread of an overlap of 2 over four angles leaves the least bias with
# endless samples, and which the most?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# By the second exercise $a = \frac14\sum_i (1 - \cos^2\theta_i)^2$ with $\sum_i\cos^2\theta_i = 2$. This is convex in
# the squared cosines: least if they are equal, $a$ = {glue:text}`inherited four by half:.2f`, and most at the
# corners, two ones and two zeros, $a$ = {glue:text}`inherited two in full:.2f`.
# ::::
