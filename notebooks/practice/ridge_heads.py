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
#     measures: [movies, shirts]
# ---

# %% [markdown]
# (page-ridge-heads)=
# # What people train: ridge heads on every feature
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (ours): second moments alone predict all four models for ridge heads on all features, with a
# chosen penalty, also with fewer labels than features.
#
# **Holds?** Yes, on real networks: within {glue:text}`worst:.1%` from $n = 100$ to $n = 1000$.
#
# **Where not**: with 50 labels the choice of the penalty costs more than predicted. And the student wins less: a good
# penalty is the teacher's own cure for variance. Numbers {glue:text}`origin`.
# :::
#
# :::{glue:figure} ridge-errors
# :name: fig-ridge-errors
#
# Test errors with ridge heads against the number of labels, at $N =$ {glue:text}`many`. Lines: predicted from second moments.
# Points: means over {glue:text}`trials` splits, with two standard errors. First: ratings of sentences, MiniLM-L3 teaches
# MiniLM-L6. Second: shirts, EfficientNet teaches DINOv2. Every network has 384 features or more. Numbers
# {glue:text}`origin`.
# :::
#
# ## Statement
#
# The exact risks of Part I are those of least squares on a few principal components. What people train on frozen features
# is ridge regression on every column, with a penalty chosen on the labels at hand; it needs no cut and no more labels
# than features.
#
# :::{prf:proposition} Test errors of ridge heads (derived here)
# :label: prop-ridge-heads
# :nonumber:
#
# Let the centred features have the second moment $\Sigma = U\operatorname{diag}(l)U^\top$, let $b$ be the best linear
# predictor in the basis $U$ and $v$ the variance that it leaves. In the limit of many rows and features with a fixed
# ratio, ridge regression with penalty $\lambda$ on $n$ rows has the test error
#
# $$
# R = \Bigl(1+\frac1n\Bigr)\frac{v + \kappa^2\sum_i w_i b_i^2}{1-\frac1{n-1}\sum_i l_i w_i}, \qquad
# w_i = \frac{l_i}{(l_i+\kappa)^2}, \qquad \sum_i\frac{l_i}{l_i+\kappa} + \frac\lambda\kappa = n-1 .
# $$
#
# The student's error follows from the same formula, for labels whose coefficients are the teacher's: with mean
# $l_ib_i/(l_i+\kappa)$ and variance $w_i R_0/(n-1)$ in the teacher's basis, where $R = (1+\frac1n)R_0$.
# :::
#
# ## Why it is true
#
# On $n$ rows ridge regression acts like a shrinkage of every direction by $l_i/(l_i+\kappa)$: that is the fixed point of
# the resolvent of a sample's second moment. Noise and misfit then both enter through one number, the share of the sample
# that the fit uses up, $\frac1{n-1}\sum_i l_iw_i$. The error depends on the penalty through $\kappa$ only, so the best penalty
# is a minimum over $\kappa$. The student sees a linear function of the weak features: what the strong features can say of
# it is signal, the rest acts as noise. The moments are estimated from all rows, and the noise of that is taken off.
#
# The equivalent for one ridge regression is known (see {cite:t}`simon2024`); the student's part is derived here.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
features = ""  # the folder that `make real` fills; empty: the numbers of the accepted run
trials = 20  # random splits
resolution = 0.07  # largest relative standard error of a comparison

# %%
import numpy as np
from myst_nb import glue

from w2s.metrics import MODELS, Estimate
from w2s.page.claims import beyond, derived
from w2s.page.comparison import compared
from w2s.page.figures import figure, ticks
from w2s.page.measured import measured
from w2s.practice.data.feature_files import load_features
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.estimation.ridge_heads import RidgeHeads
from w2s.practice.report.learning_curves import LOOKS
from w2s.practice.training.ridge_cv import RidgeByLeaveOneOut
from w2s.practice.training.splits import measure as fit_splits

