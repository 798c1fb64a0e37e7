"""Arrow streams, such as ``datasets.save_to_disk`` writes, read from any batch on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from w2s._optional import extra
from w2s.practice.data.tables.messages import refuse_message


class ArrowStream:
    """An Arrow stream with the face of pyarrow's reader of Arrow files.

    Parameters
    ----------
    path : path
        The file.
    offsets : sequence of int, optional
        First bytes of the batches, if they are known; else the stream is read once to find them.

    Raises
    ------
    ValueError
        If it does not begin with a schema, or has columns that are packed into dictionaries.
    """

    def __init__(self, path: Path, offsets: Sequence[int] | None = None) -> None:
        self._ipc = extra("pyarrow.ipc", "data")
        self._path, self._file = path, extra("pyarrow", "data").OSFile(str(path))
        first = self._ipc.read_message(self._file)
        if first.type != "schema":
            raise ValueError(f"it is no Arrow stream: it begins with a {first.type}")
        self.schema = self._ipc.read_schema(first)
        self.offsets, self.lengths = (list(offsets), []) if offsets is not None else self._scan()

    @property
    def num_record_batches(self) -> int:
        """Number of batches."""
        return len(self.offsets)

    def get_batch(self, number: int) -> Any:
        """Return a batch."""
        self._file.seek(self.offsets[number])
        return self._ipc.read_record_batch(self._ipc.read_message(self._file), self.schema)

    def _scan(self) -> tuple[list[int], list[int]]:
        """Return where the batches begin, and their numbers of rows."""
        offsets: list[int] = []
        lengths: list[int] = []
        with self._path.open("rb") as plain:
            while True:
                at = self._file.tell()
                try:
                    message = self._ipc.read_message(self._file)
                except EOFError:
                    return offsets, lengths
                if message.type != "record batch":
                    words = f"it is an Arrow stream with a {message.type}, which is not read"
                    raise ValueError(words)
                refuse_message(plain, at, str(self._path))
                offsets.append(at)
                lengths.append(self._ipc.read_record_batch(message, self.schema).num_rows)

    def __enter__(self) -> ArrowStream:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
