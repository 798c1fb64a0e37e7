"""Every simulated ``(L_TE, L_ST)`` of the book, for the page that tests them all.

A page states its students by ``record_pairs(family, teacher, student)``. The press collects the
records of all pages into one CSV file, which `read_pairs` reads again.
"""

from __future__ import annotations

import csv
import html
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import Array, at_least, between, finite
from w2s._display import emit
from w2s.page.records import PAIRS as MIME
from w2s.page.records import PAIRS_COLUMNS


@dataclass(frozen=True, eq=False)
class Pairs:
    """Simulated teachers and their best students.

    Attributes
    ----------
    page, family : tuple of str
        Where each pair was simulated, and what kind of student it is.
    teacher, student : array of shape (k,)
        ``L_TE``, and the smallest ``L_ST`` over the stopping times that were looked at.
    count : array of shape (k,)
        Number of simulated ``L_ST`` behind each pair: the stopping times.
    """

    page: tuple[str, ...]
    family: tuple[str, ...]
    teacher: Array
    student: Array
    count: Array

    def __len__(self) -> int:
        return len(self.page)


def record_pairs(family: str, teacher: ArrayLike, student: ArrayLike) -> None:
    """Add simulated students of this page to the table of the book, with one line to say so.

    Parameters
    ----------
    family : str
        What kind of teacher and student they are, in a few words.
    teacher : array_like, shape (k,)
        Errors ``L_TE`` of population-optimal teachers, in [0, 1] for a normalised target.
    student : array_like, shape (k,) or (k, T)
        Errors ``L_ST ≥ 0``, or whole paths, of which the smallest counts.

    Raises
    ------
    ValueError
        If `family` is empty, an error is out of range or the shapes disagree.

    Examples
    --------
    >>> record_pairs("linear network", [0.1], [[0.5, 0.02, 0.1]])
    1 teacher and 3 simulated students (linear network) go on to the page of Theorem 4.1.
    """
    if not family.strip():
        raise ValueError("family must not be empty")
    losses = np.atleast_1d(between("teacher", teacher, 0.0, 1.0))
    paths = np.atleast_1d(at_least("student", student, 0.0))
    if losses.ndim != 1 or paths.ndim > 2 or len(paths) != len(losses) or not paths.size:
        raise ValueError(
            f"student must have shape (k,) or (k, T) for teacher of shape (k,), "
            f"got {paths.shape} for {losses.shape}"
        )
    paths = paths.reshape(len(losses), -1)
    record = {
        "family": " ".join(family.split()),
        "teacher": losses.tolist(),
        "student": paths.min(axis=1).tolist(),
        "count": paths.shape[1],
    }
    teachers = f"{len(losses):,} teacher{'s' * (len(losses) != 1)}"
    students = f"{paths.size:,} simulated student{'s' * (paths.size != 1)}"
    text = f"{teachers} and {students} ({record['family']}) go on to the page of Theorem 4.1."
    shown = f'<p class="w2s-note">{html.escape(text)}</p>'
    emit({"text/plain": text, "text/html": shown, MIME: record})


def read_pairs(path: str) -> Pairs:
    """Return the table that the press collected.

    Parameters
    ----------
    path : str
        The CSV file; an empty string stands for an empty table, of a page that runs alone.

    Returns
    -------
    Pairs
        In the order of the book.

    Raises
    ------
    ValueError
        If there is no such file or it is not such a table.

    Examples
    --------
    >>> len(read_pairs(""))
    0
    """
    rows: list[list[str]] = []
    if path:
        try:
            with Path(path).open(encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file)
        except OSError as error:
            raise ValueError(f"pairs cannot be read from {path}: {error.strerror}") from None
        except (ValueError, csv.Error):
            header = []
        if tuple(header) != PAIRS_COLUMNS or any(len(row) != len(PAIRS_COLUMNS) for row in rows):
            raise ValueError(f"{path} must be a table with the columns {', '.join(PAIRS_COLUMNS)}")
    try:
        numbers = finite("pairs", [[float(x) for x in row[2:]] for row in rows]).reshape(-1, 3)
    except ValueError as error:
        raise ValueError(f"{path} must hold finite numbers: {error}") from None
    return Pairs(tuple(row[0] for row in rows), tuple(row[1] for row in rows), *numbers.T.copy())
