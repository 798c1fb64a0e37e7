"""What a reader sees: representations in a notebook, numerals, names that cannot be printed."""

from __future__ import annotations

import html
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


def formulas(text: str) -> str:
    """Return a text as HTML, escaped, its variables in italics, with their indices and powers.

    A variable is a single letter, Greek or Latin, or several with an index; ``a``, ``A`` and ``I``
    are words where no operator stands beside them.

    Parameters
    ----------
    text : str
        Words with formulas as the claims write them: ``d_{s∧w}``, ``L_TE``, ``x^2``.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> formulas("a gap of ρ_s + a & d_{s∧w}^2")
    'a gap of <i>ρ</i><sub>s</sub> + <i>a</i> &amp; <i>d</i><sub>s∧w</sub><sup>2</sup>'
    """
    found = _VARIABLE.sub(r"<i>\g<0></i>", html.escape(text))
    found = re.sub(r"_(?:\{([^{}]*)\}|([A-Za-z0-9ℓ]+))", r"<sub>\1\2</sub>", found)
    return re.sub(r"\^(?:\{([^{}]*)\}|([A-Za-z0-9ℓ]+))", r"<sup>\1\2</sup>", found)


_LETTER = "A-Za-zα-ωΑ-Ω"
_OPERATOR = "=≈≤≥<>+−·×/√∈→"
_VARIABLE = re.compile(
    # A letter that stands alone or begins an index; not within a word, an index or an HTML entity.
    rf"(?<![{_LETTER}&_^{{∧;.'’-])"
    rf"(?:[B-HJ-Zb-zα-ωΑ-Ω](?![{_LETTER}0-9'’]|[.-][{_LETTER}])|[{_LETTER}](?=[_^])"
    rf"|(?:(?<=[{_OPERATOR}] )|(?<=[{_OPERATOR}]))a(?![{_LETTER}])|a(?= [{_OPERATOR}]))"
    r"(?![^{}]*\})"
)


def visible(text: str) -> str:
    r"""Return a text with what a terminal would obey, or cannot show, written out.

    Examples
    --------
    >>> print(visible("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
