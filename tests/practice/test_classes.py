"""Labels as classes: names and codes from files and arrays of every kind, and their moments."""

from __future__ import annotations

import pickle
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

from w2s.practice.data.classes import open_classes
from w2s.practice.data.tables.texts import read_names
from w2s.practice.estimation.accumulate import accumulate
from w2s.practice.estimation.class_moments import ClassMoments
from w2s.practice.estimation.groups import GroupedMoments

WORDS = ["dog", "cat", "emu", "cat", "dog", "cat"]
CODES = [1, 0, 2, 0, 1, 0]


class Categorical:
    """A column of pandas that holds categories."""

    def __init__(self, entries):
        self.entries, self.categories = entries, sorted(set(entries))

    def __array__(self, dtype=None, copy=None):
        return np.array(self.entries, dtype=dtype)


@pytest.mark.parametrize(
    "labels",
    [
        WORDS,
        np.array(WORDS),
        np.array(WORDS)[:, None],
        np.array(WORDS, dtype="S3"),
        np.array(WORDS, dtype=object),
        np.array(WORDS, dtype=np.dtypes.StringDType()),
        pa.array(WORDS),
        Categorical(WORDS),
    ],
    ids=lambda labels: f"{type(labels).__name__}-{getattr(labels, 'dtype', '')}",
)
def test_texts_in_memory_are_classes_in_alphabetical_order(labels):
    found = open_classes(labels)
    assert found.names == ("cat", "dog", "emu")
    assert found.counts.tolist() == [3, 2, 1]
    assert found.codes.tolist() == CODES


def test_numbers_with_gaps_are_classes_in_their_order():
    found = open_classes(np.array([30, -7, 1000, -7, 30, -7], dtype=np.int16))
    assert (found.names, found.codes.tolist()) == (("-7", "30", "1000"), CODES)
    assert open_classes([1.0, 2.0, 1.0]).names == ("1", "2")


def test_truth_values_are_named_so():
    for labels in ([True, False, True], np.array([True, False, True])):
        assert open_classes(labels).names == ("False", "True")


@pytest.mark.parametrize(
    ("labels", "no_label"),
    [
        (["a", None, "b", "a"], None),
        (["a", "", "b", "a"], None),
        (["a", "NA", "b", "a"], None),
        (["a", float("nan"), "b", "a"], None),
        (["a", "none yet", "b", "a"], "none yet"),
        (np.ma.array(["a", "x", "b", "a"], mask=[0, 1, 0, 0]), None),
        ([True, None, False, True], None),
        ([5, None, 9, 5], None),
        ([5.0, np.nan, 9.0, 5.0], None),
        ([5, -100, 9, 5], -100),
        (np.ma.array([5, 7, 9, 5], mask=[0, 1, 0, 0]), None),
    ],
)
def test_what_is_missing_has_no_code(labels, no_label):
    codes = open_classes(labels, no_label=no_label).codes
    assert np.isnan(codes).tolist() == [False, True, False, False]
    assert codes[0] == codes[3] != codes[2]


@pytest.mark.parametrize("kind", ["U", "S", "npz", "csv", "tsv", "parquet", "dictionary", "arrow",
                                  "stream", "large"])  # fmt: skip
def test_texts_in_files_are_classes(tmp_path, kind):
    file = tmp_path / f"labels.{kind}"
    table = pa.table({"label": pa.array(WORDS), "id": pa.array(range(6))})
    if kind in "US":
        file = tmp_path / "labels.npy"
        np.save(file, np.array(WORDS, dtype=f"{kind}3"))
        np.save(tmp_path / "labels.ids.npy", np.arange(6))
    elif kind == "npz":
        np.savez(file, label=np.array(WORDS), ids=np.arange(6))
    elif kind in ("csv", "tsv"):
        rows = zip(range(6), WORDS, strict=True)
        lines = ["id,label", *(f"{k},{one}" for k, one in rows)]
        file.write_text("\n".join(lines).replace(",", "," if kind == "csv" else "\t") + "\n")
    elif kind in ("parquet", "dictionary", "large"):
        file = file.with_suffix(".parquet")
        column = pa.array(WORDS, pa.large_string() if kind == "large" else pa.string())
        column = column.dictionary_encode() if kind == "dictionary" else column
        pa.parquet.write_table(table.set_column(0, "label", column), file)
    else:
        new = pa.ipc.new_stream if kind == "stream" else pa.ipc.new_file
        with new(file, table.schema) as writer:
            writer.write_table(table, max_chunksize=4)
    found = open_classes(file)
    assert (found.names, found.codes.tolist()) == (("cat", "dog", "emu"), CODES)
    assert found.table.ids is not None and found.table.ids.tolist() == list(range(6))
    assert found.table.name == str(file)


