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
# What a random ReLU network can learn, and in which order, is known in closed form: half of the
# kernel is linear, and no odd degree from three on is seen at all. Background of
# {cite:t}`medvedev2025`, Section 2: the model is theirs (assumption recalled), every formula on this
# page is derived here ({ref}`labels of certainty <labels-of-certainty>`).
#
# ## Statement
#
# Inputs $x$ and features $u$ are uniform on the unit sphere of $\mathbb R^d$ and
# $\sigma_u(x) = \max(\langle u, x\rangle, 0)$. The spherical harmonics of degree $\ell$ span a space of
# dimension $N_\ell$; $P_\ell$ is the Gegenbauer polynomial with $P_\ell(1) = 1$. See
# {cite:t}`atkinson2012` for both.
#
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
# with $c_1 = \tfrac1{2d}$, $c_\ell = 0$ for odd $\ell \ge 3$, and
#
# $$
# c_0 = \frac{\Gamma(\frac d2)}{2\sqrt\pi\,\Gamma(\frac{d+1}2)},
# $$
#
# and, for even $\ell \ge 2$,
#
# $$
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
# kernel
# {cite:p}`chosaul2009`
#
# $$
# \begin{aligned}
# 2\pi\, \kappa_1(\rho) &= \sqrt{1-\rho^2} \\
# &\quad + \rho\,(\pi - \arccos\rho).
# \end{aligned}
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
# ::::{admonition} Even degrees, and the closed form of the kernel
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
from scipy.special import eval_gegenbauer

from w2s.page.claims import claim, exact, inequality, monte_carlo
from w2s.page.figures import ACCENT, BOUND, STUDENT, figure, shades
from w2s.page.pairs import record_pairs
from w2s.random_features.gradient_flow import spectral_path
from w2s.random_features.relu_network import relu_gram, relu_teacher
from w2s.random_features.sphere import (
    ZonalTarget,
    arc_cosine,
    gegenbauer,
    multiplicities,
    relu_coefficients,
    relu_eigenvalues,
    sphere_points,
)

gram_rng, student_rng, teacher_rng = np.random.default_rng(seed).spawn(3)

# %% [markdown]
# ## Coefficients against quadrature
#
# The second route knows no Gamma function: the integral over $z = \cos\theta$, by Gauss–Legendre in
# the angle, with SciPy's Gegenbauer polynomials. We compare $\sqrt{2d N_\ell}\,c_\ell$, the root of
# the share with its sign.

# %%
nodes, weights = np.polynomial.legendre.leggauss(120)
angle, weights = 0.25 * np.pi * (nodes + 1), 0.25 * np.pi * weights  # [0, π/2]


def by_quadrature(d):
    """Funk-Hecke coefficients from the integral over the angle between u and x."""
    z, density = np.cos(angle), np.sin(angle) ** (d - 2)
    density = density / (2 * weights @ density)  # both halves have mass 1
    degree = np.arange(shown_degree + 1)
    polynomials = eval_gegenbauer(degree, d / 2 - 1, z[:, None])
    polynomials /= eval_gegenbauer(degree, d / 2 - 1, 1.0)
    return (weights * density * z) @ polynomials


root_trace = {d: np.sqrt(2 * d * multiplicities(d, shown_degree)) for d in dims}
formula = [root_trace[d] * relu_coefficients(d, shown_degree) for d in dims]
measured = np.array([root_trace[d] * by_quadrature(d) for d in dims])
share = {d: 2 * d * relu_eigenvalues(d, 4) * multiplicities(d, 4) for d in dims}

# %% [markdown]
# ## The kernel, resummed and sampled
#
# The series is summed up to degree {glue:text}`last_degree` and compared with the closed form. The
# closed form in turn is compared with averages over sampled inputs, at five angles.

# %%
glue("last_degree", resummed, display=False)
rho = np.cos(np.linspace(0, np.pi, 61))
closed = np.array([2 * arc_cosine(rho.copy())] * len(dims))  # over the trace 1/(2d)
last = resummed
series = [2 * d * relu_eigenvalues(d, last) * multiplicities(d, last) for d in dims]
partial = [
    np.cumsum(s[:, None] * gegenbauer(d, resummed, rho), axis=0)
    for d, s in zip(dims, series, strict=True)
]
cut = np.array([2, 4, 8, 16, 32, 64, 128, resummed])
left_over = np.abs(np.array(partial)[:, cut] - closed[:, None]).max(axis=2)

