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
#     smoke: {linear_teachers: 5}
# ---

# %% [markdown]
# (page-gradient-flow-chains)=
# # Chains of gradient flow
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (beyond {cite:t}`medvedev2025`, derived here): when all students of a chain train by gradient
# flow with the same kernel and unlimited features, the last one's error falls to $\mathcal L_{TE}^2$ in
# the linear network.
#
# **Holds?** Yes; with ReLU features it ends somewhat higher. A second student helps, further ones hardly.
#
# **Where not**: the factor 4 that freely chosen features allow is out of reach.
# :::
#
# :::{glue:figure} flow-chains
# :name: fig-flow-chains
#
# Chains of infinitely wide students, stopped at their best common time: error of the last one over the
# square of the teacher's. Dotted grey: $B_n$, what {ref}`chains with freely chosen features
# <page-bootstrapping>` could reach.
# :::
#
# ## Statement
#
# A chain of $n$ infinitely wide students with the same kernel $K$, all stopped at the time $t$, applies
# one filter $n$ times:
#
# $$f_n = (1 - e^{-tK})^n f_{TE}.$$
#
# As $n$ grows, and at the best common time, its error falls to that of a projection of $f_{TE}$ on the
# leading eigenspaces, and no further. In the linear network this is $\mathcal L_{TE}^2$, while
# {ref}`chains with freely chosen features <page-bootstrapping>` can approach a quarter of it. We know of
# no such statement in the paper ({ref}`labels of certainty <labels-of-certainty>`).
#
# ## Why it is true
#
# As a function of $\log(t\lambda)$ the filter $(1 - e^{-t\lambda})^n$ gets steeper with $n$ and becomes a
# step at $t\lambda \approx \log n$. So a long chain can learn the signal completely and nothing of the
# bulk, which a single student always learns in part. No filter with values in $[0,1]$ does better in the
# linear network: with the fraction $\varphi$ learned of the signal and $\psi$ of the bulk, the error is
# $(1 - \varphi(1-L))^2 + \psi^2 L(1-L)$, which is smallest at $\varphi = 1$, $\psi = 0$.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
linear_widths = [16, 64, 256]  # M_TE of the linear teachers
linear_teachers = 20  # for each
relu_dim = 32  # input dimension of the ReLU teachers
relu_widths = [64, 256]  # their M_TE

# %%
import numpy as np
from myst_nb import glue

from w2s.page.claims import beyond, exact, inequality
from w2s.page.figures import BOUND, figure, in_shades
from w2s.page.pairs import record_pairs
from w2s.random_features.gradient_flow import best_stop
from w2s.random_features.learning_rules import filtered_error
from w2s.random_features.limits import lower_bound_bounded_student, lower_bound_chain
from w2s.random_features.linear_network import linear_scaling, linear_teacher
from w2s.random_features.relu_network import relu_teacher
from w2s.random_features.sphere import ZonalTarget, sphere_points

rng = np.random.default_rng(seed).spawn(5)[3]  # the others are those of the page on chains
lengths = np.array([1, 2, 4, 8, 16, 64, 256, 1024])


# %%
def flow_chain(spectrum, n_students):
    """Error of the last of n unlimited students that stop at the same time."""

    def path(times):
        learned = -np.expm1(-times[..., None] * spectrum.eigenvalues)
        return filtered_error(spectrum, learned**n_students)

    return best_stop(path).loss


def simulated_relu(m):
    """The spectrum of a simulated ReLU teacher of a linear target."""
    target = ZonalTarget(np.eye(relu_dim)[0])
    return relu_teacher(sphere_points(rng, m, relu_dim), target).spectrum


linear = {
    f"linear, M = {m}": linear_teacher(linear_scaling(m), rng, linear_teachers)
    for m in linear_widths
}
relu = {f"ReLU, M = {m}": simulated_relu(m) for m in relu_widths}
spectra = linear | relu
lasts = {name: [flow_chain(one, n) for n in lengths] for name, one in spectra.items()}
flows = {  # mean over teachers of best error over L_TE²
    name: np.array([(last / spectra[name].error ** 2).mean() for last in rows])
    for name, rows in lasts.items()
}