@pytest.mark.hdf5
@pytest.mark.parametrize("packed", [{}, {"compression": "gzip"}], ids=["plain", "gzip"])
@pytest.mark.parametrize("kind", ["any length", "S3", "column", "utf-8"])
def test_texts_in_hdf5_are_classes(tmp_path, kind, packed):
    import h5py

    fixed = {"S3": "S3", "utf-8": h5py.string_dtype("utf-8", 3)}
    words = np.array(WORDS, dtype=fixed.get(kind, h5py.string_dtype()))
    words = words.reshape(6, 1) if kind == "column" else words
    with h5py.File(tmp_path / "labels.h5", "w") as file:
        file.create_dataset("label", data=words, chunks=words.shape, **packed)
        file["ids"] = np.arange(6)
    found = open_classes(f"{tmp_path}/labels.h5:label")
    assert (found.names, found.codes.tolist()) == (("cat", "dog", "emu"), CODES)
    assert found.table.ids is not None and found.table.ids.tolist() == list(range(6))


@pytest.mark.hdf5
def test_what_is_no_column_of_texts_in_hdf5_is_refused(tmp_path):
    import h5py

    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["two"] = np.array([["cat", "dog"]] * 6, dtype=object)
        file["one"] = "cat"
        file.create_dataset("lists", (6,), h5py.vlen_dtype(np.int32))
    for key, shape in (("two", r"\(6, 2\)"), ("one", r"\(\)")):
        with pytest.raises(
            ValueError, match=f"{key} must be one column of texts, got shape {shape}"
        ):
            open_classes(f"{tmp_path}/x.h5:{key}")
    with pytest.raises(ValueError, match=r"lists of .* must hold real numbers, got object"):
        open_classes(f"{tmp_path}/x.h5:lists")


@pytest.mark.hdf5
def test_truth_values_in_hdf5_are_classes(tmp_path):
    import h5py

    with h5py.File(tmp_path / "labels.h5", "w") as file:
        file["label"] = np.array([True, False, True])
    found = open_classes(tmp_path / "labels.h5")
    assert (found.names, found.codes.tolist()) == (("False", "True"), [1.0, 0.0, 1.0])


def test_missing_entries_in_files_have_no_code(tmp_path):
    (tmp_path / "labels.csv").write_text('label\nx\n""\ny\nNA\n')
    column = pa.array([True, None, False, None])
    pa.parquet.write_table(pa.table({"label": column}), tmp_path / "labels.parquet")
    for kind, names in (("csv", ("x", "y")), ("parquet", ("False", "True"))):
        found = open_classes(tmp_path / f"labels.{kind}")
        assert found.names == names
        assert np.isnan(found.codes).tolist() == [False, True, False, True]


def test_the_parts_of_a_column_in_a_folder_are_read_in_order(tmp_path):
    for k in (2, 10):
        np.save(tmp_path / f"part-{k}.npy", np.array(WORDS[:3] if k == 2 else WORDS[3:]))
    assert open_classes(tmp_path).codes.tolist() == CODES
    assert open_classes(f"{tmp_path}/part-*.npy").codes.tolist() == CODES


def test_a_key_names_the_column_of_the_labels(tmp_path):
    file = tmp_path / "all.csv"
    file.write_text("name,kind\na,dog\nb,cat\nc,dog\n")
    assert open_classes(f"{file}:kind").names == ("cat", "dog")
    with pytest.raises(
        ValueError, match="has several columns, name, kind: name that of the labels"
    ):
        open_classes(file)


