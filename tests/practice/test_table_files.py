"""The files that people have: read as they are meant, or refused by a line that says what to do."""

import io
import json
import os
import pickle
import re
import socket
import sys
import zipfile

import ml_dtypes
import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet
import pytest
import zarr

from w2s.practice.data.tables import open_table

ROWS = np.random.default_rng(0).standard_normal((700, 3)).astype(np.float32)
IDS = np.arange(700) * 3
SLICES = [(0, 700), (0, 0), (0, 10), (290, 310), (255, 257), (699, 700), (310, 600)]
INDEX = {b"pandas": json.dumps({"index_columns": ["row"], "columns": []}).encode()}


def columns(rows, first=0, **more):
    found = {f"f{k}": rows[:, k] for k in range(rows.shape[1])}
    return pa.table(
        found | {name: values[first : first + len(rows)] for name, values in more.items()}
    )


def stream(table, path):
    with ipc.new_stream(str(path), table.schema) as out:
        out.write_table(table, max_chunksize=150)


def safetensors(path, **arrays):
    header, numbers = {}, b""
    for name, (kind, array) in arrays.items():
        content = array.tobytes()
        places = [len(numbers), len(numbers) + len(content)]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": places}
        numbers += content
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + numbers)


def text(path, rows, separator=",", names=None, ids=None):
    lines = [separator.join(f"{value:.9g}" for value in row) for row in rows]
    if ids is not None:
        lines = [f"{one}{separator}{line}" for one, line in zip(ids, lines, strict=True)]
    path.write_text("\n".join(([separator.join(names)] if names else []) + lines) + "\n")


def parts(write, suffix, name="part-{}"):
    """A writer of a folder of eleven parts, whose names do not sort as their numbers do."""

    def written(path):
        path.mkdir()
        for k, at in enumerate(range(0, 700, 64)):
            write(path / (name.format(k) + suffix), at, ROWS[at : at + 64])

    return written


def saved_to_disk(path):
    path.mkdir()
    names = ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"]
    for name, rows in zip(names, (ROWS[:400], ROWS[400:]), strict=True):
        lists = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), 3)
        stream(pa.table({"emb": lists}), path / name)
    (path / "state.json").write_text(json.dumps({"_data_files": [{"filename": n} for n in names]}))
    (path / "dataset_info.json").write_text("{}")


BRAIN = (ROWS.view(np.uint32) >> 16).astype("<u2")
WRITERS = {
    "stream.arrow": lambda p: stream(columns(ROWS), p),
    "one.safetensors": lambda p: safetensors(p, emb=("F32", ROWS)),
    "ids.safetensors": lambda p: safetensors(p, emb=("F32", ROWS), ids=("I64", IDS)),
    "names.csv": lambda p: text(p, ROWS, names=["a", "b", "c"]),
    "ids.csv": lambda p: text(p, ROWS, names=["id", "a", "b", "c"], ids=IDS),
    "plain.csv": lambda p: text(p, ROWS),
    "pandas.csv": lambda p: text(p, ROWS, names=["", "0", "1", "2"], ids=range(700)),
    "counted.csv": lambda p: text(p, ROWS, names=["0", "1", "2"]),
    "r.txt": lambda p: text(p, ROWS, " ", ["a", "b", "c"], ids=[f'"{k}"' for k in range(700)]),
    "tabs.tsv": lambda p: text(p, ROWS, "\t"),
    "semicolons.csv": lambda p: text(p, ROWS, ";"),
    "savetxt.txt": lambda p: np.savetxt(p, ROWS, header="a b c"),
    "parquets": parts(lambda p, at, rows: parquet.write_table(columns(rows), p), ".parquet"),
    "npys": parts(lambda p, at, rows: np.save(p, rows), ".npy", "emb_{}"),
    "packed": parts(lambda p, at, rows: np.savez_compressed(p, x=rows), ".npz"),
    "texts": parts(lambda p, at, rows: text(p, rows, names="abc"), ".csv"),
    "hugging": saved_to_disk,
}  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
def test_every_kind_of_file_gives_the_same_rows(tmp_path, name):
    WRITERS[name](tmp_path / name)
    table = open_table(tmp_path / name)
    assert (table.rows, table.width) == (700, 3)
    for start, stop in SLICES:
        sent = pickle.loads(pickle.dumps(table.part(start, stop)))
        for reader in (table, sent):
            found = reader.read(start, stop)
            assert found.shape == (stop - start, 3)
            np.testing.assert_array_equal(found.astype(np.float32), ROWS[start:stop])
    if name.startswith("ids"):
        np.testing.assert_array_equal(table.ids, IDS)
    table.check_unchanged()