# %% tags=["remove-output", "hide-input"]
for family, rows in lasts.items():
    firsts = np.atleast_1d(rows[0])  # the chain of one
    record_pairs(f"{family}, one student", np.atleast_1d(spectra[family].error), firsts)


# %% tags=["remove-output"]
def gradient_chains(ax):
    for role, (name, ratio) in in_shades(flows.items()):
        ax.plot(lengths, ratio, **role.line)
        ax.plot(lengths, ratio, **role.dots, label=name.replace("M", "$M$"))
    limit = [float(lower_bound_chain(0.05, int(n))) / 0.05**2 for n in lengths]
    ax.plot(lengths, limit, **BOUND.line, label="any chain, $\\mathcal{L}_{TE}$ = 0.05")
    ax.set(xscale="log", xlabel="students in the chain $n$", ylim=(0, 2.1))
    ax.set(ylabel=r"last student / $\mathcal{L}_{TE}^2$")
    ax.legend(loc="upper right", ncols=2)


figure(
    "flow-chains",
    gradient_chains,
    alt="Best error of a gradient-flow chain over the squared teacher error, against the length of "
    "the chain. All curves fall within a few students to a constant: one for linear networks, "
    "slightly more for ReLU. A dotted curve for arbitrary chains falls to about a quarter.",
    size=(5.0, 3.3),
)
for place, k in {"narrow": 0, "wide": -1}.items():
    glue(place, linear_widths[k], display=False)
    by_length = flows[f"linear, M = {linear_widths[k]}"]
    glue(f"flow_{place}_one", float(by_length[0]), display=False)
    glue(f"flow_{place}_two", float(by_length[1]), display=False)

# %% [markdown]
# ## Claims

# %%
table, names = np.array([*flows.values()]), np.array([*flows])[:, None]
ends = {name: ratio[-1] for name, ratio in flows.items()}
square = {name: one.error**2 for name, one in spectra.items()}
seen = [spectra[name].residual_energy[:2].sum() / square[name] for name in relu]  # degrees 0, 1
beyond(
    "random_features.bootstrapping.flow_improves",
    "Longer chains of gradient-flow students never do worse than shorter ones, for linear "
    "and ReLU networks.",
    inequality(table[:, 1:], table[:, :-1], slack=1e-9, at={"n": lengths[1:], "network": names}),
)
beyond(
    "random_features.bootstrapping.flow_limit_linear",
    "In the linear network the longest chain ends at L_TE^2, for every width of the teacher.",
    exact(1.0, [ends[name] for name in linear], 1e-6, at={"M_TE": linear_widths}),
    main=True,
)
beyond(
    "random_features.bootstrapping.flow_limit_relu",
    "With ReLU features the longest chain ends at the energy of the teacher's residual in "
    "degrees 0 and 1: it has become a projection.",
    exact(seen, [ends[name] for name in relu], 2e-3, at={"M_TE": relu_widths}),
    main=True,
)
beyond(
    "random_features.bootstrapping.flow_reaches_quarter",
    "Chains of gradient-flow students in the linear network come within a factor 2 of "
    "(1 − √(1 − L_TE))^2.",
    inequality(
        [ends[name] * square[name].mean() for name in linear],
        [2 * lower_bound_bounded_student(one.error).mean() for one in linear.values()],
        at={"M_TE": linear_widths},
    ),
    expect="fails",
    main=True,
)

# %% [markdown]
# ## What to notice
#
# * **Gradient flow uses another mechanism** ({numref}`fig-flow-chains`). With unlimited features a chain
#   only sharpens the filter, and the factor 4 is out of its reach, as the claim that fails shows.
# * **Two students are almost enough.** In the linear network with $M =$ {glue:text}`narrow` one student
#   has the error {glue:text}`flow_narrow_one:.2f` $\mathcal L_{TE}^2$ and two have
#   {glue:text}`flow_narrow_two:.2f` $\mathcal L_{TE}^2$; with $M =$ {glue:text}`wide` it is
#   {glue:text}`flow_wide_one:.3f` and {glue:text}`flow_wide_two:.4f`.
# * **Honest limits.** All students of a chain share one stopping time and have infinitely many features,
#   and the linear network has one signal coordinate.
