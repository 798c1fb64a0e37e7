"""The pictures of the first page: their words before the site is rendered, their files after it."""

from __future__ import annotations

import html
from pathlib import Path

from press.files import write_if_changed
from press.pages import Book
from w2s._files import write_atomically

PICTURES = "figures/front"
_SNIPPET = "_generated/front-{name}.md"
_SIZE = (2.9, 2.5)


def write_front(book: Book) -> list[str]:
    """Write one snippet per picture that the first page includes: the twins and a caption.

    Parameters
    ----------
    book : Book
        The checkout; its first page names the pictures by ``_generated/front-<name>.md``.

    Returns
    -------
    list of str
        Names of the pictures.
    """
    wanted = _wanted(book)
    if not wanted:
        return []
    from press.site.first_page import front

    for one in front():
        if one.name in wanted:
            twins = "".join(
                f'<img class="only-{theme}"{hidden} alt="{html.escape(one.alt)}" '
                f'src="../{PICTURES}/{one.name}-{theme}.svg">'
                for theme, hidden in (("light", ""), ("dark", " hidden"))
            )
            text = (
                f'<div class="w2s-twin">{twins}</div>\n\n'
                f":::{{div}} w2s-caption\n{one.caption}\n:::\n"
            )
            write_if_changed(book.root / "book" / _SNIPPET.format(name=one.name), text)
    return wanted


def draw_front(book: Book, site: Path) -> None:
    """Draw the pictures of the first page into a rendered site, light and dark."""
    wanted = _wanted(book)
    if not wanted:
        return
    from press.site.first_page import front
    from w2s.page.figures import twins

    for one in front():
        if one.name in wanted:
            for theme, picture in twins(one.panel, _SIZE).items():
                write_atomically(site / PICTURES / f"{one.name}-{theme}.svg", picture)


def _wanted(book: Book) -> list[str]:
    """Return the names of the pictures that the first page includes, in its order."""
    first = book.root / f"{book.pages[0].entry}.md"
    text = first.read_text(encoding="utf-8") if first.is_file() else ""
    start, end = _SNIPPET.split("{name}")
    return [part.split(end)[0] for part in text.split(start)[1:]]
