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
#     smoke: {student_width: 600, resummed: 200, inputs: 100000, teachers: 5, trained_on: 10000}
# ---

# %% [markdown]
# (page-relu-spectrum)=
# # The spectrum of ReLU features on the sphere
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (derived here, for the model of {cite:t}`medvedev2025`): half of the kernel of random ReLU features
# is linear, degree two is learned about $\pi d/2$ times more slowly, and no odd degree from three on is
# seen at all.
#
# **Holds?** Yes: by quadrature, on sampled features and with trained teachers.
#
# **Where not**: inputs and features must be uniform on the sphere, without biases.
# :::
#
# :::{glue:figure} spectrum
# :name: fig-relu-spectrum
#
# First: how the degrees share the trace of the kernel. Lines are exact, dots by quadrature, dotted lines the
# limits of high dimension $\tfrac1\pi, \tfrac12, \tfrac1{2\pi}, \tfrac1{24\pi}$. Second: the eigenvalues of a
# student with finitely many features lie on the stairs of the infinite student; the stair of degree 4 is
# smeared out, because the features are not many times $N_4$.
# :::
#
# ## Statement
#
# The model is that of the paper's Section 2, where we recall the assumption; every formula on this page is
# derived here ({ref}`labels of certainty <labels-of-certainty>`). Inputs $x$ and features $u$ are uniform on
# the unit sphere of $\mathbb R^d$ and $\sigma_u(x) = \max(\langle u, x\rangle, 0)$. The spherical harmonics of
# degree $\ell$ span a space of dimension $N_\ell$, and $P_\ell$ is the Gegenbauer polynomial with
# $P_\ell(1) = 1$. See {cite:t}`atkinson2012` for both.
# :::{prf:lemma} The ReLU spectrum (derived here)
# :label: lem-relu-spectrum
# :nonumber:
#
# For every spherical harmonic of degree $\ell$,
#
# $$
# \mathbb E_x\, \sigma_u(x)\, Y_\ell(x) = c_\ell\, Y_\ell(u),
# $$
#
# with $c_1 = \tfrac1{2d}$, with $c_\ell = 0$ for odd $\ell \ge 3$, and, for degree 0 and the even $\ell \ge 2$,
#
# $$
# c_0 = \frac{\Gamma(\frac d2)}{2\sqrt\pi\,\Gamma(\frac{d+1}2)}, \qquad
# c_\ell = \frac{(-1)^{\ell/2-1}\,\Gamma(\frac d2)\,(\ell-2)!}
# {2^{\ell}\sqrt\pi\,(\frac\ell2-1)!\;\Gamma(\frac{\ell+d+1}2)}.
# $$
#
# The kernel of an infinitely wide student has the eigenvalues $\lambda_\ell = c_\ell^2$ with
# multiplicity $N_\ell$:
#
# $$
# \frac{\kappa_1(\rho)}{d} = \sum_\ell \lambda_\ell N_\ell P_\ell(\rho) .
# $$
#
# Both sides are $\langle \sigma_u, \sigma_v\rangle$ at $\rho = \langle u, v\rangle$, with the arc-cosine
# kernel {cite:p}`chosaul2009`
#
# $$
# \kappa_1(\rho) = \tfrac1{2\pi} \bigl(\sqrt{1-\rho^2} + \rho\,(\pi - \arccos\rho)\bigr).
# $$
# :::
#
# Its trace is $\tfrac1{2d}$. The share of a degree is $2d\lambda_\ell N_\ell$: exactly $\tfrac12$ for
# $\ell = 1$, and in high dimension $\tfrac1\pi$ for $\ell = 0$, $\tfrac1{2\pi}$ for $\ell = 2$ and
# $\tfrac1{24\pi}$ for $\ell = 4$.
#
# :::{prf:corollary} What is invisible (derived here)
# :label: cor-invisible
# :nonumber:
#
# A target of odd degree $\ell \ge 3$ is orthogonal to every ReLU feature: $\mathcal L_{TE} = 1$ for
# every teacher and $\mathcal L_{ST}(t) = 1$ at every time.
# :::
#
# ## Why it is true
#
# **One number per degree.** The map $f \mapsto \mathbb E_x\, \sigma_u(x) f(x)$ commutes with rotations,
# so it multiplies all harmonics of one degree by one number (Funk and Hecke). Taking
# $Y_\ell(x) = P_\ell(\langle u, x\rangle)$ gives it as an integral over $z = \langle u, x\rangle$, whose
# density is proportional to $(1 - z^2)^{(d-3)/2}$.
#
# **Odd degrees.** $\max(z, 0) = \tfrac12 z + \tfrac12 |z|$: a linear function and an even one. Nothing
# of odd degree three or more is left.
#
# **The kernel.** $\langle \sigma_u, \sigma_v\rangle$ is a function of $\rho$, and its part of degree
# $\ell$ is $c_\ell^2$ times the reproducing kernel $N_\ell P_\ell(\rho)$ of that degree.
#
# ::::{admonition} Full proof: even degrees, and the closed form of the kernel
# :class: dropdown
#
# By Rodrigues' formula $P_\ell(z)\,(1-z^2)^{(d-3)/2}$ is a multiple of the $\ell$-th derivative of
# $(1-z^2)^{\ell + (d-3)/2}$. Two integrations by parts move two derivatives on $\max(z,0)$, whose second
# derivative is a point mass at zero. So $c_\ell$ is a multiple of the $(\ell-2)$-th derivative of
# $(1-z^2)^{\ell+(d-3)/2}$ at $z = 0$, which the binomial series gives. It vanishes for odd $\ell$.
#
# For the kernel let $g$ be standard normal in $\mathbb R^d$. Then $g = \lVert g\rVert x$ with independent
# factors, so $\mathbb E\max(\langle u,g\rangle,0)\max(\langle v,g\rangle,0) = d\,
# \langle\sigma_u,\sigma_v\rangle$, and the left side is the arc-cosine kernel of two standard normals
# with correlation $\rho$.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
dims = [3, 5, 8, 16, 32, 64]  # input dimensions d of the exact comparisons
shown_degree = 12  # degrees compared with quadrature
resummed = 400  # last degree of the kernel's series
dim = 8  # of everything that is sampled
student_width = 2000  # features of the sampled student
inputs = 400_000  # sampled inputs for the Gram matrix
teacher_width = 64  # features of the trained teachers
teachers = 10  # how many of them
trained_on = 20_000  # inputs that each is fitted to

