"""No file takes more memory than `--memory`: one line, and nothing half-done."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests import ROOT
from tests.test_without_posix import hidden
from trust.seeds import archive, header
from w2s._memory import _granted, default, limited, machine, memory, require, short
from w2s.cli import main

LINUX = sys.platform == "linux"  # whose kernel keeps the limit; what `require` sees is everyone's
HALF = 1 << 29


def test_the_kernel_refuses_more_than_the_limit_and_only_within_the_block():
    refused = False
    with limited(HALF // 2):
        try:
            np.ones(HALF // 8)
        except MemoryError as error:
            refused = short(error)
    assert refused == LINUX
    assert len(np.empty(HALF // 8)) == HALF // 8


def test_processes_that_are_started_within_a_limit_have_it():
    # From a small process: a limit is counted from what its process has already.
    inner = "try: bytearray(1 << 29)\nexcept MemoryError: print('refused')"
    outer = (
        "import subprocess, sys\nfrom w2s._memory import limited\n"
        f"with limited({HALF // 2}): subprocess.run([sys.executable, '-c', {inner!r}])"
    )
    done = subprocess.run([sys.executable, "-c", outer], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout == "refused\n") == LINUX, done.stderr


def test_a_limit_that_is_there_already_is_not_raised():
    import resource

    def soft() -> int:
        return resource.getrlimit(resource.RLIMIT_DATA)[0]

    with limited(HALF):
        first = soft()
        with limited(4 * HALF):
            assert soft() == first
        assert soft() == first


def test_sizes_that_shapes_tell_are_refused_before_they_are_set_aside():
    require("anything", 1 << 60)
    with limited(HALF):
        require("half of it", HALF)
        with pytest.raises(
            ValueError, match=r"^it would take 512\.0 MiB of memory, only 512\.0 MiB"
        ):
            require("it", HALF + 1)
    require("anything", 1 << 60)


@pytest.mark.parametrize(
    ("text", "size"),
    [("256M", 1 << 28), ("0.5g", HALF), ("512 MiB", HALF), ("2t", 2 << 40), ("536870912", HALF)],
)
def test_amounts_of_memory_are_read_in_powers_of_1024(text, size):
    assert memory(text) == size


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a size such as 4G or 50%, got ''"),
        ("4X", "a size such as 4G"),
        ("-4G", "a size such as 4G"),
        ("1e400", "a size such as 4G"),
        ("nan", "a size such as 4G"),
        ("101%", "at most 100%, got '101%'"),
        ("4K", r"at least 256\.0 MiB, got '4K'"),
        ("0%", r"at least 256\.0 MiB, got '0%'"),
    ],
)
def test_other_amounts_are_refused(text, said):
    with pytest.raises(argparse.ArgumentTypeError, match=said):
        memory(text)


def test_a_share_is_one_of_what_the_machine_and_its_groups_grant(monkeypatch):
    monkeypatch.setattr("w2s._memory._granted", lambda: [8 << 30, 2 << 40])
    monkeypatch.setattr(
        "w2s._memory.os.sysconf", {"SC_PHYS_PAGES": 1 << 22, "SC_PAGE_SIZE": 4096}.get
    )
    assert (machine(), memory("50%"), default()) == (8 << 30, 4 << 30, 6 << 30)


def test_limits_of_control_groups_are_read_up_to_the_root(monkeypatch, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "memory.max").write_text("max\n")
    (tmp_path / "a" / "memory.max").write_text("1000\n")
    (tmp_path / "memory.max").write_text("3000\n")
    monkeypatch.setattr("w2s._memory._GROUPS", {"": (str(tmp_path), "memory.max")})
    lines = "4:memory:/other\n0::/a/b\nno line\n"
    monkeypatch.setattr("w2s._memory.Path.read_text", read_or(lines))
    assert list(_granted()) == [1000, 3000]


def read_or(lines):
    plain = Path.read_text

    def read(path, **options):
        return lines if path == Path("/proc/self/cgroup") else plain(path, **options)

    return read


def test_where_the_machine_tells_nothing_a_size_is_needed_and_there_is_no_limit(monkeypatch):
    monkeypatch.delattr("w2s._memory.os.sysconf")
    assert default() is None and memory("1G") == 2 * HALF
    with pytest.raises(argparse.ArgumentTypeError, match="is not known here: give a size"):
        memory("50%")


WIDE = 20_000  # columns, whose moments take 25 GB, twice that for two models


@pytest.fixture
def wide(tmp_path, monkeypatch):
    """Ten rows of many columns: files of 800 kB."""
    for name in ("W.npy", "S.npy"):
        np.save(tmp_path / name, np.zeros((10, WIDE), np.float32))
    np.save(tmp_path / "y.npy", np.zeros(10))
    monkeypatch.chdir(tmp_path)
    return tmp_path


WORDS = ["diagnose", "--weak", "W.npy", "--strong", "S.npy", "--labels", "y.npy", "--memory", "1G"]
REFUSED = "w2s: the moments of 20000 and 20000 columns would take 95.4 GiB of memory"


def test_a_table_too_wide_for_the_memory_is_refused_in_one_line(wide, capsys):
    assert main(WORDS) == 2
    assert capsys.readouterr() == ("", f"{REFUSED}, only 1.0 GiB is allowed\n")


def test_it_is_refused_without_posix_too(wide):
    code = (
        "import contextlib, io\nfrom w2s.cli import main\nsaid = io.StringIO()\n"
        f"with contextlib.redirect_stderr(said): code = main({WORDS!r})\n"
        "print(code, said.getvalue())"
    )
    assert hidden(code, wide).startswith(f"2 {REFUSED}")


def test_an_array_of_a_member_too_large_for_the_memory_is_refused(wide, capsys):
    values = np.random.default_rng(0).integers(0, 99, 1 << 22, np.uint8).tobytes()
    content = header((300 << 20,), "|u1") + values + bytes((300 << 20) - len(values))
    (wide / "W.npz").write_bytes(archive(zipfile.ZIP_DEFLATED, **{"features.npy": content}))
    assert main([*WORDS, "--weak", "W.npz", "--memory", "256M"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert "an array of shape (314572800,) would take 300.0 MiB of memory, only 256.0 MiB" in err


def test_identifiers_too_many_for_the_memory_are_refused(wide, capsys):
    many = 1 << 30
    about = {
        "x": {"dtype": "F32", "shape": [10, 1], "data_offsets": [0, 40]},
        "ids": {"dtype": "U8", "shape": [many], "data_offsets": [40, 40 + many]},
    }
    head = json.dumps(about).encode()
    with (wide / "W.safetensors").open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        file.truncate(8 + len(head) + 40 + many)  # of zeros that take no room on a disk
    assert main([*WORDS, "--weak", "W.safetensors:x", "--memory", "512M"]) == 2
    said = "ids of W.safetensors would take 1.0 GiB of memory, only 512.0 MiB is allowed"
    assert capsys.readouterr() == ("", f"w2s: {said}\n")


@pytest.mark.parametrize("raised", [MemoryError(), ValueError("x cannot be read: no room")])
def test_what_the_kernel_refuses_is_one_line_and_status_two(wide, capsys, monkeypatch, raised):
    def diagnose(*given, **options):
        try:
            np.ones(1 << 30)
        except MemoryError as error:
            raise raised from error

    if LINUX:
        monkeypatch.setattr("w2s.practice.diagnosis.diagnose", diagnose)
        assert main(WORDS) == 2
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1
        assert err.startswith(f"w2s: --memory 1.0 GiB is not enough: {raised or 'out of memory'}")
