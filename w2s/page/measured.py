"""Numbers that a page measures where its inputs are there, and reads from a record elsewhere.

Some inputs, such as pretrained networks, cannot come with a book. A page states by `measured` how
its numbers are measured from them. Where they are, it measures; elsewhere it takes the numbers of
the accepted run from ``book/measured``, and says so: nothing passes as run that was not.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, finite
from w2s._display import emit
from w2s.page.records import MEASURED, measured_path

_DIGITS = 6
"""Significant digits that are kept: measured and recorded numbers decide the same claims."""


@dataclass(frozen=True)
class Measured:
    """Tables of numbers, and where they come from.

    Attributes
    ----------
    tables : mapping of str to array
        The numbers.
    accepted : str
        Date of the accepted run they were read from; empty when they were measured just now.
    """

    tables: Mapping[str, Array]
    accepted: str = ""

    def __getitem__(self, name: str) -> Array:
        return self.tables[name]

    @property
    def origin(self) -> str:
        """Where the numbers come from, as the end of a sentence.

        Examples
        --------
        >>> Measured({}, "2026-11-29").origin
        'from the accepted run of 2026-11-29, not rerun in this build'
        """
        if self.accepted:
            return f"from the accepted run of {self.accepted}, not rerun in this build"
        return "measured in this build"


def measured(name: str, measure: Callable[[str], Mapping[str, ArrayLike]], inputs: str) -> Measured:
    """Return the tables of a page, and show whether they were measured or read.

    Parameters
    ----------
    name : str
        Name of the record: the page's own, without its folder.
    measure : callable
        Maps `inputs` to named arrays of finite numbers.
    inputs : str
        What to measure from, such as a folder of features; empty to read the record.

    Returns
    -------
    Measured
        Numbers with six significant digits, so that a later reader gets the same ones.

    Raises
    ------
    ValueError
        If a number is not finite, or there is neither an input nor a record.
    """
    if inputs:
        found = {key: _kept(key, values) for key, values in measure(inputs).items()}
        result = Measured(found)
        tables = {key: values.tolist() for key, values in found.items()}
    else:
        result, tables = _recorded(name), {}
    text = f"Real networks on real data: {result.origin}."
    look = "w2s-note" if not result.accepted else "w2s-note w2s-not-rerun"
    record = {"name": name, "accepted": result.accepted, "tables": tables}
    shown = f'<p class="{look}">{html.escape(text)}</p>'
    emit({"text/plain": text, "text/html": shown, MEASURED: record})
    return result


def _kept(name: str, values: ArrayLike) -> Array:
    table = finite(name, values)
    rounded = [float(f"{value:.{_DIGITS}g}") for value in table.ravel()]
    return np.array(rounded, dtype=np.float64).reshape(table.shape)


def _recorded(name: str) -> Measured:
    """Read the accepted record, from this folder or one above it."""
    here = Path.cwd()
    paths = (folder / measured_path(name) for folder in (here, *here.parents))
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        raise ValueError(
            f"no {measured_path(name)} here or above: give the folder of the inputs, or run in "
            "the repository"
        )
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        tables = {key: finite(key, values) for key, values in content["tables"].items()}
        return Measured(tables, str(content["accepted"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a record of measured tables: {error}") from None
