"""Who may import whom: the arrows of the house, read from the sources."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# A module imports only from modules that stand before it.
ORDER = [
    "_checks", "_arrays", "_npy", "_display",
    "subspaces", "dimensions", "ridgeless", "bounds", "gain", "budget", "overparametrised",
    "elliptical", "latents", "simulate", "samplers",
    "sphere", "compiled", "random_features", "linear_network", "relu_network", "universality",
    "width_law", "alignment", "tiles", "lanczos", "gradient_flow", "finite_width", "early_stopping",
    "limits", "shrinkage", "learning_rules",
    "metrics", "exponents", "estimation", "moments", "uncertainty", "splits", "heads", "tables",
    "feature_files", "protocols", "plain_values", "sweeps", "cluster", "accumulate", "diagnosis",
    "decisions", "claims", "pairs", "figures", "schematics", "datasets", "raw_formats", "encoders",
    "report",
    "press", "cli", "__main__",
]  # fmt: skip
CORE = ORDER[: ORDER.index("decisions")]
NOT_FOR_THE_CORE = {"press", "cli", "decisions", "claims", "pairs", "figures", "datasets"}
NOT_FOR_THE_CORE |= {"raw_formats", "encoders", "report", "schematics"}
OWNER = {
    "matplotlib": {"figures", "schematics", "report"},
    "joblib": {"sweeps"},
    "dask": {"cluster", "tables"},
    "distributed": {"cluster"},
    "pyarrow": {"tables"},
    "zarr": {"tables"},
    "numba": {"compiled"},
    "onnxruntime": {"encoders"},
    "PIL": {"encoders", "raw_formats"},
    "sklearn": {"datasets"},
    "papermill": {"press"},
    "jupytext": {"press"},
    "nbformat": {"press"},
    "sphinx": {"press"},
    "jupyter_book": {"press"},
    "bs4": {"press"},
    "IPython": {"_display"},
}


def module_of(path: Path) -> str:
    return path.relative_to(ROOT / "w2s").with_suffix("").parts[0]


def imports(path: Path) -> set[str]:
    """Every dotted name that a file imports, at any depth."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


SOURCES = sorted((ROOT / "w2s").rglob("*.py"))
FILES = [p for p in SOURCES if p.name != "__init__.py" or p.parent.name != "w2s"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path):
    own = module_of(path)
    assert own in ORDER, f"w2s/{own} has no place in the order of modules"
    inside = {name.split(".")[1] for name in imports(path) if name.startswith("w2s.")}
    inside -= {own, "__version__"}
    late = {name for name in inside if ORDER.index(name) >= ORDER.index(own)}
    assert not late, f"w2s/{own} imports {late}, which stand after it"
    if own in CORE:
        assert not inside & NOT_FOR_THE_CORE


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_libraries_have_one_owner(path):
    own = module_of(path)
    outside = {name.split(".")[0] for name in imports(path)}
    for library, owners in OWNER.items():
        assert library not in outside or own in owners, f"w2s/{own} imports {library}"


def test_importing_the_core_loads_no_picture_and_no_press():
    core = [name for name in CORE if (ROOT / "w2s" / f"{name}.py").exists()]
    code = (
        "import sys, importlib\n"
        f"for name in {core!r}: importlib.import_module('w2s.' + name)\n"
        "print([m for m in ('matplotlib', 'IPython', 'papermill', 'sphinx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_notebooks_use_the_core_and_not_the_press():
    for path in sorted((ROOT / "notebooks").rglob("*.py")):
        named = imports(path)
        assert not {n for n in named if n.startswith(("w2s.press", "w2s.cli"))}, path
        assert not {n for n in named if n.startswith("matplotlib")}, f"{path} styles its figures"
