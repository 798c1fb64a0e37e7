"""Names of files, of arrays in files and of columns: what a user's words mean."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

ID_NAMES = ("ids", "id")
_PANDAS_INDEX = re.compile(r"__index_level_\d+__|Unnamed: 0|")  # in Parquet; in CSV
_SHOWN = 12  # names in a message


def choose(name: str, keys: Sequence[str], key: str | None) -> str:
    """Return the array that is meant: `key`, or the only one beside the identifiers."""
    others = [one for one in keys if one not in ID_NAMES]
    if key is None and len(others) == 1:
        return others[0]
    if key is None or key not in keys:
        got = "no key" if key is None else repr(key)
        raise ValueError(f"{name} needs a key out of {some(others) or 'none'}; got {got}")
    return key


def choose_columns(
    name: str, names: Sequence[str], key: str | None, index: Collection[str] = ()
) -> list[str]:
    """Return the columns that are meant: those that the key names, or all but the identifiers.

    A key is the name of a column before it is a pattern. Identifiers and what pandas wrote as its
    index (the columns `index`, or names that only pandas gives) are meant only by their name.

    Examples
    --------
    >>> choose_columns("x", ["id", "emb[0]", "emb[1]", "__index_level_0__"], "emb[*")
    ['emb[0]', 'emb[1]']
    """
    if len(set(names)) < len(names):
        raise ValueError(f"{name} has two columns of one name")
    if key is not None and key in names:
        return [key]
    others = [one for one in names if one not in ID_NAMES and not _is_index(one, index)]
    plain = key and re.sub(r"[\[\]]", lambda found: f"[{found[0]}]", key)  # brackets as letters
    tries = (key, plain) if key is not None else ("*",)
    found = ([one for one in others if fnmatchcase(one, str(words))] for words in tries)
    columns = next(filter(None, found), [])
    if not columns:
        raise ValueError(f"{name} has no column {key or 'of features'} among {some(names)}")
    return columns


def some(names: Sequence[str]) -> str:
    """Return the names as one text, the first dozen of them if they are many."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def located(source: str | os.PathLike[str], key: str | None) -> tuple[list[Path], str | None]:
    """Return the paths that a source means, and the key.

    What exists under its whole name is meant first. Otherwise a key may follow after a colon,
    and a name with ``*``, ``?`` or ``[`` is a pattern, of which all files are meant.
    """
    text = os.fspath(source)
    colons = [place.start() for place in re.finditer(":", text)]
    for cut in [len(text), *reversed(colons)]:
        place, words = text[:cut], text[cut + 1 :]
        found = _matches(place)
        if found:
            parts = [part for part in (words, key) if part]
            return found, ":".join(parts) or None
    return [Path(source)], key


def in_order(paths: Collection[Path]) -> list[Path]:
    """Return paths in the order of their names, in which numbers count as numbers.

    Examples
    --------
    >>> [path.name for path in in_order([Path("a10"), Path("a9"), Path("a09")])]
    ['a09', 'a9', 'a10']
    """
    return sorted(paths, key=lambda path: (_natural(str(path)), str(path)))


def _natural(text: str) -> list[tuple[int, str]]:
    pieces = re.split(r"([0-9]+)", text)
    return [(int(piece), "") if k % 2 else (0, piece) for k, piece in enumerate(pieces)]


def _matches(text: str) -> list[Path]:
    if not text or "\0" in text:
        return []
    if os.path.lexists(text):
        return [Path(text)]
    if not glob.has_magic(text):
        return []
    found = [Path(one) for one in glob.glob(text)]
    return in_order([path for path in found if not path.name.endswith(".ids.npy")])


def _is_index(name: str, index: Collection[str]) -> bool:
    return name in index or _PANDAS_INDEX.fullmatch(name) is not None
