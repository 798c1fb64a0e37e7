"""MNIST's IDX files, and ColoredMNIST made from them."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2s._checks import between, generator, one_of, real
from w2s.practice.data.raw_formats.data import (
    PathLike,
    RawData,
    Reader,
    digest_of,
    missing,
    numbered,
)

_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_CHUNK = 1 << 20


def read_idx(path: PathLike) -> NDArray[Any]:
    """Read one IDX file, plain or gzipped.

    Two zero bytes, a type, the number of dimensions, the sizes as big-endian 32-bit numbers, then
    the values.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    array
        In the byte order of this machine.

    Raises
    ------
    ValueError
        If the file is not IDX, or is shorter or longer than its header says. At most the declared
        size is unpacked.
    """
    place = Path(path)
    try:
        with place.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        opened: Any = gzip.open(place, "rb") if packed else place.open("rb")
        with opened as stream:
            return _idx(stream, place.stat().st_size * (1100 if packed else 1))
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise ValueError(f"{place} is not a whole IDX file: {error}") from error


def _idx(stream: IO[bytes], most: int) -> NDArray[Any]:
    """Values of an open file that cannot hold more than `most` bytes."""
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES or not head[3]:
        raise ValueError(f"it begins with {head!r}")
    sizes = stream.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        raise ValueError("it ends within its header")
    shape = [int(size) for size in np.frombuffer(sizes, ">u4")]
    dtype = np.dtype(_TYPES[head[2]])
    declared = math.prod(shape) * dtype.itemsize
    if declared > most:  # gzip packs at most 1032 : 1
        raise ValueError(f"its header declares {declared} bytes, more than so small a file holds")
    values = bytearray()
    while len(values) <= declared:  # one byte beyond, to see that nothing follows
        chunk = stream.read(min(_CHUNK, declared + 1 - len(values)))
        if not chunk:
            break
        values += chunk
    if len(values) != declared:
        more = "more" if len(values) > declared else f"{len(values)}"
        raise ValueError(f"its header declares {declared} bytes of values, it holds {more}")
    return np.frombuffer(values, dtype).astype(dtype.newbyteorder("=")).reshape(shape)


def mnist(folder: PathLike, parts: Sequence[str] = ("train", "test")) -> RawData:
    """Read MNIST, or any digits in its format, from its four IDX files.

    Parameters
    ----------
    folder : path
        Where ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``, ``t10k-images-idx3-ubyte``
        and ``t10k-labels-idx1-ubyte`` are; ``.gz`` and ``train-images.idx3-ubyte`` will do.
    parts : sequence of {"train", "test"}
        Which parts.

    Returns
    -------
    RawData
        Ids are part and row, such as ``test-00042``; inputs are arrays (height, width).

    Raises
    ------
    ValueError
        If a file is missing or damaged, or counts of pictures and labels disagree.
    """
    pictures, ids, digits = _mnist(Path(folder), parts)
    digest = digest_of("mnist", ids, str(pictures.shape), pictures)
    read: Reader = lambda start, stop: list(pictures[start:stop])  # noqa: E731
    return RawData("mnist", ids, digits.astype(np.int64), read, digest, published=70000)


def _mnist(
    place: Path, parts: Sequence[str]
) -> tuple[NDArray[np.uint8], NDArray[Any], NDArray[np.uint8]]:
    found = []
    for part in parts:
        prefix = {"train": "train", "test": "t10k"}[one_of("parts", part, ("train", "test"))]
        images = _idx_file(place, f"{prefix}-images", "idx3-ubyte")
        labels = _idx_file(place, f"{prefix}-labels", "idx1-ubyte")
        pictures, digits = read_idx(images), read_idx(labels)
        if (
            pictures.ndim != 3
            or digits.ndim != 1
            or {pictures.dtype.str, digits.dtype.str} != {"|u1"}
        ):
            raise ValueError(f"{images} and {labels} must hold pictures and labels of bytes")
        if len(pictures) != len(digits):
            counts = f"{len(pictures)} pictures, {len(digits)} labels"
            raise ValueError(f"{images} and {labels.name} disagree: {counts}")
        if digits.max(initial=0) > 9:
            raise ValueError(f"{labels} has the label {digits.max()}: digits are 0 to 9")
        found.append((pictures, numbered(f"{part}-", len(digits)), digits))
    if len({one[0].shape[1:] for one in found}) != 1:
        raise ValueError(f"{place} must hold pictures of one size, for one or two parts")
    pictures, ids, digits = (np.concatenate(each) for each in zip(*found, strict=True))
    return pictures, ids, digits


def _idx_file(place: Path, stem: str, kind: str) -> Path:
    for name in (f"{stem}-{kind}", f"{stem}.{kind}"):
        for path in (place / name, place / f"{name}.gz"):
            if path.is_file():
                return path
    source = "MNIST's four files, for instance the folder MNIST/raw of torchvision"
    raise missing(place / f"{stem}-{kind}", "an IDX file, plain or .gz", source)


def colours(
    digits: ArrayLike,
    rng: np.random.Generator,
    *,
    label_flip: float = 0.25,
    colour_flip: Sequence[float] = (0.1, 0.2, 0.9),
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Draw noisy labels and colours by DomainBed's recipe for ColoredMNIST.

    The class is 0 for digits below 5, else 1, and is flipped with probability `label_flip`. Rows
    are dealt at random to environments of equal size. The colour is green (1) for the *noisy*
    label 0 and red (0) for 1, and is flipped with the probability of the row's environment.

    Parameters
    ----------
    digits : array_like of shape (m,)
        0 to 9.
    rng : numpy.random.Generator
        Source of environments and flips.
    label_flip : float
        Probability in [0, 1].
    colour_flip : sequence of float
        One probability per environment; DomainBed has three.

    Returns
    -------
    labels, channels, environments : array of int, shape (m,)
        Noisy label, channel that is kept, and environment.

    Notes
    -----
    DomainBed calls the classes 1 and 0; here they are numbered as in the task of Dong et al. 2025.
    Which environments that task used is not known; `coloured_mnist` says which DomainBed has.

    Examples
    --------
    >>> shown = np.array([0, 4, 5, 9])
    >>> rng = np.random.default_rng(0)
    >>> labels, channels, _ = colours(shown, rng, label_flip=0, colour_flip=[0])
    >>> labels.tolist(), channels.tolist()
    ([0, 0, 1, 1], [1, 1, 0, 0])
    """
    shown = real("digits", digits)
    level = float(between("label_flip", label_flip, 0, 1))
    levels = np.atleast_1d(between("colour_flip", colour_flip, 0, 1))
    if not len(levels):
        raise ValueError("colour_flip needs a probability for each environment, got none")
    environments = generator(rng).permutation(len(shown)) % len(levels)
    labels = (shown >= 5) ^ (rng.random(len(shown)) < level)
    channels = ~labels ^ (rng.random(len(shown)) < levels[environments])
    return labels.astype(np.int64), channels.astype(np.int64), environments