def test_numbers_are_no_names(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(4))
    (tmp_path / "x.csv").write_text("y\n1\n2\nx3\n4\n")
    pa.parquet.write_table(pa.table({"y": [1, 2, 3]}), tmp_path / "x.parquet")
    sources = tmp_path / "x.npy", tmp_path / "x.csv", tmp_path / "x.parquet", [1, 2], np.ones(2)
    assert [read_names(source) for source in sources] == [None] * 5
    with pytest.raises(ValueError, match="row 2, column y is 'x3', which is no number"):
        open_classes(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("labels", "no_label", "message"),
    [
        ([1, 2.5, 1], None, "row 1 of labels is 2.5, which names no class: classes are whole"),
        ([1, np.inf, 1], None, "row 1 of labels is inf, which names no class"),
        ([1, 1, 1], None, "labels must name 2 to 1000 classes, got 1: 1"),
        (["a", "a"], None, "labels must name 2 to 1000 classes, got 1: a"),
        (["a", None], "a", "labels must name 2 to 1000 classes, got 0"),
        (np.arange(1001), None, "labels must name 2 to 1000 classes, got 1001"),
        ([1, 2], "x", "no_label must be a number, as the labels are, got 'x'"),
        (np.array([["a", "b"]]), None, r"labels must be one column, got shape \(1, 2\)"),
    ],
)
def test_what_names_no_classes_is_refused(labels, no_label, message):
    with pytest.raises(ValueError, match=message):
        open_classes(labels, no_label=no_label)


def test_other_labels_get_the_same_codes_or_are_refused():
    other = open_classes(["emu", None, "cat", "emu"]).coded_as(open_classes(WORDS).names)
    assert other.counts.tolist() == [1, 0, 2]
    np.testing.assert_array_equal(other.codes, [2, np.nan, 0, 2])
    with pytest.raises(ValueError, match="labels has classes that the other labels do not have: x"):
        open_classes(["emu", "x"]).coded_as(WORDS)


def test_python_objects_in_a_file_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.array(WORDS, dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="must hold real numbers, got object"):
        open_classes(tmp_path / "x.npy")


def test_a_file_that_changes_is_noticed_and_parts_travel(tmp_path):
    file = tmp_path / "labels.npy"
    np.save(file, np.array(WORDS))
    table = open_classes(file).table
    part = pickle.loads(pickle.dumps(table.part(2, 5)))  # as to another process
    assert part.read(2, 5)[:, 0].tolist() == CODES[2:5]
    np.save(file, np.array([*WORDS, "cat"]))
    with pytest.raises(ValueError, match=r"labels\.npy changed while it was read"):
        table.check_unchanged()


