"""The data of the packages are read exactly: in small files of their formats, and the real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.practice.real_sources import members
from tests.practice.small_packages import digit_file, idx, small
from w2s.practice.data.raw_formats import colours
from w2s.practice.data.sources.datasets import coloured_digits, movie_ratings, remarks, shirts
from w2s.practice.data.sources.packages import unpack

RNG = np.random.default_rng(0)
LINES = b"7\t2.25\tgood\r\n8\t-4\tbad  \xe2\x80\x93 really\r\n9\t0.5\t\r\n10\t1\tgood"


def unpacked(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, files: dict) -> Path:
    small(monkeypatch, folder / "packages", {name: files})
    assert unpack(folder / "packages", folder / "members").lacking == []
    return folder / "members"


def noise(rows: int) -> np.ndarray:
    return RNG.integers(0, 256, (rows, 28, 28)).astype(np.uint8)


# Shirts


@pytest.fixture
def clothes():
    kinds = {"train": np.array([9, 0, 6, 6, 3, 0]), "t10k": np.array([6, 1, 0])}
    return kinds, {part: noise(len(labels)) for part, labels in kinds.items()}


@pytest.fixture
def wardrobe(monkeypatch, tmp_path, clothes):
    kinds, pictures = clothes
    files = {f"{part}-images-idx3-ubyte.gz": idx(pictures[part]) for part in kinds} | {
        f"{part}-labels-idx1-ubyte.gz": idx(kinds[part]) for part in kinds
    }
    return unpacked(monkeypatch, tmp_path, "dataset-fashion-mnist", files)


def test_shirts_and_t_shirts_are_taken_from_both_files(wardrobe, clothes):
    data = shirts(wardrobe)
    rows = ["train-00001", "train-00002", "train-00003", "train-00005", "test-00000", "test-00002"]
    assert data.ids.tolist() == rows
    assert data.labels.tolist() == [-1, 1, 1, -1, 1, -1]
    _, pictures = clothes
    expected = np.concatenate([pictures["train"][[1, 2, 3, 5]], pictures["t10k"][[0, 2]]])
    shown = [picture for block in data.blocks(4) for picture in block]
    assert np.array_equal(np.stack(shown), expected) and shown[0].dtype == np.uint8


def test_a_changed_file_of_clothes_is_refused(wardrobe):
    path = wardrobe / "dataset-fashion-mnist" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(idx(np.array([6, 1, 1])))
    with pytest.raises(ValueError, match=r"^dataset-fashion-mnist .*apt-get download"):
        shirts(wardrobe)


def test_an_unchecked_file_beside_the_clothes_is_not_read(wardrobe):
    labels = shirts(wardrobe).labels.tolist()
    beside = wardrobe / "dataset-fashion-mnist" / "train-labels-idx1-ubyte"
    beside.write_bytes(idx(np.array([0, 0, 0, 0, 0, 0])))
    assert shirts(wardrobe).labels.tolist() == labels


# Coloured digits


@pytest.fixture
def grey():
    return {digit: noise(6 + digit) for digit in range(10)}


@pytest.fixture
def written(monkeypatch, tmp_path, grey):
    files = {f"{digit}.json": digit_file(pictures) for digit, pictures in grey.items()}
    return unpacked(monkeypatch, tmp_path, "mnist", files)


def test_the_grey_levels_of_the_digits_are_exact(written, grey):
    data = coloured_digits(written, np.random.default_rng(1))
    shown = np.stack(data.read(0, len(data)))
    assert shown.shape == (len(data), 28, 28, 3) and shown.dtype == np.uint8
    assert np.array_equal(shown.sum(-1), np.concatenate(list(grey.values())))
    assert data.ids[0] == "0-00000" and data.ids[-1] == "9-00014"


def test_one_channel_is_lit_and_blue_never(written):
    data = coloured_digits(written, np.random.default_rng(1))
    lit = np.stack(data.read(0, len(data))).any((1, 2))
    assert (lit.sum(1) == 1).all() and not lit[:, 2].any()


def test_labels_colours_and_environments_are_those_of_the_recipe(written, grey):
    data = coloured_digits(written, np.random.default_rng(1))
    kinds = np.repeat(list(grey), [len(pictures) for pictures in grey.values()])
    labels, channels, dealt = colours(kinds, np.random.default_rng(1))
    assert np.array_equal(data.labels, np.where(labels == 1, 1, -1))
    assert np.array_equal(np.stack(data.read(0, len(data))).any((1, 2)).argmax(1), channels)
    assert np.array_equal(data.groups, np.array(["+90%", "+80%", "-90%"])[dealt])


def test_the_same_state_gives_the_same_digits_and_another_does_not(written):
    first, again, other = (coloured_digits(written, np.random.default_rng(s)) for s in (1, 1, 2))
    assert first.digest == again.digest and np.array_equal(first.groups, again.groups)
    assert first.digest != other.digest


def test_blocks_of_digits_are_the_whole_in_order(written):
    data = coloured_digits(written, np.random.default_rng(1))
    pieces = np.concatenate([np.stack(block) for block in data.blocks(20)])
    assert np.array_equal(pieces, np.stack(data.read(0, len(data))))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{}", "has no list of grey levels"),
        (b"[", "has no list of grey levels"),
        (b'{"data": [0, 1]}', "28 × 28"),
        (b'{"data": [' + b"2," * 783 + b"2]}", "28 × 28"),
    ],
)
def test_what_holds_no_digits_is_named(monkeypatch, tmp_path, content, words):
    members = unpacked(monkeypatch, tmp_path, "mnist", {"0.json": content})
    with pytest.raises(ValueError, match=rf"0\.json .*{words}"):
        coloured_digits(members, np.random.default_rng(0))


def test_a_seed_is_no_generator(written):
    with pytest.raises(ValueError, match="rng must be a numpy"):
        coloured_digits(written, 0)


# Movie ratings


def test_ratings_and_texts_are_those_of_the_file(monkeypatch, tmp_path):
    data = movie_ratings(unpacked(monkeypatch, tmp_path, "vaderSentiment", {"movies.tsv": LINES}))
    assert data.ids.tolist() == ["7", "8", "9", "10"]
    assert data.labels.tolist() == [2.25, -4, 0.5, 1]
    assert data.read(0, 4) == ["good", "bad  – really", "", "good"] and data.skipped == []
    assert data.notes == ["1 of 4 texts is empty", "1 of 4 texts repeats an earlier one"]


@pytest.mark.parametrize(
    "line",
    [b"1\t2", b"1\t2\ta\tb", b"1\tnan\ta", b"1\t4.1\ta", b"\t2\ta", b"1\ttwo\ta", b"1\t2\t\xff"],
)
def test_a_line_that_is_no_rated_text_is_left_out_by_number(monkeypatch, tmp_path, line):
    files = {"movies.tsv": LINES + b"\r\n" + line + b"\r\n11\t0\tlast"}
    data = movie_ratings(unpacked(monkeypatch, tmp_path, "vaderSentiment", files))
    assert len(data.skipped) == 1 and data.skipped[0].startswith("line 5: not an id")
    assert data.ids[-1] == "11"


def test_only_the_end_of_a_line_ends_it(monkeypatch, tmp_path):
    # Python's texts would also be split at these.
    text = "a\u2028b\x0cc\x85d"
    files = {"movies.tsv": f"1\t2\t{text}\r\n".encode()}
    data = movie_ratings(unpacked(monkeypatch, tmp_path, "vaderSentiment", files))
    assert data.read(0, 1) == [text]


def test_remarks_of_texts_without_a_fault_are_none():
    assert remarks(["a", "b"]) == []


# The real files


@pytest.mark.real("dataset-fashion-mnist")
def test_the_real_shirts_are_all_and_balanced():
    data = shirts(members())
    assert len(data) == data.published and data.labels.sum() == 0
    shown = np.stack(data.read(0, len(data)))
    assert shown.shape[1:] == (28, 28) and shown.min() == 0 and shown.max() == 255


@pytest.mark.real("mnist")
def test_the_real_digits_are_all_and_coloured_as_their_environment_says():
    data = coloured_digits(members(), np.random.default_rng(0))
    assert len(data) == data.published
    shown = np.stack(data.read(0, len(data)))
    green = shown.any((1, 2)).argmax(1) == 1
    agrees = green == (data.labels == -1)
    for name, share in (("+90%", 0.9), ("+80%", 0.8), ("-90%", 0.1)):
        rows = data.groups == name
        # Four standard errors of a share of so many rows.
        assert abs(agrees[rows].mean() - share) < 4 * np.sqrt(share * (1 - share) / rows.sum())
    kinds = np.array([int(name.split("-")[0]) for name in data.ids])
    flipped = ((kinds >= 5) != (data.labels == 1)).mean()
    assert abs(flipped - 0.25) < 4 * np.sqrt(0.25 * 0.75 / len(data))


@pytest.mark.real("vaderSentiment")
def test_the_real_ratings_are_all_and_what_is_odd_is_counted():
    data = movie_ratings(members())
    assert len(data) == data.published and data.skipped == []
    assert abs(data.labels).max() <= 4
    assert round(float(data.labels.var()), 2) == 3.69  # as measured apart from this code
    assert data.notes == ["2 of 10605 texts repeat an earlier one"]