# %%
import numpy as np
from myst_nb import glue

from w2s.metrics import Estimate
from w2s.page.claims import derived, inequality
from w2s.page.comparison import compared
from w2s.page.figures import ACCENT, BOUND, STUDENT, figure, in_shades, shades, ticks
from w2s.page.pairs import record_pairs
from w2s.random_features.gradient_flow import spectral_path
from w2s.random_features.relu_network import relu_gram, relu_teacher
from w2s.random_features.sphere import (
    ZonalTarget,
    arc_cosine,
    funk_hecke_quadrature,
    gegenbauer,
    multiplicities,
    relu_coefficients,
    relu_eigenvalues,
    sphere_points,
)

gram_rng, student_rng, teacher_rng = np.random.default_rng(seed).spawn(3)
by_dimension = np.array(dims)[:, None]


def shares(d, last):
    """Shares of the degrees up to the last one in the kernel's trace 1/(2d)."""
    return 2 * d * relu_eigenvalues(d, last) * multiplicities(d, last)


# %% [markdown]
# ## Coefficients against quadrature
#
# The second route knows no Gamma function: the integral over $z = \cos\theta$, by Gauss–Legendre in
# the angle, with SciPy's Gegenbauer polynomials. We compare the root of the share with its sign, which is
# $\sqrt{2d N_\ell}\,c_\ell$.

# %%
degree = np.arange(shown_degree + 1)
unit = np.array([np.sqrt(2 * d * multiplicities(d, shown_degree)) for d in dims])
formula = unit * [relu_coefficients(d, shown_degree) for d in dims]
measured = unit * [funk_hecke_quadrature(d, shown_degree) for d in dims]
roots = compared(formula, Estimate(measured, 0), d=by_dimension, degree=degree)

# %% [markdown]
# ## The kernel, resummed and sampled
#
# The series is summed up to degree {glue:text}`last_degree` and compared with the closed form. The
# closed form in turn is compared with averages over sampled inputs, at five angles.

