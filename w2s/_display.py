"""Show a bundle of representations in a notebook, or its plain text elsewhere."""

from __future__ import annotations

from typing import Any


def emit(bundle: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
    """Display `bundle` (by MIME type) when a notebook listens; print its ``text/plain`` if not."""
    try:
        from IPython import get_ipython
        from IPython.core.display_functions import display
    except ImportError:
        print(bundle["text/plain"])
        return
    if get_ipython() is None:
        print(bundle["text/plain"])
        return
    show: Any = display
    show(bundle, raw=True, metadata=metadata or {})
