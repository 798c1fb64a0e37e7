"""From executed notebooks to a site: jupyter-book in a folder of its own, then a swap."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from press.files import replace_folder
from press.pages import Book, load_yaml
from press.site.renderer import Renderer
from press.surroundings import passed_on
from w2s._command import UserError

SMOKE_STAMP = "Smoke profile: small-scale numbers, not the published results"
MARKER = "w2s-site.json"
_PAGES = (".md", ".ipynb", ".rst", ".txt", ".myst")  # ends of files that may be rendered
_MAGIC = re.compile(r"[\[\]*?]")


class RenderError(Exception):
    """jupyter-book did not give a usable site; the message holds what it said."""


@dataclass(frozen=True)
class Rendered:
    """A rendered site that has not yet taken its place."""

    folder: Path
    warnings: tuple[str, ...] = ()

    @property
    def index(self) -> Path:
        """The first page."""
        return self.folder / "index.html"


def render(book: Book, profile: str) -> Rendered:
    """Render the whole book with warnings as errors, beside the last good site.

    Parameters
    ----------
    book : Book
        The checkout, every notebook executed and the status page written.
    profile : {"paper", "smoke"}
        A smoke site carries a stamp on every page.

    Returns
    -------
    Rendered
        The pages below ``_build/site.tmp``, as jupyter-book leaves them.

    Raises
    ------
    RenderError
        When jupyter-book fails, warns, or writes no index page.
    """
    config = derived_config(book, profile)
    options = ["--all", "-W", "-n", "--keep-going"]
    return jupyter_book(book.root, book.build / "site.tmp", config, options)


def standing_by(root: Path) -> Renderer:
    """Start a process that will render the sources in a folder, and imports meanwhile."""
    return Renderer(root, _environment(root))


def jupyter_book(
    root: Path, output: Path, config: Path, options: list[str], renderer: Renderer | None = None
) -> Rendered:
    """Run ``jupyter-book build`` in a process of its own and check what it left."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    command = ["build", str(root), *options]
    command += ["--path-output", str(output), "--config", str(config)]
    with renderer or standing_by(root) as process:
        status, said, warned = process.run(command)
    # Sphinx writes its warnings, and nothing else, to standard error.
    told = [line for line in warned.splitlines() if line.strip()]
    html = output / "_build" / "html"
    if status != 0:
        shown = told or said.splitlines()[-30:]
        raise RenderError("\n".join(shown) or f"jupyter-book ended with {status}")
    if not (html / "index.html").is_file():
        raise RenderError("jupyter-book ended well but wrote no index.html")
    return Rendered(html, tuple(told))


def read_config(book: Book) -> dict[str, Any]:
    """Return the content of ``_config.yml``."""
    config = load_yaml(book.root / "_config.yml")
    if not isinstance(config, dict):
        raise UserError("_config.yml must be a mapping, as Jupyter Book wants it")
    return config


def derived_config(book: Book, profile: str) -> Path:
    """Return the configuration of the build: the book's own, or one with what the case needs."""
    if profile != "smoke" and not glob.has_magic(str(book.root)):
        return book.root / "_config.yml"
    config = read_config(book)
    leave_strays_out(config, book)
    if profile == "smoke":
        sphinx = config.setdefault("sphinx", {})
        theme = sphinx.setdefault("config", {}).setdefault("html_theme_options", {})
        theme["announcement"] = SMOKE_STAMP
    return write_config(book, config, book.build / f"config.{profile}.yml")


def leave_strays_out(config: dict[str, Any], book: Book) -> None:
    """Name the files that are no pages where the renderer cannot find them.

    It searches them by a pattern that begins with the path of the book, in which brackets do not
    mean themselves.
    """
    if not glob.has_magic(str(book.root)):
        return
    entries = {page.entry for page in book.pages}
    found = glob.iglob("**/*", root_dir=book.root, recursive=True)
    strays = [path for path in map(PurePath, found) if path.suffix in _PAGES]
    names = [path.as_posix() for path in strays if path.with_suffix("").as_posix() not in entries]
    left_out = [_MAGIC.sub("?", name) for name in names]
    config["exclude_patterns"] = [*config.get("exclude_patterns", []), *left_out]


def write_config(book: Book, config: dict[str, Any], path: Path) -> Path:
    """Write a configuration that is not in the root; paths of local extensions stay valid."""
    import yaml

    local = config.get("sphinx", {}).get("local_extensions") or {}
    for name, folder in local.items():
        local[name] = str((book.root / str(folder)).resolve())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def install(book: Book, rendered: Rendered, destination: Path) -> Path:
    """Put a rendered site in its place and return its index page."""
    replace_folder(rendered.folder, destination)
    shutil.rmtree(book.build / "site.tmp", ignore_errors=True)
    return destination / "index.html"


def tree_digest(folder: Path) -> str:
    """Hash the names and bytes of every file of a folder."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        total.update(name.encode("utf-8", "surrogateescape") + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def site_profile(folder: Path) -> str | None:
    """Return the profile of a rendered site, or None when the folder is not one."""
    try:
        content = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        return str(content["profile"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _environment(root: Path) -> dict[str, str]:
    """Return an environment in which two builds give the same bytes."""
    env = passed_on()
    path = [str(root), *filter(None, [env.get("PYTHONPATH")])]
    fixed = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    return env | fixed | {"PYTHONPATH": os.pathsep.join(path)}