# %%
glue("last_degree", resummed, display=False)
rho = np.cos(np.linspace(0, np.pi, 61))
closed = 2 * arc_cosine(rho.copy())  # over the trace 1/(2d)
partial = np.array(
    [np.cumsum(shares(d, resummed)[:, None] * gegenbauer(d, resummed, rho), axis=0) for d in dims]
)
cut = np.array([2, 4, 8, 16, 32, 64, 128, resummed])
left_over = np.abs(partial[:, cut] - closed).max(axis=2)

tilt = np.array([0.0, 0.25, 0.5, 0.75, 0.9]) * np.pi
x = sphere_points(gram_rng, inputs, dim)
tilted = np.cos(tilt)[:, None] * x[:, 0] + np.sin(tilt)[:, None] * x[:, 1]
products = np.maximum(x[:, 0], 0) * np.maximum(tilted, 0)
sampled = Estimate(products.mean(axis=1), products.std(axis=1) / np.sqrt(inputs))
turned = np.zeros((tilt.size, dim))
turned[:, 0], turned[:, 1] = np.cos(tilt), np.sin(tilt)
averaged = compared(relu_gram(np.eye(dim)[:1], turned)[0], sampled, angle=tilt)

# %% [markdown]
# ## A sampled student
#
# A student with {glue:text}`width` random features in dimension {glue:text}`dim` has a kernel whose
# eigenvalues form the stairs of the lemma ({numref}`fig-relu-spectrum`, second panel): one eigenvalue, then
# $d$, then $N_2$, then $N_4$ nearly equal ones.

# %%
glue("width", student_width, display=False)
glue("dim", dim, display=False)
features = sphere_points(student_rng, student_width, dim)
eigenvalues = np.linalg.eigvalsh(relu_gram(features) / student_width)[::-1]
seen, counts = np.array([0, 1, 2, 4]), multiplicities(dim, 4).astype(int)
edges = np.cumsum([0, *counts[seen]])
stairs = relu_eigenvalues(dim, 4)[seen]
blocks = np.array([block.mean() for block in np.split(eigenvalues, edges[1:])[:4]])
share = np.array([shares(d, 4)[seen] for d in dims])
limits = np.array([1 / np.pi, 1 / 2, 1 / (2 * np.pi), 1 / (24 * np.pi)])


# %% tags=["remove-output"]
def shares_panel(ax):
    for (role, ell), exact, limit in zip(in_shades(seen), share.T, limits, strict=True):
        ax.plot(dims, exact, **role.line)
        ax.plot(dims, measured[:, ell] ** 2, **role.dots, label=f"degree {ell}")
        ax.axhline(limit, **BOUND.line | {"linewidth": 1.0})
    ax.set(xscale="log", xlabel="dimension $d$", ylabel="share of the trace", ylim=(0, 0.62))
    ticks(ax, x=dims)
    ax.legend(ncols=2, loc="upper right")


def staircase(ax):
    index = np.arange(1, eigenvalues.size + 1)
    ax.plot(index, eigenvalues, **STUDENT.dots | {"markersize": 2.5}, label="sampled student")
    for k, value in enumerate(stairs):
        span = [edges[k] + 0.7, edges[k + 1] + 0.3]
        ax.plot(span, [value] * 2, **ACCENT.line, label="exact" if k == 0 else None)
        ax.annotate(f"degree {seen[k]}", (1.4 * edges[k + 1] + 0.4, value), va="center")
    ax.set(xscale="log", yscale="log", ylabel="eigenvalue", xlim=(0.6, 9000), ylim=(1e-7, 0.1))
    ax.set(xlabel="number of the eigenvalue, largest first")
    ax.legend(loc="lower left")


# %% tags=["remove-output"]
figure(
    "spectrum",
    shares_panel,
    staircase,
    alt=[
        "Share of the kernel's trace against dimension for degrees 0, 1, 2 and 4. Dots from "
        "quadrature lie on the exact curves; degree one is flat at one half, the others approach "
        "dotted limits.",
        "Eigenvalues of a sampled student's kernel against their index, log-log: four stairs at the "
        "exact values, for one, d, N2 and N4 indices; the last stair is a slope.",
    ],
)

# %% [markdown]
# ## What a network can see
#
# There is one target per degree, and the teachers are the same for all. Each teacher is computed in closed form, and a second time
# by least squares on {glue:text}`trained_on` sampled inputs.

