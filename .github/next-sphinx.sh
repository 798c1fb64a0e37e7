#!/usr/bin/env bash
# The way out of Jupyter Book 1: its generated conf.py, without its own extensions, under Sphinx 9.
# Expects the book made, `jupyter-book config sphinx .` done and Chromium on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

python3 -m venv --clear _build/next-sphinx
_build/next-sphinx/bin/python -m pip install --quiet "sphinx>=9" sphinx-book-theme myst-nb \
  sphinx-proof sphinx-design sphinx-copybutton sphinx-togglebutton sphinxcontrib-bibtex \
  sphinx-comments sphinx-external-toc sphinx-mathjax-offline sphinx-multitoc-numbering
sed -i "s/'jupyter_book', //; s/'sphinx_jupyterbook_latex', //" conf.py
_build/next-sphinx/bin/python -m sphinx -b html -W -n --keep-going . _build/next-html
PYTHONPATH=. .venv/bin/python .github/next_sphinx.py _build/html _build/next-html
