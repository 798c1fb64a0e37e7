"""Social cards name absolute addresses once a site is published."""

from __future__ import annotations

import pytest

from press.site.address import check_address, settle
from w2s._command import UserError

PAGE = """<head><meta property="og:type" content="article">
<meta property="og:image" content="../../_figures/a&amp;b/one.png">
</head>"""


def test_a_picture_and_a_page_get_the_addresses_a_visitor_uses(tmp_path):
    (tmp_path / "notebooks/part").mkdir(parents=True)
    (tmp_path / "notebooks/part/one.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "search.html").write_text("<head></head>", encoding="utf-8")
    assert settle(tmp_path, check_address("https://name.example/book")) == 1
    text = (tmp_path / "notebooks/part/one.html").read_text(encoding="utf-8")
    assert 'content="https://name.example/book/_figures/a&amp;b/one.png"' in text
    assert 'property="og:url" content="https://name.example/book/notebooks/part/one.html"' in text
    assert 'rel="canonical" href="https://name.example/book/notebooks/part/one.html"' in text
    assert (tmp_path / "search.html").read_text(encoding="utf-8") == "<head></head>"


def test_settling_twice_changes_nothing_more(tmp_path):
    (tmp_path / "one.html").write_text(PAGE, encoding="utf-8")
    for _ in range(2):
        settle(tmp_path, "https://name.example/")
    text = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert text.count('rel="canonical"') == 1


@pytest.mark.parametrize("address", ["name.example", "file:///x", "https://", "https://x/?a=1", ""])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(UserError, match="must be an address like"):
        check_address(address)
