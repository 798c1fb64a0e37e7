"""Modules become one script: each once, before its users, and nothing silently shadowed."""

from __future__ import annotations

import pytest

from press.site.bundle import bundle, bundle_explorers
from tests.conftest import ROOT
from tests.press.conftest import write_tree

MODULES = {
    "main.mjs": 'import { f, g } from "./one.mjs";\nimport { h } from "./two.mjs";\n\nf(g(h));\n',
    "one.mjs": 'import {\n  h,\n} from "./two.mjs";\n\nexport function f(x) {}\nconst g = h;\n'
    "export { g };\n",
    "two.mjs": "export const h = 1;\n",
}


def test_every_module_stands_once_and_before_its_users(tmp_path):
    text = bundle(write_tree(tmp_path, MODULES))
    places = [text.index(f"// {name}") for name in ("two.mjs", "one.mjs", "main.mjs")]
    assert places == sorted(places)
    assert text.count("const h = 1;") == 1
    assert "import" not in text and "export" not in text


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("two.mjs", "export const h = 1;\nexport const f = 2;\n", "both define f"),
        ("two.mjs", "export const other = 1;\n", "imports h, which two.mjs does not define"),
    ],
)
def test_a_name_that_is_shadowed_or_missing_is_refused(tmp_path, name, text, message):
    with pytest.raises(ValueError, match=message):
        bundle(write_tree(tmp_path, MODULES | {name: text}))


def test_a_book_without_explorers_gets_no_script(tmp_path):
    bundle_explorers(tmp_path, tmp_path / "site")
    assert not (tmp_path / "site").exists()
    bundle_explorers(ROOT / "book" / "_static", tmp_path / "site")
    script = (tmp_path / "site/_static/explorers.js").read_text(encoding="utf-8")
    assert script.startswith('(() => {\n"use strict";')


def test_pages_with_a_place_for_an_explorer_load_the_script(tmp_path):
    page = "<html><head><title>A</title></head><body>{}</body></html>"
    place = '<div class="w2s-explorer" data-explorer="ball"></div>'
    pages = {
        "a/b/with.html": page.format(place),
        "top.html": page.format(place),
        "without.html": page.format("<p>An explorer.</p>"),
        "_static/with.html": page.format(place),
    }
    site = write_tree(tmp_path, pages)
    bundle_explorers(ROOT / "book" / "_static", site)
    text = {name: (site / name).read_text(encoding="utf-8") for name in pages}
    tag = '<script defer src="{}_static/explorers.js"></script></head>'
    assert tag.format("../../") in text["a/b/with.html"]
    assert tag.format("") in text["top.html"]
    assert text["without.html"] == pages["without.html"]
    assert text["_static/with.html"] == pages["_static/with.html"]
