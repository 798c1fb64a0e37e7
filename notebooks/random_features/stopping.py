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
#     smoke: {widths: [16, 64, 256], teachers: 12}
# ---

# %% [markdown]
# (page-stopping)=
# # Beyond the paper: when to stop, and ridge instead
#
# When should a wide ReLU student stop, how much does it cost to be wrong, and would ridge
# regression do as well? The setting is that of {cite:t}`medvedev2025`, Theorem 3.1, where the student
# stops early (certain). All answers here are ours: computed under the ansatz of
# {ref}`the page before <page-exponent-two>` and checked by simulation
# ({ref}`labels of certainty <labels-of-certainty>`).
#
# ## Statement
#
# An infinitely wide student sees its teacher through a filter $g_\ell$ for each degree, the fraction
# of what the teacher says in this degree that the student takes over. With the target's energy, the
# residual $r = f_* - f_{TE}$ and their product in each degree,
#
# $$
# \mathcal L_{ST} = \sum_\ell \bigl\lVert (1 - g_\ell) f_{*\ell} + g_\ell\, r_\ell \bigr\rVert^2 .
# $$
#
# | student | filter $g_\ell$ |
# |---|---|
# | early stopping | $1 - e^{-t\lambda_\ell}$ |
# | ridge with penalty $p$ | $\lambda_\ell/(\lambda_\ell + p)$ |
# | oracle projection | 1 up to the target's degree, 0 above |
#
# The oracle knows which degrees matter. The others know nothing but the kernel.
#
# :::{prf:proposition} When to stop (beyond the paper; a count of exponents, not a proof)
# :label: prop-stopping
# :nonumber:
#
# For a linear target and under Gaussian universality:
#
# * while the teacher is too narrow to resolve degree two, $M_{TE} \ll N_2$, the best time
#   $t\lambda_1$ hardly depends on $M_{TE}$;
# * for wider teachers it grows by 1 to 2 times $\log(1/\mathcal L_{TE})$, and early stopping
#   becomes as good as the oracle projection, $\mathcal L_{ST} \simeq \mathcal L_{TE}^2$;
# * ridge does not: at its best penalty $\mathcal L_{ST} \approx \mathcal L_{TE}^{\eta}$ up to slow
#   factors, with
#
# $$
# \eta = \frac{2(2\alpha + 1)}{3\alpha + 1}, \quad \alpha = \frac{d+2}{d-1},
# $$
#
# below $\tfrac32$ in every dimension.
# :::
#
# ## Why it is true
#
# **The time.** The student must wait until what is left of the target, $e^{-t\lambda_1}$, falls below
# the teacher's own error $\mathcal L_{TE}$: at least $t\lambda_1 \approx \log(1/\mathcal L_{TE})$. Waiting
# for $2\log(1/\mathcal L_{TE})$ leaves only $\mathcal L_{TE}^2$ of the target. In between, the noise of
# degree two decides, which it learns meanwhile.
#
# **Ridge.** Its filter is not sharp: it leaves $p/\lambda_1$ of the target, against $e^{-t\lambda_1}$.
# So a small bias needs a small penalty, which lets the noise in.
#
# ::::{admonition} The exponent of ridge
# :class: dropdown
#
# Let $\kappa \sim M^{-\alpha}$ be the level below which the teacher knows nothing; then
# $\mathcal L_{TE} \simeq \kappa/\lambda_1$, and above that level its noise per direction is
# $\kappa^2/(\lambda_1\lambda_\ell M)$. The bias of ridge is $(p/\lambda_1)^2$. The noise passes with the
# factor $(\lambda_\ell/p)^2$ where $\lambda_\ell < p$. There it adds up to
# $\kappa^2 / (\lambda_1 p^2 M)$ times the trace of the kernel below $p$. With $\lambda_{(J)} \sim J^{-\alpha}$
# this trace is of order $p^{1-1/\alpha}$. Bias and noise balance where
# $p^{3+1/\alpha} \sim \kappa^2/M \sim \kappa^{2 + 1/\alpha}$, and $\mathcal L_{ST} \sim p^2$ gives $\eta$.
# The eigenvalues of a sphere come in steps, not as a smooth power, so the local exponent
# oscillates about this value.
# ::::

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
dims = [16, 32, 64]  # the dimensions of the paper's figures
widths = [16, 32, 64, 128, 256, 512]  # M_TE, simulated
teachers = 30  # simulated teachers per point
largest = 2**30  # M_TE reached by the deterministic curves
target_dim = 8  # for the other targets
target_width = 256  # and their teachers

