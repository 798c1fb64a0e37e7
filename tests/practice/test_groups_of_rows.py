"""Rows that belong together stay together: in the check, in its splits and in the jackknife."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from w2s.cli import main
from w2s.practice.data.tables import open_table
from w2s.practice.diagnosis import diagnose
from w2s.practice.diagnosis.guards.membership import ALIKE, membership, together
from w2s.practice.diagnosis.guards.repeats import KeyedMoments, without_repeats
from w2s.practice.diagnosis.reading import read_once
from w2s.practice.diagnosis.rows import Rows, Withheld, group_places
from w2s.practice.estimation.accumulate import accumulate
from w2s.practice.estimation.groups import GroupedMoments

SIZES = {"n_labelled": 90, "n_unlabelled": 400}
EVERY = np.ones(3000, dtype=bool)


def two_models(rows: int = 3000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features of models with 22 and 20 of 30 directions, twelve of them shared, and labels."""
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((rows, 30))
    labels = latent @ rng.standard_normal(30) / 5 + rng.standard_normal(rows)
    return latent[:, 8:], latent[:, :20], labels


def documents(rows: int = 3000, count: int = 60) -> np.ndarray:
    return np.random.default_rng(4).integers(0, count, rows)


def reading(groups, **options):
    weak, strong, labels = two_models()
    tables = open_table(strong), open_table(weak), open_table(labels, ndim=1)
    return read_once(tables, labels, heldout=0.2, seed=0, groups=groups, **options)


def test_a_group_is_withheld_whole_or_not_at_all():
    groups = documents()
    for seed in range(20):
        place = group_places(groups, seed)
        hidden = np.isnan(
            Withheld(open_table(np.zeros(3000), ndim=1), 0.2, seed, placed=place).read(0, 3000)
        )[:, 0]
        assert not set(groups[hidden]) & set(groups[~hidden])
        # The last group that begins below the share is withheld whole: one more at most.
        assert 0.2 <= hidden.mean() < 0.2 + np.bincount(groups).max() / 3000
        assert hidden.any() and not hidden.all()
    orders = {tuple(group_places(groups, seed)) for seed in range(20)}
    assert len(orders) == 20


def test_a_group_lies_in_one_group_of_the_jackknife_whatever_the_blocks_and_workers():
    groups = membership(documents(), 3000, EVERY)
    dealt = together(groups, EVERY, 16)
    homes = [np.unique(dealt[groups == one]) for one in range(groups.max() + 1)]
    assert all(len(home) == 1 for home in homes)
    # Sixty documents of about 50 rows: no part is further from another than the largest of them.
    counts = np.bincount(dealt, minlength=16)
    assert counts.max() - counts.min() <= np.bincount(groups).max()
    weak, strong, labels = two_models()

    def empty(d_s, d_w):
        return GroupedMoments(d_s, d_w, dealt=dealt)

    whole = GroupedMoments(20, 22, dealt=dealt)
    whole.update(strong, weak, labels)
    found = accumulate(strong, weak, labels, make_state=empty, block_rows=700)
    for part in range(16):
        own = dealt == part
        assert found.with_label.rows[part] == whole.with_label.rows[part] == own.sum()
        # Means of some two hundred numbers of order one.
        np.testing.assert_allclose(
            found.with_label.mean[part, :20], strong[own].mean(0), atol=1e-12
        )
    one, two = (reading(groups, workers=k).moments.with_label for k in (1, 2))
    assert np.array_equal(one.pairs, two.pairs)


def test_splits_of_the_check_have_no_group_on_two_sides():
    groups = documents(500, 40)
    pool = Rows(*(np.zeros((500, 1)) for _ in range(3)), groups)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        order = pool.shuffled(np.arange(500), rng)
        assert sorted(order) == list(range(500))
        assert np.sum(np.diff(groups[order]) != 0) == 39  # each group is one run
        labelled, others = pool.apart(order, 90)
        assert len(labelled) == 90
        assert not set(groups[labelled]) & set(groups[others])
        assert len(others) > 500 - 90 - np.bincount(groups).max()


