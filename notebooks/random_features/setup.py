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
#     smoke: {runs: 8, batch: 200}
# ---

# %% [markdown]
# (page-setup)=
# # The setup: teacher, student, early stopping
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** ({cite:t}`medvedev2025`, abstract and Figure 1): a student with many random features that sees
# only the labels of a teacher with few, and stops early, can be better than its teacher.
#
# **Holds?** Yes, in a linear and a ReLU network, by a closed form derived here and by gradient descent on
# sampled data.
#
# **Where not**: without stopping the gain is lost, in the linear network entirely.
# :::
#
# :::{glue:figure} closed-form
# :name: fig-closed-form
#
# In each network one teacher has one student of {glue:text}`student_width` features. Its error falls
# below its teacher's (dashed) and comes back to it, or near it. Lines: closed form. Dots: gradient descent
# on fresh batches, mean and two standard errors over {glue:text}`runs` trainings. Dotted: an infinitely
# wide student of the same teacher.
# :::
#
# ## Statement
#
# :::{glue:figure} schematic
# :name: fig-schematic
#
# The paper's Figure 1, redrawn. A teacher with few random features learns from the truth. A student with
# many features of its own sees only what the teacher says, and stops early.
# :::
#
# Both networks have a fixed random bottom layer, and only $w$ is trained:
#
# $$
# f(x) = \sum_{i=1}^{M} w_i\,\sigma(\langle u_i, x\rangle), \qquad
# \mathcal L(f) = \mathbb E_x\,(f(x) - f_*(x))^2, \qquad \mathbb E f_*^2 = 1.
# $$
#
# The structure ({certainty}`Figure 1`) stands in the abstract and in the caption of Figure 1. The assumptions in the
# table and the normalisations are recalled; the closed form is derived here.
#
# | part | linear network | ReLU network |
# |---|---|---|
# | $\sigma(z)$ | $z$ | $\max(z, 0)$ |
# | features $u_i$ | $N(0, I)$ | uniform on the sphere $S^{d-1}$ |
# | inputs $x$ | normal, variances $1, s, \dots, s$ | uniform on $S^{d-1}$ |
# | target $f_*$ | $x_1$ | $\sqrt d\,\langle \beta, x\rangle$ |
#
# :::{prf:definition} Teacher and student (Medvedev et al. 2025, recalled)
# :label: def-teacher-student
# :nonumber:
#
# The teacher has $M_{TE}$ features and minimises $\mathcal L$ on the population. The student has
# $M_{ST} \gg M_{TE}$ fresh features and follows gradient flow from zero on
# $\mathbb E (f - f_{TE})^2$ up to a time $T$, which gives $f_{ST} = f_T$.
# :::
#
# :::{prf:proposition} Closed form (derived here)
# :label: prop-closed-form
# :nonumber:
#
# The teacher is the projection of $f_*$ on the span of its features, so
# $\langle f_{TE}, f_* - f_{TE}\rangle = 0$ and
#
# $$\lVert f_{TE}\rVert^2 = 1 - \mathcal L_{TE}. \tag{1}$$
#
# The student is $f_t = (1 - Q_t)\, f_{TE}$ with $Q_t = e^{-tK}$, where
# $K = \frac1{M_{ST}} \sum_i \sigma_i \otimes \sigma_i$ is the kernel operator of its features
# $\sigma_i(x) = \sigma(\langle u_i, x\rangle)$. With $r = f_* - f_{TE}$
#
# $$f_* - f_t = Q_t f_* + (1 - Q_t)\, r. \tag{2}$$
# :::
#
# ## Why it is true
#
# The first term of (2) is what the student has not yet learned of the truth; the second is what it has
# already copied of the teacher's mistake. Early stopping pays when the truth lies in directions that are
# learned fast and the mistake in slow ones.
#
# ::::{admonition} Full proof
# :class: dropdown
#
# A least-squares minimiser over a linear span is the orthogonal projection, and (1) is Pythagoras. Write
# the student as $f = \frac{1}{\sqrt{M}} \sum_i a_i \sigma_i$. Gradient flow on half the loss is
# $\dot a = -(Ga - b)$ with $G_{ij} = \frac1M \langle \sigma_i, \sigma_j\rangle$ and
# $b_i = \frac{1}{\sqrt M}\langle \sigma_i, f_{TE}\rangle$. In function space this reads
# $\dot f = -K (f - f_{TE})$, so $f_{TE} - f_t = e^{-tK} f_{TE}$. Insert $f_{TE} = f_* - r$ for (2).
# ::::
#
# Time has no meaning by itself: weights that are not divided by $\sqrt M$, or a loss without the
# one half, only rescale it. So we always show $t\lambda_1$, with the eigenvalue $\lambda_1$ of $K$ in the
# direction of the target (for infinite width, 1 in the linear and $1/4d^2$ in the ReLU network).

