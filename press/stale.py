"""Which pages must be executed again, and why."""

from __future__ import annotations

import ast
import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from press import syntax
from press.files import digest, write_json
from press.pages import Book, Page
from press.parameters import PROFILES
from w2s._files import write_atomically

FORMAT = 2  # also of what `normalise` leaves
_PACKAGE = "w2s/__init__.py"
_NOT_CORE = ("cli", "__main__")


@dataclass(frozen=True)
class Fingerprint:
    """Everything that decides what an execution of a page gives."""

    files: Mapping[str, str | None]
    parameters: Mapping[str, Any]
    python: str
    format: int = FORMAT


@dataclass(frozen=True)
class State:
    """What is remembered of the last successful execution of a page."""

    files: Mapping[str, str | None] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    python: str = ""
    format: int = 0
    notebook: str = ""
    seconds: float = 0.0
    claims: int = 0


def fingerprint(
    book: Book, page: Page, values: Mapping[str, Any], reads: Iterable[str] = ()
) -> Fingerprint:
    """Hash the source, its core modules, the files it reads, the lock; note values and Python."""
    paths = [f"{page.entry}.py", *imported_modules(book.root, book.source(page))]
    paths += [*reads, "requirements.lock"]
    files = {path: digest(book.root / path) for path in paths}
    parameters = json.loads(json.dumps(dict(values)))
    return Fingerprint(files, parameters, platform.python_version())


def imported_modules(root: Path, source: Path) -> list[str]:
    """Return the `w2s` core modules that a source imports, directly or through others.

    The imports are read from the syntax tree, wherever they stand in the file; the press and the
    command line do not count, because they do not change what a notebook computes. What the
    package itself loads only when asked for, such as ``w2s.diagnose``, counts for who names it.
    """
    found: set[str] = set()
    asked: set[str] = set()
    waiting = list(_imports(source, ""))
    while waiting:
        name = waiting.pop()
        if name in asked:
            continue
        asked.add(name)
        for module in _files_of(root, name):
            if module not in found:
                found.add(module)
                top = module == _PACKAGE
                folder = Path(module).parent.as_posix().replace("/", ".")
                waiting += _imports(root / module, folder, loaded=top)
        waiting += _lazy(root, name) if _PACKAGE in found else ()
    return sorted(found)


def _lazy(root: Path, name: str) -> list[str]:
    """Return what the package imports when `name` is asked of it: all, for the package itself."""
    package, _, wanted = name.partition(".")
    if package != "w2s" or "." in wanted or wanted.startswith("__"):
        return []
    if any((root / "w2s" / f"{wanted}{end}").exists() for end in ("", ".py") if wanted):
        return []
    every = list(_imports(root / _PACKAGE, package))
    chosen = [one for one in every if wanted and one.endswith(f".{wanted}")]
    return chosen or every


def _imports(path: Path, package: str, *, loaded: bool = False) -> tuple[str, ...]:
    """Return the dotted names that may be modules of `w2s`; with `loaded`, those of the top level.

    An attribute of the package, as in ``w2s.diagnose``, is a name that is asked of it.
    """
    try:
        return _named(path.read_bytes(), package, loaded)
    except (OSError, SyntaxError):
        return ()