def test_standard_errors_see_that_rows_of_a_document_are_alike():
    # Labels with one offset a document, half of their variance: the mean of 3000 rows is as
    # uncertain as that of about 60 documents of 50 rows, so that a ratio of √(1 + 49/2) ≈ 5 in
    # standard errors is expected, with the 18% that 15 degrees of freedom leave on each.
    rng = np.random.default_rng(7)
    groups = documents()
    offset = rng.standard_normal(60)[groups]
    x = rng.standard_normal((3000, 3))
    labels = offset + rng.standard_normal(3000)

    def spread(state):
        rows, means = state.with_label.rows, state.with_label.mean[:, -1]
        apart = rows * (means - rows @ means / rows.sum()) / rows.sum()
        return math.sqrt(float(apart @ apart))

    alone, kept = GroupedMoments(2, 1), GroupedMoments(2, 1, dealt=together(groups, EVERY, 16))
    for state in (alone, kept):
        state.update(x[:, :2], x[:, 2:], labels)
    assert spread(kept) > 2.5 * spread(alone)


def test_test_rows_of_a_document_are_one_witness():
    # Errors with one offset a document, half of their variance: among 40 documents of 50 rows a
    # mean varies by (1 + 1/50)/40. Forty documents leave 22% on the estimate of one data set.
    found = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(40), 50)
        errors = rng.standard_normal(40)[groups] + rng.standard_normal(2000)
        rows = Rows(*(errors[:, None],) * 2, errors, groups)
        found.append(float(rows.variance_of_mean(errors)))
    assert np.mean(found) == pytest.approx(1.02 / 40, rel=4 * 0.22 / 30**0.5)
    one = Rows(rows.strong[:50], rows.weak[:50], errors[:50], groups[:50])
    assert np.isinf(one.variance_of_mean(errors[:50]))


def test_several_groups_are_withheld_of_any_number_of_rows():
    weak, strong, labels = two_models(40_000)
    groups = np.arange(40_000) % 32
    tables = open_table(strong), open_table(weak), open_table(labels, ndim=1)
    for heldout, count in ((0.9, 16), (0.6, 16), (0.3, 10), (0.0, 0)):
        # 16 groups have 20000 rows; a share of 0.3 has the tenth group, which begins at 9/32.
        found = read_once(tables, labels, heldout=heldout, seed=0, groups=groups)
        hidden = np.isnan(found.withheld.read(0, 40_000))[:, 0]
        assert len(np.unique(groups[hidden])) == count
    many = np.repeat(groups, 10)  # 8 groups of 12500 rows are more than 20000 rows
    assert (group_places(many, 0) < 8 / 32).sum() == 8 * 12_500


def test_a_diagnosis_takes_groups_of_numbers_or_texts_alike():
    weak, strong, labels = two_models()
    groups = documents()
    texts = [f"speaker {one}" for one in groups]
    options = {"head": "ridgeless", **SIZES}
    found = diagnose(weak, strong, labels, groups=texts, **options)
    again = diagnose(weak, strong, labels, groups=np.array(texts), **options)
    assert found.to_dict() == again.to_dict()
    assert found.verdict.answer.startswith("helps")
    # Groups without meaning: what they change is within the standard errors of both.
    plain = diagnose(weak, strong, labels, **options)
    apart = abs(float(found.point.gain.value) - float(plain.point.gain.value))
    assert apart < 4 * float(plain.point.gain.standard_error)
    assert found.inputs.withheld_rows != plain.inputs.withheld_rows