# %%
import numpy as np
from myst_nb import glue

from w2s.metrics import fit_power_law
from w2s.page.claims import claim, exact, inequality, monte_carlo
from w2s.page.figures import ACCENT, BOUND, SFT, STUDENT, TEACHER, figure, shades
from w2s.page.pairs import record_pairs
from w2s.random_features.gradient_flow import best_stop, spectral_path
from w2s.random_features.learning_rules import filtered_error
from w2s.random_features.limits import lower_bound
from w2s.random_features.relu_network import relu_teacher
from w2s.random_features.spectral import SpectralTeacher
from w2s.random_features.sphere import ZonalTarget, multiplicities, relu_eigenvalues, sphere_points
from w2s.random_features.universality import deterministic_teacher

linear_rng, target_rng = np.random.default_rng(seed).spawn(2)
rate = {d: relu_eigenvalues(d, 1)[1] for d in [*dims, target_dim]}  # λ_1

# %% [markdown]
# ## Three students of one teacher
#
# All three are one formula with another filter. The best time and the best penalty are found by
# the same search.


# %%
def ridge_error(teacher, strength):
    """Errors of ridge for inverse penalties, along a new last axis."""
    scaled = np.asarray(strength)[..., None] * teacher.eigenvalues
    return filtered_error(teacher, scaled / (1 + scaled))


def compare(teacher):
    """L_TE, the best stop, the error of ridge and of the oracle, linear target."""
    early = best_stop(lambda t: spectral_path(teacher, t), slack=0.1)
    ridge = best_stop(lambda s: ridge_error(teacher, s), longest=1e14)
    learned = (teacher.eigenvalues > 0.999 * teacher.eigenvalues[1]).astype(float)
    return teacher.error, early, ridge, filtered_error(teacher, [learned])[..., 0]


# %% [markdown]
# The curves are deterministic; the dots are simulated teachers with the exact ReLU kernel.

# %%
all_widths = 2.0 ** np.arange(4, np.log2(largest) + 0.5)
curves = {}
for d in dims:
    typical = [deterministic_teacher(d, int(w)) for w in all_widths]
    curves[d] = compare(SpectralTeacher.stack(typical))
simulated, spectra = {}, {}
for d in dims:
    target = ZonalTarget(np.eye(d)[0])
    for width in widths:
        draws = [sphere_points(linear_rng, width, d) for _ in range(teachers)]
        trained = [relu_teacher(u, target).spectrum for u in draws]
        batch = SpectralTeacher.stack(trained)
        spectra[d, width], simulated[d, width] = batch, compare(batch)

# %%
columns = [int(np.log2(w)) - 4 for w in widths]  # of the simulated widths
cells = [(d, k, w) for d in dims for k, w in zip(columns, widths, strict=True)]
predicted_time = np.array([curves[d][1].time[k] * rate[d] for d, k, _ in cells])
logs = np.array([np.log(simulated[d, w][1].time * rate[d]) for d, _, w in cells])
blind = []  # error when stopped at the deterministic time, over the best
for d, k, w in cells:
    stopped = spectral_path(spectra[d, w], [curves[d][1].time[k]])[:, 0]
    blind.append(stopped / simulated[d, w][1].loss)
blind = np.array(blind)
glue("blind_mean", float(blind.mean() - 1), display=False)
glue("blind_worst", float(blind.max() - 1), display=False)

# %% [markdown]
# ## When to stop


# %% tags=["remove-output", "hide-input"]
def best_time(ax):
    for role, d in zip(shades(len(dims)), dims, strict=True):
        stop = curves[d][1]
        ax.plot(all_widths, stop.time * rate[d], **role.line)
        dots = [np.exp(np.log(simulated[d, w][1].time * rate[d]).mean()) for w in widths]
        ax.plot(widths, dots, **role.dots, label=f"$d$ = {d}")
        if d == middle:
            ax.fill_between(all_widths, stop.early * rate[d], stop.late * rate[d], **role.band)
    ax.set(xscale="log", yscale="log", ylim=(2, 300), xlabel=r"teacher width $M_{TE}$")
    ax.set(ylabel=r"best time $t\lambda_1$")
    ax.legend(loc="upper left")