TASKS = {"movies": ("minilm-l3", "minilm-l6"), "shirts": ("efficientnet-lite0", "dinov2-s14")}
LABELS, MANY = np.array([50, 100, 200, 500, 1000]), 4000
GRID = np.geomspace(LABELS[0], LABELS[-1], 40)

# %% [markdown]
# ## Measurement
#
# Every split trains four ridge heads on all features and tests them on the rest of the rows.


# %%
def measure(folder):
    """Predicted and measured errors of both tasks, as arrays."""
    tables = {}
    for task, networks in TASKS.items():
        data = load_features(f"{folder}/{task}", *networks)
        moments = JointMoments.from_blocks([(data.strong, data.weak, data.labels)])
        predicted = RidgeHeads.from_moments(moments).errors(GRID, MANY)
        tables[f"{task}.lines"] = [getattr(predicted, model) for model in MODELS]
        points = RidgeHeads.from_moments(moments).errors(LABELS, MANY)
        tables[f"{task}.predicted"] = [getattr(points, model) for model in MODELS]
        found = [one_size(data, n) for n in LABELS]
        tables[f"{task}.means"], tables[f"{task}.errors"], tables[f"{task}.splits"] = (
            np.moveaxis([part[k] for part in found], 0, 1) for k in range(3)
        )
    return tables


def one_size(data, n):
    """Mean errors, their standard errors, and all splits, models first."""
    found = fit_splits(
        data.strong,
        data.weak,
        data.labels,
        n_labelled=int(n),
        n_unlabelled=MANY,
        noise=0.0,
        trials=trials,
        rng=np.random.default_rng(seed),
        fit=RidgeByLeaveOneOut(),
    )
    estimates = [found.estimate(model) for model in MODELS]
    splits = [getattr(found, model) for model in MODELS]
    return [one.mean for one in estimates], [one.standard_error for one in estimates], splits


# %%
table = measured("ridge_heads", measure, features)
errors = {
    task: compared(
        table[f"{task}.predicted"],
        Estimate(table[f"{task}.means"], table[f"{task}.errors"]),
        n=LABELS,
        model=[[model] for model in LOOKS],
    )
    for task in TASKS
}
away = {task: found.measured.mean / found.predicted - 1 for task, found in errors.items()}


# %% tags=["remove-output"]
def curves(task, marks, what):
    def draw(ax):
        for k, (role, words) in enumerate(LOOKS.values()):
            mean, error = (values[k] for values in errors[task].measured)
            ax.plot(GRID, table[f"{task}.lines"][k], **role.line, label=words)
            ax.errorbar(LABELS, mean, 2 * error, **role.dots)
        ax.set(xscale="log", yscale="log", xlabel=f"labelled {what} n", ylabel="test error")
        ax.minorticks_off()
        ticks(ax, x=LABELS.tolist(), y=marks)
        if task == "movies":
            ax.legend()

    return draw


figure(
    "ridge-errors",
    curves("movies", [2, 2.5, 3, 3.5], "sentences"),
    curves("shirts", [0.4, 0.45, 0.5, 0.6, 0.7], "pictures"),
    alt=[
        "Test errors on sentences: teacher, student and fine-tuning fall together from three to two "
        "and a third, fine-tuning lowest; the ceiling is flat at two.",
        "Test errors on shirts: fine-tuning falls from 0.7 to 0.45; student and teacher are below "
        "it, the teacher lowest; the ceiling is flat at 0.42.",
    ],
)
glue("worst", float(max(np.abs(one[:, 1:]).max() for one in away.values())), display=False)
glue("many", MANY, display=False)
glue("from_n", 500, display=False)
glue("trials", trials, display=False)
glue("origin", table.origin, display=False)

# %% [markdown]
# ## Claims

# %%
for task, words in (("movies", "Sentences"), ("shirts", "Shirts")):
    derived(
        f"discrepancy.ridge_heads.{task}",
        f"{words}: with ridge heads on all features the test errors of all four models are those "
        "that second moments predict, within 3% and their standard errors, from n = 50 on.",
        errors[task].agrees(resolution, allowance=0.03),
        main=True,
    )


