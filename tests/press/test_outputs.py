"""An executed notebook that is not fit for a page is caught, whatever is wrong with it."""

from __future__ import annotations

import copy

import pytest

from press.executed import RECORDS, Executed
from press.normalise import normalise
from press.outputs import problems
from press.pages import Page
from w2s.page.records import CLAIM, FIGURE

WIDGET = "application/vnd.jupyter.widget-view+json"
ALT = "One straight line that rises from the lower left corner."
RECORD = {
    "id": "a.b", "kind": "derived", "source": "w2s", "says": "So.", "verdict": "holds",
    "passed": True,
}  # fmt: skip


def cell(source, *outputs, count=1, tags=()):
    return {
        "cell_type": "code", "source": source, "metadata": {"tags": list(tags)},
        "execution_count": count, "outputs": list(outputs),
    }  # fmt: skip


def shown(data, name=None):
    metadata = {} if name is None else {"scrapbook": {"name": name, "mime_prefix": ""}}
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def figure(**changes):
    record = {"name": "line", "alt": ALT, "columns": ["x"]} | changes
    return shown({FIGURE: record, "text/html": "<img src='data:,'>"}, record["name"])


def stream(name, text):
    return {"output_type": "stream", "name": name, "text": text}


def good():
    glued = shown({"application/papermill.record/text/plain": "2"}, "two")
    return {
        "cells": [
            {"cell_type": "markdown", "source": "# Title {glue:text}`two:.1f`", "metadata": {}},
            cell("figure('line', panel)", figure(), count=1, tags=["remove-output"]),
            {"cell_type": "markdown", "source": ":::{glue:figure} line\nA\n:::", "metadata": {}},
            cell("claim('a.b')", shown({CLAIM: RECORD}), glued, count=2),
        ],
        "metadata": {},
    }


def page(notebook):
    return Executed(Page("p", "notebooks/p", "notebook"), notebook)


def test_a_good_notebook_has_no_problem():
    assert problems(page(good()), "/root/book") == []


def test_records_are_found_before_and_after_normalising():
    import json

    normal = json.loads(normalise(good(), {"page": "p"}))
    assert page(good()).claims == page(normal).claims == [RECORD]
    assert page(good()).figures == page(normal).figures
    assert not any(
        RECORDS in str(o.get("data")) for c in normal["cells"] for o in c.get("outputs", ())
    )
    assert problems(page(normal), "/root/book") == []


def edited(change):
    notebook = copy.deepcopy(good())
    change(notebook["cells"])
    return notebook


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda c: c[3].update(execution_count=None), "cell 4 was not executed in order"),
        (lambda c: c[1].update(execution_count=7), "cell 2 was not executed in order"),
        (
            lambda c: c[3]["outputs"].append(
                {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
            ),
            "cell 4 raised ValueError: no",
        ),
        (
            lambda c: c[3]["outputs"].append(stream("stderr", "w 1\nw 2\n")),
            r"cell 4 wrote to stderr: w 1 \(and 1 more lines\)",
        ),
        (lambda c: c[3]["outputs"].pop(0), "states no claim: a page needs at least one"),
        (lambda c: c[3]["outputs"].pop(0), r"cell 4 calls claim\(…\) but recorded no claim"),
        (
            lambda c: c[3]["outputs"].append(shown({CLAIM: RECORD})),
            "claim id a.b is used twice on this page",
        ),
        (
            lambda c: c[3]["outputs"].append(shown({CLAIM: {"id": "x.y"}})),
            "lacks kind, source, says, verdict, passed: x.y",
        ),
        (lambda c: c[1].update(outputs=[]), r"cell 2 calls figure\(…\) but produced no figure"),
        (lambda c: c[1].update(outputs=[]), "uses {glue} line, which no cell glued"),
        (lambda c: c[1].update(outputs=[figure(alt="A line")]), "alt text needs 40 characters"),
        (lambda c: c[1].update(outputs=[figure(columns=[])]), r"line \(cell 2\) lacks columns"),
        (lambda c: c[1]["outputs"].append(figure()), "figure name line is used twice"),
        (lambda c: c[1]["outputs"][0]["data"].pop("text/html"), "line .* has no image"),
        (lambda c: c[2].update(source="nothing"), "figure line is not placed"),
        (lambda c: c[1].update(metadata={}), "line is shown twice: tag cell 2 with remove-output"),
        (lambda c: c[0].update(source="{glue:text}`three`"), "uses {glue} three"),
        (
            lambda c: c[3]["outputs"].append(stream("stdout", "<object at 0x7f12ab34cd56>")),
            "cell 4 shows a memory address",
        ),
        (
            lambda c: c[3]["outputs"].append(stream("stdout", "in /root/book/x")),
            "cell 4 shows a path of this machine: /root/book",
        ),
        (
            lambda c: c[3]["outputs"].append(shown({WIDGET: {"model_id": "1"}, "text/plain": "w"})),
            "cell 4 shows application/vnd.jupyter.widget-view.json, which a page cannot",
        ),
        (
            lambda c: c[3]["outputs"].append(shown({"application/vnd.plotly.v1+json": {}})),
            "cell 4 shows application/vnd.plotly.v1.json, which a page cannot",
        ),
        (
            lambda c: c[3]["outputs"].append(shown({"text/html": "<script>draw()</script>"})),
            "cell 4 shows HTML with a script",
        ),
    ],
)
def test_each_fault_is_named(change, problem):
    import re

    found = problems(page(edited(change)), "/root/book")
    assert any(re.search(problem, one) for one in found), found


