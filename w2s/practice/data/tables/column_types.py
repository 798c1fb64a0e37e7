"""What the columns of Parquet and Arrow files hold, told from their schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from w2s._optional import extra
from w2s.practice.data.tables.names import some


def pandas_index(schema: Any) -> set[str]:
    """Return the columns in which pandas keeps the index of a frame, by the file's metadata."""
    try:
        columns = schema.pandas_metadata["index_columns"]
        return {name for name in columns if isinstance(name, str)}  # a range is no column
    except Exception:  # none, or whatever others wrote there
        return set()


def kind_of(name: str, schema: Any, columns: Sequence[str]) -> tuple[bool, np.dtype[Any]]:
    """Return whether the columns are one of lists, and the NumPy type of their numbers.

    Raises
    ------
    ValueError
        If a column holds anything but real numbers or lists of them, or lists are not alone.
    """
    types = {column: schema.field(column).type for column in columns}
    lists = [column for column, kind in types.items() if _is_list(kind)]
    if lists and len(types) > 1:
        others = [f"{one} ({str(kind)[:80]})" for one, kind in types.items() if one != lists[0]]
        raise ValueError(
            f"{name} has a column of lists, {lists[0]}, beside {some(others)}: name one by the "
            f"key, as in FILE:{lists[0]}"
        )
    dtypes = [_number(f"{name}, column {one}", kind) for one, kind in types.items()]
    return bool(lists), np.result_type(*dtypes)


def refuse_no_id(place: str, kind: Any) -> None:
    """Refuse a column of identifiers that holds neither whole numbers nor texts.

    Raises
    ------
    ValueError
        If it does not.
    """
    types = _types()
    item = kind.value_type if types.is_dictionary(kind) else kind
    texts = types.is_string, types.is_large_string, types.is_string_view, types.is_binary
    if not any(test(item) for test in (types.is_integer, *texts)):
        raise ValueError(f"{place} needs one id (number or text) a row, got {str(kind)[:80]}")


def _number(place: str, kind: Any) -> np.dtype[Any]:
    """Return the NumPy type of a column of numbers, or of lists of numbers."""
    item = kind.value_type if _is_list(kind) or _types().is_dictionary(kind) else kind
    try:
        found: np.dtype[Any] = np.dtype(item.to_pandas_dtype())
    except (NotImplementedError, TypeError):
        found = np.dtype(object)
    if found.kind not in "fiub" or isinstance(item, extra("pyarrow", "data").BaseExtensionType):
        raise ValueError(f"{place} must hold real numbers, got {str(kind)[:80]}")
    return found


def _is_list(kind: Any) -> bool:
    types = _types()
    tests = types.is_list, types.is_large_list, types.is_fixed_size_list
    return any(test(kind) for test in tests)


def _types() -> Any:
    return extra("pyarrow.types", "data")