def test_copies_in_two_groups_are_counted_once():
    weak, strong, labels = two_models()
    index = np.concatenate([np.arange(3000), np.arange(100)])
    groups = np.concatenate([documents(), np.full(100, 999)])
    found = diagnose(weak[index], strong[index], labels[index], groups=groups, **SIZES)
    alone = diagnose(weak, strong, labels, groups=documents(), **SIZES)
    assert np.array_equal(found.estimates.covariance, alone.estimates.covariance)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (np.arange(2999), r"groups must be one for each of the 3000 rows, got 2999"),
        (np.where(np.arange(3000) == 7, np.nan, np.arange(3000)), "row 7 has no group, got nan"),
        ([np.nan if k == 6 else f"a{k}" for k in range(3000)], "row 6 has no group, got nan"),
        ([None if k == 8 else "a" for k in range(3000)], "row 8 has no group, got None"),
        (["" if k == 9 else str(k) for k in range(3000)], "row 9 has no group, got '': give"),
        (np.arange(3000) / 2, r"groups must be whole numbers or texts, got 0.5"),
        (np.arange(3000) % 31, r"groups must be at least 32, got 31"),
        (np.maximum(np.arange(3000), 1500), r"at most 25% of the labelled rows, got 50% in 1500"),
        (np.zeros((3000, 2)), r"groups must be one column|groups must be one for each"),
        ("nowhere.npy", "nowhere.npy"),
    ],
)
def test_groups_that_cannot_be_used_are_refused_by_one_line(groups, message):
    weak, strong, labels = two_models()
    with pytest.raises(ValueError, match=message) as caught:
        diagnose(weak, strong, labels, groups=groups, **SIZES)
    assert "\n" not in str(caught.value)


