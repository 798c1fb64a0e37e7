"""The descriptions of the environment agree; the locks are complete, anonymous and licensed."""

from __future__ import annotations

import re
import tomllib

import pytest
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import ROOT
from trust import licences
from w2s.practice.data.sources.table import PACKAGES

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK, LOCK_OF_DEV = (
    (ROOT / name).read_text(encoding="utf-8")
    for name in ("requirements.lock", "requirements-dev.lock")
)
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["optional-dependencies"]
OURSELVES = "-e ."  # pip reads it where environment.yml lies


def requirements(lines: list[str]) -> dict[str, Requirement]:
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def declared(*, dev: bool = False) -> dict[str, Requirement]:
    """What the package and its extras ask for; `dev`, the tools of its makers, stands apart."""
    named = [line for extra, lines in EXTRAS.items() if dev or extra != "dev" for line in lines]
    return requirements(PROJECT["dependencies"] + named)


def locked(lock: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", lock, re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def conda() -> dict[str, Requirement]:
    lines = [d for d in CONDA["dependencies"] if isinstance(d, str)]
    (pip,) = [d["pip"] for d in CONDA["dependencies"] if isinstance(d, dict)]
    found = requirements(lines + [line for line in pip if line != OURSELVES])
    return {name: found[name] for name in found if name not in ("python", "pip")}


@pytest.mark.parametrize(("lock", "dev"), [(LOCK, False), (LOCK_OF_DEV, True)])
def test_every_declared_requirement_is_locked_inside_its_range(lock, dev):
    assert len(declared(dev=True)) > len(declared()) > 30
    for name, requirement in declared(dev=dev).items():
        versions = locked(lock).get(name)
        assert versions, f"{name} is not locked"
        assert all(requirement.specifier.contains(v) for v in versions), (name, versions)


def test_the_lock_of_the_makers_holds_every_version_of_the_lock():
    assert locked(LOCK_OF_DEV).items() >= locked(LOCK).items()


def test_no_tool_of_the_makers_is_in_the_lock():
    assert not {canonicalize_name(Requirement(line).name) for line in EXTRAS["dev"]} & set(
        locked(LOCK)
    )


@pytest.mark.parametrize("lock", [LOCK, LOCK_OF_DEV])
def test_every_locked_package_has_hashes_and_no_address(lock):
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert len(blocks) > 50
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in lock and "index-url" not in lock and "file:" not in lock


@pytest.mark.parametrize("lock", [LOCK, LOCK_OF_DEV])
def test_every_python_gets_the_same_numerical_libraries(lock):
    # So that it computes the same bytes: python -m trust bytes.
    for name in ("numpy", "scipy"):
        (line,) = re.findall(rf"^{name}==.*$", lock, re.MULTILINE)
        assert "python" not in line


def test_conda_names_ranges_and_conditions_equal_those_of_the_package():
    def told(found):
        return {name: (set(map(str, r.specifier)), str(r.marker)) for name, r in found.items()}

    assert told(conda()) == told(declared())


def test_every_locked_package_states_a_licence_and_the_list_repeats_it():
    told = licences.entries((ROOT / licences.LIST).read_text(encoding="utf-8"))
    assert {name for name, _ in told} == set(locked(LOCK))
    assert licences.faults(told) == []


def test_the_packages_of_the_real_tasks_are_listed_locked_and_no_dependency():
    listed = (ROOT / licences.LIST).read_text(encoding="utf-8")
    assert listed.endswith(licences.real_tasks())
    lock = (ROOT / "requirements-real.lock").read_text(encoding="utf-8")
    named = {p.name: p.version for p in PACKAGES.values() if p.registry == "PyPI"}
    assert (
        dict(re.findall(r"^([\w.-]+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}$", lock, re.M))
        == named
    )
    assert not set(map(canonicalize_name, PACKAGES)) & set(locked(LOCK_OF_DEV))


def test_a_missing_unknown_or_changed_licence_is_noticed():
    installed = {one: licences.licence(*one) or licences.ELSEWHERE for one in licences.locked()}
    assert licences.faults(installed) == []
    first, second, third = (one for one in installed if one[0] in ("joblib", "papermill", "tqdm"))
    told = installed | {second: "unknown", third: "Secret", ("abacus", "1.0"): "MIT"}
    del told[first]
    abacus, missing, unknown, changed = licences.faults(told)
    assert abacus == "abacus 1.0 is listed, but not locked"
    assert missing == f"{' '.join(first)} has no entry"
    assert unknown == f"{' '.join(second)} states no licence"
    assert changed == f"{' '.join(third)} is listed as Secret, but says {installed[third]}"


@pytest.mark.parametrize("line", [d for d in CONDA["dependencies"] if isinstance(d, str)])
def test_conda_specs_are_read_by_a_strict_parser(line):
    spec = rattler.MatchSpec(line, strict=True)
    assert spec.name is not None


def test_the_conda_file_has_the_expected_shape():
    assert set(CONDA) == {"name", "channels", "dependencies"}
    assert CONDA["channels"][0] == "conda-forge"


def test_the_conda_file_installs_the_checkout_itself_after_what_it_needs():
    *conda_first, last = CONDA["dependencies"]
    assert all(isinstance(one, str) for one in conda_first) and "pip" in conda_first
    assert last["pip"].count(OURSELVES) == 1
    assert PROJECT["name"] == CONDA["name"] and (ROOT / "pyproject.toml").is_file()


def test_no_machine_path_or_generated_file_is_named_in_the_sources():
    # Paths of home folders and temporary folders have no place in what others clone.
    for path in ROOT.rglob("*"):
        relative = path.relative_to(ROOT)
        if relative.parts[0] in {".git", ".venv", "_build"} or not path.is_file():
            continue
        if path.suffix in {".py", ".md", ".yml", ".toml", ".cff"} and "tests" not in relative.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"/(home|root|Users)/[a-z]", text), relative
