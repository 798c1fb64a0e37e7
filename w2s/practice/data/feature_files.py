"""Features of a teacher and a student on the same inputs, read from files and matched by id.

A folder holds ``labels.npz`` (arrays ``ids``, ``labels``, perhaps ``groups``) and one
``<model>.npz`` per model (``ids``, ``features``); or ``<name>.npy`` with ``<name>.ids.npy`` beside
it, or such a pair whose name ends in the key that `encoders.encode` gives it. Files that hold
Python objects are refused.
"""

from __future__ import annotations

import glob
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s._checks import Array, finite, whole
from w2s._files import written_whole
from w2s._npy import member, members
from w2s.practice.data.groups import one_name_per_row, rows_of
from w2s.practice.data.tables.base import reading
from w2s.practice.data.tables.npy import open_npy, open_npz


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
    groups : array of str, shape (m,), optional
        Name of the group of each input, such as its environment.

    Raises
    ------
    ValueError
        If shapes do not fit, an id occurs twice, a value is not finite or `groups` is not one name
        per row.
    """

    ids: NDArray[Any]
    weak: NDArray[Any]
    strong: NDArray[Any]
    labels: Array
    groups: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        shapes = {name: getattr(self, name).shape for name in ("ids", "weak", "strong", "labels")}
        matrices = {len(shapes["weak"]), len(shapes["strong"])} == {2}
        if not matrices or {shapes["ids"], shapes["labels"]} != {(len(self.ids),)}:
            raise ValueError(f"need vectors ids, labels and matrices weak, strong, got {shapes}")
        if {shape[0] for shape in shapes.values()} != {len(self.ids)}:
            raise ValueError(f"ids, weak, strong, labels must share their rows, got {shapes}")
        for name in ("weak", "strong", "labels"):
            values = whole(name, getattr(self, name))
            if values.dtype.kind not in "fiub" or not np.isfinite(values).all():
                raise ValueError(f"{name} must hold finite real numbers")
        order = np.argsort(whole("ids", self.ids), kind="stable")
        ids = self.ids[order]
        twice = ids[1:][ids[1:] == ids[:-1]]
        if len(twice):
            raise ValueError(f"every id must occur once, got {twice[0]!r} twice")
        for name in ("ids", "weak", "strong"):
            object.__setattr__(self, name, getattr(self, name)[order])
        object.__setattr__(self, "labels", np.asarray(self.labels, dtype=np.float64)[order])
        if self.groups is not None:
            names = one_name_per_row(self.groups, len(ids))
            object.__setattr__(self, "groups", names[order])

    def of_groups(self, *names: str) -> Features:
        """Return the rows whose group is one of `names`.

        Raises
        ------
        ValueError
            As `w2s.practice.data.groups.rows_of`.
        """
        rows = rows_of(self.groups, *names)
        chosen = None if self.groups is None else self.groups[rows]
        return Features(
            self.ids[rows], self.weak[rows], self.strong[rows], self.labels[rows], chosen
        )


def stored(folder: str | os.PathLike[str], name: str) -> bool:
    """Whether `folder` holds the file (or the pair of files) called `name`.

    Examples
    --------
    >>> stored("no/such/folder", "labels")
    False
    """
    return bool(_candidates(Path(folder), name))


def _candidates(place: Path, name: str) -> list[Path]:
    """Files of this name: exact ones first, else those with a key."""
    exact = [place / f"{name}.npz", place / f"{name}.npy"]
    keyed = sorted(place.glob(f"{glob.escape(name)}-{'[0-9a-f]' * 16}.npy"))
    groups = ([one for one in group if _complete(one)] for group in (exact[:1], exact[1:], keyed))
    return next(filter(None, groups), [])


def _complete(path: Path) -> bool:
    beside = path.with_name(f"{path.stem}.ids.npy")
    return path.is_file() and (path.suffix == ".npz" or beside.is_file())


def save_labels(
    folder: str | os.PathLike[str],
    ids: ArrayLike,
    labels: ArrayLike,
    groups: ArrayLike | None = None,
) -> Path:
    """Write ``labels.npz``, whole or not at all.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    ids : array_like of shape (m,)
        Identifiers, all different.
    labels : array_like of shape (m,)
        Finite numbers.
    groups : array_like of str, shape (m,), optional
        Name of the group of each input.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        If an id occurs twice, a label is not finite, `groups` are not texts or the lengths differ.
    """
    known, values = whole("ids", ids), finite("labels", labels, ndim=1)
    names = None if groups is None else one_name_per_row(groups, len(known))
    Features(known, values[:, None], values[:, None], values)
    arrays = {"ids": known, "labels": values} | ({} if names is None else {"groups": names})
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    with written_whole(place / "labels.npz", durable=True) as file:
        np.savez(file, allow_pickle=False, **arrays)
    return place / "labels.npz"


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
    groups = _groups(place, len(ids))
    order = np.argsort(ids, kind="stable")
    matched = {}
    for side, model in (("weak", weak), ("strong", strong)):
        own, features = _read(place, model, "features")
        if _kind(own) != _kind(ids):
            kinds = f"{_kind(own)}, those of the labels are {_kind(ids)}"
            raise ValueError(f"ids of {place / model} are {kinds}")
        missing, unknown = np.setdiff1d(ids, own), np.setdiff1d(own, ids)
        if len(missing) or len(unknown) or len(own) != len(ids):
            first = ", ".join(str(one) for one in [*missing[:1], *unknown[:1]])
            raise ValueError(
                f"ids of {place / model} are not those of the labels: {len(missing)} missing, "
                f"{len(unknown)} unknown, {len(own)} for {len(ids)} rows (first: {first})"
            )
        matched[side] = features[np.argsort(own, kind="stable")]
    kept = None if groups is None else groups[order]
    return Features(ids[order], matched["weak"], matched["strong"], labels[order], kept)


def _groups(place: Path, rows: int) -> NDArray[np.str_] | None:
    """Names of groups in the file of labels, if it is an archive that holds them."""
    path = _candidates(place, "labels")[0]
    if path.suffix != ".npz":
        return None
    with reading(path), zipfile.ZipFile(path) as archive:
        there = members(archive)
        if "groups" not in there:
            return None
        return one_name_per_row(member(archive, there["groups"]), rows)


def _kind(ids: NDArray[Any]) -> str:
    """Numbers and texts sort differently, so they must not meet."""
    return {"i": "numbers", "u": "unsigned numbers", "U": "text", "S": "bytes"}[ids.dtype.kind]


def _read(place: Path, name: str, key: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Ids and values of one file, or of a pair of files."""
    found = _candidates(place, name)
    if not found:
        raise ValueError(
            f"no {place / name}.npz (arrays ids, {key}), and no {name}.npy with {name}.ids.npy"
            " beside it"
        )
    if len(found) > 1:
        raise ValueError(
            f"several files for {name}, remove all but one: {', '.join(map(str, found))}"
        )
    path = found[0]
    try:
        table = open_npz(path, key) if path.suffix == ".npz" else open_npy(path)
        if table.ids is None:
            raise ValueError("it has no array 'ids'")
        values = table.read(0, table.rows)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is not a file of ids and {key}: {error}") from error
    return table.ids, values if table.ndim == 2 else values[:, 0]