def test_names_of_groups_are_read_from_the_files_that_people_have(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import feather

    numbers = documents()
    texts = np.array([f"speaker {one}" for one in numbers])
    np.save(tmp_path / "n.npy", numbers)
    np.save(tmp_path / "t.npy", texts)
    np.savez(tmp_path / "labels.npz", labels=np.zeros(3000), groups=texts)
    table = pa.table({"speaker": texts.tolist(), "turn": numbers, "x": np.zeros(3000)})
    pq.write_table(table, tmp_path / "t.parquet")
    feather.write_feather(table, tmp_path / "t.arrow")
    (tmp_path / "named.csv").write_text("speaker\n" + "\n".join(texts) + "\n")
    (tmp_path / "bare.txt").write_text("\n".join(texts) + "\n")
    pairs = zip(texts, numbers, strict=True)
    (tmp_path / "two.csv").write_text("a,b\n" + "\n".join(f"{t},{n}" for t, n in pairs))
    for source in (
        "n.npy", "t.npy", "labels.npz:groups", "t.parquet:speaker", "t.parquet:turn",
        "t.arrow:speaker", "named.csv", "bare.txt", "two.csv:a", "two.csv:b",
    ):  # fmt: skip
        found = membership(str(tmp_path / source), 3000, EVERY)
        pairs = set(zip(numbers.tolist(), found.tolist(), strict=True))
        assert len(pairs) == 60, source  # the same rows are together
    (tmp_path / "empty.csv").write_text("\n")
    (tmp_path / "ragged.csv").write_text("a,b\nx\n" + "x,y\n" * 2999)
    (tmp_path / "gap.csv").write_text("a\n" + "x\n" * 4 + "\n" + "x\n" * 2995)
    for source, message in (
        ("two.csv", "needs the name of one column, as in FILE:a"),
        ("t.parquet", "needs the name of one column, as in FILE:speaker"),
        ("labels.npz", "needs a key out of labels, groups; got no key"),
        ("labels.npz:speakers", "'speakers'"),
        ("empty.csv", "empty.csv has no line"),
        ("gap.csv", "row 4 has no group, got None"),
        ("ragged.csv:a", "line 2 has 1 fields, expected 2"),
    ):
        with pytest.raises(ValueError, match=message):
            membership(str(tmp_path / source), 3000, EVERY)


@pytest.mark.hdf5
def test_names_of_groups_in_hdf5_are_texts_or_numbers(tmp_path):
    import h5py

    numbers = documents()
    texts = np.array([f"speaker {one}" for one in numbers])
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["any"] = texts.astype(object)
        file["fixed"] = texts.astype("S10")
        file["numbers"] = numbers
        file["gap"] = ["", *texts[1:].tolist()]
    for key in ("any", "fixed", "numbers"):
        found = membership(f"{tmp_path}/x.h5:{key}", 3000, EVERY)
        assert len(set(zip(numbers.tolist(), found.tolist(), strict=True))) == 60, key
    with pytest.raises(ValueError, match="row 0 has no group, got ''"):
        membership(f"{tmp_path}/x.h5:gap", 3000, EVERY)


def test_large_numbers_of_groups_are_not_rounded():
    near = 2**60 + np.arange(64)  # float64 would tell 2 of them apart
    assert len(np.unique(membership(np.repeat(near, 2), 128, np.ones(128, dtype=bool)))) == 64


def test_labels_in_an_archive_with_groups_ask_for_their_key(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    weak, strong, labels = two_models()
    np.save("W.npy", weak)
    np.save("S.npy", strong)
    names = [f"document {one}" for one in documents()]
    np.savez("labels.npz", labels=labels, groups=names)
    call = "diagnose --weak W.npy --strong S.npy --n 90 --N 400 --json --labels".split()
    assert main([*call, "labels.npz"]) == 2
    error = capsys.readouterr().err
    assert "labels.npz needs a key out of labels, groups; got no key" in error
    assert main([*call, "labels.npz:labels", "--groups", "labels.npz:groups"]) == 0
    told = json.loads(capsys.readouterr().out)
    same = diagnose(weak, strong, labels, groups=names, **SIZES).to_dict()
    assert told["validation"]["test_rows"] == same["validation"]["test_rows"]
    assert main([*call, "labels.npz:labels", "--groups", "labels.npz"]) == 2
    assert "needs a key out of labels, groups" in capsys.readouterr().err


# Copies are found in the pass itself.


def test_rows_that_agree_in_the_sampled_columns_only_are_no_copies():
    rng = np.random.default_rng(0)
    strong = rng.standard_normal((400, 100)) * (rng.random((400, 100)) < 0.02)  # nearly empty
    weak = np.zeros((400, 3))
    strong[[7, 30]] = strong[[300, 350]]
    labels = np.zeros(400)
    state = KeyedMoments(100, 3)
    for start in range(0, 400, 130):
        part = slice(start, start + 130)
        state.update(strong[part], weak[part], labels[part])
    tables = open_table(strong), open_table(weak)
    known = np.arange(400) != 7
    twice = np.unique(strong, axis=0, return_index=True)[1]
    left = without_repeats(*tables, known, state.keys())
    assert len(left) == len(twice)
    assert np.array_equal(left, without_repeats(*tables, known))
    assert 300 in left and 7 not in left and 30 in left and 350 not in left
    # Far fewer bits than rows: most rows are empty in the sampled columns.
    assert len(np.unique(state.keys())) < 200


def test_the_bits_of_rows_do_not_depend_on_blocks_or_workers():
    weak, strong, labels = two_models()
    states = [
        accumulate(strong, weak, labels, make_state=KeyedMoments, block_rows=rows, workers=workers)
        for rows, workers in ((700, 1), (700, 2), (None, 1))
    ]
    assert all(np.array_equal(state.keys(), states[0].keys()) for state in states)
    assert np.array_equal(states[0].moments.with_label.pairs, states[1].moments.with_label.pairs)
    halves = [KeyedMoments(20, 22) for _ in range(2)]
    for half, start in zip(halves, (0, 1500), strict=True):
        part = slice(start, start + 1500)
        half.update(strong[part], weak[part], labels[part], first_row=start)
    late = halves[1] + halves[0]
    assert np.array_equal(late.keys(), states[0].keys())
    assert len(halves[1].keys()) == halves[1].moments.rows == 1500  # a sum leaves its parts alone


def test_a_disagreement_among_groups_is_told_with_them_as_a_likely_reason():
    weak, strong, labels = two_models()
    groups = documents()
    hidden = group_places(membership(groups, 3000, EVERY), seed=0) < 0.2
    labels = np.where(hidden, 9 * labels, labels)  # what the withheld documents have
    found = diagnose(weak, strong, labels, groups=groups, head="ridgeless", **SIZES)
    assert found.verdict.answer == "not to be believed"
    assert any(ALIKE in line for line in found.verdict.because)
    plain = diagnose(weak, strong, labels, head="ridgeless", **SIZES)
    assert not any(ALIKE in line for line in plain.verdict.because)