def one_teacher(ax):
    ax.plot(strength, flow_path / squared, **STUDENT.line, label="early stopping")
    ax.plot(strength, ridge_path / squared, **SFT.line, label="ridge")
    ax.axhline(curves[middle][3][pick] / squared, **ACCENT.line, label="oracle")
    ax.axhline(1 / curves[middle][0][pick], **TEACHER.line, label="teacher")
    ax.axhline(lower_bound(curves[middle][0][pick]) / squared, **BOUND.line, label="bound (9)")
    ax.set(xscale="log", yscale="log", xlabel=r"$t\lambda_1$, or $\lambda_1$ / penalty")
    ax.set(ylabel=r"$\mathcal{L}_{ST}\,/\,\mathcal{L}_{TE}^2$")
    ax.legend(fontsize=8)


middle, pick = dims[1], 6  # M_TE = 1024
one = deterministic_teacher(middle, int(all_widths[pick]))
strength = np.geomspace(1e-1, 1e6, 241)
flow_path = spectral_path(one, strength / rate[middle])
ridge_path = ridge_error(one, strength / rate[middle])
squared = curves[middle][0][pick] ** 2
figure(
    "stopping",
    best_time,
    one_teacher,
    alt=[
        "Best stopping time against teacher width in three dimensions: flat up to a few hundred or "
        "thousand features, then growing like a logarithm. Simulated dots lie on the curves; a band "
        "of harmless times widens with the width.",
        "Student error over squared teacher error against training time and inverse penalty. Early "
        "stopping dips close to the oracle; the dip of ridge is much shallower.",
    ],
    data={"strength": strength, "early stopping": flow_path, "ridge": ridge_path},
)

# %% [markdown]
# :::{glue:figure} stopping
# :name: fig-stopping
#
# Left: best stopping time; lines deterministic, dots geometric means of simulated teachers. Band: at
# $d = 32$, all times at which the error is at most 10% above the best. Right: the typical teacher with
# 1024 features at $d = 32$. Ridge never comes close to what early stopping reaches. The bound (9) is that
# of {ref}`Theorem 4.1 <page-limit>`.
# :::
#
# **One need not know the truth to stop** ({numref}`fig-stopping`, left). Stopping every simulated student at the deterministic time,
# which uses $d$ and $M_{TE}$ only, costs {glue:text}`blind_mean:.2%` on average over the best time for
# that very teacher, and {glue:text}`blind_worst:.1%` at worst.
#
# ## Other targets
#
# Teachers in dimension {glue:text}`target_dim` with {glue:text}`target_width`
# features, trained on
# targets of one degree and on a mixture of degrees 1 and 2.

# %%
glue("target_dim", target_dim, display=False)
glue("target_width", target_width, display=False)
targets = {
    "degree 1": (0, 1),
    "degree 2": (0, 0, 1),
    "degrees 1 and 2": (0, 0.8, 0.6),
    "degree 4": (0, 0, 0, 0, 1),
    "degree 3": (0, 0, 0, 1),
}
sizes = target_width, target_dim
draws = [sphere_points(target_rng, *sizes) for _ in range(teachers)]
others = {}
for name, f in targets.items():
    target = ZonalTarget(np.eye(target_dim)[0], f)
    trained = [relu_teacher(u, target).spectrum for u in draws]
    others[name] = SpectralTeacher.stack(trained)
times = np.geomspace(1e-2, 1e8, 401)
other_paths = {name: spectral_path(batch, times) for name, batch in others.items()}


# %% tags=["remove-output", "hide-input"]
def against_width(ax):
    error, early, ridge, oracle = curves[middle]
    ax.plot(all_widths, early.loss / error**2, **STUDENT.line, label="early stopping")
    ax.plot(all_widths, ridge.loss / error**2, **SFT.line, label="ridge")
    ax.plot(all_widths, oracle / error**2, **ACCENT.line, label="oracle")
    for w in widths:
        error, early, ridge, oracle = simulated[middle, w]
        means = [(x / error**2).mean() for x in (early.loss, ridge.loss, oracle)]
        for role, value in zip((STUDENT, SFT, ACCENT), means, strict=True):
            ax.plot(w, value, **role.dots)
    ax.set(xscale="log", yscale="log", xlabel=r"teacher width $M_{TE}$")
    ax.set(ylabel=r"$\min\,\mathcal{L}_{ST}\,/\,\mathcal{L}_{TE}^2$")
    ax.legend()


