"""What a rendered site carries and no page uses: icons, languages, source maps, digits."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

_SCRIPT = "_static/scripts/fontawesome.js"
_STYLES = "_static/styles/pydata-sphinx-theme.css"
_USED = re.compile(r"\bfa-([a-z0-9-]+)")
# name:[width,height,[aliases],"code","path" or ["path","path"]] in the theme's script.
_ICON = re.compile(
    r'("[a-z0-9-]+"|\w+):\[\d+,\d+,\[[^\]]*\],"[0-9a-f]+",(?:"[^"]*"|\["[^"]*","[^"]*"\])\],?'
)
# .fa-name:before,.fa-alias:before{content:"\f000"} in its style sheet.
_RULE = re.compile(r'(?:\.fa-[a-z0-9-]+:{1,2}before,?)+\{content:"[^"]*"\}')
# A style sheet names an icon's character by its code, or holds it (the private use area).
_CODE, _CHARACTER = re.compile(r'"\\([0-9a-f]{3,4})"'), re.compile("[\ue000-\uf8ff]")
_WOFF2 = re.compile(r'url\([^)]*/fontawesome/webfonts/[^)]*\.woff2\) format\("woff2"\),')
_PLACES = re.compile(r'(?<=\sd=")[^"]+|(?<=<use )[^>]+')
_SPOKEN = ("base", "en", "nemeth")  # of the languages in which MathJax reads formulas aloud
_SEARCH = re.compile(
    r'\s*<script src="[^"]*\b(?:searchtools|language_data|searchindex)\.js[^"]*"></script>'
)


def lighten(site: Path) -> None:
    """Take away unused icons, languages, maps, digits, and the search index where nobody searches.

    The theme loads some two thousand icons on every page, 1.4 MB of script and 0.2 MB of fonts.
    The icons that a page, another script or a style sheet names stay. The index is read by the
    search page alone, because the book does not search as one types. Formulas are read aloud in the
    language of the book. Pictures keep their coordinates to a hundredth of a point.

    Parameters
    ----------
    site : Path
        The rendered site.
    """
    spoken = (site / "_static" / "mathjax" / "sre" / "mathmaps").glob("*.json")
    unspoken = [path for path in spoken if path.stem not in _SPOKEN]
    for path in [*(site / "_static").rglob("*.map"), *unspoken]:
        path.unlink()
    used: set[str] = set()
    for path in [*site.rglob("*.html"), *(site / "_static").rglob("*.js")]:
        parts = path.relative_to(site).parts
        if path == site / _SCRIPT or "mathjax" in parts:
            continue
        text = path.read_text(encoding="utf-8")
        used.update(_USED.findall(text))
        if path.suffix == ".html" and parts != ("search.html",):
            _write(path, text, _SEARCH.sub("", text))
    for name, reduced in ((_SCRIPT, only_icons), (_STYLES, only_rules)):
        path = site / name
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            _write(path, text, reduced(text, used))

    _fonts(site / "_static")
    for path in (site / "figures").rglob("*.svg"):
        text = path.read_text(encoding="utf-8")
        _write(path, text, shorter(text))


def _fonts(static: Path) -> None:
    """Reduce the icon fonts to the characters that style sheets show, in one format."""
    codes: set[int] = set()
    for path in static.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        _write(path, text, _WOFF2.sub("", text))
        codes.update(int(found, 16) for found in _CODE.findall(text))
        codes.update(ord(found) for found in _CHARACTER.findall(text))
    subset = import_module("fontTools.subset")
    for path in (static / "vendor" / "fontawesome").rglob("*.ttf"):
        options = subset.Options()
        with subset.load_font(str(path), options) as font:
            kept = subset.Subsetter(options)
            kept.populate(unicodes=codes)
            kept.subset(font)
            font.save(str(path))
        path.with_suffix(".woff2").unlink(missing_ok=True)


def shorter(picture: str) -> str:
    """Return an SVG document with coordinates to two decimals and without indentation.

    Examples
    --------
    >>> shorter('<path transform="scale(0.0156)" d="M 1.2345 2"/>')
    '<path transform="scale(0.0156)" d="M 1.23 2"/>'
    """
    flat = re.sub(r"\n +", "\n", picture)
    return _PLACES.sub(lambda places: re.sub(r"(\.\d\d)\d+", r"\1", places[0]), flat)


def only_icons(script: str, used: set[str]) -> str:
    """Return an icon script without the icons whose names are not in `used`.

    Examples
    --------
    >>> only_icons('{sun:[1,1,[],"f1","M0"],"no-sun":[1,1,[],"f2","M1"]}', {"sun"})
    '{sun:[1,1,[],"f1","M0"],}'
    """
    return _ICON.sub(lambda icon: icon[0] if icon[1].strip('"') in used else "", script)


def only_rules(styles: str, used: set[str]) -> str:
    r"""Return a style sheet without the icons none of whose names is in `used`.

    Examples
    --------
    >>> only_rules('.fa-a:before,.fa-b:before{content:"x"}.fa-c:before{content:"y"}', {"b"})
    '.fa-a:before,.fa-b:before{content:"x"}'
    """
    return _RULE.sub(lambda rule: rule[0] if used & set(_USED.findall(rule[0])) else "", styles)


def _write(path: Path, before: str, after: str) -> None:
    if after != before:
        path.write_text(after, encoding="utf-8")
