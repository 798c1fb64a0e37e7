"""The sum over all rows does not depend on who takes it, and names what it refuses."""

import os
import re
import tracemalloc

import numpy as np
import pytest

from w2s.computing.cluster import in_pairs
from w2s.practice.data.tables import open_table
from w2s.practice.estimation.accumulate import _pieces, accumulate
from w2s.practice.estimation.groups import GroupedMoments
from w2s.practice.estimation.moments import JointMoments

STEP = 700


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5000, 11)).astype(np.float32)
    labels = np.where(rng.random(5000) < 0.8, x.sum(axis=1), np.nan)
    return x[:, :6], x[:, 4:], labels


@pytest.fixture(scope="module")
def files(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"{name}.npy" for name in ("strong", "weak", "labels")]
    for path, part in zip(paths, data, strict=True):
        np.save(path, part)
    return paths


def content(state):
    """All numbers of a grouped state."""
    sums = [state.with_label, state.without_label]
    return [part.tobytes() for s in sums for part in (s.rows, s.mean, s.pairs)]


@pytest.fixture(scope="module")
def serial(files):
    return content(accumulate(*files, block_rows=STEP))


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_files_and_arrays_give_the_same_bits_with_any_number_of_workers(
    data, files, serial, workers
):
    assert content(accumulate(*files, block_rows=STEP, workers=workers)) == serial
    assert content(accumulate(*data, block_rows=STEP, workers=workers)) == serial


def test_what_a_worker_adds_is_a_term_of_the_whole_sum():
    def pair(left, right):
        return f"({left}{right})"

    for ranges in range(1, 40):
        cuts = [(k, k + 1) for k in range(ranges)]
        whole = in_pairs((str(k) for k, _ in cuts), pair)
        for workers in (1, 2, 3, 4, 8, 64):
            pieces = _pieces(cuts, workers)
            assert [cut for piece in pieces for cut in piece] == cuts
            assert len(pieces) <= workers or workers == 3
            sums = (in_pairs((str(k) for k, _ in piece), pair) for piece in pieces)
            assert in_pairs(sums, pair) == whole


def test_few_sums_are_kept():
    class Term:
        alive = 0

        def __init__(self):
            Term.alive += 1
            most.append(Term.alive)

        def __iadd__(self, other):
            Term.alive -= 1
            return self

    most = []
    in_pairs(Term() for _ in range(64))
    assert max(most) == 7  # log2 of 64, and the one that is made


@pytest.mark.parametrize("block_rows", [1, 333, 5000, 10**6, None])
def test_ranges_of_any_length_give_the_same_moments(data, block_rows):
    strong, weak, labels = data
    labels = np.nan_to_num(labels)
    if block_rows == 1:
        strong, weak, labels = strong[:200], weak[:200], labels[:200]
    whole = JointMoments.from_blocks([(strong, weak, labels)])
    found = accumulate(strong, weak, labels, block_rows=block_rows, make_state=JointMoments)
    assert found.rows == whole.rows
    # Sums of 5000 terms of order one, in another order.
    np.testing.assert_allclose(found.scatter, whole.scatter, rtol=1e-11, atol=1e-10)
    np.testing.assert_allclose(found.mean, whole.mean, rtol=1e-11, atol=1e-14)


def test_rows_keep_their_groups(data):
    whole = GroupedMoments.from_blocks([data])
    found = accumulate(*data, block_rows=STEP)
    assert found.labelled_rows == whole.labelled_rows
    np.testing.assert_array_equal(found.with_label.rows, whole.with_label.rows)
    np.testing.assert_allclose(
        found.with_label.pairs, whole.with_label.pairs, rtol=1e-11, atol=1e-10
    )


@pytest.mark.parametrize(("workers", "steps"), [(1, 8), (2, 2), (3, 8)])
def test_progress_counts_rows(files, workers, steps):
    seen = []

    def progress(done, rows):
        seen.append((done, rows))

    accumulate(*files, block_rows=STEP, workers=workers, progress=progress)
    assert seen[-1] == (5000, 5000)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert len(seen) == steps  # ranges, or pieces of four of them