tilt = np.array([0.0, 0.25, 0.5, 0.75, 0.9]) * np.pi
points = sphere_points(gram_rng, inputs, dim)
pair = np.maximum(points[:, 0], 0), np.cos(tilt)[:, None] * points[:, 0]
products = pair[0] * np.maximum(pair[1] + np.sin(tilt)[:, None] * points[:, 1], 0)
sampled_gram = products.mean(axis=1), products.std(axis=1) / np.sqrt(inputs)
turned = np.zeros((tilt.size, dim))
turned[:, 0], turned[:, 1] = np.cos(tilt), np.sin(tilt)
gram_row = relu_gram(np.eye(dim)[:1], turned)[0]

# %% [markdown]
# ## A sampled student
#
# A student with {glue:text}`width` random features in dimension {glue:text}`dim` has a kernel whose
# eigenvalues form the stairs of the lemma ({numref}`fig-relu-spectrum`, right): one eigenvalue, then
# $d$, then $N_2$, then $N_4$ nearly equal ones.

# %%
glue("width", student_width, display=False)
glue("dim", dim, display=False)
features = sphere_points(student_rng, student_width, dim)
eigenvalues = np.linalg.eigvalsh(relu_gram(features) / student_width)[::-1]
seen, counts = np.array([0, 1, 2, 4]), multiplicities(dim, 4).astype(int)
edges = np.cumsum([0, *counts[seen]])
stairs = relu_eigenvalues(dim, 4)[seen]
blocks = np.array([block.mean() for block in np.split(eigenvalues, edges[1:])])

# %% tags=["remove-output", "hide-input"]
limits = np.array([1 / np.pi, 1 / 2, 1 / (2 * np.pi), 1 / (24 * np.pi)])


def shares(ax):
    for role, degree, limit in zip(shades(4), seen, limits, strict=True):
        ax.plot(dims, [share[d][degree] for d in dims], **role.line)
        dots = [measured[k, degree] ** 2 for k in range(len(dims))]
        ax.plot(dims, dots, **role.dots, label=f"degree {degree}")
        ax.axhline(limit, **BOUND.line | {"linewidth": 1.0})
    ax.set(xscale="log", xlabel="dimension $d$", ylabel="share of the trace", ylim=(0, 0.62))
    ax.set_xticks(dims, [str(d) for d in dims])
    ax.minorticks_off()
    ax.legend(ncols=2, loc="upper right", fontsize=8)


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


figure(
    "spectrum",
    shares,
    staircase,
    alt=[
        "Share of the kernel's trace against dimension for degrees 0, 1, 2 and 4. Dots from "
        "quadrature lie on the exact curves; degree one is flat at one half, the others approach "
        "dotted limits.",
        "Eigenvalues of a sampled student's kernel against their index, log-log: four stairs at the "
        "exact values, for one, d, N2 and N4 indices; the last stair is a slope.",
    ],
    data={
        "d": np.repeat(dims, 4),
        "degree": np.tile(seen, len(dims)),
        "share": np.concatenate([share[d][seen] for d in dims]),
        "share by quadrature": (measured[:, seen] ** 2).ravel(),
    },
)

# %% [markdown]
# :::{glue:figure} spectrum
# :name: fig-relu-spectrum
#
# Left: how the degrees share the trace of the kernel. Lines are exact, dots by quadrature, the dotted
# lines the limits of high dimension $\tfrac1\pi, \tfrac12, \tfrac1{2\pi}, \tfrac1{24\pi}$. Right: the
# eigenvalues of a student with finitely many features. Its first stairs are those of the infinite
# student; the stair of degree 4 is smeared out, because the features are not many times $N_4$.
# :::
#
# ## What a network can see
#
# One target per degree, the same teachers. Each teacher is computed in closed form, and a second time
# by least squares on {glue:text}`trained_on` sampled inputs.

