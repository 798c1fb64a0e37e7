"""The command line: ``python -m w2s book | one | status | figures | diagnose``."""

from __future__ import annotations

import argparse
import importlib.util
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGHUP, SIGTERM
from types import FrameType

from w2s import __version__
from w2s._display import visible
from w2s.press.files import UserError
from w2s.press.pages import Book, find_root, read_book
from w2s.press.parameters import PROFILES, check_profile, parse_pairs
from w2s.press.progress import never_fail_to_print

TOOLS = ("yaml", "jupytext", "papermill", "ipykernel", "jupyter_book", "bs4")
_LONGEST = 1500  # characters of a message


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, like all others."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UserError(f"{message} (see: {self.prog} --help)")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    main_parser = _Parser(
        prog="w2s", description="Make and inspect the book; diagnose features of your own models."
    )
    main_parser.add_argument("--version", action="version", version=f"w2s {__version__}")
    commands = main_parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = _Parser(add_help=False)
    common.add_argument("--root", type=Path, help="folder of _toc.yml (default: found upwards)")
    scale = _Parser(add_help=False)
    scale.add_argument("--profile", default="paper", help=f"{' or '.join(PROFILES)} scale")

    book = commands.add_parser("book", parents=[common, scale], help="make the whole checked site")
    book.add_argument("--accept", action="store_true", help="make this run's claims the record")
    book.add_argument("--publish", type=Path, metavar="DIR", help="copy the checked site to DIR")
    book.add_argument("--at", metavar="URL", help="address of the published site")
    book.add_argument("--jobs", type=_positive, metavar="K", help="notebooks at once (cores)")
    book.add_argument("--force", action="store_true", help="execute and render everything again")

    one = commands.add_parser("one", parents=[common, scale], help="run and render one page")
    one.add_argument("page", help="a page such as discrepancy/subspaces")
    one.add_argument(
        "-p", dest="parameters", action="append", default=[], metavar="NAME=VALUE",
        help="change a value of the parameters cell (repeatable)",
    )  # fmt: skip
    one.add_argument("--open", action="store_true", help="show the page in a browser")

    status = commands.add_parser("status", parents=[common], help="the claims of the last run")
    status.add_argument("--json", action="store_true", help="machine-readable")
    figures = commands.add_parser("figures", parents=[common], help="all figures with their data")
    figures.add_argument("target", nargs="?", type=Path, metavar="DIR", help="_build/figures")
    _add_diagnose(
        commands.add_parser("diagnose", help="will weak-to-strong help on your own models")
    )
    return main_parser