@pytest.mark.parametrize("name", ["stream.arrow", "one.safetensors", "names.csv"])
def test_what_is_cut_off_is_refused_by_name(tmp_path, name):
    WRITERS[name](tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(ValueError, match=name):
        open_table(tmp_path / name).read(0, 700)


# pandas' index


@pytest.mark.parametrize("write", [parquet.write_table, feather.write_feather, stream])
def test_the_index_that_pandas_keeps_is_no_feature_and_no_label(tmp_path, write):
    shuffled = np.random.default_rng(1).permutation(700)
    by_name = columns(ROWS, __index_level_0__=shuffled)
    by_metadata = columns(ROWS, row=shuffled).replace_schema_metadata(INDEX)
    for k, table in enumerate((by_name, by_metadata)):
        path = tmp_path / f"x{k}"
        write(table, str(path))
        assert open_table(path).width == open_table(path, key="*").width == 3
        label = table.select([0, 3])
        write(label, str(path))
        np.testing.assert_array_equal(open_table(path, ndim=1).read(0, 9), ROWS[:9, :1])
        index = open_table(path, key=label.column_names[1], ndim=1)  # it is meant by its name
        np.testing.assert_array_equal(index.read(0, 700)[:, 0], shuffled)


@pytest.mark.parametrize("words", [b"{", b"[1]", b'{"index_columns": 3}', b"\xff", b"[" * 10_000])
def test_metadata_that_is_not_that_of_pandas_does_no_harm(tmp_path, words):
    table = columns(ROWS).replace_schema_metadata({b"pandas": words})
    parquet.write_table(table, tmp_path / "x.parquet")
    assert open_table(tmp_path / "x.parquet").width == 3


# Names, patterns and places


def test_a_key_is_a_name_before_it_is_a_pattern(tmp_path):
    names = ["emb[0]", "emb[1]", "emb0", "a:b"]
    path = tmp_path / "x.parquet"
    parquet.write_table(pa.table({name: [float(k)] for k, name in enumerate(names)}), path)
    for key, expected in (
        ("emb[0]", [0]), ("emb[*", [0, 1]), ("emb*", [0, 1, 2]), ("emb[01]", [2]), ("a:b", [3]),
    ):  # fmt: skip
        table = open_table(f"{path}:{key}")
        np.testing.assert_array_equal(table.read(0, 1), [expected])
        np.testing.assert_array_equal(open_table(path, key=key).read(0, 1), [expected])
    with pytest.raises(ValueError, match=r"has no column emb\[2\] among emb\[0\], emb\[1\]"):
        open_table(path, key="emb[2]")


def test_a_path_is_a_name_before_it_is_a_pattern_or_has_a_key(tmp_path):
    for name in ("x[0].npy", "x0.npy", "a:b.npy"):
        np.save(tmp_path / name, np.full((2, 2), len(name)))
        assert open_table(str(tmp_path / name)).read(0, 1)[0, 0] == len(name)
    np.savez(tmp_path / "x[0].npz", **{"net:emb": ROWS, "other": ROWS[:3]})
    assert open_table(str(tmp_path / "x[0].npz:net:emb")).rows == 700
    with pytest.raises(ValueError, match=r"x0.npy holds one array, there is no 'weak' in it"):
        open_table(f"{tmp_path}/x0.npy:weak")


def test_a_pattern_means_its_files_in_the_order_of_their_numbers(tmp_path):
    WRITERS["parquets"](tmp_path / "all")
    found = open_table(f"{tmp_path}/all/part-*.parquet:f[12]").read(0, 700)
    np.testing.assert_array_equal(found, ROWS[:, 1:])
    assert open_table(f"{tmp_path}/all/part-?.parquet").rows == 640
    with pytest.raises(ValueError, match=r"none-\*.parquet cannot be read"):
        open_table(f"{tmp_path}/all/none-*.parquet")


def test_ids_of_parts_are_those_of_their_rows(tmp_path):
    write = parts(lambda p, at, rows: parquet.write_table(columns(rows, at, id=IDS), p), ".parquet")
    write(tmp_path / "x")
    np.testing.assert_array_equal(open_table(tmp_path / "x").ids, IDS)
    parquet.write_table(columns(ROWS), tmp_path / "x" / "part-3.parquet")
    with pytest.raises(ValueError, match=r"part-3.parquet has no ids, other parts of the table"):
        open_table(tmp_path / "x")


def test_parts_that_do_not_fit_are_named(tmp_path):
    parquet.write_table(columns(ROWS), tmp_path / "part-0.parquet")
    parquet.write_table(columns(ROWS).select([1, 0, 2]), tmp_path / "part-1.parquet")
    with pytest.raises(ValueError, match=r"part-1.parquet are not parts .*\(f1, f0, f2\)"):
        open_table(tmp_path)


def test_parts_that_change_while_they_are_read_are_refused(tmp_path):
    WRITERS["npys"](tmp_path / "x")
    table = open_table(tmp_path / "x")
    with (tmp_path / "x" / "emb_4.npy").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ValueError, match=r"emb_4.npy changed while it was read"):
        table.check_unchanged()


