"""The command line of the module: ``w2s diagnose``. The book has its own, ``python -m press``."""

from __future__ import annotations

import argparse
import logging
import shlex
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path

from w2s import __version__, _memory
from w2s._command import Parser, UserError, one_line, processes, reader_left, run


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    main_parser = Parser(prog="w2s", description="Diagnose features of your own models.")
    main_parser.add_argument("--version", action="version", version=f"w2s {__version__}")
    commands = main_parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_diagnose(
        commands.add_parser("diagnose", help="will weak-to-strong help on your own models")
    )
    return main_parser


_ABOUT = """\
Predict from features and labels of the same inputs whether a strong student
trained on a weak teacher's labels beats its teacher, say what to do, and check
the prediction on held-out rows.

FILE is .npy, .npz, .safetensors, Parquet, Arrow, HDF5 (by h5py), .csv or .tsv
of numbers, a folder of Zarr or of datasets.save_to_disk, or a folder or pattern
('part-*.parquet') of files that are the parts of one table; FILE:KEY names an
array, or columns, inside it. Pickles (.pt, .pkl) are not read.
"""
_WORDS = """\
head
  The features are frozen; what is trained on them is a linear head, for teacher,
  student, baseline and ceiling alike. ridge (the default): every column, an
  intercept, and the penalty that cross-validation would choose, or --ridge λ:
  the sum of squared errors plus λ times the sum of squared coefficients (the
  alpha of scikit-learn). ridgeless: no penalty, on the principal components that
  carry --energy of the variance; the theory is exact for it. official: the
  authors' code (a ridge of 1e-6, no intercept). Choose the one that you train.

budget
  Without --n and --N the best split of a budget is planned, in any one unit. A
  label costs 2, an unlabelled input 0.01, and there are 1000 to spend:
    --budget 1000 --label-cost 2 --unlabelled-cost 0.01
  Without either, sizes of a few times the dimensions are proposed.

classes
  Texts, truth values and whole numbers 0, 1, … or 1, 2, … with many rows each
  are classes: one model against the rest for each, one penalty for all, and a
  student that is taught the teacher's scores. Errors are then shares of wrong
  answers; two classes have an AUC besides. --regression takes ratings as the
  numbers that they are.
  --head logistic trains softmax regression in the check; --ridge λ is then the
  sum of log-losses plus λ times the sum of squared coefficients, λ = 1/(2C) of
  scikit-learn (1/C for two classes), else 5 folds choose it. What is predicted
  for it are decisions by the margins of ridge scores: on digits within 0.03 of
  trained logistic heads, from ten labels a class on. --pseudo-labels hard has a
  prediction of its own for ridge heads and two classes; else that of soft ones
  stands for it. Its intervals also hold what the check measured.

no label
  A row without a label still tells of the features: write NaN. Where -1, -100 or
  999 may be such a mark, you are asked: --no-label=-1 says that it is one,
  --no-label none that it is a number like the others.

rows
  Row i of every file is the same input. Rows should be independent: rows that
  repeat another count once, but documents cut into pieces, or a speaker's
  utterances, belong together and make the check too easy: --groups FILE names
  the document or speaker of each row.
  The features must be fresh: where the models were trained or fine-tuned on
  these labels, the features know them, every error here is too small, and
  held-out rows do not show it. --fresh WEAK STRONG LABELS gives rows that they
  have not seen, to test on.

costs
  Time grows with the rows and with the square of the columns, memory with the
  square of the columns only: the rows are read in blocks. --workers and
  --scheduler spread the reading, and change no number.
  --memory is what this process, and each of --workers, may take beside itself,
  in K, M, G, T or per cent of the machine's; 75% if left out. Linux keeps to it,
  whatever a file asks for. Elsewhere sizes that shapes and headers tell are
  compared with it before anything is set aside.

examples
  w2s diagnose --weak weak.safetensors --strong strong.safetensors --labels y.npy
  w2s diagnose --weak W.npy --strong S.npy --labels y.npy --n 200 --N 5000 \\
    --html report.html --json --fail-unless helps > report.json

Exit status: 0; 1 where the answer is not that of --fail-unless, or the
diagnosis broke off; 2 where the input cannot be used, or not within --memory;
130 when interrupted; 141 when the reader of the output had enough.
"""
_WANTED = ("helps", "helps-best")
_UNTOLD = ("scheduler", "workers", "memory")


