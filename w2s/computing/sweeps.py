"""A parameter sweep whose result does not depend on who computes it.

Each cell of the grid has its own random stream, derived from the seed and the position of the
cell alone, and is computed with one BLAS thread. So the results agree bit for bit for any number
of workers, in any order, on this machine or on a Dask cluster. A worker that dies costs time and
no results.
"""

from __future__ import annotations

import os
import queue
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from functools import partial
from itertools import starmap
from typing import Any, TypeVar

import numpy as np

from w2s._checks import integer
from w2s._threads import one_blas_thread

Cell = TypeVar("Cell")
Result = TypeVar("Result")
Task = Callable[..., Any]

_RESTARTS = 2  # of a pool of processes in which one was killed


def sweep(
    function: Callable[[Cell, np.random.Generator], Result],
    cells: Iterable[Cell],
    *,
    seed: int,
    workers: int | None = None,
    client: Any = None,
    progress: bool = False,
) -> list[Result]:
    """Return ``function(cell, rng)`` for every cell, in the order of the cells.

    Parameters
    ----------
    function : callable
        A pure function of a cell and of a random generator that is the cell's own:
        ``SeedSequence(seed, spawn_key=(index,))``. One call should take well over a millisecond,
        so let a cell do all its repeats.
    cells : iterable
        The parameters, one entry a cell, of any type that can be pickled.
    seed : int
        Root of all random streams, at least 0.
    workers : int, optional
        Processes on this machine; negative counts from the number of cores, as in joblib. Left
        out, the surrounding ``joblib.parallel_config`` decides (``"dask"`` sends the cells to a
        cluster), and without one a single process works.
    client : dask.distributed.Client, optional
        Cluster that computes the cells, in place of `workers`; see `w2s.computing.cluster.connect`.
    progress : bool
        Write a line of progress to the standard error: rewritten in place on a terminal, one
        plain line for each tenth elsewhere.

    Returns
    -------
    list
        One result a cell.

    Raises
    ------
    ValueError
        If `seed` is negative or no whole number, `workers` is 0, or both `workers` and `client` are
        given.
    ConnectionError
        If the scheduler of the cluster is lost; a note says how many cells were finished.
    Exception
        What `function` raised, with a note that names the cell.

    Examples
    --------
    >>> sweep(lambda n, rng: n * int(rng.integers(10)), [1, 10, 100], seed=0)
    [8, 60, 600]
    """
    root = integer("seed", seed, low=0)
    if workers == 0:
        raise ValueError("workers must not be 0; leave it out for one process")
    if workers is not None and client is not None:
        raise ValueError("give workers of this machine or the client of a cluster, not both")
    todo = [(function, cell, k, root) for k, cell in enumerate(cells)]
    results: dict[int, Result] = {}
    try:
        for index, result in completed(_run, todo, workers=workers, client=client):
            results[index] = result
            if progress:
                _report(len(results), len(todo))
    except ConnectionError as error:
        error.add_note(f"{len(results)} of {len(todo)} cells were finished")
        raise
    return [results[k] for k in range(len(todo))]


def completed(
    function: Task, tasks: Sequence[tuple[Any, ...]], *, workers: int | None, client: Any = None
) -> Iterator[tuple[int, Any]]:
    """Yield ``(index, function(*tasks[index]))`` as the tasks finish, in any order.

    Parameters
    ----------
    function : callable
        What to call.
    tasks : sequence of tuple
        Its arguments.
    workers, client
        As in `sweep`. Tasks of a killed process are done again, up to twice.

    Yields
    ------
    tuple of (int, object)
        Position of a task and its result.

    Raises
    ------
    ConnectionError
        If the scheduler of the cluster is lost.
    Exception
        What `function` raised.
    """
    joblib = sys.modules.get("joblib")  # has been imported where a parallel_config surrounds this
    if client is None and workers is None and joblib is not None:
        backend, _ = joblib.parallel.get_active_backend()
        client = getattr(backend, "client", None)  # of parallel_config("dask")
    if client is not None:
        yield from _on_cluster(client, function, tasks)
        return
    if workers == 1 or (workers is None and joblib is None):  # no pool, as in a browser
        with one_blas_thread():
            yield from enumerate(starmap(function, tasks))
        return
    missing = dict(enumerate(tasks))
    for restart in range(_RESTARTS + 1):
        try:
            for index, result in _in_processes(function, missing, workers):
                del missing[index]
                yield index, result
            return
        except BrokenExecutor:
            if restart == _RESTARTS:
                raise


def as_finished(client: Any, futures: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """Yield ``(index, future)`` as the futures of a Dask client finish or fail.

    Raises
    ------
    ConnectionError
        As soon as the scheduler is lost.
    """
    done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    for index, future in enumerate(futures):
        future.add_done_callback(lambda one, at=index: done.put((at, one)))
    for _ in range(len(futures)):
        index, future = done.get()
        if future.status == "cancelled":  # "lost" is a killed worker's, and done again
            raise _lost(client)
        yield index, future


def outcome(client: Any, future: Any, *, direct: bool = False) -> Any:
    """Return the result of a future that is done, or raise the error of its task.

    A large one comes `direct` from its worker, or by way of the scheduler if that is out of reach.

    Raises
    ------
    ConnectionError
        If the scheduler is lost.
    """
    try:
        return client.gather(future, direct=True) if direct else future.result()
    except Exception as error:
        if future.status == "error":
            raise
        raise _lost(client) from error


def _lost(client: Any) -> ConnectionError:
    return ConnectionError(f"lost the Dask scheduler at {client.scheduler.address}")


def _run(
    function: Callable[[Cell, np.random.Generator], Result], cell: Cell, index: int, seed: int
) -> Result:
    """Compute one cell in whichever process it landed."""
    # Not as a context: threads of one worker would restore each other's limits half-way.
    one_blas_thread()
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
    try:
        return function(cell, rng)
    except Exception as error:
        error.add_note(f"in cell {index} of the sweep: {cell!r}")
        raise


def _call(function: Task, task: tuple[Any, ...]) -> Any:
    return function(*task)


def _on_cluster(
    client: Any, function: Task, tasks: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, Any]]:
    futures = client.map(partial(_call, function), tasks, pure=False) if tasks else []
    try:
        for index, future in as_finished(client, futures):
            futures[index] = None  # lets the cluster forget the result
            yield index, outcome(client, future)
    finally:
        futures.clear()  # the cluster drops what nobody waits for any more


def _in_processes(
    function: Task, tasks: dict[int, tuple[Any, ...]], workers: int | None
) -> Iterator[tuple[int, Any]]:
    import joblib

    pool = joblib.Parallel(n_jobs=workers, return_as="generator_unordered", max_nbytes=None)
    jobs = (joblib.delayed(_numbered)(function, k, task) for k, task in list(tasks.items()))
    with one_blas_thread(), _safe_path():  # both restore what the caller had
        results = pool(jobs)
        try:
            for result in results:  # noqa: UP028 -- `yield from` would close it before `finally`
                yield result
        finally:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # joblib warns of results that nobody wants now
                results.close()


@contextmanager
def _safe_path() -> Iterator[None]:
    """Keep new processes from taking modules out of the current folder, which may be anyone's."""
    name = "PYTHONSAFEPATH"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before


def _numbered(function: Task, index: int, task: tuple[Any, ...]) -> tuple[int, Any]:
    return index, function(*task)


def _report(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\rsweep: {done}/{total} cells", end="\n" if done == total else "", file=sys.stderr)
    elif done * 10 // total > (done - 1) * 10 // total:
        print(f"sweep: {done}/{total} cells", file=sys.stderr, flush=True)