def test_a_folder_says_what_it_holds(tmp_path):
    with pytest.raises(ValueError, match=r"holds no table: .* no file in it ends in .parquet"):
        open_table(tmp_path)
    np.save(tmp_path / "weak.npy", ROWS)
    np.save(tmp_path / "strong.npy", ROWS)
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / "readme.md").write_text("")
    with pytest.raises(ValueError, match=r"are not parts of one table: strong.npy, weak.npy; name"):
        open_table(tmp_path)
    zarr.save(str(tmp_path / "x"), ROWS)
    assert open_table(tmp_path / "x").rows == 700


def test_a_data_set_of_hugging_face_is_checked(tmp_path):
    both = tmp_path / "both"
    both.mkdir()
    saved_to_disk(both / "train")
    (both / "dataset_dict.json").write_text('{"splits": ["train"]}')
    with pytest.raises(
        ValueError, match=r"holds several data sets: name one of them, .*both/train"
    ):
        open_table(both)
    state = both / "train" / "state.json"
    for words, message in (
        ('{"_data_files": [{"filename": "../x.arrow"}]}', "names '../x.arrow', which is no file"),
        ('{"_data_files": [{"filename": "gone.arrow"}]}', "gone.arrow cannot be read"),
        ('{"_indices_data_files": [1]}', r"call flatten_indices\(\)"),
        ("[", "state.json cannot be read"),
    ):
        state.write_text(words)
        with pytest.raises(ValueError, match=message):
            open_table(both / "train")


# Tensors


def test_a_tensor_is_named_by_the_key(tmp_path):
    path = tmp_path / "x.safetensors"
    halves = ROWS.astype("<f2")
    safetensors(
        path, brain=("BF16", BRAIN), half=("F16", halves), y=("I32", np.arange(700, dtype="<i4"))
    )
    brain = open_table(f"{path}:brain").read(5, 9)
    assert brain.dtype == np.float32
    # bfloat16 keeps 8 binary digits, cut off here: less than 2⁻⁷ of each number is lost.
    np.testing.assert_allclose(brain, ROWS[5:9], rtol=2**-7)
    np.testing.assert_array_equal(open_table(path, key="half").read(0, 700), halves)
    assert open_table(path, key="y", ndim=1).read(3, 4) == 3
    with pytest.raises(ValueError, match="needs a key out of brain, half, y; got no key"):
        open_table(path)


