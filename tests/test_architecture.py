"""Who may import whom: the wings of the house, read from the sources."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests import ROOT

# What every wing may use, and what each may use beside itself.
GROUND = {"metrics", "__version__", *(p.stem for p in (ROOT / "w2s").glob("_[a-z]*.py"))}
WINGS: dict[str, set[str]] = {
    "discrepancy": set(),
    "random_features": set(),
    "neighbours": {"discrepancy", "random_features"},
    "computing": set(),
    "page": set(),
    "practice": {"discrepancy", "random_features", "neighbours", "computing", "page"},
    "press": {"page"},
    "cli": {"practice"},
    "__main__": {"cli"},
}
# The pictures of the first page are drawn from both papers; one command makes real features; in a
# browser the form of a panel is the command `w2s diagnose`.
EXCEPTIONS = {
    ROOT / "press" / "site" / "first_page.py": {"discrepancy", "random_features"},
    ROOT / "press" / "real.py": {"practice"},
    ROOT / "press" / "live" / "assets" / "diagnose_files.py": {"cli", "practice"},
}
# Libraries that are slow to import, or not there for everyone, and their only places.
OWNERS = {
    "matplotlib": (
        "w2s/page/figures",
        "w2s/page/drawn",
        "w2s/practice/report",
        "press/site/first_page",
        "press/live/assets/runner",
    ),
    "joblib": ("w2s/computing",),
    "dask": ("w2s/computing", "w2s/practice/data"),
    "distributed": ("w2s/computing",),
    "pyarrow": ("w2s/practice/data",),
    "zarr": ("w2s/practice/data",),
    "h5py": ("w2s/practice/data",),
    "onnx": ("w2s/practice/data",),
    "onnxruntime": ("w2s/practice/data",),
    "PIL": ("w2s/practice/data",),
    "sklearn": ("w2s/practice/data",),
    "llvmlite": ("w2s/random_features/kernels",),
    "IPython": ("w2s/_display",),
    **dict.fromkeys(("papermill", "jupytext", "nbformat", "jupyter_book", "bs4"), ("press",)),
}
PAGES = sorted((ROOT / "notebooks").rglob("*.py"))
FILES = [p for part in ("w2s", "press") for p in sorted((ROOT / part).rglob("*.py"))]


@cache
def imports(path: Path) -> frozenset[str]:
    """Every dotted name that a file imports, at any depth; read once, because many ask."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def rooms(path: Path) -> set[str]:
    """The wings and ground modules that a file imports; ``press`` for all of the press."""
    asked = {"w2s": "practice", "w2s.diagnose": "practice"}  # what the package loads on demand
    names = [asked.get(name, name).split(".") for name in imports(path)]
    return {name[-1] if len(name) == 1 else name[1] for name in names if name[0] == "w2s"} | {
        name[0] for name in names if name[0] in ("press", "practice")
    }


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_wing_imports_the_ground_and_what_it_says(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    own = parts[0] if parts[0] == "press" else parts[1]
    allowed = GROUND | WINGS.get(own, {"practice"} if own == "__init__" else set()) | {own}
    assert rooms(path) <= allowed | EXCEPTIONS.get(path, set())


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_heavy_libraries_have_one_owner(path):
    own = path.relative_to(ROOT).as_posix()
    for library in {name.split(".")[0] for name in imports(path)} & set(OWNERS):
        assert own.startswith(OWNERS[library]), f"{own} imports {library}"


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_page_calls_its_own_wing_and_says_it_through_page(path):
    own = {path.parent.name} | WINGS[path.parent.name]
    assert rooms(path) <= own | {"page", "metrics", "computing"}
    assert not any(name.startswith("matplotlib") for name in imports(path)), "it styles its figures"


@pytest.mark.parametrize(
    "wing", ["discrepancy", "random_features", "neighbours", "practice", "computing"]
)
def test_the_mathematics_loads_no_picture_and_no_press(wing):
    named = (".".join(p.relative_to(ROOT).with_suffix("").parts) for p in FILES)
    modules = [n for n in named if n.startswith(f"w2s.{wing}.") and ".report" not in n]
    code = (
        f"import sys, importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
        "print([m for m in ('matplotlib', 'IPython', 'papermill', 'sphinx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
