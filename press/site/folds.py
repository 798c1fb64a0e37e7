"""Folds of the rendered pages: code by its name, and a page's further claims in one fold."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from press.executed import Edition
from press.folds import FIGURE_CODE
from w2s._files import write_atomically

# What MyST-NB writes around a folded cell: one text for the closed fold, one for the open.
_CODE = re.compile(
    r'<details class="admonition hide above-input">\s*<summary aria-label="[^"]*">\s*'
    r'<p class="collapsed admonition-title">(.*?)</p>.*?</summary>',
    re.DOTALL,
)
_FIGURE = re.compile(r'<figure class="[^"]*" id="[^"]*">.*?</figure>', re.DOTALL)
_PICTURE = re.compile(r'data-name="([a-z0-9-]+)-1-light"')
_NUMBER = re.compile(r'<span class="caption-number">([^<]*?) ?</span>')
_CARD = re.compile(
    r'<div class="output text_html">\s*<div class="w2s-claim w2s-claim-(\w+)"([^>]*)>'
)
_DIVISION = re.compile(r"<(/?)div\b[^>]*>")
_EMPTY = re.compile(r'<div class="cell_output docutils container">\s*</div>\n?')
_SAID = {
    "passed": ("further check holds", "further checks hold"),
    "amended": ("reading does not hold as read", "readings do not hold as read"),
    "control": ("control fails as it should", "controls fail as they should"),
    "failed": ("check does not come out as expected", "checks do not come out as expected"),
}


def fold(edition: Edition, site: Path) -> None:
    """Name the folds of code on every rendered page of a site, and fold its further claims."""
    for page in edition.pages:
        path = site / f"{page.entry}.html"
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            write_atomically(path, with_one_fold_of_claims(with_named_code(text)))


def with_named_code(text: str) -> str:
    """Return a page whose folds of code say what they hold, figures by their numbers."""
    numbers: dict[str, str] = {}
    for figure in _FIGURE.finditer(text):
        name, number = _PICTURE.search(figure[0]), _NUMBER.search(figure[0])
        if name and number:
            numbers[name[1]] = number[1].strip()

    def named(match: re.Match[str]) -> str:
        title = match[1]
        if title.startswith(FIGURE_CODE):
            drawn = title.removeprefix(FIGURE_CODE).split(" and ")
            if all(name in numbers for name in drawn):
                title = "Code of " + " and ".join(numbers[name] for name in drawn)
        return f'<details class="hide above-input w2s-code">\n<summary>{title}</summary>'

    return _CODE.sub(named, text)


def with_one_fold_of_claims(text: str) -> str:
    """Return a page whose claims that are not main stand in one fold, where its last claim stood.

    A page without a main claim stays as it is.
    """
    cards = [(found, _end(text, found.start())) for found in _CARD.finditer(text)]
    if not any("data-main" in found[2] for found, _ in cards):
        return text
    further = [(found, end) for found, end in cards if "data-main" not in found[2]]
    if not further:
        return text
    shown = "\n".join(text[found.start() : end] for found, end in further)
    box = _box(Counter(found[1] for found, _ in further), shown)
    pieces, at = [], 0
    for found, end in cards:
        pieces.append(text[at : found.start() if (found, end) in further else end])
        at = end
    return _EMPTY.sub("", "".join([*pieces, box, text[at:]]))


def summary(states: Counter[str]) -> str:
    """Return what a fold of claims holds, in words.

    Examples
    --------
    >>> summary(Counter(passed=8, control=1))
    '8 further checks hold, 1 control fails as it should'
    """
    counted = [(states[state], *words) for state, words in _SAID.items() if states[state]]
    return ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counted)


def _box(states: Counter[str], cards: str) -> str:
    opened = " open" if states["failed"] else ""
    return (
        f'<details class="w2s-further"{opened}>\n<summary>{summary(states)}</summary>\n'
        f"{cards}\n</details>"
    )


def _end(text: str, start: int) -> int:
    """Return where the division that begins at `start` ends."""
    depth = 0
    for tag in _DIVISION.finditer(text, start):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end()
    return len(text)
