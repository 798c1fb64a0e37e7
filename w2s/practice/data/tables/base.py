"""What all tables share, and the errors of files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import whole
from w2s._memory import require
from w2s._npy import refuse_bomb

Values = NDArray[Any]
_MOST_PACKED = 1100  # deflate packs at most 1032 : 1


class Table(ABC):
    """A matrix of real numbers that is read in slices of rows.

    Parameters
    ----------
    name : str
        What messages call it.
    shape : tuple of int
        ``(rows, width)``, or ``(rows,)`` for a table of width 1.
    dtype : data type
        Of the stored values.
    ids : array of shape (rows,), optional
        One identifier a row, whole numbers or texts.
    path : path, optional
        The file or folder that must not change while it is read.

    Attributes
    ----------
    rows, width : int
        Numbers of rows and columns.
    vector_or_matrix : bool
        Whether a single column may be features of width 1.
    ids : array or None
        The identifiers; they stay behind when the table is sent to another process.

    Raises
    ------
    ValueError
        If values or identifiers are of a wrong type or shape, or the file is too small for them.
    """

    vector_or_matrix = False

    def __init__(
        self,
        name: str,
        shape: tuple[int, ...],
        dtype: Any,
        *,
        ids: Values | None = None,
        path: Path | None = None,
    ) -> None:
        if len(shape) not in (1, 2):
            raise ValueError(f"{name} must be a matrix or a vector, got shape {tuple(shape)}")
        single = number(name, dtype).newbyteorder("=") == np.float32
        self._read_as = np.dtype(np.float32 if single else np.float64)
        self.name, self.ndim = name, len(shape)
        self.rows, self.width = int(shape[0]), int(shape[1]) if len(shape) == 2 else 1
        self.ids = None if ids is None else self._checked(whole("ids", ids))
        self.path = path
        self._stamp = None if path is None else stamp_of(path)
        if self._stamp is not None:
            stored = self.rows * self.width * np.dtype(dtype).itemsize
            refuse_expansion(name, stored, self._stamp[0])

    @property
    def single(self) -> bool:
        """Whether rows come in single precision."""
        return bool(self._read_as == np.float32)

    def read(self, start: int, stop: int) -> Values:
        """Return the rows from `start` to before `stop` as a matrix of float32 or float64.

        float32 stays; every other type comes as float64, so that float16 does not overflow when
        it is summed.

        Raises
        ------
        ValueError
            If these rows do not exist or cannot be read.
        """
        if not 0 <= start <= stop <= self.rows:
            raise ValueError(f"{self.name} has {self.rows} rows, got the slice {start}:{stop}")
        values = self._stored(start, stop).astype(self._read_as, copy=False)
        return values.reshape(stop - start, self.width)

    def part(self, start: int, stop: int) -> Table:
        """Return what another process needs to read the rows from `start` to before `stop`."""
        return self

    def check_unchanged(self) -> None:
        """Refuse a file that is no longer the one that was opened.

        Raises
        ------
        ValueError
            If its size or its time of change differ, or it is gone.
        """
        now = None if self.path is None else stamp_of(self.path)
        if now != self._stamp:
            first, last = (f"{stamp[0]} bytes" if stamp else "none" for stamp in (self._stamp, now))
            raise ValueError(
                f"{self.name} changed while it was read (at first {first}, at last {last}): "
                "wait until it is complete and start again"
            )

    def __getstate__(self) -> dict[str, Any]:
        # Another process may stand in another folder, so a path travels from the root.
        paths = {k: v.absolute() for k, v in self.__dict__.items() if isinstance(v, Path)}
        return self.__dict__ | paths | {"ids": None}

    def _checked(self, ids: Values) -> Values:
        if ids.dtype.kind not in "iuUST" or ids.shape != (self.rows,):
            got = f"{ids.dtype} {ids.shape} for {self.rows} rows"
            raise ValueError(f"{self.name} needs one id (number or text) a row, got {got}")
        return ids

    @abstractmethod
    def _stored(self, start: int, stop: int) -> Values:
        """Return rows in their stored type."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a damaged file raises into one `ValueError` that names the file."""
    try:
        yield
    except ValueError as error:
        known = str(path) in str(error)
        raise ValueError(str(error) if known else f"{path} cannot be read: {error}") from error
    except Exception as error:  # every library has its own
        raise ValueError(f"{path} cannot be read: {str(error) or repr(error)}") from error


def refuse_expansion(name: str, declared: int, held: int) -> None:
    """Refuse rows that so few bytes of a file cannot hold, however they are packed."""
    try:
        refuse_bomb(declared, held, _MOST_PACKED)
    except ValueError as error:
        raise ValueError(f"{name} cannot be read: {error}") from error


def padded(texts: Sequence[str] | Sequence[bytes], held: int) -> Values:
    """Return texts out of `held` bytes as an array, in which each takes the room of the longest.

    Raises
    ------
    ValueError
        If one is so long that the array would fill the memory.

    Examples
    --------
    >>> padded(["a", "bc"], 3).dtype.itemsize
    8
    """
    size = 4 * len(texts) * max(map(len, texts), default=0)
    refuse_bomb(size, held)
    require(f"{len(texts)} identifiers, as long as the longest,", size)
    return np.array(texts, dtype=np.bytes_ if isinstance(next(iter(texts), ""), bytes) else np.str_)


def number(name: str, dtype: Any) -> np.dtype[Any]:
    """Return `dtype`, refusing anything but real numbers."""
    kind: np.dtype[Any] = np.dtype(dtype)
    if kind.kind not in "fiub":
        raise ValueError(f"{name} must hold real numbers, got {kind}")
    return kind


def stamp_of(path: Path) -> tuple[int, int, int] | None:
    """Return the bytes, the last change and the identity of a file or folder; None if gone."""
    try:
        own = path.stat()
        if not path.is_dir():
            return own.st_size, own.st_mtime_ns, own.st_ino
        files = [file.stat() for file in path.rglob("*") if file.is_file()]
    except OSError:
        return None
    newest = max((file.st_mtime_ns for file in files), default=0)
    return sum(file.st_size for file in files), newest, len(files)