# %%
glue("teacher_width", teacher_width, display=False)
glue("trained_on", f"{trained_on:,}", display=False)
beta, degrees = np.eye(dim)[0], np.array([1, 2, 3, 4, 5])
targets = [ZonalTarget(beta, np.eye(6)[degree, : degree + 1]) for degree in degrees]
times = np.geomspace(1e-2, 1e6, 161) / relu_eigenvalues(dim, 1)[1]
closed_error, fitted_error, paths = [], [], []
for _ in range(teachers):
    u = sphere_points(teacher_rng, teacher_width, dim)
    x = sphere_points(teacher_rng, trained_on, dim)
    labels = np.stack([target(x) for target in targets], axis=1)
    hidden = np.maximum(x @ u.T, 0)
    solution = np.linalg.solve(hidden.T @ hidden, hidden.T @ labels)
    residual = ((labels - hidden @ solution) ** 2).sum(axis=0)
    fitted_error.append(residual / (labels**2).sum(axis=0))
    trained = [relu_teacher(u, target) for target in targets]
    closed_error.append([teacher.error for teacher in trained])
    paths.append([spectral_path(teacher.spectrum, times) for teacher in trained])
closed_error, fitted_error = np.array(closed_error), np.array(fitted_error)
paths = np.array(paths)
fitted_error *= trained_on / (trained_on - teacher_width)
fit_gap = fitted_error - closed_error  # the same teachers twice

# %% tags=["hide-input"]
for k, degree in enumerate(degrees):
    loss = np.minimum(closed_error[:, k], 1.0)  # rounding, where nothing is seen
    record_pairs(f"ReLU network, target of degree {degree}", loss, paths[:, k])

# %% tags=["remove-output", "hide-input"]
scaled = times * relu_eigenvalues(dim, 1)[1]


def visible(ax):
    for role, degree, path in zip(shades(4), degrees, paths.mean(axis=0), strict=False):
        ax.plot(scaled, path, **role.line, label=f"degree {degree}")
    ax.set(xscale="log", xlabel=r"time $t\lambda_1$", ylabel=r"student $\mathcal{L}_{ST}(t)$")
    ax.set(ylim=(0, 1.08))
    ax.legend(loc="lower left", fontsize=8)


def resummation(ax):
    for role, d, gap in zip(shades(len(dims)), dims, left_over, strict=True):
        ax.plot(cut, gap, **role.line)
        ax.plot(cut, gap, **role.dots, label=f"$d$ = {d}")
    ax.set(xscale="log", yscale="log", xlabel="last degree summed")
    ax.set(ylabel="largest error / trace")
    ax.legend(fontsize=8)


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
    data={"t lambda_1": scaled}
    | {f"degree {degree}": paths.mean(axis=0)[k] for k, degree in enumerate(degrees)},
)

# %% [markdown]
# :::{glue:figure} visible
# :name: fig-visible-degrees
#
# Left: mean error of an infinitely wide student whose teacher has {glue:text}`teacher_width`
# features. Degree 1 is learned first, then degree 2; degree 4 hardly, with so few features; degree 3
# never. Right: the kernel's series converges to the closed
# form like a power of the last degree: the kink of the ReLU.
# :::
#
# ## Claims

# %% tags=["hide-input"]
claim(
    "random_features.relu_spectrum.coefficients",
    says="The coefficients of the lemma are those of quadrature, for all degrees up to "
    f"{shown_degree} and dimensions {dims[0]} to {dims[-1]}; odd degrees from three on give zero.",
    source="w2s",
    kind="derived",
    decision=exact(
        formula,
        measured,
        tolerance=1e-12,
        at={"d": np.array(dims)[:, None], "degree": np.arange(shown_degree + 1)},
    ),
)
claim(
    "random_features.relu_spectrum.kernel",
    says=f"Summed up to degree {resummed}, the series over the degrees is the closed form κ₁/d.",
    source="w2s",
    kind="derived",
    decision=exact(
        closed,
        [sums[-1] for sums in partial],
        tolerance=50.0 / resummed**3,  # the order of the series' tail
        at={"d": np.array(dims)[:, None], "rho": rho},
    ),
)
claim(
    "random_features.relu_spectrum.gram",
    says="Averages of products of two ReLU features over sampled inputs are κ₁(ρ)/d.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        gram_row, *sampled_gram, resolution=30 / np.sqrt(inputs), at={"angle": tilt}
    ),
)
claim(
    "random_features.relu_spectrum.linear_half",
    says="Degree one holds exactly half of the kernel's trace, in every dimension.",
    source="w2s",
    kind="derived",
    decision=exact(np.full(len(dims), 0.5), measured[:, 1] ** 2, tolerance=1e-12, at={"d": dims}),
)
high = 10**6
claim(
    "random_features.relu_spectrum.shares",
    says="In dimension one million the shares of degrees 0, 2 and 4 are 1/π, 1/(2π) and 1/(24π) "
    "within 10⁻⁵, and λ₂/λ₁ is 2/(πd).",
    source="w2s",
    kind="derived",
    decision=exact(
        [*limits[[0, 2, 3]], 2 / np.pi],
        [
            *(2 * high * relu_eigenvalues(high, 4) * multiplicities(high, 4))[[0, 2, 4]],
            high * np.divide(*relu_eigenvalues(high, 2)[[2, 1]]),
        ],
        tolerance=1e-5,
    ),
)

