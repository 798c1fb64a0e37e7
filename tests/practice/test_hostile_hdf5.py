"""An HDF5 file is read within itself, within its declared sizes, and by filters of a list."""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np
import pytest

from w2s.practice.data.tables import open_table
from w2s.practice.data.tables.texts import read_names

pytestmark = pytest.mark.hdf5

ROWS = np.random.default_rng(0).standard_normal((700, 3))


@cache
def bomb():
    return zlib.compress(bytes(1 << 27), 9)  # 130 kB that give 128 MiB


def file_of(path, mode="w"):
    import h5py

    return h5py.File(path, mode)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"chunks": (100, 2)},
        {"compression": "gzip"},
        {"compression": "gzip", "shuffle": True, "fletcher32": True, "chunks": (64, 3)},
        {"compression": "lzf", "shuffle": True},
    ],
    ids=str,
)
def test_usual_packings_are_read(tmp_path, options):
    with file_of(tmp_path / "x.h5") as file:
        file.create_dataset("x", data=ROWS, **options)
    table = open_table(tmp_path / "x.h5")
    np.testing.assert_array_equal(table.read(0, 700), ROWS)
    np.testing.assert_array_equal(table.read(33, 130), ROWS[33:130])


def test_chunks_that_were_never_written_are_read_as_zeros(tmp_path):
    with file_of(tmp_path / "x.h5") as file:
        file.create_dataset("x", (700, 3), "f8", chunks=(100, 3), compression="gzip")[:100] = 1
    assert open_table(tmp_path / "x.h5").read(0, 700).sum() == 300


@pytest.mark.parametrize(("mask", "checked"), [(0, False), (0, True)])
def test_a_chunk_that_gives_more_than_is_declared_is_refused(tmp_path, mask, checked):
    with file_of(tmp_path / "x.h5") as file:
        options = {"chunks": (350, 3), "compression": "gzip", "fletcher32": checked}
        data = file.create_dataset("x", (700, 3), "f8", **options)
        data[:350] = ROWS[:350]
        data.id.write_direct_chunk((350, 0), bomb() + bytes(4 * checked), mask)
    table = open_table(tmp_path / "x.h5")
    np.testing.assert_array_equal(table.read(0, 350), ROWS[:350])
    with pytest.raises(ValueError, match=r"a chunk of .* bytes gives .*, expected 1056976"):
        table.read(340, 360)


def test_a_chunk_whose_packing_was_left_out_is_read(tmp_path):
    with file_of(tmp_path / "x.h5") as file:
        data = file.create_dataset("x", (700, 3), "f8", chunks=(700, 3), compression="gzip")
        data.id.write_direct_chunk((0, 0), ROWS.tobytes(), 1)
    np.testing.assert_array_equal(open_table(tmp_path / "x.h5").read(0, 700), ROWS)


def test_filters_beside_those_of_a_list_are_refused(tmp_path):
    with file_of(tmp_path / "x.h5") as file:
        file.create_dataset("x", data=ROWS.astype(np.int32), scaleoffset=0)
    with pytest.raises(ValueError, match=r"is packed by b?'\w+', which is not read: use gzip"):
        open_table(tmp_path / "x.h5")


def test_a_file_that_links_elsewhere_after_it_was_opened_is_not_followed(tmp_path):
    import h5py

    for name in ("x.h5", "secret.h5"):
        with file_of(tmp_path / name) as file:
            file["group/x"] = ROWS
    table = open_table(tmp_path / "x.h5")
    with file_of(tmp_path / "x.h5") as file:
        file["group"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/group")
    with pytest.raises(ValueError, match="is a link to another file, which is not followed"):
        table.read(0, 10)


@pytest.mark.parametrize("kind", ["external", "soft", "virtual"])
def test_a_data_set_elsewhere_is_not_read(tmp_path, kind):
    import h5py

    with file_of(tmp_path / "secret.h5") as file:
        file["x"] = ROWS
    with file_of(tmp_path / "x.h5") as file:
        if kind == "virtual":
            layout = h5py.VirtualLayout((700, 3), "f8")
            layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "x", (700, 3))
            file.create_virtual_dataset("x", layout)
        else:
            file["other"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/")
            place = str(tmp_path / "secret.h5"), "/x"
            file["x"] = (
                h5py.ExternalLink(*place) if kind == "external" else h5py.SoftLink("/other/x")
            )
    with pytest.raises(ValueError, match=r"its values in other files|needs a key out of none"):
        open_table(tmp_path / "x.h5", key="x")


def test_texts_that_are_all_one_long_text_are_refused(tmp_path):
    """A text is a reference, so that many rows may hold the same bytes of the file."""
    import h5py

    with file_of(tmp_path / "x.h5") as file:
        text = h5py.string_dtype()
        data = file.create_dataset("x", (4000, 1), text, chunks=(4000, 1))
        data[0] = "a" * 10**6
        _, one = data.id.read_direct_chunk((0, 0))
        data.id.write_direct_chunk((0, 0), one[:16] * 4000)
    assert (tmp_path / "x.h5").stat().st_size < 2 * 10**6
    with pytest.raises(ValueError, match="bytes are declared by only"):
        read_names(tmp_path / "x.h5")
