"""The panel of *Your own features* on a live site: a reader's own files, diagnosed there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
PAGE = "practice/your_features"
_SERVED = ("diagnose.js", "diagnose.css")
_ASKED = "diagnose.json"
_PLACE = re.compile(r'<section id="install-and-run">')


def served() -> dict[str, bytes]:
    """Return the files of the panel by name: its script and style, and the packages it needs."""
    needs = json.dumps({"needs": ["numpy", "scipy", "matplotlib"]}).encode()
    return {_ASKED: needs} | {name: (ASSETS / name).read_bytes() for name in _SERVED}


def with_files(text: str, data: Mapping[str, str]) -> str:
    """Return the page with the place of the panel before what it says of installing.

    Examples
    --------
    >>> text = with_files('<head></head><section id="install-and-run">', {"book": "../s/"})
    >>> text.partition("</head>")[2].partition(" data-page")[0]
    '<section class="w2s-here w2s-files" aria-label="Diagnose your files here"'
    """
    place = _PLACE.search(text)
    if place is None:
        return text
    said = "".join(f' data-{name}="{value}"' for name, value in data.items())
    panel = (
        '<section class="w2s-here w2s-files" aria-label="Diagnose your files here" '
        f'data-page="{_ASKED}"{said}></section>'
    )
    book = data["book"]
    head = (
        f'<link rel="stylesheet" href="{book}diagnose.css">'
        f'<script defer src="{book}diagnose.js"></script>'
    )
    text = f"{text[: place.start()]}{panel}{text[place.start() :]}"
    return text.replace("</head>", f"{head}</head>", 1)