def test_a_file_of_tensors_is_known_without_its_name(tmp_path):
    safetensors(tmp_path / "x", emb=("F32", ROWS))
    assert open_table(tmp_path / "x").rows == 700
    safetensors(tmp_path / "x.safetensors", emb=("F8_E4M3", ROWS))
    with pytest.raises(ValueError, match=r"x.safetensors cannot be read: emb is of type F8_E4M3"):
        open_table(tmp_path / "x.safetensors")


# HDF5


def test_hdf5_without_its_package_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    for before in (0, 512):
        (tmp_path / "x.h5").write_bytes(bytes(before) + b"\x89HDF\r\n\x1a\n" + bytes(1000))
        with pytest.raises(ValueError, match="HDF5 files need the package h5py: pip install h5py"):
            open_table(tmp_path / "x.h5")


@pytest.mark.hdf5
def test_a_data_set_of_hdf5_is_read(tmp_path):
    import h5py

    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["net/emb"], file["net/ids"] = ROWS, IDS
        file.create_dataset("packed", data=ROWS, chunks=(100, 3), compression="gzip")
        file["net/names"] = [f"a{k}" for k in range(700)]
        file["elsewhere"] = h5py.ExternalLink("other.h5", "/x")
    for key in ("net/emb", "/net/emb", "packed"):
        table = open_table(f"{tmp_path}/x.h5:{key}")
        for start, stop in SLICES:
            sent = pickle.loads(pickle.dumps(table.part(start, stop)))
            np.testing.assert_array_equal(sent.read(start, stop), ROWS[start:stop])
    np.testing.assert_array_equal(open_table(tmp_path / "x.h5", key="net/emb").ids, IDS)
    with pytest.raises(ValueError, match=r"needs a key out of .*net/emb.*; got 'elsewhere'"):
        open_table(tmp_path / "x.h5", key="elsewhere")
    with pytest.raises(ValueError, match="must hold real numbers, got object"):
        open_table(tmp_path / "x.h5", key="net/names")


@pytest.mark.hdf5
def test_values_of_hdf5_outside_of_the_file_or_too_many_are_refused(tmp_path):
    import h5py

    (tmp_path / "secret").write_bytes(bytes(240))
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("raw", (10, 3), "f8", external=[(str(tmp_path / "secret"), 0, 240)])
        file.create_dataset("bomb", (10**9, 30), "f8", chunks=(1000, 30))
        file.create_dataset("none", data=h5py.Empty("f8"))
    for key, message in (
        ("raw", "has its values in other files"),
        ("bomb", "are declared by only"),
        ("none", "none of .* is empty"),
    ):
        with pytest.raises(ValueError, match=message):
            open_table(tmp_path / "x.h5", key=key)


# Text


def test_missing_numbers_and_truth_values_are_read_in_text(tmp_path):
    path = tmp_path / "y.csv"
    path.write_text('x,y\n1,NA\n2,""\n-3e2,true\n+.5,False\n4., nan\n5,1\n')
    found = open_table(path).read(0, 6)
    np.testing.assert_array_equal(found[:, 0], [1, 2, -300, 0.5, 4, 5])
    np.testing.assert_array_equal(found[:, 1], [np.nan, np.nan, 1, 0, np.nan, 1])
    np.testing.assert_array_equal(open_table(path, key="y", ndim=1).read(4, 6), [[np.nan], [1]])


