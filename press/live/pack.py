"""From checked archives to what a browser loads: three trimmed bundles beside the core.

A bundle is the gzip of one line of JSON, ``[[path, size], …]`` below ``site-packages``, and the
bytes of those files. Where Node is at hand modules are byte code, and the memory of a started
interpreter is kept; without it the same files are served as they are, and pages start slower.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from press.files import replace_folder, write_json
from press.live.runtime import BUNDLES, CORE, LOCK, archives, versions
from w2s._command import UserError
from w2s._files import write_atomically

ASSETS = Path(__file__).parent / "assets"
SNAPSHOT, ABOUT = "snapshot.bin.gz", "runtime.json"
_SEED = "1"  # raised when the layout changes
# Tests, headers, stubs, sample data and fonts, and what of SciPy no page imports.
_NOT_KEPT = re.compile(
    r"(^|/)(tests?|testing/data|sample_data|include|images|pdfcorefonts|afm|f2py/src)/"
    r"|\.(pyi|pxd|pyx|h|c|cpp|a|lib|in|rst|txt|npz|f|md|afm|typed)$"
    r"|^scipy/(datasets|misc|odr|signal)/|^pylab\.py$|^mpl_toolkits/"
    r"|\.dist-info/|\.data/"
    r"|^fontTools/(?!ttLib|misc|__init__|encodings|varLib/__init__|config|agl)"
    r"|^sklearn/datasets/(images|data/(?!digits))"
)
_FOR_SKLEARN = re.compile(r"^scipy/(io|cluster)/")  # which nothing else imports
_KEPT = re.compile(
    r"^numpy/(testing|_core/tests/_natype)|^sklearn/datasets/(data|descr)/digits|/_tests/"
)


def pack(files: Mapping[str, Path], target: Path) -> Path:
    """Make the folder that a live site serves, unless it was made from the same files already.

    Parameters
    ----------
    files : mapping of str to Path
        The checked files of `press.live.runtime.runtime`.
    target : Path
        The folder, below ``_build``.

    Returns
    -------
    Path
        `target`.

    Raises
    ------
    UserError
        When Node is there and fails.
    """
    made_from = _digest(files)
    about = target / ABOUT
    if about.is_file() and json.loads(about.read_text("utf-8"))["made_from"] == made_from:
        return target
    draft = target.with_name(f"{target.name}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    tree, out = draft / "tree", draft / "out"
    out.mkdir(parents=True)
    for name in CORE:
        shutil.copyfile(files[name], out / name)
    wanted = archives(files[LOCK])
    owner: dict[str, str] = {}
    listed = zip(wanted, [name for name, names in BUNDLES.items() for _ in names], strict=True)
    for archive, name in listed:
        for member in _unpacked(files[archive], tree):
            owner[member] = "sklearn" if _FOR_SKLEARN.search(member) else name
    frozen = _freeze(out, tree, out / SNAPSHOT.removesuffix(".gz"))
    sizes = {name: _bundle(name, tree, owner, out) for name in BUNDLES}
    if frozen:
        whole = out / SNAPSHOT.removesuffix(".gz")
        sizes["snapshot"] = _squeezed(out / SNAPSHOT, whole.read_bytes())
        whole.unlink()
    sizes["core"] = sum((out / name).stat().st_size for name in CORE)
    said = {"versions": versions(files[LOCK]), "sizes": sizes, "frozen": frozen}
    write_json(out / ABOUT, said | {"made_from": made_from})
    replace_folder(out, target)
    shutil.rmtree(draft)
    return target


def _digest(files: Mapping[str, Path]) -> str:
    """Hash what decides the folder: the files, this module and its helper, and whether Node is."""
    total = hashlib.sha256(f"{_SEED} {bool(shutil.which('node'))}".encode())
    for path in [*(files[name] for name in sorted(files)), Path(__file__), ASSETS / "freeze.mjs"]:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _unpacked(archive: Path, tree: Path) -> Iterable[str]:
    """Unpack what pages need of an archive; return the names."""
    with zipfile.ZipFile(archive) as packed:
        names = [one for one in packed.namelist() if not one.endswith("/") and kept(one)]
        for name in names:
            write_atomically(tree / name, packed.read(name))
    return names


def kept(name: str) -> bool:
    """Whether a file of a package is served.

    Examples
    --------
    >>> [kept(name) for name in ("scipy/linalg/_misc.py", "scipy/linalg/tests/test_misc.py")]
    [True, False]
    >>> kept("sklearn/datasets/descr/digits.rst")  # without which there are no digits
    True
    """
    return bool(_KEPT.search(name)) or not _NOT_KEPT.search(name)


def _freeze(core: Path, tree: Path, snapshot: Path) -> bool:
    """Compile the tree and picture a started interpreter by Node; whether that was done."""
    node = shutil.which("node")
    if node is None:
        return False
    command = [node, str(ASSETS / "freeze.mjs"), str(core), str(tree), str(snapshot)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["without a word"]
        raise UserError(f"node cannot prepare Pyodide: {lines[-1][:300]}")
    return True


def _bundle(name: str, tree: Path, owner: Mapping[str, str], out: Path) -> int:
    """Write one bundle and return its size; what Node added goes with Matplotlib."""
    files = {}
    for path in sorted(path for path in tree.rglob("*") if path.is_file()):
        member = path.relative_to(tree).as_posix()
        source = member.removesuffix("c") if member.endswith(".pyc") else member
        if owner.get(source, "matplotlib") == name:
            files[member] = path.read_bytes()
    return _squeezed(out / f"{name}.bin.gz", bundle(files))


def bundle(files: Mapping[str, bytes]) -> bytes:
    """Return files as one text of names and sizes and their bytes, in the order given."""
    head = json.dumps([[name, len(data)] for name, data in files.items()], separators=(",", ":"))
    return b"".join([head.encode(), b"\n", *files.values()])


def _squeezed(path: Path, content: bytes) -> int:
    write_atomically(path, gzip.compress(content, 9, mtime=0))
    return path.stat().st_size