# %% tags=["remove-output"]
import numpy as np

from w2s.page.figures import BOUND, STUDENT, TEACHER, figure


def network(title, hidden, role, labels, rule, output):
    """Panel with a two-layer network: grey fixed bottom layer, coloured trained top layer."""
    heights = np.linspace(-1, 1, hidden) * min(1.0, 0.13 * hidden)

    def panel(ax):
        for y in heights:
            for x in (-0.5, 0.0, 0.5):
                ax.plot([0, 1], [x, y], color=BOUND.color, linewidth=0.4)
            ax.plot([1, 2], [y, 0], color=role.color, linewidth=1.3)
        ax.plot([0, 0, 0], [-0.5, 0, 0.5], "o", color=BOUND.color, markersize=7)
        ax.plot(np.ones(hidden), heights, "o", color=role.color, markersize=5)
        ax.plot(2, 0, role.marker, color=role.color, markersize=10)
        ax.text(1.0, 1.62, title, ha="center", size="large", color=role.color)
        ax.text(-0.12, 0, "$x$", ha="right", va="center", size="large")
        ax.text(2.12, 0, output, ha="left", va="center", size="large")
        ax.text(0.45, 1.2, "random $u_i$,\nfixed", ha="center", va="center")
        ax.text(1.6, 1.2, "trained $w_i$", ha="center", va="center", color=role.color)
        ax.text(1.0, -1.35, labels, ha="center", va="center")
        ax.text(1.0, -1.72, rule, ha="center", va="center")
        ax.set(xlim=(-0.45, 2.65), ylim=(-1.95, 1.9))
        ax.axis("off")

    return panel


# %% tags=["remove-output"]
figure(
    "schematic",
    network(
        "weak teacher: few features", 5, TEACHER,
        "labels: the truth $f_*(x)$", "trained to convergence", r"$f_{TE}(x)$",
    ),
    network(
        "strong student: many features", 17, STUDENT,
        r"labels: the teacher's $f_{TE}(x)$", "gradient flow, stopped early", r"$f_{ST}(x)$",
    ),
    alt=[
        "A network with three inputs, five hidden units and one output. The lines to the hidden "
        "units are grey and fixed, those to the output are coloured and trained, on true labels, "
        "to convergence.",
        "The same with seventeen hidden units: trained by gradient flow on the teacher's labels and "
        "stopped early.",
    ],
)  # fmt: skip

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
dim = 8  # d of the ReLU network
relu_width = 24  # its M_TE
linear_width = 16  # M_TE of the linear network
bulk_dim = 63
bulk_eigenvalue = 1 / 16  # s
student_width = 128  # M_ST of both
runs = 24  # independent trainings, each on its own data
batch = 250  # fresh inputs per step
test_inputs = 5000  # fresh inputs on which each trained student is judged

# %%
from myst_nb import glue
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from w2s.metrics import Estimate
from w2s.page.claims import derived, inequality, paper
from w2s.page.comparison import compared, joined
from w2s.page.pairs import record_pairs
from w2s.random_features.finite_path import full_path
from w2s.random_features.finite_student import student_labels, student_moments
from w2s.random_features.gradient_flow import best_stop, flow, linear_path, spectral_path
from w2s.random_features.linear_network import LinearNetwork
from w2s.random_features.relu_network import relu_gram, relu_teacher
from w2s.random_features.sphere import ZonalTarget, sphere_points

names = ("linear", "ReLU")
feature_rng, *run_rngs = np.random.default_rng(seed).spawn(1 + 2 * runs)

# %% [markdown]
# ## By the closed form
#
# Features of both networks are drawn once. Everything else in this section is exact, and no inputs are
# sampled.

# %%
linear = LinearNetwork(linear_width, bulk_dim, bulk_eigenvalue)
scale = np.sqrt(np.repeat(linear.eigenvalues, [1, bulk_dim]))  # of the inputs
u = {"linear": feature_rng.standard_normal((linear_width, 1 + bulk_dim))}
v = {"linear": feature_rng.standard_normal((student_width, 1 + bulk_dim))}
u["ReLU"] = sphere_points(feature_rng, relu_width, dim)
v["ReLU"] = sphere_points(feature_rng, student_width, dim)

