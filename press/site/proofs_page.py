"""The generated page of what a proof assistant has checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from press.proofs import (
    OF_THE_REALS,
    Theorem,
    Theory,
    read_assumptions,
    read_theories,
    theorems,
)
from w2s._command import UserError
from w2s._display import formulas

PROOFS = "book/proofs.md"
INTRODUCTION = "proofs/README.md"
# Its many statements would stand before the pages that make them, whatever one looks for.
_HEAD = "---\nnosearch: true\n---\n\n(page-proofs)=\n"
_AXIOMS = """
**What Coq itself rests on**, beyond its logic: the axioms with which its standard library builds
the real numbers. No theorem needs another.
"""


def proofs_page(root: Path, claims: Mapping[str, str]) -> str:
    """Return the page as MyST Markdown.

    Parameters
    ----------
    root : Path
        The checkout.
    claims : mapping of str to str
        The page of every claim of this run, as in `_toc.yml`.

    Raises
    ------
    UserError
        When a theorem names a claim that no page makes, or has no line in the list of assumptions.
    """
    theories, rests_on = read_theories(root), read_assumptions(root)
    known = theorems(theories)
    for key, one in known.items():
        unknown = [claim for claim in one.claims if claim not in claims]
        if unknown:
            raise UserError(f"proofs: {key} names the claim {unknown[0]}, which no page makes")
    if set(known) != set(rests_on):
        odd = sorted(set(known) ^ set(rests_on))[0]
        raise UserError(f"proofs/assumptions.txt and proofs/ differ at {odd}: run `make proofs`")
    used = {name for names in rests_on.values() for name in names}
    axioms = "\n".join(
        f"* {words} (`{name}`)" for name, words in OF_THE_REALS.items() if name in used
    )
    introduction = (root / INTRODUCTION).read_text(encoding="utf-8")
    parts = [_HEAD + introduction + _AXIOMS, axioms + "\n"]
    parts += [_section(one, rests_on, claims) for one in theories]
    return "\n".join(parts).rstrip() + "\n"


def _section(
    theory: Theory, rests_on: Mapping[str, Sequence[str]], claims: Mapping[str, str]
) -> str:
    lines = [f"## {theory.title}\n", f"`proofs/{theory.name}.v`. {formulas(theory.about)}\n"]
    if theory.definitions:
        lines += [_folded("Definitions", f"```coq\n{theory.definitions}\n```")]
    lines += [_entry(one, rests_on[one.key], claims) for one in theory.theorems]
    return "\n".join(lines)


def _entry(one: Theorem, names: Sequence[str], claims: Mapping[str, str]) -> str:
    decided = ", ".join(
        f"<a href='../{claims[claim]}.html'><code>{claim}</code></a>" for claim in one.claims
    )
    said = f" <span class='w2s-proved-claims'>Claims: {decided}.</span>" * bool(decided)
    axioms = ", ".join(f"`{name.split('.')[-1]}`" for name in names) or "nothing"
    asked = f"```coq\n{one.statement}\n```\nRests on {axioms}."
    return "\n".join(
        [
            f"({one.label})=",
            ":::::{div} w2s-proof",
            f"<p>{formulas(one.words)}{said}</p>\n",
            _folded(f"`{one.name}`, as Coq was asked", asked),
            ":::::\n",
        ]
    )


def _folded(title: str, text: str) -> str:
    return f"::::{{admonition}} {title}\n:class: dropdown w2s-coq\n{text}\n::::\n"