def test_a_function_that_would_state_a_claim_states_none_where_it_is_defined():
    notebook = good()
    cell = {"source": "def later():\n    claim('a.c')\n", "outputs": [], "execution_count": 4}
    notebook["cells"].append(notebook["cells"][3] | cell)
    assert not any("recorded no claim" in one for one in problems(page(notebook), "/root/book"))
    cell["source"] += "later(claim('a.c'))\n"
    notebook["cells"][-1] |= cell
    assert any("cell 5 calls claim" in one for one in problems(page(notebook), "/root/book"))


def test_what_another_kind_of_page_would_show_is_fine_beside_a_picture_or_out_of_sight():
    notebook = good()
    both = shown({"application/vnd.plotly.v1+json": {}, "image/png": "AA=="})
    notebook["cells"][3]["outputs"].append(both)
    notebook["cells"][1]["outputs"].append(shown({WIDGET: {"model_id": "1"}}))
    assert problems(page(notebook), "/root/book") == []


def test_what_changes_from_run_to_run_is_gone():
    first, second = good(), good()
    first["cells"][3]["outputs"] += [
        stream("stdout", "a\n"),
        stream("stdout", "b <f at 0x7fab0123>"),
    ]
    second["cells"][3]["outputs"].append(stream("stdout", ["a\n", "b <f at 0x55cd4567>"]))
    for number, notebook in enumerate((first, second)):
        notebook["metadata"] = {
            "papermill": {"duration": number}, "jupytext": {"v": number},
            "widgets": {"state": number}, "language_info": {"version": f"3.1{number}"},
        }  # fmt: skip
        notebook["nbformat_minor"] = 4 + number
        for one in notebook["cells"]:
            one["id"] = f"{number}-{id(one)}"
            one["metadata"] |= {"papermill": {"duration": number}, "execution": {"t": number}}
    assert normalise(first, {}) == normalise(second, {})


def test_what_the_renderer_needs_stays():
    import json

    normal = json.loads(normalise(good(), {"page": "p", "profile": "smoke"}))
    assert normal["cells"][1]["metadata"]["tags"] == ["remove-output", "hide-input"]
    assert normal["cells"][1]["outputs"][0]["metadata"]["scrapbook"]["name"] == "line"
    assert normal["metadata"]["kernelspec"]["name"] == "python3"
    assert normal["metadata"]["w2s"] == {"page": "p", "profile": "smoke"}
    assert normalise(good(), {}).endswith("}\n")
