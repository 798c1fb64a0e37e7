"""Every Monte Carlo claim at paper scale, decided anew with other seeds.

    python -m trust reseed [--seeds 20] [--first 1] [--pages PART/NAME ...] [--processes 2]
                           [--minutes M] [--record [--rerun] [--merge CHECKOUT ...]] [--missing]

Runs seed by seed, so that at every moment all pages have been tried about equally often. A result
is kept under ``_build/reseed/`` by page, number and code, and is not computed again: an interrupted
run goes on where it stopped.

With ``--record`` it runs what ``book/other_seeds/``, the committed record, lacks, adds every run as
it ends, and judges the whole record; kept results count as run, those of other checkouts too. Runs
beside other published numbers than today's leave the record first. ``--minutes 0`` runs nothing.

The exit status is 1 when a claim failed more often than its tolerance predicts, or when the pooled
z-scores are not standard normal.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from press.files import write_json
from press.pages import Book, Page, find_root, read_book
from press.seeds.record import seed_of
from press.seeds.summary import read_notes, summary, wrong
from press.sources import Source, read_source
from trust.code_key import code_key
from trust.rerun import is_statistical, stated
from trust.reseed_record import Pair, Record, good, lacking
from w2s._command import UserError

Run = dict[str, Any]
CHANGED = "its code changed while it ran: start again"
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
        return seed_of(self.page.id, self.number)

    @property
    def pair(self) -> Pair:
        """Its page and number, which name it in the record."""
        return self.page.id, self.number

    @property
    def path(self) -> Path:
        """Where the result is kept."""
        folder = Path(self.root, "_build", "reseed", self.page.id)
        return folder / f"{self.number}-{self.key[:16]}.json"


def statistical(book: Book, names: Iterable[str] = ()) -> list[Source]:
    """Return the pages, of those named or of all, that decide a claim with a standard error."""
    pages = [book.page(name) for name in names] or list(book.notebooks)
    return [source for page in pages if is_statistical(source := read_source(book, page))]


def keys_of(book: Book, sources: Iterable[Source]) -> dict[Page, str]:
    """Return the hash of each page's code."""
    return {source.page: code_key(book, source) for source in sources}


def jobs_of(book: Book, keys: dict[Page, str], numbers: Iterable[int]) -> list[Job]:
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
        return run | {"error": CHANGED}
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
    parser.add_argument("--record", action="store_true", help="run what the record lacks, add it")
    parser.add_argument(
        "--rerun",
        action="store_true",
        help="run recorded ones again, but those this code has run here",
    )
    parser.add_argument("--merge", nargs="+", default=[], metavar="CHECKOUT", type=Path,
                        help="add what other checkouts recorded or kept")  # fmt: skip
    parser.add_argument("--missing", action="store_true", help="say what the record lacks, and end")
    options = parser.parse_args(arguments)
    if options.seeds < 1 or options.first < 1 or options.processes < 1 or options.minutes < 0:
        parser.error("--seeds, --first and --processes are at least 1, --minutes at least 0")
    if (options.rerun or options.merge) and not options.record:
        parser.error("--rerun and --merge change the record: add --record")
    try:
        return reseed(read_book(find_root(Path.cwd())), options)
    except UserError as error:
        print(f"reseed: {error}", file=sys.stderr)
        return 2


def reseed(book: Book, options: argparse.Namespace) -> int:
    """Do what the command line asks, in a checkout."""
    sources = statistical(book, options.pages)
    if not sources:
        raise UserError("none of these pages decides a claim with a standard error")
    numbers = range(options.first, options.first + options.seeds)
    if options.missing:
        asked = [(source.page.id, number) for source in sources for number in numbers]
        print("\n".join(lacking(asked, Record.of(book).runs())) or "the record lacks nothing")
        return 0
    keys = keys_of(book, sources)
    jobs = jobs_of(book, keys, numbers)
    if options.record:
        return into_record(book, jobs, options)
    runs = {job: run for job in jobs if (run := kept(job)) is not None}
    print(f"{len(keys)} pages, {options.seeds} seeds; {len(runs)} of {len(jobs)} runs are kept")
    missing = [job for job in jobs if job not in runs]
    for job, run in execute(missing, options.processes, options.minutes):
        print(told(run), flush=True)
        runs[job] = run
    return judge(book, runs.values())


def into_record(book: Book, jobs: list[Job], options: argparse.Namespace) -> int:
    """Bring the record up to date: what leaves it, what was run already, what it still lacks."""
    record = Record.of(book)
    print("".join(f"{line}\n" for line in record.drop_outdated()), end="")
    done = set() if options.rerun else good(record.runs())
    found = [run for job in jobs if (run := kept(job)) is not None]
    found += [run for root in options.merge for run in kept_elsewhere(root, record, jobs)]
    new = {pair: run for run in found if (pair := (run["page"], run["number"])) not in done}
    record.add(new.values())
    due = [job for job in jobs if job.pair not in done and job.pair not in new]
    print(f"{len(jobs)} runs are asked for; {len(new)} were kept and are added, {len(due)} are due")
    changed = False
    for _, run in execute(due, options.processes, options.minutes):
        print(told(run), flush=True)
        if run["error"] == CHANGED:
            changed = True
        else:
            record.add([run])
    runs = record.runs()
    print("".join(f"{line}\n" for line in lacking([job.pair for job in jobs], runs)), end="")
    return max(judge(book, runs.values()), int(changed))


def kept_elsewhere(root: Path, record: Record, jobs: list[Job]) -> list[Run]:
    """Return what another checkout has of some jobs, where its published numbers are the same."""
    other = Record.of(read_book(find_root(root)))
    asked = {job.page.id for job in jobs} & {page.id for page in other.book.notebooks}
    same = {page for page in asked if other.numbers(page) == record.numbers(page)}
    for page in sorted(asked - same):
        print(f"{page}: other published numbers in {root}, its runs are not merged")
    keys = keys_of(other.book, statistical(other.book, sorted(same))) if same else {}
    theirs = jobs_of(other.book, keys, sorted({job.number for job in jobs}))
    runs = other.runs()
    recorded = [runs[job.pair] for job in theirs if job.pair in good(runs)]
    return recorded + [run for job in theirs if (run := kept(job)) is not None]


def judge(book: Book, runs: Collection[Run]) -> int:
    """Tell what runs say together; return 1 when chance does not explain it."""
    if not runs:
        raise UserError("nothing has been run: give it more --minutes")
    return report(summary(runs, read_notes(book.root)))


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
