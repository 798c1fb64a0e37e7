"""Tables of any size and format: rows of features or labels, read in slices.

`open_table` makes a `Table` of an ``.npy`` or ``.npz`` file, of a tensor in ``.safetensors``, of
columns in Parquet, Arrow (Feather, streams), CSV or TSV, of a Zarr array, of a dataset in HDF5, of
the parts of a table in a folder, or of whatever array NumPy or Dask sees. Only the slice that is
asked for is in memory. Slices of ``.npy`` files are read, not mapped: a file that shrinks meanwhile
is an error and not a crash, and memory does not grow with the file. Nothing is ever unpickled.

A table of a file can be sent to other processes, which open the file themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from w2s.practice.data.tables.base import Table, Values
from w2s.practice.data.tables.opening import opened

__all__ = ["Table", "check_aligned", "open_table", "refuse_not_finite"]


def open_table(
    source: Any,
    *,
    ndim: int = 2,
    key: str | None = None,
    ids: Values | None = None,
    name: str | None = None,
) -> Table:
    """Return a table of a file or an array, of which nothing but its description is read.

    Parameters
    ----------
    source : path, array or Table
        A file of NumPy's (``.npy``, ``.npz``), of safetensors, Parquet, Arrow (Feather or a
        stream) or HDF5 (needs h5py), recognised by its first bytes, or numbers in a text whose
        name ends in ``.csv``, ``.tsv``, ``.tab`` or ``.txt``; a folder with a Zarr array, with
        what ``datasets.save_to_disk`` wrote, or with files whose names differ by a number, which
        are the parts of one table; a pattern of such names. Parts come in the order of their
        names, where numbers count as numbers. An array of NumPy, Dask or another library, or a
        list: masked entries and ``None`` are NaN. A table is returned as it is. An ``.npz``
        member that is compressed is read whole.
    ndim : {2, 1}
        2 for features; 1 for labels, a vector or a single column.
    key : str, optional
        Which array of an ``.npz`` archive, of ``.safetensors``, of HDF5 or a Zarr group; which
        columns of a Parquet, Arrow or text file: the name of one or, if there is none of that
        name, a pattern in which ``*`` stands for any text. It may also follow the path after a
        colon. Needed where there is a choice beside the identifiers, which are the array or
        column ``ids`` (or ``id``), or ``x.ids.npy`` beside ``x.npy``. The index that pandas
        writes is no column.
    ids : array of shape (rows,), optional
        Identifiers of the rows, where the source holds none.
    name : str, optional
        What messages call an array in memory.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If the file is missing, truncated, damaged or of no known format, holds Python objects or
        anything that is no real number, or has another number of dimensions; pipes and devices
        are refused. A pickle, such as a file of ``torch.save``, is told how to convert.

    Examples
    --------
    >>> table = open_table(np.arange(12, dtype=np.float16).reshape(6, 2))
    >>> table.rows, table.width, table.read(1, 3).dtype
    (6, 2, dtype('float64'))
    """
    table = source if isinstance(source, Table) else opened(source, key, ids, name)
    if ndim == 2 and table.ndim == 1 and not table.vector_or_matrix:
        raise ValueError(f"{table.name} must be a matrix of rows and columns, got a vector")
    if ndim == 1 and table.width != 1:
        raise ValueError(f"{table.name} must be one column of labels, got {table.width} columns")
    return table


def check_aligned(tables: Mapping[str, Table]) -> None:
    """Refuse tables whose rows do not belong together.

    Tables without identifiers are taken to be in the order of the others.

    Parameters
    ----------
    tables : mapping of str to Table
        The tables by their part, such as ``{"strong": …, "weak": …, "labels": …}``.

    Raises
    ------
    ValueError
        If numbers of rows differ, there are no rows, or the identifiers of two tables differ; the
        first row that differs is named.

    Examples
    --------
    >>> weak, labels = open_table(np.zeros((3, 2))), open_table(np.zeros(4), ndim=1)
    >>> check_aligned({"weak": weak, "labels": labels})
    Traceback (most recent call last):
    ValueError: rows must be the same in all tables, got 3 of weak, 4 of labels
    """
    counts = {name: table.rows for name, table in tables.items()}
    if len(set(counts.values())) > 1:
        got = ", ".join(f"{rows} of {name}" for name, rows in counts.items())
        raise ValueError(f"rows must be the same in all tables, got {got}")
    if not all(counts.values()):
        raise ValueError("the tables have no rows")
    known = [(name, table.ids) for name, table in tables.items() if table.ids is not None]
    for (one, left), (two, right) in pairwise(known):
        if left.dtype.kind in "iu" and right.dtype.kind in "iu":
            differ = left != right
        else:
            differ = left.astype(str) != right.astype(str)
        if differ.any():
            row = int(np.argmax(differ))
            raise ValueError(
                f"ids do not align: row {row} is {left[row]} in {one} and {right[row]} in {two} "
                f"({np.sum(differ)} rows differ); sort both tables by their ids first"
            )


def refuse_not_finite(name: str, values: Values, first_row: int) -> None:
    """Refuse values that are NaN or infinite, naming the first row and column.

    Parameters
    ----------
    name : str
        What the message calls the table.
    values : array of shape (m, width)
        A slice of rows.
    first_row : int
        Number of its first row in the whole table.

    Raises
    ------
    ValueError
        If a value is not finite.

    Examples
    --------
    >>> refuse_not_finite("weak", np.array([[1.0, 2.0], [0.0, np.inf]]), 100)
    Traceback (most recent call last):
    ValueError: row 101, column 1 of weak is inf, must be finite
    """
    bad = ~np.isfinite(values)
    if bad.any():
        row, column = (int(k) for k in np.argwhere(bad)[0])
        got = values[row, column]
        raise ValueError(f"row {first_row + row}, column {column} of {name} is {got}, "
                         "must be finite")  # fmt: skip
