"""Rows of a data set that belong together by a name, such as the environment they come from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def one_name_per_row(groups: Any, rows: int) -> NDArray[np.str_]:
    """Return `groups` as an array of texts, shape (rows,).

    Raises
    ------
    ValueError
        If they are not texts, or not as many as there are rows.

    Examples
    --------
    >>> one_name_per_row(["a", "b"], 3)
    Traceback (most recent call last):
    ValueError: groups must be one name per row, shape (3,), got <U1 (2,)
    """
    names = np.asarray(groups)
    if names.dtype.kind != "U" or names.shape != (rows,):
        got = f"{names.dtype} {names.shape}"
        raise ValueError(f"groups must be one name per row, shape ({rows},), got {got}")
    return names


def rows_of(groups: NDArray[np.str_] | None, *names: str) -> NDArray[np.intp]:
    """Return the numbers of the rows whose group is one of `names`, in order.

    Parameters
    ----------
    groups : array of str, shape (m,), or None
        As in `RawData` and `Features`.
    *names : str
        One or more groups.

    Returns
    -------
    array of int, shape (k,)

    Raises
    ------
    ValueError
        If there are no groups, no name is given or no row has one of the names.

    Examples
    --------
    >>> rows_of(np.array(["+90%", "-90%", "+80%", "-90%"]), "-90%").tolist()
    [1, 3]
    """
    if groups is None:
        raise ValueError("the data have no groups: no rows can be selected by a group")
    known = np.unique(groups).tolist()
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        got = repr(unknown[0]) if unknown else "none"
        raise ValueError(f"need names of groups out of {', '.join(known)}, got {got}")
    return np.flatnonzero(np.isin(groups, names))
