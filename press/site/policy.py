"""What a page of the site may load and run: its own files, and the scripts the theme wrote into it.

Every page says so in a content security policy, which browsers enforce, also for pages opened from
a disk. A script that came in by a text of a notebook, a claim or a picture does not run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from w2s._files import write_atomically

_INLINE = re.compile(r"<script\b(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_MARKED = re.compile(r'<meta http-equiv="Content-Security-Policy" [^>]*>')
_CHARSET = re.compile(r"<meta charset=[^>]*>")
# Of two buttons of the theme; the search page reads other pages and needs them too.
_HANDLERS = ("toggleFullScreen()", "window.print()")
_NOT_PAGES = "_static"
# MathJax sets styles of its own; a page from a disk is of no host, so its files are named by
# their scheme, which means nothing to a page from a server.
_OWN = "'self' file:"


def write_policies(site: Path, *, live: bool = False) -> int:
    """Write its policy into every page of a rendered site.

    Allowed to run are scripts in files of the site, the inline scripts that the theme wrote (those
    of the head, and of the search page, which shows nothing of the book) and the handlers of two
    of its buttons, each by its SHA-256.

    Parameters
    ----------
    site : Path
        The rendered site.
    live : bool
        Whether its pages run in the browser: WebAssembly, in a worker of the site.

    Returns
    -------
    int
        Number of pages.
    """
    pages = sorted(set(site.rglob("*.html")) - set((site / _NOT_PAGES).rglob("*.html")))
    for path in pages:
        text = path.read_text(encoding="utf-8")
        whole = path == site / "search.html"
        write_atomically(path, with_policy(text, trusted=text if whole else _head(text), live=live))
    return len(pages)


def with_policy(page: str, trusted: str = "", *, live: bool = False) -> str:
    """Return a page with a policy that lets only the inline scripts of the text `trusted` run.

    Examples
    --------
    >>> page = with_policy("<head><title>A page</title></head><script>no()</script>")
    >>> "script-src 'self' file:;" in page, "unsafe" in page.split("style-src")[0]
    (True, False)
    """
    page = _MARKED.sub("", page)
    tag = f'<meta http-equiv="Content-Security-Policy" content="{policy(trusted, live=live)}">'
    place = _CHARSET.search(page) or re.search(r"<head\b[^>]*>", page)
    at = place.end() if place else 0  # a page that only leads to another one has no head
    return f"{page[:at]}{tag}{page[at:]}"


def policy(trusted: str, *, live: bool = False) -> str:
    """Return the policy of a page that may run the inline scripts of `trusted`."""
    running = ["'wasm-unsafe-eval'"] if live else []
    scripts = dict.fromkeys(_digest(match[1]) for match in _INLINE.finditer(trusted))
    handlers = ["'unsafe-hashes'", *map(_digest, _HANDLERS)] if scripts else []
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src", _OWN, *running, *scripts, *handlers]),
            *(["worker-src 'self'"] if live else []),
            f"style-src {_OWN} 'unsafe-inline'",
            f"img-src {_OWN} data:",
            f"font-src {_OWN} data:",
            f"connect-src {_OWN}",
            f"form-action {_OWN}",
            "object-src 'none'",
            "frame-src 'none'",
            "base-uri 'none'",
        ]
    )


def _head(page: str) -> str:
    """Return the head of a page, of which the theme writes all but escaped texts."""
    return page.partition("</head>")[0]


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
