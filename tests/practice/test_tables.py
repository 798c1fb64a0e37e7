"""Every format gives the same rows, and what cannot be believed is refused by name."""

import pickle
import sys
import tracemalloc
import zipfile

import dask.array as da
import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet
import pytest
import zarr

from w2s.practice.data.tables import check_aligned, open_table, refuse_not_finite

ROWS = np.random.default_rng(0).standard_normal((1000, 5)).astype(np.float32)
IDS = np.arange(1000) * 3


def zarr_group(path):
    group = zarr.open_group(str(path), mode="w")
    group.create_array("features", data=ROWS, chunks=(130, 5))
    group.create_array("ids", data=IDS)


def lists(kind):
    column = pa.array(list(ROWS), kind)
    return pa.table({"vector": column, "ids": IDS})


NUMBERS = pa.table({"ids": IDS} | {f"f{k}": ROWS[:, k] for k in range(5)})
BATCHES = 300  # rows, so that slices begin inside of groups and cross them
WRITERS = {
    "c.npy": lambda p: np.save(p, ROWS),
    "fortran.npy": lambda p: np.save(p, np.asfortranarray(ROWS)),
    "big_endian.npy": lambda p: np.save(p, ROWS.astype(">f4")),
    "plain.npz": lambda p: np.savez(p, features=ROWS, ids=IDS),
    "packed.npz": lambda p: np.savez_compressed(p, ids=IDS, features=ROWS),
    "numbers.parquet": lambda p: parquet.write_table(NUMBERS, p, row_group_size=BATCHES),
    "lists.parquet": lambda p: parquet.write_table(
        lists(pa.list_(pa.float32())), p, row_group_size=BATCHES
    ),
    "fixed.parquet": lambda p: parquet.write_table(
        lists(pa.list_(pa.float32(), 5)), p, row_group_size=BATCHES
    ),
    "numbers.feather": lambda p: feather.write_feather(NUMBERS, str(p), chunksize=BATCHES),
    "lists.arrow": lambda p: feather.write_feather(
        lists(pa.large_list(pa.float32())), str(p), compression="uncompressed", chunksize=BATCHES
    ),
    "array.zarr": lambda p: zarr.create_array(str(p), data=ROWS, chunks=(130, 2)),
    "group.zarr": zarr_group,
}
SLICES = [(0, 1000), (0, 10), (10, 350), (350, 350), (350, 1000), (299, 301), (0, 300), (999, 1000)]


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_rows(tmp_path, name):
    WRITERS[name](tmp_path / name)
    table = open_table(tmp_path / name)
    assert (table.rows, table.width) == (1000, 5)
    for start, stop in SLICES:
        sent = pickle.loads(pickle.dumps(table.part(start, stop)))
        for reader in (table, sent):
            found = reader.read(start, stop)
            assert found.dtype == np.float32 and found.shape == (stop - start, 5)
            np.testing.assert_array_equal(found, ROWS[start:stop])
    table.check_unchanged()


@pytest.mark.parametrize("source", [ROWS, da.from_array(ROWS, chunks=(170, 3))])
def test_arrays_are_tables(source):
    table = open_table(source, ids=IDS)
    np.testing.assert_array_equal(table.ids, IDS)
    for start, stop in SLICES:
        sent = pickle.loads(pickle.dumps(table.part(start, stop)))
        np.testing.assert_array_equal(table.read(start, stop), ROWS[start:stop])
        np.testing.assert_array_equal(sent.read(start, stop), ROWS[start:stop])


@pytest.mark.parametrize(
    "name", [n for n in WRITERS if not n.endswith(".npy") and n != "array.zarr"]
)
def test_ids_come_with_the_rows_and_stay_behind_when_a_table_is_sent(tmp_path, name):
    WRITERS[name](tmp_path / name)
    table = open_table(tmp_path / name)
    np.testing.assert_array_equal(table.ids, IDS)
    assert len(pickle.dumps(table.part(0, 10))) < 3000 or name == "packed.npz"
    assert pickle.loads(pickle.dumps(table)).ids is None


