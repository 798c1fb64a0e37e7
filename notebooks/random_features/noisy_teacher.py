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
#     smoke: {repeats: 40, arbitrary: 500, relu_repeats: 3}
# ---

# %% [markdown]
# (page-noisy-teacher)=
# # Beyond: noisy teachers escape the limit
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (beyond {cite:t}`medvedev2025`, derived here): the quadratic limit is about teachers trained on
# the population. Students of a teacher fitted to finitely many samples can have far less error than the
# bound (9) allows.
#
# **Holds?** Yes, for linear and ReLU teachers, even without label noise. A bound that knows the teacher's
# norm holds for all of them.
#
# **Where not**: with many clean samples the student is above (9) again.
# :::
#
# :::{glue:figure} escape
# :name: fig-escape
#
# First panel: label noise of variance {glue:text}`noise`, linear network. Lines: formulas of the proposition;
# dots: means over {glue:text}`repeats` data sets. Second panel: teachers of both noise levels with their
# best students, one dot each (every sixth of the linear ones). Below the dashed curve a student does what
# {ref}`Theorem 4.1 <page-limit>` forbids to students of population teachers.
# :::
#
# ## Statement
#
# This page does not contradict the paper, whose teachers are trained on the population. It shows that
# this hypothesis decides. Everything below is derived and measured by us
# ({ref}`labels of certainty <labels-of-certainty>`).
#
# Norms are those of the population, $\lVert f_*\rVert = 1$, $L = \mathcal L_{TE}$ is the teacher's error
# and $\rho = \lVert f_{TE}\rVert$ its norm.
#
# :::{prf:theorem} (norm-aware limit; derived here, extends Theorem 4.1)
# :label: thm-norm-aware
# :nonumber:
#
# Let $f_{TE}$ be any function, and $f_{ST}$ {prf:ref}`shrinkage optimal <def-shrinkage>` for it. Then
#
# $$\mathcal L_{ST} \;\ge\; \Bigl(\sqrt{\tfrac{1+L}{2} - \tfrac{\rho^2}{4}} - \tfrac{\rho}{2}\Bigr)_+^2 .$$
#
# It is attained. At $\rho^2 = 1 - L$, a best approximation, it is the bound (9) of
# {ref}`Theorem 4.1 <page-limit>`; it falls as $\rho$ grows, and is zero from $\rho^2 = 1 + L$ on.
# In particular (9) holds for every teacher with $\rho^2 \le 1 - L$, such as one that is itself
# shrinkage optimal for $f_*$.
# :::
#
# :::{prf:proposition} (a linear teacher fitted to n samples; derived here)
# :label: prop-finite-sample
# :nonumber:
#
# In the {ref}`linear network <page-fig3>` with one signal coordinate let the same $M$ features have
# the population error $L_0$. Fit them by least squares to $n > M + 1$ labels with noise $\sigma^2$, and
# write $v = (\sigma^2 + L_0)/(n - M - 1)$. Given the features, on average
#
# $$\mathcal L_{TE} = L_0 + M v, \qquad \mathcal L_{ST} = L_0^2 + (1 - L_0)\,v$$
#
# for the student that has learned the signal and nothing of the bulk.
# :::
#
# ## Why it is true
#
# **The bound.** The student lies in the ball with diameter $[0, f_{TE}]$. From
# $2\langle f_*, f_{TE}\rangle = 1 + \rho^2 - L$ the target is at distance
# $\sqrt{(1+L)/2 - \rho^2/4}$ from the centre, and the radius is $\rho/2$. If
# $\rho^2 \ge 1 + L$ the target lies *in* the ball, and nothing forbids a perfect student. If the teacher is
# $f_*$ plus orthogonal noise, $\rho^2 = 1 + L$ and the target lies on the sphere (Thales' circle). The bound is
# {proved}`Limit.limit_for_any_teacher`.
#
# **The escape.** The noise of a least-squares fit is spread evenly over the $M$ directions of the
# teacher's feature space, $v$ in each. All of it counts in the teacher's error. The student, stopped
# in time, learns only one direction, the signal, and of the noise $Mv$ it keeps about $v$. This is the
# mechanism of Part I ({ref}`the student's variance <page-variance-theorem>`) at work in the model of Part II.
#
# ::::{admonition} Proof of the proposition
# :class: dropdown
#
# In an orthonormal basis of the feature space the design is $n \times M$ standard normal. The
# residual of the best approximation is normal and uncorrelated with the features, hence
# independent: it acts as additional noise of variance $L_0$. So the fit is the best approximation plus
# noise with covariance $(\sigma^2 + L_0)\, \mathbb E (Z^\top Z)^{-1} = v I$ in these $M$ directions.
# The signal direction $f_*$ has a projection of squared length $1 - L_0$ on the feature space, so
# the signal coordinate of the teacher is $1 - L_0$ plus noise of variance $(1 - L_0)\,v$.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
width = 32  # M_TE
bulk_dim = 255
bulk_eigenvalue = 1 / 64  # s
samples = [48, 64, 96, 128, 256, 512, 1024, 2048]  # n, labels of the teacher
noises = [0.0, 0.5]  # variance of the label noise
repeats = 150  # data sets per n and noise
student_width = 20_000  # M_ST of the directly simulated students
arbitrary = 5000  # teachers that are any function at all
relu_dim = 16  # input dimension of the ReLU networks
relu_repeats = 10  # ReLU teachers per n and noise, of width 64

