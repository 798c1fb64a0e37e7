"""How answers and names look on every face: one tone an answer, symbols set as symbols."""

from __future__ import annotations

import math
import re
from html import escape
from typing import Literal

from w2s._display import formulas
from w2s.practice.diagnosis.results import Answer, Verdict

Tone = Literal["good", "poor", "open", "bad"]
TONES: dict[Answer, Tone] = {
    "helps": "good",
    "helps, but fine-tune": "poor",
    "practically equal": "open",
    "does not help": "poor",
    "undecided": "open",
    "neither beats a constant": "poor",
    "no prediction for this n": "open",
    "not to be believed": "bad",
}
_SYMBOLS = {
    "d_s∧w": "d_{s∧w}", "d_strong": "d_s", "d_weak": "d_w", "d_s": "d_s", "d_w": "d_w",
    "ρ_s": "ρ_s", "ρ_w": "ρ_w", "σ²": "σ^2", "n_labelled": "n", "n_unlabelled": "N", "n": "n",
    "N": "N", "T": "T", "ξ": "ξ",
}  # fmt: skip
# Not inside a word, a path or the name of a file.
_SYMBOL = re.compile(rf"(?<![\w./\\-])(?:{'|'.join(_SYMBOLS)})(?![\w/\\∧-]|[.:]\w)")
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_STEPS = (1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)
_TICKS = 3


def tone(verdict: Verdict) -> Tone:
    """Return the tone of a verdict: where both are to be mixed, weak labels do help."""
    return "good" if verdict.mix else TONES[verdict.answer]


def round_sizes(low: float, high: float) -> list[float]:
    """Return round sizes between two, for the ticks of a log axis: three or more where there are.

    Examples
    --------
    >>> round_sizes(20, 50000), round_sizes(21, 600)
    ([100.0, 1000.0, 10000.0], [30.0, 100.0, 300.0])
    """
    decades = [10.0**e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)))]
    for steps in _STEPS:
        inside = [step * ten for ten in decades for step in steps if low <= step * ten <= high]
        if len(inside) >= _TICKS:
            break
    return inside


def typeset(text: str) -> str:
    r"""Return a text as HTML, escaped, with the symbols of the reports in italics and indices.

    Unlike `w2s._display.formulas` it knows the symbols by name, since these texts quote names of
    files and columns. Thousands and equations are kept on one line.

    Examples
    --------
    >>> typeset("n above 50 & d_strong of my_n.npy"), typeset("n = 1 500")
    ('<i>n</i> above 50 &amp; <i>d</i><sub>s</sub> of my_n.npy', '<i>n</i>\xa0=\xa01\xa0500')
    >>> typeset("d_s∧w"), typeset("a")
    ('<i>d</i><sub>s∧w</sub>', '<i>a</i>')
    """
    if len(text) == 1 and text.isalpha():
        return f"<i>{escape(text)}</i>"
    parts, end = [], 0
    for found in _SYMBOL.finditer(text):
        parts += [escape(text[end : found.start()]), formulas(_SYMBOLS[found[0]])]
        end = found.end()
    whole = _THOUSANDS.sub("\u00a0", "".join([*parts, escape(text[end:])]))
    return whole.replace("</i> = ", "</i>\u00a0=\u00a0")