def drawn(rows=3000, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    code = rng.integers(classes, size=rows).astype(float)
    strong = rng.standard_normal((rows, 4)) + code[:, None] + 100
    weak = strong[:, 1:] + rng.standard_normal((rows, 3))
    return strong, weak, code


def assert_same(one, two):
    assert one.counts.tolist() == two.counts.tolist()
    assert (one.rows == two.rows).all() and (one.codes == two.codes).all()
    # Sums of some thousand terms in another order, relative to features of 100.
    np.testing.assert_allclose(one.means, two.means, rtol=1e-12)
    np.testing.assert_allclose(one.scatter, two.scatter, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("classes", [2, 3])
def test_moments_of_classes_are_those_of_numpy(classes):
    strong, weak, code = drawn(classes=classes)
    joint, known = np.column_stack([strong, weak]), np.arange(3000) % 7 > 0
    state = ClassMoments.from_blocks([(strong, weak, np.where(known, code, np.nan))],
                                     classes=classes)  # fmt: skip
    found, own = state.sample(), [known & (code == k) for k in range(classes)]
    assert (state.labelled_rows, state.unlabelled_rows) == (known.sum(), (~known).sum())
    assert found.counts.tolist() == [mask.sum() for mask in own]
    np.testing.assert_allclose(found.means, [joint[mask].mean(axis=0) for mask in own], rtol=1e-12)
    expected = np.cov(joint[known].T, bias=True)
    np.testing.assert_allclose(found.scatter, expected, rtol=1e-10, atol=1e-12)


def test_blocks_workers_and_the_order_of_merging_change_nothing():
    strong, weak, code = drawn()
    make = partial(ClassMoments, classes=3, kept=500)
    whole = make(4, 3)
    whole.update(strong, weak, code)
    for rows, workers in ((3000, 1), (700, 1), (1000, 2)):
        found = accumulate(strong, weak, code, make_state=make, block_rows=rows, workers=workers)
        assert_same(found.sample(), whole.sample())
    parts = []
    for start in range(0, 3000, 1000):
        parts.append(make(4, 3))
        cut = slice(start, start + 1000)
        parts[-1].update(strong[cut], weak[cut], code[cut], first_row=start)
    assert_same((parts[2] + (parts[0] + parts[1])).sample(), whole.sample())


def test_kept_rows_are_spread_over_all_rows_and_groups_can_be_left_out():
    strong, weak, code = drawn()
    strong[:, 0] = np.arange(3000)
    state = ClassMoments(4, 3, classes=3, kept=300)
    state.update(strong, weak, code)
    found = state.sample()
    # Multiples of the golden ratio: every tenth of the rows has a tenth of them, up to a few.
    assert np.abs(np.histogram(found.rows[:, 0], bins=10)[0] - 30).max() <= 3
    rest = state.sample(without=range(8))
    assert 0 < rest.counts.sum() < 3000 and set(rest.rows[:, 0]) < set(found.rows[:, 0])


def test_a_regression_on_numbers_of_the_classes_has_the_moments_of_these_numbers():
    strong, weak, code = drawn(classes=2)
    code[::5] = np.nan
    state = ClassMoments.from_blocks([(strong, weak, code)], classes=2)
    direct = GroupedMoments(4, 3)
    direct.update(strong, weak, 2 * code - 1)
    features = [one.features() for one in (state.regression([-1, 1]), direct)]
    assert features[0].rows == features[1].rows == state.rows == 3000
    np.testing.assert_allclose(features[0].scatter, features[1].scatter, rtol=1e-9, atol=1e-9)
    for group in range(16):
        for one, two in zip(
            state.regression([-1, 1]).with_label.group(group),
            direct.with_label.group(group), strict=True,
        ):  # fmt: skip
            np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)  # as above


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((1, 2, np.nan), "row 5 of strong column 2 is nan, must be finite"),
        ((2, 0, 3.0), "row 5 of labels is 3, must be a class from 0 to 2"),
        ((2, 0, 0.5), "row 5 of labels is 0.5, must be a class from 0 to 2"),
        ((1, 2, 1e200), "are too large: their squares overflow float64"),
    ],
)
def test_rows_that_cannot_be_added_are_refused_and_leave_the_state(change, message):
    strong, weak, code = drawn(10)
    part, column, value = change
    if part == 1:
        strong[5, column] = value
    else:
        code[5] = value
    state = ClassMoments(4, 3, classes=3)
    with pytest.raises(ValueError, match=message):
        state.update(strong, weak, code)
    assert state.rows == 0
    with pytest.raises(ValueError, match="moments of no labelled rows have no classes"):
        state.sample()


def test_states_of_different_kinds_do_not_merge():
    with pytest.raises(ValueError, match="different widths, classes or groups cannot be merged"):
        ClassMoments(4, 3, classes=3) + ClassMoments(4, 3, classes=4)
    with pytest.raises(ValueError, match="targets must be 3, got 2"):
        ClassMoments(4, 3, classes=3).regression([0, 1])


def test_rows_that_belong_together_come_into_one_group():
    strong, weak, code = drawn(60)
    dealt = np.arange(60) // 10  # six documents
    state = ClassMoments(4, 3, classes=3, groups=6, dealt=dealt)
    state.update(strong[:25], weak[:25], code[:25])
    state.update(strong[25:], weak[25:], code[25:])
    kept = dealt != 4
    rest = state.sample(without=[4])
    assert rest.counts.tolist() == [np.sum(code[kept] == k) for k in range(3)]
    assert set(rest.rows[:, 0]) == set(strong[kept, 0])
    with pytest.raises(ValueError, match="dealt has a group for 60 rows, got rows up to 61"):
        state.update(strong[:1], weak[:1], code[:1])