# %%
glue("teacher_width", teacher_width, display=False)
glue("trained_on", f"{trained_on:,}", display=False)
beta, degrees = np.eye(dim)[0], np.array([1, 2, 3, 4, 5])
targets = [ZonalTarget(beta, np.eye(6)[ell, : ell + 1]) for ell in degrees]
scaled = np.geomspace(1e-2, 1e6, 161)  # t λ_1
times = scaled / relu_eigenvalues(dim, 1)[1]


def train():
    """One teacher of all targets: its errors in closed form and by least squares; students."""
    u = sphere_points(teacher_rng, teacher_width, dim)
    points = sphere_points(teacher_rng, trained_on, dim)
    labels = np.stack([target(points) for target in targets], axis=1)
    hidden = np.maximum(points @ u.T, 0)
    solution = np.linalg.solve(hidden.T @ hidden, hidden.T @ labels)
    residual = ((labels - hidden @ solution) ** 2).sum(axis=0) / (labels**2).sum(axis=0)
    taught = [relu_teacher(u, target) for target in targets]
    students = [spectral_path(teacher.spectrum, times) for teacher in taught]
    unbiased = residual * trained_on / (trained_on - teacher_width)
    return [teacher.error for teacher in taught], unbiased, students


trained = zip(*[train() for _ in range(teachers)], strict=True)
closed_error, fitted_error, paths = map(np.array, trained)

# %% tags=["remove-output", "hide-input"]
for ell, loss, path in zip(degrees, closed_error.T, paths.swapaxes(0, 1), strict=True):
    seen_at_most = np.minimum(loss, 1.0)  # rounding, where nothing is seen
    record_pairs(f"ReLU network, target of degree {ell}", seen_at_most, path)

# %% tags=["remove-output"]
mean_path = paths.mean(axis=0)


def visible(ax):
    for role, ell, path in zip(shades(4), degrees, mean_path, strict=False):
        ax.plot(scaled, path, **role.line, label=f"degree {ell}")
    ax.set(xscale="log", xlabel=r"time $t\lambda_1$", ylabel=r"student $\mathcal{L}_{ST}(t)$")
    ax.set(ylim=(0, 1.08))
    ax.legend(loc="center right")


def resummation(ax):
    for (role, d), gap in zip(in_shades(dims), left_over, strict=True):
        ax.plot(cut, gap, **role.line)
        ax.plot(cut, gap, **role.dots, label=f"$d$ = {d}")
    ax.set(xscale="log", yscale="log", xlabel="last degree summed")
    ax.set(ylabel="largest error / trace")
    ax.legend()


# %% tags=["remove-output"]
figure(
    "visible",
    visible,
    resummation,
    alt=[
        "Error of an infinitely wide student against time for targets of degree one to four. "
        "Degrees one, two and four fall and settle at the teacher's error; degree three is flat "
        "at one.",
        "Largest error of the kernel's partial sums against the last degree, log-log, for "
        "dimensions 3 to 64: all fall like a power, the closed form is the limit.",
    ],
)

# %% [markdown]
# :::{glue:figure} visible
# :name: fig-visible-degrees
#
# First: mean error of an infinitely wide student whose teacher has {glue:text}`teacher_width` features.
# Degree 1 is learned first, then degree 2; degree 4 hardly, with so few features; degree 3 never. Second:
# the kernel's series converges to the closed form like a power of the last degree, because the ReLU has a
# kink.
# :::
#
# ## Claims

