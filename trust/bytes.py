"""The same bytes: twice, with one and two processes, BLAS threads, and other Pythons.

The book is made at smoke scale in private copies. Twice, and by one process instead of several,
its notebooks and its site must be the same bytes; so must its notebooks by another Python with the
same NumPy and SciPy. Two BLAS threads and other libraries may add up in another order: then every
difference is told, and every claim must agree within its tolerance.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from press import stale
from press.pages import Book, Page, read_book
from press.pool import cores, environment, warm_up
from press.sources import read_source
from press.worker import Job, Result
from trust import interpreters
from trust.compare import compare, files_below, moved_claims, tell
from w2s._command import UserError

ROOT = Path(__file__).resolve().parents[1]
PROFILE = "smoke"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "_build", "*.ipynb", "__pycache__", ".*_cache", ".hypothesis", "status.md",
    "_generated", "tests",
)  # fmt: skip
# Quick pages that between them use least squares, factorisations, eigenvalues and Lanczos; none
# gathers from the others, whose results would decide its own.
FEW = (
    "discrepancy/bias", "discrepancy/single_models", "discrepancy/variance_theorem",
    "random_features/fig3", "random_features/relu_spectrum", "random_features/setup",
    "random_features/shrinkage", "random_features/fig5",
)  # fmt: skip
_BLAS = (
    "import numpy, threadpoolctl; "
    "print(max(p['num_threads'] for p in threadpoolctl.threadpool_info() "
    "if p['user_api'] == 'blas'))"
)


class Broken(Exception):
    """A run that did not come to its end."""


@dataclass
class Report:
    """What is printed, and whether all is as it must be."""

    ok: bool = True

    def say(self, text: str) -> None:
        print(f"bytes: {text}", flush=True)

    def judge(
        self, what: str, first: Path, second: Path, names: Sequence[str], pages: tuple[Page, ...],
        *, to_the_byte: bool,
    ) -> None:  # fmt: skip
        """Compare files of two copies and the claims of pages; tell what differs."""
        found = compare(first, second, names)
        unlike = len({one.file for one in found})
        moved = moved_claims(first, second, pages, PROFILE)
        good = not moved and not (found and to_the_byte)
        self.ok &= good
        same = f"all {len(names)} files are the same bytes"
        differ = f"{unlike} of {len(names)} files differ, in {len(found)} places"
        self.say(f"{what}: {differ if found else same}{'' if good else ': FAILED'}")
        for line in tell(found):
            print(f"    {line}")
        if moved:
            print("    claims that moved by more than their tolerance:")
        elif found:
            print("    every claim agrees within its tolerance")
        for line in moved:
            print(f"    {line}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m trust bytes", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every page in every variant")
    parser.add_argument(
        "--python", action="append", default=[], type=Path, metavar="PATH",
        help="another CPython (repeatable; default: one of each version found)",
    )  # fmt: skip
    parser.add_argument("--keep", type=Path, metavar="DIR", help="work in DIR and leave it there")
    given = parser.parse_args(arguments)
    report = Report()
    start = time.perf_counter()
    try:
        with _workplace(given.keep) as place:
            _whole(place, report, every=given.all)
            _variants(place, report, given)
    except (Broken, UserError) as error:
        report.say(f"FAILED: {error}")
        return 1
    report.say(f"{'all is well' if report.ok else 'FAILED'}, {time.perf_counter() - start:.0f} s")
    return 0 if report.ok else 1


@contextlib.contextmanager
def _workplace(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="w2s-bytes-") as folder:
        yield Path(folder).resolve()


def _whole(place: Path, report: Report, *, every: bool) -> None:
    """The book twice, with two processes and with one; the site is rendered and checked twice."""
    first = shutil.copytree(ROOT, place / "first", ignore=LEFT_OUT)
    _press(first, jobs=2)
    if every:
        again = shutil.copytree(first, place / "again", ignore=LEFT_OUT)
        count = "every page"
    else:
        again = _partly_made(first, place / "again")
        count = f"{len(FEW)} pages"
    _press(again, jobs=1)
    book = read_book(first)
    names = [f"{page.entry}.ipynb" for page in book.notebooks]
    names += [
        f"_build/html/{name}" for name in files_below(first / "_build/html", again / "_build/html")
    ]
    what = f"twice, {count} by one process instead of two, the site rendered anew"
    report.judge(what, first, again, names, book.notebooks, to_the_byte=True)


def _partly_made(first: Path, target: Path) -> Path:
    """Copy a finished book without its site, and without what its pages of `FEW` gave."""
    shutil.copytree(
        first, target, ignore=shutil.ignore_patterns("html", "html.json", "status.md", "_generated")
    )
    book = read_book(target)
    for page in map(book.page, FEW):
        book.executed(page).unlink()
        stale.state_path(book, page, PROFILE).unlink()
        stale.kept_path(book, page, PROFILE).unlink()
    return target


def _press(root: Path, jobs: int) -> None:
    command = [sys.executable, "-m", "press", "book", "--profile", PROFILE, "--jobs", str(jobs)]
    done = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        raise Broken(f"the press ended with {done.returncode}:\n{done.stdout}")


def _variants(place: Path, report: Report, given: argparse.Namespace) -> None:
    """Notebooks alone, with two BLAS threads and by other Pythons."""
    book = read_book(place / "first")
    if given.all:
        pages = tuple(p for p in book.notebooks if not read_source(book, p).gathers)
    else:
        pages = tuple(map(book.page, FEW))
    names = [f"{page.entry}.ipynb" for page in pages]

    ours = interpreters.libraries(Path(sys.executable))

    def variant(what: str, python: Path, threads: int) -> None:
        root = shutil.copytree(place / "first", place / what.replace(" ", "-"), ignore=LEFT_OUT)
        execute(read_book(root), pages, python, threads)
        libraries = interpreters.libraries(python)
        same = threads == 1 and libraries == ours
        told = f"{what} with {libraries}, {len(pages)} pages"
        report.judge(told, place / "first", root, names, pages, to_the_byte=same)

    if blas_threads(book, Path(sys.executable), 2) == 2:
        variant("two BLAS threads", Path(sys.executable), 2)
    else:
        report.say("two BLAS threads: this machine gives only one, not tried")
    others = interpreters.found(given.python)
    if not others:
        report.say("other Pythons: none was found")
    for version, python in others.items():
        variant(f"Python {version}", interpreters.environment(python, version, ROOT), 1)


def blas_threads(book: Book, python: Path, threads: int) -> int:
    """Return how many threads the BLAS of a notebook really has when it is allowed so many."""
    done = subprocess.run(
        [str(python), "-c", _BLAS], env=_environment(book, threads), capture_output=True, text=True
    )
    return int(done.stdout) if done.returncode == 0 else 0


def _environment(book: Book, threads: int) -> dict[str, str]:
    return environment(book) | dict.fromkeys(THREADS, str(threads))


def execute(book: Book, pages: Sequence[Page], python: Path, threads: int) -> None:
    """Execute pages by the press's own worker, under a Python and with BLAS threads of choice."""
    warm_up(book)
    at_once = max(1, cores() // threads)
    with ThreadPoolExecutor(at_once) as pool:
        results = list(pool.map(lambda page: _worker(book, page, python, threads), pages))
    for page, result in zip(pages, results, strict=True):
        if not result.ok:
            raise Broken(f"{page.id} under {python}: {result.failure or result.problems}")


def _worker(book: Book, page: Page, python: Path, threads: int) -> Result:
    values = read_source(book, page).values(PROFILE)
    partial = book.run / f"{page.id}.partial.ipynb"
    job = Job(str(book.root), vars(page), values, str(book.executed(page)), str(partial))
    process = subprocess.Popen(
        [str(python), "-m", "press.worker"], cwd=book.root, text=True,
        env=_environment(book, threads), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    # Its input stays open while it works: it ends itself when that is closed.
    with process:
        process.stdin.write(json.dumps(asdict(job)) + "\n")
        process.stdin.flush()
        lines = process.stdout.read().splitlines()
    try:
        return Result(**json.loads(lines[-1]))
    except (IndexError, ValueError, TypeError):
        return Result(failure=f"its process ended with status {process.returncode}")
