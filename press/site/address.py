"""The address of a published site, which pages cannot know before they are published."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from w2s._command import UserError
from w2s._files import write_atomically

_PICTURE = re.compile(r'(?<=<meta property="og:image" content=")(?!https?:)[^"]+')
_FIRST = '<meta property="og:type"'
_SETTLED = '<link rel="canonical"'


def check_address(address: str) -> str:
    """Return the address of a site's root, ending in a slash; refuse what no browser can open."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise UserError(f"--at must be an address like https://name.example/book/, got {address!r}")
    return address.rstrip("/") + "/"


def settle(folder: Path, address: str) -> int:
    """Write absolute addresses where social cards need them: own address and picture of a page.

    Parameters
    ----------
    folder : Path
        A rendered site.
    address : str
        Where its root will be found, as `check_address` returned it.

    Returns
    -------
    int
        Number of pages changed.
    """
    changed = 0
    for path in sorted(folder.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        if _FIRST not in text or _SETTLED in text:
            continue
        own = urljoin(address, path.relative_to(folder).as_posix())
        here = html.escape(own)
        picture = _PICTURE.search(text)
        if picture is not None:
            absolute = html.escape(urljoin(own, html.unescape(picture[0])))
            text = text[: picture.start()] + absolute + text[picture.end() :]
        links = f'{_SETTLED} href="{here}">\n<meta property="og:url" content="{here}">\n'
        write_atomically(path, text.replace(_FIRST, links + _FIRST, 1))
        changed += 1
    return changed
