"""The runtime of live pages: nothing is served that is not the file of the release."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile

import pytest

from press.live import pack as packing
from press.live import runtime as fetching
from press.live.pack import bundle, kept, pack
from press.live.runtime import BUNDLES, CORE, LOCK, archives, runtime
from w2s._command import UserError


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def release(tmp_path, monkeypatch):
    """A release in small: a core, a list, and an archive of two modules for each package."""
    folder = tmp_path / "release"
    folder.mkdir()
    packages = {}
    for name in (one for names in BUNDLES.values() for one in names):
        with zipfile.ZipFile(folder / f"{name}.whl", "w") as archive:
            for member in ("__init__.py", "tests/test_it.py"):
                archive.writestr(zipfile.ZipInfo(f"{name}/{member}"), f"name = {name!r}\n")
        content = (folder / f"{name}.whl").read_bytes()
        packages[name] = {"file_name": f"{name}.whl", "sha256": sha(content), "version": "1.0"}
    (folder / LOCK).write_text(json.dumps({"packages": packages}))
    for name in CORE:
        if name != LOCK:
            (folder / name).write_bytes(name.encode())
    sums = {name: sha((folder / name).read_bytes()) for name in CORE}
    monkeypatch.setattr(fetching, "CORE", sums)
    return folder


def test_a_whole_release_is_accepted_without_any_client(release, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "client", lambda *_: pytest.fail("a client was run"))
    files = runtime(tmp_path / "cache", release)
    assert set(files) == {*CORE, *archives(release / LOCK)}


@pytest.mark.parametrize("name", ["numpy.whl", "scikit-learn.whl", "pyodide.asm.wasm", LOCK])
def test_a_changed_file_is_refused_by_name(release, tmp_path, name):
    whole = (release / name).read_bytes()
    (release / name).write_bytes(whole + b" ")
    with pytest.raises(UserError, match=f"^{name} is not the file of Pyodide"):
        runtime(tmp_path / "cache", release)
    (release / name).write_bytes(whole)
    assert name in runtime(tmp_path / "cache", release)


def test_a_file_that_the_cache_holds_is_checked_like_a_fetched_one(release, monkeypatch):
    monkeypatch.setattr(fetching, "client", lambda *_: pytest.fail("a client was run"))
    with (release / "scipy.whl").open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(UserError, match=r"^scipy\.whl is not the file .* remove .*scipy\.whl"):
        runtime(release)


def test_a_missing_file_and_a_missing_folder_are_named(release, tmp_path):
    (release / "six.whl").unlink()
    with pytest.raises(UserError, match=r"^six\.whl of Pyodide [\d.]+ is missing from"):
        runtime(tmp_path / "cache", release)
    with pytest.raises(UserError, match=r"there is no folder .*nowhere"):
        runtime(tmp_path / "cache", tmp_path / "nowhere")


def test_a_client_that_fails_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "client", lambda *_: "npm pack failed: no network")
    with pytest.raises(UserError, match=r"^Pyodide cannot be fetched: npm pack failed: no net"):
        runtime(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_without_node_the_bundles_hold_the_modules_as_they_are(release, tmp_path, monkeypatch):
    monkeypatch.setattr(packing.shutil, "which", lambda name: None)
    files = runtime(tmp_path / "cache", release)
    folder = pack(files, tmp_path / "runtime")
    about = json.loads((folder / "runtime.json").read_text())
    assert not about["frozen"]
    assert {path.name for path in folder.iterdir()} == {
        *CORE, *(f"{name}.bin.gz" for name in BUNDLES), "runtime.json",
    }  # fmt: skip
    head, _, content = gzip.decompress((folder / "scipy.bin.gz").read_bytes()).partition(b"\n")
    assert json.loads(head) == [
        ["openblas/__init__.py", len("name = 'openblas'\n")],
        ["scipy/__init__.py", len("name = 'scipy'\n")],
    ]
    assert content == b"name = 'openblas'\nname = 'scipy'\n"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = pack(files, tmp_path / "again")
    assert {path.name: path.read_bytes() for path in again.iterdir()} == first


def test_a_packed_runtime_is_kept_until_what_it_is_made_from_changes(
    release, tmp_path, monkeypatch
):
    monkeypatch.setattr(packing.shutil, "which", lambda name: None)
    files = runtime(tmp_path / "cache", release)
    folder = pack(files, tmp_path / "runtime")
    (folder / "numpy.bin.gz").write_bytes(b"as it was")
    pack(files, folder)
    assert (folder / "numpy.bin.gz").read_bytes() == b"as it was"
    files["numpy.whl"] = files["scipy.whl"]
    pack(files, folder)
    assert (folder / "numpy.bin.gz").read_bytes() != b"as it was"


def test_a_bundle_is_a_line_of_names_and_sizes_and_the_bytes():
    assert bundle({"a/b.py": b"one\n", "c": b""}) == b'[["a/b.py",4],["c",0]]\none\n'


@pytest.mark.parametrize(
    ("name", "served"),
    [
        ("scipy/linalg/_flapack.cpython-312-wasm32-emscripten.so", True),
        ("scipy/signal/_signaltools.py", False),
        ("numpy/typing/mypy_plugin.pyi", False),
        ("matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf", True),
        ("matplotlib/mpl-data/sample_data/goog.npz", False),
        ("sklearn/datasets/data/digits.csv.gz", True),
        ("sklearn/datasets/data/iris.csv", False),
    ],
)
def test_what_no_page_imports_is_not_served(name, served):
    assert kept(name) == served
