"""Faults that take long to try: whole books are made while something breaks.

The quick ones are in ``tests/press/test_faults.py``. Here the press is killed while it renders, its
disk is full or cannot be written, its clock runs backwards, and a home, UTF-8 or plain paths are
lacking. After each fault nothing accepted is lost, and the next run gives the bytes of a run that
nothing disturbed. Disks are mounted where that is allowed; elsewhere, which is said, limits on
file sizes and permissions take their place.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from press.files import digest
from press.site.jupyter_book import tree_digest
from tests.conftest import copy_sources
from tests.press.processes import (
    FIRST,
    PLAIN_LOCALE,
    RENDERER,
    ROOT,
    SECOND,
    Started,
    Treasure,
    alive,
    copy_book,
    forget,
    limited,
    make_sources,
    run,
    told,
    unprivileged,
    wait_until,
)

PAGE = "discrepancy/single_models"
LANDMARKS = ("_build", "_build/html/_static", "_build/html/book/intro.html")
# Bytes that a full disk still has: for less than a notebook, than a site, than all its pages.
LEFT_ON_DISK = (6_000, 400_000, 4_000_000)
BACKWARDS = "import time\nstart = time.monotonic()\ntime.time = lambda: start - time.monotonic()\n"


class Workshop:
    """An accepted tiny book, changed since, and the bytes that its next run must give."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.accepted = make_sources(place / "book")
        told(run(self.accepted, "book", "--accept"), 0)
        self.count = 0
        undisturbed = self.changed()
        self.expected = self.made(undisturbed)

    def changed(self, place: Path | None = None) -> Path:
        """Return a copy of which the second page and the site must be made again."""
        self.count += 1
        root = copy_book(self.accepted, (place or self.place / str(self.count)) / "book")
        with (root / "book" / "intro.md").open("a", encoding="utf-8") as intro:
            intro.write("\nA change.\n")
        forget(root)
        return root

    def started(self) -> tuple[Path, Treasure, Started]:
        """Return a changed copy, what was accepted in it, and a press that has begun on it."""
        root = self.changed()
        return root, Treasure(root), Started(root, "book")

    def made(self, root: Path, **changes: str | None) -> tuple[str | None, ...]:
        """Make the book, assert that all is well, and return what its pages are."""
        told(run(root, "book", **changes), 0)
        assert "A change." in (root / "_build/html/book/intro.html").read_text(encoding="utf-8")
        names = ("book/claims.json", f"{FIRST}.ipynb", f"{SECOND}.ipynb")
        return (tree_digest(root / "_build/html"), *(digest(root / name) for name in names))

    def recovers(self, root: Path) -> None:
        """Assert that the next run gives what an undisturbed one gave."""
        assert self.made(root) == self.expected
        Treasure(root).assert_nothing_half_written()


def a_press_killed_while_it_renders(workshop: Workshop) -> None:
    """Kill it when the renderer starts, has begun its folders, its files, its first page."""
    for landmark in LANDMARKS:
        root, treasure, press = workshop.started()
        press.member(RENDERER)
        wait_until(lambda at=root / "_build/site.tmp" / landmark: at.exists())
        press.kill()  # waits until the renderer has ended, too
        treasure.assert_kept()
        workshop.recovers(root)


def a_press_killed_after_it_rendered(workshop: Workshop) -> None:
    """Kill it between the end of the renderer and the swap of the sites."""
    root, treasure, press = workshop.started()
    renderer = press.member(RENDERER)
    wait_until(lambda: not alive(renderer))
    press.kill()
    treasure.assert_kept()
    workshop.recovers(root)


def a_killed_renderer(workshop: Workshop) -> None:
    """Kill jupyter-book: the build fails, the last good site stays."""
    root, treasure, press = workshop.started()
    press.member(RENDERER).kill()
    told(press.ended(), 1, "site: jupyter-book failed or warned")
    treasure.assert_kept()
    workshop.recovers(root)


