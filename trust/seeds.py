"""Small valid files of every kind, and hostile ones, from which fuzzing starts.

``python -m trust.seeds`` writes them below ``trust/corpus``. What fuzzing finds is added there by
hand or by ``python -m trust fuzz``, and never removed.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from trust.targets import CORPUS, CUT

ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)
IDS = np.array(["a", "b", "c", "d"])
HUGE = 10**15
TOC = b"format: jb-book\nroot: book/intro\n"
SOURCE = b"""\
# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   w2s:
#     smoke: {trials: 50}
# ---

# %% tags=["parameters"]
profile = "paper"
trials = 400
sizes = [10, 2**4]
"""


class Bomb:
    """What must never be called."""

    def __reduce__(self) -> tuple[Any, ...]:
        return SystemExit, ("unpickled",)


def saved(write: Callable[..., Any], *things: Any, **named: Any) -> bytes:
    """Return the bytes that a function writes to a file."""
    file = io.BytesIO()
    write(file, *things, **named)
    return file.getvalue()


def npy(array: Any) -> bytes:
    return saved(np.save, array, allow_pickle=True)


def header(shape: tuple[int, ...], descr: str = "<f4", content: bytes = b"") -> bytes:
    """Return an ``.npy`` file whose header claims a shape and a type."""
    about = {"descr": descr, "fortran_order": False, "shape": shape}
    return saved(np.lib.format.write_array_header_1_0, about) + content


def archive(packing: int = zipfile.ZIP_STORED, **members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as packed:
        for name, content in members.items():
            packed.writestr(zipfile.ZipInfo(name), content, packing)
    return file.getvalue()


def numpy_files() -> Iterator[tuple[str, str, bytes]]:
    good = saved(np.savez, features=ROWS, labels=ROWS[:, 0], ids=IDS)
    packed = saved(np.savez_compressed, features=ROWS, labels=ROWS[:, 0], ids=IDS)
    ids, labels = npy(IDS), npy(ROWS[:, 0])
    bomb = archive(zipfile.ZIP_BZIP2, **{"features.npy": header((1 << 28,)) + bytes(1 << 27)})
    yield "npy", "good", npy(ROWS) + CUT + ids
    yield "npy", "fortran", npy(np.asfortranarray(ROWS))
    yield "npy", "half", npy(ROWS.astype(np.float16))
    yield "npy", "huge-rows", header((HUGE, 3)) + npy(ROWS)
    yield "npy", "negative", header((-4, 3))
    yield "npy", "overflow", header((1 << 62, 1 << 62))
    yield "npy", "objects", npy(np.array([[Bomb()]], dtype=object))
    yield "npy", "pickle", pickle.dumps(Bomb(), protocol=2)
    yield "npy", "nested-header", header((1,), "<f4").replace(b"'<f4'", b"(" * 5)
    yield "npy", "huge-ids", npy(ROWS) + CUT + header((HUGE,), "<U8")
    for name in ("npz", "feature_files"):
        yield name, "good", good
        yield name, "packed", packed
        yield name, "bomb", bomb
        yield name, "climbs", archive(**{"../features.npy": npy(ROWS), "/ids.npy": ids})
        yield name, "twice", archive(**{"features.npy": npy(ROWS), "features": npy(ROWS)})
        wrong = {"features.npy": header((HUGE, 3)), "ids.npy": ids, "labels.npy": labels}
        yield name, "huge-rows", archive(**wrong)
        wrong["features.npy"] = npy(np.array([[Bomb()]], dtype=object))
        yield name, "objects", archive(**wrong)


def tables() -> Iterator[tuple[str, str, bytes]]:
    import numcodecs
    import pyarrow as pa
    import pyarrow.feather as feather
    import pyarrow.parquet as parquet

    numbers = pa.table({"id": ["a", "b", "c"], "x": [1.0, 2.0, None], "y": [1, 2, 3]})
    lists = pa.table({"x": pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float32()))})
    for name, table in (("numbers", numbers), ("lists", lists)):
        file = pa.BufferOutputStream()
        parquet.write_table(table, file)
        yield "parquet", name, file.getvalue().to_pybytes()
        for compression in ("uncompressed", "lz4"):
            file = pa.BufferOutputStream()
            feather.write_feather(table, file, compression=compression)
            yield "arrow", f"{name}-{compression}", file.getvalue().to_pybytes()
    long = pa.table({"x": [1.0], "id": ["a" * (1 << 27)]})
    file = pa.BufferOutputStream()
    parquet.write_table(long, file, compression="zstd")
    yield "parquet", "long-text", file.getvalue().to_pybytes()
    file = pa.BufferOutputStream()
    feather.write_feather(long, file, compression="zstd")
    yield "arrow", "long-text", file.getvalue().to_pybytes()
    grid = {"name": "regular", "configuration": {"chunk_shape": [2, 3]}}
    keys = {"name": "default", "configuration": {"separator": "/"}}
    about = {
        "shape": [4, 3], "data_type": "float32", "chunk_grid": grid, "chunk_key_encoding": keys,
        "fill_value": 0.0, "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
        "attributes": {}, "zarr_format": 3, "node_type": "array", "storage_transformers": [],
    }  # fmt: skip
    chunks = CUT + ROWS[:2].tobytes() + CUT + ROWS[2:].tobytes()
    yield "zarr", "good", json.dumps(about).encode() + chunks
    yield "zarr", "huge-rows", json.dumps(about | {"shape": [HUGE, 3]}).encode() + chunks
    grid["configuration"] = {"chunk_shape": [HUGE, HUGE]}
    yield "zarr", "huge-chunk", json.dumps(about).encode() + chunks
    grid["configuration"] = {"chunk_shape": [2, 3]}
    zstd = {"name": "zstd", "configuration": {"level": 0, "checksum": False}}
    packed = about | {"codecs": [*about["codecs"], zstd]}
    bomb = bytes(numcodecs.Zstd().encode(bytes(1 << 27)))
    yield "zarr", "bomb", json.dumps(packed).encode() + 2 * (CUT + bomb)
    pickled = about | {"codecs": [*about["codecs"], {"name": "numcodecs.pickle"}]}
    yield "zarr", "pickle", json.dumps(pickled).encode() + chunks


def texts_of_tables() -> Iterator[tuple[str, str, bytes]]:
    import pyarrow as pa
    import pyarrow.feather as feather
    import pyarrow.parquet as parquet

    keys = {"name": "default", "configuration": {"separator": "/"}}
    common = {
        "chunk_key_encoding": keys, "attributes": {}, "zarr_format": 3, "node_type": "array",
        "storage_transformers": [],
    }  # fmt: skip

    def described(shape: list[int], kind: str, fill: Any, codec: dict[str, Any]) -> bytes:
        grid = {"name": "regular", "configuration": {"chunk_shape": shape}}
        own = {"shape": shape, "data_type": kind, "fill_value": fill, "codecs": [codec]}
        return json.dumps(common | own | {"chunk_grid": grid}).encode()

    plain = {"name": "bytes", "configuration": {"endian": "little"}}
    group = json.dumps({"attributes": {}, "zarr_format": 3, "node_type": "group"}).encode()
    table = described([4, 3], "float32", 0.0, plain) + CUT + ROWS.tobytes()
    ids = described([4], "string", "", {"name": "vlen-utf8", "configuration": {}})
    words = b"".join(b"\1\0\0\0" + word.encode() for word in IDS)
    for name, count in (("good", 4), ("many", 2**32 - 1)):
        yield "zarr_group", name, CUT.join([group, table, ids, count.to_bytes(4, "little") + words])
    yield "csv", "good", b"id,x,y\na,1.5,2\nb,NA,-3e2\nc,true,4.\n"
    yield "csv", "plain", b"# two columns\n0.1 0.2\n0.3 0.4\n"
    yield "csv", "long", b"id,x\n" + b"a,1\n" * 400 + b"b" * 10_000 + b",1\n"
    about = {"x": {"dtype": "F32", "shape": [4, 3], "data_offsets": [0, 48]}}
    for name, shape in (("good", [4, 3]), ("huge", [HUGE, 3])):
        about["x"]["shape"] = shape
        head = json.dumps(about).encode()
        yield "safetensors", name, len(head).to_bytes(8, "little") + head + ROWS.tobytes()
    column = pa.table({"label": ["cat", "dog", None]})
    for name, write in (("parquet", parquet.write_table), ("feather", feather.write_feather)):
        file = pa.BufferOutputStream()
        write(column, file)
        yield "names", name, CUT + file.getvalue().to_pybytes()
    yield "names", "npy", CUT + npy(np.array(["cat", "dog"]))
    yield "names", "csv", b"csv" + CUT + b'label\ncat\ndog\n""\n'
    yield "names", "npz", b"npz" + CUT + saved(np.savez_compressed, labels=np.array(["cat", "dog"]))


def raw_data() -> Iterator[tuple[str, str, bytes]]:
    from PIL import Image

    picture = Image.fromarray(np.full((8, 8, 3), 100, np.uint8))
    jpeg = saved(lambda file: picture.save(file, "jpeg"))
    yield "faces", "good", jpeg + CUT + jpeg
    yield "faces", "huge", jpeg.replace(b"\x00\x08\x00\x08\x03", b"\xff\xff\xff\xff\x03")
    images = b"\0\0\x08\x03" + np.array([2, 3, 3], ">u4").tobytes() + bytes(18)
    digits = b"\0\0\x08\x01" + np.array([2], ">u4").tobytes() + b"\x01\x09"
    yield "mnist", "good", images + CUT + digits
    yield "mnist", "huge", images.replace(b"\0\0\0\2", b"\xff\xff\xff\xff", 1) + CUT + digits
    batch = {b"data": np.zeros((2, 3072), np.uint8), b"labels": [1, 2]}
    yield "cifar10", "good", pickle.dumps(batch, protocol=2)
    yield "cifar10", "bomb", pickle.dumps({b"data": Bomb(), b"labels": [1]}, protocol=2)
    yield "cifar10", "memo", b"\x80\x02r\xff\xff\xff\x7f."
    yield "sst2", "good", b"sentence\tlabel\na fine film\t1\nno \t0\n\xff\t1\n"


def states() -> Iterator[tuple[str, str, bytes]]:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    from w2s.practice.estimation.groups import GroupedMoments
    from w2s.practice.estimation.moments import JointMoments

    for name, kind in (("moments", JointMoments), ("grouped_moments", GroupedMoments)):
        state = kind(3, 2)
        state.update(ROWS, ROWS[:, 1:], ROWS[:, 0])
        state.save(CORPUS / "state")
        content = (CORPUS / "state").read_bytes()
        (CORPUS / "state").unlink()
        yield name, "good", content
        with np.load(io.BytesIO(content)) as stored:
            wide = dict(stored) | {"widths": np.array([HUGE, HUGE])}
        yield name, "huge-widths", saved(np.savez, **wide)
    marker = {"description": {"about": 1}, "done": 1, "width": 2, "dtype": "<f4", "sha256": ""}
    begun = json.dumps(marker).encode() + CUT + npy(ROWS)
    finished = npy(ROWS[:3]) + CUT + npy(IDS[:3])
    yield "encoder_store", "good", begun + CUT + finished
    marker |= {"done": HUGE, "width": HUGE}
    yield "encoder_store", "huge", json.dumps(marker).encode() + CUT + npy(ROWS) + CUT + finished
    for name, external in (("good", False), ("climbs", True)):
        weight = numpy_helper.from_array(np.ones((3, 2), np.float32), "weight")
        if external:
            onnx.external_data_helper.set_external_data(weight, "../../../../../etc/hostname")
            weight.ClearField("raw_data")
        kinds = [("pixels", [None, 3]), ("features", [None, 2])]
        ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in kinds]
        node = helper.make_node("MatMul", ["pixels", "weight"], ["features"])
        graph = helper.make_graph([node], "net", ends[:1], ends[1:], [weight])
        opset = [helper.make_opsetid("", 13)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8)
        yield "onnx", name, model.SerializeToString()
    yield "vocabulary", "good", b"[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\nc\n" + CUT + b"ab c"


def texts() -> Iterator[tuple[str, str, bytes]]:
    claim = {
        "id": "a.b", "page": "p", "kind": "paper", "source": "w2s", "says": "One.",
        "verdict": "holds", "passed": True, "predicted": 1.0, "measured": 1.0, "margin": 0.5,
        "standard_error": 0.1, "tolerance": 0.1, "rule": "exact", "seed": 1, "at": {},
    }  # fmt: skip
    record = {"profile": "paper", "versions": {"numpy": "2"}, "pages": {"p": {"seconds": 1.0}}}
    yield "claims", "good", json.dumps(record | {"claims": [claim]}).encode()
    yield "claims", "deep", b"[" * 20_000
    for field, value in (("page", [1]), ("id", {}), ("predicted", "nan"), ("passed", "no")):
        bad = record | {"claims": [claim | {field: value}]}
        yield "claims", f"bad-{field}", json.dumps(bad).encode()
    for field, value in (("pages", [1]), ("versions", 3), ("profile", []), ("claims", ["id"])):
        yield (
            "claims",
            f"bad-{field}",
            json.dumps(record | {"claims": []} | {field: value}).encode(),
        )
    yield "pairs", "good", b"page,family,L_TE,L_ST,students\nchains,deep,0.1,0.2,3\n"
    yield "parameters", "good", b'profile = "paper"\nn = 2**3\nx = [1, 2.5]' + CUT + b"n=4\nx=[1]"
    yield "parameters", "power", b'profile = "paper"\nn = 9**64**64**64' + CUT + b"n=9**9**9**9"
    yield "parameters", "deep", b'profile = "paper"\nn = ' + b"(" * 3000 + CUT + b"n=" + b"-" * 9000
    yield "parameters", "many-digits", b'profile = "paper"\nn = ' + b"9" * 5000
    yield "source", "good", SOURCE
    levels = b", ".join(b"&a%d [*a%d, *a%d]" % (k + 1, k, k) for k in range(40))
    bomb = b"{smoke: {trials: [&a0 [x], " + levels + b"]}}"
    yield "source", "aliases", SOURCE.replace(b"w2s:\n#     smoke: {trials: 50}", b"w2s: " + bomb)
    yield "source", "object", SOURCE.replace(b"{trials: 50}", b"!!python/object/apply:os.abort []")
    result = b"- {paper: dong2025, item: F, what: W, label: certain, page: null, because: long}\n"
    yield "contents", "good", TOC + CUT + result
    yield "contents", "object", TOC + b"x: !!python/object/apply:os.abort []\n"
    yield "contents", "aliases", TOC + b"parts: [&a0 [x], " + levels + b"]\n"
    yield "contents", "deep", b"{" * 20_000
    yield "contents", "climbs", TOC.replace(b"book/intro", b"../../etc/passwd")


def words() -> Iterator[tuple[str, str, bytes]]:
    rng = np.random.default_rng(0)
    strong = rng.standard_normal((60, 4))
    labels = strong[:, 0] + 0.1 * rng.standard_normal(60)
    files = CUT + npy(strong[:, :2]) + CUT + npy(strong) + CUT + npy(labels) + CUT + TOC + CUT
    lines = {
        "diagnose": "diagnose --weak W.npy --strong S.npy --labels y.npy --n 20 --N 60 --json",
        "page": "diagnose --weak W.npy --strong S.npy --labels y.npy --html page.html",
        "budget": "diagnose --weak W.npy --strong S.npy --labels y.npy --budget 9 --label-cost 1",
        "status": "status --json", "one": "one page -p n=1", "book": "book --profile smoke",
        "figures": "figures out", "help": "--help", "nothing": "", "unknown": "book --no-such",
    }  # fmt: skip
    for name, line in lines.items():
        yield "command", name, line.replace(" ", "\n").encode() + files
    yield "command", "newline", b"status\n--root\na\rb" + files
    yield "command", "not-utf8", b"one\n\xff\xfe" + files


def main() -> None:
    for made in (numpy_files, tables, texts_of_tables, raw_data, states, texts, words):
        for name, seed, content in made():
            place = CORPUS / name / seed
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)


if __name__ == "__main__":
    main()
