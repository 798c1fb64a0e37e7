"""What jupyter-book and its extensions leave behind, mended in the rendered pages."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

_MACHINE_DEPENDENT = (".buildinfo", ".buildinfo.bak", ".doctrees")
# Bundles of MathJax for other inputs and outputs than TeX and CHTML; no page loads them.
_NOT_LOADED = ("latest.js", "node-main.js", "*svg*.js", "mml-*.js", "tex-mml-*.js", "*-full*.js")
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE)
_ENTRY_ROLES = (' role="doc-biblioentry"', ' role="listitem"')
_ID = re.compile(r"(<[a-zA-Z][^<>]*?)\sid=\"([^\"<>]+)\"")


def tidy(folder: Path) -> None:
    """Make a rendered site independent of the machine and its pages valid."""
    for name in _MACHINE_DEPENDENT:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for pattern in _NOT_LOADED:
        for path in (folder / "_static" / "mathjax").glob(pattern):
            path.unlink()
    for path in folder.rglob("*.html"):
        if path.relative_to(folder).parts[0] not in ("_static", "_sources"):
            text = path.read_text(encoding="utf-8")
            # Docutils gives bibliography entries a role that WAI-ARIA has withdrawn.
            mended = without_repeated_ids(text).replace(*_ENTRY_ROLES)
            if mended != text:
                path.write_text(mended, encoding="utf-8")


def without_repeated_ids(page: str) -> str:
    """Return a page in which every id stands once: the first element with an id keeps it.

    sphinx-proof gives the id of a statement to its box and to its title, and one constant id to
    the content of all statements. Scripts are left as they are.
    """
    seen: set[str] = set()

    def mend(match: re.Match[str]) -> str:
        name = match.group(2)
        if name in seen:
            return match.group(1)
        seen.add(name)
        return match.group(0)

    pieces, last = [], 0
    for script in _SCRIPT.finditer(page):
        pieces += [_ID.sub(mend, page[last : script.start()]), script.group(0)]
        last = script.end()
    return "".join(pieces) + _ID.sub(mend, page[last:])
