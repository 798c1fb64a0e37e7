"""GloVe's word vectors as an ONNX model, and texts as the words that it knows."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import integer
from w2s._optional import extra
from w2s.practice.data.encoders.tokens import chunks, pieces, without_accents
from w2s.practice.data.sources.graph import Graph, mean_where_kept

_FLOAT = 1  # float32 among the types of ONNX


def glove(vectors: str | os.PathLike[str]) -> bytes:
    """Return the network: word ids (b, length) to ``features`` (b, d), the mean of the vectors.

    Words that ``attention_mask`` leaves out do not count; where it leaves out all, the mean is
    zero.

    Parameters
    ----------
    vectors : path
        A ``.npy`` file with one row per word.

    Returns
    -------
    bytes
        The content of an ``.onnx`` file with the inputs ``input_ids`` and ``attention_mask``.

    Raises
    ------
    ValueError
        If the file is not a matrix of finite numbers.
    """
    path = Path(vectors)
    try:
        table = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ValueError(f"{path} is not a matrix of word vectors: {error}") from error
    if table.ndim != 2 or table.dtype.kind != "f" or not np.isfinite(table).all():
        raise ValueError(f"{path} is not a matrix of finite numbers: {table.dtype} {table.shape}")
    graph = Graph()
    words = graph.node("Gather", graph.weight("vectors", table), "input_ids")
    kept = graph.node("Cast", "attention_mask", to=_FLOAT)
    mean_where_kept(graph, words, kept, "features")
    shape = ["rows", "length"]
    return graph.model(
        {name: ("INT64", shape) for name in ("input_ids", "attention_mask")},
        {"features": ("FLOAT", ["rows", table.shape[1]])},
    )


@dataclass(frozen=True)
class KnownWords:
    """The words of a text that a vocabulary knows, in lower case; others are left out.

    Between white space the longest known stretch is taken from the left, from one edge of a word
    or sign to another: ``U.S.`` and ``well-known`` stay whole if they are known, ``good.`` becomes
    ``good`` and ``.``, ``don't`` becomes ``do`` and ``n't``. A stretch that is unknown with its
    accents is looked up without them.

    Parameters
    ----------
    vocabulary : path
        Parquet file with one column, the words in the order of their vectors.
    length : int
        Number of columns; longer texts lose their end.

    Raises
    ------
    ValueError
        If the file is missing or is not such a table.
    """

    vocabulary: str | os.PathLike[str]
    length: int
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)
    _digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        integer("length", self.length)
        path = Path(self.vocabulary)
        if not path.is_file():
            raise ValueError(f"no {path}: expected the vocabulary that belongs to the vectors")
        content = path.read_bytes()
        ids = {word: number for number, word in enumerate(_column(path))}
        object.__setattr__(self, "_ids", ids)
        object.__setattr__(self, "_digest", hashlib.sha256(content).hexdigest())

    @property
    def key(self) -> str:
        """Everything that decides the numbers, as text; where the file lies does not."""
        return f"KnownWords({self._digest}, length={self.length})"

    def __call__(self, inputs: Sequence[Any]) -> dict[str, NDArray[Any]]:
        """Return ``input_ids`` and ``attention_mask``, int64 (b, length)."""
        ids = np.zeros((len(inputs), self.length), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(inputs):
            found = [self._ids[word] for word in self.words(text)][: self.length]
            ids[row, : len(found)] = found
            mask[row, : len(found)] = 1
        return {"input_ids": ids, "attention_mask": mask}

    def words(self, text: str) -> list[str]:
        """Return the known words of one text, in their order."""
        plain = text.lower().replace("’", "'")
        return [word for chunk in chunks(plain) for word in self._known(chunk)]

    def _known(self, chunk: str) -> Iterator[str]:
        parts = _without_not(list(pieces(chunk)))
        start = 0
        while start < len(parts):
            for stop in range(len(parts), start, -1):
                word = self._spelt("".join(parts[start:stop]))
                if word:
                    yield word
                    break
            start = stop

    def _spelt(self, word: str) -> str | None:
        spellings = (word, without_accents(word))
        return next((spelt for spelt in spellings if spelt in self._ids), None)


def _without_not(parts: list[str]) -> list[str]:
    """Words and signs with ``don ' t`` as ``do n't``, the vocabulary's way."""
    for k in range(len(parts) - 2):
        word, *rest = parts[k : k + 3]
        if rest == ["'", "t"] and len(word) > 1 and word.endswith("n"):
            return [*parts[:k], word[:-1], "n't", *_without_not(parts[k + 3 :])]
    return parts


def _column(path: Path) -> list[str]:
    parquet = extra("pyarrow.parquet", "data")
    try:
        table = parquet.read_table(path)
    except Exception as error:  # of the format's library
        reason = (str(error).splitlines() or [""])[0]
        raise ValueError(f"{path} is not a Parquet file: {reason}") from error
    words: list[Any] = table.column(0).to_pylist() if table.num_columns == 1 else []
    if (
        not words
        or not all(isinstance(word, str) for word in words)
        or len(set(words)) < len(words)
    ):
        raise ValueError(f"{path} is not one column of different words")
    return words