def _add_diagnose(command: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``w2s diagnose``; `w2s.diagnosis` checks their values."""
    command.description = (
        "Predict from features and labels of the same inputs whether a strong student trained on a "
        "weak teacher's labels beats its teacher, and check the prediction on held-out rows. FILE "
        "is .npy, .npz, Parquet, Arrow or Zarr; FILE:KEY names an array, or columns, inside it."
    )
    for name, what in (("weak", "weak features"), ("strong", "strong features")):
        command.add_argument(f"--{name}", required=True, metavar="FILE", help=what)
    command.add_argument(
        "--labels", required=True, metavar="FILE", help="one number a row; NaN: no label"
    )
    for name, what in (("n", "labelled inputs planned"), ("N", "unlabelled inputs planned")):
        command.add_argument(f"--{name}", type=int, metavar=name, help=what)
    money = (("budget", "C"), ("label-cost", "c_n"), ("unlabelled-cost", "c_N"))
    for name, symbol in money:
        command.add_argument(f"--{name}", type=float, metavar=symbol, help="see --budget")
    command.add_argument(
        "--mode", default="clean", metavar="MODE",
        help="clean (intercept, principal components) or official (ridge 1e-6, neither)",
    )  # fmt: skip
    command.add_argument(
        "--energy", type=float, default=0.99, help="share of the variance to keep (0.99)"
    )
    command.add_argument(
        "--heldout", type=float, default=0.2, help="share of the rows for the check (0.2)"
    )
    command.add_argument("--seed", type=int, default=0, help="root of all random choices (0)")
    command.add_argument("--json", action="store_true", help="print JSON and nothing else")
    command.add_argument("--html", type=Path, metavar="PAGE", help="write the report as one page")
    command.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, tcp://…")
    command.add_argument("--workers", type=_positive, metavar="K", help="processes here")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``w2s``; those of the process by default.

    Returns
    -------
    int
        Exit status: 0 when all is well, 1 when a page, a claim or a check failed, 2 when the
        input cannot be used, 130 when interrupted.
    """
    never_fail_to_print()
    try:
        with _terminated_like_interrupted():
            given = parser().parse_args(arguments)
            if given.command == "diagnose":
                return _diagnose(given)
            _require_tools()
            root = find_root(Path.cwd()) if given.root is None else _given_root(given.root)
            commands = {"book": _book, "one": _one, "status": _status, "figures": _figures}
            return commands[given.command](read_book(root), given)
    except (UserError, OSError) as error:
        print(f"w2s: {_one_line(error)}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"w2s: {error}: the environment is not whole, install it again", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("w2s: interrupted; finished notebooks are kept", file=sys.stderr)
        return 130


def _book(book: Book, given: argparse.Namespace) -> int:
    from w2s.press.address import check_address
    from w2s.press.build import Options, build
    from w2s.press.progress import Progress
    from w2s.press.site import check_target, publish

    profile = check_profile(given.profile)
    if given.at is not None and given.publish is None:
        raise UserError("--at needs --publish: only a published site has an address")
    address = "" if given.at is None else check_address(given.at)
    if given.publish is not None:
        if profile != "paper":
            raise UserError("--publish needs the paper profile: a smoke site is never published")
        given.publish = given.publish.resolve()
        check_target(given.publish)
    progress = Progress()
    options = Options(profile, given.accept, given.jobs, given.force)
    outcome = build(book, options, progress)
    if not outcome.ok:
        _tell(outcome.failures, outcome.hints)
        if outcome.index is not None:
            print(f"not in place, to look at: {outcome.index}", file=sys.stderr)
        return 1
    index = outcome.index if given.publish is None else publish(book, given.publish, address)
    print(index)
    return 0


def _one(book: Book, given: argparse.Namespace) -> int:
    from w2s.press.one import make_one
    from w2s.press.progress import Progress

    page = book.page(given.page)
    pairs = parse_pairs(given.parameters)
    outcome = make_one(book, page, check_profile(given.profile), pairs, Progress())
    if outcome.failures:
        _tell(outcome.failures, outcome.hints)
    if outcome.index is None:
        return 1
    if given.open:
        import webbrowser

        webbrowser.open(outcome.index.as_uri())
    print(outcome.index)
    return 0 if outcome.ok else 1


def _status(book: Book, given: argparse.Namespace) -> int:
    from w2s.press.table import claims_table, last_record

    record, origin = last_record(book)
    if given.json:
        claims = {"from": origin, "profile": record.profile, "claims": list(record.claims)}
        print(json.dumps(claims, indent=1, ensure_ascii=False))
    else:
        claims_table(record, origin)
    return 0 if all(claim["passed"] for claim in record.claims) else 1


def _figures(book: Book, given: argparse.Namespace) -> int:
    from w2s.press.takeaway import pack

    target = (given.target or book.build / "figures").resolve()
    count = pack(book, target)
    print(f"{count} figures with their data: {target} and {target}.zip")
    return 0


def _diagnose(given: argparse.Namespace) -> int:
    from w2s.diagnosis import diagnose
    from w2s.press.files import write_atomically
    from w2s.report import progress_line, to_html, to_json, to_terminal

    if given.html is not None and not given.html.parent.is_dir():
        raise UserError(f"--html {given.html}: there is no folder {given.html.parent}")
    if given.html is not None and given.html.is_dir():
        raise UserError(f"--html {given.html} is a folder")
    try:
        with progress_line(sys.stderr) as progress:
            found = diagnose(
                given.weak, given.strong, given.labels, n_labelled=given.n, n_unlabelled=given.N,
                budget=given.budget, label_cost=given.label_cost,
                unlabelled_cost=given.unlabelled_cost, mode=given.mode, energy=given.energy,
                heldout=given.heldout, seed=given.seed, scheduler=given.scheduler,
                workers=given.workers, progress=progress,
            )  # fmt: skip
    except ValueError as error:
        raise UserError(" ".join(str(error).split())) from error
    except (OSError, MemoryError) as error:
        print(f"w2s: the diagnosis broke off: {str(error) or 'out of memory'}", file=sys.stderr)
        return 1
    try:
        if given.html is not None:
            write_atomically(given.html, to_html(found))
            print(f"page: {given.html}", file=sys.stderr)
        if given.json:
            print(to_json(found))
        else:
            to_terminal(found, sys.stdout)
        sys.stdout.flush()
    except (OSError, MemoryError) as error:
        print(f"w2s: the report could not be written: {error}", file=sys.stderr)
        return 1
    return 0


def _one_line(error: Exception) -> str:
    """Return the message of an error in one line, whatever names it quotes."""
    text = " ".join(str(error).split())
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
    return visible(shown)


def _tell(failures: list[str], hints: list[str]) -> None:
    sys.stdout.flush()
    word = "failure" if len(failures) == 1 else "failures"
    print(f"w2s: {len(failures)} {word}", file=sys.stderr)
    for failure in failures:
        print(f"  {failure}", file=sys.stderr)
    for hint in hints:
        print(f"w2s: {hint}", file=sys.stderr)


def _given_root(folder: Path) -> Path:
    if not (folder / "_toc.yml").is_file():
        raise UserError(f"--root {folder}: there is no _toc.yml in it")
    return folder.resolve()


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def _require_tools() -> None:
    from w2s.press.tools import missing_packages

    missing = [name for name in TOOLS if importlib.util.find_spec(name) is None]
    missing = missing or missing_packages("book")
    if missing:
        raise UserError(f"{', '.join(missing)} cannot be imported: install the extra w2s[book]")


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM and a closed terminal end a run as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (SIGTERM, SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
