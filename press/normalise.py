"""The same run gives the same bytes: an executed notebook without what changes every time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from press.executed import GLUE_PREFIX, RECORDS
from press.folds import folded
from w2s.page.records import PREFIX

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
_VOLATILE_CELL = ("execution", "papermill", "lines_to_next_cell", "lines_to_end_of_cell_marker")
_LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}


def normalise(notebook: Mapping[str, Any], page: Mapping[str, Any]) -> str:
    """Return the canonical text of an executed notebook.

    Cell ids become numbers, timings, Jupytext and papermill metadata and widget states go,
    adjacent pieces of one stream are joined, and memory addresses are blanked. The records of
    claims and figures move to the metadata of their output, because MyST-NB warns of MIME types
    that it cannot show. What it reads stays: tags and the names under which values were glued.
    Cells that a reader need not see are folded (`press.folds`).

    Parameters
    ----------
    notebook : mapping
        The executed notebook, nbformat 4.
    page : mapping
        Stored as the ``w2s`` metadata: page, profile and parameters.

    Returns
    -------
    str
        Deterministic JSON with a final line break.
    """
    kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    language = _LANGUAGE | {"pygments_lexer": "ipython3"}
    canonical = {
        "cells": [_cell(number, cell) for number, cell in enumerate(notebook["cells"], start=1)],
        "metadata": {"kernelspec": kernelspec, "language_info": language, "w2s": dict(page)},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(canonical, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _cell(number: int, cell: dict[str, Any]) -> dict[str, Any]:
    metadata = {k: v for k, v in cell["metadata"].items() if k not in _VOLATILE_CELL and v != []}
    if cell["cell_type"] == "code":
        metadata = folded(_text(cell["source"]), metadata)
    kept: dict[str, Any] = {
        "cell_type": cell["cell_type"],
        "id": f"cell-{number:03d}",
        "metadata": metadata,
        "source": _lines(cell["source"]),
    }
    if cell.get("attachments"):
        kept["attachments"] = cell["attachments"]
    if cell["cell_type"] == "code":
        kept["execution_count"] = cell.get("execution_count")
        kept["outputs"] = [_output(one) for one in _joined(cell.get("outputs", []))]
    return kept


def _joined(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join adjacent pieces of one stream: where they are cut depends on timing."""
    joined: list[dict[str, Any]] = []
    for output in outputs:
        output = dict(output)
        before = joined[-1] if joined else {}
        same = output["output_type"] == "stream" == before.get("output_type")
        if same and output["name"] == before["name"]:
            before["text"] = _text(before["text"]) + _text(output["text"])
        else:
            joined.append(output)
    return joined


def _output(output: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in output.items() if k != "transient"}
    if "text" in kept:
        kept["text"] = _lines(_blank(_text(kept["text"])))
    if "data" in kept:
        data = {mime: _datum(mime, value) for mime, value in kept["data"].items()}
        records = {m.removeprefix(GLUE_PREFIX): v for m, v in data.items() if PREFIX in m}
        kept["data"] = {mime: value for mime, value in data.items() if PREFIX not in mime}
        if records:
            kept["metadata"] = {**kept.get("metadata", {}), RECORDS: records}
    return kept


def _datum(mime: str, value: Any) -> Any:
    if mime.endswith("json") or not isinstance(value, (str, list)):
        return value
    text = _text(value)
    return _lines(_blank(text) if "text/plain" in mime else text)


def _blank(text: str) -> str:
    return _ADDRESS.sub("at 0x…", text)


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _lines(value: Any) -> list[str]:
    return _text(value).splitlines(keepends=True)
