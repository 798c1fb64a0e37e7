"""A Zarr store is read within its folder, within its declared sizes, and by known codecs."""

from __future__ import annotations

import gc
import gzip
import json
import os
import tracemalloc
import zlib

import numcodecs
import numpy as np
import pytest
import zarr

from w2s.practice.data.tables import open_table
from w2s.practice.data.tables.packed import unpacked_size

ROWS = np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32)
BOMB = bytes(1 << 26)  # 64 times what may come beside the values of a chunk


def written(folder, codec=None, **options):
    """A store of `ROWS` with two chunks."""
    given = {"chunks": (20, 6)} | options
    if codec is not None:
        given["compressors"] = codec
    zarr.create_array(str(folder), data=ROWS, **given)
    return folder


def chunk(folder, fmt=3):
    return folder / ("c/1/0" if fmt == 3 else "1.0")


PACKINGS = {
    "none": {"compressors": None},
    "blosc": {"codec": zarr.codecs.BloscCodec()},
    "gzip": {"codec": zarr.codecs.GzipCodec()},
    "zstd": {"codec": zarr.codecs.ZstdCodec(checksum=True)},
    "checked": {"codec": [zarr.codecs.ZstdCodec(), zarr.codecs.Crc32cCodec()]},
    "shards": {"chunks": (5, 3), "shards": (20, 6)},
    "shards of gzip": {"chunks": (5, 3), "shards": (20, 6), "codec": zarr.codecs.GzipCodec()},
    "turned": {"filters": [zarr.codecs.TransposeCodec(order=(1, 0))]},
    "blosc 2": {"zarr_format": 2, "codec": numcodecs.Blosc()},
    "zlib 2": {"zarr_format": 2, "codec": numcodecs.Zlib()},
    "lz4 2": {"zarr_format": 2, "codec": numcodecs.LZ4()},
    "zstd 2": {"zarr_format": 2, "codec": numcodecs.Zstd(), "filters": [numcodecs.Delta("<f4")]},
}


@pytest.mark.parametrize("name", PACKINGS)
def test_usual_packings_are_read(tmp_path, name):
    table = open_table(written(tmp_path / "x", **PACKINGS[name]))
    if "filters" in PACKINGS[name] and name.endswith("2"):
        # differences of float32 are rounded and added again: four bits of 24 may go
        np.testing.assert_allclose(table.read(3, 33), ROWS[3:33], atol=2.0**-18)
    else:
        np.testing.assert_array_equal(table.read(3, 33), ROWS[3:33])
        np.testing.assert_array_equal(table.read(0, 40), ROWS)


