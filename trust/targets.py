"""What reads the files and words of others, as functions of bytes; only documented errors leave.

A target writes the bytes where its reader looks for them (several files are parts of the bytes,
separated by `CUT`) and reads. `survives` calls it: what comes out must be a result, a `ValueError`
or `UserError` of one line, in bounded time, and without having asked for much memory on the way.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from w2s._command import UserError

CUT = b"\n--8<--\n"
SECONDS, BYTES, LONGEST = 20, 1 << 30, 2000  # of processor time; characters of a message
CORPUS = Path(__file__).parent / "corpus"
Target = Callable[[bytes, Path], None]
TARGETS: dict[str, Target] = {}


class Finding(Exception):
    """An input did what no input may do."""


class Late(BaseException):
    """An input took too long; no reader may take this for its own error."""


def target(function: Target) -> Target:
    """List a function of bytes and an empty folder under its name."""
    TARGETS[function.__name__] = function
    return function


def survives(name: str, data: bytes) -> str:
    """Give bytes to a target; return the message of its refusal, empty where there is none.

    Raises
    ------
    Finding
        If anything else than a result or a documented refusal comes out.
    """
    folder = Path(tempfile.mkdtemp(prefix="w2s-fuzz-"))
    before = Path.cwd()
    os.chdir(folder)
    try:
        with _bounded(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            TARGETS[name](data, folder)
        return ""
    except (ValueError, UserError) as error:
        return _refusal(error)
    except Finding:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise Finding(f"{name}: {type(error).__name__}: {error}") from error
    finally:
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)


def warm(name: str) -> None:
    """Import what a target needs, by the kept inputs, without bounds."""
    before = Path.cwd()
    for path in kept(name):
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Exception):
            os.chdir(folder)
            TARGETS[name](path.read_bytes(), Path(folder))
        os.chdir(before)


def kept(name: str) -> list[Path]:
    """Return the inputs that are kept for a target."""
    return sorted(path for path in (CORPUS / name).glob("*") if path.is_file())


def _refusal(error: BaseException) -> str:
    """Return the message of a documented error, or say what is wrong with it."""
    if isinstance(error, UnicodeError):
        raise Finding(f"a bare {type(error).__name__}: {error}") from error
    message, cause = str(error), error
    while cause is not None:
        # Arrow asks for what a packed buffer declares: it is refused, or its pages never touched.
        if isinstance(cause, MemoryError) and type(cause).__name__ != "ArrowMemoryError":
            raise Finding(f"memory was asked for before it was refused: {message}") from error
        cause = cause.__cause__ or cause.__context__
    if not message.strip():
        raise Finding(f"an empty {type(error).__name__}") from error
    return message


@contextlib.contextmanager
def _bounded() -> Iterator[None]:
    """Let a block take so many seconds of the processor, and so much more address space."""

    def late(number: int, frame: Any) -> None:
        raise Late(f"more than {SECONDS} s")

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    statm = Path("/proc/self/statm")  # of Linux; elsewhere memory is not bounded
    pages = int(statm.read_text().split()[0]) if statm.exists() else 0
    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        if pages:
            limit = pages * resource.getpagesize() + BYTES
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _read_all(path: Path, **options: Any) -> None:
    from w2s.practice.data.tables import open_table

    table = open_table(path, **options)
    for start in range(0, min(table.rows, 5000), 1000):
        table.read(start, min(start + 1000, table.rows))
    table.check_unchanged()


def _parts(data: bytes, *names: str) -> None:
    """Write the parts of the bytes, in the order of the names."""
    for name, part in zip(names, data.split(CUT), strict=False):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(part)


@target
def npy(data: bytes, folder: Path) -> None:
    _parts(data, "x.npy", "x.ids.npy")
    _read_all(folder / "x.npy")


@target
def npz(data: bytes, folder: Path) -> None:
    (folder / "x.npz").write_bytes(data)
    _read_all(folder / "x.npz", key="features")


@target
def feature_files(data: bytes, folder: Path) -> None:
    from w2s.practice.data.feature_files import load_features

    for name in ("labels", "weak", "strong"):
        (folder / f"{name}.npz").write_bytes(data)
    load_features(folder, "weak", "strong")


@target
def parquet(data: bytes, folder: Path) -> None:
    (folder / "x.parquet").write_bytes(data)
    _read_all(folder / "x.parquet")


@target
def arrow(data: bytes, folder: Path) -> None:
    (folder / "x.arrow").write_bytes(data)
    _read_all(folder / "x.arrow")


@target
def zarr(data: bytes, folder: Path) -> None:
    _parts(data, "x.zarr/zarr.json", "x.zarr/c/0/0", "x.zarr/c/1/0")
    _read_all(folder / "x.zarr")


@target
def zarr_group(data: bytes, folder: Path) -> None:
    """A group of features and texts, each an array with one chunk."""
    parts = [f"x.zarr/{name}/{part}" for name, last in (("features", "c/0/0"), ("ids", "c/0"))
             for part in ("zarr.json", last)]  # fmt: skip
    _parts(data, "x.zarr/zarr.json", *parts)
    _read_all(folder / "x.zarr", key="features")


@target
def csv(data: bytes, folder: Path) -> None:
    (folder / "x.csv").write_bytes(data)
    _read_all(folder / "x.csv")


@target
def safetensors(data: bytes, folder: Path) -> None:
    (folder / "x.safetensors").write_bytes(data)
    _read_all(folder / "x.safetensors")


@target
def names(data: bytes, folder: Path) -> None:
    """Names of classes, in a file of any kind: its name is the first part."""
    from w2s.practice.data.tables.texts import read_names

    suffix, _, content = data.partition(CUT)
    known = {b"csv": ".csv", b"npz": ".npz"}
    place = folder / f"x{known.get(suffix, '')}"
    place.write_bytes(content)
    read_names(place)


@target
def faces(data: bytes, folder: Path) -> None:
    from w2s.practice.data.raw_formats import utkface

    _parts(data, "23_0_0_1.jpg", "80_1_2_3.jpg")
    list(utkface(folder).blocks())


@target
def mnist(data: bytes, folder: Path) -> None:
    from w2s.practice.data.raw_formats import mnist

    _parts(data, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    list(mnist(folder, ["test"]).blocks())


@target
def cifar10(data: bytes, folder: Path) -> None:
    from w2s.practice.data.raw_formats import cifar10

    for name in (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"):
        (folder / name).write_bytes(data)
    list(cifar10(folder).blocks())


@target
def sst2(data: bytes, folder: Path) -> None:
    from w2s.practice.data.raw_formats import sst2

    (folder / "train.tsv").write_bytes(data)
    list(sst2(folder).blocks())


@target
def moments(data: bytes, folder: Path) -> None:
    from w2s.practice.estimation.moments import JointMoments

    (folder / "state").write_bytes(data)
    JointMoments.load(folder / "state")


@target
def grouped_moments(data: bytes, folder: Path) -> None:
    from w2s.practice.estimation.groups import GroupedMoments

    (folder / "state").write_bytes(data)
    GroupedMoments.load(folder / "state")


@target
def encoder_store(data: bytes, folder: Path) -> None:
    """A partial file with its marker, and a finished file with its ids."""
    from w2s.practice.data.encoders.encoding import _check_finished
    from w2s.practice.data.encoders.store import growing

    _parts(data, "x.progress.json", "x.npy.part", "y.npy", "y.ids.npy")
    with growing(folder / "x.npy", 3, {"about": 1}) as matrix:
        while matrix.done < 3:
            matrix.append(np.zeros((1, 2), dtype=np.float32))
    if (folder / "y.npy").exists():
        _check_finished(folder / "y.npy", np.array(["a", "b", "c"]))


@target
def onnx(data: bytes, folder: Path) -> None:
    from w2s.practice.data.encoders import OnnxModel

    (folder / "x.onnx").write_bytes(data)
    OnnxModel(folder / "x.onnx")({"pixels": np.ones((2, 3), dtype=np.float32)})


@target
def vocabulary(data: bytes, folder: Path) -> None:
    from w2s.practice.data.encoders import WordPiece

    _parts(data, "vocab.txt", "text")
    text = (folder / "text").read_bytes() if (folder / "text").exists() else b"ab c"
    WordPiece(folder / "vocab.txt", 8)([text.decode(errors="replace")])


@target
def claims(data: bytes, folder: Path) -> None:
    from press import claims_on_terminal, claims_record, pages
    from press.site import status

    _parts(data, "book/claims.json")
    book = pages.Book(folder, ())
    record = claims_record.read_accepted(book)
    assert record is not None
    claims_record.failed(record)
    claims_record.drift(record, record)
    with contextlib.redirect_stdout(io.StringIO()):
        claims_on_terminal.claims_table(record, "book/claims.json")
    if record.profile in ("paper", "smoke"):
        status.status_page(book, record, record)


@target
def pairs(data: bytes, folder: Path) -> None:
    from w2s.page.pairs import read_pairs

    (folder / "pairs.csv").write_bytes(data)
    read_pairs(str(folder / "pairs.csv"))


@target
def parameters(data: bytes, folder: Path) -> None:
    """A parameters cell, then ``-p`` pairs, a line each."""
    from press import parameters

    cell, _, rest = data.decode(errors="surrogateescape").partition(CUT.decode())
    given = parameters.parse_pairs(rest.splitlines())
    found = parameters.read_assignments("page", cell)
    defaults = {one.name: one.value for one in found}
    values = parameters.merge("page", defaults, {}, "smoke", given)
    parameters.rewrite(cell, found, values)


@target
def source(data: bytes, folder: Path) -> None:
    """A notebook source with its header, and what it imports."""
    from press import pages, sources, stale

    _parts(data, "notebooks/a.py")
    page = pages.Page("a", "notebooks/a", "notebook")
    book = pages.Book(folder, (page,))
    read = sources.read_source(book, page)
    read.prepared(read.values("smoke"))
    list(stale.imported_modules(folder, book.source(page)))


@target
def contents(data: bytes, folder: Path) -> None:
    """The table of contents, and the list of results."""
    from press import pages
    from press.site import status

    _parts(data, "_toc.yml", "book/results.yml")
    (folder / "book" / "intro.md").parent.mkdir(exist_ok=True)
    (folder / "book" / "intro.md").write_text("# A\n")
    status.read_results(pages.read_book(folder))


@target
def command(data: bytes, folder: Path) -> None:
    """Both command lines: arguments, a line each, and the files they may name."""
    from press import command as press
    from w2s import cli

    words, *_ = data.split(CUT)
    names = ("W.npy", "S.npy", "y.npy", "_toc.yml", "book/claims.json", "book/results.yml")
    _parts(data, "words", *names)
    (folder / "book").mkdir(exist_ok=True)
    (folder / "book" / "intro.md").write_text("# A\n")
    arguments = os.fsdecode(words).split("\n")
    if any(not _harmless(word) for word in arguments):
        return
    said, shown = io.StringIO(), io.StringIO()
    places = ("press.build.build", "press.one.make_one", "webbrowser.open")
    with contextlib.ExitStack() as stack:
        for place in places:  # what a valid book and page would start
            stack.enter_context(mock.patch(place, side_effect=UserError("it would start here")))
        stack.enter_context(contextlib.redirect_stdout(shown))
        stack.enter_context(contextlib.redirect_stderr(said))
        try:
            main = cli.main if arguments[:1] == ["diagnose"] else press.main
            code = main(arguments)
        except SystemExit as end:  # of --help
            code = end.code
    _check_end(code, said.getvalue())


def _harmless(word: str) -> bool:
    """Whether a word leads to no place outside of the folder, no cluster and no processes."""
    return not any(part in word for part in ("/", "..", "--sc", "--wo", "--j", "\0"))


def _check_end(code: Any, said: str) -> None:
    """Exit codes and the standard error are as documented: steps of progress, then one line."""
    if code not in (0, 1, 2):
        raise Finding(f"exit code {code}")
    lines = said.splitlines()
    if code == 2 and not (lines and lines[-1].startswith("w2s: ")):
        raise Finding(f"exit code 2 without a reason: {said[-300:]!r}")
    if any(not line.startswith("w2s: ") for line in lines if code == 2) or len(lines) > 12:
        raise Finding(f"more than one line: {said[-300:]!r}")
    if "Traceback" in said or any(len(line) > LONGEST for line in lines):
        raise Finding(f"a storm: {said[:300]!r}")
