"""The pages of the book: what `_toc.yml` lists, and the sources that it must list."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from press.yaml_text import parse
from w2s._command import UserError

NOTEBOOKS = "notebooks"
GENERATED = frozenset({"book/proofs", "book/status"})
_SUFFIXES = (".md", ".ipynb", ".py")


@dataclass(frozen=True)
class Page:
    """One entry of the table of contents.

    Attributes
    ----------
    id : str
        The name used everywhere else: the entry without its ``notebooks/`` prefix.
    entry : str
        The path in `_toc.yml`, without a suffix.
    kind : {"notebook", "prose"}
        Whether the page is executed from a ``.py`` source or is a Markdown file.
    """

    id: str
    entry: str
    kind: Literal["notebook", "prose"]


@dataclass(frozen=True)
class Book:
    """A checkout: its root folder and its pages in the order of the table of contents."""

    root: Path
    pages: tuple[Page, ...]

    @property
    def build(self) -> Path:
        """Folder of everything generated beside the sources."""
        return self.root / "_build"

    @property
    def run(self) -> Path:
        """Folder of page states and partial notebooks."""
        return self.build / "run"

    @property
    def site(self) -> Path:
        """Folder of the last good rendered site."""
        return self.build / "html"

    @property
    def accepted(self) -> Path:
        """The accepted record of claims."""
        return self.root / "book" / "claims.json"

    @property
    def notebooks(self) -> tuple[Page, ...]:
        """The executed pages, in order."""
        return tuple(page for page in self.pages if page.kind == "notebook")

    def source(self, page: Page) -> Path:
        """Return the Jupytext source of a notebook page."""
        return self.root / f"{page.entry}.py"

    def executed(self, page: Page) -> Path:
        """Return the executed notebook beside its source."""
        return self.root / f"{page.entry}.ipynb"

    def page(self, name: str) -> Page:
        """Return the notebook page called `name`, accepting a path to its source as well."""
        wanted = name.removeprefix("./").removesuffix(".py").removesuffix(".ipynb")
        wanted = wanted.removeprefix(f"{NOTEBOOKS}/")
        for page in self.notebooks:
            if page.id == wanted:
                return page
        known = ", ".join(page.id for page in self.notebooks) or "none"
        raise UserError(f"no notebook page is called {name!r}; the pages are: {known}")


def find_root(start: Path) -> Path:
    """Return the nearest folder at or above `start` that holds a `_toc.yml`."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "_toc.yml").is_file():
            return folder
    raise UserError(f"no _toc.yml in {start} or above it: run this inside the book's repository")


def read_book(root: Path) -> Book:
    """Read the table of contents and check it against the sources.

    Parameters
    ----------
    root : Path
        The folder of `_toc.yml`.

    Returns
    -------
    Book
        The pages in reading order.

    Raises
    ------
    UserError
        When `_toc.yml` cannot be read, an entry has no source or two, an entry is listed twice,
        or a notebook source is not listed.
    """
    pages: list[Page] = []
    for entry in _entries(_load(root / "_toc.yml")):
        if any(page.entry == entry for page in pages):
            raise UserError(f"_toc.yml lists {entry} twice")
        pages.append(_page(root, entry))
    listed = {page.entry for page in pages}
    for source in _sources(root):
        if source not in listed:
            raise UserError(f"{source}.py is missing from _toc.yml: add `- file: {source}`")
    return Book(root, tuple(pages))


def load_yaml(path: Path) -> Any:
    """Return the content of a YAML file; a `UserError` names the file and the line."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except FileNotFoundError:
        raise UserError(f"{path.name} is missing from {path.parent}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not UTF-8 text: {error.reason}") from None


def _load(path: Path) -> dict[str, Any]:
    content = load_yaml(path)
    if not isinstance(content, dict):
        raise UserError("_toc.yml must be a mapping with `format: jb-book` and `root: …`")
    if content.get("format") != "jb-book":
        raise UserError(f"_toc.yml must say `format: jb-book`, got {content.get('format')!r}")
    return content


def _entries(content: dict[str, Any]) -> Iterator[str]:
    """Yield the paths of a table of contents in reading order, without suffix."""
    if not isinstance(content.get("root"), str):
        raise UserError("_toc.yml must name its first page as `root: book/…`")
    yield _bare(content["root"])
    yield from _children(content)


def _children(node: dict[str, Any]) -> Iterator[str]:
    for key in ("parts", "chapters", "sections"):
        items = node.get(key) or []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise UserError(f"_toc.yml: `{key}` must be a list of entries, got {items!r}")
        for item in items:
            if "glob" in item:
                raise UserError(f"_toc.yml: name each file instead of `glob: {item['glob']}`")
            if "file" in item:
                yield _bare(str(item["file"]))
            yield from _children(item)


def _bare(entry: str) -> str:
    for suffix in _SUFFIXES:
        entry = entry.removesuffix(suffix)
    return entry


def _page(root: Path, entry: str) -> Page:
    has_notebook = (root / f"{entry}.py").is_file()
    has_prose = (root / f"{entry}.md").is_file() or entry in GENERATED
    if has_notebook and has_prose:
        raise UserError(f"_toc.yml lists {entry}, which is both a .py and a .md file")
    if not has_notebook and not has_prose:
        raise UserError(f"_toc.yml lists {entry}, but neither {entry}.py nor {entry}.md exists")
    kind: Literal["notebook", "prose"] = "notebook" if has_notebook else "prose"
    return Page(entry.removeprefix(f"{NOTEBOOKS}/"), entry, kind)


def _sources(root: Path) -> list[str]:
    """Return every notebook source below ``notebooks/``, as it would stand in `_toc.yml`."""
    found = []
    for folder, folders, files in os.walk(root / NOTEBOOKS):
        folders[:] = [name for name in folders if name[0] not in "._"]
        for name in files:
            if name.endswith(".py") and not name.startswith("."):  # editors leave hidden ones
                path = Path(folder, name).relative_to(root)
                found.append(path.with_suffix("").as_posix())
    return sorted(found)
