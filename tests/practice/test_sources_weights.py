"""Files of weights give back their arrays; no code runs, and a damaged file is one line."""

import collections
import io
import json
import os
import pickle
import resource
import struct

import numpy as np
import pytest

from w2s.practice.data.sources.weights import read_safetensors, read_torch

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
SYSTEM = {"protocol_version": VERSION, "little_endian": True, "type_sizes": {"int": 4}}
MATRIX = np.arange(12, dtype="<f4").reshape(3, 4) / 7
COUNTS = np.array([5, -6, 1 << 40], dtype="<i8")


# The instructions of a pickle, by hand: no torch is needed to write what torch writes


def name(module, what):
    return f"c{module}\n{what}\n".encode()


def text(words):
    return b"X" + struct.pack("<I", len(words.encode())) + words.encode()


def many(*numbers):
    return b"(" + b"".join(b"J" + struct.pack("<i", number) for number in numbers) + b"t"


def tensor(key, kind, count, shape, stride, offset=0):
    place = b"(" + text("storage") + name("torch", kind) + text(key) + text("cpu")
    place += b"J" + struct.pack("<i", count) + b"N" + b"tQ"
    hooks = name("collections", "OrderedDict") + b")R"
    numbers = b"J" + struct.pack("<i", offset) + many(*shape) + many(*stride)
    return (
        name("torch._utils", "_rebuild_tensor_v2")
        + b"("
        + place
        + numbers
        + b"\x89"
        + hooks
        + b"tR"
    )


def table(**tensors):
    entries = b"".join(text(key) + value for key, value in tensors.items())
    state = b"}" + text("_metadata") + name("collections", "OrderedDict") + b")Rsb"
    return (
        b"\x80\x02"
        + name("collections", "OrderedDict")
        + b")Rq\x00("
        + entries
        + b"u"
        + state
        + b"."
    )


def storage(array, count=None):
    return struct.pack("<q", array.size if count is None else count) + array.tobytes()


def whole(middle=None, keys=("0", "1"), stored=None, head=(MAGIC, VERSION, SYSTEM)):
    if middle is None:
        middle = table(
            weight=tensor("0", "FloatStorage", 12, (3, 4), (4, 1)),
            turned=tensor("0", "FloatStorage", 12, (2, 3), (1, 4), offset=1),
            counts=tensor("1", "LongStorage", 3, (3,), (1,)),
            single=tensor("1", "LongStorage", 3, (), (), offset=2),
        )
    stored = storage(MATRIX) + storage(COUNTS) if stored is None else stored
    begin = b"".join(pickle.dumps(value, protocol=2) for value in head)
    return begin + middle + pickle.dumps(list(keys), protocol=2) + stored


def written(folder, content):
    path = folder / "weights.pth"
    path.write_bytes(content)
    return path


def test_tensors_come_back_with_their_offsets_and_strides(tmp_path):
    found = read_torch(written(tmp_path, whole()))
    assert list(found) == ["weight", "turned", "counts", "single"]
    np.testing.assert_array_equal(found["weight"], MATRIX)
    np.testing.assert_array_equal(found["turned"], MATRIX.T[1:3])
    np.testing.assert_array_equal(found["counts"], COUNTS)
    assert found["single"].shape == () and found["single"] == 1 << 40
    assert found["weight"].dtype == np.float32 and found["weight"].flags.writeable


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("Double", "<f8"), ("Half", "<f2"), ("Int", "<i4"), ("Short", "<i2"), ("Char", "i1"),
     ("Byte", "u1"), ("Bool", "?")],
)  # fmt: skip
def test_every_kind_of_storage_has_its_type(tmp_path, kind, dtype):
    values = np.array([0, 1, 1], dtype=dtype)
    content = whole(table(x=tensor("0", f"{kind}Storage", 3, (3,), (1,))), ["0"], storage(values))
    found = read_torch(written(tmp_path, content))["x"]
    assert found.dtype == np.dtype(dtype) and found.tolist() == values.tolist()


