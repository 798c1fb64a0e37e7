"""A code cell is folded by what its syntax tree says that it is for."""

from __future__ import annotations

import json

import pytest

from press.folds import fold_name, folded
from press.normalise import normalise


@pytest.mark.parametrize(
    ("source", "tags", "name"),
    [
        ("seed = 1", ["parameters"], "Parameters"),
        ("import numpy as np\nfrom w2s import metrics", [], "Imports"),
        ("import numpy as np\npair = axis_aligned_pair(1, 2, 3)", [], "Imports and set-up"),
        ("def f(x):\n    return g(x)", [], "Helper code"),
        ("'''Words.'''\nlimit = 3\nclass A:\n    pass", [], "Helper code"),
        ("figure('a-b', panel, alt=words)", [], "Code of the figure a-b"),
        ("figures.figure(name, panel)", [], "Code of the figure below"),
        ("for k in (1, 2):\n    figure('a', k)\nfigure('b', k)", [], "Code of the figure a and b"),
        ("figure('a', panel)\npaper('x.y', 'So.', found)", [], "Code of the figure a"),
        ("drawn = run()\nderived('x.y', 'So.', drawn.agrees(0.1))", [], "Code of the claims"),
        ("claims.claim('x.y')", [], "Code of the claims"),
        ("looks = {}\nx = linspace(0, 1)\ndef f():\n    pass", ["hide-input"], "Helper code"),
        ("x = linspace(0, 1)", ["hide-input"], "Code"),
        ("%matplotlib inline", ["hide-input"], "Code"),
    ],
)
def test_the_fold_says_what_is_inside(source, tags, name):
    assert fold_name(source, tags) == name


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "x = run()\ndef f():\n    return x",
        "def later():\n    figure('a')\nlater()",
        "paper = sheets.paper('a4')",
        "print(1",
        "",
    ],
)
def test_what_computes_stays_open(source):
    assert folded(source, {"tags": ["mine"]}) == {"tags": ["mine"]}


def test_an_author_s_own_hiding_and_other_metadata_stay():
    assert folded("import os", {"tags": ["remove-input"]}) == {"tags": ["remove-input"]}
    kept = folded("import os", {"tags": ["hide-input"], "mystnb": {"image": {"width": "9px"}}})
    assert kept["tags"] == ["hide-input"]
    assert kept["mystnb"]["image"] == {"width": "9px"}


def test_an_executed_notebook_is_folded_once_however_often_it_is_normalised():
    cells = [
        {"cell_type": "code", "source": "import os", "metadata": {}},
        {"cell_type": "markdown", "source": "import os", "metadata": {}},
    ]
    once = normalise({"cells": cells}, {})
    code, words = json.loads(once)["cells"]
    assert code["metadata"]["tags"] == ["hide-input"] and words["metadata"] == {}
    assert normalise(json.loads(once), {}) == once
