"""Arrays of other libraries and lists, seen as arrays of NumPy."""

from __future__ import annotations

import warnings
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from w2s._checks import unmasked
from w2s.practice.data.tables.base import Values

_FACES = ("__array__", "__array_interface__", "__array_struct__", "__dlpack__")


def viewed(source: Any) -> Values:
    """Return what NumPy can view as an array: of torch, pandas or jax, lists, masked arrays.

    Entries that are masked or ``None`` become NaN; numbers of bfloat16 become float32.

    Raises
    ------
    ValueError
        If NumPy cannot view it, or it is an open file.

    Examples
    --------
    >>> viewed([1, None, 3]), viewed([1.0, np.ma.masked])
    (array([ 1., nan,  3.]), array([ 1., nan]))
    """
    kind = type(source).__name__
    if hasattr(source, "read") and not hasattr(source, "__array__"):
        raise ValueError(f"a table must be a path or an array, got an open file ({kind}): "
                         "give its path")  # fmt: skip
    if hasattr(source, "toarray"):
        raise ValueError(f"a table must be dense, got a sparse {kind}: call its toarray()")
    if not (isinstance(source, (list, tuple, memoryview)) or _has_face(source)):
        raise ValueError(f"a table must be a path or an array, got {kind}")
    try:
        return numbers("the array", _array(source))
    except Exception as error:  # every library has its own
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ValueError(f"NumPy cannot view the {kind} as numbers: {reason}") from error


def numbers(name: str, array: Values) -> Values:
    """Return an array in a type that tables know; a missing entry beside numbers is NaN.

    Raises
    ------
    ValueError
        If numbers and something else are mixed.
    """
    if array.dtype.name == "bfloat16":  # of ml_dtypes
        return array.astype(np.float32)
    if array.dtype.kind == "O" and any(isinstance(entry, (Real, Decimal)) for entry in array.flat):
        flat = [_number(name, entry) for entry in array.flat]
        return np.array(flat, dtype=np.float64).reshape(array.shape)
    return array


def _has_face(source: Any) -> bool:
    if isinstance(source, (type, bytes, bytearray, np.generic)):
        return False
    if any(hasattr(source, face) for face in _FACES):
        return True
    try:
        memoryview(source)
    except TypeError:
        return False
    return True


def _array(source: Any) -> Values:
    if isinstance(source, (list, tuple)):
        return _of_list(source)
    if hasattr(source, "to_numpy") and any(map(_missing_by_name, _dtypes(source))):
        return np.asarray(source.to_numpy(dtype=np.float64, na_value=np.nan))  # pandas' own types
    if not any(hasattr(source, face) for face in _FACES[:3]) and hasattr(source, "__dlpack__"):
        return np.from_dlpack(source)
    return np.asanyarray(source)


def _of_list(source: Any) -> Values:
    """Return a list as an array, where masked and missing entries and masked rows are NaN."""
    if any(isinstance(one, np.ma.MaskedArray) for one in source):
        source = [unmasked(one.astype(np.float64)) if isinstance(one, np.ma.MaskedArray) else one
                  for one in source]  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of rows of unequal length, in old versions
        return np.asarray(source)


def _number(name: str, entry: Any) -> float:
    if _is_missing(entry):
        return float("nan")
    if isinstance(entry, (Real, Decimal)):
        return float(entry)
    raise ValueError(f"an entry of {name} must be a real number, got {str(entry)[:40]!r}")


def _is_missing(entry: Any) -> bool:
    return entry is None or entry is np.ma.masked or type(entry).__name__ == "NAType"


def _dtypes(source: Any) -> list[Any]:
    """Types of a pandas series, or of the columns of a frame."""
    found: Any = getattr(source, "dtypes", None)
    return list(found) if hasattr(found, "__iter__") else [found]


def _missing_by_name(dtype: Any) -> bool:
    return hasattr(dtype, "na_value") and getattr(dtype, "kind", "O") in "fiub"