# %%
import numpy as np
from myst_nb import glue

from w2s.metrics import Estimate
from w2s.page.claims import beyond, derived, exact, inequality
from w2s.page.comparison import compared
from w2s.page.figures import ACCENT, BOUND, STUDENT, TEACHER, figure, in_shades
from w2s.page.pairs import record_pairs
from w2s.random_features.gradient_flow import best_stop, flow, spectral_path
from w2s.random_features.limits import lower_bound, lower_bound_any_teacher
from w2s.random_features.linear_network import LinearNetwork, linear_functions
from w2s.random_features.relu_network import network_spectrum
from w2s.random_features.shrinkage import nearest_in_ball
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import ZonalTarget, sphere_points

draw, relu_rng, finite_rng, any_rng, _ = np.random.default_rng(seed).spawn(5)
times = np.concatenate([[0.0], np.geomspace(1e-2, 1e6, 200)])

# %% [markdown]
# ## The picture


# %% tags=["remove-output"]
def ball(teacher):
    """Panel with the disc of the students of a teacher; the target is (0.8, 0.6)."""
    goal, turn = np.array([0.8, 0.6]), np.linspace(0, 2 * np.pi, 200)
    around = np.linalg.norm(teacher / 2) * np.column_stack([np.cos(turn), np.sin(turn)])
    nearest = nearest_in_ball(goal, teacher)

    def panel(ax):
        x, y = (teacher / 2 + around).T
        ax.fill_between(x[:100], teacher[1] - y[:100], y[:100], **BOUND.band)
        ax.plot(x, y, **BOUND.line)
        ax.plot(*np.array([np.zeros(2), teacher]).T, **TEACHER.line)
        ax.plot(*np.array([goal, teacher]).T, color=TEACHER.color, linewidth=0.8)
        if np.linalg.norm(nearest - goal) > 1e-6:
            ax.plot(*np.array([goal, nearest]).T, color=ACCENT.color)
            ax.plot(*nearest, **ACCENT.dots | {"markersize": 9})
            ax.annotate("nearest student", nearest + np.array([-0.05, 0.13]), ha="right")
        for text, point in {"$f_*$": goal, "$f_{TE}$": teacher, "0": np.zeros(2)}.items():
            ax.plot(*point, **TEACHER.dots)
            side = "left" if text != "0" else "right"
            ax.annotate(f"  {text}  ", point, ha=side, va="bottom" if text == "$f_*$" else "center")
        ax.set(aspect="equal", xlim=(-0.2, 1.4), ylim=(-0.56, 0.74))
        ax.axis("off")

    return panel