def _add_diagnose(command: argparse.ArgumentParser) -> None:
    """Describe the arguments of ``w2s diagnose``; `w2s.practice.diagnosis` checks their values."""
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.description, command.epilog = _ABOUT, _WORDS
    add = command.add_argument_group("input").add_argument
    for name, what in (("weak", "weak features"), ("strong", "strong features")):
        add(f"--{name}", required=True, metavar="FILE", help=what)
    add("--labels", required=True, metavar="FILE",
        help="a number or the name of a class for each row; NaN or nothing: no label",
    )  # fmt: skip
    add("--no-label", type=number_or_none, metavar="NUMBER",
        help="number that stands for no label, such as --no-label=-1; none: every number is one",
    )  # fmt: skip
    add("--regression", action="store_true",
        help="whole numbers are numbers, such as ratings, and not names of classes",
    )  # fmt: skip
    add("--groups", metavar="FILE",
        help="document, speaker, … of each row: its rows stay on one side of every split",
    )  # fmt: skip
    add("--fresh", nargs=3, metavar=("WEAK", "STRONG", "LABELS"),
        help="rows that the features have never seen, to test on",
    )  # fmt: skip
    add = command.add_argument_group("what you plan").add_argument
    for name, what in (("n", "labelled inputs"), ("N", "unlabelled inputs")):
        add(f"--{name}", type=int, metavar=name, help=what)
    add("--budget", type=float, metavar="C", help="money to split between the two, see below")
    add("--label-cost", type=float, metavar="c_n", help="price of a label")
    add("--unlabelled-cost", type=float, metavar="c_N", help="price of an unlabelled input")
    add = command.add_argument_group("what you train").add_argument
    add("--head", default="ridge", metavar="HEAD",
        help="ridge (the default), logistic, ridgeless or official, see below",
    )  # fmt: skip
    add("--ridge", type=float, metavar="λ", help="penalty of ridge or logistic; else chosen")
    add("--pseudo-labels", default="soft", metavar="KIND",
        help="of classes: soft (the default), the teacher's scores, or hard, its decisions",
    )  # fmt: skip
    add("--energy", type=float, default=0.99, help="share of the variance to keep (0.99)")
    add = command.add_argument_group("check").add_argument
    add("--heldout", type=float, default=0.2, help="share of the rows for the check (0.2)")
    add("--seed", type=int, default=0, help="root of all random choices (0)")
    add = command.add_argument_group("report").add_argument
    add("--html", type=Path, metavar="PAGE", help="write the report as one page")
    add("--json", action="store_true",
        help="print JSON and nothing else, as w2s/practice/report/diagnosis.schema.json says",
    )  # fmt: skip
    add("--full", action="store_true", help="with curves, surface and spectra in the JSON")
    add("--fail-unless", choices=_WANTED, metavar="ANSWER",
        help="end with status 1 unless the student is predicted to beat its teacher (helps), or "
        "also the strong model fine-tuned on the same labels (helps-best)",
    )  # fmt: skip
    add = command.add_argument_group("machine").add_argument
    add("--scheduler", metavar="ADDRESS", help="of a Dask cluster, tcp://… or tls://…")
    add("--workers", type=processes, metavar="K", help="processes here")
    add("--memory", type=_memory.memory, metavar="SIZE",
        help=f"most memory to take, such as 4G ({_memory.SHARE}%% of the machine's)",
    )  # fmt: skip


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
        Exit status: 0 when all is well, 1 when the diagnosis broke off or could not be written, or
        its answer is not the one of ``--fail-unless``, 2 when the input cannot be used, 130 when
        interrupted.
    """
    return run(lambda: _diagnose(parser().parse_args(arguments)), interrupted="interrupted")


def _diagnose(given: argparse.Namespace) -> int:
    # Before the limit, so that the program itself, and what BLAS keeps for each core, do not count.
    import w2s.practice.diagnosis
    import w2s.practice.report  # noqa: F401

    most = given.memory or _memory.default()
    try:
        with _memory.limited(most):
            return _diagnosed(given)
    except Exception as error:
        if most is None or not _memory.short(error):
            raise
        told = one_line(error) or "out of memory"
        raise UserError(f"--memory {_memory.shown(most)} is not enough: {told}") from error


def _diagnosed(given: argparse.Namespace) -> int:
    if given.full and not given.json:
        raise UserError("--full is about the JSON: give --json, too")
    from w2s._files import not_plain, write_atomically
    from w2s.practice.diagnosis import diagnose
    from w2s.practice.report import progress_line, to_html, to_json, to_terminal

    if given.html is not None and not given.html.parent.is_dir():
        raise UserError(f"--html {given.html}: there is no folder {given.html.parent}")
    if given.html is not None and (what := not_plain(given.html)):
        raise UserError(f"--html {given.html} is {what}")
    if given.html is not None and (read := _read_from(given, given.html)):
        raise UserError(
            f"--html {given.html} would change {read}, which is read: name another file"
        )
    try:
        with progress_line(sys.stderr) as progress:
            found = diagnose(
                given.weak, given.strong, given.labels, n_labelled=given.n, n_unlabelled=given.N,
                budget=given.budget, label_cost=given.label_cost,
                unlabelled_cost=given.unlabelled_cost, head=given.head, ridge=given.ridge,
                pseudo_labels=given.pseudo_labels,
                energy=given.energy, heldout=given.heldout, seed=given.seed,
                no_label=given.no_label, groups=given.groups,
                fresh=given.fresh, regression=given.regression,
                scheduler=given.scheduler, workers=given.workers,
                progress=progress,
            )  # fmt: skip
    except ValueError as error:
        raise UserError(" ".join(str(error).split())) from error
    except (OSError, BrokenExecutor) as error:
        if reader_left(error):
            raise
        print(f"w2s: the diagnosis broke off: {one_line(error)}", file=sys.stderr)
        return 1
    # What a matplotlibrc of the folder or the user says is not used, and so not judged either.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        if given.html is not None:
            write_atomically(given.html, to_html(found, command=_told(given)))
            print(f"page: {one_line(given.html)}", file=sys.stderr)
        if given.json:
            print(to_json(found, full=given.full))
        else:
            to_terminal(found, sys.stdout)
        sys.stdout.flush()
    except (OSError, UnicodeError) as error:  # the latter of a matplotlibrc that is no text
        if reader_left(error):
            raise
        print(f"w2s: the report could not be written: {one_line(error)}", file=sys.stderr)
        return 1
    return _status(found.verdict.answer, given.fail_unless)


def _read_from(given: argparse.Namespace, page: Path) -> str:
    """Return the input that a page would be written into or over, or nothing."""
    from w2s.practice.data.tables.names import located

    page = page.resolve()
    inputs = (given.weak, given.strong, given.labels, given.groups, *(given.fresh or ()))
    for source in filter(None, inputs):
        paths, _ = located(source, None)
        if any(page.is_relative_to(path.resolve()) for path in paths):
            return str(source)
    return ""


def _status(answer: str, wanted: str | None) -> int:
    """Return 1, and say so, where the answer is not the one that was wanted."""
    met = {None: True, "helps": answer.startswith("helps"), "helps-best": answer == "helps"}
    if met[wanted]:
        return 0
    print(f"w2s: --fail-unless {wanted}: the answer is {answer!r}", file=sys.stderr)
    return 1


def _told(given: argparse.Namespace) -> str:
    """Return the command line, without the machines that it names: they change no number."""
    plain = Parser()
    _add_diagnose(plain)
    words = ["w2s", given.command]
    for name, value in vars(given).items():
        if name in (*_UNTOLD, "command") or value == plain.get_default(name):
            continue
        option = f"--{name.replace('_', '-')}"
        text = str(value).removesuffix(".0") if isinstance(value, float) else str(value)
        if value is True:
            words.append(option)
        elif isinstance(value, list):
            words += [option, *value]
        else:
            words += [f"{option}={text}"] if text.startswith("-") else [option, text]
    return shlex.join(words)