def test_ids_of_an_npy_file_stand_beside_it(tmp_path):
    np.save(tmp_path / "weak.npy", ROWS)
    np.save(tmp_path / "weak.ids.npy", IDS.astype(str))
    assert open_table(tmp_path / "weak.npy").ids[2] == "6"


@pytest.mark.parametrize("dtype", [np.float16, np.int8, np.uint64, bool, ">f8", np.longdouble])
def test_other_types_come_as_double_precision(tmp_path, dtype):
    values = np.full((3, 2), 60000).astype(dtype)
    np.save(tmp_path / "x.npy", values)
    found = open_table(tmp_path / "x.npy").read(0, 3)
    assert found.dtype == np.float64
    assert np.isfinite(found.sum())  # 6 · 60000 overflows float16
    np.testing.assert_array_equal(found, values.astype(float))


def test_a_missing_entry_of_a_column_is_not_a_number(tmp_path):
    columns = {"a": pa.array([1, None, 3]), "b": pa.array([True, None, False])}
    parquet.write_table(pa.table(columns), tmp_path / "x.parquet")
    found = open_table(tmp_path / "x.parquet").read(0, 3)
    np.testing.assert_array_equal(found, [[1, 1], [np.nan, np.nan], [3, 0]])


def test_a_key_chooses_columns_or_arrays(tmp_path):
    parquet.write_table(NUMBERS, tmp_path / "x.parquet")
    np.savez(tmp_path / "x.npz", weak=ROWS, labels=ROWS[:, 0])
    for name, key in (("x.parquet", "f[12]"), ("x.parquet", "f2"), ("x.npz", "labels")):
        table = open_table(tmp_path / name, key=key, ndim=2 if key == "f[12]" else 1)
        columns = {"f[12]": [1, 2], "f2": [2], "labels": [0]}[key]
        np.testing.assert_array_equal(table.read(5, 9), ROWS[5:9, columns])
    with pytest.raises(ValueError, match=r"x.npz needs a key out of weak, labels; got no key"):
        open_table(tmp_path / "x.npz")
    with pytest.raises(ValueError, match=r"x.npz needs a key .*got 'strong'"):
        open_table(tmp_path / "x.npz", key="strong")
    with pytest.raises(ValueError, match=r"x.parquet has no column g\* among ids, f0"):
        open_table(tmp_path / "x.parquet", key="g*")


def test_memory_is_that_of_a_slice(tmp_path):
    parquet.write_table(NUMBERS, tmp_path / "x.parquet")
    np.lib.format.open_memmap(tmp_path / "x.npy", "w+", np.float32, (200_000, 50))  # 40 MB
    table = open_table(tmp_path / "x.npy")
    tracemalloc.start()
    for start in range(0, table.rows, 10_000):
        table.read(start, start + 10_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6  # two slices of 2 MB


@pytest.mark.parametrize("name", WRITERS)
def test_a_truncated_or_damaged_file_is_named(tmp_path, name):
    path = tmp_path / name
    WRITERS[name](path)
    if path.is_dir():
        (path / "zarr.json").write_text("{")
    else:
        path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=name):
        open_table(path)


@pytest.mark.parametrize("cut", [3, 10, 60, 127])
def test_a_header_that_is_cut_is_named(tmp_path, cut):
    np.save(tmp_path / "x.npy", ROWS)
    (tmp_path / "x.npy").write_bytes((tmp_path / "x.npy").read_bytes()[:cut])
    with pytest.raises(ValueError, match=r"x.npy"):
        open_table(tmp_path / "x.npy")


def test_a_truncated_npy_file_says_what_is_missing(tmp_path):
    np.save(tmp_path / "x.npy", ROWS)
    content = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(content[:-1])
    with pytest.raises(ValueError, match=r"is truncated: its header means 20000 .* has 19999"):
        open_table(tmp_path / "x.npy")
    (tmp_path / "x.npy").write_bytes(content + content)
    with pytest.raises(ValueError, match="is not one array"):
        open_table(tmp_path / "x.npy")


