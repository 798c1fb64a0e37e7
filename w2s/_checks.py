"""Validation shared by the public functions: one clear `ValueError` naming condition and value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def finite(name: str, value: ArrayLike, *, ndim: int | None = None) -> Array:
    """Return `value` as float64, refusing NaN, infinities and a wrong number of dimensions."""
    array = np.asarray(value, dtype=np.float64)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {array.shape}")
    bad = ~np.isfinite(array)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f" at index {where}" if where else ""
        raise ValueError(f"{name} must be finite, got {array[where]}{place}")
    return array


def at_least(name: str, value: ArrayLike, low: float, why: str = "") -> Array:
    """Return `value` as float64, refusing any entry below `low` (or not finite)."""
    array = finite(name, value)
    if (array < low).any():
        condition = f"{why} = {low:g}" if why else f"{low:g}"
        raise ValueError(f"{name} must be at least {condition}, got {array.min():g}")
    return array


def above(name: str, value: ArrayLike, low: float, why: str = "") -> Array:
    """Return `value` as float64, refusing any entry not strictly above `low` (or not finite)."""
    array = finite(name, value)
    if (array <= low).any():
        condition = f"{why} = {low:g}" if why else f"{low:g}"
        raise ValueError(f"{name} must exceed {condition}, got {array.min():g}")
    return array


def between(name: str, value: ArrayLike, low: float, high: float) -> Array:
    """Return `value` as float64, refusing any entry outside ``[low, high]`` (or not finite)."""
    array = finite(name, value)
    outside = (array < low) | (array > high)
    if outside.any():
        got = array[outside].flat[0]
        raise ValueError(f"{name} must lie in [{low:g}, {high:g}], got {got:g}")
    return array


def integer(name: str, value: Any, low: int = 1) -> int:
    """Return `value` as a Python int, refusing fractions, booleans and anything below `low`."""
    number = value if isinstance(value, (int, np.integer)) else None
    if number is None and isinstance(value, (float, np.floating)) and math.isfinite(value):
        number = int(value) if float(value).is_integer() else None
    if number is None or isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be a whole number, got {value!r}")
    if number < low:
        raise ValueError(f"{name} must be at least {low}, got {number}")
    return int(number)


def one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Return `value`, refusing anything that is not one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
    return value
