"""Static checks of a rendered site: links, anchors, headings, ids, leaks and foreign addresses."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
_OUTPUT_FAULTS = (
    {"problematic"}, {"system-message"}, {"output", "traceback"}, {"output", "stderr"},
)  # fmt: skip


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
    """A page: its tags by name, texts that look like markup, and what a browser loads with it."""

    path: Path
    name: str
    text: str
    tags: Mapping[str, list[Any]]
    leaks: list[Any]
    loaded: list[tuple[str, str]] = field(default_factory=list)

    @property
    def all_tags(self) -> Iterator[Any]:
        """Every tag, name by name."""
        return (tag for tags in self.tags.values() for tag in tags)

    def having(self, name: str, attribute: str) -> list[Any]:
        """Return the tags of a name that have an attribute."""
        return [tag for tag in self.tags[name] if tag.get(attribute) is not None]


@dataclass(frozen=True)
class _Site:
    """All pages by their paths, the ids on each, and where addresses were found to lead."""

    folder: Path
    pages: Mapping[Path, _Parsed]
    ids: Mapping[Path, frozenset[str]]
    targets: dict[tuple[Path, str], Path | str] = field(default_factory=dict)


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
    pages: dict[Path, _Parsed] = {}
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if not name.startswith(("_static/", "_sources/")):
            pages[path.resolve()] = _parse(path, name)
    ids = {path: frozenset(_targets(page)) for path, page in pages.items()}
    whole, found = _Site(site.resolve(), pages, ids), set[Finding]()
    for page in pages.values():
        for check in (_structure, _leaks, _images, _foreign):
            found.update(Finding(page.name, *fault) for fault in check(page))
        found.update(Finding(page.name, *fault) for fault in _links(page, whole))
        if root is not None and str(root.resolve()) in page.text:
            found.add(Finding(page.name, "machine path", f"the page shows {root.resolve()}"))
    found.update(_stylesheets(site))
    if not pages:
        found.add(Finding("index.html", "missing page", "the site has no page"))
    return sorted(found)


Fault = tuple[str, str]


def _parse(path: Path, name: str) -> _Parsed:
    """Read a page, gone through once: to search it anew for every name takes many times longer."""
    from bs4 import BeautifulSoup
    from bs4.element import Tag

    text = path.read_text(encoding="utf-8")
    tags: dict[str, list[Any]] = defaultdict(list)
    leaks = []
    for node in BeautifulSoup(text, "html.parser").descendants:
        if isinstance(node, Tag):
            tags[node.name].append(node)
        elif _LEAK.search(str(node)):
            leaks.append(node)
    page = _Parsed(path, name, text, tags, leaks)
    page.loaded.extend(_loaded(page))
    return page


def _ids(page: _Parsed) -> Iterator[str]:
    return (str(tag["id"]) for tag in page.all_tags if tag.get("id") is not None)


def _targets(page: _Parsed) -> Iterator[str]:
    yield from _ids(page)
    yield from (str(tag["name"]) for tag in page.having("a", "name"))


def _is_redirect(page: _Parsed) -> bool:
    return _refresh(page) is not None


def _refresh(page: _Parsed) -> str | None:
    for tag in page.having("meta", "http-equiv"):
        if str(tag["http-equiv"]).lower() == "refresh":
            _, _, target = str(tag.get("content", "")).partition("url=")
            return target.strip()
    return None


def _structure(page: _Parsed) -> Iterator[Fault]:
    if _is_redirect(page):
        return
    # The theme repeats the title in a part that only a printer sees.
    headings = [tag for tag in page.tags["h1"] if tag.find_parent(class_="onlyprint") is None]
    if len(headings) != 1:
        texts = "; ".join(tag.get_text(strip=True) for tag in headings)
        yield (
            "one h1",
            f"the page has {len(headings)} first-level headings{': ' * bool(texts)}{texts}",
        )
    for name, count in Counter(_ids(page)).items():
        if count > 1:
            yield "unique ids", f"id {name!r} is used {count} times"
    for tag in page.all_tags:
        classes = set(tag.get("class") or ())
        if any(fault <= classes for fault in _OUTPUT_FAULTS):
            yield "error on the page", tag.get_text(" ", strip=True)[:120]
        if "xref" in classes and tag.find_parent("a") is None:
            yield "unresolved reference", tag.get_text(strip=True)[:120]


def _leaks(page: _Parsed) -> Iterator[Fault]:
    """Role or directive text that should have been markup, outside code and mathematics."""
    for text in page.leaks:
        classes = {c for parent in text.parents for c in parent.get("class") or ()}
        if any(parent.name in _NOT_TEXT for parent in text.parents) or "math" in classes:
            continue
        match = _LEAK.search(text)
        start = max(0, match.start() - 10) if match else 0
        yield "leaked markup", " ".join(text[start : start + 80].split())


def _images(page: _Parsed) -> Iterator[Fault]:
    for tag in page.tags["img"]:
        source = str(tag.get("src", ""))[:60]
        if tag.get("alt") is None:
            yield "alt text", f"image {source} has no alt text"
        elif not str(tag["alt"]).strip() and tag.find_parent("article") is not None:
            yield "alt text", f"image {source} has an empty alt text"


def _loaded(page: _Parsed) -> Iterator[tuple[str, str]]:
    """Yield what a browser loads with a page: element name and address."""
    for name, attributes in _LOADED.items():
        for tag in page.tags[name]:
            for attribute in attributes:
                value = str(tag.get(attribute, "")).strip()
                if attribute == "srcset":
                    for candidate in filter(None, value.split(", ")):
                        yield name, candidate.split()[0]
                elif value:
                    yield name, value
    for tag in page.having("link", "href"):
        relations = set(tag.get("rel") or ())
        if not relations <= _LINKS_NOT_LOADED:
            yield "link", str(tag["href"]).strip()
    for tag in page.tags["style"]:
        yield from (("style", address) for address in _css_addresses(tag.get_text()))
    for tag in page.all_tags:
        if tag.get("style") is not None:
            yield from (("style", address) for address in _css_addresses(str(tag["style"])))


def _foreign(page: _Parsed) -> Iterator[Fault]:
    for element, address in page.loaded:
        if _is_foreign(address):
            yield "foreign address", f"<{element}> loads {address}"
    for tag in page.having("form", "action"):
        if _is_foreign(str(tag["action"])):
            yield "foreign address", f"<form> sends to {tag['action']}"


def _is_foreign(address: str) -> bool:
    return address.startswith("//") or urlsplit(address).scheme in ("http", "https", "ftp", "ws")


def _css_addresses(text: str) -> Iterator[str]:
    for match in _CSS_URL.finditer(_CSS_COMMENT.sub("", text)):
        yield (match.group(1) or match.group(2)).strip()


def _links(page: _Parsed, site: _Site) -> Iterator[Fault]:
    wanted = list(page.loaded)
    for name in ("a", "area", "link"):
        wanted += [(name, str(tag["href"]).strip()) for tag in page.having(name, "href")]
    target = _refresh(page)
    if target is not None:
        wanted.append(("meta", target))
    for element, address in dict.fromkeys(wanted):
        problem = _unresolved(page, address, site)
        if problem:
            yield "broken link", f"<{element}> {address[:120]}: {problem}"


def _unresolved(page: _Parsed, address: str, site: _Site) -> str:
    """Return why a local address leads nowhere; empty when it does, or is not local."""
    if _is_foreign(address):
        return ""
    parts = urlsplit(address)
    if parts.scheme:
        return ""
    asked = (page.path.parent if parts.path else page.path, parts.path)
    if asked not in site.targets:  # pages of one folder have most of their links in common
        site.targets[asked] = _target(*asked, site.folder)
    target = site.targets[asked]
    if isinstance(target, str):
        return target
    anchor = unquote(parts.fragment)
    if anchor and target in site.ids and anchor not in site.ids[target]:
        return f"no element with id {anchor!r}"
    return ""


def _target(start: Path, path: str, site: Path) -> Path | str:
    """Return the file that an address leads to, or why it leads to none."""
    if not path:
        return start.resolve()
    base = site if path.startswith("/") else start
    target = (base / unquote(path).lstrip("/")).resolve()
    if target.is_dir():
        target = target / "index.html"
    if not target.is_relative_to(site):
        return "it leaves the site"
    return target if target.is_file() else "no such file"


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