@pytest.mark.parametrize("name", ["c.npy", "plain.npz", "numbers.parquet", "array.zarr"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, name):
    path = tmp_path / name
    WRITERS[name](path)
    table = open_table(path)
    changed = path / "more" if path.is_dir() else path
    with changed.open("ab") as file:
        file.write(b"x")
    with pytest.raises(ValueError, match=rf"{name} changed while it was read \(at first .* bytes"):
        table.check_unchanged()


def test_a_file_that_shrinks_or_goes_while_it_is_read_is_refused(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, ROWS)
    table = open_table(path)
    table.read(0, 10)
    with path.open("r+b") as file:
        file.truncate(5000)
    with pytest.raises(ValueError, match=r"x.npy ended while it was read"):
        table.read(500, 1000)
    with pytest.raises(ValueError, match=r"changed .*at first 20128 bytes, at last 5000 bytes"):
        table.check_unchanged()
    path.unlink()
    with pytest.raises(ValueError, match=r"changed .* at last none"):
        table.check_unchanged()


class Hostile:
    def __reduce__(self):
        return sys.exit, ("unpickled",)


def test_nothing_is_unpickled(tmp_path):
    objects = np.array([[Hostile()]], dtype=object)
    np.save(tmp_path / "x.npy", objects)
    np.savez(tmp_path / "x.npz", features=objects)
    np.savez(tmp_path / "ids.npz", features=np.ones((1, 1)), ids=objects[0])
    (tmp_path / "raw.npy").write_bytes(pickle.dumps(objects))
    for name in ("x.npy", "x.npz", "ids.npz", "raw.npy"):
        with pytest.raises(ValueError, match=name):
            open_table(tmp_path / name)


@pytest.mark.parametrize("member", ["object", "filter"])
def test_zarr_arrays_that_need_a_pickle_are_refused(tmp_path, member):
    folder = tmp_path / "x.zarr"
    zarr.create_array(str(folder), data=np.ones((2, 2)), zarr_format=2, compressors=None)
    text = (folder / ".zarray").read_text()
    assert '"filters": null' in text
    text = text.replace('"filters": null', '"filters": [{"id": "pickle", "protocol": 5}]')
    if member == "object":
        text = text.replace('"<f8"', '"|O"').replace('"fill_value": 0.0', '"fill_value": null')
    (folder / ".zarray").write_text(text)
    with pytest.raises(ValueError, match=r"x.zarr"):
        open_table(folder)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 3, 4)), r"must be a matrix or a vector, got shape \(2, 3, 4\)"),
        (np.float64(1), r"must be a matrix or a vector, got shape \(\)"),
        (np.zeros((2, 3), complex), "must hold real numbers, got complex128"),
        (np.array([["a"]]), "must hold real numbers, got <U1"),
        (np.array([[None]]), "must hold real numbers, got object"),
        (np.zeros(5), "must be a matrix of rows and columns, got a vector"),
    ],
)
def test_arrays_of_another_kind_are_refused(tmp_path, array, message):
    np.save(tmp_path / "x.npy", array)
    sources = [tmp_path / "x.npy", np.asarray(array)]
    for source in sources:
        with pytest.raises(ValueError, match=message):
            open_table(source)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": ["x", "y"]}, "column a must hold real numbers"),
        ({"a": [{"b": 1.0}] * 2}, "column a must hold real numbers"),
        (
            {"a": [[1.0], [2.0]], "b": [1.0, 2.0]},
            r"a column of lists, a, beside b \(double\): name one by the key, as in FILE:a",
        ),
        ({"a": [["x"], ["y"]]}, "column a must hold real numbers"),
    ],
)
def test_columns_of_another_kind_are_refused(tmp_path, columns, message):
    parquet.write_table(pa.table(columns), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match=message):
        open_table(tmp_path / "x.parquet")


@pytest.mark.parametrize("bad", [[1.0], None])
def test_lists_of_unequal_length_are_refused(tmp_path, bad):
    column = pa.array([[1.0, 2.0]] * 7 + [bad, [1.0, 2.0]])
    parquet.write_table(pa.table({"v": column}), tmp_path / "x.parquet", row_group_size=3)
    with pytest.raises(ValueError, match=r"must have one length, but row 7 has (1 values|no list)"):
        open_table(tmp_path / "x.parquet").read(0, 9)