# Linear functions in the orthonormal basis of the standardised inputs.
goal = np.eye(1 + bulk_dim)[0]
span = u["linear"] * scale
teacher = {"linear": np.linalg.solve(span @ span.T, span @ goal)}
taught = teacher["linear"] @ span
span_student = v["linear"] * scale / np.sqrt(student_width)
kernel = span_student.T @ span_student

# ReLU functions through inner products of features.
zonal = ZonalTarget(np.eye(dim)[0])
relu = relu_teacher(u["ReLU"], zonal)
teacher["ReLU"] = relu.weights
gram = relu_gram(v["ReLU"]) / student_width
pull = student_labels(v["ReLU"], [relu])[0]
moments = student_moments(v["ReLU"], zonal)
error = {"linear": float((taught - goal) @ (taught - goal)), "ReLU": relu.error}

# %%
first = {"linear": 1.0, "ReLU": 0.25 / dim**2}  # λ_1
exact_path = {
    "linear": lambda t: ((flow(kernel, taught, t) - goal) ** 2).sum(axis=1),
    "ReLU": lambda t: full_path(gram, [pull], moments)(t / first["ReLU"])[0],
}
unlimited = {
    "linear": lambda t: linear_path(error["linear"], bulk_eigenvalue, t),
    "ReLU": lambda t: spectral_path(relu.spectrum, t / first["ReLU"]),
}

# %% [markdown]
# ## By gradient descent on sampled data
#
# The same features, but now the student knows nothing except batches of {glue:text}`batch` fresh
# inputs and the teacher's outputs on them. The steps start at $0.01/\lambda_1$ and grow as training
# slows down, up to $0.15/\lambda_1$. The student's error is measured on {glue:text}`test_inputs` further
# inputs. All this is done {glue:text}`runs` times for each network.

# %%
inputs = {
    "linear": lambda rng, n: rng.standard_normal((n, 1 + bulk_dim)) * scale,
    "ReLU": lambda rng, n: sphere_points(rng, n, dim),
}
sigma = {"linear": lambda z: z, "ReLU": lambda z: np.maximum(z, 0.0)}
truth = {"linear": lambda x: x[:, 0], "ReLU": lambda x: np.sqrt(dim) * x[:, 0]}

steps = np.minimum(0.01 * 1.01 ** np.arange(1000), 0.15)  # η λ_1
clock = np.cumsum(steps)
seen = np.unique(np.searchsorted(clock, np.geomspace(0.1, 100, 25)))


# %%
def sample(name, rng, n):
    """On fresh inputs: the student's features, the teacher's labels and the truth."""
    x = inputs[name](rng, n)
    phi = sigma[name](x @ v[name].T) / np.sqrt(student_width)
    return phi, sigma[name](x @ u[name].T) @ teacher[name], truth[name](x)


def train(name, rng):
    """One student's errors at `clock[seen]`; its teacher's error and energy."""
    a, kept = np.zeros(student_width), []
    for step in steps[: seen[-1] + 1]:
        phi, told, _ = sample(name, rng, batch)
        a = a - step / first[name] * (phi.T @ (phi @ a - told)) / batch
        kept.append(a)
    phi, told, f = sample(name, rng, test_inputs)
    path = ((phi @ np.array(kept)[seen].T - f[:, None]) ** 2).mean(axis=0)
    return [*path, ((told - f) ** 2).mean(), (told**2).mean()]


paths, taught_by = {}, []  # by network: errors against time; its teacher's error and energy
for j, n in enumerate(names):
    trained = np.array([train(n, rng) for rng in run_rngs[j::2]])
    paths[n] = compared(exact_path[n](clock[seen]), trained[:, :-2], t=clock[seen])
    taught_by.append(compared([error[n], 1 - error[n]], trained[:, -2:]))
teachers = joined(taught_by, network=np.array(names)[:, None])

# %% tags=["remove-output"]
times = np.geomspace(0.05, 1e3, 200)


def path_panel(name):
    """Panel with the path of one network by all routes."""

    def panel(ax):
        ax.plot(times, unlimited[name](times), **BOUND.line, label="infinite width")
        ax.plot(times, exact_path[name](times), **STUDENT.line, label="closed form")
        paths[name].dots(ax, STUDENT, "gradient descent")
        ax.axhline(error[name], **TEACHER.line | {"linewidth": 1.2}, label="teacher")
        ax.set(xscale="log", yscale="log", xlabel=r"time $t\lambda_1$", title=f"{name} network")
        ax.set(ylabel=r"student $\mathcal{L}_{ST}(t)$", ylim=(None, 1.1))
        ax.legend(loc="upper right")

    return panel


