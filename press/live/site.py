"""The step of a live site: the runtime, every page's cells, and a panel on each page."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from press.claims_record import read_accepted
from press.distributions import build
from press.executed import Edition
from press.live import files
from press.live.known import RECORD as KNOWN
from press.live.pack import ABOUT, ASSETS, bundle, pack
from press.live.pages import browser_page, hindered
from press.live.runtime import runtime
from press.pages import Book
from press.progress import Progress
from w2s._command import UserError
from w2s._files import write_atomically

FOLDER = "_live"
_SERVED = ("live.js", "live-cells.js", "live.css", "live-worker.js")
# Modules of the press that run in the browser: what reads parameters has the same words there.
_PRESS = (
    "parameters.py", "syntax.py", "live/assets/runner.py", "live/assets/bounds.py",
    "live/assets/diagnose_files.py",
)  # fmt: skip
_WAYS_OUT = re.compile(r'<nav class="w2s-out".*?</nav>', re.DOTALL)


@dataclass(frozen=True)
class Live:
    """A prepared runtime: its folder, what it was made from, what of ours runs in it, its size."""

    folder: Path
    made_from: str
    own: str
    megabytes: int


def prepare(book: Book, release: Path | None, progress: Progress) -> Live:
    """Fetch, check and pack the runtime of a live site; raise as `runtime` and `pack` do."""
    place = book.build / "live"
    with progress, progress.doing("runtime of live pages"):
        folder = pack(runtime(place / "fetched", release), place / "runtime")
    about = json.loads((folder / ABOUT).read_text("utf-8"))
    size = sum(size for name, size in about["sizes"].items() if name != "sklearn")
    sources = [path for path in ASSETS.iterdir() if path.is_file()]
    sources += [*(book.root / "w2s").rglob("*.py"), *(book.root / "book").glob(KNOWN.name)]
    own = _hashed({str(path): path.read_bytes() for path in sources})
    return Live(folder, about["made_from"], own, round(size / 1e6))


def go_live(edition: Edition, site: Path, live: Live) -> None:
    """Give a rendered site the runtime and each of its executed pages the panel that runs it.

    Names hold the hash of their content, so that browsers may keep the files for ever.
    """
    book = edition.book
    record = read_accepted(book)
    pages = {page: browser_page(book, page, record, edition.profile) for page in edition.pages}
    served: dict[str, bytes] = {name: (ASSETS / name).read_bytes() for name in _SERVED}
    modules = {"press/__init__.py": b""}
    modules |= {f"press/{name}": (book.root / "press" / name).read_bytes() for name in _PRESS}
    served |= files.served()
    served["w2s.bin.gz"] = gzip.compress(bundle(wheel(book) | modules), mtime=0)
    for page, made in pages.items():
        served[f"{page.id}.json"] = json.dumps(made, ensure_ascii=False).encode()
    own = f"{FOLDER}/{_hashed(served)}"
    for name, content in served.items():
        write_atomically(site / own / name, content)
    loaded = f"{FOLDER}/pyodide-{live.made_from[:12]}"
    shutil.copytree(live.folder, site / loaded)
    for page, made in pages.items():
        path = site / f"{page.entry}.html"
        if path.is_file():
            up = os.path.relpath(".", os.path.dirname(page.entry) or ".").replace(os.sep, "/")
            data = {"runtime": f"{up}/{loaded}/", "book": f"{up}/{own}/"}
            data |= {"megabytes": str(live.megabytes), "takes": made["takes"]["smoke"]}
            text = path.read_text(encoding="utf-8")
            text = with_panel(text, page.id, data, hindered(book, page))
            write_atomically(path, files.with_files(text, data) if page.id == files.PAGE else text)


def with_panel(text: str, page: str, data: Mapping[str, str], hindered: str = "") -> str:
    """Return a page with the place of its panel, or why there is none, below its first links.

    Examples
    --------
    >>> text = with_panel('<nav class="w2s-out"></nav>', "a/b", {"book": "../s/"})
    >>> text.partition("<section ")[2]
    'class="w2s-here" aria-label="Run this page here" data-page="a/b.json" ...
    """
    place = _WAYS_OUT.search(text)
    if place is None:
        return text
    if hindered:
        note = f'<p class="w2s-note">{hindered} It cannot be rerun here.</p>'
        return f"{text[: place.end()]}{note}{text[place.end() :]}"
    book = data["book"]
    head = (
        f'<link rel="stylesheet" href="{book}live.css"><script defer src="{book}live.js"></script>'
    )
    said = "".join(f' data-{name}="{value}"' for name, value in data.items())
    panel = (
        f'<section class="w2s-here" aria-label="Run this page here" data-page="{page}.json"'
        f"{said}></section>"
    )
    text = f"{text[: place.end()]}{panel}{text[place.end() :]}"
    return text.replace("</head>", f"{head}</head>", 1)


def wheel(book: Book) -> dict[str, bytes]:
    """Build the wheel of the library from the checkout; return its modules by name."""
    # A folder of its own: two sites of one book may be made at the same time.
    with tempfile.TemporaryDirectory() as place:
        try:
            built = build(book.root, Path(place), "wheel")
        except RuntimeError as error:
            raise UserError(
                f"the wheel of w2s cannot be built: {str(error).splitlines()[-1]}"
            ) from None
        with zipfile.ZipFile(built) as archive:
            names = [name for name in archive.namelist() if ".dist-info/" not in name]
            modules = {name: archive.read(name) for name in sorted(names)}
    return modules


def _hashed(files: Mapping[str, bytes]) -> str:
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name} {hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return total.hexdigest()[:12]
