"""A parameter sweep whose result does not depend on who computes it.

Each cell of the grid has its own random stream, derived from the seed and the position of the
cell alone, and is computed with one BLAS thread. So the results agree bit for bit for any number
of workers, in any order, on this machine or on a cluster.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

import joblib
import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped,unused-ignore]

from w2s._checks import integer

Cell = TypeVar("Cell")
Result = TypeVar("Result")


def sweep(
    function: Callable[[Cell, np.random.Generator], Result],
    cells: Iterable[Cell],
    *,
    seed: int,
    workers: int | None = None,
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
        If `seed` is negative or no whole number, or `workers` is 0.
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
    todo = list(cells)
    pool = joblib.Parallel(n_jobs=workers, return_as="generator")
    tasks = (joblib.delayed(_run)(function, cell, k, root) for k, cell in enumerate(todo))
    results: list[Result] = []
    with threadpool_limits(1):  # restores the caller's own threads afterwards
        for result in pool(tasks):
            results.append(result)
            if progress:
                _report(len(results), len(todo))
    return results


def _run(
    function: Callable[[Cell, np.random.Generator], Result], cell: Cell, index: int, seed: int
) -> Result:
    """Compute one cell in whichever process it landed."""
    # Not as a context: threads of one worker would restore each other's limits half-way.
    threadpool_limits(1)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
    try:
        return function(cell, rng)
    except Exception as error:
        error.add_note(f"in cell {index} of the sweep: {cell!r}")
        raise


def _report(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\rsweep: {done}/{total} cells", end="\n" if done == total else "", file=sys.stderr)
    elif done * 10 // total > (done - 1) * 10 // total:
        print(f"sweep: {done}/{total} cells", file=sys.stderr, flush=True)