figure(
    "closed-form",
    *map(path_panel, names),
    alt=[
        "Linear network: student error against time. Dots of gradient descent on sampled data lie on "
        "the curve of the closed form, which dips far below the teacher's error and returns to it.",
        "The same for the ReLU network: the dots lie on the curve, which dips below the teacher's "
        "error and rises again.",
    ],
)

# %% tags=["hide-input"]
glue("batch", batch, display=False)
glue("test_inputs", f"{test_inputs:,}", display=False)
glue("runs", runs, display=False)
glue("student_width", student_width, display=False)
for n in names:
    glue(f"teacher_{n}", error[n], display=False)
    glue(f"best_{n}", float(exact_path[n](times).min()), display=False)
    glue(f"end_{n}", float(exact_path[n](np.array([1e9]))[0]), display=False)
    glue(f"from_{n}", float(times[exact_path[n](times) < error[n]][0]), display=False)
narrow = 2 * span_student[: student_width // 4]  # a quarter of the features, divided by their √M
narrow_path = ((flow(narrow.T @ narrow, taught, [*times, 1e9]) - goal) ** 2).sum(axis=1)
glue("narrow_best", float(narrow_path.min()), display=False)
glue("narrow_end", float(narrow_path[-1]), display=False)

# %% [markdown]
# On the page of {ref}`the limit <page-limit>` the students of the closed form are tested once more.
# Those of gradient descent are not, because their errors are measured on samples and carry noise.

# %% tags=["remove-output", "hide-input"]
for n in names:
    students = {f"{student_width} features": exact_path[n], "infinitely wide": unlimited[n]}
    for student, curve in students.items():
        record_pairs(f"{n} network, {student}", [error[n]], curve(times)[None])

# %% [markdown]
# ## Claims

# %%
derived(
    "random_features.setup.teacher_error",
    "The teacher's error by the projection formula is its mean squared error on sampled "
    "inputs, in both networks.",
    teachers[:, 0].agrees(0.02),
)
derived(
    "random_features.setup.teacher_energy",
    "A teacher trained to convergence has the energy E f_TE^2 = 1 − L_TE, measured on sampled "
    "inputs in both networks.",
    teachers[:, 1].agrees(0.02),
)
for n, found in paths.items():
    derived(
        f"random_features.setup.descent_{n.lower()}",
        f"Gradient descent on sampled data follows the closed form at every time, in the {n} "
        "network.",
        # Allowance: finite steps and the noise of finite batches.
        found.agrees(0.05, 0.02),
        main=True,
    )

# %% [markdown]
# Without sampling the two routes agree to the precision of the solver: the weights follow
# $\dot a = -(Ga - b)$, solved as a differential equation, against the closed form in function space.

# %%
systems = {
    "linear": (span_student @ span_student.T, span_student @ taught, span_student @ goal),
    "ReLU": (gram / first["ReLU"], pull / first["ReLU"], moments / first["ReLU"]),
}
moment_of_time = np.array([0.3, 1.0, 3.0, 10.0, 30.0])
solved = []
for n, (matrix, force, aim) in systems.items():
    a = solve_ivp(
        lambda t, a, m=matrix, b=force: b - m @ a,
        (0, 30), np.zeros(student_width), t_eval=moment_of_time, rtol=1e-9, atol=1e-11,
    ).y  # fmt: skip
    solved.append(1 - first[n] * (2 * aim @ a - (a * (matrix @ a)).sum(axis=0)))
closed = [exact_path[n](moment_of_time) for n in names]
derived(
    "random_features.setup.differential_equation",
    "The differential equation for the weights, solved numerically, gives the same errors as "
    "the closed form, in both networks.",
    compared(closed, Estimate(solved, 0), t=moment_of_time).identical(1e-7),
)
# %%
left = [expm(-t * kernel) for t in moment_of_time]
two_terms = [q @ goal + (goal - taught) - q @ (goal - taught) for q in left]
lacking = goal - flow(kernel, taught, moment_of_time)
derived(
    "random_features.setup.two_terms",
    "What the student lacks is e^{−tK} f* + (1 − e^{−tK}) r: the truth not yet learned and the "
    "mistake already copied (as functions, in the linear network).",
    compared(lacking, Estimate(two_terms, 0)).identical(1e-12),
    main=True,
)

# %%
dip = [(m.min(), bar[m.argmin()]) for m, bar in (found.measured for found in paths.values())]
wanted = 0.8 * teachers.measured.mean[:, 0]
paper(
    "random_features.setup.gain",
    "Stopped early, the trained student has a measured error at least a fifth below its "
    "teacher's, in both networks.",
    compared(wanted, Estimate(*np.transpose(dip)), network=names).below(),
    source="medvedev2025, abstract",
    main=True,
)
ends = [unlimited[n](np.array([0.0, 1e30])) for n in names]
derived(
    "random_features.setup.start_and_end",
    "An infinitely wide student starts at error 1 and, without stopping, ends at its teacher's "
    "error.",
    compared([[1.0, error[n]] for n in names], Estimate(ends, 0)).identical(1e-9),
)
# %%
derived(
    "random_features.setup.finite_end",
    "Also a finite ReLU student ends exactly at its teacher's error.",
    compared(error["ReLU"], Estimate(exact_path["ReLU"](np.array([1e9])), 0)).identical(1e-3),
    expect="fails",
)
rates = {  # of the target's direction and of the next one, in units of λ_1
    "linear": np.array([1.0, bulk_eigenvalue]),
    "ReLU": relu.spectrum.eigenvalues[1:3] / first["ReLU"],
}
learned = np.array([1 - np.exp(-rates[n] * best_stop(unlimited[n]).time) for n in names])
derived(
    "random_features.setup.early",
    "The best time to stop is early: the target's direction has been learned to more than 90%, "
    "and the next eigenspace to less than 75%.",
    inequality([[0.9, 0.9], learned[:, 1]], [learned[:, 0], [0.75, 0.75]]),
)

# %% [markdown]
# ## What to notice
#
# * **The student never sees the truth**, yet at the dips of {numref}`fig-closed-form` its error is
#   {glue:text}`best_linear:.3f` against its teacher's {glue:text}`teacher_linear:.3f` in the linear
#   network, and {glue:text}`best_ReLU:.3f` against {glue:text}`teacher_ReLU:.3f` in the ReLU network.
# * **Overtraining copies the mistakes.** An infinitely wide student ends at its teacher's error. A
#   finite ReLU student ends at {glue:text}`end_ReLU:.3f` instead of {glue:text}`teacher_ReLU:.3f`, because it
#   cannot represent all of its teacher.
# * **Everything else follows from (2).** How the truth and the mistake are spread over the eigenspaces
#   of $K$ decides the gain: {ref}`exactly in the linear network <page-fig3>`, through
#   {ref}`spherical harmonics <page-relu-spectrum>` for ReLU. The {ref}`limit <page-limit>` needs only that
#   $1 - e^{-tK}$ shrinks.
# * **Honest limits.** The paper's normalisation of weights, inputs and loss was not recovered; in these
#   units it only changes the clock. The teacher and the flow use the whole population, as in the paper;
#   for finite samples see {ref}`noisy teachers <page-noisy-teacher>`.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. Read the figure
# :class: w2s-exercise
# From which $t\lambda_1$ on is the student better than its teacher in each network? Does it become worse
# again when it trains on?
# ::::
# ::::{admonition} Solution
# :class: dropdown w2s-solution
# By the closed form from {glue:text}`from_linear:.2f` in the linear and from {glue:text}`from_ReLU:.2f` in the
# ReLU network. It does not become worse: it comes back to its teacher's error from below, and in the ReLU
# network not quite.
# ::::
#
# ::::{admonition} Exercise 2. A step of a proof
# :class: w2s-exercise
# Show that the student is never larger than its teacher, $\lVert f_t\rVert \le \lVert f_{TE}\rVert$ at every
# time.
# ::::
# ::::{admonition} Solution
# :class: dropdown w2s-solution
# $K$ is symmetric with eigenvalues $\lambda \ge 0$, so $1 - Q_t$ has the eigenvalues $1 - e^{-t\lambda}$, between 0
# and 1. Expand $f_{TE}$ in the eigenfunctions: no coefficient grows. {ref}`Bootstrapping <page-bootstrapping>`
# is limited by this property.
# ::::
#
# ::::{admonition} Exercise 3. A narrower student
# :class: w2s-exercise
# Give the linear student only a quarter of its features (`student_width`), fewer than there are directions.
# Does it still gain, and where does it end?
# ::::
# ::::{admonition} Solution
# :class: dropdown w2s-solution
# By the closed form with the first quarter of its features its best error is {glue:text}`narrow_best:.3f`, and
# it ends at {glue:text}`narrow_end:.3f`; the teacher's error is {glue:text}`teacher_linear:.3f`, and the best
# error of the wider student {glue:text}`best_linear:.3f`. The narrow student ends at the projection of its
# teacher on its own span, and is spared the mistakes outside. But its features mix signal and bulk more, so
# it gains less.
# ::::
