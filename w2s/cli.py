"""The command line of the module: ``w2s diagnose``. The book has its own, ``python -m press``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from w2s import __version__
from w2s._command import Parser, UserError, positive, run


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    main_parser = Parser(prog="w2s", description="Diagnose features of your own models.")
    main_parser.add_argument("--version", action="version", version=f"w2s {__version__}")
    commands = main_parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_diagnose(
        commands.add_parser("diagnose", help="will weak-to-strong help on your own models")
    )
    return main_parser


def _add_diagnose(command: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``w2s diagnose``; `w2s.practice.diagnosis` checks their values."""
    command.description = (
        "Predict from features and labels of the same inputs whether a strong student trained on a "
        "weak teacher's labels beats its teacher, and check the prediction on held-out rows. FILE "
        "is .npy, .npz, .safetensors, Parquet, Arrow, HDF5 (by h5py), .csv or .tsv of numbers, a "
        "folder of Zarr or of datasets.save_to_disk, or a folder or pattern ('part-*.parquet') of "
        "files that are the parts of one table; FILE:KEY names an array, or columns, inside it. "
        "Pickles (.pt, .pkl) are not read."
    )
    for name, what in (("weak", "weak features"), ("strong", "strong features")):
        command.add_argument(f"--{name}", required=True, metavar="FILE", help=what)
    command.add_argument(
        "--labels", required=True, metavar="FILE", help="one number a row; NaN: no label"
    )
    command.add_argument(
        "--no-label", type=number_or_none, metavar="NUMBER",
        help="number that stands for no label, such as --no-label=-1; none: every number is one",
    )  # fmt: skip
    for name, what in (("n", "labelled inputs planned"), ("N", "unlabelled inputs planned")):
        command.add_argument(f"--{name}", type=int, metavar=name, help=what)
    money = (("budget", "C"), ("label-cost", "c_n"), ("unlabelled-cost", "c_N"))
    for name, symbol in money:
        command.add_argument(f"--{name}", type=float, metavar=symbol, help="see --budget")
    command.add_argument(
        "--head", default="ridge", metavar="HEAD",
        help="what is trained: ridge (all columns, penalty by cross-validation), ridgeless (least "
        "squares on principal components) or official (the authors' code)",
    )  # fmt: skip
    command.add_argument("--ridge", type=float, metavar="λ", help="a penalty instead of a choice")
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
    command.add_argument("--workers", type=positive, metavar="K", help="processes here")


def number_or_none(text: str) -> float | str:
    """Return a number, or the word "none"."""
    return text if text == "none" else float(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``w2s``; those of the process by default.

    Returns
    -------
    int
        Exit status: 0 when all is well, 1 when the diagnosis broke off or could not be written, 2
        when the input cannot be used, 130 when interrupted.
    """
    return run(lambda: _diagnose(parser().parse_args(arguments)), interrupted="interrupted")


def _diagnose(given: argparse.Namespace) -> int:
    from w2s._files import write_atomically
    from w2s.practice.diagnosis import diagnose
    from w2s.practice.report import progress_line, to_html, to_json, to_terminal

    if given.html is not None and not given.html.parent.is_dir():
        raise UserError(f"--html {given.html}: there is no folder {given.html.parent}")
    if given.html is not None and given.html.is_dir():
        raise UserError(f"--html {given.html} is a folder")
    try:
        with progress_line(sys.stderr) as progress:
            found = diagnose(
                given.weak, given.strong, given.labels, n_labelled=given.n, n_unlabelled=given.N,
                budget=given.budget, label_cost=given.label_cost,
                unlabelled_cost=given.unlabelled_cost, head=given.head, ridge=given.ridge,
                energy=given.energy, heldout=given.heldout, seed=given.seed,
                no_label=given.no_label, scheduler=given.scheduler, workers=given.workers,
                progress=progress,
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
