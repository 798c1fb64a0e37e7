"""Workers of a Dask scheduler that is there.

`connect` gives a client, and `add_up` adds the results of tasks on a cluster, in pairs.
Dask is loaded only when a cluster is asked for; it comes with the extra ``w2s[dask]``. No cluster
is started here: whoever reaches the port of one runs code in it. Processes on this machine are
those of `w2s.computing.sweeps`, which listen to nobody.
"""

from __future__ import annotations

import asyncio
import logging
import operator
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from w2s._optional import extra
from w2s.computing.sweeps import as_finished, outcome

Term = TypeVar("Term")

_SILENT = logging.CRITICAL + 1


@contextmanager
def connect(scheduler: str | None = None, *, patience: float = 10.0) -> Iterator[Any]:
    """Give a client of a cluster for the time of a ``with`` block, or None for this process alone.

    Parameters
    ----------
    scheduler : str, optional
        Address of a Dask scheduler, such as ``tcp://10.0.0.7:8786``. Its workers need this package
        and, for tables of files, the same paths. It runs code here and on its workers, as does
        whoever reaches it; ``tls://…`` lets in only who has a certificate, which Dask's
        configuration names (``distributed.comm.tls``).
    patience : float
        Seconds to wait for the scheduler to answer, and then for it to have a worker.

    Yields
    ------
    dask.distributed.Client or None

    Raises
    ------
    ValueError
        If Dask is not installed, no scheduler answers, or it has no workers.

    Examples
    --------
    >>> with connect() as client:
    ...     print(client)
    None
    """
    if scheduler is None:
        yield None
        return
    distributed = extra("distributed", "dask")
    with _quiet():
        # In a thread of its own, since a notebook has a running loop in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _ask(distributed, scheduler, patience)).result()
        client = distributed.Client(
            scheduler, timeout=patience, set_as_default=False, security=distributed.Security()
        )
        try:
            yield client
        finally:
            client.close()


def add_up(
    client: Any,
    function: Callable[..., Any],
    tasks: Sequence[tuple[Any, ...]],
    *,
    finished: Callable[[int], None],
) -> Any:
    """Return the sum ``function(*tasks[0]) + function(*tasks[1]) + …``, computed on a cluster.

    The terms are added as `in_pairs` adds them, so the sum does not depend on who computes what,
    nor when. A worker that dies costs the time to do its tasks again.

    Parameters
    ----------
    client : dask.distributed.Client
        The cluster.
    function : callable
        What makes a term; terms need ``+``.
    tasks : sequence of tuple
        Its arguments, at least one task.
    finished : callable
        Called with the index of every term that is done.

    Raises
    ------
    ConnectionError
        If the scheduler is lost.
    Exception
        What `function` raised for the first task that fails.
    """
    delayed = extra("dask", "dask").delayed
    one, plus = delayed(function, pure=False, traverse=False), delayed(operator.add, pure=False)
    terms = [one(*task) for task in tasks]
    total = in_pairs(terms, plus)
    with warnings.catch_warnings():
        # Arrays in memory must travel, and Dask says so; files would send their path.
        warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
        *futures, whole = client.compute([*terms, total])
    try:
        for index, future in as_finished(client, futures):
            if future.status == "error":
                _raise_first(client, futures[: index + 1])
            futures[index] = None  # lets the cluster forget the term once it is added
            finished(index)
        for _, future in as_finished(client, [whole]):
            return outcome(client, future, direct=True)
    finally:
        futures.clear()  # the cluster drops what nobody waits for any more


def in_pairs(terms: Iterable[Term], add: Callable[[Term, Term], Term] = operator.iadd) -> Term:
    """Return the sum of at least one term: of pairs, of pairs of pairs, ….

    The order depends on the number of terms alone, and the sum of any ``2^k`` terms that begin at
    a multiple of ``2^k`` is a term of it; so whoever has such terms may add them beforehand. Of
    ``T`` terms that are made one by one, at most ``log2 T + 1`` sums are kept.

    Parameters
    ----------
    terms : iterable
        The terms; by default they are changed, if they know how to.
    add : callable
        What adds two of them.

    Examples
    --------
    >>> in_pairs("abcdefg", lambda x, y: f"({x}{y})")
    '(((ab)(cd))((ef)g))'
    """
    waiting: list[tuple[int, Term]] = []  # ever smaller sums, with the number of their terms
    for term in terms:
        size = 1
        while waiting and waiting[-1][0] == size:
            term, size = add(waiting.pop()[1], term), 2 * size
        waiting.append((size, term))
    total = waiting.pop()[1]
    while waiting:
        total = add(waiting.pop()[1], total)
    return total


def _raise_first(client: Any, futures: Sequence[Any]) -> None:
    """Raise the error of the first task that failed, once those before it are done."""
    for future in futures:
        if future is not None:
            outcome(client, future)


async def _ask(distributed: Any, address: str, patience: float) -> None:
    """Refuse an address where no scheduler answers, or one without workers."""
    # Asked without a client, since one that fails to connect stays behind half open.
    try:
        secured = distributed.Security().get_connection_args("client")  # by Dask's configuration
        async with distributed.rpc(address, timeout=patience, connection_args=secured) as remote:
            known = await asyncio.wait_for(remote.identity(), patience)
            deadline = time.monotonic() + patience
            while not known["workers"]:
                if time.monotonic() > deadline:
                    raise ValueError(f"the scheduler has no workers after {patience:g} s")
                await asyncio.sleep(0.05)
                known = await asyncio.wait_for(remote.identity(), patience)
    except (OSError, TimeoutError) as error:
        raise ValueError(f"no Dask scheduler answers at {address} in {patience:g} s") from error
    except (ValueError, TypeError, AttributeError, RuntimeError) as error:
        raise ValueError(f"cannot use the Dask scheduler at {address}: {error}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Dask's own reports in this process; what matters is raised."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(_SILENT)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