def other_targets(ax):
    for role, (name, batch) in zip(shades(len(others)), others.items(), strict=True):
        path = (other_paths[name] / batch.error[:, None]).mean(axis=0)
        ax.plot(times * rate[target_dim], path, **role.line, label=name)
    ax.axhline(1, **BOUND.line)
    ax.set(xscale="log", yscale="log", ylim=(5e-3, 30), xlabel=r"time $t\lambda_1$")
    ax.set(ylabel=r"$\mathcal{L}_{ST}\,/\,\mathcal{L}_{TE}$", xlim=(1e-2, 3e5))
    ax.legend(loc="upper right", fontsize=8)


figure(
    "ridge-and-targets",
    against_width,
    other_targets,
    alt=[
        "Best error over squared teacher error against width for three students. Early stopping "
        "falls to one and meets the oracle; ridge departs upwards by many orders of magnitude.",
        "Student over teacher error against time for five targets. Each visible target has its dip "
        "below one, the later the higher its degree; degree three stays at one.",
    ],
    data={
        "M_TE": all_widths,
        "early stopping": curves[middle][1].loss / curves[middle][0] ** 2,
        "ridge": curves[middle][2].loss / curves[middle][0] ** 2,
        "oracle": curves[middle][3] / curves[middle][0] ** 2,
    },
)

# %% [markdown]
# :::{glue:figure} ridge-and-targets
# :name: fig-ridge-and-targets
#
# Left: three students at $d = 32$, each at its best; lines deterministic, dots simulated. Early stopping
# meets the oracle, ridge departs from both. Right: paths for other targets, averaged over teachers. A
# target of higher degree is learned later, and the mixture has to wait for its slower part.
# :::
#
# ## Claims

# %% tags=["hide-input"]
claim(
    "random_features.stopping.time",
    says="The best stopping time of simulated students (geometric mean) is that of the deterministic "
    "curve, within 10% and the noise.",
    source="w2s",
    kind="beyond",
    decision=monte_carlo(
        predicted_time,
        np.exp(logs.mean(axis=1)),
        np.exp(logs.mean(axis=1)) * logs.std(axis=1, ddof=1) / np.sqrt(teachers),
        resolution=0.1,
        allowance=0.1,  # the minimum is flat, and the ansatz is not exact
        at={"d": [d for d, _, _ in cells], "M_TE": [w for _, _, w in cells]},
    ),
)
narrow = [all_widths <= multiplicities(d, 2)[2] / 4 for d in dims]
flat = [np.ptp(np.log(curves[d][1].time[few])) for d, few in zip(dims, narrow, strict=True)]
claim(
    "random_features.stopping.flat",
    says="For teachers with at most N₂/4 features the best tλ₁ of a dimension varies by less than 5%.",
    source="w2s",
    kind="beyond",
    decision=inequality(flat, np.log(1.05), at={"d": dims}),
)
growth = []
for d in dims:
    wide = all_widths >= 4 * multiplicities(d, 2)[2]
    steps = np.diff(curves[d][1].time[wide] * rate[d]) / -np.diff(np.log(curves[d][0][wide]))
    growth.append([steps.min(), steps.max()])
claim(
    "random_features.stopping.logarithm",
    says="For teachers with more than 4 N₂ features the best tλ₁ grows by 1 to 2 times log(1/L_TE).",
    source="w2s",
    kind="beyond",
    decision=inequality(
        [[1.0, high] for _, high in growth],
        [[low, 2.0] for low, _ in growth],
        at={"d": np.array(dims)[:, None]},
    ),
)
claim(
    "random_features.stopping.blind",
    says="Stopped at the deterministic time, the students of every dimension and width lose on "
    "average less than 2% against their own best time.",
    source="w2s",
    kind="beyond",
    decision=inequality(
        blind.mean(axis=1),
        1.02,
        at={"d": [d for d, _, _ in cells], "M_TE": [w for _, _, w in cells]},
    ),
)

