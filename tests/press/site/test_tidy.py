"""Rendered pages are mended where an extension repeats an id."""

from __future__ import annotations

from press.site.tidy import tidy, without_repeated_ids
from tests.press.conftest import write_tree


def test_the_first_element_keeps_its_id():
    page = '<div class="a" id="x"><p id="x" class="b"><b id="y"><i id="x"/>'
    assert without_repeated_ids(page) == '<div class="a" id="x"><p class="b"><b id="y"><i/>'


def test_scripts_and_plain_text_are_left_alone():
    page = '<p id="x"> id="x" </p><script>s = \'<p id="x">\'</script><p id="z">'
    assert without_repeated_ids(page) == page


def test_a_site_loses_what_depends_on_the_machine_and_nothing_else(tmp_path):
    files = {
        ".buildinfo": "x", ".doctrees/a": "x", "a.html": '<p id="x"><p id="x">',
        "_static/t.html": '<p id="x"><p id="x">', "b.html": "<p>",
    }  # fmt: skip
    tidy(write_tree(tmp_path, files))
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"a.html", "b.html", "_static/t.html"}
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == '<p id="x"><p>'
    assert (tmp_path / "_static/t.html").read_text(encoding="utf-8") == files["_static/t.html"]