figure(
    "two-balls",
    ball(np.array([0.8, 0.0])),
    ball(np.array([1.16, 0.12])),
    alt=[
        "The teacher is the foot of the perpendicular from the target to a line. The disc over the "
        "segment from zero to the teacher does not contain the target; a short segment joins them.",
        "The teacher is the target plus a perpendicular error of the same length. The disc is larger "
        "and the target lies on its edge.",
    ],
)

# %% [markdown]
# :::{glue:figure} two-balls
# :name: fig-two-balls
#
# Two teachers with the same error $L = 0.36$, the squared length of the thin line. First panel: the best
# approximation of $f_*$; its students lie in the disc, which misses $f_*$. Second panel: $f_*$ plus
# orthogonal noise; now $f_*$ lies on the edge of the disc and is itself a possible student.
# :::
#
# ## Linear teachers on real samples
#
# We draw one set of teacher features. For each sample size we then draw inputs and noisy labels and fit
# by least squares, many times. Nothing is averaged by formula: the fitted weights give the teacher as a
# function, and its signal and bulk parts give the path of an infinitely wide student.

# %%
network = LinearNetwork(width, bulk_dim, bulk_eigenvalue)
scale = np.sqrt(np.repeat(network.eigenvalues, [1, bulk_dim]))
features = draw.standard_normal((width, 1 + bulk_dim)) * scale
target = np.eye(1 + bulk_dim)[0]
best_weights = np.linalg.solve(features @ features.T, features @ target)
optimal = best_weights @ features  # the best approximation
floor = 1 - optimal @ target  # population error of these features


def fitted_teacher(n, noise):
    """Coordinates of the teacher that least squares makes of n noisy labels."""
    inputs = draw.standard_normal((n, 1 + bulk_dim))
    labels = inputs @ target + np.sqrt(noise) * draw.standard_normal(n)
    return np.linalg.lstsq(inputs @ features.T, labels, rcond=None)[0] @ features


def as_seen(teachers):
    """Linear teachers by eigenspace of an infinitely wide student."""
    signal, bulk = 1 - teachers[..., 0], (teachers[..., 1:] ** 2).sum(axis=-1)
    moments = (signal**0, 0 * bulk), (signal, 0 * bulk), (signal**2, bulk)
    stacked = [np.stack(pair, axis=-1) for pair in moments]  # of f*, both, residual
    return SpectralTeacher(network.eigenvalues, *stacked)


# %%
def run(spectrum):
    """Teacher's error and energy, student's path and best error."""
    path = spectral_path(spectrum, times)
    stopped = best_stop(lambda t: spectral_path(spectrum, t), points=101).loss
    return spectrum.error, spectrum.teacher_energy.sum(axis=-1), path, stopped


drawn = [fitted_teacher(n, noise) for noise in noises for n in samples for _ in range(repeats)]
fits = np.reshape(drawn, (len(noises), len(samples), repeats, 1 + bulk_dim))
results = {"linear": run(as_seen(fits.reshape(-1, 1 + bulk_dim)))}
teacher_error, teacher_energy, best = (  # (noise, n, repeat)
    results["linear"][k].reshape(fits.shape[:3]) for k in (0, 1, 3)
)
window = (1 - fits[..., 0]) ** 2  # signal learned, bulk not

# %% [markdown]
# ## ReLU teachers, finite students
#
# We repeat this with ReLU networks on the sphere in dimension {glue:text}`relu_dim`, and with linear
# students that have {glue:text}`student_width` features of their own. These students also learn from
# the teacher that the same features give on the whole population. It alone meets the hypotheses of
# {ref}`Corollary 1 <page-limit>`, so its students are tested there once more; all others here are
# counter-examples.


