"""A role for pages, ``{certainty}`` with the item of a result: how sure we are of what it says.

The words stand once, as `label` in ``book/results.yml``; the status page shows them as well. They
lead to their explanation on the notation page.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

from press.pages import load_yaml

if TYPE_CHECKING:
    from sphinx.application import Sphinx

RESULTS = "book/results.yml"
_EXPLAINED = "labels-of-certainty"


def labels(root: Path) -> dict[str, str]:
    """Return the label of every result by its item, as ``book/results.yml`` has them."""
    return {str(one["item"]): str(one["label"]) for one in load_yaml(root / RESULTS)}


def certainty(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_: Any
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """Return the label of the result `text`, as a link to what labels mean."""
    from sphinx.addnodes import pending_xref

    env = inliner.document.settings.env
    known = labels(Path(env.srcdir))
    if text not in known:
        what = f"{RESULTS} has no result {text!r}; it has {', '.join(known)}"
        return [], [inliner.reporter.error(what, line=lineno)]
    words = nodes.inline(rawtext, known[text])
    link = {"refdomain": "std", "reftype": "ref", "reftarget": _EXPLAINED, "refexplicit": True}
    return [pending_xref(rawtext, words, refdoc=env.docname, refwarn=True, **link)], []


def setup(app: Sphinx) -> dict[str, bool]:
    """Give the renderer the role."""
    app.add_role("certainty", certainty)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
