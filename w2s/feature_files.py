"""Features of a teacher and a student on the same inputs, read from files and matched by id.

A folder holds ``labels.npz`` (arrays ``ids``, ``labels``) and one ``<model>.npz`` per model
(``ids``, ``features``); or ``<name>.npy`` with ``<name>.ids.npy`` beside it. Files that hold
Python objects are refused.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array


@dataclass(frozen=True, eq=False)
class Features:
    """Features of one weak and one strong model on the same inputs, in the order of their ids.

    Parameters
    ----------
    ids : array of shape (m,)
        One identifier per input, all different.
    weak, strong : array of shape (m, D_w) and (m, D_s)
        Features.
    labels : array of shape (m,)
        Labels.

    Raises
    ------
    ValueError
        If shapes do not fit, an id occurs twice or a value is not finite.
    """

    ids: NDArray[Any]
    weak: NDArray[Any]
    strong: NDArray[Any]
    labels: Array

    def __post_init__(self) -> None:
        shapes = {name: getattr(self, name).shape for name in ("ids", "weak", "strong", "labels")}
        matrices = {len(shapes["weak"]), len(shapes["strong"])} == {2}
        if not matrices or {shapes["ids"], shapes["labels"]} != {(len(self.ids),)}:
            raise ValueError(f"need vectors ids, labels and matrices weak, strong, got {shapes}")
        if {shape[0] for shape in shapes.values()} != {len(self.ids)}:
            raise ValueError(f"ids, weak, strong, labels must share their rows, got {shapes}")
        for name in ("weak", "strong", "labels"):
            values = getattr(self, name)
            if values.dtype.kind not in "fiub" or not np.isfinite(values).all():
                raise ValueError(f"{name} must hold finite real numbers")
        order = np.argsort(self.ids, kind="stable")
        ids = self.ids[order]
        twice = ids[1:][ids[1:] == ids[:-1]]
        if len(twice):
            raise ValueError(f"every id must occur once, got {twice[0]!r} twice")
        for name in ("ids", "weak", "strong"):
            object.__setattr__(self, name, getattr(self, name)[order])
        object.__setattr__(self, "labels", np.asarray(self.labels, dtype=np.float64)[order])


def stored(folder: str | os.PathLike[str], name: str) -> bool:
    """Whether `folder` holds the file (or the pair of files) called `name`.

    Examples
    --------
    >>> stored("no/such/folder", "labels")
    False
    """
    place = Path(folder)
    pair = place / f"{name}.npy", place / f"{name}.ids.npy"
    return (place / f"{name}.npz").is_file() or all(path.is_file() for path in pair)


def load_features(folder: str | os.PathLike[str], weak: str, strong: str) -> Features:
    """Read the labels and the features of two models, matched by id.

    Parameters
    ----------
    folder : path
        Where the files are; see the module's documentation.
    weak, strong : str
        Names of the models.

    Returns
    -------
    Features

    Raises
    ------
    ValueError
        If a file is missing, damaged or holds Python objects, an array is missing, the ids of two
        files differ, or as `Features`. The message names the file.
    """
    place = Path(folder)
    ids, labels = _read(place, "labels", "labels")
    order = np.argsort(ids, kind="stable")
    matched = {}
    for side, model in (("weak", weak), ("strong", strong)):
        own, features = _read(place, model, "features")
        missing, unknown = np.setdiff1d(ids, own), np.setdiff1d(own, ids)
        if len(missing) or len(unknown) or len(own) != len(ids):
            first = ", ".join(str(one) for one in [*missing[:1], *unknown[:1]])
            raise ValueError(
                f"ids of {place / model} are not those of the labels: {len(missing)} missing, "
                f"{len(unknown)} unknown, {len(own)} for {len(ids)} rows (first: {first})"
            )
        matched[side] = features[np.argsort(own, kind="stable")]
    return Features(ids[order], matched["weak"], matched["strong"], labels[order])


def _read(place: Path, name: str, key: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Ids and values of one file, or of a pair of files."""
    path = place / f"{name}.npz"
    if not stored(place, name):
        raise ValueError(
            f"no {path} (arrays ids, {key}), and no {name}.npy with {name}.ids.npy beside it"
        )
    try:
        if path.is_file():
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                ids, values = archive["ids"], archive[key]
        else:
            path = place / f"{name}.npy"
            ids = np.load(place / f"{name}.ids.npy", allow_pickle=False)
            values = np.load(path, allow_pickle=False)
    except (zipfile.BadZipFile, EOFError, KeyError, OSError, ValueError) as error:
        raise ValueError(f"{path} is not a file of ids and {key}: {error}") from error
    if ids.ndim != 1 or ids.dtype.kind not in "iuUS" or len(ids) != len(values):
        shapes = f"{ids.dtype} {ids.shape} for {values.shape}"
        raise ValueError(f"{path} needs one id (number or text) per row, got {shapes}")
    return ids, values
