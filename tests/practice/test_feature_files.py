"""Rows are matched by id, and what does not fit is refused by name."""

import numpy as np
import pytest

from w2s.practice.data.feature_files import Features, load_features, save_labels, stored
from w2s.practice.data.groups import rows_of

IDS = np.array([f"{k:02d}.jpg" for k in range(12)])


def values(width):
    """Features that tell their row."""
    return np.arange(12.0)[:, None] + np.linspace(0, 0.5, width)


@pytest.fixture
def folder(tmp_path):
    """A folder with shuffled files, one of them a pair of npy files."""
    source = np.random.default_rng(0)
    first, second, third = (source.permutation(12) for _ in range(3))
    np.savez(tmp_path / "labels.npz", ids=IDS[first], labels=np.arange(12)[first])
    np.savez(tmp_path / "small.npz", ids=IDS[second], features=values(3)[second])
    np.save(tmp_path / "large.npy", values(5)[third].astype(np.float32))
    np.save(tmp_path / "large.ids.npy", IDS[third])
    return tmp_path


def test_rows_meet_whatever_the_order_of_the_files(folder):
    data = load_features(folder, "small", "large")
    np.testing.assert_array_equal(data.ids, IDS)
    np.testing.assert_array_equal(data.labels, np.arange(12))
    np.testing.assert_array_equal(data.weak, values(3))
    np.testing.assert_array_equal(data.strong, values(5).astype(np.float32))


def test_what_is_stored(folder):
    assert stored(folder, "small") and stored(folder, "large")
    (folder / "large.ids.npy").unlink()
    assert not stored(folder, "large")
    with pytest.raises(ValueError, match=r"no .*large.npz \(arrays ids, features\)"):
        load_features(folder, "small", "large")


def test_a_single_number_is_no_table(folder):
    np.savez(folder / "small.npz", ids=IDS, features=np.float64(3))
    with pytest.raises(ValueError, match=r"small.npz must be a matrix or a vector, got shape"):
        load_features(folder, "small", "large")


def test_ids_that_differ_are_counted(folder):
    np.savez(folder / "small.npz", ids=[*IDS[:11], "99.jpg"], features=values(3))
    with pytest.raises(ValueError, match=r"small are not those .* 1 missing, 1 unknown.*11.jpg"):
        load_features(folder, "small", "large")


def test_an_id_that_occurs_twice_is_refused(folder):
    for name, key, table in (("labels", "labels", np.arange(12)), ("small", "features", values(3))):
        np.savez(folder / f"{name}.npz", ids=[*IDS[:11], IDS[0]], **{key: table})
    np.save(folder / "large.ids.npy", np.array([*IDS[:11], IDS[0]]))
    with pytest.raises(ValueError, match=r"every id must occur once, got .*00.jpg"):
        load_features(folder, "small", "large")


def test_python_objects_are_not_unpickled(folder):
    np.savez(folder / "small.npz", ids=IDS.astype(object), features=values(3))
    with pytest.raises(ValueError, match=r"small.npz is not a file of ids and features"):
        load_features(folder, "small", "large")


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"not an archive"),
        lambda path: path.write_bytes(path.read_bytes()[:200]),
        lambda path: np.savez(path, ids=IDS),
        lambda path: np.savez(path, features=values(3)),
    ],
)
def test_a_damaged_file_is_named(folder, damage):
    damage(folder / "small.npz")
    with pytest.raises(ValueError, match=r"small.npz is not a file of ids and features"):
        load_features(folder, "small", "large")


@pytest.mark.parametrize("cut", [1, 60, 200])
@pytest.mark.parametrize("name", ["large.npy", "large.ids.npy"])
def test_a_truncated_npy_is_named(folder, name, cut):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) - cut])
    with pytest.raises(ValueError, match=r"large.npy is not a file of ids and features"):
        load_features(folder, "small", "large")


@pytest.mark.parametrize("name", ["large.npy", "large.ids.npy"])
def test_objects_in_an_npy_are_not_unpickled(folder, name):
    np.save(folder / name, np.array([print] * 12), allow_pickle=True)
    with pytest.raises(ValueError, match=r"large.npy is not .*allow_pickle=False"):
        load_features(folder, "small", "large")