def environment_names(colour_flip: Sequence[float] = (0.1, 0.2, 0.9)) -> list[str]:
    """Return DomainBed's names of environments: how often colour agrees with the label.

    A plus sign is followed by the share of rows in which it agrees, a minus sign by the share in
    which it does not, whichever is larger.

    Parameters
    ----------
    colour_flip : sequence of float
        As for `colours`. Environments of one probability have one name.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If a probability is outside [0, 1].

    Examples
    --------
    >>> environment_names((0.1, 0.2, 0.9))
    ['+90%', '+80%', '-90%']
    """
    levels = np.atleast_1d(between("colour_flip", colour_flip, 0, 1))
    return [
        f"+{100 * (1 - level):.10g}%" if level <= 0.5 else f"-{100 * level:.10g}%"
        for level in levels.tolist()
    ]


def coloured_mnist(
    folder: PathLike,
    rng: np.random.Generator,
    *,
    label_flip: float = 0.25,
    colour_flip: Sequence[float] = (0.1, 0.2, 0.9),
    parts: Sequence[str] = ("train", "test"),
) -> RawData:
    """Make ColoredMNIST of MNIST's IDX files; see `colours` for the recipe.

    The groups are the environments, named by `environment_names`: "+90%", "+80%" and "-90%".
    DomainBed holds out each of the three in turn and trains on the other two; the test that is
    meant to be hard trains on "+90%" and "+80%" and tests on "-90%", where colour speaks against
    the label. The default probabilities (0.1, 0.2, 0.9) are those of DomainBed's code; its paper
    (Gulrajani and Lopez-Paz 2021) states (0.1, 0.3, 0.9), whose second environment is "+70%".

    Parameters
    ----------
    folder, parts
        As for `mnist`.
    rng : numpy.random.Generator
        The same state gives the same data.
    label_flip, colour_flip
        As for `colours`.

    Returns
    -------
    RawData
        Labels are the noisy ones; inputs are (height, width, 3), red or green, blue empty; groups
        are the names of the environments.

    Raises
    ------
    ValueError
        As `mnist` and `colours`.
    """
    generator(rng)
    pictures, ids, digits = _mnist(Path(folder), parts)
    labels, channels, dealt = colours(digits, rng, label_flip=label_flip, colour_flip=colour_flip)
    groups = np.array(environment_names(colour_flip), dtype=np.str_)[dealt]

    def read(start: int, stop: int) -> list[NDArray[np.uint8]]:
        grey = pictures[start:stop]
        block = np.zeros((*grey.shape, 3), dtype=np.uint8)
        block[np.arange(len(grey)), :, :, channels[start:stop]] = grey
        return list(block)

    digest = digest_of("coloredmnist", ids, str(pictures.shape), pictures, channels)
    return RawData("coloredmnist", ids, labels, read, digest, published=70000, groups=groups)