# %%
derived(
    "random_features.relu_spectrum.coefficients",
    "The coefficients of the lemma are those of quadrature, for all degrees up to "
    f"{shown_degree} and dimensions {dims[0]} to {dims[-1]}; odd degrees from three on give zero.",
    roots.identical(1e-12),
    main=True,
)
derived(
    "random_features.relu_spectrum.kernel",
    f"Summed up to degree {resummed}, the series over the degrees is the closed form κ₁/d.",
    # The tolerance is the order of the series' tail.
    compared(closed, Estimate(partial[:, -1], 0), d=by_dimension, rho=rho).identical(
        50.0 / resummed**3
    ),
)
derived(
    "random_features.relu_spectrum.gram",
    "Averages of products of two ReLU features over sampled inputs are κ₁(ρ)/d.",
    averaged.agrees(30 / np.sqrt(inputs)),
)
# %%
derived(
    "random_features.relu_spectrum.linear_half",
    "Degree one holds exactly half of the kernel's trace, in every dimension.",
    compared(0.5, Estimate(measured[:, 1] ** 2, 0), d=dims).identical(1e-12),
    main=True,
)
high = 10**6
ratio = high * np.divide(*relu_eigenvalues(high, 2)[[2, 1]])
in_high = Estimate([*shares(high, 4)[[0, 2, 4]], ratio], 0)
derived(
    "random_features.relu_spectrum.shares",
    "In dimension one million the shares of degrees 0, 2 and 4 are 1/π, 1/(2π) and 1/(24π) "
    "within 10⁻⁵, and λ₂/λ₁ is 2/(πd).",
    compared([*limits[[0, 2, 3]], 2 / np.pi], in_high).identical(1e-5),
)

# %%
far = np.array([20_000, 40_000])
decay = [np.diff(np.log(np.abs(relu_coefficients(d, far[1])[far])))[0] for d in dims]
slopes = Estimate(-2 * np.array(decay) / np.log(2), 0)
derived(
    "random_features.relu_spectrum.decay",
    "The eigenvalues fall like the power −(d+2) of the degree: the slope between degrees "
    "20,000 and 40,000.",
    # The next term of Stirling's series is d²/(4ℓ) or less.
    compared(np.array(dims) + 2, slopes, d=dims).identical(5e-3),
)
on_stairs = compared(1.0, Estimate(blocks / stairs, 0), degree=seen)
derived(
    "random_features.relu_spectrum.sampled_student",
    "The first 1, d and N₂ eigenvalues of the sampled student's kernel average to λ₀, λ₁ and λ₂.",
    # At finite width they fluctuate, and the unresolved degrees lift them.
    on_stairs[:3].identical(4 / np.sqrt(student_width)),
    main=True,
)
# %%
gap = (fitted_error - closed_error).std(axis=0, ddof=1) / np.sqrt(teachers)  # same teachers
fitted = Estimate(fitted_error.mean(axis=0), gap)
derived(
    "random_features.relu_spectrum.trained",
    "Trained by least squares on sampled inputs, teachers have the error of the closed form, for "
    "targets of degree 1 to 5.",
    # Overfitting costs M/n of the error, up to the correlation of features and residual.
    compared(closed_error.mean(axis=0), fitted, degree=degrees).agrees(
        0.02, allowance=teacher_width / trained_on
    ),
)
odd = {"degree": np.array([3, 5])[:, None], "t": times}
derived(
    "random_features.relu_spectrum.invisible",
    "Targets of degree 3 and 5 are invisible: L_TE = 1, and L_ST(t) = 1 at every time.",
    compared(1.0, Estimate(paths[:, [2, 4]], 0), **odd).identical(1e-12),
    main=True,
)
best = paths.min(axis=2)[:, [0, 1, 3]]
derived(
    "random_features.relu_spectrum.visible",
    "Targets of degree 1, 2 and 4 are visible: every student learns some of each.",
    inequality(best, 0.999, at={"degree": np.array([1, 2, 4])}),
)

# %% [markdown]
# ## What to notice
#
# * **Why Theorem 3.1 speaks of "a linear function and an even polynomial".** Any other part of the
#   target is lost to teacher and student alike, and no training time or width brings it back. A bias
#   or another activation would.
# * **Why early stopping can work.** Linear functions are learned
#   $\lambda_1/\lambda_2 \simeq \pi d/2$ times faster than quadratic ones ({numref}`fig-visible-degrees`,
#   first panel). Between the two times the student knows the linear part of its teacher and nothing of its
#   errors of degree two and more.
# * **Why width matters.** $N_4$ grows like $d^4/24$: even a student of 16384 features does not resolve
#   degree 4 in dimension 32 ({ref}`finite students <page-fig5>`).
# * **Honest limits.** All of this needs uniform inputs and features on the sphere, and no biases.
#
# Next: {ref}`what shrinks <page-shrinkage>`, {ref}`the limit <page-limit>` and
# {ref}`the exponent of wide students <page-exponent-two>`.
