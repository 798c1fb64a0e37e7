"""A tiny book, real enough to be executed by papermill and rendered by jupyter-book."""

from __future__ import annotations

from pathlib import Path

import pytest

from press.normalise import normalise
from w2s.page.records import CLAIM

CONFIG = """\
title: A tiny book
author: The w2s contributors
only_build_toc_files: true
exclude_patterns: [".*", "_build/**"]
execute: {execute_notebooks: "off"}
html: {use_issues_button: false, use_repository_button: false}
parse:
  myst_enable_extensions: [amsmath, colon_fence, deflist, dollarmath, html_image]
sphinx:
  recursive_update: true
  config:
    extensions: [sphinx_togglebutton, sphinx_copybutton, myst_nb, jupyter_book,
                 sphinx_comments, sphinx_external_toc, sphinx_design, sphinx_book_theme,
                 sphinx-mathjax-offline]
    nb_output_stderr: error
"""

TOC = """\
format: jb-book
root: book/intro
chapters:
  - file: book/status
  - file: notebooks/part/first
  - file: notebooks/part/second
"""

RESULTS = """\
- {paper: dong2025, item: Figure 1, what: "A | pipe and a *star*", label: certain,
   page: part/first}
- {paper: medvedev2025, item: Theorem 2, what: Nothing, label: likely, page: null,
   because: it needs data that we do not have}
"""

INTRO = """\
# A tiny book

```{include} _generated/glance.md
```
"""

NOTEBOOK = """\
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
#     smoke: {trials: 5}
# ---

# %% [markdown]
# # Page PAGE
# The mean is {glue:text}`mean:.2f`.

# %% tags=["parameters"]
profile = "paper"  # the scale
seed = 1
trials = 50  # Monte Carlo trials

# %%
from IPython.display import display
from myst_nb import glue

from w2s.page.claims import claim, exact

mean = 2.0 * trials / trials
glue("mean", mean, display=False)

# %% tags=["remove-output"]
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
ALT = "A single grey point, drawn only to have a picture on this page."
record = {"name": "point", "alt": ALT, "columns": ["x"]}
html = f'<img alt="{ALT}" src="data:image/png;base64,{PIXEL}">'
display(
    {"text/html": html, "text/plain": "a point", "application/vnd.w2s.figure+json": record},
    raw=True,
    metadata={"scrapbook": {"name": "point", "mime_prefix": ""}},
)

# %% [markdown]
# :::{glue:figure} point
# :name: fig-PAGE
#
# A point.
# :::

# %%
claim("tiny.PAGE.mean", says="The mean of |two| twos is two.", source="w2s", kind="derived",
      decision=exact(2.0, mean, tolerance=1e-12))
"""


def notebook(name: str) -> str:
    """Return the source of a page that passes."""
    return NOTEBOOK.replace("PAGE", name)


def write_tree(root: Path, files: dict[str, str]) -> Path:
    """Write files below `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def tiny_files() -> dict[str, str]:
    """Return the sources of the tiny book."""
    return {
        "_config.yml": CONFIG,
        "_toc.yml": TOC,
        "requirements.lock": "numpy==2.0.0\n",
        "book/intro.md": INTRO,
        "book/results.yml": RESULTS,
        "notebooks/part/first.py": notebook("first"),
        "notebooks/part/second.py": notebook("second"),
    }


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return the root of a tiny book that has not been built."""
    return write_tree(tmp_path / "book", tiny_files())


def executed(*records: dict[str, object]) -> str:
    """Return a normalised notebook that states these claims."""
    output = {"output_type": "display_data", "data": {CLAIM: None}, "metadata": {}}
    cell = {
        "cell_type": "code", "source": "claim()", "metadata": {}, "execution_count": 1,
        "outputs": [output | {"data": {CLAIM: record}} for record in records],
    }  # fmt: skip
    about = {"page": "p", "profile": "paper", "parameters": {"profile": "paper", "seed": 7}}
    return normalise({"cells": [cell]}, about)
