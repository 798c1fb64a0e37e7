"""Kilobytes of Parquet, Arrow, text or NumPy's archives that mean gigabytes are not unpacked."""

from __future__ import annotations

import struct
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet
import pytest

from trust.seeds import archive, npy
from w2s.practice.data.feature_files import load_features
from w2s.practice.data.tables import open_table
from w2s.practice.data.tables.texts import read_names

MANY = 4 * 10**7  # numbers of eight bytes, five times what any file may give for nothing
LONG = 1 << 28  # letters, four times as many
MOST = 1 << 27  # bytes that a refusal may take: 64 MiB are free for any file, and then some


@pytest.fixture
def memory():
    """The most bytes that pyarrow held at one time, as a function."""
    before = pa.default_memory_pool()
    own = pa.proxy_memory_pool(before)
    pa.set_memory_pool(own)
    yield own.max_memory
    pa.set_memory_pool(before)


def stream(table, path, compression=None):
    options = ipc.IpcWriteOptions(compression=compression)
    with ipc.new_stream(str(path), table.schema, options=options) as out:
        out.write_table(table)


# Made when a test asks for them: they take seconds and half a gigabyte.
def one_list(name="x"):
    return {name: pa.array([np.zeros(MANY)], pa.list_(pa.float64()))}


def one_text():
    return {"x": [1.0], "id": ["a" * LONG]}


def shared():
    ids = pa.DictionaryArray.from_arrays(np.zeros(10**5, np.int32), ["a" * 10**5])
    return {"x": np.zeros(10**5), "id": ids}


def one_entry():
    return {"x": [1.0], "id": pa.DictionaryArray.from_arrays([0], ["a" * LONG])}


HOSTILE = {
    "a list in Parquet": (one_list, parquet.write_table, {"compression": "zstd"}),
    "a name with a point": (
        lambda: one_list("a.b"), parquet.write_table, {"compression": "zstd"}
    ),
    "a page of Parquet": (one_text, parquet.write_table, {"compression": "zstd"}),
    "no dictionary": (
        one_text, parquet.write_table, {"compression": "brotli", "use_dictionary": False}
    ),
    "a text that many rows share": (shared, parquet.write_table, {"compression": "zstd"}),
    "a list in Feather": (one_list, feather.write_feather, {"compression": "zstd"}),
    "a text in Feather": (one_text, feather.write_feather, {"compression": "zstd"}),
    "a dictionary in Feather": (one_entry, feather.write_feather, {"compression": "zstd"}),
    "a list in a stream": (one_list, stream, {"compression": "zstd"}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_columns_that_would_fill_the_memory_are_refused_before_they_are_unpacked(
    tmp_path, name, request
):
    columns, write, options = HOSTILE[name]
    write(pa.table(columns()), str(tmp_path / "x"), **options)
    assert (tmp_path / "x").stat().st_size < 200_000
    peak = request.getfixturevalue("memory")
    with pytest.raises(ValueError, match=r"x.* cannot be read: \d+ bytes are declared by only"):
        open_table(tmp_path / "x")
    assert peak() < MOST


@pytest.mark.parametrize("write", [parquet.write_table, feather.write_feather, stream])
def test_names_of_classes_that_would_fill_the_memory_are_refused(tmp_path, write, request):
    write(pa.table({"label": ["a" * LONG]}), str(tmp_path / "x"), compression="zstd")
    peak = request.getfixturevalue("memory")
    with pytest.raises(ValueError, match=r"\d+ bytes are declared by only"):
        read_names(tmp_path / "x")
    assert peak() < MOST


def test_texts_that_share_beginnings_are_not_unpacked(tmp_path):
    table = pa.table({"x": [1.0, 2.0], "id": ["aa", "ab"]})
    options = {"use_dictionary": False, "column_encoding": {"id": "DELTA_BYTE_ARRAY"}}
    parquet.write_table(table, tmp_path / "x", **options)
    with pytest.raises(ValueError, match="packed by what they share"):
        open_table(tmp_path / "x")


def test_texts_that_lie_upon_each_other_are_counted(tmp_path):
    """A view is a length, a beginning, and where the text lies: all may be one text."""
    text = b"a" * 10**6
    view = np.array([struct.unpack("<4i", struct.pack("<i4sii", len(text), text[:4], 0, 0))] * 3000)
    buffers = [None, pa.py_buffer(view.astype("<i4").tobytes()), pa.py_buffer(text)]
    ids = pa.Array.from_buffers(pa.string_view(), 3000, buffers)
    table = pa.table({"x": np.zeros(3000), "id": ids})
    with ipc.new_file(str(tmp_path / "x"), table.schema) as out:
        out.write_table(table)
    with pytest.raises(ValueError, match="3000000000 bytes are declared by only"):
        open_table(tmp_path / "x")


@pytest.mark.parametrize(
    "ids",
    [["a", "bb", "a"], pa.array(["a", "bb", "a"], pa.string_view()), [3, 1, 2], [b"a", b"b", b"c"]],
)
@pytest.mark.parametrize("write", [parquet.write_table, feather.write_feather, stream])
def test_usual_identifiers_are_read(tmp_path, ids, write):
    table = pa.table({"x": [1.0, 2.0, 3.0], "id": ids})
    if write is feather.write_feather and table.schema.field("id").type == pa.string_view():
        with ipc.new_file(str(tmp_path / "x"), table.schema) as out:
            out.write_table(table)
    else:
        write(table, str(tmp_path / "x"))
    assert open_table(tmp_path / "x").ids.tolist() == table["id"].to_pylist()


@pytest.mark.parametrize("write", [parquet.write_table, feather.write_feather])
def test_identifiers_of_a_dictionary_are_read(tmp_path, write):
    ids = pa.array(["b", "a", "b"]).dictionary_encode()
    write(pa.table({"x": [1.0, 2.0, 3.0], "id": ids}), str(tmp_path / "x"))
    assert open_table(tmp_path / "x").ids.tolist() == ["b", "a", "b"]


@pytest.mark.parametrize("ids", [[1.5, 2.5], [["a"], ["b"]], pa.nulls(2), ["a", None]])
def test_identifiers_of_another_kind_are_refused(tmp_path, ids):
    parquet.write_table(pa.table({"x": [1.0, 2.0], "id": ids}), tmp_path / "x")
    with pytest.raises(ValueError, match=r"needs one id \(number or text\) a row"):
        open_table(tmp_path / "x")


def test_a_long_identifier_does_not_make_all_others_as_long(tmp_path):
    rows = [f"{k},1.0" for k in range(2000)] + ["a" * 10**5 + ",1.0"]
    (tmp_path / "x.csv").write_text("\n".join(["id,x", *rows]))
    with pytest.raises(ValueError, match="800400000 bytes are declared by only"):
        open_table(tmp_path / "x.csv")


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_archives_are_packed_as_numpy_packs_them(tmp_path, packing):
    members = {name: npy(np.ones(3)) for name in ("features.npy", "labels.npy", "ids.npy")}
    for name in ("weak", "strong", "labels"):
        (tmp_path / f"{name}.npz").write_bytes(archive(packing, **members))
    with pytest.raises(ValueError, match="packed by another method than NumPy's"):
        open_table(tmp_path / "weak.npz", key="features")
    with pytest.raises(ValueError, match="packed by another method than NumPy's"):
        load_features(tmp_path, "weak", "strong")