def test_labels_are_one_column(tmp_path):
    for labels in (ROWS[:, 0], ROWS[:, :1]):
        np.save(tmp_path / "y.npy", labels)
        assert open_table(tmp_path / "y.npy", ndim=1).read(2, 4).shape == (2, 1)
    with pytest.raises(ValueError, match="must be one column of labels, got 5 columns"):
        open_table(ROWS, ndim=1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p / "none.npy", r"none.npy cannot be read"),
        (lambda p: p, r"holds no table: it is not a Zarr array or group"),
        (lambda p: 5, "must be a path or an array, got int"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, make, message):
    with pytest.raises(ValueError, match=message):
        open_table(make(tmp_path))


def test_an_unknown_format_is_refused(tmp_path):
    (tmp_path / "x.dat").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"x.dat is no table that can be read: expected .npy"):
        open_table(tmp_path / "x.dat")


def test_a_zip_archive_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ValueError, match=r"x.npz"):
        open_table(tmp_path / "x.npz")


def test_an_unknown_number_of_rows_is_refused():
    array = da.from_array(ROWS, chunks=100)
    with pytest.raises(ValueError, match="chunks of unknown size"):
        open_table(array[array[:, 0] > 0])


def test_a_slice_outside_of_the_table_is_refused():
    with pytest.raises(ValueError, match="has 1000 rows, got the slice 990:1001"):
        open_table(ROWS).read(990, 1001)


@pytest.mark.parametrize("ids", [np.arange(3), np.arange(1000.0), np.zeros((1000, 1), int)])
def test_every_row_needs_one_id(ids):
    with pytest.raises(ValueError, match="needs one id"):
        open_table(ROWS, ids=ids)


def test_tables_align_by_their_ids(tmp_path):
    texts = open_table(ROWS, ids=IDS.astype(str))
    numbers, none = open_table(ROWS, ids=IDS), open_table(ROWS)
    check_aligned({"weak": texts, "labels": none, "strong": numbers})
    moved = IDS.copy()
    moved[[17, 18]] = moved[[18, 17]]
    message = r"row 17 is 51 in weak and 54 in strong \(2 rows differ\)"
    for one in (texts, numbers):
        with pytest.raises(ValueError, match=message):
            check_aligned({"weak": one, "labels": none, "strong": open_table(ROWS, ids=moved)})


def test_tables_need_one_number_of_rows():
    with pytest.raises(ValueError, match="got 1000 of weak, 999 of strong"):
        check_aligned({"weak": open_table(ROWS), "strong": open_table(ROWS[1:])})
    with pytest.raises(ValueError, match="the tables have no rows"):
        check_aligned({"weak": open_table(ROWS[:0])})


def test_the_first_value_that_is_not_finite_is_named():
    values = ROWS[:10].copy()
    refuse_not_finite("weak", values, 0)
    values[7, 3], values[8, 0] = np.inf, np.nan
    with pytest.raises(ValueError, match="row 107, column 3 of weak is inf, must be finite"):
        refuse_not_finite("weak", values, 100)


@pytest.mark.parametrize(
    ("module", "name"),
    [("zarr", "array.zarr"), ("pyarrow.parquet", "fixed.parquet"), ("pyarrow.ipc", "lists.arrow")],
)
def test_a_missing_extra_is_said_in_one_line(tmp_path, monkeypatch, module, name):
    WRITERS[name](tmp_path / name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ValueError, match=r"is not installed: it comes with the extra w2s\[data\]"):
        open_table(tmp_path / name)


@pytest.mark.parametrize("kind", ["npy", "parquet", "zarr"])
def test_a_relative_path_is_found_by_a_process_in_another_folder(tmp_path, monkeypatch, kind):
    rows = np.arange(12.0).reshape(6, 2)
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir(), there.mkdir()
    monkeypatch.chdir(here)
    if kind == "npy":
        np.save("x.npy", rows)
    elif kind == "parquet":
        parquet.write_table(pa.table({"a": rows[:, 0], "b": rows[:, 1]}), "x.parquet")
    else:
        zarr.save("x.zarr", rows)
    sent = pickle.dumps(open_table(f"x.{kind}"))
    monkeypatch.chdir(there)
    assert np.array_equal(pickle.loads(sent).read(0, 6), rows)