def test_labels_are_one_column_of_text(tmp_path):
    for content in (
        "1\n2\n3\n",
        "label\n1\n2\n3",
        "a label\r\n1\r\n2\r\n3\r\n",
        "\ufeff1\n2\n3\n\n",
        ",0\n7,1\n5,2\n6,3\n",
    ):
        (tmp_path / "y.csv").write_bytes(content.encode())
        labels = open_table(tmp_path / "y.csv", ndim=1)
        np.testing.assert_array_equal(labels.read(0, 3), [[1], [2], [3]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,a\nx,1\ny,2\n", r"has text in column text \('x' in text\); name the columns of num"),
        ("x,1,2\ny,3,4\n", r"has text in column 0 \('x' in 0\)"),
        ("a,b\n1,2\n3,x\n", "row 1, column b is 'x', which is no number$"),
        ("a,b\n1,2\n3,1_0\n", "row 1, column b is '1_0', which is no number$"),
        ("a;b\n1;2\n1,5;2\n", "row 1, column a is '1,5', .* write decimals with a point"),
        ("a,b\n1,2\n3\n", "row 1 has 1 fields, expected 2"),
        ("a,b\n1,2\n3,4,5\n", "row 1 has 3 fields, expected 2"),
        ("a,b,c\n1,2\n", "its first line has 3 fields, its second 2"),
        ("1\n\n2\n", "there is an empty line before row 1"),
        ('a,b\n1,"x\ny"\n', r"a line ends within quotes, leave texts out: '1"),
        ("\n", "it has no line of numbers"),
        ("", "is empty"),
        ("a,a\n1,2\n", "two columns of one name"),
    ],
)
def test_text_that_is_no_table_is_refused_by_row_and_column(tmp_path, content, message):
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(ValueError, match=message) as told:
        table = open_table(tmp_path / "x.csv")
        table.read(0, table.rows)
    assert "\n" not in str(told.value) and "x.csv" in str(told.value)


def test_a_key_leaves_out_columns_of_text(tmp_path):
    (tmp_path / "x.csv").write_text('text,f0,f1\n"a, b",1,2\nc,3,4\n')
    found = open_table(tmp_path / "x.csv", key="f*").read(0, 2)
    np.testing.assert_array_equal(found, [[1, 2], [3, 4]])


# Lists


def test_a_missing_list_is_told_by_its_row(tmp_path):
    for kind in (pa.list_(pa.float32()), pa.list_(pa.float32(), 3)):
        parquet.write_table(pa.table({"emb": pa.array([None, *ROWS[1:]], kind)}), tmp_path / "x")
        with pytest.raises(ValueError, match=r"column emb: .* row 0 has no list, row 1 3"):
            open_table(tmp_path / "x").read(0, 700)
    parquet.write_table(pa.table({"emb": pa.array([None] * 9, kind)}), tmp_path / "x")
    with pytest.raises(ValueError, match="column emb has no list in any row"):
        open_table(tmp_path / "x")


def test_text_beside_a_list_is_called_so(tmp_path):
    table = pa.table({"text": ["a"] * 700, "emb": list(ROWS)})
    parquet.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(ValueError, match=r"of lists, emb, beside text \(string\): name one by the"):
        open_table(tmp_path / "x.parquet")
    assert open_table(f"{tmp_path}/x.parquet:emb").width == 3
    with pytest.raises(ValueError, match="column text must hold real numbers, got string"):
        open_table(tmp_path / "x.parquet", key="text")


# What is no table


class Hostile:
    def __reduce__(self):
        return sys.exit, ("unpickled",)


