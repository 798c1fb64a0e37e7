"""Whether the environment is whole: what an interrupted installation left out, by name."""

from __future__ import annotations

import re
from importlib import metadata

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


def missing_packages(extra: str) -> list[str]:
    """Return the packages that w2s with an extra needs and that are not installed.

    Parameters
    ----------
    extra : str
        Name of an extra, such as ``book``.

    Returns
    -------
    list of str
        Names of distributions; none where w2s itself is run without being installed.
    """
    try:
        needed = metadata.requires("w2s") or []
    except metadata.PackageNotFoundError:
        return []
    absent = []
    for line in needed:
        name, given = _NAME.match(line), _EXTRA.search(line)
        if name and (given is None or given[1] == extra):
            try:
                metadata.distribution(name[0])
            except metadata.PackageNotFoundError:
                absent.append(name[0])
    return absent
