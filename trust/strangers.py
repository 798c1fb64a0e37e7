"""What a stranger may hand over, opened by a process of its own: ``python -m trust strangers``.

Each hostile file, folder or name is written beside good data and given to `w2s diagnose`, or to the
reader of models, with 512 MiB of memory. It must be refused in one line, or change nothing; within
bounds of memory and time, without a trace of foreign code, and with everything that a user keeps as
it was. Every input of ``trust/corpus`` is replayed, too.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import traceback
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trust.seeds import Bomb, archive, header, npy
from trust.targets import TARGETS, Finding, kept, survives

ROOT = Path(__file__).resolve().parents[1]
MEMORY, MOST, SECONDS = "512M", 1 << 30, 60  # of a limit; bytes in use; until it is too late
SECRET = "what others may not read or change"
TRACE = "taken"  # a file that foreign code would leave
_READ_MODEL = """
import sys
from w2s._command import UserError, run
from w2s.practice.data.encoders import OnnxModel

def read():
    try:
        OnnxModel("x.onnx")
    except ValueError as error:
        raise UserError(str(error)) from error
    return 0

sys.exit(run(read, interrupted="interrupted"))
"""


@dataclass(frozen=True)
class Stranger:
    """Something hostile.

    Attributes
    ----------
    write : callable
        Writes it into a folder with good data, and returns the words after ``w2s diagnose`` that
        take the place of others, or None for the reader of ``x.onnx``.
    code : int
        The right exit code: 2 where it is refused, 0 where it must change nothing.
    says : str
        What the one line of a refusal holds.
    """

    write: Callable[[Path], list[str] | None]
    code: int = 2
    says: str = ""


STRANGERS: dict[str, Stranger] = {}


def stranger(code: int = 2, says: str = "") -> Callable[[Callable[[Path], list[str] | None]], None]:
    """List a function that writes something hostile, under its name in words."""

    def listed(write: Callable[[Path], list[str] | None]) -> None:
        STRANGERS[write.__name__.replace("_", " ")] = Stranger(write, code, says)

    return listed


def weak(name: str) -> list[str]:
    return ["--weak", name]


@stranger(says="packed by another method than NumPy's")
def an_archive_packed_by_bzip2(folder: Path) -> list[str]:
    content = header((1 << 28,)) + bytes(1 << 28)
    packed = archive(zipfile.ZIP_BZIP2, **{"features.npy": content})
    (folder / "x.npz").write_bytes(packed)
    return weak("x.npz")


@stranger(says="declared by only")
def an_archive_of_zeros(folder: Path) -> list[str]:
    content = header((1 << 27, 1), "|u1") + bytes(1 << 27)
    (folder / "x.npz").write_bytes(archive(zipfile.ZIP_DEFLATED, **{"features.npy": content}))
    return weak("x.npz")


@stranger(says="allow_pickle=False")
def an_array_of_python_objects(folder: Path) -> list[str]:
    (folder / "x.npy").write_bytes(npy(np.array([[Bomb()]], dtype=object)))
    return weak("x.npy")


@stranger(says="a pickle, which is not read")
def a_file_of_torch(folder: Path) -> list[str]:
    (folder / "x.pt").write_bytes(archive(**{"x/data.pkl": b"cos\nsystem\n(S'touch taken'\ntR."}))
    return weak("x.pt")


@stranger(says="memory, only")
def a_table_too_wide_for_the_memory(folder: Path) -> list[str]:
    np.save(folder / "x.npy", np.zeros((900, 20_000), np.int8))
    return weak("x.npy")


def columns(name: str) -> Callable[[Path], list[str]]:
    """Return what writes one of the hostile tables of the tests."""

    def write(folder: Path) -> list[str]:
        import pyarrow as pa

        from tests.practice.test_hostile_columns import HOSTILE

        content, written, options = HOSTILE[name]
        written(pa.table(content), str(folder / "x"), **options)
        return weak("x")

    return write


for _name in (
    "a list in Parquet", "a page of Parquet", "no dictionary", "a text that many rows share",
    "a list in Feather", "a dictionary in Feather", "a list in a stream",
):  # fmt: skip
    STRANGERS[f"columns: {_name}"] = Stranger(columns(_name), says="declared by only")


def store(folder: Path, **options: object) -> Path:
    """Write a good store of the rows of W.npy, and return one of its chunks."""
    import zarr

    zarr.create_array(str(folder / "x.zarr"), data=np.load(folder / "W.npy"), **options)
    return folder / "x.zarr" / "c" / "0" / "0"


@stranger(says="is a link, which is not followed")
def a_chunk_linked_to_a_device_without_end(folder: Path) -> list[str]:
    chunk = store(folder, compressors=None)
    chunk.unlink()
    chunk.symlink_to("/dev/zero")
    return weak("x.zarr")


@stranger(says="is a link, which is not followed")
def a_chunk_linked_to_a_secret(folder: Path) -> list[str]:
    chunk = store(folder, compressors=None)
    chunk.unlink()
    chunk.symlink_to(folder.parent / "secret")
    return weak("x.zarr")


@stranger(says="is no file")
def a_pipe_in_place_of_a_chunk(folder: Path) -> list[str]:
    chunk = store(folder, compressors=None)
    chunk.unlink()
    os.mkfifo(chunk)
    return weak("x.zarr")


@stranger(says="gives")
def a_chunk_that_gives_a_gigabyte(folder: Path) -> list[str]:
    import numcodecs
    from zarr.codecs import ZstdCodec

    store(folder, compressors=ZstdCodec()).write_bytes(numcodecs.Zstd().encode(bytes(1 << 29)))
    return weak("x.zarr")


def described(folder: Path, changes: Callable[[dict[str, object]], None]) -> list[str]:
    place = folder / "x.zarr" / "zarr.json"
    about = json.loads(place.read_text(encoding="utf-8"))
    changes(about)
    place.write_text(json.dumps(about), encoding="utf-8")
    return weak("x.zarr")


@stranger(says="x.zarr")
def a_codec_that_unpickles(folder: Path) -> list[str]:
    store(folder)
    foreign = {"name": "numcodecs.pickle", "configuration": {}}
    return described(folder, lambda about: about.update(codecs=[foreign]))


@stranger(says="too large to unpack")
def a_chunk_of_a_huge_shape(folder: Path) -> list[str]:
    store(folder)
    grid = {"name": "regular", "configuration": {"chunk_shape": [1 << 20, 1 << 20]}}
    return described(folder, lambda about: about.update(chunk_grid=grid))


@stranger(code=0)
def consolidated_metadata_that_lies(folder: Path) -> list[str]:
    import zarr

    group = zarr.create_group(str(folder / "x.zarr"))
    group.create_array("features", data=np.load(folder / "W.npy"))
    zarr.consolidate_metadata(str(folder / "x.zarr"))

    def lies(about: dict[str, object]) -> None:
        said = about["consolidated_metadata"]["metadata"]["features"]  # type: ignore[index]
        said["codecs"] = [{"name": "numcodecs.pickle", "configuration": {}}]

    return described(folder, lies)


def model(folder: Path, name: str, *, place: str = "") -> None:
    """Write a model whose one tensor keeps its values in the file `name`."""
    import onnx
    from onnx import TensorProto, helper

    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[3, 2])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", name), ("length", "24")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    x, y = (
        helper.make_tensor_value_info(one, TensorProto.FLOAT, ["n", width])
        for one, width in (("x", 3), ("y", 2))
    )
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [x], [y], initializer=[tensor]
    )
    opset = [helper.make_opsetid("", 13)]
    onnx.save_model(helper.make_model(graph, opset_imports=opset, ir_version=8), folder / "x.onnx")


@stranger(says="outside its folder")
def weights_in_the_folder_above(folder: Path) -> None:
    model(folder, "../secret")


@stranger(says="outside its folder")
def weights_at_an_absolute_path(folder: Path) -> None:
    model(folder, str(folder.parent / "secret"))


@stranger(says="by the link")
def weights_by_a_link(folder: Path) -> None:
    (folder / "w.bin").symlink_to(folder.parent / "secret")
    model(folder, "w.bin")


@stranger(says="a device")
def a_device_without_end_for_labels(folder: Path) -> list[str]:
    (folder / "endless.npy").symlink_to("/dev/zero")
    return ["--labels", "endless.npy"]


@stranger(says="a pipe")
def a_pipe_for_labels(folder: Path) -> list[str]:
    os.mkfifo(folder / "pipe.npy")
    return ["--labels", "pipe.npy"]


@stranger(says="a socket")
def a_socket_for_labels(folder: Path) -> list[str]:
    with socket.socket(socket.AF_UNIX) as one:
        before = Path.cwd()
        os.chdir(folder)  # an address may have 108 bytes
        try:
            one.bind("socket.npy")
        finally:
            os.chdir(before)
    return ["--labels", "socket.npy"]


@stranger(says="a link")
def a_link_where_the_page_goes(folder: Path) -> list[str]:
    (folder / "page.html").symlink_to(folder.parent / "secret")
    return ["--html", "page.html"]


@stranger(says="a pipe")
def a_pipe_where_the_page_goes(folder: Path) -> list[str]:
    os.mkfifo(folder / "page.html")
    return ["--html", "page.html"]


@stranger(says="a device")
def a_device_where_the_page_goes(folder: Path) -> list[str]:
    return ["--html", "/dev/null"]


@stranger(says="which is read: name another file")
def a_page_over_its_own_input(folder: Path) -> list[str]:
    return ["--html", "y.npy"]


@stranger(code=0)
def a_name_that_gives_orders_to_a_terminal(folder: Path) -> list[str]:
    name = "\x1b]0;taken\x07\x1b[2J\x9b.npy"
    (folder / "W.npy").rename(folder / name)
    return [*weak(name), "--html", "\x1b[2J.html"]


@stranger(code=0)
def modules_of_others_in_the_folder(folder: Path) -> list[str]:
    names = ("numpy", "scipy", "joblib", "random", "pickle", "w2s", "sitecustomize", "matplotlib")
    for name in names:
        text = f"open({str(folder / TRACE)!r}, 'a').write({name!r})\nraise SystemExit(3)\n"
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return ["--workers", "2", "--html", "page.html"]


@stranger(code=0)
def settings_of_matplotlib_in_the_folder(folder: Path) -> list[str]:
    text = "text.usetex: True\ntext.latex.preamble: \\input{x}\nsavefig.frameon: True\n"
    (folder / "matplotlibrc").write_text(text, encoding="utf-8")
    return ["--html", "page.html"]


@dataclass(frozen=True)
class Ended:
    """How a process ended: exit code, what it said, bytes that it had in use, seconds."""

    code: int
    out: str
    err: str
    peak: int
    seconds: float


# Measured from a small process: a system counts for a child what its parent had before it.
_LAUNCH = """
import json, pathlib, resource, subprocess, sys, time
seconds, report, *words = sys.argv[1:]
start = time.monotonic()
try:
    code = subprocess.run([sys.executable, *words], timeout=float(seconds)).returncode