BOMBS = {
    "gzip": ({"codec": zarr.codecs.GzipCodec()}, lambda: gzip.compress(BOMB)),
    "two of gzip": ({"codec": zarr.codecs.GzipCodec()}, lambda: 2 * gzip.compress(BOMB[: 2**25])),
    "zstd": ({"codec": zarr.codecs.ZstdCodec()}, lambda: numcodecs.Zstd().encode(BOMB)),
    "blosc": ({"codec": zarr.codecs.BloscCodec()}, lambda: numcodecs.Blosc().encode(BOMB)),
    "zlib": ({"zarr_format": 2, "codec": numcodecs.Zlib()}, lambda: zlib.compress(BOMB)),
    "lz4": ({"zarr_format": 2, "codec": numcodecs.LZ4()}, lambda: numcodecs.LZ4().encode(BOMB)),
    "no packing": ({"compressors": None}, lambda: BOMB),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_chunk_that_gives_more_than_the_array_declares_is_refused(tmp_path, name):
    options, bomb = BOMBS[name]
    folder = written(tmp_path / "x", **options)
    table = open_table(folder)
    path = chunk(folder, options.get("zarr_format", 3))
    assert path.is_file()
    path.write_bytes(bytes(bomb()))
    with pytest.raises(ValueError, match=r"rows 0:40: .*(expected 1049056|at most 1049056)$"):
        table.read(0, 40)


@pytest.mark.parametrize("rows", [(20, 40), (22, 23)])
def test_a_chunk_in_a_shard_is_bounded_too(tmp_path, rows):
    folder = written(tmp_path / "x", **PACKINGS["shards of gzip"])
    bomb, count = gzip.compress(BOMB), 8
    index = np.array([[0, len(bomb)]] * count, "<u8").tobytes()
    checked = bytes(numcodecs.CRC32C(location="end").encode(index))
    chunk(folder).write_bytes(bomb + checked)
    with pytest.raises(ValueError, match=r"a chunk of .* bytes gives .*, expected 1048636"):
        open_table(folder).read(*rows)


def zstd(count):
    return bytes(numcodecs.Zstd().encode(bytes(count)))


@pytest.mark.parametrize(
    ("frames", "size"),
    [
        (b"", 0),
        (zstd(50), 50),
        (zstd(5000), 5000),
        (zstd(70_000) + zstd(10), 70_010),
        (b"\x51\x2a\x4d\x18\x03\0\0\0abc" + zstd(300), 300),
        # no size is declared: a block that repeats a byte, and the last one, of two bytes
        (b"\x28\xb5\x2f\xfd\0\x40" + b"\x02\0\x10\0" + b"\x11\0\0ab", 2 * 2**17),
    ],
    ids=["nothing", "one byte", "two bytes", "two frames", "skipped", "undeclared"],
)
def test_the_size_of_zstandard_is_told_by_its_frames(frames, size):
    assert unpacked_size("zstd", frames, 0) == size


@pytest.mark.parametrize("packing", ["zstd", "blosc", "lz4", "gzip", "zlib"])
def test_a_chunk_of_other_bytes_is_said_to_be_none(packing):
    data = b"(" if packing in ("blosc", "lz4") else 8 * b"("
    with pytest.raises(ValueError, match=r"^a chunk (of 1 bytes is truncated|is not packed as)"):
        unpacked_size(packing, data, 0)


@pytest.mark.parametrize("part", ["chunk", "folder of chunks", "description"])
def test_a_link_in_a_store_is_not_followed(tmp_path, part):
    folder = written(tmp_path / "x")
    path = {"chunk": chunk(folder), "folder of chunks": folder / "c"}.get(part)
    path = path or folder / "zarr.json"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="is a link, which is not followed"):
        open_table(folder).read(0, 40)


def test_a_chunk_linked_to_a_device_without_end_is_refused(tmp_path):
    folder = written(tmp_path / "x")
    chunk(folder).unlink()
    chunk(folder).symlink_to("/dev/zero")
    with pytest.raises(ValueError, match="is a link, which is not followed"):
        open_table(folder).read(0, 40)


def test_a_pipe_in_place_of_a_chunk_is_refused(tmp_path):
    folder = written(tmp_path / "x")
    chunk(folder).unlink()
    os.mkfifo(chunk(folder))
    with pytest.raises(ValueError, match="is no file"):
        open_table(folder).read(0, 40)


@pytest.mark.parametrize(
    "codec",
    [
        {"name": "numcodecs.pickle", "configuration": {}},
        {"name": "numcodecs.bz2", "configuration": {"level": 1}},
        {"name": "numcodecs.lzma", "configuration": {}},
        {"name": "numcodecs.astype", "configuration": {"encode_dtype": "f4", "decode_dtype": "f4"}},
    ],
    ids=lambda one: one["name"],
)
@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")  # so it is
def test_only_codecs_of_a_list_are_used(tmp_path, codec):
    folder = written(tmp_path / "x")
    about = json.loads((folder / "zarr.json").read_text())
    about["codecs"].append(codec)
    (folder / "zarr.json").write_text(json.dumps(about))
    with pytest.raises(ValueError, match=r"x cannot be read|x is not a Zarr array"):
        open_table(folder)