# %% tags=["hide-input"]
error, early, ridge, oracle = (
    np.concatenate([getattr(one[k], "loss", one[k]) for one in simulated.values()])
    for k in range(4)
)
claim(
    "random_features.stopping.order",
    says="For every simulated teacher: oracle projection ≤ early stopping ≤ ridge ≤ teacher, each at "
    "its best.",
    source="w2s",
    kind="beyond",
    decision=inequality([oracle, early, ridge], [early, ridge, error]),
)
claim(
    "random_features.stopping.limit",
    says="Ridge at its best penalty and early stopping at its best time obey the bound (9).",
    source="medvedev2025, Theorem 4.1",
    kind="paper",
    decision=inequality(lower_bound(error), [early, ridge]),
)
claim(
    "random_features.stopping.oracle",
    says=f"At M_TE = 2^{np.log2(largest):.0f} early stopping is as good as the oracle projection "
    "within 0.1%.",
    source="w2s",
    kind="beyond",
    decision=exact(
        np.ones(len(dims)),
        [curves[d][1].loss[-1] / curves[d][3][-1] for d in dims],
        tolerance=1e-3,
        at={"d": dims},
    ),
)
tail = slice(-13, None)
ridge_fit = [fit_power_law(curves[d][0][tail], curves[d][2].loss[tail]) for d in dims]
early_fit = [fit_power_law(curves[d][0][tail], curves[d][1].loss[tail]) for d in dims]
decay = (np.array(dims) + 2) / (np.array(dims) - 1)
for d, fit in zip(dims, ridge_fit, strict=True):
    glue(f"ridge_{d}", float(fit.exponent), display=False)
claim(
    "random_features.stopping.ridge_exponent",
    says="Over the last factor 4096 of widths the exponent of ridge is η = 2(2α+1)/(3α+1), below 3/2, "
    "within 5%; that of early stopping is 2.",
    source="w2s",
    kind="beyond",
    # The eigenvalues come in steps, so the exponent oscillates about its value.
    decision=exact(
        [2 * (2 * decay + 1) / (3 * decay + 1), np.full(len(dims), 2.0)],
        [[fit.exponent for fit in ridge_fit], [fit.exponent for fit in early_fit]],
        tolerance=0.0375,  # of 2: 5% of 1.5
        at={"d": dims},
    ),
)

# %% tags=["hide-input"]
record_pairs("ReLU network, early stopping", error, early)
record_pairs("ReLU network, ridge", error, ridge)
for name, paths in other_paths.items():
    loss = np.minimum(others[name].error, 1.0)  # rounding, where nothing is seen
    record_pairs(f"ReLU network, target of {name}", loss, paths)
visible = [name for name in targets if name != "degree 3"]
gains = [other_paths[name].min(axis=1) / others[name].error for name in visible]
claim(
    "random_features.stopping.targets",
    says="Early stopping gains for every simulated teacher of a visible target: degrees 1, 2, 4 and "
    "the mixture.",
    source="w2s",
    kind="beyond",
    decision=inequality(gains, 1.0 - 1e-3, at={"target": np.arange(len(visible))[:, None]}),
)
claim(
    "random_features.stopping.invisible",
    says="For a target of degree 3 no stopping time helps or harms: L_ST(t) = L_TE = 1.",
    source="w2s",
    kind="derived",
    decision=exact(
        np.ones((teachers, times.size)), other_paths["degree 3"], tolerance=1e-12, at={"t": times}
    ),
)

# %% [markdown]
# ## What to notice
#
# * **The dip is easy to hit.** The best time is nearly the same for all teachers, and the wider the
#   teacher, the wider the range of harmless times: between the learning of degree one and of
#   degree two.
# * **Ridge is not early stopping.** They are often called equivalent. Here the exponents differ
#   ({numref}`fig-ridge-and-targets`, left): fitted {glue:text}`ridge_16:.2f`, {glue:text}`ridge_32:.2f` and {glue:text}`ridge_64:.2f` in the
#   three dimensions, against 2. What counts is how fast the filter closes on what is learned.
# * **Near 1.49, but not the paper's 1.49.** That ridge has about the exponent of Theorem 3.1 may be a
#   coincidence: we do not know the paper's proof.
# * **Honest limits.** The deterministic curves rest on the universality ansatz, and the exponent of
#   ridge on a count of powers. Stopping is on the population; a finite student adds its
#   {ref}`finite-width floor <page-fig5>`.
