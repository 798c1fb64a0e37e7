"""The feature files of a task, made from its published raw data and exported networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from w2s.practice.data.encoders import Pictures, WordPiece, encode
from w2s.practice.data.feature_files import save_labels
from w2s.practice.data.raw_formats import RawData, cifar10, coloured_mnist, sst2, utkface
from w2s.practice.training.protocols import Task

# CLIP's own means and deviations. The other networks get pixels in [0, 1], which is certain for
# UTKFace only.
_CLIP = Pictures(
    resize=(224, 224),
    mean=(0.48145466, 0.4578275, 0.40821073),
    std=(0.26862954, 0.26130258, 0.27577711),
)


def make_features(task: Task, raw: Path, models: Path, features: Path, seed: int) -> str:
    """Make the feature files of a task, for each of its networks that is there.

    Parameters
    ----------
    task : Task
        One of `w2s.practice.training.protocols.TASKS`.
    raw : path
        Holds ``utkface``, ``mnist``, ``cifar-10-batches-py`` and ``sst2``.
    models : path
        Holds ``<model>.onnx``, and ``vocab.txt`` for the texts.
    features : path
        Gets a folder of the task's name.
    seed : int
        Of ColoredMNIST's label flips and colours.

    Returns
    -------
    str
        How many inputs there are, and what was skipped.

    Raises
    ------
    ValueError
        If the data are missing or damaged, or a network cannot be used.
    """
    data, folder = _read(task.name, raw, seed), features / task.name
    save_labels(folder, data.ids, data.labels, data.groups)
    for model in (task.student, *task.teachers):
        network = models / f"{model}.onnx"
        if not network.is_file():
            continue
        if task.name == "sst2":
            encode(network, data, WordPiece(models / "vocab.txt", 128), folder)
        else:
            plain = Pictures(resize=(224, 224))
            encode(network, data, _CLIP if model.startswith("clip") else plain, folder)
    return data.report()


def _read(name: str, raw: Path, seed: int) -> RawData:
    readers: dict[str, Callable[[], RawData]] = {
        "utkface": lambda: utkface(raw / "utkface"),
        "coloredmnist": lambda: coloured_mnist(raw / "mnist", np.random.default_rng(seed)),
        "cifar10": lambda: cifar10(raw / "cifar-10-batches-py"),
        "sst2": lambda: sst2(raw / "sst2"),
    }
    return readers[name]()
