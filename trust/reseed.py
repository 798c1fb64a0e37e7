"""Every Monte Carlo claim at paper scale, decided anew with other seeds.

    python -m trust reseed [--seeds 20] [--first 1] [--pages PART/NAME ...] [--processes 2]
                           [--minutes M] [--record]

Runs seed by seed, so that at every moment all pages have been tried about equally often. A result
is kept under ``_build/reseed/`` by page, number and code, and is not computed again: an interrupted
run goes on where it stopped. ``--record`` writes ``book/reseed.json``, which the status page shows.
The exit status is 1 when a claim failed more often than its tolerance predicts, or when the pooled
z-scores are not standard normal.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from press import claims_record
from press.files import write_json
from press.pages import Book, Page, find_root, read_book
from press.site.other_seeds import RECORD, numbers_key
from press.sources import Source, read_source
from trust.code_key import code_key
from trust.rerun import is_statistical, stated
from trust.reseed_record import read_notes, summary, wrong
from w2s._command import UserError

Run = dict[str, Any]
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Job:
    """One page with one seed."""

    root: str
    page: Page
    number: int
    key: str

    @property
    def seed(self) -> int:
        """The page's own seed of that number: no two pages share their random numbers."""
        text = f"{self.page.id} {self.number}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:4], "big") // 2

    @property
    def path(self) -> Path:
        """Where the result is kept."""
        folder = Path(self.root, "_build", "reseed", self.page.id)
        return folder / f"{self.number}-{self.key[:16]}.json"


def statistical(book: Book, names: list[str]) -> list[tuple[Source, str]]:
    """Return the pages that decide a claim with a standard error, and the hash of their code."""
    pages = [book.page(name) for name in names] or list(book.notebooks)
    sources = [read_source(book, page) for page in pages]
    return [(source, code_key(book, source)) for source in sources if is_statistical(source)]


def jobs_of(book: Book, keys: dict[Page, str], numbers: range) -> list[Job]:
    """Return every page with every seed, seed by seed."""
    return [Job(str(book.root), page, k, key) for k in numbers for page, key in keys.items()]


def kept(job: Job) -> Run | None:
    """Return a result that was computed before, by the same code, without an error."""
    try:
        run = json.loads(job.path.read_text(encoding="utf-8"))
        good = run["seed"] == job.seed and not run["error"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return run if good else None


def perform(job: Job) -> Run:
    """Run a page with another seed in this process, and keep what came of it."""
    os.chdir(job.root)
    book = read_book(Path(job.root))
    source = read_source(book, job.page)
    start = time.perf_counter()
    run: Run = {"page": job.page.id, "number": job.number, "seed": job.seed, "error": ""}
    try:
        run["claims"] = stated(source, job.seed)
    except Exception as error:  # a page may refuse a seed in any way; that is a finding
        run |= {"claims": [], "error": f"{type(error).__name__}: {error}"}
    run["seconds"] = round(time.perf_counter() - start, 1)
    if code_key(book, source) != job.key:
        return run | {"error": "its code changed while it ran: start again"}
    write_json(job.path, run)
    gc.collect()
    return run


def execute(jobs: list[Job], processes: int, minutes: float) -> Iterator[tuple[Job, Run]]:
    """Perform the jobs in their order; start none after so many minutes."""
    deadline = time.monotonic() + 60 * minutes
    context = multiprocessing.get_context("spawn")
    waiting, running = iter(jobs), {}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    with ProcessPoolExecutor(processes, context, initializer=_end_with_the_parent) as pool:
        while True:
            while len(running) < processes and time.monotonic() < deadline:
                job = next(waiting, None)
                if job is None:
                    break
                running[pool.submit(perform, job)] = job
            if not running:
                return
            done: set[Future[Run]] = wait(running, return_when=FIRST_COMPLETED).done
            for future in done:
                yield running.pop(future), future.result()


def _end_with_the_parent() -> None:
    """End this process when the one that started it is gone, however it went."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def told(run: Run) -> str:
    """Return one line about a run."""
    line = f"{run['number']:>3}  {run['page']:<38} {run['seconds']:6.1f} s  "
    if run["error"]:
        return line + run["error"]
    odd = [f"{claim['id']} {claim['verdict']}" for claim in run["claims"] if not claim["passed"]]
    return line + (", ".join(odd) or f"{len(run['claims'])} claims pass")


def main(arguments: list[str]) -> int:
    """Run what is missing, judge what is there, write the record if asked."""
    parser = argparse.ArgumentParser(prog="python -m trust reseed", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seeds", type=int, default=20, help="how many other seeds (20)")
    parser.add_argument("--first", type=int, default=1, help="number of the first one (1)")
    parser.add_argument("--pages", nargs="+", default=[], metavar="PART/NAME")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=1e6, help="start no page after them")
    parser.add_argument("--record", action="store_true", help="write book/reseed.json")
    options = parser.parse_args(arguments)
    if options.seeds < 1 or options.first < 1 or options.processes < 1 or options.minutes < 0:
        parser.error("--seeds, --first and --processes are at least 1, --minutes at least 0")
    try:
        return reseed(read_book(find_root(Path.cwd())), options)
    except UserError as error:
        print(f"reseed: {error}", file=sys.stderr)
        return 2


def reseed(book: Book, options: argparse.Namespace) -> int:
    """Do what the command line asks, in a checkout."""
    keys = {source.page: key for source, key in statistical(book, options.pages)}
    if not keys:
        raise UserError("none of these pages decides a claim with a standard error")
    jobs = jobs_of(book, keys, range(options.first, options.first + options.seeds))
    runs = {job: run for job in jobs if (run := kept(job)) is not None}
    print(f"{len(keys)} pages, {options.seeds} seeds; {len(runs)} of {len(jobs)} runs are kept")
    missing = [job for job in jobs if job not in runs]
    for job, run in execute(missing, options.processes, options.minutes):
        print(told(run), flush=True)
        runs[job] = run
    if not runs:
        raise UserError("nothing has been run: give it more --minutes")
    published = claims_record.read_accepted(book)
    claims = published.claims if published else ()
    numbers = {page.id: numbers_key(claims, page.id) for page in keys}
    record = summary(runs.values(), numbers, read_notes())
    if options.record:
        write_json(book.root / RECORD, record)
    return report(record)


def report(record: Mapping[str, Any]) -> int:
    """Tell what a record says; return 1 when chance does not explain it."""
    for name in ("failed", "undecided"):
        for one in record[name]:
            print(f"{one['verdict']}: {one['id']} with seed {one['seed']}: {one['evidence']}")
    print(
        f"{record['cases']} decisions of {record['claims']} claims: {len(record['failed'])} failed "
        f"({record['expected']:.1f} expected at most), {len(record['undecided'])} undecided"
    )
    for name, left in record["narrow"].items():
        print(f"narrow: {name} holds by {left:.1f} standard errors more than it must, on average")
    for test in record["tests"]:
        print(
            f"{test['name']}: {test['value']:.4f} ± {test['error']:.4f}, "
            f"expected {test['expected']:.4f}, p = {test['p']:.2g}"
        )
    faults = wrong(record)
    for line in faults:
        print(f"WRONG: {line}")
    return int(bool(faults))
