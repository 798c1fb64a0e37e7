"""What the proof assistant checks, that it would notice, and how the book shows it."""

from __future__ import annotations

import json
import re
import shutil
from types import SimpleNamespace

import pytest

from press.command import main
from press.pages import read_book
from press.proofs import (
    ASSUMPTIONS,
    FOLDER,
    OF_THE_REALS,
    PROJECT,
    check_proofs,
    proved_claims,
    read_assumptions,
    read_theories,
    theorems,
)
from press.site.proofs_page import INTRODUCTION, proofs_page
from press.site.proved import proved
from tests import ROOT
from w2s._command import UserError


@pytest.fixture
def copied(tmp_path):
    """A book of one page with all proofs."""
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: first\n", encoding="utf-8")
    (tmp_path / "first.md").write_text("# First\n", encoding="utf-8")
    return read_book(tmp_path)


def accepted():
    """The claims of the accepted record, and their pages."""
    record = json.loads((ROOT / "book" / "claims.json").read_text(encoding="utf-8"))
    return {one["id"]: f"notebooks/{one['page']}" for one in record["claims"]}


def changed(book, name, old, new):
    """Change one place of a file."""
    path = book.root / FOLDER / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.coq
def test_every_proof_is_accepted_and_rests_on_the_axioms_of_the_reals_alone(copied):
    assert check_proofs(copied) == []


@pytest.mark.coq
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("L <= 1 -> 3 / 4 * L ^ 2 <= bound9 L", "L <= 1 -> 4 / 5 * L ^ 2 <= bound9 L"),
        # The teacher may then be any function of its class, a noisy one as well.
        ("sq f = 1 -> subspace H F -> best_approximation H F t f -> shrinkage_optimal H s t ->\n"
         "  bound9 (sq (t -: f)) <= sq (s -: f).\nProof.\n  intros one S B O.",
         "sq f = 1 -> subspace H F -> F t -> shrinkage_optimal H s t ->\n"
         "  bound9 (sq (t -: f)) <= sq (s -: f).\nProof.\n  intros one S B O."),
    ],
    ids=["four_fifths", "any_teacher"],
)  # fmt: skip
def test_a_false_statement_does_not_go_through(copied, old, new):
    changed(copied, "Limit.v", old, new)
    (fault,) = check_proofs(copied)
    assert fault.startswith("proofs/Limit.v is not proved: ")


@pytest.mark.coq
def test_a_statement_that_is_only_admitted_is_named(copied):
    shutil.rmtree(copied.root / FOLDER)
    (copied.root / FOLDER).mkdir()
    (copied.root / PROJECT).write_text("-R . W2S\nSgd.v\n", encoding="utf-8")
    (copied.root / FOLDER / "Sgd.v").write_text(
        "(** Nothing.\n\n    Nothing. *)\n"
        "Require Import Reals.\nOpen Scope R_scope.\n"
        "(** It is so. *)\nTheorem admitted : 0 = 1.\nProof.\nAdmitted.\n",
        encoding="utf-8",
    )
    faults = check_proofs(copied)
    assert faults[0] == "Sgd.admitted assumes admitted, which is no axiom of the real numbers"
    assert f"{ASSUMPTIONS} says of Sgd.admitted" in faults[1]


def test_without_coq_one_line_says_how_to_get_it(monkeypatch, capsys, copied):
    monkeypatch.setenv("PATH", str(copied.root))
    assert main(["proofs", "--root", str(copied.root)]) == 2
    assert capsys.readouterr().err == (
        "w2s: make proofs needs coqc on the PATH (Debian and Ubuntu: apt-get install coq)\n"
    )


def test_the_list_of_assumptions_has_every_theorem_and_only_known_axioms():
    assert set(read_assumptions(ROOT)) == set(theorems(read_theories(ROOT)))
    assert {name for names in read_assumptions(ROOT).values() for name in names} <= {*OF_THE_REALS}


def test_nothing_in_the_sources_is_left_unproved():
    loopholes = r"\b(Admitted|admit|Axiom|Axioms|Parameter|Conjecture|Hypothesis|Abort)\b"
    for theory in read_theories(ROOT):
        assert not re.search(loopholes, theory.text), theory.name


def test_every_claim_that_a_theorem_names_is_one_of_the_book():
    assert {*proved_claims(read_theories(ROOT))} <= set(accepted())


def test_the_page_states_every_theorem_with_what_coq_was_asked():
    text = proofs_page(ROOT, accepted())
    for one in theorems(read_theories(ROOT)).values():
        assert f"({one.label})=" in text and one.statement in text
    assert "href='../notebooks/random_features/limit.html'" in text


def test_a_theorem_that_names_an_unknown_claim_is_refused():
    with pytest.raises(UserError, match=r"names the claim [\w.]+, which no page makes"):
        proofs_page(ROOT, {})


def test_a_theorem_without_a_line_of_assumptions_is_refused(copied):
    pages = dict.fromkeys(proved_claims(read_theories(ROOT)), "first")
    path = copied.root / ASSUMPTIONS
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[1:]), encoding="utf-8")
    with pytest.raises(UserError, match=r"differ at Space.cauchy_schwarz: run `make proofs`"):
        proofs_page(copied.root, pages)


def test_a_theorem_without_words_and_a_file_that_is_not_listed_are_refused(copied):
    changed(copied, "Space.v", "(** The triangle inequality. *)\nLemma", "Theorem")
    with pytest.raises(UserError, match=r"Space.v: triangle needs a comment"):
        read_theories(copied.root)
    (copied.root / FOLDER / "Space.v").unlink()
    with pytest.raises(UserError, match=r"_CoqProject lists Space.v, .*; proofs holds Algebra.v"):
        read_theories(copied.root)


def test_a_book_without_proofs_has_none(tmp_path):
    assert read_theories(tmp_path) == () and read_assumptions(tmp_path) == {}


def test_a_page_that_quotes_a_theorem_leads_to_its_statement():
    told = []
    inliner = SimpleNamespace(
        document=SimpleNamespace(
            settings=SimpleNamespace(env=SimpleNamespace(srcdir=str(ROOT), docname="page"))
        ),
        reporter=SimpleNamespace(error=lambda text, line: told.append((text, line)) or "message"),
    )
    (words, link), _ = proved("proved", "raw", "Limit.limit_of_any_student", 3, inliner)
    assert words == "proved, and checked by Coq: " and link.astext() == "Limit.limit_of_any_student"
    assert link["reftarget"] == "proof-limit-limit-of-any-student"
    assert proved("proved", "raw", "Limit.nothing", 4, inliner) == ([], ["message"])
    assert told[0][0].startswith("no theorem in proofs/ is called 'Limit.nothing'")


def test_the_introduction_names_the_command():
    assert "make proofs" in (ROOT / INTRODUCTION).read_text(encoding="utf-8")
