"""A release: everything of one version of the book in one folder, built from a clean clone.

The folder holds the site as an archive, the book as PDF, every figure with its data, the accepted
claims and what became of them since the last release, wheel and source distribution, metadata for
Zenodo, and checksums. It appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from press import pdf
from press.citation import zenodo
from press.claims_changes import changelog
from press.commit import git
from press.distributions import build
from press.files import exclusive, replace_folder, write_json
from press.pages import Book
from press.progress import Progress
from press.release_plan import REHEARSAL, Plan
from press.site.foot import stamp
from press.site.takeaway import write_zip
from w2s._files import write_atomically

SUMS = "SHA256SUMS"
METADATA = ".zenodo.json"


class ReleaseError(Exception):
    """A step of a release ended badly; it has said why."""


def make_release(asked: Plan, progress: Progress) -> Path:
    """Build what was planned from a clean clone, and put its folder in place at the end.

    Parameters
    ----------
    asked : Plan
        What `press.release_plan.plan` returned.
    progress : Progress
        Where to tell.

    Returns
    -------
    Path
        The folder, in ``_build/release``; an earlier one of the same name is replaced.

    Raises
    ------
    ReleaseError
        When the book does not build, or its PDF, figures or distributions do not.
    """
    place = asked.book.build / "release"
    with exclusive(place / "release.lock"), _workplace(place / f".{asked.name}.tmp") as work:
        clone, folder = work / "clone", work / "new"
        _clone(asked, clone)
        folder.mkdir()
        progress.say(f"{asked.name}: wheel and source distribution")
        _distributions(clone, folder)
        for command in (["book", "--profile", asked.profile], ["pdf"], ["figures"]):
            progress.say(f"{asked.name}: press {' '.join(command)}")
            _press(clone, *command)
        progress.say(f"{asked.name}: packing")
        _gather(asked, Book(clone, asked.book.pages), folder)
        _mark(asked, folder)
        write_atomically(folder / asked.marked(SUMS), checksums(folder))
        replace_folder(folder, place / asked.name)
    return place / asked.name


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Give an empty folder that is gone afterwards; one that a killed release left goes first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clone(asked: Plan, clone: Path) -> None:
    """Clone the checkout at the planned commit: nothing else of its folder comes along."""
    root = asked.book.root
    git(root, "clone", "--quiet", "--no-checkout", str(root), str(clone))
    git(clone, "checkout", "--quiet", "--detach", asked.commit.sha)


def _distributions(clone: Path, folder: Path) -> None:
    try:
        build(clone, folder, "wheel")
        build(clone, folder, "sdist")
    except RuntimeError as error:
        raise ReleaseError(str(error)) from None


def _press(clone: Path, *words: str) -> None:
    """Run a command of the press on a clone, with the modules of the clone."""
    path = os.pathsep.join(filter(None, (str(clone), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-m", "press", *words], cwd=clone, env=os.environ | {"PYTHONPATH": path}
    )
    if done.returncode:
        raise ReleaseError(f"press {words[0]} ended with {done.returncode}: nothing is released")


def _gather(asked: Plan, built: Book, folder: Path) -> None:
    """Bring what a clone has built into the folder of the release."""
    printed = (built.build / pdf.NAME).read_bytes()
    write_atomically(folder / pdf.NAME, pdf.dated(printed, asked.commit.date))
    shutil.copyfile(built.build / "figures.zip", folder / "figures.zip")
    shutil.copyfile(built.accepted, folder / "claims.json")
    stamp(built.site, asked.commit)
    write_zip(_files(built.site), folder / f"{asked.name}.zip")
    about = f"# w2s {asked.version}\n\nCommit {asked.commit.sha} of {asked.commit.date}.\n"
    parts = [about, f"{asked.news}\n", changelog(asked.before, asked.claims, asked.since)]
    write_atomically(folder / "CHANGES.md", "\n".join(parts))
    write_json(folder / METADATA, zenodo(asked.citation))


def _files(site: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        yield path.relative_to(site).as_posix(), path.read_bytes()


def _mark(asked: Plan, folder: Path) -> None:
    """Say in the names of the files of a rehearsal that they are of one."""
    for path in sorted(folder.iterdir()):
        if asked.rehearsal and not path.name.startswith(REHEARSAL):
            path.rename(folder / asked.marked(path.name))


def checksums(folder: Path) -> str:
    """Return the SHA-256 of what a reader downloads, as ``sha256sum --check`` reads it."""
    paths = sorted(path for path in folder.iterdir() if not path.name.endswith(METADATA[1:]))
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths
    )