class Harmful:
    """A pickle of it makes a folder when an ordinary reader opens it."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_code_of_a_pickle_runs_wherever_it_hides(tmp_path, place, protocol):
    bad = pickle.dumps(Harmful(tmp_path / "harm"), protocol=protocol)
    parts = [pickle.dumps(value, protocol=2) for value in (MAGIC, VERSION, SYSTEM)]
    parts += [table(), pickle.dumps([], protocol=2)]
    with pytest.raises(ValueError, match=r"is not a file of PyTorch's tensors: .*refused"):
        read_torch(written(tmp_path, b"".join([*parts[:place], bad, *parts[place + 1 :]])))
    assert not (tmp_path / "harm").exists()
    pickle.loads(bad)  # the threat is real
    assert (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "middle",
    [
        b"\x80\x02cbuiltins\neval\n(" + text("1") + b"tR.",
        b"\x80\x02cnumpy\ndtype\n.",
        b"\x80\x02ctorch\nload\n.",
        b"\x80\x02ctorch._utils\n_rebuild_parameter\n.",
        b"\x80\x02ctorch\nFloatStorage\n(tR.",  # a class that is known, called
        b"\x80\x02ccollections\nOrderedDict\n(" + text("x") + b"tR.",
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}b.",  # the state of a function
        b"(i__main__\nHarmful\n.",  # INST
        b"\x80\x02ccollections\nOrderedDict\n)\x81.",  # NEWOBJ
        b"\x80\x02\x82\x01.",  # EXT1
        b"\x80\x04" + b"\x8c\x02os" + b"\x8c\x06system" + b"\x93.",  # STACK_GLOBAL
        b"\x80\x02" + text("x") + b"Q.",  # another persistent id
    ],
)
def test_what_is_not_needed_for_tensors_is_refused(tmp_path, middle):
    with pytest.raises(
        ValueError, match=r"weights.pth is not a file of PyTorch's tensors: \S"
    ) as told:
        read_torch(written(tmp_path, whole(middle)))
    assert "\n" not in str(told.value)


def test_every_truncation_and_addition_is_refused(tmp_path):
    content = whole()
    for size in range(len(content)):
        with pytest.raises(ValueError, match="is not a file of PyTorch's tensors: "):
            read_torch(written(tmp_path, content[:size]))
    with pytest.raises(ValueError, match="there are bytes after its last storage"):
        read_torch(written(tmp_path, content + b"\0"))
    with pytest.raises(ValueError, match=r"no .*missing: expected a file of weights"):
        read_torch(tmp_path / "missing")


def test_a_changed_byte_gives_arrays_or_one_line(tmp_path):
    content = whole()
    for place in range(len(content)):
        for flip in (1, 0x80):
            changed = bytearray(content)
            changed[place] ^= flip
            try:
                found = read_torch(written(tmp_path, bytes(changed)))
            except ValueError as error:
                assert "\n" not in str(error)
            else:
                assert all(isinstance(array, np.ndarray) for array in found.values())


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (("FloatStorage", 12, (4, 4), (4, 1)), "reaches beyond its storage"),
        (("FloatStorage", 12, (3, 4), (5, 1)), "reaches beyond its storage"),
        (("FloatStorage", 12, (3, 4), (4, 1), 1), "reaches beyond its storage"),
        (("FloatStorage", 12, (1 << 30, 1 << 30), (0, 0)), "reaches beyond its storage"),
        (("FloatStorage", 12, (3, 4), (4, -1)), "must be a whole number that is not negative"),
        (("FloatStorage", 12, (3, 4), (4, 1), -1), "must be a whole number that is not negative"),
        (("FloatStorage", 12, (3, 4), (4,)), "has 1 strides"),
        (("FloatStorage", 13, (3, 4), (4, 1)), "storage 0 has 12 numbers, not 13"),
        (("DoubleStorage", 12, (3, 4), (4, 1)), "storage 0 is truncated at 48 bytes"),
    ],
)
def test_a_tensor_that_does_not_fit_its_storage_is_refused(tmp_path, made, message):
    content = whole(table(weight=tensor("0", *made)), ["0"], storage(MATRIX))
    with pytest.raises(ValueError, match=message):
        read_torch(written(tmp_path, content))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"head": (MAGIC + 1, VERSION, SYSTEM)}, "its magic number is"),
        ({"head": (MAGIC, 1002, SYSTEM)}, "its version is 1002"),
        ({"head": (MAGIC, VERSION, {**SYSTEM, "little_endian": False})}, "not little-endian"),
        ({"keys": ("0",)}, "it lists 1 storages"),
        ({"keys": ("0", "0")}, "it lists 2 storages"),
        ({"middle": pickle.dumps({"a": 1}, protocol=2)}, "something else than a table of tensors"),
        ({"stored": storage(MATRIX, 1 << 60)}, "storage 0 has 1152921504606846976 numbers"),
        ({"stored": storage(MATRIX, -1)}, "storage 0 has"),
    ],
)
def test_a_header_that_is_not_torchs_is_told(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        read_torch(written(tmp_path, whole(**options)))


def test_absurd_sizes_take_no_memory(tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for absurd in (
        b"\x80\x02N" + b"r\xff\xff\xff\xff.",  # LONG_BINPUT: a place in a memory of 2^32
        b"\x80\x02X\xff\xff\xff\xff.",  # a text of 4 GB
        b"\x80\x02\x8b\xff\xff\xff\x7f.",  # a number of 2 GB
    ):
        with pytest.raises(ValueError, match="is not a file of PyTorch's tensors"):
            read_torch(written(tmp_path, whole(absurd)))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 1 << 16  # KiB: far below 2 GB, and room for what pytest does meanwhile


# Safetensors


def safe(header, numbers, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + numbers


def entry(dtype, shape, first, last):
    return {"dtype": dtype, "shape": shape, "data_offsets": [first, last]}


HEADER = {
    "__metadata__": {"format": "pt"},
    "counts": entry("I64", [3], 48, 72),
    "matrix": entry("F32", [3, 4], 0, 48),
    "empty": entry("F32", [0, 4], 72, 72),
}
NUMBERS = MATRIX.tobytes() + COUNTS.tobytes()


def test_safetensors_come_back(tmp_path):
    found = read_safetensors(written(tmp_path, safe(HEADER, NUMBERS)))
    assert set(found) == {"matrix", "counts", "empty"} and found["empty"].shape == (0, 4)
    np.testing.assert_array_equal(found["matrix"], MATRIX)
    np.testing.assert_array_equal(found["counts"], COUNTS)


def test_half_precision_of_both_kinds_comes_back(tmp_path):
    bits = np.array([[0x3F80, 0xC040], [0x7F80, 0x0001]], dtype="<u2")  # 1, -3, inf, smallest
    halves = np.array([0.5, 65504], dtype="<f2")
    header = {"brain": entry("BF16", [2, 2], 0, 8), "half": entry("F16", [2], 8, 12)}
    found = read_safetensors(written(tmp_path, safe(header, bits.tobytes() + halves.tobytes())))
    assert found["brain"].dtype == np.float32 and found["half"].dtype == np.float16
    np.testing.assert_array_equal(found["brain"], [[1, -3], [np.inf, 2.0**-133]])
    np.testing.assert_array_equal(found["half"], halves)


def test_every_truncation_of_safetensors_is_refused(tmp_path):
    content = safe(HEADER, NUMBERS)
    for size in range(len(content)):
        with pytest.raises(ValueError, match="is not a file of safetensors: ") as told:
            read_safetensors(written(tmp_path, content[:size]))
        assert "\n" not in str(told.value)
    with pytest.raises(ValueError, match="its tensors end at 72, there are 73 bytes"):
        read_safetensors(written(tmp_path, content + b"\0"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (safe(HEADER, NUMBERS, length=1 << 63), "its header says to have 9223372036854775808"),
        (safe({"x": entry("F32", [3], 0, 8)}, b"\0" * 8), "x of shape"),
        (safe({"x": entry("F32", [2], 4, 12)}, b"\0" * 12), "lies at 4 to 12, expected 0"),
        (safe({"x": entry("F32", [2], 0, 8), "y": entry("F32", [2], 4, 12)}, b"\0" * 12),
         "y of shape .* lies at 4"),
        (safe({"x": entry("F32", [2], 0, 8)}, b"\0" * 4), "x ends at 8, there are 4 bytes"),
        (safe({"x": entry("F8_E4M3", [2], 0, 2)}, b"\0" * 2), "x is of type F8_E4M3"),
        (safe({"x": entry("F32", [-1, -1], 0, 4)}, b"\0" * 4), "not negative"),
        (safe({"x": entry("F32", [True], 0, 4)}, b"\0" * 4), "not negative"),
        (safe({"x": entry("F32", [1 << 70, 0], 0, 0)}, b""), "is not a file of safetensors"),
        (safe({"x": {"dtype": "F32"}}, b""), "is not a file of safetensors"),
        (safe({"x": 3}, b""), "is not a file of safetensors"),
        (safe(b"[]", b""), "is not a file of safetensors"),
        (safe(b"[" * 100_000, b""), "is not a file of safetensors"),
        (safe(b'{"x": 1, "x": 2}', b""), "a name appears twice"),
        (safe(b"\xff\xfe", b""), "is not a file of safetensors"),
    ],
)  # fmt: skip
def test_a_header_of_safetensors_that_is_wrong_is_told(tmp_path, content, message):
    with pytest.raises(ValueError, match=message) as told:
        read_safetensors(written(tmp_path, content))
    assert "\n" not in str(told.value)


def test_the_test_files_are_what_pickle_reads():
    """The instructions by hand are those that Python's own reader follows."""

    class Reader(pickle.Unpickler):
        def find_class(self, module, what):
            return collections.OrderedDict if what == "OrderedDict" else f"{module} {what}"

    assert Reader(io.BytesIO(table())).load() == {}
