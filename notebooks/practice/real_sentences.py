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
#     measures: [movies]
# ---

# %% [markdown]
# (page-real-sentences)=
# # Real sentences: MiniLM learns from smaller networks
#
# :::{admonition} In one minute
# :class: w2s-minute
#
# **Claim** (ours, for the theory of {cite:t}`dong2025`): on pretrained networks and {glue:text}`rows:,` rated
# sentences the exact risks, fed with the estimated geometry, predict all four models.
#
# **Holds?** Yes, to {glue:text}`worst:.0%` from $n = {glue:text}`near` on; the student beats its teacher, and
# fine-tuning too while labels are few.
#
# **Where not**: close to $n = d_s$ fine-tuning is worse than predicted; with GloVe as teacher fine-tuning wins
# from $n = 2000$ on. Numbers {glue:text}`origin`.
# :::
#
# :::{glue:figure} sentences-errors
# :name: fig-sentences-errors
#
# Test errors of MiniLM-L6 (student, SFT baseline, ceiling) and its teacher MiniLM-L3 on ratings of movie snippets.
# Lines: exact risks at the estimated geometry. Points: means over {glue:text}`trials` splits, with two standard
# errors. First: against labels, at $N = 7500$. Second: against pseudo-labels, at $n = 1000$. Numbers
# {glue:text}`origin`.
# :::
#
# ## Statement
#
# The paper's text experiment uses SST-2, which no package carries. This page runs the same kind of task on data that can
# be had: {glue:text}`rows:,` snippets of film reviews, each with the mean rating in $[-4, 4]$ of twenty people
# ({cite:t}`hutto2014`; shipped in the package vaderSentiment). The strong network is all-MiniLM-L6-v2, the teachers are
# paraphrase-MiniLM-L3-v2 and GloVe averaged over words; none of them has seen the ratings. Each network is frozen; a
# head is fitted by least squares on the principal components that carry {glue:text}`energy:.0%` of its variance.
#
# :::{prf:proposition} What is tested (derived here)
# :label: prop-real-sentences
# :nonumber:
#
# With $d_s, d_w, d_{s\wedge w}, \rho_s, a, b, c, \sigma^2$ estimated from all rows, the expected test errors of teacher,
# student, SFT baseline and ceiling are the {ref}`exact risks <page-digits>` for Gaussian features.
# :::
#
# ## Why it could be false
#
# Features of networks are not Gaussian, and ratings are not a linear function plus independent noise. What the
# exact risks use of the Gaussian law is that the part of the label that a model cannot express behaves as independent
# noise, and the mean of an inverse second moment. {ref}`Elliptical features <page-beyond-gaussian>` violate both.
#
# ## How to run it
#
# `make real` fetches the packages (about 360 MB), builds the networks, encodes the data in about ten minutes on two
# cores, and runs this page and {ref}`its sister on pictures <page-real-pictures>`. Without the features the book
# shows the numbers of the accepted run and says so; prediction, figures and claims are computed anew from them.

# %% tags=["parameters"]
profile = "paper"  # or "smoke": only says which scale the numbers are for
seed = 2025
features = ""  # the folder that `make real` fills; empty: the numbers of the accepted run
trials = 20  # random splits
energy = 0.99  # share of the variance that the kept principal components carry
noise = 4.0  # variance of the injected label noise, where there is any
resolution = 0.09  # largest relative standard error of a comparison

# %%
import numpy as np
from myst_nb import glue

from w2s.discrepancy.dimensions import haar_null, overlap_in_parameters
from w2s.metrics import MODELS, Estimate, mean_and_error
from w2s.page.claims import beyond, derived, inequality, interval, reading
from w2s.page.comparison import compared, joined, successive
from w2s.page.figures import CEILING, PAIR, SFT, STUDENT, WEAK, figure, points, ticks
from w2s.page.measured import measured
from w2s.practice.data.feature_files import Features, load_features
from w2s.practice.training.nested_splits import Cell, measure_nested
from w2s.practice.training.real_pair import RealPair, principal

TEACHERS = {"l3": "minilm-l3", "glove": "glove-50d"}
LABELS, PSEUDO = [500, 700, 1000, 2000], [1000, 2000, 4000, 7500]
MANY, FEW = max(PSEUDO), 1000
CELLS = [Cell(n, MANY) for n in LABELS if n != FEW] + [Cell(FEW, N) for N in PSEUDO]
CELLS.append(Cell(FEW, MANY, noise))

# %% [markdown]
# ## Measurement
#
# Twenty splits deal the rows to teacher, student and test. Within a split the samples of all sizes are nested.


# %%
def measure(folder):
    """Everything that needs the features, as arrays."""
    tables = {}
    for name, network in TEACHERS.items():
        table = load_features(f"{folder}/movies", network, "minilm-l6")
        rng = np.random.default_rng(seed)  # the same splits for both teachers
        pair = RealPair.measure(table, CELLS, trials=trials, rng=rng, energy=energy)
        tables |= pair.tables(name)
    table = load_features(f"{folder}/movies", "minilm-l3", "minilm-l6")
    return tables | controls(table) | coordinates(table)


def coordinates(table):
    """Overlap in feature coordinates, and that of unrelated spaces, mean and variance."""
    rng, (strong, weak) = np.random.default_rng(seed), principal(table, energy)
    sizes = strong.shape[1] - 1, weak.shape[1] - 1
    found = overlap_in_parameters(table.strong, table.weak, *sizes, rng)
    return {"coordinates": [found, *haar_null(*sizes, table.strong.shape[1])]}


# %%
def controls(table):
    """Errors where nothing can be learned, or nothing is to be gained."""
    strong, weak = principal(table, energy)
    rng, one = np.random.default_rng(seed), [Cell(FEW, MANY)]
    blind = np.column_stack([np.ones(len(weak)), rng.standard_normal(weak[:, 1:].shape)])
    cases = {
        "dealt": (strong, weak, table.labels, True),
        "blind": (strong, blind, table.labels, False),
        "twin": (strong, strong, table.labels, False),
        "nothing": (strong, weak, rng.permutation(table.labels), False),
    }
    found = {"variance": table.labels.var()}
    for name, (*given, shuffled) in cases.items():
        (errors,) = measure_nested(*given, one, trials=trials, rng=rng, shuffled=shuffled)
        found[name] = [getattr(errors, model) for model in MODELS]
    return found


# %%
table = measured("real_sentences", measure, features)
pairs = {name: RealPair.read(table, name) for name in TEACHERS}
l3, glove = pairs["l3"], pairs["glove"]
