"""Folders that a user names: a list tells what was written there, and nothing else is removed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from press.files import digest
from w2s import __version__
from w2s._command import UserError
from w2s._files import write_atomically

LIST = "w2s-files.json"
_SHOWN = 3  # names in a message


@contextmanager
def written_anew(
    target: Path, what: str, build: Path, beside: Path | None = None
) -> Iterator[Path]:
    """Give an empty folder that takes the place of `target` after the block, with a list of files.

    Parameters
    ----------
    target : Path
        The folder that the user named; it may be missing, empty, or of an earlier run.
    what : str
        What is written, such as ``"site"``: only the same may be replaced.
    build : Path
        The ``_build`` of the book, as in `check_target`.
    beside : Path, optional
        A file that belongs to the folder; the block writes it beside the folder that it is given,
        under the same name.

    Raises
    ------
    UserError
        As `check_target`; or when something came into `target` meanwhile, which is kept.
    """
    check_target(target, what, build, beside)
    # Of an unguessable name that only this user may enter.
    place = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    new, old = place / "new", place / "old"
    try:
        new.mkdir()
        yield new
        packed = None if beside is None else place / beside.name
        _write_list(new, what, packed)
        try:
            if target.exists():
                os.replace(target, old)
            os.replace(new, target)
        except BaseException:
            if old.exists() and not target.exists():
                os.replace(old, target)
            raise
        if packed is not None and beside is not None:
            os.replace(packed, beside)
        if others := _others(old, _listed(old, what)):
            raise UserError(f"{target} is written anew; {old} stays, as it holds {some(others)}")
    finally:
        if not _others(old, _listed(old, what)):
            shutil.rmtree(place)


def check_target(target: Path, what: str, build: Path, beside: Path | None = None) -> None:
    """Refuse a folder in which anything was not written, as it stands, by an earlier run.

    Parameters
    ----------
    target : Path
        The folder, without links in its path.
    what : str
        What is to be written.
    build : Path
        Folder of what the press makes and removes by itself; nothing else of it than the folder
        called `what` may be named.
    beside : Path, optional
        The file that belongs to the folder.

    Raises
    ------
    UserError
        When the folder cannot be made, lies in `build`, or holds something else, which is named.
    """
    refused = f"cannot write the {what} to {target}:"
    build = build.resolve()
    if target.is_relative_to(build) and target != build / what:
        raise UserError(f"{refused} the press itself makes and removes what is in {build}")
    if target.exists() and not target.is_dir():
        raise UserError(f"{refused} it is not a folder")
    if not target.parent.is_dir():
        raise UserError(f"{refused} {target.parent} does not exist")
    listed = _listed(target, what)
    if others := _others(target, listed):
        raise UserError(f"{refused} it holds {some(others)}, which no earlier run wrote")
    if beside is not None and os.path.lexists(beside) and not _is(beside, listed.get("beside")):
        raise UserError(f"{refused} no earlier run wrote {beside} as it is")


def _write_list(folder: Path, what: str, packed: Path | None) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != LIST)
    names = {path.relative_to(folder).as_posix(): digest(path) for path in files}
    told: dict[str, Any] = {"made_by": f"w2s {__version__}", "what": what, "files": names}
    told |= {} if packed is None else {"beside": digest(packed)}
    # In ASCII, for names that are not UTF-8.
    write_atomically(folder / LIST, json.dumps(told, indent=1) + "\n")


def _listed(folder: Path, what: str) -> Mapping[str, Any]:
    """Return the list in a folder, or an empty one when there is none that can be believed."""
    path = folder / LIST
    if path.is_symlink() or not path.is_file():
        return {}
    try:
        told = json.loads(path.read_bytes())
        known = str(told["made_by"]).startswith("w2s ") and told["what"] == what
        return told if known and isinstance(told["files"], dict) else {}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


def _others(folder: Path, listed: Mapping[str, Any]) -> list[str]:
    """Return what is in a folder besides the list and unchanged files that it lists."""
    files = listed.get("files", {})
    own = {str(parent) for name in files for parent in Path(name).parents}
    found: list[str] = []
    for here, folders, names in os.walk(folder):
        below = Path(here).relative_to(folder)
        for name in list(folders):
            if str(below / name) not in own or Path(here, name).is_symlink():
                folders.remove(name)
                found.append(str(below / name))
        for name in names:
            inside = (below / name).as_posix()
            if not (listed and inside == LIST) and not _is(Path(here, name), files.get(inside)):
                found.append(inside)
    return sorted(found)


def _is(path: Path, known: object) -> bool:
    """Whether a plain file has the content that is known."""
    plain = path.is_file() and not path.is_symlink()
    return plain and known is not None and digest(path) == known


def some(names: list[str]) -> str:
    """Return the first names of a list, and how many more there are, for a message."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
