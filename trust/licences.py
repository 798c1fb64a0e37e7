"""The licence of every locked package, from its own metadata; nothing is asked of a network.

`--write` puts the packages that are installed here into LICENSES-OF-DEPENDENCIES.md; the lines of
packages that only another system or Python installs stay as they are.
"""

from __future__ import annotations

import argparse
import re
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

from w2s.practice.data.sources.table import PACKAGES

ROOT = Path(__file__).resolve().parents[1]
LIST = Path("LICENSES-OF-DEPENDENCIES.md")
UNKNOWN = "unknown"
ELSEWHERE = "not installed where this list was written"
HEAD = """\
# Licences of the dependencies

What `requirements.lock` installs, and the licence that each package states in its own metadata.
`python -m trust licences --write` makes this list; a test compares it with what is installed. The
repository vendors none of these packages. The rendered site carries scripts, styles and fonts of
its theme and of MathJax, which stay under their licences; the rest is under [LICENSE](LICENSE).
What `make real` fetches has a table of its own, at the end.

| package | version | licence, as the package states it |
|---|---|---|
"""
REAL_HEAD = """
## Networks and data of the real tasks

What `make real` fetches into `_build`: nothing of it is in the repository or on the site, the texts
of third parties least of all. The licences are those that the packages, or the projects whose
weights and data they carry, state; `w2s/practice/data/sources/table.py` has them.

| used as | package | version | registry | licence |
|---|---|---|---|---|
"""
Package = tuple[str, str]  # name and version


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m trust licences", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"update {LIST}")
    given = parser.parse_args(arguments)
    path = ROOT / LIST
    told = entries(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if given.write:
        told = {one: licence(*one) or told.get(one, ELSEWHERE) for one in locked()}
        lines = [f"| {name} | {version} | {told[name, version]} |\n" for name, version in told]
        path.write_text(HEAD + "".join(lines) + real_tasks(), encoding="utf-8")
    found = faults(told)
    for fault in found:
        print(f"licences: {fault}")
    print(f"licences: {len(told)} packages, {len(set(told.values()))} ways to state a licence")
    return 1 if found else 0


def faults(told: dict[Package, str]) -> list[str]:
    """Return one line for each package whose entry is missing, unknown or no longer true."""
    found = [f"{' '.join(one)} is listed, but not locked" for one in told.keys() - set(locked())]
    for one in locked():
        installed, name = licence(*one), " ".join(one)
        if one not in told:
            found.append(f"{name} has no entry")
        elif told[one] == UNKNOWN:
            found.append(f"{name} states no licence")
        elif installed is not None and installed != told[one]:
            found.append(f"{name} is listed as {told[one]}, but says {installed}")
    return found


def real_tasks() -> str:
    """Return the table of the packages that carry networks and data."""
    rows = (
        f"| {one.use} | {one.name} | {one.version} | {one.registry} | {one.licence} |\n"
        for one in PACKAGES.values()
    )
    return REAL_HEAD + "".join(rows)


def entries(text: str) -> dict[Package, str]:
    """Return the table of the list."""
    rows = re.findall(r"^\| ([a-z0-9-]+) \| (\S+) \| (.+) \|$", text, re.MULTILINE)
    return {(name, version): told for name, version, told in rows if name != "package"}


def locked() -> list[Package]:
    """Return the names and versions of all packages of the lock."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)==([^ ;\\]+)", text, re.MULTILINE)
    return sorted({(str(canonicalize_name(name)), version) for name, version in found})


def licence(name: str, version: str) -> str | None:
    """Return what a package states, None when this version is not installed."""
    try:
        about = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    if about.version != version:
        return None
    expression = about.metadata.get("License-Expression")
    if expression:
        return str(expression)
    named = [
        line.split("::")[-1].strip()
        for line in about.metadata.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    field = " ".join((about.metadata.get("License") or "").split())
    if 0 < len(field) < 40 and field != "UNKNOWN":
        named.append(field)
    return "; ".join(dict.fromkeys(named)) or _title_of_file(about) or UNKNOWN


def _title_of_file(about: metadata.Distribution) -> str | None:
    """Return the first line of a licence file that lies with the package."""
    for path in about.files or []:
        if path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            lines = (line.strip() for line in path.read_text().splitlines())
            return next((line for line in lines if line), None)
    return None
