"""One BLAS thread, so that a result does not depend on the number of cores."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any


def one_blas_thread() -> AbstractContextManager[Any]:
    """Limit BLAS to one thread from now on; as a context, restore at its end what was before.

    Where ``threadpoolctl`` is missing, as in a browser, there are no threads to limit.

    Examples
    --------
    >>> with one_blas_thread():
    ...     pass
    """
    try:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits
