"""From texts, or rows of token ids, to the matrices that a text model reads."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import integer, whole

_LONGEST_WORD = 100  # characters; longer ones are unknown to BERT
_CJK = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F),
)  # fmt: skip


@dataclass(frozen=True)
class Tokens:
    """Cut and pad rows of token ids that the user made, with any tokenizer.

    Parameters
    ----------
    length : int
        Number of columns. Fixed, so that a row's features do not depend on its neighbours.
    padding : int
        Id of the padding token.

    Raises
    ------
    ValueError
        If a size is out of range; when called, if a row holds anything else than ids.

    Examples
    --------
    >>> Tokens(3)([[101, 7, 102], [101]])["attention_mask"].tolist()
    [[1, 1, 1], [1, 0, 0]]
    """

    length: int
    padding: int = 0

    def __post_init__(self) -> None:
        integer("length", self.length)
        integer("padding", self.padding, low=0)

    @property
    def key(self) -> str:
        """Everything that decides the numbers, as text."""
        return repr(self)

    def __call__(self, inputs: Sequence[Any]) -> dict[str, NDArray[Any]]:
        """Return ``input_ids``, ``attention_mask`` and ``token_type_ids``, int64 (b, length).

        A row that is as long as the matrix counts whole; trailing padding in it is masked.
        """
        ids = np.full((len(inputs), self.length), self.padding, dtype=np.int64)
        mask = np.zeros_like(ids)
        for k, row in enumerate(inputs):
            tokens = whole("a row", row)
            if tokens.ndim != 1 or not len(tokens) or tokens.dtype.kind not in "iu":
                raise ValueError(f"a row must be token ids, got {tokens.dtype} {tokens.shape}")
            used = np.flatnonzero(tokens != self.padding)
            kept = tokens[: min(self.length, int(used[-1]) + 1 if len(used) else 1)]
            ids[k, : len(kept)] = kept
            mask[k, : len(kept)] = 1
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


@dataclass(frozen=True)
class WordPiece:
    """BERT's tokenizer, from the model's own ``vocab.txt`` (one token per line).

    Words and punctuation are separated, lower-cased and freed of accents if `lowercase`; each word
    is then cut into the longest pieces of the vocabulary, from the left.

    Parameters
    ----------
    vocabulary : path
        File with ``[PAD]``, ``[UNK]``, ``[CLS]`` and ``[SEP]`` among its lines.
    length : int
        Number of columns; longer texts lose their end.
    lowercase : bool
        As the model was trained; True for the models called uncased.

    Raises
    ------
    ValueError
        If the file is missing or lacks one of the four tokens, or `length` is below 3.
    """

    vocabulary: str | os.PathLike[str]
    length: int
    lowercase: bool = True
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)
    _digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        integer("length", self.length, low=3)
        path = Path(self.vocabulary)
        if not path.is_file():
            raise ValueError(f"no {path}: expected the vocab.txt that belongs to the model")
        content = path.read_bytes()
        try:
            tokens = content.decode("utf-8").removesuffix("\n").split("\n")
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not a vocabulary in UTF-8: {error}") from error
        ids = {token.rstrip("\r"): number for number, token in enumerate(tokens)}
        lacking = {"[PAD]", "[UNK]", "[CLS]", "[SEP]"} - ids.keys()
        if lacking:
            raise ValueError(f"{path} is not a vocabulary, it lacks {', '.join(sorted(lacking))}")
        object.__setattr__(self, "_ids", ids)
        object.__setattr__(self, "_digest", hashlib.sha256(content).hexdigest())

    @property
    def key(self) -> str:
        """Everything that decides the numbers, as text; where the file lies does not."""
        return f"WordPiece({self._digest}, length={self.length}, lowercase={self.lowercase})"

    def __call__(self, inputs: Sequence[Any]) -> dict[str, NDArray[Any]]:
        """Return ``input_ids``, ``attention_mask`` and ``token_type_ids``, int64 (b, length)."""
        return Tokens(self.length, self._ids["[PAD]"])([self.tokens(text) for text in inputs])

    def tokens(self, text: str) -> list[int]:
        """Return the ids of one text, between ``[CLS]`` and ``[SEP]``, at most `length`."""
        found = [piece for word in self._words(text) for piece in self._pieces(word)]
        kept = found[: self.length - 2]
        return [self._ids["[CLS]"], *kept, self._ids["[SEP]"]]

    def _words(self, text: str) -> Iterator[str]:
        for chunk in chunks(text):
            yield from pieces(without_accents(chunk.lower()) if self.lowercase else chunk)

    def _pieces(self, word: str) -> list[int]:
        """Ids of the longest pieces from the left; one unknown if the word cannot be cut."""
        found: list[int] = []
        start = 0 if len(word) <= _LONGEST_WORD else len(word)
        while start < len(word):
            prefix = "##" if start else ""
            for stop in range(len(word), start, -1):
                number = self._ids.get(prefix + word[start:stop])
                if number is not None:
                    break
            else:
                return [self._ids["[UNK]"]]
            found.append(number)
            start = stop
        return found or [self._ids["[UNK]"]]


def chunks(text: str) -> list[str]:
    """Return what stands between white space, without control characters; CJK signs alone."""
    return "".join(_spaced(letter) for letter in text).split()


def pieces(chunk: str) -> Iterator[str]:
    """Give the words of a chunk and the punctuation between them, in their order.

    Examples
    --------
    >>> list(pieces("(don't"))
    ['(', 'don', "'", 't']
    """
    start = 0
    for k, letter in enumerate(chunk):
        if _punctuation(letter):
            yield from filter(None, (chunk[start:k], letter))
            start = k + 1
    if chunk[start:]:
        yield chunk[start:]


def without_accents(text: str) -> str:
    """Return the text with its letters taken apart and their accents dropped.

    Examples
    --------
    >>> without_accents("café")
    'cafe'
    """
    apart = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")


def _spaced(letter: str) -> str:
    """Return a space for white space, nothing for a control character, CJK between spaces."""
    if letter in "\t\n\r" or unicodedata.category(letter) == "Zs":
        return " "
    if letter in "\0\ufffd" or unicodedata.category(letter).startswith("C"):
        return ""
    code = ord(letter)
    return f" {letter} " if any(low <= code <= high for low, high in _CJK) else letter


def _punctuation(letter: str) -> bool:
    symbol = 33 <= ord(letter) <= 126 and not letter.isalnum()
    return symbol or unicodedata.category(letter).startswith("P")
