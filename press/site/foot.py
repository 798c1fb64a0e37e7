"""What is written at the foot of finished pages: where the PDF is, and which commit made them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

from press.commit import Commit
from w2s import __version__
from w2s._files import write_atomically

_COPYRIGHT = re.compile(r'<p class="copyright">')


def write_at_foot(site: Path, line: Callable[[str], str]) -> int:
    """Write a line above the copyright of every page of a site.

    Parameters
    ----------
    site : Path
        A rendered site, which is changed.
    line : callable
        Maps the way from a page to the root of the site, such as ``../../``, to HTML.

    Returns
    -------
    int
        Number of pages changed.
    """
    count = 0
    for path in sorted(site.rglob("*.html")):
        where = path.relative_to(site)
        text = path.read_text(encoding="utf-8")
        found = _COPYRIGHT.search(text)
        if found and where.parts[0] != "_static":
            words = line("../" * (len(where.parts) - 1))
            write_atomically(path, f"{text[: found.start()]}{words}\n{text[found.start() :]}")
            count += 1
    return count


def stamp(site: Path, commit: Commit) -> int:
    """Write the version, the commit and its date at the foot of every page; return their number."""
    words = (
        f'<p class="w2s-commit">w2s {html.escape(__version__)}, made from commit '
        f'<code>{commit.short}</code> of <time datetime="{commit.date}">{commit.date}</time></p>'
    )
    return write_at_foot(site, lambda up: words)
