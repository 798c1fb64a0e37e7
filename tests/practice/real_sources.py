"""The real packages for the tests: where they are, and what lacks.

They lie below the folder that the environment variable ``W2S_REAL`` names, else where `make real`
leaves them in this checkout: archives in ``packages``, what is unpacked in ``members``, networks
in ``models``. A test that needs them has the marker ``real``, with the names of the packages if it
does not need all; without them it is left out (`tests.conftest`).
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from pathlib import Path

from tests import ROOT
from w2s.practice.data.sources.networks import NETWORKS
from w2s.practice.data.sources.packages import PACKAGES, unpack

FOLDER = Path(os.environ.get("W2S_REAL") or ROOT / "_build" / "real").absolute()
ARCHIVES = FOLDER / "packages"
MODELS = FOLDER / "models"
WIDTHS = {"dinov2-s14": 384, "efficientnet-lite0": 1280, "minilm-l6": 384, "minilm-l3": 384,
          "glove-50d": 50}  # fmt: skip


def there(name: str) -> bool:
    """Whether a package's archive is there, or all its members, by their sizes."""
    package, folder = PACKAGES[name], FOLDER / "members" / name
    paths = {folder / key: one.size for key, one in package.members.items()}
    unpacked = all(path.is_file() and path.stat().st_size == paths[path] for path in paths)
    return unpacked or (ARCHIVES / package.archive).is_file()


def lacking(names: Iterable[str]) -> list[str]:
    """Those of the packages (of all, if none is named) that are not there."""
    return [name for name in tuple(names) or PACKAGES if not there(name)]


@functools.cache
def members() -> Path:
    """Folder of the members; what is not yet unpacked is, as `make real` does it."""
    unpack(ARCHIVES, FOLDER / "members")
    return FOLDER / "members"


def built(name: str) -> Path:
    """A network, built where `make real` builds it."""
    return NETWORKS[name].build(members(), MODELS)
