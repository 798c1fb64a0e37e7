"""What a link previews: the statement, figure, source, term or symbol at its end.

All previews of the book go into one plain script, which `_static/previews.js` loads when a reader
first rests on a link; no server is needed, a site opened from a disk will do.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from w2s._files import write_atomically

SCRIPT, DATA = "previews.js", "previews-data.js"
ROOT = "{root}"
_DROPPED = "script, style, button, .headerlink, .w2s-download, .w2s-where, .w2s-out, .cell"
_KEPT = {"src", "alt", "class", "role", "hidden"}
_LINK = re.compile(
    r'<a class="(?:reference internal|w2s-symbol|w2s-term)[^"]*" href="(?P<address>[^"]+)"'
)


def write_previews(texts: Mapping[str, str], articles: Mapping[str, Any], site: Path) -> int:
    """Write the previews of all links of a book into its site.

    Parameters
    ----------
    texts : mapping of str to str
        Articles as HTML, by their page's entry in `_toc.yml`.
    articles : mapping of str to bs4.BeautifulSoup
        The same articles, parsed, with every id that a link may name.
    site : Path
        The rendered site.

    Returns
    -------
    int
        Number of previews.
    """
    wanted = {target for entry, text in texts.items() for target in _targets(entry, text)}
    found = {}
    for target in sorted(wanted):
        page, _, name = target.partition("#")
        article = articles.get(page.removesuffix(".html"))
        shown = preview(article, name, page) if article is not None else ""
        if shown:
            found[target] = shown
    text = json.dumps(found, ensure_ascii=False, indent=0, sort_keys=True).replace("</", "<\\/")
    write_atomically(site / "_static" / DATA, f"window.w2sPreviews = {text};\n")
    return len(found)


def _targets(entry: str, text: str) -> Iterator[str]:
    """Yield where the internal links of an article lead, from the site's root."""
    for match in _LINK.finditer(text):
        parts = urlsplit(match["address"])
        if not parts.scheme and not parts.netloc:
            path = os.path.normpath(os.path.join(os.path.dirname(entry), unquote(parts.path)))
            target = path.replace(os.sep, "/") if parts.path else f"{entry}.html"
            yield f"{target}#{unquote(parts.fragment)}"


def preview(article: Any, name: str, page: str) -> str:
    """Return the HTML that previews an element, without links, ids and buttons.

    Parameters
    ----------
    article : bs4.BeautifulSoup
        The article that holds it.
    name : str
        Its id; empty for the page itself.
    page : str
        Address of the page from the site's root.

    Returns
    -------
    str
        Empty when there is nothing to show. Addresses of pictures start with ``{root}``.
    """
    element = article.find(id=name) if name else article.find("section")
    if element is None:
        return ""
    if element.name == "figure":
        parts = [*element.select("img"), *element.select("figcaption p")]
    elif element.name == "dt":
        parts = [element, *([element.find_next_sibling("dd")] if element.parent else [])]
    elif element.name == "tr":
        cells = element.find_all("td")
        parts = [cell for cell in cells if not re.match("Part I|both papers", cell.get_text())]
    elif {"proof", "math", "citation"} & set(element.get("class") or ()):
        parts = [element]
    else:
        section = element if element.name == "section" else element.find_parent("section")
        if section is None:
            return ""
        parts = [section.find(re.compile("h[1-6]")), section.find("p", recursive=False)]
    return "".join(_clean(part, page) for part in parts if part is not None)


def _clean(part: Any, page: str) -> str:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(str(part), "html.parser")
    for tag in soup.select(_DROPPED):
        tag.decompose()
    for tag in soup.find_all(True):
        if tag.name == "img" and not str(tag.get("src", "")).startswith("data:"):
            path = os.path.normpath(os.path.join(os.path.dirname(page), str(tag["src"])))
            tag["src"] = ROOT + path.replace(os.sep, "/")
        tag.attrs = {name: value for name, value in tag.attrs.items() if name in _KEPT}
        if tag.name == "a":
            tag.name, tag.attrs = "span", {}
        elif re.fullmatch("h[1-6]|dt|dd|td|section|figcaption", tag.name):
            strong = tag.name[0] == "h" or tag.name == "dt"
            tag.name, tag.attrs = "div", {"class": "w2s-preview-title"} if strong else {}
    return str(soup)