# %%
def relu_fit(rng, n, noise, width=64):
    """ReLU teacher fitted to n noisy labels of a linear target, by degree."""
    u, x = (sphere_points(rng, count, relu_dim) for count in (width, n))
    labels = np.sqrt(relu_dim) * x[:, 0] + np.sqrt(noise) * rng.standard_normal(n)
    weights = np.linalg.lstsq(np.maximum(x @ u.T, 0), labels, rcond=None)[0]
    return network_spectrum(u, weights, ZonalTarget(np.eye(relu_dim)[0]))


cells = [(n, noise) for noise in noises for n in (128, 256, 512, 2048) for _ in range(relu_repeats)]
results["ReLU"] = run(SpectralTeacher.stack([relu_fit(relu_rng, *cell) for cell in cells]))


# %%
def paths_of(kernel, teachers):
    """The errors at all times of the students of several teachers."""
    return [((flow(kernel, one, times) - target) ** 2).sum(axis=1) for one in teachers]


kernels = (linear_functions(network, student_width, finite_rng)[2] for _ in samples)
taught = [paths_of(kernel, [optimal, *fits[:, i, 0]]) for i, kernel in enumerate(kernels)]
finite = [paths[0] for paths in taught]  # students of the best approximation
unlimited = run(as_seen(optimal))[2]
paths = np.array([path for paths in taught for path in paths[1:]])
chosen = [np.swapaxes(x[..., 0], 0, 1).ravel() for x in (teacher_error, teacher_energy)]
results["finite student"] = [*chosen, paths, paths.min(axis=1)]
everything = [np.concatenate(rows) for rows in zip(*results.values(), strict=True)]

# %%
n, variance = np.array(samples), np.array(noises)[:, None]
v = (variance + floor) / (n - width - 1)
# Exact variances: the noise of the fit has a multivariate t law with n − M + 1 degrees.
tail = (n - width - 1) / (n - width - 3)
of_teacher = v**2 * (width * (width + 2) * tail - width**2)
of_student = (1 - floor) ** 2 * v**2 * (3 * tail - 1) + 4 * floor**2 * (1 - floor) * v
teacher_law, student_law = (
    compared(mean, Estimate(seen.mean(axis=-1), np.sqrt(spread / repeats)), noise=variance, n=n)
    for mean, seen, spread in (
        (floor + width * v, teacher_error, of_teacher),
        (floor**2 + (1 - floor) * v, window, of_student),
    )
)
glue("relu_dim", relu_dim, display=False)
glue("student_width", f"{student_width:,}", display=False)

# %% tags=["remove-output", "hide-input"]
record_pairs("linear network, infinite student", [floor], unlimited[None])
record_pairs("linear network, finite student", [floor] * len(finite), finite)


# %% tags=["remove-output"]
def against_n(ax):
    aware = lower_bound_any_teacher(teacher_error[-1], teacher_energy[-1]).mean(axis=1)
    old = lower_bound(np.minimum(teacher_error[-1], 1)).mean(axis=1)
    ax.plot(samples, teacher_law.predicted[-1], **TEACHER.line)
    ax.plot(samples, teacher_law.measured.mean[-1], **TEACHER.dots, label="teacher")
    ax.plot(samples, old, **ACCENT.line, label="bound (9)")
    ax.plot(samples, student_law.predicted[-1], **STUDENT.line)
    ax.plot(samples, student_law.measured.mean[-1], **STUDENT.dots, label="student")
    ax.plot(samples, aware, **BOUND.line, label="norm-aware bound")
    ax.set(xscale="log", yscale="log", xlabel="labels of the teacher $n$", ylabel="error")
    ax.legend()


