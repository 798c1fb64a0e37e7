"""One pass over tables of any size: in this process, in several, or on a cluster.

The rows are cut into ranges that depend on their number alone. Every range gives a state (moments,
say) with one BLAS thread, and the states are added in pairs, in pairs of pairs, and so on. So the
result is the same, bit for bit on equal machines, for any number of workers; each of them adds the
states of neighbouring ranges itself, and few states travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from w2s._checks import integer
from w2s._threads import one_blas_thread
from w2s.computing.cluster import add_up, in_pairs
from w2s.computing.sweeps import completed
from w2s.practice.data.tables import Table, check_aligned, open_table, refuse_not_finite
from w2s.practice.estimation.groups import GroupedMoments

_READ_BYTES = 8 * 2**20  # of a block in float64
_READ_ALONE = 32 * 2**20  # the same where no second state takes memory
_FEWEST_ROWS = 2**15  # of a range: to add two states costs as much as to read a thousand rows
_MOST_RANGES = 8  # which one process adds with four states in memory
_PARTS = ("strong", "weak", "labels")
Cut = tuple[int, int]  # first row of a range, and the one behind its last


class State(Protocol):
    """What is accumulated: rows enter by `update`, and states of disjoint rows add.

    A state whose `update` has an argument ``first_row`` is told the place of the rows.
    """

    def update(self, strong: ArrayLike, weak: ArrayLike, labels: ArrayLike) -> None:
        """Add rows."""

    def __add__(self, other: Self) -> Self:
        """Merge two states."""


def accumulate(
    strong: Any,
    weak: Any,
    labels: Any,
    *,
    make_state: Callable[[int, int], State] = GroupedMoments,
    block_rows: int | None = None,
    workers: int = 1,
    client: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> Any:
    """Return the state of all rows of three tables, read once.

    Memory is one state, one more for each doubling of the ranges, and a block of at most 8 MiB, or
    of 32 MiB for a single range; the tables may be of any length. Tables of files send their path
    to other processes, arrays in memory their rows.

    Parameters
    ----------
    strong, weak : path, array or Table
        Features of the same inputs; see `w2s.practice.data.tables.open_table`.
    labels : path, array or Table
        Labels of these inputs, one column.
    make_state : callable
        Makes an empty state for two numbers of columns, such as
        `w2s.practice.estimation.GroupedMoments` or `w2s.practice.estimation.moments.JointMoments`.
    block_rows : int, optional
        Rows of a range, the unit of work. Left out, there are 1, 2, 4 or 8 ranges, of at least
        32768 rows if there are several. The sum depends on it within rounding.
    workers : int
        Processes on this machine.
    client : dask.distributed.Client, optional
        Cluster that works in their place; see `w2s.computing.cluster.connect`.
    progress : callable, optional
        Called with the number of rows done and of all rows.

    Returns
    -------
    state
        The sum of the ranges' states, of the type that `make_state` makes.

    Raises
    ------
    ValueError
        If the tables do not fit together, a file changes while it is read, or a value is refused:
        the message names the first row and column. As `tables.open_table` otherwise.
    ConnectionError
        If the scheduler of the cluster is lost.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((1000, 5))
    >>> accumulate(x[:, :3], x[:, 2:], x.sum(axis=1)).rows
    1000
    """
    tables = open_table(strong), open_table(weak), open_table(labels, ndim=1)
    check_aligned(dict(zip(_PARTS, tables, strict=True)))
    rows = tables[0].rows
    if block_rows is None:
        most = min(max(rows // _FEWEST_ROWS, 1), _MOST_RANGES)
        ranges = 1 << (most.bit_length() - 1)  # so that they halve evenly
        block_rows = max(-(-rows // ranges), 1)
    step = integer("block_rows", block_rows)
    if workers != 1 and client is not None:
        raise ValueError("give workers of this machine or the client of a cluster, not both")
    cuts = [(start, min(start + step, rows)) for start in range(0, rows, step)]
    task = RangeTask(make_state, _READ_BYTES if len(cuts) > 1 else _READ_ALONE)
    count = _Count(rows, progress)
    if client is not None:
        pieces = _pieces(cuts, sum(client.nthreads().values()))
        parts = [_sent(tables, piece) for piece in pieces]
        total = add_up(client, task.several, parts, finished=lambda k: count.of(pieces[k]))
    elif integer("workers", workers) > 1:
        total = in_pairs(_in_processes(task, tables, _pieces(cuts, workers), workers, count))
    else:
        with one_blas_thread():  # restores the caller's own threads afterwards
            total = task.several(*tables, cuts, done=count.add)
    for table in tables:
        table.check_unchanged()
    return total


@dataclass(frozen=True)
class RangeTask:
    """Makes the state of a range of rows; it can be sent to another process.

    Parameters
    ----------
    make_state : callable
        As in `accumulate`.
    read_bytes : int
        Size of the blocks that are read.
    """

    make_state: Callable[[int, int], State]
    read_bytes: int = _READ_BYTES

    def __call__(
        self,
        strong: Table,
        weak: Table,
        labels: Table,
        start: int,
        stop: int,
        done: Callable[[int], None] | None = None,
    ) -> Any:
        """Return the state of the rows from `start` to before `stop`."""
        # Not as a context: threads of one worker would restore each other's limits half-way.
        one_blas_thread()
        state = self.make_state(strong.width, weak.width)
        placed = "first_row" in signature(state.update).parameters
        step = max(1, self.read_bytes // (8 * (strong.width + weak.width + 1)))
        for at in range(start, stop, step):
            end = min(at + step, stop)
            block = [table.read(at, end) for table in (strong, weak, labels)]
            place = {"first_row": at} if placed else {}
            try:
                state.update(block[0], block[1], block[2][:, 0], **place)
            except ValueError:
                _explain((strong, weak, labels), block, at, missing_labels=placed)
                raise
            if done is not None:
                done(end - at)
        return state

    def several(
        self, strong: Table, weak: Table, labels: Table, cuts: Sequence[Cut],
        done: Callable[[int], None] | None = None,
    ) -> Any:  # fmt: skip
        """Return the sum of the states of some ranges, each a pair of `start` and `stop`."""
        return in_pairs(self(strong, weak, labels, *cut, done=done) for cut in cuts)


def _explain(
    tables: Sequence[Table], block: Sequence[Any], first_row: int, *, missing_labels: bool
) -> None:
    """Name the first value that is not finite, by its row in the whole table."""
    for part, table, values in zip(_PARTS, tables, block, strict=True):
        if part == "labels" and missing_labels:
            values = np.where(np.isnan(values), 0, values)
        refuse_not_finite(f"{part} ({table.name})", values, first_row)


def _pieces(cuts: Sequence[Cut], workers: int) -> list[list[Cut]]:
    """Deal neighbouring ranges to the pieces of work of so many workers.

    One piece for each, of a power of two of ranges, so that its sum is a term of the whole sum;
    single ranges, which share out more evenly, where the workers are no power of two.

    Examples
    --------
    >>> ranges = [(k, k + 1) for k in range(8)]
    >>> [[len(piece) for piece in _pieces(ranges, workers)] for workers in (2, 3, 16)]
    [[4, 4], [1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1]]
    """
    each = 1
    if workers.bit_count() == 1:
        each = max((1 << (len(cuts) - 1).bit_length()) // workers, 1)
    return [list(cuts[first : first + each]) for first in range(0, len(cuts), each)]


def _sent(tables: Sequence[Table], piece: list[Cut]) -> tuple[Any, ...]:
    """Return what another process needs for a piece."""
    return *(table.part(piece[0][0], piece[-1][1]) for table in tables), piece


def _in_processes(
    task: RangeTask,
    tables: Sequence[Table],
    pieces: Sequence[list[Cut]],
    workers: int,
    count: _Count,
) -> Iterator[Any]:
    """Yield the states of the pieces in their order, as they come from processes."""
    parts = [(task, *_sent(tables, piece)) for piece in pieces]
    waiting: dict[int, Any] = {}
    following = 0
    for index, found in completed(_caught, parts, workers=workers):
        waiting[index] = found
        count.of(pieces[index])
        while following in waiting:
            state = waiting.pop(following)
            if isinstance(state, ValueError):
                raise state
            following += 1
            yield state


def _caught(task: RangeTask, *arguments: Any) -> Any:
    """Return a refusal as a value, so that the first one by row is the one that is raised."""
    try:
        return task.several(*arguments)
    except ValueError as error:
        return error


class _Count:
    """Rows that are done, told to whoever wants to know."""

    def __init__(self, rows: int, progress: Callable[[int, int], None] | None) -> None:
        self.rows, self.progress, self.done = rows, progress, 0

    def add(self, rows: int) -> None:
        self.done += rows
        if self.progress is not None:
            self.progress(self.done, self.rows)

    def of(self, piece: list[Cut]) -> None:
        self.add(piece[-1][1] - piece[0][0])
