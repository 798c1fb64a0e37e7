"""How a text of numbers is laid out: what separates its columns, and whether they have names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_NUMBER = re.compile(
    r"\s*[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf(inity)?)\s*", re.I
)
_WORDS = {
    **dict.fromkeys(("", "na", "n/a", "nan", "-nan", "null", "none", "<na>"), float("nan")),
    "true": 1.0, "false": 0.0,
}  # fmt: skip
_SINGLE = "\n"  # separates nothing: the text is one column


class Layout(NamedTuple):
    """What separates columns (None: white space), their names, and whether the text says them."""

    separator: str | None
    names: tuple[str, ...]
    named: bool

    def split(self, lines: Iterable[str]) -> list[list[str]]:
        """Return the fields of lines, without the quotes around them."""
        return _split(lines, self.separator)

    def even(self, line: str) -> bool:
        """Whether a line surely has one field a column, without looking closely."""
        if '"' in line:
            return False
        if self.separator is None:
            return len(line.split()) == len(self.names)
        return line.count(self.separator) == len(self.names) - 1


def layout(first: str, second: str) -> Layout:
    """Return the layout of a text that begins with these two lines; the second may be empty.

    The first line holds names if its fields are no numbers where the second has numbers, or count
    from 0 as pandas does for a frame without names.

    Raises
    ------
    ValueError
        If the lines have different numbers of fields.

    Examples
    --------
    >>> layout("id,f0,f1", "a,1.5,2").names
    ('id', 'f0', 'f1')
    >>> layout("0.1 0.2", "0.3 0.4")
    Layout(separator=None, names=('0', '1'), named=False)
    """
    line = second or first
    separator = next((one for one in "\t;," if one in line), None)
    if separator is None and len(line.split()) == 1:
        separator = _SINGLE
    (top,) = _split([first], separator)
    (row,) = _split([line], separator)
    if len(row) == len(top) + 1 and second:
        top = ["", *top]  # R leaves the column of the rows' names without one
    if len(row) != len(top):
        raise ValueError(f"its first line has {len(top)} fields, its second {len(row)}")
    if _names(top, row):
        return Layout(separator, tuple(field.strip() for field in top), True)
    return Layout(separator, tuple(map(str, range(len(row)))), False)


def number(field: str) -> float | None:
    """Return the number that a field stands for, NaN for a missing one, None for text.

    Examples
    --------
    >>> number(" -1e3"), number("true"), number("NA"), number("1_000")
    (-1000.0, 1.0, nan, None)
    """
    if _NUMBER.fullmatch(field):
        return float(field)
    return _WORDS.get(field.strip().lower())


def _split(lines: Iterable[str], separator: str | None) -> list[list[str]]:
    if separator is None:
        return [[field.strip('"') for field in line.split()] for line in lines]
    if separator == _SINGLE:
        return [[line.strip().strip('"')] for line in lines]
    return list(csv.reader(lines, delimiter=separator, strict=True))


def _names(top: Sequence[str], row: Sequence[str]) -> bool:
    """Whether the first line holds names; `row` is the second line, or the first once more."""
    texts = [number(field) is None for field in top]
    if any(text and number(below) is not None for text, below in zip(texts, row, strict=True)):
        return True
    counted = [field for field in top if field and number(field) is not None]
    counts = (len(counted) > 1 or not top[0]) and counted == [str(k) for k in range(len(counted))]
    return all(texts) or (counts and list(top) != list(row))