def below(ax):
    for role, (name, (error, _, _, lowest)) in in_shades(results.items()):
        thin = slice(None, None, 6 if name == "linear" else 1)
        look = role.dots | {"markersize": 3.5, "alpha": 0.85}
        ax.plot(error[thin], lowest[thin], **look, label=name)
    ends = np.geomspace(0.05, 1, 200)
    ax.plot(ends, lower_bound(ends), **ACCENT.line, label="bound (9)")
    ax.set(xscale="log", yscale="log", xlabel=r"teacher $\mathcal{L}_{TE}$", xlim=(0.08, 3))
    ax.set(ylabel=r"best student $\min_t\mathcal{L}_{ST}$", ylim=(2e-3, 1))
    ax.legend()


figure(
    "escape",
    against_n,
    below,
    alt=[
        "Errors against the number of labels, log-log. The teacher falls from above one to a tenth. "
        "The student is far lower, below the curve of the bound for population teachers until the "
        "largest sample sizes, and always above the norm-aware bound.",
        "Best student error against teacher error for linear, ReLU and finite students. Most points "
        "lie below the dashed curve of the bound for population teachers.",
    ],
)

# %% tags=["hide-input"]
possible = teacher_error[-1] <= 1
deepest = best[-1][possible] / lower_bound(teacher_error[-1][possible])
glue("noise", f"{noises[-1]:g}", display=False)
glue("repeats", repeats, display=False)
glue("deepest", float(deepest.min()), display=False)
glue("floor", float(floor), display=False)
glue("second_n", samples[1], display=False)
glue("noisy_teacher", float(teacher_error[-1, 1].mean()), display=False)
glue("noisy_student", float(best[-1, 1].mean()), display=False)

# %% [markdown]
# ## Claims