def test_packing_twice_is_refused(tmp_path):
    codec = [zarr.codecs.ZstdCodec(), zarr.codecs.GzipCodec()]
    with pytest.raises(ValueError, match="packed twice, by bytes, zstd, gzip"):
        open_table(written(tmp_path / "x", codec=codec))


@pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")  # so it is
def test_an_array_is_what_it_says_itself_and_not_what_its_group_says(tmp_path):
    group = zarr.create_group(str(tmp_path / "x"))
    group.create_array("features", data=ROWS)
    zarr.consolidate_metadata(str(tmp_path / "x"))
    place = tmp_path / "x" / "zarr.json"
    about = json.loads(place.read_text())
    said = about["consolidated_metadata"]["metadata"]["features"]
    said["shape"], said["codecs"] = [1, 6], [{"name": "bytes"}]
    place.write_text(json.dumps(about))
    np.testing.assert_array_equal(open_table(tmp_path / "x").read(0, 40), ROWS)


def test_the_check_of_codecs_is_of_the_opening_that_reads(tmp_path):
    folder = written(tmp_path / "x")
    table = open_table(folder)
    about = json.loads((folder / "zarr.json").read_text())
    about["codecs"] = [about["codecs"][0], {"name": "gzip", "configuration": {"level": 1}},
                       {"name": "gzip", "configuration": {"level": 1}}]  # fmt: skip
    (folder / "zarr.json").write_text(json.dumps(about))
    with pytest.raises(ValueError, match="packed twice"):
        table.read(0, 40)


TEXTS = {
    "zstd": {},
    "no packing": {"compressors": None},
    "gzip": {"compressors": zarr.codecs.GzipCodec()},
    "blosc 2": {"zarr_format": 2, "compressors": numcodecs.Blosc()},
    "shards": {"chunks": (10,), "shards": (40,)},
}


def with_texts(folder, **options):
    ids = np.array([f"row {k}" for k in range(40)], dtype=np.dtypes.StringDType())
    group = zarr.create_group(str(folder), zarr_format=options.get("zarr_format", 3))
    options.pop("zarr_format", None)
    group.create_array("features", data=ROWS)
    group.create_array("ids", data=ids, **options)
    return ids


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.filterwarnings("ignore:The data type:zarr.errors.UnstableSpecificationWarning")
def test_texts_in_a_store_are_identifiers(tmp_path, name):
    ids = with_texts(tmp_path / "x", **TEXTS[name])
    assert open_table(tmp_path / "x", key="features").ids.tolist() == ids.tolist()


@pytest.mark.parametrize("pack", [None, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("claimed", "rest", "said"),
    [
        (2**32 - 1, bytes(64), "a chunk claims 4294967295 texts, expected 40"),
        (41, 41 * bytes(4), "a chunk claims 41 texts, expected 40"),
        (40, b"\xff\xff\xff\x7fabc", "x cannot be read"),  # one text beyond the end
        (40, 8 * b"\xff" * 20, "x cannot be read"),
        (1, b"\1\0\0\0a", "x cannot be read"),  # one text for forty rows
    ],
)
def test_a_chunk_of_texts_that_lies_is_refused_before_places_are_set_aside(
    tmp_path, pack, claimed, rest, said
):
    with_texts(tmp_path / "x", **TEXTS["gzip" if pack else "no packing"])
    content = claimed.to_bytes(4, "little") + rest
    (tmp_path / "x" / "ids" / "c" / "0").write_bytes(pack(content) if pack else content)
    tracemalloc.start()
    with pytest.raises(ValueError, match=said):
        open_table(tmp_path / "x", key="features")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 24  # of a store of 2 kB


def test_a_damaged_group_is_one_refusal_and_prints_nothing_beside_it(tmp_path, caplog):
    with_texts(tmp_path / "x")
    for name in ("features", "ids"):
        (tmp_path / "x" / name / "zarr.json").write_text("{")
    with pytest.raises(ValueError, match=r"x cannot be read: Expecting"):
        open_table(tmp_path / "x", key="features")
    gc.collect()  # when tasks that nobody asked would be told
    assert caplog.records == []
