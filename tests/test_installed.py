"""The wheel works where the checkout is not, and `w2s` starts without what it may not need."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import w2s
from press.distributions import build
from trust.wheel import HERE, ROOT, install, members, write_features

# What takes long to import, and no command line needs before it knows what is asked of it.
HEAVY = {
    "numpy", "scipy", "matplotlib", "pandas", "sklearn", "sphinx", "rich", "IPython", "papermill",
    "jupytext", "nbformat", "joblib", "dask", "distributed", "llvmlite", "pyarrow", "zarr", "onnx",
    "onnxruntime", "PIL", "yaml", "bs4", "asyncio",
}  # fmt: skip
# The diagnosis needs numpy, scipy's linear algebra and joblib's processes, and nothing of these.
NOT_FOR_A_DIAGNOSIS = HEAVY - {"numpy", "scipy", "joblib", "asyncio"} | {
    "scipy.stats",
    "scipy.optimize",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(ROOT, tmp_path_factory.mktemp("dist"), "wheel")


@pytest.fixture(scope="module")
def fresh(wheel, tmp_path_factory):
    return install(wheel, tmp_path_factory.mktemp("fresh") / "environment")


def test_the_wheel_holds_every_module_and_nothing_else(wheel):
    modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / "w2s").rglob("*.py")}
    found = set(members(wheel))
    assert modules <= found
    about = f"w2s-{w2s.__version__}.dist-info"
    assert {name.split("/")[0] for name in found - modules} <= {"w2s", about}
    assert not [name for name in found if "__pycache__" in name]


def test_the_source_distribution_is_whole_beside_links_to_the_sources(tmp_path):
    """A page made alone leaves links to the sources in `_build`; they must not count as seen."""
    root = tmp_path / "checkout"
    for name in ("pyproject.toml", ".gitignore", "README.md", "LICENSE", "Makefile"):
        root.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root)
    for name in ("w2s", "notebooks"):
        shutil.copytree(
            ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    (root / "_build" / "one").mkdir(parents=True)
    (root / "_build" / "one" / "w2s").symlink_to(root / "w2s")
    with tarfile.open(build(root, tmp_path, "sdist")) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    sources = [p for name in ("w2s", "notebooks") for p in (root / name).rglob("*.py")]
    assert {p.relative_to(root).as_posix() for p in sources} | {"Makefile"} <= found
    assert not any(name.startswith("_build") for name in found)


def test_the_installed_wheel_diagnoses_as_the_checkout_does(fresh, tmp_path):
    write_features(tmp_path)
    assert fresh.module(tmp_path).is_relative_to(fresh.folder)
    assert HERE.module(tmp_path) == Path(w2s.__file__)
    found = fresh.diagnose(tmp_path)
    assert len(found) > 5
    assert found == HERE.diagnose(tmp_path)


def test_the_installed_command_knows_no_book(fresh, tmp_path):
    done = fresh.run(tmp_path, "status")
    assert done.returncode == 2
    assert "invalid choice: 'status'" in done.stderr and done.stderr.count("\n") == 1


def test_a_press_outside_a_checkout_says_so(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "press", "status"], capture_output=True, text=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("w2s: no _toc.yml in") and done.stderr.count("\n") == 1


def loaded(*arguments: str) -> set[str]:
    """All modules that a Python has loaded at its end; every warning is an error."""
    code = (
        "import atexit, runpy, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        f"sys.argv = {['w2s', *arguments[1:]]!r}\n"
        f"{arguments[0]}\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


AS_MODULE = "runpy.run_module('w2s', run_name='__main__')"


@pytest.mark.parametrize(
    "arguments", [("import w2s",), (AS_MODULE, "--version"), (AS_MODULE, "diagnose", "--help")]
)
def test_the_package_and_its_command_line_start_without_heavy_modules(arguments):
    found = loaded(*arguments)
    assert "w2s" in found
    assert not found & HEAVY


def test_a_diagnosis_loads_only_what_it_needs():
    found = loaded("from w2s import diagnose")
    assert {"w2s.practice.diagnosis", "numpy", "scipy.linalg"} <= found
    assert not found & NOT_FOR_A_DIAGNOSIS


def test_the_version_is_that_of_the_package():
    done = subprocess.run(
        [sys.executable, "-m", "w2s", "--version"], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (0, f"w2s {w2s.__version__}\n")
