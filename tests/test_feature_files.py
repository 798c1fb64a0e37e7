"""Rows are matched by id, and what does not fit is refused by name."""

import numpy as np
import pytest

from w2s.feature_files import Features, load_features, stored

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


@pytest.mark.parametrize("ids", [np.arange(11), np.arange(12.0), np.zeros((12, 1), int)])
def test_every_row_needs_an_id(folder, ids):
    np.savez(folder / "small.npz", ids=ids, features=values(3))
    with pytest.raises(ValueError, match=r"one id .* per row"):
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
