"""CIFAR-10: python batches, read without executing a pickle."""

from __future__ import annotations

import pickle
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from w2s.practice.data.raw_formats.data import (
    PathLike,
    RawData,
    Reader,
    digest_of,
    missing,
    numbered,
)

_LARGEST_PICKLE = 1 << 30  # bytes; a CIFAR-10 batch has 31 MB
_PICKLED = {
    f"{module}.{name}"
    for module, name in (
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("_codecs", "encode"),  # how Python 3 writes bytes at protocol 2
    )
}


def cifar10(folder: PathLike) -> RawData:
    """Read CIFAR-10 from its python batches, without executing a pickle.

    Only arrays, bytes, texts, numbers, lists and dictionaries are taken from the files; anything
    else in them is refused by its name.

    Parameters
    ----------
    folder : path
        ``cifar-10-batches-py``, with ``data_batch_1`` to ``data_batch_5`` and ``test_batch``.

    Returns
    -------
    RawData
        Ids are batch and row, such as ``data_batch_1-00042``; inputs are (32, 32, 3).

    Raises
    ------
    ValueError
        If a file is missing, damaged or holds anything else than a batch.
    """
    place = Path(folder)
    pictures, labels, ids = [], [], []
    for name in (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"):
        if not (place / name).is_file():
            raise missing(place / name, "a python batch", "cifar-10-python.tar.gz, unpacked")
        values, classes = _batch(place / name)
        pictures.append(values)
        labels.append(classes)
        ids.append(numbered(f"{name}-", len(classes)))
    images = np.concatenate(pictures).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    names = np.concatenate(ids)
    digest = digest_of("cifar10", names, *pictures)
    read: Reader = lambda start, stop: list(images[start:stop])  # noqa: E731
    return RawData("cifar10", names, np.concatenate(labels), read, digest, published=60000)


class _Record:
    """What a pickle asks to build, written down instead of built."""

    __slots__ = ("arguments", "name", "state")

    def __init__(self, name: str, arguments: tuple[Any, ...] = ()) -> None:
        self.name, self.arguments, self.state = name, arguments, ()

    def __call__(self, *arguments: Any) -> Any:
        if self.name != "_codecs.encode":
            return _Record(self.name, arguments)
        text, codec = arguments
        if codec != "latin1":
            raise pickle.UnpicklingError(f"refused: text in {codec!r}")
        return text.encode("latin1")

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Records(pickle._Unpickler):
    """The reference unpickler, for which every name is only a name.

    The compiled one sets aside as much memory as a hostile file asks for, and so does this one
    for a bytearray, which no batch holds.
    """

    def _no_bytearray(self) -> None:
        raise pickle.UnpicklingError("refused: it holds a bytearray")

    dispatch: ClassVar[dict[int, Any]] = pickle._Unpickler.dispatch | {
        pickle.BYTEARRAY8[0]: _no_bytearray
    }

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in _PICKLED:
            raise pickle.UnpicklingError(f"refused: it asks for {module}.{name}")
        return _Record(f"{module}.{name}")

    def get_extension(self, code: int) -> Any:
        raise pickle.UnpicklingError("refused: it asks for a registered extension")


def _batch(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures, one per row, and classes of one python batch."""
    if path.stat().st_size > _LARGEST_PICKLE:
        raise ValueError(f"{path} has {path.stat().st_size} bytes: too many for a batch")
    try:
        found = _Records(BytesIO(path.read_bytes()), encoding="bytes").load()
        fields = {key.decode() if isinstance(key, bytes) else key: found[key] for key in found}
        array, labels = fields["data"], fields["labels"]
        version, shape, dtype, by_column, values = array.state
        if not array.name.endswith("._reconstruct") or version != 1 or by_column is not False:
            raise ValueError("its data are not a plain array")
        if dtype.name != "numpy.dtype" or dtype.arguments[0] not in ("u1", b"u1"):
            raise ValueError("its data are not bytes")
        pictures = np.frombuffer(values, np.uint8).reshape(shape)
    except Exception as error:  # a hostile file can make the unpickler fail in any way
        words = str(error) or type(error).__name__
        raise ValueError(f"{path} is not a CIFAR-10 python batch: {words}") from error
    if pictures.shape != (len(labels), 3072):
        raise ValueError(f"{path} has data of shape {pictures.shape} for {len(labels)} labels")
    if not all(type(label) is int and 0 <= label <= 9 for label in labels):
        raise ValueError(f"{path} has a label that is not 0 to 9")
    return pictures, np.array(labels, dtype=np.int64)
