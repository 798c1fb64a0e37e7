"""Validation shared by the public functions: one clear `ValueError` naming condition and value."""

from __future__ import annotations

import math
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def whole(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as an array of any type, refusing masked entries: NumPy would unmask them."""
    if _holds_mask(value):
        raise ValueError(f"{name} must not be masked, got a masked entry in a list")
    array = value if type(value) is np.ndarray else np.asanyarray(value)  # which keeps a mask
    if isinstance(array, np.ma.MaskedArray) and np.ma.getmask(array).any():
        where = tuple(np.argwhere(np.ma.getmaskarray(array))[0].tolist())
        place = f" at index {where}" if where else ""
        raise ValueError(f"{name} must not be masked, got a masked entry{place}")
    return np.asarray(array)


def unmasked(values: ArrayLike) -> NDArray[Any]:
    """Return data in which NaN means "none" as an array, its mask read as NaN."""
    array = np.asanyarray(values)
    if not np.ma.getmask(array).any():
        return np.asarray(array)
    single = array.dtype.kind == "f" and array.dtype.itemsize <= 4  # NaN needs a float
    return np.ma.filled(array.astype(array.dtype if single else np.float64), np.nan)


def real(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as an array of real numbers, refusing masked entries, text and the like.

    NumPy would read ``"30"`` as 30 and ``True`` as 1. Arrays of truth values are data (labels of
    two classes) and stay; a single one is no number.
    """
    array = whole(name, value)
    if array.dtype.kind == "O" and all(_is_number(entry) for entry in array.flat):
        try:
            return array.astype(np.float64)
        except OverflowError:
            raise ValueError(f"{name} must be below 1.8e308, got a larger number") from None
    if array.dtype.kind not in "fiub" or (array.dtype.kind == "b" and array.ndim == 0):
        what, got = "real numbers", f"an array of {array.dtype}"
        if array.ndim == 0:
            what, got = "a real number", repr(value)
        raise ValueError(f"{name} must be {what}, got {got}")
    return array


def finite(name: str, value: ArrayLike, *, ndim: int | None = None) -> Array:
    """Return `value` as float64, refusing NaN, infinities and a wrong number of dimensions."""
    array = real(name, value).astype(np.float64, copy=False)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {array.shape}")
    bad = ~np.isfinite(array)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f" at index {where}" if where else ""
        raise ValueError(f"{name} must be finite, got {array[where]}{place}")
    return array


def told(*numbers: Any) -> list[str]:
    """Return numbers as texts, in as few digits (six at least) as tell different ones apart.

    Examples
    --------
    >>> told(8, 8.0000001), told(1 / 3, 2)
    (['8', '8.0000001'], ['0.333333', '2'])
    """
    values = [float(number) for number in numbers]
    for digits in range(6, 18):  # 17 digits tell any two numbers apart
        texts = [f"{value:.{digits}g}" for value in values]
        if len(set(texts)) >= len(set(values)):
            break
    return texts


def at_least(name: str, value: ArrayLike, low: float, why: str = "") -> Array:
    """Return `value` as float64, refusing any entry below `low` (or not finite)."""
    array = finite(name, value)
    if (array < low).any():
        bound, got = told(low, array.min())
        raise ValueError(f"{name} must be at least {why}{' = ' if why else ''}{bound}, got {got}")
    return array


def above(name: str, value: ArrayLike, low: float, why: str = "") -> Array:
    """Return `value` as float64, refusing any entry not strictly above `low` (or not finite)."""
    array = finite(name, value)
    if (array <= low).any():
        bound, got = told(low, array.min())
        raise ValueError(f"{name} must exceed {why}{' = ' if why else ''}{bound}, got {got}")
    return array


def between(name: str, value: ArrayLike, low: float, high: float) -> Array:
    """Return `value` as float64, refusing any entry outside ``[low, high]`` (or not finite)."""
    array = finite(name, value)
    outside = (array < low) | (array > high)
    if outside.any():
        least, most, got = told(low, high, array[outside].flat[0])
        raise ValueError(f"{name} must lie in [{least}, {most}], got {got}")
    return array


def inside(name: str, value: ArrayLike, low: float, high: float) -> float:
    """Return `value` as a Python float, refusing it unless strictly between `low` and `high`."""
    number = float(finite(name, value, ndim=0))
    if not low < number < high:
        least, most, got = told(low, high, number)
        raise ValueError(f"{name} must lie strictly between {least} and {most}, got {got}")
    return number


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


def generator(value: Any, name: str = "rng") -> np.random.Generator:
    """Return `value`, refusing anything but a generator: a seed would draw the same every time."""
    if not isinstance(value, np.random.Generator):
        raise ValueError(f"{name} must be a numpy.random.Generator, got {value!r}")
    return value


def one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Return `value`, refusing anything that is not one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
    return value


def _is_number(entry: Any) -> bool:
    return isinstance(entry, (Real, Decimal)) and not isinstance(entry, (bool, np.bool_))


def _holds_mask(value: Any) -> bool:
    """Whether a nested list holds a masked array, of which NumPy would drop the mask."""
    if not isinstance(value, (list, tuple)):
        return False
    kinds = set(map(type, value))
    if any(issubclass(kind, np.ma.MaskedArray) for kind in kinds):
        return any(np.ma.getmask(entry).any() for entry in value)
    return bool(kinds & {list, tuple}) and any(_holds_mask(entry) for entry in value)