def test_the_callers_blas_threads_are_restored(files):
    from threadpoolctl import threadpool_info, threadpool_limits

    with threadpool_limits(2):
        accumulate(*files)
        assert {p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"} == {2}


def test_memory_does_not_grow_with_the_rows(tmp_path):
    peaks = []
    for rows in (20_000, 400_000):
        paths = [tmp_path / f"{name}{rows}.npy" for name in ("strong", "weak", "labels")]
        for path, width in zip(paths, (20, 30, 1), strict=True):
            np.lib.format.open_memmap(path, "w+", np.float32, (rows, width))
        tracemalloc.start()
        accumulate(*paths, make_state=JointMoments)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # A block of 8 MiB as it is read and as its state widens it; the files have 4 and 82 MB.
    assert peaks[1] < 1.1 * peaks[0] < 30 * 2**20


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("make_state", [JointMoments, GroupedMoments])
def test_the_first_bad_value_is_named_by_its_row_in_the_file(data, make_state, workers):
    strong, weak, labels = data[0], data[1].copy(), np.zeros(5000)
    weak[3456, 2], weak[4999, 0] = np.inf, np.nan
    message = r"row 3456, column 2 of weak \(the array\) is inf, must be finite"
    with pytest.raises(ValueError, match=message):
        accumulate(strong, weak, labels, make_state=make_state, block_rows=STEP, workers=workers)


def test_a_bad_label_is_named(data):
    strong, weak, labels = data
    first = int(np.argmax(np.isnan(labels)))
    with pytest.raises(ValueError, match=f"row {first}, column 0 of labels .* is nan"):
        accumulate(strong, weak, labels, make_state=JointMoments, block_rows=STEP)
    infinite = labels.copy()
    infinite[4321] = -np.inf
    with pytest.raises(ValueError, match=r"row 4321, column 0 of labels .* is -inf"):
        accumulate(strong, weak, infinite, block_rows=STEP)


def test_half_precision_does_not_overflow(data):
    large = np.full((3000, 2), 60000, np.float16)
    large[::2] *= -1
    found = accumulate(large, large, np.zeros(3000), make_state=JointMoments)
    np.testing.assert_allclose(found.scatter[0, 0], 3000 * 6e4**2, rtol=1e-2)  # 59968 in float16


class Growing(JointMoments):
    """Lets a file grow in the middle of the pass."""

    path = ""

    def update(self, strong, weak, labels):
        super().update(strong, weak, labels)
        with open(self.path, "ab") as file:
            file.write(b"more")


class Shrinking(JointMoments):
    """Lets a file shrink in the middle of the pass."""

    path = ""

    def update(self, strong, weak, labels):
        super().update(strong, weak, labels)
        os.truncate(self.path, 10_000)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (Growing, "changed while it was read (at first 120128 bytes"),
        (Shrinking, "ended while it was read: it is truncated"),
    ],
)
def test_a_file_that_changes_during_the_pass_is_refused(
    data, tmp_path, monkeypatch, state, message
):
    np.save(tmp_path / "strong.npy", data[0])
    monkeypatch.setattr(state, "path", tmp_path / "strong.npy")
    with pytest.raises(ValueError, match="strong.npy " + re.escape(message)):
        accumulate(
            tmp_path / "strong.npy", data[1], np.zeros(5000), make_state=state, block_rows=STEP
        )


def test_tables_that_do_not_belong_together_are_refused(data):
    strong, weak, labels = data
    with pytest.raises(ValueError, match="got 5000 of strong, 4999 of weak, 5000 of labels"):
        accumulate(strong, weak[1:], labels)
    ids = np.arange(5000)
    tables = open_table(strong, ids=ids), open_table(weak, ids=ids[::-1])
    with pytest.raises(ValueError, match="row 0 is 0 in strong and 4999 in weak"):
        accumulate(*tables, labels)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"block_rows": 0}, "block_rows must be at least 1, got 0"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"workers": 2, "client": object()}, "not both"),
    ],
)
def test_bad_input_is_named(data, options, message):
    with pytest.raises(ValueError, match=message):
        accumulate(*data, **options)