except subprocess.TimeoutExpired:
    code = -9
unit = 1 if sys.platform == "darwin" else 1024
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
pathlib.Path(report).write_text(json.dumps([code, peak, time.monotonic() - start]))
"""


def ran(words: list[str], folder: Path, seconds: float = SECONDS) -> Ended:
    """Run a Python from a folder, and end it when it is late."""
    safe = {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(ROOT)}  # as the installed command has it
    quick = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as own:
        report = Path(own) / "report"
        done = subprocess.run(
            [sys.executable, "-c", _LAUNCH, str(seconds), str(report), *words], cwd=folder,
            env=os.environ | safe | quick, stdin=subprocess.DEVNULL, capture_output=True,
            check=False,
        )  # fmt: skip
        code, peak, taken = json.loads(report.read_text(encoding="utf-8"))
    out, err = (told.decode(errors="backslashreplace") for told in (done.stdout, done.stderr))
    return Ended(code, out, err, peak, taken)


def harm(one: Stranger, place: Path) -> tuple[str, Ended]:
    """Return what a stranger did, in no words if no harm, and how the process ended."""
    folder = place / "folder"
    folder.mkdir()
    (place / "secret").write_text(SECRET, encoding="utf-8")
    good(folder)
    words = one.write(folder)
    before = _kept(folder)
    if words is None:
        ended = ran(["-c", _READ_MODEL], folder)
    else:
        usual = ["--weak", "W.npy", "--strong", "S.npy", "--labels", "y.npy"]
        sizes = ["--n", "60", "--N", "200", "--memory", MEMORY]
        ended = ran(["-m", "w2s", "diagnose", *usual, *sizes, *words], folder)
    return "; ".join(_complaints(one, ended, place, before)), ended


def _complaints(
    one: Stranger, ended: Ended, place: Path, before: dict[str, bytes | str]
) -> list[str]:
    said = [line for line in ended.err.splitlines() if not line.startswith(("w2s: reading the",
            "w2s: training on"))]  # fmt: skip
    found = []
    if ended.code != one.code:
        found.append(f"exit code {ended.code}, expected {one.code}: {' '.join(said)[-200:]!r}")
    elif one.code == 2 and (len(said) != 1 or one.says not in said[0]):
        found.append(f"expected one line with {one.says!r}, got {said!r}"[:400])
    elif one.code == 0 and any(not line.startswith("page: ") for line in said):
        found.append(f"it said {said!r}"[:400])
    if ended.peak > MOST:
        found.append(f"{ended.peak >> 20} MiB in use")
    if ended.seconds > SECONDS:
        found.append(f"{ended.seconds:.0f} s")
    if any(not letter.isprintable() and letter != "\n" for letter in ended.out + ended.err):
        found.append("letters that a terminal obeys")
    if SECRET in ended.out + ended.err or (place / "secret").read_text("utf-8") != SECRET:
        found.append("a secret was read or changed")
    after = _kept(place / "folder")
    if TRACE in after:
        found.append(f"foreign code ran: {after[TRACE]!r}")
    changed = [name for name in before if after.get(name) != before[name]]
    if changed:
        found.append(f"changed: {', '.join(changed)}")
    return found


def _kept(folder: Path) -> dict[str, bytes | str]:
    """Return what is in a folder: content of files, targets of links, kinds of others."""
    found: dict[str, bytes | str] = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = path.read_bytes()
        elif not path.is_dir():
            found[name] = f"kind {path.stat().st_mode >> 12}"
    return found


def good(folder: Path) -> None:
    """Write data that a diagnosis likes."""
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((900, 12))
    labels = latent[:, :6].sum(axis=1) / 3 + rng.standard_normal(900)
    for name, array in zip("WSy", (latent[:, 3:], latent[:, :7], labels), strict=True):
        np.save(folder / f"{name}.npy", array.astype(np.float32))


def replayed() -> list[str]:
    """Give every kept input to its reader, and return what broke one."""
    found = []
    for name in TARGETS:
        for path in kept(name):
            try:
                survives(name, path.read_bytes())
            except Finding as finding:
                found.append(f"{name}/{path.name}: {finding}")
    return found


def main(arguments: list[str]) -> int:
    """Try all strangers, or those whose name holds a given word; 1 when one did harm."""
    parser = argparse.ArgumentParser(prog="python -m trust strangers", description=__doc__)
    parser.add_argument("word", nargs="?", default="", help="try only strangers with this word")
    word = parser.parse_args(arguments).word
    chosen = {name: one for name, one in STRANGERS.items() if word in name}
    width, harmful = max(map(len, chosen), default=0), 0
    for name, one in chosen.items():
        with tempfile.TemporaryDirectory(prefix="w2s-strangers-") as place:
            try:
                told, ended = harm(one, Path(place).resolve())
                cost = f"{ended.peak >> 20:4d} MiB {ended.seconds:5.1f} s"
            except Exception:
                told, cost = traceback.format_exc(), ""
        harmful += bool(told)
        verdict = f"HARM: {told}" if told else "refused" if one.code else "changed nothing"
        print(f"strangers: {name:{width}s}  {cost}  {verdict}", flush=True)
    if not word:
        broken = replayed()
        harmful += len(broken)
        for line in broken:
            print(f"strangers: HARM: {line}")
        print(f"strangers: {sum(len(kept(name)) for name in TARGETS)} kept inputs replayed")
    print(f"strangers: {f'{harmful} did harm' if harmful else 'all is well'}")
    return int(harmful > 0)
