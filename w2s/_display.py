"""What a reader sees: representations in a notebook, numerals, names that cannot be printed."""

from __future__ import annotations

import re
from typing import Any

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def emit(bundle: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
    """Display `bundle` (by MIME type) when a notebook listens; print its ``text/plain`` if not."""
    try:
        from IPython import get_ipython
        from IPython.core.display_functions import display
    except ImportError:
        print(bundle["text/plain"])
        return
    if get_ipython() is None:
        print(bundle["text/plain"])
        return
    show: Any = display
    show(bundle, raw=True, metadata=metadata or {})


def numerals(text: str) -> str:
    """Set the numbers of a text with minus signs and powers of ten.

    Parameters
    ----------
    text : str
        Numbers as Python writes them, among other words.

    Returns
    -------
    str
        The same text; what only looks like a number (``a-1``) stays.

    Examples
    --------
    >>> numerals("margin -1.4e-08, seed-3")
    'margin −1.4·10⁻⁸, seed-3'
    """
    text = re.sub(r"(?<![\w.])-(?=\d)", "−", text)
    power = re.compile(r"(\d)e([-+]\d+)\b")
    return power.sub(lambda m: f"{m[1]}·10{str(int(m[2])).translate(_RAISED)}", text)


def visible(text: str) -> str:
    r"""Return a text with what a terminal would obey, or cannot show, written out.

    Examples
    --------
    >>> print(visible("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