def torch_archive(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("clip/data.pkl", pickle.dumps(Hostile()))
        archive.writestr("clip/data/0", bytes(240))


FOREIGN = {
    "x.pt": (torch_archive, r"is a file of torch.save, .* numpy.save\('\S+x.npy', torch.load\('"),
    "old.pth": (lambda p: p.write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."), "torch.save"),
    "x.pkl": (lambda p: p.write_bytes(pickle.dumps(Hostile())), r"is a Python pickle, .*x.npy'"),
    "plain.pickle": (lambda p: p.write_bytes(pickle.dumps(1, 0)), "is a Python pickle"),
    "x.csv.gz": (lambda p: p.write_bytes(b"\x1f\x8b\x08"), "is packed by gzip: unpack it first"),
    "x.json": (lambda p: p.write_text("[1]"), "is JSON: write its numbers"),
    "x.bin": (lambda p: p.write_bytes(b"abc"), "no table that can be read: expected .npy"),
    "x.npy": (lambda p: p.write_bytes(b""), "x.npy is empty"),
    "pipe": (os.mkfifo, "is a pipe, which cannot be read twice: write its content to a file"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_table_is_named_in_one_line(tmp_path, name):
    write, message = FOREIGN[name]
    write(tmp_path / name)
    with pytest.raises(ValueError, match=message) as told:
        open_table(tmp_path / name)
    assert "\n" not in str(told.value) and name in str(told.value)


def test_a_folder_of_pickles_is_said_to_hold_them(tmp_path):
    torch_archive(tmp_path / "emb_0.pt")
    with pytest.raises(ValueError, match=r"holds no table: .*; it holds emb_0.pt$"):
        open_table(tmp_path)


def test_values_of_two_bytes_without_a_type_are_taken_for_bfloat16(tmp_path):
    np.save(tmp_path / "x.npy", BRAIN.view("V2"))
    with pytest.raises(ValueError, match=r"perhaps bfloat16: save it as float32"):
        open_table(tmp_path / "x.npy")


def test_devices_and_sockets_are_named(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="/dev/null is a device"):
        open_table("/dev/null")
    monkeypatch.chdir(tmp_path)  # names of sockets must be short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("s")
        with pytest.raises(ValueError, match="s is a socket"):
            open_table("s")


# What NumPy can view


class Tensor:
    """An array of another library."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        if self.values is None:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.\nUse detach().")
        return self.values


MASKED = np.ma.masked_equal([1, 2, 3], 2)


@pytest.mark.parametrize(
    "labels",
    [MASKED, [1, np.ma.masked, 3], [1, None, 3], [1.0, np.nan, 3.0], list(MASKED), Tensor(MASKED),
     np.array([1, None, 3], dtype=object)],
)  # fmt: skip
def test_a_masked_or_missing_label_is_none(labels):
    found = open_table(labels, ndim=1).read(0, 3)
    np.testing.assert_array_equal(found, [[1], [np.nan], [3]])


def test_numbers_of_bfloat16_are_read_as_single_precision():
    brain = ml_dtypes.bfloat16
    found = open_table(BRAIN.view(brain), name="weak").read(0, 700)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, (BRAIN.astype(np.uint32) << 16).view(np.float32))


def test_an_array_is_called_by_its_name():
    with pytest.raises(ValueError, match="weak must be a matrix of rows and columns, got a vector"):
        open_table([1.0, 2.0], name="weak")


@pytest.mark.parametrize(
    "rows",
    [ROWS.tolist(), list(ROWS), tuple(ROWS), Tensor(ROWS), memoryview(ROWS), pa.array(ROWS[0])],
)
def test_whatever_numpy_can_view_is_a_table(rows):
    table = open_table(rows, ndim=1 if isinstance(rows, pa.Array) else 2)
    np.testing.assert_array_equal(table.read(0, 3).ravel(), ROWS.ravel()[: 3 * table.width])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (io.BytesIO(b"x"), r"got an open file \(BytesIO\): give its path"),
        (io.StringIO("1"), r"got an open file \(StringIO\)"),
        (Tensor(None), r"NumPy cannot view the Tensor as numbers: Can't call numpy\(\) on Tensor"),
        ([[1, 2], [3]], "NumPy cannot view the list as numbers"),
        ([1, None, "x"], "an entry of the array must be a real number, got 'x'"),
        (np.array([1, "x"], dtype=object), "an entry of the array must be a real number, got 'x'"),
        (["x"], "must hold real numbers, got <U1"),
        ({"a": 1}, "must be a path or an array, got dict"),
        ((k for k in range(3)), "must be a path or an array, got generator"),
        (None, "must be a path or an array, got NoneType"),
        (b"x.npy", "must be a path or an array, got bytes"),
        (np.float64(3), "must be a path or an array, got float64|must be a matrix or a vector"),
    ],
)
def test_what_numpy_cannot_view_is_refused_in_one_line(source, message):
    with pytest.raises(ValueError, match=message) as told:
        open_table(source)
    assert re.fullmatch(r"[^\n]+", str(told.value))