def lead(task, winner, loser):
    """By how much the error of one model exceeds another's: predicted, and split by split."""
    first, second = (MODELS.index(model) for model in (winner, loser))
    told = table[f"{task}.predicted"][second] - table[f"{task}.predicted"][first]
    seen = table[f"{task}.splits"][second] - table[f"{task}.splits"][first]
    return told, seen


# %%
beyond(
    "discrepancy.ridge_heads.fine_tune",
    "Sentences: from n = 500 on fine-tuning beats the student, and its teacher: with a good "
    "penalty pseudo-labels do not pay.",
    compared(
        0.0,
        np.transpose(
            [lead("movies", "sft", loser)[1][LABELS >= 500] for loser in ("student", "teacher")],
            (2, 0, 1),
        ),
        loser=[["student"], ["teacher"]],
        n=LABELS[LABELS >= 500],
    ).above(),
    main=True,
)
beyond(
    "discrepancy.ridge_heads.distil",
    "Shirts: up to n = 500 the student and its teacher beat fine-tuning on the same labels.",
    compared(
        0.0,
        np.transpose(
            [
                lead("shirts", *pair)[1][LABELS <= 500]
                for pair in (("student", "sft"), ("teacher", "sft"))
            ],
            (2, 0, 1),
        ),
        winner=[["student"], ["teacher"]],
        n=LABELS[LABELS <= 500],
    ).above(),
    main=True,
)

# %% [markdown]
# ## What to notice
#
# * **The tool needs no training** ({numref}`fig-ridge-errors`): one pass over the rows gives the whole picture in $n$ and $N$,
#   on both sides of $n = 384$ and $n = 1280$, the numbers of features, where least squares has its
#   {ref}`peaks <page-double-descent>`. A good penalty has none.
# * **A penalty is a rival of the student.** With least squares on principal components the student gains because its
#   pseudo-labels average the teacher's variance away ({ref}`real sentences <page-real-sentences>`). The teacher's own
#   penalty removes most of that variance, and little is left to gain. On sentences fine-tuning with a good penalty
#   is best from {glue:text}`from_n` labels on.
# * **Where distilling still pays.** On shirts the weak network is the better one with few labels, and the student inherits
#   from it what fine-tuning DINOv2 on the same labels does not learn. But there the teacher itself is better still.
#
# ## Honest limits
#
# The penalty of the prediction is the best one for the labels that a model sees; choosing it by leaving one row out
# costs more, and visibly so at $n = 50$. Moments come from all rows, test rows included. Heads that minimise a logistic
# loss, and networks that are fine-tuned as a whole, are other protocols. Features that were themselves fitted to
# these labels would break every formula.
#
# ## Exercises
#
# ::::{admonition} Exercise 1. The penalty and its effect
# :class: w2s-exercise
#
# Two samples of a size agree in $\kappa$. Must they agree in the penalty? Which of the two decides the error?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# At one $n$ the map $\lambda \mapsto \kappa$ is increasing, so they agree in both. Across different $n$ the same $\kappa$ needs
# different penalties; the bias $\kappa^2\sum_i w_ib_i^2$ depends on $\kappa$ only, the variance on $\kappa$ and $n$.
# ::::
#
# ::::{admonition} Exercise 2. What pseudo-labels are worth
# :class: w2s-exercise
#
# How many labels are worth the student's $N =$ {glue:text}`many` pseudo-labels on shirts: at which $n'$ does fine-tuning
# reach the error that the student has at $n = 100$?
# ::::
#
# ::::{admonition} Solution
# :class: dropdown w2s-solution
#
# The predicted curves give $n' \approx$ {glue:text}`worth`.
# ::::

# %% tags=["hide-input", "remove-output"]
lines = table["shirts.lines"]
student_at_100 = np.interp(np.log(100), np.log(GRID), lines[MODELS.index("student")])
falling = lines[MODELS.index("sft")][::-1]
worth = np.exp(np.interp(student_at_100, falling, np.log(GRID)[::-1]))
glue("worth", round(float(worth), -1), display=False)