# %% tags=["hide-input"]
far = np.array([20_000, 40_000])
decay = [np.diff(np.log(np.abs(relu_coefficients(d, far[1])[far])))[0] for d in dims]
claim(
    "random_features.relu_spectrum.decay",
    says="The eigenvalues fall like the power −(d+2) of the degree: the slope between degrees "
    "20,000 and 40,000.",
    source="w2s",
    kind="derived",
    # The next term of Stirling's series is d²/(4ℓ) or less.
    decision=exact(
        np.array(dims) + 2, -2 * np.array(decay) / np.log(2), tolerance=5e-3, at={"d": dims}
    ),
)
claim(
    "random_features.relu_spectrum.sampled_student",
    says="The first 1, d and N₂ eigenvalues of the sampled student's kernel average to λ₀, λ₁ and "
    "λ₂.",
    source="w2s",
    kind="derived",
    # At finite width they fluctuate, and the unresolved degrees lift them.
    decision=exact(
        np.ones(3),
        blocks[:3] / stairs[:3],
        tolerance=4 / np.sqrt(student_width),
        at={"degree": seen[:3]},
    ),
)
claim(
    "random_features.relu_spectrum.trained",
    says="Trained by least squares on sampled inputs, teachers have the error of the closed form, for "
    "targets of degree 1 to 5.",
    source="w2s",
    kind="derived",
    decision=monte_carlo(
        closed_error.mean(axis=0),
        fitted_error.mean(axis=0),
        fit_gap.std(axis=0, ddof=1) / np.sqrt(teachers),
        resolution=0.02,
        # Overfitting costs M/n of the error, up to the correlation of features and residual.
        allowance=teacher_width / trained_on,
        at={"degree": degrees},
    ),
)
claim(
    "random_features.relu_spectrum.invisible",
    says="Targets of degree 3 and 5 are invisible: L_TE = 1, and L_ST(t) = 1 at every time.",
    source="w2s",
    kind="derived",
    decision=exact(
        np.ones((teachers, 2, times.size)),
        paths[:, [2, 4]],
        tolerance=1e-12,
        at={"degree": np.array([3, 5])[:, None], "t": times},
    ),
)
best = paths.min(axis=2)[:, [0, 1, 3]]
claim(
    "random_features.relu_spectrum.visible",
    says="Targets of degree 1, 2 and 4 are visible: every student learns some of each.",
    source="w2s",
    kind="derived",
    decision=inequality(best, 0.999, at={"degree": np.array([1, 2, 4])}),
)

# %% [markdown]
# ## What to notice
#
# * **Why Theorem 3.1 speaks of "a linear function and an even polynomial".** Any other part of the
#   target is lost to teacher and student alike, and no training time or width brings it back. A bias
#   or another activation would.
# * **Why early stopping can work.** Linear functions are learned
#   $\lambda_1/\lambda_2 \simeq \pi d/2$ times faster than quadratic ones ({numref}`fig-visible-degrees`,
#   left). In between the student knows the linear part of its teacher and nothing of its errors of
#   degree two and more.
# * **Why width matters.** $N_4$ grows like $d^4/24$: even a student of 16384 features does not resolve
#   degree 4 in dimension 32 ({ref}`finite students <page-fig5>`).
# * **Honest limits.** All of this needs uniform inputs and features on the sphere, and no biases.
#
# Next: {ref}`what shrinks <page-shrinkage>`, {ref}`the limit <page-limit>` and
# {ref}`the exponent of wide students <page-exponent-two>`.
