"""Whatever the bytes: a result, or one documented refusal; never a crash, a hang, much memory."""

from __future__ import annotations

import json
import math
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from press.parameters import merge, read_assignments
from trust.seeds import header, npy
from trust.targets import CORPUS, CUT, TARGETS, Finding, Late, kept, survives, target
from w2s._command import UserError
from w2s.practice.data.tables import open_table

KEPT = [(name, path) for name in TARGETS for path in kept(name)]
SLOW = {"command", "onnx", "zarr", "source"}  # readers that take 10 ms and more


def bounded(examples: int) -> settings:
    """Few examples, the same ones each time, and no clock."""
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@pytest.mark.parametrize(("name", "path"), KEPT, ids=[f"{n}-{p.name}" for n, p in KEPT])
def test_no_kept_input_breaks_its_reader(name, path):
    survives(name, path.read_bytes())


def test_every_reader_has_kept_inputs_and_they_are_small():
    assert {name for name, _ in KEPT} == set(TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 300_000


@pytest.mark.parametrize("name", TARGETS)
def test_a_good_input_is_read(name):
    good = [path for one, path in KEPT if one == name and not path.name.startswith("found")]
    assert any(survives(name, path.read_bytes()) == "" for path in good)


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 1 << 16),
        st.binary(min_size=1, max_size=4)
        | st.sampled_from(
            [b"\xff" * 8, b"\0" * 8, b"\x7f" + b"\xff" * 7, b"-1", b"9" * 20, b"[", b"{"]
        ),
    ),
    min_size=1,
    max_size=3,
)


@pytest.mark.parametrize("name", TARGETS)
def test_damage_anywhere_is_refused_or_harmless(name):
    seeds = [path.read_bytes() for path in kept(name)]

    @bounded(6 if name in SLOW else 15)
    @given(st.sampled_from(seeds), CHANGES, st.integers(0, 1 << 16), st.booleans())
    def damaged(seed, changes, cut, inserted):
        content = bytearray(seed)
        for place, bytes_ in changes:
            at = place % (len(content) + 1)
            content[at : at if inserted else at + len(bytes_)] = bytes_
        survives(name, bytes(content[: len(content) - cut % 7 * (cut % 3 == 0)]))

    damaged()


@bounded(60)
@given(st.lists(st.integers(-(2**70), 2**70), max_size=3), st.sampled_from(["<f4", ">f8", "|u1"]))
def test_a_header_is_believed_only_if_the_file_holds_what_it_declares(
    tmp_path_factory, shape, kind
):
    size = math.prod(shape) * np.dtype(kind).itemsize
    assume(size != 64)
    said = survives("npy", header(tuple(shape), kind) + bytes(64))
    assert said and "\n" not in said


@bounded(60)
@given(arrays.arrays(st.sampled_from(["<f4", ">f8", "i2", "?"]), arrays.array_shapes(max_dims=2)))
def test_an_array_is_read_as_it_was_written(tmp_path_factory, array):
    path = tmp_path_factory.mktemp("npy") / "x.npy"
    path.write_bytes(npy(array))
    table = open_table(path, ndim=2) if array.ndim == 2 else open_table(path, ndim=1)
    np.testing.assert_array_equal(table.read(0, len(array)).reshape(array.shape), array)


CELL = 'profile = "paper"\nn = 4\nx = 0.5\nname = "a"\nsizes = [1, 2]\npair = (1, None)'


@bounded(150)
@given(st.sampled_from(["n", "x", "name", "sizes", "pair"]), st.text(max_size=30))
def test_a_value_of_the_command_line_has_its_parameter_s_type_or_is_refused(name, text):
    defaults = {one.name: one.value for one in read_assignments("page", CELL)}
    try:
        values = merge("page", defaults, {}, "paper", {name: text})
    except UserError as error:
        assert name in str(error) and len(str(error)) < 500
        return
    assert type(values[name]) is type(defaults[name])


@bounded(40)
@given(st.lists(st.sampled_from(
    ["book", "one", "status", "figures", "diagnose", "--weak", "W.npy", "--labels", "y.npy", "--n",
     "-1", "nan", "--json", "--html", "page", "--root", ".", "-p", "n=", "--profile", "smoke", "",
     "--energy", "2", "é\n", "\x1b[31m", "\udcff", "--head", "--heldout", "--seed", "1e9", "-h"]
), max_size=8))  # fmt: skip
def test_no_arguments_end_in_more_than_one_line(words):
    survives(
        "command", os.fsencode("\n".join(words).replace("\n\n", "\n")) + CUT + npy(np.ones((4, 2)))
    )


@pytest.mark.parametrize("bits", [1, 0.5, "x", None, [1], {"a": 1}, 10**400])
@pytest.mark.parametrize("field", ["predicted", "standard_error", "says", "at", "tolerance"])
def test_any_value_of_a_claim_s_field_is_shown_or_refused(field, bits):
    record = json.loads((CORPUS / "claims" / "good").read_text())
    record["claims"][0][field] = bits
    survives("claims", json.dumps(record).encode())


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: "ä".encode("ascii"), "UnicodeEncodeError"),
        (lambda: np.empty(1 << 50), "memory|MemoryError"),
        (lambda: (_ for _ in ()).throw(Late("more than 20 s")), "more than 20 s"),
        (lambda: (_ for _ in ()).throw(SystemExit(3)), "SystemExit"),
        (lambda: (_ for _ in ()).throw(ValueError("")), "an empty ValueError"),
    ],
)
def test_the_judge_sees_what_it_is_for(monkeypatch, does, said):
    monkeypatch.setitem(TARGETS, "wrong", lambda data, folder: does())
    with pytest.raises(Finding, match=said):
        survives("wrong", b"")


def test_the_judge_sees_memory_that_was_asked_for_before_a_refusal(monkeypatch):
    def reader(data, folder):
        try:
            np.empty(1 << 50)
        except MemoryError as error:
            raise ValueError("too large") from error

    monkeypatch.setitem(TARGETS, "wrong", target(reader))
    TARGETS.pop("reader")
    with pytest.raises(Finding, match="memory was asked for before it was refused: too large"):
        survives("wrong", b"")
