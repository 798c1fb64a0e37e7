"""One classic script from the explorers' modules: browsers load no module from a disk."""

from __future__ import annotations

import re
from pathlib import Path

from w2s._files import write_atomically

SCRIPT = "_static/explorers.js"
PLACE = '<div class="w2s-explorer"'
_IMPORT = re.compile(r"^import\s*\{([^}]*)\}\s*from\s*\"\./([a-z]+\.mjs)\";\n", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?=function|const|let|class)", re.MULTILINE)
_EXPORTS = re.compile(r"^export \{[^}]*\};\n", re.MULTILINE)
_NAMED = re.compile(r"^(?:function|const|let|class) (\w+)", re.MULTILINE)


def bundle(folder: Path, entry: str = "main.mjs") -> str:
    """Join a module and all it imports into one script, each module once, before its users.

    Parameters
    ----------
    folder : Path
        Where the modules lie; they import each other by ``import { a, b } from "./x.mjs"``.
    entry : str
        The module that starts the work.

    Returns
    -------
    str
        A script for a plain ``<script>`` tag, in a scope of its own.

    Raises
    ------
    ValueError
        If two modules give one name at their top level, or an import gives no such name.
    """
    texts: dict[str, str] = {}
    names: dict[str, str] = {}

    def visit(name: str) -> None:
        if name in texts:
            return
        text = (folder / name).read_text(encoding="utf-8")
        for match in _IMPORT.finditer(text):
            visit(match[2])
        plain = _EXPORTS.sub("", _EXPORTED.sub("", _IMPORT.sub("", text)))
        for own in _NAMED.findall(plain):
            if own in names:
                raise ValueError(f"{names[own]} and {name} both define {own}")
            names[own] = name
        for match in _IMPORT.finditer(text):
            for wanted in filter(None, (word.strip() for word in match[1].split(","))):
                if names.get(wanted) != match[2]:
                    raise ValueError(f"{name} imports {wanted}, which {match[2]} does not define")
        texts[name] = f"// {name}\n{plain}"

    visit(entry)
    body = "\n".join(texts.values())
    return f'(() => {{\n"use strict";\n\n{body}}})();\n'


def bundle_explorers(source: Path, site: Path) -> None:
    """Write the explorers' script into a rendered site, and its tag into the pages that need it.

    Parameters
    ----------
    source : Path
        The book's folder of static files; without a folder ``explorers`` nothing is done.
    site : Path
        The rendered site. A page needs the script when it has a place for an explorer.
    """
    folder = source / "explorers"
    if not folder.is_dir():
        return
    write_atomically(site / SCRIPT, bundle(folder))
    for path in sorted(set(site.rglob("*.html")) - set((site / "_static").rglob("*.html"))):
        text = path.read_text(encoding="utf-8")
        if PLACE in text:
            up = "../" * (len(path.relative_to(site).parts) - 1)
            tag = f'<script defer src="{up}{SCRIPT}"></script>'
            write_atomically(path, text.replace("</head>", f"{tag}</head>", 1))
