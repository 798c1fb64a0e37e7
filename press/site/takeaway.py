"""What a reader can take away from a page: its source, its figures with their data, a citation.

In a notebook a figure carries its pictures and its data within itself. In the site they become
files beside the page, which makes pages light and gives every picture an address. The links below
each figure are written here, those under the title in `press.site.ways_out`.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from press.executed import Edition, Executed, read_edition
from press.files import write_json
from press.owned import written_anew
from press.pages import Book, Page
from w2s import __version__
from w2s._command import UserError
from w2s._files import write_atomically, written_whole
from w2s.page.records import FIGURE

FIGURES = "figures"
_PICTURE = re.compile(r'data-name="([a-z0-9-]+)"([^<>]*?)src="data:image/svg\+xml;base64,([^"]+)"')
_DOWNLOAD = re.compile(
    r'<p class="w2s-download"><a download="([a-z0-9-]+)\.csv" href="data:text/csv;base64,[^"]+">'
    r"[^<]*</a></p>"
)
_BIB_ENTRY = re.compile(r"^@\w+\{([^,\s]+),.*?^\}", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Taken:
    """One figure of a page: its files by name, without the page's folder.

    Attributes
    ----------
    name : str
        The figure's name on its page.
    alt : str
        What one sees.
    files : mapping of str to bytes
        Pictures of every panel for both themes, one picture of the whole, the data.
    """

    name: str
    alt: str
    files: Mapping[str, bytes]


def figures_of(one: Executed) -> Iterator[Taken]:
    """Yield the figures of an executed page with their files.

    The CSV file begins with comment lines that name figure, page, profile, seed and version.
    """
    for output in one.outputs:
        if FIGURE in output.data:
            record = output.data[FIGURE]
            name = str(record["name"])
            shown = "".join(output.data.get("text/html", ""))
            files = {
                f"{match[1]}.svg": base64.b64decode(match[3]) for match in _PICTURE.finditer(shown)
            }
            if "image/png" in output.data:
                files[f"{name}.png"] = base64.b64decode("".join(output.data["image/png"]))
            if "csv" in record:
                files[f"{name}.csv"] = _with_origin(record, one.about).encode("utf-8")
            yield Taken(name, str(record["alt"]), files)


def _with_origin(record: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    given = about.get("parameters", {})
    said = "; ".join(f"{name} = {value}" for name, value in given.items())
    head = [
        f"# figure {record['name']} of page {about.get('page')}",
        f"# w2s {__version__}, {about.get('profile')} profile, seed {given.get('seed')}",
        f"# parameters: {said}",
    ]
    return "\n".join([*head, str(record["csv"])])


def citation(book: Book, page: Page, title: str, sources: list[str]) -> str:
    """Return BibTeX for a page and for the papers that its claims come from."""
    key = f"w2s-{page.id.replace('/', '-').replace('_', '-')}"
    own = (
        f"@misc{{{key},\n"
        f"  title        = {{{title}}},\n"
        "  author       = {{The w2s contributors}},\n"
        "  howpublished = {Page of \\emph{Weak-to-strong generalization, executable}},\n"
        f"  note         = {{w2s {__version__}, page {page.id.replace('_', chr(92) + '_')}}}\n"
        "}\n"
    )
    wanted = {source.split(",")[0].strip() for source in sources}
    theirs = [entry + "\n" for key, entry in bibliography(book).items() if key in wanted]
    return "\n".join([own, *theirs])


def bibliography(book: Book) -> dict[str, str]:
    """Return the entries of the book's bibliography, as BibTeX, by key."""
    path = book.root / "book" / "references.bib"
    known = path.read_text(encoding="utf-8") if path.is_file() else ""
    return {match[1]: match[0] for match in _BIB_ENTRY.finditer(known)}