@lru_cache(maxsize=1024)  # by content: every page asks for the imports of the same modules
def _named(text: bytes, package: str, loaded: bool) -> tuple[str, ...]:
    tree = syntax.module(text)
    found: list[str] = []
    for node in tree.body if loaded else ast.walk(tree):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            found += (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "w2s":
                found.append(f"w2s.{node.attr}")
    return tuple(dict.fromkeys(found))


def _files_of(root: Path, name: str) -> Iterable[str]:
    """Yield the files that importing a dotted name executes: its module and all packages above."""
    parts = name.split(".")
    if parts[0] != "w2s" or (len(parts) > 1 and parts[1] in _NOT_CORE):
        return
    for depth in range(1, len(parts) + 1):
        stem = "/".join(parts[:depth])
        for candidate in (f"{stem}/__init__.py", f"{stem}.py"):
            if (root / candidate).is_file():
                yield candidate
                break


def state_path(book: Book, page: Page, profile: str) -> Path:
    """Return where the state of a page at a profile is kept."""
    return book.run / profile / f"{page.id}.json"


def kept_path(book: Book, page: Page, profile: str) -> Path:
    """Return where the executed notebook is kept while the book is at the other profile."""
    return book.run / profile / f"{page.id}.ipynb"


def read_state(book: Book, page: Page, profile: str) -> State | str:
    """Return the state of a page at a profile, or the reason why there is none."""
    path = state_path(book, page, profile)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        state = State(**content)
        sound = (
            isinstance(state.files, dict)
            and isinstance(state.parameters, dict)
            and isinstance(state.seconds, (int, float))
            and isinstance(state.notebook, str)
        )
    except FileNotFoundError:
        return "never run"
    except (OSError, ValueError, TypeError):
        sound = False
    return state if sound else "its state file is unreadable"


def write_state(book: Book, page: Page, mark: Fingerprint, seconds: float, claims: int) -> None:
    """Remember a successful execution, and keep a copy of its notebook."""
    profile = str(mark.parameters["profile"])
    executed = book.executed(page).read_bytes()
    write_atomically(kept_path(book, page, profile), executed)
    content = vars(mark) | {
        "notebook": hashlib.sha256(executed).hexdigest(),
        "seconds": round(seconds, 2),
        "claims": claims,
    }
    write_json(state_path(book, page, profile), content)


def kept_notebook(book: Book, page: Page, profile: str) -> bytes | None:
    """Return the kept notebook of a profile; None when there is none, or it is damaged."""
    state = read_state(book, page, profile)
    path = kept_path(book, page, profile)
    if isinstance(state, State) and digest(path) == state.notebook:
        return path.read_bytes()
    return None


def put_back(book: Book, page: Page, profile: str) -> None:
    """Put the kept notebook of a profile beside the source, in the place of the other profile's.

    A notebook that somebody edited, or that is not there, is left as it is: it is executed again.
    A kept notebook that was damaged is mended from the one beside the source.
    """
    state, kept = read_state(book, page, profile), kept_notebook(book, page, profile)
    if not isinstance(state, State):
        return
    beside = digest(book.executed(page))
    if beside == state.notebook and kept is None:
        write_atomically(kept_path(book, page, profile), book.executed(page).read_bytes())
    others = (read_state(book, page, other) for other in PROFILES if other != profile)
    if beside != state.notebook and kept is not None:
        if any(isinstance(one, State) and one.notebook == beside for one in others):
            write_atomically(book.executed(page), kept)


def reason_to_run(book: Book, page: Page, mark: Fingerprint, state: State | str) -> str:
    """Return why a page must be executed again; empty when it is fresh."""
    if isinstance(state, str):
        return state
    if state.format != mark.format:
        return "the press changed"
    own = f"{page.entry}.py"
    changed = [path for path in mark.files if mark.files[path] != state.files.get(path)]
    gone = [path for path in state.files if path not in mark.files]
    modules = [path for path in changed + gone if path != own]
    if state.parameters != mark.parameters:
        return "parameters changed"
    if own in changed:
        return f"{own} changed"
    if modules:
        more = f" and {len(modules) - 1} more" if len(modules) > 1 else ""
        return f"{modules[0]}{more} changed"
    if state.python != mark.python:
        return f"Python changed from {state.python} to {mark.python}"
    if digest(book.executed(page)) != state.notebook:
        return "executed notebook was edited or is missing"
    return ""


def site_digest(book: Book, profile: str, generated: Mapping[str, str]) -> str:
    """Hash everything that a rendered site is made of.

    Parameters
    ----------
    book : Book
        The checkout.
    profile : {"paper", "smoke"}
        Decides the stamp on the pages.
    generated : mapping of str to str
        Texts of the generated files, by path; they stand in for what is on the disk.

    Returns
    -------
    str
        A SHA-256.
    """
    total = hashlib.sha256(f"{FORMAT} {profile} {platform.python_version()}".encode())
    paths = {"_config.yml", "_toc.yml", "requirements.lock"}
    paths |= {path.relative_to(book.root).as_posix() for path in _furniture(book.root / "book")}
    paths |= {f"{page.entry}{end}" for page in book.notebooks for end in (".py", ".ipynb")}
    paths |= {f"{page.entry}.md" for page in book.pages if page.kind == "prose"}
    for module in (book.root / "press").rglob("[!.]*.py"):
        paths |= {module.relative_to(book.root).as_posix(), *imported_modules(book.root, module)}
    for path in sorted(paths - set(generated)):
        line = f"{path} {digest(book.root / path)}\n"
        total.update(line.encode("utf-8", "surrogateescape"))  # a name that is not UTF-8
    for path, text in sorted(generated.items()):
        total.update(f"{path} {hashlib.sha256(text.encode()).hexdigest()}\n".encode())
    return total.hexdigest()


def _furniture(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and "_generated" not in path.parts
        and not any(part.startswith(".") for part in path.parts[-2:])
    ]
