"""The three descriptions of the environment agree, and the lock is complete and anonymous."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def declared() -> dict[str, Requirement]:
    extras = PROJECT["optional-dependencies"]
    lines = PROJECT["dependencies"] + [line for extra in extras.values() for line in extra]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def locked() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", LOCK, re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def conda() -> dict[str, str]:
    lines = [d for d in CONDA["dependencies"] if isinstance(d, str)]
    (pip,) = [d["pip"] for d in CONDA["dependencies"] if isinstance(d, dict)]
    specs = [re.match(r"([a-z0-9.-]+) ?(.*)", line, re.IGNORECASE).groups() for line in lines + pip]
    return {
        canonicalize_name(name): ranges for name, ranges in specs if name not in ("python", "pip")
    }


def test_every_declared_requirement_is_locked_inside_its_range():
    for name, requirement in declared().items():
        versions = locked().get(name)
        assert versions, f"{name} is not locked"
        assert all(requirement.specifier.contains(v) for v in versions), (name, versions)


def test_every_locked_package_has_hashes_and_no_address():
    blocks = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) > 50
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in LOCK and "index-url" not in LOCK and "file:" not in LOCK


def test_conda_names_and_ranges_equal_those_of_the_package():
    package = {name: {str(s) for s in r.specifier} for name, r in declared().items()}
    ranges = {name: set(filter(None, text.split(","))) for name, text in conda().items()}
    assert ranges == package


@pytest.mark.parametrize("line", [d for d in CONDA["dependencies"] if isinstance(d, str)])
def test_conda_specs_are_read_by_a_strict_parser(line):
    spec = rattler.MatchSpec(line, strict=True)
    assert spec.name is not None


def test_the_conda_file_has_the_expected_shape():
    assert set(CONDA) == {"name", "channels", "dependencies"}
    assert CONDA["channels"][0] == "conda-forge"


def test_no_machine_path_or_generated_file_is_named_in_the_sources():
    # Paths of home folders and temporary folders have no place in what others clone.
    for path in ROOT.rglob("*"):
        relative = path.relative_to(ROOT)
        if relative.parts[0] in {".git", ".venv", "_build"} or not path.is_file():
            continue
        if path.suffix in {".py", ".md", ".yml", ".toml", ".cff"} and "tests" not in relative.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"/(home|root|Users)/[a-z]", text), relative
