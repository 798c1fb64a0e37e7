"""What the press adds for a reader: places, words, links, previews, pictures, and less weight."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pydata_sphinx_theme
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from press import read_book
from press.executed import read_edition
from press.site import front, lighten, links, places, previews, reading
from tests.press.conftest import TOC, write_tree
from tests.press.site.test_takeaway import executed_page

MATH = '<span class="math notranslate nohighlight">\\({}\\)</span>'
NOTATION = (
    '<h2>Models</h2><table class="table"><thead><tr class="row-odd"><th class="head">'
    "<p>symbol</p></th><th><p>words</p></th><th><p>where</p></th></tr></thead><tbody>"
    + "".join(
        f'<tr class="row-even"><td><p>{first}</p></td><td><p>{words}</p></td><td><p>{part}</p></td>'
        "</tr>\n"
        for first, words, part in [
            (MATH.format("d_s") + ", " + MATH.format("d_{w}"), "dimensions", "Part I"),
            (MATH.format(r"\mathcal L_{TE}, \mathcal L_{ST}"), "losses", "Part II"),
            (MATH.format("C = A_s^\\top A_w"), "cosines", "Part I"),
            (MATH.format("a"), "inherited", "Part I"),
            (MATH.format("N"), "inputs", "Part I"),
            (MATH.format("q"), "decay", "Part IV"),
        ]
    )
    + '</tbody></table><table class="table"><th class="head"><p>rule</p></th>'
    f'<tr class="row-even"><td>within {MATH.format("z")}</td><td>x</td></tr></table>'
)
PAGE = """\
<html><head><title>T</title></head><body><article class="bd-article">
<section id="t"><span id="page-t"></span><h1>Title<a class="headerlink" href="#t">#</a></h1>
<p>A first paragraph with \
<span class="math notranslate nohighlight">\\(\\sigma^2/N\\)</span> in it, long enough.</p>
{body}
</section></article></body></html>
"""


@pytest.fixture
def symbols():
    return links.symbols_of(links.row_ids(NOTATION), "book/notation")


def linked(symbols, text, part="I", terms=None, equations=None, entry="notebooks/part/first"):
    return links.Links(symbols, terms or {}, equations or {}).on(text, entry, part)


def test_a_row_of_the_notation_page_gets_the_name_of_its_symbol(symbols):
    text = links.row_ids(NOTATION)
    assert '<tr id="sym-d-s-d-w" class="row-even">' in text
    assert text.count(" id=") == 6, "a row of another table is no symbol"
    assert sorted(symbols) == ["C", "N", r"\mathcal L_{ST}", r"\mathcal L_{TE}", "d_s", "d_w", "q"]
    assert symbols["d_w"].target == "book/notation.html#sym-d-s-d-w"


def test_a_symbol_is_linked_once_and_marked_after_that(symbols):
    text = linked(symbols, "<p>" + MATH.format("d_s") * 2 + MATH.format("d_s + 1") + "</p>")
    target = "../../book/notation.html#sym-d-s-d-w"
    assert text.count(f'<a class="w2s-symbol" href="{target}" aria-label="d_s: dimensions">') == 1
    assert text.count(f'data-preview="{target}"') == 1
    assert text.endswith(MATH.format("d_s + 1") + "</p>")


def test_a_letter_means_what_its_part_says(symbols):
    loss, count = MATH.format(r"\mathcal L_{TE}"), MATH.format("N")
    assert "w2s-symbol" in linked(symbols, loss, part="II")
    assert "w2s-symbol" not in linked(symbols, loss, part="I")
    assert "w2s-symbol" not in linked(symbols, count, part="II")
    assert "w2s-symbol" not in linked(symbols, count, part="III"), "a letter needs its own part"
    assert "w2s-symbol" in linked(symbols, loss, part="III")
    assert "w2s-symbol" in linked(symbols, MATH.format("q"), part="IV")
    assert "w2s-symbol" not in linked(symbols, MATH.format("q"), part="I")
    assert "w2s-symbol" not in linked(symbols, count, part="IV")
    assert "w2s-symbol" not in linked(symbols, MATH.format("a")), "too common a letter"


def test_headings_links_code_and_cells_stay_as_they_are(symbols):
    formula = MATH.format("d_s")
    for text in (
        f"<h2>{formula} pseudo-label</h2>", f'<a href="x">{formula}</a>', "<pre>pseudo-label</pre>",
        f'<div class="cell docutils"><div>{formula} pseudo-label</div> pseudo-label</div>',
        f'<p class="admonition-title">{formula} pseudo-label</p>',
    ):  # fmt: skip
        assert linked(symbols, text, terms={"pseudo-label": "book/g.html#term"}) == text
    after = f'<div class="cell x"><div></div></div><p>{formula}</p>'
    assert "w2s-symbol" in linked(symbols, after)


def test_a_term_is_linked_once_the_longest_first_with_its_plural():
    terms = {"label": "book/g.html#term-label", "pseudo-label": "book/g.html#term-pseudo"}
    text = linked({}, "<p>Pseudo-labels, pseudo-label, relabel, labels.</p>", terms=terms)
    assert '<a class="w2s-term" href="../../book/g.html#term-pseudo">Pseudo-labels</a>, ps' in text
    assert '<a class="w2s-term" href="../../book/g.html#term-label">labels</a>' in text
    assert text.count("<a ") == 2


def test_equation_numbers_lead_to_their_page_when_there_is_one():
    display = '<div class="math notranslate nohighlight">\n\\[x {}\\]</div>'
    text, numbers = links.number_equations(display.format(r"\tag{7}") + display.format(""))
    assert numbers == ["7"] and text.count('<div id="equation-7" class="math') == 1
    equations = {"7": ["notebooks/part/first"], "8": ["notebooks/part/second"], "1": ["x", "y"]}
    found = linked({}, "<p>By (7), (8) and (1), g(7), (9).</p>", equations=equations)
    assert '<a class="reference internal" href="#equation-7">(7)</a>, ' in found
    assert '<a class="reference internal" href="second.html#equation-8">(8)</a> and (1), g' in found
    assert found.count("<a ") == 2


def test_where_a_page_stands_comes_from_the_table_of_contents(tiny):
    toc = "format: jb-book\nroot: book/intro\nparts:\n  - caption: 'Part II: More'\n    chapters:\n"
    toc += "      - file: notebooks/part/second\n      - file: notebooks/part/first\n"
    write_tree(tiny, {"_toc.yml": toc})
    place = places.read_places(read_book(tiny))["notebooks/part/first"]
    assert (place.part, place.number, place.of, place.numeral) == ("Part II: More", 2, 2, "II")
    assert reading.where(place, 221, 0.4).endswith("page 2 of 2 · 2 min to read · 1 s to run</p>")
    assert reading.where(None, 5, None) == '<p class="w2s-where">1 min to read</p>'


def test_code_and_furniture_are_not_read_and_a_formula_is_one_word():
    text = f'<p>Two words {MATH.format("a + b + c")}</p><div class="cell_input">a b c</div>'
    text += "<script>x y</script><nav class='w2s-out'>not this</nav>"
    assert reading.words(BeautifulSoup(text, "html.parser")) == 3


def test_a_description_is_plain_and_ends_with_a_sentence_or_between_words():
    def of(text):
        return reading.description(BeautifulSoup(f"<p>{text}</p>", "html.parser"))

    math = MATH.format(r"d_{s\wedge w}/N")
    assert of(f"The part {math} is inherited , always.") == "The part d_s∧w/N is inherited, always."
    assert of("One sentence " + "that goes on " * 6 + "to stand. " + "word " * 60).endswith(
        "to stand."
    )
    cut = of("word " * 60)
    assert len(cut) <= 202 and cut.endswith("word …")


def test_narrow_tables_name_their_columns_in_every_cell():
    def table(heads):
        head = "".join(f"<th>{one}</th>" for one in heads)
        cells = "".join("<td>1 &lt; 2</td>" for _ in heads)
        rows = f"<thead><tr>{head}</tr></thead><tbody><tr>{cells}</tr></tbody>"
        return f'<table class="table">{rows}</table>'

    text = reading.labelled_tables(table(["N", "what is it"]))
    assert '<table class="table w2s-stacked">' in text and "1 &lt; 2" in text
    assert '<td data-label="what is it">' in text
    text = reading.labelled_tables(table([r"<span>\(n=2000\)</span>, \(N=4000\)", *"abcd"]))
    assert '<td data-label="n = 2000, N = 4000">' in text
    for wide in (table(list("abcdef")), table([r"filter \(g_\ell\)", "b"])):
        assert reading.labelled_tables(wide) == wide


FONT = "url(../vendor/fontawesome/webfonts/fa-solid-900"
RULE = f'@font-face{{src:{FONT}.woff2) format("woff2"),{FONT}.ttf) format("truetype")}}'
RULE += '.bell:before{content:"\\f0f3"} .check{--icon:"\uf058"}'
PREVIEWED = """\
<div class="proof theorem admonition" id="thm-x"><p class="admonition-title">Theorem</p>
<section class="theorem-content" id="c"><p>It <a href="y.html">holds</a>.</p></section></div>
<figure id="fig-x"><div class="cell_output"><img src="../../figures/p/a-light.svg" alt="A curve."
class="only-light"></div><figcaption><p>Caption<a class="headerlink" href="#">#</a></p></figcaption>
</figure><div id="equation-1" class="math notranslate nohighlight">\\[x\\]</div>
<dl class="glossary"><dt id="term-a">word<a class="headerlink" href="#term-a">#</a></dt>
<dd><p>Meaning.</p></dd></dl><div class="citation" id="id1"><p>A book.</p></div>
<p><a class="reference internal" href="#thm-x">x</a>
<a class="reference internal" href="first.html#fig-x">x</a>
<a class="w2s-term" href="../part/first.html#term-a">x</a>
<a class="reference internal" href="#id1">x</a>
<a class="w2s-symbol" href="#equation-1">x</a> <a class="reference internal" href="#nothing">x</a>
<a class="reference internal" href="#page-t">x</a></p>
"""


def test_a_preview_holds_the_target_without_ids_and_links(tmp_path):
    text = PAGE.replace("{body}", PREVIEWED)
    entry = "notebooks/part/first"
    count = previews.write_previews(
        {entry: text}, {entry: BeautifulSoup(text, "html.parser")}, tmp_path
    )
    script = (tmp_path / "_static" / previews.DATA).read_text(encoding="utf-8")
    assert "</" not in script, "no end tag may end the script"
    found = json.loads(script.removeprefix("window.w2sPreviews = ").removesuffix(";\n"))
    assert count == len(found) == 6 and f"{entry}.html#nothing" not in found
    assert "<span>holds</span>" in found[f"{entry}.html#thm-x"]
    assert 'src="{root}figures/p/a-light.svg"' in found[f"{entry}.html#fig-x"]
    assert "Caption<" in found[f"{entry}.html#fig-x"]
    assert (
        "Meaning." in found[f"{entry}.html#term-a"]
        and "\\[x\\]" in found[f"{entry}.html#equation-1"]
    )
    assert found[f"{entry}.html#page-t"].startswith(
        '<div class="w2s-preview-title">Title</div><p>A'
    )
    assert not any(word in "".join(found.values()) for word in ("<a ", " id=", "headerlink"))


def test_a_finished_page_says_where_it_is_and_what_it_shows(tiny, tmp_path):
    record = {"claims": [], "pages": {"part/first": {"seconds": 12.0}}, "profile": "paper"}
    write_tree(
        tiny,
        {
            "book/claims.json": json.dumps(record | {"versions": {}}),
            "notebooks/part/first.ipynb": executed_page("part/first"),
            "notebooks/part/second.ipynb": executed_page("part/second"),
        },
    )
    code = '<code><span class="pre">{}</span></code>'
    names = code.format("w2s.gain.single_risk_of_all") + code.format("--json")
    text = PAGE.replace(
        "{body}", f"<p>A {MATH.format('x')}, then “{MATH.format('y')}”, {names}.</p>"
    )
    site = write_tree(
        tmp_path / "html",
        {f"{one}.html": text for one in ("book/intro", "notebooks/part/first")}
        | {"_static/previews.js": "// shows them"},
    )
    reading.help_readers(read_edition(read_book(tiny), "paper"), site)
    found = (site / "notebooks/part/first.html").read_text(encoding="utf-8")
    assert '</h1>\n<p class="w2s-where">page 2 of 3 · 1 min to read · 12 s to run</p>' in found
    assert (
        '<meta name="description" content="A first paragraph with σ²/N in it, long enough.">'
        in found
    )
    assert '<meta property="og:title" content="Title">' in found
    assert '"og:image" content="../../figures/part/first/point.png"' in found
    assert '<script defer src="../../_static/previews.js"></script>' in found
    assert (
        found.index("w2s-where") < found.index('<nav class="w2s-out"') < found.index("<p>A first")
    )
    assert f'<span class="w2s-keep">{MATH.format("x")},</span> then' in found
    assert f'<span class="w2s-keep">“{MATH.format("y")}”,</span>' in found
    assert '<span class="pre">w2s.<wbr>gain.<wbr>single_<wbr>risk_<wbr>of_<wbr>all</span>' in found
    assert '<span class="pre w2s-keep">--json</span>' in found
    prose = (site / "book/intro.html").read_text(encoding="utf-8")
    assert "w2s-where" not in prose and '"og:image" content="../figures/part/first/point' in prose
    before = {path: path.read_bytes() for path in site.rglob("*.html")}
    write_tree(site, {f"{one}.html": text for one in ("book/intro", "notebooks/part/first")})
    reading.help_readers(read_edition(read_book(tiny), "paper"), site)
    assert {path: path.read_bytes() for path in site.rglob("*.html")} == before


def test_only_the_pictures_that_the_first_page_includes_are_drawn(tiny, tmp_path):
    book = read_book(tiny)
    assert front.write_front(book) == []
    write_tree(tiny, {"book/intro.md": "# T\n\n```{include} _generated/front-limit.md\n```\n"})
    assert front.write_front(book) == ["limit"]
    snippet = (tiny / "book/_generated/front-limit.md").read_text(encoding="utf-8")
    assert 'src="../figures/front/limit-dark.svg"' in snippet and ":::{div} w2s-caption" in snippet
    front.draw_front(book, tmp_path / "html")
    names = sorted(path.name for path in (tmp_path / "html/figures/front").iterdir())
    assert names == ["limit-dark.svg", "limit-light.svg"]


def test_a_site_loses_what_no_page_uses(tmp_path):
    icons = '({moon:[1,1,[],"f1","M0"],"a-b":[1,1,["x"],"f2",["M1","M2"]],sun:[1,1,[],"f3","M3"]})'
    scripts = ("../_static/searchtools.js?v=1", "../searchindex.js")
    search = "\n".join(f'<script src="{one}"></script>' for one in scripts)
    rules = '.fa-sun:before{content:"1"}.fa-moon:before{content:"2"}'
    site = write_tree(
        tmp_path,
        {
            "_static/scripts/fontawesome.js": icons,
            "_static/scripts/theme.js": 'x = "fa-solid fa-sun"',
            "_static/scripts/theme.js.map": "{}",
            "_static/styles/pydata-sphinx-theme.css": rules,
            "book/intro.html": f'<i class="fa-solid fa-a-b"></i>{search}',
            "search.html": search,
        },
    )
    lighten.lighten(site)
    kept = (site / "_static/scripts/fontawesome.js").read_text(encoding="utf-8")
    assert '"a-b"' in kept and "sun:" in kept and "moon" not in kept
    assert "moon" not in (site / "_static/styles/pydata-sphinx-theme.css").read_text(
        encoding="utf-8"
    )
    assert "searchtools" not in (site / "book/intro.html").read_text(encoding="utf-8")
    assert (site / "search.html").read_text(encoding="utf-8") == search
    assert not list(site.rglob("*.map"))


def test_an_icon_font_keeps_the_characters_of_the_style_sheets_only(tmp_path):
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
    fonts = "vendor/fontawesome/webfonts/fa-solid-900"
    site = write_tree(tmp_path, {"_static/styles/a.css": RULE})
    target = site / "_static" / f"{fonts}.ttf"
    target.parent.mkdir(parents=True)
    for suffix in (".ttf", ".woff2"):
        shutil.copy(theme / f"{fonts}{suffix}", target.with_suffix(suffix))
    lighten.lighten(site)
    with TTFont(target) as font:
        assert sorted(font.getBestCmap()) == [0xF058, 0xF0F3]
    assert not target.with_suffix(".woff2").exists()
    kept = (site / "_static/styles/a.css").read_text(encoding="utf-8")
    assert "woff2" not in kept and "fa-solid-900.ttf" in kept


def test_formulas_are_read_aloud_in_the_language_of_the_book_only(tmp_path):
    maps = "_static/mathjax/sre/mathmaps"
    names = ("base", "de", "en", "fr", "nemeth")
    site = write_tree(tmp_path, {f"{maps}/{name}.json": "{}" for name in names})
    lighten.lighten(site)
    assert sorted(p.stem for p in (site / maps).iterdir()) == ["base", "en", "nemeth"]


def test_the_tiny_book_lists_its_pages_without_parts(tiny):
    assert "parts" not in TOC
    assert places.read_places(read_book(tiny))["notebooks/part/second"].number == 3