def test_a_damaged_compressed_archive_is_named(folder):
    np.savez_compressed(folder / "small.npz", ids=IDS, features=values(3))
    content = bytearray((folder / "small.npz").read_bytes())
    content[60:90] = b"\xff" * 30
    (folder / "small.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"small.npz is not a file of ids and features"):
        load_features(folder, "small", "large")


def test_numbers_and_texts_are_not_the_same_ids(folder):
    # As texts 10 comes before 9: rows matched by sorting would meet the wrong ones.
    np.savez(folder / "labels.npz", ids=np.arange(12), labels=np.arange(12))
    np.savez(folder / "small.npz", ids=np.arange(12).astype(str), features=values(3))
    with pytest.raises(ValueError, match=r"ids of .*small are text, those of the labels are num"):
        load_features(folder, "small", "large")


@pytest.mark.parametrize("model", ["small", "large"])
def test_one_shifted_id_is_an_error(folder, model):
    shifted = np.array([f"{k:02d}.jpg" for k in range(1, 13)])
    np.savez(folder / f"{model}.npz", ids=shifted, features=values(3))
    with pytest.raises(ValueError, match=rf"{model} are not .* 1 missing, 1 unknown"):
        load_features(folder, "small", "large")


def keyed(folder, name, key, table):
    np.save(folder / f"{name}-{key}.npy", table)
    np.save(folder / f"{name}-{key}.ids.npy", IDS)


def test_a_name_with_a_key_is_found_by_the_name(folder):
    keyed(folder, "medium", "0123456789abcdef", values(4))
    keyed(folder, "medium-s14", "00000000000000ff", values(2))
    keyed(folder, "med[i]um", "0123456789abcdef", values(1))
    assert stored(folder, "medium") and not stored(folder, "med")
    assert load_features(folder, "medium", "medium-s14").weak.shape == (12, 4)
    assert load_features(folder, "med[i]um", "medium-s14").weak.shape == (12, 1)
    keyed(folder, "small", "0123456789abcdef", values(1))
    assert load_features(folder, "small", "medium").weak.shape == (12, 3)  # exact names first


def test_two_keys_of_one_name_are_not_chosen_between(folder):
    keyed(folder, "medium", "0123456789abcdef", values(4))
    keyed(folder, "medium", "ffffffffffffffff", values(4))
    with pytest.raises(ValueError, match=r"several files for medium, remove all but one: .*cdef"):
        load_features(folder, "medium", "large")


def test_what_an_unfinished_run_leaves_is_not_taken(folder):
    (folder / "medium-0123456789abcdef.npy.part").write_bytes(b"x")
    (folder / "medium-0123456789abcdef.progress.json").write_bytes(b"{}")
    np.save(folder / "medium-0123456789abcdef.ids.npy", IDS)
    assert not stored(folder, "medium")


def test_labels_come_back_as_saved(folder):
    order = np.random.default_rng(1).permutation(12)
    path = save_labels(folder, IDS[order], np.arange(12)[order])
    assert path == folder / "labels.npz"
    data = load_features(folder, "small", "large")
    np.testing.assert_array_equal(data.labels, np.arange(12))
    assert save_labels(folder / "new" / "place", ["a"], [1]).is_file()


@pytest.mark.parametrize(
    ("ids", "labels", "message"),
    [
        (["a", "a"], [1, 2], "every id must occur once"),
        (["a", "b"], [1, np.nan], "labels must be finite, got nan at index"),
        (["a"], [1, 2], "need vectors ids, labels"),
    ],
)
def test_labels_that_do_not_fit_are_not_saved(tmp_path, ids, labels, message):
    with pytest.raises(ValueError, match=message):
        save_labels(tmp_path, ids, labels)
    assert not list(tmp_path.iterdir())


def test_labels_are_written_whole_or_not_at_all(folder, monkeypatch):
    before = (folder / "labels.npz").read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_labels(folder, IDS, np.zeros(12))
    assert (folder / "labels.npz").read_bytes() == before
    assert not list(folder.glob("*.tmp"))


@pytest.mark.parametrize("ids", [np.arange(11), np.arange(12.0), np.zeros((12, 1), int)])
def test_every_row_needs_an_id(folder, ids):
    np.savez(folder / "small.npz", ids=ids, features=values(3))
    with pytest.raises(ValueError, match=r"small.npz needs one id .* a row"):
        load_features(folder, "small", "large")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weak": np.zeros(12)}, "need vectors ids, labels and matrices"),
        ({"labels": np.zeros((12, 1))}, "need vectors ids, labels and matrices"),
        ({"strong": np.zeros((11, 2))}, "must share their rows"),
        ({"weak": np.full((12, 2), np.nan)}, "weak must hold finite real numbers"),
        ({"strong": np.full((12, 2), "x")}, "strong must hold finite real numbers"),
    ],
)
def test_features_are_checked(change, message):
    given = {"ids": IDS, "weak": values(3), "strong": values(5), "labels": np.zeros(12)} | change
    with pytest.raises(ValueError, match=message):
        Features(**given)


# Groups


def test_groups_are_stored_with_the_labels_and_follow_the_ids(folder):
    order = np.random.default_rng(2).permutation(12)
    names = np.array(["+90%", "+80%", "-90%"])[np.arange(12) % 3]
    save_labels(folder, IDS[order], np.arange(12)[order], names[order])
    data = load_features(folder, "small", "large")
    np.testing.assert_array_equal(data.groups, names)
    hard = data.of_groups("-90%")
    np.testing.assert_array_equal(hard.labels, [2, 5, 8, 11])
    np.testing.assert_array_equal(hard.weak, values(3)[2::3])
    assert set(hard.groups) == {"-90%"}
    np.testing.assert_array_equal(rows_of(data.groups, "+90%", "-90%"), [0, 2, 3, 5, 6, 8, 9, 11])


def test_files_without_groups_have_none(folder):
    data = load_features(folder, "small", "large")
    assert data.groups is None
    with pytest.raises(ValueError, match="the data have no groups"):
        data.of_groups("-90%")


def test_a_group_that_does_not_occur_is_named_with_those_that_do():
    with pytest.raises(ValueError, match="need names of groups out of a, b, got 'c'"):
        rows_of(np.array(["b", "a"]), "a", "c")
    with pytest.raises(ValueError, match="out of a, b, got none"):
        rows_of(np.array(["b", "a"]))


@pytest.mark.parametrize("groups", [["a", "b"], [1, 2, 3], [["a"], ["b"], ["c"]]])
def test_groups_that_do_not_fit_are_refused(tmp_path, folder, groups):
    with pytest.raises(ValueError, match=r"groups must be one name per row, shape \(3,\)"):
        save_labels(tmp_path / "new", ["a", "b", "c"], [1, 2, 3], groups)
    assert not (tmp_path / "new").exists()
    np.savez(folder / "labels.npz", ids=IDS, labels=np.arange(12), groups=groups)
    with pytest.raises(ValueError, match=r"labels.npz cannot be read: groups must be one name"):
        load_features(folder, "small", "large")
