"""Two folders compared byte by byte, and what differs told in words and numbers."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from press.claims_record import collect, drift, failed
from press.executed import read_edition
from press.pages import Book, Page

NUMBER = re.compile(r"(?<![\w.#])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
EMBEDDED = re.compile(r"data:([\w/+]+)(?:;[\w=-]+)?;base64,([A-Za-z0-9+/=]+)")
READABLE = ("image/svg+xml", "text/csv")
POWER = re.compile("·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
NAME_IN_PICTURE = re.compile(r"\b[pm][0-9a-f]{10}\b")  # made from the content by Matplotlib


@dataclass(frozen=True)
class Difference:
    """One place where two files differ; `relative` is None where words or pixels do."""

    file: str
    where: str
    before: str
    after: str
    relative: float | None

    def line(self) -> str:
        size = "not only numbers" if self.relative is None else f"relative {self.relative:.1e}"
        return f"{self.file} {self.where}: {self.before} -> {self.after} ({size})"


def compare(first: Path, second: Path, names: Iterable[str]) -> list[Difference]:
    """Return every place where files of these names differ, none when their bytes are the same."""
    found: list[Difference] = []
    for name in names:
        both = first / name, second / name
        present = [path.is_file() for path in both]
        if not all(present):
            told = ["there" if one else "missing" for one in present]
            found.append(Difference(name, "as a whole", *told, None))
        elif both[0].read_bytes() != both[1].read_bytes():
            found += _in_file(name, *(path.read_bytes() for path in both))
    return found


def files_below(*folders: Path) -> list[str]:
    """Names of all files in any of the folders."""
    return sorted(
        {
            path.relative_to(folder).as_posix()
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file()
        }
    )


def _in_file(name: str, before: bytes, after: bytes) -> list[Difference]:
    try:
        if name.endswith((".ipynb", ".json")):
            places = list(_walk("", json.loads(before), json.loads(after)))
        else:
            places = list(_by_lines(before.decode(), after.decode()))
    except ValueError:
        places = [("as a whole", f"{len(before)} bytes", f"{len(after)} bytes")]
    # The same content in another order or spacing is still another file.
    places = places or [("as a whole", "the same content", "written otherwise")]
    return [_difference(name, *place) for place in places]


def _walk(where: str, before: Any, after: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the leaves that differ, with their place; texts of several lines line by line."""
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for key in before:
            yield from _walk(f"{where}/{key}", before[key], after[key])
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, pair in enumerate(zip(before, after, strict=True)):
            yield from _walk(f"{where}/{number}", *pair)
    elif before != after:
        yield where, _text(before), _text(after)


def _by_lines(before: str, after: str) -> Iterator[tuple[str, str, str]]:
    old, new = before.splitlines(), after.splitlines()
    if len(old) != len(new):
        yield "lines", str(len(old)), str(len(new))
        return
    for number, (one, other) in enumerate(zip(old, new, strict=True), start=1):
        if one != other:
            yield f"line {number}", one, other


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _difference(name: str, where: str, before: str, after: str) -> Difference:
    """Tell the pair of numbers that are furthest apart, or the words where words differ."""
    if "image/png" in where:
        return Difference(name, where, "a picture", "other pixels", None)
    old, new = map(_readable, (before, after))
    if NUMBER.sub("0", old) != NUMBER.sub("0", new):
        start = next((k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
        part = slice(max(0, start - 20), start + 40)
        return Difference(name, where, repr(old[part]), repr(new[part]), None)
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    furthest = max(pairs, key=lambda pair: relative(*map(float, pair)))
    return Difference(name, where, *furthest, relative(*map(float, furthest)))


def _readable(text: str) -> str:
    """Put embedded texts in their places, and write all numbers as a program reads them."""
    text = NAME_IN_PICTURE.sub("name", EMBEDDED.sub(_opened, text)).replace("−", "-")
    return POWER.sub(lambda match: f"e{match[1].translate(PLAIN)}", text)


def _opened(match: re.Match[str]) -> str:
    """Return the text of an embedded vector picture or table; only name one of pixels."""
    if match[1] not in READABLE:
        return f"{match[1]} {hash(match[2])}"
    try:
        return base64.b64decode(match[2]).decode()
    except (binascii.Error, UnicodeDecodeError):
        return match[0]


def relative(a: float, b: float) -> float:
    """Return the difference of two numbers in units of the larger one."""
    return 0.0 if a == b else abs(a - b) / max(abs(a), abs(b))


def tell(differences: list[Difference], most: int = 5) -> list[str]:
    """Return the lines of a report: the worst places, how many more, the largest difference."""
    ranked = sorted(differences, key=lambda d: -1 if d.relative is None else -d.relative)
    ranked.sort(key=lambda d: d.relative is not None)
    lines = [one.line() for one in ranked[:most]]
    if len(ranked) > most:
        lines.append(f"and {len(ranked) - most} more places")
    numbers = [one.relative for one in differences if one.relative is not None]
    if numbers:
        lines.append(f"largest relative difference of a number: {max(numbers):.1e}")
    return lines


def moved_claims(first: Path, second: Path, pages: tuple[Page, ...], profile: str) -> list[str]:
    """Return one line for each claim that failed or moved by more than its own tolerance."""
    before, after = (
        collect(read_edition(Book(root, pages), profile))[0] for root in (first, second)
    )
    return [*failed(after), *drift(before, after)]
