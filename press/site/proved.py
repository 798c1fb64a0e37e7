"""A role for pages, ``{proved}`` with a theorem: what is proved, as a link to its statement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

from press.proofs import read_theories, theorems

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def proved(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_: Any
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """Return "proved, and checked by Coq: `Theory.theorem`", linking to the page of proofs."""
    from sphinx.addnodes import pending_xref

    env = inliner.document.settings.env
    known = theorems(read_theories(Path(env.srcdir)))
    if text not in known:
        what = f"no theorem in proofs/ is called {text!r}; there are {', '.join(known)}"
        return [], [inliner.reporter.error(what, line=lineno)]
    label = known[text].label
    link = {"refdomain": "std", "reftype": "ref", "reftarget": label, "refexplicit": True}
    reference = pending_xref(rawtext, nodes.literal(rawtext, text), refdoc=env.docname,
                             refwarn=True, **link)  # fmt: skip
    return [nodes.Text("proved, and checked by Coq: "), reference], []


def setup(app: Sphinx) -> dict[str, bool]:
    """Give the renderer the role."""
    app.add_role("proved", proved)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
