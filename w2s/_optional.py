"""Libraries that an extra of the package brings."""

from __future__ import annotations

import importlib
from typing import Any


def extra(module: str, name: str) -> Any:
    """Import an optional module, or say which extra of the package brings it.

    Raises
    ------
    ValueError
        If the module is not installed.

    Examples
    --------
    >>> extra("no_such_module", "data")
    Traceback (most recent call last):
    ValueError: no_such_module is not installed: it comes with the extra w2s[data]
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        library = module.partition(".")[0]
        raise ValueError(
            f"{library} is not installed: it comes with the extra w2s[{name}]"
        ) from error