def a_full_disk(workshop: Workshop) -> None:
    """Fill the disk so that the notebook, the site, or the last of its files does not fit."""
    for left in LEFT_ON_DISK:
        folder = workshop.place / f"disk-{left}"
        with mounted(folder, "-t", "tmpfs", "-o", "size=1g", "tmpfs") as allowed:
            root = workshop.changed(folder)
            treasure = Treasure(root)
            if allowed:
                filler = folder / "filler"
                _fill(filler, left)
                done = run(root, "book")
                filler.unlink()
            else:
                done = run(root, "book", before=limited(left // 10))
            cause = "No space left on device" if allowed else "File too large"
            assert done.returncode in (1, 2), done.stdout + done.stderr
            assert cause in done.stdout + done.stderr, done.stdout + done.stderr
            assert "Traceback" not in done.stderr
            treasure.assert_kept()
            workshop.recovers(root)


def a_read_only_disk(workshop: Workshop) -> None:
    """Mount the book read-only: a build says so, the status is still told."""
    root = workshop.changed()
    treasure = Treasure(root)
    with mounted(root, "--bind", str(root)) as allowed:
        before: list[str] = []
        if allowed:
            subprocess.run(["mount", "-o", "remount,bind,ro", str(root)], check=True)
        else:
            before = unprivileged()
            for path in [root, *root.rglob("*")]:
                path.chmod(path.stat().st_mode & ~0o222)
        done = run(root, "book", before=before)
        told(done, 2, "Read-only file system" if allowed else str(root))
        assert (done.stdout, done.stderr.count("\n")) == ("", 1)
        told(run(root, "status", before=before), 0)
        treasure.assert_kept()
    for path in [root, *root.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)
    workshop.recovers(root)


def a_clock_that_runs_backwards_before_1970(workshop: Workshop) -> None:
    """Let the clock of all processes run backwards; with faketime, let it stand in 1970 as well."""
    shim = workshop.place / "shim"
    shim.mkdir()
    (shim / "sitecustomize.py").write_text(BACKWARDS, encoding="utf-8")
    path = os.pathsep.join([str(shim), str(ROOT)])
    assert workshop.made(workshop.changed(), PYTHONPATH=path) == workshop.expected
    if faketime := shutil.which("faketime"):
        root = workshop.changed()
        told(run(root, "book", before=[faketime, "-f", "@1970-01-02 00:00:00"]), 0)
        assert tree_digest(root / "_build/html") == workshop.expected[0]


def no_home_and_a_home_that_does_not_exist(workshop: Workshop) -> None:
    """Make the book without HOME, and with one where nothing can be made."""
    for home in (None, "/proc/nowhere"):
        assert workshop.made(workshop.changed(), HOME=home) == workshop.expected


def a_locale_without_utf8(workshop: Workshop) -> None:
    """Make the book where neither the streams nor the names of files are UTF-8."""
    assert workshop.made(workshop.changed(), **PLAIN_LOCALE) == workshop.expected


def a_path_with_spaces_and_letters(workshop: Workshop) -> None:
    """Make the tiny book in such a folder, and a page of this one, with all else lacking too."""
    odd = workshop.place / "Übung mit Leerzeichen"
    assert workshop.made(workshop.changed(odd / "tiny")) == workshop.expected
    pages = []
    for place, changes in ((workshop.place / "plain", {}), (odd, {"HOME": None, **PLAIN_LOCALE})):
        root = copy_sources(place / "book")
        told(run(root, "one", PAGE, "--profile", "smoke", PYTHONPATH=str(root), **changes), 0)
        pages.append(tree_digest(root / "_build/one" / PAGE.replace("/", "-") / "html"))
    assert pages[0] == pages[1]


FAULTS = (
    a_press_killed_while_it_renders, a_press_killed_after_it_rendered, a_killed_renderer,
    a_full_disk, a_read_only_disk, a_clock_that_runs_backwards_before_1970,
    no_home_and_a_home_that_does_not_exist, a_locale_without_utf8, a_path_with_spaces_and_letters,
)  # fmt: skip


@contextlib.contextmanager
def mounted(folder: Path, *what: str) -> Iterator[bool]:
    """Mount something on a folder for the time of a block; whether that was allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *what, str(folder)], capture_output=True, check=False)
    if done.returncode != 0:
        print("faults: nothing can be mounted here; limits and permissions instead", flush=True)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(path: Path, left: int) -> None:
    """Write a file that leaves so many bytes on its disk."""
    with path.open("wb") as file:
        about = os.statvfs(path)
        os.posix_fallocate(file.fileno(), 0, max(1, about.f_bavail * about.f_frsize - left))


def main(arguments: list[str]) -> int:
    """Try the faults, or those whose name holds a given word; 1 when one did harm."""
    parser = argparse.ArgumentParser(prog="python -m trust faults", description=__doc__)
    parser.add_argument("word", nargs="?", default="", help="try only faults with this word")
    word = parser.parse_args(arguments).word
    harmful = 0
    with tempfile.TemporaryDirectory(prefix="w2s-faults-") as name:
        workshop = Workshop(Path(name).resolve())
        for fault in [one for one in FAULTS if word in one.__name__]:
            start, verdict = time.monotonic(), "no harm"
            try:
                fault(workshop)
            except Exception:
                harmful, verdict = harmful + 1, "HARM"
                traceback.print_exc()
            what, seconds = fault.__name__.replace("_", " "), time.monotonic() - start
            print(f"faults: {what}: {verdict} ({seconds:.0f} s)", flush=True)
    print(f"faults: {f'{harmful} did harm' if harmful else 'all is well'}")
    return int(harmful > 0)
