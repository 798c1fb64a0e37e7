"""Static checks of a rendered site: links, anchors, headings, ids, leaks and foreign addresses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

_LOADED = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "input": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
_LINKS_NOT_LOADED = {"canonical", "next", "prev", "index", "search", "author", "license", "help"}
_CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)['\"]?\s*\)|@import\s+['\"]([^'\"]+)['\"]")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LEAK = re.compile(r"\{[a-z][\w:+.-]*\}`|`{3,}\s*\{|:{3,}\s*\{|\{(?:ref|cite|glue|numref)[:\w]*\}")
_NOT_TEXT = ("script", "style", "code", "pre", "textarea", "template", "svg")
_OUTPUT_FAULTS = ".problematic, .system-message, .output.traceback, .output.stderr"


@dataclass(frozen=True, order=True)
class Finding:
    """One fault of a rendered page."""

    page: str
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.page}: {self.rule}: {self.what}"


@dataclass(frozen=True)
class _Parsed:
    path: Path
    name: str
    soup: Any
    ids: frozenset[str]


def check_site(site: Path, root: Path | None = None) -> list[Finding]:
    """Return every fault of a rendered site.

    Parameters
    ----------
    site : Path
        Folder of the HTML pages.
    root : Path, optional
        Folder of the checkout; its path must not appear on a page.

    Returns
    -------
    list of Finding
        Sorted by page; empty when the site is sound.
    """
    from bs4 import BeautifulSoup

    parsed: dict[Path, _Parsed] = {}
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if name.startswith(("_static/", "_sources/")):
            continue
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        ids = [str(tag["id"]) for tag in soup.find_all(id=True)]
        ids += [str(tag["name"]) for tag in soup.find_all("a", attrs={"name": True})]
        parsed[path.resolve()] = _Parsed(path, name, soup, frozenset(ids))
    found: set[Finding] = set()
    for page in parsed.values():
        for check in (_structure, _leaks, _images, _foreign):
            found.update(Finding(page.name, *fault) for fault in check(page))
        found.update(Finding(page.name, *fault) for fault in _links(page, site, parsed))
        if root is not None and str(root.resolve()) in page.path.read_text(encoding="utf-8"):
            found.add(Finding(page.name, "machine path", f"the page shows {root.resolve()}"))
    found.update(_stylesheets(site))
    if not parsed:
        found.add(Finding("index.html", "missing page", "the site has no page"))
    return sorted(found)


Fault = tuple[str, str]


def _is_redirect(page: _Parsed) -> bool:
    return _refresh(page) is not None


def _refresh(page: _Parsed) -> str | None:
    for tag in page.soup.find_all("meta", attrs={"http-equiv": True}):
        if str(tag["http-equiv"]).lower() == "refresh":
            _, _, target = str(tag.get("content", "")).partition("url=")
            return target.strip()
    return None


def _structure(page: _Parsed) -> Iterator[Fault]:
    if _is_redirect(page):
        return
    # The theme repeats the title in a part that only a printer sees.
    printed = page.soup.select(".onlyprint h1")
    headings = [tag for tag in page.soup.find_all("h1") if tag not in printed]
    if len(headings) != 1:
        texts = "; ".join(tag.get_text(strip=True) for tag in headings)
        yield (
            "one h1",
            f"the page has {len(headings)} first-level headings{': ' * bool(texts)}{texts}",
        )
    counts = Counter(tag["id"] for tag in page.soup.find_all(id=True))
    for name, count in counts.items():
        if count > 1:
            yield "unique ids", f"id {name!r} is used {count} times"
    for tag in page.soup.select(_OUTPUT_FAULTS):
        yield "error on the page", tag.get_text(" ", strip=True)[:120]
    for tag in page.soup.select(".xref"):
        if tag.find_parent("a") is None:
            yield "unresolved reference", tag.get_text(strip=True)[:120]


def _leaks(page: _Parsed) -> Iterator[Fault]:
    """Role or directive text that should have been markup, outside code and mathematics."""
    for text in page.soup.find_all(string=_LEAK):
        classes = {c for parent in text.parents for c in parent.get("class") or ()}
        if any(parent.name in _NOT_TEXT for parent in text.parents) or "math" in classes:
            continue
        match = _LEAK.search(text)
        start = max(0, match.start() - 10) if match else 0
        yield "leaked markup", " ".join(text[start : start + 80].split())


def _images(page: _Parsed) -> Iterator[Fault]:
    for tag in page.soup.find_all("img"):
        source = str(tag.get("src", ""))[:60]
        if tag.get("alt") is None:
            yield "alt text", f"image {source} has no alt text"
        elif not str(tag["alt"]).strip() and tag.find_parent("article") is not None:
            yield "alt text", f"image {source} has an empty alt text"


def _loaded(page: _Parsed) -> Iterator[tuple[str, str]]:
    """Yield what a browser loads with a page: element name and address."""
    for name, attributes in _LOADED.items():
        for tag in page.soup.find_all(name):
            for attribute in attributes:
                value = str(tag.get(attribute, "")).strip()
                if attribute == "srcset":
                    for candidate in filter(None, value.split(", ")):
                        yield name, candidate.split()[0]
                elif value:
                    yield name, value
    for tag in page.soup.find_all("link", href=True):
        relations = set(tag.get("rel") or ())
        if not relations <= _LINKS_NOT_LOADED:
            yield "link", str(tag["href"]).strip()
    for tag in page.soup.find_all("style"):
        yield from (("style", address) for address in _css_addresses(tag.get_text()))
    for tag in page.soup.find_all(style=True):
        yield from (("style", address) for address in _css_addresses(str(tag["style"])))


def _foreign(page: _Parsed) -> Iterator[Fault]:
    for element, address in _loaded(page):
        if _is_foreign(address):
            yield "foreign address", f"<{element}> loads {address}"
    for tag in page.soup.find_all("form", action=True):
        if _is_foreign(str(tag["action"])):
            yield "foreign address", f"<form> sends to {tag['action']}"


def _is_foreign(address: str) -> bool:
    return address.startswith("//") or urlsplit(address).scheme in ("http", "https", "ftp", "ws")


def _css_addresses(text: str) -> Iterator[str]:
    for match in _CSS_URL.finditer(_CSS_COMMENT.sub("", text)):
        yield (match.group(1) or match.group(2)).strip()


def _links(page: _Parsed, site: Path, parsed: dict[Path, _Parsed]) -> Iterator[Fault]:
    wanted = list(_loaded(page))
    wanted += [("a", str(tag["href"]).strip()) for tag in page.soup.find_all("a", href=True)]
    wanted += [("area", str(tag["href"]).strip()) for tag in page.soup.find_all("area", href=True)]
    wanted += [("link", str(tag["href"]).strip()) for tag in page.soup.find_all("link", href=True)]
    target = _refresh(page)
    if target is not None:
        wanted.append(("meta", target))
    for element, address in dict.fromkeys(wanted):
        problem = _unresolved(page, address, site, parsed)
        if problem:
            yield "broken link", f"<{element}> {address[:120]}: {problem}"


def _unresolved(page: _Parsed, address: str, site: Path, parsed: dict[Path, _Parsed]) -> str:
    """Return why a local address leads nowhere; empty when it does, or is not local."""
    if _is_foreign(address):
        return ""
    parts = urlsplit(address)
    if parts.scheme:
        return ""
    if not parts.path:
        target = page.path.resolve()
    else:
        base = site if parts.path.startswith("/") else page.path.parent
        target = (base / unquote(parts.path).lstrip("/")).resolve()
        if target.is_dir():
            target = target / "index.html"
        if not target.is_relative_to(site.resolve()):
            return "it leaves the site"
        if not target.is_file():
            return "no such file"
    anchor = unquote(parts.fragment)
    if anchor and target in parsed and anchor not in parsed[target].ids:
        return f"no element with id {anchor!r}"
    return ""


def _stylesheets(site: Path) -> Iterator[Finding]:
    for path in sorted(site.rglob("*.css")):
        name = path.relative_to(site).as_posix()
        for address in _css_addresses(path.read_text(encoding="utf-8", errors="replace")):
            if _is_foreign(address):
                yield Finding(name, "foreign address", f"the style sheet loads {address}")
            elif not urlsplit(address).scheme and not address.startswith("#"):
                target = path.parent / unquote(urlsplit(address).path)
                if not target.is_file():
                    yield Finding(name, "broken link", f"the style sheet loads {address}")
