"""The statements that a proof assistant has checked: read from ``proofs/``, and checked again.

``python -m press proofs`` compiles every file with Coq, in a copy, and compares what each theorem
rests on with ``proofs/assumptions.txt``. The site needs no Coq: it shows what the sources say.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from press.pages import Book
from w2s._command import UserError
from w2s._files import write_atomically

FOLDER = "proofs"
PROJECT = f"{FOLDER}/_CoqProject"
ASSUMPTIONS = f"{FOLDER}/assumptions.txt"
OF_THE_REALS = {
    "ClassicalDedekindReals.sig_not_dec": "any statement can be told false or not false",
    "ClassicalDedekindReals.sig_forall_dec": "a property of all numbers 0, 1, 2, … can be decided",
    "FunctionalExtensionality.functional_extensionality_dep": "functions of equal values are equal",
    "Classical_Prop.classic": "a statement is true or false",
}
"""The axioms of the standard library's real numbers, in words; nothing else may be assumed."""
_SECONDS = 300.0  # until a file that is not checked is given up
_THEOREM = re.compile(
    r"\(\*\* (?P<words>(?:(?!\*\)).)*?)\s*\*\)\s*"
    r"Theorem\s+(?P<name>\w+)(?P<says>.*?)\.\s*\nProof\.",
    re.DOTALL,
)
_CLAIMS = re.compile(r"\s*Claims: (?P<ids>[\w.,\s]+)\.$")
_TITLE = re.compile(r"\A\(\*\* (?P<title>[^\n]*?)\.?\n(?P<more>.*?)\*\)", re.DOTALL)
_DEFINITION = re.compile(
    r"(?:^ *\(\*\*(?:(?!\*\)).)*\*\)\n)?^ *(?:Definition|Fixpoint|Record) .*?\.$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Theorem:
    """One checked statement: its words and formula, the Coq text, and the claims it decides."""

    theory: str
    name: str
    words: str
    statement: str
    claims: tuple[str, ...]

    @property
    def key(self) -> str:
        """``Theory.name``, as pages quote it."""
        return f"{self.theory}.{self.name}"

    @property
    def label(self) -> str:
        """Where the page of proofs states it."""
        return f"proof-{self.theory}-{self.name}".replace("_", "-").lower()


@dataclass(frozen=True)
class Theory:
    """One file: what it is about, its text, its definitions, its theorems."""

    name: str
    title: str
    about: str
    text: str
    definitions: str
    theorems: tuple[Theorem, ...]


def read_theories(root: Path) -> tuple[Theory, ...]:
    """Return the theories of a checkout in the order of ``proofs/_CoqProject``; none without it.

    Raises
    ------
    UserError
        When a file is listed and missing or the reverse, does not begin with its title, or has a
        theorem without words above it.
    """
    project = root / PROJECT
    if not project.is_file():
        return ()
    listed = [line for line in project.read_text(encoding="utf-8").split() if line.endswith(".v")]
    there = sorted(path.name for path in (root / FOLDER).glob("*.v"))
    if sorted(listed) != there:
        raise UserError(f"{PROJECT} lists {', '.join(listed)}; {FOLDER} holds {', '.join(there)}")
    return tuple(_read(root / FOLDER / name) for name in listed)


def theorems(theories: Iterable[Theory]) -> dict[str, Theorem]:
    """Return every theorem by its key."""
    return {one.key: one for theory in theories for one in theory.theorems}


def proved_claims(theories: Iterable[Theory]) -> dict[str, list[Theorem]]:
    """Return for every claim that a theorem names the theorems that prove its statement."""
    found: dict[str, list[Theorem]] = {}
    for one in theorems(theories).values():
        for claim in one.claims:
            found.setdefault(claim, []).append(one)
    return found


def read_assumptions(root: Path) -> dict[str, tuple[str, ...]]:
    """Return what every theorem rests on, as the committed list has it."""
    path = root / ASSUMPTIONS
    if not path.is_file():
        return {}
    pairs = (line.split(": ", 1) for line in path.read_text(encoding="utf-8").splitlines())
    return {key: tuple(names.split(", ")) if names != "nothing" else () for key, names in pairs}


def check_proofs(book: Book, *, write: bool = False) -> list[str]:
    """Check all proofs anew; return a line for each fault, none when all is well.

    Parameters
    ----------
    book : Book
        The checkout.
    write : bool
        Write ``proofs/assumptions.txt`` instead of comparing with it.

    Raises
    ------
    UserError
        When there is no ``coqc`` on the path.
    """
    coqc = shutil.which("coqc")
    if coqc is None:
        raise UserError(
            "make proofs needs coqc on the PATH (Debian and Ubuntu: apt-get install coq)"
        )
    theories = read_theories(book.root)
    folder = book.build / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for theory in theories:
        (folder / f"{theory.name}.v").write_text(theory.text, encoding="utf-8")
        fault = _compile(coqc, folder, theory.name)[1]
        if fault:
            return [f"{FOLDER}/{theory.name}.v is not proved: {fault}"]
    rests_on = _assumptions(coqc, folder, theories)
    faults = [
        f"{key} assumes {name}, which is no axiom of the real numbers"
        for key, names in rests_on.items()
        for name in names
        if name not in OF_THE_REALS
    ]
    if write and not faults:
        lines = (f"{key}: {', '.join(names) or 'nothing'}\n" for key, names in rests_on.items())
        write_atomically(book.root / ASSUMPTIONS, "".join(lines).encode())
    return faults + _differences(read_assumptions(book.root), rests_on)


def _differences(
    kept: Mapping[str, tuple[str, ...]], found: Mapping[str, tuple[str, ...]]
) -> list[str]:
    keys = [*found, *(key for key in kept if key not in found)]
    return [
        f"{ASSUMPTIONS} says of {key}: {kept.get(key, 'nothing')}; Coq: {found.get(key, 'nothing')}"
        for key in keys
        if kept.get(key) != found.get(key)
    ]


def _read(path: Path) -> Theory:
    text = path.read_text(encoding="utf-8")
    head = _TITLE.match(text)
    if head is None:
        raise UserError(f"{FOLDER}/{path.name} must begin with `(** Title.` and what it is about")
    found = [_theorem(path.stem, match) for match in _THEOREM.finditer(text)]
    told, there = [one.name for one in found], re.findall(r"^Theorem (\w+)", text, re.MULTILINE)
    for name in there:
        if told.count(name) != 1 or there.count(name) != 1:
            raise UserError(
                f"{FOLDER}/{path.name}: {name} needs a comment `(** … *)` of its own above"
            )
    definitions = "\n\n".join(match[0] for match in _DEFINITION.finditer(text))
    about = " ".join(head["more"].split())
    return Theory(path.stem, head["title"], about, text, definitions, tuple(found))


def _theorem(theory: str, match: re.Match[str]) -> Theorem:
    words = " ".join(match["words"].split())
    claims = _CLAIMS.search(words)
    ids = tuple(claims["ids"].replace(",", " ").split()) if claims else ()
    statement = f"Theorem {match['name']}{match['says']}."
    return Theorem(theory, match["name"], _CLAIMS.sub("", words), statement, ids)


def _compile(coqc: str, folder: Path, name: str) -> tuple[str, str]:
    """Return what Coq printed, and the fault in one line."""
    words = [coqc, "-q", "-R", ".", "W2S", f"{name}.v"]
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return "", f"not checked within {_SECONDS:g} s"
    fault = " ".join(done.stderr.split()) if done.returncode else ""
    return done.stdout, fault


def _assumptions(coqc: str, folder: Path, theories: Iterable[Theory]) -> dict[str, tuple[str, ...]]:
    """Ask Coq what every theorem rests on."""
    found = {}
    for theory in theories:
        asked = "".join(f"Print Assumptions {one.name}.\n" for one in theory.theorems)
        text = f"From W2S Require Import {theory.name}.\n{asked}"
        name = f"assumptions_of_{theory.name}"
        (folder / f"{name}.v").write_text(text, encoding="utf-8")
        printed, fault = _compile(coqc, folder, name)
        if fault:
            raise UserError(f"{FOLDER}/{theory.name}.v: {fault}")
        # One block a theorem, each headed by one of two sentences.
        blocks = re.split(r"^(?:Axioms:|Closed under the global context)$", printed, flags=re.M)[1:]
        for one, block in zip(theory.theorems, blocks, strict=True):
            names = re.findall(r"^([\w.]+)\s*(?=:|$)", block, re.MULTILINE)
            found[one.key] = tuple(sorted(names))
    return found