def pack(book: Book, target: Path) -> int:
    """Write every figure of the executed book and its data to one folder and one archive.

    Parameters
    ----------
    book : Book
        The checkout, every notebook executed.
    target : Path
        The folder, made anew; the archive stands beside it as ``<folder>.zip``.

    Returns
    -------
    int
        Number of figures.

    Raises
    ------
    UserError
        When a notebook was not executed, or the folder holds what no earlier run wrote.
    """
    pages = read_edition(book, "mixed").pages
    missing = [page.id for page in book.notebooks if page not in pages]
    if missing:
        raise UserError(f"{missing[0]} was not executed yet: make book first")
    index, listed = "figures.json", []
    archive = target.parent / f"{target.name}.zip"
    with written_anew(target, FIGURES, book.build, archive) as folder:
        for page, one in pages.items():
            for figure in figures_of(one):
                for name, content in figure.files.items():
                    write_atomically(folder / page.id / name, content)
                files = sorted(f"{page.id}/{name}" for name in figure.files)
                listed.append(
                    {"page": page.id, "figure": figure.name, "alt": figure.alt, "files": files}
                )
        write_json(folder / index, listed)
        written = sorted(path for path in folder.rglob("*") if path.is_file())
        named = ((path.relative_to(folder).as_posix(), path.read_bytes()) for path in written)
        write_zip(named, folder.parent / archive.name)
    return len(listed)


def write_zip(files: Iterable[tuple[str, bytes]], archive: Path) -> None:
    """Write an archive of one folder with its own name; its bytes depend on the files only."""
    with (
        written_whole(archive) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name, content in files:
            entry = zipfile.ZipInfo(f"{archive.stem}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)


def take_away(edition: Edition, site: Path) -> None:
    """Give every rendered page of a site its files and the links to them."""
    book = edition.book
    for page, one in edition.pages.items():
        rendered = site / f"{page.entry}.html"
        if rendered.is_file():
            text = rendered.read_text(encoding="utf-8")
            write_atomically(rendered, _with_links(book, one, site, text))
    if book.accepted.is_file():
        shutil.copyfile(book.accepted, site / "claims.json")
    for copy in sorted(site.glob("_sources/**/*.ipynb")):
        write_atomically(copy, lighter(copy.read_text(encoding="utf-8")))


def lighter(text: str) -> str:
    """Return a downloadable notebook whose figures are pictures only, not twin documents."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if any(name.endswith("image/png") for name in data):
                for name in [name for name in data if name.endswith("text/html")]:
                    del data[name]
                output.get("metadata", {}).get("w2s", {}).pop(FIGURE, None)
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _with_links(book: Book, one: Executed, site: Path, text: str) -> str:
    """Write the files of a page and return its HTML with their addresses."""
    page = one.page
    folder = site / FIGURES / page.id
    written: dict[str, list[str]] = {}
    offered: list[tuple[str, bytes]] = []
    for figure in figures_of(one):
        for name, content in figure.files.items():
            write_atomically(folder / name, content)
        written[figure.name] = sorted(figure.files)
        given = sorted(figure.files.items())
        offered += [(name, content) for name, content in given if not name.endswith("-dark.svg")]
    if offered:
        write_zip(offered, folder.with_name(f"{folder.name}.zip"))
    _write_sources(book, one, site / page.entry)
    base = os.path.relpath(folder, (site / page.entry).parent).replace(os.sep, "/")

    def picture(match: re.Match[str]) -> str:
        return f'data-name="{match[1]}"{match[2]}src="{base}/{match[1]}.svg"'

    def download(match: re.Match[str]) -> str:
        return _figure_links(match[1], written.get(match[1], []), base)

    return _DOWNLOAD.sub(download, _PICTURE.sub(picture, text))


def _figure_links(name: str, files: list[str], base: str) -> str:
    pictures = [one for one in files if one.endswith("-light.svg")]
    words = {one: f"SVG {k + 1}" if len(pictures) > 1 else "SVG" for k, one in enumerate(pictures)}
    words |= {f"{name}.png": "PNG", f"{name}.csv": "data (CSV)"}
    links = [
        f'<a download href="{base}/{one}">{word}</a>' for one, word in words.items() if one in files
    ]
    return f'<p class="w2s-download">Take this figure: {" · ".join(links)}</p>'


def _write_sources(book: Book, one: Executed, here: Path) -> None:
    """Write the source of a page and its citation beside it."""
    heads = (re.search(r"^# (.+)$", "".join(c["source"]), re.M) for c in one.notebook["cells"])
    title = next((found[1].strip() for found in heads if found), one.page.id)
    shutil.copyfile(book.source(one.page), here.with_suffix(".py"))
    sources = [str(record["source"]) for record in one.claims]
    write_atomically(here.with_suffix(".bib"), citation(book, one.page, title, sources))
