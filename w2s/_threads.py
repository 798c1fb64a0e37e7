"""One BLAS thread, so that a result does not depend on the number of cores."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any


def one_blas_thread(*, anew: bool = True) -> AbstractContextManager[Any]:
    """Limit BLAS to one thread from now on; as a context, restore at its end what was before.

    Where ``threadpoolctl`` is missing, as in a browser, there are no threads to limit.

    Parameters
    ----------
    anew : bool
        Look for libraries that were loaded since the first look. That takes as long as a small
        product.

    Examples
    --------
    >>> with one_blas_thread():
    ...     pass
    """
    if anew:
        _libraries.cache_clear()
    try:
        limits: AbstractContextManager[Any] = _libraries().limit(limits=1)
    except ImportError:
        return nullcontext()
    return limits


@cache
def _libraries() -> Any:
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped,unused-ignore]

    return ThreadpoolController()