# %%
beyond(
    "random_features.noisy_teacher.norm_aware",
    "Students of linear and ReLU teachers fitted to finite samples, and students of finite "
    "width, obey the norm-aware bound at every time.",
    compared(
        lower_bound_any_teacher(*everything[:2])[:, None],
        Estimate(everything[2], 0),
        L_TE=everything[0][:, None],
        t=times,
    ).above(1e-12),
    main=True,
)
anything = any_rng.standard_normal((arbitrary, 6)) * 10 ** any_rng.uniform(-2, 1, (arbitrary, 1))
anything[: arbitrary // 2, 0] += 1
goal = np.eye(6)[0]
loss, energy = ((anything - goal) ** 2).sum(axis=1), (anything**2).sum(axis=1)
nearest = np.array([((nearest_in_ball(goal, f) - goal) ** 2).sum() for f in anything])
derived(
    "random_features.noisy_teacher.attained",
    "For teachers that are any function at all the norm-aware bound is the squared distance of the "
    "target from the ball, so it cannot be improved.",
    exact(nearest, lower_bound_any_teacher(loss, energy), 1e-12, at={"L_TE": loss}),
)

# %%
grid = np.linspace(0, 1, 501)
inner = grid[1:-1, None]
levels = np.sqrt(2 * (1 + inner)) * np.linspace(0, 1, 50)
feasible = np.where(np.abs(1 - levels) <= np.sqrt(inner), levels, 1.0) ** 2
pairs = np.sort([feasible[:, :-1], feasible[:, 1:]], axis=0)
of_less, of_more = lower_bound_any_teacher(inner, pairs)
derived(
    "random_features.noisy_teacher.contains_limit",
    "The norm-aware bound is the bound (9) for a best approximation, ρ^2 = 1 − L, and zero for the "
    "target plus orthogonal noise, ρ^2 = 1 + L.",
    exact(
        [lower_bound(grid), np.zeros(501)],
        lower_bound_any_teacher(grid, [1 - grid, 1 + grid]),
        1e-14,
        at={"L_TE": grid},
    ),
)
derived(
    "random_features.noisy_teacher.falls_with_norm",
    "At a given teacher error the norm-aware bound falls as the teacher's norm grows.",
    inequality(of_more, of_less, slack=1e-15),
)


# %%
def beside_limit(error, lowest):
    """Best students beside the bound (9), where a population teacher can have this error."""
    known = error <= 1
    return compared(lower_bound(error[known]), Estimate(lowest[known], 0), L_TE=error[known])


beyond(
    "random_features.noisy_teacher.any_teacher",
    "The bound (9) holds for every teacher, also for one fitted to a finite noisy sample.",
    beside_limit(everything[0], everything[3]).above(),
    expect="fails",
    main=True,
)
beyond(
    "random_features.noisy_teacher.noise_free",
    "The bound (9) holds for teachers fitted to a finite sample without label noise.",
    beside_limit(teacher_error[0], best[0]).above(),
    expect="fails",
    main=True,
)
family = {
    "linear": "linear network",
    "ReLU": "ReLU network",
    "finite student": "finite linear student",
}
for kind, of_kind in results.items():
    found = beside_limit(of_kind[0], of_kind[3])
    beyond(
        f"random_features.noisy_teacher.below_{kind.split()[0].lower()}",
        f"Some students of fitted teachers ({family[kind]}) have an error below three quarters of the "
        "bound (9).",
        inequality(found.over(found.predicted).measured.mean.min(), 0.75),
    )

# %%
last, bound = best[0, -1], lower_bound(teacher_error[0, -1])
beyond(
    "random_features.noisy_teacher.large_samples",
    "With noise-free labels and the largest sample the teacher is nearly the best approximation, "
    "and on average its student has more error than the bound (9) again.",
    inequality(bound.mean(), last.mean(), standard_error=(last - bound).std() / np.sqrt(repeats)),
)
derived(
    "random_features.noisy_teacher.teacher_law",
    "The mean error of teachers fitted to n labels is L_0 + M(σ^2 + L_0)/(n − M − 1).",
    teacher_law.agrees(1 / np.sqrt(repeats)),
)
derived(
    "random_features.noisy_teacher.student_law",
    "The mean error of students that learned the signal only is "
    "L_0^2 + (1 − L_0)(σ^2 + L_0)/(n − M − 1).",
    student_law.agrees(2.5 / np.sqrt(repeats)),
    main=True,
)

# %% [markdown]
# A teacher that is itself stopped early on the *population* has $\rho^2 \le 1 - L$ by Lemma 1, so its
# students cannot escape, as one of the further checks shows.

# %%
early = flow(features.T @ features / width, target, np.geomspace(1e-1, 1e5, 200))
error, _, path, _ = run(as_seen(early))
derived(
    "random_features.noisy_teacher.early_stopped_teacher",
    "Students of teachers that were stopped early on the population obey (9) at every time.",
    compared(lower_bound(error)[:, None], Estimate(path, 0), L_TE=error[:, None], t=times).above(
        1e-13
    ),
)

# %% [markdown]
# ## What to notice
#
# * **The exponent 2 is a law of population teachers** ({numref}`fig-escape`). With
#   $n$ = {glue:text}`second_n` noisy labels the mean error of the teacher is {glue:text}`noisy_teacher:.2f`
#   and that of its best student {glue:text}`noisy_student:.3f`. The linear student that is furthest below
#   has {glue:text}`deepest:.1%` of the error that (9) would require.
# * **Students escape even without label noise.** The part of the target that the teacher cannot express
#   acts as noise on a finite sample.
# * **Two mechanisms work in one student.** Early stopping squares the misfit $L_0$ = {glue:text}`floor:.2f`
#   as in {ref}`Theorem 3.2 <page-fig3>`, and it also discards the teacher's variance in the $M - 1$
#   directions that are not the signal, as in {ref}`Part I <page-variance-theorem>`. The same variance makes
#   teachers that do not improve, and students that do, on the page of {ref}`scaling laws <page-scaling-laws>`.
# * **Honest limits.** The student still sees the population of inputs; its own finite sample would add
#   error. A student below (9) still obeys the norm-aware bound, because the ball argument always holds.
#   The proposition is for one signal coordinate and Gaussian inputs; the ReLU points are measured only.
#   There the student learns all $d$ linear directions and keeps the noise in each, so it escapes less far.
