"""Links from words, symbols and equation numbers on a page to where they are explained."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_MATH = r'<span class="math notranslate nohighlight">\\\((?P<tex>.*?)\\\)</span>'
_TOKEN = re.compile(
    r"(?P<skip><(?P<name>a|h[1-6]|pre|code|script|style|svg|summary|button|aside|nav)\b.*?"
    r'</(?P=name)>|<p class="admonition-title">.*?</p>'
    r'|<div [^>]*\bclass="math notranslate nohighlight".*?</div>)'
    rf"|(?P<math>{_MATH})|(?P<tag><[^>]*>)|(?P<text>[^<]+)",
    re.DOTALL,
)
_SYMBOLS = re.compile(r'<table class="table">(?:(?!</th>).)*>symbol<.*?</table>', re.DOTALL)
_ROW = re.compile(r'<tr class="(row-(?:even|odd))">(?=\s*<td>(?P<cell>.*?)</td>)', re.DOTALL)
_SECTION = re.compile(
    r"<h2>(?P<head>.*?)</h2>|(?P<row><tr id=\"(?P<id>sym-[^\"]+)\".*?</tr>)", re.S
)
_DISPLAY = re.compile(
    r'<div class="math notranslate nohighlight">(?P<tex>\s*\\\[.*?)</div>', re.DOTALL
)
_TAG = re.compile(r"\\tag\{(\d+)\}")
_NUMBER = re.compile(r"(?<![\w)])\((\d{1,2})\)(?![\w(])")
_TEX_WORDS = {
    "sigma": "σ", "rho": "ρ", "lambda": "λ", "tau": "τ", "kappa": "κ", "theta": "θ", "wedge": "∧",
    "le": "≤", "ge": "≥", "to": "→", "infty": "∞", "times": "×", "cdot": "·", "approx": "≈",
    "in": "∈", "eta": "η", "alpha": "α", "epsilon": "ε", "lVert": "‖", "rVert": "‖", "lt": "<",
}  # fmt: skip
# Letters that stand for other things as well are not taken for the symbol of the notation page.
_COMMON = frozenset("abc")


@dataclass(frozen=True)
class Symbol:
    """One symbol of the notation page: its row, its words, the parts of the book that have it."""

    target: str
    words: str
    parts: frozenset[str]

    def means(self, name: str, part: str) -> bool:
        """Whether it stands for its row on a page of a part; a letter needs a part of its own."""
        if part in ("I", "II"):
            return not self.parts or part in self.parts
        return len(name) > 1 or not self.parts or part in self.parts


@dataclass(frozen=True)
class Links:
    """What can be linked from a page.

    Attributes
    ----------
    symbols : mapping of str to Symbol
        By TeX.
    terms : mapping of str to str
        Addresses of glossary entries by term, in lower case.
    equations : mapping of str to list of str
        Pages on which an equation number stands.
    """

    symbols: Mapping[str, Symbol]
    terms: Mapping[str, str]
    equations: Mapping[str, list[str]]

    def on(self, article: str, entry: str, part: str) -> str:
        """Return an article with links, the first time that each symbol and term is met.

        Later occurrences of a symbol are marked, for previews under the mouse. Headings, links,
        code and the outputs of cells stay as they are.

        Parameters
        ----------
        article : str
            HTML.
        entry : str
            The page, as in `_toc.yml`.
        part : str
            Roman numeral of its part, which decides what a letter means.

        Returns
        -------
        str
            HTML.
        """
        done: set[str] = set()
        link_terms = self._linker(entry, done)
        held = 0

        def replace(match: re.Match[str]) -> str:
            nonlocal held
            if match["tag"]:
                held = _held(match["tag"], held)
            elif not held and match["math"]:
                return self._symbol(match, entry, part, done)
            elif not held and match["text"]:
                return link_terms(self._numbers(match["text"], entry))
            return match[0]

        return _TOKEN.sub(replace, article)

    def _symbol(self, match: re.Match[str], entry: str, part: str, done: set[str]) -> str:
        name = key(match["tex"])
        symbol = self.symbols.get(name)
        if symbol is None or not symbol.means(name, part):
            return match[0]
        address = relative(symbol.target, entry)
        if symbol.target in done:
            marked = f'class="math notranslate nohighlight" data-preview="{address}"'
            return match[0].replace('class="math notranslate nohighlight"', marked)
        done.add(symbol.target)
        # Typeset formulas have no text that a screen reader could take for the link's.
        label = html.escape(f"{plain(match['tex'])}: {symbol.words}")
        return f'<a class="w2s-symbol" href="{address}" aria-label="{label}">{match[0]}</a>'

    def _numbers(self, text: str, entry: str) -> str:
        def link(match: re.Match[str]) -> str:
            pages = self.equations.get(match[1], [])
            if entry in pages:
                return f'<a class="reference internal" href="#equation-{match[1]}">{match[0]}</a>'
            if len(pages) == 1:
                address = relative(f"{pages[0]}.html#equation-{match[1]}", entry)
                return f'<a class="reference internal" href="{address}">{match[0]}</a>'
            return match[0]

        return _NUMBER.sub(link, text)

    def _linker(self, entry: str, done: set[str]) -> Callable[[str], str]:
        if not self.terms:
            return lambda text: text
        longest_first = sorted(self.terms, key=lambda term: (-len(term), term))
        either = "|".join(map(re.escape, longest_first))
        pattern = re.compile(
            rf"<a\b.*?</a>|(?<![\w-])({either})s?(?![\w-])", re.IGNORECASE | re.DOTALL
        )

        def link(match: re.Match[str]) -> str:
            target = self.terms.get((match[1] or "").lower())
            if target is None or target in done:
                return match[0]
            done.add(target)
            return f'<a class="w2s-term" href="{relative(target, entry)}">{match[0]}</a>'

        return lambda text: pattern.sub(link, text)


def _held(tag: str, depth: int) -> int:
    """Count the divisions around a place within a code cell; 0 outside of all cells."""
    if tag.startswith("<div") and (depth or tag.startswith('<div class="cell ')):
        return depth + 1
    return depth - 1 if depth and tag.startswith("</div") else depth


def key(tex: str) -> str:
    r"""Return TeX without the spaces and braces that change nothing.

    Examples
    --------
    >>> key(r"d_{s \wedge w}") == key(r"d_{s\wedge w}"), key("d_{s}")
    (True, 'd_s')
    """
    return re.sub(r"_\{(\w)\}", r"_\1", re.sub(r"\s+(?=\\)|\s+(?=[^\w\\])|^\s+|\s+$", "", tex))


def plain(text: str) -> str:
    r"""Return text whose TeX is written in plain characters.

    Examples
    --------
    >>> plain(r"The gain of \(d_{s\wedge w}\) in \(\sigma^2/N\)")
    'The gain of d_s∧w in σ²/N'
    """
    text = re.sub(r"\\\(|\\\)|\\\[|\\\]|\\[,;!]", "", text)
    text = re.sub(r"\\([a-zA-Z]+) ?", lambda m: _TEX_WORDS.get(m[1], ""), text)
    text = text.replace("^2", "²").replace("^{2}", "²").replace("{", "").replace("}", "")
    return " ".join(text.split())


def row_ids(text: str) -> str:
    """Give each row of the tables of the notation page an id made from its symbol."""
    seen: set[str] = set()

    def name(match: re.Match[str]) -> str:
        slug = re.sub(r"[^a-z0-9A-Z]+", "-", re.sub(r"<[^>]*>", "", match["cell"])).strip("-")
        while slug in seen:
            slug += "-2"
        seen.add(slug)
        return f'<tr id="sym-{slug}" class="{match[1]}">'

    return _SYMBOLS.sub(lambda table: _ROW.sub(name, table[0]), text)


def symbols_of(text: str, entry: str) -> dict[str, Symbol]:
    """Return the symbols of the notation page, whose rows have ids, by their TeX."""
    found: dict[str, Symbol] = {}
    head = ""
    for match in _SECTION.finditer(text):
        if match["head"] is not None:
            head = re.sub(r"<[^>]*>", "", match["head"])
            continue
        cells = re.split(r"</td>", match["row"])
        scope = re.sub(r"<[^>]*>", "", cells[-2]) if len(cells) > 2 else ""
        numerals = re.findall(r"Part ([IV]+)\b", scope) or re.findall(r"Part ([IV]+)\b", head)
        said = plain(html.unescape(re.sub(r"<[^>]*>", "", cells[1])))
        symbol = Symbol(f"{entry}.html#{match['id']}", said, frozenset(numerals))
        for formula in re.finditer(_MATH, cells[0]):
            for tex in re.split(r",(?![^{]*\})\s*", formula["tex"]):
                name = key(tex.split("=")[0])
                if name not in _COMMON:
                    found.setdefault(name, symbol)
    return found


def terms_of(article: Any, entry: str) -> dict[str, str]:
    """Return the addresses of the glossary's entries by term, in lower case."""
    found = {}
    for tag in article.select("dl.glossary dt[id]"):
        term = tag.get_text(" ").replace("#", "").strip().lower()
        found[" ".join(term.split())] = f"{entry}.html#{tag['id']}"
    return found


def number_equations(text: str) -> tuple[str, list[str]]:
    """Give each displayed formula with a numeric tag an id; return the page and the numbers."""
    numbers: list[str] = []

    def name(match: re.Match[str]) -> str:
        tag = _TAG.search(match["tex"])
        if tag is None or tag[1] in numbers:
            return match[0]
        numbers.append(tag[1])
        return match[0].replace("<div class", f'<div id="equation-{tag[1]}" class', 1)

    return _DISPLAY.sub(name, text), numbers


def relative(target: str, entry: str) -> str:
    """Return the address of a target, given from the site's root, as seen from a page."""
    path, _, fragment = target.partition("#")
    if path == f"{entry}.html":
        return f"#{fragment}"
    base = os.path.dirname(entry) or "."
    return os.path.relpath(path, base).replace(os.sep, "/") + (f"#{fragment}" if fragment else "")
