"""Results of threads in the order of their tasks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_order(
    work: Callable[[Task], Result], tasks: Iterable[Task], workers: int
) -> Generator[Result, None, None]:
    """Yield the results of `work` in the order of the tasks, by so many threads.

    The tasks are taken by the thread that asks for results, one more than there are workers at a
    time; with one worker that thread does everything, one task at a time. What goes wrong with a
    task, or in taking it, is raised in its turn. Closing the generator drops what has not begun.

    Parameters
    ----------
    work : callable
        Called by several threads at once.
    tasks : iterable
        Tasks.
    workers : int
        Threads.

    Yields
    ------
    object
        ``work(task)``.

    Examples
    --------
    >>> list(in_order(abs, [-3, 2, -1], workers=2))
    [3, 2, 1]
    """
    if workers == 1:
        yield from map(work, tasks)
        return
    source, waiting, more = iter(tasks), deque[Future[Result]](), True
    pool = ThreadPoolExecutor(workers, "in_order")
    try:
        while more or waiting:
            while more and len(waiting) <= workers:
                try:
                    waiting.append(pool.submit(work, next(source)))
                except StopIteration:
                    more = False
                except Exception as error:
                    more = False
                    waiting.append(Future())
                    waiting[-1].set_exception(error)
            if waiting:
                yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
