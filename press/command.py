"""The command line of the book: ``python -m press book | one | real | status | …``."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from press.pages import Book, find_root, read_book
from press.parameters import PROFILES, check_profile, parse_pairs
from w2s import __version__
from w2s._command import Parser, UserError, positive, processes, run

TOOLS = ("yaml", "jupytext", "papermill", "ipykernel", "jupyter_book", "bs4", "filelock")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    main_parser = Parser(prog="python -m press", description="Make and inspect the book.")
    main_parser.add_argument("--version", action="version", version=f"w2s {__version__}")
    commands = main_parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = Parser(add_help=False)
    common.add_argument("--root", type=Path, help="folder of _toc.yml (default: found upwards)")
    scale = Parser(add_help=False)
    scale.add_argument("--profile", default="paper", help=f"{' or '.join(PROFILES)} scale")

    book = commands.add_parser("book", parents=[common, scale], help="make the whole checked site")
    book.add_argument("--accept", action="store_true", help="make this run's claims the record")
    book.add_argument("--publish", type=Path, metavar="DIR", help="copy the checked site to DIR")
    book.add_argument("--at", metavar="URL", help="address of the published site")
    book.add_argument("--jobs", type=processes, metavar="K", help="notebooks at once (cores)")
    book.add_argument("--force", action="store_true", help="execute and render everything again")

    book.add_argument("--live", action="store_true", help="pages that readers rerun in the browser")
    book.add_argument("--pyodide", type=Path, metavar="DIR", help="its runtime: a Pyodide release")

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
    real = commands.add_parser(
        "real", parents=[common], help="real networks on real data: fetch, encode, run their pages"
    )
    real.add_argument("--accept", action="store_true", help="make its numbers the record")
    real.add_argument("--fetch", action="store_true", help="fetch the packages and stop there")
    real.add_argument("--rows", type=positive, metavar="K", help="encode K rows and stop there")
    proofs = commands.add_parser("proofs", parents=[common], help="check the proofs with Coq")
    proofs.add_argument("--write", action="store_true", help="write what the theorems rest on")
    live = commands.add_parser("live", parents=[common], help="fetch and check what live pages run")
    live.add_argument("--pyodide", type=Path, metavar="DIR", help="take it from a Pyodide release")
    serve = commands.add_parser("serve", parents=[common], help="serve the rendered site here")
    serve.add_argument("--port", type=positive, default=8000, metavar="K", help="(8000)")
    commands.add_parser("pdf", parents=[common], help="print the rendered site as one PDF")
    commands.add_parser("size", parents=[common], help="how long pages and library are")
    return main_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``python -m press``; those of the process by default.

    Returns
    -------
    int
        Exit status: 0 when all is well, 1 when a page, a claim or a check failed, 2 when the
        input cannot be used, 130 when interrupted.
    """

    def command() -> int:
        given = parser().parse_args(arguments)
        _require_tools()
        root = find_root(Path.cwd()) if given.root is None else _given_root(given.root)
        commands = {
            "book": _book, "one": _one, "status": _status, "figures": _figures, "pdf": _pdf,
            "size": _size, "real": _real, "proofs": _proofs, "serve": _serve,
            "live": _live,
        }  # fmt: skip
        return commands[given.command](read_book(root), given)

    return run(command, interrupted="interrupted; finished notebooks are kept")


def _book(book: Book, given: argparse.Namespace) -> int:
    from press.build import Options, build
    from press.owned import check_target
    from press.progress import Progress
    from press.site.address import check_address
    from press.site.make import SITE, publish

    profile = check_profile(given.profile)
    if given.at is not None and given.publish is None:
        raise UserError("--at needs --publish: only a published site has an address")
    address = "" if given.at is None else check_address(given.at)
    if given.publish is not None:
        if profile != "paper":
            raise UserError("--publish needs the paper profile: a smoke site is never published")
        given.publish = given.publish.resolve()
        check_target(given.publish, SITE, book.build)
    progress = Progress()
    if given.pyodide is not None and not given.live:
        raise UserError("--pyodide needs --live: only live pages run Pyodide")
    options = Options(profile, given.accept, given.jobs, given.force, given.live, given.pyodide)
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
    from press.one import make_one
    from press.progress import Progress

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


def _real(book: Book, given: argparse.Namespace) -> int:
    from press.progress import Progress
    from press.real import get_packages, make_real

    if given.fetch:
        get_packages(book, Progress())
        return 0
    outcome = make_real(book, given.accept, Progress(), given.rows)
    if outcome.failures:
        _tell(outcome.failures, outcome.hints)
    if outcome.index is not None:
        print(outcome.index)
    return 0 if outcome.ok else 1


def _status(book: Book, given: argparse.Namespace) -> int:
    from press.claims_on_terminal import claims_table, last_record

    record, origin = last_record(book)
    if given.json:
        claims = {"from": origin, "profile": record.profile, "claims": list(record.claims)}
        print(json.dumps(claims, indent=1))
    else:
        claims_table(record, origin)
    return 0 if all(claim["passed"] for claim in record.claims) else 1


def _proofs(book: Book, given: argparse.Namespace) -> int:
    from press.proofs import check_proofs, read_theories

    faults = check_proofs(book, write=given.write)
    for fault in faults:
        print(fault, file=sys.stderr)
    theories = read_theories(book.root)
    for theory in [] if faults else theories:
        print(f"{theory.name:<14} {len(theory.theorems):>3} theorems  {theory.title}")
    return 1 if faults else 0


def _figures(book: Book, given: argparse.Namespace) -> int:
    from press.site.takeaway import pack

    target = (given.target or book.build / "figures").resolve()
    count = pack(book, target)
    print(f"{count} figures with their data: {target} and {target}.zip")
    return 0


def _pdf(book: Book, given: argparse.Namespace) -> int:
    from press.pdf import make_pdf

    print(make_pdf(book))
    return 0


def _live(book: Book, given: argparse.Namespace) -> int:
    from press.live.site import prepare
    from press.progress import Progress

    live = prepare(book, given.pyodide, Progress())
    print(f"{live.megabytes} MB for a page: {live.folder}")
    return 0


def _serve(book: Book, given: argparse.Namespace) -> int:
    from press.live.serve import serve

    if not (book.site / "index.html").is_file():
        raise UserError("there is no rendered site to serve: make book first")
    serve(book.site, given.port, print)
    return 0


def _size(book: Book, given: argparse.Namespace) -> int:
    from press.size import report

    print(report(book.root))
    return 0


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


def _require_tools() -> None:
    from press.environment import missing_packages

    missing = [name for name in TOOLS if importlib.util.find_spec(name) is None]
    missing = missing or missing_packages("book")
    if missing:
        raise UserError(f"{', '.join(missing)} cannot be imported: install the extra w2s[book]")
