"""Real tasks: labelled data, a strong network and weak ones, from packages to files of features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from w2s._checks import integer
from w2s.practice.data.encoders import encode
from w2s.practice.data.feature_files import save_labels
from w2s.practice.data.raw_formats import RawData
from w2s.practice.data.raw_formats.data import digest_of
from w2s.practice.data.sources.datasets import coloured_digits, movie_ratings, shirts
from w2s.practice.data.sources.networks import NETWORKS

Progress = Callable[[str, int, int], None]
_COLOURS = 2025
"""Seed of the label flips and colours of the digits: the data set is drawn once."""


@dataclass(frozen=True)
class RealTask:
    """A task whose data and networks come with packages.

    Attributes
    ----------
    name : str
        Folder of its features.
    data_package : str
        The package that holds the data.
    read : callable
        Maps the folder of unpacked members to the data.
    strong : str
        The student's network.
    weak : tuple of str
        The teachers' networks.
    """

    name: str
    data_package: str
    read: Callable[[Path], RawData]
    strong: str
    weak: tuple[str, ...]

    @property
    def networks(self) -> tuple[str, ...]:
        """All its networks, the student's first."""
        return (self.strong, *self.weak)

    @property
    def packages(self) -> set[str]:
        """The packages without which it cannot be run."""
        return {self.data_package, *(one for n in self.networks for one in NETWORKS[n].packages)}


REAL_TASKS: Mapping[str, RealTask] = {
    task.name: task
    for task in (
        RealTask(
            "coloredmnist", "mnist",
            lambda members: coloured_digits(members, np.random.default_rng(_COLOURS)),
            "dinov2-s14", ("efficientnet-lite0",),
        ),
        RealTask(
            "shirts", "dataset-fashion-mnist", shirts, "dinov2-s14", ("efficientnet-lite0",)
        ),
        RealTask(
            "movies", "vaderSentiment", movie_ratings, "minilm-l6", ("minilm-l3", "glove-50d")
        ),
    )
}  # fmt: skip


def make_features(
    task: RealTask,
    members: Path,
    models: Path,
    features: Path,
    *,
    rows: int | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[str]:
    """Write labels and the features of every network of a task; what is there already is kept.

    Parameters
    ----------
    task : RealTask
        One of `REAL_TASKS`.
    members : path
        Where the members of the packages were unpacked.
    models : path
        Where the networks were built.
    features : path
        Gets a folder of the task's name.
    rows : int, optional
        Encode only so many rows, evenly spread over the data.
    workers : int
        Blocks encoded at once; the bytes do not depend on it.
    progress : callable, optional
        Called with (network, rows done, rows) after each block.

    Returns
    -------
    list of str
        Names of the files; those of features end in a key made of data, network and preprocessing.

    Raises
    ------
    ValueError
        If a package's member or a network is missing or changed.
    """
    data, folder = task.read(members), features / task.name
    if rows is not None:
        data = spread(data, rows)
    files = [save_labels(folder, data.ids, data.labels, data.groups)]
    for name in task.networks:
        network = NETWORKS[name]
        tell = None if progress is None else partial(progress, name)
        files.append(
            encode(
                models / f"{name}.onnx",
                data,
                network.preprocessing(members),
                folder,
                name=name,
                output=network.output,
                workers=workers,
                progress=tell,
            )
        )
    return [path.name for path in files]


def spread(data: RawData, rows: int) -> RawData:
    """Return `rows` inputs of a data set, evenly spread over it.

    Examples
    --------
    >>> from w2s.practice.data.raw_formats import from_arrays
    >>> spread(from_arrays("six", np.arange(6)[:, None], np.zeros(6)), 3).ids.tolist()
    ['00000', '00002', '00004']
    """
    count = min(integer("rows", rows), len(data))
    chosen = np.arange(count) * len(data) // count
    return replace(
        data,
        ids=data.ids[chosen],
        labels=data.labels[chosen],
        groups=None if data.groups is None else data.groups[chosen],
        read=lambda start, stop: [data.read(k, k + 1)[0] for k in chosen[start:stop].tolist()],
        digest=digest_of(data.name, data.ids[chosen], data.digest),
    )
